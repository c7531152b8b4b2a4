"""The atlas: every profile, news of every type and a few degrees, run and reported as HTML."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from newswave.core.errors import BadValue, whole_number
from newswave.core.events import EventType
from newswave.core.files import write_whole
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.report.html import render
from newswave.report.style import SYNTHETIC_LABEL
from newswave.studies.atlas_design import (
    DEGREES,
    EVENTS,
    Design,
    Fact,
    Section,
    Table,
    by_rule,
    by_tables,
    count,
    degrees,
    facts,
    listed,
    number,
    quick,
)
from newswave.studies.atlas_sections import (
    calls_section,
    curves_section,
    effects_section,
    errors_section,
    rates_section,
)
from newswave.studies.calibrated import calibrations
from newswave.studies.sweep import Ledger, Swept, description, digest_of, sweep

_LONG = 40

_CONTENT = (
    "Content note: some of the events are about armed conflict or unrest. All of them are invented "
    "and without places, names or dates; the table of events says what each one reports."
)

Progress = Callable[[str, int, int], None]


# The report as one HTML file: everything inline, no scripts; all texts escaped.


def page(
    title: str, lead: str, notes: Sequence[str], sections: Sequence[Section], synthetic: bool
) -> str:
    """Return the report.

    >>> text = page("An <atlas>", "Of one.", (), (Section("a", "A", "Found."),), True)
    >>> "An &lt;atlas&gt;" in text, "<script" in text
    (True, False)
    """
    label = f"{SYNTHETIC_LABEL[:1].upper()}{SYNTHETIC_LABEL[1:]}."
    return render("report.html", title=title, lead=lead, notes=notes, sections=sections,
                  synthetic=synthetic, synthetic_label=label, long=_LONG)  # fmt: skip


# From an atlas's findings to its report and its figures.


def sections(swept: Swept, design: Design) -> tuple[Section, ...]:
    """Return the parts of the report."""
    known = facts(swept)
    return (
        _run_section(swept, design, known),
        rates_section(known, design),
        effects_section(known, design),
        curves_section(known, design),
        calls_section(known, design),
        errors_section(known, design),
        _failed_section(swept),
        _again_section(swept, design),
    )


def html(parts: Iterable[Section], design: Design) -> str:
    """Return the report as HTML text."""
    base = design.grid.base
    sizes = count(len(design.news), _news_word(design))
    lead = (
        f"{_who(design)}, {sizes}, {degrees(design.degrees)}; "
        f"{base.replicas} runs of {base.n_agents} agents in every cell. "
        f"Decisions come from {design.source}."
    )
    notes = [_CONTENT] if any(one.content_note for one in design.events.values()) else []
    title = "An atlas of how news spreads among personalities"
    return page(title, lead, notes, tuple(parts), design.synthetic)


def write(parts: Iterable[Section], design: Design, folder: str | Path) -> list[Path]:
    """Write report.html, and each figure as SVG and PNG; return their paths."""
    known, place = tuple(parts), Path(folder)
    paths = [write_whole(place / "report.html", html(known, design))]
    for part in known:
        if part.picture is not None:
            picture = part.picture
            for ending, content in (("svg", picture.svg), ("png", picture.png)):
                paths.append(write_whole(place / "figures" / f"{picture.name}.{ending}", content))
    return paths


def _run_section(swept: Swept, design: Design, known: tuple[Fact, ...]) -> Section:
    base, study = design.grid.base, design.study
    networks = min(study.networks, base.replicas)
    kinds = {one.type for one in design.events.values()}
    named = listed([kind.value for kind in EventType if kind in kinds])
    finding = (
        f"{len(known)} of {count(len(design.grid), 'cell')} were run: {_who(design)}, "
        f"{count(len(design.news), _news_word(design))} ({named}) and "
        f"{degrees(design.degrees)}."
    )
    versions = sorted({f"newswave {one.newswave}, Python {one.python}, NumPy {one.numpy}"
                       for one in swept.outcomes.values() if one.python})  # fmt: skip
    rows = (
        ("agents in a run", str(base.n_agents)),
        ("agents that share at round 0", str(base.n_seeds)),
        ("synchronous rounds", str(base.rounds)),
        ("runs in a cell", f"{base.replicas}, over up to {networks} networks"),
        ("networks", f"random regular, {degrees(design.degrees)}"),
        ("decisions", design.source),
        ("seed", f"{base.seed}; each cell makes its own luck from it"),
        ("worlds behind a verdict", f"{study.worlds} at each rate of the calibrations"),
        ("worked out by", "; ".join(versions)),
    )
    settings = Table("What all cells have in common", ("setting", "value"), rows, is_folded=False)
    return Section(
        "run",
        "What was run",
        finding,
        (
            "News spreads from a few agents over a network, round by round: whoever sees sharing "
            "neighbours may share too, and how readily depends on personality and news. In most "
            "cells all agents have one profile; in the cells of the mix each trait is high in half "
            "of the agents.",
        ),
        tables=(settings, _news_table(design)),
    )


def _who(design: Design) -> str:
    return f"{count(len(design.profiles), 'personality profile')} and the mix of all 32"


def _news_word(design: Design) -> str:
    return "measured table" if design.measured else "event"


def _news_table(design: Design) -> Table:
    head = ("name", "type", "headline", "effect on the log-odds", "source of the effect", "note")
    rows = tuple(
        (name, one.type.value, one.headline,
         "in the table" if design.measured else number(one.offset.value),
         "measured" if design.measured else one.offset.source, one.content_note)
        for name, one in design.events.items()
    )  # fmt: skip
    return Table("The events", head, rows)


def _failed_section(swept: Swept) -> Section:
    cells = swept.grid.cells()
    rows = tuple((cells[at].words, reason) for at, reason in swept.failed.items())
    table = (Table("Cells that failed", ("cell", "reason"), rows, is_folded=False),)
    none = "No cell failed."
    result = f"{count(len(rows), 'cell')} failed and are missing above." if rows else none
    return Section("failed", "Cells that failed", result, tables=table if rows else ())


def _again_section(swept: Swept, design: Design) -> Section:
    digest = digest_of(description(swept.grid, swept.study))
    return Section(
        "again",
        "How to repeat it",
        "The same command gives the same numbers, on any number of workers.",
        (
            f"The design has the SHA-256 {digest}. Every number of every cell, with its "
            "provenance, is in table.csv (and table.parquet) beside this report.",
        ),
        command=command(design),
    )


def command(design: Design) -> str:
    r"""Return the command that makes the atlas of a design.

    >>> from newswave.studies.atlas_design import by_rule
    >>> print(command(by_rule(events=["short-power-cut"], degrees=[4])))
    newswave atlas --out atlas --effects literature --events short-power-cut --degrees 4 \
      --agents 1000 --replicas 200
    """
    base = design.grid.base
    words = ["newswave", "atlas", "--out", "atlas", *(["--quick"] if design.is_small else [])]
    if design.measured:
        words += ["--table", *design.files]
    else:
        words += ["--effects", design.effects.name, "--events", *design.news]
    words += ["--degrees", *map(str, design.degrees)]
    first = shlex.join(words)
    more = shlex.join(["--agents", str(base.n_agents), "--replicas", str(base.replicas)])
    return f"{first} \\\n  {more}"


# The atlas: every personality profile, news of every type and a few degrees, in one report.


@dataclass(frozen=True, eq=False)
class Atlas:
    """A finished atlas.

    Parameters
    ----------
    design : Design
        What was run.
    swept : Swept
        What was found, cell by cell: `swept.table()` is the tidy table.
    sections : tuple of Section
        The parts of the report, each with what was found.
    files : tuple of Path
        What was written: the report, figures and tables.
    """

    design: Design
    swept: Swept
    sections: tuple[Section, ...]
    files: tuple[Path, ...] = ()

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What is known of each cell."""
        return facts(self.swept)

    def html(self) -> str:
        """Return the report as the text of one HTML file."""
        return html(self.sections, self.design)

    def __str__(self) -> str:
        """Return what was found, a paragraph for each part."""
        return "\n\n".join(f"{part.heading}. {part.finding}" for part in self.sections)


def atlas(
    folder: str | Path | None = None,
    *,
    effects: str = "literature",
    events: Iterable[str] = EVENTS,
    tables: Iterable[str | Path | Measured] = (),
    degrees: Iterable[int] = DEGREES,
    n_agents: int = 1000,
    replicas: int = 200,
    small: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Atlas:
    """Run all 32 profiles and their mix about every event at every degree, fit, and report.

    Parameters
    ----------
    folder : str or Path, optional
        Where report, figures and tables go. What is there of the same atlas is not run again.
    effects : str
        The rule's trait effects: a preset.
    events : iterable of str
        Ids of the library's events.
    tables : iterable of str, Path or Measured
        Measured tables in place of rule and events.
    degrees : iterable of int
        Of the random regular networks.
    n_agents, replicas : int
        In every cell.
    small : bool
        Run a small likeness instead, for a look: two events, two degrees, few agents and runs.
    workers : int, optional
        How many processes, as for `newswave.sweep`.
    progress : callable, optional
        Called with what is done, how much of it is done, and how much there is.

    Returns
    -------
    Atlas

    Raises
    ------
    BadValue
        If the design does not fit.
    BadFile
        If a table cannot be read, or the folder holds something else or cannot be written.
    """
    design = designed(
        effects=effects,
        events=events,
        tables=tables,
        degrees=degrees,
        n_agents=n_agents,
        replicas=replicas,
        small=small,
    )
    return chart(design, folder, workers, progress)


def designed(
    *,
    effects: str = "literature",
    events: Iterable[str] = EVENTS,
    tables: Iterable[str | Path | Measured] = (),
    degrees: Iterable[int] = DEGREES,
    n_agents: int = 1000,
    replicas: int = 200,
    small: bool = False,
) -> Design:
    """Return what `atlas` would run with these arguments; one agent of a hundred is a seed.

    >>> len(designed(small=True).grid)
    132
    """
    whole_number("The number of agents", n_agents, 2)
    base = Setup(n_agents=n_agents, n_seeds=max(1, round(n_agents / 100)), replicas=replicas)
    given = tuple(tables)
    made = by_tables(given, degrees, base) if given else by_rule(effects, events, degrees, base)
    return quick(made) if small else made


def chart(
    design: Design,
    folder: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    retry: bool = False,
) -> Atlas:
    """Run a design and write its report.

    Parameters
    ----------
    design : Design
        What to run.
    folder, workers, progress
        As for `atlas`.
    retry : bool
        Whether to try cells again that failed before.
    """
    if not isinstance(design, Design):
        raise BadValue("This is no design of an atlas", given=design, advice="See by_rule")

    def reporter(name: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(name, done, total) if progress else None

    place = None if folder is None else Path(folder)
    if place is not None:  # Before minutes of work: a folder of another sweep is refused.
        Ledger(place, design.grid, design.study).__exit__()
    bank = None if place is None else place / "calibrations"
    setups = [cell.setup for cell in design.grid.cells()]
    known = calibrations(design.study, setups, bank, workers, reporter("calibrations"))
    study = design.study.knowing(known)
    swept = sweep(design.grid, study, place, workers, reporter("cells"), retry)
    parts = sections(swept, design)
    written = [] if place is None else write(parts, design, place)
    return Atlas(design, swept, parts, (*written, *swept.files))
