"""Lesson 8: the questions of its warm-up."""

from newswave.learn.bank.events_and_rates import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Share

APART = 0.8

OFFSET = Item(
    "8.1", 2,
    "From lesson 5: a neutral report is shared with probability 0.05 for each sharing neighbour. "
    "Another report moves the log-odds up by 0.65. With what probability is it shared?",
    Share(0.001),
    lambda: facts.moved(facts.cited()),
    "Yes: the odds are multiplied by e^0.65, and the odds turned back into a probability.",
    (
        Wrong("added", lambda: facts.CHANCE + facts.cited(),
              "You added 0.65 to the probability.",
              "It has to be added to the log-odds, ln(q / (1 − q)).",
              "Turn 0.05 into odds first: 0.05 / 0.95."),
        Wrong("percent", lambda: facts.CHANCE * (1 + facts.cited()),
              "You made the probability 65 percent larger.",
              "On the log-odds, 0.65 multiplies the odds by e^0.65, which is nearly two.",
              "Turn 0.05 into odds first: 0.05 / 0.95."),
        Wrong("ratio of chances",
              lambda: facts.CHANCE * (facts.moved(facts.cited()) / (1 - facts.moved(facts.cited())))
              / (facts.CHANCE / (1 - facts.CHANCE)),
              "You multiplied the probability by e^0.65.",
              "The odds are what is multiplied; for small chances the two are close.",
              "Turn the odds back: q = odds / (1 + odds)."),
    ),
    "Odds are q / (1 − q). Multiply them by e^0.65 and turn them back.",
    ("The odds of 0.05 are 0.05 / 0.95.", "Times np.exp(0.65), then odds / (1 + odds)."),
    Solution("Odds times e^0.65, and back.",
             "odds = 0.05 / 0.95 * np.exp(0.65)\nex8_1 = odds / (1 + odds)"),
)  # fmt: skip

ONE_RUN = Item(
    "8.2", 2,
    "From lesson 4: two events, one run of each, from a few seed agents. Half have shared by "
    "round 14.2 in one and by round 15.0 in the other. What do you know about the two events?",
    Choice((
        ("a", "the second one spreads more slowly"),
        ("b", "little: two runs of the same event differ by as much"),
        ("c", "both spread equally fast"),
    )),
    lambda: "b" if facts.luck_of_a_pair() > APART else "a",
    "One run of each can hardly tell noise from a real difference. Always compare a difference "
    "with the spread between runs.",
    (
        Wrong("slower", lambda: "a",
              "In these two runs it was slower.",
              "The question is about the events, not the runs.",
              "Think of two runs of the same event: how far apart are their half-times?", "M7"),
        Wrong("equal", lambda: "c",
              "You are right not to trust the difference.",
              "But no evidence of a difference is not evidence of no difference.",
              "Ask for more runs of each before you say that they are equal."),
    ),
    "Think of two runs of the same event: how far apart are their half-times?",
    ("How much did half-times vary from run to run in lesson 4?",
     "0.8 rounds: is that more or less?"),
    Solution("The noise between two runs is larger than 0.8 rounds.", 'ex8_2 = "b"'),
)  # fmt: skip

ITEMS = (OFFSET, ONE_RUN)
