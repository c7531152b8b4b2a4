"""Lesson 7: agents that read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt

from newswave.core.events import event
from newswave.core.population import PROFILES, IndependentTraits, Profile, signs_of
from newswave.core.provenance import Cell
from newswave.core.rules import Measured, synthetic_table
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.core.simulation import simulate
from newswave.core.statistics import expit
from newswave.core.wording import Question, wording
from newswave.equations.intervals import wilson
from newswave.equations.on_network import predict
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Number, Share
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.play import synthetic_recording
from newswave.llm.replies import read_decision
from newswave.llm.server import Request, Sampling
from newswave.llm.survey import trait_effects
from newswave.llm.synthetic_server import SyntheticServer

Floats = npt.NDArray[np.float64]

# Facts: the stand-in's formula, its replies and its curves, from which answers are worked out.

NEWS = event("short-power-cut")
WORDS = wording("adjectives")
OUTGOING = Profile.from_code("O+C-E+A-N-")
TIMES = 20
UNREADABLE = (3, 9, 14)
"""Which of the lesson's twenty replies are spoilt."""

LEANING = 0.9
"""How far the leaning stand-in of the lesson leans towards the word that is named first."""


def rule(exposure: int, chance: float = 0.3) -> float:
    """Return P(share) by the contact rule."""
    table = SharingTable.contact(("everybody",), (chance,), 2)
    return float(table.probabilities[0, exposure])


def width(asked: int, shared: int) -> float:
    """Return the width of the toolkit's 95 % interval."""
    cell = counted(asked, shared)
    return cell.high - cell.low


def counted(asked: int, shared: int) -> Cell:
    """Return a cell of counted answers."""
    return Cell.counted("one persona", 1, asked, shared)


def simple_low(asked: int, shared: int) -> float:
    """Return the lower end by the formula p ± 1.96 √(p(1 − p)/n)."""
    p = shared / asked
    return float(p - 1.96 * np.sqrt(p * (1 - p) / asked))


@cache
def shares() -> tuple[bool | None, ...]:
    """Return what the lesson's twenty replies say; None where nothing can be read."""
    prompt, server = WORDS.prompt(NEWS, OUTGOING, 3), SyntheticServer()
    decisions: list[bool | None] = []
    for seed in range(TIMES):
        sampling = Sampling(num_predict=400, seed=seed)
        request = Request("synthetic", prompt, sampling, Question.REASONED.schema)
        read = read_decision(server.answer(request).content)
        decisions.append(None if seed in UNREADABLE else read.share)
    return tuple(decisions)


def replies_of(share: bool | None) -> int:
    """Return how many of the twenty replies are yes, no, or neither."""
    return sum(one is share for one in shares())


@cache
def town() -> Setup:
    """Return the lesson's town: 32 profiles that answer like the stand-in."""
    chances = [[0.0, *(Mind().probability(who, NEWS, m) for m in (1, 2, 3))] for who in PROFILES]
    table = SharingTable(tuple(who.code for who in PROFILES), np.array(chances))
    return Setup(n_agents=1000, mix=IndependentTraits(), sharing=Measured(table), event=NEWS,
                 n_seeds=10, rounds=40, replicas=20)  # fmt: skip


def with_table(table: SharingTable) -> Setup:
    """Return the town with another table."""
    return replace(town(), sharing=Measured(table))


def table() -> SharingTable:
    """Return the town's table."""
    sharing = town().sharing
    assert isinstance(sharing, Measured)
    return sharing.given


@cache
def half(extraversion: float) -> float:
    """Return the predicted half-time for a share of agents high in extraversion."""
    return _half(replace(town(), mix=IndependentTraits(extraversion=extraversion)))


@cache
def half_of_average() -> float:
    """Return the predicted half-time if everybody had the mean chances of the reserved ones."""
    chances = table().probabilities
    reserved = signs_of(PROFILES)[:, 2] < 0
    alike = np.tile(chances[reserved].mean(axis=0), (len(chances), 1))
    return _half(with_table(SharingTable(table().rows, alike)))


def _half(setup: Setup) -> float:
    fraction = predict(setup).fraction
    return float(np.interp(0.5, fraction, np.arange(len(fraction))))


@cache
def gap() -> float:
    """Return how far the curve that is predicted lies from the mean of the runs, at most."""
    return simulate(town()).gap(predict(town()).fraction)[0]


@cache
def single_end() -> float:
    """Return the fraction that has shared in the end if one answer is taken for each chance."""
    luck = np.random.default_rng(0).random(table().probabilities.shape)
    one = (luck < table().probabilities).astype(float)
    runs = simulate(with_table(SharingTable(table().rows, one)))
    return float(runs.mean[-1] / runs.n_agents)


@cache
def both_orders() -> tuple[Floats, Floats]:
    """Return which part of twenty answers is yes, with yes named first and with no named first."""
    mind = Mind(order_bias=LEANING)
    plain = np.array([mind.log_odds(who.signs.tolist(), NEWS.offset.value, 1) for who in PROFILES])
    generator = np.random.default_rng(2)
    first, last = (
        generator.binomial(TIMES, expit(plain + lean)) / TIMES
        for lean in (LEANING / 2, -LEANING / 2)
    )
    return first, last


def order_effect() -> float:
    """Return how much more often yes comes when it is named first."""
    first, last = both_orders()
    return float((first - last).mean())


def trait_effect(place: int = 2) -> float:
    """Return how much more often those high in a trait say yes, extraversion if none is given."""
    first, last = both_orders()
    high, both = signs_of(PROFILES)[:, place] > 0, (first + last) / 2
    return float(both[high].mean() - both[~high].mean())


def mixed_up() -> float:
    """Return outgoing personas with yes named first, against reserved ones with no named first."""
    first, last = both_orders()
    high = signs_of(PROFILES)[:, 2] > 0
    return float(first[high].mean() - last[~high].mean())


def one_pair() -> float:
    """Return the effect of the order on the first persona alone."""
    first, last = both_orders()
    return float(first[0] - last[0])


@cache
def prompts_alike() -> bool:
    """Return whether agents of one profile and exposure were all asked in the same words."""
    asked: dict[tuple[str, int], set[str]] = {}
    for reply in synthetic_recording().all_replies:
        asked.setdefault((reply.profile, reply.exposure), set()).add(reply.prompt)
    return all(len(prompts) == 1 for prompts in asked.values())


def is_repeatable() -> bool:
    """Return whether a recording holds all that somebody needs who wants to repeat it."""
    recording = synthetic_recording()
    source, reply = recording.header.source, recording.all_replies[0]
    needed: Sequence[object] = (source.digest, source.options, recording.prompts, reply.content)
    return all(needed) and reply.seed is not None


def outgoing_say_yes() -> bool:
    """Return whether the synthetic table says yes more often as somebody outgoing."""
    by_trait = {effect.trait.letter: effect.effect for effect in trait_effects(synthetic_table())}
    return bool((by_trait["E"] > 0).all())


# Warm-up.


def _four_times() -> str:
    ratio = width(80, 56) / width(20, 14)
    return min({"a": 1.0, "b": 0.5, "c": 0.25}.items(), key=lambda one: abs(one[1] - ratio))[0]


CONTACT = Item(
    "7.1", 3,
    "From lesson 1: by the contact rule, an agent shares with probability 0.3 if it sees one "
    "sharing neighbour. With what probability does it share if it sees two?",
    Share(0.005),
    lambda: rule(2),
    "Yes: it stays silent only if both fail to convince it, and 0.7 × 0.7 is 0.49. You will soon "
    "see whether answers from a model follow this rule.",
    (
        Wrong("added", lambda: 2 * rule(1),
              "You added the two chances.",
              "Four neighbours would then give 1.2, and no probability is above 1.",
              "Ask first: with what probability does neither convince it?"),
        Wrong("both", lambda: rule(1) ** 2,
              "That is the chance that both convince it in the same round.", "One is enough.",
              "Ask first: with what probability does neither convince it?"),
        Wrong("silent", lambda: 1 - rule(2),
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

# Predictions.


def _prompts() -> str:
    return "c" if prompts_alike() else "b"


def _reach() -> str:
    reach = width(20, 14) / 2
    return min({"a": 0.05, "b": 0.1, "c": 0.2}.items(), key=lambda one: abs(one[1] - reach))[0]


def _gap() -> str:
    return "a" if gap() < 0.05 else "b" if gap() < 0.2 else "c"


def _single() -> str:
    end = single_end()
    return "a" if end > 0.95 else "b" if end > 0.05 else "c"


def _order() -> str:
    ratio = order_effect() / trait_effect()
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

# Core.

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
    lambda: counted(20, 20).low,
    "So 20 times yes is compatible with a probability below 0.9: somebody who says no one time "
    "in ten may well answer 20 questions without a no.",
    (
        Wrong("simple formula", lambda: simple_low(20, 20),
              "That is what p ± 1.96 √(p (1 − p) / n) gives.",
              "It claims certainty as soon as all answers are the same, even after a single "
              "answer.",
              "Call Cell.counted with asked=20 and shared=20, and take .low.", "M14"),
        Wrong("Wilson's", lambda: wilson(1.0, 20).low,
              "That is the lower end of Wilson's interval, which is a good one too.",
              "The toolkit takes Jeffreys' instead; near 0 and 1 the two differ a little.",
              "Say which method you used, and give the toolkit's here: Cell.counted(...).low."),
        Wrong("middle", lambda: counted(20, 20).probability,
              "That is the estimate in the middle of the interval.",
              "The question asks how low the chance may be.", "Take .low instead of .probability."),
        Wrong("fourteen", lambda: counted(20, 14).low,
              "That is the lower end for 14 of 20.", "Here all 20 answers are yes.",
              "Put shared=20."),
    ),
    "Call Cell.counted with asked=20 and shared=20, and take .low.",
    ("The worked cell above does it for 14 of 20.", "Change shared, and look at .low."),
    Solution("The same call with shared=20.",
             'ex7_4 = Cell.counted("always yes", 1, asked=20, shared=20).low'),
)  # fmt: skip

ON_UNREADABLE = Item(
    "7.5", 2,
    "Of the 20 replies in the list `replies` some cannot be read. What is the share of yes that "
    "you report, beside the number of replies that could not be read?",
    Share(0.005),
    lambda: replies_of(True) / (TIMES - replies_of(None)),
    "Report yes out of those that could be read, and in the same sentence say how many could "
    "not.",
    (
        Wrong("unreadable is no", lambda: replies_of(True) / TIMES,
              "You divided by all 20 replies.",
              "That counts a refusal as a no: the rate looks lower than it was measured.",
              "Divide by the number of replies that hold a decision.", "M14"),
        Wrong("unreadable is yes", lambda: 1 - replies_of(False) / TIMES,
              "You counted everything that is not a no as a yes.",
              "A refusal is neither.", "Divide yes by the number of yes and no together."),
        Wrong("no", lambda: replies_of(False) / (TIMES - replies_of(None)),
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
    lambda: half(0.0),
    "A new town without a single new call to the model: the answer was in the table.",
    (
        Wrong("same town", lambda: half(0.5),
              "That is the half-time of the mixed town.",
              "Half of its agents are outgoing, and here nobody is.",
              "Put extraversion=0.0 into nw.IndependentTraits."),
        Wrong("outgoing town", lambda: half(1.0),
              "That is the half-time if everybody is outgoing.",
              "extraversion=1.0 is the share of agents that are high in it.",
              "Put extraversion=0.0."),
        Wrong("average person", half_of_average,
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

ON_WORDS = Item(
    "7.7", 4,
    "How much more often do personas say yes if yes is named first? Give the mean difference of "
    "the shares of yes over all 32 personas, `yes_first` minus `no_first`.",
    Share(0.001),
    order_effect,
    "Every persona was asked both ways, so within a pair only the order differs.",
    (
        Wrong("one persona", one_pair,
              "You took only the first persona.",
              "Twenty answers to each of two questions: most of such a difference is noise.",
              "Take the mean over all 32 personas.", "M14"),
        Wrong("two things at once", mixed_up,
              "You compared outgoing personas under one question with reserved ones under the "
              "other.",
              "Then the wording differs too, and its effect is added to that of the trait.",
              "Subtract persona by persona: yes_first - no_first.", "M13"),
        Wrong("turned around", lambda: -order_effect(),
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

# Exit ticket.

CLAIM = Item(
    "7.8", 4,
    "With a real model you measure that personas told to be outgoing say yes more often. Which "
    "claim do your data support?",
    Choice((
        ("a", "outgoing people share more news"),
        ("b", "this model, asked in these words about this report, says yes more often if it is "
              "told to be outgoing"),
        ("c", "language models know how outgoing people behave"),
    )),
    lambda: "b" if outgoing_say_yes() else "c",
    "It is a modest claim, and a true one. For the first claim you would have to watch people; "
    "for the third, people and several models.",
    (
        Wrong("people", lambda: "a",
              "That would be right if you had watched people.",
              "You watched a model that was told to play somebody.",
              "Begin the sentence with who gave the answers.", "M13"),
        Wrong("all models", lambda: "c",
              "For that you need other models, and people to compare them with.",
              "You asked one model in one wording about one report.",
              "Put model, wording and report into the sentence.", "M13"),
    ),
    "Begin the sentence with who gave the answers.",
    ("Who gave the answers?", "What would change with another wording or another model?"),
    Solution("Claim what was measured: this model, these words, this report.", 'ex7_8 = "b"'),
)  # fmt: skip

REPEAT = Item(
    "7.9", 1,
    "Somebody wants to repeat your experiment with a model. What must your record hold?",
    Choice((
        ("a", "the name of the model and the share of yes"),
        ("b", "the model's digest, every prompt, the options with the seed, and the raw replies"),
        ("c", "the prompts and the decisions"),
    )),
    lambda: "b" if is_repeatable() else "a",
    "All of that is in a recording of newswave. The digest tells apart different versions under "
    "one name, and the raw replies let others read them by their own rule.",
    (
        Wrong("name and result", lambda: "a",
              "That leaves others only to believe you, or not.",
              "Next month the same name may stand for other weights, and nobody knows what was "
              "asked.",
              "List what you would need to get the same reply again."),
        Wrong("no model", lambda: "c",
              "Prompts and decisions tell what was asked and what you made of the answers.",
              "Who answered, at which temperature, and in which words, is missing.",
              "List what you would need to get the same reply again."),
    ),
    "List what you would need to get the same reply again.",
    ("Would the same model answer the same at another temperature?",
     "Would a model of the same name answer the same a year from now?"),
    Solution("Who, what, how and what came back, all of it raw.", 'ex7_9 = "b"'),
)  # fmt: skip
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
    (CONTACT, FOUR_TIMES,
     PROMPTS, REACH, GAP, SINGLE, ORDER,
     READ, ALL_YES, ON_UNREADABLE, RESERVED, ON_WORDS,
     CLAIM, REPEAT),
)  # fmt: skip
