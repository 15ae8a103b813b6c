# SPDX-License-Identifier: MIT
"""
w08_wait.py: concurrent.futures.wait(FIRST_COMPLETED) until none is left, one completed at a time: O(n^2),
so n is smaller by default, and the figure is scaled to 10^4 by the square. as_completed() is O(n).
"""

import concurrent.futures as cf
import os
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


def by_wait(n):
    """In ms."""
    futures = [cf.Future() for _ in range(n)]
    pending = set(futures)
    start = time.perf_counter_ns()
    for future in futures:
        future.set_result(None)
        done, pending = cf.wait(pending, return_when=cf.FIRST_COMPLETED)
        assert len(done) == 1
    return (time.perf_counter_ns() - start) / 1e6


def by_queue(n):
    """In ms."""
    futures = [cf.Future() for _ in range(n)]
    start = time.perf_counter_ns()
    queue = cf.as_completed(futures)
    for future in futures:
        future.set_result(None)
        next(queue)
    return (time.perf_counter_ns() - start) / 1e6


def main():
    n = bench.begin(1000)
    bench.show("wait_ms", by_wait(n) * (10000 / n) ** 2, "ms", f"n = {n}, times (10^4 / n)^2")
    bench.show("queue_ms", by_queue(10 * n) * 1000 / n, "ms", f"as_completed, n = {10 * n}, scaled")


main()
