"""An estimator from a model file, whatever the file holds: the estimator, or an error in words."""

from __future__ import annotations

from pathlib import Path

from pellucid.errors import ModelFileError
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.fit import ESTIMATORS
from pellucid.files.fields import Fields
from pellucid.model.file import SupportsRead, Tensors, name_of, read_model_file
from pellucid.model.model import Model
from pellucid.options import check_options, from_plain

MOST_CHARACTERS = 200
FOREIGN = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What building layers, options and networks raises for arguments that are none."""


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
    tensors, plain = read_model_file(source)
    try:
        return _estimator_from(tensors, Fields(plain, "the file"))
    except (ModelFileError, *FOREIGN) as error:
        raise _incomplete(name_of(source), error) from error


def _estimator_from(tensors: Tensors, plain: Fields) -> Estimator:
    """The estimator that a model file describes.

    Raises:
        ModelFileError: A field is none that an estimator can have.
        ValueError: A layer or an option is none.
    """
    facts = plain.inner("estimator")
    kind = ESTIMATORS[facts.text("type", among=ESTIMATORS)]
    estimator = kind(**from_plain(facts.inner("options").all()))
    check_options(estimator)
    model = Model.from_plain(tensors, plain)
    _check_facts(facts)
    if model.task.reader is not kind.reader:
        raise ModelFileError(f"A {kind.__name__} does not learn {model.task.kind}.")
    estimator.restore(model, facts.all())
    _check_schema(estimator)
    return estimator


def _check_facts(facts: Fields) -> None:
    """Check what `restore` takes as it is."""
    for name in ("target", "columns", "notes"):
        facts.texts(name)
    facts.whole("num_columns", at_least=1)
    if "metadata" in facts:
        facts.inner("metadata")
    facts.text("output", among=("default", "pandas", "polars"), default="default")
    for name in ("is_flat", "is_by_name"):
        facts.flag(name, default=True)


def _check_schema(estimator: Estimator) -> None:
    """Compare the schema with what the network gets.

    Raises:
        ModelFileError: They do not belong together.
    """
    read = [(column.name, column.kind) for column in estimator.schema_.kept]
    encoded = [(column.name, column.kind) for column in estimator.model_.encoder.columns]
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
