#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
conformance.py: docs/conformance.md says which case is shown by which test. The cases stand in the
tests, in the comments right above START_TEST, as many as the test shows:

    /* 1.2 "result(timeout)": 0 polls. 3.1 "result_with_timeout": the same, by state */
    /* 4 "T1": done wins */
    START_TEST(...)

A case is a section of the page, a name in quotes, and what is asserted of it. Fails when the page is
not what the tests say, when a case names a section that there is not, or when something else than
what is asserted follows its name. With --write=yes it writes the page instead.
"""

import os
import re

import tree

BOOK = "docs/conformance.md"
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
}
HEAD = """# Conformance

creel gives asyncio's and concurrent.futures' vocabulary to C. This page lists the cases of their
behaviour, and of their own tests, that a test of creel shows, and what it asserts, creel's deviations
included; the cases of CPython's tests have CPython's names. `tests/meta/conformance.py --write=yes`
makes this page from the comments in the tests, and a test fails when the two differ.

"""
COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"
TEST = re.compile(rf"(?P<said>(?:{COMMENT}\s*)+)START_TEST\((?P<name>\w+)\)")
CASE = re.compile(r'(?<![\w.])(\d\.\d{1,2}|4) "([^"]+)"')


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


def page(found):
    lines = [HEAD]
    for section, title in SECTIONS.items():
        rows = sorted({entry[1:] for entry in found if entry[0] == section})
        if not rows:
            continue
        lines.append(f"## {section} {title}\n\n| case | asserted | test |\n|---|---|---|\n")
        for case, claim, name, path in rows:
            case, claim = (part.replace("|", "\\|") for part in (case, claim))
            lines.append(f"| {case} | {claim} | `{name}` in `{path}` |\n")
        lines.append("\n")
    return "".join(lines).rstrip() + "\n"


def run():
    options = tree.arguments(__doc__, write="")
    report = tree.Report("conformance")
    found = []
    for path in tree.files(options.root, "tests/", (".c",)):
        text = tree.read(options.root, path)
        for section, case, claim, name, offset in cases(text):
            if section not in SECTIONS:
                report.fault(path, tree.line_of(text, offset), f"there is no section {section}")
            if not claim.startswith(":"):
                report.fault(path, tree.line_of(text, offset), f"{case}: what does {name} assert?")
            found.append((section, case, claim.strip(" :"), name, path))
    wanted = page(found)
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
