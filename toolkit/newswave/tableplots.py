"""Figures of a measured table, and of how far a model took its personas on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from newswave.describing import measured_words
from newswave.drawing import BLUE, GREEN, ORANGE, RED, blank, caption, legend, style, with_label
from newswave.errors import BadValue
from newswave.inventory import TraitCheck
from newswave.provenance import Cell
from newswave.rules import Measured
from newswave.tablefacts import (
    TraitEffect,
    by_readiness,
    cells_of,
    doubts,
    is_thin,
    trait_effects,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_ROWS = 48
_MOST_COLUMNS = 6
_MARKS = (("o", BLUE), ("s", RED), ("^", GREEN), ("D", ORANGE), ("v", "#CC79A7"), ("P", "#000000"))


def table_figure(measured: Measured, title: str = "Who shares, as measured") -> Figure:
    """Return a figure of a measured table: its chances as a heat map, and what each trait does.

    Left a row for each profile, the readiest to share first, with P(share) in every cell, its 95 %
    interval where it was counted, and marks where it is doubtful. Right, where the rows are
    profiles, the mean difference in log-odds between high and low for each trait and exposure.

    Parameters
    ----------
    measured : Measured
        The table. Of more than 48 rows the readiest 48 are drawn, of more than 6 exposures the
        first five and the last.
    title : str
        What is seen.

    Returns
    -------
    matplotlib.figure.Figure
    """
    effects, rows = trait_effects(measured), by_readiness(measured)[:_MOST_ROWS]
    exposures = _drawn(measured)
    # Inches: the map, the panel of traits beside it, the map and the notes below each other.
    wide = max(3.6, 1.4 + (1.3 if measured.is_sampled else 0.85) * len(exposures))
    beside = 4.4 if effects else max(0.0, 6.4 - wide)
    notes = _notes(measured, int(14 * (wide + beside)))
    tall, foot = max(0.225 * len(rows), 2.6 if effects else 1.2), 0.17 * len(notes)
    with style():
        figure = blank(wide + beside, 1.9 + tall + foot, title)
        grid = figure.add_gridspec(
            2, 2 if effects else 1, height_ratios=(tall, foot),
            width_ratios=(wide, beside) if effects else None,
        )  # fmt: skip
        left, below = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, :])
        _draw_chances(left, measured, rows, exposures)
        caption(left, _map_words(measured, rows), int(13 * wide), _is_synthetic(measured))
        if effects:
            right = figure.add_subplot(grid[0, 1])
            _draw_effects(right, effects, exposures, measured.given.max_exposure)
        below.text(0, 1, "\n".join(notes), fontsize=8.5, va="top", linespacing=1.25,
                   parse_math=False)  # fmt: skip
        below.set_axis_off()
    return figure


def _map_words(measured: Measured, rows: Sequence[int]) -> str:
    words = "P(share), the readiest to share on top"
    every = len(measured.given.rows)
    return words if len(rows) == every else f"{words}: {len(rows)} of {every} rows"


def _is_synthetic(measured: Measured) -> bool:
    return measured.origin is not None and measured.origin.synthetic


def _notes(measured: Measured, width: int) -> list[str]:
    """Return what the signs mean, where the table is from and its doubts, wrapped."""
    cells, signs = measured.cells, []
    if measured.is_sampled:
        signs.append("(low\u2013high): 95 % interval of what was counted.")
    if any(is_thin(cell) for cell in cells):
        signs.append("!: yes and no cover less than 90 % of what the model could say.")
    if any(cell.is_counted and cell.abstained for cell in cells):
        signs.append("?: answers that could not be read are left out.")
    words = measured_words(measured)
    about = [words[0].upper() + words[1:] + ".", *doubts(measured)]
    return [line for note in (*signs, *about) for line in textwrap.wrap(note, width)]


def _drawn(measured: Measured) -> list[int]:
    last = measured.given.max_exposure
    return [*range(1, min(_MOST_COLUMNS, last)), last]


def _draw_chances(
    axes: Axes, measured: Measured, rows: Sequence[int], exposures: Sequence[int]
) -> None:
    """Draw the heat map with a number in each cell."""
    chances = measured.given.probabilities[np.ix_(rows, exposures)]
    top = max(float(chances.max()), 0.05)
    axes.imshow(chances, cmap="cividis", aspect="auto", vmin=0.0, vmax=top)
    axes.grid(False)
    cells = cells_of(measured)
    for at, row in enumerate(rows):
        for place, m in enumerate(exposures):
            chance = float(chances[at, place])
            ink = "black" if chance > 0.45 * top else "white"
            words = _cell_words(chance, cells.get((row, m)))
            axes.text(place, at, words, ha="center", va="center", fontsize=8, color=ink)
    axes.set_yticks(range(len(rows)), [measured.given.rows[row][:24] for row in rows], fontsize=8,
                    family="monospace", parse_math=False)  # fmt: skip
    last = measured.given.max_exposure
    names = [f"{m} or more" if m == last else f"{m}" for m in exposures]
    axes.set_xticks(range(len(exposures)), names)
    axes.set_xlabel("sharing neighbours")
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)


def _cell_words(chance: float, cell: Cell | None) -> str:
    words = f"{chance:.3f}" if chance < 0.0995 else f"{chance:.2f}"
    if cell is None:
        return words
    if cell.is_counted:
        lost = "?" if cell.abstained else ""
        return f"{words} ({cell.low:.2f}\u2013{cell.high:.2f}){lost}"
    return words + ("!" if is_thin(cell) else "")


def _draw_effects(
    axes: Axes, effects: Sequence[TraitEffect], exposures: Sequence[int], last: int
) -> None:
    """Draw the difference of each trait with its interval, a mark of its own for each exposure."""
    gap = 0.7 / max(1, len(exposures))
    for at, m in enumerate(exposures):
        mark, colour = _MARKS[at]
        x = np.array([one.effect[m - 1] for one in effects])
        ends = [x - [one.low[m - 1] for one in effects], [one.high[m - 1] for one in effects] - x]
        y = np.arange(len(effects)) + gap * (at - (len(exposures) - 1) / 2)
        axes.errorbar(x, y, xerr=np.abs(ends), color=colour, marker=mark, markersize=5.5, capsize=2,
                      linestyle="none", linewidth=1.2,
                      label=f"{m} or more" if m == last else f"{m}")  # fmt: skip
    axes.axvline(0, color="0.35", linewidth=1.0, zorder=1)
    for edge in np.arange(len(effects) - 1) + 0.5:
        axes.axhline(edge, color="0.85", linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(effects)), [one.trait.value for one in effects])
    axes.set_ylim(len(effects) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    words = "difference in log-odds, high minus low\n(right of the line: readier to share)"
    axes.set_xlabel(words)
    lines = 1 + (len(exposures) - 1) // 3
    axes.set_title("What a high trait does, by exposure", loc="left",
                   fontsize=9.5, pad=8 + 15 * lines)  # fmt: skip
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, columnspacing=1.4, borderpad=0,
                borderaxespad=0.4, handletextpad=0.2)  # fmt: skip


def describe_table(measured: Measured) -> str:
    """Return what `table_figure` shows, in sentences for those who do not see it."""
    table, order = measured.given, by_readiness(measured)
    first, last = (table.rows[order[at]] for at in (0, -1))
    ends = [table.probabilities[order[at], [1, -1]] for at in (0, -1)]
    words = (
        f"{measured_words(measured)}. The readiest to share is {first}, with a chance of "
        f"{ends[0][0]:.3f} at one sharing neighbour and {ends[0][1]:.3f} at {table.max_exposure} "
        f"or more; the least ready is {last}, with {ends[1][0]:.3f} and {ends[1][1]:.3f}."
    )
    found = trait_effects(measured)
    if found:
        parts = ", ".join(f"{one.trait.value} {one.effect.mean():+.2f}" for one in found)
        words += f" Mean difference in log-odds between high and low: {parts}."
    words = " ".join([words[0].upper() + words[1:], *doubts(measured)])
    return with_label(words, _is_synthetic(measured))


def persona_figure(
    checks: Sequence[TraitCheck],
    title: str = "Did the model take the personas on?",
    synthetic: bool = False,
) -> Figure:
    """Return a figure of the manipulation check: mean scores of high and low personas by trait.

    Parameters
    ----------
    checks : sequence of TraitCheck
        From `newswave.inventory.check_traits`.
    title : str
        What is seen.
    synthetic : bool
        Whether a formula answered in place of a language model.
    """
    _check(checks)
    places = range(len(checks))
    with style():
        figure = blank(7.2, 4.0, title)
        axes = figure.subplots()
        high, low = ([getattr(check, end) for check in checks] for end in ("high", "low"))
        axes.hlines(places, low, high, color="0.75", linewidth=5, zorder=1)
        axes.scatter(high, places, color=BLUE, marker="o", s=70, label="personas high in the trait")
        axes.scatter(low, places, color=RED, marker="s", s=60, facecolor="white", linewidth=1.8,
                     label="personas low in the trait")  # fmt: skip
        for place, check in zip(places, checks, strict=True):
            axes.text(1.18, place, f"{100 * check.taken_on:.0f} %", va="center")
        axes.text(1.18, -0.62, "score has the\nright sign", va="bottom")
        axes.axvline(0, color="0.35", linewidth=1.0, zorder=0)
        axes.set_yticks(places, [check.trait.value for check in checks])
        axes.set_ylim(len(checks) - 0.5, -0.5)
        axes.set_xlim(-1.1, 1.1)
        axes.grid(False, axis="y")
        caption(axes, "Ten statements, rated as that person would rate them", 80, synthetic)
        axes.set_xlabel("mean score: -1 as low, +1 as high as can be")
        legend(figure, axes, 2)
    return figure


def describe_persona(checks: Sequence[TraitCheck], synthetic: bool = False) -> str:
    """Return what `persona_figure` shows, in sentences for those who do not see it."""
    _check(checks)
    parts = "; ".join(
        f"{check.trait.value} {check.high:+.2f} and {check.low:+.2f}, {100 * check.taken_on:.0f} "
        "percent of personas on the right side"
        for check in checks
    )
    words = f"Mean scores, -1 to +1, of personas high and low in a trait: {parts}."
    return with_label(words, synthetic)


def _check(checks: Sequence[TraitCheck]) -> None:
    if not checks:
        raise BadValue("There is no check to draw", advice="Give what check_traits returns")
