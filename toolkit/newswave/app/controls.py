"""The controls of a setup: each shows a parameter of a setup, and makes a new setup of a move."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from newswave.app.page import Choice, Entry, Group, Item, Range
from newswave.core import events, offline, population, rules
from newswave.core import setup as setups
from newswave.core.continuous import Clock
from newswave.core.errors import BadValue, one_of, whole_number
from newswave.core.law import Attention
from newswave.core.networks import RandomRegular, ScaleFree, SmallWorld
from newswave.core.parameters import (
    BY_NAME,
    PARAMETERS,
    Display,
    Parameter,
    Values,
    degree_fits,
    moved,
)
from newswave.core.population import PROFILES, Trait
from newswave.core.setup import Setup

MOST_SEED = 2**31 - 1
AS_LOADED = "loaded"
_MOST_NAMES = 300

# The values that a slider can take: whatever cannot be run cannot be reached.


@dataclass(frozen=True)
class Scale:
    """The values a slider steps through, in order, and how one is said.

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


def even_steps(low: float, high: float, step: float) -> Values:
    """Return values from `low` to `high` in even steps."""
    return tuple(round(low + step * i, 10) for i in range(round((high - low) / step) + 1))


# What a control is: a slider, a menu, a number; each reads a setup and writes a new one.


@dataclass(frozen=True)
class Control:
    """What a page shows of a parameter."""

    row: Parameter

    @property
    def key(self) -> str:
        """Its name in the page."""
        return self.row.field or self.row.name

    @property
    def display(self) -> Display:
        """How it stands on the page."""
        return self.row.display or Display(self.row.name, "")

    def applies(self, setup: Setup) -> bool:
        """Whether a setup has it: where a part is as loaded, what it holds is not shown."""
        kind = {"network": _network_of, "mix": _crowd_of, "sharing": _crowd_of}.get(self.row.part)
        loaded = self.row.kinds and kind is not None and kind(setup) == AS_LOADED
        if setup.is_continuous and {self.row.name, self.row.part} & set(setups.ROUNDS_ONLY):
            return False
        return self.row.of(setup) is not None and not loaded and self.display.applies(setup)


@dataclass(frozen=True)
class Slider(Control):
    """A number of a setup that is moved along steps."""

    def scale(self, setup: Setup) -> Scale:
        """Return the values that a setup can have."""
        fits = {float(n) for n in self.display.steps if self.display.fits(setup, n)}
        if self.display.own:
            fits.add(float(self.row.of(setup)))
        return Scale(tuple(sorted(fits)), self.display.words)

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the slider as it stands."""
        scale, value = self.scale(setup), float(self.row.of(setup))
        place, last, words = scale.nearest(value), len(scale.values) - 1, scale.words(value)
        only = "" if last else f"With the other settings as they are, only {words} is possible."
        name, label, text = prefix + self.key, self.display.label, self.display.help
        return Range(name, label, place, 0, max(last, 1), 1, words, text, only)

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with the slider at another place."""
        return moved(setup, self.row, self.scale(setup).at(value))


@dataclass(frozen=True)
class Count(Control):
    """A whole number that is typed: the seed."""

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the field as it stands."""
        name, value = prefix + self.key, str(self.row.of(setup))
        label, text = self.display.label, self.display.help
        return Entry(name, label, value, text, numeric=True, low=0, high=MOST_SEED)

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with another number."""
        given: Any = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        return moved(setup, self.row, whole_number(self.display.label, given, 0, MOST_SEED))


@dataclass(frozen=True)
class Menu(Control):
    """One of several ways a setup can be."""

    options: Callable[[Setup], Options]
    read: Callable[[Setup], str]
    write: Callable[[Setup, str], Setup]

    def item(self, setup: Setup, prefix: str) -> Item:
        """Return the choice as it stands."""
        name, options = prefix + self.key, self.options(setup)
        return Choice(name, self.display.label, self.read(setup), options, self.display.help)

    def written(self, setup: Setup, value: object) -> Setup:
        """Return the setup with another choice; the one that it has is no change."""
        key = one_of(self.display.label, value, dict(self.options(setup)))
        return setup if key == self.read(setup) else self.write(setup, key)


# The menus: what each offers for a setup, what it says of one, and what it makes of it.

Options = tuple[tuple[str, str], ...]

_CROWDS: dict[str, tuple[str, population.Mix, rules.SharingRule]] = {
    "groups": ("Two groups", population.TwoGroups(), rules.ByGroup()),
    "traits": ("Big Five traits", population.IndependentTraits(), rules.ByTraits()),
    "alike": ("All alike", population.OneProfile(PROFILES[0]), rules.SameForAll(0.05)),
}
"""Who there is: a mix and a rule that go together."""

_NETWORKS: dict[str, tuple[str, type]] = {
    "regular": ("Random regular", RandomRegular),
    "small_world": ("Small world", SmallWorld),
    "scale_free": ("Scale free", ScaleFree),
}
_STARTS = {
    "by-lot": "Drawn by lot",
    "most-linked": "The most linked",
    "fewest-linked": "The least linked",
}
_CLOCK = ((Clock.ROUNDS.name, "Rounds"), (Clock.CONTINUOUS.name, "Continuous time"))
_ATTENTION = (
    (Attention.EVERY_ROUND.name, "Every round"),
    (Attention.NEW_EXPOSURE.name, "At new exposure"),
)


_SHAPES: dict[str, tuple[str, type]] = {
    "constant": ("Constant", offline.Constant),
    "fading": ("Fading", offline.Fading),
    "pulse": ("In some rounds only", offline.Pulse),
}
_AGEINGS: dict[str, tuple[str, type]] = {
    "stays-new": ("Stays new", offline.StaysNew),
    "decays": ("Decays", offline.Decays),
    "power-law": ("As a power law", offline.PowerLaw),
}
_SINCES = (
    (offline.Since.EVENT.name, "From the event"),
    (offline.Since.FIRST_SIGHT.name, "From first sight"),
)
_PULSES = {"1": "Round 1", "5": "Round 5", "10": "Round 10", "1,11,21": "Rounds 1, 11 and 21"}


def _kind_of(part: Any, kinds: Mapping[str, tuple[str, type]]) -> str:
    """Return the key of a part's kind."""
    return next((key for key, (_, kind) in kinds.items() if type(part) is kind), AS_LOADED)


def _menu_of(name: str, kinds: Mapping[str, tuple[str, type]]) -> Menu:
    """Return the menu of a part that is of one of some kinds."""
    return Menu(
        BY_NAME[name],
        lambda setup: _kinds(kinds, _kind_of(getattr(setup, name), kinds)),
        lambda setup: _kind_of(getattr(setup, name), kinds),
        lambda setup, key: moved(setup, BY_NAME[name], kinds[key][1]()),
    )


def _pulses_of(setup: Setup) -> str:
    """Return the rounds of a pulse as text."""
    return ",".join(map(str, BY_NAME["pulses"].of(setup)))


def _pulses(setup: Setup) -> Options:
    """Return the pulses to choose from; one's own stays among them."""
    own = _pulses_of(setup)
    return tuple({**_PULSES, own: _PULSES.get(own, f"Rounds {own}")}.items())


def _crowd_of(setup: Setup) -> str:
    """Return what kind of agents a setup has."""
    for key, (_, mix, rule) in _CROWDS.items():
        if isinstance(setup.mix, type(mix)) and isinstance(setup.sharing, type(rule)):
            return key
    return AS_LOADED


def _with_crowd(setup: Setup, key: str) -> Setup:
    _, mix, sharing = _CROWDS[key]
    return replace(setup, mix=mix, sharing=sharing)


def _network_of(setup: Setup) -> str:
    """Return the key of a setup's kind of network."""
    kinds = ((key, kind) for key, (_, kind) in _NETWORKS.items())
    return next((key for key, kind in kinds if type(setup.network) is kind), AS_LOADED)


def degree_of(setup: Setup) -> int:
    """Return the degree of a setup's network, the mean where agents differ."""
    own = getattr(setup.network, "degree", None)
    return round(setup.network.mean_degree_for(setup.n_agents)) if own is None else int(own)


def _with_clock(setup: Setup, key: str) -> Setup:
    """Return the setup by another clock; what only rounds have goes back to what is usual."""
    if Clock[key] is Clock.CONTINUOUS:
        usual = setups.Setup()
        setup = replace(setup, **{name: getattr(usual, name) for name in setups.ROUNDS_ONLY})
    return replace(setup, clock=Clock[key])


def _with_network(setup: Setup, key: str) -> Setup:
    """Return the setup on another kind of network of about the same degree."""
    kind, wanted = _NETWORKS[key][1], degree_of(setup)
    steps = Slider(BY_NAME["degree"]).display.steps
    fits = [int(k) for k in steps if degree_fits(kind, setup.n_agents, k)]
    if not fits:
        raise BadValue("So few agents have no such network", given=setup.n_agents)
    return replace(setup, network=kind(min(fits, key=lambda k: abs(k - wanted))))


def _kinds(kinds: Mapping[str, tuple[Any, ...]], own: str) -> Options:
    """Return the kinds to choose from; what was loaded from a file stays among them."""
    loaded = ((AS_LOADED, "As loaded"),) if own == AS_LOADED else ()
    return (*((key, kind[0]) for key, kind in kinds.items()), *loaded)


def _events(setup: Setup) -> Options:
    """Return the events to choose from, with their type; a learner's own stays among them."""
    own = () if setup.event in events.library() else (setup.event,)
    every = (*own, *events.library())
    return tuple((one.id, f"{one.headline} ({one.type.value.lower()})") for one in every)


def _starts(setup: Setup) -> Options:
    """Return who can start: the agents of one's own network by name, if they are few."""
    key = _start_of(setup)
    own = {} if key in _STARTS else {key: setup.start.words(setup.n_seeds)}
    names = getattr(setup.network, "names", ())
    few = names if len(names) <= _MOST_NAMES else ()
    chosen = {f"={setups.start_text(setups.Chosen((name,)))}": name for name in few}
    return tuple({**_STARTS, **own, **chosen}.items())


def _start_of(setup: Setup) -> str:
    """Return the key of who starts."""
    text = setups.start_text(setup.start) or AS_LOADED
    return "=" + text if isinstance(setup.start, setups.Chosen) else text


def _with_start(setup: Setup, key: str) -> Setup:
    if not key.startswith("="):
        return replace(setup, start=setups.WORDS[key])
    return replace(setup, start=setups.read_start(key[1:]), n_seeds=1)


def _effects_of(setup: Setup) -> str:
    """Return the name of a setup's trait effects."""
    return str(BY_NAME["effects"].of(setup).name)


def _effects(setup: Setup) -> Options:
    """Return the trait effects to choose from; a learner's own stay among them."""
    own = _effects_of(setup)
    known = {name: name.capitalize() for name in population.PRESETS}
    return tuple({**known, own: known.get(own, own)}.items())


# The controls, in the order of the page.

_CROWD = Parameter(
    "crowd",
    place="mix",
    display=Display(
        "Who they are",
        "Two groups with a share probability each; or 32 personality profiles whose traits move "
        "the share probability; or everybody alike.",
    ),
)
_MENUS = (
    Menu(_CROWD, lambda setup: _kinds(_CROWDS, _crowd_of(setup)), _crowd_of, _with_crowd),
    Menu(
        BY_NAME["effects"],
        _effects,
        _effects_of,
        lambda setup, key: moved(setup, BY_NAME["effects"], population.preset(key)),
    ),
    Menu(
        BY_NAME["event"],
        _events,
        lambda setup: setup.event.id,
        lambda setup, key: replace(setup, event=events.event(key)),
    ),
    Menu(BY_NAME["start"], _starts, _start_of, _with_start),
    Menu(BY_NAME["clock"], lambda _: _CLOCK, lambda setup: setup.clock.name, _with_clock),
    Menu(
        BY_NAME["attention"],
        lambda _: _ATTENTION,
        lambda setup: setup.attention.name,
        lambda setup, key: replace(setup, attention=Attention[key]),
    ),
    _menu_of("source_shape", _SHAPES),
    Menu(
        BY_NAME["pulses"],
        _pulses,
        _pulses_of,
        lambda setup, key: moved(setup, BY_NAME["pulses"], tuple(map(int, key.split(",")))),
    ),
    _menu_of("ageing", _AGEINGS),
    Menu(
        BY_NAME["since"],
        lambda _: _SINCES,
        lambda setup: str(BY_NAME["since"].of(setup).name),
        lambda setup, key: moved(setup, BY_NAME["since"], offline.Since[key]),
    ),
    Menu(
        BY_NAME["network"],
        lambda setup: _kinds(_NETWORKS, _network_of(setup)),
        _network_of,
        _with_network,
    ),
)
_NUMBERS = tuple(
    (Slider if row.display.steps else Count)(row)
    for row in PARAMETERS
    if row.display and row.is_number
)
_BY_KEY: dict[str, Slider | Menu | Count] = {one.key: one for one in (*_MENUS, *_NUMBERS)}


@dataclass(frozen=True)
class Section:
    """Controls that belong together, under a name."""

    key: str
    label: str
    controls: tuple[Slider | Menu | Count, ...]
    folded: bool | None = None


def _controls(keys: Iterable[str]) -> tuple[Slider | Menu | Count, ...]:
    """Return the controls with these keys, each once."""
    return tuple(_BY_KEY[one] for one in dict.fromkeys(keys))


_WHO = (
    *("crowd", "fast_fraction", "fast", "slow", "share_probability"),
    *(trait.value for trait in Trait),
    *("effects", "baseline"),
)
_NEWS = ("event", "n_agents", "degree", "n_seeds")
_MORE = (
    *("start", "attention", "repeat_ratio", "rate_variation", "source_probability"),
    *(
        "source_shape",
        "lifetime",
        "pulses",
        "strength",
        "act",
        "stop",
        "ageing",
        "news_lifetime",
        "exponent",
        "since",
    ),
    *("network", "rounds", "clock", "seed"),
    *(key for key in _BY_KEY if key not in (*_WHO, *_NEWS)),
)


SECTIONS = (
    Section("agents_section", "Agents", _controls(_WHO)),
    Section("news_section", "News and network", _controls(_NEWS)),
    Section("more_section", "More settings", _controls(_MORE), folded=True),
)
"""All controls of a setup, in the order of the page; one without a place is under the last."""


def items_for(setup: Setup, prefix: str = "") -> tuple[Item, ...]:
    """Return the controls of a setup as items of a page."""
    return tuple(
        Group(
            prefix + section.key,
            section.label,
            tuple(c.item(setup, prefix) for c in section.controls if c.applies(setup)),
            section.folded,
        )
        for section in SECTIONS
    )


def applied(setup: Setup, key: str, value: object) -> Setup:
    """Return the setup with one control moved."""
    control = _BY_KEY.get(key)
    if control is None or not control.applies(setup):
        raise BadValue("This setup has no such control", given=key)
    return control.written(setup, value)


def has_control(key: str) -> bool:
    """Return whether a key is that of a control."""
    return key in _BY_KEY
