"""The page of the web app: Solara places the parts of the explorer; nothing is computed here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import segno
import solara
import solara.lab
from reacton import ipyvuetify as v

from newswave.app.address import here
from newswave.app.history import address_of, arrive, carried
from newswave.app.middleware import VISITS
from newswave.app.page import trouble_words
from newswave.app.session import Session, Tab
from newswave.app.widgets import AddressBar, PageView, joined
from newswave.core.errors import NewswaveError

AUTO = "auto"
AWAY = {"tabindex": "-1"}
PROJECTOR = (
    "Full screen and large type. Space plays, the arrow keys go round by round, N goes on to the "
    "next question, Escape leaves."
)

THEMES = {None: ("as the system", AUTO), False: ("light", "light"), True: ("dark", "dark")}
"""Whether the page is dark, as Solara says it: in words, and as the parts say it."""


class Visit:
    """One browser tab's stay: a session, and a view of every page that was opened."""

    def __init__(self, search: str, is_first: bool) -> None:
        self.session = Session(here(), is_first=is_first and not search)
        self.notice = ""
        self.bar = AddressBar(self.arrive, f"?{search}" if search else "")
        self._told: object = None
        self._views: dict[Tab, PageView] = {}
        self._theme = AUTO
        if search:
            self.arrive(search)
        self.session.watch(self._tell)
        self._tell()

    def view(self, tab: Tab) -> PageView:
        """Return the view of a page: the same one each time."""
        if tab not in self._views:
            made = PageView(self.session.page_of(tab), autoplay=tab is Tab.EXPLORE)
            made.dress(self._theme)
            self._views[tab] = made
            made.page.watch(self._tell)
        return self._views[tab]

    def dress(self, theme: str) -> None:
        """Show every page light or dark."""
        self._theme = theme
        for view in self._views.values():
            view.dress(theme)

    def close(self) -> None:
        """Give everything back."""
        for view in self._views.values():
            view.close()
        self.session.close()
        self.bar.close()

    def arrive(self, search: str) -> None:
        """Open what an address says; a broken one is said on the page."""
        self.notice = ""
        try:
            arrive(self.session, search)
        except NewswaveError as error:
            self.notice = f"The link could not be opened. {trouble_words(error)}"

    def _tell(self) -> None:
        """Have the address say what is shown; a link is only made where something has changed."""
        told = carried(self.session)
        if told != self._told:
            self._told, self.bar.search = told, address_of(self.session)


@cache
def _styles() -> str:
    own, tokens = Path(__file__).parent / "site" / "page.css", joined("tokens.css")
    system = "".join(
        f"@media (prefers-color-scheme: {theme}) {{\n"
        + tokens.replace(f'[data-theme="{theme}"]', f'[data-theme="{AUTO}"]')
        + "}\n"
        for theme in ("light", "dark")
    )
    return tokens + system + own.read_text("utf-8")


@solara.component  # type: ignore[untyped-decorator]
def Page() -> None:  # noqa: N802  (the name that Solara looks for)
    """Place the explorer, whole."""
    router = solara.use_router()
    visit = solara.use_memo(lambda: Visit(router.search or "", _is_first()), [])
    tab, set_tab = solara.use_state(visit.session.tab)
    theme = THEMES[solara.use_trait_observe(solara.lab.theme, "dark")][1]
    solara.use_effect(lambda: visit.close, [])
    solara.use_effect(lambda: visit.session.watch(lambda: set_tab(visit.session.tab)), [])
    solara.use_effect(lambda: visit.dress(theme), [theme])
    solara.Title("newswave")
    solara.Style(_styles())
    is_open, open_sheet = solara.use_state(False)
    others = here().others
    about = {"data-theme": theme, "data-others": others, "data-sheet": str(is_open).lower()}
    with v.Html(tag="div", class_="nw nw-app", attributes=about):
        _html_button("Skip to play", "nw-skip", {})
        _header(tab, visit.session.go, is_open, open_sheet)
        with v.Html(tag="div", class_="nw-main"):
            if visit.notice:
                v.Html(tag="p", class_="nw-notice", children=[visit.notice])
            _place(visit.view(tab), is_pinned=tab is Tab.EXPLORE)
        v.Html(tag="div", class_="nw-unseen", children=[visit.bar])
        if others:
            _invitation(others)


def _is_first() -> bool:
    """Return whether this browser was never here before: the server counts its visits."""
    return (solara.lab.cookies.value or {}).get(VISITS) == "1"


def _header(tab: Tab, go: Any, is_open: bool, open_sheet: Any) -> None:
    """Place the tabs and what is for all pages: one stop of the Tab key, arrows go on from it."""
    bar = {"role": "toolbar", "aria-label": "newswave"}
    with v.Html(tag="header", class_="nw-header"):
        v.Html(tag="h1", class_="nw-brand", children=["newswave"])
        with v.Html(tag="div", class_="nw-bar", attributes=bar):
            with v.Html(tag="nav", class_="nw-tabs", attributes={"aria-label": "Pages"}):
                for one in Tab:
                    current = {"aria-current": "page"} if one is tab else {"tabindex": "-1"}
                    _button(one.value, lambda one=one: go(one), "nw-tab", current)
            _html_button("Projector", "nw-theme nw-projector", {"title": PROJECTOR, **AWAY})
            chosen, following = _themes()
            _button(f"Colours: {THEMES[chosen][0]}", lambda: _dress(following), "nw-theme", AWAY)
        sheet = {"aria-expanded": str(is_open).lower()}
        _button("Settings", lambda: open_sheet(not is_open), "nw-theme nw-settings", sheet)


def _invitation(address: str) -> None:
    """Place the address for the others in the room, with a code that telephones read."""
    code = segno.make(address, micro=False).svg_data_uri(scale=6, border=4, light="white")
    with v.Html(tag="details", class_="nw-others"):
        v.Html(tag="summary", children=["Open this page on another device in the room"])
        v.Html(tag="p", children=[v.Html(tag="a", attributes={"href": address},
                                         children=[address])])  # fmt: skip
        v.Html(tag="img", attributes={"src": code, "alt": f"QR code of {address}"})


def _themes() -> tuple[Any, Any]:
    """Return which colours were chosen, and which come after them."""
    chosen = solara.use_trait_observe(solara.lab.theme, "dark")
    every = list(THEMES)
    return chosen, every[(every.index(chosen) + 1) % len(every)]


def _dress(dark: Any) -> None:
    solara.lab.theme.dark = dark


def _button(label: str, do: Any, kind: str, more: dict[str, str]) -> None:
    v.use_event(_html_button(label, kind, more), "click", lambda *_: do())


def _html_button(label: str, kind: str, more: dict[str, str]) -> Any:
    """Place a button; what it does without Python is in `site/page.js`."""
    about = {"type": "button", **more}
    return v.Html(tag="button", class_=kind, attributes=about, children=[label])


def _place(view: PageView, is_pinned: bool) -> None:
    """Place the parts of one page; what is pinned stays in sight while the settings scroll."""
    shown = view.page.shown()
    if not shown.controls and not shown.pictures:
        with v.Html(tag="div", class_="nw-board nw-only-report"):
            # A page that cannot show itself has only words: what went wrong.
            parts = [view.seen, view.report] if shown.seen else [view.report]
            v.Html(tag="div", class_="nw-report", children=parts)
        return
    pair = " nw-pair" if len(view.canvases) > 1 else ""
    with v.Html(tag="div", class_="nw-board nw-pinned" if is_pinned else "nw-board"):
        # Where it is pinned it may scroll, and what scrolls can be reached by keys.
        reached = {"tabindex": "0", "role": "region", "aria-label": "What is seen"}
        v.Html(tag="div", class_="nw-seen", children=[view.seen],
               attributes=reached if is_pinned else {})  # fmt: skip
        with v.Html(tag="div", class_=f"nw-stages{pair}"):
            for canvas in view.canvases:
                v.Html(tag="div", class_="nw-stage-place", children=[canvas])
        v.Html(tag="div", class_="nw-curves", children=[view.legend])
        with v.Html(tag="div", class_="nw-side"):
            v.Html(tag="div", class_="nw-card", children=[view.card])
            v.Html(tag="div", class_="nw-controls", children=[view.controls])
            v.Html(tag="div", class_="nw-report", children=[view.report])
