"""Where the web app runs and listens, and what its learners may do there."""

from __future__ import annotations

import contextlib
import errno
import hmac
import ipaddress
import re
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import unquote

from newswave.core.errors import BadFile, BadValue, NewswaveError, plain, whole_number

# What the learners of one app may do: who may ask a model, how often, how much is kept.


_HOUR = 3600.0
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Asks(Enum):
    """Who may ask a model on a server; the stand-in everybody may."""

    ANYBODY = "anybody"
    WITH_KEY = "whoever has the teacher's key"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Quota:
    """How much all learners together may have done."""

    at_once: int = 8  # jobs under way: calls that are timed, tables, live runs, tests
    an_hour: int = 400  # jobs begun within an hour
    files: int = 2000  # recordings that are kept
    size: int = 10**9  # their bytes


class Allowance:
    """What the learners of one app may have done; all their pages share it."""

    def __init__(
        self,
        asks: Asks = Asks.ANYBODY,
        key: str = "",
        quota: Quota | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.asks, self.key, self.quota = asks, key, quota
        self._clock = clock
        self._lock = threading.RLock()
        self._under_way = 0
        self._begun: deque[float] = deque()

    def opens(self, given: str) -> bool:
        """Return whether this is the teacher's key."""
        clean = given.strip().lower().encode()
        return bool(self.key) and hmac.compare_digest(clean, self.key.encode())

    def begin(self) -> Callable[[], None]:
        """Take a place for a job; what is returned gives it back."""
        if self.quota is None:
            return lambda: None
        with self._lock:
            self.check()
            self._begun.append(self._clock())
            self._under_way += 1
        return self._give_back

    def check(self) -> None:
        """Raise `BadValue` if all learners together have reached what they may have done."""
        if self.quota is None:
            return
        with self._lock:
            while self._begun and self._begun[0] <= self._clock() - _HOUR:
                self._begun.popleft()
            under_way, begun = self._under_way, len(self._begun)
        if under_way >= self.quota.at_once:
            what = f"{under_way} jobs are under way here, as many as this app does at once"
            advice = "Try again in a minute, or replay the example meanwhile"
        elif begun >= self.quota.an_hour:
            what = f"{begun} jobs were begun here within an hour, which is the most"
            advice = "Try again later, or replay the example meanwhile"
        else:
            return
        raise BadValue(what, advice=advice)

    def check_room(self, folder: Path) -> None:
        """Raise `BadFile` if the recordings in a folder are as many or as large as they may be."""
        if self.quota is None or not folder.is_dir():
            return
        sizes = [path.stat().st_size for path in folder.iterdir() if path.is_file()]
        if len(sizes) >= self.quota.files or sum(sizes) >= self.quota.size:
            raise BadFile(
                "No more recordings are kept here",
                given=f"{len(sizes)} files, {sum(sizes) / 1e6:.0f} MB",
                allowed=f"below {self.quota.files} files and {self.quota.size / 1e6:.0f} MB",
                advice=f"Ask the teacher to empty the folder {folder.name}",
            )

    def _give_back(self) -> None:
        with self._lock:
            self._under_way -= 1


def new_key() -> str:
    """Return a key that is easy to read out and hard to guess: 12 letters and digits.

    >>> len(new_key())
    14
    """
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


# Where the app runs, as the server said: Solara makes pages without handing them anything.


@dataclass(frozen=True)
class Place:
    """Where the explorer runs, and what is allowed there."""

    recordings: Path  # the folder that recordings of language models go into
    # whether a learner may name the server of the models. Where the app serves others than the one
    # who started it, it is better not to: the app would call whatever address they name
    may_choose_server: bool = True
    address: str = ""  # of the page, for links
    # who may ask a model, and how much all learners may have done
    allowance: Allowance = field(default_factory=Allowance)
    others: str = ""  # the address that others on the network open; "" where only this machine does


RECORDINGS = Path("newswave-recordings")
"""The folder that recordings go into, below the one in which the app was started."""

ADDRESS = "./"
"""Where links of the page lead: to itself, wherever it is."""

_here = [Place(RECORDINGS, address=ADDRESS)]


def settle(place: Place) -> None:
    """Say where the app runs, before the first page is made."""
    _here[0] = place


def here() -> Place:
    """Return where the app runs."""
    return _here[0]


# Where the web app listens: an address that is checked, and a door that is opened there.


PORT = 8765
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMBERS = re.compile(r"[0-9.]+")
_PATH = re.compile(r"(/(?!\.\.?(/|$))[A-Za-z0-9._~!$()*+,;=:@%-]+)*")
_NOWHERE = ("192.0.2.1", 9)
_WAITING = 256


@dataclass(frozen=True)
class Address:
    """Where the app listens, and the path under which a proxy shows it.

    >>> Address("localhost", 8765).url
    'http://localhost:8765/'
    >>> Address("0.0.0.0", 80, "/class/").url
    'http://127.0.0.1:80/class/'
    """

    # a name or an IP address of this machine; 0.0.0.0 lets everybody on the network in
    host: str = "127.0.0.1"
    port: int = PORT  # the port, from 0 to 65535; 0 takes any that is free
    # the path under which a proxy shows the app, such as /user/ada/proxy/8765; "" if none does
    root_path: str = ""
    # names of the proxies that show the app, as a browser is given them
    allowed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _is_host(self.host):
            raise BadValue(
                "The host does not fit",
                given=self.host,
                allowed="a name or an IP address of this machine, such as 127.0.0.1 or 0.0.0.0",
            )
        object.__setattr__(self, "port", whole_number("The port", self.port, 0, 65535))
        path = self.root_path.rstrip("/")
        if not _PATH.fullmatch(path):
            raise BadValue(
                "The root path does not fit",
                given=self.root_path,
                allowed="a path that begins with /, such as /user/ada/proxy/8765",
            )
        object.__setattr__(self, "root_path", path)
        for name in self.allowed:
            if not _is_host(name):
                raise BadValue(
                    "The name of the proxy does not fit",
                    given=name,
                    allowed="a name without scheme and port, such as class.uni.org",
                )
        object.__setattr__(self, "allowed", tuple(name.lower() for name in self.allowed))

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def is_shared(self) -> bool:
        """Whether others than the one who started it may be there, also through a proxy."""
        return not self.is_local or bool(self.allowed)

    @property
    def url(self) -> str:
        """The address to open on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return self._at(host)

    @property
    def shared(self) -> tuple[str, ...]:
        """The addresses for others on the network; none if they cannot reach it."""
        if self.is_local:
            return ()
        is_every = self.host in ("0.0.0.0", "::")
        return tuple(self._at(host) for host in (own_addresses() if is_every else (self.host,)))

    def inner(self, path: str) -> str:
        """Return a path without the root path, whether or not the proxy has taken it off."""
        root = unquote(self.root_path)
        is_under = root != "" and (path == root or path.startswith(root + "/"))
        return (path[len(root) :] or "/") if is_under else path

    def _at(self, host: str) -> str:
        name = f"[{host}]" if ":" in host else host
        return f"http://{name}:{self.port}{self.root_path}/"


def opened(address: Address) -> socket.socket:
    """Return a socket that listens at an address, or raise what stands in the way."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=_WAITING)
    except OSError as error:
        raise _barred(address, error) from error


def own_addresses() -> tuple[str, ...]:
    """Return the addresses of this machine on its network, without its own loop."""
    found = []
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Nothing is sent: this only asks which way a packet would leave the machine.
    with probe, contextlib.suppress(OSError):
        probe.connect(_NOWHERE)
        found.append(str(probe.getsockname()[0]))
    with contextlib.suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return tuple(dict.fromkeys(one for one in found if not ipaddress.ip_address(one).is_loopback))


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        named = len(host) <= 253 and not _NUMBERS.fullmatch(host)
        return named and all(_LABEL.fullmatch(label) for label in host.split("."))
    return "%" not in host


def _barred(address: Address, error: OSError) -> NewswaveError:
    """Return what keeps the door shut, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return NewswaveError(
            f"Port {address.port} is taken: another program listens there, or another newswave",
            advice="Stop that one, give another --port, or let --port 0 take a free one",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return NewswaveError(
            f"Port {address.port} may not be used on this machine",
            advice=f"Give a --port above 1023, such as {PORT}, or let --port 0 take a free one",
        )
    return NewswaveError(
        f"This machine cannot listen at {address.host} ({plain(error.strerror or str(error), 80)})",
        advice="Leave --host out for this machine alone, or give 0.0.0.0 to share the app",
    )
