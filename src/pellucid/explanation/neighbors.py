"""The training rows a network takes to be most like a row: "it has seen these before".

Likeness is Euclidean distance between the outputs h of the last hidden layer, of all members side
by side: there, rows that are alike for the task lie together, whatever their columns say.

Shape letters: n = rows, H = neurons of the last hidden layer, of all members.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pellucid.data.conversion import convert
from pellucid.data.parts import training_part
from pellucid.data.pictures.picture import Picture
from pellucid.data.rows import FrameRows, RowSource
from pellucid.data.sources.table import Table
from pellucid.errors import DataError, OptionError
from pellucid.estimators.predictor import Predictor
from pellucid.estimators.row import (
    Row,
    named_cells,
    pictures_of,
    plain_cell,
    table_of,
    take_row,
    true_cells,
)
from pellucid.inputs import Inputs
from pellucid.model.model import Model
from pellucid.network.picture_branch import PictureBranch
from pellucid.option_rules import Number

ROWS_COMPARED_AT_ONCE = 4_096
TYPICAL_ROWS = 500
ROUNDING = 1e-12
"""Equal rows differ so much, in parts of ‖h‖, when they are computed beside different ones."""


@dataclass(frozen=True, kw_only=True)
class Neighbor:
    """A training row that is much like the explained one.

    Attributes:
        row: Its number in the training table, from 1.
        cells: As given, by column; of a picture what it is called.
        pictures: Those that could be read, by column.
        truth: The target's cell as given; None if the table has none.
        distance: Euclidean, in the last hidden layer of all members.
        prediction: The explained output for this row.
    """

    row: int
    cells: dict[str, Any]
    pictures: dict[str, Picture] = field(repr=False)
    truth: Any
    distance: float
    prediction: float


@dataclass(frozen=True, kw_only=True)
class Neighbors:
    """The training rows most like a row.

    Attributes:
        source: Name of the training table.
        num_rows: Number of its rows.
        output: What their `prediction` is, e.g. "probability of yes".
        rows: The nearest rows, nearest first. A row that itself stands in the training table is
            found there, at distance 0.
        typical: Part of training rows whose own nearest other row is at least as far: near 0 for a
            row unlike any in training.
        sample: From how many training rows that part was counted.
    """

    source: str
    num_rows: int
    output: str
    rows: list[Neighbor]
    typical: float
    sample: int

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        rows = [
            {
                **{k: v for k, v in vars(n).items() if k != "pictures"},
                "cells": {k: plain_cell(v) for k, v in n.cells.items()},
                "truth": plain_cell(n.truth),
            }
            for n in self.rows
        ]
        return {**vars(self), "rows": rows}


def nearest_rows(
    model: Predictor, training: Any, rows: Any, row: int = 1, count: int = 5
) -> Neighbors:
    """Find the training rows that the network takes to be most like a row.

    Args:
        model: A fitted estimator. It keeps no rows, so the training rows must be given.
        training: The rows it learned from: a file or a DataFrame, with or without the target, or
            an array without it.
        rows: Where the row stands, likewise.
        row: Its number, 1 for the first.
        count: How many training rows to find.

    Returns:
        The nearest rows, and how usual such a distance is among the training rows.

    Raises:
        OptionError: There is no such row, or `count` is below 1; or `model` is none.
        NotFittedError: It has not learned yet.
        DataError: The rows do not fit the model.
    """
    rule = Number(whole=True, at_least=1)
    if not rule.accepts(count):
        raise OptionError(f"count must be {rule.words()}, but is {count!r}.", option="count")
    return find_neighbors(model, training, take_row(model, rows, row), count)


def find_neighbors(model: Predictor, training: Any, row: Row, count: int = 5) -> Neighbors:
    """`nearest_rows` of a row that is already encoded."""
    table = training_part(table_of(model, training))
    known = FrameRows(convert(table, model.schema_))
    if not len(known):
        raise DataError(f"{table.name} has no rows. Give at least one.", file=table.name)
    h_1H = _last_hidden(model.model_, row.inputs)
    generator = np.random.default_rng(0)
    size = min(TYPICAL_ROWS, len(known))
    sample = np.sort(generator.choice(len(known), size, replace=False))
    distances, own = _distances(model.model_, known, h_1H, sample)
    nearest = np.argsort(distances, kind="stable")[:count]
    return Neighbors(
        source=table.name,
        num_rows=len(known),
        output=row.output,
        rows=_described(model, table, known, nearest, distances[nearest], row.target),
        typical=float((own >= distances[nearest[0]]).mean()),
        sample=size,
    )


def _described(
    model: Predictor,
    table: Table,
    rows: RowSource,
    places: np.ndarray,
    distances: np.ndarray,
    target: int,
) -> list[Neighbor]:
    given = table.frame[places]
    nearest = rows.take(places)
    predictions = model.model_.predict(nearest)[:, target]
    pictures = pictures_of(next(nearest.blocks(len(places))))
    return [
        Neighbor(
            row=int(table.numbers[place]),
            cells=cells,
            pictures=seen,
            truth=truth,
            distance=d,
            prediction=p,
        )
        for place, cells, seen, truth, d, p in zip(
            places,
            named_cells(given, pictures),
            pictures,
            true_cells(model, given),
            distances.tolist(),
            predictions.tolist(),
            strict=True,
        )
    ]


def _distances(
    model: Model, rows: RowSource, h_1H: Tensor, sample: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distance of every training row to h (n,), and of a sample of them to their nearest other."""
    sample_SH = torch.cat([h for _, h in _blocks(model, rows.take(sample))])
    places_S = torch.from_numpy(sample).to(sample_SH.device)
    own_S = torch.full_like(sample_SH[:, 0], torch.inf)
    distances = []
    for start, h_BH in _blocks(model, rows):
        distances_B = (h_BH - h_1H).norm(dim=1)
        distances.append(distances_B.masked_fill(distances_B <= ROUNDING * h_1H.norm(), 0.0))
        squares_SB = _squared_distances(sample_SH, h_BH)
        itself = (places_S >= start) & (places_S < start + len(h_BH))
        squares_SB[itself, places_S[itself] - start] = torch.inf
        own_S = torch.minimum(own_S, squares_SB.amin(dim=1))
    return torch.cat(distances).cpu().numpy(), own_S.sqrt().cpu().numpy()


def _squared_distances(a_SH: Tensor, b_BH: Tensor) -> Tensor:
    """‖a‖² + ‖b‖² − 2 a·b: one product of matrices instead of S·B·H differences."""
    products_SB = a_SH @ b_BH.T
    squares_SB = (a_SH**2).sum(1)[:, None] + (b_BH**2).sum(1) - 2.0 * products_SB
    return squares_SB.clamp_min_(0.0)


def _blocks(model: Model, rows: RowSource) -> Iterator[tuple[int, Tensor]]:
    """The last hidden layer's h of all rows, block by block, each with the place of its first."""
    start = 0
    for block in rows.blocks(ROWS_COMPARED_AT_ONCE):
        yield start, _last_hidden(model, model.encode(block))
        start += block.height


@torch.no_grad()
def _last_hidden(model: Model, inputs: Inputs) -> Tensor:
    """What the last dense layer gets: n rows → (n, H)."""
    network = model.exact_network
    last = max(place for place, layer in enumerate(network.layers) if layer.shapes)
    h = _x_of(model, inputs.to(network.weights.device))
    for layer in network.layers[:last]:
        h = layer(h)
    if len(h) == len(inputs):  # before the members part
        return h
    return torch.cat(list(network.by_member(h)), dim=1)


def _x_of(model: Model, inputs: Inputs) -> Tensor:
    """The vector x (n, I): in float64, but what is seen in pictures as in a prediction.

    That is ten times quicker, and as good: there, too, equal pictures give equal numbers.
    """
    branches = model.exact_network.input_layer.branches.items()
    parts = [
        model.network.features(port, inputs[port]).double()
        if isinstance(branch, PictureBranch)
        else branch(inputs[port])
        for port, branch in branches
    ]
    return torch.cat(parts, dim=1)
