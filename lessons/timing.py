"""Estimates how many minutes a lesson takes, from its source and the bank.

The estimate, for a student who works alone and meets everything for the first time:

- prose is read at `WORDS_A_MINUTE`, slow enough for formulas and for a second language;
- worked code is read at `LINES_A_MINUTE`; comments and blank lines are not counted;
- a figure is looked at for one minute, a panel is played with for three;
- a question takes the minutes of its item (`newswave.learn.items.Item.minutes`): reading it,
  thinking (a choice 1 minute, a number 3, a function 5), one wrong try with its reply;
- opening the notebook and running its first cell takes two minutes, in the first section;
- work away from the notebook counts as its heading says: `## Review (30 min of work)`.

Nobody was timed. Notes for teachers, and what is headed "optional", are not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from newswave.learn.bank import item
from newswave.learn.items import WORDS_A_MINUTE, words_in

LINES_A_MINUTE = 10
FIGURE = 1.0
PANEL = 3.0
OPENING = 2.0

HEADING = re.compile(r"^## (.+?)(?: \((\d+) min of work\))?\s*$", re.MULTILINE)
ASKED = re.compile(r'\b(check|predict)\("([1-9]\.P?[1-9][0-9]?)"')
_OPTIONAL = re.compile(r"^### .*\boptional\b.*\Z", re.MULTILINE | re.DOTALL)
_FIGURE = re.compile(r"^show\(", re.MULTILINE)

Cell = Any


def section_minutes(cells: Iterable[Cell]) -> list[int]:
    """Return the minutes of every section, a whole number of one or more each."""
    found: list[float] = []
    counts = True
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if "teacher" in tags:
            continue
        if cell.cell_type != "markdown":
            if found and counts:
                found[-1] += _code(cell.source, tags)
            continue
        before, *parts = re.split(r"^(?=## )", cell.source, flags=re.MULTILINE)
        if found and counts:
            found[-1] += _prose(before)
        for part in parts:
            counts = True
            found.append(_work(part) + _prose(part) + (0.0 if found else OPENING))
        counts = counts and not _OPTIONAL.search(cell.source)
    return [max(1, round(one)) for one in found]


def with_minutes(cells: list[Cell]) -> list[Cell]:
    """Return the cells of a source with the minutes of each section in its heading."""
    left = iter(section_minutes(cells))
    for cell in cells:
        if cell.cell_type == "markdown" and "teacher" not in cell.metadata.get("tags", []):
            cell.source = HEADING.sub(lambda at: f"## {at[1]} ({next(left)} min)", cell.source)
    return cells


def _prose(text: str) -> float:
    return words_in(_OPTIONAL.sub("", text)) / WORDS_A_MINUTE


def _work(part: str) -> float:
    at = HEADING.match(part)
    return float(at[2] or 0) if at else 0.0


def _code(text: str, tags: list[str]) -> float:
    """Return the minutes for a cell of code."""
    if {"exercise", "predict"} & set(tags):
        return sum(item(named).minutes for named in {named for _, named in ASKED.findall(text)})
    if "widget" in tags:
        return PANEL
    lines = [line.strip() for line in text.splitlines()]
    read = sum(bool(line) and not line.startswith("#") for line in lines)
    return read / LINES_A_MINUTE + FIGURE * len(_FIGURE.findall(text))
