"""A link that carries a whole setup: in readable words where possible, packed where not."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from newswave.app.cache import check_size
from newswave.core.errors import BadValue, one_of, whole_number
from newswave.core.files import encode
from newswave.core.parameters import PARAMETERS, Parameter, described
from newswave.core.population import IndependentTraits
from newswave.core.setup import Setup

# Readable links: ordinary setups as names and numbers that a teacher can write.

Words = dict[str, str]

_ROWS = {parameter.link: parameter for parameter in PARAMETERS if parameter.link}
_FIRST = (
    *("agents", "network", "degree", "rewiring", "fraction", "profile", "high", "fast", "slow"),
    *("share", "baseline", "effects", "event", "attention", "source", "repeat", "start", "seeds"),
    *("rounds", "runs", "seed"),
)
NAMES = tuple(dict.fromkeys((*_FIRST, *_ROWS)))
"""Every part of a readable link, in the order in which they are written."""

_PACKED = ("regular-small-world",)
"""Kinds of network that have no word in links of this version."""


def words_of(setup: Setup) -> Words | None:
    """Return an ordinary setup as names and numbers; None if these could not say all of it."""
    words: Words = {}
    usual = Setup()
    for name in NAMES:
        row, value = _ROWS[name], _ROWS[name].of(setup)
        text = "" if value is None else _text(row, value)
        if text is None:
            return None
        # Counts, and what a part holds, are always written; all else only where it is not usual.
        counted = row.values is int or row.kinds
        if text and (counted or text != _text(row, row.of(usual))):
            words[name] = text
    return words if setup_from(words) == setup else None


def _text(row: Parameter, value: Any) -> str | None:
    """Return a value as a link says it; None if it cannot."""
    if row.is_number:
        return _number(value)
    if row.name == "high":
        return ",".join(map(_number, value))
    text = None if row.text is None else row.text.write(value)
    return None if text in _PACKED else text


def _number(value: Any) -> str:
    """Return a number in as many digits as bring it back."""
    return repr(value if isinstance(value, int) else float(value))


def setup_from(words: Mapping[str, str]) -> Setup:
    """Return the setup that names and numbers describe."""
    rows = [_ROWS[name] for name in NAMES if name in words]
    for part in ("mix", "sharing"):
        own = [row for row in rows if row.part == part]
        if any(one.excludes(other) for one in own for other in own):
            raise BadValue("Two parts of this link do not go together",
                           given=" and ".join(row.link for row in own),
                           advice="Leave one of them out")  # fmt: skip
    kind = words.get("network", "regular")
    network = _value(_ROWS["network"], kind)
    for row in rows:
        if row.part == "network" and row.kinds and type(network) not in row.kinds:
            raise BadValue(f"'{row.link}' says nothing about a {kind} network",
                           advice="Leave it out")  # fmt: skip
    values = {row.name: _value(row, words[row.link]) for row in rows}
    if {"baseline", "effects"} & set(words) and not any(row.part == "mix" for row in rows):
        values["high"] = IndependentTraits().shares
    return described(values)


def _value(row: Parameter, text: str) -> Any:
    """Return what a part of a link says."""
    if row.is_number:
        return (whole if row.values is int else real)(row.link, text)
    if row.name == "high":
        shares = [real(row.link, share) for share in text.split(",")]
        if len(shares) != 5:
            allowed = "five shares, as in 0.5,0.5,0.5,0.5,0.5"
            raise BadValue("'high' does not fit", given=text, allowed=allowed)
        return shares
    values: Any = row.text
    if values.choices:
        what = "network of a link" if row.link == "network" else row.link
        one_of(what, text, [word for word in values.choices if word not in _PACKED])
    # An address may have the plus signs of a profile read as blanks.
    return values.read(text.replace(" ", "+") if row.link == "profile" else text)


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


# Whole links: readable where possible, packed where not.

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
    """What a link says."""

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
    """Return what follows the question mark of a link to a setup."""
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
    """Return what a link says."""
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
    parts: dict[str, str] = {}
    for name, value in pairs:
        if _FOREIGN.fullmatch(name):
            continue
        one_of("part of a link", name, (*_OWN, *NAMES))
        if name in parts:
            raise BadValue(f"This link says '{name}' twice", advice=_WHOLE)
        parts[name] = value
    return parts


def _packed(setup: Setup) -> str:
    text = json.dumps(encode(setup), ensure_ascii=True, separators=(",", ":"))
    if len(text) > _LARGEST:
        raise _too_large(f"{len(text):,} characters, packed")
    return base64.urlsafe_b64encode(zlib.compress(text.encode("ascii"), 9)).decode().rstrip("=")


def _unpacked(text: str) -> Setup:
    """Return the setup that was packed, or raise `BadValue`; never unpacks more than 512 KiB."""
    unpacker = zlib.decompressobj()
    try:
        compressed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        data = unpacker.decompress(compressed, _LARGEST).decode("utf-8")
    except (ValueError, zlib.error) as error:
        raise BadValue(_BROKEN, given=text, advice=_WHOLE) from error
    if unpacker.unconsumed_tail:
        raise BadValue("This link holds more than a setup", allowed="up to 512 KiB")
    if not unpacker.eof or unpacker.unused_data:
        raise BadValue(_BROKEN, given=text, advice=_WHOLE)
    return Setup.from_json(data)
