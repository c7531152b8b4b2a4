"""The exit ticket of lesson 3: one question for each outcome."""

from __future__ import annotations

from newswave import networkfield
from newswave.curve import Curve
from newswave.fitting.fits import fit
from newswave.fitting.models import OneRate, WellMixed
from newswave.learn.bank.network_matters.nets import PRESSURE, early_factor, half, network
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Number

_Q = 0.05

NET_GAIN = Item(
    "3.7", 1,
    "k = 5, and almost nobody has shared yet. By how many does the number of open links grow each "
    "time the news crosses one?",
    Number(0.3, "links"),
    lambda: (early_factor(_Q, 5) - 1) / _Q,
    "Four open, one is used up.",
    (
        Wrong("opened", lambda: 4,
              "Four links are opened: all but the one over which the news came.",
              "That one was open before and no longer is.",
              "Subtract the crossed link from the four.", "M5"),
        Wrong("all", lambda: 5,
              "Five would be right for a seed agent: all of its links open at once.",
              "Here the news came over one of the five.",
              "Count the links that lead on, and take the crossed one away.", "M5"),
        Wrong("as on a ring", lambda: (early_factor(_Q, 2) - 1) / _Q,
              "Nothing is gained on a ring, where one link opens for each one used up.",
              "With five neighbours more than one link opens.",
              "Count the links that lead on, and take the crossed one away."),
    ),
    "Count the links that lead on, and take the crossed one away.",
    ("The new sharer has five links. Over which one did the news come?",
     "Opened: k − 1. Used up: 1."),
    Solution("k − 1 open, 1 is used up: k − 2.", "ex3_7 = 5 - 2"),
)  # fmt: skip


def _sooner() -> str:
    few, many = half(4, 0.1), half(20, 0.02)
    if abs(few - many) < 0.5:
        return "c"
    return "b" if many < few else "a"


TWO_TOWNS = Item(
    "3.8", 2,
    "Network A: 4 neighbours, q = 0.10. Network B: 20 neighbours, q = 0.02. Which one has half of "
    "its agents first?",
    Choice((
        ("a", "A: each contact counts five times as much"),
        ("b", "B: fewer of its contacts are wasted"),
        ("c", "both at the same time: 4 × 0.10 is 20 × 0.02"),
    )),
    _sooner,
    "Early growth is q(k − 2): 0.20 in A, 0.36 in B. The well-mixed equation sees 0.40 in both.",
    (
        Wrong("strong contacts", lambda: "a",
              "Each contact in A counts five times as much, but there are a fifth as many.",
              "What remains is the wasted contact: one of 4, or one of 20.",
              "Work out q(k − 2) for both."),
        Wrong("same pressure", lambda: "c",
              "The pressure is about the same, and the well-mixed equation sees no difference.",
              "On networks each crossing gains k − 2 links: that is 2 in A and 18 in B.",
              "Work out q(k − 2) for both.", "M4"),
    ),
    "Work out q(k − 2) for both.",
    ("How many links does one crossing gain in A, how many in B?",
     "0.10 × 2 against 0.02 × 18."),
    Solution("q(k − 2) is 0.20 in A and 0.36 in B.", 'ex3_8 = "b"'),
)  # fmt: skip


def _off(degree: int) -> float:
    """Return how far the well-mixed rate is off, as a part of the true one."""
    setup = network(degree)
    curve = Curve(setup.n_agents * networkfield.predict(setup).fraction, setup.n_agents)
    found = fit(curve, OneRate(WellMixed(degree))).estimates["rate"]
    return abs(found * degree / PRESSURE - 1)


def _worst() -> str:
    few, many = _off(4), _off(64)
    if abs(few - many) < 0.05:
        return "c"
    return "a" if few > many else "b"


WORST = Item(
    "3.9", 3,
    "A colleague fits the well-mixed equation to curves of two networks, one with k = 4, one with "
    "k = 64, and every fit looks good. Which of her two rates would you trust less?",
    Choice((
        ("a", "that of k = 4"),
        ("b", "the one for k = 64: more contacts, more that can go wrong"),
        ("c", "both equally: both fits look good"),
    )),
    _worst,
    "With 4 neighbours much of what the equation counts on is wasted. With 64 only the rounds "
    "are left to mislead it.",
    (
        Wrong("many contacts", lambda: "b",
              "More contacts mean more to count, but each one matters less.",
              "With 64 neighbours one used-up link is hardly missed: it is almost a well-mixed "
              "town.",
              "Compare the gaps for small and for large k in the table of this lesson."),
        Wrong("looks good", lambda: "c",
              "How a fit looks tells you how well it matches the curve.",
              "A wrong equation can match it too, by adjusting its rate.",
              "Compare the gaps for small and for large k in the table of this lesson.", "M6"),
    ),
    "Compare the gaps for small and for large k in the table of this lesson.",
    ("Which of the two networks is more like a town where everybody reads everybody?",
     "The table of this lesson shows how far the well-mixed curve is off for each k."),
    Solution("The fewer neighbours, the more the equation misjudges the contacts.",
             'ex3_9 = "a"'),
)  # fmt: skip
