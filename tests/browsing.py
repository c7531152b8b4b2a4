"""A browser for the tests of the parts, and a stand-in for the widget's model in it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# Serves a page at an address that browsers trust, so that the clipboard and modules work in it.
ADDRESS = "http://localhost/part"

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>part</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { margin: 0 }</style></head>
<body><main><h1 style="position:absolute;left:-99em">Part</h1><div id="part"></div></main></body>
</html>"""

# The part of a widget's model that an anywidget sees. `change` and `message` are Python's side;
# what the part sends and saves is kept in `sent` and `saved`. Bytes are DataViews, as in Jupyter.
FakeModel = """
class FakeModel {
  constructor(traits) {
    this.state = {}; this.heard = []; this.sent = []; this.saved = []; this.unsaved = {};
    for (const [name, value] of Object.entries(traits)) this.state[name] = FakeModel.read(value);
  }
  static read(value) {
    if (Array.isArray(value)) return value.map(FakeModel.read);
    if (value && typeof value === "object") {
      if ("$bytes" in value) {
        const text = atob(value.$bytes);
        return new DataView(Uint8Array.from(text, (c) => c.charCodeAt(0)).buffer);
      }
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, FakeModel.read(v)]));
    }
    return value;
  }
  get(name) { return this.state[name]; }
  set(name, value) {
    const many = typeof name === "object" ? name : { [name]: value };
    for (const [one, what] of Object.entries(many)) {
      if (this.state[one] === what) continue;
      this.state[one] = what;
      this.unsaved[one] = what;
      this.fire("change:" + one);
    }
  }
  save_changes() { this.saved.push(this.unsaved); this.unsaved = {}; }
  on(names, callback) { for (const name of names.split(" ")) this.heard.push([name, callback]); }
  off(names, callback) {
    const gone = names ? names.split(" ") : null;
    this.heard = this.heard.filter(([name, one]) =>
      (gone && !gone.includes(name)) || (callback && callback !== one));
  }
  fire(name, ...given) {
    for (const [one, callback] of [...this.heard]) if (one === name) callback(...given);
  }
  send(content, callbacks, buffers) { this.sent.push({ content, buffers: buffers || [] }); }
  change(traits) {
    for (const [name, value] of Object.entries(traits)) {
      this.state[name] = FakeModel.read(value);
      this.fire("change:" + name);
    }
    this.fire("change");
  }
  message(content, buffers) { this.fire("msg:custom", content, FakeModel.read(buffers || [])); }
}
window.FakeModel = FakeModel;
"""

_MOUNT = """async ([fake, esm, css, traits]) => {
  (0, eval)(fake);
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const address = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  const part = (await import(address)).default;
  window.model = new window.FakeModel(traits);
  const el = document.querySelector("#part");
  window.dispose = await part.render({ model: window.model, el });
}"""


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a Playwright browser on the Chromium of this machine; skip the test if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-background-networking"]
        )
        try:
            yield browser
        finally:
            browser.close()


def plainly(value: Any) -> Any:
    """Return a trait's value as data that a page can be given: bytes are marked and encoded."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {key: plainly(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(part) for part in value]
    return value


def mount(page: Any, esm: str, css: str, **traits: Any) -> list[str]:
    """Show a part on an empty page; return the list into which the page's errors fall.

    The stand-in is `window.model`, the part lies in `#part`, and `window.dispose` is what its
    `render` gave back.
    """
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if message.type == "error" else None,
    )
    page.route(ADDRESS, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(ADDRESS)
    page.evaluate(_MOUNT, [FakeModel, esm, css, plainly(traits)])
    return errors


def change(page: Any, **traits: Any) -> None:
    """Change traits from Python's side."""
    page.evaluate("traits => window.model.change(traits)", plainly(traits))


def axe_violations(page: Any) -> list[str]:
    """Return what axe finds wrong with the page as it is: a line for each rule, with the places."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: " + "; ".join(str(node["target"]) for node in one["nodes"])
        for one in found
    ]
