"""Asking a server: some calls at once, each tried again if its trouble may pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from newswave.errors import BadValue, real_number, whole_number
from newswave.servers.exchange import Reply, Request
from newswave.servers.troubles import ServerTrouble, trouble_of

if TYPE_CHECKING:
    from ollama import AsyncClient

    from newswave.servers.server import Server

WAITS = (0.5, 1.0, 2.0)
"""Seconds before the second, third and fourth attempt at a question."""


class Session:
    """Connections to a server, to ask it many questions; used with `async with`.

    Parameters
    ----------
    server : Server
        Which.
    concurrency : int
        Most questions at once, 1 to 256. More than the server answers at once only makes them
        wait there.
    waits : sequence of float
        Seconds before each further attempt; () tries once.

    Raises
    ------
    BadValue
        If the concurrency or a wait does not fit.
    """

    def __init__(
        self, server: Server, concurrency: int = 1, waits: Sequence[float] = WAITS
    ) -> None:
        self.server = server
        self.concurrency = whole_number("The concurrency", concurrency, 1, 256)
        self.waits = tuple(real_number("A wait", wait, 0.0, 600.0) for wait in waits)
        self._client: AsyncClient | None = None
        self._slots = asyncio.Semaphore(self.concurrency)

    async def __aenter__(self) -> Session:
        """Open the pool of connections."""
        import httpx
        import ollama

        most = self.concurrency
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        patience = httpx.Timeout(None, connect=self.server.connect_timeout)
        server = self.server
        try:
            self._client = ollama.AsyncClient(
                **server.connecting(), timeout=patience, limits=limits
            )
        except Exception as error:
            raise trouble_of(error, server.address, server.timeout) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()  # type: ignore[no-untyped-call]

    async def ask(self, request: Request) -> Reply:
        """Return the answer to a question.

        A trouble that may pass is waited for and the same question asked again, as often as there
        are waits, but not once twice the server's time-out is used up: failures are tried four
        times, time-outs twice. Cancelling closes the connection at once, and the server stops.

        Parameters
        ----------
        request : Request
            What to ask.

        Returns
        -------
        Reply
            Any answer of the server, readable or not.

        Raises
        ------
        ServerTrouble
            The last trouble.
        """
        start = time.monotonic()
        for wait in self.waits:
            try:
                return await self._attempt(request)
            except ServerTrouble as trouble:
                if not trouble.passing or time.monotonic() - start >= 2 * self.server.timeout:
                    raise
            await asyncio.sleep(wait)
        return await self._attempt(request)

    async def _attempt(self, request: Request) -> Reply:
        """Ask once; the time runs from when it is this question's turn."""
        if self._client is None:
            raise BadValue("This session is not open", advice="Use it inside of 'async with'")
        server, arguments = self.server, request.arguments()
        async with self._slots:
            try:
                async with asyncio.timeout(server.timeout):
                    response = await self._client.chat(**arguments)
            except Exception as error:
                raise trouble_of(error, server.address, server.timeout, request.model) from error
        return Reply.of(response)
