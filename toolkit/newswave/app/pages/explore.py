"""The Explore page: a setup, its runs, the equations over them, and one agent of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from newswave.app.cache import Ensemble, check_size, ensemble
from newswave.app.controls import applied, has_control, items_for
from newswave.app.downloads import PREFIX as TAKE
from newswave.app.downloads import Downloads, download_items, file_of
from newswave.app.jobs import QUICK, SLOW, PageJob
from newswave.app.links import setup_of
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
    RunsShown,
    Switch,
    Table,
    Tone,
    View,
    Words,
    content,
    remark,
)
from newswave.app.pages.opening import (
    Opening,
    after,
    is_of_opening,
    marks,
    opening_items,
    predicted,
)
from newswave.app.pages.tour import OVER, Tour, advanced, is_of_tour, tour_items
from newswave.app.pictures import (
    FEW_CLASSES,
    TIME,
    Band,
    Cast,
    Gap,
    Line,
    Picture,
    cast_words,
    ensemble_band,
    rule_words,
    shown_lines,
    synthetic_words,
)
from newswave.core.errors import plain, whole_number
from newswave.core.population import Trait
from newswave.core.run_log import NEVER, History, Look, looks
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.equations.compare import Comparison, compare
from newswave.equations.fit import Fit
from newswave.equations.replicates import FEWEST
from newswave.report.describe import (
    acting_words,
    counted,
    half_words,
    no_equations,
    reach_words,
    seeds_words,
    true_rates,
    true_words,
)
from newswave.report.figures import FITS, LAYERS, fit_key
from newswave.report.text import MIXING, fit_rows, page_cells, undetermined_words


@dataclass(frozen=True)
class Preset:
    """A setup to start from, and what to look for."""

    key: str
    label: str
    question: str
    setup: Setup


PRESETS = {
    one["key"]: Preset(**(one | {"setup": setup_of(one.get("setup", "")).setup}))
    for one in content("presets")["presets"]
}
"""The starting points, in the order of the page; the first is the one that opens."""


class Layer(StrEnum):
    """What can be laid over the curve of the runs, by its key in `newswave.report.figures`."""

    BAND = "band"
    SAMPLES = "samples"
    MASTER = "master"
    WELL_MIXED = "well_mixed_ode"
    ONE_MIXED = "fit_one_rate_well_mixed"
    TWO_MIXED = "fit_two_rates_well_mixed"
    ONE_NETWORK = "fit_one_rate_network"
    TWO_NETWORK = "fit_two_rates_network"


FIRST_LAYERS = frozenset({Layer.BAND, Layer.MASTER, Layer.ONE_MIXED, Layer.TWO_MIXED})

NOBODY = -1


@dataclass(frozen=True)
class Explored(RunsShown):
    """The Explore page as it stands."""

    setup: Setup = field(default_factory=Setup)  # what is run
    agent: int = NOBODY  # whom the learner chose; `NOBODY` if no one
    trait: Trait = Trait.EXTRAVERSION  # which trait the shapes show where there are many profiles
    layers: frozenset[str] = field(default=FIRST_LAYERS, kw_only=True)

    def __post_init__(self) -> None:
        check_size(self.setup)
        whole_number("The run", self.run, 0, self.setup.replicas - 1)

    @property
    def setups(self) -> tuple[Setup, ...]:
        """What is run."""
        return (self.setup,)

    def holding(self, setups: tuple[Setup, ...], **more: Any) -> Self:
        """Return the page with another setup; the agent stays where it still exists."""
        [setup] = setups
        agent = self.agent if self.agent < setup.n_agents else NOBODY
        return replace(self, setup=setup, agent=agent, **more)

    def started_over(self) -> Self:
        """Return the page as it opens."""
        return replace(self.with_setups(Setup()), run=0, layers=FIRST_LAYERS)

    def after(self, message: Message) -> Self:
        """Return the page after a control was moved; what does not fit raises `BadValue`."""
        if has_control(message.key):
            return self.with_setups(applied(self.setup, message.key, message.value))
        match message.kind:
            case "preset" if message.name in PRESETS:
                return replace(self.with_setups(PRESETS[message.name].setup), run=0)
            case "new_world":
                return self.with_setups(replace(self.setup, seed=self.setup.seed + 1))
            case "layer":
                return replace(self, layers=message.switched(self.layers, Layer))
            case "trait":
                return replace(self, trait=Trait.named(str(message.value)))
            case "agent":
                last = self.setup.n_agents - 1
                return replace(self, agent=whole_number("The agent", message.number, NOBODY, last))
        return super().after(message)

    def toured(self, tour: Tour) -> Self:
        """Return the page as the tour shows it; where the tour is over, as it was."""
        if tour.setup is None:
            return self
        return replace(self.with_setups(tour.setup), layers=tour.layers, run=0)


# What the learner moves.


def control_items(state: Explored) -> tuple[Item, ...]:
    """Return the controls: starting points, luck, then the setup's own."""
    starts = (Button(f"preset:{one.key}", one.label, one.question) for one in PRESETS.values())
    luck = (
        Button("another_run", "Another run", "Same agents and links, other luck."),
        Button("new_world", "New seed", "New links, new places, new luck."),
    )
    which = f"Luck: run {state.run + 1} of {state.setup.replicas}, seed {state.setup.seed}"
    return (
        Group("presets", "Starting points", (Row("preset_row", tuple(starts)),), folded=True),
        *items_for(state.setup),
        Group("luck", which, (Row("luck_row", luck),), folded=False),
        *trait_items(state.setup, state.trait),
        state.way_back,
    )


LAYER_TEXTS: dict[Layer, tuple[str, str]] = {
    Layer.BAND: (
        "Runs: median and band",
        "The middle of all runs, and the band in which 90 % of them lie.",
    ),
    Layer.SAMPLES: ("Runs: a few of them", "Six single runs of the ensemble."),
    Layer.MASTER: (
        "Theory: network-aware",
        "The master equation: what the agents' own probabilities lead to on this network, before "
        "any run. Nothing is fitted.",
    ),
    Layer.WELL_MIXED: (
        "Theory: well mixed",
        "The classical SI equation with the agents' true rates, as if everybody met everybody.",
    ),
    Layer.ONE_MIXED: (
        "Fit: one rate, well mixed",
        "The SI equation i' = beta k i (1 - i), fitted to the runs.",
    ),
    Layer.TWO_MIXED: (
        "Fit: two rates, well mixed",
        "SI with a faster and a slower class, fitted to the runs.",
    ),
    Layer.ONE_NETWORK: (
        "Fit: one rate, network-aware",
        "One rate in the equations that know the network, fitted.",
    ),
    Layer.TWO_NETWORK: (
        "Fit: two rates, network-aware",
        "Two rates in the equations that know the network, fitted.",
    ),
}
"""Every layer, its label and its help, in the order of the switches."""


def layer_items(state: Explored, runs: Ensemble, fits: Sequence[Fit] | None) -> tuple[Item, ...]:
    """Return the switches of the curves; what cannot be drawn for this setup says why."""
    there, why_not = layers_there(runs, fits), runs.why_no_theory or "This curve has no such fit."
    switches = (
        Switch(
            f"layer:{layer}",
            label,
            layer in state.layers,
            stroke=LAYERS[layer].pen,
            barred="" if layer in there else why_not,
        )
        for layer, (label, _) in LAYER_TEXTS.items()
    )
    return (Row("layers", tuple(switches)), *remark("no_theory", runs.why_no_theory, Tone.QUIET))


def _curves_explained() -> Group:
    """Return what the curves are, for whoever asks."""
    table = Table("curves_table", "Each can be switched on and off.", ("Curve", "What it is"),
                  tuple(LAYER_TEXTS.values()))  # fmt: skip
    return Group("curves_group", "What the curves are", (table,), folded=True)


def _gaps(runs: Ensemble, lines: Sequence[Line]) -> tuple[Gap, ...]:
    """Return where a theory or a fit lies furthest off the runs, if any is off."""
    far = [(gap, at, line) for gap, at, line in _distances(runs, lines) if not _is_near(gap)]
    if not far:
        return ()
    gap, at, line = max(far, key=lambda one: one[0])
    ends = (float(line.fraction[at]), float(runs.curve.mean[at] / runs.curve.n_agents))
    return (Gap(f"{line.label}: {100 * gap:.0f} points off", at, ends),)


def layers_there(runs: Ensemble, fits: Sequence[Fit] | None) -> frozenset[str]:
    """Return the layers that this setup has; fits that are not made yet count as there."""
    made = FITS if fits is None else {fit_key(f.model.name, f.model.mixing.label) for f in fits}
    return frozenset({Layer.BAND, Layer.SAMPLES, *runs.theories, *made} & set(Layer))


def trait_items(setup: Setup, trait: Trait) -> tuple[Item, ...]:
    """Return which trait the shapes show, where there are too many profiles for a shape each."""
    if len(setup.mix.groups) <= FEW_CLASSES:
        return ()
    options = tuple((one.value, one.value.capitalize()) for one in Trait)
    help_ = "Circles are high in it, squares low."
    return (Choice("trait", "Shapes show", trait.value, options, help_),)


# What one is seeing, in sentences that change with the picture.


_NEAR = 0.02


def _is_near(gap: float) -> bool:
    return round(100 * gap, 1) <= 100 * _NEAR  # as it is written


def _distances(runs: Ensemble, lines: Sequence[Line]) -> list[tuple[float, int, Line]]:
    """Return how far each theory and fit lies off the runs at most, and in which round."""
    others = ("run_", "active")
    told = [one for one in lines if one.key != Layer.BAND and not one.key.startswith(others)]
    return [(*runs.curve.gap(line.fraction), line) for line in told]


def now_words(state: Explored, runs: Ensemble) -> tuple[str, ...]:
    """Return what the network shows, a sentence for each round."""
    setup, history = state.setup, runs.history(state.run)
    counts, everybody = history.counts.tolist(), f"{counted(setup.n_agents)} agents"
    seeds = seeds_words(setup.n_seeds, number=False)
    at_time = "Time" if setup.is_continuous else "Round"
    sentences = [
        f"{at_time} 0 of {setup.rounds}: {counted(counts[0])} of {everybody} have shared; "
        f"{'they are' if counts[0] != 1 else 'it is'} the {seeds}."
    ]
    groups = _group_words(runs, history)
    for at in range(1, len(counts)):
        new = counts[at] - counts[at - 1]
        sentences.append(
            f"{at_time} {at} of {setup.rounds}: {counted(counts[at])} of {everybody} have shared, "
            f"{counted(new)} of them in this round.{groups[at]}{_active_words(history, at)}"
        )
    return tuple(sentences)


def _active_words(history: History, at: int) -> str:
    """Return how many are active offline after a round; '' without feedback."""
    if history.active is None:
        return ""
    many = int(history.active[at].sum())
    return f" {counted(many)} {'is' if many == 1 else 'are'} active offline."


def _group_words(runs: Ensemble, history: History) -> list[str]:
    """Return the share of each group by round; nothing where there are one or many groups."""
    groups = runs.setup.mix.groups
    if len(groups) > FEW_CLASSES or len(groups) == 1:
        return [""] * (history.rounds + 1)
    parts = []
    for row, group in enumerate(groups):
        own = runs.world.rows == row
        if group.weight and own.any():
            shares = history.counts_among(own) / own.sum()
            parts.append([f"{group.name} {100 * share:.0f} %" for share in shares.tolist()])
    return [f" By group: {', '.join(each)}." for each in zip(*parts, strict=True)]


def line_words(runs: Ensemble, lines: Sequence[Line]) -> str:
    """Return how well each theory and fit follows the runs, in a sentence; '' for none."""
    good, bad = [], []
    for gap, at, line in _distances(runs, lines):
        if _is_near(gap):
            good.append(line.label)
        else:
            bad.append(f"{line.label}, by up to {100 * gap:.1f} points (round {at})")
    words = []
    if good:
        words.append(f"Within {100 * _NEAR:.0f} points of the runs: {'; '.join(good)}.")
    if bad:
        words.append(f"{'Further off' if good else 'Off the runs'}: {'; '.join(bad)}.")
    return " ".join(words)


def seen_item(runs: Ensemble, lines: Sequence[Line]) -> Words:
    """Return what one sees in all rounds, in sentences, for under the picture."""
    curve, drawn = runs.curve, {line.key for line in lines}
    which = "this run" if curve.runs == 1 else f"{curve.runs} runs"
    words = [f"Over {which}, half {half_words(curve)}; {reach_words(curve)}."]
    acting = acting_words(curve)
    words += [line_words(runs, lines), f"{acting[0].upper()}{acting[1:]}." if acting else ""]
    if runs.predicted and drawn & runs.theories:
        words += runs.predicted.doubts
    return Words("seen", " ".join(filter(None, words)), live=True)


def now_items(state: Explored, runs: Ensemble) -> tuple[Item, ...]:
    """Return the sentence of the round in which the stage stands, for above the picture."""
    mark = remark("synthetic", synthetic_words(state.setup), Tone.SYNTHETIC)
    texts = now_words(state, runs)
    return (*mark, Words("seen_now", texts[state.round], rounds=texts))


# One agent on a card: who it is, what it saw, what it decided.


_MOST = 12


def agent_card(world: World, agent: int, hint: str, about: Callable[[], tuple[Item, ...]]) -> Group:
    """Return the card of the agent that was chosen, or how to choose one."""
    last = world.setup.n_agents - 1
    number = str(agent) if 0 <= agent <= last else ""
    entry = Entry("agent", f"Agent number (0 to {last})", number, numeric=True, low=0, high=last)
    if not number:
        return Group("card", "One agent", (Words("card_hint", hint, Tone.QUIET), entry))
    return Group("card", f"Agent {world.network.called(agent)}", (entry, *about()))


def profile_words(world: World, agent: int) -> str:
    """Return the group and the profile of an agent, in a sentence."""
    group = world.setup.mix.groups[int(world.rows[agent])]
    name = "" if group.name == group.profile.code else f"Group {plain(group.name, 60)}. "
    return f"{name}Profile {group.profile.code}: {group.profile.describe()}."


def fate_words(history: History, agent: int, is_asked: bool = False) -> str:
    """Return what became of an agent, in a sentence; `is_asked` where a model decides."""
    shared, heard = int(history.shared[agent]), int(history.heard[agent])
    if shared == 0:
        never = " and is never asked" if is_asked else ""
        return f"It is a seed agent: it shares from round 0 on{never}."
    if heard == NEVER and shared == NEVER:
        if is_asked:
            return f"No neighbour of it has shared by round {history.rounds}: it was never asked."
        return f"No neighbour has shared by round {history.rounds}, so it never decided."
    if heard == NEVER:
        return f"It met the event itself and shared in round {shared}."
    if shared == NEVER:
        end = f"has not shared by round {history.rounds}"
    else:
        end = f"shared in round {shared}"
    return f"It first saw a neighbour share in round {heard} and {end}."


def card(state: Explored, runs: Ensemble) -> Item:
    """Return the card of an agent with every round in which it decided."""
    hint = "Click an agent in the network, or type its number: who is it, what did it see?"
    world, history, agent = runs.world, runs.history(state.run), state.agent

    def about() -> tuple[Item, ...]:
        who = f"{profile_words(world, agent)} {int(world.network.degrees[agent])} neighbours."
        rounds = looks(world, history, agent, state.run)
        fate = Words("fate", fate_words(history, agent))
        return (Words("who", who), fate, *((_looks_table(rounds),) if rounds else ()))

    return agent_card(world, agent, hint, about)


def _looks_table(rounds: Sequence[Look]) -> Table:
    """Return the rounds in which an agent decided: the first ones, and the last."""
    shown = rounds if len(rounds) <= _MOST else (*rounds[: _MOST - 1], rounds[-1])
    left = len(rounds) - len(shown)
    note = f" {left} rounds before the last are left out." if left else ""
    rows = tuple(
        (
            str(look.round),
            str(look.exposure),
            f"{100 * look.chance:.1f} %",
            "shares" if look.shares else "does not",
        )
        for look in shown
    )
    return Table(
        "looks",
        f"Every round in which it saw the news. Share probability: of that round, at that "
        f"exposure.{note}",
        ("Round", "Exposure", "Share probability", "Decision"),
        rows,
        (1, 2),
    )


# One rate or two: the fits as a table, the test and its verdict in words.


_UNTESTED = "Press the button: the test makes hundreds of data sets in which all agents are alike."


def likely(fits: Sequence[Fit]) -> list[Fit]:
    """Return the fits by likelihood."""
    return [fit for fit in fits if not fit.method.extra_parameters()]


def fits_items(every: Sequence[Fit], setup: Setup | None) -> tuple[Item, ...]:
    """Return the fits by likelihood as a table, and why some are not determined."""
    fits = likely(every)
    rows = tuple(
        (
            f"{row.fit.model.name}, {MIXING[row.fit.model.mixing.label]}",
            row.words,
            *page_cells(row),
            row.true_text,
            f"{100 * row.fit.rmse:.1f}",
        )
        for row in fit_rows(fits, true_rates(setup))
    )
    table = Table(
        "fits",
        "Fitted by likelihood. Rates are hazards per contact and round, the source's per round; "
        "the last column says how far the fit lies from the runs (root mean square, points).",
        ("Model", "Estimate", "Value", "95 % interval", "True", "Misses by"),
        rows,
        (2, 3, 4, 5),
    )
    return (table, *remark("undetermined", undetermined_words(fits), Tone.QUIET))


def rate_test_items(
    comparison: Comparison | None, testing: Progress | None, begin: tuple[Item, ...]
) -> tuple[Item, ...]:
    """Return the verdict of the test, or how far it is, or what begins it."""
    if comparison is not None:
        return (Words("verdict", comparison.verdict.words, Tone.NOTE, live=True),)
    if testing is not None:
        return (testing, Button("stop_test", "Stop the test"))
    return begin


def some_rounds(last: int) -> list[int]:
    """Return a dozen rounds, evenly apart, and the last, for the rows of a table."""
    return sorted({*range(0, last, max(1, round(last / 12))), last})


# The page at work: the fits and the test behind it, what it shows.


_DELAY = 0.15  # seconds without a move: while a slider is dragged nothing is fitted


class ExplorePage(Page):
    """The first page: a setup, its runs, the equations over them.

    `address` is the page's own, for links; `is_first` says whether somebody is here for the first
    time, and is to see the opening.
    """

    def __init__(
        self, state: Explored | None = None, address: str = "", is_first: bool = False
    ) -> None:
        super().__init__()
        self.tour = OVER
        self.opening = Opening() if is_first else None
        self.state = state or self._opened()
        self._address = address
        self._fitting = PageJob[tuple[Fit, ...]](self, QUICK)
        self._testing = PageJob[Comparison](self, SLOW, "{} tests of others come first")
        self._fits: tuple[Fit, ...] | None = None
        self._comparison: Comparison | None = None
        self._why_not = ""
        self._kept: View | None = None
        self._fit()

    def handle(self, message: Message) -> File | None:
        """Do what a control asks for."""
        before = self.state.setup
        if message.key.startswith(TAKE):
            return file_of(message.key, self.downloads())
        if message.key == "test":
            self._test()
        elif message.key == "stop_test":
            self._testing.stop()
        elif is_of_opening(message) and self.opening:
            self.opening = after(self.opening, message)
            self._show(self.tour, self._opened(), begins=True)
            self.plays += 1
        elif is_of_tour(message):
            tour = advanced(self.tour, message)
            self.opening = None
            self._show(tour, self.state.toured(tour), begins=not tour.is_over)
        else:
            begins = message.kind in ("preset", "start_over")
            self._show(self.tour, self.state.after(message), begins)
        if self.state.setup != before:
            self._fit()
        return None

    def _show(self, tour: Tour, state: Explored, begins: bool) -> None:
        """Show another state, once its runs are there; at its beginning if `begins`."""
        ensemble(state.setup)
        self.tour, self.state = tour, state.at(0) if begins else state
        self.rewinds += begins

    def _opened(self) -> Explored:
        """Return the page as the opening shows it, or as it opens."""
        if self.opening is None:
            return Explored()
        return Explored(self.opening.shown.setup, layers=self.opening.shown.layers)

    def open(self, setup: Setup, run: int = 0) -> None:
        """Show another setup: from a link, a file, another page."""

        def change() -> None:
            self.opening = None
            self._show(self.tour, replace(self.state.with_setups(setup), run=run), begins=False)
            self._fit()

        self.attempt(change)

    @property
    def shared(self) -> Explored:
        """What a link to this page carries: what a learner set, nothing of the tour."""
        return self.state if self.tour.is_over and not self.opening else Explored()

    def at_round(self, round_: int) -> None:
        """Take in which round the picture shows; what is the same in every round is kept."""
        with self.lock:
            self.state = self.state.at(round_)
        super().changed()

    def choose(self, agent: int) -> None:
        """Take in which agent was chosen."""
        self.receive(Message("agent", agent))

    def changed(self) -> None:
        """Tell those who watch; what was kept from one round to the next is made anew."""
        self._kept = None
        super().changed()

    def view(self) -> View:
        """Return what the page shows now."""
        runs, state = ensemble(self.state.setup), self.state
        if self._kept is None:
            self._kept = self._made(runs)
        if not self.tour.shows_runs or self.opening:
            return self._kept
        kept, words = self._kept, cast_words(state.setup, runs.history(state.run), state.round)
        [picture] = kept.pictures
        seen = (*kept.seen, *now_items(state, runs))
        return replace(kept, seen=seen, pictures=(replace(picture, network_words=words),))

    def _made(self, runs: Ensemble) -> View:
        """Return all that is the same in every round."""
        lines = self._lines(runs)
        if self.opening:
            return self._first(self.opening, runs, lines)
        if self.tour.is_asking:
            return self._asking(runs, lines)
        tour = tour_items(self.tour)
        offer, touring = (tour, ()) if self.tour.is_over else ((), tour)
        return View(
            (*offer, *control_items(self.state)),
            touring,
            (self._picture(runs, lines),),
            (
                seen_item(runs, lines),
                self._rates(),
                _curves_explained(),
                self._numbers(runs),
                *download_items(self.downloads(), address=self._address),
                Words("rule", rule_words(self.state.setup), Tone.QUIET),
            ),
            layer_items(self.state, runs, self._fits),
            (card(self.state, runs),),
        )

    def _asking(self, runs: Ensemble, lines: tuple[Line, ...]) -> View:
        """Return the question of the tour alone: nothing on the page may tell the answer."""
        return View(
            (Words("wait", "The controls come back when you have answered.", Tone.QUIET),),
            tour_items(self.tour),
            (self._picture(runs, lines) if self.tour.shows_runs else self._start(runs),),
            report=(Words("wait_too", "So do the numbers.", Tone.QUIET),),
        )

    def _first(self, opening: Opening, runs: Ensemble, lines: tuple[Line, ...]) -> View:
        """Return the opening: few words above the picture, and the curve once it was predicted."""
        picture = self._picture(runs, lines)
        run = picture.run_fraction
        items = opening_items(opening, runs, run)
        fitted = next((line for line in lines if line.key != Layer.BAND), None)
        if opening.is_asking:
            picture = replace(picture, lines=(), bands=(), gaps=())
        elif opening.is_answered:
            line = predicted(opening, run)
            picture = replace(
                picture, lines=(line,), bands=(), gaps=marks(opening, run, runs, None)
            )
        elif opening.is_last:
            asks = (replace(gap, text=f"{gap.text} here. Why?") for gap in picture.gaps)
            picture = replace(picture, gaps=tuple(asks))
        else:
            picture = replace(picture, gaps=marks(opening, run, runs, fitted))
        return View(seen=items, pictures=(picture,))

    def _start(self, runs: Ensemble) -> Picture:
        """Return the network with its seed agents, and no round to play."""
        setup, history = self.state.setup, History.at_start(runs.world, self.state.run)
        return Picture(
            title="Predict first",
            rounds=0,
            cast=Cast.of(runs.world, self.state.trait, self.state.run),
            history=history,
            network_words=cast_words(setup, history, 0),
            rule=rule_words(setup),
            has_transport=False,
        )

    def _lines(self, runs: Ensemble) -> tuple[Line, ...]:
        theories = runs.predicted.theories if runs.predicted else ()
        return shown_lines(runs.curve, self.state.layers, theories, self._fits or ())

    def _picture(self, runs: Ensemble, lines: tuple[Line, ...]) -> Picture:
        state, curve = self.state, runs.curve
        names = "; ".join(line.label for line in lines if not line.key.startswith("run_"))
        bands: tuple[Band, ...] = ()
        if Layer.BAND in state.layers and curve.runs > 1:
            bands = (ensemble_band(curve, f"90 % of {curve.runs} runs", "purple"),)
        return Picture(
            title=f"Run {state.run + 1} of {state.setup.replicas}",
            rounds=state.setup.rounds,
            cast=Cast.of(runs.world, state.trait, state.run),
            history=runs.history(state.run),
            lines=lines,
            bands=bands,
            gaps=_gaps(runs, lines),
            has_legend=False,
            curve_words=f"Agents that have shared, by round. Lines: {names or 'this run only'}.",
            time=TIME,
            synthetic=synthetic_words(state.setup),
            agent=state.agent,
        )

    def _rates(self) -> Group:
        """Return the table of fits, the test or its button, what it says."""
        setup, comparison = self.state.setup, self._comparison
        if self._why_not:
            why = (Words("no_fit", self._why_not, Tone.NOTE),)
            return Group("rates", "One rate or two?", why, folded=True)
        fits = comparison.fits if comparison else self._fits
        begin = (
            Button("test", "Test: one rate or two?", "Takes some seconds.", Tone.MAIN),
            Words("untested", _UNTESTED, Tone.QUIET),
        )
        question = (
            "Does the curve need a second transmission rate, or does it only look so? "
            f"The runs: {setup.replicas}."
        )
        fitting = Words("fitting", "Fitting the equations ...", Tone.QUIET)
        items = (
            Words("rates_question", question, Tone.QUIET),
            *rate_test_items(comparison, self._testing.progress, begin),
            *((fitting,) if fits is None else fits_items(fits, setup)),
            *remark("no_equations", no_equations(setup), Tone.QUIET),
            Words("true_rates", true_words(setup), Tone.QUIET),
        )
        return Group("rates", "One rate or two?", items, folded=True)

    def _numbers(self, runs: Ensemble) -> Group:
        """Return the numbers behind the curve, for reading and for screen readers."""
        curve = runs.curve
        columns = [100 * counts / curve.n_agents for counts in (curve.median, *curve.band())]
        if runs.predicted:
            columns.append(100 * runs.predicted.theories[0].fraction)
        rows = tuple(
            (str(at), *(f"{column[at]:.1f}" for column in columns))
            for at in some_rounds(len(curve.rounds) - 1)
        )
        names = ("Round", "Median", "Low", "High", "Network-aware theory")
        header = names[: 1 + len(columns)]
        caption = "Agents that have shared, in per cent. 90 % of the runs lie between low and high."
        table = Table("numbers", caption, header, rows, tuple(range(1, len(header))))
        return Group("numbers_group", "The numbers behind the curve", (table,), folded=True)

    def downloads(self) -> Downloads:
        """Return what is on the page and can be taken home."""
        runs, state = ensemble(self.state.setup), self.state
        return Downloads(
            runs.curve,
            state.setup,
            self._comparison,
            predicted=runs.predicted,
            run=state.run,
            shown=state.layers,
            fits=self._fits or (),
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
