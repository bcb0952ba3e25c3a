"""The model file: one safetensors file, its metadata one JSON text. A checkpoint is written so too.

No pickle, and no name in the file is ever turned into code: layers come from a closed list. A
digest of everything in the file tells when it was cut or altered. Old formats stay readable.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from pellucid.errors import CheckpointError, ModelFileError
from pellucid.files.writing import check_writable, kind_of_special, written_whole

FORMAT_VERSION = 7
KEY = "pellucid"
LARGEST_FILE_BYTES = 2**34
LARGEST_METADATA_BYTES = 2**26
LARGEST_VERSION_SHOWN = 10**6
MOST_CHARACTERS = 100
TENSOR_NAMES = frozenset({"weights"})
FURTHER_TENSOR_NAMES = frozenset(
    {
        "conformal_scores",
        "reference_embeddings",
        "pair_counts",
        "state",
        "references",
        "appearances",
        "optimizer.mean",
        "optimizer.square",
        "optimizer.step",
        "optimizer.velocity",
    }
)

Tensors = dict[str, npt.NDArray[Any]]


class SupportsRead(Protocol):
    """A file that is open for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or fewer at the end."""


class SupportsWrite(Protocol):
    """A file that is open for writing bytes."""

    def write(self, content: bytes, /) -> object:
        """Write all of it."""


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """What a file of tensors and JSON is for.

    Attributes:
        noun: What it is called.
        key: Under which the metadata holds its description.
        version: The newest format there is.
        oldest: The oldest that can be read.
        error: What is raised where it cannot be read.
        maker: What to give, where it is something else.
        remedy: What to do, where it is damaged.
    """

    noun: str
    key: str
    version: int
    oldest: int
    error: type[CheckpointError | ModelFileError]
    maker: str
    remedy: str


MODEL = FileKind(
    noun="model file",
    key=KEY,
    version=FORMAT_VERSION,
    oldest=1,
    error=ModelFileError,
    maker="Give a file that pellucid fit or save wrote.",
    remedy="Use a backup, or train the model again.",
)


CHECKPOINT = FileKind(
    noun="checkpoint",
    key="pellucid checkpoint",
    version=2,
    oldest=2,
    error=CheckpointError,
    maker="Give another file with checkpoint=.",
    remedy="Delete it to begin the training anew, or give another file with checkpoint=.",
)


def write_model_file(
    target: Path | SupportsWrite, tensors: Tensors, plain: Mapping[str, Any]
) -> None:
    """Write tensors and plain data to a file, all or nothing.

    Args:
        target: Where to: a path, or a file that is open for writing bytes.
        tensors: Named as in `TENSOR_NAMES`, and perhaps as in `FURTHER_TENSOR_NAMES`.
        plain: JSON-able data.

    Raises:
        DataError: The file cannot be written there.
    """
    content = packed(MODEL, tensors, plain)
    if not isinstance(target, Path):
        target.write(content)
        return
    with written_whole(target) as temporary:
        temporary.write_bytes(content)


def packed(kind: FileKind, tensors: Tensors, plain: Mapping[str, Any]) -> bytes:
    """Tensors and plain data as the bytes of one file."""
    text = json.dumps({"format": kind.version, **plain}, ensure_ascii=False, allow_nan=False)
    # One entry: safetensors writes several in an order that changes from run to run.
    metadata = {kind.key: json.dumps([_digest(tensors, text), text])}
    whole = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    return save(whole, metadata=metadata)


def is_model_file(path: Path) -> bool:
    """Whether a file is a model's or a checkpoint, perhaps damaged: it is called or begins so."""
    if path.suffix == ".pellucid":
        return True
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = file.read(size) if size <= LARGEST_METADATA_BYTES else b""
        return any(key.startswith(KEY) for key in json.loads(header)["__metadata__"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def read_model_file(source: Path | bytes | SupportsRead) -> tuple[Tensors, dict[str, Any]]:
    """Read what `write_model_file` wrote.

    Args:
        source: A path, the bytes of such a file, or one that is open for reading bytes.

    Returns:
        The tensors and the plain data.

    Raises:
        ModelFileError: There is no such file, or it is damaged, altered, foreign or too new.
    """
    path = name_of(source)
    tensors, plain = unpacked(MODEL, path, _content_of(source))
    if set(tensors) - FURTHER_TENSOR_NAMES != TENSOR_NAMES:
        raise _damaged(MODEL, path, f"it holds the tensors {sorted(tensors)}")
    return tensors, plain


def read_checkpoint(path: Path) -> tuple[Tensors, dict[str, Any]]:
    """Read a checkpoint's tensors and plain data.

    Raises:
        CheckpointError: It is damaged, altered, no checkpoint, or too new.
    """
    return unpacked(CHECKPOINT, str(path), read_bytes(CHECKPOINT, path))


def check_checkpoint(path: str | Path | None) -> None:
    """Refuse, before long work, a file that a training can neither go on from nor be kept in.

    Args:
        path: The checkpoint, if there is to be one.

    Raises:
        CheckpointError: What is there is damaged, or no checkpoint.
        DataError: It cannot be written there.
    """
    if path is not None:
        check_writable(Path(path))
        if Path(path).exists():
            read_checkpoint(Path(path))


def unpacked(kind: FileKind, path: str, content: bytes) -> tuple[Tensors, dict[str, Any]]:
    """The tensors and the plain data that `packed` made the bytes of a file of.

    Args:
        kind: What the file should be.
        path: What it is called in messages.
        content: Its bytes.

    Raises:
        CheckpointError: A checkpoint is damaged, altered, foreign or too new.
        ModelFileError: A model file is.
    """
    text, digest = _read_metadata(kind, path, content)
    plain = _parse(kind, path, text)
    try:
        tensors = load(content)
    except (SafetensorError, KeyError, OverflowError, TypeError, ValueError) as error:
        # Not only its own: NumPy has no such type, or no array of such a shape.
        raise _damaged(
            kind, path, f"its tensors cannot be read ({str(error)[:MOST_CHARACTERS]})"
        ) from error
    if _digest(tensors, text) != digest:
        raise _damaged(kind, path, "its content does not match its digest")
    return tensors, plain


def name_of(source: Path | bytes | SupportsRead) -> str:
    """What a source of a model is called in messages."""
    if isinstance(source, Path):
        return str(source)
    return "The model given as bytes" if isinstance(source, bytes) else "The model in the open file"


def _content_of(source: Path | bytes | SupportsRead) -> bytes:
    if isinstance(source, Path):
        return read_bytes(MODEL, source)
    content = source if isinstance(source, bytes) else source.read(LARGEST_FILE_BYTES + 1)
    if not isinstance(content, bytes):
        raise ModelFileError(
            f"{name_of(source)} is {type(content).__name__}. Open the file in binary mode, 'rb'."
        )
    if len(content) > LARGEST_FILE_BYTES:
        raise _damaged(MODEL, name_of(source), "it is larger than any model")
    return content


def read_bytes(kind: FileKind, path: Path) -> bytes:
    """All of a file, within bounds.

    Raises:
        CheckpointError: A checkpoint is not there, no file, or larger than any.
        ModelFileError: A model file is.
    """
    special = kind_of_special(path)
    if special:
        raise kind.error(f"{path} is {special}, not a {kind.noun}. {kind.maker}", file=str(path))
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise _damaged(kind, str(path), "it is larger than any model")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise kind.error(
            f"There is no {kind.noun} {path}. Train one with: pellucid fit TABLE --target COLUMN.",
            file=str(path),
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a name no file can have
        cause = error.strerror if isinstance(error, OSError) else str(error)
        raise kind.error(f"{path} cannot be read: {cause}.", file=str(path)) from error


def _read_metadata(kind: FileKind, path: str, content: bytes) -> tuple[str, str]:
    """The JSON text and the digest, from the header every safetensors file begins with."""
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or size > min(LARGEST_METADATA_BYTES, len(content) - 8):
        raise _foreign(kind, path)
    try:
        metadata = json.loads(content[8 : 8 + size]).get("__metadata__", {})
        digest, text = json.loads(metadata[kind.key])
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise _foreign(kind, path) from error
    return str(text), str(digest)


def _parse(kind: FileKind, path: str, text: str) -> dict[str, Any]:
    try:
        plain = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        json.dumps(plain, ensure_ascii=False).encode()  # half a character is none for Polars
        version = plain["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(kind, path, "its description is not readable") from error
    if not isinstance(version, int) or version < 1:
        raise _damaged(kind, path, "it says no format")
    if version > kind.version:
        number = version if version < LARGEST_VERSION_SHOWN else "of a huge number"
        raise kind.error(
            f"{path} has format {number}, and this Pellucid reads formats up to "
            f"{kind.version}. Install a newer one: pip install --upgrade pellucid.",
            file=str(path),
        )
    if version < kind.oldest:
        raise kind.error(f"{path} is of an older Pellucid. {kind.remedy}", file=str(path))
    return dict(plain)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _digest(tensors: Tensors, text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {tensor.dtype.str} {tensor.shape}".encode())
        digest.update(tensor.data)
    return digest.hexdigest()


def _foreign(kind: FileKind, path: str) -> CheckpointError | ModelFileError:
    return kind.error(
        f"{path} is not a Pellucid {kind.noun}, or its beginning was cut off. {kind.maker}",
        file=str(path),
    )


def _damaged(kind: FileKind, path: str, cause: str) -> CheckpointError | ModelFileError:
    return kind.error(f"{path} is damaged: {cause}. {kind.remedy}", file=str(path))
