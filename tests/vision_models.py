"""Tiny vision models and pictures, made where a test wants them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from PIL import Image

SIDE = 16


def save_tiny_vit(folder: Path, seed: int = 0, **preprocessing: Any) -> Path:
    """A vision transformer with random weights, as save_pretrained writes it, and how it wants
    its pictures."""
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(seed)
    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=SIDE,
        patch_size=8,
    )
    ViTModel(config).save_pretrained(folder)
    say_preprocessing(folder, **preprocessing)
    return folder


def say_preprocessing(folder: Path, **changed: Any) -> None:
    """Write how the model in a folder wants its pictures."""
    said = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": SIDE, "width": SIDE},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.5, 0.4, 0.3],
        "image_std": [0.5, 0.25, 0.2],
        **changed,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(said))


def save_photos(folder: Path, count: int = 60) -> Path:
    """A table of photos, reddish or bluish, beside a number that says nothing: photos.csv."""
    generator = np.random.default_rng(0)
    (folder / "photos").mkdir()
    rows = []
    for place in range(count):
        pixels = generator.integers(0, 120, (20, 24, 3)).astype(np.uint8)
        pixels[..., 2 * (place % 2)] += 120
        name = f"photos/{place}.png"
        Image.fromarray(pixels).save(folder / name)
        rows.append((name, float(generator.normal()), ("red", "blue")[place % 2]))
    table = folder / "photos.csv"
    pl.DataFrame(rows, schema=["photo", "number", "color"], orient="row").write_csv(table)
    return table
