# SPDX-License-Identifier: MIT
"""w05_round_trip.py: ThreadPoolExecutor: submit, result."""

import concurrent.futures
import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


def nothing():
    pass


def make():
    pool = concurrent.futures.ThreadPoolExecutor(bench.WORKERS)
    return lambda: pool.submit(nothing).result()


bench.round_trip(make, bench.begin(4000), "")
