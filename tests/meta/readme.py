#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
readme.py: the C in README.md and docs/ is true. By the words after the fence a block is

  ```c              a whole program: compiled, linked with the library, run; it must exit with 0
                    within 10 seconds
  ```c fragment     statements: compiled as the body of a function that has a creel_pool *pool, a
                    creel_future *future and a void *arg, and may return a void *
  ```c definitions  functions and types: compiled as a file
  ```c quote        lines quoted from a file of include/, lib/, examples/ or tests/: must stand
                    there, but for blanks

A fragment and definitions see <creel/creel.h> and the headers that they include themselves. All
are compiled with warnings as errors; unused variables and functions are allowed in the two.
"""

import os
import re
import subprocess
import tempfile

import tree

FENCE = re.compile(r"^```c\b[ \t]*([^\n]*)\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
UNUSED = ["-Wno-unused-variable", "-Wno-unused-but-set-variable", "-Wno-unused-function"]


def blocks(text):
    """(line of the first line of code, kind, code) for every C block."""
    found = []
    for match in FENCE.finditer(text):
        kind = match[1].strip()
        if not kind and re.search(r"\bmain\s*\(", tree.code_only(match[2])):
            kind = "program"
        found.append((tree.line_of(text, match.start()) + 1, kind, match[2]))
    return found


def placed(path, line, code):
    return f'#line {line} "{path}"\n{code}'


def as_body(path, line, code):
    """The statements as a function; their #include lines stay above it."""
    includes = "".join(re.findall(r"^[ \t]*#[ \t]*include[^\n]*\n", code, re.MULTILINE))
    code = re.sub(r"^[ \t]*#[ \t]*include[^\n]*", "", code, flags=re.MULTILINE)
    return ("#include <creel/creel.h>\n#include <stddef.h>\n" + includes
            + "void *fragment(creel_pool *pool, creel_future *future, void *arg);\n"
            + "void *fragment(creel_pool *pool, creel_future *future, void *arg)\n"
            + "{\n(void)pool;\n(void)future;\n(void)arg;\n{\n" + placed(path, line, code)
            + "}\nreturn NULL;\n}\n")


class Compiler:
    def __init__(self, options):
        self.command = [options.cc, *options.flags.split()]
        self.include = [f"-I{os.path.join(options.root, 'include')}"]
        self.library = options.library
        folder = os.path.dirname(os.path.abspath(options.library or "."))
        self.seconds = float(options.seconds)
        self.link = [options.library or "", "-Wl,-rpath," + folder, "-pthread"]

    def compile(self, folder, code, *flags, link=()):
        source = os.path.join(folder, "block.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(code)
        command = [*self.command, "-std=gnu11", *WARNINGS, *self.include, *flags, source, *link]
        done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.stdout.strip() if done.returncode else ""

    def check(self, folder, code):
        return self.compile(folder, code, "-c", "-O1", "-o", "block.o", *UNUSED)

    def run(self, folder, code):
        wrong = self.compile(folder, code, "-o", "block", link=self.link)
        if wrong:
            return wrong
        try:
            done = subprocess.run(["./block"], cwd=folder, text=True, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=self.seconds, check=False)
        except subprocess.TimeoutExpired:
            return f"the program runs for more than {self.seconds:g} seconds"
        if done.returncode:
            return f"the program ends with {done.returncode}:\n{done.stdout.strip()}"
        return ""


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def check_block(kind, code, path, line, compiler, sources):
    with tempfile.TemporaryDirectory() as folder:
        if kind == "program":
            return compiler.run(folder, placed(path, line, code))
        if kind == "fragment":
            return compiler.check(folder, as_body(path, line, code))
        if kind == "definitions":
            return compiler.check(folder, "#include <creel/creel.h>\n" + placed(path, line, code))
    if kind == "quote":
        return "" if squeezed(code) in sources() else "the quoted lines stand nowhere in the tree"
    if kind:
        return f'unknown kind of block: "{kind}"'
    return "neither a program nor marked: fragment, definitions or quote"


def run():
    options = tree.arguments(__doc__, cc="cc", flags="", library=None, seconds=10)
    report = tree.Report("readme")
    compiler = Compiler(options)

    def sources():
        return " ".join(squeezed(tree.read(options.root, name)) for name in tree.files(
            options.root, ("include/", "lib/", "examples/", "tests/"), (".c", ".h")))

    count = 0
    paths = tree.files(options.root, ("README.md", "docs/"), ".md")
    if "README.md" not in paths:
        report.fault("README.md", 0, "is missing")
    for path in paths:
        for line, kind, code in blocks(tree.read(options.root, path)):
            count += 1
            wrong = check_block(kind, code, path, line, compiler, sources)
            if wrong:
                report.fault(path, line, wrong)
    return report.finish(f"{len(paths)} pages, {count} blocks of C")


tree.main(run)
