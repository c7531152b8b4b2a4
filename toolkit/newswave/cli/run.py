"""`newswave run`, `newswave predict` and `newswave fit`; runs that are asked or replayed."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newswave.cli.console import (
    Progress,
    check_folder,
    fill_folder,
    folded,
    pictures,
    say,
    width,
    written_lines,
)
from newswave.cli.options import (
    BOOTSTRAP,
    QUIET,
    SERVER,
    SETUP,
    Command,
    Option,
    given,
    interviewed,
    looked_at,
    number,
    out,
    recording_named,
    setup_from,
)
from newswave.core import simulation
from newswave.core.curve import Curve
from newswave.core.datasets import DATASETS, Dataset, dataset
from newswave.core.diffusion import Ties
from newswave.core.errors import BadValue, CannotFit, whole_number
from newswave.core.networks import RandomRegular
from newswave.core.readers.columns import Counting, DateOrder, ReadAs, Scale
from newswave.core.readers.curves import read_curve
from newswave.core.rules import Asked
from newswave.core.setup import Setup
from newswave.core.sharing import Decisions
from newswave.core.table_facts import UNREAD_LEANS, cap_words
from newswave.core.wording import Question
from newswave.equations.compare import Comparison, compare
from newswave.equations.from_decisions import Dose, Learned, dose_response, learn, learned_from
from newswave.equations.on_ties import compare_ties
from newswave.equations.predict import theories
from newswave.equations.replicates import known_degree
from newswave.report import figures, text
from newswave.report.describe import (
    curve_words,
    describe_setup,
    no_equations,
    rates_by_group,
    true_rates,
    true_words,
    wrapped,
)

if TYPE_CHECKING:
    from newswave.llm.batch import Interview
    from newswave.llm.play import Asking, Played


# What came of fitting a curve, as the commands show and write it.


@dataclass(frozen=True, eq=False)
class Fitted:
    """The fits of a curve, or why there are none."""

    curve: Curve  # The data
    comparison: Comparison | None  # The fits; None where none could be made
    degree: int | None  # k of the equations
    note: str = ""  # What one has to know to read the fits
    why_not: str = ""  # Why there are no fits
    learned: Learned | None = None  # What the decisions say; None for a user's own data
    unit: str = "round"  # The time step of the curve

    def lines(self) -> list[str]:
        """Return the table of fits and the verdict as paragraphs."""
        setup = self.curve.setup
        known = {} if setup is None else rates_by_group(setup)
        learned = ["", text.learned_table(self.learned, known)] if self.learned else []
        if self.comparison is None:
            return [folded(f"No fit was made. {self.why_not}"), *learned]
        verdict = self.comparison.verdict
        tested = f" (p = {verdict.p_value:.2g})" if verdict.replicas else ""
        return [
            text.fits_table(self.comparison.fits, true_rates(setup)),
            *learned,
            "",
            *(folded(note) for note in self._notes(self.comparison) if note),
            "",
            f"Verdict: {verdict.choice.value}{tested}",
            text.verdict_words(verdict, width()),
        ]

    def _notes(self, made: Comparison) -> list[str]:
        """Return what has to be known to read the table; '' where there is nothing."""
        setup = self.curve.setup
        rates = text.rate_words(bool(self.degree), self.unit)
        return [
            f"{rates}; RMSE is in fractions of all agents.",
            text.lowest_aic_words(made.fits, tested=made.verdict.replicas > 0),
            "" if setup is None else true_words(setup),
            text.ceiling_words(made.fits),
            "" if setup is None else cap_words(setup.sharing, self.degree or 0),
            self.note,
        ]

    def files(self, replica_columns: bool) -> dict[str, str | bytes]:
        """Return curve, fits and figure as files, and the setup of runs."""
        setup, made = self.curve.setup, self.comparison
        if made is None:
            drawn = figures.curve_figure(self.curve, self.unit), self.why_not
        else:
            words = figures.describe_spread(made, self.unit)
            drawn = figures.spread_figure(made, self.unit), words
        fits = text.fits_json(made, setup, self.degree, self.why_not, self.learned)
        return {
            "curve.csv": self.curve.to_csv(replica_columns),
            "fits.json": fits,
            **({} if setup is None else {"setup.json": setup.to_json()}),
            **pictures("figure", *drawn),
        }


def fitted_curve(
    setup: Setup,
    curve: Curve,
    bootstrap: int | None,
    progress: Progress,
    decisions: Decisions | None = None,
) -> Fitted:
    """Fit the curve of runs, unless `bootstrap` is None.

    One that cannot be fitted is still a result: the reason is shown. Where the decisions of the
    runs are not at hand, the runs are made again to count them.
    """
    degree, comparison, learned = known_degree(curve), None, None
    if bootstrap is None:
        why_not = "None was asked for (--no-fits)."
        return Fitted(curve, None, degree, no_equations(setup), why_not)
    why_not = ""
    try:
        comparison = compare(
            curve, degree, setup.network, setup.seed, bootstrap, progress, decisions
        )
    except CannotFit as error:
        why_not = str(error)
    if setup.is_continuous:  # nobody decides in rounds
        return Fitted(curve, comparison, degree, no_equations(setup), why_not)
    with contextlib.suppress(CannotFit):  # nobody was asked anything
        learned = learned_from(decisions, setup, curve.runs) if decisions else learn(setup)
    return Fitted(curve, comparison, degree, no_equations(setup), why_not, learned)


def check_bootstrap(value: Any) -> int:
    """Return the number of bootstrap replicas, or raise `BadValue`.

    With fewer than 99 a p-value cannot fall to the 0.01 that the verdict asks for.
    """
    return whole_number("--bootstrap", value, 99, 100_000)


# `newswave run`: agents spread news, equations are fitted to the curve, a verdict is given.


def run(arguments: argparse.Namespace) -> int:
    """Run what the options describe, ask or replay it; return the exit status."""
    if arguments.replay is not None:
        return replay(arguments)
    setup = setup_from(arguments)
    if isinstance(setup.sharing, Asked):
        return live(arguments, setup)
    _refuse_asking(arguments)
    bootstrap = check_bootstrap(arguments.bootstrap) if not arguments.no_fits else None
    check_folder(arguments.out)
    say(describe_setup(setup, width()))
    with Progress(arguments.quiet) as progress:
        curve = simulation.simulate(setup, progress=progress.of("runs"))
        fits = fitted_curve(setup, curve, bootstrap, progress)
    written = []
    if arguments.out is not None:
        written = fill_folder(arguments.out, fits.files(arguments.replica_columns))
    say("", curve_words(curve, width=width()), "", *fits.lines(), "")
    if not written:
        say("Add --out DIR to keep the curve, the fits and a figure.")
        return 0
    say(*written_lines(written), "", "To repeat this run to the last digit:")
    say(f"  {_again(arguments)}")
    return 0


def _refuse_asking(arguments: argparse.Namespace) -> None:
    """Refuse the options of a language model where none is asked."""
    for name in ("host", "timeout", "concurrency", "record", "no_reasons"):
        if getattr(arguments, name):
            flag = "--" + name.replace("_", "-")
            raise BadValue(
                f"{flag} is for runs in which a language model is asked",
                advice=f"Add --model NAME, or leave {flag} out",
            )


def _again(arguments: argparse.Namespace) -> str:
    more = " --replica-columns" if arguments.replica_columns else ""
    if arguments.no_fits:
        more += " --no-fits"
    elif arguments.bootstrap != BOOTSTRAP.default:
        more += f" --bootstrap {arguments.bootstrap}"
    return f"newswave run --setup {arguments.out}/setup.json{more}"


# `newswave run --model` and `newswave run --replay`: every decision asked for, or played again.


def live(arguments: argparse.Namespace, setup: Setup) -> int:
    """Ask a language model for every decision of a setup; return the exit status."""
    from newswave.llm.batch import Pace
    from newswave.llm.play import Asking, answered_by, as_begun, ask_runs, run_header

    check_bootstrap(arguments.bootstrap)
    check_folder(arguments.out)
    pace = Pace(arguments.concurrency)
    ready = looked_at(arguments, Asking(setup).rule.model)
    setup = answered_by(setup, ready.model)
    asking = Asking(setup, Question.DECISION if arguments.no_reasons else Question.REASONED)
    record = _record(arguments, asking)
    asking = as_begun(asking, record)
    setup = asking.setup
    say("", describe_setup(setup, width()), "")
    header = run_header(asking, ready.model, ready.found)
    with interviewed(ready, record, header, pace) as interview:
        _announce(interview, asking, record)
        with Progress(arguments.quiet) as progress:

            def by_round(at: int, done: int, total: int) -> None:
                progress(f"round {at} of {setup.rounds}", done, total)

            played = ask_runs(setup, interview, asking, by_round)
    return _show_played(arguments, setup, played, [record])


def replay(arguments: argparse.Namespace) -> int:
    """Play a recording of runs again; no model is needed. Return the exit status."""
    from newswave.llm import play

    more = given(arguments) + (["--setup"] if arguments.setup else [])
    if more:
        raise BadValue(
            "A recording holds its whole setup",
            given=" ".join(more),
            allowed="with --replay: --out, --replica-columns, --bootstrap, --no-fits, --quiet",
        )
    check_bootstrap(arguments.bootstrap)
    check_folder(arguments.out)
    recording = recording_named(arguments.replay)
    played = play.replay(recording)
    assert recording.setup is not None
    source = recording.header.source
    say(f"replay   {arguments.replay}, recorded {source.started}", "         no model is asked now")
    if recording.torn:
        say(f"         its last line is torn ({recording.torn} bytes) and left out")
    say("", describe_setup(recording.setup, width()), "")
    return _show_played(arguments, recording.setup, played, [])


def _show_played(
    arguments: argparse.Namespace, setup: Setup, played: Played, records: list[Path]
) -> int:
    """Fit what was played, show it and write it; return the exit status."""
    curve, counted = played.curve, played.decisions
    bootstrap = None if arguments.no_fits else arguments.bootstrap
    with Progress(arguments.quiet) as progress:
        fits = fitted_curve(setup, curve, bootstrap, progress, counted)
    doses = dose_response(counted) if counted.asked.any() else ()
    written = []
    if arguments.out is not None:
        files = fits.files(arguments.replica_columns)
        files["decisions.csv"] = played.log.to_csv(index=False, lineterminator="\n")
        written = fill_folder(arguments.out, files | _dose_pictures(doses, setup.synthetic))
    say("", curve_words(curve, width=width()), "", *_unread(played), "")
    say(*fits.lines(), "")
    if doses:
        say(text.dose_table(doses), "")
    if played.leaning is not None:
        say(folded(f"{played.leaning.words()}; agents are asked in either order.", "labels   "), "")
    for doubt in played.doubts():
        say(folded(doubt, "! "), "")
    if written:
        beside = [path for path in records if path.parent == written[0].parent]
        say(*written_lines([*written, *beside]))
    if records:
        say("", "To play it again without a model:", f"  newswave run --replay {records[0]}")
    return 0


def _dose_pictures(doses: Sequence[Dose], synthetic: bool) -> dict[str, str | bytes]:
    """Return the figure of how often agents shared at each exposure, if any were asked."""
    if not doses:
        return {}
    figure = figures.dose_figure(doses, synthetic=synthetic)
    return pictures("dose", figure, figures.describe_dose(doses, synthetic))


def _unread(played: Played) -> list[str]:
    """Return how many answers could not be read, in plain sight."""
    asked = int(played.decisions.total_asked.sum()) + played.abstained
    if not played.abstained:
        return [f"answers  all {asked} could be read"]
    share = 100 * played.abstained / max(asked, 1)
    return [
        f"answers  {played.abstained} of {asked} could not be read ({share:.1f} %): these agents "
        "abstained",
        "         in that round; they count neither as yes nor as no",
        wrapped(UNREAD_LEANS, 78, " " * 9),
    ]


def _record(arguments: argparse.Namespace, asking: Asking) -> Path:
    """Return where the recording goes: what --record says, else into --out, else beside you.

    Beside you, runs that differ in anything have names that differ, so that none is in another's
    way and the same command finds its own again.
    """
    if arguments.record is not None:
        return Path(arguments.record)
    if arguments.out is not None:
        return Path(arguments.out) / "recording.jsonl"
    model = re.sub(r"[^A-Za-z0-9.]+", "-", asking.rule.model).strip("-")
    about = f"{asking.setup.to_json()}{asking.question.name}"
    mark = hashlib.sha256(about.encode()).hexdigest()[:8]
    return Path(f"recording-{model}-{asking.setup.event.id}-{mark}.jsonl")


def _announce(interview: Interview, asking: Asking, record: Path) -> None:
    """Say what is there already and what it will take: measured by one call."""
    from newswave.llm.batch import one_answer
    from newswave.llm.play import calls_of
    from newswave.llm.server import duration

    recording = interview.writer.recording
    if all(recording.finished(run) for run in range(asking.setup.replicas)):
        say(f"calls    none: {record} holds the whole run")
        return
    existing = len(recording.all_replies)
    if existing:
        say(f"calls    {existing} answers are in {record} already; the run goes on from there")
    typical, most = calls_of(asking.setup)
    took = max(one_answer(interview.server, asking.first).answer_seconds, 1e-3)
    say(
        f"calls    about {typical} if agents share one time in four, never more than {most}",
        f"         one took {took:.2g} s: {duration(typical * took)} in all, one after another",
        f"         every answer goes into {record}",
        "         Ctrl-C stops; the same command goes on",
    )


# `newswave predict`: the curves that theory draws for a setup; nothing is run.


def predict(arguments: argparse.Namespace) -> int:
    """Predict the curve that the options describe; return the exit status."""
    setup = setup_from(arguments)
    check_folder(arguments.out)
    predicted = theories(setup)
    say(describe_setup(setup, width(), with_runs=False), "")
    words = (
        "Nothing is run: this is what theory says of a large network and many seeds, in % that "
        "have shared."
    )
    say(folded(words), "", text.prediction_table(predicted))
    if predicted.left_out:
        say("", folded(predicted.left_out))
    for doubt in predicted.doubts:
        say("", folded(doubt, "! "))
    if arguments.out is not None:
        figure, words = figures.prediction_figure(predicted), figures.describe_prediction(predicted)
        files: dict[str, str | bytes] = {
            "prediction.csv": text.prediction_csv(predicted),
            "setup.json": setup.to_json(),
            **pictures("figure", figure, words),
        }
        say("", *written_lines(fill_folder(arguments.out, files)))
    return 0


# `newswave fit`: the equations fitted to somebody's own curve, or to real data that come along.


def fit(arguments: argparse.Namespace) -> int:
    """Fit the curve that the options name; return the exit status."""
    bootstrap = check_bootstrap(arguments.bootstrap)
    seed = whole_number("--seed", arguments.seed, 0)
    if arguments.ties is not None:
        return _fit_ties(arguments, bootstrap, seed)
    curve, unit, example, read = _data(arguments)
    network = _network(arguments.degree, curve.n_agents)
    degree = network.degree if network else None
    check_folder(arguments.out)
    if example is not None:
        say(folded(f"{example.title}, by {example.unit}. {example.source}."), "")
    if read:
        say(folded(read), "")
    with Progress(arguments.quiet) as progress:
        comparison = compare(
            *(curve, degree, network, seed, bootstrap, progress),
            contact_rule=arguments.contact_rule,
            ceiling=arguments.ceiling,
            reporting=arguments.reporting,
            unknown_start=arguments.unknown_start,
        )
    fits = Fitted(curve, comparison, degree, unit=unit)
    written = []
    if arguments.out is not None:
        written = fill_folder(arguments.out, fits.files(curve.runs > 1))
    say(curve_words(curve, unit, width()), "", *fits.lines())
    if example is not None:
        say("", folded(example.cautions))
    if written:
        say("", *written_lines(written))
    return 0


_OF_CURVE = ("curve", "agents", "degree", "contact_rule", "ceiling", "unknown_start")


def _fit_ties(arguments: argparse.Namespace, bootstrap: int, seed: int) -> int:
    """Fit a study that comes along on who named whom; return the exit status."""
    if arguments.example is None:
        advice = "Add --example with its name; your own: nw.compare_ties(nw.Diffusion(...))"
        raise BadValue("--ties is about a study that comes along", advice=advice)
    of_curve = [f"--{name.replace('_', '-')}" for name in _OF_CURVE if getattr(arguments, name)]
    if of_curve or arguments.reporting != 1.0:
        given = ", ".join(of_curve) or "--reporting"
        raise BadValue("--ties fits people, not a curve", given=given, advice="Leave that out")
    known = dataset(arguments.example)
    check_folder(arguments.out)
    found = compare_ties(known.diffusion(), Ties(arguments.ties), bootstrap, seed)
    say(folded(f"{known.title}, by {known.unit}. {known.source}."), "", text.ties_table(found), "")
    say(folded(text.ties_words(found)))
    if arguments.out is not None:
        picture = figures.ties_figure(found), figures.describe_ties(found)
        files = {"ties.csv": text.ties_csv(found), **pictures("figure", *picture)}
        say("", *written_lines(fill_folder(arguments.out, files)))
    return 0


def _network(degree: float | None, n_agents: int) -> RandomRegular | None:
    """Return the network that the bootstrap's agents live on, if one is known."""
    if degree is None:
        return None
    network = RandomRegular(
        whole_number("--degree", degree, 2, advice="Leave it out where no network is known")
    )
    network.check(n_agents)
    return network


def _data(arguments: argparse.Namespace) -> tuple[Curve, str, Dataset | None, str]:
    """Return the curve, its time step, the example that it is if it is one, and what was read."""
    if arguments.example is not None:
        if arguments.curve is not None or arguments.agents is not None:
            raise BadValue(
                "--example brings its own curve and number of agents",
                advice="Leave the file and --agents out",
            )
        example = dataset(arguments.example)
        return example.read(), example.unit, example, ""
    if arguments.curve is None:
        raise BadValue(
            "There is no curve to fit",
            allowed="the path of a CSV file, or --example physicians",
            advice="Name a file, as in newswave fit my-curve.csv --agents 400",
        )
    table = read_curve(arguments.curve, _how(arguments))
    n_agents = table.known if arguments.agents is None else arguments.agents
    if n_agents is None:
        raise BadValue(
            "--agents is missing: this table does not say how many there are in all",
            advice="Add --agents N, sharers and others together",
        )
    curve = Curve.of_table(table, n_agents)
    return curve, table.unit, None, table.words(curve.n_agents)


def _how(arguments: argparse.Namespace) -> ReadAs:
    """Return how the options say that the table is to be read."""
    scale, counts, dates = arguments.scale, arguments.counts, arguments.dates
    return ReadAs(
        arguments.time_column,
        tuple(arguments.count_column),
        arguments.run_column,
        Scale(scale) if scale else None,
        Counting(counts) if counts else None,
        DateOrder(dates) if dates else None,
    )


# The commands with their options.

# fmt: off
_OUT = "what comes out"
COMMANDS = {
    "run": Command(run, {
        **SETUP,
        "the server of the model": SERVER,
        "recordings": (
            Option("--record FILE",
                "with --model: where every answer is written (default recording.jsonl in --out); "
                "if the file is there, the run goes on from it"),
            Option("--no-reasons", "with --model: ask for no reasons; quicker"),
            Option("--replay FILE",
                "play a recording again, without a model; the word synthetic takes the example "
                "that comes with newswave"),
        ),
        _OUT: (
            out("curve.csv, fits.json, setup.json, figure.png and figure.svg"), QUIET,
            Option("--replica-columns", "one column for each run in curve.csv"), BOOTSTRAP,
            Option("--no-fits",
                "the curve alone; for fits and verdict the agents run some hundred times more"),
        ),
    }),
    "predict": Command(predict, {
        **SETUP, _OUT: (out("prediction.csv, setup.json, figure.png and figure.svg"), QUIET),
    }),
    "fit": Command(fit, {
        "the data": (
            Option("curve CURVE.csv",
                "CSV or xlsx: a column of times (round, day, week, date ...) and one of cumulative "
                "counts (count, cumulative, sharers, adopters ...), or when each person adopted",
                several="?"),
            Option("--agents N", "how many there are in all", number),
            Option("--time-column NAME", "the column of the times", default=""),
            Option("--count-column NAME",
                "the column of the counts; several times for several runs", default=[],
                repeated=True),
            Option("--run-column NAME", "names the run of each row", default=""),
            *(Option(option, words, choices=tuple(one.value for one in kind))
              for option, kind, words in (
                ("--scale", Scale, "in what the counts are given"),
                ("--counts", Counting, "whether they are cumulative, or the new ones of each row"),
                ("--dates", DateOrder, "what stands first in dates such as 3/1/2020"))),
            Option("--degree K",
                "neighbours of everybody, if known; without it only well-mixed models are fitted",
                number),
            Option("--example NAME",
                "real data that come along, in place of a file: " + ", ".join(DATASETS)),
            Option("--ties WHO",
                "with --example: fit on who named whom. The adoption counts of those whom a person "
                "named, of those naming that person, or of either",
                choices=tuple(ties.value for ties in Ties)),
            Option("--contact-rule",
                "every sharing neighbour is known to add the same chance; without it, the verdict "
                "allows for agents who are alike and answer by any rising table"),
            Option("--ceiling", "fit how many can ever share (Bass's m); without it all can"),
            Option("--reporting P",
                "the fraction of sharers who are counted, if known (default 1: all)", number, 1.0),
            Option("--unknown-start", "some had shared before the first count: fit how many"),
            Option("--seed S", "for the bootstrap (default 1)", number, 1),
        ),
        _OUT: (
            out("curve.csv, fits.json (with --ties: ties.csv), figure.png and figure.svg"), QUIET,
            BOOTSTRAP,
        ),
    }),
}
# fmt: on
