"""The glossary: the terms of the field, each in a few plain sentences."""

from __future__ import annotations

from dataclasses import dataclass

from newswave.app.items import Item, Table, Tone, Words

# Terms of the glossary: how news spreads, the network, personality.


@dataclass(frozen=True)
class Term:
    """One term."""

    name: str  # as the explorer writes it
    words: str  # what it means, with the formula where there is one
    see: tuple[str, ...] = ()  # names of other terms


@dataclass(frozen=True)
class Chapter:
    """Terms that belong together, under a title."""

    key: str
    title: str
    terms: tuple[Term, ...]


_SPREAD = (
    Term(
        "agent",
        "One of the N members of the network. It has a personality profile, sees which neighbours "
        "share the news, and decides whether to share it too.",
        ("personality profile", "exposure"),
    ),
    Term(
        "round",
        "One step of time. All agents look at once, then all that see a sharing neighbour decide "
        "at the same moment.",
        ("attention rule",),
    ),
    Term(
        "exposure",
        "m, the number of sharing neighbours that an agent sees.",
        ("degree", "share probability"),
    ),
    Term(
        "share probability",
        "q, the chance that one sharing neighbour makes an agent share in one round. Seeing m of "
        "them, it shares in that round with the chance 1 - (1 - q)^m: the contact rule.",
        ("transmission rate",),
    ),
    Term(
        "hazard",
        "-ln(1 - P): a chance P per round on a scale that adds up. After rounds with hazards "
        "h1, h2, ..., the chance of not having shared is e^-(h1 + h2 + ...).",
        ("transmission rate",),
    ),
    Term(
        "transmission rate",
        "beta = -ln(1 - q), the share probability as a hazard, per contact and round. For small q "
        "the two are about the same: q = 0.05 is beta = 0.0513.",
        ("hazard", "contact pressure"),
    ),
    Term(
        "contact pressure",
        "beta k, transmission rate times degree: the hazard of an agent all of whose neighbours "
        "share.",
    ),
    Term(
        "SI",
        "Susceptible-Infected: an agent that has not shared can still do so; one that has shared "
        "counts as a sharer from then on. There is no recovery, so the count never falls.",
    ),
    Term(
        "attention rule",
        "When an agent that sees the news decides: in every round (this leads to SI), or only "
        "after another neighbour has shared (then the news can stop short of everybody).",
    ),
    Term(
        "seed agent",
        "An agent that shares at round 0, usually drawn at random. The news starts there.",
    ),
    Term(
        "half-time",
        "The round by which half of all agents have shared, interpolated linearly between rounds.",
    ),
    Term("reach", "The fraction of all agents that have shared by the last round."),
)

_NETWORK = (
    Term("degree", "k, how many neighbours an agent has."),
    Term(
        "k-regular random network",
        "Every agent has exactly k neighbours, and the network is drawn at random from all such "
        "networks, each equally likely. N times k must be even.",
        ("degree",),
    ),
    Term(
        "small world",
        "A ring of near neighbours in which some links were moved to random agents (Watts and "
        "Strogatz 1998).",
    ),
    Term(
        "scale free",
        "A network grown by linking new agents to agents that already have many links (Barabasi "
        "and Albert 1999): a few have very many, most have few.",
    ),
)

_PEOPLE = (
    Term(
        "Big Five",
        "The five personality traits that psychology measures most: openness, conscientiousness, "
        "extraversion, agreeableness, neuroticism.",
    ),
    Term("openness", "How curious and open to new things somebody is."),
    Term("conscientiousness", "How organised and careful somebody is."),
    Term("extraversion", "How outgoing and talkative somebody is."),
    Term("agreeableness", "How warm and considerate somebody is."),
    Term("neuroticism", "How anxious and easily upset somebody is."),
    Term(
        "personality profile",
        "Each of the Big Five traits high or low, so 2^5 = 32 profiles. O+C-E+A-N- is high in "
        "openness and extraversion and low in the others.",
    ),
    Term(
        "log-odds",
        "ln(q / (1 - q)), a chance q on a scale without ends. On it effects are added up: "
        "0 is a chance of one half, and +1 multiplies the odds by e = 2.72.",
        ("trait effect", "event offset"),
    ),
    Term(
        "trait effect",
        "How much higher the log-odds of sharing are if a trait is high instead of low. Every "
        "number here comes with its source, or says that it was chosen.",
        ("log-odds",),
    ),
    Term(
        "event offset",
        "How much an event moves the log-odds of sharing of all agents, compared with neutral "
        "news.",
        ("log-odds",),
    ),
)

FIRST_CHAPTERS = (
    Chapter("spread", "How news spreads", _SPREAD),
    Chapter("network", "The network", _NETWORK),
    Chapter("people", "Personality", _PEOPLE),
)


# Terms of the glossary: theory, runs and chance, fitting, language models.


_THEORY = (
    Term(
        "mean field",
        "Equations for the fraction i of agents that have shared, not for each single agent: every "
        "agent is assumed to meet the average.",
        ("well mixed", "network-aware"),
    ),
    Term(
        "well mixed",
        "A mean field in which everybody can meet everybody: i' = beta k i (1 - i), the logistic "
        "curve. It ignores the network and runs too fast, most of all where k is small.",
        ("one rate",),
    ),
    Term(
        "network-aware",
        "Equations that take the network into account: the link over which the news came leads "
        "nowhere new, and sharing agents tend to be neighbours.",
        ("edge-based", "master equation"),
    ),
    Term(
        "edge-based",
        "Network-aware equations for theta, the chance that a random link has not passed the news "
        "on yet. With s0 the fraction that does not share at round 0: theta becomes "
        "theta - q (theta - s0 theta^(k-1)) in each round, and i = 1 - s0 theta^k.",
    ),
    Term(
        "master equation",
        "Network-aware equations for the fraction of unshared agents of every profile and every "
        "exposure. They take any table of probabilities and predict the curve before any run.",
        ("sharing table",),
    ),
    Term("one rate", "A model in which all agents have the same transmission rate."),
    Term(
        "two rates",
        "A model with a faster and a slower class of agents: fast rate, slow rate, and the "
        "fraction of agents in the faster class.",
    ),
    Term(
        "source and peers",
        "A model with one transmission rate in which agents also meet the event itself, with "
        "hazard a per round: i' = (a + beta k i) (1 - i), the Bass model.",
        ("source alone", "ceiling"),
    ),
    Term(
        "source alone",
        "A model without peers: everybody meets a source, such as advertising, with hazard a per "
        "round, i' = a (1 - i). A model with peers has to fit better than this one.",
        ("source and peers",),
    ),
    Term(
        "ceiling",
        "The fraction of all who can ever share. The others never do, however long one waits.",
        ("source and peers",),
    ),
)

_CHANCE = (
    Term(
        "seed (of randomness)",
        "The one number from which all random draws follow: network, placement, seed agents, "
        "decisions. The same seed gives the same run on every computer.",
    ),
    Term("replica", "One run of a setup, with its own random draws. Replicas share the network."),
    Term("median", "The middle one: half of the runs lie below it, half above."),
    Term("band", "The range in which the central 90 % of the runs lie, round by round."),
    Term(
        "interval",
        "A 95 % confidence interval: a range built so that in 95 of 100 repetitions it contains "
        "the true value. It says how well a number is known, not how much single runs differ.",
        ("band", "bootstrap"),
    ),
    Term(
        "p-value",
        "The chance of data at least as extreme as these if the null model is true. If it is "
        "small, chance alone is a poor explanation. It is not the chance that the null is true.",
        ("verdict",),
    ),
)

_FITTING = (
    Term(
        "likelihood",
        "The chance that a model with given rates gives the data. A fit takes the rates that make "
        "it largest. Here: of each round's new sharers, given who had not shared before.",
    ),
    Term(
        "AIC",
        "2 x (number of estimates) - 2 ln(likelihood). Of two models of the same data, the smaller "
        "one is better. It relies on the likelihood, which early luck in one run can mislead.",
        ("bootstrap",),
    ),
    Term(
        "bootstrap",
        "Simulating the data many times, here with agents that have the fitted rates, and fitting "
        "each time: the spread shows how far chance moves the estimates.",
    ),
    Term(
        "verdict",
        "What the test says: one rate, two rates, neither, or cannot tell. It asks how often "
        "agents who are all alike would bend the curve as much, and whether one rate or two fit.",
        ("p-value", "bootstrap"),
    ),
)

_STATISTICS = (
    Term(
        "standard deviation",
        "How far values lie from their mean, typically: the root of the mean squared distance. It "
        "says how much runs differ.",
        ("standard error",),
    ),
    Term(
        "standard error",
        "How far a mean or an estimate lies from the truth, typically. Of a mean of n runs it is "
        "their standard deviation divided by √n.",
        ("standard deviation",),
    ),
    Term("residual", "What a fit does not explain: the curve minus the fit, round by round."),
    Term(
        "rank correlation",
        "Spearman's: how well the order of one thing goes with the order of another. 1 for the "
        "same order, −1 for the opposite one, near 0 for none.",
        ("permutation test",),
    ),
    Term(
        "permutation test",
        "Shuffle the labels many times and count how often chance alone gives at least as much as "
        "was seen. That share is the p-value.",
        ("p-value",),
    ),
    Term(
        "confounder",
        "Something that moves together with what you look at and has an effect of its own, such "
        "as the length of a report with its type.",
    ),
)

_MODELS = (
    Term(
        "sharing table",
        "P(share | profile, exposure): for each profile and each number of sharing neighbours, the "
        "chance to share in a round. From a rule, or measured on a language model.",
        ("recording",),
    ),
    Term(
        "wording",
        "The exact words in which a language model is asked: instruction, event, person, feed. "
        "Another wording can give another table.",
    ),
    Term(
        "temperature",
        "How freely a language model draws its words. At 0 it takes the likeliest one, so that all "
        "agents of a profile act alike; at 1 it draws by its own probabilities.",
    ),
    Term(
        "abstain",
        "What an agent does whose answer cannot be read, even after asking again. It has not "
        "shared in that round, and it is counted.",
    ),
    Term(
        "recording",
        "A file with every question to a language model and every answer, as they came.",
        ("replay",),
    ),
    Term("replay", "The run of a recording once more, answer by answer, without any model."),
    Term(
        "synthetic",
        "Made by a formula in place of a language model, for learning how things work. It looks "
        "like a model's answers and says nothing about any model.",
    ),
)

LAST_CHAPTERS = (
    Chapter("theory", "Theory", _THEORY),
    Chapter("chance", "Runs and chance", _CHANCE),
    Chapter("fitting", "Fitting", _FITTING),
    Chapter("statistics", "Statistics", _STATISTICS),
    Chapter("models", "Language models", _MODELS),
)


# The terms of the field, each in a few plain sentences: the explorer uses no others.


CHAPTERS = (*FIRST_CHAPTERS, *LAST_CHAPTERS)

TERMS: tuple[Term, ...] = tuple(term for chapter in CHAPTERS for term in chapter.terms)
"""Every term, in the order of the page."""

_INTRODUCTION = (
    "The terms of this explorer, as the field uses them. i' is the change of i in time; ln is the "
    "natural logarithm; x^n is x to the power n."
)


def glossary_items() -> tuple[Item, ...]:
    """Return the glossary as items of a page.

    >>> len(glossary_items()) == len(CHAPTERS) + 1
    True
    """
    tables = tuple(
        Table(
            f"glossary_{chapter.key}",
            chapter.title,
            ("Term", "What it means"),
            tuple((term.name, term.words) for term in chapter.terms),
            see=tuple(term.see for term in chapter.terms),
        )
        for chapter in CHAPTERS
    )
    return (Words("glossary_words", _INTRODUCTION, Tone.QUIET), *tables)
