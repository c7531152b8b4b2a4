"""The atlas: every personality profile, news of every type and a few degrees, in one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from newswave.atlases import reports
from newswave.atlases.design import DEGREES, EVENTS, Design, by_rule, by_tables, quick
from newswave.atlases.facts import Fact, facts
from newswave.atlases.items import Section
from newswave.calibrating import calibrations
from newswave.errors import BadValue, whole_number
from newswave.rules import Measured
from newswave.setups import Setup
from newswave.sweeping import Swept, sweep
from newswave.sweeping.ledgers import Ledger

Progress = Callable[[str, int, int], None]

__all__ = ["Atlas", "Design", "atlas", "by_rule", "by_tables", "chart", "designed", "quick"]


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
        return reports.html(self.sections, self.design)

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

    Examples
    --------
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

    def told(name: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(name, done, total) if progress else None

    place = None if folder is None else Path(folder)
    if place is not None:  # Before minutes of work: a folder of another sweep is refused.
        Ledger(place, design.grid, design.study).__exit__()
    bank = None if place is None else place / "calibrations"
    setups = [cell.setup for cell in design.grid.cells()]
    known = calibrations(design.study, setups, bank, workers, told("calibrations"))
    study = design.study.knowing(known)
    swept = sweep(design.grid, study, place, workers, told("cells"), retry)
    parts = reports.sections(swept, design)
    written = [] if place is None else reports.write(parts, design, place)
    return Atlas(design, swept, parts, (*written, *swept.files))
