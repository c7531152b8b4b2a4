"""`newswave run --model` and `newswave run --replay`: every decision asked for, or played again."""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.folder import check_folder, fill_folder, written_lines

if TYPE_CHECKING:
    from newswave.command.fitted import Fitted
    from newswave.decisionrates import Dose
    from newswave.interviewing import Interview
    from newswave.language import Asking
    from newswave.live import Played
    from newswave.recordings import Recording
    from newswave.setups import Setup


def live(arguments: argparse.Namespace, setup: Setup) -> int:
    """Ask a language model for every decision of a setup; return the exit status."""
    from newswave.command.asked import interviewed, looked_at, pace_of
    from newswave.command.fitted import check_bootstrap
    from newswave.describing import describe_setup
    from newswave.language import Asking, answered_by, run_header
    from newswave.live import ask_runs
    from newswave.wordings import Question

    check_bootstrap(arguments.bootstrap)
    check_folder(arguments.out)
    pace = pace_of(arguments)
    ready = looked_at(arguments, Asking(setup).rule.model)
    setup = answered_by(setup, ready.model)
    asking = Asking(setup, Question.DECISION if arguments.no_reasons else Question.REASONED)
    record = _record(arguments, asking)
    say("", describe_setup(setup, width()), "")
    header = run_header(asking, ready.model, ready.found.version)
    with interviewed(ready, record, header, pace) as interview:
        _announce(interview, asking, record)
        with Progress(arguments.quiet) as progress:
            played = ask_runs(setup, interview, asking, _by_round(progress, setup.rounds))
    return told(arguments, played, [record])


def replay(arguments: argparse.Namespace) -> int:
    """Play a recording of runs again; no model is needed. Return the exit status."""
    from newswave.command.fitted import check_bootstrap
    from newswave.command.options import given
    from newswave.describing import describe_setup
    from newswave.errors import BadValue
    from newswave.live import replay_runs

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
    return told(arguments, played, [])


def recording_named(name: str) -> Recording:
    """Return the recording in a file, or the example under the word synthetic."""
    from newswave.examples import synthetic_recording
    from newswave.recordings import Recording

    return synthetic_recording() if name == "synthetic" else Recording.read(name)


def told(arguments: argparse.Namespace, played: Played, records: list[Path]) -> int:
    """Fit what was played, show it and write it; return the exit status."""
    from newswave.command.run import fitted_curve
    from newswave.decisionrates import dose_response
    from newswave.describing import curve_words, wrapped
    from newswave.learned import learned_from
    from newswave.reporting import dose_table

    setup, curve = played.curve.setup, played.curve
    assert setup is not None
    counted = played.decisions
    with Progress(arguments.quiet) as progress:
        found = fitted_curve(
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
        files = _files(played, found, doses, arguments.replica_columns)
        written = fill_folder(arguments.out, files)
    say("", curve_words(curve, width=width()), "", *_unread(played), "")
    say(*found.lines(width()), "")
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
    played: Played, found: Fitted, doses: Sequence[Dose], replica_columns: bool
) -> dict[str, str | bytes]:
    """Return the content of every file."""
    from newswave import plots
    from newswave.command.run import shown_files

    setup, curve = played.curve.setup, played.curve
    assert setup is not None
    files = shown_files(setup, curve, found, replica_columns)
    files["decisions.csv"] = played.log.to_csv(index=False, lineterminator="\n")
    if doses:
        figure = plots.dose_figure(doses, synthetic=setup.synthetic)
        words = plots.describe_dose(doses, setup.synthetic)
        files |= {"dose.png": plots.png(figure, words), "dose.svg": plots.svg(figure, words)}
    return files


def _unread(played: Played) -> list[str]:
    """Return how many answers could not be read, in plain sight."""
    from newswave.describing import wrapped
    from newswave.reading import UNREAD_LEANS

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
    from newswave.language import one_call
    from newswave.preflight import duration

    setup, recording = asking.setup, interview.writer.recording
    if all(recording.finished(run) for run in range(setup.replicas)):
        say(f"calls    none: {record} holds the whole run")
        return
    held = len(recording.all_replies)
    if held:
        say(f"calls    {held} answers are in {record} already; the run goes on from there")
    most = setup.replicas * (setup.n_agents - setup.n_seeds) * setup.rounds
    typical = min(most, 4 * setup.replicas * (setup.n_agents - setup.n_seeds))
    reply = one_call(interview.server, asking)
    took = max(reply.seconds - reply.load_seconds, 1e-3)
    say(
        f"calls    about {typical} if agents share one time in four, never more than {most}",
        f"         one took {took:.2g} s: {duration(typical * took)} in all, one after another",
        f"         every answer goes into {record}",
        "         Ctrl-C stops; the same command goes on",
    )


def _by_round(progress: Progress, rounds: int) -> Callable[[int, int, int], None]:
    return lambda at, done, total: progress(f"round {at} of {rounds}", done, total)
