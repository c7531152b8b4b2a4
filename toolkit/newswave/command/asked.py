"""From the options that name a server and a model to something that can be asked."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from newswave.command.console import say, width

if TYPE_CHECKING:
    from newswave.asking import Pace
    from newswave.interviewing import Interview
    from newswave.preflight import Preflight
    from newswave.recordings import Header
    from newswave.servers import Server

_LABEL = 9
"""Columns of the label before each line."""


def server_of(arguments: argparse.Namespace) -> Server:
    """Return the server that --host, else OLLAMA_HOST, else this machine names."""
    from newswave.servers import Server

    timeout = 120.0 if arguments.timeout is None else arguments.timeout
    return Server.at(arguments.host, timeout)


def pace_of(arguments: argparse.Namespace) -> Pace:
    """Return how many calls are under way at once: what --concurrency says, else found out."""
    from newswave.asking import Pace

    return Pace(arguments.concurrency)


def looked_at(arguments: argparse.Namespace, model: str) -> Preflight:
    """Look at the server and the model, and say what is there."""
    from newswave.describing import wrapped
    from newswave.preflight import Preflight

    ready = Preflight.of(server_of(arguments), model)
    say(*(wrapped(line[_LABEL:], width(), line[:_LABEL]) for line in ready.lines()))
    return ready


@contextmanager
def interviewed(
    ready: Preflight, record: Path, header: Header, pace: Pace, stays: bool = True
) -> Iterator[Interview]:
    """Yield what asks the model and writes into a recording; it is closed in the end.

    Whatever happens, it is said where the answers are, if the file stays.
    """
    from newswave.errors import NewswaveError
    from newswave.interviewing import Interview
    from newswave.recordings import RecordingWriter

    with RecordingWriter(record, header) as writer:
        if writer.torn:
            words = f"The recording's last line was torn ({writer.torn} bytes)"
            say(f"{words} and has been cut off.")
        interview = Interview(ready.server, ready.model, writer, pace)
        try:
            yield interview
        except (NewswaveError, KeyboardInterrupt):
            if stays and interview.calls_made:
                words = f"{interview.calls_made} answers are kept in {record}"
                say(f"         {words}; the same command goes on")
            raise
