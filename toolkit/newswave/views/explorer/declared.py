"""The controls of a setup as they are declared: name in plain words, range, step, help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from newswave import effects
from newswave.personality import Trait
from newswave.setups import Attention, Setup
from newswave.views.explorer import readings as r
from newswave.views.explorer.kinds import MOST_SEED, Control, Count, Menu, Slider
from newswave.views.explorer.scales import Scale, even_steps

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
    return r.crowd_of(setup) == kind


def _chance(key: str, label: str, help_: str, kind: str, write: Write | None = None) -> Slider:
    """Return a slider for a share probability of the sharing rule."""
    return Slider(
        key,
        label,
        help_ + " Per contact and round, for neutral news.",
        lambda _: r.CHANCE,
        lambda setup: float(getattr(setup.sharing, key)),
        write or (lambda setup, value: r.with_part(setup, "sharing", **{key: value})),
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
        lambda _: r.SHARE,
        lambda setup: r.trait_share(setup, trait),
        lambda setup, value: r.with_part(setup, "mix", **{trait.value: value}),
        partial(_is, r.TRAITS),
    )


def _plain(key: str, label: str, help_: str, scale: Scale) -> Slider:
    """Return a slider for a number that stands in the setup itself."""
    return Slider(
        key,
        label,
        help_,
        lambda _: scale,
        lambda setup: float(getattr(setup, key)),
        lambda setup, value: r.with_value(setup, key, value),
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
            r.crowds,
            r.crowd_of,
            r.with_crowd,
        ),
        Slider(
            "fast_fraction",
            "Agents in the faster group",
            "The fraction of agents in the group that shares more readily.",
            lambda _: r.SHARE,
            lambda setup: float(r.part(setup, "mix").fast_fraction),
            lambda setup, value: r.with_part(setup, "mix", fast_fraction=value),
            partial(_is, r.TWO_GROUPS),
        ),
        _chance(
            "fast",
            "Faster group's share probability",
            "The chance that one sharing neighbour makes an agent of the faster group share.",
            r.TWO_GROUPS,
            r.with_fast,
        ),
        _chance(
            "slow",
            "Slower group's share probability",
            "The chance that one sharing neighbour makes an agent of the slower group share.",
            r.TWO_GROUPS,
            r.with_slow,
        ),
        _chance(
            "share_probability",
            "Share probability",
            "The chance that one sharing neighbour makes an agent share.",
            r.ALIKE,
        ),
        *map(_trait, Trait),
        Menu(
            "effects",
            "What traits do",
            "How far a high trait moves the log-odds of sharing. Literature: from a meta-analysis. "
            "Exaggerated: five times that, to make the effect visible; not data.",
            lambda setup: r.effect_options(setup),
            lambda setup: r.effects_of(setup),
            lambda setup, key: r.with_part(setup, "sharing", effects=effects.preset(key)),
            partial(_is, r.TRAITS),
        ),
        _chance(
            "baseline",
            "Average share probability",
            "The chance that one sharing neighbour makes an agent of average profile share.",
            r.TRAITS,
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
            r.event_options,
            lambda setup: setup.event.id,
            r.with_event,
        ),
        Slider(
            "n_agents",
            "Number of agents",
            "N, how many agents sit on the network.",
            r.agents_scale,
            lambda setup: float(setup.n_agents),
            r.with_agents,
        ),
        Slider(
            "degree",
            "Degree",
            "k, the neighbours of an agent; the mean, where they differ.",
            r.degree_scale,
            lambda setup: float(r.degree_of(setup)),
            r.with_degree,
            r.has_degree,
        ),
        Slider(
            "n_seeds",
            "Seed agents",
            "How many agents share at round 0.",
            r.seeds_scale,
            lambda setup: float(setup.n_seeds),
            lambda setup, value: replace(setup, n_seeds=int(value)),
            lambda setup: setup.n_seeds > 0 and not r.is_chosen(setup),
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
            r.starts,
            r.start_of,
            r.with_start,
            lambda setup: setup.n_seeds > 0,
        ),
        Menu(
            "attention",
            "When agents decide",
            "Every round while they see somebody sharing (this leads to SI), or only after another "
            "neighbour has shared (the news can stop short).",
            r.attention_options,
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
            lambda _: r.SOURCE,
            lambda setup: setup.source_probability,
            r.with_source,
        ),
        Menu(
            "network",
            "Kind of network",
            "Random regular: all have the same degree, links by chance. Small world: a ring with a "
            "tenth of the links moved. Scale free: a few agents have many links.",
            r.networks,
            r.network_of,
            r.with_network,
        ),
        Slider(
            "rounds",
            "Rounds",
            "How many rounds follow round 0.",
            r.rounds_scale,
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
