"""Lesson 1: one post, forty readers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Number, Numbers, Share

# Facts: a village of forty agents, and what its runs show.

FORTY = Setup(n_agents=40, network=RandomRegular(4), sharing=SameForAll(0.15), n_seeds=1,
              rounds=30, replicas=5, seed=1)  # fmt: skip
"""The village of the lesson: forty agents with four neighbours each."""

READY = 0.6
MANY = 200


@cache
def five() -> Curve:
    """Return the five runs of the lesson."""
    return simulate(FORTY)


@cache
def median_half(share_probability: float) -> float:
    """Return the median half-time of many runs, in rounds."""
    setup = replace(FORTY, sharing=SameForAll(share_probability))
    return float(np.median(simulate(setup, replicas=MANY).half_time()))


def first() -> Any:
    """Return how many have shared by each round of the first run."""
    return five().counts[0]


def _chance(exposure: int) -> float:
    return float(FORTY.table(4).probabilities[0, exposure])


def _shape() -> str:
    """Return which shape the first run has: where its growth is fastest says it."""
    new = np.diff(first())
    busy = new[: int(np.argmax(first() == FORTY.n_agents))]
    third = len(busy) // 3
    start, middle, end = busy[:third].sum(), busy[third:-third].sum(), busy[-third:].sum()
    if middle > start and middle > end:
        return "c"
    return "b" if end > middle else "d"


def _five_times() -> str:
    """Return what five runs of one setup have in common: all, the end alone, or nothing."""
    if (five().counts[:, -1] < FORTY.n_agents).any():
        return "c"
    return "b" if np.ptp(five().half_time()) >= 1 else "a"


def _end_of_new() -> str:
    return "a" if np.diff(first())[-1] == 0 else "b"


def _again() -> str:
    same = np.array_equal(simulate(FORTY).counts, five().counts)
    return "a" if same else "b"


def _faster() -> str:
    ratio = median_half(READY) / median_half(FORTY.sharing.share_probability)  # type: ignore[attr-defined]
    quarter = FORTY.sharing.share_probability / READY  # type: ignore[attr-defined]
    return "b" if ratio > 1.1 * quarter else "a" if ratio > 0.9 * quarter else "c"


# Questions.

SHAPE = Item(
    "1.P1", 2,
    "Forty people, one of whom posts a piece of news. You draw how many have shared it by each "
    "round. What shape will the line have?",
    Choice((
        ("a", "a straight line up to forty"),
        ("b", "steeper and steeper until all forty have shared"),
        ("c", "slow, then steep, then slow again: an S"),
        ("d", "steep at first, then flatter and flatter"),
    )),
    _shape,
    "At first few people pass the news on; at the end few are left to hear it. In between there "
    "are many of both, and the curve is steepest.",
    (
        Wrong("straight", lambda: "a",
              "A straight line means that the same number hear the news in every round.",
              "But one sharer reaches fewer people than ten sharers do.",
              "Look at the first five rounds of the run, then at five in its middle."),
        Wrong("ever steeper", lambda: "b",
              "Steeper and steeper means that more sharers always make more sharers.",
              "They do so only while there are people left who have not shared.",
              "Look at the last five rounds: who is left?", "M1"),
        Wrong("ever flatter", lambda: "d",
              "That would fit news that everybody hears at once, from the radio.",
              "Here it starts with one agent, and only four others can see it.",
              "Count the sharers in rounds 1 to 5 of the run."),
    ),
    "Look at the run again: where is the line steepest?",
    ("How many can pass the news on in round 1?", "And how many are left to hear it at the end?"),
    Solution("Few senders at first, few receivers at the end: an S.", 'predict("1.P1", "c")'),
)  # fmt: skip

NEW = Item(
    "1.1", 2,
    "Complete the function: given how many have shared by each round, it returns how many are new "
    "in each round. From [1, 3, 6] it makes [2, 3].",
    Function((([1, 3, 6, 8],), ([2, 2, 5, 9, 10],)), 0.01),
    lambda: np.diff,
    "Yes: what is new is the change from one round to the next. There is one number fewer, "
    "because round 0 has no round before it.",
    (
        Wrong("running sum", lambda: lambda counts: np.cumsum(counts)[1:],
              "You added up the numbers again.",
              "They are totals already: everyone who has shared so far.",
              "Subtract instead: each number minus the one before it."),
        Wrong("the total", lambda: lambda counts: np.asarray(counts)[1:],
              "These are the totals without the first one.",
              "A total says how many have shared by now, not how many are new.",
              "Subtract the previous round's total from each one."),
        Wrong("with the start", lambda: lambda counts: np.diff(counts, prepend=0),
              "You counted the first sharers as new, too.",
              "They were there before round 1, so no round made them.",
              "Leave the first number out: one number fewer than there are totals."),
        Wrong("backwards", lambda: lambda counts: -np.diff(counts),
              "You subtracted the later number from the earlier one.",
              "The result looks as if people forgot the news.",
              "Subtract the other way round."),
    ),
    "Try it by hand on [1, 3, 6]: the result is [2, 3].",
    ("Which two numbers do you need to know how many were new in round 2?",
     "counts[1:] are all totals but the first, counts[:-1] all but the last.",
     "The worked cell above subtracts two neighbouring totals: do that for all of them at once."),
    Solution("Each total minus the one before it.",
             "def ex1_1(counts):\n    counts = np.asarray(counts)\n"
             "    return counts[1:] - counts[:-1]"),
)  # fmt: skip

HALF = Item(
    "1.2", 2,
    "In run 0, after how many rounds have half of the forty shared?",
    Number(0.5, "rounds"),
    lambda: float(five().half_time()[0]),
    "This is the half-time. Every lesson will use it: one number for how fast news travels.",
    (
        Wrong("round of most news", lambda: float(np.argmax(np.diff(first())) + 1),
              "That is the round with the most new sharers.",
              "News grows fastest there, but half may come earlier or later.",
              "Look in `counts` for the two rounds between which it passes 20."),
        Wrong("end", lambda: float(np.argmax(first() == FORTY.n_agents)),
              "That is when everybody has shared.", "That is the end, not the halfway point.",
              "Look in `counts` for the two rounds between which it passes 20."),
        Wrong("agents", lambda: FORTY.n_agents / 2,
              "That is half of the agents.", "The question asks by which round they have shared.",
              "Look in `counts` for the two rounds between which it passes 20."),
    ),
    "Look in `counts` for the two rounds between which it passes 20; 20 itself is not in it.",
    ("Half of forty is twenty.", "Print `counts` and look between which two numbers 20 lies.",
     "`runs.half_time()` gives the half-time of every run; run 0 comes first."),
    Solution("`half_time` interpolates between the rounds before and after.",
             "ex1_2 = runs.half_time()[0]"),
)  # fmt: skip

TWO = Item(
    "1.3", 1,
    "An agent has not shared and sees two neighbours who have. Each makes it share with "
    "probability 0.15 in this round. With what probability does it share?",
    Share(0.005),
    lambda: _chance(2),
    "Yes: it stays silent only if both fail to convince it, 0.85 times 0.85. What is left is the "
    "chance that it shares.",
    (
        Wrong("added", lambda: 2 * _chance(1),
              "You added the two chances.",
              "Then ten neighbours would give 1.5, and no probability is above 1.",
              "Ask first: with what probability does neither convince it?"),
        Wrong("both", lambda: _chance(1) ** 2,
              "That is the chance that both convince it in the same round.",
              "One of them is enough.",
              "Ask first: with what probability does neither convince it?"),
        Wrong("one", lambda: _chance(1),
              "That is the chance with one sharing neighbour.", "Here there are two.",
              "Ask first: with what probability does neither convince it?"),
        Wrong("silent", lambda: (1 - _chance(1)) ** 2,
              "That is the chance that it stays silent.", "You were asked for the other one.",
              "Subtract it from 1."),
    ),
    "Ask first with what probability neither of the two convinces it.",
    ("Two neighbours, and each may fail.", "Both fail with probability 0.85 × 0.85.",
     "The rule in the text is 1 − (1 − q)^m, with q = 0.15 and m = 2."),
    Solution("Both fail with probability 0.85², so it shares with 1 − 0.85².",
             "ex1_3 = 1 - (1 - 0.15) ** 2"),
)  # fmt: skip

ALIKE = Item(
    "1.P3", 3,
    "The same setup is run five times: the same people, the same links, the same rule. What will "
    "the five curves have in common?",
    Choice((
        ("a", "everything: the same setup gives the same curve"),
        ("b", "the end, but not the way there: their half-times differ by a round or more"),
        ("c", "nothing: in some of the runs the news dies out"),
    )),
    _five_times,
    "The rule fixes the end: nobody stops sharing, so in the end all forty share. Luck decides "
    "how long it takes.",
    (
        Wrong("the same", lambda: "a",
              "The curves would be the same if nothing in a run were left to luck.",
              "But every run has its own random numbers: a different first sharer, different "
              "decisions.",
              "Compare the five lines of the figure: by which round have they reached 20?", "M7"),
        Wrong("dies out", lambda: "c",
              "News dies out where people stop sharing it.",
              "Here nobody takes a post down, and neighbours see it in every round.",
              "Look where the five lines of the figure end."),
    ),
    "Compare the five lines of the figure, on the way and at the end.",
    ("What in a run is left to chance?", "Does anybody ever stop sharing?"),
    Solution("All runs end with forty sharers; the half-times differ.", 'predict("1.P3", "b")'),
)  # fmt: skip

RANGE = Item(
    "1.4", 3,
    "Between which half-times do the five runs lie? Give the earliest and the latest, "
    "as (earliest, latest).",
    Numbers(2, 0.1, "the earliest and the latest half-time"),
    lambda: (float(five().half_time().min()), float(five().half_time().max())),
    "Same people, same links, same rule, and still not the same round. Whenever you give a "
    "half-time, give a range, too.",
    (
        Wrong("one run", lambda: (five().half_time()[0],) * 2,
              "That is run 0, twice.", "One run cannot show how much runs differ.",
              "Look at all five numbers in `runs.half_time()`.", "M7"),
        Wrong("turned around", lambda: (five().half_time().max(), five().half_time().min()),
              "These are the right two runs, in the wrong order.",
              "The earliest half-time is the smaller number.", "Swap the two."),
        Wrong("the end", lambda: tuple(
                  float(one) for one in np.sort(np.argmax(five().counts == 40, axis=1))[[0, -1]]),
              "That is when everybody has shared, in the fastest and the slowest run.",
              "You were asked when half have.", "Use `runs.half_time()`."),
    ),
    "Use the smallest and the largest number in `runs.half_time()`.",
    ("`runs.half_time()` has one number for each run.", "NumPy arrays have .min() and .max()."),
    Solution("The smallest and the largest of the five.",
             "ex1_4 = (runs.half_time().min(), runs.half_time().max())"),
)  # fmt: skip

READIER = Item(
    "1.P2", 1,
    "Now everybody shares four times as readily: 0.6 instead of 0.15 for each sharing neighbour. "
    "What happens to the half-time?",
    Choice((
        ("a", "it falls to about a quarter"),
        ("b", "it falls, but stays above a quarter"),
        ("c", "it falls to less than a quarter: readiness feeds on itself"),
    )),
    _faster,
    "However ready people are, the news can travel only one link per round.",
    (
        Wrong("a quarter", lambda: "a",
              "A quarter would be right if only persuasion took time.",
              "But crossing a link takes at least one round, however ready people are.",
              "Divide your new half-time by the old one, and compare with a quarter."),
        Wrong("less", lambda: "c",
              "You expect that sharers make sharers, and so they do in both villages.",
              "That is why both curves are S-shaped. But crossing a link still takes a round.",
              "Count how many links lie between the first sharer and the farthest agent."),
    ),
    "Divide your new half-time by the old one, and compare with a quarter.",
    ("What is the fastest that news can go over one link?",
     "With probability 1, how many rounds would it take to the farthest agent?"),
    Solution("Crossing a link takes at least one round, so four times as ready is not four times "
             "as fast.",
             'predict("1.P2", "b")'),
)  # fmt: skip

OWN = Item(
    "1.5", 1,
    "Find out for yourself: what is the median half-time of 200 runs with share probability 0.6 "
    "and everything else as before?",
    Number(0.1, "rounds"),
    lambda: median_half(READY),
    "More than a quarter of the old half-time: at this readiness, the distance the news has to "
    "travel matters.",
    (
        Wrong("unchanged", lambda: median_half(0.15),
              "That is the half-time with 0.15.", "The new setup was not run.",
              "Give nw.SameForAll(0.6) to the setup that you simulate."),
        Wrong("a quarter", lambda: median_half(0.15) / 4,
              "You divided the old half-time by four.",
              "That assumes the very thing you are testing.",
              "Run it: nw.simulate(...).half_time(), and NumPy's median."),
        Wrong("times four", lambda: median_half(0.15) * 4,
              "You multiplied the half-time by four.",
              "More readiness makes news faster, so the half-time falls.",
              "Run it: nw.simulate(...).half_time(), and NumPy's median."),
    ),
    "Make a new setup with nw.SameForAll(0.6) and replicas=200, simulate it, take the median.",
    ("Copy the setup from the top of the lesson and change two things.",
     "sharing=nw.SameForAll(0.6) and replicas=200.",
     "The worked cell above does the same for 0.15."),
    Solution("A setup with one thing changed, run 200 times.",
             "ready = nw.Setup(n_agents=40, network=nw.RandomRegular(4), n_seeds=1, rounds=30,\n"
             "                 sharing=nw.SameForAll(0.6), replicas=200, seed=1)\n"
             "ex1_5 = np.median(nw.simulate(ready).half_time())"),
)  # fmt: skip

NOBODY = Item(
    "1.6", 1,
    "An agent has not shared, and none of its neighbours has. With what probability does it share "
    "in this round?",
    Choice((("a", "0"), ("b", "0.15"), ("c", "it depends on how many have shared elsewhere"))),
    lambda: "a" if _chance(0) == 0 else "b",
    "An agent sees only its neighbours. What others share has not reached it yet.",
    (
        Wrong("as with one", lambda: "b",
              "That is the chance with one sharing neighbour.", "Here there is none.",
              "Put m = 0 into 1 − (1 − q)^m."),
        Wrong("elsewhere", lambda: "c",
              "You are thinking of news that is in the air for everybody.",
              "In this model news travels only along links.", "Put m = 0 into 1 − (1 − q)^m."),
    ),
    "Put m = 0 into the rule.",
    ("What does the agent see?", "1 − (1 − q)^0 is 1 − 1."),
    Solution("With m = 0 the rule gives 1 − 1 = 0.", 'ex1_6 = "a"'),
)  # fmt: skip

LATE = Item(
    "1.7", 2,
    "Two lines: how many have shared by now, and how many are new in this round. What does the "
    "second do at the end?",
    Choice((("a", "it falls to 0"), ("b", "it stays at forty"), ("c", "it keeps growing"))),
    _end_of_new,
    "When everybody has shared, nobody is new.",
    (
        Wrong("stays", lambda: "b",
              "The total stays at forty.",
              "The new sharers are its change, and it no longer changes.",
              "Look at the last numbers of np.diff(counts)."),
        Wrong("grows", lambda: "c",
              "Endless growth needs an endless supply of people.", "Here there are only forty.",
              "Look at the last numbers of np.diff(counts).", "M1"),
    ),
    "Look at the last numbers of np.diff(counts).",
    ("Who is left to be new?", "Something that stays the same has a change of 0."),
    Solution("Nobody is left, so nobody is new.", 'ex1_7 = "a"'),
)  # fmt: skip

SAME = Item(
    "1.8", 3,
    "A friend runs your setup, seed=1, on another machine. What does the friend get?",
    Choice((
        ("a", "exactly your five runs"),
        ("b", "five runs that look similar"),
        ("c", "the same run five times"),
    )),
    _again,
    "The seed number fixes every random choice: who posts first, and what each agent decides. "
    "That is why others can check your work.",
    (
        Wrong("similar", lambda: "b",
              "Another seed would give similar runs.", "Your friend uses the same seed.",
              "Run the first cell again and compare the half-times."),
        Wrong("five times the same", lambda: "c",
              "A seed number fixes all five runs together.",
              "The five still differ from each other.",
              "Look at runs.half_time(): are the five equal?"),
    ),
    "Run the first cell again and compare.",
    ("What is the seed number there for?", "Simulate the same setup twice and compare counts."),
    Solution("All the randomness comes from the seed number.", 'ex1_8 = "a"'),
)  # fmt: skip

LESSON = Lesson(
    1,
    "one-post",
    "One post, forty readers",
    "How does one piece of news travel?",
    (
        "state the rule by which an agent shares, and work out its chance",
        "distinguish how many have shared so far from how many are new, and read off the half-time",
        "say what a seed number fixes, and why one run is not enough",
    ),
    "nothing but a little Python (a list, a function).",
    "newswave and nothing else.",
    (SHAPE, NEW, HALF, TWO, ALIKE, RANGE, READIER, OWN, NOBODY, LATE, SAME),
)
