"""`newswave fit`: the equations fitted to somebody's own curve, or to real data that come along."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from newswave.cli.console import Progress, check_folder, fill_folder, say, width, written_lines
from newswave.cli.options import add_bootstrap_option, add_output_options, number
from newswave.core.errors import BadValue, whole_number
from newswave.core.readers.columns import Counting, DateOrder, ReadAs, Scale

if TYPE_CHECKING:
    from newswave.core.curve import Curve
    from newswave.core.datasets import Dataset
    from newswave.core.networks import RandomRegular


def add_fit(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    data = parser.add_argument_group("the data")
    data.add_argument(
        "curve",
        nargs="?",
        metavar="CURVE.csv",
        help="CSV or xlsx: a column of times (round, day, week, date ...) and one of cumulative "
        "counts (count, cumulative, sharers, adopters ...), or when each person adopted",
    )
    data.add_argument("--agents", metavar="N", type=number, help="how many there are in all")
    _add_reading(data)
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
    _add_known(data)
    data.add_argument(
        "--seed", metavar="S", type=number, default=1, help="for the bootstrap (default 1)"
    )
    out = parser.add_argument_group("what comes out")
    add_output_options(out, "curve.csv, fits.json, figure.png and figure.svg")
    add_bootstrap_option(out)
    parser.set_defaults(action=fit)


def _add_known(group: Any) -> None:
    """Add what is known, or not, of how the curve came about."""
    group.add_argument(
        "--contact-rule",
        action="store_true",
        help="every sharing neighbour is known to add the same chance; without it, the verdict "
        "allows for agents who are alike and answer by any rising table",
    )
    group.add_argument(
        "--ceiling",
        action="store_true",
        help="fit how many can ever share (Bass's m); without it all can",
    )
    group.add_argument(
        "--reporting",
        metavar="P",
        type=number,
        default=1.0,
        help="the fraction of sharers who are counted, if known (default 1: all)",
    )
    group.add_argument(
        "--unknown-start",
        action="store_true",
        help="some had shared before the first count: fit how many",
    )


def _add_reading(group: Any) -> None:
    """Add how the table is to be read, where its headings do not say."""
    group.add_argument("--time-column", metavar="NAME", default="", help="the column of the times")
    group.add_argument(
        "--count-column", metavar="NAME", action="append", default=[],
        help="the column of the counts; several times for several runs",
    )  # fmt: skip
    group.add_argument("--run-column", metavar="NAME", default="", help="names the run of each row")
    for option, kind, words in (
        ("--scale", Scale, "in what the counts are given"),
        ("--counts", Counting, "whether they are cumulative, or the new ones of each row"),
        ("--dates", DateOrder, "what stands first in dates such as 3/1/2020"),
    ):
        group.add_argument(option, choices=[one.value for one in kind], help=words)


def _how(arguments: argparse.Namespace) -> ReadAs:
    """Return how the options say that the table is to be read."""
    scale, counts, dates = arguments.scale, arguments.counts, arguments.dates
    return ReadAs(
        arguments.time_column,
        tuple(arguments.count_column),
        arguments.run_column,
        Scale(scale) if scale else None,
        Counting(counts) if counts else None,
        DateOrder(dates) if dates else None,
    )


def fit(arguments: argparse.Namespace) -> int:
    """Fit the curve that the options name; return the exit status."""
    from newswave.cli.run import check_bootstrap, fitted
    from newswave.equations.compare import Seen
    from newswave.report.describe import curve_words, wrapped

    bootstrap, seed = (
        check_bootstrap(arguments.bootstrap),
        whole_number("--seed", arguments.seed, 0),
    )
    curve, unit, example, read = _data(arguments)
    network, degree = _network(arguments.degree, curve.n_agents)
    seen = Seen(arguments.ceiling, arguments.reporting, arguments.unknown_start)
    check_folder(arguments.out)
    if example is not None:
        say(wrapped(f"{example.title}, by {example.unit}. {example.source}.", width()), "")
    if read:
        say(wrapped(read, width()), "")
    with Progress(arguments.quiet) as progress:
        fits = fitted(curve, degree, network, seed, bootstrap, progress, seen,
                       contact_rule=arguments.contact_rule)  # fmt: skip
        fits = replace(fits, unit=unit)
    written = []
    if arguments.out is not None:
        files = {"curve.csv": curve.to_csv(curve.runs > 1), "fits.json": fits.json(None)}
        written = fill_folder(arguments.out, {**files, **fits.figures(unit)})
    say(curve_words(curve, unit, width()), "", *fits.lines(width()))
    if example is not None:
        say("", wrapped(example.caution, width()))
    if written:
        say("", *written_lines(written, width()))
    return 0


def _network(degree: float | None, n_agents: int) -> tuple[RandomRegular | None, int | None]:
    """Return the network that the bootstrap's agents live on, and its degree."""
    from newswave.core.networks import RandomRegular

    if degree is None:
        return None, None
    network = RandomRegular(
        whole_number("--degree", degree, 2, advice="Leave it out where no network is known")
    )
    network.check(n_agents)
    return network, network.degree


def _data(arguments: argparse.Namespace) -> tuple[Curve, str, Dataset | None, str]:
    """Return the curve, its time step, the example that it is if it is one, and what was read."""
    from newswave.core.curve import Curve
    from newswave.core.datasets import dataset
    from newswave.core.readers.curves import read_curve

    if arguments.example is not None:
        if arguments.curve is not None or arguments.agents is not None:
            raise BadValue(
                "--example brings its own curve and number of agents",
                advice="Leave the file and --agents out",
            )
        example = dataset(arguments.example)
        return example.read(), example.unit, example, ""
    if arguments.curve is None:
        raise BadValue(
            "There is no curve to fit",
            allowed="the path of a CSV file, or --example physicians",
            advice="Name a file, as in newswave fit my-curve.csv --agents 400",
        )
    table = read_curve(arguments.curve, _how(arguments))
    n_agents = table.known if arguments.agents is None else arguments.agents
    if n_agents is None:
        raise BadValue(
            "--agents is missing: this table does not say how many there are in all",
            advice="Add --agents N, sharers and others together",
        )
    curve = Curve.of_table(table, n_agents)
    return curve, table.unit, None, table.words(curve.n_agents)
