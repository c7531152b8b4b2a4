"""Starting points: setups worth looking at, each with the question it asks."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.app.items import content
from newswave.app.links import setup_of
from newswave.core.setup import Setup


@dataclass(frozen=True)
class Preset:
    """A setup to start from, and what to look for."""

    key: str
    label: str
    question: str
    setup: Setup


def setup_from(words: str) -> Setup:
    """Return the setup that content gives in the words of a link; the usual one for none."""
    return setup_of(words).setup if words else Setup()


PRESETS: tuple[Preset, ...] = tuple(
    Preset(one["key"], one["label"], one["question"], setup_from(one.get("setup", "")))
    for one in content("presets")["presets"]
)
"""In the order of the page; the first is the one that opens."""


def preset(key: str) -> Preset | None:
    """Return the preset of that key; None if there is none.

    >>> preset("alike").setup.rounds
    40
    """
    return next((one for one in PRESETS if one.key == key), None)
