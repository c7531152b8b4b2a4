"""Checks that teach: every item of the bank, every wrong answer, and whatever learners type."""

from __future__ import annotations

import csv
import math
import re
from contextlib import chdir
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from strategies import thirty_two

import newswave
from newswave import learn
from newswave.core.curve import Curve
from newswave.core.errors import BadFile, BadValue
from newswave.core.population import IndependentTraits
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.learn import checking
from newswave.learn.bank import NUMBERS, item, item_ids, lesson, one_post, read_lesson
from newswave.learn.checking import FILE, Note, Notes, _meant_lines, listen, meant
from newswave.learn.items import (
    APART,
    Answers,
    Choice,
    Function,
    Item,
    Judged,
    Lesson,
    Number,
    Numbers,
    Remark,
    Share,
    Solution,
    Unanswered,
    Unreadable,
    Wrong,
    is_blank,
)
from newswave.learn.showing import MIME, Reply, State
from newswave.report.figures import curve_figure
from newswave.report.style import SYNTHETIC_LABEL

ITEMS = item_ids()
JUNK: tuple[Any, ...] = (
    ..., None, "", "  ", "no idea", "<b>x</b>", math.nan, math.inf, -math.inf, True, 10**400, 1j,
    [], [1, 2], {}, object(), int, np.array([]), np.array([1, math.nan]), np.float64("nan"),
    lambda: 1, lambda *_: None, lambda *_: "a", lambda *_: [], lambda *_: 1 / 0,
    lambda *_: np.full(3, np.nan),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checking, "_given_hints", {})
    monkeypatch.setattr(checking, "_warned", set())


def each(test: Any) -> Any:
    return pytest.mark.parametrize("named", ITEMS)(test)


def answered(named: str, answer: Any, place: Path) -> Reply:
    """Answer a question; a prediction is made in a folder of its own and compared."""
    if not item(named).is_prediction:
        return learn.check(named, answer)
    place.mkdir()
    with chdir(place):
        assert learn.predict(named, answer).state is State.RECORDED
        return learn.observe(named)


# Every item of the bank


def test_the_bank_is_large_and_most_of_it_is_checked_by_machine() -> None:
    assert len(ITEMS) >= 60
    assert sum(len(item(named).wrong) for named in ITEMS) >= 2 * len(ITEMS)
    assert sum(item(named).is_prediction for named in ITEMS) >= 2 * len(NUMBERS) - 2


@each
def test_the_right_answer_is_right(named: str, tmp_path: Path) -> None:
    found = item(named)
    for at, right in enumerate((found.right, *found.also)):
        reply = answered(named, right(), tmp_path / str(at))
        assert reply.state is (State.SEEN if found.is_prediction else State.CORRECT), reply
        assert reply.text.endswith(found.praise)
        assert not reply.wrong


@each
def test_every_wrong_answer_gets_its_own_reply(named: str, tmp_path: Path) -> None:
    found = item(named)
    for wrong in found.wrong:
        reply = answered(named, wrong.answer(), tmp_path / wrong.name.replace("/", " "))
        assert reply.state is (State.SEEN if found.is_prediction else State.LOOK_AGAIN), reply
        assert reply.wrong == wrong.name
        assert reply.text.endswith(f"{wrong.means} {wrong.why} {wrong.now}")
    assert len({wrong.reply for wrong in found.wrong}) == len(found.wrong)


@each
def test_answers_lie_three_tolerances_apart(named: str) -> None:
    found = item(named)
    answers = [("right", found.kind.read(found.right()))]
    answers += [(wrong.name, found.kind.read(wrong.answer())) for wrong in found.wrong]
    for at, (one, value) in enumerate(answers):
        for other, another in answers[at + 1 :]:
            assert found.kind.apart(value, another) >= APART, f"{one} and {other}"


@each
def test_no_answer_of_any_kind_stops_a_lesson(named: str) -> None:
    for junk in JUNK:
        for reply in (learn.check(named, junk), learn.predict(named, junk)):
            assert isinstance(reply, Reply)
            assert reply.state is not State.CORRECT, junk
            assert "newswave could not" not in reply.text, reply
            assert "Traceback" not in repr(reply)


@each
def test_nothing_answered_is_to_do_and_shows_the_question(named: str) -> None:
    reply = learn.check(named)
    assert reply.state is State.TO_DO
    assert item(named).question in reply.text
    asks = learn.predict if item(named).is_prediction else learn.check
    assert asks(named, ...).text == checking.DOTS
    assert learn.progress(int(named[0])).steps[0].tries == 0


@each
def test_texts_are_sentences_that_end_in_something_to_do(named: str) -> None:
    found = item(named)
    texts = [found.question, found.praise, found.otherwise, *found.hints, found.solution.words]
    for wrong in found.wrong:
        texts += [wrong.means, wrong.why, wrong.now]
    for text in texts:
        assert text.strip() == text
        assert text[-1] in '.?!)`"”’', text
        assert "  " not in text
        assert "$" not in text
        assert "\\" not in text


@each
def test_a_choice_has_a_reply_for_every_option(named: str) -> None:
    found = item(named)
    if isinstance(found.kind, Choice):
        letters = [letter for letter, _ in found.kind.options]
        told = [wrong.answer() for wrong in found.wrong]
        assert sorted([*told, found.right()]) == letters


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_has_what_a_lesson_needs(number: int) -> None:
    found = lesson(number)
    assert found.number == number
    assert 2 <= len(found.outcomes) <= 6
    assert len(found.items) >= 4
    assert any(one.is_prediction for one in found.items)


def test_lessons_after_the_first_ask_at_least_six_questions() -> None:
    assert min(len(lesson(number).items) for number in NUMBERS[:-1]) >= 8


# What learners call


def test_an_unknown_question_names_some_that_there_are() -> None:
    for wrong in ("2.99", "", "two", 3, None, "0.1", "10.1", "2"):
        reply = learn.check(wrong, 1)  # type: ignore[arg-type]
        assert reply.state is State.UNKNOWN
        assert "There are, for example" in reply.text


def test_a_prediction_is_kept_and_laid_beside_what_happened() -> None:
    assert learn.observe("1.P1").state is State.TO_DO
    assert learn.predict("1.P1").state is State.TO_DO
    assert learn.predict("1.P1", "B", confidence=4).state is State.RECORDED
    assert learn.predict("1.P1", "d", confidence=2).state is State.RECORDED
    assert learn.predict("1.P1", "b", confidence=4).state is State.RECORDED
    seen = learn.observe("1.P1")
    assert seen.state is State.SEEN
    assert seen.wrong == "ever steeper"
    assert '"b": steeper and steeper' in seen.text
    assert "(confidence 4 of 5)" in seen.text
    assert 'It was "c"' in seen.text
    assert "And so it was" not in seen.text


def test_a_prediction_is_never_marked_and_never_rewritten_once_it_was_compared() -> None:
    checked = learn.check("1.P1", "c")
    assert checked.state is State.UNKNOWN
    assert "none is checked" in checked.text
    assert learn.predict("1.P1", "b").state is State.RECORDED
    assert learn.progress(1).steps[0].state == "recorded"
    before = learn.observe("1.P1").text
    late = learn.predict("1.P1", "c", confidence=5)
    assert late.state is State.RECORDED
    assert 'You predicted "b"' in late.text
    assert "stays as it was" in late.text
    assert learn.observe("1.P1").text == before
    assert [note.answer for note in Notes(Path(FILE)).of("1.P1", "predict")] == ["b"]
    step = learn.progress(1).steps[0]
    assert (step.state, step.tries) == ("seen", 1)
    assert learn.progress(1).head == (
        "0 of 8 questions answered correctly; 1 of 3 predictions made and compared"
    )
    assert {note.state for note in Notes(Path(FILE)).of("1.P1")} == {"recorded", "seen"}


def test_a_prediction_of_another_kind_is_not_kept() -> None:
    assert learn.predict("1.P1", "z").state is State.NOT_READ
    assert learn.observe("1.P1").state is State.TO_DO


def test_hints_grow_and_the_last_one_stays() -> None:
    given_hints = [learn.hint("1.3").text for _ in range(4)]
    assert [text[:11] for text in given_hints] == [
        "Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3",
    ]  # fmt: skip
    assert given_hints[2] == given_hints[3]


def test_a_solution_asks_once_for_a_try() -> None:
    first, second = learn.solution("1.3"), learn.solution("1.3")
    assert first.state is State.TO_DO
    assert "Have you tried?" in first.text
    assert second.state is State.SOLUTION
    assert second.code == item("1.3").solution.code
    learn.check("1.2", 3)
    assert learn.solution("1.2").state is State.SOLUTION


def test_progress_is_kept_over_a_restart_and_goes_into_a_csv(tmp_path: Path) -> None:
    learn.check("1.3", 0.3)
    learn.check("1.3", item("1.3").right())
    learn.check("1.3", 0.3)
    learn.hint("1.3")
    kept = Notes(tmp_path / FILE)
    assert [note.state for note in kept.of("1.3", "check")] == ["look again", "correct",
                                                                "look again"]  # fmt: skip
    path = learn.progress(1).to_csv(tmp_path / "mine.csv")
    rows = {row["question"]: row for row in csv.DictReader(path.read_text("utf-8").splitlines())}
    assert rows["1.3"]["state"] == "correct"
    assert (rows["1.3"]["tries"], rows["1.3"]["hints"]) == ("3", "1")
    assert rows["1.2"]["state"] == "to do"
    assert learn.progress(1).head.startswith("1 of ")


def test_progress_is_a_table_with_a_caption() -> None:
    html = learn.progress(1)._repr_html_()
    assert "<caption>0 of " in html
    assert html.count("scope='row'") == len(lesson(1).items)
    assert "question" in repr(learn.progress())
    with pytest.raises(BadValue, match="no such lesson"):
        learn.progress(10)


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / FILE).mkdir()
    monkeypatch.chdir(tmp_path / "blocked")
    first = learn.check("1.3", 0.3)
    assert first.state is State.LOOK_AGAIN
    assert "kept only until this notebook is closed" in first.note
    assert learn.check("1.3", 0.3).note == ""
    assert learn.progress(1).steps[3].tries == 2


def test_a_torn_or_foreign_file_of_notes_is_no_trouble(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text('{"item":"1.3","act":"check","state":"correct"}\n{"other":1}\n{"item', "utf-8")
    assert learn.progress(1).steps[3].state == "correct"
    learn.check("1.2", 1)
    assert len(Notes(file).all) == 2


def test_a_fault_of_newswave_itself_becomes_a_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("oh")

    monkeypatch.setattr(checking, "_judged", broken)
    reply = learn.check("1.3", 1)
    assert reply.state is State.NOT_READ
    assert "RuntimeError: oh" in reply.text


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANYTHING)
def test_whatever_is_typed_is_answered(answer: Any) -> None:
    for named in ("1.1", "1.2", "1.4", "1.6"):
        reply = learn.check(named, answer)
        assert "newswave could not" not in reply.text


# Replies


def test_a_reply_shows_text_as_text_and_says_its_state_in_words() -> None:
    reply = Reply("2.1", State.LOOK_AGAIN, "<script>alert(1)</script>\nsecond", "x < 1", "n", "!")
    bundle = reply._repr_mimebundle_()
    assert "<script>" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert "<code>a &lt; b</code>" in Reply("2.1", State.HINT, "try `a < b`")._html()
    assert "x &lt; 1" in bundle["text/html"]
    assert "look again" in bundle["text/html"]
    assert "role='status'" in bundle["text/html"]
    assert bundle[MIME] == {"item": "2.1", "state": "look again", "wrong": "n"}
    assert bundle["text/plain"].startswith("↺ 2.1 look again. <script>")


# Kinds


def test_a_number_says_what_is_wrong_with_it() -> None:
    kind = Number(0.01, "rounds")
    assert kind.remark(2.0, 1.0) == "2 rounds is too large."
    assert kind.remark(0.5, 1.0) == "0.5 rounds is too small."
    assert "sign" in kind.remark(-1.0, 1.0)
    assert "not exact enough. To two decimals." in kind.remark(11.5, 11.4878)
    assert kind.remark(100.0, 1.0) == "100 rounds is too large."  # a count is no percent
    for junk, said in (
        ("three", "text"),
        ("1,000", "text"),
        ("3 %", "not percent"),
        ("", "text"),
        (len, "Call it"),
        ([3, 4], "One number"),
        ({}, "One number"),
        (True, "One"),
        (np.bool_(True), "One"),
        (np.array([1, 2]), "One"),
        (1j, "One"),
    ):
        with pytest.raises(Unreadable, match=said):
            kind.read(junk)
    with pytest.raises(BadValue):
        Number(0)


@pytest.mark.parametrize(
    "given",
    [
        0.25, np.float64(0.25), np.float32(0.25), np.array(0.25), np.array([[0.25]]), [0.25],
        (0.25,), Fraction(1, 4), Decimal("0.25"), "0.25", " 0,25 ", ".25", "2.5e-1", "25 %", "25%",
        pd.Series([0.25]).iloc[0],
    ],
)  # fmt: skip
def test_a_number_is_read_in_every_plain_form(given: Any) -> None:
    assert Share(0.01).read(given) == pytest.approx(0.25)


def test_a_share_knows_percent_odds_and_the_opposite() -> None:
    kind = Share(0.005)
    assert "percent" in kind.remark(27.75, 0.2775)
    assert "percent" in kind.remark(28.0, 0.2775)
    assert "1 minus" in kind.remark(0.7225, 0.2775)
    assert "odds" in kind.remark(0.2775 / 0.7225, 0.2775)
    assert "cannot be" in kind.remark(-0.003, 0.0035)
    assert "cannot be" in kind.remark(3.0, 0.2775)
    assert kind.remark(0.4, 0.2775) == "0.4 is too large."
    above = Share(0.005, above=0.0)
    assert above.apart(0.0, 0.0035) == above.apart(-0.003, 0.0035) == math.inf
    assert above.apart(0.0005, 0.0035) < 1


def test_numbers_count_themselves() -> None:
    kind = Numbers(3, 0.1, "one a day")
    assert kind.apart(kind.read([1, 2, 3]), kind.read((1, 2, 3.05))) == pytest.approx(0.5)
    rows: tuple[Any, ...] = (pd.Series([1, 2, 3]), {1: 0, 2: 0, 3: 0}.keys(), np.ones((3, 1)),
                             map(int, "123"), ["1", "2", "3"],
                             [np.float64(1), Decimal(2), Fraction(3)])  # fmt: skip
    assert all(kind.read(row).shape == (3,) for row in rows)
    for junk in ("123", {"a": 1}, [1, None, 3], 3):
        with pytest.raises(Unreadable):
            kind.read(junk)
    with pytest.raises(Unreadable, match=r"3 numbers are asked for \(one a day\); this is 2"):
        kind.read([1, 2])
    assert kind.remark(kind.read([1, 9, 3]), kind.read([1, 2, 3])).startswith("Number 2 of")


def test_a_function_is_judged_by_what_it_does() -> None:
    kind = Function(((1,), (2,)), 0.01)
    assert kind.apart(kind.read(lambda x: x), kind.read(lambda x: x + 0.005)) <= 1
    assert kind.apart(kind.read(lambda x: x), kind.read(lambda x: [x, x])) == math.inf
    assert kind.apart(kind.read(lambda x: x * math.nan), kind.read(lambda x: x)) == math.inf
    with pytest.raises(Unreadable, match=r"Called with \(1\), your function stopped: ZeroDiv"):
        kind.read(lambda x: x / 0)
    with pytest.raises(Unreadable, match="without brackets"):
        kind.read(3)
    assert "another number of values" in kind.remark(np.zeros(2), np.zeros(3))
    assert kind.remark(np.array([1.0, math.nan]), np.array([1.0, 2.0])).startswith("One of the")


def test_a_function_that_prints_or_forgets_return_is_told_so() -> None:
    kind = Function((([1, 2],),), 0.01)

    def prints(counts: Any) -> None:
        print(sum(counts))

    def forgets(counts: Any) -> None:
        sum(counts)

    def undone(counts: Any) -> Any:
        ...
        # the sum

    def sorts(counts: list[int]) -> int:
        counts.clear()
        return 3

    for function, said in ((prints, "write return in place of print"), (forgets, "has to be ret")):
        with pytest.raises(Unreadable, match=said):
            kind.read(function)
    with pytest.raises(Unanswered):
        kind.read(undone)
    assert kind.read(sorts) == kind.read(sum) == 3  # what one does to its argument harms no other


@pytest.mark.parametrize(
    "given",
    [" B) ", "(b)", "b)", "B.", " b ", "b", "'b'", '"b"', "[b]", "b: two", "(b) two", "two", "Two.",
     ["b"], np.str_("b")],
)  # fmt: skip
def test_a_choice_reads_letters_as_they_are_written(given: Any) -> None:
    assert Choice((("a", "one"), ("b", "two"))).read(given) == "b"


@pytest.mark.parametrize(
    "given", ["c", "ab", "b or a", "a, b", "", 2, True, ["a", "b"], None, len, "a straight"]
)
def test_a_choice_reads_nothing_into_what_is_none(given: Any) -> None:
    with pytest.raises(Unreadable, match='One of "a", "b"'):
        Choice((("a", "one"), ("b", "two"))).read(given)


NUMBERS_ASKED = [n for n in ITEMS if isinstance(item(n).kind, Number | Numbers)]


@pytest.mark.parametrize("named", NUMBERS_ASKED)
def test_the_precision_that_is_asked_for_is_the_one_that_is_taken(named: str) -> None:
    found = item(named)
    said = re.search(r"decimals?|whole number|more or less", found.question)
    assert said is None  # the kind says it, once
    assert found.asked.endswith(found.kind.precision)
    digits = {"A whole number.": 0, "To one decimal.": 1, "To two decimals.": 2,
              "To three decimals.": 3}.get(found.kind.precision)  # fmt: skip
    right = np.atleast_1d(found.kind.read(found.right()))
    if digits is None:
        assert re.match(r"[\d.]+ (\w+ )?more or less is fine\.", found.kind.precision)
        return
    for exact in (np.round(right, digits), *(right + far * 10.0**-digits for far in (0.24, -0.24))):
        given = exact.tolist() if right.size > 1 else float(exact[0])
        if min(np.atleast_1d(given)) > getattr(found.kind, "above", -math.inf):
            assert found.kind.apart(found.kind.read(given), found.kind.read(found.right())) <= 1
    for far in (1.1, -1.1):
        assert found.kind.apart(found.kind.read(found.right()) + far * 10.0**-digits,
                                found.kind.read(found.right())) > 1  # fmt: skip


SLIPS: dict[str, Any] = {
    "percent": lambda x: 100 * x, "the opposite": lambda x: 1 - x, "odds": lambda x: x / (1 - x),
    "upside down": lambda x: 1 / x, "sign": lambda x: -x, "double": lambda x: 2 * x,
    "half": lambda x: x / 2, "minutes": lambda x: 60 * x, "thousands": lambda x: x / 1000,
    "one more": lambda x: x + 1, "one less": lambda x: x - 1, "nothing": lambda x: 0 * x,
}  # fmt: skip


@pytest.mark.parametrize("named", [n for n in ITEMS if isinstance(item(n).kind, Number)])
def test_slips_of_every_kind_are_not_taken_for_right(named: str) -> None:
    found = item(named)
    right = found.kind.read(found.right())
    for slip, of in SLIPS.items():
        given = 0.0 if right in (0.0, 1.0) and slip in ("odds", "upside down") else of(right)
        near = (
            "one more",
            "one less",
            "thousands",
            "odds",
            *(("half", "double") * (named == "8.5")),
        )
        if given == right or (slip in near and found.kind.apart(given, right) <= 1):
            continue
        text = checking._judged(found, given)
        assert text.state is State.LOOK_AGAIN, (slip, given)
        if not isinstance(found.kind, Share):
            assert "percent" not in text.text or text.wrong, (slip, text)


def test_letters_and_numbers_of_questions_need_no_quotation_marks() -> None:
    for typed, read in (
        ("predict(1.P1, c)", 'predict("1.P1", "c")'),
        ('predict("1.P1", c, confidence=3)', 'predict("1.P1", "c", confidence=3)'),
        ("predict('1.P1', answer=(C))", 'predict("1.P1", answer="C")'),
        ("predict(“1.P1”, “c”)", 'predict("1.P1", "c")'),
        ("ex1_6 = b\ncheck(1.6, ex1_6)", 'ex1_6 = "b"\ncheck("1.6", ex1_6)'),
        ("hint(1.10)", 'hint("1.10")'),
    ):
        assert meant(typed) == read
    for same in ('predict("1.P1", ...)', "ex1_5 = b", "ex1_6 = x", "a, b = 1, 2",
                 'print("“", c)', 'predict("5.P1", b)', "ex1_6 = b + c", 'check("2.4", ex2_4)',
                 "for b in c: pass"):  # fmt: skip
        assert meant(same) == same


def test_a_shell_reads_cells_as_they_are_meant() -> None:
    shell = InteractiveShell()
    with patch("newswave.learn.checking._shell", lambda: shell):
        listen()
        listen()
    done = shell.run_cell("from newswave.learn import predict\nb = 7\npredict(1.P1, b)")
    assert done.result.state is State.RECORDED
    assert 'You predict "b"' in done.result.text
    assert shell.input_transformers_cleanup.count(_meant_lines) == 1


def test_a_judge_may_say_a_sentence_of_its_own() -> None:
    said = {1: "right", 2: Remark("no", {"given": 2}), 3: Remark("no", {"given": 3}, is_read=False)}
    kind = Judged(lambda answer: said[answer], remarks={"no": "Not {given}."})
    assert kind.apart(kind.read(1), "right") == 0
    assert kind.remark(kind.read(2), "right") == "Not 2."
    with pytest.raises(Unreadable, match="Not 3"):
        kind.read(3)


def test_blank_is_only_what_was_not_answered() -> None:
    assert all(is_blank(one) for one in (..., None, "", "\n"))
    assert not any(is_blank(one) for one in (0, False, "a", []))


def test_a_verdict_is_read_as_it_is_typed() -> None:
    right = item("6.5").right()
    typed = {post: f" {said.capitalize().replace(' ', '_')}." for post, said in right.items()}
    assert learn.check("6.5", typed).state is State.CORRECT


# Values are checked when they are made


def wrong(name: str) -> Wrong:
    return Wrong(name, lambda: 2, "It means.", "It is not.", "Go.")


def an_item(**changed: Any) -> Item:
    given_parts: dict[str, Any] = {
        "id": "1.1", "outcome": 1, "question": "How many?", "kind": Number(0.1),
        "right": lambda: 1, "praise": "Yes.", "wrong": (wrong("a"), wrong("b")),
        "otherwise": "Count.", "hints": ("One.", "Two."), "solution": Solution("So.", "x = 1"),
    }  # fmt: skip
    return Item(**{**given_parts, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "1"}, {"id": "12.1"}, {"wrong": (wrong("a"),)}, {"hints": ("One.",)},
    ],
)  # fmt: skip
def test_an_item_is_refused_if_something_is_missing(changed: dict[str, Any]) -> None:
    assert an_item().name == "ex1_1"
    with pytest.raises(BadValue):
        an_item(**changed)


@pytest.mark.parametrize(
    "items", [(), (an_item(), an_item()), (an_item(id="2.1"),), (an_item(outcome=2),)]
)
def test_a_lesson_is_refused_if_items_and_outcomes_do_not_fit(items: tuple[Item, ...]) -> None:
    with pytest.raises(BadValue):
        Lesson(1, "one", "One", "Why?", ("do it",), "nothing.", "nothing.", items)


# A lesson's file is checked when it is read

ONE_POST = Path(newswave.__file__).parent / "data" / "questions" / "01-one-post.toml"


@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        ("praise = ", "prise = ", r'items."1.P1".prise is not known. Allowed: outcome, question'),
        ("otherwise = ", 'otherwise = " "#', r'items."1.P1".otherwise is missing'),
        ("hints = ", "clues = ", r'items."1.P1".clues is not known'),
        ('why = "But one', '# why = "But one', r'items."1.P1".wrong.straight.why is missing'),
        ("now = ", 'now = " "#', r'items."1.P1".wrong.straight.now is missing'),
        ('[items."1.P1".wrong.straight]', '[items."1.P1".wrong."ever flatter"]', "not valid TOML"),
        ("outcome = 2", 'outcome = "2"', r'items."1.P1".outcome is of another type. Given: \'2\''),
        ("misconception", "belief", r'wrong."ever steeper".belief is not known'),
        ('means = "A straight', 'means = ""#', r'items."1.P1".wrong.straight.means is missing'),
        ('option = "a"', 'option = "d"', r'items."1.P1".wrong has one reply for each option but'),
        ('options.a = "', "options.a = 3#", r'items."1.P1".options are texts'),
        ("hints = [", "hints = [3,", r'items."1.P1".hints is of another type'),
        ('option = "a"', 'option = "e"', r'items."1.P1".wrong has one reply for each option but'),
        ('"running sum"', '"a sum"', r'items."1.1".wrong."a sum" has no answer in the module'),
        ('[items."1.8"]', '[items."1.9"]', r'items."1.8" is missing|items."1.9" has no answer'),
        ("number.tolerance", "number.unit", "not valid TOML"),
        ("share.tolerance", "number.tolerance = 1\nshare.tolerance", r"Given: 'number, share'"),
        ("share.tolerance", "function.tolerance", r"only a function has cases"),
        (
            "how many have shared",
            "{half} have shared",
            r"outcomes cannot be .* 'half'\. Allowed: no",
        ),
    ],
)
def test_a_mistake_in_a_lessons_file_is_named(
    there: str, instead: str, said: str, tmp_path: Path
) -> None:
    text = ONE_POST.read_text("utf-8")
    assert there in text
    changed = tmp_path / ONE_POST.name
    changed.write_text(text.replace(there, instead, 1), "utf-8")
    with pytest.raises(BadFile, match=said) as caught:
        read_lesson(changed, one_post.ANSWERS, {})
    assert ONE_POST.name in str(caught.value)


def test_numbers_for_texts_have_to_be_used() -> None:
    with pytest.raises(BadFile, match=r"01-one-post.toml: No text names .* Given: 'half'"):
        read_lesson(ONE_POST, one_post.ANSWERS, {"half": 1.0})


def test_a_choice_has_its_wrong_answers_in_the_file() -> None:
    both = Answers(lambda: "c", {"ever steeper": lambda: "b"})
    with pytest.raises(BadFile, match=r'items."1.P1".wrong."ever steeper" has no words'):
        read_lesson(ONE_POST, {**one_post.ANSWERS, "1.P1": both}, {})


def test_a_number_in_a_text_is_worked_out() -> None:
    assert "one half at round 11.49." in item("3.1").question
    assert "says 6.1 rounds" in item("2.6").praise


POSTS = {"festival": "two rates", "power cut": "one rate", "match": "cannot tell"}
REMARKS: dict[str, dict[str, Any]] = {
    "5.3": {
        "too few": lambda n: [n],
        "alike": lambda n: [n * 0] * 5,
        "mixed": lambda n: [n // place % 2 for place in (16, 8, 4, 1, 2)],
    },
    "5.6": {"no mix": 3, "late": IndependentTraits(), "early": IndependentTraits(extraversion=0.9)},
    "6.5": {
        "no dictionary": 3,
        "no verdict": POSTS | {"match": "never"},
        "one": POSTS | {"festival": "neither"},
        "two": POSTS | {"festival": "neither", "match": "neither"},
        "three": dict.fromkeys(POSTS, "neither"),
    },
}


@pytest.mark.parametrize("named", [n for n in ITEMS if isinstance(item(n).kind, Judged)])
def test_every_remark_of_a_judge_can_be_made(named: str) -> None:
    kind, answers = item(named).kind, REMARKS.get(named, {})
    assert isinstance(kind, Judged)
    assert set(answers) == set(kind.remarks)
    for name, answer in answers.items():
        said = learn.check(named, answer)
        assert said.state in (State.LOOK_AGAIN, State.NOT_READ)
        assert said.text.startswith(kind.remarks[name].partition("{")[0])
        assert "{" not in said.text


# Figures


def test_a_figure_comes_with_words_and_can_be_read_by_a_screen_reader() -> None:
    made = learn.show({"a": [0.1, 0.4, 0.9], "b": ([0, 2], [0.2, 0.3])}, "See.", title="Two")
    assert repr(made) == ("a: half by round 1.2, 90 % at round 2. "
                          "b: half is not reached, 30 % at round 2. See.")  # fmt: skip
    html = made._repr_html_()
    assert "alt='a: half by round 1.2" in html
    assert "<figcaption>a: half" in html


def test_words_in_a_figure_are_text() -> None:
    made = learn.show({"<b>": [0.1, 0.2]}, "'><script>")
    assert "<script>" not in made._repr_html_()


def test_a_figure_without_words_or_lines_is_refused() -> None:
    figure = curve_figure(Curve([1, 2, 3], 10))
    with pytest.raises(BadValue, match="needs words"):
        learn.show(figure)
    assert "Seen." in repr(learn.show(figure, "Seen."))
    with pytest.raises(BadValue, match="lines by their label"):
        learn.show(3)
    with pytest.raises(BadValue, match="nothing to draw"):
        learn.show({})


def test_what_is_synthetic_says_so() -> None:
    asked = thirty_two(answers=10, synthetic=True)
    setup = Setup(n_agents=100, n_seeds=5, rounds=10, replicas=3, mix=IndependentTraits(),
                  sharing=asked)  # fmt: skip
    made = learn.show({"asked agents": simulate(setup)}, title="A formula")
    assert made.words.startswith("Synthetic: a formula answered")
    assert made.figure.get_label() == SYNTHETIC_LABEL


def test_notes_are_values() -> None:
    assert Note("1.1", "check", "correct") == Note("1.1", "check", "correct")


# Text of learners in what a notebook shows

MARKUP = "\"'><img src=x onerror=alert(1)><script>alert(2)</script><b id=bold>bold</b>`<i>x</i>`"


class Bold:
    """A value that is markup however it is shown."""

    def __repr__(self) -> str:
        return MARKUP

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(MARKUP)


def shouts(*_: Any) -> Any:
    raise ValueError(MARKUP)


class Tags(HTMLParser):
    """The tags and attributes in a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.given: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.add(tag)
        self.given |= {name for name, _ in attrs}


def shown_in_a_notebook(made: Any) -> str:
    bundle = made._repr_mimebundle_() if hasattr(made, "_repr_mimebundle_") else {}
    return bundle.get("text/html") or getattr(made, "_repr_html_", lambda: "")()


@each
def test_nothing_that_a_learner_types_becomes_markup(named: str) -> None:
    answers = (MARKUP, Bold(), shouts, [MARKUP], {MARKUP: MARKUP}, lambda *_: MARKUP, [Bold()])
    found = item(named)
    made: list[Any] = [learn.check(MARKUP, 1), learn.hint(MARKUP), learn.solution(MARKUP)]
    for answer in answers:
        made.append(learn.check(named, answer))
        if found.is_prediction:
            made += [learn.predict(named, answer), learn.observe(named)]
    made += [learn.hint(named), learn.progress()]
    for one in made:
        html = shown_in_a_notebook(one)
        assert html
        seen = Tags(html)
        assert {"script", "img", "b", "i", "iframe"}.isdisjoint(seen.tags)
        assert not any(name.startswith("on") for name in seen.given)
