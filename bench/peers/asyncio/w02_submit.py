# SPDX-License-Identifier: MIT
"""
w02_submit.py: asyncio: n empty coroutines as tasks, then each is awaited. They are made on the loop's own
thread, and run there: there are no workers.
"""

import asyncio
import os
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


async def nothing():
    pass


async def measure(n):
    tasks = [None] * n
    before = bench.resident()
    for i in range(n):
        tasks[i] = asyncio.create_task(nothing())
    bench.show("bytes", (bench.resident() - before) / n, "B", f"on the loop, n = {n}")
    for task in tasks:
        await task
    tasks.clear()
    start = time.perf_counter_ns()
    for _ in range(n):
        tasks.append(asyncio.create_task(nothing()))
    for task in tasks:
        await task
    bench.show("submit_ns", bench.each(start, n), "ns", f"on the loop, n = {n}")


asyncio.run(measure(bench.begin(50000)))
