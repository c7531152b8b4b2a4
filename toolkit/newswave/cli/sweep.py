"""`newswave sweep` and `newswave atlas`."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from newswave.cli.console import Progress, check_folder, folded, say, width, written_lines
from newswave.cli.options import (
    SERVER,
    WORDING,
    Command,
    Option,
    chosen,
    looked_at,
    number,
)
from newswave.core.errors import BadValue, whole_number
from newswave.llm.batch import Pace
from newswave.llm.server import duration
from newswave.report.describe import describe_setup
from newswave.report.style import SYNTHETIC_LABEL
from newswave.studies.asked import Asking, by_model, grid_by_model
from newswave.studies.atlas import Atlas, chart, designed
from newswave.studies.atlas_design import Design, degrees
from newswave.studies.grid import Axis, Grid, SweepFile, read_sweep
from newswave.studies.sweep import Swept, can_write_parquet, doubts, on_cluster, sweep

_SOME_FAILED = 1
_FEW_CELLS = 5
_MOST_SHOWN = 5

# `newswave sweep`: the same study of many settings, kept cell by cell.


def run_sweep(arguments: argparse.Namespace) -> int:
    """Run the sweep that a file describes; return the exit status."""
    file = read_sweep(arguments.file)
    if arguments.dry_run:
        say(*_planned_sweep(file))
        return 0
    if arguments.out is None:
        raise BadValue(
            "--out is missing: finished cells are kept in a folder",
            advice="Add --out DIR, or --dry-run to see what would be run",
        )
    _check_workers(arguments)
    check_folder(arguments.out)
    if arguments.model is not None:
        with _asking(arguments) as asking:
            grid, about = grid_by_model(file.grid, asking)
        say("", folded(about.words, "persona  "), "")
        file = replace(file, grid=grid)
    say(*_planned_sweep(file), "")
    swept = _swept(file, arguments)
    say(*_summary(swept))
    return _SOME_FAILED if swept.failed else 0


def _swept(file: SweepFile, arguments: argparse.Namespace) -> Swept:
    """Run it, and say what is kept if it is stopped."""
    with _workers(arguments) as (workers, where), Progress(arguments.quiet) as progress:
        shown = _SweepProgress(progress, len(file.grid), where, arguments.quiet)
        try:
            return sweep(file.grid, file.study, arguments.out, workers, shown, arguments.retry)
        except KeyboardInterrupt:
            progress.close()
            kept = f"{shown.done} of {len(file.grid)} cells are kept in {arguments.out}"
            say(folded(f"{kept}: the same command goes on with the others."))
            raise


class _SweepProgress:
    """Tells how far a sweep is: what was there, how long the rest may take, and a bar."""

    def __init__(self, progress: Progress, cells: int, where: str, quiet: bool) -> None:
        self._progress, self._cells, self._where, self._quiet = progress, cells, where, quiet
        self._since = 0.0
        self.done = 0

    def __call__(self, done: int, total: int) -> None:
        """Tell that `done` of the `total` cells that were missing are done."""
        there = self._cells - total
        self.done = there + done
        if self._quiet:
            return
        if done == 0:
            known = f"{there} of {self._cells} cells are there already; " if there else ""
            if total:
                say(f"{known}{_count(total, 'cell')} to do, on {self._where}.")
            else:
                say("All cells are there already.")
        self._progress("cells", done, total)
        if done == 1:  # Until then workers are started, which says nothing about cells.
            self._since = time.monotonic()
        if done == _FEW_CELLS and total >= 3 * _FEW_CELLS:
            left = (time.monotonic() - self._since) / (done - 1) * (total - done)
            self._say(f"The other {total - done} take {duration(left)}.")

    def _say(self, line: str) -> None:
        """Print a line above the bar."""
        from tqdm import tqdm

        with tqdm.external_write_mode():
            say(line)


def _planned_sweep(file: SweepFile) -> list[str]:
    """Return what is run, in lines."""
    grid = file.grid
    sizes = " x ".join(f"{len(axis)} {axis.name}" for axis in grid.axes)
    lines = [f"{_count(len(grid), 'cell')}: {sizes}", *map(_axis_line, grid.axes), ""]
    study = _STUDIES.get(type(file.study).__name__, "{0}")
    lines += [f"In each cell: {study.format(file.study)}.", ""]
    lines.append("In all cells, except for the axes above:")
    lines += [*(f"Read {note}." for note in file.notes)]
    lines += [describe_setup(grid.base, width()), *_synthetic(grid)]
    return [*lines, *_doubted(grid)]


def _doubted(grid: Grid) -> list[str]:
    """Return what the tables of a sweep leave open, in lines."""
    said = doubts(grid)
    return ["", *(folded(words, "! ") for words in said)] if said else []


def _synthetic(grid: Grid) -> list[str]:
    count = sum(cell.setup.synthetic for cell in grid.cells())
    note = "here a formula stands in place of a language model."
    return ["", f"Synthetic: {_count(count, 'cell')} of {len(grid)}; {note}"] if count else []


_STUDIES = {
    "Spread": "the runs alone, without a fit",
    "Fitted": "the runs and all fits, without intervals or verdict",
    "Compared": "the runs, all fits with intervals, and the verdict (bootstrap {0.replicas})",
}


def _axis_line(axis: Axis) -> str:
    labels = [str(label) for label in axis.labels]
    if len(labels) > 8:
        labels = [*labels[:6], "...", labels[-1]]
    line = f"  {axis.name:<14} {', '.join(labels)}"
    limit = width()
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _summary(swept: Swept) -> list[str]:
    """Return what came out, in lines."""
    cells = swept.grid.cells()
    lines = ["", f"{len(swept.findings)} of {len(cells)} cells are done."]
    for cell, reason in list(swept.failed.items())[:_MOST_SHOWN]:
        lines.append(folded(f"Cell {cell} ({cells[cell].words}) failed: {reason}"))
    more = len(swept.failed) - _MOST_SHOWN
    if more > 0:
        lines.append(f"{more} more failed: their rows in the table say why.")
    if swept.failed:
        lines.append("Add --retry to try them again.")
    lines += _verdicts(swept)
    lines += _doubted(swept.grid)
    lines += ["", *written_lines(list(map(Path, swept.files)))]
    if not can_write_parquet():
        lines.append("For Parquet beside it: python -m pip install 'newswave[scale]'")
    return lines


def _verdicts(swept: Swept) -> list[str]:
    """Return how often each verdict was given."""
    given = Counter(
        finding.text
        for findings in swept.findings.values()
        for finding in findings
        if finding.quantity == "verdict"
    )
    words = ", ".join(f"{choice} {count}" for choice, count in given.most_common())
    return [f"Verdicts: {words}."] if words else []


# `newswave atlas`: every profile, news of every type and a few degrees, run and reported.

_FOLDER = "atlas"


def run_atlas(arguments: argparse.Namespace) -> int:
    """Run the atlas that the options describe; return the exit status."""
    _check(arguments)
    design = _design(arguments)
    check_folder(arguments.out)
    if arguments.model is not None:
        design = _asked(design, arguments)
    say(*(folded(line) for line in _planned_atlas(design)), "")
    made = _made(design, arguments)
    for part in made.sections[:-1]:
        say(folded(f"{part.heading}: {part.finding}"), "")
    say(f"The report: {made.files[0]}")
    return _SOME_FAILED if made.swept.failed else 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what does not go together."""
    for flag, name in (("--effects", "effects"), ("--events", "events"), ("--model", "model")):
        if arguments.table is not None and getattr(arguments, name) is not None:
            raise BadValue(
                f"--table and {flag} do not go together",
                advice=f"Leave {flag} out: a measured table brings its event and its effects",
            )
    if arguments.model is not None and arguments.effects is not None:
        advice = "Leave --effects out: the model says what traits do"
        raise BadValue("--model and --effects do not go together", advice=advice)
    for flag, given in (("--wording", arguments.wording),
                        ("--count-if-needed", arguments.count_if_needed or None)):  # fmt: skip
        if arguments.model is None and given is not None:
            advice = f"Add --model NAME, or leave {flag} out"
            raise BadValue(f"{flag} says how a language model is asked, and none is", advice=advice)
    _check_workers(arguments)


def _design(arguments: argparse.Namespace) -> Design:
    """Return what the options describe."""
    given = {name: getattr(arguments, name) for name in ("effects", "events", "degrees")}
    return designed(
        **{name: value for name, value in given.items() if value is not None},
        tables=arguments.table or (),
        n_agents=arguments.agents,
        replicas=arguments.replicas,
        small=arguments.quick,
    )


def _asked(design: Design, arguments: argparse.Namespace) -> Design:
    """Return the design with what the model says, once it was asked."""
    with _asking(arguments) as asking:
        made = by_model(design, asking)
    if made.asked is not None:
        say("", folded(made.asked.words, "persona  "))
    say("")
    return made


@contextlib.contextmanager
def _asking(arguments: argparse.Namespace) -> Iterator[Asking]:
    """Yield the model that --model names, and where its replies go."""
    ready = looked_at(arguments, arguments.model)
    pace = Pace(arguments.concurrency)
    folder = Path(arguments.out) / "tables"
    say(folded(f"recordings and tables go into {folder}; Ctrl-C stops, and the same command goes "
               "on", " " * 9))  # fmt: skip
    with Progress(arguments.quiet) as progress:

        def tell(line: str) -> None:
            progress.close()
            say(folded(line, " " * 9))

        words, count = chosen(arguments.wording), arguments.count_if_needed
        yield Asking(ready, folder, words, pace, count, tell, progress)


def _planned_atlas(design: Design) -> list[str]:
    """Return what is run, in lines."""
    news, many = ", ".join(design.news), len(design.news)
    kind = _count(many, "measured table" if design.measured else "event")
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
    with _workers(arguments) as (workers, _), Progress(arguments.quiet) as progress:
        try:
            return chart(design, arguments.out, workers, progress, arguments.retry)
        except KeyboardInterrupt:
            progress.close()
            say(f"What is done is kept in {arguments.out}: the same command goes on.")
            raise


# Both commands: where cells are worked out.


def _check_workers(arguments: argparse.Namespace) -> None:
    """Refuse numbers of workers that cannot be, or that a cluster has for itself."""
    if arguments.workers is not None:
        whole_number("--workers", arguments.workers, 1, 1000)
        if arguments.scheduler is not None:
            advice = "Leave --workers out: the cluster has its own"
            raise BadValue("--workers and --scheduler do not go together", advice=advice)


@contextlib.contextmanager
def _workers(arguments: argparse.Namespace) -> Iterator[tuple[int | None, str]]:
    """Yield how many workers to ask for, and where they are, in words."""
    if arguments.scheduler is not None:
        with on_cluster(arguments.scheduler) as count:
            yield None, f"{_count(count, 'worker')} of the cluster"
        return
    import joblib

    workers = int(arguments.workers or joblib.cpu_count())
    yield workers, "this process" if workers == 1 else f"{workers} processes"


def _count(number: int, thing: str) -> str:
    """Return a number of things.

    >>> _count(1, "cell"), _count(2, "cell")
    ('1 cell', '2 cells')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


# The commands with their options.

# fmt: off
_AGAIN = (
    Option("--retry", "try cells again that failed before"),
    Option("--quiet", "show no progress"),
)
_ASKED = (
    WORDING,
    Option("--count-if-needed",
        "count answers where the server does not tell enough for reading, instead of stopping"),
)
_WHERE = (
    Option("--workers N", "processes (default: one for each processor)", number),
    Option("--scheduler ADDRESS", "a Dask cluster, as in tcp://10.0.0.5:8786"),
)
COMMANDS = {
    "sweep": Command(run_sweep, {
        "": (Option("file FILE.toml", "what to run: [base], [grid] and, if wanted, [study]"),),
        "what comes out": (
            Option("--out DIR",
                "the folder for the table and all finished cells; a sweep that was stopped goes on "
                "from what is there"),
            Option("--dry-run", "check the file and say what would be run"),
            *_AGAIN,
        ),
        "who decides": (
            Option("--model NAME",
                "this language model, in place of the rule of the file: a table is measured first, "
                "one for each event"),
            *_ASKED,
        ),
        "the server": SERVER,
        "where it runs": _WHERE,
    }),
    "atlas": Command(run_atlas, {
        "what is run": (
            Option("--effects PRESET", "the rule's trait effects (default literature)"),
            Option("--events ID", "the library's events (default: eight, of all types)",
                several="+"),
            Option("--table FILE",
                "measured tables in place of the rule and its events: JSON from newswave table, of "
                "one model or of several; the word synthetic takes the example that comes with "
                "newswave", several="+"),
            Option("--model NAME",
                "measure the tables of this language model first, one for each event, and check "
                "whether it takes the personas on"),
            *_ASKED,
            Option("--degrees K", "neighbours of every agent (default 4 8 16)", number,
                several="+"),
            Option("--agents N", "agents in a run (default 1000)", number, 1000),
            Option("--replicas R", "runs in a cell, over up to 25 networks (default 200)",
                number, 200),
            Option("--quick", "a small likeness, for a look: two events, two degrees"),
        ),
        "what comes out": (
            Option("--out DIR",
                "the folder of the report, figures and tables (default atlas); an atlas that was "
                "stopped goes on from what is there", default="atlas"),
            *_AGAIN,
        ),
        "the server": SERVER,
        "where it runs": _WHERE,
    }),
}
# fmt: on
