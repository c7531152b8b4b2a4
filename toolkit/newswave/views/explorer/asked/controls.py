"""What the learner moves on the page: the server, the settings, what can be started."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.language import calls_of
from newswave.preflight import duration
from newswave.views.explorer.asked.allowance import Asks
from newswave.views.explorer.asked.bringing import ENDINGS, LARGEST
from newswave.views.explorer.asked.jobs import JobState, Stage
from newswave.views.explorer.asked.places import place_items
from newswave.views.explorer.asked.settings import setting_items
from newswave.views.explorer.asked.state import Errand, State
from newswave.views.explorer.items import Button, Entry, Group, Item, Row, Tone, Upload, Words

GO_ON = {Errand.TABLE: "Go on measuring", Errand.RUN: "Go on with the run"}
"""What the buttons say that go on with work that broke off."""

_NOTICEABLE = 0.1


@dataclass(frozen=True)
class Permits:
    """What learners may do here.

    Parameters
    ----------
    may_choose_server : bool
        Whether they may give the address of a server.
    asks : Asks
        Who may ask a model on a server.
    """

    may_choose_server: bool = True
    asks: Asks = Asks.ANYBODY


def why_busy(state: State) -> str:
    """Return why nothing else can be begun; '' if it can."""
    kind = state.under_way
    return "" if kind is None else f"Busy: {kind.value[0].lower()}{kind.value[1:]}."


def why_not_ask(state: State, permits: Permits) -> str:
    """Return why no model can be asked now; '' if one can."""
    if not state.place.is_stand_in:
        if permits.asks is Asks.NOBODY:
            return "Asking a model is switched off here: take the stand-in, or replay a recording."
        if permits.asks is Asks.WITH_KEY:
            return "Asking a model takes the teacher's key. Without it, take the stand-in."
    if why_busy(state):
        return why_busy(state)
    if state.place.model(state.model) is None:
        return "There is no model to ask yet: see Server above."
    return ""


def controls_of(state: State, permits: Permits) -> tuple[Item, ...]:
    """Return what the learner moves."""
    busy = why_busy(state)
    server = place_items(state.place, state.model, permits.may_choose_server, busy)
    return (
        Group("server", "Server", server),
        Group("settings", "What is asked, and whom", setting_items(state.settings)),
        Group("asking", "Ask", _asking(state, permits)),
        Group("replay", "Or without asking", _replay(busy)),
    )


def _asking(state: State, permits: Permits) -> tuple[Item, ...]:
    barred = why_not_ask(state, permits)
    locked = permits.asks is Asks.WITH_KEY and not state.place.is_stand_in
    key = Entry("teacher_key", "Teacher's key", "", "It is in the terminal where the app runs.")
    return (
        Words("cost", cost_words(state), Tone.QUIET),
        *((key,) if locked else ()),
        Button("time", "Time one call", "Asks once, to see how long a table and a run will take.",
               barred=barred),
        *_start(state, Errand.TABLE, "table", "Measure a table",
                "P(share) of all 32 profiles at each exposure, in about 100 calls.", barred),
        *_start(state, Errand.RUN, "run", "Start a live run",
                "Every decision of every agent is asked for.", barred),
    )  # fmt: skip


def _start(
    state: State, kind: Errand, key: str, label: str, help_: str, barred: str
) -> tuple[Item, ...]:
    """Return the buttons of one kind of work: those of them that do something now."""
    job = state.jobs.get(kind, JobState(Stage.DONE))
    if job.is_under_way:
        stopping = "It is stopping." if job.stage is Stage.STOPPING else ""
        label = "Stop" if kind is not Errand.TABLE else "Stop measuring"
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
    calls = len(state.settings.plan().by_word())
    typical, most = calls_of(state.settings.asked(state.model))
    again = "Answers that cannot be read are asked for again."
    if state.seconds is None:
        return (
            f"A table takes about {calls} calls. A live run takes about {typical}, at most {most}. "
            f"{again}"
        )
    took, loading = state.seconds.answer, state.seconds.loading
    load = f", and {loading:.2g} s to load the model" if loading > _NOTICEABLE else ""
    return (
        f"One call took {took:.2g} s{load}. A table: about {calls} calls of one word each, "
        f"{duration(calls * took)} or less. A live run: about {typical} calls, "
        f"{duration(typical * took)} one after another, at most {most} calls. {again}"
    )


def _replay(busy: str) -> tuple[Item, ...]:
    accept = ",".join(ENDINGS)
    return (
        Row("examples", (
            Button("example_run", "Replay the example", "A recording that comes with newswave. "
                   "Synthetic: a formula answered.", barred=busy),
            Button("example_table", "Show the example table", "A table that comes with newswave. "
                   "Synthetic: a formula answered.", barred=busy),
        )),
        Upload("bring", "Bring a recording or a table", accept, LARGEST,
               "A recording of a run is replayed; one of a table, or a table, gives the table."),
    )  # fmt: skip
