"""What a measured table says: which rows are readiest, what each trait does, what to doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newswave.core.errors import BadValue
from newswave.core.population import Profile, Trait, signs_of
from newswave.core.provenance import Cell
from newswave.core.rules import Measured, SharingRule
from newswave.core.sharing import Floats
from newswave.core.statistics import Z, least_squares, logit
from newswave.core.wording import MOST_TOLD

WELL_COVERED = 0.9
"""Below this probability of yes and no together, what else a model says is worth a mark."""

UNREAD_LEANS = (
    "If a yes is lost more often than a no, or the other way round, rates and effects are off by "
    "that, and nothing here can show it."
)
"""What to know where answers could not be read: that may depend on the answer itself."""

_TRAITS = tuple(Trait)
_ALIKE = 0.02
_SURE = 0.05
_NEVER = 0.001
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class TraitEffect:
    """What one trait does in a table: mean log-odds of the high rows minus that of the low ones.

    At exposure 1, …, M, with the ends of the 95 % interval from the answers that were counted; the
    effect itself where nothing was.
    """

    trait: Trait
    effect: Floats
    low: Floats
    high: Floats
    together: str = ""
    """All traits that differ in just the same rows, as "O+C-": one effect, whosever it is."""

    @property
    def name(self) -> str:
        """The trait, or those that cannot be told from it."""
        return self.together or self.trait.value


def log_odds(probabilities: Floats) -> Floats:
    """Return the log-odds of probabilities, held between one in a million and its opposite."""
    return logit(probabilities, _LEAST)


def by_readiness(measured: Measured) -> tuple[int, ...]:
    """Return the rows in the order of their mean log-odds of sharing, the readiest first."""
    mean = log_odds(measured.given.probabilities[:, 1:]).mean(axis=1)
    return tuple(int(row) for row in np.argsort(-mean, kind="stable"))


def profiles_of(measured: Measured) -> tuple[Profile, ...]:
    """Return the profiles that the rows name; nothing if any row is no profile code."""
    try:
        return tuple(Profile.from_code(row) for row in measured.given.rows)
    except BadValue:
        return ()


def cells_of(measured: Measured) -> dict[tuple[int, int], Cell]:
    """Return what is known of each cell, by row and exposure."""
    place = {row: at for at, row in enumerate(measured.given.rows)}
    return {(place[cell.row], cell.exposure): cell for cell in measured.cells}


def trait_effects(measured: Measured) -> tuple[TraitEffect, ...]:
    """Return what each trait does, for the traits in which the rows differ.

    Traits that differ in just the same rows have one effect between them.

    The interval is that of a normal law with the spread that the counts of all cells together leave
    to the difference, see `newswave.core.sharing`.
    """
    signs = signs_of(profiles_of(measured))
    odds = log_odds(measured.given.probabilities[:, 1:])
    effects = []
    for at, others in _alike(signs).items():
        sign = signs[:, at]
        share = least_squares(np.stack([np.ones(len(sign)), sign], axis=1))[0][1]
        effect = share @ odds
        reach = Z * _spread(measured, share)
        effects.append(TraitEffect(_TRAITS[at], effect, effect - reach, effect + reach, others))
    return tuple(effects)


def _alike(signs: Floats) -> dict[int, str]:
    """Return the first of the traits that differ in the same rows, with them all if several do."""
    groups: dict[bytes, list[int]] = {}
    for at in _varying(signs):
        groups.setdefault((signs[:, at] * signs[0, at] > 0).tobytes(), []).append(at)
    return {
        same[0]: "".join(
            _TRAITS[at].letter + ("+" if signs[0, at] == signs[0, same[0]] else "-")
            for at in same * (len(same) > 1)
        )
        for same in groups.values()
    }


def _varying(signs: Floats) -> list[int]:
    return [at for at, sign in enumerate(signs.T) if 0 < (sign > 0).sum() < len(sign)]


def _inseparable(signs: Floats) -> list[Trait]:
    """Return the traits whose signs are a sum of what the other traits' signs are."""
    varying = _varying(signs)
    design = np.hstack([signs[:, varying], np.ones((len(signs), 1))])
    rank = np.linalg.matrix_rank(design)
    return [
        _TRAITS[trait]
        for at, trait in enumerate(varying)
        if np.linalg.matrix_rank(np.delete(design, at, axis=1)) == rank
    ]


def _spread(measured: Measured, share: Floats) -> Floats:
    """Return what counting leaves open of a weighted sum of rows, at each exposure, shape (M,)."""
    counted = {at: cell for at, cell in cells_of(measured).items() if cell.is_counted}
    every = range(1, measured.given.max_exposure + 1)
    if measured.pooled is None:
        return np.zeros(len(every))
    exposures = measured.exposures
    weights = [[share[row] * (m == at) for row, at in counted] for m in exposures]
    spread = [measured.pooled.spread(np.array(one)) for one in weights]
    return np.interp(every, exposures, spread)


def doubts(measured: Measured) -> tuple[str, ...]:
    """Return what whoever uses a table should know first, in sentences; nothing if all is well."""
    every = (_on_spread(measured), _on_luck(measured), _on_traits(measured), _on_level(measured))
    return tuple(words for words in (*every, *_on_cells(measured)) if words)


def _on_spread(measured: Measured) -> str:
    widest = _widest(measured)
    if len(measured.given.rows) < 2 or widest >= _ALIKE:
        return ""
    words = f"All profiles answer alike: their chances differ by {widest:.3f} at most."
    if measured.origin is None:
        return words
    return f"{words} The model has hardly taken the personas on: try another wording or model."


def _widest(measured: Measured) -> float:
    chance = measured.given.probabilities[:, 1:]
    return float((chance.max(axis=0) - chance.min(axis=0)).max())


def profile_doubt(rule: SharingRule) -> str:
    """Return what a model's table leaves open of every difference between its profiles.

    Whatever is made from the table carries this, beside the numbers; '' if there is no such doubt.
    """
    if not isinstance(rule, Measured):
        return ""
    if _is_luck(p_value := luck(rule)):
        return (
            "The table itself does not tell its profiles apart from luck (p = "
            f"{p_value:.2g}): trait ratios, rates of groups and a second rate are those of tables "
            "drawn from its answers, and no finding about the model."
        )
    if rule.origin is not None and _on_spread(rule):
        return (
            "In the table itself all profiles answer alike (chances at most "
            f"{_widest(rule):.3f} apart): trait ratios, rates of groups and a second rate are "
            "about no more than that, however narrow their intervals."
        )
    return ""


def luck(measured: Measured) -> float:
    """Return the p-value of counted rows that differ by luck alone; NaN if nothing was counted."""
    from scipy.stats import chi2

    counted = [cell for cell in measured.cells if cell.is_counted and cell.asked]
    statistic, free = 0.0, 0
    for exposure in {cell.exposure for cell in counted}:
        same = [cell for cell in counted if cell.exposure == exposure]
        asked = np.array([cell.asked for cell in same])
        shared = np.array([cell.shared for cell in same])
        mean = shared.sum() / asked.sum()
        if len(same) > 1 and 0.0 < mean < 1.0:
            statistic += float(((shared - asked * mean) ** 2 / (asked * mean * (1 - mean))).sum())
            free += len(same) - 1
    return float(chi2.sf(statistic, free)) if free else math.nan


def moves(measured: Measured) -> bool:
    """Return whether answers still change at the last exposures that were asked.

    Counted cells: beyond luck, either all rows together along ln m over the last three exposures
    (normal test), or row by row between the last two (chi-square test). Cells read from
    log-probabilities: by more than rounding makes of them, 0.02 in the mean over rows.
    """
    asked = measured.exposures[-3:]
    if len(asked) < 2 or not measured.cells:
        return False
    chance = measured.given.probabilities
    if len(measured.counted) < len(measured.cells):
        return bool(np.abs(chance[:, asked[-1]] - chance[:, asked[-2]]).mean() > _ALIKE)
    return _trend(measured, asked) < _SURE or _changes(measured, asked[-2:]) < _SURE


def _counts(measured: Measured, exposures: Sequence[int]) -> tuple[Floats, Floats]:
    """Return the answers of counted cells and those that were "share", shape (rows, exposures)."""
    cells, rows = cells_of(measured), range(len(measured.given.rows))
    found = [[cells.get((row, m)) for m in exposures] for row in rows]
    asked = [[0 if cell is None else cell.asked for cell in row] for row in found]
    shared = [[0 if cell is None else cell.shared for cell in row] for row in found]
    return np.array(asked, float), np.array(shared, float)


def _trend(measured: Measured, exposures: Sequence[int]) -> float:
    """Return the p-value of no slope along ln m, all rows together."""
    asked, shared = (counts.sum(axis=0) for counts in _counts(measured, exposures))
    mean = (shared + 0.5) / (asked + 1.0)
    contrast = np.log(exposures) - np.log(exposures).mean()
    variance = contrast**2 @ (mean * (1.0 - mean) / (asked + 1.0))
    return math.erfc(abs(contrast @ mean) / math.sqrt(2.0 * variance))


def _changes(measured: Measured, exposures: Sequence[int]) -> float:
    """Return the p-value of rows that differ between two exposures by luck alone."""
    from scipy.stats import chi2

    asked, shared = _counts(measured, exposures)
    mean = shared.sum(axis=1, keepdims=True) / np.maximum(asked.sum(axis=1, keepdims=True), 1.0)
    variance = asked * mean * (1.0 - mean)
    told = variance.min(axis=1) > 0.0
    statistic = ((shared - asked * mean) ** 2)[told] / variance[told]
    return float(chi2.sf(statistic.sum(), told.sum())) if told.any() else 1.0


def cap_words(rule: SharingRule, degree: int) -> str:
    """Return what a table leaves out of agents with more sharing neighbours than it tells apart.

    '' where they have no more, or the answers do not change any more at the last exposures.
    """
    if not isinstance(rule, Measured) or degree <= rule.given.max_exposure or not moves(rule):
        return ""
    last, before = rule.exposures[-1], rule.exposures[-2]
    means = [float(rule.given.probabilities[:, m].mean()) for m in (before, last)]
    return (
        f"This table tells apart up to {last} sharing neighbours, and there its answers still "
        f"change (mean chance {means[0]:.3f} at {before}, {means[1]:.3f} at {last}). Agents here "
        f"have up to {degree} and are held to what they do at {last}: what would change further is "
        f"cut off. newswave table --exposures {min(degree, MOST_TOLD)} measures further."
    )


def _is_luck(p_value: float) -> bool:
    return p_value >= _SURE


def _on_luck(measured: Measured) -> str:
    """Return a warning if luck alone could make counted rows differ as they do."""
    p_value = luck(measured)
    if not _is_luck(p_value):
        return ""
    return (
        "The counted answers do not tell the profiles apart from luck (chi-square test, "
        f"p = {p_value:.2g}). More answers for each cell might, if there is a difference."
    )


def _on_traits(measured: Measured) -> str:
    """Return which traits the profiles that were asked do not separate."""
    profiles = profiles_of(measured)
    mixed = [trait.value for trait in _inseparable(signs_of(profiles))] if profiles else []
    if not mixed:
        return ""
    return (
        f"These {len(profiles)} profiles cannot tell apart what {', '.join(mixed[:-1])} and "
        f"{mixed[-1]} do: they differ together. Measure profiles in which each differs alone."
    )


def _on_level(measured: Measured) -> str:
    chance = measured.given.probabilities[:, 1:]
    if chance.max() < _NEVER:
        return f"Hardly anybody shares: the largest chance is {chance.max():.2g}."
    if chance.min() > 1.0 - _NEVER:
        return "Everybody shares at once: no chance is below 0.999."
    return ""


def _on_cells(measured: Measured) -> list[str]:
    cells = measured.cells
    thin = [cell.covered for cell in cells if is_thin(cell) and cell.covered is not None]
    lost = sum(cell.abstained for cell in cells)
    doubts = []
    if thin:
        doubts.append(
            f"In {len(thin)} of {len(cells)} cells the two labels (true and false, or yes and no) "
            "cover less than 90 % of what the model could have said; the least is "
            f"{100 * min(thin):.0f} %."
        )
    if lost:
        answers = lost + sum(cell.asked for cell in cells)
        doubts.append(
            f"{lost} of {answers} answers could not be read and are left out. {UNREAD_LEANS}"
        )
    empty = sum(cell.is_counted and not cell.asked for cell in cells)
    if measured.pooled is not None and measured.pooled.at_edge:
        doubts.append(
            "Profiles or cells differ by more than the estimate of counted cells allows for: "
            "intervals and bands are too narrow. More answers for each cell would need it less."
        )
    if empty:
        doubts.append(
            f"No answer could be read in {empty} of {len(cells)} cells: the chance of 0.5 that "
            "stands there means nothing."
        )
    return doubts


def is_thin(cell: Cell) -> bool:
    """Whether yes and no cover less than 90 % of what a model could have said."""
    return cell.covered is not None and cell.covered < WELL_COVERED
