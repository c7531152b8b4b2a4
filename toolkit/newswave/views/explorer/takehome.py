"""Take it with you: buttons for every file, lines of Python, a link, and all of it in one ZIP."""

from __future__ import annotations

import io
import textwrap
import zipfile

from newswave.errors import BadValue, NewswaveError
from newswave.version import __version__
from newswave.views.explorer.bundle import Taken as Taken
from newswave.views.explorer.items import Button, Code, File, Group, Item, Row, Tone, Words
from newswave.views.explorer.links import link_of
from newswave.views.explorer.takefiles import MAKERS, Maker

PREFIX = "take."

_BEGINNING = (1980, 1, 1, 0, 0, 0)


def take_items(bundle: Taken, prefix: str = PREFIX, address: str = "") -> tuple[Item, ...]:
    """Return what a page offers to take home, as one group.

    Parameters
    ----------
    bundle : Taken
        What is on the page.
    prefix : str
        Of all keys, so that two pages can offer it.
    address : str
        Of the app, for whole links; without it the link is what follows the app's address.

    Examples
    --------
    >>> from newswave.curve import Curve
    >>> group = take_items(Taken(Curve([1, 3, 6], 10), data="mine.csv"))[0]
    >>> group.label, group.items[1].items[0].label
    ('Take it with you', 'Everything (ZIP)')
    """
    there = [maker for maker in MAKERS if not maker.missing(bundle)]
    barred = [maker for maker in MAKERS if maker.missing(bundle) and maker.key in _ALWAYS]
    shown = [maker for maker in MAKERS if maker in there or maker in barred]
    buttons = tuple(_button(maker, bundle, prefix) for maker in shown)
    every = Button(prefix + "zip", "Everything (ZIP)", "All files, with a note on each.", Tone.MAIN)
    items: list[Item] = [
        Words(prefix + "words", "Files for a report, and whatever repeats this page.", Tone.QUIET),
        Row(prefix + "row", (every, *buttons)),
        _lines(bundle, prefix),
    ]
    return (Group(prefix + "group", "Take it with you", (*items, *_link(bundle, prefix, address)),
                  folded=False),)  # fmt: skip


def _lines(bundle: Taken, prefix: str) -> Code:
    """Return the lines of Python, with the name of the file that they read, if they read one."""
    lines, label = bundle.python(beside=True), "Python that repeats it"
    for name in (bundle.file, f"{bundle.stem}-setup.json"):
        if f'"{name}"' in lines:
            label += f", in the folder of {name}"
    return Code(prefix + "lines", label, lines)


_ALWAYS = ("fits_json",)
"""What is offered before it is there, with why not yet."""


def _button(maker: Maker, bundle: Taken, prefix: str) -> Button:
    words = maker.words[0].upper() + maker.words[1:] + "."
    return Button(prefix + maker.key, maker.label, words, barred=maker.missing(bundle))


def _link(bundle: Taken, prefix: str, address: str) -> tuple[Item, ...]:
    """Return the link to the setup, or why there is none."""
    if bundle.setup is None:
        return ()
    try:
        text = link_of(bundle.setup, bundle.page, bundle.run)
    except NewswaveError as error:
        return (Words(prefix + "no_link", str(error), Tone.QUIET),)
    label = "Link to this setup" if address else "Link: put it behind the address of this page"
    return (Code(prefix + "link", label, f"{address}?{text}"),)


def taken(key: str, bundle: Taken, prefix: str = PREFIX) -> File | None:
    """Return the file that a button asks for; None if the key is not one of `take_items`.

    Raises
    ------
    BadValue
        If the file cannot be made of what is on the page.

    Examples
    --------
    >>> from newswave.curve import Curve
    >>> file = taken("take.curve_csv", Taken(Curve([1, 3, 6], 10), data="mine.csv"))
    >>> file.name, file.content.decode().splitlines()[0]
    ('newswave-mine-n10.csv', 'round,mean,low,high')
    """
    if not key.startswith(prefix):
        return None
    name = key.removeprefix(prefix)
    if name == "zip":
        return everything(bundle)
    for maker in MAKERS:
        if maker.key == name:
            if maker.missing(bundle):
                raise BadValue("This file cannot be made", advice=maker.missing(bundle))
            return maker.file(bundle)
    return None


def everything(bundle: Taken) -> File:
    """Return all files in one ZIP, with a README.txt; the same bytes each time."""
    made = [(maker, maker.file(bundle)) for maker in MAKERS if not maker.missing(bundle)]
    readme = readme_text(bundle, [(file.name, maker.words) for maker, file in made])
    files = [File("README.txt", "text/plain", readme.encode("utf-8", "replace"))]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in (*files, *(file for _, file in made)):
            about = zipfile.ZipInfo(f"{bundle.stem}/{file.name}", _BEGINNING)
            about.external_attr = 0o644 << 16
            packed.writestr(about, file.content, zipfile.ZIP_DEFLATED)
    return File(f"{bundle.stem}.zip", "application/zip", held.getvalue())


def readme_text(bundle: Taken, files: list[tuple[str, str]]) -> str:
    """Return what each file is and how to repeat it, as text.

    Parameters
    ----------
    bundle : Taken
        What was on the page.
    files : list of (str, str)
        Name of each file and what it is.
    """
    parts = [bundle.title, f"Made with newswave {__version__}.", *_warnings(bundle), "FILES"]
    parts += [f"{name}\n" + _wrapped(words + ".", "    ") for name, words in files]
    parts += ["HOW TO REPEAT IT", _wrapped(_repeating(bundle))]
    parts += ["TEXT IN TABLES", _wrapped(_CELLS)]
    return "\n\n".join(parts) + "\n"


_CELLS = (
    "In the CSV files an apostrophe stands before text that begins with one of = + - @, such as "
    "the name of a group, so that no spreadsheet takes it for a formula. Numbers are as they are."
)


def _warnings(bundle: Taken) -> list[str]:
    if bundle.is_synthetic:
        return ["SYNTHETIC: a formula answered in place of a language model."]
    return []


def _repeating(bundle: Taken) -> str:
    install = f"Install Python 3.11 or newer, then: pip install newswave=={__version__}. "
    script = f"python {bundle.stem}.py repeats it in this folder."
    if bundle.setup is None:
        return install + script
    run = f"newswave run --setup {bundle.stem}-setup.json does the same on the command line."
    return f"{install}{script} {run} The same seed gives the same numbers everywhere."


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 80, initial_indent=indent, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)  # fmt: skip
