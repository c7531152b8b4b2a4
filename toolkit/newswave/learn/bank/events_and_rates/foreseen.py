"""Lesson 8: what learners predict before they see it."""

from newswave.learn.bank.events_and_rates import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice

CLEAR = 0.3


def _sign(rho: float) -> str:
    return "a" if rho > CLEAR else "c" if rho < -CLEAR else "b"


def _inside() -> str:
    one, other = (_sign(rho) for rho in facts.within())
    return one if one == other else "b"


def _any() -> str:
    chance = 1 - (1 - facts.LEVEL) ** facts.TESTS
    return min({"a": 0.05, "b": 0.33, "c": 0.65}.items(), key=lambda one: abs(one[1] - chance))[0]


LENGTH = Item(
    "8.P1", 1,
    "Eight reports of different length, one run of each. What will the rank correlation of length "
    "and transmission rate be?",
    Choice((
        ("a", "above 0.3: longer reports travel faster"),
        ("b", "between −0.3 and 0.3: neither"),
        ("c", "below −0.3: longer reports travel more slowly"),
    )),
    lambda: _sign(facts.found()),
    "You said so before you saw it, and that gives it weight. What it means is still open: first "
    "how certain it is, then where it comes from.",
    (
        Wrong("neither", lambda: "b",
              "You expected nothing, which is the most careful guess.",
              "But the two rise together a little more than that.",
              "Do not change your prediction. Look at how sure the correlation is."),
        Wrong("slower", lambda: "c",
              "You expected long reports to tire their readers.",
              "Over all eight reports the sign is the opposite.",
              "Keep your reason in mind: you will need it when you look inside the groups."),
    ),
    "Compare with the correlation in the cell above.",
    ("Do you have a reason to expect one sign? Write it down.",
     "There is no right guess before the data. Commit to one."),
    Solution("The correlation came out above 0.3.", 'predict("8.P1", "a")'),
)  # fmt: skip

INSIDE = Item(
    "8.P2", 3,
    "Four of the reports are of service (a power cut, snow on the road), four of leisure (a cup "
    "final, a fair). Now look at length and rate inside each of the two groups. What will you see?",
    Choice((
        ("a", "the same as over all: longer is faster"),
        ("b", "nothing clear"),
        ("c", "the opposite: longer is slower in both"),
    )),
    _inside,
    "Service reports are longer, and they are shared more readily. Put together, length seems to "
    "help; inside the groups it does the opposite.",
    (
        Wrong("same", lambda: "a",
              "You expect a part to show what the whole shows.",
              "That is so only if nothing else differs between the parts.",
              "Look at the picture with two signs: go through each group from left to right."),
        Wrong("nothing", lambda: "b",
              "With four reports in a group, that would be no surprise.",
              "But here both groups fall without exception.",
              "Look at the picture with two signs: go through each group from left to right."),
    ),
    "Go through each group from left to right in the picture.",
    ("Which group has the longer reports?", "And which group is shared more readily?"),
    Solution("In both groups the longer report is the slower one.", 'predict("8.P2", "c")'),
)  # fmt: skip

ANY = Item(
    "8.P3", 4,
    "You test 20 things, each at the level 0.05, and there is nothing at all to be found. How "
    "likely is it that at least one test says “found”?",
    Choice((("a", "about 5 %"), ("b", "about one third"), ("c", "about two thirds"))),
    _any,
    "With twenty tests, a finding by chance is the rule, not the exception.",
    (
        Wrong("per test", lambda: "a",
              "5 % is the chance that one test is wrong.", "There are twenty of them.",
              "Ask with what probability all twenty stay silent: 0.95 times 0.95, and so on.",
              "M15"),
        Wrong("third", lambda: "b",
              "You are right that it must be more than 5 %.", "It grows faster than you think.",
              "Work out 1 − 0.95²⁰."),
    ),
    "Ask with what probability all twenty stay silent.",
    ("One test stays silent with probability 0.95.", "All twenty: 0.95²⁰."),
    Solution("1 − 0.95²⁰ is nearly two thirds.", 'predict("8.P3", "c")'),
)  # fmt: skip

ITEMS = (LENGTH, INSIDE, ANY)
