"""The rules that write a sharing table for the groups of a mix and an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from newswave.effects import LITERATURE, TraitEffects
from newswave.errors import BadValue, probability
from newswave.events import Event
from newswave.mixes import Group
from newswave.sharing import Floats, SharingTable


@runtime_checkable
class SharingRule(Protocol):
    """Anything that writes a sharing table for the groups of a mix and an event."""

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the table with one row for each of `groups`, in their order."""
        ...


@dataclass(frozen=True)
class SameForAll:
    """Every agent has share probability q: logit q = logit(share_probability) + event offset.

    Parameters
    ----------
    share_probability : float
        Per contact and round, for a neutral event.
    """

    share_probability: float = 0.05

    def __post_init__(self) -> None:
        probability("The share probability", self.share_probability)

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the contact rule with the same q in every row."""
        chance = _shifted([self.share_probability] * len(groups), event)
        return SharingTable.contact(_names(groups), chance, max_exposure, "rule: one rate")


@dataclass(frozen=True)
class ByGroup:
    """Two groups with a share probability each: logit q = logit(fast or slow) + event offset.

    Parameters
    ----------
    fast, slow : float
        Share probability per contact and round of the first and the second group of the mix, for
        a neutral event.
    """

    fast: float = 0.15
    slow: float = 0.015

    def __post_init__(self) -> None:
        probability("The fast share probability", self.fast)
        probability("The slow share probability", self.slow)
        if self.slow > self.fast:
            raise BadValue(
                "The slow group shares more readily than the fast one",
                given=f"fast {self.fast:g}, slow {self.slow:g}",
                allowed="fast at or above slow",
                advice="Swap the two",
            )

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the contact rule with q = fast in the first row, slow in the second."""
        if len(groups) != 2:
            raise BadValue(
                "A fast and a slow share probability need a mix of two groups",
                given=f"a mix of {len(groups)}",
                advice="Take the mix TwoGroups, or the rule ByTraits for profiles",
            )
        chance = _shifted([self.fast, self.slow], event)
        return SharingTable.contact(_names(groups), chance, max_exposure, "rule: two rates")


@dataclass(frozen=True)
class ByTraits:
    """Personality decides: logit q = logit(baseline) + event offset + Σ_j b_j · trait_j.

    A high trait counts +½, a low one −½, so b_j is the difference between high and low on the
    log-odds.

    Parameters
    ----------
    baseline : float
        Share probability per contact and round of the average profile for a neutral event.
    effects : TraitEffects
        The five b_j, each with its source.
    """

    baseline: float = 0.05
    effects: TraitEffects = LITERATURE

    def __post_init__(self) -> None:
        probability("The baseline", self.baseline)
        if not isinstance(self.effects, TraitEffects):
            raise BadValue("These are no trait effects", given=self.effects, advice="Take a preset")

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:
        """Return the contact rule with each group's q from its profile."""
        signs = np.array([group.profile.signs for group in groups])
        chance = _shifted([self.baseline] * len(groups), event, signs @ self.effects.values)
        source = f"rule: trait effects '{self.effects.name}'"
        return SharingTable.contact(_names(groups), chance, max_exposure, source)


@dataclass(frozen=True)
class Measured:
    """A table from outside: measured, recorded or written by hand, its rows named by profile code.

    The event's offset is not added: the table was made for its event.
    """

    given: SharingTable

    def __post_init__(self) -> None:
        if not isinstance(self.given, SharingTable):
            raise BadValue("A measured rule needs a sharing table", given=self.given)

    def table(self, groups: tuple[Group, ...], event: Event, max_exposure: int) -> SharingTable:  # noqa: ARG002
        """Return the rows of the mix's groups, looked up by profile code, else by group name."""
        rows = self.given.rows
        names = tuple(g.profile.code if g.profile.code in rows else g.name for g in groups)
        return self.given.pick(names, _names(groups)).up_to(max_exposure)


def _names(groups: tuple[Group, ...]) -> tuple[str, ...]:
    return tuple(group.name for group in groups)


def _shifted(chances: list[float], event: Event, effects: Any = 0.0) -> Floats:
    """Return the probabilities with log-odds moved by the event's offset and the trait effects."""
    chance = np.array(chances, dtype=np.float64)
    shift = np.broadcast_to(event.offset.value + np.asarray(effects), chance.shape)
    odds_ratio = np.exp(shift)
    moved = chance * odds_ratio / (1.0 - chance + chance * odds_ratio)
    return np.where(shift == 0.0, chance, moved)
