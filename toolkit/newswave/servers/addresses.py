"""Where a server is: one spelling of an address from what users and OLLAMA_HOST hold."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from newswave.errors import BadValue

DEFAULT_ADDRESS = "http://127.0.0.1:11434"
"""Where Ollama listens unless told otherwise."""

_PORTS = {"http": 80, "https": 443}
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?\.?", re.IGNORECASE)
_PATH = re.compile(r"[\w.~/-]*", re.ASCII)
_EXAMPLES = "an address such as 127.0.0.1:11434, http://box:11434 or https://ollama.example"


def normal_address(host: str) -> str:
    """Return an address with its scheme and port, by the rules of the Ollama client.

    Without a scheme it is http and port 11434. With a scheme and no port, the port is that of the
    scheme, as in the client: http://box means port 80. 0.0.0.0 and [::], where a server listens
    on every address, become the address of this machine. A path is kept.

    Parameters
    ----------
    host : str
        What a user gives, or OLLAMA_HOST holds; spaces and quotes round it are left out.

    Returns
    -------
    str

    Raises
    ------
    BadValue
        If it is no address of a server.

    Examples
    --------
    >>> normal_address(""), normal_address("box"), normal_address("http://box/")
    ('http://127.0.0.1:11434', 'http://box:11434', 'http://box:80')
    >>> normal_address("0.0.0.0:8080"), normal_address("[::1]/ollama")
    ('http://127.0.0.1:8080', 'http://[::1]:11434/ollama')
    """
    if not isinstance(host, str):
        raise _bad(host, "An address is a text")
    text = host.strip().strip("\"'").strip()
    scheme, separator, rest = text.rpartition("://")
    scheme = scheme.lower() if separator else "http"
    if scheme not in _PORTS:
        raise _bad(text, "Only http and https lead to an Ollama server")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:
        raise _bad(text, "A port is a number from 1 to 65535, and IPv6 is in brackets") from None
    if port == 0 or "\\" in text or any(c.isspace() or not c.isprintable() for c in text):
        raise _bad(text, "It holds a character or a port that no address has")
    if parts.username is not None or parts.query or parts.fragment:
        raise _bad("(not shown)", "Leave out user names, ? and #; a key goes into OLLAMA_API_KEY")
    port = port or (_PORTS[scheme] if separator else 11434)
    path = parts.path.strip("/")
    if not _PATH.fullmatch(path):
        raise _bad(text, "Its path holds other than letters, digits and . _ ~ - /")
    return f"{scheme}://{_host(parts, text)}:{port}" + (f"/{path}" if path else "")


def is_loopback(address: str) -> bool:
    """Whether an address is on this machine, so that no proxy may come between.

    >>> is_loopback("http://[::1]:11434"), is_loopback("http://box:11434")
    (True, False)
    """
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _host(parts: SplitResult, text: str) -> str:
    """Return the host of an address, IPv6 in brackets."""
    host = parts.hostname or "127.0.0.1"
    host = _ANY.get(host, host)
    if parts.netloc.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise _bad(text, "What is in the brackets is no IPv6 address") from None
    if not _NAME.fullmatch(host):
        raise _bad(text, "This is no name of a machine")
    return host


def _bad(given: object, why: str) -> BadValue:
    what = f"The address of the server cannot be read. {why}"
    return BadValue(what, given=given, allowed=_EXAMPLES, advice="Change --host or OLLAMA_HOST")
