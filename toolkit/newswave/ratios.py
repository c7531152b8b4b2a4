"""From logged decisions to what each trait and each event does to the transmission rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue, CannotFit, probability
from newswave.sharing import hazard
from newswave.tally import Decisions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_Z = 1.959964
_ENOUGH = 5
_MOST_LEVELS = 60


@dataclass(frozen=True)
class RateRatio:
    """What a trait or an event does to the transmission rate.

    Parameters
    ----------
    name : str
        The trait or event; "(average)" is the rate of the average profile at the first event.
    ratio : float
        Rate with the trait high over rate with it low; rate at this event over that at the first
        one; for "(average)" the rate itself, per contact and round, averaged over the exposures.
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


@dataclass(frozen=True)
class Effects:
    """What traits and events do to the rate, and whether there is one rate per contact at all.

    Parameters
    ----------
    ratios : tuple of RateRatio
        The average, then the traits, then the events after the first.
    misfit : float
        Chance of levels at least this far from ln m + constant if answers did rise with m as
        1 − (1 − q)^m (Wald test); NaN where only one exposure says anything. The ratios hold
        either way.
    """

    ratios: tuple[RateRatio, ...]
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
    >>> found = rate_effects([Sample("festival", counted, np.array([[0.5], [-0.5]]))], ["keen"])
    >>> round(found.ratios[1].ratio, 2), found.misfit < 0.001      # the same at m = 1 and m = 2
    (4.99, True)
    """
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
    robust, quantile = _robust(bread, scores, cells.row, len(names)) or (covariance, _Z)
    width = quantile * np.sqrt(((average @ robust) * average).sum(axis=1))
    ratios = tuple(
        RateRatio(name, *map(float, np.exp([b, b - w, b + w])))
        for name, b, w in zip(names, average @ estimate, width, strict=True)
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
    found, layer, level, held = np.full(len(places), -1), -1, -1, np.zeros(2)
    for place in np.flatnonzero(both.min(axis=1) > 0):
        if places[place, 0] > layer or held.min() >= enough:
            layer, level, held = places[place, 0], level + 1, np.zeros(2)
        found[place] = level
        held = held + both[place]
    return found[at.ravel()]


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
        information = (design.T * (cells.asked * rate**2 / odds)) @ design
        step = np.linalg.lstsq(information, design.T @ scores, rcond=None)[0]
        estimate = estimate + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    if np.linalg.cond(information) > 1e10:
        raise CannotFit(
            "These decisions do not separate the effects from each other",
            advice="Run a mix in which the traits vary independently",
        )
    bend = yes * (odds + 1.0) * (rate / odds) ** 2 - scores
    observed = np.linalg.inv((design.T * bend) @ design)
    return estimate, np.linalg.inv(information), observed, design * scores[:, None]


def _robust(
    bread: Floats, scores: Floats, row: npt.NDArray[np.str_], effects: int
) -> tuple[Floats, float] | None:
    """Return the sandwich over rows with the quantile of its law; None for too few rows."""
    names, at = np.unique(row, return_inverse=True)
    freedom = len(names) - effects
    if freedom < 1:
        return None
    from scipy.special import stdtrit

    each = np.zeros((len(names), scores.shape[1]))
    np.add.at(each, at, scores)
    meat = each.T @ each * (len(names) / freedom)
    return bread @ meat @ bread, float(stdtrit(freedom, 0.975))
