"""A language model in a local folder, whose features of texts stand beside their terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data.pretrained.model_folder import CONFIG, Features, ModelFolder, Sought

TOKENIZER, POOLING = "tokenizer.json", "1_Pooling/config.json"
LENGTHS = {
    "tokenizer_config.json": "model_max_length",
    "sentence_bert_config.json": "max_seq_length",
}
"""Files that may say how many tokens the model reads, and as what."""

LANGUAGE_MODEL = Sought(
    option="text_encoder",
    one="a text encoder",
    model="a language model",
    files=(CONFIG, TOKENIZER),
    more_files=(*LENGTHS, POOLING),
    advice="Give a folder with a language model of transformers and its tokenizer, as "
    "save_pretrained writes both.",
)

LONGEST = 512
"""Tokens of a text that are read at most, whatever the model can."""
MOST_CHARACTERS = 32_768
"""Of a text, from which these tokens are made."""

POOLINGS = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first",
    "pooling_mode_lasttoken": "last",
    "pooling_mode_max_tokens": "max",
}
"""How folders of sentence-transformers say that a text's vector is made of its tokens'."""

READ_BY_AN_ENCODER_ALONE = ("t5", "mt5", "umt5")
"""Types of which transformers can build the half that reads without the half that writes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LanguageModel:
    """A language model that was read from a folder.

    Attributes:
        folder: Where it was.
        digest: Of its weights, its configuration and its tokenizer.
        module: The model, of a class of transformers.
        tokenizer: Of the library tokenizers, which cuts a text off at `longest`.
        longest: How many tokens of a text it reads at most.
        pooling: What is made of the vectors of the tokens: their "mean" or "max", or that of the
            "first" or the "last" of them.
    """

    folder: Path
    digest: str
    module: Any
    tokenizer: Any
    longest: int
    pooling: str

    @property
    def architecture(self) -> str:
        """The name of its class."""
        return type(self.module).__name__

    @cached_property
    def num_features(self) -> int:
        """How many numbers it makes of a text, as long a one as it reads."""
        return len(self._pooled([0] * self.longest))

    def is_cut(self, text: str) -> bool:
        """Whether it reads only the beginning of a text."""
        return len(text) > MOST_CHARACTERS or bool(self._encoded(text).overflowing)

    def features(self, text: str) -> Features:
        """Features of one text, (F,); NaN of one without tokens.

        Texts go through it one by one, without padding, so that one has the same features in any
        company.
        """
        ids = self._encoded(text).ids
        return self._pooled(ids) if ids else np.full(self.num_features, np.nan, np.float32)

    def _encoded(self, text: str) -> Any:
        return self.tokenizer.encode(text[:MOST_CHARACTERS])

    def _pooled(self, ids: list[int]) -> Features:
        """One vector for the tokens."""
        import torch

        with torch.inference_mode():
            input_ids = torch.tensor([ids])
            found = self.module(input_ids=input_ids, attention_mask=torch.ones_like(input_ids))
            vectors = found.last_hidden_state[0].float()
        if self.pooling == "mean":
            vector = vectors.mean(dim=0)
        elif self.pooling == "max":
            vector = vectors.amax(dim=0)
        else:
            vector = vectors[0 if self.pooling == "first" else -1]
        features: Features = vector.numpy()
        return features


def load_language_model(folder: str, digest: str = "") -> LanguageModel:
    """Read a language model from a folder; that which was read last stays in memory.

    Args:
        folder: Holds config.json, tokenizer.json and weights in safetensors.
        digest: What `LanguageModel.digest` should be; "" for any.

    Raises:
        OptionError: There is no such folder, it is no language model, or has another digest; or
            transformers is not installed.
    """
    return _load(Path(folder).absolute(), check_language_model(folder, digest))


def check_language_model(folder: str, digest: str) -> str:
    """Return the digest of a language model, which should be a certain one; "" for any.

    Raises:
        OptionError: There is no such folder, it holds no language model, or has another digest.
    """
    return ModelFolder(path=Path(folder), sought=LANGUAGE_MODEL).check_digest(digest)


@lru_cache(maxsize=1)
def _load(path: Path, digest: str) -> LanguageModel:
    """The model in a folder whose content has this digest."""
    folder = ModelFolder(path=path, sought=LANGUAGE_MODEL)
    pooling = _pooling_in(folder)
    module = _module_in(folder)
    longest = _longest(folder, module)
    model = LanguageModel(
        folder=path,
        digest=digest,
        module=module,
        tokenizer=_tokenizer_in(folder, module, longest),
        longest=longest,
        pooling=pooling,
    )
    with folder.told_in_words():
        _ = model.num_features  # a text passes through it
    return model


def _module_in(folder: ModelFolder) -> Any:
    """The model, or the half of it that reads."""
    if folder.read_json(CONFIG).get("model_type") in READ_BY_AN_ENCODER_ALONE:
        module, _ = folder.module(lambda transformers: transformers.AutoModelForTextEncoding)
        return module
    module, _ = folder.module(lambda transformers: transformers.AutoModel)
    if module.config.is_encoder_decoder:
        return module.get_encoder()
    module.config.use_cache = False  # nothing is written
    return module


def _tokenizer_in(folder: ModelFolder, module: Any, longest: int) -> Any:
    """What cuts texts into tokens that the model knows."""
    with folder.told_in_words():
        path = str(folder.path / TOKENIZER)
        made = folder.transformers().PreTrainedTokenizerFast(tokenizer_file=path)
        tokenizer = made.backend_tokenizer
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest)
        known = module.get_input_embeddings().num_embeddings
    if max(tokenizer.get_vocab().values(), default=0) >= known:
        raise folder.unusable(f"has a {TOKENIZER} with more tokens than the model knows")
    return tokenizer


def _longest(folder: ModelFolder, module: Any) -> int:
    """How many tokens of a text the model reads at most."""
    said = [
        folder.read_json(name).get(field)
        for name, field in LENGTHS.items()
        if (folder.path / name).is_file()
    ]
    positions = getattr(module.config, "max_position_embeddings", None)
    if isinstance(positions, int):
        said.append(positions - _positions_of_none(module))
    return min([LONGEST, *(n for n in said if isinstance(n, int) and n > 0)])


def _positions_of_none(module: Any) -> int:
    """How many positions stand for no token: RoBERTa's begin behind that of its padding."""
    for name, part in module.named_modules():
        padding = getattr(part, "padding_idx", None)
        if name.endswith("position_embeddings") and padding is not None:
            return int(padding) + 1
    return 0


def _pooling_in(folder: ModelFolder) -> str:
    """What is made of the vectors of the tokens: their mean, if the folder says nothing."""
    if not (folder.path / POOLING).is_file():
        return "mean"
    plain = folder.read_json(POOLING)
    said = [pooling for field, pooling in POOLINGS.items() if plain.get(field) is True]
    if len(said) != 1:
        raise folder.unusable(f"has a {POOLING} that is not understood")
    return said[0]
