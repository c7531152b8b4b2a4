"""Fits of one curve side by side, and the calibrated test of one rate against two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from newswave.core.curve import Curve
from newswave.core.errors import CannotFit
from newswave.core.networks import Recipe
from newswave.core.sharing import Decisions
from newswave.equations.fit import (
    ChainBinomial,
    Fit,
    LeastSquares,
    Method,
    can_start,
    fit,
    starts_each,
)
from newswave.equations.models import (
    Model,
    OneRate,
    OnNetwork,
    SourceAlone,
    SourceAndPeers,
    TwoRates,
    WellMixed,
    observed,
)
from newswave.equations.null_model import Given, Trial, check_replicas
from newswave.equations.resample import REPLICAS, Design, Truth, partly_counted, with_intervals
from newswave.equations.verdict import Verdict, untestable

Progress = Callable[[str, int, int], None]

_TOO_SHORT = (
    "Cannot tell: two rates are three numbers, and need four counts or more after the first. This "
    "curve has fewer, so only models with fewer numbers are fitted to it."
)

_NOT_TESTED = (
    "Cannot tell: one rate is not tested against two where a ceiling, a reporting fraction or an "
    "unknown start is fitted, for each bends the curve as a second rate does. Compare the AIC, "
    "here and of the same curve without."
)


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
    decisions: Decisions | None = None,
    contact_rule: bool = False,
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
    decisions : Decisions, optional
        Of the same runs, where a language model was asked, so that no table is known.
    contact_rule : bool
        Whether every sharing neighbour is known to add the same chance, P = 1 − (1 − q)^m. Where
        only the curve is known, homogeneous agents may answer by any rising table, and one
        run seldom tells that from two rates.
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
    >>> from newswave.core.simulation import simulate
    >>> from newswave.core.setup import Setup
    >>> curve = simulate(Setup(n_agents=500, n_seeds=10, rounds=40, replicas=1))
    >>> compare(curve, degree=8, replicas=99).verdict.choice.value
    'two rates'
    """
    given = Given(degree, network, decisions, contact_rule).filled(curve)
    seen = Seen(ceiling, reporting, unknown_start)
    if seen != Seen() or _is_short(curve):
        return _partly(curve, seen, given, seed, replicas, progress)
    fits = fits_alone(curve, given.degree, network=given.network)
    trial = Trial.of(curve, given, fits, seed, replicas, progress)
    fits = with_intervals(fits, trial.replicates, curve, trial.truth, trial.mixing)
    return Comparison(curve, fits, trial.verdict())


@dataclass(frozen=True)
class Seen:
    """What is observed of a curve: see `PartlyObserved`."""

    ceiling: bool = False
    reporting: float = 1.0
    unknown_start: bool = False

    def model(self, model: Model) -> Model:
        """Return a model so observed."""
        return observed(model, self.ceiling, self.reporting, self.unknown_start)


def _partly(
    curve: Curve,
    seen: Seen,
    given: Given,
    seed: int,
    replicas: int,
    progress: Progress | None,
) -> Comparison:
    """Return the fits of a short or partly observed curve, with intervals but without a test."""
    check_replicas(replicas)
    fits = _without_intervals(curve, given, seen)
    network = given.degree if given.equations_apply else None
    mixing = OnNetwork(network) if network else WellMixed(given.degree or 1.0)
    able = [f for f in fits if f.model.mixing == mixing and f.method == ChainBinomial()
            and starts_each(curve, f.model)]  # fmt: skip
    truth, design = Truth.of(min(able, key=lambda f: f.aic)), Design.of(curve)
    design = replace(design, runs=design.pooled_runs(replicas))

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress("intervals", done, total)

    data = partly_counted(truth, design, mixing, 3 * seed, replicas, report)
    fits = with_intervals(fits, data, curve, truth, mixing)
    words = _NOT_TESTED if seen != Seen() else _TOO_SHORT
    return Comparison(curve, fits, replace(untestable(), words=words))


def _is_short(curve: Curve) -> bool:
    """Return whether a curve has too few counts for two rates."""
    return bool(curve.counts.shape[1] - 1 <= len(TwoRates(WellMixed()).parameters))


def _able(curve: Curve, plan: list[tuple[Model, Method]]) -> list[tuple[Model, Method]]:
    """Return the models that the length of a curve allows; all of them, to be refused, if none."""
    steps = curve.counts.shape[1] - 1
    return [(model, how) for model, how in plan if len(model.parameters) < steps] or plan


def fits_alone(
    curve: Curve,
    degree: int | None = None,
    with_least_squares: bool = True,
    network: Recipe | None = None,
    *,
    ceiling: bool = False,
) -> tuple[Fit, ...]:
    """Fit every model to a curve, without intervals or a verdict: what `compare` begins with.

    On a network that the edge-based equations are not about (`recipes.equations_apply`) only
    well-mixed models are fitted.

    >>> fits = fits_alone(Curve([[2, 5, 11, 22, 38, 57, 74, 86]], n_agents=100), degree=8)
    >>> fits[0].model.name, fits[0].intervals
    ('one rate', {})
    """
    given = Given(degree, network).filled(curve)
    return _without_intervals(curve, given, Seen(ceiling), with_least_squares)


def _without_intervals(
    curve: Curve, given: Given, seen: Seen, with_least_squares: bool = True
) -> tuple[Fit, ...]:
    """Return the fits of every model that the curve allows."""
    alone = curve.setup is None or seen != Seen()
    plan = [(seen.model(model), method) for model, method in _everything(given, alone)]
    return tuple(
        fit(curve, model, method)
        for model, method in _able(curve, plan)
        if can_start(curve, model) and (with_least_squares or not method.extra_parameters())
    )


def one_or_two(
    curve: Curve,
    degree: int | None = None,
    network: Recipe | None = None,
    seed: int = 1,
    replicas: int = REPLICAS,
    progress: Progress | None = None,
    decisions: Decisions | None = None,
    contact_rule: bool = False,
) -> Verdict:
    """Say whether a curve needs a second transmission rate: the verdict of `compare` alone.

    How strongly a curve favours a second rate is a likelihood ratio. Its distribution where all
    agents are alike is not chi-squared (one run's early luck is not binomial noise), so it is made
    by simulation: `replicas` data sets of agents who all answer by one table, on the data's own
    network. Where it is known how the agents answer, the table is their average. Where only the
    curve is known, it is the contact rule with the rate that fits and, should that be rejected, the
    rising table that fits best. Goodness of fit is read from replicates, too.

    Parameters
    ----------
    curve, degree, network, seed, replicas, progress, decisions, contact_rule
        As for `compare`.

    Returns
    -------
    Verdict
        The same that `compare` gives with the same arguments.
    """
    given = Given(degree, network, decisions, contact_rule).filled(curve)
    fits = fits_alone(curve, given.degree, with_least_squares=False, network=given.network)
    if _is_short(curve):
        check_replicas(replicas)
        return replace(untestable(), words=_TOO_SHORT)
    return Trial.of(curve, given, fits, seed, replicas, progress).verdict()


def _everything(given: Given, alone: bool) -> list[tuple[Model, Method]]:
    """Return each model with its method, in the order in which they are shown.

    A source alone is among them where nobody knows that there are peers: in data from outside.
    """
    degree = given.degree
    mixed = WellMixed(degree or 1.0)
    plan: list[tuple[Model, Method]] = [
        (OneRate(mixed), LeastSquares()),
        (TwoRates(mixed), LeastSquares()),
    ]
    for mixing in (mixed, OnNetwork(degree)) if degree and given.equations_apply else (mixed,):
        plan += [(kind(mixing), ChainBinomial()) for kind in (OneRate, TwoRates, SourceAndPeers)]
    return plan + [(SourceAlone(mixing), ChainBinomial())] * alone
