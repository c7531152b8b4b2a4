"""The first picture, before any script: it is what the page will show, and waits for nothing."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from newswave.app.cache import ensemble
from newswave.app.layout import places
from newswave.app.middleware import completed
from newswave.app.pages.opening import QUESTION, SCENES
from newswave.app.splash import splash
from newswave.core.setup import Setup

PAGE = (
    '<html><head><link href="a.css" rel="stylesheet"></head><body><script src="requirejs.js">'
    "</script></body></html>"
)


def dots(picture: str, name: str) -> np.ndarray:
    """Return where the dots of a kind are."""
    [svg] = re.findall(r"<svg.*?</svg>", picture, re.S)
    [path] = [one.get("d") for one in ElementTree.fromstring(svg) if one.get("class") == name]
    return np.array(
        [[float(n) for n in at.split()] for at in re.findall(r"M([^h]+)h0", path or "")]
    )


@pytest.mark.parametrize(("is_first", "setup"), [(True, SCENES[0].setup), (False, Setup())])
def test_it_is_the_network_that_the_page_will_show(is_first: bool, setup: Setup) -> None:
    world = ensemble(setup).world
    seeds = world.luck(0)[1]
    where = places(world.network, setup.network, seeds)
    picture = splash(is_first, "")
    assert dots(picture, "nw-dots") == pytest.approx(where, abs=6e-4)
    assert dots(picture, "nw-seeds") == pytest.approx(where[seeds], abs=6e-4)
    assert (QUESTION in picture) is is_first


def test_nothing_of_a_link_is_in_it() -> None:
    assert "alert" not in splash(True, "agents=<script>alert(1)</script>")


def test_it_stands_first_and_no_style_sheet_holds_it_up() -> None:
    page = completed(PAGE, "<div class='nw-splash'></div>")
    assert page.index("nw-splash") < page.index("requirejs.js")
    assert 'media="print"' in page
    assert 'media="print"' not in completed(PAGE)
