"""The trained thing: everything needed to go from rows to predictions, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.data.combinations import Combinations
from pellucid.data.rows import ROWS_PER_BLOCK, RowSource
from pellucid.data.table_encoder import TableEncoder
from pellucid.errors import ModelFileError, OptionError
from pellucid.files.fields import Fields
from pellucid.inputs import DENSE, Inputs, InputSource
from pellucid.model.record import Record
from pellucid.model.references import references_from_plain, references_to_plain
from pellucid.model.stored_network import network_from_plain, network_to_plain
from pellucid.model.trained_network import TrainedNetwork
from pellucid.network.network import Network
from pellucid.tasks.choice import task_from_json
from pellucid.tasks.conformal import Conformal, check_level
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]

COLDEST, HOTTEST = 1e-6, 1e6
"""A temperature beyond would make every probability 0 and 1, or all alike."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Continuation:
    """Where `partial_fit` goes on from.

    Attributes:
        passes: How often it was called.
        optimizer: What the optimizer remembers, by name: `Optimizer.state`.
    """

    passes: int
    optimizer: dict[str, Tensor]

    def __getstate__(self) -> dict[str, Any]:
        """For copying and storing, in arrays that any library stores."""
        held = {name: tensor.clone().numpy() for name, tensor in self.optimizer.items()}
        return {"passes": self.passes, "optimizer": held}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the arrays back."""
        held = {name: torch.from_numpy(array) for name, array in state["optimizer"].items()}
        self.__dict__.update(passes=state["passes"], optimizer=held)

    def to_plain(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Tensors and plain data, for a model file."""
        tensors = {f"optimizer.{name}": held.numpy() for name, held in self.optimizer.items()}
        return tensors, {"passes": self.passes}

    @classmethod
    def from_plain(
        cls, tensors: Mapping[str, npt.NDArray[Any]], plain: Fields, num_weights: int
    ) -> Continuation:
        """What `to_plain` described, for so many weights.

        Raises:
            ModelFileError: No optimizer remembers such numbers.
        """
        optimizer = {
            name.removeprefix("optimizer."): torch.from_numpy(held.copy())
            for name, held in tensors.items()
            if name.startswith("optimizer.")
        }
        for name, held in optimizer.items():
            expected = 1 if name == "step" else num_weights
            if held.dtype != torch.float32 or held.numel() != expected:
                raise ModelFileError(f"The optimizer's {name} is {held.dtype} {len(held)}.")
            if not held.isfinite().all() or (name in ("square", "step") and (held < 0.0).any()):
                raise ModelFileError(f"The optimizer's {name} holds what no optimizer remembers.")
        return cls(passes=plain.whole("passes", at_least=1), optimizer=optimizer)


@dataclass(kw_only=True)
class Model(TrainedNetwork):
    """A trained network with what stands before and behind it.

    Attributes:
        task: Outputs → probabilities or numbers.
        temperature: Divides the outputs of a classifier, so that its probabilities hold.
        conformal: How far off predictions of validation rows are; None without such rows.
        continuation: Where `partial_fit` goes on from; None before its first call.
        record: How it was trained.
    """

    task: Task
    record: Record
    temperature: float = 1.0
    conformal: Conformal | None = None
    continuation: Continuation | None = None

    @property
    def seed(self) -> int:
        """Of everything random in training."""
        return self.record.plan.seed

    def predict(self, rows: RowSource) -> Floats:
        """Probabilities (n, C), or numbers (n, O), of converted rows."""
        blocks = self._output_blocks(rows)
        return np.concatenate([self.task.decode(z_KBO, self.temperature) for z_KBO in blocks])

    def outputs(self, rows: RowSource) -> Tensor:
        """The last layer's z of each member for converted rows, shape (K, n, O)."""
        return torch.cat(list(self._output_blocks(rows)), dim=1)

    def _output_blocks(self, rows: RowSource) -> Iterator[Tensor]:
        """The outputs (K, B, O) of some rows after the others: only they are encoded at a time."""
        blocks = rows.blocks(ROWS_PER_BLOCK)
        return (outputs_of(self.network, self.encoder.encode(block)) for block in blocks)

    def predict_regions(
        self, rows: RowSource, coverage: float, option: str
    ) -> tuple[Floats, npt.NDArray[Any]]:
        """Predictions of converted rows, and what holds the truth of so many of them.

        Args:
            rows: Converted rows.
            coverage: The promised part of the rows whose truth is held.
            option: How the caller calls the coverage, for errors.

        Returns:
            Probabilities or numbers as `predict` gives them; and the classes in each set (n, C) or
            (n, O, 2), or low and high of each number (n, O, 2).

        Raises:
            OptionError: The coverage is none, or there are too few validation rows for it.
        """
        limit, spread = self._limit(coverage, option)
        decoded, regions = [], []
        for outputs_KBO in self._output_blocks(rows):
            decoded.append(self.task.decode(outputs_KBO, self.temperature))
            regions.append(self.task.regions(outputs_KBO, decoded[-1], limit, spread))
        return np.concatenate(decoded), np.concatenate(regions)

    def answers(
        self, rows: RowSource, targets: Sequence[str], coverage: float | None
    ) -> Mapping[str, Any]:
        """Probabilities of classes, or numbers, with the targets; and sets or intervals."""
        if coverage is None:
            return self.task.columns(self.predict(rows), None, targets)
        return self.task.columns(*self.predict_regions(rows, coverage, "interval"), targets)

    def _limit(self, coverage: float, option: str) -> tuple[Floats, Floats]:
        """The greatest score within a coverage, and the members' typical spread."""
        check_level(coverage, option)
        if self.conformal is None:
            raise OptionError(
                f"{option} needs validation rows, but this model has none: it was trained with "
                "validation_fraction=0, or went on learning with partial_fit, or comes from an "
                "older Pellucid. Train it again, with validation_fraction='auto'.",
                option=option,
            )
        return self.conformal.quantile(coverage, option), self.conformal.spread

    def to_plain(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """The model as tensors and plain data, for a model file."""
        tensors, described = network_to_plain(self.network)
        scores = np.empty(0) if self.conformal is None else self.conformal.scores
        tensors["conformal_scores"] = scores
        plain: dict[str, Any] = {
            "encoder": self.encoder.to_json(),
            "task": self.task.to_json(),
            "network": described,
            "temperature": self.temperature,
            "record": self.record.to_json(),
            "conformal": None if self.conformal is None else self.conformal.to_json(),
        }
        if self.combinations is not None:
            tensors["pair_counts"], plain["combinations"] = self.combinations.to_plain()
        if self.references:
            kept, plain["references"] = references_to_plain(self.references)
            tensors |= kept
        if self.continuation is not None:
            remembered, plain["continuation"] = self.continuation.to_plain()
            tensors |= remembered
        return tensors, plain

    @classmethod
    def from_plain(cls, tensors: Mapping[str, npt.NDArray[Any]], plain: Fields) -> Model:
        """The model that `to_plain` described.

        Raises:
            ModelFileError: A field is none that a model can have, or the parts do not fit.
            ValueError: The layers are none, or do not fit the weights.
        """
        # Format 1 had neither; its scores lack the number of rows they come from.
        calibrated = None if plain.is_null("conformal") else plain.inner("conformal")
        counted = None if plain.is_null("combinations") else plain.inner("combinations")
        continued = None if plain.is_null("continuation") else plain.inner("continuation")
        if counted is not None and "pair_counts" not in tensors:
            raise ModelFileError("The counts of combinations are described, but not there.")
        record = Record.from_json(plain.inner("record"))
        encoder = TableEncoder.from_json(plain.inner_list("encoder"))
        dense = encoder.by_port.get(DENSE, [])
        model = cls(
            encoder=encoder,
            network=network_from_plain(
                tensors,
                plain.inner("network"),
                bins=[count for column in dense for count in column.input_bins()],
                reduced_precision=record.plan.reduced_precision,
            ),
            task=task_from_json(plain.inner("task")),
            temperature=plain.number("temperature", COLDEST, HOTTEST),
            conformal=None
            if calibrated is None
            else Conformal.from_json(calibrated, tensors["conformal_scores"]),
            combinations=None
            if counted is None
            else Combinations.from_plain(tensors["pair_counts"], counted),
            references=()
            if plain.is_null("references")
            else references_from_plain(tensors, plain.inner_list("references")),
            continuation=None
            if continued is None
            else Continuation.from_plain(tensors, continued, len(tensors["weights"])),
            record=record,
        )
        model._check_that_parts_fit()
        return model

    def _check_that_parts_fit(self) -> None:
        """Let rows pass from end to end: one of nothing known, and one far out.

        Raises:
            ModelFileError: Encoder, network, task and temperature do not belong together, or what
                comes out is not finite.
        """
        self.check_that_branches_fit()
        inputs = self.encoder.expand(self.encoder.trial())
        outputs = outputs_of(self.network, inputs)
        expected = (self.network.members, len(inputs), self.task.num_outputs)
        if tuple(outputs.shape) != expected:
            raise ModelFileError(
                f"The network gives {tuple(outputs.shape)} numbers where {expected} are needed."
            )
        if not np.isfinite(self.task.decode(outputs, self.temperature)).all():
            raise ModelFileError("The network's answers are not finite.")
        self._check_that_uncertainty_fits()

    def _check_that_uncertainty_fits(self) -> None:
        """Compare the scores and the counts with the task and the columns.

        Raises:
            ModelFileError: They do not belong together.
        """
        shape, num_spreads = self.task.conformal_shape, self.task.num_spreads
        found = self.conformal
        if found and (found.scores.shape[1:] != shape or len(found.spread) != num_spreads):
            raise ModelFileError(f"The task has no conformal scores {found.scores.shape}.")
        if self.combinations is not None:
            self.combinations.check_that_they_fit(self.encoder.columns)
        for each in self.references:
            each.check_that_it_fits(self.encoder.columns)


@torch.inference_mode()
def outputs_of(network: Network, rows: InputSource) -> Tensor:
    """The members' outputs for n encoded rows, block by block, float64 (K, n, O).

    The network computes with its own numbers, float32; what is made of its outputs is exact.
    """
    device = network.weights.device
    if isinstance(rows, Inputs):
        return network.predict(rows.to(device)).cpu().double()
    blocks = [network.predict(block.to(device)).cpu() for block in rows.blocks(ROWS_PER_BLOCK)]
    return torch.cat(blocks, dim=1).double()


def versions() -> Mapping[str, str]:
    """The versions a model file names."""
    return {name: version(name) for name in ("pellucid", "torch", "numpy", "polars")}
