"""Figures of any lines side by side, and the same in words; runs nothing.

What a lesson or a script puts beside each other: runs, theories, data. Every line has its own
colour and its own dashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.drawing import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    SKY,
    SYNTHETIC_LABEL,
    Stroke,
    blank,
    caption,
    legend,
    percent_axis,
    style,
    whole_ticks,
    with_label,
)
from newswave.errors import BadValue

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]

STROKES = (
    Stroke(BLUE, "solid", 2.2),
    Stroke(ORANGE, (0, (6, 2)), 2.2),
    Stroke(GREEN, (0, (1.2, 1.2)), 2.6),
    Stroke(RED, (0, (6, 1.5, 1.2, 1.5)), 2.0),
    Stroke(SKY, (0, (10, 3)), 2.4),
    Stroke("#000000", (0, (3, 1.5, 1.2, 1.5, 1.2, 1.5)), 1.8),
    Stroke("#CC79A7", (0, (2, 2)), 2.4),
    Stroke("0.45", "solid", 1.0),
)
"""How the first, second, third line is drawn, unless it says otherwise."""

SHARED = "agents that have shared (%)"
"""What goes up in a figure of fractions."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A line: what it is called and where it goes.

    Parameters
    ----------
    label : str
        What it is.
    y : array of float, shape (T,)
        Its values; NaN where it has none.
    x : array of float, shape (T,), optional
        Where they lie; 0, 1, 2 and so on if not given.
    stroke : Stroke, optional
        How it is drawn; the figure chooses if not given.
    is_points : bool
        Whether it is drawn as points that no line joins.

    Raises
    ------
    BadValue
        If there are no values, or as many places as values are missing.

    Examples
    --------
    >>> Drawn("one run", [0.1, 0.4, 0.9]).x
    array([0., 1., 2.])
    """

    label: str
    y: Any
    x: Any = None
    stroke: Stroke | None = None
    is_points: bool = False

    def __post_init__(self) -> None:
        y = np.atleast_1d(np.asarray(self.y, float))
        x = np.arange(y.size, dtype=float) if self.x is None else np.asarray(self.x, float)
        if y.ndim != 1 or not y.size or x.shape != y.shape:
            raise BadValue(
                "A line needs one row of numbers, and as many places as values",
                given=f"{self.label}: values {y.shape}, places {x.shape}",
            )
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "x", x)


@dataclass(frozen=True, eq=False)
class Spread:
    """What lies between two lines: the runs' band, an interval."""

    label: str
    low: Floats
    high: Floats
    x: Floats


def drawn_curve(curve: Curve, label: str) -> tuple[Drawn, tuple[Spread, ...]]:
    """Return the median of a curve's runs as a line, and the band of 90 % of them if many.

    Examples
    --------
    >>> line, bands = drawn_curve(Curve([[1, 4, 8], [1, 2, 6]], 10), "two runs")
    >>> line.y, len(bands)
    (array([0.1, 0.3, 0.7]), 1)
    """
    rounds = np.asarray(curve.rounds, float)
    line = Drawn(label, np.median(curve.fraction, axis=0), rounds)
    if curve.runs == 1:
        return line, ()
    low, high = curve.band()
    name = f"{label}: 90 % of the runs"
    return line, (Spread(name, low / curve.n_agents, high / curve.n_agents, rounds),)


def lines_figure(
    title: str,
    lines: Sequence[Drawn],
    bands: Sequence[Spread] = (),
    *,
    across: str = "round",
    up: str = SHARED,
    percent: bool = True,
    log: bool = False,
    synthetic: bool = False,
) -> Figure:
    """Return a figure of lines in one axes, with a legend below.

    Parameters
    ----------
    title : str
        What it shows.
    lines : sequence of Drawn
        What is drawn.
    bands : sequence of Spread
        What lies behind the lines.
    across, up : str
        What the axes show, with their units.
    percent : bool
        Whether the values are fractions, shown as percent.
    log : bool
        Whether the upward axis is logarithmic.
    synthetic : bool
        Whether a formula stands in for a language model; the figure then says so.

    Raises
    ------
    BadValue
        If there is nothing to draw.

    Examples
    --------
    >>> figure = lines_figure("Two", [Drawn("a", [0, 0.5, 1]), Drawn("b", [0, 0.2, 0.3])])
    >>> [line.get_label() for line in figure.axes[0].get_lines()]
    ['a', 'b']
    """
    if not lines:
        raise BadValue("There is nothing to draw", advice="Give at least one line")
    times = 100.0 if percent else 1.0
    with style():
        figure = blank(7.2, 4.6, title)
        axes = figure.subplots()
        for at, band in enumerate(bands):
            axes.fill_between(band.x, times * band.low, times * band.high, linewidth=0,
                              color="0.86" if at == 0 else "0.92", label=band.label)  # fmt: skip
        for at, line in enumerate(lines):
            _draw(axes, line, line.stroke or STROKES[at % len(STROKES)], times)
        axes.set_xlabel(across, parse_math=False)
        axes.set_ylabel(up, parse_math=False)
        _scale(axes, lines, percent, log)
        if synthetic:
            caption(axes, "", 90, synthetic=True)
        legend(figure, axes, 2)
    return figure


def _draw(axes: Axes, line: Drawn, stroke: Stroke, times: float) -> None:
    dashes, marker = ("none", "o") if line.is_points else (stroke.dashes, "")
    axes.plot(line.x, times * line.y, color=stroke.colour, linestyle=dashes, marker=marker,
              markersize=5, linewidth=stroke.width, label=line.label)  # fmt: skip


def _scale(axes: Axes, lines: Sequence[Drawn], percent: bool, log: bool) -> None:
    if log:
        axes.set_yscale("log")
    elif percent:
        percent_axis(axes)
    if all(np.array_equal(line.x, np.round(line.x)) for line in lines):
        whole_ticks(axes)


def lines_words(lines: Sequence[Drawn], across: str = "round") -> str:
    """Return what lines of fractions show: where each reaches one half, and where it ends.

    Of a line that also falls, where it is highest.

    Parameters
    ----------
    lines : sequence of Drawn
        Fractions between 0 and 1.
    across : str
        What they are drawn over.

    Examples
    --------
    >>> lines_words([Drawn("one run", [0.1, 0.4, 0.6, 0.9])])
    'one run: half by round 1.5, 90 % at round 3.'
    """
    return " ".join(_line_words(line, across.partition(" (")[0]) for line in lines)


def _line_words(line: Drawn, across: str) -> str:
    known = np.isfinite(line.y)
    x, y = line.x[known], line.y[known]
    if not y.size:
        return f"{line.label}: no values."
    end = f"{100 * y[-1]:.3g} % at {across} {x[-1]:.4g}"
    if (np.diff(y) < 0).any():
        top = int(y.argmax())
        return f"{line.label}: most at {across} {x[top]:.4g}, {100 * y[top]:.3g} %; {end}."
    above = np.flatnonzero(y >= 0.5)
    if not above.size:
        return f"{line.label}: half is not reached, {end}."
    first = above[0]
    if first == 0:
        return f"{line.label}: half from {across} {x[0]:.4g} on, {end}."
    half = np.interp(0.5, y[first - 1 : first + 1], x[first - 1 : first + 1])
    return f"{line.label}: half by {across} {half:.1f}, {end}."


def told(figure: Figure, words: str) -> str:
    """Return the words of a figure, with what a synthetic one has to say first."""
    return with_label(words, figure.get_label() == SYNTHETIC_LABEL)
