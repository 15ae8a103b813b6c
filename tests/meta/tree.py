# SPDX-License-Identifier: MIT
"""
tree.py: what the meta tests share: the list of files, C without its comments, and the report.

Each meta test is a program of its own: "floors.py [--root DIR]" reads a tree, prints one line
"file:line: what is wrong" per fault and exits 1 if there was any. selftest.py feeds each of them
trees that are wrong. Only Python's standard library is used.
"""

import argparse
import os
import re
import subprocess
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

COMMENT = r"/\*.*?\*/|//(?:\\\n|[^\n])*"
STRING = r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'"
COMMENT_OR_STRING = re.compile(COMMENT + "|" + STRING, re.DOTALL)


class Report:
    """Collects faults; finish() prints them and gives the exit status."""

    def __init__(self, name):
        self.name = name
        self.faults = []

    def fault(self, path, line, text):
        self.faults.append((path, line, text))

    def finish(self, looked_at):
        for path, line, text in sorted(set(self.faults)):
            print(f"{path}:{line}: {text}" if line else f"{path}: {text}")
        print(f"{self.name}: {looked_at}, {len(set(self.faults))} faults")
        sys.stdout.flush()
        return 1 if self.faults else 0


def arguments(description, **extra):
    """The command line: --root, and one option --NAME per extra argument, with its default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=REPOSITORY, help="the tree to read")
    for name, default in extra.items():
        parser.add_argument("--" + name.replace("_", "-"), default=default)
    options = parser.parse_args()
    options.root = os.path.realpath(options.root)
    return options


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def git_files(root):
    """Tracked and new files by git, or None where there is no git or root is not its top."""
    command = ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", "-co",
               "--exclude-standard"]
    if not os.path.exists(os.path.join(root, ".git")):
        return None
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return None
    if done.returncode != 0:
        return None
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def walked_files(root):
    """All files but those of builds and of version control, for trees that are not checkouts."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders
                      if f not in (".git", "__pycache__") and not f.startswith("build")]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return found


def files(root, under="", ending=""):
    """The tree's files below a folder ("lib/") that end in a suffix or one of a tuple of them."""
    names = git_files(root)
    if names is None:
        names = walked_files(root)
    return sorted(name for name in set(names)
                  if name.startswith(under) and name.endswith(ending)
                  and os.path.isfile(os.path.join(root, name)))


def blank(text):
    """Spaces for all but the line ends, so that line numbers stay true."""
    return re.sub(r"[^\n]", " ", text)


def without_comments(source):
    return COMMENT_OR_STRING.sub(
        lambda m: blank(m[0]) if m[0].startswith("/") else m[0], source)


def code_only(source):
    """C without comments, and with empty strings. The quotes of an #include stay as they are."""
    def replace(match):
        if match[0].startswith("/"):
            return blank(match[0])
        start = source.rfind("\n", 0, match.start()) + 1
        if re.match(r"\s*#\s*include\b", source[start:match.start()]):
            return match[0]
        return match[0][0] + " " * (len(match[0]) - 2) + match[0][-1]
    return COMMENT_OR_STRING.sub(replace, source)


def comments_only(source):
    """The other half: comments alone, all else blanked."""
    kept = []
    end = 0
    for match in COMMENT_OR_STRING.finditer(source):
        kept.append(blank(source[end:match.start()]))
        kept.append(match[0] if match[0].startswith("/") else blank(match[0]))
        end = match.end()
    kept.append(blank(source[end:]))
    return "".join(kept)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes(source):
    """(line, bracket, name) for each #include, where bracket is '<' or '"'."""
    pattern = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
    text = code_only(source)
    return [(line_of(text, m.start()), m[1], m[2]) for m in pattern.finditer(text)]


def declared_api(source):
    """{name: line} of what a public header declares CREEL_API."""
    text = code_only(source)
    text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: blank(m[0]), text, flags=re.MULTILINE)
    found = {}
    for match in re.finditer(r"\bCREEL_API\b([^;{]*)", text):
        words = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", match[1])
        name = (re.search(r"\b([a-z_]\w*)\s*\((?!\s*\*)", words)
                or re.search(r"\b(\w+)\s*(?:\[[^;]*)?$", words.strip()))
        if name:
            found[name[1]] = line_of(text, match.start())
    return found


def public_functions(source):
    """{name: line} of what a program calls: declared CREEL_API, or inline. Not what only the header's own
    functions use: what ends in a version, or in an underscore."""
    found = {name: line for name, line in declared_api(source).items()
             if not re.search(r"_v\d+$", name)}
    text = code_only(source)
    for match in re.finditer(r"^static inline\b[^;{()]*(?:\(\([^;{]*?\)\))?[^;{()]*?\b(\w+)\(", text,
                             flags=re.MULTILINE):
        if not match[1].endswith("_"):
            found[match[1]] = line_of(text, match.start())
    return found


def main(run):
    sys.exit(run())
