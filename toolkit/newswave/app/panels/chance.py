"""Chance: runs with the same settings, their mean, and how far they spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from newswave.app.cache import ensemble
from newswave.app.controls import Scale
from newswave.app.items import Stroke
from newswave.app.panels.panel import (
    RUNS,
    Control,
    Dial,
    Panel,
    Settings,
    Shown,
    points,
    runs_words,
    span,
    steepest,
)
from newswave.app.pictures import Line, Picture, ensemble_band
from newswave.core.curve import Curve
from newswave.core.population import PROFILES, OneProfile
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.report.describe import seeds_words

N_AGENTS = 1000
ROUNDS = 60
MOST = 200
_CHANCE = 0.05

_EARLY = Stroke("green", (), 1.75)
_TYPICAL = Stroke("orange", (8, 4), 2.25)
_LATE = Stroke("red", (2, 3), 2.25)


@dataclass(frozen=True)
class ChanceSettings(Settings):
    """Settings of the panel `chance`."""

    controls: ClassVar[tuple[Control, ...]] = (
        Dial(
            "n_seeds",
            "Seed agents",
            Scale((1, 2, 3, 5, 10, 20, 50), "{:.0f} of 1000".format),
            "How many agents share from the start. Who they are is drawn anew for every run.",
        ),
        Dial(
            "runs",
            "Runs",
            Scale((1, 2, 5, 10, 20, 50, 100, 200), lambda runs: runs_words(int(runs))),
            "How often the same settings are run.",
        ),
    )

    n_seeds: int = 1  # agents that share at round 0, 1 to 50
    runs: int = 50  # how often it is run, 1 to 200


def _runs(settings: ChanceSettings) -> Curve:
    """Return the first runs of the setup: more runs never change those that were there."""
    setup = Setup(
        n_agents=N_AGENTS,
        mix=OneProfile(PROFILES[0]),
        sharing=SameForAll(_CHANCE),
        n_seeds=settings.n_seeds,
        rounds=ROUNDS,
        replicas=MOST,
    )
    whole = ensemble(setup).curve
    return Curve(whole.counts[: settings.runs], N_AGENTS)


def _show(settings: ChanceSettings) -> Shown:
    curve = _runs(settings)
    lines = _lines(curve)
    bands = (ensemble_band(curve, f"90 % of {curve.runs} runs", "blue"),)
    seeds = seeds_words(settings.n_seeds)
    picture = Picture(
        title=f"{runs_words(curve.runs)} from {seeds}",
        rounds=ROUNDS,
        lines=lines,
        bands=bands if curve.runs > 1 else (),
        curve_words=f"Agents that have shared: {', '.join(line.label for line in lines)}.",
        has_transport=False,
    )
    return Shown(picture, _words(curve))


def _lines(curve: Curve) -> tuple[Line, ...]:
    """Return the earliest, the middle and the latest run, and the mean of all."""
    if curve.runs == 1:
        return (Line("mean", "the one run", RUNS, curve.fraction[0]),)
    order = np.argsort(_halves(curve))
    lines = [Line("earliest", "earliest run", _EARLY, curve.fraction[order[0]])]
    if curve.runs > 2:
        middle = order[len(order) // 2]
        lines.append(Line("typical", "typical run", _TYPICAL, curve.fraction[middle]))
    lines.append(Line("latest", "latest run", _LATE, curve.fraction[order[-1]]))
    mean = curve.mean / curve.n_agents
    return (*lines, Line("mean", "mean of all runs", RUNS, mean))


def _halves(curve: Curve) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the half-times; a run that does not get there counts as of the last round."""
    return np.asarray(np.nan_to_num(curve.half_time(), nan=float(ROUNDS)))


def _words(curve: Curve) -> str:
    half = _halves(curve)
    alone = float(np.mean([steepest(run) for run in curve.fraction]))
    if curve.runs == 1:
        return (
            f"One run: half have shared by round {half[0]:.1f}, the steepest step is "
            f"{points(alone)} a round. One run says nothing about the spread."
        )
    mean = curve.mean / curve.n_agents
    return (
        f"{curve.runs} runs: half have shared by round {half.mean():.1f} on average, standard "
        f"deviation {half.std(ddof=1):.1f} rounds, range {span(half)}. The standard error of "
        f"that average is {half.std(ddof=1) / np.sqrt(curve.runs):.2f} rounds. Steepest step: "
        f"{points(steepest(mean))} a round for the mean curve, {points(alone)} for a single run."
    )


PANEL = Panel(
    "chance",
    "Why do two runs with the same settings differ?",
    "a single run is steeper than the mean of many: early and late runs smear the mean curve out.",
    "take 50 seed agents in place of 1. Where does most of the luck sit, early or late?",
    ChanceSettings(),
    _show,
)
