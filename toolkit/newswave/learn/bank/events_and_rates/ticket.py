"""Lesson 8: the questions of its exit ticket."""

from newswave.learn.bank.events_and_rates import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice, Number


def _side() -> str:
    chance = facts.chosen_side()
    return min({"a": 0.05, "b": 0.1, "c": 0.5}.items(), key=lambda one: abs(one[1] - chance))[0]


def _apart() -> str:
    turned = facts.found() * facts.within()[0] < 0 and facts.found() * facts.within()[1] < 0
    return "b" if turned else "a"


SIDE = Item(
    "8.7", 1,
    "Somebody looks at the data first, sees that the correlation is positive, and then tests at "
    "the level 0.05 only whether it is positive. There is nothing to find. How often is "
    "something found?",
    Choice((("a", "in 5 % of such studies"), ("b", "in about 10 %"), ("c", "in about 50 %"))),
    _side,
    "Twice as often as the level says: the data chose the direction. That is why you wrote yours "
    "down first.",
    (
        Wrong("five", lambda: "a",
              "5 % would be right if the direction had been written down before.",
              "Here the data chose it, and might just as well have chosen the other one.",
              "Count both ways in which this person can find something."),
        Wrong("half", lambda: "c",
              "In half of all studies the sign is positive.",
              "But positive is not enough: it must be large as well.",
              "Count both ways in which this person can find something, 5 % each."),
    ),
    "Count both ways in which this person can find something.",
    ("What would the person have tested after a negative sign?", "Two ways, 5 % each."),
    Solution("Two chances of 5 % each.", 'ex8_7 = "b"'),
)  # fmt: skip

CONFOUNDED = Item(
    "8.8", 3,
    "Reports from the morning spread faster than those from the evening. All morning reports are "
    "about the weather, all evening reports about sport. What do you do?",
    Choice((
        ("a", "say that the morning makes news faster"),
        ("b", "compare morning and evening within weather and within sport, with new reports"),
        ("c", "leave the slowest reports out and compare again"),
    )),
    _apart,
    "Subject and hour go together here, so these data cannot separate them. New data can.",
    (
        Wrong("the morning", lambda: "a",
              "It is true that the morning goes with speed.",
              "But so does the weather: every morning report is about it.",
              "Ask what else differs between the two groups, and hold that fixed.", "M15"),
        Wrong("leave out", lambda: "c",
              "If you leave out what does not fit, you can get any result.",
              "And it does nothing about the subject.",
              "Ask what else differs between the two groups, and hold that fixed."),
    ),
    "Ask what else differs between the two groups, and hold that fixed.",
    ("What differs between the groups besides the hour?", "How did you treat length and kind?"),
    Solution("Hold the subject fixed. These data cannot, so you need new ones.", 'ex8_8 = "b"'),
)  # fmt: skip

CLASSROOM = Item(
    "8.9", 4,
    "Thirty learners test one thing each at the level 0.05, and there is nothing to find. How "
    "many of them find something, on average?",
    Number(0.05, "learners"),
    lambda: facts.CLASS * facts.LEVEL,
    "And if only those who found something report it, the class has a finding.",
    (
        Wrong("per test", lambda: facts.LEVEL,
              "That is the chance for each learner.", "There are thirty.",
              "Multiply by the number of learners.", "M15"),
        Wrong("at least one", lambda: 1 - (1 - facts.LEVEL) ** facts.CLASS,
              "That is the chance that anybody finds something.",
              "The question asks how many do, on average.", "Multiply thirty by the level."),
        Wrong("all", lambda: float(facts.CLASS),
              "You counted everybody.", "Each finds something with probability 0.05.",
              "Multiply thirty by the level."),
    ),
    "Multiply the number of learners by the level.",
    ("It is question 8.6 once more.", "Thirty tests instead of twenty."),
    Solution("30 × 0.05.", "ex8_9 = 30 * 0.05"),
)  # fmt: skip

ITEMS = (SIDE, CONFOUNDED, CLASSROOM)
