#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
conformance.py: docs/conformance.md says which case is shown by which test. The cases stand in the
tests, in the comments right above START_TEST, as many as the test shows:

    /* 1.2 "result(timeout)": 0 polls. 3.1 "result_with_timeout": the same, by state */
    /* 4 "T1": done wins */
    START_TEST(...)

A case is a section of the page, a name in quotes, and what is asserted of it. In the sections of CPython's
tests several names may stand in the quotes, with commas between them. What begins with "otherwise: " is asserted in
place of what CPython's case asserts, and is counted apart. Three tables say what there is to show:

    tests/conformance/checklist.txt   a section per block, and the names of its cases
    tests/conformance/left_out.txt    section | cases | why no test shows them
    tests/conformance/deviations.txt  name | what Python does | what creel does; shown as 5 "D1": ...

Fails when the page is not what the tests and the tables say, when a case names a section that there is
not or is not in the checklist of its section, when something else than what is asserted follows its
name, when a case of the checklist is neither shown nor left out, or both, and when no test shows a
deviation. With --write=yes it writes the page instead.
"""

import os
import re

import tree

BOOK = "docs/conformance.md"
CHECKLIST = "tests/conformance/checklist.txt"
LEFT_OUT = "tests/conformance/left_out.txt"
DEVIATIONS = "tests/conformance/deviations.txt"
SECTIONS = {
    "0.1": "Statuses",
    "0.2": "What holds everywhere",
    "1.1": "The states of a future",
    "1.2": "concurrent.futures.Future",
    "1.3": "asyncio.Future",
    "1.4": "asyncio.Task and its cancellation",
    "1.5": "gather",
    "1.6": "wait",
    "1.7": "as_completed",
    "1.8": "wait_for and timeout",
    "1.9": "shield",
    "1.10": "sleep",
    "1.11": "Groups",
    "1.12": "The loop",
    "1.13": "run",
    "1.14": "to_thread, wrap_future",
    "1.15": "ThreadPoolExecutor",
    "1.16": "Queue, Lock, Event, Condition, Semaphore, Barrier",
    "1.17": "Introspection",
    "1.18": "Constructs of folly, trio, tokio, Go, systemd and others",
    "2.1": "What users ask for",
    "3.1": "CPython: test_concurrent_futures/test_future.py",
    "3.2": "CPython: test_concurrent_futures/executor.py, test_thread_pool.py",
    "3.3": "CPython: test_concurrent_futures/test_wait.py, test_as_completed.py",
    "3.4": "CPython: test_concurrent_futures/test_shutdown.py, test_deadlock.py",
    "3.5": "CPython: test_asyncio/test_futures.py",
    "3.6": "CPython: test_asyncio/test_tasks.py",
    "3.7": "CPython: test_asyncio/test_tasks.py, waiting",
    "3.8": "CPython: test_asyncio/test_tasks.py, gathering",
    "3.9": "CPython: test_asyncio/test_eager_task_factory.py",
    "3.10": "CPython: test_asyncio/test_taskgroups.py",
    "3.11": "CPython: test_asyncio/test_timeouts.py",
    "3.12": "CPython: test_asyncio/test_waitfor.py",
    "3.13": "CPython: test_asyncio/test_queues.py",
    "3.14": "CPython: test_asyncio/test_locks.py",
    "3.15": "CPython: test_runners.py, test_threads.py, test_events.py, test_{base,selector,unix}_events.py, "
            "test_staggered.py",
    "3.16": "Cases of creel's own",
    "4": "The traps of this field",
    "5": "Where creel is unlike Python, on purpose",
}
HEAD = """# Conformance

creel gives asyncio's and concurrent.futures' vocabulary to C. This page lists the cases of their
behaviour, and of their own tests, that a test of creel shows, and what it asserts, creel's deviations
included; the cases of CPython's tests have CPython's names. `tests/meta/conformance.py --write=yes`
makes this page from the comments in the tests, and a test fails when the two differ.

## How many of the cases of CPython's tests are shown

A case is shown when a test of creel asserts what CPython's asserts, in C's terms; shown otherwise, and said so
below, when creel does something else on purpose and a test asserts that. Left out is what C or creel has no
counterpart of; each section ends with those cases, and why. 3.16 is creel's own list.

"""
COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"
TEST = re.compile(rf"(?P<said>(?:{COMMENT}\s*)+)START_TEST\((?P<name>\w+)\)")
CASE = re.compile(r'(?<![\w.])(\d\.\d{1,2}|[45]) "([^"]+)"')


def cases(text):
    """(section, case, assertion, test, offset) for every case of a file."""
    found = []
    for test in TEST.finditer(text):
        for comment in re.findall(COMMENT, test["said"]):
            said = re.sub(r"\s*\n\s*\*?\s*", " ", comment[2:-2]).strip()
            starts = list(CASE.finditer(said))
            for i, case in enumerate(starts):
                end = starts[i + 1].start() if i + 1 < len(starts) else len(said)
                claim = said[case.end():end].strip(" ;,.")
                found.append((case[1], case[2], claim, test["name"], test.start()))
    return found


def lines_of(root, path):
    """(line number, line) of a table, without its comments; of none where there is no such file."""
    if not os.path.isfile(os.path.join(root, path)):
        return []
    lines = enumerate(tree.read(root, path).splitlines(), 1)
    return [(number, line.strip()) for number, line in lines if line.strip() and line[0] != "#"]


def names_of(text):
    return [name.strip() for name in text.strip(" ,").split(", ")]


class Tables:
    """What there is to show: {section: [names]}, {section: {name: why not}}, {deviation: (Python, creel)}."""

    def __init__(self, root, report):
        self.report = report
        self.checklist, self.left_out, self.deviations = {}, {}, {}
        self.read_checklist(lines_of(root, CHECKLIST))
        for line, cells in self.rows(root, LEFT_OUT):
            for name in names_of(cells[1]):
                if name not in self.checklist.get(cells[0], []):
                    report.fault(LEFT_OUT, line, f"{name} is not in the checklist of {cells[0]}")
                self.left_out.setdefault(cells[0], {})[name] = cells[2]
        for _, (name, python, creel) in self.rows(root, DEVIATIONS):
            self.deviations[name] = (python, creel)

    def read_checklist(self, lines):
        section = ""
        for line, text in lines:
            if text in SECTIONS:
                section = text
                continue
            known = self.checklist.setdefault(section, [])
            for name in names_of(text):
                if name in known:
                    self.report.fault(CHECKLIST, line, f"{name} stands there twice")
                known.append(name)

    def rows(self, root, path):
        for line, text in lines_of(root, path):
            cells = [cell.strip() for cell in text.split("|")]
            if len(cells) == 3 and all(cells):
                yield line, cells
            else:
                self.report.fault(path, line, "is not three cells")

    def check(self, shown):
        """shown: {section: {name}}. Each case is shown or left out; each deviation is shown."""
        for section, names in self.checklist.items():
            for name in names:
                here, out = name in shown.get(section, ()), name in self.left_out.get(section, ())
                if here and out:
                    self.report.fault(LEFT_OUT, 0, f"{section} {name} is left out, but a test shows it")
                if not here and not out:
                    self.report.fault(CHECKLIST, 0, f"{section} {name} is neither shown nor left out")
        for name in self.deviations:
            if name not in shown.get("5", ()):
                self.report.fault(DEVIATIONS, 0, f"no test shows {name}")


def cell(text):
    return text.replace("|", "\\|")


def summary(tables, shown, found):
    """The table of counts, without the sections that have no checklist."""
    lines = ["| section | cases | shown | shown otherwise | left out |\n|---|---|---|---|---|\n"]
    otherwise = {(section, name) for section, case, claim, _, _ in found
                 if claim.startswith("otherwise") for name in names_of(case)}
    sums = [0, 0, 0, 0]
    for section, names in tables.checklist.items():
        here = shown.get(section, set()) & set(names)
        unlike = sum((section, name) in otherwise for name in here)
        counts = [len(names), len(here) - unlike, unlike, len(tables.left_out.get(section, {}))]
        sums = [a + b for a, b in zip(sums, counts)]
        lines.append(f"| {section} {SECTIONS[section]} | {' | '.join(map(str, counts))} |\n")
    lines.append(f"| all | {' | '.join(map(str, sums))} |\n\n")
    return "".join(lines)


def left_out(tables, section):
    """The cases of a section that are left out, those with one reason in one row."""
    reasons = {}
    for name, why in tables.left_out.get(section, {}).items():
        reasons.setdefault(why, []).append(name)
    if not reasons:
        return ""
    rows = "".join(f"| {cell(', '.join(names))} | {cell(why)} |\n" for why, names in reasons.items())
    return f"\n| left out | why |\n|---|---|\n{rows}"


def deviations(tables, found):
    lines = ["| | Python | creel | shown by |\n|---|---|---|---|\n"]
    for name, (python, creel) in tables.deviations.items():
        tests = sorted({f"`{test}` in `{path}`: {claim}" for section, case, claim, test, path in found
                        if section == "5" and case == name})
        lines.append(f"| {name} | {cell(python)} | {cell(creel)} | {cell('; '.join(tests))} |\n")
    return "".join(lines)


def page(found, tables, shown):
    lines = [HEAD, summary(tables, shown, found)]
    for section, title in SECTIONS.items():
        rows = sorted({entry[1:] for entry in found if entry[0] == section})
        lines.append(f"## {section} {title}\n\n" if rows or section in tables.checklist else "")
        if section == "5" and rows:
            lines.append(deviations(tables, found))
        elif rows:
            lines.append("| case | asserted | test |\n|---|---|---|\n")
            lines += [f"| {cell(case)} | {cell(claim)} | `{name}` in `{path}` |\n"
                      for case, claim, name, path in rows]
        lines.append(left_out(tables, section))
        lines.append("\n" if rows or section in tables.checklist else "")
    return "".join(lines).rstrip() + "\n"


def gather(options, report):
    """The cases of all tests: (section, case, assertion, test, path)."""
    found = []
    for path in tree.files(options.root, "tests/", (".c",)):
        text = tree.read(options.root, path)
        for section, case, claim, name, offset in cases(text):
            if section not in SECTIONS:
                report.fault(path, tree.line_of(text, offset), f"there is no section {section}")
            if not claim.startswith(":"):
                report.fault(path, tree.line_of(text, offset), f"{case}: what does {name} assert?")
            found.append((section, case, claim.strip(" :"), name, path))
    return found


def named(found, tables, report):
    """{section: {name}}; what is not in its list is a fault."""
    shown = {}
    for section, case, _, test, path in found:
        names = names_of(case) if section.startswith("3.") else [case]
        known = tables.deviations if section == "5" else tables.checklist.get(section, ())
        for name in names:
            if (section == "5" or section.startswith("3.")) and name not in known:
                report.fault(path, 0, f"{test}: {section} has no case {name}")
        shown.setdefault(section, set()).update(names)
    return shown


def run():
    options = tree.arguments(__doc__, write="")
    report = tree.Report("conformance")
    tables = Tables(options.root, report)
    found = gather(options, report)
    shown = named(found, tables, report)
    tables.check(shown)
    wanted = page(found, tables, shown)
    book = os.path.join(options.root, BOOK)
    if options.write:
        with open(book, "w", encoding="utf-8") as file:
            file.write(wanted)
    elif not os.path.isfile(book):
        if found:
            report.fault(BOOK, 0, "is missing")
    elif tree.read(options.root, BOOK) != wanted:
        report.fault(BOOK, 0, "is not what the tests say: run tests/meta/conformance.py --write=yes")
    return report.finish(f"{len(set(found))} cases shown")


tree.main(run)
