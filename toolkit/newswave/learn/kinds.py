"""Kinds of answers: how each is read, and how far two of them lie apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np

from newswave.errors import BadValue, plain, shown

FAR = float("inf")


class Unreadable(Exception):
    """An answer of another kind than was asked for; its text says what is asked for."""


class Unanswered(Exception):
    """No answer yet."""


def is_blank(answer: Any) -> bool:
    """Return whether nothing has been answered yet.

    >>> is_blank(...), is_blank(None), is_blank(" "), is_blank(0)
    (True, True, True, False)
    """
    return answer is ... or answer is None or (isinstance(answer, str) and not answer.strip())


class Kind(ABC):
    """A kind of answer; `thinking` is how many minutes one takes to find, beside the reading."""

    thinking: float = 3.0

    @abstractmethod
    def read(self, answer: Any) -> Any:
        """Return an answer in the form in which it is compared.

        Raises
        ------
        Unreadable
            If it is of another kind.
        Unanswered
            If it is still as it was given out.
        """

    @abstractmethod
    def apart(self, one: Any, other: Any) -> float:
        """Return how far two read answers lie apart, in tolerances."""

    def remark(self, given: Any, right: Any) -> str:  # noqa: ARG002
        """Return what can be said of an answer that has no name."""
        return "That is not it yet."


@dataclass(frozen=True)
class Number(Kind):
    """One number.

    Parameters
    ----------
    tolerance : float
        How far from the right one it may lie.
    unit : str
        What is counted, such as "rounds".

    Examples
    --------
    >>> kind = Number(0.5, "rounds")
    >>> kind.apart(kind.read(12), 11)
    2.0
    """

    tolerance: float
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.tolerance > 0:
            raise BadValue("A tolerance must be above 0", given=self.tolerance)

    def read(self, answer: Any) -> float:
        """Return the number."""
        if isinstance(answer, np.ndarray) and answer.size == 1:
            answer = answer.item()
        if isinstance(answer, str):
            raise Unreadable(f"A number is asked for, without quotation marks: {plain(answer, 40)}")
        if callable(answer):
            raise Unreadable("A number is asked for, and this is a function. Call it.")
        if isinstance(answer, bool) or not isinstance(answer, Real):
            raise Unreadable(f"One number is asked for, and this is {shown(answer, 60)}")
        try:
            return _finite(float(answer))
        except OverflowError:
            raise Unreadable("This number is too large for a computer to work with.") from None

    def apart(self, one: float, other: float) -> float:
        """Return the distance in tolerances."""
        return abs(one - other) / self.tolerance

    def remark(self, given: float, right: float) -> str:
        """Return whether it is too large or too small, and whether percent were given."""
        if self.apart(given, 100 * right) <= 100 and right and abs(right) <= 1:
            return "That looks like percent. Here a fraction between 0 and 1 is asked for."
        if right and self.apart(-given, right) <= 1:
            return "The number is right but its sign is not."
        return f"{given:.4g}{' ' * bool(self.unit)}{self.unit} is too " + (
            "large." if given > right else "small."
        )


@dataclass(frozen=True)
class Numbers(Kind):
    """Several numbers in a row.

    Parameters
    ----------
    count : int
        How many.
    tolerance : float
        How far each may lie from its right one.
    what : str
        What they are, such as "one for each round".
    """

    count: int
    tolerance: float
    what: str = "numbers"

    def read(self, answer: Any) -> Any:
        """Return the numbers as an array."""
        try:
            found = np.asarray(answer, float)
        except (TypeError, ValueError, OverflowError):
            raise Unreadable(f"{self.count} numbers are asked for: {self.what}.") from None
        if found.shape != (self.count,):
            size = f"{found.size} of them" if found.ndim == 1 else f"of shape {found.shape}"
            raise Unreadable(f"{self.count} numbers are asked for ({self.what}); this is {size}.")
        return np.array([_finite(one) for one in found])

    def apart(self, one: Any, other: Any) -> float:
        """Return the largest distance in tolerances."""
        return float(np.abs(one - other).max()) / self.tolerance

    def remark(self, given: Any, right: Any) -> str:
        """Return where the first number goes wrong."""
        first = int(np.argmax(np.abs(given - right) > self.tolerance))
        return f"Number {first + 1} of your {self.count}, {given[first]:.4g}, is not right yet."


@dataclass(frozen=True)
class Choice(Kind):
    """One of several; an option is a letter and its words."""

    options: tuple[tuple[str, str], ...]
    thinking: float = field(default=1.0, kw_only=True)

    def read(self, answer: Any) -> str:
        """Return the letter."""
        letters = [letter for letter, _ in self.options]
        given = str(answer).strip().lower().rstrip(").") if isinstance(answer, str) else ""
        if given not in letters:
            named = ", ".join(f'"{letter}"' for letter in letters)
            raise Unreadable(f"One of {named} is asked for; this is {shown(answer, 40)}.")
        return given

    def apart(self, one: str, other: str) -> float:
        """Return 0 for the same, else infinity."""
        return 0.0 if one == other else FAR

    def words(self, letter: str) -> str:
        """Return the words of an option."""
        return dict(self.options)[letter]


@dataclass(frozen=True)
class Function(Kind):
    """A function, judged by what it returns.

    Parameters
    ----------
    cases : tuple of tuple
        The arguments it is called with, one call for each.
    tolerance : float
        How far each number that it returns may lie from the right one.
    """

    cases: tuple[tuple[Any, ...], ...]
    tolerance: float
    thinking: float = field(default=5.0, kw_only=True)

    def read(self, answer: Any) -> Any:
        """Return all that it returns, as one array."""
        if not callable(answer):
            raise Unreadable(
                f"A function is asked for, its name without brackets; this is {shown(answer, 40)}."
            )
        return np.concatenate([_called(answer, case) for case in self.cases])

    def apart(self, one: Any, other: Any) -> float:
        """Return the largest distance in tolerances; infinity where one has no number."""
        if one.shape != other.shape:
            return FAR
        same = np.isnan(one) & np.isnan(other)
        gaps = np.where(same, 0.0, np.abs(one - other))
        return FAR if np.isnan(gaps).any() else float(gaps.max()) / self.tolerance

    def remark(self, given: Any, right: Any) -> str:
        """Return the first call whose result is not right."""
        if given.shape != right.shape:
            return "Your function returns another number of values than it should."
        wrong = ~(np.abs(given - right) <= self.tolerance)
        at = int(np.argmax(wrong))
        return (
            f"One of the values that your function returned is {given[at]:.4g}, "
            f"and {right[at]:.4g} was expected there."
        )


@dataclass(frozen=True)
class Judged(Kind):
    """Anything that a judge can judge.

    Parameters
    ----------
    judge : callable
        Takes the answer; returns "right", the name of one of the item's wrong answers, or a
        sentence of its own. May raise `Unreadable` or `Unanswered`.
    thinking : float
        Minutes that one takes to find it.
    """

    judge: Callable[[Any], str]
    thinking: float = 5.0

    def read(self, answer: Any) -> str:
        """Return what the judge says."""
        return self.judge(answer)

    def apart(self, one: str, other: str) -> float:
        """Return 0 for the same, else infinity."""
        return 0.0 if one == other else FAR

    def remark(self, given: str, right: str) -> str:  # noqa: ARG002
        """Return the judge's sentence."""
        return given


def _finite(number: float) -> float:
    if not np.isfinite(number):
        raise Unreadable(
            f"The result is {number}, which is no number to compare: look for a division by zero, "
            "an empty list or a logarithm of zero."
        )
    return number


def _called(function: Callable[..., Any], case: tuple[Any, ...]) -> Any:
    """Return what a learner's function returns for some arguments, as an array."""
    with_what = ", ".join(shown(part, 40) for part in case)
    try:
        made = function(*case)
    except Exception as error:
        said = plain(f"{type(error).__name__}: {error}", 120)
        raise Unreadable(f"Called with ({with_what}), your function stopped: {said}") from None
    if is_blank(made):
        raise Unanswered
    try:
        return np.atleast_1d(np.asarray(made, float)).ravel()
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(
            f"Called with ({with_what}), your function should return numbers; "
            f"it returned {shown(made, 40)}."
        ) from None
