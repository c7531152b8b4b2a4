"""The Explore page: its state, its layers, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum

import numpy as np

from newswave.app.cache import Ensemble
from newswave.app.controls import applied, has_control
from newswave.app.costs import check_size
from newswave.app.items import (
    Button,
    Choice,
    Entry,
    Group,
    Item,
    Progress,
    Switch,
    Table,
    Tone,
    Words,
)
from newswave.app.page import ChooseAgent, Message, Move, RateTest
from newswave.app.pictures import (
    FEW_CLASSES,
    Band,
    Line,
    ensemble_band,
    shown_lines,
    synthetic_words,
)
from newswave.app.presets import Preset, preset
from newswave.core.errors import one_of, whole_number
from newswave.core.population import Trait
from newswave.core.run_log import NEVER, History, Look, looks
from newswave.core.setup import Setup
from newswave.equations.compare import Comparison
from newswave.equations.fit import Fit
from newswave.equations.verdict import Verdict
from newswave.report.describe import (
    counted,
    half_words,
    no_equations,
    reach_words,
    seeds_words,
    true_rates,
    true_words,
)
from newswave.report.figures import FITS, LAYERS, fit_key
from newswave.report.fits import MIXING, fit_rows, page_cells
from newswave.report.text import undetermined_words

# What the Explore page knows: one frozen state, and every change of it as a new one.


_PAST = 30


class Layer(Enum):
    """What can be laid over the curve of the runs, by the key of its switch."""

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


class Press(StrEnum):
    """The buttons that change what is shown, by their keys."""

    ANOTHER_RUN = "another_run"
    NEW_WORLD = "new_world"
    UNDO = "undo"
    START_OVER = "start_over"


@dataclass(frozen=True)
class OpenPreset:
    """Go to a starting point."""

    preset: Preset


@dataclass(frozen=True)
class ShowTrait:
    """Have the shapes show another trait."""

    trait: Trait


@dataclass(frozen=True)
class ShowLayer:
    """Switch a layer of the curve on or off."""

    layer: Layer
    is_on: bool


Change = Press | Move | OpenPreset | ChooseAgent | ShowTrait | ShowLayer
"""What a learner can do to the state of the page."""


def change_of(message: Message) -> Change:
    """Return the change that a message asks for.

    >>> change_of(Message("layer:band", False))
    ShowLayer(layer=<Layer.BAND: 'band'>, is_on=False)
    """
    if has_control(message.key):
        return Move(message.key, message.value)
    match message.kind:
        case "preset" if (start := preset(message.name)) is not None:
            return OpenPreset(start)
        case "layer":
            name = one_of("layer", message.name, [one.value for one in Layer])
            return ShowLayer(Layer(name), message.is_on)
        case "agent":
            return ChooseAgent(message.value)
        case "trait":
            return ShowTrait(Trait.named(str(message.value)))
    return message.button(Press)


@dataclass(frozen=True)
class Explored:
    """The Explore page as it stands."""

    setup: Setup = field(default_factory=Setup)  # what is run
    run: int = 0  # whose agents the network shows
    round: int = 0  # which round the stage shows
    agent: int = NOBODY  # whom the learner chose; `NOBODY` if no one
    trait: Trait = Trait.EXTRAVERSION  # which trait the shapes show where there are many profiles
    layers: frozenset[Layer] = FIRST_LAYERS  # what lies over the curve
    past: tuple[Setup, ...] = ()  # what was there before, for undoing

    def __post_init__(self) -> None:
        check_size(self.setup)
        whole_number("The run", self.run, 0, self.setup.replicas - 1)

    def with_setup(self, setup: Setup) -> Explored:
        """Return the page with another setup; run and agent stay where they still exist."""
        if setup == self.setup:
            return self
        run = min(self.run, setup.replicas - 1)
        agent = self.agent if self.agent < setup.n_agents else NOBODY
        past = (*self.past, self.setup)[-_PAST:]
        at = min(self.round, setup.rounds)
        return replace(self, setup=setup, run=run, agent=agent, past=past, round=at)

    def undone(self) -> Explored:
        """Return the page with the setup before this one."""
        if not self.past:
            return self
        back = self.with_setup(self.past[-1])
        return replace(back, past=self.past[:-1])

    def at(self, round_: int) -> Explored:
        """Return the page at another round."""
        return replace(self, round=min(max(int(round_), 0), self.setup.rounds))

    def chosen(self, agent: object) -> Explored:
        """Return the page with another agent chosen, by its number or by its digits."""
        given = int(agent) if isinstance(agent, str) and agent.isdecimal() else agent
        number = whole_number("The agent", given, NOBODY, self.setup.n_agents - 1)
        return replace(self, agent=number)

    def after(self, change: Change) -> Explored:
        """Return the page after a change; one that does not fit raises `BadValue`.

        >>> Explored().after(Move("degree", 0)).setup.network
        RandomRegular(degree=2)
        >>> Explored().after(Press.ANOTHER_RUN).run
        1
        """
        match change:
            case Move(key, value):
                return self.with_setup(applied(self.setup, key, value))
            case OpenPreset(one):
                return replace(self.with_setup(one.setup), run=0)
            case ChooseAgent(agent):
                return self.chosen(agent)
            case ShowTrait(trait):
                return replace(self, trait=trait)
            case ShowLayer(layer, is_on):
                layers = self.layers | {layer} if is_on else self.layers - {layer}
                return replace(self, layers=layers)
            case Press.ANOTHER_RUN:
                return replace(self, run=(self.run + 1) % self.setup.replicas)
            case Press.NEW_WORLD:
                return self.with_setup(replace(self.setup, seed=self.setup.seed + 1))
            case Press.UNDO:
                return self.undone()
            case Press.START_OVER:
                return replace(self.with_setup(Setup()), run=0, layers=FIRST_LAYERS)


# What lies over the curve of the runs, and the switches that show and hide it.


@dataclass(frozen=True)
class _LayerText:
    """A layer in words."""

    label: str
    help: str


def _fit(model: str, mixing: str, help_: str) -> _LayerText:
    return _LayerText(f"Fit: {model}, {MIXING[mixing]}", help_)


LAYER_TEXTS: dict[Layer, _LayerText] = {
    Layer.BAND: _LayerText(
        "Runs: median and band",
        "The middle of all runs, and the band in which 90 % of them lie.",
    ),
    Layer.SAMPLES: _LayerText("Runs: a few of them", "Six single runs of the ensemble."),
    Layer.MASTER: _LayerText(
        "Theory: network-aware",
        "The master equation: what the agents' own probabilities lead to on this network, before "
        "any run. Nothing is fitted.",
    ),
    Layer.WELL_MIXED: _LayerText(
        "Theory: well mixed",
        "The classical SI equation with the agents' true rates, as if everybody met everybody.",
    ),
    Layer.ONE_MIXED: _fit(
        "one rate", "well-mixed", "The SI equation i' = beta k i (1 - i), fitted to the runs."
    ),
    Layer.TWO_MIXED: _fit(
        "two rates", "well-mixed", "SI with a faster and a slower class, fitted to the runs."
    ),
    Layer.ONE_NETWORK: _fit(
        "one rate", "network", "One rate in the equations that know the network, fitted."
    ),
    Layer.TWO_NETWORK: _fit(
        "two rates", "network", "Two rates in the equations that know the network, fitted."
    ),
}
"""Every layer in words, in the order of the switches."""


def layer_items(on: frozenset[Layer], there: frozenset[Layer], why_not: str) -> tuple[Item, ...]:
    """Return the switches; what cannot be drawn for this setup says why."""
    return tuple(
        Switch(
            f"layer:{layer.value}",
            text.label,
            layer in on,
            text.help,
            LAYERS[layer.value].pen,
            "" if layer in there else why_not,
        )
        for layer, text in LAYER_TEXTS.items()
    )


def trait_items(setup: Setup, trait: Trait) -> tuple[Item, ...]:
    """Return which trait the shapes show, where there are too many profiles for a shape each."""
    if len(setup.mix.groups) <= FEW_CLASSES:
        return ()
    options = tuple((one.value, one.value.capitalize()) for one in Trait)
    help_ = "Circles are high in it, squares low."
    return (Choice("trait", "Shapes show", trait.value, options, help_),)


def layers_there(ensemble: Ensemble, fits: Sequence[Fit] | None) -> frozenset[Layer]:
    """Return the layers that this setup has; fits that are not made yet count as there."""
    layers = {Layer.BAND, Layer.SAMPLES}
    predicted = ensemble.predicted
    keys = {theory.key for theory in predicted.theories} if predicted else set()
    layers |= {layer for layer in (Layer.MASTER, Layer.WELL_MIXED) if layer.value in keys}
    made = set(FITS)
    if fits is not None:
        made = {fit_key(fit.model.name, fit.model.mixing.label) for fit in fits}
    return frozenset(layers | {layer for layer in LAYER_TEXTS if layer.value in made})


def lines_of(
    ensemble: Ensemble, fits: Sequence[Fit] | None, on: frozenset[Layer]
) -> tuple[Line, ...]:
    """Return the lines that are switched on, in the order of the switches."""
    theories = ensemble.predicted.theories if ensemble.predicted else ()
    return shown_lines(ensemble.curve, {layer.value for layer in on}, theories, fits or ())


def bands_of(ensemble: Ensemble, on: frozenset[Layer]) -> tuple[Band, ...]:
    """Return the band of the runs, if it is switched on."""
    if Layer.BAND not in on or ensemble.curve.runs == 1:
        return ()
    return (ensemble_band(ensemble.curve, f"90 % of {ensemble.curve.runs} runs", "purple"),)


# What one is seeing, in sentences that change with the picture.


_SMALL = 0.02


def now_words(state: Explored, ensemble: Ensemble) -> tuple[str, ...]:
    """Return what the network shows, a sentence for each round.

    >>> from newswave.core.setup import Setup
    >>> from newswave.app.cache import ensemble
    >>> small = Setup(n_agents=100, n_seeds=2, rounds=10, replicas=4)
    >>> now_words(Explored(small), ensemble(small))[0]
    'Round 0 of 10: 2 of 100 agents have shared; they are the seed agents.'
    """
    setup, history = state.setup, ensemble.history(state.run)
    counts = history.counts
    new = np.diff(counts, prepend=0)
    groups = _group_words(ensemble, history)
    everybody = f"{counted(setup.n_agents)} agents"
    sentences = []
    for at, (shared, fresh) in enumerate(zip(counts.tolist(), new.tolist(), strict=True)):
        head = f"Round {at} of {setup.rounds}: {counted(shared)} of {everybody}"
        if at == 0:
            sentences.append(f"{head} have shared; {'they are' if shared != 1 else 'it is'} the "
                         f"{seeds_words(setup.n_seeds, number=False)}.")  # fmt: skip
        else:
            sentences.append(
                f"{head} have shared, {counted(fresh)} of them in this round.{groups[at]}"
            )
    return tuple(sentences)


def _group_words(ensemble: Ensemble, history: History) -> list[str]:
    """Return the share of each group by round; nothing where there are one or many groups."""
    groups = ensemble.setup.mix.groups
    if len(groups) > FEW_CLASSES or len(groups) == 1:
        return [""] * (history.rounds + 1)
    parts = []
    for row, group in enumerate(groups):
        own = history.shared[ensemble.world.rows == row]
        if group.weight and own.size:
            when = own[own != NEVER]
            shares = np.bincount(when, minlength=history.rounds + 1).cumsum() / own.size
            parts.append([f"{group.name} {100 * share:.0f} %" for share in shares.tolist()])
    return [f" By group: {', '.join(each)}." for each in zip(*parts, strict=True)]


def runs_words(ensemble: Ensemble) -> str:
    """Return when half have shared over all runs, and how many in the end."""
    curve = ensemble.curve
    runs = "this run" if curve.runs == 1 else f"{curve.runs} runs"
    return f"Over {runs}, half {half_words(curve)}; {reach_words(curve)}."


def line_words(ensemble: Ensemble, lines: Sequence[Line]) -> str:
    """Return how well each theory and fit follows the runs, in a sentence; '' for none."""
    good, bad = [], []
    for line in lines:
        if line.key == "band" or line.key.startswith("run_"):
            continue
        gap, at = ensemble.curve.gap(line.fraction)
        if round(100 * gap, 1) <= 100 * _SMALL:  # as it is written
            good.append(line.label)
        else:
            bad.append(f"{line.label}, by up to {100 * gap:.1f} points (round {at})")
    words = []
    if good:
        words.append(f"Within {100 * _SMALL:.0f} points of the runs: {'; '.join(good)}.")
    if bad:
        words.append(f"{'Further off' if good else 'Off the runs'}: {'; '.join(bad)}.")
    return " ".join(words)


def seen_item(ensemble: Ensemble, lines: Sequence[Line]) -> Words:
    """Return what one sees in all rounds, in sentences, for under the picture."""
    predicted = ensemble.predicted
    theories = {theory.key for theory in predicted.theories} if predicted else set()
    doubts = predicted.doubts if predicted and theories & {line.key for line in lines} else ()
    seen = " ".join(
        part for part in (runs_words(ensemble), line_words(ensemble, lines), *doubts) if part
    )
    return Words("seen", seen, live=True)


def now_items(state: Explored, ensemble: Ensemble) -> tuple[Item, ...]:
    """Return the sentence of the round in which the stage stands, for above the picture."""
    label = synthetic_words(state.setup)
    mark = (Words("synthetic", label, Tone.SYNTHETIC),) if label else ()
    texts = now_words(state, ensemble)
    return (*mark, Words("seen_now", texts[state.round], rounds=texts))


# One agent on a card: who it is, what it saw, what it decided.


_MOST = 12


def card(state: Explored, ensemble: Ensemble) -> Item:
    """Return the card of the agent that was chosen, or how to choose one."""
    last = state.setup.n_agents - 1
    number = "" if state.agent == NOBODY else str(state.agent)
    entry = Entry("agent", f"Agent number (0 to {last})", number, numeric=True, low=0, high=last)
    if state.agent == NOBODY:
        hint = "Click an agent in the network, or type its number: who is it, what did it see?"
        return Group("card", "One agent", (Words("card_hint", hint, Tone.QUIET), entry))
    return Group(
        *("card", f"Agent {ensemble.world.network.called(state.agent)}"),
        (entry, Words("who", who(state, ensemble)), Words("fate", fate(state, ensemble)),
         *_table(state, ensemble)),
    )  # fmt: skip


def who(state: Explored, ensemble: Ensemble) -> str:
    """Return who an agent is, in a sentence."""
    group = state.setup.mix.groups[int(ensemble.world.rows[state.agent])]
    name = "" if group.name == group.profile.code else f"Group {group.name}. "
    degree = int(ensemble.world.network.degrees[state.agent])
    return f"{name}Profile {group.profile.code}: {group.profile.describe()}. {degree} neighbours."


def fate(state: Explored, ensemble: Ensemble) -> str:
    """Return what became of an agent, in a sentence."""
    history = ensemble.history(state.run)
    shared, heard = int(history.shared[state.agent]), int(history.heard[state.agent])
    if shared == 0:
        return "It is a seed agent: it shares from round 0 on."
    saw = f"It first saw a neighbour share in round {heard}" if heard != NEVER else ""
    if shared == NEVER:
        return f"{saw} and has not shared by round {history.rounds}." if saw else (
            f"No neighbour has shared by round {history.rounds}, so it never decided.")  # fmt: skip
    if not saw:
        return f"It met the event itself and shared in round {shared}."
    return f"{saw} and shared in round {shared}."


def _table(state: Explored, ensemble: Ensemble) -> tuple[Item, ...]:
    """Return every round in which the agent decided: the first ones, and the last."""
    rounds = looks(ensemble.world, ensemble.history(state.run), state.agent, state.run)
    if not rounds:
        return ()
    shown = rounds if len(rounds) <= _MOST else (*rounds[: _MOST - 1], rounds[-1])
    left = len(rounds) - len(shown)
    note = f" {left} rounds before the last are left out." if left else ""
    return (
        Table(
            "looks",
            "Every round in which it saw the news. Share probability: of that round, at that "
            f"exposure.{note}",
            ("Round", "Exposure", "Share probability", "Decision"),
            tuple(map(_row, shown)),
            (1, 2),
        ),
    )


def _row(look: Look) -> tuple[str, ...]:
    decided = "shares" if look.shares else "does not"
    return (str(look.round), str(look.exposure), f"{100 * look.chance:.1f} %", decided)


# One rate or two: the fits as a table, the test and its verdict in words.


_UNTESTED = "Press the button: the test makes hundreds of data sets in which all agents are alike."


def fits_rows(fits: Sequence[Fit], setup: Setup | None) -> tuple[tuple[str, ...], ...]:
    """Return a row for each estimate of each fit by likelihood."""
    likely = [fit for fit in fits if not fit.method.extra_parameters()]
    return tuple(
        (f"{row.fit.model.name}, {MIXING[row.fit.model.mixing.label]}", row.words,
         *page_cells(row), row.true_text, f"{100 * row.fit.rmse:.1f}")
        for row in fit_rows(likely, true_rates(setup))
    )  # fmt: skip


def fits_table(fits: Sequence[Fit], setup: Setup | None) -> Table:
    """Return the fits as a table of a page."""
    return Table(
        "fits",
        "Fitted by likelihood. Rates are hazards per contact and round, the source's per round; "
        "the last column says how far the fit lies from the runs (root mean square, points).",
        ("Model", "Estimate", "Value", "95 % interval", "True", "Misses by"),
        fits_rows(fits, setup),
        (2, 3, 4, 5),
    )


def fits_items(fits: Sequence[Fit], setup: Setup | None) -> tuple[Item, ...]:
    """Return the fits by likelihood as a table, and why some are not determined."""
    why = undetermined_words([fit for fit in fits if not fit.method.extra_parameters()])
    more = (Words("undetermined", why, Tone.QUIET),) if why else ()
    return (fits_table(fits, setup), *more)


def verdict_words(verdict: Verdict) -> Words:
    """Return the verdict in words."""
    return Words("verdict", verdict.words, Tone.NOTE, live=True)


def verdict_group(
    setup: Setup,
    fits: Sequence[Fit] | None,
    comparison: Comparison | None,
    testing: Progress | None,
    why_not: str,
) -> Item:
    """Return all of it: the table, the button, how far the test is, what it says."""
    if why_not:
        return Group("rates", "One rate or two?", (Words("no_fit", why_not, Tone.NOTE),))
    made = comparison.fits if comparison else fits
    items: list[Item] = [Words("rates_question", _question(setup), Tone.QUIET)]
    if comparison:
        items.append(verdict_words(comparison.verdict))
    elif testing:
        items += [testing, Button(RateTest.STOP, "Stop the test")]
    else:
        items += [
            Button(RateTest.BEGIN, "Test: one rate or two?", "Takes some seconds.", Tone.MAIN),
            Words("untested", _UNTESTED, Tone.QUIET),
        ]
    if made is None:
        items.append(Words("fitting", "Fitting the equations ...", Tone.QUIET))
    else:
        items += fits_items(made, setup)
    if why_none := no_equations(setup):
        items.append(Words("no_equations", why_none, Tone.QUIET))
    items.append(Words("true_rates", true_words(setup), Tone.QUIET))
    return Group("rates", "One rate or two?", tuple(items))


def _question(setup: Setup) -> str:
    return (
        "Does the curve need a second transmission rate, or does it only look so? "
        f"The runs: {setup.replicas}."
    )
