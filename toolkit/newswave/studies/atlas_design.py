"""What an atlas runs, and what was found in each cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from newswave.core.errors import BadValue, plain, whole_number
from newswave.core.events import Event, EventType, event
from newswave.core.networks import RandomRegular
from newswave.core.parameters import read_value
from newswave.core.population import (
    PROFILES,
    IndependentTraits,
    OneProfile,
    Profile,
    Trait,
    TraitEffects,
    preset,
)
from newswave.core.rules import ByTraits, Measured
from newswave.core.setup import Setup
from newswave.core.sharing import Floats
from newswave.core.statistics import least_squares
from newswave.core.table_facts import profile_doubt
from newswave.equations.compare import Choice
from newswave.equations.intervals import around
from newswave.report.style import png, svg
from newswave.report.table_figures import THEORIES, Estimate, Panel
from newswave.studies.calibrated import (
    CALL,
    CORRECTED,
    GAP,
    Calibrated,
    plain_theories,
    run_over,
    spread_evenly,
)
from newswave.studies.grid import Axis, Cell, Grid
from newswave.studies.study import Finding
from newswave.studies.sweep import Swept

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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

TWO = Choice.TWO_RATES.value
LEAST, LIKELY = "least squares", "likelihood"

CALLERS = {
    ("well-mixed", LEAST): "AIC, well-mixed, least squares",
    ("well-mixed", LIKELY): "AIC, well-mixed, likelihood",
    ("network", LIKELY): "AIC, network-aware, likelihood",
}
"""What may call a second rate, beside the calibrated verdict, by mixing and method."""

NAN = float("nan")
_SPEEDS = ("fast", "typical", "slow")
Estimates = tuple[Estimate, ...]


# What an atlas runs: every profile and the mix of all, by events or measured tables, by degree.


@dataclass(frozen=True)
class AskedModel:
    """A model whose tables an atlas runs, and what its persona check says.

    `uptake` is the verdict on each trait, none where the check came to nothing; `words` the whole.
    """

    name: str
    wording: str
    words: str
    uptake: Mapping[str, str] = field(default_factory=dict)

    def named(self, trait: str) -> str:
        """Return a trait with whether the model takes it on."""
        return f"{trait} ({self.uptake.get(trait, 'not checked')})"


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
    asked : AskedModel, optional
        The model whose tables were measured for it.

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
    asked: AskedModel | None = None
    grid: Grid = field(init=False)

    def __post_init__(self) -> None:
        kinds = {isinstance(one, Measured) for one in self.news.values()}
        if len(kinds) != 1:
            advice = "Give events, or measured tables"
            raise BadValue("An atlas needs news of one kind", given=list(self.news), advice=advice)
        degrees = tuple(whole_number("A degree of an atlas", k, 3, 1000) for k in self.degrees)
        object.__setattr__(self, "degrees", degrees)
        spread_evenly(self.base.replicas, self.study.networks)
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
    def doubted(self) -> dict[str, str]:
        """What measured tables leave open of their profiles, by their names; see `profile_doubt`.

        Tables that tell their profiles apart are not among them.
        """
        said = {name: profile_doubt(one) for name, one in self.news.items()
                if isinstance(one, Measured)}  # fmt: skip
        return {name: words for name, words in said.items() if words}

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
    """Return the design in which the rule says how readily each profile shares."""
    news: dict[str, Event | Measured] = {name: event(name) for name in events}
    return _made(news, degrees, preset(effects), base, study)


def by_tables(
    tables: Iterable[str | Path | Measured],
    degrees: Iterable[int] = DEGREES,
    base: Setup | None = None,
    study: Calibrated | None = None,
) -> Design:
    """Return the design in which measured tables say how readily each profile shares."""
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


# What a sweep found, cell by cell, in the form in which an atlas asks for it.


@dataclass(frozen=True)
class Rate:
    """A rate with its interval; NaN where there is none."""

    value: float = NAN
    low: float = NAN
    high: float = NAN

    @property
    def known(self) -> bool:
        """Whether there is a rate."""
        return math.isfinite(self.value)

    def holds(self, true: float) -> bool:
        """Return whether the interval holds a value."""
        return self.low <= true <= self.high


@dataclass(frozen=True)
class Fact:
    """What is known of one cell."""

    number: int  # The cell's
    setup: Setup  # What was run
    mix: str  # Its row and its column
    news: str
    degree: int  # k
    rate: Rate = Rate()  # The one rate on the network, its bias taken off
    true: float = NAN  # The agents' own rate, where they have one
    half: Rate = Rate()  # Half time, with the range of 95 % of the runs
    verdict: str = ""  # One rate, two rates, or cannot tell
    p_value: float = NAN  # Of the calibrated test
    # What the lowest AIC calls, by mixing and method
    calls: dict[tuple[str, str], str] = field(default_factory=dict)
    # How far theories are off, by "mixing, kind"
    gaps: dict[str, float] = field(default_factory=dict)
    no_fit: str = ""  # Why the curve could not be fitted

    @property
    def is_homogeneous(self) -> bool:
        """Whether all agents of the cell have one profile."""
        return len(self.setup.mix.groups) == 1


def facts(swept: Swept) -> tuple[Fact, ...]:
    """Return the facts of all cells that did not fail."""
    cells = swept.grid.cells()
    return tuple(_fact(cells[number], result) for number, result in swept.findings.items())


def _fact(cell: Cell, result: Iterable[Finding]) -> Fact:
    (_, mix), (_, news), (_, degree) = cell.settings
    numbers, texts = {}, {}
    calls, gaps = {}, {}
    for one in result:
        name = CORRECTED if one.method == CORRECTED else one.quantity
        if one.quantity == CALL:
            calls[one.mixing, LEAST if one.method.startswith(LEAST) else LIKELY] = one.text
        elif one.quantity == GAP and one.value is not None:
            gaps[f"{one.mixing}, {one.method}"] = one.value
        elif not one.model or one.method == CORRECTED:
            numbers[name], texts[name] = one, one.text
    return Fact(
        cell.number,
        cell.setup,
        str(mix),
        str(news),
        int(degree),
        rate=_rate(numbers.get(CORRECTED)),
        true=_rate(numbers.get("true rate")).value,
        half=_rate(numbers.get("half time")),
        verdict=texts.get("verdict", ""),
        p_value=_rate(numbers.get("p-value")).value,
        calls=calls,
        gaps=gaps,
        no_fit=texts.get("no fit", ""),
    )


def _rate(result: Finding | None) -> Rate:
    if result is None:
        return Rate()
    return Rate(*(NAN if x is None else x for x in (result.value, result.low, result.high)))


# The cells whose curves an atlas shows: a fast, a typical and a slow profile at each degree.


def shown(facts: tuple[Fact, ...], design: Design) -> list[list[tuple[str, Fact]]]:
    """Return rows of cells, each with its speed in a word: a row for each speed, by degree.

    The news is the reference; the profiles are the fastest, the middle and the slowest there, by
    the mean of ln rate over the degrees. Only profiles with a rate at every degree are looked at.
    """
    here = [fact for fact in facts if fact.is_homogeneous and fact.news == design.reference]
    by_mix: dict[str, list[Fact]] = {}
    for fact in here:
        if fact.rate.known:
            by_mix.setdefault(fact.mix, []).append(fact)
    whole = [cells for cells in by_mix.values() if len(cells) == len(design.degrees)]
    if not whole:
        return []
    ranked = sorted(whole, key=lambda cells: -sum(np.log(one.rate.value) for one in cells))
    places = dict.fromkeys((0, len(ranked) // 2, len(ranked) - 1))
    words = _SPEEDS if len(places) == 3 else ("fast", "slow")
    return [[(word, one) for one in ranked[at]] for word, at in zip(words, places, strict=False)]


def with_theories(rows: list[list[tuple[str, Fact]]], networks: int) -> list[list[Panel]]:
    """Return the same with runs and theories."""
    return [
        [_panel(f"{word}: {one.mix}, degree {one.degree}", one.setup, networks)
         for word, one in row]
        for row in rows
    ]  # fmt: skip


def _panel(title: str, setup: Setup, networks: int) -> Panel:
    curve = run_over(setup, networks)
    low, high = curve.band()
    n = curve.n_agents
    named = {name: curve_ for name, curve_ in plain_theories(setup).items() if name in THEORIES}
    return Panel(title, curve.mean / n, low / n, high / n, named)


# Trait and event effects as rate ratios, and rates put together over degrees.


def ratios(facts: Iterable[Fact], reference: str) -> tuple[Estimates, Estimates]:
    """Return the rate ratios of traits, and of news against the reference.

    ln rate of the cells of one profile is regressed on traits (high +1/2, low -1/2), news and
    degree; intervals are Student's from the residuals. The same is done with the true rates.
    """
    used = [fact for fact in facts if fact.is_homogeneous and fact.rate.known]
    traits = [trait for trait in Trait if len({_sign(fact, trait) for fact in used}) > 1]
    news = [name for name in dict.fromkeys(fact.news for fact in used) if name != reference]
    degrees = sorted({fact.degree for fact in used})[1:]
    columns = [[_sign(fact, trait) for fact in used] for trait in traits]
    columns += [[float(fact.news == name) for fact in used] for name in news]
    columns += [[float(fact.degree == k) for fact in used] for k in degrees]
    design = np.array([*columns, [1.0] * len(used)]).T
    if len(used) < design.shape[1] + 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return (), ()
    result = _regressed(design, np.log([fact.rate.value for fact in used]))
    logs = np.log([fact.true for fact in used])
    known = np.where(np.isfinite(logs).all(), logs, NAN)
    true = np.exp(least_squares(design)[0] @ known).tolist()
    names = [trait.value for trait in traits] + news
    made = [
        Estimate(name, one.value, one.low, one.high, value)
        for name, one, value in zip(names, result, true, strict=False)
    ]
    return tuple(made[: len(traits)]), tuple(made[len(traits) :])


def _sign(fact: Fact, trait: Trait) -> float:
    return float(fact.setup.mix.groups[0].profile.signs[trait.position])


def _regressed(design: Floats, logs: Floats) -> list[Rate]:
    """Return e to the coefficients, with intervals."""
    solve, inverse = least_squares(design)
    result = solve @ logs
    freedom = len(logs) - len(result)
    variance = float(((logs - design @ result) ** 2).sum()) / freedom
    made = []
    for value, scale in zip(result, np.diag(inverse), strict=True):
        ends = around(float(value), math.sqrt(variance * scale), freedom).interval
        low, high = (ends.low, ends.high) if ends else (NAN, NAN)
        made.append(Rate(math.exp(value), math.exp(low), math.exp(high)))
    return made


def over_degrees(facts: Sequence[Fact]) -> Rate:
    """Return the geometric mean of the rates of cells that differ in degree, with its interval.

    The errors of the cells, known on the logarithm from their intervals, are independent.
    """
    known = [fact.rate for fact in facts if fact.rate.known]
    if not known:
        return Rate()
    middle = float(np.mean([math.log(rate.value) for rate in known]))
    errors = np.array([math.log(rate.high / rate.low) / 2 for rate in known])
    reach = float(np.sqrt((errors**2).sum())) / len(known)
    return Rate(*(math.exp(middle + by * reach) for by in (0.0, -1.0, 1.0)))


# Numbers as texts, and lists as sentences, for the report.


def number(value: float, digits: int = 3) -> str:
    """Return a number in so many digits that count; a dash for none."""
    return f"{value:#.{digits}g}".rstrip(".") if math.isfinite(value) else "–"


def rate(result: Rate | Estimate) -> str:
    """Return a rate with its interval."""
    if not math.isfinite(result.low):
        return number(result.value)
    return f"{number(result.value)} ({number(result.low)} to {number(result.high)})"


def percent(part: float, whole: float) -> str:
    """Return a part in per cent."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def points(gap: float) -> str:
    """Return a gap of fractions in percentage points."""
    return f"{100 * gap:.1f}" if math.isfinite(gap) else "–"


def degrees(known: Sequence[int]) -> str:
    """Return degrees in words."""
    return f"{'degree' if len(known) == 1 else 'degrees'} {listed(known)}"


def listed(names: Sequence[object]) -> str:
    """Return names as a list in a sentence."""
    texts = [str(name) for name in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


# What a report is made of: sections with a finding, pictures and tables. Values, no HTML.


@dataclass(frozen=True)
class Table:
    """A table of texts; the first cell of a row names it."""

    caption: str  # What it holds
    head: tuple[str, ...]  # The columns
    rows: tuple[tuple[str, ...], ...]  # As many cells each as the head has
    is_folded: bool = True  # Whether it is opened by its reader

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.head):
                raise BadValue("A row of a table does not fit its head", given=row)


@dataclass(frozen=True)
class Picture:
    """A figure, drawn."""

    name: str  # Of its files
    words: str  # The same in words
    svg: bytes  # The drawing
    png: bytes
    width: int  # In pixels of a page
    height: int


def drawn(name: str, figure: Figure, words: str) -> Picture:
    """Return a picture of a figure, drawn once: a second drawing may be laid out otherwise."""
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return Picture(name, words, svg(figure, words), png(figure, words), width, height)


@dataclass(frozen=True, eq=False)
class Section:
    """A part of the report."""

    name: str  # A short one, for links
    heading: str  # What it is about
    finding: str  # What was found, in a sentence
    paragraphs: tuple[str, ...] = ()  # What else was found, and how to read it
    picture: Picture | None = None  # The figure
    tables: tuple[Table, ...] = ()  # The numbers
    command: str = ""  # What to type; shown as it is
