# SPDX-License-Identifier: MIT
"""
w06_gather.py: concurrent.futures.wait() for all of n futures: made and set by hand, by one other
thread; and of n submitted tasks. Bytes are the growth of resident memory, the list not counted.
"""

import concurrent.futures as cf
import os
import sys
import threading
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


def nothing():
    pass


def complete_all(futures, start):
    start.wait()
    for future in futures:
        future.set_result(None)


def promises(n):
    """(ns, bytes) of one."""
    futures = [None] * n
    ready = threading.Event()
    thread = threading.Thread(target=complete_all, args=(futures, ready))
    thread.start()
    before = bench.resident()
    start = time.perf_counter_ns()
    for i in range(n):
        futures[i] = cf.Future()
    ready.set()
    done = cf.wait(futures)
    grown = bench.resident() - before
    del done
    futures.clear()
    took = bench.each(start, n)
    thread.join()
    return took, grown / n


def tasks(pool, n):
    futures = [None] * n
    before = bench.resident()
    start = time.perf_counter_ns()
    for i in range(n):
        futures[i] = pool.submit(nothing)
    done = cf.wait(futures)
    grown = bench.resident() - before
    del done
    futures.clear()
    return bench.each(start, n), grown / n


def main():
    n = bench.begin(50000)
    remark = f"n = {n}"
    grown = promises(n)[1]  # warms, too
    bench.show("promise_bytes", grown, "B", remark)
    bench.show("promise_ns", promises(n)[0], "ns", remark)
    with cf.ThreadPoolExecutor(bench.WORKERS) as pool:
        tasks(pool, n // 10 + 1)  # warm; the memory is there by now, so bytes would mean nothing
        bench.show("task_ns", tasks(pool, n)[0], "ns", remark)


main()
