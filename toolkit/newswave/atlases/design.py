"""What an atlas runs: every profile and the mix of all, by events or measured tables, by degree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from newswave.calibrating import Calibrated
from newswave.calibrating.luck import dealt
from newswave.effects import TraitEffects, preset
from newswave.errors import BadValue, plain, whole_number
from newswave.events import Event, EventType, event
from newswave.grids import Axis, Grid
from newswave.mixes import IndependentTraits, OneProfile
from newswave.personality import PROFILES, Profile
from newswave.recipes import RandomRegular
from newswave.rules import ByTraits, Measured
from newswave.settings import read_value
from newswave.setups import Setup

MIXED = "all 32"
"""What the mix of all profiles is called."""

EVENTS = (
    "clash-at-bridge",
    "drone-hits-depot",
    "reporter-missing",
    "windows-smashed",
    "students-stopped",
    "march-for-clean-water",
    "ceasefire-agreed",
    "short-power-cut",
)
"""One event of each type of the library, and a second protest, with its own offset."""

DEGREES = (4, 8, 16)


@dataclass(frozen=True, eq=False)
class Design:
    """The cells of an atlas: profiles and their mix, by news, by degree.

    Parameters
    ----------
    news : mapping of str to Event or Measured
        The columns: events that the rule is applied to, or measured tables, each about its own.
    degrees : tuple of int
        Of the random regular networks.
    effects : TraitEffects
        What traits do, by the rule; measured tables do not need it.
    base : Setup
        Agents, seeds, rounds, replicas and seed of all cells.
    study : Calibrated
        What is found out about each cell.
    is_small : bool
        Whether it is the small likeness of another design.
    profiles : tuple of Profile
        The personalities that have a row of their own; the mix is always of all 32.
    files : tuple of str
        What measured tables were read from: the names that repeat it.

    Raises
    ------
    BadValue
        If a degree does not fit, there is no news, or tables and events are put together.

    Examples
    --------
    >>> design = by_rule()
    >>> len(design.grid), design.grid.cells()[0].words
    (792, 'mix O-C-E-A-N-, event clash-at-bridge, degree 4')
    """

    news: Mapping[str, Event | Measured]
    degrees: tuple[int, ...] = DEGREES
    effects: TraitEffects = field(default_factory=lambda: preset("literature"))
    base: Setup = field(default_factory=Setup)
    study: Calibrated = field(default_factory=Calibrated)
    is_small: bool = False
    profiles: tuple[Profile, ...] = PROFILES
    files: tuple[str, ...] = ()
    grid: Grid = field(init=False)

    def __post_init__(self) -> None:
        kinds = {isinstance(one, Measured) for one in self.news.values()}
        if len(kinds) != 1:
            advice = "Give events, or measured tables"
            raise BadValue("An atlas needs news of one kind", given=list(self.news), advice=advice)
        degrees = tuple(whole_number("A degree of an atlas", k, 3, 1000) for k in self.degrees)
        object.__setattr__(self, "degrees", degrees)
        dealt(self.base.replicas, self.study.networks)
        mixes: dict[str, Any] = {profile.code: OneProfile(profile) for profile in self.profiles}
        base = Setup(
            n_agents=self.base.n_agents,
            network=RandomRegular(degrees[0]) if degrees else self.base.network,
            mix=IndependentTraits(),
            sharing=ByTraits(effects=self.effects),
            n_seeds=self.base.n_seeds,
            rounds=self.base.rounds,
            replicas=self.base.replicas,
            seed=self.base.seed,
        )
        axes = (
            Axis("mix", {**mixes, MIXED: IndependentTraits()}),
            Axis("table" if self.measured else "event", self.news),
            Axis("degree", degrees),
        )
        object.__setattr__(self, "grid", Grid(base, axes))

    @property
    def measured(self) -> bool:
        """Whether tables were measured, rather than written by the rule."""
        return isinstance(next(iter(self.news.values())), Measured)

    @property
    def synthetic(self) -> bool:
        """Whether a formula stands in place of a language model in any cell."""
        return any(cell.setup.synthetic for cell in self.grid.cells())

    @property
    def source(self) -> str:
        """Where decisions come from, in words."""
        if not self.measured:
            return f"the rule, with the trait effects '{self.effects.name}'"
        rules = [one for one in self.news.values() if isinstance(one, Measured)]
        models = [plain(one.origin.model) if one.origin else "a table by hand" for one in rules]
        return f"measured tables: {', '.join(dict.fromkeys(models))}"

    @property
    def reference(self) -> str:
        """The column that others are compared with: the first neutral event, else the first."""
        neutral = [name for name, one in self.events.items() if one.type is EventType.NEUTRAL]
        return (neutral or list(self.news))[0]

    @property
    def events(self) -> dict[str, Event]:
        """The event of each column."""
        cells = self.grid.cells()
        return {str(dict(cell.settings)[self.grid.axes[1].name]): cell.setup.event
                for cell in cells[: len(self.news) * len(self.degrees)]}  # fmt: skip


def by_rule(
    effects: str = "literature",
    events: Iterable[str] = EVENTS,
    degrees: Iterable[int] = DEGREES,
    base: Setup | None = None,
    study: Calibrated | None = None,
) -> Design:
    """Return the design in which the rule says how readily each profile shares.

    Parameters
    ----------
    effects : str
        A preset of trait effects.
    events : iterable of str
        Ids of the library's events.
    degrees, base, study
        As for `Design`.
    """
    news: dict[str, Event | Measured] = {name: event(name) for name in events}
    return _made(news, degrees, preset(effects), base, study)


def by_tables(
    tables: Iterable[str | Path | Measured],
    degrees: Iterable[int] = DEGREES,
    base: Setup | None = None,
    study: Calibrated | None = None,
) -> Design:
    """Return the design in which measured tables say how readily each profile shares.

    Parameters
    ----------
    tables : iterable of str, Path or Measured
        Files, the word synthetic, or tables; of one model or of several, each about its event.
    degrees, base, study
        As for `Design`.

    Raises
    ------
    BadFile
        If a file holds no table.

    Examples
    --------
    >>> by_tables(["synthetic"], degrees=[8]).synthetic
    True
    """
    news: dict[str, Event | Measured] = {}
    files: list[str] = []
    for given in tables:
        files.append("FILE" if isinstance(given, Measured) else Path(given).name)
        table = read_value("table", given)
        about = f"{table.origin.model}, {table.origin.event}" if table.origin else ""
        name = plain(about or (given if isinstance(given, str) else "table"), 60)
        again = sum(known.partition(" (")[0] == name for known in news)
        news[f"{name} ({again + 1})" if again else name] = table
    made = _made(news, degrees, preset("none"), base, study)
    return replace(made, files=tuple(files))


def quick(design: Design) -> Design:
    """Return a small likeness of a design, for a look: fewer agents, runs, news and degrees."""
    base, news = design.base, dict(design.news)
    names = [*[name for name in news if name != design.reference][:1], design.reference]
    n_agents = min(300, base.n_agents)
    small = Setup(
        n_agents=n_agents,
        n_seeds=max(1, round(n_agents / 50)),
        rounds=base.rounds,
        replicas=min(40, base.replicas),
        seed=base.seed,
    )
    study = Calibrated(min(20, design.study.networks), min(200, design.study.worlds))
    kept = {name: news[name] for name in news if name in names}
    files = dict(zip(news, design.files, strict=False))
    return replace(
        design,
        news=kept,
        degrees=design.degrees[:2],
        base=small,
        study=study,
        is_small=True,
        files=tuple(files[name] for name in kept if name in files),
    )


def _made(
    news: Mapping[str, Event | Measured],
    degrees: Iterable[int],
    effects: TraitEffects,
    base: Setup | None,
    study: Calibrated | None,
) -> Design:
    if not news:
        raise BadValue("An atlas needs news", allowed="one event or table, or more")
    return Design(news, tuple(degrees), effects, base or Setup(), study or Calibrated())
