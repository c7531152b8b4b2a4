"""A project of the capstone: one question, two setups, one finding that others can repeat."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from newswave.curve import Curve
from newswave.differing import Differences, difference
from newswave.differing.words import difference_words
from newswave.drawing import save
from newswave.ensemble import simulate
from newswave.errors import BadFile, BadValue, NewswaveError, plain, shown
from newswave.files import read_json, write_whole
from newswave.learn.kinds import Unanswered, Unreadable, is_blank
from newswave.learn.replies import Reply, State
from newswave.lineplots import drawn_curve, lines_figure, lines_words, told
from newswave.setups import Setup

FEWEST_RUNS = 30
"""A project has at least so many runs of each setup."""

FEWEST_WORDS = 6
"""A sentence in a project has at least so many words."""

FILES = ("project.json", "one.csv", "other.csv", "figure.png", "report.md")
"""What a project leaves in its folder."""

_TOLD = ("question", "prediction", "limits", "change_of_mind")


@dataclass(frozen=True)
class Project:
    """What a group hands in.

    Parameters
    ----------
    question : str
        What is asked.
    prediction : str
        What was expected before anything was run.
    one, other : Setup
        The two setups; they differ in one thing.
    limits : str
        What the finding does not show.
    change_of_mind : str
        What result would have changed your mind.

    Raises
    ------
    BadValue
        If a setup is none, or what is told is not text.

    Examples
    --------
    >>> from dataclasses import replace
    >>> one = Setup(n_agents=100, n_seeds=2, rounds=20, replicas=30)
    >>> project = Project("Does a second seed help?", "It is faster.", one,
    ...                   replace(one, n_seeds=4), "Only one network.", "Slower runs.")
    >>> project.differs
    ('n_seeds',)
    """

    question: str
    prediction: str
    one: Setup
    other: Setup
    limits: str
    change_of_mind: str

    def __post_init__(self) -> None:
        for part in ("one", "other"):
            if not isinstance(getattr(self, part), Setup):
                raise BadValue(f"{part!r} is a setup", given=getattr(self, part))
        for part in _TOLD:
            if not isinstance(getattr(self, part), str):
                raise BadValue(f"{part!r} is a sentence", given=getattr(self, part))

    @property
    def differs(self) -> tuple[str, ...]:
        """The fields in which the two setups differ."""
        names = (field.name for field in fields(Setup))
        return tuple(n for n in names if getattr(self.one, n) != getattr(self.other, n))

    def curves(self) -> tuple[Curve, Curve]:
        """Return the runs of both setups."""
        return simulate(self.one), simulate(self.other)


def judged(project: Any) -> str:
    """Return "right", or the name of what a project lacks; a judge for `kinds.Judged`.

    Raises
    ------
    Unanswered
        If there is none yet.
    Unreadable
        If it is no project, or asks a model that is not at hand.
    """
    if is_blank(project):
        raise Unanswered
    if not isinstance(project, Project):
        raise Unreadable(f"A Project is asked for; this is {shown(project, 40)}.")
    if not project.differs:
        return "nothing differs"
    if len(project.differs) > 1:
        return "two things differ"
    if min(project.one.replicas, project.other.replicas) < FEWEST_RUNS:
        return "few runs"
    for part, name in (("prediction", "no prediction"), ("limits", "no doubt"),
                       ("change_of_mind", "no doubt"), ("question", "no question")):  # fmt: skip
        if len(getattr(project, part).split()) < FEWEST_WORDS:
            return name
    return "right"


def hand_in(project: Any, folder: str | Path = "capstone") -> Reply:
    """Run a project and write its folder: setups, runs, figure with words, report.

    Parameters
    ----------
    project : Project
        What is handed in.
    folder : str or Path
        Where it goes. A project that is there already is replaced.

    Returns
    -------
    Reply
        What was written, or what keeps it from being written.
    """
    if is_blank(project):
        return Reply("9", State.TO_DO, "Make your Project first, in the cell above.")
    try:
        lack = judged(project)
        if lack != "right":
            return Reply("9", State.LOOK_AGAIN, f'The check above still says: "{lack}".')
        finding = _write(project, Path(folder))
    except (NewswaveError, Unreadable, OSError) as error:
        return Reply("9", State.NOT_READ, plain(str(error), 300))
    text = f"Written to {Path(folder).name}: {', '.join(FILES)}.\n{finding}"
    return Reply("9", State.RECORDED, text)


def repeat(folder: str | Path = "capstone") -> Reply:
    """Run a handed-in project again and compare, number by number: yours or another group's.

    Parameters
    ----------
    folder : str or Path
        Where `hand_in` wrote it.

    Returns
    -------
    Reply
        "correct" if everything came out the same, else what differs.
    """
    here = Path(folder)
    if not here.is_dir():
        text = f"There is no folder {shown(str(folder), 60)} here. Call hand_in(...) first."
        return Reply("9", State.TO_DO, text)
    try:
        project = _read(here)
        kept = [(here / name).read_text("utf-8") for name in ("one.csv", "other.csv")]
        again = [curve.to_csv(replicas=True) for curve in project.curves()]
        missing = [name for name in FILES if not (here / name).is_file()]
    except (NewswaveError, OSError, ValueError, KeyError, TypeError) as error:
        return Reply("9", State.NOT_READ, f"This cannot be repeated: {plain(str(error), 250)}")
    changed = [n for n, a, b in zip(FILES[1:3], kept, again, strict=True) if a != b]
    if changed or missing:
        what = [f"{name} came out differently" for name in changed]
        what += [f"{name} is missing" for name in missing]
        return Reply("9", State.LOOK_AGAIN, f"{'; '.join(what)}. Hand in again from the setups.")
    runs = project.one.replicas + project.other.replicas
    text = f"All {runs} runs came out the same, number by number. Others can build on this."
    return Reply("9", State.CORRECT, text)


def _write(project: Project, folder: Path) -> str:
    """Write a project's folder; return its finding in words."""
    one, other = project.curves()
    finding = _finding(project, difference(one, other))
    held = {part: getattr(project, part) for part in _TOLD}
    held |= {part: json.loads(getattr(project, part).to_json()) for part in ("one", "other")}
    write_whole(folder / "project.json", json.dumps(held, indent=1, ensure_ascii=False) + "\n")
    write_whole(folder / "one.csv", one.to_csv(replicas=True))
    write_whole(folder / "other.csv", other.to_csv(replicas=True))
    words = _drawn(project, one, other, folder)
    report = [f"# {project.question}", f"**We predicted:** {project.prediction}",
              f"**We found:** {finding}", f"![{words}](figure.png)",
              f"**What this does not show:** {project.limits}",
              f"**What would have changed our mind:** {project.change_of_mind}"]  # fmt: skip
    write_whole(folder / "report.md", "\n\n".join(report) + "\n")
    return finding


def _finding(project: Project, found: Differences) -> str:
    runs = f"{project.one.replicas} and {project.other.replicas} runs"
    return f"{difference_words(found, 'the one', 'the other')} ({runs}; seed {project.one.seed}.)"


def _drawn(project: Project, one: Curve, other: Curve, folder: Path) -> str:
    drawn = (drawn_curve(one, "the one"), drawn_curve(other, "the other"))
    lines, bands = [line for line, _ in drawn], [band for _, some in drawn for band in some]
    synthetic = project.one.synthetic or project.other.synthetic
    figure = lines_figure(project.question, lines, bands, synthetic=synthetic)
    words = told(figure, lines_words(lines))
    save(figure, folder / "figure.png", words, project.question)
    return words


def _read(folder: Path) -> Project:
    """Return the project in a folder.

    Raises
    ------
    BadFile
        If there is none.
    """
    held = read_json(folder / "project.json", "project")
    if not isinstance(held, dict) or {*_TOLD, "one", "other"} - set(held):
        raise BadFile("This holds no project", given=str(folder / "project.json"))
    one, other = (Setup.from_json(json.dumps(held[part])) for part in ("one", "other"))
    texts = {part: held[part] for part in _TOLD}
    return Project(one=one, other=other, **texts)
