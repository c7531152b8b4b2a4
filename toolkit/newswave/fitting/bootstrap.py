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

from newswave import meanfield
from newswave.curve import Curve
from newswave.ensemble import simulate
from newswave.events import DEFAULT_EVENT_ID, event
from newswave.fitting.fits import Fit, Interval, fit_each
from newswave.fitting.methods import Observed
from newswave.mixes import TwoGroups
from newswave.recipes import Recipe
from newswave.rules import ByGroup
from newswave.setups import Setup
from newswave.sharing import share_probability
from newswave.streams import Purpose, generator

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

REPLICAS = 200
_WORLDS = 10
_BUDGET = 60_000_000


@dataclass(frozen=True)
class Truth:
    """Rates that a bootstrap takes as true.

    Parameters
    ----------
    fast_rate, slow_rate : float
        Per contact and round.
    fast_fraction : float
        Fraction of agents in the fast class.
    source_rate : float
        Per round.
    """

    fast_rate: float
    slow_rate: float
    fast_fraction: float = 1.0
    source_rate: float = 0.0

    @classmethod
    def of(cls, fit: Fit) -> Truth:
        """Return the rates of a fit."""
        known = fit.estimates
        if "fast_rate" in known:
            return cls(known["fast_rate"], known["slow_rate"], known["fast_fraction"])
        return cls(known["rate"], known["rate"], 1.0, known.get("source_rate", 0.0))


@dataclass(frozen=True)
class Design:
    """The shape of the data that a bootstrap makes again.

    Parameters
    ----------
    n_agents, n_rounds, runs : int
        N, T and how many runs are pooled.
    first_count : int
        Sharers at the first round.
    times : tuple of float, optional
        When the counts are taken, in rounds since the first; if not given, in every round.
    """

    n_agents: int
    n_rounds: int
    runs: int
    first_count: int
    times: tuple[float, ...] | None = None

    @classmethod
    def of(cls, curve: Curve) -> Design:
        """Return the shape of a curve."""
        first = round(float(curve.counts[:, 0].mean()))
        times = None if curve.times is None else tuple(curve.elapsed.tolist())
        return cls(curve.n_agents, curve.counts.shape[1] - 1, curve.runs, first, times)

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

    The replicas are spread over ten networks of the recipe, so that the luck of one network is part
    of the error.

    Parameters
    ----------
    truth : Truth
        The rates of the agents.
    design : Design
        The shape of one data set.
    network : Recipe
        Who is linked to whom.
    seed : int
        Where the randomness comes from.
    replicas : int
        B.
    progress : callable, optional
        Called with replicas done and asked for.

    Returns
    -------
    array
        Counts of sharers.
    """
    fast, slow = (float(share_probability(r)) for r in (truth.fast_rate, truth.slow_rate))
    setup = Setup(
        n_agents=design.n_agents,
        network=network,
        mix=TwoGroups(fast_fraction=truth.fast_fraction),
        sharing=ByGroup(fast, min(slow, fast)),
        event=event(DEFAULT_EVENT_ID),
        source_probability=float(share_probability(truth.source_rate)),
        n_seeds=design.first_count,
        rounds=int(design.elapsed[-1]),
        replicas=1,
        seed=seed,
    )
    made, worlds = [], min(_WORLDS, replicas)
    for world in range(worlds):
        share = replicas // worlds + (world < replicas % worlds)
        own_seed = int(generator(seed, Purpose.BOOTSTRAP).integers(1 << 40)) + world
        curve = simulate(replace(setup, seed=own_seed), replicas=share * design.runs)
        counts = curve.counts[:, design.elapsed.astype(np.int64)]
        made.append(counts.reshape(share, design.runs, -1))
        if progress is not None:
            progress(sum(map(len, made)), replicas)
    return np.concatenate(made)


def well_mixed(
    truth: Truth, design: Design, degree: float, seed: int, replicas: int = REPLICAS
) -> Floats:
    """Return data sets made by agents that meet everybody, shape (replicas, runs, T + 1).

    In each step of Δt rounds, an agent of class c that has not shared does so with probability
    1 − exp(−a Δt − β_c ΔU), where ΔU = ∫ k i dt over the step from where this run stands now. A
    step is a round, or the shortest time between two counts where they are uneven.

    Parameters
    ----------
    truth, design, seed, replicas
        As for `on_network`.
    degree : float
        k.
    """
    draw = generator(seed, Purpose.BOOTSTRAP)
    shape = (replicas, design.runs)
    total = design.n_agents - design.first_count
    fast = np.full(shape, round(truth.fast_fraction * total))
    slow = total - fast
    counts = np.empty((*shape, design.n_rounds + 1))
    counts[..., 0] = design.first_count
    rates = (truth.fast_rate, truth.slow_rate)
    for at, duration in _steps(design.elapsed):
        left = (fast / design.n_agents, slow / design.n_agents)
        clock = meanfield.clock_of_round(left, rates, degree, truth.source_rate, duration)
        alone = truth.source_rate * duration
        fast = fast - draw.binomial(fast, -np.expm1(-alone - rates[0] * clock))
        slow = slow - draw.binomial(slow, -np.expm1(-alone - rates[1] * clock))
        counts[..., at] = design.n_agents - fast - slow
    return counts


_MOST_STEPS = 20


def _steps(elapsed: Floats) -> Iterator[tuple[int, float]]:
    """Yield the steps of a run: the count that each leads up to, and how long it is."""
    apart = np.diff(elapsed)
    shares = np.ceil(apart / apart.min() - 1e-9).clip(1, _MOST_STEPS).astype(int)
    for at, (whole, n_steps) in enumerate(zip(apart, shares, strict=True), 1):
        for _ in range(n_steps):
            yield at, float(whole / n_steps)


def with_intervals(
    fits: tuple[Fit, ...], data: Floats, n_agents: int, times: Floats | None = None
) -> tuple[Fit, ...]:
    """Return the fits with 95 % intervals from refitting each model to bootstrap data.

    The interval is the estimate moved by the central 95 % of how far the replicas' estimates lie
    from their own middle, on the logarithm of a rate and the log-odds of a fraction. It is the
    interval of what this model estimates, which for a model that does not describe the data is
    not the agents' true rate.

    Parameters
    ----------
    fits : tuple of Fit
        Of one curve.
    data : array, shape (B, runs, T + 1)
        From `on_network` or `well_mixed`.
    n_agents : int
        N.
    times : array, shape (T + 1,), optional
        When, in rounds since the first count; if not given, every round.
    """
    usable = data[(data[:, :, -1] > data[:, :, 0]).any(axis=1)]
    if len(usable) < 20:
        return fits
    seen = Observed.pools(usable, n_agents, times)
    done = []
    for fit in fits:
        again = fit_each(seen, fit.model, fit.method).estimates
        named = zip(fit.estimates.items(), again.T, strict=True)
        done.append(fit.with_intervals({n: _interval(n, x, b) for (n, x), b in named}))
    return tuple(done)


def _interval(name: str, estimate: float, replicas: Floats) -> Interval:
    scale, back = (_logit, _expit) if name == "fast_fraction" else (_log, np.exp)
    around = scale(replicas)
    low, middle, high = np.quantile(around, [0.025, 0.5, 0.975])
    here = scale(np.array(estimate))
    return Interval(float(back(here + low - middle)), float(back(here + high - middle)))


def _log(x: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(x, 1e-12)))


def _logit(x: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(x, 1e-12)) - np.log(np.maximum(1 - x, 1e-12)))


def _expit(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))
