"""What the decisions of a setup's runs say: exact rates of its groups, effects of its traits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from newswave.decisionrates import RateEstimate, rates
from newswave.ensemble import decisions
from newswave.errors import BadValue, CannotFit
from newswave.personality import Trait
from newswave.ratios import RateRatio, Sample, rate_effects
from newswave.setups import Setup
from newswave.tally import Decisions
from newswave.world import World

_MOST = 2_000_000
_SHOWN_APART = 4


@dataclass(frozen=True)
class Learned:
    """Rates and effects from counted decisions, without any mean field.

    Parameters
    ----------
    runs : int
        How many runs the decisions are from.
    rates : tuple of RateEstimate
        One for each group that was asked anything.
    ratios : tuple of RateRatio
        The average profile's rate, then each trait's rate ratio (high over low), for mixes of more
        than four groups; empty for fewer, or where the decisions do not separate the traits.
    misfit : float
        Chance of answers at least this far from rising with exposure as 1 − (1 − q)^m, over all
        groups (see `newswave.ratios.Effects`); NaN where there are no ratios.
    why_not : str
        Why there are no ratios for more than four groups; "" otherwise.
    """

    runs: int
    rates: tuple[RateEstimate, ...]
    ratios: tuple[RateRatio, ...]
    misfit: float = math.nan
    why_not: str = ""


def learn(setup: Setup) -> Learned:
    """Run a setup again, counting its decisions, and return what they say.

    The runs are the setup's own, `simulate`'s first; as many as keep agents times runs under two
    million.

    Parameters
    ----------
    setup : Setup
        What to run.

    Returns
    -------
    Learned

    Raises
    ------
    CannotFit
        If nobody was asked anything.

    Examples
    --------
    >>> found = learn(Setup(n_agents=500, replicas=20))
    >>> [round(one.share_probability, 2) for one in found.rates]    # the truth: 0.15 and 0.015
    [0.15, 0.02]
    """
    world = World.of(setup)
    runs = max(1, min(setup.replicas, _MOST // setup.n_agents))
    return learned_from(decisions(world, replicas=runs), setup, runs)


def learned_from(counted: Decisions, setup: Setup, runs: int) -> Learned:
    """Return what decisions say that have been counted already.

    For runs that cannot be made again at will: those in which a language model was asked.

    Parameters
    ----------
    counted : Decisions
        Of these runs, a row for each group of the setup's mix, in order.
    setup : Setup
        What was run.
    runs : int
        How many runs.

    Returns
    -------
    Learned

    Raises
    ------
    BadValue
        If the decisions are of other groups than the setup's.
    CannotFit
        If nobody was asked anything.

    Examples
    --------
    >>> setup = Setup(n_agents=500)
    >>> found = learned_from(decisions(setup, replicas=20), setup, 20)
    >>> found.runs, [one.row for one in found.rates]
    (20, ['outgoing', 'reserved'])
    """
    groups = setup.mix.groups
    if counted.rows != tuple(group.name for group in groups):
        raise BadValue(
            "These decisions are of other groups than the setup's",
            given=", ".join(counted.rows[:6]),
            allowed=", ".join(group.name for group in groups[:6]),
        )
    found = rates(counted, setup.source_probability)
    if len(groups) <= _SHOWN_APART:
        return Learned(runs, found, ())
    sample = Sample(setup.event.id, counted, np.array([group.profile.signs for group in groups]))
    names = [trait.value for trait in Trait]
    try:
        effects = rate_effects([sample], names, setup.source_probability)
    except CannotFit as trouble:
        return Learned(runs, found, (), why_not=str(trouble))
    return Learned(runs, found, effects.ratios, effects.misfit)
