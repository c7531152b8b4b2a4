"""Programs that tests start: none outlives its test, and none that hangs holds up the others."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from newswave.app.address import Address, opened

PATIENCE = 60
"""Seconds to wait for what takes a moment on an idle machine."""


@contextmanager
def ended(process: subprocess.Popen[Any], patience: float = 4 * PATIENCE) -> Iterator[Any]:
    """Give a running program; kill it where it is still there in the end, or hangs."""
    watch = threading.Timer(patience, process.kill)
    watch.start()
    try:
        yield process
    finally:
        watch.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def newswave_command(*arguments: str, **how: Any) -> Iterator[subprocess.Popen[str]]:
    """Give `newswave` with these arguments as a running program whose output can be read."""
    command = [sys.executable, "-m", "newswave", *arguments]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True, **how}
    with ended(subprocess.Popen(command, **pipes)) as process:
        yield process


def free_port() -> int:
    """Return a port that nobody listens at."""
    with closing(opened(Address(port=0))) as door:
        return int(door.getsockname()[1])
