"""The page Your data as items: what to bring, what came, what is there to see."""

from __future__ import annotations

from newswave.describing import SYNTHETIC
from newswave.readas import Scale
from newswave.views.explorer.bundle import told
from newswave.views.explorer.costs import MOST_AGENTS
from newswave.views.explorer.data.brought import OwnEvents, OwnRecording, OwnSetup, OwnTable
from newswave.views.explorer.data.fitted import misses_words
from newswave.views.explorer.data.held import open_items
from newswave.views.explorer.data.picture import line_switches, title_of
from newswave.views.explorer.data.reading import LARGEST
from newswave.views.explorer.data.samples import SAMPLES
from newswave.views.explorer.data.state import AS_IT_SAYS, Data
from newswave.views.explorer.items import (
    Button,
    Choice,
    Entry,
    Group,
    Item,
    Row,
    Switch,
    Table,
    Tone,
    Upload,
    Words,
)

_LINES = 13
_CEILING = "Fits how many can ever share, a ceiling (Bass's m). Without it everybody can."
_FILE = (
    "A curve as CSV or xlsx; events or a sharing table as CSV; a setup as JSON; a recording as "
    "JSON lines. What it is, its content says. Up to 8 MiB, a recording up to 32 MiB. It is read "
    "where newswave runs, and no copy is kept."
)


def control_items(state: Data) -> tuple[Item, ...]:
    """Return what one brings and sets."""
    upload = Upload(
        "file",
        "Open a file",
        ".csv,.tsv,.txt,.xlsx,.json,.jsonl,.graphml,.gexf,.gml,.net,.mtx",
        LARGEST,
        _FILE,
    )
    patterns = Row("patterns", tuple(Button(s.key, s.label, s.help) for s in SAMPLES))
    examples = (
        Button("example", "Physicians and a new drug", "Real data: 125 physicians, 17 months."),
        Words("patterns_words", "Files to fill in, or to bring back as they are:", Tone.QUIET),
        patterns,
    )
    return (
        upload,
        *_numbers(state),
        Group("examples", "Examples", examples, folded=False),
        *_switches(state),
    )


def _numbers(state: Data) -> tuple[Item, ...]:
    """Return the fields for what a curve alone does not say."""
    if state.counts.setup is not None:
        return ()
    degree = "0" if state.degree is None else str(state.degree)
    number = Entry(
        "agents",
        "How many there are in all",
        str(state.n_agents),
        "N: those who have shared or adopted, and those who have not.",
        numeric=True,
        low=1,
        high=20_000_000,
    )
    links = Entry("degree", "Degree (0: no network known)", degree, "k, the neighbours of each. "
                  "Without it only well-mixed equations are fitted.", numeric=True, low=0,
                  high=MOST_AGENTS)  # fmt: skip
    ceiling = Switch("ceiling", "Some will never share", state.ceiling, _CEILING)
    return (Group("about", "About this curve", (number, *_scale(state), links, ceiling)),)


def _scale(state: Data) -> tuple[Item, ...]:
    """Return the choice of what the numbers in a file stand for."""
    if state.counts.table is None:
        return ()
    asked = state.counts.table.values.asked
    options = ((AS_IT_SAYS, "as the file says"), *((one.value, one.value) for one in Scale))
    words = "Counts of people, per cent or fractions of all, thousands or millions of people."
    value = asked.value if asked else AS_IT_SAYS
    return (Choice("scale", "The numbers in the file are", value, options, words),)


def _switches(state: Data) -> tuple[Item, ...]:
    switches = line_switches(state)
    return (Group("lines", "Curves", switches),) if switches else ()


def seen_items(state: Data) -> tuple[Item, ...]:
    """Return what one sees, in words: first what has just come."""
    return (*_came(state), *_curve_items(state))


_WHAT: dict[type, str] = {
    OwnEvents: "events",
    OwnTable: "a sharing table",
    OwnSetup: "a setup",
    OwnRecording: "a recording",
}


def _came(state: Data) -> tuple[Item, ...]:
    """Return that a file was read which is no curve, and where it stands."""
    if state.brought is None:
        return ()
    what = _WHAT[type(state.brought)]
    words = f"{state.brought.name} was read: {what}, shown below the picture. "
    if isinstance(state.brought, OwnRecording) and state.brought.counts is state.counts:
        words += "Its runs were played again: the picture shows their curve."
    else:
        words += f"The picture still shows: {title_of(state)}."
    return (Words("came", words, Tone.GOOD, live=True), *open_items(state))


def _curve_items(state: Data) -> tuple[Item, ...]:
    curve, unit = state.curve, state.counts.unit
    runs = "one curve" if curve.runs == 1 else f"{curve.runs} runs"
    items: list[Item] = []
    if curve.setup is not None and curve.setup.synthetic:
        items.append(Words("synthetic", SYNTHETIC, Tone.SYNTHETIC))
    items.append(Words("what", f"{title_of(state)}: {curve.n_agents} in all, {runs}."))
    read = state.counts.read_words(state.n_agents)
    if read:
        items.append(Words("read", read, live=True))
    if state.guess:
        items.append(Words("guess_n", _guess(state), Tone.NOTE, live=True))
    items.append(Words("told", f"{told(curve, unit)} {misses_words(state)}".strip(),
                       Tone.QUIET, live=True))  # fmt: skip
    if state.counts.dataset is not None:
        items.append(Words("source", f"Source: {state.counts.dataset.source}.", Tone.QUIET))
    return tuple(items)


def _guess(state: Data) -> str:
    return (
        f"How many there are in all, sharers or not: {state.n_agents} for now ({state.guess}). "
        "Everything below depends on it: type the true number in the settings."
    )


def numbers_group(state: Data) -> tuple[Item, ...]:
    """Return the numbers of the curve."""
    curve, last = state.curve, len(state.curve.rounds) - 1
    shown = sorted({*range(0, last, max(1, round(last / (_LINES - 1)))), last})
    rows = tuple((str(curve.rounds[at]), f"{curve.mean[at]:.6g}",
                  f"{100 * curve.mean[at] / curve.n_agents:.1f}") for at in shown)  # fmt: skip
    many = "the mean of the runs" if curve.runs > 1 else "as they are in the file"
    header = (state.counts.unit.capitalize(), "Have shared or adopted", "Per cent of all")
    table = Table("numbers", f"Counts, {many}.", header, rows, (1, 2))
    return (Group("numbers_group", "The numbers behind the curve", (table,), folded=True),)
