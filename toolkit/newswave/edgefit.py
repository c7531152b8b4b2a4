"""The edge-based rounds for two classes with their slopes, written for fitting.

The same recursion as `networkfield.rounds`, carried together with its derivatives in one pass.
Plain arithmetic only, so that one curve runs on Python's floats (fifteen times faster than arrays
of one) and many at once on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def two_class_rounds(
    fast_rate: Floats,
    slow_rate: Floats,
    fast_fraction: Floats,
    source_rate: Floats,
    degree: int,
    initial_fraction: Floats,
    n_rounds: int,
) -> tuple[Floats, Floats]:
    """Return i by round and its slopes with respect to the four parameters.

    Parameters
    ----------
    fast_rate, slow_rate, fast_fraction, source_rate : array, shape (B,)
        One entry for each curve; units as in `networkfield.rounds`.
    degree : int
        k.
    initial_fraction : array, shape (B,)
        i₀ of each curve.
    n_rounds : int
        T.

    Returns
    -------
    tuple of arrays, shapes (B, T + 1) and (4, B, T + 1)
        i, and its slopes by fast rate, slow rate, fast fraction, source rate.
    """
    fast_q, slow_q = -np.expm1(-fast_rate), -np.expm1(-slow_rate)
    arguments = (fast_q, slow_q, fast_fraction, np.exp(-source_rate), 1.0 - initial_fraction)
    if len(fast_rate) == 1:
        alone = [float(x[0]) for x in arguments]
        table = np.array(_recursion(alone, degree, n_rounds))[..., None]
    else:
        table = np.array(_recursion(arguments, degree, n_rounds))
    f, s, f_f, f_s, f_p, f_a, s_f, s_s, s_p, s_a = table.transpose(1, 2, 0)
    time = np.arange(n_rounds + 1)
    p = fast_fraction[:, None]
    unshared = (1.0 - initial_fraction)[:, None] * np.exp(-source_rate[:, None] * time)
    f_power, s_power = f ** (degree - 1), s ** (degree - 1)
    left = unshared * (p * f_power * f + (1.0 - p) * s_power * s)
    by_f, by_s = unshared * degree * p * f_power, unshared * degree * (1.0 - p) * s_power
    slopes = np.stack(
        [
            -(by_f * f_f + by_s * s_f) * (1.0 - fast_q)[:, None],
            -(by_f * f_s + by_s * s_s) * (1.0 - slow_q)[:, None],
            -(by_f * f_p + by_s * s_p) - unshared * (f_power * f - s_power * s),
            -(by_f * f_a + by_s * s_a) + time * left,
        ]
    )
    return 1.0 - left, slopes


def _recursion(start: Sequence[Any], degree: int, n_rounds: int) -> list[tuple[Any, ...]]:
    """Return θ_f, θ_s and their slopes by q_f, q_s, p and the source's hazard, round by round.

    `start` holds q_f, q_s, p, the chance e^(−a) not to meet the source in a round, and 1 − i₀.
    """
    fast, slow, p, met, unshared = start
    zero = fast * 0.0
    f = s = zero + 1.0
    f_f = f_s = f_p = f_a = s_f = s_s = s_p = s_a = zero
    found = [(f, s, f_f, f_s, f_p, f_a, s_f, s_s, s_p, s_a)]
    power, rest = degree - 2, 1.0 - p
    for time in range(n_rounds):
        f_low, s_low = f**power, s**power
        f_high, s_high = f_low * f, s_low * s
        phi = unshared * (p * f_high + rest * s_high)
        by_f = unshared * (degree - 1) * p * f_low
        by_s = unshared * (degree - 1) * rest * s_low
        phi_f, phi_s = by_f * f_f + by_s * s_f, by_f * f_s + by_s * s_s
        phi_p = by_f * f_p + by_s * s_p + unshared * (f_high - s_high)
        phi_a = by_f * f_a + by_s * s_a - time * phi
        f_f, s_f = f_f - fast * (f_f - phi_f) - (f - phi), s_f - slow * (s_f - phi_f)
        f_s, s_s = f_s - fast * (f_s - phi_s), s_s - slow * (s_s - phi_s) - (s - phi)
        f_p, s_p = f_p - fast * (f_p - phi_p), s_p - slow * (s_p - phi_p)
        f_a, s_a = f_a - fast * (f_a - phi_a), s_a - slow * (s_a - phi_a)
        f, s = f - fast * (f - phi), s - slow * (s - phi)
        unshared = unshared * met
        found.append((f, s, f_f, f_s, f_p, f_a, s_f, s_s, s_p, s_a))
    return found
