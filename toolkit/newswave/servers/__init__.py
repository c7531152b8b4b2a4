"""Ollama servers: what is there, what they answer, and what goes wrong with them.

The only rooms that know the `ollama` client and httpx. `Server` looks at a server, `Session` asks
it, and whatever the client raises leaves as a `ServerTrouble` that says what to do next.
"""

from newswave.servers.addresses import DEFAULT_ADDRESS, is_loopback, normal_address
from newswave.servers.exchange import KEEP_ALIVE, Reply, Request, Sampling
from newswave.servers.server import Found, Loaded, Model, Server, client_version, load_client
from newswave.servers.session import WAITS, Session
from newswave.servers.troubles import (
    ModelMissing,
    Refused,
    ServerGone,
    ServerTrouble,
    TooSlow,
)

__all__ = [
    "DEFAULT_ADDRESS",
    "KEEP_ALIVE",
    "WAITS",
    "Found",
    "Loaded",
    "Model",
    "ModelMissing",
    "Refused",
    "Reply",
    "Request",
    "Sampling",
    "Server",
    "ServerGone",
    "ServerTrouble",
    "Session",
    "TooSlow",
    "client_version",
    "is_loopback",
    "load_client",
    "normal_address",
]
