"""What both estimators share: scikit-learn's contract, and the steps of `fit`."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pellucid.data.classes import as_in_training
from pellucid.data.conversion import absent_columns, convert
from pellucid.data.grouping import Times
from pellucid.data.parts import calibrating_part, training_part
from pellucid.data.rows import FrameRows, Rows, first_of_equal
from pellucid.data.schema import infer_schema
from pellucid.data.split_options import Splitting
from pellucid.data.splits import Split
from pellucid.data.unseen import without_unseen
from pellucid.estimators.arguments import GivenRows, as_parted
from pellucid.estimators.continuation import calibrate, learn_more
from pellucid.estimators.labeled_input import LabeledRowReader
from pellucid.estimators.reading import Reading, TrainingRows
from pellucid.estimators.saving import Saving
from pellucid.estimators.summary import summarize
from pellucid.estimators.validation import (
    add_judging,
    part_rows,
    read_judging,
    weigh_classes,
    without_repeated,
)
from pellucid.model.checkpoint import remove_if_complete
from pellucid.model.file import check_checkpoint
from pellucid.model.learning import check_learnable, learn
from pellucid.model.novelty import Novelty, judge_novelty
from pellucid.model.recipe import draw_seed
from pellucid.options import NetworkOptions, check_options, given_encoders
from pellucid.tasks.task import Task
from pellucid.training.events import Event, TrainingStopped
from pellucid.training.progress import Progress
from pellucid.training.stopping import Interruption, OnInterrupt, check_on_interrupt

Array = npt.NDArray[Any]

LOGGER = logging.getLogger("pellucid")
"""Told which columns `fit` leaves out; silent until the caller gives it a handler."""
LOGGER.addHandler(logging.NullHandler())


@dataclass(kw_only=True, eq=False, repr=False)
class Estimator(NetworkOptions, LabeledRowReader, Saving):
    """What both estimators share."""

    def fit(  # noqa: PLR0913 - each is a choice of the caller
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        by_time: Any = None,
        drop_repeated: bool = False,
        validation_data: Any = None,
        on_event: Callable[[Event], None] | None = None,
        on_interrupt: OnInterrupt = "raise",
        stop: Callable[[], bool] | None = None,
        checkpoint: str | Path | None = None,
    ) -> Self:
        """Learn from rows and their targets.

        Some rows do not learn but judge: when to stop, how sure probabilities may be, how wide
        intervals must be. Copies of a row all learn or all judge. `groups` and `by_time` say how
        rows to come will differ from these, so that the judgement is about such.

        It succeeds as a whole or not at all: where it fails, the estimator is what it was before,
        fitted or not. One thing is kept: the best network so far of an estimator that had none,
        when Ctrl-C ends its training.

        Args:
            X: Rows: an array (n, columns), a DataFrame, or a file.
            y: Targets, shape (n,) or (n, O); or the name of the target column within X.
            sample_weight: Weight of each row, shape (n,).
            groups: Name of a column of X, or a value for each row (n,), such as its patient: the
                rows of one group all learn or all judge. The column is not learned from, unless the
                option `columns` says what it is.
            by_time: Name of a column of dates or numbers, or one for each row (n,): the later rows
                judge. The column is learned from, unless the option `columns` leaves it out.
            drop_repeated: Whether to leave out rows that repeat an earlier one.
            validation_data: Other rows that judge, so that all of X learns: (X, y); or, where y is
                the name of a column, also one table or file with this column.
            on_event: Told what happens during training.
            on_interrupt: What Ctrl-C does: "raise" a KeyboardInterrupt after the step, or "stop"
                the training cleanly, with the best network so far. A second one is immediate.
            stop: Asked after each step; True stops the training cleanly, likewise.
            checkpoint: File to keep the training in: every minute, and when it is interrupted or
                stopped. If it is there, the same training goes on from it and comes to the same
                weights, bit for bit, as one that was never interrupted. It is removed when the
                training is complete.

        Returns:
            The estimator itself, fitted.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be learned from; the message says why and what to do.
            CheckpointError: The checkpoint is damaged, or of another training.
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        check_on_interrupt(on_interrupt)
        check_checkpoint(checkpoint)
        splitting = Splitting(groups=groups, by_time=by_time, drop_repeated=drop_repeated)
        given = GivenRows(
            rows=X, validation=validation_data, weights=sample_weight, splitting=splitting
        )
        reading, split = self._read_and_part(given, y)
        self.learn_from(
            reading,
            split,
            on_event=on_event,
            on_interrupt=on_interrupt,
            stop=stop,
            checkpoint=checkpoint,
        )
        for column in reading.schema:
            if not column.is_kept:
                LOGGER.warning("column %r is not learned from: %s", column.name, column.reason)
        remove_if_complete(checkpoint, self.model_)
        return self

    def _read_and_part(
        self, given: GivenRows, y: Any, classes: Array | None = None
    ) -> tuple[Reading, Split]:
        """The steps of `fit` before learning."""
        given = as_parted(given, self.validation_fraction)
        reading = self.read(given.rows, y, given.weights, given.splitting, classes)
        judging = read_judging(given.validation, reading, given.splitting, self.knowing(reading))
        reading, split = self.part(reading, judging)
        return self.judge_codes(reading, [split.training]), split

    def knowing(self, reading: Reading) -> Self:
        """A copy with the same options that can read further rows as these were read."""
        return copy.copy(self).take_over(reading, None)

    def read(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        splitting: Splitting | None = None,
        classes: Array | None = None,
    ) -> Reading:
        """The first step of `fit`: judge what the columns are, and read them so.

        Args:
            X: As in `fit`.
            y: Likewise.
            sample_weight: Likewise.
            splitting: How to tell rows that learn from rows that judge.
            classes: All classes, where the rows may not hold them all.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be learned from; the message says why and what to do.
        """
        check_options(self)
        splitting = splitting or Splitting()
        taken = self._take_training(X, y, sample_weight)
        if classes is not None and taken.target.ndim == 1:
            taken = replace(taken, target=as_in_training(taken.target, classes))
        split_by, notes = splitting.read(taken.table, taken.present, taken.target_names)
        if self.private and isinstance(split_by, Times):
            split_by = replace(split_by, are_private=True)
        if splitting.drop_repeated:
            taken, split_by = without_repeated(taken, split_by)
        kinds = {n: k for n, k in (self.columns or {}).items() if n not in taken.target_names}
        encoders = given_encoders(self.image_encoder, self.text_encoder)
        schema = infer_schema(taken.table, kinds=kinds, encoders=encoders)
        schema = splitting.leave_out_groups(schema, self.columns)
        check_learnable(taken.table, schema)
        rows = Rows(
            frame=convert(taken.table, schema),
            target=taken.target,
            weights=taken.weights,
            numbers=taken.table.numbers,
            split_by=split_by,
        )
        if splitting.drop_repeated:
            # Again: cells that are left out, or written in two ways, made no difference.
            rows = rows.take(first_of_equal(rows))
            notes.append(f"repeated rows dropped: {taken.present.sum() - len(rows):,}")
        rows, unseen = without_unseen(rows)
        notes += [*unseen, *splitting.describe_time(schema), *rows.describe_copies()]
        classes = self._all_classes(taken, classes)
        notes = [*taken.told(private=bool(self.private)), *notes]
        return Reading(
            rows=rows,
            schema=schema.without_values() if self.private else schema,
            num_columns=taken.table.frame.width,
            column_names=taken.column_names,
            target_names=taken.target_names,
            target_decimal=taken.target_decimal,
            is_by_name=taken.is_by_name,
            is_flat=taken.is_flat,
            classes=classes,
            seed=draw_seed(self.random_state),
            notes=tuple(notes),
        )

    def part(self, reading: Reading, judging: Rows | None = None) -> tuple[Reading, Split]:
        """The second step of `fit`: folds where rows are few, else a part held out.

        Args:
            reading: What `read` returned, or some of its rows.
            judging: Other rows that judge, so that all of the rows learn; None for none.

        Returns:
            The reading, equal rows merged where there are folds; which learn and which judge.
        """
        rows, generator = reading.rows, np.random.default_rng(reading.seed)
        if judging is None:
            strata = self.task_of(rows.target).strata
            rows, split = part_rows(rows, self, lambda rows: strata(rows.target), generator)
        else:
            rows, split = add_judging(rows, judging, self)
        rows, split = weigh_classes(rows, split, self._class_factors(rows, reading.classes))
        return replace(reading, rows=rows).noting(*split.describe_repeated()), split

    def learn_from(
        self,
        reading: Reading,
        split: Split,
        *,
        on_event: Callable[[Event], None] | None = None,
        on_interrupt: OnInterrupt = "raise",
        stop: Callable[[], bool] | None = None,
        checkpoint: str | Path | None = None,
        time_budget: float | None = None,
    ) -> Self:
        """The last step of `fit`: learn from what `part` and `judge_codes` returned.

        Args:
            reading: The rows, as they were read.
            split: Which of them learn and which judge.
            on_event: As in `fit`.
            on_interrupt: Likewise.
            stop: Likewise.
            checkpoint: Likewise; but it stays, for whoever has yet to save the model.
            time_budget: Seconds, in place of the option; None for what the option says.

        Returns:
            The estimator itself, fitted.

        Raises:
            CheckpointError: The checkpoint is damaged, or of another training.
            KeyboardInterrupt: Ctrl-C was pressed; the best network so far is there, if there was
                none before.
        """
        rows = reading.rows
        task = self._make_task(rows.take(split.training), reading)
        options = copy.copy(self)
        options.time_budget = time_budget or options.time_budget
        with (
            Progress(task.score_name, is_shown=self.verbose, unit=reading.unit) as progress,
            Interruption(on_interrupt, delays=checkpoint is not None) as interruption,
        ):

            def tell(event: Event) -> None:
                progress(event)
                if on_event is not None:
                    on_event(event)
                if isinstance(event, TrainingStopped):
                    interruption.pass_on()

            model = learn(
                rows,
                split,
                task,
                options,
                seed=reading.seed,
                on_event=tell,
                stop=interruption.or_asked_by(stop),
                checkpoint=checkpoint,
            )
        is_interrupted = interruption.asked and on_interrupt == "raise"
        if not (is_interrupted and hasattr(self, "model_")):
            self.take_over(reading, model)
        if is_interrupted:
            raise KeyboardInterrupt
        return self

    def _all_classes(self, taken: TrainingRows, classes: Array | None) -> Array | None:
        """All classes, of targets that are some."""
        return None

    def _class_factors(self, rows: Rows, classes: Array | None) -> npt.NDArray[np.float64] | None:
        """By what the weight of each row (n,) is multiplied, for its class; None for nothing."""
        return None

    def _make_task(self, training: Rows, reading: Reading) -> Task:
        """The task that the rows that learn pose."""
        task = self.task_of(training.target)
        return task.fit(training.target, training.weights, reading.classes)

    def calibrate(self, X: Any, y: Any = None) -> Self:
        """Measure predictions on new rows: after `partial_fit`, or where the world has changed.

        From these rows come the temperature of probabilities, what `predict_set` and intervals
        promise, and what `unlike_training` calls odd: the score of a combination, the distance of
        a picture. The weights stay. As with `fit`, it succeeds as a whole or changes nothing.

        Args:
            X: Rows as in `fit`, of those that will be predicted. None of them may have been
                learned from, or predictions look surer than they are.
            y: Their targets.

        Returns:
            The estimator itself.

        Raises:
            NotFittedError: Nothing has been learned yet.
            DataError: The rows do not fit the model.
        """
        self.check_fitted()
        rows = self._more_rows(X, y, None, calibrating_part)
        self.model_ = calibrate(self.model_, rows, is_private=bool(self.private))
        return self

    def encode(self, X: Any, *, allow_missing: bool = False) -> Tensor | tuple[Tensor, ...]:
        """What the network gets for rows: the input of `model_.network.to_module()`.

        Args:
            X: Rows to predict.
            allow_missing: Whether columns may be missing; they are unknown then.

        Returns:
            The network's inputs on the CPU: numbers, float32 (n, I); codes whose vectors it learns,
            int64 (n, C); of each column of pictures (n, H, W, colors), of texts float32 (n, L, 2),
            terms and weights. Of several the tensors, as captum takes them, and the module as
            `module(*inputs)`. `model_.encoder.input_names()` says what each input is.

        Raises:
            NotFittedError: Nothing has been learned yet.
            DataError: The rows do not fit the model.

        Example:
            With one member, the module's output is all there is between inputs and probabilities:

            >>> from pellucid import Classifier
            >>> X, y = [[0.0], [1.0], [2.0], [3.0]] * 10, [0, 0, 1, 1] * 10
            >>> model = Classifier(members=1, max_epochs=1).fit(X, y)
            >>> module, temperature = model.model_.network.to_module(), model.model_.temperature
            >>> probabilities = (module(model.encode(X)) / temperature).softmax(dim=1)
            >>> np.allclose(probabilities.detach(), model.predict_proba(X), atol=1e-6)
            True
        """
        self.check_fitted()
        rows = self._converted(X, allow_missing=allow_missing)
        inputs = self.model_.encoder.encode(rows.frame)
        ports = tuple(inputs.tensors.values())
        return ports[0] if len(ports) == 1 else ports

    def unlike_training(self, X: Any, *, allow_missing: bool = False) -> Novelty:
        """Which rows are unlike those of training, and why: their predictions are guesses.

        Args:
            X: Rows to predict.
            allow_missing: Whether columns may be missing; every row is unlike training then.

        Returns:
            Scores, flags and reasons: `pellucid.model.novelty`.

        Raises:
            ModelFileError: The model comes from a Pellucid that did not count combinations.
        """
        self.check_fitted()
        table = self.take_rows(X, by_name=allow_missing)
        rows = FrameRows(convert(table, self.schema_, allow_missing=allow_missing))
        return judge_novelty(self.model_, rows, absent_columns(table, self.schema_))

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """The options that were changed; once it is fitted, its scores and columns too."""
        said = str(super().__repr__(N_CHAR_MAX))
        if not hasattr(self, "model_"):
            return said
        return "\n  ".join([said, *summarize(self.model_, self.schema_, self.target_)])

    def _learn_more(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """One more pass over the given rows, with columns, classes and scales as they are."""
        check_options(self)
        rows = self._more_rows(X, y, sample_weight, training_part)
        factors = self._class_factors(rows, self.model_.task.classes)
        rows = rows if factors is None else rows.weighed(factors)
        self.model_ = learn_more(self.model_, rows, is_private=bool(self.private))
        return self
