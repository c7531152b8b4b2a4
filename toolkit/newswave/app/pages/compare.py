"""The Compare page: two setups side by side, a prediction first, then what lies between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from itertools import zip_longest
from typing import Any

from newswave.app.cache import Cost, Ensemble, check_size, ensemble, sampled
from newswave.app.controls import applied, degree_of, items_for
from newswave.app.downloads import Downloads, everything, table_csv
from newswave.app.jobs import JobQueue, PageJob
from newswave.app.links import setup_code
from newswave.app.page import (
    Button,
    Choice,
    Code,
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
from newswave.app.pictures import (
    TIME,
    Cast,
    Line,
    Picture,
    cast_words,
    ensemble_band,
    median_line,
    rule_words,
    synthetic_words,
)
from newswave.core.equivalents import average_person, same_contact_pressure
from newswave.core.errors import BadValue, NewswaveError, one_of
from newswave.core.law import Attention
from newswave.core.networks import RandomRegular
from newswave.core.population import Trait
from newswave.core.run_log import History
from newswave.core.setup import Setup
from newswave.core.version import __version__
from newswave.equations.differences import (
    NETWORKS,
    RUNS_EACH,
    Differences,
    RateChange,
    ReachChange,
    TimeChange,
    difference,
)
from newswave.equations.intervals import Change
from newswave.report.describe import true_rates
from newswave.report.style import Pen
from newswave.report.text import HEADER, difference_rows, difference_words, footnote


class Layer(StrEnum):
    """What can be laid over the common axes, for A and B at once."""

    BAND = "band"
    RUN = "run"
    THEORY = "theory"


class Guess(Enum):
    """What a learner can predict, and what can come of it."""

    A = "A"
    B = "B"
    SAME = "no difference"


@dataclass(frozen=True)
class Compared(RunsShown):
    """The Compare page as it stands."""

    a: Setup  # what is compared
    b: Setup
    asked: str = ""  # the key of the question that A and B come from; '' for a learner's own
    guess: Guess | None = None  # what the learner predicts
    is_shown: bool = True  # whether B's runs are to be seen, or still to be predicted
    layers: frozenset[str] = field(default=frozenset({Layer.BAND}), kw_only=True)

    def __post_init__(self) -> None:
        check_size(self.a)
        check_size(self.b)

    @classmethod
    def first(cls, setup: Setup | None = None) -> Compared:
        """Return the page as it opens: the first question, still to be answered."""
        first = next(iter(QUESTIONS.values()))
        a, b = first.pair(setup or Setup())
        return cls(a, b, asked=first.key, is_shown=False)

    @property
    def setups(self) -> tuple[Setup, ...]:
        """What is run."""
        return (self.a, self.b)

    @property
    def sides(self) -> tuple[tuple[str, Setup], ...]:
        """What is run, by name."""
        return (("a", self.a), ("b", self.b))

    def holding(self, setups: tuple[Setup, ...], **more: Any) -> Compared:
        """Return the page with other setups: a learner's own, so no question is left."""
        a, b = setups
        return replace(self, a=a, b=b, asked="", guess=None, **more)

    def started_over(self) -> Compared:
        """Return the page as it opens."""
        first = Compared.first()
        return replace(first, past=self.with_setups(*first.setups).past)

    def undone(self) -> Compared:
        """Return the page with the setups before these, both to be seen."""
        return replace(super().undone(), is_shown=True) if self.past else self

    def after(self, message: Message) -> Compared:
        """Return the page after a control was moved; what does not fit raises `BadValue`."""
        match message.kind:
            case "compare_question" if message.name in QUESTIONS:
                a, b = QUESTIONS[message.name].pair(self.a)
                return replace(self.with_setups(a, b)._hidden(), asked=message.name)
            case "compare_guess":
                guess = one_of("prediction", message.value, [guess.name for guess in Guess])
                return replace(self, guess=Guess[guess])
            case "compare_ask":
                return self._hidden()
            case "compare_show" if self.guess is None:
                raise BadValue("Predict first", allowed="A, B or no difference")
            case "compare_show":
                return replace(self, is_shown=True)
            case "compare_copy":
                return self.with_setups(self.a, self.a)
            case "compare_swap":
                return self.with_setups(self.b, self.a)
            case "layer":
                return replace(self, layers=message.switched(self.layers, Layer))
        match message.key.partition("_"):
            case "a", _, key:
                return self.with_setups(applied(self.a, key, message.value), self.b)
            case "b", _, key:
                return self.with_setups(self.a, applied(self.b, key, message.value))
        return super().after(message)

    def _hidden(self) -> Compared:
        """Return the page with B to be predicted."""
        return replace(self, guess=None, is_shown=False, round=0)


# Starting points of the Compare page: each asks one question of A by making a B of it.


@dataclass(frozen=True)
class Question:
    """One question."""

    key: str  # its name in messages and on its button
    label: str
    asks: str  # the question, and what B differs by, in words
    expected: Guess  # which one is faster
    why: str  # why that is so
    # B from A; None, or an error, where this A cannot be asked
    made: Callable[[Setup], Setup | None]

    def pair(self, setup: Setup) -> tuple[Setup, Setup]:
        """Return A and B: A is `setup` if the question can be asked of it, else the usual one."""
        for start in (setup, Setup(rounds=setup.rounds), Setup()):
            try:
                other = self.made(start)
            except NewswaveError:
                continue
            if other is not None:
                return start, other
        raise AssertionError(self.key)  # pragma: no cover


def _average(setup: Setup) -> Setup | None:
    return None if "rate" in true_rates(setup) else average_person(setup)


def _sparser(setup: Setup) -> Setup | None:
    """Return half the degree at the same contact pressure; three neighbours at least."""
    before = degree_of(setup)
    degree = max(3, before // 2)
    if not isinstance(setup.network, RandomRegular):
        degree += degree % 2
    return same_contact_pressure(setup, degree) if degree < before else None


def _attentive(setup: Setup) -> Setup | None:
    if setup.attention is Attention.NEW_EXPOSURE:
        return None
    return replace(setup, attention=Attention.NEW_EXPOSURE)


_MADE: dict[str, Callable[[Setup], Setup | None]] = {
    "average": _average,
    "pressure": _sparser,
    "attention": _attentive,
    "luck": lambda setup: replace(setup, seed=setup.seed + 1),
}

QUESTIONS = {
    one["key"]: Question(**(one | {"expected": Guess[one["expected"]], "made": _MADE[one["key"]]}))
    for one in content("compare")["questions"]
}
"""In the order of the page; the first is asked when it opens."""


# A and B as pictures: two networks at the same round, and both curves on the same axes.


@dataclass(frozen=True)
class _Style:
    """How one of the two is drawn: its letter, its band's colour, its lines."""

    name: str
    colour: str
    median: Pen
    run: Pen
    theory: Pen


_A = _Style("A", "blue", Pen("blue", (), 3.0), Pen("blue", (), 1.25), Pen("sky", (2, 3), 3))
_B = _Style(
    "B", "orange", Pen("red", (9, 4), 3.0), Pen("red", (9, 4), 1.25),
    Pen("orange", (2, 3), 3),
)  # fmt: skip


def pictures_of(state: Compared, a: Ensemble, b: Ensemble) -> tuple[Picture, ...]:
    """Return the three pictures; B waits at round 0 until the prediction is made."""
    return (
        _network(state, a, "A"),
        _network(state, b, "B", not state.is_shown),
        _curves(state, a, b),
    )


def _network(state: Compared, side: Ensemble, name: str, waits: bool = False) -> Picture:
    """Return the network of a run; while it waits its seed agents only, and no round to play."""
    history = side.history(state.run)
    title, lead, at = f"{name}: run {state.run + 1} of {side.setup.replicas}", name, state.round
    if waits:
        history = History.at_start(side.world, state.run)
        title, lead, at = f"{name}: predict, then press Show", f"{name}, still waiting", 0
    return Picture(
        title=title,
        has_transport=name == "A",
        rounds=history.rounds,
        cast=Cast.of(side.world, Trait.EXTRAVERSION, state.run),
        history=history,
        network_words=f"{lead}: {cast_words(side.setup, history, at)}",
        rule=rule_words(side.setup),
        time=TIME,
        synthetic=synthetic_words(side.setup),
    )


def _curves(state: Compared, a: Ensemble, b: Ensemble) -> Picture:
    sides = ((a, _A), (b, _B)) if state.is_shown else ((a, _A),)
    lines = tuple(line for runs, side in sides for line in _lines(state, runs, side))
    names = "; ".join(line.label for line in lines)
    bands = tuple(
        ensemble_band(runs.curve, f"{side.name}: 90 % of {runs.curve.runs} runs", side.colour)
        for runs, side in sides
        if Layer.BAND in state.layers and runs.curve.runs > 1
    )
    return Picture(
        has_transport=False,
        title="A and B on the same axes" if state.is_shown else "A alone: B is yours to predict",
        rounds=max(state.a.rounds, state.b.rounds),
        lines=lines,
        bands=bands,
        curve_words=f"Agents that have shared, by round. Lines: {names or 'none'}.",
        time=TIME,
        synthetic=synthetic_words(a.setup) or synthetic_words(b.setup),
    )


def _lines(state: Compared, runs: Ensemble, side: _Style) -> list[Line]:
    """Return the lines of one of the two that are switched on."""
    name, lines = side.name, []
    if Layer.BAND in state.layers:
        lines.append(median_line(runs.curve, f"{name}_median", f"{name}: median", side.median))
    if Layer.THEORY in state.layers and runs.predicted is not None:
        theory = next(t for t in runs.predicted.theories if t.key == "master")
        lines.append(Line(f"{name}_theory", f"{name}: theory", side.theory, theory.fraction))
    if Layer.RUN in state.layers or not lines:
        fraction = runs.curve.fraction[state.run]
        lines.append(Line(f"{name}_run", f"{name}: run {state.run + 1}", side.run, fraction))
    return lines


# The Compare page as items: what one moves, what one sees, what comes of it.


_GUESS_WORDS = {
    Guess.A: "A is faster",
    Guess.B: "B is faster",
    Guess.SAME: "there is no difference that is more than luck",
}


def faster(differences: Differences) -> Guess:
    """Return which is faster: earlier at half, or further in the end where none gets there."""
    stuck = differences.half.missing == differences.runs
    change = differences.reach.change if stuck else differences.half.change
    if not change.is_clear:
        return Guess.SAME
    return Guess.B if (change.value > 0) == stuck else Guess.A


def control_items(state: Compared) -> tuple[Item, ...]:
    """Return the controls: questions, then A's and B's own."""
    questions = tuple(
        Button(f"compare_question:{one.key}", one.label, one.asks) for one in QUESTIONS.values()
    )
    both = (
        Button("compare_copy", "Copy A to B"),
        Button("compare_swap", "Swap A and B"),
        Button("another_run", "Another run", "Other luck, in A and in B alike."),
    )
    return (
        Group("compare_questions", "What if ...", (Row("compare_question_row", questions),)),
        Group("compare_a", "Settings of A", items_for(state.a, "a_"), folded=True),
        Group("compare_b", "Settings of B", items_for(state.b, "b_"), folded=True),
        Row("compare_both_row", both),
        state.way_back,
    )


_LAYER_TEXTS = {
    Layer.BAND: (
        "Median and band of all runs",
        "The middle of the runs of A and of B, and the band in which 90 % of them lie.",
    ),
    Layer.RUN: ("The shown runs", "The runs that the two networks play."),
    Layer.THEORY: (
        "Network-aware theory",
        "What the agents' probabilities lead to on such networks, before any run. Nothing is "
        "fitted.",
    ),
}


def layer_items(state: Compared, a: Ensemble, b: Ensemble) -> tuple[Item, ...]:
    """Return the switches of the common axes."""
    barred = {Layer.THEORY: "" if a.predicted or b.predicted else a.why_no_theory}
    return tuple(
        Switch(f"layer:{key}", label, key in state.layers, help_, barred=barred.get(key, ""))
        for key, (label, help_) in _LAYER_TEXTS.items()
    )


def _prediction(state: Compared) -> Item:
    """Return the question that comes first, and what was predicted."""
    asked = QUESTIONS.get(state.asked)
    words = asked.asks if asked else "You made A and B. Which one is faster?"
    items: list[Item] = [Words("compare_asks", words)]
    if state.is_shown:
        items.append(Button("compare_ask", "Hide B and predict" + " again" * bool(state.guess)))
        title = f"You predicted: {state.guess.value}" if state.guess else "Your question"
        return Group("compare_prediction", title, tuple(items))
    options = tuple((guess.name, guess.value.capitalize()) for guess in Guess)
    value = state.guess.name if state.guess else ""
    help_ = "Faster: half of all agents have shared in an earlier round."
    items.append(Choice("compare_guess", "Which one is faster?", value, options, help_))
    barred = "" if state.guess else "Choose first."
    items.append(Button("compare_show", "Show", "Show B's runs.", Tone.MAIN, barred))
    return Group("compare_prediction", "Predict first", tuple(items))


def seen_items(
    state: Compared, a: Ensemble, b: Ensemble, differences: Differences | None
) -> tuple[Item, ...]:
    """Return what stands over the pictures: the prediction, what came of it, what one sees."""
    label = synthetic_words(a.setup) or synthetic_words(b.setup)
    differ = difference_words(differences) if state.is_shown and differences else ""
    texts = now_words(state, a, b)
    return (
        *remark("compare_synthetic", label, Tone.SYNTHETIC),
        _prediction(state),
        *((reply(state, differences),) if state.is_shown and state.guess is not None else ()),
        *remark("compare_differ", differ, Tone.QUIET, live=True),
        Words("compare_now", texts[state.round], rounds=texts),
    )


def reply(state: Compared, differences: Differences | None) -> Words:
    """Return whether the prediction was right, and why."""
    if differences is None:
        return Words("compare_reply", "Comparing the runs ...", Tone.QUIET, live=True)
    truth = faster(differences)
    right = state.guess is truth
    words = f"{'Right' if right else 'Not so'}: {_GUESS_WORDS[truth]}."
    asked = QUESTIONS.get(state.asked)
    if asked is not None and asked.expected is truth:
        words += f" {asked.why}"
    elif asked is not None:
        words += " With other values it may show: move the sliders of A, and ask again."
    return Words("compare_reply", words, Tone.GOOD if right else Tone.NOTE, live=True)


def now_words(state: Compared, a: Ensemble, b: Ensemble) -> tuple[str, ...]:
    """Return how far the shown runs are, a sentence for each round."""
    first, second = _shares(state, a), _shares(state, b)
    end = ", in B {}." if state.is_shown else ". B waits for your prediction."
    return tuple(
        f"Round {at}: in A {one} of the agents have shared{end.format(other)}"
        for at, (one, other) in enumerate(zip(first, second, strict=True))
    )


def _shares(state: Compared, side: Ensemble) -> list[str]:
    """Return the share of one side in every round of the page; after its last round it stays."""
    percent = (100 * side.history(state.run).counts / side.setup.n_agents).tolist()
    last = max(state.a.rounds, state.b.rounds)
    percent += [percent[-1]] * (last + 1 - len(percent))
    return [f"{share:.1f} %" for share in percent]


def report_items(
    state: Compared,
    sides: tuple[Ensemble, Ensemble],
    differences: Differences | None,
    going: Progress | None,
    trouble: str,
) -> tuple[Item, ...]:
    """Return what comes of it: switches, the table, Python, files."""
    curves = Group("compare_curves", "Curves", layer_items(state, *sides))
    python = Code("compare_python", "The same in Python", python_of(state))
    take = Group("compare_take", "Take home", (taking_row(state, differences), python), folded=True)
    if not state.is_shown:
        wait = Words("compare_wait", "Predict first: the numbers come with Show.", Tone.QUIET)
        return (curves, Group("compare_numbers", "B minus A", (wait,)), take)
    return (curves, _numbers(differences, going, trouble), take)


def _numbers(differences: Differences | None, going: Progress | None, trouble: str) -> Item:
    """Return the table of differences, or how far it is."""
    if trouble:
        return Group("compare_numbers", "B minus A", (Words("compare_no", trouble, Tone.NOTE),))
    if differences is None:
        waiting = going or Words("compare_going", "Comparing ...", Tone.QUIET)
        return Group("compare_numbers", "B minus A", (waiting,))
    rows = difference_rows(differences)
    table = Table(
        "compare_table", _caption(differences), HEADER, rows, tuple(range(1, len(HEADER)))
    )
    notes = [footnote(differences), differences.rates.left_out, _NOTE]
    words = tuple(
        Words(f"compare_note_{at}", text, Tone.QUIET) for at, text in enumerate(notes) if text
    )
    return Group("compare_numbers", "B minus A", (table, *words))


_NOTE = (
    "One in twenty such intervals misses the true difference by luck, and several stand here: one "
    "that just leaves out 0 says little. Rates are fitted with the network-aware equations, as "
    "hazards per contact and round."
)


def _caption(differences: Differences) -> str:
    networks = differences.runs[0] // differences.together
    how = (
        "paired: both had the same luck, so it drops out"
        if differences.is_paired
        else "independent: each had luck of its own"
    )
    return (
        f"Means over {networks} networks of each, {differences.together} runs on every one, {how}. "
        "The intervals hold the luck of networks, places and runs."
    )


# What can be taken home from the Compare page: the table, the curves, both setups, Python.


_NONE = math.nan
_STEM = "newswave-compare"
_HIDDEN = ("table", "curves", "b")
"""What is not given before B is shown."""


def taking_row(state: Compared, differences: Differences | None) -> Item:
    """Return the buttons that give a file."""
    wait = "" if state.is_shown else "Predict first."
    none = wait or ("" if differences else "Not compared yet.")
    buttons = (
        ("table", "Differences (CSV)", "", none),
        ("curves", "Curves (CSV)", "", wait),
        ("python", "Python (.py)", "Repeats the comparison.", ""),
        ("a", "All of A (ZIP)", "Setup, figures and numbers of A.", ""),
        ("b", "All of B (ZIP)", "Setup, figures and numbers of B.", wait),
    )
    return Row(
        "compare_take_row",
        tuple(
            Button(f"compare_take_{key}", label, help_, barred=barred)
            for key, label, help_, barred in buttons
        ),
    )


def file_of(key: str, state: Compared, differences: Differences | None) -> File:
    """Return the file of a button; one that cannot be made yet raises `BadValue`."""
    take = key.removeprefix("compare_take_")
    if take in _HIDDEN and not state.is_shown:
        raise BadValue("B is not shown yet", advice="Predict first")
    match take:
        case "table":
            if differences is None:
                raise BadValue("The two are not compared yet", advice="Wait a moment")
            return _file("-differences.csv", "text/csv", differences_csv(differences))
        case "curves":
            return _file("-curves.csv", "text/csv", curves_csv(state))
        case "python":
            text = f"# Written by newswave {__version__}\n{python_of(state)}\n"
            return _file("-python.py", "text/x-python", text)
        case "a" | "b":
            setup = state.a if take == "a" else state.b
            whole = everything(Downloads(ensemble(setup).curve, setup))
            return File(f"{_STEM}-{take}.zip", whole.kind, whole.content)
    raise Message(key).unknown()


def _file(ending: str, kind: str, text: str) -> File:
    return File(_STEM + ending, kind, text.encode("utf-8", "backslashreplace"))


def differences_csv(differences: Differences) -> str:
    """Return every difference as numbers: of A, of B, B minus A, its interval, its p-value.

    A ratio is B over A; what is not known is left empty.
    """
    header = ("measure", "a", "b", "difference", "low", "high", "p_value", "missing_a", "missing_b")
    rows: list[tuple[Any, ...]] = [
        (f"time to {100 * one.fraction:.0f} % (rounds)", *_sides(one), *one.missing)
        for one in differences.times
    ]
    rows.append((f"fraction by round {differences.last}", *_sides(differences.reach)))
    for rate in differences.rates.changes:
        name = f"{rate.model}: {rate.name.replace('_', ' ')}"
        rows.append((name, *_sides(rate)))
        if rate.ratio is not None:
            *logs, p_value = _ends(rate.ratio)
            rows.append((f"{name}, ratio", _NONE, _NONE, *map(math.exp, logs), p_value))
    return table_csv(header, (_filled(row, len(header)) for row in rows))


def _sides(found: TimeChange | ReachChange | RateChange) -> list[float]:
    return [found.one, found.other, *_ends(found.change)]


def _ends(change: Change) -> list[float]:
    """Return value, low, high and p; NaN for what is not known."""
    if change.interval is None:
        return [change.value, _NONE, _NONE, _NONE]
    return [change.value, change.interval.low, change.interval.high, change.p_value]


def _filled(cells: Sequence[Any], length: int) -> list[Any]:
    """Return a row of a table; what is not known is left empty."""
    return [*("" if cell != cell else cell for cell in cells), *[""] * (length - len(cells))]


def curves_csv(state: Compared) -> str:
    """Return median and central 90 % of the runs of A and B by round, as fractions."""
    columns: dict[str, list[float]] = {}
    for name, setup in zip("ab", state.setups, strict=True):
        curve = ensemble(setup).curve
        parts = zip(("median", "low", "high"), (curve.median, *curve.band()), strict=True)
        columns |= {f"{name}_{part}": (counts / curve.n_agents).tolist() for part, counts in parts}
    rows = zip_longest(*columns.values(), fillvalue=_NONE)
    header = ("round", *columns)
    return table_csv(header, (_filled((at, *row), len(header)) for at, row in enumerate(rows)))


def python_of(state: Compared) -> str:
    """Return lines of Python that repeat the comparison."""
    return "\n".join(
        [
            "import newswave as nw",
            "from newswave.equations.differences import difference",
            "from newswave.report.text import difference_words",
            "from newswave.equations.differences import RUNS_EACH, over_networks",
            "",
            f"a = {setup_code(state.a)}",
            f"b = {setup_code(state.b)}",
            "found = difference(over_networks(a), over_networks(b), together=RUNS_EACH)",
            "print(difference_words(found))",
            "for change in found.rates.changes:",
            "    print(change.model, change.name, change.one, change.other)",
        ]
    )


# The Compare page at work: two setups, their ensembles, and what lies between them.


COMPARING = JobQueue("newswave-comparing")
"""For the runs over many networks: some tenths of a second to a few seconds."""

MOST_COMPARED = 40_000_000_000
"""Steps of the runs over many networks, as in `costs`: about a quarter of a minute."""

TOO_LONG = (
    f"Running both settings on {NETWORKS} networks each takes too long here, so what lies between "
    "the curves is not told. Take fewer agents or neighbours, or another kind of network."
)


class ComparePage(Page):
    """The page that compares two setups."""

    def __init__(self, state: Compared | None = None) -> None:
        super().__init__()
        self.state = state or Compared.first()
        self._comparing = PageJob[Differences](self, COMPARING)
        self._differences: Differences | None = None
        self._why_not = ""
        self._compare()

    def handle(self, message: Message) -> File | None:
        """Do what a control asks for."""
        if message.key.startswith("compare_take_"):
            return file_of(message.key, self.state, self._differences)
        self._show(self.state.after(message))
        return None

    def open(self, a: Setup, b: Setup) -> None:
        """Show two setups: from another page."""
        self.attempt(lambda: self._show(replace(self.state.with_setups(a, b), is_shown=True)))

    def at_round(self, round_: int) -> None:
        """Take in which round the pictures show."""
        with self.lock:
            self.state = self.state.at(round_)
        self.changed()

    def view(self) -> View:
        """Return what the page shows now."""
        sides = ensemble(self.state.a), ensemble(self.state.b)
        return View(
            control_items(self.state),
            seen_items(self.state, *sides, self._differences),
            pictures_of(self.state, *sides),
            report_items(
                self.state, sides, self._differences, self._comparing.progress, self._why_not
            ),
        )

    def _show(self, state: Compared) -> None:
        """Show another state, once its runs are there."""
        before = self.state.setups
        for setup in state.setups:
            ensemble(setup)
        self.state = state
        if state.setups != before:
            self._compare()

    def _compare(self) -> None:
        """Compare the new setups; whoever comes later finds it there."""
        self._differences, self._why_not = None, ""
        a, b = self.state.a, self.state.b
        steps = sum(Cost.of(one, RUNS_EACH).dealing for one in (a, b))
        if NETWORKS * steps > MOST_COMPARED:
            self._comparing.stop()
            self._why_not = TOO_LONG
            return

        def work(tell: Callable[[Progress], None]) -> Differences:
            one = sampled(a, lambda done, _: tell(_progress(done)))
            other = sampled(b, lambda done, _: tell(_progress(NETWORKS + done)))
            return difference(one, other, together=RUNS_EACH)

        self._comparing.start(work, self._compared, _progress(0))

    def _compared(self, differences: Differences | None, trouble: str) -> None:
        self._differences, self._why_not = differences, trouble


def _progress(done: int) -> Progress:
    words = f"{done} of {2 * NETWORKS} networks run"
    return Progress("compare_going", "Comparing", done, 2 * NETWORKS, words)
