"""The explorer's session, its boards, and the notebook skin, without a browser."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest

import newswave as nw
from newswave.app.address import Place
from newswave.app.notebook import Explorer, explore
from newswave.app.page import (
    Button,
    Choice,
    File,
    Item,
    Message,
    Page,
    Row,
    View,
    Words,
    check_keys,
    plain,
    walk,
)
from newswave.app.pages.explore import Explored
from newswave.app.session import Session, Tab
from newswave.app.widgets import PageView, canvas_traits
from newswave.core.errors import BadValue
from newswave.core.setup import Setup

SMALL = Setup(n_agents=100, n_seeds=2, rounds=20, replicas=8)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session(Place(tmp_path), Explored(SMALL))
    yield made
    made.close()


def press(board: PageView, key: str, value: Any = None, number: int = 1) -> None:
    content = {"event": "act", "key": key, "value": value, "number": number}
    for sheet in board.control_panels:
        if key in sheet._shown:
            sheet._heard(sheet, content, [])


@pytest.mark.parametrize("page", Tab)
def test_every_page_shows_itself(session: Session, page: Tab) -> None:
    view = session.page_of(page).shown()
    items = view.items
    assert items
    check_keys(items)
    assert "trouble" not in {item.key for item in items}
    assert session.page_of(page) is session.page_of(page)
    for picture in view.pictures:
        canvas_traits(picture)
        assert picture.title
        assert picture.curve_words or picture.network_words


@pytest.mark.parametrize("page", Tab)
def test_items_of_every_page_are_plain_data_with_a_help_for_what_one_moves(
    session: Session, page: Tab
) -> None:
    import json

    view = session.page_of(page).shown()
    for item in walk(view.items):
        assert json.loads(json.dumps(plain(item)))["key"] == item.key


def test_a_key_that_comes_twice_is_refused() -> None:
    items: tuple[Item, ...] = (Words("a", "x"), Row("b", (Button("a", "Go"),)))
    with pytest.raises(BadValue, match="twice"):
        check_keys(items)


def test_pages_open_one_another(session: Session) -> None:
    opened: list[Tab] = []
    session.watch(lambda: opened.append(session.tab))
    session.go(Tab.COMPARE)
    session.open(Setup(n_agents=50, n_seeds=1, rounds=5, replicas=3))
    assert opened == [Tab.COMPARE, Tab.EXPLORE]
    assert session.explore.state.setup.n_agents == 50


def keys_of(items: tuple[Item, ...]) -> set[str]:
    return {item.key for item in walk(items)}


def test_the_tour_is_offered_and_taken(tmp_path: Path) -> None:
    first, later = Session(Place(tmp_path), is_first=True), Session(Place(tmp_path))
    assert "opening_skip" in keys_of(first.explore.shown().seen)
    assert not first.explore.shown().controls
    assert "opening_skip" not in keys_of(later.explore.shown().seen)
    first.explore.receive(Message("opening_skip"))
    assert "tour" not in keys_of(first.explore.shown().seen)
    assert "tour_restart" in keys_of(first.explore.shown().controls)
    later.explore.receive(Message("tour_restart"))
    assert "tour_question" in keys_of(later.explore.shown().seen)
    later.explore.receive(Message("tour_next"))
    assert later.explore.trouble
    later.explore.receive(Message("tour_answer:0"))
    assert "tour_reply" in keys_of(later.explore.shown().seen)


def test_a_new_beginning_is_shown_from_round_0(session: Session) -> None:
    board = PageView(session.explore)
    for key in ("preset:alike", "tour_restart", "tour_answer:1", "start_over"):
        board.canvases[0].round = 4
        session.explore.receive(Message(key))
        assert session.explore.trouble == ""
        assert (board.canvases[0].round, session.explore.state.round) == (0, 0)
    board.canvases[0].round = 4
    session.explore.receive(Message("another_run"))
    assert board.canvases[0].round == 4
    board.close()


def test_a_board_shows_its_desk_and_brings_acts_back(session: Session) -> None:
    board = PageView(session.explore)
    before = board.canvases[0].shared
    press(board, "degree", 1)
    assert session.explore.state.setup.network.mean_degree_for(100) == 3
    assert board.canvases[0].shared != before
    assert len(board.canvases[0].shared) == 4 * 100
    shown = np.frombuffer(board.canvases[0].shared, "<i4")
    assert np.array_equal(shown, session.explore.shown().pictures[0].history.shared)  # type: ignore[union-attr]
    board.canvases[0].round = 7
    assert session.explore.state.round == 7
    board.canvases[0].agent = 3
    assert session.explore.state.agent == 3
    board.dress("dark")
    assert {part.theme for part in (*board.control_panels, *board.canvases)} == {"dark"}
    board.close()


def test_a_board_sends_only_what_changed(session: Session) -> None:
    board = PageView(session.explore)
    changes: list[str] = []
    board.canvases[0].observe(lambda change: changes.append(change["name"]))
    press(board, "another_run")
    assert {"shared", "heard", "run_line"} <= set(changes)
    assert not {"links", "classes", "n_agents", "bands"} & set(changes)
    changes.clear()
    board.refresh()
    assert changes == []
    board.close()


def test_files_are_given_to_the_browser(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    board = PageView(session.explore)
    given: list[File] = []
    monkeypatch.setattr(board.report, "give", given.append)
    press(board, "take.setup_json")
    assert Setup.from_json(given[0].content.decode()) == SMALL
    board.close()


def test_two_networks_of_a_page_show_the_same_round(session: Session) -> None:
    board = PageView(session.page_of(Tab.COMPARE))
    assert len(board.canvases) == 3
    [guess] = [i for i in walk(board.page.shown().seen) if isinstance(i, Choice)]
    press(board, guess.key, guess.options[0][0])
    press(board, "compare_show", number=2)
    board.canvases[0].round = 5
    assert board.canvases[1].round == 5
    board.close()


class Emptied(Page):
    """A page that has something to report until something is done."""

    done = False

    def view(self) -> View:
        return View(report=() if self.done else (Words("old", "Fits of another file."),))

    def handle(self, message: Message) -> File | None:
        self.done = message.key == "x"
        return None


def test_a_report_that_has_become_empty_is_not_shown_any_longer() -> None:
    board = PageView(Emptied())
    assert board.report.items[0]["text"] == "Fits of another file."
    board.page.receive(Message("x"))
    assert board.report.items == []
    board.close()


class Broken(Page):
    """A page that fails when it is shown."""

    def view(self) -> View:
        raise KeyError("inside")

    def handle(self, message: Message) -> File | None:
        raise ZeroDivisionError(message.key)


def test_a_broken_page_shows_its_trouble_and_nothing_else_breaks() -> None:
    board = PageView(Broken())
    assert "Something went wrong in newswave itself (KeyError)" in str(board.seen.items)
    board.page.receive(Message("x"))
    assert board.controls.items == []
    board.close()


def test_the_explorer_in_a_notebook_opens_pages_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    explorer = explore(SMALL, run=1)
    assert isinstance(explorer, Explorer)
    assert [explorer.get_title(at) for at in range(len(Tab))] == [page.value for page in Tab]
    assert [len(child.children) for child in explorer.children] == [1, 0, 0, 0, 0]
    explorer.selected_index = 2
    assert len(explorer.children[2].children) == 1
    explorer.session.open(Setup(n_agents=60, n_seeds=1, rounds=5, replicas=3))
    assert explorer.selected_index == 0
    assert explorer.setup.n_agents == explorer.curve.n_agents == 60
    explorer.close()


def test_where_no_scripts_run_a_figure_stands_in_its_place() -> None:
    explorer = Explorer(Explored(SMALL))
    bundle = explorer._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    picture = data["image/png"]
    content = base64.b64decode(picture) if isinstance(picture, str) else picture
    assert content.startswith(b"\x89PNG")
    explorer.close()


def test_too_large_a_setup_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadValue, match="newswave run --setup"):
        nw.explore(Setup(n_agents=100_000))


def test_the_notebook_skin_only_places() -> None:
    """Everything below the tabs is the explorer's own parts in ordinary boxes."""
    explorer = Explorer(Explored(SMALL))
    found: list[str] = []

    def look(widget: Any) -> None:
        found.append(type(widget).__name__)
        for child in getattr(widget, "children", ()):
            look(child)

    look(explorer)
    assert set(found) <= {"Explorer", "VBox", "Box", "ControlPanel", "Canvas"}
    assert isinstance(explorer, ipywidgets.Tab)
    explorer.close()


def test_what_two_pictures_share_is_left_out(session: Session) -> None:
    [before] = session.explore.shown().pictures
    session.explore.at_round(3)
    [after] = session.explore.shown().pictures
    told = canvas_traits(after, before)
    assert not {"links", "shared", "lines", "bands", "run_line"} & set(told)
    assert "at round 3" in told["words"]["network_label"]
    session.explore.receive(Message("another_run"))
    [other] = session.explore.shown().pictures
    assert {"shared", "run_line"} <= set(canvas_traits(other, after))
    assert canvas_traits(other) | {} == {**canvas_traits(other), **canvas_traits(other, after)}
