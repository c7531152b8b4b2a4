"""`newswave run` and `newswave predict`; runs that are asked or replayed."""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newswave.cli.console import Progress, check_folder, fill_folder, say, width, written_lines
from newswave.cli.options import (
    SERVER,
    add_bootstrap_option,
    add_options,
    add_output_options,
    add_setup_options,
)
from newswave.core.errors import BadValue, CannotFit, whole_number

if TYPE_CHECKING:
    from newswave.core.curve import Curve
    from newswave.core.networks import Recipe
    from newswave.core.setup import Setup
    from newswave.core.sharing import Decisions
    from newswave.equations.compare import Comparison, Seen
    from newswave.equations.from_decisions import Dose, Learned
    from newswave.llm.batch import Interview
    from newswave.llm.play import Asking, Played
    from newswave.llm.recording import Recording


# Fits of a curve as the commands show and write them, or why there are none.


@dataclass(frozen=True, eq=False)
class Fitted:
    """What came of fitting a curve."""

    curve: Curve  # The data
    comparison: Comparison | None  # The fits; None where none could be made
    degree: int | None  # k of the equations
    note: str = ""  # What one has to know to read the fits
    why_not: str = ""  # Why there are no fits
    learned: Learned | None = None  # What the decisions say; None for a user's own data
    unit: str = "round"  # The time step of the curve

    def lines(self, width: int) -> list[str]:
        """Return the table of fits and the verdict as paragraphs for `width` columns."""
        from newswave.report import text
        from newswave.report.describe import rates_by_group, true_rates, true_words, wrapped

        setup = self.curve.setup
        known = {} if setup is None else rates_by_group(setup)
        learned = self.learned and text.learned_table(self.learned, known)
        if self.comparison is None:
            none = wrapped(f"No fit was made. {self.why_not}", width)
            return [none, *(["", learned] if learned else [])]
        fits = self.comparison.fits
        verdict = self.comparison.verdict
        rates = text.rate_words(bool(self.degree), self.unit)
        words = [
            f"{rates}; RMSE is in fractions of all agents.",
            text.lowest_aic_words(fits, tested=verdict.replicas > 0),
            "" if setup is None else true_words(setup),
            text.ceiling_words(fits),
            self.note,
        ]
        notes = [wrapped(note, width) for note in words if note]
        tested = f" (p = {verdict.p_value:.2g})" if verdict.replicas else ""
        return [
            text.fits_table(fits, true_rates(setup)),
            "",
            *([learned, ""] if learned else []),
            *notes,
            "",
            f"Verdict: {verdict.choice.value}{tested}",
            text.verdict_words(verdict, width),
        ]

    def json(self, setup: Setup | None) -> str:
        """Return the content of fits.json."""
        from newswave.report.text import fits_json

        return fits_json(self.comparison, setup, self.degree, self.why_not, self.learned)

    def figures(self, unit: str) -> Mapping[str, bytes]:
        """Return figure.png and figure.svg."""
        from newswave.report import figures, style

        if self.comparison is None:
            figure, words = figures.curve_figure(self.curve, unit), self.why_not
        else:
            figure = figures.spread_figure(self.comparison, unit)
            words = figures.describe_spread(self.comparison, unit)
        return {"figure.png": style.png(figure, words), "figure.svg": style.svg(figure, words)}


def fitted(
    curve: Curve,
    degree: int | None,
    network: Recipe | None,
    seed: int,
    bootstrap: int,
    progress: Progress,
    seen: Seen | None = None,
    decisions: Decisions | None = None,
    contact_rule: bool = False,
) -> Fitted:
    """Fit every model to a curve, observed as `seen` says, or raise `CannotFit`."""
    from newswave.equations.compare import compare

    options = {} if seen is None else vars(seen)
    comparison = compare(curve, degree, network, seed, bootstrap, progress, decisions, contact_rule,
                    **options)  # fmt: skip
    return Fitted(curve, comparison, degree)


def check_bootstrap(value: Any) -> int:
    """Return the number of bootstrap replicas, or raise `BadValue`.

    With fewer than 99 a p-value cannot fall to the 0.01 that the verdict asks for.
    """
    return whole_number("--bootstrap", value, 99, 100_000)


# `newswave run --model` and `newswave run --replay`: every decision asked for, or played again.


def live(arguments: argparse.Namespace, setup: Setup) -> int:
    """Ask a language model for every decision of a setup; return the exit status."""
    from newswave.cli.options import interviewed, looked_at, pace_of
    from newswave.core.wording import Question
    from newswave.llm.play import Asking, answered_by, ask_runs, run_header
    from newswave.report.describe import describe_setup

    check_bootstrap(arguments.bootstrap)
    check_folder(arguments.out)
    pace = pace_of(arguments)
    ready = looked_at(arguments, Asking(setup).rule.model)
    setup = answered_by(setup, ready.model)
    asking = Asking(setup, Question.DECISION if arguments.no_reasons else Question.REASONED)
    record = _record(arguments, asking)
    say("", describe_setup(setup, width()), "")
    header = run_header(asking, ready.model, ready.found)
    with interviewed(ready, record, header, pace) as interview:
        _announce(interview, asking, record)
        with Progress(arguments.quiet) as progress:
            played = ask_runs(setup, interview, asking, _by_round(progress, setup.rounds))
    return show_played(arguments, played, [record])


def replay(arguments: argparse.Namespace) -> int:
    """Play a recording of runs again; no model is needed. Return the exit status."""
    from newswave.cli.options import given
    from newswave.llm.play import replay_runs
    from newswave.report.describe import describe_setup

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
    played = replay_runs(recording)
    assert recording.setup is not None
    source = recording.header.source
    say(f"replay   {arguments.replay}, recorded {source.started}", "         no model is asked now")
    if recording.torn:
        say(f"         its last line is torn ({recording.torn} bytes) and left out")
    say("", describe_setup(recording.setup, width()), "")
    return show_played(arguments, played, [])


def recording_named(name: str) -> Recording:
    """Return the recording in a file, or the example under the word synthetic."""
    from newswave.llm.play import synthetic_recording
    from newswave.llm.recording import Recording

    return synthetic_recording() if name == "synthetic" else Recording.read(name)


def show_played(arguments: argparse.Namespace, played: Played, records: list[Path]) -> int:
    """Fit what was played, show it and write it; return the exit status."""
    from newswave.equations.from_decisions import dose_response, learned_from
    from newswave.report.describe import curve_words, wrapped
    from newswave.report.text import dose_table

    setup, curve = played.curve.setup, played.curve
    assert setup is not None
    counted = played.decisions
    with Progress(arguments.quiet) as progress:
        fits = fitted_curve(
            setup,
            curve,
            None if arguments.no_fits else arguments.bootstrap,
            progress,
            lambda: learned_from(counted, setup, curve.runs),
            counted,
        )
    doses = dose_response(counted) if counted.asked.any() else ()
    written = []
    if arguments.out is not None:
        files = _files(played, fits, doses, arguments.replica_columns)
        written = fill_folder(arguments.out, files)
    say("", curve_words(curve, width=width()), "", *_unread(played), "")
    say(*fits.lines(width()), "")
    if doses:
        say(dose_table(doses), "")
    for doubt in played.doubts():
        say(wrapped(doubt, width(), "! "), "")
    if written:
        beside = [path for path in records if path.parent == written[0].parent]
        say(*written_lines([*written, *beside], width()))
    if records:
        say("", "To play it again without a model:", f"  newswave run --replay {records[0]}")
    return 0


def _files(
    played: Played, fits: Fitted, doses: Sequence[Dose], replica_columns: bool
) -> dict[str, str | bytes]:
    """Return the content of every file."""
    from newswave.report import figures, style

    setup, curve = played.curve.setup, played.curve
    assert setup is not None
    files = shown_files(setup, curve, fits, replica_columns)
    files["decisions.csv"] = played.log.to_csv(index=False, lineterminator="\n")
    if doses:
        figure = figures.dose_figure(doses, synthetic=setup.synthetic)
        words = figures.describe_dose(doses, setup.synthetic)
        files |= {"dose.png": style.png(figure, words), "dose.svg": style.svg(figure, words)}
    return files


def _unread(played: Played) -> list[str]:
    """Return how many answers could not be read, in plain sight."""
    from newswave.core.table_facts import UNREAD_LEANS
    from newswave.report.describe import wrapped

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
    from newswave.llm.play import one_call
    from newswave.llm.server import duration

    setup, recording = asking.setup, interview.writer.recording
    if all(recording.finished(run) for run in range(setup.replicas)):
        say(f"calls    none: {record} holds the whole run")
        return
    existing = len(recording.all_replies)
    if existing:
        say(f"calls    {existing} answers are in {record} already; the run goes on from there")
    most = setup.replicas * (setup.n_agents - setup.n_seeds) * setup.rounds
    typical = min(most, 4 * setup.replicas * (setup.n_agents - setup.n_seeds))
    reply = one_call(interview.server, asking)
    took = max(reply.answer_seconds, 1e-3)
    say(
        f"calls    about {typical} if agents share one time in four, never more than {most}",
        f"         one took {took:.2g} s: {duration(typical * took)} in all, one after another",
        f"         every answer goes into {record}",
        "         Ctrl-C stops; the same command goes on",
    )


def _by_round(progress: Progress, rounds: int) -> Callable[[int, int, int], None]:
    return lambda at, done, total: progress(f"round {at} of {rounds}", done, total)


# `newswave run`: agents spread news, equations are fitted to the curve, a verdict is given.

_FILES = "curve.csv, fits.json, setup.json, figure.png and figure.svg"


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setup_options(parser)
    add_options(parser, "the server of the model", SERVER)
    group = parser.add_argument_group("recordings")
    group.add_argument(
        "--record",
        metavar="FILE",
        help="with --model: where every answer is written (default recording.jsonl in --out); if "
        "the file is there, the run goes on from it",
    )
    group.add_argument(
        "--no-reasons", action="store_true", help="with --model: ask for no reasons; quicker"
    )
    group.add_argument(
        "--replay",
        metavar="FILE",
        help="play a recording again, without a model; the word synthetic takes the example that "
        "comes with newswave",
    )
    group = parser.add_argument_group("what comes out")
    add_output_options(group, _FILES)
    group.add_argument(
        "--replica-columns", action="store_true", help="one column for each run in curve.csv"
    )
    add_bootstrap_option(group)
    group.add_argument(
        "--no-fits",
        action="store_true",
        help="the curve alone; for fits and verdict the agents run some hundred times more",
    )
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Run what the options describe, ask or replay it; return the exit status."""
    from newswave.cli.options import setup_from
    from newswave.core.rules import Asked
    from newswave.core.simulation import simulate
    from newswave.equations.from_decisions import learn
    from newswave.report.describe import curve_words, describe_setup

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
        curve = simulate(setup, progress=progress.of("runs"))
        fits = fitted_curve(setup, curve, bootstrap, progress, lambda: learn(setup))
    written = []
    if arguments.out is not None:
        files = shown_files(setup, curve, fits, arguments.replica_columns)
        written = fill_folder(arguments.out, files)
    say("", curve_words(curve, width=width()), "", *fits.lines(width()), "")
    if not written:
        say("Add --out DIR to keep the curve, the fits and a figure.")
        return 0
    say(*written_lines(written, width()), "", "To repeat this run to the last digit:")
    say(f"  {_again(arguments)}")
    return 0


def fitted_curve(
    setup: Setup,
    curve: Curve,
    bootstrap: int | None,
    progress: Progress,
    learning: Callable[[], Learned],
    decisions: Decisions | None = None,
) -> Fitted:
    """Fit the curve, unless `bootstrap` is None.

    One that cannot be fitted is still a result: the reason is shown.
    """
    from newswave.equations.null_model import known_degree
    from newswave.report.describe import no_equations

    degree, known = known_degree(curve), no_equations(setup)
    if bootstrap is None:
        return Fitted(curve, None, degree, known, "None was asked for (--no-fits).")
    try:
        fits = fitted(curve, degree, setup.network, setup.seed, bootstrap, progress,
                       decisions=decisions)  # fmt: skip
        fits = replace(fits, note=known)
    except CannotFit as error:
        fits = Fitted(curve, None, degree, known, str(error))
    try:
        return replace(fits, learned=learning())
    except CannotFit:  # nobody was asked anything
        return fits


def _refuse_asking(arguments: argparse.Namespace) -> None:
    """Refuse the options of a language model where none is asked."""
    for name in ("host", "timeout", "concurrency", "record", "no_reasons"):
        if getattr(arguments, name):
            flag = "--" + name.replace("_", "-")
            raise BadValue(
                f"{flag} is for runs in which a language model is asked",
                advice=f"Add --model NAME, or leave {flag} out",
            )


def shown_files(
    setup: Setup, curve: Curve, fits: Fitted, replica_columns: bool
) -> dict[str, str | bytes]:
    """Return the content of every file."""
    return {
        "curve.csv": curve.to_csv(replica_columns),
        "fits.json": fits.json(setup),
        "setup.json": setup.to_json(),
        **fits.figures("round"),
    }


def _again(arguments: argparse.Namespace) -> str:
    more = " --replica-columns" if arguments.replica_columns else ""
    if arguments.no_fits:
        more += " --no-fits"
    elif arguments.bootstrap != 200:
        more += f" --bootstrap {arguments.bootstrap}"
    return f"newswave run --setup {arguments.out}/setup.json{more}"


# `newswave predict`: the curves that theory draws for a setup; nothing is run.


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_setup_options(parser)
    group = parser.add_argument_group("what comes out")
    add_output_options(group, "prediction.csv, setup.json, figure.png and figure.svg")
    parser.set_defaults(action=predict)


def predict(arguments: argparse.Namespace) -> int:
    """Predict the curve that the options describe; return the exit status."""
    from newswave.cli.options import setup_from
    from newswave.equations import predict
    from newswave.report import figures, style, text
    from newswave.report.describe import describe_setup, wrapped

    setup = setup_from(arguments)
    check_folder(arguments.out)
    predicted = predict.theories(setup)
    say(describe_setup(setup, width(), with_runs=False), "")
    words = (
        "Nothing is run: this is what theory says of a large network and many seeds, in % that "
        "have shared."
    )
    say(wrapped(words, width()), "")
    say(text.prediction_table(predicted))
    if predicted.left_out:
        say("", wrapped(predicted.left_out, width()))
    for doubt in predicted.doubts:
        say("", wrapped(doubt, width(), "! "))
    if arguments.out is not None:
        figure, words = figures.prediction_figure(predicted), figures.describe_prediction(predicted)
        files: dict[str, str | bytes] = {
            "prediction.csv": text.prediction_csv(predicted),
            "setup.json": setup.to_json(),
            "figure.png": style.png(figure, words),
            "figure.svg": style.svg(figure, words),
        }
        say("", *written_lines(fill_folder(arguments.out, files), width()))
    return 0
