"""The sections on rates and on what traits and news do to them."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from newswave.atlases.design import Design
from newswave.atlases.facts import Fact, Rate
from newswave.atlases.items import Section, Table, drawn
from newswave.atlases.regression import Ratio, over_degrees, ratios
from newswave.atlases.words import count, degrees, listed, number, percent, rate
from newswave.atlasplots import Estimate, heat_figure, ratios_figure

_NO_RATES = "No cell could be fitted, so there are no rates to show."


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
    known = [fact for fact in facts if fact.rate.known and fact.alike]
    if not known:
        return "No cell of one profile has a rate."
    fast, slow = (pick(known, key=lambda one: one.rate.value) for pick in (max, min))
    return (
        f"The fastest cell is {fast.mix} about {fast.news} at degree {fast.degree}, with a rate of "
        f"{rate(fast.rate)}: {number(fast.rate.value / slow.rate.value, 2)} times the slowest, "
        f"{slow.mix} about {slow.news}, with {rate(slow.rate)}."
    )


def _coverage(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    known = [one for one in facts if one.alike and one.rate.known and math.isfinite(one.true)]
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
