"""Builds a JupyterLite site: JupyterLab, Python and the lessons inside a learner's browser.

`python lessons/lite/build.py FOLDER` needs newswave[test] and takes under a minute. Put FOLDER on
any web server that sends files. The site brings newswave and all that is pure Python; Python
itself, NumPy, SciPy, pandas and matplotlib are Pyodide's. With `--pyodide FOLDER`, that of an
unpacked Pyodide distribution, they are on the site too, and it asks no other host for anything.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from newswave.core.version import __version__
from newswave.learn.files import lesson_files

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PURE = (
    *("anywidget", "comm", "ipywidgets", "joblib", "mesa", "networkx", "psygnal"),
    *("threadpoolctl", "tqdm", "typing-extensions"),
)
"""What the lessons need and the site brings, at the versions that Binder has."""

PYODIDE = ("jinja2", "matplotlib", "numpy", "pandas", "scipy")
"""What they need and Pyodide brings."""

LEFT_OUT = ("ipyvuetify", "ollama", "openpyxl", "segno", "solara", "uvicorn")
"""What only the web app, live language models and xlsx files need: not needed in a browser."""

EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension",
    "anywidget",
)
_NOT_HERE = """\
**Not in a browser.** This lesson asks a server on your own machine, which a page may not do. You
can read it here; to run it, take Binder or your own machine (`newswave lessons`)."""
_KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
_FIRST = """\
# In a browser, newswave has to be fetched first: run this cell and wait. The first time takes
# longest. Your work is kept in this browser alone: download it when you are done.
import {pyodide}
%pip install --quiet --no-deps {wheels}"""


def pins() -> dict[str, str]:
    """Return the versions that Binder has, by name."""
    text = (ROOT / "binder" / "requirements.txt").read_text("utf-8")
    return dict(line.split("==") for line in text.splitlines() if "==" in line)


def first_cell() -> str:
    """Return the code that a lesson begins with in a browser."""
    held = pins()
    wheels = (f"newswave=={__version__}", *(f"{name}=={held[name]}" for name in PURE))
    return _FIRST.format(pyodide=", ".join(PYODIDE), wheels=" ".join(wheels))


def runs_in_browser(notebook: nbformat.NotebookNode) -> bool:
    """Say whether a lesson does without a server, but for what is marked as optional."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    needed = (c.source for c in code if "live-llm" not in c.metadata.get("tags", ()))
    return not any("import ollama" in source or "StandIn(" in source for source in needed)


def in_browser(source: Path) -> str:
    """Return a lesson as the browser needs it: what it runs on is fetched in its first cell."""
    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    at = next(n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    cell = nbformat.v4.new_code_cell(first_cell(), metadata={"tags": ["setup"]})  # type: ignore[no-untyped-call]
    cell["id"] = "lite-first"
    notebook.cells.insert(at, cell)
    if not runs_in_browser(notebook):
        note = nbformat.v4.new_markdown_cell(_NOT_HERE)  # type: ignore[no-untyped-call]
        note["id"] = "lite-note"
        notebook.cells.insert(1, note)
    notebook.metadata["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)"}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def wheels(folder: Path) -> list[Path]:
    """Make newswave's wheel, fetch the pure ones, and return them all."""
    pip = [sys.executable, "-m", "pip"]
    quiet = ["--quiet", "--no-deps"]
    own = ["wheel", *quiet, "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run([*pip, *own], check=True)
    held = pins()
    wanted = [f"{name}=={held[name]}" for name in PURE]
    pure = ["--platform", "any", "--abi", "none", "--implementation", "py"]
    options = [*quiet, *pure, "--only-binary", ":all:", "-d", str(folder)]
    subprocess.run([*pip, "download", *options, *wanted], check=True)
    return sorted(folder.glob("*.whl"))


def _contents(folder: Path) -> None:
    """Write the lessons and their data."""
    for name, source in lesson_files().items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".ipynb":
            target.write_text(in_browser(source), "utf-8")
        else:
            shutil.copy(source, target)


def _settings(site: Path, pyodide: Path | None) -> None:
    """Say where Pyodide lies, if it comes with the site."""
    if pyodide is None:
        return
    shutil.copytree(pyodide, site / "static" / "pyodide", dirs_exist_ok=True)
    path = site / "jupyter-lite.json"
    said = json.loads(path.read_text("utf-8"))
    plugins = said["jupyter-config-data"].setdefault("litePluginSettings", {})
    plugins.setdefault(_KERNEL, {})["pyodideUrl"] = "./static/pyodide/pyodide.mjs"
    path.write_text(json.dumps(said, indent=2) + "\n", "utf-8")


def _configure(work: Path, site: Path, wheels: list[Path]) -> None:
    """Tell JupyterLite what the site is made of."""
    shared = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    said = {
        "LiteBuildConfig": {
            "contents": [str(work / "contents")],
            "output_dir": str(site),
            "no_sourcemaps": True,
            # Only what the lessons use, whatever else is installed here.
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(shared / name) for name in EXTENSIONS],
        },
        "PipliteAddon": {"piplite_urls": [str(one) for one in wheels]},
    }
    (work / "jupyter_lite_config.json").write_text(json.dumps(said), "utf-8")


def build(site: Path, pyodide: Path | None = None) -> None:
    """Build the site in a folder."""
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        for name in ("contents", "wheels"):
            (work / name).mkdir()
        shutil.copy(HERE / "jupyter-lite.json", work)
        _contents(work / "contents")
        _configure(work, site.absolute(), wheels(work / "wheels"))
        command = [sys.executable, "-m", "jupyterlite_core.app", "build"]
        subprocess.run(command, check=True, cwd=work)
    _settings(site, pyodide)


def main() -> int:
    """Build the site that the command line asks for."""
    parser = argparse.ArgumentParser(description="Build the lessons as a JupyterLite site.")
    parser.add_argument("site", type=Path, metavar="FOLDER", help="where the site goes")
    parser.add_argument("--pyodide", type=Path, help="an unpacked Pyodide to put beside it")
    given = parser.parse_args()
    build(given.site, given.pyodide)
    print(f"Built. Try it: python -m http.server --directory {given.site}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
