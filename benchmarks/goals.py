"""What was measured, what is asked of it, and whether that is met, as lines of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_LINE = "{:<66} {:>12} {:>12}  {}"
HEADER = _LINE.format("what", "measured", "goal", "met")


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Parameters
    ----------
    what : str
        What was measured.
    value : float
        How much came out.
    unit : str
        Of the value and the goal.
    goal : float or None
        What to stay within; None for a figure that nothing is asked of.
    is_least : bool
        Whether the goal is to be reached, not to be stayed within.
    """

    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    is_least: bool = False

    @property
    def met(self) -> str:
        """Whether the goal is met; a value that is missing meets none."""
        if self.goal is None:
            return "-"
        fits = self.value >= self.goal if self.is_least else self.value <= self.goal
        return "yes" if fits else "NO"

    def line(self) -> str:
        """Return the line.

        >>> Figure("first picture", 1.234, "s", 3).line().split()
        ['first', 'picture', '1.23', 's', '<=', '3', 's', 'yes']
        """
        unit = f" {self.unit}" if self.unit else ""
        sign = ">=" if self.is_least else "<="
        goal = "" if self.goal is None else f"{sign} {self.goal:g}{unit}"
        return _LINE.format(self.what, f"{short(self.value)}{unit}", goal, self.met)


def short(value: float) -> str:
    """Return a number with three digits that count, and all of those before the point.

    >>> short(0.01234), short(12345.6)
    ('0.0123', '12346')
    """
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantile(values: Sequence[float], part: float) -> float:
    """Return a quantile of what was measured; NaN if nothing was.

    >>> quantile([1.0, 2.0, 3.0], 0.5), quantile([], 0.5)
    (2.0, nan)
    """
    given: Any = np.asarray(values, float)
    return float(np.quantile(given, part)) if given.size else float("nan")
