"""What was brought beside a curve, as items: tables, setups, recordings, events."""

from __future__ import annotations

from newswave.describing import SYNTHETIC, counted, describe_setup, measured_words
from newswave.events import Event
from newswave.views.explorer.data.brought import OwnEvents, OwnRecording, OwnSetup, OwnTable
from newswave.views.explorer.data.opening import setup_of, why_not_open
from newswave.views.explorer.data.state import Data
from newswave.views.explorer.items import (
    Button,
    Choice,
    Code,
    Grid,
    Group,
    Item,
    Row,
    Table,
    Tone,
    Words,
)

_MOST_SHOWN = 64
_MOST_COLUMNS = 12


def brought_items(state: Data) -> tuple[Item, ...]:
    """Return the last file that was no curve, and the events that were brought."""
    match state.brought:
        case OwnTable() as own:
            items = _table_items(own)
        case OwnSetup(setup=setup):
            words = describe_setup(setup, 76)
            items = (*_synthetic(setup.synthetic), Code("setup", "The setup", words))
        case OwnRecording() as own:
            items = _recording_items(own)
        case _:
            return _event_items(state)
    assert state.brought is not None
    name = state.brought.name
    return (Group("brought", name, items), *_event_items(state))


def open_items(state: Data) -> tuple[Item, ...]:
    """Return the button that opens in Explore what was brought, where it is of agents."""
    if not isinstance(state.brought, OwnTable | OwnSetup | OwnRecording):
        return ()
    why = why_not_open(state.brought, state.events)
    setup = None if why else setup_of(state.brought, state.events)
    size = "" if setup is None else f"{counted(setup.n_agents)} agents, seed {setup.seed}."
    return (Button("open", "Open in Explore", size, Tone.MAIN, why),)


def _synthetic(is_synthetic: bool) -> tuple[Item, ...]:
    return (Words("own_synthetic", SYNTHETIC, Tone.SYNTHETIC),) if is_synthetic else ()


def _table_items(own: OwnTable) -> tuple[Item, ...]:
    """Return a table: what it is, its numbers, what to doubt in it."""
    measured, table = own.measured, own.measured.given
    columns = range(1, min(table.max_exposure, _MOST_COLUMNS) + 1)
    more = {table.max_exposure: " or more"}
    header = ("Row", *(f"m = {m}{more.get(m, '')}" for m in columns))
    rows, chances = table.rows[:_MOST_SHOWN], table.probabilities
    values = tuple(tuple(float(chances[at, m]) for m in columns) for at in range(len(rows)))
    caption = "Chance to share in a round with m sharing neighbours."
    if len(rows) < len(table.rows) or columns[-1] < table.max_exposure:
        caption += f" Shown: {len(rows)} of {len(table.rows)} rows, m up to {columns[-1]}."
    words = measured_words(measured)
    return (
        *_synthetic(measured.origin is not None and measured.origin.synthetic),
        Words("table_words", f"{words[0].upper()}{words[1:]}."),
        Grid("table", caption, header, rows, values),
        *(Words(f"doubt_{at}", note, Tone.WARNING) for at, note in enumerate(own.notes)),
    )


def _recording_items(own: OwnRecording) -> tuple[Item, ...]:
    about = Code("summary", "What it holds", own.words)
    notes = tuple(Words(f"note_{at}", note, Tone.WARNING) for at, note in enumerate(own.notes))
    if own.table is not None:
        return (about, *notes, *_table_items(own.table))
    return (*_synthetic(own.header.source.synthetic), about, *notes)


def _event_items(state: Data) -> tuple[Item, ...]:
    """Return the events that were brought, as text."""
    if not state.events:
        return ()
    header = ("Id", "Type", "Headline", "Text", "Offset (log-odds)")
    rows = tuple(map(_event_row, state.events[:_MOST_SHOWN]))
    count = len(state.events)
    caption = f"Your events: {count}." + (f" Shown: {len(rows)}." if len(rows) < count else "")
    read = state.brought.source if isinstance(state.brought, OwnEvents) else ""
    items = (
        *((Words("events_read", f"Read {read}."),) if read else ()),
        Table("events", caption, header, rows, (4,)),
        Choice("news", "News", state.news, tuple((e.id, e.headline) for e in state.events)),
        Row("events_row", (
            Button("open_news", "Open in Explore", "The agents of the usual setup hear this news.",
                   Tone.MAIN),
            Button("forget_events", "Forget these events"))),
        Words("events_terms", "They stay while this visit lasts. Rows of ACLED stay under ACLED's "
              "terms; newswave keeps no copy.", Tone.QUIET),
    )  # fmt: skip
    return (Group("events_group", "Your events", items),)


def _event_row(event: Event) -> tuple[str, ...]:
    offset = f"{event.offset.value:+.2g}"
    return (event.id, event.type.value, event.headline, event.text, offset)
