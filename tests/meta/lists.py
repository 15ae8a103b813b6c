#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
lists.py: nothing is forgotten. The CMakeLists.txt name each file by hand, so a file that nobody
lists is never built, a test never run, a header never installed, and nobody notices. Fails when
one of these is not listed in its place:
  lib/FLOOR/x.c           creel_sources(FLOOR ... x.c ...)   in lib/CMakeLists.txt
  include/creel/x.h       creel_headers(... x.h ...)         in lib/CMakeLists.txt
  include/creel/adapters/x.h  creel_adapters(... x.h ...)    in lib/CMakeLists.txt
  tests/FLOOR/test_x.c    creel_test(FLOOR x ...)            in tests/CMakeLists.txt
  tests/support/x.c       creel_test_support(... x.c ...)    in tests/CMakeLists.txt, or support/x.c
                          among the SOURCES of a test
  examples/x.c            creel_example(x ...) or creel_tutorial(x) in examples/CMakeLists.txt
  examples/util/x.c       creel_example_util(... x.c ...)    in examples/CMakeLists.txt, or util/x.c
                          among the sources of one example
  bench/x.c               creel_bench(x ...)                 in bench/CMakeLists.txt
  bench/peers/p/x.c       creel_bench_peer(p ... x ...)      in bench/CMakeLists.txt; .cpp and .py too;
                          .rs: creel_bench_rust(p ... x ...), .go: creel_bench_go(... x ...)
  bench/util/x.c          creel_bench_util(... x.c ...)      in bench/CMakeLists.txt
  tests/meta/x.py         creel_meta_test(x ...)             in tests/meta/CMakeLists.txt
"""

import os
import re

import tree

# (file, its list, pattern of the call; \1 and \2 are the groups of the file's pattern)
RULES = [
    (r"lib/(\w+)/([\w.-]+\.c)", "lib/CMakeLists.txt", r"creel_sources\(\s*\1\b[^)]*\s\2[\s)]"),
    (r"include/creel/([\w.-]+\.h)", "lib/CMakeLists.txt", r"creel_headers\([^)]*\s\1[\s)]"),
    (r"include/creel/adapters/([\w.-]+\.h)", "lib/CMakeLists.txt",
     r"creel_adapters\([^)]*\s\1[\s)]"),
    (r"tests/support/([\w.-]+\.c)", "tests/CMakeLists.txt",
     r"creel_test_support\((?:[^)]*\s)?\1[\s)]|\ssupport/\1[\s)]"),
    (r"tests/(\w+)/test_([\w-]+)\.c", "tests/CMakeLists.txt", r"creel_test\(\s*\1\s+\2[\s)]"),
    (r"examples/([\w-]+)\.c", "examples/CMakeLists.txt", r"creel_(?:example|tutorial)\(\s*\1[\s)]"),
    (r"examples/util/([\w.-]+\.c)", "examples/CMakeLists.txt",
     r"creel_example_util\((?:[^)]*\s)?\1[\s)]|\sutil/\1[\s)]"),
    (r"bench/util/([\w.-]+\.c)", "bench/CMakeLists.txt",
     r"creel_bench_util\((?:[^)]*\s)?\1[\s)]"),
    (r"bench/peers/([\w-]+)/([\w-]+)\.(?:c|cpp|py)", "bench/CMakeLists.txt",
     r"creel_bench_peer\(\s*\1\b[^)]*\s\2[\s)]"),
    (r"bench/peers/([\w-]+)/([\w-]+)\.rs", "bench/CMakeLists.txt",
     r"creel_bench_rust\(\s*\1\b[^)]*\s\2[\s)]"),
    (r"bench/peers/go/([\w-]+)\.go", "bench/CMakeLists.txt",
     r"creel_bench_go\([^)]*\s\1[\s)]"),
    (r"bench/([\w-]+)\.c", "bench/CMakeLists.txt", r"creel_bench\(\s*\1[\s)]"),
    (r"tests/meta/(?!tree\.py)([\w-]+)\.py", "tests/meta/CMakeLists.txt",
     r"creel_meta_test\(\s*\1[\s)]"),
]


def without_comments(text):
    return re.sub(r"#[^\n]*", "", text)


def run():
    options = tree.arguments(__doc__)
    report = tree.Report("lists")
    count = 0
    for path in tree.files(options.root):
        for pattern, place, call in RULES:
            match = re.fullmatch(pattern, path)
            if not match:
                continue
            count += 1
            for number, group in enumerate(match.groups(), 1):
                call = call.replace(f"\\{number}", re.escape(group))
            text = ""
            if os.path.isfile(os.path.join(options.root, place)):
                text = without_comments(tree.read(options.root, place))
            if not re.search(call, text):
                report.fault(path, 0, f"is not listed in {place}")
            break
    return report.finish(f"{count} files")


tree.main(run)
