"""The parameters of a setup: one table, from which every way of writing a setup is made.

Flags, the entries of TOML files, links, keyword arguments, axes of grids and controls of the page
are read from `PARAMETERS`. A new parameter is a field of a dataclass and a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from pathlib import Path
from typing import Any

from newswave.core import networks
from newswave.core import setup as setups
from newswave.core.continuous import Clock
from newswave.core.errors import BadValue, NewswaveError, one_of
from newswave.core.events import event, library
from newswave.core.files import is_later
from newswave.core.law import Attention
from newswave.core.offline import (
    Constant,
    Decays,
    Fading,
    Feedback,
    PowerLaw,
    Pulse,
    Series,
    Since,
    StaysNew,
)
from newswave.core.population import (
    MIXES,
    PRESETS,
    IndependentTraits,
    Mix,
    OneProfile,
    Profile,
    Trait,
    TwoGroups,
    WeightedProfiles,
    preset,
)
from newswave.core.rules import (
    RULES,
    Asked,
    ByGroup,
    ByTraits,
    Measured,
    SameForAll,
    load_measured,
    synthetic_table,
)
from newswave.core.setup import Chosen, Setup
from newswave.core.sharing import SharingTable

# What a row of the table says.


class Reach(IntEnum):
    """Where a parameter is given by name: each place takes what the later ones take as well."""

    FLAG = 0  # options of `newswave run` only
    BASE = 1  # [base] of a sweep's file
    AXIS = 2  # [grid] of a sweep's file, and axes in Python
    KEYWORD = 3  # keyword arguments of models


@dataclass(frozen=True)
class Text:
    """Values that are written as text: how one is read, how one is written, and all if few."""

    read: Callable[[str], Any]
    write: Callable[[Any], str | None]
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Display:
    """How a parameter stands on the page."""

    label: str  # Its name in words
    help: str  # What it means
    # What a slider steps through, rising; a control without is a menu, or a number to type
    steps: tuple[float, ...] = ()
    words: Callable[[float], str] = "{:.3g}".format  # How a value is shown and read out
    fits: Callable[[Setup, float], bool] = lambda _setup, _value: True  # Can have a value of these
    own: bool = False  # Whether the value that a setup has joins the steps
    # Whether a setup that has the parameter can have another value of it
    applies: Callable[[Setup], bool] = lambda _setup: True
    # What else changes in a setup that gets a value, so that they go together
    along: Callable[[Setup, float], dict[str, Any]] = lambda _setup, _value: {}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a setup, with every spelling it has."""

    name: str  # As a keyword argument, in files, and as the key of its control
    values: type[int] | type[float] | Text | None = None  # How values are written
    flag: str = ""  # Its option, with the word for the value
    help: str = ""  # What it means, as the command line says it
    link: str = ""  # Its name in readable links
    # The kinds of a part of the setup which have it; none if the setup itself has it
    kinds: tuple[type, ...] = ()
    field: str = ""  # The field of these kinds, where it has another name
    make: Callable[[Any], Any] | None = None  # Makes a whole part of a value
    place: str = ""  # The part that a value is as a whole
    repeated: bool = False  # Whether the option may be repeated
    reach: Reach = Reach.KEYWORD
    display: Display | None = None

    @property
    def part(self) -> str:
        """The part of a setup that it belongs to; '' if it stands in the setup itself."""
        return _PART_OF[self.kinds[0]] if self.kinds else self.place

    @property
    def is_later(self) -> bool:
        """Whether it is of a part that came later: not written at its default."""
        return self.part in _LATER

    @property
    def text(self) -> Text | None:
        """How its values are written, if they are no numbers."""
        return self.values if isinstance(self.values, Text) else None

    @property
    def is_whole(self) -> bool:
        """Whether a value is a whole part of a setup, or makes one."""
        return self.place != "" or self.make is not None

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.values in (int, float)

    @property
    def option(self) -> str:
        """The flag by itself."""
        return self.flag.partition(" ")[0]

    @property
    def short(self) -> str:
        """The flag's words as one name: what files may say too."""
        return self.option[2:].replace("-", "_") or self.name

    def of(self, setup: Setup) -> Any:
        """Return a setup's value; None if it has no such parameter."""
        if not self.kinds:
            return getattr(setup, self.part or self.field or self.name)
        part = getattr(setup, self.part)
        return getattr(part, self.field or self.name) if type(part) in self.kinds else None

    def excludes(self, other: Parameter) -> bool:
        """Return whether the two say different things of the same part."""
        return (
            self.part == other.part != ""
            and self.name != other.name
            and (self.is_whole or other.is_whole or not set(self.kinds) & set(other.kinds))
        )


# How values are written.


def _words_for(what: str, known: Mapping[str, Any], of_kinds: bool = False) -> Text:
    """Return the text of values, or of kinds of values, that have a word each."""

    def read(text: str) -> Any:
        found = known[one_of(what, text, known)]
        return found() if of_kinds else found

    def write(value: Any) -> str | None:
        found = type(value) if of_kinds else value
        return next((word for word, own in known.items() if own is found), None)

    return Text(read, write, tuple(known))


_PART_OF: dict[type, str] = {
    **dict.fromkeys(networks.KINDS.values(), "network"),
    **dict.fromkeys(MIXES, "mix"),
    **dict.fromkeys(RULES, "sharing"),
    **dict.fromkeys((Constant, Fading, Pulse, Series), "source_shape"),
    **dict.fromkeys((StaysNew, Decays, PowerLaw), "ageing"),
    Feedback: "feedback",
}
_LATER = tuple(field.name for field in fields(Setup) if is_later(field))


def _read_rounds(text: str) -> tuple[int, ...]:
    """Return the rounds that a text lists, or raise `BadValue`."""
    try:
        return tuple(int(one) for one in text.split(","))
    except ValueError:
        allowed = "rounds with commas between them, as in 3,10"
        raise BadValue("The rounds of a pulse do not fit", given=text, allowed=allowed) from None


SHAPES: dict[str, type] = {"constant": Constant, "fading": Fading, "pulse": Pulse}
AGEINGS: dict[str, type] = {"stays-new": StaysNew, "decays": Decays, "power-law": PowerLaw}
_SINCES = {"event": Since.EVENT, "first-sight": Since.FIRST_SIGHT}
_ROUNDS = Text(_read_rounds, lambda rounds: ",".join(map(str, rounds)))
_SERIES = Text(Series.read, lambda _: None)
_CLOCKS = {"rounds": Clock.ROUNDS, "continuous": Clock.CONTINUOUS}
_ATTENTIONS = {"every-round": Attention.EVERY_ROUND, "new-exposure": Attention.NEW_EXPOSURE}

_EVENT = Text(event, lambda given: given.id if given in library() else None)
_PROFILE = Text(Profile.from_code, lambda given: given.code)
_EFFECTS = Text(preset, lambda given: given.name if given.name in PRESETS else None)
_TABLE = Text(
    lambda text: synthetic_table() if text == "synthetic" else load_measured(text), lambda _: None
)
_START = Text(setups.read_start, setups.start_text)


# What sliders step through, and what moves with them.

Values = tuple[float, ...]

CHANCES: Values = (
    *(0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.012),
    *(0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12),
    *(0.15, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9),
)
"""Share probabilities, about as far apart in ratio everywhere."""

_FEEDBACKS: Values = (0.0, *(n / 100 for n in (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70)), 1.0, 2.0)

SIZES: Values = (
    *(20, 50, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 3000, 4000, 5000),
)
"""Numbers of agents."""

_SHARES: Values = tuple(n / 20 for n in range(21))
_HIGH = {
    Trait.OPENNESS: "curious, open to the new",
    Trait.CONSCIENTIOUSNESS: "careful, orderly",
    Trait.EXTRAVERSION: "outgoing, talkative",
    Trait.AGREEABLENESS: "kind, trusting",
    Trait.NEUROTICISM: "easily worried",
}


def percent(value: float) -> str:
    """Return a share in per cent."""
    return f"{100 * value:.3g} %"


def possible(network: networks.Recipe, n_agents: int) -> bool:
    """Return whether there is such a network of so many agents."""
    try:
        network.check(n_agents)
    except NewswaveError:
        return False
    return True


def degree_fits(kind: type, n_agents: int, degree: float) -> bool:
    """Return whether a kind of network can have so many agents of a degree."""
    try:
        return possible(kind(int(degree)), n_agents)
    except NewswaveError:  # an odd degree
        return False


def _rule(setup: Setup) -> Any:
    return setup.sharing


def _agents(number: float) -> str:
    return f"{number:,.0f} agents" if number >= 10_000 else f"{number:.0f} agents"


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _having(name: str) -> tuple[type, ...]:
    """Return the kinds of network that have a field."""
    return tuple(kind for kind in networks.KINDS.values() if name in _names(kind))


# The table.

# fmt: off

RUN = (
    Parameter("n_agents", int, "--agents N", "how many agents (default 1000)", "agents",
        display=Display("Number of agents", "N, how many agents sit on the network.", SIZES,
            _agents, fits=lambda setup, n: possible(setup.network, int(n)), own=True,
            along=lambda setup, n: {"n_seeds": min(setup.n_seeds, int(n))})),
    Parameter("n_seeds", int, "--seeds N", "agents that share at round 0 (default 10)", "seeds",
        display=Display("Seed agents", "How many agents share at round 0.",
            (1, 2, 3, 5, 10, 20, 30, 50, 100), lambda n: setups.ByLot().words(round(n)),
            fits=lambda setup, n: n <= max(1, setup.n_agents // 2), own=True,
            applies=lambda setup: setup.n_seeds > 0 and not isinstance(setup.start, Chosen))),
    Parameter("start", _START, "--start WHO",
        "who they are: by-lot (the default), most-linked, fewest-linked, or names from your edge "
        'list (elsewhere numbers), as in "Ada,Bo"', "start",
        display=Display("Who starts",
            "The seed agents: drawn by lot in every run, those with the most or the fewest "
            "links, or one agent of your own network.", applies=lambda setup: setup.n_seeds > 0)),
    Parameter("rounds", int, "--rounds T", "synchronous rounds: all decide at once (default 60)",
        "rounds",
        display=Display("Rounds", "How many rounds follow round 0.",
            (10, 20, 30, 40, 60, 80, 100, 150, 200), "{:.0f} rounds".format, own=True)),
    Parameter("clock", _words_for("clock", _CLOCKS), "--clock",
        "rounds in which all decide at once (the default), or continuous time", "clock",
        display=Display("Clock",
            "Synchronous rounds, in which all decide at the same moment, or continuous time, in "
            "which everybody shares at a moment of their own. A round is the unit of both.",
            applies=lambda setup: not setup.only_in_rounds)),
    Parameter("replicas", int, "--replicas R", "how often the run is repeated (default 200)",
        "runs"),
    Parameter("seed", int, "--seed S", "the one number all chance comes from (default 1)", "seed",
        display=Display("Seed of all randomness",
            "One number from which network, places and luck are drawn. The same seed gives the "
            "same picture everywhere.")),
    Parameter("rng", field="seed"),  # Mesa's newer name of the seed
)
NETWORK = (
    Parameter("degree", int, "--degree K",
        "neighbours of every agent; mean degree elsewhere (default 8)", "degree",
        kinds=_having("degree"),
        display=Display("Degree", "k, the neighbours of an agent; the mean, where they differ.",
            tuple(range(2, 21)), "{:.0f} neighbours".format,
            fits=lambda setup, k: degree_fits(type(setup.network), setup.n_agents, k), own=True)),
    Parameter("network", _words_for("kind of network", networks.KINDS, of_kinds=True), "--network",
        "kind of network (default regular)", "network", place="network",
        display=Display("Kind of network",
            "Random regular: all have the same degree, links by chance. Small world: a ring with "
            "a tenth of the links moved. Scale free: a few agents have many links.")),
    Parameter("rewiring", float, "--rewiring P",
        "small world: chance that a link is moved (default 0.1)", "rewiring",
        kinds=_having("rewiring"), reach=Reach.FLAG),
    Parameter("edges", flag="--edges FILE",
        help="your own network: a text file with two names on each line", place="network",
        reach=Reach.BASE),
)
WHO = (
    Parameter("mix", place="mix"),
    Parameter("fast_fraction", float, "--fast-fraction P",
        "fraction of agents in the faster group (default 0.4)", "fraction", kinds=(TwoGroups,),
        display=Display("Agents in the faster group",
            "The fraction of agents in the group that shares more readily.", _SHARES, percent)),
    Parameter("fast_group", flag="--fast-group NAME=CODE",
        help="its name and profile (default outgoing=O+C-E+A-N-)", kinds=(TwoGroups,),
        field="fast_name", reach=Reach.FLAG),
    Parameter("slow_group", flag="--slow-group NAME=CODE",
        help="the other group's (default reserved=O-C+E-A+N+)", kinds=(TwoGroups,),
        field="slow_name", reach=Reach.FLAG),
    Parameter("high", flag="--high TRAIT=SHARE",
        help="deal traits one by one: share of agents high in a trait, 0.5 in those not named; "
        "may be repeated", repeated=True, link="high", kinds=(IndependentTraits,), field="shares",
        make=lambda shares: IndependentTraits(*shares), reach=Reach.BASE),
    *(Parameter(trait.value, float, kinds=(IndependentTraits,), reach=Reach.FLAG,
        display=Display(f"High in {trait.value}",
            f"The share of agents that are high in {trait.value}: {meaning}. The others are low "
            "in it. Each trait is dealt on its own.", _SHARES, percent))
      for trait, meaning in _HIGH.items()),
    Parameter("profile", _PROFILE, "--profile CODE[=WEIGHT]",
        "one profile such as O+C-E+A-N-, or several with weights; may be repeated", "profile",
        repeated=True, kinds=(OneProfile,), make=OneProfile, reach=Reach.AXIS),
)
HOW = (
    Parameter("sharing", place="sharing"),
    Parameter("fast", float, "--fast Q", "share probability of the faster group (default 0.15)",
        "fast", kinds=(ByGroup,),
        display=Display("Faster group's share probability",
            "The chance that one sharing neighbour makes an agent of the faster group share. Per "
            "contact and round, for neutral news.", CHANCES,
            along=lambda setup, fast: {"slow": min(fast, _rule(setup).slow)})),
    Parameter("slow", float, "--slow Q", "share probability of the slower group (default 0.015)",
        "slow", kinds=(ByGroup,),
        display=Display("Slower group's share probability",
            "The chance that one sharing neighbour makes an agent of the slower group share. Per "
            "contact and round, for neutral news.", CHANCES,
            along=lambda setup, slow: {"fast": max(slow, _rule(setup).fast)})),
    Parameter("share", float, "--share Q", "one share probability for everybody", "share",
        kinds=(SameForAll,), field="share_probability", make=SameForAll, reach=Reach.AXIS,
        display=Display("Share probability",
            "The chance that one sharing neighbour makes an agent share. Per contact and round, "
            "for neutral news.", CHANCES)),
    Parameter("effects", _EFFECTS, "--effects PRESET",
        "personality decides: trait effects literature, misinformation, exaggerated or none",
        "effects", kinds=(ByTraits,), reach=Reach.AXIS,
        display=Display("What traits do",
            "How far a high trait moves the log-odds of sharing. Literature: from a "
            "meta-analysis. Exaggerated: five times that, to make the effect visible; not data.")),
    Parameter("baseline", float, "--baseline Q",
        "personality decides: share probability of the average profile (default 0.05)", "baseline",
        kinds=(ByTraits,), reach=Reach.AXIS,
        display=Display("Average share probability",
            "The chance that one sharing neighbour makes an agent of average profile share. Per "
            "contact and round, for neutral news.", CHANCES)),
    Parameter("table", _TABLE, "--table FILE",
        "a sharing table: CSV with header profile,1,2,3, or JSON from newswave table; the word "
        "synthetic takes the example that comes with newswave", place="sharing", reach=Reach.AXIS),
    Parameter("attention", _words_for("attention rule", _ATTENTIONS), "--attention",
        "decide in every round, or only after another neighbour has shared", "attention",
        display=Display("When agents decide",
            "Every round while they see somebody sharing (this leads to SI), or only after "
            "another neighbour has shared (the news can stop short).")),
    Parameter("source_probability", float, "--source A",
        "chance per round to share because of the event itself", "source",
        display=Display("From the event itself",
            "The chance per round that an agent shares because it met the event, not a post.",
            (0.0, *(chance for chance in CHANCES if chance <= 0.05)), percent,
            along=lambda setup, chance: {} if chance else {"n_seeds": max(setup.n_seeds, 1)})),
    Parameter("source_shape", _words_for("form of the source", SHAPES, of_kinds=True),
        "--source-shape", "how the event reaches everybody in time (default constant)",
        "source_shape", place="source_shape",
        display=Display("The event in time",
            "Constant: with the same strength in every round. Fading: ever less. Pulse: in some "
            "rounds only.", applies=lambda setup: setup.source_probability > 0)),
    Parameter("lifetime", float, "--source-lifetime TAU",
        "the event fades: rounds in which it falls to 1/e, about a third (default 8)", "lifetime",
        kinds=(Fading,),
        display=Display("The event fades over",
            "The rounds in which the strength of the event falls to 37 %.",
            (1, 2, 3, 5, 8, 10, 15, 20, 30, 50), "{:.3g} rounds".format, own=True,
            applies=lambda setup: setup.source_probability > 0)),
    Parameter("pulses", _ROUNDS, "--pulses ROUNDS",
        "the event reaches everybody in these rounds only, as in 3,10", "pulses", kinds=(Pulse,),
        display=Display("The rounds of the event", "The rounds in which it reaches everybody.",
            applies=lambda setup: setup.source_probability > 0)),
    Parameter("series", _SERIES, "--source-series FILE",
        "the event's strength by round, as multiples of --source: a table with a column of counts, "
        "or a row for each incident with its date", place="source_shape", reach=Reach.BASE),
    Parameter("feedback", place="feedback"),
    Parameter("feedback_rate", float, "--feedback-rate THETA",
        "offline feedback: the hazard per round that everybody meets if all are active offline "
        "(default 0)", "feedback", kinds=(Feedback,), field="strength",
        display=Display("Offline feedback",
            "The hazard per round that everybody meets if all agents are active offline; it falls "
            "with the fraction that is.", _FEEDBACKS)),
    Parameter("act_chance", float, "--act KAPPA",
        "chance per round that an agent who has shared becomes active offline (default 0.1)",
        "act", kinds=(Feedback,), field="act",
        display=Display("Becoming active offline",
            "The chance per round that an agent who has shared becomes active offline.",
            CHANCES, percent, applies=lambda setup: setup.feedback.strength > 0)),
    Parameter("stop_chance", float, "--stop GAMMA",
        "chance per round that an active agent stops (default 0.2)", "stop", kinds=(Feedback,),
        field="stop",
        display=Display("Stopping", "The chance per round that an active agent stops.",
            (0.0, *CHANCES, 1.0), percent, applies=lambda setup: setup.feedback.strength > 0)),
    Parameter("ageing", _words_for("way of ageing", AGEINGS, of_kinds=True), "--ageing",
        "how the news gets old (default stays-new)", "ageing", place="ageing",
        display=Display("How the news gets old",
            "Stays new: its pull does not fall. Decays: it loses the same share in every round. "
            "Power law: it falls fast at first, then ever more slowly.")),
    Parameter("news_lifetime", float, "--news-lifetime TAU",
        "the news decays: rounds in which its pull falls to 1/e, about a third (default 20)",
        "news_lifetime",
        kinds=(Decays,),
        display=Display("The news decays over", "The rounds in which its pull falls to 37 %.",
            (2, 3, 5, 8, 10, 15, 20, 30, 50, 100), "{:.3g} rounds".format, own=True)),
    Parameter("exponent", float, "--ageing-exponent ALPHA",
        "the news ages as a power law, (1 + age)^-ALPHA (default 1)", "exponent",
        kinds=(PowerLaw,),
        display=Display("Exponent of the power law", "The pull of the news is (1 + age)^-exponent.",
            (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3), own=True)),
    Parameter("since", _words_for("beginning of the age", _SINCES), "--age-since",
        "from when its age is counted: the event (default), or each agent's first-sight", "since",
        kinds=(Decays, PowerLaw),
        display=Display("Its age is counted",
            "From the event: the news is as old for all. From first sight: it is new to whoever "
            "has just seen it.")),
    Parameter("repeat_ratio", float, "--repeat-ratio R",
        "rate after the first exposure over that of the first", "repeat",
        display=Display("Rate after the first exposure",
            "The transmission rate in the rounds after an agent's first exposure, as a multiple "
            "of the first round's.", (*(n / 10 for n in range(11)), 1.5, 2, 3, 5),
            "{:.3g} times".format)),
    Parameter("rate_variation", float, "--rate-variation V",
        "variance of the rates of agents within a group, gamma distributed around the group's",
        "variation",
        display=Display("Spread of rates",
            "How far agents of a group differ: their rates are gamma distributed around the "
            "group's, with this variance for a mean of 1. At 1 one in ten is below a tenth of it.",
            (*(n / 10 for n in range(11)), 1.5, 2, 3, 5), "variance {:.3g}".format)),
)
NEWS = (
    Parameter("event", _EVENT, "--event ID", "what the news is about (see newswave events)",
        "event",
        display=Display("News of",
            "A fictional offline event. Its type moves the log-odds of sharing for all agents.")),
    Parameter("events", flag="--events FILE",
        help="your own events as CSV; choose one with --event", reach=Reach.BASE),
)
MODEL = (
    Parameter("model", flag="--model NAME",
        help="a language model decides: it is asked for every decision (then 100 agents, 5 "
        "seeds, 30 rounds, one run and all 32 profiles unless you say otherwise)", place="sharing",
        reach=Reach.FLAG),
    Parameter("wording", flag="--wording NAME",
        help="in which words: see newswave wordings; or your own TOML file", kinds=(Asked,),
        reach=Reach.FLAG),
    Parameter("temperature", float, "--temperature T", "at which it answers (default 1)",
        kinds=(Asked,), reach=Reach.FLAG),
)
# fmt: on
GROUPS = {
    "the run": RUN,
    "who is linked to whom": NETWORK,
    "who there is": WHO,
    "who shares how readily (probabilities per contact and round)": HOW,
    "the news": NEWS,
    "a language model in place of the rule": MODEL,
}
"""The parameters, by the titles that the command line has for them."""

PARAMETERS = tuple(parameter for group in GROUPS.values() for parameter in group)
"""Every parameter once."""

BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
"""The rows of the table by their names."""

_OWN = _names(Setup)

FIELDS = (*_OWN, *(p.name for p in PARAMETERS if p.reach is Reach.KEYWORD and p.name not in _OWN))
"""Every name that `changed` takes."""

NAMES = (*FIELDS, *(p.name for p in PARAMETERS if p.reach is Reach.AXIS))
"""Every name that a setting may have."""

# fmt: off
CLASHES: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (("fast", "slow"), ("high", "profile", "effects", "baseline"),
     "There personality decides: use --baseline and --effects in place of --fast and --slow"),
    (("share",), ("fast", "slow", "fast_fraction", "effects", "baseline"),
     "--share is one probability for everybody: leave it or the others out"),
    (("table",), ("fast", "slow", "share", "effects", "baseline"),
     "The table already says how readily everybody shares: leave it or the others out"),
    (("model",), ("fast", "slow", "share", "effects", "baseline", "table"),
     "The model says how readily everybody shares: leave it or the others out"),
    (("model",), ("source_probability", "repeat_ratio", "rate_variation", "source_shape",
                  "lifetime", "pulses",
                  "series", "feedback_rate", "act_chance", "stop_chance", "ageing", "news_lifetime",
                  "exponent", "since"),
     "The model decides from what an agent sees: leave it or the other out"),
    (("series",), ("source_shape", "lifetime", "pulses"),
     "The series says how strong the event is: leave the others out"),
    (("lifetime",), ("pulses",), "A source fades or comes in pulses: leave one of them out"),
    (("news_lifetime",), ("exponent",), "News decays or ages as a power law: leave one out"),
    (("fast_fraction", "fast_group", "slow_group"), ("high", "profile"),
     "The first is for a mix of two groups: leave it out, or the other"),
    (("high",), ("profile",), "Deal the traits one by one, or name whole profiles"),
    (("edges",), ("network", "degree", "rewiring"),
     "Your edge list is the network: leave the others out"),
)
# fmt: on
"""Options that do not go together: any of the first with any of the second, and what to do."""

_LIVE = {"n_agents": 100, "n_seeds": 5, "rounds": 30, "replicas": 1}
"""Defaults of a run in which a model is asked for every decision."""


# Setups from values by name.


def changed(setup: Setup, changes: Mapping[str, Any]) -> Setup:
    """Return a setup with values replaced by name; a degree asks for a random regular network."""
    given = dict(changes)
    for name in given:
        one_of("parameter of a setup", name, FIELDS)
    for short, field in (("rng", "seed"), ("degree", "network")):
        _check_once(tuple(name for name in (short, field) if name in given))
    if "degree" in given:
        given["network"] = networks.RandomRegular(given.pop("degree"))
    return _with(setup, given)


def settled(setup: Setup, settings: Mapping[str, Any]) -> Setup:
    """Return a setup with settings put in, the values as `read_value` gives them.

    Parameters
    ----------
    setup : Setup
        What to start from.
    settings : mapping of str to value
        Besides what `changed` takes: `share`, one share probability for all;
        `table`, a measured table, which brings its event unless one is named; `profile`, the same
        for everybody; `baseline` and `effects` of the rule `ByTraits`. `degree` keeps the kind of
        network that the setup has.

    Raises
    ------
    BadValue
        If two settings say the same thing, or they make no setup.

    Examples
    --------
    >>> settled(Setup(network=networks.SmallWorld()), {"degree": 4, "share": 0.1}).network
    SmallWorld(degree=4, rewiring=0.1)
    """
    check_names(tuple(settings))
    return _with(setup, dict(settings))


def described(values: Mapping[str, Any], also: Collection[str] = ()) -> Setup:
    """Return the setup that values describe by name; what is left open goes with what is given.

    Personality decides where one of its values is given; a network of one's own sets the number of
    agents; runs in which a model is asked are small. `also` names values that come later.
    """
    given = dict(values)
    rows = [BY_NAME[name] for name in {*given, *also}]
    mixes = [row for row in rows if row.part == "mix"]
    ways = [row for row in rows if row.part == "sharing"]
    personal = any(row.make for row in mixes)
    if "edges" in given:
        given = {"n_agents": given["edges"].n_agents, **given}
    for group in ("fast", "slow"):
        if f"{group}_group" in given:
            given[f"{group}_name"], given[f"{group}_profile"] = given.pop(f"{group}_group")
    if "model" in given:
        heat = given.pop("temperature", 1.0)
        given["model"] = Asked(given["model"], given.pop("wording"), heat)
        chosen = isinstance(given.get("start"), Chosen)
        usual = {name: n for name, n in _LIVE.items() if not (chosen and name == "n_seeds")}
        given = {**usual, **({} if mixes else {"mix": IndependentTraits()}), **given}
    elif all(row.kinds == (ByTraits,) for row in ways) and (ways or personal):
        given["sharing"] = ByTraits()
    return _with(Setup(), given)


def moved(setup: Setup, row: Parameter, value: Any) -> Setup:
    """Return the setup with another value of a parameter, and with what goes along with it."""
    along = {} if row.display is None else row.display.along(setup, value)
    number: Any = row.values if row.is_number else lambda given: given
    return _with(setup, {row.name: number(value), **along})


def _with(setup: Setup, given: dict[str, Any]) -> Setup:
    """Return a setup with values put in: whole parts first, then what is of a part."""
    if "table" in given:
        given |= _of_table(given.pop("table"), given.get("event"))
    for row in PARAMETERS:
        if row.is_whole and row.name in given:
            value = given.pop(row.name)
            given[row.part] = row.make(value) if row.make else value
    seed = given.pop("rng", given.get("seed", setup.seed))
    given["seed"] = int(seed) if isinstance(seed, str) and seed.isdecimal() else seed
    if isinstance(given.get("start"), Chosen) and "n_seeds" not in given:
        given["n_seeds"] = len(given["start"].agents)
    for part, kind, names in _PARTS:
        own = {_field(name): given.pop(name) for name in names if name in given}
        if own:
            before = given.get(part, getattr(setup, part))
            if kind is not None and type(before) in (Constant, StaysNew):
                before = kind()
            _check_kind(part, kind, before, own)
            given[part] = replace(before, **own)
    return replace(setup, **given)


def _field(name: str) -> str:
    """Return the field that a name sets."""
    return BY_NAME[name].field or name if name in BY_NAME else name


_PARTS: tuple[tuple[str, type | None, tuple[str, ...]], ...] = (
    ("network", None, ("degree", "rewiring")),
    ("source_shape", Fading, ("lifetime",)),
    ("source_shape", Pulse, ("pulses",)),
    ("feedback", Feedback, ("feedback_rate", "act_chance", "stop_chance")),
    ("ageing", Decays, ("news_lifetime",)),
    ("ageing", PowerLaw, ("exponent",)),
    ("ageing", None, ("since",)),
    ("sharing", ByTraits, _names(ByTraits)),
    ("sharing", ByGroup, _names(ByGroup)),
    ("mix", TwoGroups, _names(TwoGroups)),
    ("mix", IndependentTraits, _names(IndependentTraits)),
)
"""The parts of a setup with the names of what is set in them, one by one."""


def _check_kind(part: str, kind: type | None, before: Any, own: Collection[str]) -> None:
    """Raise `BadValue` if a part is not of the kind that has these fields."""
    if part == "ageing" and kind is None and isinstance(before, StaysNew):
        advice = "Say how it gets old as well (news_lifetime or exponent)"
        raise BadValue("News that stays new has no age", advice=advice)
    if part == "network" and not hasattr(before, "degree"):
        raise BadValue(
            "degree says nothing about such a network",
            given=type(before).__name__,
            allowed="a random regular, small-world or scale-free network",
            advice="Leave degree out, or choose another network",
        )
    if kind is not None and not isinstance(before, kind):
        advice = f"Pass {part}={kind.__name__}(...) instead"
        if kind is ByTraits:
            advice = "Begin with a setup whose sharing is ByTraits()"
        raise BadValue(
            f"{' and '.join(own)} can only be set where the {part} is a {kind.__name__}",
            given=type(before).__name__,
            advice=advice,
        )


def _of_table(table: Measured, chosen: Any) -> dict[str, Any]:
    """Return the settings that a table stands for: the rule, and the event that it is about."""
    about = None if table.origin is None else table.origin.event
    if about is None:
        return {"sharing": table}
    if chosen is None:
        known = {one.id: one for one in library()}
        return {"sharing": table, **({"event": known[about]} if about in known else {})}
    if getattr(chosen, "id", None) != about:
        raise BadValue(
            "This table was measured about another event",
            given=getattr(chosen, "id", chosen),
            allowed=about,
            advice="Leave event out: each table brings its own",
        )
    return {"sharing": table}


def mix_of(rows: Sequence[str]) -> Mix:
    """Return the mix that a table's rows suggest: profiles alike often, or two groups."""
    try:
        return WeightedProfiles(tuple((Profile.from_code(row), 1.0) for row in rows))
    except BadValue:
        if len(rows) == 2:
            return TwoGroups(fast_name=rows[0], slow_name=rows[1])
    raise BadValue(
        "The rows of this table are neither profiles nor two groups",
        given=", ".join(rows),
        allowed="codes such as O+C-E+A-N-, or two names of groups",
    )


# What is given by name: names that go together, and values as text.


def check_names(names: tuple[str, ...]) -> None:
    """Raise `BadValue` if a name is unknown or two say the same thing."""
    for name in names:
        one_of("setting", name, NAMES)
    for part in ("sharing", "mix"):
        _check_once(tuple(n for n in names if BY_NAME[n].part == part and BY_NAME[n].is_whole))
    _check_once(tuple(name for name in names if name in ("rng", "seed")))


def _check_once(same: tuple[str, ...]) -> None:
    """Raise `BadValue` if there are two."""
    if len(same) > 1:
        raise BadValue(f"{same[0]} and {same[1]} say the same thing", advice="Give one of the two")


def read_value(name: str, value: Any) -> Any:
    """Return what a value means under its name; text becomes what it names, as in options."""
    text = BY_NAME[one_of("setting", name, NAMES)].text
    if isinstance(value, str) and text is not None:
        return text.read(value)
    if name == "table":
        return _measured(value)
    if name == "profile" and not isinstance(value, Profile):
        raise BadValue("This is no personality profile", given=value, advice="Give its code")
    return value


def _measured(value: Any) -> Measured:
    if isinstance(value, Path):
        return load_measured(value)
    if isinstance(value, SharingTable):
        return Measured(value)
    if not isinstance(value, Measured):
        raise BadValue("This is no sharing table", given=value, allowed="a table, or its file")
    return value
