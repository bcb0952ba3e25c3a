"""The trained thing: everything needed to go from rows to predictions, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from torch import Tensor

from pellucid.data.table_encoder import TableEncoder
from pellucid.network.network import Network, layers_from
from pellucid.tasks import Task, task_from_json

Floats = npt.NDArray[np.float64]

ROWS_PER_BLOCK = 8_192


@dataclass(kw_only=True)
class Model:
    """A trained network with what stands before and behind it.

    Attributes:
        encoder: Converted columns → the network's inputs.
        network: Inputs → the members' outputs.
        task: Outputs → probabilities or numbers.
        temperature: Divides the outputs of a classifier, so that its probabilities hold.
        conformal_scores: Sorted validation scores of how far off predictions are: 1 − p of the
            true class (n,), or |y − ŷ| of each target (n, O). Empty without validation rows.
        record: How it was trained, as plain data.
    """

    encoder: TableEncoder
    network: Network
    task: Task
    temperature: float = 1.0
    conformal_scores: Floats = field(default_factory=lambda: np.empty(0))
    record: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def exact_network(self) -> Network:
        """The network in float64, with which predictions and explanations are computed.

        So the rows that stand beside a row do not move its prediction in the first twelve digits.
        """
        return self.network.copy(dtype=torch.float64)

    def predict(self, frame: pl.DataFrame) -> Floats:
        """Probabilities (n, C), or numbers (n, O), of converted rows."""
        return self.task.decode(self.outputs(frame), self.temperature)

    def outputs(self, frame: pl.DataFrame) -> Tensor:
        """The last layer's z of each member for converted rows, shape (K, n, O)."""
        starts = range(0, max(1, frame.height), ROWS_PER_BLOCK)
        blocks = [self.encode(frame.slice(start, ROWS_PER_BLOCK)) for start in starts]
        return torch.cat([outputs_of(self.exact_network, block) for block in blocks], dim=1)

    def encode(self, frame: pl.DataFrame) -> Tensor:
        """Converted rows → the network's inputs, float64 (n, I)."""
        return torch.from_numpy(self.encoder.encode(frame)).double()

    def surprises(self, frame: pl.DataFrame) -> dict[str, int]:
        """Cells unlike any in training, in words, and how many there are of each."""
        found = {words: n for c in self.encoder.columns for words, n in c.surprises(frame[c.name])}
        return {words: count for words, count in found.items() if count}

    def to_plain(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """The model as tensors and plain data, for a model file."""
        tensors = {
            "weights": self.network.weights.cpu().numpy(),
            "conformal_scores": self.conformal_scores,
        }
        plain = {
            "encoder": self.encoder.to_json(),
            "task": self.task.to_json(),
            "network": {"members": self.network.members, "layers": self.network.describe()},
            "temperature": self.temperature,
            "record": self.record,
        }
        return tensors, plain

    @classmethod
    def from_plain(cls, tensors: Mapping[str, npt.NDArray[Any]], plain: Mapping[str, Any]) -> Model:
        """The model that `to_plain` described.

        Raises:
            ValueError: The description does not fit the weights.
        """
        layers = layers_from(plain["network"]["layers"])
        weights = torch.from_numpy(tensors["weights"].copy())
        # Judged before anything of that size is allocated.
        described = sum(math.prod(shape) for layer in layers for shape in layer.shapes.values())
        if weights.dtype != torch.float32 or weights.shape != (described,):
            raise ValueError(f"the layers have {described} weights, the file {len(weights)}")
        network = Network(layers, members=plain["network"]["members"])
        network.weights.copy_(weights)
        model = cls(
            encoder=TableEncoder.from_json(plain["encoder"]),
            network=network,
            task=task_from_json(plain["task"]),
            temperature=float(plain["temperature"]),
            conformal_scores=tensors["conformal_scores"].copy(),
            record=plain["record"],
        )
        model._check_that_parts_fit()
        return model

    def _check_that_parts_fit(self) -> None:
        """Let one row pass from end to end.

        Raises:
            ValueError: Encoder, network, task and temperature do not belong together.
        """
        if not 0.0 < self.temperature < math.inf:
            raise ValueError(f"the temperature is {self.temperature}")
        nothing = np.zeros((1, sum(self.encoder.compact_widths)), dtype=np.float32)
        inputs = torch.from_numpy(self.encoder.expand(nothing)).double()
        outputs = outputs_of(self.exact_network, inputs)
        expected = (self.network.members, 1, self.task.num_outputs)
        if tuple(outputs.shape) != expected:
            raise ValueError(f"the network gives {tuple(outputs.shape)} numbers, not {expected}")


@torch.inference_mode()
def outputs_of(network: Network, inputs: Tensor) -> Tensor:
    """The members' outputs for encoded rows (n, I), block by block, shape (K, n, O)."""
    blocks = inputs.split(ROWS_PER_BLOCK)
    return torch.cat([network(block.to(network.weights.device)).cpu() for block in blocks], dim=1)


def versions() -> Mapping[str, str]:
    """The versions a model file names."""
    return {name: version(name) for name in ("pellucid", "torch", "numpy", "polars")}
