"""Printing that works on any terminal: wrapped, in its character set, quiet when nobody listens."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from newswave.errors import BadFile

_PLAIN = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{NO-BREAK SPACE}": " ",
    }
)
_WIDEST, _NARROWEST = 100, 60
_SHORT = 0.3


def width() -> int:
    """Return how many columns to write on, from 60 to 100."""
    columns = shutil.get_terminal_size((80, 24)).columns
    return max(_NARROWEST, min(_WIDEST, columns))


def say(*lines: str) -> None:
    """Print lines to the standard output; stay quiet once its reader has gone."""
    _write(sys.stdout, "\n".join(lines) + "\n")


def complain(message: str) -> None:
    """Print one message to the standard error, as one line of printable characters."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))
    _write(sys.stderr, f"newswave: {line}\n")


def note(message: str) -> None:
    """Print what is to be known of a file that was read to the standard error."""
    complain(f"read {message}")


def flush() -> bool:
    """Send off what argparse may have printed, quietly if nobody reads it; tell whether it went."""
    try:
        _write(sys.stdout, "")
    except BadFile as error:
        complain(str(error))
        return False
    return True


def fitting(text: str, encoding: str | None) -> str:
    """Return text that `encoding` can hold: signs become their plain likes, the rest a "?".

    >>> fitting("5 \N{MULTIPLICATION SIGN} 3 \N{MINUS SIGN} 1", "ascii")
    '5 x 3 - 1'
    """
    name = encoding or "ascii"
    try:
        text.encode(name)
    except (UnicodeEncodeError, LookupError):
        name = name if _known(name) else "ascii"
        return text.translate(_PLAIN).encode(name, "replace").decode(name)
    return text


def _known(encoding: str) -> bool:
    import codecs

    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None or stream.closed:  # as after >&-
        return
    try:
        stream.write(fitting(text, getattr(stream, "encoding", None)))
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError as error:
        _silence(stream)
        if stream is sys.stdout:
            what = f"The output cannot be written ({error.strerror})"
            raise BadFile(what, advice="Make space, or send it elsewhere") from error


def _silence(stream: TextIO) -> None:
    """Send what is still to come to nowhere, so that neither we nor Python complain about it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class Progress:
    """A bar on the standard error for each long piece of work; none for short ones or if quiet.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._name, self._since = "", 0.0
        self._bar: Any = None

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show that `done` of `total` of the work called `name` is done."""
        if self._quiet or sys.stderr is None:
            return
        if name != self._name:
            self.close()
            self._name, self._since = name, time.monotonic()
        if self._bar is None and done < total and time.monotonic() - self._since > _SHORT:
            self._bar = _bar(name, total)
        if self._bar is not None:
            self._bar.n = done
            self._bar.refresh()

    def __enter__(self) -> Progress:
        """Return this; leaving takes the bar away."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def of(self, name: str) -> Callable[[int, int], None]:
        """Return a callback for one piece of work."""
        return lambda done, total: self(name, done, total)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
        self._name, self._bar = "", None


def _bar(name: str, total: int) -> Any:
    from tqdm import tqdm

    columns = min(width(), 80)
    shape = "{desc:<22} {percentage:3.0f} % |{bar}| {n_fmt} of {total_fmt}, {remaining} left"
    return tqdm(
        total=total, desc=name, file=sys.stderr, ncols=columns, bar_format=shape, leave=False
    )
