#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
fences.py: what may be used in one place only, or nowhere. RULES below is the list: each row says
what is looked for, where it is allowed, and why. Calls of the atomic wrappers (crl_load and its
like) must name a memory order. Comments and strings are not looked at.
"""

import re

import tree

CALL = r"(?<![\w.])(?<!->)(?:{})\s*\("

# (what, pattern, where it is allowed, reason): a place is a file, or a folder with its slash.
RULES = [
    ("<stdatomic.h>", r"#\s*include\s*[<\"]stdatomic\.h", ["lib/base/atomic.h"],
     "atomics go through base/atomic.h"),
    ("<pthread.h>", r"#\s*include\s*[<\"](?:pthread|semaphore)\.h", ["lib/sync/"],
     "threads go through lib/sync"),
    ("<threads.h>", r"#\s*include\s*[<\"]threads\.h", [],
     "threads go through lib/sync, which is built on pthreads"),
    ("malloc and its like", CALL.format(
        "malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|memalign"
        "|strdup|strndup|asprintf|vasprintf"), ["lib/base/mem.c"],
     "memory goes through the hooks of base/mem.h"),
    ("pthread_cond_signal", r"\bpthread_cond_signal\b", ["lib/sync/parker.c"],
     "one waiter per condition variable, woken by its parker"),
    ("pthread_cond_broadcast", r"\bpthread_cond_broadcast\b", [],
     "one waiter per condition variable, so there is nobody else to wake"),
    ("a stand-alone fence",
     r"\b(?:(?:__)?atomic_(?:thread|signal)_fence|__sync_synchronize)\b", [],
     "orderings sit on the accesses, where ThreadSanitizer sees them"),
    ("a __sync builtin", r"\b__sync_(?!synchronize)\w+", [],
     "its order is implicit; use base/atomic.h"),
    ("an atomic builtin", r"\b__atomic_\w+",
     ["lib/queue/frames.h", "lib/queue/frames.c", "lib/task/fork.c"],
     "it is for the words that creel/fork.h shares; use base/atomic.h"),
    ("the wall clock", r"\bCLOCK_REALTIME\w*|(?<![\w.])(?<!->)(?:gettimeofday|time)\s*\(", [],
     "deadlines are of CLOCK_MONOTONIC"),
    ("an atomic without its order", r"\batomic_(?:load|store|exchange|fetch_\w+?"
     r"|compare_exchange_(?:strong|weak)|flag_test_and_set|flag_clear)(?<!_explicit)\s*\(", [],
     "the order is an argument, always"),
]

ORDER = re.compile(r"relaxed|acquire|release|acq_rel|seq_cst")
WRAPPER = re.compile(r"\b(crl_(?:load|store|exchange|fetch_\w+|cas|cas_weak))\s*\(")
WRAPPER_FILE = "lib/base/atomic.h"


def call_arguments(text, start):
    """What stands in the parenthesis that opens at start, split at the outer commas."""
    depth = 0
    found = [""]
    for char in text[start:]:
        depth += char in "([{"
        depth -= char in ")]}"
        if depth == 0:
            return [argument.strip() for argument in found]
        if char == "," and depth == 1:
            found.append("")
        elif depth > 1 or char != "(":
            found[-1] += char
    return found


def check_wrappers(text, path, report):
    for match in WRAPPER.finditer(text):
        if not ORDER.fullmatch(call_arguments(text, match.end() - 1)[-1]):
            report.fault(path, tree.line_of(text, match.start()),
                         f"{match[1]}() does not end with a memory order")


def allowed(path, places):
    return any(path == place or (place.endswith("/") and path.startswith(place))
               for place in places)


def run():
    options = tree.arguments(__doc__)
    report = tree.Report("fences")
    paths = tree.files(options.root, "lib/", (".c", ".h"))
    for path in paths:
        text = tree.code_only(tree.read(options.root, path))
        for what, pattern, places, reason in RULES:
            if allowed(path, places):
                continue
            for match in re.finditer(pattern, text):
                report.fault(path, tree.line_of(text, match.start()), f"{what}: {reason}")
        if path != WRAPPER_FILE:
            check_wrappers(text, path, report)
    return report.finish(f"{len(paths)} files of lib/")


tree.main(run)
