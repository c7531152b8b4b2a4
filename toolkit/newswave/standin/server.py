"""`StandIn`: the stand-in server, started and stopped like a file is opened and closed."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from newswave.errors import BadValue, NewswaveError, real_number, whole_number
from newswave.standin.faults import Fault
from newswave.standin.mind import Mind
from newswave.standin.models import DEFAULT_MODELS
from newswave.standin.service import Service
from newswave.standin.wire import Wire

VERSION = "0.33.0-synthetic"


class StandIn:
    """A server that behaves like Ollama over real HTTP; every answer is computed from a formula.

    It runs in threads of this process from when it is made until `close` or the end of `with`.

    Parameters
    ----------
    mind : Mind
        The law behind the answers.
    models : iterable of str
        The synthetic models that are there from the beginning.
    delay : float
        Seconds that each answer takes, besides what it really takes.
    parallel : int
        How many requests are answered at once; more wait, without limit.
    port : int
        Where to listen; 0 takes a free port.
    host : str
        The address to listen at.
    version : str
        What the server calls its version; says "synthetic".
    faults : iterable of Fault or None
        What goes wrong with the first calls, one each; None for a call that goes well.
    load : float
        Seconds that it takes to load a model.
    slow : float
        Seconds that the slow faults take.

    Raises
    ------
    BadValue
        If a number does not fit or a model is unknown.
    NewswaveError
        If the port cannot be had.

    Examples
    --------
    >>> import ollama
    >>> with StandIn() as server, ollama.Client(server.address, trust_env=False) as client:
    ...     asked = [{"role": "user", "content": "Do you share it? Answer yes or no:"}]
    ...     reply = client.chat("synthetic", asked, options={"temperature": 0})
    >>> reply.message.content, server.calls
    ('No', 1)
    """

    def __init__(
        self,
        mind: Mind | None = None,
        models: Iterable[str] = DEFAULT_MODELS,
        delay: float = 0.0,
        parallel: int = 8,
        port: int = 0,
        host: str = "127.0.0.1",
        version: str = VERSION,
        faults: Iterable[Fault | None] = (),
        load: float = 0.01,
        slow: float = 1.0,
    ) -> None:
        delay, load, slow = (
            real_number(name, value, 0.0, 3600.0)
            for name, value in (("delay", delay), ("load", load), ("slow", slow))
        )
        places = whole_number("parallel", parallel, 1, 1000)
        whole_number("port", port, 0, 65535)
        self._service = Service(mind or Mind(), models, delay, load, slow, places, version)
        self.script(*faults)
        try:
            self._wire = Wire(host, port, self._service)
        except OSError as error:
            raise NewswaveError(
                f"The stand-in server cannot listen there ({error.strerror or error})",
                given=f"{host}:{port}",
                advice="Take another port with --port, or stop what uses this one",
            ) from error
        self.address = f"http://{host}:{self._wire.server_port}"
        self._thread = threading.Thread(target=self._wire.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self._closed = False

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._wire.server_port)

    @property
    def calls(self) -> int:
        """How many requests to /api/chat and /api/generate have come, faulty ones too."""
        return self._service.calls

    @property
    def peak(self) -> int:
        """The most of them that were here at once, waiting ones too."""
        return self._service.peak

    @property
    def served_peak(self) -> int:
        """The most that were being answered at once; never more than `parallel`."""
        return self._service.served_peak

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of the last thousand, the oldest first."""
        return list(self._service.requests.copy())

    def script(self, *faults: Fault | None) -> None:
        """Let the next calls go wrong in these ways, one each; None for a call that goes well."""
        for fault in faults:
            _check(fault)
        self._service.script.extend(faults)

    def fault_always(self, fault: Fault | None) -> None:
        """Let every call that has nothing in the script go wrong in this way; None ends that."""
        self._service.always = _check(fault)

    def forget(self, model: str) -> None:
        """Take a model away, as if it had been deleted on the server."""
        self._service.shelf.forget(model)

    def change(self, model: str) -> None:
        """Give a model a new digest, as if a new version had been pulled."""
        self._service.shelf.change(model)

    def close(self) -> None:
        """Stop at once: break off every connection and free the port."""
        if not self._closed:
            self._closed = True
            self._wire.stop()
            self._thread.join(2.0)


def _check(fault: Fault | None) -> Fault | None:
    if fault is not None and not isinstance(fault, Fault):
        allowed = ", ".join(f"Fault.{known.name}" for known in Fault)
        raise BadValue("This is no fault", given=fault, allowed=allowed)
    return fault
