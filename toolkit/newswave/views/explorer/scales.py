"""The values that a slider can take: whatever cannot be run cannot be reached."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass

from newswave.errors import BadValue

Values = tuple[float, ...]


@dataclass(frozen=True)
class Scale:
    """The values a slider steps through, in order, and how one is said.

    Parameters
    ----------
    values : tuple of float
        Rising; the slider moves from one to the next.
    words : callable
        A value with its unit, as it is shown and read out.

    Raises
    ------
    BadValue
        If there are no values or they do not rise.

    Examples
    --------
    >>> Scale((10, 20, 50), "{:.0f} agents".format).nearest(34)
    1
    """

    values: Values
    words: Callable[[float], str]

    def __post_init__(self) -> None:
        if not self.values or any(a >= b for a, b in zip(self.values, self.values[1:])):  # noqa: B905
            raise BadValue("The values of a slider do not rise", given=self.values)

    def nearest(self, value: float) -> int:
        """Return the place of the value nearest to `value`; of two, the lower."""
        at = bisect.bisect_left(self.values, value)
        around = range(max(0, at - 1), min(len(self.values), at + 1))
        return min(around, key=lambda i: abs(self.values[i] - value))

    def at(self, place: object) -> float:
        """Return the value at a place, the nearest there is."""
        if isinstance(place, bool) or not isinstance(place, int | float) or place != place:
            raise BadValue("A slider stands at a number", given=place)
        return self.values[min(max(round(place), 0), len(self.values) - 1)]


def percent(value: float) -> str:
    """Return a share in per cent.

    >>> percent(0.4), percent(0.015)
    ('40 %', '1.5 %')
    """
    return f"{100 * value:.3g} %"


def even_steps(low: float, high: float, step: float) -> Values:
    """Return values from `low` to `high` in even steps.

    >>> even_steps(0, 1, 0.25)
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    return tuple(round(low + step * i, 10) for i in range(round((high - low) / step) + 1))


CHANCES: Values = (
    *(0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.012),
    *(0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12),
    *(0.15, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9),
)
"""Share probabilities, about as far apart in ratio everywhere."""

SIZES: Values = (
    *(20, 50, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 3000, 4000, 5000),
)
"""Numbers of agents."""
