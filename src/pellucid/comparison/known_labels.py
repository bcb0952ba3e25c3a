"""How far clusters agree with what some rows are known to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.sources.table import Table
from pellucid.data.targets import CLASSES, take_target
from pellucid.tasks.choice import name_of

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_SHOWN = 20
"""Labels with a column of their own in the table of clusters and labels: the most frequent."""
HALVES = 100
MOST_ROWS = 5_000
"""So many halves of the rows, of 5,000 rows at most, tell how sure a difference is."""
NORMAL_95 = 1.96


class Clustered(Protocol):
    """The network's clusters of some rows."""

    @property
    def num_clusters(self) -> int:
        """How many there are, k."""

    @property
    def labels(self) -> Places:
        """The cluster of each row, −1 for none, (n,)."""

    @property
    def likeliest(self) -> Places:
        """The likeliest cluster also of rows like none, (n,)."""


@dataclass(frozen=True, kw_only=True)
class LabelScore:
    """How far the clusters of one algorithm agree with the labels.

    Attributes:
        name: "network", or a flat algorithm.
        accuracy: Part of the labeled rows whose cluster is matched with their label, in the best
            one-to-one matching of clusters and labels (Kuhn 1955). Rows like none count as wrong,
            as do those of clusters or labels that are left over where there are more of them.
        nmi: Normalized mutual information, 0 … 1 (arithmetic mean). Here a row like none is in its
            likeliest cluster: other algorithms have to put every row into one.
        ari: Adjusted Rand index (Hubert & Arabie 1985), likewise: 1 for the same groups, 0 as by
            chance.
        ahead: By how much the network's index is greater than this one, as a 95 % interval (the
            spread over random halves of the rows); None for the network itself.
    """

    name: str
    accuracy: float
    nmi: float
    ari: float
    ahead: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelScores:
    """How far clusters agree with known labels.

    Attributes:
        column: Where the labels stand.
        num_labeled: How many rows have one.
        num_rows: How many rows there are.
        num_labels: How many different labels.
        num_none: How many labeled rows the network takes for none.
        scores: The network's first.
        matched: The label that each of the network's clusters is matched with, (k,); None where
            there are fewer labels.
        labels: The most frequent labels, 20 at most; after these, others are counted as one.
        counts: How many labeled rows of each cluster have each label, (k or k + 1, labels or
            labels + 1): the last line is for rows like none, the last column for other labels,
            if there are any.
    """

    column: str
    num_labeled: int
    num_rows: int
    num_labels: int
    num_none: int
    scores: tuple[LabelScore, ...]
    matched: tuple[str | None, ...]
    labels: tuple[str, ...]
    counts: Places

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            **self.__dict__,
            "scores": [asdict(score) for score in self.scores],
            "matched": list(self.matched),
            "labels": list(self.labels),
            "counts": self.counts.tolist(),
        }


def known_labels(table: Table, column: str) -> pl.Series:
    """The label of each row as text, null where none is known, read as classes are.

    Raises:
        DataError: There is no such column, no row has a label, or cells hold no labels.
    """
    table.without([column])  # which says that there is no such column, and which may be meant
    taken = take_target(table, [column], CLASSES, None, task=name_of(CLASSES))
    labels = np.full(len(taken.present), None, dtype=object)
    labels[taken.present] = [str(label) for label in taken.values]
    return pl.Series(column, labels.tolist(), dtype=pl.String)


def score_against(
    column: str, labels: pl.Series, network: Clustered, flat: Mapping[str, Places]
) -> LabelScores:
    """Compare clusters with labels.

    Args:
        column: Where the labels stand.
        labels: The label of each row, null where none is known, (n,).
        network: The network's clusters.
        flat: The clusters of flat algorithms by name, each (n,).
    """
    has_label = labels.is_not_null().to_numpy()
    known = labels.filter(labels.is_not_null())
    frequent = known.value_counts(sort=True).sort("count", known.name, descending=[True, False])
    names = frequent[known.name].to_list()
    truth = known.replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
    k, own, likeliest = (
        network.num_clusters,
        network.labels[has_label],
        network.likeliest[has_label],
    )
    counts = _counts(own, truth, k, len(names))
    matching = dict(zip(*_match(counts[:k]), strict=True))
    scores = [_score("network", own, likeliest, truth)]
    for name, clusters in flat.items():
        score = _score(name, clusters[has_label], clusters[has_label], truth)
        scores.append(replace(score, ahead=_ahead(likeliest, clusters[has_label], truth)))
    return LabelScores(
        column=column,
        num_labeled=len(truth),
        num_rows=len(labels),
        num_labels=len(names),
        num_none=int((own < 0).sum()),
        scores=tuple(scores),
        matched=tuple(
            names[matching[cluster]] if cluster in matching else None for cluster in range(k)
        ),
        labels=tuple(names[:MOST_SHOWN]),
        counts=_shown(counts),
    )


def _score(name: str, clusters: Places, likeliest: Places, truth: Places) -> LabelScore:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    num_clusters = int(clusters.max()) + 1
    counts = _counts(clusters, truth, num_clusters, int(truth.max()) + 1)
    return LabelScore(
        name=name,
        accuracy=float(counts[_match(counts[:num_clusters])].sum() / len(truth)),
        nmi=float(normalized_mutual_info_score(truth, likeliest)),
        ari=float(adjusted_rand_score(truth, likeliest)),
    )


def _counts(clusters: Places, truth: Places, num_clusters: int, num_labels: int) -> Places:
    """How many rows of each cluster have each label, (k + 1, labels): the last line is for none."""
    lines = np.where(clusters < 0, num_clusters, clusters)
    both = np.bincount(lines * num_labels + truth, minlength=(num_clusters + 1) * num_labels)
    return both.reshape(num_clusters + 1, num_labels)


def _match(counts: Places) -> tuple[Places, Places]:
    """Clusters and the labels they are matched with, so that most rows are right."""
    from scipy.optimize import linear_sum_assignment

    lines, columns = linear_sum_assignment(-counts)
    return lines, columns


def _shown(counts: Places) -> Places:
    """The counts of the most frequent labels; a line and a column of zeros is left out."""
    others = counts[:, MOST_SHOWN:].sum(axis=1, keepdims=True)
    shown = np.concatenate([counts[:, :MOST_SHOWN], others], axis=1) if others.any() else counts
    return shown if shown[-1].any() else shown[:-1]


def _ahead(network: Places, flat: Places, truth: Places) -> tuple[float, float]:
    """The network's adjusted Rand index less another's, as a 95 % interval.

    Its standard error is told from halves of the rows, drawn without putting back (the delete-d
    jackknife, Shao & Wu 1989, Annals of Statistics 17).
    """
    from sklearn.metrics import adjusted_rand_score

    def difference(rows: Places) -> float:
        ours = adjusted_rand_score(truth[rows], network[rows])
        return float(ours - adjusted_rand_score(truth[rows], flat[rows]))

    generator, taken = np.random.default_rng(0), min(max(1, len(truth) // 2), MOST_ROWS)
    halves = [generator.permutation(len(truth))[:taken] for _ in range(HALVES)]
    spread = float(np.std([difference(rows) for rows in halves]))
    error = spread * float(np.sqrt(taken / max(1, len(truth) - taken)))
    middle = difference(np.arange(len(truth)))
    return middle - NORMAL_95 * error, middle + NORMAL_95 * error
