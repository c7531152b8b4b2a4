"""The mistakes a user can make: what is wrong, what was given, what is allowed, what to do."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class NewswaveError(Exception):
    """Something a user can put right.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence; a full stop is added unless it ends in one, or in ? or !.
    given : object, optional
        What was given.
    allowed : str, optional
        What would have been accepted.
    advice : str, optional
        What to do next.

    Examples
    --------
    >>> print(BadValue("The degree is too large", given=12, allowed="1 to 9", advice="Lower it"))
    The degree is too large. Given: 12. Allowed: 1 to 9. Lower it.
    """

    def __init__(
        self, what: str, *, given: Any = None, allowed: str = "", advice: str = ""
    ) -> None:
        self.what = what
        self.given = given
        self.allowed = allowed
        self.advice = advice
        parts = [what]
        if given is not None:
            parts.append(f"Given: {shown(given)}")
        if allowed:
            parts.append(f"Allowed: {allowed}")
        if advice:
            parts.append(advice)
        super().__init__(" ".join(p if p.endswith((".", "?", "!")) else p + "." for p in parts))


class BadValue(NewswaveError, ValueError):
    """A value outside what is allowed."""


class BadFile(NewswaveError, ValueError):
    """A file that is missing, cannot be read, or does not hold what it should."""


class CannotFit(NewswaveError, ValueError):
    """A curve that holds too little to fit a model to it."""


def of_file(error: NewswaveError, path: str, before: str = "") -> BadFile:
    """Return what is wrong with what a file holds as `BadFile`, the file as what was given."""
    what = error.what if error.given is None else f"{error.what} ({shown(error.given, 60)})"
    more = {"allowed": error.allowed, "advice": error.advice}
    return BadFile(before + what, given=path or None, **more)


@contextmanager
def holding(what: str, path: object) -> Iterator[None]:
    """Raise `BadFile` in the place of what is wrong with a file that is to hold something."""
    try:
        yield
    except BadFile:
        raise
    except NewswaveError as error:
        raise BadFile(f"This file holds no {what}. {error}", given=str(path)) from error


def has_unseen(text: str) -> bool:
    """Say whether a text holds control characters, broken ones, or separators of lines."""
    return any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text)


def shown(value: Any, limit: int = 80) -> str:
    """Return `value` as short, single-line, printable text; a long one is cut in its middle."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except (ValueError, RecursionError):  # a number of too many digits, a list that holds itself
        text = f"a value of type {type(value).__name__}"
    text = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    head = (limit - 3) // 2
    return text if len(text) <= limit else text[:head] + "..." + text[head + 3 - limit :]


def plain(text: str, limit: int = 200) -> str:
    """Return text from outside (a model, a server, an event) as one short printable line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def whole_number(name: str, value: Any, low: int, high: int | None = None, advice: str = "") -> int:
    """Return `value` as an integer from `low` to `high`, or raise `BadValue`."""
    span = f"a whole number, {low} or more" if high is None else f"a whole number, {low} to {high}"
    try:
        ok = not isinstance(value, bool | str) and math.isfinite(value) and value == int(value)
    except (TypeError, ValueError, OverflowError):
        ok = False
    if not ok or value < low or (high is not None and value > high):
        raise BadValue(f"{name} does not fit", given=value, allowed=span, advice=advice)
    return int(value)


def real_number(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, advice: str = ""
) -> float:
    """Return `value` as a finite float from `low` to `high`, or raise `BadValue`."""
    try:
        ok = not isinstance(value, bool | str) and math.isfinite(value) and low <= value <= high
    except (TypeError, ValueError, OverflowError):
        ok = False
    if not ok:
        span = "a finite number"
        if math.isfinite(low):
            span = f"a number, {low:g} or more"
        if math.isfinite(high):
            span = f"a number from {low:g} to {high:g}"
        raise BadValue(f"{name} does not fit", given=value, allowed=span, advice=advice)
    return float(value)


def probability(name: str, value: Any) -> float:
    """Return `value` as a float from 0 to 1, or raise `BadValue`."""
    return real_number(name, value, 0.0, 1.0)


def one_of(name: str, value: Any, known: Iterable[str], advice: str = "") -> str:
    """Return `value` if it is one of the `known` names, else raise `BadValue` with near ones."""
    import difflib

    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    near = difflib.get_close_matches(str(value), names, n=3, cutoff=0.5)
    listed = ", ".join(near or names[:12]) + (" ..." if not near and len(names) > 12 else "")
    hint = advice or ("Did you mean one of the names above?" if near else "Take one of these names")
    raise BadValue(f"Unknown {name}", given=str(value), allowed=listed, advice=hint)
