"""A sweep finds the same whoever works on it, loses no finished cell, and repeats none."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
from counting import BASE, Counting, small_grid, worked
from strategies import by_luck, thirty_two

import newswave as nw
from newswave.cli import main
from newswave.core.errors import BadFile, BadValue, NewswaveError
from newswave.core.journal import read_journal
from newswave.core.rules import Measured, synthetic_table
from newswave.core.setup import Setup
from newswave.studies import sweep as sweeps
from newswave.studies.grid import Grid
from newswave.studies.study import Finding, Fitted, Spread
from newswave.studies.sweep import Outcome, Swept, sweep, worked_out

GRID = small_grid()
LAST = len(GRID) - 1


def stop_after(count: int) -> Callable[[int, int], None]:
    """Return a progress that is a user who presses Ctrl-C when so many cells are done."""

    def progress(done: int, total: int) -> None:  # noqa: ARG001
        if done == count:
            raise KeyboardInterrupt

    return progress


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


# ------------------------------------------------------------------------------- what is found


def test_what_is_found_is_what_the_study_finds(tmp_path: Path) -> None:
    swept = sweep(GRID, Fitted())
    assert isinstance(swept, Swept)
    assert list(swept.findings) == list(range(len(GRID)))
    for cell in GRID.cells():
        assert swept.findings[cell.number] == Fitted().findings(cell.setup)
    assert (swept.failed, swept.files) == ({}, ())
    assert list(tmp_path.iterdir()) == []


def test_the_verdict_is_found_if_nothing_else_is_asked_for() -> None:
    swept = nw.sweep(nw.Grid(BASE, seed=[1]))
    quantities = {finding.quantity for finding in swept.findings[0]}
    assert {"verdict", "p-value", "fast rate", "AIC"} <= quantities


def test_the_table_is_tidy_and_says_where_each_row_comes_from(log: Path) -> None:
    grid = Grid(replace(BASE, n_agents=80), degree=[4, 8], seed=[5, 6])
    swept = sweep(grid, Counting(str(log), fails=6))
    table = swept.table()
    assert list(table.columns[:3]) == ["cell", "degree", "seed"]
    assert list(table.columns).count("seed") == list(table.columns).count("degree") == 1
    assert table.cell.tolist() == [0, 0, 1, 2, 2, 3]
    first = table.iloc[0]
    assert (first.quantity, first.value, first.low) == ("third", 4 / 3 + 5, 0.1)
    assert first.isna()["high"]
    assert (first.text, first.model) == ('a "word", and more', "")
    assert (first.n_agents, first.replicas, first.source) == (80, 3, "rule")
    setup = grid.cells()[0].setup
    assert first.event == setup.event.id
    assert first.setup == hashlib.sha256(setup.to_json().encode()).hexdigest()
    assert first.newswave == nw.__version__
    assert first.python == sys.version.split()[0]
    failed = table[table.quantity == "failed"]
    assert failed.cell.tolist() == [1, 3]
    assert failed.text.tolist() == ["ZeroDivisionError: seed 6 cannot be divided"] * 2
    assert failed.value.isna().all()


def test_the_setup_of_a_row_is_the_hash_of_its_file(tmp_path: Path) -> None:
    swept = sweep(GRID, Spread())
    written = GRID.cells()[4].setup.write(tmp_path / "setup.json").read_bytes()
    table = swept.table()
    assert set(table.setup[table.cell == 4]) == {hashlib.sha256(written).hexdigest()}


def test_csv_and_parquet_hold_the_same(tmp_path: Path, log: Path) -> None:
    swept = sweep(GRID, Counting(str(log), fails=1), tmp_path / "a")
    assert [path.name for path in swept.files] == ["table.csv", "table.parquet"]
    csv = (tmp_path / "a" / "table.csv").read_text()
    assert csv == swept.to_csv()
    empty = {name: [""] for name in ("value", "low", "high")}
    from_csv = pd.read_csv(swept.files[0], keep_default_na=False, na_values=empty)
    from_parquet = pd.read_parquet(swept.files[1])
    pd.testing.assert_frame_equal(from_csv, swept.table(), check_dtype=False, check_exact=True)
    pd.testing.assert_frame_equal(from_parquet, swept.table(), check_exact=True)


def test_without_pyarrow_there_is_csv_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "can_write_parquet", lambda: False)
    swept = sweep(GRID, Spread(), tmp_path)
    assert [path.name for path in swept.files] == ["table.csv"]
    assert not (tmp_path / "table.parquet").exists()


def test_the_source_is_named() -> None:
    table = synthetic_table()
    assert table.origin is not None
    real = replace(table, origin=replace(table.origin, model="gemma3:1b", synthetic=False))
    codes = table.given.rows
    by_hand = Measured(table.given.pick(codes, codes))
    sources = [sweeps.source(Setup(sharing=rule)) for rule in (table, real, by_hand)]
    assert sources[0] == f"synthetic measured: {table.origin.model}"
    assert sources[1:] == ["measured: gemma3:1b", f"table: {table.given.source}"]


def test_what_a_table_leaves_open_reaches_every_row_of_its_sweep() -> None:
    lucky = by_luck()
    grid = Grid(Setup(sharing=lucky), degree=[4, 8])
    [words] = sweeps.doubts(grid)
    assert "does not tell its profiles apart from luck" in words
    assert sweeps.source(grid.cells()[0].setup).endswith(", profiles in doubt")
    assert sweeps.doubts(Grid(Setup(sharing=thirty_two()), degree=[4, 8])) == []


# ------------------------------------------------------------------------------------- workers


def test_two_processes_find_the_same_as_one(tmp_path: Path, log: Path) -> None:
    one = sweep(GRID, Fitted(), tmp_path / "one")
    two = sweep(GRID, Fitted(), tmp_path / "two", workers=2)
    for name in ("table.csv", "table.parquet"):
        same = [(tmp_path / place / name).read_bytes() for place in ("one", "two")]
        assert same[0] == same[1]
    assert one.findings == two.findings
    sweep(GRID, Counting(str(log)), workers=2)
    assert os.getpid() not in {process for process, *_ in worked(log)}
    assert len(worked(log)) == len(GRID)


def test_joblib_says_where_if_nothing_else_does(log: Path) -> None:
    sweep(GRID, Counting(str(log)))
    with joblib.parallel_config("threading", n_jobs=2):
        sweep(GRID, Counting(str(log)))
    assert {process for process, *_ in worked(log)} == {os.getpid()}
    with joblib.parallel_config("loky", n_jobs=2):
        sweep(GRID, Counting(str(log)))
        sweep(GRID, Counting(str(log)), workers=1)
    processes = [process for process, *_ in worked(log)]
    assert [process == os.getpid() for process in processes] == [True] * 12 + [False] * 6 + [
        True
    ] * 6


def test_a_worker_that_dies_takes_no_finished_cell_with_it(tmp_path: Path, log: Path) -> None:
    grid = small_grid(4)
    flag = tmp_path / "died"
    swept = sweep(grid, Counting(str(log), deadly=2, flag=str(flag)), tmp_path / "a", workers=2)
    assert flag.exists()
    assert swept.failed == {}
    assert swept.to_csv() == sweep(grid, Counting(str(log))).to_csv()


def test_a_cell_that_its_worker_dies_of_is_told_and_the_rest_is_found(log: Path) -> None:
    swept = sweep(GRID, Counting(str(log), deadly=1), workers=2)
    deadly = [cell.number for cell in GRID.cells() if cell.setup.seed == 1]
    assert list(swept.failed) == deadly
    assert all("died" in reason and "memory" in reason for reason in swept.failed.values())
    assert len(swept.findings) == len(GRID) - 2


@pytest.mark.parametrize("workers", [0, 1.5, "two", True, -1])
def test_workers_are_a_whole_number(workers: Any) -> None:
    with pytest.raises(BadValue, match="workers does not fit"):
        sweep(GRID, Spread(), workers=workers)


def test_another_newswave_does_not_work_for_this_one(log: Path) -> None:
    outcome = worked_out(GRID.cells()[0], Counting(str(log)), "99.0")
    assert "another newswave" in outcome.reason
    assert worked(log) == []


# ------------------------------------------------------------------- stopped, failed, gone on with


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_sweep_goes_on_with_the_missing_cells_only(
    tmp_path: Path, log: Path, workers: int
) -> None:
    study, folder = Counting(str(log)), tmp_path / "a"
    with pytest.raises(KeyboardInterrupt):
        sweep(GRID, study, folder, workers, stop_after(2))
    kept = [line["cell"] for line in read_journal(folder / "cells-1.jsonl").lines[1:]]
    assert len(kept) == 2
    table = pd.read_csv(folder / "table.csv")
    assert sorted(set(table.cell)) == sorted(kept)
    log.unlink()
    told: list[tuple[int, int]] = []
    swept = sweep(GRID, study, folder, workers, lambda *now: told.append(now))
    assert told == [(done, len(GRID) - 2) for done in range(len(GRID) - 1)]
    again = {(degree, seed) for _, degree, seed in worked(log)}
    mine = {cell.number: dict(cell.settings) for cell in GRID.cells()}
    missing = [settings for number, settings in mine.items() if number not in kept]
    assert again == {(one["degree"], one["seed"]) for one in missing}
    assert len(worked(log)) == len(GRID) - 2
    log.unlink()
    whole = sweep(GRID, study, folder, workers)
    assert worked(log) == []
    assert whole.to_csv() == swept.to_csv() == sweep(GRID, study).to_csv()


@pytest.mark.skipif(os.name == "nt", reason="Windows does not remove an open file")
def test_a_folder_removed_in_mid_run_is_there_again_and_gone_on_with(
    tmp_path: Path, log: Path
) -> None:
    study, folder = Counting(str(log)), tmp_path / "a"

    def remove(done: int, _: int) -> None:
        if done == 2:
            shutil.rmtree(folder)

    with pytest.raises(BadFile, match=r"removed while it was written.*cells-1\.jsonl again"):
        sweep(GRID, study, folder, 1, remove)
    kept = len(read_journal(folder / "cells-1.jsonl").lines) - 1
    assert kept >= 3
    log.unlink()
    swept = sweep(GRID, study, folder, 1)
    assert len(worked(log)) == len(GRID) - kept
    assert (folder / "grid.json").exists()
    assert swept.to_csv() == sweep(GRID, study).to_csv()


def test_killed_at_any_moment_the_finished_cells_are_there(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from counting import Counting, small_grid\n"
        "from newswave.studies.sweep import sweep\n"
        "def progress(done, total):\n"
        "    if done == 3:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sweep(small_grid(), Counting(sys.argv[2]), sys.argv[3], progress=progress)\n"
    )
    log = tmp_path / "log.txt"
    command = [sys.executable, "-c", code, str(Path(__file__).parents[1]), str(log)]
    done = subprocess.run([*command, str(tmp_path / "a")], check=False)
    assert done.returncode == -signal.SIGKILL
    sweep(GRID, Counting(str(log)), tmp_path / "a")
    assert len(worked(log)) == len(GRID) == len({place[1:] for place in worked(log)})


def test_failed_cells_are_kept_and_tried_again_only_if_asked(tmp_path: Path, log: Path) -> None:
    folder = tmp_path / "a"
    study = Sometimes(str(log), str(tmp_path / "mended"))
    assert list(sweep(GRID, study, folder).failed) == [1, 4]
    Path(study.mended).touch()
    log.unlink()
    assert list(sweep(GRID, study, folder).failed) == [1, 4]
    assert worked(log) == []
    swept = sweep(GRID, study, folder, retry=True)
    assert swept.failed == {}
    assert [seed for _, _, seed in worked(log)] == [1, 1]
    assert sweep(GRID, study, folder).to_csv() == swept.to_csv()


@dataclass(frozen=True)
class Sometimes:
    """Fails for seed 1 until a file is there."""

    log: str
    mended: str

    def findings(self, setup: Setup) -> tuple[Finding, ...]:
        fails = -1 if Path(self.mended).exists() else 1
        return Counting(self.log, fails=fails).findings(setup)


@dataclass(frozen=True)
class Wrong:
    """Raises, or finds what are no findings."""

    how: str

    def findings(self, setup: Setup) -> Any:
        if self.how == "memory":
            raise MemoryError
        if self.how == "words":
            raise BadValue("This is wrong", given=setup.seed)
        return {"none": None, "texts": ("a", "b")}[self.how]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("memory", "more memory than there is"),
        ("words", "This is wrong. Given: 0."),
        ("none", "TypeError"),
        ("texts", "A study finds Findings"),
    ],
)
def test_why_a_cell_failed_is_said(how: str, words: str) -> None:
    assert words in sweep(Grid(BASE, seed=[0]), Wrong(how)).failed[0]


# ---------------------------------------------------------------------------------- the folder


def test_another_sweep_in_the_folder_is_refused_and_left(tmp_path: Path, log: Path) -> None:
    sweep(GRID, Counting(str(log)), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    log.unlink()
    for grid, study in (
        (small_grid(4), Counting(str(log))),
        (Grid(replace(BASE, rounds=13), degree=[4, 8], seed=range(3)), Counting(str(log))),
        (GRID, Counting(str(log), fails=9)),
        (GRID, Spread()),
    ):
        with pytest.raises(BadFile, match=r"holds another sweep.*Choose another folder"):
            sweep(grid, study, tmp_path)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    after.pop("log.txt", None)
    before.pop("log.txt", None)
    assert after == before


def test_a_sweep_of_another_newswave_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(GRID, Spread(), tmp_path)
    monkeypatch.setattr(sweeps, "__version__", "99.0")
    with pytest.raises(BadFile, match=f"a sweep by newswave {nw.__version__}, and this is 99.0"):
        sweep(GRID, Spread(), tmp_path)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    ledger = tmp_path / "cells-1.jsonl"
    ledger.write_text('{"kind":"else"}\n')
    with pytest.raises(BadFile, match="something else than a sweep"):
        sweep(GRID, Spread(), tmp_path)
    assert ledger.read_text() == '{"kind":"else"}\n'
    ledger.unlink()
    sweep(GRID, Spread(), tmp_path)
    lines = ledger.read_text().splitlines()
    ledger.write_text("\n".join([lines[0], '{"kind":"cell"}', *lines[2:]]) + "\n")
    with pytest.raises(BadFile, match=r"Line 2: This line holds no cell.*Delete line 2"):
        sweep(GRID, Spread(), tmp_path)


def test_a_torn_last_line_costs_one_cell(tmp_path: Path, log: Path) -> None:
    whole = sweep(GRID, Counting(str(log)), tmp_path / "a")
    ledger = tmp_path / "a" / "cells-1.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-20])
    log.unlink()
    assert sweep(GRID, Counting(str(log)), tmp_path / "a").to_csv() == whole.to_csv()
    assert len(worked(log)) == 1


def test_a_ledger_grows_in_parts(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "PART_BYTES", 600)
    study, folder = Counting(str(log)), tmp_path / "a"
    with pytest.raises(KeyboardInterrupt):
        sweep(GRID, study, folder, progress=stop_after(4))
    whole = sweep(GRID, study, folder)
    assert len(list(folder.glob("cells-*.jsonl"))) > 2
    assert len(worked(log)) == len(GRID)
    assert sweep(GRID, study, folder).to_csv() == whole.to_csv() == sweep(GRID, study).to_csv()


def test_two_programs_do_not_write_one_folder(tmp_path: Path) -> None:
    def progress(done: int, total: int) -> None:  # noqa: ARG001
        with pytest.raises(BadFile, match="Another newswave"):
            sweep(GRID, Spread(), tmp_path / "a")

    sweep(GRID, Spread(), tmp_path / "a", progress=progress)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_is_told_and_what_is_done_is_kept(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    real, written = os.write, []

    def write(file: int, data: bytes) -> int:
        if data.startswith(b'{"kind":"cell"'):
            if len(written) == 3:
                raise OSError(errno.ENOSPC, "No space left on device")
            written.append(file)
        return real(file, data)

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(BadFile, match=r"No space left on device.*4 whole lines are kept"):
        sweep(GRID, Counting(str(log)), tmp_path / "a", workers)
    monkeypatch.undo()
    done = len(read_journal(tmp_path / "a" / "cells-1.jsonl").lines) - 1
    assert done == 3
    log.unlink()
    whole = sweep(GRID, Counting(str(log)), tmp_path / "a")
    assert len(worked(log)) == len(GRID) - 3
    assert whole.failed == {}


def test_the_grid_is_written_beside(tmp_path: Path) -> None:
    sweep(GRID, Spread(), tmp_path)
    held = json.loads((tmp_path / "grid.json").read_text())
    assert (held["cells"], held["study"]) == (len(GRID), {"kind": "Spread"})
    assert [axis["name"] for axis in held["grid"]["axes"]] == ["degree", "seed"]
    assert Setup.from_json(json.dumps(held["grid"]["base"])) == BASE


@dataclass
class Loose:
    """No frozen study."""

    def findings(self, setup: Setup) -> tuple[Finding, ...]:  # noqa: ARG002
        return ()


@dataclass(frozen=True)
class Unwritten:
    """A study that JSON does not hold."""

    held: object = field(default_factory=object)

    def findings(self, setup: Setup) -> tuple[Finding, ...]:  # noqa: ARG002
        return ()


def test_what_is_no_grid_or_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="This is no grid"):
        sweep(BASE)  # type: ignore[arg-type]
    for study in (Loose(), Spread, "fits"):
        with pytest.raises(BadValue, match=r"This is no study.*frozen dataclass"):
            sweep(GRID, study)  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="This study cannot be written down"):
        sweep(GRID, Unwritten(), tmp_path / "a")


def test_an_outcome_survives_its_line_to_the_last_digit() -> None:
    findings = (Finding("a", 0.1 + 0.2, 1e-300, None, "m", "x", "y", "é"), Finding("b"))
    outcome = Outcome(7, findings, "", "abc", "1", "2", "3")
    assert Outcome.of_line(json.loads(json.dumps(outcome.line()))) == outcome
    failed = Outcome(0, reason="why")
    assert failed.failed
    assert Outcome.of_line(failed.line()) == failed


# ---------------------------------------------------------------------------- a cluster of Dask


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Yield a real cluster: a scheduler, and two workers that are processes."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    ) as made:
        made.wait_for_workers(2)
        yield made


def test_a_cluster_finds_the_same_though_a_worker_is_killed(
    cluster: Any, tmp_path: Path, log: Path
) -> None:
    grid = small_grid(8)
    study = Counting(str(log))
    one = sweep(grid, study)
    log.unlink()
    killed: list[int] = []

    def progress(done: int, total: int) -> None:  # noqa: ARG001
        if done == 3:
            killed.append(worked(log)[0][0])
            os.kill(killed[0], signal.SIGKILL)

    with sweeps.on_cluster(cluster.scheduler_address) as count:
        assert count == 2
        swept = sweep(grid, study, tmp_path / "a", progress=progress)
    assert len(killed) == 1
    assert os.getpid() not in {process for process, *_ in worked(log)}
    assert swept.to_csv() == one.to_csv()
    assert {place[1:] for place in worked(log)} == {(k, s) for k in (4, 8) for s in range(8)}


def test_joblib_puts_a_sweep_on_the_cluster_and_the_command_too(
    cluster: Any, tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        with joblib.parallel_config("dask"):
            swept = sweep(GRID, Counting(str(log)))
    assert os.getpid() not in {process for process, *_ in worked(log)}
    assert swept.failed == {}
    file = tmp_path / "sweep.toml"
    file.write_text(
        "[base]\nagents = 60\nseeds = 3\nrounds = 12\nreplicas = 3\n"
        "[grid]\ndegree = [4, 8]\nseed = {from = 0, to = 2}\n[study]\nfits = false\n"
    )
    out, there = str(tmp_path / "out"), cluster.scheduler_address
    assert main(["sweep", str(file), "--out", out, "--scheduler", there]) == 0
    assert "workers of the cluster" in capsys.readouterr().out
    assert (tmp_path / "out" / "table.csv").read_text() == sweep(GRID, Spread()).to_csv()


def test_where_no_scheduler_is_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x", "somewhere"):
        with pytest.raises(BadValue, match="No scheduler of Dask"), sweeps.on_cluster(address):
            pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NewswaveError, match=r"newswave\[scale\]"), sweeps.on_cluster("tcp://a"):
        pass


def test_a_cluster_that_is_gone_is_told_and_what_is_done_is_kept(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        def __init__(self, **_: Any) -> None:
            pass

        def __call__(self, tasks: Any) -> Iterator[Outcome]:
            work, given, _ = next(iter(tasks))
            yield work(*given)
            raise OSError("Timed out trying to connect to tcp://10.0.0.5:8786")

    with monkeypatch.context() as patch:
        patch.setattr(joblib, "Parallel", Gone)
        with pytest.raises(NewswaveError, match=r"cannot be .* reached.*Timed out.*are kept"):
            sweep(GRID, Counting(str(log)), tmp_path / "a", workers=2)
    sweep(GRID, Counting(str(log)), tmp_path / "a")
    assert len(worked(log)) == len(GRID)


def test_the_benchmark_prints_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import sweeps as benchmark

    tiny = benchmark.Sizes(seeds=1, agents=60, replicas=3, turns=1)
    lines = [figure.line() for figure in benchmark.figures(tiny)]
    assert len(lines) == 5
    assert lines[2].split()[-1] in ("yes", "NO")


def test_deaths_are_known_of_every_backend() -> None:
    names = {kind.__name__ for kind in sweeps._deaths()}
    assert {"BrokenProcessPool", "KilledWorker"} <= names
