"""Fits of one curve side by side, and the calibrated test of one rate against two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave import meanfield, networkfield
from newswave.curve import Curve
from newswave.errors import CannotFit, whole_number
from newswave.fitting.bootstrap import (
    REPLICAS,
    Design,
    Truth,
    on_network,
    partly_counted,
    well_mixed,
    with_intervals,
)
from newswave.fitting.fits import Fit, can_start, fit, fit_each, starts_each
from newswave.fitting.methods import ChainBinomial, LeastSquares, Method, Observed
from newswave.fitting.models import (
    Model,
    OneRate,
    OnNetwork,
    SourceAlone,
    SourceAndPeers,
    TwoRates,
    WellMixed,
    observed,
)
from newswave.recipes import RandomRegular, Recipe
from newswave.verdicts import SURE, Verdict, judge, untestable

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]

FEWEST = 99
"""With fewer replicas no p-value could be as small as a verdict of two rates asks for."""


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
    *,
    ceiling: bool = False,
    reporting: float = 1.0,
    unknown_start: bool = False,
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
    ceiling, reporting, unknown_start : bool, float, bool
        What every model is fitted with, as in `fit`: whether some may never share, which fraction
        of sharers is counted, and whether some had shared before the counts. The test of one rate
        against two is made of what is wholly observed only.

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
    >>> compare(curve, degree=8, replicas=99).verdict.choice.value
    'two rates'
    """
    if ceiling or reporting != 1.0 or unknown_start:
        seen = Seen(ceiling, reporting, unknown_start)
        return _partly(curve, seen, degree or known_degree(curve), seed, replicas, progress)
    tester = _Tester.of(curve, degree, network, seed, replicas, progress)
    fits = fits_alone(curve, tester.degree)
    able = [f for f in tester.chain_fits(fits) if starts_each(curve, f.model)]
    truth = Truth.of(min(able, key=lambda f: f.aic))
    data = tester.worlds(truth, 0, "intervals")
    fits = with_intervals(fits, data, curve, truth, tester.mixing)
    every = starts_each(curve, OneRate(tester.mixing))
    return Comparison(curve, fits, tester.verdict(fits) if every else untestable())


@dataclass(frozen=True)
class Seen:
    """What is observed of a curve: see `PartlyObserved`."""

    ceiling: bool
    reporting: float
    unknown_start: bool

    def model(self, model: Model) -> Model:
        """Return a model so observed."""
        return observed(model, self.ceiling, self.reporting, self.unknown_start)


def _partly(
    curve: Curve,
    seen: Seen,
    degree: int | None,
    seed: int,
    replicas: int,
    progress: Progress | None,
) -> Comparison:
    """Return the fits of a partly observed curve, with intervals but without a test."""
    check_replicas(replicas)
    plan = [(seen.model(model), method) for model, method in _everything(degree, alone=True)]
    long_enough = [(model, how) for model, how in plan
                   if len(model.parameters) < curve.counts.shape[1] - 1]  # fmt: skip
    fits = tuple(
        fit(curve, model, how) for model, how in long_enough or plan if can_start(curve, model)
    )
    mixing = OnNetwork(degree) if degree else WellMixed()
    able = [f for f in fits if f.model.mixing == mixing and f.method == ChainBinomial()
            and starts_each(curve, f.model)]  # fmt: skip
    truth, design = Truth.of(min(able, key=lambda f: f.aic)), Design.of(curve)
    design = replace(design, runs=design.pooled_runs(replicas))

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress("intervals", done, total)

    data = partly_counted(truth, design, mixing, 3 * seed, replicas, report)
    fits = with_intervals(fits, data, curve, truth, mixing)
    return Comparison(curve, fits, replace(untestable(), words=_NOT_TESTED))


_NOT_TESTED = (
    "Cannot tell: one rate is not tested against two where a ceiling, a reporting fraction or an "
    "unknown start is fitted, for each bends the curve as a second rate does. Compare the AIC, "
    "here and of the same curve without."
)


def check_replicas(replicas: int) -> None:
    """Raise `BadValue` if there are too few for a p-value of 0.01, or too many."""
    advice = "A p-value of 0.01 needs 99"
    whole_number("The number of bootstrap replicas", replicas, FEWEST, 100_000, advice)


def fits_alone(
    curve: Curve, degree: int | None = None, with_least_squares: bool = True
) -> tuple[Fit, ...]:
    """Fit every model to a curve, without intervals or a verdict: what `compare` begins with.

    Parameters
    ----------
    curve, degree
        As for `compare`.
    with_least_squares : bool
        Whether to fit by least squares too, beside the likelihood.

    Returns
    -------
    tuple of Fit
        Their intervals are empty.

    Raises
    ------
    CannotFit
        If the curve is too short or nobody new shares.

    Examples
    --------
    >>> fits = fits_alone(Curve([[2, 5, 11, 22, 38, 57, 74, 86]], n_agents=100), degree=8)
    >>> fits[0].model.name, fits[0].intervals
    ('one rate', {})
    """
    known = known_degree(curve) if degree is None else degree
    return tuple(
        fit(curve, model, method)
        for model, method in _everything(known, alone=curve.setup is None)
        if can_start(curve, model) and (with_least_squares or not method.extra_parameters())
    )


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
    if not starts_each(curve, OneRate(tester.mixing)):
        return untestable()
    models = (OneRate(tester.mixing), TwoRates(tester.mixing), SourceAndPeers(tester.mixing))
    return tester.verdict(tuple(fit(curve, model) for model in models))


def known_degree(curve: Curve) -> int | None:
    """Return the degree of the network that a curve was run on, rounded, or None if unknown."""
    if curve.setup is None:
        return None
    return max(2, round(curve.setup.network.mean_degree_for(curve.setup.n_agents)))


def _everything(degree: int | None, alone: bool) -> list[tuple[Model, Method]]:
    """Return each model with its method, in the order in which they are shown.

    A source alone is among them where nobody knows that there are peers: in data from outside.
    """
    mixed = WellMixed(degree or 1.0)
    plan: list[tuple[Model, Method]] = [
        (OneRate(mixed), LeastSquares()),
        (TwoRates(mixed), LeastSquares()),
    ]
    for mixing in (mixed, OnNetwork(degree)) if degree else (mixed,):
        plan += [(kind(mixing), ChainBinomial()) for kind in (OneRate, TwoRates, SourceAndPeers)]
    return plan + [(SourceAlone(mixing), ChainBinomial())] * alone


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
        """Return the tester of a curve, with what its setup knows of the network."""
        check_replicas(replicas)
        if degree is None:
            degree = known_degree(curve)
            network = network or (curve.setup.network if curve.setup else None)
        design = Design.of(curve)
        runs = design.pooled_runs(replicas)
        some = replace(curve, counts=curve.counts[:runs], groups=(), by_group=None)
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
        pools = Observed.pools(data[spread], self.design.n_agents, self.design.elapsed)
        found[spread] = self.ratios(pools)
        return found

    def verdict(self, fits: tuple[Fit, ...]) -> Verdict:
        """Return the bootstrap likelihood-ratio test in numbers and words."""
        observed = float(self.ratios(self.seen)[0])
        named = {f.model.name: f for f in self.chain_fits(fits)}
        one, two, source = (named[name] for name in _ORDER)
        alike = Truth.of(one)
        null = self.ratios_of_worlds(alike, 1, "one-rate worlds")
        p_value = (1 + int((null >= observed).sum())) / (1 + len(null))
        other = self.ratios_of_worlds(self._fivefold(alike), 2, "two-rate worlds")
        power = float((other > np.quantile(null, 1 - SURE)).mean())
        return judge(observed, p_value, power, len(null), (two, source), self.degree is not None)

    def _fivefold(self, alike: Truth) -> Truth:
        """Return two equal groups, rates 5 to 1, that reach half as early as one rate does."""
        times, start = self.design.elapsed, self.design.first_count / self.design.n_agents

        def end(truth: Truth) -> Floats:
            rates, p = (truth.fast_rate, truth.slow_rate), truth.fast_fraction
            if self.degree:
                whole = times.astype(np.int64)
                return networkfield.rounds(rates, (p, 1 - p), self.degree, start, whole[-1])[whole]
            return meanfield.two_rates(*rates, p, 1.0, start, times)

        target = end(alike)
        goal = min(0.5, float(target[-1]) * 0.5 + start * 0.5)
        at = int(np.searchsorted(target, goal).clip(1, len(target) - 1))
        low, high = np.log(alike.fast_rate / 5), np.log(alike.fast_rate * 8)
        for _ in range(30):
            middle = (low + high) / 2
            fast = float(np.exp(middle))
            reached = end(Truth(fast, fast / 5, 0.5))[at] > target[at]
            low, high = (low, middle) if reached else (middle, high)
        return Truth(fast, fast / 5, 0.5)


_ORDER = (OneRate.name, TwoRates.name, SourceAndPeers.name)
