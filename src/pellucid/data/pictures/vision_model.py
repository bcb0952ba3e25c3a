"""A vision model of transformers in a local folder, whose features stand for pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.pictures.decoding import fitted
from pellucid.data.pictures.picture import Pixels
from pellucid.data.pretrained.model_folder import CONFIG, Features, ModelFolder, Sought

if TYPE_CHECKING:
    from PIL.Image import Image

PREPROCESSING = "preprocessor_config.json"
VISION_MODEL = Sought(
    option="image_encoder",
    one="an image encoder",
    model="a vision model",
    files=(CONFIG, PREPROCESSING),
    advice="Give a folder with a vision model of transformers, as save_pretrained writes it, and "
    "its image processor.",
)

LARGEST_SIDE = 1_024
"""In pixels; encoders take pictures of 224 to 518."""

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
    return _load(Path(folder).absolute(), check_vision_model(folder, digest))


def check_vision_model(folder: str, digest: str) -> str:
    """Return the digest of a vision model, which should be a certain one; "" for any.

    Raises:
        OptionError: There is no such folder, it holds no vision model, or has another digest.
    """
    return ModelFolder(path=Path(folder), sought=VISION_MODEL).check_digest(digest)


@lru_cache(maxsize=1)
def _load(path: Path, digest: str) -> VisionModel:
    """The model in a folder whose content has this digest."""
    folder = ModelFolder(path=path, sought=VISION_MODEL)
    config = folder.read_json(CONFIG)
    if config.get("use_pretrained_backbone") or isinstance(config.get("backbone"), str):
        raise folder.unusable("names another model that would have to be downloaded")
    module, has_pooler = folder.module(lambda transformers: transformers.AutoModel)
    model = VisionModel(
        folder=path,
        digest=digest,
        preprocessing=_preprocessing_in(folder),
        module=module,
        has_pooler=has_pooler,
    )
    with folder.told_in_words():
        _ = model.num_features  # a picture passes through it
    return model


# --- What the folder says --------------------------------------------------------------------


def _preprocessing_in(folder: ModelFolder) -> Preprocessing:
    """How pictures are to be made ready, every field checked."""
    said = folder.read_json(PREPROCESSING)
    size, square = said.get("size"), said.get("crop_size")
    is_cropped = bool(said.get("do_center_crop", False))
    height, width = _sides(folder, square if is_cropped else size)
    shortest = min(_sides(folder, size))
    if is_cropped and (height != width or shortest < height):
        raise folder.unusable(f"has a {PREPROCESSING} with a size that is not understood")
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


def _sides(folder: ModelFolder, said: object) -> tuple[int, int]:
    """Height and width."""
    if isinstance(said, dict):
        edge = said.get("shortest_edge")
        sides = (said.get("height", edge), said.get("width", edge))
    else:
        sides = (said, said)
    height, width = sides
    if not (_is_side(height) and _is_side(width)):
        raise folder.unusable(f"has a {PREPROCESSING} with no size of pictures")
    return height, width  # type: ignore[return-value]


def _is_side(said: object) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 0 < said <= LARGEST_SIDE


def _colors(folder: ModelFolder, said: object, above: float = -np.inf) -> tuple[float, ...]:
    """A number for each of three colors."""
    is_list = isinstance(said, list) and len(said) == 3
    if not is_list or not all(_is_number(part) and part > above for part in said):  # type: ignore[attr-defined]
        raise folder.unusable(f"has a {PREPROCESSING} without mean and deviation of the colors")
    return tuple(float(part) for part in said)  # type: ignore[attr-defined]


def _scale(folder: ModelFolder, said: dict[str, Any]) -> float:
    """What brightness is multiplied by."""
    factor = said.get("rescale_factor", 1 / 255) if said.get("do_rescale", True) else 1.0
    if not _is_number(factor) or factor <= 0.0:
        raise folder.unusable(f"has a {PREPROCESSING} with a rescale_factor that is none")
    return float(factor)


def _is_number(said: object) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and bool(np.isfinite(said))
