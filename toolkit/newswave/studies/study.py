"""What is found out about one setup: studies, small frozen values, and their findings."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from newswave.core.curve import Curve
from newswave.core.errors import BadValue, CannotFit, whole_number
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.compare import Choice, Verdict, compare, fits_alone
from newswave.equations.fit import Fit
from newswave.equations.replicates import FEWEST, REPLICAS
from newswave.report.describe import true_rates
from newswave.report.text import fit_rows

_MEASURES = {"AIC": "aic", "BIC": "bic", "RMSE": "rmse", "log-likelihood": "log_likelihood"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One number or word about a setup, with what it was found by.

    Parameters
    ----------
    quantity : str
        What it is, such as "fast rate", "half time" or "verdict".
    value, low, high : float, optional
        The number and the ends of its 95 % interval; None, or not a finite number, for none.
    model, mixing, method : str
        Of a fit: "two rates", "network", "chain-binomial likelihood".
    text : str
        What is no number.

    Raises
    ------
    BadValue
        If a number is none, or a text is none.

    Examples
    --------
    >>> Finding("half time", 12.5, 11.0, float("nan")).high is None
    True
    """

    quantity: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    model: str = ""
    mixing: str = ""
    method: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, _number(name, getattr(self, name)))
        for name in ("quantity", "model", "mixing", "method", "text"):
            if not isinstance(getattr(self, name), str):
                given = getattr(self, name)
                raise BadValue(f"The {name} of a finding is text", given=given)
            # A large sweep holds millions of findings, in few words.
            object.__setattr__(self, name, sys.intern(str(getattr(self, name))))
        if not self.quantity:
            raise BadValue("A finding says what it is about", allowed="a quantity")


@runtime_checkable
class Study(Protocol):
    """What finds out something about a setup: a frozen dataclass, so that it can be written down.

    What it finds depends on the setup and on its own fields alone: all luck comes from the setup's
    seed.
    """

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return what was found."""
        ...


@dataclass(frozen=True)
class Spread:
    """How fast and how far the news spreads: the runs alone, without a fit.

    Examples
    --------
    >>> setup = Setup(n_agents=100, rounds=20, replicas=5)
    >>> [finding.quantity for finding in Spread().findings(setup)][:2]
    ['half time', 'reach']
    """

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return half time, reach, and the rates that the agents are known to have."""
        return tuple(spread_findings(simulate(setup), setup))


@dataclass(frozen=True)
class Fitted:
    """The spread and every fit, without intervals and without a verdict: quick.

    Examples
    --------
    >>> found = Fitted().findings(Setup(n_agents=100, rounds=20, replicas=5))
    >>> sorted({finding.model for finding in found} - {""})
    ['one rate', 'source and peers', 'spread of rates', 'two rates']
    """

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return the spread, and rates, AIC, BIC and RMSE of every fit."""
        return _with_fits(setup, lambda curve: fit_findings(fits_alone(curve), _MEASURES))


@dataclass(frozen=True)
class Compared:
    """The spread, every fit with its intervals, and the verdict, as `newswave.compare` gives them.

    Parameters
    ----------
    replicas : int
        Data sets made again for intervals and verdict, 99 or more.

    Raises
    ------
    BadValue
        If there are fewer than 99.

    Examples
    --------
    >>> Compared(replicas=99)
    Compared(replicas=99)
    """

    replicas: int = REPLICAS

    def __post_init__(self) -> None:
        advice = "A p-value of 0.01 needs 99; for fits without a verdict take Fitted()"
        wanted = whole_number("The bootstrap's replicas", self.replicas, FEWEST, 100_000, advice)
        object.__setattr__(self, "replicas", wanted)

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        """Return the spread, every fit with intervals, and the verdict with its p-value."""

        def compared(curve: Curve) -> Iterator[Finding]:
            result = compare(curve, seed=setup.seed, replicas=self.replicas)
            yield from fit_findings(result.fits, _MEASURES)
            yield from _of_verdict(result.verdict)

        return _with_fits(setup, compared)


def _with_fits(setup: Setup, fitting: Callable[[Curve], Iterator[Finding]]) -> tuple[Finding, ...]:
    """Return the spread and what a fit finds; a curve that cannot be fitted is a result too."""
    curve = simulate(setup)
    spread = tuple(spread_findings(curve, setup))
    try:
        return (*spread, *fitting(curve))
    except CannotFit as error:
        return (*spread, *no_fit(error))


def no_fit(error: CannotFit) -> tuple[Finding, Finding]:
    """Return what is said where a curve could not be fitted: the verdict, and why."""
    unknown = Finding("verdict", text=Choice.CANNOT_TELL.value)
    return unknown, Finding("no fit", text=str(error))


def spread_findings(curve: Curve, setup: Setup) -> Iterator[Finding]:
    """Yield means over the runs, with the range that holds 95 % of the runs."""
    yield _over_runs("half time", curve.half_time())
    yield _over_runs("reach", curve.counts[:, -1] / curve.n_agents)
    for name, rate in true_rates(setup).items():
        yield Finding(f"true {name.replace('_', ' ')}", rate)


def _over_runs(quantity: str, values: Any) -> Finding:
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    some = "" if len(known) == len(values) else f"{len(known)} of {len(values)} runs"
    if not len(known):
        return Finding(quantity, text=some)
    low, high = np.quantile(known, [0.025, 0.975])
    return Finding(quantity, float(known.mean()), float(low), float(high), text=some)


def fit_findings(
    fits: Iterable[Fit], measures: Mapping[str, str], whole_method: bool = False
) -> Iterator[Finding]:
    """Yield rates and measures (an attribute by quantity) of each fit.

    A rate that the curve leaves open says why. The method is named without what is said of it in
    brackets, unless `whole_method`.
    """
    for fit in fits:
        method = fit.method.name if whole_method else fit.method.name.partition(" (")[0]
        by: dict[str, Any] = {"model": fit.model.name, "mixing": fit.model.mixing.label}
        by["method"] = method
        for row in fit_rows([fit]):
            low, high = (row.interval.low, row.interval.high) if row.interval else (None, None)
            yield Finding(row.words, row.value, low, high, **by, text=fit.reason)
        for quantity, name in measures.items():
            yield Finding(quantity, float(getattr(fit, name)), **by)


def _of_verdict(verdict: Verdict) -> Iterator[Finding]:
    yield Finding("verdict", text=verdict.choice.value)
    yield Finding("p-value", verdict.p_value)
    yield Finding("likelihood ratio", verdict.likelihood_ratio)
    yield Finding("power", verdict.power)


def _number(name: str, value: Any) -> float | None:
    """Return a finite number, or None."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadValue(f"The {name} of a finding is no number", given=value) from None
    return number if math.isfinite(number) else None
