"""The picture of the ratios: how far each row is above what is asked of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from goals import short
from pastruns import Past
from rows import Row

from newswave.report.style import BLUE, ORANGE, RED, blank, legend, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = {
    "aim reached": ("o", BLUE),
    "only the must reached": ("^", ORANGE),
    "not reached": ("X", RED),
}


def drawn(found: Sequence[Row]) -> list[Row]:
    """Return the rows of which something is asked."""
    return [row for row in found if _limit(row) is not None]


def _limit(row: Row) -> float | None:
    return row.goal.must if row.goal.aim is None else row.goal.aim


def over(row: Row, number: float) -> float:
    """Return how many times better a value is than the aim, or than the must if that is all."""
    limit = _limit(row)
    if limit is None:
        return math.nan
    return number / limit if row.peer else limit / number


def kind(row: Row) -> str:
    """Return which of the three kinds of mark a row gets."""
    if over(row, row.value) >= 1:
        return "aim reached"
    return "only the must reached" if row.must_met == "yes" else "not reached"


def figure(found: Sequence[Row], held: Sequence[Past] = ()) -> Figure:
    """Return the picture: a row each, the aim where the line is, earlier runs as open diamonds."""
    shown = drawn(found)
    with style():
        made = blank(9.6, 1.6 + 0.235 * len(shown), "What was measured, over what is aimed at")
        axes = made.subplots()
        axes.axvline(1.0, color="0.25", linewidth=1.2)
        _past(axes, shown, held)
        for name in _KINDS:
            _marks(axes, shown, name)
        _musts(axes, shown)
        _labels(axes, shown)
        axes.set(xscale="log", xlabel="value over its aim (1: just reached; right is better)")
        axes.xaxis.set_major_formatter("{x:g}")
        legend(made, axes, 5)
    return made


def _marks(axes: Axes, shown: Sequence[Row], name: str) -> None:
    """Draw the rows of one kind, each with the range of its turns."""
    marker, colour = _KINDS[name]
    rows = [(at, row) for at, row in enumerate(shown) if kind(row) == name]
    for at, row in rows:
        if not math.isnan(row.low):
            ends = [over(row, row.low), over(row, row.high)]
            axes.plot(ends, [at, at], color=colour, linewidth=2.2, solid_capstyle="butt")
    values, places = [over(row, row.value) for _, row in rows], [at for at, _ in rows]
    if rows:
        axes.plot(
            values, places, marker, color=colour, markersize=7, label=name,
            markeredgecolor="0.2", markeredgewidth=0.7,
        )  # fmt: skip


def _musts(axes: Axes, shown: Sequence[Row]) -> None:
    """Draw what must be reached, where that is not the line itself."""
    marks = [
        (over(row, row.goal.must), at)
        for at, row in enumerate(shown)
        if row.goal.must is not None and row.goal.aim is not None
    ]
    if marks:
        axes.plot(*zip(*marks, strict=True), "|", color="0.25", markersize=9, label="must")


def _past(axes: Axes, shown: Sequence[Row], held: Sequence[Past]) -> None:
    """Draw what earlier runs found for the same rows."""
    last = max((one.when for one in held), default="")
    places = {(row.what, row.peer): at for at, row in enumerate(shown)}
    marks = [
        (over(one.row, one.row.value), places[one.row.what, one.row.peer])
        for one in held
        if one.when < last and (one.row.what, one.row.peer) in places
    ]
    if marks:
        axes.plot(
            *zip(*marks, strict=True), "D", color="0.45", markersize=4, fillstyle="none",
            label="earlier runs",
        )  # fmt: skip


def _labels(axes: Axes, shown: Sequence[Row]) -> None:
    """Name the work on the left, once, and on the right whom it is held against."""
    places = range(len(shown))
    before = ["", *(row.what for row in shown)]
    left = [row.what if row.what != last else "" for row, last in zip(shown, before, strict=False)]
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks(places, left, fontsize=8.5)
    axes.grid(axis="y", color="0.95", linewidth=0.6)
    axes.tick_params(axis="y", length=0)
    right = axes.twinx()
    right.set_ylim(axes.get_ylim())
    right.set_yticks(places, [_beside(row) for row in shown], fontsize=8.5)
    right.grid(visible=False)
    right.tick_params(axis="y", length=0)


def _beside(row: Row) -> str:
    return (
        f"{short(row.value)} \N{MULTIPLICATION SIGN} {row.peer}" if row.peer else short(row.value)
    )


def words(found: Sequence[Row]) -> str:
    """Return the text alternative of the picture."""
    return " ".join(_sentences(drawn(found)))


def _sentences(shown: Sequence[Row]) -> Iterator[str]:
    yield (
        f"A mark for each of {len(shown)} rows of the table, at its value over its aim on a "
        "logarithmic axis, with the range of its turns."
    )
    for name in _KINDS:
        rows = [row for row in shown if kind(row) == name]
        if rows:
            yield f"{name.capitalize()}: {len(rows)}."
        if rows and name != "aim reached":
            yield "These are " + "; ".join(_told(row) for row in rows) + "."
    best = max(shown, key=lambda row: over(row, row.value), default=None)
    if best is not None:
        yield f"Furthest above its aim is {_told(best)}."


def _told(row: Row) -> str:
    against = f" against {row.peer}" if row.peer else ""
    return f"{row.what}{against}, at {over(row, row.value):.2g}"
