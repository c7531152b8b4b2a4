"""The reader of curves in tables: what is plainly meant is read and reported, the rest refused."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from newswave.core.errors import BadFile, BadValue, NewswaveError, of_file, plain, shown
from newswave.core.files import is_frame
from newswave.core.readers.columns import (
    AS_IT_SAYS,
    TIMES,
    Column,
    Counting,
    Numbers,
    ReadAs,
    Role,
    Scale,
    Scaled,
    Times,
    Unscaled,
    chosen,
    columns,
    is_missing,
    is_number,
    is_time,
    plain_name,
    role_of,
)
from newswave.core.readers.columns import numbers as numbers_of
from newswave.core.readers.columns import times as times_of
from newswave.core.readers.tables import Limits, RawTable, cell_text, few, raw_table, read_raw

Floats = npt.NDArray[np.float64]

_UNITS = (
    *("round", "day", "week", "month", "quarter", "year", "hour", "minute", "step", "wave"),
    "period",
)
_SUMS = ("total", "totals", "sum", "all", "mean", "average", "grand total", "subtotal", "overall")
_NO, _YES = frozenset(("0", "no", "false", "f", "n")), frozenset(("1", "yes", "true", "t", "y"))
_SURVIVAL = ("status", "event", "censored")
_CLOCKS = ("timestamp", "date", "datetime", "created at")
_MONTHS = ("date", "month", "period", "year month", "yearmonth", "yyyymm")
_NEVER = frozenset(("never", "inf", "infinity", "not adopted", "no", "non-adopter", "∞"))
_KNOWN = ("count", "cumulative", "cumulative_count", "sharers", "adopters", "shared", "adopted")
_WHICH = (
    "Call the one that is meant 'cumulative', or name it: --count-column NAME (in Python "
    "nw.ReadAs(counts='NAME'))"
)
_LONGEST = 2000
_MOST_CELLS = 5_000_000
_TIMED = {Role.TIME, Role.ADOPTION_TIME}
_PLACED = {*_TIMED, Role.PERSON, Role.RUN_NAME}
_COUNTED = {
    *(Role.CUMULATIVE, Role.COUNT, Role.NEAR_COUNT, Role.NEW, Role.RUN, Role.MEAN, Role.TOTAL),
}


@dataclass(frozen=True, eq=False)
class CurveTable:
    """A curve as a table holds it, before it is known how many there are in all."""

    times: Floats  # (rounds + 1,): In `unit`, strictly increasing
    values: Unscaled  # The cumulative values of the runs
    unit: str = "round"  # The time step
    known: int | None = None  # How many there are in all, where the table says so
    read: tuple[str, ...] = ()  # What was read, in phrases
    remarks: tuple[str, ...] = ()  # How, where columns were not taken as they stand
    left_out: tuple[str, ...] = ()  # What was left out
    path: str = ""  # The file, for messages

    def counts(self, n_agents: int | None = None) -> Scaled:
        """Return the counts of people if there are so many in all, or raise `BadValue`."""
        return self.values.of(n_agents)

    def default_agents(self) -> tuple[int, str]:
        """Return how many there are in all as long as nobody says, and how that was chosen."""
        return (self.known, "as the file says") if self.known else self.values.default_agents()

    def words(self, n_agents: int | None = None) -> str:
        """Return in one line what was read, in which scale, and what was left out."""
        scaled = self.counts(n_agents)
        why = f" ({scaled.why})" if scaled.why else ""
        parts = [*self.read, scaled.scale.words + why, *filter(None, (scaled.note, *self.remarks))]
        left = f" Left out: {'; '.join(self.left_out)}." if self.left_out else ""
        return f"Read: {', '.join(parts)}.{left}"

    def scaled(self, scale: Scale | None) -> CurveTable:
        """Return the same table with its counts in another scale; None to go by the table."""
        return replace(self, values=replace(self.values, asked=scale))

    def is_plain(self, n_agents: int | None = None) -> bool:
        """Say whether there was nothing to choose: one column of times, one of whole counts."""
        scaled = self.counts(n_agents)
        return scaled.scale is Scale.COUNTS and not (scaled.note or self.remarks or self.left_out)


_LIMITS = Limits()


def read_curve(source: Any, how: ReadAs = AS_IT_SAYS, limits: Limits = _LIMITS) -> CurveTable:
    r"""Return the curve in a table.

    Parameters
    ----------
    source : str, Path or pandas DataFrame or Series
        A file (CSV in any usual spelling, xlsx) or a frame.
    how : ReadAs
        What the headings do not say.
    limits : Limits
        How large it may be.

    Raises
    ------
    BadFile
        If it cannot be read, or it is not plain what is meant; the message says how to say it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text("month,adopters\n1,2%\n2,3.5%\n3,6.25%\nTotal,11.75%\n")
    ...     table = read_curve(file)
    >>> table.counts(400).counts.tolist()
    [[8.0, 14.0, 25.0]]
    >>> print(table.words(400).replace(", c", ",\nc").replace(". L", ".\nL"))
    Read: month 1 to 3 from 'month',
    cumulative counts from 'adopters', in per cent of all (by their percent signs).
    Left out: line 5 ('Total').
    """
    path = "" if is_frame(source) else str(source)
    raw = frame_rows(source) if is_frame(source) else read_raw(source, "a curve", limits)
    try:
        return replace(_Sheet.of(raw, how).curve(), path=path)
    except NewswaveError as error:
        raise of_file(error, path) from error


def frame_rows(frame: Any) -> RawTable:
    """Return the cells of a data frame or series as text; an index that tells is a column."""
    if type(frame).__name__ == "Series":
        frame = frame.to_frame("count" if frame.name is None else str(frame.name)).reset_index()
    if frame.size > _MOST_CELLS:
        raise BadFile("This frame is too long for a curve", given=f"{frame.shape}")
    frame = _with_runs_named(frame.astype(object).where(frame.notna(), None))
    index = frame.index
    read: tuple[str, ...] = ()
    named = all(isinstance(name, str) and role_of(name) not in _PLACED for name in frame.columns)
    if named and frame.shape[1] > 1 and type(index).__name__ == "RangeIndex" and not index.name:
        frame = frame.rename_axis("round")  # as Mesa's model variables: a row for each round
        index, read = frame.index, ("no column of time",)
    if type(index).__name__ != "RangeIndex" or index.name or (index.start, index.step) != (0, 1):
        frame = frame.reset_index(
            names=[n or f"index{at or ''}" for at, n in enumerate(index.names)]
        )
    head = [" ".join(map(str, n)) if isinstance(n, tuple) else cell_text(n) for n in frame.columns]
    by_column = [frame.iloc[:, at].tolist() for at in range(frame.shape[1])]
    rows = [[cell_text(value) for value in row] for row in zip(*by_column, strict=True)]
    return replace(raw_table(list(enumerate([head, *rows])), "", "the frame"), read=read)


def _with_runs_named(frame: Any) -> Any:
    """Return a frame whose columns are runs by number, as a pivot makes them, with their names."""
    down, across = (role_of(str(axis.name or "")) for axis in (frame.index, frame.columns))
    if down is Role.RUN_NAME and across is Role.TIME:
        frame, down, across = frame.T, across, down
    numbered = all(isinstance(name, int) for name in frame.columns)
    if across is Role.RUN_NAME or (down is Role.TIME and numbered):
        frame = frame.rename(columns=lambda name: f"run {name}" if isinstance(name, int) else name)
    return frame


@dataclass(frozen=True, eq=False)
class _Sheet:
    """A table with its headings."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[str, ...]
    how: ReadAs
    comma_between: bool = True
    remarks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, raw: RawTable, how: ReadAs) -> _Sheet:
        """Return a table with its heading, turned if it lies on its side."""
        comma, rows, lines = raw.separator in (",", ""), raw.rows, raw.lines
        left = raw.left_out
        if _lies_on_its_side(rows):
            corner = rows[0][0] if role_of(rows[0][0]) is Role.TIME else "round"
            turned = tuple(zip(*rows, strict=True))
            places = tuple(f"column {at}" for at in range(2, len(turned) + 1))
            return cls((corner, *turned[0][1:]), turned[1:], places, how, comma,
                       (*raw.read, "turned, since the rounds run across"), left)  # fmt: skip
        first = next((at for at, row in enumerate(rows) if any(map(_is_value, row))), None)
        if first is None:
            raise BadValue("This table has no rows with numbers", given=", ".join(rows[0][:9]))
        if _heads_runs(rows):
            runs = (f"run {cell}" for cell in rows[0][1:])
            return cls((rows[0][0], *runs), rows[1:], lines[1:], how, comma, raw.read, left)
        if first == 0:
            names, remarks = _without_heading(raw, how)
            return cls(names, rows, lines, how, comma, (*raw.read, *remarks), left)
        timed = [at for at in range(first) if _TIMED & set(map(role_of, rows[at]))]
        at = timed[-1] if timed else first - 1
        left += tuple(f"{lines[n]} beside the heading" for n in range(first) if n != at)
        return cls(rows[at], rows[first:], lines[first:], how, comma, raw.read, left)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What each column holds, by its name."""
        return columns(self.names)

    def _having(self, *roles: Role) -> list[Column]:
        return [one for one in self.columns if one.role in roles]

    def _cells(self, column: Column) -> list[str]:
        return [row[column.at] for row in self.rows]

    # From the headings to the curve.

    def curve(self) -> CurveTable:
        """Return the curve that the table holds."""
        sheet = self._with_dates()
        flags = [one for one in sheet.columns if sheet._is_flag(one)]
        adopted = sheet._adoption(flags)
        if adopted is not None:
            return sheet._individuals(adopted, *flags[:1])
        time = _time(sheet.columns, sheet.how)
        counts = sheet._counts(time)
        if time is None and (sheet.how.time or len(sheet.columns) > len(counts)):
            raise sheet._no_column("rounds or times", TIMES, "--time-column", "time")
        return sheet._rounds(time, counts)

    def _with_dates(self) -> _Sheet:
        """Return the table with year and month in one column, where two columns hold them."""
        bare = [plain_name(name) for name in self.names]
        if self.how.time or not {"year", "month"} <= set(bare):
            return self
        year, month = bare.index("year"), bare.index("month")
        if len({row[month] for row in self.rows}) == len(self.rows) > 12:
            return self
        name = f"{self.names[year]}-{self.names[month]}"
        dated = tuple(
            (*row, f"{row[year]}-{row[month]}" if row[month].isdecimal() else
             f"{row[month]} {row[year]}")
            for row in self.rows
        )  # fmt: skip
        return replace(
            self, names=(*self.names, name), rows=dated, how=replace(self.how, time=name)
        )

    def _rounds(self, time: Column | None, counts: tuple[Column, ...]) -> CurveTable:
        """Return the curve of a table with a row for each round, or for each round of each run."""
        new = counts[0].role is Role.NEW
        if self.how.counting is not None:
            new = self.how.counting is Counting.NEW
        sheet, gaps = self._kept(time, counts, new)
        when = sheet._moments(time, sheet._cells(time)) if time else _numbered(len(sheet.rows))
        readings = sheet._numbers(counts)
        run = sheet._run(when, counts)
        keys = sheet._cells(run) if run else [""] * len(sheet.rows)
        places, at, twice = sheet._placed(keys, when.values, readings[0].values, new)
        rows = [n for place in places for n in place]
        wide = [one.values.reshape(len(counts), -1)[:, rows] for one in readings]
        wide = [values.reshape(-1, len(at)) for values in wide]
        wide = [np.cumsum(values, axis=1) for values in wide] if new else wide
        picked = [replace(one, values=values) for one, values in zip(readings, wide, strict=True)]
        moved = any(place != sorted(place) for place in places)
        remarks = ["added up"] * new + ["lines put in order of time"] * moved
        unit = when.unit if len(when.unit) > 1 else _unit(time)
        mean = counts[0].role is Role.MEAN
        return CurveTable(
            at,
            Unscaled(tuple(picked), counts[0].scale, self.how.scale, mean, new),
            unit,
            sheet._present(counts),
            (_time_words(time, at, unit, when.note), _count_words(counts, run, len(places), new)),
            (*sheet.remarks, *remarks, *["no column of time"] * (time is None)),
            (*sheet.left_out, *gaps, *twice, *sheet._unread((time, *counts, run))),
        )

    def _kept(
        self, time: Column | None, counts: tuple[Column, ...], new: bool
    ) -> tuple[_Sheet, tuple[str, ...]]:
        """Return the table without rows that hold no time or no count, and which those were."""
        kept, left = [], []
        for n, (line, row) in enumerate(zip(self.lines, self.rows, strict=True)):
            cells = [row[one.at] for one in counts]
            when = "0" if time is None else row[time.at]
            gaps = [is_missing(cell) for cell in cells]
            if not is_time(when):
                _check_no_round(line, when, all(gaps), n == len(self.rows) - 1)
                left.append(f"{line} ({shown(when, 30) if when else 'without a time'})")
                continue
            for cell, gap in zip(cells, gaps, strict=True):
                if not gap and not is_number(cell):
                    raise BadValue(
                        f"{line.capitalize()} has a cell that is no number: {shown(cell, 40)}",
                        advice="Write a number; leave the cell empty where nothing was observed",
                    )
            if any(gaps) and (new or not all(gaps)):
                raise BadValue(
                    f"{line.capitalize()} has an empty cell in "
                    f"{shown(counts[gaps.index(True)].name, 30)}",
                    advice="Put 0 where nobody was added" if new else
                    "Fill it in, take the line out, or read one column: --count-column NAME",
                )  # fmt: skip
            if all(gaps):
                left.append(f"{line} (no count)")
            else:
                kept.append(n)
        rows, lines = tuple(self.rows[n] for n in kept), tuple(self.lines[n] for n in kept)
        if len(rows) < 2:
            raise BadValue("A curve needs counts for two rounds or more", given=f"{len(rows)}")
        return replace(self, rows=rows, lines=lines), few(left)

    def _moments(self, time: Column, cells: Sequence[str]) -> Times:
        """Return the times of a column; numbers of seconds or days in one of dates are dates."""
        return times_of(_dates_of(plain_name(time.name), cells), self.how.dates)

    def _numbers(self, counts: tuple[Column, ...]) -> tuple[Numbers, ...]:
        """Return the counts, one column after the other, in every reading."""
        cells = [cell for one in counts for cell in self._cells(one)]
        readings = numbers_of(cells, self.comma_between)
        if not all(np.isfinite(one.values).all() for one in readings):
            raise BadValue("Some of these counts are too large for a number")
        return readings

    def _run(self, when: Times, counts: tuple[Column, ...]) -> Column | None:
        """Return the column that names the run of each row, where rows share their times."""
        named = self._having(Role.RUN_NAME)
        exact = [one for one in named if plain_name(one.name) in ("run id", "runid", "run")]
        run = next(iter(exact or named), None)
        if self.how.run:
            run = chosen(self.columns, self.how.run, "the runs")
        elif len(set(when.values)) == len(when.values):
            return None
        if run is not None and len(counts) > 1:
            raise BadValue(
                "A column that names the runs goes with one column of counts",
                given=", ".join(one.name for one in counts),
                advice=_WHICH,
            )
        return run

    def _placed(
        self, keys: Sequence[str], when: Floats, values: Floats, new: bool
    ) -> tuple[list[list[int]], Floats, list[str]]:
        """Return the rows of each run in order of time, the times, and which came twice."""
        places: dict[str, dict[float, int]] = {}
        twice = 0
        wide = values.reshape(-1, len(when))
        for n, (key, moment) in enumerate(zip(keys, when.tolist(), strict=True)):
            before = places.setdefault(key, {}).setdefault(moment, n)
            if before == n:
                continue
            if new or (wide[:, before] != wide[:, n]).any():
                raise BadValue(
                    f"{self.lines[before].capitalize()} and {self.lines[n]} are of the same time",
                    given=", ".join(f"{one:g}" for one in wide[:, n][:3]),
                    advice="Keep one of them. If these are several runs, name the column that "
                    "tells them apart: --run-column NAME (in Python nw.ReadAs(run='NAME'))",
                )  # fmt: skip
            twice += 1
        order = [[rows[one] for one in sorted(rows)] for rows in places.values()]
        at = np.array(sorted(next(iter(places.values()))))
        for key, rows in places.items():
            if sorted(rows) != at.tolist():
                raise BadValue(
                    "These runs have counts at different times", given=f"run {shown(key, 30)}",
                    advice="Give every run a count at each time; a run that has ended keeps its "
                    "last one",
                )  # fmt: skip
        return order, at, [f"{twice} line{'s' * (twice > 1)} that came twice"] if twice else []

    def _present(self, counts: tuple[Column, ...]) -> int | None:
        """Return how many there are in all by a column of those present, if there is one."""
        totals = [one for one in self._having(Role.TOTAL) if one not in counts]
        numeric = [cell for one in totals[:1] for cell in self._cells(one) if is_number(cell)]
        if len(totals) != 1 or not numeric:
            return None
        most = numbers_of(numeric, self.comma_between)[0].values.max()
        return int(most) if 1 <= most < 1e15 and most == int(most) else None

    def _counts(self, time: Column | None) -> tuple[Column, ...]:
        """Return the columns of counts: cumulative before others, others before new ones."""
        if self.how.counts:
            return tuple(chosen(self.columns, name, "the counts") for name in self.how.counts)
        first = Role.NEW if self.how.counting is Counting.NEW else Role.CUMULATIVE
        roles = (first, Role.COUNT, Role.NEAR_COUNT)
        found = {role: [one for one in self._having(role) if one != time] for role in Role}
        runs = found[Role.RUN]
        if len(runs) > 1 or (runs and not any(found[role] for role in roles)):
            names = [one.name.lower() for one in runs]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                _only([one for one in runs if one.name.lower() == twice], "this run", _WHICH)
            return tuple(runs)
        for role in (*roles, Role.NEW, Role.MEAN):
            if found[role]:
                plain = [one for one in found[role] if one.scale is None] or found[role]
                return (_only(plain, "the counts", _WHICH),)
        totals = [one for one in found[Role.TOTAL] if plain_name(one.name).startswith("total")]
        if len(totals) == 1 and not found[Role.OTHER]:
            return (totals[0],)
        raise self._no_column("cumulative counts", _KNOWN, "--count-column", "counts")

    def _no_column(self, what: str, known: Sequence[str], option: str, field: str) -> BadValue:
        names = ", ".join(one.name for one in self.columns[:20])
        person = ". Where each row is a person, name the column of their times: --time-column NAME"
        return BadValue(
            f"This table has no column of {what}; it has: {names}",
            allowed=f"a column called {', '.join(known[:12])}",
            advice=f"Call it so, or name it: {option} NAME (in Python nw.ReadAs({field}='NAME'))"
            + person * bool(self._having(Role.PERSON)),
        )

    def _unread(self, used: Sequence[Column | None]) -> list[str]:
        """Say which columns were not used, unless the user has chosen the columns of counts."""
        rest = [
            one for one in self.columns
            if one not in used and one.name and one.role not in (Role.BAND, Role.MEAN)
        ]  # fmt: skip
        if self.how.counts or not rest:
            return []
        present = " (how many there are)"
        called = [plain(one.name, 40) + present * (one.role is Role.TOTAL) for one in rest[:8]]
        more = " ..." if len(rest) > 8 else ""
        return [f"column{'s' * (len(rest) > 1)} {', '.join(called)}{more}"]

    # A row for each person.

    def _adoption(self, flags: Sequence[Column]) -> Column | None:
        """Return the column of each person's time of adoption, if that is what the table holds."""
        if self.how.counts or self.how.run:
            return None
        every = [one for one in self.columns if one not in flags]
        adopted = [one for one in every if one.role is Role.ADOPTION_TIME]
        if adopted and not self.how.time:
            return _only(adopted, "the time of adoption", "Take the others out")
        asked_for = [chosen(every, self.how.time, "the time")] if self.how.time else []
        roles = {one.role for one in every if one not in asked_for}
        survival = any(plain_name(one.name) in _SURVIVAL for one in flags) and every
        is_of_persons = (survival or Role.PERSON in roles) and not roles & _COUNTED
        return _time(every, self.how) if is_of_persons else None

    def _individuals(self, adopted: Column, flag: Column | None = None) -> CurveTable:
        """Return the curve of a table with a row for each person and when that one adopted."""
        nays = _YES if flag and plain_name(flag.name) == "censored" else _NO
        cells = ["" if _is_never(cell) else cell for cell in self._cells(adopted)]
        there = np.array([not flag or row[flag.at].lower() not in nays for row in self.rows])
        for line, cell in zip(self.lines, cells, strict=True):
            if cell and not is_time(cell):
                raise BadValue(
                    f"{line.capitalize()} has a time of adoption that is no number and no date",
                    given=cell,
                    advice="Leave it empty, or write NA, for those who never adopted",
                )
        self._check_persons()
        when = self._moments(adopted, cells)
        seen = ~np.isnan(when.values)
        adoptions, every_time = np.sort(when.values[seen & there]), when.values[seen]
        if len(set(adoptions.tolist())) < 2:
            many = f"{len(adoptions)} rows"
            raise BadValue("A curve needs two times of adoption or more", given=many)
        if adoptions[0] < 0:
            raise BadValue("A time of adoption is negative", given=adoptions[0],
                           advice="Leave it empty for those who never adopted")  # fmt: skip
        end = every_time.max()  # those who never adopt are seen until then
        whole = np.array_equal(every_time, np.round(every_time))
        even = whole and end - adoptions[0] < _LONGEST
        at = np.arange(adoptions[0], end + 1) if even else np.unique([*adoptions, end])
        values = np.searchsorted(adoptions, at, side="right").astype(float)[None, :]
        unit = when.unit or _unit(adopted)
        by = f" (by {shown(flag.name, 40)})" if flag else ""
        who = f"{len(adoptions)} of {len(cells)} have adopted{by}, counts"
        read = (_time_words(adopted, at, unit, when.note), who)
        left = (*self.left_out, *self._unread((adopted, flag)))
        counts = Unscaled((Numbers(values),), Scale.COUNTS)
        remarks = (*self.remarks, "a row a person")
        return CurveTable(at, counts, unit, len(cells), read, remarks, left)

    def _is_flag(self, column: Column) -> bool:
        """Say whether a column of a table of persons says by yes and no who has adopted."""
        counted = column.role in (Role.COUNT, Role.NEAR_COUNT)
        named = counted or plain_name(column.name) in (*_SURVIVAL, "adopter")
        return named and {cell.lower() for cell in self._cells(column)} <= _NO | _YES

    def _check_persons(self) -> None:
        persons = self._having(Role.PERSON)
        names = Counter(cell for one in persons[:1] for cell in self._cells(one))
        twice = next((name for name, many in names.items() if many > 1), None)
        if len(persons) == 1 and twice is not None:
            raise BadValue(
                f"This one stands in two rows of {shown(persons[0].name, 30)}", given=twice,
                advice="Keep the row of the first time. If the rows are counts of places or "
                "rounds, name their column: --count-column NAME",
            )  # fmt: skip


def _only(candidates: Sequence[Column], what: str, advice: str) -> Column:
    """Return the one column; more than one is refused."""
    if len(candidates) == 1:
        return candidates[0]
    both = " and ".join(f"{shown(one.name, 30)} (column {one.at + 1})" for one in candidates)
    raise BadValue(
        f"This table has {len(candidates)} columns that can be {what}: {both}", advice=advice
    )


def _time(every: Sequence[Column], how: ReadAs) -> Column | None:
    """Return the column of the time: exact names before others, the finest unit first."""
    if how.time:
        return chosen(every, how.time, "the time")
    advice = "Take the other out, or name it: --time-column NAME (in Python nw.ReadAs(time='NAME'))"
    timed = [one for one in every if one.role is Role.TIME]
    called = ([one for one in timed if plain_name(one.name) == name] for name in TIMES)
    if found := next(filter(None, called), timed):
        return _only(found, "the time", advice)
    unnamed = every[0].name == "" or plain_name(every[0].name) == "unnamed 0"
    return every[0] if unnamed and len(every) > 1 else None


def _numbered(rows: int) -> Times:
    return Times(np.arange(float(rows)))


def _lies_on_its_side(rows: tuple[tuple[str, ...], ...]) -> bool:
    """Say whether the times run across: increasing in the first row, names in the first column."""
    times, names = rows[0][1:], [row[0] for row in rows]
    if len(times) < 2 or not all(map(_is_value, times)) or any(map(_is_value, names)):
        return False
    corner = names[0] == "" or role_of(names[0]) is Role.TIME
    if len(rows) < 2 or not (corner or len(times) > 2) or not all(names[1:]):
        return False
    if not all(is_number(cell) or is_missing(cell) for row in rows[1:] for cell in row[1:]):
        return False
    try:
        return bool((np.diff(times_of(times).values) > 0).all())
    except BadValue:
        return False


def _heads_runs(rows: tuple[tuple[str, ...], ...]) -> bool:
    """Say whether the heading is a time and the runs by number, as a pivot writes them."""
    (corner, *runs), *rest = rows
    timed = corner == "" or role_of(corner) is Role.TIME
    numbered = [[str(at + n) for at in range(len(runs))] for n in (0, 1)]
    return timed and len(runs) > 1 and runs in numbered and all(_is_value(row[0]) for row in rest)


def _dates_of(name: str, cells: Sequence[str]) -> Sequence[str]:
    """Return times with dates for Unix times, days of Excel and 202001 in a column of dates."""
    filled = [cell for cell in cells if cell]

    def all_are(pattern: str) -> bool:
        return bool(filled) and all(re.fullmatch(pattern, cell) for cell in filled)

    if name in _MONTHS and all_are(r"(19|20)\d\d(0[1-9]|1[0-2])"):
        return [f"{cell[:4]}-{cell[4:]}" if cell else "" for cell in cells]
    if name not in _CLOCKS or not all_are(r"\d+(\.\d+)?"):
        return cells
    numbers, unix = [float(cell) for cell in filled], datetime.datetime(1970, 1, 1)
    for start, days, least, most in (
        (unix, 1 / 86_400, 5e8, 5e9),
        (unix, 1 / 86_400_000, 5e11, 5e12),
        (datetime.datetime(1899, 12, 30), 1, 20_000, 80_000 * (name == "date")),
    ):
        if least <= min(numbers) and max(numbers) < most:
            moments = [start + datetime.timedelta(days * float(cell or 0)) for cell in cells]
            texts = [str(one)[:19].removesuffix(" 00:00:00") for one in moments]
            return [one if cell else "" for one, cell in zip(texts, cells, strict=True)]
    return cells


def _is_value(cell: str) -> bool:
    """Say whether a cell is a number or a date, which no heading is."""
    return is_number(cell) or (is_time(cell) and any(map(str.isdecimal, cell[-2:]))
                               and any(mark in cell for mark in "-/.:"))  # fmt: skip


def _without_heading(raw: RawTable, how: ReadAs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names for the columns of a table without a heading, and remarks on that."""
    width = len(raw.rows[0])
    if len(raw.above) == width and not any(map(_is_value, raw.above)):
        return raw.above, ("heading from the comment line above",)
    if how.counts:
        return ("",) * width, ("no heading",)
    if width == 1:
        return ("count",), ("no heading",)
    if width == 2:
        return ("t", "count"), ("no heading, so the first column is the time",)
    raise BadValue(
        f"This table has {width} columns and no heading",
        given=", ".join(raw.rows[0][:6]),
        advice="Put a first line such as day,count above it, or number the columns: "
        "--time-column 1 --count-column 2 (in Python nw.ReadAs(time='1', counts='2'); an array "
        "of runs is handed to nw.Curve as numbers, one run in a row)",
    )


def _is_never(cell: str) -> bool:
    return is_missing(cell) or cell.strip().lower() in _NEVER


def _check_no_round(line: str, when: str, empty: bool, is_last: bool) -> None:
    """Refuse a row without a time, unless it is a sum, a remark or empty, and so of no round."""
    low = when.strip().lower().strip(":")
    if low in _SUMS or low.split(" ")[0] in ("total", "sum", "source", "note", "notes"):
        return
    if not empty and not (is_missing(when) and is_last):
        raise BadValue(
            f"{line.capitalize()} has a time that is no number and no date", given=when,
            advice="Number the rounds 1, 2, 3, or write dates as 2020-03-01; take out "
            "lines that belong to no round",
        )  # fmt: skip


def _unit(time: Column | None) -> str:
    words = plain_name(time.name).split() if time is not None else []
    called = [unit for unit in _UNITS for word in words if word.removesuffix("s") == unit]
    return next(iter(called), "round")


def _time_words(time: Column | None, at: Floats, unit: str, note: str) -> str:
    where = "the rows, numbered from 0" if time is None else "the first column"
    where = shown(time.name, 40) if time is not None and time.name else where
    span = f"{unit} {at[0]:.10g} to {at[-1]:.10g}"
    uneven = f" ({len(at)} times)" if (np.diff(at) != 1).any() else ""
    return f"{span}{uneven} from {where}" + (f" ({note})" if note else "")


def _count_words(counts: tuple[Column, ...], run: Column | None, runs: int, new: bool) -> str:
    first, last = shown(counts[0].name, 40), shown(counts[-1].name, 40)
    names = first if len(counts) == 1 else f"{len(counts)} runs, {first} to {last}"
    many = "" if run is None else f", {runs} runs by {shown(run.name, 40)}"
    mean = "means" if counts[0].role is Role.MEAN else "cumulative counts"
    return f"{'new ones' if new else mean} from {names}{many}"
