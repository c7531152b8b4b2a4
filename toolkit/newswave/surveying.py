"""Measures a sharing table: asks a model about every cell, and goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newswave.asking import ATTEMPTS, Said, Task
from newswave.errors import BadFile, NewswaveError
from newswave.interviewing import (
    Interview,
    Transcript,
    attempts_of,
    context_for,
    sorted_out,
    source_of,
)
from newswave.language import read
from newswave.measuring import CellQuestion, Leaning, Plan, cells_counted, cells_read
from newswave.personality import PROFILES, Profile
from newswave.provenance import Cell, Method, Origin
from newswave.reading import Odds, Outcome, read_odds
from newswave.recordings import CellTurn, Header, Recording, RecordingPurpose
from newswave.rules import Measured
from newswave.servers import Model, Reply, Request, Sampling
from newswave.sharing import SharingTable
from newswave.wordings import Question, wordings

_ALTERNATIVES = 20
_JSON_TOKENS = 40
_NOTICEABLE = 0.02
_ALL = "all 32"
_NO_LOG_PROBABILITIES = "NO_LOG_PROBABILITIES"

Progress = Callable[[int, int], None]


class Unanswered(NewswaveError):
    """The model gave no answer that could be read about a cell of the table."""


@dataclass(frozen=True)
class Surveyed:
    """What came of a survey.

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


def survey_header(plan: Plan, model: Model, server_version: str) -> Header:
    """Return the first line of a survey's recording: what has to agree to go on with it."""
    options = {
        "temperature": plan.temperature,
        "method": plan.method.name,
        "both_orders": plan.both_orders,
        "repeats": plan.repeats,
        "profiles": ",".join(plan.rows) if set(plan.profiles) != set(PROFILES) else _ALL,
    }
    source = source_of(server_version, model, plan.wording, options)
    return Header(RecordingPurpose.TABLE, source, event=plan.event)


def plan_of(header: Header) -> Plan:
    """Return what a recording of a table asks about: what `survey_header` wrote into it.

    Raises
    ------
    BadFile
        If it records something else, in a wording that is not known here, or not as newswave does.
    """
    source, event = header.source, header.event
    if header.purpose is not RecordingPurpose.TABLE or event is None:
        given = header.purpose.value
        raise BadFile("This recording is not of a table", given=given, allowed="one of a table")
    known = {wording.hash: wording for wording in wordings()}
    if source.wording_hash not in known:
        raise BadFile(
            "The wording of this recording does not come with newswave",
            given=source.wording,
            allowed=", ".join(wording.name for wording in known.values()),
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
    """Return the table that a recording holds the answers for; no model is asked.

    Raises
    ------
    BadFile
        As from `plan_of`, or if answers are missing.
    Unanswered
        If no answer about a cell could be read.
    """
    return Survey(plan_of(recording.header), Transcript(recording)).finish()


def chances_so_far(plan: Plan, recording: Recording) -> npt.NDArray[np.float64]:
    """Return P(share) of each cell as its replies so far have it, shape (rows, M); NaN for none.

    For watching: the leaning towards the label named first is still in it, and the cells do not
    yet tell anything of each other.
    """
    rows = {row: at for at, row in enumerate(plan.rows)}
    found = np.zeros((2, len(rows), plan.wording.max_exposure))
    for key, replies in recording.by_key.items():
        if not isinstance(key, CellTurn) or key.row not in rows:
            continue
        cell = rows[key.row], key.exposure - 1
        for reply in replies:
            numbers = reply.numbers
            if "yes" in numbers and numbers["yes"] + numbers["no"] > 0:
                found[:, *cell] += numbers["yes"] / (numbers["yes"] + numbers["no"]), 1
            elif reply.share is not None:
                found[:, *cell] += reply.share, 1
    with np.errstate(invalid="ignore"):
        return np.asarray(found[0] / found[1])


class Survey:
    """One table being measured.

    Parameters
    ----------
    plan : Plan
        What to ask.
    interview : Interview or Transcript
        The model, and the recording that is written; or a recording alone.
    seed : int
        For the draws of repeated answers.
    """

    def __init__(self, plan: Plan, interview: Interview | Transcript, seed: int = 1) -> None:
        self.plan, self._interview, self._seed = plan, interview, seed
        self._context = context_for(
            *(plan.wording.prompt(plan.event, p, 1, q) for p in plan.profiles for q in Question)
        )
        self._by_word = plan.method is Method.LOG_PROBABILITIES
        self._take_up()

    def first(self) -> float:
        """Ask the first question that is left, if any, and return the seconds that it took.

        It tells how long the others will take, and whether the server gives log-probabilities.
        What it took to load the model is not counted.
        """
        left = self._left()
        if not left:
            return 0.0
        self._ask(left[:1])
        if self._by_word and self._said[_turn(left[0])].outcome == _NO_LOG_PROBABILITIES:
            self._by_word = False
        return max(self._interview.seconds, 1e-3)

    @property
    def is_by_word(self) -> bool:
        """Whether cells are read from log-probabilities, as far as is known."""
        return self._by_word

    @property
    def calls_made(self) -> int:
        """How many replies the recording holds."""
        return self._interview.calls_made

    @property
    def calls_left(self) -> int:
        """How many calls there are to make, as far as is known: unread cells are asked again."""
        return len(self._left())

    def finish(self, progress: Progress | None = None) -> Surveyed:
        """Ask what is left and return the table.

        Raises
        ------
        ServerTrouble, ModelChanged, Stopped
            As from `Interview.ask`; what was answered is in the recording.
        Unanswered
            If no answer about a cell could be read.
        """
        cells: dict[tuple[str, int], Cell] = {}
        leaning = None
        if self._by_word and not self._said:
            self.first()
        if self._by_word:
            self._ask(self._left(), progress)
            cells, leaning = cells_read(self.plan, self._odds())
        weak = [cell for cell in self.plan.cells if cell not in cells]
        self._ask(self._open(self.plan.by_count(weak)), progress)
        counted = self.plan.by_count(weak)
        cells |= cells_counted(self.plan, {asked: self._share(asked) for asked in counted})
        return Surveyed(
            self._measured([cells[cell] for cell in self.plan.cells]),
            leaning,
            self.calls_made,
        )

    def _left(self) -> list[CellQuestion]:
        if self._by_word:
            return self._open(self.plan.by_word())
        return self._open(self.plan.by_count(self.plan.cells))

    def _open(self, asked: Sequence[CellQuestion]) -> list[CellQuestion]:
        return [one for one in asked if _turn(one) not in self._said]

    def _take_up(self) -> None:
        """Take over what the recording holds."""
        every = (*self.plan.by_word(), *self.plan.by_count(self.plan.cells))
        held = self._interview.recording.by_key
        answered = [self._task(asked) for asked in every if _turn(asked) in held]
        self._said, _ = sorted_out(held, answered)
        first = self._said.get(_turn(self.plan.by_word()[0]))
        if first is not None and first.outcome == _NO_LOG_PROBABILITIES:
            self._by_word = False

    def _ask(self, asked: Sequence[CellQuestion], progress: Progress | None = None) -> None:
        """Ask some questions and keep what was said."""
        held = self._interview.recording.by_key
        found, left = sorted_out(held, [self._task(one) for one in asked])
        self._said |= found | self._interview.ask(left, progress)

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
            _turn(asked),
            attempts_of(request, self._seed, *place),
            _read_word if word else read,
            asked.row,
            asked.exposure,
            attempts=1 if word else ATTEMPTS,
        )

    def _odds(self) -> dict[CellQuestion, Odds]:
        """Return what was read of every cell's words."""
        read_ = {asked: self._said.get(_turn(asked)) for asked in self.plan.by_word()}
        return {
            asked: Odds(said.numbers["yes"], said.numbers["no"])
            for asked, said in read_.items()
            if said is not None and "yes" in said.numbers
        }

    def _share(self, asked: CellQuestion) -> bool | None:
        said = self._said.get(_turn(asked))
        return None if said is None else said.share

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
        exposures = plan.wording.max_exposure
        chance = np.zeros((len(plan.rows), exposures + 1))
        chance[:, 1:] = np.reshape([cell.probability for cell in cells], (-1, exposures))
        origin = Origin(
            *(model.name, model.digest, source.server, source.client),
            *(plan.wording.name, plan.wording.hash, plan.event.id, plan.temperature),
            synthetic=model.synthetic,
            made=source.started,
        )
        made = "synthetic, made up by a formula" if model.synthetic else "measured"
        table = SharingTable(plan.rows, chance, source=f"{made}: {model.name}, {plan.event.id}")
        return Measured(table, tuple(cells), origin)


def _read_word(reply: Reply) -> Said:
    """Return the masses of yes and no at the beginning of a reply."""
    if not reply.first_token:
        said = reply.done and reply.content
        return Said(_NO_LOG_PROBABILITIES if said else Outcome.EMPTY.name)
    odds = read_odds(reply.first_token)
    return Said("LOG_PROBABILITIES", numbers={"yes": odds.yes, "no": odds.no})


def _turn(asked: CellQuestion) -> CellTurn:
    return CellTurn(asked.row, asked.exposure, asked.question.name, asked.number)
