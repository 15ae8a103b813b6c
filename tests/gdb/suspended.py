#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
suspended.py GDB PROGRAM SCRIPT: the script shows the three suspended tasks of suspended.c, with their
stacks, in the running program, and, the same, in a core file of it.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile

SHOW = ["creel tasks", "creel bt 1", "creel frame 0 wait_in_here print answer", "creel bt 3"]

EXPECTED = [
    r'^ +0  worker 0 +task 0x[0-9a-f]+  "reader"  in creel_await$',
    r"^ +1  worker 0 +task 0x[0-9a-f]+  descend  in creel_sleep$",
    r"^ +2  worker 0 +task 0x[0-9a-f]+  wait_in_here  in creel_await$",
    r"^3 suspended$",
    r"^  #\d+ +creel_sleep at .*\n(  #\d+ +descend at .*suspended\.c:\d+\n){3}",
    r"^\$1 = 42$",
    r"there is no suspended task 3",
]


def gdb(program, script, *commands):
    arguments = [program, "-nx", "-batch", "-ex", "set pagination off", "-ex", "set debuginfod enabled off"]
    arguments += ["-ex", "source " + script]
    for command in commands:
        arguments += ["-ex", command]
    return arguments


def run(arguments):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.stdout


def check(what, text):
    missing = [e for e in EXPECTED if not re.search(e, text, re.MULTILINE)]
    for expected in missing:
        print(f"suspended.py: {what}: not found: {expected}")
    if missing:
        print(text)
    return not missing


def core_of(program, folder):
    """Have the program leave a core file; None where the system sends these elsewhere."""
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
        pattern = file.read().strip()
    if pattern.startswith("|") or "/" in pattern:
        print("suspended.py: core files go to %s: only the running program was looked at" % pattern)
        return None

    def unlimited():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    subprocess.run([program, "abort"], cwd=folder, preexec_fn=unlimited, check=False)
    return os.path.join(folder, os.listdir(folder)[0])


def main():
    debugger, program, script = sys.argv[1:]
    live = run(gdb(debugger, script, "break look_here", "run", *SHOW, "kill") + [program])
    good = check("running", live)
    with tempfile.TemporaryDirectory() as folder:
        core = core_of(program, folder)
        if core is not None:
            good = check("core file", run(gdb(debugger, script, *SHOW) + [program, core])) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
