"""`newswave lessons`: the lessons into a folder of the learner's, and JupyterLab on the first."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from newswave.command.console import say, width
from newswave.errors import NewswaveError

if TYPE_CHECKING:
    from newswave.lessonfiles import Copied

FOLDER = "newswave-lessons"
_KEPT = "Left as they are, since you changed them: "
_BESIDE = "The newer ones lie beside them: "
_MISSING = (
    "To work in them you need JupyterLab: python -m pip install 'newswave[lab]', then newswave "
    "lessons again. Or open the folder in any program that opens notebooks."
)
# Only what a learner has to know; and Ctrl-C stops it at once, without a question.
_QUIET = ("--ServerApp.log_level=WARN", "--LabApp.log_level=WARN", "--ServerApp.answer_yes=True")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--to",
        metavar="FOLDER",
        default=FOLDER,
        help=f"the folder to copy the lessons to (default {FOLDER}, in the folder you are in); "
        "what you changed there stays as it is",
    )
    parser.add_argument(
        "--no-open", action="store_true", help="only copy the lessons, do not open JupyterLab"
    )
    parser.set_defaults(action=lessons)


def lessons(arguments: argparse.Namespace) -> int:
    """Copy the lessons and open the first; return the exit status."""
    from newswave.command.folder import check_folder
    from newswave.describing import wrapped
    from newswave.lessonfiles import copy_lessons

    check_folder(arguments.to, "--to")
    copied = copy_lessons(arguments.to)
    for line in _told(copied):
        say(wrapped(line, width()))
    if importlib.util.find_spec("jupyterlab") is None:
        say("", wrapped(_MISSING, width()))
    elif arguments.no_open:
        say("", "To work in them:", f"  {_by_hand(copied.first)}")
    else:
        _open(copied.first)
    return 0


def _told(copied: Copied) -> list[str]:
    """Return what became of the lessons, in words."""
    count = len(copied.notebooks)
    lines = [f"{count} lesson{'' if count == 1 else 's'} in {copied.folder.absolute()}"]
    if copied.renewed:
        lines.append(f"Newer than before: {', '.join(copied.renewed)}")
    if copied.kept:
        lines.append(_KEPT + ", ".join(copied.kept))
    if copied.beside:
        lines.append(_BESIDE + ", ".join(copied.beside))
    return lines


def _by_hand(first: Path) -> str:
    """Return the command that opens a lesson, quoted where its path needs it."""
    name = str(first)
    return f"jupyter lab {name}" if " " not in name else f'jupyter lab "{name}"'


def _open(first: Path) -> None:
    """Run JupyterLab on a lesson until it is stopped."""
    say("", f"JupyterLab opens {first.name} in your browser (Ctrl-C here stops it).")
    # Not the lesson as a word of its own: the address that JupyterLab prints would not lead to it.
    address = f"--LabApp.default_url=/lab/tree/{quote(first.name)}"
    command = [sys.executable, "-m", "jupyterlab", address, *_QUIET]
    with subprocess.Popen(command, cwd=first.parent) as process:
        status = _waited(process)
    if status not in (0, 130, -2):
        raise NewswaveError(
            f"JupyterLab ended with status {status}",
            advice=f"What it said above tells why. To start it yourself: {_by_hand(first)}",
        )
    say("", "Stopped. What you saved is in the folder.")


def _waited(process: subprocess.Popen[bytes]) -> int:
    """Wait for JupyterLab's end; it has heard the same Ctrl-C and closes its notebooks itself."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
