"""`newswave run`: agents spread news, equations are fitted to the curve, a verdict is given."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.folder import check_folder, fill_folder, written_lines
from newswave.command.options import (
    SERVER,
    add_bootstrap_option,
    add_options,
    add_output_options,
    add_setup_options,
)

if TYPE_CHECKING:
    from newswave.command.fitted import Fitted
    from newswave.curve import Curve
    from newswave.learned import Learned
    from newswave.setups import Setup
    from newswave.tally import Decisions

_FILES = "curve.csv, fits.json, setup.json, figure.png and figure.svg"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setup_options(parser)
    add_options(parser, "the server of the model", SERVER)
    group = parser.add_argument_group("recordings")
    group.add_argument(
        "--record",
        metavar="FILE",
        help="with --model: where every answer is written (default recording.jsonl in --out); if "
        "the file is there, the run goes on from it",
    )
    group.add_argument(
        "--no-reasons", action="store_true", help="with --model: ask for no reasons; quicker"
    )
    group.add_argument(
        "--replay",
        metavar="FILE",
        help="play a recording again, without a model; the word synthetic takes the example that "
        "comes with newswave",
    )
    group = parser.add_argument_group("what comes out")
    add_output_options(group, _FILES)
    group.add_argument(
        "--replica-columns", action="store_true", help="one column for each run in curve.csv"
    )
    add_bootstrap_option(group)
    group.add_argument(
        "--no-fits",
        action="store_true",
        help="the curve alone; for fits and verdict the agents run some hundred times more",
    )
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Run what the options describe, ask or replay it; return the exit status."""
    from newswave.command.fitted import check_bootstrap
    from newswave.command.live import live, replay
    from newswave.command.population import setup_from
    from newswave.describing import curve_words, describe_setup
    from newswave.ensemble import simulate
    from newswave.learned import learn
    from newswave.rules import Asked

    if arguments.replay is not None:
        return replay(arguments)
    setup = setup_from(arguments)
    if isinstance(setup.sharing, Asked):
        return live(arguments, setup)
    _refuse_asking(arguments)
    bootstrap = check_bootstrap(arguments.bootstrap) if not arguments.no_fits else None
    check_folder(arguments.out)
    say(describe_setup(setup, width()))
    with Progress(arguments.quiet) as progress:
        curve = simulate(setup, progress=progress.of("runs"))
        found = fitted_curve(setup, curve, bootstrap, progress, lambda: learn(setup))
    written = []
    if arguments.out is not None:
        files = shown_files(setup, curve, found, arguments.replica_columns)
        written = fill_folder(arguments.out, files)
    say("", curve_words(curve, width=width()), "", *found.lines(width()), "")
    if not written:
        say("Add --out DIR to keep the curve, the fits and a figure.")
        return 0
    say(*written_lines(written, width()), "", "To repeat this run to the last digit:")
    say(f"  {_again(arguments)}")
    return 0


def fitted_curve(
    setup: Setup,
    curve: Curve,
    bootstrap: int | None,
    progress: Progress,
    learning: Callable[[], Learned],
    decisions: Decisions | None = None,
) -> Fitted:
    """Fit the curve, unless `bootstrap` is None.

    One that cannot be fitted is still a result, and is told about.
    """
    from newswave.command.fitted import Fitted, fitted
    from newswave.comparing import known_degree
    from newswave.describing import no_equations
    from newswave.errors import CannotFit

    degree, known = known_degree(curve), no_equations(setup)
    if bootstrap is None:
        return Fitted(curve, None, degree, known, "None was asked for (--no-fits).")
    try:
        found = fitted(curve, degree, setup.network, setup.seed, bootstrap, progress,
                       decisions=decisions)  # fmt: skip
        found = replace(found, note=known)
    except CannotFit as error:
        found = Fitted(curve, None, degree, known, str(error))
    try:
        return replace(found, learned=learning())
    except CannotFit:  # nobody was asked anything
        return found


def _refuse_asking(arguments: argparse.Namespace) -> None:
    """Refuse the options of a language model where none is asked."""
    from newswave.errors import BadValue

    for name in ("host", "timeout", "concurrency", "record", "no_reasons"):
        if getattr(arguments, name):
            flag = "--" + name.replace("_", "-")
            raise BadValue(
                f"{flag} is for runs in which a language model is asked",
                advice=f"Add --model NAME, or leave {flag} out",
            )


def shown_files(
    setup: Setup, curve: Curve, found: Fitted, replica_columns: bool
) -> dict[str, str | bytes]:
    """Return the content of every file."""
    return {
        "curve.csv": curve.to_csv(replica_columns),
        "fits.json": found.json(setup),
        "setup.json": setup.to_json(),
        **found.figures("round"),
    }


def _again(arguments: argparse.Namespace) -> str:
    more = " --replica-columns" if arguments.replica_columns else ""
    if arguments.no_fits:
        more += " --no-fits"
    elif arguments.bootstrap != 200:
        more += f" --bootstrap {arguments.bootstrap}"
    return f"newswave run --setup {arguments.out}/setup.json{more}"
