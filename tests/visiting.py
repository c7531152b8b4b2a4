"""Visits to the whole explorer: the real app in a process of its own, and a watching browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from programs import PATIENCE

from newswave.app.middleware import VISITS

NEWSWAVE = ("-m", "newswave")
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}

OPEN_FOLDS = (
    "el => { for (let d = el; (d = d.parentElement?.closest('details')); ) d.open = true; }"
)


@contextmanager
def running(command: list[str], ready: str, **how: Any) -> Iterator[str]:
    """Run a program until the end of `with`; give what `ready` finds in what it says.

    What it complains of must be nothing: a traceback of a server is nobody's error otherwise.
    """
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how
    ) as process:
        watch = threading.Timer(10 * PATIENCE, process.kill)
        watch.start()
        said: list[str] = []
        try:
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                if found := re.search(ready, line):
                    break
            else:
                raise AssertionError("".join(said))
            reading = threading.Thread(target=lambda: said.extend(process.stdout or ()))
            reading.start()
            yield found.group()
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            reading.join(PATIENCE)
        finally:
            watch.cancel()
            process.kill()
        assert "Traceback" not in "".join(said), "".join(said)


@contextmanager
def app(
    folder: Path,
    *options: str,
    program: tuple[str, ...] = NEWSWAVE,
    more: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> Iterator[str]:
    """Run the app in a folder, with `more` in its environment, and give its address."""
    command = [python, *program, "app", "--no-browser", "--port", "0", *options]
    with running(
        command, r"http://\S+/", cwd=folder, env={**os.environ, **(more or {})}
    ) as address:
        yield address


class Visit:
    """One tab of a browser at the app, and all that went wrong in it.

    Parameters
    ----------
    context : playwright BrowserContext
        In which it is opened.
    address : str
        Of the app, or a link to it.
    first : bool
        Whether it is the first visit; else somebody comes who was there before.
    """

    def __init__(self, context: Any, address: str, first: bool = False) -> None:
        self.address = address
        if not first:
            context.add_cookies([{"name": VISITS, "value": "7", "url": address}])
        self.page = context.new_page()
        self.errors: list[str] = []
        self.loses_connection = False
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(f"raised: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", self._failed)
        self.page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}"))
        self.page.goto(address, wait_until="domcontentloaded")
        self.page.locator(".nw-sheet [data-key]").first.wait_for()
        # Solara keeps what stands in for the page until its own is there.
        self.page.wait_for_function("!document.querySelector('#pre-rendered-html-present')")

    def close(self) -> None:
        """Leave, and fail if anything went wrong or anybody else was asked."""
        self.page.close()
        here = urljoin(self.address, "/")
        kinds = (here, here.replace("http", "ws", 1), "blob:", "data:")
        assert not self.errors, "\n".join(self.errors)
        outside = [url for url in self.asked if not url.startswith(kinds)]
        assert not outside, outside

    def go(self, tab: str) -> None:
        """Open a page by its tab."""
        pages = self.page.get_by_role("navigation", name="Pages")
        pages.get_by_role("button", name=tab, exact=True).click()
        pages.locator("[aria-current=page]").get_by_text(tab, exact=True).wait_for()
        self.page.locator(f"[data-key='{MARKS[tab]}']").first.wait_for()
        for other in MARKS.keys() - {tab}:  # the page before is gone
            self.page.locator(f"[data-key='{MARKS[other]}']").first.wait_for(state="detached")

    def rest(self) -> None:
        """Wait until the page is no longer busy or fading in: Solara's sign of that has no name."""
        self.page.locator(".v-progress-linear").first.wait_for(state="hidden")
        self.page.wait_for_function(
            "() => { for (let el = document.querySelector('.nw-app'); el; el = el.parentElement)"
            " if (getComputedStyle(el).opacity !== '1') return false; return true; }"
        )

    def item(self, key: str) -> Any:
        """Give the element of an item."""
        return self.page.locator(f"[data-key='{key}']")

    def reach(self, key: str) -> Any:
        """Give the element of an item, with every fold around it opened."""
        found = self.item(key)
        found.evaluate(OPEN_FOLDS)
        return found

    def press(self, key: str) -> None:
        """Press a button."""
        self.reach(key).locator(".nw-button").click()

    def text(self, key: str) -> str:
        """Return all text of an item."""
        return str(self.item(key).text_content())

    def becomes(self, key: str, words: str) -> None:
        """Wait until an item says something."""
        self.item(key).filter(has_text=re.compile(words)).wait_for(state="attached")

    def move(self, key: str) -> tuple[str, str]:
        """Move a slider by a key; return what it showed and what it shows."""
        slider = self.reach(key).locator("input")
        shown = self.item(key).locator("output")
        before, at = str(shown.text_content()), slider.evaluate("el => [el.value, el.max]")
        slider.press("ArrowLeft" if at[0] == at[1] else "ArrowRight")
        self.page.wait_for_function(
            "([key, old]) => document.querySelector(`[data-key='${key}'] output`)"
            ".textContent !== old",
            arg=[key, before],
        )
        return before, str(shown.text_content())

    def choose(self, key: str, value: str) -> None:
        """Choose one of several."""
        place = self.reach(key)
        if place.locator("select").count():
            place.locator("select").select_option(value)
        else:
            place.locator(f"input[value='{value}']").check(force=True)

    def enter(self, key: str, words: str) -> None:
        """Fill a field."""
        field = self.reach(key).locator("input, textarea")
        field.fill(words)
        field.press("Enter")

    def bring(self, key: str, name: str, content: bytes) -> None:
        """Bring a file."""
        file = {"name": name, "mimeType": "text/plain", "buffer": content}
        self.reach(key).locator("input").set_input_files(file)

    def take(self, key: str) -> tuple[str, bytes]:
        """Press a button that gives a file; return its name and what is in it."""
        with self.page.expect_download() as download:
            self.press(key)
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()

    def stage(self, at: int = 0) -> Any:
        """Give a stage."""
        return self.page.locator(".nw-stage").nth(at)

    def said_by_stage(self, name: str, at: int = 0) -> float:
        """Return a number that a stage says of itself."""
        return float(self.stage(at).evaluate("(el, name) => el.dataset[name]", name))

    def until(self, test: str) -> None:
        """Wait until the first stage is as said: of `at`, its round, or `painted`."""
        self.page.wait_for_function(
            "() => { const d = document.querySelector('.nw-stage')?.dataset;"
            f" if (!d) return false; const at = +d.round, painted = +d.painted; return {test}; }}"
        )

    def painted(self) -> float:
        """Return when the stage last drew something new, once it has."""
        self.until("painted > 0")
        return self.said_by_stage("painted")

    def repainted(self, before: float) -> None:
        """Wait until the stage has drawn something new."""
        self.until(f"painted > {before}")

    def wide(self) -> list[str]:
        """Return what makes the page wider than its window."""
        return list(
            self.page.evaluate(
                "() => [...document.querySelectorAll('.nw-app, .nw-app *')].filter(el => {"
                " const right = el.getBoundingClientRect().right;"
                " if (right <= innerWidth + 1 || !el.checkVisibility()) return false;"
                " for (let up = el; (up = up.parentElement); )"
                "  if (getComputedStyle(up).overflowX !== 'visible'"
                "      && up.closest('.nw') && up.getBoundingClientRect().right <= innerWidth + 1)"
                "   return false;"
                " return true; }).map(el => `${el.tagName}.${el.className}`.slice(0, 80))"
            )
        )

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not self._is_loss(message.text):
            self.errors.append(f"console: {message.text}")

    def _is_loss(self, text: str) -> bool:
        """Whether a browser only says what it has to where a connection is cut."""
        begins = ("WebSocket connection to", "Failed to load resource: net::")
        return self.loses_connection and text.startswith(begins)

    def _failed(self, request: Any) -> None:
        # What is under way when a page is left is broken off.
        if request.failure != "net::ERR_ABORTED" and not self.loses_connection:
            self.errors.append(f"failed: {request.url} {request.failure}")


MARKS = {
    "Explore": "layers",
    "LLM agents": "asking",
    "Compare": "compare_questions",
    "Your data": "patterns",
    "Glossary": "glossary_words",
}
"""The tabs, each with something that only its page has."""


class Relay:
    """A way to an app on which every connection can be broken, as networks do."""

    def __init__(self, address: str) -> None:
        found = re.match(r"http://([^:/]+):(\d+)", address)
        assert found
        self._app = (found[1], int(found[2]))
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}/"
        self._start(self._go)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._door.close()

    def cut(self) -> None:
        """Break every connection that there is; new ones go through, also while this works."""
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _start(self, work: Callable[..., None], *given: Any) -> None:
        self._threads.append(threading.Thread(target=work, args=given, daemon=True))
        self._threads[-1].start()

    def _go(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(self._app)
                self._ends += [near, far]
                self._start(_pass_on, near, far)


def _pass_on(near: socket.socket, far: socket.socket) -> None:
    """Pass on what comes from either end, until one of them ends."""
    back = threading.Thread(target=_one_way, args=(far, near), daemon=True)
    back.start()
    _one_way(near, far)
    back.join()
    near.close()
    far.close()


def _one_way(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while held := one.recv(1 << 16):
            other.sendall(held)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
