"""`newswave doctor`: what is installed, what works, what to do next."""

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
from typing import TYPE_CHECKING, NamedTuple

from newswave.command.console import say, width
from newswave.command.options import SERVER, add_options
from newswave.errors import NewswaveError, plain
from newswave.version import __version__

if TYPE_CHECKING:
    from newswave.asking import Said
    from newswave.preflight import Preflight
    from newswave.servers import Found, Loaded, Reply, Server

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
_WORK = {
    "a table": (100, "such calls (of one word, so less) one after another"),
    "a live run": (400, "such calls for 100 agents, one after another"),
}
_START = (
    "Only needed to ask a language model: install it from ollama.com, start it with 'ollama "
    "serve', or set OLLAMA_HOST; or try newswave synthetic-server. Everything else works without "
    "it."
)


class Finding(NamedTuple):
    """One line of the report: what was looked at, what was found, what to do; does it matter."""

    name: str
    found: str
    advice: str = ""
    broken: bool = False


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--model", metavar="NAME", help="also ask this model once, and say how long work takes"
    )
    add_options(parser, "the server", SERVER[:2])
    parser.set_defaults(action=doctor)


def doctor(arguments: argparse.Namespace) -> int:
    """Look at everything and report; return 0 if the core, and the model if named, work, else 1."""
    server = _server(arguments)
    looks: list[Callable[[], list[Finding]]] = [
        *(_python, _packages, _self_test, _web_app, _folder, _memory)
    ]
    broken = _report(looks)
    silent = _report([lambda: _asking(server, arguments)])
    say("", _verdict(broken, silent, arguments.model))
    return int(broken or silent)


def _report(looks: list[Callable[[], list[Finding]]]) -> bool:
    """Print what is found and return whether something is broken."""
    from newswave.describing import wrapped

    broken = False
    for look in looks:
        for finding in look():
            say(wrapped(finding.found, width(), f"{finding.name:<14}"))
            if finding.advice:
                say(wrapped(finding.advice, width(), " " * 14 + "-> "))
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


def _server(arguments: argparse.Namespace) -> Server | NewswaveError:
    """Return the server, or why OLLAMA_HOST names none; raise that of --host or --timeout."""
    from newswave.command.asked import server_of

    try:
        return server_of(arguments)
    except NewswaveError as error:
        if arguments.host is not None or arguments.timeout is not None:
            raise
        return error


def _asking(server: Server | NewswaveError, arguments: argparse.Namespace) -> list[Finding]:
    """Look at the server, and at the model if one is named."""
    from newswave.servers import Server

    name = arguments.model
    held = [Finding("OLLAMA_HOST", plain(os.environ.get("OLLAMA_HOST", "")) or "not set")]
    if not isinstance(server, Server):
        return [*held, Finding("Ollama", server.what, server.advice, name is not None)]
    if name is None:
        return held + _ollama(server, arguments.host)
    seen = _ollama(server, arguments.host, min(server.timeout, _LONGER))
    is_there = len(seen) > 1
    return held + (seen + _model(server, name) if is_there else [seen[0]._replace(broken=True)])


def _web_app() -> list[Finding]:
    """Say whether the page of the web app needs the internet."""
    try:
        from newswave.views.app.server import front_end_is_local

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
    found = []
    for name, use in _PACKAGES.items():
        try:
            found.append(Finding(name, f"{version(name):<12} {use}"))
        except PackageNotFoundError:
            advice = f"python -m pip install {name}"
            found.append(Finding(name, f"missing      {use}", advice, name in _CORE))
    return found


def _self_test() -> list[Finding]:
    """Run 100 agents and check that the news has spread."""
    start = time.perf_counter()
    try:
        from newswave.ensemble import simulate
        from newswave.fitting.fits import fit
        from newswave.fitting.models import OneRate, OnNetwork
        from newswave.setups import Setup

        curve = simulate(Setup(n_agents=100, n_seeds=2, rounds=40, replicas=20))
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
    from newswave.command.folder import check_folder

    here = os.getcwd()  # noqa: PTH109
    try:
        check_folder(here)
    except NewswaveError:
        advice = "Go to a folder of your own, or give --out a folder that you may write to"
        return [Finding("this folder", f"cannot be written to: {here}", advice)]
    return [Finding("this folder", f"can be written to: {here}")]


def _ollama(server: Server, host: str | None = None, patience: float = _PATIENCE) -> list[Finding]:
    """Look at a server, but not for long: one that hangs must not hold up the report.

    Returns one finding if it is not there, and three if it is: its version, models and memory.
    """
    from newswave.servers import Found, ServerGone, TooSlow, load_client

    load_client()
    found: list[Found | Exception] = []
    loaded: list[Loaded] = []

    def look() -> None:
        quick = replace(server, timeout=patience, connect_timeout=patience)
        try:
            found.append(quick.look())
            loaded.extend(quick.loaded())
        except Exception as error:
            found.append(error)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(patience)
    seen = found[0] if found else None
    if isinstance(seen, Found):
        return [_version(seen), _models(seen, host), _in_memory(list(loaded))]
    if isinstance(seen, ServerGone):
        return [Finding("Ollama", seen.what, _START)]
    late = seen is None or isinstance(seen, TooSlow)
    why = "no answer in time" if late else "what is there does not answer as Ollama does"
    return [Finding("Ollama", f"not reached at {server.address} ({why})", _START)]


def _version(found: Found) -> Finding:
    from newswave.preflight import tells_log_probabilities

    version = plain(found.version)
    words = f"version {version} answers at {found.address}"
    if found.synthetic:
        words += "; SYNTHETIC: a formula answers, no language model"
    if tells_log_probabilities(found.version):
        return Finding("Ollama", f"{words}; it tells log-probabilities")
    advice = (
        "Update it from ollama.com: from 0.12.11 on it tells log-probabilities, so that newswave "
        "table needs one call for a cell in place of twenty"
    )
    return Finding("Ollama", f"{words}; too old to tell log-probabilities", advice)


def _models(found: Found, host: str | None) -> Finding:
    from newswave.command.models import SMALL

    names = [plain(model.name, 60) for model in found.models if model.answers]
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        return Finding("models", ", ".join(names[:_MOST_NAMED]) + more)
    name, size, _ = SMALL[0]
    where = f" --host {found.address}" if host else ""
    advice = f"Fetch a small one ({size}): newswave models --pull {name}{where}"
    return Finding("models", "none that can be asked in words", advice)


def _in_memory(loaded: list[Loaded]) -> Finding:
    names = ", ".join(f"{plain(one.name, 60)} ({_giga(one.size)})" for one in loaded)
    return Finding("in memory", names or "no model: the first call has to load it")


def _memory() -> list[Finding]:
    from newswave.memory import free_memory

    free = free_memory()
    return [] if free is None else [Finding("free memory", f"{_giga(free)} on this machine")]


def _giga(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _model(server: Server, name: str) -> list[Finding]:
    """Look at one model and ask it once; what does not work is broken."""
    from newswave.preflight import Preflight, duration
    from newswave.reading import outcome_words, unread_advice

    try:
        ready = Preflight.of(server, name)
        said, reply = _one_call(ready)
    except NewswaveError as error:
        words = str(NewswaveError(error.what, given=error.given, allowed=error.allowed))
        return [Finding("model", words, error.advice, True)]
    found = [_labelled(line) for line in ready.lines() if not line.startswith("server")]
    took = max(reply.seconds - reply.load_seconds, 1e-3)
    loading = f" and {reply.load_seconds:.2g} s to load it" if reply.load_seconds > _LOADED else ""
    read = "read as" if said.is_read else "could not be read:"
    words = f"took {took:.2g} s{loading}; {read} {outcome_words(said.outcome)}"
    again = f"See how often that happens: newswave persona --model {name}"
    advice = "" if said.is_read else f"{unread_advice(said.outcome)}. {again}"
    found.append(Finding("one decision", words, advice, not said.is_read))
    for what, (calls, words) in _WORK.items():
        found.append(Finding(what, f"about {calls} {words}: {duration(calls * took)}"))
    return found


def _labelled(line: str) -> Finding:
    """Return a line of a preflight as a finding; its label takes nine columns."""
    return Finding(line[:9].strip(), line[9:])


def _one_call(ready: Preflight) -> tuple[Said, Reply]:
    """Ask for one decision of the usual setup, once, and return what came back."""
    from newswave.language import Asking, one_call, read
    from newswave.rules import Asked
    from newswave.setups import Setup
    from newswave.wordings import DEFAULT_WORDING, wording

    setup = Setup(sharing=Asked(ready.model.name, wording(DEFAULT_WORDING)))
    reply = one_call(ready.server, Asking(setup))
    return read(reply), reply
