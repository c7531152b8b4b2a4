"""How much a trait moves the readiness to share, each number with where it comes from.

Every number is a difference on the log-odds of sharing. It carries a citation, or the word
"chosen" and the reason, so that a learner can tell what was measured from what was decided here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from newswave.errors import BadValue, one_of, real_number

_LIMIT = 30.0  # odds of e^30 to 1: further out a probability is 0 or 1 in every run
_YEAR = re.compile(r"\b(1[89]|20)\d\d\b")


@dataclass(frozen=True)
class Effect:
    """A number on the log-odds of sharing, with its source.

    Parameters
    ----------
    value : float
        From -30 to 30, on the log-odds (no unit).
    source : str
        A citation (known by its year), or a reason that begins with "chosen".

    Raises
    ------
    BadValue
        If the value is not such a number, or the source says neither.

    Examples
    --------
    >>> Effect(0.65, "Watson et al. 2024, Scientific Reports 14").chosen
    False
    """

    value: float
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", real_number("effect", self.value, -_LIMIT, _LIMIT))
        text = self.source
        plain = isinstance(text, str) and text.isprintable() and len(text) <= 400
        if not plain or not (text.startswith("chosen") or _YEAR.search(text)):
            raise BadValue(
                "An effect does not say where its number comes from",
                given=text,
                allowed='a citation with its year, or a reason that begins with "chosen"',
                advice='If it is your own number, write "chosen" and why',
            )

    @property
    def chosen(self) -> bool:
        """Whether the number was chosen rather than taken from a publication."""
        return self.source.startswith("chosen")


@dataclass(frozen=True)
class TraitEffects:
    """What each of the Big Five traits adds to the log-odds of sharing.

    With a trait counted as +1/2 when high and -1/2 when low,
    logit q = base + event offset + sum of effect times trait. So an effect is the
    high-minus-low difference.

    Parameters
    ----------
    name : str
        A short name.
    description : str
        What the numbers stand for, in a sentence.
    openness, conscientiousness, extraversion, agreeableness, neuroticism : Effect
        The high-minus-low difference of each trait.

    Raises
    ------
    BadValue
        If the name is empty or a trait's effect is no `Effect`.

    Examples
    --------
    >>> [float(b) for b in LITERATURE.values]
    [0.0, -0.11, 0.18, -0.22, -0.11]
    """

    name: str
    description: str
    openness: Effect
    conscientiousness: Effect
    extraversion: Effect
    agreeableness: Effect
    neuroticism: Effect

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise BadValue("Trait effects need a name", given=self.name, allowed="a few letters")
        for effect in self.effects:
            if not isinstance(effect, Effect):
                raise BadValue(
                    "A trait's effect needs a number and its source",
                    given=effect,
                    allowed='Effect(number, "source")',
                )

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The five effects in the order O, C, E, A, N."""
        return (
            self.openness,
            self.conscientiousness,
            self.extraversion,
            self.agreeableness,
            self.neuroticism,
        )

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """The five numbers in the order O, C, E, A, N, shape (5,)."""
        return np.array([effect.value for effect in self.effects])


def log_odds_from_correlation(r: float) -> float:
    """Return the high-minus-low difference on the log-odds that a correlation stands for.

    b = 2 r / sqrt(1 - r^2) * pi / sqrt(3): the correlation becomes a standardised mean
    difference, and that a difference of log-odds, as if a logistic variable lay behind the answer.

    Parameters
    ----------
    r : float
        A correlation between -1 and 1, both ends excluded.

    Returns
    -------
    float
        The difference on the log-odds.

    Raises
    ------
    BadValue
        If `r` is not a number strictly between -1 and 1.

    Notes
    -----
    The steps are in Borenstein, Hedges, Higgins and Rothstein 2009, "Introduction to
    Meta-Analysis", chapter 7.

    Examples
    --------
    >>> round(log_odds_from_correlation(0.05), 2)
    0.18
    """
    checked = real_number("correlation", r, -1.0, 1.0)
    if abs(checked) == 1.0:
        raise BadValue("correlation does not fit", given=r, allowed="more than -1, less than 1")
    return 2.0 * checked / math.sqrt(1.0 - checked**2) * math.pi / math.sqrt(3.0)


_LIN = "Lin, Wang and Sun 2024, PLOS ONE 19(6), e0303770"
_NUDO = "Nudo et al. 2025, arXiv 2507.00657"
_REANALYSIS = "re-analysis of 12 studies 2024, advances.in/psychology, 10.56296/aip00031"


def _lin(beta: float) -> Effect:
    source = f"{_LIN}: meta-analytic beta = {beta:+.2f}, read as a correlation"
    return Effect(round(log_odds_from_correlation(beta), 2), source)


def _exaggerated(effect: Effect, times: int = 5) -> Effect:
    reason = (
        f"chosen, not data: {times} times the {effect.value:+.2f} of literature, an exaggeration"
    )
    overacting = f"that language models overact a persona is reported in {_NUDO}"
    return Effect(round(times * effect.value, 2), f"{reason}; {overacting}")


_C_ENDS = [round(log_odds_from_correlation(r), 2) for r in (-0.08, -0.22)]
_ZERO = Effect(0.0, "chosen: 0, so that personality makes no difference")

LITERATURE = TraitEffects(
    name="literature",
    description="Sharing of information in general, as a meta-analysis of 27 studies found it.",
    openness=Effect(0.0, f"chosen: 0, because {_LIN} leaves its sign open"),
    conscientiousness=_lin(-0.03),
    extraversion=_lin(0.05),
    agreeableness=_lin(-0.06),
    neuroticism=_lin(-0.03),
)

MISINFORMATION = TraitEffects(
    name="misinformation",
    description="Sharing of false news, where low conscientiousness matters more.",
    openness=Effect(0.0, "chosen: 0, because the studies of false news settle no sign"),
    conscientiousness=Effect(
        round((log_odds_from_correlation(-0.08) + log_odds_from_correlation(-0.22)) / 2, 2),
        f"chosen: midway between {_C_ENDS[0]:.2f} and {_C_ENDS[1]:.2f}; these two are cited, from "
        f"r = -0.08 and r = -0.22 ({_REANALYSIS}), which differ widely between studies",
    ),
    extraversion=_lin(0.05),
    agreeableness=_lin(-0.06),
    neuroticism=Effect(0.0, "chosen: 0, because the studies of false news settle no sign"),
)

EXAGGERATED = TraitEffects(
    "exaggerated",
    "An exaggeration, not data: literature times 5, for how personas played by language models "
    "overact.",
    *(_exaggerated(effect) for effect in LITERATURE.effects),
)

NONE = TraitEffects("none", "Personality makes no difference.", *[_ZERO] * 5)

PRESETS: Mapping[str, TraitEffects] = MappingProxyType(
    {effects.name: effects for effects in (LITERATURE, MISINFORMATION, EXAGGERATED, NONE)}
)


def preset(name: str) -> TraitEffects:
    """Return the preset of that name.

    Raises
    ------
    BadValue
        If there is none; the message lists the known names.

    Examples
    --------
    >>> preset("misinformation").conscientiousness.value
    -0.55
    """
    return PRESETS[one_of("preset of trait effects", name, PRESETS)]
