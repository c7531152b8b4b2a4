"""What can be taken home from the Compare page: the table, the curves, both setups, Python."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from newswave.curve import Curve
from newswave.differing import Differences
from newswave.differing.intervals import Change
from newswave.errors import BadValue
from newswave.setups import Setup
from newswave.version import __version__
from newswave.views.explorer.bundle import Taken, table_csv
from newswave.views.explorer.compare.state import Compared
from newswave.views.explorer.ensembles import ensemble
from newswave.views.explorer.items import Button, File, Item, Row
from newswave.views.explorer.pythonic import setup_code
from newswave.views.explorer.takehome import everything

Floats = npt.NDArray[np.float64]

_NONE = math.nan
_STEM = "newswave-compare"
_CSV = "text/csv"
_QUANTILES = (0.5, 0.05, 0.95)
_HIDDEN = ("compare_take_table", "compare_take_curves", "compare_take_b")


def taking_row(state: Compared, found: Differences | None) -> Item:
    """Return the buttons."""
    wait = "" if state.is_shown else "Predict first."
    none = wait or ("" if found else "Not compared yet.")
    return Row(
        "compare_take_row",
        (
            Button("compare_take_table", "Differences (CSV)", barred=none),
            Button("compare_take_curves", "Curves (CSV)", barred=wait),
            Button("compare_take_python", "Python (.py)", "Repeats the comparison."),
            Button("compare_take_a", "All of A (ZIP)", "Setup, figures and numbers of A."),
            Button(
                "compare_take_b", "All of B (ZIP)", "Setup, figures and numbers of B.", barred=wait
            ),
        ),
    )


def taken_file(key: str, state: Compared, found: Differences | None) -> File | None:
    """Return the file of a button; None if the key is not one of them.

    Raises
    ------
    BadValue
        If what the file holds is not there yet.

    Examples
    --------
    >>> taken_file("compare_take_python", Compared.first(), None).name
    'newswave-compare-python.py'
    """
    if key in _HIDDEN and not state.is_shown:
        raise BadValue("B is not shown yet", advice="Predict first")
    match key:
        case "compare_take_table":
            if found is None:
                raise BadValue("The two are not compared yet", advice="Wait a moment")
            return _file("-differences.csv", _CSV, differences_csv(found))
        case "compare_take_curves":
            return _file("-curves.csv", _CSV, curves_csv(state))
        case "compare_take_a":
            return _all_of("a", state.a)
        case "compare_take_b":
            return _all_of("b", state.b)
        case "compare_take_python":
            text = f"# Written by newswave {__version__}\n{python_of(state)}\n"
            return _file("-python.py", "text/x-python", text)
    return None


def _file(ending: str, kind: str, text: str) -> File:
    return File(_STEM + ending, kind, text.encode("utf-8", "backslashreplace"))


def _all_of(name: str, setup: Setup) -> File:
    held = everything(Taken(ensemble(setup).curve, setup))
    return File(f"{_STEM}-{name}.zip", held.kind, held.content)


def differences_csv(found: Differences) -> str:
    """Return every difference as numbers: of A, of B, B minus A, its interval, its p-value.

    A ratio is B over A; what is not known is left empty.
    """
    rows: list[tuple[str, list[float]]] = []
    for time in found.times:
        name = f"time to {100 * time.fraction:.0f} % (rounds)"
        rows.append((name, [time.one, time.other, *_numbers(time.change), *time.missing]))
    reach = found.reach
    name = f"fraction by round {found.last}"
    rows.append((name, [reach.one, reach.other, *_numbers(reach.change), _NONE, _NONE]))
    for rate in found.rates.changes:
        name = f"{rate.model}: {rate.name.replace('_', ' ')}"
        rows.append((name, [rate.one, rate.other, *_numbers(rate.change), _NONE, _NONE]))
        if rate.ratio is not None:
            *logs, p_value = _numbers(rate.ratio)
            ratio = [math.exp(log) for log in logs]
            rows.append((f"{name}, ratio", [_NONE, _NONE, *ratio, p_value, _NONE, _NONE]))
    header = ("measure", "a", "b", "difference", "low", "high", "p_value", "missing_a", "missing_b")
    return table_csv(header, [[name, *_filled(values)] for name, values in rows])


def _numbers(change: Change) -> list[float]:
    """Return value, low, high and p; NaN for what is not known."""
    if change.interval is None:
        return [change.value, _NONE, _NONE, _NONE]
    return [change.value, change.interval.low, change.interval.high, change.p_value]


def _filled(values: Iterable[float]) -> list[float | str]:
    return ["" if math.isnan(value) else value for value in values]


def curves_csv(state: Compared) -> str:
    """Return median and central 90 % of the runs of A and B by round, as fractions."""
    sides = [ensemble(setup).curve for setup in (state.a, state.b)]
    header = ["round", *(f"{s}_{name}" for s in "ab" for name in ("median", "low", "high"))]
    parts = [_quantiles(curve, state.rounds) for curve in sides]
    rows = [[at, *row] for at, row in enumerate(np.concatenate(parts).T.tolist())]
    return table_csv(header, map(_filled, rows))


def _quantiles(curve: Curve, last: int) -> Floats:
    """Return the quantiles of a curve, shape (3, last + 1), NaN after its own last round."""
    found = np.full((len(_QUANTILES), last + 1), np.nan)
    found[:, : curve.counts.shape[1]] = np.quantile(curve.fraction, _QUANTILES, axis=0)
    return found


def python_of(state: Compared) -> str:
    """Return lines of Python that repeat the comparison."""
    return "\n".join(
        [
            "import newswave as nw",
            "from newswave.differing import difference",
            "from newswave.differing.words import difference_words",
            "from newswave.differing.worlds import RUNS_EACH, over_networks",
            "",
            f"a = {setup_code(state.a)}",
            f"b = {setup_code(state.b)}",
            "found = difference(over_networks(a), over_networks(b), together=RUNS_EACH)",
            "print(difference_words(found))",
            "for change in found.rates.changes:",
            "    print(change.model, change.name, change.one, change.other)",
        ]
    )
