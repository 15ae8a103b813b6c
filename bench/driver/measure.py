# SPDX-License-Identifier: MIT
"""
measure.py: running the programs, interleaved, and understanding what they print:

    METRIC VALUE UNIT [REMARK]

A program fails as a whole: by its exit status, by its time, or by printing anything else.
"""

import math
import re
import subprocess
from typing import NamedTuple

LINE = re.compile(r"([a-z][a-z0-9_]*) ([-+.0-9a-z]+) (\S+)(?: (.+))?")


class Program(NamedTuple):
    workload: str
    peer: str  # "creel", "floor", or whose it is
    package: str
    command: tuple


class Figure(NamedTuple):
    metric: str
    value: float
    unit: str
    remark: str


class Failure(Exception):
    """Why a program has no figures."""


def parse(text):
    """The figures that a program printed; Failure if any line is something else."""
    figures = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        try:
            value = float(match[2]) if match else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise Failure(f"printed nonsense: {line[:60]}")
        figures.append(Figure(match[1], value, match[3], match[4] or ""))
    if not figures:
        raise Failure("printed nothing")
    return figures


def arguments(program, n):
    return list(program.command) + (["--n", str(n)] if n else [])


def run_once(program, n=None, timeout=300):
    """The figures of one repetition; Failure if there are none."""
    try:
        done = subprocess.run(arguments(program, n), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise Failure(f"took more than {timeout} s") from None
    except OSError as error:
        raise Failure(f"cannot be run: {error.strerror}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:]
        raise Failure(": ".join([f"ended with {done.returncode}"] + said))
    return parse(done.stdout)


def schedule(programs, repetitions, rng):
    """Repetition 1 of all programs, then repetition 2 of all, each in an order of its own."""
    for repetition in range(repetitions):
        order = list(programs)
        rng.shuffle(order)
        for program in order:
            yield repetition, program


class Results:
    """What came of all repetitions, in the order of the run."""

    def __init__(self):
        self.samples = []   # (repetition, program, figure)
        self.failures = []  # (repetition, program, why)

    def of(self, workload):
        """{(peer, metric, remark): ([value, ...], unit)}"""
        found = {}
        for _, program, figure in self.samples:
            if program.workload == workload:
                key = (program.peer, figure.metric, figure.remark)
                found.setdefault(key, ([], figure.unit))[0].append(figure.value)
        return found

    def failures_of(self, workload):
        """{peer: [why, ...]}"""
        found = {}
        for _, program, why in self.failures:
            if program.workload == workload:
                found.setdefault(program.peer, []).append(why)
        return found


def collect(programs, repetitions, rng, n_of, run=run_once, told=lambda *_: None):
    """Runs everything; n_of(program) is its n, or None for the program's own choice."""
    results = Results()
    for repetition, program in schedule(programs, repetitions, rng):
        told(repetition, program)
        try:
            figures = run(program, n_of(program))
        except Failure as failure:
            results.failures.append((repetition, program, str(failure)))
        else:
            results.samples += [(repetition, program, figure) for figure in figures]
    return results
