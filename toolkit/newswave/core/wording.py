"""How a language model is asked: the fixed instruction, the event, the persona, the exposure.

The parts come in this order because a server keeps the beginning that two prompts have in common:
calls about one event differ only near their end. Everything that a prompt says of an agent is in
here, and nothing in which two agents of one profile differ: no name, no round, no neighbour's
words.
So the chance to share depends on profile and exposure alone, as the sharing table says.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from newswave.core.errors import BadValue, has_unseen, holding, one_of, whole_number
from newswave.core.files import LEFT_OUT, packaged, parsed_toml, read_toml
from newswave.core.population import Profile, Trait

if TYPE_CHECKING:
    from newswave.core.events import Event

DEFAULT_WORDING = "adjectives"

MOST_TOLD = 20
"""The most exposures that a wording has words of its own for."""

_LONGEST = 1000
_COUNTED = (
    "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen "
    "Sixteen Seventeen Eighteen Nineteen Twenty"
)
_COUNTS = _COUNTED.split()
_TEXTS = ("instruction", "event", "persona", "seen", "yes_no", "no_yes", "decision", "reasoned")
_EARLIER = (
    "Do you share the report with your own followers now? Answer in JSON, the decision first, then "
    'why in at most fifteen words: {"share": true or false, "reason": "..."}'
)
_OPTIONAL = ("decision_no_first", "reasoned_no_first")
_LABEL = r'(?:\{"share":\s*(?:true|false)\}|\b(?:true|false)\b)'
_PAIR = re.compile(rf"({_LABEL})(\s*[,/|]?\s*(?:\w+\s+)?)({_LABEL})")


class LabelOrder(Enum):
    """Which of its two labels a question names first: a model leans towards a place of a pair."""

    YES_FIRST = "yes (or true) named first"
    NO_FIRST = "no (or false) named first"


class Question(Enum):
    """In which form the model is to answer, and in which order the labels are named."""

    YES_NO = "one word, yes named before no"
    NO_YES = "one word, no named before yes"
    DECISION = "JSON with the decision alone, true named before false"
    DECISION_NO_FIRST = "JSON with the decision alone, false named before true"
    REASONED = "JSON with the decision, then a short reason; true named before false"
    REASONED_NO_FIRST = "JSON with the decision, then a short reason; false named before true"

    @property
    def order(self) -> LabelOrder:
        """Which label it names first."""
        no_first = self is Question.NO_YES or self.name.endswith(LabelOrder.NO_FIRST.name)
        return LabelOrder.NO_FIRST if no_first else LabelOrder.YES_FIRST

    def first(self, order: LabelOrder) -> Question:
        """Return the same question with the labels in an order.

        >>> Question.REASONED.first(LabelOrder.NO_FIRST).name
        'REASONED_NO_FIRST'
        """
        return next(pair[order] for pair in _ORDERED if self in pair.values())

    @property
    def is_word(self) -> bool:
        """Whether one word is asked for."""
        return self in (Question.YES_NO, Question.NO_YES)

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema of the answer, the decision first; None for an answer of one word."""
        if self.is_word:
            return None
        fields: dict[str, Any] = {"share": {"type": "boolean"}}
        if self in (Question.REASONED, Question.REASONED_NO_FIRST):
            fields["reason"] = {"type": "string"}
        return {
            "type": "object",
            "properties": fields,
            "required": list(fields),
            "additionalProperties": False,
        }


_ORDERED = [
    dict(zip(LabelOrder, pair, strict=True))
    for pair in (
        (Question.YES_NO, Question.NO_YES),
        (Question.DECISION, Question.DECISION_NO_FIRST),
        (Question.REASONED, Question.REASONED_NO_FIRST),
    )
]

DECIDED = '{"share":'
"""What every decision in JSON begins with: the next word is the decision itself.

No space follows: models take the space as part of the word (measured: docs/why.md).
"""


@dataclass(frozen=True)
class Prompt:
    """What one call tells the model: the part that all calls about an event share, and the rest."""

    system: str
    user: str

    @property
    def messages(self) -> list[dict[str, str]]:
        """The two messages of a chat."""
        return [{"role": role, "content": getattr(self, role)} for role in ("system", "user")]

    @property
    def hash(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of both messages."""
        return _digest([self.system, self.user])


@dataclass(frozen=True)
class Wording:
    """The words in which agents are asked.

    Parameters
    ----------
    name : str
        A short name of lower-case letters, digits and hyphens.
    instruction : str
        What the model is to do; comes first, the same in every call.
    event : str
        How the event is reported; $headline and $text stand for the event's own words.
    persona : str
        The line before those of the five traits.
    high, low : tuple of str, five each
        The line of each trait when it is high or low, in the order O, C, E, A, N.
    seen : str
        The line before the exposure.
    exposures : tuple of str
        What an agent sees with 1, 2, … sharing neighbours; the last stands for that many or more.
    yes_no, no_yes : str
        The question for an answer of one word, in both orders of the two labels.
    decision, reasoned : str
        The question for an answer in JSON, without and with a reason; true is named before false.
    decision_no_first, reasoned_no_first : str, optional
        The same with false named first. Where they are not given and a text names the two labels
        as a pair, such as "true or false", it is that text with the labels exchanged.

    Raises
    ------
    BadValue
        If a text is empty, too long or the same as its opposite, or $text is missing.

    Examples
    --------
    >>> wording = wording("adjectives")
    >>> wording.name, wording.max_exposure, len(wording.hash)
    ('adjectives', 3, 16)
    """

    name: str
    instruction: str
    event: str
    persona: str
    high: tuple[str, ...]
    low: tuple[str, ...]
    seen: str
    exposures: tuple[str, ...]
    yes_no: str
    no_yes: str
    decision: str
    reasoned: str
    decision_no_first: str | None = field(default=None, metadata=LEFT_OUT)
    reasoned_no_first: str | None = field(default=None, metadata=LEFT_OUT)

    def __post_init__(self) -> None:
        plain = isinstance(self.name, str) and self.name.replace("-", "").isalnum()
        if not plain or self.name != self.name.lower() or len(self.name) > 40:
            allowed = "lower-case letters, digits and hyphens, up to 40"
            raise BadValue("The name of a wording does not fit", given=self.name, allowed=allowed)
        for name in _TEXTS:
            object.__setattr__(self, name, _text(name, getattr(self, name)))
        for name in _OPTIONAL:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _text(name, getattr(self, name)))
        for name in ("high", "low", "exposures"):
            object.__setattr__(self, name, _lines(name, getattr(self, name)))
        self._check_lines()

    def _check_lines(self) -> None:
        for name in ("high", "low"):
            if len(getattr(self, name)) != len(Trait):
                allowed = "one line for each trait in the order O, C, E, A, N"
                raise BadValue(f"'{name}' does not fit", given=getattr(self, name), allowed=allowed)
        every = (*self.high, *self.low)
        if len(set(every)) < len(every) or len(set(self.exposures)) < len(self.exposures):
            advice = "Give each trait, each level and each exposure its own words"
            raise BadValue("Two lines of a wording are the same", advice=advice)
        names = set(Template(self.event).get_identifiers())
        known = "text" in names <= {"text", "headline"}
        if not known or not Template(self.event).is_valid():
            allowed = "$text, and if wanted $headline; $$ for a dollar sign"
            raise BadValue("The event of a wording does not fit", given=self.event, allowed=allowed)

    @property
    def max_exposure(self) -> int:
        """The largest exposure with words of its own; more is given as that many "or more"."""
        return len(self.exposures)

    @property
    def earlier(self) -> Wording:
        """It, with the question for a reason that the wordings of newswave had before.

        Small models copied its "..." for a reason; recordings and setups of then hold it.
        """
        return replace(self, reasoned=_EARLIER)

    @property
    def hash(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of every word in it, its name left out."""
        words = {key: text for key, text in asdict(self).items() if key != "name"}
        return _digest({key: text for key, text in words.items() if text is not None})

    def text(self, question: Question) -> str:
        """Return the words of a question."""
        own = getattr(self, question.name.lower())
        if own is not None:
            return str(own)
        first = self.text(question.first(LabelOrder.YES_FIRST))
        return _exchanged(first) or first

    def names_both_ways(self, question: Question) -> bool:
        """Whether a question can be asked with either label first.

        It cannot where nothing but the author knows how: "true if you share, false if not" with
        the labels exchanged would ask for the opposite.
        """
        return len({self.text(question.first(order)) for order in LabelOrder}) == 2

    def telling(self, most: int) -> Wording:
        """Return the wording with words for more sharing neighbours: each number up to `most`.

        "Three or more of the accounts ..." becomes "Three of the accounts ...", and so on to a last
        line for `most` or more. All other words stay.

        Parameters
        ----------
        most : int
            From this wording's own largest exposure to 20.

        Raises
        ------
        BadValue
            If it is outside of that, or the last line does not say how many in English.

        Examples
        --------
        >>> [line[:18] for line in wording("adjectives").telling(4).exposures[2:]]
        ['Three of the accou', 'Four or more of th']
        """
        last, own = self.exposures[-1], self.max_exposure
        whole_number("The largest exposure that is told", most, own, MOST_TOLD)
        if most == own:
            return self
        counts = next(
            (f for f in (str, str.lower) if f"{f(_COUNTS[own - 1])} or more" in last), None
        )
        if counts is None:
            raise BadValue(
                "The last line of this wording does not say how many",
                given=last,
                allowed=f"'{_COUNTS[own - 1]} or more' in it",
                advice="Write a line for each exposure into the wording's file",
            )
        said = f"{counts(_COUNTS[own - 1])} or more"
        names = [counts(name) for name in _COUNTS[own - 1 : most - 1]]
        told = [*names, f"{counts(_COUNTS[most - 1])} or more"]
        lines = (last.replace(said, name) for name in told)
        return replace(self, exposures=(*self.exposures[:-1], *lines))

    def persona_text(self, profile: Profile) -> str:
        """Return what a prompt says of a profile: a line for each trait, O, C, E, A, N."""
        pairs = zip(profile.levels, self.high, self.low, strict=True)
        return "\n".join([self.persona, *(high if level else low for level, high, low in pairs)])

    def prompt(
        self, event: Event, profile: Profile, exposure: int, question: Question = Question.REASONED
    ) -> Prompt:
        """Return what to ask.

        Parameters
        ----------
        event : Event
            What the news is about; its words are put in as they are and never read as a template.
        profile : Profile
            Who the model is to be.
        exposure : int
            m, 1 or more; above `max_exposure` it is given as the last one.
        question : Question
            In which form to answer.

        Raises
        ------
        BadValue
            If the exposure is below 1.

        Examples
        --------
        >>> from newswave.core.events import event
        >>> from newswave.core.population import PROFILES
        >>> asked = wording("adjectives").prompt(event("cup-final-draw"), PROFILES[0], 9)
        >>> "Three or more" in asked.user, asked.user.splitlines()[-1][:20]
        (True, 'Do you share the rep')
        """
        seen = min(whole_number("The exposure", exposure, 1), self.max_exposure)
        news = Template(self.event).substitute(headline=event.headline, text=event.text)
        asked = self.text(question)
        parts = (self.persona_text(profile), f"{self.seen}\n{self.exposures[seen - 1]}", asked)
        return Prompt(f"{self.instruction}\n\n{news}", "\n\n".join(parts))


@functools.cache
def wordings() -> tuple[Wording, ...]:
    """Return the wordings that come with newswave, the default first."""
    files = sorted(packaged("wordings").glob("*.toml"))
    return tuple(_from_toml(file.read_text("utf-8")) for file in files)


def wording(name: str) -> Wording:
    """Return the wording of that name, or raise `BadValue`."""
    known = {wording.name: wording for wording in wordings()}
    return known[one_of("wording", name, known, "Or give a file that ends with .toml")]


@functools.cache
def by_hash() -> dict[str, Wording]:
    """Return the wordings of newswave by their hash, earlier ones too, at each number they tell."""
    told = (w.telling(most) for w in wordings() for most in range(w.max_exposure, MOST_TOLD + 1))
    return {one.hash: one for wording in told for one in (wording.earlier, wording)}


def load_wording(path: str | Path) -> Wording:
    """Return the wording in a TOML file; the ones that come with newswave are examples of one.

    Parameters
    ----------
    path : str or Path
        The file: the texts of `Wording` by name, and the tables [high] and [low] with a line for
        each trait.

    Raises
    ------
    BadFile
        If the file cannot be read or holds no wording.
    """
    _, entries = read_toml(path, "a wording")
    with holding("wording", path):
        return _made(entries)


def wording_toml(wording: Wording) -> str:
    """Return a wording as the text of a TOML file, to be changed and given back."""
    lines = [f"name = {_quoted(wording.name)}"]
    lines += [
        f"{name} = {_quoted(getattr(wording, name))}"
        for name in (*_TEXTS, *_OPTIONAL)
        if getattr(wording, name) is not None
    ]
    lines += ["exposures = [", *(f"  {_quoted(line)}," for line in wording.exposures), "]"]
    for level in ("high", "low"):
        lines += ["", f"[{level}]"]
        pairs = zip(Trait, getattr(wording, level), strict=True)
        lines += [f"{trait.value} = {_quoted(line)}" for trait, line in pairs]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _from_toml(text: str) -> Wording:
    return _made(parsed_toml(text))


def _made(entries: dict[str, Any]) -> Wording:
    known = ("name", *_TEXTS, "exposures", "high", "low")
    for name in entries:
        one_of("entry of a wording", name, (*known, *_OPTIONAL))
    for name in known:
        if name not in entries:
            raise BadValue(f"A wording lacks its entry '{name}'", allowed=", ".join(known))
    levels = {level: _by_trait(level, entries[level]) for level in ("high", "low")}
    return Wording(**{**entries, **levels})


def _exchanged(text: str) -> str:
    """Return a text with the two labels exchanged where it names them as a pair; else ''.

    >>> _exchanged('Answer {"share": true} or {"share": false}'), _exchanged("true if you share")
    ('Answer {"share": false} or {"share": true}', '')
    """
    pairs = _PAIR.findall(text)
    if len(pairs) != 1 or sorted(re.findall(r"\b(?:true|false)\b", text)) != ["false", "true"]:
        return ""
    one, between, two = pairs[0]
    return text.replace(one + between + two, two + between + one)


def _by_trait(level: str, lines: Any) -> tuple[str, ...]:
    names = [trait.value for trait in Trait]
    if not isinstance(lines, dict) or set(lines) != set(names):
        given = sorted(lines) if isinstance(lines, dict) else lines
        raise BadValue(f"[{level}] does not fit", given=given, allowed=", ".join(names))
    return tuple(lines[name] for name in names)


def _lines(name: str, lines: Any) -> tuple[str, ...]:
    if (
        isinstance(lines, str)
        or not isinstance(lines, list | tuple)
        or not 1 <= len(lines) <= MOST_TOLD
    ):
        raise BadValue(
            f"'{name}' does not fit", given=lines, allowed=f"a list of 1 to {MOST_TOLD} lines"
        )
    return tuple(_text(f"line of {name}", line) for line in lines)


def _text(name: str, text: Any) -> str:
    fits = isinstance(text, str) and 0 < len(text.strip()) <= _LONGEST
    if not fits or has_unseen(text.replace("\n", "")):
        allowed = f"1 to {_LONGEST} characters, none of them unseen"
        raise BadValue(f"The {name} of a wording does not fit", given=text, allowed=allowed)
    return str(text).strip()


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
