"""Lesson 3: does the network matter?."""

from newswave.learn.bank.network_matters.contacts import FRESH, GROWTH, RING
from newswave.learn.bank.network_matters.exit_ticket import NET_GAIN, TWO_TOWNS, WORST
from newswave.learn.bank.network_matters.fitted import FITTED, KNOWING
from newswave.learn.bank.network_matters.theory import BEFORE, NEIGHBOUR, ORDER
from newswave.learn.bank.network_matters.warm_up import RATE, TWICE
from newswave.learn.items import Lesson

LESSON = Lesson(
    3,
    "network-matters",
    "Does the network matter?",
    "Same contact pressure, different degree: same curve?",
    (
        "explain why a new sharer with k neighbours has fewer than k fresh contacts",
        "predict which of several networks is faster, and its curve before it is run",
        "say when the well-mixed equation is fair, and what a rate that it fitted is worth",
    ),
    "Lessons 1 and 2.",
    "newswave and nothing else.",
    (
        *(TWICE, RATE, ORDER, FRESH, GROWTH, RING, NEIGHBOUR, BEFORE, KNOWING, FITTED),
        *(NET_GAIN, TWO_TOWNS, WORST),
    ),
)
