"""From logged decisions to what each trait and each event does to the transmission rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue, CannotFit
from newswave.tally import Decisions

Floats = npt.NDArray[np.float64]

_Z = 1.959964


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
    if not 0 < shared.sum() < asked.sum():
        raise CannotFit("All decisions are alike: they say nothing about traits or events")
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
        columns = [
            np.ones((len(row), 1)),
            sample.signs[row],
            is_event.reshape(len(row), len(events) - 1),
        ]
        counts = np.stack([m + 1.0, asked[row, m + 1], shared[row, m + 1]], axis=1)
        parts.append(np.hstack([*columns, counts]))
    table = np.vstack(parts)
    names = ["(average)", *traits, *events[1:]]
    return table[:, :-3], names, table[:, -3], table[:, -2], table[:, -1]


def _regress(
    design: Floats, offset: Floats, asked: Floats, shared: Floats
) -> tuple[Floats, Floats]:
    """Return estimates and covariance by Fisher scoring."""
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
