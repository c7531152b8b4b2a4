"""Lesson 8: the questions of its core."""

import numpy as np

from newswave.learn.bank.events_and_rates import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Function, Number, Share

_CASES = (
    ([3.0, 1.0, 2.0, 10.0], [0.2, 0.1, 0.4, 0.8]),
    ([114, 118, 126, 127, 89, 92, 105, 106], [0.13, 0.10, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03]),
)


def _once(x: list[float], y: list[float]) -> float:
    """Return what comes of one argsort, which gives places and not ranks."""
    return facts.pearson(np.argsort(x), np.argsort(y))


def _downward(x: list[float], y: list[float]) -> float:
    return -facts.spearman(x, y)


RANKS = Item(
    "8.3", 2,
    "Complete ex8_3(x, y): the correlation of the ranks of x with the ranks of y. There are no "
    "equal values.",
    Function(_CASES, 0.005),
    lambda: facts.spearman,
    "Ranks first, then the usual correlation. It measures whether one rises with the other, in a "
    "straight line or not.",
    (
        Wrong("Pearson", lambda: facts.pearson,
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
    lambda: facts.p_value(facts.found(), 8),
    "Chance alone often does as much. With eight reports, a correlation of this size says "
    "little.",
    (
        Wrong("one-sided", lambda: facts.p_value(facts.found(), 8, np.positive),
              "You counted the correlations on one side only.",
              "Your question had no direction: a negative one would also have counted.",
              "Compare sizes: np.abs(made) with abs(rho)."),
        Wrong("smaller", lambda: 1 - facts.p_value(facts.found(), 8),
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
    facts.stratified_p,
    "A small p-value, from the same eight reports. The difference between the groups had hidden "
    "it.",
    (
        Wrong("over all", lambda: facts.p_value(facts.found(), 8),
              "That is the p-value of all eight together.",
              "If you shuffle all eight, leisure gets rates of service, and the groups are mixed "
              "again.",
              "Shuffle each group by itself.", "M15"),
        Wrong("one group", lambda: facts.p_value(facts.within()[0], 4),
              "That is the p-value of one group of four.",
              "Four things have only 24 orders, so no p-value can be small.",
              "Take both groups: the mean of the two correlations."),
        Wrong("never", lambda: 0.0,
              "You found no shuffle as extreme as the real order.",
              "The real order is one of the 576 that there are, and so is its mirror image, so "
              "some seven of 2000 shuffles are as extreme. Rounding, or > for >=, loses them.",
              "Compare with >=, and subtract 1e-9 from the size that was found."),
        Wrong("one side", lambda: facts.stratified_p(np.positive),
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
    lambda: facts.TESTS * facts.LEVEL,
    "One finding per study, out of nothing. Always say how many tests you made.",
    (
        Wrong("per test", lambda: facts.LEVEL,
              "That is the chance for each test.", "There are twenty tests.",
              "Multiply by the number of tests.", "M15"),
        Wrong("at least one", lambda: 1 - (1 - facts.LEVEL) ** facts.TESTS,
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

ITEMS = (RANKS, LUCK, STRATA, TWENTY)
