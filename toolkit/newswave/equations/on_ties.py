"""Rates of adoption on a real network, by exact likelihood, and the test of source against peers.

In period t a person who has not adopted, m of whose named persons have, adopts with probability
1 − exp(−(a + β m)). Given what each person met, each period of each person is an independent draw,
so the likelihood is exact whatever the network is. Other terms may stand beside a and β m; rates
are not negative, and the likelihood is concave in them, so that its maximum is the only one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from newswave.core.diffusion import Diffusion, Floats, Ints, Ties
from newswave.core.errors import BadValue, CannotFit, real_number, whole_number
from newswave.core.statistics import Z
from newswave.core.streams import Purpose, generator
from newswave.equations.fit import Fit, fit
from newswave.equations.from_decisions import Dose, log_likelihood
from newswave.equations.intervals import Interval, around, jackknife_variance, wilson
from newswave.equations.models import SourceAndPeers

REPLICAS = 999
_STEPS = 200
_TOLERANCE = 1e-9
_LEAST = 1e-12
_MOST = 1e4
_CLASSES = 3


class Term(Enum):
    """What may add to the hazard of adoption, each with a rate that is not negative.

    `SOURCE`: the same for all in every period. `CHANGING`: the same for all, its own in each
    period. `PEERS`: for each one who counts and has adopted. `ALL`: times the fraction of all
    people who have adopted, everybody meeting everybody. `COMMUNITY`: times the fraction of the
    own community. `LINKS`: for each one who counts, adopted or not.
    """

    SOURCE = "source"
    CHANGING = "changing source"
    PEERS = "peers"
    ALL = "all, well mixed"
    COMMUNITY = "community, well mixed"
    LINKS = "number of ties"


MODELS: tuple[tuple[Term, ...], ...] = (
    (Term.SOURCE,),
    (Term.PEERS,),
    (Term.SOURCE, Term.PEERS),
    (Term.SOURCE, Term.ALL),
    (Term.SOURCE, Term.COMMUNITY),
    (Term.SOURCE, Term.LINKS),
    (Term.SOURCE, Term.LINKS, Term.PEERS),
    (Term.SOURCE, Term.COMMUNITY, Term.PEERS),
    (Term.CHANGING,),
    (Term.CHANGING, Term.PEERS),
    (Term.CHANGING, Term.COMMUNITY, Term.PEERS),
)
"""What `compare_ties` fits, each with and without the ties."""


@dataclass(frozen=True)
class TieRate:
    """One rate of a fit on ties, per period.

    Parameters
    ----------
    term : Term
        What it belongs to.
    value : float
        The rate. Of a changing source, its mean over all periods of all people.
    interval : Interval or None
        95 %, by the profile likelihood; None for a changing source.
    jackknife : Interval or None
        95 %, from how far the rate moves when each community is left out in turn (Student's t). It
        allows for people of one community who are alike in ways that the model leaves out. None
        for a rate at 0, and where there are fewer than three communities.
    """

    term: Term
    value: float
    interval: Interval | None
    jackknife: Interval | None


@dataclass(frozen=True)
class TieFit:
    """A model of adoption fitted on the ties.

    Parameters
    ----------
    terms : tuple of Term
        What adds to the hazard.
    rates : tuple of TieRate
        One for each term.
    log_likelihood : float
        Of all periods of all people from period 2 on; minus infinity where the model is impossible.
    parameters : int
        How many rates were fitted.
    impossible : int
        Adoptions that the model says cannot be: for all that is in it, their hazard was 0.
    """

    terms: tuple[Term, ...]
    rates: tuple[TieRate, ...]
    log_likelihood: float
    parameters: int
    impossible: int = 0

    @property
    def label(self) -> str:
        """The terms in words."""
        return " + ".join(term.value for term in self.terms)

    @property
    def aic(self) -> float:
        """Akaike's criterion, comparable between all fits of the same people."""
        return 2 * self.parameters - 2 * self.log_likelihood

    def rate(self, term: Term) -> TieRate:
        """Return the rate of one term."""
        found = [rate for rate in self.rates if rate.term is term]
        if not found:
            known = ", ".join(one.name for one in self.terms)
            raise BadValue("This fit has no such term", given=term, allowed=known)
        return found[0]


@dataclass(frozen=True)
class TieTest:
    """A likelihood ratio of peers, with its null distribution by simulation.

    Parameters
    ----------
    null : str
        What would be so if the ties carried nothing.
    ratio : float
        2 (ln L with peers − ln L without).
    p_value : float
        (1 + null ratios at least as large) / (1 + how many).
    replicas : int
        How many null ratios were made.
    """

    null: str
    ratio: float
    p_value: float
    replicas: int


@dataclass(frozen=True, eq=False)
class TieComparison:
    """All fits of a study on its ties, beside the fit of its curve, and the tests of peers.

    Parameters
    ----------
    study : Diffusion
        The people.
    ties : Ties
        Whose adoption counts.
    fits : tuple of TieFit
        One for each of `MODELS`.
    curve_fit : Fit
        Source and peers, well mixed, fitted to the curve alone: `nw.fit(study.curve)`. Its AIC may
        be compared with those of the fits on ties: all are of the same adoptions.
    tests : tuple of TieTest
        Against a constant source; against any source that changes over time and from community to
        community; the same among people with about as many ties.
    doses : tuple of Dose
        How many adopted of those with m adopters among their ties, m = 0 included.
    """

    study: Diffusion
    ties: Ties
    fits: tuple[TieFit, ...]
    curve_fit: Fit
    tests: tuple[TieTest, ...]
    doses: tuple[Dose, ...]

    def find(self, *terms: Term) -> TieFit:
        """Return the fit with these terms."""
        for one in self.fits:
            if set(one.terms) == set(terms):
                return one
        allowed = "; ".join(one.label for one in self.fits)
        raise BadValue("There is no such fit", given=terms, allowed=allowed)


def fit_ties(
    study: Diffusion, terms: Sequence[Term] = MODELS[2], ties: Ties = Ties.NAMED
) -> TieFit:
    """Return rates of adoption by maximum likelihood, on the real network.

    ln L = Σ ln(1 − e^(−h)) over adoptions − Σ h over all other periods of people who had not
    adopted, h = Σ rate × term. Those who adopted in period 1 are what it begins with.

    Parameters
    ----------
    study : Diffusion
        Who adopted when, and who named whom.
    terms : sequence of Term
        What adds to the hazard; a source and peers if not given.
    ties : Ties
        Whose adoption counts for a person.

    Returns
    -------
    TieFit
        Rates with intervals, likelihood and AIC.

    Raises
    ------
    CannotFit
        If nobody adopted after period 1.

    References
    ----------
    P. D. Allison, "Discrete-time methods for the analysis of event histories", Sociological
    Methodology 13, 61 (1982).

    Examples
    --------
    >>> from newswave.core.datasets import diffusion
    >>> found = fit_ties(diffusion("physicians"))
    >>> [round(rate.value, 3) for rate in found.rates]
    [0.11, 0.011]
    """
    return _History.of(study, ties).fit(_checked_terms(terms))


def compare_ties(
    study: Diffusion, ties: Ties = Ties.NAMED, replicas: int = REPLICAS, seed: int = 1
) -> TieComparison:
    """Fit all models of adoption to a study on its ties, and test a source against peers.

    Three likelihood ratios ask whether the ties carry anything, each against its own null:

    1. a constant source alone. Its null distribution is a parametric bootstrap: adoption is made
       again on the same people under the fitted source. Rejected also by a source that changes.
    2. any source that changes over time, and from community to community. Times of adoption are
       permuted within each community, so that every community keeps its curve, and only who adopted
       when is lost. The ratio is that of peers beside a source with its own rate in each period.
    3. the same, where those with more ties may adopt sooner for other reasons: permuted within each
       community among people with about as many ties (thirds).

    No test tells peers from what else the tied have in common beyond community and number of ties.

    Parameters
    ----------
    study : Diffusion
        Who adopted when, and who named whom.
    ties : Ties
        Whose adoption counts for a person. Choose before looking at p-values.
    replicas : int
        Null ratios of each test, 19 or more.
    seed : int
        For the null distributions.

    Returns
    -------
    TieComparison

    Raises
    ------
    CannotFit
        If nobody adopted after period 1.

    References
    ----------
    C. Van den Bulte, G. L. Lilien, "Medical Innovation revisited", American Journal of Sociology
    106, 1409 (2001), on marketing behind what looked like peers.

    Examples
    --------
    >>> from newswave.core.datasets import diffusion
    >>> found = compare_ties(diffusion("physicians"), replicas=99)
    >>> [test.p_value > 0.05 for test in found.tests]        # nothing that needs the ties
    [True, True, True]
    """
    history = _History.of(study, ties)
    fits = tuple(history.fit(terms) for terms in MODELS)
    tests = tie_tests(study, ties, replicas, seed)
    curve_fit = fit(study.curve, SourceAndPeers())
    return TieComparison(study, ties, fits, curve_fit, tests, history.doses(fits[2]))


def tie_tests(
    study: Diffusion, ties: Ties = Ties.NAMED, replicas: int = REPLICAS, seed: int = 1
) -> tuple[TieTest, ...]:
    """Return the three tests of `compare_ties` alone."""
    whole_number("replicas", replicas, 19)
    history = _History.of(study, ties)
    random = generator(seed, Purpose.BOOTSTRAP)
    source = float(-math.log1p(-history.yes.mean()))
    again = adoptions(study, source, 0.0, ties, replicas, random)
    classes = _classes(history.n_links, study.community)
    curve_kept = _permuted(study.adopted, study.community, replicas, random)
    links_kept = _permuted(study.adopted, classes, replicas, random)
    return (
        history.test("a constant source alone", False, again),
        history.test("any source, its own in each community", True, curve_kept),
        history.test("the same, among people with as many ties", True, links_kept),
    )


def adoptions(
    study: Diffusion,
    source_rate: float,
    rate: float,
    ties: Ties,
    replicas: int,
    random: np.random.Generator,
) -> Floats:
    """Return times of adoption made anew on the study's people, under a source and peers.

    Each person has a threshold E ~ Exponential(1) and adopts in the first period in which the
    cumulative hazard Σ (a + β m) reaches it (Sellke's construction). Those who adopted in period 1
    do so again.

    Parameters
    ----------
    study : Diffusion
        The people, their ties, and who begins.
    source_rate, rate : float
        a and β, per period.
    ties : Ties
        Whose adoption counts.
    replicas : int
        How often.
    random : numpy Generator
        The luck.

    Returns
    -------
    array of float, shape (replicas, N)
        Periods; infinity where not by the end.

    Examples
    --------
    >>> from newswave.core.datasets import diffusion
    >>> study = diffusion("physicians")
    >>> made = adoptions(study, 0.1, 0.0, Ties.NAMED, 400, np.random.default_rng(1))
    >>> bool(abs(np.isinf(made).sum(axis=1).mean() - 114 * np.exp(-1.6)) < 1)
    True
    """
    source = real_number("The source rate", source_rate, 0.0)
    rate = real_number("The rate", rate, 0.0)
    matrix = _matrix(study, ties)
    threshold = random.exponential(size=(study.n_people, replicas))
    adopted = np.full((study.n_people, replicas), np.inf)
    adopted[study.adopted == 1] = 1.0
    met = np.zeros_like(threshold)
    for period in range(2, study.periods + 1):
        met += source + rate * (matrix @ np.isfinite(adopted).astype(float))
        adopted[np.isinf(adopted) & (met >= threshold)] = period
    return adopted.T


def _checked_terms(terms: Sequence[Term]) -> tuple[Term, ...]:
    given = tuple(terms)
    if not given or len(set(given)) < len(given) or not all(isinstance(t, Term) for t in given):
        allowed = "Term." + ", Term.".join(term.name for term in Term)
        raise BadValue("A model is one term or several, each once", given=given, allowed=allowed)
    if {Term.SOURCE, Term.CHANGING} <= set(given):
        raise BadValue("A changing source takes the place of a constant one", given=given)
    return given


def _matrix(study: Diffusion, ties: Ties) -> Any:
    """Return who counts for whom as a sparse array of ones, (N, N)."""
    from scipy.sparse import csr_array

    own, other = study.links(ties).T
    return csr_array((np.ones(len(own)), (own, other)), shape=(study.n_people,) * 2)


def _classes(n_links: Ints, community: Ints) -> Ints:
    """Return people by community and, within it, third of the number of ties."""
    result = np.zeros(len(community), np.int64)
    for number, one in enumerate(np.unique(community)):
        here = community == one
        edges = np.quantile(n_links[here], np.arange(1, _CLASSES) / _CLASSES)
        result[here] = _CLASSES * number + np.searchsorted(edges, n_links[here])
    return result


def _permuted(adopted: Floats, within: Ints, replicas: int, random: np.random.Generator) -> Floats:
    """Return times permuted among people of one class, (replicas, N)."""
    order = np.argsort(within, kind="stable")
    result = np.empty((replicas, len(adopted)))
    for row in result:
        shuffled = np.lexsort((random.random(len(adopted)), within))
        row[order] = adopted[shuffled]
    return result


# What each person met in each period, and fits to it.


@dataclass(frozen=True, eq=False)
class _History:
    """Everybody who had not adopted, period by period: who adopted, and what each met."""

    study: Diffusion
    matrix: Any  # (N, N): who counts for whom
    n_links: Ints  # (N,): how many count for each person

    @classmethod
    def of(cls, study: Diffusion, ties: Ties) -> _History:
        """Return the history of a study."""
        later = np.isfinite(study.adopted) & (study.adopted > 1)
        if not later.any():
            raise CannotFit("Nobody adopted after the first period: there is nothing to fit")
        return cls(study, _matrix(study, ties), study.n_links(ties))

    @property
    def periods(self) -> Ints:
        """Periods 2 to T."""
        return np.arange(2, self.study.periods + 1)

    @cached_property
    def rows(self) -> tuple[Ints, Ints]:
        """Person and place of the period, for each period of each who had not adopted."""
        person, period = np.nonzero(self.study.adopted[:, None] >= self.periods)
        return person, period

    @cached_property
    def yes(self) -> Floats:
        """1 for each adoption among the rows."""
        person, period = self.rows
        return np.asarray(self.study.adopted[person] == period + 2, dtype=np.float64)

    def columns(self, term: Term) -> Floats:
        """Return what a term adds to the hazard of each row, per unit of rate, (rows, 1 or T−1)."""
        person, period = self.rows
        before = (self.study.adopted[:, None] < self.periods).astype(float)
        match term:
            case Term.CHANGING:
                return np.eye(len(self.periods))[period]
            case Term.PEERS:
                values = (self.matrix @ before)[person, period]
            case Term.ALL:
                values = before.mean(axis=0)[period]
            case Term.COMMUNITY:
                _, place = np.unique(self.study.community, return_inverse=True)
                here = np.eye(place.max() + 1)[place]
                values = ((here / here.sum(axis=0)).T @ before)[place[person], period]
            case Term.LINKS:
                values = self.n_links[person].astype(float)
            case _:
                values = np.ones(len(person))
        return np.asarray(values, dtype=np.float64)[:, None]

    def fit(self, terms: tuple[Term, ...]) -> TieFit:
        """Return the fit of some terms, with intervals."""
        parts = [self.columns(term) for term in terms]
        owner = np.repeat(np.arange(len(terms)), [part.shape[1] for part in parts])
        for term, part in zip(terms, parts, strict=True):
            if not part.any():
                raise CannotFit(f"Nobody met anything of this term: {term.value}")
        table = _Table.of(np.hstack(parts), self.yes, self.study.community[self.rows[0]])
        impossible = int(table.shared[~table.design.any(axis=1)].sum())
        if impossible:
            nothing = tuple(TieRate(term, math.nan, None, None) for term in terms)
            return TieFit(terms, nothing, -math.inf, len(owner), impossible)
        best, top = _maximum(table.design, table.asked, table.shared)
        again = table.left_out(best)
        rates = []
        for at, term in enumerate(terms):
            mine, asked = owner == at, table.asked
            mean = (table.design[:, mine] * asked[:, None]).sum(axis=0) / asked.sum()
            weight = mean if term is Term.CHANGING else np.ones(1)
            value, others = float(best[mine] @ weight), again[:, mine] @ weight
            profile = None if mine.sum() > 1 else table.profile(int(mine.argmax()), best, top)
            rates.append(TieRate(term, value, profile, _jackknife(value, others)))
        return TieFit(terms, tuple(rates), top, len(owner))

    def doses(self, fitted: TieFit) -> tuple[Dose, ...]:
        """Return how many adopted at each exposure, beside what source and peers expect."""
        exposure = self.columns(Term.PEERS).ravel().astype(int)
        asked, yes = np.bincount(exposure), np.bincount(exposure, self.yes).astype(int)
        source, peers = (rate.value for rate in fitted.rates)
        result = []
        for m in np.flatnonzero(asked):
            n, y = int(asked[m]), int(yes[m])
            ends = wilson(y / n, n)
            chance = -math.expm1(-(source + peers * m))
            result.append(Dose(int(m), n, y, ends.low, ends.high, chance, float(asked.sum())))
        return tuple(result)

    def test(self, null: str, changing: bool, again: Floats) -> TieTest:
        """Return the ratio of peers beside a source, among those of times under the null."""
        seen = self._ratio(self.study.adopted, changing)
        nulls = np.array([self._ratio(one, changing) for one in again])
        p_value = (1 + int((nulls >= seen - _TOLERANCE).sum())) / (1 + len(again))
        return TieTest(null, seen, p_value, len(again))

    def _ratio(self, adopted: Floats, changing: bool) -> float:
        """Return 2 ln of the likelihood ratio of peers for some times of adoption."""
        from scipy.special import xlogy

        asked, shared = self._counted(adopted, changing)
        period, exposure = np.nonzero(asked)
        design = np.column_stack([np.eye(len(asked))[period], exposure])
        _, top = _maximum(design, asked[period, exposure], shared[period, exposure])
        n, y = asked.sum(axis=1), shared.sum(axis=1)
        chance = y / np.maximum(n, 1)
        return max(0.0, 2 * (top - float((xlogy(y, chance) + xlogy(n - y, 1 - chance)).sum())))

    def _counted(self, adopted: Floats, changing: bool) -> tuple[Floats, Floats]:
        """Return periods of people, and adoptions in them, by period (or one) and exposure."""
        before = adopted[:, None] < self.periods
        exposure = (self.matrix @ before.astype(float)).astype(np.int64)
        shape = (len(self.periods) if changing else 1, int(exposure.max()) + 1)
        cell = exposure + shape[1] * np.arange(before.shape[1]) * changing
        yes = adopted[:, None] == self.periods
        counts = (np.bincount(cell[some], minlength=math.prod(shape)) for some in (~before, yes))
        asked, shared = (count.reshape(shape).astype(float) for count in counts)
        return asked, shared


@dataclass(frozen=True, eq=False)
class _Table:
    """Rows that are alike in community and terms, counted."""

    design: Floats  # (rows, P)
    asked: Floats  # (rows,): periods of people
    shared: Floats  # (rows,): adoptions among them
    community: Ints  # (rows,)

    @classmethod
    def of(cls, design: Floats, yes: Floats, community: Ints) -> _Table:
        """Return the rows, counted."""
        key = np.column_stack([community, design])
        rows, at = np.unique(key, axis=0, return_inverse=True)
        asked, shared = np.zeros(len(rows)), np.zeros(len(rows))
        np.add.at(asked, at.ravel(), 1.0)
        np.add.at(shared, at.ravel(), yes)
        return cls(rows[:, 1:], asked, shared, rows[:, 0].astype(np.int64))

    def left_out(self, start: Floats) -> Floats:
        """Return the estimates with each community left out, (communities, P)."""
        result = []
        for one in np.unique(self.community):
            kept = self.community != one
            if not self.shared[kept].any():
                continue
            parts = self.design[kept], self.asked[kept], self.shared[kept]
            result.append(_maximum(*parts, start=start)[0])
        return np.array(result).reshape(len(result), len(start))

    def profile(self, at: int, best: Floats, top: float) -> Interval:
        """Return where the likelihood, all other rates free, falls 1.92 below its maximum."""
        from scipy.optimize import brentq

        others = np.delete(self.design, at, axis=1)
        start = np.delete(best, at)

        def fall(rate: float) -> float:
            offset = rate * self.design[:, at]
            if (self.shared[(offset == 0) & ~others.any(axis=1)]).any():
                return -math.inf
            _, reached = _maximum(others, self.asked, self.shared, offset, start)
            return reached - top + Z * Z / 2

        low, value = 0.0, float(best[at])
        if value > 0 and fall(0.0) < 0:
            low = float(brentq(fall, _inner(fall, value), value, xtol=1e-9))
        high = max(2 * value, 1e-4)
        while fall(high) > 0 and high < _MOST:
            high *= 2
        top_end = math.inf if high >= _MOST else float(brentq(fall, value, high, xtol=1e-9))
        return Interval(low, top_end)


def _inner(fall: Callable[[float], float], value: float) -> float:
    """Return a rate below `value`, 0 or more, at which the fall is finite and too deep."""
    if math.isfinite(fall(0.0)):
        return 0.0
    below = value / 2
    while fall(below) > 0:
        below /= 2
    return below


def _jackknife(value: float, again: Floats) -> Interval | None:
    """Return Student's interval from the estimates with each community left out, from 0 up.

    None for fewer than three, and for a rate at 0, which stays there whoever is left out.
    """
    if len(again) < 3 or value == 0:
        return None
    ends = around(value, math.sqrt(jackknife_variance(again)), len(again) - 1).interval
    return None if ends is None else Interval(max(0.0, ends.low), ends.high)


def _maximum(
    design: Floats,
    asked: Floats,
    shared: Floats,
    offset: Floats | float = 0.0,
    start: Floats | None = None,
) -> tuple[Floats, float]:
    """Return rates of 0 or more at which the likelihood is largest, and its logarithm there.

    Projected Newton steps (D. P. Bertsekas, SIAM J. Control Optim. 20, 221, 1982): rates at 0 that
    the likelihood pushes below it stay there; a step is halved until the likelihood does not fall.
    """
    if not design.shape[1]:
        return np.zeros(0), log_likelihood(np.broadcast_to(offset, asked.shape), asked, shared)
    crude = shared.sum() / (asked @ np.maximum(design.sum(axis=1) + offset, _LEAST))
    rates = np.full(design.shape[1], crude) if start is None else np.maximum(start, crude / 100)
    met = design @ rates + offset
    top = log_likelihood(met, asked, shared)
    for _ in range(_STEPS):
        odds = np.expm1(np.clip(met, _LEAST, 500.0))
        slope = design.T @ (shared / odds - (asked - shared))
        bend = (design.T * (shared * (odds + 1.0) / odds**2)) @ design
        free = (rates > 0) | (slope > 0)
        step = np.zeros_like(rates)
        ridge = _LEAST * (1.0 + np.trace(bend)) * np.eye(int(free.sum()))
        step[free] = np.linalg.solve(bend[np.ix_(free, free)] + ridge, slope[free])
        rates, met, gained = _ahead(design, asked, shared, offset, rates, step, top)
        top += gained
        if gained < _TOLERANCE:
            break
    return rates, top


def _ahead(
    design: Floats,
    asked: Floats,
    shared: Floats,
    offset: Floats | float,
    rates: Floats,
    step: Floats,
    top: float,
) -> tuple[Floats, Floats, float]:
    """Return the rates after a step, the hazards, and how much the likelihood gained."""
    for halving in range(40):
        further = np.maximum(rates + step / 2**halving, 0.0)
        met = design @ further + offset
        gained = log_likelihood(met, asked, shared) - top
        if gained >= 0:
            return further, met, gained
    return rates, design @ rates + offset, 0.0
