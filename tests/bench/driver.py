#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
driver.py: the arithmetic of bench/run.py: what it makes of what programs print, the order in which it
runs them, medians, ratios, targets; and that a program which fails is shown and not dropped. The
programs are made up.
"""

import os
import random
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "bench"))

from driver import curves, measure, plots, table, workloads  # noqa: E402  the path comes first
import run  # noqa: E402


def shell(peer, script, workload="w02_submit"):
    return measure.Program(workload, peer, "", ("/bin/sh", "-c", script, "made-up"))


def results_of(*samples, workload="w02_submit"):
    """Results from (peer, value[, remark]) in one metric."""
    results = measure.Results()
    for peer, value, *remark in samples:
        figure = measure.Figure("submit_ns", value, "ns", "".join(remark))
        results.samples.append((0, shell(peer, "", workload), figure))
    return results


class Parse(unittest.TestCase):
    def test_figures(self):
        self.assertEqual(measure.parse("a_ns 1.5 ns\nbytes 1e+04 B a remark, of words\n"),
                         [("a_ns", 1.5, "ns", ""), ("bytes", 1e4, "B", "a remark, of words")])

    def test_nonsense(self):
        for text in ["", "\n", "hello\n", "a_ns x ns\n", "a_ns 1.5\n", "a_ns nan ns\n",
                     "a_ns inf ns\n", "a_ns 1 ns\nSegmentation fault\n", "a_ns 1 ns\n\n"]:
            with self.subTest(text), self.assertRaises(measure.Failure):
                measure.parse(text)


class RunOnce(unittest.TestCase):
    def fails(self, script, why, **options):
        with self.assertRaisesRegex(measure.Failure, why):
            measure.run_once(shell("x", script), **options)

    def test_good(self):
        self.assertEqual(measure.run_once(shell("x", "echo a_ns $# ns \"$*\""), 7),
                         [("a_ns", 2, "ns", "--n 7")])
        self.assertEqual(measure.run_once(shell("x", "echo a_ns $# ns")), [("a_ns", 0, "ns", "")])

    def test_fails(self):
        self.fails("echo a_ns 1 ns; echo why >&2; exit 3", "ended with 3: why")
        self.fails("kill -9 $$", "ended with -9")
        self.fails("echo what is this", "printed nonsense: what is this")
        self.fails(":", "printed nothing")
        self.fails("exec sleep 60", "took more than 0.1 s", timeout=0.1)

    def test_is_not_there(self):
        with self.assertRaisesRegex(measure.Failure, "cannot be run"):
            measure.run_once(measure.Program("w", "x", "", ("/nonexistent",)))


class Interleaving(unittest.TestCase):
    def test_all_of_one_repetition_before_the_next(self):
        programs = [shell(peer, "") for peer in "abcdefgh"]
        order = list(measure.schedule(programs, 5, random.Random(1)))
        self.assertEqual([repetition for repetition, _ in order],
                         [repetition for repetition in range(5) for _ in programs])
        rounds = [order[i:i + 8] for i in range(0, 40, 8)]
        for each in rounds:
            self.assertEqual(sorted(program for _, program in each), programs)
        self.assertGreater(len({tuple(p.peer for _, p in each) for each in rounds}), 1)

    def test_collect_runs_that_order(self):
        programs = [shell(peer, "") for peer in "abc"]
        seen = []

        def record(program, n):
            seen.append((program.peer, n))
            return [measure.Figure("submit_ns", 1.0, "ns", "")]

        measure.collect(programs, 2, random.Random(1), lambda p: 5, record)
        self.assertEqual([peer for peer, _ in seen],
                         [p.peer for _, p in measure.schedule(programs, 2, random.Random(1))])
        self.assertEqual({n for _, n in seen}, {5})


class Tables(unittest.TestCase):
    def rows(self, *samples):
        return table.rows_of(results_of(*samples), "w02_submit")["submit_ns"]

    def test_median_and_spread(self):
        row, = self.rows(("creel", 5), ("creel", 100), ("creel", 1), ("creel", 2), ("creel", 3))
        self.assertEqual((row.median, row.least, row.most, row.count), (3, 1, 100, 5))
        row, = self.rows(("creel", 2), ("creel", 4))
        self.assertEqual(row.median, 3)

    def test_ratio_is_to_the_best_peer_with_a_future(self):
        rows = self.rows(("floor", 1), ("std", 40), ("glib", 10, "no future"), ("creel", 10),
                         ("asio", 20))
        self.assertEqual([(row.peer, row.ratio) for row in rows],
                         [("creel", 0.5), ("glib", 0.5), ("asio", 1), ("std", 2), ("floor", None)])

    def test_ratio_without_such_peers(self):
        self.assertEqual([row.ratio for row in self.rows(("creel", 1), ("glib", 2, "no future"))],
                         [0.5, 1])
        self.assertEqual([row.ratio for row in self.rows(("creel", 1), ("floor", 2))],
                         [None, None])

    def test_ways_of_one_peer_are_rows(self):
        self.assertEqual([(row.remark, row.median) for row in
                          self.rows(("tbb", 2, "one"), ("tbb", 1, "other"), ("tbb", 4, "one"))],
                         [("other", 1), ("one", 3)])

    def test_targets(self):
        rows = self.rows(("creel", 80), ("floor", 70, "condvar"))
        for metric, met in [(workloads.Metric("", 80), True), (workloads.Metric("", 79.9), False),
                            (workloads.Metric("", 1.2, "condvar"), True),
                            (workloads.Metric("", 1.1, "condvar"), False),
                            (workloads.Metric("", 1.1, "futex"), None),
                            (workloads.Metric(""), None), (None, None)]:
            self.assertEqual(table.verdict(metric, rows)[1], met, metric)
        self.assertIsNone(table.verdict(workloads.Metric("", 80), rows, judge=False)[1])
        self.assertFalse(table.verdict(workloads.Metric("", 80), rows[1:])[1])

    def test_target_of_the_best_peer(self):
        rows = self.rows(("creel", 100), ("std", 90), ("asio", 120), ("glib", 10, "no future"))
        for most, met in [(1.2, True), (1.1, False)]:
            self.assertEqual(table.verdict(workloads.Metric("", most, of_best=True), rows)[1], met)
        self.assertIsNone(table.verdict(workloads.Metric("", 1, of_best=True), rows[:1])[1])

    def test_failures_are_shown(self):
        programs = [shell("creel", "echo submit_ns 12 ns"), shell("std", "exit 4"),
                    shell("glib", "echo \\*\\*\\* oops")]
        results = measure.collect(programs, 2, random.Random(1), lambda p: None)
        text = table.table(results, "w02_submit")
        self.assertRegex(text, r"(?m)^    creel +12 ns ")
        self.assertRegex(text, r"(?m)^    std +ERROR: ended with 4 \(2 times\)$")
        self.assertRegex(text, r"(?m)^    glib +ERROR: printed nonsense: \*\*\* oops \(2 times\)$")

    def test_missing_metrics(self):
        self.assertEqual(table.missing_metrics(results_of(("creel", 1)), "w02_submit"),
                         ["many_ns", "bytes"])
        self.assertIn("submit_ns", table.missing_metrics(results_of(("std", 1)), "w02_submit"))

    def test_unknown_workload(self):
        text = table.table(results_of(("creel", 1), workload="w99_new"), "w99_new")
        self.assertIn("W99  w99_new", text)


class Curves(unittest.TestCase):
    SAMPLES = (("tokio", 40, "at 1000"), ("creel", 10, "at 100"), ("creel", 30, "at 100"),
               ("creel", 50, "at 1000"), ("asio", 70, "post, future, at 100"))

    def results(self):
        results = measure.Results()
        for peer, value, remark in self.SAMPLES:
            figure = measure.Figure("tasks_ns", value, "ns", remark)
            results.samples.append((0, shell(peer, "", "scale"), figure))
        return results

    def test_split(self):
        self.assertEqual(curves.split("at 10"), ("", 10))
        self.assertEqual(curves.split("a, b, at 10"), ("a, b", 10))
        self.assertEqual(curves.split("look at 10"), ("look at 10", None))
        self.assertEqual(curves.split(""), ("", None))

    def test_table(self):
        text = table.table(self.results(), "scale")
        self.assertRegex(text, r"(?m)^    median, ns, at +100 +10\^3$")
        self.assertRegex(text, r"(?m)^    creel +20 +50$")
        self.assertRegex(text, r"(?m)^    asio: post, future +70$")
        self.assertRegex(text, r"(?m)^    tokio {31} +40$")

    def test_short(self):
        self.assertEqual([curves.short(n) for n in (1, 64, 100, 1000, 1001, 10**7)],
                         ["1", "64", "100", "10^3", "1001", "10^7"])

    def test_plots(self):
        script = "\n".join(plots.script(self.results(), "scale", "x.png"))
        self.assertIn('set output "x.png"', script)
        self.assertIn("$curve0 << END\n100 20\n1000 50\nEND", script)
        script = "\n".join(plots.script(results_of(("std", 4, 'a "b" \\c')), "w02_submit", "x"))
        self.assertIn('"std: a \\"b\\" \\\\c"', script)
        self.assertEqual(plots.script(measure.Results(), "w02_submit", "x"), [])

    def test_page(self):
        known = [("cpu", "two")]
        text = "\n".join(plots.page(known, self.results(), ["scale"], [("scale", "scale.png")],
                                    "./dev bench scale", True))
        for part in ("`./dev bench scale`", "cpu:                   two", "![scale](scale.png)",
                     "    creel "):
            self.assertIn(part, text)


class Selection(unittest.TestCase):
    def test_select(self):
        names = ["basics", "w02_submit", "w12_idle"]
        self.assertEqual(workloads.select(names, []), names)
        self.assertEqual(workloads.select(names, ["W12", "w2"]), names[1:])
        self.assertEqual(workloads.select(names, ["basics", "w12_idle"]), [names[0], names[2]])
        self.assertEqual(workloads.select(names + ["scale"], []), names)
        self.assertEqual(workloads.select(names + ["scale"], ["scale"]), ["scale"])
        self.assertEqual(workloads.select(names + ["scale"], ["all"]), names + ["scale"])
        with self.assertRaisesRegex(ValueError, "no workload W1;.*W2 "):
            workloads.select(names, ["W1"])


class WholeRun(unittest.TestCase):
    """run.py itself, with a build that lists made-up programs."""

    def run_on(self, *programs, missing="", words=()):
        rows = ", ".join(f'{{"workload": "w12_idle", "peer": "{peer}", "package": "", '
                         f'"command": ["/bin/sh", "-c", "{script}", "x"]}}'
                         for peer, script in programs)
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "bench"))
            with open(os.path.join(folder, "bench/programs.json"), "w", encoding="utf-8") as file:
                file.write(f'{{"build": "B", "compilers": "C", "malloc": "libc", "programs": '
                           f'[{rows}], "missing": [{missing}]}}')
            said = os.path.join(folder, "out")
            kept = os.dup(1)
            with open(said, "w", encoding="utf-8") as out:
                os.dup2(out.fileno(), 1)
                try:
                    status = run.run(run.options(["--build", folder, "--reps", "3", *words]))
                finally:
                    sys.stdout.flush()
                    os.dup2(kept, 1)
                    os.close(kept)
            with open(said, encoding="utf-8") as out, \
                    open(os.path.join(folder, "bench.csv"), encoding="utf-8") as samples:
                return status, out.read(), samples.read()

    def test_good(self):
        status, text, samples = self.run_on(("creel", "echo idle_ms 0.05 ms"),
                                            ("std", "echo idle_ms 0.1 ms by hand"),
                                            missing='{"peer": "asio", "package": "libboost-dev"}')
        self.assertEqual(status, 0)
        self.assertRegex(text, r"target 0.1: met")
        self.assertRegex(text, r"creel +0.05 ms +0.05 .. 0.05 +0.50\n")
        self.assertRegex(text, r"left out: +asio: install libboost-dev")
        self.assertEqual(samples.count("w12_idle,std,idle_ms,by hand,"), 3)
        self.assertIn("# load before: ", samples)

    def test_bad(self):
        status, text, samples = self.run_on(("creel", "echo idle_ms 5 ms"), ("std", "exit 2"))
        self.assertEqual(status, 1)
        self.assertRegex(text, r"target 0.1: MISSED")
        self.assertRegex(text, r"std +ERROR: ended with 2 \(3 times\)")
        self.assertEqual(samples.count("ended with 2"), 3)

    def test_check(self):
        good = ("creel", "echo idle_ms 5 ms")
        self.assertEqual(self.run_on(good, words=["--check"])[0], 0)
        self.assertEqual(self.run_on(("creel", "echo other_ms 5 ms"), words=["--check"])[0], 1)


if __name__ == "__main__":
    unittest.main()
