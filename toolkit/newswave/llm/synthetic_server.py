"""The synthetic formula as a model server in this process: no HTTP, and no language model."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, field

from newswave.core.version import __version__
from newswave.llm.fake_ollama.formula import Answer, Call, Mind, Sampling, answer
from newswave.llm.server import Found, Loaded, Model, Reply, Request, full_name, missing_model

_NAME = "synthetic:latest"
_FAMILY = "synthetic"


@dataclass(frozen=True)
class SyntheticServer:
    """Answers every question by a known formula, in this process.

    Everything that comes of it is marked as synthetic: it is no finding about people or about
    models. Its answers are those of `newswave synthetic-server`.

    Parameters
    ----------
    mind : Mind
        The formula.

    Examples
    --------
    >>> import tempfile
    >>> import newswave as nw
    >>> plan = nw.Plan(nw.event("short-power-cut"), nw.wording("adjectives"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = nw.measure_table("synthetic", plan, f"{folder}/table.jsonl", SyntheticServer())
    >>> found.calls, found.measured.origin.synthetic
    (104, True)
    """

    mind: Mind = field(default_factory=Mind)

    address = ""
    is_local = True
    most_at_once = 1  # they would only take turns
    waits = ()
    timeout = 60.0

    def look(self) -> Found:
        """Return what there is: one synthetic model."""
        models = (self._model,)
        program, client = "newswave formula", f"newswave {__version__}"
        return Found("", f"{__version__}-synthetic", True, models, program, client)

    def model(self, name: str) -> Model:
        """Return the synthetic model, or raise `ModelMissing`."""
        return self.look().find(name)

    def digest(self, name: str) -> str:
        """Return the digest of the formula, which changes with its numbers."""
        return self.model(name).digest

    def loaded(self) -> tuple[Loaded, ...]:
        """Return the synthetic model: it is always there."""
        return (Loaded(_NAME, 0, 0, None),)

    def session(self) -> _Session:
        """Return what questions are asked with; there is no connection to open."""
        return _Session(self)

    def answer(self, request: Request) -> Reply:
        """Return the answer to one question, or raise `ModelMissing`."""
        if full_name(request.model) != _NAME:
            raise missing_model(request.model, (_NAME,))
        start = time.perf_counter()
        prompt, alternatives = request.prompt, request.alternatives
        text = "\n\n".join(part for part in (prompt.system, prompt.user) if part)
        sampling = Sampling.of(request.sampling.options())
        call = Call(text, sampling, request.schema, top=alternatives or None, begun=request.prefix)
        made = answer(call, self.mind)
        return _reply(made, time.perf_counter() - start)

    @property
    def _model(self) -> Model:
        digest = hashlib.sha256(f"newswave formula {self.mind!r}".encode()).hexdigest()
        return Model(_NAME, digest, 0, _FAMILY, capabilities=("completion",), synthetic=True)


@dataclass(frozen=True)
class _Session:
    """What questions are asked with; nothing is open."""

    server: SyntheticServer

    async def __aenter__(self) -> _Session:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""

    async def ask(self, request: Request) -> Reply:
        """Return the answer to one question; other work of the loop has its turn before it."""
        await asyncio.sleep(0)
        return self.server.answer(request)


def _reply(made: Answer, seconds: float) -> Reply:
    first = made.tokens[0].entry if made.tokens else None
    listed = first.get("top_logprobs", []) if first else []
    return Reply(
        content="".join(token.text for token in made.tokens),
        done_reason=made.ending,
        first_token=tuple((one["token"], one["logprob"]) for one in listed),
        prompt_tokens=made.prompt_tokens,
        tokens=len(made.tokens),
        seconds=seconds,
    )
