"""What repeats a page elsewhere: a link that carries its setup, and lines of Python.

Both are short where everything in a setup has a name: a link is packed, and lines read a file or
JSON, where not.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, quote

from newswave.app.cache import check_size
from newswave.core import events, networks, offline, population, rules, wording
from newswave.core import setup as setups
from newswave.core.continuous import Clock
from newswave.core.curve import Curve
from newswave.core.datasets import DATASETS
from newswave.core.errors import BadValue, one_of, whole_number
from newswave.core.files import encode
from newswave.core.law import Attention
from newswave.core.parameters import BY_NAME, PARAMETERS, Parameter, described
from newswave.core.population import PROFILES, IndependentTraits, Profile
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.equations.replicates import REPLICAS
from newswave.report.figures import THEORY_KEYS

# Readable links: ordinary setups as names and numbers that a teacher can write.

Words = dict[str, str]

_ROWS = {parameter.link: parameter for parameter in PARAMETERS if parameter.link}
_FIRST = (
    *("agents", "network", "degree", "rewiring", "fraction", "profile", "high", "fast", "slow"),
    *("share", "baseline", "effects", "event", "attention", "source", "repeat", "start", "seeds"),
    *("rounds", "clock", "runs", "seed"),
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
        if row.is_later and getattr(setup, row.part) == getattr(usual, row.part):
            continue
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


# Lines of Python.


_WIDE = 88


class _NoShortForm(Exception):
    """There is no short form for this value."""


def python_lines(
    setup: Setup,
    run: int = 0,
    compared: bool = False,
    replicas: int = REPLICAS,
    alone: bool = False,
    file: str = "",
    shown: tuple[str, ...] = (),
) -> str:
    """Return lines of Python that repeat what is on the screen; `shown` are keys of its layers.

    A setup without a short form is read from `file`, or else stands in the lines as JSON.
    """
    lines = ["import newswave as nw", "", f"setup = {setup_code(setup, file)}"]
    if isinstance(setup.sharing, rules.Asked):
        return "\n".join([*lines, "# A language model decides: this asks it, and needs Ollama.",
                          'played = nw.run_agents(setup, "recording.jsonl")'])  # fmt: skip
    lines += ["curve = nw.simulate(setup)", f"print(curve.counts[{run}])"]
    if compared:
        which = f"curve.run({run})" if alone and setup.replicas > 1 else "curve"
        lines += _test_lines(which, "", replicas)
    fits = "result.fits" if compared else "fits_alone(curve)"
    return "\n".join(lines + _figure_lines(shown, fits, run, setup.synthetic))


def data_lines(
    curve: Curve,
    file: str,
    example: str = "",
    degree: int | None = None,
    compared: bool = False,
    replicas: int = REPLICAS,
    shown: tuple[str, ...] = (),
    *,
    ceiling: bool = False,
    fitted: bool = True,
    recording: str = "",
) -> str:
    """Return lines of Python that repeat the fits of a user's own curve."""
    read = f'nw.diffusion("{example}").curve' if example in DATASETS else (
        f"nw.Curve.read({_literal(file)}, n_agents={curve.n_agents})"
    )  # fmt: skip
    known = "" if degree is None or recording else f", degree={degree}"
    known += ", ceiling=True" if ceiling else ""
    lines = ["import newswave as nw", "", f"curve = {read}"]
    if recording:
        lines[2:] = [f"played = nw.replay({_literal(recording)})", "curve = played.curve"]
    figure = _figure_lines(shown, "result.fits" if compared else "fits", None)
    if compared:
        known += ", decisions=played.decisions" if recording else ""
        lines += _test_lines("curve", known, replicas)
    elif fitted:
        lines.insert(1, _ALONE)
        lines += [f"fits = fits_alone(curve{known})", "for fit in fits:", _EACH]
    else:
        lines.append("print(curve.counts)")
    return "\n".join([*lines, *figure])


_ALONE = "from newswave.equations.compare import fits_alone"
_EACH = "    print(fit.label, fit.method.name, fit.reason or fit.estimates)"


def _test_lines(curve: str, known: str, replicas: int) -> list[str]:
    more = known + ("" if replicas == REPLICAS else f", replicas={replicas}")
    return [
        f"result = nw.compare({curve}{more})",
        "for fit in result.fits:",
        _EACH,
        "print(result.verdict.words)",
    ]


def _figure_lines(
    shown: tuple[str, ...],
    fits: str,
    run: int | None,
    synthetic: bool = False,
) -> list[str]:
    """Return lines that draw the figure of the page, with the layers that it shows."""
    if not shown:
        return []
    given, before = "", ["", "from newswave.report import figures"]
    if any(key in THEORY_KEYS for key in shown):
        before.append("from newswave.equations.predict import theories")
        given += ", theories=theories(setup).theories"
    if any(key.startswith("fit_") for key in shown):
        before += [_ALONE] if fits.startswith("fits_alone") else []
        given += f", fits={fits}"
    given += "" if run is None else f", run={run}"
    label = ", synthetic=True" if synthetic else ""
    names = _list([_literal(key) for key in shown], "[]")
    return [
        *before,
        f"lines, bands = figures.layers(curve, {names}{given})",
        f'figure = figures.lines_figure("How the news spreads", lines, bands{label})',
        'figure.savefig("figure.png")',
    ]


def setup_code(setup: Setup, file: str = "") -> str:
    """Return an expression for a setup in public names, or one that reads a file or JSON."""
    try:
        return _call("Setup", _named(setup, Setup()))
    except _NoShortForm:
        if file:
            return f"nw.Setup.read({_literal(file)})"
        return f"nw.Setup.from_json({_block(setup.to_json())})"


def _named(setup: Setup, usual: Setup) -> list[str]:
    """Return the fields that differ from the usual ones, each as name=value."""
    named = []
    for field in fields(Setup):
        value, standard = getattr(setup, field.name), getattr(usual, field.name)
        if encode(value) != encode(standard):
            named.append(f"{field.name}={_expression(value)}")
    return named


def _expression(value: Any) -> str:
    """Return an expression for a part of a setup."""
    if type(value) in _WRITERS:
        return _WRITERS[type(value)](value)
    number = encode(value)
    if not isinstance(number, int | float):
        raise _NoShortForm
    return repr(number)


def _plain(value: Any) -> str:
    """Return a call with the fields that differ from their defaults; a rule's first one always."""
    given: dict[str, str] = {}
    for at, field in enumerate(fields(value)):
        own, standard = getattr(value, field.name), field.default
        if field.default_factory is not MISSING:
            standard = field.default_factory()
        always = at == 0 and isinstance(value, rules.SharingRule)
        if always or standard is MISSING or encode(own) != encode(standard):
            given[field.name] = _expression(own)
    if list(given) == [field.name for field in fields(value)[:1]]:
        return _call(type(value).__name__, list(given.values()))
    return _call(type(value).__name__, [f"{name}={text}" for name, text in given.items()])


def _weighted(mix: population.WeightedProfiles) -> str:
    if encode(mix) == encode(population.WeightedProfiles(tuple((p, 1.0) for p in PROFILES))):
        return "nw.WeightedProfiles(tuple((profile, 1.0) for profile in nw.PROFILES))"
    pairs = [f"({_expression(profile)}, {_expression(weight)})" for profile, weight in mix.weights]
    return _call("WeightedProfiles", [_tuple(pairs)])


def _by_name(function: str, parameter: str) -> Callable[[Any], str]:
    """Return what writes a value as a call with the text that the parameter has for it."""
    text: Any = BY_NAME[parameter].text

    def write(value: Any) -> str:
        name = text.write(value)
        if name is None or text.read(name) != value:
            raise _NoShortForm
        return f"nw.{function}({_literal(name)})"

    return write


def _measured(rule: rules.Measured) -> str:
    if encode(rule) == encode(rules.synthetic_table()):
        return "nw.synthetic_table()"
    if rule.cells or rule.origin is not None:
        raise _NoShortForm
    return _call("Measured", [_table(rule.given)])


def _table(table: SharingTable) -> str:
    rows = _tuple([_literal(name) for name in table.rows])
    given = [rows, _numbers(table.probabilities.tolist())]
    if table.repeat is not None:
        given.append(f"repeat={_numbers(table.repeat.tolist())}")
    if table.source != SharingTable.source:
        given.append(f"source={_literal(table.source)}")
    return _call("SharingTable", given)


def _numbers(rows: list[list[float]]) -> str:
    return _list([repr(row) for row in rows], "[]")


def _wording(words: wording.Wording) -> str:
    for known in wording.wordings():
        if words == known:
            return f"nw.wording({_literal(words.name)})"
    if words != wording.by_hash().get(words.hash):
        raise _NoShortForm
    return f"nw.wording({_literal(words.name)}).telling({words.max_exposure})"


_KINDS = (*networks.KINDS.values(), *population.MIXES, *rules.RULES, *setups.STARTS,
          *offline.SOURCES, *offline.AGEINGS, offline.Feedback)  # fmt: skip
_WRITERS: dict[type, Callable[[Any], str]] = {
    **dict.fromkeys(_KINDS, _plain),
    setups.Chosen: lambda start: _call("Chosen", [_tuple([repr(one) for one in start.agents])]),
    rules.Measured: _measured,
    population.WeightedProfiles: _weighted,
    population.TraitEffects: _by_name("preset", "effects"),
    Profile: _by_name("Profile.from_code", "profile"),
    events.Event: _by_name("event", "event"),
    wording.Wording: _wording,
    Attention: lambda attention: f"nw.Attention.{attention.name}",
    offline.Since: lambda since: f"nw.Since.{since.name}",
    tuple: lambda values: _tuple([_expression(one) for one in values]),
    Clock: lambda clock: f"nw.Clock.{clock.name}",
    str: lambda text: _literal(text),
}
"""How each kind of part is written; what is not in here has no short form."""


def _call(name: str, given: list[str]) -> str:
    return f"nw.{name}" + _list(given, "()")


def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else _list(items, "()")


def _list(items: list[str], ends: str) -> str:
    """Return items in brackets: on one line if they fit there, else a line for each."""
    short = ", ".join(items)
    if len(short) < _WIDE - 16 and "\n" not in short:
        return f"{ends[0]}{short}{ends[1]}"
    body = "".join("    " + item.replace("\n", "\n    ") + ",\n" for item in items)
    return f"{ends[0]}\n{body}{ends[1]}"


def _literal(text: str) -> str:
    """Return text as a Python literal, whatever is in it."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def _block(text: str) -> str:
    """Return long text as a literal of several lines, or of one if the text would end it."""
    if "'''" in text or not text.replace("\n", "").isprintable():
        return repr(text)
    return f"r'''\n{text}'''"
