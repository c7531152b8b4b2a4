"""A link that carries a whole setup: in readable words where possible, packed where not."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote

from newswave.app.costs import check_size
from newswave.core import events, networks, population, rules
from newswave.core.errors import BadValue, one_of, whole_number
from newswave.core.population import Profile
from newswave.core.serialize import encode
from newswave.core.setup import Attention, Setup
from newswave.core.starting import read_start, start_text

# The readable half of links: ordinary setups as names and numbers that a teacher can write.


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
    "regular": (networks.RandomRegular, ("degree",)),
    "small-world": (networks.SmallWorld, ("degree", "rewiring")),
    "scale-free": (networks.ScaleFree, ("degree",)),
    "complete": (networks.Complete, ()),
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


def _network_words(network: networks.Recipe) -> Words | None:
    for name, (kind, own) in _NETWORKS.items():
        if type(network) is kind:
            kinds = {} if name == "regular" else {"network": name}
            return kinds | {field: _number(getattr(network, field)) for field in own}
    return None


def _mix_words(mix: population.Mix) -> Words | None:
    match mix:
        case population.TwoGroups(fast_fraction=fraction):
            return {"fraction": _number(fraction)}
        case population.OneProfile(profile=profile):
            return {"profile": profile.code}
        case population.IndependentTraits():
            return {"high": ",".join(map(_number, mix.shares))}
    return None


def _rule_words(rule: rules.SharingRule) -> Words | None:
    match rule:
        case rules.ByGroup(fast=fast, slow=slow):
            return {"fast": _number(fast), "slow": _number(slow)}
        case rules.SameForAll(share_probability=share):
            return {"share": _number(share)}
        case rules.ByTraits(baseline=baseline, effects=given) if given.name in population.PRESETS:
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


def _network_from(words: Mapping[str, str]) -> networks.Recipe:
    name = one_of("network of a link", words.get("network", "regular"), _NETWORKS)
    kind, own = _NETWORKS[name]
    for field in ("degree", "rewiring"):
        if field in words and field not in own:
            raise BadValue(f"'{field}' says nothing about a {name} network", advice="Leave it out")
    reading: dict[str, Any] = {"degree": whole, "rewiring": real}
    made: networks.Recipe = kind(**{f: reading[f](f, words[f]) for f in own if f in words})
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


def _mix_from(who: str, words: Mapping[str, str]) -> population.Mix:
    if who == "profile":
        # An address may have its plus signs read as blanks.
        return population.OneProfile(Profile.from_code(words[who].replace(" ", "+")))
    if who == "high":
        shares = [real(who, text) for text in words[who].split(",")] if who in words else [0.5] * 5
        if len(shares) != 5:
            allowed = "five shares, as in 0.5,0.5,0.5,0.5,0.5"
            raise BadValue("'high' does not fit", given=words[who], allowed=allowed)
        return population.IndependentTraits(*shares)
    return population.TwoGroups(real(who, words[who])) if who else population.TwoGroups()


def _rule_from(how: str, words: Mapping[str, str]) -> rules.SharingRule:
    def own(name: str, otherwise: float) -> float:
        return real(name, words[name]) if name in words else otherwise

    if how == "share":
        return rules.SameForAll(real("share", words["share"]))
    if how == "baseline":
        given = population.preset(words.get("effects", population.LITERATURE.name))
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


# A link that carries a whole setup: in readable words where that is possible, packed where not.


VERSION = 1
"""The version of the links that are written, and the only one that is read."""

LONGEST = 8000
"""How many characters a link may have: browsers and mail programs cut off longer ones."""

_LARGEST = 512 * 1024
_PAGE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_FOREIGN = re.compile(r"utm_\w+|[a-z]*clid|mc_[ce]id")  # what mail and social networks add
_OWN = ("v", "s", "page", "run")
_BROKEN = "This link is broken"
_WHOLE = "Copy the whole link again, or open the setup file instead"


@dataclass(frozen=True)
class Linked:
    """What a link says.

    Parameters
    ----------
    setup : Setup
        What to run.
    page : str
        Which page to open; '' if it does not say.
    run : int
        Which run to show.

    Raises
    ------
    BadValue
        If the setup is too large for a page, it has no such run, or the page is no name.
    """

    setup: Setup
    page: str = ""
    run: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.page, str) or (self.page and not _PAGE.fullmatch(self.page)):
            allowed = "lower-case letters, digits and hyphens, up to 40"
            raise BadValue("A page has no such name", given=self.page, allowed=allowed)
        check_size(self.setup)
        run = whole_number("The run", self.run, 0, self.setup.replicas - 1)
        object.__setattr__(self, "run", run)


def link_of(setup: Setup, page: str = "", run: int = 0) -> str:
    """Return what follows the question mark of a link to a setup.

    Parameters
    ----------
    setup : Setup
        What the link opens; it comes back to the last digit.
    page : str
        Which page it opens.
    run : int
        Which run it shows.

    Raises
    ------
    BadValue
        If the link were longer than 8000 characters, or could not be opened.

    Examples
    --------
    >>> link_of(Setup(n_agents=200, seed=7))
    'v=1&agents=200&degree=8&fraction=0.4&fast=0.15&slow=0.015&seeds=10&rounds=60&runs=200&seed=7'
    """
    linked = Linked(setup, page, run)
    words = words_of(setup)
    if words is None:
        words = {"s": _packed(setup)}
    own = {"page": linked.page} if linked.page else {}
    own |= {"run": str(linked.run)} if linked.run else {}
    every = {"v": str(VERSION), **words, **own}
    text = "&".join(f"{name}={quote(value, safe=',:')}" for name, value in every.items())
    if len(text) > LONGEST:
        raise _too_large(f"{len(text):,} characters")
    return text


def _too_large(given: str) -> BadValue:
    return BadValue(
        "This setup is too large for a link",
        given=given,
        allowed=f"up to {LONGEST:,}",
        advice="Take the setup file instead, and open it on the page Your data",
    )


def setup_of(text: str) -> Linked:
    """Return what a link says.

    Parameters
    ----------
    text : str
        What `link_of` gave, a part of it, or a whole address with it behind ? or #. What a link
        does not say is as in ``Setup()``.

    Raises
    ------
    BadValue
        If the link is broken, of another version, or opens something too large for a page.

    Examples
    --------
    >>> linked = setup_of("?agents=200&degree=4&page=explore&run=3")
    >>> linked.setup.n_agents, linked.setup.network.degree, linked.page, linked.run
    (200, 4, 'explore', 3)
    """
    given = _given(text)
    version = given.pop("v", str(VERSION))
    if version != str(VERSION):
        raise BadValue("This link is of another version", given=version, allowed=str(VERSION),
                       advice="Update newswave, or open the setup file instead")  # fmt: skip
    page, run = given.pop("page", ""), whole("run", given.pop("run", "0"))
    packed = given.pop("s", None)
    if packed is not None and given:
        raise BadValue(_BROKEN, given=f"s and {', '.join(given)}", allowed="s alone")
    setup = setup_from(given) if packed is None else _unpacked(packed)
    return Linked(setup, page, run)


def _given(text: str) -> dict[str, str]:
    """Return the parts of a link by name."""
    if not isinstance(text, str) or len(text) > 2 * LONGEST:
        raise BadValue("This is no link of newswave", allowed=f"text of up to {2 * LONGEST:,}")
    query = text.strip().partition("?")[2].partition("#")[0] or text.strip().rpartition("#")[2]
    query = query.lstrip("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query),
                          errors="strict", max_num_fields=60)  # fmt: skip
    except ValueError as error:
        raise BadValue(_BROKEN, given=text, advice=_WHOLE) from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if _FOREIGN.fullmatch(name):
            continue
        one_of("part of a link", name, (*_OWN, *NAMES))
        if name in found:
            raise BadValue(f"This link says '{name}' twice", advice=_WHOLE)
        found[name] = value
    return found


def _packed(setup: Setup) -> str:
    held = json.dumps(encode(setup), ensure_ascii=True, separators=(",", ":"))
    if len(held) > _LARGEST:
        raise _too_large(f"{len(held):,} characters, packed")
    return base64.urlsafe_b64encode(zlib.compress(held.encode("ascii"), 9)).decode().rstrip("=")


def _unpacked(text: str) -> Setup:
    """Return the setup that was packed, or raise `BadValue`; never unpacks more than 512 KiB."""
    unpacker = zlib.decompressobj()
    try:
        squeezed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        held = unpacker.decompress(squeezed, _LARGEST).decode("utf-8")
    except (ValueError, zlib.error) as error:
        raise BadValue(_BROKEN, given=text, advice=_WHOLE) from error
    if unpacker.unconsumed_tail:
        raise BadValue("This link holds more than a setup", allowed="up to 512 KiB")
    if not unpacker.eof or unpacker.unused_data:
        raise BadValue(_BROKEN, given=text, advice=_WHOLE)
    return Setup.from_json(held)
