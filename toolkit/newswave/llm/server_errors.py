"""What can go wrong with a server, said so that a user can put it right.

The client raises its own error and those of httpx, json and pydantic, builtin ones, and an
AttributeError where the body of an error is no JSON object. All of them become a `ServerTrouble`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from newswave.core.errors import NewswaveError, shown

_LONGEST = 200
_MOST_READ = 2000
_NO_MODEL = re.compile(r"model ['\"].*?['\"] not found|model manifest: file does not exist")
_WRONG = re.compile(r"^option \"|invalid format", re.IGNORECASE)
_MEMORY = re.compile(r"requires more (system|gpu)? ?memory|out of memory", re.IGNORECASE)
_AGAIN = frozenset({-1, 408, 425, 429, 499})
_NOT_OLLAMA = "Check that --host or OLLAMA_HOST names an Ollama server, and that it is up to date"
_STATUS = {
    401: "Set OLLAMA_API_KEY to a key of this server",
    403: "It takes no requests from here or for this model: see OLLAMA_HOST and OLLAMA_ORIGINS",
    404: _NOT_OLLAMA,
    405: _NOT_OLLAMA,
}


class ServerTrouble(NewswaveError):
    """Something went wrong with a server.

    Parameters
    ----------
    what, given, allowed, advice
        As in `NewswaveError`.
    passing : bool
        Whether trying again can help.
    """

    def __init__(
        self,
        what: str,
        *,
        given: Any = None,
        allowed: str = "",
        advice: str = "",
        passing: bool = False,
    ) -> None:
        self.passing = passing
        super().__init__(what, given=given, allowed=allowed, advice=advice)


class ServerGone(ServerTrouble):
    """No server was reached."""


class ModelMissing(ServerTrouble):
    """The server does not have the model."""


class TooSlow(ServerTrouble):
    """The answer did not come in time."""


class Refused(ServerTrouble):
    """The server will not do what it was asked; asking again is no use."""


def missing_model(name: str, known: Sequence[str] = (), address: str = "") -> ModelMissing:
    """Return the trouble of a model that a server does not have.

    >>> print(missing_model("tiny", ["gemma3:1b"], "http://127.0.0.1:11434"))
    The server at http://127.0.0.1:11434 does not have this model. Given: 'tiny'.
    Allowed: gemma3:1b. Fetch it with 'ollama pull tiny' or 'newswave models --pull tiny', or take
    one that is there.
    """
    plain = shown(name).strip("'\"")
    there = ", ".join(known[:12]) + (" ..." if len(known) > 12 else "")
    fetch = f"Fetch it with 'ollama pull {plain}' or 'newswave models --pull {plain}'"
    return ModelMissing(
        f"The server at {address} does not have this model",
        given=name,
        allowed=there,
        advice=f"{fetch}, or take one that is there" if known else fetch,
    )


def trouble_of(error: Exception, address: str, timeout: float, model: str = "") -> ServerTrouble:
    """Return what an exception of the client means.

    Parameters
    ----------
    error : Exception
        What the client or httpx raised.
    address : str
        Of the server.
    timeout : float
        Seconds that an answer may take.
    model : str
        The model that was asked, if any.

    Returns
    -------
    ServerTrouble
        To be raised from the exception.

    Examples
    --------
    >>> trouble_of(ConnectionError(), "http://127.0.0.1:11434", 120).passing
    True
    """
    import httpx

    if isinstance(error, ServerTrouble):
        return error
    if isinstance(error, httpx.HTTPStatusError):
        return _answered(error.response.status_code, _said(error.response), address, model)
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _answered(status, str(getattr(error, "error", error))[:_MOST_READ], address, model)
    if isinstance(error, ConnectionError | httpx.ConnectError | httpx.ConnectTimeout):
        return _gone(error, address)
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return _slow(address, timeout)
    if isinstance(error, httpx.TransportError):
        return _broken(error, address)
    return _unreadable(error, address)


def _answered(status: int, text: str, address: str, model: str) -> ServerTrouble:
    """Return the trouble of a status, or of an error line in a stream (status -1)."""
    words = "" if text.lstrip().startswith("<") else text  # a page of some other server
    told = f", which said {shown(words, _LONGEST)}" if words.strip() else ""
    code = f" (status {status})" if status > 0 else ""
    if status in (404, -1, 500) and model and _NO_MODEL.search(text):
        return missing_model(model, (), address)
    if _WRONG.search(text) or (status > 0 and status < 500 and status not in _AGAIN):
        what = f"The request was refused{code} by the server at {address}{told}"
        return Refused(what, advice=_advice(status, text))
    what = f"The server at {address} failed{code}{told}"
    if _MEMORY.search(text):
        return ServerTrouble(what, advice="Take a smaller model, or one with fewer bits per weight")
    return ServerTrouble(
        what, advice="Try again later, lower --concurrency, or start the server anew", passing=True
    )


def _advice(status: int, text: str) -> str:
    """Return what to do about a request that was refused."""
    if "does not support chat" in text or "does not support generate" in text:
        return "Take a model that answers in words; this one is for something else"
    if "does not support thinking" in text:
        return "Take another model, or update Ollama"
    if 300 <= status < 400:
        return "It sends on to another address: give that one to --host or OLLAMA_HOST"
    return _STATUS.get(status, "Update Ollama from ollama.com; if it stays, report it")


def _gone(error: Exception, address: str) -> ServerGone:
    """Return that no server was reached, with the reason that the client leaves out."""
    cause = error.__context__ or error
    why = shown(str(cause), _LONGEST).strip("'\"") if str(cause).strip() else "no answer"
    return ServerGone(
        f"No Ollama server was reached at {address} ({why})",
        advice=(
            "Start it with 'ollama serve' (install it from ollama.com), give its address with "
            "--host or OLLAMA_HOST, or try without a model: newswave synthetic-server"
        ),
        passing=True,
    )


def _slow(address: str, timeout: float) -> TooSlow:
    return TooSlow(
        f"The server at {address} gave no answer within {timeout:g} s",
        advice="Give it more time with --timeout, take a smaller model, or lower --concurrency",
        passing=True,
    )


def _broken(error: Exception, address: str) -> ServerTrouble:
    import httpx

    if isinstance(error, httpx.ProxyError | httpx.UnsupportedProtocol):
        advice = "Look at HTTP_PROXY, HTTPS_PROXY and NO_PROXY, which point to a proxy"
        return ServerGone(f"No server was reached at {address} ({error})", advice=advice)
    why = f"{type(error).__name__}: {error}".rstrip(": ")
    what = f"The connection to the server at {address} broke ({shown(why, _LONGEST)})"
    return ServerTrouble(what, advice="Try again, or look at the server's log", passing=True)


def _unreadable(error: Exception, address: str) -> ServerTrouble:
    """Return the trouble of an answer that is not Ollama's, or of anything else."""
    import pydantic

    if isinstance(error, pydantic.ValidationError) and error.title.endswith("Request"):
        why = shown(str(error), _LONGEST)
        return Refused(f"The client refused the request: {why}", advice="Report this to newswave")
    garbled = json.JSONDecodeError | UnicodeDecodeError | pydantic.ValidationError
    if isinstance(error, garbled | AttributeError | TypeError):
        what = f"The answer from {address} is not that of an Ollama server"
        return ServerTrouble(what, given=type(error).__name__, advice=_NOT_OLLAMA, passing=True)
    what = f"Asking the server at {address} failed: {type(error).__name__}"
    advice = "If a proxy is set in HTTP_PROXY or ALL_PROXY, look at it; else report this"
    return ServerTrouble(what, given=str(error) or None, advice=advice)


def _said(response: Any) -> str:
    """Return the error in the body of a response, or its text."""
    try:
        held = response.json()
    except Exception:
        held = None
    said = held.get("error") if isinstance(held, dict) else None
    return str(said or response.text)[:_MOST_READ]
