#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
paths.py: the tree names no place of anybody's machine. Fails when a file contains the absolute path
of the checkout or of the folder above it, the home folder, or a folder below the usual homes.
Folders that every system has are nobody's own.
"""

import os
import re

import tree

EVERYBODYS = {"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/media", "/mnt", "/opt",
              "/proc", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/local", "/usr/src",
              "/var", "/var/tmp", "/nonexistent", "/build"}
HOMES = r"/(?:home|Users)/[A-Za-z]\w*"


def own_places(root, home):
    """The paths that only this machine has. A folder like /src may be the name of any project's."""
    places = {root, home, os.path.realpath(home)}
    if os.path.dirname(root).count("/") > 1:
        places.add(os.path.dirname(root))
    names = {"/" + name for name in os.listdir(root)}
    return {os.path.normpath(place) for place in places if os.path.isabs(place)} - EVERYBODYS - names


def pattern(root, home):
    """A path counts where it begins (not as the end of another) and where its last name ends."""
    places = [re.escape(place) for place in sorted(own_places(root, home), reverse=True)]
    return re.compile(r"(?<![\w.)}>*~-])(?:" + "|".join(places + [HOMES]) + r")(?![\w-])")


def run():
    options = tree.arguments(__doc__, home=os.path.expanduser("~"))
    report = tree.Report("paths")
    wrong = pattern(options.root, options.home)
    names = tree.files(options.root)
    for path in names:
        text = tree.read(options.root, path)
        for match in wrong.finditer(text):
            report.fault(path, tree.line_of(text, match.start()), f"names {match[0]}")
    return report.finish(f"{len(names)} files")


tree.main(run)
