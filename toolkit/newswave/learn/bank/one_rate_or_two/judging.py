"""The second half of lesson 6: verdicts, further data, the physicians."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newswave.errors import shown
from newswave.fitting.methods import LeastSquares
from newswave.fitting.models import OnNetwork, WellMixed
from newswave.learn.bank.one_rate_or_two.worlds import (
    DEGREES,
    WELL_MIXED,
    aic_choice,
    scatter,
    two_wins,
    verdict,
)
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Judged, Unanswered, Unreadable, is_blank
from newswave.verdicts import Choice as Says

SAYS = tuple(one.value for one in Says)
_WANTED = (
    'A dictionary with "festival", "power cut" and "match" is asked for, and for each one of '
    + ", ".join(f'"{one}"' for one in SAYS)
)


def verdicts() -> dict[str, str]:
    """Return the calibrated verdicts on the three posts."""
    return {name: verdict(name).choice.value for name in DEGREES}


def by_mixed_aic() -> dict[str, str]:
    """Return what AIC of the well-mixed equations says."""
    return {name: aic_choice(name, WellMixed(degree)) for name, degree in DEGREES.items()}


def by_network_aic() -> dict[str, str]:
    """Return what AIC of the network-aware equations says."""
    return {name: aic_choice(name, OnNetwork(degree)) for name, degree in DEGREES.items()}


def by_p_value() -> dict[str, str]:
    """Return what a p-value under 0.05 or above it would say, whatever could have been seen."""
    found = {name: verdict(name).p_value < 0.05 for name in DEGREES}
    return {name: (Says.TWO_RATES if low else Says.ONE_RATE).value for name, low in found.items()}


_NAMED = {"mixed": by_mixed_aic, "network": by_network_aic, "p alone": by_p_value}


def judge(answer: Any) -> str:
    """Return "right", the name of a wrong answer, or which posts to look at again.

    Examples
    --------
    >>> judge({"festival": "two rates", "power cut": "one rate", "match": "cannot tell"})
    'right'
    """
    if not isinstance(answer, Mapping) or set(answer) != set(DEGREES):
        raise Unreadable(f"{_WANTED}.")
    if any(is_blank(one) for one in answer.values()):
        raise Unanswered
    given = {name: _said(one) for name, one in answer.items()}
    right = verdicts()
    if given == right:
        return "right"
    for name, make in _NAMED.items():
        if given == make():
            return name
    wrong = [name for name in DEGREES if given[name] != right[name]]
    return f"Not yet: {' and '.join(wrong)}."


def _said(one: Any) -> str:
    """Return one verdict in words, whether it was typed or taken from newswave."""
    one = getattr(one, "choice", one)
    words = str(getattr(one, "value", one)).replace("_", " ").strip(" .!").lower()
    if words not in SAYS:
        raise Unreadable(f"{_WANTED}; this is {shown(one, 40)}.")
    return words


def _called() -> str:
    share = two_wins(WELL_MIXED, LeastSquares())
    return "c" if share > 0.5 else "b" if share > 0.15 else "a"


def _narrowest() -> str:
    found = scatter()
    return {"longer": "a", "five": "b", "decisions": "c"}[min(found, key=lambda k: found[k])]


def _physicians() -> str:
    choice = verdict("physicians").choice
    return {Says.ONE_RATE: "a", Says.TWO_RATES: "b", Says.CANNOT_TELL: "c"}[choice]


CALLED = Item(
    "6.P3", 3,
    "A hundred runs. All agents are alike and have three neighbours each. To every run both "
    "well-mixed equations are fitted by least squares, and the one with the smaller AIC is "
    "taken. In how many runs does AIC prefer two rates?",
    Choice((
        ("a", "in about five: that is the usual error"),
        ("b", "in about thirty"),
        ("c", "in more than half"),
    )),
    _called,
    "The equations ignore the network, so they take its bend for a second kind of reader. A "
    "better fit does not prove what made it better.",
    (
        Wrong("five", lambda: "a",
              "Five of a hundred is the error rate of a test whose assumptions hold.",
              "Two of them fail here: agents have neighbours, and the points of a total share "
              "noise.",
              "Look at the table: which of the two assumptions costs more?", "M6"),
        Wrong("thirty", lambda: "b",
              "You expect that something goes wrong, and it does.",
              "But the network bends every one of these curves in the same way, so this is the "
              "rule, not the exception.",
              "Look at the table: what changes when the equations know the network?"),
    ),
    "Look at the first line of the table.",
    ("What did question 6.1 say about these equations and three neighbours?",
     "A second rate can bend a curve just as a network does."),
    Solution("The network bends every curve, and the second rate gets the credit.",
             'predict("6.P3", "c")'),
)  # fmt: skip

VERDICTS = Item(
    "6.5", 3,
    "Give your verdict on each of the three posts: \"one rate\", \"two rates\" or \"cannot tell\". "
    "Use nw.one_or_two with each post's degree, and read its words to the end.",
    Judged(judge),
    verdicts,
    "Three curves, three different answers, and \"cannot tell\" is one of them. It is not a "
    "failure: it says that this curve, by itself, cannot decide.",
    (
        Wrong("mixed", by_mixed_aic,
              "These are the verdicts of AIC with the well-mixed equations.",
              "They ignore the network, so the power cut's three neighbours look like two kinds "
              "of readers.",
              "Run nw.one_or_two(posts[\"power cut\"], degree=3, replicas=99, "
              "contact_rule=True) and read its words.",
              "M6"),
        Wrong("network", by_network_aic,
              "These are the verdicts of AIC with the network-aware equations.",
              "They know the network, but AIC does not know that the noise of a single run bends "
              "curves too.",
              "Ask nw.one_or_two about the match: how often do alike agents bend as much?", "M7"),
        Wrong("p alone", by_p_value,
              "You took every p-value above 0.05 for one rate.",
              "For the match two groups would have been missed about as often as seen: not "
              "seeing two is not the same as seeing one.",
              "Read the power of the match's verdict, the last number in its words."),
    ),
    "Run nw.one_or_two for the posts that are named here and read its words.",
    ("One call for each post: nw.one_or_two(posts[\"festival\"], degree=8, replicas=99, "
     "contact_rule=True).",
     "verdict.choice.value is the verdict, verdict.words says what it means.",
     "The worked cell above did the same by hand for the power cut."),
    Solution("The calibrated verdict of each post, on its own network.",
             "ex6_5 = {name: nw.one_or_two(curve, degree=DEGREES[name], replicas=99,\n"
             "                             contact_rule=True).choice.value\n"
             "         for name, curve in posts.items()}\nprint(ex6_5)"),
)  # fmt: skip

MORE = Item(
    "6.P4", 4,
    "The match could not be decided. You may have one more of three kinds of data. Which tells "
    "you most about the rate of its faster readers?",
    Choice((
        ("a", "the same curve, followed twice as long"),
        ("b", "the total curves of four more matches, five in all"),
        ("c", "the decisions of this one match: who saw how many sharers, of which group, and "
              "what was decided"),
    )),
    _narrowest,
    "A decision tells you who it was, what they saw and what they did. A total only tells you "
    "how many. Here the decisions of one run say more than the totals of five.",
    (
        Wrong("longer", lambda: "a",
              "More rounds would help if the fast readers still had something to do in them.",
              "They have shared by then; the new points are about the slow ones.",
              "Compare the first two lines of the table.", "M12"),
        Wrong("five", lambda: "b",
              "Five curves do help: much of the noise averages out.",
              "But each of them still mixes the two kinds in one number.",
              "Compare the last two lines of the table.", "M12"),
    ),
    "Compare the widths in the table.",
    ("Which of the three says who is fast and who is slow?",
     "In a total two unknown kinds are added up. Which data keep them apart?"),
    Solution("Decisions keep the two kinds apart and need no equation for the whole.",
             'predict("6.P4", "c")'),
)  # fmt: skip

DOCTORS = Item(
    "6.P5", 4,
    "Real data: 125 physicians begin to prescribe a new drug, month by month, 17 months. No "
    "network is known. What will the verdict be?",
    Choice((("a", "one rate"), ("b", "two rates"), ("c", "cannot tell"))),
    _physicians,
    "One rate alone does not bend like this curve. But a source that reaches everybody bends it "
    "just as well as two kinds of physicians do.",
    (
        Wrong("one", lambda: "a",
              "One rate would give an S that begins slowly.",
              "This curve is steep from the first month.",
              "Read the p-value in the verdict's words."),
        Wrong("two", lambda: "b",
              "Two rates fit this curve, and one does not.",
              "That is right; but something else fits about as well.",
              "Compare the AIC of \"two rates\" and \"source and peers\" in the table."),
    ),
    "Read the verdict to the end.",
    ("How many ways do you know to make a curve steep at the start?",
     "Journals and salesmen reach everybody, without any neighbour."),
    Solution("Two models explain the bend about equally well, so the curve cannot tell.",
             'predict("6.P5", "c")'),
)  # fmt: skip

JUDGING = (CALLED, VERDICTS, MORE, DOCTORS)
