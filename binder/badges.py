"""Links that open newswave in Binder: made from pyproject.toml, and put where they stand.

`python binder/badges.py` prints them; with `--write` it renews all in README.md and docs/. After
a fork, change `Repository` in pyproject.toml and run that.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).parent.parent
HOST = "https://mybinder.org"
LINK = re.compile(re.escape(HOST) + r"/v2/gh/[^/\s)]+/[^/\s)]+/[^?\s)]+")


def address() -> str:
    """Return the address of newswave in Binder: the repository, and the tag of this version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    repository = project["urls"]["Repository"].removesuffix("/").removesuffix(".git")
    owner, name = repository.removeprefix("https://github.com/").split("/")
    return f"{HOST}/v2/gh/{owner}/{name}/v{project['version']}"


def badges() -> tuple[str, ...]:
    """Return the links as Markdown: the first lesson in JupyterLab, and the explorer."""
    first = sorted(path.name for path in (ROOT / "lessons").glob("[0-9][0-9]-*.ipynb"))[0]
    image, lab = f"{HOST}/badge_logo.svg", f"labpath={quote('lessons/' + first, '')}"
    return (
        f"[![Open lesson 1 in Binder]({image})]({address()}?{lab})",
        f"[![Open the explorer in Binder]({image})]({address()}?urlpath=newswave/)",
    )


def renewed() -> Iterator[tuple[Path, str, str]]:
    """Yield each page with such links: its text as it is, and with the links of this version."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = page.read_text("utf-8")
        if LINK.search(text):
            yield page, text, LINK.sub(address(), text)


def main(arguments: list[str]) -> int:
    """Print the links, or renew those that stand in pages."""
    if arguments == ["--write"]:
        for page, before, after in renewed():
            if after != before:
                page.write_text(after, "utf-8", newline="\n")
                print(f"Renewed: {page.relative_to(ROOT)}")
        return 0
    print(*badges(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
