"""The Compare page as items: what one moves, what one sees, what comes of it."""

from __future__ import annotations

import numpy as np

from newswave.differing import Differences
from newswave.differing.words import HEADER, difference_rows, difference_words, footnote
from newswave.views.explorer.compare.drawn import layer_items
from newswave.views.explorer.compare.questions import QUESTIONS, Guess, question
from newswave.views.explorer.compare.state import Compared
from newswave.views.explorer.compare.taking import python_of, taking_row
from newswave.views.explorer.controls import items_for
from newswave.views.explorer.ensembles import Ensemble
from newswave.views.explorer.items import (
    Button,
    Choice,
    Code,
    Group,
    Item,
    Progress,
    Row,
    Table,
    Tone,
    Words,
)
from newswave.views.explorer.pictures import synthetic_words

_SAID = {
    Guess.A: "A is faster",
    Guess.B: "B is faster",
    Guess.SAME: "there is no difference that is more than luck",
}


def faster(found: Differences) -> Guess:
    """Return which one is faster: earlier at half, or further in the end where neither gets there.

    Examples
    --------
    >>> from newswave.differing import difference
    >>> from newswave.ensemble import simulate
    >>> from newswave.setups import Setup
    >>> curve = simulate(Setup(n_agents=100, n_seeds=2, rounds=30, replicas=10))
    >>> faster(difference(curve, curve))
    <Guess.SAME: 'no difference'>
    """
    stuck = found.half.missing == found.runs
    change = found.reach.change if stuck else found.half.change
    if not change.is_clear:
        return Guess.SAME
    return Guess.B if (change.value > 0) == stuck else Guess.A


def control_items(state: Compared) -> tuple[Item, ...]:
    """Return the controls: questions, then A's and B's own."""
    buttons = tuple(Button(f"compare_question:{one.key}", one.label, one.asks) for one in QUESTIONS)
    nothing = "" if state.past else "Nothing was changed yet."
    return (
        Group("compare_questions", "What if ...", (Row("compare_question_row", buttons),)),
        Group("compare_a", "Settings of A", items_for(state.a, "a_"), folded=True),
        Group("compare_b", "Settings of B", items_for(state.b, "b_"), folded=True),
        Row(
            "compare_both_row",
            (
                Button("compare_copy", "Copy A to B"),
                Button("compare_swap", "Swap A and B"),
                Button("compare_another_run", "Another run", "Other luck, in A and in B alike."),
            ),
        ),
        Row(
            "compare_back_row",
            (
                Button("compare_undo", "Undo", barred=nothing),
                Button("compare_start_over", "Start over"),
            ),
        ),
    )


def _prediction(state: Compared) -> Item:
    """Return the question that comes first, and what was predicted."""
    asked = question(state.asked)
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
    state: Compared, a: Ensemble, b: Ensemble, found: Differences | None
) -> tuple[Item, ...]:
    """Return what stands over the pictures: the prediction, what came of it, what one sees."""
    items: list[Item] = []
    label = synthetic_words(a.setup) or synthetic_words(b.setup)
    if label:
        items.append(Words("compare_synthetic", label, Tone.SYNTHETIC))
    items.append(_prediction(state))
    if state.is_shown and state.guess is not None:
        items.append(reply(state, found))
    if state.is_shown and found is not None:
        items.append(Words("compare_differ", difference_words(found), Tone.QUIET, live=True))
    told = now_words(state, a, b)
    items.append(Words("compare_now", told[state.round], rounds=told))
    return tuple(items)


def reply(state: Compared, found: Differences | None) -> Words:
    """Return whether the prediction was right, and why."""
    if found is None:
        return Words("compare_reply", "Comparing the runs ...", Tone.QUIET, live=True)
    truth = faster(found)
    right = state.guess is truth
    words = f"{'Right' if right else 'Not so'}: {_SAID[truth]}."
    asked = question(state.asked)
    if asked is not None and asked.expected is truth:
        words += f" {asked.why}"
    elif asked is not None:
        words += " With other values it may show: move the sliders of A, and ask again."
    return Words("compare_reply", words, Tone.GOOD if right else Tone.NOTE, live=True)


def now_words(state: Compared, a: Ensemble, b: Ensemble) -> tuple[str, ...]:
    """Return how far the shown runs are, a sentence for each round.

    Examples
    --------
    >>> from newswave.setups import Setup
    >>> from newswave.views.explorer.ensembles import ensemble
    >>> state = Compared.first(Setup(n_agents=100, n_seeds=2, rounds=10, replicas=4))
    >>> now_words(state, ensemble(state.a), ensemble(state.b))[0]
    'Round 0: in A 2.0 % of the agents have shared. B waits for your prediction.'
    """
    first, second = _shares(state, a), _shares(state, b)
    end = ", in B {}." if state.is_shown else ". B waits for your prediction."
    return tuple(
        f"Round {at}: in A {one} of the agents have shared{end.format(other)}"
        for at, (one, other) in enumerate(zip(first, second, strict=True))
    )


def _shares(state: Compared, side: Ensemble) -> list[str]:
    """Return the share of one side in every round of the page; after its last round it stays."""
    percent = 100 * side.history(state.run).counts / side.setup.n_agents
    shown = np.append(percent, np.full(state.rounds - side.setup.rounds, percent[-1]))
    return [f"{share:.1f} %" for share in shown.tolist()]


def report_items(
    state: Compared,
    sides: tuple[Ensemble, Ensemble],
    found: Differences | None,
    going: Progress | None,
    trouble: str,
) -> tuple[Item, ...]:
    """Return what comes of it: switches, the table, Python, files."""
    curves = Group("compare_curves", "Curves", layer_items(state, *sides))
    python = Code("compare_python", "The same in Python", python_of(state))
    take = Group("compare_take", "Take home", (taking_row(state, found), python), folded=True)
    if not state.is_shown:
        wait = Words("compare_wait", "Predict first: the numbers come with Show.", Tone.QUIET)
        return (curves, Group("compare_numbers", "B minus A", (wait,)), take)
    return (curves, _numbers(found, going, trouble), take)


def _numbers(found: Differences | None, going: Progress | None, trouble: str) -> Item:
    """Return the table of differences, or how far it is."""
    if trouble:
        return Group("compare_numbers", "B minus A", (Words("compare_no", trouble, Tone.NOTE),))
    if found is None:
        waiting = going or Words("compare_going", "Comparing ...", Tone.QUIET)
        return Group("compare_numbers", "B minus A", (waiting,))
    rows = difference_rows(found)
    table = Table("compare_table", _caption(found), HEADER, rows, tuple(range(1, len(HEADER))))
    notes = [footnote(found), found.rates.left_out, _NOTE]
    words = tuple(
        Words(f"compare_note_{at}", text, Tone.QUIET) for at, text in enumerate(notes) if text
    )
    return Group("compare_numbers", "B minus A", (table, *words))


_NOTE = (
    "One in twenty such intervals misses the true difference by luck, and several stand here: one "
    "that just leaves out 0 says little. Rates are fitted with the network-aware equations, as "
    "hazards per contact and round."
)


def _caption(found: Differences) -> str:
    networks = found.runs[0] // found.together
    how = (
        "paired: both had the same luck, so it drops out"
        if found.is_paired
        else "independent: each had luck of its own"
    )
    return (
        f"Means over {networks} networks of each, {found.together} runs on every one, {how}. "
        "The intervals hold the luck of networks, places and runs."
    )
