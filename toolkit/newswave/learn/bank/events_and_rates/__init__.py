"""Lesson 8: events and rates."""

from newswave.learn.bank.events_and_rates import before, foreseen, questions, ticket
from newswave.learn.bank.events_and_rates.facts import sealed_reports as sealed_reports
from newswave.learn.items import Lesson

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
    (*before.ITEMS, *foreseen.ITEMS, *questions.ITEMS, *ticket.ITEMS),
)
