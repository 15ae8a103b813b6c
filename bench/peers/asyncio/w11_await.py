# SPDX-License-Identifier: MIT
"""
w11_await.py: asyncio: tasks that all await one future: made, run until they wait, resumed, ended, awaited; the
same without waiting; two tasks that sleep(0) in turn; and the memory of tasks that wait.
"""

import asyncio
import os
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench

BATCH = 1000


async def wait_for(event):
    await event


async def nothing():
    pass


async def yield_often(n):
    for _ in range(n):
        await asyncio.sleep(0)


async def batches(n, waiting):
    """ns of one task."""
    loop = asyncio.get_running_loop()
    start = time.perf_counter_ns()
    for _ in range(n // BATCH + 1):
        event = loop.create_future()
        tasks = [loop.create_task(wait_for(event) if waiting else nothing()) for _ in range(BATCH)]
        await asyncio.sleep(0)
        event.set_result(None)
        for task in tasks:
            await task
    return bench.each(start, (n // BATCH + 1) * BATCH)


async def parked(n):
    loop = asyncio.get_running_loop()
    event = loop.create_future()
    tasks = [None] * n
    before = bench.resident()
    for i in range(n):
        tasks[i] = loop.create_task(wait_for(event))
    await asyncio.sleep(0)
    bench.show("bytes", (bench.resident() - before) / n, "B", f"n = {n}")
    event.set_result(None)
    for task in tasks:
        await task


async def main(n):
    await batches(0, True)  # warm
    bench.show("await_ns", await batches(n, True), "ns", f"n = {n}")
    bench.show("plain_ns", await batches(n, False), "ns", f"n = {n}")
    start = time.perf_counter_ns()
    await asyncio.gather(yield_often(n), yield_often(n))
    bench.show("switch_ns", bench.each(start, 2 * n), "ns", f"sleep(0), n = {n}")
    await parked(n)


asyncio.run(main(bench.begin(50000)))
