#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
headers.py: every header compiles alone, included twice, without a warning: the public ones
(include/creel/) as C11, C17, C++11 and C++17, the internal ones (lib/) as C11. With gcc, and with
clang where it is installed. Adapters are left out whose library is not installed.
"""

import concurrent.futures
import os
import shutil
import subprocess

import tree

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
COMPILERS = [("gcc", "g++"), ("clang", "clang++")]
PUBLIC = [("c", "c11"), ("c", "c17"), ("c++", "c++11"), ("c++", "c++17")]

# The library of an adapter, as pkg-config knows it.
ADAPTERS = {
    "include/creel/adapters/curl.h": "libcurl",
    "include/creel/adapters/glib.h": "glib-2.0",
    "include/creel/adapters/libevent.h": "libevent_core",
    "include/creel/adapters/uv.h": "libuv",
}


def library_flags(path):
    """What the headers of an adapter's library need; None: it is not there."""
    if path not in ADAPTERS:
        return []
    try:
        done = subprocess.run(["pkg-config", "--cflags", ADAPTERS[path]], capture_output=True,
                              text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return ["-D_GNU_SOURCE", *done.stdout.replace("-I", "-isystem").split()]


def compiles(root, path, library, compiler, language, standard):
    """(path, what was tried, what the compiler said: empty if nothing)."""
    public = path.startswith("include/")
    name = path.split("/", 1)[1]
    include = f"<{name}>" if public else f'"{name}"'
    flags = ["-Wpedantic"] if public else ["-Ilib", "-D_GNU_SOURCE"]
    command = [compiler, f"-std={standard}", *WARNINGS, *flags, *library, "-Iinclude", "-x",
               language, "-"]
    done = subprocess.run(command, cwd=root, input=f"#include {include}\n" * 2 + "typedef int alone;\n", text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.strip() or (f"exit status {done.returncode}" if done.returncode else "")
    return path, f"{compiler} -std={standard}", said


def run():
    options = tree.arguments(__doc__)
    report = tree.Report("headers")
    compilers = [pair for pair in COMPILERS if all(shutil.which(name) for name in pair)]
    if not compilers:
        report.fault("gcc", 0, "no compiler found: neither gcc and g++, nor clang and clang++")
    work, left_out = [], []
    for path in tree.files(options.root, ("include/creel/", "lib/"), ".h"):
        modes = PUBLIC if path.startswith("include/") else PUBLIC[:1]
        library = library_flags(path)
        if library is None:
            left_out.append(os.path.basename(path))
            continue
        work += [(options.root, path, library, pair[language == "c++"], language, standard)
                 for pair in compilers for language, standard in modes]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, tried, said in pool.map(lambda job: compiles(*job), work):
            if said:
                report.fault(path, 0, f"does not compile alone with {tried}:\n{said}")
    names = ", ".join(pair[0] for pair in compilers)
    if left_out:
        names += "; without " + ", ".join(left_out)
    return report.finish(f"{len(work)} compilations with {names}")


tree.main(run)
