"""A setup with some of its values replaced by name, as sliders, files and people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from newswave.core import networks
from newswave.core.datasets import synthetic_table
from newswave.core.errors import BadValue, one_of
from newswave.core.events import event, library
from newswave.core.networks import RandomRegular
from newswave.core.population import OneProfile, Profile, TwoGroups, preset
from newswave.core.rules import ByGroup, ByTraits, Measured, SameForAll
from newswave.core.setup import Attention, Setup
from newswave.core.sharing import SharingTable
from newswave.core.starting import Chosen, read_start
from newswave.core.table_files import load_measured

# A setup with some of its values replaced by name, including short names for the usual ones.


_PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("sharing", ByGroup, ("fast", "slow")),
    ("mix", TwoGroups, ("fast_fraction",)),
)
_SAME_FIELDS = (("rng", "seed"), ("degree", "network"))

FIELDS = (
    *(field.name for field in fields(Setup)),
    *(name for _, _, names in _PARTS for name in names),
    *(short for short, _ in _SAME_FIELDS),
)
"""Every name that `changed` takes."""


def changed(setup: Setup, changes: Mapping[str, Any]) -> Setup:
    """Return a setup with values replaced by name.

    Parameters
    ----------
    setup : Setup
        What to start from.
    changes : mapping of str to value
        Any field of `Setup`; `degree`, for a random regular network of that degree; `fast` and
        `slow` of the rule `ByGroup`; `fast_fraction` of the mix `TwoGroups`; `rng`, which is
        Mesa's newer name of `seed`. A seed may be digits as text.

    Returns
    -------
    Setup
        A new one, checked.

    Raises
    ------
    BadValue
        If a name is unknown, two say the same thing, a short name is of a rule or mix that the
        setup does not have, or a value does not fit.

    Examples
    --------
    >>> changed(Setup(), {"degree": 4, "fast": 0.3}).sharing
    ByGroup(fast=0.3, slow=0.015)
    """
    given = dict(changes)
    for name in given:
        one_of("parameter of a setup", name, FIELDS)
    for short, field in _SAME_FIELDS:
        if short in given and field in given:
            raise BadValue(f"{short} and {field} say the same thing", advice="Give one of the two")
    if "degree" in given:
        given["network"] = RandomRegular(given.pop("degree"))
    seed = given.pop("rng", given.get("seed", setup.seed))
    given["seed"] = int(seed) if isinstance(seed, str) and seed.isdecimal() else seed
    if isinstance(given.get("start"), Chosen) and "n_seeds" not in given:
        given["n_seeds"] = len(given["start"].agents)
    for field, kind, names in _PARTS:
        own = {name: given.pop(name) for name in names if name in given}
        if own:
            given[field] = _part(field, kind, given.get(field, getattr(setup, field)), own)
    return replace(setup, **given)


def _part(field: str, kind: Any, part: Any, own: dict[str, Any]) -> Any:
    if not isinstance(part, kind):
        raise BadValue(
            f"{' and '.join(own)} can only be set where the {field} is a {kind.__name__}",
            given=type(part).__name__,
            advice=f"Pass {field}={kind.__name__}(...) instead",
        )
    return replace(part, **own)


# Values of a setup by short names, as people write them: an event's id, a profile's code, a file.
#
# This is what a grid's axes and the files of sweeps are written in.


NETWORKS: dict[str, Callable[[], networks.Recipe]] = {
    "regular": networks.RandomRegular,
    "small-world": networks.SmallWorld,
    "regular-small-world": networks.RegularSmallWorld,
    "scale-free": networks.ScaleFree,
    "complete": networks.Complete,
}
"""The kinds of network by the words that the command line has for them."""

_ATTENTIONS = {"every-round": Attention.EVERY_ROUND, "new-exposure": Attention.NEW_EXPOSURE}
_SAME = (("share", "table", "sharing"), ("profile", "mix"), ("rng", "seed"))
_TRAITS = ("baseline", "effects")

NAMES = (*FIELDS, "share", "table", "profile", *_TRAITS)
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
    return changed(setup, given)


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
