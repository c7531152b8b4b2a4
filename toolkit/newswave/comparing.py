"""Fits of one curve side by side, and the calibrated verdict: one rate, two rates, or cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import numpy.typing as npt

from newswave import networkfield
from newswave.curve import Curve
from newswave.errors import CannotFit, whole_number
from newswave.fitting.bootstrap import (
    REPLICAS,
    Design,
    Truth,
    on_network,
    well_mixed,
    with_intervals,
)
from newswave.fitting.fits import Fit, fit, fit_each
from newswave.fitting.methods import ChainBinomial, LeastSquares, Observed
from newswave.fitting.models import OneRate, OnNetwork, SourceAndPeers, TwoRates, WellMixed
from newswave.networks import RandomRegular, Recipe

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]

SURE = 0.01
"""Below this p-value one rate is given up."""
OPEN = 0.1
"""Above this p-value one rate is kept, if two would have been seen."""
POWER = 0.8
"""The chance to have seen two different groups that "one rate" asks for."""


class Choice(Enum):
    """What a verdict says."""

    ONE_RATE = "one rate"
    TWO_RATES = "two rates"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """Whether a curve needs a second transmission rate.

    Parameters
    ----------
    choice : Choice
        One rate, two rates, or cannot tell.
    p_value : float
        Share of one-rate worlds whose curves ask for a second rate at least as loudly.
    likelihood_ratio : float
        2 (ln L two rates − ln L one rate) of the curve.
    power : float
        Chance that this test would have seen two equal groups whose rates differ fivefold.
    replicas : int
        Worlds simulated for the p-value.
    words : str
        The same for a student, with what it does and does not mean.
    """

    choice: Choice
    p_value: float
    likelihood_ratio: float
    power: float
    replicas: int
    words: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """Everything that was fitted to one curve.

    Parameters
    ----------
    curve : Curve
        The data.
    fits : tuple of Fit
        All models, with intervals.
    verdict : Verdict
        One rate, two rates, or cannot tell.
    """

    curve: Curve
    fits: tuple[Fit, ...]
    verdict: Verdict

    def find(self, name: str, mixing: str, method: str = "chain") -> Fit:
        """Return the fit of a model, such as ``find("two rates", "network")``."""
        for one in self.fits:
            if (one.model.name, one.model.mixing.label) == (name, mixing) and (
                one.method.name.startswith(method)
            ):
                return one
        raise CannotFit("No such fit was made", given=f"{name}, {mixing}, {method}")


def compare(
    curve: Curve,
    degree: int | None = None,
    network: Recipe | None = None,
    seed: int = 1,
    replicas: int = REPLICAS,
    progress: Progress | None = None,
) -> Comparison:
    """Fit every model to a curve and say whether it needs a second rate.

    Parameters
    ----------
    curve : Curve
        One run, many, or a user's own data.
    degree : int, optional
        k of the network. A curve that newswave ran knows its own; for any other, without it only
        well-mixed models are fitted, with k = 1.
    network : Recipe, optional
        Where the bootstrap's agents live; the network of the curve's setup, else random regular.
    seed : int
        For the bootstrap.
    replicas : int
        Data sets made again for intervals and verdict.
    progress : callable, optional
        Called with what is being done, done and total.

    Returns
    -------
    Comparison

    Raises
    ------
    CannotFit
        If the curve is too short or nobody new shares.

    Examples
    --------
    >>> from newswave.ensemble import simulate
    >>> from newswave.setups import Setup
    >>> curve = simulate(Setup(n_agents=500, n_seeds=10, rounds=40, replicas=1))
    >>> compare(curve, degree=8, replicas=40).verdict.choice.value
    'two rates'
    """
    tester = _Tester.of(curve, degree, network, seed, replicas, progress)
    fits = tuple(fit(curve, model, method) for model, method in _everything(tester.degree))
    best = min(tester.chain_fits(fits), key=lambda f: f.aic)
    data = tester.worlds(Truth.of(best), 0, "intervals")
    fits = with_intervals(fits, data, curve.n_agents)
    return Comparison(curve, fits, tester.verdict(fits))


def one_or_two(
    curve: Curve,
    degree: int | None = None,
    network: Recipe | None = None,
    seed: int = 1,
    replicas: int = REPLICAS,
    progress: Progress | None = None,
) -> Verdict:
    """Say whether a curve needs a second transmission rate: the verdict of `compare` alone.

    The statistic is the likelihood ratio of two rates against one, on the network. Its
    distribution where all agents are alike is not chi-squared (one run's early luck is not binomial
    noise), so it is made by simulation: `replicas` data sets by the agent-based model with the one
    fitted rate.

    Parameters
    ----------
    curve, degree, network, seed, replicas, progress
        As for `compare`.

    Returns
    -------
    Verdict
        The same that `compare` gives with the same arguments.
    """
    tester = _Tester.of(curve, degree, network, seed, replicas, progress)
    models = (OneRate(tester.mixing), TwoRates(tester.mixing), SourceAndPeers(tester.mixing))
    return tester.verdict(tuple(fit(curve, model) for model in models))


def known_degree(curve: Curve) -> int | None:
    """Return the degree of the network that a curve was run on, rounded, or None if unknown."""
    if curve.setup is None:
        return None
    return max(2, round(curve.setup.network.mean_degree_for(curve.setup.n_agents)))


def _everything(degree: int | None) -> list[tuple[object, object]]:
    """Return each model with its method, in the order in which they are shown."""
    mixed = WellMixed(degree or 1.0)
    plan: list[tuple[object, object]] = [
        (OneRate(mixed), LeastSquares()),
        (TwoRates(mixed), LeastSquares()),
    ]
    for mixing in (mixed, OnNetwork(degree)) if degree else (mixed,):
        plan += [(kind(mixing), ChainBinomial()) for kind in (OneRate, TwoRates, SourceAndPeers)]
    return plan


@dataclass(frozen=True, eq=False)
class _Tester:
    """Makes a curve's data again and tests one rate against two, under the mixing that is known."""

    seen: Observed
    design: Design
    degree: int | None
    network: Recipe | None
    seed: int
    replicas: int
    progress: Progress | None

    @classmethod
    def of(
        cls,
        curve: Curve,
        degree: int | None,
        network: Recipe | None,
        seed: int,
        replicas: int,
        progress: Progress | None,
    ) -> _Tester:
        whole_number("The number of bootstrap replicas", replicas, 20, 100_000)
        if degree is None:
            degree = known_degree(curve)
            network = network or (curve.setup.network if curve.setup else None)
        design = Design.of(curve)
        runs = design.pooled_runs(replicas)
        some = Curve(curve.counts[:runs], curve.n_agents)
        network = network or (RandomRegular(degree) if degree else None)
        design = replace(design, runs=runs)
        return cls(Observed.pooled(some), design, degree, network, seed, replicas, progress)

    @property
    def mixing(self) -> WellMixed | OnNetwork:
        return OnNetwork(self.degree) if self.degree else WellMixed()

    def chain_fits(self, fits: tuple[Fit, ...]) -> list[Fit]:
        """Return the likelihood fits under the mixing that the bootstrap uses."""
        label = self.mixing.label
        return [f for f in fits if f.model.mixing.label == label and f.method == ChainBinomial()]

    def worlds(self, truth: Truth, number: int, name: str) -> Floats:
        """Return data sets made with these rates; `number` keeps the three uses apart."""
        seed = 3 * self.seed + number

        def report(done: int, total: int) -> None:
            if self.progress is not None:
                self.progress(name, done, total)

        if self.network is None:
            return well_mixed(truth, self.design, 1.0, seed, self.replicas)
        return on_network(truth, self.design, self.network, seed, self.replicas, report)

    def ratios(self, seen: Observed) -> Floats:
        """Return 2 (ln L two rates − ln L one rate) of each pool."""
        one = fit_each(seen, OneRate(self.mixing), ChainBinomial()).value
        two = fit_each(seen, TwoRates(self.mixing), ChainBinomial()).value
        return np.maximum(2.0 * (one - two), 0.0)

    def ratios_of_worlds(self, truth: Truth, number: int, name: str) -> Floats:
        """Return the ratios of data sets made with these rates, those without any spread at 0."""
        data = self.worlds(truth, number, name)
        spread = (data[:, :, -1] > data[:, :, 0]).any(axis=1)
        found = np.zeros(len(data))
        found[spread] = self.ratios(Observed.pools(data[spread], self.design.n_agents))
        return found

    def verdict(self, fits: tuple[Fit, ...]) -> Verdict:
        """Return the bootstrap likelihood-ratio test in numbers and words."""
        observed = float(self.ratios(self.seen)[0])
        one, two, source = sorted(self.chain_fits(fits), key=lambda f: _ORDER.index(f.model.name))
        alike = Truth.of(one)
        null = self.ratios_of_worlds(alike, 1, "one-rate worlds")
        p_value = (1 + int((null >= observed).sum())) / (1 + len(null))
        other = self.ratios_of_worlds(self._fivefold(alike), 2, "two-rate worlds")
        power = float((other > np.quantile(null, 1 - SURE)).mean())
        choice = _choose(p_value, power, two, source)
        words = _words(choice, p_value, power, two, source, self.degree is not None)
        return Verdict(choice, p_value, observed, power, len(null), words)

    def _fivefold(self, alike: Truth) -> Truth:
        """Return two equal groups, rates 5 to 1, that reach half of all as early as one rate does."""
        rounds, start = self.design.n_rounds, self.design.first_count / self.design.n_agents

        def end(truth: Truth) -> Floats:
            rates, p = (truth.fast_rate, truth.slow_rate), truth.fast_fraction
            if self.degree:
                return networkfield.rounds(rates, (p, 1 - p), self.degree, start, rounds)
            z = [np.array([x]) for x in (*rates, p, start)]
            return WellMixed().two_classes(*z, rounds)[0][0]

        target = end(alike)
        goal = min(0.5, float(target[-1]) * 0.5 + start * 0.5)
        at = int(np.searchsorted(target, goal).clip(1, rounds))
        low, high = np.log(alike.fast_rate / 5), np.log(alike.fast_rate * 8)
        for _ in range(30):
            middle = (low + high) / 2
            fast = float(np.exp(middle))
            reached = end(Truth(fast, fast / 5, 0.5))[at] > target[at]
            low, high = (low, middle) if reached else (middle, high)
        return Truth(fast, fast / 5, 0.5)


_ORDER = (OneRate.name, TwoRates.name, SourceAndPeers.name)


def _choose(p_value: float, power: float, two: Fit, source: Fit) -> Choice:
    """Return the verdict; a source that explains the bend better leaves the question open."""
    if p_value <= SURE:
        return Choice.CANNOT_TELL if source.aic < two.aic - 2 else Choice.TWO_RATES
    if p_value > OPEN and power >= POWER:
        return Choice.ONE_RATE
    return Choice.CANNOT_TELL


def _words(
    choice: Choice, p_value: float, power: float, two: Fit, source: Fit, networked: bool
) -> str:
    """Return the verdict for a student."""
    odds = f"{p_value:.3g}" if p_value > SURE / 2 else f"{p_value:.2g}"
    alike = (
        f"Of runs in which all agents are alike, a share of {odds} bends its curve at least as much "
        "(that share is the p-value). "
    )
    if choice is Choice.TWO_RATES:
        middle = (
            "Two rates: one transmission rate for everybody does not explain this curve, two do "
            f"better. {alike}It is the curve that speaks: first against repeated exposure can "
            "bend it like two kinds of agents do."
        )
        if not two.identified:
            middle += f" The sizes of the two rates are {two.reason}."
    elif choice is Choice.ONE_RATE:
        middle = (
            f"One rate: a single transmission rate explains this curve. {alike}Two equal groups "
            f"with rates five to one would have shown in {power:.0%} of runs like this; smaller "
            "differences can hide."
        )
    elif p_value <= SURE:
        middle = (
            f"Cannot tell: one rate alone does not explain this curve. {alike}But a single rate "
            f"with an offline source fits better than two rates (AIC {source.aic:.1f} against "
            f"{two.aic:.1f}), so the bend is no sign of two kinds of agents."
        )
    else:
        middle = (
            f"Cannot tell: this curve is too short or too noisy to decide. {alike}Two equal groups "
            f"with rates five to one would show in {power:.0%} of runs like this."
        )
    return f"{middle} {_WARNING if networked else _NO_NETWORK}"


_WARNING = (
    "Warning: the network bends curves too. Well-mixed equations often ask for a second rate where "
    "all agents are alike, so this test uses the network-aware equations and agents on a network."
)
_NO_NETWORK = (
    "Warning: no network is known here, and network structure alone bends curves: a well-mixed fit "
    "takes such a bend for a second rate. This is about the shape of the curve, not about people."
)
