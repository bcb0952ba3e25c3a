"""How a trained model goes on: more rows learned, predictions measured on new rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.rows import Rows
from pellucid.data.splits import Split
from pellucid.errors import DataError, ModelFileError
from pellucid.model.model import Continuation, Model
from pellucid.model.plan import Plan
from pellucid.model.recipe import make_batches, make_optimizer
from pellucid.model.references import References, find_references
from pellucid.model.temperature import fit_temperature
from pellucid.training.loop import train
from pellucid.training.state import Course, TrainingState

RATE = 0.25
"""Part of the training's greatest rate: large enough to learn, small enough to keep."""


def learn_more(model: Model, rows: Rows, *, is_private: bool = False) -> Model:
    """Learn from rows too, each once, at a constant rate; the running average is kept, as in `fit`.

    Where it goes on from is all in the model, so a copy, or one read from its file, learns the
    same, bit for bit: what the optimizer remembers, and the number of the pass, from which come
    the order of the rows and what dropout silences.

    Args:
        model: What to go on with. It stays as it is.
        rows: The rows.
        is_private: Whether the model keeps the ranges of its training: those of a few rows, however
            rounded, would tell of single ones.

    Returns:
        The model with the new weights; what it was unlike in training is counted anew, and what
        was measured on validation rows is gone, for it was of other weights; so are pictures to
        which others are compared.

    Raises:
        DataError: The loss was not finite.
    """
    plan, network = _plan_of(model), model.network.copy()
    passes = 1 + (model.continuation.passes if model.continuation else 0)
    optimizer = make_optimizer(network, plan)
    if model.continuation:
        optimizer.restore(model.continuation.optimizer)
    network.generator.manual_seed(plan.seed + passes)
    split = Split(training=np.arange(len(rows)), validation=np.arange(0))
    batches = make_batches(
        EncodedRows.of(model.encoder, rows).inputs,
        model.task.encode(rows.target),
        split.member_weights(rows.weights, plan.members),
        plan,
        seed=plan.seed + passes,
    )
    course = Course(num_epochs=1, learning_rate=RATE * plan.learning_rate)
    state = TrainingState(network, model.task.loss, optimizer, batches, course)
    for _ in train(state):
        pass
    if state.reason == "loss is not finite":
        raise DataError(
            "Learning from these rows diverged: the loss was not finite. The model stays as it "
            "was. Look for targets or weights far beyond those it was trained on."
        )
    return replace(
        model,
        network=network,
        encoder=model.encoder if is_private else model.encoder.widened(rows.frame),
        combinations=model.combinations and model.combinations.counting(rows.frame),
        conformal=None,
        references=(),
        continuation=Continuation(passes=passes, optimizer=optimizer.state()),
    )


def calibrate(model: Model, rows: Rows, *, is_private: bool = False) -> Model:
    """Measure predictions on rows the model did not learn from.

    Args:
        model: What predicts. It stays as it is.
        rows: The rows.
        is_private: Whether the model may keep no picture, as whatever vector.

    Returns:
        The model with another temperature, with scores for sets and intervals, and with other
        limits for what is odd, all from these rows; pictures are compared to some of them where
        there are none of training.
    """
    outputs_KBO = model.outputs(rows)
    temperature = fit_temperature(model.task, outputs_KBO, rows)
    decoded = model.task.decode(outputs_KBO, temperature)
    return replace(
        model,
        temperature=temperature,
        conformal=model.task.calibrate(outputs_KBO, decoded, rows.target),
        combinations=model.combinations and model.combinations.limited_by(rows.frame),
        references=() if is_private else _compared(model, rows),
    )


def _compared(model: Model, rows: Rows) -> tuple[References, ...]:
    """Pictures to which others are compared, with limits that some rows give."""
    network, encoder = model.network, model.encoder
    if not model.references:
        return find_references(network, encoder, rows, rows.take(np.arange(0)))
    return tuple(each.limited_by(network, encoder, rows) for each in model.references)


def check_continuation(model: Model) -> None:
    """Compare what the optimizer remembers with the optimizer there would be.

    Raises:
        ModelFileError: They do not belong together.
    """
    if model.continuation is None:
        return
    try:
        make_optimizer(model.network, _plan_of(model)).restore(model.continuation.optimizer)
    except ValueError as error:
        raise ModelFileError(f"The model cannot go on learning: {error}.") from error


def _plan_of(model: Model) -> Plan:
    return replace(model.record.plan, device=str(model.network.weights.device))
