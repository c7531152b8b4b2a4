"""Agents that ask a language model: servers, replies, recordings, measured tables."""

from __future__ import annotations

from typing import Any

from newswave.core.old_names import moved


def __getattr__(name: str) -> Any:
    """Find a name of the module `newswave.llm` of version 0.1 where it is now."""
    if name in ("measure_table", "replay", "run_agents"):
        return moved(__name__, [f"{__name__}.play"], name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
