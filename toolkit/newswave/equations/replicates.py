"""Data made again by agents: intervals of fits, and the evidence for one rate against two.

Intervals are a parametric bootstrap. One run's early luck is not binomial noise around a mean
curve, so the errors that a likelihood gives for a curve are too small: the data are made again, B
times, by agents with the fitted rates on a network like theirs, and fitted again.

The null model of the test is "one table for everybody". Where it is known how the agents answer, by
their rule, their table or their decisions, everybody answers as their average, on the data's own
network: for homogeneous agents that is the very process that made the data, whatever table,
network, source or memory it has. Where only the curve is known, its agents are first taken to
follow the contact rule at one rate; if that is rejected, any rising table for everybody
(`newswave.equations.models`) is tried too.

The statistic is 2 (ln L two rates − ln L one rate). Where the null model's agents do not follow the
contact rule, or no equation is about their network, one rate is the wrong thing to compare with: L
of homogeneous agents is taken in its place, with the hazard at each reach of the null model's runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve, check_curve
from newswave.core.equivalents import all_alike
from newswave.core.errors import whole_number
from newswave.core.events import DEFAULT_EVENT_ID, event
from newswave.core.law import Attention
from newswave.core.networks import Network, RandomRegular, Recipe, equations_apply
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import Asked, ByGroup, Measured
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions, Floats, SharingTable, hazard, share_probability
from newswave.core.simulation import World, simulate
from newswave.core.statistics import logit
from newswave.core.streams import Purpose, generator
from newswave.equations.fit import (
    ChainBinomial,
    Fit,
    Fitted,
    Observed,
    Replicates,
    fit_each,
    starts_each,
)
from newswave.equations.models import (
    MOST,
    AnyTable,
    Model,
    OneRate,
    OnNetwork,
    PartlyObserved,
    Spread,
    TwoRates,
    WellMixed,
)
from newswave.equations.on_network import rounds as network_rounds
from newswave.equations.spread import spread_classes
from newswave.equations.well_mixed import clock_of_round, many_rates, two_rates

Progress = Callable[[str, int, int], None]

REPLICAS = 200
FEWEST = 99
"""With fewer replicas no p-value could be as small as a verdict of two rates asks for."""

SURE = 0.01
"""Up to this p-value a null model is given up."""
OPEN = 0.1
"""Above this p-value one rate is kept, if two would have been seen."""
CLEARLY = 10.0
"""How much worse, in AIC, a source with one rate has to be before "two rates" is said."""

HOMOGENEOUS, TWO = "replicates of agents all alike", "replicates of two groups"
"""What progress is reported of."""

FOLD = 5.0
"""How far apart the two rates are against which the power of the test is measured."""

_FEWEST_NETWORKS, _MOST_NETWORKS = 10, 100
_NETWORKS_PER_RUN = 5
_ENOUGH, _MOST_AGENTS = 20_000_000, 60_000_000
_POOL, _POOL_RUNS = 10, 2_000
_MOST_STEPS = 20
_RUNGE_STEPS = 16
_POWER_SETS = 100
_BINS = np.arange(-14.0, 14.0, 0.25)
_SEEN_ENOUGH = 20.0
_NETWORKS = 10


# Replicas of a whole data set, made by the agent-based model from a fit, and intervals from them.


def _whole(count: float) -> int:
    """Return a first count as whole agents: whoever there is, there is at least one."""
    return max(1, round(count)) if count > 0 else 0


@dataclass(frozen=True)
class Truth:
    """Rates that a bootstrap takes as true."""

    fast_rate: float  # Per contact and round
    slow_rate: float
    fast_fraction: float = 1.0  # Fraction of agents in the fast class
    source_rate: float = 0.0  # Per round
    rate_variation: float = 0.0  # Variance of rates, mean 1, within each class
    # The fraction of agents who can share at all, and of sharers who are counted
    ceiling: float = 1.0
    reporting: float = 1.0
    # The fraction of those who can share that had at the first round; if not given, as counted
    initial_fraction: float | None = None

    @classmethod
    def of(cls, fit: Fit) -> Truth:
        """Return the rates of a fit."""
        known = fit.estimates
        rate = known.get("rate", known.get("mean_rate", 0.0))
        return cls(
            fast_rate=known.get("fast_rate", rate),
            slow_rate=known.get("slow_rate", rate),
            fast_fraction=known.get("fast_fraction", 1.0),
            source_rate=known.get("source_rate", 0.0),
            rate_variation=known.get("rate_variation", 0.0),
            ceiling=known.get("ceiling", 1.0),
            reporting=fit.model.reporting if isinstance(fit.model, PartlyObserved) else 1.0,
            initial_fraction=known.get("initial_fraction"),
        )

    def expected(self, mixing: WellMixed | OnNetwork, start: Floats, elapsed: Floats) -> Floats:
        """Return what is counted at the times, from each first fraction, without chance.

        As a fraction of all, shape (runs, T + 1); see `PartlyObserved`.
        """
        share = self.ceiling * self.reporting
        rates, weights = spread_classes(
            (self.fast_rate, self.slow_rate),
            (self.fast_fraction, 1.0 - self.fast_fraction),
            self.rate_variation,
        )

        def course(i0: float) -> Floats:
            if isinstance(mixing, OnNetwork):
                at = elapsed.astype(np.int64)
                classes = (rates, weights, mixing.degree, i0)
                return network_rounds(*classes, at[-1], self.source_rate)[at]
            return many_rates(rates, weights, mixing.degree, i0, elapsed, self.source_rate)

        begin = (
            start / share if self.initial_fraction is None else 0 * start + self.initial_fraction
        )
        each, which = np.unique(np.minimum(begin, 1.0), return_inverse=True)
        grown = np.array([course(float(i0)) for i0 in each])[which]
        return np.asarray(np.minimum(start[:, None] + share * (grown - grown[:, :1]), 1.0))

    def among(self, design: Design, degree: int = 2) -> Design:
        """Return the design of those who can share at all; on a network their links are whole."""
        able = max(round(self.ceiling * design.n_agents), 1)
        able += able * degree % 2
        if self.initial_fraction is None:
            begun = [_whole(count / self.reporting) for count in design.first_counts.tolist()]
        else:
            begun = [_whole(self.initial_fraction * able)] * design.runs
        starts = tuple(min(count, able) for count in begun)
        return replace(design, n_agents=able, first_count=starts[0], starts=starts)

    def counted(self, able: Floats, design: Design, draw: np.random.Generator) -> Floats:
        """Return what is counted of those who can share, shape (replicas, runs, T + 1)."""
        new = np.diff(able, axis=2).astype(np.int64)
        if self.reporting < 1.0:
            new = draw.binomial(new, self.reporting)
        first = np.broadcast_to(design.first_counts[:, None], (*able.shape[:2], 1))
        counts = np.concatenate([first, first + new.cumsum(axis=2)], axis=2)
        return np.minimum(counts.astype(np.float64), design.n_agents)


@dataclass(frozen=True)
class Design:
    """The shape of the data that a bootstrap makes again."""

    n_agents: int  # N, T and how many runs are pooled
    n_rounds: int
    runs: int
    first_count: int  # Sharers at the first round
    # When the counts are taken, in rounds since the first; if not given, in every round
    times: tuple[float, ...] | None = None
    # Sharers at the first round in each run, where not all runs begin with `first_count`
    starts: tuple[int, ...] = ()

    @classmethod
    def of(cls, curve: Curve) -> Design:
        """Return the shape of a curve."""
        each = [_whole(count) for count in curve.counts[:, 0].tolist()]
        starts = tuple(each) if len(set(each)) > 1 else ()
        first = _whole(float(curve.counts[:, 0].mean())) if starts else each[0]
        times = None if curve.times is None else tuple(curve.elapsed.tolist())
        return cls(curve.n_agents, curve.counts.shape[1] - 1, curve.runs, first, times, starts)

    @property
    def first_counts(self) -> npt.NDArray[np.int64]:
        """Sharers at the first round in each run, shape (runs,)."""
        return np.array(self.starts[: self.runs] or [self.first_count] * self.runs)

    @property
    def elapsed(self) -> Floats:
        """Rounds since the first count, shape (T + 1,)."""
        return np.arange(self.n_rounds + 1.0) if self.times is None else np.array(self.times)

    def sets(self, replicas: int) -> int:
        """Return how many data sets are made again on networks of their own: whole ones, if fewer.

        Where many runs are pooled, most of their luck is that of their one network.
        """
        return int(np.clip(_ENOUGH // (self.n_agents * self.runs), FEWEST, replicas))

    def pooled_runs(self, sets: int) -> int:
        """Return how many runs a data set pools so that all of them stay within a few seconds."""
        each = max(1, _MOST_AGENTS // (self.n_agents * sets))
        return min(self.runs, each)


def on_network(
    truth: Truth,
    design: Design,
    network: Recipe,
    seed: int,
    replicas: int = REPLICAS,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Return data sets made by the agent-based model, shape (replicas, runs, T + 1).

    The replicas are spread over many networks of the recipe, so that the luck of one network is
    part of the error: the more runs are pooled on one network, the larger its part, and the more
    networks are made.
    """
    fast, slow = (float(share_probability(r)) for r in (truth.fast_rate, truth.slow_rate))
    setup = Setup(
        n_agents=design.n_agents,
        network=network,
        mix=TwoGroups(fast_fraction=truth.fast_fraction),
        sharing=ByGroup(fast, min(slow, fast)),
        event=event(DEFAULT_EVENT_ID),
        source_probability=float(share_probability(truth.source_rate)),
        rate_variation=truth.rate_variation,
        n_seeds=1,
    )
    return remade(setup, design, seed, replicas, progress)


def remade(
    setup: Setup,
    design: Design,
    seed: int,
    replicas: int = REPLICAS,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Return data sets made by the agents of a setup, shape (replicas, runs, T + 1)."""
    rounds = int(design.elapsed[-1])
    setup = replace(setup, n_agents=design.n_agents, n_seeds=1, rounds=rounds, replicas=1)
    wanted = np.clip(_NETWORKS_PER_RUN * design.runs, _FEWEST_NETWORKS, _MOST_NETWORKS)
    networks, made = min(int(wanted), replicas), []
    first_seed = int(generator(seed, Purpose.BOOTSTRAP).integers(1 << 40))
    for network in range(networks):
        share = replicas // networks + (network < replicas % networks)
        made.append(_on_one(replace(setup, seed=first_seed + network), design, share))
        if progress is not None:
            progress(sum(map(len, made)), replicas)
    return np.concatenate(made)


def _on_one(setup: Setup, design: Design, replicas: int) -> Floats:
    """Return replicas on the one network of a setup, each run with its own first sharers.

    Runs that nobody starts and no source either stay empty.
    """
    at, first = design.elapsed.astype(np.int64), design.first_counts
    counts = np.zeros((replicas, design.runs, len(at)))
    begun = 0
    for n_seeds in np.unique(first):
        runs = np.flatnonzero(first == n_seeds)
        if n_seeds == 0 and not setup.reaches_all:
            continue
        here = replace(setup, n_seeds=int(n_seeds))
        curve = simulate(here, begun, replicas * len(runs))
        begun += replicas * len(runs)
        counts[:, runs] = curve.counts[:, at].reshape(replicas, len(runs), -1)
    return counts


def well_mixed(
    truth: Truth, design: Design, degree: float, seed: int, replicas: int = REPLICAS
) -> Floats:
    """Return data sets made by agents that meet everybody, shape (replicas, runs, T + 1).

    In each step of Δt rounds, an agent of class c that has not shared does so with probability
    1 − exp(−a Δt − β_c ΔU), where ΔU = ∫ k i dt over the step from where this run stands now. A
    step is a round, or the shortest time between two counts where they are uneven.
    """
    if truth.rate_variation > 0.0:
        return _well_mixed_spread(truth, design, degree, seed, replicas)
    draw = generator(seed, Purpose.BOOTSTRAP)
    shape = (replicas, design.runs)
    total = np.broadcast_to(design.n_agents - design.first_counts, shape)
    fast = np.rint(truth.fast_fraction * total).astype(np.int64)
    slow = total - fast
    counts = np.empty((*shape, design.n_rounds + 1))
    counts[..., 0] = design.n_agents - total
    rates = (truth.fast_rate, truth.slow_rate)
    for at, duration in _steps(design.elapsed):
        left = (fast / design.n_agents, slow / design.n_agents)
        clock = clock_of_round(left, rates, degree, truth.source_rate, duration)
        alone = truth.source_rate * duration
        fast = fast - draw.binomial(fast, -np.expm1(-alone - rates[0] * clock))
        slow = slow - draw.binomial(slow, -np.expm1(-alone - rates[1] * clock))
        counts[..., at] = design.n_agents - fast - slow
    return counts


def _well_mixed_spread(
    truth: Truth, design: Design, degree: float, seed: int, replicas: int
) -> Floats:
    """Return the same where rates spread: of those left, 1 − (1 + v β U)^(−1/v) renewed each step.

    Agents whose rates are unknown are exchangeable, so that the share of those left who stay from
    clock U to U + ΔU is the ratio of the two means of e^(−β x U).
    """
    draw, v = generator(seed, Purpose.BOOTSTRAP), truth.rate_variation
    shape = (replicas, design.runs)
    left = np.array(np.broadcast_to(design.n_agents - design.first_counts, shape))
    counts = np.empty((*shape, design.n_rounds + 1))
    counts[..., 0] = design.n_agents - left
    clock = np.zeros(shape)
    for at, duration in _steps(design.elapsed):
        grown = 1.0 + v * truth.fast_rate * clock

        def staying(more: Floats, grown: Floats = grown) -> Floats:
            return np.asarray((1.0 + v * truth.fast_rate * more / grown) ** (-1.0 / v))

        step, fraction = np.zeros(shape), left / design.n_agents
        for _ in range(_RUNGE_STEPS):
            h = duration / _RUNGE_STEPS
            middle = step + h / 2 * degree * (1.0 - fraction * staying(step))
            step = step + h * degree * (1.0 - fraction * staying(middle))
        left = left - draw.binomial(left, 1.0 - staying(step))
        clock = clock + step
        counts[..., at] = design.n_agents - left
    return counts


def _steps(elapsed: Floats) -> Iterator[tuple[int, float]]:
    """Yield the steps of a run: the count that each leads up to, and how long it is."""
    apart = np.diff(elapsed)
    shares = np.ceil(apart / apart.min() - 1e-9).clip(1, _MOST_STEPS).astype(int)
    for at, (whole, n_steps) in enumerate(zip(apart, shares, strict=True), 1):
        for _ in range(n_steps):
            yield at, float(whole / n_steps)


def partly_counted(
    truth: Truth,
    design: Design,
    mixing: WellMixed | OnNetwork,
    seed: int,
    replicas: int = REPLICAS,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Return data sets of agents of whom some never share or are not counted: see `Truth`.

    Those who can share mix among themselves, well or on a random regular network.
    """
    if isinstance(mixing, OnNetwork):
        network, among = RandomRegular(mixing.degree), truth.among(design, mixing.degree)
        able = on_network(truth, among, network, seed, replicas, progress)
    else:
        able = well_mixed(truth, truth.among(design), mixing.degree, seed, replicas)
    return truth.counted(able, design, generator(seed, Purpose.BOOTSTRAP))


def with_intervals(
    fits: tuple[Fit, ...],
    data: Floats,
    curve: Curve,
    truth: Truth | None = None,
    mixing: WellMixed | OnNetwork | None = None,
) -> tuple[Fit, ...]:
    """Return the fits with 95 % intervals from refitting each model to replicates of the data.

    How far replicates lie from what made them is known: `truth`, or for another model than the one
    that made them what it estimates from that one's curve. See `Replicates.interval`.
    """
    usable = data[(data[:, :, -1] > data[:, :, 0]).any(axis=1)]
    if len(usable) < 20:
        return fits
    first = data[0, :, 0] / curve.n_agents
    theory = curve.counts if truth is None else (
        curve.n_agents * truth.expected(mixing or WellMixed(), first, curve.elapsed)
    )  # fmt: skip
    seen, remade, without = (
        Observed.pools(counts, curve.n_agents, curve.elapsed)
        for counts in (curve.counts[None], usable, theory[None])
    )
    done = []
    for fit in fits:
        again = fit_each(remade, fit.model, fit.method)
        middle = fit_each(without, fit.model, fit.method) if truth is not None else again.middle
        evidence = Replicates(fit, seen, remade, again, middle)
        named = enumerate(fit.model.parameters)
        done.append(fit.with_intervals({name: evidence.interval(at) for at, name in named}))
    return tuple(done)


# The test of one rate against two: what is known, what the fits say, what the test found.


class Null(Enum):
    """What the agents of the null model are, who are homogeneous, in words."""

    AVERAGE = "everybody answers like the average of these agents"
    POOLED = "everybody answers as all agents together did"
    CONTACT = "all agents are alike and every sharing neighbour adds the same chance"
    MIXED = "all agents are alike and everybody meets everybody"

    @property
    def is_known(self) -> bool:
        """Whether it is known how the agents answer, and on which network."""
        return self in {Null.AVERAGE, Null.POOLED}


@dataclass(frozen=True)
class Evidence:
    """What a test found: all that a verdict follows from."""

    null: Null  # Who the null model's agents are
    p_value: float  # See `Verdict`
    likelihood_ratio: float
    power: float
    replicas: int
    # One rate, two rates, a spread, source and peers, by likelihood, under the test's mixing; none
    # where the equations do not apply
    fits: tuple[Fit, ...] = ()
    # Whether the agents may be homogeneous and yet not follow the contact rule
    other_table: bool = False
    # P-value against the best single table for everybody, where only the curve is known; NaN if it
    # was not tried
    table: float = math.nan
    untried: str = ""  # Why it cannot be tried
    # Goodness of fit of one rate, two and a spread, as p-values; NaN if not looked at
    fits_one: float = math.nan
    fits_two: float = math.nan
    fits_spread: float = math.nan

    def fit(self, name: str) -> Fit | None:
        """Return a fit by the name of its model."""
        return next((one for one in self.fits if one.model.name == name), None)

    @property
    def may_be_two(self) -> bool:
        """Whether neither a source nor an unknown network can be behind what excludes one rate."""
        return self.source_gain <= -CLEARLY and self.null is not Null.MIXED

    @property
    def may_be_one(self) -> bool:
        """Whether nothing speaks against one rate, if two would have been seen."""
        return self.p_value > OPEN and not self.known_otherwise and not self.fits_one <= OPEN

    @property
    def known_otherwise(self) -> bool:
        """Whether the agents are known not to follow the contact rule."""
        return self.null.is_known and self.other_table

    @property
    def source_gain(self) -> float:
        """By how much a source with one rate has a lower AIC than two rates and a spread."""
        source = self.fit("source and peers")
        others = [one.aic for one in map(self.fit, (TwoRates.name, Spread.name)) if one]
        return min(others) - source.aic if others and source else -math.inf

    @property
    def spread_gain(self) -> float:
        """By how much a spread of rates has a lower AIC than two rates, where both mean something.

        Where agents are known not to follow the contact rule, neither does.
        """
        two, spread = self.fit(TwoRates.name), self.fit(Spread.name)
        both = two and spread and not self.known_otherwise
        return two.aic - spread.aic if two and spread and both else -math.inf


@dataclass(frozen=True, eq=False)
class Given:
    """What is known beside a curve."""

    degree: int | None = None  # k of the network
    network: Recipe | None = None  # The network
    decisions: Decisions | None = None  # What was decided, where no table is known
    contact_rule: bool = False  # Whether every sharing neighbour is known to add the same chance
    in_rounds: bool = True  # Whether the curve was run in rounds, or nobody knows

    def filled(self, curve: Curve) -> Given:
        """Return this with what the curve's setup knows of the network."""
        check_curve(curve)
        degree, network, setup = self.degree or known_degree(curve), self.network, curve.setup
        if network is None:
            network = setup.network if setup else RandomRegular(degree) if degree else None
        in_rounds = setup is None or not setup.is_continuous
        return replace(self, degree=degree, network=network, in_rounds=in_rounds)

    @property
    def equations_apply(self) -> bool:
        """Whether network-aware rates mean something here: see `recipes.equations_apply`."""
        return self.network is not None and equations_apply(self.network) and self.in_rounds


@dataclass(frozen=True, eq=False)
class _Same:
    """A recipe that always gives the network that is there."""

    network: Network

    def build(self, n_agents: int, generator: np.random.Generator) -> Network:  # noqa: ARG002
        """Return the network."""
        return self.network

    def check(self, n_agents: int) -> None:
        """Do nothing: the network was built for its agents."""

    def mean_degree_for(self, n_agents: int) -> float:  # noqa: ARG002
        """Return its mean degree."""
        return self.network.mean_degree


@dataclass(frozen=True, eq=False)
class Scores:
    """What the fits of one rate and of two say of each of some pools."""

    seen: Observed  # The pools
    one: Fitted  # Their fits
    two: Fitted
    mixing: OnNetwork | WellMixed  # Of both

    @classmethod
    def of(cls, seen: Observed, mixing: OnNetwork | WellMixed) -> Scores:
        """Return the scores of some pools."""
        one = fit_each(seen, OneRate(mixing), ChainBinomial())
        return cls(seen, one, fit_each(seen, TwoRates(mixing), ChainBinomial()), mixing)

    @property
    def size(self) -> int:
        """How many pools there are."""
        return len(self.one.value)

    @property
    def ratio(self) -> Floats:
        """2 (ln L two rates − ln L one rate)."""
        return np.maximum(2.0 * (self.one.value - self.two.value), 0.0)

    def missed_by(self, model: type[OneRate] | type[TwoRates]) -> Floats:
        """Return the root mean square of the residuals of a model."""
        z = (self.one if model is OneRate else self.two).z
        shared, _ = model(self.mixing).curves(z, self.seen.start, self.seen.elapsed)
        return np.asarray(np.sqrt(((shared - self.seen.fraction)[:, 1:] ** 2).mean(axis=1)))


def p_value(null: Floats, observed: float) -> float:
    """Return the share of replicates that reach what was observed, this one counted in."""
    return float((1 + (null >= observed).sum()) / (1 + len(null)))


def statistic(null: Scores, scores: Scores, plain: bool) -> Floats:
    """Return how strongly each pool favours a second rate."""
    if plain:
        return scores.ratio
    return np.asarray(2.0 * (-scores.two.value - homogeneous_likelihood(null.seen, scores.seen)))


def homogeneous_likelihood(null: Observed, seen: Observed) -> Floats:
    """Return ln L of pools whose hazard at each reach i is that of the null model's replicates.

    The hazard is new sharers over agents at risk in bins of log-odds of i: early luck moves a run
    of homogeneous agents in time, but hardly changes how fast it goes at a given reach.
    """
    bins = _bins(null)
    size = len(_BINS) + 1
    new, risk = (np.bincount(bins.ravel(), part.ravel(), size) for part in (null.new, null.at_risk))
    known = risk > _SEEN_ENOUGH
    hazards = (new + 0.5) / (risk + 1.0)
    filled = np.interp(np.arange(size), np.flatnonzero(known), hazards[known])
    chance = np.clip(filled[_bins(seen)], 1e-9, 1 - 1e-9)
    stay = (seen.at_risk - seen.new) * np.log1p(-chance)
    return np.asarray((seen.new * np.log(chance) + stay).sum(axis=1))


def _bins(seen: Observed) -> npt.NDArray[np.int64]:
    return np.digitize(logit(seen.fraction[:, :-1], 1e-12), _BINS)


@dataclass(frozen=True, eq=False)
class Trial:
    """Makes a curve's data again and tests one rate against two, with what is known."""

    curve: Curve  # The data
    given: Given  # What is known beside it, its setup's knowledge included
    fits: tuple[Fit, ...]  # What was fitted to it (`newswave.equations.compare.fits_alone`)
    seed: int  # As for `newswave.equations.compare.compare`
    replicas: int
    progress: Progress | None

    def __post_init__(self) -> None:
        check_replicas(self.replicas)

    @property
    def mixing(self) -> WellMixed | OnNetwork:
        """Under which the statistic is made."""
        return OnNetwork(self.given.degree) if self.given.degree else WellMixed()

    @cached_property
    def design(self) -> Design:
        """The shape of a replicate."""
        design = Design.of(self.curve)
        return replace(design, runs=design.pooled_runs(self._sets))

    @cached_property
    def _sets(self) -> int:
        """How many data sets are made again on networks of their own."""
        return Design.of(self.curve).sets(self.replicas)

    @cached_property
    def _alike(self) -> tuple[Setup | None, Null]:
        """The setup of the null model, where it is known how the agents answer, and its name."""
        setup, network, decisions = self.curve.setup, self.given.network, self.given.decisions
        asked = setup is not None and isinstance(setup.sharing, Asked)
        unheard = asked and (decisions is None or not decisions.asked.any())
        if setup is None or network is None or unheard:
            return None, Null.CONTACT if self.given.degree else Null.MIXED
        setup = replace(setup, network=network)
        setup = replace(setup, network=_Same(World.of(setup).network))
        if asked:
            assert decisions is not None
            return pooled(setup, decisions), Null.POOLED
        return all_alike(setup), Null.AVERAGE

    @property
    def _homogeneous(self) -> Setup | None:
        return self._alike[0]

    @property
    def _equations_fit(self) -> bool:
        """Whether rates mean something: the equations are about the network, or none is known."""
        return self.given.network is None or self.given.equations_apply

    @cached_property
    def shown(self) -> tuple[Fit, ...]:
        """The likelihood fits that rest on what is known of the network."""
        label = OnNetwork.label if self.given.equations_apply else WellMixed.label
        return tuple(
            f for f in self.fits
            if f.model.mixing.label == label and f.method == ChainBinomial()
        )  # fmt: skip

    @cached_property
    def replicates(self) -> Floats:
        """Data sets for the intervals of fits: made with the best fit where one can be.

        On a network that no equation is about, they are made by the setup's own agents.
        """
        setup, network = self.curve.setup, self.given.network
        own = setup is not None and network is not None and not isinstance(setup.sharing, Asked)
        if self.truth is None and own:
            assert setup is not None
            assert network is not None
            return self._made(replace(setup, network=network), 0, "intervals", self._sets)
        return self._made(self.truth or self._contact, 0, "intervals", self._sets)

    @property
    def truth(self) -> Truth | None:
        """The rates that these are made with, where the equations are about the network."""
        return Truth.of(self._best) if self._equations_fit else None

    @property
    def _best(self) -> Fit:
        able = (f for f in self.shown if starts_each(self.curve, f.model))
        return min(able, key=lambda f: f.aic)

    def evidence(self) -> Evidence | None:
        """Return what the calibrated test finds; None for a curve that starts with nobody."""
        if not starts_each(self.curve, OneRate(self.mixing)):
            return None
        result = Evidence(
            null=self._alike[1],
            p_value=p_value(self._null_statistic, self._statistic(self._here)[0]),
            likelihood_ratio=float(self._here.ratio[0]),
            power=math.nan,
            replicas=len(self._null_statistic),
            fits=self.shown if self._equations_fit else (),
            other_table=self._other_table,
        )
        return self._if_unlike(result) if result.p_value <= SURE else self._if_like(result)

    def _if_unlike(self, result: Evidence) -> Evidence:
        """Return the evidence with what "two rates" asks for besides."""
        if not self._alike[1].is_known:
            if not result.may_be_two:
                return result
            if result.other_table:
                untried = self._untried
                table = math.nan if untried else self._table_p_value()
                result = replace(result, table=table, untried=untried)
                if not result.table <= SURE:
                    return result
        spreads = result.spread_gain > CLEARLY
        named = result.fit(Spread.name if spreads else TwoRates.name)
        if named is None:
            return result
        again = (
            self.replicates
            if self._best is named
            else self._made(Truth.of(named), 0, f"replicates of {named.model.name}", self._sets)
        )
        if spreads:
            return replace(result, fits_spread=self._misfit_of(again, named))
        return replace(result, fits_two=self._misfit(self._scores(again), TwoRates))

    def _misfit_of(self, again: Floats, named: Fit) -> float:
        """Return the goodness of fit of any model, as a p-value."""
        seen = self._scored(again)
        z = fit_each(seen, named.model, named.method).z
        shared = named.model.curves(z, seen.start, seen.elapsed)[0]
        here = fit_each(self._here.seen, named.model, named.method).z
        now = named.model.curves(here, self._here.seen.start, seen.elapsed)[0]
        gaps = [shared - seen.fraction, now - self._here.seen.fraction]
        null, observed = (np.sqrt((gap[:, 1:] ** 2).mean(axis=1)) for gap in gaps)
        return p_value(null, float(observed[0]))

    def _if_like(self, result: Evidence) -> Evidence:
        """Return the evidence with what "one rate" asks for besides."""
        contact = self._null
        if self._homogeneous is not None and self._other_table:
            one = result.fit(OneRate.name)
            if one is None:
                return result
            made = self._made(Truth.of(one), 2, "replicates of one rate", self._sets)
            contact = self._scores(made)
        result = replace(result, fits_one=self._misfit(contact, OneRate))
        if result.fits_one <= SURE:
            return replace(result, fits_two=self._misfit(contact, TwoRates))
        return result if result.known_otherwise else replace(result, power=self._power())

    @cached_property
    def _here(self) -> Scores:
        """The scores of the data, as many runs of it as a replicate has."""
        some = replace(self.curve, counts=self._counts, groups=(), by_group=None)
        return Scores.of(Observed.pooled(some), self.mixing)

    @property
    def _counts(self) -> Floats:
        return self.curve.counts[: self.design.runs]

    @cached_property
    def _null(self) -> Scores:
        """The scores of the replicates of the null model."""
        alike = self._homogeneous
        if self._can_deal:
            assert alike is not None
            return self._scores(self._dealt(alike, 1, HOMOGENEOUS, self.replicas, self._counts))
        return self._scores(self._made(alike or self._contact, 1, HOMOGENEOUS))

    @property
    def _can_deal(self) -> bool:
        """Whether runs can be exchanged, those of the data too, and are too many to make afresh.

        They can on the data's own network, if all begin alike and none has a table of its own.
        """
        rule = None if self._homogeneous is None else self._homogeneous.sharing
        alike = rule is not None and not getattr(rule, "is_sampled", False)
        many = self.design.runs * self.replicas > self._pool_runs
        return alike and many and not self.design.starts

    @property
    def _pool_runs(self) -> int:
        return max(_POOL * self.design.runs, _POOL_RUNS)

    def _dealt(
        self, by: Setup, number: int, name: str, sets: int, own: Floats | None = None
    ) -> Floats:
        """Return data sets dealt at random from one pool of runs, summed, (sets, 1, T + 1).

        With the data's `own` runs in the pool this is a permutation test. If the data are from the
        null model, their set is one of the pool's sets like any other, so that p is exact however
        small the pool is; the larger, the fewer of the data's own runs are in another set.
        """
        made = self._made(by, number, name, self._pool_runs, replace(self.design, runs=1))[:, 0]
        pool = made if own is None else np.concatenate([own, made])
        draw = generator(3 * self.seed + number, Purpose.BOOTSTRAP)
        hands = (draw.choice(len(pool), self.design.runs, replace=False) for _ in range(sets))
        return np.array([pool[hand].sum(axis=0) for hand in hands])[:, None]

    @cached_property
    def _null_statistic(self) -> Floats:
        return self._statistic(self._null)

    def _statistic(self, scores: Scores) -> Floats:
        """Return how strongly each pool favours a second rate."""
        plain = self.given.equations_apply and not self._other_table
        return statistic(self._null, scores, plain or self._homogeneous is None)

    @property
    def _other_table(self) -> bool:
        """Whether the agents' table may be, or is known to be, another than the contact rule's."""
        if self._homogeneous is None:
            return not self.given.contact_rule
        return not is_contact(self._homogeneous)

    @cached_property
    def _contact(self) -> Truth:
        """The one contact rate that goes with the data, on their own network."""
        known = self._equations_fit
        rate = float(self._here.one.estimates[0, 0]) if known else self._rate_by_runs()
        return Truth(rate, rate)

    def _rate_by_runs(self) -> float:
        """Return the one rate whose runs on the network reach as much in all as the data do.

        With the same luck a higher rate reaches no agent later, so that halving finds it.
        """
        assert self.given.network is not None
        goal = float(self.curve.counts[: self.design.runs].mean())
        design = replace(self.design, runs=max(1, -(-200 // _NETWORKS)))
        low, high = -12.0, 2.0
        for _ in range(14):
            middle = (low + high) / 2
            truth = Truth(float(np.exp(middle)), float(np.exp(middle)))
            again = on_network(truth, design, self.given.network, 3 * self.seed, _NETWORKS)
            low, high = (low, middle) if again.mean() > goal else (middle, high)
        return float(np.exp((low + high) / 2))

    @property
    def _untried(self) -> str:
        """Why no table for everybody is fitted; '' where one is."""
        if not isinstance(self.given.network, RandomRegular):
            return "such a table is fitted on random regular networks only"
        degree = self.given.degree or 0
        if degree > MOST:
            return f"such a table is fitted up to degree {MOST}, and here the degree is {degree}"
        return ""

    def _table_p_value(self) -> float:
        """Return the p-value against the best rising table for everybody."""
        degree, network = self.given.degree, self.given.network
        assert degree is not None
        assert network is not None
        mixing = OnNetwork(degree)
        best = fit_each(self._here.seen, AnyTable(mixing), ChainBinomial())
        table = Measured(AnyTable(mixing).table(best.z[0], PROFILES[0].code))
        setup = Setup(self.curve.n_agents, network, OneProfile(PROFILES[0]), table)
        again = self._scores(self._made(setup, 1, "replicates of one table", FEWEST))
        near: Model = AnyTable(mixing, tuple(best.z[0].tolist()))
        others = fit_each(again.seen, near, ChainBinomial()).value
        return p_value(others - again.two.value, float(best.value[0] - self._here.two.value[0]))

    def _power(self) -> float:
        """Return how often two equal groups, rates five to one, would be seen."""
        alike, about = self._homogeneous, (2, TWO, _POWER_SETS)
        if alike is not None and self._can_deal:
            sets = self._dealt(fivefold(alike), *about)
        else:
            sets = self._made(fivefold(alike) if alike else self._fivefold(), *about)
        seen = self._statistic(self._scores(sets))
        return float((seen > np.quantile(self._null_statistic, 1 - SURE)).mean())

    def _misfit(self, again: Scores, model: type[OneRate] | type[TwoRates]) -> float:
        return p_value(again.missed_by(model), float(self._here.missed_by(model)[0]))

    def _scores(self, data: Floats) -> Scores:
        """Return the scores of data sets, by run or summed; those without any spread left out."""
        return Scores.of(self._scored(data), self.mixing)

    def _scored(self, data: Floats) -> Observed:
        spread = (data[:, :, -1] > data[:, :, 0]).any(axis=1)
        everybody = self.design.n_agents * self.design.runs // data.shape[1]
        return Observed.pools(data[spread], everybody, self.design.elapsed)

    def _made(
        self,
        by: Truth | Setup,
        number: int,
        name: str,
        sets: int | None = None,
        design: Design | None = None,
    ) -> Floats:
        """Return data sets made with contact rates or by a setup; `number` keeps uses apart."""
        seed, sets, design = 3 * self.seed + number, sets or self.replicas, design or self.design

        def report(done: int, total: int) -> None:
            if self.progress is not None:
                self.progress(name, done, total)

        if isinstance(by, Setup):
            return remade(by, design, seed, sets, report)
        if self.given.network is None:
            return well_mixed(by, design, 1.0, seed, sets)
        return on_network(by, design, self.given.network, seed, sets, report)

    def _fivefold(self) -> Truth:
        """Return two equal groups, rates 5 to 1, that reach half as early as one rate does."""
        times, start = self.design.elapsed, self.design.first_count / self.design.n_agents

        def curve(fast: float, slow: float) -> Floats:
            if self.given.degree:
                at = times.astype(np.int64)
                classes = ((fast, slow), (0.5, 0.5), self.given.degree, start)
                return network_rounds(*classes, at[-1])[at]
            return two_rates(fast, slow, 0.5, 1.0, start, times)

        fast = fast_of_fivefold(self._contact.fast_rate, curve)
        return Truth(fast, fast / FOLD, 0.5)


def fast_of_fivefold(rate: float, curve: Callable[[float, float], Floats]) -> float:
    """Return the faster of two rates, five to one, that reach half as early as one rate does.

    `curve` gives i by round of two equal groups from their rates; half is half of all, or half of
    what the one rate gains.
    """
    from scipy.optimize import brentq

    target = curve(rate, rate)
    goal = min(0.5, float(target[0] + target[-1]) * 0.5)
    at = int(np.searchsorted(target, goal).clip(1, len(target) - 1))

    def ahead(log_fast: float) -> float:
        fast = math.exp(log_fast)
        return float(curve(fast, fast / FOLD)[at] - target[at])

    low, high = math.log(rate / FOLD), math.log(rate * 8)
    return math.exp(brentq(ahead, low, high)) if ahead(low) < 0 < ahead(high) else rate * 8


def check_replicas(replicas: int) -> None:
    """Raise `BadValue` if there are too few for a p-value of 0.01, or too many."""
    advice = "A p-value of 0.01 needs 99"
    whole_number("The number of bootstrap replicas", replicas, FEWEST, 100_000, advice)


def known_degree(curve: Curve) -> int | None:
    """Return the degree of the network that a curve was run on, rounded, or None if unknown."""
    return None if curve.setup is None else degree_of(curve.setup)


def degree_of(setup: Setup) -> int:
    """Return the degree of the equations for a setup."""
    return max(2, round(setup.network.mean_degree_for(setup.n_agents)))


def is_contact(homogeneous: Setup) -> bool:
    """Return whether homogeneous agents follow the contact rule and nothing else."""
    table = homogeneous.table(degree_of(homogeneous))
    alone = not homogeneous.reaches_all and homogeneous.outside is None
    plain = homogeneous.attention is Attention.EVERY_ROUND and alone
    return plain and table.contact_rates() is not None


def pooled(setup: Setup, decisions: Decisions) -> Setup:
    """Return a setup in which everybody answers as all agents together did.

    P(m) is the share of "share" among all decisions at m sharing neighbours, those of agents who
    differ mixed; one decision more, of the mean share, keeps it from 0 and 1.
    """
    asked, shared = (part.sum(axis=0)[1:] for part in
                     (decisions.total_asked, decisions.total_shared))  # fmt: skip
    chance = (shared + shared.sum() / asked.sum()) / (asked + 1.0)
    row = np.concatenate([[0.0], chance])[None]
    table = SharingTable((PROFILES[0].code,), row, source="all decisions, pooled")
    return replace(setup, mix=OneProfile(PROFILES[0]), sharing=Measured(table))


def fivefold(homogeneous: Setup) -> Setup:
    """Return two equal groups, hazards five to one, with the mean hazard of homogeneous agents."""
    mix = TwoGroups(fast_fraction=0.5)
    most = World.of(homogeneous).network.max_degree
    table = homogeneous.sharing.table(homogeneous.mix.groups, homogeneous.event, max(2, most))
    first, again = (
        share_probability(np.outer([5 / 3, 1 / 3], hazard(part[0])))
        for part in (table.probabilities, table.probabilities if table.repeat is None
                     else table.repeat)
    )  # fmt: skip
    names = tuple(group.name for group in mix.groups)
    return replace(
        homogeneous,
        mix=mix,
        sharing=Measured(SharingTable(names, first, None if table.repeat is None else again)),
    )
