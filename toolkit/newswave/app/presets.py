"""Starting points: setups worth looking at, each with the question it asks."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.core import networks, population, rules
from newswave.core.population import PROFILES
from newswave.core.setup import Attention, Setup


@dataclass(frozen=True)
class Preset:
    """A setup to start from."""

    key: str  # its name in links and in words
    label: str
    question: str  # what to look for
    setup: Setup  # the setup itself


def _alike(chance: float) -> dict[str, object]:
    return {"mix": population.OneProfile(PROFILES[0]), "sharing": rules.SameForAll(chance)}


PRESETS: tuple[Preset, ...] = (
    Preset(
        "two_groups",
        "Two groups",
        "Four in ten share ten times as readily. Where in the curve do you see the two groups?",
        Setup(),
    ),
    Preset(
        "alike",
        "Everybody alike",
        "All agents are the same. Does a one-rate equation fit them?",
        Setup(rounds=40, **_alike(0.05)),  # type: ignore[arg-type]
    ),
    Preset(
        "sparse",
        "Few neighbours",
        "Everybody alike again, but with three neighbours only. Which equation fails now?",
        Setup(network=networks.RandomRegular(3), rounds=60, **_alike(0.15)),  # type: ignore[arg-type]
    ),
    Preset(
        "traits",
        "Big Five traits",
        "32 personality profiles, with exaggerated trait effects. Who shares first?",
        Setup(
            mix=population.IndependentTraits(),
            sharing=rules.ByTraits(0.05, population.EXAGGERATED),
            rounds=40,
        ),
    ),
    Preset(
        "fades",
        "One look per sharer",
        "Agents decide again only when another neighbour has shared. Does everybody share in the "
        "end?",
        Setup(attention=Attention.NEW_EXPOSURE, sharing=rules.ByGroup(0.4, 0.1), rounds=40),
    ),
    Preset(
        "small",
        "A small class",
        "Thirty agents, one seed. Press Another run a few times: how much is luck?",
        Setup(
            n_agents=30, n_seeds=1, network=networks.RandomRegular(4), rounds=40,
            sharing=rules.ByGroup(0.2, 0.05),
        ),
    ),
)  # fmt: skip
"""In the order of the page; the first is the one that opens."""


def preset(key: str) -> Preset | None:
    """Return the preset of that key; None if there is none.

    >>> preset("alike").setup.rounds
    40
    """
    return next((one for one in PRESETS if one.key == key), None)
