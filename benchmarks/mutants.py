"""Plant faults in four modules and see whether their tests notice them.

A mutant is a module in which one operator, comparison or constant is another. Each runs in a
process of its own, forked from one that has the heavy packages in memory; no file is changed. A
mutant that its tests let pass is a survivor: a test is missing, or the change makes no difference.

Needs a system that can fork. Ten mutants of each module take some ten minutes of one core, most of
them for the fits.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
TESTS = {
    "newswave.core.law": ("core/test_law.py", "core/test_simulation.py"),
    "newswave.equations.on_network": ("equations/test_on_network.py",),
    "newswave.equations.fit": ("equations/test_fit.py", "equations/test_replicates.py"),
    "newswave.llm.replies": ("llm/test_reading.py", "llm/test_cases.py"),
}
"""The modules, each with the tests that should notice a fault in it."""

SWAPPED: dict[type[ast.AST], type[Any]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A module with one fault."""

    module: str
    line: int
    fault: str
    tree: ast.Module


def mutants(module: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    whole = unchanged(module).tree
    for at, _ in enumerate(_places(whole)):
        tree = copy.deepcopy(whole)
        node = _places(tree)[at]
        for fault in _plant(node):
            yield Mutant(module, node.lineno, fault, tree)


def unchanged(module: str) -> Mutant:
    """Return a module as it is."""
    path = ROOT / "toolkit" / f"{module.replace('.', '/')}.py"
    return Mutant(module, 0, "none", ast.parse(path.read_text("utf-8")))


def _places(tree: ast.Module) -> list[Any]:
    """Return the nodes that can be changed, annotations and docstrings left out."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                setattr(node, name, ast.Name("object", ast.Load()))
    kinds = (ast.Compare, ast.BinOp, ast.BoolOp, ast.Constant)
    return [node for node in ast.walk(tree) if isinstance(node, kinds) and hasattr(node, "lineno")]


def _plant(node: Any) -> Iterator[str]:
    """Change a node in place and yield what was done; nothing where nothing fits."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            node.value = not node.value
            yield f"{not node.value} -> {node.value}"
        elif isinstance(node.value, int | float):
            node.value += 1
            yield f"{node.value - 1} -> {node.value}"
        return
    old = node.ops[0] if isinstance(node, ast.Compare) else node.op
    new = SWAPPED.get(type(old))
    if new is None:
        return
    if isinstance(node, ast.Compare):
        node.ops[0] = new()
    else:
        node.op = new()
    yield f"{type(old).__name__} -> {new.__name__}"


class Planted(MetaPathFinder, SourceLoader):
    """Imports one module from a tree."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname == self.mutant.module else None

    def exec_module(self, module: ModuleType) -> None:
        tree = ast.fix_missing_locations(self.mutant.tree)
        exec(compile(tree, self.mutant.module, "exec"), module.__dict__)

    def get_filename(self, fullname: str) -> str:
        return fullname

    def get_data(self, path: str) -> bytes:
        raise OSError(path)


def survives(mutant: Mutant, patience: int) -> bool:
    """Return whether the tests of a mutant's module pass, in a process of its own."""
    child = os.fork()
    if child == 0:
        os._exit(_tested(mutant, patience))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _tested(mutant: Mutant, patience: int) -> int:
    import pytest

    signal.alarm(patience)
    sys.meta_path.insert(0, Planted(mutant))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    options = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "-W", "ignore"]
    files = [str(ROOT / "tests" / name) for name in TESTS[mutant.module]]
    return int(pytest.main([*options, *files]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print which of some mutants survive."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--each", type=int, default=10, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=int, default=300, help="seconds for the tests of one")
    parser.add_argument("modules", nargs="*", help="all four if not given")
    chosen = parser.parse_args(arguments)
    import hypothesis  # noqa: F401
    import scipy.integrate
    import scipy.stats  # noqa: F401

    for module in chosen.modules or TESTS:
        every, lived = list(mutants(module)), 0
        if not survives(unchanged(module), chosen.patience):
            raise SystemExit(f"The tests of {module} fail without any fault")
        some = np.random.default_rng(chosen.seed).permutation(len(every))[: chosen.each]
        for at in sorted(some.tolist()):
            if survives(every[at], chosen.patience):
                lived += 1
                print(f"  survived: {module}, line {every[at].line}: {every[at].fault}", flush=True)
        print(f"{module}: {lived} of {len(some)} survived ({len(every)} in all)", flush=True)


if __name__ == "__main__":
    main()
