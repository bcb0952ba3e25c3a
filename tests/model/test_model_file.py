"""The model file: complete or not there, safe to open, and never silently wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

import pellucid
from pellucid import Classifier, DataError, ModelFileError, Regressor
from pellucid.model.file import FORMAT_VERSION, read_model_file, write_model_file


@pytest.fixture
def model_file(buyer: Classifier, tmp_path: Path) -> Path:
    path = tmp_path / "buyer.pellucid"
    buyer.save(path)
    return path


def test_what_was_saved_is_what_is_loaded(
    buyer: Classifier, people: pl.DataFrame, model_file: Path
) -> None:
    loaded = pellucid.load(model_file)
    assert np.array_equal(loaded.predict_proba(people), buyer.predict_proba(people))
    assert loaded.get_params() == buyer.get_params()
    assert loaded.schema_ == buyer.schema_
    assert loaded.model_.record == buyer.model_.record
    assert list(loaded.classes_) == ["no", "yes"]


def test_every_option_comes_back(tmp_path: Path) -> None:
    x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 3
    model = Classifier(
        class_weight={0: 1.0, 1: 20.0, np.int64(2): np.float32(1.0)},
        hidden_layer_sizes=(np.int64(4),),
        columns={"x0": "category"},
        learning_rate=np.float32(0.5),
        max_epochs=np.int64(1),
        validation_fraction=0.2,
    )
    model.fit(x, y).set_output(transform="polars").save(tmp_path / "m.pellucid")
    loaded = pellucid.load(tmp_path / "m.pellucid")
    assert loaded.get_params() == model.get_params()
    assert isinstance(loaded.predict(x), pl.DataFrame)


def test_a_loaded_network_goes_on_learning_in_the_precision_it_had(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(100, 3))
    for precision in ("bfloat16", "float32"):
        model = Regressor(max_epochs=1, precision=precision).fit(x, x[:, 0])
        model.save(tmp_path / "m.pellucid")
        loaded = pellucid.load(tmp_path / "m.pellucid").model_
        assert loaded.network.reduced_precision is (precision == "bfloat16")
        assert model.model_.network.reduced_precision is loaded.network.reduced_precision


def test_a_validation_loss_beyond_all_numbers_is_kept(tmp_path: Path) -> None:
    """Rows that judge may be so far off that the square of their distance is infinite."""
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(300, 3)), generator.normal(size=300)
    far = 1e149 * y[200:]
    model = Regressor(max_epochs=1).fit(x[:200], 1e-200 * y[:200], validation_data=(x[200:], far))
    record = model.model_.record
    assert record.validation is not None
    assert record.validation.loss == np.inf

    model.save(tmp_path / "m.pellucid")

    assert pellucid.load(tmp_path / "m.pellucid").model_.record == record


def test_a_random_state_comes_back_as_the_seed_it_gave(tmp_path: Path) -> None:
    x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 3
    model = Classifier(max_epochs=1, random_state=np.random.RandomState(7)).fit(x, y)
    model.save(tmp_path / "m.pellucid")
    again = sklearn.clone(pellucid.load(tmp_path / "m.pellucid")).fit(x, y)
    assert np.array_equal(again.predict_proba(x), model.predict_proba(x))


def test_a_file_of_before_says_nothing_of_the_output(
    model_file: Path, people: pl.DataFrame
) -> None:
    tensors, plain = read_model_file(model_file)
    del plain["estimator"]["output"]
    write_model_file(model_file, tensors, plain)
    assert isinstance(pellucid.load(model_file).predict(people), np.ndarray)


def test_a_regressor_likewise(spender: Regressor, people: pl.DataFrame, tmp_path: Path) -> None:
    spender.save(tmp_path / "spender.pellucid")
    loaded = pellucid.load(tmp_path / "spender.pellucid")
    assert np.array_equal(loaded.predict(people), spender.predict(people))


def test_the_same_model_is_the_same_bytes(buyer: Classifier, tmp_path: Path) -> None:
    buyer.save(tmp_path / "one")
    buyer.save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_it_is_a_safetensors_file_with_json_and_no_code(model_file: Path) -> None:
    content = model_file.read_bytes()
    assert set(load(content)) == {"weights", "conformal_scores", "pair_counts"}
    size = int.from_bytes(content[:8], "little")
    _digest, text = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["pellucid"])
    plain = json.loads(text)
    assert plain["format"] == FORMAT_VERSION
    assert {"encoder", "task", "network", "record", "estimator"} <= set(plain)


def test_nothing_but_the_file_is_left_beside_it(model_file: Path) -> None:
    assert [path.name for path in model_file.parent.iterdir()] == ["buyer.pellucid"]


def test_a_failed_save_leaves_the_old_file(
    buyer: Classifier, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = model_file.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError, match="No space left on device"):
        buyer.save(model_file)
    assert model_file.read_bytes() == before
    assert [path.name for path in model_file.parent.iterdir()] == ["buyer.pellucid"]


# --- attacks -----------------------------------------------------------------------------------


def test_a_truncated_file(model_file: Path) -> None:
    content = model_file.read_bytes()
    for length in (0, 5, 100, len(content) // 2, len(content) - 1):
        model_file.write_bytes(content[:length])
        with pytest.raises(ModelFileError, match=r"buyer\.pellucid"):
            pellucid.load(model_file)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_one_altered_byte_is_noticed(
    buyer: Classifier, people: pl.DataFrame, model_file: Path, place: float, flip: int
) -> None:
    content = bytearray(model_file.read_bytes())
    content[int(place * len(content))] ^= flip
    altered = model_file.with_name("altered.pellucid")
    altered.write_bytes(content)
    try:
        loaded = pellucid.load(altered)
    except ModelFileError:
        return
    # The byte was one without meaning, such as a blank between two entries of the header.
    assert np.array_equal(loaded.predict_proba(people), buyer.predict_proba(people))


def test_foreign_files(tmp_path: Path) -> None:
    foreign = {
        "zip": b"PK\x03\x04" + bytes(100),
        "pickle": b"\x80\x04\x95" + bytes(100),
        "safetensors": save({"x": np.zeros(3)}),
        "csv": b"a,b\n1,2\n",
        "huge header": (2**62).to_bytes(8, "little") + bytes(100),
        "deep": (60_000).to_bytes(8, "little") + b"[" * 60_000,
    }
    for name, content in foreign.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match="not a Pellucid model file"):
            pellucid.load(path)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no model file"):
        pellucid.load(tmp_path / "nothing.pellucid")
    with pytest.raises(ModelFileError, match="a folder"):
        pellucid.load(tmp_path)


def test_pipes_and_devices_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ModelFileError, match="is a pipe, not a model file"):
        pellucid.load(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="/dev/zero is a device, not a model file"):
        pellucid.load("/dev/zero")
    with pytest.raises(ModelFileError, match="cannot be read"):
        pellucid.load("x" * 5000)
    with pytest.raises(ModelFileError, match="cannot be read"):
        pellucid.load("a\0b")


def test_a_newer_format_is_refused_with_advice(model_file: Path) -> None:
    tensors, plain = read_model_file(model_file)
    write_model_file(model_file, tensors, {**plain, "format": FORMAT_VERSION + 1})
    with pytest.raises(ModelFileError, match="pip install --upgrade pellucid"):
        pellucid.load(model_file)


def _alter(plain: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        plain = plain[int(key) if isinstance(plain, list) else key]
    plain[int(last) if isinstance(plain, list) else last] = value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("network.layers.0.layer", "os.system"),
        ("network.layers.0.outputs", 10**12),
        ("network.layers.0.outputs", -1),
        ("network.layers.0.outputs", "many"),
        ("network.layers", []),
        ("network.layers", [{"layer": "Dropout", "rate": 2}] * 3),
        ("network.members", 0),
        ("network.members", 10**9),
        ("encoder", []),
        ("encoder.0.kind", "unheard"),
        ("task.kind", "unheard"),
        ("temperature", 0.0),
        ("temperature", "hot"),
        ("conformal", "none"),
        ("conformal.rows", 10**9),
        ("conformal.spread", [-1.0]),
        ("conformal.spread", [1.0]),
        ("combinations.limit", "none"),
        ("combinations.pairs", [[0, 99]]),
        ("combinations.pairs", [[0, 1]] * 10**6),
        ("combinations.columns.0.kind", "unheard"),
        ("combinations.columns.0.name", "unheard"),
        ("combinations.columns.1.levels", ["a"] * 10**6),
        ("estimator.type", "subprocess.run"),
        ("estimator.options", {"unheard": 1}),
        ("estimator.options", {"class_weight": [1]}),
        ("estimator.output", "os.system"),
        ("estimator.schema", "none"),
    ],
)
def test_a_well_formed_file_with_senseless_content(model_file: Path, path: str, value: Any) -> None:
    """Signed with a right digest, so only the checks of the content stand in the way."""
    tensors, plain = read_model_file(model_file)
    _alter(plain, path, value)
    write_model_file(model_file, tensors, plain)
    with pytest.raises(ModelFileError):
        pellucid.load(model_file)
