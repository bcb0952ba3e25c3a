"""A vision model of transformers in a local folder, whose features stand for pictures.

Its weights stay as they are. Nothing is downloaded, and no code in the folder is run: a model is
built by transformers' own classes, from a configuration and weights in safetensors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.data.pictures.decoding import fitted
from pellucid.data.pictures.picture import Pixels
from pellucid.errors import OptionError

if TYPE_CHECKING:
    from PIL.Image import Image

Features = npt.NDArray[np.float32]

CONFIG, PREPROCESSING = "config.json", "preprocessor_config.json"
LARGEST_SIDE = 1_024
"""In pixels; encoders take pictures of 224 to 518."""

LARGEST_CONFIG = 2**20
MOST_CHARACTERS = 200
_CLASS_TOKEN = "cls_token"  # noqa: S105 - the name of a weight


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """How an encoder wants its pictures, as its folder says.

    Attributes:
        height: In pixels.
        width: In pixels.
        crop: Part of the shorter side that the square in the middle has which is kept, such as
            0.875; 0 where the whole picture is squashed.
        mean: Of each color, 0 … 1, that is subtracted.
        std: Of each color, by which what is left is divided.
        scale: By which brightness 0 … 255 is multiplied first.
        resampling: Number of Pillow's way to resize.
    """

    height: int
    width: int
    crop: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    scale: float
    resampling: int


@dataclass(frozen=True, kw_only=True, eq=False)
class VisionModel:
    """A vision model that was read from a folder.

    Attributes:
        folder: Where it was.
        digest: Of its weights and configuration.
        preprocessing: How it wants its pictures.
        module: The model, of a class of transformers.
        has_pooler: Whether the weights are there with which it makes one vector of a picture.
    """

    folder: Path
    digest: str
    preprocessing: Preprocessing
    module: Any
    has_pooler: bool

    @property
    def architecture(self) -> str:
        """The name of its class."""
        return type(self.module).__name__

    @cached_property
    def num_features(self) -> int:
        """How many numbers it makes of a picture."""
        return len(self.features(np.zeros(self.shape, dtype=np.uint8)))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and colors of the pictures that it takes."""
        return self.preprocessing.height, self.preprocessing.width, 3

    def fit(self, picture: Image, shape: tuple[int, int, int]) -> Pixels:
        """A picture as its pixels, (H, W, 3)."""
        said = self.preprocessing
        return fitted(picture, shape, crop=said.crop, resampling=said.resampling)

    def features(self, pixels: Pixels) -> Features:
        """Features of one picture, (F,).

        Pictures go through it one by one, so that one has the same features in any company.

        Args:
            pixels: (H, W, 3) of brightness 0 … 255.
        """
        import torch

        said = self.preprocessing
        scaled = torch.from_numpy(pixels.astype(np.float32) * np.float32(said.scale))
        normal = (scaled - torch.tensor(said.mean)) / torch.tensor(said.std)
        with torch.inference_mode():
            found = self._pooled(normal.permute(2, 0, 1).unsqueeze(0).contiguous())
        return found.reshape(-1).float().numpy()

    def _pooled(self, pictures: Any) -> Any:
        """One vector for the picture.

        That which the model itself makes, if its weights are there; else the class token's, if it
        has one, or the mean over all places.
        """
        if hasattr(self.module, "get_image_features"):  # it also reads texts, as CLIP does
            found = self.module.get_image_features(pixel_values=pictures)
            return getattr(found, "pooler_output", found)
        found = self.module(pixel_values=pictures)
        pooled = getattr(found, "pooler_output", None)
        if pooled is not None and self.has_pooler:
            return pooled
        last = found.last_hidden_state
        if last.ndim == 4:
            return last.mean(dim=(2, 3))
        names = (name for name, _ in self.module.named_parameters())
        has_token = any(name.endswith(_CLASS_TOKEN) for name in names)
        return last[:, 0] if has_token else last.mean(dim=1)


def load_vision_model(folder: str, digest: str = "") -> VisionModel:
    """Read a vision model from a folder; that which was read last stays in memory.

    Args:
        folder: Holds config.json, preprocessor_config.json and weights in safetensors.
        digest: What `VisionModel.digest` should be; "" for any.

    Raises:
        OptionError: There is no such folder, it is no vision model, or has another digest; or
            transformers is not installed.
    """
    return _load(Path(folder).absolute(), check_digest(folder, digest))


def check_digest(folder: str, digest: str) -> str:
    """Return the digest of a vision model, which should be a certain one; "" for any.

    Raises:
        OptionError: There is no such folder, it holds no vision model, or has another digest.
    """
    found = digest_of(Path(folder))
    if digest and found != digest:
        raise OptionError(
            f"The image encoder in {folder} is not the one that was used in training: its weights "
            "or its configuration differ. Give the folder of that one with image_encoder=.",
            option="image_encoder",
        )
    return found


def digest_of(folder: Path) -> str:
    """A text that only encoders with the same weights and configuration share.

    Raises:
        OptionError: There is no such folder, or it holds no vision model.
    """
    if not folder.is_dir():
        raise OptionError(
            f"There is no folder {folder} with an image encoder. Give the path of a local folder "
            "that holds a vision model of transformers; nothing is downloaded. If it has moved, "
            "give its new place with image_encoder=.",
            option="image_encoder",
        )
    weights = sorted(folder.glob("*.safetensors"))
    for name in (CONFIG, PREPROCESSING):
        if not (folder / name).is_file():
            raise _unusable(folder, f"holds no {name}")
    if not weights:
        raise _unusable(folder, "holds no weights in safetensors (others could run code)")
    files = [folder / CONFIG, folder / PREPROCESSING, *weights]
    facts = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    return _digest(facts)


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Of the content of some files, each with its size and when it was changed."""
    digest = hashlib.blake2b(digest_size=16)
    for path, size, _ in files:
        digest.update(f"{path.name} {size} ".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _load(folder: Path, digest: str) -> VisionModel:
    """The model in a folder whose content has this digest."""
    module, has_pooler = _module_in(folder)
    model = VisionModel(
        folder=folder,
        digest=digest,
        preprocessing=_preprocessing_in(folder),
        module=module,
        has_pooler=has_pooler,
    )
    with _told_in_words(folder):
        _ = model.num_features  # a picture passes through it
    return model


def _module_in(folder: Path) -> tuple[Any, bool]:
    """The model, of transformers' own classes, and whether it has all weights of its pooler."""
    config = _read_json(folder / CONFIG)
    if config.get("use_pretrained_backbone") or isinstance(config.get("backbone"), str):
        raise _unusable(folder, "names another model that would have to be downloaded")
    automatic = _transformers().AutoModel
    with _told_in_words(folder), _without_progress():
        module, found = automatic.from_pretrained(
            str(folder),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype="float32",
            output_loading_info=True,
        )
    lacking = found["missing_keys"]
    needed = {name for name in lacking if "pooler" not in name.split(".")}
    if needed:
        raise _unusable(folder, f"lacks weights, such as {min(needed)}")
    return module.eval().requires_grad_(False), not lacking  # noqa: FBT003 - torch's own


# --- What the folder says --------------------------------------------------------------------


def _preprocessing_in(folder: Path) -> Preprocessing:
    """How pictures are to be made ready, every field checked."""
    said = _read_json(folder / PREPROCESSING)
    size, square = said.get("size"), said.get("crop_size")
    is_cropped = bool(said.get("do_center_crop", False))
    height, width = _sides(folder, square if is_cropped else size)
    shortest = min(_sides(folder, size))
    if is_cropped and (height != width or shortest < height):
        raise _unusable(folder, f"has a {PREPROCESSING} with a size that is not understood")
    is_normal = said.get("do_normalize", True)
    return Preprocessing(
        height=height,
        width=width,
        crop=height / shortest if is_cropped else 0.0,
        mean=_colors(folder, said.get("image_mean")) if is_normal else (0.0, 0.0, 0.0),
        std=_colors(folder, said.get("image_std"), above=0.0) if is_normal else (1.0, 1.0, 1.0),
        scale=_scale(folder, said),
        resampling=said["resample"] if said.get("resample") in range(6) else 2,
    )


def _sides(folder: Path, said: object) -> tuple[int, int]:
    """Height and width."""
    if isinstance(said, dict):
        edge = said.get("shortest_edge")
        sides = (said.get("height", edge), said.get("width", edge))
    else:
        sides = (said, said)
    height, width = sides
    if not (_is_side(height) and _is_side(width)):
        raise _unusable(folder, f"has a {PREPROCESSING} with no size of pictures")
    return height, width  # type: ignore[return-value]


def _is_side(said: object) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 0 < said <= LARGEST_SIDE


def _colors(folder: Path, said: object, above: float = -np.inf) -> tuple[float, ...]:
    """A number for each of three colors."""
    is_list = isinstance(said, list) and len(said) == 3
    if not is_list or not all(_is_number(part) and part > above for part in said):  # type: ignore[attr-defined]
        raise _unusable(folder, f"has a {PREPROCESSING} without mean and deviation of the colors")
    return tuple(float(part) for part in said)  # type: ignore[attr-defined]


def _scale(folder: Path, said: dict[str, Any]) -> float:
    """What brightness is multiplied by."""
    factor = said.get("rescale_factor", 1 / 255) if said.get("do_rescale", True) else 1.0
    if not _is_number(factor) or factor <= 0.0:
        raise _unusable(folder, f"has a {PREPROCESSING} with a rescale_factor that is none")
    return float(factor)


def _is_number(said: object) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and bool(np.isfinite(said))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_CONFIG:
            raise _unusable(path.parent, f"has a {path.name} that is too large to be one")
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unusable(path.parent, f"has a {path.name} that cannot be read") from error
    if not isinstance(plain, dict):
        raise _unusable(path.parent, f"has a {path.name} that is no object")
    return plain


# --- Errors in words -------------------------------------------------------------------------


def _unusable(folder: Path, why: str) -> OptionError:
    return OptionError(
        f"The folder {folder} {why}, so it is no image encoder. Give a folder with a vision model "
        "of transformers, as save_pretrained writes it, and its image processor.",
        option="image_encoder",
    )


@contextmanager
def _told_in_words(folder: Path) -> Iterator[None]:
    """Within the block, whatever transformers says of a model that is none is told in words."""
    try:
        yield
    except OptionError:
        raise
    except Exception as error:  # whatever a library does with files that somebody made up
        cause = " ".join(str(error).split())[:MOST_CHARACTERS]
        raise _unusable(folder, f"cannot be used by transformers ({cause})") from error


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise OptionError(
            'An image encoder needs transformers. Install it: pip install "pellucid[pretrained]".',
            option="image_encoder",
        ) from error
    return transformers


@contextmanager
def _without_progress() -> Iterator[None]:
    """Within the block, transformers draws no progress bar; then it does as it did."""
    from transformers.utils import logging

    is_shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if is_shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
