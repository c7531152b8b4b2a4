"""Pieces of text as tokens, and the log-probabilities that a server gives with them.

They are the free ones: neither temperature nor a format changes them, so a token that the format
forces may be improbable, and tokens that it forbids stand above it. The decision is spread over
several forms of each label, as in life; all forms and every other listed token together are at
most twenty, so the forms of yes and no give back the law exactly when twenty are asked for.
"""

from __future__ import annotations

import math
import re
from typing import Any

_PIECE = re.compile(r"\s?\w{1,6}|\s?[^\w\s]{1,3}|\s")
_FORMS = {
    "yes": {"Yes": 0.62, "yes": 0.25, " yes": 0.08, " Yes": 0.04, "YES": 0.01},
    "no": {"No": 0.55, "no": 0.30, " no": 0.10, " No": 0.04, "NO": 0.01},
    "true": {" true": 0.90, "true": 0.07, " True": 0.03},
    "false": {" false": 0.88, "false": 0.09, " False": 0.03},
}
_OTHER = {
    "I": 0.30,
    "The": 0.20,
    "As": 0.14,
    "Maybe": 0.10,
    "It": 0.08,
    '{"': 0.06,
    "Well": 0.05,
    "```": 0.03,
    "\n": 0.02,
    "Sure": 0.02,
}
_EXPECTED = 0.9
Law = dict[str, float]


def pieces(text: str) -> list[str]:
    """Return a text in tokens, about one for every four characters.

    >>> pieces('{"share": true}')
    ['{"', 'share', '":', ' true', '}']
    """
    return _PIECE.findall(text)


def label_law(chance: float, coverage: float, labels: tuple[str, str] = ("yes", "no")) -> Law:
    """Return the probability of each token where the answer falls.

    Parameters
    ----------
    chance : float
        Probability of the first label, given that one of the two falls.
    coverage : float
        Probability that one of the two falls.
    labels : (str, str)
        ("yes", "no") or ("true", "false").

    Examples
    --------
    >>> law = label_law(0.2, 0.9)
    >>> len(law), round(sum(law.values()), 12), round(law["Yes"], 4)
    (20, 1.0, 0.1116)
    """
    law = {form: coverage * chance * part for form, part in _FORMS[labels[0]].items()}
    law |= {form: coverage * (1 - chance) * part for form, part in _FORMS[labels[1]].items()}
    return law | {other: (1 - coverage) * part for other, part in _OTHER.items()}


def plain_law(token: str) -> Law:
    """Return the law where one token is expected and nothing hangs on it."""
    law = {other: (1 - _EXPECTED) * part for other, part in _OTHER.items()}
    law[token] = law.get(token, 0.0) + _EXPECTED
    return law


def logprob_entry(token: str, law: Law, top: int) -> dict[str, Any]:
    """Return what a server says of one token: its own log-probability, and the `top` likeliest.

    >>> entry = logprob_entry("No", label_law(0.0, 0.9), 1)
    >>> entry["token"], entry["bytes"], len(entry["top_logprobs"])
    ('No', [78, 111], 1)
    """
    entry = _one(token, law.get(token, 1e-6))
    if top:
        listed = sorted(law.items(), key=lambda pair: -pair[1])[:top]
        entry["top_logprobs"] = [_one(form, part) for form, part in listed if part > 0]
    return entry


def _one(token: str, part: float) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": math.log(max(part, 1e-300)),
        "bytes": list(token.encode("utf-8", "replace")),
    }
