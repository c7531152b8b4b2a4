"""A notebook in JupyterLab, in a process of its own, and a browser that opens it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium
from visiting import DESKTOP, PATIENCE, running

from newswave.app.address import Address, opened

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


@contextmanager
def notebook(folder: Path, name: str, *sources: str) -> Iterator[tuple[str, Path]]:
    """Give the address of a notebook with these cells in JupyterLab, and its file."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    with closing(opened(Address(port=0))) as door:
        port = int(door.getsockname()[1])
    config = folder / "config.py"
    config.write_text(CONFIG.format(port=port, folder=str(folder)), "utf-8")
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {"cells": [cell(source) for source in sources], "metadata": {"kernelspec": kernel},
               "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    file = folder / f"{name}.ipynb"
    file.write_text(json.dumps(content), "utf-8")
    kinds = ("CONFIG", "DATA", "RUNTIME")
    places = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in kinds}
    places["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
    command = [sys.executable, "-m", "jupyterlab", "--config", str(config)]
    with running(command, "is running at", env={**os.environ, **places}, cwd=folder):
        yield f"http://127.0.0.1:{port}/lab/tree/{file.name}", file


@contextmanager
def page_at(address: str) -> Iterator[Any]:
    """Give the notebook in a browser; no script may have failed in it in the end."""
    with chromium() as browser:
        made = browser.new_page(viewport=DESKTOP, reduced_motion="reduce")
        made.set_default_timeout(500 * PATIENCE)
        errors: list[str] = []
        asked: list[str] = []
        made.on("pageerror", lambda error: errors.append(str(error)))
        made.on("request", lambda request: asked.append(request.url))
        made.goto(address)
        yield made
        here = address.partition("/lab/")[0]
        kinds = (here, here.replace("http", "ws", 1), "blob:", "data:")
        outside = [url for url in asked if not url.startswith(kinds)]
        assert (errors, outside) == ([], [])


def run(page: Any, at: int) -> Any:
    """Run a cell; return what it gives."""
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.nth(at).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return cells.nth(at).locator(".jp-Cell-outputArea")
