"""The table of ratios and its picture, as the documentation shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pastruns
import ratioplot
from circumstances import Circumstances
from goals import short
from pastruns import Past
from rows import Row, asked, turns

from newswave.core.files import write_whole
from newswave.report.style import save

_HEADER = ("what", "against", "ours / theirs", "ratio (turns)", "must", "aim")
_DAYS = 5


def publish(found: Sequence[Row], here: Circumstances, folder: Path) -> None:
    """Add the rows to ratios.csv, and write ratios.png and ratios.md of this run."""
    held = pastruns.add(folder / "ratios.csv", found, here)
    words = ratioplot.words(found)
    save(ratioplot.figure(found, held), folder / "ratios.png", words)
    write_whole(folder / "ratios.md", page(found, here, words, held))


def page(found: Sequence[Row], here: Circumstances, words: str, held: Sequence[Past]) -> str:
    """Return the dated table, the picture and the earlier runs, as Markdown to be included."""
    return "\n".join(
        [
            *("---", "orphan: true", "---", ""),
            *(*here.sentences(), ""),
            *(f"{summary(found)}", ""),
            *(f"![{words}](ratios.png)", ""),
            *(*markdown(_HEADER, map(cells, found)), ""),
            *earlier(held),
        ]
    )


def summary(found: Sequence[Row]) -> str:
    """Return how many goals are reached, and name those that are not."""
    aims = [row for row in found if row.goal.aim is not None]
    musts = [row for row in found if row.goal.must is not None]
    told = [
        f"{sum(row.aim_met == 'yes' for row in aims)} of {len(aims)} aims are reached, and "
        f"{sum(row.must_met == 'yes' for row in musts)} of {len(musts)} musts."
    ]
    missed = [_name(row) for row in found if "NO" in (row.aim_met, row.must_met)]
    if missed:
        told.append(f"Not reached: {'; '.join(missed)}.")
    return " ".join(told)


def _name(row: Row) -> str:
    return f"{row.what} ({row.peer})" if row.peer else row.what


def cells(row: Row) -> list[str]:
    """Return the cells of a row; a limit stands with whether it is reached."""
    must, aim = (
        _whole(f"{asked(row, limit)} {_loud(met)}") if limit is not None else ""
        for limit, met in ((row.goal.must, row.must_met), (row.goal.aim, row.aim_met))
    )
    times = " / ".join(_whole(one) for one in (row.ours, row.theirs) if one)
    spread = f" ({_whole(turns(row))})" if turns(row) else ""
    ratio = short(row.value) + spread
    return [row.what, row.peer, times.replace("*", r"\*"), ratio, must, aim]


def _whole(text: str) -> str:
    """Return a text at whose spaces no line is broken."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _loud(met: str) -> str:
    return "**NO**" if met == "NO" else met


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table; its first two columns are words, to the left."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * 2 + " ---: |" * (len(head) - 2)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def earlier(held: Sequence[Past]) -> Iterator[str]:
    """Yield the ratios of the last runs, a column each; nothing if there is one run only."""
    days = sorted({one.when for one in held})[-_DAYS:]
    if len(days) < 2:
        return
    by_name: dict[tuple[str, str], dict[str, str]] = {}
    for one in held:
        by_name.setdefault((one.row.what, one.row.peer), {})[one.when] = short(one.row.value)
    yield "The same by the day (UTC):"
    yield ""
    kept = {name: seen for name, seen in by_name.items() if seen.keys() & set(days)}
    table = [[*name, *(seen.get(day, "") for day in days)] for name, seen in kept.items()]
    yield from markdown(("what", "against", *days), table)
    yield ""
