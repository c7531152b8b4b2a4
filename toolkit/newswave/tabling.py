"""Measured tables as text: every chance with what it rests on, trait effects, what is doubtful."""

from __future__ import annotations

from newswave.describing import SYNTHETIC, measured_words, wrapped
from newswave.provenance import Cell
from newswave.rules import Measured
from newswave.sharing import SharingTable
from newswave.tablefacts import by_readiness, cells_of, doubts, is_thin, trait_effects

_NAME = 13
_COLUMN = 20


def table_words(measured: Measured, width: int = 80) -> str:
    """Return a measured table as text.

    A line for each row, the readiest to share first: P(share) at each exposure, and behind it its
    95 % interval where it was counted over answers, or, where it was read and yes and no cover
    little of what the model could have said, how much. Then what each trait does, and what is
    doubtful.

    Parameters
    ----------
    measured : Measured
        The table.
    width : int
        Columns; where not all exposures fit, the first ones and the last are shown.

    Examples
    --------
    >>> cell = Cell.counted("keen", 1, asked=20, shared=5)
    >>> print(table_words(Measured(SharingTable(("keen",), [[0, cell.probability]]), (cell,))))
    a sharing table of 1 row, given by hand; 1 cell counted over 20 answers
    <BLANKLINE>
    P(share)     m = 1 or more
    keen         0.262 (0.10 to 0.46)
    <BLANKLINE>
    In brackets: 95 % interval of what was counted.
    """
    exposures = _shown(measured.given, width)
    parts = [[SYNTHETIC] if measured.origin is not None and measured.origin.synthetic else []]
    parts.append([wrapped(measured_words(measured), width)])
    parts.append(_rows(measured, exposures))
    if _key(measured):
        parts.append([wrapped(_key(measured), width)])
    parts.append(_effects(measured, exposures, width))
    parts.append([wrapped(words, width, "! ") for words in doubts(measured)])
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _shown(table: SharingTable, width: int) -> list[int]:
    """Return the exposures that fit: all of them, or the first ones and the last."""
    fit = max(2, (width - _NAME + 1) // (_COLUMN + 1))
    last = table.max_exposure
    return [*range(1, min(fit, last)), last]


def _rows(measured: Measured, exposures: list[int]) -> list[str]:
    last, cells = measured.given.max_exposure, cells_of(measured)
    lines = [_line("P(share)", [f"m = {m}{' or more' * (m == last)}" for m in exposures])]
    for row in by_readiness(measured):
        chances = measured.given.probabilities[row]
        words = [_cell_words(float(chances[m]), cells.get((row, m))) for m in exposures]
        lines.append(_line(measured.given.rows[row], words))
    return lines


def _line(name: str, cells: list[str]) -> str:
    padded = " ".join(f"{cell:<{_COLUMN}}" for cell in cells)
    return f"{name[: _NAME - 1]:<{_NAME}}{padded}".rstrip()


def _cell_words(chance: float, cell: Cell | None) -> str:
    """Return a chance with what it rests on: 0.262 (0.10 to 0.46), or 0.262 [68 %]."""
    if cell is not None and cell.is_counted:
        lost = "?" if cell.abstained else ""
        return f"{chance:.3f} ({cell.low:.2f} to {cell.high:.2f}){lost}"
    if cell is not None and cell.covered is not None and is_thin(cell):
        return f"{chance:.3f} [{100 * cell.covered:.0f} %]"
    return f"{chance:.3f}"


def _key(measured: Measured) -> str:
    """Return what the signs behind the chances mean, for those that are there."""
    cells, words = measured.cells, []
    if any(cell.is_counted for cell in cells):
        words.append("In brackets: 95 % interval of what was counted.")
    if any(is_thin(cell) for cell in cells):
        words.append("[ ]: yes and no cover only so much of what the model could say.")
    if any(cell.is_counted and cell.abstained for cell in cells):
        words.append("?: answers that could not be read are left out.")
    return " ".join(words)


def _effects(measured: Measured, exposures: list[int], width: int) -> list[str]:
    """Return a line for each trait: what being high in it does to the log-odds of sharing."""
    found, counted = trait_effects(measured), measured.is_sampled
    if not found:
        return []
    names = ", ".join(f"{one.trait.letter} {one.trait.value}" for one in found)
    head = f"High minus low, mean difference in the log-odds of sharing ({names}):"
    lines = [wrapped(head, width)]
    for one in found:
        words = []
        for m in exposures:
            text = f"{one.effect[m - 1]:+.2f}"
            if counted:
                text += f" ({one.low[m - 1]:+.2f}, {one.high[m - 1]:+.2f})"
            words.append(text)
        lines.append(_line(f"high {one.trait.letter}", words))
    return lines
