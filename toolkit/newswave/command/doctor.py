"""`newswave doctor`: what is installed, what works, what to do next."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from newswave.command.console import say, width
from newswave.errors import NewswaveError
from newswave.version import __version__

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
_PATIENCE = 2.0


class Finding(NamedTuple):
    """One line of the report: what was looked at, what was found, what to do; does it matter."""

    name: str
    found: str
    advice: str = ""
    broken: bool = False


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command (none)."""
    parser.set_defaults(action=doctor)


def doctor(arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """Look at everything and report; return 0 if the core works, else 1."""
    from newswave.describing import wrapped

    looks: list[Callable[[], list[Finding]]] = [_python, _packages, _self_test, _folder, _ollama]
    broken = False
    for look in looks:
        for finding in look():
            say(wrapped(finding.found, width(), f"{finding.name:<14}"))
            if finding.advice:
                say(wrapped(finding.advice, width(), " " * 14 + "-> "))
            broken = broken or finding.broken
    verdict = "Something the core needs is missing: see the arrows above."
    say("", verdict if broken else "The core works. Next: newswave run --out first-run")
    return int(broken)


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


def _ollama() -> list[Finding]:
    """Ask the Ollama server on this machine, or the one of OLLAMA_HOST, for its version."""
    address = _address(os.environ.get("OLLAMA_HOST", ""))
    answer: list[str] = []
    asking = threading.Thread(target=lambda: answer.append(_asked(address)), daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    words = answer[0] if answer else "no answer in time"
    if words.startswith("version"):
        return [Finding("Ollama", f"{words} answers at {address}")]
    advice = (
        "Only needed to ask a language model: install it from ollama.com, start it with "
        "'ollama serve', or set OLLAMA_HOST. Everything else works without it."
    )
    return [Finding("Ollama", f"not reached at {address} ({words})", advice)]


def _address(host: str) -> str:
    """Return the address of a server from what OLLAMA_HOST holds.

    >>> _address(""), _address("0.0.0.0:8080"), _address("https://box.example")
    ('http://127.0.0.1:11434', 'http://127.0.0.1:8080', 'https://box.example')
    """
    text = host.strip().rstrip("/")
    scheme, _, rest = text.rpartition("://")
    name, _, port = rest.partition(":")
    if scheme and not port:
        return text
    name = "127.0.0.1" if name in ("", "0.0.0.0") else name
    return f"{scheme or 'http'}://{name}:{port or 11434}"


def _asked(address: str) -> str:
    """Return "version X", or in a few words why there was no answer."""
    import json
    import urllib.request

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{address}/api/version", timeout=_PATIENCE / 2) as reply:
            found = json.loads(reply.read(1000))["version"]
    except Exception as error:
        return type(error).__name__
    return f"version {str(found)[:20]}"
