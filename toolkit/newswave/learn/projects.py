"""A project of the capstone: one question, two setups, one finding that others can repeat."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np

from newswave.core.curve import Curve
from newswave.core.errors import BadFile, BadValue, NewswaveError, plain, shown
from newswave.core.files import read_json, write_whole
from newswave.core.networks import Complete, RandomRegular, ScaleFree, SmallWorld
from newswave.core.setup import Setup
from newswave.core.simulation import simulate
from newswave.equations.differences import Differences, difference
from newswave.learn.files import digest
from newswave.learn.items import Unanswered, Unreadable, is_blank
from newswave.learn.showing import Reply, State, show
from newswave.report.style import has_letters, png
from newswave.report.text import difference_words

FEWEST_RUNS = 30
"""A project has at least so many runs of each setup."""

FEWEST_WORDS = 6
"""A sentence in a project has at least so many words, or letters enough for so many."""

EQUAL_WITHIN = 0.02
"""A quantity is kept equal if it differs by no more than this part of itself."""

DEGREES_WITHIN = 0.05
"""The same of mean degrees: that of a scale-free network is a little below its nominal one."""

FILES = ("project.json", "one.csv", "other.csv", "figure.png", "report.md")
"""What a project leaves in its folder."""

REPORT = "report.md"
_SENTENCES = ("question", "prediction", "limits", "change_of_mind")
_TEXTS = (*_SENTENCES, "changed")
_IGNORED = ("replicas", "seed")
_WORDS_IN_A_LETTER = {
    "CJK": 2 / 3,
    "HIRAGANA": 2 / 5,
    "KATAKANA": 2 / 5,
    **dict.fromkeys(("THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"), 1 / 4),
    "HANGUL": 1 / 3,
}


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
    changed : str
        What you change on purpose, one of `changes`, such as "degree"; may be left out.

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
    >>> from newswave.core.equivalents import same_contact_pressure
    >>> project.differs, project.changes
    (('n_seeds',), ('n_seeds',))
    >>> pressed = replace(project, one=one, other=same_contact_pressure(one, 4))
    >>> pressed.differs, pressed.changes, pressed.keeps
    (('network', 'sharing'), ('degree',), 'contact pressure')
    """

    question: str
    prediction: str
    one: Setup
    other: Setup
    limits: str
    change_of_mind: str
    changed: str = ""

    def __post_init__(self) -> None:
        for part in ("one", "other"):
            if not isinstance(getattr(self, part), Setup):
                raise BadValue(f"{part!r} is a setup", given=getattr(self, part))
        for part in _TEXTS:
            if not isinstance(getattr(self, part), str):
                raise BadValue(f"{part!r} is a sentence", given=getattr(self, part))

    @property
    def differs(self) -> tuple[str, ...]:
        """The fields in which the two setups differ; luck and its amount do not count."""
        names = (field.name for field in fields(Setup) if field.name not in _IGNORED)
        return tuple(n for n in names if getattr(self.one, n) != getattr(self.other, n))

    @property
    def keeps(self) -> str:
        """What two fields that change together keep equal; empty if they keep nothing."""
        for name, kept in _KEPT.items():
            if set(self.differs) == {kept.asked, kept.makes_up} and any(
                self._is_equal(one, EQUAL_WITHIN) for one in kept.measures
            ):
                return name
        return ""

    @property
    def changes(self) -> tuple[str, ...]:
        """What differs on purpose: a field that only makes up for another is not named."""
        kept = _KEPT.get(self.keeps)
        own = tuple(n for n in self.differs if kept is None or n != kept.makes_up)
        if "network" not in own:
            return own
        same_degree = self._is_equal(_degree, DEGREES_WITHIN)
        same_kind = _kind_of_network(self.one) == _kind_of_network(self.other)
        network = [] if same_kind and not same_degree else ["network"]
        degree = [] if same_degree else ["degree"]
        return (*degree, *network, *(n for n in own if n != "network"))

    def _is_equal(self, measure: Callable[[Setup], float], within: float) -> bool:
        try:
            one, other = measure(self.one), measure(self.other)
        except BadValue:
            return False
        return math.isclose(one, other, rel_tol=within)

    def curves(self) -> tuple[Curve, Curve]:
        """Return the runs of both setups."""
        return simulate(self.one), simulate(self.other)


def judged(project: Any) -> str:
    """Return "right", or the name of what a project lacks; a judge for `items.Judged`."""
    if is_blank(project):
        raise Unanswered
    if not isinstance(project, Project):
        raise Unreadable(f"A Project is asked for; this is {shown(project, 40)}.")
    if not project.differs:
        return "nothing differs"
    if len(project.changes) > 1:
        return "two things differ"
    if project.changed and project.changed not in project.changes:
        return "something else differs"
    if min(project.one.replicas, project.other.replicas) < FEWEST_RUNS:
        return "few runs"
    for part, name in (("prediction", "no prediction"), ("limits", "no doubt"),
                       ("change_of_mind", "no doubt"), ("question", "no question")):  # fmt: skip
        others = {getattr(project, other) for other in _SENTENCES if other != part}
        if not _is_sentence(getattr(project, part)) or getattr(project, part) in others:
            return name
    return "right"


def _is_sentence(text: str) -> bool:
    """Return whether there is enough to read, in any script, and not the same again and again."""
    letters = [letter for letter in normalize("NFC", text).casefold() if letter.isalpha()]
    kinds = [unicodedata.name(letter, "").partition(" ")[0] for letter in letters]
    weights = [_WORDS_IN_A_LETTER.get(kind, 1 / 5) for kind in kinds]
    words = [word for word in text.casefold().split() if any(map(str.isalpha, word))]
    unspaced = {one for one, kind in zip(letters, kinds, strict=True) if kind in _WORDS_IN_A_LETTER}
    enough = max(len(words), sum(weights)) >= FEWEST_WORDS and sum(weights) >= FEWEST_WORDS / 3
    return enough and len({*words, *unspaced}) >= FEWEST_WORDS - 2


def _kind_of_network(setup: Setup) -> Any:
    """Return a network without its degree; a complete one is a random regular one."""
    network = setup.network
    if isinstance(network, Complete | RandomRegular):
        return RandomRegular
    return replace(network, degree=2) if isinstance(network, SmallWorld | ScaleFree) else network


def _degree(setup: Setup) -> float:
    return setup.network.mean_degree_for(setup.n_agents)


def _chance(setup: Setup) -> float:
    """Return the mean share probability of an agent that sees one sharing neighbour."""
    weights = [group.weight for group in setup.mix.groups]
    return float(np.dot(weights, setup.table(2).probabilities[:, 1]))


def _rate(setup: Setup) -> float:
    """Return the mean transmission rate of a contact."""
    weights = np.array([group.weight for group in setup.mix.groups])
    present = weights > 0
    return float(weights[present] @ setup.table(2).hazards[present, 1])


class _Kept(NamedTuple):
    """Two fields that may change together, and what they then have to keep equal."""

    asked: str
    makes_up: str
    measures: tuple[Callable[[Setup], float], ...]


_KEPT = {
    "contact pressure": _Kept(
        "network", "sharing", (lambda s: _degree(s) * _rate(s), lambda s: _degree(s) * _chance(s))
    ),
    "mean readiness": _Kept("mix", "sharing", (_rate, _chance)),
    "fraction of seed agents": _Kept("n_agents", "n_seeds", (lambda s: s.n_seeds / s.n_agents,)),
}


def hand_in(project: Any, folder: str | Path = "capstone") -> Reply:
    """Run a project and write its folder: setups, runs, figure with words, report.

    Parameters
    ----------
    project : Project
        What is handed in.
    folder : str or Path
        Where it goes. Runs and figure of an earlier time are made anew; what you changed there is
        kept: a report stays, and the new one is put beside it.

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
        finding, kept = _write(project, Path(folder))
    except (NewswaveError, Unreadable, OSError) as error:
        return Reply("9", State.NOT_READ, plain(str(error), 300))
    text = f"Written to {Path(folder).name}: {', '.join(FILES)}.{kept}\n{finding}"
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


def _write(project: Project, folder: Path) -> tuple[str, str]:
    """Write a project's folder; return its finding in words, and what of the learner's is kept."""
    ours = _written(folder)
    one, other = project.curves()
    finding = _finding(project, difference(one, other))
    data = {part: getattr(project, part) for part in _TEXTS}
    data |= {part: json.loads(getattr(project, part).to_json()) for part in ("one", "other")}
    title = project.question if has_letters(project.question) else ""
    drawn = show({"the one": one, "the other": other}, title=title)
    picture = png(drawn.figure, drawn.words, project.question)
    design = f"**We changed:** {project.changes[0]}." + (
        f" **Kept equal:** {project.keeps}." if project.keeps else ""
    )
    report = [f"# {project.question}", f"**We predicted:** {project.prediction}", design,
              f"**We found:** {finding}", f"![{drawn.words}](figure.png)",
              f"**What this does not show:** {project.limits}",
              f"**What would have changed our mind:** {project.change_of_mind}"]  # fmt: skip
    texts: dict[str, str | bytes] = {
        "one.csv": one.to_csv(replicas=True), "other.csv": other.to_csv(replicas=True),
        "figure.png": picture, REPORT: "\n\n".join(report) + "\n",
    }  # fmt: skip
    data["written"] = {name: digest(text) for name, text in texts.items()}
    write_whole(folder / FILES[0], json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return finding, "".join(_put(folder, name, text, ours) for name, text in texts.items())


def _written(folder: Path) -> Mapping[str, str]:
    """Return the digests of what newswave wrote into a folder; nothing where it wrote nothing."""
    if not any((folder / name).exists() for name in FILES):
        return {}
    try:
        _read(folder)
    except NewswaveError as error:
        advice = "Give another folder: hand_in(..., 'capstone-2')"
        raise BadFile("This folder holds files of yours, and no project", given=str(folder),
                      advice=advice) from error  # fmt: skip
    digests = read_json(folder / FILES[0], "project").get("written", {})
    return digests if isinstance(digests, dict) else {}


def _put(folder: Path, name: str, content: str | bytes, ours: Mapping[str, str]) -> str:
    """Write one file, or beside one that the learner changed; return what is to be said of that."""
    path = folder / name
    if not path.exists() or digest(path.read_bytes()) in (ours.get(name), digest(content)):
        write_whole(path, content)
        return ""
    if name == REPORT:
        new = _beside(path, content)
        return f"\nYou changed {name}, so it stays as it is; the new one is {new.name}."
    yours = _beside(path, path.read_bytes())
    write_whole(path, content)
    return f"\nYou changed {name}: yours is kept as {yours.name}."


def _beside(path: Path, content: str | bytes) -> Path:
    """Write under the first number that is free or holds the same, and return where that is."""
    numbered = (path.with_stem(f"{path.stem}-{n}") for n in count(2))
    free = next(p for p in numbered if not p.exists() or digest(p.read_bytes()) == digest(content))
    return write_whole(free, content)


def _finding(project: Project, differences: Differences) -> str:
    runs = f"{project.one.replicas} and {project.other.replicas} runs"
    seeds = " and ".join(dict.fromkeys(str(s.seed) for s in (project.one, project.other)))
    return f"{difference_words(differences, 'the one', 'the other')} ({runs}; seed {seeds}.)"


def _read(folder: Path) -> Project:
    """Return the project in a folder."""
    data = read_json(folder / "project.json", "project")
    if not isinstance(data, dict) or {*_SENTENCES, "one", "other"} - set(data):
        raise BadFile("This holds no project", given=str(folder / "project.json"))
    one, other = (Setup.from_json(json.dumps(data[part])) for part in ("one", "other"))
    texts = {part: data[part] for part in _TEXTS if part in data}
    return Project(one=one, other=other, **texts)
