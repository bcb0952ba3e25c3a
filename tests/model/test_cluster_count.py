"""How many clusters, as plain data: it comes back from a file, and what is none is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.model.cluster_count import ClusterCount, Structure

COUNT = ClusterCount(
    k=3,
    low=2,
    high=5,
    rules={"silhouette": 3, "density": 2, "apart": 5},
    silhouettes={2: 0.4, 3: 0.5},
    stability={2: 0.9, 3: -0.01},
    reason="Several answers are reasonable: 2 to 5.",
)
STRUCTURE = Structure(p_value=0.004, beyond_chance=None, is_clear=True, reason="They are apart.")


def test_a_file_brings_both_back() -> None:
    count = json.loads(json.dumps(COUNT.to_json()))
    assert ClusterCount.from_json(Fields(count, "the count")) == COUNT
    structure = json.loads(json.dumps(STRUCTURE.to_json()))
    assert Structure.from_json(Fields(structure, "the structure")) == STRUCTURE


@pytest.mark.parametrize(
    "change",
    [
        {"k": 6},
        {"low": 4},
        {"low": 0},
        {"high": 2**21},
        {"rules": {"silhouette": "3"}},
        {"rules": [3]},
        {"silhouettes": {"two": 0.4}},
        {"silhouettes": {"9" * 5000: 0.4}},
        {"silhouettes": {"2": 1.5}},
        {"stability": {"2": None}},
        {"reason": None},
    ],
)
def test_a_file_that_holds_no_count_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ModelFileError):
        ClusterCount.from_json(Fields(COUNT.to_json() | change, "the count"))


@pytest.mark.parametrize(
    "change", [{"p_value": 1.1}, {"beyond_chance": "far"}, {"is_clear": 1}, {"reason": 0}]
)
def test_a_file_that_holds_no_structure_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ModelFileError):
        Structure.from_json(Fields(STRUCTURE.to_json() | change, "the structure"))
