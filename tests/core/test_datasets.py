"""The real data are the published counts, with their source."""

from __future__ import annotations

import numpy as np
import pytest

from newswave.core.datasets import DATASETS, dataset, physicians
from newswave.core.errors import BadValue

NEW = (11, 9, 9, 11, 11, 11, 13, 7, 4, 1, 5, 3, 3, 4, 4, 2, 1)


def test_the_physicians_are_the_published_counts() -> None:
    curve = physicians()
    assert curve.n_agents == 125
    assert (curve.runs, curve.first_round, curve.setup) == (1, 1, None)
    assert np.array_equal(curve.rounds, range(1, 18))
    assert np.array_equal(curve.counts[0], np.cumsum(NEW))
    assert curve.n_agents - curve.counts[0, -1] == 16


def test_every_dataset_says_where_it_is_from_and_what_it_does_not_show() -> None:
    for name, known in DATASETS.items():
        assert dataset(name) is known
        assert known.name == name
        assert known.read().counts.size > 2
        assert "19" in known.source
        assert "not show" in known.caution


def test_an_unknown_dataset_is_refused_with_the_known_names() -> None:
    with pytest.raises(BadValue, match="physicians"):
        dataset("doctors")
