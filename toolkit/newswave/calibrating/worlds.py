"""Worlds in which all agents are alike: how the likelihood ratio falls there, and the bias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave import networkfield
from newswave.calibrating.luck import FEWEST_NETWORKS, dealt, own_luck, seen_of
from newswave.ensemble import simulate
from newswave.errors import whole_number
from newswave.events import DEFAULT_EVENT_ID, event
from newswave.fitting.models import OneRate, OnNetwork, TwoRates
from newswave.mixes import OneProfile, TwoGroups
from newswave.personality import PROFILES
from newswave.rules import ByGroup, SameForAll
from newswave.setups import Setup
from newswave.sharing import hazard, share_probability
from newswave.streams import Purpose, generator
from newswave.studies import Finding
from newswave.testing import FEWEST, Scores
from newswave.verdicts import SURE

Floats = npt.NDArray[np.float64]

NETWORKS = 25
WORLDS = 600
RATIO, BIAS, POWER, REPLICAS = "null likelihood ratio", "bias of ln rate", "power", "worlds"
MISSED = ("null misfit, one rate", "null misfit, two rates")

_LUMP = 4
_POWER_WORLDS = 100
_DIFFERENCE = 5.0
_SEED = 1


def alike(setup: Setup, share: float) -> Setup:
    """Return the setup in which everybody is alike, all else as it is given.

    Parameters
    ----------
    setup : Setup
        Its agents, network, seeds, rounds and replicas are taken; not its seed, so that cells of
        a sweep share what is found out here.
    share : float
        q of everybody, per contact and round.
    """
    return Setup(
        n_agents=setup.n_agents,
        network=setup.network,
        mix=OneProfile(PROFILES[0]),
        sharing=SameForAll(share),
        event=event(DEFAULT_EVENT_ID),
        n_seeds=setup.n_seeds,
        rounds=setup.rounds,
        replicas=setup.replicas,
        seed=_SEED,
    )


def degree_of(setup: Setup) -> int:
    """Return the degree of the equations for a setup, as `newswave.comparing` takes it."""
    return max(2, round(setup.network.mean_degree_for(setup.n_agents)))


@dataclass(frozen=True)
class Alike:
    """A study of a setup whose agents are all alike: what the test says of many such worlds.

    Each world is a whole data set as `Calibrated` makes one: all replicas, over networks. Four
    worlds share a hundred networks, without any of them having one twice.

    Parameters
    ----------
    networks : int
        Over how many networks the replicas of a world are dealt.
    worlds : int
        How many worlds, rounded up to a multiple of four.

    Raises
    ------
    BadValue
        If there are fewer than 4 networks or 99 worlds.

    Examples
    --------
    >>> small = alike(Setup(n_agents=60, n_seeds=6, rounds=12, replicas=8), share=0.1)
    >>> len(Alike(networks=4, worlds=100).findings(small))
    303
    """

    networks: int = NETWORKS
    worlds: int = WORLDS

    def __post_init__(self) -> None:
        whole_number("The number of networks", self.networks, FEWEST_NETWORKS, 10_000)
        advice = "A p-value of 0.01 needs 99"
        whole_number("The number of worlds", self.worlds, FEWEST, 100_000, advice)

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return the likelihood ratio of each world, the bias of ln rate, and the power."""
        degree, rate = degree_of(setup), float(hazard(_chance(setup)))
        null = self._tested(setup, self.worlds, degree)
        bias = float(np.log(null.one.estimates[:, 0]).mean() - np.log(rate)) if null.size else 0.0
        ratios = np.concatenate([np.zeros(self._rounded(self.worlds) - null.size), null.ratio])
        other = self._tested(_fivefold(setup, rate, degree), _POWER_WORLDS, degree)
        seen = int((other.ratio > np.quantile(ratios, 1 - SURE)).sum())
        power = seen / self._rounded(_POWER_WORLDS)
        missed = zip(MISSED, (null.missed_by(OneRate), null.missed_by(TwoRates)), strict=True)
        return (
            Finding(BIAS, bias),
            Finding(POWER, power),
            Finding(REPLICAS, len(ratios)),
            *(Finding(RATIO, float(ratio)) for ratio in np.sort(ratios)),
            *(Finding(name, float(by)) for name, values in missed for by in np.sort(values)),
        )

    @staticmethod
    def _rounded(worlds: int) -> int:
        return -(-worlds // _LUMP) * _LUMP

    def _tested(self, setup: Setup, worlds: int, degree: int) -> Scores:
        """Return the scores of each world in which somebody new shares."""
        sums = np.concatenate(list(self._sums(setup, -(-worlds // _LUMP))))
        spread = sums[:, -1] > sums[:, 0]
        seen = seen_of(sums[spread], setup.replicas, setup.n_agents)
        return Scores.of(seen, OnNetwork(degree))

    def _sums(self, setup: Setup, lumps: int) -> Iterator[Floats]:
        """Yield the summed sharers of four worlds at a time, shape (4, T + 1)."""
        networks, each = dealt(setup.replicas, self.networks)
        base, pool = own_luck(setup), _LUMP * networks
        parts = np.stack(
            [
                simulate(replace(base, seed=base.seed + number), replicas=lumps * each)
                .counts.reshape(lumps, each, -1)
                .sum(axis=1)
                for number in range(pool)
            ]
        )
        draw = generator(base.seed, Purpose.BOOTSTRAP)
        for lump in range(lumps):
            order = draw.permutation(pool).reshape(_LUMP, networks)
            yield parts[order, lump].sum(axis=1)


def _chance(setup: Setup) -> float:
    """Return the share probability of a setup that `alike` made."""
    return float(setup.table(1).probabilities[0, 1])


def _fivefold(setup: Setup, rate: float, degree: int) -> Setup:
    """Return two equal groups, rates five to one, that reach half as early as one rate does.

    It is the alternative that `newswave.comparing` measures its power against.
    """
    from scipy.optimize import brentq

    start, rounds = setup.n_seeds / setup.n_agents, setup.rounds
    target = networkfield.rounds([rate], [1.0], degree, start, rounds)
    goal = min(0.5, float(target[-1]) * 0.5 + start * 0.5)
    at = int(np.searchsorted(target, goal).clip(1, rounds))

    def ahead(log_fast: float) -> float:
        pair = (float(np.exp(log_fast)), float(np.exp(log_fast)) / _DIFFERENCE)
        reached = networkfield.rounds(pair, (0.5, 0.5), degree, start, rounds)
        return float(reached[at] - target[at])

    low, high = np.log(rate / _DIFFERENCE), np.log(rate * 8)
    fast = float(np.exp(brentq(ahead, low, high))) if ahead(low) < 0 < ahead(high) else rate * 8
    chances = share_probability(np.array([fast, fast / _DIFFERENCE]))
    rule = ByGroup(float(chances[0]), float(chances[1]))
    return replace(setup, mix=TwoGroups(fast_fraction=0.5), sharing=rule)
