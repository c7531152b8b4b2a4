"""What takes long and is asked for twice with the same arguments is worked out once."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from threading import Lock
from typing import Any


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the same results that works each of them out once.

    For a test in which a page and the test itself ask for the same: if they ask for anything else,
    each gets its own. Only arguments count, and of these not the callback that shows progress; who
    asks while another is at work waits for that one's result.
    """
    kept: dict[bytes, Any] = {}
    lock = Lock()

    def asked(*arguments: Any, **named: Any) -> Any:
        bound = inspect.signature(function).bind(*arguments, **named)
        bound.apply_defaults()
        bound.arguments.pop("progress", None)
        key = pickle.dumps(bound.arguments)
        with lock:
            if key not in kept:
                kept[key] = function(*arguments, **named)
        return kept[key]

    return asked
