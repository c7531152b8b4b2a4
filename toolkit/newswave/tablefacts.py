"""What a measured table says: who shares most, what each trait does, what is doubtful about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue
from newswave.personality import Profile, Trait, signs_of
from newswave.provenance import Cell
from newswave.reading import UNREAD_LEANS
from newswave.rules import Measured

Floats = npt.NDArray[np.float64]

WELL_COVERED = 0.9
"""Below this, what a model says beside yes and no is worth a mark."""

_Z = 1.959964
_ALIKE = 0.02
_NEVER = 0.001
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class TraitEffect:
    """What one trait does in a table: mean log-odds of the high rows minus that of the low ones.

    Parameters
    ----------
    trait : Trait
        Which.
    effect : array, shape (M,)
        At exposure 1, …, M.
    low, high : array, shape (M,)
        Ends of the 95 % interval from the answers that were counted; the effect itself where
        nothing was.
    """

    trait: Trait
    effect: Floats
    low: Floats
    high: Floats


def log_odds(probabilities: Floats) -> Floats:
    """Return the log-odds of probabilities, held between one in a million and its opposite.

    >>> log_odds(np.array([0.5, 0.0])).round(2).tolist()
    [0.0, -13.82]
    """
    held = np.clip(probabilities, _LEAST, 1.0 - _LEAST)
    return np.asarray(np.log(held) - np.log1p(-held))


def by_readiness(measured: Measured) -> tuple[int, ...]:
    """Return the rows in the order of their mean log-odds of sharing, the readiest first.

    >>> from newswave.sharing import SharingTable
    >>> by_readiness(Measured(SharingTable(("calm", "keen"), [[0, 0.1], [0, 0.2]])))
    (1, 0)
    """
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

    The interval is that of a normal law with the spread that the counts of all cells together leave
    to the difference, see `newswave.pooling`.

    Parameters
    ----------
    measured : Measured
        The table; nothing is returned unless its rows are profiles.

    Examples
    --------
    >>> from newswave.sharing import SharingTable
    >>> table = SharingTable(("O+C-E+A-N-", "O+C-E-A-N-"), [[0, 0.2], [0, 0.1]])
    >>> [(found.trait.letter, found.effect.round(2).tolist())
    ...  for found in trait_effects(Measured(table))]
    [('E', [0.81])]
    """
    signs = signs_of(profiles_of(measured))
    odds = log_odds(measured.given.probabilities[:, 1:])
    found = []
    for trait, sign in zip(Trait, signs.T, strict=True):
        high = sign > 0
        if 0 < high.sum() < len(high):
            share = np.where(high, 1.0 / high.sum(), -1.0 / (~high).sum())
            effect = share @ odds
            reach = _Z * _spread(measured, share)
            found.append(TraitEffect(trait, effect, effect - reach, effect + reach))
    return tuple(found)


def _spread(measured: Measured, share: Floats) -> Floats:
    """Return what counting leaves open of a weighted sum of rows, at each exposure, shape (M,)."""
    counted = {at: cell for at, cell in cells_of(measured).items() if cell.is_counted}
    exposures = range(1, measured.given.max_exposure + 1)
    if measured.pooled is None:
        return np.zeros(len(exposures))
    weights = [[share[row] * (m == at) for row, at in counted] for m in exposures]
    return np.array([measured.pooled.spread(np.array(one)) for one in weights])


def doubts(measured: Measured) -> tuple[str, ...]:
    """Return what whoever uses a table should know first, in sentences; nothing if all is well.

    Examples
    --------
    >>> from newswave.sharing import SharingTable
    >>> alike = SharingTable(("O+C-E+A-N-", "O+C-E-A-N-"), [[0, 0.2], [0, 0.21]])
    >>> doubts(Measured(alike))[0][:47]
    'All profiles answer alike: their chances differ'
    """
    every = (_on_spread(measured), _on_luck(measured), _on_level(measured))
    return tuple(words for words in (*every, *_on_cells(measured)) if words)


def _on_spread(measured: Measured) -> str:
    chance = measured.given.probabilities[:, 1:]
    widest = float((chance.max(axis=0) - chance.min(axis=0)).max())
    if len(chance) < 2 or widest >= _ALIKE:
        return ""
    words = f"All profiles answer alike: their chances differ by {widest:.3f} at most."
    if measured.origin is None:
        return words
    return f"{words} The model has hardly taken the personas on: try another wording or model."


def _on_luck(measured: Measured) -> str:
    """Return a warning if luck alone could make counted rows differ as they do."""
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
    if not free:
        return ""
    p_value = float(chi2.sf(statistic, free))
    if p_value < 0.05:
        return ""
    return (
        "The counted answers do not tell the profiles apart from luck (chi-square test, "
        f"p = {p_value:.2g}). More answers for each cell would."
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
    found = []
    if thin:
        found.append(
            f"In {len(thin)} of {len(cells)} cells yes and no cover less than 90 % of what the "
            f"model could have said; the least is {100 * min(thin):.0f} %."
        )
    if lost:
        answers = lost + sum(cell.asked for cell in cells)
        found.append(
            f"{lost} of {answers} answers could not be read and are left out. {UNREAD_LEANS}"
        )
    empty = sum(cell.is_counted and not cell.asked for cell in cells)
    if measured.pooled is not None and measured.pooled.at_edge:
        found.append(
            "Profiles or cells differ by more than the estimate of counted cells allows for: "
            "intervals and bands are too narrow. More answers for each cell would need it less."
        )
    if empty:
        found.append(
            f"No answer could be read in {empty} of {len(cells)} cells: the chance of 0.5 that "
            "stands there means nothing."
        )
    return found


def is_thin(cell: Cell) -> bool:
    """Whether yes and no cover less than 90 % of what a model could have said."""
    return cell.covered is not None and cell.covered < WELL_COVERED
