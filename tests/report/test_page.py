"""The page: whole, self-contained, safe against what stands in a table, and the same each time."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

import pellucid
from pellucid.cli import console
from pellucid.cli.app import main
from pellucid.comparison.compare import Comparison
from pellucid.report.content.learning_curves import laws_table
from pellucid.report.content.network import layers_table
from pellucid.report.content.training import went
from pellucid.report.elements import cell_text, cut
from pellucid.report.html import html_of
from pellucid.report.page import page_of

VOID = {"meta", "br", "hr", "img", "input", "link"}
Tell = Callable[..., "Seen"]


class Seen(HTMLParser):
    """A page taken apart; refuses tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def sections(self) -> list[str | None]:
        return [attributes["id"] for attributes in self.all("section")]

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def compared(people: pl.DataFrame) -> Comparison:
    """The people, compared with learning curves."""
    return pellucid.compare(
        people.drop("spends"), "buys", grow=True, max_epochs=2, members=2, time_limit=20
    )


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Fit a table by the command line, and take its page apart."""
    monkeypatch.chdir(tmp_path)

    def tell(table: pl.DataFrame, *arguments: str) -> Seen:
        table.write_parquet("table.parquet")
        flags = ["--max-epochs", "2", "--no-baselines", "--report", "told.html", "--json"]
        monkeypatch.setattr(sys, "argv", ["pellucid", "fit", "table.parquet", *arguments, *flags])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        return Seen(Path("told.html").read_text())

    return tell


def check(seen: Seen) -> None:
    """What every page must be."""
    assert seen.text.startswith("<!DOCTYPE html>")
    assert seen.all("html") == [{"lang": "en"}]
    assert len(seen.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in seen.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for forbidden in ("http://", "https://", "src=", "<script", "@import", "<link", "srcset"):
        assert forbidden not in seen.text
    assert set(re.findall(r"url\(([^)]?)", seen.text)) <= {"#"}
    ids = [a["id"] for _, a in seen.tags if "id" in a]
    assert len(ids) == len(set(ids))
    inner = {a["href"] for _, a in seen.tags if "href" in a}
    inner |= {f"#{name}" for name in re.findall(r"url\(#([^)]+)\)", seen.text)}
    assert inner <= {f"#{name}" for name in ids}
    for heading in seen.all("th"):
        assert heading["scope"] in ("col", "row")
    labels = [a["aria-label"] for a in seen.all("div") if a.get("role") == "region"]
    assert len(labels) == len(set(labels))
    assert "NaN" not in seen.text
    assert len(seen.text) < 2_000_000
    for figure in re.findall(r"<figure.*?</figure>", seen.text, flags=re.DOTALL):
        assert re.search(r'<svg [^>]*role="img" aria-label="[^"]+"', figure)
        assert re.search(r"<details><summary>Numbers.*<td", figure, flags=re.DOTALL)
        assert re.search(r"<figcaption><bdi>[^<]+", figure)


def test_a_comparison_is_told_whole(compared: Comparison) -> None:
    seen = Seen(html_of(page_of(compared, command="pellucid compare people.csv --target buys")))
    check(seen)
    assert seen.sections == [
        "scores",
        "growth",
        "columns",
        "network",
        "training",
        "mistakes",
        "reliability",
        "influence",
        "surprises",
        "repeat",
    ]
    assert len(seen.all("figure")) == 9
    network = compared.leaderboard.entries[0]
    for expected in (
        compared.verdict,
        f"{network.scores[0].value:.4f}",
        "gradient boosting",
        "identifier: 240 of 240 values are different",
        "pellucid compare people.csv --target buys",
        compared.fingerprint,
    ):
        assert expected in seen.said


def test_the_cells_of_the_matrix_lead_to_the_rows_they_count(compared: Comparison) -> None:
    text = html_of(page_of(compared))
    matrix = text[text.index('class="matrix"') :]
    links = re.findall(r'<a href="#([^"]+)"[^>]*>(\d+)</a>', matrix)
    assert links
    judged = compared.judged
    answers = judged.task.classes[judged.predictions.argmax(axis=1)]  # type: ignore[attr-defined]
    wrong = judged.rows.target != answers
    assert sum(int(count) for _, count in links) == wrong.sum()
    listed = set()
    for name, _ in links:
        part = text[text.index(f'<div id="{name}">') :]
        part = part[: part.index("</details>")]
        listed |= set(re.findall(r'<th scope="row"><bdi>(\d+)</bdi></th>', part))
    assert listed <= {str(number) for number in judged.rows.numbers[wrong]}
    assert listed


def test_the_same_comparison_gives_the_same_page(compared: Comparison, tmp_path: Path) -> None:
    pellucid.write_report(compared, tmp_path / "one.html")
    pellucid.write_report(compared, tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_page_and_terminal_say_the_same_of_one_result(compared: Comparison) -> None:
    page = Seen(html_of(page_of(compared))).said
    model, schema = compared.estimator.model_, compared.estimator.schema_
    screen = Console(width=400)
    with screen.capture() as told:
        screen.print(console.comparison(compared), console.ending(model))
        screen.print(console.schema(schema), console.network(model.facts, len(schema.kept)))
    terminal = " ".join(told.get().split())
    assert compared.growth is not None
    for said in (
        compared.verdict,
        went(model.record),
        *(row[-1] for row in layers_table(model.facts, len(schema.kept)).rows),
        *(column.reason for column in schema),
        *(law for _, law in laws_table(compared.growth).rows),
        f"{compared.leaderboard.entries[0].scores[0].value:.4f}",
    ):
        assert str(said) in page
        assert str(said) in terminal


def test_the_same_is_told_as_data(compared: Comparison, tmp_path: Path) -> None:
    pellucid.write_report(compared, tmp_path / "told.json")
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["summary"][0]["text"] == compared.verdict
    names = [section["name"] for section in told["sections"]]
    assert names == Seen(html_of(page_of(compared))).sections
    scores = told["sections"][0]["elements"][1]
    assert scores["caption"] == f"Scores on {compared.leaderboard.rows}"
    assert [row[0] for row in scores["rows"]] == [e.name for e in compared.leaderboard.entries]


def test_numbers_have_residuals_and_no_matrix(tell: Tell, people: pl.DataFrame) -> None:
    seen = tell(people.drop("buys"), "--target", "spends")
    check(seen)
    assert "residuals" in seen.sections
    assert "mistakes" not in seen.sections
    assert "Residuals of spends by its prediction" in seen.said
    assert "pellucid fit table.parquet --target spends" in seen.said


def test_influence_is_judged_by_rows_the_network_at_hand_has_not_seen(
    compared: Comparison, people: pl.DataFrame
) -> None:
    assert len(compared.unseen_rows) == compared.leaderboard.num_rows
    folded = pellucid.compare(people.drop("spends"), "buys", folds=2, max_epochs=1, time_limit=20)
    seen = folded.unseen_rows
    assert folded.leaderboard.num_rows == 240
    assert len(seen) == 120
    assert set(seen.numbers) == set(folded.parts[-1][1])


def test_several_numbers_are_each_drawn(tell: Tell, people: pl.DataFrame) -> None:
    table = people.drop("buys").with_columns(pl.lit(1.0).alias("one") * pl.col("spends") ** 2)
    seen = tell(table, "--target", "spends", "--target", "one")
    check(seen)
    assert "Residuals of spends" in seen.said
    assert "Residuals of one" in seen.said


def test_several_labels_have_precision_and_recall(tell: Tell, people: pl.DataFrame) -> None:
    table = people.drop("buys", "spends").with_columns(
        (pl.col("sex") == "f").cast(pl.Int64).alias("woman"),
        (pl.col("age").fill_null(0) > 40).cast(pl.Int64).alias("old"),
    )
    seen = tell(table, "--target", "woman", "--target", "old")
    check(seen)
    assert "Precision and recall" in seen.said
    assert "reliability" not in seen.sections


def test_many_classes_are_cut_down_with_a_sentence(tell: Tell) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=1500)
    groups = np.digitize(x + generator.normal(size=1500), np.linspace(-2, 2, 39))
    seen = tell(pl.DataFrame({"x": x, "group": [f"g{c:02}" for c in groups]}), "--target", "group")
    check(seen)
    assert "Of 40 classes, those in most mistakes are shown" in seen.said
    assert "with fewer is not" in seen.said or "cells with fewer are not" in seen.said
    assert "(in its last cell those it says)" in seen.said


def test_without_rows_to_judge_the_rest_is_told(
    tell: Tell, people: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tell(people.drop("spends"), "--target", "buys", "--validation-fraction", "0")
    check(seen)
    assert seen.sections == ["scores", "columns", "network", "training", "repeat"]
    assert "none were held back" in seen.said
    assert json.loads(capsys.readouterr().out)["page"] == "told.html"


HOSTILE = '<img src=x onerror="alert(1)">'
TURNED = "\u202eevil\u202c"


def test_a_table_cannot_write_into_the_page(tell: Tell) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=300)
    levels = [HOSTILE, "</td></table><script>1</script>", "$x^2$", TURNED, "a" * 500]
    table = pl.DataFrame(
        {
            HOSTILE: x,
            "{{ 7 * 7 }} </style>": generator.choice(levels, 300),
            "$\\alpha$": generator.normal(size=300),
            "日本語 🙂": generator.normal(size=300),
            "'\">": np.where(x + generator.normal(size=300) > 0, HOSTILE, "no & yes"),
        }
    )
    seen = tell(table, "--target", "'\">")
    tags = {tag for tag, _ in seen.tags}
    assert not tags & {"img", "script", "iframe"}
    assert all("onerror" not in attributes for _, attributes in seen.tags)
    assert "\u202e" not in seen.text
    assert "a" * 61 not in seen.text
    assert "{{ 7 * 7 }} </style>" in seen.said
    assert "日本語 🙂" in seen.said
    assert "$\\alpha$" in seen.said
    assert "&lt;img" in seen.text


def test_a_wide_table_stays_small(tell: Tell) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 400))
    table = pl.DataFrame({f"column {i}": x[:, i] for i in range(400)})
    table = table.with_columns(pl.Series("y", np.where(x[:, 0] > 0, "a", "b")))
    seen = tell(table, "--target", "y")
    check(seen)
    assert len(seen.text) < 500_000
    assert "What was decided about the first 200 of 400 columns" in seen.said
    assert "The 15 most influential of 400 columns are shown." in seen.said


def test_compare_names_its_page_after_the_table(
    tmp_path: Path,
    people: pl.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    people.drop("buys").write_csv("people.csv")
    words = "pellucid compare people.csv --target spends --max-epochs 1"
    monkeypatch.setattr(sys, "argv", words.split())
    with pytest.raises(SystemExit):
        main()
    assert "Wrote people.comparison.html" in capsys.readouterr().out
    seen = Seen(Path("people.comparison.html").read_text())
    check(seen)
    assert words in seen.said


def test_the_page_may_not_replace_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("x,y\n" + "1,a\n2,b\n" * 20)
    monkeypatch.setattr(
        sys, "argv", ["pellucid", "compare", "t.csv", "--target", "y", "--report", "t.csv"]
    )
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "The output t.csv is the table." in capsys.readouterr().err
    assert Path("t.csv").read_text().startswith("x,y")


def test_texts_are_cut_and_cells_are_written_plainly() -> None:
    assert cut("a" * 70) == "a" * 59 + "…"
    assert cut("two\nlines\u2066") == r"two\nlines\u2066"
    assert [cell_text(value) for value in (None, float("nan"), 3.0, "x")] == ["–", "–", "3", "x"]


def test_only_a_result_is_told(tmp_path: Path) -> None:
    for other in (pellucid.Classifier(), {}):
        with pytest.raises(pellucid.OptionError, match=r"pellucid\.evaluate or pellucid\.cluster"):
            pellucid.write_report(other, tmp_path / "page.html")  # type: ignore[arg-type]


def test_targets_without_names_are_told_of_as_predictions_name_them() -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    numbers, labels = X[:, :2] * 2.0, (X[:, :2] > 0.0).astype(int)
    regressor = pellucid.Regressor(max_epochs=2).fit(X, numbers)
    page = page_of(pellucid.evaluate(regressor, X, numbers))
    assert page.title == "y0, y1, predicted from array"
    assert "Residuals of y0" in (text := html_of(page))
    assert "Residuals of y1" in text
    page = page_of(pellucid.evaluate(pellucid.Regressor(max_epochs=2).fit(X, X[:, 0]), X, X[:, 1]))
    assert page.title == "y, predicted from array"
    assert "Residuals of y<" in html_of(page)
    classifier = pellucid.Classifier(max_epochs=2).fit(X, labels)
    found = pellucid.evaluate(classifier, X, labels)
    (mistakes,) = [s for s in page_of(found).sections if s.name == "mistakes"]
    assert [row[0] for row in mistakes.elements[0].rows] == ["y0", "y1"]  # type: ignore[union-attr]
    called = pl.DataFrame(X, ["column_0", "column_1", "column_2"]).with_columns(price=X[:, 0])
    regressor = pellucid.Regressor(max_epochs=2).fit(called.drop("price"), X[:, 0])
    assert "Residuals of price" in html_of(page_of(pellucid.evaluate(regressor, called, "price")))


@pytest.mark.parametrize("name", ["page.pdf", "page"])
def test_a_page_is_written_to_a_file_that_opens_as_one(
    compared: Comparison, name: str, tmp_path: Path
) -> None:
    with pytest.raises(pellucid.OptionError, match=r"must end with \.html or \.htm"):
        pellucid.write_report(compared, tmp_path / name)
    assert not list(tmp_path.iterdir())
