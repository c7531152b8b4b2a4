"""One table for everybody, whatever it is: a curve of agents who are alike, with a free P(m)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from newswave.fitting.models import LOG_RATE, OnNetwork, Times, elapsed
from newswave.networkfield import one_table
from newswave.sharing import SharingTable, share_probability

Floats = npt.NDArray[np.float64]

MOST = 30
"""Up to this degree a table is fitted; the master equation costs k² for every round."""

_STEP = 1e-5
_STEEPEST = 12.0


@dataclass(frozen=True)
class AnyTable:
    """SI of agents who are all alike, whose answers may depend on exposure in any rising way.

    The hazard −ln(1 − P(m)) is free at m = 1, 2, 3 and k and straight in ln m between, and it never
    falls as m rises. Flat tables, tables told "1, 2, 3 or more", thresholds and the contact rule
    (all slopes 1) are among them. The curve is the master equation's.

    Parameters
    ----------
    mixing : OnNetwork
        The random regular network.
    near : tuple of float, optional
        Where to begin to look, in place of three usual shapes.
    """

    mixing: OnNetwork
    near: tuple[float, ...] = ()
    name: ClassVar[str] = "one table"
    parameters: ClassVar[tuple[str, ...]] = ("log_hazard", "to_two", "to_three", "beyond")
    bounds: ClassVar[Any] = np.array([LOG_RATE, *[(0.0, _STEEPEST)] * 3]).T

    def starts(self, speed: Floats, reach: Floats) -> list[Floats]:  # noqa: ARG002
        """Return guesses that flatten, follow the contact rule, and accelerate."""
        if self.near:
            return [np.tile(self.near, (len(speed), 1))]
        return [
            np.stack([np.log(speed * by), *[0 * speed + slope] * 3], axis=1)
            for by, slope in ((1.5, 0.2), (1.0, 1.0), (0.5, 2.0))
        ]

    def estimates(self, z: Floats) -> Floats:
        """Return the working parameters themselves."""
        return z

    def chances(self, z: Floats) -> Floats:
        """Return P(m) for m = 0 to k, shape (B, k + 1)."""
        log_m = np.log(np.arange(1, self.mixing.degree + 1.0))
        knots = np.log([1.0, 2.0, 3.0])
        pieces = np.minimum(log_m[:, None], [*knots[1:], np.inf]) - knots
        log_hazard = z[:, :1] + z[:, 1:] @ np.maximum(pieces, 0.0).T
        chance = share_probability(np.exp(np.minimum(log_hazard, LOG_RATE[1])))
        return np.concatenate([np.zeros((len(z), 1)), chance], axis=1)

    def table(self, z: Floats, row: str) -> SharingTable:
        """Return the table of one fit."""
        return SharingTable((row,), self.chances(z[None]), source="fitted to a curve")

    def curves(self, z: Floats, start: Floats, times: Times) -> tuple[Floats, Floats]:
        """Return i and its slopes by z, by small differences."""
        n, size = z.shape
        at = elapsed(times).astype(np.int64)
        moved = np.concatenate([z, *(z + _STEP * unit for unit in np.eye(size))])
        shared = one_table(self.chances(moved), np.tile(start, size + 1), int(at[-1]))[:, at]
        base, others = shared[:n], shared[n:].reshape(size, n, -1)
        return base, ((others - base) / _STEP).transpose(1, 0, 2)
