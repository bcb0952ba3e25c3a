"""The command line, as a person uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier
from pellucid.cli.app import main

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command in a folder of its own; what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["pellucid", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code, capsys.readouterr().err
        return capsys.readouterr().out

    return run


def test_from_a_csv_to_predictions(run: Run, people: pl.DataFrame) -> None:
    people.drop("spends").write_csv("people.csv")
    said = run("fit", "people.csv", "--target", "buys", "--max-epochs", "20")
    for expected in (
        "Read 240 rows, 6 columns from people.csv",
        "classification",
        "identifier: 240 of 240 values are different",
        "hidden 1",
        "Trained 20 epochs",
        "majority class",
        "logistic regression",
        "gradient boosting",
        "Saved people.pellucid",
        "pellucid explain people.pellucid people.csv --row 1",
        "the network",
    ):
        assert expected in said
    said = run("predict", "people.pellucid", "people.csv", "--out", "p.csv", "--keep", "buys")
    assert "Predicted 240 rows into p.csv, with id, buys" in said
    predictions = pl.read_csv("p.csv")
    assert predictions.columns == ["id", "buys", "prediction", "probability no", "probability yes"]
    assert predictions["id"].to_list() == people["id"].to_list()
    assert (predictions["buys"] == predictions["prediction"]).mean() > 0.8
    assert "hidden 1" in run("inspect", "people.pellucid")
    said = run("explain", "people.pellucid", "people.csv", "--row", "3")
    for expected in ("z = xW + b", "h = max(z, 0)", "What pushed probability of", "They add up"):
        assert expected in said
    assert f"true: {people['buys'][2]}" in said


def test_the_rows_most_like_a_row_and_the_curve_of_a_column(
    run: Run, buyer: Classifier, people: pl.DataFrame
) -> None:
    buyer.save("people.pellucid")
    people[:150].write_csv("training.csv")
    people[150:].write_csv("new.csv")
    explain = ("explain", "people.pellucid", "new.csv")
    said = run(*explain, "--row", "2", "--training", "training.csv")
    assert "Nearest of the 150 rows of training.csv in the last hidden layer" in said
    assert "at least as far from their own nearest row" in " ".join(said.split())
    found = json.loads(run(*explain, "--row", "2", "--training", "training.csv", "--json"))
    assert len(found["neighbors"]["rows"]) == 5
    said = run(*explain, "--row", "2", "--target-class", "no")
    assert "What pushed probability of no from" in said

    said = run(*explain, "--curve", "age", "--out", "age.svg")
    assert "How probability of yes answers to age" in said
    assert "Mean over 90 rows with age set to each value in turn" in said
    assert Path("age.svg").read_text().startswith("<?xml")
    found = json.loads(run(*explain, "--curve", "sex", "--target-class", "no", "--json"))
    assert (found["output"], found["grid"]) == ("probability of no", ["f", "m"])


def test_every_command_speaks_json(run: Run, people: pl.DataFrame) -> None:
    people.drop("buys").write_csv("people.csv")
    people[:50].drop("buys").write_csv("test.csv")

    def ask(*arguments: str) -> dict[str, Any]:
        return dict(json.loads(run(*arguments, "--json")))

    fitted = ask(
        "fit", "people.csv", "--target", "spends", "--max-epochs", "2", "--test", "test.csv"
    )
    assert fitted["report"]["num_rows"] == 50
    assert [j["name"] for j in fitted["report"]["judgements"]] == [
        "network",
        "mean",
        "ridge regression",
        "gradient boosting",
        "early-stopped boosting",
    ]
    assert ask("predict", "people.pellucid", "people.csv", "--out", "p.parquet")["rows"] == 240
    assert pl.read_parquet("p.parquet").columns == ["id", "prediction"]
    assert ask("inspect", "people.pellucid")["target"] == ["spends"]
    assert ask("explain", "people.pellucid", "people.csv")["output"] == "spends"
    assert ask("example")["steps"][0]["slope"] == 8.0
    assert ask("sample", "iris") == {"path": "iris.csv"}


def test_predictions_with_intervals_and_reasons(run: Run, people: pl.DataFrame) -> None:
    people.drop("buys").write_csv("people.csv")
    run("fit", "people.csv", "--target", "spends", "--max-epochs", "2", "--no-baselines")
    people.with_columns(age=pl.lit(300.0)).write_csv("old.csv")
    asked = ("predict", "people.pellucid", "old.csv", "--out", "p.csv", "--interval", "0.9")
    said = run(*asked, "--flag-unlike")
    assert "hold the truth for 90 % of rows like the training's" in said
    assert "240 rows are unlike the training's; a column says why" in said
    written = pl.read_csv("p.csv")
    assert (written["spends low"] <= written["prediction"]).all()
    assert (written["prediction"] <= written["spends high"]).all()
    assert written["unlike training"].str.contains("age 300 is beyond the training range").all()
    facts = json.loads(run(*asked, "--flag-unlike", "--json"))
    assert (facts["interval"], facts["unlike"]) == (0.9, 240)
    assert json.loads(run(*asked[:5], "--json"))["unlike"] is None


def test_a_comparison_says_who_won(run: Run, people: pl.DataFrame) -> None:
    people.drop("buys").with_columns(twice=pl.col("spends") * 2).write_csv("people.csv")
    network = ("--max-epochs", "2", "--members", "1")
    said = run("compare", "people.csv", "--target", "spends", "--grow", *network)
    for expected in (
        "Read 240 rows, 7 columns from people.csv",
        "Judges  48 test rows (20 %, locked away before)",
        "Leak?  Column 'twice' alone explains",
        "k-nearest neighbors",
        "RMSE − network's",
        "RMSE by rows learned from",
        "On these 48 rows",
        "Split ",
        "Saved people.growth.png",
    ):
        assert expected in said
    assert Path("people.growth.png").read_bytes().startswith(b"\x89PNG")


def test_a_comparison_speaks_json(run: Run, people: pl.DataFrame) -> None:
    people.drop("spends").write_csv("people.csv")
    flags = ("--folds", "2", "--time-limit", "0.001", "--max-epochs", "1", "--json")
    found = json.loads(run("compare", "people.csv", "--target", "buys", *flags))
    network, *flat = found["report"]["judgements"]
    assert network["scores"][0]["name"] == "accuracy"
    assert {each["failure"] for each in flat} == {"stopped at its time limit of 0.001 s"}
    assert found["verdict"].startswith("The network's training was not finished: it ended before")


def test_an_alarm_before_training(run: Run, people: pl.DataFrame) -> None:
    people.with_columns(copy=pl.col("buys")).write_csv("people.csv")
    flags = ("--max-epochs", "1", "--no-baselines")
    said = " ".join(run("fit", "people.csv", "--target", "buys", *flags).split())
    assert "Column 'copy' alone is right" in said
    assert "leave it out: --columns 'copy=left out'." in said
    (leak,) = json.loads(run("fit", "people.csv", "--target", "buys", *flags, "--json"))["leaks"]
    assert leak.endswith("leave it out: columns={'copy': 'left out'}.")


def test_what_columns_are_can_be_said_in_several_flags(run: Run, people: pl.DataFrame) -> None:
    """As our own advice comes one flag a column; a later flag adds to an earlier one."""
    people.drop("spends").rename({"town": "town, then", "sex": "m=f"}).write_csv("people.csv")
    flags = ("--columns", "town, then=left out", "--columns", "m=f=category,joined=left out")
    facts = json.loads(
        run("fit", "people.csv", "--target", "buys", *flags, "--max-epochs=1", "--json")
    )
    told = {column["name"]: column["reason"] for column in facts["schema"]}
    assert told["town, then"] == told["joined"] == "left out as asked"
    assert told["m=f"].startswith("as asked; 2 different values")


def test_a_saved_model_is_judged_on_new_rows(
    run: Run, buyer: Classifier, people: pl.DataFrame
) -> None:
    buyer.save("people.pellucid")
    holes = people.drop("town").with_columns(
        buys=pl.when(pl.int_range(pl.len()) > 0).then("buys"), age=pl.col("age") * 1.2
    )
    holes.rename({"buys": "bought"}).write_csv("new.csv")
    asked = ("evaluate", "people.pellucid", "new.csv", "--allow-missing", "--target", "bought")
    said = " ".join(run(*asked, "--report", "judged.html").split())
    for expected in (
        "Read 240 rows, 6 columns from new.csv",
        "1 row without a target left out",
        "Scores on 239 rows of new.csv",
        "majority class",
        "knowing nothing (the majority class of its training)",
        "Sets that promise the truth of 90 % of the rows held",
        "239 rows are unlike the training's",
        "239 cells of town: the column is missing, read as unknown",
        "Wrote judged.html",
    ):
        assert expected in said
    told = Path("judged.html").read_text()
    for expected in ("Confusion matrix", "How often sets held the truth", "pellucid evaluate"):
        assert expected in told
    assert run(*asked, "--report", "judged.json").endswith(" KiB)\n")  # nothing for a browser
    assert json.loads(Path("judged.json").read_text())["kind"] == "page"
    facts = json.loads(run(*asked, "--json"))
    assert (facts["rows"], facts["unlike"], facts["page"]) == (239, 239, None)


def test_options_reach_the_network(run: Run, people: pl.DataFrame) -> None:
    people.write_csv("people.csv")
    options = {
        "hidden-layer-sizes": "9,4",
        "activation": "tanh",
        "optimizer": "nesterov",
        "learning-rate": "0.05",
        "batch-size": "50",
        "max-epochs": "2",
        "members": "1",
        "dropout": "0",
        "weight-decay": "0.01",
        "numeric-encoding": "none",
        "validation-fraction": "0.25",
        "random-state": "7",
        "columns": "town=left out",
        "class-weight": "balanced",
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    plan = json.loads(
        run("fit", "people.csv", "--target", "buys", *flags, "--no-baselines", "--json")
    )["plan"]
    assert plan["hidden_layer_sizes"] == [9, 4]
    assert plan["activation"] == "tanh"
    assert plan["optimizer"] == "nesterov"
    assert (plan["learning_rate"], plan["weight_decay"]) == (0.05, 0.01)
    assert (plan["batch_size"], plan["max_epochs"], plan["members"]) == (50, 2, 1)
    assert (plan["dropout"], plan["num_bins"], plan["seed"]) == (0, 0, 7)


def test_a_file_with_other_habits(run: Run, people: pl.DataFrame) -> None:
    """Semicolons, decimal commas, no header, and a mark of its own for missing cells."""
    text = people.select("age", "sex", "buys").write_csv(separator=";", include_header=False)
    Path("habits.txt").write_text(text.replace(".", ",").replace(";f;", ";unbekannt;"))
    arguments = ("--target", "column_3", "--no-header", "--missing", "unbekannt")
    said = run("fit", "habits.txt", *arguments, "--max-epochs", "1")
    assert "decimal comma" in said
    assert "missing" in said


def test_a_sheet_of_a_workbook_in_every_command(run: Run, people: pl.DataFrame) -> None:
    pytest.importorskip("xlsxwriter")
    import xlsxwriter

    with xlsxwriter.Workbook("people.xlsx") as book:
        book.add_worksheet("About").write(0, 0, "Who buys")
        people.drop("spends").write_excel(book, worksheet="People")
    quick = ("--target", "buys", "--max-epochs", "2", "--sheet", "People")

    said = run("fit", "people.xlsx", *quick, "--no-baselines")
    assert "Read 240 rows, 6 columns from people.xlsx" in said
    assert "sheet 'People'; the workbook also has 'About'" in " ".join(said.split())
    model = "people.pellucid"
    asked = ("people.xlsx", "--sheet", "People")
    assert "Predicted 240 rows" in run("predict", model, *asked, "--out", "p.csv")
    assert "What pushed probability" in run("explain", model, *asked, "--row", "2")
    assert "answers to age" in run("explain", model, *asked, "--curve", "age")
    assert "On these 48 rows" in run("compare", "people.xlsx", *quick, "--members", "1")


def test_the_first_example_of_everything(run: Run) -> None:
    said = run("example", "--out", "picture.svg")
    assert "½(ŷ − y)²" in said
    first = said.splitlines()[5].split()
    assert first == ["0", "5", "10", "8", "8", "4.2"]
    assert Path("picture.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize("name", ["wine", "breast_cancer", "diabetes", "iris"])
def test_samples_are_raw_tables(run: Run, name: str) -> None:
    run("sample", name)
    assert pl.read_csv(f"{name}.csv").height > 100


def test_the_digits_are_pictures_in_a_folder_for_each_class(run: Run) -> None:
    run("sample", "digits")
    folders = sorted(path.name for path in Path("digits").iterdir())
    assert folders == [str(digit) for digit in range(10)]
    assert len(list(Path("digits").glob("*/*.png"))) == 1797


def test_the_docstrings_are_a_table_of_texts_with_the_package_of_each(run: Run) -> None:
    run("sample", "docstrings")
    written = Path("docstrings.csv").read_bytes()
    table = pl.read_csv(written)
    assert table.columns == ["docstring", "package"]
    assert table["package"].n_unique() == 9
    assert table["package"].value_counts()["count"].min() >= 30
    assert table["docstring"].is_unique().all()
    run("sample", "docstrings")
    assert Path("docstrings.csv").read_bytes() == written  # of this scikit-learn it is one table


def test_help_and_import_load_nothing_heavy() -> None:
    """What makes `pellucid --help` instant: seconds of torch and scikit-learn are not spent."""
    program = (
        "import sys; import pellucid; import pellucid.cli.app; "
        "print([m for m in ('torch', 'sklearn', 'polars', 'numpy', 'matplotlib') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_ctrl_c_ends_with_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.samples.write_sample", interrupted)
    monkeypatch.setattr(sys, "argv", ["pellucid", "sample", "iris"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130
    assert capsys.readouterr().err == "Interrupted; what was not complete was not written.\n"


def test_rows_equal_by_chance_have_a_report(run: Run) -> None:
    """Each row is learned from by members that another of its kind is judged by."""
    Path("few.csv").write_text("x,y\n" + "a,yes\na,no\nb,yes\n" * 40)
    run("fit", "few.csv", "--target", "y", "--report", "few.html", "--no-baselines")
    assert "The most influential columns" in Path("few.html").read_text()


def test_a_time_budget_is_for_the_whole_command(run: Run, people: pl.DataFrame) -> None:
    people.drop("spends").write_csv("people.csv")
    said = " ".join(run("fit", "people.csv", "--target", "buys", "--time-budget", "0.4").split())
    assert "Time 0.4 s in all: 0.2 s at most to train, 0.1 s and what training leaves" in said
    assert "the time budget was spent before it began" in said or "share of the time budget" in said
    found = json.loads(
        run("compare", "people.csv", "--target", "buys", "--time-budget", "0.4", "--json")
    )
    assert "time budget spent" in found["report"]["unfinished"]


def test_a_model_remembers_what_looked_like_leakage(run: Run) -> None:
    rows = [f"{x * 7 % 100}.5,{'yes' if x % 2 else 'no'},{x % 2}.25" for x in range(100)]
    Path("leaky.csv").write_text("\n".join(["x,y,told", *rows]) + "\n")
    first = "Not to be relied on until what looks like leakage is settled"
    assert first in " ".join(run("fit", "leaky.csv", "--target", "y", "--max-epochs", "2").split())
    assert first in " ".join(run("inspect", "leaky.pellucid").split())


def test_a_table_is_inspected_without_training(run: Run, people: pl.DataFrame) -> None:
    """Every column, however many there are, and what would be learned."""
    many = {f"n{place}": np.arange(people.height) % (place + 2) for place in range(60)}
    wide = people.with_columns(**many, copy=pl.col("buys"))
    wide.write_csv("people.csv")
    said = run("inspect", "people.csv", "--target", "buys", "--columns", "town=left out")
    assert said.startswith("Read 240 rows, 68 columns from people.csv")
    assert "Target  buys: classification (2 different values that are not numbers)" in said
    assert "--columns 'copy=left out'" in " ".join(said.split())
    assert [name for name in wide.columns if name != "buys" and name not in said] == []
    assert "left out as asked" in said
    assert not list(Path().glob("*.pellucid"))


def test_a_table_is_inspected_without_a_target(run: Run, people: pl.DataFrame) -> None:
    people.write_csv("people.csv", separator=";")
    found = json.loads(run("inspect", "people.csv", "--delimiter", ";", "--json"))
    assert (found["table"], found["rows"]) == ("people.csv", 240)
    kinds = {column["name"]: column["kind"] for column in found["schema"]}
    assert kinds["id"] == "left out"
    assert kinds["buys"] == "category"
    found = json.loads(run("inspect", "people.csv", "--target", "spends", "--json"))
    assert (found["task"], found["leaks"]) == ("regression", [])
    assert found["reason"].endswith("different numbers")


def test_model_and_table_are_told_apart_by_what_is_in_them(
    run: Run, buyer: Classifier, people: pl.DataFrame
) -> None:
    buyer.save("buyer")
    people.write_csv("table")
    assert "Classifier of buys" in run("inspect", "buyer")
    assert "Read 240 rows" in run("inspect", "table")


def test_inspect_shows_every_column_of_a_model(run: Run, people: pl.DataFrame) -> None:
    names = [f"n{place}" for place in range(60)]
    random = np.random.default_rng(0)
    wide = people.select("buys").with_columns(
        **{name: pl.Series(random.normal(size=people.height)) for name in names}
    )
    wide.write_csv("wide.csv")
    flags = ("--max-epochs", "1", "--members", "1", "--no-baselines", "--out", "m.pellucid")
    assert "pellucid inspect" in run("fit", "wide.csv", "--target", "buys", *flags)
    said = run("inspect", "m.pellucid")
    assert [name for name in names if name not in said] == []
