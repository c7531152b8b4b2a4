"""`newswave lessons`: what it prints, what it opens, how it ends."""

from __future__ import annotations

import errno
import importlib.util
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from programs import PATIENCE

from newswave.cli import main
from newswave.learn import files as lessonfiles

FIRST = "01-one-post.ipynb"
# In the place of JupyterLab: writes down how it was called, and waits if it is told to.
LAB = """
import os, pathlib, signal, sys
pathlib.Path("called.txt").write_text("\\n".join([os.getcwd(), *sys.argv[1:]]))
if os.environ.get("LAB_WAITS"):
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    print("ready", flush=True)
    signal.pause()
sys.exit(int(os.environ.get("LAB_STATUS", "0")))
"""


# The command in a process of its own, with the same two lessons.
PROGRAM = """
import pathlib, sys
from newswave.learn import files as lessonfiles
from newswave.cli import main
lessonfiles._PLACES = (pathlib.Path(sys.argv[1]),)
sys.exit(main(["lessons"]))
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder to work in, with two lessons to be had and a stand-in for JupyterLab."""
    place, modules = tmp_path / "place", tmp_path / "modules"
    for folder in (place, modules, tmp_path / "here"):
        folder.mkdir()
    for name in (FIRST, "02-degree.ipynb"):
        (place / name).write_text("{}", "utf-8")
    (modules / "jupyterlab.py").write_text(LAB, "utf-8")
    monkeypatch.setattr(lessonfiles, "_PLACES", (place,))
    monkeypatch.setenv("PYTHONPATH", str(modules))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_it_copies_and_opens_the_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lessons"]) == 0
    folder = here / "newswave-lessons"
    cwd, *options = (folder / "called.txt").read_text().splitlines()
    assert Path(cwd) == folder.resolve()
    assert f"--LabApp.default_url=/lab/tree/{FIRST}" in options
    assert "--ServerApp.answer_yes=True" in options
    out = " ".join(capsys.readouterr().out.split())
    assert "2 lessons in" in out
    assert "Ctrl-C here stops it" in out
    assert "What you saved is in the folder" in out


def test_it_only_copies_if_told_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lessons", "--no-open", "--to", "my course"]) == 0
    assert (here / "my course" / FIRST).exists()
    assert not (here / "my course" / "called.txt").exists()
    assert f'jupyter lab "my course/{FIRST}"' in capsys.readouterr().out


def test_without_jupyterlab_it_says_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main(["lessons"]) == 0
    assert "pip install 'newswave[lab]'" in " ".join(capsys.readouterr().out.split())
    assert not (here / "newswave-lessons" / "called.txt").exists()


def test_it_says_what_it_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["lessons", "--no-open"])
    (here / "newswave-lessons" / FIRST).write_text("mine")
    place = lessonfiles._PLACES[0]
    (place / FIRST).write_text('{"newer": 1}')
    (place / "02-degree.ipynb").write_text('{"newer": 1}')
    capsys.readouterr()
    assert main(["lessons", "--no-open"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"Left as they are, since you changed them: {FIRST}" in out
    assert "The newer ones lie beside them: 01-one-post-new.ipynb" in out
    assert "Newer than before: 02-degree.ipynb" in out
    assert (here / "newswave-lessons" / FIRST).read_text() == "mine"


def one_message(capsys: pytest.CaptureFixture[str], words: str) -> None:
    said = capsys.readouterr().err
    assert re.search(words, said), said
    assert said.count("\n") == 1


def test_a_file_where_the_folder_should_be(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "taken").write_text("")
    assert main(["lessons", "--to", "taken"]) == 2
    one_message(capsys, "taken is a file.*Choose another folder for --to")


def test_a_folder_that_cannot_be_made(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lessons", "--to", "/proc/lessons"]) == 2
    one_message(capsys, "Nothing can be written there.*--to")
    assert list(here.iterdir()) == []


def test_a_full_disk(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["lessons"]) == 2
    one_message(capsys, "cannot be written.*No space left.*with space left")
    assert [path.name for path in here.rglob("*") if path.is_file()] == []


def test_what_jupyterlab_ends_with_is_told(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_STATUS", "3")
    assert main(["lessons"]) == 2
    one_message(capsys, "JupyterLab ended with status 3.*jupyter lab")
    assert (here / "newswave-lessons" / FIRST).exists()


def interrupted(stream: str, sign: str, **environment: str) -> tuple[int, str, str]:
    """Run the command until it says `sign`, stop it as a terminal does, and give how it ended.

    A terminal sends Ctrl-C to the command and to JupyterLab at once.
    """
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(lessonfiles._PLACES[0])],
        env={**os.environ, **environment},
        start_new_session=True,
        **pipes,
    )
    watch = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
    watch.start()
    said = []
    for line in getattr(process, stream):
        said.append(line)
        if re.search(sign, line):
            break
    os.killpg(process.pid, signal.SIGINT)
    out, error = process.communicate()
    watch.cancel()
    assert re.search(sign, said[-1]), "".join(said) + out + error
    return process.returncode, out, error


@pytest.mark.usefixtures("here")
def test_ctrl_c_stops_both() -> None:
    status, out, error = interrupted("stdout", "^ready$", LAB_WAITS="1")
    assert (status, error) == (0, "")
    assert "Stopped. What you saved is in the folder." in out


@pytest.mark.usefixtures("here")
def test_the_real_jupyterlab_opens_and_ends(tmp_path: Path) -> None:
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    places = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    (tmp_path / "CONFIG").mkdir()
    settings = "c.ServerApp.allow_root = True\nc.ServerApp.open_browser = False\n"
    (tmp_path / "CONFIG" / "jupyter_server_config.py").write_text(settings, "utf-8")
    given = {**places, "PYTHONPATH": ""}
    status, out, _ = interrupted("stderr", r"http://.*/lab/tree/01-one-post\.ipynb", **given)
    assert status == 0
    assert "Stopped. What you saved is in the folder." in out
