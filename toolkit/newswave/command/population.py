"""From the options of the command line to a `Setup`; what does not go together is refused."""

from __future__ import annotations

import argparse
from typing import Any

from newswave import edgelists, effects, events, mixes, recipes, rules
from newswave.command.console import note
from newswave.command.options import given
from newswave.command.wording import chosen
from newswave.errors import BadValue
from newswave.examples import synthetic_table
from newswave.personality import Profile, Trait
from newswave.provenance import Origin
from newswave.setups import Attention, Setup
from newswave.sharing import SharingTable
from newswave.starting import Chosen, read_start
from newswave.tablefiles import load_measured

_LIVE = {"n_agents": 100, "n_seeds": 5, "rounds": 30, "replicas": 1}
"""What a run has unless it is told otherwise, where a model is asked for every decision."""

_CLASHES = (
    (
        ("--fast", "--slow"),
        ("--high", "--profile", "--effects", "--baseline"),
        "There personality decides: use --baseline and --effects in place of --fast and --slow",
    ),
    (
        ("--share",),
        ("--fast", "--slow", "--fast-fraction", "--effects", "--baseline"),
        "--share is one probability for everybody: leave it or the others out",
    ),
    (
        ("--table",),
        ("--fast", "--slow", "--share", "--effects", "--baseline"),
        "The table already says how readily everybody shares: leave it or the others out",
    ),
    (
        ("--model",),
        ("--fast", "--slow", "--share", "--effects", "--baseline", "--table"),
        "The model says how readily everybody shares: leave it or the others out",
    ),
    (
        ("--model",),
        ("--source", "--repeat-ratio"),
        "The model decides from what an agent sees: leave it or the other out",
    ),
    (
        ("--fast-fraction", "--fast-group", "--slow-group"),
        ("--high", "--profile"),
        "The first is for a mix of two groups: leave it out, or the other",
    ),
    (("--high",), ("--profile",), "Deal the traits one by one, or name whole profiles"),
    (
        ("--edges",),
        ("--network", "--degree", "--rewiring"),
        "Your edge list is the network: leave the others out",
    ),
)


def setup_from(arguments: argparse.Namespace) -> Setup:
    """Return the setup that the options describe.

    Raises
    ------
    BadValue
        If a value does not fit or two options do not go together.
    BadFile
        If a file cannot be read.
    """
    if arguments.setup is not None:
        return _from_file(arguments)
    check_together(set(given(arguments)))
    _check_model(arguments)
    table = None if arguments.table is None else _table(arguments.table)
    network = _network(arguments)
    parts: dict[str, Any] = {
        "n_agents": arguments.agents,
        "n_seeds": arguments.seeds,
        "start": None if arguments.start is None else read_start(arguments.start),
        "rounds": arguments.rounds,
        "replicas": arguments.replicas,
        "seed": arguments.seed,
        "network": network,
        "mix": _mix(arguments, table),
        "sharing": _rule(arguments, table),
        "event": _event(arguments, None if table is None else table.origin),
        "attention": _attention(arguments.attention),
        "source_probability": arguments.source,
        "repeat_ratio": arguments.repeat_ratio,
    }
    if arguments.model is not None:
        parts |= {name: value for name, value in _LIVE.items() if parts[name] is None}
        if isinstance(parts["start"], Chosen) and arguments.seeds is None:
            parts["n_seeds"] = None
    if isinstance(network, recipes.OwnNetwork) and arguments.agents is None:
        parts["n_agents"] = network.n_agents
    return Setup(**{name: value for name, value in parts.items() if value is not None})


def _check_model(arguments: argparse.Namespace) -> None:
    """Refuse what says how a model is asked where none is."""
    for name in ("wording", "temperature"):
        if arguments.model is None and getattr(arguments, name) is not None:
            raise BadValue(
                f"--{name} says how a language model is asked, and none is",
                advice=f"Add --model NAME, or leave --{name} out",
            )


def _table(name: str) -> rules.Measured:
    """Return the table in a file, or the example under the word synthetic."""
    return synthetic_table() if name == "synthetic" else load_measured(name)


def check_together(flags: set[str]) -> None:
    """Raise `BadValue` if two of the flags do not go together."""
    for left, right, advice in _CLASHES:
        one = [flag for flag in left if flag in flags]
        other = [flag for flag in right if flag in flags]
        if one and other:
            raise BadValue(f"{one[0]} and {other[0]} do not go together", advice=advice)


def _from_file(arguments: argparse.Namespace) -> Setup:
    more = given(arguments)
    if more:
        raise BadValue(
            "--setup already describes the whole run",
            given=" ".join(more),
            allowed="with --setup: --out, --replica-columns, --bootstrap, --no-fits, --quiet, "
            "--host",
            advice="Leave the other options out, or change a copy of the file",
        )
    return Setup.read(arguments.setup)


def _network(arguments: argparse.Namespace) -> recipes.Recipe:
    if arguments.edges is not None:
        return edgelists.read_edge_list(arguments.edges)
    kind, degree = arguments.network or "regular", arguments.degree
    if arguments.rewiring is not None and "small-world" not in kind:
        raise BadValue(
            f"--rewiring says nothing about a {kind} network",
            advice="Add --network small-world, or leave --rewiring out",
        )
    if kind == "complete":
        if degree is not None:
            raise BadValue(
                "--degree says nothing about a complete network: there everybody has N - 1 "
                "neighbours",
                advice="Leave --degree out, or choose another --network",
            )
        return recipes.Complete()
    own = {} if degree is None else {"degree": degree}
    if "small-world" in kind:
        if arguments.rewiring is not None:
            own["rewiring"] = arguments.rewiring
        kinds = (recipes.SmallWorld, recipes.RegularSmallWorld)
        return kinds[kind != "small-world"](**own)
    return recipes.ScaleFree(**own) if kind == "scale-free" else recipes.RandomRegular(**own)


def _mix(arguments: argparse.Namespace, table: rules.Measured | None) -> mixes.Mix | None:
    if arguments.high is not None:
        return mixes.IndependentTraits(**_shares(arguments.high))
    if arguments.profile is not None:
        weights = tuple(map(_weighted, arguments.profile))
        return mixes.OneProfile(weights[0][0]) if len(weights) == 1 else _several(weights)
    share: dict[str, Any] = {**_group("fast", arguments), **_group("slow", arguments)}
    if arguments.fast_fraction is not None:
        share["fast_fraction"] = arguments.fast_fraction
    if table is not None:
        return _mix_of_table(table.given, share)
    if arguments.model is not None and not share:
        return mixes.IndependentTraits()
    return mixes.TwoGroups(**share)


def _several(weights: tuple[tuple[Profile, float], ...]) -> mixes.Mix:
    return mixes.WeightedProfiles(weights)


def _mix_of_table(table: SharingTable, share: dict[str, Any]) -> mixes.Mix:
    """Return the mix that a table suggests: its profiles alike often, or its two groups."""
    try:
        profiles = [Profile.from_code(name) for name in table.rows]
    except BadValue:
        profiles = []
    if profiles and not share:
        return mixes.WeightedProfiles(tuple((profile, 1.0) for profile in profiles))
    if profiles:
        return mixes.TwoGroups(**share)
    if len(table.rows) != 2:
        raise BadValue(
            "The rows of this table are neither profiles nor two groups",
            given=", ".join(table.rows),
            allowed="codes such as O+C-E+A-N-, or two names of groups",
        )
    return mixes.TwoGroups(**{"fast_name": table.rows[0], "slow_name": table.rows[1], **share})


def _group(which: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return name and profile of the fast or the slow group, as fields of `TwoGroups`."""
    text = getattr(arguments, f"{which}_group")
    if text is None:
        return {}
    name, equals, code = text.partition("=")
    if not equals:
        allowed = "NAME=CODE, as in outgoing=O+C-E+A-N-"
        raise BadValue(f"--{which}-group does not fit", given=text, allowed=allowed)
    return {f"{which}_name": name.strip(), f"{which}_profile": Profile.from_code(code)}


def _shares(pairs: list[str]) -> dict[str, float]:
    """Return the share of each trait from texts such as "extraversion=0.7"."""
    shares: dict[str, float] = {}
    for text in pairs:
        name, value = _cut(text, "--high", "TRAIT=SHARE, as in extraversion=0.7")
        trait = Trait.named(name).value
        if trait in shares:
            raise BadValue("--high names a trait twice", given=trait, advice="Name it once")
        shares[trait] = value
    return shares


def _weighted(text: str) -> tuple[Profile, float]:
    """Return a profile and its weight from a text such as "O+C-E+A-N-=2"."""
    if "=" not in text:
        return Profile.from_code(text), 1.0
    code, weight = _cut(text, "--profile", "CODE=WEIGHT, as in O+C-E+A-N-=2")
    return Profile.from_code(code), weight


def _cut(text: str, flag: str, allowed: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        return name, float(value)
    except ValueError:
        raise BadValue(f"{flag} does not fit", given=text, allowed=allowed) from None


def _rule(arguments: argparse.Namespace, table: rules.Measured | None) -> rules.SharingRule | None:
    if table is not None:
        return table
    if arguments.model is not None:
        heat = 1.0 if arguments.temperature is None else arguments.temperature
        return rules.Asked(arguments.model, chosen(arguments.wording), heat)
    if arguments.share is not None:
        return rules.SameForAll(arguments.share)
    personal = (arguments.high, arguments.profile, arguments.effects, arguments.baseline)
    if any(value is not None for value in personal):
        own = {} if arguments.baseline is None else {"baseline": arguments.baseline}
        return rules.ByTraits(effects=effects.preset(arguments.effects or "literature"), **own)
    rates = {"fast": arguments.fast, "slow": arguments.slow}
    return rules.ByGroup(**{name: q for name, q in rates.items() if q is not None})


def _event(arguments: argparse.Namespace, origin: Origin | None) -> events.Event | None:
    """Return the event that was chosen; a measured table belongs to its own."""
    own = () if arguments.events is None else own_events(arguments.events)
    about = None if origin is None else origin.event
    if about is not None and arguments.event not in (None, about):
        raise BadValue(
            "This table was measured about another event",
            given=f"--event {arguments.event}",
            allowed=about,
            advice="Leave --event out, or measure a table about this event",
        )
    if about is not None and about in {event.id for event in (*events.library(), *own)}:
        return events.find_event(about, own)
    if arguments.event is not None:
        return events.find_event(arguments.event, own)
    if len(own) > 1:
        raise BadValue(
            "Your file holds several events, and one is needed",
            given=f"{len(own)} events in {arguments.events}",
            allowed=", ".join(event.id for event in own[:12]),
            advice="Choose one with --event",
        )
    return own[0] if own else None


def own_events(name: str) -> tuple[events.Event, ...]:
    """Return the events in a file, and say what was read of it if not all as it stands."""
    found = events.read_events(name)
    if not found.whole:
        note(found.source)
    return found.events


def _attention(name: str | None) -> Attention | None:
    if name is None:
        return None
    return Attention.EVERY_ROUND if name == "every-round" else Attention.NEW_EXPOSURE
