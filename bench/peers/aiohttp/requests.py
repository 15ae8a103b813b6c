# SPDX-License-Identifier: MIT
"""
requests.py: a session of aiohttp's with 100 connections; a coroutine for each request, all gathered. See
util/requests.h; the server is the first argument.
"""

import asyncio
import os
import subprocess
import sys
import time

import aiohttp

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../util"))
import bench


async def status_of(session, url):
    async with session.get(url) as response:
        return response.status


async def get_all(session, port, n):
    """ns of one."""
    start = time.perf_counter_ns()
    wanted = [200 + i % 300 for i in range(n)]
    statuses = await asyncio.gather(
        *(status_of(session, f"http://127.0.0.1:{port}/status/{status}") for status in wanted))
    if statuses != wanted:
        sys.exit("another status than was asked for")
    return bench.each(start, n)


async def measure(port, n):
    timeout = aiohttp.ClientTimeout(total=None)
    connector = aiohttp.TCPConnector(limit=100)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        await get_all(session, port, n // 10 + 100)  # warm
        bench.show("request_us", await get_all(session, port, n) / 1000, "us")


def main():
    with subprocess.Popen([sys.argv.pop(1)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        port = int(server.stdout.readline())
        asyncio.run(measure(port, bench.begin(1000)))
        server.stdin.close()


main()
