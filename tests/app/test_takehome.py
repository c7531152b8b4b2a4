"""Take it with you: every file is what it says, opens where it should, and repeats the page."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from strategies import setups

import newswave as nw
from newswave.app.downloads import (
    MAKERS,
    PREFIX,
    Downloads,
    download_items,
    everything,
    figure_of,
    file_of,
    safe_cell,
    safe_name,
)
from newswave.app.links import setup_of
from newswave.app.page import Button, Code, File, Words, check_keys, walk
from newswave.app.pictures import shown_lines
from newswave.core.curve import Curve
from newswave.core.errors import BadValue
from newswave.core.networks import OwnNetwork
from newswave.core.population import PROFILES, OneProfile, TwoGroups
from newswave.core.rules import Asked, SameForAll
from newswave.core.setup import Setup
from newswave.core.wording import wordings
from newswave.equations.compare import compare, fits_alone
from newswave.equations.predict import theories
from newswave.report.figures import FITS

SETUP = Setup(n_agents=200, n_seeds=5, rounds=25, replicas=4)


@pytest.fixture(scope="module")
def full() -> Downloads:
    """Return everything that a page can have."""
    curve = nw.simulate(SETUP)
    return Downloads(
        curve,
        SETUP,
        compare(curve, replicas=99),
        theories(SETUP),
        run=2,
    )


@pytest.fixture(scope="module")
def mine() -> Downloads:
    """Return a user's own curve, with its verdict."""
    curve = Curve(np.array([2.0, 5, 11, 22, 38, 57, 74, 86]), 100, first_round=3)
    found = compare(curve, degree=4, replicas=99)
    return Downloads(curve, None, found, unit="week", degree=4, data="My survey.csv")


def taken(key: str, downloads: Downloads) -> File | None:
    assert key.startswith(PREFIX)
    return file_of(key, downloads)


def content(downloads: Downloads, key: str) -> bytes:
    file = taken(PREFIX + key, downloads)
    assert file is not None
    return file.content


def dots(png: bytes) -> tuple[float, float, float]:
    """Return dots per inch and the size in inches of a PNG."""
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    at = png.index(b"pHYs")
    per_metre = struct.unpack(">I", png[at + 4 : at + 8])[0]
    per_inch = per_metre * 0.0254
    return per_inch, width / per_inch, height / per_inch


# ---- what there is


def test_a_full_page_offers_every_file(full: Downloads) -> None:
    items = download_items(full)
    check_keys(items)
    buttons = [item for item in walk(items) if isinstance(item, Button)]
    assert {b.key for b in buttons} == {PREFIX + "zip", *(PREFIX + m.key for m in MAKERS)}
    assert not any(button.barred for button in buttons)
    for button in buttons:
        file = taken(button.key, full)
        assert file is not None
        assert len(file.content) > 40
        assert re.fullmatch(r"newswave-two-rates-n200-k8-seed1[a-z-]*\.[a-z]+", file.name)


def test_every_file_has_its_own_name(full: Downloads) -> None:
    names = [maker.file(full).name for maker in MAKERS]
    assert len(set(names)) == len(names)


def test_before_the_test_the_fits_say_why_they_are_not_there(full: Downloads) -> None:
    early = replace(full, comparison=None)
    button = next(i for i in walk(download_items(early)) if i.key == PREFIX + "fits_json")
    assert isinstance(button, Button)
    assert "test" in button.barred
    with pytest.raises(BadValue, match=r"cannot be made.*test"):
        taken(PREFIX + "fits_json", early)
    keys = {item.key for item in walk(download_items(early))}
    assert PREFIX + "residuals_png" not in keys


def test_its_keys_are_its_own(full: Downloads) -> None:
    assert all(item.key.startswith(PREFIX) for item in walk(download_items(full)))
    assert taken(PREFIX + "curve_csv", full) is not None
    assert taken(PREFIX + "nothing", full) is None


# ---- figures


def test_the_figure_is_for_print(full: Downloads) -> None:
    png = content(full, "figure_png")
    per_inch, width, height = dots(png)
    assert round(per_inch) == 300
    assert 6 < width < 10
    assert 4 < height < 7
    assert b"Description" in png
    assert round(dots(content(full, "theory_png"))[0]) == 300


@pytest.mark.parametrize("compared", [True, False])
def test_the_svg_says_what_it_shows(full: Downloads, compared: bool) -> None:
    downloads = full if compared else replace(full, comparison=None)
    root = ET.fromstring(content(downloads, "figure_svg").decode())
    told = root.find("{http://www.w3.org/2000/svg}desc")
    assert told is not None
    assert told.text is not None
    assert "Half of all have shared" in told.text
    assert "median of the runs: half by" in told.text


def test_a_synthetic_figure_says_so() -> None:
    asked = Asked("synthetic", wordings()[0], synthetic=True)
    setup = Setup(n_agents=50, n_seeds=2, replicas=1, sharing=asked)
    downloads = Downloads(Curve(np.arange(2.0, 30.0), 50, setup=setup), setup)
    assert "ynthetic: a formula" in content(downloads, "figure_svg").decode()
    assert b"ynthetic: a formula" in content(downloads, "figure_png")
    readme = zipfile.ZipFile(io.BytesIO(everything(downloads).content)).read(
        f"{downloads.stem}/README.txt"
    )
    assert b"SYNTHETIC" in readme
    assert "-synthetic-" in downloads.stem


def test_titles_from_users_are_text() -> None:
    downloads = Downloads(Curve([1, 3, 6], 10), title="<script>$x^$ & =1", data="x.csv")
    svg = content(downloads, "figure_svg").decode()
    ET.fromstring(svg)
    assert "<script>" not in svg


# ---- tables


def test_the_curves_come_back(full: Downloads, tmp_path: Path) -> None:
    for key, runs in (("curve_csv", 1), ("runs_csv", 4)):
        path = tmp_path / f"{key}.csv"
        path.write_bytes(content(full, key))
        back = Curve.read(path, 200)
        assert back.runs == runs
        assert np.allclose(back.mean, full.curve.mean)


def test_a_single_run_has_no_columns_of_runs(mine: Downloads) -> None:
    keys = {item.key for item in walk(download_items(mine))}
    assert PREFIX + "runs_csv" not in keys
    assert PREFIX + "setup_json" not in keys


def test_groups_add_up_to_the_curve(full: Downloads) -> None:
    rows = list(csv.reader(io.StringIO(content(full, "groups_csv").decode())))
    assert rows[0] == ["round", "outgoing", "reserved"]
    sums = [float(one) + float(other) for _, one, other in rows[1:]]
    assert np.allclose(sums, full.curve.mean)


FORMULAS = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "=1,\n=2", '="x"']


@pytest.mark.parametrize("name", FORMULAS)
def test_text_that_looks_like_a_formula_is_made_harmless(name: str) -> None:
    assert safe_cell(name) == "'" + name


def test_names_of_groups_stay_text_in_spreadsheets() -> None:
    mix = TwoGroups(fast_name="=1+1", slow_name='@x,"y"')
    setup = replace(SETUP, mix=mix)
    downloads = Downloads(nw.simulate(setup), setup)
    rows = list(csv.reader(io.StringIO(content(downloads, "groups_csv").decode())))
    cells = [cell for row in rows for cell in row]
    assert "'=1+1" in cells
    assert '\'@x,"y"' in cells
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    assert all(re.fullmatch(r"-?[0-9.e+-]+|inf", cell) for row in rows[1:] for cell in row[1:])


@given(st.text(max_size=12))
def test_a_safe_cell_is_the_text_itself_or_begins_with_an_apostrophe(text: str) -> None:
    made = safe_cell(text)
    assert made in (text, "'" + text)
    assert not made.lstrip().startswith(("=", "+", "-", "@"))


@given(st.text(max_size=80))
def test_a_safe_name_is_safe(text: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", safe_name(text))


# ---- setup, fits, lines, link


def test_setup_and_fits_come_back(full: Downloads) -> None:
    assert Setup.from_json(content(full, "setup_json").decode()) == SETUP
    fits = json.loads(content(full, "fits_json"))
    assert full.comparison is not None
    assert fits["verdict"]["words"] == full.comparison.verdict.words
    assert fits["decisions"] is None
    assert fits["degree"] == 8


def test_the_link_opens_the_page_again(full: Downloads) -> None:
    code = next(
        i
        for i in walk(download_items(full, address="https://x.org/app/"))
        if i.key.endswith("link")
    )
    assert isinstance(code, Code)
    linked = setup_of(code.text)
    assert (linked.setup, linked.page, linked.run) == (SETUP, "", 2)


def test_where_no_link_can_carry_it_the_page_says_so() -> None:
    pairs = tuple(
        (a, (a * a + 7 * a + 1) % 2503) for a in range(2503) if (a * a + 6 * a + 1) % 2503
    )
    own = Setup(2503, OwnNetwork(2503, pairs), OneProfile(PROFILES[0]), SameForAll(), replicas=1)
    items = list(walk(download_items(Downloads(Curve([10.0, 20.0, 30.0], 2503, setup=own), own))))
    words = next(item for item in items if item.key.endswith("no_link"))
    assert isinstance(words, Words)
    assert "setup file" in words.text
    lines = next(item for item in items if item.key.endswith("lines"))
    assert isinstance(lines, Code)
    assert len(lines.text) < 400
    assert "-setup.json" in lines.label


@given(setups())
@settings(max_examples=25, deadline=None)
def test_any_setup_can_be_taken_home(setup: Setup) -> None:
    downloads = Downloads(nw.simulate(setup), setup)
    check_keys(download_items(downloads))
    assert re.fullmatch(r"newswave-[a-z-]+-n\d+-k\d+-seed\d+", downloads.stem)
    for key in ("curve_csv", "runs_csv", "groups_csv", "setup_json", "python"):
        assert content(downloads, key)


# ---- everything


def unpacked(downloads: Downloads, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(everything(downloads).content)) as packed:
        packed.extractall(folder)
    return folder / downloads.stem


def test_the_zip_explains_itself(full: Downloads, tmp_path: Path) -> None:
    there = unpacked(full, tmp_path)
    names = {path.name for path in there.iterdir()}
    assert names == {"README.txt", *(maker.file(full).name for maker in MAKERS)}
    readme = (there / "README.txt").read_text()
    assert all(name in readme for name in names - {"README.txt"})
    assert "HOW TO REPEAT IT" in readme
    assert "apostrophe" in readme
    assert "SYNTHETIC" not in readme
    assert max(map(len, readme.splitlines())) <= 80


def test_the_zip_is_the_same_each_time(full: Downloads) -> None:
    assert everything(full).content == everything(full).content


def said(path: Path) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as heard:
        exec(compile(path.read_text(), path.name, "exec"), {})
    return heard.getvalue()


def test_the_lines_in_the_zip_repeat_the_page(
    full: Downloads, mine: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for downloads in (full, mine):
        there = unpacked(downloads, tmp_path)
        monkeypatch.chdir(there)
        assert downloads.comparison is not None
        assert downloads.comparison.verdict.words in said(there / f"{downloads.stem}.py")


def drawn(figure: Figure) -> list[tuple[str, list[float]]]:
    """Return the lines of a figure, each with its name."""
    lines = figure.axes[0].get_lines()
    return [(str(line.get_label()), np.asarray(line.get_ydata()).tolist()) for line in lines]


@pytest.mark.parametrize("compared", [True, False])
def test_the_figure_is_the_page_s_and_the_python_lines_draw_it(
    full: Downloads,
    mine: Downloads,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    compared: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    for downloads, degree in ((full, None), (mine, 4)):
        fits = fits_alone(downloads.curve, degree)
        on = replace(downloads, shown=frozenset({"band", "master", *FITS}), fits=fits)
        on = on if compared else replace(on, comparison=None)
        for file in (taken(PREFIX + "curve_csv", on), taken(PREFIX + "setup_json", full)):
            assert file is not None
            (tmp_path / file.name).write_bytes(file.content)
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(on.python(beside=True), "lines", "exec"), names)
        page = shown_lines(on.curve, on.shown, on.predicted.theories if on.predicted else (), fits)
        ours, theirs = drawn(figure_of(on)[0]), drawn(names["figure"])
        assert [name for name, _ in ours] == [name for name, _ in theirs]
        assert {line.label for line in page} <= {name for name, _ in ours}
        assert len(page) >= 5
        for (_, one), (_, other) in zip(ours, theirs, strict=True):
            assert np.allclose(one, other, atol=1e-6)
        assert (tmp_path / "figure.png").exists()


def test_an_own_curve_is_named_after_its_file(mine: Downloads, tmp_path: Path) -> None:
    assert mine.stem == "newswave-my-survey-n100"
    there = unpacked(mine, tmp_path)
    assert (there / "newswave-my-survey-n100.csv").exists()
    assert "setup" not in (there / "README.txt").read_text().split("HOW TO REPEAT")[1]
    hostile = replace(mine, data="../../etc/pass wd\x00.csv")
    assert hostile.stem == "newswave-etc-pass-wd-n100"
    assert replace(mine, data="数据.csv").stem == "newswave-data-n100"


def test_the_row_fits_what_is_there(mine: Downloads) -> None:
    items = walk(download_items(mine))
    buttons = [item.key for item in items if isinstance(item, Button)]
    assert buttons[:2] == [PREFIX + "zip", PREFIX + "figure_png"]


def test_matplotlib_is_loaded_only_for_a_figure() -> None:
    code = (
        "import sys, newswave.app.downloads as t; from newswave.core.curve import Curve; "
        "b = t.Downloads(Curve([1, 3, 6], 10), data='x.csv'); t.download_items(b); "
        "t.file_of('take.curve_csv', b); print('matplotlib' in sys.modules); "
        "t.file_of('take.figure_svg', b); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
