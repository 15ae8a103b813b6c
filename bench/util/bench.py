# SPDX-License-Identifier: MIT
"""
bench.py: what the programs in Python share: bench.h's part of the bargain. n is smaller by default than
for the others, since each of n costs so much more; all figures are for one, or say otherwise.
"""

import os
import random
import sys
import time

WORKERS = 2


def begin(by_default):
    """The program's only argument, n: "--n N" or "N"."""
    words = sys.argv[1:]
    if words[:1] == ["--n"]:
        words = words[1:]
    if len(words) > 1:
        sys.exit(f"usage: {sys.argv[0]} [[--n] N]")
    return int(words[0]) if words else by_default


def show(metric, value, unit, remark=""):
    print(f"{metric} {value:.4g} {unit} {remark}".rstrip(), flush=True)


def each(start, n):
    """The time since start, in ns for each of n."""
    return (time.perf_counter_ns() - start) / n


def resident():
    """Bytes of memory in use now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def idle(ms, remark):
    time.sleep(0.2)
    start = time.process_time_ns()
    time.sleep(ms / 1000)
    show("idle_ms", (time.process_time_ns() - start) / 1e6, "ms", remark)


def median_trip(trip, n, gap):
    samples = []
    for _ in range(n):
        if gap:
            time.sleep(gap)
        start = time.perf_counter_ns()
        trip()
        samples.append(time.perf_counter_ns() - start)
    return sorted(samples)[n // 2] / 1000


def round_trip(make, n, remark):
    """W5; make() starts the threads and returns the function that is one trip. See round_trip.h."""
    child = os.fork()
    if child == 0:
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
        trip = make()
        show("pinned_us", median_trip(trip, n, 0), "us", remark)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit("the child on one CPU failed")
    trip = make()
    median_trip(trip, n // 10 + 1, 0)  # warm
    show("back_us", median_trip(trip, n, 0), "us", remark)
    show("gap100_us", median_trip(trip, n // 20 + 1, 1e-4), "us", remark)
    show("gap1000_us", median_trip(trip, n // 50 + 1, 1e-3), "us", remark)


def durations(n):
    """W7: 0 to 5 us, in ns. Busy work is to look at the clock until they have passed."""
    state = random.Random(1)
    return [state.random() * 5000 for _ in range(n)]


def busy(ns):
    end = time.perf_counter_ns() + ns
    while time.perf_counter_ns() < end:
        pass
