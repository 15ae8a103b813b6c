#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
check_explorer.py: the explorer finds what it is for. The library of faulty/ has programs that are
wrong in one thing each, and their mended twins.

    check_explorer.py EXPLORE FAULTY MODELS

EXPLORE is the program, FAULTY and MODELS are the two libraries, as the build has made them.
"""

import re
import subprocess
import sys
import unittest

EVERYWHERE = ("sc", "tso", "views")
RACE = r"data race on .* by thread \d at .*, not ordered after the .* by thread \d"
GONE = rf"read of .*, which is freed|{RACE}"

# What is found in which memories.
FINDINGS = {
    "count": (EVERYWHERE, r"memory\.c:\d+: thread 0: not true: .*shared.* == 2$"),
    "race.plain": (EVERYWHERE, RACE),
    "race.atomic": (EVERYWHERE, rf"{RACE}|atomic read.*write"),
    "used.plain": (EVERYWHERE, GONE),
    "used.atomic": (EVERYWHERE, GONE),
    "used.lock": (EVERYWHERE, GONE),
    "used.unpark": (EVERYWHERE, GONE),
    "used.mapping": (EVERYWHERE, r"write of memory that is not mapped any more, by thread 0"),
    "free.twice": (EVERYWHERE, r"free of heap .* twice"),
    "free.other": (EVERYWHERE, r"free of heap .*, which was not allocated"),
    "bounds": (EVERYWHERE, r"write of heap .*, which is not allocated, by thread 0"),
    "bounds.tail": (EVERYWHERE, r"write of heap .*, which is not allocated, by thread 0"),
    "race.beside": (EVERYWHERE, RACE),
    "used.unmapped": (EVERYWHERE, RACE),
    "leak.known": (EVERYWHERE, r"leak: 8 bytes allocated at "),
    "lock.late": (EVERYWHERE, rf"{RACE}|lock of .*, which was destroyed"),
    "wait.gone": (EVERYWHERE, r"signal of .*, which was destroyed"),
    "order.beside": (EVERYWHERE, r"not true: swapped"),
    "order.joined": (EVERYWHERE, r"not true: !changed_between"),
    "history.cache": (EVERYWHERE, r"the history cannot be put in order"),
    "leak.block": (EVERYWHERE, r"leak: 8 bytes allocated at "),
    "leak.mapping": (EVERYWHERE, r"leak: 4096 bytes are still mapped"),
    "lock.order": (EVERYWHERE, r"deadlock: thread 0 joins a thread; thread 1 waits for the mutex "
                               r".*; thread 2 waits for the mutex "),
    "lock.twice": (EVERYWHERE, r"deadlock: thread 0 waits for the mutex "),
    "lock.stranger": (EVERYWHERE, r"unlock with .*, which thread 1 does not hold"),
    "lock.held": (EVERYWHERE, rf"a mutex is destroyed while thread 1 holds it|{RACE}"),
    "lock.destroyed": (EVERYWHERE, r"lock of .*, which was destroyed"),
    "wait.early": (EVERYWHERE, r"deadlock: .*; thread 1 sleeps on "),
    "wait.hidden": (EVERYWHERE, r"deadlock: .*; thread 1 sleeps on "),
    "wait.once": (EVERYWHERE, r"not true: .*ready.* == 1"),
    "wait.one": (EVERYWHERE, r"deadlock: .*; thread \d sleeps on .*; thread \d sleeps on "),
    "wait.unlocked": (EVERYWHERE, r"wait with .*, which thread 0 does not hold"),
    "wait.destroyed": (EVERYWHERE, r"a condition variable is destroyed while a thread sleeps|"
                                   r"(wait|signal) of .*, which was destroyed"),
    "wait.timeout": (EVERYWHERE, r"not true: taken == given"),
    "wait.forever": (EVERYWHERE, r"deadlock: thread 1 sleeps on "),
    "spin.both": (EVERYWHERE, r"livelock: nothing changes any more: .*; thread 1 spins; "
                              r"thread 2 spins"),
    "spin.busy": (EVERYWHERE, r"livelock: 20000 steps, and no end"),
    "cas.weak": (EVERYWHERE, r"not true: .*busy.* == 1"),
    "fail.crash": (EVERYWHERE, r"a crash \(signal 11\) at address \(nil\)"),
    "fail.abort": (EVERYWHERE, r"abort\(\) at "),
    "fail.malloc": (EVERYWHERE, r"a crash \(signal 11\) at address \(nil\)"),
    "fail.thread": (EVERYWHERE, r"livelock: nothing changes any more: thread 0 spins"),
    "fail.time": (EVERYWHERE, r"not true: deadline - .* > 0"),
    "fail.room": (EVERYWHERE, r"the explorer has room for 8 threads"),
    "order.buffer": (("tso", "views"), r"not true: .*inside.* < 2"),
    "order.flag": (("views",), r"not true: .*x.* == 1"),
    "order.data": (EVERYWHERE, RACE),
    "order.iriw": (("views",), r"not true: !first_seen"),
    "order.two": (("views",), r"not true: .*x.* == 1 \|\| .*z.* == 1"),
    "history.register": (EVERYWHERE, r"the history cannot be put in order"),
    "history.queue": (EVERYWHERE, r"the history cannot be put in order"),
}

# This one takes ten seconds, since only its silence tells.
SLOW = "spin.alone"
SLOW_FINDING = "a loop without end, in which nothing is shared"

# Under PCT, in two thousand runs: all of these.
BY_CHANCE = set(FINDINGS)
CHANCES = "2000"

ROW = re.compile(r"(\S+)\s+(sc|tso|views)\s+(dfs|pct|random)\s+(-?\d+\+-?\d+)\s+(\d+)\s+(\d+)\s+"
                 r"[\d.]+ s\s+\S+/s  (.*)")

EXPLORE, FAULTY, MODELS = sys.argv[1:4] if len(sys.argv) >= 4 else (None, None, None)


def explore(*arguments):
    """Exit code, standard output."""
    done = subprocess.run([EXPLORE, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


class Row:
    """What was said of a model in a memory."""

    def __init__(self, match):
        self.name, self.memory, self.strategy, self.bounds = match.group(1, 2, 3, 4)
        self.runs, self.steps = match.group(5, 6)
        self.end = match[7]
        self.finding = self.replay = None

    def found(self):
        return self.end.startswith("found") or self.end == "FOUND"

    def counts(self):
        return self.name, self.memory, self.runs, self.steps, self.end, self.finding, self.replay


def rows_of(*arguments):
    rows = []
    for line in explore(*arguments)[1].splitlines():
        match = ROW.fullmatch(line)
        if match:
            rows.append(Row(match))
        elif line.startswith("finding: ") and rows[-1].finding is None:
            rows[-1].finding = line.removeprefix("finding: ")
        elif line.startswith("replay: "):
            rows[-1].replay = line.split("'")[1]
    return rows


def all_faulty(*arguments):
    names = ["faulty." + name for name in FINDINGS]
    return rows_of(FAULTY, *names, *arguments)


class Finds(unittest.TestCase):
    def test_each_in_its_memories(self):
        for row in all_faulty("--memory", "sc,tso,views"):
            memories, pattern = FINDINGS[row.name.removeprefix("faulty.")]
            with self.subTest(row.name, memory=row.memory):
                self.assertEqual(row.found(), row.memory in memories, row.end)
                if row.found():
                    self.assertRegex(row.finding, pattern)

    def test_all_are_there(self):
        listed = explore(FAULTY, "--list")[1].split("\n")
        names = {line.split()[0] for line in listed if line}
        expected = {*FINDINGS, SLOW}
        self.assertEqual(names, {w + n for n in expected for w in ("faulty.", "mended.")})

    def test_a_loop_that_is_silent(self):
        row, = rows_of(FAULTY, "faulty." + SLOW, "--memory", "sc")
        self.assertEqual(row.finding, SLOW_FINDING)

    def test_the_mended_pass(self):
        rows = rows_of(FAULTY, "mended", "--memory", "sc,tso,views")
        self.assertEqual(len(rows), 3 * (len(FINDINGS) + 1))
        for row in rows:
            with self.subTest(row.name, memory=row.memory):
                self.assertEqual(row.end, "exhausted", row.finding)

    def test_not_to_find_is_a_failure(self):
        self.assertEqual(explore(FAULTY, "faulty.order.flag", "--memory", "tso")[0], 1)
        self.assertEqual(explore(FAULTY, "faulty.order.flag", "--memory", "tso,views")[0], 0)

    def test_a_surprise_that_is_not_allowed_is_not_found(self):
        for name, memory in (("wait.once", "sc"), ("cas.weak", "sc"), ("order.flag", "views"),
                             ("fail.malloc", "sc"), ("fail.time", "sc")):
            row, = rows_of(FAULTY, "faulty." + name, "--memory", memory, "--surprises", "0")
            self.assertEqual(row.end, "exhausted", name)
        row, = rows_of(FAULTY, "faulty.order.two", "--memory", "views", "--surprises", "1")
        self.assertEqual(row.end, "exhausted")

    def test_by_chance(self):
        found = {row.name.removeprefix("faulty.")
                 for row in all_faulty("--memory", "tso,views", "--pct", CHANCES) if row.found()}
        self.assertEqual(BY_CHANCE - found, set())
        for row in rows_of(FAULTY, "mended", "--memory", "sc,tso,views", "--pct", "200"):
            self.assertFalse(row.found(), row.counts())


class Repeats(unittest.TestCase):
    def test_a_replay_finds_the_same(self):
        for row in all_faulty("--memory", "sc,tso,views"):
            if row.found():
                with self.subTest(row.name, replay=row.replay):
                    code, text = explore(FAULTY, row.name, "--replay", row.replay)
                    self.assertEqual(code, 1)
                    self.assertEqual(text.splitlines()[-1], "finding: " + row.finding)

    def test_a_replay_by_chance_finds_the_same(self):
        for row in all_faulty("--memory", "tso,views", "--pct", CHANCES):
            if row.found():
                with self.subTest(row.name, replay=row.replay):
                    code, text = explore(FAULTY, row.name, "--replay", row.replay)
                    self.assertEqual(code, 1)
                    self.assertEqual(text.splitlines()[-1], "finding: " + row.finding)

    def test_two_times_the_same(self):
        for options in ((), ("--pct", "300"), ("--random", "300", "--seed", "7")):
            one, two = ([row.counts() for row in all_faulty(*options)] for _ in range(2))
            self.assertEqual(one, two)


def verdicts(rows):
    """Of each model in each memory: was there a finding; of a litmus test: which."""
    return {(row.name, row.memory): row.finding if row.name.startswith("litmus") else row.found()
            for row in rows}


class Reduces(unittest.TestCase):
    """To leave out what is equivalent changes no verdict."""

    def compare(self, library, *arguments):
        for bound in "0", "1", "2":
            options = (*arguments, "--memory", "sc,tso,views", "--bound", bound)
            some, every = rows_of(library, *options), rows_of(library, *options, "--all")
            self.assertEqual(verdicts(some), verdicts(every), bound)
            self.assertTrue(all(row.found() or row.end == "exhausted" for row in some + every))

    def test_faulty(self):
        self.compare(FAULTY, *("faulty." + name for name in FINDINGS))

    def test_mended(self):
        self.compare(FAULTY, *("mended." + name for name in FINDINGS if name != "wait.one"))

    def test_outcomes(self):
        self.compare(MODELS, "litmus", "--surprises", "1")


class Answers(unittest.TestCase):
    def test_exit_codes(self):
        for code, arguments in (
                (0, [FAULTY, "--list"]),
                (0, [FAULTY, "--sites"]),
                (0, [FAULTY, "mended.count"]),
                (0, [FAULTY, "faulty.count"]),
                (1, [FAULTY, "faulty.lock.twice", "--replay", "tso:"]),
                (0, [FAULTY, "mended.count", "--replay", "tso:"]),
                (2, [FAULTY, "faulty.count", "--replay", "tso:1>"]),
                (2, [FAULTY, "faulty.count", "--replay", "tso:one"]),
                (2, [FAULTY, "faulty.count", "--replay", "1>2"]),
                (1, [FAULTY, "mended.count", "--replay", "tso:1>7"]),
                (2, [FAULTY, "nothing"]),
                (2, [FAULTY, "--nothing"]),
                (2, [FAULTY, "--bound"]),
                (2, [FAULTY, "--weaken", "nowhere.c:1"]),
                (2, [FAULTY + ".not"]),
                (2, [])):
            with self.subTest(arguments=arguments):
                self.assertEqual(explore(*arguments)[0], code)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
