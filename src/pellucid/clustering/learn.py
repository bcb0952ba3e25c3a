"""How a clustering is learned: encoder, space, teacher, tree, student, and what is like none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from torch import Tensor

from pellucid.clustering.columns import column_space
from pellucid.clustering.encoder import (
    Listener,
    contrast_network,
    embed_rows,
    embedding_at,
    learn_encoder,
    student_network,
    take_encoder,
)
from pellucid.clustering.neighbor_embedding import neighbor_embedding
from pellucid.clustering.recipe import (
    HELD_OUT,
    MOST_HELD_OUT,
    MOST_TAUGHT,
    ClusterRecipe,
    encoding_of,
    recipe_for,
)
from pellucid.clustering.student import learn_from_teacher, targets_of
from pellucid.data.combinations import Combinations
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.private import coarsened
from pellucid.data.rows import FrameRows
from pellucid.data.table_encoder import TableEncoder
from pellucid.model.cluster_model import ClusterModel
from pellucid.model.cluster_record import ClusterRecord, Stage
from pellucid.model.cost_clock import CostClock
from pellucid.model.model import versions
from pellucid.model.nearness import MOST_REFERENCES, Nearness
from pellucid.options import ClusterOptions
from pellucid.training.events import Event, Reason
from pellucid.training.stopping import never

Places = npt.NDArray[np.int64]

CLUSTER_DIMENSIONS, MAP_DIMENSIONS = 10, 2
MAP_DISTANCE = 0.1
"""How near rows come on the map: as near as they can would hide how many there are."""
SEEN_BEFORE = 2_000


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
        self.held_out = np.sort(order[:held_out])
        self.taught = np.sort(order[held_out : held_out + MOST_TAUGHT])

    def run(self) -> ClusterModel:
        stages: list[Stage] = []
        contrast = contrast_network(self.encoder, self.recipe)
        contrast.initialize_from(self.rows.inputs(_evenly_spread(len(self.rows), SEEN_BEFORE)))
        if self.recipe.learns:
            stages.append(
                learn_encoder(contrast, self.rows, self.encoder, self.recipe, self.to)
            )
        place = embedding_at(self.recipe)
        embeddings = embed_rows(contrast, self.rows.take(self.taught), place)
        found = self._find(embeddings)
        network = student_network(self.encoder, self.recipe, found.tree.num_leaves)
        take_encoder(network, contrast, self.recipe)
        targets = targets_of(found.leaves, found.map_positions)
        taught = self.rows.take(self.taught)
        stages.append(
            learn_from_teacher(network, taught, self.encoder, targets, self.recipe, self.to)
        )
        return ClusterModel(
            encoder=self.encoder,
            network=network,
            tree=found.tree,
            num_clusters=found.num_clusters,
            embedding_at=place,
            nearness=self._nearness(network, place),
            combinations=Combinations.fit(self.frame),
            record=self._record(stages, found),
        )

    def _nearness(self, network, place) -> Nearness:
        some = self.taught[_evenly_spread(len(self.taught), MOST_REFERENCES).numpy()]
        references = embed_rows(network, self.rows.take(some), place)
        others = embed_rows(network, self.rows.take(self.held_out), place)
        return Nearness.fit(references, others, self.options.none_rate)

