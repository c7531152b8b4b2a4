"""Figures of any lines side by side, and the same in words; runs nothing.

What a lesson or a script puts beside each other: runs, theories, data. Every line has its own
colour and its own dashes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.drawing import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    SYNTHETIC_LABEL,
    Pen,
    Stroke,
    blank,
    caption,
    legend,
    percent_axis,
    style,
    whole_ticks,
    with_label,
)
from newswave.errors import BadValue, one_of
from newswave.fitting.fits import Fit
from newswave.predicting import Theory

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
    Stroke(PURPLE, (0, (2, 2)), 2.4),
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
    key : str
        The layer that it belongs to, see `LAYERS`.

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
    key: str = ""

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


@dataclass(frozen=True)
class Layer:
    """What can be laid over the axes of a curve: its name and how it is drawn."""

    label: str
    pen: Pen


def fit_key(model: str, mixing: str) -> str:
    """Return the key of the layer of a fit.

    >>> fit_key("one rate", "well-mixed")
    'fit_one_rate_well_mixed'
    """
    return f"fit_{model}_{mixing}".replace(" ", "_").replace("-", "_")


LAYERS: dict[str, Layer] = {
    "curve": Layer("the curve", Pen("ink", (), 3.0)),
    "band": Layer("median of the runs", Pen("purple", (), 2.0)),
    "samples": Layer("single runs", Pen("ink", (), 0.75)),
    "master": Layer("network-aware theory", Pen("green", (), 3.0)),
    "network_rounds": Layer("edge-based theory", Pen("sky", (2, 3), 3.0)),
    "network_ode": Layer("edge-based ODE", Pen("purple", (10, 3, 2, 3), 2.5)),
    "well_mixed_ode": Layer("well-mixed theory", Pen("red", (8, 4), 2.5)),
    "fit_one_rate_well_mixed": Layer("one rate, well mixed", Pen("orange", (8, 4), 2.5)),
    "fit_two_rates_well_mixed": Layer("two rates, well mixed", Pen("red", (10, 3, 2, 3), 2.5)),
    "fit_one_rate_network": Layer("one rate, network-aware", Pen("sky", (2, 3), 3.0)),
    "fit_two_rates_network": Layer("two rates, network-aware", Pen("blue", (), 2.5)),
    "fit_source_and_peers_well_mixed": Layer(
        "source and peers, well mixed", Pen("green", (6, 3, 2, 3, 2, 3), 2.5)
    ),
    "fit_source_alone_well_mixed": Layer("source alone, well mixed", Pen("purple", (2, 3), 2.5)),
}
"""Every layer of a curve by its key, in the order of drawing, on the page and in figures."""

SOURCE_FITS = frozenset(key for key in LAYERS if key.startswith("fit_source"))
FITS = frozenset(key for key in LAYERS if key.startswith("fit_")) - SOURCE_FITS
"""The fits of one and of two rates."""
THEORY_KEYS = frozenset({"master", "network_rounds", "network_ode", "well_mixed_ode"})

THIS_RUN = Pen("ink", (), 3.0)
_SAMPLES = 6


def layers(
    curve: Curve,
    shown: Collection[str],
    theories: Sequence[Theory] = (),
    fits: Sequence[Fit] = (),
    run: int | None = None,
) -> tuple[tuple[Drawn, ...], tuple[Spread, ...]]:
    """Return what the explorer lays over a curve, as lines and bands for `lines_figure`.

    Parameters
    ----------
    curve : Curve
        One run or many.
    shown : collection of str
        Keys of `LAYERS`: which of them are drawn, if they are there.
    theories : sequence of Theory
        From `newswave.predicting.theories`.
    fits : sequence of Fit
        From `compare` or `fits_alone`; those by likelihood are drawn.
    run : int, optional
        One run to be drawn as a line of its own.

    Returns
    -------
    lines : tuple of Drawn
    bands : tuple of Spread

    Raises
    ------
    BadValue
        If there is no such layer or no such run.

    Examples
    --------
    >>> lines, bands = layers(Curve([[1, 4, 8], [1, 2, 6]], 10), ["band"], run=0)
    >>> [line.label for line in lines], [band.label for band in bands]
    (['run 1 of 2', 'median of the runs'], ['90 % of 2 runs'])
    """
    for key in shown:
        one_of("layer", key, LAYERS)
    every = [*_own_lines(curve, run), *_theory_lines(theories), *_fit_lines(curve, fits)]
    bands: tuple[Spread, ...] = ()
    if "band" in shown or "curve" in shown:
        _, spreads = drawn_curve(curve, "runs")
        bands = tuple(replace(band, label=f"90 % of {curve.runs} runs") for band in spreads)
    return tuple(line for line in every if line.key == "run" or line.key in shown), bands


def _layer(key: str, y: Floats, x: Floats | None = None, label: str = "") -> Drawn:
    found = LAYERS[key]
    return Drawn(label or found.label, y, x, found.pen.stroke, key=key)


def _own_lines(curve: Curve, run: int | None) -> list[Drawn]:
    """Return the lines of the runs themselves."""
    x, found = np.asarray(curve.rounds, float), []
    if run is not None:
        label = f"run {run + 1} of {curve.runs}" if curve.runs > 1 else "this run"
        y = curve.run(run).fraction[0]
        found.append(Drawn(label, y, x, THIS_RUN.stroke, key="run"))
    middle = np.median(curve.fraction, axis=0)
    found.append(_layer("band", middle, x))
    found.append(_layer("curve", middle, x, "" if curve.runs == 1 else LAYERS["band"].label))
    for one in np.unique(np.linspace(0, curve.runs - 1, _SAMPLES).astype(int)):
        found.append(_layer("samples", curve.fraction[one], x, f"run {one + 1}"))
    return found


def _theory_lines(theories: Sequence[Theory]) -> list[Drawn]:
    return [_layer(theory.key, theory.fraction) for theory in theories if theory.key in LAYERS]


def _fit_lines(curve: Curve, fits: Sequence[Fit]) -> list[Drawn]:
    """Return the curves of fits by likelihood, one for each model and mixing that is drawn."""
    x = np.asarray(curve.rounds, float)
    found = {fit_key(fit.model.name, fit.model.mixing.label): fit for fit in reversed(fits)
             if not fit.method.extra_parameters()}  # fmt: skip
    return [_layer(key, found[key].curve, x) for key in LAYERS if key in found]


def lines_figure(
    title: str,
    lines: Sequence[Drawn],
    bands: Sequence[Spread] = (),
    *,
    about: str = "",
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
    about : str
        What was run, under the title.
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
        if about or synthetic:
            caption(axes, about, 90, synthetic)
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
