"""The known formula behind the mock server's answers: what a prompt tells, P(yes), what is said.

The lines of the wordings that come with newswave are looked for first, word for word. Where a
wording of the user's own has none of them, plain words for traits and numbers are looked for, and
what cannot be found counts as neutral.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from newswave.core.errors import BadValue, real_number, whole_number
from newswave.core.events import Event, library
from newswave.core.population import PRESETS, Profile, Trait, TraitEffects
from newswave.core.wording import wordings
from newswave.llm.fake_ollama.faults import THINKING_TEXT, Fault, spoilt
from newswave.llm.personas import HIGHEST, ITEMS, LOWEST, Item

MOST = 3
"""The exposure above which nothing changes any more."""

_TRAIT_WORDS = {
    Trait.OPENNESS: (
        "curious imaginative inventive creative inquisitive artistic open-minded adventurous "
        "intellectual unconventional",
        "conventional unimaginative incurious uncreative traditional narrow-minded close-minded "
        "unadventurous",
    ),
    Trait.CONSCIENTIOUSNESS: (
        "conscientious organised organized careful orderly diligent disciplined hard-working "
        "hardworking reliable responsible thorough tidy",
        "unconscientious disorganised disorganized careless messy lazy idle unreliable "
        "irresponsible undisciplined sloppy",
    ),
    Trait.EXTRAVERSION: (
        "extraverted extroverted extravert extrovert outgoing talkative sociable lively "
        "energetic gregarious assertive",
        "introverted introvert reserved quiet shy unsociable silent timid withdrawn solitary",
    ),
    Trait.AGREEABLENESS: (
        "agreeable warm considerate kind trusting helpful friendly cooperative forgiving "
        "compassionate",
        "disagreeable antagonistic cold quarrelsome unkind suspicious selfish rude resentful "
        "uncooperative hostile",
    ),
    Trait.NEUROTICISM: (
        "neurotic anxious nervous tense moody worried insecure unstable fearful",
        "calm relaxed even-tempered untroubled secure unworried carefree",
    ),
}
_MANY = (
    "four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty dozens"
)
_NUMBERS = {
    name: number
    for number, names in enumerate(("one single", "two both", "three several many"), 1)
    for name in names.split()
} | dict.fromkeys(_MANY.split(), 3)
_PEOPLE = re.compile(r"account|friend|neighbou?r|contact|follow|people you|shared", re.I)
_ORDER = re.compile(r"\b(yes|no)\b\W+(?:or\W+)?(no|yes)\b", re.I)
_LABEL = re.compile(r"\b(true|false)\b")
_BEGUN = re.compile(r"\{\s*\"share\"\s*:\s*")

_BITS = 53
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

Law = dict[str, float]
"""The probability of each token at one place."""


@dataclass(frozen=True)
class Cues:
    """What a prompt tells of persona, event and exposure.

    `signs` are +1/2 for high, -1/2 for low and 0 for not said, in the order O, C, E, A, N; `offset`
    is the event's on the log-odds, 0 for an event that is not of the library, whose id is then "";
    `exposure` is m, 1 if not said; `order` is +1 if the question names yes before no, or true
    before false, -1 if the other way round, 0 if it names none; `is_word` whether one word is asked
    for.
    """

    signs: tuple[float, ...]
    offset: float
    event: str
    exposure: int
    order: int
    is_word: bool


@functools.lru_cache(maxsize=8192)
def read_prompt(text: str) -> Cues:
    """Return what a prompt's text tells."""
    plain = _plain(text)
    found = [known for known in _events() if known[0] in plain]
    _, offset, name = max(found, key=lambda known: len(known[0]), default=("", 0.0, ""))
    for words, _, other in found:
        if other == name:
            plain = plain.replace(words, " ")
    signs = tuple(_sign(plain, trait) for trait in Trait)
    return Cues(signs, offset, name, _exposure(plain), *_order(text))


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


@functools.cache
def _events() -> tuple[tuple[str, float, str], ...]:
    """Return the texts and headlines by which events are known, with offset and id."""
    return tuple(
        (_plain(words), event.offset.value, event.id)
        for event in library()
        for words in (event.text, event.headline)
    )


@functools.cache
def _levels(trait: Trait) -> tuple[tuple[str, float], ...]:
    """Return the lines by which wordings tell a trait, each with its sign."""
    place = trait.position
    return tuple(
        (_plain(lines[place]), sign)
        for wording in wordings()
        for lines, sign in ((wording.high, 0.5), (wording.low, -0.5))
    )


def _sign(plain: str, trait: Trait) -> float:
    for line, sign in _levels(trait):
        if line in plain:
            return sign
    high, low = (len(pattern.findall(plain)) for pattern in _patterns(trait))
    return 0.5 * ((high > low) - (high < low))


@functools.cache
def _patterns(trait: Trait) -> tuple[re.Pattern[str], ...]:
    """Return what finds plain words for a trait, high and low; words after "not" do not count."""
    return tuple(
        re.compile(
            rf"(?<!not )(?<!less )\b(?:{'|'.join(words.split())})\b|"
            rf"\b{level}(?: in| on)? {trait.value}\b"
        )
        for level, words in zip(("high", "low"), _TRAIT_WORDS[trait], strict=True)
    )


@functools.cache
def _exposure_lines() -> tuple[tuple[str, int], ...]:
    lines = {_plain(line): seen for w in wordings() for seen, line in enumerate(w.exposures, 1)}
    return tuple(sorted(lines.items(), key=lambda pair: -len(pair[0])))


def _exposure(plain: str) -> int:
    """Return the m of a wording's line, else a number from the last sentence about people."""
    for line, seen in _exposure_lines():
        if line in plain:
            return seen
    for sentence in reversed(re.split(r"[.!?:]\s", plain)):
        if _PEOPLE.search(sentence):
            for word in re.findall(r"\d+|[a-z]+", sentence):
                if word in _NUMBERS or word.isdigit():
                    return max(1, _NUMBERS.get(word) or int(word[:6]))
    return 1


def _order(text: str) -> tuple[int, bool]:
    """Return which label the last paragraph names first, and whether it asks for one word."""
    question = text.rstrip().rsplit("\n\n", 1)[-1]
    if "json" in question.lower():
        labels = _LABEL.findall(question)
        return (0 if len(set(labels)) < 2 else 1 if labels[0] == "true" else -1), False
    named = [m for m in _ORDER.finditer(question) if m[1].lower() != m[2].lower()]
    if not named:
        return 0, False
    return (1 if named[-1][1].lower() == "yes" else -1), True


@dataclass(frozen=True)
class Mind:
    """The law behind the answers: how probable it is that an agent shares.

    logit P = logit baseline + event offset + sum of effect times sign + step (min(m, 3) - 1), with
    a trait's sign +1/2 when high, -1/2 when low, 0 when the prompt does not tell.

    Parameters
    ----------
    effects : TraitEffects
        What each trait adds; the preset "exaggerated" if not given.
    baseline : float
        P of the average profile for a neutral event at m = 1; more than 0, less than 1.
    step : float
        What each further sharing neighbour adds, up to the third, on the log-odds.
    order_bias : float
        How much readier, on the log-odds, it says yes to a question that names yes (or true) first
        than to one that names no (or false) first; half is added and half taken away.
    coverage : float
        Probability that the first word of a one-word answer is any form of yes or no; more than
        0, up to 1. The rest falls on words that are neither.

    Examples
    --------
    >>> from newswave.core.events import event
    >>> mind, draw = Mind(), event("cup-final-draw")
    >>> outgoing, reserved = Profile.from_code("O+C-E+A-N-"), Profile.from_code("O+C+E-A+N+")
    >>> [round(mind.probability(who, draw, 1), 3) for who in (outgoing, reserved)]
    [0.391, 0.028]
    """

    effects: TraitEffects = PRESETS["exaggerated"]
    baseline: float = 0.12
    step: float = 0.6
    order_bias: float = 0.3
    coverage: float = 0.96

    def __post_init__(self) -> None:
        if not isinstance(self.effects, TraitEffects):
            advice = "Take one with newswave.preset"
            raise BadValue("effects does not fit", given=self.effects, advice=advice)
        for name, low, high in (
            ("baseline", 1e-6, 1 - 1e-6),
            ("step", -10.0, 10.0),
            ("order_bias", -10.0, 10.0),
            ("coverage", 1e-6, 1.0),
        ):
            object.__setattr__(self, name, real_number(name, getattr(self, name), low, high))

    def probability(self, profile: Profile, event: Event, exposure: int) -> float:
        """Return P(share) of a profile that hears of an event from `exposure` neighbours."""
        seen = whole_number("The exposure", exposure, 1)
        return sigmoid(self.log_odds(profile.signs.tolist(), event.offset.value, seen))

    def log_odds(self, signs: Sequence[float], offset: float, exposure: int) -> float:
        """Return logit P from the signs of O, C, E, A, N, the event's offset and m."""
        persona = sum(e.value * sign for e, sign in zip(self.effects.effects, signs, strict=True))
        base = math.log(self.baseline / (1.0 - self.baseline))
        return base + offset + persona + self.step * (min(exposure, MOST) - 1)


def sigmoid(log_odds: float) -> float:
    """Return the probability of log-odds."""
    if log_odds < 0:
        odds = math.exp(log_odds)
        return odds / (1.0 + odds)
    return 1.0 / (1.0 + math.exp(-log_odds))


class Refused(Exception):
    """A request that the server answers with an error: the status, and what it says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


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
        """Return what options say, or raise `Refused`; those that rule nothing are passed over."""
        chosen: dict[str, Any] = {}
        for name, usual in asdict(cls()).items():
            value, kind = options.get(name), "integer" if isinstance(usual, int) else "float32"
            if value is None:
                continue
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value):
                raise Refused(500, f'option "{name}" must be of type {kind}')
            chosen[name] = int(value) if isinstance(usual, int) else float(value)
        return cls(**chosen)

    def chance(self, log_odds: float) -> float:
        """Return the probability that yes is drawn, from its log-odds before truncation.

        >>> from math import log
        >>> Sampling(temperature=1.0).chance(log(0.05 / 0.95))
        0.0
        >>> round(Sampling(temperature=1.0, top_p=1.0).chance(log(0.05 / 0.95)), 12)
        0.05
        """
        rarer = sigmoid(-abs(log_odds))
        cut = self.top_k == 1 or rarer <= 1.0 - self.top_p or rarer < self.min_p * (1.0 - rarer)
        if self.temperature <= 0 or cut:
            return float(log_odds > 0)
        return sigmoid(log_odds / self.temperature)

    def draw(self, text: str, purpose: str = "") -> float:
        """Return a uniform number from 0 to 1 (excluded), fixed by seed, text and purpose."""
        if self.seed == -1:
            return secrets.randbits(_BITS) / (1 << _BITS)
        digest = hashlib.sha256(f"{self.seed}\0{purpose}\0{text}".encode(errors="replace")).digest()
        return (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / (1 << _BITS)


@dataclass(frozen=True)
class Call:
    """What is asked for: everything that the prompt says, and in which form to answer.

    `shape` is a schema, "json" or None; `top` is how many alternatives of a token are listed, None
    for no log-probabilities; `begun` is what the answer begins with, and is not said again.
    """

    text: str
    sampling: Sampling
    shape: Mapping[str, Any] | str | None = None
    thinks: bool = False
    top: int | None = None
    begun: str = ""


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
    """Return the answer to a call; a schema that no answer can be made for raises `Refused`."""
    if fault is Fault.ONLY_LOADED:
        return Answer((), "load")
    writer = _Writer(mind, call.text, call.sampling)
    try:
        content = writer.write(call.shape, "" if fault is Fault.NO_PREFIX else call.begun)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        told = {"code": 400, "message": str(error), "type": "invalid_request_error"}
        raise Refused(400, json.dumps({"error": told})) from error
    content, thinking = spoilt(fault, content, THINKING_TEXT if call.thinks else "")
    endless = _FLOOD if fault is Fault.WHITESPACE else None
    limit = call.sampling.num_predict if call.sampling.num_predict > 0 else endless
    top = None if fault is Fault.NO_LOGPROBS else call.top
    tokens = tuple(islice(writer.tokens(content, thinking, top), limit))
    ending = "length" if len(tokens) == limit else "stop"
    taken_in = prompt_tokens(call.text + call.begun)
    return Answer(tokens, "" if fault is Fault.NOT_DONE else ending, taken_in)


def prompt_tokens(text: str) -> int:
    """Return how many tokens a prompt takes: 4 characters each, or a byte where not ASCII."""
    plain = sum(character.isascii() for character in text)
    return plain // 4 + len(text.encode("utf-8", "replace")) - plain + 8


def _label_law(chance: float, coverage: float, labels: tuple[str, str] = ("yes", "no")) -> Law:
    """Return the probability of each token where the answer falls.

    The decision is spread over several forms of each label, as in life; all forms and every other
    listed token together are at most twenty, so the forms of yes and no give back the law exactly
    when twenty are asked for.
    """
    law = {form: coverage * chance * part for form, part in _FORMS[labels[0]].items()}
    law |= {form: coverage * (1 - chance) * part for form, part in _FORMS[labels[1]].items()}
    return law | {other: (1 - coverage) * part for other, part in _OTHER.items()}


def _plain_law(token: str) -> Law:
    """Return the law where one token is expected and nothing hangs on it."""
    law = {other: (1 - _EXPECTED) * part for other, part in _OTHER.items()}
    law[token] = law.get(token, 0.0) + _EXPECTED
    return law


def _entry(token: str, law: Law, top: int) -> dict[str, Any]:
    """Return what a server says of one token: its own log-probability, and the `top` likeliest."""
    entry = _logprob(token, law.get(token, 1e-6))
    if top:
        listed = sorted(law.items(), key=lambda pair: -pair[1])[:top]
        entry["top_logprobs"] = [_logprob(form, part) for form, part in listed if part > 0]
    return entry


def _logprob(token: str, part: float) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": math.log(max(part, 1e-300)),
        "bytes": list(token.encode("utf-8", "replace")),
    }


@dataclass(frozen=True)
class _Writer:
    """What one call writes: the law, the prompt, and how the decision is drawn."""

    mind: Mind
    text: str
    sampling: Sampling

    @property
    def cues(self) -> Cues:
        return read_prompt(self.text)

    @property
    def log_odds(self) -> float:
        """Log-odds of yes, with the bias from the order of the two words."""
        cues = self.cues
        plain = self.mind.log_odds(cues.signs, cues.offset, cues.exposure)
        return plain + cues.order * self.mind.order_bias / 2

    def write(self, shape: Mapping[str, Any] | str | None, begun: str = "") -> str:
        """Return the answer for a format: a schema, "json" or None; or what follows its beginning.

        Only a decision that is begun is gone on with; any other beginning is passed over.
        """
        share = self.sampling.draw(self.text) < self.sampling.chance(self.log_odds)
        if shape is None and _BEGUN.fullmatch(begun):
            return json.dumps(self._json(share))[len('{"share":') :]
        if shape is None:
            return self._free(share)
        value = self._json(share) if isinstance(shape, str) else self._value(shape, share)
        return json.dumps(value, ensure_ascii=False)

    def tokens(self, content: str, thinking: str, top: int | None) -> Iterator[Token]:
        """Yield the tokens of thinking, then those of the content; the decision carries the law.

        Log-probabilities are the free ones: neither temperature nor a format changes them, so a
        token that the format forces may be improbable, and tokens that it forbids stand above it.
        """
        decided = False
        for is_thought, text in ((True, thinking), (False, content)):
            for place, piece in enumerate(_PIECE.findall(text)):
                if top is None:
                    yield Token(piece, is_thought, None)
                    continue
                law = None if is_thought or decided else self._decision(place, piece)
                decided = decided or law is not None
                yield Token(piece, is_thought, _entry(piece, law or _plain_law(piece), top))

    def _decision(self, place: int, text: str) -> Law | None:
        """Return the law where the decision falls: the first word, or the true or false of JSON."""
        chance = sigmoid(self.log_odds)
        if self.cues.is_word:
            return _label_law(chance, self.mind.coverage) if place == 0 else None
        if text.strip() in ("true", "false"):
            return _label_law(chance, _SURE, ("true", "false"))
        return None

    def _reason(self, share: bool) -> str:
        """Return why, in a few words that say what they are: the trait that pulls most."""
        seen = f"{_SEEN[min(self.cues.exposure, MOST) - 1]} shared it"
        pulls = zip(Trait, self.mind.effects.effects, self.cues.signs, strict=True)
        weighed = [(effect.value * sign, trait, sign) for trait, effect, sign in pulls if sign]
        if not weighed:
            return f"Synthetic: {seen}."
        _, trait, sign = max(weighed, key=lambda pull: pull[0] if share else -pull[0])
        nature = _NATURE[trait][sign < 0]
        return f"Synthetic: {nature}, {seen}." if share else f"Synthetic: {nature}, though {seen}."

    def _free(self, share: bool) -> str:
        if self.cues.is_word:
            return "Yes" if share else "No"
        if "json" in self.text.lower():
            return f"Here is my answer: {json.dumps(self._json(share))}"
        return f"I would {'share' if share else 'not share'} this. {self._reason(share)}"

    def _json(self, share: bool) -> dict[str, Any]:
        """Return the object that the prompt seems to ask for."""
        plain = _plain(self.text)
        items = [item for item in ITEMS if _plain(item.text) in plain]
        if items:
            return {item.key: self._rating(item, LOWEST, HIGHEST) for item in items}
        reason = {"reason": self._reason(share)} if "reason" in plain else {}
        return {"share": share, **reason}

    def _value(self, schema: Mapping[str, Any], share: bool, key: str = "") -> Any:
        """Return a value of a schema; `key` is the property that it stands under."""
        match schema:
            case {"enum": [*options]} if options:
                wanted = ("yes", "true", "share") if share else ("no", "false", "ignore")
                fitting = [option for option in options if str(option).lower() in wanted]
                return [*fitting, options[0 if share else -1]][0]
            case {"type": "boolean"}:
                return share
            case {"type": "integer" | "number"}:
                return self._number(schema, key)
            case {"type": "string"}:
                return self._reason(share)
            case {"type": "object"}:
                fields = schema.get("properties", {})
                needed = schema.get("required", list(fields))
                return {n: self._value(fields[n], share, n) for n in fields if n in needed}
        raise ValueError(f"Unrecognized schema: {json.dumps(schema)}")

    def _number(self, schema: Mapping[str, Any], key: str) -> float:
        """Return a rating for a key of the inventory, else P(share) stretched over the range."""
        is_whole, low = schema["type"] == "integer", schema.get("minimum", 0)
        high = max(low, schema.get("maximum", 1))
        for item in ITEMS:
            if is_whole and item.key == key:
                return self._rating(item, int(low), int(high))
        value = float(low + sigmoid(self.log_odds) * (high - low))
        return round(value) if is_whole else round(value, 3)

    def _rating(self, item: Item, low: int, high: int) -> int:
        """Return 5 or 4 for a statement that is true of the persona, 1 or 2 for one that is not."""
        sign = self.cues.signs[item.trait.position] * (-1 if item.reversed else 1)
        noisy = self.sampling.temperature > 0 and self.sampling.draw(self.text, item.key) < 0.3
        if not sign:
            return (low + high) // 2
        rating = high - noisy if sign > 0 else low + noisy
        return min(max(rating, low), high)
