"""`newswave app`: the explorer as a web app, in a browser."""

from __future__ import annotations

import argparse
import io
import os
import sys
import threading
import time

from newswave.command.console import complain, say, width
from newswave.command.options import number
from newswave.errors import NewswaveError
from newswave.views.app.address import PORT, Address

_GRACE = 2.0
_OFFLINE = (
    "A part of the page is not on this machine: each browser fetches it from the internet. To do "
    "without: python -m pip install 'newswave[offline]'"
)
_OPEN = (
    "Everybody who can reach this machine over the network can now use the app, without a "
    "password. Stop it when the lesson is over."
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    group = parser.add_argument_group("the server")
    group.add_argument(
        "--host",
        metavar="HOST",
        default="127.0.0.1",
        help="the address it listens at (default 127.0.0.1, this machine alone; 0.0.0.0 lets "
        "others on the network in)",
    )
    group.add_argument(
        "--port",
        metavar="PORT",
        type=number,
        default=PORT,
        help=f"the port it listens at (default {PORT}; 0 takes a free one)",
    )
    group.add_argument(
        "--no-browser", action="store_true", help="only print the address, open no browser"
    )
    group.add_argument(
        "--root-path",
        metavar="PATH",
        default=os.environ.get("SOLARA_ROOT_PATH", ""),
        help="the path under which a proxy shows the app, such as /user/ada/proxy/8765",
    )
    group.add_argument(
        "--allow",
        metavar="NAME",
        action="append",
        default=[],
        help="the name under which a proxy of yours shows the app, such as class.uni.org; it may "
        "be given several times (Jupyter's tile needs none)",
    )
    who = group.add_mutually_exclusive_group()
    who.add_argument(
        "--no-models", action="store_true", help="nobody may ask a language model on the page"
    )
    who.add_argument(
        "--open-models",
        action="store_true",
        help="everybody may; without this, an app for others has a teacher's key for it",
    )
    parser.set_defaults(action=app)


_NOBODY = (
    "This machine has no address on a network, so nobody else can open the page: join a network, "
    "then start it again."
)


def app(arguments: argparse.Namespace) -> int:
    """Serve the web app until it is stopped; return 0."""
    allowed = tuple(arguments.allow)
    address = Address(arguments.host, arguments.port, arguments.root_path, allowed)
    try:
        from newswave.views.app.server import allowance_at, serve
        from newswave.views.explorer.asked.allowance import Asks
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
    from newswave.describing import wrapped
    from newswave.views.app.server import front_end_is_local

    say(f"newswave is at {address.url} (Ctrl-C stops it)")
    if not address.is_local:
        say(*(f"For the others in the room: {one}" for one in address.shared))
        if address.shared and sys.stdout.isatty():
            say(_code(address.shared[0]))
        complain(_OPEN if address.shared else _NOBODY)
    if key:
        say(f"Teacher's key, for asking language models on the page: {key}")
    if not front_end_is_local():
        say(wrapped(_OFFLINE, width()))
