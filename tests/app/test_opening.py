"""The first visit: nothing is shown that is about to be asked, and what is said is computed."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from programs import PATIENCE

from newswave.app.cache import ensemble
from newswave.app.page import Button, Message, Words, check_keys, walk
from newswave.app.pages.explore import Explored, ExplorePage, Layer
from newswave.app.pages.opening import GUESSES, SCENES, Opening, after, right, shape
from newswave.app.pictures import Picture
from newswave.core.errors import BadValue
from newswave.core.setup import Setup

ON = Message("opening_next")


@pytest.fixture
def page() -> ExplorePage:
    return ExplorePage(is_first=True)


def picture(page: ExplorePage) -> Picture:
    [found] = page.shown().pictures
    return found


def said(page: ExplorePage) -> str:
    return " ".join(item.text for item in page.shown().seen if isinstance(item, Words))


def fitted(page: ExplorePage) -> None:
    """Wait until the equations are fitted."""
    news = threading.Event()
    end = page.watch(news.set)
    while page._fits is None:
        assert news.wait(PATIENCE)
        news.clear()
    end()


def test_the_first_picture_asks_and_tells_nothing_of_the_answer(page: ExplorePage) -> None:
    shown, view = picture(page), page.shown()
    assert shown.cast is not None
    assert shown.cast.n_agents == 40
    assert shown.rounds > 0
    assert (shown.lines, shown.bands, shown.gaps) == ((), (), ())
    assert (view.controls, view.report, view.legend) == ((), (), ())
    buttons = [i.label for i in walk(check_keys(view.items)) if isinstance(i, Button)]
    assert buttons == [*(one.label for one in GUESSES), "Full explorer"]
    words = f"{said(page)} {' '.join(buttons)}".split()
    assert len(words) <= 45  # with header, legend and player 60 at most
    assert page.shared == Explored()


@pytest.mark.parametrize("guess", range(len(GUESSES)))
def test_the_answer_plays_beside_the_prediction(page: ExplorePage, guess: int) -> None:
    run = ensemble(SCENES[0].setup).history(0).counts / 40
    page.receive(Message(f"opening_guess:{guess}"))
    assert page.plays == 1
    shown = picture(page)
    [line] = shown.lines
    assert np.array_equal(shown.run_fraction, run)
    assert line.fraction[[0, -1]] == pytest.approx(run[[0, -1]])
    off = np.abs(line.fraction - run)
    assert said(page).startswith("Right") == (guess == right(run))
    if off.max() > 0.1:
        assert shown.gaps[0].text == f"your prediction: {100 * off.max():.0f} points off"
        assert shown.gaps[0].round == off.argmax()


def test_an_s_is_the_right_prediction() -> None:
    run = ensemble(SCENES[0].setup).history(0).counts / 40
    assert GUESSES[right(run)].shape == "bent"
    assert run[-1] == 1
    steps = np.diff(run)
    third = len(steps) // 3
    assert steps[third:-third].mean() > 1.5 * max(steps[:third].mean(), steps[-third:].mean())


def test_it_ends_in_the_surprise_and_then_in_the_whole_explorer(page: ExplorePage) -> None:
    page.receive(Message("opening_guess:0"))
    page.receive(ON)
    curve = ensemble(Setup()).curve
    half = int(np.flatnonzero(curve.median >= 500)[0])
    assert picture(page).gaps[0].text == f"half of all by round {half}"
    assert said(page) == "1000 agents, 200 runs. 40 % share readily, the others hardly."
    page.receive(ON)
    fitted(page)
    lines = {line.key: line.fraction for line in picture(page).lines}
    assert lines.keys() == {"band", Layer.ONE_MIXED.value}
    assert "half by round" in picture(page).gaps[0].text
    page.receive(ON)
    [gap] = picture(page).gaps
    off, at = curve.gap(lines[Layer.ONE_MIXED])
    assert gap.text == f"one rate, well mixed: {100 * off:.0f} points off here. Why?"
    assert gap.round == at
    assert gap.ends == pytest.approx((lines[Layer.ONE_MIXED][at], curve.mean[at] / 1000))
    page.receive(ON)
    assert page.opening is None
    assert len(page.shown().controls) > 3
    assert page.state == Explored()


@pytest.mark.parametrize("act", [Message("opening_skip"), Message("opening_next")], ids=str)
def test_it_can_be_left_at_once_but_not_passed_unasked(page: ExplorePage, act: Message) -> None:
    page.receive(act)
    assert (page.opening is None) == (act.key == "opening_skip")
    assert bool(page.trouble) == (act.key == "opening_next")


def test_a_link_that_is_opened_ends_it(page: ExplorePage) -> None:
    page.open(Setup(n_agents=50, n_seeds=2))
    assert page.opening is None
    assert page.state.setup.n_agents == 50


def test_what_is_not_there_is_refused() -> None:
    for key in ("opening_guess:9", "opening_guess", "opening_fly"):
        with pytest.raises(BadValue):
            after(Opening(), Message(key))
    with pytest.raises(BadValue):
        after(Opening(guess=1), Message("opening_guess:0"))
    with pytest.raises(BadValue):
        Opening(len(SCENES))


@pytest.mark.parametrize("one", GUESSES, ids=lambda one: one.shape)
def test_a_prediction_never_falls(one: object) -> None:
    values = shape(one.shape, 0.1, 0.9, 10)  # type: ignore[attr-defined]
    assert (np.diff(values) >= 0).all()
