"""The Compare page at work: two setups, their ensembles, and what lies between them."""

from __future__ import annotations

import time

from newswave.differing import Differences, difference
from newswave.differing.worlds import NETWORKS, RUNS_EACH
from newswave.errors import NewswaveError
from newswave.setups import Setup
from newswave.views.explorer.compare.drawn import pictures_of
from newswave.views.explorer.compare.page import control_items, report_items, seen_items
from newswave.views.explorer.compare.sampled import sampled
from newswave.views.explorer.compare.state import Compared
from newswave.views.explorer.compare.taking import taken_file
from newswave.views.explorer.costs import Cost
from newswave.views.explorer.desk import Act, Desk, View, trouble_words
from newswave.views.explorer.ensembles import ensemble
from newswave.views.explorer.errands import Errands
from newswave.views.explorer.items import File, Progress

COMPARING = Errands("newswave-comparing")
"""For the runs over many networks: some tenths of a second to a few seconds."""

MOST_COMPARED = 40_000_000_000
"""Steps of the runs over many networks, as in `costs`: about a quarter of a minute."""

TOO_LONG = (
    f"Running both settings on {NETWORKS} networks each takes too long here, so what lies between "
    "the curves is not told. Take fewer agents or neighbours, or another kind of network."
)

_EVERY = 0.2


class _Stopped(Exception):
    """The learner has gone on."""


class CompareDesk(Desk):
    """The page that compares two setups.

    Parameters
    ----------
    state : Compared, optional
        What it opens with.

    Examples
    --------
    >>> desk = CompareDesk(Compared.first(Setup(n_agents=100, n_seeds=2, rounds=20, replicas=10)))
    >>> desk.act(Act("compare_guess", "B"))
    >>> desk.act(Act("compare_show"))
    >>> desk.state.is_shown, len(desk.shown().pictures)
    (True, 3)
    """

    def __init__(self, state: Compared | None = None) -> None:
        super().__init__()
        self.state = state or Compared.first()
        self._found: Differences | None = None
        self._going: Progress | None = None
        self._trouble = ""
        self._compare()

    def took(self, act: Act) -> File | None:
        """Take an act in."""
        made = taken_file(act.key, self.state, self._found)
        if made is not None:
            return made
        before = self.state
        state = before.taken(act.key, act.value)
        ensemble(state.a)
        ensemble(state.b)
        self.state = state
        if (state.a, state.b) != (before.a, before.b):
            self._compare()
        return None

    def open(self, a: Setup, b: Setup) -> None:
        """Show two setups: from another page."""
        with self.lock:
            self.trouble = ""
            try:
                opened = self.state.with_setups(a, b)
                ensemble(a)
                ensemble(b)
                self.state = opened
                self._compare()
            except NewswaveError as error:
                self.trouble = trouble_words(error)
        self.changed()

    def at_round(self, picture: int, round_: int) -> None:  # noqa: ARG002
        """Take in which round the stages show."""
        with self.lock:
            self.state = self.state.at(round_)
        self.changed()

    def close(self) -> None:
        """Stop what still runs."""
        with self.lock:
            self._going = None
        COMPARING.forget(self)

    def view(self) -> View:
        """Return what the page shows now."""
        sides = ensemble(self.state.a), ensemble(self.state.b)
        return View(
            control_items(self.state),
            seen_items(self.state, *sides, self._found),
            pictures_of(self.state, *sides),
            report_items(self.state, sides, self._found, self._going, self._trouble),
        )

    def _compare(self) -> None:
        """Compare the new setups; whoever comes later finds it there."""
        self._found, self._going, self._trouble = None, None, ""
        steps = sum(Cost.of(one, RUNS_EACH).dealing for one in (self.state.a, self.state.b))
        if NETWORKS * steps > MOST_COMPARED:
            self._trouble = TOO_LONG
            COMPARING.forget(self)
            return
        self._going = _progress(0)
        pair = self.state.a, self.state.b
        COMPARING.ask(self, lambda: self._compared(*pair))

    def _compared(self, a: Setup, b: Setup) -> None:
        found, trouble, told = None, "", [0.0]

        def tell(done: int) -> None:
            now = time.monotonic()
            is_due = now - told[0] >= _EVERY
            with self.lock:
                if (self.state.a, self.state.b) != (a, b) or self._going is None:
                    raise _Stopped
                if is_due:
                    self._going = _progress(done)
            if is_due:
                told[0] = now
                self.changed()

        try:
            one = sampled(a, lambda done, _: tell(done))
            other = sampled(b, lambda done, _: tell(NETWORKS + done))
            found = difference(one, other, together=RUNS_EACH)
        except _Stopped:
            return
        except Exception as error:
            trouble = trouble_words(error)
        with self.lock:
            if (self.state.a, self.state.b) != (a, b):
                return
            self._found, self._going, self._trouble = found, None, trouble
        self.changed()


def _progress(done: int) -> Progress:
    words = f"{done} of {2 * NETWORKS} networks run"
    return Progress("compare_going", "Comparing", done, 2 * NETWORKS, words)
