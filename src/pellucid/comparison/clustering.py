"""Clusters, beside those of flat algorithms: what `pellucid cluster` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.comparison.flat_clusters import FlatClustering
from pellucid.comparison.known_labels import LabelScores
from pellucid.data.sources.table import Table
from pellucid.estimators.arguments import as_table
from pellucid.estimators.clusterer import Clusterer
from pellucid.model.cluster_count import Structure
from pellucid.model.cluster_model import Assigned
from pellucid.training.events import Event
from pellucid.training.stopping import OnInterrupt

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ClusteringResult:
    """Clusters of rows, and what there is to be said of them.

    Attributes:
        table: Name of the rows' source.
        rows: The rows as they were read, for examples.
        estimator: The fitted `Clusterer`.
        assigned: The rows' clusters, places on the map, and how like none they are.
        structure: Whether rows fall into clear clusters at all.
        stability: How far two halves of the rows agree on the network's clusters (ARI).
        beside: What flat algorithms find in the same rows.
        against_labels: How far the clusters agree with known labels; None without such.
        verdict: Whether a flat algorithm would do, in plain words.
        saved: The model file, if it was saved.
    """

    table: str
    rows: Table
    estimator: Clusterer
    assigned: Assigned
    structure: Structure | None
    stability: float | None
    beside: tuple[FlatClustering, ...]
    against_labels: LabelScores | None
    verdict: str
    saved: Path | None


def cluster(
    data: Any,
    *,
    labels: str | None = None,
    names: Sequence[str] | None = None,
    out: str | Path | None = None,
    on_event: Callable[[Event], None] | None = None,
    on_interrupt: OnInterrupt = "raise",
    **options: Any,
) -> ClusteringResult:
    """Find clusters, beside those of flat algorithms, and save the network that tells them.

    Args:
        data: As `Clusterer.fit` takes it: a file, a folder, a DataFrame.
        labels: A column with what some rows are known to be, which is not looked at before the
            clusters are there; of folders with classes these, if nothing is said.
        names: What the clusters are to be called, by their ids.
        out: Model file to write; None for no file.
        on_event: As in `Clusterer.fit`.
        on_interrupt: Likewise.
        **options: Options of `Clusterer`.

    Raises:
        OptionError: An option has a value it cannot have.
        DataError: The rows cannot be clustered; the message says why and what to do.
    """
    table = as_table(data)
    raise NotImplementedError(table)
