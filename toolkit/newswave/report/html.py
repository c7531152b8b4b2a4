"""HTML from templates with every text escaped: the atlas, and what notebooks show of lessons."""

from __future__ import annotations

import functools
from base64 import b64encode
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from newswave.report.style import with_colours

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:
    """Return a template of `report/templates` with its values.

    >>> render("figure.html", words="A < B", image=b"").count("A &lt; B")
    2
    """
    return environment().get_template(template).render(values)


@functools.cache
def environment(folder: str = "") -> Environment:
    """Return what renders the templates of `report/templates`, or those of another folder."""
    from jinja2 import Environment, FileSystemLoader, PackageLoader, StrictUndefined

    own = FileSystemLoader(folder) if folder else PackageLoader("newswave.report")
    made = Environment(loader=own, autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, keep_trailing_newline=True)  # fmt: skip
    made.filters["base64"] = lambda data: b64encode(data).decode("ascii")
    made.filters["words"] = _unparted
    made.globals["stylesheet"] = stylesheet
    return made


def stylesheet(name: str) -> Any:
    """Return a style sheet of the templates with its colours, to stand in a page as it is."""
    from markupsafe import Markup

    return Markup(with_colours((files("newswave.report") / "templates" / name).read_text("utf-8")))


def _unparted(words: str) -> str:
    """Return words in which a number is never parted from its per cent sign."""
    return words.replace(" %", "\N{NO-BREAK SPACE}%")
