"""Names of columns: what each holds, and which are never counts."""

from __future__ import annotations

import pytest

from newswave.core.errors import BadValue
from newswave.core.readers.columns import Role, Scale, chosen, columns, role_of, scale_of

ROLES = {
    Role.TIME: ["Day", "time_step", "Date", "study day", "Day number", "YEAR", "Step", "week no"],
    Role.ADOPTION_TIME: ["toa", "Year of adoption", "adoption_time", "adopted at", "month adopted"],
    Role.RUN: ["run_0", "Run 12", "replicate 3", "sim7"],
    Role.RUN_NAME: ["RunId", "run", "iteration", "run_id", "Replicate"],
    Role.CUMULATIVE: ["cumulative", "Cum. adopters", "total_cases", "cumulative_adopt_count",
                      "adopters to date", "total adopters"],
    Role.COUNT: ["count", "Sharers", "adopters (%)", "adopted", "I"],
    Role.NEAR_COUNT: ["number of adopters", "n_shared", "adoption rate", "count.1"],
    Role.NEW: ["new", "new_cases", "incident", "adopters per month", "daily users", "Newly shared"],
    Role.TOTAL: ["total", "N", "population", "n_agents", "Total present"],
    Role.PERSON: ["person", "id", "AgentID", "student name", "Country"],
    Role.OTHER: ["run_time", "non-adopters", "age", "people", "", "susceptible", "mean degree"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "name"), [(role, name) for role, held in ROLES.items() for name in held]
)
def test_what_a_name_stands_for(role: Role, name: str) -> None:
    assert role_of(name) is role


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("adopters (%)", Scale.PERCENT),
        ("adoption_pct", Scale.PERCENT),
        ("per cent of all", Scale.PERCENT),
        ("share of users", Scale.FRACTION),
        ("users ('000)", Scale.THOUSANDS),
        ("users in millions", Scale.MILLIONS),
        ("shared", None),
    ],
)
def test_the_scale_that_a_name_speaks_of(name: str, scale: Scale | None) -> None:
    assert scale_of(name) is scale


def test_a_column_is_chosen_by_name_or_number() -> None:
    every = columns(["day", "2", "count", "Count"])
    assert chosen(every, "DAY", "the time").at == 0
    assert chosen(every, "2", "the counts").at == 1
    assert chosen(every, "3", "the counts").at == 2
    for name, words in (("count", "two columns"), ("x", "no column"), ("0", "no column")):
        with pytest.raises(BadValue, match=words):
            chosen(every, name, "the counts")
