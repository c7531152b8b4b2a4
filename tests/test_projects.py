"""Projects of the capstone: judged, handed in, repeated, and nothing lost on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from strategies import thirty_two

from newswave.errors import BadValue
from newswave.learn.kinds import Unanswered, Unreadable
from newswave.learn.projects import FILES, Project, hand_in, judged, repeat
from newswave.learn.replies import State
from newswave.mixes import IndependentTraits
from newswave.rules import SameForAll
from newswave.setups import Setup

ONE = Setup(n_agents=100, n_seeds=2, rounds=20, replicas=30)
PROJECT = Project(
    question="Do more seed agents make it faster?",
    prediction="Half know earlier, for more begin at once.",
    one=ONE,
    other=replace(ONE, n_seeds=8),
    limits="One network and one size were looked at.",
    change_of_mind="An interval of the difference that holds zero.",
)


def test_a_whole_project_is_right() -> None:
    assert judged(PROJECT) == "right"


@pytest.mark.parametrize(
    ("changed", "lack"),
    [
        ({"other": ONE}, "nothing differs"),
        ({"other": replace(ONE, n_seeds=8, rounds=21)}, "two things differ"),
        ({"one": replace(ONE, replicas=29), "other": replace(ONE, replicas=29, n_seeds=3)},
         "few runs"),
        ({"prediction": "Faster, I think so."}, "no prediction"),
        ({"limits": ""}, "no doubt"),
        ({"change_of_mind": "Nothing would."}, "no doubt"),
        ({"question": "Seeds?"}, "no question"),
    ],
)  # fmt: skip
def test_what_a_project_lacks_has_a_name(
    changed: dict[str, Any], lack: str, tmp_path: Path
) -> None:
    project = replace(PROJECT, **changed)
    assert judged(project) == lack
    assert hand_in(project, tmp_path / "p").state is State.LOOK_AGAIN
    assert not (tmp_path / "p").exists()


def test_what_is_no_project_is_told_apart_from_nothing() -> None:
    with pytest.raises(Unanswered):
        judged(...)
    with pytest.raises(Unreadable, match="A Project is asked for"):
        judged("mine")
    with pytest.raises(BadValue, match="'one' is a setup"):
        replace(PROJECT, one=3)  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="'limits' is a sentence"):
        replace(PROJECT, limits=3)  # type: ignore[arg-type]


def test_a_project_is_handed_in_and_repeated(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    assert repeat(folder).state is State.TO_DO
    made = hand_in(PROJECT, folder)
    assert made.state is State.RECORDED, made
    assert "rounds earlier" in made.text
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    report = (folder / "report.md").read_text("utf-8")
    assert PROJECT.question in report
    assert "![the one: half by round" in report
    assert "95 % interval" in report
    again = repeat(folder)
    assert again.state is State.CORRECT, again
    assert "All 60 runs" in again.text


def test_a_changed_number_or_setup_does_not_pass(tmp_path: Path) -> None:
    hand_in(PROJECT, tmp_path)
    kept = (tmp_path / "one.csv").read_text("utf-8")
    (tmp_path / "one.csv").write_text(kept[:-2] + "9\n", "utf-8")
    assert "one.csv came out differently" in repeat(tmp_path).text
    (tmp_path / "one.csv").write_text(kept, "utf-8")
    assert repeat(tmp_path).state is State.CORRECT
    text = (tmp_path / "project.json").read_text("utf-8")
    (tmp_path / "project.json").write_text(text.replace('"seed": 1', '"seed": 2'), "utf-8")
    assert repeat(tmp_path).state is State.LOOK_AGAIN
    (tmp_path / "project.json").write_text(text, "utf-8")
    (tmp_path / "figure.png").unlink()
    assert "figure.png is missing" in repeat(tmp_path).text


@pytest.mark.parametrize("text", ["", "{", "[]", '{"question": 1}', '{"one": {}}'])
def test_a_broken_folder_is_no_traceback(text: str, tmp_path: Path) -> None:
    hand_in(PROJECT, tmp_path)
    (tmp_path / "project.json").write_text(text, "utf-8")
    reply = repeat(tmp_path)
    assert reply.state is State.NOT_READ
    assert "cannot be repeated" in reply.text


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    assert hand_in(PROJECT, tmp_path / "file" / "p").state is State.NOT_READ
    assert (tmp_path / "file").read_text("utf-8") == "mine"
    assert hand_in(...).state is State.TO_DO
    assert hand_in(3).state is State.NOT_READ


def test_a_synthetic_project_says_so(tmp_path: Path) -> None:
    asked = thirty_two(answers=10, synthetic=True)
    one = replace(ONE, mix=IndependentTraits(), sharing=asked)
    hand_in(replace(PROJECT, one=one, other=replace(one, sharing=SameForAll(0.1))), tmp_path)
    assert "![Synthetic: a formula answered" in (tmp_path / "report.md").read_text("utf-8")
