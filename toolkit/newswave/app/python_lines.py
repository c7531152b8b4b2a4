"""What is on the screen as lines of Python that repeat it: short where there are short names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from newswave.core import events, networks, population, rules, wording
from newswave.core import setup as setups
from newswave.core.curve import Curve
from newswave.core.datasets import DATASETS
from newswave.core.files import encode
from newswave.core.law import Attention
from newswave.core.parameters import BY_NAME
from newswave.core.population import PROFILES, Profile
from newswave.core.setup import Setup
from newswave.core.sharing import SharingTable
from newswave.equations.replicates import REPLICAS
from newswave.report.figures import THEORY_KEYS

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
    read = f"nw.{example}()" if example in DATASETS else (
        f"nw.Curve.read({_text(file)}, n_agents={curve.n_agents})"
    )  # fmt: skip
    known = "" if degree is None or recording else f", degree={degree}"
    known += ", ceiling=True" if ceiling else ""
    lines = ["import newswave as nw", "", f"curve = {read}"]
    if recording:
        lines[2:] = [f"played = nw.replay({_text(recording)})", "curve = played.curve"]
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
    names = _list([_text(key) for key in shown], "[]")
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
            return f"nw.Setup.read({_text(file)})"
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
        return f"nw.{function}({_text(name)})"

    return write


def _measured(rule: rules.Measured) -> str:
    if encode(rule) == encode(rules.synthetic_table()):
        return "nw.synthetic_table()"
    if rule.cells or rule.origin is not None:
        raise _NoShortForm
    return _call("Measured", [_table(rule.given)])


def _table(table: SharingTable) -> str:
    rows = _tuple([_text(name) for name in table.rows])
    given = [rows, _numbers(table.probabilities.tolist())]
    if table.repeat is not None:
        given.append(f"repeat={_numbers(table.repeat.tolist())}")
    if table.source != SharingTable.source:
        given.append(f"source={_text(table.source)}")
    return _call("SharingTable", given)


def _numbers(rows: list[list[float]]) -> str:
    return _list([repr(row) for row in rows], "[]")


def _wording(words: wording.Wording) -> str:
    if words not in wording.wordings():
        raise _NoShortForm
    return f"nw.wording({_text(words.name)})"


_KINDS = (*networks.KINDS.values(), *population.MIXES, *rules.RULES, *setups.STARTS)
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
    str: lambda text: _text(text),
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


def _text(text: str) -> str:
    """Return text as a Python literal, whatever is in it."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def _block(text: str) -> str:
    """Return long text as a literal of several lines, or of one if the text would end it."""
    if "'''" in text or not text.replace("\n", "").isprintable():
        return repr(text)
    return f"r'''\n{text}'''"
