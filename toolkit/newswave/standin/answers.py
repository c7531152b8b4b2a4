"""One answer: its tokens with their log-probabilities, cut at the limit, and its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from newswave.standin.faults import THINKING_TEXT, Fault, spoilt
from newswave.standin.mind import Mind, sigmoid
from newswave.standin.models import stamp
from newswave.standin.prompts import read_prompt
from newswave.standin.requests import Refused, Request, Route, compact
from newswave.standin.tokens import Law, label_law, logprob_entry, pieces, plain_law
from newswave.standin.writing import BadSchema, Writer

_FLOOD = 64
_SURE = 0.99


@dataclass(frozen=True)
class Token:
    """A piece of an answer: its text, whether it is thinking, and its entry among the logprobs."""

    text: str
    thinking: bool
    entry: dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Parameters
    ----------
    request : Request
        What was asked.
    tokens : tuple of Token
        Thinking first.
    ending : str
        The done_reason: stop, length, load or unload; empty for an answer that is not done.
    prompt_tokens : int
        Tokens of the prompt.
    """

    request: Request
    tokens: tuple[Token, ...]
    ending: str
    prompt_tokens: int = 0

    def whole(self, load: int, total: int) -> bytes:
        """Return the one line of an answer that is not streamed.

        Parameters
        ----------
        load, total : int
            Nanoseconds that went by for loading, and altogether.
        """
        return compact(self._line(self.tokens) | self._end(load, total))

    def lines(self, load: int, total: int) -> Iterator[bytes]:
        """Yield the lines of a streamed answer: one for each token, then the one with metrics."""
        for token in self.tokens:
            yield compact(self._line((token,)) | {"done": False}) + b"\n"
        yield compact(self._line(()) | self._end(load, total)) + b"\n"

    def _line(self, tokens: tuple[Token, ...]) -> dict[str, Any]:
        content = "".join(token.text for token in tokens if not token.thinking)
        thinking = "".join(token.text for token in tokens if token.thinking)
        thought = {"thinking": thinking} if thinking else {}
        line: dict[str, Any] = {"model": self.request.name, "created_at": stamp(datetime.now(UTC))}
        if self.request.route is Route.CHAT:
            line["message"] = {"role": "assistant", "content": content, **thought}
        else:
            line |= {"response": content, **thought}
        entries = [token.entry for token in tokens if token.entry is not None]
        return line | ({"logprobs": entries} if entries else {})

    def _end(self, load: int, total: int) -> dict[str, Any]:
        if not self.ending:
            return {"done": False}
        end: dict[str, Any] = {"done": True, "done_reason": self.ending}
        if self.ending in ("load", "unload"):
            return end
        if self.request.route is Route.GENERATE:
            end["context"] = list(range(1, self.prompt_tokens + 1))
        rest = max(total - load, 2)
        counted = {
            "total_duration": load + rest,
            "load_duration": load,
            "prompt_eval_count": self.prompt_tokens,
            "prompt_eval_duration": rest // 2,
            "eval_count": len(self.tokens),
            "eval_duration": rest - rest // 2,
        }
        return end | {name: value for name, value in counted.items() if value}


def answer(request: Request, mind: Mind, fault: Fault | None = None) -> Answer:
    """Return the answer to a request.

    Raises
    ------
    Refused
        If the engine refuses the schema.
    """
    if not request.text:
        return Answer(request, (), "unload" if request.keep == 0 else "load")
    if fault is Fault.ONLY_LOADED:
        return Answer(request, (), "load")
    writer = Writer(mind, read_prompt(request.text), request.text, request.sampling)
    try:
        content = writer.write(request.shape)
    except (BadSchema, TypeError, ValueError, AttributeError, KeyError) as error:
        told = {"code": 400, "message": str(error), "type": "invalid_request_error"}
        raise Refused(400, compact({"error": told}).decode()) from None
    content, thinking = spoilt(fault, content, THINKING_TEXT if request.thinks else "")
    tokens, ending = _cut(_tokens(request, writer, content, thinking, fault), request, fault)
    ending = "" if fault is Fault.NOT_DONE else ending
    prompt_tokens = min(len(request.text) // 4 + 8, request.sampling.num_ctx)
    return Answer(request, tokens, ending, prompt_tokens)


def rendered(request: Request) -> dict[str, Any]:
    """Return the prompt as the model would get it, in place of an answer."""
    head = {"model": request.name, "created_at": stamp(datetime.now(UTC))}
    return head | {"_debug_info": {"rendered_template": request.text}}


def _cut(
    tokens: Iterator[Token], request: Request, fault: Fault | None
) -> tuple[tuple[Token, ...], str]:
    """Return the tokens up to the limit and how the answer ends."""
    limit = request.sampling.num_predict
    if fault is Fault.WHITESPACE and limit <= 0:
        limit = _FLOOD
    kept = []
    for token in tokens:
        kept.append(token)
        if len(kept) == limit:
            return tuple(kept), "length"
    return tuple(kept), "stop"


def _tokens(
    request: Request, writer: Writer, content: str, thinking: str, fault: Fault | None
) -> Iterator[Token]:
    """Yield the tokens of thinking, then those of the content; the decision carries the law."""
    given = request.logprobs and fault is not Fault.NO_LOGPROBS
    decided = False
    for text in pieces(thinking):
        entry = logprob_entry(text, plain_law(text), request.top) if given else None
        yield Token(text, True, entry)
    for place, text in enumerate(pieces(content)):
        law: Law | None = None
        if given and not decided:
            law = _decision(writer, place, text)
            decided = law is not None
        entry = logprob_entry(text, law or plain_law(text), request.top) if given else None
        yield Token(text, False, entry)


def _decision(writer: Writer, place: int, text: str) -> Law | None:
    """Return the law where the decision falls: the first word, or the true or false of JSON."""
    chance = sigmoid(writer.log_odds)
    if writer.told.order:
        return label_law(chance, writer.mind.coverage) if place == 0 else None
    if text.strip() in ("true", "false"):
        return label_law(chance, _SURE, ("true", "false"))
    return None
