"""The options that describe a run and a server, and what is made of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from newswave.cli.console import folded, note, say
from newswave.core import events, networks, population
from newswave.core.errors import BadValue, NewswaveError
from newswave.core.parameters import (
    BY_NAME,
    CLASHES,
    GROUPS,
    PARAMETERS,
    Parameter,
    described,
    mix_of,
)
from newswave.core.population import PROFILES, Profile, Trait
from newswave.core.provenance import Origin
from newswave.core.readers import own_network
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.wording import DEFAULT_WORDING, Wording, load_wording, wording

if TYPE_CHECKING:
    from newswave.llm.batch import Interview, Pace
    from newswave.llm.ollama_server import Server
    from newswave.llm.openai_server import OpenAIServer
    from newswave.llm.recording import Header, Recording
    from newswave.llm.server import Preflight


# Commands and their options as data.


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
    """One option, written as it is typed: `--out DIR` takes a value, `--quiet` is on or off.

    A name without hyphens is of an argument that is told by its place.
    """

    spelled: str
    help: str
    type: Callable[[str], Any] = str
    default: Any = None
    repeated: bool = False  # it may be given several times
    several: str | None = None  # how many values it takes, as argparse says it
    choices: tuple[str, ...] = ()

    def add_to(self, group: Any) -> None:
        """Add it to a parser, or to a group of one."""
        name, *words = self.spelled.split(" ")
        if not words and not self.choices:
            group.add_argument(name, action="store_true", help=self.help)
            return
        more: dict[str, Any] = {"choices": self.choices} if self.choices else {"metavar": words[0]}
        if len(words) > 1:
            more = {"metavar": tuple(words), "nargs": len(words)}
        if self.several is not None:
            more["nargs"] = self.several
        if self.repeated:
            more["action"] = "append"
        group.add_argument(name, type=self.type, default=self.default, help=self.help, **more)


Options = tuple[Option | tuple[Option, ...], ...]
"""Options in their order; of those in a tuple of their own, one can be given at a time."""


class Command(NamedTuple):
    """What a command does, and its options by the titles of their groups ("" for none)."""

    action: Callable[[argparse.Namespace], int]
    options: Mapping[str, Options]

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        """Add the options to the command's parser, and what is to be done with them."""
        for title, options in self.options.items():
            group: Any = parser.add_argument_group(title) if title else parser
            for one in options:
                if isinstance(one, Option):
                    one.add_to(group)
                    continue
                either = group.add_mutually_exclusive_group()
                for other in one:
                    other.add_to(either)
        parser.set_defaults(action=self.action)


def _option(parameter: Parameter) -> Option:
    """Return the option of a parameter; where its values have words, these are the choices."""
    has_words = parameter.text is not None and parameter.flag == parameter.option
    return Option(
        parameter.flag,
        parameter.help,
        number if parameter.is_number else str,
        repeated=parameter.repeated,
        choices=parameter.text.choices if parameter.text and has_words else (),
    )


SETUP: dict[str, Options] = {
    **{title: tuple(_option(p) for p in rows if p.flag) for title, rows in GROUPS.items()},
    "the same again": (
        Option(
            "--setup FILE",
            "take everything above from a setup.json that newswave wrote; it describes the whole "
            "run, so nothing above may be given with it (change a copy of the file instead)",
        ),
    ),
}
"""The options that describe a run."""

SERVER = (
    Option(
        "--host URL",
        "the Ollama server (default: OLLAMA_HOST, else this machine); an address up to /v1 is that "
        "of an OpenAI-compatible server, such as llama-server at http://127.0.0.1:8080/v1",
    ),
    Option("--timeout S", "seconds to wait for one answer (default 120)", number),
    Option("--concurrency C", "calls under way at once (default: found out by trying)", number),
)
MODEL = Option("--model NAME", "the language model to ask")
WORDING = Option("--wording NAME", "in which words: see newswave wordings; or your own TOML file")
QUIET = Option("--quiet", "show no progress bar")
BOOTSTRAP = Option(
    "--bootstrap B",
    "data sets made again for intervals and verdict, 99 or more (default 200)",
    number,
    200,
)


def out(files: str) -> Option:
    """Return the option --out of a command that writes these files."""
    return Option("--out DIR", f"write {files} into this folder")


def _texts(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what was given of a setup, by the names of parameters."""
    texts = {p.name: getattr(arguments, p.short) for p in PARAMETERS if p.flag}
    return {name: text for name, text in texts.items() if text is not None}


def given(arguments: argparse.Namespace) -> list[str]:
    """Return the flags of the setup options that were given."""
    return [BY_NAME[name].option for name in _texts(arguments)]


def chosen(name: str | None) -> Wording:
    """Return the wording that --wording names: one that comes with newswave, or a TOML file."""
    if name is not None and name.lower().endswith(".toml"):
        return load_wording(name)
    return wording(DEFAULT_WORDING if name is None else name)


def named_profiles(codes: list[str] | None) -> tuple[Profile, ...]:
    """Return the profiles that --profile names; all 32 if it is not given."""
    return PROFILES if codes is None else tuple(map(Profile.from_code, codes))


# From the options of the command line to a `Setup`; what does not go together is refused.


def setup_from(arguments: argparse.Namespace) -> Setup:
    """Return the setup that the options describe."""
    if arguments.setup is not None:
        return _from_file(arguments)
    texts = _texts(arguments)
    _check_together(texts)
    _check_network(texts)
    values = {name: _READERS.get(name, _value(name))(text) for name, text in texts.items()}
    own = values.pop("events", ())
    table = values.pop("table", None)
    if table is not None:
        values["sharing"] = table
        if not {"high", "profile"} & set(texts):
            values["mix"] = _mix_of_table(table.given, texts)
    event = _event(texts, own, None if table is None else table.origin)
    if event is not None:
        values["event"] = event
    if isinstance(values.get("profile"), population.WeightedProfiles):
        values["mix"] = values.pop("profile")
    if "model" in texts:
        values.setdefault("wording", chosen(None))
    return described(values, texts)


def _value(name: str) -> Callable[[Any], Any]:
    """Return what reads an option: numbers are read already."""
    text = BY_NAME[name].text
    return (lambda value: value) if text is None else text.read


def _check_together(given: Collection[str]) -> None:
    """Raise `BadValue` if two options do not go together, or one has no meaning by itself."""
    for left, right, advice in CLASHES:
        one = [BY_NAME[name].option for name in left if name in given]
        other = [BY_NAME[name].option for name in right if name in given]
        if one and other:
            raise BadValue(f"{one[0]} and {other[0]} do not go together", advice=advice)
    for name in ("wording", "temperature"):
        if name in given and "model" not in given:
            raise BadValue(
                f"--{name} says how a language model is asked, and none is",
                advice=f"Add --model NAME, or leave --{name} out",
            )


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


def _check_network(texts: Mapping[str, Any]) -> None:
    """Raise `BadValue` if an option says nothing about the kind of network."""
    kind = texts.get("network", "regular")
    for name, why, advice in _ABOUT_NETWORKS:
        if name in texts and networks.KINDS[kind] not in BY_NAME[name].kinds:
            raise BadValue(f"--{name} says nothing about a {kind} network{why}", advice=advice)


_ABOUT_NETWORKS = (
    ("rewiring", "", "Add --network small-world, or leave --rewiring out"),
    (
        "degree",
        ": there everybody has N - 1 neighbours",
        "Leave --degree out, or choose another --network",
    ),
)


def _mix_of_table(table: SharingTable, given: Collection[str]) -> population.Mix:
    """Return the mix that a table suggests: its profiles alike often, or its two groups."""
    mix = mix_of(table.rows)
    groups = {p.name for p in PARAMETERS if p.kinds == (population.TwoGroups,)} & set(given)
    if groups and not isinstance(mix, population.TwoGroups):
        return population.TwoGroups()
    return mix


def _group(flag: str, text: str) -> tuple[str, Profile]:
    """Return name and profile of a group from a text such as "outgoing=O+C-E+A-N-"."""
    name, equals, code = text.partition("=")
    if not equals:
        allowed = "NAME=CODE, as in outgoing=O+C-E+A-N-"
        raise BadValue(f"{flag} does not fit", given=text, allowed=allowed)
    return name.strip(), Profile.from_code(code)


def _shares(pairs: list[str]) -> tuple[float, ...]:
    """Return the share of each trait from texts such as "extraversion=0.7"."""
    shares: dict[str, float] = {}
    for text in pairs:
        name, value = _cut(text, "--high", "TRAIT=SHARE, as in extraversion=0.7")
        trait = Trait.named(name).value
        if trait in shares:
            raise BadValue("--high names a trait twice", given=trait, advice="Name it once")
        shares[trait] = value
    return population.IndependentTraits(**shares).shares


def _profiles(texts: list[str]) -> Profile | population.WeightedProfiles:
    """Return the profile of everybody, or several in proportion."""
    weights = tuple(map(_weighted, texts))
    return weights[0][0] if len(weights) == 1 else population.WeightedProfiles(weights)


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


def _event(
    texts: Mapping[str, Any], own: tuple[events.Event, ...], origin: Origin | None
) -> events.Event | None:
    """Return the event that was chosen; a measured table belongs to its own."""
    name, about = texts.get("event"), None if origin is None else origin.event
    if about is not None and name not in (None, about):
        raise BadValue(
            "This table was measured about another event",
            given=f"--event {name}",
            allowed=about,
            advice="Leave --event out, or measure a table about this event",
        )
    if about is not None and about in {event.id for event in (*events.library(), *own)}:
        return events.find_event(about, own)
    if name is not None:
        return events.find_event(name, own)
    if len(own) > 1:
        raise BadValue(
            "Your file holds several events, and one is needed",
            given=f"{len(own)} events in {texts['events']}",
            allowed=", ".join(event.id for event in own[:12]),
            advice="Choose one with --event",
        )
    return own[0] if own else None


def own_events(name: str) -> tuple[events.Event, ...]:
    """Return the events in a file, and say what was read of it if not all as it stands."""
    result = events.read_events(name)
    if not result.whole:
        note(result.source)
    return result.events


_READERS: dict[str, Callable[[Any], Any]] = {
    "edges": own_network.read_edge_list,
    "event": str,
    "events": own_events,
    "fast_group": partial(_group, "--fast-group"),
    "slow_group": partial(_group, "--slow-group"),
    "high": _shares,
    "profile": _profiles,
    "wording": chosen,
}
"""How options are read that say more than one value, or name files."""


# From the options that name a server, a model or a recording to these.

_LABEL = 9
"""Columns of the label before each line."""


def server_of(arguments: argparse.Namespace) -> Server | OpenAIServer:
    """Return the server that --host, else OLLAMA_HOST, else this machine names."""
    from newswave.llm.which_server import server_at

    return server_at(arguments.host, patience(arguments))


def patience(arguments: argparse.Namespace) -> float:
    """Return the seconds that one answer may take."""
    return 120.0 if arguments.timeout is None else arguments.timeout


def recording_named(name: str) -> Recording:
    """Return the recording in a file, or the example under the word synthetic."""
    from newswave.llm.recording import Recording

    if name != "synthetic":
        return Recording.read(name)
    from newswave.llm.play import synthetic_recording

    return synthetic_recording()


def looked_at(arguments: argparse.Namespace, model: str) -> Preflight:
    """Look at the server and the model, and say what is there."""
    from newswave.llm.server import Preflight
    from newswave.llm.which_server import server_for

    ready = Preflight.of(server_for(model, arguments.host, patience(arguments)), model)
    say(*(folded(line[_LABEL:], line[:_LABEL]) for line in ready.lines()))
    return ready


@contextmanager
def interviewed(
    ready: Preflight, record: Path, header: Header, pace: Pace, stays: bool = True
) -> Iterator[Interview]:
    """Yield what asks the model and writes into a recording; it is closed in the end.

    Whatever happens, it is said where the answers are, if the file stays.
    """
    from newswave.llm.batch import Interview
    from newswave.llm.recording import RecordingWriter

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
