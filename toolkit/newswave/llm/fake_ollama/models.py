"""The models that the mock server holds, and the faults that can be switched on."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from newswave.core.errors import BadValue

# Everything that can go wrong between newswave and a server, to be switched on by name.


class Fault(Enum):
    """A way in which one call goes wrong. Its value ends the name of a model that shows it.

    >>> Fault("refusal-prose").in_content, Fault("busy").in_content
    (True, False)
    """

    SLOW_FIRST_BYTE = "slow-first-byte"
    SLOW_LOAD = "slow-load"
    NOT_DONE = "not-done"
    BUSY = "busy"
    CRASH = "crash"
    RESET = "reset"
    CUT = "cut"
    ERROR_LINE = "error-line"
    NOT_JSON = "not-json"
    EMPTY_CONTENT = "empty-content"
    THINK_CLOSED = "think-closed"
    THINK_OPEN = "think-open"
    FENCED = "fenced"
    WRONG_TYPE = "wrong-type"
    WHITESPACE = "whitespace"
    REFUSAL_PROSE = "refusal-prose"
    ONLY_LOADED = "only-loaded"
    MODEL_DELETED = "model-deleted"
    DIGEST_CHANGED = "digest-changed"
    NO_LOGPROBS = "no-logprobs"

    @property
    def in_content(self) -> bool:
        """Whether the answer itself is at fault, rather than the server or the connection."""
        return self in _IN_CONTENT


_IN_CONTENT = frozenset(
    {
        Fault.EMPTY_CONTENT,
        Fault.THINK_CLOSED,
        Fault.THINK_OPEN,
        Fault.FENCED,
        Fault.WRONG_TYPE,
        Fault.WHITESPACE,
        Fault.REFUSAL_PROSE,
    }
)

BUSY_TEXT = "server busy, please try again.  maximum pending requests exceeded"
CRASH_TEXT = (
    "model runner has unexpectedly stopped, this may be due to resource limitations or an internal "
    "error, check ollama server logs for details"
)
LINE_TEXT = "an error was encountered while running the model: unexpected EOF"
NOT_JSON_TEXT = "<html><body>Synthetic: this is no answer of a model server</body></html>"
REFUSAL_TEXT = (
    "I'm sorry, but I can't take part in that. I would rather not say whether someone would pass "
    "on such a report. (Synthetic refusal.)"
)
THINKING_TEXT = "Synthetic: let me look at the person, the report and the feed."


def spoilt(fault: Fault | None, content: str, thinking: str) -> tuple[str, str]:
    r"""Return content and thinking as a fault in the content leaves them.

    >>> spoilt(Fault.FENCED, '{"share": true}', "")
    ('```json\n{"share": true}\n```', '')
    """
    if fault is Fault.EMPTY_CONTENT:
        return "", f"{thinking or THINKING_TEXT} So: {content}"
    if fault is Fault.THINK_CLOSED:
        return f"<think>\n{THINKING_TEXT}\n</think>\n\n{content}", thinking
    if fault is Fault.THINK_OPEN:
        return f"<think>\n{THINKING_TEXT} Perhaps {content}", thinking
    if fault is Fault.FENCED:
        return f"```json\n{content}\n```", thinking
    if fault is Fault.WRONG_TYPE:
        words = content.replace(": true", ': "yes"').replace(": false", ': "no"')
        return re.sub(r": (\d+)", r': "\1"', words), thinking
    if fault is Fault.WHITESPACE:
        return "{" + "\n" * 2_000, thinking
    if fault is Fault.REFUSAL_PROSE:
        return REFUSAL_TEXT, thinking
    return content, thinking


# The models that the stand-in pretends to hold: what is pulled, what is loaded, what they say.


_LICENSE = (
    "SYNTHETIC. This is no language model: newswave's stand-in server computes every answer from a "
    "formula. Nothing it says is evidence about people or about models."
)
_LONGEST = 32768
_SIZE = 1_000_000
_FOREVER = timedelta(days=365 * 200)


class Kind(Enum):
    """What a synthetic model can do."""

    PLAIN = "answers"
    THINKING = "thinks first, unless told not to"
    MUTE = "answers without log-probabilities, as a server before 0.12.11 does"
    EMBEDDING = "does not chat"

    @property
    def capabilities(self) -> list[str]:
        """What the server says that it can do."""
        if self is Kind.EMBEDDING:
            return ["embedding"]
        return ["completion", "thinking"] if self is Kind.THINKING else ["completion"]


CATALOGUE = {
    "synthetic:latest": Kind.PLAIN,
    "synthetic-thinking:latest": Kind.THINKING,
    "synthetic-mute:latest": Kind.MUTE,
    "synthetic-embedding:latest": Kind.EMBEDDING,
    "synthetic-small:latest": Kind.PLAIN,
}
DEFAULT_MODELS = tuple(name for name in CATALOGUE if name != "synthetic-small:latest")


def full_name(name: str) -> str:
    """Return a model's name as the server keeps it: in small letters, with a tag.

    >>> full_name("Synthetic"), full_name("synthetic:latest")
    ('synthetic:latest', 'synthetic:latest')
    """
    lower = name.strip().lower()
    return lower if ":" in lower.rpartition("/")[2] else f"{lower}:latest"


@dataclass(frozen=True)
class Model:
    """A model on the shelf.

    Parameters
    ----------
    name : str
        With its tag.
    kind : Kind
        What it can do.
    changed : datetime
        When it was pulled.
    generation : int
        How often it was changed; the digest hangs on it.
    fault : Fault, optional
        The fault that each of its answers shows.
    """

    name: str
    kind: Kind
    changed: datetime
    generation: int = 0
    fault: Fault | None = None

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return hashlib.sha256(f"synthetic {self.name} {self.generation}".encode()).hexdigest()

    @property
    def details(self) -> dict[str, Any]:
        """What lists of models say of it."""
        return {
            "parent_model": "",
            "format": "gguf",
            "family": "synthetic",
            "families": ["synthetic"],
            "parameter_size": "0B",
            "quantization_level": "none",
        }

    def tag(self) -> dict[str, Any]:
        """Return its entry in /api/tags."""
        return {
            "name": self.name,
            "model": self.name,
            "modified_at": stamp(self.changed),
            "size": _SIZE,
            "digest": self.digest,
            "details": self.details,
            "capabilities": self.kind.capabilities,
        }

    def shown(self) -> dict[str, Any]:
        """Return what /api/show says."""
        return {
            "license": _LICENSE,
            "modelfile": f"# Synthetic: no model, a formula\nFROM {self.name}\n",
            "parameters": "",
            "template": "{{ .System }}\n\n{{ .Prompt }}",
            "details": self.details,
            "model_info": {
                "general.architecture": "synthetic",
                "general.parameter_count": 0,
                "synthetic.context_length": _LONGEST,
            },
            "capabilities": self.kind.capabilities,
            "modified_at": stamp(self.changed),
        }


@dataclass(frozen=True)
class Loaded:
    """A model in memory: since when with which context, and until when."""

    model: Model
    num_ctx: int
    until: datetime


class Shelf:
    """The models that are pulled and loaded; safe to be used by many threads.

    Parameters
    ----------
    names : iterable of str
        Which models of the catalogue are pulled from the beginning.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._lock = threading.RLock()
        self._pulled: dict[str, Model] = {}
        self._loaded: dict[str, Loaded] = {}
        for name in names:
            if not self.pull(name):
                allowed = ", ".join(CATALOGUE)
                raise BadValue("There is no such synthetic model", given=name, allowed=allowed)

    def pull(self, name: str) -> Model | None:
        """Put a model of the catalogue on the shelf and return it; None if there is none."""
        full = full_name(name)
        if full not in CATALOGUE:
            return None
        with self._lock:
            made = Model(full, CATALOGUE[full], datetime.now(UTC))
            return self._pulled.setdefault(full, made)

    def find(self, name: str) -> Model | None:
        """Return a pulled model, or the one whose name ends with a fault of the content."""
        full = full_name(name)
        with self._lock:
            known = self._pulled.get(full)
            plain = self._pulled.get("synthetic:latest")
        if known is not None or plain is None:
            return known
        ending = full.removeprefix("synthetic-").removesuffix(":latest")
        faults = {fault.value: fault for fault in Fault if fault.in_content}
        return replace(plain, name=full, fault=faults[ending]) if ending in faults else None

    def forget(self, name: str) -> None:
        """Take a model away, as a deletion on the server would."""
        with self._lock:
            self._pulled.pop(full_name(name), None)
            self._loaded.pop(full_name(name), None)

    def change(self, name: str) -> None:
        """Give a model a new digest, as a new version under its old name would have."""
        with self._lock:
            old = self._pulled.get(full_name(name))
            if old is None:
                raise BadValue("There is no such model to change", given=name)
            new = replace(old, generation=old.generation + 1, changed=datetime.now(UTC))
            self._pulled[old.name] = new
            self._loaded.pop(old.name, None)

    def models(self) -> list[Model]:
        """Return the pulled models, the one that was changed last first."""
        with self._lock:
            return sorted(self._pulled.values(), key=lambda m: m.changed, reverse=True)

    def load(self, model: Model, num_ctx: int, keep: float) -> bool:
        """Note that a model is used and kept for `keep` seconds; return whether it had to load."""
        with self._lock:
            self._expire()
            held = self._loaded.get(model.name)
            kept = _FOREVER if keep < 0 else timedelta(seconds=min(keep, _FOREVER.total_seconds()))
            self._loaded[model.name] = Loaded(model, num_ctx, datetime.now(UTC) + kept)
            return held is None or held.num_ctx != num_ctx

    def unload(self, model: Model) -> None:
        """Take a model out of memory."""
        with self._lock:
            self._loaded.pop(model.name, None)

    def running(self) -> list[dict[str, Any]]:
        """Return the entries of /api/ps."""
        with self._lock:
            self._expire()
            held = list(self._loaded.values())
        return [
            {
                "name": one.model.name,
                "model": one.model.name,
                "size": _SIZE,
                "digest": one.model.digest,
                "details": one.model.details,
                "expires_at": stamp(one.until),
                "size_vram": 0,
                "context_length": one.num_ctx,
            }
            for one in held
        ]

    def _expire(self) -> None:
        now = datetime.now(UTC)
        self._loaded = {name: one for name, one in self._loaded.items() if one.until > now}


def stamp(moment: datetime) -> str:
    """Return a moment as the server writes it, with its zone.

    >>> stamp(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00.000000Z'
    """
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
