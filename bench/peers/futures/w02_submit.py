# SPDX-License-Identifier: MIT
"""w02_submit.py: ThreadPoolExecutor with two threads: n submits, then the result of each."""

import concurrent.futures
import os
import sys
import threading
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


def nothing():
    pass


def bytes_each(pool, n):
    gate = threading.Event()
    for _ in range(bench.WORKERS):
        pool.submit(gate.wait)
    futures = [None] * n
    before = bench.resident()
    for i in range(n):
        futures[i] = pool.submit(nothing)
    grown = bench.resident() - before
    gate.set()
    for future in futures:
        future.result()
    return grown / n


def each(pool, n):
    start = time.perf_counter_ns()
    futures = [pool.submit(nothing) for _ in range(n)]
    for future in futures:
        future.result()
    return bench.each(start, n)


def main():
    n = bench.begin(20000)
    with concurrent.futures.ThreadPoolExecutor(bench.WORKERS) as pool:
        bench.show("bytes", bytes_each(pool, n), "B", f"n = {n}")
        bench.show("submit_ns", each(pool, n), "ns", f"n = {n}")


main()
