# SPDX-License-Identifier: MIT
"""facts.py: what has to be known of a run to judge its figures: machine, versions, load, date."""

import datetime
import os
import platform
import re
import subprocess


def said(*command):
    """What a command printed, or "unknown"."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else "unknown"


def cpu():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    return f"{len(os.sched_getaffinity(0))} x {model[1] if model else platform.machine()}"


def load():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def commit(top):
    git = ("git", "-c", "safe.directory=*", "-C", top)
    name = said(*git, "rev-parse", "--short=12", "HEAD")
    changed = said(*git, "status", "--porcelain") != "unknown"
    return name + (", with changes" if changed and name != "unknown" else "")


def version(package):
    return said("dpkg-query", "-W", "-f", "${Version}", package)


def interpreter(command):
    """The version of a Python program's interpreter, which need not be the package's."""
    return said(command[0], "-c", "import platform; print(platform.python_version())")


def versions(programs):
    """[(peer, version)], each once."""
    found = {}
    for program in programs:
        if program.peer in found or not program.package:
            continue
        if program.command[-1].endswith(".py"):
            found[program.peer] = f"Python {interpreter(program.command)}"
        else:
            found[program.peer] = f"{program.package} {version(program.package)}"
    return sorted(found.items())


def before(top, build, programs):
    facts = [("date", datetime.datetime.now().astimezone().isoformat(timespec="seconds")),
             ("commit", commit(top)), ("cpu", cpu()),
             ("system", f"{platform.system()} {platform.release()}, libc "
                        f"{platform.libc_ver()[1]}"),
             ("build", build["build"]), ("compilers", build["compilers"]),
             ("malloc", build["malloc"])]
    facts += [(f"version of {peer}", text) for peer, text in versions(programs)]
    facts += [("left out", f"{peer}: install {package}") for peer, package in build["missing"]]
    facts.append(("load before", load()))
    return facts
