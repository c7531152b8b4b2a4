"""Where the web app listens, and what its page is told of that."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from newswave.app.session import Place
from newswave.core.errors import BadValue, NewswaveError, plain, whole_number

# Where the app runs, as the server said: Solara makes pages without handing them anything.


RECORDINGS = Path("newswave-recordings")
"""The folder that recordings go into, below the one in which the app was started."""

ADDRESS = "./"
"""Where links of the page lead: to itself, wherever it is."""

_here = [Place(RECORDINGS, address=ADDRESS)]


def settle(place: Place) -> None:
    """Say where the app runs, before the first page is made."""
    _here[0] = place


def here() -> Place:
    """Return where the app runs.

    >>> here().recordings.name
    'newswave-recordings'
    """
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
        """Return a path without the root path, whether or not the proxy has taken it off.

        >>> address = Address(root_path="/class")
        >>> address.inner("/class/readyz"), address.inner("/readyz"), address.inner("/classes")
        ('/readyz', '/readyz', '/classes')
        """
        root = unquote(self.root_path)
        is_under = root != "" and (path == root or path.startswith(root + "/"))
        return (path[len(root) :] or "/") if is_under else path

    def _at(self, host: str) -> str:
        name = f"[{host}]" if ":" in host else host
        return f"http://{name}:{self.port}{self.root_path}/"


def opened(address: Address) -> socket.socket:
    """Return a socket that listens at an address, or raise what stands in the way.

    >>> with opened(Address(port=0)) as door:
    ...     door.getsockname()[1] > 0
    True
    """
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
