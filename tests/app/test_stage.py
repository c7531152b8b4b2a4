"""The stage: what Python tells it and hears from it, and what a reader sees and does in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import traitlets
from browsing import axe_violations, change, chromium, mount

from newswave.app import widgets as room
from newswave.app.widgets import Canvas, joined
from newswave.core.errors import BadValue

N, ROUNDS = 40, 20


def fractions(values: Any) -> bytes:
    return np.asarray(values, "<f4").tobytes()


def whole(values: Any, kind: str = "<i4") -> bytes:
    return np.asarray(values, kind).tobytes()


def ring(**other: Any) -> dict[str, Any]:
    """Two new agents share in every round, around a ring; the last four agents never do."""
    agents = np.arange(N)
    shared = np.where(agents < 36, agents // 2, -1)
    t = np.arange(ROUNDS + 1)
    run = np.minimum(2 * (t + 1), 36) / N
    line = {"key": "mean", "label": "mean", "colour": "blue", "dash": [], "width": 2.0}
    traits: dict[str, Any] = {name: Canvas.class_traits()[name].default() for name in room.SHOWN}
    traits |= {
        "n_agents": N,
        "rounds": ROUNDS,
        "links": whole([[i, (i + 1) % N] for i in range(N)], "<u2"),
        "classes": whole(agents % 2, "u1"),
        "class_names": ["outgoing", "reserved"],
        "shared": whole(shared),
        "heard": whole(np.maximum(shared - 1, -1)),
        "source": whole(np.where((agents > 1) & (agents < 36), agents - 2, -1)),
        "lines": [line | {"y": fractions(run**2)}],
        "bands": [
            {"label": "runs", "colour": "blue", "low": fractions(run / 2), "high": fractions(run)}
        ],
        "run_line": fractions(run),
        "words": {
            "title": "A ring",
            "network_label": "40 agents",
            "share": "share",
            "time": "round",
        },
        "theme": "light",
    }
    return traits | other


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


class Shown:
    """A stage on a page."""

    def __init__(self, browser: Any, options: dict[str, Any], traits: dict[str, Any]) -> None:
        size = options.pop("size", (1200, 800))
        view = {"width": size[0], "height": size[1]}
        self.page = browser.new_page(viewport=view, **options)
        esm, css = joined(*room.SCRIPTS), joined(*room.STYLES)
        self.errors = mount(self.page, esm, css, **traits)
        self.page.wait_for_function("document.querySelector('.nw-stage').dataset.painted")

    def frames(self, count: int = 3) -> None:
        """Let the browser draw some frames."""
        self.page.evaluate(
            "n => new Promise(r => { const f = () => n-- ? requestAnimationFrame(f) : r(); f(); })",
            count,
        )

    def rest(self) -> None:
        """Wait until nothing has been drawn for some frames."""
        before = ""
        while before != (before := self.data("frames")):
            self.frames()

    def data(self, name: str) -> str:
        return str(self.page.evaluate(f"document.querySelector('.nw-stage').dataset.{name}"))

    def until(self, test: str) -> None:
        """Wait for something that is said of `at`, the round that is shown."""
        self.page.wait_for_function(
            f"(() => {{ const at = +document.querySelector('.nw-stage').dataset.round;"
            f" return {test}; }})()"
        )

    def model(self, name: str) -> Any:
        return self.page.evaluate(f"window.model.get('{name}')")

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).text_content())

    def drawn(self, pane: str) -> str:
        """Give the picture of a pane, to be compared with another one."""
        return str(
            self.page.evaluate(f"document.querySelector('.nw-pane-{pane} canvas').toDataURL()")
        )

    def inks(self, pane: str) -> int:
        """How many pixels of a pane something is drawn on."""
        return int(
            self.page.evaluate(
                f"(() => {{ const c = document.querySelector('.nw-pane-{pane} canvas');"
                " const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
                " let n = 0; for (let i = 3; i < p.length; i += 4) n += p[i] > 0; return n; })()"
            )
        )

    def place(self, agent: int) -> tuple[float, float]:
        """Give about where an agent lies on the page: on the spiral of a sunflower."""
        box = self.page.locator(".nw-pane-network .nw-view").bounding_box()
        reach = 0.9 * min(box["width"], box["height"]) / 2
        angle, away = agent * math.pi * (3 - math.sqrt(5)), math.sqrt((agent + 0.5) / N)
        x, y = reach * away * math.cos(angle), reach * away * math.sin(angle)
        return box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y


@pytest.fixture
def show(browser: Any) -> Iterator[Any]:
    """Show stages, and afterwards see that none of them has made an error."""
    shown: list[Shown] = []

    def open_one(options: dict[str, Any] | None = None, **traits: Any) -> Shown:
        shown.append(Shown(browser, dict(options or {}), ring(**traits)))
        return shown[-1]

    yield open_one
    for one in shown:
        one.page.close()
        assert one.errors == []


def test_only_what_differs_is_set() -> None:
    stage = Canvas()
    stage.show(n_agents=3, shared=whole([0, 1, -1]), lines=[{"y": b"1234"}])
    told: list[str] = []
    stage.observe(lambda change: told.append(change["name"]))
    stage.show(n_agents=3, shared=whole([0, 1, -1]), lines=[{"y": b"1234"}], rounds=2)
    assert told == ["rounds"]


def test_the_learner_is_heard_and_python_is_not_its_own_echo() -> None:
    rounds: list[int] = []
    agents: list[int] = []
    stage = Canvas(rounds.append, agents.append)
    stage.show(n_agents=5, rounds=9, round=4, agent=2)
    assert (rounds, agents) == ([], [])
    stage.set_state({"round": 7, "agent": -1})
    assert (rounds, agents) == ([7], [-1])


def test_a_round_or_an_agent_that_is_not_there_is_not_passed_on() -> None:
    heard: list[int] = []
    stage = Canvas(heard.append, heard.append)
    stage.show(n_agents=5, rounds=9)
    for state in ({"round": 10}, {"round": -1}, {"agent": 5}, {"agent": -2}):
        stage.set_state(state)
    assert heard == []


def test_what_a_stage_cannot_show_is_refused() -> None:
    with pytest.raises(BadValue, match="A stage shows no such thing"):
        Canvas().show(colour="red")
    with pytest.raises(traitlets.TraitError):
        Canvas().show(class_names=["a", "b", "c", "d", "e"])
    with pytest.raises(traitlets.TraitError):
        Canvas().show(theme="blue")


def test_the_script_reads_every_trait_and_is_one_module() -> None:
    for name in room.SHOWN:
        assert f'"{name}"' in Canvas._esm, name
    assert Canvas._esm.rstrip().endswith("export default { render };")
    for name in room.SCRIPTS:
        assert joined(name).count("\n") <= 250, name


def test_both_pictures_are_drawn_and_change_with_the_round(show: Any) -> None:
    one = show()
    before = {pane: one.drawn(pane) for pane in ("network", "curve")}
    assert all(one.inks(pane) > 5000 for pane in before)
    change(one.page, round=12)
    one.until("at === 12")
    assert all(one.drawn(pane) != picture for pane, picture in before.items())
    assert one.text(".nw-status") == "Round 12 of 20: 26 of 40 agents have shared (65\u00a0%)"


def test_going_on_paints_what_starting_there_paints(show: Any) -> None:
    """Agents are painted over one by one on the way, and all afresh when a picture comes."""
    there, went = show(round=9), show(round=0)
    for _ in range(9):
        went.page.click(".nw-go-step")
    went.rest()
    colours = (
        "(() => { const c = document.querySelector('.nw-pane-network canvas');"
        " const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " const n = [0, 0, 0]; for (let i = 0; i < p.length; i += 4)"
        " for (let j = 0; j < 3; j += 1) n[j] += p[i + j]; return n; })()"
    )
    first, second = there.page.evaluate(colours), went.page.evaluate(colours)
    assert second == pytest.approx(first, rel=0.005)


def test_it_plays_pauses_and_then_rests(show: Any) -> None:
    one = show()
    play = one.page.get_by_role("button", name="Play", exact=True)
    play.click()
    one.until("at >= 3")
    one.page.get_by_role("button", name="Pause", exact=True).click()
    one.rest()
    at, frames = one.data("round"), one.data("frames")
    one.frames(5)
    assert (one.data("round"), one.data("frames")) == (at, frames)
    assert one.model("round") == int(at)


def test_the_end_is_reached_and_told_and_played_again(show: Any) -> None:
    one = show(round=ROUNDS - 2)
    one.page.locator(".nw-speed").select_option("20")
    one.page.click(".nw-go-play")
    one.until(f"at === {ROUNDS}")
    one.page.get_by_role("button", name="Play", exact=True).wait_for()
    assert one.model("round") == ROUNDS
    one.page.click(".nw-go-play")
    one.until(f"at > 0 && at < {ROUNDS}")


def test_playing_tells_the_round_a_few_times_a_second(show: Any) -> None:
    one = show()
    one.page.locator(".nw-speed").select_option("20")
    took = one.page.evaluate(
        "new Promise(r => { const s = document.querySelector('.nw-stage');"
        " const t = performance.now(); s.querySelector('.nw-go-play').click();"
        f" const f = () => +s.dataset.round === {ROUNDS} ? r(performance.now() - t)"
        " : requestAnimationFrame(f); f(); })"
    )
    one.rest()
    told = one.page.evaluate("window.model.saved.map((one) => one.round)")
    assert told[-1] == ROUNDS
    assert len(told) <= took / 1000 * 3 + 2


def test_the_slider_and_the_buttons_set_the_round(show: Any) -> None:
    one = show()
    slider = one.page.get_by_role("slider", name="Round")
    slider.fill("7")
    assert one.model("round") == 7
    one.until("at === 7")
    assert slider.get_attribute("aria-valuetext") == "round 7 of 20, 16 of 40 agents have shared"
    for button, expected in (("back", 6), ("start", 0), ("step", 1), ("end", ROUNDS)):
        one.page.click(f".nw-go-{button}")
        assert one.model("round") == expected


def test_keys_step_play_and_jump(show: Any) -> None:
    one = show({"reduced_motion": "reduce"}, has_transport=False)
    one.page.locator(".nw-pane-curve .nw-view").focus()
    for key, expected in (
        ("ArrowRight", 1),
        ("End", ROUNDS),
        ("ArrowLeft", ROUNDS - 1),
        ("Home", 0),
    ):
        one.page.keyboard.press(key)
        assert one.model("round") == expected
    one.page.keyboard.press(" ")
    one.until("at >= 2")


def test_dragging_on_the_curve_sets_the_round(show: Any) -> None:
    one = show()
    box = one.page.locator(".nw-pane-curve .nw-view").bounding_box()
    mouse, y = one.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, y)
    mouse.down()
    assert 8 <= one.model("round") <= 12
    mouse.move(box["x"] + box["width"] - 2, y)
    mouse.up()
    assert one.model("round") == ROUNDS
    mouse.move(box["x"] + 10, y)
    assert one.model("round") == ROUNDS


@pytest.mark.parametrize("agent", [0, 7, 23, 39])
def test_a_click_chooses_the_agent_under_it(show: Any, agent: int) -> None:
    one = show(round=ROUNDS)
    one.page.mouse.click(*one.place(agent))
    assert one.model("agent") == agent
    one.rest()
    assert one.text(".nw-picked").startswith(f"Agent {agent}, ")
    one.page.mouse.click(*one.place(agent))
    assert one.model("agent") == -1


def test_the_way_of_the_news_is_told(show: Any) -> None:
    one = show(round=ROUNDS, agent=7)
    assert one.text(".nw-picked") == (
        "Agent 7, reserved, shared in round 3; the news came by 1 → 3 → 5 → 7."
    )
    change(one.page, round=2)
    one.until("at === 2")
    assert one.text(".nw-picked") == (
        "Agent 7, reserved, sees the news since round 2, has not shared."
    )


def test_who_is_active_offline_has_a_plus_a_number_and_words(show: Any) -> None:
    """From round 5 on agents 0 and 9 are active: marked, counted in the legend, told of."""
    acting = np.zeros((ROUNDS + 1, N), bool)
    acting[5:, [0, 9]] = True
    stage = show(round=4, acting=np.packbits(acting, axis=1).tobytes())
    without = stage.drawn("network")
    legend = ".nw-pane-network .nw-legend"
    assert "active offline" in stage.text(legend)
    change(stage.page, round=5, agent=9)
    stage.rest()
    assert "2 are active offline" in stage.text(".nw-status")
    assert "is active offline" in stage.text(".nw-picked")
    change(stage.page, agent=-1)
    stage.rest()
    marked = stage.drawn("network")
    change(stage.page, acting=b"")
    stage.rest()
    assert stage.drawn("network") != marked != without
    assert "active offline" not in stage.text(legend)


def test_the_mouse_over_an_agent_shows_its_tale(show: Any) -> None:
    one = show(round=ROUNDS)
    one.page.mouse.move(*one.place(38))
    tip = one.page.locator(".nw-tip")
    tip.wait_for()
    assert tip.text_content() == "agent 38, outgoing, has not seen the news yet"
    one.page.mouse.move(5, 5)
    tip.wait_for(state="hidden")


def test_arrow_keys_choose_an_agent(show: Any) -> None:
    one = show(round=ROUNDS)
    one.page.locator(".nw-pane-network .nw-view").focus()
    one.page.keyboard.press("ArrowRight")
    assert one.text(".nw-unseen") == "agent 0, outgoing, shared at the start"
    one.page.keyboard.press("ArrowRight")
    assert one.model("agent") == -1
    one.page.keyboard.press("Enter")
    agent = one.model("agent")
    assert agent > 0
    (x, y), (x0, y0) = one.place(agent), one.place(0)
    assert x - x0 > abs(y - y0)
    assert one.text(".nw-unseen").startswith(f"agent {agent}, ")
    one.page.keyboard.press("Escape")
    assert one.model("agent") == -1
    assert one.model("round") == ROUNDS


def test_it_starts_by_itself_where_it_may(show: Any) -> None:
    show(autoplay=True).until("at >= 2")


def test_with_reduced_motion_it_shows_the_round_that_tells_most(show: Any) -> None:
    one = show({"reduced_motion": "reduce"}, autoplay=True)
    one.until("at === 9")
    one.rest()
    one.frames(5)
    assert one.data("round") == "9"
    assert one.page.get_by_role("button", name="Play", exact=True).count() == 1


def test_arrays_that_do_not_fit_do_no_harm(show: Any) -> None:
    one = show(round=15, agent=30)
    odd: list[dict[str, Any]] = [
        {"n_agents": 70},
        {"shared": whole([0, 1, 99])},
        {"links": whole([0, 69, 500, 2, 3], "<u2"), "source": whole([400, -7, 1])},
        {"run_line": fractions([0.1, math.nan, 0.5]), "lines": [{"y": b"123"}, {}]},
        {"bands": [{"label": "x", "low": fractions([0.1]), "high": b""}], "rounds": 40},
        {"classes": b"\xff" * 9, "class_names": []},
        {"n_agents": 0},
        {"n_agents": 5, "rounds": 3, "words": {}},
    ]
    for traits in odd:
        before = one.data("painted")
        change(one.page, **traits)
        if traits.keys() != {"words"}:
            one.page.wait_for_function(
                "p => document.querySelector('.nw-stage').dataset.painted !== p", arg=before
            )
    assert one.data("round") == "3"
    assert one.model("round") == 3


def test_new_data_are_painted_and_the_round_stays(show: Any) -> None:
    one = show(round=10)
    before, picture = one.data("painted"), one.drawn("network")
    change(one.page, shared=whole(np.arange(N) // 4), heard=whole(np.arange(N) // 5))
    one.page.wait_for_function(
        "p => document.querySelector('.nw-stage').dataset.painted !== p", arg=before
    )
    assert one.drawn("network") != picture
    assert one.data("round") == "10"
    change(one.page, rounds=6)
    one.until("at === 6")
    assert one.model("round") == 6


def test_lines_move_to_new_values_unless_motion_is_reduced(show: Any) -> None:
    line = {"key": "mean", "label": "", "colour": "red", "dash": [], "width": 3.0}
    for motion, moves in (("no-preference", True), ("reduce", False)):
        one = show({"reduced_motion": motion}, lines=[line | {"y": fractions([0] * 21)}])
        one.rest()
        before = int(one.data("frames"))
        change(one.page, lines=[line | {"y": fractions([1] * 21)}])
        one.rest()
        assert (int(one.data("frames")) - before > 1) is moves


def test_a_run_that_is_being_made_is_followed_until_one_looks_back(show: Any) -> None:
    one = show(live=True, rounds=3, round=3)
    change(one.page, rounds=4, run_line=fractions([0.1] * 5))
    one.until("at === 4")
    one.page.get_by_role("slider").fill("2")
    change(one.page, rounds=5)
    one.page.wait_for_function("document.querySelector('.nw-scrub').max === '5'")
    one.rest()
    assert one.data("round") == "2"


def test_its_own_round_coming_back_does_not_stop_it(show: Any) -> None:
    one = show()
    one.page.click(".nw-go-play")
    one.page.wait_for_function("window.model.saved.some((one) => one.round > 1)")
    told = one.page.evaluate("window.model.saved.at(-1).round")
    one.page.evaluate(
        "r => { window.model.state.round = r; window.model.fire('change:round'); }", told
    )
    one.until(f"at > {told + 2}")
    change(one.page, round=1)
    one.until("at === 1")
    assert one.page.get_by_role("button", name="Play", exact=True).count() == 1


def test_it_goes_along_with_another_picture_of_the_page(show: Any) -> None:
    """A few rounds on, the news is seen on its way there; further away it is there at once."""
    one = show()
    one.rest()
    for round_, moves in ((3, True), (15, False), (2, False)):
        before = int(one.data("frames"))
        change(one.page, round=round_)
        one.until(f"at === {round_}")
        one.rest()
        assert (int(one.data("frames")) - before > 2) is moves


def test_pieces_can_be_left_out(show: Any) -> None:
    one = show(has_network=False, has_transport=False)
    assert not one.page.locator(".nw-pane-network").is_visible()
    assert not one.page.get_by_role("slider").is_visible()
    assert one.inks("curve") > 5000


def test_text_is_text_and_synthetic_is_said_on_both(show: Any) -> None:
    evil = "<img src=x onerror=alert(1)>"
    words = {"title": evil, "rule": evil, "synthetic": evil, "network_label": "Agents"}
    one = show(words=words, class_names=[evil, "b"])
    assert one.page.locator("#part img").count() == 0
    assert one.text(".nw-stage-title") == evil
    assert one.page.locator(".nw-badge:visible").count() == 2
    label = one.page.locator(".nw-pane-network canvas").get_attribute("aria-label")
    assert label == f"Agents. {evil}"


def test_theme_auto_follows_the_reader(show: Any) -> None:
    one = show({"color_scheme": "dark"}, theme="auto")
    assert one.data("theme") == "dark"
    picture = one.drawn("curve")
    one.page.emulate_media(color_scheme="light")
    one.page.wait_for_function("document.querySelector('.nw-stage').dataset.theme === 'light'")
    one.rest()
    assert one.drawn("curve") != picture


def test_the_end_leaves_nothing_behind(show: Any) -> None:
    one = show(autoplay=True)
    one.page.evaluate("window.dispose()")
    one.frames()
    assert one.page.evaluate("window.model.heard.length") == 0
    assert one.page.locator(".nw-stage").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(show: Any, theme: str) -> None:
    one = show(theme=theme, round=8, agent=3, words=ring()["words"] | {"synthetic": "synthetic"})
    assert axe_violations(one.page) == []


def test_on_a_phone_nothing_overlaps_or_sticks_out(show: Any) -> None:
    words = dict.fromkeys(("title", "rule", "time"), "some longer words about the news " * 3)
    one = show({"size": (360, 2400)}, words=words | {"synthetic": "synthetic data, no model asked"})
    wide = one.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] == wide[1]
    parts = ".nw-stage-title, .nw-pane > *, .nw-status, .nw-transport"
    boxes = [b for p in one.page.locator(parts).all() if (b := p.bounding_box()) and b["height"]]
    assert len(boxes) >= 10
    for upper, lower in pairwise(boxes):
        assert upper["y"] + upper["height"] <= lower["y"] + 0.5
