"""What the controls read of a setup, and the setups they make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from newswave import effects, events, mixes, recipes, rules, starting
from newswave.describing import counted, seeds_words
from newswave.errors import BadValue, NewswaveError
from newswave.personality import PROFILES, Trait
from newswave.setups import Attention, Setup
from newswave.views.explorer.scales import CHANCES, SIZES, Scale, even_steps, percent

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
        case mixes.TwoGroups(), rules.ByGroup():
            return TWO_GROUPS
        case mixes.IndependentTraits(), rules.ByTraits():
            return TRAITS
        case mixes.OneProfile(), rules.SameForAll():
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
    parts: dict[str, tuple[mixes.Mix, rules.SharingRule]] = {
        TWO_GROUPS: (mixes.TwoGroups(), rules.ByGroup()),
        TRAITS: (mixes.IndependentTraits(), rules.ByTraits()),
        ALIKE: (mixes.OneProfile(PROFILES[0]), rules.SameForAll(_MIDDLE)),
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


def _fits(network: recipes.Recipe, n_agents: int) -> bool:
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
    step = 1 if kind is recipes.RandomRegular else 2
    every = range(2, _MOST_DEGREE + 1, step)
    return [float(k) for k in every if _fits(kind(k), n_agents)]


def with_degree(setup: Setup, value: float) -> Setup:
    """Return the setup with another degree, on the same kind of network."""
    return with_part(setup, "network", degree=int(value))


def has_degree(setup: Setup) -> bool:
    """Whether the kind of network has a degree to be chosen."""
    return network_of(setup) in ("regular", "small_world", "scale_free")


_NETWORKS: dict[str, tuple[str, type]] = {
    "regular": ("Random regular", recipes.RandomRegular),
    "small_world": ("Small world", recipes.SmallWorld),
    "scale_free": ("Scale free", recipes.ScaleFree),
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
    known = {name: name.capitalize() for name in effects.PRESETS}
    return tuple({**known, own: known.get(own, own)}.items())
