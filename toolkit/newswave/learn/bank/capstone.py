"""Lesson 9: the capstone, a project of one's own."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np

from newswave.core.curve import Curve
from newswave.core.networks import RandomRegular, RegularSmallWorld
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.differences import Differences, difference
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Judged, Number
from newswave.learn.projects import Project, judged

# Facts: an example of a project, and what it finds.

REGULAR = Setup(n_agents=400, network=RandomRegular(6), sharing=SameForAll(0.08), n_seeds=5,
                rounds=60, replicas=100, seed=7)  # fmt: skip
MOVED = replace(REGULAR, network=RegularSmallWorld(6, 0.3))
PILOT = 20
WANTED = 0.2
"""The standard error that is wanted, in rounds."""


@cache
def curves() -> tuple[Curve, Curve]:
    """Return the runs of the worked project."""
    return simulate(REGULAR), simulate(MOVED)


@cache
def compared() -> Differences:
    """Return what lies between them."""
    return difference(*curves())


def _spread() -> float:
    """Return the standard deviation of the differences in the pilot, in rounds."""
    one, other = (curve.half_time()[:PILOT] for curve in curves())
    return float(np.std(other - one, ddof=1))


def _runs(error: float) -> float:
    return math.ceil((_spread() / error) ** 2)


def _slower() -> str:
    change = compared().half.change
    return "c" if not change.is_clear else "b" if change.value > 0 else "a"


def _one_thing() -> str:
    others = {"a": (8 * 0.10, 10), "b": (8 * 0.05, 10), "c": (8 * 0.05, 20)}
    return next(key for key, other in others.items() if other == (4 * 0.10, 10))


def _claim() -> str:
    span = compared().half.change.interval
    return "c" if span is not None and span.low > 0 else "b"


def _example() -> Project:
    return Project(
        question="Do links to near neighbours slow the news down?",
        prediction="The half-time is later, because near neighbours tell each other twice.",
        one=REGULAR,
        other=MOVED,
        limits="One size, one degree, and everybody shares equally readily.",
        change_of_mind="An interval of the difference that holds zero or less.",
    )


# Questions.

SLOWER = Item(
    "9.P1", 1,
    "In both networks every agent has exactly six neighbours. In one, all links are random. The "
    "other is a ring on which about a quarter of the links have been swapped for random ones; "
    "the rest join near neighbours. On which network does the news reach half earlier?",
    Choice((
        ("a", "on the ring with swapped links"),
        ("b", "on the random network"),
        ("c", "in both at about the same time: the degree is the same"),
    )),
    _slower,
    "Near neighbours have neighbours in common, so news often reaches somebody who has already "
    "seen it.",
    (
        Wrong("ring", lambda: "a",
              "You expect near neighbours to pass news on quickly among themselves.",
              "They do, but to each other, again and again.",
              "Count the triangles around an agent on both networks."),
        Wrong("same", lambda: "c",
              "Equal degrees mean equal numbers of links.",
              "How many of them lead to somebody new is another matter: lesson 3.",
              "Look at the interval of the difference.", "M4"),
    ),
    "Look at the sign of the difference, and at its interval.",
    ("Whom do near neighbours tell?", "Lesson 3: how many fresh contacts has a new sharer?"),
    Solution("Links to near neighbours often lead to somebody who has already shared.",
             'predict("9.P1", "b")'),
)  # fmt: skip

ONE_THING = Item(
    "9.1", 1,
    "Your question is whether the degree matters at the same contact pressure. Which two setups "
    "answer it?",
    Choice((
        ("a", "degree 4 with q = 0.10, and degree 8 with q = 0.10"),
        ("b", "degree 4 with q = 0.10, and degree 8 with q = 0.05"),
        ("c", "degree 4 with q = 0.10 and 10 seeds, and degree 8 with q = 0.05 and 20 seeds"),
    )),
    _one_thing,
    "For a small q the rate is nearly q, so degree times q, 0.4 in both, keeps the contact "
    "pressure. Nothing else changes.",
    (
        Wrong("pressure too", lambda: "a",
              "This asks whether more links with the same q are faster.",
              "The contact pressure doubles along with the degree, so you would not know which "
              "of the two did it.",
              "Keep degree times q the same."),
        Wrong("seeds too", lambda: "c",
              "Here the contact pressure is kept.", "But the number of seeds changes as well.",
              "Keep everything the same that you do not ask about."),
    ),
    "Work out degree times q for both, and look for anything else that differs.",
    ("Contact pressure is degree times rate, and a small q is nearly the rate.",
     "Degree times q: 0.4 for the first. And for the second?"),
    Solution("Degree times q is 0.4 in both, and the seeds are the same.", 'ex9_1 = "b"'),
)  # fmt: skip

HOW_MANY = Item(
    "9.2", 1,
    "A pilot of 20 pairs of runs gives the standard deviation of the difference in half-time. How "
    "many pairs do you need for a standard error of 0.2 rounds?",
    Number(1, "pairs"),
    lambda: _runs(WANTED),
    "The standard error is the standard deviation divided by the square root of the number of "
    "pairs.",
    (
        Wrong("no square", lambda: math.ceil(_spread() / WANTED),
              "You divided the standard deviation by the error you want.",
              "The error falls with the square root of the number, so that is too few.",
              "Square the ratio.", "M7"),
        Wrong("the pilot", lambda: PILOT,
              "That is the size of the pilot.",
              "It was made to measure the spread, not to be enough.",
              "Work out (standard deviation / 0.2) squared."),
        Wrong("half-width", lambda: math.ceil((1.96 * _spread() / WANTED) ** 2),
              "That many pairs make the 95 % interval reach 0.2 to each side.",
              "A standard error is about half as wide.",
              "Leave out the factor 1.96."),
    ),
    "Work out (standard deviation / 0.2) squared, and round up.",
    ("Lesson 4: how does the error fall with the number of runs?",
     "0.2 = standard deviation / √n. Solve for n.",
     "The standard deviation is in the worked cell above: `spread`."),
    Solution("From 0.2 = spread / √n follows n = (spread / 0.2)².",
             "ex9_2 = np.ceil((spread / 0.2) ** 2)"),
)  # fmt: skip

DIFFERENCE = Item(
    "9.3", 2,
    "By how many rounds is the half-time on the ring later than on the random network? The mean "
    "over all 100 pairs.",
    Number(0.1, "rounds"),
    lambda: compared().half.change.value,
    "Report it with its interval, and say that it comes from 100 pairs of runs.",
    (
        Wrong("first pair", lambda: float(
                  curves()[1].half_time()[0] - curves()[0].half_time()[0]),
              "That is the difference of the first pair of runs.",
              "One pair may even have the wrong sign, as this one has.",
              "Take the mean over all pairs.", "M7"),
        Wrong("turned around", lambda: -compared().half.change.value,
              "That is random minus ring.", "You were asked how much later the ring is.",
              "Subtract the other way round."),
        Wrong("the half-time", lambda: compared().half.other,
              "That is the mean half-time on the ring itself.",
              "You were asked for the difference of two.",
              "Subtract the mean half-time on the random network."),
    ),
    "Subtract run by run, ring minus random, and take the mean.",
    ("Both curves have half_time(), one number for each run.",
     "Run 7 uses the same random numbers in both: subtract run by run.",
     "The worked cell above prints the difference for the pilot."),
    Solution("Run by run, then the mean.",
             "ex9_3 = np.mean(ring.half_time() - regular.half_time())"),
)  # fmt: skip

CLAIM = Item(
    "9.4", 3,
    "Which sentence does the worked project support?",
    Choice((
        ("a", "News spreads more slowly in tightly knit villages."),
        ("b", "There is no difference that noise could not explain."),
        ("c", "In this model, at this degree and readiness, the news reaches half later on the "
              "ring."),
    )),
    _claim,
    "It names the model and the setting, and claims no more than what was run.",
    (
        Wrong("villages", lambda: "a",
              "That is what you would like to know about the world.",
              "You ran a model with one degree, one readiness and no village.",
              "Choose the sentence that says what was run."),
        Wrong("luck", lambda: "b",
              "That would be right if the interval of the difference included zero.",
              "It does not.", "Read the interval again."),
    ),
    "Choose the sentence that names what was run, and no more.",
    ("What was run, exactly?", "Does the interval of the difference include zero?"),
    Solution("Only what was run, with its setting.", 'ex9_4 = "c"'),
)  # fmt: skip


def _with(**changed: object) -> Project:
    return replace(_example(), **changed)  # type: ignore[arg-type]


def _lacking() -> tuple[Wrong, ...]:
    few = {"one": replace(REGULAR, replicas=5), "other": replace(MOVED, replicas=5)}
    return (
        Wrong("two things differ", lambda: _with(other=replace(MOVED, n_seeds=20)),
              "Your setups differ in two things or more.",
              "Whatever you find, you could not say which of them did it. (Two may change together "
              "only if they keep something equal, such as degree and q the contact pressure.)",
              "Print project.changes, and make all but one of them equal.", "M15"),
        Wrong("nothing differs", lambda: _with(other=replace(REGULAR, seed=2)),
              "Your two setups are the same, except for the seed number and the number of runs.",
              "Then there is nothing to compare.",
              "Change one thing: from dataclasses import replace; replace(one, n_seeds=20)."),
        Wrong("something else differs", lambda: _with(changed="n_seeds"),
              "Your setups differ in something other than what `changed` says.",
              "A reader would believe your words, not the setups.",
              "Print project.changes, and write that, or change the setups."),
        Wrong("few runs", lambda: _with(**few),
              "You have fewer than 30 runs of a setup.",
              "So few cannot tell a difference from noise.",
              "Give both setups replicas=100.", "M7"),
        Wrong("no prediction", lambda: _with(prediction="Slower."),
              "There is no prediction, or only a few words.",
              "Without one you cannot be surprised, and surprise is what teaches.",
              "Write in a sentence what you expect and why."),
        Wrong("no doubt", lambda: _with(limits="None."),
              "You name no limits, or nothing that would change your mind.",
              "A finding that no result could shake says nothing.",
              "Write a sentence for each: what it does not show, what would have changed your "
              "mind."),
        Wrong("no question", lambda: _with(question="Networks?"),
              "Your question is too short to be answered.",
              "A reader has to know what was asked.",
              "Write it as one full sentence."),
    )  # fmt: skip


PROJECT = Item(
    "9.5", 4,
    "Make your own Project: a question, a prediction with its reason, two setups that differ in "
    "one thing, limits, and what would change your mind.",
    Judged(judged, thinking=30),
    _example,
    "It can be handed in: one question, one difference, enough runs, a prediction and a doubt.",
    _lacking(),
    "Fill in all six parts of a Project.",
    ("Start from one of the briefs above and change one word of it.",
     "Make `one`, then `other = replace(one, ...)` with a single change.",
     "The worked project above has all six parts."),
    Solution("Any project with all six parts will do; here is the worked one.",
             "ex9_5 = Project(\n"
             '    question="Do links to near neighbours slow the news down?",\n'
             '    prediction="The half-time is later: near neighbours tell each other twice.",\n'
             "    one=one,\n"
             "    other=replace(one, network=nw.RegularSmallWorld(6, 0.3)),\n"
             '    limits="One size, one degree, and everybody shares equally readily.",\n'
             '    change_of_mind="An interval of the difference that holds zero or less.",\n'
             ")"),
)  # fmt: skip

REPEAT = Item(
    "9.6", 4,
    "Another group wants to run your project again and get your numbers. What must be in your "
    "folder?",
    Choice((
        ("a", "the figure and the report"),
        ("b", "both setups, with seed, size, network, rule and number of runs"),
        ("c", "the mean half-times, with all digits"),
    )),
    lambda: "b" if np.array_equal(
        simulate(Setup.from_json(REGULAR.to_json()), replicas=3).counts,
        curves()[0].counts[:3]) else "c",
    "A setup describes a run completely: it gives the same numbers on every machine.",
    (
        Wrong("report", lambda: "a",
              "Figure and report say what you found.", "They do not say how to get it.",
              "Open project.json in your folder and see what it holds."),
        Wrong("digits", lambda: "c",
              "Results can be compared with.", "But they cannot be run.",
              "Open project.json in your folder and see what it holds."),
    ),
    "Open project.json in your folder and see what it holds.",
    ("What did lesson 1 say about the seed number?", "What does nw.simulate take?"),
    Solution("The setups: everything else follows from them.", 'ex9_6 = "b"'),
)  # fmt: skip

LESSON = Lesson(
    9,
    "capstone",
    "Capstone: a question of your own",
    "Which question is yours, and what would change your mind?",
    (
        "turn a question into two setups that differ in one thing, and say how many runs it needs",
        "run them and give a difference with its uncertainty",
        "say what a finding does not show, and what would have changed your mind",
        "hand in work that others can repeat, number by number",
    ),
    "lessons 1 to 6; for the brief on wording, lesson 7.",
    "newswave; a language model is not needed.",
    (SLOWER, ONE_THING, HOW_MANY, DIFFERENCE, CLAIM, PROJECT, REPEAT),
)
