"""Lesson 8: events and rates."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.events import Event, event, library
from newswave.core.population import PROFILES, Effect, IndependentTraits, OneProfile, signs_of
from newswave.core.rules import ByTraits, SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.fit import fit
from newswave.equations.models import OneRate, OnNetwork
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Number, Share
from newswave.llm.fake_ollama.formula import Mind

Floats = npt.NDArray[np.float64]

# Facts: the eight reports, their rates and ranks, and what chance does to them.

CHANCE = 0.05
LEVEL = 0.05
TESTS = 20
CLASS = 30

_SERVICE = {
    "short-power-cut": 0.9,
    "library-reopens": 0.65,
    "planned-power-cut": 0.45,
    "first-snow": 0.2,
}
_LEISURE = {
    "cup-final-draw": 0.3,
    "marathon-result": 0.1,
    "faint-comet": -0.2,
    "harvest-fair": -0.4,
}
_SOURCE = "chosen for lesson 8, so that there is something to find; nobody measured it"


def sealed_reports() -> tuple[Event, ...]:
    """Return the lesson's eight reports, four of service and four of leisure, in no telling order.

    Their words are the library's. Their offsets were chosen for the lesson.

    Examples
    --------
    >>> [len(report.text) for report in sealed_reports()]
    [89, 105, 127, 106, 118, 92, 126, 114]
    """
    chosen = sorted((_SERVICE | _LEISURE).items())
    return tuple(replace(event(name), offset=Effect(v, _SOURCE)) for name, v in chosen)


def is_service() -> npt.NDArray[np.bool_]:
    """Return which of the eight reports are of service."""
    return np.array([report.id in _SERVICE for report in sealed_reports()])


def setup(news: Event, seed: int) -> Setup:
    """Return the run from which a report's rate is found."""
    return Setup(n_agents=500, mix=OneProfile(PROFILES[0]), sharing=SameForAll(CHANCE), event=news,
                 n_seeds=10, rounds=60, replicas=1, seed=seed)  # fmt: skip


@cache
def rates() -> Floats:
    """Return the fitted rate of each report, per contact and round."""
    model = OneRate(OnNetwork(8))
    runs = [simulate(setup(news, seed)) for seed, news in enumerate(sealed_reports())]
    return np.array([fit(run, model).estimates["rate"] for run in runs])


def lengths() -> Floats:
    """Return the characters of each report."""
    return np.array([float(len(report.text)) for report in sealed_reports()])


def ranks(values: Any) -> Floats:
    """Return the rank of each value, 0 for the smallest."""
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)


def pearson(x: Any, y: Any) -> float:
    """Return Pearson's correlation."""
    return float(np.corrcoef(x, y)[0, 1])


def spearman(x: Any, y: Any) -> float:
    """Return the correlation of the ranks."""
    return pearson(ranks(x), ranks(y))


@cache
def by_luck(count: int) -> Floats:
    """Return the rank correlation of every order of some things with their first order."""
    orders = np.array(list(itertools.permutations(range(count))), float)
    middle = (count - 1) / 2
    return (orders - middle) @ (np.arange(count) - middle) / (count * (count**2 - 1) / 12)


def p_value(rho: float, count: int, sided: Callable[[Floats], Floats] = np.abs) -> float:
    """Return how often luck makes a correlation at least as large; both signs unless said."""
    return float((sided(by_luck(count)) >= sided(np.array([rho]))[0] - 1e-9).mean())


def overall() -> float:
    """Return the rank correlation of length and rate over all eight reports."""
    return spearman(lengths(), rates())


def within() -> tuple[float, float]:
    """Return the rank correlations within service and within leisure."""
    one = is_service()
    return (spearman(lengths()[one], rates()[one]), spearman(lengths()[~one], rates()[~one]))


def stratified_p(sided: Callable[[Floats], Floats] = np.abs) -> float:
    """Return how often luck within the groups makes as large a mean correlation."""
    mean = np.add.outer(by_luck(4), by_luck(4)) / 2
    seen = sided(np.array([np.mean(within())]))[0]
    return float((sided(mean) >= seen - 1e-9).mean())


def moved(offset: float) -> float:
    """Return the share probability that an offset makes of the lesson's."""
    news = replace(sealed_reports()[0], offset=Effect(offset, _SOURCE))
    return float(setup(news, 0).table(1).probabilities[0, 1])


def cited() -> float:
    """Return the one offset of the library that is not chosen."""
    return max(known.offset.value for known in library() if not known.offset.chosen)


@cache
def luck_of_a_pair() -> float:
    """Return the standard deviation of the difference of two half-times of one event."""
    quiet = Setup(n_agents=500, mix=IndependentTraits(), sharing=ByTraits(), replicas=50, rounds=50)
    return float(np.sqrt(2) * simulate(quiet).half_time().std())


@cache
def studies(count: int = 200) -> npt.NDArray[np.int64]:
    """Return how many of twenty tests fall below 0.05 in each study, where nothing is there.

    In each study 32 personas answer twenty times about each of eight neutral reports.
    """
    neutral = [event(report.id) for report in sealed_reports()]
    chances = [[Mind().probability(who, news, 1) for who in PROFILES] for news in neutral]
    yes = np.random.default_rng(1).binomial(20, chances, size=(count, *np.shape(chances))) / 20
    effects = yes @ (signs_of(PROFILES) / 8.0)
    counted = np.array([features(news) for news in neutral])
    return np.array([(np.abs(_table(one, counted)) > limit() - 1e-9).sum() for one in effects])


@cache
def limit() -> float:
    """Return from which size on a rank correlation of eight has p below 0.05."""
    sizes = np.unique(np.abs(by_luck(8)).round(9))
    return float(next(size for size in sizes if p_value(float(size), 8) < LEVEL))


def features(news: Event) -> tuple[float, ...]:
    """Return four things that can be counted in a report, two of them silly."""
    text = news.text.lower()
    return (len(text), len(text) / len(text.split()), text.count("e") / len(text),
            ord(news.headline.lower()[0]))  # fmt: skip


def _table(effects: Floats, words: Floats) -> Floats:
    """Return the rank correlation of each column of one with each of the other."""
    one, other = (np.apply_along_axis(ranks, 0, part) for part in (effects, words))
    both = np.corrcoef(one.T, other.T)
    return np.asarray(both[: one.shape[1], one.shape[1] :])


def chosen_side() -> float:
    """Return how often a one-sided test in the direction that was seen first finds something."""
    sizes = np.unique(by_luck(8).round(9))
    least = next(s for s in sizes if p_value(float(s), 8, np.positive) < LEVEL)
    return float((np.abs(by_luck(8)) > least - 1e-9).mean())


# Warm-up.

APART = 0.8

OFFSET = Item(
    "8.1", 2,
    "From lesson 5: a neutral report is shared with probability 0.05 for each sharing neighbour. "
    "Another report moves the log-odds up by 0.65. With what probability is it shared?",
    Share(0.001),
    lambda: moved(cited()),
    "Yes: the odds are multiplied by e^0.65, and the odds turned back into a probability.",
    (
        Wrong("added", lambda: CHANCE + cited(),
              "You added 0.65 to the probability.",
              "It has to be added to the log-odds, ln(q / (1 − q)).",
              "Turn 0.05 into odds first: 0.05 / 0.95."),
        Wrong("percent", lambda: CHANCE * (1 + cited()),
              "You made the probability 65 percent larger.",
              "On the log-odds, 0.65 multiplies the odds by e^0.65, which is nearly two.",
              "Turn 0.05 into odds first: 0.05 / 0.95."),
        Wrong("ratio of chances",
              lambda: CHANCE * (moved(cited()) / (1 - moved(cited())))
              / (CHANCE / (1 - CHANCE)),
              "You multiplied the probability by e^0.65.",
              "The odds are what is multiplied; for small chances the two are close.",
              "Turn the odds back: q = odds / (1 + odds)."),
    ),
    "Odds are q / (1 − q). Multiply them by e^0.65 and turn them back.",
    ("The odds of 0.05 are 0.05 / 0.95.", "Times np.exp(0.65), then odds / (1 + odds)."),
    Solution("Odds times e^0.65, and back.",
             "odds = 0.05 / 0.95 * np.exp(0.65)\nex8_1 = odds / (1 + odds)"),
)  # fmt: skip

ONE_RUN = Item(
    "8.2", 2,
    "From lesson 4: two events, one run of each, from a few seed agents. Half have shared by "
    "round 14.2 in one and by round 15.0 in the other. What do you know about the two events?",
    Choice((
        ("a", "the second one spreads more slowly"),
        ("b", "little: two runs of the same event differ by as much"),
        ("c", "both spread equally fast"),
    )),
    lambda: "b" if luck_of_a_pair() > APART else "a",
    "One run of each can hardly tell noise from a real difference. Always compare a difference "
    "with the spread between runs.",
    (
        Wrong("slower", lambda: "a",
              "In these two runs it was slower.",
              "The question is about the events, not the runs.",
              "Think of two runs of the same event: how far apart are their half-times?", "M7"),
        Wrong("equal", lambda: "c",
              "You are right not to trust the difference.",
              "But no evidence of a difference is not evidence of no difference.",
              "Ask for more runs of each before you say that they are equal."),
    ),
    "Think of two runs of the same event: how far apart are their half-times?",
    ("How much did half-times vary from run to run in lesson 4?",
     "0.8 rounds: is that more or less?"),
    Solution("The noise between two runs is larger than 0.8 rounds.", 'ex8_2 = "b"'),
)  # fmt: skip

# Predictions.

CLEAR = 0.3


def _sign(rho: float) -> str:
    return "a" if rho > CLEAR else "c" if rho < -CLEAR else "b"


def _inside() -> str:
    one, other = (_sign(rho) for rho in within())
    return one if one == other else "b"


def _any() -> str:
    chance = 1 - (1 - LEVEL) ** TESTS
    return min({"a": 0.05, "b": 0.33, "c": 0.65}.items(), key=lambda one: abs(one[1] - chance))[0]


LENGTH = Item(
    "8.P1", 1,
    "Eight reports of different length, one run of each. What will the rank correlation of length "
    "and transmission rate be?",
    Choice((
        ("a", "above 0.3: longer reports travel faster"),
        ("b", "between −0.3 and 0.3: neither"),
        ("c", "below −0.3: longer reports travel more slowly"),
    )),
    lambda: _sign(overall()),
    "You said so before you saw it, and that gives it weight. What it means is still open: first "
    "how certain it is, then where it comes from.",
    (
        Wrong("neither", lambda: "b",
              "You expected nothing, which is the most careful guess.",
              "But the two rise together a little more than that.",
              "Do not change your prediction. Look at how sure the correlation is."),
        Wrong("slower", lambda: "c",
              "You expected long reports to tire their readers.",
              "Over all eight reports the sign is the opposite.",
              "Keep your reason in mind: you will need it when you look inside the groups."),
    ),
    "Compare with the correlation in the cell above.",
    ("Do you have a reason to expect one sign? Write it down.",
     "There is no right guess before the data. Commit to one."),
    Solution("The correlation came out above 0.3.", 'predict("8.P1", "a")'),
)  # fmt: skip

INSIDE = Item(
    "8.P2", 3,
    "Four of the reports are of service (a power cut, snow on the road), four of leisure (a cup "
    "final, a fair). Now look at length and rate inside each of the two groups. What will you see?",
    Choice((
        ("a", "the same as over all: longer is faster"),
        ("b", "nothing clear"),
        ("c", "the opposite: longer is slower in both"),
    )),
    _inside,
    "Service reports are longer, and they are shared more readily. Put together, length seems to "
    "help; inside the groups it does the opposite.",
    (
        Wrong("same", lambda: "a",
              "You expect a part to show what the whole shows.",
              "That is so only if nothing else differs between the parts.",
              "Look at the picture with two signs: go through each group from left to right."),
        Wrong("nothing", lambda: "b",
              "With four reports in a group, that would be no surprise.",
              "But here both groups fall without exception.",
              "Look at the picture with two signs: go through each group from left to right."),
    ),
    "Go through each group from left to right in the picture.",
    ("Which group has the longer reports?", "And which group is shared more readily?"),
    Solution("In both groups the longer report is the slower one.", 'predict("8.P2", "c")'),
)  # fmt: skip

ANY = Item(
    "8.P3", 4,
    "You test 20 things, each at the level 0.05, and there is nothing at all to be found. How "
    "likely is it that at least one test says “found”?",
    Choice((("a", "about 5 %"), ("b", "about one third"), ("c", "about two thirds"))),
    _any,
    "With twenty tests, a finding by chance is the rule, not the exception.",
    (
        Wrong("per test", lambda: "a",
              "5 % is the chance that one test is wrong.", "There are twenty of them.",
              "Ask with what probability all twenty stay silent: 0.95 times 0.95, and so on.",
              "M15"),
        Wrong("third", lambda: "b",
              "You are right that it must be more than 5 %.", "It grows faster than you think.",
              "Work out 1 − 0.95²⁰."),
    ),
    "Ask with what probability all twenty stay silent.",
    ("One test stays silent with probability 0.95.", "All twenty: 0.95²⁰."),
    Solution("1 − 0.95²⁰ is nearly two thirds.", 'predict("8.P3", "c")'),
)  # fmt: skip

# Core.

_CASES = (
    ([3.0, 1.0, 2.0, 10.0], [0.2, 0.1, 0.4, 0.8]),
    ([114, 118, 126, 127, 89, 92, 105, 106], [0.13, 0.10, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03]),
)


def _once(x: list[float], y: list[float]) -> float:
    """Return what comes of one argsort, which gives places and not ranks."""
    return pearson(np.argsort(x), np.argsort(y))


def _downward(x: list[float], y: list[float]) -> float:
    return -spearman(x, y)


RANKS = Item(
    "8.3", 2,
    "Complete ex8_3(x, y): the correlation of the ranks of x with the ranks of y. There are no "
    "equal values.",
    Function(_CASES, 0.005),
    lambda: spearman,
    "Ranks first, then the usual correlation. It measures whether one rises with the other, in a "
    "straight line or not.",
    (
        Wrong("Pearson", lambda: pearson,
              "That is Pearson's correlation: it asks how close the points are to a straight line.",
              "A single very long report can decide it.",
              "Turn x and y into ranks first, with ranks(...)."),
        Wrong("argsort once", lambda: _once,
              "You sorted once. np.argsort tells you where each value is found, not its rank.",
              "For [3, 1, 2] it gives [1, 2, 0], while the ranks are [2, 0, 1].",
              "Use ranks(...) from the worked cell: it sorts twice."),
        Wrong("one turned around", lambda: _downward,
              "The size is right, the sign is not.",
              "One of the two is ranked from the largest down, the other from the smallest up.",
              "Rank both from the smallest to the largest."),
    ),
    "Print the ranks of both rows before you correlate them.",
    ("Two steps: ranks of each, then their correlation.",
     "np.corrcoef(a, b)[0, 1] is the correlation of a and b.",
     "ranks(...) is in the worked cell above."),
    Solution("Ranks, then their correlation.",
             "def ex8_3(x, y):\n    return np.corrcoef(ranks(x), ranks(y))[0, 1]\n"),
)  # fmt: skip

LUCK = Item(
    "8.4", 2,
    "`made` holds the null distribution, the correlations that chance alone makes from these "
    "eight reports; `rho` is the one that was found. You asked whether length matters, in "
    "either direction. How often does chance make a correlation at least as large? This is the "
    "p-value.",
    Share(0.01),
    lambda: p_value(overall(), 8),
    "Chance alone often does as much. With eight reports, a correlation of this size says "
    "little.",
    (
        Wrong("one-sided", lambda: p_value(overall(), 8, np.positive),
              "You counted the correlations on one side only.",
              "Your question had no direction: a negative one would also have counted.",
              "Compare sizes: np.abs(made) with abs(rho)."),
        Wrong("smaller", lambda: 1 - p_value(overall(), 8),
              "That is how often chance makes a smaller one.",
              "The p-value counts those at least as large as the one found.",
              "Reverse the comparison: >= instead of <."),
    ),
    "Which part of np.abs(made) is at least abs(rho)?",
    ("Large means large in size: use np.abs.",
     "(np.abs(made) >= abs(rho)) is an array of True and False.",
     "Its mean is the fraction that is True. Subtract 1e-9 from abs(rho), so that ties count."),
    Solution("The fraction of the shuffles with at least that size.",
             "ex8_4 = (np.abs(made) >= abs(rho) - 1e-9).mean()"),
)  # fmt: skip

STRATA = Item(
    "8.5", 3,
    "Test it inside the groups: shuffle the rates of service among themselves and those of "
    "leisure among themselves, take the mean of the two correlations, 2000 times. How often "
    "does chance make a mean at least as large in size as the one found?",
    Share(0.004, above=0.0),
    stratified_p,
    "A small p-value, from the same eight reports. The difference between the groups had hidden "
    "it.",
    (
        Wrong("over all", lambda: p_value(overall(), 8),
              "That is the p-value of all eight together.",
              "If you shuffle all eight, leisure gets rates of service, and the groups are mixed "
              "again.",
              "Shuffle each group by itself.", "M15"),
        Wrong("one group", lambda: p_value(within()[0], 4),
              "That is the p-value of one group of four.",
              "Four things have only 24 orders, so no p-value can be small.",
              "Take both groups: the mean of the two correlations."),
        Wrong("never", lambda: 0.0,
              "You found no shuffle as extreme as the real order.",
              "The real order is one of the 576 that there are, and so is its mirror image, so "
              "some seven of 2000 shuffles are as extreme. Rounding, or > for >=, loses them.",
              "Compare with >=, and subtract 1e-9 from the size that was found."),
        Wrong("one side", lambda: stratified_p(np.positive),
              "You counted the means that lie above the one that was found.",
              "It was negative, as low as possible, so nearly every mean lies above it.",
              "Compare sizes: np.abs of the mean."),
    ),
    "Shuffle each group by itself, and compare np.abs of the mean of the two correlations.",
    ("luck.permutation(rates[service]) shuffles one group.",
     "mean = (spearmanr(...).statistic + spearmanr(...).statistic) / 2, once for each shuffle.",
     "The worked cell with `made` does it for all eight together: here are two groups."),
    Solution("Two shuffles, one mean, 2000 times.",
             "def inside(rates):\n"
             "    return np.mean([np.corrcoef(ranks(lengths[g]), ranks(rates[g]))[0, 1]\n"
             "                    for g in (service, ~service)])\n\n\n"
             "luck = np.random.default_rng(2)\nmeans = []\nfor _ in range(2000):\n"
             "    shuffled = rates.copy()\n    for g in (service, ~service):\n"
             "        shuffled[g] = luck.permutation(rates[g])\n"
             "    means.append(inside(shuffled))\n"
             "ex8_5 = (np.abs(means) >= abs(inside(rates)) - 1e-9).mean()"),
)  # fmt: skip

TWENTY = Item(
    "8.6", 4,
    "Five traits times four features of the reports are 20 tests, each at the level 0.05. There "
    "is nothing to find. How many of the 20 do you expect to say “found”, on average?",
    Number(0.01, "tests"),
    lambda: TESTS * LEVEL,
    "One finding per study, out of nothing. Always say how many tests you made.",
    (
        Wrong("per test", lambda: LEVEL,
              "That is the chance for each test.", "There are twenty tests.",
              "Multiply by the number of tests.", "M15"),
        Wrong("at least one", lambda: 1 - (1 - LEVEL) ** TESTS,
              "That is the chance of at least one finding.",
              "The question asks how many on average: some studies have two or three.",
              "Multiply the number of tests by the level."),
        Wrong("none", lambda: 0.0,
              "It is true that there is nothing to find.",
              "A test at the level 0.05 still says “found” in 5 % of such cases.",
              "Multiply the number of tests by the level.", "M15"),
    ),
    "Multiply the number of tests by the level.",
    ("How often is one test wrong if nothing is there?", "Twenty times that."),
    Solution("20 × 0.05.", "ex8_6 = 20 * 0.05"),
)  # fmt: skip

# Exit ticket.


def _side() -> str:
    chance = chosen_side()
    return min({"a": 0.05, "b": 0.1, "c": 0.5}.items(), key=lambda one: abs(one[1] - chance))[0]


def _apart() -> str:
    turned = overall() * within()[0] < 0 and overall() * within()[1] < 0
    return "b" if turned else "a"


SIDE = Item(
    "8.7", 1,
    "Somebody looks at the data first, sees that the correlation is positive, and then tests at "
    "the level 0.05 only whether it is positive. There is nothing to find. How often is "
    "something found?",
    Choice((("a", "in 5 % of such studies"), ("b", "in about 10 %"), ("c", "in about 50 %"))),
    _side,
    "Twice as often as the level says: the data chose the direction. That is why you wrote yours "
    "down first.",
    (
        Wrong("five", lambda: "a",
              "5 % would be right if the direction had been written down before.",
              "Here the data chose it, and might just as well have chosen the other one.",
              "Count both ways in which this person can find something."),
        Wrong("half", lambda: "c",
              "In half of all studies the sign is positive.",
              "But positive is not enough: it must be large as well.",
              "Count both ways in which this person can find something, 5 % each."),
    ),
    "Count both ways in which this person can find something.",
    ("What would the person have tested after a negative sign?", "Two ways, 5 % each."),
    Solution("Two chances of 5 % each.", 'ex8_7 = "b"'),
)  # fmt: skip

CONFOUNDED = Item(
    "8.8", 3,
    "Reports from the morning spread faster than those from the evening. All morning reports are "
    "about the weather, all evening reports about sport. What do you do?",
    Choice((
        ("a", "say that the morning makes news faster"),
        ("b", "compare morning and evening within weather and within sport, with new reports"),
        ("c", "leave the slowest reports out and compare again"),
    )),
    _apart,
    "Subject and hour go together here, so these data cannot separate them. New data can.",
    (
        Wrong("the morning", lambda: "a",
              "It is true that the morning goes with speed.",
              "But so does the weather: every morning report is about it.",
              "Ask what else differs between the two groups, and hold that fixed.", "M15"),
        Wrong("leave out", lambda: "c",
              "If you leave out what does not fit, you can get any result.",
              "And it does nothing about the subject.",
              "Ask what else differs between the two groups, and hold that fixed."),
    ),
    "Ask what else differs between the two groups, and hold that fixed.",
    ("What differs between the groups besides the hour?", "How did you treat length and kind?"),
    Solution("Hold the subject fixed. These data cannot, so you need new ones.", 'ex8_8 = "b"'),
)  # fmt: skip

CLASSROOM = Item(
    "8.9", 4,
    "Thirty learners test one thing each at the level 0.05, and there is nothing to find. How "
    "many of them find something, on average?",
    Number(0.05, "learners"),
    lambda: CLASS * LEVEL,
    "And if only those who found something report it, the class has a finding.",
    (
        Wrong("per test", lambda: LEVEL,
              "That is the chance for each learner.", "There are thirty.",
              "Multiply by the number of learners.", "M15"),
        Wrong("at least one", lambda: 1 - (1 - LEVEL) ** CLASS,
              "That is the chance that anybody finds something.",
              "The question asks how many do, on average.", "Multiply thirty by the level."),
        Wrong("all", lambda: float(CLASS),
              "You counted everybody.", "Each finds something with probability 0.05.",
              "Multiply thirty by the level."),
    ),
    "Multiply the number of learners by the level.",
    ("It is question 8.6 once more.", "Thirty tests instead of twenty."),
    Solution("30 × 0.05.", "ex8_9 = 30 * 0.05"),
)  # fmt: skip
LESSON = Lesson(
    8,
    "events-and-rates",
    "Events and rates",
    "Do kinds of events spread differently?",
    (
        "write down what you expect, with direction and strength, before you look",
        "compute a rank correlation, and say with a permutation test how sure it is",
        "name what else differs between events, and look inside groups that were named beforehand",
        "count your tests, and say how many findings chance produces",
    ),
    "lessons 4 and 5, and the permutation test of lesson 7.",
    "newswave and nothing else.",
    (OFFSET, ONE_RUN,
     LENGTH, INSIDE, ANY,
     RANKS, LUCK, STRATA, TWENTY,
     SIDE, CONFOUNDED, CLASSROOM),
)  # fmt: skip
