"""Differences between two curves in words and as the rows of a table: other minus one."""

from __future__ import annotations

import math

from newswave.differing import Differences, ReachChange, TimeChange
from newswave.differing.intervals import Change
from newswave.differing.rates import RateChange
from newswave.fitting.fits import Interval

_NAMES = {
    ("one rate", "rate"): "one rate",
    ("two rates", "fast_rate"): "fast rate",
    ("two rates", "slow_rate"): "slow rate",
    ("two rates", "fast_fraction"): "fast fraction",
}


def difference_words(found: Differences, one: str = "A", other: str = "B") -> str:
    """Return what lies between two curves, in a few sentences.

    Parameters
    ----------
    found : Differences
        From `difference`.
    one, other : str
        What the two are called.

    Examples
    --------
    >>> from newswave.differing import difference
    >>> from newswave.ensemble import simulate
    >>> from newswave.setups import Setup
    >>> small = Setup(n_agents=200, rounds=30, replicas=40)
    >>> found = difference(simulate(small), simulate(small.with_degree(12)))
    >>> print(difference_words(found).split(". ")[0])
    In B, half of all have shared 3.5 rounds earlier than in A (95 % interval 3.2 to 3.7)
    """
    words = [_half_words(found.half, found, one, other), single_words(found, other)]
    if found.reach.change.is_clear:
        words.append(_reach_words(found, one, other))
    return " ".join(filter(None, words))


def _half_words(half: TimeChange, found: Differences, one: str, other: str) -> str:
    if half.missing == found.runs:
        return f"Neither in {one} nor in {other} have half of all shared by round {found.last}."
    change, ways = half.change, "later" if half.change.value > 0 else "earlier"
    span, stopped = _span(change), _stopped_words(found, one, other)
    if change.value == 0:
        return f"Half of all have shared at the same time in {one} and {other}.{stopped}"
    if change.interval is not None and not change.is_clear:
        return (
            f"Half of all have shared at about the same time in {one} and {other}: the means "
            f"differ by {change.value:+.2f} rounds{span}, which luck alone explains.{stopped}"
        )
    size = f"{_size(change.value)} rounds"
    if _is_bound(half):
        return f"In {other}, half of all have shared at least {size} {ways} than in {one}.{stopped}"
    return f"In {other}, half of all have shared {size} {ways} than in {one}{span}.{stopped}"


def _is_bound(change: TimeChange) -> bool:
    """Whether the true difference is surely larger: only the later one has runs that stop short."""
    first, second = change.missing
    return bool(second and not first) if change.change.value > 0 else bool(first and not second)


def _stopped_words(found: Differences, one: str, other: str) -> str:
    if not any(found.half.missing):
        return ""
    sides = zip(found.half.missing, found.runs, (one, other), strict=True)
    listed = ", ".join(f"{n} of {runs} runs of {name}" for n, runs, name in sides)
    ends = found.half.arriving.low, found.half.arriving.high
    low, high = (f"{100 * end:+.0f}" for end in ends)
    return (
        f" Still below half at round {found.last}, and counted as that round: {listed}. The share "
        f"of runs that get there differs by {low} to {high} percentage points (95 % interval)."
    )


def single_words(found: Differences, other: str = "B") -> str:
    """Return what two single runs show of the half-time; '' where there is one run of each."""
    half = found.half
    if min(found.runs) < 2 or half.single.low == half.single.high:
        return ""
    earlier = half.change.value <= 0
    share = half.single.smaller if earlier else half.single.larger
    luck = "the same luck" if found.is_paired else "luck of their own"
    return (
        f"In two single runs with {luck}, {other} is {'earlier' if earlier else 'later'} in "
        f"{100 * share:.0f} % of pairs; 90 % of them differ by {half.single.low:+.1f} to "
        f"{half.single.high:+.1f} rounds."
    )


def _reach_words(found: Differences, one: str, other: str) -> str:
    reach = found.reach
    more = "more" if reach.change.value > 0 else "fewer"
    span = _span(reach.change, 100.0)
    return (
        f"By round {found.last}, {_size(100 * reach.change.value)} percentage points {more} of "
        f"all agents have shared in {other} than in {one}{span}."
    )


def _size(value: float) -> str:
    """Return a size without its sign: one digit after the point, two below 1."""
    return f"{abs(value):.1f}" if abs(value) >= 0.995 else f"{abs(value):.2f}"


def _span(change: Change, scale: float = 1.0) -> str:
    """Return the interval of a size in brackets; with its signs where it holds 0."""
    if change.interval is None:
        return ""
    ends = [scale * end for end in (change.interval.low, change.interval.high)]
    digits = 1 if scale * abs(change.value) >= 0.995 else 2
    if not change.is_clear:
        return f" (95 % interval {ends[0]:+.2f} to {ends[1]:+.2f})"
    low, high = sorted(map(abs, ends))
    return f" (95 % interval {low:.{digits}f} to {high:.{digits}f})"


HEADER = ("measure", "A", "B", "B minus A", "95 % interval", "p-value")


def footnote(found: Differences) -> str:
    """Return what the stars in the rows say; '' where there are none."""
    if not any(any(change.missing) for change in found.times):
        return ""
    return (
        f"* Runs that do not get there by round {found.last} count as that round, so the true mean "
        "is larger."
    )


def difference_rows(found: Differences) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table of differences, under `HEADER`.

    Examples
    --------
    >>> from newswave.differing import difference
    >>> from newswave.ensemble import simulate
    >>> from newswave.setups import Setup
    >>> curve = simulate(Setup(n_agents=200, rounds=30, replicas=40))
    >>> difference_rows(difference(curve, curve))[1]
    ('time to half (rounds)', '10.0', '10.0', '+0.00', '+0.00 to +0.00', '1')
    """
    rows = [_time_row(change, found.runs, found.last) for change in found.times]
    rows.append(_reach_row(found.reach, found.last))
    for change in found.rates.changes:
        rows += _rate_rows(change)
    return tuple(rows)


def _time_row(found: TimeChange, runs: tuple[int, int], last: int) -> tuple[str, ...]:
    name = "half" if found.fraction == 0.5 else f"{100 * found.fraction:.0f} %"
    means = (found.one, found.other)
    values = [
        f"not by {last}" if missing == all_ else f"{mean:.1f}" + (" *" if missing else "")
        for mean, missing, all_ in zip(means, found.missing, runs, strict=True)
    ]
    cells = _cells(found.change, "{:+.2f}")
    if found.missing == runs:
        cells = ("not known",) * 3
    elif found.missing[0] == runs[0] or found.missing[1] == runs[1]:
        bound = "more" if found.change.value > 0 else "less"
        cells = (f"{bound} than {cells[0]}", "not known", cells[2])
    return (f"time to {name} (rounds)", *values, *cells)


def _reach_row(found: ReachChange, last: int) -> tuple[str, ...]:
    cells = _cells(found.change, "{:+.2f}", 100.0)
    name = f"shared by round {last} (%)"
    return (name, f"{100 * found.one:.1f}", f"{100 * found.other:.1f}", *cells)


def _rate_rows(found: RateChange) -> list[tuple[str, ...]]:
    name = _NAMES[found.model, found.name]
    unit = "" if found.name == "fast_fraction" else " (per contact and round)"
    row = (f"{name}{unit}", f"{found.one:.4g}", f"{found.other:.4g}",
           *_cells(found.change, "{:+.3g}"))  # fmt: skip
    if found.ratio is None:
        return [row]
    ratio, span = math.exp(found.ratio.value), found.ratio.interval
    ends = None if span is None else Interval(math.exp(span.low), math.exp(span.high))
    cells = (f"{ratio:.3g} times", _interval_cell(ends, "{:.3g}"), _p(found.ratio.p_value))
    return [row, (f"{name}, B over A", "", "", *cells)]


def _cells(change: Change, form: str, scale: float = 1.0) -> tuple[str, str, str]:
    value, span = scale * change.value, change.interval
    ends = None if span is None else Interval(scale * span.low, scale * span.high)
    return form.format(value), _interval_cell(ends, form), _p(change.p_value)


def _interval_cell(span: Interval | None, form: str) -> str:
    return "not known" if span is None else f"{form.format(span.low)} to {form.format(span.high)}"


def _p(value: float) -> str:
    """Return a p-value to two digits.

    >>> _p(0.00002), _p(0.04321)
    ('below 0.001', '0.043')
    """
    if math.isnan(value):
        return "not known"
    return "below 0.001" if value < 0.001 else f"{value:.2g}"
