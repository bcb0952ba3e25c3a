"""Tiny language models with a tokenizer, and texts, made where a test wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

PARTS, DOES = ["the", "a", "pump", "blade"], ["leaks", "sings", "hums", "turns", "well", "badly"]
WORDS = [*PARTS, *DOES, "never", "again", "new", "old", "red", "blue"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
SIZE = 16
FEW = {"hidden_size": SIZE, "num_hidden_layers": 1, "num_attention_heads": 2}
VOCABULARY = {"vocab_size": len(SPECIAL) + len(WORDS), "pad_token_id": 0}
ENCODER = {**FEW, **VOCABULARY, "intermediate_size": 16, "max_position_embeddings": 32}
FAMILIES: dict[str, dict[str, Any]] = {
    "Bert": ENCODER,
    "Roberta": {**ENCODER, "max_position_embeddings": 33},
    "MPNet": {**ENCODER, "max_position_embeddings": 33},
    "DistilBert": {
        **VOCABULARY,
        "dim": SIZE,
        "n_layers": 1,
        "n_heads": 2,
        "hidden_dim": 16,
        "max_position_embeddings": 32,
    },
    "GPT2": {**VOCABULARY, "n_embd": SIZE, "n_layer": 1, "n_head": 2, "n_positions": 32},
    "T5Encoder": {
        **VOCABULARY,
        "d_model": SIZE,
        "num_layers": 1,
        "num_heads": 2,
        "d_ff": 16,
        "d_kv": 8,
    },
    "Bart": {
        **VOCABULARY,
        "d_model": SIZE,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
        "max_position_embeddings": 32,
    },
}


def tiny_model(family: str, seed: int = 0, **changed: Any) -> Any:
    """A model of a family that many people have, with random weights."""
    import transformers

    torch.manual_seed(seed)
    config = getattr(transformers, f"{family.removesuffix('Encoder')}Config")
    return getattr(transformers, f"{family}Model")(config(**{**FAMILIES[family], **changed})).eval()


def save_tiny_model(folder: Path, family: str = "Bert", seed: int = 0, **changed: Any) -> Path:
    """The same with a tokenizer, as save_pretrained writes both."""
    tiny_model(family, seed, **changed).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def tokenizer() -> Any:
    """One that knows the words, between a token for the beginning and one for the end."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(
        WordLevel({token: place for place, token in enumerate([*SPECIAL, *WORDS])}, "[UNK]")
    )
    made.pre_tokenizer = Whitespace()
    made.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=32,
        **dict(zip(("pad_token", "unk_token"), SPECIAL, strict=False)),
    )


def save_reports(folder: Path, count: int = 80) -> Path:
    """A table of short reports on pumps or blades, beside a number that says nothing."""
    generator = np.random.default_rng(0)
    rows = []
    for place in range(count):
        said = generator.choice(WORDS[4:], 5).tolist()
        part = ("pump", "blade")[place % 2]
        rows.append((" ".join(["the", part, *said]), float(generator.normal()), f"{part}s"))
    table = folder / "reports.csv"
    pl.DataFrame(rows, schema=["report", "number", "part"], orient="row").write_csv(table)
    return table
