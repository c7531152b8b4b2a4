"""A picture as what a stage is given: bytes, plain lists, words."""

from __future__ import annotations

from typing import Any

import numpy as np

from newswave.history import History
from newswave.views.explorer.pictures import Band, Cast, Line, Picture

_WIDE = 1 << 16


def stage_traits(picture: Picture, before: Picture | None = None) -> dict[str, Any]:
    """Return what `Stage.show` takes for a picture.

    Parameters
    ----------
    picture : Picture
        What is to be seen.
    before : Picture, optional
        What was seen before: what both share is left out.

    Returns
    -------
    dict
        Every trait of a stage but the round and the theme; the agent only if the page chose one.

    Examples
    --------
    >>> stage_traits(Picture("empty", rounds=3))["has_network"]
    False
    """
    traits: dict[str, Any] = {
        "rounds": picture.rounds,
        "words": _words(picture),
        "has_network": picture.cast is not None,
        "has_curve": bool(picture.lines or picture.bands),
        "has_transport": picture.has_transport,
        "live": picture.is_live,
    }
    if picture.agent is not None:
        traits["agent"] = picture.agent
    if before is None or picture.cast is not before.cast:
        traits |= _cast(picture.cast)
    if before is None or picture.history is not before.history:
        traits |= _history(picture.history)
        traits["run_line"] = _floats(picture.run_fraction)
    if before is None or picture.lines is not before.lines:
        traits["lines"] = [_line(line) for line in picture.lines]
    if before is None or picture.bands is not before.bands:
        traits["bands"] = [_band(band) for band in picture.bands]
    return traits


def _words(picture: Picture) -> dict[str, str]:
    return {
        "title": picture.title,
        "network_label": picture.network_words,
        "curve_label": picture.curve_words,
        "rule": picture.rule,
        "time": picture.time,
        "share": picture.share,
        "unit": picture.unit,
        "synthetic": picture.synthetic,
    }


def _cast(cast: Cast | None) -> dict[str, Any]:
    if cast is None:
        return {"n_agents": 0, "links": b"", "classes": b"", "class_names": []}
    kind = "<u2" if cast.n_agents <= _WIDE else "<u4"
    return {
        "n_agents": cast.n_agents,
        "links": cast.links.astype(kind).tobytes(),
        "classes": cast.classes.astype(np.uint8).tobytes(),
        "class_names": list(cast.names),
    }


def _history(history: History | None) -> dict[str, bytes]:
    names = ("shared", "heard", "source")
    if history is None:
        return dict.fromkeys(names, b"")
    return {name: getattr(history, name).astype("<i4").tobytes() for name in names}


def _line(line: Line) -> dict[str, Any]:
    stroke = line.stroke
    return {
        "key": line.key,
        "label": line.label,
        "colour": stroke.colour,
        "dash": list(stroke.dash),
        "width": stroke.width,
        "y": _floats(line.fraction),
    }


def _band(band: Band) -> dict[str, Any]:
    return {
        "label": band.label,
        "colour": band.colour,
        "low": _floats(band.low),
        "high": _floats(band.high),
    }


def _floats(values: Any) -> bytes:
    return np.asarray(values).astype("<f4").tobytes()
