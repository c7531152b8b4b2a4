"""The first picture: what the page will show, as plain HTML, before any script has come."""

from __future__ import annotations

from functools import cache
from html import escape

import numpy as np

from newswave.app.layout import FEW, places
from newswave.app.pages.opening import QUESTION, SCENES, told
from newswave.core.setup import Setup
from newswave.core.simulation import World
from newswave.report.style import with_colours

_STYLE = """
.nw-splash { position: fixed; inset: 0; z-index: 4; pointer-events: none; color: var(--nw-ink);
  background: var(--nw-page); font: 16px/1.45 system-ui, sans-serif; }
.nw-splash * { margin: 0; }
.nw-splash h1 { padding: 10px 16px; background: var(--nw-card);
  border-bottom: 1px solid var(--nw-line); font-size: 22px; }
.nw-splash p { padding: 12px 16px 0; }
.nw-splash .nw-asks { padding-top: 4px; font-size: 22px; font-weight: 650; }
.nw-splash svg { display: block; width: 94vw; height: 62vh; margin: 3vh auto 0; fill: none;
  stroke-linecap: round; }
.nw-links { stroke: var(--nw-soft); opacity: 0.6; }
.nw-dots { stroke: var(--nw-soft); }
.nw-holes { stroke: var(--nw-page); }
.nw-seeds { stroke: var(--nw-orange); }
"""
_WAITING = "Loading ..."


def splash(is_first: bool, search: str) -> str:
    """Return what stands on the page until it has loaded.

    For the first visit its network and its question, else the network of the usual setting; with a
    link, whose setting would have to be made first, words alone.

    >>> "How will the number" in splash(True, "")
    True
    >>> "<svg" in splash(False, "agents=50")
    False
    """
    if search:
        return _whole(f"<p>{_WAITING}</p>")
    return _opening() if is_first else _usual()


@cache
def _opening() -> str:
    world = World.of(SCENES[0].setup)
    words = f"<p>{escape(told(SCENES[0], world))}</p><p class='nw-asks'>{escape(QUESTION)}</p>"
    return _whole(words + _network(world) + f"<p>{_WAITING}</p>")


@cache
def _usual() -> str:
    return _whole(f"<p>{_WAITING}</p>" + _network(World.of(Setup())))


def _whole(inside: str) -> str:
    """Return the page that waits, in the colours that the reader's system prefers."""
    colours = "".join(
        f"@media (prefers-color-scheme: {theme}) {{ .nw-splash {{\n"
        + with_colours(f"  /* colours: {theme} */")
        + "\n} }\n"
        for theme in ("light", "dark")
    )
    return (
        f"<style>{colours}{_STYLE}</style><noscript><style>.nw-splash {{ display: none }}</style>"
        f"</noscript>\n<div class='nw-splash'><h1>newswave</h1>{inside}</div>\n"
    )


def _network(world: World) -> str:
    """Return the network with its seed agents, as the stage will draw it."""
    network, seeds = world.network, world.luck(0)[1]
    at = np.round(places(network, world.setup.network, seeds), 3)
    few = network.n_agents <= FEW
    links = "".join(f"M{x:g} {y:g}L{u:g} {v:g}" for (x, y), (u, v) in at[network.edges()] if few)
    dots = "".join(f"M{x:g} {y:g}h0" for x, y in at)
    first = "".join(f"M{x:g} {y:g}h0" for x, y in at[seeds])
    wide = 1.1 / (network.n_agents**0.5 + 1)
    paths = (("links", links, 0.004), ("dots", dots, wide), ("holes", dots, 0.8 * wide),
             ("seeds", first, wide))  # fmt: skip
    drawn = "".join(
        f"<path class='nw-{name}' d='{path}' stroke-width='{width:.3f}'/>"
        for name, path, width in paths
    )
    return f"<svg viewBox='-1.1 -1.1 2.2 2.2' aria-hidden='true'>{drawn}</svg>"
