"""What is asked of whom: the event, the words, the agents; small enough for a lesson."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from newswave.describing import counted
from newswave.errors import BadValue, one_of, real_number, whole_number
from newswave.events import Event, event, library
from newswave.language import Asking
from newswave.measuring import Plan
from newswave.mixes import IndependentTraits, Mix, TwoGroups
from newswave.recipes import RandomRegular
from newswave.rules import Asked, SharingRule
from newswave.setups import Setup
from newswave.views.explorer.items import Choice, Entry, Group, Item, Range, Switch
from newswave.wordings import DEFAULT_WORDING, Question, Wording, wording, wordings

MIXES: dict[str, tuple[str, Mix]] = {
    "profiles": ("32 profiles", IndependentTraits()),
    "outgoing": ("32, most extraverted", IndependentTraits(extraversion=0.8)),
    "worried": ("32, most neurotic", IndependentTraits(neuroticism=0.8)),
    "groups": ("Two groups", TwoGroups()),
}

_NUMBERS = {"n_agents": (10, 200), "degree": (2, 16), "rounds": (3, 30), "seed": (0, 2**31 - 1)}
_FIRST_EVENT = "teachers-sit-in"  # what the examples that come with newswave are about
_STEP = 10
_SEEDS = 20


@dataclass(frozen=True)
class Settings:
    """What the next table or run is to be.

    Parameters
    ----------
    event_id, wording_name : str
        What the news is about, and the words in which a model is asked.
    mix_key : str
        Which of `MIXES`.
    n_agents, degree, rounds, seed : int
        The agents, their neighbours, the rounds after round 0, the seed of all randomness.
    temperature : float
        At which the model answers.
    reasons : bool
        Whether each answer of a live run comes with a reason.

    Examples
    --------
    >>> Settings(n_agents=10, degree=16).degree
    9
    """

    event_id: str = _FIRST_EVENT
    wording_name: str = DEFAULT_WORDING
    mix_key: str = "profiles"
    n_agents: int = 100
    degree: int = 8
    rounds: int = 15
    seed: int = 1
    temperature: float = 1.0
    reasons: bool = True

    def __post_init__(self) -> None:
        for name, (low, high) in _NUMBERS.items():
            value = whole_number(_NAMES[name], getattr(self, name), low, high)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "degree", min(self.degree, self.n_agents - 1))
        if self.n_agents % _STEP:
            allowed = "10, 20, 30 ... 200"
            raise BadValue(
                "The number of agents does not fit", given=self.n_agents, allowed=allowed
            )
        one_of("mix", self.mix_key, MIXES)
        heat = real_number("The temperature", self.temperature, 0.1, 2.0)
        object.__setattr__(self, "temperature", round(heat, 1))
        if not isinstance(self.reasons, bool):
            raise BadValue("Reasons are on or off", given=self.reasons)
        event(self.event_id)
        wording(self.wording_name)

    @property
    def event(self) -> Event:
        """What the news is about."""
        return event(self.event_id)

    @property
    def wording(self) -> Wording:
        """The words in which a model is asked."""
        return wording(self.wording_name)

    @property
    def question(self) -> Question:
        """The form of the answers of a live run."""
        return Question.REASONED if self.reasons else Question.DECISION

    def plan(self) -> Plan:
        """Return what is asked to measure a table."""
        return Plan(self.event, self.wording, temperature=self.temperature)

    def setup(self, sharing: SharingRule) -> Setup:
        """Return one run of these agents, who decide by `sharing`."""
        return Setup(
            n_agents=self.n_agents,
            network=RandomRegular(self.degree),
            mix=MIXES[self.mix_key][1],
            sharing=sharing,
            event=self.event,
            n_seeds=max(1, self.n_agents // _SEEDS),
            rounds=self.rounds,
            replicas=1,
            seed=self.seed,
        )

    def asked(self, model: str) -> Setup:
        """Return one run of these agents, who ask a model."""
        return self.setup(Asked(model or "none", self.wording, self.temperature))

    def asking(self, model: str) -> Asking:
        """Return what every question of a live run has in common."""
        return Asking(self.asked(model), self.question)


_NAMES = {
    "n_agents": "The number of agents",
    "degree": "The degree",
    "rounds": "The number of rounds",
    "seed": "The seed",
}
_FIELDS = {"event": "event_id", "wording": "wording_name", "mix": "mix_key"}
KEYS = frozenset((*_FIELDS, *_NUMBERS, "temperature", "reasons"))
"""The keys of the controls."""


def moved(settings: Settings, key: str, value: Any) -> Settings:
    """Return the settings with one control moved.

    Raises
    ------
    BadValue
        If there is no such control or the value does not fit.

    Examples
    --------
    >>> moved(Settings(), "n_agents", 50.0).n_agents
    50
    """
    if key not in KEYS:
        raise BadValue("There is no such setting", given=key)
    given = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    changes: dict[str, Any] = {_FIELDS.get(key, key): given}
    return replace(settings, **changes)


def setting_items(settings: Settings) -> tuple[Item, ...]:
    """Return the controls of what is asked, and of whom."""
    events = tuple((one.id, f"{one.headline} ({one.type.value})") for one in library())
    words = tuple((one.name, one.name) for one in wordings())
    mixes = tuple((key, name) for key, (name, _) in MIXES.items())
    return (
        Choice("event", "News of", settings.event_id, events, "A fictional offline event."),
        Choice("mix", "Who the agents are", settings.mix_key, mixes,
               "A profile is the Big Five, each trait high or low; each is high in half of the "
               "agents; 'most' is four in five. Two groups: 40 % outgoing, 60 % reserved."),
        Range("n_agents", "Number of agents", settings.n_agents, 10, 200, _STEP,
              f"{counted(settings.n_agents)} agents", "More agents take more calls of the model."),
        Range("degree", "Degree", settings.degree, 2, min(16, settings.n_agents - 1), 1,
              f"{settings.degree} neighbours", "k, the neighbours of every agent."),
        Range("rounds", "Rounds", settings.rounds, 3, 30, 1, f"{settings.rounds} rounds",
              "How many rounds follow round 0. A seed agent shares at round 0; there is one for "
              "every 20 agents."),
        Group("more", "More settings", _more(settings, words), folded=True),
    )  # fmt: skip


def _more(settings: Settings, words: tuple[tuple[str, str], ...]) -> tuple[Item, ...]:
    """Return the controls that most can leave as they are."""
    low, high = _NUMBERS["seed"]
    return (
        Choice("wording", "Wording", settings.wording_name, words,
               "In which words personality, news and exposure are told to the model."),
        Range("temperature", "Temperature", settings.temperature, 0.1, 2.0, 0.1,
              f"{settings.temperature:.1f}",
              "How freely the model answers: at 1 as it has learned to, below 1 the likelier "
              "answer more often."),
        Switch("reasons", "Answers with a reason", settings.reasons,
               "In a live run. Without reasons it goes about twice as fast."),
        Entry("seed", "Seed of all randomness", str(settings.seed),
              "Of the network, the places, and the answers of a live run.", True, low, high),
    )  # fmt: skip
