"""Lesson 2: from a rule to an equation."""

from newswave.learn.bank.rule_to_equation.equation import FASTEST, SPEED
from newswave.learn.bank.rule_to_equation.exit_ticket import DOUBLING, MIRROR, OFTENER
from newswave.learn.bank.rule_to_equation.in_rounds import IN_ROUNDS, WHO_LEADS
from newswave.learn.bank.rule_to_equation.solving import DOUBLED, HALF, LOGISTIC
from newswave.learn.bank.rule_to_equation.warm_up import BUSIEST, THREE
from newswave.learn.items import Lesson

LESSON = Lesson(
    2,
    "rule-to-equation",
    "From a rule to an equation",
    "Why an S-curve?",
    (
        "derive the equation i' = βk·i·(1 − i) from the rule of the agents, and say what each "
        "factor means",
        "work out from it when half have shared, and how fast the news doubles at first",
        "separate the speed of the rule from the length of a round",
    ),
    "Lesson 1; what a logarithm is.",
    "newswave and nothing else.",
    (
        *(THREE, BUSIEST, SPEED, FASTEST, DOUBLED, HALF, LOGISTIC),
        *(WHO_LEADS, IN_ROUNDS, MIRROR, DOUBLING, OFTENER),
    ),
)
