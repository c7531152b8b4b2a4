"""What counted answers say of many chances at once: each cell by its own counts and by the others.

Taken one by one, cells of twenty answers are too uneven: luck makes some rows look ready to share
and some look dead, and a network of such rows spreads news at first too fast and then too slowly.
Cells of one table are alike, though: they share five traits and a few exposures. So they are
estimated together,

    y ~ Binomial(n, P),    logit P = a + Σ_j b_j trait_j + c_m + r + u,
    r ~ Normal(0, ρ²) for each profile,    u ~ Normal(0, τ²) for each cell,

with wide normal priors on a, b and c. How far a profile may stand off from its traits, ρ, and a
cell from its profile, τ, is learned from the answers. So three cells of one profile with no yes in
twenty answers each support each other. What the bands of this hold is in docs/why.md.
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

_RHOS = (0.05, 0.6, 1.5, 3.0, 6.0)
_TAUS = (0.05, 0.4, 1.0, 2.5)
_SPREADS = tuple((rho, tau) for rho in _RHOS for tau in _TAUS)
_EXPECTED = (4.0, 0.7)
_BEFORE = -1.0
_WIDTHS = (3.0, 1.0)
_Z = 1.959964
_DIGITS = 9
_SWEEPS = 60
_DAMPED = 0.9
_NODES, _MASS = np.polynomial.hermite_e.hermegauss(21)


@dataclass(frozen=True, eq=False)
class Pooled:
    """The posterior of the cells' log-odds: a mixture of normal laws, one for each ρ and τ.

    Parameters
    ----------
    centre : array, shape (pairs, cells)
        Means of the log-odds.
    covariance : array, shape (pairs, cells, cells)
        Their covariances.
    weight : array, shape (pairs,)
        How likely each pair of ρ and τ is; sums to 1.
    """

    centre: Floats
    covariance: Floats
    weight: Floats

    @property
    def at_edge(self) -> bool:
        """Whether profiles or cells most likely differ by more than is allowed for here."""
        largest = [rho == _RHOS[-1] or tau == _TAUS[-1] for rho, tau in _SPREADS]
        return bool(self.weight @ largest > 0.5)

    def mean(self) -> Floats:
        """Return the expected chance of each cell, shape (cells,)."""
        spread = np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))
        chance = _chance(self.centre[..., None] + spread[..., None] * _NODES)
        return np.asarray(self.weight @ (chance @ (_MASS / _MASS.sum())))

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


def pool(
    signs: Floats,
    exposure: Floats,
    asked: Floats,
    shared: Floats,
    rows: npt.NDArray[np.str_] | None = None,
) -> Pooled:
    """Return the posterior of the cells of one table.

    Expectation propagation for each ρ and τ of a grid, weighed by its marginal likelihood and by
    exponential priors with means 4 and 0.7 (T. Minka, UAI 2001; C. E. Rasmussen, C. K. I. Williams,
    "Gaussian Processes for Machine Learning", 2006, section 3.6).

    Parameters
    ----------
    signs : array, shape (cells, J)
        +½ or −½ for each trait of a cell's profile; J = 0 where rows are no profiles.
    exposure : array, shape (cells,)
        m.
    asked, shared : array, shape (cells,)
        Answers, and those that were "share".
    rows : array of str, shape (cells,), optional
        The profile or group of each cell; without it, each cell is one of its own.

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
    row = np.equal.outer(rows, rows) if rows is not None else own
    sites, found = np.zeros((2, len(asked))), []
    for rho, tau in _SPREADS:
        kernel = common + rho**2 * row + tau**2 * own
        centre, covariance, likelihood, sites = _propagated(kernel, asked, shared, sites)
        before = rho / _EXPECTED[0] + tau / _EXPECTED[1]
        found.append((centre, covariance, likelihood - before))
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
    exposure, asked, shared = (
        np.array([getattr(cell, name) for cell in cells], float)
        for name in ("exposure", "asked", "shared")
    )
    return pool(signs, exposure, asked, shared, np.array([cell.row for cell in cells]))


def pooled_cells(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return counted cells with chance and interval from all of their counts together.

    >>> alone = [Cell.counted(code, 1, 20, 5) for code in ("O+C-E+A-N-", "O-C+E-A+N+")]
    >>> [round(cell.probability, 2) for cell in pooled_cells(alone)]
    [0.25, 0.25]
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


def _propagated(
    kernel: Floats, asked: Floats, shared: Floats, sites: Floats
) -> tuple[Floats, Floats, float, Floats]:
    """Return mean, covariance and log marginal likelihood of the log-odds, and the sites.

    A site stands for a cell's likelihood: exp(−t z²/2 + v z), with z the log-odds off `_BEFORE`.
    """
    from scipy.linalg import solve_triangular

    for _ in range(_SWEEPS):
        precision, pull = sites
        half = np.sqrt(precision)
        root = np.linalg.cholesky(np.eye(len(half)) + half[:, None] * kernel * half)
        inner = solve_triangular(root, half[:, None] * kernel, lower=True)
        covariance = kernel - inner.T @ inner
        centre = covariance @ pull
        own = np.diag(covariance)
        width = 1.0 / (1.0 / own - precision)
        middle = width * (centre / own - pull)
        mass, mean, variance = _tilted(middle + _BEFORE, width, asked, shared)
        mean = mean - _BEFORE
        if np.abs(mean - centre).max() < 1e-4:
            break
        new = np.array([1.0 / variance - 1.0 / width, mean / variance - middle / width])
        new[0] = np.maximum(new[0], 0.0)
        sites = sites + _DAMPED * (new - sites)
    held = (middle / width + pull) ** 2 / (1.0 / width + precision) - middle**2 / width
    evidence = (mass + 0.5 * np.log1p(precision * width) - 0.5 * held).sum()
    evidence += 0.5 * pull @ centre - np.log(np.diag(root)).sum()
    return centre + _BEFORE, covariance, float(evidence), sites


def _tilted(
    middle: Floats, width: Floats, asked: Floats, shared: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return log mass, mean and variance of Normal(middle, width) times a cell's likelihood."""
    peak = middle
    for _ in range(20):
        chance = _chance(peak)
        bend = asked * chance * (1.0 - chance) + 1.0 / width
        slope = shared - asked * chance - (peak - middle) / width
        step = np.clip(slope / bend, -2.0, 2.0)
        peak = peak + step
        if np.abs(step).max() < 1e-6:
            break
    scale = 1.0 / np.sqrt(bend)
    odds = peak + scale * _NODES[:, None]
    log = shared * odds - asked * np.logaddexp(0.0, odds) - 0.5 * (odds - middle) ** 2 / width
    log += 0.5 * _NODES[:, None] ** 2 + np.log(_MASS / _MASS.sum())[:, None]
    top = log.max(axis=0)
    share = np.exp(log - top)
    total = share.sum(axis=0)
    mean = (share * odds).sum(axis=0) / total
    variance = (share * (odds - mean) ** 2).sum(axis=0) / total
    return top + np.log(total) + np.log(scale) - 0.5 * np.log(width), mean, variance


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))
