"""Addresses: what a page shows stands in its own, and opening one shows the same."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote

from newswave.app.links import Linked, link_of, setup_of
from newswave.app.pages.compare import ComparePage
from newswave.app.session import Session, Tab
from newswave.core.errors import NewswaveError, one_of
from newswave.core.setup import Setup


def carried(session: Session) -> object:
    """Return what an address carries of a session, as values to compare."""
    shown = session.explore.shared
    page = session.page_of(session.tab)
    sides = (page.state.is_shown, page.state.sides) if isinstance(page, ComparePage) else ()
    return session.tab, shown.setup, shown.run, sides


def address_of(session: Session) -> str:
    """Return what the address says of a session: its page and what is set there; '' at first.

    >>> from pathlib import Path
    >>> from newswave.app.address import Place
    >>> session = Session(Place(Path("recordings")))
    >>> session.go(Tab.GLOSSARY)
    >>> address_of(session)
    '?page=glossary'
    """
    page = "" if session.tab is Tab.EXPLORE else session.tab.slug
    try:
        if session.tab is Tab.COMPARE and (pair := _pair_of(session)):
            return f"?page={page}&{pair}"
        shown = session.explore.shared
        if (shown.setup, shown.run) == (Setup(), 0):
            return f"?page={page}" if page else ""
        return f"?{link_of(shown.setup, page, shown.run)}"
    except NewswaveError:  # too large for a link
        return f"?page={page}" if page else ""


def _pair_of(session: Session) -> str:
    """Return A and B of the page Compare, each as its link; '' while a question is open."""
    page = session.page_of(Tab.COMPARE)
    assert isinstance(page, ComparePage)
    state = page.state
    if not state.is_shown:
        return ""
    return "&".join(f"{name}={quote(link_of(one), safe='')}" for name, one in state.sides)


def arrive(session: Session, search: str) -> None:
    """Open what an address says; a broken one raises `BadValue` and changes nothing."""
    given = dict(parse_qsl(search.lstrip("?")))
    if given.get("page") == Tab.COMPARE.slug and {"a", "b"} & set(given):
        a, b = (setup_of(f"?{given.get(name, '')}").setup for name in ("a", "b"))
        page = session.page_of(Tab.COMPARE)
        assert isinstance(page, ComparePage)
        page.open(a, b)
        session.go(Tab.COMPARE)
        return
    linked = setup_of(search) if search.strip("?") else Linked(Setup())
    slugs = {tab.slug: tab for tab in Tab}
    tab = slugs[one_of("page", linked.page, slugs)] if linked.page else Tab.EXPLORE
    session.explore.open(linked.setup, linked.run)
    session.go(tab)
