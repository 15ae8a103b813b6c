# SPDX-License-Identifier: MIT
"""
plots.py: what --plots makes of a run: a folder with a README.md, every sample as CSV, and a picture of each
workload: bars of medians, with the least and the most, or, along an axis, curves. Drawn by gnuplot.
"""

import os
import subprocess

from driver import curves, table, workloads

WIDTH, HEIGHT = 640, 400  # of one figure
COLOURS = {table.CREEL: 0x1F77B4, table.FLOOR: 0xBBBBBB}
OTHERS = 0xE8A55A
LINES = {"asio": 0x2CA02C, "go": 0x17BECF, "std": 0x8C564B, "tbb": 0xFF7F0E, "tokio": 0x9467BD}


def quoted(text):
    """A string of gnuplot's, in which nothing is special."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def head(title, unit, rows):
    values = [row.median for row in rows if row.median > 0]
    wide = bool(values) and max(values) > 30 * min(values)
    return ["reset", f"set title {quoted(title)} noenhanced", f"set ylabel {quoted(unit)}",
            "set grid ytics", "set logscale y" if wide else "set yrange [0:*]"]


def bars(title, rows):
    """The commands that draw a figure's rows as bars."""
    rows = [row for row in rows if row.median > 0] or rows
    data = [f"{i} {row.median} {row.least} {row.most} {COLOURS.get(row.peer, OTHERS)} "
            f"{quoted(curves.name(row.peer, row.remark)[:34])}" for i, row in enumerate(rows)]
    return ["$data << END"] + data + ["END"] + head(title, rows[0].unit, rows) + [
        "set style fill solid", "set boxwidth 0.7", "unset key",
        "set xtics rotate by 40 right noenhanced font ',8'", f"set xrange [-0.7:{max(len(rows), 4) - 0.3}]",
        "plot $data using 1:2:5:xtic(6) with boxes lc rgb variable, "
        "$data using 1:2:3:4 with yerrorbars lc rgb 0x444444 pt -1"]


def lines(title, axis, rows):
    """The commands that draw a figure along its axis."""
    found = curves.curves(rows)
    commands = []
    for i, curve in enumerate(found.values()):
        commands += [f"$curve{i} << END"] + [f"{at} {value:g}" for at, value in curve.items()] + ["END"]
    drawn = []
    for i, key in enumerate(found):
        ours = key.startswith(table.CREEL)
        colour = COLOURS[table.CREEL] if ours else LINES.get(key.split(":")[0], 0x7F7F7F)
        drawn.append(f"$curve{i} using 1:2 with linespoints lw {3 if ours else 1} "
                     f"pt {7 if ours else i + 1} lc rgb {colour} title {quoted(key)} noenhanced")
    return commands + head(f"{title}, by {axis}", rows[0].unit, rows) + [
        "set logscale x", "set key below", "plot " + ", ".join(drawn)]


def script(results, workload, path):
    """All of gnuplot's commands for the picture of a workload; none if there is nothing to draw."""
    known = workloads.describe(workload).metrics
    found = table.rows_of(results, workload)
    figures = []
    for name, rows in found.items():
        metric = known.get(name, workloads.Metric(name))
        title = f"{name}: {metric.text}"
        figures.append(lines(title, metric.axis, rows) if metric.axis else bars(title, rows))
    if not figures:
        return []
    columns = min(2, len(figures))
    height = -(-len(figures) // columns)
    return [f"set terminal pngcairo size {WIDTH * columns},{HEIGHT * height} font 'DejaVu Sans,9'",
            f"set output {quoted(path)}", f"set multiplot layout {height},{columns}"] + [
                line for figure in figures for line in figure] + ["unset multiplot", "unset output"]


def draw(results, names, folder):
    """[(workload, its picture's name)]; ValueError if gnuplot cannot do it."""
    drawn = []
    for workload in names:
        commands = script(results, workload, os.path.join(folder, f"{workload}.png"))
        if not commands:
            continue
        done = subprocess.run(["gnuplot"], input="\n".join(commands) + "\n", capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise ValueError(f"gnuplot has failed: {done.stderr.strip()[-200:]}")
        drawn.append((workload, f"{workload}.png"))
    return drawn


def page(known, results, names, drawn, command, judge):
    """The text of README.md."""
    pictures = dict(drawn)
    yield "# Benchmarks: the figures\n"
    yield (f"Written by `{command}`. What is measured, and how to read it, is in\n"
           "[bench/README.md](../../bench/README.md); every sample, and the command of each program, in\n"
           "[bench.csv](bench.csv).\n")
    yield "```text"
    yield from (f"{key + ':':<22} {value}" for key, value in known)
    yield "```\n"
    for workload in names:
        description = workloads.describe(workload)
        yield f"## {workloads.number(workload)}: {description.title}\n"
        if workload in pictures:
            yield f"![{workload}]({pictures[workload]})\n"
        yield "```text"
        yield table.table(results, workload, judge)
        yield "```\n"


def write(folder, known, results, names, command, judge):
    os.makedirs(folder, exist_ok=True)
    drawn = draw(results, names, folder)
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(page(known, results, names, drawn, command, judge)).rstrip() + "\n")
