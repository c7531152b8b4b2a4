"""From a model's raw reply to a decision: what can be read is read, and what cannot never is "no".

A reply that is taken for "no" when it could not be read lowers the measured chance to share. So
every reply has an outcome that says how it was read, or why it was not; outcomes are counted.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from newswave.core.errors import BadValue, plain, real_number

LONGEST_READ = 20_000
"""Only so many characters of a reply are looked at."""

LONGEST_REASON = 300
"""A reason is cut to so many characters."""

_KEY = "share"
_LEAST = 1e-9
_MOST_TRIES = 200
_LABEL = re.compile(r"[{,]\s*[\"']share[\"']\s*:\s*(true|false)\s*(?=[,}\]]|$)", re.IGNORECASE)
_NAMED = re.compile(r"[\"']?\bshare\b[\"']?\s*:", re.IGNORECASE)
_THINK = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n?(.*?)(?:\n?```)?", re.DOTALL)
_SPEECH = re.compile(r"(yes|no)(?:\s*[.,:;!\n]|\s+[-–—]\s)(?!\s*\d)\s*(yes\b|no\b)?", re.IGNORECASE)
_AROUND = " \t\r\n\f\v\u00a0\u2581\u0120\u010a*_~`\"'“”‘’«».,:;!#>()[]"


class Outcome(Enum):
    """How a reply was read, or why it could not be."""

    PLAIN = "JSON as asked"
    FENCED = "JSON inside a code fence"
    AFTER_THINKING = "read once the thinking was taken away"
    EMBEDDED = "JSON within other text"
    SALVAGED = "broken or cut JSON with the decision in it"
    WORD = "a plain yes or no"
    EMPTY = "empty"
    ONLY_THINKING = "nothing but thinking"
    UNFINISHED = "not marked as done"
    CUT = "stopped by its length before the decision"
    WRONG_TYPE = "JSON whose decision is missing or neither true nor false"
    CONTRADICTORY = "two decisions that contradict each other"
    REFUSED = "text without a decision"

    @property
    def readable(self) -> bool:
        """Whether the reply held a decision."""
        return self in _READABLE


_READABLE = frozenset(
    {
        Outcome.PLAIN,
        Outcome.FENCED,
        Outcome.AFTER_THINKING,
        Outcome.EMBEDDED,
        Outcome.SALVAGED,
        Outcome.WORD,
    }
)


class NumberOutcome(Enum):
    """How the numbers of a reply were read, or why they could not be."""

    LOG_PROBABILITIES = "the log-probabilities of its first word"
    NO_LOG_PROBABILITIES = "an answer without log-probabilities"
    RATED = "all ratings of the inventory"
    WRONG_RATINGS = "ratings that are missing or not on the scale"
    NO_RATINGS = "text without ratings"

    @property
    def readable(self) -> bool:
        """Whether the reply held numbers."""
        return self in (NumberOutcome.LOG_PROBABILITIES, NumberOutcome.RATED)


def outcome_words(name: str) -> str:
    """Return how a reply was read, in words; a name that is none of these stands for itself."""
    return Outcome[name].value if name in Outcome.__members__ else plain(name, 40)


def unread_advice(name: str) -> str:
    """Return what to do where a model's replies come to nothing in this way."""
    own = {
        "ONLY_THINKING": "Update Ollama, which can switch the thinking off, or take a model that "
        "does not think",
        "EMPTY": "Update Ollama, or take another model",
        "CUT": "Take a model that is less talkative",
    }
    return own.get(name, "Take another model: this one does not answer as it is asked to")


@dataclass(frozen=True)
class Reading:
    """What a reply says: a decision, or numbers, with a readable outcome; with any other, neither.

    `reason` is kept on one line, without control characters, up to `LONGEST_REASON` characters; one
    without a letter or a digit, such as the "..." of a question that was copied, is none.
    """

    share: bool | None
    outcome: Outcome | NumberOutcome
    reason: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.outcome, Outcome | NumberOutcome) or (
            self.is_read != self.outcome.readable or not isinstance(self.share, bool | None)
        ):
            allowed = "True or False with a readable outcome, None with any other"
            raise BadValue("A reading does not fit", given=self.share, allowed=allowed)
        object.__setattr__(self, "reason", _one_line(self.reason))

    @property
    def is_read(self) -> bool:
        """Whether it holds an answer."""
        return self.share is not None or bool(self.numbers)


def read_decision(
    content: str, thinking: str = "", done: bool = True, done_reason: str | None = "stop"
) -> Reading:
    """Return the decision in a reply to a question about sharing.

    Tried in turn: the whole as JSON; the same inside a code fence; with <think> text taken away;
    the JSON objects within other text; the decision in broken JSON; a plain yes or no. The schema
    asked for true or false, so "yes", 1 and null are a wrong type and not read: such a reply is
    to be asked for again. "Yes, because ..." counts as a yes; "I would not share it" is prose and
    is not interpreted. A server that only loaded a model (`done_reason` "load") gave nothing.

    Parameters
    ----------
    content : str
        What the model wrote; only the first `LONGEST_READ` characters are looked at.
    thinking : str
        What it thought, if the server gave it apart. Never read for a decision.
    done : bool
        Whether the server marked the reply as done; if not, it is not read.
    done_reason : str or None
        Why it ended: "stop", "length", "load", "unload".

    Returns
    -------
    Reading
        Never raises, whatever the text.

    Examples
    --------
    >>> read_decision('{"share": true, "reason": "It matters."}')
    Reading(share=True, outcome=<Outcome.PLAIN: 'JSON as asked'>, reason='It matters.')
    >>> read_decision("I cannot help with that.").outcome.value
    'text without a decision'
    """
    text = content[:LONGEST_READ] if isinstance(content, str) else ""
    if done is not True:
        return Reading(None, Outcome.UNFINISHED)
    cut = done_reason == "length"
    if not text.strip():
        empty = Outcome.CUT if cut else Outcome.EMPTY
        thought = isinstance(thinking, str) and thinking.strip()
        return Reading(None, Outcome.ONLY_THINKING if thought else empty)
    try:
        reading = _climb(text)
    except _Twice:
        return Reading(None, Outcome.CONTRADICTORY)
    if cut and reading.outcome is Outcome.REFUSED:
        return Reading(None, Outcome.CUT)
    return reading


def read_object(
    content: str, thinking: str = "", done: bool = True, done_reason: str | None = "stop"
) -> dict[str, Any] | None:
    """Return the JSON object in a reply, by the rungs of `read_decision`; None if there is none.

    Two objects that differ, or a key that occurs twice with two values, count as none, and so
    does a reply that is not done.
    """
    del thinking, done_reason
    if done is not True or not isinstance(content, str):
        return None
    try:
        found = _look(content[:LONGEST_READ]).objects
        return found[0] if found and all(each == found[0] for each in found) else None
    except (_Twice, RecursionError):
        return None


@dataclass(frozen=True)
class Odds:
    """The probability that the first word of an answer is yes, and that it is no.

    `whole` says that every spelling in the vocabulary is in it, and not only the likeliest tokens.

    >>> odds = Odds(yes=0.2, no=0.6)
    >>> odds.covered, odds.probability, round(odds.log_odds, 3)
    (0.8, 0.25, -1.099)
    """

    yes: float
    no: float
    whole: bool = False

    def __post_init__(self) -> None:
        real_number("yes", self.yes, 0.0, 1.0)
        real_number("no", self.no, 0.0, 1.0)
        real_number("yes + no", self.yes + self.no, 0.0, 1.0 + 1e-9)

    @property
    def covered(self) -> float:
        """The probability that the two words hold, yes + no. Look at it first."""
        return self.yes + self.no

    @property
    def probability(self) -> float:
        """The chance of yes, yes / (yes + no); nan if neither word was among the alternatives."""
        return self.yes / self.covered if self.covered > 0 else math.nan

    @property
    def log_odds(self) -> float:
        """ln(yes / no): infinite if one word is missing, nan if both are."""
        if self.covered <= 0:
            return math.nan
        if not (self.yes and self.no):
            return math.inf if self.yes else -math.inf
        return math.log(self.yes) - math.log(self.no)


def bare(token: str) -> str:
    """Return a token as the word that it is: in small letters, with nothing around it."""
    return token.strip(_AROUND).lower()


YES_NO, TRUE_FALSE = ("yes", "no"), ("true", "false")
"""The two labels of an answer of one word, and of one in JSON."""


def read_odds(alternatives: Sequence[tuple[str, float]], labels: tuple[str, str] = YES_NO) -> Odds:
    """Return the masses of two labels, such as yes and no, among the alternatives of a token.

    A model spreads a word over several tokens (Yes, yes, a space before it, a quote): e^logprob is
    summed over all that are the word alone, in either case, without spaces, quotes, asterisks and
    punctuation around it. "not" and "yesterday" are other words. Where only one of the two is
    among them, the other is less likely than the least of them and than what they leave over: half
    of that, but at least 10⁻⁹, is taken for it, so that a rare sharer is not made to share never.

    >>> odds = read_odds([("Yes", -1.5), (" no", -1.0), ("no", -3.0), ("Well", -2.0)])
    >>> round(odds.covered, 3), round(odds.probability, 3)
    (0.641, 0.348)
    """
    mass = dict.fromkeys(labels, 0.0)
    listed: list[float] = []
    for token, logprob in alternatives:
        if math.isfinite(logprob) and logprob <= 1e-3:
            listed.append(min(math.exp(logprob), 1.0))
            word = bare(token)
            if word in mass:
                mass[word] += listed[-1]
    missing = [word for word, held in mass.items() if held == 0.0]
    if len(missing) == 1:
        bound = min(*listed, 1.0, 1.0 - math.fsum(listed))
        mass[missing[0]] = max(0.5 * bound, _LEAST)
    yes, no = mass.values()
    whole = max(1.0, yes + no)
    return Odds(yes / whole, no / whole)


class _Twice(Exception):
    """A key that occurs twice in one object, with two values."""


@dataclass(frozen=True)
class _Look:
    """What is in a text: the rung, its objects, what is left of it, and what swallowed the rest."""

    outcome: Outcome
    objects: list[dict[str, Any]]
    bare: str = ""
    outside: str = ""


def _climb(text: str) -> Reading:
    """Return the reading of a text that is not blank."""
    found = _look(text)
    if found.outcome is Outcome.ONLY_THINKING:
        return Reading(None, Outcome.ONLY_THINKING)
    asked = [each for each in found.objects if _KEY in each]
    values = [each[_KEY] for each in asked]
    if any(not isinstance(value, bool) for value in values):
        return Reading(None, Outcome.WRONG_TYPE)
    values += [label.lower() == "true" for label in _LABEL.findall(found.outside)]
    if len(set(values)) > 1:
        return Reading(None, Outcome.CONTRADICTORY)
    if values:
        reason = asked[0].get("reason", "") if asked else ""
        return Reading(values[0], found.outcome if asked else Outcome.SALVAGED, reason)
    word = _word(found.bare)
    if word.outcome is Outcome.WORD and found.outcome is Outcome.AFTER_THINKING:
        return Reading(word.share, Outcome.AFTER_THINKING)
    if word.outcome is Outcome.REFUSED and (found.objects or _is_json(found)):
        return Reading(None, Outcome.WRONG_TYPE)
    return word


def _look(text: str) -> _Look:
    """Return the objects of a text by the first rung that finds any."""
    for outcome, part in ((Outcome.PLAIN, text), (Outcome.FENCED, _unfenced(text))):
        whole = _parsed(part.strip())
        if isinstance(whole, dict):
            return _Look(outcome, [whole])
    bare, thought = _without_thinking(text)
    if thought and not bare.strip():
        return _Look(Outcome.ONLY_THINKING, [])
    outcome = Outcome.AFTER_THINKING if thought else Outcome.EMBEDDED
    spans = list(_spans(bare))
    objects = [value for _, _, value in spans]
    return _Look(outcome, objects, _unfenced(bare), _outside(bare, spans))


def _is_json(found: _Look) -> bool:
    """Whether a text without a decision names one, or is JSON of another kind."""
    named = _NAMED.search(found.outside) and "{" in found.outside
    return bool(named) or _parsed(found.bare.strip()) is not _NOTHING


def _word(text: str) -> Reading:
    """Return the reading of a plain yes or no, or of an answer that begins with one."""
    alone = text.strip(_AROUND).lower()
    if alone in ("yes", "no"):
        return Reading(alone == "yes", Outcome.WORD)
    spoken = _SPEECH.match(text.lstrip(_AROUND).replace("**", "").replace("__", ""))
    if spoken is None:
        return Reading(None, Outcome.REFUSED)
    first, second = spoken[1].lower(), (spoken[2] or spoken[1]).lower()
    if first != second:
        return Reading(None, Outcome.CONTRADICTORY)
    return Reading(first == "yes", Outcome.WORD)


def _without_thinking(text: str) -> tuple[str, bool]:
    """Return a text without <think> passages, and whether there were any.

    One that is never closed reaches to the end; one that was never opened, back to the beginning.
    Tags inside of a JSON object are part of it.
    """
    spans = [(start, end) for start, end, _ in _spans(text)]
    tags = [t for t in _THINK.finditer(text) if not any(a <= t.start() < b for a, b in spans)]
    kept: list[str] = []
    at, inside = 0, False
    for tag in tags:
        closes = bool(tag[1])
        if not closes and not inside:
            kept.append(text[at : tag.start()])
        elif closes and not inside:
            kept.clear()
        inside = not closes
        at = tag.end()
    return "".join(kept) + ("" if inside else text[at:]), bool(tags)


def _unfenced(text: str) -> str:
    """Return what is inside a code fence that goes round the whole text, or the text."""
    fenced = _FENCE.fullmatch(text.strip())
    return fenced[1] if fenced else text


def _outside(text: str, spans: Sequence[tuple[int, int, Any]]) -> str:
    """Return a text with its JSON objects left out."""
    starts = [0, *(end for _, end, _ in spans)]
    ends = [*(start for start, _, _ in spans), len(text)]
    return " ".join(text[a:b] for a, b in zip(starts, ends, strict=True))


def _spans(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield beginning, end and value of each JSON object in a text, outermost only."""
    at = text.find("{")
    for _ in range(_MOST_TRIES):
        if at < 0:
            return
        try:
            value, end = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield at, end, value
        at = text.find("{", end)


def _parsed(text: str) -> Any:
    try:
        return _JSON.decode(text)
    except (ValueError, RecursionError):
        return _NOTHING


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs) and any(made[key] != value for key, value in pairs):
        raise _Twice
    return made


def _one_line(text: Any) -> str:
    """Return a text on one line, printable, and bounded."""
    if not isinstance(text, str):
        return ""
    plain = "".join(c for c in text if c.isprintable() or c.isspace())
    line = " ".join(plain.split())[:LONGEST_REASON].rstrip()
    return line if any(c.isalnum() for c in line) else ""


_NOTHING = object()
_JSON = json.JSONDecoder(object_pairs_hook=_once)
