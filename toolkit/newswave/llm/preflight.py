"""What there is to ask before it is asked: the server, the model, and whether it will fit."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.core.errors import NewswaveError, plain
from newswave.core.files import free_memory
from newswave.llm.server import Found, Model, ModelServer

_GIGA = 1e9
_OLDEST = (0, 12, 11)
"""The first server that tells log-probabilities."""

SMALL_MODELS = (
    ("qwen2.5:0.5b", "397 MB", "the quickest, to try things out"),
    ("gemma3:1b", "815 MB", "for lessons"),
    ("llama3.2:1b", "1.3 GB", "for lessons"),
)
"""Models that suit a class: name, size, and what for."""


@dataclass(frozen=True)
class Preflight:
    """A server with the model that is to be asked."""

    server: ModelServer
    found: Found
    model: Model
    loaded: bool

    @classmethod
    def of(cls, server: ModelServer, name: str) -> Preflight:
        """Look at a server and a model."""
        found, model = server.look(), server.model(name)
        try:
            loaded = any(one.name == model.name for one in server.loaded())
        except NewswaveError:
            loaded = False
        return cls(server, found, model, loaded)

    def lines(self) -> list[str]:
        """Return what was found, a line for each thing, labelled."""
        model = self.model
        kind = ", ".join(text for text in (model.parameter_size, model.quantization) if text)
        about = [f"{plain(model.name)}", f"digest {model.digest[:12]}"]
        about += [f"{model.size / _GIGA:.1f} GB"] if model.size else []
        about += [plain(kind)] if kind else []
        about += ["in memory" if self.loaded else "not in memory yet"]
        place = f"at {self.server.address}" if self.server.address else "in this process"
        lines = [f"server   {self.found.program} {plain(self.found.version)} {place}"]
        lines.append(f"model    {', '.join(about)}")
        if model.thinks:
            lines.append("         it can think before it answers; that is switched off")
        if model.synthetic:
            lines.append("         SYNTHETIC: a formula answers, no language model")
        short = self.short_of_memory()
        return [*lines, f"         {short}"] if short else lines

    def short_of_memory(self) -> str:
        """Return a warning if the model is larger than what this machine has free, else ''."""
        free = free_memory()
        if self.loaded or not self.server.is_local or free is None or self.model.size <= free:
            return ""
        sizes = f"its {self.model.size / _GIGA:.1f} GB are more than the {free / _GIGA:.1f} GB"
        return f"{sizes} that are free here: it may be very slow, or fail"


def tells_log_probabilities(version: str) -> bool:
    """Whether a server of that version tells log-probabilities: from 0.12.11 on.

    >>> tells_log_probabilities("0.12.3"), tells_log_probabilities("0.33.0-rc2")
    (False, True)
    """
    return _numbers(version) >= _OLDEST


def duration(seconds: float) -> str:
    """Return a time in words that one can plan with.

    >>> duration(0.4), duration(42), duration(200), duration(9000)
    ('less than a second', 'about 42 s', 'about 3 min', 'about 2 h 30 min')
    """
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min"
    return f"about {minutes // 60} h {minutes % 60} min"


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers at the beginning of a version."""
    bare = version.partition("-")[0].partition("+")[0]
    return tuple(int(part) if part.isdigit() else 0 for part in bare.split(".")[:3])
