"""Figures of measured tables, of the manipulation check, and of an atlas; runs nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from newswave.core.errors import BadValue
from newswave.core.provenance import Cell
from newswave.core.rules import Measured
from newswave.core.sharing import Floats
from newswave.core.table_facts import (
    TraitEffect,
    by_readiness,
    cells_of,
    doubts,
    is_thin,
    trait_effects,
)
from newswave.report.describe import measured_words
from newswave.report.style import (
    BLUE,
    GREEN,
    INK,
    NOTICE,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    SYNTHETIC_LABEL,
    Stroke,
    blank,
    caption,
    legend,
    style,
    with_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from newswave.llm.personas import TraitCheck


_MOST_ROWS = 48
_MOST_COLUMNS = 6
_MARKS = (("o", BLUE), ("s", RED), ("^", GREEN), ("D", ORANGE), ("v", PURPLE), ("P", INK))

THEORIES = {
    "network, rounds": Stroke(BLUE, "solid", 1.8),
    "network, ODE": Stroke(GREEN, (0, (6, 1.5, 1.2, 1.5)), 1.6),
    "well-mixed, ODE": Stroke(RED, (0, (6, 2)), 1.6),
}
"""How each theory is drawn, in all figures of an atlas."""

_MARKERS = dict(zip(THEORIES, "osD", strict=True))
_HATCHES = ("", "///", "...", "xxx", "\\\\\\")
_FILLS = (ORANGE, RED, SKY, BLUE, GREEN)


# Figures of a measured table, and of how far a model took its personas on.


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
        every, words = len(measured.given.rows), "P(share), the readiest to share on top"
        words += f": {len(rows)} of {every} rows" if len(rows) < every else ""
        caption(left, words, int(13 * wide), _is_synthetic(measured))
        if effects:
            right = figure.add_subplot(grid[0, 1])
            _draw_effects(right, effects, exposures, measured.given.max_exposure)
        below.text(0, 1, "\n".join(notes), fontsize=8.5, va="top", linespacing=1.25,
                   parse_math=False)  # fmt: skip
        below.set_axis_off()
    return figure


def _is_synthetic(measured: Measured) -> bool:
    return measured.origin is not None and measured.origin.synthetic


def _notes(measured: Measured, width: int) -> list[str]:
    """Return what the signs mean, where the table is from and its doubts, wrapped."""
    cells, signs = measured.cells, []
    if measured.is_sampled:
        signs.append("(low\u2013high): 95 % interval of what was counted.")
    if any(is_thin(cell) for cell in cells):
        signs.append(
            "!: true and false (or yes and no) cover less than 90 % of what the model could say."
        )
    if any(cell.is_counted and cell.abstained for cell in cells):
        signs.append("?: answers that could not be read are left out.")
    words = measured_words(measured)
    about = [words[0].upper() + words[1:] + ".", *doubts(measured)]
    return [line for note in (*signs, *about) for line in textwrap.wrap(note, width)]


def _drawn(measured: Measured) -> list[int]:
    asked = measured.exposures
    return [*asked[:-1][: _MOST_COLUMNS - 1], asked[-1]]


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
    axes.set_yticks(range(len(effects)), [one.name for one in effects])
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
    result = trait_effects(measured)
    if result:
        parts = ", ".join(f"{one.name} {one.effect.mean():+.2f}" for one in result)
        words += f" Mean difference in log-odds between high and low: {parts}."
    words = " ".join([words[0].upper() + words[1:], *doubts(measured)])
    return with_label(words, _is_synthetic(measured))


def persona_figure(
    checks: Sequence[TraitCheck],
    title: str = "Did the model take the personas on?",
    synthetic: bool = False,
) -> Figure:
    """Return a figure of the manipulation check: mean scores of high and low personas by trait."""
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


# Figures of an atlas: a heat map, rate ratios, small multiples, bars, spreads; runs nothing.


@dataclass(frozen=True, eq=False)
class Estimate:
    """A number with its interval, and the true one where it is known; NaN for none."""

    name: str
    value: float
    low: float
    high: float
    true: float = float("nan")


@dataclass(frozen=True, eq=False)
class Panel:
    """Runs and theories of one cell: all fractions by round."""

    title: str
    mean: Floats
    low: Floats
    high: Floats
    theories: dict[str, Floats]


def heat_figure(
    title: str, values: Floats, rows: Sequence[str], columns: Sequence[str], synthetic: bool = False
) -> Figure:
    """Return a heat map with its numbers: dark is fast, on a scale of ratios."""
    from matplotlib.colors import LogNorm

    with style():
        figure = blank(max(6.0, 2.6 + 0.78 * len(columns)), 1.9 + 0.27 * len(rows), title)
        axes = figure.subplots()
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.1, 1.0)
        norm = LogNorm(low, max(high, 1.01 * low))
        image = axes.imshow(values, cmap="cividis_r", norm=norm, aspect="auto")
        axes.set_xticks(range(len(columns)), columns, rotation=35, ha="left", parse_math=False)
        axes.set_yticks(range(len(rows)), rows, family="monospace", parse_math=False)
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
            value = float(values[row, column])
            ink = _ink(image.cmap(norm(value)))
            axes.text(column, row, f"{value:.3f}", ha="center", va="center", fontsize=8,
                      color=ink)  # fmt: skip
        _label(figure, synthetic)
    return figure


def _ink(colour: Sequence[float]) -> str:
    """Return black or white, whichever has more contrast on a colour (WCAG's luminance)."""
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour[:3]]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if light > 0.179 else "white"


def ratios_figure(
    title: str, groups: Sequence[tuple[str, Sequence[Estimate]]], synthetic: bool = False
) -> Figure:
    """Return rate ratios with their intervals beside what was put in."""
    most = max(len(estimates) for _, estimates in groups)
    with style():
        figure = blank(9.2, 1.9 + 0.42 * most, title)
        for axes, (name, estimates) in zip(
            np.atleast_1d(figure.subplots(1, len(groups))), groups, strict=True
        ):
            _forest(axes, name, estimates)
        legend(figure, figure.axes[0], 2, None)
        _label(figure, synthetic)
    return figure


def _forest(axes: Axes, name: str, estimates: Sequence[Estimate]) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    places = np.arange(len(estimates))
    value, low, high, true = np.array(
        [(one.value, one.low, one.high, one.true) for one in estimates]
    ).T
    axes.axvline(1, color="0.35", linewidth=1)
    if np.isfinite(true).any():
        axes.plot(true, places, linestyle="none", marker="D", markersize=9, markerfacecolor="white",
                  markeredgecolor=RED, markeredgewidth=1.6, label="put in by the rule")  # fmt: skip
    axes.errorbar(value, places, xerr=(value - low, high - value), fmt="o", color=BLUE, capsize=3,
                  markersize=4.5, label="fitted, with 95 % interval")  # fmt: skip
    axes.set_yticks(places, [one.name for one in estimates], parse_math=False)
    axes.set_ylim(len(estimates) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(_ratio_ticks(np.concatenate([low, high, true, [1.0]])))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("rate ratio (log scale)")
    axes.set_title(name, loc="left", fontsize=9.5, parse_math=False)


def _ratio_ticks(seen: Floats) -> Any:
    """Return a few plain ratios around what is seen."""
    from matplotlib.ticker import FixedLocator

    known = seen[np.isfinite(seen) & (seen > 0)]
    low, high = known.min() / 1.05, known.max() * 1.05
    for steps in ((0.1, 0.2, 0.5, 1, 2, 5, 10), (0.25, 0.5, 0.7, 1, 1.4, 2, 3, 4)):
        inside = [x for x in steps if low <= x <= high]
        if len(inside) >= 3:
            return FixedLocator(inside)
    step = 0.2 if high / low > 1.8 else 0.1
    tens = np.round(np.arange(1 - 4 * step, 1 + 5.5 * step, step), 1)
    return FixedLocator([x for x in tens if low <= x <= high])


def panels_figure(title: str, panels: Sequence[Sequence[Panel]], synthetic: bool = False) -> Figure:
    """Return small multiples of runs with theories over them."""
    rows, columns = len(panels), len(panels[0])
    with style():
        figure = blank(1.0 + 2.9 * columns, 1.3 + 2.0 * rows, title)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, panel in zip(grid.flat, [one for row in panels for one in row], strict=True):
            times = np.arange(len(panel.mean))
            axes.fill_between(times, 100 * panel.low, 100 * panel.high, color="0.86", linewidth=0,
                              label="central 90 % of the runs")  # fmt: skip
            axes.plot(times, 100 * panel.mean, color="0.25", linewidth=4, alpha=0.4,
                      label="mean of the runs")  # fmt: skip
            for name, curve in panel.theories.items():
                axes.plot(times, 100 * curve, label=name, **THEORIES[name].look)
            axes.set_title(panel.title, loc="left", fontsize=9, parse_math=False)
            axes.set_ylim(-2, 103)
        for axes in grid[-1]:
            axes.set_xlabel("round")
        figure.supylabel("agents that have shared (%)", fontsize=9.5)
        legend(figure, grid[0][0], 3, 3.2)
        _label(figure, synthetic)
    return figure


def bars_figure(
    title: str,
    groups: Sequence[tuple[str, Floats]],
    names: Sequence[str],
    places: Sequence[str],
    synthetic: bool = False,
) -> Figure:
    """Return bars of percentages: a panel for each group, a cluster for each place."""
    with style():
        figure = blank(9.4, 4.4, title)
        panels = np.atleast_1d(figure.subplots(1, len(groups), sharey=True))
        width = 0.8 / len(names)
        for axes, (heading, values) in zip(panels, groups, strict=True):
            for at, (name, row) in enumerate(zip(names, values, strict=True)):
                where = np.arange(len(places)) + (at - (len(names) - 1) / 2) * width
                axes.bar(where, 100 * row, width * 0.92, color=_FILLS[at], hatch=_HATCHES[at],
                         edgecolor="white", linewidth=0.6, label=name)  # fmt: skip
                for x, y in zip(where, 100 * row, strict=True):
                    if np.isfinite(y):
                        axes.text(x, y + 1.5, f"{y:.0f}", ha="center", fontsize=8)
            axes.set_xticks(range(len(places)), places, parse_math=False)
            axes.grid(visible=False, axis="x")
            axes.set_ylim(0, 108)
            axes.set_title(heading, loc="left", fontsize=9.5, parse_math=False)
        panels[0].set_ylabel("cells in which two rates are called (%)")
        legend(figure, panels[0], 2, 2.4)
        _label(figure, synthetic)
    return figure


def errors_figure(
    title: str, gaps: Sequence[tuple[str, Sequence[Floats]]], places: Sequence[str],
    synthetic: bool = False,
) -> Figure:  # fmt: skip
    """Return how far theories are off: the median cell, and the range of all cells."""
    with style():
        figure = blank(7.6, 4.4, title)
        axes = figure.subplots()
        for at, (name, by_place) in enumerate(gaps):
            where = np.arange(len(places)) + 0.16 * (at - (len(gaps) - 1) / 2)
            middle = np.array([np.median(x) if x.size else np.nan for x in by_place])
            ends = np.array([(x.min(), x.max()) if x.size else (np.nan,) * 2 for x in by_place]).T
            reach = 100 * np.abs(ends - middle)
            axes.errorbar(where, 100 * middle, yerr=reach, fmt=_MARKERS[name], capsize=4,
                          color=THEORIES[name].colour, markersize=7, linewidth=1.6,
                          label=name)  # fmt: skip
        axes.set_xticks(range(len(places)), places, parse_math=False)
        axes.set_xlim(-0.6, len(places) - 0.4)
        axes.set_ylim(bottom=-2)
        axes.grid(visible=False, axis="x")
        axes.set_ylabel("largest gap to the mean run (percentage points)")
        legend(figure, axes, 3, None)
        _label(figure, synthetic)
    return figure


def _label(figure: Figure, synthetic: bool) -> None:
    """Write onto a synthetic figure that it is one."""
    if not synthetic:
        return
    figure.set_label(SYNTHETIC_LABEL)
    title = figure.get_suptitle()
    figure.suptitle(f"{title}\n ", x=0.012, ha="left", fontsize=12.5, fontweight="bold",
                    linespacing=1.6, parse_math=False)  # fmt: skip
    below = 1.0 - 0.42 / float(figure.get_size_inches()[1])
    box = {"boxstyle": "round,pad=0.25", "facecolor": NOTICE, "edgecolor": RED}
    figure.text(0.018, below, SYNTHETIC_LABEL, va="top", fontsize=9.5, bbox=box)
