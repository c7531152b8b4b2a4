"""A setup with some of its values replaced by name, including short names for the usual ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from newswave.errors import BadValue, one_of
from newswave.mixes import TwoGroups
from newswave.recipes import RandomRegular
from newswave.rules import ByGroup
from newswave.setups import Setup
from newswave.starting import Chosen

_PARTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("sharing", ByGroup, ("fast", "slow")),
    ("mix", TwoGroups, ("fast_fraction",)),
)
_SAME = (("rng", "seed"), ("degree", "network"))

NAMES = (
    *(field.name for field in fields(Setup)),
    *(name for _, _, names in _PARTS for name in names),
    *(short for short, _ in _SAME),
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
        one_of("parameter of a setup", name, NAMES)
    for short, field in _SAME:
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
