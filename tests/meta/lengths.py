#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
lengths.py: a .c file of lib/ has at most 400 lines, a function at most 70, counted from the line of
its return type to its closing brace. It relies on the layout that clang-format enforces: the name
of a function at the start of its line, its braces in column 0.
"""

import re

import tree

FILE_LINES = 400
FUNCTION_LINES = 70

NAME = re.compile(r"^([A-Za-z_]\w*)\s*\(")


def functions(text):
    """(name, first line, number of lines) of every function that is defined in the text."""
    lines = text.split("\n")
    found = []
    for number, line in enumerate(lines):
        if not line.startswith("{"):
            continue
        head = next((n for n in range(number - 1, -1, -1) if NAME.match(lines[n])), number)
        end = next((n for n in range(number, len(lines)) if lines[n].startswith("}")), number)
        if head < number < end:
            first = max(head - 1, 0)
            found.append((NAME.match(lines[head])[1], first + 1, end - first + 1))
    return found


def run():
    options = tree.arguments(__doc__)
    report = tree.Report("lengths")
    paths = tree.files(options.root, "lib/", (".c", ".h"))
    count = 0
    for path in paths:
        source = tree.read(options.root, path)
        length = len(source.splitlines())
        if path.endswith(".c") and length > FILE_LINES:
            report.fault(path, 0, f"has {length} lines, more than {FILE_LINES}")
        for name, first, lines in functions(tree.code_only(source)):
            count += 1
            if lines > FUNCTION_LINES:
                report.fault(path, first, f"{name} has {lines} lines, more than {FUNCTION_LINES}")
    return report.finish(f"{len(paths)} files, {count} functions")


tree.main(run)
