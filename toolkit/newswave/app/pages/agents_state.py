"""The page LLM agents: its state, its table, its picture."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.app.address import Asks
from newswave.app.cache import Ensemble, ensemble
from newswave.app.jobs import JobState
from newswave.app.page import (
    Code,
    Grid,
    Group,
    Item,
    Table,
    Tone,
    Words,
    remark,
    trouble_words,
    warnings,
)
from newswave.app.pages.agents import CallTime, KnownServer, ModelRun, RunTask, Settings, TableTask
from newswave.app.pages.explore import NOBODY, agent_card, fate_words, profile_words
from newswave.app.pictures import (
    TIME,
    Band,
    Cast,
    Line,
    Picture,
    cast_words,
    ensemble_band,
    rule_words,
    shown_lines,
    synthetic_words,
)
from newswave.core.errors import NewswaveError, plain, shown
from newswave.core.networks import Network
from newswave.core.population import Trait
from newswave.core.rules import Asked, Measured, SameForAll
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.core.table_facts import TraitEffect, by_readiness, cap_words, doubts, trait_effects
from newswave.equations.compare import Comparison
from newswave.equations.on_network import predict
from newswave.llm.recording import RecordedReply, Turn
from newswave.llm.replies import outcome_words
from newswave.llm.survey import MustCount, Plan, Surveyed
from newswave.report.describe import measured_words
from newswave.report.figures import FITS, LAYERS
from newswave.report.style import Pen

# One agent of a run: who it is, what it was asked, what came back; all of it as plain text.


_LONGEST = 4000
_MOST_ROUNDS = 30
_MOST_NEIGHBOURS = 20


def card(ran: ModelRun | None, agent: int) -> Group:
    """Return the card of an agent, or how to choose one."""
    if ran is None:
        words = "Once agents have been asked, choose one here to read what it was asked and said."
        return Group("card", "One agent", (Words("card_hint", words, Tone.QUIET),))
    hint = "Click an agent in the network, or type its number: what was it asked, what did it say?"

    def about() -> tuple[Item, ...]:
        who = f"{profile_words(ran.world, agent)} {_neighbours(ran.world.network, agent)}"
        fate = fate_words(ran.history, agent, is_asked=True)
        return (Words("who", who), Words("fate", fate), *_rounds(ran, agent))

    return agent_card(ran.world, agent, hint, about)


def _neighbours(network: Network, agent: int) -> str:
    """Return who the neighbours of an agent are."""
    every = network.indices[network.offsets[agent] : network.offsets[agent + 1]].tolist()
    named = ", ".join(map(network.called, every[:_MOST_NEIGHBOURS]))
    more = f" and {len(every) - _MOST_NEIGHBOURS} more" if len(every) > _MOST_NEIGHBOURS else ""
    return f"Its {len(every)} neighbours: {named}{more}."


def _rounds(ran: ModelRun, agent: int) -> tuple[Item, ...]:
    """Return what was asked and said, round by round."""
    replies = ran.recording.replies(ran.run, agent=agent)
    by_round = [(at, tuple(attempts)) for at, attempts in groupby(replies, key=_round_of)]
    if not by_round:
        decided = any(agent in ran.recording.answers(ran.run, at)
                      for at in ran.recording.whole_rounds(ran.run))  # fmt: skip
        words = "The recording holds its decisions, but no replies." if decided else ""
        return remark("no_replies", words, Tone.QUIET)
    items: list[Item] = [_round(ran, at, attempts) for at, attempts in by_round[:_MOST_ROUNDS]]
    if len(by_round) > _MOST_ROUNDS:
        words = f"{len(by_round) - _MOST_ROUNDS} later rounds are left out."
        items.append(Words("rounds_left", words, Tone.QUIET))
    return tuple(items)


def _round_of(reply: RecordedReply) -> int:
    assert isinstance(reply.key, Turn)
    return reply.key.round


def _round(ran: ModelRun, at: int, replies: tuple[RecordedReply, ...]) -> Group:
    """Return one round: the prompt folded away, every attempt with the raw reply."""
    last, m = replies[-1], replies[0].exposure
    did = {True: "shares", False: "does not share", None: "abstained"}[last.share]
    saw = "1 sharing neighbour" if m == 1 else f"{m} sharing neighbours"
    texts = ran.recording.prompts[last.prompt]
    prompt = Group(
        f"prompt_{at}",
        "What it was told",
        (Code(f"system_{at}", "System", as_text(texts.system)),
         Code(f"user_{at}", "User", as_text(texts.user))),
        folded=True,
    )  # fmt: skip
    parts = [item for reply in replies for item in _reply(at, reply)]
    label = f"Round {at}: it saw {saw}; it {did}"
    return Group(f"round_{at}", label, (prompt, *parts), folded=True)


def _reply(at: int, reply: RecordedReply) -> tuple[Item, ...]:
    """Return one raw reply, and how it was read."""
    key = f"{at}_{reply.attempt}"
    again = f", attempt {reply.attempt + 1}" if reply.attempt else ""
    gone = "(the text is not in the recording)"
    content = gone if reply.content is None else as_text(reply.content) or "(empty)"
    items: list[Item] = [Code(f"reply_{key}", f"What came back{again}", content)]
    if reply.thinking:
        items.append(Code(f"thinking_{key}", "What it thought", as_text(reply.thinking)))
    read = {True: "share", False: "do not share", None: "no decision"}[reply.share]
    facts = f"Read as: {read} ({outcome_words(reply.outcome)})."
    if reply.reason:
        facts += f" Reason: {plain(reply.reason, 300)}"
    tone = Tone.WARNING if reply.share is None else Tone.QUIET
    return (*items, Words(f"read_{key}", facts, tone))


def as_text(text: str) -> str:
    r"""Return text of a model or a file as a page may show it: bounded, printable, lines kept."""
    cut = text[:_LONGEST]
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in cut.splitlines()]
    more = f"\n({len(text) - _LONGEST} more characters)" if len(text) > _LONGEST else ""
    return "\n".join(lines) + more


# What a measured table predicts of the agents that are shown, before any of them is asked.


RUNS = 200
"""How many runs by the table lie in the band."""

_MOST_DEGREE = 64


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a table says of a setup."""

    ensemble: Ensemble | None = None  # runs by the table; None where there are none
    fraction: npt.NDArray[np.float64] | None = None  # the master equation's curve, where it applies
    why_not: str = ""  # why there is nothing, in words
    doubt: str = ""  # what the table leaves out of these agents, in words

    @property
    def lines(self) -> tuple[Line, ...]:
        """The predicted curve, as it is drawn."""
        if self.fraction is None:
            return ()
        pen = LAYERS["master"].pen
        return (Line("master", "predicted from the table", pen, self.fraction),)

    @property
    def bands(self) -> tuple[Band, ...]:
        """The runs by the table, as they are drawn."""
        if self.ensemble is None:
            return ()
        label = f"90 % of {RUNS} runs by the table"
        return (ensemble_band(self.ensemble.curve, label, "green"),)


def forecast(measured: Measured, setup: Setup) -> Forecast:
    """Return what a table predicts for the agents of a setup, or why it does not."""
    why = _other(measured, setup)
    if why:
        return Forecast(why_not=f"No curve is predicted here: {why}.")
    try:
        runs = ensemble(replace(setup, sharing=measured, replicas=RUNS))
    except NewswaveError as error:
        return Forecast(why_not=f"No curve is predicted here. {trouble_words(error)}")
    degree = round(setup.network.mean_degree_for(setup.n_agents))
    return Forecast(runs, _master(runs.setup), doubt=cap_words(measured, degree))


def _master(setup: Setup) -> npt.NDArray[np.float64] | None:
    """Return the master equation's curve, or None where it does not apply or takes long."""
    if setup.network.mean_degree_for(setup.n_agents) > _MOST_DEGREE:
        return None
    try:
        return predict(setup).fraction
    except NewswaveError:
        return None


def _other(measured: Measured, setup: Setup) -> str:
    """Return in what a table was asked for otherwise than a setup asks; '' if in nothing known."""
    origin, rule = measured.origin, setup.sharing
    if origin is None:
        return ""
    if origin.event != setup.event.id:
        return f"the table is about other news ({shown(origin.event, 60)})"
    if not isinstance(rule, Asked):
        return ""
    if origin.model != rule.model:
        return f"the table was measured on another model ({shown(origin.model, 60)})"
    if origin.wording_hash != rule.wording.hash:
        return f"the table was measured in other words ({shown(origin.wording, 60)})"
    if origin.temperature != rule.temperature:
        return f"the table was measured at temperature {origin.temperature:g}"
    return ""


# A measured table on the page: its cells as they come in, what it says, what to doubt in it.


Floats = npt.NDArray[np.float64]

_MOST_ROWS = 48
_MOST_COLUMNS = 6


@dataclass(frozen=True, eq=False)
class PageTable:
    """A table that the page holds."""

    name: str  # of its file, without the ending
    measured: Measured  # the table
    notes: tuple[str, ...] = ()  # what to know of how it was measured
    record: str = ""  # name of the recording that was written here; '' if it was brought

    @classmethod
    def of(cls, surveyed: Surveyed, name: str, record: str = "") -> PageTable:
        """Return the table of a survey."""
        return cls(name, surveyed.measured, tuple(surveyed.notes()), record)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """What the table says."""
        return _table_items(self)

    @property
    def is_synthetic(self) -> bool:
        """Whether a formula answered."""
        return self.measured.origin is not None and self.measured.origin.synthetic


def exposure_names(last: int) -> tuple[str, ...]:
    """Return the exposures of a table as they are headed.

    >>> exposure_names(3)
    ('1', '2', '3+')
    """
    return (*map(str, range(1, last)), f"{last}+")


def live_grid(plan: Plan, chances: Floats) -> Grid:
    """Return the cells that have come in so far."""
    values = tuple(tuple(None if np.isnan(p) else float(p) for p in row) for row in chances)
    known = int(np.isfinite(chances).sum())
    names = exposure_names(plan.wording.max_exposure)
    return Grid(
        "grid",
        f"P(share) by profile and exposure (sharing neighbours): {known} of {chances.size} cells "
        "so far, as they were read.",
        ("Profile", *(names[m - 1] for m in (*plan.exposures, *plan.further))),
        plan.rows,
        values,
    )


def _table_items(table: PageTable) -> tuple[Item, ...]:
    """Return the heat map, what traits do, the doubts and the notes."""
    about = measured_words(table.measured)
    kept = f" Recording: {table.record}." if table.record else ""
    about = f"{about[0].upper()}{about[1:]}.{kept}"
    return (
        Words("table_about", about, Tone.QUIET),
        *warnings("table_doubt", doubts(table.measured)),
        _grid(table.measured),
        *_effects(table.measured),
        *remark("table_notes", "\n\n".join(table.notes), Tone.QUIET),
    )


def _shown(measured: Measured) -> list[int]:
    """Return the exposures that fit on a page: the first ones and the last."""
    asked = measured.exposures
    return [*asked[:-1][: _MOST_COLUMNS - 1], asked[-1]]


def _grid(measured: Measured) -> Grid:
    rows, columns = by_readiness(measured)[:_MOST_ROWS], _shown(measured)
    table, every = measured.given, len(measured.given.rows)
    words = "P(share) by profile and exposure (sharing neighbours), the readiest to share on top"
    cut = "" if len(rows) == every else f": {len(rows)} of {every} rows"
    names = exposure_names(table.max_exposure)
    values = tuple(tuple(float(table.probabilities[row, m]) for m in columns) for row in rows)
    header = ("Profile", *(names[m - 1] for m in columns))
    return Grid("grid", f"{words}{cut}.", header, tuple(table.rows[r][:40] for r in rows), values)


def _effects(measured: Measured) -> tuple[Item, ...]:
    """Return what each trait does to the log-odds."""
    effects, columns = trait_effects(measured), _shown(measured)
    if not effects:
        return ()
    names = exposure_names(measured.given.max_exposure)
    rows = tuple(
        (
            one.together or f"high {one.name}",
            *(_effect(one, m, measured.is_sampled) for m in columns),
        )
        for one in effects
    )
    words = "What a high trait does: mean difference in the log-odds of sharing, high minus low"
    ends = " (95 % interval of what was counted)." if measured.is_sampled else "."
    head = ("Trait", *(names[m - 1] for m in columns))
    return (Table("effects", words + ends, head, rows, tuple(range(1, len(head)))),)


def _effect(one: TraitEffect, exposure: int, sampled: bool) -> str:
    at = exposure - 1
    text = _signed(one.effect[at])
    return f"{text} ({_signed(one.low[at])} to {_signed(one.high[at])})" if sampled else text


def _signed(value: float) -> str:
    """Return a number with its sign; what rounds to nothing has a plus.

    >>> _signed(-0.001), _signed(-0.5)
    ('+0.00', '-0.50')
    """
    return f"{round(float(value), 2) + 0.0:+.2f}"


# What the page of language-model agents knows: one frozen state.


class JobKind(Enum):
    """What a job of the page is for."""

    TIME = "Timing one call"
    TABLE = "Measuring a table"
    RUN = "Live run"
    TEST = "Test: one rate or two?"


class Showing(Enum):
    """Whose network is in the picture."""

    RUN = "The agents asked"
    TABLE = "A run by the table"


@dataclass(frozen=True, eq=False)
class State:
    """The page as it stands."""

    may_choose_server: bool = True  # whether learners may give the address of a server
    asks: Asks = Asks.ANYBODY  # who may ask a model on a server
    settings: Settings = field(default_factory=Settings)  # what the next table or run is to be
    place: KnownServer = field(default_factory=KnownServer)  # where the model is
    model: str = ""  # which model; '' for none
    seconds: CallTime | None = None  # how long one call took; None if none was timed
    jobs: dict[JobKind, JobState] = field(default_factory=dict)  # the last job of each kind
    table_task: TableTask | None = None  # the last table and the last run that were begun
    run_task: RunTask | None = None
    # the cells of the table that is being measured, as far as they have come in
    cells: Floats | None = None
    table: PageTable | None = None  # the table
    must_count: MustCount | None = None  # why it has to be counted, and what that takes
    ran: ModelRun | None = None  # the run
    # what the table says of the agents that are shown
    forecast: Forecast = field(default_factory=Forecast)
    comparison: Comparison | None = None  # what the test says of the run's curve
    showing: Showing = Showing.TABLE  # whose network is in the picture
    trait: Trait = Trait.EXTRAVERSION  # what the shapes show where there are many profiles
    agent: int = NOBODY  # who was chosen
    round: int = 0  # of the picture

    @property
    def under_way(self) -> JobKind | None:
        """What goes on now; None for nothing."""
        return next((kind for kind, job in self.jobs.items() if job.is_under_way), None)

    @property
    def shown_run(self) -> ModelRun | None:
        """The run in the picture, if it is one."""
        return self.ran if self.showing is Showing.RUN else None

    @property
    def is_live(self) -> bool:
        """Whether the run in the picture is still being made."""
        job = self.jobs.get(JobKind.RUN)
        ran = self.shown_run
        return ran is not None and ran.played is None and job is not None and job.is_under_way

    def with_job(self, kind: JobKind, job: JobState) -> State:
        """Return the page with a job that has got on."""
        return replace(self, jobs={**self.jobs, kind: job})

    def without_job(self, kind: JobKind) -> State:
        """Return the page with nothing left of a job: what it was about is gone."""
        return replace(self, jobs={one: job for one, job in self.jobs.items() if one is not kind})

    def with_news(self, news: Any) -> State:
        """Return the page with what a job has found out, or a file has brought."""
        if isinstance(news, PageTable):
            return self.with_table(news)
        if isinstance(news, Surveyed) and self.table_task is not None:
            path = self.table_task.path
            return self.with_table(PageTable.of(news, path.stem, path.name))
        if isinstance(news, ModelRun):
            return self.with_run(news)
        if isinstance(news, Comparison):
            return replace(self, comparison=news)
        if isinstance(news, MustCount):
            return replace(self, must_count=news)
        if isinstance(news, CallTime):
            return replace(self, seconds=news)
        return self if news is None else replace(self, cells=news)

    def with_settings(self, settings: Settings) -> State:
        """Return the page with other settings."""
        return replace(self, settings=settings, seconds=None).with_forecast()

    def with_table(self, table: PageTable) -> State:
        """Return the page with another table; it comes into the picture if there is no run."""
        showing = Showing.TABLE if self.ran is None else self.showing
        return replace(self, table=table, cells=None, showing=showing).with_forecast()

    def with_run(self, ran: ModelRun) -> State:
        """Return the page with a run, or with one that has got on."""
        fresh = self.ran is None or self.ran.name != ran.name or self.showing is not Showing.RUN
        made = replace(self, ran=ran, showing=Showing.RUN, comparison=None)
        if not fresh:
            return made
        agent = self.agent if self.agent < ran.setup.n_agents else NOBODY
        return replace(made, agent=agent, round=0).without_job(JobKind.TEST).with_forecast()

    def with_showing(self, showing: Showing) -> State:
        """Return the page with the other network in the picture."""
        return replace(self, showing=showing, round=0).with_forecast()

    def with_forecast(self) -> State:
        """Return the page with what the table says of the agents that are shown."""
        if self.table is None:
            return replace(self, forecast=Forecast())
        ran = self.shown_run
        setup = self.settings.setup(SameForAll()) if ran is None else ran.setup
        return replace(self, forecast=forecast(self.table.measured, setup))


# The picture of the page: the agents that are asked, and the curve, beside what was predicted.


_OWN = Pen("ink", (), 1.5)


def picture_of(state: State) -> Picture:
    """Return the picture: of the run, of a run by the table, or of agents that nobody has asked."""
    if state.shown_run is not None:
        return _of_run(state, state.shown_run)
    if state.forecast.ensemble is not None:
        runs = state.forecast.ensemble
        title = "One run by the table: no agent was asked"
        return _picture(state, title, runs.world, runs.history(0))
    world = World.of(state.settings.setup(SameForAll()))
    return _picture(state, "Nobody has been asked yet", world, History.at_start(world))


def _of_run(state: State, ran: ModelRun) -> Picture:
    is_live = state.is_live
    if ran.is_replay:
        title = "Replay: what these agents were asked and answered"
    elif is_live:
        title = "Live: a model is asked for every decision"
    else:
        title = "The run with the model" + ("" if ran.played else ", as far as it got")
    comparison = state.comparison
    fits = () if comparison is None else shown_lines(comparison.curve, FITS, fits=comparison.fits)
    own = () if state.forecast.lines else (_own(ran.history, ran.setup),)
    return _picture(state, title, ran.world, ran.history, (*own, *fits), is_live)


def _own(history: History, setup: Setup) -> Line:
    """Return the run's own curve as a line, as far as it goes, so that there is one at least."""
    fraction = np.full(setup.rounds + 1, np.nan)
    counts = history.counts[: setup.rounds + 1]
    fraction[: len(counts)] = counts / setup.n_agents
    return Line("own", "these agents", _OWN, fraction)


def _picture(
    state: State,
    title: str,
    world: World,
    history: History,
    more: tuple[Line, ...] = (),
    is_live: bool = False,
) -> Picture:
    setup, lines = world.setup, (*state.forecast.lines, *more)
    return Picture(
        title=title,
        rounds=history.rounds,
        cast=Cast.of(world, state.trait),
        history=history,
        lines=lines,
        bands=state.forecast.bands,
        network_words=cast_words(setup, history, state.round),
        curve_words=_curve_words(history, setup.n_agents, state, lines),
        rule=rule_words(setup),
        time=TIME,
        synthetic=synthetic_words(setup) or _of_table(state),
        is_live=is_live,
        has_transport=is_live or history.rounds > 0,
        agent=state.agent,
    )


def _of_table(state: State) -> str:
    """Return the label of a prediction that rests on a formula's answers; '' for others."""
    runs = state.forecast.ensemble
    return "" if runs is None else synthetic_words(runs.setup)


def _curve_words(history: History, n: int, state: State, lines: tuple[Line, ...]) -> str:
    """Return what the curve shows, for whoever cannot see it."""
    percent = 100 * history.counts / n
    words = (
        f"The curve goes from {percent[0]:.0f} % at round 0 to {percent[-1]:.0f} % at round "
        f"{history.rounds}."
    )
    band = next(iter(state.forecast.bands), None)
    if band is not None:
        low, high = 100 * band.low[-1], 100 * band.high[-1]
        words += f" 90 % of {RUNS} runs by the table end between {low:.0f} and {high:.0f} %."
    ends = ", ".join(
        f"{line.label} {100 * line.fraction[-1]:.0f} %" for line in lines if line.key != "own"
    )
    return f"{words} Lines end at: {ends}." if ends else words
