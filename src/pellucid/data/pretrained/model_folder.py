"""A model of transformers in a local folder, whose features stand for pictures or texts.

Its weights stay as they are. Nothing is downloaded, and no code in the folder is run: a model is
built by transformers' own classes, from a configuration and weights in safetensors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.errors import OptionError

Features = npt.NDArray[np.float32]

CONFIG = "config.json"
LARGEST_CONFIG = 2**20
MOST_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What a folder should hold.

    Attributes:
        option: The option that names it, such as "image_encoder".
        one: What such a thing is called: "an image encoder".
        model: What it is called in words, such as "a vision model".
        files: Without which it is none, besides weights.
        more_files: Which also say what it computes, where they are there.
        advice: What to give instead of a folder that holds none.
    """

    option: str
    one: str
    model: str
    files: tuple[str, ...]
    more_files: tuple[str, ...] = ()
    advice: str

    @property
    def called(self) -> str:
        """The option in words."""
        return self.option.replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """A folder that should hold a model.

    Attributes:
        path: Where it is.
        sought: What it should hold.
    """

    path: Path
    sought: Sought

    def check_digest(self, digest: str) -> str:
        """Return the digest of what is there, which should be a certain one; "" for any.

        Raises:
            OptionError: There is no such folder, it holds no such model, or has another digest.
        """
        found = self.digest()
        if digest and found != digest:
            raise OptionError(
                f"The {self.sought.called} in {self.path} is not the one that was used in "
                "training: its weights or its configuration differ. Give the folder of that one "
                f"with {self.sought.option}=.",
                option=self.sought.option,
            )
        return found

    def digest(self) -> str:
        """A text that only folders with the same weights and configuration share.

        Raises:
            OptionError: There is no such folder, or it holds no such model.
        """
        if not self.path.is_dir():
            raise OptionError(
                f"There is no folder {self.path} with {self.sought.one}. Give the path of a "
                f"local folder that holds {self.sought.model} of transformers; nothing is "
                "downloaded. If it has moved, give its new place with "
                f"{self.sought.option}=.",
                option=self.sought.option,
            )
        weights = sorted(self.path.glob("*.safetensors"))
        for name in self.sought.files:
            if not (self.path / name).is_file():
                raise self.unusable(f"holds no {name}")
        if not weights:
            raise self.unusable("holds no weights in safetensors (others could run code)")
        also = (self.path / name for name in self.sought.more_files)
        there = [*(self.path / name for name in self.sought.files), *filter(Path.is_file, also)]
        return _digest(
            tuple(
                (path, path.stat().st_size, path.stat().st_mtime_ns) for path in [*there, *weights]
            )
        )

    def read_json(self, name: str) -> dict[str, Any]:
        """What a file of the folder says.

        Raises:
            OptionError: It is no object in JSON, or too large.
        """
        path = self.path / name
        try:
            if path.stat().st_size > LARGEST_CONFIG:
                raise self.unusable(f"has a {name} that is too large to be one")
            plain = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise self.unusable(f"has a {name} that cannot be read") from error
        if not isinstance(plain, dict):
            raise self.unusable(f"has a {name} that is no object")
        return plain

    def module(self, automatic: Callable[[Any], Any]) -> tuple[Any, bool]:
        """The model, and whether it has all weights of its pooler.

        Args:
            automatic: Gives, of transformers, the class that builds it.

        Raises:
            OptionError: It cannot be built, or lacks weights.
        """
        with self.told_in_words(), _without_progress(self.transformers()):
            module, found = automatic(self.transformers()).from_pretrained(
                str(self.path),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype="float32",
                output_loading_info=True,
            )
        lacking = found["missing_keys"]
        needed = {name for name in lacking if "pooler" not in name.split(".")}
        if needed:
            raise self.unusable(f"lacks weights, such as {min(needed)}")
        return module.eval().requires_grad_(False), not lacking  # noqa: FBT003 - torch's own

    def transformers(self) -> Any:
        """The library.

        Raises:
            OptionError: It is not installed.
        """
        try:
            import transformers
        except ImportError as error:
            raise OptionError(
                f"{self.sought.one.capitalize()} needs transformers. Install it: "
                'pip install "pellucid[pretrained]".',
                option=self.sought.option,
            ) from error
        return transformers

    @contextmanager
    def told_in_words(self) -> Iterator[None]:
        """Within the block, whatever transformers says of a model that is none is told in words."""
        try:
            yield
        except OptionError:
            raise
        except Exception as error:  # whatever a library does with files that somebody made up
            cause = " ".join(str(error).split())[:MOST_CHARACTERS]
            raise self.unusable(f"cannot be used by transformers ({cause})") from error

    def unusable(self, why: str) -> OptionError:
        """The error for a folder that holds no such model."""
        return OptionError(
            f"The folder {self.path} {why}, so it is no {self.sought.called}. {self.sought.advice}",
            option=self.sought.option,
        )


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Of the content of some files, each with its size and when it was changed."""
    digest = hashlib.blake2b(digest_size=16)
    for path, size, _ in files:
        digest.update(f"{path.name} {size} ".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


@contextmanager
def _without_progress(transformers: Any) -> Iterator[None]:
    """Within the block, transformers draws no progress bar; then it does as it did."""
    logging = transformers.utils.logging
    is_shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if is_shown:
            logging.enable_progress_bar()
