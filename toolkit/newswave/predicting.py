"""The curves that theory draws for a setup before any run: exact rounds, classical equations."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave import meanfield, networkfield
from newswave.dynamics import Law
from newswave.networkfield import predict, regular_degree
from newswave.rules import Measured
from newswave.setups import Attention, Setup
from newswave.sharing import hazard
from newswave.streams import Purpose, runs

Floats = npt.NDArray[np.float64]

_MOST_DRAWS = 200
_LEAST_DRAWS = 40
_BUDGET = 2_000_000_000


@dataclass(frozen=True, eq=False)
class Theory:
    """One theory's curve.

    Parameters
    ----------
    key : str
        A short name, for columns of files.
    name : str
        The theory in words.
    fraction : array, shape (T + 1,)
        i by round.
    """

    key: str
    name: str
    fraction: Floats

    def half_time(self) -> float:
        """Return the round in which i passes 1/2 (interpolated; NaN if it does not)."""
        if not self.fraction[0] <= 0.5 <= self.fraction[-1]:
            return float("nan")
        return float(np.interp(0.5, self.fraction, np.arange(len(self.fraction))))


@dataclass(frozen=True, eq=False)
class Band:
    """The master equation over tables that the answers behind a measured table leave possible.

    Parameters
    ----------
    low, middle, high : array, shape (T + 1,)
        5 %, 50 % and 95 % quantile of i by round. The middle need not be the curve of the table
        itself: rows that are drawn apart spread the news less fast than their mean.
    draws : int
        Of how many tables.
    """

    low: Floats
    middle: Floats
    high: Floats
    draws: int


@dataclass(frozen=True, eq=False)
class Predicted:
    """What the theories say of a setup.

    Parameters
    ----------
    setup : Setup
        Whose curve this is.
    theories : tuple of Theory
        The master equation first.
    left_out : str
        Which theories do not apply and why; '' if all do.
    band : Band or None
        What the measurement left open; None for a table that was not counted over answers.
    """

    setup: Setup
    theories: tuple[Theory, ...]
    left_out: str = ""
    band: Band | None = None


def theories(setup: Setup, only: Collection[str] = ()) -> Predicted:
    """Return the curves that theories predict for a setup on a random regular network.

    The master equation holds for any sharing table. The others are about the contact rule
    P(m) = 1 − (1 − q)^m in every round: edge-based rounds, the edge-based ODE, and the well-mixed
    ODE s_c' = −(a + β_c k i) s_c. Nothing is run.

    A table that was counted over answers has a band beside its curve: 90 % of the curves of tables
    that are drawn from what the answers leave possible, the same that runs of this setup draw.

    Parameters
    ----------
    setup : Setup
        What to predict; its replicas do not matter, its seed to the band alone.
    only : collection of str
        Keys of the theories to make beside the master equation, all if none are given: a page
        that draws two has no time for the others.

    Returns
    -------
    Predicted

    Raises
    ------
    BadValue
        If a language model is asked for every decision, the network is not random regular, or its
        degree is above 1000.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> [theory.key for theory in theories(Setup()).theories]
    ['master', 'network_rounds', 'network_ode', 'well_mixed_ode']
    >>> [round(theory.half_time(), 1) for theory in theories(Setup()).theories]
    [15.7, 15.7, 13.3, 10.1]
    """
    setup.table(1)
    degree = regular_degree(setup)
    master = Theory("master", "master equation, network, rounds", predict(setup).fraction)
    band = _band(setup, degree)
    left_out = ""
    if band is None and isinstance(setup.sharing, Measured) and setup.sharing.is_sampled:
        left_out = "The band of a counted table is left out: it would take too long."
    others, why = _others(setup, degree, only)
    left_out = " ".join(words for words in (why, left_out) if words)
    return Predicted(setup, (master, *others), left_out, band)


def _band(setup: Setup, degree: int) -> Band | None:
    """Return the band of a table that was counted over answers."""
    rule = setup.sharing
    cost = setup.rounds * (degree + 9) ** 2 * (len(setup.mix.groups) + 10)
    draws = min(_MOST_DRAWS, _BUDGET // cost)
    if not isinstance(rule, Measured) or not rule.is_sampled or draws < _LEAST_DRAWS:
        return None
    streams = runs(setup.seed, Purpose.SAMPLING, 0, draws)
    drawn = [replace(setup, sharing=rule.drawn(stream)) for stream in streams]
    source = setup.source_probability
    laws = [Law.of(one.table(degree), degree, setup.attention, source) for one in drawn]
    weights = [group.weight for group in setup.mix.groups]
    start = setup.n_seeds / setup.n_agents
    curves = networkfield.masters(laws, weights, degree, start, setup.rounds)
    low, middle, high = np.quantile(curves, [0.05, 0.5, 0.95], axis=0)
    return Band(low, middle, high, draws)


def _others(setup: Setup, degree: int, keys: Collection[str]) -> tuple[list[Theory], str]:
    """Return the theories of the contact rule, and which of them do not apply and why."""
    rates = setup.table(degree).contact_rates()
    only = "Only the master equation applies: "
    if rates is None or setup.attention is not Attention.EVERY_ROUND:
        return [], only + "decisions here do not follow 1 - (1 - q)^m in every round."
    if not np.isfinite(rates).all():
        return [], only + "an agent that surely shares has no finite rate."
    makers = _of_rates(setup, degree, rates)
    found = [make() for key, make in makers.items() if key in keys or not keys]
    if setup.source_probability == 0.0:
        return found, ""
    return found, "The edge-based ODE is left out: it has no source."


def _of_rates(setup: Setup, degree: int, rates: Floats) -> dict[str, Callable[[], Theory]]:
    """Return how to make each theory of the contact rule, by its key."""
    start, last = setup.n_seeds / setup.n_agents, setup.rounds
    weights = np.array([group.weight for group in setup.mix.groups])
    source, times = float(hazard(setup.source_probability)), np.arange(last + 1.0)

    def in_rounds() -> Theory:
        found = networkfield.rounds(rates, weights, degree, start, last, source)
        return Theory("network_rounds", "edge-based, network, rounds", found)

    def in_time() -> Theory:
        found = networkfield.continuous(rates, weights, degree, start, times)
        return Theory("network_ode", "edge-based, network, ODE", found)

    def mixed() -> Theory:
        found = meanfield.many_rates(rates, weights, degree, start, times, source)
        return Theory("well_mixed_ode", "well mixed, ODE", found)

    ode = {"network_ode": in_time} if source == 0.0 else {}
    return {"network_rounds": in_rounds, **ode, "well_mixed_ode": mixed}
