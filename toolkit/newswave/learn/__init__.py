"""What a lesson needs: predict, observe, check, hint, solution, progress, show, catch_up, panels.

It works without a network, keeps what you did in a file beside the lesson, and never stops with a
traceback because of an answer.

Examples
--------
>>> from newswave.learn.checking import check
>>> check("2.1")
○ 2.1 to do. ...
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from newswave.learn.catching import catch_up
from newswave.learn.checking import check, hint, observe, predict, progress, solution
from newswave.learn.checking import listen as _listen
from newswave.learn.showing import show

if TYPE_CHECKING:
    from newswave.app import notebook as panels

_listen()

__all__ = [
    "catch_up",
    "check",
    "hint",
    "observe",
    "panels",
    "predict",
    "progress",
    "show",
    "solution",
]


def __getattr__(name: str) -> Any:
    """Load the panels, which need widgets, when they are first asked for."""
    if name != "panels":
        raise AttributeError(f"module 'newswave.learn' has no attribute {name!r}")
    return importlib.import_module("newswave.app.notebook")
