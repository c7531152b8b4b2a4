"""What regressions and intervals share: log-odds, least squares, the normal quantile.

SciPy is imported when a function is called: `nw.simulate` needs none of it, and it loads slowly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution, `scipy.special.ndtri(0.975)`."""


def logit(chance: Floats, least: float = 0.0) -> Floats:
    """Return the log-odds ln(p / (1 − p)) of chances held between `least` and 1 − `least`."""
    from scipy import special

    return np.asarray(special.logit(np.clip(chance, least, 1.0 - least)))


def expit(log_odds: Floats | float) -> Floats:
    """Return the chances 1 / (1 + e^(−x)) of log-odds: the way back from `logit`."""
    from scipy import special

    return np.asarray(special.expit(log_odds))


def holm(p_values: Floats) -> Floats:
    """Return p-values that allow for how many there are (S. Holm, Scand. J. Stat. 6, 1979).

    In rising order, (n − i) p_i for i = 0, …, n − 1, no less than the one before and at most 1.
    """
    order = np.argsort(p_values)
    raised = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    result = np.empty(len(p_values))
    result[order] = np.minimum(raised, 1.0)
    return result


def least_squares(design: Floats, weight: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the map (X'WX)⁻¹X'W from responses to coefficients, (P, n), and (X'WX)⁻¹, (P, P).

    X is the design (n, P), W the diagonal of weights (n,), all 1 if not given. Where X does not
    separate the coefficients, the inverse is the pseudo-inverse.
    """
    weighted = design.T if weight is None else design.T * weight
    information = weighted @ design
    cutoff = len(information) * np.finfo(np.float64).eps
    inverse = np.linalg.pinv(information, rcond=cutoff, hermitian=True)
    return inverse @ weighted, np.asarray(inverse, np.float64)
