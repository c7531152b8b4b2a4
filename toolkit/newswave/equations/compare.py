"""Fits of one curve side by side, and the verdict: one rate, two, a spread, or cannot tell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from newswave.core.curve import Curve
from newswave.core.errors import CannotFit
from newswave.core.networks import Recipe
from newswave.core.sharing import Decisions
from newswave.core.table_facts import profile_doubt
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
    Seen,
    SourceAlone,
    SourceAndPeers,
    Spread,
    TwoRates,
    WellMixed,
)
from newswave.equations.replicates import (
    CLEARLY,
    OPEN,
    REPLICAS,
    SURE,
    Design,
    Evidence,
    Given,
    Null,
    Progress,
    Trial,
    Truth,
    check_replicas,
    partly_counted,
    with_intervals,
)

POWER = 0.8
"""The chance to have seen two different groups that "one rate" asks for."""

NO_EQUATIONS = (
    "newswave has no equation for the size of the rates here: its equations are about random "
    "regular networks, in rounds."
)

_WARNING = (
    "Warning: the network bends curves too. Well-mixed equations often ask for a second rate where "
    "all agents are alike, so this test simulates agents on a network."
)

_NO_NETWORK = (
    "Warning: no network is known here, and network structure alone bends curves: a well-mixed fit "
    "takes such a bend for a second rate. This is about the shape of the curve, not about people."
)

_NOBODY = (
    "Cannot tell: this curve, or a run of it, starts with nobody sharing. Without an offline "
    "source neither one rate nor two could ever start it; only 'source and peers' can."
)

_TOO_SHORT = (
    "Cannot tell: two rates are three numbers, and need four counts or more after the first. This "
    "curve has fewer, so only models with fewer numbers are fitted to it."
)

_NOT_TESTED = (
    "Cannot tell: one rate is not tested against two where a ceiling, a reporting fraction or an "
    "unknown start is fitted, for each bends the curve as a second rate does. Compare the AIC, "
    "here and of the same curve without."
)


# What a test says, in plain words.


class Choice(Enum):
    """What a verdict says."""

    ONE_RATE = "one rate"
    TWO_RATES = "two rates"
    SPREAD = "a spread of rates"
    NEITHER = "neither"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """Whether a curve needs a second transmission rate.

    Parameters
    ----------
    choice : Choice
        One rate, two rates, a spread of rates, neither, or cannot tell.
    p_value : float
        Share of the null model's replicates, of homogeneous agents, that favour a second
        rate at least as strongly.
    likelihood_ratio : float
        2 (ln L two rates − ln L one rate) of the curve.
    power : float
        Chance that this test would have seen two equal groups whose rates differ fivefold; NaN
        where one kind of agents was excluded, so that it does not matter.
    replicas : int
        Replicates of the null model behind the p-value.
    words : str
        The same for a student, with what it does and does not mean.
    fit_p_value : float
        Goodness of fit of one rate: share of one-rate replicates that are missed by as much; NaN
        where it was not needed.
    """

    choice: Choice
    p_value: float
    likelihood_ratio: float
    power: float
    replicas: int
    words: str
    fit_p_value: float = math.nan


def judge(result: Evidence) -> Verdict:
    """Return the verdict that follows from what a test found."""
    choice, why = _unlike(result) if result.p_value <= SURE else _like(result)
    warning = _NO_NETWORK if result.null is Null.MIXED else _WARNING
    tried = result.p_value <= SURE and not math.isnan(result.table)
    return Verdict(
        choice,
        max(result.p_value, result.table) if tried else result.p_value,
        result.likelihood_ratio,
        result.power,
        result.replicas,
        f"{choice.value.capitalize()}: {why} {warning}",
        result.fits_one,
    )


def _untested(words: str) -> Verdict:
    """Return the verdict on a curve that no test is made of."""
    return Verdict(Choice.CANNOT_TELL, math.nan, math.nan, math.nan, 0, words)


def _unlike(result: Evidence) -> tuple[Choice, str]:
    """Return the choice, and why, where the null model is given up."""
    if not result.null.is_known:
        if result.source_gain > -CLEARLY:
            return Choice.CANNOT_TELL, _source_too(result)
        if result.null is Null.MIXED:
            return Choice.CANNOT_TELL, _structure_too(result)
        if result.other_table and not result.table <= SURE:
            return Choice.CANNOT_TELL, _table_too(result)
    if result.fits_two <= SURE or result.fits_spread <= SURE:
        return Choice.NEITHER, _neither(result)
    if result.spread_gain > CLEARLY:
        return Choice.SPREAD, _spread(result)
    if result.spread_gain > -CLEARLY:
        return Choice.CANNOT_TELL, _two_or_spread(result)
    return Choice.TWO_RATES, _two_rates(result)


def _like(result: Evidence) -> tuple[Choice, str]:
    """Return the choice, and why, where homogeneous agents explain the curve."""
    if result.fits_one <= SURE and result.fits_two <= SURE:
        return Choice.NEITHER, _neither(result)
    if result.known_otherwise or result.fits_one <= SURE:
        return Choice.CANNOT_TELL, _one_table(result)
    if result.may_be_one and result.power >= POWER:
        return Choice.ONE_RATE, _one_rate(result)
    return Choice.CANNOT_TELL, _open(result)


def share_words(p_value: float, replicas: int) -> str:
    """Return the share of replicates that a p-value stands for.

    A p-value counts the data in, so that where no replicate reaches them it says "fewer than".
    """
    share = (p_value * (replicas + 1) - 1) / replicas
    if share * replicas < 0.5:
        return f"fewer than {max(1, math.ceil(100 * p_value - 1e-9))} %"
    return f"{100 * share:.2g} %" if share < 0.995 else "all"


def _tail(result: Evidence) -> str:
    return (
        f"Of simulated runs in which {result.null.value}, "
        f"{share_words(result.p_value, result.replicas)} favour a second rate at least as strongly "
        f"(p = {result.p_value:.2g})."
    )


def _two_rates(result: Evidence) -> str:
    two = result.fit("two rates")
    if two is None:
        one, sizes = "one table for everybody", f" {NO_EQUATIONS}"
        words = "agents who all answer alike do not explain this curve, agents who differ do"
    else:
        one = "one transmission rate for everybody"
        words = f"{one} does not explain this curve, two do"
        sizes = "" if two.identified else f" The sizes of the two rates are {two.reason}."
    if not result.null.is_known:
        more = (
            "This is about the curve, not the agents: a rate that differs between first and "
            "repeated exposure can bend a curve in the same way."
        )
    else:
        more = "This does not show that there are exactly two kinds of agents."
    return f"{words}. {_tail(result)} {more}{sizes}"


def _spread(result: Evidence) -> str:
    two, spread = result.fit(TwoRates.name), result.fit(Spread.name)
    assert two is not None
    assert spread is not None
    return (
        "one transmission rate for everybody does not explain this curve, rates that vary "
        f"continuously among agents do. {_tail(result)} Two rates fit worse (AIC {two.aic:.1f} "
        f"against {spread.aic:.1f}), though they have one number more: there is no sign of two "
        "kinds of agents."
    )


def _two_or_spread(result: Evidence) -> str:
    two, spread = result.fit(TwoRates.name), result.fit(Spread.name)
    assert two is not None
    assert spread is not None
    return (
        f"one transmission rate for everybody does not explain this curve. {_tail(result)} But two "
        f"rates (AIC {two.aic:.1f}) and rates that vary continuously among agents "
        f"({spread.aic:.1f}) explain it about alike. More runs, or curves at other degrees, would "
        "tell."
    )


def _one_rate(result: Evidence) -> str:
    return (
        f"a single transmission rate explains this curve. {_tail(result)} Two equal groups with "
        f"rates five to one would have shown in {100 * result.power:.0f} % of runs like this; "
        "smaller differences can hide."
    )


def _missed(result: Evidence) -> str:
    """Return how badly one rate and two fit, as far as that was looked at."""
    words = []
    looked = (
        ("one rate is", result.fits_one),
        ("two rates are", result.fits_two),
        ("spread of rates is", result.fits_spread),
    )
    for name, p_value in looked:
        fit = result.fit(name.rpartition(" ")[0])
        if fit is not None and not math.isnan(p_value):
            words.append(
                f"{name} off by {100 * fit.rmse:.1f} points (root mean square), and of simulated "
                f"runs that do follow {fit.model.name}, {share_words(p_value, result.replicas)} "
                "are off by as much"
            )
    return "; ".join(words)


def _neither(result: Evidence) -> str:
    null = f" {_tail(result)}" if result.null.is_known else ""
    return (
        f"no SI curve with one or two transmission rates fits this curve: {_missed(result)}.{null} "
        "Answers that do not rise with exposure as 1 - (1 - q)^m, such as thresholds, or more than "
        "two rates can cause this."
    )


def _one_table(result: Evidence) -> str:
    missed = _missed(result)
    if not result.null.is_known:
        return (
            f"a second rate does not help, and yet one rate does not fit: {missed}. {_tail(result)}"
        )
    return (
        f"agents who are all alike explain this curve, so there is no sign of two kinds. "
        f"{_tail(result)} But their answers do not rise with exposure as 1 - (1 - q)^m in every "
        "round, so there is no single transmission rate either"
        f"{f': {missed}' if missed else ''}."
    )


def _source_too(result: Evidence) -> str:
    two, source = result.fit("two rates"), result.fit("source and peers")
    assert two is not None
    assert source is not None
    how = "better than" if result.source_gain > CLEARLY else "about as well as"
    return (
        f"one rate alone does not explain this curve. {_tail(result)} But a single rate with an "
        f"offline source that everybody meets explains it {how} two rates do (AIC "
        f"{source.aic:.1f} against {two.aic:.1f}), so the bend is no evidence for two kinds of "
        "agents."
    )


def _structure_too(result: Evidence) -> str:
    return (
        f"one rate in a well-mixed population does not explain this curve. {_tail(result)} But a "
        "network with few neighbours bends a curve in the same way where all agents are alike. "
        "Give the degree if it is known."
    )


def _table_too(result: Evidence) -> str:
    if math.isnan(result.table):
        other = (
            "whether agents explain it whose answers rise with exposure in another way was not "
            f"tried: {result.untried}"
        )
    else:
        other = (
            "agents who are all alike and whose answers rise with exposure in another way do: of "
            f"their simulated runs, {share_words(result.table, result.replicas)} favour a second "
            f"rate at least as strongly (p = {result.table:.2g})"
        )
    return (
        f"agents who are all alike do not explain this curve if every sharing neighbour adds the "
        f"same chance. {_tail(result)} But {other}. Decisions, or curves at other degrees, would "
        "tell; so would knowing that the contact rule holds."
    )


def _open(result: Evidence) -> str:
    shown = (
        f"Two equal groups with rates five to one would show in {100 * result.power:.0f} % of runs "
        "like this."
    )
    if result.p_value <= OPEN:
        return f"this is a borderline case, and more runs would tell. {_tail(result)} {shown}"
    if result.power >= POWER:
        return f"more runs would tell. {_tail(result)} But one rate does not fit well: " + (
            f"{_missed(result)}."
        )
    return f"this curve is too short or too noisy to decide. {_tail(result)} {shown}"


# Fits of every model to one curve.


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
        One rate, two rates, a spread of rates, neither, or cannot tell.
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
    fits = _without_intervals(curve, given, seen)
    trial = Trial(curve, given, fits, seed, replicas, progress)
    fits = with_intervals(fits, trial.replicates, curve, trial.truth, trial.mixing)
    return Comparison(curve, fits, _judged(trial))


def _judged(trial: Trial) -> Verdict:
    """Return what the test says, and what the table behind the runs leaves open of it."""
    found = trial.evidence()
    if found is None:
        return _untested(_NOBODY)
    verdict, setup = judge(found), trial.curve.setup
    doubt = "" if setup is None else profile_doubt(setup.sharing)
    return replace(verdict, words=f"{verdict.words} {doubt}".rstrip())


def _partly(
    curve: Curve, seen: Seen, given: Given, seed: int, replicas: int, progress: Progress | None
) -> Comparison:
    """Return the fits of a short or partly observed curve, with intervals but without a test."""
    check_replicas(replicas)
    fits = _without_intervals(curve, given, seen)
    network = given.degree if given.equations_apply else None
    mixing = OnNetwork(network) if network else WellMixed(given.degree or 1.0)
    able = [f for f in fits if f.model.mixing == mixing and f.method == ChainBinomial()
            and starts_each(curve, f.model)]  # fmt: skip
    truth, design = Truth.of(min(able, key=lambda f: f.aic)), Design.of(curve)
    sets = design.sets(replicas)
    design = replace(design, runs=design.pooled_runs(sets))

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress("intervals", done, total)

    data = partly_counted(truth, design, mixing, 3 * seed, sets, report)
    fits = with_intervals(fits, data, curve, truth, mixing)
    words = _NOT_TESTED if seen != Seen() else _TOO_SHORT
    return Comparison(curve, fits, _untested(words))


def _is_short(curve: Curve) -> bool:
    """Return whether a curve has too few counts for two rates."""
    return bool(curve.counts.shape[1] - 1 <= len(TwoRates(WellMixed()).parameters))


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
    """
    given = Given(degree, network).filled(curve)
    return _without_intervals(curve, given, Seen(ceiling), with_least_squares)


def _without_intervals(
    curve: Curve, given: Given, seen: Seen, with_least_squares: bool = True
) -> tuple[Fit, ...]:
    """Return the fits of every model that the curve allows."""
    alone = curve.setup is None or seen != Seen()
    plan = [(seen.of(model), method) for model, method in _everything(given, alone)]
    steps = curve.counts.shape[1] - 1
    able = [(model, how) for model, how in plan if len(model.parameters) < steps]
    return tuple(
        fit(curve, model, method)
        for model, method in able or plan  # If none is able, they are there to be refused.
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
    fits = _without_intervals(curve, given, Seen(), with_least_squares=False)
    if _is_short(curve):
        check_replicas(replicas)
        return _untested(_TOO_SHORT)
    return _judged(Trial(curve, given, fits, seed, replicas, progress))


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
        kinds = (OneRate, TwoRates, Spread, SourceAndPeers)
        plan += [(kind(mixing), ChainBinomial()) for kind in kinds]
    return plan + [(SourceAlone(mixing), ChainBinomial())] * alone
