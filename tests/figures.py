"""The figures that the toolkit has to reach, computed; `benchmarks/accuracy.py` prints them.

Theory against runs, rates recovered from curves and from decisions, how often intervals hold the
truth, and what the verdict says. Everything is drawn from fixed seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular
from newswave.core.population import PROFILES, IndependentTraits, Mix, OneProfile, TwoGroups
from newswave.core.rules import ByGroup, Measured, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable, hazard
from newswave.core.simulation import World, decisions, simulate
from newswave.equations.compare import Choice, Verdict, one_or_two
from newswave.equations.fit import ChainBinomial, Observed, fit, fit_each
from newswave.equations.from_decisions import rates
from newswave.equations.models import OneRate, OnNetwork, TwoRates
from newswave.equations.on_network import continuous, predict, rounds
from newswave.equations.replicates import Design, Truth, on_network, with_intervals
from newswave.equations.well_mixed import two_rates

Floats = npt.NDArray[np.float64]

DEGREES = (3, 4, 8, 16)
ALIKE = OneProfile(PROFILES[20])


# --- theory against runs -------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One row of the table of theory against runs, with the gaps that others have found.

    Parameters
    ----------
    degree : int
        k.
    chances : tuple of float
        q of everybody, or q_fast and q_slow of 40 % and 60 %.
    equations, well_mixed : float
        How far the network-aware and the well-mixed equations were off the runs.
    """

    degree: int
    chances: tuple[float, ...]
    equations: float
    well_mixed: float

    @property
    def weights(self) -> tuple[float, ...]:
        return (1.0,) if len(self.chances) == 1 else (0.4, 0.6)

    @property
    def setup(self) -> Setup:
        """N = 20 000, 1 % seeds, 60 rounds, 20 runs."""
        network = RandomRegular(self.degree)
        if len(self.chances) == 1:
            setup = Setup(20_000, network, ALIKE, SameForAll(*self.chances))
        else:
            setup = Setup(20_000, network, TwoGroups(0.4), ByGroup(*self.chances))
        return replace(setup, n_seeds=200, rounds=60, replicas=20, seed=1)


SETTINGS = (
    Setting(3, (0.4 / 3,), 0.15, 0.74),
    Setting(3, (0.4, 0.04), 0.10, 0.63),
    Setting(4, (0.1,), 0.17, 0.61),
    Setting(4, (0.3, 0.03), 0.11, 0.45),
    Setting(8, (0.15, 0.015), 0.12, 0.27),
    Setting(16, (0.075, 0.0075), 0.12, 0.19),
)


@dataclass(frozen=True)
class Gaps:
    """The largest gaps in i between theories and the mean of runs, and the rates fitted to it.

    `fitted` is q_fast, q_slow and p, or q alone, each over its truth.
    """

    rounds: float
    master: float
    equations: float
    well_mixed: float
    fitted: tuple[float, ...]


def theory_gaps(setting: Setting) -> Gaps:
    """Run a setting and hold every theory against the mean of its runs."""
    setup, k = setting.setup, setting.degree
    curve = simulate(setup)
    runs, times = curve.mean / setup.n_agents, np.arange(61.0)
    beta, weights = np.asarray(hazard(setting.chances)), setting.weights
    classes = (beta[0], beta[-1], weights[0])
    theories = {
        "rounds": rounds(beta, weights, k, 0.01, 60),
        "master": predict(setup).fraction,
        "equations": continuous(beta, weights, k, 0.01, times),
        "well_mixed": two_rates(*classes, k, 0.01, times),
    }
    kind = OneRate if len(beta) == 1 else TwoRates
    found = np.array(list(fit(curve, kind(OnNetwork(k))).estimates.values()))
    found[: len(beta)] = -np.expm1(-found[: len(beta)])
    truth = np.array([*setting.chances, *weights[:-1]])
    gaps = {name: float(np.abs(theory - runs).max()) for name, theory in theories.items()}
    return Gaps(**gaps, fitted=tuple(map(float, found / truth)))


TABLES = ("two groups", "once exposed", "reinforcing", "32 classes")


def table_setup(name: str, degree: int) -> Setup:
    """Return a setup of N = 20 000 with 1 % seeds, 40 rounds and 20 runs, and one of `TABLES`."""
    setup = Setup(
        20_000, RandomRegular(degree), TwoGroups(0.4), n_seeds=200, rounds=40, replicas=20, seed=2
    )
    groups = tuple(group.name for group in setup.mix.groups)
    m, draw = np.arange(degree + 1), np.random.default_rng(32)
    if name == "two groups":
        return replace(setup, sharing=ByGroup(1.2 / degree, 0.12 / degree))
    if name == "once exposed":
        return _with(setup, groups, [np.where(m > 0, 0.15, 0.0)] * 2)
    if name == "reinforcing":
        return _with(setup, groups, [1 - (1 - q / degree) ** m**1.5 for q in (0.8, 0.16)])
    codes = tuple(profile.code for profile in PROFILES)
    table = draw.uniform(0.0, 2.0 / degree, (32, degree + 1)) * (m > 0)
    return _with(setup, codes, np.minimum(table, 1.0), IndependentTraits())


def _with(setup: Setup, rows: tuple[str, ...], table: Any, mix: Mix | None = None) -> Setup:
    return replace(setup, sharing=Measured(SharingTable(rows, table)), mix=mix or setup.mix)


def table_gap(setup: Setup) -> float:
    """Return the largest gap in i between the master equation and the mean of the runs."""
    curve = simulate(setup)
    predicted = predict(setup).fraction
    return float(np.abs(predicted - curve.mean / setup.n_agents).max())


# --- rates from curves and from decisions --------------------------------------------------------

NAMES = ("fast_rate", "slow_rate", "fast_fraction")
RECOVERED = (4, 8, 16)


def truth(degree: int) -> Floats:
    """Return β_fast, β_slow and p of the runs to be recovered."""
    return np.array([*hazard([1.2 / degree, 0.12 / degree]), 0.4])


def worlds(degree: int, count: int = 100, first: int = 0) -> list[World]:
    """Return worlds of N = 5 000, each with a network and luck of its own.

    The seeds are 1000 k + first, and so on: different ones for different degrees, as with the same
    ones the agents would have the same luck at every degree.
    """
    setup = Setup(
        *(5000, RandomRegular(degree), TwoGroups(0.4), ByGroup(1.2 / degree, 0.12 / degree)),
        n_seeds=50,
        rounds=60,
        replicas=1,
    )
    return [World.of(replace(setup, seed=1000 * degree + first + r)) for r in range(count)]


def recovered(made: Sequence[World]) -> Floats:
    """Return the network-aware two-rate estimates of each curve alone, shape (curves, 3)."""
    counts = np.stack([simulate(world).counts for world in made])
    degree = made[0].network.max_degree
    seen = Observed.pools(counts, made[0].setup.n_agents)
    return fit_each(seen, TwoRates(OnNetwork(degree)), ChainBinomial()).estimates


def decided(made: Sequence[World]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return each run's two rates from its decisions, and whether the intervals hold the truth."""
    true, found, holds = truth(made[0].network.max_degree)[:2], [], []
    for world in made:
        pair = rates(decisions(world))
        found.append([one.rate for one in pair])
        holds.append([one.low <= x <= one.high for one, x in zip(pair, true, strict=True)])
    return np.array(found), np.array(holds)


def bootstrapped(made: Sequence[World], replicas: int = 200) -> npt.NDArray[np.bool_]:
    """Return whether each curve's bootstrap intervals hold the truth, shape (curves, 3)."""
    degree = made[0].network.max_degree
    model, true = TwoRates(OnNetwork(degree)), truth(degree)
    found = []
    for world in made:
        curve, seed = simulate(world), world.setup.seed
        one = fit(curve, model)
        told, network = Truth.of(one), RandomRegular(degree)
        data = on_network(told, Design.of(curve), network, seed, replicas)
        intervals = with_intervals((one,), data, curve, told, model.mixing)[0].intervals
        pairs = zip((intervals[name] for name in NAMES), true, strict=True)
        found.append([interval.low <= x <= interval.high for interval, x in pairs])
    return np.array(found)


# --- the verdict ---------------------------------------------------------------------------------

SAME = Setup(1000, mix=ALIKE, sharing=SameForAll(0.05), rounds=60, replicas=1)
DIFFERENT = Setup(1000, mix=TwoGroups(0.4), sharing=ByGroup(0.15, 0.015), rounds=60, replicas=1)


def verdicts(setup: Setup, count: int = 100) -> list[Verdict]:
    """Return what is said of each of `count` single runs, on networks of their own."""
    curves = [simulate(replace(setup, seed=1 + r)) for r in range(count)]
    return [
        one_or_two(Curve(curve.counts, curve.n_agents), degree=8, seed=1 + r, contact_rule=True)
        for r, curve in enumerate(curves)
    ]


def counted(told: Sequence[Verdict]) -> dict[str, int]:
    """Return how often each verdict was given."""
    return {choice.value: sum(one.choice is choice for one in told) for choice in Choice}
