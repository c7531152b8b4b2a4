"""Fisher scoring with damping, for many curves at once: the numerical heart of every curve fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Objective = Callable[[Floats, Indices], tuple[Floats, Floats, Floats]]
"""From z (R, P) and the curve of each row to value (R,), gradient (R, P), information (R, P, P)."""

_MOST = 60
_TOLERANCE = 1e-9
_LONGEST_STEP = 2.0
_NEAR = 0.02


def minimise(objective: Objective, starts: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """Return the z with the smallest value, and that value, for each curve.

    Each step solves (F + λ diag F) δ = −g with the Fisher information F and the gradient g; λ falls
    after a step that helps and rises after one that does not (Levenberg and Marquardt). All starts
    of all curves go side by side. One that has settled is left alone while the others go on, and
    so is one that has come close to a better one of the same curve: it would end in the same place.

    Parameters
    ----------
    objective : callable
        See `Objective`.
    starts : array, shape (S, B, P)
        First guesses, S for each curve.
    bounds : array, shape (2, P)
        Lowest and highest z.

    Returns
    -------
    tuple of arrays, shapes (B, P) and (B,)
    """
    n_starts, n_curves, n_parameters = starts.shape
    curve = np.tile(np.arange(n_curves), n_starts)
    at = _State.of(objective, np.clip(starts, *bounds).reshape(-1, n_parameters), curve)
    z, value, rows = at.z.copy(), at.value.copy(), np.arange(len(curve))
    for _ in range(_MOST):
        at, gain = at.stepped(objective, curve[rows], bounds)
        z[rows], value[rows] = at.z, at.value
        going = (gain > _TOLERANCE * np.abs(at.value) + 1e-15) & (at.damping < 1e8)
        going &= ~_overtaken(z.reshape(starts.shape), value.reshape(n_starts, -1)).ravel()[rows]
        if not going.any():
            break
        if not going.all():
            at, rows = at.only(going), rows[going]
    best = value.reshape(n_starts, -1).argmin(axis=0)
    chosen = best * n_curves + np.arange(n_curves)
    return z[chosen], value[chosen]


def _overtaken(z: Floats, value: Floats) -> npt.NDArray[np.bool_]:
    """Return which starts stand beside a better one of the same curve, shape (S, B)."""
    if len(z) == 1:
        return np.zeros(value.shape, np.bool_)
    best = value.argmin(axis=0)
    leader = z[best, np.arange(len(best))]
    near = np.abs(z - leader).max(axis=2) < _NEAR
    return np.asarray(near & (np.arange(len(z))[:, None] != best))


@dataclass(frozen=True, eq=False)
class _State:
    """Where each row stands: z, its value, gradient, information, and its damping λ."""

    z: Floats
    value: Floats
    gradient: Floats
    information: Floats
    damping: Floats

    @classmethod
    def of(cls, objective: Objective, z: Floats, curve: Indices) -> _State:
        """Return the state at z before the first step."""
        return cls(z, *objective(z, curve), np.full(len(z), 1e-3))

    def stepped(
        self, objective: Objective, curve: Indices, bounds: Floats
    ) -> tuple[_State, Floats]:
        """Return the state after one step and what it gained, infinite where it did not help."""
        trial = np.clip(self.z + self._step(bounds), *bounds)
        value, gradient, information = objective(trial, curve)
        better = value <= self.value
        gain = np.where(better, self.value - value, np.inf)
        after = _State(
            np.where(better[:, None], trial, self.z),
            np.where(better, value, self.value),
            np.where(better[:, None], gradient, self.gradient),
            np.where(better[:, None, None], information, self.information),
            np.where(better, self.damping * 0.1, self.damping * 8.0),
        )
        return after, gain

    def only(self, which: npt.NDArray[np.bool_]) -> _State:
        """Return the state of some rows."""
        parts = (self.z, self.value, self.gradient, self.information, self.damping)
        return _State(*(part[which] for part in parts))

    def _step(self, bounds: Floats) -> Floats:
        """Return the damped step; a parameter that pushes against its bound is held."""
        z, gradient = self.z, self.gradient
        held = ((z <= bounds[0]) & (gradient > 0)) | ((z >= bounds[1]) & (gradient < 0))
        free = ~held
        system = self.information * (free[:, :, None] & free[:, None, :])
        diagonal = np.einsum("bpp->bp", system)
        largest = diagonal.max(axis=1, keepdims=True)
        scale = np.maximum(diagonal, 1e-9 * np.maximum(largest, 1e-9))
        added = self.damping[:, None] * scale + 1e-12 * scale + held
        system = system + np.eye(z.shape[1]) * added[:, None, :]
        step = np.linalg.solve(system, np.where(held, 0.0, -gradient)[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        return np.asarray(step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300)))
