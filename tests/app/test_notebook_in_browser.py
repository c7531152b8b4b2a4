"""The explorer in a real notebook: JupyterLab in a process of its own, a kernel, a browser."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from browsing import axe_violations, chromium
from visiting import DESKTOP, PATIENCE, running

from newswave.app.address import Address, opened

FIRST = """import newswave as nw
x = nw.explore(nw.Setup(n_agents=100, network=nw.RandomRegular(4), n_seeds=2, rounds=20,
                        replicas=20))
x"""
SECOND = "print('degree', x.setup.network.degree, 'of', x.curve.n_agents)"

OWN = """async () => (await axe.run(document.querySelectorAll(".nw"))).violations
    .map(one => one.id + " " + one.nodes.map(node => node.target).join("; "))"""

CONFIG = """
c.ServerApp.port = {port}
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.root_dir = {folder!r}
c.IdentityProvider.token = ""
c.LabApp.extension_manager = "readonly"
"""


def cell(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "id": f"c{len(source)}", "metadata": {},
            "outputs": [], "source": source}  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Give the address of a notebook in JupyterLab, and its file."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    folder = tmp_path_factory.mktemp("lab")
    with closing(opened(Address(port=0))) as door:
        port = int(door.getsockname()[1])
    config = folder / "config.py"
    config.write_text(CONFIG.format(port=port, folder=str(folder)), "utf-8")
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": [cell(FIRST), cell(SECOND)], "metadata": {"kernelspec": kernel},
                "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    file = folder / "explorer.ipynb"
    file.write_text(json.dumps(notebook), "utf-8")
    kinds = ("CONFIG", "DATA", "RUNTIME")
    places = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in kinds}
    places["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    command = [sys.executable, "-m", "jupyterlab", "--config", str(config)]
    with running(command, "is running at", env={**os.environ, **places}, cwd=folder):
        yield f"http://127.0.0.1:{port}/lab/tree/{file.name}", file


@pytest.fixture
def page(lab: tuple[str, Path]) -> Iterator[Any]:
    """Give the notebook in a browser; no script may have failed in it in the end."""
    with chromium() as browser:
        made = browser.new_page(viewport=DESKTOP, reduced_motion="reduce")
        made.set_default_timeout(500 * PATIENCE)
        errors: list[str] = []
        asked: list[str] = []
        made.on("pageerror", lambda error: errors.append(str(error)))
        made.on("request", lambda request: asked.append(request.url))
        made.goto(lab[0])
        yield made
        here = lab[0].partition("/lab/")[0]
        kinds = (here, here.replace("http", "ws", 1), "blob:", "data:")
        outside = [url for url in asked if not url.startswith(kinds)]
        assert (errors, outside) == ([], [])


def run(page: Any, at: int) -> Any:
    """Run a cell; return what it gives."""
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.nth(at).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return cells.nth(at).locator(".jp-Cell-outputArea")


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
