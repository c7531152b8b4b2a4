"""An append-only file of JSON lines that loses nothing: a line is there whole, or is cut off."""

from __future__ import annotations

import json
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newswave.core.errors import BadFile, BadValue
from newswave.core.files import LARGEST, read_bytes, reason, write_whole

if sys.platform == "win32":
    import msvcrt
elif sys.platform != "emscripten":  # In a browser there are no locks, and no other writers.
    import fcntl

LONGEST = 16 * 1024 * 1024
"""How many bytes a line may have."""

Line = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """What a file of lines holds."""

    lines: tuple[Line, ...] = ()  # The whole lines
    size: int = 0  # How many bytes they take
    torn: int = 0  # How many bytes follow them: a last line that was not written to its end


def line_bytes(line: Line) -> bytes:
    r"""Return one line of the file.

    Half a character, which UTF-8 does not hold, is written as its escape.
    """
    try:
        data = _dumped(line, ascii_only=False)
    except UnicodeEncodeError:
        data = _dumped(line, ascii_only=True)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadValue(f"A line of JSON does not hold this ({error})", given=line) from error
    if len(data) > LONGEST:
        raise BadValue("A line is too long", given=f"{len(data)} bytes", allowed="up to 16 MiB")
    return data


def read_journal(path: str | Path) -> Read:
    """Return what a file of JSON lines holds; only the last line may be broken."""
    data = read_bytes(path, "a file of JSON lines", LARGEST)
    size = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0  # some editors put it there
    *pieces, tail = data[size:].split(b"\n")
    lines: list[Line] = []
    for number, piece in enumerate(pieces, 1):
        line = _line(piece)
        if isinstance(line, str):
            if number == len(pieces) and not tail:
                break
            advice = f"Mend line {number}, or delete it and all that follow"
            raise BadFile(f"Line {number} {line}", given=str(path), advice=advice)
        lines.append(line)
        size += len(piece) + 1
    return Read(tuple(lines), size, len(data) - size)


class Journal:
    """Writes a file of JSON lines, one system call for each, and goes on with one that is there.

    However the program ends, whole lines stay and at most the last one is torn. A torn last line
    is cut off when the file is opened again. One program writes a file at a time. `check` is given
    what the file holds before anything in it is changed, and may raise. A file is refused in which
    a line before the last is broken, or the only one: it may be something else than a journal.
    """

    def __init__(self, path: str | Path, check: Callable[[Read], None] | None = None) -> None:
        self.path = Path(path)
        self.count = 0  # How many lines the file holds now
        self._sure = True
        self._rescued = 0
        self._file = self._opened()
        try:
            _lock(self._file, path)
            self.found = read_journal(path)
            if self.found.torn and not self.found.lines:
                raise BadFile(
                    "This file holds not one whole line",
                    given=str(path),
                    advice="Choose another name, or delete it if you do not need it",
                )
            if check is not None:
                check(self.found)
            self._cut(self.found)
        except BaseException:
            os.close(self._file)
            self._file = -1
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, line: Line) -> None:
        """Write one line.

        If the disk is full the line is not there at all, and all lines before it are.
        """
        data = line_bytes(line)
        if not self._sure:
            self.settle()
        self._sure = False
        try:
            size = os.fstat(self._file).st_size
            if size + len(data) > LARGEST:
                raise OSError(27, "the file would be larger than 256 MiB")
            written = os.write(self._file, data)
            if written < len(data):
                os.ftruncate(self._file, size)
                raise OSError(28, "No space left on device")
        except OSError as error:
            raise self._refused(error) from error
        self.count += 1
        self._sure = True
        self._check_place()

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return os.fstat(self._file).st_size

    def settle(self) -> Read:
        """Return what the file holds now, a torn last line cut off."""
        found = read_journal(self.path)
        self._cut(found)
        self._sure = True
        return found

    def sync(self) -> None:
        """Wait until everything is on the disk, so that not even a power cut takes it away."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._refused(error) from error
        self._check_place()

    def close(self) -> None:
        """Close the file; a second time does nothing. If it was removed, it is put back."""
        if self._file >= 0:
            try:
                self._check_place()
            except BadFile:
                pass
            finally:
                os.close(self._file)
                self._file = -1

    def _check_place(self) -> None:
        """Raise `BadFile` if the file is not where it was; a removed one is put back first."""
        own = os.fstat(self._file)
        try:
            if os.path.samestat(own, self.path.stat()):
                return
            taken = True
        except OSError:
            taken = False
        lines = f"its {self.count} lines" if self.count > 1 else "its line"
        if own.st_nlink:
            what, advice = "moved while it was written", "Put it back, then start again"
        elif self.count == self._rescued:
            return
        else:
            others = taken and not self._rescued  # else it is what was put back before
            place = self.path.with_name(f"{self.path.name}.rescued") if others else self.path
            write_whole(place, _all_bytes(self._file, own.st_size))
            self._rescued = self.count
            what = f"removed while it was written; {lines} are in {place.name} again"
            advice = "Start again to go on with it"
        raise BadFile(f"This file was {what}", given=str(self.path), advice=advice)

    def _opened(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o644)
        except (OSError, ValueError) as error:
            raise self._refused(error) from error

    def _cut(self, found: Read) -> None:
        self.count = len(found.lines)
        if found.torn:
            try:
                os.ftruncate(self._file, found.size)
            except OSError as error:
                raise self._refused(error) from error

    def _refused(self, error: Exception) -> BadFile:
        kept = f"; {self.count} whole lines are kept" if self.count else ""
        return BadFile(
            f"This file cannot be written ({reason(error)}){kept}",
            given=str(self.path),
            advice="Make space or choose a folder that you may write to, then start again",
        )


def _lock(file: int, path: str | Path) -> None:
    """Keep other writers out until the file is closed, where the system can do that."""
    import errno

    try:
        if sys.platform == "win32":
            os.lseek(file, 1 << 30, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        elif sys.platform != "emscripten":
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK):
            raise BadFile(
                "Another newswave is writing this file",
                given=str(path),
                advice="Wait until it is done, end it, or choose another name",
            ) from error


def _all_bytes(file: int, size: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    with os.fdopen(os.dup(file), "rb") as stream:
        return stream.read(size)


def _line(piece: bytes) -> Line | str:
    """Return the object of a line, or why there is none."""
    if len(piece) >= LONGEST:
        return "is longer than 16 MiB"
    try:
        value = json.loads(piece.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        return "is not text in UTF-8"
    except (ValueError, RecursionError):
        return "is not valid JSON"
    return value if isinstance(value, dict) else "is no JSON object"


def _no_number(name: str) -> None:
    raise ValueError(name)


def _dumped(line: Line, *, ascii_only: bool) -> bytes:
    text = json.dumps(line, ensure_ascii=ascii_only, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"
