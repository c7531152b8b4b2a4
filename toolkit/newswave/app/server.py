"""Serves the web app: Solara under uvicorn, with nothing sent to anybody."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
import warnings
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import solara
import solara.settings
import uvicorn
from solara.server import settings
from starlette.applications import Starlette
from starlette.routing import Mount
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from newswave.app.address import (
    ADDRESS,
    RECORDINGS,
    Address,
    Allowance,
    Asks,
    Place,
    Quota,
    new_key,
    opened,
    settle,
)
from newswave.app.launcher import KEY
from newswave.app.middleware import FRONT_END, Guard, PageMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp

PAGE = "newswave.app.solara_app"
"""The module that holds the page."""

STATIC = Path(__file__).parent / "site"
# Uploads of 32 MB arrive as one message, with some room for what is around them.
_LARGEST_MESSAGE = 40 * 2**20
_PATIENCE = 3
# Memory of a learner whose connection broke: kept for a reload or a tunnel, then given back.
_CULL = "3m"
# Open pages at once, far above a class of 60 with a few tabs each.
_MOST_OPEN = 400
_TEMPLATE = Path("server/templates/solara.html.j2")
_SCRIPT = re.compile(r'<script src="\{\{cdn\}\}/([^"]+)"')


def serve(
    address: Address,
    open_browser: bool,
    announce: Callable[[Address], None] = lambda _: None,
    allowance: Allowance | None = None,
) -> None:
    """Serve the app until Ctrl-C or a polite kill."""
    with opened(address) as door:
        real = replace(address, port=door.getsockname()[1])
        app = application(PAGE, real, allowance)

        def ready() -> None:
            announce(real)
            if open_browser and _has_browser():
                threading.Thread(target=webbrowser.open, args=(real.url,), daemon=True).start()

        _run(app, door, ready)


def allowance_at(address: Address, asks: Asks | None = None) -> Allowance:
    """Return what learners at an address may have done.

    On a machine of one's own: everything. Where others come too, asking a model takes a new key
    and there is a quota.
    """
    asks = asks or (Asks.WITH_KEY if address.is_shared else Asks.ANYBODY)
    key = new_key() if asks is Asks.WITH_KEY else ""
    return Allowance(asks, key, Quota() if address.is_shared else None)


def application(page: str, address: Address, allowance: Allowance | None = None) -> ASGIApp:
    """Return the ASGI app that shows the page of a module at an address."""
    _set(page, address)
    allowance = allowance or allowance_at(address)
    others = next(iter(address.shared), "")
    settle(Place(RECORDINGS, not address.is_shared, ADDRESS, allowance, others))
    # Only now: Solara reads some of its settings as this is loaded.
    from solara.server.starlette import StaticCdn, StaticFilesOptionalAuth, app

    fetched = "" if solara.settings.assets.proxy else _origin(solara.settings.assets.cdn)

    class Installed(StaticCdn):  # type: ignore[misc]
        """Solara's own would fetch what is missing, and delete a folder that is asked for."""

        lookup_path = StaticFilesOptionalAuth.lookup_path

    folder = settings.assets.proxy_cache_dir
    files = Installed(directory=folder, check_dir=False, follow_symlink=True)
    front_end = Starlette(routes=[Mount(FRONT_END, files)], middleware=app.user_middleware)
    trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
    inner: Any = ProxyHeadersMiddleware(app, trusted)
    guarded = Guard(inner, front_end, address, os.environ.get(KEY, ""))
    return PageMiddleware(guarded, address, fetched, _rooted)


def _rooted(root_path: str) -> None:
    settings.main.root_path = root_path


def front_end_is_local() -> bool:
    """Return whether the files that Solara's page is made of lie on this machine."""
    folder = settings.assets.proxy_cache_dir
    return all((folder / name).is_file() for name in _scripts())


def _scripts() -> list[str]:
    """Return the paths of the scripts that Solara's template asks for."""
    text = (Path(solara.__file__).parent / _TEMPLATE).read_text("utf-8")
    text = text.replace("{{ipywidget_major_version}}", version("ipywidgets").split(".")[0])
    newer = version("ipyvue").startswith("3")
    other = "solara-vuetify-app@" if newer else "solara-vuetify3-app@"
    # Without ".min" it is the one for those who work on Solara itself.
    return [
        name
        for name in _SCRIPT.findall(text)
        if other not in name and (name.endswith(".min.js") or "/dist/" not in name)
    ]


def _set(page: str, address: Address) -> None:
    """Set Solara up; what the user has put into the environment about limits is kept."""
    os.environ["SOLARA_APP"] = page
    # Solara would report each start to its makers. newswave sends nothing to anybody.
    settings.telemetry.mixpanel_enable = False
    settings.main.mode = "production"
    settings.main.root_path = address.root_path
    settings.theme.title = "newswave"
    settings.theme.variant = settings.ThemeVariant.auto
    settings.theme.loader = "plain"
    settings.theme.show_banner = False
    settings.assets.fontawesome_enabled = False
    # Scripts of the page have no use for the cookie that tells whose session it is.
    settings.session.http_only = True
    # Where the icon of the page is looked for first.
    settings.assets.extra_locations = [str(STATIC), *settings.assets.extra_locations]
    if "SOLARA_KERNEL_CULL_TIMEOUT" not in os.environ:
        settings.kernel.cull_timeout = _CULL
    if "SOLARA_KERNEL_MAX_COUNT" not in os.environ:
        settings.kernel.max_count = _MOST_OPEN
    # What is not here is fetched by the browser, never by this server.
    solara.settings.assets.proxy = front_end_is_local()
    # What it says of cookies and origins is for those who put an app into other sites' frames.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"solara\.server\.starlette")


def _run(app: ASGIApp, door: socket.socket, ready: Callable[[], None]) -> None:
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # read further in, where it is still known who sent them
        ws_max_size=_LARGEST_MESSAGE,
        timeout_graceful_shutdown=_PATIENCE,
    )
    with _calm():
        _Telling(config, ready).run(sockets=[door])


class _Telling(uvicorn.Server):
    """A server that tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._ready()


@contextmanager
def _calm() -> Iterator[None]:
    """Let the server end quietly: uvicorn sends the signals that stopped it once more."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stops = (signal.SIGINT, signal.SIGTERM)
    before = {sent: signal.signal(sent, lambda *_: None) for sent in stops}
    try:
        yield
    finally:
        for sent, handler in before.items():
            signal.signal(sent, handler)


def _has_browser() -> bool:
    """Return whether there is a screen: without one, a text browser would take the terminal."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _origin(address: str) -> str:
    found = re.match(r"https?://[^/\s;]+", address)
    return found.group() if found else ""
