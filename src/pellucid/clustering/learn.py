"""How a clustering is learned: encoder, space, teacher, tree, student, and what is like none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from torch import Tensor

from pellucid.clustering.columns import ColumnSpace
from pellucid.clustering.encoder import (
    Listener,
    contrast_network,
    embed_rows,
    embedding_at,
    learn_encoder,
    student_network,
    take_encoder,
)
from pellucid.clustering.how_many import how_many
from pellucid.clustering.k_means import k_means
from pellucid.clustering.neighbor_embedding import neighbor_embedding
from pellucid.clustering.recipe import (
    HELD_OUT,
    LEAVES_PER_CLUSTER,
    MOST_CONTRASTED,
    MOST_HELD_OUT,
    MOST_LEAVES,
    MOST_TAUGHT,
    encoding_of,
    recipe_for,
)
from pellucid.clustering.student import learn_from_teacher, targets_of
from pellucid.clustering.teacher import (
    ConsensusTeacher,
    MixtureTeacher,
    SphericalTeacher,
    Teacher,
)
from pellucid.clustering.tree import grow_tree
from pellucid.data.combinations import Combinations
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.private import coarsened
from pellucid.data.rows import FrameRows
from pellucid.data.table_encoder import TableEncoder
from pellucid.model.cluster_count import ClusterCount
from pellucid.model.cluster_model import ClusterModel
from pellucid.model.cluster_record import ClusterRecord, Stage
from pellucid.model.cost_clock import CostClock
from pellucid.model.learning import SEEN_BEFORE, evenly_spread
from pellucid.model.merge_tree import MergeTree
from pellucid.model.model import versions
from pellucid.model.nearness import MOST_REFERENCES, Nearness, unit_length
from pellucid.network.network import Network
from pellucid.options import ClusterOptions
from pellucid.training.events import Event, Reason, StageStarted
from pellucid.training.stopping import never

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_PRIVATE, ROWS_OF_A_CENTER = 5, 20
"""Of fewer rows a private model keeps no mean; and of about so many each is."""

CLUSTER_DIMENSIONS, CLUSTER_NEIGHBORS, CLUSTER_EPOCHS = 10, 30, 100
"""Of the neighbor embedding in which a mixture is found."""
MAP_DIMENSIONS = 2
MAP_DISTANCE = 0.1
"""How near rows come on the map: as near as they can would hide how many there are."""
FEWEST_HELD_OUT = 100
"""From fewer rows no limit comes that one in a hundred exceeds: then all rows are learned."""


def learn_clusters(
    frame: pl.DataFrame,
    options: ClusterOptions,
    *,
    seed: int,
    on_event: Callable[[Event], None],
    stop: Callable[[], Reason | None] = never,
) -> ClusterModel:
    """Find clusters, and train a network that tells them.

    Args:
        frame: Converted rows.
        options: What a person said.
        seed: Of everything random.
        on_event: Told what happens in the trainings.
        stop: Asked after each step; a reason ends the running training.
    """
    return _Learning(frame, options, seed, Listener(on_event=on_event, stop=stop)).run()


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What the teacher found in the rows that are taught.

    Attributes:
        num_clusters: How many clusters.
        tree: How leaves merge into them.
        targets: What the student learns, (n, M + 2).
        count: Why so many; None where that was given.
        stability: How far teachers of two halves agree.
    """

    num_clusters: int
    tree: MergeTree
    targets: Tensor
    count: ClusterCount | None
    stability: float | None


class _Learning:
    """One clustering: what is needed for it, and how it is carried out."""

    def __init__(
        self, frame: pl.DataFrame, options: ClusterOptions, seed: int, to: Listener
    ) -> None:
        self.clock, self.to, self.options, self.seed = CostClock(), to, options, seed
        self.frame = coarsened(frame) if options.private else frame
        rows = FrameRows(self.frame)
        self.recipe = recipe_for(options, rows, seed)
        encoding = encoding_of(self.recipe, is_private=options.private)
        self.encoder = TableEncoder.fit(self.frame, np.ones(len(rows)), encoding)
        self.rows = EncodedRows.of(self.encoder, rows)
        generator = np.random.default_rng(seed)
        order = generator.permutation(len(rows))
        held_out = min(MOST_HELD_OUT, int(HELD_OUT * len(rows)))
        if held_out < FEWEST_HELD_OUT:
            held_out = 0
        self.held_out = np.sort(order[:held_out])
        self.taught = np.sort(order[held_out : held_out + MOST_TAUGHT])
        self.contrasted = np.sort(order[held_out : held_out + MOST_CONTRASTED])

    def run(self) -> ClusterModel:
        place, taught = embedding_at(self.recipe), self.rows.take(self.taught)
        network, stages = self._encoder()
        found = self._find(embed_rows(network, taught, place))
        student = student_network(self.encoder, self.recipe, found.tree.num_leaves)
        take_encoder(student, network, self.recipe)
        stages.append(
            learn_from_teacher(student, taught, self.encoder, found.targets, self.recipe, self.to)
        )
        return ClusterModel(
            encoder=self.encoder,
            network=student,
            tree=found.tree,
            num_clusters=found.num_clusters,
            embedding_at=place,
            nearness=self._nearness(student, place),
            combinations=Combinations.fit(self.frame),
            record=self._record(stages, found),
        )

    def _encoder(self) -> tuple[Network, list[Stage]]:
        """A network that makes embeddings of rows, and how it learned to."""
        network = contrast_network(self.encoder, self.recipe)
        some = torch.from_numpy(evenly_spread(len(self.rows), SEEN_BEFORE))
        network.initialize_from(self.rows.inputs(some))
        if not self.recipe.learns:
            return network, []
        rows = self.rows.take(self.contrasted)
        return network, [learn_encoder(network, rows, self.encoder, self.recipe, self.to)]

    def _find(self, embeddings: Tensor) -> Found:
        """What the student is to learn of the rows that are taught."""
        self.to.on_event(StageStarted(name="clusters"))
        teacher = self._teacher(embeddings)
        count, wanted = None, self.options.n_clusters
        if wanted == "auto":
            count = how_many(teacher.space, teacher.quickly, self.seed)
        num_clusters = count.k if count else int(wanted)
        probabilities = teacher.posteriors(num_clusters)
        most = max(LEAVES_PER_CLUSTER * num_clusters, count.high if count else 0)
        grown = grow_tree(teacher.space, probabilities, min(most, MOST_LEAVES), self.seed)
        on_map = neighbor_embedding(
            embeddings, MAP_DIMENSIONS, min_dist=MAP_DISTANCE, seed=self.seed
        )
        leaves = grown.leaf_probabilities(teacher.space, probabilities)
        return Found(
            num_clusters=num_clusters,
            tree=grown.tree,
            targets=targets_of(leaves, on_map),
            count=count,
            stability=teacher.stability(num_clusters),
        )

    def _teacher(self, embeddings: Tensor) -> Teacher:
        """What finds clusters of the rows that are taught."""
        unit = unit_length(embeddings.double())
        if self.recipe.teacher == "consensus":
            columns = ColumnSpace.of(self.frame[self.taught], self.rows.take(self.taught))
            made = unit.numpy() if self.recipe.learns else None
            return ConsensusTeacher(columns=columns, embeddings=made, seed=self.seed)
        if self.recipe.teacher == "spherical k-means":
            return SphericalTeacher(space=unit.numpy(), seed=self.seed)
        if (unit == unit[0]).all():  # who is near whom would be chance
            return MixtureTeacher(space=unit[:, :CLUSTER_DIMENSIONS].numpy(), seed=self.seed)
        space = neighbor_embedding(
            unit.float(),
            CLUSTER_DIMENSIONS,
            neighbors=CLUSTER_NEIGHBORS,
            epochs=CLUSTER_EPOCHS,
            seed=self.seed,
        )
        return MixtureTeacher(space=space.double().numpy(), seed=self.seed)

    def _nearness(self, network: Network, place: int) -> Nearness:
        """What tells that a row is like none; of a private model from no single row."""
        some = self.taught[evenly_spread(len(self.taught), MOST_REFERENCES)]
        references = embed_rows(network, self.rows.take(some), place)
        others = embed_rows(network, self.rows.take(self.held_out), place)
        if not self.options.private:
            return Nearness.fit(references, others, self.options.none_rate)
        centers = _centers(references, self.seed)
        others = others if len(others) else references
        return Nearness.fit(centers, others, self.options.none_rate, rank=1)

    def _record(self, stages: Sequence[Stage], found: Found) -> ClusterRecord:
        return ClusterRecord(
            plan=self.recipe.plan,
            rows=len(self.rows),
            taught=len(self.taught),
            teacher=self.recipe.teacher,
            stages=tuple(stages),
            count=found.count,
            stability=found.stability,
            cost=self.clock.cost,
            versions=versions(),
        )


def _centers(embeddings: Tensor, seed: int) -> Tensor:
    """Means of directions that lie near each other, none of them of fewer than five rows."""
    unit = unit_length(embeddings).double().numpy()
    found = k_means(unit, max(1, len(unit) // ROWS_OF_A_CENTER), seed)
    sizes = np.bincount(found.labels, minlength=len(found.centers))
    kept = sizes >= FEWEST_PRIVATE
    centers = found.centers[kept] if kept.any() else unit.mean(axis=0, keepdims=True)
    return torch.from_numpy(centers).float()
