"""The page Your data at work: files in, fits out, the test behind it, setups handed to Explore."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from newswave.comparing import Comparison, compare, known_degree
from newswave.curve import Curve
from newswave.errors import BadValue, NewswaveError
from newswave.events import Event, find_event
from newswave.fitting.bootstrap import REPLICAS
from newswave.setups import Setup
from newswave.testing import ALIKE, TWO
from newswave.views.explorer.data.brought import Counts
from newswave.views.explorer.data.fitted import fits_group
from newswave.views.explorer.data.held import brought_items
from newswave.views.explorer.data.items import (
    control_items,
    numbers_group,
    seen_items,
)
from newswave.views.explorer.data.opening import setup_of, why_not_open
from newswave.views.explorer.data.picture import lines_on, picture_of, title_of
from newswave.views.explorer.data.reading import brought
from newswave.views.explorer.data.samples import SAMPLES
from newswave.views.explorer.data.state import EXAMPLE, Data
from newswave.views.explorer.desk import Act, Desk, View, trouble_words
from newswave.views.explorer.errands import SLOW
from newswave.views.explorer.items import File, Progress
from newswave.views.explorer.takehome import PREFIX, Taken, take_items, taken

_PAUSE = 0.2
_STEPS = ("intervals", ALIKE, TWO)
_STEP_WORDS = {
    "intervals": "how sure the rates are",
    ALIKE: "data sets in which all are alike",
    TWO: "data sets of two groups",
}


class _Stopped(Exception):
    """The learner has gone on, or stopped the test."""


class DataDesk(Desk):
    r"""The page for curves, events, tables, setups and recordings of one's own.

    Parameters
    ----------
    open_setup : callable
        Shows a setup on the page Explore.

    Examples
    --------
    >>> desk = DataDesk(lambda setup: None)
    >>> desk.act(Act("file", "mine.csv", b"week,count\n1,2\n2,5\n3,9\n4,14\n5,17\n"))
    >>> desk.state.n_agents, desk.state.guess
    (17, 'the largest count')
    >>> desk.act(Act("agents", "20"))
    >>> desk.state.curve.n_agents, desk.trouble
    (20, '')
    """

    def __init__(self, open_setup: Callable[[Setup], None]) -> None:
        super().__init__()
        self.state = Data.first()
        self._open_setup = open_setup
        self._last_told = 0.0

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that were brought."""
        return self.state.events

    def view(self) -> View:
        """Return what the page shows now."""
        state = self.state
        report = (*brought_items(state), fits_group(state), *take_items(self._bundle(state.curve)))
        return View(
            control_items(state), seen_items(state), (picture_of(state),),
            (*report, *numbers_group(state)),
        )  # fmt: skip

    def took(self, act: Act) -> File | None:
        """Take an act in."""
        for sample in SAMPLES:
            if act.key == sample.key:
                return sample.file()
        if act.key.startswith(PREFIX):
            return taken(act.key, self._bundle(self.state.curve))
        match act.key:
            case "open":
                self._open()
            case "open_news":
                self._open_setup(replace(Setup(), event=find_event(self.state.news, self.events)))
            case "test":
                self._test()
            case "stop_test":
                SLOW.forget(self)
                self.state = replace(self.state, testing=None)
            case _:
                self.state = self._changed(act)
        return None

    def close(self) -> None:
        """Stop the test."""
        SLOW.forget(self)
        with self.lock:
            self.state = replace(self.state, testing=None)

    def _changed(self, act: Act) -> Data:
        """Return the state after a file was brought or a field was filled."""
        kind, _, name = act.key.partition(":")
        match kind:
            case "file":
                return self._with_file(act)
            case "example":
                return self.state.with_brought(Counts.of_dataset(EXAMPLE))
            case "agents":
                return self.state.with_agents(act.value)
            case "scale":
                return self.state.with_scale(act.value)
            case "degree":
                return self.state.with_degree(act.value)
            case "ceiling":
                return self.state.with_ceiling(bool(act.value))
            case "news":
                return self.state.with_news(act.value)
            case "forget_events":
                return self.state.without_events()
            case "line":
                return self.state.with_line(name, bool(act.value))
        raise BadValue("This page has no such control", given=act.key)

    def _with_file(self, act: Act) -> Data:
        """Return the state with what a file holds; an error says what the page still shows."""
        given = act.value.get("name") if isinstance(act.value, dict) else act.value
        try:
            return self.state.with_brought(brought(given, act.data))
        except NewswaveError as error:
            still = f"The page still shows: {title_of(self.state)}"
            error.args = (f"{error} {still}.",)
            raise

    def _open(self) -> None:
        state = self.state
        setup = setup_of(state.brought, state.events)
        why = why_not_open(state.brought, state.events)
        if setup is None or why:
            raise BadValue("This cannot be opened in Explore", advice=why)
        self._open_setup(setup)

    def _bundle(self, curve: Curve) -> Taken:
        """Return what there is to take home."""
        state = self.state
        return Taken(
            curve,
            comparison=state.comparison,
            title=title_of(state),
            unit=state.counts.unit,
            degree=state.degree or known_degree(curve),
            data=state.counts.name,
            is_example=state.counts.dataset is not None,
            why_not=state.why_not,
            shown=frozenset(line.key for line in lines_on(state)),
            fits=state.fits,
            ceiling=state.ceiling,
        )

    # ---- the test behind the page

    def _test(self) -> None:
        curve = self.state.curve
        if not self.state.fits:
            raise BadValue("There are no fits to test", advice=self.state.why_not)
        if self.state.testing is not None:
            return
        ahead = SLOW.ahead(self)
        words = (
            f"{ahead} tests of others come first" if ahead else "making data sets; a few seconds"
        )
        self.state = replace(self.state, testing=_progress(0, words))
        state = self.state
        SLOW.ask(self, lambda: self._tested(curve, state))

    def _tested(self, curve: Curve, state: Data) -> None:
        found: Comparison | None = None
        trouble = ""
        try:
            self._go_on(curve)
            found = compare(
                curve,
                state.degree,
                progress=lambda *told: self._told(curve, *told),
                decisions=state.counts.decisions,
                ceiling=state.ceiling,
            )
        except _Stopped:
            return
        except Exception as error:
            trouble = trouble_words(error)
        with self.lock:
            if not self._is_wanted(curve):
                return
            self.state = replace(self.state, comparison=found, testing=None)
            self.trouble = trouble
        self.changed()

    def _told(self, curve: Curve, what: str, done: int, total: int) -> None:
        self._go_on(curve)
        now = time.monotonic()
        if now - self._last_told < _PAUSE:
            return
        self._last_told = now
        step = _STEPS.index(what) if what in _STEPS else len(_STEPS) - 1
        share = round(REPLICAS * done / max(total, 1))
        words = f"step {step + 1} of {len(_STEPS)}: {_STEP_WORDS.get(what, what)}"
        with self.lock:
            if self._is_wanted(curve):
                self.state = replace(self.state, testing=_progress(step * REPLICAS + share, words))
        self.changed()

    def _go_on(self, curve: Curve) -> None:
        if not self._is_wanted(curve):
            raise _Stopped

    def _is_wanted(self, curve: Curve) -> bool:
        return self.state.curve is curve and self.state.testing is not None


def _progress(done: int, words: str) -> Progress:
    return Progress("testing", "Testing", done, len(_STEPS) * REPLICAS, words)
