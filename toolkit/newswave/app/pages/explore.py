"""The Explore page: its items and its actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from newswave.app.cache import Ensemble, ensemble
from newswave.app.controls import items_for
from newswave.app.downloads import Download, Downloads, download_items, download_of, file_of
from newswave.app.items import Button, File, Group, Item, Progress, Row, Table, Tone, Words
from newswave.app.jobs import QUICK, SLOW, PageJob
from newswave.app.page import ChooseAgent, Message, Page, RateTest, View
from newswave.app.pages.explore_state import (
    Change,
    Explored,
    OpenPreset,
    Press,
    bands_of,
    card,
    change_of,
    layer_items,
    layers_there,
    lines_of,
    now_items,
    seen_item,
    trait_items,
    verdict_group,
)
from newswave.app.pages.tour import (
    OVER,
    AnswerTour,
    Tour,
    TourAction,
    TourPress,
    advanced,
    invitation_items,
    tour_action,
    tour_items,
    toured,
)
from newswave.app.pictures import TIME, Cast, Line, Picture, cast_words, rule_words, synthetic_words
from newswave.app.presets import PRESETS
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
                    Button(Press.ANOTHER_RUN, "Another run", "Same agents and links, other luck."),
                    Button(Press.NEW_WORLD, "New seed", "New links, new places, new luck."),
                ),
            ),
        ),
    )
    back = Row(
        "back_row",
        (Button(Press.UNDO, "Undo", barred=nothing), Button(Press.START_OVER, "Start over")),
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
    return Group("layers", "Curves", (*switches, *trait_items(state.setup, state.trait)))


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


_DELAY = 0.15  # seconds without a move: while a slider is dragged nothing is fitted


ExploreAction = Change | TourAction | RateTest | Download


class ExplorePage(Page[ExploreAction]):
    """The first page: a setup, its runs, the equations over them.

    `address` is the page's own, for links; `invites` says whether to ask if the tour is wanted.

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
        self.state = state or Explored()
        self._invites = invites
        self._address = address
        self._fitting = PageJob[tuple[Fit, ...]](self, QUICK)
        self._testing = PageJob[Comparison](self, SLOW, "{} tests of others come first")
        self._fits: tuple[Fit, ...] | None = None
        self._comparison: Comparison | None = None
        self._why_not = ""
        self._kept: View | None = None
        self._fit()

    def action(self, message: Message) -> ExploreAction:
        """Return the action that a message asks for."""
        if (tour := tour_action(message)) is not None:
            return tour
        if (download := download_of(message)) is not None:
            return download
        if message.is_one_of(RateTest):
            return RateTest(message.key)
        return change_of(message)

    def handle(self, action: ExploreAction) -> File | None:
        """Do what an action asks for."""
        before = self.state.setup
        match action:
            case Download():
                return file_of(action, self.downloads())
            case RateTest.BEGIN:
                self._test()
            case RateTest.STOP:
                self._testing.stop()
            case TourPress() | AnswerTour():
                self._tour(action)
            case _:
                begins = isinstance(action, OpenPreset) or action is Press.START_OVER
                self._show(self.tour, self.state.after(action), begins)
        if self.state.setup is not before:
            self._fit()
        return None

    def _tour(self, action: TourAction) -> None:
        tour = advanced(self.tour, action)
        self._show(tour, toured(self.state, tour), begins=not tour.is_over)
        self._invites = False

    def _show(self, tour: Tour, state: Explored, begins: bool) -> None:
        """Show another state, once its runs are there; at its beginning if `begins`."""
        ensemble(state.setup)
        self.tour, self.state = tour, state.at(0) if begins else state
        self.rewinds += begins

    def open(self, setup: Setup, run: int = 0) -> None:
        """Show another setup: from a link, a file, another page."""

        def change() -> None:
            opened = replace(self.state.with_setup(setup), run=run)
            ensemble(setup)
            self.state = opened
            self._fit()

        self.attempt(change)

    def at_round(self, round_: int) -> None:
        """Take in which round the picture shows; what is the same in every round is kept."""
        with self.lock:
            self.state = self.state.at(round_)
        super().changed()

    def choose(self, agent: int) -> None:
        """Take in which agent was chosen."""
        self.attempt(lambda: self.handle(ChooseAgent(agent)))

    def view(self) -> View:
        """Return what the page shows now."""
        runs, state = ensemble(self.state.setup), self.state
        if self._kept is None:
            self._kept = self._made(runs)
        if not self.tour.shows_runs:
            return self._kept
        kept, words = self._kept, cast_words(state.setup, runs.history(state.run), state.round)
        [picture] = kept.pictures
        now = now_items(state, runs)
        return replace(
            kept, seen=(*kept.seen, *now), pictures=(replace(picture, network_words=words),)
        )

    def changed(self) -> None:
        """Tell those who watch; what was kept from one round to the next is made anew."""
        self._kept = None
        super().changed()

    def _made(self, runs: Ensemble) -> View:
        """Return all that is the same in every round."""
        lines = lines_of(runs, self._fits, self.state.layers)
        if self.tour.is_asking:
            return self._asking(runs, lines)
        tour = invitation_items() if self._invites else tour_items(self.tour)
        waits = self.tour.is_over and not self._invites
        offer, touring = (tour, ()) if waits else ((), tour)
        return View(
            (*offer, *control_items(self.state)),
            touring,
            (self._picture(runs, lines),),
            (seen_item(runs, lines), *self._report(runs)),
        )

    def _asking(self, runs: Ensemble, lines: tuple[Line, ...]) -> View:
        """Return the question of the tour alone: nothing on the page may tell the answer."""
        wait = Words("wait", "The controls come back when you have answered.", Tone.QUIET)
        picture = self._picture(runs, lines) if self.tour.shows_runs else self._start(runs)
        return View(
            (wait,),
            tour_items(self.tour),
            (picture,),
            (Words("wait_too", "So do the numbers.", Tone.QUIET),),
        )

    def _start(self, runs: Ensemble) -> Picture:
        """Return the network with its seed agents, and no round to play."""
        setup, history = self.state.setup, History.at_start(runs.world, self.state.run)
        return Picture(
            title="Predict first",
            rounds=0,
            cast=Cast.of(runs.world, self.state.trait),
            history=history,
            network_words=cast_words(setup, history, 0),
            rule=rule_words(setup),
            has_transport=False,
        )

    def _report(self, runs: Ensemble) -> tuple[Item, ...]:
        setup = self.state.setup
        rates = verdict_group(
            setup, self._fits, self._comparison, self._testing.progress, self._why_not
        )
        layers = layer_group(self.state, runs, self._fits)
        home = download_items(self.downloads(), address=self._address)
        return (layers, rates, card(self.state, runs), numbers_group(runs), *home)

    def downloads(self) -> Downloads:
        """Return what is on the page and can be taken home."""
        runs, state = ensemble(self.state.setup), self.state
        return Downloads(
            runs.curve,
            state.setup,
            self._comparison,
            predicted=runs.predicted,
            run=state.run,
            shown=frozenset(layer.value for layer in state.layers),
            fits=self._fits or (),
        )

    def _picture(self, runs: Ensemble, lines: tuple[Line, ...]) -> Picture:
        state, history = self.state, runs.history(self.state.run)
        names = "; ".join(line.label for line in lines if not line.key.startswith("run_"))
        return Picture(
            title=f"Run {state.run + 1} of {state.setup.replicas}",
            rounds=state.setup.rounds,
            cast=Cast.of(runs.world, state.trait),
            history=history,
            lines=lines,
            bands=bands_of(runs, state.layers),
            curve_words=f"Agents that have shared, by round. Lines: {names or 'this run only'}.",
            rule=rule_words(state.setup),
            time=TIME,
            synthetic=synthetic_words(state.setup),
            agent=state.agent,
        )

    def _fit(self) -> None:
        """Fit the equations to the new runs; whoever comes later finds them there."""
        self._fits, self._comparison, self._why_not = None, None, ""
        self._testing.stop()
        setup = self.state.setup
        self._fitting.start(lambda _: ensemble(setup).fits, self._fitted, delay=_DELAY)

    def _fitted(self, fits: tuple[Fit, ...] | None, trouble: str) -> None:
        self._fits, self._why_not = fits, trouble

    def _test(self) -> None:
        """Begin the test."""
        setup = self.state.setup

        def work(tell: Callable[[Progress], None]) -> Comparison:
            def progress(what: str, done: int, total: int) -> None:
                tell(Progress("testing", "Testing", done, total, what))

            return compare(ensemble(setup).curve, replicas=FEWEST, progress=progress)

        first = Progress("testing", "Testing", 0, 1, "making data sets")
        self._testing.start(work, self._tested, first)

    def _tested(self, comparison: Comparison | None, trouble: str) -> None:
        self._comparison, self.trouble = comparison, trouble
