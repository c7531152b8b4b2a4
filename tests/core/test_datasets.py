"""The real data are the published counts, with their source."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from newswave.core.datasets import DATASETS, dataset, diffusion, physicians
from newswave.core.errors import BadValue
from newswave.core.files import packaged

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


@pytest.mark.parametrize(
    ("name", "people", "communities", "periods", "never", "namings", "pairs", "first"),
    [
        ("physicians", 125, 4, 17, 16, 450, 294, 11),
        ("korean-women", 1047, 25, 10, 374, 16436, 4999, 69),
        ("brazilian-farmers", 692, 11, 19, 152, 2860, 1854, 6),
    ],
)
def test_the_studies_are_as_they_were_published(
    name: str,
    people: int,
    communities: int,
    periods: int,
    never: int,
    namings: int,
    pairs: int,
    first: int,
) -> None:
    study = diffusion(name)
    assert (study.n_people, len(study.communities), study.periods) == (people, communities, periods)
    assert (np.isinf(study.adopted).sum(), (study.adopted == 1).sum()) == (never, first)
    assert (len(study.namings), len(study.links())) == (namings, pairs)
    assert len(study.kinds) == namings
    same = study.community[study.namings]
    assert np.array_equal(same[:, 0], same[:, 1]), "nobody is named across communities"
    assert study.curve.counts[0, -1] == people - never
    inside = [study.in_community(one) for one in study.communities]
    assert sum(one.n_people for one in inside) == people
    assert sum(len(one.namings) for one in inside) == namings


def test_adopters_by_year_are_those_of_the_studies() -> None:
    women, farmers = (diffusion(name).adopted for name in ("korean-women", "brazilian-farmers"))
    new = [69, 94, 81, 86, 65, 62, 53, 53, 73, 37]
    assert [(women == year).sum() for year in range(1, 11)] == new
    new = [6, 2, 4, 6, 32, 3, 3, 14, 3, 90, 6, 42, 17, 41, 64, 55, 64, 45, 43]
    assert [(farmers == year).sum() for year in range(1, 20)] == new


def test_the_files_come_with_licence_and_sources_and_stay_small() -> None:
    words = packaged("diffusion", "README.md").read_text("utf-8")
    assert "Copyright (c) 2020 Thomas W. Valente" in words
    assert "permission notice shall be included" in " ".join(words.replace("\n>", " ").split())
    for name in DATASETS:
        assert f"`{name}`" in words
    files = sorted(packaged("diffusion").glob("*.csv"))
    assert len(files) == 2 * len(DATASETS)
    assert sum(file.stat().st_size for file in files) < 400_000
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    assert digest == "ca462e2ad2ff12b01179650052c04275269e5a513699e558a239b7576691ff10", (
        "the data are facts: nobody edits them"
    )
