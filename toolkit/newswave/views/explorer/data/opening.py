"""From what was brought to a setup that the Explore page can run."""

from __future__ import annotations

from newswave import events, mixes
from newswave.errors import BadValue
from newswave.personality import PROFILES, Profile
from newswave.rules import Asked, Measured
from newswave.setups import Setup
from newswave.sharing import SharingTable
from newswave.views.explorer.data.brought import Brought, OwnRecording, OwnSetup, OwnTable


def setup_of(brought: Brought | None, own: tuple[events.Event, ...] = ()) -> Setup | None:
    """Return the setup that a file stands for; None for one that stands for none.

    Parameters
    ----------
    brought : Brought or None
        What was brought.
    own : tuple of Event
        Events of one's own, for tables that were measured about one of them.

    Raises
    ------
    BadValue
        If the rows of a table name no agents that there could be.
    """
    match brought:
        case OwnSetup(setup=setup):
            return setup
        case OwnTable(measured=measured):
            return setup_with(measured, own)
        case OwnRecording(table=OwnTable(measured=measured)):
            return setup_with(measured, own)
        case OwnRecording(header=header):
            return header.setup
    return None


def why_not_open(brought: Brought | None, own: tuple[events.Event, ...] = ()) -> str:
    """Return why a file cannot be opened in Explore; '' if it can."""
    try:
        setup = setup_of(brought, own)
    except BadValue as error:
        return str(error)
    if setup is None:
        return "This file has no setup."
    if isinstance(setup.sharing, Asked):
        return (
            "In this setup a language model decides, and Explore asks none: measure a table on the "
            "page LLM agents, and open that."
        )
    return ""


def setup_with(measured: Measured, own: tuple[events.Event, ...] = ()) -> Setup:
    """Return the usual setup with a table in place of its rule, and the agents that it is about.

    Examples
    --------
    >>> table = SharingTable(("keen", "calm"), [[0, 0.2], [0, 0.1]])
    >>> setup_with(Measured(table)).mix.groups[0].name
    'keen'
    """
    about = "" if measured.origin is None else measured.origin.event
    known = {event.id: event for event in (*events.library(), *own)}
    news = known.get(about, events.event(events.DEFAULT_EVENT_ID))
    return Setup(mix=mix_of(measured.given), sharing=measured, event=news)


def mix_of(table: SharingTable) -> mixes.Mix:
    """Return the agents that a table is about: its profiles, equally often, or its two groups.

    Raises
    ------
    BadValue
        If its rows are neither.
    """
    try:
        profiles = tuple(Profile.from_code(name) for name in table.rows)
    except BadValue:
        profiles = ()
    if set(profiles) == set(PROFILES):
        return mixes.IndependentTraits()
    if profiles:
        return mixes.WeightedProfiles(tuple((profile, 1.0) for profile in profiles))
    if len(table.rows) == 2:
        return mixes.TwoGroups(fast_name=table.rows[0], slow_name=table.rows[1])
    raise BadValue(
        "The rows of this table are neither profiles nor two groups",
        given=", ".join(table.rows),
        allowed="codes such as O+C-E+A-N-, or two names of groups",
    )
