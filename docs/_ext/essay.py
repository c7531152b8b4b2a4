"""The front page: an essay to play with, made of the explorer's canvas and of runs computed here.

Nothing is computed in the page. Each scene is a row of pictures of newswave, worked out when the
documentation is built; a button, an answer or a slider shows another one of them. Every number in
the text comes from the same runs.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

import newswave as nw
from newswave.app.links import link_of
from newswave.app.pictures import Band, Cast, Line, Picture, ensemble_band
from newswave.app.widgets import SCRIPTS, STYLES, canvas_traits, joined
from newswave.core.curve import Curve
from newswave.core.equivalents import average_person, same_contact_pressure
from newswave.core.population import Trait
from newswave.core.run_log import History
from newswave.core.simulation import World, simulate
from newswave.equations.fit import Fit, fit
from newswave.equations.models import OneRate, OnNetwork, TwoRates
from newswave.equations.predict import theories
from newswave.report.figures import LAYERS
from newswave.report.style import Pen, environment, with_colours

_FOLDER = Path(__file__).parent / "essay"
DAYS = 10
DEGREES = (2, 3, 4, 6, 8, 12, 16, 32)

READERS = nw.Setup()
"""Two groups of readers, as the explorer opens with them."""

ALIKE = average_person(READERS)
"""Everybody is their average."""

VILLAGE = replace(
    ALIKE,
    n_agents=40,
    network=nw.RandomRegular(3),
    sharing=nw.SameForAll(0.2),
    n_seeds=1,
    rounds=30,
)
CITY = replace(ALIKE, sharing=nw.SameForAll(0.025), rounds=100)
WEARS_OFF = replace(ALIKE, sharing=nw.SameForAll(0.15), repeat_ratio=0.2)


@dataclass(frozen=True)
class Scene:
    """One canvas of the essay, and the pictures that it can show; the first one to begin with."""

    name: str
    pictures: tuple[Picture, ...]

    def traits(self) -> list[dict[str, Any]]:
        """Return what the canvas is told of each picture, as JSON can hold it."""
        befores = (None, *self.pictures)
        told = zip(self.pictures, befores, strict=False)
        return [_as_json(canvas_traits(now, before)) for now, before in told]


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {key: _as_json(one) for key, one in value.items()}
    return [_as_json(one) for one in value] if isinstance(value, list) else value


# Lines. What has no words of its own has those of the explorer.


def _line(key: str, y: Any, label: str = "", pen: Pen | None = None) -> Line:
    layer = LAYERS[key]
    return Line(key, label or layer.label, pen or layer.pen, np.asarray(y))


def _theory(setup: nw.Setup, key: str, label: str) -> Line:
    found = next(one for one in theories(setup, (key,)).theories if one.key == key)
    return _line(key, found.fraction, label)


def _median(curve: Curve, label: str = "") -> Line:
    return _line("band", curve.median / curve.n_agents, label)


def _band(curve: Curve) -> tuple[Band, ...]:
    return (ensemble_band(curve, f"90 % of {curve.runs} runs", "purple"),)


def _played(setup: nw.Setup, run: int, **more: Any) -> Picture:
    world = World.of(setup)
    return Picture(title="", rounds=setup.rounds, cast=Cast.of(world, Trait.OPENNESS),
                   history=History.of(world, run), **more)  # fmt: skip


def _curves(lines: Sequence[Line], rounds: int, words: str, bands: Sequence[Band] = ()) -> Picture:
    return Picture("", rounds, lines=tuple(lines), bands=tuple(bands), curve_words=words,
                   has_transport=False)  # fmt: skip


# The numbers of the text.


def half_time(fraction: Any) -> int:
    """Return the first round in which half have shared."""
    return int(np.argmax(np.asarray(fraction) >= 0.5))


def _round_of(curve: Curve, part: float) -> int:
    return int(np.argmax(curve.median >= part * curve.n_agents))


def _gap(one: Any, other: Any) -> float:
    """Return the largest distance of two curves in percentage points."""
    return float(100.0 * np.abs(np.asarray(one) - np.asarray(other)).max())


# The scenes, each with its numbers.


def village() -> tuple[list[Scene], dict[str, Any]]:
    """Return forty people: the news of one day, and that of other days."""
    world = World.of(VILLAGE)
    days = [History.of(world, run) for run in range(DAYS)]
    shares = np.array([day.counts for day in days]) / VILLAGE.n_agents
    halves = [half_time(one) for one in shares]
    first = _played(VILLAGE, 0, network_words="Forty people, each with three neighbours.")
    quick = Pen("ink", (), 0.75)
    others = [Line(f"day {at + 1}", f"day {at + 1}", quick, one) for at, one in enumerate(shares)]
    asked = replace(first, lines=(), curve_words="")
    shown = replace(first, lines=tuple(others[:1]), curve_words="The count of the first day: an S.")
    again = [
        replace(
            _played(VILLAGE, at), title=f"Day {at + 1}", lines=tuple(others[:at + 1]),
            curve_words=f"Counts of {at + 1} days: the same S, begun earlier or later.",
        )
        for at in range(DAYS)
    ]  # fmt: skip
    new = np.diff(days[0].counts)
    busy = int(np.argmax(np.convolve(new, [1, 1, 1, 1, 1], "valid")))
    numbers = {
        "busy_from": busy + 1, "busy_to": busy + 5, "busy_count": int(new[busy : busy + 5].sum()),
        "village_end": int(np.argmax(days[0].counts == VILLAGE.n_agents)),
        "days": DAYS, "halves": halves, "soonest": min(halves), "latest": max(halves),
    }  # fmt: skip
    return [Scene("village", (asked, shown)), Scene("days", tuple(again))], numbers


def city() -> tuple[list[Scene], dict[str, Any]]:
    """Return a thousand people: their days differ less."""
    curve = simulate(CITY)
    halves = np.sort([half_time(one / curve.n_agents) for one in curve.counts])
    ends = [int(halves[int(part * (len(halves) - 1))]) for part in (0.05, 0.95)]
    words = f"{curve.runs} runs lie close together around their median."
    picture = _played(CITY, 0, lines=(_median(curve),), bands=_band(curve), curve_words=words)
    return [Scene("city", (picture,))], {"city_soon": ends[0], "city_late": ends[1]}


def degrees() -> tuple[list[Scene], dict[str, Any]]:
    """Return networks of other degrees under one contact pressure, which one equation covers."""
    pictures, knowing, halves, gaps = [], [], [], []
    for degree in DEGREES:
        setup = same_contact_pressure(CITY, degree)
        curve = simulate(setup)
        equation = _theory(setup, "well_mixed_ode", "the equation")
        better = _theory(setup, "master", "the equation that knows the network")
        lines = (_median(curve, f"the runs, {degree} neighbours each"), equation)
        words = f"With {degree} neighbours each, the runs are below the equation."
        pictures.append(_curves(lines, setup.rounds, words, _band(curve)))
        words = f"With {degree} neighbours each, the second equation lies on the runs."
        knowing.append(_curves((*lines, better), setup.rounds, words, _band(curve)))
        median = curve.median / curve.n_agents
        halves.append(half_time(median))
        gaps.append((_gap(median, equation.fraction), _gap(median, better.fraction)))
    eight, four = DEGREES.index(8), DEGREES.index(4)
    numbers = {
        "degrees": list(DEGREES), "pressure": f"{CITY.table(1).contact_rates()[0] * 8:.2f}",
        "equation_half": half_time(equation.fraction), "half_4": halves[four],
        "half_8": halves[eight], "half_32": halves[-1], "gap_8": round(gaps[eight][0]),
        "gap_4": round(gaps[four][0]), "gap_knowing": f"{max(gap for _, gap in gaps):.1f}",
        "reached_2": round(100 * float(pictures[0].lines[0].fraction[-1])),
    }  # fmt: skip
    return [Scene("degrees", (*pictures, *knowing))], numbers


def readers() -> tuple[list[Scene], dict[str, Any]]:
    """Return readers who differ, beside everybody being their average."""
    curve, average = simulate(READERS), simulate(ALIKE)
    dashed = Pen("orange", (8, 4), 2.5)
    even = _line("band", average.median / average.n_agents, "everybody average", dashed)
    asked = _curves((even,), READERS.rounds, "The curve of average people.")
    words = "Readers who differ are slower, and the more so the later it gets."
    answer = _played(READERS, 0, lines=(even, _median(curve, "readers who differ")),
                     bands=_band(curve), curve_words=words)  # fmt: skip
    numbers = {
        "half_average": _round_of(average, 0.5), "half_differ": _round_of(curve, 0.5),
        "late_average": _round_of(average, 0.9), "late_differ": _round_of(curve, 0.9),
        "early_average": _round_of(average, 0.1), "early_differ": _round_of(curve, 0.1),
    }  # fmt: skip
    return [Scene("readers", (asked, answer))], numbers


def _fits(curve: Curve) -> tuple[Fit, Fit]:
    mixing = OnNetwork(8)
    return fit(curve, OneRate(mixing)), fit(curve, TwoRates(mixing))


def _fitted(curve: Curve, fits: Sequence[Fit], words: str) -> Picture:
    keys = ("fit_one_rate_network", "fit_two_rates_network")
    labels = ("one rate, fitted", "two rates, fitted")
    drawn = [_line(key, one.curve, label)
             for key, one, label in zip(keys, fits, labels, strict=False)]  # fmt: skip
    runs = _line("band", curve.mean / curve.n_agents, "mean of the runs")
    return _curves((runs, *drawn), len(curve.mean) - 1, words)


def rates() -> tuple[list[Scene], dict[str, Any]]:
    """Return what one rate and two make of readers who differ, and of news that wears off."""
    curve, tired = simulate(READERS), simulate(WEARS_OFF)
    (one, two), (_, again) = _fits(curve), _fits(tired)
    pictures = (
        _fitted(curve, (one,), "One fitted rate leaves the curve of the runs."),
        _fitted(curve, (one, two), "Two fitted rates lie on it."),
        _fitted(tired, _fits(tired), "Two fitted rates lie on the curve of the second city, too."),
    )
    mean, tired_mean = curve.mean / curve.n_agents, tired.mean / tired.n_agents
    found = {key: 100 * (1 - np.exp(-two.estimates[key])) for key in ("fast_rate", "slow_rate")}
    numbers = {
        "gap_one": round(_gap(one.curve, mean)), "gap_two": f"{_gap(two.curve, mean):.1f}",
        "found_fast": f"{found['fast_rate']:.1f}", "found_slow": f"{found['slow_rate']:.1f}",
        "found_part": round(100 * two.estimates["fast_fraction"]),
        "gap_tired": f"{_gap(again.curve, tired_mean):.1f}",
        "tired_part": round(100 * again.estimates["fast_fraction"]),
    }  # fmt: skip
    return [Scene("rates", pictures)], numbers


def page() -> str:
    """Return the whole page: text, style, script, and what its canvases show."""
    scenes, numbers = [], {}
    for made in (village, city, degrees, readers, rates):
        some, own = made()
        scenes += some
        numbers |= own
    told = json.dumps({scene.name: scene.traits() for scene in scenes}, separators=(",", ":"))
    script = "\n".join((joined(*SCRIPTS), (_FOLDER / "essay.js").read_text("utf-8")))
    style = with_colours((_FOLDER / "essay.css").read_text("utf-8"))
    return environment(str(_FOLDER)).get_template("essay.html").render(
        numbers, style=Markup(joined(*STYLES) + style), script=Markup(script), scenes=Markup(told),
        link=link_of(READERS),
    )  # fmt: skip


def _write(app: Any, failed: Exception | None) -> None:
    if failed is None and app.builder.format == "html":
        (Path(app.outdir) / "index.html").write_text(page(), "utf-8", newline="\n")


def setup(app: Any) -> dict[str, bool]:
    """Write the front page once the others are there."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
