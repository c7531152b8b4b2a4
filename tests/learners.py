"""Every lesson as learners find it, and then with every wrong answer: run once for all workers."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import make_notebooks as maker
import nbformat
from filelock import FileLock
from nbformat import v4
from notebooks import Ran, build_script, run

from newswave.learn.files import lesson_files
from newswave.learn.items import Lesson

# What a lesson must do without, since it is to run in JupyterLite too.
LACKING = """
import sys
assert not {"solara", "uvicorn", "ollama", "httpx", "pydantic", "ipyvuetify"} & set(sys.modules)
"""


@dataclass(frozen=True)
class Tried:
    """A lesson in one kernel: the notebook as it is given, and after it all wrong answers."""

    given: Ran
    wrong: Ran


def tried(found: Lesson, folder: Path, python: str) -> Tried:
    """Run a lesson in the given Python, or wait for the worker that does; `folder` is for all."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{found.file}.ipynb"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            shutil.rmtree(folder / found.file, ignore_errors=True)  # of a run that failed
            done = run(_both(found), folder / found.file, python)
            done.notebook.metadata["cpu"] = done.cpu
            nbformat.write(done.notebook, kept)  # type: ignore[no-untyped-call]
    notebook = nbformat.read(kept, as_version=4)  # type: ignore[no-untyped-call]
    at = len(notebook.cells) - len(_wrong(found))
    return Tried(_part(notebook, slice(at)), _part(notebook, slice(at, None)))


def _both(found: Lesson) -> Any:
    """Return what learners get, from its file, and behind it what tries the wrong answers."""
    name = f"{found.file}.ipynb"
    notebook = nbformat.read(lesson_files()[name], as_version=4)  # type: ignore[no-untyped-call]
    if build_script().runs_in_browser(notebook):
        notebook.cells.append(v4.new_code_cell(LACKING))  # type: ignore[no-untyped-call]
    notebook.cells += _wrong(found)
    return notebook


def _wrong(found: Lesson) -> list[Any]:
    """Return the cells that try all wrong answers, tell of predictions, and sum up."""
    cells = [
        cell
        for cell in maker.wrong(found).cells
        if {"solution", "progress"} & set(maker.tags(cell)) or cell.source.startswith("observe(")
    ]
    for cell in cells:
        cell["id"] = f"{cell['id']}-wrong"
    return cells


def _part(notebook: Any, cells: slice) -> Ran:
    part = v4.new_notebook(metadata=notebook.metadata, cells=notebook.cells[cells])  # type: ignore[no-untyped-call]
    return Ran(part, notebook.metadata["cpu"])
