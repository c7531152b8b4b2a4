"""A class at one app: thirty learners move sliders, play, come back and go; then come sixty.

The learners are websockets without browsers, on the same machine as the app, whose processors they
share with it.

    python benchmarks/classroom.py                            # about six minutes
    python benchmarks/classroom.py --learners 10 --seconds 20
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Sequence

from goals import HEADER, Figure, quantile
from hosted import Hosted, hosted
from httpx import HTTPError
from learner import Learner
from websockets.exceptions import WebSocketException

EVERY = 5.0
"""Seconds from one move of a learner to the next."""

CULL = 5
"""Seconds that the app keeps a session whose connection broke; far longer in earnest."""

SHORT = 15.0
"""Seconds of the lessons after the first."""

_PLAYING = 3
_NOTE = """
{learners} learners, a move every {every:g} s each, every third plays. Sessions of lost connections
are kept for {cull} s here. The learners use the same processors as the app. Load of the machine
at the start: {before:.1f}, in the end: {after:.1f}.
"""


async def tried(learner: Learner, doing: Awaitable[float | None]) -> float:
    """Return what a learner waits for; NaN, and a trouble, if it does not come."""
    try:
        return await doing or 0.0
    except (OSError, TimeoutError, HTTPError, WebSocketException) as error:
        learner.troubles.append(f"{type(error).__name__}: {error}")
        return math.nan


async def moving(learner: Learner, seconds: float, wait: float) -> list[float]:
    """Return the seconds of each move of a learner who moves a slider now and then."""
    found, end = [], time.monotonic() + seconds
    await asyncio.sleep(wait)
    while (start := time.monotonic()) < end:
        found.append(await tried(learner, learner.move()))
        await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - start)))
    return found


async def lesson(learners: Sequence[Learner], seconds: float) -> list[float]:
    """Return the seconds of all moves that led to a new picture; every third learner plays."""
    pause = EVERY / max(1, len(learners))
    moves = [moving(one, seconds, pause * (at + 0.5)) for at, one in enumerate(learners)]
    plays = [tried(one, one.play(seconds)) for one in learners[::_PLAYING]]
    found, _ = await asyncio.gather(asyncio.gather(*moves), asyncio.gather(*plays))
    return [one for some in found for one in some if not math.isnan(one)]


class Class:
    """Learners at an app, one class after another, and what is measured of them."""

    def __init__(self, app: Hosted, size: int) -> None:
        self._app = app
        self._size = size
        self._start = self._most = app.memory()
        self._came: list[Learner] = []

    @property
    def troubles(self) -> list[str]:
        """What went wrong for any learner so far."""
        return [one for learner in self._came for one in learner.troubles]

    async def first(self, seconds: float) -> AsyncIterator[Figure]:
        """Yield the figures of a whole lesson, after which all connections are lost."""
        learners, waits = await self._open(self._size)
        yield Figure(f"{self._size} open the page at once: slowest first picture", max(waits), "s")
        cpu, start = self._app.cpu(), time.monotonic()
        moves = [1000 * one for one in await lesson(learners, seconds)]
        busy = (self._app.cpu() - cpu) / (time.monotonic() - start)
        self._most = self._app.memory()
        yield Figure(
            f"{len(moves)} moves: median until the new picture", quantile(moves, 0.5), "ms"
        )
        yield Figure("  95th percentile", quantile(moves, 0.95), "ms", 1000)
        yield Figure("  slowest", quantile(moves, 1), "ms")
        yield Figure("  processors that the app kept busy", busy)
        each = (self._most - self._start) / self._size
        yield Figure("memory a session, with all that the app loads for them", each, "MB", 25)
        back = await asyncio.gather(*(tried(one, one.come_back()) for one in learners))
        there = sum(one == 1 for one in back)
        yield Figure("lost connections that find their state again", there, "", self._size, True)
        await asyncio.gather(*(one.vanish() for one in learners))
        gone = await asyncio.to_thread(self._app.seconds_until_empty, 4 * CULL)
        yield Figure("connections lost: until all sessions are given back", gone, "s", CULL + 5)

    async def second(self) -> AsyncIterator[Figure]:
        """Yield the figures of a class after the first: it finds memory that was given back."""
        empty = self._app.memory()
        learners, _ = await self._open(self._size)
        await lesson(learners, SHORT)
        more = (self._app.memory() - self._most) / self._size
        yield Figure("  memory of the empty app, of the most before", 100 * empty / self._most, "%")
        yield Figure("next class: memory a session above the most before", more, "MB", 2)
        yield await self._leave(learners)

    async def crowd(self) -> AsyncIterator[Figure]:
        """Yield the figures of twice as many."""
        learners, waits = await self._open(2 * self._size)
        yield Figure(f"{2 * self._size} open it at once: slowest first picture", max(waits), "s")
        yield Figure("  connected", len(learners), "", 2 * self._size, True)
        moves = [1000 * one for one in await lesson(learners, SHORT)]
        yield Figure(f"{len(moves)} moves: 95th percentile", quantile(moves, 0.95), "ms")
        yield await self._leave(learners)

    async def _open(self, count: int) -> tuple[list[Learner], list[float]]:
        """Return those of new learners who see a picture, and how long it took each of all."""
        new = [Learner(self._app.url, len(self._came) + at) for at in range(count)]
        self._came += new
        waits = await asyncio.gather(*(tried(one, one.open()) for one in new))
        there = [one for one, wait in zip(new, waits, strict=True) if not math.isnan(wait)]
        return there, list(waits)

    async def _leave(self, learners: Sequence[Learner]) -> Figure:
        await asyncio.gather(*(tried(one, one.leave()) for one in learners))
        gone = await asyncio.to_thread(self._app.seconds_until_empty, 4 * CULL)
        return Figure("tabs closed: until all sessions are given back", gone, "s", 5)


async def figures(app: Hosted, learners: int, seconds: float) -> AsyncIterator[Figure]:
    """Yield all figures of an app that has just been started."""
    held = Class(app, learners)
    for part in (held.first(seconds), held.second(), held.crowd()):
        async for one in part:
            yield one
    yield Figure("errors of learners", len(held.troubles), "", 0)
    yield Figure("lines that the app wrote to its error stream", len(app.complaints()), "", 0)
    for line in (*held.troubles[:5], *app.complaints()[-12:]):
        print(f"    {line}", file=sys.stderr)


async def table(learners: int, seconds: float) -> None:
    """Start an app, and print the lines as they become known."""
    before = os.getloadavg()[0]
    print(HEADER)
    with hosted(f"{CULL}s") as app:
        async for one in figures(app, learners, seconds):
            print(one.line(), flush=True)
    told = {"learners": learners, "every": EVERY, "cull": CULL}
    print(_NOTE.format(**told, before=before, after=os.getloadavg()[0]))


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--learners", type=int, default=30, help="how many come (default 30)")
    parser.add_argument(
        "--seconds", type=float, default=180, help="how long the first lesson is (default 180)"
    )
    given = parser.parse_args(arguments)
    asyncio.run(table(given.learners, given.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
