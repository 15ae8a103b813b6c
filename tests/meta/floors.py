#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
floors.py: includes point down. Fails when, by the list in lib/FLOORS,
  - a file of lib/ includes "x/..." of a folder that stands higher, or another on its own floor;
  - an include with quotes names no file of lib/ (only lib/ itself is searched for them);
  - a folder of lib/ is not in the list, a folder of the list is there twice, or a C file lies
    beside the folders;
  - include/ includes a header of lib/, or anything with quotes;
  - lib/ includes <creel/creel.h>: each file takes only the public part that it implements.
A floor may be listed before its folder exists.
"""

import os
import re

import tree


def read_floors(root, report):
    floors = {}
    for number, line in enumerate(tree.read(root, "lib/FLOORS").splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or not re.fullmatch(r"\d+", words[0]):
            report.fault("lib/FLOORS", number, "expected: floor folder")
        elif words[1] in floors:
            report.fault("lib/FLOORS", number, f"{words[1]} stands here twice")
        else:
            floors[words[1]] = int(words[0])
    return floors


def check_lib(root, path, floors, report):
    parts = path.split("/")
    if len(parts) < 3:
        report.fault(path, 0, "lies beside the folders of lib/")
        return
    own = parts[1]
    for line, bracket, name in tree.includes(tree.read(root, path)):
        if name == "creel/creel.h":
            report.fault(path, line, "lib/ includes <creel/creel.h>")
        folder = name.split("/")[0]
        if bracket == "<":
            if folder in floors and "/" in name and os.path.isfile(os.path.join(root, "lib", name)):
                report.fault(path, line, f"<{name}> is internal: include it with quotes")
            continue
        if folder not in floors or "/" not in name:
            report.fault(path, line, f'"{name}" names no folder of lib/FLOORS')
        elif not os.path.isfile(os.path.join(root, "lib", name)):
            report.fault(path, line, f'"{name}" does not exist in lib/')
        elif own in floors and folder != own and floors[folder] >= floors[own]:
            way = "sideways" if floors[folder] == floors[own] else "up"
            report.fault(path, line, f"{own} (floor {floors[own]}) points {way} "
                                     f"to {folder} (floor {floors[folder]})")


def check_include(root, path, floors, report):
    for line, bracket, name in tree.includes(tree.read(root, path)):
        if bracket == '"':
            report.fault(path, line, f'public header includes "{name}" with quotes')
        elif name.split("/")[0] in floors and "/" in name:
            report.fault(path, line, f"public header includes <{name}> of lib/")


def run():
    options = tree.arguments(__doc__)
    report = tree.Report("floors")
    floors = read_floors(options.root, report)
    sources = tree.files(options.root, "lib/", (".c", ".h", ".S"))
    public = tree.files(options.root, "include/", ".h")
    for folder in {path.split("/")[1] for path in sources if path.count("/") > 1}:
        if folder not in floors:
            report.fault(f"lib/{folder}", 0, "is not in lib/FLOORS")
    for path in sources:
        check_lib(options.root, path, floors, report)
    for path in public:
        check_include(options.root, path, floors, report)
    return report.finish(f"{len(sources)} files of lib/, {len(public)} of include/")


tree.main(run)
