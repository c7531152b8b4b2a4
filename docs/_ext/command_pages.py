"""The command line as it tells of itself: what `newswave COMMAND --help` prints."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newswave.cli import _parsers, main


def helped(*words: str) -> str:
    """Return what the command prints when it is asked for help."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = main([*words, "--help"])
    if status:
        raise RuntimeError(f"newswave {' '.join(words)} --help ended with {status}")
    return out.getvalue().rstrip()


class Commands(SphinxDirective):
    """The help of the command itself, then of every command in a section of its own."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        lines = ["```text", helped(), "```", ""]
        for name in _parsers()[1]:
            lines += [f"## newswave {name}", "", "```text", helped(name), "```", ""]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app: Any) -> dict[str, bool]:
    """Add the directive `commands`."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
