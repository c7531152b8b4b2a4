"""One learner in class without a browser: opens the page, moves sliders, plays, comes back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from wire import Wire

from newswave.core.parameters import SIZES

MOVED = ("n_agents", "degree", "n_seeds", "fast_fraction", "fast", "slow")
"""The sliders that are open when the page is."""

SMALLEST, LARGEST = SIZES.index(200), SIZES.index(2000)
PATIENCE = 60.0
_COOKIE = "solara-session-id"
_FILE = re.compile(r'(?:src|href)="(/[^"]+)"')
_SHOWN = ("items", "shared", "links", "n_agents", "rounds", "round")
Item = dict[str, Any]


class Learner:
    """A learner at the page of an app.

    Parameters
    ----------
    url : str
        Of the app.
    number : int
        Each has luck of its own.
    """

    def __init__(self, url: str, number: int) -> None:
        self._luck = np.random.default_rng(number)
        self._url = url
        self._client = httpx.AsyncClient(base_url=url, verify=False, timeout=PATIENCE)
        self._kernel, self._page = str(uuid4()), str(uuid4())
        self._wire: Wire | None = None
        self.troubles: list[str] = []
        self._settings = self._stage = ""
        self._acts = 0

    async def open(self) -> float:
        """Open the page; return the seconds until the first picture is there."""
        start = time.perf_counter()
        page = await self._client.get("/")
        files = sorted(set(_FILE.findall(page.text)))
        for answer in await asyncio.gather(*(self._client.get(file) for file in files)):
            answer.raise_for_status()
        self._wire = await self._connected()
        await self.wire.send("kernel_info_request", {})
        given = {"path": "/", "dark": False, "themes": {"light": {}, "dark": {}}, "appName": None}
        await self.wire.ask({"method": "run", "args": given})
        await self.wire.until(self._sees_a_picture, PATIENCE)
        return time.perf_counter() - start

    async def move(self) -> float:
        """Move a slider; return the seconds until the new picture is there, NaN if it is the same.

        An act is said to be handled only when everything it changed was sent.
        """
        sliders = list(self._sliders())
        slider = sliders[self._luck.integers(len(sliders))]
        low, high = int(slider["low"]), int(slider["high"])
        if slider["key"] == "n_agents":
            low, high = SMALLEST, LARGEST
        others = [place for place in range(low, high + 1) if place != slider["value"]]
        before, start = self._pictures(), time.perf_counter()
        await self._act(slider["key"], int(self._luck.choice(others)))
        return time.perf_counter() - start if self._pictures() > before else float("nan")

    async def play(self, seconds: float) -> None:
        """Let the run play over and over, and tell its round twice a second, as a page does.

        The page plays without the server, at five rounds a second.
        """
        start = time.monotonic()
        while (past := time.monotonic() - start) < seconds:
            rounds = int(self._state(self._stage)["rounds"]) + 1
            state = {"round": int(5 * past) % rounds}
            told = {"method": "update", "state": state, "buffer_paths": []}
            await self.wire.tell(self._stage, told)
            await asyncio.sleep(1 / 2)

    async def come_back(self) -> bool:
        """Lose the connection and connect again; return whether all is as it was, and works."""
        await self.wire.handled_all(PATIENCE)
        before = self._seen()
        self.wire.break_off()
        self._wire = await self._connected()
        await self.wire.ask({"method": "app-status"})
        await self.wire.until(lambda: bool(self.wire.answers), PATIENCE)
        if not self.wire.answers[0]["started"]:
            return False
        for widget in (self._settings, self._stage):
            await self.wire.tell(widget, {"method": "request_state"})
        await self.wire.until(self._sees_both_again, PATIENCE)
        is_same = self._seen() == before
        await self.move()
        return is_same

    async def vanish(self) -> None:
        """Lose the connection for good."""
        if self._wire is not None:
            self._wire.break_off()
        await self._client.aclose()

    async def leave(self) -> None:
        """Close the tab, of which the page tells the server."""
        way = f"/_solara/api/close/{self._kernel}?session_id={self._page}"
        (await self._client.post(way)).raise_for_status()
        await self.wire.close()
        await self._client.aclose()

    @property
    def wire(self) -> Wire:
        """The connection."""
        assert self._wire is not None
        return self._wire

    async def _connected(self) -> Wire:
        way = f"{self._url.replace('http', 'ws', 1)}jupyter/api/kernels/{self._kernel}/channels"
        cookie = f"{_COOKIE}={self._client.cookies[_COOKIE]}"
        address = f"{way}?session_id={self._page}"
        return await Wire.to(address, cookie, self._url.rstrip("/"), self.troubles)

    async def _act(self, key: str, value: int) -> None:
        """Do something at the settings, and wait until it is handled."""
        self._acts += 1
        content = {"event": "act", "key": key, "value": value, "number": self._acts}
        await self.wire.tell(self._settings, {"method": "custom", "content": content})
        await self.wire.until(lambda: self._handled() >= self._acts, PATIENCE)

    def _handled(self) -> int:
        return int(self._state(self._settings)["handled"])

    def _state(self, widget: str) -> dict[str, Any]:
        return self.wire.widgets[widget]

    def _sees_a_picture(self) -> bool:
        """Return whether the settings and a network with its run have come, and which they are."""
        for name, state in self.wire.widgets.items():
            if state.get("label") == "Settings" and state.get("items"):
                self._settings = name
            if state.get("shared"):
                self._stage = name
        return bool(self._settings and self._stage)

    def _sees_both_again(self) -> bool:
        """Return whether both came whole; changes of any widget may come before that."""
        settings, stage = (self.wire.widgets.get(one, {}) for one in (self._settings, self._stage))
        return "label" in settings and "n_agents" in stage

    def _pictures(self) -> int:
        """Return how many pictures have come over this connection."""
        return self.wire.told[self._stage, "shared"] + self.wire.told[self._stage, "lines"]

    def _seen(self) -> list[Any]:
        states = (self._state(self._settings), self._state(self._stage))
        return [state.get(name) for state in states for name in _SHOWN]

    def _sliders(self) -> Iterator[Item]:
        return (one for one in _walk(self._state(self._settings)["items"]) if one["key"] in MOVED)


def _walk(items: list[Item]) -> Iterator[Item]:
    for item in items:
        if item["kind"] == "Range" and not item["barred"]:
            yield item
        yield from _walk(item.get("items", []))
