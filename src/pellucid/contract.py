"""What both estimators share: scikit-learn's contract, and rows of every kind as one table.

Rows come in two ways. As scikit-learn has it, X and y: then predictions want the same columns in
the same order. Or as one table and the name of its target, `fit("adult.csv", "income")`: then
columns are matched by name, whatever their order, and further ones are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError as SklearnNotFittedError
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    validate_data,
)

from pellucid.data.dataset import Rows, Split, hold_out, make_folds, merge_equal_rows
from pellucid.data.schema import Schema, convert, infer_schema
from pellucid.data.sources import Table, array_table, read_table
from pellucid.data.targets import TaskKind, take_target
from pellucid.errors import DataError, NotFittedError, OptionError
from pellucid.learning import Continuation, learn
from pellucid.model import Model
from pellucid.model_file import write_model_file
from pellucid.options import NetworkOptions, check_options
from pellucid.recipe import FEW_ROWS, MEMBERS_OF_FEW_ROWS
from pellucid.tasks import Task
from pellucid.training.events import Event
from pellucid.training.progress import Progress

FEW_ENOUGH_TO_MERGE = 2 * FEW_ROWS
MANY_ROWS = 50_000
FEWEST_ROWS = 2

Array = npt.NDArray[Any]


@dataclass(kw_only=True, eq=False, repr=False)
class Estimator(NetworkOptions, BaseEstimator):  # type: ignore[misc]
    """What both estimators share."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        on_event: Callable[[Event], None] | None = None,
    ) -> Self:
        """Learn from rows and their targets.

        Args:
            X: Rows: an array (n, columns), a DataFrame, or a file.
            y: Targets, shape (n,) or (n, O); or the name of the target column within X.
            sample_weight: Weight of each row, shape (n,).
            on_event: Told what happens during training.

        Returns:
            The estimator itself, fitted.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be learned from; the message says why and what to do.
        """
        return self._fit(X, y, sample_weight, on_event)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        on_event: Callable[[Event], None] | None = None,
        classes: Array | None = None,
    ) -> Self:
        check_options(self)
        table, target, weights = self._take_training(X, y, sample_weight)
        self.schema_ = infer_schema(table, kinds=self.columns)
        _check_learnable(table, self.schema_)
        self._seed = _draw_seed(self.random_state)
        rows, split = self._arrange(table, target, weights)
        task = self._make_task(rows.take(split.training), classes)
        with Progress(task.score_name, is_shown=self.verbose) as progress:

            def tell(event: Event) -> None:
                progress(event)
                if on_event is not None:
                    on_event(event)

            self.model_: Model = learn(rows, split, task, self, seed=self._seed, on_event=tell)
        self._continuation: Continuation | None = None
        return self

    def rows_and_split(
        self, X: Any, y: Any = None, sample_weight: Any = None
    ) -> tuple[Rows, Split]:
        """The rows as `fit` arranged them, and which of them trained and which judged.

        Args:
            X: What `fit` was given.
            y: Likewise.
            sample_weight: Likewise.
        """
        self._check_fitted()
        return self._arrange(*self._take_training(X, y, sample_weight))

    def _arrange(
        self, table: Table, target: Array, weights: npt.NDArray[np.float64]
    ) -> tuple[Rows, Split]:
        """Folds where rows are few, else a part held out."""
        rows = Rows(frame=convert(table, self.schema_), target=target, weights=weights)
        generator = np.random.default_rng(self._seed)
        members = MEMBERS_OF_FEW_ROWS if self.members == "auto" else self.members
        if self.validation_fraction == "auto" and members > 1 and len(rows) <= FEW_ENOUGH_TO_MERGE:
            merged = merge_equal_rows(rows)
            if len(merged) < FEW_ROWS:
                split = make_folds(members, merged.weights, self._groups(merged), generator)
                return self._weigh_classes(merged, split)
        if weights.min() <= 0.0:
            rows = rows.take(np.flatnonzero(weights))
        fraction = self.validation_fraction
        if fraction == "auto":
            fraction = 0.1 if len(rows) > MANY_ROWS else 0.15
        split = hold_out(fraction, len(rows), self._groups(rows), generator)
        return self._weigh_classes(rows, split)

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

    def _make_task(self, training: Rows, classes: Array | None) -> Task:
        raise NotImplementedError

    def _check_continued(self, target: Array) -> None:
        """Refuse targets that cannot be learned any more."""

    def _read_targets(self, y: Any) -> Array:
        raise NotImplementedError

    _task_kind: ClassVar[TaskKind]

    # --- rows in -----------------------------------------------------------------------------

    def _take_training(
        self, X: Any, y: Any, sample_weight: Any
    ) -> tuple[Table, Array, npt.NDArray[np.float64]]:
        """Find out what the rows are, and remember how they came."""
        if isinstance(y, str) or (isinstance(X, str | Path | Table) and _is_names(y)):
            names = [y] if isinstance(y, str) else list(y)
            taken = take_target(as_table(X), names, self._task_kind)
            weights = self._weights(sample_weight, len(taken.present))[taken.present]
            self.target_ = taken.names
            self.notes_ = (*taken.table.notes, *taken.notes)
            self.n_features_in_ = taken.table.frame.width
            self.feature_names_in_ = np.array(taken.table.frame.columns, dtype=object)
            return taken.table, self._read_targets(taken.values), weights
        if isinstance(X, str | Path | Table):
            raise OptionError(
                "y must be the name of the target column when X is a file, such as "
                f"fit('table.csv', 'price'), but is {y!r}.",
                option="y",
            )
        table = self._take_like_sklearn(X, reset=True)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        self.target_ = ()
        target = self._read_targets(y)
        if len(target) != table.frame.height:
            raise _unequal(table.frame.height, len(target))
        self.notes_ = table.notes
        return table, target, self._weights(sample_weight, len(target))

    def take_rows(self, X: Any) -> Table:
        """Rows to predict: by name if they come from a file or came so at `fit`."""
        self._check_fitted()
        if isinstance(X, str | Path | Table) or self.target_:
            return as_table(X)
        return self._take_like_sklearn(X, reset=False)

    def _take_like_sklearn(self, X: Any, *, reset: bool) -> Table:
        """Arrays and DataFrames as scikit-learn takes them: same columns, same order."""
        if isinstance(X, pl.LazyFrame):
            X = X.collect()
        if not hasattr(X, "columns"):
            X = check_array(X, dtype=None, ensure_all_finite=False, estimator=self, input_name="X")
        X = validate_data(self, X, reset=reset, skip_check_array=True)
        _check_count(self, X.shape[1], reset=reset)
        return replace(read_table(X), name="X") if hasattr(X, "columns") else array_table(X)

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise UnfittedError(
                f"This {type(self).__name__} has not learned anything yet. Call fit first."
            )

    def _rows_with_targets(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Rows and their targets, which may stand in a column of the rows."""
        if y is not None and not isinstance(y, str):
            return X, y
        names = self.target_ if y is None else (y,)
        if not names:
            raise ValueError(f"{type(self).__name__}.score requires y, but the target y is None.")
        taken = take_target(as_table(X), names, self._task_kind)
        return taken.table, taken.values

    def _frame(self, X: Any) -> pl.DataFrame:
        return convert(self.take_rows(X), self.schema_)

    def _weights(self, sample_weight: Any, rows: int) -> npt.NDArray[np.float64]:
        if sample_weight is None:
            return np.ones(rows)
        weights = _check_sample_weight(
            sample_weight, np.empty((rows, 1)), dtype=np.float64, ensure_non_negative=True
        )
        if not np.any(weights > 0):
            raise DataError("Every sample_weight is 0. Give at least one row a weight above 0.")
        return np.asarray(weights)

    # --- the rest of the contract ------------------------------------------------------------

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what predictions come as: "default" (NumPy), "pandas" or "polars"."""
        if transform not in (None, "default", "pandas", "polars"):
            raise OptionError(
                f"transform must be 'default', 'pandas' or 'polars', but is {transform!r}.",
                option="transform",
            )
        if transform is not None:
            self._output = transform
        return self

    def _dress(self, values: Array, names: Sequence[str], X: Any) -> Any:
        """Predictions as `set_output` wants them."""
        output = getattr(self, "_output", "default")
        if output == "default":
            return values
        columns = dict(zip(names, values.reshape(len(values), -1).T, strict=True))
        if output == "polars":
            return pl.DataFrame(columns)
        import pandas as pd

        return pd.DataFrame(columns, index=getattr(X, "index", None))

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator to one safe file; `pellucid.load` reads it.

        Args:
            path: Where to; an existing file is replaced only when the new one is complete.

        Raises:
            DataError: The file cannot be written there.
        """
        self._check_fitted()
        tensors, plain = self.model_.to_plain()
        plain["estimator"] = {
            "type": type(self).__name__,
            "options": {k: v for k, v in self.get_params().items() if _is_plain(v)},
            "schema": self.schema_.to_json(),
            "target": list(self.target_),
            "columns": [str(name) for name in getattr(self, "feature_names_in_", ())],
            "num_columns": int(self.n_features_in_),
            "notes": list(self.notes_),
            **self._own_facts(),
        }
        write_model_file(Path(path), tensors, plain)

    def _own_facts(self) -> dict[str, Any]:
        return {}

    def restore(self, model: Model, plain: Mapping[str, Any]) -> None:
        """Become the fitted estimator that `save` wrote.

        Args:
            model: The trained model.
            plain: The facts that stood in the file beside it.
        """
        self.model_, self._continuation = model, None
        self.schema_ = Schema.from_json(plain["schema"])
        self.target_ = tuple(plain["target"])
        self.notes_ = tuple(plain["notes"])
        self.n_features_in_ = plain["num_columns"]
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

    def _learn_more(self, X: Any, y: Any, sample_weight: Any) -> None:
        """One more pass over the given rows, with columns, classes and scales as they are."""
        check_options(self)
        if isinstance(y, str):
            X, y = self._rows_with_targets(X, y)
        table, target = self.take_rows(X), self._read_targets(y)
        self._check_continued(target)
        if len(target) != table.frame.height:
            raise _unequal(table.frame.height, len(target))
        weights = self._weights(sample_weight, table.frame.height)
        rows = Rows(frame=convert(table, self.schema_), target=target, weights=weights)
        if self._continuation is None:
            self._continuation = Continuation(self.model_)
        factors = self._class_factors(rows)
        self.model_ = self._continuation.learn(rows if factors is None else rows.weighed(factors))

    def _target_names(self, values: Array) -> list[str]:
        if self.target_:
            return list(self.target_)
        return ["y"] if values.ndim == 1 else [f"y{i}" for i in range(values.shape[1])]


class UnfittedError(NotFittedError, SklearnNotFittedError):  # type: ignore[misc]
    """Ours and scikit-learn's at once, so that `except` finds it under either name."""


def as_table(source: Any) -> Table:
    """A table as it is, anything else read as one."""
    return source if isinstance(source, Table) else read_table(source)


def _unequal(rows: int, targets: int) -> DataError:
    return DataError(
        f"X has {rows} rows and y has {targets} targets: inconsistent numbers of samples. Give one "
        "target for each row."
    )


def _is_names(y: Any) -> bool:
    return isinstance(y, list | tuple) and len(y) > 0 and all(isinstance(n, str) for n in y)


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and _is_plain(v) for k, v in value.items())
    if isinstance(value, tuple | list):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, str | bool | int | float)


def _check_count(estimator: Any, width: int, *, reset: bool) -> None:
    if reset:
        estimator.n_features_in_ = width
    elif width != estimator.n_features_in_:
        raise DataError(
            f"X has {width} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )


def _check_learnable(table: Table, schema: Schema) -> None:
    """Refuse, before any work, rows from which nothing can be learned."""
    if table.frame.height < FEWEST_ROWS:
        raise DataError(
            f"{table.name} has only {table.frame.height} sample (row) to learn from, but a "
            f"network needs {FEWEST_ROWS} at least, and some hundreds to be of use. Give more.",
            file=table.name,
        )
    if not schema.kept:
        reasons = "; ".join(f"{c.name}: {c.reason}" for c in schema.columns[:5])
        raise DataError(
            f"No column of {table.name} is left to learn from ({reasons}). Give columns that vary, "
            "or say what they are with columns=.",
            file=table.name,
        )


def _draw_seed(random_state: Any) -> int:
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
