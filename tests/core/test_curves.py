"""Curves in files as people save them: what is plainly meant is read and said, the rest refused."""

from __future__ import annotations

import contextlib
import datetime
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import newswave as nw
from newswave.core.curve import Curve, ReadingWarning
from newswave.core.errors import BadFile, BadValue
from newswave.core.readers.columns import Counting, DateOrder, ReadAs, Scale
from newswave.core.readers.curves import frame_rows, read_curve
from newswave.core.readers.tables import Limits

FUZZ = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
N = 80
MONTHS = tuple(range(1, 11))
COUNTS = (2, 5, 9, 16, 27, 40, 53, 62, 67, 70)
NEW = tuple(np.diff((0, *COUNTS)).tolist())


def lines(head: str, *columns: Any, mark: str = ",") -> str:
    rows = [mark.join(map(str, row)) for row in zip(*columns, strict=True)]
    return "\n".join([head, *rows]) + "\n"


def percent(decimals: int = 2) -> list[str]:
    return [f"{100 * count / N:.{decimals}f}" for count in COUNTS]


def put(folder: Path, content: str | bytes, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def times_and_counts(path: Path, n: int, how: ReadAs | None = None) -> tuple[list[float], Any]:
    found = read_curve(path, how or ReadAs())
    counts = found.counts(n).counts.tolist()
    return found.times.tolist(), counts if len(counts) > 1 else counts[0]


# ---- one curve in every spelling: text, N, options, and words that say what was read

GERMAN = [text.replace(".", ",") for text in percent()]
SAME: dict[str, tuple[str | bytes, ReadAs, str]] = {
    "plain": (lines("month,adopters", MONTHS, COUNTS), ReadAs(), "month 1 to 10 from 'month'"),
    "percent": (lines("month,adopters", MONTHS, percent()), ReadAs(), "in per cent of all"),
    "rounded percent": (lines("month,adopters", MONTHS, percent(1)), ReadAs(), "in per cent"),
    "percent signs": (
        lines("month,adopters", MONTHS, [f"{p} %" for p in percent()]), ReadAs(), "percent signs"),
    "percent heading": (
        lines("month,adopters (%)", MONTHS, percent()), ReadAs(), "by its heading"),
    "percent, decimal comma": (
        lines("month;adopters", MONTHS, GERMAN, mark=";"), ReadAs(), "decimal comma"),
    "percent, quoted comma": (
        lines("month,adopters", MONTHS, [f'"{p}"' for p in GERMAN]), ReadAs(), "decimal comma"),
    "fraction": (
        lines("month,adopters", MONTHS, [c / N for c in COUNTS]), ReadAs(), "in fractions of all"),
    "fraction as pandas prints it": (
        lines("t,share", MONTHS, [f"{c / N:.17f}" for c in COUNTS]), ReadAs(), "by its heading"),
    "thousands": (
        lines("month,users (thousands)", MONTHS, [c / 1000 for c in COUNTS]), ReadAs(),
        "in thousands"),
    "asked percent": (
        lines("month,x", MONTHS, percent()), ReadAs(counts="x", scale=Scale.PERCENT), "per cent"),
    "cumulative beside count": (
        lines("week,count,cumulative", MONTHS, NEW, COUNTS), ReadAs(), "'cumulative'"),
    "cumulative beside adopters": (
        lines("week,adopters,cum. adopters", MONTHS, NEW, COUNTS), ReadAs(), "'cum. adopters'"),
    "counts beside percent": (
        lines("week,adopters (%),adopters", MONTHS, percent(), COUNTS), ReadAs(), "as they are"),
    "shared beside total": (
        lines("day,total,shared", MONTHS, [N] * 10, COUNTS), ReadAs(), "column total"),
    "new and total cases": (
        lines("day,new_cases,total_cases", MONTHS, NEW, COUNTS), ReadAs(), "'total_cases'"),
    "aware": (lines("minute,unaware,aware", MONTHS, [N - c for c in COUNTS], COUNTS), ReadAs(),
              "minute 1 to 10 from 'minute', cumulative counts from 'aware'"),
    "penetration": (lines("month,penetration (%)", MONTHS, percent()), ReadAs(), "by its heading"),
    "installed base": (
        lines("month,sales,installed base", MONTHS, NEW, COUNTS), ReadAs(), "'installed base'"),
    "a lone total": (lines("day,total", MONTHS, COUNTS), ReadAs(), "'total'"),
    "only new ones": (lines("day,new adopters", MONTHS, NEW), ReadAs(), "added up"),
    "adopters per month": (lines("month,adopters per month", MONTHS, NEW), ReadAs(), "added up"),
    "new ones, asked": (
        lines("day,count", MONTHS, NEW), ReadAs(counting=Counting.NEW), "added up"),
    "named columns": (
        lines("when,who,how many", MONTHS, MONTHS, COUNTS),
        ReadAs(time="when", counts="how many"), "'how many'"),
    "comment lines": (
        "# class of 2024\n% x\n// y\n" + lines("day,count", MONTHS, COUNTS), ReadAs(),
        "3 comment lines"),
    "heading in a comment": (
        "# day count\n" + lines("", MONTHS, COUNTS, mark=" ").lstrip(), ReadAs(), "comment line"),
    "sep line": ("sep=;\n" + lines("day;count", MONTHS, COUNTS, mark=";"), ReadAs(), "'count'"),
    "tabs": (lines("day\tcount", MONTHS, COUNTS, mark="\t"), ReadAs(), "'count'"),
    "pipes": (lines("day|count", MONTHS, COUNTS, mark="|"), ReadAs(), "'count'"),
    "blanks": (lines("day   count", MONTHS, COUNTS, mark="   "), ReadAs(), "'count'"),
    "utf-16": (lines("day,count", MONTHS, COUNTS).encode("utf-16"), ReadAs(), "UTF-16"),
    "utf-16 without mark": (
        lines("day,count", MONTHS, COUNTS).encode("utf-16-le"), ReadAs(), "UTF-16-LE"),
    "utf-8 with mark": (b"\xef\xbb\xbf" + lines("day,count", MONTHS, COUNTS).encode(), ReadAs(),
                        "day 1 to 10"),
    "cp1252": (
        lines("day,count,café", MONTHS, COUNTS, MONTHS).encode("cp1252"), ReadAs(),
        "Windows-1252"),
    "old Mac line ends": (
        lines("day,count", MONTHS, COUNTS).replace("\n", "\r"), ReadAs(), "'count'"),
    "R's row names": (
        '"day" "count"' + lines("", [f'"{m}"' for m in MONTHS], MONTHS, COUNTS, mark=" "),
        ReadAs(), "'count'"),
    "netdiffuseR": (
        ",".join(["", *map(str, MONTHS)]) + "\n" + ",".join(["num", *map(str, COUNTS)]) + "\n"
        + ",".join(["prop", *(str(c / N) for c in COUNTS)]) + "\n", ReadAs(), "turned"),
    "in brackets": (
        lines("month,adopters (new),adopters (cumulative)", MONTHS, NEW, COUNTS), ReadAs(),
        "'adopters (cumulative)'"),
    "only new, in brackets": (lines("month,adopters (new)", MONTHS, NEW), ReadAs(), "added up"),
    "so far": (
        lines("month,adopters this month,adopters so far", MONTHS, NEW, COUNTS), ReadAs(),
        "'adopters so far'"),
    "without heading": (lines("", MONTHS, COUNTS).lstrip(), ReadAs(), "no heading"),
    "without heading, by number": (
        lines("", MONTHS, NEW, COUNTS).lstrip(), ReadAs(time="1", counts="3"), "no heading"),
    "title and footnotes": (
        "Hybrid corn in two counties\n\n" + lines("year,count", MONTHS, COUNTS)
        + "\nSource: a survey\nTotal,350\n", ReadAs(), "'Hybrid corn in two counties'"),
    "two lines of heading": (
        "time in,persons\n" + lines("month,adopters", MONTHS, COUNTS), ReadAs(), "line 1"),
    "blank rows and columns": (
        ",,,\n,month,,count\n" + lines(",,,", [""] * 10, MONTHS, [""] * 10, COUNTS), ReadAs(),
        "'count'"),
    "trailing commas": (lines("month,count,,", MONTHS, COUNTS, [","] * 10), ReadAs(), "'count'"),
    "upside down": (
        lines("day,count", MONTHS[::-1], COUNTS[::-1]), ReadAs(), "in order of time"),
    "a line twice": (
        lines("day,count", MONTHS, COUNTS) + "10,70\n", ReadAs(), "1 line that came twice"),
    "all quoted": (
        lines('"day","count"', [f'"{m}"' for m in MONTHS], [f'"{c}"' for c in COUNTS]), ReadAs(),
        "'count'"),
    "on its side": (
        "month," + ",".join(map(str, MONTHS)) + "\nadopters," + ",".join(map(str, COUNTS)),
        ReadAs(), "turned"),
    "a pandas index": (lines(",count", MONTHS, COUNTS), ReadAs(), "'count'"),
    "numbered weeks": (
        lines("week,count", [f"Week {m}" for m in MONTHS], COUNTS), ReadAs(), "week 1 to 10"),
    "floats": (lines("day,count", MONTHS, [f"{c}.0" for c in COUNTS]), ReadAs(), "as they are"),
    "persons": (
        lines("person,toa", range(N), [m for m, c in zip(MONTHS, NEW, strict=True)
                                       for _ in range(c)] + ["NA"] * (N - 70)), ReadAs(),
        "70 of 80 have adopted"),
    "persons with a flag": (
        lines("id,month,adopted", range(N), [m for m, c in zip(MONTHS, NEW, strict=True)
                                             for _ in range(c)] + [10] * (N - 70),
              [1] * 70 + [0] * (N - 70)), ReadAs(), "70 of 80 have adopted"),
}  # fmt: skip


@pytest.mark.parametrize(("flag", "nay", "yes"), [("status", 0, 1), ("censored", 1, 0)])
def test_who_was_never_seen_to_adopt(tmp_path: Path, flag: str, nay: int, yes: int) -> None:
    text = lines(f"id,time,{flag}", "abcde", [1, 2, 2, 5, 5], [yes, yes, yes, nay, nay])
    found = read_curve(put(tmp_path, text))
    assert (found.known, found.counts().counts.tolist()) == (5, [[1, 3, 3, 3, 3]])


@pytest.mark.parametrize("case", SAME)
def test_one_curve_in_every_spelling(tmp_path: Path, case: str) -> None:
    content, how, words = SAME[case]
    found = read_curve(put(tmp_path, content), how)
    assert found.counts(N).counts.tolist() == [list(map(float, COUNTS))]
    assert found.times.tolist() == list(MONTHS)
    assert words in found.words(N)
    assert "\n" not in found.words(N)
    # Before N is known, the same shape.
    default, why = found.default_agents()
    assert found.counts(default).counts.max() <= default
    assert why


def test_the_percent_curve_is_the_curve_of_its_counts(tmp_path: Path) -> None:
    """Half by month 6.0, reach 87.5 %, and the same rate in every scale."""
    files = {case: put(tmp_path, SAME[case][0]) for case in ("plain", "percent", "fraction")}
    curves = [Curve.of_table(read_curve(path), N) for path in files.values()]
    for curve in curves:
        assert curve.half_time()[0] == pytest.approx(6.0)
        assert curve.fraction[0, -1] == pytest.approx(0.875)
    rates = [nw.fit(curve, nw.OneRate()).estimates["rate"] for curve in curves]

    def misfit(rate: float) -> float:
        """Minus the log-likelihood of new adopters among the rest, under logistic growth."""
        i = 1 / (1 + (N / COUNTS[0] - 1) * np.exp(-rate * np.arange(len(COUNTS))))
        chance = np.diff(i) / (1 - i[:-1])
        return -float(scipy.stats.binom.logpmf(NEW[1:], N - np.array(COUNTS[:-1]), chance).sum())

    oracle = scipy.optimize.minimize_scalar(misfit, bounds=(0.1, 3), method="bounded")
    assert rates == pytest.approx([oracle.x] * 3, rel=1e-3)


# ---- times

TIMES = {
    "days": (["2021-05-01", "2021-05-02", "2021-05-03", "2021-05-06"], [0, 1, 2, 5], "day"),
    "with a clock": (["2021-05-01 00:00:00", "2021-05-02T12:00:00", "2021-05-03 00:00"],
                     [0, 1.5, 2], "day"),
    "slashes": (["2021/05/01", "2021/05/02", "2021/05/04"], [0, 1, 3], "day"),
    "compact": (["20210501", "20210502", "20210504"], [0, 1, 3], "day"),
    "points": (["30.04.2021", "01.05.2021", "03.05.2021"], [0, 1, 3], "day"),
    "day first": (["30/04/2021", "01/05/2021", "03/05/2021"], [0, 1, 3], "day"),
    "month first": (["4/30/2021", "5/1/2021", "5/3/21"], [0, 1, 3], "day"),
    "names": (["30 Apr 2021", "1 May 2021", "3 May 2021"], [0, 1, 3], "day"),
    "American names": (["April 30, 2021", "May 1, 2021", "May 3, 2021"], [0, 1, 3], "day"),
    "weekly": (["2021-05-03", "2021-05-10", "2021-05-24"], [0, 1, 3], "week"),
    "first of the month": (["2021-11-01", "2021-12-01", "2022-01-01"], [0, 1, 2], "month"),
    "end of the month": (["2021-01-31", "2021-02-28", "2021-04-30"], [0, 1, 3], "month"),
    "months": (["2020-11", "2020-12", "2021-02"], [0, 1, 3], "month"),
    "month names": (["Nov 2020", "December 2020", "Feb 2021"], [0, 1, 3], "month"),
    "Excel's months": (["Nov-20", "Dec-20", "Feb-21"], [0, 1, 3], "month"),
    "months alone": (["Nov", "Dec", "Jan"], [0, 1, 2], "month"),
    "quarters": (["2020Q3", "2020Q4", "2021Q2"], [0, 1, 3], "quarter"),
    "weeks of the year": (["2020-W52", "2020-W53", "2021-W02"], [0, 1, 3], "week"),
    "every January": (["2001-01-01", "2003-01-01", "2004-01-01"], [2001, 2003, 2004], "year"),
    "the clock": (["09:05", "09:07", "09:20:30"], [0, 2, 15.5], "minute"),
    "within a day": (["2021-05-01 10:00", "2021-05-01 10:05", "2021-05-01T11:30"], [0, 5, 90],
                     "minute"),
    "years": (["1948", "1950", "1955"], [1948, 1950, 1955], "date"),
    "half days": (["0.5", "1", "1.5"], [0.5, 1, 1.5], "date"),
    "steps of five": (["0", "5", "10"], [0, 5, 10], "date"),
}  # fmt: skip


@pytest.mark.parametrize("case", TIMES)
def test_dates_and_uneven_times(tmp_path: Path, case: str) -> None:
    cells, times, unit = TIMES[case]
    counts = [3, 5, 9, 14][: len(cells)]
    text = lines("date,count", [f'"{cell}"' for cell in cells], counts)
    found = read_curve(put(tmp_path, text))
    assert found.times.tolist() == pytest.approx(times)
    assert found.unit == ("round" if unit == "date" else unit)
    curve = Curve.of_table(found, 20)
    assert curve.rounds.tolist() == pytest.approx(times)
    if min(times) == 0 and unit != "date":
        assert f"{unit} 0 is {cells[0]}".replace("20210501", "2021-05-01") in found.words(20)


@pytest.mark.parametrize(
    ("name", "cells", "unit", "start"),
    [
        ("timestamp", ["1619827200", "1619913600", "1620086400"], "day", "2021-05-01"),
        ("created_at", ["1619827200000", "1619827260000", "1619827380000"], "minute", "2021-05-01"),
        ("Date", ["44317", "44318", "44320"], "day", "2021-05-01"),
        ("month", ["202011", "202012", "202102"], "month", "2020-11"),
    ],
)
def test_numbers_that_stand_for_dates(
    tmp_path: Path, name: str, cells: list[str], unit: str, start: str
) -> None:
    found = read_curve(put(tmp_path, lines(f"{name},count", cells, [3, 5, 9])), ReadAs(time=name))
    assert (found.times.tolist(), found.unit) == ([0, 1, 3], unit)
    assert f"{unit} 0 is {start}" in found.words(20)


@pytest.mark.parametrize(
    ("text", "how", "unit"),
    [
        ("pupil,heard at\nA,09:03\nB,09:01\nC,09:02\nD,never\n", ReadAs(), "minute"),
        ("name,adopted\nA,1\nB,2\nC,3\nD,NA\n", ReadAs(time="adopted"), "round"),
        ("week,status\n1,1\n2,1\n3,1\n3,0\n", ReadAs(), "week"),
        ("user,created\na,1\nb,3\nc,2\nd,\n", ReadAs(time="created"), "round"),
    ],
)
def test_persons_and_their_times(tmp_path: Path, text: str, how: ReadAs, unit: str) -> None:
    found = read_curve(put(tmp_path, text), how)
    assert found.counts().counts.tolist() == [[1, 2, 3]]
    assert (found.known, found.unit) == (4, unit)


def test_year_and_month_in_two_columns(tmp_path: Path) -> None:
    months = [11, 12, 1, 2]
    text = lines("year,month,count", [2020, 2020, 2021, 2021], months, [1, 2, 4, 8])
    found = read_curve(put(tmp_path, text))
    assert found.times.tolist() == [0, 1, 2, 3]
    assert found.unit == "month"


def test_dates_that_can_be_two_days_are_refused_until_one_says(tmp_path: Path) -> None:
    path = put(tmp_path, lines("date,count", ["1/3/2020", "2/3/2020", "3/3/2020"], [3, 5, 9]))
    with pytest.raises(BadFile, match=r"cannot be told apart.*1/3/2020.*--dates day-first"):
        read_curve(path)
    assert read_curve(path, ReadAs(dates=DateOrder.DAY_FIRST)).times.tolist() == [0, 1, 2]
    monthly = read_curve(path, ReadAs(dates=DateOrder.MONTH_FIRST))
    assert (monthly.times.tolist(), monthly.unit) == ([0, 1, 2], "month")


# ---- several runs

RUNS = [[1, 2, 4, 8], [0, 1, 3, 5], [2, 2, 6, 9]]
LONG = "\n".join(f"{run},{step},0.3,{count}" for run, held in enumerate(RUNS)
                 for step, count in enumerate(held))  # fmt: skip
WIDE = [",".join(map(str, row)) for row in zip(range(4), *RUNS, strict=True)]
SEVERAL: dict[str, tuple[str, ReadAs]] = {
    "runs side by side": ("round,run_0,run_1,run_2\n" + "\n".join(WIDE), ReadAs()),
    "other names": ("t,rep 1,rep 2,rep 3\n" + "\n".join(WIDE), ReadAs()),
    "seeds": ("tick,seed 1,seed 2,seed 3\n" + "\n".join(WIDE), ReadAs()),
    "a pivot": (",0,1,2\n" + "\n".join(WIDE), ReadAs()),
    "a pivot by step": ("Step,1,2,3\n" + "\n".join(WIDE), ReadAs()),
    "seeds below each other": ("seed,step,rate,Sharing\n" + LONG, ReadAs()),
    "NetLogo": (
        '"BehaviorSpace results (NetLogo 6.2.0)"\n"rumour.nlogo"\n"spread"\n"01/02/2020 10:00:00"\n'
        '"min-pxcor","max-pxcor","min-pycor","max-pycor"\n"-20","20","-20","20"\n'
        '"[run number]","[step]","rate","count turtles with [informed?]"\n' + LONG, ReadAs()),
    "asked": ("t,a,b,c\n" + "\n".join(WIDE), ReadAs(counts=("a", "b", "c"))),
    "one below the other": ("run,round,rate,count\n" + LONG, ReadAs()),
    "Mesa": ("RunId,Step,rate,Sharers\n" + LONG, ReadAs()),
    "iteration": ("iteration,Step,rate,Sharers\n" + LONG, ReadAs()),
    "asked, below": ("class,day,rate,shared\n" + LONG, ReadAs(run="class")),
    "run_id is no run": ("run_id,run_time,round,count\n"
                         + "\n".join(line.replace(",", ",9,", 1).replace(",0.3", "")
                                     for line in LONG.splitlines()), ReadAs()),
}  # fmt: skip


@pytest.mark.parametrize("case", SEVERAL)
def test_several_runs(tmp_path: Path, case: str) -> None:
    text, how = SEVERAL[case]
    times, counts = times_and_counts(put(tmp_path, text), 10, how)
    assert times == [0, 1, 2, 3]
    assert counts == RUNS


def test_runs_that_start_with_nobody_are_read(tmp_path: Path) -> None:
    """As runs from elsewhere: three of four begin with 0."""
    text = "day,run_0,run_1,run_2,run_3\n0,0,0,0,1\n1,0,1,0,2\n2,1,2,0,4\n3,2,4,1,7\n"
    curve = Curve.read(put(tmp_path, text), 25)
    assert curve.counts[:, 0].tolist() == [0, 0, 0, 1]


# ---- refused, with the way out

REFUSED = {
    "two counts": ("day,count,count\n1,1,3\n2,2,5\n", r"'count' \(column 2\) and 'count' \(column"),
    "two by pandas": ("day,count,count.1\n1,1,3\n2,2,5\n", "count"),
    "two days": ("day,day,count\n1,1,3\n2,2,5\n", "'day' .column 1. and 'day'"),
    "two cumulative": ("day,cumulative,cum adopters\n1,1,3\n2,2,5\n", "--count-column"),
    "no scale": ("day,count\n1,2.5\n2,130.5\n", "no whole numbers.*--scale"),
    "percent above 100": ("day,count (%)\n1,20.5\n2,130.5\n", "more than all"),
    "a mean of nobody": ("day,count\n1,1.25\n2,2.5\n3,4.75\n", "no scale makes them whole people"),
    "falls": ("day,count\n1,2\n2,1\n3,4\n", "falls.*--counts new"),
    "no number": ("day,count\n1,2\n2,many\n3,4\n", "Line 3 has a cell that is no number: 'many'"),
    "no time": ("day,count\n1,2\nlater,3\n3,4\n", "Line 3 has a time.*'later'.*1, 2, 3"),
    "a gap in new ones": ("day,new\n1,2\n2,\n3,4\n", "Line 3 has an empty cell.*Put 0"),
    "a gap in one run": ("day,run_0,run_1\n1,2,1\n2,,3\n3,4,4\n", "Line 3 .*'run_0'"),
    "one time twice": ("day,count\n1,2\n2,3\n2,4\n", "Line 3 and line 4.*--run-column"),
    "runs of two lengths": ("run,day,count\n1,1,2\n1,2,3\n2,1,2\n2,3,3\n", "different times.*'2'"),
    "no columns known": ("when,people\n1,2\n2,3\n", "no column of cumulative counts.*--count-col"),
    "no time known": ("when,count\n1,2\n2,3\n", "no column of rounds.*--time-column"),
    "two marks": ("day;users\n1;2.000\n2;5.000\n", "two ways: the last is 5000 or 5"),
    "midnight": ("time,count\n23:50,1\n00:10,2\n", "over 12 hours.*with their date"),
    "persons unnamed": ("user,created\na,1\nb,2\n", "each row is a person.*--time-column"),
    "no heading": ("1,2,3\n2,3,4\n", "3 columns and no heading.*--count-column 2"),
    "marks at odds": ("day;count\n1;1,5\n2;2.5\n", "Comma and point"),
    "marks misplaced": ("day,count\n1,\"1,2,3\"\n2,5\n", "no number.*1,2,3"),
    "dates at odds": ("day,count\n2020-03-01,3\nMar 2020,5\n2020-03-05,9\n", "different ways"),
    "dates that are none": ("day,count\n2020-02-30,3\n2020-03-01,5\n", "no number and no date"),
    "a person twice": ("person,toa\nAnn,1\nBob,2\nAnn,3\n", "two rows of 'person'.*'Ann'"),
    "persons of no time": ("person,toa\nAnn,1\nBob,early\n", "time of adoption.*'early'"),
    "a negative time": ("person,toa\nAnn,1\nBob,2\nCy,-1\n", "negative.*Leave it empty"),
    "one time": ("day,count\n1,2\n", "two rounds"),
    "one adopter": ("person,toa\nAnn,1\nBob,NA\n", "two times"),
    "comments only": ("# a\n# b\n", "no rows"),
    "heading only": ("day,count\n", "no rows"),
    "empty": (" \n", "empty"),
    "ragged": ("day,count\n1,2\n2,3,4\n3,4\n", "Line 3 has 3 cells where most have 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_plain_is_refused_with_the_way_out(tmp_path: Path, case: str) -> None:
    text, words = REFUSED[case]
    with pytest.raises(BadFile, match=words) as caught:
        Curve.of_table(read_curve(put(tmp_path, text)), 300)
    assert "mine.csv" in str(caught.value)


def test_options_that_fit_nothing_are_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "day,count\n1,2\n2,3\n")
    with pytest.raises(BadFile, match=r"no column for the time.*'when'.*one of: day, count"):
        read_curve(path, ReadAs(time="when"))
    with pytest.raises(BadFile, match="no column for the counts"):
        read_curve(path, ReadAs(counts="9"))
    with pytest.raises(BadValue, match=r"Unknown scale.*nw.Scale.PERCENT"):
        ReadAs(scale="percent")  # type: ignore[arg-type]


# ---- marks within numbers


@pytest.mark.parametrize("mark", [",", " ", "'", "’", "\u00a0", "\u202f", "."])
def test_marks_between_thousands(tmp_path: Path, mark: str) -> None:
    counts = (430, 1012, 1100, 12450, 1012450)
    cells = [f'"{count:,}"'.replace(",", mark) for count in counts]
    separator = ";" if mark == "." else ","
    found = read_curve(
        put(tmp_path, lines(f"day{separator}count", range(5), cells, mark=separator))
    )
    assert found.counts(2_000_000).counts[0].tolist() == list(counts)
    assert "marks between thousands" in found.words(2_000_000)


def test_what_can_be_thousands_or_percent_is_decided_by_the_number_in_all(tmp_path: Path) -> None:
    path = put(tmp_path, "day;count\n1;1.012\n2;1.100\n3;1.450\n")
    found = read_curve(path)
    assert found.counts(2000).counts[0].tolist() == [1012, 1100, 1450]
    assert found.scaled(Scale.PERCENT).counts(100_000).counts[0].tolist() == [1012, 1100, 1450]
    with pytest.raises(BadValue, match=r"as they are or in per cent.*--scale"):
        found.counts(50_000)


# ---- workbooks and frames


def workbook(*sheets: list[list[Any]], formats: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
        if formats:
            for cell in sheet["B"][1:]:
                cell.number_format = formats
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_workbook(tmp_path: Path) -> None:
    dated = [[datetime.datetime(2020, 3, day), count] for day, count in ((1, 3), (2, 5), (4, 9))]
    rows = [["A survey"], [], ["date", "adopters"], *dated]
    found = read_curve(put(tmp_path, workbook(rows, []), "a.xlsx"))
    assert found.times.tolist() == [0, 1, 3]
    assert found.counts().counts.tolist() == [[3, 5, 9]]
    assert "row 1 ('A survey')" in found.words()
    shares = [["day", "adopters"], [1, 0.05], [2, 0.09], [3, 0.2]]
    found = read_curve(put(tmp_path, workbook(shares, formats="0%"), "b.xlsx"))
    assert found.counts(100).counts.tolist() == [[5, 9, 20]]
    two = workbook([["day", "count"], [1, 2], [2, 3]], [["x"]])
    for content, words in (
        (two, "2 sheets"),
        (workbook([]), "no sheet"),
        (b"PK\x03\x04x", "no work"),
    ):
        with pytest.raises(BadFile, match=words):
            read_curve(put(tmp_path, content, "c.xlsx"))


def test_a_frame_has_its_rounds_down_the_rows() -> None:
    frame = pd.DataFrame({"run 1": [1, 5, 9, 14], "run 2": [3, 6, 10, 15], "run 3": [4, 8, 12, 18]})
    for given_frame in (frame, frame.astype(float), frame.rename_axis("round")):
        with (
            pytest.warns(ReadingWarning)
            if given_frame.index.name is None
            else contextlib.nullcontext()
        ):
            curve = Curve(given_frame, 30)  # type: ignore[arg-type]
        assert (curve.runs, len(curve.rounds)) == (3, 4)
        assert curve.counts.tolist() == frame.T.to_numpy().tolist()
    with pytest.warns(ReadingWarning, match="turned"):
        assert Curve(frame.T, 30).counts.tolist() == curve.counts.tolist()  # type: ignore[arg-type]
    with pytest.raises(BadFile, match=r"4 columns and no heading.*one run in a row"):
        Curve(pd.DataFrame(frame.T.to_numpy()), 30)  # type: ignore[arg-type]
    with pytest.raises(BadValue, match=r"counts\.T"):
        Curve([[1, 0], [3, 4], [4, 5]], 9)  # type: ignore[arg-type]


def test_the_rows_of_a_frame_without_times_are_its_rounds() -> None:
    """As Mesa's `get_model_vars_dataframe` gives it."""
    found = read_curve(pd.DataFrame({"Sharers": [2, 5, 9], "Susceptible": [8, 5, 1]}))
    assert (found.times.tolist(), found.counts().counts.tolist()) == ([0, 1, 2], [[2, 5, 9]])
    assert "round 0 to 2 from 'round'" in found.words()


def test_frames_of_every_kind() -> None:
    days = pd.date_range("2020-03-01", periods=4)
    assert Curve(pd.Series([1, 3, 6, 9]), 10).rounds.tolist() == [0, 1, 2, 3]  # type: ignore[arg-type]
    dated = pd.Series([1, 3, 6, 9], index=days, name="sharers")
    assert Curve(dated, 10).rounds.tolist() == [0, 1, 2, 3]  # type: ignore[arg-type]
    years = pd.Series([1, 3, 6], index=[1950, 1955, 1957])
    assert Curve(years, 10).rounds.tolist() == [1950, 1955, 1957]  # type: ignore[arg-type]
    tidy = pd.DataFrame({"run": [0, 0, 1, 1], "round": [0, 1, 0, 1], "count": [1, 2, 0, 3]})
    assert Curve.read(tidy, 10).counts.tolist() == [[1, 2], [0, 3]]
    stacked = tidy.set_index(["run", "round"])
    assert Curve.read(stacked, 10).counts.tolist() == [[1, 2], [0, 3]]
    people = pd.DataFrame({"person": ["a", "b", "c"], "toa": [1.0, 2.0, np.nan]})
    with pytest.warns(ReadingWarning, match="2 of 3 have adopted"):
        assert Curve.read(people).n_agents == 3
    by_round = tidy.pivot(index="round", columns="run", values="count")
    for frame in (by_round, by_round.T, by_round.rename_axis(columns=None)):
        assert Curve(frame, 10).counts.tolist() == [[1, 2], [0, 3]]  # type: ignore[arg-type]
    gaps = pd.DataFrame({"t": [0, 1, 2], "count": pd.array([1, None, 3], dtype="Int64")})
    with pytest.warns(ReadingWarning, match="no count"):
        assert Curve(gaps, 10).rounds.tolist() == [0, 2]  # type: ignore[arg-type]
    with pytest.raises(BadFile, match=r"no heading|no rows"):
        Curve(pd.DataFrame(), 3)  # type: ignore[arg-type]


def test_what_is_no_curve_is_refused_with_how_to_make_one() -> None:
    frame = pd.DataFrame({"day": [0, 1, 2, 3], "count": [1, 3, 6, 7]})
    for value in (frame, frame["count"], frame["count"].to_numpy(), [1, 3, 6, 7], "a.csv"):
        for use in (nw.compare, nw.one_or_two, lambda given: nw.fit(given, nw.OneRate())):
            with pytest.raises(BadValue, match=r"no curve.*nw\.Curve\(counts.*data frame"):
                use(value)  # type: ignore[operator]


# ---- how many there are in all


def test_the_table_may_say_how_many_there_are(tmp_path: Path) -> None:
    path = put(tmp_path, lines("day,shared,total", MONTHS, COUNTS, [N] * 10))
    with pytest.warns(ReadingWarning, match="column total"):
        assert Curve.read(path).n_agents == N
    plain = put(tmp_path, lines("day,shared", MONTHS, COUNTS), "b.csv")
    with pytest.raises(BadFile, match="does not say how many"):
        Curve.read(plain)
    assert read_curve(plain).default_agents() == (70, "the largest count")
    shares = put(tmp_path, lines("day,shared", MONTHS, percent()), "c.csv")
    assert read_curve(shares).default_agents()[0] == N


# ---- limits


def test_too_much_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newswave.core.readers.tables._parsed", None)
    path = put(tmp_path, "day,count\n" + "1,2\n" * 1000)
    for limits, words in ((Limits(lines=500), "about 1,0.* lines"), (Limits(cells=1500), "cells"),
                          (Limits(size=1000), "too large")):  # fmt: skip
        with pytest.raises(BadFile, match=words):
            read_curve(path, limits=limits)
    with pytest.raises(BadFile, match="too long for a curve"):
        frame_rows(pd.DataFrame(np.zeros((3000, 2000))))


# ---- whatever is written comes back, whatever is given never ends in a traceback


@st.composite
def written(draw: st.DrawFn) -> tuple[bytes, list[float], list[int], int]:
    """Give a curve as bytes in a spelling of its own, with its times, counts and N."""
    n = draw(st.integers(20, 900))
    size = draw(st.integers(3, 12))
    counts = sorted(draw(st.lists(st.integers(1, n), min_size=size, max_size=size)))
    first = draw(st.integers(0, 2020))
    gaps = draw(st.lists(st.integers(1, 4), min_size=size - 1, max_size=size - 1))
    times = [first, *(first + np.cumsum(gaps)).tolist()]
    scale = draw(st.sampled_from(["counts", "grouped", "percent", "%", "fraction"]))
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    comma = separator != "," and draw(st.booleans())
    cells = {
        "counts": [str(count) for count in counts],
        "grouped": [f"{count:,}".replace(",", " ") for count in counts],
        "percent": [f"{100 * count / n:.6f}" for count in counts],
        "%": [f"{100 * count / n:.6f}%" for count in counts],
        "fraction": [f"{count / n:.8f}" for count in counts],
    }[scale]
    cells = [cell.replace(".", ",") for cell in cells] if comma else cells
    heading = {"percent": "adopters (%)", "fraction": "fraction"}.get(scale, "adopters")
    rows = [separator.join(row) for row in zip(map(str, times), cells, strict=True)]
    rows = draw(st.permutations(rows)) if draw(st.booleans()) else rows
    above = draw(st.sampled_from(["", "# a remark, with commas; and more\n", "\n\n"]))
    below = draw(st.sampled_from(["", f"Total{separator}9\n", f"{separator}\n", "Source: us\n"]))
    text = above + f"year{separator}{heading}\n" + "\n".join(rows) + "\n" + below
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return text.replace("\n", ends).encode(encoding), times, counts, n


@FUZZ
@given(written())
def test_what_is_written_in_any_spelling_comes_back(
    tmp_path: Path, given_file: tuple[bytes, list[float], list[int], int]
) -> None:
    content, times, counts, n = given_file
    path = put(tmp_path, content)
    assert times_and_counts(path, n) == (times, counts)


ODD_CELLS = re.split(
    r"\s+",
    """NA 1,5 1.5 1,012 1.012 5% 1e9 1e999 inf 2020-03-01 2020-13-45 1/2/2020 13/2/2020 x '
" # ٣ - 0000-00-00 29.02.2021 Jan =1+1 Q1 2020Q1 2020-W99 Total Mar-20 1'012 ,5 5, 1,2,3""",
)
CELL = st.one_of(
    st.integers(-3, 90).map(str),
    st.sampled_from(["", "week 3", "Mar 2020", "\x00", "9" * 400, "\u00a0", *ODD_CELLS]),
    st.text(max_size=4),
)
HEADS = re.split(
    r"\s+",
    """day date year month t count cumulative new total run run_1 run_2 person toa adopted share
mean x Step RunId 2020 0.5 adopters(%)""",
)
HEAD = st.sampled_from(["", *HEADS])
HOW = st.builds(
    ReadAs,
    st.sampled_from(["", "", "day", "1"]), st.sampled_from([(), ("count",), ("2",), ("2", "3")]),
    st.sampled_from(["", "", "run"]), st.sampled_from([None, None, *Scale]),
    st.sampled_from([None, *Counting]), st.sampled_from([None, *DateOrder]),
)  # fmt: skip


@FUZZ
@given(
    st.lists(HEAD, min_size=1, max_size=4),
    st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=6),
    st.sampled_from([",", ";", "\t", "|", " "]),
    HOW,
    st.integers(1, 100),
)
def test_any_table_is_a_curve_or_refused(
    tmp_path: Path, head: list[str], rows: list[list[str]], mark: str, how: ReadAs, n: int
) -> None:
    table = [head, *([*row, *["1"] * 4][: len(head)] for row in rows)]
    content = "\n".join(mark.join(row) for row in table).encode("utf-8", "replace")
    for path in (put(tmp_path, content), put(tmp_path, content[::2], "b")):
        with contextlib.suppress(BadFile, BadValue):
            found = read_curve(path, how)
            assert found.words(n)
            curve = Curve.of_table(found, n)
            assert (np.diff(curve.counts) >= 0).all()
            assert (np.diff(curve.rounds) > 0).all()


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_are_a_curve_or_refused(tmp_path: Path, content: bytes) -> None:
    for data in (content, b"PK\x03\x04" + content, b"\xff\xfe" + content, b"day,count\n" + content):
        with contextlib.suppress(BadFile, BadValue):
            read_curve(put(tmp_path, data)).words(10**6)
