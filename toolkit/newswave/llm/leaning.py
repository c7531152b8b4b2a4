"""How far a model leans towards the label that a question names first, from its own answers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable

import numpy as np

from newswave.core.provenance import Leaning
from newswave.core.rules import Asked
from newswave.core.statistics import Z
from newswave.core.wording import LabelOrder, Question, Wording
from newswave.llm.recording import CellTurn, Recording

Answered = tuple[Hashable, LabelOrder, bool]
"""What was asked about, which label was named first, and whether the answer was yes."""


def counted_leaning(answers: Iterable[Answered]) -> Leaning | None:
    """Return the leaning in answers that were asked for in both orders; None if one is missing.

    The Mantel-Haenszel odds ratio over all that was asked about, with the variance of Robins,
    Breslow and Greenland (Biometrics 42, 1986, 311): it holds where each thing was asked about only
    a few times. Half an answer of each kind is spread over all, so that it stays finite.
    """
    counts: dict[Hashable, list[list[float]]] = {}
    for about, order, share in answers:
        table = counts.setdefault(about, [[0.0, 0.0], [0.0, 0.0]])
        table[order is LabelOrder.NO_FIRST][not share] += 1.0
    cells = np.array(list(counts.values())).reshape(-1, 2, 2)
    if not cells.sum(axis=(0, 2)).all():
        return None
    total = cells.sum()
    sizes = cells.sum(axis=(1, 2))
    cells = cells + 0.5 * (sizes / total)[:, None, None]
    (yes, no), (other_yes, other_no) = cells.transpose(1, 2, 0)
    sizes = cells.sum(axis=(1, 2))
    same, unlike = (yes + other_no) / sizes, (no + other_yes) / sizes
    up, down = yes * other_no / sizes, no * other_yes / sizes
    variance = (same @ up) / (2 * up.sum() ** 2) + (unlike @ down) / (2 * down.sum() ** 2)
    variance += (same @ down + unlike @ up) / (2 * up.sum() * down.sum())
    value, reach = math.log(up.sum() / down.sum()), Z * math.sqrt(variance)
    return Leaning(value, value - reach, value + reach, int(total))


def leaning_in(recording: Recording) -> Leaning | None:
    """Return the leaning in the answers of a recording; None if all were asked in one order."""
    return counted_leaning(_answered(recording))


def _answered(recording: Recording) -> Iterable[Answered]:
    """Yield every decision that a reply holds, with what was asked about and in which order."""
    rule = None if recording.setup is None else recording.setup.sharing
    orders = _orders(recording, rule.wording) if isinstance(rule, Asked) else {}
    for key, replies in recording.by_key.items():
        read = next((reply for reply in replies if reply.share is not None), None)
        if read is None or read.share is None:
            continue
        if isinstance(key, CellTurn):
            order = Question[key.question].order if key.question in Question.__members__ else None
        else:
            order = orders.get(read.prompt)
        if order is not None:
            yield (read.profile, read.exposure), order, read.share


def _orders(recording: Recording, wording: Wording) -> dict[str, LabelOrder]:
    """Return which label each prompt of a run names first."""
    texts = {wording.text(q): q.order for q in Question if wording.names_both_ways(q)}
    return {
        name: order
        for name, prompt in recording.prompts.items()
        for text, order in texts.items()
        if prompt.user.endswith(f"\n\n{text}")
    }
