"""How far a model leans towards the label named first: found in counted answers, live and told."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from asked import NEWS, SMALL, WORDS, interviewed, live, survey

from newswave.core.population import PROFILES
from newswave.core.provenance import Leaning, Method
from newswave.core.rules import Asked
from newswave.core.wording import LabelOrder, Question, wording
from newswave.llm.batch import Interview, Pace
from newswave.llm.fake_ollama.formula import Mind
from newswave.llm.fake_ollama.server import StandIn
from newswave.llm.leaning import counted_leaning, leaning_in
from newswave.llm.ollama_server import Server
from newswave.llm.play import Asking, as_begun, ask_runs, plan_as_begun, replay, run_header
from newswave.llm.recording import Recording, RecordingWriter, header_of, strip
from newswave.llm.server import Preflight
from newswave.llm.summary import summary, summary_words
from newswave.llm.survey import Plan, survey_header

FIRST, LAST = LabelOrder


def drawn(seed: int, leaning: float, strata: int, each: int) -> Leaning | None:
    """Return what is found in answers about things that are shared with very unlike chances."""
    luck = np.random.default_rng(seed)
    level = luck.normal(-0.5, 1.5, strata)
    answers = []
    for about in range(strata):
        for order in luck.choice([FIRST, LAST], each):
            chance = 1 / (1 + math.exp(-(level[about] + (0.5 - (order is LAST)) * leaning)))
            answers.append((about, order, bool(luck.random() < chance)))
    return counted_leaning(answers)


@pytest.mark.parametrize(("strata", "each"), [(96, 4), (6, 40), (300, 2)])
@pytest.mark.parametrize("leaning", [0.0, 0.5, -2.0])
def test_the_interval_holds_the_leaning(strata: int, each: int, leaning: float) -> None:
    """Of 200 intervals of 95 %, 17 miss or more in 1 of 60 cases; seeds are fixed."""
    found = [drawn(seed, leaning, strata, each) for seed in range(200)]
    held = [one.low <= leaning <= one.high for one in found if one and one.low and one.high]
    assert len(held) == 200
    assert sum(held) >= 182
    values = [one.log_odds for one in found if one]
    assert np.mean(values) == pytest.approx(leaning, abs=0.12)


def test_one_table_of_four_numbers_gives_its_odds_ratio() -> None:
    """ln(a d / b c) with half an answer more of each, and Woolf's variance."""
    a, b, c, d = 30, 10, 12, 28
    counts = {(FIRST, True): a, (FIRST, False): b, (LAST, True): c, (LAST, False): d}
    found = counted_leaning([("all", *kind) for kind, n in counts.items() for _ in range(n)])
    a, b, c, d = (n + 0.5 for n in (a, b, c, d))
    assert found is not None
    assert found.high is not None
    assert found.answers == 80
    assert found.log_odds == pytest.approx(math.log(a * d / (b * c)))
    woolf = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    assert found.high - found.log_odds == pytest.approx(1.96 * woolf, rel=1e-4)


def test_answers_all_alike_in_each_order_have_a_wide_interval_and_one_order_has_none() -> None:
    answers = [(at, order, order is FIRST) for at in range(8) for order in LabelOrder]
    found = counted_leaning(answers)
    assert found is not None
    assert found.low is not None
    assert found.log_odds > found.low > 0
    assert counted_leaning([one for one in answers if one[1] is FIRST]) is None
    assert counted_leaning([]) is None


# --- live runs


def test_a_live_run_asks_in_either_order_and_tells_the_leaning(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with StandIn(Mind(order_bias=3.0)) as stand_in:
        setup = replace(SMALL, n_agents=100, n_seeds=10)
        played = live(path, stand_in, setup, concurrency=8)
    recording = Recording.read(path)
    assert recording.header.source.options["label_orders"] == "drawn"
    lean = played.leaning
    assert lean is not None
    assert lean.low is not None
    assert lean.high is not None
    assert lean.low <= 3.0 <= lean.high
    assert lean.answers == played.decisions.asked.sum()
    assert replay(recording).leaning == lean
    strip(path, tmp_path / "bare.jsonl")
    assert leaning_in(Recording.read(tmp_path / "bare.jsonl")) == lean
    assert summary(recording).leaning == lean
    assert "Naming yes first moves" in summary_words(summary(recording))


def test_the_order_is_drawn_with_the_seed_by_run_round_and_agent() -> None:
    asking = Asking(SMALL)
    places = [(run, at, agent) for run in range(5) for at in range(1, 20) for agent in range(50)]
    orders = [asking.order_of(*place) for place in places]
    half = len(places) / 2
    assert abs(orders.count(FIRST) - half) < 4 * math.sqrt(half / 2)  # 1 in 16 000
    assert orders == [Asking(SMALL).order_of(*place) for place in places]
    other = Asking(replace(SMALL, seed=SMALL.seed + 1))
    assert orders != [other.order_of(*place) for place in places]
    one = Asking(SMALL, both_orders=False)
    assert {one.order_of(*place) for place in places} == {FIRST}


def test_a_wording_with_one_order_asks_in_one_and_its_header_does_not_say_drawn(
    tmp_path: Path,
) -> None:
    words = replace(WORDS, name="own", reasoned="JSON: true if you share, false if you do not")
    setup = replace(SMALL, sharing=Asked("synthetic:latest", words, synthetic=True))
    with StandIn() as stand_in:
        played = live(tmp_path / "run.jsonl", stand_in, setup)
    assert played.leaning is None
    assert "label_orders" not in Recording.read(tmp_path / "run.jsonl").header.source.options


# --- recordings of before


def test_a_run_of_before_is_gone_on_with_true_first_and_in_its_words(tmp_path: Path) -> None:
    """As recordings were begun before: the earlier question for a reason, always true first."""
    path = tmp_path / "run.jsonl"
    rule = replace(SMALL.sharing, wording=WORDS.earlier)
    with StandIn() as stand_in:
        ready = Preflight.of(Server(stand_in.address), "synthetic")
        before = Asking(replace(SMALL, sharing=rule), both_orders=False)
        header = run_header(before, ready.model, ready.found)
        assert "label_orders" not in header.source.options
        with RecordingWriter(path, header) as writer:
            interview = Interview(ready.server, ready.model, writer, Pace(1))
            whole = ask_runs(before.setup, interview, before)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[: len(lines) // 2]))
        now = as_begun(Asking(SMALL), path)
        assert now == before
        with RecordingWriter(path, run_header(now, ready.model, ready.found)) as writer:
            interview = Interview(ready.server, ready.model, writer, Pace(1))
            again = ask_runs(now.setup, interview, now)
    assert again.leaning is None
    assert again.log.equals(whole.log)
    assert as_begun(Asking(SMALL), tmp_path / "none.jsonl") == Asking(SMALL)


def test_a_run_of_now_is_gone_on_with_as_it_is(tmp_path: Path) -> None:
    with StandIn() as stand_in:
        with interviewed(tmp_path / "run.jsonl", stand_in) as (_, asking):
            pass
        assert as_begun(asking, tmp_path / "run.jsonl") == asking


def test_a_table_of_before_is_gone_on_with_as_it_was_begun(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    plan = Plan(NEWS, WORDS, PROFILES[:2])
    before = replace(plan, wording=WORDS.earlier, method=Method.LOG_PROBABILITIES, earlier=True)
    with StandIn() as stand_in:
        found = survey(path, stand_in, before)
        assert plan_as_begun(plan, path) == before
        calls = stand_in.calls
        again = survey(path, stand_in, plan_as_begun(plan, path))
        assert again.measured.cells == found.measured.cells
        assert stand_in.calls == calls
        ready = Preflight.of(Server(stand_in.address), "synthetic")
        options = survey_header(before, ready.model, ready.found).source.options
    assert list(options) == ["temperature", "method", "both_orders", "repeats", "profiles"]
    assert plan_as_begun(plan, tmp_path / "none.jsonl") == plan


def test_a_file_that_is_no_recording_has_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("no JSON\n")
    (tmp_path / "b.jsonl").write_text("[1]\n")
    names = ("a.jsonl", "b.jsonl", "none.jsonl")
    assert [header_of(tmp_path / name) for name in names] == [None] * 3


def test_every_form_of_a_question_is_shown_by_its_wording() -> None:
    texts = {wording("adjectives").text(question) for question in Question}
    assert len(texts) == len(Question)
