"""`newswave persona`: checks whether a language model takes the personas on."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from newswave.command.console import Progress, say, width
from newswave.command.options import SERVER, Option, add_options, add_output_options, number

if TYPE_CHECKING:
    from newswave.personas import PersonaCheck, PersonaChecked, PersonaPlan
    from newswave.preflight import Preflight

_WHAT = (
    Option("--model", "NAME", "the language model to ask"),
    Option(
        "--profile",
        "CODE",
        "a persona to ask; repeat it; each trait has to be there high and low; default all 32",
        repeated=True,
    ),
    Option("--wording", "NAME", "in which words: see newswave wordings; or your own TOML file"),
    Option(
        "--temperature",
        "T",
        "at which it rates (default 0: its likeliest ratings; unread ones are then not asked "
        "again, since the answer would be the same)",
        number,
    ),
)
_NAMES = ("persona.jsonl", "persona.csv", "persona.png", "persona.svg")
_ROW = "{:<18} {:>6} {:>6} {:>11} {:>11}   {}"
_ABOUT = (
    "High and low: mean score, -1 to +1, of personas high and low in the trait; right: personas "
    "whose score has the sign of their trait. This is about this model and this wording: it says "
    "nothing about people, and it is no instrument of psychology."
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_options(parser, "what is checked", _WHAT)
    add_options(parser, "the server", SERVER)
    group = parser.add_argument_group("what comes out")
    files = "persona.csv (scores), .png, .svg and .jsonl (the recording, so that it can go on)"
    add_output_options(group, files)
    parser.set_defaults(action=persona)


def persona(arguments: argparse.Namespace) -> int:
    """Check one model; return the exit status."""
    from newswave.command.asked import looked_at
    from newswave.command.folder import check_folder
    from newswave.errors import BadValue

    if arguments.model is None:
        advice = "See the ones there with newswave models"
        raise BadValue("Which model is to be checked?", allowed="--model NAME", advice=advice)
    plan = _plan(arguments)
    check_folder(arguments.out)
    ready = looked_at(arguments, arguments.model)
    if arguments.out is not None:
        return _check(arguments, ready, plan, Path(arguments.out))
    with tempfile.TemporaryDirectory() as folder:
        return _check(arguments, ready, plan, Path(folder))


def _plan(arguments: argparse.Namespace) -> PersonaPlan:
    from newswave.command.wording import chosen
    from newswave.personality import PROFILES, Profile
    from newswave.personas import PersonaPlan

    codes = arguments.profile
    profiles = PROFILES if codes is None else tuple(map(Profile.from_code, codes))
    warmth = 0.0 if arguments.temperature is None else arguments.temperature
    return PersonaPlan(chosen(arguments.wording), profiles, warmth)


def _check(arguments: argparse.Namespace, ready: Preflight, plan: PersonaPlan, place: Path) -> int:
    """Ask, with the recording in `place`, then show and write what came of it."""
    from newswave.command.asked import interviewed, pace_of
    from newswave.personas import PersonaCheck, persona_header

    kept = arguments.out is not None
    header = persona_header(plan, ready.model, ready.found.version)
    pace = pace_of(arguments)
    say("", f"persona  ten statements to rate, wording {plan.wording.name}")
    with interviewed(ready, place / _NAMES[0], header, pace, kept) as interview:
        check = PersonaCheck(plan, interview)
        with Progress(arguments.quiet) as progress:
            _estimate(check, kept)
            found = check.finish(progress.of("asking"))
    _tell(found, ready)
    if kept:
        _write(found, ready, place)
    return 0


def _estimate(check: PersonaCheck, kept: bool) -> None:
    """Ask once, and say how many calls there are and how long they will take."""
    from newswave.preflight import duration

    if check.calls_made:
        say(f"         {check.calls_made} answers are in the recording already")
    took = check.first()
    left = check.calls_left
    if not left:
        return
    say(f"calls    {left} more, one for each persona; one took {took:.2g} s,")
    say(f"         so {duration(left * took)} one after another")
    how = "the same command goes on" if kept else "with --out DIR the same command would go on"
    say(f"         Ctrl-C stops; {how}")


def _tell(found: PersonaChecked, ready: Preflight) -> None:
    """Show the five traits and what they mean."""
    from newswave.describing import SYNTHETIC, wrapped
    from newswave.personas import CLEAR, SLIGHT, Uptake

    say("", *([SYNTHETIC, ""] if ready.model.synthetic else []))
    say(_ROW.format("trait", "high", "low", "separation", "right", "verdict"))
    for check in found.checks:
        numbers = (f"{check.high:+.2f}", f"{check.low:+.2f}", f"{check.separation:+.2f}")
        right = f"{100 * check.taken_on:.0f} %"
        say(_ROW.format(check.trait.value, *numbers, right, Uptake.of(check).value))
    say("", wrapped(found.words(), width()))
    if found.abstained:
        say("", wrapped(_silent_words(found), width(), "! "))
    scale = f"Separation: high minus low; taken on from {CLEAR:g}, weakly from {SLIGHT:g} on."
    say("", wrapped(f"{scale} {_ABOUT}", width()))


def _silent_words(found: PersonaChecked) -> str:
    many, every = len(found.abstained), len(found.abstained) + len(found.profiles)
    codes = ", ".join(profile.code for profile in found.abstained[:4])
    more = " ..." if many > 4 else ""
    return f"{many} of {every} personas gave no ratings that could be read ({codes}{more})."


def _write(found: PersonaChecked, ready: Preflight, place: Path) -> None:
    """Write scores and figure."""
    from newswave import plots, tableplots
    from newswave.command.folder import fill_folder, written_lines

    synthetic = ready.model.synthetic
    figure = tableplots.persona_figure(found.checks, synthetic=synthetic)
    words = tableplots.describe_persona(found.checks, synthetic)
    files: dict[str, str | bytes] = {
        _NAMES[1]: scores_csv(found, ready.model.name + " (synthetic)" * synthetic),
        _NAMES[2]: plots.png(figure, words),
        _NAMES[3]: plots.svg(figure, words),
    }
    written = fill_folder(str(place), files)
    say("", *written_lines([*written, place / _NAMES[0]], width()))


def scores_csv(found: PersonaChecked, model: str) -> str:
    """Return the scores by profile as CSV text; those of a persona that abstained are empty."""
    import csv
    import io

    from newswave.personality import Trait

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["profile", *(trait.value for trait in Trait), "model"])
    for profile, scores in zip(found.profiles, found.scores.tolist(), strict=True):
        writer.writerow([profile.code, *scores, model])
    for profile in found.abstained:
        writer.writerow([profile.code, *[""] * len(Trait), model])
    return text.getvalue()
