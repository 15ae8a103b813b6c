#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
run.py: runs creel's benchmarks and those of its peers side by side and prints a table for each figure;
README.md beside it says how to read them. "./dev bench" builds everything and calls this.

The programs are those that the build lists in bench/programs.json. They are run interleaved: one
repetition of all, then the next, in another order each time. Ends with 1 if any program failed.
"""

import argparse
import json
import os
import random
import sys

from driver import facts, measure, table, workloads

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def options(words):
    parser = argparse.ArgumentParser(description="Run the benchmarks, interleaved with their peers.")
    parser.add_argument("workload", nargs="*", help="W2, w02_submit, basics ...; none: all")
    parser.add_argument("--build", default=os.path.join(TOP, "build/release"), metavar="DIR",
                        help="the build folder")
    parser.add_argument("--reps", type=int, metavar="N", help="repetitions: 5, or 2 if quick")
    parser.add_argument("--quick", action="store_true", help="few repetitions with a small n")
    parser.add_argument("--n", type=int, help="n for all programs, instead of their own choice")
    parser.add_argument("--peers", metavar="A,B", help="only these, besides floors")
    parser.add_argument("--csv", metavar="FILE", help="default: bench.csv in the build folder")
    parser.add_argument("--list", action="store_true", help="show what there is, run nothing")
    parser.add_argument("--check", action="store_true",
                        help="fail as well if creel did not print all that is described")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the programs")
    return parser.parse_args(words)


def load_build(folder):
    """What the build knows; its peers that are missing as pairs, its programs as Program."""
    with open(os.path.join(folder, "bench/programs.json"), encoding="utf-8") as file:
        build = json.load(file)
    build["missing"] = [(entry["peer"], entry["package"]) for entry in build["missing"]]
    build["programs"] = [measure.Program(entry["workload"], entry["peer"], entry["package"],
                                         tuple(entry["command"])) for entry in build["programs"]]
    return build


def choose(build, chosen):
    """(names of workloads, programs) that the options ask for."""
    names = sorted({program.workload for program in build["programs"]})
    names = workloads.select(names, chosen.workload)
    peers = chosen.peers.split(",") if chosen.peers else None
    programs = [program for program in build["programs"] if program.workload in names and
                (peers is None or program.peer in peers + [table.FLOOR])]
    return names, programs


def tell(repetitions, total):
    """Progress, on a terminal."""
    count = 0

    def told(repetition, program):
        nonlocal count
        count += 1
        if sys.stderr.isatty():
            print(f"\r\033[K{repetition + 1}/{repetitions}  {count}/{total}  {program.workload} "
                  f"{program.peer}", end="\r", file=sys.stderr, flush=True)
    return told


def show_facts(known):
    for key, value in known:
        print(f"{key + ':':<22} {value}")


def report(known, results, names, judge):
    show_facts(known)
    for name in names:
        print(f"\n{table.table(results, name, judge)}")


def complaints(results, names):
    """What --check finds."""
    for name in names:
        for metric in table.missing_metrics(results, name):
            yield f"{name}: creel has printed no {metric}"


def run(chosen):
    build = load_build(chosen.build)
    names, programs = choose(build, chosen)
    if chosen.list:
        for program in programs:
            print(f"{workloads.number(program.workload):<8}{program.workload:<20}{program.peer}")
        return 0
    repetitions = chosen.reps or (2 if chosen.quick else 5)

    def n_of(program):
        return chosen.n or (workloads.describe(program.workload).quick if chosen.quick else None)

    known = facts.before(TOP, build, programs)
    results = measure.collect(programs, repetitions, random.Random(chosen.seed), n_of,
                              told=tell(repetitions, repetitions * len(programs)))
    known += [("load after", facts.load()),
              ("repetitions", f"{repetitions}{', quick: the figures mean little' * chosen.quick}")]
    report(known, results, names, judge=not chosen.quick and not chosen.n)
    path = chosen.csv or os.path.join(chosen.build, "bench.csv")
    table.write_csv(path, known, results, programs, n_of, measure.arguments)
    print(f"\nall samples: {os.path.relpath(path)}")
    wrong = list(complaints(results, names)) if chosen.check else []
    for complaint in wrong:
        print(f"run.py: {complaint}", file=sys.stderr)
    return 1 if wrong or results.failures else 0


def main():
    try:
        sys.exit(run(options(sys.argv[1:])))
    except (OSError, ValueError) as error:
        sys.exit(f"run.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
