"""The page of language-model agents at work: what a learner does becomes settings, jobs, files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from newswave.errors import BadValue, one_of, whole_number
from newswave.examples import synthetic_recording, synthetic_table
from newswave.personality import Trait
from newswave.servers import Server
from newswave.views.explorer.asked import settings as knobs
from newswave.views.explorer.asked import work
from newswave.views.explorer.asked.allowance import Allowance, Asks
from newswave.views.explorer.asked.bench import Bench
from newswave.views.explorer.asked.bringing import brought
from newswave.views.explorer.asked.cards import NOBODY
from newswave.views.explorer.asked.controls import (
    Permits,
    controls_of,
    why_busy,
    why_not_ask,
)
from newswave.views.explorer.asked.home import file_of, new_record
from newswave.views.explorer.asked.jobs import JobState
from newswave.views.explorer.asked.picture import picture_of
from newswave.views.explorer.asked.places import MakeServer, Place, looked_at, visited
from newswave.views.explorer.asked.report import report_of
from newswave.views.explorer.asked.runs import Ran, replayed
from newswave.views.explorer.asked.seeing import seen_of
from newswave.views.explorer.asked.state import Errand, Showing, State
from newswave.views.explorer.asked.tables import HeldTable
from newswave.views.explorer.desk import Act, Desk, View, trouble_words
from newswave.views.explorer.items import File


class AskedDesk(Desk):
    """The page on which agents ask a language model, for one learner.

    Parameters
    ----------
    folder : Path
        Where recordings go.
    may_choose_server : bool
        Whether learners may give the address of a server.
    allowance : Allowance
        Who may ask a model, and how much all learners may have done.
    make_server : callable
        Returns the server at an address; at the usual one for None.
    """

    def __init__(
        self,
        folder: Path,
        may_choose_server: bool = True,
        allowance: Allowance | None = None,
        make_server: MakeServer = visited,
    ) -> None:
        super().__init__()
        self.state = State()
        self._folder = Path(folder)
        self._allowance = allowance or Allowance()
        self._permits = Permits(may_choose_server, self._allowance.asks)
        self._make = make_server
        self._bench = Bench(self._told, self._allowance)
        self._is_closed = False
        self._before = ""
        self._look(Place())

    def view(self) -> View:
        """Return what the page shows now."""
        state = self.state
        controls = controls_of(state, self._permits)
        return View(controls, seen_of(state), (picture_of(state),), report_of(state))

    def took(self, act: Act) -> File | None:
        """Take an act in."""
        if act.key.startswith("save_"):
            return file_of(self.state, act.key)
        if act.key in knobs.KEYS:
            settings = knobs.moved(self.state.settings, act.key, act.value)
            self.state = self.state.with_settings(settings)
            return None
        deeds = self._deeds()
        if act.key not in deeds:
            raise BadValue("This page has no such control", given=act.key)
        deeds[act.key](act)
        return None

    def at_round(self, picture: int, round_: int) -> None:  # noqa: ARG002
        """Take in which round the stage shows."""
        with self.lock:
            self.state = replace(self.state, round=max(0, int(round_)))
        self.changed()

    def chose(self, picture: int, agent: int) -> None:  # noqa: ARG002
        """Take in which agent was chosen."""
        self.act(Act("agent", agent))

    def changed(self) -> None:
        """Tell those who watch, as long as the page is open."""
        if not self._is_closed:
            super().changed()

    def close(self) -> None:
        """Stop every job, and the stand-in."""
        self._is_closed = True
        self._bench.close()

    def _deeds(self) -> dict[str, Callable[[Act], None]]:
        """Return what each control does."""
        return {
            "address": lambda act: self._move(str(act.value or "").strip()),
            "teacher_key": self._unlock,
            "look": lambda _: self._look_again(),
            "stand_in": lambda _: self._swap(),
            "model": self._take_model,
            "time": lambda _: self._time(),
            "table": lambda _: self._measure(again=False),
            "table_on": lambda _: self._measure(again=True),
            "run": lambda _: self._run(again=False),
            "run_on": lambda _: self._run(again=True),
            "test": lambda _: self._test(),
            "stop_time": lambda _: self._bench.stop(Errand.TIME),
            "stop_table": lambda _: self._bench.stop(Errand.TABLE),
            "stop_run": lambda _: self._bench.stop(Errand.RUN),
            "stop_test": lambda _: self._bench.stop(Errand.TEST),
            "example_run": lambda _: self._bring(replayed(synthetic_recording(), "example.jsonl")),
            "example_table": lambda _: self._bring(HeldTable("example", synthetic_table())),
            "bring": lambda act: self._bring(brought(act.value, act.data)),
            "agent": self._choose,
            "trait": self._take_trait,
            "showing": self._show,
        }

    # --- the server

    def _look(self, place: Place) -> None:
        """Look at a place, and come back."""
        looking = replace(place, is_looking=True)
        self.state = replace(self.state, place=looking, seconds=None).without_job(Errand.TIME)
        self._bench.look(lambda: looked_at(place, self._make), self._found)

    def _found(self, place: Place) -> None:
        with self.lock:
            model = place.chosen(self.state.model)
            self.state = replace(self.state, place=place, model=model)
        self.changed()

    def _look_again(self) -> None:
        self._check_free()
        self._look(self.state.place)

    def _move(self, address: str) -> None:
        self._check_free()
        if not self._permits.may_choose_server or self.state.place.is_stand_in:
            raise BadValue("The address of the server cannot be changed here")
        self._look(Place(self._make(address or None).address))

    def _unlock(self, act: Act) -> None:
        if not self._allowance.opens(str(act.value or "")):
            raise BadValue("This is not the teacher's key", advice="Ask your teacher for it")
        self._permits = replace(self._permits, asks=Asks.ANYBODY)

    def _swap(self) -> None:
        """Take the stand-in, or leave it."""
        self._check_free()
        if self.state.place.is_stand_in:
            self._bench.close_stand_in()
            self._look(Place(self._before))
        else:
            self._before = self.state.place.address
            self._look(Place(self._bench.open_stand_in(), is_stand_in=True))

    def _take_model(self, act: Act) -> None:
        self._check_free()
        name = one_of("model", act.value, [model.name for model in self.state.place.able])
        self.state = replace(self.state, model=name, seconds=None)

    def _server(self) -> Server:
        return self._make(self.state.place.address)

    # --- the jobs

    def _check_free(self) -> None:
        if why := why_busy(self.state):
            raise BadValue(why)

    def _check_ask(self) -> None:
        if why := why_not_ask(self.state, self._permits):
            raise BadValue(why)
        self._allowance.check()

    def _time(self) -> None:
        self._check_ask()
        server, asking = self._server(), self.state.settings.asking(self.state.model)
        self._bench.begin(Errand.TIME, lambda _: work.timed(server, asking))

    def _measure(self, again: bool) -> None:
        """Measure a table, or go on measuring one."""
        self._check_ask()
        self._allowance.check_room(self._folder)
        task = self.state.table_task if again else self._new_table()
        if task is None:
            raise BadValue("There is no table to go on with")
        server, path = self._server(), task.path
        cells = self.state.cells if again else None
        self.state = replace(self.state, table_task=task, cells=cells)
        self._bench.begin(Errand.TABLE, lambda job: work.measured(job, server, task), path.name)

    def _new_table(self) -> work.TableTask:
        plan, model = self.state.settings.plan(), self.state.model
        path = new_record(self._folder, "table", model, plan.event.id)
        return work.TableTask(model, plan, path)

    def _run(self, again: bool) -> None:
        """Let agents ask, or go on with a run."""
        self._check_ask()
        self._allowance.check_room(self._folder)
        task = self.state.run_task if again else self._new_run()
        if task is None:
            raise BadValue("There is no run to go on with")
        server, path = self._server(), task.path
        self.state = replace(self.state, run_task=task)
        self._bench.begin(Errand.RUN, lambda job: work.asked(job, server, task), path.name)

    def _new_run(self) -> work.RunTask:
        asking = self.state.settings.asking(self.state.model)
        path = new_record(self._folder, "run", self.state.model, asking.setup.event.id)
        return work.RunTask(asking, path)

    def _test(self) -> None:
        self._check_free()
        ran = self.state.ran
        if ran is None or ran.played is None:
            raise BadValue("There is no run to test yet")
        played = ran.played
        self._bench.begin(Errand.TEST, lambda job: work.compared(job, played))

    def _told(self, kind: Errand, job: JobState, seen: Any) -> None:
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

    def _bring(self, made: Ran | HeldTable) -> None:
        """Show a run or a table that was not asked for here."""
        if isinstance(made, Ran):
            self._check_free()
        self.state = self.state.with_news(made)

    def _choose(self, act: Act) -> None:
        ran = self.state.shown_run
        last = (self.state.settings.n_agents if ran is None else ran.setup.n_agents) - 1
        given = act.value
        if isinstance(given, str):
            given = int(given) if given.strip().isdecimal() else given or NOBODY
        self.state = replace(self.state, agent=whole_number("The agent", given, NOBODY, last))

    def _take_trait(self, act: Act) -> None:
        self.state = replace(self.state, trait=Trait.named(str(act.value)))

    def _show(self, act: Act) -> None:
        name = one_of("picture", act.value, [one.name for one in Showing])
        self.state = self.state.with_showing(Showing[name])
