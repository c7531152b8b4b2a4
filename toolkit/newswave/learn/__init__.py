"""What a lesson needs: predict, observe, check, hint, solution, progress, show, catch_up, panels.

It works without a network, keeps what you did in a file beside the lesson, and never stops with a
traceback because of an answer.

Examples
--------
>>> from newswave.learn import check
>>> check("2.1")
○ 2.1 to do. ...
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from newswave.learn.catching import catch_up as catch_up
from newswave.learn.checking import check as check
from newswave.learn.checking import hint as hint
from newswave.learn.checking import observe as observe
from newswave.learn.checking import predict as predict
from newswave.learn.checking import solution as solution
from newswave.learn.progressing import progress as progress
from newswave.learn.showing import show as show
from newswave.learn.typed import listen as _listen

if TYPE_CHECKING:
    import newswave.views.notebook.panels as panels

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
    return importlib.import_module("newswave.views.notebook.panels")
