"""Requests to the mock server: checked in Ollama's order, with how answers are sampled."""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from newswave.llm.fake_ollama.formula import sigmoid
from newswave.llm.fake_ollama.models import Kind, Model, Shelf

# How an answer is drawn: temperature, truncation and seed, as the real server applies them.
#
# The order is that of the engine: top_k, top_p and min_p cut the law off first, temperature comes
# last. So with the server's default top_p = 0.9 a label of probability 0.1 or less is never drawn.
# That bias is real, and kept.


_BITS = 53
_SAMPLING_SPAN = float(1 << _BITS)


@dataclass(frozen=True)
class Sampling:
    """The options of a request that rule its answer, with the server's own defaults.

    Parameters
    ----------
    temperature : float
        0 or less takes the likelier label.
    top_k, top_p, min_p : number
        What is cut off; 0, 1 and 0 cut nothing off.
    seed : int
        Same seed and prompt, same answer; -1 draws anew each time.
    num_predict : int
        Most tokens of an answer; 0 or less stands for no limit.
    num_ctx : int
        Length of the context, in tokens; another one reloads the model.
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.9
    min_p: float = 0.0
    seed: int = -1
    num_predict: int = -1
    num_ctx: int = 4096

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Sampling:
        """Return what checked options say; those that rule nothing here are passed over.

        >>> Sampling.of({"seed": 7.0, "stop": ["x"], "top_p": None}).seed
        7
        """
        known = cls.__dataclass_fields__
        given = {name: value for name, value in options.items() if value is not None}
        whole = ("top_k", "seed", "num_predict", "num_ctx")
        chosen = {n: int(v) if n in whole else float(v) for n, v in given.items() if n in known}
        return cls(**chosen)  # type: ignore[arg-type]

    def chance(self, log_odds: float) -> float:
        """Return the probability that yes is drawn, from its log-odds before truncation.

        Examples
        --------
        >>> from math import log
        >>> Sampling(temperature=1.0).chance(log(0.05 / 0.95))
        0.0
        >>> round(Sampling(temperature=1.0, top_p=1.0).chance(log(0.05 / 0.95)), 12)
        0.05
        >>> Sampling(temperature=0.0).chance(0.1)
        1.0
        """
        rarer = sigmoid(-abs(log_odds))
        cut = self.top_k == 1 or rarer <= 1.0 - self.top_p or rarer < self.min_p * (1.0 - rarer)
        if self.temperature <= 0 or cut:
            return float(log_odds > 0)
        return sigmoid(log_odds / self.temperature)

    def draw(self, text: str, purpose: str = "") -> float:
        """Return a uniform number from 0 to 1 (excluded), fixed by seed, text and purpose.

        >>> Sampling(seed=1).draw("a") == Sampling(seed=1).draw("a") != Sampling(seed=2).draw("a")
        True
        """
        if self.seed == -1:
            return secrets.randbits(_BITS) / _SAMPLING_SPAN
        digest = hashlib.sha256(f"{self.seed}\0{purpose}\0{text}".encode(errors="replace")).digest()
        return (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / _SAMPLING_SPAN


# What a request must hold, checked in the server's order and refused in the server's words.


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
    """A request that the server answers with an error, and no more.

    >>> Refused(400, "model is required").body
    b'{"error":"model is required"}'
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    @property
    def body(self) -> bytes:
        """The body of the reply."""
        return compact({"error": self.message})


class Route(Enum):
    """The two routes that answer a prompt."""

    CHAT = "/api/chat"
    GENERATE = "/api/generate"


@dataclass(frozen=True)
class Request:
    """A checked request for an answer.

    Parameters
    ----------
    route : Route
        Chat or generate.
    name : str
        The model as the client called it; the reply says the same.
    model : Model
        The model.
    text : str
        Everything that the prompt says, its parts set off by empty lines; empty to load only.
    stream : bool
        Whether to answer in pieces; true unless the client says otherwise.
    sampling : Sampling
        The options.
    shape : mapping, str or None
        The format: a schema, "json" or none.
    thinks : bool
        Whether the answer begins with thinking.
    logprobs : bool
        Whether log-probabilities are given.
    top : int
        How many alternatives each has, 0 to 20.
    keep : float
        Seconds to keep the model loaded; negative for ever.
    """

    route: Route
    name: str
    model: Model
    text: str
    stream: bool
    sampling: Sampling
    shape: Mapping[str, Any] | str | None
    thinks: bool
    logprobs: bool
    top: int
    keep: float


def compact(value: Any) -> bytes:
    """Return a value as the server writes JSON: no blanks, and <, > and & escaped.

    >>> compact({"a": [1, "x"]})
    b'{"a":[1,"x"]}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        if sign in text:
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
        broken = first in "{[" and first
        text = "unexpected EOF" if broken else f"invalid character '{first}' looking for "
        raise Refused(400, text + ("" if broken else "beginning of value")) from None
    if not isinstance(body, dict):
        raise Refused(400, f"json: cannot unmarshal {_go_kind(body)} into Go value of type request")
    for name, (kind, go) in _FIELDS.items():
        value = body.get(name)
        wrong = value is not None and not isinstance(value, kind)
        if wrong or (kind is int and isinstance(value, bool)):
            where = f"Go struct field request.{name} of type {go}"
            raise Refused(400, f"json: cannot unmarshal {_go_kind(value)} into {where}")
    return {name: value for name, value in body.items() if value is not None}


def checked(route: Route, body: Mapping[str, Any], shelf: Shelf) -> Request:
    """Return a request whose body fits, or raise `Refused` with the first thing that does not."""
    text = _prompt(route, body)
    keep = seconds(body.get("keep_alive", _KEPT))
    think = body.get("think")
    if think is not None and not isinstance(think, bool) and think not in _LEVELS:
        words = f'invalid think value: {json.dumps(think)} (must be "high", "medium", "low", "max"'
        raise Refused(400, f"{words}, true, or false)")
    top = body.get("top_logprobs", 0)
    if not 0 <= top <= _MOST_LOGPROBS:
        raise Refused(400, f"top_logprobs must be between 0 and {_MOST_LOGPROBS}")
    name = body.get("model", "")
    model = _found(route, name, shelf)
    if model.kind is Kind.EMBEDDING:
        does = "chat" if route is Route.CHAT else "generate"
        raise Refused(400, f'"{name}" does not support {does}')
    if think and model.kind is not Kind.THINKING:
        raise Refused(400, f'"{name}" does not support thinking')
    options = body.get("options", {})
    _check_options(options)
    shape = _shape(body.get("format")) if text else None
    return Request(
        route,
        name,
        model,
        text,
        body.get("stream", True),
        Sampling.of(options),
        shape,
        model.kind is Kind.THINKING and think is not False,
        body.get("logprobs", False) and model.kind is not Kind.MUTE,
        top,
        keep,
    )


def seconds(keep_alive: Any) -> float:
    """Return how long a model is kept, from a number of seconds or a text such as "1h30m".

    >>> seconds("1h30m"), seconds(0), seconds("-1s")
    (5400.0, 0.0, -1.0)
    """
    if isinstance(keep_alive, int | float) and not isinstance(keep_alive, bool):
        return float(keep_alive) if math.isfinite(keep_alive) else -1.0
    if not isinstance(keep_alive, str) or not _SPAN.fullmatch(keep_alive):
        raise Refused(400, f"time: invalid duration {json.dumps(keep_alive)}")
    parts = re.findall(r"(\d+\.?\d*)(h|ms|m|s|us|µs|ns)", keep_alive)
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -total if keep_alive.startswith("-") else total


def _prompt(route: Route, body: Mapping[str, Any]) -> str:
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


def _found(route: Route, name: str, shelf: Shelf) -> Model:
    if not name or any(c.isspace() for c in name):
        if route is Route.CHAT:
            raise Refused(400, "model is required")
        raise Refused(404, f"model '{name}' not found")
    model = shelf.find(name)
    if model is None:
        raise Refused(404, f"model '{name}' not found")
    return model


def _check_options(options: Mapping[str, Any]) -> None:
    """Refuse an option of the wrong type; a name that is not known is passed over."""
    for name, value in options.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        number = number and math.isfinite(value)
        if value is None:
            continue
        for names, kind in ((_WHOLE, "integer"), (_REAL, "float32")):
            if name in names and not number:
                raise Refused(500, f'option "{name}" must be of type {kind}')
        if name == "use_mmap" and not isinstance(value, bool):
            raise Refused(500, f'option "{name}" must be of type boolean')
        if name == "stop" and not isinstance(value, list):
            raise Refused(500, f'option "{name}" must be of type array')


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
