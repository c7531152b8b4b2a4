"""The command `newswave`: run, fit, predict, table, recording and the others listed below.

Only `argparse` is loaded here; each command loads the modules that it needs when it is called.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from newswave.core.errors import BadValue, NewswaveError, one_of
from newswave.core.version import __version__

_ABOUT = """\
News spreads over a network of agents with personalities, round by round; equations
are fitted to the curve, and a calibrated test says whether it needs one transmission
rate or two.
"""
_EXAMPLES = {
    "app": ("open the explorer as a web app in a browser", "newswave app"),
    "lessons": (
        "copy the lessons into a folder of yours and open the first in JupyterLab",
        "newswave lessons",
    ),
    "run": (
        "run agents, fit the equations, give a verdict",
        "newswave run --agents 500 --degree 6 --fast 0.3 --slow 0.03 --out first-run",
    ),
    "fit": (
        "fit the equations to your own curve",
        "newswave fit my-curve.csv --agents 400 --degree 8 --out my-fit",
    ),
    "sweep": (
        "run many settings and keep all results in one table, on several processors",
        "newswave sweep my-sweep.toml --out my-sweep",
    ),
    "atlas": (
        "run all 32 profiles about news of every type, and write a report",
        "newswave atlas --quick --out my-atlas",
    ),
    "predict": (
        "draw what theory predicts, without running anything",
        "newswave predict --degree 4 --fast 0.3 --slow 0.03",
    ),
    "table": (
        "measure a sharing table by asking a language model through Ollama",
        "newswave table --model llama3.2:1b --event short-power-cut --out tables",
    ),
    "persona": (
        "check whether a language model takes the personas on",
        "newswave persona --model llama3.2:1b",
    ),
    "recording": (
        "summarise a recording, show what an agent was asked, or strip the replies",
        "newswave recording first-run/recording.jsonl",
    ),
    "models": (
        "list the models of an Ollama server, or fetch one",
        "newswave models --pull qwen2.5:0.5b",
    ),
    "wordings": (
        "show the words in which a model is asked",
        "newswave wordings adjectives",
    ),
    "synthetic-server": (
        "run a stand-in for an Ollama server, for classes without a model",
        "newswave synthetic-server",
    ),
    "profiles": (
        "list the 32 personality profiles and how readily they share",
        "newswave profiles --effects misinformation",
    ),
    "events": (
        "list the events that news can be about, or show one",
        "newswave events short-power-cut",
    ),
    "doctor": (
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
    parser, parts = _parsers(set(_EXAMPLES) & set(argv))
    arguments, rest = parser.parse_known_args(argv)
    if rest:
        own = parts.get(arguments.command, parser)
        known = sorted(flag for flag in own._option_string_actions if flag.startswith("--"))
        wrong = rest[0].partition("=")[0]
        one_of(f"option of {own.prog}", wrong, known, advice=f"See {own.prog} --help")
    return arguments


def _parsers(named: Collection[str] = tuple(_EXAMPLES)) -> tuple[_Parser, dict[str, Any]]:
    """Return the parser and those of the commands; those that are named get their options."""
    examples = "\n".join(f"  {example}" for _, example in _EXAMPLES.values())
    parser = _Parser(
        prog="newswave",
        description=_ABOUT,
        epilog=f"for example:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and stop")
    parser.set_defaults(action=lambda _: _help(parser))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    return parser, {name: _command(commands, name, whole=name in named) for name in _EXAMPLES}


def _command(commands: Any, name: str, *, whole: bool) -> Any:
    """Add one command, with its options if it is to be whole, and return its parser."""
    about, example = _EXAMPLES[name]
    made = commands.add_parser(
        name,
        help=about,
        description=about[:1].upper() + about[1:] + ".",
        epilog=f"for example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if whole:
        _add_options(name, made)
    return made


def _add_options(name: str, parser: _Parser) -> None:
    """Load the module of a command and let it add its options."""
    module, function = _MODULES[name]
    getattr(importlib.import_module(f"newswave.cli.{module}"), function)(parser)


_MODULES = {
    "app": ("app", "add_app"),
    "lessons": ("app", "add_lessons"),
    "run": ("run", "add_run"),
    "fit": ("fit", "add_fit"),
    "sweep": ("sweep", "add_sweep"),
    "atlas": ("sweep", "add_atlas"),
    "predict": ("run", "add_predict"),
    "table": ("models", "add_table"),
    "persona": ("models", "add_persona"),
    "recording": ("recording", "add_recording"),
    "models": ("models", "add_models"),
    "wordings": ("models", "add_wording"),
    "synthetic-server": ("models", "add_synthetic"),
    "profiles": ("doctor", "add_profiles"),
    "events": ("doctor", "add_events"),
    "doctor": ("doctor", "add_doctor"),
}
"""In which module each command is, and what adds its options to a parser."""


def _help(parser: _Parser) -> int:
    parser.print_help()
    return 0


class _Version(argparse.Action):
    """Prints the version; looks it up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from newswave.cli.console import say

        say(f"newswave {__version__}")
        parser.exit()
