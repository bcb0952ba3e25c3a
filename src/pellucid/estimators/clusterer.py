"""`Clusterer`: rows in, clusters out, without a target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.utils import TransformerTags
from sklearn.utils.validation import _get_feature_names

from pellucid.clustering.describe import ClusteredRows, describe
from pellucid.clustering.learn import learn_clusters
from pellucid.data.conversion import absent_columns, convert
from pellucid.data.kinds.of_columns import picture_columns
from pellucid.data.rows import FrameRows
from pellucid.data.schema import infer_schema
from pellucid.data.sources.folder_sources import target_named_by
from pellucid.data.sources.table import Table
from pellucid.data.unseen import where_unseen
from pellucid.estimators.arguments import as_table, given_rows, own_errors
from pellucid.estimators.cluster_checks import check_clusterable
from pellucid.estimators.cluster_predictor import ClusterPredictor
from pellucid.estimators.reading import Known
from pellucid.estimators.saving import Saving
from pellucid.estimators.sklearn_bases import ClusterMixin
from pellucid.model.cluster_model import NONE, Assigned
from pellucid.model.cluster_names import MAP_NAMES, check_names
from pellucid.model.novelty import Novelty, judge_novelty
from pellucid.model.recipe import draw_seed
from pellucid.options import ClusterOptions, check_options, described, given_encoders
from pellucid.training.events import Event, TrainingStopped
from pellucid.training.progress import Progress
from pellucid.training.stopping import Interruption, OnInterrupt, check_on_interrupt

Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class UnlabeledRows:
    """Rows as they are read to be clustered.

    Attributes:
        known: What was found out about the columns.
        frame: The converted rows of which anything is seen: pictures that cannot be read are not.
        seen: Their places among all rows.
        num_rows: How many there are in all.
    """

    known: Known
    frame: pl.DataFrame
    seen: Places
    num_rows: int


@described
@dataclass(kw_only=True, eq=False, repr=False)
class Clusterer(ClusterMixin, ClusterOptions, ClusterPredictor, Saving):
    """A deep network that finds clusters: rows that belong together, without any labels.

    Args:
        {options}

    Attributes:
        labels_: The cluster of each row, 0 … k − 1, or −1 for a row that is like none, (n,).
        n_clusters_: How many clusters there are, k.
        schema_: What each column is, and why.
        model_: The trained network with its encoders: `model_.record.count` says how many clusters
            there may be, `model_.cluster_facts` what each is, `model_.tree` how they merge.
        n_features_in_: Number of columns.
        feature_names_in_: Their names, if they have any.

    Example:
        >>> from sklearn.datasets import make_blobs
        >>> X, _ = make_blobs([40, 40, 40], n_features=4, random_state=0)
        >>> model = Clusterer(n_clusters=3).fit(X)
        >>> sorted(np.bincount(model.labels_).tolist())
        [40, 40, 40]
    """

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        leave_out: Sequence[str] = (),
        on_event: Callable[[Event], None] | None = None,
        on_interrupt: OnInterrupt = "raise",
        stop: Callable[[], bool] | None = None,
    ) -> Self:
        """Find clusters of rows.

        Args:
            X: Rows: an array (n, columns), a DataFrame, a file, a folder of pictures or texts,
                whose classes are not looked at, or pictures or texts in memory.
            y: Not looked at; scikit-learn's pipelines give it.
            leave_out: Columns of a table that are not to be looked at, such as labels.
            on_event: Told what happens during training.
            on_interrupt: What Ctrl-C does: "raise" a KeyboardInterrupt, or "stop" the running
                training cleanly.
            stop: Asked after each step; True stops the running training cleanly.

        Returns:
            The estimator itself, fitted.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be clustered; the message says why and what to do.
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        check_on_interrupt(on_interrupt)
        rows = self.read(X, leave_out)
        self.learn_from(rows, on_event=on_event, on_interrupt=on_interrupt, stop=stop)
        return self

    def read(self, X: Any, leave_out: Sequence[str] = ()) -> UnlabeledRows:
        """Judge what the columns are, and convert the rows.

        Args:
            X: As in `fit`.
            leave_out: Likewise.

        Raises:
            OptionError: An option has a value it cannot have.
            DataError: The rows cannot be clustered; the message says why and what to do.
        """
        check_options(self)
        table, known = self._read(X, leave_out)
        frame = convert(table, known.schema)
        seen = np.flatnonzero(~where_unseen(frame))
        frame = frame[seen]
        check_clusterable(table, known.schema, frame, self.n_clusters)
        return UnlabeledRows(known=known, frame=frame, seen=seen, num_rows=table.frame.height)

    def learn_from(
        self,
        rows: UnlabeledRows,
        *,
        on_event: Callable[[Event], None] | None = None,
        on_interrupt: OnInterrupt = "raise",
        stop: Callable[[], bool] | None = None,
    ) -> Assigned:
        """Find clusters of rows that were read.

        Args:
            rows: What `read` gave.
            on_event: As in `fit`.
            on_interrupt: Likewise.
            stop: Likewise.

        Returns:
            What is found of the rows that are seen.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        unit = "pictures" if picture_columns(rows.known.schema) else "rows"
        with (
            Progress("", is_shown=self.verbose, unit=unit) as progress,
            Interruption(on_interrupt) as interruption,
        ):

            def tell(event: Event) -> None:
                progress(event)
                if on_event is not None:
                    on_event(event)
                if isinstance(event, TrainingStopped):
                    interruption.pass_on()

            model = learn_clusters(
                rows.frame,
                self,
                seed=draw_seed(self.random_state),
                on_event=tell,
                stop=interruption.or_asked_by(stop),
            )
        if interruption.asked and on_interrupt == "raise":
            raise KeyboardInterrupt
        self.take_over(rows.known, model)
        return self._take_rows(rows.frame, rows.seen, rows.num_rows)

    def _read(self, X: Any, leave_out: Sequence[str]) -> tuple[Table, Known]:
        """Judge what the columns are."""
        table, is_by_name = self._take_unlabeled(X, leave_out)
        encoders = given_encoders(self.image_encoder, self.text_encoder)
        schema = infer_schema(table, kinds=self.columns, encoders=encoders)
        known = Known(
            schema=schema.without_values() if self.private else schema,
            num_columns=table.frame.width,
            column_names=np.array(table.frame.columns, dtype=object)
            if is_by_name
            else _get_feature_names(given_rows(X)),
            target_names=(),
            target_decimal="",
            is_by_name=is_by_name,
            is_flat=True,
            classes=None,
            notes=table.notes if not (self.private and table.consists_of) else (),
        )
        return table, known

    @own_errors()
    def _take_unlabeled(self, X: Any, leave_out: Sequence[str]) -> tuple[Table, bool]:
        """Rows as a table without what is left out, and whether its columns go by name."""
        X = given_rows(X)
        if not isinstance(X, str | Path | Table):
            return self._as_sklearn_table(X, as_array=True).without(leave_out), False
        table = as_table(X)
        named = None if table.path is None else target_named_by(table.path)
        has_classes = named in table.frame.columns and named not in leave_out
        return table.without([*leave_out, *([named] if named and has_classes else [])]), True

    def _take_rows(self, frame: pl.DataFrame, seen: Places, num_rows: int) -> Assigned:
        """Label the rows that were learned from, and find what each cluster is."""
        found = self.model_.assign(FrameRows(frame))
        self._assigned, self._places = found, (seen, num_rows)
        self._label(found)
        self._describe(frame, found)
        return found

    def _label(self, found: Assigned) -> None:
        seen, num_rows = self._places
        self.labels_ = np.full(num_rows, NONE)
        self.labels_[seen] = found.labels

    def _describe(self, frame: pl.DataFrame, found: Assigned) -> None:
        rows = ClusteredRows(
            frame=frame,
            schema=self.schema_,
            ids=found.labels,
            probabilities=found.probabilities,
            embedding=found.embeddings.astype(np.float64),
        )
        names, seed = self.model_.cluster_names(), self.model_.seed
        self.model_.cluster_facts = describe(
            rows, names=names, is_private=bool(self.private), seed=seed
        )

    def cut(self, n_clusters: int, X: Any = None) -> Self:
        """Change how many clusters there are, without learning: they only split or merge.

        Args:
            n_clusters: How many there are to be: 1 to `model_.tree.num_leaves`.
            X: Rows from which to find anew what each cluster is; without them that is not known.

        Returns:
            The estimator itself; `labels_` follow, but not of one that was loaded.

        Raises:
            OptionError: There cannot be so many.
        """
        self.check_fitted()
        self.model_.cut(n_clusters)
        if hasattr(self, "_assigned"):
            self._assigned = replace(self._assigned, num_clusters=n_clusters)
            self._label(self._assigned)
        if X is not None:
            rows = self._converted(X)
            self._describe(rows.frame, self.model_.assign(rows))
        return self

    def rename(self, names: Sequence[str]) -> Self:
        """Give each cluster a name, which stays in the model file.

        Args:
            names: One for each cluster, by its id.

        Raises:
            OptionError: They are not as many as the clusters, or cannot be told apart.
        """
        self.check_fitted()
        self.model_.rename(check_names(names, self.model_.num_clusters))
        return self

    def assign(self, X: Any, *, allow_missing: bool = False) -> Assigned:
        """Everything that is found of rows: clusters, places on the map, how like none they are.

        Args:
            X: Rows to predict; a dict of single values or a pandas Series is one row.
            allow_missing: Whether columns may be missing; they are unknown then.

        Raises:
            NotFittedError: Nothing has been learned yet.
            DataError: The rows do not fit the model.
        """
        self.check_fitted()
        return self.model_.assign(self._converted(X, allow_missing=allow_missing))

    def predict(self, X: Any, *, allow_missing: bool = False) -> Places:
        """The cluster of each row, −1 where it is like none, (n,).

        Args:
            X: As in `assign`.
            allow_missing: Likewise.
        """
        labels = self.assign(X, allow_missing=allow_missing).labels
        return self._as_output(labels, ["cluster"], X)

    def predict_proba(self, X: Any, *, allow_missing: bool = False) -> Floats:
        """The probability of each cluster (n, k), summing to 1 also where a row is like none.

        Args:
            X: As in `assign`.
            allow_missing: Likewise.
        """
        probabilities = self.assign(X, allow_missing=allow_missing).probabilities
        return self._as_output(probabilities, self.model_.cluster_names(), X)

    def transform(self, X: Any) -> Floats:
        """Where rows lie on the map, (n, 2): near ones are alike, far distances mean little.

        Args:
            X: As in `assign`.
        """
        return self._as_output(self.assign(X).positions, MAP_NAMES, X)

    def fit_transform(self, X: Any, y: Any = None) -> Floats:
        """Find clusters of rows, and where these lie on the map, (n, 2)."""
        return self.fit(X).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """What the columns of `transform` are called."""
        return np.array(MAP_NAMES, dtype=object)

    def unlike_training(self, X: Any, *, allow_missing: bool = False) -> Novelty:
        """Which rows have cells, or combinations of them, unlike any in training, and why.

        Args:
            X: As in `assign`.
            allow_missing: Whether columns may be missing; every row is unlike training then.
        """
        self.check_fitted()
        table = self.take_rows(X, by_name=allow_missing)
        rows = FrameRows(convert(table, self.schema_, allow_missing=allow_missing))
        return judge_novelty(self.model_, rows, absent_columns(table, self.schema_))

    def __sklearn_tags__(self) -> Any:
        """It transforms rows too: to places on the map."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags()
        return tags
