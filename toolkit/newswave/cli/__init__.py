"""The command `newswave`: run, fit, predict, table, recording and the others listed below.

Only `argparse` is loaded here; each command loads the modules that it needs when it is called.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, NoReturn

from newswave.core.errors import BadValue, NewswaveError, one_of
from newswave.core.version import __version__

_ABOUT = """\
News spreads over a network of agents with personalities, round by round; equations
are fitted to the curve, and a calibrated test says whether it needs one transmission
rate or two.
"""


class _Row(NamedTuple):
    """A command: the module that has it in its `COMMANDS`, what it does, and how it is typed."""

    module: str
    about: str
    example: str


_COMMANDS = {
    "app": _Row(
        "app",
        "open the explorer as a web app in a browser",
        "newswave app",
    ),
    "lessons": _Row(
        "app",
        "copy the lessons into a folder of yours and open the first in JupyterLab",
        "newswave lessons",
    ),
    "run": _Row(
        "run",
        "run agents, fit the equations, give a verdict",
        "newswave run --agents 500 --degree 6 --fast 0.3 --slow 0.03 --out first-run",
    ),
    "fit": _Row(
        "run",
        "fit the equations to your own curve",
        "newswave fit my-curve.csv --agents 400 --degree 8 --out my-fit",
    ),
    "mechanisms": _Row(
        "mechanisms",
        "fit several curves together and tell what the second rate is",
        "newswave mechanisms run-4 run-8 run-16 --out which",
    ),
    "sweep": _Row(
        "sweep",
        "run many settings and keep all results in one table, on several processors",
        "newswave sweep my-sweep.toml --out my-sweep",
    ),
    "atlas": _Row(
        "sweep",
        "run all 32 profiles about news of every type, and write a report",
        "newswave atlas --quick --out my-atlas",
    ),
    "predict": _Row(
        "run",
        "draw what theory predicts, without running anything",
        "newswave predict --degree 4 --fast 0.3 --slow 0.03",
    ),
    "table": _Row(
        "models",
        "measure a sharing table by asking a language model through Ollama",
        "newswave table --model llama3.2:1b --event short-power-cut --out tables",
    ),
    "persona": _Row(
        "models",
        "check whether a language model takes the personas on",
        "newswave persona --model llama3.2:1b",
    ),
    "recording": _Row(
        "models",
        "summarise a recording, show what an agent was asked, or strip the replies",
        "newswave recording first-run/recording.jsonl",
    ),
    "models": _Row(
        "models",
        "list the models of an Ollama server, or fetch one",
        "newswave models --pull qwen2.5:0.5b",
    ),
    "wordings": _Row(
        "models",
        "show the words in which a model is asked",
        "newswave wordings adjectives",
    ),
    "synthetic-server": _Row(
        "models",
        "run a stand-in for an Ollama server, for classes without a model",
        "newswave synthetic-server",
    ),
    "profiles": _Row(
        "doctor",
        "list the 32 personality profiles and how readily they share",
        "newswave profiles --effects misinformation",
    ),
    "events": _Row(
        "doctor",
        "list the events that news can be about, or show one",
        "newswave events short-power-cut",
    ),
    "doctor": _Row(
        "doctor",
        "say what is installed, what works and what to do next",
        "newswave doctor",
    ),
}


class _Parser(argparse.ArgumentParser):
    """Raises what it does not understand as an error of newswave, so that all look alike."""

    def error(self, message: str) -> NoReturn:
        """Raise `BadValue`."""
        raise BadValue(message[:1].upper() + message[1:], advice=f"See {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments and return its exit status.

    >>> main(["run", "--agents", "9", "--degree", "3"])
    2
    """
    from newswave.cli.console import flush

    status = _status(sys.argv[1:] if argv is None else list(argv))
    return status if flush() else 2


def _status(argv: list[str]) -> int:
    """Run the command and return its exit status."""
    from newswave.cli.console import complain

    try:
        arguments = _understood(argv)
        return int(arguments.action(arguments))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except NewswaveError as error:
        complain(str(error))
        return 2
    except MemoryError:
        complain("This needs more memory than there is. Lower the agents, rounds or replicas.")
        return 2
    except KeyboardInterrupt:
        complain("Stopped before the end.")
        return 130


def _understood(argv: list[str]) -> argparse.Namespace:
    """Return the parsed arguments, or raise `BadValue` with near names for a misspelt one."""
    parser, parts = _parsers(set(_COMMANDS) & set(argv))
    arguments, rest = parser.parse_known_args(argv)
    if rest:
        own = parts.get(arguments.command, parser)
        known = sorted(flag for flag in own._option_string_actions if flag.startswith("--"))
        wrong = rest[0].partition("=")[0]
        one_of(f"option of {own.prog}", wrong, known, advice=f"See {own.prog} --help")
    return arguments


def _parsers(whole: Collection[str] = tuple(_COMMANDS)) -> tuple[_Parser, dict[str, Any]]:
    """Return the parser and those of the commands; the modules of the `whole` ones are loaded."""
    shape: dict[str, Any] = {
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }
    examples = "\n".join(f"  {row.example}" for row in _COMMANDS.values())
    parser = _Parser(
        prog="newswave", description=_ABOUT, epilog=f"for example:\n{examples}", **shape
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and stop")
    parser.set_defaults(action=lambda _: _help(parser))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (module, about, example) in _COMMANDS.items():
        description = f"{about[:1].upper()}{about[1:]}."
        epilog = f"for example:\n  {example}"
        made = commands.add_parser(
            name, help=about, description=description, epilog=epilog, **shape
        )
        if name in whole:
            importlib.import_module(f"newswave.cli.{module}").COMMANDS[name].add_to(made)
    return parser, dict(commands.choices)


def _help(parser: _Parser) -> int:
    parser.print_help()
    return 0


class _Version(argparse.Action):
    """Prints the version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from newswave.cli.console import say

        say(f"newswave {__version__}")
        parser.exit()
