# SPDX-License-Identifier: MIT
"""
w10_posts.py: asyncio's loop in the main thread: call_soon_threadsafe() from another thread; call_at() with
every second handle cancelled.
"""

import asyncio
import os
import random
import sys
import threading
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


class Count:
    """Counts calls, and completes a future with the last one."""

    def __init__(self, expected):
        self.left = expected
        self.done = asyncio.get_running_loop().create_future()

    def call(self):
        self.left -= 1
        if self.left == 0:
            self.done.set_result(None)


async def posts(n):
    loop = asyncio.get_running_loop()
    count = Count(n)

    def post():
        for _ in range(n):
            loop.call_soon_threadsafe(count.call)

    start = time.perf_counter_ns()
    thread = threading.Thread(target=post)
    thread.start()
    await count.done
    took = bench.each(start, n)
    thread.join()
    return took


async def timers(n):
    loop = asyncio.get_running_loop()
    count = Count(n - n // 2)
    state = random.Random(1)
    start = time.thread_time_ns()
    begin = loop.time()
    handles = [loop.call_at(begin + state.randint(1, 1000) / 1000, count.call) for _ in range(n)]
    for handle in handles[1::2]:
        handle.cancel()
    await count.done
    return (time.thread_time_ns() - start) / n


async def main(n):
    await posts(n // 10 + 1)  # warm
    bench.show("post_ns", await posts(n), "ns", f"n = {n}")
    bench.show("timer_ns", await timers(n), "ns", f"n = {n}")


asyncio.run(main(bench.begin(100000)))
