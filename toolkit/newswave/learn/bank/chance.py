"""Lesson 4: chance."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from newswave.core.curve import Curve
from newswave.core.equivalents import same_contact_pressure
from newswave.core.rules import SameForAll
from newswave.core.setup import Setup
from newswave.core.sharing import hazard
from newswave.core.simulation import simulate
from newswave.equations import well_mixed
from newswave.equations.on_network import predict
from newswave.learn.items import Item, Lesson, Solution, Wrong
from newswave.learn.kinds import Choice, Function, Number

# Facts: a city of a thousand agents, and how far its runs spread.

CHANCE = 0.05
CITY = Setup(n_agents=1000, sharing=SameForAll(CHANCE), n_seeds=1, rounds=60, replicas=200, seed=1)
"""The city of the lesson: a thousand agents with eight neighbours each."""

MORE = 0.0525
"""A share probability that is a little higher."""

ENOUGH = 0.95
"""The fraction of runs that counts as nearly every one."""

RISE = np.array([0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 1.0])
STEEP = np.array([0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0])
AROUND = np.arange(-2, 3)


@cache
def runs(n_seeds: int, share_probability: float = CHANCE, seed: int = 1) -> Curve:
    """Return the lesson's runs."""
    sharing = SameForAll(share_probability)
    return simulate(replace(CITY, n_seeds=n_seeds, sharing=sharing, seed=seed))


def spread(n_seeds: int) -> float:
    """Return the standard deviation of the half-times, in rounds."""
    return float(runs(n_seeds).half_time().std(ddof=1))


def steepest(fraction: Any) -> Any:
    """Return the largest step of each row."""
    return np.diff(np.atleast_2d(fraction), axis=1).max(axis=1)


def needed(sd: float, error: float) -> int:
    """Return how many runs bring the standard error of a mean down to `error`."""
    return math.ceil((sd / error) ** 2)


def aligned(run: Any, half_time: float, offsets: Any) -> Any:
    """Return a run's fractions at so many rounds before and after its half-time."""
    return np.interp(half_time + offsets, np.arange(len(run)), run)


def differences(seed: int) -> Any:
    """Return how much earlier each run with the higher probability reaches half."""
    return runs(10).half_time() - runs(10, MORE, seed).half_time()


def more_runs() -> float:
    """Return how many times as many runs luck of one's own asks for."""
    return float((differences(2).std(ddof=1) / differences(1).std(ddof=1)) ** 2)


def _end() -> str:
    ends = [predict(replace(CITY, sharing=SameForAll(q), rounds=300)).fraction[-1]
            for q in (CHANCE, 2 * CHANCE)]  # fmt: skip
    return "c" if abs(ends[1] - ends[0]) < 0.01 else "a"


def _degrees() -> str:
    few, many = (predict(same_contact_pressure(CITY, k)).fraction for k in (3, 16))
    if np.abs(few - many).max() < 0.01:
        return "c"
    return "b" if np.argmax(many >= 0.5) < np.argmax(few >= 0.5) else "a"


def _range() -> str:
    apart = float(np.ptp(runs(1).half_time()))
    return "a" if apart == 0 else "b" if apart < 3 else "c" if apart < 10 else "d"


def _four() -> str:
    ratio = spread(4) / spread(1)
    becomes = {"a": 1.0, "b": 0.25, "c": 0.5, "d": 2.0}
    return min(becomes, key=lambda letter: abs(ratio - becomes[letter]))


def _sharper() -> str:
    """Return what more runs do to the gap between a well-mixed equation and the runs."""
    times = np.linspace(0, 60, 6001)
    curve = well_mixed.one_rate(float(hazard(CHANCE)), 8, 0.01, times)
    halves = simulate(replace(CITY, n_seeds=10, replicas=1000)).half_time()
    few, many = (halves[:n].mean() - np.interp(0.5, curve, times) for n in (10, 1000))
    return "b" if many > 0.8 * few else "a"


def _mean_is_flatter() -> str:
    alone, mean = steepest(runs(1).fraction), steepest(runs(1).mean / CITY.n_agents)
    if np.mean(alone > mean) > ENOUGH:
        return "c"
    return "b" if np.mean(alone < mean) > ENOUGH else "a"


def _later() -> str:
    later = int((differences(1) < 0).sum())
    return "a" if later == 0 else "b" if later < len(differences(1)) / 4 else "c"


def _where() -> str:
    one, many = spread(1), spread(100)
    return "a" if one > 1.1 * many else "b" if many > 1.1 * one else "c"


def _way() -> str:
    """Return whether one run takes as long from 10 % to 90 % as the mean curve."""
    rounds = runs(1).rounds

    def way(line: Any) -> float:
        return float(np.diff(np.interp((0.1, 0.9), line, rounds))[0])

    typical = float(np.median([way(run) for run in runs(1).fraction]))
    ratio = typical / way(runs(1).mean / CITY.n_agents)
    return "a" if ratio < 0.95 else "c" if ratio > 1.05 else "b"


# Questions.

END = Item(
    "4.1", 4,
    "From lessons 1 and 2: everybody becomes twice as ready to share, 0.10 per sharing neighbour "
    "instead of 0.05. You wait as long as it takes. What is different in the end?",
    Choice((
        ("a", "more agents have shared"),
        ("b", "fewer agents have shared, because the news burns out"),
        ("c", "nothing: everybody has shared, only sooner"),
    )),
    _end,
    "Nobody stops sharing in this model, so a higher rate changes when people share, not whether "
    "they do.",
    (
        Wrong("more in the end", lambda: "a",
              "That would be right after a fixed number of rounds.",
              "Here you wait, and every agent with a sharing neighbour shares sooner or later.",
              "Ask what it would take for an agent never to share.", "M2"),
        Wrong("burns out", lambda: "b",
              "That would fit a model in which people forget or lose interest.",
              "Here nobody takes a post down.",
              "Look at the end of any curve of lesson 1 or 2."),
    ),
    "Ask what it would take for an agent never to share.",
    ("Does anybody ever stop sharing?",
     "Compare the right ends of the two curves of lesson 2, one under twice the pressure."),
    Solution("Everybody shares in the end; the rate decides when.", 'ex4_1 = "c"'),
)  # fmt: skip

DEGREES = Item(
    "4.2", 2,
    "From lesson 3: two cities have the same contact pressure (rate times number of neighbours). "
    "In one everybody has 3 neighbours, in the other 16. Where does the news reach half sooner?",
    Choice((("a", "with 3 neighbours"), ("b", "with 16 neighbours"), ("c", "in both at once"))),
    _degrees,
    "If you have few neighbours, the one who told you is a large part of all those you could "
    "tell.",
    (
        Wrong("few neighbours", lambda: "a",
              "You may think that each of the 3 has more weight, and so it does.",
              "But one of the 3 links is used up: it leads back to the one who told you.",
              "Count the links that lead on, as a part of all links."),
        Wrong("pressure is all", lambda: "c",
              "That is what a well-mixed equation says: it knows only the pressure.",
              "A network wastes contacts on people who have shared already.",
              "Count the links that lead on, as a part of all links.", "M4"),
    ),
    "Count the links that lead on, as a part of all links.",
    ("The news came in through one of its links. Is that link of any further use?",
     "One of 3 links is used up, or one of 16."),
    Solution("One of 16 links used up is a smaller loss than one of 3.", 'ex4_2 = "b"'),
)  # fmt: skip

RANGE = Item(
    "4.P1", 1,
    "A city of 1000, one seed agent, one and the same setup, run 200 times. How many rounds lie "
    "between the earliest half-time and the latest?",
    Choice((
        ("a", "none: the same setup gives the same curve"),
        ("b", "fewer than 3: with 1000 agents chance averages out"),
        ("c", "between 3 and 10"),
        ("d", "more than 10"),
    )),
    _range,
    "A thousand agents do not average out what chance does to the first few.",
    (
        Wrong("no luck", lambda: "a",
              "That is right for one run made twice: the seed number fixes its random choices.",
              "But the 200 runs of a setup use 200 different sets of random choices.",
              "Look at the curves: they separate in the first rounds.", "M7"),
        Wrong("averages out", lambda: "b",
              "Chance averages out when many agents act, as they do in the middle of a run.",
              "But at the start one agent acts, and everything waits for it.",
              "Where do the curves separate: early or late?", "M7"),
        Wrong("some rounds", lambda: "c",
              "That would be right if ten agents had started at once.",
              "A single seed agent may wait for many rounds before a neighbour shares.",
              "Look at how long the latest run stays at the bottom."),
    ),
    "Look where the curves in the figure separate.",
    ("How many agents can share in round 1?", "What if none of them does for five rounds?"),
    Solution("What chance does to one agent at the start shifts the whole run.",
             'predict("4.P1", "d")'),
)  # fmt: skip

FOUR = Item(
    "4.P2", 1,
    "Now the news starts with 4 seed agents instead of 1. What happens to the standard deviation "
    "of the half-times?",
    Choice((
        ("a", "it stays about the same"),
        ("b", "it falls to about a quarter"),
        ("c", "it falls to about a half"),
        ("d", "it about doubles"),
    )),
    _four,
    "Four seed agents average their luck. An average of n random numbers spreads 1/√n as much as "
    "one of them.",
    (
        Wrong("the same", lambda: "a",
              "You assume that luck is spread over the whole run.",
              "Nearly all of it acts before the first fifty have shared, and there four starts "
              "help.",
              "Compare the first two rows of the table above."),
        Wrong("a quarter", lambda: "b",
              "A quarter would be right if the spread fell in proportion to the number.",
              "Chance cancels only in part: of four, some are early and some late, so the spread "
              "falls with the square root.",
              "Multiply each row's standard deviation by the root of its seed agents."),
        Wrong("double", lambda: "d",
              "You are adding up the randomness of four agents.",
              "But they do not wait for each other: the early ones make up for the late ones.",
              "Compare the first two rows of the table above."),
    ),
    "Compare the first two rows of the table above.",
    ("Do four seed agents all have bad luck at once?", "How does the mean of four dice spread?"),
    Solution("The spread falls with the square root: √4 = 2.", 'predict("4.P2", "c")'),
)  # fmt: skip

SPREAD = Item(
    "4.3", 1,
    "What is the standard deviation of the half-time, in rounds, over 200 runs that start from 10 "
    "seed agents?",
    Number(0.01, "rounds"),
    lambda: spread(10),
    "So a single run from ten seed agents typically lies about this far from the mean, early or "
    "late.",
    (
        Wrong("one seed agent", lambda: spread(1),
              "That is the spread with one seed agent.", "Here there are ten.",
              "Give n_seeds=10 to city(...)."),
        Wrong("height, not time", lambda: float(100 * runs(10).fraction[:, 16].std(ddof=1)),
              "That is how much the runs differ in height at one round, in percentage points.",
              "That answers how many have shared by then. You were asked when half have.",
              "Take half_time() of the runs first, then .std(ddof=1)."),
        Wrong("of the mean", lambda: spread(10) / math.sqrt(CITY.replicas),
              "That is the standard error: how far the mean of 200 runs may be off.",
              "You were asked how far a single run is off.",
              "Leave out the division by the square root of 200."),
        Wrong("range", lambda: float(np.ptp(runs(10).half_time())),
              "That is the range, from the earliest run to the latest.",
              "It grows with every run that you add, so it is not a property of the city.",
              "Use .std(ddof=1) instead."),
    ),
    "Run city(n_seeds=10), take half_time(), and its .std(ddof=1).",
    ("The worked cell does it for other numbers of seed agents.",
     "One line: nw.simulate(city(n_seeds=10)).half_time().std(ddof=1)."),
    Solution("Simulate, take every run's half-time, take their standard deviation.",
             "ex4_3 = nw.simulate(city(n_seeds=10)).half_time().std(ddof=1)"),
)  # fmt: skip

NEEDED = Item(
    "4.4", 2,
    "Complete ex4_4(sd, error): how many runs bring the standard error of their mean down to "
    "`error`, if single runs have the standard deviation `sd`? A whole number, rounded up.",
    Function(((1.0, 0.25), (3.0, 0.5), (2.0, 0.3)), 0.1),
    lambda: needed,
    "To be twice as precise, you need four times the runs. This is the price list of every "
    "simulation.",
    (
        Wrong("no square", lambda: lambda sd, error: math.ceil(sd / error),
              "You divided the two.",
              "That would be right if the error fell with the number of runs. It falls with its "
              "square root.",
              "Solve error = sd / √n for n.", "M7"),
        Wrong("95 %", lambda: lambda sd, error: math.ceil((1.96 * sd / error) ** 2),
              "That is for a 95 % interval that reaches `error` to either side.",
              "The question asks for the standard error itself.", "Leave out the 1.96."),
        Wrong("not rounded up", lambda: lambda sd, error: (sd / error) ** 2,
              "The formula is right.", "But you cannot make part of a run.",
              "Round up: math.ceil or np.ceil."),
        Wrong("rounded down", lambda: lambda sd, error: math.floor((sd / error) ** 2),
              "You rounded down.", "Then the error is still a little above what was asked for.",
              "Round up: math.ceil or np.ceil."),
        Wrong("upside down", lambda: lambda sd, error: math.ceil((error / sd) ** 2),
              "You divided error by sd.", "Then a smaller error would need fewer runs.",
              "Turn the fraction upside down."),
    ),
    "Try it by hand: sd = 1 and error = 0.25 need 16 runs.",
    ("The standard error of n runs is sd / √n.", "Set that equal to error and solve for n.",
     "n = (sd / error)², rounded up with math.ceil or np.ceil."),
    Solution("error = sd / √n, so n = (sd / error)².",
             "def ex4_4(sd, error):\n    return int(np.ceil((sd / error) ** 2))"),
)  # fmt: skip

SHARPER = Item(
    "4.P3", 2,
    "The well-mixed equation of lesson 2 gives this city an earlier half-time than the runs do. "
    "You take 10 runs, then 100, then 1000. What happens to the gap between the runs' mean and "
    "the equation?",
    Choice((
        ("a", "it shrinks towards 0"),
        ("b", "it stays about as wide, but is known more exactly"),
        ("c", "it grows: every run adds an error of its own"),
    )),
    _sharper,
    "Noise shrinks with the number of runs. An error of the model does not: it only shows more "
    "clearly.",
    (
        Wrong("it shrinks", lambda: "a",
              "A gap that comes from noise would shrink.",
              "This one comes from what the equation leaves out and every run has: the network "
              "and the rounds.",
              "Look at the column of the gap, then at the column of its error."),
        Wrong("it grows", lambda: "c",
              "You add up the errors of the runs.",
              "A mean divides by their number, and errors in both directions cancel.",
              "Look at the column of the error for 10, 100 and 1000 runs."),
    ),
    "Look at the gap for 10, 100 and 1000 runs.",
    ("What does the equation leave out that every run has?",
     "Noise averages out. Does something that is missing from the equation average out?"),
    Solution("More runs average out luck, and nothing else.", 'predict("4.P3", "b")'),
)  # fmt: skip

MEAN = Item(
    "4.P4", 3,
    "200 runs start from one seed agent each. You draw their mean, round by round. How steep is "
    "this mean curve at its steepest, compared with the single runs?",
    Choice((
        ("a", "as steep as a typical run: that is what a mean is for"),
        ("b", "steeper than nearly every run"),
        ("c", "flatter than nearly every run"),
    )),
    _mean_is_flatter,
    "In any round some runs are climbing, while others have not started or have finished. Their "
    "mean climbs slowly, and no run looks like it.",
    (
        Wrong("typical", lambda: "a",
              "A mean is typical when runs differ in height.",
              "These runs differ in time: each is steep, but in different rounds.",
              "Look at the three runs in the figure beside their mean.", "M8"),
        Wrong("steeper", lambda: "b",
              "Steeper would be right if all runs were steepest in the same round.",
              "They are not, so in each round only some of them climb.",
              "Look at the three runs in the figure beside their mean."),
    ),
    "Look at three runs in the figure beside their mean.",
    ("In the round in which an early run is steepest, what does a late one do?",
     "Take the mean of one run that climbs and one that does not move."),
    Solution("Runs climb at different times, so their mean climbs slowly.",
             'predict("4.P4", "c")'),
)  # fmt: skip

ALIGN = Item(
    "4.5", 3,
    "Complete ex4_5(run, half_time, offsets): the run's fractions at `offsets` rounds before "
    "(minus) and after (plus) its half-time, read off between rounds where needed.",
    Function(((STEEP, 3.0, AROUND), (RISE, 3.0 + 2 / 3, AROUND)), 0.005),
    lambda: aligned,
    "Offset 0 now means the same in every run: the time at which half have shared.",
    (
        Wrong("the wrong way",
              lambda: lambda run, half, offsets: np.interp(offsets - half, range(len(run)), run),
              "You moved the run the wrong way: these are rounds before it began.",
              "Offset 0 must stand at the half-time, so its round is half_time + 0.",
              "Check offset 0 by hand: the result must be 0.5."),
        Wrong("mirrored",
              lambda: lambda run, half, offsets: np.interp(half - offsets, range(len(run)), run),
              "Your curve runs backwards.",
              "Offset +1 is one round after the half-time, so more must have shared, not fewer.",
              "Add the offsets instead of subtracting them."),
        Wrong("not moved",
              lambda: lambda run, _, offsets: np.interp(offsets, range(len(run)), run),
              "You read the run at the offsets themselves.",
              "Then the half-time plays no part, and the runs stay where they were.",
              "Read it at half_time + offsets."),
        Wrong("whole rounds",
              lambda: lambda run, half, offsets: run[np.round(half).astype(int) + offsets],
              "You moved by whole rounds.",
              "Half-times fall between rounds, so the runs would still be up to half a round "
              "apart.",
              "Use np.interp, which reads between rounds."),
    ),
    "Check offset 0 by hand: the result must be 0.5.",
    ("At which round does offset 1 lie? Say it in words first.",
     "np.interp(where, rounds, run) reads a run at any places.",
     "The worked cell above does it for one run at its half-time: let `where` be half_time + "
     "offsets."),
    Solution("Read each run at its own half-time plus the offsets.",
             "def ex4_5(run, half_time, offsets):\n"
             "    return np.interp(half_time + offsets, np.arange(len(run)), run)"),
)  # fmt: skip

LATER = Item(
    "4.P5", 4,
    "Two cities differ in one thing: share probability 0.05 or 0.0525. Both have seed number 1. In "
    "how many of 200 runs does the city with the higher probability reach half later?",
    Choice((("a", "in none"), ("b", "in some, fewer than a quarter"), ("c", "in about half"))),
    _later,
    "Run 7 uses the same random numbers in both cities: every agent is equally hard to convince "
    "in both. So nobody shares later where the news is more convincing.",
    (
        Wrong("some", lambda: "b",
              "That is what you would see if each city had its own random numbers.",
              "Both have seed number 1, and so the same random numbers, run by run.",
              "Run the cell with seed=2 in the second city, and count again."),
        Wrong("half", lambda: "c",
              "Half would be right if the two did not differ at all.",
              "The higher probability does help, and the random numbers are the same in both.",
              "Look at the smallest of the 200 differences."),
    ),
    "Look at the smallest of the 200 differences.",
    ("What does a seed number fix? Lesson 1 ended with that.",
     "Think of one agent: how hard it is to convince is the same number in both cities."),
    Solution("Same random numbers, higher probability: never later.", 'predict("4.P5", "a")'),
)  # fmt: skip

MORE_RUNS = Item(
    "4.6", 4,
    "`same` and `own` hold 200 differences each. To bring the standard error of the mean "
    "difference down to the same size, how many times as many runs does `own` need as `same`?",
    Number(0.25, "times"),
    more_runs,
    "The same noise on both sides cancels in the difference. All it takes is seed=1 in both. "
    "(Statisticians call this common random numbers.)",
    (
        Wrong("no square", lambda: math.sqrt(more_runs()),
              "That is how many times as wide the differences spread.",
              "The standard error falls with the square root of the number of runs.",
              "Square it."),
        Wrong("upside down", lambda: 1 / more_runs(),
              "You divided `same` by `own`.", "A number below 1 would mean that `own` needs fewer.",
              "Turn the fraction upside down."),
        Wrong("means", lambda: float(differences(2).mean() / differences(1).mean()),
              "You compared the means of the two.",
              "They estimate the same difference, so they nearly agree. It is the spread that "
              "costs runs.",
              "Take .std(ddof=1) of both."),
    ),
    "Take the ratio of their .std(ddof=1), and think of the square root in the standard error.",
    ("Which property of the differences decides how many runs you need? See question 4.4.",
     "`(own.std(ddof=1) / same.std(ddof=1)) ** 2`"),
    Solution("Runs needed grow with the square of the standard deviation.",
             "ex4_6 = (own.std(ddof=1) / same.std(ddof=1)) ** 2"),
)  # fmt: skip

WHERE = Item(
    "4.7", 1,
    "In city A the news starts with 1 agent, in city B with 100. For which one do you need more "
    "runs to know the mean half-time to a tenth of a round?",
    Choice((("a", "city A"), ("b", "city B"), ("c", "both the same: what counts is the 1000"))),
    _where,
    "Few seed agents mean a lot of luck, and a lot of luck takes many runs.",
    (
        Wrong("many starters", lambda: "b",
              "You expect more seed agents to make a run noisier.",
              "But their randomness averages out, so the runs agree better.",
              "Look at the table of seed agents and standard deviations again."),
        Wrong("size counts", lambda: "c",
              "You expect 1000 agents to average out all noise.",
              "But not the noise of the start, when few act and all the others wait.",
              "Look at the table of seed agents and standard deviations again."),
    ),
    "Look at the table of seed agents and standard deviations again.",
    ("Where does the spread come from, early rounds or late ones?",
     "How many act in the early rounds of each city?"),
    Solution("The spread falls with the square root of the seed agents.", 'ex4_7 = "a"'),
)  # fmt: skip

THIRD = Item(
    "4.8", 2,
    "The mean of 100 runs has a standard error of 0.3 rounds. How many runs bring it to 0.1?",
    Number(0.3, "runs"),
    lambda: float(100 * needed(0.3, 0.1)),
    "To be three times as precise, you need nine times the runs.",
    (
        Wrong("three times", lambda: 100 * 0.3 / 0.1,
              "You took three times the runs.",
              "That makes the error smaller only by a factor of √3.",
              "Square the 3."),
        Wrong("root", lambda: 100 * math.sqrt(0.3 / 0.1),
              "You took √3 times the runs.",
              "The error falls with the root of the number of runs, so the runs grow with the "
              "square.",
              "Square the 3."),
        Wrong("the factor", lambda: float(needed(0.3, 0.1)),
              "That is the factor.", "You have 100 runs already, and it multiplies them.",
              "Multiply by 100."),
    ),
    "The error falls with the square root of the number of runs.",
    ("By which factor should the error shrink?", "The runs grow with the square of that factor."),
    Solution("(0.3 / 0.1)² = 9 times as many.", "ex4_8 = 100 * (0.3 / 0.1) ** 2"),
)  # fmt: skip

WAY = Item(
    "4.9", 3,
    "A magazine prints the mean curve of many cities, in each of which one person posted the "
    "news. In the picture it takes a certain number of rounds to get from 10 % to 90 %. And in a "
    "typical city?",
    Choice((("a", "fewer"), ("b", "as many"), ("c", "more"))),
    _way,
    "A mean over runs that start at different times is stretched. Ask for single runs, or for runs "
    "that were aligned.",
    (
        Wrong("as many", lambda: "b",
              "That would be right if all cities started at the same moment.",
              "The mean also contains the differences between their starts.",
              "Compare the steepest steps that you printed above.", "M8"),
        Wrong("more", lambda: "c",
              "That would mean that single cities are flatter than their mean.",
              "But a mean of things that happen at different times is flatter than each of them.",
              "Compare the steepest steps that you printed above.", "M8"),
    ),
    "Compare the steepest steps that you printed above.",
    ("Which is steeper, the mean or a single "
     "run?", "The steeper one gets from 10 % to 90 % sooner."),
    Solution("A single run is steeper than the mean, so it takes fewer rounds.", 'ex4_9 = "a"'),
)  # fmt: skip

LESSON = Lesson(
    4,
    "chance",
    "Chance",
    "Why do two runs with the same settings differ?",
    (
        "say where chance enters a run, and measure how far runs spread",
        "work out how many runs a question needs, and tell noise from an error of the model",
        "compare the mean of many runs with single runs, and align runs",
        "compare two settings with the same random numbers",
    ),
    "lessons 1 to 3: half-time, rate, degree.",
    "newswave and nothing else.",
    (END, DEGREES, RANGE, FOUR, SPREAD, NEEDED, SHARPER, MEAN, ALIGN, LATER, MORE_RUNS, WHERE,
     THIRD, WAY),
)  # fmt: skip
