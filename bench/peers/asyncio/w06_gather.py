# SPDX-License-Identifier: MIT
"""
w06_gather.py: asyncio.gather() of n futures, completed from another thread by one call_soon_threadsafe()
that sets them all; and of n coroutines. Bytes are the growth of resident memory, the list not counted.
"""

import asyncio
import os
import sys
import threading
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


async def nothing():
    pass


def set_all(futures):
    for future in futures:
        future.set_result(None)


async def promises(n):
    """(ns, bytes) of one."""
    loop = asyncio.get_running_loop()
    futures = [None] * n
    ready = threading.Event()

    def complete():
        ready.wait()
        loop.call_soon_threadsafe(set_all, futures)

    thread = threading.Thread(target=complete)
    thread.start()
    before = bench.resident()
    start = time.perf_counter_ns()
    for i in range(n):
        futures[i] = loop.create_future()
    gathered = asyncio.gather(*futures)
    grown = bench.resident() - before
    ready.set()
    await gathered
    grown = max(grown, bench.resident() - before)
    del gathered
    futures.clear()
    took = bench.each(start, n)
    thread.join()
    return took, grown / n


async def tasks(n):
    before = bench.resident()
    start = time.perf_counter_ns()
    gathered = asyncio.gather(*(nothing() for _ in range(n)))
    grown = bench.resident() - before
    await gathered
    grown = max(grown, bench.resident() - before)
    del gathered
    return bench.each(start, n), grown / n


def apart(measure, n):
    """The bytes of a first run, in a process of its own, and the time of a second one."""
    async def twice():
        return (await measure(n))[1], (await measure(n))[0]

    child = os.fork()
    if child == 0:
        grown, took = asyncio.run(twice())
        name = "promise" if measure is promises else "task"
        bench.show(f"{name}_bytes", grown, "B", f"n = {n}")
        bench.show(f"{name}_ns", took, "ns", f"n = {n}")
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("a child failed")


def main():
    n = bench.begin(100000)
    apart(promises, n)
    apart(tasks, n)


main()
