"""When runs pass a fraction, and what their average time says where some never do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.errors import BadValue, real_number

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Passing:
    """When each run passes a fraction of all agents.

    Parameters
    ----------
    fraction : float
        Which.
    times : array, shape (runs,)
        In rounds; NaN for a run that does not get there by `last`.
    last : int
        The last round that counts.
    """

    fraction: float
    times: Floats
    last: int

    @property
    def arrived(self) -> npt.NDArray[np.bool_]:
        """Which runs get there, shape (runs,)."""
        return np.isfinite(self.times)

    @property
    def held(self) -> Floats:
        """The times with `last` for a run that does not get there, shape (runs,).

        Their mean is the restricted mean time (Royston and Parmar, BMC Medical Research Methodology
        13, 152, 2013): known whatever the runs do after the last round.
        """
        return np.where(self.arrived, self.times, float(self.last))


def passing(curve: Curve, fraction: float, last: int) -> Passing:
    """Return when each run of a curve first passes a fraction, between rounds by a straight line.

    Parameters
    ----------
    curve : Curve
        The runs.
    fraction : float
        Between 0 and 1.
    last : int
        The last round that counts.

    Raises
    ------
    BadValue
        If the fraction is none, or the curve starts after the last round.

    Examples
    --------
    >>> passing(Curve([[1, 3, 6, 8], [1, 1, 2, 2]], n_agents=10), 0.5, 3).times.round(2).tolist()
    [1.67, nan]
    """
    real_number("The fraction to be passed", fraction, 0.0, 1.0)
    counts = curve.counts[:, curve.rounds <= last]
    if not counts.shape[1]:
        raise BadValue("This curve starts after the last round", given=curve.rounds[0])
    goal = fraction * curve.n_agents
    there = counts >= goal
    at, runs = there.argmax(axis=1), np.arange(curve.runs)
    earlier = np.maximum(at - 1, 0)
    before, after = counts[runs, earlier], counts[runs, at]
    rise = np.where(after > before, after - before, 1.0)
    part = np.where(at > 0, (goal - before) / rise, 1.0)
    times = curve.rounds[at] - (1.0 - part) * (curve.rounds[at] - curve.rounds[earlier])
    return Passing(fraction, np.where(there.any(axis=1), times, np.nan), last)
