"""A network as tensors and plain data, each checked when it comes from a file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import DENSE
from pellucid.model.network_facts import with_branches
from pellucid.network.network import Network, parts_from


def network_to_plain(network: Network) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """A network as tensors and plain data, for a model file.

    Raises:
        TypeError: One of its layers is a module of the caller's own, which is code.
    """
    tensors = {"weights": network.weights.cpu().numpy()}
    if len(network.state):
        tensors["state"] = network.state.cpu().numpy()
    return tensors, network.describe()


def network_from_plain(
    tensors: Mapping[str, npt.NDArray[Any]],
    plain: Fields,
    bins: Sequence[int],
    *,
    reduced_precision: bool = False,
) -> Network:
    """The network that `network_to_plain` described.

    Args:
        tensors: Its weights and what layers keep beside them.
        plain: Its layers.
        bins: Among how many bins each number that enters is a position; 0 for none.
        reduced_precision: Whether it goes on learning with large products in reduced precision,
            which is no part of its description.

    Raises:
        ModelFileError: Weights or state are not as many as the layers have, or not finite.
        ValueError: A layer is none.
    """
    parts = parts_from(_cut_at(bins, with_branches(plain.all())))
    # Judged before anything of that size is allocated.
    layers = [*parts["branches"].values(), *parts["layers"]]
    weights, state = tensors["weights"], tensors.get("state", np.empty(0, np.float32))
    _check_numbers(weights, "weights", (s for a in layers for s in a.shapes.values()))
    _check_numbers(state, "means", (s for a in layers for s in a.state_shapes.values()))
    plain.whole("members", at_least=1)
    network = Network(**parts, reduced_precision=reduced_precision)
    network.weights.copy_(torch.from_numpy(weights.copy()))
    network.state.copy_(torch.from_numpy(state.copy()))
    return network


def _check_numbers(held: npt.NDArray[Any], name: str, shapes: Iterable[tuple[int, ...]]) -> None:
    """Refuse numbers of a file that are not as many as the layers have, or not finite.

    Raises:
        ModelFileError: They are so.
    """
    described = sum(math.prod(shape) for shape in shapes)
    if held.dtype != np.float32 or held.shape != (described,):
        raise ModelFileError(f"The layers have {described} {name}, the file {held.shape}.")
    if not np.isfinite(held).all():
        raise ModelFileError(f"The {name} are not finite.")


def _cut_at(bins: Sequence[int], plain: Mapping[str, Any]) -> dict[str, Any]:
    """A network that cuts numbers as its encoder says; those of formats 1 to 3 got them cut.

    Raises:
        ModelFileError: It cuts them at other bins.
    """
    cut = {"port": DENSE, "layer": "PiecewiseLinear", "bins": list(bins)}
    branches = [
        cut if branch["layer"] == "PassThrough" and any(bins) else branch
        for branch in plain["branches"]
    ]
    if any(b["layer"] == "PiecewiseLinear" and b.get("bins") != list(bins) for b in branches):
        raise ModelFileError("The network cuts numbers at other bins than their encoders.")
    return {**plain, "branches": branches}
