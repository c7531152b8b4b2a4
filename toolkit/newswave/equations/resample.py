"""Parametric bootstrap: replicas of a whole data set, made by the agent-based model from a fit.

One run's early luck is not binomial noise around a mean curve, so the errors that a likelihood
gives for a curve are too small. Here the data are made again, B times, by agents with the fitted
rates on a network like theirs, and fitted again: the spread of those estimates is the error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave.core.curve import Curve
from newswave.core.events import DEFAULT_EVENT_ID, event
from newswave.core.networks import RandomRegular, Recipe
from newswave.core.population import TwoGroups
from newswave.core.rules import ByGroup
from newswave.core.setup import Setup
from newswave.core.sharing import share_probability
from newswave.core.simulation import simulate
from newswave.core.streams import Purpose, generator
from newswave.equations import on_network as networkfield
from newswave.equations.fit import Evidence, Fit, Observed, fit_each
from newswave.equations.models import OnNetwork, PartlyObserved, WellMixed
from newswave.equations.well_mixed import clock_of_round, many_rates

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

REPLICAS = 200
_FEWEST_NETWORKS, _MOST_NETWORKS = 10, 100
_NETWORKS_PER_RUN = 5
_BUDGET = 60_000_000

_MOST_STEPS = 20


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
    # The fraction of agents who can share at all, and of sharers who are counted
    ceiling: float = 1.0
    reporting: float = 1.0
    # The fraction of those who can share that had at the first round; if not given, as counted
    initial_fraction: float | None = None

    @classmethod
    def of(cls, fit: Fit) -> Truth:
        """Return the rates of a fit."""
        known = fit.estimates
        rate = known.get("rate", 0.0)
        return cls(
            fast_rate=known.get("fast_rate", rate),
            slow_rate=known.get("slow_rate", rate),
            fast_fraction=known.get("fast_fraction", 1.0),
            source_rate=known.get("source_rate", 0.0),
            ceiling=known.get("ceiling", 1.0),
            reporting=fit.model.reporting if isinstance(fit.model, PartlyObserved) else 1.0,
            initial_fraction=known.get("initial_fraction"),
        )

    @property
    def slow_fraction(self) -> float:
        """Fraction of agents in the slow class."""
        return 1.0 - self.fast_fraction

    def expected(self, mixing: WellMixed | OnNetwork, start: Floats, elapsed: Floats) -> Floats:
        """Return what is counted at the times, from each first fraction, without chance.

        As a fraction of all, shape (runs, T + 1); see `PartlyObserved`.
        """
        share = self.ceiling * self.reporting
        rates, weights = (self.fast_rate, self.slow_rate), (self.fast_fraction, self.slow_fraction)

        def course(i0: float) -> Floats:
            if isinstance(mixing, OnNetwork):
                at, source = elapsed.astype(np.int64), self.source_rate
                return networkfield.rounds(rates, weights, mixing.degree, i0, at[-1], source)[at]
            classes = (rates, weights, mixing.degree)
            return many_rates(*classes, i0, elapsed, self.source_rate)

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

    def pooled_runs(self, replicas: int) -> int:
        """Return how many runs a replica pools so that all of them stay within a few seconds."""
        each = max(1, _BUDGET // (self.n_agents * replicas))
        return min(self.runs, each)


def on_network(
    truth: Truth,
    design: Design,
    network: Recipe,
    seed: int,
    replicas: int = REPLICAS,
    progress: Progress | None = None,
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
        n_seeds=1,
    )
    return remade(setup, design, seed, replicas, progress)


def remade(
    setup: Setup,
    design: Design,
    seed: int,
    replicas: int = REPLICAS,
    progress: Progress | None = None,
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
        if n_seeds == 0 and setup.source_probability == 0:
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
    progress: Progress | None = None,
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
    that made them what it estimates from that one's curve. See `Evidence.interval`.
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
        evidence = Evidence(fit, seen, remade, again, middle)
        named = enumerate(fit.model.parameters)
        done.append(fit.with_intervals({name: evidence.interval(at) for at, name in named}))
    return tuple(done)
