"""Begin a lesson at any of its parts: what earlier cells made is made again, in silence.

The cells are those of the lessons that come with newswave, not those of the open notebook. Only
the ones that a part needs are run, and none of them if everything is there already.
"""

from __future__ import annotations

import io
import json
import re
import symtable
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from newswave.core.errors import BadValue
from newswave.learn.bank import NUMBERS, item, lesson
from newswave.learn.files import lesson_files

_PART = re.compile(r"^## (.+?)(?: \([^()]*\d+ min\))?\s*$", re.MULTILINE)
_ASKED = re.compile(r'\b(?:check|predict)\("([1-9]\.P?[1-9][0-9]?)"')
_SKIPPED = {"exercise", "predict", "catch-up", "optional", "progress"}


@dataclass(frozen=True)
class _Cell:
    part: str
    code: str
    is_run: bool


def catch_up(part: str, names: dict[str, Any]) -> None:
    """Make what a part of a lesson needs from its earlier parts, and say what was done.

    Parameters
    ----------
    part : str
        The number of the lesson and the heading of the part, such as "3: Count the contacts".
    names : dict
        Where names are put: `globals()` in a notebook.

    Raises
    ------
    BadValue
        If the lesson has no such part.

    Examples
    --------
    >>> here = {}
    >>> catch_up("4: Measure the spread", here)
    Ready for "Measure the spread": 2 earlier cells made what was missing.
    >>> here["city"]().n_agents
    1000
    >>> catch_up("4: Measure the spread", here)
    Ready for "Measure the spread": nothing was missing.
    """
    number, _, title = part.partition(": ")
    cells = _cells(int(number)) if number.isdecimal() and int(number) in NUMBERS else []
    titles = list(dict.fromkeys(cell.part for cell in cells if cell.part))
    if title not in titles:
        allowed = "; ".join(f"{number}: {one}" for one in titles) or f"lessons 1 to {NUMBERS[-1]}"
        raise BadValue("There is no such part", given=part, allowed=allowed)
    missing = _missing(cells, title, set(names))
    for code in missing:
        with redirect_stdout(io.StringIO()):
            exec(compile(code, f"lesson {number}", "exec"), names)
    run = f"{len(missing)} earlier cell{'s' * (len(missing) != 1)} made what was missing"
    print(f'Ready for "{title}": {run if missing else "nothing was missing"}.')


def _missing(cells: list[_Cell], title: str, there: set[str]) -> list[str]:
    """Return the earlier cells that make what a part uses and what is not there, in order."""
    first = next(at for at, cell in enumerate(cells) if cell.part == title)
    wanted: set[str] = set()
    for cell in cells:
        if cell.part == title:
            wanted |= names_of(cell.code)[1]
    needed = []
    for cell in reversed(cells[:first]):
        made, used = names_of(cell.code)
        if cell.is_run and made & wanted - there:
            needed.append(cell.code)
            wanted |= used
    return needed[::-1]


def names_of(code: str) -> tuple[set[str], set[str]]:
    r"""Return the names that a cell binds for other cells, and those that it uses.

    >>> made, used = names_of("def f(x):\n    return x + y\n\nz = [f(w) for w in v]")
    >>> sorted(made), sorted(used)
    (['f', 'z'], ['f', 'v', 'y'])
    """
    top = symtable.symtable(code, "cell", "exec")
    made = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    used = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    for table in _below(top):
        used |= {s.get_name() for s in table.get_symbols() if s.is_global()}
    return made, used


def _below(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _below(child)


def _cells(number: int) -> list[_Cell]:
    """Return the code cells of a lesson with their parts; an exercise with its solution."""
    text = lesson_files()[f"{lesson(number).file}.ipynb"].read_text("utf-8")
    part, cells = "", []
    for cell in json.loads(text)["cells"]:
        source, tags = "".join(cell["source"]), set(cell["metadata"].get("tags", ()))
        if cell["cell_type"] == "markdown":
            part = ([part, *_PART.findall(source)])[-1]
            continue
        asked = _ASKED.search(source) if tags & {"exercise", "predict"} else None
        code = f"{item(asked[1]).solution.code}\n{source}" if asked else source
        cells.append(_Cell(part, code, not tags & _SKIPPED))
    return cells
