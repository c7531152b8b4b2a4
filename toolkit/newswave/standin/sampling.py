"""How an answer is drawn: temperature, truncation and seed, as the real server applies them.

The order is that of the engine: top_k, top_p and min_p cut the law off first, temperature comes
last. So with the server's default top_p = 0.9 a label of probability 0.1 or less is never drawn.
That bias is real, and kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newswave.standin.mind import sigmoid

_BITS = 53
_SPAN = float(1 << _BITS)


@dataclass(frozen=True)
class Sampling:
    """The options of a request that rule its answer, with the server's own defaults.

    Parameters
    ----------
    temperature : float
        0 or less takes the likelier label.
    top_k, top_p, min_p : number
        What is cut off; 0, 1 and 0 cut nothing off.
    seed : int
        Same seed and prompt, same answer; -1 draws anew each time.
    num_predict : int
        Most tokens of an answer; 0 or less stands for no limit.
    num_ctx : int
        Length of the context, in tokens; another one reloads the model.
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.9
    min_p: float = 0.0
    seed: int = -1
    num_predict: int = -1
    num_ctx: int = 4096

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Sampling:
        """Return what checked options say; those that rule nothing here are passed over.

        >>> Sampling.of({"seed": 7.0, "stop": ["x"], "top_p": None}).seed
        7
        """
        known = cls.__dataclass_fields__
        given = {name: value for name, value in options.items() if value is not None}
        whole = ("top_k", "seed", "num_predict", "num_ctx")
        chosen = {n: int(v) if n in whole else float(v) for n, v in given.items() if n in known}
        return cls(**chosen)  # type: ignore[arg-type]

    def chance(self, log_odds: float) -> float:
        """Return the probability that yes is drawn, from its log-odds before truncation.

        Examples
        --------
        >>> from math import log
        >>> Sampling(temperature=1.0).chance(log(0.05 / 0.95))
        0.0
        >>> round(Sampling(temperature=1.0, top_p=1.0).chance(log(0.05 / 0.95)), 12)
        0.05
        >>> Sampling(temperature=0.0).chance(0.1)
        1.0
        """
        rarer = sigmoid(-abs(log_odds))
        cut = self.top_k == 1 or rarer <= 1.0 - self.top_p or rarer < self.min_p * (1.0 - rarer)
        if self.temperature <= 0 or cut:
            return float(log_odds > 0)
        return sigmoid(log_odds / self.temperature)

    def draw(self, text: str, purpose: str = "") -> float:
        """Return a uniform number from 0 to 1 (excluded), fixed by seed, text and purpose.

        >>> Sampling(seed=1).draw("a") == Sampling(seed=1).draw("a") != Sampling(seed=2).draw("a")
        True
        """
        if self.seed == -1:
            return secrets.randbits(_BITS) / _SPAN
        digest = hashlib.sha256(f"{self.seed}\0{purpose}\0{text}".encode(errors="replace")).digest()
        return (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / _SPAN
