"""A page's side of the wire: Jupyter's messages over a websocket, as Solara's page speaks them."""

from __future__ import annotations

import asyncio
import json
import struct
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

CONTROL = "solara.control"
Message = dict[str, Any]
# What a page itself changed comes back, in the order in which the kernel took it in.
_UPDATES = ("update", "echo_update")


def read(frame: str | bytes) -> Message:
    """Return a message; its buffers follow the JSON in a binary frame, after their offsets."""
    if isinstance(frame, str):
        return {"buffers": [], **json.loads(frame)}
    (count,) = struct.unpack_from("!I", frame)
    places = [*struct.unpack_from(f"!{count}I", frame, 4), len(frame)]
    text, *buffers = (frame[a:b] for a, b in pairwise(places))
    return {**json.loads(text), "buffers": buffers}


def state_in(message: Message) -> dict[str, Any]:
    """Return the traits that a message carries, with the buffers back in their places."""
    data = message["content"]["data"]
    state: dict[str, Any] = data.get("state", {})
    for path, buffer in zip(data.get("buffer_paths", ()), message["buffers"], strict=True):
        *way, last = path
        place: Any = state
        for step in way:
            place = place[step]
        place[last] = buffer
    return state


class Wire:
    """A connection to one kernel.

    Parameters
    ----------
    socket : ClientConnection
        The connection.
    troubles : list of str
        Errors that the kernel tells are added to it.

    Attributes
    ----------
    widgets : dict
        The traits of every widget, by the id of its comm.
    told : Counter
        How often a trait of a widget came, by id and name.
    answers : list of dict
        What Solara's own comm answered.
    received : int
        Bytes of all messages, before the connection packs them.
    """

    def __init__(self, socket: ClientConnection, troubles: list[str]) -> None:
        self.widgets: dict[str, dict[str, Any]] = {}
        self.told: Counter[tuple[str, str]] = Counter()
        self.answers: list[dict[str, Any]] = []
        self.received = 0
        self._troubles = troubles
        self._socket = socket
        self._session = str(uuid4())
        self._control = uuid4().hex
        self._replies = 0
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def to(cls, address: str, cookie: str, origin: Any, troubles: list[str]) -> Wire:
        """Return a connection to an address, with a cookie."""
        socket = await connect(
            address, additional_headers={"Cookie": cookie}, origin=origin, max_size=None
        )
        return cls(socket, troubles)

    async def send(self, kind: str, content: Message) -> None:
        """Send a message."""
        header = {"msg_id": str(uuid4()), "msg_type": kind, "session": self._session}
        header |= {"username": "", "version": "5.2", "date": "2026-01-01T00:00:00Z"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell"}
        await self._socket.send(json.dumps({**message, "content": content, "buffers": []}))

    async def tell(self, widget: str, data: Message) -> None:
        """Send a widget something."""
        await self.send("comm_msg", {"comm_id": widget, "data": data})

    async def ask(self, data: Message) -> None:
        """Send Solara itself something."""
        comm = {"comm_id": self._control, "target_name": CONTROL, "data": {}}
        await self.send("comm_open", comm)
        await self.tell(self._control, data)

    async def until(self, met: Callable[[], bool], at_most: float) -> None:
        """Wait until something holds, which is looked at after every message."""
        if met():
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((met, waiting))
        await asyncio.wait_for(waiting, at_most)

    async def handled_all(self, at_most: float) -> None:
        """Wait until all that was sent is handled: the kernel takes one thing after another."""
        before = self._replies
        await self.send("kernel_info_request", {})
        await self.until(lambda: self._replies > before, at_most)

    def break_off(self) -> None:
        """Lose the connection without a word, as a network does."""
        self._listening.cancel()
        self._socket.transport.abort()

    async def close(self) -> None:
        """End the connection."""
        self._listening.cancel()
        await self._socket.close()

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                self.received += len(frame)
                self._take(read(frame))
                self._wake()
        for _, waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(ConnectionError("The server closed the connection"))

    def _wake(self) -> None:
        for one in tuple(self._waiting):
            met, waiting = one
            if waiting.done() or met():
                self._waiting.remove(one)
                if not waiting.done():
                    waiting.set_result(None)

    def _take(self, message: Message) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "error":
            self._troubles.append(str(content.get("evalue")))
        self._replies += kind == "kernel_info_reply"
        if kind not in ("comm_open", "comm_msg"):
            return
        if content["comm_id"] == self._control:
            self.answers.append(content["data"])
        elif kind == "comm_open" or content["data"].get("method") in _UPDATES:
            state = state_in(message)
            self.widgets.setdefault(content["comm_id"], {}).update(state)
            self.told.update((content["comm_id"], name) for name in state)
