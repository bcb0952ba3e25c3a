"""What a model file and a page may hold of the rows: by default, and of a private model."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

import pellucid
from pellucid import Classifier, DataError, Regressor
from pellucid.cli.app import main
from pellucid.data.kinds.coarse import rounded_range
from pellucid.data.private import coarsened
from pellucid.estimators.estimator import Estimator
from pellucid.model.file import read_model_file
from pellucid.report.html import html_of
from pellucid.report.page import page_of

NAME = "Zaphod"


@pytest.fixture(scope="module")
def patients() -> pl.DataFrame:
    """600 rows with an address each, one rare disease, a note, and one odd age."""
    generator = np.random.default_rng(0)
    n = 600
    age = generator.normal(50, 12, n).round(3)
    disease = generator.choice(["flu", "cold", "none"], n).tolist()
    disease[77] = f"{NAME}itis"
    return pl.DataFrame(
        {
            "mail": [f"{NAME}{i:03d}@example.com" for i in range(n)],
            "clinic": [f"{NAME} clinic"] * n,
            "age": [*(f"{a}" for a in age[:-1]), f"ask {NAME}"],
            "weight": generator.normal(70, 10, n).round(4),
            "disease": disease,
            "seen": pl.Series(generator.integers(18_000, 19_000, n)).cast(pl.Date),
            "costs": (200 + 3 * age + generator.normal(size=n)).round(3),
            "ill": np.where(age > 50, "yes", "no"),
        }
    )


def stored_in(model: Estimator, path: Path) -> str:
    """Everything a model file holds, as text."""
    model.save(path)
    tensors, plain = read_model_file(path)
    return json.dumps(plain, ensure_ascii=False) + repr(sorted(tensors))


def fit_clinic(patients: pl.DataFrame, target: str, **options: Any) -> Estimator:
    estimator = Classifier if target == "ill" else Regressor
    other = "costs" if target == "ill" else "ill"
    return estimator(max_epochs=3, **options).fit(patients.drop(other), target)


@pytest.mark.parametrize("private", [False, True])
def test_what_is_not_learned_from_is_stored_nowhere(
    patients: pl.DataFrame, tmp_path: Path, private: bool
) -> None:
    """Neither an address, nor a constant, nor the level that one row has."""
    model = fit_clinic(patients, "ill", private=private)
    text = stored_in(model, tmp_path / "model.pellucid")
    assert model.schema_["mail"].kind == model.schema_["clinic"].kind == "left out"
    assert f"{NAME}itis" not in text
    assert "example.com" not in text
    assert f"{NAME} clinic" not in text
    assert model.predict(patients[77:78])[0] in ("yes", "no")


@pytest.mark.parametrize("target", ["ill", "costs"])
def test_a_private_model_tells_no_cell_and_no_exact_range(
    patients: pl.DataFrame, target: str, tmp_path: Path
) -> None:
    model = fit_clinic(patients, target, private=True)
    text = stored_in(model, tmp_path / "model.pellucid")
    assert NAME not in text
    for name in ("weight", "costs"):
        for end in (patients[name].min(), patients[name].max()):
            assert str(end) not in text
    days = (str(patients["seen"].min()), str(patients["seen"].max()))
    assert not any(day in text for day in days)
    for column in model.schema_.kept:
        assert column.reason.startswith("private")
    assert pellucid.load(tmp_path / "model.pellucid").private is True


def test_a_private_model_of_a_folder_names_no_file(tmp_path: Path) -> None:
    for place in range(40):
        picture = tmp_path / "photos" / "ab"[place % 2] / f"{NAME}{place}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 40 + 5 * place).save(picture)
    (tmp_path / "photos" / "a" / f"{NAME}.png").touch()
    (tmp_path / "photos" / f"{NAME}.txt").touch()
    for private in (False, True):
        model = pellucid.fit(tmp_path / "photos", max_epochs=1, filters=(4,), private=private)
        assert (NAME in stored_in(model, tmp_path / "model.pellucid")) is not private
        assert any(NAME in note for note in model.notes_) is not private


def test_a_private_model_of_a_folder_of_texts_names_no_file_and_shows_no_text(
    tmp_path: Path,
) -> None:
    """Not even where it tells what it left out, or what pushes each class."""
    folder = tmp_path / "letters"
    for place in range(60):
        letter = folder / "ab"[place % 2] / f"{NAME}{place}.txt"
        letter.parent.mkdir(parents=True, exist_ok=True)
        kind = ("a lovely day", "a broken leg")[place % 2]
        letter.write_text(f"it was {kind} for us, {NAME}{place}, and {place % 7} others")
    (folder / "a" / f"{NAME}.pdf").touch()
    (folder / "a" / f"{NAME}.txt").touch()
    for private in (False, True):
        found = pellucid.compare(folder, max_epochs=2, private=private, time_limit=10.0)
        model = found.estimator
        text = stored_in(model, tmp_path / "model.pellucid")
        told = text + repr(model.notes_) + html_of(page_of(found))
        assert (NAME.lower() in told.lower()) is not private
        assert "lovely day" in text


def test_a_private_model_predicts_about_as_well(patients: pl.DataFrame) -> None:
    plain = Regressor(max_epochs=30).fit(patients.drop("ill"), "costs")
    private = Regressor(max_epochs=30, private=True).fit(patients.drop("ill"), "costs")
    assert private.score(patients) > 0.9 * plain.score(patients)


def test_a_private_model_does_not_say_from_which_time_on_rows_judged(
    patients: pl.DataFrame, tmp_path: Path
) -> None:
    """That time is one row's: its day, or a visit to the second."""
    start = pl.datetime(2024, 1, 1) + pl.duration(seconds=7919 * pl.int_range(pl.len()))
    visits = patients.drop("costs", "seen").with_columns(visit=start)
    options = {"by_time": "visit", "max_epochs": 1, "members": 1, "time_limit": 20.0}
    found = pellucid.compare(visits, "ill", private=True, **options)
    assert "the latest, by visit" in found.leaderboard.rows
    assert "2024-0" not in html_of(page_of(found))
    model = pellucid.fit(visits, "ill", by_time="visit", private=True, max_epochs=1, members=1)
    assert model.model_.record.split.words == "the latest, by visit"
    assert "2024-02" not in stored_in(model, tmp_path / "model.pellucid")


def people(seldom: str) -> pl.DataFrame:
    """400 rows; what the cells of one column are but for three rows, is given."""
    names = [f"{NAME} {person}" for person in ("Abe", "Bea", "Cem")]
    cells = [seldom] * 397 + names
    return pl.DataFrame(
        {
            "who": [cell or f"{NAME} {place}" for place, cell in enumerate(cells)],
            "age": np.arange(400) % 61 + 0.5,
            "ill": np.where(np.arange(400) % 61 > 30, "yes", "no"),
        }
    )


@pytest.mark.parametrize(
    ("seldom", "kind"), [("usual", "category"), ("", "category"), (f"{NAME};usual", "list")]
)
def test_a_private_model_keeps_no_level_of_a_single_row_where_no_other_is_left(
    seldom: str, kind: str, tmp_path: Path
) -> None:
    """An ordinary model learns them then, for they are all that the column says."""
    table = people(seldom)
    if kind == "list":
        table = table.with_columns(who=pl.concat_str("who", pl.int_range(pl.len()), separator=";"))
        table = table.with_columns(pl.col("who").str.replace(f"{NAME};usual;", f"{NAME}-"))
    options = {"max_epochs": 2, "columns": {"who": kind}}
    plain, private = (Classifier(**options, private=way).fit(table, "ill") for way in (False, True))
    assert NAME in stored_in(plain, tmp_path / "plain.pellucid")
    assert NAME not in stored_in(private, tmp_path / "private.pellucid")
    again = pellucid.load(tmp_path / "private.pellucid")
    assert (again.predict_proba(table) == private.predict_proba(table)).all()
    assert not again.unlike_training(table[[0, 399]]).is_unlike.any()


@pytest.mark.parametrize("kind", ["category", "list", "text"])
def test_a_row_that_weighs_more_is_still_a_single_row_to_a_private_model(
    reviews: pl.DataFrame, kind: str, tmp_path: Path
) -> None:
    """A person may have weighed it, or its class is rare."""
    cells = {"category": "where", "list": "tags", "text": "review"}
    tags = pl.concat_str("where", pl.lit("seen"), separator=";")
    table = reviews.with_columns(tags=tags).select(cells[kind], "age", "verdict")
    is_first = pl.int_range(pl.len()) == 0
    named = pl.concat_str(cells[kind], pl.lit(f"{NAME.lower()}ol"), separator="; ")
    table = table.with_columns(pl.when(is_first).then(named).otherwise(cells[kind]))
    weights = np.where(np.arange(len(table)) == 0, 5.0, 1.0)
    options = {"max_epochs": 1, "columns": {cells[kind]: kind}, "validation_fraction": 0.0}
    for private in (False, True):
        model = Classifier(**options, private=private)
        model.fit(table, "verdict", sample_weight=weights)
        assert (f"{NAME.lower()}ol" in stored_in(model, tmp_path / "m.pellucid")) is not private


def test_where_all_that_cells_say_is_of_single_rows_a_private_model_is_refused() -> None:
    table = people("").select("who", "ill")
    assert Classifier(max_epochs=1, columns={"who": "category"}).fit(table, "ill")
    with pytest.raises(DataError, match="No column has a cell to learn from"):
        Classifier(private=True, columns={"who": "category"}).fit(table, "ill")


@pytest.mark.parametrize("rows", [1, 3])
def test_more_learning_stores_no_cell_of_the_new_rows(
    patients: pl.DataFrame, rows: int, tmp_path: Path
) -> None:
    """A rounded range of three rows, or of one, would still tell of single rows."""
    model = fit_clinic(patients, "costs", private=True)
    new = patients.drop("ill", "costs").head(rows)
    first = pl.int_range(pl.len()) == 0
    new = new.with_columns(
        weight=pl.when(first).then(123456.789).otherwise("weight"),
        seen=pl.when(first).then(pl.date(2077, 7, 7)).otherwise("seen"),
    )
    before = model.model_.encoder
    model.partial_fit(new, patients["costs"].head(rows))
    assert model.model_.encoder == before
    assert not model.unlike_training(patients.drop("ill", "costs")[5:6]).is_unlike.any()
    text = stored_in(model, tmp_path / "model.pellucid")
    assert "123456" not in text
    assert "2077" not in text


def test_no_cell_of_an_undecided_target_is_told(tmp_path: Path) -> None:
    """Nothing decides whether 2.615 is 2615, which is said with a cell, but not here."""
    cells = [
        f"{thousand}.{rest:03d}"
        for thousand, rest in zip(range(1, 400), range(101, 500), strict=True)
    ]
    frame = pl.DataFrame({"x": [str(i % 97) for i in range(len(cells))], "y": cells})
    model = Regressor(max_epochs=1, private=True).fit(frame, "y")
    assert not any("nothing decides" in note for note in model.notes_)
    assert "nothing decides" not in stored_in(model, tmp_path / "model.pellucid")


def test_rows_left_out_for_want_of_a_number_are_counted_and_not_quoted(tmp_path: Path) -> None:
    cells = [f"{i}.5" for i in range(60)]
    frame = pl.DataFrame({"x": [str(i % 17) for i in range(60)], "y": [*cells[:-1], "Ms Lovelace"]})
    options = {"max_epochs": 1, "columns": {"y": "number"}}
    plain, private = (Regressor(**options, private=way).fit(frame, "y") for way in (False, True))
    words = "1 row left out where 'y' is no number"
    assert f"{words}: 'Ms Lovelace' in row 60" in plain.notes_
    assert words in private.notes_
    assert "Lovelace" not in stored_in(private, tmp_path / "model.pellucid")


def test_odd_cells_are_read_as_in_training_all_the_same(patients: pl.DataFrame) -> None:
    model = fit_clinic(patients, "ill", private=True)
    odd = patients[:1].with_columns(age=pl.lit("nobody knows"))
    assert len(model.predict(odd)) == 1


@pytest.mark.parametrize("target", ["ill", "costs"])
def test_the_page_of_a_private_comparison_shows_no_row(patients: pl.DataFrame, target: str) -> None:
    other = "costs" if target == "ill" else "ill"
    found = pellucid.compare(
        patients.drop(other), target, private=True, max_epochs=3, time_limit=20.0
    )
    text = html_of(page_of(found))
    assert NAME not in text
    assert "Single rows are not shown: the model is private." in text
    assert "The rows that surprised it most" not in text
    weights = re.compile("|".join(re.escape(str(cell)) for cell in patients["weight"][:50]))
    assert not weights.search(text)


def test_the_flag_is_private(
    patients: pl.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    patients.drop("costs").write_csv("patients.csv")
    command = "pellucid fit patients.csv --target ill --private --max-epochs 2 --report page.html"
    monkeypatch.setattr("sys.argv", command.split())
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert NAME not in capsys.readouterr().out
    assert NAME not in Path("page.html").read_text()
    assert pellucid.load("patients.pellucid").private is True


# --- Coarse columns -------------------------------------------------------------------------------


def test_numbers_are_rounded_and_end_at_quantiles() -> None:
    values = np.random.default_rng(0).normal(1000, 10, 5_000)
    coarse = coarsened(pl.DataFrame({"x": [*values.tolist(), None]}))["x"]
    assert coarse.null_count() == 1
    assert coarse.min() == pytest.approx(np.quantile(values, 0.01), abs=0.06)
    assert coarse.max() == pytest.approx(np.quantile(values, 0.99), abs=0.06)
    assert coarse.n_unique() < 600


def test_a_column_that_is_nearly_constant_stays_one_that_varies() -> None:
    coarse = coarsened(pl.DataFrame({"x": [0.0] * 999 + [7.123]}))["x"]
    assert coarse.n_unique() == 2
    assert coarse.max() == pytest.approx(7.1)


@pytest.mark.parametrize("cells", [[None, None], [3.0, 3.0], [None, 1e300, -1e300], [1e-320, 0.0]])
def test_any_column_can_be_coarsened(cells: list[float | None]) -> None:
    frame = pl.DataFrame({"x": pl.Series(cells, dtype=pl.Float64)})
    coarse = coarsened(frame)["x"]
    assert coarse.null_count() == frame["x"].null_count()
    assert coarse.drop_nulls().is_finite().all()


@pytest.mark.parametrize(
    ("low", "high", "rounded"),
    [(0.0, 87.3, (0.0, 90.0)), (-12.3, 87.3, (-20.0, 90.0)), (5.0, 5.0, (5.0, 5.0))],
)
def test_a_range_is_rounded_outward(low: float, high: float, rounded: tuple[float, float]) -> None:
    assert rounded_range(low, high) == pytest.approx(rounded)


def visits(word: str, times: int) -> tuple[list[str], list[str]]:
    """200 short notes and what they are about; the first few have a word that no other has."""
    texts = [f"the {'knee' if i % 2 else 'tooth'} of patient {i % 7} hurts" for i in range(200)]
    texts[:times] = [f"{text} says {word}" for text in texts[:times]]
    return texts, ["knee" if i % 2 else "tooth" for i in range(200)]


@pytest.mark.parametrize(("times", "is_kept"), [(1, False), (4, False), (5, True)])
def test_a_private_model_keeps_no_word_of_fewer_than_five_texts(
    times: int, is_kept: bool, tmp_path: Path
) -> None:
    """Two or three texts may well be of one person."""
    texts, about = visits(NAME.lower(), times)
    model = Classifier(max_epochs=1, private=True, columns={"note": "text"})
    table = pl.DataFrame({"note": texts, "about": about})
    model.fit(table, "about", validation_data=table)
    assert (NAME.lower() in stored_in(model, tmp_path / "model.pellucid")) is is_kept
