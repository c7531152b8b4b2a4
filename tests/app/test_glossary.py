"""The glossary: every term once, plain, and its formulas those of the code."""

from __future__ import annotations

import math

import numpy as np
import pytest

from newswave.app.page import Table, check_keys
from newswave.app.pages.glossary import TERMS, Term, glossary_items
from newswave.core.curve import Curve
from newswave.core.population import PROFILES, Profile, Trait
from newswave.core.sharing import SharingTable, hazard
from newswave.equations.on_network import rounds
from newswave.equations.well_mixed import one_rate, source_and_peers

NAMES = [term.name for term in TERMS]
ASKED_FOR = (
    *("agent", "degree", "k-regular random network", "exposure", "transmission rate", "hazard"),
    *("share probability", "SI", "mean field", "well mixed", "network-aware", "edge-based"),
    *("master equation", "replica", "band", "median", "half-time", "reach", "seed agent", "round"),
    *("seed (of randomness)", "attention rule", "personality profile", "Big Five", "log-odds"),
    *("event offset", "one rate", "two rates", "source and peers", "source alone", "ceiling"),
    *("likelihood", "AIC"),
    *("bootstrap", "interval", "verdict", "p-value", "synthetic", "abstain", "wording"),
    *("temperature", "recording", "replay", "sharing table"),
    *(trait.value for trait in Trait),
)


def term(name: str) -> str:
    [found] = [term.words for term in TERMS if term.name == name]
    return found


def test_every_term_is_there_once() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert set(ASKED_FOR) <= set(NAMES)


@pytest.mark.parametrize("one", TERMS, ids=NAMES)
def test_a_term_is_short_and_leads_to_others_that_exist(one: Term) -> None:
    assert one.words.endswith(".")
    assert 20 < len(one.words) <= 240
    assert set(one.see) <= set(NAMES) - {one.name}


def test_the_page_shows_them_all_in_tables() -> None:
    items = check_keys(glossary_items())
    tables = [item for item in items if isinstance(item, Table)]
    assert [row for one in tables for row in one.rows] == [(one.name, one.words) for one in TERMS]
    assert [names for one in tables for names in one.see] == [one.see for one in TERMS]


def test_the_formula_of_the_contact_rule_is_the_codes() -> None:
    assert "1 - (1 - q)^m" in term("share probability")
    table = SharingTable.contact(("all",), (0.3,), 5)
    np.testing.assert_allclose(table.probabilities[0], [1 - (1 - 0.3) ** m for m in range(6)])
    assert "-ln(1 - q)" in term("transmission rate")
    assert "q = 0.05 is beta = 0.0513" in term("transmission rate")
    assert round(float(hazard(0.05)), 4) == 0.0513
    assert "e = 2.72" in term("log-odds")
    assert round(math.e, 2) == 2.72


def test_the_formulas_of_theory_are_the_codes() -> None:
    """One small step of each equation as it stands in words, against the code's curve."""
    k, start, step, rate, a = 8, 0.1, 1e-5, 0.05, 0.02
    assert "i' = beta k i (1 - i)" in term("well mixed")
    change = (one_rate(rate, k, start, [step])[0] - start) / step
    assert change == pytest.approx(rate * k * start * (1 - start), rel=1e-4)
    assert "i' = (a + beta k i) (1 - i)" in term("source and peers")
    change = (source_and_peers(a, rate, k, start, [step])[0] - start) / step
    assert change == pytest.approx((a + rate * k * start) * (1 - start), rel=1e-4)
    words = term("edge-based")
    assert "theta - q (theta - s0 theta^(k-1))" in words
    assert "i = 1 - s0 theta^k" in words
    q, s0, theta = 1 - math.exp(-rate), 1 - start, 1.0
    for wanted in rounds([rate], [1.0], k, start, 12):
        assert 1 - s0 * theta**k == pytest.approx(wanted, rel=1e-12)
        theta -= q * (theta - s0 * theta ** (k - 1))


def test_what_the_terms_count_is_so() -> None:
    assert "2^5 = 32" in term("personality profile")
    assert len(PROFILES) == 32
    assert "O+C-E+A-N- is high in openness and extraversion" in term("personality profile")
    described = Profile.from_code("O+C-E+A-N-").describe()
    assert [part.split()[1] for part in described.split(", ") if part.startswith("high")] == [
        "openness",
        "extraversion",
    ]
    assert "central 90 %" in term("band")
    curve = Curve(np.arange(101)[:, None] + [0, 1], 200)
    assert [float(end[0]) for end in curve.band()] == pytest.approx([5.0, 95.0])
