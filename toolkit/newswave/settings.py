"""Values of a setup by short names, as people write them: an event's id, a profile's code, a file.

This is what a grid's axes and the files of sweeps are written in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from newswave import changes, recipes
from newswave.effects import preset
from newswave.errors import BadValue, one_of
from newswave.events import event, library
from newswave.examples import synthetic_table
from newswave.mixes import OneProfile
from newswave.personality import Profile
from newswave.rules import ByTraits, Measured, SameForAll
from newswave.setups import Attention, Setup
from newswave.sharing import SharingTable
from newswave.starting import read_start
from newswave.tablefiles import load_measured

NETWORKS: dict[str, Callable[[], recipes.Recipe]] = {
    "regular": recipes.RandomRegular,
    "small-world": recipes.SmallWorld,
    "regular-small-world": recipes.RegularSmallWorld,
    "scale-free": recipes.ScaleFree,
    "complete": recipes.Complete,
}
"""The kinds of network by the words that the command line has for them."""

_ATTENTIONS = {"every-round": Attention.EVERY_ROUND, "new-exposure": Attention.NEW_EXPOSURE}
_SAME = (("share", "table", "sharing"), ("profile", "mix"), ("rng", "seed"))
_TRAITS = ("baseline", "effects")

NAMES = (*changes.NAMES, "share", "table", "profile", *_TRAITS)
"""Every name that a setting may have."""


def read_value(name: str, value: Any) -> Any:
    """Return what a value means under its name; text becomes what it names.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    value : object
        The value itself, or text: the id of an event, the code of a profile, a table's file (or
        the word synthetic), a preset of trait effects, a kind of network, an attention rule.

    Raises
    ------
    BadValue
        If the name is unknown, or the text names nothing.
    BadFile
        If it names a table that cannot be read.

    Examples
    --------
    >>> read_value("profile", "e+ o+ c- a- n-").code, read_value("network", "complete")
    ('O+C-E+A-N-', Complete())
    """
    one_of("setting", name, NAMES)
    if isinstance(value, str) and name in _READERS:
        return _READERS[name](value)
    if name == "table":
        return _measured(value)
    if name == "profile" and not isinstance(value, Profile):
        raise BadValue("This is no personality profile", given=value, advice="Give its code")
    return value


def check_names(names: tuple[str, ...]) -> None:
    """Raise `BadValue` if a name is unknown or two say the same thing.

    >>> check_names(("degree", "share", "seed"))
    """
    for name in names:
        one_of("setting", name, NAMES)
    for group in _SAME:
        both = [name for name in names if name in group]
        if len(both) > 1:
            raise BadValue(
                f"{both[0]} and {both[1]} say the same thing", advice="Give one of the two"
            )


def settled(setup: Setup, settings: Mapping[str, Any]) -> Setup:
    """Return a setup with settings put in, the values as `read_value` gives them.

    Parameters
    ----------
    setup : Setup
        What to start from.
    settings : mapping of str to value
        Besides what `newswave.changes.changed` takes: `share`, one share probability for all;
        `table`, a measured table, which brings its event unless one is named; `profile`, the same
        for everybody; `baseline` and `effects` of the rule `ByTraits`. `degree` keeps the kind of
        network that the setup has.

    Raises
    ------
    BadValue
        If two settings say the same thing, or they make no setup.

    Examples
    --------
    >>> settled(Setup(network=recipes.SmallWorld()), {"degree": 4, "share": 0.1}).network
    SmallWorld(degree=4, rewiring=0.1)
    """
    given = dict(settings)
    check_names(tuple(given))
    if "share" in given:
        given["sharing"] = SameForAll(given.pop("share"))
    if "table" in given:
        given |= _of_table(given.pop("table"), given.get("event"))
    if "profile" in given:
        given["mix"] = OneProfile(given.pop("profile"))
    if "degree" in given:
        given["network"] = _with_degree(given.get("network", setup.network), given.pop("degree"))
    own = {name: given.pop(name) for name in _TRAITS if name in given}
    if own:
        given["sharing"] = _with_traits(given.get("sharing", setup.sharing), own)
    return changes.changed(setup, given)


def _with_degree(network: Any, degree: Any) -> Any:
    if not hasattr(network, "degree"):
        raise BadValue(
            "degree says nothing about such a network",
            given=type(network).__name__,
            allowed="a random regular, small-world or scale-free network",
            advice="Leave degree out, or choose another network",
        )
    return replace(network, degree=degree)


def _with_traits(rule: Any, own: dict[str, Any]) -> ByTraits:
    if not isinstance(rule, ByTraits):
        raise BadValue(
            f"{' and '.join(own)} can only be set where the sharing is a ByTraits",
            given=type(rule).__name__,
            advice="Begin with a setup whose sharing is ByTraits()",
        )
    return replace(rule, **own)


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


def _measured(value: Any) -> Measured:
    if isinstance(value, Path):
        return load_measured(value)
    if isinstance(value, SharingTable):
        return Measured(value)
    if not isinstance(value, Measured):
        raise BadValue("This is no sharing table", given=value, allowed="a table, or its file")
    return value


_READERS: dict[str, Callable[[str], Any]] = {
    "event": event,
    "profile": Profile.from_code,
    "effects": preset,
    "table": lambda text: synthetic_table() if text == "synthetic" else load_measured(text),
    "network": lambda text: NETWORKS[one_of("kind of network", text, NETWORKS)](),
    "start": read_start,
    "attention": lambda text: _ATTENTIONS[one_of("attention rule", text, _ATTENTIONS)],
}
