"""newswave on the lowest versions that pyproject.toml allows.

`python tests/lowest.py` makes a fresh environment with them, loads every module there, runs a small
setup, and opens the app in a browser. `--python PATH` takes an environment that is there already.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from browsing import chromium
from programs import where_pip_finds_packages
from visiting import PATIENCE, Visit, app

ROOT = Path(__file__).parent.parent
EXTRAS = "offline,viz"
LOAD = """
import importlib, pkgutil, newswave
for found in pkgutil.walk_packages(newswave.__path__, "newswave."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""
# What draws with Altair in Mesa's page, by the extra viz.
DRAW = """
import warnings
warnings.simplefilter("ignore")
import newswave
from mesa.visualization import SpaceRenderer
from mesa.visualization.components import AgentPortrayalStyle
model = newswave.NewsModel(n_agents=20, degree=4, n_seeds=2)
renderer = SpaceRenderer(model, backend="altair")
renderer.draw_structure()
portray = lambda agent: AgentPortrayalStyle(color="crimson", size=20)
if hasattr(renderer, "setup_agents"):
    renderer.setup_agents(portray).draw_agents()
else:
    renderer.draw_agents(portray)
"""


def environment(folder: Path) -> Path:
    """Return the Python of a fresh environment with the lowest versions."""
    env, uv = folder / "env", [sys.executable, "-m", "uv"]
    python = env / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = where_pip_finds_packages()
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, env], check=True)
    lowest = ["--resolution", "lowest-direct", "--python", python, f"{ROOT}[{EXTRAS}]"]
    subprocess.run([*uv, "pip", "install", "--quiet", *lowest], check=True, env=where)
    return python


def check(python: Path, folder: Path) -> None:
    """Raise unless newswave works with a Python."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    how = {"cwd": folder, "check": True, "env": clean}
    subprocess.run([python, "-W", "error::DeprecationWarning:newswave", "-c", LOAD], **how)
    subprocess.run([python, "-c", DRAW], **how)
    small = ["--agents", "100", "--rounds", "20", "--replicas", "20", "--no-fits"]
    done = subprocess.run(
        [python, "-m", "newswave", "run", *small, "--out", "small"], stdout=subprocess.PIPE, **how
    )
    assert b"Written to small" in done.stdout
    with chromium() as browser, app(folder, python=str(python), more={"PYTHONPATH": ""}) as address:
        context = browser.new_context()
        context.set_default_timeout(4000 * PATIENCE)
        visit = Visit(context, address)
        for tab in ("LLM agents", "Compare", "Your data", "Glossary", "Explore"):
            visit.go(tab)
        visit.move("n_agents")
        visit.close()


def main() -> None:
    """Check an environment, a fresh one if none is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path)
    given = parser.parse_args().python
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check(given or environment(folder), folder)
    print("newswave works on the lowest versions that it allows.")


if __name__ == "__main__":
    main()
