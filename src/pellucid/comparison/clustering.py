"""Clusters, beside those of flat algorithms: what `pellucid cluster` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.clustering.structure import is_there_structure
from pellucid.comparison.cluster_verdict import Evidence, cluster_verdict
from pellucid.comparison.flat_clusters import FlatClustering, FlatRows, flat_clusterings
from pellucid.comparison.known_labels import LabelScores, known_labels, score_against
from pellucid.data.kinds.of_columns import has_texts, picture_columns
from pellucid.data.sources.folder_sources import target_named_by
from pellucid.data.sources.table import Table
from pellucid.estimators.arguments import as_table, given_rows
from pellucid.estimators.clusterer import Clusterer
from pellucid.estimators.output_files import check_output
from pellucid.model.cluster_count import Structure
from pellucid.model.cluster_model import NONE, Assigned
from pellucid.model.cluster_names import check_names
from pellucid.model.origin import Origin
from pellucid.training.events import Event
from pellucid.training.stopping import OnInterrupt, check_on_interrupt
from pellucid.wording import count_of

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ClusteringResult:
    """Clusters of rows, and what there is to be said of them.

    Attributes:
        table: Name of the rows' source.
        rows: The rows that were clustered, as they were read, with their labels.
        estimator: The fitted `Clusterer`.
        assigned: The rows' clusters, places on the map, and how like none they are.
        structure: Whether rows fall into clear clusters at all.
        stability: How far two halves of the rows agree on the network's clusters (adjusted Rand
            index); None where that cannot be told, as of one cluster.
        beside: What flat algorithms find in the same rows.
        against_labels: How far the clusters agree with known labels; None without such.
        verdict: Whether a flat algorithm would do, in plain words.
        saved: The model file, if it was saved.
    """

    table: str
    rows: Table
    estimator: Clusterer
    assigned: Assigned
    structure: Structure
    stability: float | None
    beside: tuple[FlatClustering, ...]
    against_labels: LabelScores | None
    verdict: str
    saved: Path | None

    @property
    def names(self) -> list[str]:
        """What each cluster is called, by its id."""
        return self.estimator.model_.cluster_names()

    @property
    def sizes(self) -> list[int]:
        """How many rows each cluster has, by its id; those like none have no cluster."""
        labels = self.assigned.labels
        return np.bincount(labels[labels != NONE], minlength=len(self.names)).tolist()

    @property
    def num_none(self) -> int:
        """How many rows are like none."""
        return int((self.assigned.labels == NONE).sum())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed while reading."""
        return self.estimator.notes_

    def __repr__(self) -> str:
        clusters = count_of(len(self.names), "cluster")
        rows = count_of(len(self.assigned.labels), "row")
        return f"ClusteringResult({self.table!r}, {rows}): {clusters} of {self.sizes} rows"

    def to_json(self) -> dict[str, Any]:
        """Everything but the rows and the weights, as plain data."""
        model = self.estimator.model_
        record, facts, labels = model.record, model.cluster_facts, self.against_labels
        return {
            "model": None if self.saved is None else str(self.saved),
            "table": self.table,
            "rows": len(self.assigned.labels),
            "clusters": [
                {"name": name, "rows": size}
                for name, size in zip(self.names, self.sizes, strict=True)
            ],
            "none": self.num_none,
            "count": None if record.count is None else record.count.to_json(),
            "structure": self.structure.to_json(),
            "stability": self.stability,
            "beside": [each.to_json() for each in self.beside],
            "against labels": None if labels is None else labels.to_json(),
            "verdict": self.verdict,
            "facts": None if facts is None else facts.to_json(),
            "tree": model.tree.to_json(),
            "schema": self.estimator.schema_.to_json(),
            "notes": list(self.notes),
            "layers": model.network.describe(),
            "weights": len(model.network.weights),
            "plan": asdict(record.plan),
            "cost": asdict(record.cost),
        }


def cluster(
    data: Any,
    *,
    labels: str | None = None,
    names: Sequence[str] | None = None,
    out: str | Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    on_interrupt: OnInterrupt = "raise",
    stop: Callable[[], bool] | None = None,
    **options: Any,
) -> ClusteringResult:
    """Find clusters, beside those of flat algorithms, and save the network that tells them.

    Args:
        data: As `Clusterer.fit` takes it: a file, a folder, a DataFrame.
        labels: A column with what some rows are known to be, which is not looked at before the
            clusters are there; of folders with classes these, if nothing is said.
        names: What the clusters are to be called, by their ids; where `n_clusters` is not given,
            there are as many clusters.
        out: Model file to write; an existing one is replaced only when the new one is complete.
            None for no file.
        on_event: As in `Clusterer.fit`.
        on_interrupt: Likewise.
        stop: Likewise.
        **options: Options of `Clusterer`.

    Returns:
        The fitted estimator with the clusters of the rows, and what flat algorithms find.

    Raises:
        OptionError: An option has a value it cannot have.
        DataError: The rows cannot be clustered; the message says why and what to do.
        KeyboardInterrupt: Ctrl-C was pressed.

    Example:
        >>> import polars, pellucid
        >>> from sklearn.datasets import make_blobs
        >>> X, y = make_blobs([60, 60, 60], n_features=4, random_state=0)
        >>> table = polars.DataFrame(X, schema=["a", "b", "c", "d"]).with_columns(kind=y)
        >>> found = pellucid.cluster(table, labels="kind", n_clusters=3, none_rate=0.0)
        >>> found.sizes
        [60, 60, 60]
        >>> found.against_labels.scores[0].accuracy
        1.0
    """
    check_on_interrupt(on_interrupt)
    table = as_table(given_rows(data))
    if out is not None:
        check_output(Path(out), {"the table": table.path}, option="out")
    labels = labels or _named(table)
    known = None if labels is None else known_labels(table, labels)
    estimator = Clusterer(**_with_count(names, options))
    read = estimator.read(table, [labels] if labels else [])
    assigned = estimator.learn_from(read, on_event=on_event, on_interrupt=on_interrupt, stop=stop)
    if names is not None:
        estimator.rename(names)
    model = estimator.model_
    if table.path is not None:
        model.record = replace(model.record, origin=Origin.of(table.path))
    if out is not None:
        estimator.save(out)
    flat = FlatRows(read.frame, model.encoder, model.seed)
    structure = is_there_structure(flat.learned, flat.space.columns, model.seed)
    beside = flat_clusterings(flat, assigned.likeliest, assigned.num_clusters, model.seed)
    against = None
    if labels is not None and known is not None:
        found = {each.name: each.labels for each in beside if each.labels is not None}
        known = known[read.seen]
        against = score_against(labels, known, assigned, found)
    evidence = Evidence(
        num_clusters=assigned.num_clusters,
        structure=structure,
        stability=model.record.stability,
        beside=beside,
        against_labels=against,
        has_media=bool(picture_columns(read.known.schema)) or has_texts(read.frame),
    )
    return ClusteringResult(
        table=table.name,
        rows=table if len(read.seen) == table.frame.height else table.take(read.seen),
        estimator=estimator,
        assigned=assigned,
        structure=structure,
        stability=evidence.stability,
        beside=beside,
        against_labels=against,
        verdict=cluster_verdict(evidence),
        saved=None if out is None else Path(out),
    )


def _named(table: Table) -> str | None:
    """The column of classes of a folder that has some."""
    named = None if table.path is None else target_named_by(table.path)
    cells = table.frame.get_column(named, default=None) if named else None
    return None if cells is None or cells.null_count() == len(cells) else named


def _with_count(names: Sequence[str] | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, where names say how many clusters there are.

    Raises:
        OptionError: They are not as many as the clusters, or cannot be told apart.
    """
    if names is None:
        return dict(options)
    count = options.get("n_clusters", "auto")
    count = len(names) if count == "auto" else count
    if isinstance(count, int):
        check_names(names, count)
    return {**options, "n_clusters": count}
