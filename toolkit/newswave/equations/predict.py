"""The curves that theory draws for a setup before any run: exact rounds, classical equations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from newswave.core.law import Attention, Law
from newswave.core.networks import Complete
from newswave.core.offline import Since, StaysNew
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.core.sharing import Floats, hazard
from newswave.core.streams import Purpose, runs
from newswave.core.table_facts import cap_words
from newswave.equations import offline, on_network, well_mixed
from newswave.equations.on_network import contacts, predict
from newswave.equations.spread import spread_classes

_MOST_DRAWS = 200
_LEAST_DRAWS = 40
_BUDGET = 2_000_000_000
_MANY_SEEDS = 20
_NARROW = 0.1


@dataclass(frozen=True, eq=False)
class Theory:
    """One theory's curve."""

    key: str  # A short name, for columns of files
    name: str  # The theory in words
    fraction: Floats  # (T + 1,): i by round
    # (T + 1,): p, the fraction that is active offline; None without feedback
    active: Floats | None = None

    def half_time(self) -> float:
        """Return the round in which i passes 1/2 (interpolated; NaN if it does not)."""
        if not self.fraction[0] <= 0.5 <= self.fraction[-1]:
            return float("nan")
        return float(np.interp(0.5, self.fraction, np.arange(len(self.fraction))))


@dataclass(frozen=True, eq=False)
class Band:
    """The master equation over tables that the answers behind a measured table leave possible."""

    # (T + 1,): 5 %, 50 % and 95 % quantile of i by round. The middle need not be the curve of the
    # table itself: rows that are drawn apart spread the news less fast than their mean
    low: Floats
    middle: Floats
    high: Floats
    draws: int  # Of how many tables

    def words(self, answers: float) -> str:
        """Return how wide the band gets, and how many answers a cell would make it narrow."""
        width = self.high - self.low
        at = int(width.argmax())
        if width[at] <= _NARROW:
            return ""
        more = int(np.ceil(max(answers, 1.0) * (width[at] / _NARROW) ** 2))
        return (
            f"The answers leave up to {100 * width[at]:.0f} points open (round {at}): they do not "
            f"tell the curve. About {more} answers a cell would bring that down to "
            f"{100 * _NARROW:.0f}; there are {answers:.0f} now."
        )


@dataclass(frozen=True, eq=False)
class Predicted:
    """What the theories say of a setup."""

    setup: Setup  # Whose curve this is
    theories: tuple[Theory, ...]  # The master equation first
    left_out: str = ""  # Which theories do not apply and why; '' if all do
    # What the measurement left open; None for a table that was not counted over answers
    band: Band | None = None
    # What a reader of the curve has to know, in sentences: few seeds, a wide band
    doubts: tuple[str, ...] = ()


def theories(setup: Setup, only: Collection[str] = ()) -> Predicted:
    """Return the curves that theories predict for a setup.

    On a random regular network the master equation holds for any sharing table. The others are
    about the contact rule P(m) = 1 − (1 − q)^m in every round: edge-based rounds, the edge-based
    ODE, and the well-mixed ODE s_c' = −(a + β_c k i) s_c, with sources in time, feedback and ageing
    from the event as in `newswave.equations.offline`. On the complete network the mean field of
    the rounds comes first (`on_network.well_mixed`), and the well-mixed ODE beside it. Nothing is
    run.

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
        If a language model is asked for every decision, the network is neither random regular nor
        complete, or its degree is above 1000.

    Examples
    --------
    >>> from newswave.core.setup import Setup
    >>> [theory.key for theory in theories(Setup()).theories]
    ['master', 'network_rounds', 'network_ode', 'well_mixed_ode']
    >>> [round(theory.half_time(), 1) for theory in theories(Setup()).theories]
    [15.7, 15.7, 13.3, 10.1]
    """
    setup.table(1)
    band = _band(setup)
    left_out = ""
    if band is None and isinstance(setup.sharing, Measured) and setup.sharing.is_sampled:
        left_out = "The band of a counted table is left out: it would take too long."
    others, why = _others(setup, contacts(setup), only)
    left_out = " ".join(words for words in (why, left_out) if words)
    wide = "" if band is None else band.words(_answers(setup))
    doubts = (few_seeds_words(setup), cap_words(setup.sharing, contacts(setup)), wide)
    result = tuple(words for words in doubts if words)
    return Predicted(setup, (_first(setup), *others), left_out, band, result)


def _first(setup: Setup) -> Theory:
    """Return the theory that holds for any table."""
    whole = isinstance(setup.network, Complete)
    kind = "continuous time" if setup.is_continuous else "rounds"
    name = f"mean field, well mixed, {kind}" if whole else f"master equation, network, {kind}"
    found = predict(setup)
    return Theory("master", name, found.fraction, found.active if setup.feedback.is_on else None)


def _answers(setup: Setup) -> float:
    """Return how many answers a counted cell has on average."""
    assert isinstance(setup.sharing, Measured)
    return float(np.mean([cell.asked for cell in setup.sharing.counted]))


def few_seeds_words(setup: Setup) -> str:
    """Return what luck does to theory where fewer than 20 agents start and nothing else does.

    >>> few_seeds_words(Setup(n_seeds=20))
    ''
    """
    if setup.n_seeds >= _MANY_SEEDS or setup.source_probability > 0.0:
        return ""
    seeds = "one agent starts" if setup.n_seeds == 1 else f"{setup.n_seeds} agents start"
    words = (
        f"Theory is about many seeds; here {seeds}. Runs begin early or late by luck, so their "
        "mean is off this curve however large the network is."
    )
    ends = dies_out(setup)
    if not ends >= 0.005:
        return words
    return f"{words} In about {100 * ends:.0f} % of runs the news dies out near its seeds."


def dies_out(setup: Setup) -> float:
    """Return the chance that news never gets away from its seeds, on a large random network.

    A branching process: an agent that has seen one sharing neighbour shares sooner or later with
    chance p = Σ_c w_c p_c, and passes the news on to k − 1 others. x = (1 − p + p x)^(k−1) is the
    chance that one line ends, (1 − p + p x)^(k n₀) that all of n₀ seeds do (T. E. Harris, "The
    Theory of Branching Processes", 1963).

    Parameters
    ----------
    setup : Setup
        On a random regular network or the complete one.

    Returns
    -------
    float
        0 where agents go on deciding in every round, or a source goes on; NaN where the news gets
        old, which stops it in other ways.

    Examples
    --------
    >>> from newswave.core.rules import ByGroup
    >>> news = Setup(attention=Attention.NEW_EXPOSURE, sharing=ByGroup(0.3, 0.1), n_seeds=3)
    >>> round(dies_out(news), 2), dies_out(Setup(n_seeds=1))
    (0.14, 0.0)
    """
    if setup.ageing != StaysNew():
        return float("nan")
    if setup.reaches_all or isinstance(setup.network, Complete):
        return 0.0
    degree = contacts(setup)
    first, again = Law.of(setup.table(degree), degree).share_probability[:2, :, 1]
    if setup.attention is Attention.EVERY_ROUND:
        first = np.where(again > 0.0, 1.0, first)
    chance = float(np.dot([group.weight for group in setup.mix.groups], first))
    ends = 0.0
    for _ in range(10_000):
        ends = (1.0 - chance + chance * ends) ** (degree - 1)
    return float((1.0 - chance + chance * ends) ** (degree * setup.n_seeds))


def _band(setup: Setup) -> Band | None:
    """Return the band of a table that was counted over answers."""
    rule, degree = setup.sharing, contacts(setup)
    cost = setup.rounds * (degree + 9) ** 2 * (len(setup.mix.groups) + 10)
    draws = min(_MOST_DRAWS, _BUDGET // cost)
    if not isinstance(rule, Measured) or not rule.is_sampled or draws < _LEAST_DRAWS:
        return None
    streams = runs(setup.seed, Purpose.SAMPLING, 0, draws)
    drawn = [replace(setup, sharing=rule.drawn(stream)) for stream in streams]
    curves = _curves(drawn, degree)
    # By the rank over draws + 1, so that one more draw lies inside with a chance of just 0.9
    low, middle, high = np.quantile(curves, [0.05, 0.5, 0.95], axis=0, method="weibull")
    return Band(low, middle, high, draws)


def _curves(drawn: Sequence[Setup], degree: int) -> Floats:
    """Return i by round of setups that differ in their table."""
    setup = drawn[0]
    if isinstance(setup.network, Complete) or setup.is_continuous:
        return np.array([predict(one).fraction for one in drawn])
    laws = [one.law(one.table(degree), degree) for one in drawn]
    weights = [group.weight for group in setup.mix.groups]
    start = setup.n_seeds / setup.n_agents
    return on_network.masters(laws, weights, degree, start, setup.rounds)


def _others(setup: Setup, degree: int, keys: Collection[str]) -> tuple[list[Theory], str]:
    """Return the theories of the contact rule, and which of them do not apply and why."""
    rates = setup.table(degree).contact_rates()
    only = "Only the master equation applies: "
    if rates is None or setup.attention is not Attention.EVERY_ROUND:
        return [], only + "decisions here do not follow 1 - (1 - q)^m in every round."
    if not np.isfinite(rates).all():
        return [], only + "an agent that surely shares has no finite rate."
    if setup.rate_variation > 0.0 and setup.reaches_all:
        return [], only + "what everybody meets is met at rates that spread, too."
    if setup.ageing.since is Since.FIRST_SIGHT:
        return [], only + "news that ages from each agent's first sight keeps agents apart by it."
    makers = _of_rates(setup, degree, rates)
    return [make() for key, make in makers.items() if key in keys or not keys], ""


def _of_rates(setup: Setup, degree: int, rates: Floats) -> dict[str, Callable[[], Theory]]:
    """Return how to make each theory of the contact rule, by its key."""
    start, last = setup.n_seeds / setup.n_agents, setup.rounds
    rates, weights = spread_classes(
        rates, [group.weight for group in setup.mix.groups], setup.rate_variation
    )
    source, times = float(hazard(setup.source_probability)), np.arange(last + 1.0)
    given = (rates, weights, degree, start)
    plain = setup.outside is None
    besides = (*given, offline.of_setup(setup))

    def in_rounds() -> Theory:
        name = ("network_rounds", "edge-based, network, rounds")
        return _both(*name, offline.rounds(*besides, last), setup)

    def in_time() -> Theory:
        name = ("network_ode", "edge-based, network, ODE")
        if plain and source == 0.0:
            return Theory(*name, on_network.continuous(*given, times))
        return _both(*name, offline.continuous(*besides, times), setup)

    def mixed() -> Theory:
        name = ("well_mixed_ode", "well mixed, ODE")
        if plain:
            return Theory(*name, well_mixed.many_rates(*given, times, source))
        return _both(*name, offline.well_mixed(*besides, times), setup)

    if isinstance(setup.network, Complete):
        return {"well_mixed_ode": mixed}
    return {"network_rounds": in_rounds, "network_ode": in_time, "well_mixed_ode": mixed}


def _both(key: str, name: str, layers: offline.Layers, setup: Setup) -> Theory:
    """Return a theory of both layers."""
    return Theory(key, name, layers.shared, layers.active if setup.feedback.is_on else None)
