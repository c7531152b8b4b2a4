"""One learner at the page, in Chromium: how soon it is there, how soon it follows, how it plays.

python benchmarks/page.py             # about two minutes
python benchmarks/page.py --moves 10
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from goals import HEADER, Figure, quantile
from hosted import hosted
from learner import MOVED

import newswave as nw
from newswave.app.links import link_of

OPENINGS = 5
SLIDERS = tuple(key for key in MOVED if key != "n_agents")
SLOW = 180_000.0
"""Bytes a second."""

SECONDS = 4.0
"""How long the frames of a run that plays are counted."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 60_000
_WINDOW = {"width": 1440, "height": 900}

# Every picture with new data and every move of a slider is noted with the page's own clock. The
# stage says when it has drawn new data; frames that only play on are counted apart.
_WATCH = """
window.nwPaints = []; window.nwInputs = [];
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const at = Number(target.dataset.painted);
    if (at && at !== window.nwPaints.at(-1)) window.nwPaints.push(at);
  }
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-painted"] });
document.addEventListener("input", (event) => window.nwInputs.push(event.timeStamp), true);
"""
# Whether a second has gone by without new data: equations that were fitted come a little later.
_QUIET = "performance.now() - window.nwPaints.at(-1) > 1000"
_FOLLOWED = """(before) =>
  window.nwInputs.length > before && window.nwPaints.at(-1) > window.nwInputs.at(-1)"""
_WAIT = """() => {
  const first = window.nwPaints.find((at) => at > window.nwInputs.at(-1));
  return first - window.nwInputs.at(-1);
}"""
_FIRST_PAINT = """performance.getEntriesByType("paint")
  .find(({ name }) => name === "first-contentful-paint").startTime"""
_COUNT = """async (seconds) => {
  const stage = document.querySelector(".nw-stage");
  const play = stage.querySelector(".nw-go-play");
  stage.querySelector(".nw-go-start").click();
  play.click();
  const [frames, start] = [Number(stage.dataset.frames), performance.now()];
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  const count = Number(stage.dataset.frames) - frames;
  return (1000 * count) / (performance.now() - start);
}"""


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a Playwright browser on the Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("This benchmark needs Chromium, and there is none on this machine.")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A tab with the page of a setup in it."""

    def __init__(self, context: Any, url: str, setup: nw.Setup | None = None) -> None:
        self._context = context
        self.tab = context.new_page()
        self.tab.set_default_timeout(_PATIENCE)
        self.bytes = [0, 0]
        self.errors: list[str] = []
        self.tab.on("websocket", self._listen)
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.add_init_script(_WATCH)
        self.tab.goto(f"{url}?{link_of(setup)}" if setup else url)
        self.tab.wait_for_function("window.nwPaints.length > 0")
        self.first = float(self.tab.evaluate("window.nwPaints[0]"))

    def moves(self, count: int) -> list[float]:
        """Return the milliseconds from a slider that is moved by a key to the new picture."""
        found = []
        for at in range(count):
            self.tab.wait_for_function(_QUIET)
            # Up, and at the end of a slider back: no setup comes twice.
            slider = self.tab.locator(f"[data-key={SLIDERS[at % len(SLIDERS)]}] input[type=range]")
            is_last = slider.evaluate("(input) => input.value === input.max")
            slider.press("ArrowLeft" if is_last else "ArrowRight")
            self.tab.wait_for_function(_FOLLOWED, arg=at)
            found.append(float(self.tab.evaluate(_WAIT)))
        return found

    def frames(self) -> float:
        """Return the frames per second of a run that plays from its start."""
        self.tab.wait_for_function(_QUIET)
        return float(self.tab.evaluate(_COUNT, SECONDS))

    def close(self) -> None:
        """Close the tab."""
        self.tab.close()

    def _listen(self, socket: Any) -> None:
        for at, event in enumerate(("framesent", "framereceived")):
            socket.on(event, lambda payload, at=at: self._add(at, payload))

    def _add(self, at: int, payload: str | bytes) -> None:
        self.bytes[at] += len(payload)


def openings(browser: Any, url: str) -> Iterator[Figure]:
    """Yield how long it takes to the first picture, in a new browser and once more."""
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(OPENINGS):
        with browser.new_context(viewport=_WINDOW) as context:
            for found in (cold, warm):
                visit = Visit(context, url)
                found.append(visit.first / 1000)
                visit.close()
    yield Figure("page opened to the first picture, the app new", cold[0], "s", 3)
    yield Figure(f"  in a new browser, median of {OPENINGS}", quantile(cold, 0.5), "s", 3)
    yield Figure(f"  opened again, median of {OPENINGS}", quantile(warm, 0.5), "s", 1.5)


def slow_opening(browser: Any, url: str) -> Iterator[Figure]:
    """Yield how long somebody waits on a slow line, in a new browser."""
    with browser.new_context(viewport=_WINDOW) as context:
        tab = context.new_page()
        tab.set_default_timeout(_PATIENCE)
        line = context.new_cdp_session(tab)
        line.send("Network.emulateNetworkConditions", {"offline": False, "latency": 40,
                  "downloadThroughput": SLOW, "uploadThroughput": SLOW / 2})  # fmt: skip
        tab.add_init_script(_WATCH)
        tab.goto(url, wait_until="commit")
        tab.wait_for_function("window.nwPaints?.length > 0")
        paint = float(tab.evaluate(_FIRST_PAINT))
        yield Figure(f"first paint at {SLOW / 1000:.0f} kB/s", paint / 1000, "s", 2)
        yield Figure("  first picture of the stage", tab.evaluate("window.nwPaints[0]") / 1000, "s")


def followings(
    visit: Visit, count: int, goals: tuple[float | None, float | None]
) -> Iterator[Figure]:
    """Yield how long a slider takes to the new curve and network, and what it sends."""
    visit.tab.wait_for_function(_QUIET)
    before = list(visit.bytes)
    moves = visit.moves(count)
    sent, received = (b - a for a, b in zip(before, visit.bytes, strict=True))
    yield Figure(f"  {count} moves of sliders: median", quantile(moves, 0.5), "ms", goals[0])
    yield Figure("    95th percentile", quantile(moves, 0.95), "ms", goals[1])
    yield Figure("    received a move, before it is packed", received / count / 1000, "kB")
    yield Figure("    sent a move", sent / count / 1000, "kB")


def figures(browser: Any, url: str, moves: int) -> Iterator[Figure]:
    """Yield all figures of an app that has just been started."""
    yield from openings(browser, url)
    yield from slow_opening(browser, url)
    errors = 0
    for size in (1000, 2000, 5000):
        with browser.new_context(viewport=_WINDOW) as context:
            visit = Visit(context, url, nw.Setup(n_agents=size))
            goal = 15.0 if size == 2000 else None
            first = visit.first / 1000
            yield Figure(f"{size} agents: first picture", first, "s")
            yield Figure("  frames a second while it plays", visit.frames(), "", goal, True)
            yield from followings(visit, moves, (100, 200) if size == 1000 else (None, None))
            errors += len(visit.errors)
    yield Figure("errors in the browser", errors, "", 0)


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moves", type=int, default=40, help="moves of sliders (default 40)")
    moves = parser.parse_args(arguments).moves
    before = os.getloadavg()[0]
    print(HEADER)
    with hosted() as app, chromium() as browser:
        for one in figures(browser, app.url, moves):
            print(one.line(), flush=True)
        for line in app.complaints():
            print(f"    {line}", file=sys.stderr)
    print(f"\nLoad of the machine before: {before:.1f}, in the end: {os.getloadavg()[0]:.1f}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
