"""`newswave atlas`: every profile, news of every type and a few degrees, run and reported."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.folder import check_folder
from newswave.command.options import number
from newswave.errors import BadValue, whole_number

if TYPE_CHECKING:
    from newswave.atlases import Atlas, Design

_FOLDER = "atlas"
_SOME_FAILED = 1


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    what = parser.add_argument_group("what is run")
    what.add_argument("--effects", metavar="PRESET",
                      help="the rule's trait effects (default literature)")  # fmt: skip
    what.add_argument("--events", metavar="ID", nargs="+",
                      help="the library's events (default: eight, of all types)")  # fmt: skip
    what.add_argument(
        "--table",
        metavar="FILE",
        nargs="+",
        help="measured tables in place of the rule and its events: JSON from newswave table, of "
        "one model or of several; the word synthetic takes the example that comes with newswave",
    )
    what.add_argument("--degrees", metavar="K", nargs="+", type=number,
                      help="neighbours of every agent (default 4 8 16)")  # fmt: skip
    what.add_argument("--agents", metavar="N", type=number, default=1000,
                      help="agents in a run (default 1000)")  # fmt: skip
    what.add_argument("--replicas", metavar="R", type=number, default=200,
                      help="runs in a cell, over up to 25 networks (default 200)")  # fmt: skip
    what.add_argument("--quick", action="store_true",
                      help="a small likeness, for a look: two events, two degrees")  # fmt: skip
    out = parser.add_argument_group("what comes out")
    out.add_argument(
        "--out",
        metavar="DIR",
        default=_FOLDER,
        help="the folder of the report, figures and tables (default atlas); an atlas that was "
        "stopped goes on from what is there",
    )
    out.add_argument("--retry", action="store_true", help="try cells again that failed before")
    out.add_argument("--quiet", action="store_true", help="show no progress")
    where = parser.add_argument_group("where it runs")
    where.add_argument("--workers", metavar="N", type=number,
                       help="processes (default: one for each processor)")  # fmt: skip
    where.add_argument("--scheduler", metavar="ADDRESS",
                       help="a Dask cluster, as in tcp://10.0.0.5:8786")  # fmt: skip
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the atlas that the options describe; return the exit status."""
    from newswave.describing import wrapped

    _check(arguments)
    design = _design(arguments)
    check_folder(arguments.out)
    say(*(wrapped(line, width()) for line in _planned(design)), "")
    made = _made(design, arguments)
    for part in made.sections[:-1]:
        say(wrapped(f"{part.heading}: {part.finding}", width()), "")
    say(f"The report: {made.files[0]}")
    return _SOME_FAILED if made.swept.failed else 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what does not go together."""
    for flag, name in (("--effects", "effects"), ("--events", "events")):
        if arguments.table is not None and getattr(arguments, name) is not None:
            raise BadValue(
                f"--table and {flag} do not go together",
                advice=f"Leave {flag} out: a measured table brings its event and its effects",
            )
    if arguments.workers is not None:
        whole_number("--workers", arguments.workers, 1, 1000)
        if arguments.scheduler is not None:
            advice = "Leave --workers out: the cluster has its own"
            raise BadValue("--workers and --scheduler do not go together", advice=advice)


def _design(arguments: argparse.Namespace) -> Design:
    """Return what the options describe."""
    from newswave.atlases import designed

    given = {name: getattr(arguments, name) for name in ("effects", "events", "degrees")}
    return designed(
        **{name: value for name, value in given.items() if value is not None},
        tables=arguments.table or (),
        n_agents=arguments.agents,
        replicas=arguments.replicas,
        small=arguments.quick,
    )


def _planned(design: Design) -> list[str]:
    """Return what is run, in lines."""
    from newswave.atlases.words import count, degrees
    from newswave.drawing import SYNTHETIC_LABEL

    news, many = ", ".join(design.news), len(design.news)
    kind = count(many, "measured table" if design.measured else "event")
    base = design.grid.base
    lines = [
        f"{len(design.grid)} cells: {len(design.profiles)} personality profiles and the mix of all "
        f"32, {kind} ({news}), {degrees(design.degrees)}; "
        f"{base.replicas} runs of {base.n_agents} agents "
        f"in each. Decisions come from {design.source}."
    ]
    if any(one.content_note for one in design.events.values()):
        lines.append("Some events are about armed conflict or unrest. All are invented.")
    if design.synthetic:
        lines.append(f"{SYNTHETIC_LABEL[:1].upper()}{SYNTHETIC_LABEL[1:]}.")
    return lines


def _made(design: Design, arguments: argparse.Namespace) -> Atlas:
    """Run it, and say what is kept if it is stopped."""
    from newswave.atlases import chart

    with _workers(arguments) as workers, Progress(arguments.quiet) as progress:
        try:
            return chart(design, arguments.out, workers, progress, arguments.retry)
        except KeyboardInterrupt:
            progress.close()
            say(f"What is done is kept in {arguments.out}: the same command goes on.")
            raise


@contextlib.contextmanager
def _workers(arguments: argparse.Namespace) -> Iterator[int | None]:
    """Yield how many workers to ask for; None for those of a cluster."""
    if arguments.scheduler is not None:
        from newswave.sweeping.clusters import on_cluster

        with on_cluster(arguments.scheduler):
            yield None
        return
    import joblib

    yield int(arguments.workers or joblib.cpu_count())
