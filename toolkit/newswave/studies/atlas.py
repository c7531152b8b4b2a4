"""The atlas: every profile, news of every type and a few degrees, run and reported as HTML."""

from __future__ import annotations

import math
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from newswave.core.errors import BadValue, whole_number
from newswave.core.events import EventType
from newswave.core.files import write_whole
from newswave.core.rules import Measured
from newswave.core.setup import Setup
from newswave.core.sharing import Floats
from newswave.equations.compare import Choice
from newswave.report.describe import count
from newswave.report.style import SYNTHETIC_LABEL, render
from newswave.report.table_figures import (
    THEORIES,
    Estimate,
    Panel,
    bars_figure,
    errors_figure,
    heat_figure,
    panels_figure,
    ratios_figure,
)
from newswave.studies.atlas_design import (
    CALLERS,
    DEGREES,
    EVENTS,
    LIKELY,
    TWO,
    Design,
    Estimates,
    Fact,
    Rate,
    Section,
    Table,
    by_rule,
    by_tables,
    degrees,
    drawn,
    facts,
    listed,
    number,
    over_degrees,
    percent,
    points,
    quick,
    rate,
    ratios,
    shown,
    with_theories,
)
from newswave.studies.calibrated import calibrations
from newswave.studies.sweep import Ledger, Swept, description, digest_of, sweep

VERDICT = "calibrated verdict"

_LONG = 40

_CONTENT = (
    "Content note: some of the events are about armed conflict or unrest. All of them are invented "
    "and without places, names or dates; the table of events says what each one reports."
)

Progress = Callable[[str, int, int], None]

_OPEN = (Choice.NEITHER.value, Choice.CANNOT_TELL.value)

_TABLES = (
    "A measured table need not follow 1 - (1 - q)^m: then even agents who are alike bend their "
    "curve, and there is no one rate. The verdict then compares with agents who all answer as the "
    "average of the cell's own agents do."
)
_GROUPS = (("one profile: all agents alike", True), ("all 32 profiles mixed", False))

_NO_RATES = "No cell could be fitted, so there are no rates to show."


# The sections on curves, on where two rates are called, and on how far theories are off.


def curves_section(facts: tuple[Fact, ...], design: Design) -> Section:
    """Return the section with small multiples of curves."""
    heading = "Curves, with theory over them"
    rows = shown(facts, design)
    if not rows:
        return Section("curves", heading, "No profile could be fitted at every degree.")
    panels = with_theories(rows, design.study.networks)
    flat = [one for row in panels for one in row]
    worst = {name: _worst(flat, name) for name in THEORIES}
    text = ", ".join(f"{name} {points(gap)}" for name, gap in worst.items() if np.isfinite(gap))
    finding = (
        f"In the {count(len(flat), 'curve')} shown, theories are off the mean of the runs by at "
        f"most so many percentage points: {text}."
    )
    title = f"News about {design.reference}"
    speeds = listed([row[0][0] for row in rows])
    words = f"Small multiples: rows are {speeds} profiles, columns degrees. {finding}"
    cells = tuple(
        (panel.title, number(fact.half.value), *(points(_gap(panel, name)) for name in THEORIES))
        for panel, (_, fact) in zip(flat, [one for row in rows for one in row], strict=True)
    )
    head = ("curve", "half time", *(f"gap, {name}" for name in THEORIES))
    return Section(
        "curves",
        heading,
        finding,
        (
            "'Network, rounds' is theory for synchronous rounds on the network (the master "
            "equation). 'Network, ODE' knows the network but lets time run continuously. "
            "'Well-mixed, ODE' is the classical equation, in which everybody meets everybody. "
            "None of them is fitted: all take the agents' true probabilities.",
        ),
        drawn("curves", panels_figure(title, panels, design.synthetic), words),
        (Table("Half times, and largest gaps in percentage points", head, cells),),
    )


def _gap(panel: Panel, name: str) -> float:
    if name not in panel.theories:
        return float("nan")
    return float(np.abs(panel.theories[name] - panel.mean).max())


def _worst(panels: Iterable[Panel], name: str) -> float:
    gaps = [_gap(panel, name) for panel in panels]
    known = [gap for gap in gaps if np.isfinite(gap)]
    return max(known) if known else float("nan")


def calls_section(facts: tuple[Fact, ...], design: Design) -> Section:
    """Return the section on where a second rate is called, and by what."""
    judged = tuple(fact for fact in facts if fact.calls)
    names = (*CALLERS.values(), VERDICT)
    groups, rows = [], []
    for heading, whole in _GROUPS:
        some = [fact for fact in judged if fact.is_homogeneous is whole]
        if some:
            parts = [[fact for fact in some if fact.degree == k] for k in design.degrees]
            shares = [[_share(_calls(part, name), part) for part in parts] for name in names]
            groups.append((heading, np.array(shares)))
            rows += [_row(heading, k, part) for k, part in zip(design.degrees, parts, strict=True)]
    heading = "Where two rates are called"
    if not groups:
        return Section("calls", heading, "No curve could be fitted.")
    places = [f"degree {k}" for k in design.degrees]
    title = "Two rates are called in so many of 100 cells"
    figure = bars_figure(title, groups, names, places, design.synthetic)
    finding, more = _calls_words(judged)
    head = ("cells", "degree", "number", *names, "neither or cannot tell")
    return Section(
        "calls",
        heading,
        finding,
        (
            *more,
            "Where all agents have one profile they are alike, and a second rate stands for no "
            "second kind of agent. AIC counts a bend of the curve as a second rate, whatever "
            "bends it: the network, if the equation does not know it, or early luck, which AIC "
            "takes for information. The calibrated verdict compares with runs of agents who are "
            "all alike, on such networks: by its making it is wrong in at most about 1 of 100 "
            "cells.",
            *([_TABLES] if design.measured else []),
            *_doubts(design),
            "'Cannot tell' is an answer too: the curve is between what one rate and what two "
            "rates would show, or agents who are alike explain it by answers that follow no rate; "
            "'neither' says that no curve of one or two rates fits.",
        ),
        drawn("calls", figure, f"Bars by degree, for each way to call a second rate. {finding}"),
        (Table("Cells in which two rates are called", head, tuple(rows)),),
    )


def _calls(facts: Iterable[Fact], name: str) -> int:
    """Return in how many cells a second rate is called."""
    if name == VERDICT:
        return sum(fact.verdict == TWO for fact in facts)
    key = next(key for key, caller in CALLERS.items() if caller == name)
    return sum(fact.calls.get(key) == TWO for fact in facts)


def _share(calls: int, part: list[Fact]) -> float:
    return calls / len(part) if part else float("nan")


def _row(heading: str, degree: int, part: list[Fact]) -> tuple[str, ...]:
    open_ = sum(fact.verdict in _OPEN for fact in part)
    called = (str(_calls(part, name)) for name in (*CALLERS.values(), VERDICT))
    return (heading, str(degree), str(len(part)), *called, str(open_))


def _calls_words(judged: tuple[Fact, ...]) -> tuple[str, list[str]]:
    """Return what the verdict calls, in a sentence, and what the others call."""
    homogeneous = [fact for fact in judged if fact.is_homogeneous]
    mixed = [fact for fact in judged if not fact.is_homogeneous]
    text = [
        f"in {_calls(some, VERDICT)} of {count(len(some), 'cell')} {whose}"
        for some, whose in ((homogeneous, "whose agents are all alike"), (mixed, "of the mix"))
        if some
    ]
    finding = f"The calibrated verdict calls two rates {' and '.join(text)}."
    more = []
    if homogeneous:
        mixing = [
            fact for fact in homogeneous
            if any(name == "well-mixed" and call == TWO for (name, _), call in fact.calls.items())
        ]  # fmt: skip
        alone = sum(fact.verdict != TWO for fact in mixing)
        luck = _calls(homogeneous, CALLERS["network", LIKELY])
        more.append(
            f"Where all agents are alike, AIC of the well-mixed fits, by one method or the other, "
            f"calls two rates in {count(len(mixing), 'cell')} "
            f"({percent(len(mixing), len(homogeneous))})."
            f" In {alone} of these network structure alone calls them: the verdict, which knows "
            f"the network, does not. AIC of the network-aware fits calls two rates in {luck} "
            f"({percent(luck, len(homogeneous))}): it takes early luck for a bend."
        )
    if mixed:
        single = sum(fact.verdict == Choice.ONE_RATE.value for fact in mixed)
        open_ = sum(fact.verdict in _OPEN for fact in mixed)
        more.append(
            f"Of the {count(len(mixed), 'cell')} of the mix, in which agents do differ, the "
            f"verdict says one rate in {single}, and neither or cannot tell in {open_}."
            f"{_close(single + open_)}"
        )
    return finding, more


def _close(many: int) -> str:
    """Return why agents that differ may go unseen."""
    why = " There the rates lie so close together that luck bends a curve as much as they do."
    return why if many else ""


def errors_section(facts: tuple[Fact, ...], design: Design) -> Section:
    """Return the section on how far theories are off, by degree."""
    gaps = [(name, [_gaps(facts, name, k) for k in design.degrees]) for name in THEORIES]
    known = [(name, by_degree) for name, by_degree in gaps if any(one.size for one in by_degree)]
    heading = "How far theories are off, by degree"
    if not known:
        return Section("errors", heading, "No theory applies to these cells.")
    text = [_error_words(name, by_degree, design) for name, by_degree in known]
    finding = f"The median cell is off by so many percentage points: {'; '.join(text)}."
    rows = tuple(
        (name, str(k), str(one.size), *map(points, (np.median(one), one.min(), one.max())))
        for name, by_degree in known
        for k, one in zip(design.degrees, by_degree, strict=True)
        if one.size
    )
    places = [f"degree {k}" for k in design.degrees]
    title = "Largest gap between theory and the mean of the runs"
    figure = errors_figure(title, known, places, design.synthetic)
    head = ("theory", "degree", "cells", "median", "smallest", "largest")
    return Section(
        "errors",
        heading,
        finding,
        (
            "Points are the median cell, bars reach from the smallest to the largest gap of all "
            "cells. Theories take the agents' true probabilities and are not fitted. The gap of "
            "'network, rounds' is that of few seeds and a finite network: it falls as there are "
            "more of both.",
        ),
        drawn("errors", figure, f"Points with bars, by degree and theory. {finding}"),
        (Table("Largest gaps in percentage points", head, rows),),
    )


def _gaps(facts: Iterable[Fact], name: str, degree: int) -> Floats:
    return np.array([one.gaps[name] for one in facts if one.degree == degree and name in one.gaps])


def _error_words(name: str, by_degree: list[Floats], design: Design) -> str:
    pairs = [(k, one) for k, one in zip(design.degrees, by_degree, strict=True) if one.size]
    text = listed([f"{points(float(np.median(one)))} at degree {k}" for k, one in pairs])
    return f"{name} by {text}"


# The sections on rates and on what traits and news do to them.


def rates_section(facts: tuple[Fact, ...], design: Design) -> Section:
    """Return the section with the heat map of rates by profile and news."""
    heading = "How fast each personality passes each event on"
    together = _together(facts)
    news = list(design.news)
    mixes = _fast_first(facts)
    values = np.array([[together[mix, one].value for one in news] for mix in mixes])
    if not np.isfinite(values).any():
        return Section("rates", heading, _NO_RATES)
    title = "Fitted transmission rate, per contact and round"
    picture = drawn(
        "rates",
        heat_figure(title, values, mixes, news, design.synthetic),
        "A heat map with a row for each profile, fast ones first, and a column for each of the "
        "news; every cell holds its rate. " + _extremes(facts),
    )
    head = ("profile", "news", "degree", "rate (95 % interval)", "true rate", "half time")
    rows = tuple(
        (fact.mix, fact.news, str(fact.degree), rate(fact.rate) if fact.rate.known else fact.no_fit,
         number(fact.true), number(fact.half.value))
        for fact in facts
    )  # fmt: skip
    means = tuple((mix, *(rate(together[mix, one]) for one in news)) for mix in mixes)
    over = f"Rates over {degrees(design.degrees)}, with 95 % intervals"
    return Section(
        "rates",
        heading,
        _extremes(facts),
        (
            *_doubts(design),
            *_coverage(facts),
            "The rate is the hazard with which one sharing neighbour makes an agent share, per "
            "contact and round: 0.05 is a chance of about 5 %. It is fitted with the "
            "network-aware equation; the small bias that this fit has where all agents are alike "
            "is taken off. A rate per contact is about people and news, so it should not change "
            "with the degree: the map shows the geometric mean over the degrees.",
            "The code of a profile names the Big Five: O openness, C conscientiousness, E "
            "extraversion, A agreeableness, N neuroticism; + is high, - is low. The row "
            "'all 32' is a mix of all profiles, summed up in one rate.",
        ),
        picture,
        (
            Table(over, ("profile", *news), means),
            Table("Every cell by itself", head, rows),
        ),
    )


def _together(facts: tuple[Fact, ...]) -> dict[tuple[str, str], Rate]:
    """Return the rate of each profile and news, over the degrees; none where there is none."""
    cells: defaultdict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        cells[fact.mix, fact.news].append(fact)
    return defaultdict(Rate, {key: over_degrees(some) for key, some in cells.items()})


def _fast_first(facts: tuple[Fact, ...]) -> list[str]:
    """Return the mixes, fast ones first, those without a rate last."""
    logs: defaultdict[str, list[float]] = defaultdict(list)
    for fact in facts:
        logs[fact.mix] += [math.log(fact.rate.value)] if fact.rate.known else []
    return sorted(logs, key=lambda mix: -np.mean(logs[mix]) if logs[mix] else math.inf)


def _extremes(facts: tuple[Fact, ...]) -> str:
    known = [fact for fact in facts if fact.rate.known and fact.is_homogeneous]
    if not known:
        return "No cell of one profile has a rate."
    fast, slow = (pick(known, key=lambda one: one.rate.value) for pick in (max, min))
    return (
        f"The fastest cell is {fast.mix} about {fast.news} at degree {fast.degree}, with a rate of "
        f"{rate(fast.rate)}: {number(fast.rate.value / slow.rate.value, 2)} times the slowest, "
        f"{slow.mix} about {slow.news}, with {rate(slow.rate)}."
    )


def _coverage(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    known = [
        one for one in facts if one.is_homogeneous and one.rate.known and math.isfinite(one.true)
    ]
    if not known:
        return ()
    holds = sum(one.rate.holds(one.true) for one in known)
    return (
        f"The agents' true rate is known in {count(len(known), 'cell')}; the 95 % interval holds "
        f"it in {holds} of them ({percent(holds, len(known))}).",
    )


def effects_section(facts: tuple[Fact, ...], design: Design) -> Section:
    """Return the section on trait and news effects as rate ratios."""
    heading = "What traits and events do to the rate"
    traits, news = ratios(facts, design.reference)
    if design.asked is not None:
        traits = tuple(replace(one, name=design.asked.named(one.name)) for one in traits)
    groups = [("high rather than low", traits), (f"against {design.reference}", news)]
    present = [(name, some) for name, some in groups if some]
    if not present:
        return Section("effects", heading, "There are too few cells to tell effects apart.")
    title = "Rate ratios: by how much the rate is multiplied"
    finding, more = _effects_words(traits, news)
    finding = " ".join([finding, *_doubts(design)])
    figure = ratios_figure(title, present, design.synthetic)
    picture = drawn("effects", figure, f"Points with intervals for each effect. {finding} {more}")
    rows = tuple(
        (one.name, name, number(one.value), number(one.low), number(one.high),
         number(one.true))
        for name, some in present
        for one in some
    )  # fmt: skip
    head = ("effect", "compared", "rate ratio", "from", "to", "put in")
    how = (
        "ln rate of all cells of one profile is regressed on the five traits, the news and the "
        "degree. A ratio of 1.2 means a rate that is 20 % higher; 1 means no difference."
    )
    known = any(math.isfinite(one.true) for one in (*traits, *news))
    put = (
        "Diamonds are what was put in: the same regression on the agents' true rates, which the "
        "rule writes down." if known else "No true ratios are known here: tables that were "
        "measured need not follow any rule."
    )  # fmt: skip
    caption = "Rate ratios with 95 % intervals"
    return Section(
        "effects",
        heading,
        finding,
        (*_check_words(design), more, how, put),
        picture,
        (Table(caption, head, rows),),
    )


def _doubts(design: Design) -> list[str]:
    """Return which tables do not tell their profiles apart: it stands beside what is made of them.

    What each of them says is in the table of events.
    """
    doubted = list(design.doubted)
    if not doubted:
        return []
    which = "No table tells" if len(doubted) == len(design.news) else (
        f"{count(len(doubted), 'table')} of {len(design.news)} ({listed(doubted)}) do not tell"
    )  # fmt: skip
    return [
        f"{which} its profiles apart by more than luck or 0.02: ratios of traits, differences "
        "between profiles and a second rate are about no more than that, however narrow their "
        "intervals."
    ]


def _check_words(design: Design) -> list[str]:
    """Return what the persona check says of the model whose tables these are."""
    asked = design.asked
    if asked is None:
        return []
    return [
        f"Persona check of {asked.name}: {asked.words} In brackets behind each trait is whether "
        "the model takes it on; the ratio of one that it does not is no effect of personality."
    ]


def _effects_words(traits: Estimates, news: Estimates) -> tuple[str, str]:
    """Return which trait matters most, in a sentence, and what else there is to say."""
    first, more = "The profiles differ in no trait.", []
    if traits:
        most = _most(traits)
        first = (
            f"The trait that matters most is {most.name}: where it is high, the rate is "
            f"{rate(most)} times that where it is low{_put_in(most)}."
        )
        clear = [one.name for one in traits if not one.low <= 1 <= one.high]
        more.append(_clear_words(clear, len(traits)))
    if news:
        most = _most(news)
        more.append(
            f"The news that matters most is {most.name}, with a ratio of "
            f"{rate(most)}{_put_in(most)}."
        )
    known = [one for one in (*traits, *news) if math.isfinite(one.true)]
    if known:
        holds = sum(one.low <= one.true <= one.high for one in known)
        more.append(f"{holds} of {len(known)} intervals hold what was put in.")
        if len(news) > 1:
            more.append("Ratios of news share their reference, so they miss together if it is off.")
    return first, " ".join(more)


def _most(some: Estimates) -> Estimate:
    return max(some, key=lambda one: abs(math.log(one.value)))


def _put_in(one: Estimate) -> str:
    return f" (put in: {number(one.true)})" if math.isfinite(one.true) else ""


def _clear_words(clear: list[str], whole: int) -> str:
    if not clear:
        return "No trait's interval leaves out 1."
    if len(clear) == whole:
        return f"The intervals of all {whole} traits leave out 1."
    return f"The interval leaves out 1 for {listed(clear)}."


# The report as one HTML file: everything inline, no scripts; all texts escaped.


def page(
    title: str, lead: str, notes: Sequence[str], sections: Sequence[Section], synthetic: bool
) -> str:
    """Return the report."""
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
    doubted = design.doubted
    head = ("name", "type", "headline", "effect on the log-odds", "source of the effect", "note",
            *(["doubt of the table"] if doubted else []))  # fmt: skip
    rows = tuple(
        (name, one.type.value, one.headline,
         "in the table" if design.measured else number(one.offset.value),
         "measured" if design.measured else one.offset.source, one.content_note,
         *([doubted.get(name, "none")] if doubted else []))
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
    r"""Return the command that makes the atlas of a design."""
    base = design.grid.base
    words = ["newswave", "atlas", "--out", "atlas", *(["--quick"] if design.is_small else [])]
    if design.asked is not None:
        words += ["--model", design.asked.name, "--wording", design.asked.wording]
        words += ["--events", *design.news]
    elif design.measured:
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
    design = designed(effects, events, tables, degrees, n_agents, replicas, small)
    return chart(design, folder, workers, progress)


def designed(
    effects: str = "literature",
    events: Iterable[str] = EVENTS,
    tables: Iterable[str | Path | Measured] = (),
    degrees: Iterable[int] = DEGREES,
    n_agents: int = 1000,
    replicas: int = 200,
    small: bool = False,
) -> Design:
    """Return what `atlas` would run with these arguments; one agent of a hundred is a seed."""
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
