"""When and on what something was measured."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import peers

from newswave.core.version import __version__

_ALWAYS = ("numpy", "scipy", "Mesa", "networkx", "matplotlib")


@dataclass(frozen=True)
class Circumstances:
    """When, on what machine, with what versions, and what else the machine did.

    Parameters
    ----------
    when : str
        Day and time, UTC.
    newswave, python, machine : str
        Versions, and the processor with how many of them.
    before, after : float
        How many processes wanted a processor before and after, a mean over a minute.
    packages, missing : tuple of str
        The peers and their versions, and those that are not installed.
    """

    when: str
    newswave: str
    python: str
    machine: str
    before: float
    after: float
    packages: tuple[str, ...]
    missing: tuple[str, ...]

    def sentences(self) -> Iterator[str]:
        """Yield all of that in sentences."""
        yield f"Measured on {self.when} UTC, newswave {self.newswave}, Python {self.python};"
        yield f"{', '.join(self.packages)}."
        yield f"{self.machine}; load {self.before:.1f} before and {self.after:.1f} after."
        if self.missing:
            yield f"Not installed, and so left out: {', '.join(self.missing)}."


def now(before: float) -> Circumstances:
    """Return what is so now; `before` is the load at the start."""
    day = datetime.datetime.now(tz=datetime.UTC)
    missing = peers.missing()
    packages = [*_ALWAYS, *(name for name in peers.PACKAGES if name not in missing)]
    return Circumstances(
        f"{day:%Y-%m-%d %H:%M}",
        __version__,
        platform.python_version(),
        f"{os.cpu_count()} x {processor()}",
        before,
        load(),
        tuple(f"{name} {importlib.metadata.version(name)}" for name in packages),
        tuple(missing),
    )


def load() -> float:
    """Return how many processes want a processor, a mean over a minute; NaN where nobody says."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def processor() -> str:
    """Return the kind of processor."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
