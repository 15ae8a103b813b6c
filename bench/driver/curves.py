# SPDX-License-Identifier: MIT
"""
curves.py: figures that were taken along an axis, such as the number of tasks: those whose remark ends in
"at X". Each way of each library is a line of the table, each X a column.
"""

import re

AT = re.compile(r"(?:(.*), )?at (\d+)")


def split(remark):
    """(remark without its end, X); X is None where it has no such end."""
    match = AT.fullmatch(remark)
    return (match[1] or "", int(match[2])) if match else (remark, None)


def name(peer, way):
    return f"{peer}: {way}" if way else peer


def curves(rows):
    """{name of a way of a library: {X: median}} of rows in their order; creel's come first."""
    found = {}
    for row in rows:
        way, at = split(row.remark)
        if at is not None:
            found.setdefault(name(row.peer, way), {})[at] = row.median
    return {key: dict(sorted(found[key].items()))
            for key in sorted(found, key=lambda key: (not key.startswith("creel"), key))}


def short(number):
    """1000 as 10^3, where it is a power of ten that is long."""
    digits = str(number)
    return f"10^{len(digits) - 1}" if digits == "1" + "0" * (len(digits) - 1) and number >= 1000 \
        else digits


def lines(rows):
    """The table of a figure along its axis."""
    found = curves(rows)
    places = sorted({at for curve in found.values() for at in curve})
    unit = rows[0].unit if rows else ""
    yield f"    {f'median, {unit}, at':<36}" + "".join(f"{short(at):>9}" for at in places)
    for key, curve in found.items():
        cells = (f"{curve[at]:.4g}" if at in curve else "" for at in places)
        yield (f"    {key:<36}" + "".join(f"{cell:>9}" for cell in cells)).rstrip()
