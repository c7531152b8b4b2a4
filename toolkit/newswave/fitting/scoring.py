"""Fisher scoring with damping, for many curves at once: the numerical heart of every curve fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Objective = Callable[[Floats, Indices], tuple[Floats, Floats, Floats]]
"""From z (B, P) and which curves to value (B,), gradient (B, P) and information (B, P, P)."""

_MOST = 60
_TOLERANCE = 1e-9
_LONGEST_STEP = 2.0


def minimise(objective: Objective, start: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """Return the z with the smallest value, and that value, for each curve.

    Each step solves (F + λ diag F) δ = −g with the Fisher information F and the gradient g; λ falls
    after a step that helps and rises after one that does not (Levenberg and Marquardt). A curve
    that has settled is left alone while the others go on.

    Parameters
    ----------
    objective : callable
        See `Objective`.
    start : array, shape (B, P)
        First guesses.
    bounds : array, shape (2, P)
        Lowest and highest z.

    Returns
    -------
    tuple of arrays, shapes (B, P) and (B,)
    """
    z = np.clip(start, *bounds)
    active = np.arange(len(z))
    value, gradient, information = objective(z, active)
    best_z, best = z.copy(), value.copy()
    damping = np.full(len(z), 1e-3)
    for _ in range(_MOST):
        step = _step(gradient, information, damping, z, bounds)
        trial = np.clip(z + step, *bounds)
        new, new_gradient, new_information = objective(trial, active)
        better = new <= value
        gain = np.where(better, value - new, np.inf)
        z = np.where(better[:, None], trial, z)
        value = np.where(better, new, value)
        gradient = np.where(better[:, None], new_gradient, gradient)
        information = np.where(better[:, None, None], new_information, information)
        damping = np.where(better, damping * 0.1, damping * 8.0)
        best_z[active], best[active] = z, value
        going = (gain > _TOLERANCE * np.abs(value) + 1e-15) & (damping < 1e8)
        if not going.any():
            break
        if not going.all():
            active, z, value, damping = active[going], z[going], value[going], damping[going]
            gradient, information = gradient[going], information[going]
    return best_z, best


def _step(
    gradient: Floats, information: Floats, damping: Floats, z: Floats, bounds: Floats
) -> Floats:
    """Return the damped step; a parameter that pushes against its bound is held."""
    held = ((z <= bounds[0]) & (gradient > 0)) | ((z >= bounds[1]) & (gradient < 0))
    free = ~held
    system = information * (free[:, :, None] & free[:, None, :])
    diagonal = np.einsum("bpp->bp", system)
    scale = np.maximum(diagonal, 1e-9 * np.maximum(diagonal.max(axis=1, keepdims=True), 1e-9))
    system = (
        system + np.eye(z.shape[1]) * (damping[:, None] * scale + 1e-12 * scale + held)[:, None, :]
    )
    step = np.linalg.solve(system, np.where(held, 0.0, -gradient)[..., None])[..., 0]
    longest = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300)))
