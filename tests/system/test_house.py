"""The house rules that a machine can check: layers, names, style, types, sizes, and the map."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest

import newswave as nw

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "toolkit" / "newswave"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_layers_hold() -> None:
    code = "import sys; from importlinter.cli import lint_imports_command as c; c()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_style_holds() -> None:
    for command in (("ruff", "check", "."), ("ruff", "format", "--check", ".")):
        done = run(*command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_hold() -> None:
    done = run("mypy")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", nw.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(nw, name) is not None
    assert name in dir(nw)


def test_no_public_name_is_hidden_by_a_module_of_the_same_name() -> None:
    inits = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    entries = {p.stem for p in PACKAGE.glob("*.py")} | inits
    assert entries & set(nw.__all__) == {"learn"}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        nw.colour  # noqa: B018


def test_importing_the_core_loads_nothing_heavy() -> None:
    """The face alone, and a setup with its ensemble, without Mesa, SciPy, pandas or matplotlib."""
    code = (
        "import sys, newswave as nw; "
        "nw.simulate(nw.Setup(n_agents=50, n_seeds=2, rounds=3, replicas=5)); "
        "heavy = {'mesa', 'scipy', 'pandas', 'matplotlib', 'networkx', 'solara', 'ollama'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_inside_imports_from_the_face() -> None:
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "newswave":
                names = {alias.name for alias in node.names}
                entries = {p.stem for p in PACKAGE.iterdir()} | {"__version__"}
                assert names <= entries, f"{source.name}: {names - entries}"


def modules() -> set[str]:
    """Every module of the package; the lessons of the bank are one entry."""
    files = {str(p.relative_to(PACKAGE).with_suffix("")) for p in SOURCES if p.parent != PACKAGE}
    return {name for name in files if not name.endswith("__init__") and "/bank/" not in name}


def test_the_map_names_every_module_and_no_other() -> None:
    text = (ROOT / "toolkit/README.md").read_text("utf-8")
    named = set()
    for part in re.split(r"^### ", text, flags=re.M)[1:]:
        package = re.match(r"`(\w+)/`", part)
        assert package is not None
        named |= {f"{package[1]}/{name}" for name in re.findall(r"^\| `([a-z_/]+)`", part, re.M)}
    assert named == modules() | {"learn/bank/"}


def test_the_root_has_few_entries() -> None:
    entries = {p.name for p in PACKAGE.iterdir() if p.name != "__pycache__"}
    assert len(entries) <= 12, entries


def code_lines(source: Path) -> int:
    """Lines that hold code: no docstring, no comment, nothing blank."""
    text = source.read_text("utf-8")
    said = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            said |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    skip = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({t.start[0] for t in tokens if t.type not in skip} - said)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(source: Path) -> None:
    """At most 700 lines of code a file, 45 lines a function (25 is the aim)."""
    assert code_lines(source) <= 700
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = sum((n.end_lineno or n.lineno) - n.lineno + 1 for n in body)
            assert lines <= 45, f"{node.name} has {lines} lines"


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == nw.__version__
    assert f"version: {nw.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## [{nw.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_no_hidden_randomness_and_no_toolkit_import() -> None:
    for source in SOURCES:
        text = source.read_text("utf-8")
        assert not re.search(r"np\.random\.(seed|rand|randint|choice|random|shuffle)\(", text)
        assert not re.search(r"^\s*(import|from) (random|toolkit)\b", text, re.M), source.name
