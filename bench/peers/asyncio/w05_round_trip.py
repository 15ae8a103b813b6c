# SPDX-License-Identifier: MIT
"""w05_round_trip.py: asyncio: a coroutine is run on a loop in another thread, from outside, for its result."""

import asyncio
import os
import sys
import threading

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


async def nothing():
    pass


def make():
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return lambda: asyncio.run_coroutine_threadsafe(nothing(), loop).result()


bench.round_trip(make, bench.begin(4000), "run_coroutine_threadsafe")
