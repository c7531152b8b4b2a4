"""The web app in a process of its own, as `newswave app` starts it, watched from outside."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from newswave.app.launcher import KEY
from newswave.app.middleware import KEY_HEADER

MB = 2**20
_PATIENCE = 20
_KEY = secrets.token_urlsafe()


class Hosted:
    """An app that serves.

    Parameters
    ----------
    process : Popen
        Its process.
    url : str
        Where it serves.
    log : Path
        What it wrote to the error stream.
    """

    def __init__(self, process: subprocess.Popen[str], url: str, log: Path) -> None:
        self.url = url
        self._log = log
        self._process = psutil.Process(process.pid)

    def memory(self) -> float:
        """Return the resident memory in MB."""
        return float(self._process.memory_info().rss) / MB

    def cpu(self) -> float:
        """Return the CPU seconds used so far."""
        used = self._process.cpu_times()
        return float(used.user + used.system)

    def kernels(self) -> int:
        """Return how many sessions it holds."""
        asked = urllib.request.Request(f"{self.url}resourcez", headers={KEY_HEADER: _KEY})
        with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:
            told: dict[str, Any] = json.load(answer)
        return int(told["kernels"]["total"])

    def complaints(self) -> list[str]:
        """Return the lines of its error stream; nothing is said there while all goes well."""
        return [line for line in self._log.read_text("utf-8").splitlines() if line.strip()]

    def seconds_until_empty(self, at_most: float) -> float:
        """Return how long it is until no session is held; infinite if that takes too long."""
        start = time.monotonic()
        while self.kernels():
            if time.monotonic() - start > at_most:
                return float("inf")
            time.sleep(0.1)
        return time.monotonic() - start


@contextmanager
def hosted(cull: str = "5s") -> Iterator[Hosted]:
    """Start the app and give it; it is stopped in the end.

    Parameters
    ----------
    cull : str
        How long it keeps a session whose connection broke.
    """
    command = [sys.executable, "-m", "newswave", "app", "--no-browser", "--port", "0"]
    environment = {**os.environ, "SOLARA_KERNEL_CULL_TIMEOUT": cull, KEY: _KEY}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with log.open("w") as kept, subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=kept, text=True, env=environment
        ) as process:  # fmt: skip
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.search(r"http://\S+/", first)
            try:
                if found is None:
                    raise RuntimeError(f"The app did not start: {first}{log.read_text('utf-8')}")
                yield Hosted(process, found.group(), log)
            finally:
                _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
