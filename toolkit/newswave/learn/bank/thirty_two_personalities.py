"""Lesson 5: thirty-two personalities."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.equivalents import average_person
from newswave.core.population import (
    EXAGGERATED,
    LITERATURE,
    PROFILES,
    IndependentTraits,
    Mix,
    OneProfile,
    Profile,
    Trait,
    TraitEffects,
    TwoGroups,
)
from newswave.core.rules import ByGroup, ByTraits, SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import hazard, share_probability
from newswave.core.simulation import simulate
from newswave.core.statistics import expit, logit
from newswave.equations.fit import fit
from newswave.equations.models import OnNetwork, TwoRates
from newswave.equations.on_network import predict
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Judged, Number, Share, Unreadable

# Facts: towns of several mixes, and what a curve shows of who lives there.

BASELINE = 0.05
READY = Profile.from_code("O+C-E+A-N-")
WANTED = 20.0
"""The round by which the designed crowd is to reach 90 %."""

MIXED = Setup(mix=TwoGroups(0.5), sharing=ByGroup(0.15, 0.015), rounds=100, replicas=100)
"""Half of the agents are ready to share, half are not."""

NOVELTY = Setup(mix=TwoGroups(0.13), sharing=SameForAll(0.15), repeat_ratio=0.2, rounds=60,
                replicas=200)  # fmt: skip
"""Everybody is alike, and news convinces most when it is new. The groups are labels only."""


def passes(fraction: Any, level: float) -> float:
    """Return the round in which a curve passes a level; NaN if it does not."""
    return float(np.interp(level, fraction, np.arange(len(fraction)), right=np.nan))


@cache
def round_of(setup: Setup, level: float) -> float:
    """Return the round in which the equation of a setup passes a level."""
    return passes(predict(setup).fraction, level)


def chance(effects: TraitEffects, profile: Profile) -> float:
    """Return a profile's share probability for neutral news."""
    groups = OneProfile(profile).groups
    rule = ByTraits(BASELINE, effects)
    return float(rule.table(groups, MIXED.event, 1).probabilities[0, 1])


def odds_moved(shift: float) -> float:
    """Return the baseline with its log-odds moved."""
    return float(expit(logit(np.array(BASELINE)) + shift))


def town(mix: Mix) -> Setup:
    """Return the town of the design task, with a crowd put into it."""
    return Setup(mix=mix, sharing=ByTraits(BASELINE, EXAGGERATED), rounds=60, replicas=50)


def reached(setup: Setup) -> float:
    """Return the round in which the mean of a setup's runs passes 90 %."""
    return passes(simulate(setup).mean / setup.n_agents, 0.9)


@cache
def twin() -> tuple[float, float, float]:
    """Return q_fast, q_slow and p of the two groups whose curve is that of `NOVELTY`."""
    estimates = fit(simulate(NOVELTY), TwoRates(OnNetwork(8))).estimates
    fast, slow = (float(share_probability(estimates[name])) for name in ("fast_rate", "slow_rate"))
    return fast, slow, estimates["fast_fraction"]


def groups_apart(curve: Curve) -> float:
    """Return how far the curves of two groups lie apart at most."""
    assert curve.by_group is not None
    by_group = curve.by_group.mean(axis=0)
    one, other = (by_group / by_group[-1]).T
    return float(np.abs(one - other).max())


@cache
def labelled() -> tuple[float, float]:
    """Return how far groups lie apart: where everybody is alike, and where two kinds differ."""
    fast, slow, p = twin()
    kinds = Setup(mix=TwoGroups(p), sharing=ByGroup(fast, slow), rounds=60, replicas=100)
    return groups_apart(simulate(NOVELTY)), groups_apart(simulate(kinds))


def total_gap() -> float:
    """Return how far the totals of the two stories lie apart at most."""
    fast, slow, p = twin()
    kinds = Setup(mix=TwoGroups(p), sharing=ByGroup(fast, slow), rounds=60)
    return float(np.abs(predict(NOVELTY).fraction - predict(kinds).fraction).max())


def levels(n: int) -> tuple[bool, ...]:
    """Return whether each trait of profile n is high, in the order O, C, E, A, N."""
    return Profile.from_index(n).levels


def _nearest(value: float, options: dict[str, float]) -> str:
    return min(options, key=lambda letter: abs(math.log(value / options[letter])))


def _extravert() -> str:
    low, high = (chance(LITERATURE, Profile.from_code(f"O+C+E{sign}A+N+")) for sign in "-+")
    return _nearest(float(hazard(high) / hazard(low)), {"a": 5.0, "b": 2.5, "c": 1.2})


def _mix_or_average() -> str:
    late, early = (round_of(MIXED, at) - round_of(average_person(MIXED), at) for at in (0.9, 0.1))
    if late < -1:
        return "d"
    return "a" if late < 1 else "c" if early < 0.2 * late else "b"


def _what_a_fit_finds() -> str:
    fast, slow, p = twin()
    close = fit(simulate(NOVELTY), TwoRates(OnNetwork(8))).rmse < 0.01
    two = fast > 2 * slow and 0.05 < p < 0.95
    return "b" if close and two else "c" if close else "a"


def _who_differs() -> str:
    alike, kinds = (gap > 0.1 for gap in labelled())
    return {(True, True): "a", (False, True): "b", (False, False): "c"}.get((alike, kinds), "d")


def _too_early() -> str:
    fast, slow = (float(share_probability(rate)) for rate in (0.1, 0.02))
    setup = Setup(mix=TwoGroups(0.5), sharing=ByGroup(fast, slow), rounds=200)
    gap = round_of(average_person(setup), 0.9) - round_of(setup, 0.9)
    return "a" if gap < -1 else "b" if gap > 1 else "c"


def _what_helps() -> str:
    alike, kinds = labelled()
    return "c" if total_gap() < 0.01 and kinds - alike > 0.1 else "a"


_ALL = Function(tuple((n,) for n in range(32)), 0.1)


def _judge_levels(answer: Any) -> str:
    given = _ALL.read(answer)
    if given.shape != (160,):
        return "For each number your function should return five levels."
    right = _ALL.read(levels).reshape(32, 5)
    rows = given.reshape(32, 5)
    turned = {"backwards": right[:, ::-1], "swapped": 1 - right, "halves": right - 0.5}
    for name, wanted in {"right": right, **turned}.items():
        if np.allclose(rows, wanted):
            return name
    seen: dict[tuple[float, ...], int] = {}
    for n, row in enumerate(map(tuple, rows.tolist())):
        if row in seen:
            return f"Numbers {seen[row]} and {n} give the same person."
        seen[row] = n
    first = int(np.argmax((rows != right).any(axis=1)))
    return f"All 32 differ, but number {first} should give {right[first].astype(int).tolist()}."


def _judge_mix(answer: Any) -> str:
    if isinstance(answer, type) or not isinstance(answer, Mix):
        raise Unreadable("A mix is asked for, such as nw.IndependentTraits(extraversion=0.5).")
    setup = town(answer)
    rates = setup.table(1).contact_rates()
    present = np.array([group.weight > 0 for group in setup.mix.groups])
    if rates is None or np.ptp(rates[present]) < 1e-9:
        return "alike"
    at, average = reached(setup), reached(average_person(setup))
    if abs(at - WANTED) <= 1:
        return "right"
    if abs(average - WANTED) <= 1:
        return "by the average person"
    if math.isnan(at):
        return "too slow"
    side = "too late" if at > WANTED else "too early"
    return f"Your crowd reaches 90 % by round {at:.1f}: {side}."


# Questions.

RATE = Item(
    "5.1", 1,
    "From lesson 2: an agent shares with probability 0.15 for each sharing neighbour and round. "
    "What is its transmission rate β?",
    Number(0.001, "per contact and round"),
    lambda: float(hazard(0.15)),
    "β = −ln(1 − q). Rates can be added and averaged; probabilities cannot.",
    (
        Wrong("the probability", lambda: 0.15,
              "That is the probability.",
              "A rate is a little larger, because it also counts those who would have been "
              "convinced twice.",
              "Take −np.log(1 − 0.15)."),
        Wrong("the other way", lambda: float(share_probability(0.15)),
              "You went the other way: that is the probability that belongs to the rate 0.15.",
              "Here 0.15 is the probability.", "Take −np.log(1 − 0.15)."),
        Wrong("log of q", lambda: -math.log(0.15),
              "You took −ln q.", "That would give rare events a large rate.",
              "Use the chance that nothing happens, 1 − q, in the logarithm."),
    ),
    "Use β = −ln(1 − q).",
    ("The chance that nothing happens in a round is 1 − q = e^(−β).", "-np.log(1 - 0.15)"),
    Solution("1 − q = e^(−β), so β = −ln(1 − q).", "ex5_1 = -np.log(1 - 0.15)"),
)  # fmt: skip

ERROR = Item(
    "5.2", 2,
    "From lesson 4: the half-times of 200 runs have a standard deviation of 1.2 rounds. What is "
    "the standard error of their mean?",
    Number(0.001, "rounds"),
    lambda: 1.2 / math.sqrt(200),
    "Single runs spread widely; the mean of 200 hardly does.",
    (
        Wrong("single runs", lambda: 1.2,
              "That is how far a single run is off.", "The mean of 200 is far less noisy.",
              "Divide by the square root of the number of runs."),
        Wrong("no root", lambda: 1.2 / 200,
              "You divided by the number of runs.", "Noise cancels more slowly than that.",
              "Divide by the square root of the number of runs."),
    ),
    "Divide by the square root of the number of runs.",
    ("Lesson 4 has the formula, under “How many runs are enough?”", "`1.2 / np.sqrt(200)`"),
    Solution("Standard deviation over the root of the number of runs.",
             "ex5_2 = 1.2 / np.sqrt(200)"),
)  # fmt: skip

MANY = Item(
    "5.P1", 1,
    "With five traits, each either low or high, there are 32 personality profiles. How many would "
    "there be if each trait could be low, middle or high?",
    Number(0.3, "profiles"),
    lambda: float(3 ** len(Trait)),
    "Each trait multiplies the number of profiles by its number of levels: 3 · 3 · 3 · 3 · 3. "
    "That is why most models use only a few levels.",
    (
        Wrong("half as many more", lambda: len(PROFILES) * 3 / 2,
              "You made 32 half as large again, because there are three levels instead of two.",
              "That changes only one trait. All five get a third level.",
              "Count the profiles of two traits first: three levels times three levels."),
        Wrong("added", lambda: 3.0 * len(Trait),
              "You added: five traits, three levels each.",
              "That counts the levels. A profile has a level of every trait at once.",
              "Count the profiles of two traits first: three levels times three levels."),
        Wrong("turned around", lambda: float(len(Trait) ** 3),
              "That is five to the power three.", "It is three levels, taken five times.",
              "Swap base and exponent."),
        Wrong("two levels", lambda: float(len(PROFILES)),
              "That is with two levels, low and high.", "The question asks for three.",
              "Put 3 in place of 2 in 2 · 2 · 2 · 2 · 2."),
    ),
    "Count the profiles of two traits first, then of three.",
    ("Two traits with three levels make nine profiles. And three such traits?",
     "Every further trait makes it three times as many."),
    Solution("Three levels, five times: 3⁵.", 'predict("5.P1", 3**5)'),
)  # fmt: skip

LEVELS = Item(
    "5.3", 1,
    "Complete ex5_3(n): for a number n from 0 to 31 return the five levels of that profile in the "
    "order O, C, E, A, N, 1 for high and 0 for low. It undoes number_of: ex5_3(20) is [1, 0, "
    "1, 0, 0].",
    Judged(_judge_levels),
    lambda: levels,
    "All 32 differ and none is missing: a number and a profile say the same thing. Computers "
    "store five yes-or-no answers in just this way.",
    (
        Wrong("backwards", lambda: lambda n: levels(n)[::-1],
              "Your levels come in the order N, A, E, C, O.",
              "Openness is worth 16 and comes first; you began with what is worth 1.",
              "Reverse the list, or begin with 16."),
        Wrong("swapped", lambda: lambda n: [1 - high for high in levels(n)],
              "You have 1 for low and 0 for high.",
              "Number 0 is the person with all traits low, so all its levels are 0.",
              "Test ex5_3(0): it must be five zeros."),
        Wrong("halves", lambda: lambda n: [high - 0.5 for high in levels(n)],
              "These are the signs +½ and −½ that the trait effects use.",
              "Here the levels are asked for, 1 and 0.", "Leave out the −0.5."),
    ),
    "Test it by hand: ex5_3(0) is five zeros, ex5_3(31) five ones, ex5_3(20) is [1, 0, 1, 0, "
    "0].",
    ("Which places (16, 8, 4, 2, 1) do you need to make 20?",
     "n // 16 % 2 says whether 16 is in n: divide, drop the remainder, and see whether it is "
     "odd.",
     "Do the same for 16, 8, 4, 2 and 1."),
    Solution("For each place value, ask whether it is in the number.",
             "def ex5_3(n):\n    return [n // place % 2 for place in (16, 8, 4, 2, 1)]"),
)  # fmt: skip

EXTRAVERT = Item(
    "5.P2", 1,
    "A meta-analysis of 27 studies correlated personality with sharing information. Take its "
    "number as an effect on each decision (an assumption, see below). By which factor is the "
    "transmission rate of extraverts then higher than that of introverts?",
    Choice((("a", "about 5"), ("b", "about 2.5"), ("c", "about 1.2"))),
    _extravert,
    "The effect of a trait is small compared with how much people of the same personality "
    "differ. Talk about types exaggerates it.",
    (
        Wrong("five", lambda: "a",
              "In a novel, people may differ by a factor of five.",
              "Measured over thousands of people, one trait explains little of what they do.",
              "Look at the numbers of the preset 'literature' above."),
        Wrong("exaggerated", lambda: "b",
              "That is the factor of the preset 'exaggerated', which multiplies each effect by 5.",
              "It stands for language models that overact a role, not for people.",
              "Look at the numbers of the preset 'literature' above."),
    ),
    "Look at the numbers of the preset 'literature' above.",
    ("nw.preset('literature').extraversion says which correlation its number comes from. Is that "
     "large?",
     "e to the power of the effect, the ratio of the odds, is near the factor."),
    Solution("The effect b is small, and e^b, the ratio of the odds, is near the ratio of the "
             "rates.",
             'predict("5.P2", "c")'),
)  # fmt: skip

PROFILE_CHANCE = Item(
    "5.4", 1,
    "With the preset 'exaggerated' and q₀ = 0.05: what is the share probability of the "
    "profile O+C-E+A-N-?",
    Share(0.001),
    lambda: chance(EXAGGERATED, READY),
    "Four shifts of the log-odds, each half an effect, all in the same direction. Openness has "
    "the effect 0 and shifts nothing.",
    (
        Wrong("whole effects",
              lambda: odds_moved(float(2 * READY.signs @ EXAGGERATED.values)),
              "You counted each trait as +1 or −1.",
              "An effect is the whole distance from low to high, so the average person stands in "
              "the middle, half an effect from either.",
              "Count high as +½ and low as −½."),
        Wrong("signs lost", lambda: chance(EXAGGERATED, PROFILES[31]),
              "That is the profile with all traits high.",
              "In O+C-E+A-N- three traits are low, and a low trait reverses the sign of its "
              "effect.",
              "Multiply each effect by +½ or −½, as the code says."),
        Wrong("odds as chance",
              lambda: BASELINE * math.exp(float(READY.signs @ EXAGGERATED.values)),
              "You multiplied the probability by e^shift.",
              "The odds are multiplied. For small probabilities that is nearly the same, but not "
              "here.",
              "Turn 0.05 into odds first, and the result back into a probability."),
        Wrong("added", lambda: BASELINE + float(READY.signs @ EXAGGERATED.values),
              "You added the effects to the probability.",
              "That can leave the range from 0 to 1. Effects add up on the log-odds.",
              "Take logit(0.05), add the shift, and go back with 1 / (1 + e^−x)."),
        Wrong("log-odds",
              lambda: math.log(BASELINE / (1 - BASELINE))
              + float(READY.signs @ EXAGGERATED.values),
              "These are the log-odds.", "One step is missing: back to a probability.",
              "Take 1 / (1 + np.exp(-x)) of it."),
    ),
    "Follow the worked cell: log-odds, plus half of each effect with its sign, and back.",
    ("Which of the five effects change their sign because of a minus in the code?",
     "shift = sum of effect · (+½ or −½); then odds = 0.05 / 0.95 · e^shift.",
     "Profile.from_code(...).signs has the five +½ and −½; effects.values the five effects; "
     "`@` multiplies and adds them."),
    Solution("Log-odds, plus the five half effects with their signs, and back.",
             "signs = nw.Profile.from_code(\"O+C-E+A-N-\").signs\n"
             "shift = signs @ nw.preset(\"exaggerated\").values\n"
             "x = np.log(0.05 / 0.95) + shift\n"
             "ex5_4 = 1 / (1 + np.exp(-x))"),
)  # fmt: skip

AVERAGE = Item(
    "5.P3", 2,
    "Two cities. In the mixed one half of the agents share with probability 0.15 per sharing "
    "neighbour, the others with 0.015. In the other city all agents are alike, with the mean "
    "rate. How do their curves compare?",
    Choice((
        ("a", "hardly at all: the mean rate is the same"),
        ("b", "the mixed city is later by the same number of rounds all the way"),
        ("c", "nearly together at first, then the mixed city falls far behind"),
        ("d", "the mixed city is ahead: its ready half pulls the others along"),
    )),
    _mix_or_average,
    "The ready half is soon used up. Then only the others are left, and a mean over all agents "
    "does not notice that.",
    (
        Wrong("the same", lambda: "a",
              "The mean rate of all agents is the same.",
              "What counts in a round is the mean rate of those who have not shared yet, and that "
              "falls.",
              "Look at both curves after the half-time.", "M9"),
        Wrong("later throughout", lambda: "b",
              "That is what a late start would look like.",
              "At the start nobody is used up yet, and both cities have the same mean rate.",
              "Compare the rounds of 10 % and of 90 %."),
        Wrong("pulled along", lambda: "d",
              "The ready half does show the news to the others early.",
              "But seeing it and sharing it are two things: their own rate stays small.",
              "Compare the rounds of 90 %."),
    ),
    "Compare the rounds of 10 % and of 90 % in both cities.",
    ("Who has shared by the half-time, mostly?", "And what is the mean rate of those left?"),
    Solution("The mean rate of those left falls as the ready ones are used up.",
             'predict("5.P3", "c")'),
)  # fmt: skip

NINETY = Item(
    "5.5", 2,
    "By which round have 90 % shared in the mixed city? Use nw.predict and round_of.",
    Number(0.5, "rounds"),
    lambda: round_of(MIXED, 0.9),
    "About twice as late as the average person says. Anybody who plans for 90 % with an average "
    "plans for the wrong round.",
    (
        Wrong("average person", lambda: round_of(average_person(MIXED), 0.9),
              "That is the city of average people.",
              "It has the same mean rate, and nobody in it is slow.",
              "Give `mixed` to nw.predict in place of `alike`.", "M9"),
        Wrong("half", lambda: round_of(MIXED, 0.5),
              "That is the round of 50 %.", "The question asks for 90 %.",
              "Put 0.9 in place of 0.5."),
        Wrong("mean of two cities",
              lambda: (_alone(0.15) + _alone(0.015)) / 2,
              "That is the mean of a city of ready people and one of reluctant people.",
              "In the mixed city the reluctant see the news early, because the ready ones share "
              "it.",
              "Ask the model for the mixed city itself: nw.predict(mixed)."),
    ),
    "Ask the model for the mixed city itself: round_of(nw.predict(mixed).fraction, 0.9).",
    ("The worked cell does it for `alike`.", "round_of(nw.predict(mixed).fraction, 0.9)"),
    Solution("The equation that knows both groups, read off at 90 %.",
             "ex5_5 = round_of(nw.predict(mixed).fraction, 0.9)"),
)  # fmt: skip


def _alone(share: float) -> float:
    return round_of(Setup(sharing=SameForAll(share), rounds=300), 0.9)


FINDS = Item(
    "5.P4", 3,
    "In a new city everybody is alike, but news wears off: an agent's rate is high in the first "
    "round in which it sees the news, and a fifth of that afterwards. You fit the model of two "
    "kinds of agents, fast and slow, to its curve. What happens?",
    Choice((
        ("a", "it does not fit: the curve shows that everybody is alike"),
        ("b", "it fits well, and reports fast agents who do not exist"),
        ("c", "it fits well, and reports that all agents are alike"),
    )),
    _what_a_fit_finds,
    "The curve shows that the rate falls. It does not show why: because the ready people are "
    "used up, or because the news wears off for everybody.",
    (
        Wrong("does not fit", lambda: "a",
              "You expect a wrong model to give itself away.",
              "It does so only if its curves cannot take the same shape, and these can.",
              "Compare the largest gap between runs and fit with the spread of single runs.",
              "M6"),
        Wrong("honest", lambda: "c",
              "You expect the fit to find what is there.",
              "A fit finds the nearest curve of its own family; in this family, only fast and "
              "slow agents can bend the curve.",
              "Look at the fast fraction and the two rates that it reports.", "M6"),
    ),
    "Look at the gap, then at the rates that the fit reports.",
    ("Which agents do not share in their first rounds, and what happens to their rate?",
     "Can 'some were slow from the start' look like 'all became slow'?"),
    Solution("Slow from the start, or slow by now: the curve looks the same.",
             'predict("5.P4", "b")'),
)  # fmt: skip

DIFFERS = Item(
    "5.P5", 3,
    "Now you have one curve for each of the two groups in both cities, by the personality label of "
    "the agents. In which city do the groups' curves differ?",
    Choice((
        ("a", "in both"),
        ("b", "only in the city with two kinds of agents"),
        ("c", "in neither"),
        ("d", "only in the city where news wears off"),
    )),
    _who_differs,
    "The totals were the same, the groups are not. Who shared tells you more than how many did.",
    (
        Wrong("both", lambda: "a",
              "The same total suggests the same parts.",
              "Where everybody is alike, a label makes no difference, and both groups climb "
              "together.",
              "Look at the two numbers of the cell above.", "M10"),
        Wrong("neither", lambda: "c",
              "You expect what the total hides to stay hidden.",
              "The total adds the groups up; looked at separately, they show their own rates.",
              "Look at the two numbers of the cell above."),
        Wrong("wearing off", lambda: "d",
              "There every agent does change its rate.",
              "But so do all agents, whatever their label.",
              "Look at the two numbers of the cell above."),
    ),
    "Look at the two numbers of the cell above.",
    ("If everybody is alike, what does a label tell you?", "Which city gave rates to the labels?"),
    Solution("Labels matter only if the rates differ between them.", 'predict("5.P5", "b")'),
)  # fmt: skip

DESIGN = Item(
    "5.6", 4,
    "Design a crowd for `town`: a mix of different people that has reached 90 % by round 20, one "
    "round more or less. It is judged by running it.",
    Judged(_judge_mix),
    lambda: IndependentTraits(agreeableness=0.3),
    "Many crowds do this. That is also a warning: from one number, here the round of 90 %, "
    "nobody can tell which crowd it was.",
    (
        Wrong("alike", lambda: OneProfile(READY),
              "This is a crowd of people who all share alike.",
              "You were asked for a mix of different people: the slow ones at the end are the "
              "difficulty.",
              "Start from nw.IndependentTraits() and change one of its shares."),
        Wrong("by the average person", lambda: IndependentTraits(extraversion=0.32),
              "The average person of your crowd would reach 90 % by round 20.",
              "The crowd itself is later, because its slow people are left at the end.",
              "Make it readier, and run town(mix) itself instead of average_person(town(mix)).",
              "M9"),
        Wrong("too slow", lambda: TwoGroups(0.15),
              "Your crowd has not reached 90 % after 60 rounds.",
              "Too many of its people are reluctant, and they decide when 90 % is reached.",
              "Put in fewer reluctant people, or more ready ones."),
    ),
    "Change one share, run it, look at the round, and change it again.",
    ("Which trait has the largest effect in the preset 'exaggerated'? High or low?",
     "nw.IndependentTraits(agreeableness=0.5) is where you start; lower it step by step."),
    Solution("Fewer agreeable people: agreeableness has the largest effect, and it is negative.",
             "ex5_6 = nw.IndependentTraits(agreeableness=0.3)"),
)  # fmt: skip

LOGIT = Item(
    "5.7", 1,
    "A trait has the effect 0.9 on the log-odds. The average person shares with probability "
    "0.05. And somebody with a high level of the trait?",
    Choice((("a", "0.95"), ("b", "0.076"), ("c", "0.095"))),
    lambda: _nearest(odds_moved(0.45), {"a": 0.95, "b": 0.076, "c": 0.095}),
    "Half of 0.9 up on the log-odds: the odds are multiplied by e^0.45, an odds ratio of about "
    "one and a half.",
    (
        Wrong("added", lambda: "a",
              "You added 0.9 to the probability.",
              "A further such trait would make it 1.85, and no probability is above 1.",
              "Multiply the odds by e^(0.9/2)."),
        Wrong("percent", lambda: "c",
              "You read 0.9 as 90 % more.",
              "It is a difference of log-odds between low and high, and the average is half-way.",
              "Multiply the odds by e^(0.9/2)."),
    ),
    "Multiply the odds by e^(0.9/2).",
    ("High is half an effect above the average.", "Odds of 0.05: one to nineteen."),
    Solution("Odds 0.05/0.95 · e^0.45, back to a probability.", 'ex5_7 = "b"'),
)  # fmt: skip

PLAN = Item(
    "5.8", 2,
    "Half of a crowd has rate 0.10, the other half 0.02. Somebody puts 0.06 for everybody into an "
    "equation and reads off when 90 % have shared. How good is that?",
    Choice((
        ("a", "the round is too early"),
        ("b", "the round is too late"),
        ("c", "it is right: 0.06 is the mean rate"),
    )),
    _too_early,
    "A mean rate is too fast for the end, because those left at the end are slow.",
    (
        Wrong("too late", lambda: "b",
              "That would mean that those left at the end are faster than the mean.",
              "The fast ones share first, so the slow ones are left.",
              "Ask who has not shared when 80 % have."),
        Wrong("right", lambda: "c",
              "0.06 is the mean rate of all agents.",
              "After a while it is no longer the mean rate of those who have not shared.",
              "Ask who has not shared when 80 % have.", "M9"),
    ),
    "Ask who has not shared when 80 % have.",
    ("Who shares first, the fast or the slow?", "So who is left, and at which rate?"),
    Solution("At the end mostly slow agents are left.", 'ex5_8 = "a"'),
)  # fmt: skip

HELPS = Item(
    "5.9", 3,
    "Two rates fit a city's curve well. You want to know whether there are two kinds of people or "
    "whether news wears off. Which data help most?",
    Choice((
        ("a", "the same total curve for more rounds"),
        ("b", "the same total curve, counted without any error"),
        ("c", "who shared in which round, with their personality"),
    )),
    _what_helps,
    "More of the same data leaves the same question open. Other data can answer it.",
    (
        Wrong("more rounds", lambda: "a",
              "More rounds help if the two stories separate later.",
              "These two stay together to the end, when everybody has shared.",
              "Look at the largest gap between the two totals again.", "M12"),
        Wrong("no error", lambda: "b",
              "Exact counts help if the stories differ by more than the noise.",
              "Look how little the two totals differ, and how far single runs spread.",
              "Look at the number of runs that it would take, above.", "M12"),
    ),
    "Look at the two numbers that you saw for the groups' curves.",
    ("What was the same in both stories, and what was not?",
     "The groups' curves differed in one city only."),
    Solution("The totals agree; the groups do not.", 'ex5_9 = "c"'),
)  # fmt: skip

LESSON = Lesson(
    5,
    "thirty-two-personalities",
    "Thirty-two personalities",
    "Who slows the news down?",
    (
        "number the 32 profiles, and turn trait effects into a profile's chance to share",
        "predict how a crowd of different people differs from its average person",
        "name three stories behind two rates, and say which data tell them apart",
        "design a crowd for a wanted speed, and test it by running it",
    ),
    "lessons 1 to 4: half-time, rate, standard error.",
    "newswave and nothing else.",
    (RATE, ERROR, MANY, LEVELS, EXTRAVERT, PROFILE_CHANCE, AVERAGE, NINETY, FINDS, DIFFERS, DESIGN,
     LOGIT, PLAN, HELPS),
)  # fmt: skip
