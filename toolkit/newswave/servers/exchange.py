"""One question and one answer: how a model draws, what it is asked, what it said."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from newswave.errors import BadValue, real_number, whole_number
from newswave.wordings import Prompt

if TYPE_CHECKING:
    from ollama import ChatResponse

KEEP_ALIVE = "30m"
"""How long a server keeps the model in memory after an answer: loading takes seconds."""

LONGEST_KEPT = 4000
"""Content and thinking of a reply are each cut to so many characters."""

_MOST_ALTERNATIVES = 20
_NO_PENALTY = {"repeat_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}


@dataclass(frozen=True)
class Sampling:
    """How a model draws its words.

    A server's own defaults leave out rare words before it draws (top_p 0.9, top_k 40): somebody
    who shares in 2 to 8 of 100 cases then never shares. The defaults here leave out nothing and
    leave the odds as they are, so that draws follow the model's own probabilities. Penalties on
    words that were used before, which some models bring along, are switched off for the same
    reason: yes, no and true occur in the question.

    Parameters
    ----------
    temperature : float
        0 always takes the likeliest word, 1 draws by the model's own odds.
    num_predict : int
        Most tokens of an answer; JSON ends by itself before.
    num_ctx : int
        Tokens of question and answer together. Changing it makes a server load the model anew.
    top_p, top_k, min_p : float, int, float
        What is left out before drawing; 1, 0 and 0 leave out nothing.
    seed : int or None
        Of the draw; None lets the server take a new one each time.

    Raises
    ------
    BadValue
        If one is outside what a server takes.

    Examples
    --------
    >>> Sampling(temperature=0, num_predict=1, seed=7).options()["num_predict"]
    1
    """

    temperature: float = 1.0
    num_predict: int = 80
    num_ctx: int = 2048
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None

    def __post_init__(self) -> None:
        wholes = {"num_predict": (1, 4096), "num_ctx": (64, 1 << 20), "top_k": (0, 1 << 20)}
        for name, (low, high) in wholes.items():
            object.__setattr__(self, name, whole_number(name, getattr(self, name), low, high))
        reals = {"temperature": 5.0, "top_p": 1.0, "min_p": 1.0}
        for name, most in reals.items():
            object.__setattr__(self, name, real_number(name, getattr(self, name), 0.0, most))
        if self.seed is not None:
            object.__setattr__(self, "seed", whole_number("seed", self.seed, 0, 2**31 - 1))

    def options(self) -> dict[str, Any]:
        """Return the options as a server takes them, whole numbers as such.

        A plain dict is sent as it is; the client's own type for options would drop min_p.
        """
        chosen = {
            "num_ctx": self.num_ctx,
            "num_predict": self.num_predict,
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "min_p": self.min_p,
            **_NO_PENALTY,
        }
        return chosen if self.seed is None else {**chosen, "seed": self.seed}


@dataclass(frozen=True)
class Request:
    """What one call asks.

    Parameters
    ----------
    model : str
        Name with tag, as the server lists it.
    prompt : Prompt
        What the model is told.
    sampling : Sampling
        How it draws.
    schema : mapping or None
        JSON schema of the answer, its keys in the order of the answer; None for free words.
    alternatives : int
        For how many alternatives of each token to give probabilities, 0 to 20.

    Raises
    ------
    BadValue
        If the model has no name, the schema is not JSON, or alternatives are out of range.

    Examples
    --------
    >>> request = Request("gemma3:1b", Prompt("Be brief.", "Yes or no?"), alternatives=20)
    >>> request.arguments()["think"], len(request.key)
    (False, 64)
    """

    model: str
    prompt: Prompt
    sampling: Sampling = Sampling()
    schema: Mapping[str, Any] | None = None
    alternatives: int = 0

    def __post_init__(self) -> None:
        model_name(self.model)
        whole_number("alternatives", self.alternatives, 0, _MOST_ALTERNATIVES)
        if self.schema is not None:
            try:
                copy = json.loads(json.dumps(dict(self.schema), allow_nan=False))
            except (TypeError, ValueError, RecursionError) as error:
                allowed = "a JSON schema, as in Question.schema"
                raise BadValue(
                    "The schema is not JSON", given=self.schema, allowed=allowed
                ) from error
            object.__setattr__(self, "schema", copy)

    def arguments(self) -> dict[str, Any]:
        """Return what the client's `chat` takes. Thinking is always off: it is slow and unread."""
        asked: dict[str, Any] = {
            "model": self.model,
            "messages": self.prompt.messages,
            "options": self.sampling.options(),
            "format": self.schema,
            "stream": False,
            "think": False,
            "keep_alive": KEEP_ALIVE,
        }
        return {**asked, **_alternatives(self.alternatives)}

    @property
    def key(self) -> str:
        """SHA-256 of everything that is sent, as 64 hexadecimal digits.

        The order of a schema's keys counts: it is the order of the answer.
        """
        text = json.dumps(["/api/chat", self.arguments()], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Reply:
    """What came back.

    Parameters
    ----------
    content, thinking : str
        What the model said and thought, at most `LONGEST_KEPT` characters each.
    done : bool
        Whether the server marked it as done.
    done_reason : str or None
        Why it ended: "stop", "length", "load".
    first_token : tuple of (str, float)
        Alternatives of the first token with the logarithm of their probability; empty if not
        asked for, or if the server is too old to tell.
    prompt_tokens, tokens : int
        Length of question and answer in tokens; 0 if the server did not say.
    seconds, load_seconds : float
        Time at the server, and how much of it went into loading the model.
    cut : bool
        Whether content or thinking was longer than what is kept.
    """

    content: str
    thinking: str = ""
    done: bool = True
    done_reason: str | None = "stop"
    first_token: tuple[tuple[str, float], ...] = ()
    prompt_tokens: int = 0
    tokens: int = 0
    seconds: float = 0.0
    load_seconds: float = 0.0
    cut: bool = False

    @classmethod
    def of(cls, response: ChatResponse) -> Reply:
        """Return the reply in an answer of the client."""
        content = response.message.content or ""
        thinking = response.message.thinking or ""
        tokens = response.logprobs or []
        pairs = (tokens[0].top_logprobs or []) if tokens else []
        return cls(
            content=content[:LONGEST_KEPT],
            thinking=thinking[:LONGEST_KEPT],
            done=response.done is True,
            done_reason=response.done_reason,
            first_token=tuple((each.token, each.logprob) for each in pairs),
            prompt_tokens=response.prompt_eval_count or 0,
            tokens=response.eval_count or 0,
            seconds=(response.total_duration or 0) / 1e9,
            load_seconds=(response.load_duration or 0) / 1e9,
            cut=max(len(content), len(thinking)) > LONGEST_KEPT,
        )


def model_name(name: Any) -> str:
    """Return the name of a model, or raise `BadValue`.

    >>> model_name("gemma3:1b")
    'gemma3:1b'
    """
    fits = isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable()
    if not fits or name.strip() != name:
        allowed = "a name such as gemma3:1b; see the ones there with: newswave models"
        raise BadValue("This is no name of a model", given=name, allowed=allowed)
    return str(name)


def _alternatives(number: int) -> dict[str, Any]:
    return {"logprobs": True, "top_logprobs": number} if number else {}
