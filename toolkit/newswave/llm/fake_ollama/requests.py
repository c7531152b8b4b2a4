"""Requests to the mock server: checked in Ollama's order, and refused in its words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from newswave.llm.fake_ollama.answers import Call, Sampling
from newswave.llm.fake_ollama.models import Kind, Model, Models

_MOST_LOGPROBS = 20
_KEPT = 300.0
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_SPAN = re.compile(r"[+-]?(?:\d+\.?\d*(?:h|ms|m|s|us|µs|ns))+|[+-]?0")
_LEVELS = ("high", "medium", "low", "max")
_WHOLE = {
    *("num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "num_keep"),
    *("num_predict", "seed", "top_k", "repeat_last_n"),
}
_REAL = {
    *("temperature", "top_p", "min_p", "typical_p"),
    *("repeat_penalty", "presence_penalty", "frequency_penalty"),
}
_FIELDS = {
    "model": (str, "string"),
    "prompt": (str, "string"),
    "system": (str, "string"),
    "messages": (list, "[]api.Message"),
    "stream": (bool, "bool"),
    "logprobs": (bool, "bool"),
    "top_logprobs": (int, "int"),
    "options": (dict, "map[string]interface {}"),
}


class Refused(Exception):
    """A request that the server answers with an error, and no more."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = compact({"error": message})


class Route(Enum):
    """The two routes that answer a prompt."""

    CHAT = "/api/chat"
    GENERATE = "/api/generate"


@dataclass(frozen=True)
class Request:
    """A checked request for an answer.

    `name` is the model as the client called it; `keep` is the seconds to keep the model loaded,
    negative for ever. A request without text only loads the model.
    """

    route: Route
    name: str
    model: Model
    call: Call
    stream: bool
    keep: float


def compact(value: Any) -> bytes:
    """Return a value as the server writes JSON: no blanks, and <, > and & escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.encode("utf-8", "replace")


def read_body(raw: bytes) -> dict[str, Any]:
    """Return the object in a request's body, or raise `Refused`."""
    if not raw.strip():
        raise Refused(400, "missing request body")
    try:
        body = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        first = raw.strip()[:1].decode("utf-8", "replace")
        looking = f"invalid character '{first}' looking for beginning of value"
        raise Refused(400, "unexpected EOF" if first in "{[" and first else looking) from None
    if not isinstance(body, dict):
        raise Refused(400, f"json: cannot unmarshal {_go_kind(body)} into Go value of type request")
    for name, (kind, go) in _FIELDS.items():
        value = body.get(name)
        wrong = value is not None and not isinstance(value, kind)
        if wrong or (kind is int and isinstance(value, bool)):
            where = f"Go struct field request.{name} of type {go}"
            raise Refused(400, f"json: cannot unmarshal {_go_kind(value)} into {where}")
    return {name: value for name, value in body.items() if value is not None}


def named(body: Mapping[str, Any]) -> str:
    """Return the name of the model in a body; "" if it has none."""
    name = body.get("model") or body.get("name") or ""
    return name if isinstance(name, str) else ""


def checked(route: Route, body: Mapping[str, Any], models: Models) -> Request:
    """Return a request whose body fits, or raise `Refused` with the first thing that does not."""
    text = _prompt(route, body)
    keep = _seconds(body.get("keep_alive", _KEPT))
    think = body.get("think")
    if think is not None and not isinstance(think, bool) and think not in _LEVELS:
        words = f'invalid think value: {json.dumps(think)} (must be "high", "medium", "low", "max"'
        raise Refused(400, f"{words}, true, or false)")
    top = body.get("top_logprobs", 0)
    if not 0 <= top <= _MOST_LOGPROBS:
        raise Refused(400, f"top_logprobs must be between 0 and {_MOST_LOGPROBS}")
    name = body.get("model", "")
    model = _model(route, name, models)
    if think and model.kind is not Kind.THINKING:
        raise Refused(400, f'"{name}" does not support thinking')
    call = Call(
        text,
        _sampling(body.get("options", {})),
        _shape(body.get("format")) if text else None,
        model.kind is Kind.THINKING and think is not False,
        body.get("logprobs", False) and model.kind is not Kind.MUTE,
        top,
    )
    return Request(route, name, model, call, body.get("stream", True), keep)


def _seconds(keep_alive: Any) -> float:
    """Return how long a model is kept, from a number of seconds or a text such as "1h30m"."""
    if isinstance(keep_alive, int | float) and not isinstance(keep_alive, bool):
        return float(keep_alive) if math.isfinite(keep_alive) else -1.0
    if not isinstance(keep_alive, str) or not _SPAN.fullmatch(keep_alive):
        raise Refused(400, f"time: invalid duration {json.dumps(keep_alive)}")
    parts = re.findall(r"(\d+\.?\d*)(h|ms|m|s|us|µs|ns)", keep_alive)
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -total if keep_alive.startswith("-") else total


def _prompt(route: Route, body: Mapping[str, Any]) -> str:
    """Return everything that a prompt says, its parts set off by empty lines."""
    if route is Route.GENERATE:
        parts = [body.get("system", "") if body.get("prompt") else "", body.get("prompt", "")]
    else:
        parts = []
        for message in body.get("messages", []):
            if not isinstance(message, dict) or not isinstance(message.get("content", ""), str):
                where = "Go struct field request.messages of type api.Message"
                raise Refused(400, f"json: cannot unmarshal {_go_kind(message)} into {where}")
            parts.append(message.get("content", ""))
    return "\n\n".join(part for part in parts if part)


def _model(route: Route, name: str, models: Models) -> Model:
    is_name = bool(name) and not any(c.isspace() for c in name)
    if not is_name and route is Route.CHAT:
        raise Refused(400, "model is required")
    model = models.find(name) if is_name else None
    if model is None:
        raise Refused(404, f"model '{name}' not found")
    if model.kind is Kind.EMBEDDING:
        does = "chat" if route is Route.CHAT else "generate"
        raise Refused(400, f'"{name}" does not support {does}')
    return model


def _sampling(options: Mapping[str, Any]) -> Sampling:
    """Refuse an option of the wrong type; a name that is not known is passed over."""
    for name, value in options.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        wanted = {
            "integer": name not in _WHOLE or (number and math.isfinite(value)),
            "float32": name not in _REAL or (number and math.isfinite(value)),
            "boolean": name != "use_mmap" or isinstance(value, bool),
            "array": name != "stop" or isinstance(value, list),
        }
        for kind, fits in wanted.items():
            if value is not None and not fits:
                raise Refused(500, f'option "{name}" must be of type {kind}')
    return Sampling.of(options)


def _shape(given: Any) -> Mapping[str, Any] | str | None:
    if given in (None, ""):
        return None
    if given == "json" or isinstance(given, dict):
        return given  # type: ignore[no-any-return]
    quoted = json.dumps(json.dumps(given))
    allowed = 'expected "json" or a valid JSON Schema object'
    raise Refused(500, f"invalid format: {quoted}; {allowed}")


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _go_kind(value: Any) -> str:
    names = {bool: "bool", str: "string", int: "number", float: "number", list: "array"}
    return names.get(type(value), "object")
