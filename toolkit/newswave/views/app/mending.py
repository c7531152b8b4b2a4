"""What Solara's page gets on its way out: a language, zoom, a word without JavaScript, headers."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import re
from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from newswave.errors import BadValue
from newswave.views.app.address import Address

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_SCRIPT = (
    "newswave needs JavaScript: allow it for this page and load the page again. "
    "Without it, the command newswave and its Python package do the same."
)
# Pages may load what this server gives and nothing else. Solara and Vue build code from text, the
# parts come as blobs. A click in a frame could start a model: only named sites may frame the app.
_POLICY = (
    "default-src 'self'{more}; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:{more}; "
    "style-src 'self' 'unsafe-inline'{more}; img-src 'self' data: blob:{more}; "
    "font-src 'self' data:{more}; connect-src 'self' data: blob:{more}; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'{named}"
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
# What tells the path under which a proxy on this machine shows the app.
_TOLD = (b"x-script-name", b"x-forwarded-prefix")
# After a restart of the server the page's session is gone: the page loads itself again, with the
# setting that it showed.
_AGAIN = """<script>
app.$watch("needsRefresh", (needs) => {
  if (!needs) return;
  const link = document.querySelector("[data-key='take.link'] .nw-code")?.textContent ?? "";
  const search = link.includes("?") ? link.slice(link.indexOf("?")) : location.search;
  location.replace(location.pathname + search);
});
</script>
"""
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
        page = page.replace("</html>", _MAP + _AGAIN + "</html>", 1)
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
    rooted : callable
        Told the root path of the page that is made next: Solara has one for all pages.
    """

    def __init__(
        self,
        app: ASGIApp,
        address: Address,
        front_end: str = "",
        rooted: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._address = address
        self._rooted = rooted
        self._making = asyncio.Lock()
        named = "".join(f" http://{name}:* https://{name}:*" for name in address.allowed)
        policy = _POLICY.format(more=f" {front_end}" if front_end else "", named=named)
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
        address = _told(scope, self._address)
        path = address.inner(scope["path"])
        scope = {**scope, "path": path}
        if scope["type"] == "http":
            send = _Outgoing(send, self._headers)
        if scope["type"] == "http" and not path.startswith(_FILES):
            page = _Page(send, _takes_gzip(scope), _counted(scope, address.root_path))
            # Solara would zip the page before it can be mended.
            scope["headers"] = [h for h in scope["headers"] if h[0] != b"accept-encoding"]
            async with self._making:
                self._rooted(address.root_path)
                await self._app(scope, receive, page)
            await page.finish()
        else:
            await self._app(scope, receive, send)


def _told(scope: Scope, address: Address) -> Address:
    """Return the address with the root path that a proxy on this machine tells, if it has none."""
    peer = (scope.get("client") or ("",))[0]
    for name, value in scope["headers"]:
        if name in _TOLD and not address.root_path and _is_loopback(peer):
            try:
                return replace(address, root_path=value.decode("latin-1"))
            except BadValue:
                break
    return address


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


class _Outgoing:
    """Adds headers to every answer."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send, self._headers = send, headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *self._headers]
        await self._send(message)


class _Page:
    """Holds an HTML answer back until it is whole; then it is mended and sent."""

    def __init__(self, send: Send, zips: bool, cookie: bytes) -> None:
        self._send, self._zips, self._cookie = send, zips, cookie
        self._start: Message = {}
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start:
            self._body += message.get("body", b"")
        else:
            await self._send(message)

    async def finish(self) -> None:
        """Send the page, if it was one."""
        if not self._start:
            return
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
