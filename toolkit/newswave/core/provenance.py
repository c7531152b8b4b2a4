"""Where a measured sharing table comes from, and what its cells rest on, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue, probability, real_number, whole_number
from newswave.core.files import LEFT_OUT
from newswave.core.population import Profile, signs_of
from newswave.core.statistics import Z

Floats = npt.NDArray[np.float64]

_RHOS = (0.05, 0.6, 1.5, 3.0, 6.0)
_TAUS = (0.05, 0.4, 1.0, 2.5)
_SPREADS = tuple((rho, tau) for rho in _RHOS for tau in _TAUS)
_EXPECTED = (4.0, 0.7)
_BEFORE = -1.0
_SURELY = 30.0
_BEGIN, _HIGHEST = (-12.0, 2.0), 5.0
_WIDTHS = (3.0, 1.0, 1.5, 0.5)
_REACH = 0.7
_DIGITS = 9
_SWEEPS = 60
_DAMPED = 0.9
_NODES, _MASS = np.polynomial.hermite_e.hermegauss(21)

_NUMBERS = ("probability", "low", "high")


class Method(Enum):
    """How a cell of a table was measured."""

    DECISION = "read from the log-probabilities of the decision in JSON"
    LOG_PROBABILITIES = "read from the log-probabilities of the first word"
    REPEATED_ANSWERS = "counted over repeated answers"


@dataclass(frozen=True)
class Leaning:
    """How far a model leans towards the label that a question names first.

    Parameters
    ----------
    log_odds : float
        Log-odds of yes where yes is named first, minus those where no is.
    low, high : float or None
        Ends of its 95 % interval; None where a single cell tells it.
    answers : int
        How many answers, or how many cells, it comes from.

    Raises
    ------
    BadValue
        If the interval does not hold the value.
    """

    log_odds: float
    low: float | None = None
    high: float | None = None
    answers: int = 0

    def __post_init__(self) -> None:
        for name in ("log_odds", "low", "high"):
            if name == "log_odds" or getattr(self, name) is not None:
                value = real_number(f"The number '{name}' of a leaning", getattr(self, name))
                object.__setattr__(self, name, value)
        whole_number("The answers behind a leaning", self.answers, 0)
        if not _or(self.low, self.log_odds) <= self.log_odds <= _or(self.high, self.log_odds):
            given = (self.low, self.log_odds, self.high)
            raise BadValue("A leaning's interval does not hold it", given=given)

    def words(self) -> str:
        """Return it as the beginning of a sentence.

        >>> Leaning(0.3, 0.1, 0.5, 40).words()
        'Naming yes first moves the answers by +0.30 on the log-odds (95 % interval +0.10 to +0.50)'
        """
        span = ""
        if self.low is not None and self.high is not None:
            span = f" (95 % interval {self.low:+.2f} to {self.high:+.2f})"
        return f"Naming yes first moves the answers by {self.log_odds:+.2f} on the log-odds{span}"


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


@dataclass(frozen=True)
class Origin:
    """Which model was asked, by whom, in which words.

    Parameters
    ----------
    model, digest : str
        The model's name and the digest of its weights.
    server, client : str
        Versions.
    wording, wording_hash : str
        Name of the wording, and the hash of its words.
    event : str
        Id of the event that the table is about.
    temperature : float
        At which the model answers; log-probabilities are brought to it.
    synthetic : bool
        Whether a formula answered in place of a language model.
    made : str
        When, as an ISO date and time in UTC.
    leaning : Leaning, optional
        How far the model leans towards the label named first; it is not in the cells.

    Raises
    ------
    BadValue
        If a text is longer than 300 characters or the temperature is negative.
    """

    model: str
    digest: str
    server: str
    client: str
    wording: str
    wording_hash: str
    event: str
    temperature: float = 1.0
    synthetic: bool = False
    made: str = ""
    leaning: Leaning | None = field(default=None, metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        texts = ("model", "digest", "server", "client", "wording", "wording_hash", "event", "made")
        for name in texts:
            text = getattr(self, name)
            if not isinstance(text, str) or len(text) > 300:
                raise BadValue(f"The {name} of a table's origin does not fit", given=text)
        heat = real_number("The temperature of a table", self.temperature, 0.0, 10.0)
        object.__setattr__(self, "temperature", heat)
        if not isinstance(self.synthetic, bool):
            raise BadValue("synthetic is True or False", given=self.synthetic)
        if not isinstance(self.leaning, Leaning | None):
            raise BadValue("The leaning of a table is a Leaning", given=self.leaning)


@dataclass(frozen=True)
class Cell:
    """What one cell of a measured table rests on.

    Parameters
    ----------
    row : str
        Profile code, or name of a group.
    exposure : int
        m; the table's largest stands for that many or more.
    probability : float
        P(share).
    low, high : float
        Ends of its 95 % interval; the probability itself where it was read from a model that gives
        the same number again.
    method : Method
        How it was measured.
    asked, shared, abstained : int
        Answers that could be read, those that were "share", and those that could not be read.
    covered : float or None
        Probability of the two labels together, out of all words that the model could have said
        there: the least of the calls for this cell. None where nothing was read.
    yes_first, no_first : float or None
        P(share) as read with yes, and with no, named first; None where that was not asked.

    Raises
    ------
    BadValue
        If the numbers do not fit each other.

    Examples
    --------
    >>> Cell.counted("O+C-E+A-N-", 1, asked=20, shared=5).probability
    0.2619047619047619
    """

    row: str
    exposure: int
    probability: float
    low: float
    high: float
    method: Method
    asked: int = 0
    shared: int = 0
    abstained: int = 0
    covered: float | None = None
    yes_first: float | None = None
    no_first: float | None = None

    def __post_init__(self) -> None:
        checked: dict[str, float] = {}
        for name in ("probability", "low", "high", "covered", "yes_first", "no_first"):
            if name in _NUMBERS or getattr(self, name) is not None:
                checked[name] = probability(f"The number '{name}' of a cell", getattr(self, name))
        checked["exposure"] = whole_number("The exposure of a cell", self.exposure, 1)
        for name in ("asked", "shared", "abstained"):
            checked[name] = whole_number(f"A cell's count '{name}'", getattr(self, name), 0)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not isinstance(self.row, str) or not self.row:
            raise BadValue("A cell names its row", given=self.row)
        if not self.low <= self.probability <= self.high:
            given = (self.low, self.probability, self.high)
            raise BadValue("A cell's interval does not hold its probability", given=given)
        if self.shared > self.asked:
            raise BadValue("More shared than were asked", given=(self.shared, self.asked))
        if not isinstance(self.method, Method):
            raise BadValue("A cell's method is a Method", given=self.method)

    @classmethod
    def counted(cls, row: str, exposure: int, asked: int, shared: int, abstained: int = 0) -> Cell:
        """Return the cell of repeated answers, taken by itself: posterior mean and central 95 %.

        The posterior under Jeffreys' prior is Beta(shared + ½, asked − shared + ½), so that a few
        answers that were all alike do not make a chance of exactly 0 or 1.
        """
        from scipy.stats import beta

        whole_number("The shared answers of a cell", shared, 0, whole_number("asked", asked, 0))
        a, b = posterior(asked, shared)
        low, high = map(float, beta.ppf([0.025, 0.975], a, b))
        counts = (asked, shared, abstained)
        return cls(row, exposure, a / (a + b), low, high, Method.REPEATED_ANSWERS, *counts)

    @property
    def is_counted(self) -> bool:
        """Whether the cell was counted over answers, so that its interval is of some width."""
        return self.method is Method.REPEATED_ANSWERS


def posterior(asked: int, shared: int) -> tuple[float, float]:
    """Return the two parameters of the Beta posterior of a chance, under Jeffreys' prior."""
    return shared + 0.5, asked - shared + 0.5


# What counted answers say of many chances at once: each cell by its own counts and by the others.
#
# Taken one by one, cells of twenty answers are too uneven: luck makes some rows look ready to share
# and some look dead, and a network of such rows spreads news at first too fast and then too slowly.
# Cells of one table are alike, though: they share five traits and a few exposures. So they are
# estimated together,
#
#     y ~ Binomial(n, P),    ln h = a + Σ_j b_j trait_j + d (ln m - mean) + c_m + r + u,
#     h = -ln(1 - P),    r ~ Normal(0, ρ²) for each profile,    u ~ Normal(0, τ²) for each cell,
#     of one profile with correlation exp(-|ln m - ln m'| / 0.7): 3 and 4 neighbours are much alike,
#
# with wide normal priors on a, b, c and d. On this scale the contact rule is d = 1 and all else
# additive, at any chance; on the log-odds, profiles that are ready would rise faster. How far a
# profile may stand off from its traits, ρ, and a cell from its profile, τ, is learned from the
# answers. So three cells of one profile with no yes in twenty answers each support each other. What
# the bands of this hold is in docs/why.md.


@dataclass(frozen=True, eq=False)
class Pooled:
    """The posterior of the cells' log hazards: a mixture of normal laws, one for each ρ and τ."""

    centre: Floats  # (pairs, cells): Means of the log hazards
    covariance: Floats  # (pairs, cells, cells): Their covariances
    weight: Floats  # (pairs,): How likely each pair of ρ and τ is; sums to 1

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
        width = Z * np.sqrt(variance)
        return _chance(centre - width), _chance(centre + width)

    def spread(self, weights: Floats) -> float:
        """Return the standard deviation of a weighted sum of the cells' log-odds."""
        hazard = np.exp(self.centre)
        moved = weights * hazard / -np.expm1(-hazard)  # the derivative of the log-odds is h / P
        within = np.einsum("pi,pij,pj->p", moved, self.covariance, moved)
        odds = hazard + np.log(_chance(self.centre))
        between = (odds - self.weight @ odds) @ weights
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
    """
    from threadpoolctl import threadpool_limits

    shapes = {exposure.shape, asked.shape, shared.shape, signs.shape[:1]}
    if len(shapes) > 1 or not len(asked) or (shared > asked).any() or (shared < 0).any():
        raise BadValue("Cells are counted by signs, exposure, asked and shared", given=shapes)
    design = _design(signs, exposure)
    row = np.eye(len(asked)) if rows is None else 1.0 * np.equal.outer(rows, rows)
    # Matrices this small gain nothing from more threads, and wait long for them on a busy machine.
    with threadpool_limits(limits=1):
        return _mixture(design @ design.T, row, row * _near(exposure), asked, shared)


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
    """Return counted cells with chance and interval from all of their counts together."""
    if not cells:
        return ()
    result = pooled(cells)
    low, high = result.interval()
    ends = zip(cells, result.mean().tolist(), low.tolist(), high.tolist(), strict=True)
    return tuple(
        replace(cell, probability=p, low=min(a, p), high=max(p, b)) for cell, p, a, b in ends
    )


def _chance(log_hazard: Floats) -> Floats:
    return np.asarray(-np.expm1(-np.exp(np.minimum(log_hazard, _SURELY))))


def _design(signs: Floats, exposure: Floats) -> Floats:
    """Return the columns that cells have in common, each scaled by the width of its prior."""
    level, effect, slope, step = _WIDTHS
    rise = np.log(exposure) - np.log(np.unique(exposure)).mean()
    steps = [exposure == m for m in np.unique(exposure)]
    columns = [np.full(len(exposure), level), *(effect * signs.T), slope * rise]
    columns += [step * at for at in steps]
    return np.array(columns, dtype=np.float64).T


def _near(exposure: Floats) -> Floats:
    """Return the correlation of what cells of one row have of their own, by their exposures."""
    place = np.log(exposure)
    return np.asarray(np.exp(-np.abs(np.subtract.outer(place, place)) / _REACH))


def _mixture(common: Floats, row: Floats, own: Floats, asked: Floats, shared: Floats) -> Pooled:
    """Return the posterior for each ρ and τ, weighed; each begins with the sites of the last."""
    sites, result = np.zeros((2, len(asked))), []
    for rho, tau in _SPREADS:
        kernel = common + rho**2 * row + tau**2 * own
        centre, covariance, likelihood, sites = _propagated(kernel, asked, shared, sites)
        before = rho / _EXPECTED[0] + tau / _EXPECTED[1]
        result.append((centre, covariance, likelihood - before))
    evidence = np.array([likelihood for _, _, likelihood in result])
    weight = np.exp(evidence - evidence.max())
    centre, covariance = (np.array([one[at] for one in result]) for at in (0, 1))
    return Pooled(centre, covariance, weight / weight.sum())


def _propagated(
    kernel: Floats, asked: Floats, shared: Floats, sites: Floats
) -> tuple[Floats, Floats, float, Floats]:
    """Return mean, covariance and log marginal likelihood of the log hazards, and the sites.

    A site stands for a cell's likelihood: exp(−t z²/2 + v z), with z the log hazard off `_BEFORE`.
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
    spread = (middle / width + pull) ** 2 / (1.0 / width + precision) - middle**2 / width
    evidence = (mass + 0.5 * np.log1p(precision * width) - 0.5 * spread).sum()
    evidence += 0.5 * pull @ centre - np.log(np.diag(root)).sum()
    return centre + _BEFORE, covariance, float(evidence), sites


def _tilted(
    middle: Floats, width: Floats, asked: Floats, shared: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return log mass, mean and variance of Normal(middle, width) times a cell's likelihood."""
    no = asked - shared
    peak = np.clip(middle, *_BEGIN)
    for _ in range(20):
        hazard = np.exp(peak)
        pull = shared * hazard / np.expm1(hazard)
        gradient = pull - no * hazard - (peak - middle) / width
        curvature = pull * (hazard / -np.expm1(-hazard) - 1.0) + no * hazard + 1.0 / width
        step = np.clip(gradient / curvature, -2.0, 2.0)
        peak = np.minimum(peak + step, _HIGHEST)
        if np.abs(step).max() < 1e-6:
            break
    scale = 1.0 / np.sqrt(curvature)
    place = peak + scale * _NODES[:, None]
    log = shared * np.log(_chance(place)) - no * np.exp(np.minimum(place, _SURELY))
    log -= 0.5 * (place - middle) ** 2 / width
    log += 0.5 * _NODES[:, None] ** 2 + np.log(_MASS / _MASS.sum())[:, None]
    top = log.max(axis=0)
    share = np.exp(log - top)
    total = share.sum(axis=0)
    mean = (share * place).sum(axis=0) / total
    variance = (share * (place - mean) ** 2).sum(axis=0) / total
    return top + np.log(total) + np.log(scale) - 0.5 * np.log(width), mean, variance
