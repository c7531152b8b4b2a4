"""Measuring a table: the known formula is found again, in few calls, and nothing is asked twice."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from asked import NEWS, WORDS, asked_for, survey, surveying, told, truth

from newswave.core.errors import BadFile, BadValue
from newswave.core.events import event, library
from newswave.core.population import PRESETS, PROFILES
from newswave.core.provenance import Method
from newswave.core.wording import Question, wordings
from newswave.llm.batch import Stopped
from newswave.llm.fake_ollama.faults import Fault
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.recording import CellTurn, Recording, RecordingPurpose
from newswave.llm.replies import Odds
from newswave.llm.server import ServerGone
from newswave.llm.survey import (
    CellsRead,
    MustCount,
    Plan,
    Surveyed,
    Unanswered,
    cells_read,
    chances_so_far,
    plan_of,
    surveyed_from,
)

MIND = Mind()
FEW = Plan(NEWS, WORDS, PROFILES[::11], repeats=10)
COUNTED = replace(FEW, method=Method.REPEATED_ANSWERS)
WORD = Method.LOG_PROBABILITIES
ONE_WORD = Plan(NEWS, WORDS, method=WORD)


def worst(mind: Mind, plan: Plan, found: Surveyed) -> float:
    """Return the largest difference from the formula's own P, as a live run meets it."""
    way = found.way
    return max(abs(c.probability - truth(mind, plan, c, way)) for c in found.measured.cells)


# --- read from log-probabilities


@pytest.mark.parametrize("words", wordings(), ids=lambda words: words.name)
def test_the_formula_is_found_again_in_a_hundred_calls(tmp_path: Path, words) -> None:
    plan = Plan(NEWS, words)
    with StandIn() as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan)
        assert stand_in.calls == found.calls == 104
        assert stand_in.peak <= 4
    assert worst(MIND, plan, found) < 1e-9
    assert len(found.measured.cells) == 96
    assert found.leaning is not None
    assert found.leaning.log_odds == pytest.approx(MIND.order_bias, abs=1e-9)
    assert found.worst < 1e-9
    assert found.way is Method.DECISION
    covered = [cell.covered for cell in found.measured.cells]
    assert covered == pytest.approx([0.99] * 96)
    assert found.measured.origin is not None
    assert found.measured.origin.leaning == found.leaning
    assert found.measured.origin.synthetic
    assert found.measured.origin.wording == words.name
    chance = found.measured.given.probabilities
    assert np.array_equal(
        chance[:, 1:].ravel(), [cell.probability for cell in found.measured.cells]
    )


def test_six_events_take_six_hundred_calls_at_most(tmp_path: Path) -> None:
    six = library()[:: len(library()) // 6][:6]
    with StandIn() as stand_in:
        for news in six:
            plan = Plan(news, WORDS)
            found = survey(tmp_path / f"{news.id}.jsonl", stand_in, plan, concurrency=8)
            assert worst(MIND, plan, found) < 1e-9
        assert stand_in.calls <= 6 * 104
    assert len({news.offset.value for news in six}) > 1


@pytest.mark.parametrize("bias", [-2.0, 0.0, 1.0])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("way", [Method.DECISION, WORD])
def test_no_leaning_of_the_model_reaches_the_table(
    tmp_path: Path, bias: float, both: bool, way: Method
) -> None:
    mind = Mind(PRESETS["literature"], baseline=0.3, step=-0.4, order_bias=bias, coverage=0.8)
    plan = Plan(event("cup-final-draw"), WORDS, method=way, both_orders=both)
    with StandIn(mind) as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan, concurrency=8)
        assert stand_in.calls == (196 if both else 104)
    assert worst(mind, plan, found) < 1e-9
    assert found.leaning is not None
    assert found.leaning.log_odds == pytest.approx(bias, abs=1e-9)


def test_a_table_at_another_temperature_is_computed_and_not_asked(tmp_path: Path) -> None:
    plan = replace(FEW, temperature=0.5)
    with StandIn() as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan)
        assert {body["options"]["temperature"] for body in stand_in.requests} == {1.0}
    assert worst(MIND, plan, found) < 1e-9
    warm = {cell: MIND.probability(profile, NEWS, 1) for cell, profile in enumerate(FEW.profiles)}
    assert all(
        found.measured.given.probabilities[row, 1] < chance
        for row, chance in warm.items()
        if chance < 0.5
    )


def test_calls_about_one_profile_follow_each_other_so_that_a_server_keeps_their_beginning(
    tmp_path: Path,
) -> None:
    with StandIn() as stand_in:
        survey(tmp_path / "table.jsonl", stand_in, Plan(NEWS, WORDS), concurrency=1)
        bodies = stand_in.requests
    assert len({body["messages"][0]["content"] for body in bodies}) == 1
    personas = [body["messages"][1]["content"].split("\n\n")[0] for body in bodies]
    changes = sum(one != next_ for one, next_ in pairwise(personas))
    assert changes <= 31 + 2 * 4  # before and after the others, four cells are asked
    for body in bodies:
        assert (body["options"]["num_predict"], body["top_logprobs"]) == (1, 20)
        assert body.get("format") is None


def test_as_before_one_order_alone_is_not_believed_where_nothing_tells_the_leaning() -> None:
    """The cells that were asked in both orders are lost, and another one with them."""
    plan = replace(ONE_WORD, earlier=True)
    asked = plan.readings(WORD)
    cells = [one.cell for one in asked]
    once = {one: Odds(0.3, 0.6) for one in asked if cells.count(one.cell) == 1}
    assert cells_read(plan, WORD, once) == CellsRead({})
    paired = once | {one: Odds(0.3, 0.6) for one in asked if one.cell == cells[0]}
    assert len(cells_read(plan, WORD, paired).cells) == 93
    both = replace(plan, both_orders=True)
    half = {one: Odds(0.3, 0.6) for one in both.readings(WORD)[1:]}
    assert len(cells_read(both, WORD, half).cells) == 95


# --- counted over repeated answers


@pytest.mark.parametrize("heat", [1.0, 0.5])
def test_repeated_answers_cover_the_truth_as_often_as_they_say(tmp_path: Path, heat: float) -> None:
    """96 intervals of 95 %: over 12 misses come about in 1 of 1 000 cases, and the seed is fixed.

    With 10 answers a Beta interval with Jeffreys' prior covers between 90 and 99 % by the true p;
    at 90 %, 22 misses or more come about in 1 of 2 000 cases.
    """
    plan = Plan(NEWS, WORDS, method=Method.REPEATED_ANSWERS, repeats=10, temperature=heat)
    with StandIn() as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan, concurrency=8, seed=3)
        assert stand_in.calls == found.calls == 960
        assert {body["options"]["temperature"] for body in stand_in.requests} == {heat}
    cells = found.measured.cells
    true = [truth(MIND, plan, cell, found.way) for cell in cells]
    missed = sum(not c.low <= p <= c.high for c, p in zip(cells, true, strict=True))
    assert missed < 22
    assert all(cell.asked == 10 and cell.low < cell.probability < cell.high for cell in cells)
    shared = sum(cell.shared for cell in cells)
    chances = np.array(true)
    deviation = np.sqrt(10 * (chances * (1 - chances)).sum())
    assert abs(shared - 10 * chances.sum()) < 4.5 * deviation  # 1 in 100 000
    assert found.leaning is not None
    assert found.leaning.low is not None
    assert found.leaning.high is not None
    assert found.leaning.low <= MIND.order_bias / heat <= found.leaning.high


def test_a_seed_gives_the_same_answers_again_and_another_gives_others(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        cells = [
            survey(tmp_path / f"{at}.jsonl", stand_in, COUNTED, seed=seed, concurrency=level)
            for at, (seed, level) in enumerate([(3, 1), (3, 4), (4, 1)])
        ]
    one, again, other = (found.measured.cells for found in cells)
    assert one == again != other
    assert told(tmp_path / "0.jsonl") == told(tmp_path / "1.jsonl")


def test_every_repeated_answer_has_a_seed_of_its_own(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        survey(tmp_path / "table.jsonl", stand_in, COUNTED)
        sent = asked_for(stand_in)
    assert len({seed for _, seed in sent}) == len(sent) == 3 * 3 * 10


def test_where_neither_way_of_reading_tells_enough_it_is_said_and_nothing_is_counted(
    tmp_path: Path,
) -> None:
    path, mind = tmp_path / "table.jsonl", Mind(coverage=0.3)
    with StandIn(mind) as stand_in:
        stand_in.fault_always(Fault.NO_PREFIX)
        words = (
            r"has to be counted.*of true and false no log-probabilities are told; yes and no cover "
            r"30 %. That takes 90 more calls, less than a second.*--count-if-needed"
        )
        with pytest.raises(MustCount, match=words) as stopped:
            survey(path, stand_in, FEW)
        probed = len(Recording.read(path).all_replies)
        assert stand_in.calls == probed + 1  # one answer is timed, and not recorded
        assert probed == 2 * len(FEW.probe(WORD))
        assert stopped.value.calls == 90
        seen: list[tuple[int, int]] = []
        with surveying(path, stand_in, FEW, count_if_needed=True) as begun:
            found = begun.finish(lambda *far: seen.append(far))
        assert found.calls == probed + 90
        assert (seen[0], seen[-1]) == ((1, 90), (90, 90))
        again = survey(path, stand_in, FEW)  # counting is under way already: it was wanted
    assert again.measured.cells == found.measured.cells
    assert all(cell.is_counted for cell in found.measured.cells)
    assert found.leaning is not None
    assert found.notes()[0] == (
        f"{probed + 90} calls were made for 9 cells; repeated answers in JSON are counted."
    )


def test_a_server_that_does_not_go_on_with_an_answer_is_asked_for_one_word(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        stand_in.fault_always(Fault.NO_PREFIX)
        found = survey(tmp_path / "table.jsonl", stand_in, FEW)
        assert stand_in.calls == found.calls == 6 + 18 + 3
    assert found.way is WORD
    assert {cell.method for cell in found.measured.cells} == {WORD}
    assert worst(MIND, FEW, found) < 1e-9


def test_one_way_that_was_chosen_is_taken_whatever_it_covers(tmp_path: Path) -> None:
    mind, plan = Mind(coverage=0.3), replace(FEW, method=WORD)
    with StandIn(mind) as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan)
    assert worst(mind, plan, found) < 1e-9
    assert "yes and no cover 30 %" in found.notes()[0]


def test_as_before_a_recording_that_mixes_is_read_as_it_was_and_says_so(tmp_path: Path) -> None:
    """One word covers too little in some cells, and those alone were counted."""
    plan = replace(FEW, method=WORD, earlier=True)
    path = tmp_path / "table.jsonl"
    with StandIn(Mind(coverage=0.3)) as stand_in:
        survey(path, stand_in, plan)
        counted = Recording.read(path)
    assert "reasons" not in counted.header.source.options
    assert plan_of(counted.header) == plan
    strong = {
        reply.key: replace(reply, numbers={"yes": 0.3, "no": 0.5})
        for reply in counted.all_replies
        if isinstance(reply.key, CellTurn) and reply.numbers and reply.key.row == FEW.rows[0]
    }
    mixed = replace(
        counted,
        all_replies=tuple(strong.get(reply.key, reply) for reply in counted.all_replies),
    )
    found = surveyed_from(mixed)
    methods = {cell.row: cell.method for cell in found.measured.cells}
    assert methods.pop(FEW.rows[0]) is WORD
    assert set(methods.values()) == {Method.REPEATED_ANSWERS}
    assert any("mixes two measurements" in note for note in found.notes())


def test_a_cell_without_any_readable_answer_is_said(tmp_path: Path) -> None:
    answers = 10 * 3
    faults = [*[None] * 30, *[Fault.REFUSAL_PROSE] * answers]
    words = rf"1 of 9 cells.*{re.escape(PROFILES[11].code)} at 1.*newswave recording"
    with StandIn(faults=faults) as stand_in, pytest.raises(Unanswered, match=words):
        survey(tmp_path / "table.jsonl", stand_in, COUNTED, concurrency=1)
    assert Recording.read(tmp_path / "table.jsonl").abstained == 10


# --- stopped and gone on with


@pytest.mark.parametrize(
    "plan", [Plan(NEWS, WORDS), ONE_WORD, COUNTED], ids=["read", "one word", "counted"]
)
@pytest.mark.parametrize("level", [1, 4])
def test_a_survey_that_was_stopped_goes_on_and_asks_nothing_twice(
    tmp_path: Path, plan: Plan, level: int
) -> None:
    path, calls = tmp_path / "table.jsonl", 0
    with StandIn() as stand_in:
        whole = survey(tmp_path / "whole.jsonl", stand_in, plan)
        before = stand_in.calls
        for last in (1, 7, 20):
            stop = threading.Event()
            with (
                surveying(path, stand_in, plan, concurrency=level, stop=stop) as begun,
                pytest.raises(Stopped),
            ):
                begun.finish(lambda done, _, n=last, s=stop: s.set() if done == n else None)
            calls = len(Recording.read(path).all_replies)
        with surveying(path, stand_in, plan, concurrency=level) as begun:
            assert begun.calls_made == calls
            assert begun.calls_left == before - calls
            found = begun.finish()
            assert begun.calls_left == 0
            assert begun.finish().calls == found.calls
        cut_off = 3 * level
        assert 0 <= stand_in.calls - 2 * before <= cut_off
    assert told(path) == told(tmp_path / "whole.jsonl")
    assert found.measured.cells == whole.measured.cells


def test_a_survey_that_is_over_is_read_from_its_recording(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        first = survey(tmp_path / "table.jsonl", stand_in, FEW)
        calls = stand_in.calls
        again = survey(tmp_path / "table.jsonl", stand_in, FEW)
        assert stand_in.calls == calls
    assert again.measured.cells == first.measured.cells
    assert again.calls == first.calls


def test_a_server_that_goes_away_leaves_what_was_answered(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    stand_in = StandIn()
    with surveying(path, stand_in, FEW, concurrency=1) as begun, pytest.raises(ServerGone):
        begun.finish(lambda done, _: stand_in.close() if done == 5 else None)
    assert len(Recording.read(path).all_replies) == 5
    with StandIn() as back:
        found = survey(path, back, FEW)
        assert back.calls == 18 + 3 - 5
    assert worst(MIND, FEW, found) < 1e-9


@pytest.mark.parametrize(
    "other",
    [
        replace(FEW, temperature=0.5),
        replace(FEW, event=event("cup-final-draw")),
        replace(FEW, repeats=11),
        replace(FEW, profiles=PROFILES),
        replace(FEW, reasons=False),
        COUNTED,
    ],
    ids=["temperature", "event", "repeats", "profiles", "reasons", "method"],
)
def test_a_recording_of_another_plan_is_refused(tmp_path: Path, other: Plan) -> None:
    with StandIn() as stand_in:
        survey(tmp_path / "table.jsonl", stand_in, FEW)
        calls = stand_in.calls
        with pytest.raises(BadFile, match="recording of something else"):
            survey(tmp_path / "table.jsonl", stand_in, other)
        assert stand_in.calls == calls


# --- before it is begun


def test_a_few_questions_tell_the_way_and_how_long_a_call_takes_without_loading(
    tmp_path: Path,
) -> None:
    with (
        StandIn(delay=0.1, load=0.5) as stand_in,
        surveying(tmp_path / "table.jsonl", stand_in, FEW) as begun,
    ):
        assert (begun.calls_left, begun.calls_made, begun.seconds) == (21, 0, 0.0)
        assert begun.settle() is Method.DECISION
        assert 0.1 <= begun.seconds < 0.5
        assert (begun.calls_left, begun.calls_made, stand_in.calls) == (15, 6, 6)


def test_without_log_probabilities_it_is_to_be_counted(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    with StandIn() as stand_in:
        with (
            surveying(path, stand_in, FEW, model="synthetic-mute") as begun,
            pytest.raises(MustCount, match="no log-probabilities are told; of yes and no no"),
        ):
            begun.settle()
        wanted = {"model": "synthetic-mute", "count_if_needed": True}
        with surveying(path, stand_in, FEW, **wanted) as again:
            assert again.settle() is Method.REPEATED_ANSWERS
            assert again.calls_left == 90
            assert again.finish().calls == len(Recording.read(path).all_replies)


def test_all_is_said_in_the_notes(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, Plan(NEWS, WORDS))
    first, second = found.notes()
    assert "104 calls were made for 96 cells" in first
    assert "true and false cover 99 %" in first
    assert "+0.30 on the log-odds" in second
    assert "--both-orders" in replace(found, worst=0.05).notes()[2]
    assert "other numbers: by 0.1 on" in replace(found, rounding=0.1).notes()[2]
    assert "not known" in replace(found, leaning=None).notes()[1]


def test_both_orders_are_in_the_recording(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        survey(tmp_path / "table.jsonl", stand_in, FEW)
    asked = {key.question for key in Recording.read(tmp_path / "table.jsonl").by_key}
    names = (Question.REASONED.name, Question.REASONED_NO_FIRST.name)
    assert asked == {f"{name}_BEGUN" for name in names}


# --- from a recording alone


@pytest.mark.parametrize("plan", [Plan(NEWS, WORDS), FEW, COUNTED], ids=["whole", "few", "counted"])
def test_a_recording_gives_the_table_without_a_server(tmp_path: Path, plan: Plan) -> None:
    with StandIn() as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan)
    recording = Recording.read(tmp_path / "table.jsonl")
    assert plan_of(recording.header) == plan
    again = surveyed_from(recording)
    assert again.measured.cells == found.measured.cells
    assert again.measured.origin == found.measured.origin
    assert (again.leaning, again.calls) == (found.leaning, found.calls)


def test_a_recording_with_answers_missing_gives_no_table(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    with StandIn() as stand_in:
        survey(path, stand_in, FEW)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadFile, match=r"breaks off: 1 questions or more.*Go on recording"):
        surveyed_from(Recording.read(path))


def test_a_header_that_does_not_say_the_plan_is_refused(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        survey(tmp_path / "table.jsonl", stand_in, FEW)
    header = Recording.read(tmp_path / "table.jsonl").header
    source, options = header.source, header.source.options
    with pytest.raises(BadFile, match="not of a table"):
        plan_of(replace(header, purpose=RecordingPurpose.INVENTORY))
    with pytest.raises(BadFile, match="does not come with newswave"):
        plan_of(replace(header, source=replace(source, wording_hash="0")))
    without = {name: value for name, value in options.items() if name != "method"}
    wrong = {"method": "GUESSED", "profiles": "O+", "repeats": 0, "temperature": "hot", "more": 1}
    for other in (without, *({**options, name: value} for name, value in wrong.items())):
        with pytest.raises(BadFile, match="does not say how its table was asked"):
            plan_of(replace(header, source=replace(source, options=other)))


@pytest.mark.parametrize("plan", [Plan(NEWS, WORDS), COUNTED], ids=["read", "counted"])
def test_the_cells_so_far_are_near_the_truth_and_fill_up(tmp_path: Path, plan: Plan) -> None:
    known: list[int] = []
    path = tmp_path / "table.jsonl"
    with StandIn() as stand_in, surveying(path, stand_in, plan) as begun:

        def progress(*_: int) -> None:
            known.append(int(np.isfinite(chances_so_far(plan, Recording.read(path))).sum()))

        found = begun.finish(progress)
    assert known == sorted(known)
    assert known[0] <= 4  # as many calls are under way at once
    assert known[-1] == len(plan.cells)
    chances = chances_so_far(plan, Recording.read(path)).ravel()
    if plan.method is None:
        # Half the leaning is left in a cell that was asked in one order.
        shift = np.abs(_logit(chances) - _logit([c.probability for c in found.measured.cells]))
        assert shift.max() < MIND.order_bias / 2 + 0.02  # a mean of chances, no mean of log-odds
    else:
        assert chances.tolist() == [c.shared / c.asked for c in found.measured.cells]


def _logit(chance: object) -> np.ndarray:
    held = np.asarray(chance, float)
    return np.log(held) - np.log1p(-held)


# --- more exposures, as long as the answers change


RISING = Plan.rising(NEWS, WORDS, 8)


def test_more_exposures_are_asked_as_long_as_the_answers_change(tmp_path: Path) -> None:
    """The formula rises up to 3: 4 is asked as well, is the same, and nothing is asked after it."""
    path = tmp_path / "table.jsonl"
    with StandIn() as stand_in:
        found = survey(path, stand_in, RISING)
        assert found.calls == stand_in.calls < 140
        survey(path, stand_in, RISING)
        assert stand_in.calls == found.calls
    assert found.measured.exposures == [1, 2, 3, 4]
    chance = found.measured.given.probabilities
    assert chance[:, 4] == pytest.approx(chance[:, 3], abs=1e-9)
    assert plan_of(Recording.read(path).header) == RISING
    again = surveyed_from(Recording.read(path))
    assert again.measured.cells == found.measured.cells
    assert again.measured.origin.wording_hash == WORDS.telling(8).hash


def test_exposures_can_be_named(tmp_path: Path) -> None:
    plan = replace(FEW, wording=WORDS.telling(6), exposures=(1, 3, 6))
    with StandIn() as stand_in:
        found = survey(tmp_path / "table.jsonl", stand_in, plan).measured
    assert found.exposures == [1, 3, 6]
    assert found.between == (2, 4, 5)
    assert len(found.cells) == 9
    assert surveyed_from(Recording.read(tmp_path / "table.jsonl")).measured.between == (2, 4, 5)


@pytest.mark.parametrize("exposures", [(2, 3), (1, 1), (1, 3, 2), (1, 4), (0, 1)])
def test_exposures_that_do_not_fit_are_refused(exposures: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match=r"Exposures do not fit.*telling"):
        replace(FEW, exposures=exposures)


def test_a_plan_of_all_exposures_is_written_as_before(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        survey(tmp_path / "table.jsonl", stand_in, FEW)
    options = Recording.read(tmp_path / "table.jsonl").header.source.options
    assert not {"exposures", "further"} & set(options)
