"""The readable half of links: ordinary setups as names and numbers that a teacher can write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from newswave import effects, events, mixes, recipes, rules
from newswave.errors import BadValue, one_of
from newswave.personality import Profile
from newswave.setups import Attention, Setup
from newswave.starting import read_start, start_text

Words = dict[str, str]

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "agents": "number of agents",
        "network": "regular, small-world, scale-free or complete",
        "degree": "neighbours of an agent",
        "rewiring": "share of links that are moved in a small world",
        "fraction": "fraction of agents in the faster group",
        "profile": "the one profile of all agents, as in O+C-E+A-N-",
        "high": "shares of agents high in O, C, E, A, N, with commas",
        "fast": "share probability of the faster group",
        "slow": "share probability of the slower group",
        "share": "share probability of everybody",
        "baseline": "share probability of the average profile",
        "effects": "what traits do: literature, misinformation, exaggerated or none",
        "event": "id of the event",
        "attention": "every-round or new-exposure",
        "source": "chance per round to share because of the event itself",
        "repeat": "rate after the first exposure, as a multiple",
        "seeds": "seed agents",
        "start": "who they are: by-lot, most-linked, fewest-linked, or numbers with commas",
        "rounds": "rounds",
        "runs": "runs of the ensemble",
        "seed": "seed of all randomness",
    }
)
"""Every part of a readable link, with what it means."""

_COUNTS = {"agents": "n_agents", "seeds": "n_seeds", "rounds": "rounds", "runs": "replicas"}
_NETWORKS: dict[str, tuple[type, tuple[str, ...]]] = {
    "regular": (recipes.RandomRegular, ("degree",)),
    "small-world": (recipes.SmallWorld, ("degree", "rewiring")),
    "scale-free": (recipes.ScaleFree, ("degree",)),
    "complete": (recipes.Complete, ()),
}
_ATTENTION = {"every-round": Attention.EVERY_ROUND, "new-exposure": Attention.NEW_EXPOSURE}
_WHO = (("fraction",), ("profile",), ("high",))
_HOW = (("fast", "slow"), ("share",), ("baseline", "effects"))


def words_of(setup: Setup) -> Words | None:
    """Return an ordinary setup as names and numbers; None if these could not say all of it.

    >>> words_of(Setup(sharing=rules.SameForAll(0.1)))["share"]
    '0.1'
    """
    said = [_network_words(setup.network), _mix_words(setup.mix), _rule_words(setup.sharing)]
    start = start_text(setup.start)
    if None in (*said, start) or setup.event not in events.library():
        return None
    more = {"event": setup.event.id} if setup.event != Setup().event else {}
    if setup.attention is not Attention.EVERY_ROUND:
        more["attention"] = "new-exposure"
    if setup.source_probability:
        more["source"] = repr(setup.source_probability)
    if setup.repeat_ratio != 1.0:
        more["repeat"] = repr(setup.repeat_ratio)
    if setup.start != Setup().start:
        more["start"] = str(start)
    counts = {name: str(getattr(setup, field)) for name, field in _COUNTS.items()}
    words: Words = {"agents": counts.pop("agents")}
    for part in said:
        words |= part or {}
    words |= {**more, **counts, "seed": str(setup.seed)}
    return words if setup_from(words) == setup else None


def _network_words(network: recipes.Recipe) -> Words | None:
    for name, (kind, own) in _NETWORKS.items():
        if type(network) is kind:
            kinds = {} if name == "regular" else {"network": name}
            return kinds | {field: _number(getattr(network, field)) for field in own}
    return None


def _mix_words(mix: mixes.Mix) -> Words | None:
    match mix:
        case mixes.TwoGroups(fast_fraction=fraction):
            return {"fraction": _number(fraction)}
        case mixes.OneProfile(profile=profile):
            return {"profile": profile.code}
        case mixes.IndependentTraits():
            return {"high": ",".join(map(_number, mix.shares))}
    return None


def _rule_words(rule: rules.SharingRule) -> Words | None:
    match rule:
        case rules.ByGroup(fast=fast, slow=slow):
            return {"fast": _number(fast), "slow": _number(slow)}
        case rules.SameForAll(share_probability=share):
            return {"share": _number(share)}
        case rules.ByTraits(baseline=baseline, effects=given) if given.name in effects.PRESETS:
            return {"baseline": _number(baseline), "effects": given.name}
    return None


def _number(value: Any) -> str:
    """Return a number in as many digits as bring it back."""
    return repr(value if isinstance(value, int) else float(value))


def setup_from(words: Mapping[str, str]) -> Setup:
    """Return the setup that names and numbers describe.

    Raises
    ------
    BadValue
        If a number is none, two names do not go together, or the setup is not possible.

    Examples
    --------
    >>> setup_from({"share": "0.1", "network": "complete", "agents": "50"}).network
    Complete()
    """
    parts: dict[str, Any] = {}
    for name, field in {**_COUNTS, "seed": "seed"}.items():
        if name in words:
            parts[field] = whole(name, words[name])
    for name, field in (("source", "source_probability"), ("repeat", "repeat_ratio")):
        if name in words:
            parts[field] = real(name, words[name])
    if "event" in words:
        parts["event"] = events.event(words["event"])
    if "attention" in words:
        parts["attention"] = _ATTENTION[one_of("attention", words["attention"], _ATTENTION)]
    if "start" in words:
        parts["start"] = read_start(words["start"])
    parts["network"] = _network_from(words)
    return Setup(**parts, **_people_from(words))


def _network_from(words: Mapping[str, str]) -> recipes.Recipe:
    name = one_of("network of a link", words.get("network", "regular"), _NETWORKS)
    kind, own = _NETWORKS[name]
    for field in ("degree", "rewiring"):
        if field in words and field not in own:
            raise BadValue(f"'{field}' says nothing about a {name} network", advice="Leave it out")
    reading: dict[str, Any] = {"degree": whole, "rewiring": real}
    made: recipes.Recipe = kind(**{f: reading[f](f, words[f]) for f in own if f in words})
    return made


def _people_from(words: Mapping[str, str]) -> dict[str, Any]:
    """Return mix and rule; where only one of them is said, the other one goes with it."""
    who, how = _only(_WHO, words), _only(_HOW, words)
    if how == "baseline" and not who:
        who = "high"
    if who in ("profile", "high") and not how:
        how = "baseline"
    return {"mix": _mix_from(who, words), "sharing": _rule_from(how, words)}


def _only(ways: tuple[tuple[str, ...], ...], words: Mapping[str, str]) -> str:
    """Return the first name of the one way of saying it that was taken; '' for none."""
    taken = [way for way in ways if any(name in words for name in way)]
    if len(taken) > 1:
        given = " and ".join(name for way in taken for name in way if name in words)
        raise BadValue("Two parts of this link do not go together", given=given,
                       advice="Leave one of them out")  # fmt: skip
    return taken[0][0] if taken else ""


def _mix_from(who: str, words: Mapping[str, str]) -> mixes.Mix:
    if who == "profile":
        # An address may have its plus signs read as blanks.
        return mixes.OneProfile(Profile.from_code(words[who].replace(" ", "+")))
    if who == "high":
        shares = [real(who, text) for text in words[who].split(",")] if who in words else [0.5] * 5
        if len(shares) != 5:
            allowed = "five shares, as in 0.5,0.5,0.5,0.5,0.5"
            raise BadValue("'high' does not fit", given=words[who], allowed=allowed)
        return mixes.IndependentTraits(*shares)
    return mixes.TwoGroups(real(who, words[who])) if who else mixes.TwoGroups()


def _rule_from(how: str, words: Mapping[str, str]) -> rules.SharingRule:
    def own(name: str, otherwise: float) -> float:
        return real(name, words[name]) if name in words else otherwise

    if how == "share":
        return rules.SameForAll(real("share", words["share"]))
    if how == "baseline":
        given = effects.preset(words.get("effects", effects.LITERATURE.name))
        return rules.ByTraits(own("baseline", rules.ByTraits().baseline), given)
    usual = rules.ByGroup()
    return rules.ByGroup(own("fast", usual.fast), own("slow", usual.slow))


def whole(name: str, text: str) -> int:
    """Return a whole number of a link, or raise `BadValue`."""
    if not re.fullmatch(r"[0-9]{1,400}", text):
        raise BadValue(f"'{name}' is no whole number", given=text, allowed="digits, as in 100")
    return int(text)


def real(name: str, text: str) -> float:
    """Return a number of a link, or raise `BadValue`."""
    if not re.fullmatch(r"[0-9.eE+-]{1,40}", text):
        raise BadValue(f"'{name}' is no number", given=text, allowed="a number, as in 0.15")
    try:
        return float(text)
    except ValueError:
        raise BadValue(f"'{name}' is no number", given=text, allowed="as in 0.15") from None
