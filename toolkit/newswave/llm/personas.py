"""The manipulation check: whether a model takes personas on, by a short inventory.

Ten statements of newswave's own, two for each trait, one of them turned round. A model that has
taken on a persona that is high in a trait rates the first above the second, one that is low the
other way round. It says nothing about people, and is no instrument of psychology.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadValue, NewswaveError, real_number
from newswave.core.population import PROFILES, Profile, Trait, signs_of
from newswave.core.wording import Prompt, Wording
from newswave.llm.batch import (
    ATTEMPTS,
    Inquiry,
    Interview,
    Task,
    context_for,
    seeds_of,
    sorted_out,
    source_of,
)
from newswave.llm.recording import CellTurn, Header, RecordingPurpose
from newswave.llm.replies import NumberOutcome, Outcome, Reading, outcome_words, read_object
from newswave.llm.server import Found, Model, Reply, Request, Sampling

LOWEST, HIGHEST = 1, 5
"""The ends of the scale on which a statement is rated: not at all true, and very true, of me."""

CLEAR, SLIGHT = 1.0, 0.5
"""From which separation a trait counts as taken on, and as weakly so: on average, two points and
one point of the five between personas that are high in it and personas that are low."""

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

_QUESTION = "INVENTORY"
_TOKENS = 250
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
    """One statement: its key in the answer, its words, its trait, and whether it is reversed."""

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
    """Return what to ask a model that is to be this person: one call for all ten statements."""
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
    """Return the score of each trait, −1 to +1, in the order O, C, E, A, N, shape (5,)."""
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
    """Return how far each trait was taken on."""
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


class Unrated(NewswaveError):
    """Too few personas gave ratings that could be read."""


class Uptake(Enum):
    """Whether a model took a trait on."""

    TAKEN_ON = "taken on"
    WEAKLY = "weakly"
    NOT = "not taken on"

    @classmethod
    def of(cls, check: TraitCheck) -> Uptake:
        """Return the verdict on one trait, by its separation alone."""
        if check.separation >= CLEAR:
            return cls.TAKEN_ON
        return cls.WEAKLY if check.separation >= SLIGHT else cls.NOT


@dataclass(frozen=True)
class PersonaPlan:
    """What to ask: the personas, one call each; each trait both high and low among them.

    Temperature 0 takes the likeliest ratings. A new seed changes nothing there, so what cannot be
    read is not asked for again; above 0 it is, twice.
    """

    wording: Wording
    profiles: tuple[Profile, ...] = PROFILES
    temperature: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "profiles", tuple(self.profiles))
        warmth = real_number("The temperature", self.temperature, 0.0, 5.0)
        object.__setattr__(self, "temperature", warmth)
        if len(set(self.profiles)) < len(self.profiles):
            codes = ", ".join(profile.code for profile in self.profiles)
            raise BadValue("A profile is there twice", given=codes, advice="Name it once")
        check_traits(self.profiles, signs_of(self.profiles))

    @property
    def attempts(self) -> int:
        """How often a persona is asked before it is given up."""
        return 1 if self.temperature == 0.0 else ATTEMPTS


@dataclass(frozen=True, eq=False)
class PersonaChecked:
    """The result of a check.

    `checks` are in the order O, C, E, A, N; `profiles` are those whose ratings could be read,
    `scores` theirs of each trait, −1 to +1, shape (len(profiles), 5); `abstained` are the others.
    """

    checks: tuple[TraitCheck, ...]
    profiles: tuple[Profile, ...]
    scores: Floats
    abstained: tuple[Profile, ...]
    calls: int

    def words(self) -> str:
        """Return what was found, in a few sentences."""
        found = {verdict: self._named(verdict) for verdict in Uptake}
        words = [f"{_CAPTIONS[verdict]}: {names}." for verdict, names in found.items() if names]
        if found[Uptake.TAKEN_ON] and len([names for names in found.values() if names]) == 1:
            words = ["The model takes all five traits on."]
        if (self.scores == self.scores[0]).all():
            words.append("It rates every persona alike.")
        turned = [c.trait.value for c in self.checks if c.separation <= -SLIGHT]
        if turned:
            words.append(f"The wrong way round: {', '.join(turned)}.")
        if found[Uptake.NOT]:
            words.append("What it does about sharing is no effect of a trait it does not take on.")
        return " ".join(words)

    def _named(self, verdict: Uptake) -> str:
        return ", ".join(c.trait.value for c in self.checks if Uptake.of(c) is verdict)


_CAPTIONS = {
    Uptake.TAKEN_ON: "Taken on",
    Uptake.WEAKLY: "Taken on weakly",
    Uptake.NOT: "Not taken on",
}


def persona_header(plan: PersonaPlan, model: Model, found: Found) -> Header:
    """Return the first line of a check's recording: what has to agree to go on with it.

    The profiles need not: some can be asked first, and the others later.
    """
    options = {"temperature": plan.temperature, "inventory": _statements_hash()}
    source = source_of(found, model, plan.wording, options)
    return Header(RecordingPurpose.INVENTORY, source)


class PersonaCheck(Inquiry):
    """One manipulation check."""

    def __init__(self, plan: PersonaPlan, interview: Interview, seed: int = 1) -> None:
        super().__init__(interview)
        self.plan, self._seed = plan, seed
        self._context = context_for(*(inventory_prompt(plan.wording, p) for p in plan.profiles))
        self._results, _ = sorted_out(interview.recording.by_key, self._left())

    def _left(self) -> list[Task]:
        return [self._task(p) for p in self.plan.profiles if _turn(p) not in self._results]

    def finish(self, progress: Progress | None = None) -> PersonaChecked:
        """Ask who is left and return what the model took on."""
        self._ask(self._left(), progress)
        replies = {profile: self._results[_turn(profile)] for profile in self.plan.profiles}
        answered = tuple(profile for profile, reply in replies.items() if reply.is_read)
        silent = tuple(profile for profile in replies if profile not in answered)
        scores = [inventory_scores(_whole(replies[profile].numbers)) for profile in answered]
        table = np.array(scores).reshape(len(answered), 5)
        try:
            checks = check_traits(answered, table)
        except BadValue as error:
            raise Unrated(
                f"Only {len(answered)} of {len(replies)} personas gave ratings that could be read, "
                "too few to compare",
                given=f"first reply: {outcome_words(next(iter(replies.values())).outcome)}",
                advice="Look at the replies with newswave recording; try another model",
            ) from error
        return PersonaChecked(checks, answered, table, silent, self.calls_made)

    def _task(self, profile: Profile) -> Task:
        plan = self.plan
        request = Request(
            self._interview.model.name,
            inventory_prompt(plan.wording, profile),
            Sampling(plan.temperature, _TOKENS, self._context),
            inventory_schema(),
        )
        place = (profile.code, 0, _QUESTION, 0)
        seeds = seeds_of(self._seed, *place, attempts=plan.attempts)
        return Task(_turn(profile), request, seeds, read_ratings, profile.code)


def read_ratings(reply: Reply) -> Reading:
    """Return the ten ratings in a reply as its numbers, or why there are none.

    A rating that is missing, no whole number, or not on the scale makes the whole reply unread:
    the others alone would tilt the scores.
    """
    found = read_object(reply.content, reply.thinking, reply.done, reply.done_reason)
    if found is None:
        is_cut = reply.done_reason == "length"
        return Reading(None, Outcome.CUT if is_cut else NumberOutcome.NO_RATINGS)
    ratings = {item.key: found.get(item.key) for item in ITEMS}
    try:
        inventory_scores(ratings)  # type: ignore[arg-type]
    except BadValue:
        return Reading(None, NumberOutcome.WRONG_RATINGS)
    return Reading(None, NumberOutcome.RATED, numbers=ratings)  # type: ignore[arg-type]


def _whole(numbers: object) -> dict[str, int]:
    """Return ratings as whole numbers again: a recording holds them as numbers of any kind."""
    return {key: int(value) for key, value in dict(numbers).items()}  # type: ignore[call-overload]


def _turn(profile: Profile) -> CellTurn:
    return CellTurn(profile.code, 0, _QUESTION)


def _statements_hash() -> str:
    """Return a hash of the statements, so that no recording mixes two versions of them."""
    words = "\n".join(f"{item.key} {item.text}" for item in ITEMS)
    return hashlib.sha256(words.encode()).hexdigest()[:12]
