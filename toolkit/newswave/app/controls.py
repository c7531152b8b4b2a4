"""The controls of a setup: name, range, step and help; each reads a setup and makes a new one."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from newswave.app.items import Choice, Entry, Group, Item, Range
from newswave.core import events, population, rules, starting
from newswave.core.errors import BadValue, NewswaveError, one_of, whole_number
from newswave.core.networks import RandomRegular, Recipe, ScaleFree, SmallWorld
from newswave.core.population import PROFILES, Trait
from newswave.core.setup import Attention, Setup
from newswave.report.describe import counted, seeds_words

# What a control is: a slider, a menu, a number; each reads a setup and writes a new one.


MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Slider:
    """A number of a setup that is moved along a scale.

    Parameters
    ----------
    key, label, help : str
        Its name in links and code, in words, and what it means.
    scale : callable
        The scale for a setup; it may depend on the setup's other values.
    read, write : callable
        Value of a setup, and the setup with another value.
    applies : callable
        Whether a setup has it.
    """

    key: str
    label: str
    help: str
    scale: Callable[[Setup], Scale]
    read: Callable[[Setup], float]
    write: Callable[[Setup, float], Setup]
    applies: Callable[[Setup], bool] = lambda _: True

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the slider as it stands."""
        scale, value = self.scale(setup), self.read(setup)
        place, last, words = scale.nearest(value), len(scale.values) - 1, scale.words(value)
        only = "" if last else f"With the other settings as they are, only {words} is possible."
        return Range(
            prefix + self.key, self.label, place, 0, max(last, 1), 1, words, self.help, only
        )

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with the slider at another place."""
        return self.write(setup, self.scale(setup).at(value))


@dataclass(frozen=True)
class Menu:
    """One of several ways a setup can be.

    Parameters
    ----------
    options : callable
        Keys and words of what there is for a setup.
    read, write : callable
        Key of a setup, and the setup with another one.
    """

    key: str
    label: str
    help: str
    options: Callable[[Setup], tuple[tuple[str, str], ...]]
    read: Callable[[Setup], str]
    write: Callable[[Setup, str], Setup]
    applies: Callable[[Setup], bool] = lambda _: True

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the choice as it stands."""
        options = self.options(setup)
        return Choice(prefix + self.key, self.label, self.read(setup), options, self.help)

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with another choice."""
        known = dict(self.options(setup))
        return self.write(setup, one_of(self.label, value, known))


@dataclass(frozen=True)
class Count:
    """A whole number that is typed: the seed."""

    key: str
    label: str
    help: str
    low: int
    high: int
    read: Callable[[Setup], int]
    write: Callable[[Setup, int], Setup]
    applies: Callable[[Setup], bool] = lambda _: True

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the field as it stands."""
        value = str(self.read(setup))
        name, low, high = prefix + self.key, self.low, self.high
        return Entry(name, self.label, value, self.help, numeric=True, low=low, high=high)

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with another number."""
        given: Any = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        return self.write(setup, whole_number(self.label, given, self.low, self.high))


Control = Slider | Menu | Count


# The values that a slider can take: whatever cannot be run cannot be reached.


Values = tuple[float, ...]


@dataclass(frozen=True)
class Scale:
    """The values a slider steps through, in order, and how one is said.

    Parameters
    ----------
    values : tuple of float
        Rising; the slider moves from one to the next.
    words : callable
        A value with its unit, as it is shown and read out.

    Raises
    ------
    BadValue
        If there are no values or they do not rise.

    Examples
    --------
    >>> Scale((10, 20, 50), "{:.0f} agents".format).nearest(34)
    1
    """

    values: Values
    words: Callable[[float], str]

    def __post_init__(self) -> None:
        if not self.values or any(a >= b for a, b in zip(self.values, self.values[1:])):  # noqa: B905
            raise BadValue("The values of a slider do not rise", given=self.values)

    def nearest(self, value: float) -> int:
        """Return the place of the value nearest to `value`; of two, the lower."""
        at = bisect.bisect_left(self.values, value)
        around = range(max(0, at - 1), min(len(self.values), at + 1))
        return min(around, key=lambda i: abs(self.values[i] - value))

    def at(self, place: object) -> float:
        """Return the value at a place, the nearest there is."""
        if isinstance(place, bool) or not isinstance(place, int | float) or place != place:
            raise BadValue("A slider stands at a number", given=place)
        return self.values[min(max(round(place), 0), len(self.values) - 1)]


def percent(value: float) -> str:
    """Return a share in per cent.

    >>> percent(0.4), percent(0.015)
    ('40 %', '1.5 %')
    """
    return f"{100 * value:.3g} %"


def even_steps(low: float, high: float, step: float) -> Values:
    """Return values from `low` to `high` in even steps.

    >>> even_steps(0, 1, 0.25)
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    return tuple(round(low + step * i, 10) for i in range(round((high - low) / step) + 1))


CHANCES: Values = (
    *(0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.012),
    *(0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12),
    *(0.15, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9),
)
"""Share probabilities, about as far apart in ratio everywhere."""

SIZES: Values = (
    *(20, 50, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 3000, 4000, 5000),
)
"""Numbers of agents."""


# What the controls read of a setup, and the setups they make of it.


AS_LOADED = "loaded"
TWO_GROUPS, TRAITS, ALIKE = "groups", "traits", "alike"

_PLAIN = (
    (TWO_GROUPS, "Two groups"),
    (TRAITS, "Big Five traits"),
    (ALIKE, "All alike"),
)
_MOST_DEGREE = 20
_MIDDLE = 0.05
_MOST_NAMES = 300

CHANCE = Scale(CHANCES, "{:.3g}".format)
SHARE = Scale(even_steps(0, 1, 0.05), percent)
SOURCE = Scale((0.0, *(chance for chance in CHANCES if chance <= 0.05)), percent)


def crowd_of(setup: Setup) -> str:
    """Return what kind of agents a setup has: the key of one of `crowds`.

    >>> crowd_of(Setup())
    'groups'
    """
    match setup.mix, setup.sharing:
        case population.TwoGroups(), rules.ByGroup():
            return TWO_GROUPS
        case population.IndependentTraits(), rules.ByTraits():
            return TRAITS
        case population.OneProfile(), rules.SameForAll():
            return ALIKE
    return AS_LOADED


def crowds(setup: Setup) -> tuple[tuple[str, str], ...]:
    """Return the kinds of agents to choose from; what was loaded from a file stays among them."""
    loaded = ((AS_LOADED, "As loaded"),) if crowd_of(setup) == AS_LOADED else ()
    return (*_PLAIN, *loaded)


def with_crowd(setup: Setup, key: str) -> Setup:
    """Return the setup with agents of another kind."""
    if key == crowd_of(setup):
        return setup
    parts: dict[str, tuple[population.Mix, rules.SharingRule]] = {
        TWO_GROUPS: (population.TwoGroups(), rules.ByGroup()),
        TRAITS: (population.IndependentTraits(), rules.ByTraits()),
        ALIKE: (population.OneProfile(PROFILES[0]), rules.SameForAll(_MIDDLE)),
    }
    mix, sharing = parts[key]
    return replace(setup, mix=mix, sharing=sharing)


def part(setup: Setup, name: str) -> Any:
    """Return a part of a setup as what it is at run time: its kind was asked before."""
    return getattr(setup, name)


def with_part(setup: Setup, name: str, **changes: Any) -> Setup:
    """Return the setup with one of its parts changed."""
    return with_value(setup, name, replace(part(setup, name), **changes))


def with_value(setup: Setup, name: str, value: Any) -> Setup:
    """Return the setup with one of its own values changed."""
    changes: dict[str, Any] = {name: value}
    return replace(setup, **changes)


def with_fast(setup: Setup, value: float) -> Setup:
    """Return the setup with another fast share probability; the slow one never lies above it."""
    return with_part(setup, "sharing", fast=value, slow=min(value, part(setup, "sharing").slow))


def with_slow(setup: Setup, value: float) -> Setup:
    """Return the setup with another slow share probability; the fast one never lies below it."""
    return with_part(setup, "sharing", slow=value, fast=max(value, part(setup, "sharing").fast))


def trait_share(setup: Setup, trait: Trait) -> float:
    """Return the share of agents that are high in a trait."""
    return float(getattr(setup.mix, trait.value))


def agents_scale(setup: Setup) -> Scale:
    """Return the numbers of agents that the setup's network can have."""
    fits = {float(n) for n in SIZES if _fits(setup.network, int(n))}
    return Scale(
        tuple(sorted({*fits, float(setup.n_agents)})), lambda n: f"{counted(round(n))} agents"
    )


def _fits(network: Recipe, n_agents: int) -> bool:
    """Return whether there is such a network of so many agents."""
    try:
        network.check(n_agents)
    except NewswaveError:
        return False
    return True


def with_agents(setup: Setup, value: float) -> Setup:
    """Return the setup with more or fewer agents; the seed agents stay among them."""
    number = int(value)
    return replace(setup, n_agents=number, n_seeds=min(setup.n_seeds, number))


def degree_of(setup: Setup) -> int:
    """Return the degree of a setup's network, the mean where agents differ."""
    own = getattr(setup.network, "degree", None)
    return round(setup.network.mean_degree_for(setup.n_agents)) if own is None else int(own)


def degree_scale(setup: Setup) -> Scale:
    """Return the degrees there can be for so many agents."""
    some = {*_degrees(type(setup.network), setup.n_agents), float(degree_of(setup))}
    return Scale(tuple(sorted(some)), "{:.0f} neighbours".format)


def _degrees(kind: type, n_agents: int) -> list[float]:
    """Return the degrees that a kind of network can have: an odd one needs an even number."""
    step = 1 if kind is RandomRegular else 2
    every = range(2, _MOST_DEGREE + 1, step)
    return [float(k) for k in every if _fits(kind(k), n_agents)]


def with_degree(setup: Setup, value: float) -> Setup:
    """Return the setup with another degree, on the same kind of network."""
    return with_part(setup, "network", degree=int(value))


def has_degree(setup: Setup) -> bool:
    """Whether the kind of network has a degree to be chosen."""
    return network_of(setup) in ("regular", "small_world", "scale_free")


_NETWORKS: dict[str, tuple[str, type]] = {
    "regular": ("Random regular", RandomRegular),
    "small_world": ("Small world", SmallWorld),
    "scale_free": ("Scale free", ScaleFree),
}


def network_of(setup: Setup) -> str:
    """Return the key of a setup's kind of network.

    >>> network_of(Setup())
    'regular'
    """
    return next((k for k, (_, kind) in _NETWORKS.items() if type(setup.network) is kind),
                AS_LOADED)  # fmt: skip


def networks(setup: Setup) -> tuple[tuple[str, str], ...]:
    """Return the kinds of network to choose from."""
    loaded = ((AS_LOADED, "As loaded"),) if network_of(setup) == AS_LOADED else ()
    return (*((key, words) for key, (words, _) in _NETWORKS.items()), *loaded)


def with_network(setup: Setup, key: str) -> Setup:
    """Return the setup on another kind of network of about the same degree."""
    if key == network_of(setup):
        return setup
    kind, wanted = _NETWORKS[key][1], degree_of(setup)
    fits = _degrees(kind, setup.n_agents)
    if not fits:
        raise BadValue("So few agents have no such network", given=setup.n_agents)
    degree = min(fits, key=lambda k: abs(k - wanted))
    return replace(setup, network=kind(int(degree)))


def event_options(setup: Setup) -> tuple[tuple[str, str], ...]:
    """Return the events to choose from, with their type; a learner's own stays among them."""
    own = () if setup.event in events.library() else (setup.event,)
    return tuple(
        (e.id, f"{e.headline} ({e.type.value.lower()})") for e in (*own, *events.library())
    )


def with_event(setup: Setup, key: str) -> Setup:
    """Return the setup with other news."""
    return setup if key == setup.event.id else replace(setup, event=events.event(key))


def attention_options(_: Setup) -> tuple[tuple[str, str], ...]:
    """Return the attention rules."""
    return ((Attention.EVERY_ROUND.name, "Every round"),
            (Attention.NEW_EXPOSURE.name, "At new exposure"))  # fmt: skip


def with_source(setup: Setup, value: float) -> Setup:
    """Return the setup with another offline source; without any, somebody has to be a seed."""
    seeds = setup.n_seeds if value else max(setup.n_seeds, 1)
    return replace(setup, source_probability=value, n_seeds=seeds)


def is_chosen(setup: Setup) -> bool:
    """Return whether the agents that start are named."""
    return isinstance(setup.start, starting.Chosen)


def starts(setup: Setup) -> tuple[tuple[str, str], ...]:
    """Return who can start: the agents of one's own network by name, if they are few."""
    ways = {"by-lot": "Drawn by lot", "most-linked": "The most linked",
            "fewest-linked": "The least linked"}  # fmt: skip
    key = start_of(setup)
    own = {} if key in ways else {key: setup.start.words(setup.n_seeds)}
    names = getattr(setup.network, "names", ())
    few = names if len(names) <= _MOST_NAMES else ()
    return tuple({**ways, **own, **{_chosen(name): name for name in few}}.items())


def start_of(setup: Setup) -> str:
    """Return the key of who starts.

    >>> start_of(Setup())
    'by-lot'
    """
    text = starting.start_text(setup.start) or AS_LOADED
    return "=" + text if is_chosen(setup) else text


def _chosen(name: str) -> str:
    return f"={starting.start_text(starting.Chosen((name,)))}"


def with_start(setup: Setup, key: str) -> Setup:
    """Return the setup with other agents that start."""
    if key == start_of(setup):
        return setup
    if not key.startswith("="):
        return replace(setup, start=starting.WORDS[key])
    return replace(setup, start=starting.read_start(key[1:]), n_seeds=1)


def seeds_scale(setup: Setup) -> Scale:
    """Return how many seed agents there can be: at most half."""
    most = max(1, setup.n_agents // 2)
    some = {1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, float(setup.n_seeds)}
    fits = (n for n in some if n == setup.n_seeds or 1 <= n <= most)
    return Scale(tuple(sorted(fits)), lambda n: seeds_words(round(n)))


def rounds_scale(setup: Setup) -> Scale:
    """Return how many rounds there can be."""
    some = {10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0, float(setup.rounds)}
    return Scale(tuple(sorted(some)), "{:.0f} rounds".format)


def effects_of(setup: Setup) -> str:
    """Return the name of a setup's trait effects."""
    return str(part(setup, "sharing").effects.name)


def effect_options(setup: Setup) -> tuple[tuple[str, str], ...]:
    """Return the trait effects to choose from; a learner's own stay among them."""
    own = effects_of(setup)
    known = {name: name.capitalize() for name in population.PRESETS}
    return tuple({**known, own: known.get(own, own)}.items())


# The controls of a setup as they are declared: name in plain words, range, step, help.


Write = Callable[[Setup, float], Setup]


@dataclass(frozen=True)
class Section:
    """Controls that belong together, under a name."""

    key: str
    label: str
    controls: tuple[Control, ...]
    folded: bool | None = None
    help: str = ""


def _is(kind: str, setup: Setup) -> bool:
    return crowd_of(setup) == kind


def _chance(key: str, label: str, help_: str, kind: str, write: Write | None = None) -> Slider:
    """Return a slider for a share probability of the sharing rule."""
    return Slider(
        key,
        label,
        help_ + " Per contact and round, for neutral news.",
        lambda _: CHANCE,
        lambda setup: float(getattr(setup.sharing, key)),
        write or (lambda setup, value: with_part(setup, "sharing", **{key: value})),
        partial(_is, kind),
    )


_MEANING = {
    Trait.OPENNESS: "curious, open to the new",
    Trait.CONSCIENTIOUSNESS: "careful, orderly",
    Trait.EXTRAVERSION: "outgoing, talkative",
    Trait.AGREEABLENESS: "kind, trusting",
    Trait.NEUROTICISM: "easily worried",
}


def _trait(trait: Trait) -> Slider:
    """Return the slider for the share of agents that are high in a trait."""
    return Slider(
        trait.value,
        f"High in {trait.value}",
        f"The share of agents that are high in {trait.value}: {_MEANING[trait]}. The others are "
        "low in it. Each trait is dealt on its own.",
        lambda _: SHARE,
        lambda setup: trait_share(setup, trait),
        lambda setup, value: with_part(setup, "mix", **{trait.value: value}),
        partial(_is, TRAITS),
    )


def _plain(key: str, label: str, help_: str, scale: Scale) -> Slider:
    """Return a slider for a number that stands in the setup itself."""
    return Slider(
        key,
        label,
        help_,
        lambda _: scale,
        lambda setup: float(getattr(setup, key)),
        lambda setup, value: with_value(setup, key, value),
    )


_AGENTS = Section(
    "agents_section",
    "Agents",
    (
        Menu(
            "crowd",
            "Who they are",
            "Two groups with a share probability each; or 32 personality profiles whose traits "
            "move the share probability; or everybody alike.",
            crowds,
            crowd_of,
            with_crowd,
        ),
        Slider(
            "fast_fraction",
            "Agents in the faster group",
            "The fraction of agents in the group that shares more readily.",
            lambda _: SHARE,
            lambda setup: float(part(setup, "mix").fast_fraction),
            lambda setup, value: with_part(setup, "mix", fast_fraction=value),
            partial(_is, TWO_GROUPS),
        ),
        _chance(
            "fast",
            "Faster group's share probability",
            "The chance that one sharing neighbour makes an agent of the faster group share.",
            TWO_GROUPS,
            with_fast,
        ),
        _chance(
            "slow",
            "Slower group's share probability",
            "The chance that one sharing neighbour makes an agent of the slower group share.",
            TWO_GROUPS,
            with_slow,
        ),
        _chance(
            "share_probability",
            "Share probability",
            "The chance that one sharing neighbour makes an agent share.",
            ALIKE,
        ),
        *map(_trait, Trait),
        Menu(
            "effects",
            "What traits do",
            "How far a high trait moves the log-odds of sharing. Literature: from a meta-analysis. "
            "Exaggerated: five times that, to make the effect visible; not data.",
            lambda setup: effect_options(setup),
            lambda setup: effects_of(setup),
            lambda setup, key: with_part(setup, "sharing", effects=population.preset(key)),
            partial(_is, TRAITS),
        ),
        _chance(
            "baseline",
            "Average share probability",
            "The chance that one sharing neighbour makes an agent of average profile share.",
            TRAITS,
        ),
    ),
)

_NEWS = Section(
    "news_section",
    "News and network",
    (
        Menu(
            "event",
            "News of",
            "A fictional offline event. Its type moves the log-odds of sharing for all agents.",
            event_options,
            lambda setup: setup.event.id,
            with_event,
        ),
        Slider(
            "n_agents",
            "Number of agents",
            "N, how many agents sit on the network.",
            agents_scale,
            lambda setup: float(setup.n_agents),
            with_agents,
        ),
        Slider(
            "degree",
            "Degree",
            "k, the neighbours of an agent; the mean, where they differ.",
            degree_scale,
            lambda setup: float(degree_of(setup)),
            with_degree,
            has_degree,
        ),
        Slider(
            "n_seeds",
            "Seed agents",
            "How many agents share at round 0.",
            seeds_scale,
            lambda setup: float(setup.n_seeds),
            lambda setup, value: replace(setup, n_seeds=int(value)),
            lambda setup: setup.n_seeds > 0 and not is_chosen(setup),
        ),
    ),
)

_MORE = Section(
    "more_section",
    "More settings",
    (
        Menu(
            "start",
            "Who starts",
            "The seed agents: drawn by lot in every run, those with the most or the fewest links, "
            "or one agent of your own network.",
            starts,
            start_of,
            with_start,
            lambda setup: setup.n_seeds > 0,
        ),
        Menu(
            "attention",
            "When agents decide",
            "Every round while they see somebody sharing (this leads to SI), or only after another "
            "neighbour has shared (the news can stop short).",
            attention_options,
            lambda setup: setup.attention.name,
            lambda setup, key: replace(setup, attention=Attention[key]),
        ),
        _plain(
            "repeat_ratio",
            "Rate after the first exposure",
            "The transmission rate in the rounds after an agent's first exposure, as a multiple "
            "of the first round's.",
            Scale((*even_steps(0, 1, 0.1), 1.5, 2, 3, 5), "{:.3g} times".format),
        ),
        Slider(
            "source_probability",
            "From the event itself",
            "The chance per round that an agent shares because it met the event, not a post.",
            lambda _: SOURCE,
            lambda setup: setup.source_probability,
            with_source,
        ),
        Menu(
            "network",
            "Kind of network",
            "Random regular: all have the same degree, links by chance. Small world: a ring with a "
            "tenth of the links moved. Scale free: a few agents have many links.",
            networks,
            network_of,
            with_network,
        ),
        Slider(
            "rounds",
            "Rounds",
            "How many rounds follow round 0.",
            rounds_scale,
            lambda setup: float(setup.rounds),
            lambda setup, value: replace(setup, rounds=int(value)),
        ),
        Count(
            "seed",
            "Seed of all randomness",
            "One number from which network, places and luck are drawn. The same seed gives the "
            "same picture everywhere.",
            0,
            MOST_SEED,
            lambda setup: setup.seed,
            lambda setup, value: replace(setup, seed=value),
        ),
    ),
    folded=True,
)

SECTIONS = (_AGENTS, _NEWS, _MORE)
"""All controls of a setup, in the order of the page."""


# The controls of a setup: what a page shows of them, and what moving one does.
#
# Both skins place what `items_for` gives them; nothing about a control is said anywhere but in
# `declared`.


_BY_KEY: dict[str, Control] = {c.key: c for section in SECTIONS for c in section.controls}


def items_for(setup: Setup, prefix: str = "") -> tuple[Item, ...]:
    """Return the controls of a setup as items of a page.

    Parameters
    ----------
    setup : Setup
        What they show.
    prefix : str
        Put before every key, where a page shows two setups.

    Examples
    --------
    >>> [item.label for item in items_for(Setup())[0].items][:2]
    ['Who they are', 'Agents in the faster group']
    """
    return tuple(
        Group(
            prefix + section.key,
            section.label,
            tuple(c.item(setup, prefix) for c in section.controls if c.applies(setup)),
            section.folded,
            section.help,
        )
        for section in SECTIONS
    )


def applied(setup: Setup, key: str, value: object) -> Setup:
    """Return the setup with one control moved.

    Parameters
    ----------
    setup : Setup
        What it was.
    key : str
        Of the control, without a prefix.
    value : object
        A slider's place on its scale, a menu's option, a number.

    Raises
    ------
    BadValue
        If there is no such control for this setup, or the value does not fit.

    Examples
    --------
    >>> applied(Setup(), "attention", "NEW_EXPOSURE").attention.name
    'NEW_EXPOSURE'
    """
    control = _BY_KEY.get(key)
    if control is None or not control.applies(setup):
        raise BadValue("This setup has no such control", given=key)
    return control.written(setup, value)


def has_control(key: str) -> bool:
    """Return whether a key is that of a control."""
    return key in _BY_KEY
