"""The page LLM agents: servers, settings, runs, and the work of its jobs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.app.cache import check_size
from newswave.app.jobs import Job
from newswave.app.page import (
    Button,
    Choice,
    Code,
    Entry,
    Group,
    Item,
    Message,
    Range,
    Row,
    Switch,
    Table,
    Tone,
    Words,
    remark,
    trouble_words,
    warnings,
)
from newswave.core.errors import (
    BadFile,
    BadValue,
    CannotFit,
    NewswaveError,
    one_of,
    plain,
    real_number,
    whole_number,
)
from newswave.core.events import event, library
from newswave.core.files import free_memory
from newswave.core.mesa_model import NewsModel
from newswave.core.networks import RandomRegular
from newswave.core.population import IndependentTraits, Mix, TwoGroups
from newswave.core.rules import Asked, SharingRule
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.core.table_facts import UNREAD_LEANS
from newswave.core.wording import DEFAULT_WORDING, Question, wording, wordings
from newswave.equations.compare import Comparison, compare
from newswave.equations.from_decisions import Dose, dose_response, learned_from
from newswave.equations.replicates import FEWEST
from newswave.llm.batch import Interview, Pace, one_answer
from newswave.llm.builtin_server import BuiltIn
from newswave.llm.model_files import KNOWN, KnownModel, known
from newswave.llm.ollama_server import Server
from newswave.llm.openai_server import OpenAIServer
from newswave.llm.play import (
    Asking,
    Played,
    answered_by,
    ask_runs,
    history_of,
    replay,
    run_header,
)
from newswave.llm.recording import Header, Recording, RecordingWriter
from newswave.llm.replies import outcome_words
from newswave.llm.server import (
    SMALL_MODELS,
    Found,
    Model,
    ModelServer,
    Preflight,
    ServerGone,
    ServerTrouble,
    duration,
    tells_log_probabilities,
)
from newswave.llm.survey import (
    MustCount,
    Plan,
    Survey,
    Surveyed,
    chances_so_far,
    odds_in,
    request_for,
    survey_header,
    tells_enough,
)
from newswave.llm.which_server import server_at
from newswave.report.describe import counted
from newswave.report.text import MISFIT, ODD_DOSE, chances_words, no_expected_words, short

# Where the model is: what a look at a server finds, and what to do where nothing is.


_NAME = 60
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
_GIGA, _MEGA = 1e9, 1e6

MakeServer = Callable[[str | None], Server | OpenAIServer]


def visited(address: str | None) -> Server | OpenAIServer:
    """Return the server at an address that a learner gave, or the usual one.

    A key from the environment is for the usual one, which whoever started newswave chose: a page
    may be made to call any address.
    """
    try:
        usual = server_at()
    except BadValue:
        if not address:
            raise
        return replace(server_at(address), keyed=False)
    server = server_at(address)
    return replace(server, keyed=server.address == usual.address)


class Kind(Enum):
    """Who answers."""

    OLLAMA = "an Ollama server"
    BUILT_IN = "a language model in this process"
    STAND_IN = "the stand-in of this page"


@dataclass(frozen=True)
class KnownServer:
    """A server, as far as it is known."""

    address: str = ""  # where; what the learner gave, until it was looked at
    kind: Kind = Kind.OLLAMA
    is_looking: bool = False  # whether a look is under way
    found: Found | None = None  # what is there
    loaded: tuple[str, ...] = ()  # the models in its memory
    free: int | None = None  # bytes of memory that are free, if it is this machine
    trouble: str = ""  # why there is nothing
    built_in: KnownModel | None = None  # a model that could answer in this process

    @property
    def is_stand_in(self) -> bool:
        """Whether a formula of this page answers."""
        return self.kind is Kind.STAND_IN

    @property
    def able(self) -> tuple[Model, ...]:
        """The models that can be asked in words."""
        return () if self.found is None else tuple(m for m in self.found.models if m.answers)

    def model(self, name: str) -> Model | None:
        """Return one of those models."""
        return next((model for model in self.able if model.name == name), None)

    def chosen(self, name: str) -> str:
        """Return `name` if there is such a model or none at all, else the name of the smallest."""
        if self.model(name) is not None or not self.able:
            return name
        return min(self.able, key=lambda model: (model.size, len(model.name))).name


def server_of(place: KnownServer, make: MakeServer) -> BuiltIn | Server | OpenAIServer:
    """Return who is asked at a place."""
    return BuiltIn() if place.kind is Kind.BUILT_IN else make(place.address or None)


def built_in_model() -> KnownModel | None:
    """Return the model that could answer in this process: fetched, and with what runs it."""
    try:
        names = BuiltIn().look().names
    except NewswaveError:
        return None
    return known(names[0]) if names else None


def looked_at(place: KnownServer, make: MakeServer) -> KnownServer:
    """Return what is at a place now; whatever is wrong is in its words."""
    blank = KnownServer(place.address, place.kind, built_in=built_in_model())
    try:
        server = server_of(place, make)
        blank = replace(blank, address=server.address)
        found = server.look()
    except ServerGone as error:
        return replace(blank, trouble=gone_words(error))
    except ServerTrouble as error:
        # What a server that is no Ollama said is not passed on to whoever had it called.
        silent = (
            f"What answers at {server.address} is no server of language models that can be asked."
        )
        keyed = isinstance(server, BuiltIn) or server.keyed
        return replace(blank, trouble=trouble_words(error) if keyed else silent)
    except Exception as error:
        return replace(blank, trouble=trouble_words(error))
    free = free_memory() if server.is_local else None
    return replace(blank, found=found, loaded=_in_memory(server), free=free)


def gone_words(error: ServerGone) -> str:
    """Return that no server was reached, without the system's own number for why.

    >>> gone_words(ServerGone("No server was reached ([Errno 111] Connection refused)"))
    'No server was reached (Connection refused).'
    """
    return f"{plain(_NUMBER.sub('', error.what))}."


def _in_memory(server: ModelServer) -> tuple[str, ...]:
    try:
        return tuple(one.name for one in server.loaded())
    except NewswaveError:
        return ()


def place_items(place: KnownServer, model: str, may_choose: bool, barred: str) -> tuple[Item, ...]:
    """Return the items about the server."""
    items: list[Item] = [_state_words(place)]
    if may_choose and place.kind is Kind.OLLAMA:
        help_ = (
            "Where Ollama listens: a machine and a port, such as 127.0.0.1:11434. Or an "
            "OpenAI-compatible server, such as http://127.0.0.1:8080/v1 for llama-server."
        )
        items.append(Entry("address", "Address of the server", place.address, help_))
    items.append(Row("place_row", _buttons(place, barred)))
    if place.able:
        options = tuple((one.name, _model_words(one, place)) for one in place.able)
        items.append(Choice("model", "Model", model, options, barred=barred))
    items += [*_warnings(place, model), *_advice(place)]
    return tuple(items)


def _buttons(place: KnownServer, barred: str) -> tuple[Item, ...]:
    looking = "It is being looked at." if place.is_looking else barred
    if place.is_stand_in:
        return (Button("stand_in", "Back to Ollama", "Stops the stand-in.", barred=barred),)
    if place.kind is Kind.BUILT_IN:
        return (Button("built_in", "Back to Ollama", "Looks for an Ollama server.",
                       barred=barred),)  # fmt: skip
    model = place.built_in
    here = () if model is None else (
        Button("built_in", f"Use {model.title} (no server needed)",
               f"{model.line}. It answers inside of newswave.", barred=barred),
    )  # fmt: skip
    return (
        *here,
        Button("look", "Look again", "Asks the server which models it has.", barred=looking),
        Button("stand_in", "Use the synthetic stand-in (no model needed)",
               "A formula answers in place of a language model, over the same way. For trying "
               "everything out; it is no finding about people or about models.",
               Tone.SYNTHETIC, barred),
    )  # fmt: skip


def _state_words(place: KnownServer) -> Words:
    """Return whether anybody is there."""
    if place.is_looking:
        return Words("place", f"Looking for {place.kind.value} ...", Tone.QUIET, live=True)
    found = place.found
    if found is None:
        return Words("place", place.trouble or "Nobody has looked yet.", Tone.NOTE, live=True)
    if place.is_stand_in:
        words = "The synthetic stand-in answers: a formula, no language model."
        return Words("place", words, Tone.SYNTHETIC, live=True)
    words = f"{found.program} {plain(found.version, 40)} answers at {found.address}."
    if place.kind is Kind.BUILT_IN and place.built_in is not None:
        words = f"{place.built_in.title} answers inside of newswave: {place.built_in.about}."
    if place.free is not None:
        words += f" {place.free / _GIGA:.1f} GB of memory are free."
    if found.synthetic:
        return Words("place", f"{words} It is synthetic: a formula.", Tone.SYNTHETIC, live=True)
    return Words("place", words, Tone.GOOD if place.able else Tone.NOTE, live=True)


def _model_words(model: Model, place: KnownServer) -> str:
    if model.synthetic:
        return f"{plain(model.name, _NAME)} (a formula)"
    kind = [text for text in (model.parameter_size, model.quantization) if text]
    parts = [size_words(model.size)] if model.size else []
    parts += kind
    if model.name in place.loaded:
        parts.append("in memory")
    return plain(f"{plain(model.name, _NAME)} ({', '.join(parts)})", 2 * _NAME)


def size_words(size: int) -> str:
    """Return a number of bytes in words.

    >>> size_words(815_319_791), size_words(1_321_098_329)
    ('815 MB', '1.3 GB')
    """
    return f"{size / _GIGA:.1f} GB" if size >= _GIGA else f"{size / _MEGA:.0f} MB"


def _warnings(place: KnownServer, name: str) -> tuple[Item, ...]:
    """Return what to know before the model is asked."""
    model, found = place.model(name), place.found
    if model is None or found is None or place.kind is not Kind.OLLAMA:
        return ()
    ready = Preflight(server_at(place.address), found, model, name in place.loaded)
    words = []
    if short := ready.short_of_memory():
        words.append(f"Careful: {short}.")
    if found.is_ollama and not tells_log_probabilities(found.version):
        words.append(
            "This Ollama is too old to tell log-probabilities, so that a table takes about 1900 "
            "calls in place of 100: update it from ollama.com."
        )
    return remark("place_warning", " ".join(words), Tone.WARNING)


def _advice(place: KnownServer) -> tuple[Item, ...]:
    """Return how to get a server or a model, where one is missing."""
    if place.is_looking or place.able:
        return ()
    name, size, _ = SMALL_MODELS[0]
    others = ", ".join(f"{other} ({much}, {use})" for other, much, use in SMALL_MODELS[1:])
    pull = Code("pull", f"Fetch a small model ({size})", f"ollama pull {name}")
    more = Words("models_hint", f"Others that are small enough: {others}.", Tone.QUIET)
    if place.found is not None:
        none = "There is no model on it that can be asked in words."
        fetch = (pull, more) if place.found.is_ollama else ()
        return (Words("no_model", none, Tone.NOTE), *fetch)
    words = (
        "Ollama is a free program that runs language models on your own machine. Install it from "
        "ollama.com and start it. Without it, take the stand-in or replay a recording: everything "
        "on this page works with both."
    )
    steps = (
        Words("install", words, Tone.QUIET),
        Code("serve", "Start it", "ollama serve"),
        pull,
        more,
    )
    how = Group("get_ollama", "How to get Ollama", steps, folded=True)
    if place.built_in is not None:
        return (how,)
    title = f"Fetch a small real model that needs no server ({KNOWN[0].line})"
    return (Code("get_built_in", title, f"newswave models --get {KNOWN[0].name}"), how)


# What is asked of whom: the event, the words, the agents; small enough for a lesson.


MIXES: dict[str, tuple[str, Mix]] = {
    "profiles": ("32 profiles", IndependentTraits()),
    "outgoing": ("32, most extraverted", IndependentTraits(extraversion=0.8)),
    "worried": ("32, most neurotic", IndependentTraits(neuroticism=0.8)),
    "groups": ("Two groups", TwoGroups()),
}

_NUMBERS = {
    "n_agents": ("The number of agents", 10, 200),
    "degree": ("The degree", 2, 16),
    "rounds": ("The number of rounds", 3, 30),
    "seed": ("The seed", 0, 2**31 - 1),
}
_FIRST_EVENT = "teachers-sit-in"  # what the examples that come with newswave are about
_STEP = 10
_SEEDS = 20


@dataclass(frozen=True)
class Settings:
    """What the next table or run is to be: a field for each control, under its key."""

    # names: of what the news is about, of the words in which a model is asked, and of `MIXES`
    event: str = _FIRST_EVENT
    wording: str = DEFAULT_WORDING
    mix: str = "profiles"
    # the agents, their neighbours, the rounds after round 0, the seed of all randomness
    n_agents: int = 100
    degree: int = 8
    rounds: int = 15
    seed: int = 1
    temperature: float = 1.0  # at which the model answers
    reasons: bool = True  # whether each answer of a live run comes with a reason

    def __post_init__(self) -> None:
        for name, (words, low, high) in _NUMBERS.items():
            value = whole_number(words, getattr(self, name), low, high)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "degree", min(self.degree, self.n_agents - 1))
        if self.n_agents % _STEP:
            allowed = "10, 20, 30 ... 200"
            raise BadValue(
                "The number of agents does not fit", given=self.n_agents, allowed=allowed
            )
        one_of("mix", self.mix, MIXES)
        heat = real_number("The temperature", self.temperature, 0.1, 2.0)
        object.__setattr__(self, "temperature", round(heat, 1))
        if not isinstance(self.reasons, bool):
            raise BadValue("Reasons are on or off", given=self.reasons)
        event(self.event)
        wording(self.wording)

    def plan(self) -> Plan:
        """Return what is asked to measure a table."""
        words, heat = wording(self.wording), self.temperature
        return Plan(event(self.event), words, temperature=heat, reasons=self.reasons)

    def setup(self, sharing: SharingRule) -> Setup:
        """Return one run of these agents, who decide by `sharing`."""
        return Setup(
            n_agents=self.n_agents,
            network=RandomRegular(self.degree),
            mix=MIXES[self.mix][1],
            sharing=sharing,
            event=event(self.event),
            n_seeds=max(1, self.n_agents // _SEEDS),
            rounds=self.rounds,
            replicas=1,
            seed=self.seed,
        )

    def asked(self, model: str) -> Setup:
        """Return one run of these agents, who ask a model."""
        return self.setup(Asked(model or "none", wording(self.wording), self.temperature))

    def asking(self, model: str) -> Asking:
        """Return what every question of a live run has in common."""
        question = Question.REASONED if self.reasons else Question.DECISION
        return Asking(self.asked(model), question)


KEYS = frozenset(field.name for field in fields(Settings))
"""The keys of the controls."""


def moved(settings: Settings, message: Message) -> Settings:
    """Return the settings with one control moved."""
    if message.key not in KEYS:
        raise message.unknown()
    changes: dict[str, Any] = {message.key: message.number}
    return replace(settings, **changes)


def setting_items(settings: Settings) -> tuple[Item, ...]:
    """Return the controls of what is asked, and of whom."""
    events = tuple((one.id, f"{one.headline} ({one.type.value})") for one in library())
    words = tuple((one.name, one.name) for one in wordings())
    mixes = tuple((key, name) for key, (name, _) in MIXES.items())
    return (
        Choice("event", "News of", settings.event, events, "A fictional offline event."),
        Choice("mix", "Who the agents are", settings.mix, mixes,
               "A profile is the Big Five, each trait high or low; each is high in half of the "
               "agents; 'most' is four in five. Two groups: 40 % outgoing, 60 % reserved."),
        Range("n_agents", "Number of agents", settings.n_agents, 10, 200, _STEP,
              f"{counted(settings.n_agents)} agents", "More agents take more calls of the model."),
        Range("degree", "Degree", settings.degree, 2, min(16, settings.n_agents - 1), 1,
              f"{settings.degree} neighbours", "k, the neighbours of every agent."),
        Range("rounds", "Rounds", settings.rounds, 3, 30, 1, f"{settings.rounds} rounds",
              "How many rounds follow round 0. A seed agent shares at round 0; there is one for "
              "every 20 agents."),
        Group("more", "More settings", _more(settings, words), folded=True),
    )  # fmt: skip


def _more(settings: Settings, words: tuple[tuple[str, str], ...]) -> tuple[Item, ...]:
    """Return the controls that most can leave as they are."""
    _, low, high = _NUMBERS["seed"]
    return (
        Choice("wording", "Wording", settings.wording, words,
               "In which words personality, news and exposure are told to the model."),
        Range("temperature", "Temperature", settings.temperature, 0.1, 2.0, 0.1,
              f"{settings.temperature:.1f}",
              "How freely the model answers: at 1 as it has learned to, below 1 the likelier "
              "answer more often."),
        Switch("reasons", "Answers with a reason", settings.reasons,
               "In a live run. Without reasons it goes about twice as fast."),
        Entry("seed", "Seed of all randomness", str(settings.seed),
              "Of the network, the places, and the answers of a live run.", True, low, high),
    )  # fmt: skip


# A run in which a model was asked, and what comes of it: in numbers, for the page.


_MOST_DOSES = 12
_MOST_LINKS = 400_000


@dataclass(frozen=True, eq=False)
class ModelRun:
    """A run, as far as it is known."""

    name: str  # of its recording
    recording: Recording  # every question and every reply
    world: World  # who sits where
    history: History  # what became of everybody
    run: int  # which run of the recording it is
    abstained: int  # how many decisions were asked for in vain
    played: Played | None = None  # what came of it; None while it goes on
    is_replay: bool = False  # whether no model was asked for it here

    @property
    def setup(self) -> Setup:
        """What was run."""
        return self.world.setup

    @cached_property
    def findings(self) -> tuple[Item, ...]:
        """What came of it, as items; nothing while it goes on."""
        return () if self.played is None else _findings(self, self.played)


def replayed(recording: Recording, name: str) -> ModelRun:
    """Play a recording again."""
    if recording.setup is not None:
        _check(recording.setup, len(recording.runs))
    played = replay(recording)
    setup = played.curve.setup
    assert setup is not None
    run = next(r for r in recording.runs if recording.whole_rounds(r) or recording.finished(r))
    world, history = World.of(setup), played.histories[0]
    return ModelRun(name, recording, world, history, run, played.abstained, played, is_replay=True)


def _check(setup: Setup, runs: int) -> None:
    """Refuse what would keep a page waiting."""
    check_size(replace(setup, replicas=max(1, runs)))
    links = setup.n_agents * setup.network.mean_degree_for(setup.n_agents)
    if links > _MOST_LINKS:
        raise BadFile(
            "This recording is too large for the page",
            given=f"{links / 2:.0f} links",
            allowed=f"up to {_MOST_LINKS // 2}",
            advice="Play it on the command line: newswave run --replay FILE",
        )


def run_words(ran: ModelRun, is_live: bool) -> str:
    """Return what a run has come to, in a sentence."""
    counts, n = ran.history.counts, ran.setup.n_agents
    asked = sum(
        len(answers.agents) for (run, _), answers in ran.recording.rounds.items() if run == ran.run
    )
    model = plain(ran.recording.header.source.model or ran.recording.header.source.decider, 60)
    unfinished = "goes on" if is_live else "broke off"
    verb = "was replayed" if ran.is_replay else ("is over" if ran.played else unfinished)
    end = f"by round {ran.history.rounds}, {counts[-1]} of {n} agents have shared"
    return f"This run {verb}: {end}, after {asked} decisions asked of {model}."


def abstained_words(ran: ModelRun) -> Words:
    """Return how many answers could not be read, in plain sight."""
    if not ran.abstained:
        return Words("abstained", "Every answer so far could be read.", Tone.QUIET)
    text = (
        f"{ran.abstained} answers could not be read, each asked for three times where that helps. "
        f"Those agents abstained in that round: they count neither as yes nor as no. {UNREAD_LEANS}"
    )
    return Words("abstained", text, Tone.WARNING, live=True)


def _findings(ran: ModelRun, played: Played) -> tuple[Item, ...]:
    """Return what to doubt, the chance to share by exposure, what traits do, how replies were."""
    has_more = ran.abstained or len(ran.recording.outcomes) > 1
    return (
        *warnings("doubt", played.doubts()),
        *_labels(played),
        *_doses(played),
        *_learned(ran, played),
        *((_outcomes(ran.recording),) if has_more else ()),
    )


def _labels(played: Played) -> tuple[Item, ...]:
    """Return how far the model leans towards the label that is named first."""
    if played.leaning is None:
        return ()
    return (Words("labels", f"{played.leaning.words()}; agents are asked in either order."),)


def _doses(played: Played) -> tuple[Item, ...]:
    """Return the share that shared at each exposure."""
    if not played.decisions.asked.any():
        return ()
    doses = dose_response(played.decisions)
    shown = doses if len(doses) <= _MOST_DOSES else (*doses[: _MOST_DOSES - 1], doses[-1])
    why_not = no_expected_words(doses)
    fitted = "Expected: 1 - (1 - q)^m, with the q of each group fitted to its own decisions"
    head = ("Exposure m", "Asked", "Shared", "Shared (%)", "95 % interval", "Expected (%)")
    columns = 5 if why_not else 6
    return (
        Table(
            "doses",
            f"Does the chance to share rise with exposure? {why_not or fitted}.",
            head[:columns],
            tuple(_dose(dose)[:columns] for dose in shown),
            tuple(range(1, columns)),
        ),
    )


def _dose(dose: Dose) -> tuple[str, ...]:
    span = f"{100 * dose.low:.1f} to {100 * dose.high:.1f}"
    numbers = (f"{100 * dose.fraction:.1f}", span, f"{100 * dose.expected:.1f}")
    return (str(dose.exposure), str(dose.asked), str(dose.shared), *numbers)


def _learned(ran: ModelRun, played: Played) -> tuple[Item, ...]:
    """Return what groups or traits do, from the decisions themselves."""
    try:
        learned = learned_from(played.decisions, ran.setup, played.curve.runs)
    except CannotFit as trouble:
        return (Words("learned", f"No rates from the decisions: {trouble}"),)
    if learned.ratios:
        rows = tuple((f"high {one.name}", short(one.ratio), _span(one.low, one.high))
                     for one in learned.ratios[1:])  # fmt: skip
        held = chances_words(learned.ratios[1:])
        words = "What a high trait does to the transmission rate: the rate times this."
        words += f" {held[0].upper()}{held[1:]}." if held else ""
        if learned.misfit < MISFIT:
            words += f" The {ODD_DOSE}; the ratios allow for that."
        head = ("Trait", "Rate ratio", "95 % interval")
        return (Table("learned", words, head, rows, (1, 2)),)
    if learned.why_not:
        return (Words("learned", f"No trait effects: {learned.why_not}"),)
    rows = tuple((one.row, short(one.rate), _span(one.low, one.high)) for one in learned.rates)
    words = "Transmission rate of each group, a hazard per contact and round, from its decisions."
    return (Table("learned", words, ("Group", "Rate", "95 % interval"), rows, (1, 2)),)


def _span(low: float, high: float) -> str:
    return f"{short(low)} to {short(high)}"


def _outcomes(recording: Recording) -> Table:
    """Return how the replies were read."""
    rows = tuple((outcome_words(name), str(count)) for name, count in recording.outcomes.items())
    return Table("outcomes", "How the replies were read.", ("Reply", "Replies"), rows, (1,))


# What the jobs of the page do: time one call, measure a table, let agents ask, test the curve.


@dataclass(frozen=True)
class TableTask:
    """A table to be measured, and the recording that it goes into."""

    model: str
    plan: Plan
    path: Path
    count_if_needed: bool = False  # whether the learner wants it counted where it has to be


@dataclass(frozen=True)
class RunTask:
    """A live run, and the recording that it goes into."""

    asking: Asking
    path: Path


@dataclass(frozen=True)
class CallTime:
    """How many seconds one answer took, and how many the loading of the model before it.

    `reading` is what one call for a table took; None if nothing can be read from this server.
    """

    answer: float
    loading: float
    reading: float | None = None


def timed(server: ModelServer, asking: Asking, plan: Plan) -> CallTime:
    """Ask for a decision and for a cell of a table, to see how long both take."""
    Preflight.of(server, asking.rule.model)
    first = one_answer(server, asking.first)
    reading = None
    for way in plan.ways:
        cell, other = plan.probe(way)[:2]
        context = asking.first.sampling.num_ctx
        one_answer(server, request_for(plan, asking.rule.model, cell, context))
        reply = one_answer(server, request_for(plan, asking.rule.model, other, context))
        if tells_enough(way, [odds_in(way, reply)]):
            reading = max(reply.answer_seconds, 1e-3)
            break
    return CallTime(max(first.answer_seconds, 1e-3), first.load_seconds, reading)


def measured(job: Job, server: ModelServer, task: TableTask) -> Surveyed | MustCount:
    """Measure a table, or go on measuring it; on the way its cells are told as they come in.

    Where it has to be counted, and that is not wanted yet, what that takes comes back.
    """
    ready = Preflight.of(server, task.model)
    header = survey_header(task.plan, ready.model, ready.found)
    with _interview(job, ready, task.path, header) as interview:
        survey = Survey(task.plan, interview, count_if_needed=task.count_if_needed)
        begun, clock = survey.calls_made, _Clock()
        job.tell(begun, begun + survey.calls_left, "The first calls ...")

        def seen() -> npt.NDArray[np.float64]:
            return chances_so_far(task.plan, interview.recording)

        def progress(done: int, total: int) -> None:
            words = f"{begun + done} of {begun + total} calls; {clock.left(done, total - done)}"
            job.tell(begun + done, begun + total, words, seen)

        try:
            return survey.finish(progress)
        except MustCount as found:
            return found


def asked(job: Job, server: ModelServer, task: RunTask) -> ModelRun:
    """Let agents ask for every decision, or go on; on the way the run is told round by round."""
    ready = Preflight.of(server, task.asking.rule.model)
    asking = Asking(answered_by(task.asking.setup, ready.model), task.asking.question)
    world = World.of(asking.setup)
    header = run_header(asking, ready.model, ready.found)
    with _interview(job, ready, task.path, header) as interview:
        meter = _Meter(job, world, lambda model: _so_far(interview, world, model, task.path))
        played = ask_runs(world, interview, asking, meter.progress, meter.watch)
        history = played.histories[0]
        recording = interview.recording
    return ModelRun(task.path.name, recording, world, history, 0, played.abstained, played)


def _so_far(interview: Interview, world: World, model: NewsModel, path: Path) -> ModelRun:
    history = history_of(model)
    return ModelRun(path.name, interview.recording, world, history, model.run, model.abstained)


@contextmanager
def _interview(job: Job, ready: Preflight, path: Path, header: Header) -> Iterator[Interview]:
    """Open the recording and yield what asks and writes into it; the job stops it."""
    with RecordingWriter(path, header) as writer:
        yield Interview(ready.server, ready.model, writer, Pace(), job.stopping)


class _Clock:
    """How long something will still take, from how long it has taken."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def left(self, done: int, left: int, most: bool = False) -> str:
        """Return the time that `left` more take, in words."""
        if done < 1 or left < 1:
            return "almost done" if left < 1 else "the time is not known yet"
        words = duration((time.monotonic() - self._start) / done * left)
        return f"at most {words} left" if most else f"{words} left"


class _Meter:
    """Tells of a live run: the round, its answers, at most how long still."""

    def __init__(self, job: Job, world: World, seen: Callable[[NewsModel], ModelRun]) -> None:
        self._job, self._world, self._seen = job, world, seen
        self._clock = _Clock()
        self._answers = self._before = 0
        self._undecided = world.setup.n_agents

    def progress(self, at: int, done: int, total: int) -> None:
        """Take in that some answers of a round are there."""
        rounds = self._world.setup.rounds
        self._answers = self._before + done
        most = total - done + (rounds - at) * self._undecided
        words = (
            f"Round {at} of {rounds}: {done} of {total} agents have answered. "
            f"{self._answers} answers so far, {self._clock.left(self._answers, most, most=True)}."
        )
        self._job.tell(self._place(at - 1, done / max(total, 1)), 100 * rounds, words)

    def watch(self, model: NewsModel) -> None:
        """Take in that a round is over."""
        self._before = self._answers
        self._undecided = int((~model.shared).sum())
        rounds = self._world.setup.rounds
        words = f"Round {model.round} of {rounds} is over."
        place = self._place(model.round, 0.0)
        self._job.tell(place, 100 * rounds, words, lambda: self._seen(model), now=True)
        self._job.check()

    @staticmethod
    def _place(whole: int, part: float) -> int:
        return round(100 * (whole + part))


def compared(job: Job, played: Played) -> Comparison:
    """Fit the models to a run's curve and test one rate against two."""

    def progress(what: str, done: int, total: int) -> Any:
        job.check()
        job.tell(done, total, f"{what}: {done} of {total}")

    return compare(played.curve, replicas=FEWEST, progress=progress, decisions=played.decisions)
