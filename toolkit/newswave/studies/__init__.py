"""Many setups: grids, sweeps, calibrated verdicts, the atlas."""

from __future__ import annotations

from typing import Any

from newswave.core.old_names import moved


def __getattr__(name: str) -> Any:
    """Find a name of the module `newswave.studies` of version 0.1 where it is now."""
    if name in ("Compared", "Finding", "Fitted", "Spread", "Study"):
        return moved(__name__, [f"{__name__}.study"], name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
