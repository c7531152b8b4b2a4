"""Lesson 7: what learners predict before they see it."""

from newswave.learn.bank.agents_that_read import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Choice


def _prompts() -> str:
    return "c" if facts.prompts_alike() else "b"


def _reach() -> str:
    reach = facts.width(20, 14) / 2
    return min({"a": 0.05, "b": 0.1, "c": 0.2}.items(), key=lambda one: abs(one[1] - reach))[0]


def _gap() -> str:
    return "a" if facts.gap() < 0.05 else "b" if facts.gap() < 0.2 else "c"


def _single() -> str:
    end = facts.single_end()
    return "a" if end > 0.95 else "b" if end > 0.05 else "c"


def _order() -> str:
    ratio = facts.order_effect() / facts.trait_effect()
    return "a" if ratio < 0.1 else "b" if ratio < 0.5 else "c"


PROMPTS = Item(
    "7.P1", 1,
    "Two agents have the same personality profile. Each sees one sharing neighbour, one of them "
    "in round 2, the other in round 9. How do the prompts that the model gets about them "
    "differ?",
    Choice((
        ("a", "in the agent's name"),
        ("b", "in the round"),
        ("c", "in nothing: the two prompts are the same"),
    )),
    _prompts,
    "Only the profile and what the agent sees decide the probability. So a table with a row for "
    "each profile and a column for each exposure holds everything there is to know.",
    (
        Wrong("name", lambda: "a",
              "A name would tell the model who is asked.",
              "Names carry age, gender and origin, so an experiment leaves them out.",
              "Read the prompt above once more, and look for a name."),
        Wrong("round", lambda: "b",
              "That would be right if the model were told the time.",
              "This prompt does not say it; the report is just as new in round 9.",
              "Read the prompt above once more, and look for a number."),
    ),
    "Read the prompt above: which of its lines are about this agent alone?",
    ("Which lines of the prompt are about the agent?", "Is there a name or a time among them?"),
    Solution("Same profile, same exposure, same prompt.", 'predict("7.P1", "c")'),
)  # fmt: skip

REACH = Item(
    "7.P2", 2,
    "You ask one persona the same question 20 times and get yes 14 times. So the chance of a yes "
    "is about 0.7. How far to either side does the 95 % interval reach?",
    Choice((("a", "about 0.05"), ("b", "about 0.1"), ("c", "about 0.2"))),
    _reach,
    "Twenty answers leave a lot open: anything from about one half to nearly nine tenths fits "
    "them.",
    (
        Wrong("narrow", lambda: "a",
              "0.05 would be right for many more answers.", "Here there are only twenty.",
              "Read off the two ends that the cell above prints."),
        Wrong("one error", lambda: "b",
              "0.1 is about one standard error, √(0.7 × 0.3 / 20).",
              "A 95 % interval reaches about two of them to either side.",
              "Double it, and compare with the cell above."),
    ),
    "Read off the two ends that the cell above prints.",
    ("The standard error of a share is √(p (1 − p) / n).", "An interval of 95 % takes two."),
    Solution("Two standard errors of 0.1 each.", 'predict("7.P2", "c")'),
)  # fmt: skip

GAP = Item(
    "7.P3", 3,
    "From this table alone you compute the curve for 1000 agents with 8 neighbours each. Then "
    "you run 20 simulations. How far apart are the computed curve and the mean of the runs, where "
    "they are farthest apart?",
    Choice((
        ("a", "less than 5 percentage points"),
        ("b", "5 to 20 points: the shape is right"),
        ("c", "more than 20 points: nobody can say before it is run"),
    )),
    _gap,
    "The table says how agents decide, the network says who sees whom, and no more is needed.",
    (
        Wrong("shape only", lambda: "b",
              "A gap of this size is what the well-mixed equation of lesson 3 leaves.",
              "This theory knows the network and the whole table.",
              "Read the gap that the cell above prints."),
        Wrong("not at all", lambda: "c",
              "You expect luck to dominate.",
              "It does in single runs; in the mean of many it cancels.",
              "Read the gap that the cell above prints, then run a single replica."),
    ),
    "Read the gap that the cell prints.",
    ("What did the network-aware theory of lesson 3 need to know?",
     "Single runs are noisy. How much noise is left in the mean of twenty?"),
    Solution("Table and network decide the mean curve.", 'predict("7.P3", "a")'),
)  # fmt: skip

SINGLE = Item(
    "7.P4", 3,
    "To save calls you ask each cell of the table once and write 1 for a yes and 0 for a no. The "
    "same town is run with this table. Where does the curve end?",
    Choice((
        ("a", "near 100 %, as before"),
        ("b", "well below 100 %"),
        ("c", "where it began: nobody new shares"),
    )),
    _single,
    'A single "no" has become a "never". All agents of a profile now act alike, and those whose '
    "one answer was no never share, however long it runs.",
    (
        Wrong("as before", lambda: "a",
              "On average over profiles the table is as ready to share as before.",
              "But before, every round asked again; now a single answer holds for ever.",
              "Look at the rows of the new table that hold only zeros."),
        Wrong("nobody", lambda: "c",
              "That would be right if nearly all answers were no.",
              "Some profiles got a yes, and now share at once.",
              "Look at the rows of the new table that hold a one."),
    ),
    "Look at the rows of the new table that hold only zeros.",
    ("A chance of 0.1 means a yes sooner or later. What does a 0 mean?",
     "How many of the 32 rows may end up with no yes at all?"),
    Solution("Profiles whose one answer was no never share.", 'predict("7.P4", "b")'),
)  # fmt: skip

ORDER = Item(
    "7.P5", 4,
    "One question ends in “Answer with one word, yes or no”, another in “no or yes”. Compare how "
    "much this moves the answers with how much being outgoing instead of reserved does.",
    Choice((
        ("a", "not at all: it is the same question"),
        ("b", "less than half as much"),
        ("c", "about as much"),
    )),
    _order,
    "Here, two words in another order count as much as a whole trait. We built the stand-in that "
    "way; real models lean, too, and each has to be measured.",
    (
        Wrong("same question", lambda: "a",
              "For a careful human reader it is the same question.",
              "Models prefer certain places in a list, whatever the list is about.",
              "Compare the first two numbers that the cell above prints."),
        Wrong("smaller", lambda: "b",
              "You expect words to matter less than personality.",
              "That is what this lesson measures, and here it is not so.",
              "Compare the first two numbers that the cell above prints."),
    ),
    "Compare the first two numbers that the cell prints.",
    ("The stand-in was started with order_bias=0.9 on the log-odds.",
     "Extraversion moves it by about as much."),
    Solution("Both move the log-odds by 0.9 in this stand-in.", 'predict("7.P5", "c")'),
)  # fmt: skip

ITEMS = (PROMPTS, REACH, GAP, SINGLE, ORDER)
