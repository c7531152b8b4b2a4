"""What to ask a language model to measure a sharing table, and what its answers make of each cell.

Pure: nothing is asked here. A cell is P(share | profile, exposure). Where the server tells the
log-probabilities of the first word, one call reads a cell: the words for yes and for no, in all
their spellings, made to sum to 1.

Models lean towards one place of a pair of labels, whatever the question. Asked in both orders and
averaged on the log-odds, the leaning cancels, at two calls a cell. With all 32 profiles one call is
enough: each cell is asked in one order, chosen by the parity of its traits, so that every trait,
every pair, triple and quadruple of traits meets both orders equally often at each exposure. The
leaning is then the mean difference between the orders; what it could be mistaken for is only an
interaction of all five traits. Some cells are asked in both orders to see whether that held.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from newswave.errors import BadValue, real_number, whole_number
from newswave.events import Event
from newswave.personality import PROFILES, Profile
from newswave.pooling import pooled_cells
from newswave.provenance import Cell, Method
from newswave.reading import Odds
from newswave.wordings import Question, Wording

ENOUGH_COVERED = 0.5
"""Below this probability of yes and no together, a cell is counted over answers instead."""

_CHECKS = 4
_ORDERS = (Question.YES_NO, Question.NO_YES)


@dataclass(frozen=True)
class CellQuestion:
    """One question about one cell.

    Parameters
    ----------
    row : str
        Profile code.
    exposure : int
        m.
    question : Question
        The form of the answer, and for one word the order of the labels.
    number : int
        Which of the repeated answers, from 0.
    """

    row: str
    exposure: int
    question: Question
    number: int = 0

    @property
    def cell(self) -> tuple[str, int]:
        """Row and exposure."""
        return self.row, self.exposure


@dataclass(frozen=True)
class Plan:
    """What a table is to be measured of, and how.

    Parameters
    ----------
    event : Event
        What the news is about.
    wording : Wording
        The words; it says up to which exposure is told apart.
    profiles : tuple of Profile
        The rows.
    method : Method
        Log-probabilities (cells that do not give them are counted) or counting from the start.
    both_orders : bool
        Ask each cell in both orders of the labels even with all 32 profiles.
    repeats : int
        Answers for each cell that is counted, 2 to 1000.
    temperature : float
        At which the agents of the table answer, above 0.

    Raises
    ------
    BadValue
        If a number is outside its range, or there is no profile or one comes twice.

    Examples
    --------
    >>> from newswave.events import event
    >>> from newswave.wordings import wording
    >>> plan = Plan(event("cup-final-draw"), wording("adjectives"))
    >>> len(plan.by_word())
    100
    """

    event: Event
    wording: Wording
    profiles: tuple[Profile, ...] = PROFILES
    method: Method = Method.LOG_PROBABILITIES
    both_orders: bool = False
    repeats: int = 20
    temperature: float = 1.0

    def __post_init__(self) -> None:
        whole_number("The number of repeated answers", self.repeats, 2, 1000)
        real_number("The temperature", self.temperature, 0.01, 2.0, "At 0 there is no chance")
        object.__setattr__(self, "profiles", tuple(self.profiles))
        if not self.profiles or len(set(self.profiles)) < len(self.profiles):
            raise BadValue("A table has each of its profiles once, and one at least")

    @property
    def rows(self) -> tuple[str, ...]:
        """The codes of the profiles."""
        return tuple(profile.code for profile in self.profiles)

    @property
    def cells(self) -> tuple[tuple[str, int], ...]:
        """Row and exposure of each cell; the cells of a profile follow each other."""
        exposures = range(1, self.wording.max_exposure + 1)
        return tuple((row, m) for row in self.rows for m in exposures)

    @property
    def is_balanced(self) -> bool:
        """Whether one order of the labels a cell is enough."""
        return not self.both_orders and set(self.profiles) == set(PROFILES)

    def by_word(self) -> tuple[CellQuestion, ...]:
        """Return the questions for one word, those about one profile after one another."""
        if not self.is_balanced:
            return tuple(CellQuestion(*cell, order) for cell in self.cells for order in _ORDERS)
        checked = set(self.cells[:: len(self.cells) // _CHECKS + 1])
        asked = []
        for cell in self.cells:
            first = _order(*cell)
            asked.append(CellQuestion(*cell, first))
            if cell in checked:
                asked.append(CellQuestion(*cell, _ORDERS[1 - _ORDERS.index(first)]))
        return tuple(asked)

    def by_count(self, cells: Iterable[tuple[str, int]]) -> tuple[CellQuestion, ...]:
        """Return the questions that are asked again and again, for some cells."""
        wanted = set(cells)
        return tuple(
            CellQuestion(*cell, Question.DECISION, number)
            for cell in self.cells
            if cell in wanted
            for number in range(self.repeats)
        )


@dataclass(frozen=True)
class Leaning:
    """How far a model leans towards the label that is named first.

    Parameters
    ----------
    log_odds : float
        Log-odds of yes when yes is named first, minus those when no is.
    checked : int
        How many cells were asked in both orders.
    worst : float
        Where one order was taken for both: the largest difference in P(share) that it made in the
        checked cells; 0 where all cells were asked in both.
    """

    log_odds: float
    checked: int
    worst: float


def cells_read(
    plan: Plan, odds: Mapping[CellQuestion, Odds]
) -> tuple[dict[tuple[str, int], Cell], Leaning | None]:
    """Return the cells that one word was enough for, and how far the model leans.

    logit P = (L_yes-first + L_no-first) / 2, L the log-odds of the words as read; where one order
    was asked, the other is taken to differ from it by the leaning; then brought to the plan's
    temperature T by dividing by T.

    Parameters
    ----------
    plan : Plan
        What was asked.
    odds : mapping of CellQuestion to Odds
        What was read. Cells of which a question is missing, or covers less than half of what the
        model could have said, are left out; so are all, if no cell asked in both orders is left
        to tell the leaning by where the design has gaps.
    """
    good: dict[tuple[str, int], dict[Question, Odds]] = {}
    weak = {asked.cell for asked, read in odds.items() if read.covered < ENOUGH_COVERED}
    for asked, read in odds.items():
        if asked.cell not in weak:
            good.setdefault(asked.cell, {})[asked.question] = read
    if not plan.is_balanced:
        good = {cell: by for cell, by in good.items() if len(by) == len(_ORDERS)}
    leaning = _leaning(plan, good)
    if leaning is None:
        return {}, None
    return {cell: _cell(plan, cell, good[cell], leaning.log_odds) for cell in good}, leaning


def cells_counted(
    plan: Plan, answers: Mapping[CellQuestion, bool | None]
) -> dict[tuple[str, int], Cell]:
    """Return the cells from repeated answers; None is an answer that could not be read.

    Chances and intervals are those of all counts together, see `newswave.pooling`.
    """
    held: dict[tuple[str, int], list[bool | None]] = {}
    for asked, share in answers.items():
        held.setdefault(asked.cell, []).append(share)
    found = {}
    for cell in plan.cells:
        if cell in held:
            readable = [share for share in held[cell] if share is not None]
            counts = (len(readable), sum(readable), len(held[cell]) - len(readable))
            found[cell] = Cell.counted(*cell, *counts)
    together = pooled_cells([cell for cell in found.values() if cell.asked])
    return found | {(cell.row, cell.exposure): cell for cell in together}


def _leaning(plan: Plan, good: Mapping[tuple[str, int], Mapping[Question, Odds]]) -> Leaning | None:
    """Return the leaning, half from each order, over the design; None if nothing tells it."""
    both = [by for by in good.values() if len(by) == 2]
    if not plan.is_balanced and both:
        gaps = [by[_ORDERS[0]].log_odds - by[_ORDERS[1]].log_odds for by in both]
        return Leaning(_mean(gaps), len(both), 0.0)
    signed = []
    for cell, by in good.items():
        first = _order(*cell)
        if first in by:
            signed.append(_sign(first) * by[first].log_odds)
    whole = len(signed) == len(plan.cells)
    if not whole and not both:
        return None
    leaning = 2.0 * _mean(signed) if whole else _of_pairs(both)
    worst = 0.0
    for cell, by in good.items():
        if len(by) == 2:
            first = _order(*cell)
            alone = _chance(by[first].log_odds - _sign(first) * leaning / 2, plan.temperature)
            worst = max(worst, abs(alone - _both(by, plan.temperature)))
    return Leaning(leaning, len(both), worst)


def _of_pairs(both: Sequence[Mapping[Question, Odds]]) -> float:
    """Return the leaning from cells asked both ways: where the design has gaps."""
    return _mean([by[_ORDERS[0]].log_odds - by[_ORDERS[1]].log_odds for by in both])


def _cell(plan: Plan, cell: tuple[str, int], by: Mapping[Question, Odds], leaning: float) -> Cell:
    heat = plan.temperature
    if len(by) == 2:
        chance = _both(by, heat)
    else:
        [(order, read)] = by.items()
        chance = _chance(read.log_odds - _sign(order) * leaning / 2, heat)
    read_as = {order: by[order].probability if order in by else None for order in _ORDERS}
    covered = min(1.0, min(read.covered for read in by.values()))
    return Cell(
        *(*cell, chance, chance, chance, Method.LOG_PROBABILITIES),
        covered=covered,
        yes_first=read_as[_ORDERS[0]],
        no_first=read_as[_ORDERS[1]],
    )


def _both(by: Mapping[Question, Odds], heat: float) -> float:
    return _chance(_mean([read.log_odds for read in by.values()]), heat)


def _chance(log_odds: float, heat: float) -> float:
    """Return the chance of log-odds that were read at temperature 1, at another temperature.

    >>> round(_chance(math.log(0.2 / 0.8), 1.0), 12)
    0.2
    """
    return float(0.5 * (1.0 + np.tanh(log_odds / heat / 2.0)))


def _order(row: str, exposure: int) -> Question:
    """Return the order in which a cell of the balanced design is asked."""
    return _ORDERS[(row.count("+") + exposure) % 2]


def _sign(order: Question) -> float:
    return 1.0 if order is _ORDERS[0] else -1.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
