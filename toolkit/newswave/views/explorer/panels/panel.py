"""A panel: a question, controls, and what they show as a picture and in words."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from newswave.errors import BadValue
from newswave.setups import Setup
from newswave.views.explorer.items import Code, Item, Words, walk
from newswave.views.explorer.panels.dials import Settings
from newswave.views.explorer.pictures import Picture

_KEPT = 64


@dataclass(frozen=True, eq=False)
class Shown:
    """What a panel shows at some settings.

    Parameters
    ----------
    picture : Picture
        The curves, and the network where there is one.
    words : str
        The same in sentences with numbers.
    beside : tuple of Item
        What else there is to read.
    setup : Setup, optional
        Of the run that the network plays.
    """

    picture: Picture
    words: str
    beside: tuple[Item, ...] = ()
    setup: Setup | None = None


@dataclass(frozen=True)
class Panel:
    """A small interactive figure for one lesson.

    Parameters
    ----------
    key : str
        Its short name.
    question : str
        Printed above.
    notice, try_ : str
        What to look at and what to do, printed below.
    first : Settings
        What it opens with, and goes back to.
    show : callable
        From settings to what they show: without side effects, and quick.
    """

    key: str
    question: str
    notice: str
    try_: str
    first: Settings
    show: Callable[[Any], Shown]

    def shown(self, settings: Settings | None = None) -> Shown:
        """Return what it shows at some settings, at the first ones if none are given.

        Raises
        ------
        BadValue
            If the settings are another panel's.
        """
        taken = self.first if settings is None else settings
        if type(taken) is not type(self.first):
            allowed = type(self.first).__name__
            raise BadValue("These are no settings of this panel", given=taken, allowed=allowed)
        return _shown(self, taken)


@functools.lru_cache(maxsize=_KEPT)
def _shown(panel: Panel, settings: Settings) -> Shown:
    return panel.show(settings)


def describe(panel: Panel, settings: Settings | None = None) -> str:
    """Return what a panel shows in words.

    Parameters
    ----------
    panel : Panel
        Which.
    settings : Settings, optional
        At what; at its first ones if not given.

    Examples
    --------
    >>> from newswave.views.explorer.panels.growth import PANEL
    >>> describe(PANEL)[:51]
    'The logistic curve reaches one half at round 11.5, '
    """
    shown = panel.shown(settings)
    told = [shown.picture.synthetic, shown.words]
    for item in walk(shown.beside):
        if isinstance(item, Words):
            told.append(item.text)
        elif isinstance(item, Code):
            told.append(f"{item.label}: {item.text}")
    return "\n".join(part for part in told if part)
