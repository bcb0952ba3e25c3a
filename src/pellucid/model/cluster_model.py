"""A trained clustering: one network, whose last layer gives clusters and places on a map.

Its softmax is over the leaves of a tree; a cluster's probability is the sum of its leaves'. So with
another number of clusters the network stays, and clusters only split or merge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from pellucid.data.combinations import Combinations
from pellucid.data.rows import ROWS_PER_BLOCK, RowSource
from pellucid.data.table_encoder import TableEncoder
from pellucid.errors import ModelFileError, OptionError
from pellucid.files.fields import Fields
from pellucid.inputs import DENSE
from pellucid.model.cluster_facts import ClusterFacts
from pellucid.model.cluster_names import MAP_NAMES, NO_CLUSTER, default_names
from pellucid.model.cluster_record import ClusterRecord
from pellucid.model.merge_tree import MergeTree
from pellucid.model.nearness import Nearness
from pellucid.model.references import references_from_plain, references_to_plain
from pellucid.model.stored_network import network_from_plain, network_to_plain
from pellucid.model.trained_network import TrainedNetwork
from pellucid.network.distillation import COORDINATES
from pellucid.network.layers import Linear
from pellucid.wording import show

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

NONE = -1
"""The cluster of a row that is like none."""
OUTPUT = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Assigned:
    """Rows and their clusters.

    Attributes:
        leaves: Probability of each leaf of the tree, (n, M).
        tree: The tree.
        num_clusters: How many clusters it is cut into, k.
        positions: Where rows lie on the map, (n, 2).
        distances: How far rows are from those of training, in terms of the limit, (n,): above 1 a
            row is like none.
        embeddings: What the network makes of them, float32 (n, E).
    """

    leaves: Floats
    tree: MergeTree
    num_clusters: int
    positions: Floats
    distances: Floats
    embeddings: npt.NDArray[np.float32]

    @cached_property
    def probabilities(self) -> Floats:
        """Of each cluster, (n, k), summing to 1 whether or not a row is like none."""
        return self.tree.sum_probabilities(self.leaves, self.num_clusters)

    @property
    def likeliest(self) -> Places:
        """The likeliest cluster of each row, also of those like none, (n,)."""
        return self.probabilities.argmax(axis=1)

    @property
    def labels(self) -> Places:
        """The cluster of each row, −1 where it is like none, (n,)."""
        return np.where(self.distances > 1.0, NONE, self.likeliest)

    @classmethod
    def joined(cls, parts: Sequence[Assigned]) -> Assigned:
        """Rows one after the other."""
        return replace(
            parts[0],
            leaves=np.concatenate([part.leaves for part in parts]),
            positions=np.concatenate([part.positions for part in parts]),
            distances=np.concatenate([part.distances for part in parts]),
            embeddings=np.concatenate([part.embeddings for part in parts]),
        )


@dataclass(kw_only=True)
class ClusterModel(TrainedNetwork):
    """A network that knows to which cluster a row belongs.

    Attributes:
        tree: How the leaves of its softmax merge.
        num_clusters: How many clusters there are, k.
        embedding_at: The layer whose output is the embedding.
        nearness: What tells that a row is like none.
        names: Of clusters, by id; of those beyond, "cluster j".
        cluster_facts: What each cluster is; None before they are described.
        record: How it was learned.
    """

    tree: MergeTree
    num_clusters: int
    embedding_at: int
    nearness: Nearness
    record: ClusterRecord
    names: tuple[str, ...] = ()
    cluster_facts: ClusterFacts | None = None

    @property
    def seed(self) -> int:
        """Of everything random in training."""
        return self.record.plan.seed

    @property
    def embedding_size(self) -> int:
        """How many numbers an embedding has, E."""
        layer = self.network.layers[self.embedding_at]
        return layer.outputs if isinstance(layer, Linear) else 0

    def cluster_names(self) -> list[str]:
        """What each cluster is called, (k,)."""
        return [*self.names, *default_names(self.num_clusters)[len(self.names) :]][
            : self.num_clusters
        ]

    def cut(self, num_clusters: int) -> None:
        """Change how many clusters there are; they split or merge, and ids stay.

        Raises:
            OptionError: The tree has not so many.
        """
        most = self.tree.num_leaves
        if not 1 <= num_clusters <= most:
            raise OptionError(
                f"This model can be cut into 1 to {most} clusters, not {num_clusters}. For more, "
                "learn again with n_clusters.",
                option="n_clusters",
            )
        if num_clusters != self.num_clusters:
            self.num_clusters, self.cluster_facts = num_clusters, None

    def rename(self, names: Sequence[str]) -> None:
        """Give each cluster a name.

        Args:
            names: One for each cluster, as `check_names` gives them.
        """
        self.names = tuple(names)
        if self.cluster_facts is not None:
            self.cluster_facts = self.cluster_facts.named(names)

    @torch.inference_mode()
    def assign(self, rows: RowSource) -> Assigned:
        """Find the clusters of converted rows; a row's are the same in any company."""
        return Assigned.joined([self._assign(block) for block in rows.blocks(ROWS_PER_BLOCK)])

    def _assign(self, frame: pl.DataFrame) -> Assigned:
        inputs = self.encoder.encode(frame).to(self.network.weights.device)
        found = self.network.predict_at(inputs, [self.embedding_at, OUTPUT])
        embeddings, outputs = (each.cpu() for each in found)
        exact = outputs.double()
        return Assigned(
            leaves=torch.softmax(exact[:, :-COORDINATES], dim=1).numpy(),
            tree=self.tree,
            num_clusters=self.num_clusters,
            positions=exact[:, -COORDINATES:].numpy(),
            distances=self.nearness.distances(embeddings) / self.nearness.limit,
            embeddings=embeddings.numpy(),
        )

    def answers(
        self, rows: RowSource, targets: Sequence[str], coverage: float | None
    ) -> Mapping[str, Any]:
        """The cluster of each row, its probability, and where the row lies on the map."""
        if coverage is not None:
            raise OptionError(
                "interval is for models with a target: clusters have no truth that a set could "
                "hold. Leave it out.",
                option="interval",
            )
        found = self.assign(rows)
        names = np.array([*self.cluster_names(), NO_CLUSTER], dtype=object)
        return {
            "cluster": names[found.labels].astype(str),
            "probability": found.probabilities.max(axis=1),
            **dict(zip(MAP_NAMES, found.positions.T, strict=True)),
        }

    def count_answers(self, answers: pl.DataFrame) -> dict[str, int]:
        """How many rows each cluster has, by its name, and at last how many are like none."""
        found = answers["cluster"].to_list()
        return {name: found.count(name) for name in [*self.cluster_names(), NO_CLUSTER]}

    def to_plain(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """The model as tensors and plain data, for a model file."""
        tensors, described = network_to_plain(self.network)
        kept, nearness = self.nearness.to_plain()
        plain: dict[str, Any] = {
            "encoder": self.encoder.to_json(),
            "network": described,
            "tree": self.tree.to_json(),
            "num_clusters": self.num_clusters,
            "embedding_at": self.embedding_at,
            "nearness": nearness,
            "names": list(self.names),
            "record": self.record.to_json(),
        }
        if self.cluster_facts is not None:
            plain["cluster_facts"] = self.cluster_facts.to_json()
        if self.combinations is not None:
            tensors["pair_counts"], plain["combinations"] = self.combinations.to_plain()
        if self.references:
            pictures, plain["references"] = references_to_plain(self.references)
            tensors |= pictures
        return tensors | kept, plain

    @classmethod
    def from_plain(cls, tensors: Mapping[str, npt.NDArray[Any]], plain: Fields) -> ClusterModel:
        """The model that `to_plain` described.

        Raises:
            ModelFileError: A field is none that a model can have, or the parts do not fit.
            ValueError: The layers are none, or do not fit the weights.
        """
        encoder = TableEncoder.from_json(plain.inner_list("encoder"))
        dense = encoder.by_port.get(DENSE, [])
        network = network_from_plain(
            tensors,
            plain.inner("network"),
            bins=[count for column in dense for count in column.input_bins()],
        )
        place = plain.whole("embedding_at", at_most=len(network.layers) - 1)
        layer, tree = network.layers[place], MergeTree.from_json(plain.inner("tree"))
        num_clusters = plain.whole("num_clusters", at_least=1, at_most=tree.num_leaves)
        if not isinstance(layer, Linear):
            raise ModelFileError(f"The layer {place} gives no embedding.")
        model = cls(
            encoder=encoder,
            network=network,
            tree=tree,
            num_clusters=num_clusters,
            embedding_at=place,
            nearness=Nearness.from_plain(tensors, plain.inner("nearness"), layer.outputs),
            names=tuple(plain.texts("names")),
            record=ClusterRecord.from_json(plain.inner("record")),
            cluster_facts=None
            if plain.is_null("cluster_facts")
            else ClusterFacts.from_json(plain.inner("cluster_facts"), num_clusters),
            combinations=None
            if plain.is_null("combinations")
            else Combinations.from_plain(tensors["pair_counts"], plain.inner("combinations")),
            references=()
            if plain.is_null("references")
            else references_from_plain(tensors, plain.inner_list("references")),
        )
        model._check_that_parts_fit()
        return model

    def _check_that_parts_fit(self) -> None:
        """Let rows pass from end to end: one of nothing known, and one far out.

        Raises:
            ModelFileError: Encoder, network and tree do not belong together, or what comes out is
                not finite.
        """
        self.check_that_branches_fit()
        inputs = self.encoder.expand(self.encoder.trial())
        if self.network.members != 1:
            raise ModelFileError(f"A clustering has one member, not {self.network.members}.")
        with torch.inference_mode():
            embeddings, outputs = self.network.predict_at(inputs, [self.embedding_at, OUTPUT])
        expected = (len(inputs), self.tree.num_leaves + COORDINATES)
        if tuple(outputs.shape) != expected:
            raise ModelFileError(
                f"The network gives {tuple(outputs.shape)} numbers where {expected} are needed."
            )
        if not (outputs.isfinite().all() and embeddings.isfinite().all()):
            raise ModelFileError("The network's answers are not finite.")
        if len(self.names) > self.tree.num_leaves:
            raise ModelFileError(f"There are {len(self.names)} names: {show(self.names[0])} …")
        if self.combinations is not None:
            self.combinations.check_that_they_fit(self.encoder.columns)
        for each in self.references:
            each.check_that_it_fits(self.encoder.columns)
