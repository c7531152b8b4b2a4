"""Lesson 3, order and theory: which network is first, and its curve before any run."""

from __future__ import annotations

from newswave import networkfield
from newswave.learn.bank.network_matters.nets import half, network, runs
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Function


def _first() -> str:
    """Return which degree is first at the same pressure."""
    few, some, many = half(3), half(8), half(32)
    if max(few, some, many) - min(few, some, many) < 0.5:
        return "a"
    return "c" if many < some < few else "b"


ORDER = Item(
    "3.P1", 2,
    "Three networks with k = 3, 8 and 32, all with contact pressure βk = 0.4. In which order do "
    "they reach one half?",
    Choice((
        ("a", "all at the same time: the pressure is the same"),
        ("b", "k = 3 first, then 8, then 32: with few contacts each one counts more"),
        ("c", "k = 32 first, then 8, then 3"),
    )),
    _first,
    "The pressure is the same on paper. But with few neighbours more of the contacts are wasted on "
    "agents that know the news already.",
    (
        Wrong("the same", lambda: "a",
              "That is what the well-mixed equation says: it knows the contact pressure, but not "
              "the network.",
              "On a network some contacts are wasted, and the fewer neighbours, the larger the "
              "wasted part.",
              "Compare the three half-times below the figure.", "M4"),
        Wrong("few first", lambda: "b",
              "With few neighbours each contact does count more; the chance q is larger.",
              "But that only makes up for there being fewer; and the link that brought the news "
              "is used up: one of three, against one of 32.",
              "Compare the three half-times below the figure."),
    ),
    "Compare the three half-times below the figure.",
    ("Who brought the news to an agent? Can it bring the news back?",
     "One contact of three is used up, or one of 32."),
    Solution("One contact is used up, which matters more when there are few.",
             'predict("3.P1", "c")'),
)  # fmt: skip


def _silent(theta: float, degree: int, start: float) -> float:
    """Return φ of the edge-based equations."""
    return (1.0 - start) * theta ** (degree - 1)


NEIGHBOUR = Item(
    "3.5", 2,
    "Complete ex3_5(theta, k, start): seen from an agent that has not shared, with what "
    "probability has the neighbour at the other end of a link not shared either?",
    Function(((0.9, 3, 0.01), (0.5, 8, 0.01), (1.0, 4, 0.2), (0.8, 2, 0.05)), 0.001),
    lambda: _silent,
    "The neighbour was no seed, and none of its other k − 1 links has brought the news. The link "
    "to our agent does not count: no news can have come over it.",
    (
        Wrong("all its links", lambda: lambda theta, k, start: (1 - start) * theta**k,
              "You counted all k links of the neighbour.",
              "One of them leads to our agent, which has not shared and cannot have told it.",
              "Count its other links: k − 1.", "M5"),
        Wrong("two fewer", lambda: lambda theta, k, start: (1 - start) * theta ** (k - 2),
              "You left out two links of the neighbour.",
              "Only one is known not to have told it: the one that leads to our agent.",
              "Count its other links: k − 1."),
        Wrong("seeds forgotten", lambda: lambda theta, k, start: theta ** (k - 1),  # noqa: ARG005
              "You forgot that the neighbour may have been a seed.",
              "A fraction `start` of all agents shares from the beginning.",
              "Multiply by 1 − start."),
        Wrong("has shared",
              lambda: lambda theta, k, start: 1 - (1 - start) * theta ** (k - 1),
              "That is the probability that the neighbour has shared.",
              "The question is about the one that has not.", "Subtract it from 1."),
    ),
    "No seed, and none of its other links has brought the news: 1 − start, times theta for each.",
    ("The text has the same for our agent: (1 − start) · theta^k.",
     "How many links of the neighbour can have brought it the news, if not ours?"),
    Solution("No seed, and silent along its k − 1 other links.",
             "def ex3_5(theta, k, start):\n    return (1 - start) * theta ** (k - 1)"),
)  # fmt: skip


def _how_close() -> str:
    """Return how near the prediction comes to the runs with three neighbours."""
    gap, _ = runs(3).gap(networkfield.predict(network(3)).fraction)
    return "a" if gap < 0.03 else "b" if gap < 0.15 else "c"


BEFORE = Item(
    "3.P3", 2,
    "The new theory is given k = 3, q and the fraction at the start, and nothing from any run. "
    "How far will its curve be from the mean of 20 runs, in the worst round?",
    Choice((
        ("a", "less than 3 % of all agents"),
        ("b", "between 3 % and 15 %"),
        ("c", "more than 15 %"),
    )),
    _how_close,
    "Nothing was fitted. Links that are used up and links that lead on are counted correctly, "
    "and so the curve is right before anything is run.",
    (
        Wrong("some way off", lambda: "b",
              "A few percent off would be usual for a rough approximation.",
              "This one leaves out only chance and very short cycles of links, and both matter "
              "little among a thousand agents.",
              "Read the table: the gap for k = 3."),
        Wrong("far off", lambda: "c",
              "The well-mixed equation is that far off.",
              "The new theory knows that the link which brought the news is used up.",
              "Read the table: both gaps for k = 3."),
    ),
    "Read the table: the gap for k = 3.",
    ("What does the theory leave out? Only chance, and short cycles of links.",
     "How large was the noise in the mean of 20 runs in lesson 2?"),
    Solution("It is exact for large networks, and a thousand agents are many.",
             'predict("3.P3", "a")'),
)  # fmt: skip
