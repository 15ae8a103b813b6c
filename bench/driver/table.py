# SPDX-License-Identifier: MIT
"""
table.py: the tables that people read, and the lines of the CSV file.

For each figure of a workload there is a row for each way of each library: the median of the
repetitions, the least and the most, and the ratio to the best peer: the peer whose median is the least
of those that give a future, or of all where none does. Then come the floors, which are no peers.
"""

import csv
import statistics
from typing import NamedTuple, Optional

from driver import curves, workloads

CREEL, FLOOR = "creel", "floor"


class Row(NamedTuple):
    peer: str
    remark: str
    median: float
    least: float
    most: float
    unit: str
    count: int
    ratio: Optional[float]  # to the best peer; None where there is none, and for floors


def has_future(row):
    return "no future" not in row.remark


def best_peer(rows):
    """The least median that creel is compared with; None without peers."""
    peers = [row for row in rows if row.peer not in (CREEL, FLOOR)]
    peers = [row for row in peers if has_future(row)] or peers
    return min((row.median for row in peers), default=None)


def ratio(median, best):
    """None where it means nothing."""
    return median / best if best else None


def order(row):
    return (row.peer == FLOOR, row.peer != CREEL, row.median)


def rows_of(results, workload):
    """{metric: [Row, ...]}, in the order in which a reader wants them."""
    found = {}
    for (peer, metric, remark), (values, unit) in results.of(workload).items():
        found.setdefault(metric, []).append(Row(peer, remark, statistics.median(values),
                                                min(values), max(values), unit, len(values), None))
    for metric, rows in found.items():
        best = best_peer(rows)
        found[metric] = sorted(
            (row if row.peer == FLOOR else row._replace(ratio=ratio(row.median, best))
             for row in rows), key=order)
    known = list(workloads.describe(workload).metrics)
    return dict(sorted(found.items(), key=lambda item: (
        known.index(item[0]) if item[0] in known else len(known))))


def verdict(metric, rows, judge=True):
    """
    Whether creel reaches the target: (words, True or False); (words, None) where there is none, or
    where it is not to be judged, because n is not the one that the target is about.
    """
    if metric is None or metric.most is None:
        return "", None
    limit = metric.most
    words = f"target {limit:g}"
    if metric.floor is not None:
        floors = [row.median for row in rows if row.peer == FLOOR and row.remark == metric.floor]
        if not floors:
            return f"{words} x the floor, which was not measured", None
        limit *= floors[0]
        words += f" x the floor of {metric.floor} = {number(limit)}"
    if metric.of_best:
        best = best_peer(rows)
        if best is None:
            return f"{words} x the best peer, which was not measured", None
        limit *= best
        words += f" x the best peer = {number(limit)}"
    if not judge:
        return words, None
    ours = [row.median for row in rows if row.peer == CREEL]
    if not ours:
        return f"{words}: creel has no figure", False
    return f"{words}: {'met' if min(ours) <= limit else 'MISSED'}", min(ours) <= limit


def number(value):
    return f"{value:.0f}" if abs(value) >= 10000 else f"{value:.4g}"


def line(row):
    name = f"{row.peer}: {row.remark}" if row.remark else row.peer
    spread = f"{number(row.least)} .. {number(row.most)}"
    compared = f"{row.ratio:8.2f}" if row.ratio is not None else " " * 8
    return f"    {name:<48} {number(row.median):>8} {row.unit:<3} {spread:>20} {compared}"


def failure_lines(failures):
    for peer, reasons in sorted(failures.items()):
        times = f" ({len(reasons)} times)" if len(reasons) > 1 else ""
        yield f"    {peer:<48} ERROR: {reasons[-1]}{times}"


def table(results, workload, judge=True):
    """The text of a workload's tables."""
    description = workloads.describe(workload)
    lines = [f"{workloads.number(workload)}  {description.title}"]
    for name, rows in rows_of(results, workload).items():
        metric = description.metrics.get(name)
        words, _ = verdict(metric, rows, judge)
        head = f"{name}: {metric.text}" if metric else name
        lines += ["", f"  {head}" + (f"  [{words}]" if words else "")]
        if metric and metric.axis:
            lines += curves.lines(rows)
            continue
        lines.append(f"    {'':<48} {'median':>8} {'':<3} {'least .. most':>20} {'x best':>8}")
        lines += [line(row) for row in rows]
    failures = list(failure_lines(results.failures_of(workload)))
    if failures:
        lines += ["", "  failed"] + failures
    return "\n".join(lines)


def missing_metrics(results, workload):
    """What the workload's description promises of creel and no repetition printed."""
    seen = {metric for (peer, metric, _) in results.of(workload) if peer == CREEL}
    return [name for name in workloads.describe(workload).metrics if name not in seen]


def write_csv(path, facts, results, programs, command_of):
    """Facts first, as comments; then every sample, so that nothing is lost to medians."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        for key, value in facts:
            file.write(f"# {key}: {value}\n")
        for program in programs:
            file.write(f"# command of {program.workload}, {program.peer}: {command_of(program)}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["workload", "peer", "metric", "remark", "repetition", "value", "unit",
                         "error"])
        for repetition, program, figure in results.samples:
            writer.writerow([program.workload, program.peer, figure.metric, figure.remark,
                             repetition + 1, figure.value, figure.unit, ""])
        for repetition, program, why in results.failures:
            writer.writerow([program.workload, program.peer, "", "", repetition + 1, "", "", why])
