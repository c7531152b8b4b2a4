"""`newswave synthetic-server`: a stand-in for a model server, for classes without a model."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import TYPE_CHECKING, Any

from newswave.command.console import say, width
from newswave.command.options import number

if TYPE_CHECKING:
    from newswave.standin import Fault

PORT = 11435
_PAUSE = 0.2


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    group = parser.add_argument_group("the server")
    group.add_argument(
        "--port",
        metavar="P",
        type=number,
        default=PORT,
        help=f"where it listens (default {PORT}; 0 takes a free port)",
    )
    group.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="the address it listens at (default 127.0.0.1, this machine alone)",
    )
    group.add_argument(
        "--delay",
        metavar="SECONDS",
        type=number,
        default=0.0,
        help="how long each answer takes, to feel like a model (default 0)",
    )
    group.add_argument(
        "--parallel",
        metavar="N",
        type=number,
        default=8,
        help="how many answers it works on at once (default 8)",
    )
    group.add_argument(
        "--fault",
        metavar="NAME",
        help="what is wrong with every answer, to see what becomes of it: such as refusal-prose",
    )
    parser.set_defaults(action=synthetic)


def synthetic(arguments: argparse.Namespace) -> int:
    """Run the stand-in server until it is stopped; return 0."""
    from newswave.standin import StandIn

    fault = _fault(arguments.fault)
    stopped = threading.Event()
    before = _on_signals(lambda *_: stopped.set())
    try:
        with StandIn(
            delay=arguments.delay,
            parallel=arguments.parallel,
            port=arguments.port,
            host=arguments.host,
        ) as server:
            server.fault_always(fault)
            _welcome(server.address)
            while not stopped.wait(_PAUSE):
                pass
        calls = "1 call" if server.calls == 1 else f"{server.calls} calls"
        say("", f"Stopped. {calls} answered, all of them synthetic.")
    finally:
        for sent, handler in before.items():
            signal.signal(sent, handler)
    return 0


def _fault(name: str | None) -> Fault | None:
    """Return the fault of that name, or raise `BadValue` with the names."""
    from newswave.errors import one_of
    from newswave.standin import Fault

    return None if name is None else Fault(one_of("fault", name, [fault.value for fault in Fault]))


def _welcome(address: str) -> None:
    from newswave.describing import wrapped

    about = (
        "Every answer is synthetic: computed from a formula, by no language model. It is for "
        "trying things out and for lessons; it is no finding about people or about models."
    )
    say(
        f"Synthetic server at {address} (Ctrl-C stops it)",
        "",
        wrapped(about, width()),
        "",
        "In another window:",
        f"  newswave table --model synthetic --host {address} --event short-power-cut --out first",
        f"or, for everything that asks an Ollama server, set OLLAMA_HOST={address}",
    )


def _on_signals(handler: Any) -> dict[signal.Signals, Any]:
    """Let Ctrl-C and a polite kill call `handler`; return what they called before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {sent: signal.signal(sent, handler) for sent in (signal.SIGINT, signal.SIGTERM)}
