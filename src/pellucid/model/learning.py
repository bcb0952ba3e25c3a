"""How a model is made: rows and a plan in, a trained and calibrated model out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.data.batches import Batches
from pellucid.data.combinations import Combinations
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.grouping import Places
from pellucid.data.kinds.column import Schema
from pellucid.data.private import coarsened
from pellucid.data.rows import Rows
from pellucid.data.sources.table import Table
from pellucid.data.splits import Split
from pellucid.data.table_encoder import TableEncoder
from pellucid.errors import DataError, OptionError
from pellucid.model.checkpoint import Checkpoint, Identity, SavedTraining
from pellucid.model.cost_clock import CostClock
from pellucid.model.model import Model, outputs_of, versions
from pellucid.model.plan import Plan
from pellucid.model.recipe import (
    build_branches,
    build_layers,
    encoding_plan,
    make_batches,
    make_optimizer,
    make_plan,
    start_from,
)
from pellucid.model.record import (
    JUDGED_OF_AN_EPOCH,
    Epoch,
    Record,
    RowCounts,
    ValidationScore,
)
from pellucid.model.references import find_references
from pellucid.model.temperature import fit_temperature
from pellucid.model.ways import attempt_of, candidates, validation_error
from pellucid.network.network import Network
from pellucid.network.precision import SMALLEST_REDUCED_PRODUCT
from pellucid.options import NetworkOptions
from pellucid.tasks.task import Task
from pellucid.training.events import (
    ASKED_TO_END,
    EpochEnded,
    Event,
    Reason,
    TrainingEnded,
    Validation,
)
from pellucid.training.loop import step_to_time, train
from pellucid.training.state import Course, TrainingState
from pellucid.training.stopping import never
from pellucid.training.threads import quickest_threads

Floats = npt.NDArray[np.float64]

ABSURD = 3.0
"""Times the loss of knowing nothing."""
LEAST_GAIN = 0.001
"""Part of the loss of knowing nothing by which validation must fall, so that training goes on."""
FEWEST_TO_LEARN = 2
SEEN_BEFORE = 2_000
"""Rows in whose pictures is found, before the first step, what is usual in them."""


def check_learnable(table: Table, schema: Schema) -> None:
    """Refuse, before any work, rows from which nothing can be learned.

    Raises:
        DataError: There are too few, or no column is left to learn from.
    """
    if table.frame.height < FEWEST_TO_LEARN:
        raise DataError(
            f"{table.name} has only {table.frame.height} sample (row) to learn from, but a "
            f"network needs {FEWEST_TO_LEARN} at least, and some hundreds to be of use. Give more.",
            file=table.name,
        )
    if not schema.kept:
        reasons = "; ".join(f"{c.name}: {c.reason}" for c in schema.columns[:5])
        raise DataError(
            f"No column of {table.name} is left to learn from ({reasons}). Give columns that vary, "
            "or say what they are with columns=.",
            file=table.name,
        )


def learn(  # noqa: PLR0913 - each is a choice of the caller
    rows: Rows,
    split: Split,
    task: Task,
    options: NetworkOptions,
    *,
    seed: int,
    on_event: Callable[[Event], None],
    stop: Callable[[], Reason | None] = never,
    checkpoint: str | Path | None = None,
) -> Model:
    """Train a model.

    Where there are several ways to learn (`candidates`), all are tried and the one with the better
    validation score is kept.

    Args:
        rows: All rows.
        split: Which of them train, and which judge.
        task: What is learned; already fitted to the training part.
        options: What a person said.
        seed: Of everything random.
        on_event: Told what happens.
        stop: Asked after each step; a reason ends training with the best network so far.
        checkpoint: File to keep the training in; if it is there, the training goes on from it.

    Returns:
        The model, with its training record.

    Raises:
        DataError: No column has a cell that could be learned from.
        CheckpointError: The checkpoint is damaged, or of another training.
    """
    clock = CostClock()
    plan, encoder, combinations = _prepare(rows, split, task, options, seed)
    encoded = EncodedRows.of(encoder, rows)
    saved = None
    if checkpoint is not None:
        identity = Identity.of(rows, split, task, options, plan)
        saved = Checkpoint(Path(checkpoint), identity, clock)
    models: list[Model] = []
    for number, (learned, way) in enumerate(candidates(task, plan, rows, split, options)):
        kept = learned.without_values() if options.private else learned
        one = _Training(rows, split, encoder, encoded, kept, way)
        models.append(one.run(on_event, stop, saved.training(number) if saved else None))
        if models[-1].record.ended.reason in ASKED_TO_END:
            break
    best = min(models, key=validation_error)
    best.combinations = combinations
    if not options.private:
        unseen = np.arange(0) if split.has_folds else split.validation
        learned_from, judging = rows.take(split.training), rows.take(unseen)
        best.references = find_references(best.network, encoder, learned_from, judging)
    # Of rows as they came, whatever they weigh: what `evaluate` compares with knowing nothing.
    known = split.validation if split.has_folds else split.training
    best.record = replace(
        best.record,
        tried=tuple(attempt_of(model) for model in models),
        cost=clock.cost,
        prior=tuple(task.prior(rows.target[known]).tolist()),
    )
    return best


def _prepare(
    rows: Rows, split: Split, task: Task, options: NetworkOptions, seed: int
) -> tuple[Plan, TableEncoder, Combinations]:
    """What is found out about the training rows before the first step; no copy of them stays."""
    training = rows.take(split.training)
    plan = make_plan(options, training, task, seed)
    frame = coarsened(training.frame) if options.private else training.frame
    encoding = encoding_plan(plan, len(rows), has_folds=split.has_folds, is_private=options.private)
    encoder = TableEncoder.fit(frame, training.weights, encoding)
    return plan, encoder, Combinations.fit(frame)


class _Training:
    """One training: what is needed for it, and how it is carried out."""

    def __init__(
        self,
        rows: Rows,
        split: Split,
        encoder: TableEncoder,
        encoded: EncodedRows,
        task: Task,
        plan: Plan,
    ) -> None:
        self.rows, self.split, self.encoder, self.task, self.plan = rows, split, encoder, task, plan
        self.learning, self.judging = encoded.take(split.training), encoded.take(split.validation)
        layers = build_layers(encoder, task.num_outputs, plan, own_matrices=split.has_folds)
        self.network = Network(
            layers,
            branches=build_branches(encoder, plan),
            members=plan.members,
            seed=plan.seed,
            device=plan.device,
            reduced_precision=plan.reduced_precision,
        )
        if plan.learns_features:
            some = torch.from_numpy(evenly_spread(len(self.learning), SEEN_BEFORE))
            start_from(self.network, self.learning.inputs(some))
        self.history: list[Epoch] = []

    def run(
        self,
        on_event: Callable[[Event], None],
        stop: Callable[[], Reason | None],
        saved: SavedTraining | None,
    ) -> Model:
        plan, batches = self.plan, self._batches()
        course = Course(
            num_epochs=plan.max_epochs,
            learning_rate=plan.learning_rate,
            schedule=plan.schedule,
            least_gain=LEAST_GAIN * self._loss_of_nothing,
            time_budget=plan.time_budget,
        )
        validate = self._validate if self.split.has_validation else None
        optimizer = make_optimizer(self.network, plan)
        kept_threads = saved.threads if saved else None
        # The batch to time uses up one order of rows.
        with quickest_threads(
            step_to_time(self.network, self.task.loss, next(iter(batches))),
            len(self.network.weights),
            kept_threads,
            convolves=bool(self.network.filters),
        ) as threads:
            state = TrainingState(self.network, self.task.loss, optimizer, batches, course)
            if saved:
                saved.restore(state)
            for epoch in state.history:
                self._note(epoch)
            for event in train(state, validate=validate, stop=stop):
                threads.watch(event)
                self._note(event)
                if saved:
                    saved.watch(state, event, threads.count)
                on_event(event)
            self._threads = threads.count
        self._check_that_it_converged(saved)
        return self._model()

    def _check_that_it_converged(self, saved: SavedTraining | None) -> None:
        """Refuse a network that is worse than none; numbers are clamped, so they would not show it.

        Raises:
            OptionError: The loss was not finite, or absurd in the best epoch.
        """
        found = f"the loss was not finite in epoch {self.ended.epochs}"
        if self.ended.best_epoch:
            kept = next(e for e in self.history if e.epoch == self.ended.best_epoch)
            nothing = self.task.loss_of_nothing
            if kept.loss <= ABSURD * nothing or self._is_better_than_nothing(kept):
                return
            found = (
                f"in its best epoch the loss was {kept.loss:.3g}, where knowing nothing has "
                f"{nothing:.2g}"
            )
        if saved and self.ended.reason not in ASKED_TO_END:
            saved.remove_file()  # it would refuse the other learning rate
        raise OptionError(
            f"Training diverged: {found}. Give a learning_rate below {self.plan.learning_rate:g}.",
            option="learning_rate",
        )

    def _is_better_than_nothing(self, epoch: Epoch) -> bool:
        """Whether an epoch's network is, for the rows that judge; first steps may go astray."""
        return epoch.validation is not None and epoch.validation.loss < self._loss_of_nothing

    @cached_property
    def _loss_of_nothing(self) -> float:
        """Loss of the rows that judge, if the same were predicted for all; 0 without such rows."""
        judging = self._judging
        if not len(judging):
            return 0.0
        constant = np.tile(self.task.prior(judging.target), (len(judging), 1))
        return self.task.validate(constant, judging.target, judging.weights).loss

    def _batches(self) -> Batches:
        places = self.split.training
        return make_batches(
            self.learning.inputs,
            self.task.encode(self.rows.target[places]),
            self.split.member_weights(self.rows.weights[places], self.plan.members),
            self.plan,
            seed=self.plan.seed,
        )

    def _validate(self) -> Validation:
        judging, outputs = self._judging, self._outputs
        if self.plan.filters and len(judging) > JUDGED_OF_AN_EPOCH:
            some = evenly_spread(len(judging), JUDGED_OF_AN_EPOCH)
            judging = judging.take(some)
            outputs = partial(outputs_of, self.network, self.judging.take(some))
        return self.task.validate(self.task.decode(outputs(), 1.0), judging.target, judging.weights)

    @cached_property
    def _judging(self) -> Rows:
        return self.split.judging(self.rows)

    def _outputs(self) -> Tensor:
        """Outputs for the validation rows, of the members that did not learn from them."""
        return self.split.unseen(outputs_of(self.network, self.judging))

    def _note(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            self.history.append(Epoch.of(event))
        elif isinstance(event, TrainingEnded):
            self.ended = event

    def _reduces_products(self) -> bool:
        largest = max(layer.products for layer in self.network.parts) * self.plan.batch_size
        return self.plan.reduced_precision and largest >= SMALLEST_REDUCED_PRODUCT

    def _model(self) -> Model:
        model = Model(
            encoder=self.encoder, network=self.network, task=self.task, record=self._record()
        )
        if not self.split.has_validation:
            return model
        outputs_KBO, judging = self._outputs(), self._judging
        model.temperature = fit_temperature(self.task, outputs_KBO, judging)
        decoded = self.task.decode(outputs_KBO, model.temperature)
        model.conformal = self.task.calibrate(outputs_KBO, decoded, judging.target)
        judged = self.task.validate(decoded, judging.target, judging.weights)
        validation = ValidationScore(rows=len(judging), loss=judged.loss, score=judged.score)
        model.record = replace(model.record, validation=validation)
        return model

    def _record(self) -> Record:
        """How it went, before the kept network is judged."""
        split = self.split
        return Record(
            plan=self.plan,
            rows=RowCounts(training=len(split.training), validation=len(split.validation)),
            folds=0 if split.folds is None else len(np.unique(split.folds)),
            split=split.basis,
            ended=self.ended,
            threads=self._threads,
            products="reduced" if self._reduces_products() else "float32",
            history=tuple(self.history),
            versions=versions(),
        )


def evenly_spread(count: int, most: int) -> Places:
    """Some of so many places."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)
