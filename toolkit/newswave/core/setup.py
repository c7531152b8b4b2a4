"""What one run is: a frozen description, checked when made, that repeats it to the last digit."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from newswave.core import events, networks, population, provenance, rules, wording
from newswave.core.continuous import Clock
from newswave.core.errors import (
    BadValue,
    holding,
    one_of,
    probability,
    real_number,
    shown,
    whole_number,
)
from newswave.core.files import LEFT_OUT, decode, encode, parsed_json, read_json, write_whole
from newswave.core.law import Attention, Law
from newswave.core.networks import Network
from newswave.core.offline import (
    AGEINGS,
    SOURCES,
    Ageing,
    Constant,
    Feedback,
    Outside,
    Since,
    Source,
    StaysNew,
)
from newswave.core.sharing import SharingTable

MOST_AGENTS = 20_000_000

_UNTOLD = ("repeat_ratio", "source_probability", "rate_variation", "source_shape", "feedback",
           "ageing")  # fmt: skip

ROUNDS_ONLY = ("attention", "repeat_ratio", "source_shape", "feedback", "ageing")
"""What has no meaning in continuous time, or cannot be run there yet."""


# Who starts.


@runtime_checkable
class Start(Protocol):
    """What says who shares at round 0: a small frozen value."""

    def turns(self, network: Network) -> npt.NDArray[np.int64] | None:
        """Return whose turn comes first, the lowest number, shape (N,); None if all are alike.

        Agents with the same number are put in an order by lot in each run.
        """

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""


@dataclass(frozen=True)
class ByLot:
    """Every run draws its seed agents.

    Examples
    --------
    >>> ByLot().words(10)
    '10 seed agents'
    """

    def turns(self, network: Network) -> None:
        """Return None: all agents are alike."""

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""
        return f"{n_seeds} seed agent{'' if n_seeds == 1 else 's'}"


@dataclass(frozen=True)
class MostLinked:
    """The agents with the most neighbours start; those who have as many, by lot in each run.

    Examples
    --------
    >>> MostLinked().words(1)
    'the agent with the most neighbours'
    """

    def turns(self, network: Network) -> npt.NDArray[np.int64]:
        """Return minus the degrees."""
        return -network.degrees.astype(np.int64)

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""
        return _by_degree(n_seeds, "most")


@dataclass(frozen=True)
class FewestLinked:
    """The agents with the fewest neighbours start; those who have as few, by lot in each run.

    Examples
    --------
    >>> FewestLinked().words(3)
    'the 3 agents with the fewest neighbours'
    """

    def turns(self, network: Network) -> npt.NDArray[np.int64]:
        """Return the degrees."""
        return network.degrees.astype(np.int64)

    def words(self, n_seeds: int) -> str:
        """Return who starts, in words."""
        return _by_degree(n_seeds, "fewest")


@dataclass(frozen=True)
class Chosen:
    """These agents start, in every run.

    Parameters
    ----------
    agents : tuple of str or int
        Their names, as in the file of the network, or their numbers, from 0.

    Raises
    ------
    BadValue
        If there is none, one comes twice, or one is neither a name nor a number.

    Examples
    --------
    >>> Chosen(("Ada", "Bo")).words(2)
    'Ada and Bo'
    """

    agents: tuple[str | int, ...]

    def __post_init__(self) -> None:
        given = self.agents
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            allowed = 'a tuple of names or numbers, as in ("Ada", "Bo")'
            raise BadValue("Who starts does not fit", given=given, allowed=allowed)
        agents = tuple(
            one if isinstance(one, str) else whole_number("The number of an agent", one, 0)
            for one in given
        )
        if len(set(agents)) < len(agents):
            raise BadValue("An agent is to start twice", given=list(agents), advice="Name it once")
        object.__setattr__(self, "agents", agents)

    def places(self, n_agents: int, names: Sequence[str] = ()) -> list[int]:
        """Return the agents' numbers, or raise `BadValue` with near names for one that is none."""
        place = {name: at for at, name in enumerate(names)}
        numbers = [self._place(one, n_agents, place) for one in self.agents]
        if len(set(numbers)) < len(numbers):
            raise BadValue("An agent is to start twice", given=list(self.agents))
        return numbers

    def _place(self, one: str | int, n_agents: int, place: dict[str, int]) -> int:
        if isinstance(one, str) and place:
            same = [name for name in place if name.casefold() == one.casefold()]
            name = one if one in place or len(same) != 1 else same[0]
            return place[one_of("agent", name, place)]
        if isinstance(one, str):
            if not (one.isascii() and one.isdigit() and len(one) < 10):
                raise BadValue(
                    "The agents of this network have no names", given=one,
                    allowed=f"numbers from 0 to {n_agents - 1}",
                    advice="Names come with a network of your own (--edges)",
                )  # fmt: skip
            one = int(one)
        return whole_number("The number of an agent that starts", one, 0, n_agents - 1)

    def turns(self, network: Network) -> npt.NDArray[np.int64]:
        """Return 0 for the chosen and 1 for the others."""
        turns = np.ones(network.n_agents, np.int64)
        turns[self.places(network.n_agents, network.names)] = 0
        return turns

    def words(self, n_seeds: int) -> str:  # noqa: ARG002
        """Return who starts, in words."""
        some = [shown(one, 40).strip("'") if isinstance(one, str) else f"agent {one}"
                for one in self.agents[:6]]  # fmt: skip
        if len(self.agents) > 6:
            some.append(f"{len(self.agents) - 6} more")
        return " and ".join(filter(None, (", ".join(some[:-1]), some[-1])))


WORDS: dict[str, Start] = {
    "by-lot": ByLot(),
    "most-linked": MostLinked(),
    "fewest-linked": FewestLinked(),
}
"""The ways to start that have a word on the command line, in files and in links."""

STARTS: tuple[type[Start], ...] = (*map(type, WORDS.values()), Chosen)
"""Every way to start."""


def read_start(text: str) -> Start:
    """Return what a text says: by-lot, most-linked, fewest-linked, or names with commas."""
    if text.strip() in WORDS:
        return WORDS[text.strip()]
    try:
        names = next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        names = []
    cells = [" ".join(name.split()) for name in names]
    if not cells or not all(cells):
        allowed = f"{', '.join(WORDS)}, or names with commas between them"
        raise BadValue("Who starts does not fit", given=text, allowed=allowed)
    return Chosen(tuple(cells))


def start_text(start: Any) -> str | None:
    """Return the text that `read_start` reads as this; None if there is none."""
    word = next((word for word, known in WORDS.items() if known == start), None)
    if word is not None or not isinstance(start, Chosen):
        return word
    text = ",".join(
        '"' + str(one).replace('"', '""') + '"' if set(str(one)) & set(',"') else str(one)
        for one in start.agents
    )
    return text if text not in WORDS else None


def _by_degree(n_seeds: int, which: str) -> str:
    who = "the agent" if n_seeds == 1 else f"the {n_seeds} agents"
    return f"{who} with the {which} neighbours"


# The setup.


@dataclass(frozen=True)
class Setup:
    """One run, completely described.

    Parameters
    ----------
    n_agents : int
        N, the number of agents.
    network : Recipe
        Who is linked to whom; by default a random regular network of degree 8.
    mix : Mix
        Which personality profiles there are; by default two groups, 40 % in the faster one.
    sharing : SharingRule
        How they decide; by default 0.15 and 0.015 per contact and round.
    event : Event
        The offline event that the news is about.
    attention : Attention
        When an agent decides.
    source_probability : float
        Chance per round that an agent shares because it met the event itself.
    repeat_ratio : float
        Transmission rate in the rounds after an agent's first exposure, as a multiple of the
        first round's.
    n_seeds : int
        Agents that share at round 0; with `Chosen` agents, as many as are chosen.
    rounds : int
        How many rounds follow.
    replicas : int
        How many runs an ensemble has.
    seed : int
        The one number that all randomness comes from.
    start : Start
        Which agents share at round 0; by default every run draws them.
    rate_variation : float
        v, how far agents of a group differ: all hazards of an agent are multiplied by its
        readiness, drawn once, gamma distributed with mean 1 and variance v; 0 if they are alike.
    source_shape : Source
        How strongly the event reaches everybody in time, `source_probability` being its strength:
        `Constant`, the default, `Fading`, `Pulse` or `Series`.
    feedback : Feedback
        What those who have shared do offline, and how it reaches everybody; nothing by default.
    ageing : Ageing
        How the news loses its pull: `StaysNew`, the default, `Decays` or `PowerLaw`.
    clock : Clock
        Rounds, in which all decide at the same moment, or continuous time.

    Raises
    ------
    BadValue
        If a value is outside its range, or two do not go together.

    Examples
    --------
    >>> Setup(n_agents=100, rounds=10).with_degree(4).network
    RandomRegular(degree=4)
    """

    n_agents: int = 1000
    network: networks.Recipe = field(default_factory=networks.RandomRegular)
    mix: population.Mix = field(default_factory=population.TwoGroups)
    sharing: rules.SharingRule = field(default_factory=rules.ByGroup)
    event: events.Event = field(default_factory=lambda: events.event(events.DEFAULT_EVENT_ID))
    attention: Attention = Attention.EVERY_ROUND
    source_probability: float = 0.0
    repeat_ratio: float = 1.0
    n_seeds: int = 10
    rounds: int = 60
    replicas: int = 200
    seed: int = 1
    start: Start = field(default_factory=ByLot, metadata=LEFT_OUT)
    rate_variation: float = field(default=0.0, metadata=LEFT_OUT)
    source_shape: Source = field(default_factory=Constant, metadata=LEFT_OUT)
    feedback: Feedback = field(default_factory=Feedback, metadata=LEFT_OUT)
    ageing: Ageing = field(default_factory=StaysNew, metadata=LEFT_OUT)
    clock: Clock = field(default=Clock.ROUNDS, metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        source = probability("The source probability", self.source_probability)
        checked = {
            "source_probability": source,
            "repeat_ratio": real_number("The repeat ratio", self.repeat_ratio, 0.0, 1e6),
            "rate_variation": real_number("The rate variation", self.rate_variation, 0.0, 100.0),
            "n_agents": whole_number("The number of agents", self.n_agents, 2, MOST_AGENTS),
            "rounds": whole_number("The number of rounds", self.rounds, 1, 100_000),
            "replicas": whole_number("The number of replicas", self.replicas, 1, 1_000_000),
            "seed": whole_number("The seed", self.seed, 0),
        }
        least, advice = 0 if source else 1, "Lower the seeds or raise the agents"
        self._check_start(int(checked["n_agents"]))
        checked["n_seeds"] = whole_number(
            "The number of seed agents", self.n_seeds, least, int(checked["n_agents"]), advice
        )
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not isinstance(self.attention, Attention):
            raise BadValue("Unknown attention rule", given=self.attention, allowed="an Attention")
        self._check_parts()
        self._check_clock()
        self.network.check(self.n_agents)
        if isinstance(self.sharing, rules.Asked):
            self._check_asked()
        else:
            self.table(1)

    def _check_start(self, n_agents: int) -> None:
        """Refuse a start that is none, and bring the number of seeds to that of chosen agents."""
        start: Any = self.start
        if isinstance(start, type | Setup) or not isinstance(start, Start):
            allowed = 'ByLot(), MostLinked(), FewestLinked() or Chosen(("Ada", "Bo"))'
            raise BadValue("This does not say who starts", given=start, allowed=allowed)
        if isinstance(start, Chosen):
            many = len(start.places(n_agents, getattr(self.network, "names", ())))
            if self.n_seeds not in (many, type(self).n_seeds):
                raise BadValue(
                    "n_seeds is not the number of agents that are chosen to start",
                    given=self.n_seeds, allowed=str(many), advice="Leave n_seeds out",
                )  # fmt: skip
            object.__setattr__(self, "n_seeds", many)

    def _check_parts(self) -> None:
        """Refuse a part that cannot do what a part of its place must do."""
        needed = {"network": networks.Recipe, "mix": population.Mix, "sharing": rules.SharingRule,
                  "source_shape": Source, "feedback": Feedback, "ageing": Ageing}  # fmt: skip
        for name, protocol in needed.items():
            part = getattr(self, name)
            if isinstance(part, type | Setup) or not isinstance(part, protocol):
                raise BadValue(f"This is no {name}", given=part)
        if not isinstance(self.event, events.Event):
            raise BadValue("This is no event", given=self.event, advice="Take nw.event('its-id')")

    def _check_clock(self) -> None:
        """Refuse what has no meaning, or cannot be run yet, without rounds."""
        if not isinstance(self.clock, Clock):
            raise BadValue("Unknown clock", given=self.clock, allowed="a Clock")
        if not self.is_continuous:
            return
        words = self.only_in_rounds
        for name in ROUNDS_ONLY:
            if getattr(self, name) != getattr(Setup(), name):
                words = words or f"{name} can only be what it usually is: all else is in rounds"
        if words:
            advice = (
                "Take rounds (clock=Clock.ROUNDS, or leave --clock out), or leave the other out"
            )
            raise BadValue(f"In continuous time {words}", given=self.clock.name, advice=advice)

    @property
    def only_in_rounds(self) -> str:
        """Why network or rule have no continuous time, as what follows "in continuous time"."""
        if isinstance(self.sharing, rules.Asked):
            return "no language model can be asked"
        if isinstance(self.sharing, rules.Measured) and self.sharing.given.repeat is not None:
            return "a table of first and repeated exposure has no meaning"
        if isinstance(self.network, networks.Complete):
            return "the complete network cannot be run"
        return ""

    @property
    def is_continuous(self) -> bool:
        """Whether the clock is continuous."""
        return self.clock is Clock.CONTINUOUS

    @property
    def equations_apply(self) -> bool:
        """Whether network-aware rates can be fitted to runs: see `networks.equations_apply`."""
        return networks.equations_apply(self.network) and not self.is_continuous

    def _check_asked(self) -> None:
        """Refuse what a model that is asked for every decision cannot be told."""
        for name in _UNTOLD:
            if getattr(self, name) != getattr(Setup(), name):
                advice = "Leave it out, or measure a table and run that"
                words = f"{name} has no meaning where a language model decides"
                raise BadValue(words, given=getattr(self, name), advice=advice)

    @property
    def synthetic(self) -> bool:
        """Whether a formula stands in place of a language model: to be said wherever it is shown.

        A rule of probabilities is what it says it is; a table or run made through the stand-in
        server looks like a model's and is none.
        """
        if isinstance(self.sharing, rules.Asked):
            return self.sharing.synthetic
        origin = self.sharing.origin if isinstance(self.sharing, rules.Measured) else None
        return origin is not None and origin.synthetic

    def table(self, max_exposure: int) -> SharingTable:
        """Return P(share | group, exposure) of this setup, up to `max_exposure`.

        Raises
        ------
        BadValue
            If a language model is asked for every decision.
        """
        made = self.sharing.table(self.mix.groups, self.event, max_exposure)
        return made.with_repeat_ratio(self.repeat_ratio)

    @property
    def outside(self) -> Outside | None:
        """What goes on offline by round, where it is more than a constant source."""
        shape = (self.source_probability, self.source_shape, self.feedback, self.ageing)
        return Outside.of(*shape, self.rounds)

    @property
    def reaches_all(self) -> bool:
        """Whether an agent can share that sees nobody sharing: by the event itself or feedback."""
        return self.source_probability > 0.0 or self.feedback.is_on

    def law(self, table: SharingTable, max_exposure: int) -> Law:
        """Return the law that a table makes with attention and all that goes on offline."""
        how = (self.attention, self.source_probability, self.outside)
        return Law.of(table, max_exposure, *how)

    def with_degree(self, degree: int) -> Setup:
        """Return this setup on a random regular network of another degree."""
        return replace(self, network=networks.RandomRegular(degree))

    def to_json(self) -> str:
        """Return the setup as JSON text; `from_json` gives it back to the last digit."""
        return json.dumps(encode(self), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Setup:
        """Return the setup that `to_json` wrote.

        Raises
        ------
        BadValue
            If the text is not one.

        Examples
        --------
        >>> Setup.from_json(Setup(seed=7).to_json()).seed
        7
        """
        return _made(parsed_json(text))

    def write(self, path: str | Path) -> Path:
        """Write the setup to a file."""
        return write_whole(path, self.to_json())

    @classmethod
    def read(cls, path: str | Path) -> Setup:
        """Return the setup in a file.

        Raises
        ------
        BadFile
            If there is no such file or it holds no setup.
        """
        data = read_json(path, "a setup")
        with holding("setup", path):
            return _made(data)


KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(Setup, Attention, Clock, SharingTable, events.Event, events.EventType),
        *(population.Effect, population.TraitEffects, population.Profile, *population.MIXES),
        *(*networks.KINDS.values(), networks.OwnNetwork, *rules.RULES, wording.Wording),
        *STARTS,
        *(Feedback, Since, *SOURCES, *AGEINGS),
        *(provenance.Cell, provenance.Leaning, provenance.Method, provenance.Origin),
    )
}


def _made(data: Any) -> Setup:
    made = decode(data, KINDS)
    if not isinstance(made, Setup):
        raise BadValue("This is no setup", given=data, advice="Take a setup.json of newswave run")
    return made
