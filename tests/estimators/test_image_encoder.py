"""Pictures as features of a vision model in a local folder, from fit to a loaded file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import GridSearchCV
from tests.vision_models import save_photos, save_tiny_vit

import pellucid
from pellucid import Classifier, DataError, DataWarning, OptionError
from pellucid.cli.app import main
from pellucid.data.sources.media import IMAGE, MEDIA
from pellucid.data.sources.table import Table, read_blocks
from pellucid.estimators.predict_file import predict_file
from pellucid.training.progress import Progress

pytest.importorskip("transformers", reason="transformers (the extra `pretrained`) is not installed")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vision model in vit, photos in photos.csv, and what was learned from them in a file."""
    place = tmp_path_factory.mktemp("place")
    save_tiny_vit(place / "vit")
    table = save_photos(place)
    trained(table, place).save(place / "photos.pellucid")
    return place


def trained(table: Path, place: Path, **options: object) -> Classifier:
    model = pellucid.fit(
        table, "color", image_encoder=place / "vit", max_epochs=5, random_state=0, **options
    )
    assert isinstance(model, Classifier)
    return model


def test_a_picture_enters_as_numbers_beside_other_columns(place: Path) -> None:
    model = pellucid.load(place / "photos.pellucid")
    photo = model.schema_["photo"]
    assert photo.kind == "encoded image"
    assert photo.reason == "pictures of 20 × 24 pixels, color; 16 features of ViTModel"
    assert photo.image_encoder == str(place / "vit")
    assert model.encode(place / "photos.csv").shape == (60, 17)
    assert model.score(place / "photos.csv") == 1.0
    plan = model.model_.record.plan
    assert (plan.members, plan.optimizer, plan.filters) == (5, "adamw", ())


def test_a_saved_model_predicts_the_same_and_holds_no_weights_of_it(place: Path) -> None:
    file = place / "photos.pellucid"
    again = trained(place / "photos.csv", place)
    loaded = pellucid.load(file)
    table = place / "photos.csv"
    np.testing.assert_array_equal(loaded.predict_proba(table), again.predict_proba(table))
    assert file.stat().st_size < 50_000


def test_a_picture_is_one_column_to_whoever_explains(place: Path) -> None:
    model, table = pellucid.load(place / "photos.pellucid"), place / "photos.csv"
    found = pellucid.explain(model, table, row=1)
    assert abs(found.columns["photo"]) > 5 * abs(found.columns["number"])
    assert found.cells["photo"] == "photos/0.png"
    nearest = pellucid.nearest_rows(model, table, table, 1)
    assert nearest.rows[0].row == 1
    with pytest.raises(DataError, match="no curve can be drawn over pictures"):
        pellucid.response_curve(model, table, "photo")


def test_missing_pictures_are_the_mean_of_all_and_unlike_training(place: Path) -> None:
    model = pellucid.load(place / "photos.pellucid")
    rows = pl.DataFrame({
        "photo": [str(place / "photos" / "0.png"), None, "nowhere.png"], "number": [0.0] * 3
    })  # fmt: skip
    with pytest.warns(DataWarning, match="nowhere.png.*is not there"):
        found = model.unlike_training(rows)
    assert found.is_unlike.tolist() == [False, True, True]
    assert "photo is missing, or no picture" in found.reasons[2]
    codes = np.asarray(model.encode(rows.head(2)))
    assert (codes[1, :16] == 0.0).all()
    assert (codes[0, :16] != 0.0).any()


def test_a_table_of_arrays_is_read_as_in_training(place: Path) -> None:
    generator = np.random.default_rng(0)
    pixels = generator.random((80, 9, 9)) / 3
    pixels[::2] += 0.5
    y = np.array(["bright", "dark"] * 40)
    model = Classifier(image_encoder=str(place / "vit"), max_epochs=5).fit(
        pl.DataFrame({"image": pixels, "bright": y}), "bright"
    )
    assert model.schema_["image"].notation.endswith(", white 1")
    one = pl.DataFrame({"image": pixels[1:2] * 0.1})
    np.testing.assert_array_equal(model.predict(one), ["dark"])


def test_grid_search_works_on_it(place: Path) -> None:
    frame = pl.read_csv(place / "photos.csv").with_columns(
        pl.lit(str(place)).add("/").add(pl.col("photo")).alias("photo")
    )
    model = Classifier(image_encoder=place / "vit", max_epochs=20)
    search = GridSearchCV(model, {"members": [1, 2]}, cv=2)
    search.fit(frame.select("photo", "number").to_pandas(), frame["color"].to_numpy())
    assert search.best_score_ == 1.0


def one_photo_apart(place: Path, to: Path) -> Path:
    """A table of its own and a folder of pictures alone, as they come after training."""
    folder = to / "new"
    folder.mkdir()
    for number in (0, 1):
        shutil.copy(place / "photos" / f"{number}.png", folder)
    return folder


@pytest.fixture
def alone(place: Path, tmp_path: Path) -> Path:
    """What was learned from the photos without any other column."""
    table = pl.read_csv(place / "photos.csv").drop("number")
    table.write_csv(place / "alone.csv")
    trained(place / "alone.csv", place).save(tmp_path / "alone.pellucid")
    return tmp_path / "alone.pellucid"


def test_a_folder_is_predicted_by_who_learned_from_a_table(
    place: Path, alone: Path, tmp_path: Path
) -> None:
    folder, out = one_photo_apart(place, tmp_path), tmp_path / "out.csv"
    done = predict_file(pellucid.load(alone), str(folder), out)
    assert done.kept == ["image"]
    assert pl.read_csv(out).select("image", "prediction").rows() == [
        ("0.png", "red"),
        ("1.png", "blue"),
    ]


def test_few_pictures_are_in_memory_together(
    place: Path, alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def noted(source: object, *, rows_per_block: int, **others: Any) -> Iterator[Table]:
        asked.append(rows_per_block)
        return read_blocks(source, rows_per_block=rows_per_block, **others)

    monkeypatch.setattr("pellucid.estimators.predict_file.read_blocks", noted)
    predict_file(pellucid.load(alone), str(place / "photos.csv"), tmp_path / "out.csv")
    assert asked == [MEDIA[IMAGE].rows_at_once]


def test_training_counts_pictures(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    units: list[str] = []

    class Noted(Progress):
        def __init__(self, score_name: str, *, is_shown: bool, unit: str) -> None:
            units.append(unit)
            super().__init__(score_name, is_shown=is_shown, unit=unit)

    monkeypatch.setattr("pellucid.estimators.estimator.Progress", Noted)
    trained(place / "photos.csv", place)
    assert units == ["pictures"]


# --- The folder is gone, has moved, or holds another model ------------------------------------


@pytest.fixture
def moved(place: Path, tmp_path: Path) -> Path:
    """The model file, whose vision model is no longer where it was."""
    home = tmp_path / "home"
    shutil.copytree(place / "vit", home / "vit")
    trained(place / "photos.csv", home).save(tmp_path / "m.pellucid")
    (home / "vit").rename(tmp_path / "elsewhere")
    return tmp_path


def test_a_folder_that_is_gone_is_refused_with_the_remedy(moved: Path) -> None:
    with pytest.raises(OptionError, match=r"no folder .*vit.*image_encoder=") as raised:
        pellucid.load(moved / "m.pellucid")
    assert raised.value.option == "image_encoder"


def test_it_may_lie_elsewhere(moved: Path, place: Path) -> None:
    model = pellucid.load(moved / "m.pellucid", image_encoder=moved / "elsewhere")
    assert model.score(place / "photos.csv") == 1.0
    model.save(moved / "again.pellucid")
    assert pellucid.load(moved / "again.pellucid").image_encoder == str(moved / "elsewhere")


def test_another_model_is_refused(moved: Path) -> None:
    save_tiny_vit(moved / "home" / "vit", seed=1)
    with pytest.raises(OptionError, match="is not the one that was used in training"):
        pellucid.load(moved / "m.pellucid")


def test_a_model_without_one_wants_none(place: Path, people: pl.DataFrame, tmp_path: Path) -> None:
    model = pellucid.fit(people, people.columns[-1], max_epochs=1)
    model.save(tmp_path / "people.pellucid")
    with pytest.raises(OptionError, match="trained without one"):
        pellucid.load(tmp_path / "people.pellucid", image_encoder=place / "vit")


def test_the_command_line_says_where_it_is(
    moved: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["pellucid", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    model, table, out = str(moved / "m.pellucid"), str(place / "photos.csv"), str(moved / "p.csv")
    assert run("predict", model, table, "--out", out) == 2
    assert "--image-encoder" in capsys.readouterr().err
    elsewhere = ("--image-encoder", str(moved / "elsewhere"))
    assert run("predict", model, table, "--out", out, *elsewhere) == 0
    assert pl.read_csv(out)["prediction"].n_unique() == 2
    for command in (("evaluate", model, table), ("explain", model, table, "--row", "2")):
        capsys.readouterr()
        assert run(*command, "--json", *elsewhere) == 0
        json.loads(capsys.readouterr().out)


def test_it_is_refused_where_there_are_no_pictures(place: Path, people: pl.DataFrame) -> None:
    with pytest.raises(OptionError, match=r"no column of .* holds pictures") as raised:
        pellucid.fit(people, people.columns[-1], image_encoder=place / "vit")
    assert raised.value.option == "image_encoder"
