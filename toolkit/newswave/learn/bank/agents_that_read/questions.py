"""Lesson 7: the questions of its core."""

import numpy as np

from newswave.learn.bank.agents_that_read import facts
from newswave.learn.items import Item, Solution, Wrong
from newswave.learn.kinds import Function, Number, Share
from newswave.reading import read_decision

_REPLIES = (
    ('{"share": true, "reason": "It matters."}',),
    ('{"share": false, "reason": "It is true, but dull."}',),
    ("I'm sorry, but I can't take part in that.",),
    ("",),
)


def _read(text: str, lost: float = np.nan) -> float:
    share = read_decision(text).share
    return lost if share is None else float(share)


def _word(text: str) -> float:
    """Return what somebody reads who looks for a word anywhere."""
    return 1.0 if "true" in text else 0.0 if "false" in text else np.nan


READ = Item(
    "7.3", 1,
    "Complete ex7_3(text): it gets a reply as text and returns 1 if the agent shares, 0 if it "
    "does not, and np.nan (“not a number”) if the reply holds no decision. (None would count "
    "as “not answered yet”.)",
    Function(_REPLIES, 0.01),
    lambda: _read,
    'Yes. A reply without a decision must never count as a "no".',
    (
        Wrong("unreadable is no", lambda: lambda text: _read(text, 0.0),
              "You counted a reply that cannot be read as a no.",
              "Nobody decided anything there. Every such no lowers the estimate.",
              "Return np.nan where the text is no JSON.", "M14"),
        Wrong("looked for a word", lambda: _word,
              "You looked for the word true anywhere in the text.",
              "A reason may contain it too: “It is true, but dull” is the reason of a no.",
              "Take the value under \"share\": json.loads(text)[\"share\"]."),
        Wrong("half", lambda: lambda text: _read(text, 0.5),
              "You put 0.5 where nothing can be read.",
              "That invents an answer that lies between yes and no.",
              "Return np.nan, so that it can be counted by itself."),
        Wrong("turned around", lambda: lambda text: 1.0 - _read(text),
              "You have swapped yes and no.", "true stands for “I share it”.",
              "Return float(share), not 1 minus it."),
    ),
    "Try it on one of the replies above, then on the empty text.",
    ("What does json.loads do with a text that is no JSON? It raises ValueError.",
     "Two returns are missing: np.nan where ValueError was caught, float(share) at the end.",
     "float(True) is 1.0 and float(False) is 0.0."),
    Solution("JSON is read, everything else is “no decision”.",
             "import json\n\n\ndef ex7_3(text):\n    try:\n"
             "        share = json.loads(text)[\"share\"]\n"
             "    except ValueError:\n        return np.nan\n    return float(share)\n"),
)  # fmt: skip

ALL_YES = Item(
    "7.4", 2,
    "Another persona said yes 20 times out of 20. What is the lower end of the 95 % interval for "
    "its chance, by the toolkit's method (Cell.counted)?",
    Share(0.005),
    lambda: facts.counted(20, 20).low,
    "So 20 times yes is compatible with a probability below 0.9: somebody who says no one time "
    "in ten may well answer 20 questions without a no.",
    (
        Wrong("simple formula", lambda: facts.simple_low(20, 20),
              "That is what p ± 1.96 √(p (1 − p) / n) gives.",
              "It claims certainty as soon as all answers are the same, even after a single "
              "answer.",
              "Call Cell.counted with asked=20 and shared=20, and take .low.", "M14"),
        Wrong("Wilson's", lambda: facts.wilson_low(20, 20),
              "That is the lower end of Wilson's interval, which is a good one too.",
              "The toolkit takes Jeffreys' instead; near 0 and 1 the two differ a little.",
              "Say which method you used, and give the toolkit's here: Cell.counted(...).low."),
        Wrong("middle", lambda: facts.counted(20, 20).probability,
              "That is the estimate in the middle of the interval.",
              "The question asks how low the chance may be.", "Take .low instead of .probability."),
        Wrong("fourteen", lambda: facts.counted(20, 14).low,
              "That is the lower end for 14 of 20.", "Here all 20 answers are yes.",
              "Put shared=20."),
    ),
    "Call Cell.counted with asked=20 and shared=20, and take .low.",
    ("The worked cell above does it for 14 of 20.", "Change shared, and look at .low."),
    Solution("The same call with shared=20.",
             'ex7_4 = Cell.counted("always yes", 1, asked=20, shared=20).low'),
)  # fmt: skip

UNREADABLE = Item(
    "7.5", 2,
    "Of the 20 replies in the list `replies` some cannot be read. What is the share of yes that "
    "you report, beside the number of replies that could not be read?",
    Share(0.005),
    lambda: facts.said(True) / (facts.TIMES - facts.said(None)),
    "Report yes out of those that could be read, and in the same sentence say how many could "
    "not.",
    (
        Wrong("unreadable is no", lambda: facts.said(True) / facts.TIMES,
              "You divided by all 20 replies.",
              "That counts a refusal as a no: the rate looks lower than it was measured.",
              "Divide by the number of replies that hold a decision.", "M14"),
        Wrong("unreadable is yes", lambda: 1 - facts.said(False) / facts.TIMES,
              "You counted everything that is not a no as a yes.",
              "A refusal is neither.", "Divide yes by the number of yes and no together."),
        Wrong("no", lambda: facts.said(False) / (facts.TIMES - facts.said(None)),
              "That is the share of no.", "The question asks for the share of yes.",
              "Subtract it from 1, or count where share is True."),
    ),
    "Count the yes, and divide by the number of replies that hold a decision.",
    ("read_decision(text).share is True, False or None.",
     "How many of the 20 are not None?"),
    Solution("Yes divided by yes and no together.",
             "said = [read_decision(text).share for text in replies]\n"
             "ex7_5 = said.count(True) / (said.count(True) + said.count(False))"),
)  # fmt: skip

RESERVED = Item(
    "7.6", 3,
    "In another town everybody is reserved: nobody is high in extraversion, the other traits are "
    "mixed as before. By which round will half have shared? Predict it from the table, without "
    "running anything.",
    Number(0.1, "rounds"),
    lambda: facts.half(0.0),
    "A new town without a single new call to the model: the answer was in the table.",
    (
        Wrong("same town", lambda: facts.half(0.5),
              "That is the half-time of the mixed town.",
              "Half of its agents are outgoing, and here nobody is.",
              "Put extraversion=0.0 into nw.IndependentTraits."),
        Wrong("outgoing town", lambda: facts.half(1.0),
              "That is the half-time if everybody is outgoing.",
              "extraversion=1.0 is the share of agents that are high in it.",
              "Put extraversion=0.0."),
        Wrong("average person", facts.half_of_average,
              "You averaged the rows of the table first.",
              "Then everybody is alike, and the slow ones, who hold the curve back, are gone.",
              "Let the mix do it: nw.IndependentTraits(extraversion=0.0).", "M9"),
    ),
    "Change one thing in the setup: mix=nw.IndependentTraits(extraversion=0.0).",
    ("Which part of a setup says who lives in the town?",
     "replace(town, mix=nw.IndependentTraits(extraversion=0.0))",
     "half_time(nw.predict(...).fraction), as in the worked cell."),
    Solution("Replace one part of the setup, and ask the theory again.",
             "reserved = replace(town, mix=nw.IndependentTraits(extraversion=0.0))\n"
             "ex7_6 = half_time(nw.predict(reserved).fraction)"),
)  # fmt: skip

WORDS = Item(
    "7.7", 4,
    "How much more often do personas say yes if yes is named first? Give the mean difference of "
    "the shares of yes over all 32 personas, `yes_first` minus `no_first`.",
    Share(0.001),
    facts.order_effect,
    "Every persona was asked both ways, so within a pair only the order differs.",
    (
        Wrong("one persona", facts.one_pair,
              "You took only the first persona.",
              "Twenty answers to each of two questions: most of such a difference is noise.",
              "Take the mean over all 32 personas.", "M14"),
        Wrong("two things at once", facts.mixed_up,
              "You compared outgoing personas under one question with reserved ones under the "
              "other.",
              "Then the wording differs too, and its effect is added to that of the trait.",
              "Subtract persona by persona: yes_first - no_first.", "M13"),
        Wrong("turned around", lambda: -facts.order_effect(),
              "The size is right; but the sign says that yes comes less often when it is named "
              "first.",
              "You were asked for the difference the other way round.",
              "Subtract no_first from yes_first."),
    ),
    "Subtract persona by persona, then take the mean.",
    ("`yes_first` and `no_first` are arrays with one number for each persona.",
     "(yes_first - no_first) is an array of 32 differences."),
    Solution("The mean of 32 differences.", "ex7_7 = (yes_first - no_first).mean()"),
)  # fmt: skip

ITEMS = (READ, ALL_YES, UNREADABLE, RESERVED, WORDS)
