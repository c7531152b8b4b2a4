"""The page Your data: fits, items and actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from newswave.app.cache import MOST_AGENTS
from newswave.app.downloads import PREFIX as TAKE
from newswave.app.downloads import Downloads, curve_sentence, download_items, file_of
from newswave.app.jobs import SLOW, PageJob
from newswave.app.page import (
    Button,
    Choice,
    Code,
    Entry,
    File,
    Grid,
    Group,
    Item,
    Message,
    Page,
    Progress,
    Row,
    Switch,
    Table,
    Tone,
    Upload,
    View,
    Words,
    remark,
    warnings,
)
from newswave.app.pages.data import (
    AS_IT_SAYS,
    LARGEST,
    SAMPLES,
    Data,
    OwnEvents,
    OwnRecording,
    OwnSetup,
    OwnTable,
    brought,
    setup_of,
    why_not_open,
)
from newswave.app.pages.explore import likely, rate_test_items, some_rounds
from newswave.app.pictures import Line, Picture, ensemble_band, shown_lines
from newswave.core.curve import Curve
from newswave.core.errors import BadValue, NewswaveError
from newswave.core.events import Event, find_event
from newswave.core.readers.columns import Scale
from newswave.core.setup import Setup
from newswave.equations.compare import Comparison, compare
from newswave.equations.fit import Fit
from newswave.equations.models import WellMixed
from newswave.equations.replicates import HOMOGENEOUS, REPLICAS, TWO, known_degree
from newswave.report.describe import SYNTHETIC, counted, describe_setup, measured_words
from newswave.report.figures import FITS, RIVAL_FITS
from newswave.report.text import (
    MIXING,
    ceiling_words,
    fit_rows,
    lowest_aic_words,
    page_cells,
    rate_words,
    undetermined_words,
)

# What the fits of one's own curve say: tables, the test, and what a fit can and cannot show.


CAUTION = (
    "A fit says which equations bend like this curve, not why it bends. Two kinds of people, a "
    "source that reaches everybody (journals, advertising), people who would never share, and the "
    "network itself can all bend a curve alike. Who told whom is not in it."
)
_COLUMNS = ("Model", "Estimate", "Value", "95 % interval", "AIC", "RMSE (points)")


def fits_group(state: Data, testing: Progress | None) -> Item:
    """Return all that the fits say, the test, and the caution."""
    dataset, comparison = state.counts.dataset, state.comparison
    caution = Words("caution", dataset.cautions if dataset else CAUTION, Tone.WARNING)
    if state.why_not:
        no_fit = Words("no_fit", state.why_not, Tone.NOTE)
        return Group("rates", "One rate or two?", (caution, no_fit))
    fits = comparison.fits if comparison else state.fits
    items: list[Item] = [*rate_test_items(comparison, testing, _begin(state))]
    items += [_table("fits", likely(fits), state), caution]
    tested = comparison.verdict.replicas > 0 if comparison else not state.ceiling
    notes = (
        ("undetermined", undetermined_words(likely(fits))),
        ("ceiling_words", ceiling_words(fits)),
        ("lowest_aic", lowest_aic_words(fits, tested)),
    )
    items += [item for note in notes for item in remark(*note, Tone.QUIET)]
    squares = _table("squares", [fit for fit in fits if fit.method.extra_parameters()], state)
    more = Group(
        "squares_group",
        "Least squares, as one would try first",
        (Words("squares_words", _SQUARES, Tone.QUIET), squares),
        folded=True,
    )
    return Group("rates", "One rate or two?", (*items, *((more,) if squares.rows else ())))


_NO_TEST = (
    "Makes 200 data sets like this one. One rate is tested against two without a ceiling only."
)
_SQUARES = (
    "The errors of a cumulative curve hang together, so that the AIC of these fits misleads. It "
    "compares them with each other only."
)


def _begin(state: Data) -> tuple[Item, ...]:
    """Return what begins the test."""
    if state.ceiling:
        return (Button("test", "Work out the intervals", _NO_TEST, Tone.MAIN),)
    words = "Does this curve need a second rate, or does it only look so? First guess, then test."
    help_ = "Makes 200 data sets in which all are alike, and compares. Takes some seconds."
    return (Words("guess", words), Button("test", "Test: one rate or two?", help_, Tone.MAIN))


def _table(key: str, fits: Sequence[Fit], state: Data) -> Table:
    how = "likelihood" if key == "fits" else "least squares"
    networked = any(fit.model.mixing != WellMixed() for fit in fits)
    rates = rate_words(networked, state.counts.unit)
    observed = f", with {fits[0].observed}" if fits and fits[0].observed else ""
    caption = f"Fitted by {how}{observed}. {rates}. A fraction has no unit."
    return Table(key, caption, _COLUMNS, tuple(_rows(fits)), (2, 3, 4, 5))


def _rows(fits: Sequence[Fit]) -> Iterator[tuple[str, ...]]:
    """Yield a row of cells for each estimate; what is known of a whole fit stands in its first."""
    for row in fit_rows(fits):
        fit = row.fit
        model = f"{fit.model.name}, {MIXING[fit.model.mixing.label]}"
        last = (f"{fit.aic:.1f}", f"{100 * fit.rmse:.1f}") if row.is_first else ("", "")
        yield (model, row.words, *page_cells(row), *last)


def misses_words(state: Data) -> str:
    """Return how far each fit lies from the curve at most, in a sentence."""
    lines = every_line(state)
    misses = [
        f"{line.label} by up to {100 * np.abs(line.fraction - lines[0].fraction).max():.1f}"
        for line in lines[1:]
    ]
    return f"The fits miss the curve, in percentage points: {'; '.join(misses)}." if misses else ""


# What was brought beside a curve, as items: tables, setups, recordings, events.


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
    return remark("own_synthetic", SYNTHETIC if is_synthetic else "", Tone.SYNTHETIC)


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
        *warnings("doubt", own.notes),
    )


def _recording_items(own: OwnRecording) -> tuple[Item, ...]:
    about = Code("summary", "What it holds", own.words)
    notes = warnings("note", own.notes)
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
            Button("open_news", "Open in Explore",
                   "The agents of the usual setup hear this news.", Tone.MAIN),
            Button("forget_events", "Forget these events"))),
        Words("events_terms", "They stay while this visit lasts. Rows of ACLED stay under ACLED's "
              "terms; newswave keeps no copy.", Tone.QUIET),
    )  # fmt: skip
    return (Group("events_group", "Your events", items),)


def _event_row(event: Event) -> tuple[str, ...]:
    offset = f"{event.offset.value:+.2g}"
    return (event.id, event.type.value, event.headline, event.text, offset)


# The curve of one's own as a picture, with the fits over it.


Floats = npt.NDArray[np.float64]

_STEPS = 400  # of a time axis whose times are not whole numbers
_MOST_STEPS = 2000


def picture_of(state: Data) -> Picture:
    """Return the picture of the page."""
    unit = state.counts.unit
    curve, lines = state.curve, lines_on(state)
    band = (ensemble_band(curve, f"90 % of {curve.runs} runs", "ink"),) if curve.runs > 1 else ()
    names = "; ".join(line.label for line in lines)
    synthetic = curve.setup is not None and curve.setup.synthetic
    return Picture(
        title=title_of(state),
        rounds=len(even_steps(curve)[0]) - 1,
        lines=tuple(replace(one, fraction=_evened(curve, one.fraction)) for one in lines),
        bands=tuple(
            replace(one, low=_evened(curve, one.low), high=_evened(curve, one.high)) for one in band
        ),
        curve_words=f"Those who have shared or adopted, by {unit}. Lines: {names}.",
        time=time_words(curve, unit),
        share="have shared or adopted (%)",
        unit=unit,
        synthetic=SYNTHETIC if synthetic else "",
        has_transport=False,
    )


def even_steps(curve: Curve) -> tuple[Floats, float]:
    """Return evenly spaced times since the first count, for the stage, and how far apart they are.

    Whole times are all among them, so that straight lines between the counts stay as they are.

    >>> even_steps(Curve([3, 9, 20], 80, times=[1948, 1950, 1955]))[0].tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    """
    elapsed = curve.elapsed
    whole = np.array_equal(elapsed, np.round(elapsed)) and elapsed[-1] <= _MOST_STEPS
    step = 1.0 if whole else float(elapsed[-1]) / _STEPS
    return np.linspace(0.0, float(elapsed[-1]), round(float(elapsed[-1]) / step) + 1), step


def _evened(curve: Curve, values: Floats) -> Floats:
    return np.interp(even_steps(curve)[0], curve.elapsed, values)


def title_of(state: Data) -> str:
    """Return what the curve is of."""
    dataset = state.counts.dataset
    return state.counts.name if dataset is None else dataset.title


def time_words(curve: Curve, unit: str) -> str:
    """Return what the time axis shows: it counts from the first count on.

    >>> time_words(Curve([1, 2, 4], 9, first_round=1), "month")
    'months after the first count (0 is month 1)'
    """
    step, first = even_steps(curve)[1], f"{curve.rounds[0]:.6g}"
    units = f"{unit}s" if step == 1 else f"steps of {step:.3g} {unit}s"
    if step == 1 and not curve.rounds[0]:
        return units
    return f"{units} after the first count (0 is {unit} {first})"


def every_line(state: Data) -> tuple[Line, ...]:
    """Return the curve, or the median of its runs, and the fits by likelihood."""
    curve = state.curve
    # A source, with peers or alone, only where no network is known: the verdict is about it too.
    known = state.degree is not None or curve.setup is not None
    keys = {"curve", *FITS} | (set() if known else RIVAL_FITS)
    return shown_lines(curve, keys, fits=state.fits)


def lines_on(state: Data) -> tuple[Line, ...]:
    """Return the lines that are switched on."""
    return tuple(line for line in every_line(state) if line.key not in state.hidden)


def line_switches(state: Data) -> tuple[Switch, ...]:
    """Return a switch for each line of a fit."""
    return tuple(
        Switch(f"line:{line.key}", f"Fit: {line.label}", line.key not in state.hidden,
               stroke=line.stroke)
        for line in every_line(state)
        if line.key != "curve"
    )  # fmt: skip


# The page Your data as items: what to bring, what came, what is there to see.


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
        Button("korean-women", "Women and family planning", "Real data: 1,047 women, 10 years."),
        Button("brazilian-farmers", "Farmers and hybrid corn", "Real data: 692 farmers, 19 years."),
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
    links = Entry(
        "degree",
        "Degree (0: no network known)",
        degree,
        "k, the neighbours of each. Without it only well-mixed equations are fitted.",
        numeric=True,
        low=0,
        high=MOST_AGENTS,
    )
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
    synthetic = curve.setup is not None and curve.setup.synthetic
    guess = state.guess and _GUESS.format(state.n_agents, state.guess)
    dataset = state.counts.dataset
    told = f"{curve_sentence(curve, unit)} {misses_words(state)}".strip()
    return (
        *remark("synthetic", SYNTHETIC if synthetic else "", Tone.SYNTHETIC),
        Words("what", f"{title_of(state)}: {curve.n_agents} in all, {runs}."),
        *remark("read", state.counts.read_words(state.n_agents), live=True),
        *remark("guess_n", guess, Tone.NOTE, live=True),
        Words("told", told, Tone.QUIET, live=True),
        *remark("source", f"Source: {dataset.source}." if dataset else "", Tone.QUIET),
    )


_GUESS = (
    "How many there are in all, sharers or not: {} for now ({}). Everything below depends on it: "
    "type the true number in the settings."
)


def numbers_group(state: Data) -> tuple[Item, ...]:
    """Return the numbers of the curve."""
    curve, last = state.curve, len(state.curve.rounds) - 1
    rows = tuple(
        (
            str(curve.rounds[at]),
            f"{curve.mean[at]:.6g}",
            f"{100 * curve.mean[at] / curve.n_agents:.1f}",
        )
        for at in some_rounds(last)
    )
    many = "the mean of the runs" if curve.runs > 1 else "as they are in the file"
    header = (state.counts.unit.capitalize(), "Have shared or adopted", "Per cent of all")
    table = Table("numbers", f"Counts, {many}.", header, rows, (1, 2))
    return (Group("numbers_group", "The numbers behind the curve", (table,), folded=True),)


# The page Your data at work: files in, fits out, the test behind it, setups handed to Explore.


_ROUND_STEPS = ("intervals", HOMOGENEOUS, TWO)
_STEP_WORDS = {
    "intervals": "how sure the rates are",
    HOMOGENEOUS: "data sets in which all are alike",
    TWO: "data sets of two groups",
}


class DataPage(Page):
    r"""The page for curves, events, tables, setups and recordings of one's own."""

    def __init__(self, open_setup: Callable[[Setup], None]) -> None:
        super().__init__()
        self.state = Data.first()
        self._open_setup = open_setup
        self._testing = PageJob[Comparison](self, SLOW, "{} tests of others come first")

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that were brought."""
        return self.state.events

    def view(self) -> View:
        """Return what the page shows now."""
        state = self.state
        report = (
            *brought_items(state),
            fits_group(state, self._testing.progress),
            *download_items(self.downloads()),
            *numbers_group(state),
        )
        return View(control_items(state), seen_items(state), (picture_of(state),), report)

    def handle(self, message: Message) -> File | None:
        """Do what a control asks for."""
        if message.key.startswith(TAKE):
            return file_of(message.key, self.downloads())
        for sample in SAMPLES:
            if message.key == sample.key:
                return sample.file()
        match message.key:
            case "test":
                self._test()
            case "stop_test":
                self._testing.stop()
            case "open":
                self._open()
            case "open_news":
                self._open_setup(replace(Setup(), event=find_event(self.state.news, self.events)))
            case "file":
                self._bring(message)
            case _:
                self._show(self.state.after(message))
        return None

    def _show(self, state: Data) -> None:
        """Show another state; the test of another curve ends."""
        if state.curve is not self.state.curve:
            self._testing.stop()
        self.state = state

    def _bring(self, message: Message) -> None:
        """Show what a file holds; an error says what the page still shows."""
        try:
            self._show(self.state.with_brought(brought(message.file_name, message.data)))
        except NewswaveError as error:
            still = f"The page still shows: {title_of(self.state)}"
            error.args = (f"{error} {still}.",)
            raise

    def _open(self) -> None:
        state = self.state
        setup = setup_of(state.brought, state.events)
        why = why_not_open(state.brought, state.events)
        if setup is None or why:
            raise BadValue("This cannot be opened in Explore", advice=why)
        self._open_setup(setup)

    def downloads(self) -> Downloads:
        """Return what there is to take home."""
        state = self.state
        return Downloads(
            state.curve,
            comparison=state.comparison,
            title=title_of(state),
            unit=state.counts.unit,
            degree=state.degree or known_degree(state.curve),
            data=state.counts.name,
            is_example=state.counts.dataset is not None,
            why_not=state.why_not,
            shown=frozenset(line.key for line in lines_on(state)),
            fits=state.fits,
            ceiling=state.ceiling,
        )

    def _test(self) -> None:
        """Begin the test, once."""
        state = self.state
        if not state.fits:
            raise BadValue("There are no fits to test", advice=state.why_not)
        if self._testing.progress is not None:
            return

        def work(tell: Callable[[Progress], None]) -> Comparison:
            return compare(
                state.curve,
                state.degree,
                progress=lambda *step: tell(_progress(*step)),
                decisions=state.counts.decisions,
                ceiling=state.ceiling,
            )

        first = _testing(0, "making data sets; a few seconds")
        self._testing.start(work, self._tested, first)

    def _tested(self, comparison: Comparison | None, trouble: str) -> None:
        self.state = replace(self.state, comparison=comparison)
        self.trouble = trouble


def _progress(what: str, done: int, total: int) -> Progress:
    """Return how far the test is: which of its steps, and how much of that."""
    step = _ROUND_STEPS.index(what) if what in _ROUND_STEPS else len(_ROUND_STEPS) - 1
    share = round(REPLICAS * done / max(total, 1))
    words = f"step {step + 1} of {len(_ROUND_STEPS)}: {_STEP_WORDS.get(what, what)}"
    return _testing(step * REPLICAS + share, words)


def _testing(done: int, words: str) -> Progress:
    return Progress("testing", "Testing", done, len(_ROUND_STEPS) * REPLICAS, words)
