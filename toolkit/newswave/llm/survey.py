"""Measures a sharing table: what to ask, asking it, and what the answers say.

A cell is P(share | profile, exposure). Where the server gives the log-probabilities of the first
word, one call reads a cell: the words for yes and for no, in all their spellings, made to sum to 1.

Models lean towards one place of a pair of labels, whatever the question. Asked in both orders and
averaged on the log-odds, the leaning cancels, at two calls a cell. With all 32 profiles one call
is enough: each cell is asked in one order, chosen by the parity of its traits, so that every
trait, every pair, triple and quadruple of traits meets both orders equally often at each
exposure. The leaning is then the mean difference between the orders; what it could be mistaken
for is only an interaction of all five traits. Some cells are asked in both orders to see whether
that is so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadFile, BadValue, NewswaveError, real_number, whole_number
from newswave.core.events import Event
from newswave.core.population import PROFILES, Profile
from newswave.core.provenance import Cell, Method, Origin, pooled_cells
from newswave.core.rules import Measured
from newswave.core.sharing import SharingTable, between
from newswave.core.table_facts import moves
from newswave.core.wording import Question, Wording, by_hash, wordings
from newswave.llm.batch import (
    ATTEMPTS,
    Inquiry,
    Interview,
    Task,
    Transcript,
    context_for,
    read,
    seeds_of,
    sorted_out,
    source_of,
)
from newswave.llm.recording import CellTurn, Header, Recording, RecordingPurpose
from newswave.llm.replies import (
    NumberOutcome,
    Odds,
    Outcome,
    Reading,
    read_odds,
)
from newswave.llm.server import Found, Model, Reply, Request, Sampling

ENOUGH_COVERED = 0.5
"""Below this probability of yes and no together, a cell is counted over answers instead.

Not where the whole vocabulary was added up: what was not among the likeliest tokens is then known.
"""

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

_RUNGS = (1, 2, 3, 4, 6, 8, 12, 16)
_CHECKS = 4
_ORDERS = (Question.YES_NO, Question.NO_YES)
_ALTERNATIVES = 20
_JSON_TOKENS = 40
_NOTICEABLE = 0.02
_ALL = "all 32"


@dataclass(frozen=True)
class CellQuestion:
    """One question about one cell; `number` is which of the repeated answers, from 0."""

    row: str
    exposure: int
    question: Question
    number: int = 0

    @property
    def cell(self) -> tuple[str, int]:
        """Row and exposure."""
        return self.row, self.exposure

    @property
    def key(self) -> CellTurn:
        """What a recording calls it."""
        return CellTurn(self.row, self.exposure, self.question.name, self.number)


@dataclass(frozen=True)
class Plan:
    """What a table is to be measured of, and how.

    Parameters
    ----------
    event : Event
        What the news is about.
    wording : Wording
        The words; it says up to which exposure prompts differ.
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
    exposures : tuple of int, optional
        Which of the wording's exposures are asked, from 1 to its largest; all if none are named.
        What lies between is made of its neighbours (`newswave.core.sharing.between`).
    further : tuple of int, optional
        Exposures above those, each of which is asked if the answers still move from one to the next
        of those before it. `Plan.rising` makes such a plan.

    Raises
    ------
    BadValue
        If a number is outside its range, or there is no profile or one comes twice.

    Examples
    --------
    >>> from newswave.core.events import event
    >>> from newswave.core.wording import wording
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
    exposures: tuple[int, ...] = ()
    further: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        whole_number("The number of repeated answers", self.repeats, 2, 1000)
        real_number("The temperature", self.temperature, 0.01, 2.0, "At 0 there is no chance")
        object.__setattr__(self, "profiles", tuple(self.profiles))
        if not self.profiles or len(set(self.profiles)) < len(self.profiles):
            raise BadValue("A table has each of its profiles once, and one at least")
        most = self.wording.max_exposure
        asked = tuple(self.exposures) or tuple(range(1, most + 1))
        rising = (*asked, *self.further)
        if asked[0] != 1 or max(rising) > most or sorted(set(rising)) != list(rising):
            allowed = f"1 first, then larger and larger ones, {most} at most for this wording"
            advice = "nw.Wording.telling gives it words for more"
            raise BadValue("Exposures do not fit", given=rising, allowed=allowed, advice=advice)
        object.__setattr__(self, "exposures", asked)
        object.__setattr__(self, "further", tuple(self.further))

    @classmethod
    def rising(cls, event: Event, wording: Wording, most: int, **others: Any) -> Plan:
        """Return a plan that asks up to exposure `most` as long as the answers still move.

        1, 2 and 3 are asked, then 4, 6, 8, 12, 16 and `most`. The wording is made to tell that many
        apart (`Wording.telling`).

        Examples
        --------
        >>> from newswave.core.events import event
        >>> from newswave.core.wording import wording
        >>> plan = Plan.rising(event("cup-final-draw"), wording("adjectives"), 8)
        >>> plan.exposures, plan.further
        ((1, 2, 3), (4, 6, 8))
        """
        told = wording.telling(max(most, wording.max_exposure))
        rungs = tuple(sorted({*(m for m in _RUNGS if m < most), most}))
        return cls(event, told, exposures=rungs[:3], further=rungs[3:], **others)

    def longer(self) -> Plan:
        """Return the plan that asks one exposure more."""
        asked = (*self.exposures, self.further[0])
        return replace(self, exposures=asked, further=self.further[1:])

    @property
    def rows(self) -> tuple[str, ...]:
        """The codes of the profiles."""
        return tuple(profile.code for profile in self.profiles)

    @property
    def cells(self) -> tuple[tuple[str, int], ...]:
        """Row and exposure of each cell; the cells of a profile follow each other."""
        return tuple((row, m) for row in self.rows for m in self.exposures)

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

    `log_odds` are those of yes when yes is named first, minus those when no is. `checked` cells
    were asked in both orders. Where one order was taken for both, `worst` is the largest
    difference in P(share) that it made in the checked cells; else 0.
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
    """
    good: dict[tuple[str, int], dict[Question, Odds]] = {}
    weak = {
        asked.cell
        for asked, found in odds.items()
        if found.covered < ENOUGH_COVERED and not found.whole
    }
    for asked, found in odds.items():
        if asked.cell not in weak:
            good.setdefault(asked.cell, {})[asked.question] = found
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

    Chances and intervals are those of all counts together, see `newswave.core.sharing`.
    """
    by_cell: dict[tuple[str, int], list[bool | None]] = {}
    for asked, share in answers.items():
        by_cell.setdefault(asked.cell, []).append(share)
    cells = {}
    for cell in plan.cells:
        if cell in by_cell:
            readable = [share for share in by_cell[cell] if share is not None]
            counts = (len(readable), sum(readable), len(by_cell[cell]) - len(readable))
            cells[cell] = Cell.counted(*cell, *counts)
    together = pooled_cells([cell for cell in cells.values() if cell.asked])
    return cells | {(cell.row, cell.exposure): cell for cell in together}


def _leaning(plan: Plan, good: Mapping[tuple[str, int], Mapping[Question, Odds]]) -> Leaning | None:
    """Return the leaning, half from each order, over the design; None if nothing tells it.

    Where the design has gaps, it is that of the cells asked both ways.
    """
    both = {cell: by for cell, by in good.items() if len(by) == 2}
    between = _mean([by[_ORDERS[0]].log_odds - by[_ORDERS[1]].log_odds for by in both.values()])
    if not plan.is_balanced:
        return Leaning(between, len(both), 0.0) if both else None
    firsts = {cell: _order(*cell) for cell, by in good.items() if _order(*cell) in by}
    whole = len(firsts) == len(plan.cells)
    if not whole and not both:
        return None
    signed = [_sign(order) * good[cell][order].log_odds for cell, order in firsts.items()]
    leaning = 2.0 * _mean(signed) if whole else between
    worst = 0.0
    for cell, by in both.items():
        alone = by[firsts[cell]].log_odds - _sign(firsts[cell]) * leaning / 2
        off = _chance(alone, plan.temperature) - _both(by, plan.temperature)
        worst = max(worst, abs(off))
    return Leaning(leaning, len(both), worst)


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
    """Return the chance of log-odds that were read at temperature 1, at another temperature."""
    return float(0.5 * (1.0 + np.tanh(log_odds / heat / 2.0)))  # expit, to the digit of old tables


def _order(row: str, exposure: int) -> Question:
    """Return the order in which a cell of the balanced design is asked."""
    return _ORDERS[(row.count("+") + exposure) % 2]


def _sign(order: Question) -> float:
    return 1.0 if order is _ORDERS[0] else -1.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


class Unanswered(NewswaveError):
    """The model gave no answer that could be read about a cell of the table."""


@dataclass(frozen=True)
class Surveyed:
    """The result of a survey.

    Parameters
    ----------
    measured : Measured
        The table with what each cell rests on.
    leaning : Leaning or None
        How far the model leans towards the label named first; None if no cell was read from
        log-probabilities.
    calls : int
        Replies in the recording.
    """

    measured: Measured
    leaning: Leaning | None
    calls: int

    def notes(self) -> list[str]:
        """Return what to know of how it was measured, in sentences."""
        notes = [f"{self.calls} calls were made for {len(self.measured.cells)} cells."]
        lean = self.leaning
        if lean is None:
            return notes
        notes[0] += (
            f" Naming yes first moves the answers by {lean.log_odds:+.2f} on the log-odds; that is "
            "taken away."
        )
        if lean.worst > _NOTICEABLE:
            notes.append(
                f"In the {lean.checked} cells that were asked in both orders, one order would have "
                f"been off by up to {lean.worst:.3f}: the model does not lean alike everywhere. "
                "--both-orders asks every cell both ways."
            )
        return notes


def survey_header(plan: Plan, model: Model, found: Found) -> Header:
    """Return the first line of a survey's recording: what has to agree to go on with it."""
    options = {
        "temperature": plan.temperature,
        "method": plan.method.name,
        "both_orders": plan.both_orders,
        "repeats": plan.repeats,
        "profiles": ",".join(plan.rows) if set(plan.profiles) != set(PROFILES) else _ALL,
    }
    if plan.exposures != tuple(range(1, plan.wording.max_exposure + 1)):
        options |= {"exposures": list(plan.exposures), "further": list(plan.further)}
    source = source_of(found, model, plan.wording, options)
    return Header(RecordingPurpose.TABLE, source, event=plan.event)


def plan_of(header: Header) -> Plan:
    """Return what a recording of a table asks about: what `survey_header` wrote into it."""
    source, event = header.source, header.event
    if header.purpose is not RecordingPurpose.TABLE or event is None:
        given = header.purpose.value
        raise BadFile("This recording is not of a table", given=given, allowed="one of a table")
    known = by_hash()
    if source.wording_hash not in known:
        raise BadFile(
            "The wording of this recording does not come with newswave",
            given=source.wording,
            allowed=", ".join(wording.name for wording in wordings()),
            advice="Take the table that was made of it, a .json file",
        )
    try:
        options = dict(source.options)
        codes = options.pop("profiles")
        rows = PROFILES if codes == _ALL else tuple(map(Profile.from_code, codes.split(",")))
        method = Method[options.pop("method")]
        return Plan(event, known[source.wording_hash], rows, method, **options)
    except (NewswaveError, LookupError, AttributeError, TypeError) as error:
        raise BadFile(f"This recording does not say how its table was asked. {error}") from error


def surveyed_from(recording: Recording) -> Surveyed:
    """Return the table that a recording holds the answers for; no model is asked."""
    return Survey(plan_of(recording.header), Transcript(recording)).finish()


def chances_so_far(plan: Plan, recording: Recording) -> npt.NDArray[np.float64]:
    """Return P(share) of each cell as its replies so far have it, shape (rows, M); NaN for none.

    For watching: the leaning towards the label named first is still in it, and the cells do not
    yet tell anything of each other.
    """
    rows = {row: at for at, row in enumerate(plan.rows)}
    places = {m: at for at, m in enumerate((*plan.exposures, *plan.further))}
    sums = np.zeros((2, len(rows), len(places)))
    for key, replies in recording.by_key.items():
        if not isinstance(key, CellTurn) or key.row not in rows or key.exposure not in places:
            continue
        cell = rows[key.row], places[key.exposure]
        for reply in replies:
            numbers = reply.numbers
            if "yes" in numbers and numbers["yes"] + numbers["no"] > 0:
                sums[:, *cell] += numbers["yes"] / (numbers["yes"] + numbers["no"]), 1
            elif reply.share is not None:
                sums[:, *cell] += reply.share, 1
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[0] / sums[1])


class Survey(Inquiry):
    """One table being measured."""

    def __init__(self, plan: Plan, interview: Interview | Transcript, seed: int = 1) -> None:
        super().__init__(interview)
        self.plan, self._seed = plan, seed
        self._context = context_for(
            *(plan.wording.prompt(plan.event, p, 1, q) for p in plan.profiles for q in Question)
        )
        held = interview.recording.by_key
        every = (*plan.by_word(), *plan.by_count(plan.cells))
        self._results, _ = sorted_out(held, self._tasks(q for q in every if q.key in held))

    @property
    def is_by_word(self) -> bool:
        """Whether cells are read from log-probabilities, as far as the first reply tells."""
        first = self._results.get(self.plan.by_word()[0].key)
        told = first is None or first.outcome != NumberOutcome.NO_LOG_PROBABILITIES.name
        return told and self.plan.method is Method.LOG_PROBABILITIES

    def finish(self, progress: Progress | None = None) -> Surveyed:
        """Ask what is left and return the table."""
        cells: dict[tuple[str, int], Cell] = {}
        leaning = None
        if self.is_by_word and not self._results:
            self.first()
        if self.is_by_word:
            self._ask(self._left(), progress)
            cells, leaning = cells_read(self.plan, self._odds())
        counted = self.plan.by_count(cell for cell in self.plan.cells if cell not in cells)
        self._ask(self._tasks(counted), progress)
        cells |= cells_counted(self.plan, {asked: self._share(asked) for asked in counted})
        measured = self._measured([cells[cell] for cell in self.plan.cells])
        if self.plan.further and moves(measured):
            return Survey(self.plan.longer(), self._interview, self._seed).finish(progress)
        return Surveyed(measured, leaning, self.calls_made)

    def _left(self) -> list[Task]:
        """Return what is to be asked; cells that cannot be read from one word are counted after."""
        plan = self.plan
        return self._tasks(plan.by_word() if self.is_by_word else plan.by_count(plan.cells))

    def _tasks(self, asked: Iterable[CellQuestion]) -> list[Task]:
        """Return what asks some questions, those left out that have a reply."""
        return [self._task(one) for one in asked if one.key not in self._results]

    def _task(self, asked: CellQuestion) -> Task:
        """Return what asks one question."""
        plan, word = self.plan, asked.question in (Question.YES_NO, Question.NO_YES)
        profile = Profile.from_code(asked.row)
        request = Request(
            self._interview.model.name,
            plan.wording.prompt(plan.event, profile, asked.exposure, asked.question),
            Sampling(1.0 if word else plan.temperature, 1 if word else _JSON_TOKENS, self._context),
            asked.question.schema,
            _ALTERNATIVES if word else 0,
        )
        place = (asked.row, asked.exposure, asked.question.name, asked.number)
        return Task(
            asked.key,
            request,
            seeds_of(self._seed, *place, attempts=1 if word else ATTEMPTS),
            _read_word if word else read,
            asked.row,
            asked.exposure,
        )

    def _odds(self) -> dict[CellQuestion, Odds]:
        """Return what was read of every cell's words."""
        replies = {asked: self._results.get(asked.key) for asked in self.plan.by_word()}
        return {
            asked: Odds(reply.numbers["yes"], reply.numbers["no"], "whole" in reply.numbers)
            for asked, reply in replies.items()
            if reply is not None and "yes" in reply.numbers
        }

    def _share(self, asked: CellQuestion) -> bool | None:
        reply = self._results.get(asked.key)
        return None if reply is None else reply.share

    def _measured(self, cells: Sequence[Cell]) -> Measured:
        """Return the table of the cells, or raise `Unanswered`."""
        silent = [
            cell for cell in cells if cell.method is Method.REPEATED_ANSWERS and not cell.asked
        ]
        if silent:
            raise Unanswered(
                f"No answer about {len(silent)} of {len(cells)} cells could be read",
                given=", ".join(f"{cell.row} at {cell.exposure}" for cell in silent[:3]),
                advice="See the replies with newswave recording; try another model or event",
            )
        plan, model = self.plan, self._interview.model
        source = self._interview.recording.header.source
        asked = plan.exposures
        chance = between(np.reshape([cell.probability for cell in cells], (-1, len(asked))), asked)
        left_out = tuple(m for m in range(1, asked[-1]) if m not in asked)
        origin = Origin(
            *(model.name, model.digest, source.server, source.client),
            *(plan.wording.name, plan.wording.hash, plan.event.id, plan.temperature),
            synthetic=model.synthetic,
            made=source.started,
        )
        made = "synthetic, made up by a formula" if model.synthetic else "measured"
        table = SharingTable(plan.rows, chance, source=f"{made}: {model.name}, {plan.event.id}")
        return Measured(table, tuple(cells), origin, left_out)


def _read_word(reply: Reply) -> Reading:
    """Return the masses of yes and no at the beginning of a reply."""
    if not reply.first_token:
        answered = reply.done and reply.content
        return Reading(None, NumberOutcome.NO_LOG_PROBABILITIES if answered else Outcome.EMPTY)
    odds = read_odds(reply.first_token)
    numbers = {"yes": odds.yes, "no": odds.no} | ({"whole": 1.0} if reply.whole else {})
    return Reading(None, NumberOutcome.LOG_PROBABILITIES, numbers=numbers)
