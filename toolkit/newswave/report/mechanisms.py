"""What a comparison of mechanisms says, in words and as JSON; runs nothing, prints nothing."""

from __future__ import annotations

import json
from typing import Any

from newswave.core.version import __version__
from newswave.equations.mechanisms import JointFit, Mechanisms
from newswave.equations.replicates import SURE
from newswave.report.text import short

_COLUMNS = "{:<32} {:>7} {:>11}  {:<24}"


def mechanisms_table(result: Mechanisms) -> str:
    """Return a line for each mechanism: whether it fits, what rules it out, and its rates.

    The p-value is that of its goodness of fit, over all curves.
    """
    lines = [_COLUMNS.format("mechanism", "p", "AIC", "stands").rstrip()]
    for one in result.fits:
        cells = (f"{one.p_value:.2g}", f"{one.aic:.1f}", _standing(one, result))
        lines.append(_COLUMNS.format(one.mechanism, *cells).rstrip())
        lines += [f"  {_rate(one, name)}" for name in one.estimates]
    return "\n".join(lines)


def _rate(one: JointFit, name: str) -> str:
    ends = one.intervals[name]
    words = name.replace("_", " ")
    return f"{words:<15} {short(one.estimates[name]):>7}   {short(ends.low)} to {short(ends.high)}"


def _standing(one: JointFit, result: Mechanisms) -> str:
    """Return whether a mechanism stands, and what rules it out."""
    if one.mechanism in result.left:
        return "yes"
    if one.stands:
        return "yes, but holds a simpler one"
    stronger = [name for name, p in one.rivals.items() if p <= SURE]
    return f"no: {stronger[0]} fits better" if stronger else "no"


def mechanisms_json(result: Mechanisms) -> str:
    """Return the content of mechanisms.json: strict JSON, rates as hazards."""
    fits: list[dict[str, Any]] = [
        {
            "mechanism": one.mechanism,
            "estimates": one.estimates,
            "intervals": {name: [x.low, x.high] for name, x in one.intervals.items()},
            "log_likelihood": one.log_likelihood,
            "aic": one.aic,
            "p_value": one.p_value,
            "replicas": one.replicas,
            "rivals": one.rivals,
            "stands": one.stands,
        }
        for one in result.fits
    ]
    content = {
        "newswave": __version__,
        "degrees": list(result.degrees),
        "told": result.told.value,
        "name": result.name,
        "left": list(result.left),
        "power": None if result.power != result.power else result.power,
        "words": result.words,
        "fits": fits,
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
