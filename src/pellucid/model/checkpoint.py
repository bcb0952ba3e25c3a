"""A checkpoint: a file from which a training goes on, bit for bit, whatever ended it.

It holds where each training of a network is (`pellucid.training.checkpoint`), and what training it
is of: only rows, options and versions that are the same would come to the same weights.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pellucid.data.rows import Rows
from pellucid.data.splits import Split
from pellucid.errors import CheckpointError, DataError, ModelFileError, OptionError
from pellucid.files.fields import Fields
from pellucid.files.plain import plain_value
from pellucid.files.writing import check_writable, written_whole
from pellucid.model.cost_clock import CostClock
from pellucid.model.file import CHECKPOINT, Tensors, packed, read_checkpoint
from pellucid.model.model import Model, versions
from pellucid.model.plan import Plan
from pellucid.model.record import Cost
from pellucid.options import NetworkOptions
from pellucid.tasks.task import Task
from pellucid.training.checkpoint import restore, to_plain
from pellucid.training.events import (
    ASKED_TO_END,
    Event,
    TrainingEnded,
    TrainingStarted,
    TrainingStopped,
)
from pellucid.training.state import TrainingState

SECONDS_BETWEEN_SAVES = 60.0
UNCOMPARED = ("verbose", "random_state", "time_budget", "device", "precision")
"""Options that are not compared as given: `verbose` changes nothing that is learned, and of the
others what came of them is compared."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Which training it is: all that its weights depend on.

    Attributes:
        versions: Of the libraries that compute.
        columns: Their types, by name.
        options: What a person said, in writing, by name.
        rows: Digest of all rows, with their targets and weights.
        split: Digest of which of them learn, and which judge.
    """

    versions: Mapping[str, str]
    columns: Mapping[str, str]
    options: Mapping[str, str]
    rows: str
    split: str

    @classmethod
    def of(
        cls, rows: Rows, split: Split, task: Task, options: NetworkOptions, plan: Plan
    ) -> Identity:
        """The identity of what `learn` is asked for.

        Raises:
            OptionError: The seed is none that the same command would have again.
        """
        if not isinstance(options.random_state, int | np.integer):
            raise OptionError(
                "random_state must be a whole number where a checkpoint is kept, but is "
                f"{options.random_state!r}: who goes on would have another seed. Give a number.",
                option="random_state",
            )
        said = {f.name: getattr(options, f.name) for f in fields(options)}
        written = {n: repr(plain_value(v)) for n, v in said.items() if n not in UNCOMPARED}
        written["random_state"] = str(plan.seed)
        written["time_budget"] = "None" if plan.time_budget is None else "given"
        written["device"] = repr(plan.device)
        written["precision"] = repr("bfloat16" if plan.reduced_precision else "float32")
        targets = task.encode(rows.target).numpy()
        return cls(
            versions=versions(),
            columns={name: str(dtype) for name, dtype in rows.frame.schema.items()},
            options=written,
            # A hash of Polars is the same in one version of it, which is compared too.
            rows=_digest(rows.frame.hash_rows(seed=0).to_numpy(), targets, rows.weights),
            split=_digest(split.training, split.validation, split.folds, split.unit_weights),
        )

    def difference_from(self, kept: Fields) -> str | None:
        """What was otherwise in the training a checkpoint is of; None if nothing was.

        Raises:
            ModelFileError: A field is missing, or none that `asdict` gives.
        """
        named = (("versions", self.versions), ("options", self.options), ("columns", self.columns))
        for what, mine in named:
            theirs = kept.inner(what)
            for name in [*mine, *theirs.all()]:
                was = theirs.text(name) if name in theirs else "not there"
                now = mine.get(name, "not there")
                if was != now:
                    return f"{WORDS[what].format(name)} was {was} and is {now}"
        if kept.text("rows") != self.rows:
            return "its rows, their targets or their weights were others"
        if kept.text("split") != self.split:
            return "other rows of the same table learned and judged"
        return None


WORDS = {"versions": "the version of {}", "columns": "the column {!r}", "options": "{}"}


def _digest(*arrays: np.ndarray[Any, Any] | None) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        if array is not None:
            digest.update(f"{array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


class Checkpoint:
    """Keeps in a file where trainings are, and takes them up again.

    Args:
        path: The file; if it is there, it is gone on from.
        identity: Which training it is.
        clock: Counts what it costs; what it cost before is added.

    Attributes:
        trainings: Where each training is that has begun: tensors and plain data.

    Raises:
        CheckpointError: What is there is damaged, no checkpoint, or of another training.
        DataError: It cannot be written there.
    """

    def __init__(self, path: Path, identity: Identity, clock: CostClock) -> None:
        self.path, self._identity, self._clock = path, identity, clock
        self.trainings: list[tuple[Mapping[str, Tensor], dict[str, Any]]] = []
        self._saved_at = time.monotonic()
        check_writable(path)
        if path.exists():
            self._take_up(*read_checkpoint(path))

    def _take_up(self, tensors: Tensors, plain: dict[str, Any]) -> None:
        try:
            described = Fields(plain, "the checkpoint")
            difference = self._identity.difference_from(described.inner("identity"))
            trainings = [one.all() for one in described.inner_list("trainings")]
            cost = Cost.from_json(described.inner("cost"))
        except ModelFileError as error:
            raise self.damaged(error) from error
        if difference:
            raise CheckpointError(
                f"The checkpoint {self.path} is of another training: {difference}. Give the same "
                "again to go on, or delete it to begin anew.",
                file=str(self.path),
            )
        self.trainings = [(_numbered(tensors, n), one) for n, one in enumerate(trainings)]
        self._clock.begin_with(cost)

    def training(self, number: int) -> SavedTraining:
        """What it says of one of the trainings, counted from 0, whether it has begun or not."""
        return SavedTraining(self, number)

    def damaged(self, error: ModelFileError) -> CheckpointError:
        """What to raise where a field is none that was written."""
        return CheckpointError(
            f"{self.path} is damaged: {error} {CHECKPOINT.remedy}", file=str(self.path)
        )

    @property
    def is_due(self) -> bool:
        """Whether the last save is so long ago that more should not be lost."""
        return time.monotonic() - self._saved_at >= SECONDS_BETWEEN_SAVES

    def save(self) -> None:
        """Write the file, all or nothing; where that fails it is said, and training goes on."""
        plain = {
            "identity": asdict(self._identity),
            "cost": asdict(self._clock.cost),
            "trainings": [plain for _, plain in self.trainings],
        }
        tensors: Tensors = {
            f"{number}.{name}": tensor.numpy()
            for number, (kept, _) in enumerate(self.trainings)
            for name, tensor in kept.items()
        }
        self._saved_at = time.monotonic()
        try:
            with written_whole(self.path) as temporary:
                temporary.write_bytes(packed(CHECKPOINT, tensors, plain))
        except DataError as error:  # hours of training are not lost to a full disk
            warnings.warn(
                f"No checkpoint was kept this time: {error}", RuntimeWarning, stacklevel=2
            )


class SavedTraining:
    """One of the trainings a checkpoint keeps.

    Args:
        checkpoint: The file.
        number: Which of them, from 0.
    """

    def __init__(self, checkpoint: Checkpoint, number: int) -> None:
        self._checkpoint, self._number = checkpoint, number
        self._is_closed = False

    @property
    def threads(self) -> int | None:
        """With how many threads it was computed; None if it had not begun."""
        kept = self._checkpoint.trainings[self._number :]
        try:
            return Fields(kept[0][1], "the training").whole("threads", at_least=1) if kept else None
        except ModelFileError as error:
            raise self._checkpoint.damaged(error) from error

    def restore(self, state: TrainingState) -> None:
        """Put a training where it was, if it had begun.

        Args:
            state: The training, not begun.

        Raises:
            CheckpointError: What was kept does not fit it.
        """
        kept = self._checkpoint.trainings[self._number :]
        if not kept:
            return
        tensors, plain = kept[0]
        try:
            restore(state, tensors, Fields(plain, "the training"))
        except ModelFileError as error:
            raise self._checkpoint.damaged(error) from error

    def remove_file(self) -> None:
        """Remove the file, with all that it keeps."""
        self._checkpoint.path.unlink(missing_ok=True)

    def watch(self, state: TrainingState, event: Event, threads: int) -> None:
        """Save where a training is, if the moment is right: now and then, and at its end.

        Where a training was asked to end, that is before its running epoch is judged, so that it
        goes on as if nobody had asked.

        Args:
            state: The training.
            event: What has just happened in it.
            threads: With how many it is computed.
        """
        if self._is_closed or isinstance(event, TrainingStarted):
            return
        if self._checkpoint.is_due or isinstance(event, TrainingStopped | TrainingEnded):
            tensors, plain = to_plain(state)
            kept = (tensors, {**plain, "threads": threads})
            # Later trainings stay: where this one had ended before, they have begun.
            self._checkpoint.trainings[self._number : self._number + 1] = [kept]
            self._checkpoint.save()
        self._is_closed = isinstance(event, TrainingStopped) and event.reason in ASKED_TO_END


def _numbered(tensors: Tensors, number: int) -> dict[str, Tensor]:
    """The tensors of one training, writable."""
    prefix = f"{number}."
    return {
        name.removeprefix(prefix): torch.from_numpy(held.copy())
        for name, held in tensors.items()
        if name.startswith(prefix)
    }


def remove_if_complete(path: str | Path | None, model: Model) -> None:
    """Remove the checkpoint of a training that nobody has asked to end early.

    Args:
        path: The checkpoint, if there is one.
        model: What came of the training, saved or in the hands of the caller.
    """
    if path is not None and not model.record.was_asked_to_end:
        Path(path).unlink(missing_ok=True)
