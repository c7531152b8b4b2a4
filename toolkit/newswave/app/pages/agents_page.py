"""The page LLM agents: its items and its actions."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from newswave.app.address import Allowance, Asks
from newswave.app.jobs import Job, JobState, Stage
from newswave.app.page import (
    Button,
    Choice,
    Entry,
    File,
    Group,
    Item,
    Message,
    Page,
    Progress,
    Row,
    Tone,
    Upload,
    View,
    Words,
    remark,
    trouble_words,
)
from newswave.app.pages import agents
from newswave.app.pages.agents import (
    Kind,
    KnownServer,
    MakeServer,
    ModelRun,
    RunTask,
    TableTask,
    abstained_words,
    gone_words,
    looked_at,
    place_items,
    replayed,
    run_words,
    server_of,
    setting_items,
    visited,
)
from newswave.app.pages.agents_state import (
    RUNS,
    JobKind,
    PageTable,
    Showing,
    State,
    card,
    live_grid,
    picture_of,
)
from newswave.app.pages.explore import NOBODY, fits_items, rate_test_items, trait_items
from newswave.core.errors import BadFile, BadValue, NewswaveError, one_of, plain, whole_number
from newswave.core.population import Trait
from newswave.core.rules import load_measured, measured_json, synthetic_table
from newswave.equations.predict import few_seeds_words
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import Played, calls_of, synthetic_recording
from newswave.llm.recording import Recording, RecordingPurpose, utc_now
from newswave.llm.server import ModelServer, ServerGone, duration
from newswave.llm.survey import surveyed_from
from newswave.report.describe import SYNTHETIC, counted
from newswave.report.style import png
from newswave.report.table_figures import describe_table, table_figure

# Files: where recordings go, and what a learner takes home.


_MOST_ALIKE = 1000
_MOST_NAME = 40


def new_record(folder: Path, kind: str, model: str, event_id: str) -> Path:
    """Return a new, empty file for a recording: nobody else has it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = new_record(Path(folder), "run", "gemma3:1b", "cup-final-draw")
    >>> path.name
    'run-gemma3-1b-cup-final-draw-20...jsonl'
    """
    who = re.sub(r"[^A-Za-z0-9.]+", "-", model).strip("-.")[:_MOST_NAME]
    moment = re.sub(r"\D", "", utc_now())
    stem = f"{kind}-{who or 'model'}-{event_id}-{moment[:8]}-{moment[8:]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_ALIKE):
            path = folder / f"{stem}{'' if number == 1 else f'-{number}'}.jsonl"
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise BadFile(
            f"No recording can be written here ({error.strerror or type(error).__name__})",
            advice="Start newswave in a folder of your own",
        ) from error
    raise BadFile("There are too many recordings of this name", given=stem)


@dataclass(frozen=True)
class Take:
    """One thing to take home."""

    label: str  # of its button
    of: Callable[[State], Any]  # what it is made of; None as long as that is not there
    file: Callable[[Any], File]


def _played(state: State) -> ModelRun | None:
    return None if state.ran is None or state.ran.played is None else state.ran


def _table_file(table: PageTable) -> File:
    return File(f"{table.name}.json", "application/json", measured_json(table.measured).encode())


def _map_file(table: PageTable) -> File:
    figure, words = table_figure(table.measured), describe_table(table.measured)
    return File(f"{table.name}.png", "image/png", png(figure, words))


def _record(task: TableTask | RunTask) -> File:
    path = task.path
    try:
        return File(path.name, "application/jsonl", path.read_bytes())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadFile(f"The recording cannot be read ({why})", given=path.name) from error


def _csv(what: str, text: Callable[[Played], str]) -> Callable[[ModelRun], File]:
    """Return what makes a table of a run that is over."""

    def made(ran: ModelRun) -> File:
        assert ran.played is not None
        name = f"{Path(ran.name).stem}-{what}.csv"
        return File(name, "text/csv", text(ran.played).encode("utf-8"))

    return made


TAKES = {
    "save_table": Take("The table (JSON)", lambda state: state.table, _table_file),
    "save_map": Take("Its heat map (PNG)", lambda state: state.table, _map_file),
    "save_table_record": Take(
        "The table's recording (JSONL)", lambda state: state.table_task, _record
    ),
    "save_run_record": Take("The run's recording (JSONL)", lambda state: state.run_task, _record),
    "save_curve": Take(
        "The curve (CSV)", _played, _csv("curve", lambda played: played.curve.to_csv())
    ),
    "save_decisions": Take(
        "Every decision (CSV)",
        _played,
        _csv("decisions", lambda played: played.log.to_csv(index=False, lineterminator="\n")),
    ),
}
"""What there is to take home, by the keys of the buttons, in their order."""


def file_of(state: State, key: str) -> File:
    """Return the file of a button; one that is not there yet raises `BadValue`."""
    take = TAKES.get(key)
    made_of = take and take.of(state)
    if take is None or made_of is None:
        raise BadValue("There is no such file to take home yet", given=key)
    return take.file(made_of)


# Files that learners bring: a recording of a run or of a table, or a table.


LARGEST = 32 * 1024 * 1024
"""How many bytes a file may have."""

ENDINGS = (".jsonl", ".json", ".csv")

_MOST_CELLS = 20_000
_LONGEST_NAME = 60


def file_name(name: object) -> str:
    """Return the name of a learner's file as it is shown and as one may write it.

    >>> file_name("../a b/my run (1).jsonl"), file_name(None)
    ('my-run-1.jsonl', 'file')
    """
    bare = re.split(r"[\\/]", str(name or "file"))[-1]
    stem, dot, ending = bare.rpartition(".")
    clean = re.sub(r"[^A-Za-z0-9_.]+", "-", stem if dot else bare).strip("-.")[:_LONGEST_NAME]
    return (
        f"{clean or 'file'}.{ending.lower()[:8]}" if dot and ending.isalnum() else clean or "file"
    )


def brought(name: object, data: bytes | None) -> ModelRun | PageTable:
    r"""Return the run or the table in a file."""
    called = file_name(name)
    if not data or len(data) > LARGEST:
        allowed = f"up to {LARGEST // 2**20} MB"
        what = "This file is too large" if data else "This file is empty"
        raise BadFile(what, given=called, allowed=allowed)
    if Path(called).suffix not in ENDINGS:
        allowed = "a recording (.jsonl) or a table (.json, .csv)"
        raise BadFile("This is neither a recording nor a table", given=called, allowed=allowed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / called
        path.write_bytes(data)
        try:
            return _read(path)
        except NewswaveError as error:
            raise named(error, path.name) from None


def _read(path: Path) -> ModelRun | PageTable:
    """Return the run or the table in a file of one's own."""
    if path.suffix == ".jsonl":
        recording = Recording.read(path)
        if recording.header.purpose is RecordingPurpose.TABLE:
            return PageTable.of(surveyed_from(recording), path.stem)
        return replayed(recording, path.name)
    measured = load_measured(path)
    if measured.given.probabilities.size > _MOST_CELLS:
        given, allowed = measured.given.probabilities.size, f"up to {_MOST_CELLS} cells"
        raise BadFile("This table is too large for the page", given=given, allowed=allowed)
    return PageTable(path.stem, measured)


def named(error: NewswaveError, name: str) -> BadFile:
    """Return an error about a file with its bare name: the folder is nobody's business.

    >>> print(named(BadFile("This file is empty", given="a/secret/place/a.jsonl"), "a.jsonl"))
    This file is empty. Given: 'a.jsonl'.
    """
    given = name if isinstance(error.given, str) and error.given.endswith(name) else error.given
    return BadFile(error.what, given=given, allowed=error.allowed, advice=error.advice)


# What the learner moves on the page: the server, the settings, what can be started.


GO_ON = {JobKind.TABLE: "Go on measuring", JobKind.RUN: "Go on with the run"}
"""What the buttons say that go on with work that broke off."""

_NOTICEABLE = 0.1


def why_busy(state: State) -> str:
    """Return why nothing else can be begun; '' if it can."""
    kind = state.under_way
    return "" if kind is None else f"Busy: {kind.value[0].lower()}{kind.value[1:]}."


def why_not_ask(state: State) -> str:
    """Return why no model can be asked now; '' if one can."""
    if not state.place.is_stand_in:
        if state.asks is Asks.NOBODY:
            return "Asking a model is switched off here: take the stand-in, or replay a recording."
        if state.asks is Asks.WITH_KEY:
            return "Asking a model takes the teacher's key. Without it, take the stand-in."
    if why_busy(state):
        return why_busy(state)
    if state.place.model(state.model) is None:
        return "There is no model to ask yet: see Server above."
    return ""


def controls_of(state: State) -> tuple[Item, ...]:
    """Return what the learner moves."""
    busy = why_busy(state)
    server = place_items(state.place, state.model, state.may_choose_server, busy)
    return (
        Group("server", "Server", server),
        Group("settings", "What is asked, and whom", setting_items(state.settings)),
        Group("asking", "Ask", _asking(state)),
        Group("replay", "Or without asking", _replay(busy)),
    )


def _asking(state: State) -> tuple[Item, ...]:
    barred = why_not_ask(state)
    locked = state.asks is Asks.WITH_KEY and not state.place.is_stand_in
    key = Entry("teacher_key", "Teacher's key", "", "It is in the terminal where the app runs.")
    return (
        Words("cost", cost_words(state), Tone.QUIET),
        *((key,) if locked else ()),
        Button("time", "Time one call",
               "Asks once, to see how long a table and a run will take.", barred=barred),
        *_start(state, JobKind.TABLE, "table", "Measure a table",
                "P(share) of all 32 profiles at each exposure, in about 100 calls.", barred),
        *_count(state, barred),
        *_start(state, JobKind.RUN, "run", "Start a live run",
                "Every decision of every agent is asked for.", barred),
    )  # fmt: skip


def _count(state: State, barred: str) -> tuple[Item, ...]:
    """Return what a table takes that has to be counted, and the button that wants it."""
    found = state.must_count
    if found is None or JobKind.TABLE is state.under_way:
        return ()
    time = "" if found.seconds is None else f", {duration(found.seconds)}"
    return (
        Words("must_count", f"{found.what}.", Tone.WARNING, live=True),
        Button("table_count", f"Count it: {found.calls} calls{time}",
               "Asks each cell again and again and counts. What was asked is kept.",
               barred=barred),
    )  # fmt: skip


def _start(
    state: State, kind: JobKind, key: str, label: str, help_: str, barred: str
) -> tuple[Item, ...]:
    """Return the buttons of one kind of work: those of them that do something now."""
    job = state.jobs.get(kind, JobState(Stage.DONE))
    if job.is_under_way:
        stopping = "It is stopping." if job.stage is Stage.STOPPING else ""
        label = "Stop" if kind is not JobKind.TABLE else "Stop measuring"
        return (Button(f"stop_{key}", label, "What was answered is kept.", barred=stopping),)
    buttons: list[Item] = [
        Button(key, label, help_, Tone.PLAIN if job.can_go_on else Tone.MAIN, barred)
    ]
    if job.can_go_on:
        buttons.insert(0, Button(f"{key}_on", GO_ON[kind], "Goes on where it broke off.",
                                 Tone.MAIN, barred))  # fmt: skip
    return (Row(f"{key}_row", tuple(buttons)),)


def cost_words(state: State) -> str:
    """Return how many calls it will take, and how long, as far as one call tells."""
    plan = state.settings.plan()
    way = plan.ways[0]
    calls, counted_calls = len(plan.readings(way)) + len(plan.again(way)), len(plan.cells)
    counted_calls *= plan.repeats
    typical, most = calls_of(state.settings.asked(state.model))
    again = "Answers that cannot be read are asked for again."
    if state.seconds is None:
        return (
            f"A table takes about {calls} calls. A live run takes about {typical}, at most {most}. "
            f"{again}"
        )
    took, loading, reading = state.seconds.answer, state.seconds.loading, state.seconds.reading
    load = f", and {loading:.2g} s to load the model" if loading > _NOTICEABLE else ""
    table = f"about {calls} calls of {0 if reading is None else reading:.2g} s"
    if reading is None:
        table = f"it has to be counted, in {counted_calls} calls"
    time = duration(counted_calls * took if reading is None else calls * reading)
    return (
        f"One decision took {took:.2g} s{load}. A table: {table}, {time}. A live run: about "
        f"{typical} calls, {duration(typical * took)} one after another, at most {most} calls. "
        f"{again}"
    )


def _replay(busy: str) -> tuple[Item, ...]:
    accept = ",".join(ENDINGS)
    return (
        Row("examples", (
            Button("example_run", "Replay the example",
                   "A recording that comes with newswave. Synthetic: a formula answered.",
                   barred=busy),
            Button("example_table", "Show the example table",
                   "A table that comes with newswave. Synthetic: a formula answered.",
                   barred=busy),
        )),
        Upload("bring", "Bring a recording or a table", accept, LARGEST,
               "A recording of a run is replayed; one of a table, or a table, gives the table."),
    )  # fmt: skip


# What one is seeing, in words, and how far the work is.


def seen_of(state: State) -> tuple[Item, ...]:
    """Return what one is seeing, in words, and how far the work is."""
    ran, table = state.shown_run, state.table
    by_formula = state.place.is_stand_in or (ran is not None and ran.setup.synthetic)
    by_formula = by_formula or (table is not None and table.is_synthetic)
    jobs = (item for kind, job in state.jobs.items() for item in _job_items(state, kind, job))
    return (
        *remark("synthetic", SYNTHETIC if by_formula else "", Tone.SYNTHETIC),
        *jobs,
        Words("seen", _sentence(state)),
        *(() if ran is None else (abstained_words(ran),)),
        *_showing(state),
        *remark("why_no_forecast", state.forecast.why_not, Tone.NOTE),
        *remark("forecast_doubt", state.forecast.doubt, Tone.NOTE),
    )


def _sentence(state: State) -> str:
    ran, prediction = state.shown_run, state.forecast.ensemble
    few = (
        few_seeds_words(prediction.setup) if prediction is not None and state.forecast.lines else ""
    )
    if ran is not None:
        beside = " Green: what the table predicts." if state.forecast.lines else ""
        return f"{run_words(ran, state.is_live)}{beside} {few}".rstrip()
    if prediction is not None:
        words = (
            "One run by the table, and in green what the table predicts: the network-aware curve "
            f"and where 90 % of {RUNS} runs lie. Now let agents ask, and see whether they do that."
        )
        return f"{words} {few}".rstrip()
    return (
        f"{counted(state.settings.n_agents)} agents on a random regular network of degree "
        f"{state.settings.degree}; the marked ones have the news. Measure a table to predict the "
        "curve, or let the agents ask the model themselves."
    )


def _showing(state: State) -> tuple[Item, ...]:
    """Return the choice between the run and the table, where there are both."""
    is_empty = state.shown_run is None and state.forecast.ensemble is None
    if state.ran is None or state.table is None or is_empty:
        return ()
    options = tuple((one.name, one.value) for one in Showing)
    return (Choice("showing", "In the picture", state.showing.name, options),)


def _job_items(state: State, kind: JobKind, job: JobState) -> tuple[Item, ...]:
    """Return how far a piece of work is, or why it broke off."""
    key = kind.name.lower()
    if job.is_under_way:
        words = "Stopping ..." if job.stage is Stage.STOPPING else job.words
        return (Progress(f"job_{key}", kind.value, job.done, job.total, words),)
    task = {JobKind.TABLE: state.table_task, JobKind.RUN: state.run_task}.get(kind)
    kept = "" if task is None else f" What was answered is kept in {task.path.name}."
    if job.stage is Stage.FAILED:
        on = f"{kept} When that is put right, press '{GO_ON[kind]}'." if kind in GO_ON else ""
        text = f"{kind.value} broke off. {job.error}{on}"
        return (Words(f"job_{key}", text, Tone.ERROR, live=True),)
    if job.stage is Stage.STOPPED and kind in GO_ON:
        text = f"{kind.value}: stopped.{kept} '{GO_ON[kind]}' asks only what is left."
        return (Words(f"job_{key}", text, Tone.NOTE, live=True),)
    return ()


# What comes of it: the table, the run, one agent, and the files to take home.


def report_of(state: State) -> tuple[Item, ...]:
    """Return what comes of it: the table, the run, one agent, what there is to take home."""
    groups = [_table(state), _run(state), card(state.ran, state.agent), _home(state)]
    return tuple(group for group in groups if group is not None)


def _table(state: State) -> Group | None:
    """Return the table, or as much of it as has come in."""
    if state.cells is not None and state.table_task is not None:
        grid = live_grid(state.table_task.plan, state.cells)
        return Group("table_group", "The table so far", (grid,))
    if state.table is None:
        return None
    return Group("table_group", "The table", state.table.items)


def _run(state: State) -> Group | None:
    """Return what came of the run, and the test of its curve."""
    ran = state.ran
    if ran is None or ran.played is None:
        return None
    name = Words("run_name", f"Recording: {plain(ran.name, 80)}", Tone.QUIET)
    items = (name, *ran.findings, *_test(state, ran), *trait_items(ran.setup, state.trait))
    return Group("run_group", "The run", items)


def _test(state: State, ran: ModelRun) -> tuple[Item, ...]:
    """Return the test of the run's curve, or the button for it."""
    made, job = state.comparison, state.jobs.get(JobKind.TEST)
    if made is not None:
        return (*rate_test_items(made, None, ()), *fits_items(made.fits, ran.setup))
    if job is not None and job.is_under_way:
        return (Button("stop_test", "Stop the test"),)
    help_ = "Fits the equations to this run's curve; takes some seconds."
    return (Button("test", "Test: one rate or two?", help_, barred=why_busy(state)),)


def _home(state: State) -> Group | None:
    """Return the files there are to take home."""
    there = [(key, take) for key, take in TAKES.items() if take.of(state) is not None]
    buttons = tuple(Button(key, take.label) for key, take in there)
    return Group("home", "Take home", (Row("home_row", buttons),)) if buttons else None


# The page at work: what a learner does becomes settings, jobs, files.


_PATIENCE = 5.0
_MODELS = ("synthetic",)
_DELAY = 0.05  # seconds an answer: quick, but one sees it coming in and can stop it


def _words_of(file: str) -> Callable[[Exception], str]:
    """Return what says what went wrong in a job."""

    def words(error: Exception) -> str:
        if isinstance(error, ServerGone):
            return f"{gone_words(error)} Start it again: 'Look again' tells whether it is there."
        if file and isinstance(error, NewswaveError):
            return trouble_words(named(error, file))
        return trouble_words(error)

    return words


class AgentsPage(Page):
    """The page on which agents ask a language model, for one learner.

    Recordings go into `folder`; `may_choose_server` says whether learners may give the address of a
    server. `make_server` returns the server at an address, the usual one for None.
    """

    def __init__(
        self,
        folder: Path,
        may_choose_server: bool = True,
        allowance: Allowance | None = None,
        make_server: MakeServer = visited,
    ) -> None:
        super().__init__()
        self._folder = Path(folder)
        self._allowance = allowance or Allowance()
        self.state = State(may_choose_server=may_choose_server, asks=self._allowance.asks)
        self._make = make_server
        self._jobs: dict[JobKind, Job] = {}
        self._last_look: Job | None = None
        self._stand_in: StandIn | None = None
        self._is_closed = False
        self._before = ""
        self._look(KnownServer())

    def view(self) -> View:
        """Return what the page shows now."""
        state = self.state
        return View(controls_of(state), seen_of(state), (picture_of(state),), report_of(state))

    def handle(self, message: Message) -> File | None:
        """Do what a control asks for."""
        value, state = message.value, self.state
        if message.key.startswith("save_"):
            return file_of(state, message.key)
        if message.key in agents.KEYS:
            self.state = state.with_settings(agents.moved(state.settings, message))
            return None
        match message.key:
            case "address":
                self._move(str(value or "").strip())
            case "teacher_key":
                self._unlock(str(value or ""))
            case "model":
                self._take_model(value)
            case "trait":
                self.state = replace(state, trait=Trait.named(str(value)))
            case "showing":
                name = one_of("picture", value, [one.name for one in Showing])
                self.state = state.with_showing(Showing[name])
            case "agent":
                self._choose(message)
            case "bring":
                self._bring(brought(message.file_name, message.data))
            case _:
                self._press(message)
        return None

    def _press(self, button: Message) -> None:
        match button.key:
            case "look":
                self._check_free()
                self._look(self.state.place)
            case "stand_in":
                self._swap(Kind.STAND_IN)
            case "built_in":
                self._swap(Kind.BUILT_IN)
            case "time":
                self._time()
            case "table" | "table_on" | "table_count":
                self._measure(button.key != "table", count=button.key == "table_count")
            case "run" | "run_on":
                self._run(again=button.key == "run_on")
            case "test":
                self._test()
            case "stop_time" | "stop_table" | "stop_run" | "stop_test":
                kind = JobKind[button.key.removeprefix("stop_").upper()]
                if kind in self._jobs:
                    self._jobs[kind].stop()
            case "example_run":
                self._bring(replayed(synthetic_recording(), "example.jsonl"))
            case "example_table":
                self._bring(PageTable("example", synthetic_table()))
            case _:
                raise button.unknown()

    def at_round(self, round_: int) -> None:
        """Take in which round the picture shows."""
        with self.lock:
            self.state = replace(self.state, round=max(0, int(round_)))
        self.changed()

    def choose(self, agent: int) -> None:
        """Take in which agent was chosen."""
        self.receive(Message("agent", agent))

    def changed(self) -> None:
        """Tell those who watch, as long as the page is open."""
        if not self._is_closed:
            super().changed()

    def close(self) -> None:
        """Stop everything, and wait a little until it has."""
        self._is_closed = True
        self._last_look = None
        for job in self._jobs.values():
            job.stop()
        for job in self._jobs.values():
            job.wait(_PATIENCE)
        self._close_stand_in()

    # --- the server

    def _look(self, place: KnownServer) -> None:
        """Look at a place, and come back; only what the last look finds counts."""
        looking = replace(place, is_looking=True)
        self.state = replace(self.state, place=looking, seconds=None).without_job(JobKind.TIME)

        def found(_: JobState, there: KnownServer | None) -> None:
            if there is None or self._last_look is not job:
                return
            with self.lock:
                model = there.chosen(self.state.model)
                self.state = replace(self.state, place=there, model=model)
            self.changed()

        job = self._last_look = Job(lambda _: looked_at(place, self._make), found)
        job.start()

    def _move(self, address: str) -> None:
        self._check_free()
        if not self.state.may_choose_server or self.state.place.kind is not Kind.OLLAMA:
            raise BadValue("The address of the server cannot be changed here")
        self._look(KnownServer(self._make(address or None).address))

    def _unlock(self, key: str) -> None:
        if not self._allowance.opens(key):
            raise BadValue("This is not the teacher's key", advice="Ask your teacher for it")
        self.state = replace(self.state, asks=Asks.ANYBODY)

    def _swap(self, kind: Kind) -> None:
        """Take the stand-in or the built-in model, or leave it."""
        self._check_free()
        if self.state.place.kind is kind:
            self._close_stand_in()
            self._look(KnownServer(self._before))
            return
        self._before = self.state.place.address
        address = self._open_stand_in() if kind is Kind.STAND_IN else ""
        self._look(KnownServer(address, kind))

    def _open_stand_in(self) -> str:
        """Start a stand-in of this page's own and return its address."""
        try:
            self._stand_in = StandIn(models=_MODELS, delay=_DELAY)
        except RuntimeError as error:
            raise NewswaveError(
                "The stand-in cannot be started here: it needs threads",
                advice="Replay the example, or show the example table",
            ) from error
        return self._stand_in.address

    def _close_stand_in(self) -> None:
        if self._stand_in is not None:
            self._stand_in.close()
            self._stand_in = None

    def _take_model(self, given: object) -> None:
        self._check_free()
        name = one_of("model", given, [model.name for model in self.state.place.able])
        self.state = replace(self.state, model=name, seconds=None)

    def _server(self) -> ModelServer:
        return server_of(self.state.place, self._make)

    # --- the jobs

    def _check_free(self) -> None:
        if why := why_busy(self.state):
            raise BadValue(why)

    def _check_ask(self) -> None:
        if why := why_not_ask(self.state):
            raise BadValue(why)
        self._allowance.check()

    def _begin(self, kind: JobKind, work: Callable[[Job], Any], file: str = "") -> None:
        """Begin a job; `file` is the bare name of the file that it writes."""
        give_back = self._allowance.begin()

        def counted(job: Job) -> Any:
            try:
                return work(job)
            finally:
                give_back()

        def told(state: JobState, seen: Any) -> None:
            self._job_state(kind, state, seen)

        self._jobs[kind] = job = Job(counted, told, _words_of(file))
        job.start()

    def _time(self) -> None:
        self._check_ask()
        server, settings = self._server(), self.state.settings
        asking, plan = settings.asking(self.state.model), settings.plan()
        self._begin(JobKind.TIME, lambda _: agents.timed(server, asking, plan))

    def _measure(self, again: bool, count: bool = False) -> None:
        """Measure a table, or go on measuring one."""
        self._check_ask()
        self._allowance.check_room(self._folder)
        task = self.state.table_task if again else self._new_table()
        if task is None:
            raise BadValue("There is no table to go on with")
        task = replace(task, count_if_needed=task.count_if_needed or count)
        server, path = self._server(), task.path
        cells = self.state.cells if again else None
        self.state = replace(self.state, table_task=task, cells=cells, must_count=None)
        self._begin(JobKind.TABLE, lambda job: agents.measured(job, server, task), path.name)

    def _new_table(self) -> TableTask:
        plan, model = self.state.settings.plan(), self.state.model
        path = new_record(self._folder, "table", model, plan.event.id)
        return TableTask(model, plan, path)

    def _run(self, again: bool) -> None:
        """Let agents ask, or go on with a run."""
        self._check_ask()
        self._allowance.check_room(self._folder)
        task = self.state.run_task if again else self._new_run()
        if task is None:
            raise BadValue("There is no run to go on with")
        server, path = self._server(), task.path
        self.state = replace(self.state, run_task=task)
        self._begin(JobKind.RUN, lambda job: agents.asked(job, server, task), path.name)

    def _new_run(self) -> RunTask:
        asking = self.state.settings.asking(self.state.model)
        path = new_record(self._folder, "run", self.state.model, asking.setup.event.id)
        return RunTask(asking, path)

    def _test(self) -> None:
        self._check_free()
        ran = self.state.ran
        if ran is None or ran.played is None:
            raise BadValue("There is no run to test yet")
        played = ran.played
        self._begin(JobKind.TEST, lambda job: agents.compared(job, played))

    def _job_state(self, kind: JobKind, job: JobState, seen: Any) -> None:
        """Take in what a job tells."""
        with self.lock:
            if self._is_closed:
                return
            try:
                self.state = self.state.with_job(kind, job).with_news(seen)
            except Exception as error:
                self.state = self.state.with_job(kind, job)
                self.trouble = trouble_words(error)
        self.changed()

    # --- what is shown

    def _bring(self, made: ModelRun | PageTable) -> None:
        """Show a run or a table that was not asked for here."""
        if isinstance(made, ModelRun):
            self._check_free()
        self.state = self.state.with_news(made)

    def _choose(self, message: Message) -> None:
        ran = self.state.shown_run
        last = (self.state.settings.n_agents if ran is None else ran.setup.n_agents) - 1
        given = NOBODY if message.value == "" else message.number
        self.state = replace(self.state, agent=whole_number("The agent", given, NOBODY, last))
