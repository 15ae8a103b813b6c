#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
contention.py: how often threads get into each other's way, for each task, and how that grows with the workers.
Two processors cannot show what a task costs on many; this shows what would cost there. It runs contention.c in
a build of the library that counts (preset count). "./dev count" builds that and calls this.

    contention.py PROGRAM [--n N] [--workers 1,2,4] [--markdown FILE]
"""

import argparse
import re
import subprocess
import sys

SHAPES = {
    "submit": "one outside thread submits, and takes",
    "four": "four outside threads submit, and take",
    "post": "a tree of tasks that post tasks",
    "fork": "a tree by fork and join",
}
NAMES = {
    "RMW": "read-modify-writes", "FAILED_CAS": "failed CAS", "SEQ_CST_STORE": "seq_cst stores",
    "LOCK": "mutexes locked", "CONTENDED_LOCK": "contended", "WAKE": "wake-ups", "SLEEP": "sleeps",
}


def count(program, shape, workers, n):
    """{what: how often for each task}."""
    done = subprocess.run([program, shape, str(workers), str(n)], capture_output=True, text=True,
                          check=True, timeout=300)
    said = re.search(r"^creel counted (.*)$", done.stderr, re.MULTILINE)
    if said is None:
        raise SystemExit("contention.py: the library does not count: build it with -DCREEL_COUNT=ON")
    sums = dict(word.split("=") for word in said[1].split())
    return {what: int(sums[what]) / n for what in NAMES}


def table(program, shape, workers, n):
    rows = [["workers", *NAMES.values()], ["--:"] * (1 + len(NAMES))]
    for number in workers:
        counts = count(program, shape, number, n)
        rows.append([str(number), *(f"{counts[what]:.4f}" for what in NAMES)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main():
    parser = argparse.ArgumentParser(description="Contended operations for each task.")
    parser.add_argument("program")
    parser.add_argument("--n", type=int, default=1000000, help="tasks")
    parser.add_argument("--workers", default="1,2,4,8,16,32,64")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there as well")
    chosen = parser.parse_args()
    workers = [int(number) for number in chosen.workers.split(",")]
    parts = []
    for shape, text in SHAPES.items():
        parts.append(f"**{shape}**: {text}; for each of {chosen.n} tasks\n\n"
                     + table(chosen.program, shape, workers, chosen.n) + "\n")
        print(parts[-1], flush=True)
    if chosen.markdown:
        with open(chosen.markdown, "w", encoding="utf-8") as file:
            file.write("# Contended operations\n\n`./dev count --markdown FILE` wrote this. Counted by a "
                       "build of its own; what is counted is in\n`lib/base/count.h`.\n\n"
                       + "\n".join(parts))
    return 0


sys.exit(main())
