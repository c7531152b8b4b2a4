"""Fisher scoring with damping, for many curves at once: the numerical heart of every curve fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objective = Callable[[Floats, Indices], tuple[Floats, Floats, Floats]]
"""From z (R, P) and the curve of each row to value (R,), gradient (R, P), information (R, P, P)."""

_MOST = 60
_TOLERANCE = 1e-9
_LONGEST_STEP = 2.0
_NEAR = 0.02


def minimise(objective: Objective, starts: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """Return the z with the smallest value, and that value, for each curve.

    Each step solves (F + λ diag F) δ = −g with the Fisher information F and the gradient g; λ falls
    after a step that helps and rises, ever faster, after those that do not (Levenberg, Marquardt;
    the rise is H. B. Nielsen's). All starts of all curves go side by side. One that has settled is
    left alone while the others go on, and so is one that has come close to a better one of the same
    curve that is still going: it would end in the same place.

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
    curve, rows = np.tile(np.arange(n_curves), n_starts), np.arange(n_starts * n_curves)
    now = _State.of(objective, np.clip(starts, *bounds).reshape(-1, n_parameters), curve)
    z, value, active = now.z.copy(), now.value.copy(), np.ones(len(rows), np.bool_)
    for _ in range(_MOST):
        step, promise = now.step(bounds)
        going = (promise > now.little) | (now.damping > 1e-2)
        going &= ~_overtaken(z.reshape(starts.shape), value, active)[rows]
        active[rows] = going
        if not going.any():
            break
        rows = rows[going]
        now, gain = now.only(going).moved(step[going], objective, curve[rows], bounds)
        z[rows], value[rows] = now.z, now.value
        going = (gain > now.little) & (now.damping < 1e8)
        active[rows] = going
        now, rows = now.only(going), rows[going]
    best = value.reshape(n_starts, -1).argmin(axis=0) * n_curves + np.arange(n_curves)
    return z[best], value[best]


def _overtaken(z: Floats, value: Floats, active: Bools) -> Bools:
    """Return which starts stand beside a better, active one of the same curve, flat."""
    order = np.arange(z.shape[1])
    best = value.reshape(len(z), -1).argmin(axis=0)
    near = np.abs(z - z[best, order]).max(axis=2) < _NEAR
    near &= active.reshape(len(z), -1)[best, order]
    near[best, order] = False
    return np.asarray(near.ravel())


@dataclass(frozen=True, eq=False)
class _State:
    """Where each row stands: z, value, gradient, information, λ, and how λ rises next."""

    z: Floats
    value: Floats
    gradient: Floats
    information: Floats
    damping: Floats
    rise: Floats

    @classmethod
    def of(cls, objective: Objective, z: Floats, curve: Indices) -> _State:
        """Return the state at z before the first step."""
        return cls(z, *objective(z, curve), np.full(len(z), 0.1), np.full(len(z), 4.0))

    @property
    def little(self) -> Floats:
        """A gain that is not worth a step."""
        return _TOLERANCE * np.abs(self.value) + 1e-15

    def only(self, which: Bools) -> _State:
        """Return the state of some rows."""
        return self if which.all() else _State(*(part[which] for part in vars(self).values()))

    def moved(
        self, step: Floats, objective: Objective, curve: Indices, bounds: Floats
    ) -> tuple[_State, Floats]:
        """Return the state after a step and what it gained, infinite where it did not help."""
        trial = np.clip(self.z + step, *bounds)
        value, gradient, information = objective(trial, curve)
        better = value <= self.value
        after = _State(
            np.where(better[:, None], trial, self.z),
            np.where(better, value, self.value),
            np.where(better[:, None], gradient, self.gradient),
            np.where(better[:, None, None], information, self.information),
            np.where(better, np.maximum(self.damping * 0.3, 1e-7), self.damping * self.rise),
            np.where(better, 4.0, self.rise * 2.0),
        )
        return after, np.where(better, self.value - value, np.inf)

    def step(self, bounds: Floats) -> tuple[Floats, Floats]:
        """Return the damped step and what it should gain.

        A parameter that the gradient or, solved together with the others, the step pushes against
        its bound is held there.
        """
        at_low, at_high = self.z <= bounds[0], self.z >= bounds[1]
        held = (at_low & (self.gradient > 0)) | (at_high & (self.gradient < 0))
        step, promise = self._solved(held)
        pushed = held | (at_low & (step < 0)) | (at_high & (step > 0))
        return (step, promise) if np.array_equal(held, pushed) else self._solved(pushed)

    def _solved(self, held: Bools) -> tuple[Floats, Floats]:
        """Return the step and what it should gain, parameters that are held left as they are."""
        free = ~held
        down = np.where(free, -self.gradient, 0.0)
        system = self.information * (free[:, :, None] & free[:, None, :])
        diagonal = np.einsum("bpp->bp", system)
        largest = diagonal.max(axis=1, keepdims=True)
        scale = np.maximum(diagonal, 1e-9 * np.maximum(largest, 1e-9))
        added = (self.damping[:, None] + 1e-12) * scale + held
        damped = system + np.eye(held.shape[1]) * added[:, None, :]
        step = np.linalg.solve(damped, down[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        step *= np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))
        bend = np.einsum("bp,bpq,bq->b", step, system, step)
        return step, (down * step).sum(axis=1) - 0.5 * bend
