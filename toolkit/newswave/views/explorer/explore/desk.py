"""The Explore page at work: its state, the fits and the test behind it, what it shows."""

from __future__ import annotations

from dataclasses import replace

from newswave.comparing import FEWEST, Comparison, compare
from newswave.errors import NewswaveError
from newswave.fitting.fits import Fit
from newswave.history import History
from newswave.setups import Setup
from newswave.views.explorer.desk import Act, Desk, View, trouble_words
from newswave.views.explorer.ensembles import Ensemble, ensemble
from newswave.views.explorer.errands import QUICK, SLOW
from newswave.views.explorer.explore.card import card
from newswave.views.explorer.explore.layers import bands_of, lines_of
from newswave.views.explorer.explore.page import control_items, layer_group, numbers_group
from newswave.views.explorer.explore.seen import now_items, seen_item
from newswave.views.explorer.explore.state import Explored
from newswave.views.explorer.explore.verdict import verdict_group
from newswave.views.explorer.items import File, Item, Progress, Tone, Words
from newswave.views.explorer.pictures import (
    TIME,
    Cast,
    Line,
    Picture,
    cast_words,
    rule_words,
    synthetic_words,
)
from newswave.views.explorer.takehome import PREFIX, Taken, take_items, taken
from newswave.views.explorer.tour import OVER, advanced, invitation_items, tour_items, toured
from newswave.views.explorer.tour import PREFIX as TOUR

_REST = 0.15  # seconds without a move: while a slider is dragged nothing is fitted
_BEGINNINGS = ("preset:", "start_over")


class _Stopped(Exception):
    """The learner has gone on, or stopped the test."""


class ExploreDesk(Desk):
    """The first page: a setup, its runs, the equations over them.

    Parameters
    ----------
    state : Explored, optional
        What it opens with.
    address : str
        Of the page, for links; "" where it has none.
    invites : bool
        Whether to ask if the tour is wanted, as on a first visit.

    Examples
    --------
    >>> desk = ExploreDesk(Explored(Setup(n_agents=100, n_seeds=2, rounds=20, replicas=10)))
    >>> desk.act(Act("n_seeds", 0))
    >>> desk.state.setup.n_seeds, len(desk.shown().pictures)
    (1, 1)
    """

    def __init__(
        self, state: Explored | None = None, address: str = "", invites: bool = False
    ) -> None:
        super().__init__()
        self.tour = OVER
        self._invites = invites
        self._address = address
        self.state = state or Explored()
        self._fits: tuple[Fit, ...] | None = None
        self._comparison: Comparison | None = None
        self._testing: Progress | None = None
        self._why_not = ""
        self._kept: View | None = None
        self._fit()

    def took(self, act: Act) -> File | None:
        """Take an act in."""
        before = self.state.setup
        if act.key.startswith(PREFIX):
            return taken(act.key, self.bundle())
        if act.key == "test":
            self._test()
        elif act.key == "stop_test":
            self._testing = None
            SLOW.forget(self)
        else:
            self._move(act)
        if self.state.setup is not before:
            self._fit()
        return None

    def _move(self, act: Act) -> None:
        """Go one step of the tour, or move a control."""
        tour, state = self.tour, self.state
        begins = act.key.startswith(_BEGINNINGS)
        if act.key.startswith(TOUR):
            tour = advanced(tour, act.key)
            state, begins = toured(state, tour), not tour.is_over
        else:
            state = state.taken(act.key, act.value)
        ensemble(state.setup)
        self._invites = self._invites and not act.key.startswith(TOUR)
        self.tour, self.state = tour, state.at(0) if begins else state
        self.rewinds += begins

    def open(self, setup: Setup, run: int = 0) -> None:
        """Show another setup: from a link, a file, another page."""
        with self.lock:
            self.trouble = ""
            try:
                opened = replace(self.state.with_setup(setup), run=run)
                ensemble(setup)
                self.state = opened
                self._fit()
            except NewswaveError as error:
                self.trouble = trouble_words(error)
        self.changed()

    def at_round(self, picture: int, round_: int) -> None:  # noqa: ARG002
        """Take in which round the stage shows."""
        with self.lock:
            self.state = self.state.at(round_)
        super().changed()

    def chose(self, picture: int, agent: int) -> None:  # noqa: ARG002
        """Take in which agent was chosen."""
        self.act(Act("agent", agent))

    def close(self) -> None:
        """Stop what still runs."""
        with self.lock:
            self._testing = None
        QUICK.forget(self)
        SLOW.forget(self)

    def view(self) -> View:
        """Return what the page shows now."""
        held, state = ensemble(self.state.setup), self.state
        if self._kept is None:
            self._kept = self._made(held)
        if not self.tour.shows_runs:
            return self._kept
        kept, words = self._kept, cast_words(state.setup, held.history(state.run), state.round)
        [picture] = kept.pictures
        now = now_items(state, held)
        return replace(
            kept, seen=(*kept.seen, *now), pictures=(replace(picture, network_words=words),)
        )

    def changed(self) -> None:
        """Tell those who watch; what was kept from one round to the next is made anew."""
        self._kept = None
        super().changed()

    def _made(self, held: Ensemble) -> View:
        """Return all that is the same in every round."""
        lines = lines_of(held, self._fits, self.state.layers)
        if self.tour.is_asking:
            return self._asking(held, lines)
        tour = invitation_items() if self._invites else tour_items(self.tour)
        waits = self.tour.is_over and not self._invites
        offer, touring = (tour, ()) if waits else ((), tour)
        return View(
            (*offer, *control_items(self.state)),
            touring,
            (self._picture(held, lines),),
            (seen_item(held, lines), *self._report(held)),
        )

    def _asking(self, held: Ensemble, lines: tuple[Line, ...]) -> View:
        """Return the question of the tour alone: nothing on the page may tell the answer."""
        wait = Words("wait", "The controls come back when you have answered.", Tone.QUIET)
        picture = self._picture(held, lines) if self.tour.shows_runs else self._start(held)
        return View(
            (wait,),
            tour_items(self.tour),
            (picture,),
            (Words("wait_too", "So do the numbers.", Tone.QUIET),),
        )

    def _start(self, held: Ensemble) -> Picture:
        """Return the network with its seed agents, and no round to play."""
        setup, history = self.state.setup, History.at_start(held.world, self.state.run)
        return Picture(
            title="Predict first",
            rounds=0,
            cast=Cast.of(held.world, self.state.trait),
            history=history,
            network_words=cast_words(setup, history, 0),
            rule=rule_words(setup),
            has_transport=False,
        )

    def _report(self, held: Ensemble) -> tuple[Item, ...]:
        setup = self.state.setup
        rates = verdict_group(setup, self._fits, self._comparison, self._testing, self._why_not)
        layers = layer_group(self.state, held, self._fits)
        home = take_items(self.bundle(), address=self._address)
        return (layers, rates, card(self.state, held), numbers_group(held), *home)

    def bundle(self) -> Taken:
        """Return what is on the page and can be taken home."""
        held, state = ensemble(self.state.setup), self.state
        return Taken(
            held.curve,
            state.setup,
            self._comparison,
            predicted=held.predicted,
            run=state.run,
            shown=frozenset(layer.value for layer in state.layers),
            fits=self._fits or (),
        )

    def _picture(self, held: Ensemble, lines: tuple[Line, ...]) -> Picture:
        state, history = self.state, held.history(self.state.run)
        names = "; ".join(line.label for line in lines if not line.key.startswith("run_"))
        return Picture(
            title=f"Run {state.run + 1} of {state.setup.replicas}",
            rounds=state.setup.rounds,
            cast=Cast.of(held.world, state.trait),
            history=history,
            lines=lines,
            bands=bands_of(held, state.layers),
            curve_words=f"Agents that have shared, by round. Lines: {names or 'this run only'}.",
            rule=rule_words(state.setup),
            time=TIME,
            synthetic=synthetic_words(state.setup),
            agent=state.agent,
        )

    def _fit(self) -> None:
        """Fit the equations to the new runs; whoever comes later finds them there."""
        self._fits, self._comparison, self._testing, self._why_not = None, None, None, ""
        SLOW.forget(self)
        setup = self.state.setup
        QUICK.ask(self, lambda: self._fitted(setup), _REST)

    def _fitted(self, setup: Setup) -> None:
        fits, why_not = None, ""
        try:
            if self.state.setup is setup:
                fits = ensemble(setup).fits
        except Exception as error:
            why_not = trouble_words(error)
        with self.lock:
            if self.state.setup is not setup:
                return
            self._fits, self._why_not = fits, why_not
        self.changed()

    def _test(self) -> None:
        """Begin the test, once."""
        setup = self.state.setup
        ahead = SLOW.ahead(self)
        words = f"{ahead} tests of others come first" if ahead else "making data sets"
        self._testing = Progress("testing", "Testing", 0, 1, words)
        SLOW.ask(self, lambda: self._tested(setup))

    def _tested(self, setup: Setup) -> None:
        found, trouble = None, ""
        try:
            self._go_on(setup)
            curve = ensemble(setup).curve
            found = compare(curve, replicas=FEWEST, progress=lambda *a: self._told(setup, *a))
        except _Stopped:
            return
        except Exception as error:
            trouble = trouble_words(error)
        with self.lock:
            if self.state.setup is setup and self._testing is not None:
                self._comparison, self._testing, self.trouble = found, None, trouble
        self.changed()

    def _told(self, setup: Setup, what: str, done: int, total: int) -> None:
        with self.lock:
            self._go_on(setup)
            self._testing = Progress("testing", "Testing", done, total, what)
        self.changed()

    def _go_on(self, setup: Setup) -> None:
        if self.state.setup is not setup or self._testing is None:
            raise _Stopped
