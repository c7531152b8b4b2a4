"""The parts' own scripts and styles: static files of the package, joined in a given order."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def joined(*names: str) -> str:
    """Return static files as one text, in the order given.

    The scripts of a part know each other by being joined into one module: they import nothing, so
    the module is whole wherever it is sent.

    Parameters
    ----------
    *names : str
        File names in the folder `static` of the parts.

    Examples
    --------
    >>> joined("tokens.css").lstrip().startswith("/*")
    True
    """
    folder = files("newswave.views.parts") / "static"
    return "\n".join((folder / name).read_text("utf-8") for name in names)
