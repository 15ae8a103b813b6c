#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
exports.py: the shared library exports what the public headers declare, and nothing else. Fails when
  - it exports a symbol that does not begin with creel_;
  - a name declared CREEL_API in include/creel/ is not exported;
  - a symbol is exported that no public header declares.
"""

import subprocess

import tree


def exported(nm, library):
    done = subprocess.run([nm, "-D", "--defined-only", "--format=posix", library],
                          capture_output=True, text=True, check=True)
    found = set()
    for line in done.stdout.splitlines():
        name, kind = line.split()[:2]
        if kind != "A":  # the names of symbol versions are not symbols
            found.add(name.split("@")[0])
    return found


def run():
    options = tree.arguments(__doc__, library=None, nm="nm")
    report = tree.Report("exports")
    declared = {}
    for path in tree.files(options.root, "include/creel/", ".h"):
        for name, line in tree.declared_api(tree.read(options.root, path)).items():
            declared[name] = (path, line)
    symbols = exported(options.nm, options.library)
    if not symbols:
        report.fault("nm", 0, "found no symbol at all in the library")
    for name in symbols:
        if not name.startswith("creel_"):
            report.fault("exported", 0, f"{name} does not begin with creel_")
        elif name not in declared:
            report.fault("exported", 0, f"{name} is declared CREEL_API nowhere in include/creel/")
    for name, place in declared.items():
        if name not in symbols:
            report.fault(*place, f"{name} is declared CREEL_API, but is not exported")
    return report.finish(f"{len(symbols)} symbols, {len(declared)} declarations")


tree.main(run)
