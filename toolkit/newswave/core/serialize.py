"""Frozen values to and from plain JSON data, each under the name of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from newswave.core.errors import BadValue, NewswaveError, one_of


def encode(value: Any) -> Any:
    """Return `value` as dictionaries, lists, numbers and text.

    A dataclass becomes a dictionary with its class under "kind" and its fields by name.

    >>> from newswave.core.population import Effect
    >>> encode(Effect(0.5, "chosen"))
    {'kind': 'Effect', 'value': 0.5, 'source': 'chosen'}
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


def _is_left_out(field: Field[Any], value: Any) -> bool:
    if not field.metadata.get("left out at its default"):
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
