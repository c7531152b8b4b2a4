"""Printing on any terminal, and the folder that a command fills.

What loads NumPy is imported where it is used: help is printed from here too.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from newswave.core.errors import BadFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Printing: in the terminal's character set, and quiet when nobody reads it.

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


def folded(text: str, label: str = "") -> str:
    """Return text wrapped for this terminal, its further lines under the first behind the label."""
    from newswave.report.describe import wrapped

    return wrapped(text, width(), label)


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
    try:
        text.encode(encoding or "ascii")
    except UnicodeEncodeError:
        return (
            text.translate(_PLAIN)
            .encode(encoding or "ascii", "replace")
            .decode(encoding or "ascii")
        )
    except LookupError:
        return fitting(text, "ascii")
    return text


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
    """A bar on the standard error for each long piece of work; none for short ones or if quiet."""

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
            self._bar.n, self._bar.total = done, total
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


# The folder that an option names: checked before the work starts, filled when it is done.


def check_folder(name: str | None, option: str = "--out") -> None:
    """Raise `BadFile` unless the folder can be written to, or made; leave nothing behind."""
    if name is None:
        return
    place = Path(name).absolute()
    try:
        while not place.exists():
            place = place.parent
        if not place.is_dir():
            raise NotADirectoryError(f"{place.name} is a file")
        with tempfile.TemporaryFile(dir=place):
            pass
    except (OSError, ValueError) as error:
        raise BadFile(
            f"Nothing can be written there ({getattr(error, 'strerror', None) or error})",
            given=name,
            allowed="a folder, or the name of one to be made",
            advice=f"Choose another folder for {option}",
        ) from error


def fill_folder(name: str | None, files: Mapping[str, str | bytes]) -> list[Path]:
    """Write the files, each whole or not at all, and return their paths."""
    from newswave.core.files import write_whole

    if name is None:
        return []
    return [write_whole(Path(name) / file, content) for file, content in files.items()]


def pictures(stem: str, figure: Figure, words: str) -> dict[str, str | bytes]:
    """Return the files of a figure, which hold in words what it shows."""
    from newswave.report import style

    return {f"{stem}.png": style.png(figure, words), f"{stem}.svg": style.svg(figure, words)}


def written_lines(paths: Sequence[Path]) -> list[str]:
    """Return the folder and the names of the files in it."""
    names = ", ".join(path.name for path in paths)
    how: dict[str, Any] = {"break_on_hyphens": False, "break_long_words": False}
    lines = textwrap.wrap(f"  {names}", width(), subsequent_indent="  ", **how)
    return [f"Written to {paths[0].parent}:", *lines]
