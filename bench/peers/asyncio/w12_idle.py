# SPDX-License-Identifier: MIT
"""w12_idle.py: asyncio's loop in a thread, with its executor of two threads, with nothing to do."""

import asyncio
import concurrent.futures as cf
import os
import sys
import threading

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench

loop = asyncio.new_event_loop()
loop.set_default_executor(cf.ThreadPoolExecutor(bench.WORKERS))
threading.Thread(target=loop.run_forever, daemon=True).start()
for _ in range(1000):
    loop.call_soon_threadsafe(loop.run_in_executor, None, int)
bench.idle(bench.begin(3000), "")
loop.call_soon_threadsafe(loop.stop)
