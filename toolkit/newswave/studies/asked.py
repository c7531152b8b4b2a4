"""What a model says in place of the rule: its tables, each measured once, and its persona check.

A grid of any number of cells needs one table for each of its events and wordings.

Every reply is in a recording in the folder, so that what was stopped goes on, to the same end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from newswave.core.events import Event
from newswave.core.population import preset
from newswave.core.rules import Asked, Measured, save_measured
from newswave.core.setup import Setup
from newswave.core.wording import DEFAULT_WORDING, Wording, wording
from newswave.llm.batch import Interview, Pace
from newswave.llm.personas import PersonaCheck, PersonaPlan, Unrated, Uptake, persona_header
from newswave.llm.recording import Header, RecordingWriter
from newswave.llm.server import Preflight, duration
from newswave.llm.survey import Plan, Survey, survey_header
from newswave.studies.atlas_design import AskedModel, Design
from newswave.studies.grid import Grid

Progress = Callable[[str, int, int], None]
"""Called with what is done, how much of it is done, and how much there is."""


@dataclass
class Asking:
    """A model that is asked, and where its replies go.

    Parameters
    ----------
    ready : Preflight
        The model.
    folder : Path
        Of the recordings and tables.
    words : Wording
        In which it is asked.
    pace : Pace
        How many calls are under way at once.
    count_if_needed : bool
        Whether tables may be counted where a server tells too little for reading; else `MustCount`
        says what that takes.
    tell : callable
        Called with a line on what is asked next, how many calls that takes, and how long.
    progress : callable
        As in `Progress`.
    """

    ready: Preflight
    folder: Path
    words: Wording = field(default_factory=lambda: wording(DEFAULT_WORDING))
    pace: Pace = field(default_factory=Pace)
    count_if_needed: bool = False
    tell: Callable[[str], None] = lambda _: None
    progress: Progress = lambda *_: None

    def table(
        self, event: Event, number: int = 1, whole: int = 1, words: Wording | None = None
    ) -> Measured:
        """Return the table about an event; what its recording holds is not asked again."""
        plan = Plan(event, words or self.words)
        about = event.id if plan.wording == self.words else f"{event.id}-{plan.wording.name}"
        record = self.folder / f"table-{about}.jsonl"
        header = survey_header(plan, self.ready.model, self.ready.found)
        name = f"table {number} of {whole}, {about}"
        with self._interviewed(record, header) as writer:
            interview = self._interview(writer)
            survey = Survey(plan, interview, count_if_needed=self.count_if_needed)
            there = survey.calls_made
            survey.settle()  # so that what is left is known, or that it has to be counted
            self._estimate(name, survey, there)
            result = survey.finish(self._of(name)).measured
        save_measured(result, record.with_suffix(".json"))
        return result

    def personas(self) -> AskedModel:
        """Return how far the model takes the personas on."""
        plan = PersonaPlan(self.words)
        header = persona_header(plan, self.ready.model, self.ready.found)
        with self._interviewed(self.folder / "persona.jsonl", header) as writer:
            check = PersonaCheck(plan, self._interview(writer))
            self._estimate("persona check", check, check.calls_made)
            name = self.ready.model.name
            try:
                result = check.finish(self._of("persona check"))
            except Unrated as error:
                return AskedModel(name, self.words.name, f"{error.what}.")
        verdicts = {one.trait.value: Uptake.of(one).value for one in result.checks}
        return AskedModel(name, self.words.name, result.words(), verdicts)

    def _interviewed(self, record: Path, header: Header) -> RecordingWriter:
        self.folder.mkdir(parents=True, exist_ok=True)
        return RecordingWriter(record, header)

    def _interview(self, writer: RecordingWriter) -> Interview:
        return Interview(self.ready.server, self.ready.model, writer, self.pace)

    def _estimate(self, name: str, inquiry: Survey | PersonaCheck, there: int) -> None:
        """Ask once, if anything is left to ask, and tell how much that is."""
        took = inquiry.first()
        left = inquiry.calls_left
        held = f"{there} answers are there already; " if there else ""
        if took:
            self.tell(f"{name}: {held}{left} more calls, {duration(left * took)}")
        else:
            self.tell(f"{name}: {there} answers are there already")

    def _of(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(name, done, total)


def by_model(design: Design, asking: Asking) -> Design:
    """Return a design with the tables of a model in place of the rule and its events.

    The persona check comes first: it says how much of the tables can be about personality.
    """
    about = asking.personas()
    events = list(design.events.values())
    tables = {event.id: asking.table(event, at, len(events)) for at, event in enumerate(events, 1)}
    return replace(design, news=tables, effects=preset("none"), asked=about)


def grid_by_model(grid: Grid, asking: Asking) -> tuple[Grid, AskedModel]:
    """Return a grid in which the tables of a model decide, and what its persona check says.

    A cell whose setup has a wording of its own, because it would ask a model, is measured in that.
    """
    about = asking.personas()
    wanted = dict.fromkeys(_asked_of(cell.setup, asking) for cell in grid.cells())
    tables = {
        (event, words): asking.table(event, at, len(wanted), words)
        for at, (event, words) in enumerate(wanted, 1)
    }
    return grid.decided_by(lambda setup: tables[_asked_of(setup, asking)]), about


def _asked_of(setup: Setup, asking: Asking) -> tuple[Event, Wording]:
    rule = setup.sharing
    return setup.event, rule.wording if isinstance(rule, Asked) else asking.words
