"""Rates and trait effects from counted decisions, by exact likelihood and regression."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue, CannotFit, probability
from newswave.core.population import Trait
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions, Floats, hazard
from newswave.core.simulation import World, decisions
from newswave.core.statistics import Z, least_squares
from newswave.core.table_facts import profile_doubt
from newswave.equations.intervals import wilson

_HALF_CHI_SQUARED = Z * Z / 2
_EDGES = (-40.0, 6.0)
_GRID, _FINE = 33, 1e-11

Ints = npt.NDArray[np.int64]
_ENOUGH = 5
FEWEST_EACH = 10
"""Decisions of a group, on average, below which what its fitted rate expects is no test."""
_MOST_LEVELS = 60
_MOST = 2_000_000
_SHOWN_APART = 4


# From logged decisions to rates: exact likelihood, no mean field at all.
#
# An agent of group c that sees m sharing neighbours shares in this round with probability 1 − (1 −
# a) e^(−β_c m). Given what it saw, each decision is an independent draw, so the likelihood is exact
# whatever the network, and one run is enough.


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
    each : float
        How many decisions a group's rate was fitted to, on average over the groups.
    """

    exposure: int
    asked: int
    shared: int
    low: float
    high: float
    expected: float
    each: float = math.inf

    @property
    def fraction(self) -> float:
        """The share that shared."""
        return self.shared / self.asked

    @property
    def is_test(self) -> bool:
        """Whether rates rest on ten decisions or more, so that `expected` is not `fraction` again.

        A rate that is fitted to one to three decisions follows them, whatever the law.
        """
        return self.each >= FEWEST_EACH


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
    fitted = rates(decisions, source_probability)
    rate = {one.row: one.rate for one in fitted}
    each_asked = sum(one.asked for one in fitted) / len(fitted)
    asked, shared = decisions.total_asked, decisions.total_shared
    each = np.array([rate.get(row, 0.0) for row in decisions.rows])
    result = []
    for m in range(1, asked.shape[1]):
        total, yes = int(asked[:, m].sum()), int(shared[:, m].sum())
        if total:
            chance = -np.expm1(-(source + each * m))
            expected = float(asked[:, m] @ chance) / total
            ends = wilson(yes / total, total)
            result.append(Dose(m, total, yes, ends.low, ends.high, expected, each_asked))
    return tuple(result)


def _estimate(row: str, asked: Floats, shared: Floats, source: float) -> RateEstimate:
    exposure = np.arange(1, len(asked) + 1.0)

    def likelihood(log_rate: Floats | float) -> Floats:
        each = np.exp(np.asarray(log_rate))[..., None] * exposure
        return np.asarray(_terms(source + each, asked, shared).sum(axis=-1))

    total, yes = int(asked.sum()), int(shared.sum())
    guess = np.log((yes + 0.5) / ((asked * exposure).sum() + 1.0))
    around = (max(guess - 6.0, _EDGES[0]), min(guess + 6.0, _EDGES[1]))
    best = max((*_EDGES, _highest(likelihood, *around)), key=likelihood)
    floor = float(likelihood(best)) - _HALF_CHI_SQUARED
    ends = (_crossing(likelihood, floor, best, edge) for edge in _EDGES)
    rate, low, high = (_rate(x) for x in (best, *ends))
    misfit = _misfit(source + rate * exposure, asked, shared) if 0 < rate < np.inf else np.nan
    return RateEstimate(row, rate, low, high, total, yes, misfit)


def _rate(log_rate: float) -> float:
    """Return the rate of a log-rate; at the edges, 0 and infinity."""
    if log_rate <= _EDGES[0]:
        return 0.0
    return math.inf if log_rate >= _EDGES[1] else math.exp(log_rate)


def log_likelihood(total_hazard: Floats, asked: Floats, shared: Floats) -> float:
    """Return Σ y ln(1 − e^(−h)) − (n − y) h for n asked and y shared at total hazard h."""
    return float(_terms(total_hazard, asked, shared).sum())


def _terms(total_hazard: Floats, asked: Floats, shared: Floats) -> Floats:
    met = np.clip(total_hazard, 1e-300, 1e9)
    return np.asarray(shared * np.log(-np.expm1(-met)) - (asked - shared) * met)


def _highest(likelihood: Callable[[Floats], Floats], low: float, high: float) -> float:
    """Return where between two log-rates the likelihood is highest, on ever finer grids."""
    while True:
        grid = np.linspace(low, high, _GRID)
        at = int(likelihood(grid).argmax())
        low, high = grid[max(at - 1, 0)], grid[min(at + 1, _GRID - 1)]
        if high - low < _FINE:
            return float(grid[at])


def _crossing(
    likelihood: Callable[[Floats], Floats], floor: float, best: float, edge: float
) -> float:
    """Return the log-rate between `best` and an edge where the likelihood passes `floor`."""
    inside, beyond = best, edge
    if best == edge or likelihood(np.array(edge)) >= floor:
        return edge
    while abs(beyond - inside) > _FINE:
        grid = np.linspace(inside, beyond, _GRID)
        at = int((likelihood(grid) < floor).argmax())
        inside, beyond = grid[at - 1], grid[at]
    return float((inside + beyond) / 2)


def _misfit(total_hazard: Floats, asked: Floats, shared: Floats) -> float:
    """Return the p-value of the saturated alternative, over cells large enough for it."""
    from scipy.special import chdtrc, xlogy

    expected = -np.expm1(-total_hazard)
    enough = (asked * expected >= 5) & (asked * (1 - expected) >= 5)
    if enough.sum() < 2:
        return float("nan")
    n, y, p = asked[enough], shared[enough], expected[enough]
    statistic = 2 * (xlogy(y, y / (n * p)) + xlogy(n - y, (n - y) / (n * (1 - p)))).sum()
    return float(chdtrc(enough.sum() - 1, statistic))


# From logged decisions to what each trait and each event does to the transmission rate.


@dataclass(frozen=True)
class RateRatio:
    """What a trait or an event does to the transmission rate."""

    # The trait or event; "(average)" is the rate of the average profile at the first event
    name: str
    # Rate with the trait high over rate with it low; rate at this event over that at the first one;
    # for "(average)" the rate itself, per contact and round, averaged over the exposures
    ratio: float
    low: float  # Ends of the 95 % interval
    high: float
    p_value: float = math.nan  # Of no effect, this one alone; NaN for "(average)"


@dataclass(frozen=True, eq=False)
class Sample:
    """The decisions about one event, with what describes each row."""

    event: str  # The event's name
    decisions: Decisions  # Counted decisions
    signs: Floats  # (rows, J): Trait signs of each row, +½ or −½


@dataclass(frozen=True)
class Effects:
    """What traits and events do to the rate, and whether there is one rate per contact at all."""

    ratios: tuple[RateRatio, ...]  # The average, then the traits, then the events after the first
    # Chance of levels at least this far from ln m + constant if answers did rise with m as 1 − (1 −
    # q)^m (Wald test); NaN where only one exposure says anything. The ratios hold either way
    misfit: float


def rate_ratios(
    samples: Sequence[Sample], traits: Sequence[str], source_probability: float = 0.0
) -> tuple[RateRatio, ...]:
    """Return the ratios of `rate_effects`."""
    return rate_effects(samples, traits, source_probability).ratios


def rate_effects(
    samples: Sequence[Sample], traits: Sequence[str], source_probability: float = 0.0
) -> Effects:
    """Return the effect of each trait and event on the rate, by binomial regression.

    P(share) = 1 − exp(−a − e^η), η = ln m + b_l + b_event + Σ_j b_j trait_j: the complementary
    log-log link, under which e^b is a ratio of transmission rates, and the source's hazard a. The
    level b_l is free for each exposure m, first and repeated, so that answers need not rise with m
    as 1 − (1 − q)^m does; exposures next to each other share a level until it has five answers of
    either kind (a 60th of all where there are over 60 exposures). Traits and events that do not
    vary in the data are left out, and so are exposures at which all answers are alike.

    Errors are robust: decisions of one profile may depend on each other, and profiles may stand off
    from the sum of their traits (cluster sandwich over R profiles, times R / (R − J − 1), with
    Student's quantile for R − J − 1 degrees of freedom; J traits). With R ≤ J + 1 they are those of
    the regression itself.

    Parameters
    ----------
    samples : sequence of Sample
        Runs about one event or several.
    traits : sequence of str
        Names of the J columns of `signs`.
    source_probability : float
        The known chance per round of the offline source.

    Returns
    -------
    Effects

    Raises
    ------
    CannotFit
        If the decisions do not determine the effects.

    Examples
    --------
    >>> counted = Decisions(("keen", "calm"), [[[0, 90, 90], [0, 90, 90]]] * 2,
    ...                     [[[0, 40, 40], [0, 10, 10]]] * 2)
    >>> result = rate_effects([Sample("festival", counted, np.array([[0.5], [-0.5]]))], ["keen"])
    >>> round(result.ratios[1].ratio, 2), result.misfit < 0.001      # the same at m = 1 and m = 2
    (4.99, True)
    """
    from scipy.special import ndtr, stdtr, stdtrit

    if not samples:
        raise BadValue("A regression needs the decisions of one run or more")
    source = float(hazard(probability("The source probability", source_probability)))
    cells = _cells(samples, traits)
    if not 0 < cells.shared.sum() < cells.asked.sum():
        raise CannotFit("All decisions are alike: they say nothing about traits or events")
    level = _levels(cells)
    cells, level = cells.only(level >= 0), level[level >= 0]
    varies = np.ptp(cells.effects, axis=0) > 0
    names = ["(average)", *(n for n, keep in zip(cells.names, varies, strict=True) if keep)]
    effects, levels = cells.effects[:, varies], np.eye(level.max() + 1)[level]
    estimate, covariance, bread, scores = _regress(np.hstack([effects, levels]), cells, source)
    average, misfit = _averaged(estimate, covariance, len(names) - 1)
    robust, freedom = _robust(bread, scores, cells.row, len(names)) or (covariance, math.inf)
    values, error = average @ estimate, np.sqrt(((average @ robust) * average).sum(axis=1))
    width = (Z if math.isinf(freedom) else stdtrit(freedom, 0.975)) * error
    chance = 2 * (ndtr if math.isinf(freedom) else partial(stdtr, freedom))(-np.abs(values) / error)
    chance[0] = np.nan
    ratios = tuple(
        RateRatio(name, *map(float, (*np.exp([b, b - w, b + w]), p)))
        for name, b, w, p in zip(names, values, width, chance, strict=True)
    )
    return Effects(ratios, misfit)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Decisions that are described alike: effects (cells, J) with names, and an entry for each."""

    names: tuple[str, ...]
    effects: Floats
    row: npt.NDArray[np.str_]
    layer: Ints
    exposure: Ints
    asked: Ints
    shared: Ints

    def only(self, some: npt.NDArray[np.bool_]) -> _Cells:
        """Return some of the cells."""
        return _Cells(self.names, *(x[some] for x in list(vars(self).values())[1:]))


def _cells(samples: Sequence[Sample], traits: Sequence[str]) -> _Cells:
    """Return all cells with decisions."""
    events = list(dict.fromkeys(sample.event for sample in samples))
    parts = []
    for sample in samples:
        asked, shared = sample.decisions.asked, sample.decisions.shared
        layer, row, m = np.nonzero(asked * (np.arange(asked.shape[2]) > 0))
        event = np.tile([float(sample.event == name) for name in events[1:]], (len(row), 1))
        effects = np.hstack([sample.signs[row], event])
        names = np.array(sample.decisions.rows)[row]
        parts.append((effects, names, layer, m, asked[layer, row, m], shared[layer, row, m]))
    return _Cells((*traits, *events[1:]), *map(np.concatenate, zip(*parts, strict=True)))


def _levels(cells: _Cells) -> Ints:
    """Return the level of each cell, first and repeated exposures apart; -1 where all are alike."""
    key = np.stack([cells.layer, cells.exposure], axis=1)
    places, at = np.unique(key, axis=0, return_inverse=True)
    yes = np.bincount(at.ravel(), cells.shared)
    both = np.stack([yes, np.bincount(at.ravel(), cells.asked) - yes], axis=1)
    enough = _ENOUGH
    if len(places) > _MOST_LEVELS:
        enough = max(_ENOUGH, int(both.sum(axis=0).min()) // _MOST_LEVELS)
    result, layer, level, both_so_far = np.full(len(places), -1), -1, -1, np.zeros(2)
    for place in np.flatnonzero(both.min(axis=1) > 0):
        if places[place, 0] > layer or both_so_far.min() >= enough:
            layer, level, both_so_far = places[place, 0], level + 1, np.zeros(2)
        result[place] = level
        both_so_far = both_so_far + both[place]
    return result[at.ravel()]


def _averaged(estimate: Floats, covariance: Floats, effects: int) -> tuple[Floats, float]:
    """Return what makes average and effects of the coefficients, and the misfit of one level.

    The average is the mean of the levels with the smallest error.
    """
    from scipy.special import chdtrc

    own, levels = covariance[effects:, effects:], estimate[effects:]
    weight = np.linalg.solve(own, np.ones(len(own)))
    mean = np.eye(effects + 1, len(covariance), -1)
    mean[0, effects:] = weight / weight.sum()
    apart = levels - mean[0] @ estimate
    misfit = float(chdtrc(len(own) - 1, apart @ np.linalg.solve(own, apart)))
    return mean, misfit if len(own) > 1 else float("nan")


def _regress(design: Floats, cells: _Cells, source: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return estimates, covariance, inverse observed information and the score of each cell."""
    offset, yes, no = np.log(cells.exposure), cells.shared, cells.asked - cells.shared
    start = np.log(yes.sum() / (cells.asked * cells.exposure).sum())
    estimate = start * (design == 1.0).any(axis=0)
    for _ in range(100):
        rate = np.exp(np.clip(design @ estimate + offset, -30.0, 3.5))
        odds = np.expm1(source + rate)
        scores = rate * (yes / odds - no)
        weight = cells.asked * rate**2 / odds
        solve, covariance = least_squares(design, weight)
        step = solve @ (scores / weight)
        estimate = estimate + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    if np.linalg.cond((design.T * weight) @ design) > 1e10:
        raise CannotFit(
            "These decisions do not separate the effects from each other",
            advice="Run a mix in which the traits vary independently",
        )
    bend = yes * (odds + 1.0) * (rate / odds) ** 2 - scores
    observed = np.linalg.inv((design.T * bend) @ design)
    return estimate, covariance, observed, design * scores[:, None]


def _robust(
    bread: Floats, scores: Floats, row: npt.NDArray[np.str_], effects: int
) -> tuple[Floats, float] | None:
    """Return the sandwich over rows with its degrees of freedom; None for too few rows."""
    names, at = np.unique(row, return_inverse=True)
    freedom = len(names) - effects
    if freedom < 1:
        return None
    each = np.zeros((len(names), scores.shape[1]))
    np.add.at(each, at, scores)
    meat = each.T @ each * (len(names) / freedom)
    return bread @ meat @ bread, float(freedom)


# What the decisions of a setup's runs say: exact rates of its groups, effects of its traits.


@dataclass(frozen=True)
class Learned:
    """Rates and effects from counted decisions, without any mean field."""

    runs: int  # How many runs the decisions are from
    rates: tuple[RateEstimate, ...]  # One for each group that was asked anything
    # The average profile's rate, then each trait's rate ratio (high over low), for mixes of more
    # than four groups; empty for fewer, or where the decisions do not separate the traits
    ratios: tuple[RateRatio, ...]
    # Chance of answers at least this far from rising with exposure as 1 − (1 − q)^m, over all
    # groups (see `newswave.equations.from_decisions.Effects`); NaN where there are no ratios
    misfit: float = math.nan
    why_not: str = ""  # Why there are no ratios for more than four groups; "" otherwise
    # What the table that was run leaves open of all this; "" if nothing, or where none was run
    table_doubt: str = ""


def learn(setup: Setup) -> Learned:
    """Run a setup again, counting its decisions, and return what they say.

    The runs are the setup's own, `simulate`'s first; as many as keep agents times runs under two
    million.
    """
    world = World.of(setup)
    runs = max(1, min(setup.replicas, _MOST // setup.n_agents))
    return learned_from(decisions(world, replicas=runs), setup, runs)


def learned_from(counted: Decisions, setup: Setup, runs: int) -> Learned:
    """Return what decisions say that have been counted already.

    For runs that cannot be made again at will: those in which a language model was asked. Raises
    `CannotFit` where what goes on offline changes from round to round.
    """
    groups = setup.mix.groups
    if counted.rows != tuple(group.name for group in groups):
        raise BadValue(
            "These decisions are of other groups than the setup's",
            given=", ".join(counted.rows[:6]),
            allowed=", ".join(group.name for group in groups[:6]),
        )
    if setup.outside is not None:
        raise CannotFit(
            "Rates from counted decisions know a constant source alone, and here the chance of the "
            "same sight changes from round to round",
            given="a source in time, feedback or ageing",
        )
    result = rates(counted, setup.source_probability)
    bare = Learned(runs, result, (), table_doubt=profile_doubt(setup.sharing))
    if len(groups) <= _SHOWN_APART:
        return bare
    sample = Sample(setup.event.id, counted, np.array([group.profile.signs for group in groups]))
    names = [trait.value for trait in Trait]
    try:
        effects = rate_effects([sample], names, setup.source_probability)
    except CannotFit as trouble:
        return replace(bare, why_not=str(trouble))
    return replace(bare, ratios=effects.ratios, misfit=effects.misfit)
