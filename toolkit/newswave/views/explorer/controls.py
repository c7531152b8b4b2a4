"""The controls of a setup: what a page shows of them, and what moving one does.

Both skins place what `items_for` gives them; nothing about a control is said anywhere but in
`declared`.
"""

from __future__ import annotations

from newswave.errors import BadValue
from newswave.setups import Setup
from newswave.views.explorer.declared import SECTIONS
from newswave.views.explorer.items import Group, Item
from newswave.views.explorer.kinds import Control

_BY_KEY: dict[str, Control] = {c.key: c for section in SECTIONS for c in section.controls}


def items_for(setup: Setup, prefix: str = "") -> tuple[Item, ...]:
    """Return the controls of a setup as items of a page.

    Parameters
    ----------
    setup : Setup
        What they show.
    prefix : str
        Put before every key, where a page shows two setups.

    Examples
    --------
    >>> [item.label for item in items_for(Setup())[0].items][:2]
    ['Who they are', 'Agents in the faster group']
    """
    return tuple(
        Group(
            prefix + section.key,
            section.label,
            tuple(c.item(setup, prefix) for c in section.controls if c.applies(setup)),
            section.folded,
            section.help,
        )
        for section in SECTIONS
    )


def applied(setup: Setup, key: str, value: object) -> Setup:
    """Return the setup with one control moved.

    Parameters
    ----------
    setup : Setup
        What it was.
    key : str
        Of the control, without a prefix.
    value : object
        A slider's place on its scale, a menu's option, a number.

    Raises
    ------
    BadValue
        If there is no such control for this setup, or the value does not fit.

    Examples
    --------
    >>> applied(Setup(), "attention", "NEW_EXPOSURE").attention.name
    'NEW_EXPOSURE'
    """
    control = _BY_KEY.get(key)
    if control is None or not control.applies(setup):
        raise BadValue("This setup has no such control", given=key)
    return control.written(setup, value)


def has_control(key: str) -> bool:
    """Return whether a key is that of a control."""
    return key in _BY_KEY
