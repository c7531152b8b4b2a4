"""The manipulation check: a short inventory that shows whether a model took a persona on.

Ten statements of newswave's own, two for each trait, one of them turned round. A model that has
taken on a persona that is high in a trait rates the first above the second, one that is low the
other way round. It says nothing about people, and is no instrument of psychology.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue
from newswave.core.population import Profile, Trait, signs_of
from newswave.core.wording import Prompt, Wording

LOWEST, HIGHEST = 1, 5
"""The ends of the scale on which a statement is rated: not at all true, and very true, of me."""

Floats = npt.NDArray[np.float64]

_ASK = (
    "How true is each statement of you as this person? Rate it from 1 (not at all) to 5 (very). "
    "Answer in JSON with the key of each statement and its number."
)
_INSTRUCTION = (
    "You take the part of one person. You get a description of the person, and statements to rate "
    "as this person would, not as you would."
)


@dataclass(frozen=True)
class Item:
    """One statement: its key in the answer, its words, its trait, and whether it is turned round.

    >>> Item("s1", "I like meeting strangers.", Trait.EXTRAVERSION, False).score(5)
    1.0
    """

    key: str
    text: str
    trait: Trait
    reversed: bool

    def score(self, rating: int) -> float:
        """Return a rating of 1 to 5 as −1 (the trait is low) to +1 (it is high)."""
        middle = (LOWEST + HIGHEST) / 2
        turned = (rating - middle) / (HIGHEST - middle)
        return -turned if self.reversed else turned


ITEMS: tuple[Item, ...] = (
    Item("s1", "I look for ideas that I have never met before.", Trait.OPENNESS, False),
    Item("s2", "I finish what I have begun.", Trait.CONSCIENTIOUSNESS, False),
    Item("s3", "I start conversations with strangers.", Trait.EXTRAVERSION, False),
    Item("s4", "I make room for what others need.", Trait.AGREEABLENESS, False),
    Item("s5", "I lie awake over small troubles.", Trait.NEUROTICISM, False),
    Item("s6", "I would rather keep to what I know.", Trait.OPENNESS, True),
    Item("s7", "I leave my things lying about.", Trait.CONSCIENTIOUSNESS, True),
    Item("s8", "I say little when there is company.", Trait.EXTRAVERSION, True),
    Item("s9", "I pick quarrels.", Trait.AGREEABLENESS, True),
    Item("s10", "I keep my peace of mind under pressure.", Trait.NEUROTICISM, True),
)


def inventory_prompt(wording: Wording, profile: Profile) -> Prompt:
    """Return what to ask a model that is to be this person: one call for all ten statements.

    >>> from newswave.core.population import PROFILES
    >>> from newswave.core.wording import wordings
    >>> "s10: I keep my peace" in inventory_prompt(wordings()[0], PROFILES[0]).user
    True
    """
    statements = "\n".join(f"{item.key}: {item.text}" for item in ITEMS)
    return Prompt(_INSTRUCTION, f"{wording.persona_text(profile)}\n\n{_ASK}\n{statements}")


def inventory_schema() -> dict[str, Any]:
    """Return the JSON schema of an answer: a whole number from 1 to 5 under each key."""
    number = {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST}
    return {
        "type": "object",
        "properties": {item.key: number for item in ITEMS},
        "required": [item.key for item in ITEMS],
        "additionalProperties": False,
    }


def inventory_scores(ratings: Mapping[str, int]) -> Floats:
    """Return the score of each trait, −1 to +1, in the order O, C, E, A, N, shape (5,).

    >>> inventory_scores({item.key: 1 if item.reversed else 5 for item in ITEMS}).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    scores: dict[Trait, list[float]] = {trait: [] for trait in Trait}
    for item in ITEMS:
        rating = ratings.get(item.key)
        whole = isinstance(rating, int) and not isinstance(rating, bool)
        if not whole or rating is None or not LOWEST <= rating <= HIGHEST:
            allowed = f"a whole number from {LOWEST} to {HIGHEST}"
            raise BadValue(f"The rating of {item.key} does not fit", given=rating, allowed=allowed)
        scores[item.trait].append(item.score(rating))
    return np.array([np.mean(scores[trait]) for trait in Trait])


@dataclass(frozen=True)
class TraitCheck:
    """How far a model took one trait on."""

    trait: Trait
    high: float
    low: float
    taken_on: float

    @property
    def separation(self) -> float:
        """Mean score of high minus mean score of low, −2 to +2; near 0 means: not taken on."""
        return self.high - self.low


def check_traits(profiles: Sequence[Profile], scores: Floats) -> tuple[TraitCheck, ...]:
    """Return how far each trait was taken on.

    >>> from newswave.core.population import PROFILES
    >>> [check.separation for check in check_traits(PROFILES, 2 * signs_of(PROFILES))]
    [2.0, 2.0, 2.0, 2.0, 2.0]
    """
    signs = signs_of(profiles)
    if scores.shape != signs.shape:
        raise BadValue("Scores do not fit their profiles", given=f"{scores.shape}, {signs.shape}")
    found = []
    for trait, sign, score in zip(Trait, signs.T, scores.T, strict=True):
        if not 0 < (sign > 0).sum() < len(sign):
            advice = "Ask profiles that are high and profiles that are low in it"
            raise BadValue(f"All of these profiles are alike in {trait.value}", advice=advice)
        high, low = score[sign > 0].mean(), score[sign < 0].mean()
        right = float((score * sign > 0).mean())
        found.append(TraitCheck(trait, float(high), float(low), right))
    return tuple(found)
