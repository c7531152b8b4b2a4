"""Figures of curves, fits and predictions, and of any lines side by side; runs nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.errors import BadValue, one_of
from newswave.core.setup import Setup
from newswave.core.sharing import Floats
from newswave.core.table_facts import profile_doubt
from newswave.equations.compare import Choice, Comparison
from newswave.equations.fit import Fit
from newswave.equations.from_decisions import Dose
from newswave.equations.on_ties import TieComparison
from newswave.equations.predict import Band, Predicted, Theory
from newswave.report.describe import counted, network_words
from newswave.report.style import (
    BLUE,
    GREEN,
    INK,
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
from newswave.report.text import MIXING, no_expected_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


STROKES = {
    ("one rate", "well-mixed"): Stroke(ORANGE, (0, (6, 2)), 1.8),
    ("two rates", "well-mixed"): Stroke(RED, (0, (6, 1.5, 1.2, 1.5)), 1.8),
    ("one rate", "network"): Stroke(SKY, (0, (1.2, 1.2)), 2.2),
    ("two rates", "network"): Stroke(BLUE, "solid", 1.8),
    ("source and peers", "well-mixed"): Stroke(GREEN, (0, (3, 1.5, 1.2, 1.5, 1.2, 1.5)), 1.8),
    ("source alone", "well-mixed"): Stroke(PURPLE, (0, (2, 2)), 1.8),
    ("spread of rates", "network"): Stroke(INK, (0, (8, 2, 2, 2)), 2.2),
    "master": Stroke(INK, "solid", 3.2),
    "network_rounds": Stroke(SKY, (0, (1.2, 1.2)), 2.2),
    "network_ode": Stroke(GREEN, (0, (6, 1.5, 1.2, 1.5)), 1.8),
    "well_mixed_ode": Stroke(RED, (0, (6, 2)), 1.8),
}
TITLES = {
    Choice.ONE_RATE: "One transmission rate explains this curve",
    Choice.TWO_RATES: "One transmission rate does not explain this curve, two do",
    Choice.SPREAD: "Rates that vary among agents explain this curve, one or two do not",
    Choice.NEITHER: "No curve of one or two transmission rates fits this curve",
    Choice.CANNOT_TELL: "This curve does not tell whether there are two transmission rates",
}
_UNTESTED = "One transmission rate is not tested against two here"
_SAMPLES = 6
_SPOKEN = 12
_FEWEST_SHOWN = 20

LINE_STROKES = (
    Stroke(BLUE, "solid", 2.2),
    Stroke(ORANGE, (0, (6, 2)), 2.2),
    Stroke(GREEN, (0, (1.2, 1.2)), 2.6),
    Stroke(RED, (0, (6, 1.5, 1.2, 1.5)), 2.0),
    Stroke(SKY, (0, (10, 3)), 2.4),
    Stroke(INK, (0, (3, 1.5, 1.2, 1.5, 1.2, 1.5)), 1.8),
    Stroke(PURPLE, (0, (2, 2)), 2.4),
    Stroke("0.45", "solid", 1.0),
)
"""How the first, second, third line is drawn, unless it says otherwise."""

SHARED = "agents that have shared (%)"
"""What goes up in a figure of fractions."""

THEORY_KEYS = frozenset({"master", "network_rounds", "network_ode", "well_mixed_ode"})
THIS_RUN = Pen("ink", (), 3.0)


# Every line has its own colour and its own line style, so that the figures can be read without
# colour.


def verdict_title(comparison: Comparison) -> str:
    """Return a verdict as the title of a figure; what is doubted of a table stands in it too."""
    verdict = comparison.verdict
    if not verdict.replicas:
        return _UNTESTED
    doubt = " (but its table is in doubt)" if _doubt(comparison.curve) else ""
    return TITLES[verdict.choice] + doubt


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
        figure = blank(9.6, 5.2, verdict_title(comparison))
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
        From `newswave.equations.predict.theories`.
    """
    setup = predicted.setup
    with style():
        figure = blank(7.2, 4.8, "What theory predicts, before any run")
        axes = figure.subplots()
        for theory in predicted.theories:
            axes.plot(100 * theory.fraction, label=theory.name, **STROKES[theory.key].look)
        active = predicted.theories[0].active
        if active is not None:
            acting = LAYERS["active_master"]
            axes.plot(100 * active, label=acting.label, **acting.pen.stroke.look)
        if predicted.band is not None:
            _draw_band(axes, predicted.band)
        start = setup.start.words(setup.n_seeds)
        words = f"{counted(setup.n_agents)} agents on {network_words(setup)}, from {start}"
        caption(axes, words, 90, setup.synthetic)
        axes.set_ylabel("agents that have shared (%)")
        axes.set_xlabel(f"{clock_words(setup)} (for the ODEs: time in rounds)")
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
        f"{fit.model.name} {MIXING[fit.model.mixing.label]} by up to "
        f"{100 * np.abs(fit.residuals).max():.1f}"
        for fit in _drawn(comparison)
    )
    runs = "one curve" if curve.runs == 1 else f"the mean of {curve.runs} runs"
    words = (
        f"{verdict_title(comparison)}. Sharers among {counted(curve.n_agents)} agents, "
        f"{runs}: from {first:.1f} percent in {unit} {curve.rounds[0]} to {last:.1f} percent in "
        f"{unit} {curve.rounds[-1]}. The fitted curves miss it, in percentage points: {misses}."
    )
    return with_label(f"{words} {_doubt(curve)}".rstrip(), _is_synthetic(curve))


def describe_prediction(predicted: Predicted) -> str:
    """Return what `prediction_figure` shows, in sentences for those who do not see it."""
    halves = [(theory.name, theory.half_time()) for theory in predicted.theories]
    times = ", ".join(
        f"{name} in round {'1' if half < 1 else f'{half:.1f}'}"
        if np.isfinite(half)
        else f"{name} never"
        for name, half in halves
    )
    agents = f"{counted(predicted.setup.n_agents)} agents on {network_words(predicted.setup)}"
    words = f"Predicted curves of sharers for {agents}. Half of all have shared: {times}."
    active = predicted.theories[0].active
    if active is not None:
        top = int(active.argmax())
        words += f" At most {100 * active[top]:.1f} percent are active offline, in round {top}."
    if predicted.band is not None:
        ends = [100 * end[-1] for end in (predicted.band.low, predicted.band.high)]
        words += (
            f" Over {predicted.band.draws} tables drawn from the answers, 90 percent of the master "
            f"equation's curves end between {ends[0]:.1f} and {ends[1]:.1f} percent."
        )
    return with_label(" ".join([words, *predicted.doubts]), predicted.setup.synthetic)


@dataclass(frozen=True)
class DoseWords:
    """The words of a figure of how often something is decided at each exposure."""

    across: str
    up: str
    expected: str  # what the line is
    caption: str  # with {asked} for the number of decisions
    spoken: str  # what is seen, for those who do not see it


AGENTS = DoseWords(
    "sharing neighbours m",
    "decided to share (%)",
    "expected from the fitted rate of each group",
    "{asked} decisions; at large m many of those who share readily have done so",
    "Percent of decisions that were to share, by the number of sharing neighbours",
)


def dose_figure(
    doses: Sequence[Dose],
    title: str = "Does the chance to share rise with exposure?",
    synthetic: bool = False,
    words: DoseWords = AGENTS,
) -> Figure:
    """Return a figure of the share that shared at each exposure, beside what is expected.

    Parameters
    ----------
    doses : sequence of Dose
        From `newswave.equations.from_decisions.dose_response`.
    title : str
        What is seen.
    synthetic : bool
        Whether a formula answered in place of a language model.
    words : DoseWords
        Who did what.
    """
    _check_doses(doses)
    exposure = np.array([dose.exposure for dose in doses])
    seen = np.array([dose.fraction for dose in doses])
    ends = [seen - [dose.low for dose in doses], [dose.high for dose in doses] - seen]
    with style():
        figure = blank(6.4, 4.6, title)
        axes = figure.subplots()
        if not no_expected_words(doses):
            axes.plot(exposure, [100 * dose.expected for dose in doses], color=RED, marker="D",
                      markersize=5, markerfacecolor="white", linestyle=(0, (6, 2)), linewidth=1.8,
                      label=words.expected)  # fmt: skip
        axes.errorbar(exposure, 100 * seen, 100 * np.array(ends), color=BLUE, marker="o",
                      markersize=6, linestyle="none", capsize=3, linewidth=1.4,
                      label="observed, with 95 % interval")  # fmt: skip
        asked = sum(dose.asked for dose in doses)
        caption(axes, words.caption.format(asked=asked), 74, synthetic)
        axes.set_xlabel(words.across)
        axes.set_ylabel(words.up)
        axes.set_xlim(exposure[0] - 0.6, exposure[-1] + 0.6)
        whole_ticks(axes)
        percent_axis(axes)
        legend(figure, axes, 1)
    return figure


def describe_dose(doses: Sequence[Dose], synthetic: bool = False, words: DoseWords = AGENTS) -> str:
    """Return what `dose_figure` shows, in sentences for those who do not see it."""
    _check_doses(doses)
    shown = doses if len(doses) <= _SPOKEN else [*doses[: _SPOKEN - 1], doses[-1]]
    why_not = no_expected_words(doses)
    parts = ", ".join(
        f"at {dose.exposure} {100 * dose.fraction:.1f} ({100 * dose.low:.1f} to "
        f"{100 * dose.high:.1f})"
        + ("" if why_not else f" where {100 * dose.expected:.1f} is expected")
        for dose in shown
    )
    outside = sum(not dose.low <= dose.expected <= dose.high for dose in doses)
    beside = "" if why_not else ", beside what the fitted rates expect"
    ends = why_not or f"{outside} of {len(doses)} intervals miss what is expected"
    told = f"{words.spoken}, with 95 percent intervals{beside}: {parts}. {ends}."
    return with_label(told, synthetic)


def _of_ties(found: TieComparison) -> tuple[tuple[Dose, ...], DoseWords]:
    """Return the doses that say something, and the words of the figure."""
    unit, asked = found.study.unit, sum(dose.asked for dose in found.doses)
    shown = tuple(dose for dose in found.doses if dose.asked >= _FEWEST_SHOWN)
    words = DoseWords(
        f"how many had adopted of {found.ties.words}, m",
        f"adopted in that {unit} (%)",
        "source and peers: 1 − exp(−(a + β m))",
        f"{asked} {unit}s of {found.study.n_people} people; without m of fewer than "
        f"{_FEWEST_SHOWN} {unit}s",
        f"Percent who adopted in a {unit}, by how many had adopted of {found.ties.words}",
    )
    return shown, words


def ties_figure(found: TieComparison, title: str = "Who adopts after those they know?") -> Figure:
    """Return a figure of how many adopted at each exposure, beside source and peers."""
    shown, words = _of_ties(found)
    return dose_figure(shown, title, words=words)


def describe_ties(found: TieComparison) -> str:
    """Return what `ties_figure` shows, in sentences for those who do not see it."""
    shown, words = _of_ties(found)
    return describe_dose(shown, words=words)


def _check_doses(doses: Sequence[Dose]) -> None:
    if not doses:
        raise BadValue("There are no decisions to draw", advice="Give what dose_response returns")


def _doubt(curve: Curve) -> str:
    return "" if curve.setup is None else profile_doubt(curve.setup.sharing)


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

    A spread of rates is drawn where the verdict says so, a source with peers where no network is
    known, for the verdict is then about it.
    """
    result = {
        (fit.model.name, fit.model.mixing.label): fit
        for fit in comparison.fits
        if fit.method.extra_parameters() == 0
    }
    if comparison.verdict.choice is not Choice.SPREAD:
        result = {key: fit for key, fit in result.items() if key[0] != "spread of rates"}
    if ("two rates", "network") in result:
        for name in ("source and peers", "source alone"):
            result.pop((name, "well-mixed"), None)
    return [result[key] for key in STROKES if key in result]


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
    axes.plot(rounds, values, label=f"{name}, {MIXING[mixing]}", **STROKES[name, mixing].look)


def _label(axes: Axes, curve: Curve, unit: str) -> None:
    if curve.setup is not None:
        runs = "one run" if curve.runs == 1 else f"{curve.runs} runs"
        words = f"{counted(curve.n_agents)} agents on {network_words(curve.setup)}, {runs}"
        verb = "agents that have shared"
    else:
        curves = "one curve" if curve.runs == 1 else f"{curve.runs} curves"
        words, verb = f"{counted(curve.n_agents)} in all, {curves}", "have shared or adopted"
    about = f"{words}. {_doubt(curve)}" if _doubt(curve) else words
    caption(axes, about, 62, _is_synthetic(curve))
    axes.set_ylabel(f"{verb} (%)")
    axes.set_xlabel(_axis_words(curve, unit))
    whole_ticks(axes)
    percent_axis(axes)
    axes.set_xlim(curve.rounds[0], curve.rounds[-1])


def _axis_words(curve: Curve, unit: str) -> str:
    if curve.setup is None:
        return unit
    return clock_words(curve.setup)


def clock_words(setup: Setup) -> str:
    """Return what the axis of time is, for runs."""
    return "time in rounds" if setup.is_continuous else "synchronous rounds"


# Figures of any lines side by side, and the same in words; runs nothing.
#
# What a lesson or a script puts beside each other: runs, theories, data. Every line has its own
# colour and its own dashes.


@dataclass(frozen=True, eq=False)
class Drawn:
    """A line: what it is called and where it goes."""

    label: str  # What it is
    y: Any  # (T,): Its values; NaN where it has none
    x: Any = None  # (T,), optional: Where they lie; 0, 1, 2 and so on if not given
    stroke: Stroke | None = None  # How it is drawn; the figure chooses if not given
    is_points: bool = False  # Whether it is drawn as points that no line joins
    key: str = ""  # The layer that it belongs to, see `LAYERS`

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
    """Return the median of a curve's runs as a line, and the band of 90 % of them if many."""
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
    """Return the key of the layer of a fit."""
    return f"fit_{model}_{mixing}".replace(" ", "_").replace("-", "_")


LAYERS: dict[str, Layer] = {
    "curve": Layer("the curve", Pen("ink", (), 3.0)),
    "band": Layer("median of the runs", Pen("purple", (), 2.0)),
    "samples": Layer("single runs", Pen("ink", (), 0.75)),
    "master": Layer("network-aware theory", Pen("green", (), 3.0)),
    "network_rounds": Layer("edge-based theory", Pen("sky", (2, 3), 3.0)),
    "network_ode": Layer("edge-based ODE", Pen("purple", (10, 3, 2, 3), 2.5)),
    "well_mixed_ode": Layer("well-mixed theory", Pen("red", (8, 4), 2.5)),
    "active": Layer("active offline (mean of the runs)", Pen("orange", (1, 2), 3.0)),
    "active_master": Layer("active offline, by theory", Pen("blue", (12, 4), 2.0)),
    "fit_one_rate_well_mixed": Layer("one rate, well mixed", Pen("orange", (8, 4), 2.5)),
    "fit_two_rates_well_mixed": Layer("two rates, well mixed", Pen("red", (10, 3, 2, 3), 2.5)),
    "fit_one_rate_network": Layer("one rate, network-aware", Pen("sky", (2, 3), 3.0)),
    "fit_two_rates_network": Layer("two rates, network-aware", Pen("blue", (), 2.5)),
    "fit_source_and_peers_well_mixed": Layer(
        "source and peers, well mixed", Pen("green", (6, 3, 2, 3, 2, 3), 2.5)
    ),
    "fit_spread_of_rates_well_mixed": Layer(
        "spread of rates, well mixed", Pen("ink", (8, 2, 2, 2, 2, 2), 2.0)
    ),
    "fit_spread_of_rates_network": Layer(
        "spread of rates, network-aware", Pen("purple", (8, 2, 2, 2), 2.5)
    ),
    "fit_source_alone_well_mixed": Layer("source alone, well mixed", Pen("purple", (2, 3), 2.5)),
}
"""Every layer of a curve by its key, in the order of drawing, on the page and in figures."""

RIVAL_FITS = frozenset(key for key in LAYERS if key.startswith(("fit_source", "fit_spread")))
FITS = frozenset(key for key in LAYERS if key.startswith("fit_")) - RIVAL_FITS
"""The fits of one and of two rates."""


def layers(
    curve: Curve,
    shown: Collection[str],
    theories: Sequence[Theory] = (),
    fits: Sequence[Fit] = (),
    run: int | None = None,
) -> tuple[tuple[Drawn, ...], tuple[Spread, ...]]:
    """Return what the explorer lays over a curve, as lines and bands for `lines_figure`.

    Where runs had feedback, who is active offline is a second line, of runs and of the theory.
    """
    for key in shown:
        one_of("layer", key, LAYERS)
    drawn = [_layer(theory.key, theory.fraction) for theory in theories if theory.key in LAYERS]
    drawn += [_layer("active_master", theory.active) for theory in theories
              if theory.key == "master" in shown and theory.active is not None]  # fmt: skip
    every = [*_own_lines(curve, run), *drawn, *_fit_lines(curve, fits)]
    bands: tuple[Spread, ...] = ()
    if "band" in shown or "curve" in shown:
        _, spreads = drawn_curve(curve, "runs")
        bands = tuple(replace(band, label=f"90 % of {curve.runs} runs") for band in spreads)
    always = ("run", "active", "active_master")
    return tuple(line for line in every if line.key in (*always, *shown)), bands


def _layer(key: str, y: Floats, x: Floats | None = None, label: str = "") -> Drawn:
    result = LAYERS[key]
    return Drawn(label or result.label, y, x, result.pen.stroke, key=key)


def _own_lines(curve: Curve, run: int | None) -> list[Drawn]:
    """Return the lines of the runs themselves."""
    x, result = np.asarray(curve.rounds, float), []
    if run is not None:
        label = f"run {run + 1} of {curve.runs}" if curve.runs > 1 else "this run"
        y = curve.run(run).fraction[0]
        result.append(Drawn(label, y, x, THIS_RUN.stroke, key="run"))
    middle = np.median(curve.fraction, axis=0)
    result.append(_layer("band", middle, x))
    result.append(_layer("curve", middle, x, "" if curve.runs == 1 else LAYERS["band"].label))
    if curve.active is not None:
        result.append(_layer("active", curve.active.mean(axis=0) / curve.n_agents, x))
    for one in np.unique(np.linspace(0, curve.runs - 1, _SAMPLES).astype(int)):
        result.append(_layer("samples", curve.fraction[one], x, f"run {one + 1}"))
    return result


def _fit_lines(curve: Curve, fits: Sequence[Fit]) -> list[Drawn]:
    """Return the curves of fits by likelihood, one for each model and mixing that is drawn."""
    x = np.asarray(curve.rounds, float)
    result = {fit_key(fit.model.name, fit.model.mixing.label): fit for fit in reversed(fits)
             if not fit.method.extra_parameters()}  # fmt: skip
    return [_layer(key, result[key].curve, x) for key in LAYERS if key in result]


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
    """Return a figure of lines in one axes, with a legend below."""
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
            stroke = line.stroke or LINE_STROKES[at % len(LINE_STROKES)]
            points = {"linestyle": "none", "marker": "o"} if line.is_points else {}
            look = {**stroke.look, "markersize": 5, "label": line.label, **points}
            axes.plot(line.x, times * line.y, **look)
        axes.set_xlabel(across, parse_math=False)
        axes.set_ylabel(up, parse_math=False)
        _scale(axes, lines, percent, log)
        if about or synthetic:
            caption(axes, about, 90, synthetic)
        legend(figure, axes, 2)
    return figure


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
