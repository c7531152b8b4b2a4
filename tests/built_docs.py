"""The documentation, built once for all workers of a test run, pages and lessons executed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parent.parent
LESSONS = os.environ.get("NEWSWAVE_DOCS_LESSONS") != "0"


@dataclass(frozen=True)
class Built:
    """What a build of the documentation left.

    Parameters
    ----------
    folder : Path
        Where it was built: `html` has the pages, `jupyter_execute` the executed notebooks.
    status : int
        What Sphinx ended with; 0 if there was no warning.
    told : str
        What it printed.
    """

    folder: Path
    status: int
    told: str

    @property
    def html(self) -> Path:
        """The folder of the pages."""
        return self.folder / "html"

    def executed(self, page: str) -> Path:
        """Return the executed notebook of a page, such as lessons/01-one-post."""
        return self.folder / "jupyter_execute" / f"{page}.ipynb"


def built_docs(tmp_path_factory: pytest.TempPathFactory, lessons: bool = LESSONS) -> Built:
    """Build the documentation, or wait for the worker that does.

    Parameters
    ----------
    tmp_path_factory : pytest.TempPathFactory
        The fixture.
    lessons : bool
        Whether to run the lessons too; not where NEWSWAVE_DOCS_LESSONS is 0, to be quick.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / f"docs-{'with' if lessons else 'without'}-lessons"
    ended = folder / "ended.txt"
    with FileLock(f"{folder}.lock"):
        if not ended.exists():
            folder.mkdir(exist_ok=True)
            status, told = _build(folder, lessons)
            ended.write_text(f"{status}\n{told}", "utf-8")
    status, _, told = ended.read_text("utf-8").partition("\n")
    return Built(folder, int(status), told)


def _build(folder: Path, lessons: bool) -> tuple[int, str]:
    options = ["-W", "--keep-going", "-n", "-q", "-j", "2", "-D", f"newswave_lessons={lessons:d}"]
    command = [sys.executable, "-m", "sphinx", *options, "-d", folder / "doctrees"]
    done = subprocess.run(
        [*map(str, command), str(ROOT / "docs"), str(folder / "html")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
