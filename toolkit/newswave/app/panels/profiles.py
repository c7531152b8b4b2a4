"""Profiles: two groups of agents, beside a crowd of which everybody is the average person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from newswave.app.cache import Ensemble, ensemble
from newswave.app.controls import Scale, even_steps
from newswave.app.panels.panel import (
    MIXED,
    RUNS,
    THIN,
    THIN_DASHED,
    Control,
    Dial,
    Floats,
    Panel,
    Settings,
    Shown,
    Toggle,
    by_round,
    passes,
)
from newswave.app.pictures import Line, Picture, ensemble_band
from newswave.core.equivalents import average_person
from newswave.core.networks import RandomRegular
from newswave.core.parameters import percent
from newswave.core.population import TwoGroups
from newswave.core.rules import ByGroup
from newswave.core.setup import Setup
from newswave.core.sharing import share_probability

N_AGENTS = 1000
DEGREE = 8
ROUNDS = 80
REPLICAS = 20
MEAN_RATE = 0.05
"""The mean transmission rate of all agents, per contact and round: the same at all settings."""


@dataclass(frozen=True)
class ProfilesSettings(Settings):
    """Settings of the panel `profiles`."""

    controls: ClassVar[tuple[Control, ...]] = (
        Dial(
            "fast_fraction",
            "Agents in the faster group",
            Scale(even_steps(0.1, 0.9, 0.1), percent),
            "The others are in the slower group.",
        ),
        Dial(
            "ratio",
            "Fast rate over slow rate",
            Scale((1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0), "{:.2g} times".format),
            "The mean rate of all agents stays 0.05 per contact and round, whatever you choose.",
        ),
        Toggle("apart", "Show the two groups apart", "Each group's own curve, in per cent of it."),
    )

    fast_fraction: float = 0.5  # the fraction of agents in the faster group, 0.1 to 0.9
    ratio: float = 4.0  # the fast rate over the slow rate, 1 to 16; the mean rate stays the same
    apart: bool = False  # whether each group's own curve is drawn


def setup_of(settings: ProfilesSettings) -> Setup:
    """Return the setup of two groups whose mean rate is `MEAN_RATE`.

    >>> from newswave.report.describe import true_rates
    >>> rates = true_rates(setup_of(ProfilesSettings(0.5, 3.0)))
    >>> round(rates["fast_rate"], 4), round(rates["slow_rate"], 4)
    (0.075, 0.025)
    """
    share = settings.fast_fraction
    slow = MEAN_RATE / (share * settings.ratio + 1.0 - share)
    fast, slow = (float(share_probability(rate)) for rate in (settings.ratio * slow, slow))
    return Setup(
        n_agents=N_AGENTS,
        network=RandomRegular(DEGREE),
        mix=TwoGroups(share, "fast", slow_name="slow"),
        sharing=ByGroup(max(fast, slow), slow),
        n_seeds=10,
        rounds=ROUNDS,
        replicas=REPLICAS,
    )


def _show(settings: ProfilesSettings) -> Shown:
    setup = setup_of(settings)
    mixed, alike = ensemble(setup), ensemble(average_person(setup))
    lines = [
        Line("alike", "average person", MIXED, alike.curve.mean / N_AGENTS),
        Line("mixed", "two groups", RUNS, mixed.curve.mean / N_AGENTS),
    ]
    if settings.apart:
        fast, slow = _groups(mixed)
        lines.append(Line("fast", "fast group alone", THIN, fast))
        lines.append(Line("slow", "slow group alone", THIN_DASHED, slow))
    picture = Picture(
        title=f"{percent(settings.fast_fraction)} share {settings.ratio:.2g} times as readily",
        rounds=ROUNDS,
        lines=tuple(lines),
        bands=(ensemble_band(mixed.curve, f"90 % of {REPLICAS} runs, two groups", "blue"),),
        curve_words=f"Agents that have shared: {', '.join(line.label for line in lines)}.",
        share="agents that have shared (%)",
        has_transport=False,
    )
    return Shown(picture, _words(settings, mixed, alike))


def _groups(runs: Ensemble) -> tuple[Floats, Floats]:
    """Return the mean fraction of each group that has shared, round by round."""
    assert runs.curve.by_group is not None
    fast, slow = (runs.curve.by_group.mean(axis=0) / np.bincount(runs.world.rows)).T
    return fast, slow


def _words(settings: ProfilesSettings, mixed: Ensemble, alike: Ensemble) -> str:
    fast, slow = mixed.setup.table(1).probabilities[:, 1]
    one, other = mixed.curve.mean / N_AGENTS, alike.curve.mean / N_AGENTS
    sentences = [
        f"Chance to share per contact: {100 * fast:.1f} % in the fast group, {100 * slow:.1f} % in "
        f"the slow one, {100 * share_probability(MEAN_RATE):.1f} % for the average person.",
        f"Half have shared: two groups {by_round(passes(one), ROUNDS)}, average person "
        f"{by_round(passes(other), ROUNDS)}.",
        f"90 % have shared: two groups {by_round(passes(one, 0.9), ROUNDS)}, average person "
        f"{by_round(passes(other, 0.9), ROUNDS)}.",
    ]
    if settings.apart:
        quick, late = _groups(mixed)
        fast, slow = by_round(passes(quick), ROUNDS), by_round(passes(late), ROUNDS)
        sentences.append(
            f"Half of the fast group have shared {fast}, half of the slow group {slow}."
        )
    return " ".join(sentences)


PANEL = Panel(
    "profiles",
    "Can one average person stand in for people who differ?",
    "both crowds have the same mean rate. They part in the upper half of the curve, where only "
    "slow agents are left.",
    "set the ratio to 1, then raise it. Which moves more: the time to half, or the time to 90 %?",
    ProfilesSettings(),
    _show,
)
