"""The encoder, which learns from rows alone: two views of one row shall be alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.clustering.recipe import ClusterRecipe
from pellucid.clustering.view_batches import ViewBatches
from pellucid.clustering.views import Views
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.rows import ROWS_PER_BLOCK
from pellucid.data.table_encoder import TableEncoder
from pellucid.errors import OptionError
from pellucid.model.cluster_record import Stage, StageName
from pellucid.model.recipe import build_branches, make_optimizer
from pellucid.network.contrastive import contrastive_loss
from pellucid.network.distillation import COORDINATES
from pellucid.network.layers import Activation, Layer, Linear
from pellucid.network.losses import Loss
from pellucid.network.network import Network
from pellucid.network.optimizers import Optimizer
from pellucid.training.events import EpochEnded, Event, Reason, StageStarted, TrainingEnded
from pellucid.training.loop import step_to_time, train
from pellucid.training.state import Batches, Course, TrainingState
from pellucid.training.threads import quickest_threads

HEAD_SIZE = 128
"""Hidden neurons between the embedding and what the student says."""
ONE = 1
"""Threads of a network whose sums depend on them: the same weights on every machine."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Who is told what happens in a training, and may stop it."""

    on_event: Callable[[Event], None]
    stop: Callable[[], Reason | None]


def contrast_network(encoder: TableEncoder, recipe: ClusterRecipe) -> Network:
    """The encoder, and above it what is compared in the contrast, if not the embedding itself."""
    size = recipe.projection_size
    head = [Activation("relu"), Linear(recipe.embedding_size, size)] if size else []
    network = _network(encoder, recipe, head)
    if recipe.starts_as_sum:
        first = network.layers[0].parameters
        first["weight"].copy_(torch.eye(recipe.embedding_size))
        first["bias"].zero_()
    return network


def student_network(encoder: TableEncoder, recipe: ClusterRecipe, num_leaves: int) -> Network:
    """The encoder, and above it the leaves of the tree and the map."""
    head: list[Layer] = [
        Activation("relu"),
        Linear(recipe.embedding_size, HEAD_SIZE),
        Activation("relu"),
        Linear(HEAD_SIZE, num_leaves + COORDINATES),
    ]
    return _network(encoder, recipe, head)


def embedding_at(recipe: ClusterRecipe) -> int:
    """The place of the layer whose output is the embedding."""
    return 2 * len(recipe.plan.hidden_layer_sizes)


def _network(encoder: TableEncoder, recipe: ClusterRecipe, head: Sequence[Layer]) -> Network:
    plan, width = recipe.plan, len(encoder.column_of_dense())
    layers: list[Layer] = []
    for size in plan.hidden_layer_sizes:
        layers += [Linear(width, size), Activation(plan.activation)]
        width = size
    layers.append(Linear(width, recipe.embedding_size))
    branches = build_branches(encoder, plan)
    return Network([*layers, *head], branches=branches, seed=plan.seed, device=plan.device)


def take_encoder(network: Network, learned: Network, recipe: ClusterRecipe) -> None:
    """Let a network have the encoder of another one."""
    count = len(network.input_layer.branches) + embedding_at(recipe) + 1
    for own, other in zip(network.parts[:count], learned.parts[:count], strict=True):
        for name, parameter in own.parameters.items():
            parameter.copy_(other.parameters[name])
        for name, kept in own.state.items():
            kept.copy_(other.state[name])


def learn_encoder(
    network: Network, rows: EncodedRows, encoder: TableEncoder, recipe: ClusterRecipe, to: Listener
) -> Stage:
    """Train the encoder by contrast (Chen et al. 2020, arXiv:2002.05709).

    Args:
        network: What `contrast_network` made.
        rows: All rows that learn.
        encoder: Their encoder.
        recipe: How.
        to: Who is told.
    """
    plan = recipe.plan
    views = Views(encoder, part=recipe.swapped, flips=plan.flips == "yes")
    batches = ViewBatches(
        rows,
        views,
        batch_size=plan.batch_size,
        seed=plan.seed,
        device=torch.device(plan.device),
    )
    course = Course(
        num_epochs=plan.max_epochs, learning_rate=plan.learning_rate, schedule=plan.schedule
    )
    loss = contrastive_loss(recipe.temperature)
    return run(network, loss, make_optimizer(network, plan), batches, course, "contrast", to)


def run(
    network: Network,
    loss: Loss,
    optimizer: Optimizer,
    batches: Batches,
    course: Course,
    name: StageName,
    to: Listener,
) -> Stage:
    """One training, through the loop of all.

    Raises:
        OptionError: The loss was not finite.
    """
    to.on_event(StageStarted(name=name))
    losses: list[float] = []
    state = TrainingState(network, loss, optimizer, batches, course)
    before = batches.state()
    step = step_to_time(network, loss, next(iter(batches)))
    batches.restore(before)
    with quickest_threads(
        step, len(network.weights), ONE, convolves=bool(network.filters)
    ) as threads:
        for event in train(state, stop=to.stop):
            if isinstance(event, EpochEnded):
                losses.append(event.loss)
            if isinstance(event, TrainingEnded):
                ended = event
            to.on_event(event)
    if ended.reason == "loss is not finite":
        raise OptionError(
            f"Learning to cluster diverged in epoch {ended.epochs}: the loss was not finite. "
            "Scale the columns, or leave out those with extreme numbers, with columns.",
            option="columns",
        )
    return Stage(name=name, losses=tuple(losses), ended=ended, threads=threads.count)


@torch.inference_mode()
def embed_rows(network: Network, rows: EncodedRows, place: int) -> Tensor:
    """What the network makes of rows, float32 (n, E), block by block."""
    device = network.weights.device
    blocks = rows.blocks(ROWS_PER_BLOCK)
    return torch.cat([network.predict_at(b.to(device), [place])[0].cpu() for b in blocks])
