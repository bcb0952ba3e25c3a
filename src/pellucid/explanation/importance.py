"""Which columns a network leans on, over many rows.

Two measures, each with a 95 % interval for new rows from the same source:

- How much worse its predictions get when a column is shuffled among the rows (Breiman 2001,
  "Random Forests", section 10): what the column is worth to the network where targets are known.
- The mean size of the column's integrated gradients: how far it pushes predictions, right or wrong.

Columns that tell the same share their importance: with one of them shuffled, the network still has
the other. So a column without importance may still matter in the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from pellucid.data.rows import Rows
from pellucid.explanation.attribution import attribute
from pellucid.inputs import Inputs
from pellucid.model.model import Model, outputs_of
from pellucid.tasks.metrics import Z95

Floats = npt.NDArray[np.float64]

MOST_SHUFFLED_ROWS = 2_000
MOST_ATTRIBUTED_ROWS = 200
SHUFFLES = 5
MEAN_COMPLETENESS_ERROR = 0.05
"""Looser than for one row: the mean's interval is far wider, and it takes a fifth of the time."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean over rows.

    Attributes:
        value: The mean.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ColumnImportance:
    """How much a network leans on one column.

    Attributes:
        name: The column.
        loss_increase: By how much the mean loss of a row (`Task.row_losses`) grows when the column
            is shuffled.
        score_drop: By how much the headline score gets worse then: accuracy falls, or RMSE grows,
            in the target's unit.
        attribution: Mean size of the column's integrated gradients, in the unit of the output: the
            likeliest class's probability, or the first label or number.
    """

    name: str
    loss_increase: Estimate
    score_drop: Estimate
    attribution: Estimate


def importance(model: Model, rows: Rows, *, seed: int = 0) -> list[ColumnImportance]:
    """Judge how much a network leans on each column.

    Args:
        model: The trained model.
        rows: Converted rows with their targets, best ones it did not learn from. At most 2 000 of
            them are shuffled and 200 attributed, drawn at random; their weights count in the means
            of losses and scores.
        seed: Of what is drawn and shuffled.

    Returns:
        Every column, the one whose shuffling costs most loss first. See the module for what
        happens to columns that tell the same.
    """
    generator = np.random.default_rng(seed)
    rows = rows.take(generator.permutation(len(rows))[:MOST_SHUFFLED_ROWS])
    inputs = model.encode(rows.frame)
    attributions = _attributions(model, next(inputs.blocks(MOST_ATTRIBUTED_ROWS)))
    shuffled = _shuffled(model, rows, inputs, generator)
    found = [
        ColumnImportance(
            name=column.name,
            loss_increase=loss_increase,
            score_drop=score_drop,
            attribution=attribution,
        )
        for column, attribution, (loss_increase, score_drop) in zip(
            model.encoder.columns, attributions, shuffled, strict=True
        )
    ]
    return sorted(found, key=lambda column: -column.loss_increase.value)


def _attributions(model: Model, inputs: Inputs) -> list[Estimate]:
    """Mean size of each column's share, over rows of equal weight."""
    answers = model.task.decode(outputs_of(model.network, inputs.float()), model.temperature)
    target = torch.from_numpy(model.task.explained(answers))
    found = attribute(model, inputs, target, tolerance=MEAN_COMPLETENESS_ERROR)
    weights = np.ones(len(inputs))
    return [_estimate(sizes[None], weights) for sizes in np.abs(found.shares).T]


def _shuffled(
    model: Model, rows: Rows, inputs: Inputs, generator: np.random.Generator
) -> Iterator[tuple[Estimate, Estimate]]:
    """Increase of the loss and drop of the score, column by column."""
    # In float32: half the time, and its rounding is far below what shuffling does by chance.
    inputs = inputs.float()
    losses, scores = _judge(model, rows, inputs)
    orders = [generator.permutation(len(rows)) for _ in range(SHUFFLES)]
    for place in range(len(model.encoder.columns)):
        port, places = model.encoder.input_place(place)
        own = inputs[port][:, places]
        kept = own.clone()
        judged = []
        for order in orders:
            # A shuffled column's inputs are the inputs of the shuffled column.
            own.copy_(kept[order])
            judged.append(_judge(model, rows, inputs))
        own.copy_(kept)
        loss_changes = np.stack([shuffled - losses for shuffled, _ in judged])
        drop, weights = model.task.score_drop, rows.weights
        score_changes = np.stack([drop(scores, shuffled, weights) for _, shuffled in judged])
        yield _estimate(loss_changes, weights), _estimate(score_changes, weights)


def _judge(model: Model, rows: Rows, inputs: Inputs) -> tuple[Floats, Floats]:
    """Loss of each row, and its share in the headline score."""
    decoded = model.task.decode(outputs_of(model.network, inputs), model.temperature)
    return model.task.row_losses(decoded, rows.target), model.task.row_scores(decoded, rows.target)


def _estimate(changes_SN: Floats, weights_N: Floats) -> Estimate:
    """The mean over shuffles S and rows N.

    Its variance is that of the rows' means over shuffles, paired with the unshuffled rows, plus
    that of the shuffles' means.
    """
    num_shuffles, num_rows = changes_SN.shape
    by_row_N = changes_SN.mean(axis=0)
    mean = float(np.average(by_row_N, weights=weights_N))
    parts_N = weights_N / weights_N.sum()
    variance = float((parts_N**2 * (by_row_N - mean) ** 2).sum()) * num_rows / max(1, num_rows - 1)
    if num_shuffles > 1:
        by_shuffle_S = np.average(changes_SN, axis=1, weights=weights_N)
        variance += float(by_shuffle_S.var(ddof=1)) / num_shuffles
    half = Z95 * float(np.sqrt(variance))
    return Estimate(value=mean, low=mean - half, high=mean + half)
