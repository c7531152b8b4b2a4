"""The models that the mock server pretends to hold: what is pulled, and what is loaded."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from newswave.core.errors import BadValue
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.server import full_name

_LICENSE = (
    "SYNTHETIC. This is no language model: newswave's stand-in server computes every answer from a "
    "formula. Nothing it says is evidence about people or about models."
)
_LONGEST = 32768
_SIZE = 1_000_000
_FOREVER = timedelta(days=365 * 200)
_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "synthetic",
    "families": ["synthetic"],
    "parameter_size": "0B",
    "quantization_level": "none",
}


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


@dataclass(frozen=True)
class Model:
    """A pulled model: the digest changes with its generation; each answer shows its fault."""

    name: str
    kind: Kind
    changed: datetime
    generation: int = 0
    fault: Fault | None = None

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return hashlib.sha256(f"synthetic {self.name} {self.generation}".encode()).hexdigest()

    def tag(self) -> dict[str, Any]:
        """Return its entry in /api/tags."""
        return {
            "name": self.name,
            "model": self.name,
            "modified_at": stamp(self.changed),
            "size": _SIZE,
            "digest": self.digest,
            "details": _DETAILS,
            "capabilities": self.kind.capabilities,
        }

    def description(self) -> dict[str, Any]:
        """Return what /api/show says."""
        return {
            "license": _LICENSE,
            "modelfile": f"# Synthetic: no model, a formula\nFROM {self.name}\n",
            "parameters": "",
            "template": "{{ .System }}\n\n{{ .Prompt }}",
            "details": _DETAILS,
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
    """A model in memory: with which context, and until when."""

    model: Model
    num_ctx: int
    until: datetime

    def entry(self) -> dict[str, Any]:
        """Return its entry in /api/ps."""
        tag = self.model.tag()
        kept = {name: tag[name] for name in ("name", "model", "size", "digest", "details")}
        more = {"expires_at": stamp(self.until), "size_vram": 0, "context_length": self.num_ctx}
        return kept | more


class Models:
    """The models that are pulled and loaded; safe to be used by many threads."""

    def __init__(self, names: Iterable[str]) -> None:
        self._lock = threading.RLock()
        self._pulled: dict[str, Model] = {}
        self._loaded: dict[str, Loaded] = {}
        for name in names:
            if not self.pull(name):
                allowed = ", ".join(CATALOGUE)
                raise BadValue("There is no such synthetic model", given=name, allowed=allowed)

    def pull(self, name: str) -> Model | None:
        """Pull a model of the catalogue and return it; None if there is none."""
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

    def tags(self) -> list[dict[str, Any]]:
        """Return the entries of /api/tags, the model that was changed last first."""
        with self._lock:
            pulled = sorted(self._pulled.values(), key=lambda m: m.changed, reverse=True)
        return [model.tag() for model in pulled]

    def load(self, model: Model, num_ctx: int, keep: float) -> bool:
        """Note that a model is used and kept for `keep` seconds; return whether it had to load."""
        kept = _FOREVER if keep < 0 else timedelta(seconds=min(keep, _FOREVER.total_seconds()))
        with self._lock:
            self._expire()
            before = self._loaded.get(model.name)
            self._loaded[model.name] = Loaded(model, num_ctx, datetime.now(UTC) + kept)
        return before is None or before.num_ctx != num_ctx

    def unload(self, model: Model) -> None:
        """Take a model out of memory."""
        with self._lock:
            self._loaded.pop(model.name, None)

    def running(self) -> list[dict[str, Any]]:
        """Return the entries of /api/ps."""
        with self._lock:
            self._expire()
            return [loaded.entry() for loaded in self._loaded.values()]

    def _expire(self) -> None:
        now = datetime.now(UTC)
        self._loaded = {name: one for name, one in self._loaded.items() if one.until > now}


def stamp(moment: datetime) -> str:
    """Return a moment as the server writes it, with its zone."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
