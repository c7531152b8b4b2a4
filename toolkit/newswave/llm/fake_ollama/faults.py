"""What can go wrong with the mock server's answers, to be switched on by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum


class Fault(Enum):
    """A way in which one call goes wrong.

    Where the answer itself is at fault, its value ends the name of a model that shows it.
    """

    SLOW_FIRST_BYTE = "slow-first-byte"
    SLOW_LOAD = "slow-load"
    NOT_DONE = "not-done"
    BUSY = "busy"
    CRASH = "crash"
    RESET = "reset"
    CUT = "cut"
    ERROR_LINE = "error-line"
    NOT_JSON = "not-json"
    EMPTY_CONTENT = "empty-content"
    THINK_CLOSED = "think-closed"
    THINK_OPEN = "think-open"
    FENCED = "fenced"
    WRONG_TYPE = "wrong-type"
    WHITESPACE = "whitespace"
    REFUSAL_PROSE = "refusal-prose"
    ONLY_LOADED = "only-loaded"
    MODEL_DELETED = "model-deleted"
    DIGEST_CHANGED = "digest-changed"
    NO_LOGPROBS = "no-logprobs"
    NO_SYSTEM = "no-system"
    NO_PREFIX = "no-prefix"

    @property
    def in_content(self) -> bool:
        """Whether the answer itself is at fault, rather than the server or the connection."""
        return self in _SPOILT


ERRORS = {
    Fault.BUSY: (503, "server busy, please try again.  maximum pending requests exceeded"),
    Fault.CRASH: (
        500,
        "model runner has unexpectedly stopped, this may be due to resource limitations or an "
        "internal error, check ollama server logs for details",
    ),
    Fault.ERROR_LINE: (500, "an error was encountered while running the model: unexpected EOF"),
}
"""Status and text of the faults that are an error of the server."""

NOT_JSON_TEXT = "<html><body>Synthetic: this is no answer of a model server</body></html>"
REFUSAL_TEXT = (
    "I'm sorry, but I can't take part in that. I would rather not say whether someone would pass "
    "on such a report. (Synthetic refusal.)"
)
THINKING_TEXT = "Synthetic: let me look at the person, the report and the feed."


def _quoted(content: str) -> str:
    """Return JSON with words and texts in place of true, false and whole numbers."""
    words = content.replace(": true", ': "yes"').replace(": false", ': "no"')
    return re.sub(r": (\d+)", r': "\1"', words)


_SPOILT: dict[Fault, Callable[[str], str]] = {
    Fault.EMPTY_CONTENT: lambda _: "",
    Fault.THINK_CLOSED: lambda content: f"<think>\n{THINKING_TEXT}\n</think>\n\n{content}",
    Fault.THINK_OPEN: lambda content: f"<think>\n{THINKING_TEXT} Perhaps {content}",
    Fault.FENCED: lambda content: f"```json\n{content}\n```",
    Fault.WRONG_TYPE: _quoted,
    Fault.WHITESPACE: lambda _: "{" + "\n" * 2_000,
    Fault.REFUSAL_PROSE: lambda _: REFUSAL_TEXT,
}


def spoilt(fault: Fault | None, content: str, thinking: str) -> tuple[str, str]:
    """Return content and thinking as a fault in the content leaves them."""
    if fault is Fault.EMPTY_CONTENT:
        thinking = f"{thinking or THINKING_TEXT} So: {content}"
    return (_SPOILT[fault](content) if fault in _SPOILT else content), thinking
