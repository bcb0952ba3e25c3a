"""Arrays with three or four dimensions are pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from pellucid import DataError
from pellucid.data.conversion import convert
from pellucid.data.pictures.picture import pixels_of
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table
from pellucid.estimators.arguments import given_rows

GREY = np.arange(5 * 6 * 7, dtype=np.uint8).reshape(5, 6, 7)
COLOR = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)


def pixels(source: Any) -> np.ndarray[Any, Any]:
    """What the network gets, (n, H, W, C)."""
    table = read_table(source)
    cells = convert(table, infer_schema(table))["image"]
    return pixels_of(cells.to_numpy(), cells[0].pixels)


def test_grey_ones() -> None:
    np.testing.assert_array_equal(pixels(GREY)[..., 0], GREY)
    np.testing.assert_array_equal(pixels(GREY[..., None])[..., 0], GREY)


def test_colored_ones_in_either_order() -> None:
    np.testing.assert_array_equal(pixels(COLOR), COLOR)
    np.testing.assert_array_equal(pixels(np.moveaxis(COLOR, -1, 1)), COLOR)


@pytest.mark.parametrize(
    "made",
    [
        lambda x: x / 255,
        lambda x: (x / 255).astype(np.float16).astype(np.longdouble),
        lambda x: x.astype(np.int64),
        list,
        torch.as_tensor,
    ],
    ids=["to 1", "other floats", "whole numbers", "a list", "a tensor"],
)
def test_in_any_type(made: Any) -> None:
    np.testing.assert_allclose(pixels(made(COLOR)), COLOR, atol=1)


def test_truth_values_are_black_and_white() -> None:
    assert set(pixels(GREY > 100).ravel().tolist()) == {0, 255}


def test_estimators_take_them_as_the_one_column_of_a_frame() -> None:
    frame = given_rows(COLOR)
    assert isinstance(frame, pl.DataFrame)
    assert frame.columns == ["image"]


REFUSED: dict[str, tuple[Any, str]] = {
    "one picture": (COLOR[0], "which is that of one picture"),
    "no color": (np.zeros((5, 6, 7, 8)), "1, 3 or 4 colors"),
    "text": (np.full((2, 2, 2), "a"), "cells of type <U1"),
    "none": (GREY[:0], "no pixels"),
    "of several sizes": ([GREY[0], GREY[0, :3]], "have different shapes"),
    "of other numbers": (GREY - 100.0, "from -100 to 109"),
    "not finite": (np.where(GREY == 7, np.nan, GREY), "in row 1 is not finite"),
    "16 bits": (GREY * np.uint16(257), "from 0 to 53713"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_be_no_pictures_is_refused(case: str) -> None:
    source, words = REFUSED[case]
    with pytest.raises(DataError, match=words):
        pixels(source)
