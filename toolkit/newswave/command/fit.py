"""`newswave fit`: the equations fitted to somebody's own curve, or to real data that come along."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.folder import check_folder, fill_folder, written_lines
from newswave.command.options import add_bootstrap_option, add_output_options, number
from newswave.errors import BadValue, whole_number

if TYPE_CHECKING:
    from newswave.curve import Curve
    from newswave.datasets import Dataset
    from newswave.recipes import RandomRegular

_UNITS = ("round", "month", "day", "week", "year")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    data = parser.add_argument_group("the data")
    data.add_argument(
        "curve",
        nargs="?",
        metavar="CURVE.csv",
        help="a column of rounds (round, day, week, month ...) and one of cumulative counts "
        "(count, cumulative, sharers, adopters ...), or a curve.csv of newswave",
    )
    data.add_argument("--agents", metavar="N", type=number, help="how many there are in all")
    data.add_argument(
        "--degree",
        metavar="K",
        type=number,
        help="neighbours of everybody, if known; without it only well-mixed models are fitted",
    )
    data.add_argument(
        "--example",
        metavar="NAME",
        help="real data that come along, in place of a file: physicians",
    )
    data.add_argument(
        "--seed", metavar="S", type=number, default=1, help="for the bootstrap (default 1)"
    )
    out = parser.add_argument_group("what comes out")
    add_output_options(out, "curve.csv, fits.json, figure.png and figure.svg")
    add_bootstrap_option(out)
    parser.set_defaults(action=fit)


def fit(arguments: argparse.Namespace) -> int:
    """Fit the curve that the options name; return the exit status."""
    from newswave.command.fitted import check_bootstrap, fitted
    from newswave.describing import curve_words, wrapped

    bootstrap, seed = (
        check_bootstrap(arguments.bootstrap),
        whole_number("--seed", arguments.seed, 0),
    )
    curve, unit, example = _data(arguments)
    network, degree = _network(arguments.degree, curve.n_agents)
    check_folder(arguments.out)
    if example is not None:
        say(wrapped(f"{example.title}, by {example.unit}. {example.source}.", width()), "")
    with Progress(arguments.quiet) as progress:
        found = replace(fitted(curve, degree, network, seed, bootstrap, progress), unit=unit)
    written = []
    if arguments.out is not None:
        files = {"curve.csv": curve.to_csv(curve.runs > 1), "fits.json": found.json(None)}
        written = fill_folder(arguments.out, {**files, **found.figures(unit)})
    say(curve_words(curve, unit, width()), "", *found.lines(width()))
    if example is not None:
        say("", wrapped(example.caution, width()))
    if written:
        say("", *written_lines(written, width()))
    return 0


def _network(degree: float | None, n_agents: int) -> tuple[RandomRegular | None, int | None]:
    """Return the network that the bootstrap's agents live on, and its degree."""
    from newswave.recipes import RandomRegular

    if degree is None:
        return None, None
    network = RandomRegular(
        whole_number("--degree", degree, 2, advice="Leave it out where no network is known")
    )
    network.check(n_agents)
    return network, network.degree


def _data(arguments: argparse.Namespace) -> tuple[Curve, str, Dataset | None]:
    """Return the curve, its time step, and the example that it is, if it is one."""
    from newswave.curve import Curve
    from newswave.datasets import dataset
    from newswave.files import read_table

    if arguments.example is not None:
        if arguments.curve is not None or arguments.agents is not None:
            raise BadValue(
                "--example brings its own curve and number of agents",
                advice="Leave the file and --agents out",
            )
        example = dataset(arguments.example)
        return example.read(), example.unit, example
    if arguments.curve is None:
        raise BadValue(
            "There is no curve to fit",
            allowed="the path of a CSV file, or --example physicians",
            advice="Name a file, as in newswave fit my-curve.csv --agents 400",
        )
    if arguments.agents is None:
        raise BadValue(
            "--agents is missing: a curve does not say how many there are in all",
            advice="Add --agents N, sharers and others together",
        )
    curve = Curve.read(arguments.curve, arguments.agents)
    names = [name.lower() for name in read_table(arguments.curve, "a curve")[0]]
    return curve, next((unit for unit in _UNITS if unit in names), "round"), None
