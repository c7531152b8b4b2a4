"""What counted answers say of many chances at once: each cell by its own counts and by the others.

Taken one by one, cells of twenty answers are too uneven: luck makes some rows look ready to share
and some look dead, and a network of such rows spreads news at first too fast and then too slowly.
Cells of one table are alike, though: they share five traits and a few exposures. So they are
estimated together,

    y ~ Binomial(n, P),    logit P = a + Σ_j b_j trait_j + c_m + u,    u ~ Normal(0, τ²),

with wide normal priors on a, b and c, and a u for each cell. How far a cell may stand off by
itself, τ, is learned from the answers: where profiles follow no traits it is large, and each cell
speaks for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue
from newswave.personality import Profile, signs_of
from newswave.provenance import Cell

Floats = npt.NDArray[np.float64]

_TAUS = (0.05, 0.15, 0.3, 0.6, 1.2, 2.0)
_BEFORE = -1.0
_WIDTHS = (3.0, 1.5)
_Z = 1.959964
_DIGITS = 9
_STEPS = 60


@dataclass(frozen=True, eq=False)
class Pooled:
    """The posterior of the cells' log-odds: a mixture of normal laws, one for each τ.

    Parameters
    ----------
    centre : array, shape (taus, cells)
        Means of the log-odds.
    covariance : array, shape (taus, cells, cells)
        Their covariances.
    weight : array, shape (taus,)
        How likely each τ is; sums to 1.
    """

    centre: Floats
    covariance: Floats
    weight: Floats

    def mean(self) -> Floats:
        """Return the expected chance of each cell, shape (cells,)."""
        from numpy.polynomial.hermite_e import hermegauss

        nodes, weights = hermegauss(15)
        spread = np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))
        chance = _chance(self.centre[..., None] + spread[..., None] * nodes)
        return np.asarray(self.weight @ (chance @ (weights / weights.sum())))

    def interval(self) -> tuple[Floats, Floats]:
        """Return the ends of the 95 % interval of each cell, each of shape (cells,)."""
        centre = self.weight @ self.centre
        within = np.diagonal(self.covariance, axis1=1, axis2=2)
        variance = self.weight @ (within + (self.centre - centre) ** 2)
        width = _Z * np.sqrt(variance)
        return _chance(centre - width), _chance(centre + width)

    def spread(self, weights: Floats) -> float:
        """Return the standard deviation of a weighted sum of the cells' log-odds.

        Parameters
        ----------
        weights : array, shape (cells,)
            Such as those of a mean difference between two halves of the cells.
        """
        within = weights @ self.covariance @ weights
        between = (self.centre - self.weight @ self.centre) @ weights
        return float(np.sqrt(self.weight @ (within + between**2)))

    def drawn(self, generator: np.random.Generator) -> Floats:
        """Return chances that the answers leave possible together, shape (cells,).

        In nine digits, so that no machine's own arithmetic shows.
        """
        at = int(np.searchsorted(np.cumsum(self.weight), generator.random()))
        at = min(at, len(self.weight) - 1)
        cells = self.centre.shape[1]
        noise = generator.standard_normal(cells)
        root = np.linalg.cholesky(self.covariance[at] + 1e-10 * np.eye(cells))
        return np.round(_chance(self.centre[at] + root @ noise), _DIGITS)


def pool(signs: Floats, exposure: Floats, asked: Floats, shared: Floats) -> Pooled:
    """Return the posterior of the cells of one table.

    Laplace's approximation for each τ of a grid, weighed by its marginal likelihood (C. E.
    Rasmussen, C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 3.1).

    Parameters
    ----------
    signs : array, shape (cells, J)
        +½ or −½ for each trait of a cell's profile; J = 0 where rows are no profiles.
    exposure : array, shape (cells,)
        m.
    asked, shared : array, shape (cells,)
        Answers, and those that were "share".

    Raises
    ------
    BadValue
        If the shapes differ, or more shared than were asked.

    Examples
    --------
    >>> signs = np.array([[0.5], [-0.5]])
    >>> found = pool(signs, np.ones(2), np.array([40.0, 40.0]), np.array([20.0, 4.0]))
    >>> found.mean().round(2).tolist()
    [0.48, 0.12]
    """
    shapes = {exposure.shape, asked.shape, shared.shape, signs.shape[:1]}
    if len(shapes) > 1 or not len(asked) or (shared > asked).any() or (shared < 0).any():
        raise BadValue("Cells are counted by signs, exposure, asked and shared", given=shapes)
    design = _design(signs, exposure)
    common, own = design @ design.T, np.eye(len(asked))
    found = [_laplace(common + tau**2 * own, asked, shared) for tau in _TAUS]
    evidence = np.array([likelihood for _, _, likelihood in found])
    weight = np.exp(evidence - evidence.max())
    centre, covariance = (np.array([one[at] for one in found]) for at in (0, 1))
    return Pooled(centre, covariance, weight / weight.sum())


def pooled(cells: Sequence[Cell]) -> Pooled:
    """Return what the counts of some cells say of their chances together.

    Where all rows are codes of profiles, cells share the effects of the traits.
    """
    try:
        signs = signs_of([Profile.from_code(cell.row) for cell in cells])
    except BadValue:
        signs = np.zeros((len(cells), 0))
    columns = ("exposure", "asked", "shared")
    return pool(signs, *(np.array([getattr(c, n) for c in cells], float) for n in columns))


def pooled_cells(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return counted cells with chance and interval from all of their counts together.

    >>> alone = [Cell.counted(code, 1, 20, 5) for code in ("O+C-E+A-N-", "O-C+E-A+N+")]
    >>> [round(cell.probability, 2) for cell in pooled_cells(alone)]
    [0.26, 0.26]
    """
    if not cells:
        return ()
    found = pooled(cells)
    low, high = found.interval()
    ends = zip(cells, found.mean().tolist(), low.tolist(), high.tolist(), strict=True)
    return tuple(
        replace(cell, probability=p, low=min(a, p), high=max(p, b)) for cell, p, a, b in ends
    )


def _design(signs: Floats, exposure: Floats) -> Floats:
    """Return the columns that cells have in common, each scaled by the width of its prior."""
    wide, narrow = _WIDTHS
    later = [exposure == m for m in np.unique(exposure)[1:]]
    columns = [np.full(len(exposure), wide), *(narrow * signs.T), *(narrow * m for m in later)]
    return np.array(columns, dtype=np.float64).T


def _laplace(kernel: Floats, asked: Floats, shared: Floats) -> tuple[Floats, Floats, float]:
    """Return mean, covariance and log marginal likelihood of the log-odds under one kernel."""
    odds = np.full(len(asked), _BEFORE)
    for _ in range(_STEPS):
        root, half = _root(kernel, odds, asked)
        chance = _chance(odds)
        pull = half**2 * (odds - _BEFORE) + shared - asked * chance
        weight = pull - half * _solved(root, half * (kernel @ pull))
        step = np.clip(_BEFORE + kernel @ weight - odds, -3.0, 3.0)
        odds = odds + step
        if np.abs(step).max() < 1e-9:
            break
    root, half = _root(kernel, odds, asked)
    inner = np.linalg.solve(root, half[:, None] * kernel)
    likelihood = (shared * odds - asked * np.logaddexp(0.0, odds)).sum()
    likelihood -= 0.5 * weight @ (odds - _BEFORE) + np.log(np.diag(root)).sum()
    return odds, kernel - inner.T @ inner, float(likelihood)


def _root(kernel: Floats, odds: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Return the Cholesky root of I + √W K √W, and √W, W the curvature of the likelihood."""
    chance = _chance(odds)
    half: Floats = np.sqrt(asked * chance * (1.0 - chance))
    inner: Floats = np.eye(len(odds)) + half[:, None] * kernel * half
    return np.asarray(np.linalg.cholesky(inner)), half


def _solved(root: Floats, right: Floats) -> Floats:
    return np.asarray(np.linalg.solve(root.T, np.linalg.solve(root, right)))


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))
