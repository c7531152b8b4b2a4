"""The options that describe a run and a server, as data, shared by the commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

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
