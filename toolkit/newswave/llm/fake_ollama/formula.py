"""The known formula behind the mock server's answers: what a prompt tells, and P(yes).

The lines of the wordings that come with newswave are looked for first, word for word. Where a
wording of the user's own has none of them, plain words for traits and numbers are looked for, and
what cannot be found counts as neutral.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from newswave.core.errors import BadValue, real_number, whole_number
from newswave.core.events import Event, library
from newswave.core.population import PRESETS, Profile, Trait, TraitEffects
from newswave.core.wording import wordings
from newswave.llm.inventory import ITEMS

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
_NUMBERS = {
    name: number
    for number, names in enumerate(("one single", "two both", "three several many"), 1)
    for name in names.split()
} | dict.fromkeys(("four", "five", "six", "seven", "eight", "nine", "ten", "dozens"), 3)
_PEOPLE = re.compile(r"account|friend|neighbou?r|contact|follow|people you|shared", re.I)
_ORDER = re.compile(r"\b(yes|no)\b\W+(?:or\W+)?(no|yes)\b", re.I)


@dataclass(frozen=True)
class Cues:
    """What a prompt tells of persona, event and exposure.

    `signs` are +1/2 for high, -1/2 for low and 0 for not said, in the order O, C, E, A, N; `offset`
    is the event's on the log-odds, 0 for an event that is not of the library, whose id is then "";
    `exposure` is m, 1 if not said; `order` is +1 if the question names yes before no, -1 if no
    before yes, 0 if it asks for no such word.
    """

    signs: tuple[float, ...]
    offset: float
    event: str
    exposure: int
    order: int


@functools.lru_cache(maxsize=8192)
def read_prompt(text: str) -> Cues:
    """Return what a prompt's text tells.

    >>> cues = read_prompt("You are shy but kind. Two friends shared it. Share? Answer yes or no:")
    >>> cues.signs, cues.exposure, cues.order
    ((0.0, 0.0, -0.5, 0.5, 0.0), 2, 1)
    """
    plain = _plain(text)
    found = [known for known in _events() if known[0] in plain]
    _, offset, name = max(found, key=lambda known: len(known[0]), default=("", 0.0, ""))
    for words, _, other in found:
        if other == name:
            plain = plain.replace(words, " ")
    signs = tuple(_sign(plain, trait) for trait in Trait)
    return Cues(signs, offset, name, _exposure(plain), _order(text))


def asked_items(text: str) -> tuple[str, ...]:
    """Return the keys of the statements of the inventory that a text holds."""
    plain = _plain(text)
    return tuple(item.key for item in ITEMS if _plain(item.text) in plain)


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


def _order(text: str) -> int:
    """Return which of yes and no the last paragraph names first, unless it asks for JSON."""
    question = text.rstrip().rsplit("\n\n", 1)[-1]
    named = [m for m in _ORDER.finditer(question) if m[1].lower() != m[2].lower()]
    if not named or "json" in question.lower():
        return 0
    return 1 if named[-1][1].lower() == "yes" else -1


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
        How much readier, on the log-odds, it says yes to a question that names yes first than to
        one that names no first; half is added and half taken away. JSON questions have none.
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
    """Return the probability of log-odds.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """
    if log_odds < 0:
        odds = math.exp(log_odds)
        return odds / (1.0 + odds)
    return 1.0 / (1.0 + math.exp(-log_odds))
