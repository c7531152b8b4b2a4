"""`newswave app` and `newswave lessons`."""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

from newswave.app.address import PORT, Address, Asks
from newswave.cli.console import check_folder, complain, folded, say
from newswave.cli.options import Command, Option, number
from newswave.core.errors import NewswaveError
from newswave.learn.files import Copied, copy_lessons

# `newswave app`: the explorer as a web app, in a browser.

_GRACE = 2.0
_OFFLINE = (
    "A part of the page is not on this machine: each browser fetches it from the internet. To do "
    "without: python -m pip install 'newswave[offline]'"
)
_OPEN = (
    "Everybody who can reach this machine over the network can now use the app, without a "
    "password. Stop it when the lesson is over."
)
_NOBODY = (
    "This machine has no address on a network, so nobody else can open the page: join a network, "
    "then start it again."
)


def app(arguments: argparse.Namespace) -> int:
    """Serve the web app until it is stopped; return 0."""
    allowed = tuple(arguments.allow)
    address = Address(arguments.host, arguments.port, arguments.root_path, allowed)
    try:
        from newswave.app.server import allowance_at, serve
    except ImportError as error:
        raise NewswaveError(
            f"The web app needs {error.name or 'Solara'}, which is not installed",
            advice="python -m pip install solara",
        ) from error
    before = set(threading.enumerate())
    asks = Asks.NOBODY if arguments.no_models else Asks.ANYBODY if arguments.open_models else None
    allowance = allowance_at(address, asks)
    serve(address, not arguments.no_browser, lambda at: _welcome(at, allowance.key), allowance)
    say("", "Stopped.")
    _leave([one for one in threading.enumerate() if not one.daemon and one not in before])
    return 0


def _code(text: str) -> str:
    """Return the QR code of a text in half blocks, as it is read from a dark terminal."""
    import segno

    drawn = io.StringIO()
    segno.make(text, micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()


def _leave(working: list[threading.Thread]) -> None:
    """End at once if pages left long work behind: Python would wait for it to its end.

    Such work writes whole files or whole lines, so nothing is left torn.
    """
    until = time.monotonic() + _GRACE
    for one in working:
        one.join(max(0.0, until - time.monotonic()))
    if any(one.is_alive() for one in working):
        os._exit(0)


def _welcome(address: Address, key: str = "") -> None:
    """Say where the app is, who can reach it and what it still needs."""
    from newswave.app.server import front_end_is_local

    say(f"newswave is at {address.url} (Ctrl-C stops it)")
    if not address.is_local:
        say(*(f"For the others in the room: {one}" for one in address.shared))
        if address.shared and sys.stdout.isatty():
            say(_code(address.shared[0]))
        complain(_OPEN if address.shared else _NOBODY)
    if key:
        say(f"Teacher's key, for asking language models on the page: {key}")
    if not front_end_is_local():
        say(folded(_OFFLINE))


# `newswave lessons`: the lessons into a folder of the learner's, and JupyterLab on the first.

FOLDER = "newswave-lessons"
_KEPT = "Left as they are, since you changed them: "
_BESIDE = "The newer ones lie beside them: "
_MISSING = (
    "To work in them you need JupyterLab: python -m pip install 'newswave[lab]', then newswave "
    "lessons again. Or open the folder in any program that opens notebooks."
)
# Only what a learner has to know; and Ctrl-C stops it at once, without a question.
_QUIET = ("--ServerApp.log_level=WARN", "--LabApp.log_level=WARN", "--ServerApp.answer_yes=True")


def lessons(arguments: argparse.Namespace) -> int:
    """Copy the lessons and open the first; return the exit status."""
    check_folder(arguments.to, "--to")
    copied = copy_lessons(arguments.to)
    say(*map(folded, _copied_lines(copied)))
    if importlib.util.find_spec("jupyterlab") is None:
        say("", folded(_MISSING))
    elif arguments.no_open:
        say("", "To work in them:", f"  {_by_hand(copied.first)}")
    else:
        _open(copied.first)
    return 0


def _copied_lines(copied: Copied) -> list[str]:
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


# The commands with their options.

# fmt: off
COMMANDS = {
    "app": Command(app, {"the server": (
        Option("--host HOST",
            "the address it listens at (default 127.0.0.1, this machine alone; 0.0.0.0 lets others "
            "on the network in)", default="127.0.0.1"),
        Option("--port PORT", f"the port it listens at (default {PORT}; 0 takes a free one)",
            number, PORT),
        Option("--no-browser", "only print the address, open no browser"),
        Option("--root-path PATH",
            "the path under which a proxy shows the app, such as /user/ada/proxy/8765",
            default=os.environ.get("SOLARA_ROOT_PATH", "")),
        Option("--allow NAME",
            "the name under which a proxy of yours shows the app, such as class.uni.org; it may be "
            "given several times (Jupyter's tile needs none)", default=[], repeated=True),
        (Option("--no-models", "nobody may ask a language model on the page"),
         Option("--open-models",
            "everybody may; without this, an app for others has a teacher's key for it")),
    )}),
    "lessons": Command(lessons, {"": (
        Option("--to FOLDER",
            f"the folder to copy the lessons to (default {FOLDER}, in the folder you are in); what "
            "you changed there stays as it is", default=FOLDER),
        Option("--no-open", "only copy the lessons, do not open JupyterLab"),
    )}),
}
# fmt: on
