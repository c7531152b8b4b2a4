"""Numbers of a panel in words: when a line passes a level, how far two lines lie apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.views.explorer.items import Stroke

Floats = npt.NDArray[np.float64]

RUNS = Stroke("blue", (), 3.0)
OTHER_RUNS = Stroke("red", (9, 4), 3.0)
THEORY = Stroke("green", (2, 3), 3.0)
MIXED = Stroke("orange", (8, 4), 2.5)
THIN = Stroke("sky", (), 1.5)
THIN_DASHED = Stroke("red", (4, 3), 1.5)
"""How the lines of the panels are drawn: the same thing in the same way in all of them."""


def passes(fraction: Any, level: float = 0.5) -> float:
    """Return the round in which a rising line passes a level, NaN if it does not.

    >>> passes([0.1, 0.4, 0.8])
    1.25
    """
    line = np.asarray(fraction, dtype=np.float64)
    above = np.flatnonzero(line >= level)
    if not above.size:
        return math.nan
    at = int(above[0])
    if at == 0:
        return 0.0
    return float(np.interp(level, line[at - 1 : at + 1], [at - 1, at]))


def by_round(at: float, last: int) -> str:
    """Return when something is reached.

    >>> by_round(12.34, 60), by_round(float("nan"), 60)
    ('by round 12.3', 'not by round 60')
    """
    return f"by round {at:.1f}" if math.isfinite(at) else f"not by round {last}"


def span(values: Any) -> str:
    """Return the smallest and the largest of several rounds.

    >>> span([12.34, 9.0])
    '9.0 to 12.3'
    """
    return f"{np.min(values):.1f} to {np.max(values):.1f}"


def points(gap: float) -> str:
    """Return a difference of two fractions.

    >>> points(0.234), points(0.004)
    ('23 points', '0.4 points')
    """
    size = 100 * abs(gap)
    return f"{size:.0f} points" if size >= 9.95 else f"{size:.1f} points"


def runs_words(count: int) -> str:
    """Return how many runs there are.

    >>> runs_words(1), runs_words(20)
    ('1 run', '20 runs')
    """
    return "1 run" if count == 1 else f"{count} runs"


def steepest(fraction: Any) -> float:
    """Return the largest step of a line from one round to the next.

    >>> round(steepest([0.1, 0.4, 0.8]), 3)
    0.4
    """
    return float(np.diff(np.asarray(fraction)).max())


def stretches(above: npt.NDArray[np.bool_]) -> str:
    """Return the rounds in which something holds, as stretches.

    >>> stretches(np.array([False, True, True, False, True]))
    'rounds 1 to 2 and 4'
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(int), [0]])))
    parts = [
        f"{first}" if first == last - 1 else f"{first} to {last - 1}"
        for first, last in edges.reshape(-1, 2).tolist()
    ]
    if not parts:
        return "no round"
    return "rounds " + (" and ".join(parts) if len(parts) < 3 else
                        ", ".join(parts[:-1]) + f" and {parts[-1]}")  # fmt: skip
