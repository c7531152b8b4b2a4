"""Where the model is: what a look at a server finds, and what to do where nothing is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from newswave.errors import BadValue, NewswaveError, plain
from newswave.memory import free_memory
from newswave.preflight import SMALL_MODELS, Preflight, tells_log_probabilities
from newswave.servers import Found, Model, Server, ServerGone, ServerTrouble, is_loopback
from newswave.views.explorer.desk import trouble_words
from newswave.views.explorer.items import (
    Button,
    Choice,
    Code,
    Entry,
    Group,
    Item,
    Row,
    Tone,
    Words,
)

_NAME = 60
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
_GIGA, _MEGA = 1e9, 1e6

MakeServer = Callable[[str | None], Server]


def visited(address: str | None) -> Server:
    """Return the server at an address that a learner gave, or the usual one.

    The key in OLLAMA_API_KEY is for the usual one, which whoever started newswave chose: a page
    may be made to call any address.
    """
    try:
        usual = Server.at()
    except BadValue:
        if not address:
            raise
        return Server(address, keyed=False)
    server = Server.at(address)
    return replace(server, keyed=server.address == usual.address)


@dataclass(frozen=True)
class Place:
    """A server, as far as it is known.

    Parameters
    ----------
    address : str
        Where; what the learner gave, until it was looked at.
    is_looking : bool
        Whether a look is under way.
    found : Found or None
        What is there.
    loaded : tuple of str
        The models in its memory.
    free : int or None
        Bytes of memory that are free, if it is this machine.
    trouble : str
        Why there is nothing.
    is_stand_in : bool
        Whether it is the stand-in of this page.
    """

    address: str = ""
    is_looking: bool = False
    found: Found | None = None
    loaded: tuple[str, ...] = ()
    free: int | None = None
    trouble: str = ""
    is_stand_in: bool = False

    @property
    def able(self) -> tuple[Model, ...]:
        """The models that can be asked in words."""
        return () if self.found is None else tuple(m for m in self.found.models if m.answers)

    def model(self, name: str) -> Model | None:
        """Return one of those models."""
        return next((model for model in self.able if model.name == name), None)

    def chosen(self, name: str) -> str:
        """Return `name` if there is such a model or none at all, else the name of the smallest."""
        if self.model(name) is not None or not self.able:
            return name
        return min(self.able, key=lambda model: (model.size, len(model.name))).name


def looked_at(place: Place, make: MakeServer) -> Place:
    """Return what is at a place now; whatever is wrong is in its words."""
    blank = replace(place, is_looking=False, found=None, loaded=(), free=None, trouble="")
    try:
        server = make(place.address or None)
        blank = replace(blank, address=server.address)
        found = server.look()
    except ServerGone as error:
        return replace(blank, trouble=gone_words(error))
    except ServerTrouble as error:
        # What a server that is no Ollama said is not passed on to whoever had it called.
        silent = f"What answers at {server.address} is no Ollama server that can be asked."
        return replace(blank, trouble=trouble_words(error) if server.keyed else silent)
    except Exception as error:
        return replace(blank, trouble=trouble_words(error))
    free = free_memory() if is_loopback(server.address) else None
    return replace(blank, found=found, loaded=_in_memory(server), free=free)


def gone_words(error: ServerGone) -> str:
    """Return that no server was reached, without the system's own number for why.

    >>> gone_words(ServerGone("No server was reached ([Errno 111] Connection refused)"))
    'No server was reached (Connection refused).'
    """
    return f"{plain(_NUMBER.sub('', error.what))}."


def _in_memory(server: Server) -> tuple[str, ...]:
    try:
        return tuple(one.name for one in server.loaded())
    except NewswaveError:
        return ()


def place_items(place: Place, model: str, may_choose: bool, barred: str) -> tuple[Item, ...]:
    """Return the items about the server.

    Parameters
    ----------
    place : Place
        What is known of it.
    model : str
        The model that was chosen.
    may_choose : bool
        Whether learners may give an address.
    barred : str
        Why nothing can be changed now; '' if it can.
    """
    items: list[Item] = [_state_words(place)]
    if may_choose and not place.is_stand_in:
        help_ = "Where Ollama listens: a machine and a port, such as 127.0.0.1:11434."
        items.append(Entry("address", "Address of the Ollama server", place.address, help_))
    items.append(Row("place_row", _buttons(place, barred)))
    if place.able:
        options = tuple((one.name, _model_words(one, place)) for one in place.able)
        items.append(Choice("model", "Model", model, options, barred=barred))
    items += [*_warnings(place, model), *_advice(place)]
    return tuple(items)


def _buttons(place: Place, barred: str) -> tuple[Item, ...]:
    looking = "It is being looked at." if place.is_looking else barred
    if place.is_stand_in:
        return (Button("stand_in", "Back to Ollama", "Stops the stand-in.", barred=barred),)
    return (
        Button("look", "Look again", "Asks the server which models it has.", barred=looking),
        Button("stand_in", "Use the synthetic stand-in (no model needed)",
               "A formula answers in place of a language model, over the same way. For trying "
               "everything out; it is no finding about people or about models.",
               Tone.SYNTHETIC, barred),
    )  # fmt: skip


def _state_words(place: Place) -> Words:
    """Return whether anybody is there."""
    if place.is_looking:
        return Words("place", "Looking for an Ollama server ...", Tone.QUIET, live=True)
    found = place.found
    if found is None:
        return Words("place", place.trouble or "Nobody has looked yet.", Tone.NOTE, live=True)
    if place.is_stand_in:
        words = "The synthetic stand-in answers: a formula, no language model."
        return Words("place", words, Tone.SYNTHETIC, live=True)
    words = f"Ollama {plain(found.version, 40)} answers at {found.address}."
    if place.free is not None:
        words += f" {place.free / _GIGA:.1f} GB of memory are free."
    if found.synthetic:
        return Words("place", f"{words} It is synthetic: a formula.", Tone.SYNTHETIC, live=True)
    return Words("place", words, Tone.GOOD if place.able else Tone.NOTE, live=True)


def _model_words(model: Model, place: Place) -> str:
    if model.synthetic:
        return f"{plain(model.name, _NAME)} (a formula)"
    kind = [text for text in (model.parameter_size, model.quantization) if text]
    parts = [size_words(model.size), *kind]
    if model.name in place.loaded:
        parts.append("in memory")
    return plain(f"{plain(model.name, _NAME)} ({', '.join(parts)})", 2 * _NAME)


def size_words(size: int) -> str:
    """Return a number of bytes in words.

    >>> size_words(815_319_791), size_words(1_321_098_329)
    ('815 MB', '1.3 GB')
    """
    return f"{size / _GIGA:.1f} GB" if size >= _GIGA else f"{size / _MEGA:.0f} MB"


def _warnings(place: Place, name: str) -> tuple[Item, ...]:
    """Return what to know before the model is asked."""
    model, found = place.model(name), place.found
    if model is None or found is None or place.is_stand_in:
        return ()
    ready = Preflight(Server(place.address), found, model, name in place.loaded)
    words = []
    if short := ready.short_of_memory():
        words.append(f"Careful: {short}.")
    if not tells_log_probabilities(found.version):
        words.append(
            "This Ollama is too old to tell log-probabilities, so that a table takes about 1900 "
            "calls in place of 100: update it from ollama.com."
        )
    return (Words("place_warning", " ".join(words), Tone.WARNING),) if words else ()


def _advice(place: Place) -> tuple[Item, ...]:
    """Return how to get a server or a model, where one is missing."""
    if place.is_looking or place.able:
        return ()
    name, size, _ = SMALL_MODELS[0]
    others = ", ".join(f"{other} ({much}, {use})" for other, much, use in SMALL_MODELS[1:])
    pull = Code("pull", f"Fetch a small model ({size})", f"ollama pull {name}")
    more = Words("models_hint", f"Others that are small enough: {others}.", Tone.QUIET)
    if place.found is not None:
        none = "There is no model on it that can be asked in words."
        return (Words("no_model", none, Tone.NOTE), pull, more)
    words = (
        "Ollama is a free program that runs language models on your own machine. Install it from "
        "ollama.com and start it. Without it, take the stand-in or replay a recording: everything "
        "on this page works with both."
    )
    steps = (
        Words("install", words, Tone.QUIET),
        Code("serve", "Start it", "ollama serve"),
        pull,
        more,
    )
    return (Group("get_ollama", "How to get Ollama", steps, folded=True),)
