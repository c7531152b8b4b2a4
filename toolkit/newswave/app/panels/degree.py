"""Degree: the same contact pressure on sparse and on dense networks, beside the equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from newswave.app.cache import Ensemble, ensemble
from newswave.app.controls import Scale
from newswave.app.panels.panel import (
    MIXED,
    RUNS,
    THEORY,
    Control,
    Dial,
    Panel,
    Settings,
    Shown,
    by_round,
    passes,
    points,
)
from newswave.app.pictures import Line, Picture, ensemble_band
from newswave.core.networks import RandomRegular
from newswave.core.population import PROFILES, OneProfile
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import share_probability
from newswave.equations.predict import Theory, theories

N_AGENTS = 1000
ROUNDS = 60
REPLICAS = 20
SEEDS = 10


@dataclass(frozen=True)
class DegreeSettings(Settings):
    """Settings of the panel `degree`."""

    controls: ClassVar[tuple[Control, ...]] = (
        Dial(
            "degree",
            "Degree",
            Scale((2, 3, 4, 6, 8, 12, 16, 24, 32), "{:.0f} neighbours".format),
            "How many neighbours every agent has. The more there are, the less each one counts.",
        ),
        Dial(
            "pressure",
            "Contact pressure",
            Scale((0.2, 0.3, 0.4, 0.5, 0.6), "{:.2g} per round".format),
            "Transmission rate times degree: what the well-mixed equation knows of a network.",
        ),
    )

    degree: int = 4  # neighbours of every agent, 2 to 32
    pressure: float = 0.4  # contact pressure: transmission rate times degree, per round, 0.2 to 0.6


def _setup(settings: DegreeSettings) -> Setup:
    chance = float(share_probability(settings.pressure / settings.degree))
    return Setup(
        n_agents=N_AGENTS,
        network=RandomRegular(settings.degree),
        mix=OneProfile(PROFILES[0]),
        sharing=SameForAll(chance),
        n_seeds=SEEDS,
        rounds=ROUNDS,
        replicas=REPLICAS,
    )


def _show(settings: DegreeSettings) -> Shown:
    runs = ensemble(_setup(settings))
    aware, mixed = theories(runs.setup, only=("well_mixed_ode",)).theories
    mean = runs.curve.mean / N_AGENTS
    lines = (
        Line("mixed", "well-mixed theory", MIXED, mixed.fraction),
        Line("runs", f"mean of {REPLICAS} runs", RUNS, mean),
        Line("aware", "network-aware theory", THEORY, aware.fraction),
    )
    picture = Picture(
        title=f"Degree {settings.degree}, contact pressure {settings.pressure:.2g} per round",
        rounds=ROUNDS,
        lines=lines,
        bands=(ensemble_band(runs.curve, f"90 % of {REPLICAS} runs", "blue"),),
        curve_words=f"Agents that have shared: {', '.join(line.label for line in lines)}.",
        has_transport=False,
    )
    return Shown(picture, _words(settings, runs, mixed, aware))


def _words(settings: DegreeSettings, runs: Ensemble, mixed: Theory, aware: Theory) -> str:
    mean = runs.curve.mean / N_AGENTS
    gap, at = runs.curve.gap(mixed.fraction)
    close, _ = runs.curve.gap(aware.fraction)
    side = "above" if mixed.fraction[at] > mean[at] else "below"
    chance = runs.setup.table(1).probabilities[0, 1]
    return (
        f"With {settings.degree} neighbours and a chance of {100 * chance:.1f} % per contact, "
        f"half have shared {by_round(passes(mean), ROUNDS)} in the runs, "
        f"{by_round(passes(aware.fraction), ROUNDS)} in the network-aware theory and "
        f"{by_round(passes(mixed.fraction), ROUNDS)} in the well-mixed theory. At most, the "
        f"well-mixed theory lies {points(gap)} {side} the runs (round {at}), the network-aware "
        f"theory {points(close)} off."
    )


PANEL = Panel(
    "degree",
    "Same contact pressure, different degree: same curve?",
    "the well-mixed theory stays where it is: it knows the pressure, and nothing of the network.",
    "go from 32 neighbours down to 2. At which degree would you stop to trust the well-mixed "
    "theory?",
    DegreeSettings(),
    _show,
)
