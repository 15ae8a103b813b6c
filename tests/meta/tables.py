#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
tables.py: the comment tables of the public headers tell the truth. Fails when
  - a header that declares a CREEL_API function has no table: a line of its first comments that
    begins with "function", then one row per function, up to an empty line;
  - a CREEL_API function has no row in its own header, or two, or a row names no such function;
  - a row has not as many cells as the first line (cells are two blanks apart);
  - creel/creel.h does not include, and list in its table ("header"), every public header but
    attributes.h and those in adapters/, or lists one that does not exist.
"""

import os
import re

import tree

UMBRELLA = "include/creel/creel.h"


def cells(line):
    return re.split(r"\s{2,}", line.strip())


def table(source, title):
    """(cells of the first line, [(line, cells) of each row]), or None without a table."""
    lines = source.split("\n")
    head = None
    rows = []
    for number, line in enumerate(lines, 1):
        match = re.match(r"^ \*(\s+)(\S.*)$", line)
        if head is None:
            if line.startswith("#"):
                return None
            if match and match[2].startswith(title + "  "):
                head, indent = cells(match[2]), len(match[1])
        elif not match:
            break
        elif len(match[1]) == indent:
            rows.append((number, cells(match[2])))
    return (head, rows) if head else None


def check_functions(path, source, report):
    declared = tree.public_functions(source)
    found = table(source, "function")
    if found is None:
        if declared:
            report.fault(path, 1, 'has no table of its functions ("function  blocks?  ...")')
        return len(declared)
    head, rows = found
    names = [row[0] for _, row in rows]
    for line, row in rows:
        if row[0] not in declared:
            report.fault(path, line, f"the table names {row[0]}, which is not declared here")
        if names.count(row[0]) > 1:
            report.fault(path, line, f"the table names {row[0]} twice")
        if len(row) != len(head):
            report.fault(path, line, f"{row[0]}: {len(row)} cells under {len(head)} headings")
    for name, line in declared.items():
        if name not in names:
            report.fault(path, line, f"{name} has no row in the table at the top")
    return len(declared)


def check_umbrella(root, headers, report):
    source = tree.read(root, UMBRELLA)
    included = {name for _, _, name in tree.includes(source)}
    head_rows = table(source, "header")
    listed = {row[0] for _, row in head_rows[1]} if head_rows else set()
    own = [path for path in headers if os.path.dirname(path) == os.path.dirname(UMBRELLA)]
    names = {os.path.basename(path) for path in own} - {"creel.h", "attributes.h"}
    for name in sorted(names):
        if "creel/" + name not in included:
            report.fault(UMBRELLA, 0, f"does not include <creel/{name}>")
        if name not in listed:
            report.fault(UMBRELLA, 0, f"does not list {name} in its table")
    for name in sorted(listed - names):
        report.fault(UMBRELLA, 0, f"lists {name}, which does not exist")


def run():
    options = tree.arguments(__doc__)
    report = tree.Report("tables")
    headers = tree.files(options.root, "include/creel/", ".h")
    count = sum(check_functions(path, tree.read(options.root, path), report) for path in headers)
    if UMBRELLA in headers:
        check_umbrella(options.root, headers, report)
    return report.finish(f"{len(headers)} headers, {count} functions")


tree.main(run)
