"""Reading what a user gives and writing what a run leaves: whole files or nothing."""

from __future__ import annotations

import importlib.resources
import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from newswave.core.errors import BadFile, BadValue, NewswaveError, one_of

LARGEST = 256 * 1024 * 1024
"""How many bytes a file may have that is read."""


def write_whole(path: str | Path, content: str | bytes) -> Path:
    """Write `content` to `path` so that the file is there whole or not at all.

    It is written beside its place, flushed to the disk and then renamed.
    """
    target = Path(path)
    data = _encoded(content, path) if isinstance(content, str) else content
    aside = None
    try:
        if target.exists() and not target.is_file():
            raise OSError(0, "something else than a file has this name")
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(target)
    except (OSError, ValueError) as error:
        if aside is not None:
            Path(aside).unlink(missing_ok=True)
        raise BadFile(
            f"This file cannot be written ({reason(error)})",
            given=str(path),
            advice="Choose a folder that you may write to, with space left",
        ) from error
    return target


def read_bytes(path: str | Path, kind: str, largest: int | None = None) -> bytes:
    """Return the bytes of a file; never waits for a pipe, never reads a device without end."""
    limit = LARGEST if largest is None else largest
    try:
        # A pipe opened without O_NONBLOCK waits until somebody writes to it.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as stream:
            status = os.fstat(stream.fileno())
            whole, size = stat.S_ISREG(status.st_mode), status.st_size
            data = stream.read(limit + 1) if whole and size <= limit else b""
    except (OSError, ValueError, TypeError) as error:
        raise BadFile(
            f"This file cannot be read ({reason(error)})",
            given=str(path),
            allowed=f"the path of {kind}",
            advice="Check the spelling and the folder you are in",
        ) from error
    if not whole:
        raise BadFile(
            "This is no file but a pipe or a device",
            given=str(path),
            allowed=f"the path of {kind}",
            advice="Save it as a file first",
        )
    if max(size, len(data)) > limit:
        allowed = f"up to {limit / 2**20:.4g} MiB"
        raise BadFile("This file is too large", given=str(path), allowed=allowed)
    return data


def read_text(path: str | Path, kind: str) -> str:
    """Return the text of a UTF-8 file."""
    data = read_bytes(path, kind)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(
            "This file is not text in UTF-8",
            given=str(path),
            allowed=f"{kind} as text",
            advice="Save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
        ) from error
    if not text.strip():
        raise BadFile("This file is empty", given=str(path), allowed=f"the path of {kind}")
    return text


def parsed_json(text: str | bytes) -> Any:
    """Return what JSON text holds, or raise `BadValue` with the place of the mistake."""
    return _parsed(json.loads, text, "JSON")


def parsed_toml(text: str) -> dict[str, Any]:
    """Return what TOML text holds, or raise `BadValue` with the place of the mistake."""
    return dict(_parsed(tomllib.loads, text, "TOML"))


def read_json(path: str | Path, kind: str) -> Any:
    """Return what a JSON file holds, or raise `BadFile` with the line of the mistake."""
    allowed = f"{kind} as written by newswave"
    return _parsed(json.loads, read_text(path, kind), "JSON", given=str(path), allowed=allowed)


def read_toml(path: str | Path, kind: str) -> tuple[str, dict[str, Any]]:
    """Return the text of a TOML file and what it holds, or raise `BadFile` with the mistake."""
    text = read_text(path, kind)
    return text, _parsed(tomllib.loads, text, "TOML", given=str(path), allowed=kind)


def _parsed(read: Callable[[Any], Any], text: str | bytes, form: str, **of_file: str) -> Any:
    try:
        return read(text)
    except (ValueError, RecursionError) as error:
        why = str(error)
        if isinstance(error, RecursionError):
            why = "nested too deeply"
        elif "integer string conversion" in why:
            why = "a number with too many digits"
        if of_file:
            raise BadFile(f"This file is not valid {form} ({why})", **of_file) from error
        raise BadValue(f"This is not valid {form} ({why})") from error


def packaged(*names: str) -> Path:
    """Return a file or folder of the data that come with newswave."""
    return Path(str(importlib.resources.files("newswave").joinpath("data", *names)))


def is_frame(value: Any) -> bool:
    """Say whether a value is a data frame or a series of pandas, without importing pandas."""
    kind = type(value)
    of_pandas = kind.__module__.partition(".")[0] == "pandas"
    return of_pandas and kind.__name__ in ("DataFrame", "Series")


def _encoded(text: str, path: str | Path) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadFile(
            "This text holds half a character, which no file can hold",
            given=text[error.start : error.end],
            advice=f"Take it out before writing {path}",
        ) from error


def reason(error: Exception) -> str:
    """Return why the system refused, in its own words without the path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


# Frozen values to and from plain JSON data, each under the name of its kind.


def encode(value: Any) -> Any:
    """Return `value` as dictionaries, lists, numbers and text.

    A dataclass becomes a dictionary with its class under "kind" and its fields by name.
    """
    if isinstance(value, Enum):
        return {"kind": type(value).__name__, "name": value.name}
    if is_dataclass(value) and not isinstance(value, type):
        own = {
            field.name: encode(getattr(value, field.name))
            for field in fields(value)
            if not _is_left_out(field, getattr(value, field.name))
        }
        return {"kind": type(value).__name__, **own}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


LEFT_OUT = {"left out at its default": True}
"""Metadata of a field that came later: at its default it is not written, so that what was written
before, and every hash of it, stays as it was."""


def is_later(field: Field[Any]) -> bool:
    """Return whether a field came later, and is not written at its default."""
    return bool(field.metadata.get("left out at its default"))


def _is_left_out(field: Field[Any], value: Any) -> bool:
    if not is_later(field):
        return False
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return bool(value == default)


def decode(data: Any, kinds: Mapping[str, type]) -> Any:
    """Return the value that `encode` was given, made anew and so checked again."""
    try:
        return _decoded(data, kinds)
    except RecursionError as error:
        raise BadValue("These values are nested too deeply") from error


def _decoded(data: Any, kinds: Mapping[str, type]) -> Any:
    if isinstance(data, list):
        return tuple(_decoded(item, kinds) for item in data)
    if not isinstance(data, dict):
        return data
    kind: Any = kinds[one_of("kind of value", data.get("kind", "a value without a kind"), kinds)]
    given = {name: _decoded(item, kinds) for name, item in data.items() if name != "kind"}
    known = ["name"] if issubclass(kind, Enum) else [field.name for field in fields(kind)]
    for name in given:
        one_of(f"field of {kind.__name__}", name, known)
    if issubclass(kind, Enum):
        return kind[one_of(f"name of {kind.__name__}", given.get("name"), kind.__members__)]
    return _made(kind, given)


def _made(kind: Any, given: dict[str, Any]) -> Any:
    """Return a value of that kind with the fields given, or raise `BadValue`."""
    own = fields(kind)
    needed = [f.name for f in own if f.default is MISSING and f.default_factory is MISSING]
    for name in needed:
        if name not in given:
            raise BadValue(f"A {kind.__name__} lacks its field '{name}'", given=sorted(given))
    try:
        return kind(**given)
    except (NewswaveError, RecursionError):
        raise
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadValue(
            f"A {kind.__name__} cannot be made of this ({error})", given=given
        ) from error


# Free memory, and whether what is asked for fits into it.

_GIGA = 1e9
_SMALL = 1 << 28  # bytes that every machine has: the system is not asked about those


def free_memory() -> int | None:
    """Return the bytes of memory that are free here; None where that is not known.

    In a container it is what the container may still take, if that is less than the machine has.
    """
    known = [free for free in (_machine_memory(), _container_memory()) if free is not None]
    return min(known, default=None)


def check_memory(needed: float, what: str, advice: str) -> None:
    """Raise `BadValue` if something needs more memory than is free."""
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
