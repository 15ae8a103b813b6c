#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
full.py: every model as far as it goes, for docs/trust.md.

    full.py --build FOLDER [--write yes] [--seconds N] [--pct RUNS] [--only PREFIX] [--mutants FOLDER]

FOLDER has explore and creel_models.so. Each model is explored depth first in both memory models: with
three preemptions, or, where that takes longer than N seconds, with two, or one. Then by chance: RUNS for
each group of models, half of them in each memory. The tables go to the page between its markers; without
--write that of the models is printed. Two models at a time.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "..", "docs", "trust.md")
MUTANT = re.compile(r"^(\S+) +(\S+) +(sc|tso|views) +(dfs|pct|random) +(-?\d+)\+-?\d+ +(\d+) ")
ROW = re.compile(r"^(\S+) +(\w+) +(\w+) +(-?\d+)\+(-?\d+) +(\d+) +(\d+) +([\d.]+) s +(\d+)/s  (.*)$")
MEMORIES = ["tso", "views"]


def explore(options, *arguments):
    """The rows that explore printed; it must have found nothing."""
    done = subprocess.run([os.path.join(options.build, "explore"),
                           os.path.join(options.build, "creel_models.so"), *arguments, "--quiet"],
                          capture_output=True, text=True)
    rows = [match.groups() for match in map(ROW.match, done.stdout.splitlines()) if match]
    if done.returncode != 0:
        print(done.stdout, done.stderr)
        sys.exit("full.py: a model has failed")
    return rows


def deepest(options, model, memory):
    """The cell for the furthest exploration that came to an end."""
    for bound in (3, 2, 1):
        row = explore(options, model, "--memory", memory, "--bound", str(bound), "--seconds",
                      str(options.seconds))[0]
        if row[9] == "exhausted":
            return f"{bound}", f"{int(row[5]):,}", f"{float(row[7]):.1f}", "exhausted"
    return f"{bound}", f"{int(row[5]):,}", f"{float(row[7]):.1f}", "not exhausted"


def by_chance(options, model):
    group = model.split(".")[0]
    of_group = [name for name, _ in all_models(options) if name.split(".")[0] == group]
    half = str(-(-options.pct // (2 * len(of_group))))
    rows = explore(options, model, "--memory", ",".join(MEMORIES), "--pct", half)
    return f"{sum(int(row[5]) for row in rows):,}", f"{sum(float(row[7]) for row in rows):.0f}"


def table_of(options, model, threads):
    began = time.monotonic()
    cells = [deepest(options, model, memory) for memory in MEMORIES]
    runs, seconds = by_chance(options, model)
    lines = [f"| {model if i == 0 else ''} | {threads if i == 0 else ''} | {memory} | {cell[0]} | "
             f"{cell[1]} | {cell[2]} | {cell[3]} | {runs if i == 0 else ''} | "
             f"{seconds if i == 0 else ''} |"
             for i, (memory, cell) in enumerate(zip(MEMORIES, cells))]
    print(f"{model}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return lines


def threads_of(options, model):
    """How many threads a run has: counted in the trace of the usual one."""
    done = subprocess.run([os.path.join(options.build, "explore"),
                           os.path.join(options.build, "creel_models.so"), model, "--replay", "sc:"],
                          capture_output=True, text=True)
    found = {match.group(1) for match in re.finditer(r"^ *\d+ +(\d)  ", done.stdout, re.M)}
    return len(found)


def table_of_mutants(options):
    script = [sys.executable, "-B", os.path.join(HERE, "mutants.py"), "--mutants"]
    bugs = dict(line.split(None, 1) for line in subprocess.run(
        [*script, "--list", "--build", options.mutants], capture_output=True, text=True,
        check=True).stdout.splitlines())
    done = subprocess.run([*script, "--build", options.mutants], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("full.py: " + done.stdout)
    rows = sorted(match.groups() for match in map(MUTANT.match, done.stdout.splitlines()) if match)
    lines = [f"| {name} | {bugs[name]} | {model} | {memory} | {strategy} | "
             f"{bound if strategy == 'dfs' else ''} | {int(runs):,} |"
             for name, model, memory, strategy, bound, runs in rows]
    return ("| mutant | bug | found by | memory | strategy | preemptions | after |\n"
            "|---|---|---|---|---|---|---|\n" + "".join(line + "\n" for line in lines))


def write(what, text):
    begin, end = f"<!-- {what} -->\n", f"<!-- end of {what} -->\n"
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page.split(begin)[0] + begin + text + end + page.split(end)[1])


def all_models(options):
    done = subprocess.run([os.path.join(options.build, "explore"),
                           os.path.join(options.build, "creel_models.so"), "--list"],
                          capture_output=True, text=True, check=True)
    pairs = [line.split(None, 1) for line in done.stdout.splitlines()]
    return [(name, text) for name, text in pairs
            if not name.startswith(("litmus.", "deque.")) and name.startswith(options.only)]


def main():
    parser = argparse.ArgumentParser(description="explore every model as far as it goes")
    parser.add_argument("--build", required=True)
    parser.add_argument("--write", default="no")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pct", type=int, default=5000000)
    parser.add_argument("--only", default="")
    parser.add_argument("--mutants", default="", help="the build folder: their table, too")
    options = parser.parse_args()
    if options.mutants:
        write("mutants", table_of_mutants(options))
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        tables = list(threads.map(
            lambda one: table_of(options, one[0], threads_of(options, one[0])),
            all_models(options)))
    text = ("| model | threads | memory | preemptions | runs | seconds | | by chance | seconds |\n"
            "|---|---|---|---|---|---|---|---|---|\n" +
            "".join(line + "\n" for lines in tables for line in lines))
    if options.write == "yes":
        write("models", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
