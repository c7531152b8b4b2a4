"""The address of a page: what is shown stands in it, and opening it shows the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newswave.app.address import Place
from newswave.app.history import address_of, arrive, carried
from newswave.app.page import Message
from newswave.app.session import Session, Tab
from newswave.app.widgets import AddressBar
from newswave.core.errors import BadValue
from newswave.core.setup import Setup

SMALL = Setup(n_agents=100, n_seeds=2, rounds=10, replicas=5)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[tuple[Session, Session]]:
    both = Session(Place(tmp_path)), Session(Place(tmp_path))
    yield both
    for one in both:
        one.close()


def test_the_first_page_has_no_address_of_its_own(sessions: tuple[Session, Session]) -> None:
    one, _ = sessions
    assert address_of(one) == ""
    one.explore.receive(Message("tour_restart"))
    one.explore.receive(Message("tour_answer:0"))
    assert address_of(one) == ""


@pytest.mark.parametrize("tab", Tab)
def test_page_and_setting_are_brought_back(tab: Tab, sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one.open(SMALL, run=3)
    one.go(tab)
    arrive(other, address_of(one))
    assert other.tab is tab
    assert (other.explore.state.setup, other.explore.state.run) == (SMALL, 3)
    assert carried(other) == carried(one)
    assert address_of(other) == address_of(one)
    arrive(other, "")
    assert (other.tab, other.explore.state.setup) == (Tab.EXPLORE, Setup())


def test_two_setups_are_brought_back_once_they_are_to_be_seen(
    sessions: tuple[Session, Session],
) -> None:
    one, other = sessions
    one.go(Tab.COMPARE)
    assert address_of(one) == "?page=compare"
    a, b = SMALL, replace(SMALL, seed=7)
    one.page_of(Tab.COMPARE).open(a, b)  # type: ignore[attr-defined]
    arrive(other, address_of(one))
    state = other.page_of(Tab.COMPARE).state  # type: ignore[attr-defined]
    assert (state.a, state.b, state.is_shown) == (a, b, True)


@pytest.mark.parametrize("broken", ["?page=nowhere", "?agents=many", "?page=compare&a=v%3D9"])
def test_a_broken_address_changes_nothing(broken: str, sessions: tuple[Session, Session]) -> None:
    one, _ = sessions
    before = carried(one)
    with pytest.raises(BadValue):
        arrive(one, broken)
    assert carried(one) == before


def test_only_where_the_browser_went_is_heard() -> None:
    heard: list[str] = []
    bar = AddressBar(heard.append)
    for content in ({"went": "?page=data"}, {"went": 3}, {"other": ""}, "x", None):
        bar._heard(bar, content, [])
    assert heard == ["?page=data"]
