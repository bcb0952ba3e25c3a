"""The student: one network that learns the teacher's soft answers, and where rows lie on a map."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.clustering.encoder import Listener, run
from pellucid.clustering.recipe import ClusterRecipe
from pellucid.clustering.view_batches import ViewBatches
from pellucid.clustering.views import Views
from pellucid.data.batches import Batches as RowBatches
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.table_encoder import TableEncoder
from pellucid.model.cluster_record import Stage
from pellucid.model.recipe import make_optimizer
from pellucid.network.distillation import distillation_loss
from pellucid.network.network import Network
from pellucid.training.state import Batches, Course

Floats = npt.NDArray[np.float64]

BATCH_SIZE = 256


def learn_from_teacher(
    network: Network,
    rows: EncodedRows,
    encoder: TableEncoder,
    targets: Tensor,
    recipe: ClusterRecipe,
    to: Listener,
) -> Stage:
    """Train the whole network, encoder and all.

    Args:
        network: What `student_network` made, with the encoder that was learned before.
        rows: Rows that the teacher clustered.
        encoder: Their encoder.
        targets: What `targets_of` made for them, (n, M + 2).
        recipe: How.
        to: Who is told.
    """
    plan, device = recipe.plan, torch.device(recipe.plan.device)
    size = min(BATCH_SIZE, len(rows))
    batches: Batches
    if recipe.student_sees_views:
        views = Views(encoder, part=recipe.swapped, flips=plan.flips == "yes")
        batches = ViewBatches(
            rows, views, targets=targets, batch_size=size, seed=plan.seed, device=device
        )
    else:
        batches = RowBatches(
            rows.inputs, targets, None, members=1, batch_size=size, seed=plan.seed, device=device
        )
    course = Course(
        num_epochs=max(1, math.ceil(recipe.student_steps / batches.num_batches)),
        learning_rate=recipe.student_rate,
        schedule="linear",
    )
    optimizer = make_optimizer(network, replace(plan, learning_rate=recipe.student_rate))
    return run(network, distillation_loss(), optimizer, batches, course, "student", to)


def targets_of(leaves: Floats, map_positions: Tensor) -> Tensor:
    """What the student learns: probabilities of the leaves, and the map about 0 with width 1.

    Args:
        leaves: Of each row, (n, M).
        map_positions: Where rows lie, (n, 2).
    """
    centered = map_positions - map_positions.mean(dim=0)
    scaled = centered / centered.pow(2).mean().sqrt().clamp_min(1e-12)
    return torch.cat([torch.from_numpy(leaves).float(), scaled.float()], dim=1)
