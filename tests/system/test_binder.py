"""What Binder is given: the recipe, the pins, the links, and what runs in what it makes of them.

Every lesson runs there, too: see test_lessons.py.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from binder_env import BINDER, ROOT, binder_environment, runtime, session_folder
from browsing import chromium
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from programs import PATIENCE, ended, free_port

import newswave
from newswave.learn.files import lesson_files
from newswave.learn.showing import MIME

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIREMENTS = (BINDER / "requirements.txt").read_text("utf-8").splitlines()
PINS = dict(line.split("==") for line in REQUIREMENTS if "==" in line)
ROOM = 1_000_000_000
LESSONS = [name for name in lesson_files() if name.endswith(".ipynb")]


@pytest.fixture(scope="session")
def binder_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the Python of a fresh environment as Binder makes it."""
    with binder_environment(session_folder(tmp_path_factory)) as python:
        yield python


def script(name: str) -> ModuleType:
    """Return a script of binder/ as a module."""
    spec = importlib.util.spec_from_file_location(name, BINDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The recipe


def test_the_recipe_that_binder_makes() -> None:
    pytest.importorskip("repo2docker", reason="repo2docker is not installed")
    options = ["--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan"]
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", *options, str(ROOT)],
        capture_output=True,
        text=True,
        check=True,
    )
    recipe = done.stdout + done.stderr
    # Before the copy of the sources: so a change of a lesson does not install everything anew.
    install = recipe.index('pip install --no-cache-dir -r "binder/requirements.txt"')
    copy = recipe.index("COPY --chown=1000:1000 src/ ${REPO_DIR}/")
    assert install < copy < recipe.index("RUN ./binder/postBuild")
    # In the COPY of the frozen base image, which is how the choice of Python shows.
    assert f"environment-2epy-2d{runtime().replace('.', '-2e')}-2dlinux" in recipe


def test_nothing_else_counts_for_binder() -> None:
    """A second folder is an error, an environment.yml makes Binder ignore the pins."""
    assert not (ROOT / ".binder").exists()
    assert not (BINDER / "environment.yml").exists()


def test_post_build_runs_and_stops_at_the_first_mistake() -> None:
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    listed = subprocess.run(
        ["git", "ls-files", "--stage", str(script)], cwd=ROOT, capture_output=True, text=True
    ).stdout
    assert listed[:6] in ("100755", ""), "git add --chmod=+x binder/postBuild"
    first, *rest = script.read_text("utf-8").splitlines()
    assert first == "#!/bin/bash"
    assert "set -euo pipefail" in rest


# The pins


def test_only_exact_versions_as_wheels() -> None:
    said = [line for line in REQUIREMENTS if not line.startswith("#")]
    assert said[0] == "--only-binary :all:"
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in said[1:])
    assert list(PINS) == sorted(PINS)


@pytest.mark.parametrize("wanted", script("pin").wanted())
def test_what_pyproject_asks_for_is_pinned_within_its_bounds(wanted: str) -> None:
    asked = Requirement(wanted)
    assert asked.specifier.contains(PINS[canonicalize_name(asked.name)])


def test_pyproject_asks_for_python_of_the_runtime() -> None:
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(runtime())


def test_what_binder_has_keeps_its_version() -> None:
    pytest.importorskip("repo2docker", reason="repo2docker is not installed")
    base = script("pin").base()
    assert {"jupyterlab", "ipywidgets", "tornado"} <= base.keys()
    assert {name: base[name] for name in PINS.keys() & base.keys()} == {
        name: PINS[name] for name in PINS.keys() & base.keys()
    }


def installed(python: Path) -> Mapping[str, importlib.metadata.Distribution]:
    """Return what an environment holds, by name."""
    (site,) = python.parent.parent.glob("lib/python*/site-packages")
    found = importlib.metadata.distributions(path=[str(site)])
    return {canonicalize_name(one.metadata["Name"]): one for one in found}


def needed(names: list[Requirement], held: Mapping[str, Any], python: str) -> dict[str, set[str]]:
    """Return all that these need, each with the extras that are asked of it."""
    seen: dict[str, set[str]] = {}
    todo = [(one, "") for one in names]
    while todo:
        asked, extra = todo.pop()
        if asked.marker and not asked.marker.evaluate({"extra": extra, "python_version": python}):
            continue
        name = canonicalize_name(asked.name)
        for more in {"", *asked.extras} - seen.setdefault(name, set()):
            seen[name].add(more)
            todo += [(Requirement(text), more) for text in held[name].requires or ()]
    return seen


def test_no_pin_that_nothing_needs_and_none_missing(binder_python: Path) -> None:
    held = installed(binder_python)
    roots = [Requirement(text) for text in script("pin").wanted()]
    assert needed(roots, held, runtime()).keys() == PINS.keys()
    assert {name: held[name].version for name in PINS} == PINS
    assert held.keys() - PINS.keys() <= {"newswave", "pip", "setuptools", "wheel"}


# The links


def test_the_links_open_what_is_there() -> None:
    links = [
        (page, link)
        for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for link in re.findall(r"\((https://mybinder\.org/v2/[^)\s]+)\)", page.read_text("utf-8"))
    ]
    assert links
    repository = urlsplit(PROJECT["urls"]["Repository"]).path.strip("/")
    for page, link in links:
        parts = urlsplit(link)
        assert parts.path == f"/v2/gh/{repository}/v{newswave.__version__}", page
        ((kind, (value,)),) = parse_qs(parts.query, strict_parsing=True).items()
        if kind == "labpath":
            assert value.endswith(".ipynb"), page
            assert (ROOT / value).is_file(), page
        else:
            assert (kind, value) == ("urlpath", "newswave/"), page
    assert {link for _, link in links} >= set(
        re.findall(r"\]\(([^)\s]+/v2/[^)\s]+)\)", "\n".join(script("badges").badges()))
    )


def test_the_links_are_renewed_in_one_go() -> None:
    pages = list(script("badges").renewed())
    assert pages
    assert not [page for page, before, after in pages if before != after]


def test_the_name_behind_the_proxy_is_that_of_the_entry_point() -> None:
    assert list(PROJECT["entry-points"]["jupyter_serverproxy_servers"]) == ["newswave"]


# In an environment made from it


def test_the_learner_gets_the_lessons_there(binder_python: Path, tmp_path: Path) -> None:
    command = [str(binder_python), "-m", "newswave", "lessons", "--no-open", "--to", "mine"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"{len(LESSONS)} lesson" in done.stdout
    assert all((tmp_path / "mine" / name).is_file() for name in lesson_files())


CONFIG = """
c.ServerApp.base_url = "/user/x/"
c.ServerApp.port = {port}
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.root_dir = {folder!r}
c.LabApp.expose_app_in_browser = True
c.IdentityProvider.token = "let-me-in"
"""
RUN = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  while (!app.shell.currentWidget?.content?.model?.sharedModel?.cells.length) {
    await new Promise(requestAnimationFrame);
  }
  const panel = app.shell.currentWidget;
  await panel.revealed;
  await panel.sessionContext.ready;
  await app.commands.execute("notebook:run-all-cells");
  return panel.content.model.sharedModel.cells.filter((cell) => cell.outputs)
    .flatMap((cell) => cell.outputs);
}"""


@pytest.fixture
def hub(binder_python: Path, tmp_path: Path) -> Iterator[tuple[psutil.Process, str]]:
    """Give JupyterLab of that environment with the lessons, under a prefix as on Binder."""
    command = [str(binder_python), "-m", "newswave", "lessons", "--no-open", "--to", "lessons"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    port, config = free_port(), tmp_path / "config.py"
    config.write_text(CONFIG.format(port=port, folder=str(tmp_path)), "utf-8")
    places = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    # Binder has the internet for Solara's own files; here those of the test's environment stand in.
    places["SOLARA_ASSETS_PROXY_CACHE_DIR"] = str(Path(sys.prefix) / "share" / "solara" / "cdn")
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    command = [str(binder_python), "-m", "jupyterlab", "--config", str(config)]
    with ended(subprocess.Popen(command, env={**os.environ, **places}, **pipes)) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "is running at" in line:
                break
        assert process.poll() is None, "".join(said)
        yield psutil.Process(process.pid), f"http://127.0.0.1:{port}/user/x/"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def memory(process: psutil.Process) -> int:
    """Return the bytes that a process and all it started keep, what they share counted once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        held = one.memory_full_info()
        total += getattr(held, "pss", held.rss)
    return total


def test_a_lesson_and_the_app_fit_into_a_gigabyte(hub: tuple[psutil.Process, str]) -> None:
    """JupyterLab, a lesson that was run to its end in it, and the app behind its proxy."""
    process, address = hub
    with chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}lab/tree/lessons/{LESSONS[0]}?token=let-me-in")
        page.wait_for_function("window.jupyterapp", timeout=1000 * PATIENCE)
        seen = page.evaluate(RUN)
        app = context.new_page()
        app.goto(address + "newswave/", timeout=1000 * PATIENCE)
        app.locator(".nw-sheet [data-key]").first.wait_for(timeout=1000 * PATIENCE)
        used = memory(process)
    assert not [one for one in seen if one["output_type"] == "error"]
    assert any(MIME in one.get("data", {}) for one in seen)
    print(f"{used / 1e6:.0f} MB")
    assert used < ROOM
