"""The page of language-model agents, against the stand-in: everything that a learner can do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from asked import SMALL, Quick, built_in, interviewed, live, survey
from programs import PATIENCE

import newswave as nw
from newswave.app.address import Allowance, Asks, Quota
from newswave.app.jobs import Stage
from newswave.app.page import (
    Button,
    Code,
    File,
    Grid,
    Group,
    Item,
    Message,
    Progress,
    Row,
    Words,
    check_keys,
    walk,
)
from newswave.app.pages import agents as asking_page
from newswave.app.pages import agents_page as bringing
from newswave.app.pages import agents_state as forecasts
from newswave.app.pages.agents import (
    KEYS,
    MIXES,
    Settings,
    moved,
    replayed,
    visited,
)
from newswave.app.pages.agents_page import AgentsPage
from newswave.app.pages.agents_state import JobKind, Showing, State, as_text, card
from newswave.app.pictures import Picture
from newswave.core.errors import BadValue
from newswave.core.rules import Asked, Measured, measured_json
from newswave.core.run_log import NEVER
from newswave.core.sharing import SharingTable
from newswave.core.wording import Prompt
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.play import ask_runs
from newswave.llm.recording import RecordedReply, Recording, RecordingWriter, Turn


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as made:
        yield made


@pytest.fixture
def slow() -> Iterator[StandIn]:
    """Give a stand-in that leaves time to stop it."""
    with StandIn(delay=0.02, parallel=2) as made:
        yield made


Opened = Callable[..., AgentsPage]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Give a way to open pages that look at a server; all are closed in the end."""
    pages: list[AgentsPage] = []

    def make(server: StandIn | str, **how: Any) -> AgentsPage:
        usual = server if isinstance(server, str) else server.address
        page = AgentsPage(tmp_path / "rec", make_server=lambda a: Quick(a or usual, 20.0), **how)
        pages.append(page)
        until(page, lambda state: not state.place.is_looking)
        return page

    yield make
    for page in pages:
        page.close()


def until(page: AgentsPage, done: Callable[[State], bool]) -> State:
    """Wait until the page has got so far."""
    news = threading.Event()
    end = page.watch(news.set)
    try:
        while not done(page.state):
            assert news.wait(PATIENCE), words(page)
            news.clear()
    finally:
        end()
    return page.state


def over(page: AgentsPage, kind: JobKind) -> State:
    return until(page, lambda state: kind in state.jobs and not state.jobs[kind].is_under_way)


def do(page: AgentsPage, key: str, value: Any = None, data: bytes | None = None) -> File | None:
    return page.receive(Message(key, value, data))


def items(page: AgentsPage) -> dict[str, Item]:
    """Return what the page shows, by key."""
    view = page.shown()
    shown = (*view.controls, *view.seen, *view.report)
    return {item.key: item for item in walk(check_keys(shown))}


def words(page: AgentsPage) -> str:
    return "\n".join(item.text for item in items(page).values() if isinstance(item, Words))


def picture(page: AgentsPage) -> Picture:
    [found] = page.shown().pictures
    return found


def small(page: AgentsPage, agents: int = 30, rounds: int = 4) -> None:
    for key, value in (("n_agents", agents), ("degree", 4), ("rounds", rounds)):
        do(page, key, value)
    assert page.trouble == ""


def is_barred(page: AgentsPage, key: str) -> bool:
    item = items(page)[key]
    assert isinstance(item, Button)
    return item.barred != ""


def label(page: AgentsPage) -> str:
    """Return the label that says that a formula answered; '' if there is none."""
    found = items(page).get("synthetic")
    return found.text if isinstance(found, Words) else ""


# --- the server


def test_a_look_finds_the_server_and_its_models(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    assert page.state.model == "synthetic:latest"
    assert stand_in.address in words(page)
    assert "synthetic" in words(page)
    assert items(page)["model"].options[0][0].startswith("synthetic")
    assert not is_barred(page, "table")
    do(page, "model", "synthetic-thinking:latest")
    assert page.state.model == "synthetic-thinking:latest"
    do(page, "model", "nobody")
    assert "Unknown model" in page.trouble
    assert page.state.model == "synthetic-thinking:latest"


def test_without_a_server_the_page_says_how_to_get_one_and_bars_what_needs_it(
    opened: Opened,
) -> None:
    with StandIn() as gone:
        address = gone.address
    page = opened(address)
    assert f"No Ollama server was reached at {address}" in words(page)
    codes = [item.text for item in items(page).values() if isinstance(item, Code)]
    assert "ollama serve" in codes
    assert any(text.startswith("ollama pull ") for text in codes)
    for key in ("time", "table", "run"):
        assert is_barred(page, key)
        do(page, key)
        assert "no model to ask" in page.trouble
    assert not page.state.jobs


def test_a_server_that_comes_later_is_found_by_looking_again(opened: Opened) -> None:
    with StandIn() as gone:
        port = gone.port
    page = opened(f"http://127.0.0.1:{port}")
    with StandIn(port=port):
        do(page, "look")
        until(page, lambda state: state.place.found is not None)
        assert page.state.model == "synthetic:latest"


def test_another_address_is_taken_if_it_is_one(opened: Opened, stand_in: StandIn) -> None:
    with StandIn() as gone:
        away = gone.address
    page = opened(away)
    before = page.state
    for bad in ("file:///etc/passwd", "ftp://box", "http://user:pass@box", "a b"):
        do(page, "address", bad)
        assert page.trouble, bad
        assert page.state is before
    do(page, "address", stand_in.address.removeprefix("http://"))
    until(page, lambda state: state.place.found is not None)
    assert page.state.place.address == stand_in.address
    assert page.trouble == ""


def test_where_learners_may_not_choose_the_address_cannot_be_changed(
    opened: Opened, stand_in: StandIn
) -> None:
    page = opened(stand_in, may_choose_server=False)
    assert "address" not in items(page)
    do(page, "address", "http://169.254.1.1")
    assert "cannot be changed" in page.trouble
    assert page.state.place.address == stand_in.address


def test_where_asking_is_switched_off_the_stand_in_can_still_be_asked(
    opened: Opened, stand_in: StandIn
) -> None:
    page = opened(stand_in, allowance=Allowance(Asks.NOBODY))
    assert is_barred(page, "table")
    do(page, "run")
    assert "switched off" in page.trouble
    do(page, "stand_in")
    until(page, lambda state: state.place.found is not None and state.place.is_stand_in)
    assert not is_barred(page, "run")
    assert stand_in.calls == 0


def test_the_stand_in_of_the_page_answers_and_goes_again(opened: Opened) -> None:
    with StandIn() as gone:
        away = gone.address
    page = opened(away)
    assert label(page) == ""
    do(page, "stand_in")
    until(page, lambda state: state.place.found is not None)
    assert "SYNTHETIC" in label(page)
    own = page.state.place.address
    do(page, "time")
    over(page, JobKind.TIME)
    assert "One decision took" in words(page)
    do(page, "stand_in")
    until(page, lambda state: not state.place.is_looking)
    assert page.state.place.address == away
    assert "No Ollama server" in words(page)
    assert "One decision took" not in words(page)
    with pytest.raises(nw.NewswaveError):
        nw.Server(own).look()


def test_without_ollama_the_built_in_model_is_offered_first_and_answers(opened: Opened) -> None:
    built_in()
    with StandIn() as gone:
        away = gone.address
    page = opened(away)
    [row] = [item for item in items(page).values() if isinstance(item, Row)][:1]
    assert [one.key for one in row.items] == ["built_in", "look", "stand_in"]
    assert row.items[0].label == "Use SmolLM2-135M-Instruct (no server needed)"
    do(page, "built_in")
    until(page, lambda state: state.place.found is not None)
    assert page.state.model == "smollm2"
    assert "so small that it hardly takes personas on" in words(page)
    assert label(page) == ""
    do(page, "time")
    over(page, JobKind.TIME)
    assert "One decision took" in words(page)
    small(page, 10, 3)
    do(page, "run")
    over(page, JobKind.RUN)
    assert page.trouble == ""
    assert page.state.ran is not None
    source = page.state.ran.recording.header.source
    assert (source.model, source.synthetic) == ("smollm2", False)
    do(page, "built_in")
    until(page, lambda state: not state.place.is_looking)
    assert page.state.place.address == away


def test_where_no_built_in_model_is_there_the_page_says_how_to_get_it(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_page, "built_in_model", lambda: None)
    with StandIn() as gone:
        away = gone.address
    page = opened(away)
    assert "built_in" not in items(page)
    fetch = items(page)["get_built_in"]
    assert isinstance(fetch, Code)
    assert fetch.text == "newswave models --get smollm2"


def test_the_teachers_switch_holds_for_the_built_in_model(opened: Opened) -> None:
    built_in()
    page = opened("127.0.0.1:9", allowance=Allowance(Asks.NOBODY))
    do(page, "built_in")
    until(page, lambda state: state.place.found is not None)
    assert is_barred(page, "run")
    do(page, "run")
    assert "switched off" in page.trouble


def test_an_old_server_and_one_without_models_are_explained(opened: Opened) -> None:
    with StandIn(version="0.5.1") as old:
        assert "too old to tell log-probabilities" in words(opened(old))
    with StandIn(models=("synthetic-embedding",)) as empty:
        page = opened(empty)
        assert "no model on it that can be asked in words" in words(page)
        assert is_barred(page, "run")


# --- settings


def test_every_control_of_the_settings_does_something(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    assert set(items(page)) >= KEYS
    new = {
        "event": "cup-final-draw",
        "wording": "markers",
        "mix": "groups",
        "n_agents": 50.0,
        "degree": 6.0,
        "rounds": 10.0,
        "temperature": 0.7000000001,
        "reasons": False,
        "seed": "12",
    }
    assert set(new) == KEYS
    for key, value in new.items():
        before = page.state.settings
        do(page, key, value)
        assert page.trouble == ""
        assert page.state.settings != before
    assert page.state.settings == Settings(
        "cup-final-draw", "markers", "groups", 50, 6, 10, 12, 0.7, False
    )
    assert picture(page).cast is not None
    assert picture(page).cast.names == ("outgoing", "reserved")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("n_agents", 5), ("n_agents", 210), ("n_agents", 55), ("n_agents", "many")),
        *(("degree", 1), ("degree", 17), ("rounds", 2), ("rounds", 31), ("rounds", None)),
        *(("temperature", 0), ("temperature", 9.0), ("temperature", "hot"), ("reasons", "yes")),
        *(("event", "nothing"), ("wording", "mine"), ("mix", "x"), ("seed", -1), ("other", 1)),
    ],
)
def test_a_setting_out_of_range_changes_nothing(key: str, value: Any) -> None:
    with pytest.raises(BadValue):
        moved(Settings(), Message(key, value))


def test_every_number_of_agents_has_every_degree_below_it() -> None:
    for agents in range(10, 201, 10):
        for degree in range(2, 17):
            setup = Settings(n_agents=agents, degree=degree, rounds=3).asked("m")
            assert setup.network.degree == min(degree, agents - 1)
            assert setup.n_seeds == max(1, agents // 20)


def test_the_cost_is_told_before_and_after_one_call(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    assert "about 104 calls" in words(page)
    assert "about 380, at most 1425" in words(page)
    do(page, "time")
    over(page, JobKind.TIME)
    assert page.state.seconds is not None
    assert "One decision took" in words(page)
    assert "A table: about 104 calls of" in words(page)
    assert stand_in.calls == 3  # a decision, and a cell in both orders
    do(page, "rounds", 5)
    assert "One decision took" not in words(page), "the old time is not that of other questions"


# --- measuring a table


def test_a_table_is_measured_to_its_end(opened: Opened, slow: StandIn, tmp_path: Path) -> None:
    page = opened(slow)
    small(page)
    grids: list[int] = []

    def look() -> None:
        shown = items(page)
        grid, job = shown.get("grid"), shown.get("job_table")
        if isinstance(grid, Grid) and isinstance(job, Progress):
            grids.append(sum(value is not None for row in grid.values for value in row))
            assert job.total == 104
            assert " left" in job.text or "done" in job.text
            assert is_barred(page, "run")
            assert is_barred(page, "look")

    end = page.watch(look)
    do(page, "table")
    state = over(page, JobKind.TABLE)
    end()
    assert state.jobs[JobKind.TABLE].stage is Stage.DONE
    assert len(set(grids)) > 3
    assert grids == sorted(grids)
    assert 0 < grids[0] < grids[-1] <= 96
    grid = items(page)["grid"]
    assert isinstance(grid, Grid)
    assert all(value is not None for row in grid.values for value in row)
    assert len(grid.rows) == 32
    assert "104 calls were made for 96 cells" in words(page)
    assert items(page)["effects"].rows[2][0] == "high extraversion"
    assert "SYNTHETIC" in label(page)
    shown = picture(page)
    assert shown.synthetic
    assert [line.key for line in shown.lines] == ["master"]
    assert "by the table" in shown.bands[0].label
    assert shown.history is not None
    assert "no agent was asked" in shown.title
    assert state.table_task is not None
    assert state.table_task.path.parent == tmp_path / "rec"
    assert state.table_task.path.name in words(page)


def test_what_was_measured_can_be_taken_home_and_brought_back(
    opened: Opened, stand_in: StandIn
) -> None:
    page, other = opened(stand_in), opened(stand_in)
    assert do(page, "save_table") is None
    assert "no such file" in page.trouble
    do(page, "table")
    state = over(page, JobKind.TABLE)
    assert state.table is not None
    table, record, map_ = (do(page, key) for key in ("save_table", "save_table_record", "save_map"))
    assert table is not None
    assert record is not None
    assert map_ is not None
    assert map_.content.startswith(b"\x89PNG")
    for file in (table, record):
        do(other, "bring", file.name, file.content)
        assert other.trouble == ""
        held = other.state.table
        assert held is not None
        assert measured_json(held.measured) == measured_json(state.table.measured)
        assert picture(other).bands


def test_a_table_that_was_stopped_goes_on_and_ends_the_same(
    opened: Opened, slow: StandIn, tmp_path: Path
) -> None:
    plan = Settings().plan()
    whole = survey(tmp_path / "whole.jsonl", slow, plan).measured
    page, calls = opened(slow), slow.calls
    do(page, "table")
    until(page, lambda state: state.cells is not None)
    do(page, "stop_table")
    state = over(page, JobKind.TABLE)
    assert state.jobs[JobKind.TABLE].stage is Stage.STOPPED
    asked = slow.calls - calls
    assert 0 < asked < 104
    assert "stopped" in words(page)
    assert "The table so far" in items(page)["table_group"].label
    assert state.table_task is not None
    assert not is_barred(page, "table_on")
    do(page, "event", "cup-final-draw")  # what is gone on with is what was begun
    do(page, "table_on")
    state = over(page, JobKind.TABLE)
    assert state.table is not None
    assert measured_json(replace(state.table.measured, origin=whole.origin)) == measured_json(whole)
    assert state.table.notes[0].startswith("104 calls")
    assert len(list((tmp_path / "rec").iterdir())) == 1


def test_a_table_that_has_to_be_counted_is_counted_once_that_is_wanted(
    opened: Opened, stand_in: StandIn
) -> None:
    page = opened(stand_in)
    do(page, "model", "synthetic-mute:latest")
    do(page, "time")
    over(page, JobKind.TIME)
    assert "A table: it has to be counted, in 1920 calls" in words(page)
    do(page, "table")
    state = over(page, JobKind.TABLE)
    assert state.table is None
    assert "has to be counted over repeated answers" in words(page)
    assert items(page)["table_count"].label.startswith("Count it: 1920 calls, ")
    do(page, "table_count")
    until(page, lambda state: state.cells is not None)
    assert "table_count" not in items(page)
    do(page, "stop_table")
    over(page, JobKind.TABLE)


def test_a_server_that_dies_leaves_a_table_that_goes_on(opened: Opened) -> None:
    with StandIn(delay=0.02, parallel=2) as first:
        page = opened(first)
        do(page, "table")
        until(page, lambda state: state.cells is not None)
    state = over(page, JobKind.TABLE)
    assert state.jobs[JobKind.TABLE].stage is Stage.FAILED
    assert state.table_task is not None
    assert "No Ollama server was reached" in words(page)
    assert f"kept in {state.table_task.path.name}" in words(page)
    assert str(state.table_task.path) not in words(page)
    with StandIn(port=first.port):
        do(page, "table_on")
        state = over(page, JobKind.TABLE)
        assert state.jobs[JobKind.TABLE].stage is Stage.DONE
        assert "broke off" not in words(page)


def test_a_job_that_fails_before_its_first_answer_can_be_begun_again(opened: Opened) -> None:
    with StandIn() as first:
        page = opened(first)
    do(page, "run")
    state = over(page, JobKind.RUN)
    assert state.jobs[JobKind.RUN].stage is Stage.FAILED
    with StandIn(port=first.port):
        small(page)
        do(page, "run_on")
        assert over(page, JobKind.RUN).jobs[JobKind.RUN].stage is Stage.DONE
        assert page.state.ran is not None
        assert page.state.ran.setup.n_agents == 100, "what was begun, not what is set now"


# --- live runs


def test_a_live_run_is_seen_round_by_round_beside_what_the_table_predicts(
    opened: Opened, slow: StandIn
) -> None:
    page = opened(slow)
    small(page)
    do(page, "example_table")
    seen: list[Picture] = []

    def look() -> None:
        if JobKind.RUN in page.state.jobs and page.state.ran is not None:
            seen.append(picture(page))

    end = page.watch(look)
    do(page, "run")
    state = over(page, JobKind.RUN)
    end()
    lives = [shown for shown in seen if shown.is_live]
    assert sorted({shown.rounds for shown in lives}) == [0, 1, 2, 3, 4]
    assert all(shown.history.rounds == shown.rounds for shown in lives if shown.history)
    assert all(shown.bands and shown.lines for shown in lives)
    assert all(shown.synthetic for shown in seen)
    last = picture(page)
    assert not last.is_live
    assert last.rounds == 4
    assert state.run_task is not None
    again = nw.replay(state.run_task.path)
    assert np.array_equal(last.run_fraction, again.curve.fraction[0])
    assert "Every answer so far could be read" in words(page)
    assert items(page)["doses"].rows[0][0] == "1"
    assert "SYNTHETIC" in label(page)
    assert is_barred(page, "run") is False


def test_the_picture_can_go_back_to_the_table(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    do(page, "example_run")
    assert "showing" not in items(page)
    do(page, "example_table")
    assert "Replay" in picture(page).title
    do(page, "showing", Showing.TABLE.name)
    assert "no agent was asked" in picture(page).title
    assert picture(page).rounds == 15
    do(page, "showing", Showing.RUN.name)
    assert "Replay" in picture(page).title
    do(page, "showing", "else")
    assert "Unknown picture" in page.trouble


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(
    opened: Opened, slow: StandIn, tmp_path: Path
) -> None:
    page = opened(slow)
    small(page)
    whole = live(tmp_path / "whole.jsonl", slow, page.state.settings.asked("synthetic"))
    do(page, "run")
    until(page, lambda state: state.ran is not None and state.ran.history.rounds >= 1)
    do(page, "stop_run")
    state = over(page, JobKind.RUN)
    assert state.jobs[JobKind.RUN].stage is Stage.STOPPED
    assert state.ran is not None
    assert state.ran.played is None
    assert "This run broke off" in words(page)
    assert picture(page).rounds == state.ran.history.rounds < 4, "what is not known is not shown"
    assert items(page)["run_on"].label == "Go on with the run"
    do(page, "run_on")
    state = over(page, JobKind.RUN)
    assert state.ran is not None
    assert state.ran.played is not None
    assert np.array_equal(state.ran.played.curve.counts, whole.curve.counts)
    assert state.ran.played.log.equals(whole.log)


def test_a_server_that_dies_leaves_a_run_that_goes_on(opened: Opened, tmp_path: Path) -> None:
    with StandIn(delay=0.02, parallel=2) as first:
        page = opened(first)
        small(page)
        do(page, "run")
        until(page, lambda state: state.ran is not None and state.ran.history.rounds >= 1)
    state = over(page, JobKind.RUN)
    assert state.jobs[JobKind.RUN].stage is Stage.FAILED
    assert "press 'Go on with the run'" in words(page)
    assert state.ran is not None
    assert not picture(page).is_live
    do(page, "look")
    until(page, lambda state: not state.place.is_looking)
    assert is_barred(page, "run_on")
    with StandIn(port=first.port) as second:
        do(page, "look")
        until(page, lambda state: state.place.found is not None)
        do(page, "run_on")
        state = over(page, JobKind.RUN)
        whole = live(tmp_path / "whole.jsonl", second, page.state.settings.asked("synthetic"))
    assert state.ran is not None
    assert state.ran.played is not None
    assert np.array_equal(state.ran.played.curve.counts, whole.curve.counts)


def test_answers_that_cannot_be_read_are_counted_in_plain_sight(
    opened: Opened, stand_in: StandIn
) -> None:
    page = opened(stand_in)
    small(page, agents=10, rounds=3)
    stand_in.script(None, None)
    stand_in.fault_always(Fault.REFUSAL_PROSE)
    do(page, "run")
    state = over(page, JobKind.RUN)
    assert state.ran is not None
    assert state.ran.abstained > 4
    assert f"{state.ran.abstained} answers could not be read" in words(page)
    assert "neither as yes nor as no" in words(page)
    assert "More than one answer in twenty could not be read" in words(page)
    assert ("text without a decision", str(3 * state.ran.abstained)) in items(page)["outcomes"].rows


def test_the_model_that_changes_under_a_run_is_said(opened: Opened, slow: StandIn) -> None:
    page = opened(slow)
    small(page)
    do(page, "run")
    until(page, lambda state: state.ran is not None and state.ran.history.rounds >= 1)
    slow.change("synthetic")
    state = over(page, JobKind.RUN)
    assert state.jobs[JobKind.RUN].stage is Stage.FAILED
    assert "was changed while it was being asked" in words(page)
    do(page, "run_on")
    over(page, JobKind.RUN)
    assert "recording of something else: digest" in words(page)


def test_the_test_of_the_curve_says_one_rate_or_two(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    do(page, "test")
    assert "no run to test" in page.trouble
    do(page, "example_run")
    do(page, "test")
    state = over(page, JobKind.TEST)
    assert state.comparison is not None
    assert items(page)["verdict"].text == state.comparison.verdict.words
    assert "fit_two_rates_network" in [line.key for line in picture(page).lines]
    do(page, "example_table")
    assert page.state.comparison is not None
    recording = do(page, "save_curve")
    assert recording is not None
    assert recording.content.decode().startswith("round,mean")


def test_the_test_can_be_stopped(
    opened: Opened, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(stand_in)
    begun = threading.Event()

    def endless(*_: Any, progress: Callable[[str, int, int], None], **__: Any) -> None:
        for done in range(10**9):
            progress("worlds", done, 10**9)
            begun.set()

    monkeypatch.setattr("newswave.app.pages.agents.compare", endless)
    do(page, "example_run")
    do(page, "test")
    assert begun.wait(PATIENCE)
    do(page, "stop_test")
    assert over(page, JobKind.TEST).jobs[JobKind.TEST].stage is Stage.STOPPED
    assert not is_barred(page, "test")


# --- replay and files


def test_the_example_is_replayed_at_once(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    do(page, "example_run")
    ran = page.state.ran
    assert ran is not None
    assert ran.played is not None
    assert "was replayed" in words(page)
    assert "SYNTHETIC" in label(page)
    shown = picture(page)
    assert shown.synthetic
    assert shown.lines, "there is a curve also where no table predicts one"
    example = nw.replay(nw.synthetic_recording())
    assert np.array_equal(shown.run_fraction, example.curve.fraction[0])
    decided = do(page, "save_decisions")
    assert decided is not None
    assert decided.content.decode().count("\n") == len(example.log) + 1
    assert stand_in.calls == 0


def test_a_recording_is_brought_also_one_that_breaks_off(
    opened: Opened, stand_in: StandIn, tmp_path: Path
) -> None:
    live(tmp_path / "run.jsonl", stand_in)
    data = (tmp_path / "run.jsonl").read_bytes()
    page = opened(stand_in)
    do(page, "bring", "my run.jsonl", data)
    assert page.trouble == ""
    assert page.state.ran is not None
    assert page.state.ran.name == "my-run.jsonl"
    lines = data.splitlines(keepends=True)
    end = next(at for at, line in enumerate(lines) if json.loads(line)["kind"] == "round") + 3
    do(page, "bring", "part.jsonl", b"".join(lines[:end]) + b'{"torn')
    assert page.state.ran.name == "part.jsonl"
    assert "breaks off after round 1" in words(page)


def test_a_csv_table_is_brought(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    do(page, "mix", "groups")
    data = b"profile,1,2\nO+C-E+A-N-,0.2,0.3\nO-C+E-A+N+,0.02,0.04\n"
    do(page, "bring", "two.csv", data)
    assert page.trouble == ""
    assert picture(page).bands
    assert picture(page).synthetic == ""
    do(page, "mix", "profiles")
    assert not picture(page).bands
    assert "No curve is predicted here" in words(page)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("run.jsonl", b"no recording", "not one whole line|no sound recording|first line"),
        ("run.jsonl", b"", "empty"),
        ("run.jsonl", None, "empty"),
        ("run.jsonl", b'{"kind": "recording", "version": 99}\n', "newer format"),
        ("run.jsonl", b"[" * 100_000, "recording"),
        ("table.json", b"{}", "no sharing table"),
        ("table.csv", b"profile,1\nx,2\n", "no sharing table"),
        ("table.csv", b"\xff\xfe\x00", "UTF-8"),
        ("page.html", b"<b>", "neither a recording nor a table"),
        ("../../x.sh", b"x", "neither a recording nor a table"),
        (None, b"x", "neither a recording nor a table"),
        ("big.jsonl", b"x" * (bringing.LARGEST + 1), "too large"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(
    opened: Opened, stand_in: StandIn, name: str | None, data: bytes | None, why: str
) -> None:
    page = opened(stand_in)
    do(page, "example_run")
    before = page.state
    do(page, "bring", name, data)
    assert any(part in page.trouble for part in why.split("|")), page.trouble
    assert page.state is before
    assert "/tmp" not in page.trouble
    assert "tmp" not in page.trouble
    assert isinstance(items(page)["trouble"], Words)


def test_a_table_recording_without_all_answers_is_refused(
    opened: Opened, stand_in: StandIn, tmp_path: Path
) -> None:
    survey(tmp_path / "t.jsonl", stand_in, Settings().plan())
    lines = (tmp_path / "t.jsonl").read_bytes().splitlines(keepends=True)
    page = opened(stand_in)
    calls = stand_in.calls
    do(page, "bring", "t.jsonl", b"".join(lines[:60]))
    assert "breaks off" in page.trouble
    assert page.state.table is None
    assert stand_in.calls == calls, "nobody is asked for what is missing"


def test_a_recording_that_is_too_large_for_the_page_is_refused() -> None:
    recording = nw.synthetic_recording()
    assert recording.setup is not None
    for change in (
        {"n_agents": 50_000, "n_seeds": 5},
        {"n_agents": 10_000, "network": nw.RandomRegular(100)},
    ):
        setup = replace(recording.setup, **change)
        header = replace(recording.header, setup=setup, event=None)
        with pytest.raises(nw.NewswaveError, match="too large for the page"):
            replayed(replace(recording, header=header), "large.jsonl")


# --- what the table says of others


def test_a_table_predicts_only_what_it_was_measured_for(opened: Opened, stand_in: StandIn) -> None:
    table, event = nw.synthetic_table(), nw.event("teachers-sit-in")
    rule = Asked("synthetic:latest", nw.wording("adjectives"), synthetic=True)
    setup = replace(SMALL, event=event, sharing=rule, n_agents=60)
    assert forecasts.forecast(table, setup).lines
    others = {
        "other news": replace(setup, event=nw.event("cup-final-draw")),
        "other words": replace(setup, sharing=replace(rule, wording=nw.wording("markers"))),
        "temperature 1": replace(setup, sharing=replace(rule, temperature=0.5)),
        "another model": replace(setup, sharing=replace(rule, model="gemma3:1b")),
    }
    for why, other in others.items():
        found = forecasts.forecast(table, other)
        assert why in found.why_not
        assert (found.lines, found.bands) == ((), ())
    page = opened(stand_in)
    do(page, "example_table")
    assert picture(page).bands
    do(page, "event", "cup-final-draw")
    assert "about other news" in words(page)
    assert not picture(page).bands


def test_the_prediction_is_that_of_theory_and_ensemble() -> None:
    setup = replace(SMALL, sharing=nw.SameForAll(), event=nw.event("teachers-sit-in"))
    found = forecasts.forecast(nw.synthetic_table(), setup)
    by_table = replace(setup, sharing=nw.synthetic_table(), replicas=forecasts.RUNS)
    assert found.fraction is not None
    assert np.allclose(found.fraction, nw.predict(by_table).fraction)
    low, high = nw.simulate(by_table).band()
    assert np.allclose(found.bands[0].low, low / 30)
    assert np.allclose(found.bands[0].high, high / 30)
    on_ring = replace(setup, network=nw.SmallWorld(4))
    ring = forecasts.forecast(nw.synthetic_table(), on_ring)
    assert ring.bands
    assert ring.lines == ()
    huge = replace(setup, n_agents=30_000)
    assert "too large" in forecasts.forecast(nw.synthetic_table(), huge).why_not


# --- the card of an agent


def test_the_card_shows_all_that_was_asked_and_said(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    assert "Once agents have been asked" in words(page)
    do(page, "example_run")
    recording = nw.synthetic_recording()
    page.choose(17)
    assert page.state.agent == 17
    shown = items(page)
    for at in recording.whole_rounds(0):
        replies = recording.replies(0, at, 17)
        assert (f"round_{at}" in shown) is bool(replies)
        for reply in replies:
            prompt = recording.prompts[reply.prompt]
            assert shown[f"system_{at}"].text == prompt.system
            assert shown[f"user_{at}"].text == prompt.user
            assert shown[f"reply_{at}_{reply.attempt}"].text == reply.content
            assert reply.reason in shown[f"read_{at}_{reply.attempt}"].text
    prompt_group = shown["prompt_1"]
    assert isinstance(prompt_group, Group)
    assert prompt_group.folded
    ran = page.state.ran
    assert ran is not None
    profile = ran.setup.mix.groups[int(ran.world.rows[17])].profile
    assert profile.code in shown["who"].text
    mine = ran.world.network.edges()
    linked = sorted(int(a + b - 17) for a, b in mine if 17 in (a, b))
    told = shown["who"].text.rpartition(": ")[2].rstrip(".").split(", ")
    assert sorted(map(int, told)) == linked
    assert f"shared in round {ran.history.shared[17]}" in shown["fate"].text
    seed = int(np.flatnonzero(ran.history.shared == 0)[0])
    do(page, "agent", str(seed))
    assert "seed agent" in words(page)
    page.choose(-1)
    assert "Click an agent" in words(page)


@pytest.mark.parametrize("value", ["100", "x", 100, -2, 3.5, "³"])
def test_an_agent_that_is_not_there_cannot_be_chosen(
    opened: Opened, stand_in: StandIn, value: Any
) -> None:
    page = opened(stand_in)
    do(page, "example_run")
    do(page, "agent", 5)
    do(page, "agent", value)
    assert page.trouble
    assert page.state.agent == 5


def test_text_of_a_model_stays_text_and_is_bounded(stand_in: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    nasty = "<img src=x onerror=alert(1)>\r\n[link](javascript:1)\x1b[31m\u202e" + "x" * 9000
    with interviewed(path, stand_in) as (interview, asking):
        played = ask_runs(asking.setup, interview, asking)
        header = interview.writer.header
    agent = int(played.log["agent"][0])
    asked = Prompt("<b>system</b>", "user\n\nlines")
    with RecordingWriter(tmp_path / "own.jsonl", header) as writer:
        key = Turn(0, 1, agent)
        replies = [
            RecordedReply(key, writer.prompt(asked), "REFUSED", None, at_, content=nasty)
            for at_ in range(2)
        ]
        last = RecordedReply(
            key, writer.prompt(asked), "PLAIN", True, 2, exposure=2, content=None, reason=nasty[:50]
        )
        for reply in (*replies, last):
            writer.reply(reply)
        recording = writer.recording
    ran = replace(replayed(Recording.read(path), "run.jsonl"), recording=recording)
    shown = {item.key: item for item in walk((card(ran, agent),))}
    text = shown["reply_1_0"].text
    assert text.startswith("<img src=x onerror=alert(1)>\n[link](javascript:1) [31m x")
    assert len(text) < 4100
    assert "5" in text.splitlines()[-1]
    assert "more characters" in text
    assert shown["system_1"].text == "<b>system</b>"
    assert shown["user_1"].text == "user\n\nlines"
    assert shown["reply_1_1"].label == "What came back, attempt 2"
    assert "not in the recording" in shown["reply_1_2"].text
    assert "no decision (text without a decision)" in shown["read_1_0"].text
    assert shown["round_1"].label == "Round 1: it saw 0 sharing neighbours; it shares"
    assert as_text("a\u2028b\x00c\n") == "a\nb c"


def test_decisions_without_replies_have_a_card_too(stand_in: StandIn, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    played = live(path, stand_in)
    header = Recording.read(path).header
    with RecordingWriter(tmp_path / "bare.jsonl", header) as writer:
        for at, held in played.log.groupby("round"):
            writer.decisions(0, int(at), held["agent"].to_numpy(), held["share"].to_numpy(bool))
            writer.close_round(0, int(at))
        writer.end(0)
    ran = replayed(Recording.read(tmp_path / "bare.jsonl"), "bare.jsonl")
    agent = int(played.log["agent"][0])
    texts = [item.text for item in walk((card(ran, agent),)) if isinstance(item, Words)]
    assert any("no replies" in text for text in texts)


# --- the page as such


def test_what_goes_wrong_inside_is_shown_and_not_raised(tmp_path: Path, stand_in: StandIn) -> None:
    made: list[str | None] = []

    def broken(address: str | None) -> Quick:
        made.append(address)
        if len(made) > 1:
            raise ZeroDivisionError("secret")
        return Quick(stand_in.address)

    page = AgentsPage(tmp_path, make_server=broken)
    try:
        until(page, lambda state: not state.place.is_looking)
        do(page, "run")
        assert "in newswave itself (ZeroDivisionError)" in page.trouble
        do(page, "look")
        until(page, lambda state: not state.place.is_looking)
        assert "in newswave itself" in words(page)
        assert "secret" not in words(page)
        do(page, "nothing of the kind")
        assert "no such control" in page.trouble
    finally:
        page.close()


def test_an_error_while_news_are_taken_in_is_shown(
    opened: Opened, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(stand_in)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("newswave.app.pages.agents_state.forecast", broken)
    do(page, "table")
    until(page, lambda _: page.trouble != "")
    assert "in newswave itself" in page.trouble


def test_a_folder_that_cannot_be_written_is_said_without_its_path(
    opened: Opened, stand_in: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "rec").write_text("a file, no folder")
    page = opened(stand_in)
    do(page, "run")
    assert "No recording can be written here" in page.trouble
    assert str(tmp_path) not in page.trouble
    assert not page.state.jobs


def test_two_learners_share_nothing(opened: Opened, slow: StandIn) -> None:
    one, two = opened(slow), opened(slow)
    for page in (one, two):
        small(page)
        do(page, "run")
    until(one, lambda state: state.ran is not None)
    do(one, "stop_run")
    assert over(one, JobKind.RUN).jobs[JobKind.RUN].stage is Stage.STOPPED
    assert over(two, JobKind.RUN).jobs[JobKind.RUN].stage is Stage.DONE
    assert one.state.run_task is not None
    assert two.state.run_task is not None
    assert one.state.run_task.path != two.state.run_task.path
    assert one.state.ran is not None
    assert one.state.ran.played is None


def test_a_closed_page_has_stopped_everything(tmp_path: Path, slow: StandIn) -> None:
    before = set(threading.enumerate())
    page = AgentsPage(tmp_path, make_server=lambda a: Quick(a or slow.address, 20.0))
    until(page, lambda state: not state.place.is_looking)
    do(page, "stand_in")
    until(page, lambda state: state.place.found is not None)
    own = page.state.place.address
    do(page, "table")
    until(page, lambda state: state.cells is not None)
    calls: list[int] = []
    page.watch(lambda: calls.append(1))
    page.close()
    named = {thread.name for thread in set(threading.enumerate()) - before}
    assert not named & {"newswave-job", "newswave-asking"}
    with pytest.raises(nw.NewswaveError):
        nw.Server(own).look()
    assert calls == []
    assert page.state.jobs[JobKind.TABLE].is_under_way, "nothing more is told to a closed page"


def test_every_state_has_keys_that_come_once(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    assert items(page)
    for key in ("example_run", "example_table", "test", "table", "run"):
        do(page, key)
        assert page.trouble == "", key
        until(page, lambda state: state.under_way is None)
        assert items(page)
    page.at_round(7)
    assert page.state.round == 7
    do(page, "trait", "neuroticism")
    cast = picture(page).cast
    assert cast is not None
    assert cast.names == ("high neuroticism", "low neuroticism")


def test_the_picture_before_anything_shows_who_starts(opened: Opened, stand_in: StandIn) -> None:
    page = opened(stand_in)
    shown = picture(page)
    assert shown.title == "Nobody has been asked yet"
    assert shown.history is not None
    assert int((shown.history.shared == 0).sum()) == 5
    assert int((shown.history.shared == NEVER).sum()) == 95
    assert (shown.lines, shown.bands, shown.rounds) == ((), (), 0)


def test_every_mix_can_be_measured_and_predicted() -> None:
    table = nw.synthetic_table()
    for key in MIXES:
        setup = Settings(mix=key, n_agents=20).setup(nw.SameForAll())
        assert forecasts.forecast(table, setup).lines, key


def test_a_wide_table_fits_on_the_page() -> None:
    from newswave.app.pages.agents_state import PageTable

    chance = np.tile(np.linspace(0, 0.5, 21), (60, 1))
    table = Measured(SharingTable(tuple(f"row {at}" for at in range(60)), chance))
    found = {item.key: item for item in PageTable("wide", table).items}
    assert len(found["grid"].rows) == 48
    assert found["grid"].header[1:] == ("1", "2", "3", "4", "5", "20+")
    assert "effects" not in found


# Many learners on one app


def test_the_teachers_key_lets_a_learner_ask(opened: Opened, stand_in: StandIn) -> None:
    allowance = Allowance(Asks.WITH_KEY, "abcd-efgh-jkmn", Quota())
    page = opened(stand_in, allowance=allowance)
    assert is_barred(page, "run")
    for wrong in ("", "abcd-efgh-jkm", "abcd-efgh-jkmnn", None, 7):
        do(page, "teacher_key", wrong)
        assert "not the teacher's key" in page.trouble
        for key in ("time", "table", "run", "table_on", "run_on"):
            do(page, key)
            assert "teacher's key" in page.trouble
    assert stand_in.calls == 0
    do(page, "teacher_key", " ABCD-efgh-jkmn ")
    assert "teacher_key" not in items(page)
    do(page, "time")
    over(page, JobKind.TIME)
    assert stand_in.calls > 0
    other = opened(stand_in, allowance=allowance)
    assert is_barred(other, "run")  # each learner gives it


def test_no_key_opens_what_is_shut() -> None:
    for shut in (Allowance(Asks.NOBODY), Allowance(Asks.WITH_KEY), Allowance()):
        assert not any(shut.opens(given) for given in ("", " ", "x"))


def test_learners_share_a_quota_of_jobs(opened: Opened, slow: StandIn, tmp_path: Path) -> None:
    now = [0.0]
    allowance = Allowance(quota=Quota(at_once=2, an_hour=4), clock=lambda: now[0])
    pages = [opened(slow, allowance=allowance) for _ in range(3)]
    for page in pages:
        do(page, "run")
    kept = list((tmp_path / "rec").iterdir())
    assert [JobKind.RUN in page.state.jobs for page in pages] == [True, True, False]
    assert "2 jobs are under way here" in pages[2].trouble
    assert len(kept) == 2  # nothing is left behind by what was refused
    for page in pages[:2]:
        do(page, "stop_run")
        over(page, JobKind.RUN)
    for _ in range(2):
        do(pages[2], "time")
        assert pages[2].trouble == ""
        over(pages[2], JobKind.TIME)
    do(pages[2], "time")
    assert "4 jobs were begun here within an hour" in pages[2].trouble
    now[0] = 3601.0
    do(pages[2], "time")
    assert pages[2].trouble == ""
    over(pages[2], JobKind.TIME)


@pytest.mark.parametrize("quota", [Quota(files=1), Quota(size=10)])
def test_learners_share_a_quota_of_what_is_written(
    opened: Opened, stand_in: StandIn, tmp_path: Path, quota: Quota
) -> None:
    page = opened(stand_in, allowance=Allowance(quota=quota))
    folder = tmp_path / "rec"
    folder.mkdir()
    (folder / "earlier.jsonl").write_bytes(b"x" * 10)
    for key in ("run", "table"):
        do(page, key)
        assert "No more recordings are kept here" in page.trouble
        assert str(tmp_path) not in page.trouble
    assert [path.name for path in folder.iterdir()] == ["earlier.jsonl"]
    do(page, "time")  # writes nothing
    assert page.trouble == ""
    over(page, JobKind.TIME)


def test_the_key_of_the_server_goes_to_the_usual_address_only(
    stand_in: StandIn, slow: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not to what a visitor of the page names, by whatever way it is called."""
    monkeypatch.setenv("OLLAMA_API_KEY", "secret")
    monkeypatch.setenv("OLLAMA_HOST", slow.address)
    assert visited(None).keyed
    assert visited(slow.address.removeprefix("http://")).keyed
    assert not visited(stand_in.address).keyed
    heard: list[str | None] = []
    send = httpx.HTTPTransport.handle_request
    send_async = httpx.AsyncHTTPTransport.handle_async_request

    def hear(self: Any, request: httpx.Request) -> httpx.Response:
        heard.append(request.headers.get("authorization"))
        return send(self, request)

    async def hear_async(self: Any, request: httpx.Request) -> httpx.Response:
        heard.append(request.headers.get("authorization"))
        return await send_async(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", hear)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", hear_async)
    page = AgentsPage(tmp_path)
    until(page, lambda state: not state.place.is_looking)
    assert set(heard) == {"Bearer secret"}
    heard.clear()
    do(page, "address", stand_in.address)
    until(page, lambda state: not state.place.is_looking)
    do(page, "time")
    over(page, JobKind.TIME)
    assert stand_in.calls > 0
    assert heard
    assert set(heard) == {None}
    page.close()
    monkeypatch.setenv("OLLAMA_HOST", "::bad::")
    assert not visited(stand_in.address).keyed
    with pytest.raises(BadValue):
        visited(None)


def test_what_another_server_says_is_not_read_out(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Private) as private:
        threading.Thread(target=private.serve_forever, daemon=True).start()
        page = AgentsPage(tmp_path)
        until(page, lambda state: not state.place.is_looking)
        for path in ("", "/v1"):
            do(page, "address", f"127.0.0.1:{private.server_port}{path}")
            until(page, lambda state: not state.place.is_looking)
            assert f"{path} is no server of language models" in words(page)
            assert "hidden" not in words(page)
        page.close()
        private.shutdown()


class _Private(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(418)
        self.end_headers()
        self.wfile.write(b'{"error": "hidden"}')

    def log_message(self, *_: Any) -> None:
        pass
