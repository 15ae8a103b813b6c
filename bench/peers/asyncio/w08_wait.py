# SPDX-License-Identifier: MIT
"""
w08_wait.py: asyncio.wait(FIRST_COMPLETED) until none is left, one completed at a time: O(n^2), so n is
smaller by default, and the figure is scaled to 10^4 by the square. as_completed() is O(n).
"""

import asyncio
import os
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


def make(n):
    loop = asyncio.get_running_loop()
    return [loop.create_future() for _ in range(n)]


async def by_wait(n):
    """In ms."""
    futures = make(n)
    pending = set(futures)
    start = time.perf_counter_ns()
    for future in futures:
        future.set_result(None)
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
    return (time.perf_counter_ns() - start) / 1e6


async def by_queue(n):
    """In ms."""
    futures = make(n)
    start = time.perf_counter_ns()
    queue = iter(asyncio.as_completed(futures))
    for future in futures:
        future.set_result(None)
        await next(queue)
    return (time.perf_counter_ns() - start) / 1e6


async def main(n):
    bench.show("wait_ms", await by_wait(n) * (10000 / n) ** 2, "ms", f"n = {n}, times (10^4 / n)^2")
    bench.show("queue_ms", await by_queue(10 * n) * 1000 / n, "ms",
               f"as_completed, n = {10 * n}, scaled")


asyncio.run(main(bench.begin(1000)))
