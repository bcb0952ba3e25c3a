"""What is kept of clusters in a model file, and what of it would be refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from pellucid import ModelFileError, OptionError
from pellucid.files.fields import Fields
from pellucid.model.cluster_facts import (
    ClusterDescription,
    ClusterFacts,
    ColumnWords,
    Example,
    MeanPicture,
    MedianFact,
    RankedColumn,
    Rule,
    ShareFact,
    Word,
)
from pellucid.model.cluster_names import check_names, default_names


def some_facts() -> ClusterFacts:
    """Two clusters and a row of none."""
    median = MedianFact(
        column="flipper",
        bits=0.76,
        median="216",
        half=("212", "221"),
        overall="197",
        overall_half=("190", "213"),
        rank=0.8,
    )
    share = ShareFact(column="island", bits=0.5, words="island is Biscoe", share=1.0, overall=0.4)
    first = ClusterDescription(
        name="cluster 0",
        size=60,
        facts=(median, share),
        rule=Rule(ways=("flipper > 206",), precision=0.95, recall=0.97, held_out=25),
        words=(
            ColumnWords(column="note", words=(Word(word="fish", share=0.5, overall=0.3, z=5.0),)),
        ),
        pictures=(MeanPicture(column="photo", size=(2, 2, 1), pixels=bytes([0, 90, 180, 255])),),
        typical=(Example(row=3, probability=1.0, other=1),),
        doubtful=(Example(row=70, probability=0.5, other=None),),
    )
    return ClusterFacts(
        num_rows=100,
        columns=(RankedColumn(name="flipper", bits=0.9, tells_apart=True),),
        clusters=(first, ClusterDescription(name="cluster 1", size=39)),
    )


def test_facts_are_the_same_when_they_are_read_again(as_stored: Callable[[object], Fields]) -> None:
    facts = some_facts()
    assert ClusterFacts.from_json(as_stored(facts.to_json()).inner("it"), 2) == facts
    assert facts.num_none == 1


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("num_rows",), 0, "from 1 to"),
        (("num_rows",), 80, "have more than 80 rows"),
        (("clusters",), [], "tells of 0 clusters, but there are 2"),
        (("columns", 0, "bits"), "much", "a finite number"),
        (("clusters", 0, "size"), -1, "a whole number"),
        (("clusters", 0, "name"), "cluster 1", "is that of another cluster"),
        (("clusters", 0, "facts", 0, "sort"), "mean", "one of median, share"),
        (("clusters", 0, "facts", 0, "rank"), 1.5, "up to 1"),
        (("clusters", 0, "facts", 0, "half"), ["1"], "has 1 end"),
        (("clusters", 0, "facts", 1, "share"), 1.5, "up to 1"),
        (("clusters", 0, "rule", "precision"), -0.5, "at least 0"),
        (("clusters", 0, "rule", "ways"), [1], "a list of texts"),
        (("clusters", 0, "words", 0, "words", 0, "z"), None, "a finite number"),
        (("clusters", 0, "pictures", 0, "size"), [2, 2, 2], "is none that a mean picture has"),
        (("clusters", 0, "pictures", 0, "size"), [2, 33, 1], "is none that a mean picture has"),
        (("clusters", 0, "pictures", 0, "size"), [2, 3, 1], "do not fill it"),
        (("clusters", 0, "pictures", 0, "pixels"), "§", "are no base64"),
        (("clusters", 0, "typical", 0, "row"), 101, "from 1 to 100"),
        (("clusters", 0, "typical", 0, "other"), 2, "from 0 to 1"),
    ],
)
def test_facts_that_cannot_be_are_refused(
    path: tuple[Any, ...], value: object, said: str, as_stored: Callable[[object], Fields]
) -> None:
    plain = some_facts().to_json()
    within: Any = plain
    for step in path[:-1]:
        within = within[step]
    within[path[-1]] = value
    with pytest.raises(ModelFileError, match=said):
        ClusterFacts.from_json(as_stored(plain).inner("it"), 2)


def test_facts_are_read_without_anything_heavy() -> None:
    """So that `pellucid inspect` tells them at once."""
    program = "import pellucid.model.cluster_facts, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert not {"torch", "sklearn", "scipy", "polars", "numpy"} & set(
        loaded.stdout.decode().split()
    )


def test_clusters_are_called_by_their_ids_or_as_a_person_says() -> None:
    facts = some_facts()
    assert facts.names == default_names(2) == ("cluster 0", "cluster 1")
    assert facts.named([" gentoo ", "others"]).names == ("gentoo", "others")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a"], "1 name for 2 clusters. Give one name for each cluster"),
        (["a", "a"], "The name 'a' of cluster 1 is that of another cluster too."),
        (["a", " "], "The name '' of cluster 1 is empty."),
        (["a\x1b", "b"], r"The name 'a\\x1b' of cluster 0 holds characters that cannot be seen."),
        (["a", "none"], "The name 'none' of cluster 1 is what rows of no cluster are called."),
    ],
)
def test_names_that_tell_nothing_apart_are_refused(names: list[str], said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        check_names(names, 2)
    assert caught.value.option == "names"
