"""What the web app lets in (Host, Origin, paths), and what is added to Solara's page."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newswave.app.address import Address
from newswave.core.errors import BadValue, plain

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


# Whom the app answers: names it goes by, pages it comes from, and paths that it has.
#
# A browser lets any page send requests to this machine. Host tells the name that the browser used,
# which keeps out a foreign name that was made to point here (DNS rebinding). Origin and
# Sec-Fetch-Site tell whose page it was.


KEY_HEADER = "X-Newswave-Proxy-Key"
"""The header by which a proxy that started the app shows that it checked the request itself."""

COUNTS = "/resourcez"
"""Where Solara tells how many sessions there are: to whoever has the key."""

FRONT_END = "/_solara/cdn"
_READ = re.compile(r"/|/readyz|/(static|jupyter/nbextensions|_solara/cdn)/[^\x00-\x1f\\]+")
_LEAVE = re.compile(r"/_solara/api/close/[\w-]+")
_TALK = re.compile(r"/jupyter/api/kernels/[\w-]+/\w+")
_CALLER = re.compile(rb"(^|&)session_id=[\w-]+(&|$)")
_PORTS = {"http": ":80", "https": ":443"}


class Guard:
    """An ASGI app around Solara's that lets in what a page of its own asks for, and nothing else.

    Solara's server has more paths than the page needs: some fetch packages from the internet,
    delete files of the installation or tell of the machine. None of them is reached.
    """

    def __init__(self, app: ASGIApp, front_end: ASGIApp, address: Address, key: str = "") -> None:
        self._app, self._front_end = app, front_end
        self._address = address
        self._key = key.encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it."""
        status, why = (0, "") if scope["type"] == "lifespan" else self._barred(scope)
        if status:
            await _refuse(scope, status, why, send)
        elif scope.get("path", "").startswith(FRONT_END + "/"):
            await self._front_end(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _barred(self, scope: Scope) -> tuple[int, str]:
        """Return the status of a refusal and why; 0 and "" where there is none."""
        given = _heads(scope)
        is_known = bool(self._key) and any(
            hmac.compare_digest(self._key, key) for key in given(KEY_HEADER)
        )
        if not _is_there(scope) and not (is_known and scope["path"] == COUNTS):
            return 404, "There is nothing here."
        if is_known:
            return 0, ""
        hosts, origins = given("host"), given("origin")
        if len(hosts) != 1 or len(origins) > 1:
            return 400, "One Host is needed, and no more than one Origin."
        host = hosts[0].decode("latin-1").lower()
        if not answers_to(self._address, host):
            return 403, _strange(f"goes by the name {plain(host, 100)}", host)
        for origin in (one.decode("latin-1").lower() for one in origins):
            if not self._is_own(origin, host):
                return 403, _strange(f"takes requests from {plain(origin, 100)}", origin)
        if _is_taken(given):
            return 403, "A page of another site asked for this. Open the address by itself."
        return 0, ""

    def _is_own(self, origin: str, host: str) -> bool:
        """Whether an origin is the page's own: where it was asked, or a proxy that was named."""
        scheme, _, netloc = origin.partition("://")
        port = _PORTS.get(scheme)
        if port is None:
            return False
        own = netloc.removesuffix(port) == host.removesuffix(port)
        return own or _name(netloc) in self._address.allowed


def answers_to(address: Address, host: str) -> bool:
    """Return whether the app at an address goes by the name in a Host header.

    An app for this machine alone goes by the names of this machine. One for others goes by every
    IP address, since no foreign name is in play there, and by this machine's names. Both go by
    the names of their proxies.
    """
    name = _name(host)
    if not name:
        return False
    if name in ("localhost", address.host.lower(), *address.allowed):
        return True
    try:
        ip = ipaddress.ip_address(name)
    except ValueError:
        own = socket.gethostname().lower()
        return not address.is_local and name in (own, f"{own.partition('.')[0]}.local")
    return ip.is_loopback or not address.is_local


def _name(host: str) -> str:
    """Return the name in a Host header; "" if it holds anything else than a name and a port."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    fits = parts.netloc == host and "@" not in host and not host.endswith(":")
    return (name or "").removesuffix(".") if fits else ""


def _is_there(scope: Scope) -> bool:
    """Whether the page has a use for this path; Solara takes it for granted who calls."""
    path, says_who = scope["path"], _CALLER.search(scope.get("query_string", b"")) is not None
    if scope["type"] == "websocket":
        return says_who and _TALK.fullmatch(path) is not None
    if scope["method"] == "POST":
        return says_who and _LEAVE.fullmatch(path) is not None
    return scope["method"] in ("GET", "HEAD") and _READ.fullmatch(path) is not None


def _is_taken(given: Callable[[str], list[bytes]]) -> bool:
    """Whether the browser says that another site's page has this fetched; links to it are fine."""
    sites, modes = given("sec-fetch-site"), given("sec-fetch-mode")
    foreign = any(site not in (b"same-origin", b"none") for site in sites)
    return foreign and modes != [b"navigate"]


def _heads(scope: Scope) -> Callable[[str], list[bytes]]:
    """Return what gives all values of a header."""
    return lambda name: [v for n, v in scope["headers"] if n == name.lower().encode("ascii")]


def _strange(what: str, given: str) -> str:
    name = _name(given.rpartition("://")[2])
    option = f"--allow {plain(name, 100)}" if name else "--allow and its name"
    return (
        f"newswave was not told that it {what}. If a proxy of yours shows it under that name, "
        f"start it with: newswave app {option}"
    )


async def _refuse(scope: Scope, status: int, why: str, send: Send) -> None:
    if scope["type"] == "websocket":
        # Before it was accepted: the browser is told 403.
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": why.encode("utf-8")})


# What Solara's page gets on its way out: a language, zoom, a word without JavaScript, headers.


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
_SHEET = re.compile(r'<link(?=[^>]* rel="stylesheet")')
_LOGO = re.compile(r'<link rel="icon" type="image/png"[^>]*>\s*')
_BODY = re.compile(r"<body[^>]*>")
# Where the parts' loader lies. Its extension says so too, at times only after the first part.
_LOADER = "nbextensions/anywidget/index"
_MAP = f"<script>requirejs.config({{map: {{'*': {{anywidget: '{_LOADER}'}}}}}});</script>\n"
# The headers with the path under which a proxy on this machine shows the app.
_PREFIX_HEADERS = (b"x-script-name", b"x-forwarded-prefix")
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


@cache
def _own_script() -> str:
    text = (Path(__file__).parent / "site" / "page.js").read_text("utf-8")
    return f"<script>\n{text}</script>\n"


def completed(page: str, first_picture: str = "") -> str:
    """Return Solara's page with what it lacks, and with a picture until it has loaded."""
    page = page.replace("<html>", '<html lang="en">', 1)
    # Solara's own forbids zooming.
    zoom = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    page = _LOGO.sub("", _VIEWPORT.sub(zoom, page))
    word = f"\n<noscript><p>{NO_SCRIPT}</p></noscript>\n{first_picture}"
    page = _BODY.sub(lambda found: found.group() + word, page, count=1)
    if first_picture:
        # The picture has its own style and need not wait for Solara's.
        page = _SHEET.sub(r"""\g<0> media="print" onload="this.media='all'" """, page)
    if "requirejs" in page:
        page = page.replace("</html>", _MAP + _AGAIN + _own_script() + "</html>", 1)
    # Solara forgets the element that holds the app where the theme is "auto".
    return page if 'id="app"' in page else page.replace(_INSIDE, _APP + _INSIDE, 1)


class PageMiddleware:
    """An ASGI app around Solara's that takes the root path off and mends the pages."""

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
        address = _with_root_path(scope, self._address)
        path = address.inner(scope["path"])
        scope = {**scope, "path": path}
        if scope["type"] == "http":
            send = _Outgoing(send, self._headers)
        if scope["type"] == "http" and not path.startswith(_FILES):
            page = _Page(send, scope, address.root_path)
            # Solara would zip the page before it can be completed.
            scope["headers"] = [h for h in scope["headers"] if h[0] != b"accept-encoding"]
            async with self._making:
                self._rooted(address.root_path)
                await self._app(scope, receive, page)
            await page.finish()
        else:
            await self._app(scope, receive, send)


def _with_root_path(scope: Scope, address: Address) -> Address:
    """Return the address with the root path that a proxy on this machine tells, if it has none."""
    peer = (scope.get("client") or ("",))[0]
    for name, value in scope["headers"]:
        if name in _PREFIX_HEADERS and not address.root_path and _is_loopback(peer):
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
    """Holds an HTML answer back until it is whole; then it is completed and sent."""

    def __init__(self, send: Send, scope: Scope, root_path: str) -> None:
        visits, self._search = _visits(scope), scope.get("query_string", b"").decode("latin-1")
        self._send, self._zips, self._is_first = send, _takes_gzip(scope), visits == 1
        count = f"{VISITS}={visits}; Path={root_path or '/'}; Max-Age={_YEAR}; SameSite=Lax"
        self._cookie = count.encode("ascii")
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
        from newswave.app.splash import splash

        picture = splash(self._is_first, self._search)
        body = completed(self._body.decode("utf-8"), picture).encode("utf-8")
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


def _visits(scope: Scope) -> int:
    """Return how often this browser was here, this visit included."""
    cookies = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies.load(value.decode("latin-1"))
    before = cookies[VISITS].value if VISITS in cookies else ""
    return min(int(before) + 1, _MANY) if before.isdecimal() else 1
