"""A vision model in a local folder: read safely, and its features are those of transformers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from tests.vision_models import SIDE, save_tiny_vit, say_preprocessing

from pellucid import OptionError
from pellucid.data.pictures.decoding import fitted
from pellucid.data.pictures.vision_features import features_of
from pellucid.data.pictures.vision_model import VisionModel, load_vision_model

pytest.importorskip("transformers", reason="transformers (the extra `pretrained`) is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_vit(tmp_path_factory.mktemp("models") / "vit")


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """One that may be spoilt."""
    return Path(shutil.copytree(folder, tmp_path / "vit"))


def picture(height: int = SIDE, width: int = SIDE, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


def test_features_are_what_transformers_computes(folder: Path) -> None:
    from transformers import ViTImageProcessorPil, ViTModel

    seen = picture()
    processor = ViTImageProcessorPil.from_pretrained(folder)
    expected = ViTModel.from_pretrained(folder)(**processor(seen, return_tensors="pt"))
    found = load_vision_model(str(folder)).features(np.asarray(seen))
    np.testing.assert_allclose(found, expected.pooler_output[0].detach(), atol=1e-6)


def test_the_middle_is_kept_where_the_folder_says_so(own_folder: Path) -> None:
    say_preprocessing(
        own_folder,
        do_center_crop=True,
        crop_size={"height": SIDE, "width": SIDE},
        size={"shortest_edge": 2 * SIDE},
    )
    model = load_vision_model(str(own_folder))
    wide = picture(4 * SIDE, 6 * SIDE)
    middle = wide.crop((2 * SIDE, SIDE, 4 * SIDE, 3 * SIDE))
    found, expected = model.fit(wide, model.shape), fitted(middle, model.shape)
    inside = slice(1, -1)  # at the border, what is beyond has a part
    np.testing.assert_array_equal(found[inside, inside], expected[inside, inside])


@pytest.mark.parametrize("name", ["CLIP", "Siglip", "Dinov2", "ConvNext", "ResNet", "Swin"])
def test_models_of_every_family_give_one_vector(name: str, tmp_path: Path) -> None:
    module = tiny_model(name)
    module.save_pretrained(tmp_path)
    say_preprocessing(tmp_path, size={"height": 32, "width": 32})
    model = load_vision_model(str(tmp_path))
    pixels = np.asarray(picture(32, 32))
    found = model.features(pixels)
    assert found.shape == (model.num_features,)
    assert np.isfinite(found).all()
    assert model.num_features in (8, 16)


def tiny_model(name: str) -> Any:
    """A model of a family that many people have, with random weights."""
    import transformers

    few = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**few, "intermediate_size": 8, "image_size": 32, "patch_size": 16}
    text = {**few, "intermediate_size": 8, "vocab_size": 10, "eos_token_id": 1, "bos_token_id": 0}
    said: dict[str, dict[str, Any]] = {
        "CLIP": {"vision_config": vision, "text_config": text, "projection_dim": 8},
        "Siglip": {"vision_config": vision, "text_config": text},
        "Dinov2": {**few, "image_size": 32, "patch_size": 16},
        "ConvNext": {"hidden_sizes": [4, 4, 4, 8], "depths": [1] * 4, "num_stages": 4},
        "ResNet": {"embedding_size": 4, "hidden_sizes": [4, 8], "depths": [1, 1]},
        "Swin": {
            "image_size": 32,
            "embed_dim": 4,
            "depths": [1, 1],
            "num_heads": [1, 1],
            "window_size": 2,
        },
    }
    torch.manual_seed(0)
    return getattr(transformers, f"{name}Model")(
        getattr(transformers, f"{name}Config")(**said[name])
    )


def test_a_pooler_without_weights_is_not_used(folder: Path, tmp_path: Path) -> None:
    """Classifiers are saved without one, and transformers would draw it at random."""
    from transformers import ViTModel

    module = ViTModel.from_pretrained(folder, add_pooling_layer=False)
    module.save_pretrained(tmp_path)
    say_preprocessing(tmp_path)
    pixels = np.asarray(picture())
    model = load_vision_model(str(tmp_path))
    assert not model.has_pooler
    found = model.features(pixels)
    whole = load_vision_model(str(folder))
    assert not np.allclose(found, whole.features(pixels))
    load_again = load_vision_model(str(tmp_path))
    np.testing.assert_array_equal(found, load_again.features(pixels))


def test_pictures_go_through_it_once_each(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_vision_model(str(folder))
    seen = []
    own = VisionModel.features
    monkeypatch.setattr(
        VisionModel, "features", lambda self, pixels: seen.append(1) or own(self, pixels)
    )
    numbers = np.random.default_rng(7).integers(0, 256, (5, SIDE, SIDE)).astype(np.uint8)
    cells = pl.Series("photo", np.concatenate([numbers, numbers]))
    found = features_of(model, cells, None, 255.0)
    assert found.dtype == pl.Array(pl.Float32, model.num_features)
    assert len(seen) == 5
    np.testing.assert_array_equal(found[:5].to_numpy(), found[5:].to_numpy())


SPOILT = {
    "holds no config.json": lambda folder: (folder / "config.json").unlink(),
    "holds no preprocessor_config.json": lambda f: (f / "preprocessor_config.json").unlink(),
    "holds no weights in safetensors": lambda f: (f / "model.safetensors").rename(
        f / "pytorch_model.bin"
    ),
    "cannot be read": lambda folder: (folder / "config.json").write_text("{"),
    "that is no object": lambda folder: (folder / "config.json").write_text("[]"),
    "cannot be used by transformers": lambda f: (f / "model.safetensors").write_bytes(b"x" * 99),
    "no size of pictures": lambda folder: say_preprocessing(folder, size={"height": 0}),
    "mean and deviation": lambda folder: say_preprocessing(folder, image_std=[0, 1, 1]),
    "rescale_factor": lambda folder: say_preprocessing(folder, rescale_factor="1"),
    "not understood": lambda folder: say_preprocessing(folder, do_center_crop=True, crop_size=64),
    "would have to be downloaded": lambda folder: change_config(folder, backbone="resnet50"),
    "lacks weights": lambda folder: change_config(folder, num_hidden_layers=2),
}


def change_config(folder: Path, **changed: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


@pytest.mark.parametrize("why", SPOILT)
def test_a_folder_that_is_none_is_refused_in_words(why: str, own_folder: Path) -> None:
    SPOILT[why](own_folder)
    with pytest.raises(OptionError, match=why) as raised:
        load_vision_model(str(own_folder))
    assert raised.value.option == "image_encoder"
    assert str(own_folder) in str(raised.value)


def test_code_in_the_folder_is_not_run(own_folder: Path, capsys: pytest.CaptureFixture) -> None:
    (own_folder / "code.py").write_text("print('ran'); raise SystemExit")
    change_config(
        own_folder,
        model_type="unheard-of",
        auto_map={"AutoConfig": "code.C", "AutoModel": "code.M"},
    )
    with pytest.raises(OptionError, match="cannot be used by transformers"):
        load_vision_model(str(own_folder))
    assert "ran" not in capsys.readouterr().out


def test_a_name_of_a_hub_is_no_folder() -> None:
    with pytest.raises(OptionError, match=r"There is no folder google/vit.*nothing is downloaded"):
        load_vision_model("google/vit-base-patch16-224")


def test_loading_shows_and_warns_of_nothing(folder: Path, capfd: pytest.CaptureFixture) -> None:
    load_vision_model(str(folder)).features(np.asarray(picture()))
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
