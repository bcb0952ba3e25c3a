"""Pictures in every form a caller has them, learned from and predicted."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image

import pellucid
from pellucid import Classifier, DataError, DataWarning, Regressor
from pellucid.estimators import predict_file as predicting
from pellucid.estimators.predict_file import predict_file

Paint = Callable[..., Path]
FEW: dict[str, Any] = {"max_epochs": 1, "validation_fraction": 0.0}


@pytest.fixture
def photos(tmp_path: Path, paint: Paint) -> Path:
    """Twelve pictures of two classes, of several sizes, modes and formats, and a broken one."""
    modes = ("RGB", "L", "RGBA", "P", "1", "LA")
    for number, mode in enumerate(modes):
        for kind in ("a", "b"):
            path = tmp_path / "photos" / kind / f"{number}.png"
            paint(path, mode=mode, size=number * 7 + 1, seed=number)
    (tmp_path / "photos" / "a" / "broken.png").write_bytes(b"")
    return tmp_path / "photos"


@pytest.fixture
def grey() -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (20, 6, 5), dtype=np.uint8)


LABELS = ["a", "b"] * 10


def test_a_folder_of_all_sizes_and_modes(photos: Path) -> None:
    model = pellucid.fit(photos, **FEW)
    assert isinstance(model, Classifier)
    assert model.target_ == ("label",)
    assert model.classes_.tolist() == ["a", "b"]
    assert model.schema_["image"].notation == "18x18x3"
    assert any("1 broken picture left out: a/broken.png is empty" in n for n in model.notes_)
    assert model.predict(photos).shape == (12,)
    assert model.predict_proba(photos / "a" / "3.png").shape == (1, 2)


def test_an_estimator_takes_a_folder_too(photos: Path) -> None:
    assert Classifier(**FEW).fit(photos).predict(str(photos)).shape == (12,)


def test_what_cannot_be_read_is_neither_learned_from_nor_predicted(
    photos: Path, tmp_path: Path
) -> None:
    cut = photos / "b" / "cut.bmp"
    Image.new("RGB", (90, 90), "red").save(cut)
    cut.write_bytes(cut.read_bytes()[:200])
    with pytest.warns(DataWarning, match="is damaged"):
        model = pellucid.fit(photos, **FEW)
    assert model.model_.record.rows.training == 12
    assert "pictures of 1 × 1 to 36 × 36 pixels" in model.schema_["image"].reason
    left = "1 row without a readable picture left out: row 13"
    assert left in model.notes_
    with pytest.warns(DataWarning):
        found = predict_file(model, str(photos), tmp_path / "p.csv", flag_unlike=True)
    row = pl.read_csv(tmp_path / "p.csv").row(12, named=True)
    assert {row[name] for name in row if name not in ("image", "unlike training")} == {None}
    assert row["unlike training"]
    assert found.surprises["no prediction, for want of a readable picture"] == 1
    with pytest.warns(DataWarning):
        judged = pellucid.evaluate(model, photos)
    assert (judged.leaderboard.num_rows, left in judged.notes) == (12, True)


def test_a_zip_of_it_gives_the_same(photos: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in sorted(photos.rglob("*.png")):
            archive.write(path, path.relative_to(tmp_path))
    model = pellucid.fit(photos, **FEW)
    packed = pellucid.fit(tmp_path / "photos.zip", **FEW)
    expected = model.predict_proba(photos)
    np.testing.assert_array_equal(packed.predict_proba(tmp_path / "photos.zip"), expected)


def test_predictions_stand_beside_the_paths(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = pellucid.fit(photos, **FEW)
    monkeypatch.setattr(predicting, "rows_at_once", lambda _columns: 5)
    done = predict_file(model, str(photos), tmp_path / "out.csv")
    written = pl.read_csv(tmp_path / "out.csv")
    assert done.kept == ["image"]
    assert written["image"].to_list() == [f"{k}/{i}.png" for k in "ab" for i in range(6)]
    assert written["prediction"].to_list() == model.predict(photos).tolist()
    assert any("1 broken picture left out" in note for note in done.notes)


def test_arrays_are_pictures(grey: np.ndarray[Any, Any]) -> None:
    model = Classifier(**FEW).fit(grey, LABELS)
    assert model.n_features_in_ == 1
    assert model.feature_names_in_.tolist() == ["image"]
    expected = model.predict_proba(grey)
    np.testing.assert_array_equal(model.predict_proba(grey[..., None]), expected)
    np.testing.assert_array_equal(model.predict_proba(list(grey))[:3], expected[:3])
    assert model.score(grey, LABELS) >= 0.0


def test_numbers_mean_what_they_meant_in_training(grey: np.ndarray[Any, Any]) -> None:
    model = Classifier(**FEW).fit(grey / 255, LABELS)
    expected = model.predict_proba(grey / 255)
    np.testing.assert_array_equal(model.predict_proba(grey), expected)  # bytes are bytes
    with pytest.raises(DataError, match="from 0 to 255"):
        model.predict(grey * 1.0)
    model = Classifier(**FEW).fit(grey * 1.0, LABELS)
    with pytest.raises(DataError, match="in training 255 was white"):
        model.predict(grey / 255)


def test_a_number_is_learned_from_pictures(grey: np.ndarray[Any, Any]) -> None:
    ages = np.linspace(1.0, 80.0, 20)
    assert Regressor(**FEW).fit(grey, ages).predict(grey).shape == (20,)
    assert isinstance(pellucid.fit(grey, ages, **FEW), Regressor)


def test_pictures_beside_other_columns(tmp_path: Path, paint: Paint) -> None:
    for number in range(12):
        paint(tmp_path / "photos" / f"{number}.jpg", seed=number)
    table = pl.DataFrame(
        {
            "photo": [f"photos/{number}.jpg" for number in range(12)],
            "rooms": [float(number % 5) for number in range(12)],
            "town": ["Ulm", "Bonn", "Köln"] * 4,
            "price": [100.5 + 7 * number for number in range(12)],
        }
    )
    table.write_csv(tmp_path / "houses.csv")
    model = pellucid.fit(tmp_path / "houses.csv", "price", **FEW)
    assert isinstance(model, Regressor)
    assert [column.kind for column in model.schema_] == ["image", "number", "category"]
    one = {"photo": str(tmp_path / "photos" / "3.jpg"), "rooms": 2.0, "town": "Ulm"}
    assert model.predict(one).shape == (1,)
    done = predict_file(model, str(tmp_path / "houses.csv"), tmp_path / "out.parquet")
    assert done.kept == ["photo"]


@pytest.mark.parametrize("how", ["polars", "pandas", "parquet"])
def test_bytes_and_paths_of_a_data_set(tmp_path: Path, paint: Paint, how: str) -> None:
    files = [paint(tmp_path / f"{number}.png", seed=number) for number in range(10)]
    cells = [{"bytes": file.read_bytes(), "path": file.name} for file in files]
    rows: Any = pl.DataFrame({"image": cells, "label": [0, 1] * 5})
    if how == "pandas":
        rows = pd.DataFrame({"image": cells, "label": [0, 1] * 5})
    if how == "parquet":
        rows.write_parquet(tmp_path / "t.parquet")
        rows = tmp_path / "t.parquet"
    model = pellucid.fit(rows, "label", task="classification", **FEW)
    assert model.schema_["image"].kind == "image"
    assert model.predict({"image": files[0].read_bytes()}).shape == (1,)
    assert model.predict(pl.DataFrame({"image": [str(files[0])]})).shape == (1,)


def test_one_pixel_of_each_class(paint: Paint, tmp_path: Path) -> None:
    for number in range(8):
        paint(tmp_path / "dots" / "ab"[number % 2] / f"{number}.png", size=1, seed=number)
    assert pellucid.fit(tmp_path / "dots", **FEW).predict(tmp_path / "dots").shape == (8,)
