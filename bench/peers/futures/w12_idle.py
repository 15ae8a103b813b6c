# SPDX-License-Identifier: MIT
"""w12_idle.py: a ThreadPoolExecutor with nothing to do."""

import concurrent.futures as cf
import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench

with cf.ThreadPoolExecutor(bench.WORKERS) as pool:
    for _ in range(1000):
        pool.submit(int)
    bench.idle(bench.begin(3000), "pool only")
