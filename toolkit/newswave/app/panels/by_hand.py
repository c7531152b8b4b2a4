"""By hand: a curve of two groups whose rates are hidden, and an equation to lay over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from newswave.app.cache import Ensemble, ensemble
from newswave.app.controls import Scale, even_steps
from newswave.app.panels.panel import (
    MIXED,
    RUNS,
    Control,
    Dial,
    Floats,
    Panel,
    Settings,
    Shown,
    points,
    stretches,
)
from newswave.app.pictures import Line, Picture, ensemble_band
from newswave.core.networks import RandomRegular
from newswave.core.parameters import percent
from newswave.core.population import TwoGroups
from newswave.core.rules import ByGroup
from newswave.core.setup import Setup
from newswave.core.sharing import share_probability
from newswave.equations import on_network

N_AGENTS = 1000
DEGREE = 8
ROUNDS = 60
SEEDS = 10
REPLICAS = 20
TRUE_RATES = (0.2, 0.02)
TRUE_FRACTION = 0.4
_NEAR = 0.005  # smaller gaps are no misfit worth a word


@dataclass(frozen=True)
class ByHandSettings(Settings):
    """Settings of the panel `by_hand`."""

    controls: ClassVar[tuple[Control, ...]] = (
        Dial(
            "fast_rate",
            "Fast rate",
            Scale(even_steps(0.06, 0.4, 0.02), "{:.2f} per contact and round".format),
            "The transmission rate of the faster group.",
        ),
        Dial(
            "slow_rate",
            "Slow rate",
            Scale(even_steps(0.005, 0.06, 0.005), "{:.3f} per contact and round".format),
            "The transmission rate of the slower group.",
        ),
        Dial(
            "fast_fraction",
            "Agents with the fast rate",
            Scale(even_steps(0.05, 0.95, 0.05), percent),
            "The others have the slow rate.",
        ),
    )

    # transmission rates per contact and round, 0.06 to 0.4 and 0.005 to 0.06
    fast_rate: float = 0.08
    slow_rate: float = 0.04
    fast_fraction: float = 0.5  # the fraction of agents that have the fast rate, 0.05 to 0.95


def data() -> Ensemble:
    """Return the runs that are to be fitted: the same ones each time.

    >>> data().curve.runs
    20
    """
    fast, slow = (float(share_probability(rate)) for rate in TRUE_RATES)
    setup = Setup(
        n_agents=N_AGENTS,
        network=RandomRegular(DEGREE),
        mix=TwoGroups(TRUE_FRACTION),
        sharing=ByGroup(fast, slow),
        n_seeds=SEEDS,
        rounds=ROUNDS,
        replicas=REPLICAS,
    )
    return ensemble(setup)


def fitted(settings: ByHandSettings) -> Floats:
    """Return the network-aware equation at some settings, round by round."""
    rates = (settings.fast_rate, settings.slow_rate)
    weights = (settings.fast_fraction, 1.0 - settings.fast_fraction)
    return on_network.rounds(rates, weights, DEGREE, SEEDS / N_AGENTS, ROUNDS)


def _show(settings: ByHandSettings) -> Shown:
    runs = data()
    mean, line = runs.curve.mean / N_AGENTS, fitted(settings)
    lines = (
        Line("runs", f"mean of {REPLICAS} runs", RUNS, mean),
        Line("by_hand", "your equation", MIXED, line),
    )
    picture = Picture(
        title="Your equation over the runs",
        rounds=ROUNDS,
        lines=lines,
        bands=(ensemble_band(runs.curve, f"90 % of {REPLICAS} runs", "blue"),),
        curve_words="Agents that have shared: the mean of the runs, and your equation.",
        has_transport=False,
    )
    return Shown(picture, _words(runs, line))


def _words(runs: Ensemble, line: Floats) -> str:
    mean = runs.curve.mean / N_AGENTS
    apart = line - mean
    gap, at = runs.curve.gap(line)
    low, high = runs.curve.band()
    inside = int(((line >= low / N_AGENTS) & (line <= high / N_AGENTS)).sum())
    side = "above" if apart[at] > 0 else "below"
    return (
        f"Root mean square error: {points(float(np.sqrt((apart**2).mean())))}. Your equation runs "
        f"above the runs in {stretches(apart > _NEAR)} and below them in "
        f"{stretches(apart < -_NEAR)}; gaps under half a point are not counted. The largest gap is "
        f"{points(gap)} {side} (round {at}). It lies within the band of 90 % of the runs in "
        f"{inside} of {len(line)} rounds."
    )


PANEL = Panel(
    "by_hand",
    "Which two rates lie behind this curve?",
    "where your equation runs above the runs and where below, and for how many rounds on end.",
    "bring the error below 2 points. Then do it again with quite another fast rate: what do the "
    "data leave open?",
    ByHandSettings(),
    _show,
)
