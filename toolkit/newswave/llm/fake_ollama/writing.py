"""What the mock server writes: tokens, words, prose or JSON, with log-probabilities."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from newswave.core.population import Trait
from newswave.llm.fake_ollama.formula import MOST, Mind, Told, asked_items, read_prompt, sigmoid
from newswave.llm.fake_ollama.models import THINKING_TEXT, Fault, spoilt, stamp
from newswave.llm.fake_ollama.requests import Refused, Request, Route, Sampling, compact
from newswave.llm.inventory import HIGHEST, ITEMS, LOWEST

# Pieces of text as tokens, and the log-probabilities that a server gives with them.
#
# They are the free ones: neither temperature nor a format changes them, so a token that the format
# forces may be improbable, and tokens that it forbids stand above it. The decision is spread over
# several forms of each label, as in life; all forms and every other listed token together are at
# most twenty, so the forms of yes and no give back the law exactly when twenty are asked for.


_PIECE = re.compile(r"\s?\w{1,6}|\s?[^\w\s]{1,3}|\s")
_FORMS = {
    "yes": {"Yes": 0.62, "yes": 0.25, " yes": 0.08, " Yes": 0.04, "YES": 0.01},
    "no": {"No": 0.55, "no": 0.30, " no": 0.10, " No": 0.04, "NO": 0.01},
    "true": {" true": 0.90, "true": 0.07, " True": 0.03},
    "false": {" false": 0.88, "false": 0.09, " False": 0.03},
}
_OTHER = {
    "I": 0.30,
    "The": 0.20,
    "As": 0.14,
    "Maybe": 0.10,
    "It": 0.08,
    '{"': 0.06,
    "Well": 0.05,
    "```": 0.03,
    "\n": 0.02,
    "Sure": 0.02,
}
_EXPECTED = 0.9
Law = dict[str, float]


def pieces(text: str) -> list[str]:
    """Return a text in tokens, about one for every four characters.

    >>> pieces('{"share": true}')
    ['{"', 'share', '":', ' true', '}']
    """
    return _PIECE.findall(text)


def label_law(chance: float, coverage: float, labels: tuple[str, str] = ("yes", "no")) -> Law:
    """Return the probability of each token where the answer falls.

    Parameters
    ----------
    chance : float
        Probability of the first label, given that one of the two falls.
    coverage : float
        Probability that one of the two falls.
    labels : (str, str)
        ("yes", "no") or ("true", "false").

    Examples
    --------
    >>> law = label_law(0.2, 0.9)
    >>> len(law), round(sum(law.values()), 12), round(law["Yes"], 4)
    (20, 1.0, 0.1116)
    """
    law = {form: coverage * chance * part for form, part in _FORMS[labels[0]].items()}
    law |= {form: coverage * (1 - chance) * part for form, part in _FORMS[labels[1]].items()}
    return law | {other: (1 - coverage) * part for other, part in _OTHER.items()}


def plain_law(token: str) -> Law:
    """Return the law where one token is expected and nothing hangs on it."""
    law = {other: (1 - _EXPECTED) * part for other, part in _OTHER.items()}
    law[token] = law.get(token, 0.0) + _EXPECTED
    return law


def logprob_entry(token: str, law: Law, top: int) -> dict[str, Any]:
    """Return what a server says of one token: its own log-probability, and the `top` likeliest.

    >>> entry = logprob_entry("No", label_law(0.0, 0.9), 1)
    >>> entry["token"], entry["bytes"], len(entry["top_logprobs"])
    ('No', [78, 111], 1)
    """
    entry = _one(token, law.get(token, 1e-6))
    if top:
        listed = sorted(law.items(), key=lambda pair: -pair[1])[:top]
        entry["top_logprobs"] = [_one(form, part) for form, part in listed if part > 0]
    return entry


def _one(token: str, part: float) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": math.log(max(part, 1e-300)),
        "bytes": list(token.encode("utf-8", "replace")),
    }


# What the stand-in writes: a word, prose, or an object of the asked shape; never a free mind.


_NATURE = {
    Trait.OPENNESS: ("curious", "conventional"),
    Trait.CONSCIENTIOUSNESS: ("careful", "careless"),
    Trait.EXTRAVERSION: ("outgoing", "reserved"),
    Trait.AGREEABLENESS: ("warm", "cold"),
    Trait.NEUROTICISM: ("anxious", "calm"),
}
_SEEN = ("one account", "two accounts", "three accounts or more")
_YES, _NO = ("yes", "true", "share"), ("no", "false", "ignore")
_KINDS = ("boolean", "integer", "number", "null", "string", "array", "object")
_DEPTH = 20
_MOST_ITEMS = 100


class BadSchema(Exception):
    """A schema that the engine cannot turn into a grammar."""


@dataclass(frozen=True)
class Writer:
    """What one call writes.

    Parameters
    ----------
    mind : Mind
        The law.
    told : Told
        What the prompt told.
    text : str
        The prompt.
    sampling : Sampling
        How the decision is drawn.
    """

    mind: Mind
    told: Told
    text: str
    sampling: Sampling

    @property
    def log_odds(self) -> float:
        """Log-odds of yes, with the bias from the order of the two words."""
        told = self.told
        plain = self.mind.log_odds(told.signs, told.offset, told.exposure)
        return plain + told.order * self.mind.order_bias / 2

    def shares(self) -> bool:
        """Return whether it says yes this time."""
        return self.sampling.draw(self.text) < self.sampling.chance(self.log_odds)

    def write(self, shape: Mapping[str, Any] | str | None) -> str:
        """Return the answer for a format: a schema, "json" or None.

        Raises
        ------
        BadSchema
            If the schema has an unknown type or a reference that leads nowhere.
        """
        share = self.shares()
        if shape is None:
            return self._free(share)
        value = self._json(share) if isinstance(shape, str) else self._filled(shape, share)
        return json.dumps(value, ensure_ascii=False)

    def reason(self, share: bool) -> str:
        """Return why, in a few words that say what they are.

        >>> from newswave.llm.fake_ollama.formula import read_prompt
        >>> text = "You are outgoing. Three accounts have shared this report."
        >>> Writer(Mind(), read_prompt(text), text, Sampling()).reason(True)
        'Synthetic: outgoing, three accounts or more shared it.'
        """
        seen = f"{_SEEN[min(self.told.exposure, MOST) - 1]} shared it"
        pulls = zip(Trait, self.mind.effects.effects, self.told.signs, strict=True)
        weighed = [(effect.value * sign, trait, sign) for trait, effect, sign in pulls if sign]
        if not weighed:
            return f"Synthetic: {seen}."
        _, trait, sign = max(weighed, key=lambda pull: pull[0] if share else -pull[0])
        nature = _NATURE[trait][sign < 0]
        return f"Synthetic: {nature}, {seen}." if share else f"Synthetic: {nature}, though {seen}."

    def _free(self, share: bool) -> str:
        if self.told.order:
            return "Yes" if share else "No"
        if "json" in self.text.lower():
            return f"Here is my answer: {json.dumps(self._json(share))}"
        return f"I would {'share' if share else 'not share'} this. {self.reason(share)}"

    def _json(self, share: bool) -> dict[str, Any]:
        """Return the object that the prompt seems to ask for."""
        items = asked_items(self.text)
        if items:
            return {key: self._rating(key, LOWEST, HIGHEST) for key in items}
        reason = {"reason": self.reason(share)} if "reason" in self.text.lower() else {}
        return {"share": share, **reason}

    def _filled(self, schema: Mapping[str, Any], share: bool) -> Any:
        return self._value(schema, schema, "", share, 0)

    def _value(
        self, schema: Any, root: Mapping[str, Any], key: str, share: bool, depth: int
    ) -> Any:
        """Return a value of a schema; `key` is the property that it stands under."""
        if depth > _DEPTH:
            raise BadSchema("schema is nested too deeply")
        schema = _resolved(schema, root)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return _choice(schema["enum"], share)
        kind = _kind(schema)
        if kind == "boolean":
            return share
        if kind in ("integer", "number"):
            return self._number(schema, key, kind)
        if kind == "string":
            return self.reason(share)
        if kind == "array":
            item = schema.get("items", {"type": "string"})
            count = min(int(schema.get("minItems", 0)), _MOST_ITEMS)
            return [self._value(item, root, key, share, depth + 1) for _ in range(count)]
        if kind == "object":
            fields = schema.get("properties", {})
            needed = schema.get("required", list(fields))
            return {
                name: self._value(fields[name], root, name, share, depth + 1)
                for name in fields
                if name in needed
            }
        return None

    def _number(self, schema: Mapping[str, Any], key: str, kind: str) -> float:
        """Return a rating for a key of the inventory, else P(share) stretched over the range."""
        low, high = (schema.get(end, usual) for end, usual in (("minimum", 0), ("maximum", 1)))
        high = max(low, high)
        if kind == "integer" and key in {item.key for item in ITEMS}:
            return self._rating(key, int(low), int(high))
        value = float(low + sigmoid(self.log_odds) * (high - low))
        return round(value) if kind == "integer" else round(value, 3)

    def _rating(self, key: str, low: int, high: int) -> int:
        """Return 5 or 4 for a statement that is true of the persona, 1 or 2 for one that is not."""
        item = next(item for item in ITEMS if item.key == key)
        sign = self.told.signs[item.trait.position] * (-1 if item.reversed else 1)
        noisy = self.sampling.temperature > 0 and self.sampling.draw(self.text, key) < 0.3
        if not sign:
            return (low + high) // 2
        rating = high - noisy if sign > 0 else low + noisy
        return min(max(rating, low), high)


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with its reference followed and the first of its alternatives taken."""
    for _ in range(_DEPTH):
        if not isinstance(schema, Mapping):
            raise BadSchema(f"Unrecognized schema: {json.dumps(schema)}")
        options = schema.get("anyOf") or schema.get("oneOf")
        if "$ref" in schema:
            schema = _referred(str(schema["$ref"]), root)
        elif options:
            schema = options[0]
        else:
            return schema
    raise BadSchema("schema refers to itself")


def _referred(path: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for part in path.removeprefix("#/").split("/"):
        if not isinstance(found, Mapping) or part not in found:
            raise BadSchema(f"Error resolving ref {path}: {part} not in schema")
        found = found[part]
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema or not schema else "string")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind not in _KINDS:
        raise BadSchema(f"Unrecognized schema: {json.dumps(schema)}")
    return str(kind)


def _choice(options: list[Any], share: bool) -> Any:
    """Return the option that stands for the decision, or the first or last of others."""
    wanted = _YES if share else _NO
    for option in options:
        if option is share or str(option).lower() in wanted:
            return option
    return options[0 if share else -1]


# One answer: its tokens with their log-probabilities, cut at the limit, and its metrics.


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
