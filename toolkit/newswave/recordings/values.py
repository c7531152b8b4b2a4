"""What the lines of a recording hold: who answered, to what, when, and what came back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from newswave.codec import decode, encode
from newswave.errors import BadValue, one_of, real_number, shown, whole_number
from newswave.events import Event
from newswave.journal import Line
from newswave.setups import KINDS, Setup
from newswave.version import __version__

FORMAT_VERSION = 1
"""The version of the format that is written, and the newest that is read."""

_MOST_TEXT = 2000


class RecordingPurpose(Enum):
    """What was recorded."""

    RUN = "run"
    TABLE = "table"
    INVENTORY = "inventory"


def utc_now() -> str:
    """Return the time now, as recordings write it.

    >>> utc_now()
    '20...-...-...T...:...:...Z'
    """
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Source:
    """Who answered.

    Parameters
    ----------
    decider : str
        What kind: "language model", "rule" or words of your own.
    model, digest : str
        The model's name, and the digest that tells its versions apart.
    server, client : str
        The versions of the server and of the program that asked it.
    wording, wording_hash : str
        The name of the wording and the hash of its words.
    options : mapping of str to plain values
        How the model was set: temperature, seed and the like.
    synthetic : bool
        Whether the answers are made up, as those of a stand-in server are.
    started : str
        When the recording was begun, as in 2026-01-31T09:30:00Z.

    Raises
    ------
    BadValue
        If a text is none or too long, the options are no plain values, or the time is none.
    """

    decider: str
    model: str = ""
    digest: str = ""
    server: str = ""
    client: str = ""
    wording: str = ""
    wording_hash: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    synthetic: bool = False
    started: str = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        for own in fields(self):
            if own.name not in ("options", "synthetic"):
                _text(own.name, getattr(self, own.name))
        object.__setattr__(self, "options", _plain(self.options))
        if not isinstance(self.synthetic, bool):
            raise BadValue("'synthetic' is true or false", given=self.synthetic)
        try:
            datetime.fromisoformat(self.started)
        except ValueError:
            allowed = "a time such as 2026-01-31T09:30:00Z"
            raise BadValue("This is no time", given=self.started, allowed=allowed) from None


@dataclass(frozen=True)
class Header:
    """The first line of a recording.

    Parameters
    ----------
    purpose : RecordingPurpose
        What was recorded.
    source : Source
        Who answered.
    setup : Setup, optional
        The setup of the runs; a recording of runs needs one.
    event : Event, optional
        What was asked about; a setup's own event if there is a setup.
    newswave : str
        The version that wrote it.

    Raises
    ------
    BadValue
        If a part has the wrong type, or a recording of runs has no setup.

    Examples
    --------
    >>> header = Header(RecordingPurpose.RUN, Source("rule"), Setup(n_agents=50))
    >>> header.event.id, Header.from_line(header.to_line()) == header
    ('lantern-festival', True)
    """

    purpose: RecordingPurpose
    source: Source
    setup: Setup | None = None
    event: Event | None = None
    newswave: str = __version__

    def __post_init__(self) -> None:
        kinds = {"purpose": RecordingPurpose, "source": Source, "newswave": str}
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind):
                given = getattr(self, name)
                raise BadValue(f"'{name}' does not fit", given=given, allowed=kind.__name__)
        if not isinstance(self.setup, Setup | None) or not isinstance(self.event, Event | None):
            raise BadValue("A recording has a Setup, an Event or neither", given=self.setup)
        if self.purpose is RecordingPurpose.RUN and self.setup is None:
            raise BadValue("A recording of runs needs their setup")
        if self.setup is not None:
            if self.event not in (None, self.setup.event):
                raise BadValue("The event is not the setup's", given=self.event)
            object.__setattr__(self, "event", self.setup.event)

    def to_line(self) -> Line:
        """Return the header as a line of the file."""
        own = {field.name: getattr(self.source, field.name) for field in fields(Source)}
        line = {"kind": "recording", "version": FORMAT_VERSION, "newswave": self.newswave}
        line |= {"purpose": self.purpose.value, "setup": None, "source": own}
        if self.setup is not None:
            return line | {"setup": encode(self.setup)}
        return line if self.event is None else line | {"event": encode(self.event)}

    @classmethod
    def from_line(cls, line: Line) -> Header:
        """Return the header that a line holds, or raise `BadValue`."""
        if line.get("kind") != "recording":
            raise BadValue("This is no recording", given=line.get("kind"), allowed="a recording")
        version = line.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise BadValue("The version of the format does not fit", given=version)
        if version > FORMAT_VERSION:
            advice = "Take a newer newswave"
            raise BadValue("This recording is of a newer format", given=version, advice=advice)
        purposes = {purpose.value: purpose for purpose in RecordingPurpose}
        purpose = purposes[one_of("purpose", line.get("purpose"), purposes)]
        own = line.get("source")
        if not isinstance(own, dict) or "decider" not in own:
            raise BadValue("A recording names its source", given=own)
        known = {field.name for field in fields(Source)}
        source = Source(**{name: value for name, value in own.items() if name in known})
        setup, event = (decode(line.get(name), KINDS) for name in ("setup", "event"))
        return cls(purpose, source, setup, event, line.get("newswave", ""))

    def differences(self, other: Header) -> tuple[str, ...]:
        """Return what is not the same in another header, but for the time and the server.

        >>> one, other = (Header(RecordingPurpose.TABLE, Source("llm", name)) for name in "ab")
        >>> one.differences(other)
        ("model: 'a' and 'b'",)
        """
        one, two = _flat(self.to_line()), _flat(other.to_line())
        names = sorted(one.keys() | two.keys(), key=[*one, *two].index)
        return tuple(
            f"{shown(name, 60)[1:-1]}: {shown(one.get(name), 60)} and {shown(two.get(name), 60)}"
            for name in names
            if name not in ("started", "server") and one.get(name) != two.get(name)
        )


@dataclass(frozen=True, order=True)
class Turn:
    """What a reply in a run answers: one agent's question in one round, from 1."""

    run: int
    round: int
    agent: int

    def __post_init__(self) -> None:
        for name, least in (("run", 0), ("round", 1), ("agent", 0)):
            object.__setattr__(self, name, whole_number(f"'{name}'", getattr(self, name), least))


@dataclass(frozen=True, order=True)
class CellTurn:
    """What a reply for a table answers: a row at an exposure, in one form, for the nth time.

    A reply to the inventory has exposure 0.
    """

    row: str
    exposure: int
    question: str
    number: int = 0

    def __post_init__(self) -> None:
        for name in ("row", "question"):
            _text(name, getattr(self, name), least=1)
        for name in ("exposure", "number"):
            object.__setattr__(self, name, whole_number(f"'{name}'", getattr(self, name), 0))


@dataclass(frozen=True)
class RecordedReply:
    """One reply of a model to one call.

    Parameters
    ----------
    key : Turn or CellTurn
        What was asked for.
    prompt : str
        The hash of the prompt.
    outcome : str
        How it was read, such as PLAIN; a word for each kind of reply.
    share : bool or None
        The answer; None if there is none in it.
    attempt : int
        0 for the first call for this key, 1 for the first retry.
    profile : str
        The profile's code; a cell's own row.
    exposure : int
        m, as it was told; a cell's own.
    seed : int, optional
        The seed of the call.
    content, thinking : str, optional
        What came back, raw.
    reason : str, optional
        The reason that the model gave.
    numbers : mapping of str to float
        Numbers read from the reply: the probabilities of the words, the ratings of an inventory.
    done_reason : str
        Why the model stopped, in the server's words.
    seconds : float, optional
        How long the call took.
    tokens : int, optional
        How many tokens it gave.
    at : str
        When, as in 2026-01-31T09:30:00Z.
    """

    key: Turn | CellTurn
    prompt: str
    outcome: str
    share: bool | None
    attempt: int = 0
    profile: str = ""
    exposure: int = 0
    seed: int | None = None
    content: str | None = None
    thinking: str | None = None
    reason: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict, hash=False)
    done_reason: str = ""
    seconds: float | None = None
    tokens: int | None = None
    at: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.key, CellTurn):
            object.__setattr__(self, "profile", self.key.row)
            object.__setattr__(self, "exposure", self.key.exposure)
        elif not isinstance(self.key, Turn):
            raise BadValue("A reply answers a Turn or a CellTurn", given=self.key)
        _text("outcome", self.outcome, least=1)
        for name in ("prompt", "profile", "done_reason", "at"):
            _text(name, getattr(self, name))
        for name in ("content", "thinking", "reason"):
            if not isinstance(getattr(self, name), str | None):
                raise BadValue(f"'{name}' is text or nothing", given=getattr(self, name))
        self._check_numbers()

    def _check_numbers(self) -> None:
        if self.share is not None and not isinstance(self.share, bool):
            raise BadValue("'share' is true, false or null", given=self.share)
        for name in ("attempt", "exposure", "seed", "tokens"):
            value = getattr(self, name)
            if value is not None or name in ("attempt", "exposure"):
                object.__setattr__(self, name, whole_number(f"'{name}'", value, 0))
        if self.seconds is not None:
            object.__setattr__(self, "seconds", real_number("'seconds'", self.seconds, 0))
        numbers = _plain(self.numbers)
        for name, value in numbers.items():
            numbers[name] = real_number(f"The number {shown(name)}", value)
        object.__setattr__(self, "numbers", numbers)

    def to_line(self) -> Line:
        """Return the reply as a line of the file."""
        line: Line = {"kind": "reply"}
        line |= {field.name: getattr(self.key, field.name) for field in fields(self.key)}
        own = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        if isinstance(self.key, CellTurn):
            del own["profile"], own["exposure"]
        needed = ("prompt", "outcome", "share", "attempt", "profile", "exposure")
        return line | {
            name: value
            for name, value in own.items()
            if name in needed or (value is not None and value not in ("", {}))
        }

    @classmethod
    def from_line(cls, line: Line) -> RecordedReply:
        """Return the reply that a line holds, or raise `BadValue`."""
        kind: type[Turn | CellTurn] = CellTurn if "row" in line else Turn
        key = kind(**taken(line, [field.name for field in fields(kind)]))
        known = {field.name for field in fields(cls)} - {"key"}
        taken(line, ["prompt", "outcome", "share"])
        return cls(key, **{name: value for name, value in line.items() if name in known})


def summed(line: Line) -> Line:
    """Return a line with the check sum of all its entries, by which a change is found.

    >>> summed({"kind": "end", "run": 0})
    {'kind': 'end', 'run': 0, 'sum': '8314413d'}
    """
    return {**line, "sum": _sum_of(line)}


def check_sum(line: Line) -> None:
    """Raise `BadValue` if a line has a check sum and is not what it was made of."""
    if "sum" in line and line["sum"] != _sum_of(line):
        raise BadValue("The line was changed after it was written", given=line.get("kind"))


def _sum_of(line: Line) -> str:
    own = {name: value for name, value in line.items() if name != "sum"}
    text = json.dumps(own, sort_keys=True, separators=(",", ":"))
    return f"{zlib.crc32(text.encode()):08x}"


def taken(line: Line, names: Iterable[str]) -> dict[str, Any]:
    """Return some entries of a line, or raise `BadValue` with the one that it lacks."""
    for name in names:
        if name not in line:
            raise BadValue(f"The line lacks '{name}'")
    return {name: line[name] for name in names}


def _plain(values: Any) -> dict[str, Any]:
    """Return a mapping as JSON holds it, or raise `BadValue`."""
    try:
        held = json.loads(json.dumps(dict(values), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        allowed = "names with plain values"
        raise BadValue("These are no plain values", given=values, allowed=allowed) from error
    return dict(held)


def _flat(line: Line) -> Line:
    """Return a header's line with what its values hold beside the rest, under longer names."""
    flat: Line = {}
    for name, value in line.items():
        if isinstance(value, dict):
            before = "" if name == "source" else name.removesuffix("s") + " "
            flat |= {before + inner: held for inner, held in _flat(value).items()}
        else:
            flat[name] = value
    return flat


def _text(name: str, text: Any, least: int = 0) -> None:
    if not isinstance(text, str) or not least <= len(text) <= _MOST_TEXT:
        allowed = f"text of {least} to {_MOST_TEXT} characters"
        raise BadValue(f"'{name}' does not fit", given=text, allowed=allowed)
