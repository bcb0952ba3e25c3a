"""What "auto" means: every option's value, and the network that follows from it.

Every constant here was measured on real tables; `docs/concepts/recipe.md` says which and how.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.data.batches import Batches
from pellucid.data.kinds.encoding_plan import MOST_DIMENSIONS, MOST_ONE_HOT_LEVELS, EncodingPlan
from pellucid.data.kinds.kind import Encoder, kind_of
from pellucid.data.rows import Rows
from pellucid.data.table_encoder import TableEncoder
from pellucid.errors import OptionError
from pellucid.files.plain import plain_value
from pellucid.inputs import CODES, DENSE, PIXELS, TERMS, Inputs
from pellucid.model.picture_recipe import FILTER_RATE, LEARNING_RATE, Look, Pictures
from pellucid.model.plan import Plan
from pellucid.model.text_recipe import Terms, Texts
from pellucid.network.embedding import CategoryEmbedding
from pellucid.network.ensemble import MemberLinear
from pellucid.network.input_layer import PassThrough
from pellucid.network.layers import Activation, Dropout, Layer, Linear
from pellucid.network.muon import Muon
from pellucid.network.network import Network
from pellucid.network.optimizers import Adam, GradientDescent, Optimizer
from pellucid.network.picture_branch import PictureBranch
from pellucid.network.piecewise import PiecewiseLinear
from pellucid.network.precision import has_reduced_products
from pellucid.network.scaled_linear import ScaledLinear
from pellucid.network.term_bag import TermBag
from pellucid.options import NetworkOptions
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]

FEW_ROWS = 1_000
MEMBERS_OF_FEW_ROWS = 5
MOST_BINS, FEWER_BINS = 48, 24
MANY_NUMBERS, TOO_MANY_NUMBERS, MOST_INPUTS = 60, 100, 4_000
FEWEST_ROWS_FOR_BINS = 160
BATCH_SIZES = ((2_800, 32), (4_500, 64), (6_400, 128), (32_000, 256), (108_000, 512))
LARGEST_BATCH = 1_024
STEM = ("kernel", "stride", "eigenvectors")


def make_plan(options: NetworkOptions, rows: Rows, task: Task, seed: int) -> Plan:
    """Give every option its value.

    Args:
        options: What a person said.
        rows: The training part.
        task: What is learned.
        seed: Of everything random.
    """
    few = len(rows) < FEW_ROWS
    pictures = Pictures.of(rows)
    texts = Texts.of(rows)
    raw = pictures or texts
    is_alone = raw is not None and raw.are_alone
    usual_batch = raw.batch_size if raw else _batch_size(len(rows))
    batch_size = min(_or(options.batch_size, usual_batch), len(rows))
    num_batches = math.ceil(len(rows) / batch_size)
    epochs = raw.epochs if raw else _epochs(task.num_steps, num_batches)
    look = pictures.look(options) if pictures else Look()
    device = device_of(options.device)
    usual = (32,) if few else (128, 128)
    hidden = tuple(_or(options.hidden_layer_sizes, () if is_alone else usual))
    # With neither hidden layers nor convolutions no activation can be killed by a large step.
    rates = {"adamw": 3e-3, "adam": 3e-3, "gradient_descent": 0.1} if hidden or raw else {}
    rates["muon"] = LEARNING_RATE
    optimizer = _or(options.optimizer, "muon" if pictures else "adamw")
    return Plan(
        hidden_layer_sizes=hidden,
        activation=options.activation,
        optimizer=optimizer,
        learning_rate=_or(options.learning_rate, rates.get(optimizer, 0.02)),
        batch_size=batch_size,
        max_epochs=_or(options.max_epochs, epochs),
        members=_or(options.members, 1 if is_alone else MEMBERS_OF_FEW_ROWS if few else 4),
        dropout=_or(options.dropout, 0.1),
        weight_decay=_or(options.weight_decay, 3e-4 if optimizer == "adamw" else 0.0),
        num_bins=_num_bins(options.numeric_encoding, rows, task),
        schedule="linear" if raw else "constant",
        **asdict(look),
        **asdict(texts.terms if texts else Terms()),
        time_budget=plain_value(options.time_budget),
        device=device,
        reduced_precision=options.precision == "bfloat16"
        or (options.precision == "auto" and has_reduced_products(torch.device(device))),
        seed=seed,
    )


def draw_seed(random_state: Any) -> int:
    """The seed that `random_state` gives: itself, or one drawn from a generator.

    Args:
        random_state: A whole number, a Generator, a RandomState, or None for NumPy's global one.
    """
    if isinstance(random_state, Integral):
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31 - 1))
    source = np.random if random_state is None else random_state
    return int(source.randint(2**31 - 1))


def _or(value: Any, automatic: Any) -> Any:
    return automatic if isinstance(value, str) and value == "auto" else plain_value(value)


def _batch_size(rows: int) -> int:
    return next((size for below, size in BATCH_SIZES if rows < below), LARGEST_BATCH)


def _epochs(steps: int, batches: int) -> int:
    """About so many steps at most, within 8 to 100 epochs; but 1 000 steps may always be taken."""
    epochs = min(100, max(8, round(steps / batches)))
    return max(epochs, math.ceil(1_000 / batches))


def device_of(wish: str) -> str:
    """Where to compute.

    Raises:
        OptionError: There is no such device.
    """
    if wish == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wish == "cuda" and not torch.cuda.is_available():
        raise OptionError(
            "device is 'cuda', but this machine or this build of torch has none. Use 'cpu' or "
            "'auto'.",
            option="device",
        )
    return wish


def _num_bins(wish: str, rows: Rows, task: Task) -> int:
    """Bins of a number: as many as there are rows to fill, none where they would overfit."""
    if wish == "none":
        return 0
    numeric = sum(kind_of(column).is_binned for column in rows.frame)
    bins = MOST_BINS if numeric <= MANY_NUMBERS else FEWER_BINS
    if wish == "piecewise":
        return bins
    if len(rows) < FEW_ROWS:
        return task.bins_of_few_rows if len(rows) >= FEWEST_ROWS_FOR_BINS else 0
    return bins if numeric <= TOO_MANY_NUMBERS and numeric * bins <= MOST_INPUTS else 0


def encoding_plan(plan: Plan, num_rows: int, *, has_folds: bool, is_private: bool) -> EncodingPlan:
    """How columns are encoded.

    Args:
        plan: Says how many bins a number has.
        num_rows: Of the whole table.
        has_folds: Whether each member is judged by rows that others learn from.
        is_private: Whether no cell of few rows may be kept.
    """
    # Vectors of levels would be shared by the members, and carry what one learned to another,
    # which is to judge without having seen it.
    most_one_hot = num_rows if has_folds else MOST_ONE_HOT_LEVELS
    return EncodingPlan(
        num_bins=plan.num_bins,
        most_one_hot=most_one_hot,
        most_dimensions=MOST_DIMENSIONS,
        num_features=plan.filters[-1] if plan.filters else 1,
        text_features=plan.text_features or 1,
        most_terms=plan.most_terms,
        is_private=is_private,
    )


def build_branches(encoder: TableEncoder, plan: Plan) -> dict[str, Layer]:
    """The branch of each port at which columns enter."""
    return {
        port: BRANCHES[port.partition(":")[0]](columns, plan)
        for port, columns in encoder.by_port.items()
    }


def _numbers(columns: Sequence[Encoder], _plan: Plan) -> Layer:
    bins = [count for column in columns for count in column.input_bins()]
    return PiecewiseLinear(bins) if any(bins) else PassThrough(len(bins))


def _embedding(columns: Sequence[Encoder], _plan: Plan) -> Layer:
    sizes = (column.embedding_size for column in columns)
    return CategoryEmbedding([size for size in sizes if size is not None])


def _picture(columns: Sequence[Encoder], plan: Plan) -> Layer:
    (column,) = columns
    if column.picture_size is None:
        raise TypeError(f"{type(column).__name__} gives no pictures")
    height, width, colors = column.picture_size
    stem: dict[str, int] = dict(zip(STEM, plan.stem, strict=False))
    return PictureBranch(
        height,
        width,
        colors,
        size=(min(height, plan.image_size), min(width, plan.image_size)),
        filters=plan.filters,
        shift=plan.shift,
        flips=plan.flips == "yes",
        crop=plan.crop,
        jitter=plan.jitter,
        **stem,
    )


def _terms(columns: Sequence[Encoder], plan: Plan) -> Layer:
    (column,) = columns
    if column.num_terms is None:
        raise TypeError(f"{type(column).__name__} gives no texts")
    return TermBag(
        column.num_terms,
        plan.text_features,
        dropout=plan.term_dropout,
        rate=plan.term_rate,
        features=len(column.dense_names()) - plan.text_features,
    )


BRANCHES: dict[str, Callable[[Sequence[Encoder], Plan], Layer]] = {
    DENSE: _numbers,
    CODES: _embedding,
    PIXELS: _picture,
    TERMS: _terms,
}
"""What makes the branch of each port from the columns that enter there: a new port is a line.

Of a port such as "pixels:photo" only what stands before the colon counts.
"""


def build_layers(
    encoder: TableEncoder, num_outputs: int, plan: Plan, *, own_matrices: bool
) -> list[Layer]:
    """The layers above the vector x.

    Args:
        encoder: Says which column each number of x comes from.
        num_outputs: Neurons of the last layer.
        plan: Sizes and rates.
        own_matrices: Whether each member has its own matrices, or shares all but the last.
    """
    columns = encoder.column_of_dense()
    layers: list[Layer] = []
    width = len(columns)
    # A single layer starts at 0 (`start_from`), where a matrix that is shared has no gradient:
    # that of the factors is 0 as long as the matrix is, and the other way round.
    own_matrices |= plan.learns_features and not plan.hidden_layer_sizes
    for position, size in enumerate([*plan.hidden_layer_sizes, num_outputs]):
        is_first, is_last = position == 0, position == len(plan.hidden_layer_sizes)
        if plan.members == 1:
            layers.append(Linear(width, size))
        elif own_matrices:
            layers.append(MemberLinear(plan.members, width, size, first=is_first))
        elif is_first:
            layers.append(ScaledLinear(plan.members, size, columns, signs=plan.num_bins == 0))
        elif is_last:
            layers.append(MemberLinear(plan.members, width, size))
        else:
            layers.append(Linear(width, size))
        if not is_last:
            layers.append(Activation(plan.activation))
            layers += [Dropout(plan.dropout)] if plan.dropout else []
        width = size
    return layers


def start_from(network: Network, inputs: Inputs) -> None:
    """Let a network find in some pictures what it needs before the first step.

    Features of pictures are large, and those of texts say nothing yet. A single layer on them
    starts at 0, since with weights drawn at random the first answers would be so far off that a few
    steps could not make up for it.
    """
    network.initialize_from(inputs)
    if len(network.layers) == 1:
        for parameter in network.layers[0].parameters.values():
            parameter.zero_()


def make_optimizer(network: Network, plan: Plan) -> Optimizer:
    """The optimizer that the plan names."""
    place = (network.weights, network.num_decayed, plan.weight_decay)
    if plan.optimizer in ("adamw", "adam"):
        return Adam(*place)
    if plan.optimizer == "muon":
        return Muon(*place, filters=network.filters, filter_rate=FILTER_RATE)
    momentum = 0.0 if plan.optimizer == "gradient_descent" else 0.9
    return GradientDescent(*place, momentum=momentum, nesterov=plan.optimizer == "nesterov")


def make_batches(
    take: Callable[[Tensor], Inputs],
    targets: Tensor,
    member_weights: Floats | None,
    plan: Plan,
    *,
    seed: int,
) -> Batches:
    """Batches of a plan's size, for its members, where it computes."""
    weights = None
    if member_weights is not None:
        weights = torch.from_numpy(member_weights.astype(np.float32))
    return Batches(
        take,
        targets,
        weights,
        members=plan.members,
        batch_size=plan.batch_size,
        seed=seed,
        device=torch.device(plan.device),
    )
