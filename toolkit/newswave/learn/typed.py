"""What learners type in a notebook, read as they mean it: letters and numbers of questions bare.

`predict("1.P1", b)`, `ex1_6 = b` and `check(2.4, ex2_4)` would stop with an error, or worse take a
`b` that some earlier cell has made. In IPython the quotation marks are put in before a cell runs.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from newswave.errors import NewswaveError
from newswave.learn.bank import item
from newswave.learn.kinds import Choice

_QUOTES = str.maketrans("“”„‟«»‘’‚", '"' * 6 + "'" * 3)
_CALL = re.compile(r"\b(check|predict|observe|hint|solution)\(\s*['\"]?([1-9]\.P?\d+)\b['\"]?")
_GIVEN = re.compile(
    r'\b((?:check|predict)\("([1-9]\.P?\d+)",\s*(?:answer\s*=\s*)?)\(?(\w)\)?\s*(?=[,)])'
)
_NAMED = re.compile(r"^(\s*ex([1-9])_(\d+)\s*=\s*)\(?(\w)\)?[ \t]*(?=#|$)", re.MULTILINE)
_OURS = re.compile(r"\b(?:check|predict|observe|hint|solution)\(|^\s*ex[1-9]_\d+\s*=", re.MULTILINE)


def meant(cell: str) -> str:
    """Return a cell with the quotation marks that its answers and questions lack.

    >>> meant("predict(1.P1, b, confidence=3)")
    'predict("1.P1", "b", confidence=3)'
    >>> meant("ex1_6 = (B)  # my answer"), meant("ex1_5 = b")
    ('ex1_6 = "B"  # my answer', 'ex1_5 = b')
    """
    lines = [
        _CALL.sub(r'\1("\2"', line.translate(_QUOTES)) if _OURS.search(line) else line
        for line in cell.split("\n")
    ]
    whole = _GIVEN.sub(lambda at: _quoted(at[0], at[1], at[2], at[3]), "\n".join(lines))
    return _NAMED.sub(lambda at: _quoted(at[0], at[1], f"{at[2]}.{at[3]}", at[4]), whole)


def _quoted(as_it_was: str, before: str, question: str, letter: str) -> str:
    try:
        kind = item(question).kind
    except NewswaveError:
        return as_it_was
    known = isinstance(kind, Choice) and letter.casefold() in dict(kind.options)
    after = as_it_was[len(as_it_was.rstrip()) :] if known else ""
    return f'{before}"{letter}"{after}' if known else as_it_was


def listen() -> None:
    """Have IPython, if this is one, read cells as they are meant."""
    shell = _shell()
    if shell is not None and _meant_lines not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_meant_lines)


def _shell() -> Any:
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def _meant_lines(lines: list[str]) -> list[str]:
    return meant("".join(lines)).splitlines(keepends=True)
