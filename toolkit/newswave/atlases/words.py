"""Numbers as texts, and lists as sentences, for the report."""

from __future__ import annotations

import math
from collections.abc import Sequence

from newswave.atlases.facts import Rate


def number(value: float, digits: int = 3) -> str:
    """Return a number in so many digits that count; a dash for none.

    >>> number(0.069342), number(float("nan"))
    ('0.0693', '–')
    """
    return f"{value:#.{digits}g}".rstrip(".") if math.isfinite(value) else "–"


def rate(found: Rate) -> str:
    """Return a rate with its interval.

    >>> rate(Rate(0.05, 0.04, 0.06))
    '0.0500 (0.0400 to 0.0600)'
    """
    if not math.isfinite(found.low):
        return number(found.value)
    return f"{number(found.value)} ({number(found.low)} to {number(found.high)})"


def percent(part: float, whole: float) -> str:
    """Return a part in per cent.

    >>> percent(3, 8), percent(0, 0)
    ('38 %', '–')
    """
    return f"{100 * part / whole:.0f} %" if whole else "–"


def points(gap: float) -> str:
    """Return a gap of fractions in percentage points.

    >>> points(0.3456)
    '34.6'
    """
    return f"{100 * gap:.1f}" if math.isfinite(gap) else "–"


def count(many: int, thing: str) -> str:
    """Return a number of things.

    >>> count(1, "cell"), count(2, "cell")
    ('1 cell', '2 cells')
    """
    return f"{many} {thing}" if many == 1 else f"{many} {thing}s"


def degrees(known: Sequence[int]) -> str:
    """Return degrees in words.

    >>> degrees([4, 8]), degrees([4])
    ('degrees 4 and 8', 'degree 4')
    """
    return f"{'degree' if len(known) == 1 else 'degrees'} {listed(known)}"


def listed(names: Sequence[object]) -> str:
    """Return names as a list in a sentence.

    >>> listed([4, 8, 16])
    '4, 8 and 16'
    """
    texts = [str(name) for name in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
