"""The options that describe a run and a server, and what is made of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from newswave.cli.console import note, say, width
from newswave.core import events, networks, population, rules
from newswave.core.datasets import synthetic_table
from newswave.core.errors import BadValue
from newswave.core.population import Profile, Trait
from newswave.core.provenance import Origin
from newswave.core.readers import own_network
from newswave.core.setup import Attention, Setup
from newswave.core.sharing import SharingTable
from newswave.core.starting import Chosen, read_start
from newswave.core.table_files import load_measured

if TYPE_CHECKING:
    from newswave.core.wording import Wording
    from newswave.llm.batch import Interview, Pace
    from newswave.llm.ollama_server import Server
    from newswave.llm.preflight import Preflight
    from newswave.llm.recording import Header


# The options that describe a run and a server, as data, shared by the commands.


NETWORKS = ("regular", "small-world", "regular-small-world", "scale-free", "complete")
ATTENTIONS = ("every-round", "new-exposure")


def number(text: str) -> float:
    """Return the number that a text holds, as an integer where it is a whole one.

    >>> number("1e3"), number("0.5")
    (1000, 0.5)
    """
    try:
        value = float(text)
        return int(text) if text.strip().lstrip("+-").isdigit() else _whole(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is not a number") from None


def _whole(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


class Option(NamedTuple):
    """One option: its flag, the word for its value, what it means, and the rest."""

    flag: str
    metavar: str | None
    help: str
    type: Callable[[str], Any] = str
    repeated: bool = False
    choices: tuple[str, ...] | None = None

    @property
    def dest(self) -> str:
        """The attribute that holds the value."""
        return self.flag[2:].replace("-", "_")

    def add_to(self, group: Any) -> None:
        """Add it to a parser's group; what is not given stays None."""
        more = {"choices": self.choices} if self.choices else {"metavar": self.metavar}
        action = "append" if self.repeated else "store"
        group.add_argument(
            self.flag, type=self.type, default=None, action=action, help=self.help, **more
        )


RUN = (
    Option("--agents", "N", "how many agents (default 1000)", number),
    Option("--seeds", "N", "agents that share at round 0 (default 10)", number),
    Option(
        "--start",
        "WHO",
        "who they are: by-lot (the default), most-linked, fewest-linked, or names from your edge "
        'list (elsewhere numbers), as in "Ada,Bo"',
    ),
    Option("--rounds", "T", "synchronous rounds: all decide at once (default 60)", number),
    Option("--replicas", "R", "how often the run is repeated (default 200)", number),
    Option("--seed", "S", "the one number all chance comes from (default 1)", number),
)
NETWORK = (
    Option("--degree", "K", "neighbours of every agent; mean degree elsewhere (default 8)", number),
    Option("--network", None, "kind of network (default regular)", choices=NETWORKS),
    Option("--rewiring", "P", "small world: chance that a link is moved (default 0.1)", number),
    Option("--edges", "FILE", "your own network: a text file with two names on each line"),
)
WHO = (
    Option("--fast-fraction", "P", "fraction of agents in the faster group (default 0.4)", number),
    Option("--fast-group", "NAME=CODE", "its name and profile (default outgoing=O+C-E+A-N-)"),
    Option("--slow-group", "NAME=CODE", "the other group's (default reserved=O-C+E-A+N+)"),
    Option(
        "--high",
        "TRAIT=SHARE",
        "deal traits one by one: share of agents high in a trait, 0.5 in those not named; "
        "may be repeated",
        repeated=True,
    ),
    Option(
        "--profile",
        "CODE[=WEIGHT]",
        "one profile such as O+C-E+A-N-, or several with weights; may be repeated",
        repeated=True,
    ),
)
HOW = (
    Option("--fast", "Q", "share probability of the faster group (default 0.15)", number),
    Option("--slow", "Q", "share probability of the slower group (default 0.015)", number),
    Option("--share", "Q", "one share probability for everybody", number),
    Option(
        "--effects",
        "PRESET",
        "personality decides: trait effects literature, misinformation, exaggerated or none",
    ),
    Option(
        "--baseline",
        "Q",
        "personality decides: share probability of the average profile (default 0.05)",
        number,
    ),
    Option(
        "--table",
        "FILE",
        "a sharing table: CSV with header profile,1,2,3, or JSON from newswave table; the word "
        "synthetic takes the example that comes with newswave",
    ),
    Option(
        "--attention",
        None,
        "decide in every round, or only after another neighbour has shared",
        choices=ATTENTIONS,
    ),
    Option("--source", "A", "chance per round to share because of the event itself", number),
    Option("--repeat-ratio", "R", "rate after the first exposure over that of the first", number),
)
NEWS = (
    Option("--event", "ID", "what the news is about (see newswave events)"),
    Option("--events", "FILE", "your own events as CSV; choose one with --event"),
)
MODEL = (
    Option(
        "--model",
        "NAME",
        "a language model decides: it is asked for every decision (then 100 agents, 5 seeds, 30 "
        "rounds, one run and all 32 profiles unless you say otherwise)",
    ),
    Option("--wording", "NAME", "in which words: see newswave wordings; or your own TOML file"),
    Option("--temperature", "T", "at which it answers (default 1)", number),
)
ALL = (*RUN, *NETWORK, *WHO, *HOW, *NEWS, *MODEL)

SERVER = (
    Option("--host", "URL", "the Ollama server (default: OLLAMA_HOST, else this machine)"),
    Option("--timeout", "S", "seconds to wait for one answer (default 120)", number),
    Option("--concurrency", "C", "calls under way at once (default: found out by trying)", number),
)


def add_setup_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a run."""
    for title, options in (
        ("the run", RUN),
        ("who is linked to whom", NETWORK),
        ("who there is", WHO),
        ("who shares how readily (probabilities per contact and round)", HOW),
        ("the news", NEWS),
        ("a language model in place of the rule", MODEL),
    ):
        add_options(parser, title, options)
    group = parser.add_argument_group("the same again")
    group.add_argument(
        "--setup",
        metavar="FILE",
        help="take everything above from a setup.json that newswave wrote; it describes the whole "
        "run, so nothing above may be given with it (change a copy of the file instead)",
    )


def add_options(parser: argparse.ArgumentParser, title: str, options: tuple[Option, ...]) -> None:
    """Add options under a title."""
    group = parser.add_argument_group(title)
    for option in options:
        option.add_to(group)


def add_output_options(group: Any, files: str) -> None:
    """Add --out and --quiet."""
    group.add_argument("--out", metavar="DIR", help=f"write {files} into this folder")
    group.add_argument("--quiet", action="store_true", help="show no progress bar")


def add_bootstrap_option(group: Any) -> None:
    """Add --bootstrap."""
    group.add_argument(
        "--bootstrap",
        metavar="B",
        type=number,
        default=200,
        help="data sets made again for intervals and verdict, 99 or more (default 200)",
    )


def given(arguments: argparse.Namespace) -> list[str]:
    """Return the flags of the setup options that were given."""
    return [option.flag for option in ALL if getattr(arguments, option.dest) is not None]


def chosen(name: str | None) -> Wording:
    """Return the wording that --wording names: one that comes with newswave, or a TOML file.

    >>> chosen(None).name
    'adjectives'
    """
    from newswave.core.wording import DEFAULT_WORDING, load_wording, wording

    if name is not None and name.lower().endswith(".toml"):
        return load_wording(name)
    return wording(DEFAULT_WORDING if name is None else name)


# From the options of the command line to a `Setup`; what does not go together is refused.


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
    if isinstance(network, networks.OwnNetwork) and arguments.agents is None:
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


def _network(arguments: argparse.Namespace) -> networks.Recipe:
    if arguments.edges is not None:
        return own_network.read_edge_list(arguments.edges)
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
        return networks.Complete()
    own = {} if degree is None else {"degree": degree}
    if "small-world" in kind:
        if arguments.rewiring is not None:
            own["rewiring"] = arguments.rewiring
        kinds = (networks.SmallWorld, networks.RegularSmallWorld)
        return kinds[kind != "small-world"](**own)
    return networks.ScaleFree(**own) if kind == "scale-free" else networks.RandomRegular(**own)


def _mix(arguments: argparse.Namespace, table: rules.Measured | None) -> population.Mix | None:
    if arguments.high is not None:
        return population.IndependentTraits(**_shares(arguments.high))
    if arguments.profile is not None:
        weights = tuple(map(_weighted, arguments.profile))
        return population.OneProfile(weights[0][0]) if len(weights) == 1 else _several(weights)
    share: dict[str, Any] = {**_group("fast", arguments), **_group("slow", arguments)}
    if arguments.fast_fraction is not None:
        share["fast_fraction"] = arguments.fast_fraction
    if table is not None:
        return _mix_of_table(table.given, share)
    if arguments.model is not None and not share:
        return population.IndependentTraits()
    return population.TwoGroups(**share)


def _several(weights: tuple[tuple[Profile, float], ...]) -> population.Mix:
    return population.WeightedProfiles(weights)


def _mix_of_table(table: SharingTable, share: dict[str, Any]) -> population.Mix:
    """Return the mix that a table suggests: its profiles alike often, or its two groups."""
    try:
        profiles = [Profile.from_code(name) for name in table.rows]
    except BadValue:
        profiles = []
    if profiles and not share:
        return population.WeightedProfiles(tuple((profile, 1.0) for profile in profiles))
    if profiles:
        return population.TwoGroups(**share)
    if len(table.rows) != 2:
        raise BadValue(
            "The rows of this table are neither profiles nor two groups",
            given=", ".join(table.rows),
            allowed="codes such as O+C-E+A-N-, or two names of groups",
        )
    return population.TwoGroups(**{"fast_name": table.rows[0], "slow_name": table.rows[1], **share})


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
        return rules.ByTraits(effects=population.preset(arguments.effects or "literature"), **own)
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


# From the options that name a server and a model to something that can be asked.


_LABEL = 9
"""Columns of the label before each line."""


def server_of(arguments: argparse.Namespace) -> Server:
    """Return the server that --host, else OLLAMA_HOST, else this machine names."""
    from newswave.llm.ollama_server import Server

    timeout = 120.0 if arguments.timeout is None else arguments.timeout
    return Server.at(arguments.host, timeout)


def pace_of(arguments: argparse.Namespace) -> Pace:
    """Return how many calls are under way at once: what --concurrency says, else found out."""
    from newswave.llm.batch import Pace

    return Pace(arguments.concurrency)


def looked_at(arguments: argparse.Namespace, model: str) -> Preflight:
    """Look at the server and the model, and say what is there."""
    from newswave.llm.preflight import Preflight
    from newswave.report.describe import wrapped

    ready = Preflight.of(server_of(arguments), model)
    say(*(wrapped(line[_LABEL:], width(), line[:_LABEL]) for line in ready.lines()))
    return ready


@contextmanager
def interviewed(
    ready: Preflight, record: Path, header: Header, pace: Pace, stays: bool = True
) -> Iterator[Interview]:
    """Yield what asks the model and writes into a recording; it is closed in the end.

    Whatever happens, it is said where the answers are, if the file stays.
    """
    from newswave.core.errors import NewswaveError
    from newswave.llm.batch import Interview
    from newswave.llm.recorder import RecordingWriter

    with RecordingWriter(record, header) as writer:
        if writer.torn:
            words = f"The recording's last line was torn ({writer.torn} bytes)"
            say(f"{words} and has been cut off.")
        interview = Interview(ready.server, ready.model, writer, pace)
        try:
            yield interview
        except (NewswaveError, KeyboardInterrupt):
            if stays and interview.calls_made:
                words = f"{interview.calls_made} answers are kept in {record}"
                say(f"         {words}; the same command goes on")
            raise
