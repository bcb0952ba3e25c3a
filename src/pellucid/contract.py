"""What both estimators share: scikit-learn's contract, and the steps of `fit`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from torch import Tensor

from pellucid.continuation import calibrate, check_continuation, learn_more
from pellucid.data.conversion import absent_columns
from pellucid.data.dataset import Rows, Split, hold_out, make_folds, merge_equal_rows, originals_of
from pellucid.data.schema import Schema, convert, infer_schema
from pellucid.intake import Intake, TrainingRows, check_learnable
from pellucid.learning import learn
from pellucid.model import Model
from pellucid.model_file import write_model_file
from pellucid.novelty import Novelty, judge_novelty
from pellucid.options import NetworkOptions, check_options, to_plain
from pellucid.output import Output
from pellucid.recipe import FEW_ROWS, MEMBERS_OF_FEW_ROWS, draw_seed
from pellucid.tasks import Task
from pellucid.training.events import Event, Reason
from pellucid.training.progress import Progress
from pellucid.training.stopping import Interruption, OnInterrupt, check_on_interrupt

FEW_ENOUGH_TO_MERGE = 2 * FEW_ROWS
MANY_ROWS = 50_000

Array = npt.NDArray[Any]

LEARNED = frozenset(
    {
        "schema_",
        "target_",
        "notes_",
        "n_features_in_",
        "feature_names_in_",
        "classes_",
        "model_",
        "_is_by_name",
        "_is_flat",
        "_seed",
    }
)
"""What `fit` leaves on an estimator."""


@dataclass(kw_only=True, eq=False, repr=False)
class Estimator(NetworkOptions, Intake, Output, BaseEstimator):  # type: ignore[misc]
    """What both estimators share."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        on_event: Callable[[Event], None] | None = None,
        on_interrupt: OnInterrupt = "raise",
        stop: Callable[[], bool] | None = None,
    ) -> Self:
        """Learn from rows and their targets.

        It succeeds as a whole or not at all: where it fails, the estimator is what it was before,
        fitted or not. One thing is kept: the best network so far of an estimator that had none,
        when Ctrl-C ends its training.

        Args:
            X: Rows: an array (n, columns), a DataFrame, or a file.
            y: Targets, shape (n,) or (n, O); or the name of the target column within X.
            sample_weight: Weight of each row, shape (n,).
            on_event: Told what happens during training.
            on_interrupt: What Ctrl-C does: "raise" a KeyboardInterrupt after the step, or "stop"
                the training cleanly, with the best network so far. A second one is immediate.
            stop: Asked after each step; True stops the training cleanly, likewise.

        Returns:
            The estimator itself, fitted.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be learned from; the message says why and what to do.
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        check_on_interrupt(on_interrupt)
        blank = self._blank()
        try:
            rows, split = blank.part(blank.read(X, y, sample_weight))
            blank.learn_from(rows, split, on_event=on_event, on_interrupt=on_interrupt, stop=stop)
        except KeyboardInterrupt:
            if hasattr(blank, "model_") and not hasattr(self, "model_"):
                self._become(blank)
            raise
        return self._become(blank)

    def _blank(self) -> Self:
        """A copy with the same options that has learned nothing."""
        blank = copy.copy(self)
        for name in vars(self).keys() & LEARNED:
            delattr(blank, name)
        return blank

    def _become(self, fitted: Self) -> Self:
        """Take over what another one learned: the one place where it appears."""
        for name in LEARNED:
            self.__dict__.pop(name, None)
        self.__dict__.update({k: v for k, v in vars(fitted).items() if k in LEARNED})
        return self

    def read(
        self, X: Any, y: Any = None, sample_weight: Any = None, classes: Array | None = None
    ) -> Rows:
        """The first step of `fit`: judge what the columns are, and read them so.

        Args:
            X: As in `fit`.
            y: Likewise.
            sample_weight: Likewise.
            classes: All classes, where the rows may not hold them all.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be learned from; the message says why and what to do.
        """
        check_options(self)
        taken = self._take_training(X, y, sample_weight)
        schema = infer_schema(taken.table, kinds=self.columns)
        check_learnable(taken.table, schema)
        taken = replace(taken, classes=self._all_classes(taken, classes))
        frame = convert(taken.table, schema)
        self._remember(taken, schema)
        self._seed = draw_seed(self.random_state)
        return Rows(
            frame=frame,
            target=taken.target,
            weights=taken.weights,
            numbers=taken.numbers,
        )

    def part(self, rows: Rows) -> tuple[Rows, Split]:
        """The second step of `fit`: folds where rows are few, else a part held out.

        Args:
            rows: What `read` returned, or some of it.

        Returns:
            The rows, equal ones merged where there are folds; which learn and which judge.
        """
        generator = np.random.default_rng(self._seed)
        members = MEMBERS_OF_FEW_ROWS if self.members == "auto" else self.members
        if self.validation_fraction == "auto" and members > 1 and len(rows) <= FEW_ENOUGH_TO_MERGE:
            merged = merge_equal_rows(rows)
            if len(merged) < FEW_ROWS:
                split = make_folds(
                    members,
                    merged.weights,
                    self._groups(merged),
                    generator,
                    originals_of(merged.frame),
                )
                return self._weigh_classes(merged, split)
        if rows.weights.min() <= 0.0:
            rows = rows.take(np.flatnonzero(rows.weights))
        fraction = self.validation_fraction
        if fraction == "auto":
            fraction = 0.1 if len(rows) > MANY_ROWS else 0.15
        split = hold_out(fraction, len(rows), self._groups(rows), generator)
        return self._weigh_classes(rows, split)

    def learn_from(
        self,
        rows: Rows,
        split: Split,
        *,
        on_event: Callable[[Event], None] | None = None,
        on_interrupt: OnInterrupt = "raise",
        stop: Callable[[], bool] | None = None,
    ) -> Self:
        """The last step of `fit`: learn from what `part` returned.

        Args:
            rows: The rows.
            split: Which of them learn and which judge.
            on_event: As in `fit`.
            on_interrupt: Likewise.
            stop: Likewise.

        Returns:
            The estimator itself, fitted.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; the best network so far is there.
        """
        task = self._make_task(rows.take(split.training))
        with (
            Progress(task.score_name, is_shown=self.verbose) as progress,
            Interruption(on_interrupt) as interruption,
        ):

            def tell(event: Event) -> None:
                progress(event)
                if on_event is not None:
                    on_event(event)

            def reason_to_stop() -> Reason | None:
                if interruption.asked:
                    return "interrupted"
                return "stopped" if stop is not None and stop() else None

            self.model_: Model = learn(
                rows, split, task, self, seed=self._seed, on_event=tell, stop=reason_to_stop
            )
        if interruption.asked and on_interrupt == "raise":
            raise KeyboardInterrupt
        return self

    def _all_classes(self, taken: TrainingRows, classes: Array | None) -> Array | None:
        """All classes, of targets that are some."""
        return None

    def _groups(self, rows: Rows) -> Array | None:
        return None

    def _class_factors(self, rows: Rows) -> npt.NDArray[np.float64] | None:
        return None

    def _weigh_classes(self, rows: Rows, split: Split) -> tuple[Rows, Split]:
        """Multiply the weights of rows and units by those of their classes."""
        factors = self._class_factors(rows)
        if factors is None:
            return rows, split
        weighed = rows.weighed(factors)
        if split.unit_weights is None:
            return weighed, split
        return weighed, replace(split, unit_weights=split.unit_weights * factors[split.validation])

    def _make_task(self, training: Rows) -> Task:
        raise NotImplementedError

    def calibrate(self, X: Any, y: Any = None) -> Self:
        """Measure predictions on new rows: after `partial_fit`, or where the world has changed.

        From these rows come the temperature of probabilities, what `predict_set` and intervals
        promise, and the score above which `unlike_training` calls a combination odd. The weights
        stay. As with `fit`, it succeeds as a whole or changes nothing.

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
        self.model_ = calibrate(self.model_, self._more_rows(X, y, None))
        return self

    def encode(self, X: Any, *, allow_missing: bool = False) -> Tensor:
        """What the network gets for rows: the input of `model_.network.to_module()`.

        Args:
            X: Rows to predict.
            allow_missing: Whether columns may be missing; they are unknown then.

        Returns:
            The network's inputs, float32 (n, I), on the CPU; `model_.encoder.input_names()` says
            what each is.

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
        return self.model_.encode(self._frame(X, allow_missing=allow_missing)).float()

    def unlike_training(self, X: Any, *, allow_missing: bool = False) -> Novelty:
        """Which rows are unlike those of training, and why: their predictions are guesses.

        Args:
            X: Rows to predict.
            allow_missing: Whether columns may be missing; every row is unlike training then.

        Returns:
            Scores, flags and reasons: `pellucid.novelty`.

        Raises:
            ModelFileError: The model comes from a Pellucid that did not count combinations.
        """
        self.check_fitted()
        table = self.take_rows(X, by_name=allow_missing)
        frame = convert(table, self.schema_, allow_missing=allow_missing)
        return judge_novelty(self.model_, frame, absent_columns(table, self.schema_))

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator to one safe file; `pellucid.load` reads it.

        Args:
            path: Where to; an existing file is replaced only when the new one is complete.

        Raises:
            OptionError: An option was changed to a value it cannot have.
            DataError: The file cannot be written there.
        """
        self.check_fitted()
        check_options(self)
        tensors, plain = self.model_.to_plain()
        plain["estimator"] = {
            "type": type(self).__name__,
            "options": to_plain({**self.get_params(), "random_state": self._plain_seed()}),
            "output": getattr(self, "_output", "default"),
            "schema": self.schema_.to_json(),
            "target": list(self.target_),
            "is_by_name": self._is_by_name,
            "is_flat": self._is_flat,
            "columns": [str(name) for name in getattr(self, "feature_names_in_", ())],
            "num_columns": int(self.n_features_in_),
            "notes": list(self.notes_),
        }
        write_model_file(Path(path), tensors, plain)

    def _plain_seed(self) -> int | None:
        """The seed as given; of a generator, which no file holds, the one that was drawn."""
        if self.random_state is None:
            return None
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return int(self.model_.record["plan"]["seed"])

    def restore(self, model: Model, plain: Mapping[str, Any]) -> None:
        """Become the fitted estimator that `save` wrote.

        Args:
            model: The trained model.
            plain: The facts that stood in the file beside it.
        """
        check_continuation(model)
        self.model_ = model
        self.schema_ = Schema.from_json(plain["schema"])
        self.target_ = tuple(plain["target"])
        self._is_by_name = bool(plain.get("is_by_name", self.target_))  # older files do not say
        self._is_flat = bool(plain.get("is_flat", True))  # of a classifier likewise
        self.notes_ = tuple(plain["notes"])
        self.n_features_in_ = plain["num_columns"]
        self.set_output(transform=plain.get("output"))  # older files do not say
        if plain["columns"]:
            self.feature_names_in_ = np.array(plain["columns"], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        """What kinds of input are fine."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def _learn_more(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """One more pass over the given rows, with columns, classes and scales as they are."""
        check_options(self)
        rows = self._more_rows(X, y, sample_weight)
        factors = self._class_factors(rows)
        self.model_ = learn_more(self.model_, rows if factors is None else rows.weighed(factors))
        return self
