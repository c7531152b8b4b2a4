"""The benchmarks of the web app: a small class goes through all of it. No time is asserted."""

from __future__ import annotations

import asyncio
import json
import math
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("websockets", reason="websockets is not installed")
pytest.importorskip("psutil", reason="psutil is not installed")

FOLDER = Path(__file__).parents[2] / "benchmarks"
ROOMS = ("classroom", "goals", "hosted", "learner", "page", "wire")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return what imports a script of the benchmarks, which are scripts and no package."""
    monkeypatch.syspath_prepend(FOLDER)
    yield __import__
    for name in ROOMS:
        sys.modules.pop(name, None)


async def _figures(classroom: Any, app: Any) -> list[Any]:
    return [one async for one in classroom.figures(app, 3, 1.0)]


def test_a_class_of_three_goes_through_all_of_it_without_an_error(
    script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    classroom, hosted = script("classroom"), script("hosted")
    for name, seconds in (("EVERY", 0.3), ("SHORT", 0.5), ("CULL", 1)):
        monkeypatch.setattr(classroom, name, seconds)
    with hosted.hosted("1s") as app:
        found = asyncio.run(_figures(classroom, app))
        assert app.complaints() == []
        assert app.kernels() == 0
    counted = [one for one in found if one.unit == "" and one.goal is not None]
    assert [(one.value, one.met) for one in counted] == [
        (3, "yes"),
        (6, "yes"),
        (0, "yes"),
        (0, "yes"),
    ]
    assert all(math.isfinite(one.value) for one in found)


def test_a_learner_who_waits_in_vain_is_an_error_and_no_time(script: Any) -> None:
    classroom, learner = script("classroom"), script("learner")
    one = learner.Learner("http://127.0.0.1:9/", 0)

    async def opening() -> float:
        found = await classroom.tried(one, one.open())
        await one.vanish()
        return float(found)

    assert math.isnan(asyncio.run(opening()))
    assert len(one.troubles) == 1
    assert "Connect" in one.troubles[0]


def test_buffers_of_a_message_come_back_to_their_places(script: Any) -> None:
    wire = script("wire")
    data = {
        "method": "update",
        "state": {"lines": [{}]},
        "buffer_paths": [["shared"], ["lines", 0, "y"]],
    }
    text = json.dumps({"content": {"data": data}}).encode()
    parts = [text, b"abc", b""]
    starts = [16, 16 + len(text), 19 + len(text)]
    message = wire.read(struct.pack("!4I", 3, *starts) + b"".join(parts))
    assert wire.state_in(message) == {"lines": [{"y": b""}], "shared": b"abc"}
    assert wire.read('{"channel": "shell"}') == {"buffers": [], "channel": "shell"}


def test_a_goal_is_to_be_stayed_within_or_to_be_reached(script: Any) -> None:
    figure = script("goals").Figure
    assert figure("", 2.0, "s", 3).met == "yes"
    assert figure("", 4.0, "s", 3).met == "NO"
    assert figure("", 4.0, "", 3, True).met == "yes"
    assert figure("", 2.0, "", 3, True).met == "NO"
    assert figure("", 2.0).met == "-"
    assert figure("", math.nan, "s", 3).met == "NO"
