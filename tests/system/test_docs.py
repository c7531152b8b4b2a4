"""The documentation builds without a warning, asks no other host for anything, and tells all."""

from __future__ import annotations

import ast
import functools
import http.server
import math
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from browsing import axe_violations, chromium
from built_docs import LESSONS, ROOT, Built, built_docs
from sphinx.util.inventory import InventoryFile

import newswave as nw
from newswave.app.pages.glossary import TERMS
from newswave.cli import _parsers

SCRIPTS = sorted((ROOT / "docs" / "gallery").glob("*.py"))


@dataclass
class Seen(HTMLParser):
    """What a page holds that the tests look at."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    pictures: list[dict[str, str | None]] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        given = dict(attrs)
        self.ids.update(value for value in (given.get("id"), given.get("name")) if value)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "img":
            self.pictures.append(given)
        if tag == "math":
            self.formulas.append(given.get("alttext") or "")
        self.loads += [given[name] or "" for name in ("src", "srcset", "data") if name in given]
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "modulepreload"):
            self.loads.append(given.get("href") or "")

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.text += data


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return built_docs(tmp_path_factory)


@pytest.fixture(scope="module")
def pages(built: Built) -> dict[Path, Seen]:
    """Every page, read."""
    found = {}
    for file in sorted(set(built.html.rglob("*.html")) - set(built.html.glob("_static/**/*"))):
        seen = Seen()
        seen.feed(file.read_text("utf-8"))
        found[file] = seen
    return found


def test_it_builds_without_a_warning(built: Built) -> None:
    assert built.status == 0, built.told


def test_the_pages_that_were_promised_are_there(built: Built) -> None:
    for name in (
        "index",
        "overview",
        "start",
        "glossary",
        "accessibility",
        "why",
        "how-to/decider",
    ):
        assert (built.html / f"{name}.html").exists(), name
    for name in ("science/theory", "reference/command", "gallery/index", "lessons/index"):
        assert (built.html / f"{name}.html").exists(), name


def test_every_picture_and_formula_has_words(pages: dict[Path, Seen]) -> None:
    pictures = [(file, one) for file, seen in pages.items() for one in seen.pictures]
    without = [file.name for file, one in pictures if not (one.get("alt") or "").strip()]
    assert len(pictures) > 2 * len(SCRIPTS)
    assert not without
    formulas = [one for seen in pages.values() for one in seen.formulas]
    assert len(formulas) > 30
    assert all(formulas)


def test_nothing_waits_for_a_kernel(built: Built) -> None:
    for file in built.html.rglob("*.html"):
        assert "application/vnd.jupyter.widget-view" not in file.read_text("utf-8"), file


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, Seen]) -> None:
    for file, seen in pages.items():
        for target in seen.loads:
            assert not target.startswith(("http:", "https:", "//")), f"{file.name}: {target}"
            if not target.startswith("data:"):
                where = urllib.parse.unquote(target.partition("?")[0].partition("#")[0])
                assert not where or (file.parent / where).exists(), f"{file.name}: {target}"


def test_links_inside_lead_somewhere(pages: dict[Path, Seen]) -> None:
    """Only those from page to page: links of the theme to a page's own top are `#`."""
    broken = []
    for file, seen in pages.items():
        for link in seen.links:
            path, _, anchor = urllib.parse.unquote(link).partition("#")
            if urllib.parse.urlsplit(link).scheme or link in ("", "#"):
                continue
            target = (file.parent / path).resolve() if path else file
            if not target.exists() or (
                anchor and target in pages and anchor not in pages[target].ids
            ):
                broken.append(f"{file.name}: {link}")
    assert not broken


def test_every_public_name_has_an_entry(built: Built) -> None:
    with (built.html / "objects.inv").open("rb") as file:
        held = InventoryFile.load(file, "", lambda _, path: path)
    entries = {name for kind, names in held.items() if kind.startswith("py:") for name in names}
    assert {f"newswave.{name}" for name in nw.__all__} <= entries


def test_the_reference_tells_of_every_command(built: Built, pages: dict[Path, Seen]) -> None:
    text = pages[built.html / "reference" / "command.html"].text
    for name in _parsers()[1]:
        assert f"usage: newswave {name}" in text


def test_the_glossary_is_the_explorers(built: Built, pages: dict[Path, Seen]) -> None:
    text = " ".join(pages[built.html / "glossary.html"].text.split())
    for term in TERMS:
        assert f"{term.name}#{term.words}" in text, term.name


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.stem for script in SCRIPTS])
def test_a_script_of_the_gallery_is_short_and_says_what_it_shows(script: Path) -> None:
    text = script.read_text("utf-8")
    assert len(text.splitlines()) <= 25
    told = ast.get_docstring(ast.parse(text)) or ""
    assert told.partition("\n\n")[2].strip()


@pytest.fixture(scope="module")
def site(built: Built) -> Iterator[str]:
    """Serve the site: the search does not work from files."""
    handler = functools.partial(_Quiet, directory=str(built.html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_no_other_host_is_asked(browser: Any, site: str, scheme: str) -> None:
    asked: list[str] = []
    names = [
        "index",
        "overview",
        "start",
        "science/theory",
        "reference/setup",
        "gallery/two_groups",
    ]
    for name in [*names, *(["lessons/03-network-matters"] if LESSONS else [])]:
        page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site}{name}.html")
        assert axe_violations(page) == [], name
        page.close()
    assert asked
    assert {url for url in asked if not url.startswith((site, "data:", "blob:"))} == set()


def test_the_search_finds_a_term_and_a_function(browser: Any, site: str) -> None:
    page = browser.new_page()
    for word, wanted in (("exposure", "Glossary"), ("read_edge_list", "read_edge_list")):
        page.goto(f"{site}search.html?q={word}")
        page.locator("#search-results li a", has_text=wanted).first.wait_for()
    page.close()


def test_a_phone_need_not_scroll_sideways(browser: Any, site: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    for name in (
        "index",
        "overview",
        "start",
        "science/theory",
        "how-to/data",
        "reference/command",
    ):
        page.goto(f"{site}{name}.html")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, name
    page.close()


# The front page: an essay to play with.


def test_the_front_page_is_small_and_its_text_has_the_numbers_of_its_runs(built: Built) -> None:
    text = (built.html / "index.html").read_text("utf-8")
    assert len(text.encode("utf-8")) < 500_000
    village = nw.Setup(n_agents=40, network=nw.RandomRegular(3), sharing=nw.SameForAll(0.2),
                       mix=nw.OneProfile(nw.Profile.from_code("O+C+E+A+N+")), n_seeds=1,
                       rounds=30, replicas=10)  # fmt: skip
    halves = (nw.simulate(village).counts >= 20).argmax(axis=1)
    assert f"in rounds {', '.join(map(str, halves))}." in text
    # The logistic equation in closed form, of 1 % at the start and 8 contacts of q = 0.025.
    pressure = -8 * math.log1p(-0.025)
    assert f"which is {pressure:.2f} a round" in text
    assert f"half done in round {math.ceil(math.log(99) / pressure)}." in text
    found = nw.fit(nw.simulate(nw.Setup()), nw.TwoRates(nw.OnNetwork(8))).estimates
    assert f"{100 * found['fast_fraction']:.0f} % with a chance of" in text


def test_the_front_page_plays_asks_and_shows_what_was_asked(browser: Any, site: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{site}index.html")
    village = page.locator("[data-scene=village] .nw-stage")
    page.wait_for_function("+document.querySelector('.nw-stage').dataset.round > 1")
    assert village.locator(".nw-pane-curve").is_hidden()
    page.get_by_role("button", name="A straight line").click()
    assert page.get_by_text("the same number of new people").is_visible()
    village.locator(".nw-pane-curve").wait_for()
    assert page.locator("#after-village").is_visible()
    page.get_by_role("button", name="Another day").click()
    page.get_by_text("Day 2", exact=True).wait_for()
    page.locator("#degree").focus()
    page.keyboard.press("Home")
    assert page.locator("output[for=degree]").inner_text() == "2 neighbours each"
    told = page.locator("[data-scene=degrees] canvas").last.get_attribute("aria-label")
    assert "below the equation" in told
    page.locator("#knowing").check()
    page.get_by_text("the equation that knows the network", exact=True).first.wait_for()
    page.get_by_role("button", name="A second city").click()
    page.get_by_text("A good fit is no proof.").wait_for()
    assert axe_violations(page) == []
    assert wrong == []
    page.close()
