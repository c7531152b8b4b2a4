"""What the stand-in writes: a word, prose, or an object of the asked shape; never a free mind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newswave.inventory import HIGHEST, ITEMS, LOWEST
from newswave.personality import Trait
from newswave.standin.mind import MOST, Mind, sigmoid
from newswave.standin.prompts import Told, asked_items
from newswave.standin.sampling import Sampling

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

        >>> from newswave.standin.prompts import read_prompt
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
