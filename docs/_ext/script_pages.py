"""The gallery: a page for each script, which is run at the start, with its figure and its words.

A script makes `figure` and `words` and saves both. Its docstring is the page's title and text.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import runpy
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser
from picture_words import first_sentence
from sphinx.util.docutils import SphinxDirective


@dataclass(frozen=True)
class Ran:
    """What a script gave.

    Parameters
    ----------
    title, text : str
        Its docstring's first line, and the rest.
    picture : str
        Where its figure is, from the folder of the script's page.
    words : str
        What the figure shows.
    printed : str
        What the script printed.
    """

    title: str
    text: str
    picture: str
    words: str
    printed: str


_RAN: dict[Path, Ran] = {}


def run_all(app: Any) -> None:
    """Run all scripts, some at once, before pages are read."""
    paths = sorted(Path(app.srcdir, "gallery").glob("*.py"))
    pictures = Path(app.doctreedir) / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        _RAN.update(zip(paths, pool.map(run, paths, [pictures] * len(paths)), strict=True))


def run(path: Path, pictures: Path) -> Ran:
    """Run a script in a folder of its own and return what it gave; its one figure is kept."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    title, _, text = docstring.partition("\n")
    kept = pictures / f"{path.stem}.png"
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            words = runpy.run_path(str(path))["words"]
        [picture] = Path(folder).glob("*.png")
        kept.write_bytes(picture.read_bytes())
    near = os.path.relpath(kept, path.parent).replace(os.sep, "/")
    one_line = " ".join(words.split())
    return Ran(title.rstrip("."), text.strip(), near, one_line, out.getvalue())


class ScriptParser(MystParser):
    """Reads a script as a page."""

    supported = ("script",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Make the page from the script and what it gave."""
        env = document.settings.env
        path = Path(env.doc2path(env.docname))
        gave = _RAN[path]
        body = inputstring.split('"""', 2)[2].strip()
        printed = f"It prints:\n\n```text\n{gave.printed.rstrip()}\n```\n" if gave.printed else ""
        page = (
            f"# {gave.title}\n\n{gave.text}\n\n"
            f"```{{figure}} {gave.picture}\n:alt: {first_sentence(gave.words)}\n\n"
            f"{_escaped(gave.words)}\n```\n\n"
            f"```python\n{body}\n```\n\n{printed}\n"
            f"{{download}}`The script <{path.name}>`\n"
        )
        super().parse(page, document)


def _escaped(words: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#$])", r"\\\1", words)


class Thumbnails(SphinxDirective):
    """A card for each script of the folder that the page is in."""

    def run(self) -> list[nodes.Node]:
        """Return the cards, in the order of the file names."""
        folder = Path(self.env.doc2path(self.env.docname)).parent
        cards = []
        for path in sorted(folder.glob("*.py")):
            gave = _RAN[path]
            self.env.note_dependency(str(path))
            cards += [
                f":::{{grid-item-card}} {gave.title}",
                f":img-top: {gave.picture}",
                f":img-alt: {first_sentence(gave.words)}",
                f":link: {path.stem}",
                ":link-type: doc",
                gave.text.split("\n\n")[0].replace("\n", " "),
                ":::",
            ]
        grid = "\n".join(["::::{grid} 1 2 2 3", ":gutter: 3", *cards, "::::"])
        return self.parse_text_to_nodes(grid)


class ScriptFigure(SphinxDirective):
    """The figure of a script of the gallery, with its words, on another page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the figure; the argument is the script's name."""
        path = Path(self.env.srcdir) / "gallery" / f"{self.arguments[0]}.py"
        gave = _RAN[path]
        self.env.note_dependency(str(path))
        here = Path(self.env.doc2path(self.env.docname)).parent
        near = os.path.relpath(path.parent / gave.picture, here).replace(os.sep, "/")
        made_by = f"Made by [{gave.title}](/gallery/{path.stem}.py)."
        text = (
            f"```{{figure}} {near}\n:alt: {first_sentence(gave.words)}\n\n"
            f"{_escaped(gave.words)} {made_by}\n```"
        )
        return self.parse_text_to_nodes(text)


def setup(app: Any) -> dict[str, bool]:
    """Let scripts be pages."""
    app.add_source_suffix(".py", "script")
    app.add_source_parser(ScriptParser)
    app.connect("builder-inited", run_all)
    app.add_directive("thumbnails", Thumbnails)
    app.add_directive("script-figure", ScriptFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
