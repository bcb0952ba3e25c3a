"""A language model in a local folder: read safely, and its features are those of transformers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from tests.language_models import FAMILIES, SIZE, WORDS, save_tiny_model, tiny_model

from pellucid import OptionError
from pellucid.data.texts.language_model import LanguageModel, load_language_model
from pellucid.data.texts.text_features import features_of, share_of_cut

pytest.importorskip("transformers", reason="transformers (the extra `pretrained`) is not installed")

TEXT = "the old pump leaks"
TOKENS = [2, 4, 17, 6, 8, 3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """One that may be spoilt."""
    return Path(shutil.copytree(folder, tmp_path / "bert"))


@pytest.mark.parametrize("family", FAMILIES)
def test_features_are_the_mean_over_the_tokens(family: str, tmp_path: Path) -> None:
    save_tiny_model(tmp_path, family)
    module = tiny_model(family)
    reader = module.get_encoder() if family == "Bart" else module
    expected = reader(input_ids=torch.tensor([TOKENS])).last_hidden_state[0].mean(dim=0)
    model = load_language_model(str(tmp_path))
    assert model.num_features == SIZE
    np.testing.assert_allclose(model.features(TEXT), expected.detach(), atol=1e-6)


POOLED: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "pooling_mode_cls_token": lambda vectors: vectors[0],
    "pooling_mode_lasttoken": lambda vectors: vectors[-1],
    "pooling_mode_max_tokens": lambda vectors: vectors.amax(dim=0),
    "pooling_mode_mean_tokens": lambda vectors: vectors.mean(dim=0),
}


@pytest.mark.parametrize("mode", POOLED)
def test_a_folder_of_sentence_transformers_says_how_tokens_become_one_vector(
    mode: str, own_folder: Path
) -> None:
    say_pooling(own_folder, {**dict.fromkeys(POOLED, False), mode: True})
    vectors = tiny_model("Bert")(input_ids=torch.tensor([TOKENS])).last_hidden_state[0]
    found = load_language_model(str(own_folder)).features(TEXT)
    np.testing.assert_allclose(found, POOLED[mode](vectors).detach(), atol=1e-6)


def say_pooling(folder: Path, said: dict[str, Any]) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(said))


def test_texts_go_through_it_once_each_and_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_language_model(str(folder))
    seen: list[str] = []
    own = LanguageModel.features
    monkeypatch.setattr(
        LanguageModel, "features", lambda self, text: seen.append(text) or own(self, text)
    )
    texts = ["a blue blade sings well", "turns", None, "a blue blade sings well", "never"]
    found = features_of(model, pl.Series("said", texts))
    assert found.dtype == pl.Array(pl.Float32, SIZE)
    assert seen == ["a blue blade sings well", "turns", "never"]
    assert found.is_null().to_list() == [False, False, True, False, False]
    # Alone, to the last bit: no text is filled up to the length of another.
    np.testing.assert_array_equal(found[1].to_numpy(), own(model, "turns"))


def test_long_texts_are_cut_off_and_it_is_known_of_which(folder: Path) -> None:
    model = load_language_model(str(folder))
    fits, long = " ".join(WORDS + WORDS[:13]), " ".join(WORDS * 3)
    assert model.longest == 32
    assert [model.is_cut(text) for text in (fits, long, "x" * 40_000)] == [False, True, True]
    beginning = " ".join((WORDS * 3)[:30])
    np.testing.assert_array_equal(model.features(long), model.features(beginning))
    assert share_of_cut(model, pl.Series([fits, long, None, fits, fits])) == 0.25


def test_the_folder_may_say_that_it_reads_less(own_folder: Path) -> None:
    (own_folder / "sentence_bert_config.json").write_text('{"max_seq_length": 7}')
    assert load_language_model(str(own_folder)).longest == 7


def test_a_text_without_a_token_has_no_features(own_folder: Path) -> None:
    change(own_folder / "tokenizer.json", post_processor=None)
    model = load_language_model(str(own_folder))
    found = features_of(model, pl.Series(["", "  ", "the"]))
    assert found.is_null().to_list() == [True, True, False]


SPOILT = {
    "holds no config.json": lambda folder: (folder / "config.json").unlink(),
    "holds no tokenizer.json": lambda folder: (folder / "tokenizer.json").unlink(),
    "holds no weights in safetensors": lambda folder: (folder / "model.safetensors").rename(
        folder / "pytorch_model.bin"
    ),
    "cannot be used by transformers": lambda f: (f / "tokenizer.json").write_text("{}"),
    "lacks weights": lambda folder: change(folder / "config.json", num_hidden_layers=2),
    "more tokens than the model knows": lambda folder: more_tokens(folder / "tokenizer.json"),
    "1_Pooling/config.json that is not understood": lambda folder: say_pooling(folder, {}),
}


def change(path: Path, **changed: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def more_tokens(path: Path) -> None:
    plain = json.loads(path.read_text())
    plain["model"]["vocab"]["unheard-of"] = 1_000
    path.write_text(json.dumps(plain))


@pytest.mark.parametrize("why", SPOILT)
def test_a_folder_that_is_none_is_refused_in_words(why: str, own_folder: Path) -> None:
    SPOILT[why](own_folder)
    with pytest.raises(OptionError, match=why) as raised:
        load_language_model(str(own_folder))
    assert raised.value.option == "text_encoder"
    assert str(own_folder) in str(raised.value)


def test_code_in_the_folder_is_not_run(own_folder: Path, capsys: pytest.CaptureFixture) -> None:
    (own_folder / "code.py").write_text("print('ran'); raise SystemExit")
    maps = {"AutoConfig": "code.C", "AutoModel": "code.M", "AutoTokenizer": "code.T"}
    change(own_folder / "config.json", model_type="unheard-of", auto_map=maps)
    change(own_folder / "tokenizer_config.json", auto_map=maps)
    with pytest.raises(OptionError, match="cannot be used by transformers"):
        load_language_model(str(own_folder))
    assert "ran" not in capsys.readouterr().out


def test_a_name_of_a_hub_is_no_folder() -> None:
    with pytest.raises(OptionError, match=r"There is no folder bert-base.*nothing is downloaded"):
        load_language_model("bert-base-uncased")


def test_another_tokenizer_is_another_model(own_folder: Path) -> None:
    before = load_language_model(str(own_folder)).digest
    change(own_folder / "tokenizer.json", post_processor=None)
    assert load_language_model(str(own_folder)).digest != before


def test_loading_shows_and_warns_of_nothing(folder: Path, capfd: pytest.CaptureFixture) -> None:
    load_language_model(str(folder)).features(TEXT)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
