#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
pairs.py: memory-order labels come in pairs. A label looks like [F1] or [PK12] and stands in a
comment of lib/, beside the access that it names. Fails when
  - a label occurs only once in lib/: a release that nobody acquires, or the other way round;
  - a label of lib/ is not in docs/memory-model.md;
  - a label of docs/memory-model.md does not occur in lib/.
"""

import os
import re

import tree

LABEL = re.compile(r"\[[A-Z]{1,3}[0-9]+\]")
BOOK = "docs/memory-model.md"


def labels(text, path):
    """(label, (path, line)) for every occurrence."""
    return [(m[0], (path, tree.line_of(text, m.start()))) for m in LABEL.finditer(text)]


def gather(found):
    places = {}
    for label, place in found:
        places.setdefault(label, []).append(place)
    return places


def run():
    options = tree.arguments(__doc__)
    report = tree.Report("pairs")
    found = []
    for path in tree.files(options.root, "lib/", (".c", ".h", ".S")):
        found += labels(tree.comments_only(tree.read(options.root, path)), path)
    in_lib = gather(found)
    in_book = {}
    if os.path.isfile(os.path.join(options.root, BOOK)):
        in_book = gather(labels(tree.read(options.root, BOOK), BOOK))
    elif in_lib:
        report.fault(BOOK, 0, "is missing, and lib/ has labels")
    for label, places in in_lib.items():
        if len(places) < 2:
            report.fault(*places[0], f"{label} occurs only once in lib/: where is its pair?")
        if label not in in_book:
            report.fault(*places[0], f"{label} is not listed in {BOOK}")
    for label, places in in_book.items():
        if label not in in_lib:
            report.fault(*places[0], f"{label} does not occur in lib/")
    return report.finish(f"{len(in_lib)} labels in lib/, {len(in_book)} in {BOOK}")


tree.main(run)
