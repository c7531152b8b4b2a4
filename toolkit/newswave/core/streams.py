"""One seed becomes named, independent random generators; run r always gets the same one.

Nothing in newswave draws a random number without being handed a generator from here, and nothing
draws from a generator that was made for another purpose. So the network, who sits where, and the
luck of each run can be changed one at a time, and run 7 is the same whether it is run alone or as
one of 200.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from enum import Enum

import numpy as np

from newswave.core.errors import whole_number

# The step that numpy's own `jumped()` takes: 2^128 over the golden ratio, made odd.
_STRIDE = 210306068529402873165736369884012333109
_PERIOD = 1 << 128


class Purpose(Enum):
    """What a stream of random numbers is for."""

    NETWORK = "who is linked to whom"
    PLACEMENT = "which profile sits where"
    READINESS = "how far agents differ within a profile"
    LUCK = "thresholds and seed agents of a run"
    OFFLINE = "who acts offline, and who stops"
    BOOTSTRAP = "the replicas behind an interval or a verdict"
    SAMPLING = "draws of a decider that has to sample"


def generator(seed: int, purpose: Purpose) -> np.random.Generator:
    """Return the generator of `purpose` under `seed`."""
    entropy = [whole_number("seed", seed, 0), zlib.crc32(purpose.name.encode())]
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(entropy)))


def runs(seed: int, purpose: Purpose, first: int, count: int) -> Iterator[np.random.Generator]:
    """Yield the generators of runs `first` to `first + count - 1`, one after another.

    Run r starts r long strides into the stream of `purpose` (the stride of numpy's `jumped`), so
    it does not matter which other runs are made, or how many. It is one generator that is moved
    on, six times cheaper than a new one for each run: use each before asking for the next.
    """
    moved = generator(seed, purpose)
    start = moved.bit_generator.state
    for run in range(first, first + count):
        moved.bit_generator.state = start
        moved.bit_generator.advance(run * _STRIDE % _PERIOD)  # type: ignore[attr-defined]
        yield moved


def run_generator(seed: int, purpose: Purpose, run: int) -> np.random.Generator:
    """Return the generator of one run."""
    return next(runs(seed, purpose, whole_number("run", run, 0), 1))


def request_seed(seed: int, *place: int | str) -> int:
    """Return the seed to send to a language model with one request, from 0 to 2³¹ − 1.

    It depends on the seed and on what the request is for (a run, a round, an agent, an attempt) and
    on nothing else, so that the same run asks the same again, and no two agents share their luck.
    """
    words = "/".join(map(str, (whole_number("seed", seed, 0), *place)))
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:4]) & 0x7FFFFFFF
