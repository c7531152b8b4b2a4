"""The whole explorer in a browser: the real app, every page, all that a learner does there."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from browsing import axe_violations, chromium
from visiting import DESKTOP, MARKS, OPEN_FOLDS, PATIENCE, PHONE, Relay, Visit, app

import newswave as nw
from newswave.app.pages.data import LARGEST
from newswave.core.setup import Setup
from newswave.llm.fake_ollama import faults
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn

SMALL = "?agents=100&degree=4&seeds=2&rounds=20&runs=20&seed=3"
EXAMPLES = Path(nw.__file__).parent / "data" / "examples"
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script><b id=bold>bold</b>"

# Each does nothing where the run is there already, as it may be: it plays by itself.
PAUSE = "el => el.querySelector('[aria-label=Pause]')?.click()"
TO_THE_START = "el => el.querySelector('[aria-label=\"Back to the start\"]').click()"
TO_THE_END = "el => el.querySelector('[aria-label=\"To the end\"]').click()"

Opened = Callable[..., Visit]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of an app that runs while this file's tests do."""
    with app(tmp_path_factory.mktemp("app")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Opened]:
    """Give a way to open the app as somebody who was there before; nothing may go wrong in it."""
    opened: list[Visit] = []

    def make(
        path: str = "",
        at: str = address,
        first: bool = False,
        before: Callable[[Any], None] = lambda _: None,
        **how: Any,
    ) -> Visit:
        context = browser.new_context(**{"viewport": DESKTOP, **how})
        context.set_default_timeout(500 * PATIENCE)
        before(context)
        opened.append(Visit(context, at + path, first))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
        one.page.context.close()


def keys(visit: Visit, kind: str, inside: str = "") -> list[str]:
    """Return the keys of the items of a kind that are shown and do something."""
    found = visit.page.locator(f"{inside} [data-kind={kind}]").evaluate_all(
        "els => els.filter(el => !el.querySelector('[aria-disabled=true]'))"
        ".map(el => el.dataset.key)"
    )
    return list(found)


def table(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file that is one."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


# The page Explore


def test_the_first_visit_asks_plays_the_answer_and_ends_in_the_explorer(visit: Opened) -> None:
    here = visit(first=True)
    here.until("at > 0")
    assert here.page.locator(".nw-splash").count() == 0
    assert here.page.locator(".nw-pane-curve").is_hidden()
    words = here.page.locator(".nw-app").inner_text().split()
    assert len([word for word in words if any(map(str.isalpha, word))]) <= 60
    controls = here.page.locator(":is(button, select, input, summary, a):visible")
    assert controls.count() <= 8
    before = here.painted()
    here.press("opening_guess:0")
    here.item("opening_reply").wait_for()
    here.repainted(before)
    assert here.page.locator(".nw-pane-curve").is_visible()
    for agents in ("1000 agents", "One equation", "it misses both"):
        here.press("opening_next")
        here.becomes("opening_text", agents)
    here.press("opening_next")
    here.item("layers").wait_for()
    here.press("tour_restart")
    here.becomes("tour", "Tour, 1 of")
    before = here.painted()
    here.page.locator("[data-key^='tour_answer:']").get_by_role("button").first.press("Enter")
    here.item("tour_reply").wait_for()
    here.repainted(before)
    here.press("tour_next")
    here.becomes("tour", "Tour, 2 of")
    here.press("tour_back")
    here.becomes("tour", "Tour, 1 of")
    here.press("tour_skip")
    here.item("tour").wait_for(state="detached")


def test_the_first_visit_comes_once(visit: Opened) -> None:
    here = visit(first=True)
    here.item("opening").wait_for()
    here.press("opening_skip")
    here.item("layers").wait_for()
    here.page.reload()
    here.item("layers").wait_for()
    assert here.item("opening").count() == 0


def test_the_run_is_played_stopped_and_gone_through(visit: Opened) -> None:
    here = visit()
    here.until("at > 0")
    play = here.page.get_by_role("group", name="Playback")
    play.evaluate(PAUSE)  # on a busy machine the run may be over
    play.get_by_role("button", name="Play").wait_for()
    play.evaluate(TO_THE_START)
    here.until("at === 0")
    play.get_by_role("button", name="One round on").click()
    here.until("at === 1")
    play.get_by_role("button", name="One round back").press("Enter")
    here.until("at === 0")
    play.get_by_role("button", name="To the end").click()
    last = float(play.get_by_role("slider", name="Round", exact=True).get_attribute("max"))
    here.until(f"at === {last}")
    play.get_by_role("slider", name="Round", exact=True).press("ArrowLeft")
    here.until(f"at === {last - 1}")
    here.becomes("seen_now", f"^Round {last - 1:.0f} of {last:.0f}:")
    play.get_by_role("button", name="Back to the start").click()
    here.until("at === 0")
    play.get_by_role("combobox", name="Speed").select_option("20")
    play.get_by_role("button", name="Play").click()
    here.until("at > 2")


def test_an_agent_is_chosen_in_the_network_or_by_its_number(visit: Opened) -> None:
    here = visit(SMALL)
    here.painted()
    network = here.stage().locator(".nw-pane-network .nw-view")
    network.scroll_into_view_if_needed()
    box = network.bounding_box()
    network.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    here.becomes("card", r"^Agent \d")
    number = here.item("agent").locator("input").input_value()
    assert number.isdecimal()
    assert f"Agent {number}" in here.text("card")
    other = "7" if number != "7" else "8"
    here.enter("agent", other)
    here.becomes("card", f"Agent {other}")
    network.scroll_into_view_if_needed()
    here.stage().locator(".nw-picked").filter(has_text=f"gent {other}").wait_for()
    network.press("Escape")
    here.item("card_hint").wait_for()


def test_every_slider_moves_by_keyboard_and_changes_the_picture(visit: Opened) -> None:
    here = visit(SMALL)
    sliders = keys(here, "Range")
    assert len(sliders) >= 9
    for key in sliders:
        before = here.painted()
        was, now = here.move(key)
        assert was != now, key
        here.repainted(before)
    assert here.item("trouble").count() == 0


def test_every_choice_switch_and_field_is_taken_in(visit: Opened) -> None:
    here = visit(SMALL)
    for key in keys(here, "Switch"):
        switch = here.reach(key).get_by_role("switch")
        was, before = switch.is_checked(), here.painted()
        switch.press("Space")
        assert switch.is_checked() is not was
        here.repainted(before)
    chosen = 0
    for key in keys(here, "Choice"):
        options = (
            here.item(key)
            .locator("option, input[type=radio]")
            .evaluate_all("els => els.map(el => el.value)")
        )
        for value in options[1:3]:
            here.choose(key, value)
            here.until(
                f"[...document.querySelectorAll(\"[data-key='{key}'] :is(select, input:checked)\")]"
                f".every(el => el.value === '{value}')"
            )
            chosen += 1
    assert chosen >= 6
    here.enter("seed", "41")
    here.becomes("luck", "seed 41")
    assert here.item("trouble").count() == 0


def test_starting_points_luck_undo_and_start_over(visit: Opened) -> None:
    here = visit(SMALL)
    link = link_of(here)
    for key in keys(here, "Button", "[data-key=presets]"):
        before = here.painted()
        here.press(key)
        here.repainted(before)
    here.press("another_run")
    here.becomes("luck", "run 2 of")
    here.press("new_world")
    here.becomes("luck", "seed 2")
    here.press("undo")
    here.becomes("luck", "seed 1")
    assert link_of(here) != link
    for _ in keys(here, "Button", "[data-key=presets]"):
        here.press("undo")
    here.page.get_by_text(re.compile(f"^{re.escape(link)}&run=1$")).wait_for(state="attached")
    here.press("undo")  # before the link was opened
    here.page.locator("[data-key=undo] [aria-disabled=true]").wait_for()
    here.press("start_over")
    here.becomes("luck", "run 1 of 200, seed 1")


@pytest.mark.parametrize("tab", [tab for tab in MARKS if tab != "Glossary"])
def test_every_question_mark_says_something(visit: Opened, tab: str) -> None:
    here = visit(SMALL)
    here.go(tab)
    pressed: set[str] = set()
    # The marks are listed anew after each: a page that is still being computed changes its items.
    while left := [one for one in notes_of_help(here) if one not in pressed]:
        button = here.page.locator(f"[aria-controls='{left[0]}']")
        button.evaluate(OPEN_FOLDS)
        button.press("Enter")
        note = here.page.locator(f"#{left[0]}")
        assert note.is_visible()
        assert len(str(note.text_content())) > 10
        assert button.get_attribute("aria-expanded") == "true"
        pressed.add(left[0])
    assert len(pressed) >= 3
    assert here.wide() == []


def notes_of_help(here: Visit) -> list[str]:
    """Return the ids of what the question marks of a page open."""
    marks = here.page.locator(".nw-help[aria-label]")
    return list(marks.evaluate_all("els => els.map(el => el.getAttribute('aria-controls'))"))


def test_every_file_of_explore_is_sound_and_the_program_gives_the_same_counts(
    visit: Opened, tmp_path: Path
) -> None:
    here = visit(SMALL)
    made = dict(here.take(key) for key in keys(here, "Button", "[data-key='take.group']"))
    kinds = {name.rpartition(".")[2] for name in made}
    assert kinds == {"zip", "png", "svg", "csv", "json", "py"}
    for name, content in made.items():
        check_file(name, content)
    [bundle] = [content for name, content in made.items() if name.endswith(".zip")]
    inside = {Path(name).name for name in zipfile.ZipFile(io.BytesIO(bundle)).namelist()}
    assert inside == {*(name for name in made if not name.endswith(".zip")), "README.txt"}
    [program] = [name for name in made if name.endswith(".py")]
    (tmp_path / program).write_bytes(made[program])
    done = subprocess.run(
        [sys.executable, program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    counts = [float(n) for n in done.stdout.replace("[", " ").replace("]", " ").split()]
    [runs] = [content for name, content in made.items() if name.endswith("-runs.csv")]
    assert counts == [float(row["run_0"]) for row in table(runs)]
    assert Setup.from_json(
        next(content for name, content in made.items() if name.endswith("-setup.json")).decode()
    ) == nw.Setup(
        n_agents=100, network=nw.RandomRegular(4), n_seeds=2, rounds=20, replicas=20, seed=3
    )


def check_file(name: str, content: bytes) -> None:
    """Fail if a file is not what its name says."""
    match name.rpartition(".")[2]:
        case "png":
            assert content.startswith(b"\x89PNG\r\n\x1a\n")
        case "svg":
            assert ElementTree.fromstring(content).tag.endswith("svg")
        case "csv":
            table(content)
        case "json":
            assert json.loads(content)
        case "jsonl":
            assert all(json.loads(line) for line in content.splitlines())
        case "zip":
            assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        case "py":
            compile(content, name, "exec")
        case ending:
            raise AssertionError(ending)


def test_the_test_of_one_rate_or_two_ends_in_a_verdict(visit: Opened) -> None:
    here = visit(SMALL)
    here.press("test")
    here.item("stop_test").wait_for()
    here.press("stop_test")
    here.item("test").wait_for()
    here.press("test")
    here.item("verdict").wait_for(timeout=1000 * PATIENCE)
    assert len(here.text("verdict")) > 40
    assert "after the test" not in here.text("fits")
    check_file(*here.take("take.fits_json"))


# Links


def link_of(here: Visit) -> str:
    """Return the link that the page offers."""
    return str(here.item("take.link").locator("pre").text_content())


def test_a_link_brings_back_the_same_curve_to_the_last_digit(visit: Opened) -> None:
    one = visit(SMALL)
    one.move("fast")
    one.press("another_run")
    one.becomes("luck", "run 2 of")
    one.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    one.reach("take.link").get_by_role("button", name="Copy").click()
    one.item("take.link").get_by_role("status").get_by_text("Copied").wait_for()
    link = one.page.evaluate("navigator.clipboard.readText()")
    other = visit(at=link)
    other.becomes("luck", "run 2 of")
    for key in ("take.setup_json", "take.runs_csv", "take.python", "take.figure_svg"):
        assert one.take(key) == other.take(key)
    assert link_of(other) == link


def test_back_reload_and_the_address_bring_back_page_and_setting(visit: Opened) -> None:
    here = visit(SMALL)
    here.painted()
    length = here.page.evaluate("history.length")
    here.page.evaluate("new Promise(done => setTimeout(done, 1300))")  # what is set now is new
    slider = here.reach("degree").locator("input")
    for shown in ("5", "6", "7"):
        slider.press("ArrowRight")
        here.becomes("degree", f"{shown} neighbours")
    here.page.wait_for_function("location.search.includes('degree=7')")
    assert here.page.evaluate("history.length") <= length + 3  # a step may take a second here
    here.go("Glossary")
    here.page.wait_for_function("location.search.endsWith('page=glossary')")
    here.page.reload()
    here.item("glossary_words").first.wait_for()
    here.page.go_back()
    here.becomes("degree", "7 neighbours")
    here.page.go_back()
    here.page.wait_for_function("!location.search.includes('degree=7')")
    shown = here.page.evaluate("new URLSearchParams(location.search).get('degree')")
    here.becomes("degree", f"{shown} neighbours")
    assert here.text("take.link").endswith(here.page.evaluate("location.search"))


@pytest.mark.parametrize(
    "broken", ["?agents=many", "?s=eJwBAgD", "?v=99&agents=100", f"?crowd={quote(MARKUP)}"]
)
def test_a_broken_link_is_said_and_the_page_is_there(visit: Opened, broken: str) -> None:
    here = visit(broken)
    notice = here.page.get_by_text("The link could not be opened.")
    assert "Traceback" not in notice.inner_text()
    here.painted()
    assert "1000 agents" in here.text("n_agents")
    assert here.page.locator("#bold").count() == 0


# The page of agents that ask a language model


def no_markup(here: Visit) -> None:
    """Fail if text of a model or of a file has become part of the page."""
    assert here.page.locator("#bold, img[src=x]").count() == 0
    assert here.page.evaluate("document.querySelectorAll('.nw script').length") == 0


def asking(here: Visit) -> None:
    """Go to the page and take the stand-in, with few agents."""
    here.go("LLM agents")
    here.item("look").locator(".nw-button:not([aria-disabled])").wait_for()
    here.press("stand_in")
    here.becomes("place", "formula")
    here.reach("n_agents").locator("input").press("Home")
    here.becomes("n_agents", "10 agents")
    here.page.locator("[data-key=run] .nw-button:not([aria-disabled])").wait_for()


def test_a_table_is_measured_on_the_stand_in(visit: Opened) -> None:
    here = visit()
    asking(here)
    here.press("time")
    here.becomes("cost", "One decision took")
    here.press("table")
    here.becomes("grid", "cells so far")
    here.press("stop_table")
    here.item("table_on").wait_for()
    here.press("table_on")
    here.item("effects").wait_for()
    assert here.item("grid").locator("td").count() == 96
    assert here.item("grid").get_by_text("not measured yet").count() == 0
    assert "SYNTHETIC" in here.text("synthetic")
    assert here.stage().locator(".nw-badge").first.inner_text().startswith("SYNTHETIC")
    for key in ("save_table", "save_map", "save_table_record"):
        check_file(*here.take(key))


def test_a_live_run_is_stopped_and_goes_on_and_agents_tell_what_they_said(visit: Opened) -> None:
    here = visit()
    asking(here)
    for _ in range(3):
        here.move("n_agents")
    here.press("run")
    here.becomes("job_run", "Round [2-9]")
    here.press("stop_run")
    here.becomes("job_run", "stopped")
    so_far = here.said_by_stage("round")
    here.press("run_on")
    here.item("run_group").wait_for()
    here.until("at >= 0")
    assert "Exposure" in here.text("run_group")
    last = here.page.get_by_role("slider", name="Round", exact=True).get_attribute("max")
    assert float(last) > so_far
    agent = next(n for n in range(40) if told(here, n))
    rounds = here.reach("card").locator("[data-key^=round_]")
    rounds.first.locator("details").first.evaluate("el => { el.open = true; }")
    assert '{"share":' in rounds.first.locator("[data-key^=reply_]").first.inner_text()
    assert "social network" in str(rounds.first.locator("[data-key^=system_]").text_content())
    assert f"Agent {agent}" in here.text("card")
    for key in keys(here, "Button", "[data-key=home]"):
        check_file(*here.take(key))
    here.press("test")
    here.item("verdict").wait_for(timeout=1000 * PATIENCE)


def told(here: Visit, agent: int) -> bool:
    """Choose an agent; return whether it was ever asked."""
    here.enter("agent", str(agent))
    here.becomes("card", f"Agent {agent}")
    here.item("fate").wait_for()
    return bool(here.item("card").locator("[data-key^=round_]").count())


def test_a_model_that_answers_in_markup_abstains_and_its_words_stay_text(
    visit: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "REFUSAL_TEXT", MARKUP)
    here = visit()
    with StandIn(models=["synthetic"], faults=[Fault.REFUSAL_PROSE] * 9) as server:
        here.go("LLM agents")
        here.item("look").locator(".nw-button:not([aria-disabled])").wait_for()
        here.enter("address", server.address)
        here.becomes("place", "synthetic")
        here.reach("n_agents").locator("input").press("Home")
        here.becomes("n_agents", "10 agents")
        here.press("run")
        here.item("run_group").wait_for(timeout=1000 * PATIENCE)
    assert here.item("synthetic").count() == 1
    assert next(n for n in range(10) if told(here, n)) >= 0
    assert "abstained" in here.text("card")
    assert MARKUP in here.text("card")
    no_markup(here)
    here.press("look")
    here.becomes("place", "No Ollama server was reached")


@pytest.mark.parametrize("own", [False, True])
def test_a_recording_is_replayed(visit: Opened, own: bool) -> None:
    here = visit()
    here.go("LLM agents")
    if own:
        name = "synthetic-recording.jsonl"
        here.bring("bring", name, (EXAMPLES / name).read_bytes())
    else:
        here.press("example_run")
    here.item("run_group").wait_for()
    assert "SYNTHETIC" in here.text("synthetic")
    play = here.page.get_by_role("group", name="Playback")
    play.evaluate(TO_THE_END)
    here.until("at > 3")
    here.press("example_table")
    here.becomes("table_group", "32 rows")
    here.choose("showing", "TABLE")
    here.stage().get_by_text("One run by the table").wait_for()
    here.bring("bring", "x.jsonl", b"\x00\xff" + MARKUP.encode())
    here.becomes("trouble", "x.jsonl")
    assert here.item("run_group").count() == 1
    no_markup(here)


# The page Compare


CLOCKS = """() => {
  const rounds = [...document.querySelectorAll(".nw-stage")].filter((one) => one.offsetParent)
    .map((one) => one.dataset.round);
  const told = document.querySelector("[data-key=compare_now]").textContent;
  return [...rounds, told.match(/Round ([0-9]+):/)[1]].join(" ");
}"""


def test_a_and_b_and_the_sentence_run_from_one_clock(visit: Opened) -> None:
    here = visit(viewport={"width": 1280, "height": 2600})
    here.go("Compare")
    here.choose("compare_guess", "A")
    here.press("compare_show")
    here.becomes("compare_numbers", "time to half")
    stages = here.page.locator(".nw-stage:visible")
    stages.first.get_by_role("combobox", name="Speed").select_option("2")
    stages.first.get_by_role("button", name="Play").click()
    seen = set()
    while len(seen) < 6:
        seen.add(here.page.evaluate(CLOCKS))
    for clocks in seen:
        rounds = [int(round_) for round_ in clocks.split()]
        assert len(rounds) == 4
        assert max(rounds) - min(rounds) <= 1, seen  # a frame may fall between two of them
    stages.first.get_by_role("button", name="Pause").click()
    here.page.wait_for_function(f"new Set(({CLOCKS})().split(' ')).size === 1")


def test_two_setups_are_predicted_shown_and_taken_home(visit: Opened) -> None:
    here = visit()
    here.go("Compare")
    assert here.page.locator("[data-key=compare_show] [aria-disabled=true]").count() == 1
    questions = keys(here, "Button", "[data-key=compare_question_row]")
    assert len(questions) >= 3
    asked = set()
    for key in questions:
        before = here.painted()
        here.press(key)
        here.page.locator("[data-key=compare_show] [aria-disabled=true]").wait_for()
        here.until(f"painted >= {before}")
        here.choose("compare_guess", "A")
        here.press("compare_show")
        here.becomes("compare_numbers", "time to half")
        here.becomes("compare_reply", "Right|Not so|Yes|No")
        asked.add(here.text("compare_asks"))
    assert len(asked) == len(questions)
    was, now = here.move("b_degree")
    assert was != now
    here.press("compare_copy")
    here.press("undo")
    for key in keys(here, "Button", "[data-key=compare_take_row]"):
        check_file(*here.take(key))
    here.press("start_over")
    here.becomes("compare_prediction", "Predict first")
    assert here.item("trouble").count() == 0


# The page Your data


CURVE = b"week,count\n0,2\n1,5\n2,9\n3,14\n4,17\n5,18\n"


def test_files_of_ones_own_are_read(visit: Opened) -> None:
    here = visit(SMALL)
    name, setup = here.take("take.setup_json")
    here.go("Your data")
    here.bring("file", "mine.csv", CURVE)
    here.becomes("guess_n", "18 for now")
    here.enter("agents", "20")
    here.becomes("what", "mine.csv: 20 in all")
    for key in keys(here, "Button", "[data-key=patterns]"):
        sample, content = here.take(key)
        check_file(sample, content)
        here.bring("file", sample, content)
        here.page.get_by_text(re.compile(f"{sample}( was read|: 158 in all)")).first.wait_for()
    here.becomes("events", "Old bridge reopens")
    recording = "synthetic-recording.jsonl"
    here.bring("file", recording, (EXAMPLES / recording).read_bytes())
    here.becomes("came", f"{recording} was read")
    assert "SYNTHETIC" in here.text("synthetic")
    for key in keys(here, "Button", "[data-key='take.row']"):
        check_file(*here.take(key))
    here.bring("file", name, setup)
    here.becomes("came", f"{name} was read")
    here.press("open")
    here.item("layers").wait_for()
    here.becomes("luck", "seed 3")


BAD = {
    "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00",
    "noise.csv": bytes(range(256)) * 20,
    "empty.csv": b"",
    "formula.csv": b'week,count\n1,=1+1\n2,"=HYPERLINK(""http://x"")"\n',
    "page.csv": MARKUP.encode(),
    "broken.json": b'{"kind": "Setup", ',
    "other.json": b'{"kind": "Shopping"}',
    "cut.jsonl": b'{"kind": "recording", "version": 1}\n',
    f"{MARKUP[:28]}.csv": b"week,notes\n1,rain\n2,sun\n",
}


def test_a_file_that_is_nothing_known_changes_nothing_and_is_told_once(visit: Opened) -> None:
    here = visit()
    here.go("Your data")
    what, before = here.text("what"), here.painted()
    for name, content in BAD.items():
        here.bring("file", name, content)
        here.becomes("trouble", f"{name[:9]}|{name[:9].title()}")
        assert "Traceback" not in here.text("trouble")
        assert "/tmp" not in here.text("trouble")
        assert here.text("what") == what
    assert here.said_by_stage("painted") == before
    no_markup(here)


def test_a_file_that_is_too_large_is_not_even_sent(visit: Opened, tmp_path: Path) -> None:
    here = visit()
    here.go("Your data")
    large = tmp_path / "large.csv"
    with large.open("wb") as held:
        held.truncate(LARGEST + 1)
    sent: list[int] = []
    cdp = here.page.context.new_cdp_session(here.page)
    cdp.on("Network.webSocketFrameSent", lambda frame: sent.append(len(str(frame))))
    cdp.send("Network.enable")
    here.reach("file").locator("input").set_input_files(large)
    here.becomes("file", "large.csv has 34 MB; the most is 34 MB")
    assert sum(sent) < 100_000
    assert here.item("trouble").count() == 0


def test_markup_and_formulas_in_events_are_text(visit: Opened) -> None:
    here = visit()
    here.go("Your data")
    head = ["id", "type", "sub_type", "headline", "text"]
    rows = [head, ["e1", "Neutral", "Local news", "=1+1", MARKUP]]
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    here.bring("file", "events.csv", held.getvalue().encode())
    here.becomes("events", "alert")
    assert MARKUP in here.text("events")
    no_markup(here)
    here.press("open_news")
    here.item("layers").wait_for()
    no_markup(here)


def test_the_curve_of_the_physicians_is_tested(visit: Opened) -> None:
    here = visit()
    here.go("Your data")
    here.press("test")
    here.item("verdict").wait_for(timeout=1000 * PATIENCE)
    check_file(*here.take("take.fits_json"))


# All pages


def test_play_is_five_stops_away_and_nothing_takes_the_picture_away(visit: Opened) -> None:
    here = visit(reduced_motion="reduce")
    here.painted()
    focused = (
        "document.activeElement.textContent || document.activeElement.getAttribute('aria-label')"
    )
    stops = []
    while len(stops) < 5 and "Play" not in stops:
        here.page.keyboard.press("Tab")
        stops.append(here.page.evaluate(focused))
    assert stops[0] == "Skip to play"
    assert stops[-1] == "Play"
    here.page.locator(".nw-skip").press("Enter")
    assert here.page.evaluate(focused) == "Play"
    parts = (".nw-pane-network canvas", ".nw-pane-curve canvas", ".nw-transport", ".nw-curves")
    for size in ({"width": 1366, "height": 768}, {"width": 1280, "height": 720}):
        here.page.set_viewport_size(size)
        here.enter("agent", "7")
        here.becomes("card", "Agent 7")
        here.reach("seed").locator("input").press("ArrowRight")
        here.item("take.link").scroll_into_view_if_needed()
        for part in (*parts, ".nw-card"):
            box = here.page.locator(part).bounding_box()
            assert box["y"] >= 0, part
            assert box["y"] + box["height"] <= size["height"] + 1, part
        assert here.page.locator(parts[1]).bounding_box()["height"] > 0.4 * size["height"]


def test_tabs_and_colours_by_keyboard(visit: Opened) -> None:
    here = visit(color_scheme="light")
    tabs = here.page.get_by_role("navigation", name="Pages").get_by_role("button")
    tabs.first.focus()
    for at, (tab, mark) in enumerate(MARKS.items()):
        if at:
            here.page.keyboard.press("ArrowRight")
        here.page.keyboard.press("Enter")
        here.item(mark).first.wait_for()
        assert here.page.locator("[aria-current=page]").inner_text() == tab
    assert "exposure" in here.page.get_by_role("rowheader").all_inner_texts()
    colours = here.page.get_by_role("button", name="Colours")
    for words, theme in (("light", "light"), ("dark", "dark"), ("as the system", "light")):
        colours.press("Enter")
        here.page.get_by_role("button", name=f"Colours: {words}").wait_for()
        here.page.locator(f".nw-sheet[data-theme={theme}]").first.wait_for()


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)]
)
def test_every_page_is_accessible_and_fits(visit: Opened, scheme: str, size: Any) -> None:
    here = visit(color_scheme=scheme, viewport=size, reduced_motion="reduce")
    for tab in MARKS:
        here.go(tab)
        here.page.locator("details").evaluate_all("els => els.forEach(el => { el.open = true; })")
        here.rest()
        assert (tab, axe_violations(here.page)) == (tab, [])
        assert (tab, here.wide()) == (tab, [])
        assert here.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_the_first_visit_and_the_sheet_are_accessible_on_a_phone(visit: Opened) -> None:
    here = visit(first=True, viewport=PHONE)
    here.item("opening").wait_for()
    here.rest()
    assert axe_violations(here.page) == []
    assert here.wide() == []
    here.press("opening_skip")
    sheet = here.page.locator(".nw-side")
    sheet.wait_for(state="hidden")
    here.page.get_by_role("button", name="Settings").click()
    sheet.wait_for()
    here.item("n_seeds").scroll_into_view_if_needed()
    curve = here.page.locator(".nw-pane-curve canvas").bounding_box()
    assert 0 <= curve["y"] < curve["y"] + 0.6 * curve["height"] < sheet.bounding_box()["y"]
    assert axe_violations(here.page) == []


def test_enlarged_twice_the_curve_stays_over_one_column(visit: Opened) -> None:
    here = visit(SMALL, viewport={"width": 683, "height": 384})
    here.painted()
    here.reach("rates").scroll_into_view_if_needed()
    for part in (".nw-pane-curve canvas", ".nw-go-play"):
        box = here.page.locator(part).bounding_box()
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 384, part
    assert here.wide() == []


def test_nothing_moves_by_itself_where_the_reader_wants_it_so(visit: Opened) -> None:
    here = visit(reduced_motion="reduce")
    here.painted()
    at, frames = here.said_by_stage("round"), here.said_by_stage("frames")
    here.page.evaluate("new Promise(done => setTimeout(done, 600))")  # three rounds, if it played
    assert here.said_by_stage("round") == at
    assert here.said_by_stage("frames") <= frames + 2
    assert here.page.get_by_role("button", name="Play", exact=True).count() == 1


def test_what_was_done_is_still_there_after_the_connection_broke(
    visit: Opened, address: str
) -> None:
    with Relay(address) as relay:
        here = visit(SMALL, at=relay.address)
        here.enter("seed", "77")
        here.becomes("luck", "seed 77")
        here.page.wait_for_load_state("networkidle")
        here.loses_connection = True
        relay.cut()
        here.enter("seed", "78")  # while nobody hears it
        here.becomes("luck", "seed 78")
        here.press("another_run")
        here.becomes("luck", "run 2 of 20, seed 78")
        assert here.page.get_by_text("disconnected").count() == 0
        here.close()
        here.page.context.close()


def test_the_page_comes_up_where_the_extensions_of_notebooks_come_late(visit: Opened) -> None:
    """Without its own map, the page would look for the parts' loader on a public network."""
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    def let_go(route: Any) -> None:
        route.continue_()
        while late:
            late.pop().continue_()

    def before(context: Any) -> None:
        context.route("**/anywidget/extension.js*", hold)
        context.route("**/anywidget/index.js*", let_go)

    visit(before=before).painted()
    assert late == []


BROKEN = """
import sys
from newswave.cli import main
from newswave.app.pages.glossary import GlossaryPage
GlossaryPage.view = lambda desk: 1 / 0
sys.exit(main(sys.argv[1:]))
"""


def test_a_page_that_fails_says_so_in_its_place_and_the_others_work(
    visit: Opened, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with app(tmp_path_factory.mktemp("broken"), program=("-c", BROKEN)) as address:
        here = visit(SMALL, at=address)
        here.page.get_by_role("button", name="Glossary", exact=True).click()
        here.becomes("trouble", r"Something went wrong in newswave itself \(ZeroDivisionError\)")
        assert "Traceback" not in here.page.locator("body").inner_text()
        here.go("Compare")
        here.go("Explore")
        here.move("degree")
        here.close()


def test_the_page_works_below_a_path(
    visit: Opened, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("below")
    with app(folder, "--root-path", "/class/x/newswave") as below:
        assert below.endswith("/class/x/newswave/")
        here = visit(SMALL, at=below)
        before = here.painted()
        here.move("degree")
        here.repainted(before)
        assert here.text("take.link").partition("/class/x/newswave/?v=1")[1]
        assert all(url.startswith((below, "blob:", "data:")) for url in here.asked)
        here.close()
