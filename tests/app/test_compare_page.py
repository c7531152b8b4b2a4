"""The Compare page: questions that come out as they say, a prediction first, numbers after."""

from __future__ import annotations

import contextlib
import csv
import io
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from programs import PATIENCE

import newswave as nw
from newswave.app.cache import ensemble
from newswave.app.page import Item, Message, Table, Tone, check_keys, walk
from newswave.app.pages.compare import (
    QUESTIONS,
    Compared,
    ComparePage,
    Guess,
    Layer,
    Question,
    faster,
    now_words,
    reply,
)
from newswave.core.equivalents import average_person
from newswave.core.errors import BadValue
from newswave.core.run_log import NEVER
from newswave.equations.differences import RUNS_EACH, Differences, difference, over_networks
from newswave.report.describe import SYNTHETIC
from newswave.report.text import HEADER

SMALL = nw.Setup(n_agents=200, n_seeds=4, rounds=30, replicas=20)


def compared(state: Compared) -> Differences:
    sides = (over_networks(setup) for setup in (state.a, state.b))
    return difference(*sides, together=RUNS_EACH)


def until(page: ComparePage, ready: Callable[[], bool]) -> None:
    """Wait until a page that works in the background has come so far."""
    come = threading.Event()

    def look() -> None:
        if ready():
            come.set()

    end = page.watch(look)
    look()
    assert come.wait(PATIENCE)
    end()


@pytest.fixture
def page() -> ComparePage:
    made = ComparePage(Compared.first(SMALL))
    until(made, lambda: made._differences is not None)
    return made


def items_of(page: ComparePage) -> dict[str, Item]:
    view = page.shown()
    return {item.key: item for item in walk(view.items)}


def after(state: Compared, key: str, value: object = None) -> Compared:
    return state.after(Message(key, value))


def show(page: ComparePage, guess: Guess = Guess.B) -> None:
    page.receive(Message("compare_guess", guess.name))
    page.receive(Message("compare_show"))


# Questions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=lambda one: one.key)
def test_a_question_comes_out_as_it_says(asked: Question) -> None:
    a, b = asked.pair(nw.Setup())
    assert a == nw.Setup()
    assert a != b
    found = compared(Compared(a, b))
    assert faster(found) is asked.expected
    said = reply(Compared(a, b, asked=asked.key, guess=asked.expected), found)
    assert said.text.startswith("Right: ")
    assert said.text.endswith(asked.why)
    assert said.tone is Tone.GOOD


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=lambda one: one.key)
@pytest.mark.parametrize(
    "setup",
    [
        nw.Setup(mix=nw.OneProfile(nw.PROFILES[0]), sharing=nw.SameForAll(0.05)),
        nw.Setup(mix=nw.IndependentTraits(), sharing=nw.ByTraits()),
        nw.Setup(network=nw.SmallWorld(6)),
        nw.Setup(network=nw.RandomRegular(3)),
        nw.Setup(attention=nw.Attention.NEW_EXPOSURE),
        nw.Setup(network=nw.Complete(), n_agents=50),
        replace(nw.Setup(), sharing=nw.synthetic_table()),
    ],
    ids=["alike", "traits", "small world", "three", "new exposure", "complete", "table"],
)
def test_a_question_can_be_asked_of_any_setup_or_starts_afresh(
    asked: Question, setup: nw.Setup
) -> None:
    a, b = asked.pair(setup)
    assert a != b
    if a != setup:
        assert a == nw.Setup()
    Compared(a, b)


def test_the_questions_make_what_they_say() -> None:
    a, b = QUESTIONS["pressure"].pair(nw.Setup())
    rates = [one.table(1).contact_rates() * one.network.degree for one in (a, b)]
    np.testing.assert_allclose(*rates, rtol=1e-12)
    assert b.network.degree == 4
    assert QUESTIONS["average"].pair(nw.Setup())[1] == average_person(nw.Setup())
    assert QUESTIONS["luck"].pair(nw.Setup())[1] == nw.Setup(seed=2)
    assert QUESTIONS["attention"].pair(nw.Setup())[1].attention is nw.Attention.NEW_EXPOSURE
    assert "none such" not in QUESTIONS


def test_an_answer_that_luck_hides_is_not_explained_away() -> None:
    asked = QUESTIONS["average"]
    found = compared(Compared(SMALL, SMALL))
    words = reply(Compared(SMALL, SMALL, asked=asked.key, guess=Guess.B), found)
    assert words.text.startswith("Not so: there is no difference")
    assert asked.why not in words.text
    own = reply(Compared(SMALL, SMALL, guess=Guess.SAME), found)
    assert own.text == "Right: there is no difference that is more than luck."


def test_faster_is_earlier_at_half_or_further_in_the_end() -> None:
    quick, slow = SMALL.with_degree(12), SMALL.with_degree(4)
    assert faster(compared(Compared(quick, slow))) is Guess.A
    assert faster(compared(Compared(slow, quick))) is Guess.B
    short = [replace(one, rounds=4) for one in (quick, slow)]
    found = compared(Compared(*short))
    assert found.half.missing == found.runs
    assert faster(found) is Guess.A


# State -------------------------------------------------------------------------------------------


def test_both_sides_have_their_own_controls() -> None:
    state = after(after(Compared(SMALL, SMALL), "a_n_seeds", 0), "b_degree", 0)
    assert (state.a.n_seeds, state.b.n_seeds) == (1, 4)
    assert (state.a.network.degree, state.b.network.degree) == (8, 2)
    swapped = after(state, "compare_swap")
    assert (swapped.a, swapped.b) == (state.b, state.a)
    assert after(swapped, "compare_copy").b == state.b
    assert swapped.undone().a == state.a
    assert state.undone().undone().undone() == Compared(SMALL, SMALL)


def test_moving_a_control_takes_the_prediction_back_and_keeps_b_open() -> None:
    state = after(after(Compared.first(SMALL), "compare_guess", "B"), "compare_show")
    moved = after(state, "b_degree", 0)
    assert (moved.guess, moved.asked, moved.is_shown) == (None, "", True)
    again = after(moved, "compare_ask")
    assert not again.is_shown
    assert not after(again, "compare_question:luck").is_shown


def test_run_round_and_layers() -> None:
    state = Compared(SMALL, replace(SMALL, replicas=3, rounds=50))
    for wanted in (1, 2, 0):
        state = after(state, "another_run")
        assert state.run == wanted
    assert state.at(99).round == 50
    assert state.at(-1).round == 0
    shown = after(state, "layer:theory", True)
    assert Layer.THEORY in shown.layers
    assert Layer.THEORY not in after(shown, "layer:theory", False).layers
    assert after(state, "start_over").a == nw.Setup()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("compare_show", None),
        ("compare_guess", "C"),
        ("compare_fly", None),
        ("layer:sky", True),
        ("layer:band", "on"),
        ("compare_question:none", None),
        ("c_degree", 1),
        ("degree", 1),
        ("a_fly", 1),
        ("b_degree", "x"),
    ],
)
def test_what_the_page_does_not_offer_is_refused(key: str, value: object) -> None:
    with pytest.raises(BadValue):
        after(Compared.first(SMALL), key, value)


# The page ----------------------------------------------------------------------------------------


def test_b_waits_until_the_learner_has_predicted(page: ComparePage) -> None:
    a, b, curves = page.shown().pictures
    assert a.rounds == 30
    assert b.rounds == 0
    assert b.history.shared.max() == 0
    assert int((b.history.shared == 0).sum()) == 4
    assert [line.label[0] for line in curves.lines] == ["A"]
    items = items_of(page)
    assert items["compare_show"].barred == "Choose first."
    assert items["compare_take_curves"].barred
    assert "compare_table" not in items
    assert "waits" in items["compare_now"].text
    page.receive(Message("compare_take_curves"))
    assert "not shown yet" in page.trouble


def test_after_show_the_page_says_whether_it_was_right_and_why(page: ComparePage) -> None:
    show(page, Guess.A)
    items = items_of(page)
    assert items["compare_prediction"].label == "You predicted: A"
    assert "compare_guess" not in items
    assert items["compare_reply"].text.startswith("Not so: B is faster.")
    assert QUESTIONS["average"].why in items["compare_reply"].text
    assert "rounds earlier than in A" in items["compare_differ"].text
    table = items["compare_table"]
    assert isinstance(table, Table)
    assert table.header == HEADER
    assert "25 networks of each, 8 runs on every one, paired" in table.caption
    a, b, curves = page.shown().pictures
    assert b.rounds == 30
    assert b.history.shared.max() > 0
    assert {line.label[0] for line in curves.lines} == {"A", "B"}
    assert a.history is ensemble(page.state.a).history(0)


def test_keys_are_there_once_and_every_picture_speaks(page: ComparePage) -> None:
    for _ in range(2):
        view = page.shown()
        check_keys(view.items)
        for picture in view.pictures:
            assert picture.title
            assert picture.network_words or picture.curve_words
        show(page)


def test_the_two_curves_differ_in_dash_and_colour(page: ComparePage) -> None:
    show(page)
    for name in ("run", "theory"):
        page.receive(Message(f"layer:{name}", True))
    lines = page.shown().pictures[2].lines
    assert [line.key for line in lines] == [
        *("A_median", "A_theory", "A_run", "B_median", "B_theory", "B_run")
    ]
    by_key = {line.key: line.stroke for line in lines}
    for name in ("median", "run", "theory"):
        assert by_key[f"A_{name}"].colour != by_key[f"B_{name}"].colour
    assert by_key["A_median"].dash != by_key["B_median"].dash
    for name in ("band", "run", "theory"):
        page.receive(Message(f"layer:{name}", False))
    assert [line.key for line in page.shown().pictures[2].lines] == ["A_run", "B_run"]


def test_all_stages_show_one_round(page: ComparePage) -> None:
    show(page)
    page.at_round(7)
    assert page.state.round == 7
    sides = [ensemble(setup) for setup in (page.state.a, page.state.b)]
    words = items_of(page)["compare_now"].text
    assert words == now_words(page.state, *sides)[page.state.round]
    for side in sides:
        shared = side.history(0).shared
        count = int(((shared != NEVER) & (shared <= 7)).sum())
        assert f"{count / 2:.1f} %" in words
    assert all("at round 7" in picture.network_words for picture in page.shown().pictures[:2])


def test_moving_a_slider_compares_anew(page: ComparePage) -> None:
    show(page)
    first = page._differences
    page.receive(Message("b_seed", 5))
    assert page._differences is not first
    until(page, lambda: page._differences is not None)
    assert not page._differences.is_paired
    caption = items_of(page)["compare_table"].caption
    assert "independent" in caption


def test_a_setup_that_is_too_large_changes_nothing(page: ComparePage) -> None:
    before = page.state
    large = replace(SMALL, n_agents=20_000, rounds=200, replicas=2000)
    page.open(large, SMALL)
    assert page.state is before
    assert "too large" in page.trouble
    page.open(SMALL, SMALL.with_degree(4))
    assert page.state.b.network.degree == 4
    assert page.trouble == ""


def test_who_leaves_stops_what_runs() -> None:
    page = ComparePage(Compared.first(replace(SMALL, seed=77)))
    page.close()
    assert page._comparing.progress is None


def test_errors_are_said_in_place_of_the_numbers(
    page: ComparePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BadValue("No such luck")

    show(page)
    monkeypatch.setattr("newswave.app.pages.compare.difference", fail)
    page.receive(Message("b_seed", 9))
    until(page, lambda: page._comparing.progress is None)
    assert items_of(page)["compare_no"].text == "No such luck."


def test_a_synthetic_table_is_called_so() -> None:
    table = replace(SMALL, sharing=nw.synthetic_table())
    page = ComparePage(Compared(SMALL, table))
    assert items_of(page)["compare_synthetic"].text == SYNTHETIC
    pictures = page.shown().pictures
    assert [picture.synthetic for picture in pictures] == ["", SYNTHETIC, SYNTHETIC]
    page.close()


# Take home ---------------------------------------------------------------------------------------


def test_the_table_goes_home_as_numbers(page: ComparePage) -> None:
    show(page)
    file = page.receive(Message("compare_take_table"))
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    half = page._differences.half
    [row] = [row for row in rows if row["measure"] == "time to 50 % (rounds)"]
    assert float(row["difference"]) == half.change.value
    assert float(row["low"]) == half.change.interval.low
    ratios = [row for row in rows if row["measure"].endswith("ratio")]
    assert float(ratios[0]["difference"]) == np.exp(page._differences.rates.changes[0].ratio.value)
    assert ratios[0]["a"] == ""


def test_the_curves_go_home_with_gaps_where_one_is_shorter() -> None:
    page = ComparePage(Compared(SMALL, replace(SMALL, rounds=20)))
    rows = list(
        csv.DictReader(io.StringIO(page.receive(Message("compare_take_curves")).content.decode()))
    )
    assert len(rows) == 31
    assert rows[20]["b_median"]
    assert rows[21]["b_median"] == ""
    assert float(rows[5]["a_median"]) == np.median(ensemble(SMALL).curve.fraction[:, 5])
    page.close()


def test_everything_of_a_goes_home(page: ComparePage) -> None:
    file = page.receive(Message("compare_take_a"))
    assert file.name == "newswave-compare-a.zip"
    with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
        [name] = [name for name in packed.namelist() if name.endswith("-setup.json")]
        assert nw.Setup.from_json(packed.read(name).decode()) == page.state.a


def test_the_lines_of_python_repeat_the_comparison(page: ComparePage) -> None:
    show(page)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(items_of(page)["compare_python"].text, {})
    assert said.getvalue().startswith(items_of(page)["compare_differ"].text)
    held = page.receive(Message("compare_take_python"))
    assert items_of(page)["compare_python"].text in held.content.decode()
