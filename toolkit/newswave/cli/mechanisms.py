"""`newswave mechanisms`: several curves fitted together, to tell what the second rate is."""

from __future__ import annotations

import argparse
from pathlib import Path

from newswave.cli.console import Progress, check_folder, fill_folder, folded, say, written_lines
from newswave.cli.options import QUIET, Command, Option, number, out
from newswave.core.curve import Curve
from newswave.core.errors import BadValue, whole_number
from newswave.core.readers.curves import read_curve
from newswave.core.setup import Setup
from newswave.equations.mechanisms import REPLICAS, compare_mechanisms
from newswave.report.mechanisms import mechanisms_json, mechanisms_table


def mechanisms(arguments: argparse.Namespace) -> int:
    """Compare mechanisms on the curves that the options name; return the exit status."""
    check_folder(arguments.out)
    seed = whole_number("--seed", arguments.seed, 0)
    replicas = whole_number("--bootstrap", arguments.bootstrap, 99, 100_000)
    paths = [Path(path) for path in arguments.curves]
    sizes = _each("--agents", arguments.agents, len(paths))
    degrees = _each("--degree", arguments.degree, len(paths))
    read = [_read(*one) for one in zip(paths, sizes, degrees, strict=True)]
    curves, known = [curve for curve, _ in read], [degree for _, degree in read]
    with Progress(arguments.quiet) as progress:
        result = compare_mechanisms(curves, known, seed=seed, replicas=replicas, progress=progress)
    for path, curve, degree in zip(paths, curves, known, strict=True):
        say(f"{path}: {curve.n_agents} agents, degree {degree}, {curve.runs} run(s)")
    say("", mechanisms_table(result), "", folded(result.words))
    if arguments.out is not None:
        files: dict[str, str | bytes] = {"mechanisms.json": mechanisms_json(result)}
        say("", *written_lines(fill_folder(arguments.out, files)))
    return 0


def _each(option: str, given: list[float], count: int) -> list[float | None]:
    """Return a value for each curve: one for all, or as many as there are curves."""
    if len(given) not in (0, 1, count):
        raise BadValue(
            f"{option} is not given once for each curve", given=len(given), allowed=f"1 or {count}"
        )
    if not given:
        return [None] * count
    return [*given] if len(given) > 1 else [given[0]] * count


def _read(path: Path, n_agents: float | None, degree: float | None) -> tuple[Curve, int]:
    """Return a curve with its degree; a folder of `newswave run --out` knows both."""
    if path.is_dir():
        setup = Setup.read(path / "setup.json")
        n_agents = setup.n_agents if n_agents is None else n_agents
        degree = round(setup.network.mean_degree_for(setup.n_agents)) if degree is None else degree
        path = path / "curve.csv"
    table = read_curve(path)
    n_agents = table.known if n_agents is None else n_agents
    for option, value in (("--agents", n_agents), ("--degree", degree)):
        if value is None:
            raise BadValue(
                f"{option} is missing for {path}",
                advice=f"Add {option} once for all curves or once for each, in their order",
            )
    curve = Curve.of_table(table, whole_number("--agents", n_agents, 2))
    return curve, whole_number("--degree", degree, 2)


# fmt: off
COMMANDS = {
    "mechanisms": Command(mechanisms, {
        "the data": (
            Option("curves CURVE", "CSV or xlsx files as for newswave fit, or folders of "
                "newswave run --out", several="+"),
            Option("--agents N", "how many there are in all; once, or once for each curve", number,
                default=[], repeated=True),
            Option("--degree K", "neighbours of everybody; once, or once for each curve", number,
                default=[], repeated=True),
            Option("--seed S", "for the replicates (default 1)", number, 1),
        ),
        "what comes out": (
            out("mechanisms.json"), QUIET,
            Option("--bootstrap B", f"how often each mechanism makes the data again (default "
                f"{REPLICAS}, at least 99)", number, REPLICAS),
        ),
    }),
}
# fmt: on
