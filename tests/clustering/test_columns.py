"""Rows as flat numbers: scales worked out by hand, and a row the same in any block."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pellucid.clustering.columns import COMPONENTS, ColumnSpace
from pellucid.data.conversion import convert
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.rows import FrameRows
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table
from pellucid.data.table_encoder import TableEncoder

PLAN = EncodingPlan(num_bins=0, num_features=1, text_features=4, most_terms=1_000, only_words=True)


def space_of(rows: pl.DataFrame, learned: list[int] | None = None, **kinds: str) -> ColumnSpace:
    table = read_table(rows)
    frame = convert(table, infer_schema(table, kinds=kinds))
    encoder = TableEncoder.fit(frame, np.ones(frame.height), PLAN)
    encoded = EncodedRows.of(encoder, FrameRows(frame))
    return ColumnSpace.of(frame, encoded, None if learned is None else np.array(learned))


def test_numbers_are_standardized_and_levels_are_0_or_1() -> None:
    rows = pl.DataFrame({"size": [1.0, 3.0, None, 5.0], "color": ["red", "blue", "red", None]})
    space = space_of(rows, size="number", color="category")
    deviation = np.sqrt(8.0 / 4.0)  # the missing number is the mean, 3
    assert space.columns == [0, 1, 1]
    assert space.values == pytest.approx(
        np.array(
            [[-2 / deviation, 0, 1], [0, 1, 0], [0, 0, 1], [2 / deviation, 0, 0]],
        )
    )


def test_scales_come_from_the_rows_that_are_learned_from() -> None:
    rows = pl.DataFrame({"size": [-1.0, 1.0, 100.0]})
    assert space_of(rows, learned=[0, 1], size="number").values.ravel() == pytest.approx(
        [-1.0, 1.0, 100.0]
    )


def test_texts_have_length_1_and_what_most_of_them_say_is_left_aside() -> None:
    generator = np.random.default_rng(0)
    words = {topic: [f"{topic}{place}" for place in range(40)] for topic in ("alpha", "beta")}
    topics = ["alpha", "beta"] * 60
    texts = ["the and of " + " ".join(generator.choice(words[topic], 8)) for topic in topics]
    space = space_of(pl.DataFrame({"text": texts}), text="text")
    lengths = np.linalg.norm(space.values, axis=1)
    assert space.values.shape == (120, COMPONENTS)
    assert lengths == pytest.approx(np.full(120, lengths[0]))
    assert space.values.var(axis=0).sum() == pytest.approx(1.0)
    cosines = space.values @ space.values.T / lengths[0] ** 2
    is_same = np.array(topics)[:, None] == np.array(topics)
    assert cosines[is_same].mean() > 0.1 > abs(cosines[~is_same].mean())


def test_a_row_has_the_same_numbers_whatever_is_asked_for_with_it() -> None:
    generator = np.random.default_rng(1)
    rows = pl.DataFrame({"a": generator.normal(size=50), "b": generator.integers(0, 3, 50)})
    space = space_of(rows, a="number", b="category")
    assert (space.take(np.array([7, 3])) == space.values[[7, 3]]).all()


def test_no_column_is_one_number() -> None:
    rows = pl.DataFrame({"a": [1.0, 2.0]})
    table = read_table(rows)
    frame = convert(table, infer_schema(table, kinds={"a": "number"}))
    encoded = EncodedRows.of(TableEncoder.fit(frame, np.ones(2), PLAN), FrameRows(frame))
    assert ColumnSpace.of(frame.drop("a"), encoded).take(np.arange(2)).tolist() == [[0.0], [0.0]]
