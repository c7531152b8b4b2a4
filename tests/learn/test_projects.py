"""Projects of the capstone: judged, handed in, repeated, and nothing lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from strategies import thirty_two

from newswave.core.equivalents import average_person, same_contact_pressure
from newswave.core.errors import BadValue
from newswave.core.networks import Complete, RandomRegular, RegularSmallWorld, ScaleFree, SmallWorld
from newswave.core.population import IndependentTraits, TwoGroups
from newswave.core.rules import ByGroup, SameForAll
from newswave.core.setup import Setup
from newswave.learn.items import Unanswered, Unreadable
from newswave.learn.projects import FILES, Project, hand_in, judged, repeat
from newswave.learn.showing import State

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
        ({"other": replace(ONE, seed=2)}, "nothing differs"),
        ({"other": replace(ONE, seed=2, replicas=60)}, "nothing differs"),
        ({"prediction": "a a a a a a"}, "no prediction"),
        ({"prediction": "a b c d e f"}, "no prediction"),
        ({"prediction": "更晚。"}, "no prediction"),
        ({"prediction": "我我我我我我我我我我我我我我我"}, "no prediction"),
        ({"limits": PROJECT.change_of_mind}, "no doubt"),
        ({"other": replace(ONE, network=SmallWorld(6, 0.3))}, "two things differ"),
        ({"other": replace(ONE, network=RandomRegular(4), sharing=SameForAll(0.3))},
         "two things differ"),
        ({"changed": "degree"}, "something else differs"),
    ],
)  # fmt: skip
def test_what_a_project_lacks_has_a_name(
    changed: dict[str, Any], lack: str, tmp_path: Path
) -> None:
    project = replace(PROJECT, **changed)
    assert judged(project) == lack
    assert hand_in(project, tmp_path / "p").state is State.LOOK_AGAIN
    assert not (tmp_path / "p").exists()


PRESSED = replace(ONE, network=RandomRegular(4), sharing=SameForAll(0.10))
MIXED = replace(ONE, mix=TwoGroups(fast_fraction=0.5), sharing=ByGroup(0.15, 0.05))


@pytest.mark.parametrize(
    ("one", "other", "changes", "keeps"),
    [
        (PRESSED, replace(PRESSED, network=RandomRegular(8), sharing=SameForAll(0.05)),
         "degree", "contact pressure"),
        (PRESSED, same_contact_pressure(PRESSED, 12), "degree", "contact pressure"),
        (PRESSED, replace(PRESSED, network=Complete(), sharing=SameForAll(0.4 / 99)),
         "degree", "contact pressure"),
        (MIXED, average_person(MIXED), "mix", "mean readiness"),
        (ONE, replace(ONE, n_agents=200, n_seeds=4), "n_agents", "fraction of seed agents"),
        (ONE, replace(ONE, network=RegularSmallWorld(8, 0.3)), "network", ""),
        (ONE, replace(ONE, network=ScaleFree(8)), "network", ""),
        (ONE, replace(ONE, network=RandomRegular(16)), "degree", ""),
        (ONE, replace(ONE, repeat_ratio=0.5), "repeat_ratio", ""),
        (ONE, replace(ONE, n_seeds=4, seed=7, replicas=40), "n_seeds", ""),
    ],
)  # fmt: skip
def test_one_thing_differs_where_the_rest_is_kept_equal(
    one: Setup, other: Setup, changes: str, keeps: str
) -> None:
    project = replace(PROJECT, one=one, other=other, changed=changes)
    assert (judged(project), project.changes, project.keeps) == ("right", (changes,), keeps)
    assert judged(replace(project, changed="")) == "right"


@pytest.mark.parametrize(
    "text",
    [
        "小世界网络中消息传播得更慢，因为邻居彼此重复。",
        "我们预测八邻居更快。",
        "近所同士が同じことを伝え合うので、半減期は遅くなる。",
        "ข่าวจะแพร่ช้าลงเพราะเพื่อนบ้านบอกกันเอง",
        "이웃끼리 서로 되풀이하므로 소식이 더 늦게 퍼진다.",
        "Naapureiden toistaminen hidastaa leviämistä.",
        "पड़ोसी एक दूसरे को दोहराते हैं, इसलिए खबर धीमी है।",
        "Новость распространяется медленнее, ведь соседи повторяют.",
        "الخبر ينتشر أبطأ لأن الجيران يكررونه لبعضهم.",
    ],
)
def test_a_sentence_counts_in_any_script(text: str) -> None:
    assert judged(replace(PROJECT, prediction=text)) == "right"
    assert judged(replace(PROJECT, prediction=text[:5])) == "no prediction"


def test_a_report_that_was_edited_is_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    hand_in(PROJECT, folder)
    hand_in(PROJECT, folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    (folder / "report.md").write_text("What we found on the way.\n", "utf-8")
    for _ in range(2):
        made = hand_in(replace(PROJECT, question="Does one more seed agent help at all?"), folder)
        assert made.state is State.RECORDED
        assert "the new one is report-2.md" in made.text
        assert (folder / "report.md").read_text("utf-8") == "What we found on the way.\n"
        assert "one more seed" in (folder / "report-2.md").read_text("utf-8")
    (folder / "figure.png").write_bytes(b"drawn on")
    assert "yours is kept as figure-2.png" in hand_in(PROJECT, folder).text
    assert (folder / "figure-2.png").read_bytes() == b"drawn on"
    assert repeat(folder).state is State.CORRECT
    assert "report-3.md" in hand_in(PROJECT, folder).text


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("mine", "utf-8")
    made = hand_in(PROJECT, tmp_path)
    assert made.state is State.NOT_READ
    assert "holds files of yours" in made.text
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
    (tmp_path / "project.json").write_text('{"name": "of another program"}', "utf-8")
    assert hand_in(PROJECT, tmp_path).state is State.NOT_READ
    assert (tmp_path / "project.json").read_text("utf-8") == '{"name": "of another program"}'


def test_a_project_of_an_earlier_version_is_read_and_its_report_kept(tmp_path: Path) -> None:
    hand_in(PROJECT, tmp_path)
    held = json.loads((tmp_path / "project.json").read_text("utf-8"))
    del held["written"], held["changed"]
    (tmp_path / "project.json").write_text(json.dumps(held), "utf-8")
    (tmp_path / "report.md").write_text("edited", "utf-8")
    assert repeat(tmp_path).state is State.CORRECT
    hand_in(PROJECT, tmp_path)
    assert (tmp_path / "report.md").read_text("utf-8") == "edited"


def test_a_project_in_chinese_is_handed_in(tmp_path: Path) -> None:
    told = "小世界网络中消息传播得更慢，因为邻居彼此重复。"
    project = replace(PROJECT, question=told)
    assert hand_in(project, tmp_path / "p").state is State.RECORDED
    assert told in (tmp_path / "p" / "report.md").read_text("utf-8")


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
