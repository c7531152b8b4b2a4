"""The Explore page: its items and its actions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from newswave.app.cache import Ensemble, ensemble
from newswave.app.controls import items_for
from newswave.app.downloads import PREFIX, Taken, download_items, taken
from newswave.app.items import Button, Choice, File, Group, Item, Progress, Row, Table, Tone, Words
from newswave.app.jobs import QUICK, SLOW
from newswave.app.page import Message, Page, View, trouble_words
from newswave.app.pages.explore_state import (
    Explored,
    bands_of,
    card,
    layer_items,
    layers_there,
    lines_of,
    now_items,
    seen_item,
    verdict_group,
)
from newswave.app.pages.tour import OVER, advanced, invitation_items, tour_items, toured
from newswave.app.pages.tour import PREFIX as TOUR
from newswave.app.pictures import TIME, Cast, Line, Picture, cast_words, rule_words, synthetic_words
from newswave.app.presets import PRESETS
from newswave.core.errors import NewswaveError
from newswave.core.population import Trait
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.equations.compare import Comparison, compare
from newswave.equations.fit import Fit
from newswave.equations.null_model import FEWEST

# The Explore page as items: what one moves, and what comes of it.


_LINES = 13


def control_items(state: Explored) -> tuple[Item, ...]:
    """Return the controls: starting points, luck, then the setup's own."""
    nothing = "" if state.past else "Nothing was changed yet."
    luck = Group(
        "luck",
        f"Luck: run {state.run + 1} of {state.setup.replicas}, seed {state.setup.seed}",
        (
            Row(
                "luck_row",
                (
                    Button("another_run", "Another run", "Same agents and links, other luck."),
                    Button("new_world", "New seed", "New links, new places, new luck."),
                ),
            ),
        ),
    )
    back = Row(
        "back_row",
        (Button("undo", "Undo", barred=nothing), Button("start_over", "Start over")),
    )
    return (_presets(), *items_for(state.setup), luck, back)


def _presets() -> Item:
    """Return the starting points, each a button with its question."""
    buttons = tuple(Button(f"preset:{one.key}", one.label, one.question) for one in PRESETS)
    return Group("presets", "Starting points", (Row("preset_row", buttons),), folded=True)


def layer_group(state: Explored, ensemble: Ensemble, fits: object) -> Item:
    """Return the switches of the curves."""
    made = fits if isinstance(fits, tuple) else None
    why = ensemble.why_no_theory or "This curve has no such fit."
    switches = layer_items(state.layers, layers_there(ensemble, made), why)
    return Group("layers", "Curves", (*switches, *_trait_choice(state)))


def _trait_choice(state: Explored) -> tuple[Item, ...]:
    """Return which trait the shapes show, where there are too many profiles for a shape each."""
    if len(state.setup.mix.groups) <= 4:
        return ()
    options = tuple((trait.value, trait.value.capitalize()) for trait in Trait)
    help_ = "Circles are high in it, squares low."
    return (Choice("trait", "Shapes show", state.trait.value, options, help_),)


def numbers_group(ensemble: Ensemble) -> Item:
    """Return the numbers behind the curve, for reading and for screen readers."""
    curve = ensemble.curve
    last = len(curve.rounds) - 1
    rows = sorted({*range(0, last, max(1, round(last / (_LINES - 1)))), last})
    low, high = curve.band()
    middle = np.median(curve.counts, axis=0)
    theory = ensemble.predicted.theories[0].fraction if ensemble.predicted else None
    cells = tuple(
        (
            str(at),
            *(f"{100 * counts[at] / curve.n_agents:.1f}" for counts in (middle, low, high)),
            *(() if theory is None else (f"{100 * theory[at]:.1f}",)),
        )
        for at in rows
    )
    header = ("Round", "Median", "Low", "High", "Network-aware theory")[: len(cells[0])]
    caption = "Agents that have shared, in per cent. 90 % of the runs lie between low and high."
    table = Table("numbers", caption, header, cells, tuple(range(1, len(header))))
    return Group("numbers_group", "The numbers behind the curve", (table,), folded=True)


# The Explore page at work: its state, the fits and the test behind it, what it shows.


_REST = 0.15  # seconds without a move: while a slider is dragged nothing is fitted
_BEGINNINGS = ("preset:", "start_over")


class _Stopped(Exception):
    """The learner has gone on, or stopped the test."""


class ExplorePage(Page):
    """The first page: a setup, its runs, the equations over them.

    >>> page = ExplorePage(Explored(Setup(n_agents=100, n_seeds=2, rounds=20, replicas=10)))
    >>> page.receive(Message("n_seeds", 0))
    >>> page.state.setup.n_seeds, len(page.shown().pictures)
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

    def handle(self, act: Message) -> File | None:
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

    def _move(self, act: Message) -> None:
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
        self.receive(Message("agent", agent))

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
        home = download_items(self.bundle(), address=self._address)
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
