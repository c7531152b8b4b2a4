"""From logged decisions to rates and trait effects: exact likelihood, no mean field at all.

An agent of group c that sees m sharing neighbours shares in this round with probability
1 − (1 − a) e^(−β_c m). Given what it saw, each decision is an independent draw, so the likelihood is
exact whatever the network, and one run is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue, CannotFit, probability
from newswave.sharing import hazard
from newswave.tally import Decisions

Floats = npt.NDArray[np.float64]

_HALF_CHI_SQUARED = 1.920729
_Z = 1.959964
_EDGES = (-40.0, 6.0)


@dataclass(frozen=True)
class RateEstimate:
    """The transmission rate of one group, from its decisions.

    Parameters
    ----------
    row : str
        The group or profile.
    rate : float
        β, hazard per contact and round; 0 if nobody shared.
    low, high : float
        Ends of the 95 % likelihood-ratio interval; `high` is infinite if everybody asked shared.
    asked, shared : int
        Decisions, and those that were "share".
    misfit : float
        Chance of answers at least this far from 1 − e^(−β m) if that were the law (likelihood-ratio
        test over exposures with five or more expected either way); NaN where it cannot be tested.
    """

    row: str
    rate: float
    low: float
    high: float
    asked: int
    shared: int
    misfit: float

    @property
    def share_probability(self) -> float:
        """q = 1 − e^(−β), per contact and round."""
        return float(-np.expm1(-self.rate))


def rates(decisions: Decisions, source_probability: float = 0.0) -> tuple[RateEstimate, ...]:
    """Return the rate of each group by maximum likelihood.

    log L(β) = Σ_m y_m ln(1 − (1 − a) e^(−β m)) − (n_m − y_m) β m, n_m asked and y_m shared at
    exposure m.

    Parameters
    ----------
    decisions : Decisions
        From runs of agents.
    source_probability : float
        a, the known chance per round of the offline source.

    Returns
    -------
    tuple of RateEstimate
        One for each row with decisions, in order.

    Raises
    ------
    CannotFit
        If nobody was asked anything.

    Examples
    --------
    >>> all_once = Decisions(("all",), [[[0, 100]], [[0, 0]]], [[[0, 25]], [[0, 0]]])
    >>> round(rates(all_once)[0].share_probability, 3)
    0.25
    """
    source = float(hazard(probability("The source probability", source_probability)))
    asked, shared = decisions.total_asked[:, 1:], decisions.total_shared[:, 1:]
    if not asked.any():
        raise CannotFit("Nobody was asked: there are no decisions to learn from")
    return tuple(
        _estimate(row, asked[at].astype(float), shared[at].astype(float), source)
        for at, row in enumerate(decisions.rows)
        if asked[at].any()
    )


def _estimate(row: str, asked: Floats, shared: Floats, source: float) -> RateEstimate:
    exposure = np.arange(1, len(asked) + 1.0)

    def likelihood(log_rate: float) -> float:
        return _log_likelihood(source + np.exp(log_rate) * exposure, asked, shared)

    from scipy.optimize import minimize_scalar

    total, yes = int(asked.sum()), int(shared.sum())
    guess = np.log((yes + 0.5) / ((asked * exposure).sum() + 1.0))
    around = (max(guess - 6.0, _EDGES[0]), min(guess + 6.0, _EDGES[1]))
    best = minimize_scalar(
        lambda x: -likelihood(x), bounds=around, method="bounded", options={"xatol": 1e-10}
    ).x
    none, every = yes == 0, yes == total
    if none or every:
        best = _EDGES[0] if none else _EDGES[1]
    floor = likelihood(best) - _HALF_CHI_SQUARED
    low = 0.0 if none else np.exp(_crossing(likelihood, floor, _EDGES[0], best))
    high = np.inf if every else np.exp(_crossing(likelihood, floor, best, _EDGES[1]))
    rate = 0.0 if none else np.inf if every else float(np.exp(best))
    misfit = _misfit(source + rate * exposure, asked, shared) if 0 < rate < np.inf else np.nan
    return RateEstimate(row, rate, float(low), float(high), total, yes, misfit)


def _log_likelihood(total_hazard: Floats, asked: Floats, shared: Floats) -> float:
    with np.errstate(divide="ignore"):
        chance = np.log(-np.expm1(-np.maximum(total_hazard, 1e-300)))
    return float((shared * chance - (asked - shared) * total_hazard).sum())


def _crossing(likelihood: object, floor: float, low: float, high: float) -> float:
    """Return where the likelihood passes `floor` between two log-rates, or the edge it never does."""
    from scipy.optimize import brentq

    def over(x: float) -> float:
        return float(likelihood(x)) - floor  # type: ignore[operator]

    if over(low) * over(high) > 0:
        return low if low in _EDGES else high
    return float(brentq(over, low, high, xtol=1e-12))


def _misfit(total_hazard: Floats, asked: Floats, shared: Floats) -> float:
    """Return the p-value of the saturated alternative, over cells large enough for it."""
    from scipy.special import xlogy
    from scipy.stats import chi2

    expected = -np.expm1(-total_hazard)
    enough = (asked * expected >= 5) & (asked * (1 - expected) >= 5)
    if enough.sum() < 2:
        return float("nan")
    n, y, p = asked[enough], shared[enough], expected[enough]
    statistic = 2 * (xlogy(y, y / (n * p)) + xlogy(n - y, (n - y) / (n * (1 - p)))).sum()
    return float(chi2.sf(statistic, enough.sum() - 1))


@dataclass(frozen=True)
class RateRatio:
    """What a trait or an event does to the transmission rate.

    Parameters
    ----------
    name : str
        The trait or event; "(average)" is the rate of the average profile at the first event.
    ratio : float
        Rate with the trait high over rate with it low; rate at this event over that at the first
        one; for "(average)" the rate itself, per contact and round.
    low, high : float
        Ends of the 95 % interval.
    """

    name: str
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Sample:
    """The decisions about one event, with what describes each row.

    Parameters
    ----------
    event : str
        The event's name.
    decisions : Decisions
        Counted decisions.
    signs : array, shape (rows, J)
        Trait signs of each row, +½ or −½.
    """

    event: str
    decisions: Decisions
    signs: Floats


def rate_ratios(samples: Sequence[Sample], traits: Sequence[str]) -> tuple[RateRatio, ...]:
    """Return the effect of each trait and event on the rate, by binomial regression.

    P(share) = 1 − exp(−e^η), η = ln m + b₀ + b_event + Σ_j b_j trait_j: the complementary log-log
    link with offset ln m, under which e^b is a ratio of transmission rates. Traits and events that
    do not vary in the data are left out.

    Parameters
    ----------
    samples : sequence of Sample
        Runs about one event or several.
    traits : sequence of str
        Names of the J columns of `signs`.

    Returns
    -------
    tuple of RateRatio
        The average, then the traits, then the events after the first.

    Raises
    ------
    CannotFit
        If the decisions do not determine the effects.
    """
    if not samples:
        raise BadValue("A regression needs the decisions of one run or more")
    design, names, m, asked, shared = _cells(samples, traits)
    varies = np.array([True, *(np.ptp(design[:, j]) > 0 for j in range(1, design.shape[1]))])
    design, names = design[:, varies], [n for n, keep in zip(names, varies, strict=True) if keep]
    estimate, covariance = _regress(design, np.log(m), asked, shared)
    width = _Z * np.sqrt(np.diag(covariance))
    return tuple(
        RateRatio(name, *map(float, np.exp([b, b - w, b + w])))
        for name, b, w in zip(names, estimate, width, strict=True)
    )


def _cells(
    samples: Sequence[Sample], traits: Sequence[str]
) -> tuple[Floats, list[str], Floats, Floats, Floats]:
    """Return design, column names, exposure, asked and shared, one row per cell with decisions."""
    events = list(dict.fromkeys(sample.event for sample in samples))
    parts = []
    for sample in samples:
        asked, shared = sample.decisions.total_asked, sample.decisions.total_shared
        row, m = np.nonzero(asked[:, 1:])
        is_event = np.array([[float(sample.event == name) for name in events[1:]]] * len(row))
        columns = [np.ones((len(row), 1)), sample.signs[row], is_event.reshape(len(row), -1)]
        counts = np.stack([m + 1.0, asked[row, m + 1], shared[row, m + 1]], axis=1)
        parts.append(np.hstack([*columns, counts]))
    table = np.vstack(parts)
    names = ["(average)", *traits, *events[1:]]
    return table[:, :-3], names, table[:, -3], table[:, -2], table[:, -1]


def _regress(design: Floats, offset: Floats, asked: Floats, shared: Floats) -> tuple[Floats, Floats]:
    """Return estimates and covariance by Fisher scoring."""
    if not 0 < shared.sum() < asked.sum():
        raise CannotFit("All decisions are alike: they say nothing about traits or events")
    estimate = np.zeros(design.shape[1])
    estimate[0] = np.log(shared.sum() / (asked * np.exp(offset)).sum())
    for _ in range(100):
        rate = np.exp(np.clip(design @ estimate + offset, -30.0, 3.5))
        chance = -np.expm1(-rate)
        slope = rate * np.exp(-rate)
        weight = asked * slope**2 / (chance * (1.0 - chance))
        score = design.T @ ((shared - asked * chance) * slope / (chance * (1.0 - chance)))
        information = design.T @ (weight[:, None] * design)
        step = np.linalg.lstsq(information, score, rcond=None)[0]
        estimate = estimate + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    if np.linalg.cond(information) > 1e10:
        raise CannotFit(
            "These decisions do not separate the effects from each other",
            advice="Run a mix in which the traits vary independently",
        )
    return estimate, np.linalg.inv(information)
