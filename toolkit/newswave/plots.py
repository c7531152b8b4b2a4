"""Figures of curves, fits and predictions: takes results, runs nothing.

Every line has its own colour and its own line style, so that the figures can be read without
colour. The colours are those of Okabe and Ito (2008), which any kind of colour vision tells apart.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from newswave.comparing import Comparison
from newswave.curve import Curve
from newswave.describing import network_words
from newswave.files import write_whole
from newswave.fitting.fits import Fit
from newswave.predicting import Predicted
from newswave.verdicts import Choice

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]


class Stroke(NamedTuple):
    """How a line is drawn: its colour, its dashes, its width in points."""

    colour: str
    dashes: Any
    width: float


STROKES = {
    ("one rate", "well-mixed"): Stroke("#E69F00", (0, (6, 2)), 1.8),
    ("two rates", "well-mixed"): Stroke("#D55E00", (0, (6, 1.5, 1.2, 1.5)), 1.8),
    ("one rate", "network"): Stroke("#56B4E9", (0, (1.2, 1.2)), 2.2),
    ("two rates", "network"): Stroke("#0072B2", "solid", 1.8),
    ("source and peers", "well-mixed"): Stroke("#009E73", (0, (3, 1.5, 1.2, 1.5, 1.2, 1.5)), 1.8),
    "master": Stroke("#000000", "solid", 3.2),
    "network_rounds": Stroke("#56B4E9", (0, (1.2, 1.2)), 2.2),
    "network_ode": Stroke("#009E73", (0, (6, 1.5, 1.2, 1.5)), 1.8),
    "well_mixed_ode": Stroke("#D55E00", (0, (6, 2)), 1.8),
}
_TITLES = {
    Choice.ONE_RATE: "One transmission rate explains this curve",
    Choice.TWO_RATES: "One transmission rate does not explain this curve, two do",
    Choice.CANNOT_TELL: "This curve does not tell whether there are two transmission rates",
}
_MIXING = {"network": "network-aware", "well-mixed": "well mixed"}
_SAMPLES = 6
_LOOK: dict[Any, Any] = {
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.92",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "savefig.dpi": 200,
    "svg.hashsalt": "newswave",
    "svg.fonttype": "path",
}


@contextmanager
def _style() -> Iterator[None]:
    """Draw in one way everywhere, whatever the user's own matplotlib settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK)
        yield


def curve_figure(curve: Curve, unit: str = "round", title: str = "How the news spreads") -> Figure:
    """Return a figure of a curve by itself: its median, the central 90 % of runs, some runs.

    Parameters
    ----------
    curve : Curve
        One run or many.
    unit : str
        The time step, "round" for runs of agents.
    title : str
        What is seen.
    """
    with _style():
        figure = _figure(6.4, 4.4, title)
        axes = figure.subplots()
        _draw_curve(axes, curve)
        _label(axes, curve, unit)
        _legend(figure, axes, 3)
    return figure


def spread_figure(comparison: Comparison, unit: str = "round") -> Figure:
    """Return a figure of a curve with the fitted one-rate and two-rate curves, and residuals.

    Left the median of the runs, the central 90 % of them and a few single ones, with the curves
    of the likelihood fits, well mixed and, where the degree is known, network-aware; right the
    residuals of these fits, curve minus fit. Without a degree, source and peers are drawn too.

    Parameters
    ----------
    comparison : Comparison
        What was fitted to the curve.
    unit : str
        The time step, "round" for runs of agents.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fits = _drawn(comparison)
    with _style():
        figure = _figure(9.6, 5.2, _TITLES[comparison.verdict.choice])
        left, right = figure.subplots(1, 2, width_ratios=(1.45, 1))
        _draw_curve(left, comparison.curve)
        for fit in fits:
            _draw(left, comparison.curve.rounds, 100 * fit.curve, fit.model)
            _draw(right, comparison.curve.rounds, 100 * fit.residuals, fit.model)
        _label(left, comparison.curve, unit)
        right.axhline(0, color="0.35", linewidth=1.0, zorder=1)
        what = "the curve" if comparison.curve.runs == 1 else "mean of the runs"
        right.set_title(f"Residuals: {what} minus fit", loc="left", fontsize=9.5)
        right.set_ylabel("percentage points")
        right.set_xlabel(_axis_words(comparison.curve, unit))
        right.set_xlim(left.get_xlim())
        _whole_ticks(right)
        _legend(figure, left, 3)
    return figure


def prediction_figure(predicted: Predicted) -> Figure:
    """Return a figure of what the theories predict for a setup.

    Parameters
    ----------
    predicted : Predicted
        From `newswave.predicting.theories`.
    """
    setup = predicted.setup
    with _style():
        figure = _figure(7.2, 4.8, "What theory predicts, before any run")
        axes = figure.subplots()
        for theory in predicted.theories:
            stroke = STROKES[theory.key]
            axes.plot(100 * theory.fraction, color=stroke.colour, linestyle=stroke.dashes,
                      linewidth=stroke.width, label=theory.name)  # fmt: skip
        words = f"{setup.n_agents} agents on {network_words(setup)}, {setup.n_seeds} seed agents"
        axes.set_title(textwrap.fill(words, 90), loc="left", fontsize=9.5)
        axes.set_ylabel("agents that have shared (%)")
        axes.set_xlabel("synchronous rounds (for the ODEs: time in rounds)")
        _percent_axis(axes)
        axes.set_xlim(0, setup.rounds)
        _legend(figure, axes, 2)
    return figure


def describe_spread(comparison: Comparison, unit: str = "round") -> str:
    """Return what `spread_figure` shows, in sentences for those who do not see it.

    Parameters
    ----------
    comparison : Comparison
        What was fitted to the curve.
    unit : str
        The time step.
    """
    curve = comparison.curve
    first, last = 100 * curve.mean[[0, -1]] / curve.n_agents
    misses = ", ".join(
        f"{fit.model.name} {_MIXING[fit.model.mixing.label]} by up to "
        f"{100 * np.abs(fit.residuals).max():.1f}"
        for fit in _drawn(comparison)
    )
    runs = "one curve" if curve.runs == 1 else f"the mean of {curve.runs} runs"
    return (
        f"{_TITLES[comparison.verdict.choice]}. Sharers among {curve.n_agents} agents, {runs}: "
        f"from {first:.1f} percent in {unit} {curve.rounds[0]} to {last:.1f} percent in {unit} "
        f"{curve.rounds[-1]}. The fitted curves miss it, in percentage points: {misses}."
    )


def describe_prediction(predicted: Predicted) -> str:
    """Return what `prediction_figure` shows, in sentences for those who do not see it."""
    halves = [(theory.name, theory.half_time()) for theory in predicted.theories]
    times = ", ".join(
        f"{name} in round {half:.1f}" if np.isfinite(half) else f"{name} never"
        for name, half in halves
    )
    agents = f"{predicted.setup.n_agents} agents on {network_words(predicted.setup)}"
    return f"Predicted curves of sharers for {agents}. Half of all have shared: {times}."


def _drawn(comparison: Comparison) -> list[Fit]:
    """Return the likelihood fits of one rate and two rates, in the order of the strokes.

    Where no network is known there is room for a source with peers, and the verdict is about it.
    """
    found = {
        (fit.model.name, fit.model.mixing.label): fit
        for fit in comparison.fits
        if fit.method.extra_parameters() == 0
    }
    if ("two rates", "network") in found:
        found.pop(("source and peers", "well-mixed"), None)
    return [found[key] for key in STROKES if key in found]


def _figure(width: float, height: float, title: str) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.09)
    figure = Figure(figsize=(width, height), layout=layout)
    figure.suptitle(title, x=0.012, ha="left", fontsize=12.5, fontweight="bold")
    return figure


def _draw_curve(axes: Axes, curve: Curve) -> None:
    """Draw the runs: the central 90 % as a band, a few of them as thin lines, the median wide."""
    rounds, percent = curve.rounds, 100.0 / curve.n_agents
    if curve.runs > 1:
        low, high = curve.band()
        axes.fill_between(rounds, percent * low, percent * high, color="0.86", linewidth=0,
                          label=f"central 90 % of {curve.runs} runs")  # fmt: skip
        for number, run in enumerate(curve.counts[:_SAMPLES]):
            name = f"{min(_SAMPLES, curve.runs)} single runs" if number == 0 else None
            axes.plot(rounds, percent * run, color="0.62", linewidth=0.6, label=name)
    middle = percent * np.median(curve.counts, axis=0)
    name = "median of the runs" if curve.runs > 1 else "the curve"
    axes.plot(rounds, middle, color="0.25", linewidth=4.5, alpha=0.45, label=name,
              solid_capstyle="butt")  # fmt: skip


def _draw(axes: Axes, rounds: npt.NDArray[np.int64], values: Floats, model: Any) -> None:
    name, mixing = model.name, model.mixing.label
    stroke = STROKES[name, mixing]
    axes.plot(rounds, values, color=stroke.colour, linestyle=stroke.dashes,
              linewidth=stroke.width, label=f"{name}, {_MIXING[mixing]}")  # fmt: skip


def _label(axes: Axes, curve: Curve, unit: str) -> None:
    if curve.setup is not None:
        runs = "one run" if curve.runs == 1 else f"{curve.runs} runs"
        words = f"{curve.n_agents} agents on {network_words(curve.setup)}, {runs}"
        verb = "agents that have shared"
    else:
        curves = "one curve" if curve.runs == 1 else f"{curve.runs} curves"
        words, verb = f"{curve.n_agents} in all, {curves}", "have shared or adopted"
    axes.set_title(textwrap.fill(words, 62), loc="left", fontsize=9.5)
    axes.set_ylabel(f"{verb} (%)")
    axes.set_xlabel(_axis_words(curve, unit))
    _whole_ticks(axes)
    _percent_axis(axes)
    axes.set_xlim(curve.rounds[0], curve.rounds[-1])


def _axis_words(curve: Curve, unit: str) -> str:
    return "synchronous rounds" if curve.setup is not None else unit


def _percent_axis(axes: Axes) -> None:
    """Show 0 to 100 %, or less where nothing comes near that."""
    highest = float(axes.dataLim.y1)
    top = 100.0 if highest > 40 else max(1.0, 1.1 * highest)
    axes.set_ylim(-0.02 * top, 1.03 * top)


def _whole_ticks(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _legend(figure: Figure, axes: Axes, columns: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=columns, handlelength=3.4)


def png(figure: Figure, description: str = "", title: str = "newswave") -> bytes:
    """Return a figure as PNG, 200 dots per inch, the same bytes each time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to save.
    description : str
        A text alternative, kept in the file.
    title : str
        A title, kept in the file.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    held = io.BytesIO()
    about = {"Title": title, "Description": _plain(description), "Software": None}
    with _style():
        FigureCanvasAgg(figure)
        figure.savefig(held, format="png", metadata=about)
    return held.getvalue()


def svg(figure: Figure, description: str = "", title: str = "newswave") -> bytes:
    """Return a figure as SVG with its text alternative as <title> and <desc>; see `png`."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    held = io.BytesIO()
    about = {"Title": title, "Description": description or None, "Date": None, "Creator": None}
    with _style():
        FigureCanvasSVG(figure)
        figure.savefig(held, format="svg", metadata=about)
    text = held.getvalue().decode("utf-8")
    if description:
        text = text.replace("</title>", f"</title>\n <desc>{escape(description)}</desc>", 1)
    return text.replace("<svg ", '<svg role="img" ', 1).encode("utf-8")


def _plain(text: str) -> str:
    """Return text that fits into a PNG's Latin-1 fields."""
    return text.encode("latin-1", "replace").decode("latin-1")


def save(figure: Figure, path: str | Path, description: str = "", title: str = "newswave") -> Path:
    """Write a figure to a file, PNG or SVG by the ending of its name, whole or not at all.

    Raises
    ------
    BadValue
        If the name ends in neither .png nor .svg.
    BadFile
        If the file cannot be written.
    """
    from newswave.errors import BadValue

    makers = {".png": png, ".svg": svg}
    ending = Path(path).suffix.lower()
    if ending not in makers:
        raise BadValue("A figure is written as PNG or SVG", given=str(path), allowed=".png, .svg")
    return write_whole(path, makers[ending](figure, description, title))
