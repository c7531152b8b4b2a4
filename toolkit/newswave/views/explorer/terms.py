"""Terms of the glossary: how news spreads, the network, personality."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One term.

    Parameters
    ----------
    name : str
        As the explorer writes it.
    words : str
        What it means, with the formula where there is one.
    see : tuple of str
        Names of other terms.
    """

    name: str
    words: str
    see: tuple[str, ...] = ()


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

CHAPTERS = (
    Chapter("spread", "How news spreads", _SPREAD),
    Chapter("network", "The network", _NETWORK),
    Chapter("people", "Personality", _PEOPLE),
)
