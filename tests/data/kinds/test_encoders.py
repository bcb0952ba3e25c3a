"""Encoders: what each kind of column becomes, and that nothing odd breaks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pellucid.data.bins import bin_edges, quantiles
from pellucid.data.kinds.category import CategoryEncoder, CategoryKind
from pellucid.data.kinds.date import DateEncoder
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.number import BEYOND_LAST_BIN, NumberEncoder
from pellucid.data.table_encoder import TableEncoder
from pellucid.files.fields import Fields
from pellucid.network.piecewise import PiecewiseLinear

Numbers = st.lists(
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1
)


def ones(column: pl.Series) -> Any:
    return np.ones(len(column))


def number(values: list[float | None], num_bins: int = 0) -> NumberEncoder:
    column = pl.Series("x", values, dtype=pl.Float64)
    return NumberEncoder.fit(column, ones(column), num_bins)


def encode(encoder: Any, values: list[Any], dtype: Any) -> Any:
    return encoder.expand(encoder.compact(pl.Series("x", values, dtype=dtype)))


def written_out(encoder: Any, values: list[Any], dtype: Any) -> Any:
    """As the network cuts them at bins."""
    inputs = torch.from_numpy(encode(encoder, values, dtype))
    return PiecewiseLinear(encoder.input_bins())(inputs).numpy()


# --- numbers -----------------------------------------------------------------------------------


def test_a_number_is_scaled_by_median_and_interquartile_range() -> None:
    encoder = number([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (encoder.center, encoder.scale) == (3.0, 0.5)
    assert encode(encoder, [3.0], pl.Float64).tolist() == [[0.0]]
    assert encode(encoder, [1e12], pl.Float64)[0, 0] == pytest.approx(3.0)  # the soft clip


def test_a_number_that_is_nearly_always_equal_is_scaled_by_its_range() -> None:
    assert number([0.0] * 99 + [10.0]).scale == pytest.approx(2 / 10)


def test_a_missing_number_is_the_median_and_says_so() -> None:
    encoder = number([1.0, None, 3.0])
    assert encode(encoder, [None, 3.0], pl.Float64)[:, 1].tolist() == [1.0, 0.0]
    assert encode(encoder, [None], pl.Float64)[0, 0] == 0.0
    never_missing = number([1.0, 2.0, 3.0])
    assert encode(never_missing, [None], pl.Float64).tolist() == [[0.0]]
    missing = never_missing.surprises(pl.Series("x", [None], dtype=pl.Float64))[0]
    assert missing.rows.tolist() == missing.odd.tolist() == [True]


def test_a_number_is_its_position_among_the_bins_and_fills_bin_after_bin() -> None:
    encoder = number([float(i) for i in range(9)], num_bins=4)
    values = [0.0, 4.0, 5.0, 8.0]
    positions = encode(encoder, values, pl.Float64)[:, 0]
    low, middle, within, high = written_out(encoder, values, pl.Float64)
    assert (positions[[0, 1, 3]].tolist(), int(positions[2])) == ([0.0, 2.0, 4.0], 2)
    assert low.tolist() == [0, 0, 0, 0]
    assert middle.tolist() == [1, 1, 0, 0]
    assert within.tolist() == [1, 1, pytest.approx(positions[2] - 2.0), 0]
    assert high.tolist() == [1, 1, 1, 1]
    assert encoder.input_names() == ["x (position among its bins)"]
    assert encoder.dense_names()[0] == "x 0…2"


def test_beyond_the_training_range_the_outer_bins_go_on_but_not_for_ever() -> None:
    encoder = number([float(i) for i in range(9)], num_bins=4)
    below, above = written_out(encoder, [-1e9, 1e9], pl.Float64)
    assert below.tolist() == [-BEYOND_LAST_BIN, 0, 0, 0]
    assert above.tolist() == [1, 1, 1, 1 + BEYOND_LAST_BIN]


def test_bins_of_a_column_that_is_mostly_zero_come_from_its_distinct_values() -> None:
    """What lifts adult's capital-gain: 92 % zeros would leave one bin for everything else."""
    values = np.concatenate([np.zeros(950), np.arange(1, 51, dtype=float)])
    assert len(bin_edges(values, np.ones(1000), 20)) > 15


@given(
    values=st.lists(st.sampled_from([-2.0, 0.1, 0.3, 7.0]) | st.floats(-1e3, 1e3), min_size=1),
    weight=st.sampled_from([1.0, 0.1, 3.0]),
    num_bins=st.integers(1, 48),
)
def test_quantiles_of_rows_that_weigh_the_same_are_those_of_weighted_rows(
    values: list[float], weight: float, num_bins: int
) -> None:
    """NumPy's for weights, though only the numbers are sorted."""
    x, levels = np.array(values), np.linspace(0.0, 1.0, num_bins + 1)
    weights = np.full(len(x), weight)
    expected = np.quantile(x, levels, weights=weights, method="inverted_cdf")
    assert quantiles(x, levels, weights).tolist() == expected.tolist()


@settings(max_examples=60)
@example(values=[1.7976931348623157e308], num_bins=0, new=[-9.98e291])
@example(values=[1.7976931348623157e308, -9.98e291], num_bins=0, new=[None])
@given(values=Numbers, num_bins=st.sampled_from([0, 3, 48]), new=Numbers)
def test_any_numbers_become_finite_bounded_inputs(
    values: list[float | None], num_bins: int, new: list[float | None]
) -> None:
    encoder = number(values, num_bins)
    assert encode(encoder, new, pl.Float64).shape == (len(new), len(encoder.input_names()))
    inputs = written_out(encoder, new, pl.Float64)
    assert inputs.dtype == np.float32
    assert inputs.shape == (len(new), len(encoder.dense_names()))
    assert np.isfinite(inputs).all()
    assert np.abs(inputs).max() <= 3.0


OFFSETS = st.floats(-1e9, 1e9)
SCALES = st.floats(-9, 9).map(lambda power: 10.0**power)


@settings(max_examples=60)
@given(offset=OFFSETS, scale=SCALES, num_bins=st.integers(3, 48), seed=st.integers(0, 99))
def test_every_bin_has_a_name_of_its_own(
    offset: float, scale: float, num_bins: int, seed: int
) -> None:
    values = offset + scale * np.random.default_rng(seed).standard_cauchy(200)
    encoder = number([None, *values.tolist()], num_bins)
    names = encoder.dense_names()
    assert len(set(names)) == len(names) == written_out(encoder, [0.0], pl.Float64).shape[1]


def test_a_bin_is_named_with_as_many_digits_as_tell_it_from_the_next() -> None:
    plain = number([float(i) for i in range(9)], num_bins=4).dense_names()
    prices = number([1e6 + i for i in range(9)], num_bins=4).dense_names()
    incomes = number([1e6 + 500 * i + 1.5 for i in range(9)], num_bins=4).dense_names()
    assert plain == ["x 0…2", "x 2…4", "x 4…6", "x 6…8"]
    assert prices[:2] == ["x 1000000…1000002", "x 1000002…1000004"]
    assert incomes[:2] == ["x 1000000…1001000", "x 1001000…1002000"]


@settings(max_examples=40)
@given(
    values=st.lists(st.integers(-20, 20), min_size=4, max_size=40),
    weights=st.lists(st.integers(1, 3), min_size=40, max_size=40),
    num_bins=st.sampled_from([0, 5]),
)
def test_a_weight_of_two_is_two_equal_rows(
    values: list[int], weights: list[int], num_bins: int
) -> None:
    column = pl.Series("x", values, dtype=pl.Float64)
    repeats = np.array(weights[: len(values)])
    repeated = pl.Series("x", np.repeat(column.to_numpy(), repeats))
    weighted = NumberEncoder.fit(column, repeats.astype(float), num_bins)
    assert weighted == NumberEncoder.fit(repeated, ones(repeated), num_bins)


# --- categories --------------------------------------------------------------------------------


def category(values: list[str | None]) -> CategoryEncoder:
    column = pl.Series("x", values, dtype=pl.String)
    return CategoryEncoder.fit(column, ones(column))


def test_two_levels_are_minus_and_plus_one_and_unknown_is_zero() -> None:
    encoder = category(["m", "f"] * 5)
    assert encode(encoder, ["f", "m", "x", None], pl.String).tolist() == [[-1], [1], [0], [0]]


def test_few_levels_are_one_hot_and_missing_is_a_level() -> None:
    encoder = category(["a", "b", "c", None] * 3)
    inputs = encode(encoder, ["a", "c", None, "new"], pl.String)
    assert inputs.tolist() == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert encoder.input_names() == ["x = a", "x = b", "x = c", "x is missing"]


def test_many_levels_are_codes_to_embed_and_rare_ones_unknown() -> None:
    encoder = category([f"L{i:02d}" for i in range(20)] * 3 + ["rare"])
    assert encoder.is_embedded
    assert encoder.embedding_size == (21, 9)  # round(1.6 · 21^0.56)
    assert replace(encoder, most_dimensions=4).embedding_size == (21, 4)
    assert encode(encoder, ["L00", "L19", "rare", "new"], pl.String).ravel().tolist() == [
        1,
        20,
        0,
        0,
    ]


def test_vectors_have_as_many_numbers_as_the_recipe_says_at_most(
    as_stored: Callable[[object], Fields],
) -> None:
    column = pl.Series("x", [f"L{i}" for i in range(300)] * 2)
    wide = CategoryEncoder.fit(column, ones(column), most_dimensions=64)
    assert CategoryEncoder.fit(column, ones(column)).embedding_size == (301, 16)
    assert wide.embedding_size == (301, 39)
    assert CategoryKind().encoder_from(as_stored(wide.to_json()).inner("it")) == wide


# --- dates -------------------------------------------------------------------------------------


@given(st.lists(st.none() | st.integers(-(2**58), 2**57), min_size=1))
def test_months_weekdays_and_hours_are_those_of_the_calendar(moments: list[int | None]) -> None:
    dates = pl.Series("d", moments, dtype=pl.Int64).cast(pl.Datetime("us"))
    days = NumberEncoder(name="d", center=0.0, scale=1.0)
    encoder = DateEncoder(name="d", first=0, last=0, days=days, cycles=tuple(DateEncoder.periods))
    calendar = [dates.dt.month(), dates.dt.weekday(), dates.dt.hour()]

    cycles = encoder.compact(dates)[:, 1:]

    for place, parts in enumerate(calendar):
        assert np.array_equal(cycles[:, place], parts.cast(pl.Float32).to_numpy(), equal_nan=True)


def test_a_date_is_days_and_the_cycles_that_vary() -> None:
    days = [datetime(2024, 1, day) for day in range(1, 15)]
    column = pl.Series("x", days, dtype=pl.Datetime("us"))
    encoder = DateEncoder.fit(column, ones(column), 0)
    assert encoder.cycles == ("weekday",)  # one month, always midnight
    inputs = encode(encoder, [datetime(2024, 1, 8), None], pl.Datetime("us"))
    assert inputs.shape == (2, 3)
    assert np.isfinite(inputs).all()
    late = pl.Series("x", [datetime(2030, 1, 1)], dtype=pl.Datetime("us"))
    surprise = encoder.surprises(late)[-1]
    assert surprise.words == "x: dates outside the training range"
    assert (surprise.rows.tolist(), surprise.odd.tolist()) == ([True], [True])


# --- tables ------------------------------------------------------------------------------------


def test_inputs_of_different_columns_have_different_names() -> None:
    frame = pl.DataFrame(
        {
            "age": [1.0, None, 3.0],
            "age is missing": [0.0, 1.0, 0.0],
            "town": ["a", "missing", None],
            "town is missing": [0.0, 0.0, 1.0],
        }
    )
    encoder = TableEncoder.fit(
        frame, np.ones(3), EncodingPlan(num_bins=0, most_one_hot=9, most_dimensions=16)
    )
    assert encoder.input_names() == encoder.dense_names()
    assert encoder.input_names() == [
        "age",
        "age is missing",
        "age is missing (2)",
        "town = a",
        "town = missing",
        "town is missing",
        "town is missing (2)",
    ]


def test_a_table_has_its_codes_last_and_round_trips_as_json(
    people: pl.DataFrame, as_stored: Callable[[object], Fields]
) -> None:
    frame = people.select(
        "town", pl.col("age").cast(pl.Float64), "sex", pl.col("joined").cast(pl.Datetime("us"))
    )
    encoder = TableEncoder.fit(
        frame, np.ones(240), EncodingPlan(num_bins=8, most_one_hot=9, most_dimensions=16)
    )
    inputs = encoder.encode(frame)
    widths = [tensor.shape[1] for tensor in inputs.tensors.values()]
    assert (list(inputs.tensors), sum(widths)) == (["dense", "codes"], len(encoder.input_names()))
    assert inputs["codes"].dtype == torch.int64
    assert encoder.column_of_input()[-1] == 0  # town, the first column, is the one embedded
    assert encoder.input_names()[-1] == "town (code)"
    again = TableEncoder.from_json(as_stored(encoder.to_json()).inner_list("it"))
    for same in (again.encode(frame), encoder.expand(encoder.compact(frame))):
        assert all(torch.equal(same[port], tensor) for port, tensor in inputs.tensors.items())
