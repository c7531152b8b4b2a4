"""Programs that tests start: none outlives its test, and none that hangs holds up the others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from newswave.app.address import Address, opened

PATIENCE = 300
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


_UV_NAMES = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX",
             "find-links": "UV_FIND_LINKS", "cert": "SSL_CERT_FILE"}  # fmt: skip
"""The settings of pip, and the variables with which uv is told the same."""


def where_pip_finds_packages() -> dict[str, str]:
    """Return an environment in which uv asks where pip asks: index, links, certificates."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    pip = dict(re.findall(r"^[\w:]+\.([\w-]+)='(.*)'$", listed, re.M))
    links = pip.get("find-links", "")
    if "://" not in links and not Path(links).is_dir():  # of this pip only warns
        pip.pop("find-links", None)
    settings = {uv: pip[name] for name, uv in _UV_NAMES.items() if name in pip}
    return {**settings, **os.environ}
