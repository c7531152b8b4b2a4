"""The glossary of the site, from the terms of the explorer: both always say the same."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newswave.app.pages.glossary import CHAPTERS


class Terms(SphinxDirective):
    """Every chapter of the explorer's glossary as a section."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        lines = []
        for chapter in CHAPTERS:
            lines += [f"## {chapter.title}", "", "```{glossary}"]
            for term in chapter.terms:
                see = ", ".join(f"{{term}}`{name}`" for name in term.see)
                more = f" See: {see}." if see else ""
                lines += [term.name, f"  {_escaped(term.words)}{more}", ""]
            lines += ["```", ""]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def _escaped(words: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#$])", r"\\\1", words)


def setup(app: Any) -> dict[str, bool]:
    """Add the directive `terms`."""
    app.add_directive("terms", Terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
