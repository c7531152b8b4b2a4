"""Measures a sharing table: what to ask, asking it, and what the answers say.

A cell is P(share | profile, exposure). There are three ways to it, and one table is measured in one
of them. Where the server tells log-probabilities and goes on with an answer that is begun, the
question of a live run is asked, its answer is begun up to the decision, and the next word is read:
true or false, in all their spellings. That is the very decision of a live run, in one call. Else
one word is asked for and read, yes or no. Else answers are counted. A few cells are asked first, in
both orders of the labels; what they cover decides.

Models lean towards one place of a pair of labels, whatever the question. Both orders are asked, as
in live runs. With all 32 profiles one call a cell is enough: each is asked in one order, chosen by
the parity of its traits, so that every trait, every pair, triple and quadruple of traits meets both
orders equally often at each exposure. The leaning is then the mean difference between the orders;
what it could be mistaken for is only an interaction of all five traits. The cells that are asked
first, in both orders, show whether that is so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadFile, BadValue, NewswaveError, real_number, whole_number
from newswave.core.events import Event
from newswave.core.population import PROFILES, Profile
from newswave.core.provenance import Cell, Leaning, Method, Origin, pooled_cells
from newswave.core.rules import Measured
from newswave.core.sharing import SharingTable, between
from newswave.core.statistics import Z
from newswave.core.table_facts import moves
from newswave.core.wording import DECIDED, LabelOrder, Question, Wording, by_hash, wordings
from newswave.llm.batch import (
    ATTEMPTS,
    Inquiry,
    Interview,
    Task,
    Transcript,
    context_for,
    one_answer,
    read,
    seeds_of,
    sorted_out,
    source_of,
)
from newswave.llm.leaning import leaning_in
from newswave.llm.recording import CellTurn, Header, RecordedReply, Recording, RecordingPurpose
from newswave.llm.replies import (
    TRUE_FALSE,
    YES_NO,
    NumberOutcome,
    Odds,
    Outcome,
    Reading,
    read_odds,
)
from newswave.llm.server import Found, Model, Reply, Request, Sampling, duration

ENOUGH_COVERED = 0.5
"""Below this mean probability of the two labels together, a way of reading a table is left."""

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

_READ = (Method.DECISION, Method.LOG_PROBABILITIES)
_LABELS = {Method.DECISION: TRUE_FALSE, Method.LOG_PROBABILITIES: YES_NO}
_WAYS = {
    Method.DECISION: "the decision is read from an answer in JSON that is begun",
    Method.LOG_PROBABILITIES: "one word is read",
    Method.REPEATED_ANSWERS: "repeated answers in JSON are counted",
}
_RUNGS = (1, 2, 3, 4, 6, 8, 12, 16)
_CHECKS = 4
_ALTERNATIVES = 20
_JSON_TOKENS = 40
_NOTICEABLE = 0.02
_DIGITS = 9
_ALL = "all 32"
_FOUND_OUT = "found out"
_BEGUN = "_BEGUN"


@dataclass(frozen=True)
class CellQuestion:
    """One question about one cell; `number` is which of the repeated answers, from 0.

    `begun` says whether its answer in JSON is begun, so that the next word is the decision.
    """

    row: str
    exposure: int
    question: Question
    number: int = 0
    begun: bool = False

    @property
    def cell(self) -> tuple[str, int]:
        """Row and exposure."""
        return self.row, self.exposure

    @property
    def key(self) -> CellTurn:
        """What a recording calls it."""
        name = self.question.name + _BEGUN * self.begun
        return CellTurn(self.row, self.exposure, name, self.number)


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
    method : Method, optional
        The one way in which all cells are measured; None tries a few cells and takes the first
        that tells enough: the decision in JSON, one word, counting.
    both_orders : bool
        Read each cell in both orders of the labels even with all 32 profiles.
    repeats : int
        Answers for each cell that is counted, 2 to 1000, half of them in each order.
    temperature : float
        At which the agents of the table answer, above 0.
    exposures : tuple of int, optional
        Which of the wording's exposures are asked, from 1 to its largest; all if none are named.
        What lies between is made of its neighbours (`newswave.core.sharing.between`).
    further : tuple of int, optional
        Exposures above those, each of which is asked if the answers still move from one to the next
        of those before it. `Plan.rising` makes such a plan.
    reasons : bool
        Whether the agents that it stands for are asked for a reason too: another question in JSON.
    earlier : bool
        Ask as recordings did before live runs named either label first: true first in JSON, and
        each cell that one word tells too little of counted by itself.

    Raises
    ------
    BadValue
        If a number is outside its range, or there is no profile or one comes twice.

    Examples
    --------
    >>> from newswave.core.events import event
    >>> from newswave.core.wording import wording
    >>> plan = Plan(event("cup-final-draw"), wording("adjectives"))
    >>> len(plan.readings(Method.DECISION)), len(plan.again(Method.DECISION))
    (100, 4)
    """

    event: Event
    wording: Wording
    profiles: tuple[Profile, ...] = PROFILES
    method: Method | None = None
    both_orders: bool = False
    repeats: int = 20
    temperature: float = 1.0
    exposures: tuple[int, ...] = ()
    further: tuple[int, ...] = ()
    reasons: bool = True
    earlier: bool = False

    def __post_init__(self) -> None:
        whole_number("The number of repeated answers", self.repeats, 2, 1000)
        real_number("The temperature", self.temperature, 0.01, 2.0, "At 0 there is no chance")
        object.__setattr__(self, "profiles", tuple(self.profiles))
        if not self.profiles or len(set(self.profiles)) < len(self.profiles):
            raise BadValue("A table has each of its profiles once, and one at least")
        if not isinstance(self.method, Method | None):
            allowed = ", ".join(f"Method.{method.name}" for method in Method)
            raise BadValue("There is no such way to measure", given=self.method, allowed=allowed)
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

    def longer(self, way: Method) -> Plan:
        """Return the plan that asks one exposure more, in the way of those before."""
        asked = (*self.exposures, self.further[0])
        return replace(self, exposures=asked, further=self.further[1:], method=way)

    @property
    def rows(self) -> tuple[str, ...]:
        """The codes of the profiles."""
        return tuple(profile.code for profile in self.profiles)

    @property
    def cells(self) -> tuple[tuple[str, int], ...]:
        """Row and exposure of each cell; the cells of a profile follow each other."""
        return tuple((row, m) for row in self.rows for m in self.exposures)

    @property
    def ways(self) -> tuple[Method, ...]:
        """The ways of reading that are tried, one after another."""
        usual = (Method.LOG_PROBABILITIES,) if self.earlier else _READ
        return usual if self.method is None else tuple(w for w in _READ if w is self.method)

    def question(self, way: Method) -> Question:
        """Return what is asked in a way, with yes or true named first."""
        if way is Method.LOG_PROBABILITIES:
            return Question.YES_NO
        return Question.REASONED if self.reasons and not self.earlier else Question.DECISION

    def orders(self, way: Method) -> tuple[LabelOrder, ...]:
        """Return in which orders of the labels a way asks: in both, if the wording has them."""
        question = self.question(way)
        one = self.earlier and not question.is_word
        both = not one and self.wording.names_both_ways(question)
        return tuple(LabelOrder) if both else (LabelOrder.YES_FIRST,)

    def is_balanced(self, way: Method) -> bool:
        """Whether one order of the labels a cell is enough."""
        whole = set(self.profiles) == set(PROFILES)
        return whole and not self.both_orders and len(self.orders(way)) > 1

    def readings(self, way: Method) -> tuple[CellQuestion, ...]:
        """Return the questions of a way of reading, those about one profile after one another."""
        checked = self._checked if self.is_balanced(way) else set(self.cells)
        return tuple(
            self._reading(way, cell, order)
            for cell in self.cells
            for order in self._orders_of(way, cell)[: None if cell in checked else 1]
        )

    def probe(self, way: Method) -> tuple[CellQuestion, ...]:
        """Return those of them that show how much the labels cover."""
        return tuple(one for one in self.readings(way) if one.cell in self._checked)

    def again(self, way: Method) -> tuple[CellQuestion, ...]:
        """Return some of them once more: a server may round the same differently."""
        if self.earlier:
            return ()
        cells = (cell for cell in self.cells if cell in self._checked)
        return tuple(self._reading(way, cell, self._orders_of(way, cell)[0], 1) for cell in cells)

    def by_count(self, cells: Iterable[tuple[str, int]]) -> tuple[CellQuestion, ...]:
        """Return the questions that are asked again and again, in turns in each order."""
        wanted, way = set(cells), Method.REPEATED_ANSWERS
        question, orders = self.question(way), self.orders(way)
        return tuple(
            CellQuestion(*cell, question.first(orders[number % len(orders)]), number)
            for cell in self.cells
            if cell in wanted
            for number in range(self.repeats)
        )

    @property
    def _checked(self) -> set[tuple[str, int]]:
        return set(self.cells[:: len(self.cells) // _CHECKS + 1])

    def _orders_of(self, way: Method, cell: tuple[str, int]) -> tuple[LabelOrder, ...]:
        """Return the orders in which a cell is asked, that of the balanced design first."""
        orders = self.orders(way)
        return orders[::-1] if len(orders) > 1 and _designed(*cell) is not orders[0] else orders

    def _reading(
        self, way: Method, cell: tuple[str, int], order: LabelOrder, number: int = 0
    ) -> CellQuestion:
        question = self.question(way).first(order)
        return CellQuestion(*cell, question, number, begun=way is Method.DECISION)


def _designed(row: str, exposure: int) -> LabelOrder:
    """Return the order in which a cell of the balanced design is asked."""
    return tuple(LabelOrder)[(row.count("+") + exposure) % 2]


ByOrder = Mapping[LabelOrder, Odds]
"""What was read of one cell."""


@dataclass(frozen=True)
class CellsRead:
    """Cells that were read, and what is known of the reading.

    `checked` cells were asked in both orders. Where one order was taken for both, `worst` is the
    largest difference in P(share) that it made there; else 0. `rounding` is the standard deviation
    of one reading on the log-odds, from those that were asked twice.
    """

    cells: Mapping[tuple[str, int], Cell]
    leaning: Leaning | None = None
    checked: int = 0
    worst: float = 0.0
    rounding: float = 0.0


def cells_read(plan: Plan, way: Method, odds: Mapping[CellQuestion, Odds]) -> CellsRead:
    """Return the cells from what was read of the labels.

    With L the log-odds of the labels as read, brought to the plan's temperature T by dividing by T:
    P = mean of expit(L_yes-first / T) and expit(L_no-first / T) for the decision in JSON, as a live
    run asks it in either order; P = expit((L_yes-first + L_no-first) / 2 T) for one word. Where one
    order was asked, the other is taken to differ from it by the leaning.

    The interval holds the rounding of the server and, where one order was asked, how unlike the
    leaning is from cell to cell: its width is 0 where neither is seen. An answer in which neither
    label was among the likeliest words says nothing: a cell without any other is left out.
    """
    odds = {asked: found for asked, found in odds.items() if found.covered > 0}  # else silence
    good = _good(plan, way, odds)
    both = {cell: by for cell, by in good.items() if len(by) > 1}
    leans = [_leans(by) for by in both.values()]
    leaning = _leaning(plan, way, good, leans)
    if leaning is None and len(plan.orders(way)) > 1:
        return CellsRead({})
    lean = 0.0 if leaning is None else leaning.log_odds
    unlike = round(float(np.std(leans, ddof=1)), _DIGITS) if len(leans) > 1 else 0.0
    rounding = _rounding(plan, way, odds)
    cells = {cell: _cell(plan, way, cell, by, lean, rounding, unlike) for cell, by in good.items()}
    worst = 0.0
    if plan.is_balanced(way):
        for cell, by in both.items():
            alone = {_designed(*cell): by[_designed(*cell)]}
            off = _cell(plan, way, cell, alone, lean).probability - cells[cell].probability
            worst = max(worst, abs(off))
    return CellsRead(cells, leaning, len(both), worst, rounding)


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


def _good(
    plan: Plan, way: Method, odds: Mapping[CellQuestion, Odds]
) -> dict[tuple[str, int], ByOrder]:
    """Return what was read of each cell; as before, without those that it tells too little of."""
    good: dict[tuple[str, int], dict[LabelOrder, Odds]] = {}
    for asked, found in odds.items():
        if asked.number == 0:
            good.setdefault(asked.cell, {})[asked.question.order] = found
    if not plan.earlier:
        return dict(good)
    weak = {cell for cell, by in good.items() if not all(map(_tells_enough, by.values()))}
    whole = 1 if plan.is_balanced(way) else 2
    return {cell: by for cell, by in good.items() if cell not in weak and len(by) >= whole}


def _tells_enough(found: Odds) -> bool:
    return found.whole or found.covered >= ENOUGH_COVERED


def _leaning(
    plan: Plan,
    way: Method,
    good: Mapping[tuple[str, int], ByOrder],
    leans: Sequence[float],
) -> Leaning | None:
    """Return the leaning, half from each order, over the design; None if nothing tells it.

    Where the design has gaps, it is that of the cells asked both ways. The interval takes the
    leaning of a cell to differ from the mean as it does in those.
    """
    designed = plan.is_balanced(way) and all(_designed(*cell) in by for cell, by in good.items())
    whole = designed and len(good) == len(plan.cells)
    if not leans:
        return None
    value, of = _mean(leans), len(leans)
    if whole:
        firsts = ((_designed(*cell), by) for cell, by in good.items())
        signed = [_sign(order) * by[order].log_odds for order, by in firsts]
        value, of = 2.0 * _mean(signed), len(signed)
    if len(leans) < 2:
        return Leaning(value, answers=of)
    from scipy.stats import t

    unlike = float(np.std(leans, ddof=1))
    reach = float(t.ppf(0.975, len(leans) - 1)) * unlike / math.sqrt(of)
    return Leaning(value, value - reach, value + reach, of)


def _rounding(plan: Plan, way: Method, odds: Mapping[CellQuestion, Odds]) -> float:
    """Return the standard deviation of one reading: that of a difference of two, over √2."""
    pairs = [
        (odds[one], odds.get(replace(one, number=0))) for one in plan.again(way) if one in odds
    ]
    off = [one.log_odds - first.log_odds for one, first in pairs if first is not None]
    return round(math.sqrt(_mean([x * x for x in off]) / 2.0), _DIGITS)


def _cell(
    plan: Plan,
    way: Method,
    cell: tuple[str, int],
    by: ByOrder,
    leaning: float,
    rounding: float = 0.0,
    unlike: float = 0.0,
) -> Cell:
    heat, orders = plan.temperature, plan.orders(way)
    [(known, first), *more] = by.items()
    other = {order: found.log_odds for order, found in by.items()}
    levels = {order: other.get(order, first.log_odds - _sign(known) * leaning) for order in orders}
    chances = {order: _chance(level, heat) for order, level in levels.items()}
    if way is Method.DECISION:
        chance = _mean(list(chances.values()))
    else:
        chance = _chance(_mean(list(levels.values())), heat)
        chances = dict.fromkeys(chances, chance)
    slopes = {order: p * (1.0 - p) / heat / len(orders) for order, p in chances.items()}
    if more or len(orders) == 1:
        variance = rounding**2 * math.fsum(slope**2 for slope in slopes.values())
    else:
        guessed = math.fsum(slope for order, slope in slopes.items() if order is not known)
        variance = rounding**2 * math.fsum(slopes.values()) ** 2 + (unlike * guessed) ** 2
    reach = Z * math.sqrt(variance)
    covered = min(1.0, min(found.covered for found in by.values()))
    read_as = [by[order].probability if order in by else None for order in LabelOrder]
    yes_first, no_first = (None if p is None or math.isnan(p) else p for p in read_as)
    return Cell(
        *(*cell, chance, max(0.0, chance - reach), min(1.0, chance + reach), way),
        covered=covered,
        yes_first=yes_first,
        no_first=no_first,
    )


def _leans(by: ByOrder) -> float:
    return _mean([2.0 * _sign(order) * found.log_odds for order, found in by.items()])


def _chance(log_odds: float, heat: float) -> float:
    """Return the chance of log-odds that were read at temperature 1, at another temperature."""
    return float(0.5 * (1.0 + np.tanh(log_odds / heat / 2.0)))  # expit, to the digit of old tables


def _sign(order: LabelOrder) -> float:
    return 1.0 if order is LabelOrder.YES_FIRST else -1.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


class Unanswered(NewswaveError):
    """The model gave no answer that could be read about a cell of the table."""


class MustCount(NewswaveError):
    """No way of reading tells enough here, and counting takes many more calls: it is to be wanted.

    `calls` is how many, `seconds` how long they take one after another; None if that is not known.
    """

    def __init__(self, why: str, calls: int, seconds: float | None) -> None:
        self.why, self.calls, self.seconds = why, calls, seconds
        time = "" if seconds is None else f", {duration(seconds)} one after another"
        super().__init__(
            f"This table has to be counted over repeated answers: {why}. That takes {calls} more "
            f"calls{time}",
            advice="To go on with the same recording, add --count-if-needed (in Python: "
            "count_if_needed=True)",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.why, self.calls, self.seconds)


@dataclass(frozen=True)
class Surveyed:
    """The result of a survey.

    Parameters
    ----------
    measured : Measured
        The table with what each cell rests on.
    leaning : Leaning or None
        How far the model leans towards the label named first; None if it was asked in one order.
    calls : int
        Replies in the recording.
    way : Method
        How it was measured.
    checked, worst, rounding
        As in `CellsRead`; 0 where answers were counted.
    """

    measured: Measured
    leaning: Leaning | None
    calls: int
    way: Method = Method.LOG_PROBABILITIES
    checked: int = 0
    worst: float = 0.0
    rounding: float = 0.0

    def notes(self) -> list[str]:
        """Return what to know of how it was measured, in sentences."""
        cells = self.measured.cells
        notes = [f"{self.calls} calls were made for {len(cells)} cells; {_WAYS[self.way]}."]
        covered = [cell.covered for cell in cells if cell.covered is not None]
        if covered and self.way in _READ:
            notes[0] += f" There {covering(self.way, covered)} of what the model could have said."
        if len({cell.method for cell in cells}) > 1:
            notes.append(
                "This table mixes two measurements: some of its cells were read, others counted "
                "over answers. Differences between those are no finding."
            )
        return [*notes, *self._on_order(), *self._on_rounding()]

    def _on_order(self) -> list[str]:
        lean = self.leaning
        if lean is None:
            return [
                "All was asked in one order of the labels: how far the model leans towards the "
                "label that is named first is not known, and is in the numbers."
            ]
        taken = {
            Method.DECISION: "a cell is the mean of both orders, as live runs ask in either",
            Method.LOG_PROBABILITIES: "that is taken away",
            Method.REPEATED_ANSWERS: "half of each cell was asked in each order, as in live runs",
        }
        notes = [f"{lean.words()}; {taken[self.way]}."]
        if self.worst > _NOTICEABLE:
            notes.append(
                f"In the {self.checked} cells that were asked in both orders, one order would have "
                f"been off by up to {self.worst:.3f}: the model does not lean alike everywhere. "
                "--both-orders asks every cell both ways."
            )
        return notes

    def _on_rounding(self) -> list[str]:
        if not self.rounding:
            return []
        return [
            f"Asked again, the server gives other numbers: by {self.rounding:.2g} on the log-odds "
            "(standard deviation). The intervals hold that; smaller effects are not seen."
        ]


def survey_header(plan: Plan, model: Model, found: Found) -> Header:
    """Return the first line of a survey's recording: what has to agree to go on with it."""
    options: dict[str, object] = {
        "temperature": plan.temperature,
        "method": _FOUND_OUT if plan.method is None else plan.method.name,
        "both_orders": plan.both_orders,
        "repeats": plan.repeats,
        "profiles": ",".join(plan.rows) if set(plan.profiles) != set(PROFILES) else _ALL,
    }
    if plan.exposures != tuple(range(1, plan.wording.max_exposure + 1)):
        options |= {"exposures": list(plan.exposures), "further": list(plan.further)}
    if not plan.earlier:
        options["reasons"] = plan.reasons
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
        name = options.pop("method")
        method = None if name == _FOUND_OUT else Method[name]
        earlier = "reasons" not in options
        plan = Plan(event, known[source.wording_hash], rows, method, **options, earlier=earlier)
    except (NewswaveError, LookupError, AttributeError, TypeError) as error:
        raise BadFile(f"This recording does not say how its table was asked. {error}") from error
    return plan


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
    """One table being measured; `count_if_needed` says whether it may be counted unasked."""

    def __init__(
        self,
        plan: Plan,
        interview: Interview | Transcript,
        seed: int = 1,
        count_if_needed: bool = False,
    ) -> None:
        super().__init__(interview)
        self.plan, self._seed, self._may_count = plan, seed, count_if_needed
        self._context = context_for(
            *(plan.wording.prompt(plan.event, p, 1, q) for p in plan.profiles for q in Question)
        )
        held = interview.recording.by_key
        read_ = [one for way in plan.ways for one in (*plan.readings(way), *plan.again(way))]
        every = (*read_, *plan.by_count(plan.cells))
        self._results, _ = sorted_out(held, self._tasks(q for q in every if q.key in held))

    @property
    def seconds(self) -> float:
        """About how long a call takes: the median of the later ones that showed the way, else 0."""
        way = self.way
        asked = self.plan.probe(way) if way in self.plan.ways else ()
        replies = (self._results.get(one.key) for one in asked)
        times = [one.seconds for one in replies if one is not None and one.seconds is not None]
        return median(times[len(times) // 2 :]) if times else 0.0

    @property
    def way(self) -> Method:
        """How the cells are measured, as far as the replies so far tell."""
        return self._settled()[0]

    def settle(self, progress: Progress | None = None) -> Method:
        """Ask the few cells that show how the table is to be measured, and return the way.

        Raises
        ------
        MustCount
            If no way of reading tells enough, and counting was not wanted.
        """
        self._settle(progress)
        return self.way

    def finish(self, progress: Progress | None = None) -> Surveyed:
        """Ask what is left and return the table; raises `MustCount` as `settle` does."""
        done = self._settle(progress)
        way, plan = self.way, self.plan
        self._stage(self._left(), progress, done)
        if way is Method.REPEATED_ANSWERS:
            found = CellsRead({}, leaning_in(self._interview.recording))
        else:
            found = cells_read(plan, way, self._odds(way))
        counted = plan.by_count(cell for cell in plan.cells if cell not in found.cells)
        self._ask(self._tasks(counted), progress)  # of an earlier recording: those left out above
        cells = dict(found.cells)
        cells |= cells_counted(plan, {asked: self._share(asked) for asked in counted})
        measured = self._measured([cells[cell] for cell in plan.cells], found.leaning)
        if plan.further and moves(measured):
            more = Survey(plan.longer(way), self._interview, self._seed, self._may_count)
            return more.finish(progress)
        known = (found.leaning, self.calls_made, way, found.checked, found.worst, found.rounding)
        return Surveyed(measured, *known)

    def _settle(self, progress: Progress | None) -> int:
        """Ask what shows how the table is to be measured; return how many questions that took."""
        done = 0
        while probe := self._settled()[1]:
            done = self._stage(probe, progress, done)
        if self.way is Method.REPEATED_ANSWERS and not self._wants_counting:
            raise self._must_count()
        return done

    def _stage(self, tasks: Sequence[Task], progress: Progress | None, done: int) -> int:
        """Ask some of what is left, `done` having been asked before; return what has been now."""
        total = done + self.calls_left

        def told(now: int, _: int) -> None:
            if progress is not None:
                progress(done + now, total)

        self._ask(tasks, told)
        return done + len(tasks)

    def _settled(self) -> tuple[Method, list[Task]]:
        """Return the way that the replies so far lead to, and what shows whether it is good."""
        for way in self.plan.ways:
            probe = self.plan.probe(way)[: 1 if self.plan.earlier else None]
            replies = [self._results[one.key] for one in probe if one.key in self._results]
            if replies and not any("yes" in reply.numbers for reply in replies):
                continue
            left = self._tasks(probe)
            if left or self.plan.method is way or self.plan.earlier or self._covers_enough(way):
                return way, left
        return Method.REPEATED_ANSWERS, []

    def _covers_enough(self, way: Method) -> bool:
        return tells_enough(way, list(self._odds(way, self.plan.probe(way)).values()))

    def covering(self, way: Method) -> str:
        """Return how much the labels cover in the few cells that were asked first, in words."""
        told = [one.covered for one in self._odds(way, self.plan.probe(way)).values()]
        return covering(way, told)

    @property
    def _wants_counting(self) -> bool:
        """Whether counting was asked for, or is under way already."""
        wanted = self._may_count or self.plan.method is Method.REPEATED_ANSWERS
        begun = (one.key in self._results for one in self.plan.by_count(self.plan.cells))
        return wanted or self.plan.earlier or any(begun)

    def _must_count(self) -> MustCount:
        tasks = self._tasks(self.plan.by_count(self.plan.cells))
        why = "; ".join(map(self.covering, self.plan.ways))
        if not isinstance(self._interview, Interview):
            return MustCount(why, len(tasks), None)
        reply = one_answer(self._interview.server, tasks[0].asked(0))
        return MustCount(why, len(tasks), len(tasks) * max(reply.answer_seconds, 1e-3))

    def _left(self) -> list[Task]:
        """Return what is to be asked, as far as the replies so far tell."""
        plan, way = self.plan, self.way
        if way is Method.REPEATED_ANSWERS:
            return self._tasks(plan.by_count(plan.cells))
        return self._tasks((*plan.readings(way), *plan.again(way)))

    def _tasks(self, asked: Iterable[CellQuestion]) -> list[Task]:
        """Return what asks some questions, those left out that have a reply."""
        return [self._task(one) for one in asked if one.key not in self._results]

    def _task(self, asked: CellQuestion) -> Task:
        """Return what asks one question."""
        request = request_for(self.plan, self._interview.model.name, asked, self._context)
        reads = bool(request.alternatives)
        place = (asked.row, asked.exposure, asked.key.question, asked.number)
        reader = _read_decision if asked.begun else _read_word
        return Task(
            asked.key,
            request,
            seeds_of(self._seed, *place, attempts=1 if reads else ATTEMPTS),
            reader if reads else read,
            asked.row,
            asked.exposure,
        )

    def _odds(
        self, way: Method, asked: Iterable[CellQuestion] | None = None
    ) -> dict[CellQuestion, Odds]:
        """Return what was read of each question that has a reply; nothing read covers nothing."""
        plan = self.plan
        every = (*plan.readings(way), *plan.again(way)) if asked is None else asked
        replies = ((one, self._results.get(one.key)) for one in every)
        return {one: _odds_of(reply) for one, reply in replies if reply is not None}

    def _share(self, asked: CellQuestion) -> bool | None:
        reply = self._results.get(asked.key)
        return None if reply is None else reply.share

    def _measured(self, cells: Sequence[Cell], leaning: Leaning | None) -> Measured:
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
            leaning=leaning,
        )
        made = "synthetic, made up by a formula" if model.synthetic else "measured"
        table = SharingTable(plan.rows, chance, source=f"{made}: {model.name}, {plan.event.id}")
        return Measured(table, tuple(cells), origin, left_out)


def request_for(plan: Plan, model: str, asked: CellQuestion, context: int) -> Request:
    """Return what asks one question; what is counted asks for no more than the decision."""
    reads = asked.begun or asked.question.is_word
    profile = Profile.from_code(asked.row)
    return Request(
        model,
        plan.wording.prompt(plan.event, profile, asked.exposure, asked.question),
        Sampling(*((1.0, 1) if reads else (plan.temperature, _JSON_TOKENS)), context),
        None if reads else Question.DECISION.schema,
        _ALTERNATIVES if reads else 0,
        DECIDED if asked.begun else "",
    )


def odds_in(way: Method, reply: Reply) -> Odds:
    """Return what a reply says of the two labels; nothing told covers nothing."""
    if not reply.first_token:
        return Odds(0.0, 0.0)
    return replace(read_odds(reply.first_token, _LABELS[way]), whole=reply.whole)


def tells_enough(way: Method, found: Sequence[Odds]) -> bool:
    """Whether a way of reading is good: the labels cover enough on average.

    One word is, too, where the whole vocabulary was added up, as long as it says anything; of an
    answer that is begun, labels that cover little show that the server does not go on with it.
    """
    if way is Method.LOG_PROBABILITIES and found and all(one.whole for one in found):
        return all(one.covered > 0 for one in found)
    return _mean([one.covered for one in found]) >= ENOUGH_COVERED


def covering(way: Method, told: Sequence[float]) -> str:
    """Return how much of what a model could have said the two labels cover, in words.

    >>> covering(Method.LOG_PROBABILITIES, [0.171, 0.553]), covering(Method.DECISION, [0.0])
    ('yes and no cover 17 to 55 %', 'of true and false no log-probabilities are told')
    """
    yes, no = _LABELS[way]
    if not any(told):
        return f"of {yes} and {no} no log-probabilities are told"
    low, high = (f"{100 * one:.0f}" for one in (min(told), max(told)))
    return f"{yes} and {no} cover {low if low == high else f'{low} to {high}'} %"


def _odds_of(reply: RecordedReply) -> Odds:
    numbers = reply.numbers
    return Odds(numbers.get("yes", 0.0), numbers.get("no", 0.0), "whole" in numbers)


def _read_word(reply: Reply) -> Reading:
    """Return the masses of yes and no at the beginning of a reply."""
    return _read_labels(reply, YES_NO)


def _read_decision(reply: Reply) -> Reading:
    """Return the masses of true and false where an answer is gone on with, as yes and no."""
    return _read_labels(reply, TRUE_FALSE)


def _read_labels(reply: Reply, labels: tuple[str, str]) -> Reading:
    if not reply.first_token:
        answered = reply.done and reply.content
        return Reading(None, NumberOutcome.NO_LOG_PROBABILITIES if answered else Outcome.EMPTY)
    odds = read_odds(reply.first_token, labels)
    numbers = {"yes": odds.yes, "no": odds.no} | ({"whole": 1.0} if reply.whole else {})
    return Reading(None, NumberOutcome.LOG_PROBABILITIES, numbers=numbers)
