"""Offline events as short news reports: a library of invented ones, and a reader for one's own.

The reports are fictional and without places, names or dates. Their types and sub-types are the
public category names of the codebook of ACLED (Armed Conflict Location & Event Data); no row of
its data is in here.
"""

from __future__ import annotations

import functools
import re
import warnings
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from newswave.core.errors import BadFile, BadValue, NewswaveError, has_unseen, one_of, shown
from newswave.core.files import packaged
from newswave.core.population import Effect
from newswave.core.readers.tables import read_table

DEFAULT_EVENT_ID = "lantern-festival"

_OWN = "chosen (user file)"
_LONGEST = 600
_OLD_TYPES = {
    "battle-no change of territory": "Battles",
    "battle-government regains territory": "Battles",
    "battle-non-state actor overtakes territory": "Battles",
    "remote violence": "Explosions/Remote violence",
    "strategic development": "Strategic developments",
    "headquarters or base established": "Strategic developments",
    "non-violent transfer of territory": "Strategic developments",
}
_RIOTS = ("violent demonstration", "mob violence")
_PROTESTS = ("peaceful protest", "protest with intervention", "excessive force against protesters")
_COLUMNS = ("id", "type", "sub_type", "headline", "text")
_EXPORT = ("event_type", "notes")
_OPTIONAL = ("offset", "source", "content_note")


class EventType(Enum):
    """What kind of event a report is about: ACLED's six types, and neutral ones to compare with.

    >>> EventType.named("riots")
    <EventType.RIOTS: 'Riots'>
    """

    BATTLES = "Battles"
    EXPLOSIONS = "Explosions/Remote violence"
    VIOLENCE_AGAINST_CIVILIANS = "Violence against civilians"
    PROTESTS = "Protests"
    RIOTS = "Riots"
    STRATEGIC_DEVELOPMENTS = "Strategic developments"
    NEUTRAL = "Neutral"

    @classmethod
    def named(cls, text: str) -> EventType:
        """Return the type of that name, in any case, or raise `BadValue` with the names."""
        names = {kind.value.lower(): kind for kind in cls}
        wanted = " ".join(str(text).lower().split())
        if wanted not in names:
            one_of("event type", str(text), [kind.value for kind in cls])
        return names[wanted]


@dataclass(frozen=True)
class Event:
    """A news report about something that happened offline.

    Parameters
    ----------
    id : str
        A short name of lower-case letters, digits and hyphens, up to 60 characters.
    type : EventType
        What kind of event it is.
    sub_type : str
        The finer kind, up to 60 characters.
    headline : str
        Up to 120 characters.
    text : str
        The report in one to three sentences, up to 600 characters.
    offset : Effect
        How much readier people are to share it than a neutral report, on the log-odds.
    content_note : str, optional
        What a teacher should know before showing it, up to 120 characters.

    Raises
    ------
    BadValue
        If a text is empty, too long or holds control characters, or a part has the wrong type.

    Examples
    --------
    >>> event("ceasefire-agreed").offset.value
    0.2
    """

    id: str
    type: EventType
    sub_type: str
    headline: str
    text: str
    offset: Effect
    content_note: str = ""

    def __post_init__(self) -> None:
        _check_text("id", self.id, 60)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            allowed = "lower-case letters, digits and single hyphens, as in lantern-festival"
            raise BadValue("The id of an event does not fit", given=self.id, allowed=allowed)
        for name, limit in (("sub_type", 60), ("headline", 120), ("text", _LONGEST)):
            _check_text(name, getattr(self, name), limit)
        _check_text("content_note", self.content_note, 120, least=0)
        if not isinstance(self.type, EventType):
            raise BadValue("An event's type is an EventType", given=self.type)
        if not isinstance(self.offset, Effect):
            allowed = 'Effect(number, "source")'
            raise BadValue("An event's offset is an Effect", given=self.offset, allowed=allowed)


@functools.cache
def library() -> tuple[Event, ...]:
    """Return the invented events that come with newswave, in the order of their types.

    >>> len(library()) >= 30
    True
    """
    return load_events(packaged("events.csv"))


def event(event_id: str) -> Event:
    """Return the library's event of that id, or raise `BadValue` with the nearest ids.

    >>> event("power-cut")
    Traceback (most recent call last):
    newswave.core.errors.BadValue: Unknown event. Given: 'power-cut'. Allowed: short-power-cut, ...
    """
    return find_event(event_id)


def find_event(name: str, extra: tuple[Event, ...] = ()) -> Event:
    """Return the event of an id, from a user's own events first, then from the library."""
    known = {known.id: known for known in (*library(), *extra)}
    return known[one_of("event", name, known)]


def of_type(kind: EventType) -> tuple[Event, ...]:
    """Return the library's events of a type."""
    if not isinstance(kind, EventType):
        raise BadValue("An event's type is an EventType", given=kind, advice="See EventType.named")
    return tuple(known for known in library() if known.type is kind)


@dataclass(frozen=True)
class EventFile:
    """The events in a file, and what was read of it."""

    events: tuple[Event, ...]  # In the order of the file
    source: str  # In one line: how many events from how many rows, what was left out and why
    whole: bool = True  # Whether every row is an event, as it stands


def load_events(path: str | Path) -> tuple[Event, ...]:
    """Return the events of a user's own CSV file; warns if not every row could be read.

    See `read_events`, which returns what was read of the file in words as well.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    tuple of Event
        In the order of the file.

    Raises
    ------
    BadFile
        As `read_events` does.

    Examples
    --------
    >>> load_events(packaged("events.csv"))[0].id
    'clash-at-bridge'
    """
    file = read_events(path)
    if not file.whole:
        warnings.warn(file.source, UserWarning, stacklevel=2)
    return file.events


def read_events(path: str | Path) -> EventFile:
    """Return the events of a user's own CSV file, and in words what was read of it.

    The columns are id, type, sub_type, headline, text and, if wanted, offset, source and
    content_note. An offset without a source is noted as chosen by the user, and no offset is 0.

    A file with the columns event_type and notes of an ACLED export is read too: the notes become
    the text, cut behind a sentence if they are longer than 600 characters, their first words the
    headline, and the ids are report-1, report-2 and so on, by the row. Older names of types are
    brought to those of today where only one is meant, and a missing sub-type is noted as that. A
    row that makes no event is left out and counted. Other columns are ignored.

    Rows from ACLED are under ACLED's own terms, which the user has accepted and must keep to;
    newswave ships none, and keeps no copy of what it reads here.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    BadFile
        If the file cannot be read, a column is missing, no row of an export makes an event, or, in
        a table of one's own, an id comes twice or a row makes no event: the message names the line.

    Examples
    --------
    >>> read_events(packaged("events.csv")).source
    'events.csv: ... events'
    """
    header, rows, encoding = read_table(path, "a table of events", ragged=True)
    names = ["_".join(name.lower().split()) for name in header]
    own = _is_own(names, path)
    events: dict[str, Event] = {}
    notes: dict[str, list[int]] = {}
    first: NewswaveError | None = None
    for number, (line, row) in enumerate(rows.items(), 1):
        try:
            made, remarks = _event_of(row, names, own, number)
            if made.id in events:
                advice = "Give every event its own id"
                raise BadValue("This id came before", given=made.id, advice=advice)
        except NewswaveError as error:
            if own:
                raise BadFile(f"Line {line} holds no event. {error}", given=str(path)) from error
            first = first or BadFile(f"Line {line} holds no event. {error}", given=str(path))
            notes.setdefault(f"left out: {error.what[:1].lower()}{error.what[1:]}", []).append(line)
            continue
        for remark in remarks:
            notes.setdefault(remark, []).append(line)
        events[made.id] = made
    if first is not None and not events:
        raise first
    source = _source_words(path, len(rows), len(events), notes)
    source += f"; text in {encoding}" if encoding else ""
    return EventFile(tuple(events.values()), source, not notes)


def _source_words(path: str | Path, rows: int, events: int, notes: dict[str, list[int]]) -> str:
    """Say in one line what was read."""
    many = f"{events} event{'' if events == 1 else 's'}"
    words = [many if events == rows else f"{events} of {rows} rows are events"]
    for note, lines in notes.items():
        some = ", ".join(map(str, lines[:5])) + (" ..." if len(lines) > 5 else "")
        one = f"line {some}" if len(lines) == 1 else f"{len(lines)} lines ({some})"
        words.append(f"{one} {note}")
    return f"{Path(path).name}: " + "; ".join(words)


def _is_own(names: list[str], path: str | Path) -> bool:
    """Tell whether a table has newswave's own columns; else those of an export."""
    own = "event_type" not in names or set(_COLUMNS) <= set(names)
    needed = _COLUMNS if own else _EXPORT
    missing = [name for name in needed if name not in names]
    twice = [name for name in (*needed, "sub_event_type", *_OPTIONAL) if names.count(name) > 1]
    if missing or twice:
        what = f"lacks the column {missing[0]}" if missing else f"has two columns {twice[0]}"
        allowed = f"{', '.join(_COLUMNS)}; or {', '.join(_EXPORT)}"
        raise BadFile(f"This table {what}", given=str(path), allowed=allowed)
    return own


def _event_of(
    row: list[str], names: list[str], own: bool, number: int
) -> tuple[Event, tuple[str, ...]]:
    """Return the event of a row, and what was not taken as it stands."""
    if len(row) != len(names):
        raise BadValue(
            f"The row has {len(row)} cells where the header has {len(names)}",
            advice="Put every cell in its column, and quote text that holds a comma",
        )
    cells = {name: " ".join(cell.split()) for name, cell in zip(names, row, strict=True)}
    return (_own_row(cells), ()) if own else _export_row(cells, number)


def _own_row(cells: dict[str, str]) -> Event:
    return Event(
        cells["id"],
        EventType.named(cells["type"]),
        cells["sub_type"],
        cells["headline"],
        cells["text"],
        _offset(cells, cells.get("source", "")),
        cells.get("content_note", ""),
    )


def _export_row(cells: dict[str, str], number: int) -> tuple[Event, tuple[str, ...]]:
    """Return the event of an export's row; its column "source" is of the news, not of an offset."""
    sub_type = cells.get("sub_event_type", "")
    kind, renamed = _type_of(cells["event_type"], sub_type)
    text, remarks = cells["notes"], [renamed] if renamed else []
    if len(text) > _LONGEST:
        text = _cut(text)
        remarks.append(f"cut behind a sentence (longer than {_LONGEST} characters)")
    if not sub_type:
        remarks.append("without a sub-type")
    headline = text if len(text) <= 80 else text[:80].rsplit(" ", 1)[0] + " ..."
    sub_type = sub_type or "Sub-type not given"
    made = Event(f"report-{number}", kind, sub_type, headline, text, _offset(cells, ""))
    return made, tuple(remarks)


def _type_of(name: str, sub_type: str) -> tuple[EventType, str]:
    """Return a type by its name of today or an older one, and what was renamed."""
    plain = " ".join(name.lower().split())
    if plain == "riots/protests":
        for kind, known in ((EventType.RIOTS, _RIOTS), (EventType.PROTESTS, _PROTESTS)):
            if sub_type.lower() in known:
                return kind, f"of an older export: {shown(name)} is {kind.value} by its sub-type"
        raise BadValue(
            "'Riots/Protests' is an older name for two types of today",
            given=sub_type or None,
            allowed="Riots, Protests, or a sub-type that tells them apart",
        )
    if plain in _OLD_TYPES:
        kind = EventType.named(_OLD_TYPES[plain])
        return kind, f"of an older export: {shown(name)} is {kind.value} today"
    return EventType.named(name), ""


def _cut(text: str) -> str:
    """Return the first sentences of a long text, or raise `BadValue` if none ends in time."""
    ends = [sentence.end() for sentence in re.finditer(r"[.!?](?=\s)", text[: _LONGEST + 1])]
    if not ends:
        raise BadValue(f"The notes are longer than {_LONGEST} characters without the end of a "
                       "sentence", given=f"{len(text)} characters")  # fmt: skip
    return text[: ends[-1]]


def _offset(cells: dict[str, str], source: str) -> Effect:
    """Return the offset of a row, with its source or the word that the user chose it."""
    number = cells.get("offset", "")
    if source and not number:
        advice = "Fill the column offset, or leave source empty"
        raise BadValue("There is a source but no offset", given=source, advice=advice)
    if not number:
        return Effect(0.0, f"{_OWN}: no offset given, so 0")
    try:
        return Effect(float(number.replace(",", ".", 1)), source or _OWN)
    except ValueError as error:
        if isinstance(error, BadValue):
            raise
        allowed = "a number with a point, such as 0.65"
        raise BadValue("The offset is not a number", given=number, allowed=allowed) from error


def _check_text(name: str, text: object, limit: int, least: int = 1) -> None:
    """Refuse what is no text, too long, shorter than `least`, or holds unseen characters."""
    fits = isinstance(text, str) and least <= len(text.strip()) and len(text) <= limit
    if not fits:
        allowed = f"text of {least} to {limit} characters"
        given = f"{len(text)} characters" if isinstance(text, str) else text
        raise BadValue(f"The {name} of an event does not fit", given=given, allowed=allowed)
    if has_unseen(str(text)):
        advice = "Take out control characters and line breaks"
        raise BadValue(f"The {name} of an event holds unseen characters", given=text, advice=advice)
