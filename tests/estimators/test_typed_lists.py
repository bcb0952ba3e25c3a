"""Columns whose cells are lists, as Parquet, JSON lines and DataFrames have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid

ROWS = 120
GENERATOR = np.random.default_rng(0)
TAGS = [sorted(GENERATOR.choice(list("abcdef"), 1 + row % 3, replace=False)) for row in range(ROWS)]
TABLE = pl.DataFrame(
    {
        "tags": [[str(tag) for tag in tags] for tags in TAGS],
        "x": GENERATOR.normal(size=ROWS),
        "y": ["yes" if "a" in tags else "no" for tags in TAGS],
    }
)
QUICK: dict[str, Any] = {"max_epochs": 3, "hidden_layer_sizes": (4,), "random_state": 0}


def source(kind: str, folder: Path) -> Any:
    """The same table as each of these has it."""
    if kind == "pandas":
        return pd.DataFrame(TABLE.to_dict(as_series=False))
    if kind == "parquet":
        TABLE.write_parquet(folder / "t.parquet")
        return folder / "t.parquet"
    if kind == "jsonl":
        TABLE.write_ndjson(folder / "t.jsonl")
        return folder / "t.jsonl"
    return TABLE


@pytest.mark.parametrize("kind", ["polars", "pandas", "parquet", "jsonl"])
def test_lists_are_learned_from_and_one_row_may_have_one(kind: str, tmp_path: Path) -> None:
    model = pellucid.fit(source(kind, tmp_path), "y", **QUICK)
    model.save(tmp_path / "m.pellucid")
    later = pellucid.load(tmp_path / "m.pellucid")

    assert model.schema_["tags"].kind == "list"
    one: dict[str, Any] = {"tags": ["a", "b"], "x": 0.0}
    rows = pl.DataFrame({"tags": [["a", "b"]], "x": [0.0]})
    assert later.predict_proba(one).tolist() == later.predict_proba(rows).tolist()
    both = {"tags": [["a", "b"], ["c"]], "x": [0.0, 1.0]}
    assert len(later.predict(both)) == 2


def test_numbers_that_recur_are_lists_too_and_others_are_not_unless_asked() -> None:
    codes = TABLE.with_columns(
        tags=pl.Series([[ord(tag) for tag in tags] for tags in TABLE["tags"]]),
        vector=pl.Series(np.random.default_rng(1).normal(size=(ROWS, 3)).tolist()),
    )
    model = pellucid.fit(codes, "y", **QUICK)
    assert [model.schema_[name].kind for name in ("tags", "vector")] == ["list", "left out"]

    asked = pellucid.fit(codes, "y", columns={"vector": "list"}, **QUICK)
    assert asked.schema_["vector"].reason.startswith("as asked; lists: 360 different values")
