"""Makes explorer.png, the README's picture of the explorer: python docs/figures/explorer.py.

Needs Chromium on the path and the packages of the extra `test`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
ROUND = 13


def main() -> None:
    """Start the app, play to a round, and keep what is seen."""
    command = [sys.executable, "-m", "newswave", "app", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        found = re.search(r"http://\S+/", app.stdout.readline())
        assert found is not None
        try:
            shoot(found.group(), HERE / "explorer.png")
        finally:
            app.terminate()


def shoot(address: str, target: Path) -> None:
    """Take the picture."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1400, "height": 1000}, color_scheme="light")
        page.goto(address)
        page.get_by_role("button", name="Full explorer").click()
        page.get_by_text("of 1000 agents have shared").first.wait_for()
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name=re.compile("start", re.I)).first.wait_for()
        player = page.locator(".nw-stage input[type=range]").first
        player.evaluate(
            "(el, at) => { el.value = at; el.dispatchEvent(new Event('input', {bubbles: true})); }",
            ROUND,
        )
        page.get_by_text(f"Round {ROUND} of 60: 3", exact=False).first.wait_for()
        page.wait_for_timeout(800)
        page.screenshot(path=target)
        chromium.close()


if __name__ == "__main__":
    main()
