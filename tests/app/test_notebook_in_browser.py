"""The explorer in a real notebook: JupyterLab in a process of its own, a kernel, a browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import axe_violations
from lab import OWN, notebook, page_at, run

FIRST = """import newswave as nw
x = nw.explore(nw.Setup(n_agents=100, network=nw.RandomRegular(4), n_seeds=2, rounds=20,
                        replicas=20))
x"""
SECOND = "print('degree', x.setup.network.degree, 'of', x.curve.n_agents)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with notebook(tmp_path_factory.mktemp("lab"), "explorer", FIRST, SECOND) as made:
        yield made


@pytest.fixture
def page(lab: tuple[str, Path]) -> Iterator[Any]:
    with page_at(lab[0]) as made:
        yield made


def test_the_explorer_works_in_a_notebook_and_tells_its_code_what_it_shows(
    page: Any, lab: tuple[str, Path]
) -> None:
    page.get_by_text("| Idle").wait_for()
    output = run(page, 0)
    slider = output.locator("[data-key=degree] input")
    slider.wait_for()
    output.locator(".nw-stage[data-painted]").first.wait_for()
    slider.press("ArrowRight")
    output.locator("[data-key=degree] output").get_by_text("5 neighbours").wait_for()
    slider.press("ArrowRight")
    output.locator("[data-key=degree] output").get_by_text("6 neighbours").wait_for()
    run(page, 1).get_by_text("degree 6 of 100").wait_for()
    output.get_by_role("tab", name="Glossary").click()
    output.get_by_text("The terms of this explorer").wait_for()
    output.get_by_role("tab", name="Compare").click()
    output.locator("[data-key=compare_show]").wait_for()
    output.get_by_role("tab", name="Explore").click()
    slider.wait_for()
    axe_violations(page)  # of JupyterLab as well; it leaves axe in the page
    assert page.locator(".nw").count() >= 4
    assert page.evaluate(OWN) == []
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").first.wait_for(state="detached")
    saved = json.loads(lab[1].read_text("utf-8"))
    kept, live = (one["data"] for one in saved["cells"][0]["outputs"])
    assert base64.b64decode(kept["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in live
    assert "image/png" not in live

    # The widget hides its picture; opened again where no kernel knows the widget, it is there.
    assert not output.locator(".jp-RenderedImage img").is_visible()
    (lab[1].parent / "kept.ipynb").write_text(json.dumps(saved), "utf-8")
    page.goto(lab[0].replace(lab[1].name, "kept.ipynb?reset"))
    page.get_by_text("model not found").wait_for()
    assert page.locator(".jp-RenderedImage img").is_visible()
