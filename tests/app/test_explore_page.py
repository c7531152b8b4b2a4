"""The Explore page without a browser: what acts do, what is said, what goes on behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import PATIENCE

from newswave.app.cache import ensemble
from newswave.app.jobs import SLOW, JobQueue
from newswave.app.links import setup_of
from newswave.app.page import (
    Button,
    Choice,
    Code,
    Entry,
    Message,
    Range,
    Switch,
    Table,
    Tone,
    Words,
    check_keys,
    trouble_words,
    walk,
)
from newswave.app.pages.explore import (
    FIRST_LAYERS,
    LAYER_TEXTS,
    NOBODY,
    PRESETS,
    Explored,
    ExplorePage,
    Layer,
    line_words,
    now_words,
    seen_item,
)
from newswave.app.pages.tour import RUNS, STEPS
from newswave.app.pictures import Line, median_line, shown_lines
from newswave.app.widgets import canvas_traits
from newswave.core.errors import BadValue
from newswave.core.law import Attention
from newswave.core.mesa_model import NewsModel
from newswave.core.networks import ScaleFree
from newswave.core.offline import Feedback
from newswave.core.run_log import NEVER
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.fit import fit
from newswave.equations.models import OneRate, OnNetwork
from newswave.report.figures import fit_key
from newswave.report.style import Pen

SMALL = Setup(n_agents=200, n_seeds=4, rounds=30, replicas=20)


@contextmanager
def waiting(page: ExplorePage, until: Callable[[], bool]) -> Iterator[None]:
    """Do something, then wait until something is so."""
    news = threading.Event()
    end = page.watch(news.set)
    yield
    for _ in range(10_000):
        if until():
            break
        assert news.wait(PATIENCE), "nothing changed any more"
        news.clear()
    end()


def fitted(state: Explored | None = None) -> ExplorePage:
    page = ExplorePage(state or Explored(SMALL))
    with waiting(page, lambda: page._fits is not None or bool(page._why_not)):
        pass
    return page


def texts(page: ExplorePage) -> str:
    view = page.shown()
    items = walk(view.items)
    return "\n".join(item.text for item in items if isinstance(item, Words))


def test_the_first_page_has_a_picture_at_once() -> None:
    page = ExplorePage()
    view = page.shown()
    [picture] = view.pictures
    assert picture.cast is not None
    assert picture.cast.n_agents == 1000
    assert {line.key for line in picture.lines} >= {"band", "master"}
    assert picture.bands
    assert "every round until they share" in texts(page)
    assert "round" in picture.time
    check_keys(view.items)


def test_the_picture_is_the_model_and_the_ensemble() -> None:
    page = fitted(Explored(SMALL, run=3))
    [picture] = page.shown().pictures
    model, curve = NewsModel(SMALL, run=3), simulate(SMALL)
    model.run_model()
    assert picture.history is not None
    assert np.array_equal(picture.history.shared, model.shared_round)
    assert np.array_equal(picture.run_fraction, curve.fraction[3])
    lines = {line.key: line.fraction for line in picture.lines}
    assert np.array_equal(lines["band"], np.median(curve.fraction, axis=0))
    page.receive(Message("layer:fit_one_rate_network", True))
    lines = {line.key: line.fraction for line in page.shown().pictures[0].lines}
    own = fit(curve, OneRate(OnNetwork(8)))
    assert np.array_equal(lines["fit_one_rate_network"], own.curve)


@pytest.mark.parametrize("layer", Layer)
def test_every_layer_can_be_switched(layer: Layer) -> None:
    page = fitted()
    for on in (False, True, False):
        page.receive(Message(f"layer:{layer.value}", on))
        assert page.trouble == ""
        keys = {line.key for line in page.shown().pictures[0].lines}
        shown = "run_1" if layer is Layer.SAMPLES else layer.value
        assert (shown in keys) is on
    switches = [item for item in walk(page.shown().legend) if isinstance(item, Switch)]
    assert [item.key for item in switches] == [f"layer:{one.value}" for one in LAYER_TEXTS]
    assert len({(s.stroke.dash, s.stroke.width) for s in switches if s.stroke}) > 4


def test_settings_and_luck_are_apart() -> None:
    page = fitted()
    before = page.shown().pictures[0]
    page.receive(Message("another_run"))
    after = page.shown().pictures[0]
    assert before.cast is not None
    assert after.cast is not None
    assert np.array_equal(before.cast.links, after.cast.links)
    assert np.array_equal(before.cast.classes, after.cast.classes)
    assert before.history is not None
    assert after.history is not None
    assert not np.array_equal(before.history.shared, after.history.shared)
    page.receive(Message("new_world"))
    other = page.shown().pictures[0]
    assert other.cast is not None
    assert not np.array_equal(after.cast.links, other.cast.links)


def test_a_slider_moves_few_of_the_same_agents() -> None:
    page = fitted()
    [share] = [i for i in walk(page.shown().controls) if i.key == "fast_fraction"]
    assert isinstance(share, Range)
    before = page.shown().pictures[0]
    page.receive(Message("fast_fraction", share.value + 1))
    after = page.shown().pictures[0]
    assert before.cast is not None
    assert after.cast is not None
    assert np.array_equal(before.cast.links, after.cast.links)
    moved = int((before.cast.classes != after.cast.classes).sum())
    assert moved == round(0.05 * SMALL.n_agents)


def test_undo_and_start_over_are_free() -> None:
    page = fitted()
    for key, value in (("degree", 1), ("n_seeds", 0), ("attention", "NEW_EXPOSURE")):
        page.receive(Message(key, value))
    assert page.state.setup.attention is Attention.NEW_EXPOSURE
    for _ in range(3):
        page.receive(Message("undo"))
    assert page.state.setup == SMALL
    [undo] = [i for i in walk(page.shown().controls) if i.key == "undo"]
    assert isinstance(undo, Button)
    assert undo.barred
    page.receive(Message("start_over"))
    assert page.state.setup == Setup()


@pytest.mark.parametrize("one", PRESETS.values(), ids=lambda one: one.key)
def test_every_starting_point_opens(one: object) -> None:
    page = fitted()
    page.receive(Message(f"preset:{one.key}"))  # type: ignore[attr-defined]
    assert page.trouble == ""
    assert page.state.setup == one.setup  # type: ignore[attr-defined]
    assert page.shown().pictures[0].lines


def test_the_card_tells_of_every_kind_of_agent() -> None:
    page = fitted()
    shared = ensemble(SMALL).history(0).shared
    cases = {
        int(np.argmax(shared == 0)): "It is a seed agent",
        int(np.argmax(shared > 1)): "first saw a neighbour share in round",
    }
    for agent, words in cases.items():
        page.choose(agent)
        assert words in texts(page)
    tables = [i for i in walk(page.shown().card) if isinstance(i, Table) and i.key == "looks"]
    assert tables[0].rows[-1][-1] == "shares"
    page.choose(NOBODY)
    assert "Click an agent" in texts(page)


def test_an_agent_that_nobody_told() -> None:
    setup = Setup(n_agents=50, n_seeds=1, rounds=1, replicas=2)
    page = fitted(Explored(setup))
    history = ensemble(setup).history(0)
    page.choose(int(np.argmax((history.shared == NEVER) & (history.heard == NEVER))))
    assert "it never decided" in texts(page)


def test_the_sentence_follows_the_round() -> None:
    page = fitted()
    counts = ensemble(SMALL).history(0).counts
    for at in (0, 5, 30):
        page.at_round(at)
        assert f"Round {at} of 30: {counts[at]} of 200 agents" in texts(page)
    page.at_round(10_000)
    assert page.state.round == 30


def test_feedback_shows_both_layers() -> None:
    """Who is active offline: a line of the runs and one of theory, words, and the canvas' marks."""
    setup = Setup(n_agents=200, rounds=30, replicas=20, feedback=Feedback(0.5, 0.2, 0.2))
    state = Explored(setup)
    runs = ensemble(setup)
    lines = shown_lines(runs.curve, state.layers, runs.predicted.theories, ())
    assert {"active", "active_master"} <= {line.key for line in lines}
    plain = shown_lines(ensemble(SMALL).curve, state.layers)
    assert "active" not in {line.key for line in plain}
    history = runs.history(0)
    many = int(history.active[7].sum())  # type: ignore[index]
    assert now_words(state, runs)[7].endswith(f"{many} are active offline.")
    assert "at once are active offline, in round" in seen_item(runs, lines).text
    told = canvas_traits(ExplorePage(state).shown().pictures[0])["acting"]
    bits = np.unpackbits(np.frombuffer(told, np.uint8).reshape(31, -1), axis=1)[:, :200]
    assert np.array_equal(bits.astype(bool), history.active)  # type: ignore[arg-type]


def test_where_there_is_no_theory_it_says_so() -> None:
    page = fitted(Explored(Setup(n_agents=100, network=ScaleFree(4), rounds=20, replicas=10)))
    switches = [i for i in walk(page.shown().legend) if isinstance(i, Switch)]
    [master] = [s for s in switches if s.key == "layer:master"]
    assert "No theory is drawn" in master.barred
    assert "master" not in {line.key for line in page.shown().pictures[0].lines}


def test_the_test_gives_the_verdict_of_compare() -> None:
    page = fitted()
    with waiting(page, lambda: page._comparison is not None or bool(page.trouble)):
        page.receive(Message("test"))
    assert "Two rates" in texts(page)
    [table] = [i for i in walk(page.shown().report) if isinstance(i, Table) and i.key == "fits"]
    assert all("after the test" not in row for row in table.rows)


def test_moving_on_ends_the_test() -> None:
    page = fitted()
    page.receive(Message("test"))
    page.receive(Message("n_seeds", 0))
    with waiting(page, lambda: page._fits is not None):
        pass
    assert page._testing.progress is None
    assert page._comparison is None
    page.receive(Message("test"))
    page.receive(Message("stop_test"))
    assert page._testing.progress is None


def test_who_waits_for_the_tests_of_others_is_told() -> None:
    begun, gate = threading.Event(), threading.Event()
    SLOW.request("gate", lambda: (begun.set(), gate.wait(PATIENCE), None)[-1])
    assert begun.wait(PATIENCE)
    first, second = fitted(), fitted()
    for page in (first, second):
        page.receive(Message("test"))
    shown = [
        [i.text for i in walk(d.shown().report) if i.key == "testing"] for d in (first, second)
    ]
    assert shown == [["making data sets"], ["1 tests of others come first"]]
    for page in (first, second):
        page.close()
    gate.set()


def test_a_curve_that_nothing_fits_says_why() -> None:
    setup = Setup(n_agents=50, n_seeds=50, rounds=5, replicas=3)
    page = fitted(Explored(setup))
    assert "fitting" not in {i.key for i in walk(page.shown().report)}
    assert page._why_not
    assert page._why_not in texts(page)


@pytest.mark.parametrize(
    "act",
    [
        Message("nothing"),
        Message("layer:none", True),
        Message("layer:band", "yes"),
        Message("preset:none"),
        Message("agent", 10_000),
        Message("agent", "x"),
        Message("trait", "height"),
        Message("degree", None),
        Message("degree", {"a": 1}),
    ],
    ids=str,
)
def test_an_act_that_makes_no_sense_changes_nothing(act: Message) -> None:
    page = fitted()
    before = page.state
    page.receive(act)
    assert page.state == before
    assert page.trouble
    assert page.shown().seen[0].key == "trouble"
    page.receive(Message("another_run"))
    assert page.trouble == ""


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 200)), max_size=12))
@settings(max_examples=15, deadline=None)
def test_any_acts_leave_a_page_that_shows_itself(moves: list[tuple[int, int]]) -> None:
    page = ExplorePage(Explored(Setup(n_agents=50, n_seeds=2, rounds=10, replicas=4)))
    for which, value in moves:
        view = page.shown()
        items = walk(view.items)
        keyed = [i for i in items if isinstance(i, Range | Choice | Switch | Button | Entry)]
        item = keyed[which % len(keyed)]
        match item:
            case Range():
                act = Message(item.key, value % int(item.high + 1))
            case Choice():
                act = Message(item.key, item.options[value % len(item.options)][0])
            case Switch():
                act = Message(item.key, not item.value)
            case Entry():
                act = Message(item.key, str(value % (item.high + 1)))
            case Button() if item.barred or item.key.startswith(("test", "start_over", "preset")):
                continue
            case _:
                act = Message(item.key)
        page.receive(act)
        assert page.trouble == "", act
    assert page.shown().pictures


def test_a_page_that_fails_says_so_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    page = fitted()

    def broken() -> None:
        raise ZeroDivisionError("secret path")

    monkeypatch.setattr(page, "view", broken)
    [words] = page.shown().seen
    assert isinstance(words, Words)
    assert words.tone is Tone.ERROR
    assert "ZeroDivisionError" in words.text
    assert "secret" not in words.text


def test_while_the_tour_asks_nothing_on_the_page_tells_the_answer() -> None:
    page = ExplorePage()
    page.receive(Message("tour_restart"))
    for step in STEPS:
        view = page.shown()
        assert [item.key for item in view.controls] == ["wait"]
        assert [item.key for item in view.report] == ["wait_too"]
        assert {item.key for item in view.seen} <= {"tour", "seen_now"}
        [picture] = view.pictures
        if step.shows_before:
            assert page.state.setup == step.before != step.after or step.layers != RUNS
            assert [line.key for line in picture.lines] == ["band"]
        else:
            assert (picture.rounds, picture.lines, picture.bands) == (0, (), ())
        page.receive(Message(f"tour_answer:{step.right}"))
        assert len(page.shown().controls) > 3
        assert page.shown().pictures[0].rounds == step.after.rounds
        page.receive(Message("tour_next"))
    assert page.tour.is_over


def test_files_and_the_link_repeat_what_is_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = fitted(Explored(SMALL, run=2))
    file = page.receive(Message("take.setup_json"))
    assert file is not None
    assert Setup.from_json(file.content.decode()) == SMALL
    lines = page.receive(Message("take.python"))
    assert lines is not None
    told: dict[str, object] = {}
    exec(lines.content.decode(), told)
    assert np.array_equal(told["curve"].counts, simulate(SMALL).counts)  # type: ignore[attr-defined]
    [link] = [i for i in walk(page.shown().report) if isinstance(i, Code) and i.key == "take.link"]
    linked = setup_of(link.text)
    assert (linked.setup, linked.run) == (SMALL, 2)
    assert page.receive(Message("take.nothing")) is None


def test_too_large_a_setup_is_refused_and_changes_nothing() -> None:
    page = fitted()
    page.open(Setup(n_agents=1_000_000))
    assert "too large for the page" in texts(page)
    assert page.state.setup == SMALL
    with pytest.raises(BadValue, match="too large"):
        Explored(Setup(n_agents=50_000))


def test_a_linked_run_that_does_not_exist_is_refused() -> None:
    page = fitted()
    page.open(SMALL, run=99)
    assert "run" in page.trouble
    assert page.state.run == 0


def test_the_gap_is_the_largest() -> None:
    page = fitted()
    held = ensemble(page.state.setup)
    [picture] = page.shown().pictures
    [line] = [line for line in picture.lines if line.key == fit_key("one rate", "well-mixed")]
    gap, at = held.curve.gap(line.fraction)
    assert gap == abs(line.fraction[at] - held.curve.mean[at] / 200)
    assert f"by up to {100 * gap:.1f} points (round {at})" in texts(page)


@pytest.mark.parametrize(("off", "words"), [(0.0204, "Within 2 points"), (0.023, "to 2.3 points")])
def test_no_line_is_both_within_two_points_and_off_by_two(off: float, words: str) -> None:
    held = ensemble(SMALL)
    line = Line("fit_one_rate_network", "one rate", Pen("ink"), held.curve.mean / 200 + off)
    assert words in line_words(held, [line])


def test_the_first_layers_are_few() -> None:
    assert len(FIRST_LAYERS) == 4
    assert "nothing" not in PRESETS


def test_errands_do_the_newest_wish_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = JobQueue("test")
    gate, begun, done = threading.Event(), threading.Event(), threading.Event()
    seen: list[str] = []

    def first() -> None:
        begun.set()
        gate.wait(PATIENCE)

    requests.request("first", first)
    assert begun.wait(PATIENCE)
    requests.request("a", lambda: seen.append("a old"))
    requests.request("b", lambda: seen.append("b"))
    requests.request("a", lambda: seen.append("a new"))
    requests.request("c", lambda: seen.append("c"))
    requests.forget("c")
    requests.request("late", lambda: seen.append("late"), delay=PATIENCE)
    requests.request("last", done.set)
    assert requests.ahead("b") == 0
    assert requests.ahead("a") == 1
    assert requests.ahead("nobody") == 0
    gate.set()
    assert done.wait(PATIENCE)
    assert seen == ["b", "a new"]

    def none(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none)
    JobQueue("browser").request("x", lambda: seen.append("at once"))
    assert seen[-1] == "at once"


def test_trouble_is_told_without_a_traceback() -> None:
    assert "Given: 3" in trouble_words(BadValue("It does not fit", given=3))
    assert "Traceback" not in trouble_words(RuntimeError("x"))


def test_few_seeds_are_said_where_theory_is_drawn() -> None:
    held = ensemble(Setup(n_agents=100, n_seeds=1, rounds=10, replicas=4))
    assert held.predicted is not None
    theory = median_line(held.curve, "master", "theory", Pen("green", (), 3.0))
    assert "Theory is about many seeds; here one agent starts" in seen_item(held, [theory]).text
    assert "many seeds" not in seen_item(held, []).text
    many = ensemble(Setup(n_agents=100, n_seeds=20, rounds=10, replicas=4))
    assert "many seeds" not in seen_item(many, [theory]).text
