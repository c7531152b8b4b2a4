"""`newswave doctor`, `newswave profiles` and `newswave events`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from newswave.cli.console import check_folder, folded, say
from newswave.cli.options import (
    SERVER,
    Command,
    Option,
    number,
    own_events,
    patience,
    server_of,
)
from newswave.core import simulation
from newswave.core.errors import BadValue, NewswaveError, plain
from newswave.core.events import DEFAULT_EVENT_ID, Event, EventType, find_event, library
from newswave.core.files import free_memory
from newswave.core.population import IndependentTraits, Trait, preset
from newswave.core.provenance import Method
from newswave.core.rules import Asked, ByTraits
from newswave.core.setup import Setup
from newswave.core.version import __version__
from newswave.core.wording import DEFAULT_WORDING, LabelOrder, Prompt, wording
from newswave.equations.fit import fit
from newswave.equations.models import OneRate, OnNetwork
from newswave.llm.batch import one_answer, read
from newswave.llm.builtin_server import BuiltIn, engine_version
from newswave.llm.model_files import KNOWN
from newswave.llm.ollama_server import Server, load_client, news_left_out
from newswave.llm.openai_server import OpenAIServer
from newswave.llm.play import Asking
from newswave.llm.replies import Reading, outcome_words, unread_advice
from newswave.llm.server import (
    SMALL_MODELS,
    Found,
    Loaded,
    ModelServer,
    Preflight,
    Reply,
    Request,
    ServerGone,
    TooSlow,
    duration,
    tells_log_probabilities,
)
from newswave.llm.survey import Plan, covering, odds_in, request_for, tells_enough
from newswave.llm.which_server import built_in

# `newswave doctor`: what is installed, what works, what to do next.

_PACKAGES = {
    "numpy": "arrays, the core",
    "scipy": "theory, fits",
    "mesa": "the agent model",
    "networkx": "networks for contrast",
    "matplotlib": "figures",
    "pandas": "Mesa's data collection",
    "solara": "the web app",
    "ipywidgets": "notebooks",
    "ollama": "asking a language model",
    "tqdm": "progress bars",
}
_CORE = ("numpy", "scipy")
_PATIENCE, _LONGER = 2.0, 10.0
_LOADED = 0.1
_MOST_NAMED = 12
_LIVE = 400
_Asked = BuiltIn | Server | OpenAIServer
_LABELS = {Method.DECISION: "begun in JSON", Method.LOG_PROBABILITIES: "one word"}
_START = (
    "Only needed to ask a language model: install it from ollama.com, start it with 'ollama "
    "serve', or set OLLAMA_HOST; or try newswave synthetic-server. Everything else works without "
    "it."
)


class Finding(NamedTuple):
    """One line of the report: what was looked at, what was found, what to do; does it matter."""

    name: str
    text: str
    advice: str = ""
    broken: bool = False


def doctor(arguments: argparse.Namespace) -> int:
    """Look at everything and report; return 0 if the core, and the model if named, work, else 1."""
    server = _server(arguments)
    looks: list[Callable[[], list[Finding]]] = [
        *(_python, _packages, _self_test, _web_app, _folder, _memory, _built_in)
    ]
    broken = _report(looks)
    silent = _report([lambda: _asking(server, arguments)])
    say("", _verdict(broken, silent, arguments.model))
    return int(broken or silent)


def _report(looks: list[Callable[[], list[Finding]]]) -> bool:
    """Print what is found and return whether something is broken."""
    broken = False
    for look in looks:
        for finding in look():
            say(folded(finding.text, f"{finding.name:<14}"))
            if finding.advice:
                say(folded(finding.advice, " " * 14 + "-> "))
            broken = broken or finding.broken
    return broken


def _verdict(broken: bool, silent: bool, model: str | None) -> str:
    if broken:
        return "Something the core needs is missing: see the arrows above."
    if silent:
        return "The core works. The model cannot be used yet: see above."
    if model is not None:
        return f"All works. Next: newswave persona --model {plain(model)}"
    return "The core works. Next: newswave app, or newswave run --out first-run"


def _server(arguments: argparse.Namespace) -> _Asked | NewswaveError:
    """Return who is asked, or why OLLAMA_HOST names none; raise that of --host or --timeout."""
    here = built_in(arguments.model or "", arguments.host, patience(arguments))
    try:
        return here or server_of(arguments)
    except NewswaveError as error:
        if arguments.host is not None or arguments.timeout is not None:
            raise
        return error


def _asking(server: _Asked | NewswaveError, arguments: argparse.Namespace) -> list[Finding]:
    """Look at the server, and at the model if one is named; a built-in one needs no server."""
    name = arguments.model
    if isinstance(server, BuiltIn):
        return _model(server, name)
    if isinstance(server, OpenAIServer):
        return _openai(server, arguments.host) + ([] if name is None else _model(server, name))
    variable = [Finding("OLLAMA_HOST", plain(os.environ.get("OLLAMA_HOST", "")) or "not set")]
    if isinstance(server, NewswaveError):
        return [*variable, Finding("Ollama", server.what, server.advice, name is not None)]
    if name is None:
        return variable + _ollama(server, arguments.host)
    seen = _ollama(server, arguments.host, min(server.timeout, _LONGER))
    is_there = len(seen) > 1
    return variable + (seen + _model(server, name) if is_there else [seen[0]._replace(broken=True)])


def _web_app() -> list[Finding]:
    """Say whether the page of the web app needs the internet."""
    try:
        from newswave.app.server import front_end_is_local

        is_local = front_end_is_local()
    except Exception as error:
        words = f"cannot be started ({plain(str(error))})"
        return [Finding("web app", words, "python -m pip install --upgrade solara")]
    if is_local:
        return [Finding("web app", "ready; its page needs nothing from the internet")]
    advice = "python -m pip install 'newswave[offline]'"
    return [Finding("web app", "ready; its page is fetched from the internet once", advice)]


def _python() -> list[Finding]:
    old = sys.version_info < (3, 11)
    advice = "newswave needs Python 3.11 or later" if old else ""
    return [
        Finding("newswave", __version__),
        Finding("Python", f"{platform.python_version()} on {platform.system()}", advice, old),
    ]


def _packages() -> list[Finding]:
    """Return the version of each package, or that it is missing."""
    findings = []
    for name, use in _PACKAGES.items():
        try:
            findings.append(Finding(name, f"{version(name):<12} {use}"))
        except PackageNotFoundError:
            advice = f"python -m pip install {name}"
            findings.append(Finding(name, f"missing      {use}", advice, name in _CORE))
    return findings


def _self_test() -> list[Finding]:
    """Run 100 agents and check that the news has spread."""
    start = time.perf_counter()
    try:
        curve = simulation.simulate(Setup(n_agents=100, n_seeds=2, rounds=40, replicas=20))
        works = bool(fit(curve, OneRate(OnNetwork(8))).estimates["rate"] > 0)
        words = "" if works else "the fit gave no rate"
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
    if words:
        advice = "Install newswave anew in a fresh environment: python -m pip install newswave"
        return [Finding("self-test", f"failed ({words})", advice, True)]
    took = time.perf_counter() - start
    return [Finding("self-test", f"20 runs of 100 agents and a fit: works, {took:.2f} s")]


def _folder() -> list[Finding]:
    here = os.getcwd()  # noqa: PTH109
    try:
        check_folder(here)
    except NewswaveError:
        advice = "Go to a folder of your own, or give --out a folder that you may write to"
        return [Finding("this folder", f"cannot be written to: {here}", advice)]
    return [Finding("this folder", f"can be written to: {here}")]


def _built_in() -> list[Finding]:
    """Say whether a language model can answer in this process."""
    there = ", ".join(model.name for model in KNOWN if model.is_there)
    try:
        words = f"xllamacpp {engine_version()}"
    except NewswaveError as error:
        advice = f"To ask a language model without a server: {error.advice}"
        return [Finding("built in", "not installed", advice)]
    if there:
        return [Finding("built in", f"{there}, run by {words}; needs no server")]
    advice = f"Fetch a model ({KNOWN[0].line}): newswave models --get {KNOWN[0].name}"
    return [Finding("built in", f"no model yet; {words} would run it", advice)]


def _ollama(server: Server, host: str | None = None, patience: float = _PATIENCE) -> list[Finding]:
    """Look at a server, but not for long: one that hangs must not hold up the report.

    Returns one finding if it is not there, and three if it is: its version, models and memory.
    """
    load_client()
    answers: list[Found | Exception] = []
    loaded: list[Loaded] = []

    def look() -> None:
        quick = replace(server, timeout=patience, connect_timeout=patience)
        try:
            answers.append(quick.look())
            loaded.extend(quick.loaded())
        except Exception as error:
            answers.append(error)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(patience)
    seen = answers[0] if answers else None
    if isinstance(seen, Found):
        return [_version(seen), _models(seen, host), _in_memory(list(loaded))]
    if isinstance(seen, ServerGone):
        return [Finding("Ollama", seen.what, _START)]
    late = seen is None or isinstance(seen, TooSlow)
    why = "no answer in time" if late else "what is there does not answer as Ollama does"
    return [Finding("Ollama", f"not reached at {server.address} ({why})", _START)]


def _openai(server: OpenAIServer, host: str | None) -> list[Finding]:
    """Look at an OpenAI-compatible server; one that is not there is broken."""
    try:
        seen = replace(server, timeout=min(server.timeout, _LONGER)).look()
    except NewswaveError as error:
        return [Finding("server", error.what, error.advice, True)]
    words = f"{seen.program} {plain(seen.version)} answers at {seen.address}"
    return [Finding("server", words), _models(seen, host)]


def _version(seen: Found) -> Finding:
    version = plain(seen.version)
    words = f"version {version} answers at {seen.address}"
    if seen.synthetic:
        words += "; SYNTHETIC: a formula answers, no language model"
    if tells_log_probabilities(seen.version):
        return Finding("Ollama", f"{words}; it tells log-probabilities")
    advice = (
        "Update it from ollama.com: from 0.12.11 on it tells log-probabilities, so that newswave "
        "table needs one call for a cell in place of twenty"
    )
    return Finding("Ollama", f"{words}; too old to tell log-probabilities", advice)


def _models(seen: Found, host: str | None) -> Finding:
    names = [plain(model.name, 60) for model in seen.models if model.answers]
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        return Finding("models", ", ".join(names[:_MOST_NAMED]) + more)
    if not seen.is_ollama:
        return Finding("models", "none that can be asked in words", "Start the server with one")
    name, size, _ = SMALL_MODELS[0]
    where = f" --host {seen.address}" if host else ""
    advice = f"Fetch a small one ({size}): newswave models --pull {name}{where}"
    return Finding("models", "none that can be asked in words", advice)


def _in_memory(loaded: list[Loaded]) -> Finding:
    names = ", ".join(f"{plain(one.name, 60)} ({_giga(one.size)})" for one in loaded)
    return Finding("in memory", names or "no model: the first call has to load it")


def _memory() -> list[Finding]:
    free = free_memory()
    return [] if free is None else [Finding("free memory", f"{_giga(free)} on this machine")]


def _giga(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _model(server: ModelServer, name: str) -> list[Finding]:
    """Look at one model and ask it a few times; what does not work is broken."""
    try:
        ready = Preflight.of(server, name)
        asked = Asking(Setup(sharing=Asked(ready.model.name, wording(DEFAULT_WORDING))))
        reply = one_answer(server, asked.first)
        _check_news(server, asked.first, reply)
        reading = read(reply)
        lines = [line for line in ready.lines() if not line.startswith("server")]
        findings = [Finding(line[:9].strip(), line[9:]) for line in lines]  # labels: nine columns
        findings.append(_decision(name, reply, reading))
        return findings + (_plans(server, asked) if reading.is_read else [])
    except NewswaveError as error:
        words = str(NewswaveError(error.what, given=error.given, allowed=error.allowed))
        return [Finding("model", words, error.advice, True)]


def _check_news(server: ModelServer, asked: Request, reply: Reply) -> None:
    """Raise `Refused` if the system message, with the news, adds no tokens to the prompt."""
    system, user = asked.prompt.system, asked.prompt.user
    short = Prompt(system.split()[0], user)
    sampling = replace(asked.sampling, num_predict=1)
    bare = one_answer(server, replace(asked, prompt=short, sampling=sampling, schema=None))
    more, words = reply.prompt_tokens - bare.prompt_tokens, len(system.split())
    if bare.prompt_tokens and more < words / 2:
        raise news_left_out(asked.model, f"{more} tokens more for {words} words more")


def _decision(name: str, reply: Reply, reading: Reading) -> Finding:
    """Say how the first decision went."""
    took = max(reply.answer_seconds, 1e-3)
    loading = f" and {reply.load_seconds:.2g} s to load it" if reply.load_seconds > _LOADED else ""
    read_as = "read as" if reading.is_read else "could not be read:"
    words = f"took {took:.2g} s{loading}; {read_as} {outcome_words(reading.outcome.name)}"
    again = f"See how often that happens: newswave persona --model {name}"
    advice = "" if reading.is_read else f"{unread_advice(reading.outcome.name)}. {again}"
    return Finding("one decision", words, advice, not reading.is_read)


def _plans(server: ModelServer, asked: Asking) -> list[Finding]:
    """Time calls whose beginning the server has read already, as most calls of any work are.

    A cell is read in each way and each order, of another profile than before, and then a decision
    is asked for.
    """
    plan = Plan(asked.setup.event, asked.rule.wording)
    model, context = asked.rule.model, asked.first.sampling.num_ctx
    told = {}
    for way in plan.ways:
        told[way] = [
            one_answer(server, request_for(plan, model, one, context))
            for one in plan.probe(way)[-2:]
        ]
    request = asked.requests[asked.setup.mix.groups[0].profile, 2, LabelOrder.YES_FIRST]
    took = max(one_answer(server, request).answer_seconds, 1e-3)
    text = f"about {_LIVE} such calls for 100 agents, one after another: {duration(_LIVE * took)}"
    return [*_table(plan, told, took), Finding("a live run", text)]


def _table(plan: Plan, told: dict[Method, list[Reply]], decision: float) -> list[Finding]:
    """Say how a table will be measured, and how long that takes; `decision` is in seconds."""
    findings, chosen = [], ""
    for way, replies in told.items():
        read = [odds_in(way, reply) for reply in replies]
        took = max(replies[-1].answer_seconds, 1e-3)
        words = f"took {took:.2g} s; {covering(way, [one.covered for one in read])}"
        findings.append(Finding(_LABELS[way], f"{words} (yes named first, then no)"))
        if not chosen and tells_enough(way, read):
            calls = len(plan.readings(way)) + len(plan.again(way))
            chosen = f"about {calls} calls, read in the way of '{_LABELS[way]}', one after another"
            chosen += f": {duration(calls * took)}"
    counted = len(plan.by_count(plan.cells))
    rest = f"has to be counted (--count): {counted} decisions, {duration(counted * decision)}"
    return [*findings, Finding("a table", chosen or rest)]


# `newswave profiles` and `newswave events`: what there is to choose from.

_HEAD = ("code", "openness", "conscient.", "extravers.", "agreeable.", "neurotic.", "P(share)")
_ROW = "{:<11} {:<9} {:<10} {:<10} {:<10} {:<10} {:>8}"


def profiles(arguments: argparse.Namespace) -> int:
    """List the 32 profiles with their share probabilities; return the exit status."""
    chosen, news = preset(arguments.effects), find_event(arguments.event or DEFAULT_EVENT_ID)
    groups = IndependentTraits().groups
    table = ByTraits(arguments.baseline, chosen).table(groups, news, 1)
    say(_ROW.format(*_HEAD))
    for group, chance in zip(groups, table.probabilities[:, 1], strict=True):
        levels = ("high" if high else "low" for high in group.profile.levels)
        say(_ROW.format(group.profile.code, *levels, f"{chance:.4f}").rstrip())
    words = (
        f"P(share): per contact and round, at the event '{news.headline}' and with the trait "
        f"effects '{chosen.name}'. {chosen.description}"
    )
    say("", folded(words), "", "What a high trait adds to the log-odds, compared with a low one:")
    for trait, effect in zip(Trait, chosen.effects, strict=True):
        label = f"  {trait.value:<18}{effect.value:>+6.2f}  "
        say(folded(effect.source, label))
    return 0


def events(arguments: argparse.Namespace) -> int:
    """List the events or show one; return the exit status."""
    own = () if arguments.events is None else own_events(arguments.events)
    if arguments.id is not None:
        if arguments.type is not None:
            raise BadValue("An id and --type do not go together", advice="Leave one of them out")
        _show(find_event(arguments.id, own))
        return 0
    wanted = None if arguments.type is None else EventType.named(arguments.type)
    _list([event for event in (*library(), *own) if wanted in (None, event.type)])
    return 0


def _list(known: list[Event]) -> None:
    """Print events by type, their offsets with numbered sources."""
    sources = list(dict.fromkeys(event.offset.source for event in known))
    kind = None
    for event in known:
        if event.type is not kind:
            kind = event.type
            say(
                "" if event is not known[0] else "id, offset on the log-odds, sub type, headline",
                "",
            )
            say(f"{kind.value}:")
        mark = f"[{sources.index(event.offset.source) + 1}]"
        say(f"  {event.id:<28} {event.offset.value:>+5.2f} {mark:<4} {event.sub_type}")
        say(folded(event.headline, "      "))
    say("", "Where the offsets come from:")
    for place, source in enumerate(sources, 1):
        say(folded(source, f"  [{place}] "))
    words = (
        "The reports are invented. Those that are not neutral carry a content note: newswave "
        "events ID shows it with the report."
    )
    say("", folded(words))


def _show(event: Event) -> None:
    """Print one event in full, its content note first."""
    if event.content_note:
        say(folded(event.content_note, "content note  "), "")
    lines = {
        "id": event.id,
        "type": event.type.value,
        "sub type": event.sub_type,
        "headline": event.headline,
        "text": event.text,
        "offset": f"{event.offset.value:+.2f} on the log-odds of sharing",
        "source": event.offset.source,
    }
    for name, text in lines.items():
        say(folded(text, f"{name:<10}"))


# The commands with their options.

# fmt: off
COMMANDS = {
    "doctor": Command(doctor, {
        "": (Option("--model NAME", "also ask this model, and say how long work takes"),),
        "the server": SERVER[:2],
    }),
    "profiles": Command(profiles, {"": (
        Option("--effects PRESET",
            "trait effects: literature (default), misinformation, exaggerated or none",
            default="literature"),
        Option("--event ID", "the event shared (default a neutral one)"),
        Option("--baseline Q", "share probability of the average profile (default 0.05)",
            number, 0.05),
    )}),
    "events": Command(events, {"": (
        Option("id ID", "show this event in full", several="?"),
        Option("--type T", "only events of this type, such as Neutral"),
        Option("--events FILE", "your own events as CSV, beside the others"),
    )}),
}
# fmt: on
