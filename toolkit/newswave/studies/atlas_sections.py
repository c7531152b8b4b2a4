"""The sections of an atlas: curves, verdicts, theories, rates, effects."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from newswave.equations.verdict import Choice
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
from newswave.studies import atlas_design
from newswave.studies.atlas_design import (
    CALLERS,
    LIKELY,
    TWO,
    Design,
    Fact,
    Rate,
    Ratio,
    Section,
    Table,
    count,
    degrees,
    drawn,
    listed,
    number,
    over_degrees,
    percent,
    points,
    rate,
    ratios,
)

Floats = npt.NDArray[np.float64]

VERDICT = "calibrated verdict"

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
    rows = atlas_design.shown(facts, design)
    if not rows:
        return Section("curves", heading, "No profile could be fitted at every degree.")
    panels = atlas_design.panels(rows, design.study.networks)
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


def _mixing_calls(fact: Fact) -> bool:
    """Return whether the AIC of a well-mixed fit calls a second rate, by any method."""
    return any(mixing == "well-mixed" and call == TWO for (mixing, _), call in fact.calls.items())


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
        mixing = [fact for fact in homogeneous if _mixing_calls(fact)]
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
    groups = [("high rather than low", traits), (f"against {design.reference}", news)]
    present = [(name, some) for name, some in groups if some]
    if not present:
        return Section("effects", heading, "There are too few cells to tell effects apart.")
    title = "Rate ratios: by how much the rate is multiplied"
    points = [(name, [_estimate(one) for one in some]) for name, some in present]
    finding, more = _effects_words(traits, news)
    figure = ratios_figure(title, points, design.synthetic)
    picture = drawn("effects", figure, f"Points with intervals for each effect. {finding} {more}")
    rows = tuple(
        (one.name, name, number(one.ratio.value), number(one.ratio.low), number(one.ratio.high),
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
        (more, how, put),
        picture,
        (Table(caption, head, rows),),
    )


def _estimate(one: Ratio) -> Estimate:
    return Estimate(one.name, one.ratio.value, one.ratio.low, one.ratio.high, one.true)


def _effects_words(traits: tuple[Ratio, ...], news: tuple[Ratio, ...]) -> tuple[str, str]:
    """Return which trait matters most, in a sentence, and what else there is to say."""
    first, more = "The profiles differ in no trait.", []
    if traits:
        most = _most(traits)
        first = (
            f"The trait that matters most is {most.name}: where it is high, the rate is "
            f"{rate(most.ratio)} times that where it is low{_put_in(most)}."
        )
        clear = [one.name for one in traits if not one.ratio.low <= 1 <= one.ratio.high]
        more.append(_clear_words(clear, len(traits)))
    if news:
        most = _most(news)
        more.append(
            f"The news that matters most is {most.name}, with a ratio of "
            f"{rate(most.ratio)}{_put_in(most)}."
        )
    known = [one for one in (*traits, *news) if math.isfinite(one.true)]
    if known:
        holds = sum(one.ratio.holds(one.true) for one in known)
        more.append(f"{holds} of {len(known)} intervals hold what was put in.")
        if len(news) > 1:
            more.append("Ratios of news share their reference, so they miss together if it is off.")
    return first, " ".join(more)


def _most(some: tuple[Ratio, ...]) -> Ratio:
    return max(some, key=lambda one: abs(math.log(one.ratio.value)))


def _put_in(one: Ratio) -> str:
    return f" (put in: {number(one.true)})" if math.isfinite(one.true) else ""


def _clear_words(clear: list[str], whole: int) -> str:
    if not clear:
        return "No trait's interval leaves out 1."
    if len(clear) == whole:
        return f"The intervals of all {whole} traits leave out 1."
    return f"The interval leaves out 1 for {listed(clear)}."
