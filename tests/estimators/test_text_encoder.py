"""Texts as terms and features of a language model, from fit to a loaded file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import GridSearchCV
from tests.language_models import SIZE, save_reports, save_tiny_model

import pellucid
from pellucid import Classifier, DataError, ModelFileError, OptionError
from pellucid.cli.app import main
from pellucid.estimators.predict_file import predict_file

pytest.importorskip("transformers", reason="transformers (the extra `pretrained`) is not installed")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model in bert, reports.csv, and what was learned from them in a file."""
    place = tmp_path_factory.mktemp("place")
    save_tiny_model(place / "bert")
    trained(save_reports(place), place).save(place / "reports.pellucid")
    return place


def trained(table: Path, place: Path, **options: Any) -> Classifier:
    said = {"max_epochs": 10, "random_state": 0, "columns": {"report": "text"}, **options}
    model = pellucid.fit(table, "part", text_encoder=place / "bert", **said)
    assert isinstance(model, Classifier)
    return model


def test_features_stand_beside_the_terms_in_one_column(place: Path) -> None:
    model = pellucid.load(place / "reports.pellucid")
    report = model.schema_["report"]
    assert report.kind == "encoded text"
    assert report.reason.endswith("16 features of BertModel")
    assert report.text_encoder == str(place / "bert")
    assert [column.name for column in model.schema_.kept] == ["report", "number"]
    names = model.model_.encoder.dense_names()
    assert names[-SIZE:] == [f"report encoder {n}" for n in range(1, SIZE + 1)]
    assert "report feature 1" in names
    assert model.score(place / "reports.csv") == 1.0


def test_a_saved_model_predicts_the_same_and_holds_no_weights_of_it(place: Path) -> None:
    table = place / "reports.csv"
    again = trained(table, place)
    loaded = pellucid.load(place / "reports.pellucid")
    np.testing.assert_array_equal(loaded.predict_proba(table), again.predict_proba(table))
    whole = loaded.predict_proba(table)
    np.testing.assert_array_equal(loaded.predict_proba(pl.read_csv(table)[7:8]), whole[7:8])


def test_the_reason_tells_of_texts_that_are_cut_off(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "bert", tmp_path / "bert")
    (tmp_path / "bert" / "sentence_bert_config.json").write_text('{"max_seq_length": 8}')
    model = trained(place / "reports.csv", tmp_path, max_epochs=1)
    assert model.schema_["report"].reason.endswith(
        "which reads the first 8 tokens (100% of texts have more)"
    )


def test_an_explanation_tells_of_words_and_encoder_and_both_are_the_column(place: Path) -> None:
    model, table = pellucid.load(place / "reports.pellucid"), place / "reports.csv"
    found = pellucid.explain(model, table, row=1)
    assert list(found.columns) == ["report", "number"]
    (text,) = found.texts
    assert [word.word for word in text.words][:2] == ["the", "pump"]
    assert text.encoder_share is not None
    assert text.share + text.encoder_share == pytest.approx(found.columns["report"], abs=1e-9)
    assert not any("encoder" in term for term in text.terms)
    assert {f"report: (encoder {n})" for n in range(1, SIZE + 1)} <= set(found.neuron.terms)
    assert pellucid.nearest_rows(model, table, table, 1).rows[0].row == 1
    with pytest.raises(DataError, match="no curve can be drawn over texts"):
        pellucid.response_curve(model, table, "report")


def test_missing_and_empty_texts_have_the_mean_of_the_features(place: Path) -> None:
    model = pellucid.load(place / "reports.pellucid")
    rows = pl.DataFrame({"report": [None, "the pump"], "number": [0.0, 0.0]})
    found = model.unlike_training(rows)
    assert found.is_unlike.tolist() == [True, False]
    assert "report is missing" in found.reasons[0]
    terms = next(part for part in model.encode(rows) if part.ndim == 3)
    values = np.asarray(terms)[:, :SIZE, 1]
    assert (values[0] == 0.0).all()
    assert (values[1] != 0.0).all()


def test_texts_alone_have_one_layer_above_terms_and_features(place: Path, tmp_path: Path) -> None:
    pl.read_csv(place / "reports.csv").drop("number").write_csv(tmp_path / "alone.csv")
    model = trained(tmp_path / "alone.csv", place)
    plan = model.model_.record.plan
    assert (plan.hidden_layer_sizes, plan.members) == ((), 1)
    assert model.model_.network.layers[0].shapes["weight"] == (plan.text_features + SIZE, 2)
    done = predict_file(model, str(tmp_path / "alone.csv"), tmp_path / "out.csv")
    assert done.rows == 80


def test_grid_search_works_on_it(place: Path) -> None:
    frame = pl.read_csv(place / "reports.csv")
    model = Classifier(text_encoder=place / "bert", columns={"report": "text"}, max_epochs=10)
    search = GridSearchCV(model, {"members": [1, 2]}, cv=2)
    search.fit(frame.select("report", "number").to_pandas(), frame["part"].to_numpy())
    assert search.best_score_ > 0.75


def test_it_is_judged_beside_flat_algorithms_and_told_on_a_page(
    place: Path, tmp_path: Path
) -> None:
    found = pellucid.fit_and_evaluate(
        place / "reports.csv",
        "part",
        columns={"report": "text"},
        text_encoder=place / "bert",
        max_epochs=5,
    )
    assert [text.is_encoded for text in found.leaderboard.texts] == [True]
    pellucid.write_report(found, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "encoded text" in page
    assert "report encoder 1" not in page


def test_a_private_model_keeps_no_text(place: Path, tmp_path: Path) -> None:
    model = trained(place / "reports.csv", place, private=True)
    model.save(tmp_path / "private.pellucid")
    again = pellucid.load(tmp_path / "private.pellucid")
    assert again.schema_["report"].reason.startswith("private: ")
    assert again.score(place / "reports.csv") == model.score(place / "reports.csv")


def test_fields_of_a_file_are_checked(place: Path) -> None:
    model = pellucid.load(place / "reports.pellucid")
    kind = model.schema_["report"].kind
    from pellucid.data.kinds.kind import kind_named
    from pellucid.files.fields import Fields

    (encoder,) = (c for c in model.model_.encoder.columns if c.name == "report")
    plain = json.loads(json.dumps(encoder.to_json()))
    assert kind_named(kind).encoder_from(Fields(plain, "it")) == encoder
    for spoilt in ({"mean": [0.0]}, {"name": "other"}, {"scale": [-1.0] * SIZE}):
        with pytest.raises(ModelFileError):
            kind_named(kind).encoder_from(Fields({**plain, **spoilt}, "it"))


# --- The folder is gone, has moved, or holds another model ------------------------------------


@pytest.fixture
def moved(place: Path, tmp_path: Path) -> Path:
    """The model file, whose language model is no longer where it was."""
    home = tmp_path / "home"
    shutil.copytree(place / "bert", home / "bert")
    trained(place / "reports.csv", home).save(tmp_path / "m.pellucid")
    (home / "bert").rename(tmp_path / "elsewhere")
    return tmp_path


def test_a_folder_that_is_gone_is_refused_with_the_remedy(moved: Path) -> None:
    with pytest.raises(OptionError, match=r"no folder .*bert.*text_encoder=") as raised:
        pellucid.load(moved / "m.pellucid")
    assert raised.value.option == "text_encoder"


def test_it_may_lie_elsewhere(moved: Path, place: Path) -> None:
    model = pellucid.load(moved / "m.pellucid", text_encoder=moved / "elsewhere")
    assert model.score(place / "reports.csv") == 1.0
    model.save(moved / "again.pellucid")
    assert pellucid.load(moved / "again.pellucid").text_encoder == str(moved / "elsewhere")


def test_another_model_is_refused(moved: Path) -> None:
    save_tiny_model(moved / "home" / "bert", seed=1)
    with pytest.raises(OptionError, match="is not the one that was used in training"):
        pellucid.load(moved / "m.pellucid")


def test_the_command_line_says_where_it_is(
    moved: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["pellucid", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    model, table = str(moved / "m.pellucid"), str(place / "reports.csv")
    out = str(moved / "p.csv")
    assert run("predict", model, table, "--out", out) == 2
    assert "--text-encoder" in capsys.readouterr().err
    assert run("inspect", model) == 0
    assert "encoded text" in capsys.readouterr().out
    elsewhere = ("--text-encoder", str(moved / "elsewhere"))
    assert run("predict", model, table, "--out", out, *elsewhere, "--flag-unlike") == 0
    assert pl.read_csv(out)["prediction"].n_unique() == 2
    for command in (("evaluate", model, table), ("explain", model, table, "--row", "2")):
        capsys.readouterr()
        assert run(*command, "--json", *elsewhere) == 0
        json.loads(capsys.readouterr().out)


def test_it_is_refused_where_there_are_no_texts(place: Path) -> None:
    frame = pl.DataFrame({"x": range(100), "y": ["a", "b"] * 50})
    with pytest.raises(OptionError, match=r"no column of .* holds texts") as raised:
        pellucid.fit(frame, "y", text_encoder=place / "bert")
    assert raised.value.option == "text_encoder"
