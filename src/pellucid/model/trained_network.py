"""A trained network with what stands before it, whatever its outputs mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from pellucid.data.combinations import Combinations
from pellucid.data.rows import ROWS_PER_BLOCK, RowSource
from pellucid.data.table_encoder import TableEncoder
from pellucid.errors import ModelFileError
from pellucid.inputs import Inputs
from pellucid.model.network_facts import NetworkFacts
from pellucid.model.references import References
from pellucid.network.network import Network
from pellucid.network.picture_branch import PictureBranch
from pellucid.network.term_bag import TermBag
from pellucid.wording import show


@dataclass(kw_only=True)
class TrainedNetwork(ABC):
    """A trained network, its encoder, and what it knows of the rows it learned from.

    Attributes:
        encoder: Converted columns → the network's inputs.
        network: Inputs → the members' outputs.
        combinations: Which cells occur together in training rows; None in files of format 1.
        references: Pictures of training, from which others may be far; none of a private model.
    """

    encoder: TableEncoder
    network: Network
    combinations: Combinations | None = None
    references: tuple[References, ...] = ()
    _exact: Network | None = field(default=None, init=False, repr=False)

    @abstractmethod
    def answers(
        self, rows: RowSource, targets: Sequence[str], coverage: float | None
    ) -> Mapping[str, Any]:
        """Columns of a file of predictions, with their cells.

        Args:
            rows: Converted rows.
            targets: Names of the targets; none if they have none.
            coverage: Of the sets or intervals to be given too; None for none.

        Raises:
            OptionError: The coverage cannot be promised.
        """

    def count_answers(self, answers: pl.DataFrame) -> dict[str, int]:
        """How many rows have each answer; empty where this is not worth telling.

        Args:
            answers: A block of the file of predictions, nulls where a row has none.
        """
        return {}

    @property
    @abstractmethod
    def seed(self) -> int:
        """Of everything random in training."""

    @abstractmethod
    def to_plain(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Everything as tensors and plain data, for a model file."""

    @property
    def exact_network(self) -> Network:
        """The network in float64, with which explanations are computed.

        It is a copy that follows the network: whoever changes a weight of this one changes both.
        """
        exact, network = self._exact, self.network
        if (
            exact is None
            or not torch.equal(exact.weights, network.weights.double())
            or not torch.equal(exact.state, network.state.double())
        ):
            exact = self._exact = network.copy(dtype=torch.float64)
        return exact

    @property
    def facts(self) -> NetworkFacts:
        """What there is to be said of the network."""
        return NetworkFacts.of(self.network.describe(), len(self.network.weights))

    def __getstate__(self) -> dict[str, Any]:
        """For copying and storing, without the network in float64, which is made when needed."""
        return {**vars(self), "_exact": None}

    def encode(self, frame: pl.DataFrame) -> Inputs:
        """Converted rows → the network's inputs, numbers in float64."""
        return self.encoder.encode(frame).double()

    def surprises(self, rows: RowSource, absent: Collection[str] = ()) -> dict[str, int]:
        """Cells unlike any in training, in words, and how many there are of each.

        Args:
            rows: Converted rows.
            absent: Columns that the rows do not have at all.
        """
        counts: Counter[str] = Counter()  # in the order of the columns, whatever comes first
        for block in rows.blocks(ROWS_PER_BLOCK):
            for encoder in self.encoder.columns:
                if encoder.name in absent:
                    words = f"{encoder.name}: the column is missing, read as unknown"
                    counts[words] += block.height
                    continue
                for surprise in encoder.surprises(block[encoder.name]):
                    counts[surprise.words] += int(np.count_nonzero(surprise.rows))
        return {words: count for words, count in counts.items() if count}

    def check_that_branches_fit(self) -> None:
        """Compare what a branch gives, and has vectors for, with what its column names and has.

        Before rows pass, since a file must not ask for more memory than there is.

        Raises:
            ModelFileError: They differ.
        """
        branches = self.network.input_layer.branches
        for port, columns in self.encoder.by_port.items():
            count = sum(len(column.dense_names()) for column in columns)
            branch = branches.get(port)
            if isinstance(branch, PictureBranch | TermBag) and branch.outputs != count:
                raise ModelFileError(
                    f"The branch {show(port)} gives {branch.outputs} features, not {count}."
                )
            terms = columns[0].num_terms
            if isinstance(branch, TermBag) and branch.terms != terms:
                raise ModelFileError(
                    f"The branch {show(port)} has vectors for {branch.terms} terms, not {terms}."
                )
