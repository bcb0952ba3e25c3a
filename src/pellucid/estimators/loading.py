"""What a model file holds, whatever that is: an estimator or a predictor, or an error in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.stored_schema import schema_from_json
from pellucid.errors import ModelFileError
from pellucid.estimators.continuation import check_continuation
from pellucid.estimators.predictor import TablePredictor
from pellucid.estimators.reading import Known
from pellucid.estimators.registry import ESTIMATORS, EstimatorKind
from pellucid.files.fields import Fields
from pellucid.files.plain import from_plain
from pellucid.model.file import SupportsRead, Tensors, name_of, read_model_file
from pellucid.model.model import Model
from pellucid.options import NetworkOptions, check_options

if TYPE_CHECKING:
    from pellucid.estimators.estimator import Estimator

MOST_CHARACTERS = 200
FOREIGN = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What building layers, options and networks raises for arguments that are none."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What a model file holds, every field checked.

    Attributes:
        kind: Of the estimator that was saved.
        options: What a person said about it.
        known: How rows were read in training.
        model: What was learned from them.
        metadata: The caller's own facts; older files have none.
        output: What predictions come as; None in older files.
    """

    kind: EstimatorKind
    options: NetworkOptions
    known: Known
    model: Model
    metadata: dict[str, Any]
    output: str | None

    @classmethod
    def of(cls, name: str, tensors: Tensors, plain: Mapping[str, Any]) -> Stored:
        """What the tensors and the plain data of a model file describe.

        Args:
            name: What the file is called.
            tensors: What `read_model_file` returned.
            plain: Likewise.

        Raises:
            ModelFileError: A field is none that an estimator can have.
        """
        try:
            return cls._from(tensors, Fields(plain, "the file"))
        except (ModelFileError, *FOREIGN) as error:
            raise _incomplete(name, error) from error

    @classmethod
    def _from(cls, tensors: Tensors, plain: Fields) -> Stored:
        """The same; what is wrong is said without the file's name, or in the words of a library.

        Raises:
            ModelFileError: A field is none that an estimator can have.
            ValueError: A layer or an option is none.
        """
        facts = plain.inner("estimator")
        kind = ESTIMATORS[facts.text("type", among=ESTIMATORS)]
        options = kind.options(**from_plain(facts.inner("options").all()))
        check_options(options)
        model = Model.from_plain(tensors, plain)
        _check_facts(facts)
        if model.task.reader is not kind.reader:
            raise ModelFileError(f"A {kind.name} does not learn {model.task.kind}.")
        check_continuation(model)
        known = _known(facts.all(), model)
        _check_schema(known, model)
        return cls(
            kind=kind,
            options=options,
            known=known,
            model=model,
            metadata=dict(facts.all().get("metadata", {})),
            output=facts.all().get("output"),
        )

    def predictor(self) -> TablePredictor:
        """What predicts tables as the estimator did."""
        return TablePredictor(
            self.known,
            self.model,
            options=self.options,
            reader=self.kind.reader,
            metadata=self.metadata,
        )

    def estimator(self) -> Estimator:
        """The fitted estimator."""
        said = {each.name: getattr(self.options, each.name) for each in fields(self.options)}
        made = self.kind.imported()(**said)
        if made.task_name != self.model.task.called:
            made.task_name = self.model.task.called
        made.become(self.known, self.model).metadata_ = self.metadata
        return made.set_output(transform=self.output)


def load(file: str | Path | bytes | SupportsRead) -> Estimator:
    """Read a model file; nothing in it is ever executed.

    Args:
        file: A file that `save` wrote: its path, its bytes, or itself, open for reading bytes.

    Returns:
        The fitted estimator.

    Raises:
        ModelFileError: It is damaged, is no model file, or was written by a newer Pellucid.
    """
    source = Path(file) if isinstance(file, str | Path) else file
    if not (isinstance(source, Path | bytes) or hasattr(source, "read")):
        raise ModelFileError(
            "A model file should be given as its path, its bytes or itself, open for reading "
            f"bytes, but the object is of type {type(source).__name__}."
        )
    return Stored.of(name_of(source), *read_model_file(source)).estimator()


def _known(facts: Mapping[str, Any], model: Model) -> Known:
    """How rows were read."""
    columns = facts["columns"]
    return Known(
        schema=schema_from_json(facts["schema"]),
        num_columns=facts["num_columns"],
        column_names=np.array(columns, dtype=object) if columns else None,
        target_names=tuple(facts["target"]),
        target_decimal=str(facts.get("target_decimal", "")),  # older files do not say
        is_by_name=bool(facts.get("is_by_name", facts["target"])),  # likewise
        is_flat=bool(facts.get("is_flat", True)),  # of a classifier likewise
        classes=model.task.classes,
        notes=tuple(facts["notes"]),
    )


def _check_facts(facts: Fields) -> None:
    """Check what is taken as it is."""
    for name in ("target", "columns", "notes"):
        facts.texts(name)
    facts.whole("num_columns", at_least=1)
    if "metadata" in facts:
        facts.inner("metadata")
    facts.text("output", among=("default", "pandas", "polars"), default="default")
    for name in ("is_flat", "is_by_name"):
        facts.flag(name, default=True)


def _check_schema(known: Known, model: Model) -> None:
    """Compare the schema with what the network gets.

    Raises:
        ModelFileError: They do not belong together.
    """
    read = [(column.name, column.kind) for column in known.schema.kept]
    encoded = [(column.name, column.kind) for column in model.encoder.columns]
    if read != encoded:
        raise ModelFileError("The columns of the schema are not those the network gets.")


def _incomplete(path: str, error: Exception) -> ModelFileError:
    cause = " ".join(str(error).split())
    if len(cause) > MOST_CHARACTERS:
        cause = cause[:MOST_CHARACTERS] + "…"
    return ModelFileError(
        f"{path} is not a complete model file ({cause.rstrip('.')}). Save the model again.",
        file=path,
    )
