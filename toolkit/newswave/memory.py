"""How much memory is free here, and whether what is asked for fits."""

from __future__ import annotations

import os
from pathlib import Path

from newswave.errors import BadValue

_GIGA = 1e9
_SMALL = 1 << 28  # bytes that every machine has: the system is not asked about those


def free_memory() -> int | None:
    """Return the bytes of memory that are free here; None where that is not told.

    In a container it is what the container may still take, if that is less than the machine has.
    """
    told = [free for free in (_machine_memory(), _container_memory()) if free is not None]
    return min(told, default=None)


def check_memory(needed: float, what: str, advice: str) -> None:
    """Raise `BadValue` if something needs more memory than is free.

    Parameters
    ----------
    needed : float
        Bytes.
    what, advice : str
        What needs them, and what to do instead.

    Raises
    ------
    BadValue
        If there are not so many; where the system does not tell, nothing is refused.

    Examples
    --------
    >>> check_memory(7e4, "1000 agents", "Take fewer agents")
    """
    free = free_memory() if needed > _SMALL else None
    if free is not None and needed > free:
        raise BadValue(
            f"About {needed / _GIGA:.1f} GB of memory are needed for {what}, and "
            f"{free / _GIGA:.1f} GB are free here",
            advice=advice,
        )


def _machine_memory() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError, IndexError):
        return None


def _container_memory(group: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return what the limit of a container leaves; None where there is no limit."""
    try:
        limit, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
    except (OSError, ValueError):  # "max" is what stands there where there is no limit
        return None
    return max(limit - used, 0)
