"""What both estimators share: scikit-learn's contract, and the steps of `fit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from torch import Tensor

from pellucid.data.conversion import absent_columns
from pellucid.data.dataset import (
    Rows,
    Split,
    drop_repeated,
    hold_out,
    make_folds,
    merge_equal_rows,
)
from pellucid.data.grouping import Times
from pellucid.data.schema import Schema, convert, infer_schema
from pellucid.data.splitting import Splitting
from pellucid.errors import OptionError
from pellucid.intake import Intake, check_learnable, unequal
from pellucid.learning import Continuation, learn
from pellucid.model import Model
from pellucid.model_file import write_model_file
from pellucid.novelty import Novelty, judge_novelty
from pellucid.options import NetworkOptions, check_options, to_plain
from pellucid.recipe import FEW_ROWS, MEMBERS_OF_FEW_ROWS
from pellucid.summary import summarize
from pellucid.tasks import Task
from pellucid.training.events import Event
from pellucid.training.progress import Progress

FEW_ENOUGH_TO_MERGE = 2 * FEW_ROWS
MANY_ROWS = 50_000

Array = npt.NDArray[Any]


@dataclass(kw_only=True, eq=False, repr=False)
class Estimator(NetworkOptions, Intake, BaseEstimator):  # type: ignore[misc]
    """What both estimators share."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        by_time: Any = None,
        drop_repeated: bool = False,
        on_event: Callable[[Event], None] | None = None,
    ) -> Self:
        """Learn from rows and their targets.

        Some rows do not learn but judge: when to stop, how sure probabilities may be, how wide
        intervals must be. Copies of a row all learn or all judge. `groups` and `by_time` say how
        rows to come will differ from these, so that the judgement is about such.

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
            on_event: Told what happens during training.

        Returns:
            The estimator itself, fitted.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be learned from; the message says why and what to do.
        """
        splitting = Splitting(groups=groups, by_time=by_time, drop_repeated=drop_repeated)
        rows, split = self.part(self.read(X, y, sample_weight, splitting))
        return self.learn_from(self.judge_codes(rows, [split.training]), split, on_event=on_event)

    def read(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        splitting: Splitting | None = None,
    ) -> Rows:
        """The first step of `fit`: judge what the columns are, and read them so.

        Args:
            X: As in `fit`.
            y: Likewise.
            sample_weight: Likewise.
            splitting: How to tell rows that learn from rows that judge.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be learned from; the message says why and what to do.
        """
        check_options(self)
        splitting = splitting or Splitting()
        taken = self._take_training(X, y, sample_weight)
        split_by, notes = splitting.read(taken.table, taken.present, self.target_)
        schema = infer_schema(taken.table, kinds=self.columns)
        self.schema_ = splitting.leave_out_groups(schema, self.columns)
        check_learnable(taken.table, self.schema_)
        rows = Rows(
            frame=convert(taken.table, self.schema_),
            target=taken.target,
            weights=taken.weights,
            numbers=taken.numbers,
            split_by=split_by,
        )
        if splitting.drop_repeated:
            rows = drop_repeated(rows)
            notes.append(f"repeated rows dropped: {len(taken.target) - len(rows):,}")
        self.notes_ = (*self.notes_, *notes, *rows.describe_copies())
        return rows

    def part(self, rows: Rows) -> tuple[Rows, Split]:
        """The second step of `fit`: folds where rows are few, else a part held out.

        Args:
            rows: What `read` returned, or some of it.

        Returns:
            The rows, equal ones merged where there are folds; which learn and which judge.
        """
        self._seed = draw_seed(self.random_state)
        generator = np.random.default_rng(self._seed)
        members = MEMBERS_OF_FEW_ROWS if self.members == "auto" else self.members
        if self.validation_fraction == "auto" and members > 1 and _may_be_few(rows):
            merged = merge_equal_rows(rows)
            if len(merged) < FEW_ROWS:
                split = make_folds(members, merged, self._strata(merged), generator)
                return self._weigh_classes(merged, split)
        if rows.weights.min() <= 0.0:
            rows = rows.take(np.flatnonzero(rows.weights))
        fraction = self.validation_fraction
        if fraction == "auto":
            fraction = 0.1 if len(rows) > MANY_ROWS else 0.15
        split = hold_out(fraction, rows, self._strata(rows), generator)
        return self._weigh_classes(rows, split)

    def learn_from(
        self,
        rows: Rows,
        split: Split,
        *,
        on_event: Callable[[Event], None] | None = None,
        classes: Array | None = None,
    ) -> Self:
        """The last step of `fit`: learn from what `part` and `judge_codes` returned.

        Args:
            rows: The rows.
            split: Which of them learn and which judge.
            on_event: Told what happens during training.
            classes: All classes, where the rows may not hold them all.

        Returns:
            The estimator itself, fitted.
        """
        task = self._make_task(rows.take(split.training), classes)
        with Progress(task.score_name, is_shown=self.verbose) as progress:

            def tell(event: Event) -> None:
                progress(event)
                if on_event is not None:
                    on_event(event)

            self.model_: Model = learn(rows, split, task, self, seed=self._seed, on_event=tell)
        self._continuation: Continuation | None = None
        return self

    def _strata(self, rows: Rows) -> Array | None:
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

    def _continued(self, target: Array) -> Array:
        """Targets to go on learning from, written as in training."""
        return target

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

        is_pandas = hasattr(X, "iloc")
        index = (X.index if X.ndim == 2 else [X.name]) if is_pandas else None
        return pd.DataFrame(columns, index=index)

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
            "columns": [str(name) for name in getattr(self, "feature_names_in_", ())],
            "num_columns": int(self.n_features_in_),
            "notes": list(self.notes_),
            **self._own_facts(),
        }
        write_model_file(Path(path), tensors, plain)

    def _plain_seed(self) -> int | None:
        """The seed as given; of a RandomState, which no file holds, the one that was drawn."""
        if callable(getattr(self.random_state, "randint", None)):
            return getattr(self, "_seed", None)  # a loaded one has drawn none
        return None if self.random_state is None else int(self.random_state)

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
        self.set_output(transform=plain.get("output"))  # older files do not say
        if plain["columns"]:
            self.feature_names_in_ = np.array(plain["columns"], dtype=object)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """The options that were changed; once it is fitted, its scores and columns too."""
        said = str(super().__repr__(N_CHAR_MAX))
        if not hasattr(self, "model_"):
            return said
        return "\n  ".join([said, *summarize(self.model_, self.schema_, self.target_)])

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
        table, target = self.take_rows(X), self._continued(self._read_targets(y))
        if len(target) != table.frame.height:
            raise unequal(table.frame.height, len(target))
        weights = self._weights(sample_weight, table.frame.height)
        rows = Rows(
            frame=convert(table, self.schema_),
            target=target,
            weights=weights,
            numbers=1 + np.arange(len(target)),
        )
        if self._continuation is None:
            self._continuation = Continuation(self.model_)
        factors = self._class_factors(rows)
        self.model_ = self._continuation.learn(rows if factors is None else rows.weighed(factors))

    def _target_names(self, values: Array) -> list[str]:
        if self.target_:
            return list(self.target_)
        return ["y"] if values.ndim == 1 else [f"y{i}" for i in range(values.shape[1])]


def _may_be_few(rows: Rows) -> bool:
    """Whether so few may differ that members judge each other in folds; not where time decides."""
    if isinstance(rows.split_by, Times):
        return False
    return len(rows) <= FEW_ENOUGH_TO_MERGE or (
        rows.copies is not None and len(np.unique(rows.copies)) < FEW_ROWS
    )


def draw_seed(random_state: Any) -> int:
    """The seed itself, or one drawn from what scikit-learn takes for one."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
