"""Lesson 7: the questions of its warm-up."""

from newswave.learn.bank.agents_that_read import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Share


def _four_times() -> str:
    ratio = facts.width(80, 56) / facts.width(20, 14)
    return min({"a": 1.0, "b": 0.5, "c": 0.25}.items(), key=lambda one: abs(one[1] - ratio))[0]


CONTACT = Item(
    "7.1", 3,
    "From lesson 1: by the contact rule, an agent shares with probability 0.3 if it sees one "
    "sharing neighbour. With what probability does it share if it sees two?",
    Share(0.005),
    lambda: facts.rule(2),
    "Yes: it stays silent only if both fail to convince it, and 0.7 × 0.7 is 0.49. You will soon "
    "see whether answers from a model follow this rule.",
    (
        Wrong("added", lambda: 2 * facts.rule(1),
              "You added the two chances.",
              "Four neighbours would then give 1.2, and no probability is above 1.",
              "Ask first: with what probability does neither convince it?"),
        Wrong("both", lambda: facts.rule(1) ** 2,
              "That is the chance that both convince it in the same round.", "One is enough.",
              "Ask first: with what probability does neither convince it?"),
        Wrong("silent", lambda: 1 - facts.rule(2),
              "That is the chance that it stays silent.", "The question asks for the opposite.",
              "Subtract it from 1."),
    ),
    "Ask first with what probability neither of the two convinces it.",
    ("Both fail with probability 0.7 × 0.7.", "The rule is 1 − (1 − q)^m."),
    Solution("1 − (1 − q)^m with q = 0.3 and m = 2.", "ex7_1 = 1 - (1 - 0.3) ** 2"),
)  # fmt: skip

FOUR_TIMES = Item(
    "7.2", 2,
    "From lesson 4: you know a share of yes from 20 answers, with some uncertainty. You ask for "
    "80 answers instead of 20. What happens to the uncertainty?",
    Choice((("a", "it stays as it is"), ("b", "about one half"), ("c", "about one quarter"))),
    _four_times,
    "Four times the answers, half the uncertainty: it falls with the square root.",
    (
        Wrong("stays", lambda: "a",
              "That would be right if every answer were the same.",
              "But each answer is a new draw, and noise averages out.",
              "Look back at lesson 4: how many runs halved the standard error?"),
        Wrong("quarter", lambda: "c",
              "A quarter would be right if uncertainty fell in step with the number of answers.",
              "It falls with the square root of it, and the square root of 4 is 2.",
              "Look back at lesson 4: how many runs halved the standard error?"),
    ),
    "Look back at lesson 4: how many runs halved the standard error?",
    ("Lesson 4: the standard error falls with a square root.", "What is the square root of 4?"),
    Solution("√4 = 2, so the uncertainty is halved.", 'ex7_2 = "b"'),
)  # fmt: skip

ITEMS = (CONTACT, FOUR_TIMES)
