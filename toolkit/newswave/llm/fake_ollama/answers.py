"""What the formula answers: a word, prose or JSON, in tokens with their log-probabilities."""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from newswave.core.population import Trait
from newswave.llm.fake_ollama.faults import THINKING_TEXT, Fault, spoilt
from newswave.llm.fake_ollama.formula import MOST, Cues, Mind, asked_items, read_prompt, sigmoid
from newswave.llm.inventory import HIGHEST, ITEMS, LOWEST

_BITS = 53
_SAMPLING_SPAN = float(1 << _BITS)
_PIECE = re.compile(r"\s?\w{1,6}|\s?[^\w\s]{1,3}|\s")
_FLOOD = 64
_SURE = 0.99
_EXPECTED = 0.9
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

Law = dict[str, float]
"""The probability of each token at one place."""


class BadSchema(Exception):
    """A schema that the engine cannot turn into a grammar."""


@dataclass(frozen=True)
class Sampling:
    """The options of a request that rule its answer, with the server's own defaults.

    The order is that of the engine: top_k, top_p and min_p cut the law off first, temperature comes
    last. So with the server's default top_p = 0.9 a label of probability 0.1 or less is never
    drawn. That bias is real, and kept. A seed of -1 draws anew each time; num_predict of 0 or less
    stands for no limit.
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


@dataclass(frozen=True)
class Call:
    """What is asked for: everything that the prompt says, and in which form to answer.

    `shape` is a schema, "json" or None; `top` is how many alternatives of a token are listed.
    """

    text: str
    sampling: Sampling
    shape: Mapping[str, Any] | str | None = None
    thinks: bool = False
    logprobs: bool = False
    top: int = 0


@dataclass(frozen=True)
class Token:
    """A piece of an answer: its text, whether it is thinking, and its entry among the logprobs."""

    text: str
    thinking: bool
    entry: dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """A whole answer, thinking first; `ending` is the done_reason, "" if it is not done."""

    tokens: tuple[Token, ...]
    ending: str
    prompt_tokens: int = 0


def answer(call: Call, mind: Mind, fault: Fault | None = None) -> Answer:
    """Return the answer to a call, or raise `BadSchema`."""
    if fault is Fault.ONLY_LOADED:
        return Answer((), "load")
    writer = Writer(mind, call.text, call.sampling)
    try:
        content = writer.write(call.shape)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise BadSchema(str(error)) from error
    content, thinking = spoilt(fault, content, THINKING_TEXT if call.thinks else "")
    limit = call.sampling.num_predict
    if fault is Fault.WHITESPACE and limit <= 0:
        limit = _FLOOD
    logprobs = call.logprobs and fault is not Fault.NO_LOGPROBS
    tokens = _tokens(writer, content, thinking, call.top if logprobs else None)
    kept, ending = _cut(tokens, limit)
    prompt_tokens = min(len(call.text) // 4 + 8, call.sampling.num_ctx)
    return Answer(kept, "" if fault is Fault.NOT_DONE else ending, prompt_tokens)


def _cut(tokens: Iterator[Token], limit: int) -> tuple[tuple[Token, ...], str]:
    """Return the tokens up to the limit and how the answer ends."""
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        if len(kept) == limit:
            return tuple(kept), "length"
    return tuple(kept), "stop"


def _tokens(writer: Writer, content: str, thinking: str, top: int | None) -> Iterator[Token]:
    """Yield the tokens of thinking, then those of the content; the decision carries the law.

    Log-probabilities are the free ones: neither temperature nor a format changes them, so a token
    that the format forces may be improbable, and tokens that it forbids stand above it.
    """
    for text in pieces(thinking):
        yield Token(text, True, None if top is None else logprob_entry(text, plain_law(text), top))
    decided = False
    for place, text in enumerate(pieces(content)):
        if top is None:
            yield Token(text, False, None)
            continue
        law = None if decided else writer.decision(place, text)
        decided = decided or law is not None
        yield Token(text, False, logprob_entry(text, law or plain_law(text), top))


def pieces(text: str) -> list[str]:
    """Return a text in tokens, about one for every four characters.

    >>> pieces('{"share": true}')
    ['{"', 'share', '":', ' true', '}']
    """
    return _PIECE.findall(text)


def label_law(chance: float, coverage: float, labels: tuple[str, str] = ("yes", "no")) -> Law:
    """Return the probability of each token where the answer falls.

    The decision is spread over several forms of each label, as in life; all forms and every other
    listed token together are at most twenty, so the forms of yes and no give back the law exactly
    when twenty are asked for.

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


@dataclass(frozen=True)
class Writer:
    """What one call writes: the law, the prompt, and how the decision is drawn."""

    mind: Mind
    text: str
    sampling: Sampling

    @property
    def cues(self) -> Cues:
        """What the prompt tells of persona, event and exposure."""
        return read_prompt(self.text)

    @property
    def log_odds(self) -> float:
        """Log-odds of yes, with the bias from the order of the two words."""
        cues = self.cues
        plain = self.mind.log_odds(cues.signs, cues.offset, cues.exposure)
        return plain + cues.order * self.mind.order_bias / 2

    def shares(self) -> bool:
        """Return whether it says yes this time."""
        return self.sampling.draw(self.text) < self.sampling.chance(self.log_odds)

    def write(self, shape: Mapping[str, Any] | str | None) -> str:
        """Return the answer for a format: a schema, "json" or None."""
        share = self.shares()
        if shape is None:
            return self._free(share)
        value = self._json(share) if isinstance(shape, str) else self._value(shape, shape, share)
        return json.dumps(value, ensure_ascii=False)

    def reason(self, share: bool) -> str:
        """Return why, in a few words that say what they are.

        >>> text = "You are outgoing. Three accounts have shared this report."
        >>> Writer(Mind(), text, Sampling()).reason(True)
        'Synthetic: outgoing, three accounts or more shared it.'
        """
        seen = f"{_SEEN[min(self.cues.exposure, MOST) - 1]} shared it"
        pulls = zip(Trait, self.mind.effects.effects, self.cues.signs, strict=True)
        weighed = [(effect.value * sign, trait, sign) for trait, effect, sign in pulls if sign]
        if not weighed:
            return f"Synthetic: {seen}."
        _, trait, sign = max(weighed, key=lambda pull: pull[0] if share else -pull[0])
        nature = _NATURE[trait][sign < 0]
        return f"Synthetic: {nature}, {seen}." if share else f"Synthetic: {nature}, though {seen}."

    def decision(self, place: int, text: str) -> Law | None:
        """Return the law where the decision falls: the first word, or the true or false of JSON."""
        chance = sigmoid(self.log_odds)
        if self.cues.order:
            return label_law(chance, self.mind.coverage) if place == 0 else None
        if text.strip() in ("true", "false"):
            return label_law(chance, _SURE, ("true", "false"))
        return None

    def _free(self, share: bool) -> str:
        if self.cues.order:
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

    def _value(
        self, schema: Any, root: Mapping[str, Any], share: bool, key: str = "", depth: int = 0
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
            return [self._value(item, root, share, key, depth + 1) for _ in range(count)]
        if kind == "object":
            fields = schema.get("properties", {})
            needed = schema.get("required", list(fields))
            return {
                name: self._value(fields[name], root, share, name, depth + 1)
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
        sign = self.cues.signs[item.trait.position] * (-1 if item.reversed else 1)
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
