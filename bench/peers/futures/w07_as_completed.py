# SPDX-License-Identifier: MIT
"""w07_as_completed.py: concurrent.futures.as_completed() over tasks that look at the clock for 0 to 5 us."""

import concurrent.futures as cf
import os
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


def run(pool, work):
    for future in cf.as_completed([pool.submit(bench.busy, ns) for ns in work]):
        future.result()


def main():
    n = bench.begin(20000)
    work = bench.durations(n)
    with cf.ThreadPoolExecutor(bench.WORKERS) as pool:
        run(pool, work[:n // 10])  # warm
        start = time.perf_counter_ns()
        run(pool, work)
        took = time.perf_counter_ns() - start
    bench.show("over_ideal", took / (sum(work) / bench.WORKERS), "x", f"n = {n}")


main()
