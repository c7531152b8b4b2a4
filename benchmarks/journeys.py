"""How far the main journeys go through the package: how many of its files each of them enters.

    python benchmarks/journeys.py

A file is entered when one of its functions is called; what a module does while it is imported does
not count. Beside the journeys stand the longest chain of imports, the files, their lines, and the
entries at the root.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import newswave as nw

PACKAGE = Path(nw.__file__).parent
MOCK = "llm/fake_ollama/"  # stands in for a server: what it enters is no part of a journey


@dataclass(frozen=True)
class Row:
    """One number, and what it is to be at most."""

    what: str
    value: int
    aim: int


class Entered:
    """The files of the package that are entered, in all threads that begin meanwhile.

    `begins` and `ends` say at which calls and returns counting begins and ends; without them all
    is counted.
    """

    def __init__(self, begins: Callable[[str, str], bool] | None = None) -> None:
        self.files: set[str] = set()
        self._begins = begins
        self._is_inside = self._is_counting = begins is None
        self._imports = 0  # under way

    def __enter__(self) -> Entered:
        threading.setprofile(self._seen)
        sys.setprofile(self._seen)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _seen(self, frame: FrameType, event: str, _: Any) -> None:
        if event not in ("call", "return"):
            return
        file, name = frame.f_code.co_filename, frame.f_code.co_name
        if name == "<module>":
            self._imports += 1 if event == "call" else -1
        if self._begins is not None:
            self._move(file, name, event)
        if self._is_counting and event == "call" and not self._imports:
            short = file.removeprefix(f"{PACKAGE}/")
            if short != file and short not in self.files and not _is_of_mock(frame):
                self.files.add(short)

    def _move(self, file: str, name: str, event: str) -> None:
        """Begin inside the decider, once a reply has come; end when the decider returns."""
        assert self._begins is not None
        if name == "decide" and file.startswith(str(PACKAGE)):
            self._is_inside = event == "call"
            self._is_counting = self._is_counting and self._is_inside
        elif self._is_inside and self._begins(file, name):
            self._is_counting = True


def _is_of_mock(frame: FrameType | None) -> bool:
    """Whether a call is one of the mock server, or comes of one."""
    while frame is not None and f"/{MOCK}" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None


def run(*more: str) -> set[str]:
    """Return the files that `newswave run` enters."""
    from newswave.cli import main

    entered, silent = Entered(), io.StringIO()
    setup = ("--agents", "100", "--degree", "4", "--rounds", "15", "--replicas", "10")
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(silent),
        contextlib.redirect_stderr(silent),
        entered,
    ):
        main(["run", *setup, "--out", f"{folder}/out", *more])
    return entered.files


def answer() -> set[str]:
    """Return the files between a server's answer and the agents' decision."""
    from newswave.llm.fake_ollama.server import StandIn

    model = nw.Asked("synthetic", nw.wording("adjectives"))
    few = nw.Setup(12, nw.RandomRegular(3), n_seeds=3, rounds=1, replicas=1, sharing=model)
    entered = Entered(lambda file, name: name == "raise_for_status" and "httpx" in file)
    with StandIn() as server, tempfile.TemporaryDirectory() as folder, entered:
        nw.run_agents(few, f"{folder}/run.jsonl", nw.Server(server.address))
    return entered.files


def slider() -> set[str]:
    """Return the files between the move of a slider and the new picture on the page."""
    from newswave.app.address import Place
    from newswave.app.session import Session, Tab
    from newswave.app.widgets import PageView

    with tempfile.TemporaryDirectory() as folder:
        session = Session(Place(Path(folder)))
        board = PageView(session.page_of(Tab.EXPLORE))
        message = {"event": "act", "number": 1, "key": "degree", "value": 4}
        before = board.canvases[0].links
        with Entered() as entered:
            board.controls._handle_custom_msg(message, [])
        assert board.canvases[0].links != before, "the picture is still the old one"
        board.close()
    return entered.files


def imports() -> dict[str, set[str]]:
    """Return which modules each module imports when it is loaded."""
    names = {_name(path): path for path in PACKAGE.rglob("*.py")}
    return {
        name: {other for other in _imported(path) if other in names and other != name}
        for name, path in names.items()
    }


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path) -> Iterator[str]:
    for node in _at_load(ast.parse(path.read_text("utf-8")).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (node.module, *parts)


def _at_load(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when a module is loaded."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from _at_load(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _at_load(n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt))


def longest_chain() -> list[str]:
    """Return the longest chain of modules each of which imports the next one."""
    graph = imports()

    @functools.cache
    def below(name: str) -> tuple[str, ...]:
        return (name, *max((below(other) for other in graph[name]), key=len, default=()))

    return list(max(map(below, sorted(graph)), key=len))


def counted() -> Iterator[Row]:
    """Yield every number of the table."""
    sources = sorted(PACKAGE.rglob("*.py"))
    entries = [path for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    yield Row("newswave run --no-fits enters", len(run("--no-fits")), 22)
    yield Row("newswave run, with fits, enters", len(run("--bootstrap", "99")), 31)
    yield Row("a server's answer to an agent's decision enters", len(answer()), 10)
    yield Row("a slider's move to the picture enters", len(slider()), 24)
    yield Row("the longest chain of imports", len(longest_chain()), 12)
    yield Row(
        "lines of Python", sum(len(p.read_text("utf-8").splitlines()) for p in sources), 27000
    )
    yield Row("files of Python", len(sources), 110)
    yield Row("entries at the root", len(entries), 12)


def main(argv: list[str]) -> None:
    """Print the table; with --files also the files of each journey, and the longest chain."""
    for row in counted():
        print(f"{row.what:<50}{row.value:>8}   aim {row.aim}")
    if "--files" in argv:
        journeys = {"run": run("--no-fits"), "answer": answer(), "slider": slider()}
        for name, files in journeys.items():
            print(f"\n{name}:", *sorted(files), sep="\n  ")
        print("\nlongest chain:", *longest_chain(), sep="\n  ")


if __name__ == "__main__":
    main(sys.argv[1:])
