"""Figures of curves, fits and predictions: takes results, runs nothing.

Every line has its own colour and its own line style, so that the figures can be read without
colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newswave.comparing import Comparison
from newswave.curve import Curve
from newswave.decisionrates import Dose
from newswave.describing import counted, network_words
from newswave.drawing import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    Stroke,
    blank,
    caption,
    legend,
    percent_axis,
    style,
    whole_ticks,
    with_label,
)
from newswave.drawing import png as png
from newswave.drawing import save as save
from newswave.drawing import svg as svg
from newswave.errors import BadValue
from newswave.fitting.fits import Fit
from newswave.predicting import Band, Predicted
from newswave.verdicts import Choice, Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]

STROKES = {
    ("one rate", "well-mixed"): Stroke(ORANGE, (0, (6, 2)), 1.8),
    ("two rates", "well-mixed"): Stroke(RED, (0, (6, 1.5, 1.2, 1.5)), 1.8),
    ("one rate", "network"): Stroke(SKY, (0, (1.2, 1.2)), 2.2),
    ("two rates", "network"): Stroke(BLUE, "solid", 1.8),
    ("source and peers", "well-mixed"): Stroke(GREEN, (0, (3, 1.5, 1.2, 1.5, 1.2, 1.5)), 1.8),
    ("source alone", "well-mixed"): Stroke(PURPLE, (0, (2, 2)), 1.8),
    "master": Stroke("#000000", "solid", 3.2),
    "network_rounds": Stroke(SKY, (0, (1.2, 1.2)), 2.2),
    "network_ode": Stroke(GREEN, (0, (6, 1.5, 1.2, 1.5)), 1.8),
    "well_mixed_ode": Stroke(RED, (0, (6, 2)), 1.8),
}
TITLES = {
    Choice.ONE_RATE: "One transmission rate explains this curve",
    Choice.TWO_RATES: "One transmission rate does not explain this curve, two do",
    Choice.NEITHER: "No curve of one or two transmission rates fits this curve",
    Choice.CANNOT_TELL: "This curve does not tell whether there are two transmission rates",
}
_UNTESTED = "One transmission rate is not tested against two here"
_MIXING = {"network": "network-aware", "well-mixed": "well mixed"}
_SAMPLES = 6
_SPOKEN = 12


def verdict_title(verdict: Verdict) -> str:
    """Return a verdict as the title of a figure."""
    return TITLES[verdict.choice] if verdict.replicas else _UNTESTED


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
    with style():
        figure = blank(6.4, 4.4, title)
        axes = figure.subplots()
        _draw_curve(axes, curve)
        _label(axes, curve, unit)
        legend(figure, axes, 3)
    return figure


def spread_figure(comparison: Comparison, unit: str = "round") -> Figure:
    """Return a figure of a curve with the fitted one-rate and two-rate curves, and residuals.

    Left the median of the runs, the central 90 % of them and a few single ones, with the curves
    of the likelihood fits, well mixed and, where the degree is known, network-aware; right the
    residuals of these fits, curve minus fit. Without a degree, a source with
    peers and a source alone are drawn too.

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
    with style():
        figure = blank(9.6, 5.2, verdict_title(comparison.verdict))
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
        whole_ticks(right)
        legend(figure, left, 3)
    return figure


def prediction_figure(predicted: Predicted) -> Figure:
    """Return a figure of what the theories predict for a setup.

    Parameters
    ----------
    predicted : Predicted
        From `newswave.predicting.theories`.
    """
    setup = predicted.setup
    with style():
        figure = blank(7.2, 4.8, "What theory predicts, before any run")
        axes = figure.subplots()
        for theory in predicted.theories:
            stroke = STROKES[theory.key]
            axes.plot(100 * theory.fraction, color=stroke.colour, linestyle=stroke.dashes,
                      linewidth=stroke.width, label=theory.name)  # fmt: skip
        if predicted.band is not None:
            _draw_band(axes, predicted.band)
        start = setup.start.words(setup.n_seeds)
        words = f"{counted(setup.n_agents)} agents on {network_words(setup)}, from {start}"
        caption(axes, words, 90, setup.synthetic)
        axes.set_ylabel("agents that have shared (%)")
        axes.set_xlabel("synchronous rounds (for the ODEs: time in rounds)")
        percent_axis(axes)
        axes.set_xlim(0, setup.rounds)
        legend(figure, axes, 2)
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
    words = (
        f"{verdict_title(comparison.verdict)}. Sharers among {counted(curve.n_agents)} agents, "
        f"{runs}: from {first:.1f} percent in {unit} {curve.rounds[0]} to {last:.1f} percent in "
        f"{unit} {curve.rounds[-1]}. The fitted curves miss it, in percentage points: {misses}."
    )
    return with_label(words, _is_synthetic(curve))


def describe_prediction(predicted: Predicted) -> str:
    """Return what `prediction_figure` shows, in sentences for those who do not see it."""
    halves = [(theory.name, theory.half_time()) for theory in predicted.theories]
    times = ", ".join(
        f"{name} in round {half:.1f}" if np.isfinite(half) else f"{name} never"
        for name, half in halves
    )
    agents = f"{counted(predicted.setup.n_agents)} agents on {network_words(predicted.setup)}"
    words = f"Predicted curves of sharers for {agents}. Half of all have shared: {times}."
    if predicted.band is not None:
        ends = [100 * end[-1] for end in (predicted.band.low, predicted.band.high)]
        words += (
            f" Over {predicted.band.draws} tables drawn from the answers, 90 percent of the master "
            f"equation's curves end between {ends[0]:.1f} and {ends[1]:.1f} percent."
        )
    return with_label(" ".join([words, *predicted.doubts]), predicted.setup.synthetic)


def dose_figure(
    doses: Sequence[Dose],
    title: str = "Does the chance to share rise with exposure?",
    synthetic: bool = False,
) -> Figure:
    """Return a figure of the share that shared at each exposure, beside what is expected.

    Parameters
    ----------
    doses : sequence of Dose
        From `newswave.decisionrates.dose_response`.
    title : str
        What is seen.
    synthetic : bool
        Whether a formula answered in place of a language model.
    """
    _check_doses(doses)
    exposure = np.array([dose.exposure for dose in doses])
    seen = np.array([dose.fraction for dose in doses])
    ends = [seen - [dose.low for dose in doses], [dose.high for dose in doses] - seen]
    with style():
        figure = blank(6.4, 4.6, title)
        axes = figure.subplots()
        axes.plot(exposure, [100 * dose.expected for dose in doses], color=RED, marker="D",
                  markersize=5, markerfacecolor="white", linestyle=(0, (6, 2)), linewidth=1.8,
                  label="expected from the fitted rate of each group")  # fmt: skip
        axes.errorbar(exposure, 100 * seen, 100 * np.array(ends), color=BLUE, marker="o",
                      markersize=6, linestyle="none", capsize=3, linewidth=1.4,
                      label="observed, with 95 % interval")  # fmt: skip
        asked = sum(dose.asked for dose in doses)
        words = f"{asked} decisions; at large m many of those who share readily have done so"
        caption(axes, words, 74, synthetic)
        axes.set_xlabel("sharing neighbours m")
        axes.set_ylabel("decided to share (%)")
        axes.set_xlim(exposure[0] - 0.6, exposure[-1] + 0.6)
        whole_ticks(axes)
        percent_axis(axes)
        legend(figure, axes, 1)
    return figure


def describe_dose(doses: Sequence[Dose], synthetic: bool = False) -> str:
    """Return what `dose_figure` shows, in sentences for those who do not see it."""
    _check_doses(doses)
    shown = doses if len(doses) <= _SPOKEN else [*doses[: _SPOKEN - 1], doses[-1]]
    parts = ", ".join(
        f"at {dose.exposure} {100 * dose.fraction:.1f} ({100 * dose.low:.1f} to "
        f"{100 * dose.high:.1f}) where {100 * dose.expected:.1f} is expected"
        for dose in shown
    )
    outside = sum(not dose.low <= dose.expected <= dose.high for dose in doses)
    words = (
        "Percent of decisions that were to share, by the number of sharing neighbours, with 95 "
        f"percent intervals, beside what the fitted rates expect: {parts}. "
        f"{outside} of {len(doses)} intervals miss what is expected."
    )
    return with_label(words, synthetic)


def _check_doses(doses: Sequence[Dose]) -> None:
    if not doses:
        raise BadValue("There are no decisions to draw", advice="Give what dose_response returns")


def _is_synthetic(curve: Curve) -> bool:
    return curve.setup is not None and curve.setup.synthetic


def _draw_band(axes: Axes, band: Band) -> None:
    rounds = np.arange(len(band.low))
    axes.fill_between(rounds, 100 * band.low, 100 * band.high, color="0.82", linewidth=0,
                      label=f"90 % of {band.draws} tables drawn from the answers")  # fmt: skip
    axes.plot(rounds, 100 * band.middle, color="0.35", linestyle=(0, (1, 1.5)), linewidth=1.4,
              label="median of the drawn tables")  # fmt: skip


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
        for name in ("source and peers", "source alone"):
            found.pop((name, "well-mixed"), None)
    return [found[key] for key in STROKES if key in found]


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
        words = f"{counted(curve.n_agents)} agents on {network_words(curve.setup)}, {runs}"
        verb = "agents that have shared"
    else:
        curves = "one curve" if curve.runs == 1 else f"{curve.runs} curves"
        words, verb = f"{counted(curve.n_agents)} in all, {curves}", "have shared or adopted"
    caption(axes, words, 62, _is_synthetic(curve))
    axes.set_ylabel(f"{verb} (%)")
    axes.set_xlabel(_axis_words(curve, unit))
    whole_ticks(axes)
    percent_axis(axes)
    axes.set_xlim(curve.rounds[0], curve.rounds[-1])


def _axis_words(curve: Curve, unit: str) -> str:
    return "synchronous rounds" if curve.setup is not None else unit
