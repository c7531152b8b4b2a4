"""Whom the app answers: names it goes by, pages it comes from, and paths that it has.

A browser lets any page send requests to this machine. Host tells the name that the browser used,
which keeps out a foreign name that was made to point here (DNS rebinding). Origin and
Sec-Fetch-Site tell whose page it was.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newswave.errors import plain
from newswave.views.app.address import Address

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

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

    Parameters
    ----------
    app : ASGI app
        Solara's.
    front_end : ASGI app
        What hands out the files of Solara's front end.
    address : Address
        Where it is served, and what else it is called.
    key : str
        What a proxy that checks requests itself sends along; "" for none.
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

    Examples
    --------
    >>> local, shared = Address(), Address("0.0.0.0", allowed=("class.uni.org",))
    >>> [answers_to(local, host) for host in ("localhost:9", "[::1]", "10.0.0.7", "evil.org")]
    [True, True, False, False]
    >>> [answers_to(shared, host) for host in ("10.0.0.7:80", "class.uni.org", "evil.org")]
    [True, True, False]
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
