"""A table of contents of those pages that are there: no complaint about the others."""

from __future__ import annotations

from typing import Any

from docutils.statemachine import StringList
from sphinx.directives.other import TocTree
from sphinx.util.matching import patfilter


class PresentPages(TocTree):
    """Like `toctree`, with patterns; what matches no page is left out."""

    def run(self) -> list[Any]:
        """Return the table of contents, or nothing."""
        folder = self.env.docname.rpartition("/")[0]
        kept = [entry for entry in self.content if self._pages(entry, folder)]
        self.content = StringList(kept, source=self.env.docname)
        self.options["glob"] = None
        return super().run() if kept else []

    def _pages(self, entry: str, folder: str) -> list[str]:
        pattern = entry[1:] if entry.startswith("/") else f"{folder}/{entry}".lstrip("/")
        return list(patfilter(self.env.found_docs, pattern))


def setup(app: Any) -> dict[str, bool]:
    """Add the directive `present-pages`."""
    app.add_directive("present-pages", PresentPages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
