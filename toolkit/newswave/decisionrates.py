"""From logged decisions to rates: exact likelihood, no mean field at all.

An agent of group c that sees m sharing neighbours shares in this round with probability 1 − (1 − a)
e^(−β_c m). Given what it saw, each decision is an independent draw, so the likelihood is exact
whatever the network, and one run is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.errors import CannotFit, probability
from newswave.sharing import hazard
from newswave.tally import Decisions

Floats = npt.NDArray[np.float64]

_HALF_CHI_SQUARED = 1.920729
_EDGES = (-40.0, 6.0)


@dataclass(frozen=True)
class RateEstimate:
    """The transmission rate of one group, from its decisions.

    Parameters
    ----------
    row : str
        The group or profile.
    rate : float
        β, hazard per contact and round; 0 if no more shared than the source explains.
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
        """The chance 1 − e^(−β) to share, per contact and round."""
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


@dataclass(frozen=True)
class Dose:
    """How many shared of those who saw m sharing neighbours, and how many a rule would have.

    Parameters
    ----------
    exposure : int
        m.
    asked, shared : int
        Decisions at that exposure, and those that were "share".
    low, high : float
        Ends of the 95 % interval of the share that shared (Wilson).
    expected : float
        The share that each group's own fitted rate gives: 1 − (1 − a) e^(−β_c m), averaged over
        the groups by how many of each were asked.
    """

    exposure: int
    asked: int
    shared: int
    low: float
    high: float
    expected: float

    @property
    def fraction(self) -> float:
        """The share that shared."""
        return self.shared / self.asked


def dose_response(decisions: Decisions, source_probability: float = 0.0) -> tuple[Dose, ...]:
    """Return the share that shared at each exposure, beside what the contact rule expects.

    Parameters
    ----------
    decisions : Decisions
        From runs of agents, all groups together.
    source_probability : float
        a, the known chance per round of the offline source.

    Returns
    -------
    tuple of Dose
        One for each exposure at which anybody was asked, in order.

    Raises
    ------
    CannotFit
        If nobody was asked anything.

    Examples
    --------
    >>> counted = Decisions(("all",), [[[0, 100, 100]], [[0, 0, 0]]], [[[0, 25, 44]], [[0, 0, 0]]])
    >>> [(dose.fraction, round(dose.expected, 2)) for dose in dose_response(counted)]
    [(0.25, 0.25), (0.44, 0.44)]
    """
    source = float(hazard(probability("The source probability", source_probability)))
    rate = {one.row: one.rate for one in rates(decisions, source_probability)}
    asked, shared = decisions.total_asked, decisions.total_shared
    each = np.array([rate.get(row, 0.0) for row in decisions.rows])
    found = []
    for m in range(1, asked.shape[1]):
        total, yes = int(asked[:, m].sum()), int(shared[:, m].sum())
        if total:
            chance = -np.expm1(-(source + each * m))
            expected = float(asked[:, m] @ chance) / total
            found.append(Dose(m, total, yes, *_wilson(yes, total), expected))
    return tuple(found)


def _wilson(yes: int, total: int) -> tuple[float, float]:
    """Return the ends of the 95 % score interval of a proportion.

    >>> [round(end, 4) for end in _wilson(0, 10)]
    [0.0, 0.2775]
    """
    fraction, z = yes / total, 1.959964
    middle = fraction + z * z / (2 * total)
    reach = z * math.sqrt(fraction * (1 - fraction) / total + z * z / (4 * total * total))
    below = 1 + z * z / total
    low, high = (middle - reach) / below, (middle + reach) / below
    return min(fraction, max(0.0, low)), max(fraction, min(1.0, high))


def _estimate(row: str, asked: Floats, shared: Floats, source: float) -> RateEstimate:
    exposure = np.arange(1, len(asked) + 1.0)

    def likelihood(log_rate: float) -> float:
        return _log_likelihood(source + np.exp(log_rate) * exposure, asked, shared)

    from scipy.optimize import minimize_scalar

    total, yes = int(asked.sum()), int(shared.sum())
    guess = np.log((yes + 0.5) / ((asked * exposure).sum() + 1.0))
    around = (max(guess - 6.0, _EDGES[0]), min(guess + 6.0, _EDGES[1]))
    inside = minimize_scalar(
        lambda x: -likelihood(x), bounds=around, method="bounded", options={"xatol": 1e-10}
    ).x
    best = max((*_EDGES, float(inside)), key=likelihood)
    floor = likelihood(best) - _HALF_CHI_SQUARED
    ends = (_crossing(likelihood, floor, best, edge) for edge in _EDGES)
    rate, low, high = (_rate(x) for x in (best, *ends))
    misfit = _misfit(source + rate * exposure, asked, shared) if 0 < rate < np.inf else np.nan
    return RateEstimate(row, rate, low, high, total, yes, misfit)


def _rate(log_rate: float) -> float:
    """Return the rate of a log-rate; at the edges, 0 and infinity."""
    if log_rate <= _EDGES[0]:
        return 0.0
    return math.inf if log_rate >= _EDGES[1] else math.exp(log_rate)


def _log_likelihood(total_hazard: Floats, asked: Floats, shared: Floats) -> float:
    met = np.clip(total_hazard, 1e-300, 1e9)
    return float((shared * np.log(-np.expm1(-met)) - (asked - shared) * met).sum())


def _crossing(
    likelihood: Callable[[float], float], floor: float, best: float, edge: float
) -> float:
    """Return the log-rate between `best` and an edge where the likelihood passes `floor`."""
    from scipy.optimize import brentq

    if best == edge or likelihood(edge) >= floor:
        return edge
    return float(brentq(lambda x: likelihood(x) - floor, best, edge, xtol=1e-12))


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
