"""`newswave models`: the language models on a server, and how to fetch one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.options import SERVER, add_options

if TYPE_CHECKING:
    from newswave.servers import Found, Model, Server

SMALL = (
    ("qwen2.5:0.5b", "397 MB", "the quickest, to try things out"),
    ("gemma3:1b", "815 MB", "for lessons"),
    ("llama3.2:1b", "1.3 GB", "for lessons"),
)
"""Models that suit a class: name, size, and what for."""

_NAME = 26
_MEGA = 1e6


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--pull",
        metavar="NAME",
        help="fetch this model from Ollama's library; a fetch that was stopped goes on",
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress bar")
    add_options(parser, "the server", SERVER[:2])
    parser.set_defaults(action=models)


def models(arguments: argparse.Namespace) -> int:
    """List the models of a server, or fetch one; return the exit status."""
    from newswave.command.asked import server_of

    server = server_of(arguments)
    if arguments.pull is not None:
        return _pull(server, arguments)
    found = server.look()
    _say_server(found)
    loaded = _in_memory(server)
    for model in found.models:
        say(*model_lines(model, model.name in loaded, width()))
    say(*(_next(found, arguments.host) if found.models else none_lines()))
    return 0


def model_lines(model: Model, loaded: bool, columns: int) -> list[str]:
    r"""Return what there is to say of one model, wrapped, its name first.

    >>> from newswave.servers import Model
    >>> tiny = Model("tiny:1b", "a1" * 32, 815_000_000, "gemma3", "1B", "Q4_K_M", ("embedding",))
    >>> print(*model_lines(tiny, True, 80), sep="\n")
    tiny:1b                   815 MB, 1B, Q4_K_M, digest a1a1a1a1a1a1, in memory;
                              can embedding: it cannot be asked in words
    """
    from newswave.describing import wrapped
    from newswave.errors import plain

    kind = [text for text in (model.parameter_size, model.quantization) if text]
    about = ", ".join([size_words(model.size), *kind, f"digest {model.digest[:12]}"])
    about += ", in memory" if loaded else ""
    if model.capabilities:
        about += f"; can {', '.join(model.capabilities)}"
    about += "" if model.answers else ": it cannot be asked in words"
    name = plain(model.name, columns)
    head = [] if len(name) < _NAME else [name]
    label = " " * _NAME if head else f"{name:<{_NAME}}"
    return [*head, *wrapped(plain(about, 600), columns, label).splitlines()]


def size_words(size: int) -> str:
    """Return a number of bytes in words.

    >>> size_words(815_319_791), size_words(1_321_098_329)
    ('815 MB', '1.3 GB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / _MEGA:.0f} MB"


def none_lines() -> list[str]:
    """Return what to do where there is no model."""
    lines = ["There is no model on it. These are small enough for most machines:"]
    for name, size, use in SMALL:
        lines.append(f"  newswave models --pull {name:<14} {size:<7} {use}")
    return [*lines, "'ollama pull NAME' does the same; more are at ollama.com/library."]


def _say_server(found: Found) -> None:
    from newswave.errors import plain

    say(f"server   Ollama {plain(found.version)} at {found.address}")
    if found.synthetic:
        say("         SYNTHETIC: a formula answers, no language model")
    say("")


def _in_memory(server: Server) -> set[str]:
    """Return the names of the models in memory; none if the server does not tell."""
    from newswave.errors import NewswaveError

    try:
        return {one.name for one in server.loaded()}
    except NewswaveError:
        return set()


def _next(found: Found, host: str | None) -> list[str]:
    from newswave.errors import plain

    able = [model for model in found.models if model.answers]
    if not able:
        return ["", "None of them can be asked in words.", *none_lines()[1:]]
    small = min(able, key=lambda model: model.size)
    where = f" --host {found.address}" if host else ""
    return ["", "Next:", f"  newswave doctor --model {plain(small.name)}{where}"]


def _pull(server: Server, arguments: argparse.Namespace) -> int:
    """Fetch a model; return the exit status."""
    name = arguments.pull
    _say_server(server.look())
    with Progress(arguments.quiet) as progress:

        def told(status: str, done: int, total: int) -> None:
            part = status.removeprefix("pulling ")[:14]
            progress(f"{part}, MB", round(done / _MEGA), round(total / _MEGA))

        try:
            server.pull(name, told)
        except KeyboardInterrupt:
            progress.close()
            say("Stopped. The server keeps what was fetched; the same command goes on.")
            raise
    found = server.look()
    say("Fetched:", *model_lines(found.find(name), False, width()), *_next(found, arguments.host))
    return 0
