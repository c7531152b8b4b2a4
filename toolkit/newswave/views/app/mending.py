"""What Solara's page gets on its way out: a language, zoom, a word without JavaScript, headers."""

from __future__ import annotations

import gzip
import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from newswave.views.app.address import Address

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_SCRIPT = (
    "newswave needs JavaScript: allow it for this page and load the page again. "
    "Without it, the command newswave and its Python package do the same."
)
# Pages may load what this server gives and nothing else. Solara and Vue build code from text, the
# parts come as blobs. There is no frame-ancestors: lecturers put the app into course pages, and
# it has neither accounts nor anything else that a stolen click could reach.
_POLICY = (
    "default-src 'self'{more}; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:{more}; "
    "style-src 'self' 'unsafe-inline'{more}; img-src 'self' data: blob:{more}; "
    "font-src 'self' data:{more}; connect-src 'self' data: blob:{more}; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
VISITS = "newswave-visits"
"""The cookie that counts how often a browser opened the page: the tour begins on the first time."""

_FILES = ("/static/", "/jupyter/", "/_solara/")
_MANY = 1000
_YEAR = 365 * 24 * 3600
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
_LOGO = re.compile(r'<link rel="icon" type="image/png"[^>]*>\s*')
_BODY = re.compile(r"<body[^>]*>")
# Where the parts' loader lies. Its extension says so too, at times only after the first part.
_LOADER = "nbextensions/anywidget/index"
_MAP = f"<script>requirejs.config({{map: {{'*': {{anywidget: '{_LOADER}'}}}}}});</script>\n"
_INSIDE = '<div id="pre-rendered-html-present"'
_APP = '<div id="app" class="v-application v-application--is-ltr theme--light" data-app="true">'


def mended(page: str) -> str:
    """Return Solara's page with what it lacks.

    Examples
    --------
    >>> print(mended("<html><head></head><body></body></html>"))
    <html lang="en"><head></head><body>
    <noscript><p>newswave needs JavaScript...</p></noscript></body></html>
    """
    page = page.replace("<html>", '<html lang="en">', 1)
    # Solara's own forbids zooming.
    zoom = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    page = _LOGO.sub("", _VIEWPORT.sub(zoom, page))
    word = f"\n<noscript><p>{NO_SCRIPT}</p></noscript>"
    page = _BODY.sub(lambda found: found.group() + word, page, count=1)
    if "requirejs" in page:
        page = page.replace("</html>", _MAP + "</html>", 1)
    # Solara forgets the element that holds the app where the theme is "auto".
    return page if 'id="app"' in page else page.replace(_INSIDE, _APP + _INSIDE, 1)


class Mending:
    """An ASGI app around Solara's that takes the root path off and mends the pages.

    Parameters
    ----------
    app : ASGI app
        Solara's.
    address : Address
        Where it is served.
    front_end : str
        The address that the browser itself fetches Solara's front end from; "" if this server
        hands it out.
    """

    def __init__(self, app: ASGIApp, address: Address, front_end: str = "") -> None:
        self._app = app
        self._address = address
        policy = _POLICY.format(more=f" {front_end}" if front_end else "")
        self._headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"content-security-policy", policy.encode("ascii")),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path = self._address.inner(scope["path"])
        scope = {**scope, "path": path}
        if scope["type"] == "http":
            send = _Outgoing(send, self._headers)
            if not path.startswith(_FILES):
                send = _Page(send, _takes_gzip(scope), _counted(scope, self._address.root_path))
                # Solara would zip the page before it can be mended.
                scope["headers"] = [h for h in scope["headers"] if h[0] != b"accept-encoding"]
        await self._app(scope, receive, send)


class _Outgoing:
    """Adds headers to every answer."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send, self._headers = send, headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *self._headers]
        await self._send(message)


class _Page:
    """Holds an HTML answer back until it is whole, mends it and sends it."""

    def __init__(self, send: Send, zips: bool, cookie: bytes) -> None:
        self._send, self._zips, self._cookie = send, zips, cookie
        self._start: Message = {}
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish()
        else:
            await self._send(message)

    async def _finish(self) -> None:
        body = mended(self._body.decode("utf-8")).encode("utf-8")
        lost = {b"content-length", b"vary"}
        headers = [(name, value) for name, value in self._start["headers"] if name not in lost]
        headers += [(b"vary", b"Accept-Encoding"), (b"set-cookie", self._cookie)]
        if self._zips:
            body = gzip.compress(body, 6)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode("ascii")))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_html(start: Message) -> bool:
    return any(n == b"content-type" and v.startswith(b"text/html") for n, v in start["headers"])


def _takes_gzip(scope: Scope) -> bool:
    return any(n == b"accept-encoding" and b"gzip" in v for n, v in scope["headers"])


def _counted(scope: Scope, path: str) -> bytes:
    """Return the cookie that counts this visit too."""
    held = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            held.load(value.decode("latin-1"))
    before = held[VISITS].value if VISITS in held else ""
    count = min(int(before) + 1, _MANY) if before.isdecimal() else 1
    return f"{VISITS}={count}; Path={path or '/'}; Max-Age={_YEAR}; SameSite=Lax".encode("ascii")
