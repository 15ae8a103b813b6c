#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""
mutants.py: the models find what they are there to find.

    mutants.py --build FOLDER [--mutants] each mutant of mutants.txt is found by the models it names
    mutants.py --build FOLDER --orders    so is each order of lib/ that is made weaker

A mutant is a change of lib/ that brings a bug back. What it changes is compiled with the flags of
recipe.txt, which the build has written, before everything else in an overlay; with the other objects of
the build it becomes a library of models of its own, and the explorer is to find something in it. Fails
when a mutant is not found, does not compile, or when its old text is not in the file exactly once.

An order is made weaker by the explorer, with nothing to compile. Each site in lib/ whose order is more than
relaxed is tried with the next weaker ones, against all models, first without preemptions, then with
more. What orders.txt says to be enough is in force meanwhile, and tried itself from there. Fails when
no model finds one, when a model finds something in what is enough, or when orders.txt speaks of a
site that there is not.

--only NAME: mutants, or sites, whose name begins so; --list: their names; --keep: the libraries stay.
"""

import argparse
import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
AT_A_TIME = 2
SECONDS = 20  # after so long a model has not found it
BOUNDS = [(0, 1), (1, 2), (2, 6)]  # of --orders: a bound, and how many seconds for each model
FINDER_SECONDS = 30
ENDS = ("FOUND", "exhausted", "nothing found")  # of a row; there are others of those that must fail
ROW = re.compile(r"^(?P<model>\S+) +(?P<memory>sc|tso|views) +(?P<strategy>\w+) +(?P<bound>\S+) +"
                 r"(?P<runs>\d+) .*  (?P<end>.*)$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.MULTILINE)
WEAKER = {  # by what is done, and the order: those to try, each the next weaker
    ("load", "acquire"): ["relaxed"], ("load", "seq_cst"): ["acquire"],
    ("store", "release"): ["relaxed"], ("store", "seq_cst"): ["release"],
    ("rmw", "acquire"): ["relaxed"], ("rmw", "release"): ["relaxed"],
    ("rmw", "acq_rel"): ["acquire", "release"], ("rmw", "seq_cst"): ["acq_rel"],
}


class Wrong(Exception):
    """What keeps a mutant from being tried."""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def records(path, first):
    """The records of a data file: lines "key: value", and blocks between "--- key" and the next
    "---". A record begins with its first key. Each is {key: [values]}."""
    found = []
    block = None
    for line in read(path).splitlines():
        if line.startswith("---"):
            block = line[3:].strip() or None
            if block:
                found[-1].setdefault(block, []).append("")
        elif block:
            found[-1][block][-1] += line + "\n"
        elif line.strip() and not line.startswith("#"):
            key, value = line.split(":", 1)
            if key == first:
                found.append({})
            found[-1].setdefault(key, []).append(value.strip())
    return found


class Recipe:
    """How the library of models is built; see cmake/model.cmake."""

    def __init__(self, build):
        path = os.path.join(build, "tests", "model", "recipe.txt")
        said = dict(line.split(" ", 1) for line in read(path).splitlines())
        self.cc = said["cc"]
        self.cflags = [flag for flag in said["cflags"].split(";") if flag != "-Werror"] + ["-w"]
        self.ldflags = said["ldflags"].split(";")
        self.library = said["library"]
        self.explore = said["explore"]
        self.folder = os.path.join(build, "tests", "model", "mutants")
        self.objects = {self.source_of(path): path for path in said["objects"].split(";")}

    def source_of(self, path):
        """The source of an object, by the name that CMake has given it; relative to the root."""
        name = path.split(".dir/", 1)[1].removesuffix(".o")
        name = os.path.join(HERE, name.replace("__/", "../"))
        return os.path.relpath(os.path.normpath(name), ROOT)


def headers(path, seen):
    """What a file of the tree includes, the file itself among it, by its names in the tree."""
    if path in seen or not os.path.isfile(os.path.join(ROOT, path)):
        return seen
    seen.add(path)
    for name in INCLUDE.findall(read(os.path.join(ROOT, path))):
        for folder in ("lib", "tests/model", "include"):
            headers(os.path.join(folder, name), seen)
    return seen


def changed_text(mutant):
    """The file that it changes, with its changes."""
    text = read(os.path.join(ROOT, mutant["file"][0]))
    for old, new in zip(mutant["old"], mutant["new"], strict=True):
        if text.count(old) != 1:
            raise Wrong(f"its old text is {text.count(old)} times in {mutant['file'][0]}")
        text = text.replace(old, new)
    return text


def call(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    if done.returncode != 0:
        raise Wrong(f"{os.path.basename(command[0])} says: {done.stderr.strip()[:600]}")


def compile_one(recipe, source, used, changed, text):
    """The object of a source; it is compiled unless there is one of the same contents."""
    overlay = os.path.join(recipe.folder, "overlay", hashlib.sha256(text.encode()).hexdigest()[:16])
    said = hashlib.sha256(repr((recipe.cc, recipe.cflags, source, changed, text)).encode())
    for path in sorted(used - {changed}):
        said.update(path.encode() + b"\0" + read(os.path.join(ROOT, path)).encode())
    target = os.path.join(recipe.folder, "objects", said.hexdigest()[:32] + ".o")
    if os.path.isfile(target):
        return target
    write(os.path.join(overlay, changed), text)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    place = overlay if source == changed else ROOT
    call([recipe.cc, *(f"-I{overlay}/{folder}" for folder in ("lib", "include")), *recipe.cflags,
          "-c", os.path.join(place, source), "-o", f"{target}.{threading.get_ident()}"])
    os.replace(f"{target}.{threading.get_ident()}", target)
    return target


def build(recipe, mutant):
    """The library with the mutant in it."""
    changed = mutant["file"][0]
    text = changed_text(mutant)
    library = os.path.join(recipe.folder, mutant["mutant"][0] + ".so")
    objects = []
    for source, plain in recipe.objects.items():
        used = headers(source, set())
        objects.append(compile_one(recipe, source, used, changed, text) if changed in used
                       else plain)
    call([recipe.cc, "-shared", *recipe.ldflags, "-o", library, *objects])
    return library


def explore(recipe, library, arguments):
    """The rows that the explorer prints, and its findings."""
    command = [recipe.explore, library, *arguments, "--quiet"]
    if "--seconds" not in arguments:
        command += ["--seconds", str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace",
                          timeout=600)
    if done.returncode not in (0, 1):
        raise Wrong(f"explore ends with {done.returncode}: {done.stderr.strip()}")
    rows = [ROW.match(line) for line in done.stdout.splitlines()]
    findings = re.findall("^finding: (.*)$", done.stdout, re.MULTILINE)
    if (done.returncode == 1) != bool(findings):
        raise Wrong(f"explore ends with {done.returncode}, and says: {done.stdout.strip()}")
    if any(finding.startswith("the explorer has room") for finding in findings):
        raise Wrong(findings[0])
    return [row for row in rows if row], findings


def show(name, row, seconds, text):
    print(f"{name:<30} {row['model']:<18} {row['memory']:<5} {row['strategy']:<3} "
          f"{row['bound']:>5} {row['runs']:>8} {seconds:6.2f} s  {text}", flush=True)


def try_mutant(recipe, mutant, options):
    """Print its rows; False: a model that is to find it does not."""
    name = mutant["mutant"][0]
    found = True
    try:
        library = build(recipe, mutant)
        for arguments in mutant["find"]:
            began = time.monotonic()
            rows, findings = explore(recipe, library, arguments.split())
            show(name, rows[-1], time.monotonic() - began,
                 findings[0][:110] if findings else "NOT FOUND")
            found &= bool(findings)
        if not options.keep:
            os.unlink(library)
    except (Wrong, OSError, KeyError, ValueError, IndexError, subprocess.SubprocessError) as wrong:
        print(f"{name:<30} CANNOT BE TRIED: {wrong!r}", flush=True)
        return False
    return found


class Site:
    """A place in lib/ that accesses an atomic."""

    def __init__(self, place, order):
        self.place, self.order = place, order
        path, line, what = place.split(":", 2)
        self.kind = what.split()[0] if what.startswith(("load ", "store ")) else "rmw"
        self.path = os.path.relpath(path, ROOT)
        self.code = read(path).splitlines()[int(line) - 1]
        self.name = f"{self.path}:{line}"
        self.enough = order
        self.finders = []  # models and options to be tried before all others

    def to_try(self):
        return [(self, weaker) for weaker in WEAKER.get((self.kind, self.enough), [])]


def all_sites(recipe):
    """Those of the library, each once, though many files may include it."""
    done = subprocess.run([recipe.explore, recipe.library, "--sites"], capture_output=True,
                          text=True, check=True)
    found = {line.split("\t")[0]: line.split("\t")[1] for line in done.stdout.splitlines()
             if line.startswith((os.path.join(ROOT, "lib", ""), os.path.join(ROOT, "include", "")))}
    return [Site(place, order) for place, order in sorted(found.items())]


def weaken(site, order):
    return ["--weaken", f"{site.place}={order}"]


def excuse(sites, excuses):
    """Note which order is enough, or who finds what is not; the options for what is enough. Wrong where
    there is no such site."""
    options = []
    for said in excuses:
        meant = [site for site in sites
                 if site.path == said["site"][0] and said["line"][0] in site.code]
        if len(meant) != 1:
            raise Wrong(f"orders.txt: {said['site'][0]} has {len(meant)} sites in a line with "
                        f"{said['line'][0]}")
        meant[0].finders = [find.split() for find in said.get("find", [])]
        if "enough" in said:
            meant[0].enough = said["enough"][0]
            options += weaken(meant[0], meant[0].enough)
    return options


def judge(recipe, arguments):
    """The rows of models that have been explored in the memory model with the most, and those that
    found something with what they say. Models that must fail are no judges."""
    rows, findings = explore(recipe, recipe.library, [*arguments, "--memory", "views"])
    of_none = [finding.split()[0] for finding in findings if " must fail, and " in finding]
    findings = [finding for finding in findings if " must fail, and " not in finding]
    rows = [row for row in rows if row["model"] not in of_none and row["end"] in ENDS]
    found = [row for row in rows if row["end"] == "FOUND"]
    return rows, list(zip(found, findings))


def control(recipe, options):
    """With the orders of orders.txt alone nothing may be found. The models, the smallest first."""
    rows, findings = judge(recipe, [*options.excused, "--bound", "1", "--seconds", "1"])
    for row, finding in findings:
        print(f"{row['model']}: with what is enough by orders.txt: {finding}")
    print(f"orders.txt: {len(rows) - len(findings)} models find nothing with what is enough")
    rows.sort(key=lambda row: int(row["runs"]))
    return [row["model"] for row in rows if not row["model"].startswith("litmus.")], not findings


def find_order(recipe, models, finders, arguments):
    """The row and the finding of the first model that finds it; None: none does."""
    for finder in finders:
        _, found = judge(recipe, [*finder, *arguments, "--seconds", str(FINDER_SECONDS)])
        if found:
            return found[0]
    for bound, seconds in BOUNDS:
        for model in models:
            _, found = judge(recipe, [model, *arguments, "--bound", str(bound),
                                      "--seconds", str(seconds)])
            if found:
                return found[0]
    return None


def try_order(recipe, subject, options):
    site, weaker = subject
    name = f"{site.name} {site.order}={weaker}"
    began = time.monotonic()
    try:
        found = find_order(recipe, options.models, site.finders,
                           options.excused + weaken(site, weaker))
    except (Wrong, OSError, subprocess.SubprocessError) as wrong:
        print(f"{name:<46} CANNOT BE TRIED: {wrong!r}", flush=True)
        return False
    seconds = time.monotonic() - began
    if found:
        show(f"{name:<46}", found[0], seconds, found[1][:80])
    else:
        print(f"{name:<46} {seconds:.1f} s  NOT FOUND", flush=True)
    return found is not None


def try_all(recipe, subjects, attempt, options):
    """How many have not been found."""
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(lambda one: attempt(recipe, one, options), subjects)).count(False)


def names(mutants):
    """The mutants' names; each once."""
    found = [mutant["mutant"][0] for mutant in mutants]
    twice = {name for name in found if found.count(name) > 1}
    if twice:
        sys.exit(f"mutants.py: {sorted(twice)} are there more than once")
    return found


def run_mutants(recipe, options):
    mutants = records(os.path.join(HERE, "mutants.txt"), "mutant")
    wanted = [mutant for name, mutant in zip(names(mutants), mutants)
              if name.startswith(options.only)]
    if options.list:
        for mutant in wanted:
            print(f"{mutant['mutant'][0]:<30} {mutant['bug'][0]}")
        return 0
    missed = try_all(recipe, wanted, try_mutant, options)
    print(f"mutants: {len(wanted)} tried, {missed} not found")
    return 1 if missed or not wanted else 0


def run_orders(recipe, options):
    sites = all_sites(recipe)
    options.excused = excuse(sites, records(os.path.join(HERE, "orders.txt"), "site"))
    wanted = [one for site in sites if site.name.startswith(options.only) for one in site.to_try()]
    if options.list:
        for site, weaker in wanted:
            print(f"{site.name} {site.order}={weaker}")
        return 0
    options.models, right = control(recipe, options)
    missed = try_all(recipe, wanted, try_order, options)
    print(f"orders: {len(wanted)} tried, {missed} not found; "
          f"{sum(site.enough != site.order for site in sites)} are stronger than they need be")
    return 0 if right and wanted and not missed else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the folder of a build with models")
    parser.add_argument("--mutants", action="store_true", help="the mutants, as without")
    parser.add_argument("--orders", action="store_true", help="the orders instead")
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    recipe = Recipe(os.path.abspath(options.build))
    os.makedirs(recipe.folder, exist_ok=True)
    return run_orders(recipe, options) if options.orders else run_mutants(recipe, options)


if __name__ == "__main__":
    sys.exit(main())
