"""The library is complete, labelled and placeless; a user's file is read or refused clearly."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newswave.core.errors import BadFile, BadValue
from newswave.core.events import (
    DEFAULT_EVENT_ID,
    Event,
    EventFile,
    EventType,
    event,
    find_event,
    library,
    load_events,
    of_type,
    read_events,
)
from newswave.core.population import Effect

HEAD = ["id", "type", "sub_type", "headline", "text"]
ROW = ["flood", "Neutral", "Weather", "Rain", "It rains."]
SUB_TYPES = {
    EventType.BATTLES: {
        "Armed clash",
        "Government regains territory",
        "Non-state actor overtakes territory",
    },
    EventType.EXPLOSIONS: {
        "Air/drone strike",
        "Chemical weapon",
        "Grenade",
        "Remote explosive/landmine/IED",
        "Shelling/artillery/missile attack",
        "Suicide bomb",
    },
    EventType.VIOLENCE_AGAINST_CIVILIANS: {"Attack", "Abduction/forced disappearance"},
    EventType.PROTESTS: {
        "Peaceful protest",
        "Protest with intervention",
        "Excessive force against protesters",
    },
    EventType.RIOTS: {"Mob violence", "Violent demonstration"},
    EventType.STRATEGIC_DEVELOPMENTS: {
        "Agreement",
        "Arrests",
        "Change to group/activity",
        "Disrupted weapons use",
        "Headquarters or base established",
        "Looting/property destruction",
        "Non-violent transfer of territory",
        "Other",
    },
}
# The only words inside a sentence that may begin with a capital: so nothing is named.
CAPITALS = {"Saturday", "Sunday", "Tuesday", "Thursdays"}


def table(path: Path, *rows: list[str]) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode())
    return path


def test_the_library_has_enough_of_every_type() -> None:
    counts = Counter(known.type for known in library())
    assert len(library()) >= 30
    assert all(counts[kind] >= 4 for kind in EventType)
    assert counts[EventType.NEUTRAL] == len(of_type(EventType.NEUTRAL)) >= 8
    assert {known.sub_type for known in of_type(EventType.NEUTRAL)} >= {
        "Festival",
        "Power cut",
        "Discovery",
        "Sports result",
    }
    for texts in ("id", "headline", "text"):
        assert len({getattr(known, texts) for known in library()}) == len(library())


def test_the_default_event_is_neutral() -> None:
    assert event(DEFAULT_EVENT_ID) in of_type(EventType.NEUTRAL)


@pytest.mark.parametrize("known", library(), ids=lambda known: known.id)
def test_every_report_is_labelled_and_names_nobody(known: Event) -> None:
    if known.type is EventType.NEUTRAL:
        assert known.offset.value == 0.0
    else:
        assert known.sub_type in SUB_TYPES[known.type]
        assert known.content_note
        assert 0.0 < known.offset.value <= 0.65
    assert known.offset.chosen == (known.offset.value != 0.65)
    for text in (known.headline, known.text):
        sentences = re.split(r"(?<=[.;:?!]) ", text)
        assert 1 <= len(sentences) <= 3
        inside = [word.strip(",.;:") for part in sentences for word in part.split()[1:]]
        assert {word for word in inside if word != word.lower()} <= CAPITALS
    assert known.text.endswith(".")


def test_the_cited_offset_is_the_published_ratio() -> None:
    cited = {known.offset for known in library() if not known.offset.chosen}
    assert {effect.value for effect in cited} == {round(math.log(1.91), 2)}
    assert all("Watson et al. 2024" in effect.source for effect in cited)


def test_calm_reports_move_sharing_less_than_violent_ones() -> None:
    by_kind = {known.sub_type: known.offset.value for known in library()}
    assert 0 < by_kind["Peaceful protest"] == by_kind["Agreement"] < by_kind["Arrests"] < 0.65


def test_types_are_found_by_name() -> None:
    assert EventType.named("  explosions/remote   VIOLENCE ") is EventType.EXPLOSIONS
    with pytest.raises(BadValue, match="Riots"):
        EventType.named("Riot")
    assert {known for kind in EventType for known in of_type(kind)} == set(library())
    with pytest.raises(BadValue, match="EventType"):
        of_type("Riots")  # type: ignore[arg-type]


def test_an_unknown_event_gets_near_names() -> None:
    with pytest.raises(BadValue, match="clash-at-bridge"):
        event("clash-at-the-bridge")


def test_own_events_come_before_the_library(tmp_path: Path) -> None:
    own = load_events(table(tmp_path / "own.csv", HEAD, ROW, [DEFAULT_EVENT_ID, *ROW[1:]]))
    assert find_event("flood", own) is own[0]
    assert find_event(DEFAULT_EVENT_ID, own).headline == "Rain"
    assert event(DEFAULT_EVENT_ID).headline != "Rain"
    with pytest.raises(BadValue, match="Unknown event"):
        event("flood")


def test_a_users_file_is_read_with_and_without_offsets(tmp_path: Path) -> None:
    head = [*HEAD, "offset", "source", "content_note", "remark"]
    own = load_events(
        table(
            tmp_path / "own.csv",
            head,
            [*ROW, "", "", "", "x"],
            ["fire", *ROW[1:], "0.5", "", "Fire", ""],
            ["rain", "riots", *ROW[2:], "-0.5", "Someone 2020, A Journal", "", ""],
        )
    )
    assert [e.offset for e in own] == [
        Effect(0.0, "chosen (user file): no offset given, so 0"),
        Effect(0.5, "chosen (user file)"),
        Effect(-0.5, "Someone 2020, A Journal"),
    ]
    assert [e.content_note for e in own] == ["", "Fire", ""]
    assert own[2].type is EventType.RIOTS


def test_an_export_is_read(tmp_path: Path) -> None:
    head = ["event_date", "event_type", "sub_event_type", "source", "notes"]
    long = "Word " * 40
    own = load_events(
        table(
            tmp_path / "export.csv",
            head,
            ["1 May", "Protests", "Peaceful protest", "A paper", "People\nmarched."],
            ["2 May", "Battles", "Armed clash", "A paper", long],
        )
    )
    assert [e.id for e in own] == ["report-1", "report-2"]
    assert own[0].headline == own[0].text == "People marched."
    assert own[0].offset.value == 0.0
    assert own[1].text == long.strip()
    assert own[1].headline.startswith("Word Word")
    assert own[1].headline.endswith("Word ...")


def test_an_export_without_spaces_still_gets_a_headline(tmp_path: Path) -> None:
    head = ["event_type", "sub_event_type", "notes"]
    own = load_events(table(tmp_path / "export.csv", head, ["Riots", "Mob violence", "x" * 500]))
    assert own[0].headline == "x" * 80 + " ..."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"type": "Party"}, "Line 3 .* Unknown event type.*Battles"),
        ({"id": "flood"}, "Line 3 .* This id came before.*'flood'"),
        ({"id": "Two Words"}, "Line 3 .* The id .*hyphens"),
        ({"id": ""}, "Line 3 .* The id "),
        ({"id": "a" * 61}, "Line 3 .* The id .*1 to 60"),
        ({"headline": "x" * 121}, "Line 3 .* The headline .*121 characters.*1 to 120"),
        ({"text": "x" * 601}, "Line 3 .* The text .*601 characters.*1 to 600"),
        ({"text": "bell\x07"}, "Line 3 .* The text .*unseen"),
        ({"text": ""}, "Line 3 .* The text "),
        ({"sub_type": ""}, "Line 3 .* The sub_type "),
        ({"offset": "much"}, "Line 3 .* The offset is not a number.*'much'"),
        ({"offset": "0,6,5"}, "Line 3 .* The offset is not a number"),
        ({"offset": "nan"}, "Line 3 .* effect does not fit"),
        ({"offset": "1e9"}, "Line 3 .* effect does not fit"),
        ({"offset": "1", "source": "my friend"}, "Line 3 .*chosen"),
        ({"source": "Someone 2020"}, "Line 3 .* a source but no offset"),
        ({"content_note": "x" * 121}, "Line 3 .* The content_note "),
    ],
)
def test_a_bad_row_is_refused_by_its_line(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    head = [*HEAD, "offset", "source", "content_note"]
    good = dict(zip(head, [*ROW, "", "", ""], strict=True))
    bad = {**good, "id": "second", **change}
    path = table(tmp_path / "own.csv", head, list(good.values()), list(bad.values()))
    with pytest.raises(BadFile, match=says) as caught:
        load_events(path)
    assert "own.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_line_is_that_of_the_file(tmp_path: Path) -> None:
    long = ["first", *ROW[1:4], "It rains.\nAnd\nrains."]
    path = table(tmp_path / "own.csv", [], HEAD, [], long, [], [], ROW, ROW)
    with pytest.raises(BadFile, match=r"Line 10 .* This id came before"):
        load_events(path)


@pytest.mark.parametrize("missing", [*HEAD, "event_type", "notes"])
def test_a_missing_column_is_named(tmp_path: Path, missing: str) -> None:
    full = HEAD if missing in HEAD else ["event_type", "sub_event_type", "notes"]
    head = [name for name in full if name != missing]
    wanted = missing if missing != "event_type" else "id"
    with pytest.raises(BadFile, match=f"lacks the column {wanted}.*event_type"):
        load_events(table(tmp_path / "own.csv", head, ["x"] * len(head)))


def test_a_doubled_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="two columns text"):
        load_events(table(tmp_path / "own.csv", [*HEAD, "Text"], [*ROW, "x"]))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        load_events(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "Riots"},
        {"offset": 0.5},
        {"id": "flood\n"},
        {"id": 3},
        {"headline": None},
        {"text": "two\u2028lines"},
        {"text": "half \ud800 a character"},
        {"content_note": None},
    ],
)
def test_an_event_made_by_hand_is_checked(parts: dict[str, object]) -> None:
    good = {
        "id": "flood",
        "type": EventType.NEUTRAL,
        "sub_type": "Weather",
        "headline": "Rain",
        "text": "It rains; ще раз, نم‌باران.",
        "offset": Effect(0.0, "chosen"),
    }
    assert hash(Event(**good))  # type: ignore[arg-type]
    with pytest.raises(BadValue):
        Event(**{**good, **parts})  # type: ignore[arg-type]


def read_or_refused(path: Path) -> bool:
    """Return whether a file was read whole, each event once, or refused with its name."""
    try:
        own = read_events(path).events
    except BadFile as refusal:
        return path.name in str(refusal)
    return 0 < len({e.id for e in own}) == len(own)


FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    assert read_or_refused(path)


CELL = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["riots", "Neutral", "flood", "0.5", "-inf", "nan", "chosen", "x" * 700, ""]),
)


@FUZZ
@given(
    st.lists(st.sampled_from([*HEAD, "offset", "source", "notes", "event_type"]), max_size=4),
    st.lists(st.lists(CELL, min_size=12, max_size=12), min_size=1, max_size=4),
    st.booleans(),
)
def test_random_cells_are_read_or_refused(
    tmp_path: Path, more: list[str], cells: list[list[str]], export: bool
) -> None:
    start = ["event_type", "sub_event_type", "notes"] if export else HEAD
    head = list(dict.fromkeys([*start, *more]))
    path = tmp_path / "own.csv"
    table(path, head, *(row[: len(head)] for row in cells))
    assert read_or_refused(path)


@FUZZ
@given(st.integers(0, 4), CELL, st.text(alphabet=',;"\n\r\t\0 a', max_size=12))
def test_a_good_file_with_one_odd_cell_is_read_or_refused(
    tmp_path: Path, place: int, cell: str, tail: str
) -> None:
    row = [*ROW[:place], cell, *ROW[place + 1 :]]
    path = table(tmp_path / "own.csv", HEAD, row)
    path.write_bytes(path.read_bytes() + tail.encode())
    assert read_or_refused(path)


EXPORT = ["event_type", "sub_event_type", "notes", "country"]
GOOD = ["Protests", "Peaceful protest", "Pupils met in front of the school.", "Nowhere"]
LONG = "A town council met. " * 40


def exported(path: Path, *rows: list[str], head: list[str] = EXPORT) -> EventFile:
    return read_events(table(path, head, *rows))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["Riots/Protests", "", "They met.", ""], "line 3 left out: 'Riots/Protests' is an older"),
        (["Protest", "x", "They met.", ""], "line 3 left out: unknown event type"),
        (["", "x", "They met.", ""], "line 3 left out: unknown event type"),
        (["Riots", "Mob violence", "", ""], "line 3 left out: the headline of an event does not"),
        (["Riots", "Mob violence", "x" * 700, ""], "line 3 left out: the notes are longer"),
        (["Riots", "y" * 61, "They met.", ""], "line 3 left out: the sub_type"),
        (
            ["Riots", "Mob violence", "a\x07b", ""],
            "line 3 left out: the headline of an event holds",
        ),
        (
            ["Riots", "Mob violence", "They met.", "", "more"],
            "line 3 left out: the row has 5 cells",
        ),
        (["Riots", "Mob violence"], "line 3 left out: the row has 2 cells"),
    ],
)
def test_a_bad_row_of_an_export_is_left_out_and_counted(
    tmp_path: Path, row: list[str], words: str
) -> None:
    found = exported(tmp_path / "export.csv", GOOD, row, GOOD)
    assert [one.id for one in found.events] == ["report-1", "report-3"]
    assert not found.whole
    assert found.source.startswith("export.csv: 2 of 3 rows are events; ")
    assert words in found.source
    with pytest.warns(UserWarning, match="2 of 3 rows"):
        assert load_events(tmp_path / "export.csv") == found.events
    with pytest.raises(BadFile, match="Line 2 holds no event"):
        exported(tmp_path / "bad.csv", row)


@pytest.mark.parametrize(
    ("row", "kind", "sub_type", "words"),
    [
        (["Remote violence", "", "Shells fell.", ""], EventType.EXPLOSIONS, "Sub-type not given",
         "line 2 of an older export: 'Remote violence' is Explosions/Remote violence today; "
         "line 2 without a sub-type"),
        (["Battle-No change of territory", "Armed clash", "They fought.", ""], EventType.BATTLES,
         "Armed clash", "is Battles today"),
        (["Riots/Protests", "Mob violence", "They met.", ""], EventType.RIOTS, "Mob violence",
         "is Riots by its sub-type"),
        (["Protests", "Peaceful protest", LONG, ""], EventType.PROTESTS, "Peaceful protest",
         "line 2 cut behind a sentence (longer than 600 characters)"),
    ],
)  # fmt: skip
def test_what_is_plainly_meant_in_an_export_is_read_and_said(
    tmp_path: Path, row: list[str], kind: EventType, sub_type: str, words: str
) -> None:
    found = exported(tmp_path / "export.csv", row)
    (made,) = found.events
    assert (made.type, made.sub_type) == (kind, sub_type)
    assert row[2].startswith(made.text)
    assert 0 < len(made.text) <= 600
    assert made.text.endswith(".")
    assert words in found.source


def test_an_export_without_sub_types_is_read_whole(tmp_path: Path) -> None:
    head = ["event_type", "notes"]
    found = exported(tmp_path / "export.csv", ["Riots", "They met."], head=head)
    assert found.source == "export.csv: 1 event; line 2 without a sub-type"


def test_a_table_of_ones_own_is_read_as_it_stands(tmp_path: Path) -> None:
    found = read_events(table(tmp_path / "own.csv", HEAD, ROW))
    assert (found.source, found.whole) == ("own.csv: 1 event", True)


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-16", "\t"), ("cp1252", ";"), ("utf-8-sig", ";")]
)
def test_events_are_read_as_spreadsheets_save_them(
    tmp_path: Path, encoding: str, mark: str
) -> None:
    rows = [[*HEAD, "offset"], [*ROW[:4], "Übel.", "0,5"]]
    text = "\n".join(mark.join(row) for row in rows)
    (tmp_path / "own.csv").write_bytes(text.encode(encoding))
    found = read_events(tmp_path / "own.csv")
    (made,) = found.events
    assert (made.text, made.offset.value, found.whole) == ("Übel.", 0.5, True)
    said = {"utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(encoding, "1 event")
    assert found.source.endswith(said)


def test_the_headings_of_an_export_may_have_blanks(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("EVENT TYPE,SUB EVENT TYPE,NOTES\nRiots,Mob violence,They met.\n")
    assert read_events(path).events[0].sub_type == "Mob violence"
