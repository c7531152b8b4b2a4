"""A lesson's panel in a real notebook: JupyterLab in a process of its own, a kernel, a browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import axe_violations
from lab import OWN, notebook, page_at, run

FIRST = """from newswave.app import notebook as panels
x = panels.degree()
x"""
SECOND = "print('degree', x.settings.degree, 'of', x.words[:20])"
THIRD = "y = panels.one_post()\ny"

NARROW = {"width": 520, "height": 900}

WIDER = """() => [...document.querySelectorAll(".nw")]
    .filter(el => el.scrollWidth > el.clientWidth + 1).map(el => el.className)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with notebook(tmp_path_factory.mktemp("lab"), "panel", FIRST, SECOND, THIRD) as made:
        yield made


@pytest.fixture
def page(lab: tuple[str, Path]) -> Iterator[Any]:
    with page_at(lab[0]) as made:
        yield made


def painted(stage: Any) -> float:
    """Return when the stage was painted with something new."""
    return float(stage.get_attribute("data-painted"))


def test_a_panel_follows_the_keyboard_and_tells_the_notebook_s_code(
    page: Any, lab: tuple[str, Path]
) -> None:
    page.get_by_text("| Idle").wait_for()
    output = run(page, 0)
    slider = output.locator("[data-key=degree] input")
    slider.wait_for()
    stage = output.locator(".nw-stage[data-painted]")
    stage.wait_for()
    words, before = output.locator("[data-key=seen]").text_content(), painted(stage)
    assert words.startswith("With 4 neighbours")
    slider.press("ArrowRight")
    output.locator("[data-key=degree] output").get_by_text("6 neighbours").wait_for()
    output.locator("[data-key=seen]").get_by_text("With 6 neighbours").wait_for()
    stage.get_by_text("Degree 6, contact pressure 0.4 per round").wait_for()
    page.wait_for_function(
        "([el, before]) => Number(el.dataset.painted) > before",
        arg=[stage.element_handle(), before],
    )
    run(page, 1).get_by_text("degree 6 of With 6 neighbours").wait_for()
    output.get_by_role("button", name="Reset").click()
    output.locator("[data-key=seen]").get_by_text("With 4 neighbours").wait_for()

    played = run(page, 2)
    now = played.locator("[data-key=now]")
    now.get_by_text("Round 0: the news begins with 1 of 40").wait_for()
    played.get_by_role("button", name="One round on").click()
    now.get_by_text("Round 1: ").wait_for()

    axe_violations(page)  # of JupyterLab as well; it leaves axe in the page
    assert page.locator(".nw").count() == 8
    assert page.evaluate(OWN) == []
    assert page.evaluate(WIDER) == []
    # The stage keeps the keys for itself: saving is for where the notebook has them.
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(1).click()
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").first.wait_for(state="detached")
    saved = json.loads(lab[1].read_text("utf-8"))
    kept, live = (one["data"] for one in saved["cells"][0]["outputs"])
    assert base64.b64decode(kept["image/png"]).startswith(b"\x89PNG")
    assert "".join(kept["text/plain"]).startswith("With 4 neighbours")
    assert "application/vnd.jupyter.widget-view+json" in live
    assert not output.locator(".jp-RenderedImage img").is_visible()


def test_a_panel_has_room_where_it_is_narrow(page: Any) -> None:
    page.get_by_text("| Idle").wait_for()
    page.keyboard.press("Control+b")
    page.locator("#jp-left-stack").wait_for(state="hidden")
    page.set_viewport_size(NARROW)
    output = run(page, 0)
    output.locator(".nw-stage[data-painted]").first.wait_for()
    assert output.locator(".nw-stage").bounding_box()["width"] < 420
    assert page.evaluate(WIDER) == []
