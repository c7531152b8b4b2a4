"""From an atlas's findings to its report and its figures."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from newswave.atlases.calls import calls_section, curves_section, errors_section
from newswave.atlases.design import Design
from newswave.atlases.facts import Fact, facts
from newswave.atlases.items import Section, Table
from newswave.atlases.pages import page
from newswave.atlases.rates import effects_section, rates_section
from newswave.atlases.words import count, degrees, listed, number
from newswave.events import EventType
from newswave.files import write_whole
from newswave.sweeping import Swept
from newswave.sweeping.ledgers import description, digest_of

_CONTENT = (
    "Content note: some of the events are about armed conflict or unrest. All of them are invented "
    "and without places, names or dates; the table of events says what each one reports."
)


def sections(swept: Swept, design: Design) -> tuple[Section, ...]:
    """Return the parts of the report.

    Parameters
    ----------
    swept : Swept
        What the sweep of the design found.
    design : Design
        What was run.
    """
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
    """Write report.html, and each figure as SVG and PNG; return their paths.

    Raises
    ------
    BadFile
        If a file cannot be written.
    """
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
    found = f"{count(len(rows), 'cell')} failed and are missing above." if rows else none
    return Section("failed", "Cells that failed", found, tables=table if rows else ())


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

    Examples
    --------
    >>> from newswave.atlases.design import by_rule
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
