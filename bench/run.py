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

from driver import facts, measure, plots, table, workloads

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PLOTS = os.path.join(TOP, "docs/benchmarks")


def options(words):
    parser = argparse.ArgumentParser(description="Run the benchmarks, interleaved with their peers.")
    parser.add_argument("workload", nargs="*", help="W2, w02_submit, basics, scale ...; none: all but scale; all")
    parser.add_argument("--build", default=os.path.join(TOP, "build/release"), metavar="DIR",
                        help="the build folder")
    parser.add_argument("--reps", type=int, metavar="N", help="repetitions: 5, or 2 if quick")
    parser.add_argument("--quick", action="store_true", help="few repetitions with a small n")
    parser.add_argument("--n", type=int, help="n for all programs, instead of their own choice")
    parser.add_argument("--peers", metavar="A,B", help="only these, besides floors")
    parser.add_argument("--csv", metavar="FILE", help="default: bench.csv in the build folder")
    parser.add_argument("--plots", nargs="?", const=PLOTS, metavar="DIR",
                        help="write CSV, pictures and a page about them; default: docs/benchmarks")
    parser.add_argument("--list", action="store_true", help="show what there is, run nothing")
    parser.add_argument("--check", action="store_true",
                        help="fail as well if creel did not print all that is described")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the programs")
    chosen = parser.parse_args(words)
    chosen.command = " ".join(["./dev bench"] + plain(words))
    return chosen


def plain(words):
    """What somebody said to ./dev bench: without the build folder, which that adds."""
    if "--build" not in words:
        return words
    at = words.index("--build")
    return words[:at] + words[at + 2:]


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


def complaints(results, programs):
    """What --check finds, of the workloads that creel has a program for."""
    for name in sorted({program.workload for program in programs if program.peer == table.CREEL}):
        for metric in table.missing_metrics(results, name):
            yield f"{name}: creel has printed no {metric}"


def write(chosen, known, results, names, programs, n_of):
    """The files; returns what is to be said of them."""

    def command_of(program):
        """As others can run it: from the folder of the sources."""
        words = measure.arguments(program, n_of(program))
        # What lies outside of the source folder is known by its name: where it is says nothing elsewhere.
        words = [word.replace(TOP + os.sep, "") for word in words]
        return " ".join(os.path.basename(word) if word.startswith("/") else word for word in words)

    path = chosen.csv or os.path.join(chosen.plots or chosen.build, "bench.csv")
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    table.write_csv(path, known, results, programs, command_of)
    if chosen.plots:
        plots.write(chosen.plots, known, results, names, chosen.command, judged(chosen))
        return f"all samples: {os.path.relpath(path)}; pictures: {os.path.relpath(chosen.plots)}"
    return f"all samples: {os.path.relpath(path)}"


def judged(chosen):
    """Targets are about the default n."""
    return not chosen.quick and not chosen.n


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
    report(known, results, names, judged(chosen))
    print(f"\n{write(chosen, known, results, names, programs, n_of)}")
    wrong = list(complaints(results, programs)) if chosen.check else []
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
