"""Lesson 7: agents that read."""

from newswave.learn.bank.agents_that_read import before, foreseen, questions, ticket
from newswave.learn.items import Lesson

LESSON = Lesson(
    7,
    "agents-that-read",
    "Agents that read",
    "What changes when the rule is a language model?",
    (
        "describe the way from a prompt to a decision in a log, and say what the log must hold",
        "give an interval for a share probability, and treat replies that cannot be read fairly",
        "predict the curve of a town from a measured table before it is run",
        "compare the effect of a trait with the effect of the wording, and say what a persona "
        "result does not show",
    ),
    "lessons 1, 3 and 5, and lesson 4 for uncertainty.",
    "newswave. No language model is needed: a stand-in answers from a formula, and says so.",
    (*before.ITEMS, *foreseen.ITEMS, *questions.ITEMS, *ticket.ITEMS),
)
