"""Bad input: each has a clear error or a stated decision, before long work starts.

All messages stand in `messages.txt`, so their wording is reviewed in one place. After a change:
`UPDATE_MESSAGES=1 pytest tests/test_bad_input.py`, and read the difference aloud.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid import Classifier, DataError, OptionError, PellucidError, Regressor
from pellucid.cli.app import main
from pellucid.model.file import FORMAT_VERSION, read_model_file, write_model_file

MESSAGES = Path(__file__).with_name("messages.txt")

Write = Callable[[str, str], Path]


def table(rows: int = 40, **columns: str) -> str:
    """A small CSV text: x, y and what is given; `{number}` differs from row to row."""
    columns = {"x": "{number}.5", "y": "{parity}", **columns}
    lines = [",".join(columns)]
    for i in range(rows):
        cells = (cell.format(number=i * 37 % 41, parity="ab"[i % 2]) for cell in columns.values())
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


TWO_TARGETS = ("--target", "buys", "--target", "sex")
INFINITE = ("--time-budget", "inf")
TWO_WAYS = ("--validation", "visits.csv", "--validation-fraction", "0.2")
OVER_VALIDATION = ("--validation", "good.csv", "--out", "good.csv")
BAD_TABLES = {
    "an empty file": "",
    "only a header": "x,y\n",
    "one row": "x,y\n1,a\n",
    "one class": table(y="a"),
    "a ragged row": table() + "1,a,too much\n",
    "a short row": table() + "7\n",
    "a column name twice": table().replace("x,y", "y,y"),
    "a column without a name": "x,,y\n1,2,a\n2,3,b\n3,4,a\n",
    "no target in any row": table(y=""),
    "nothing to learn from": table(x="7"),
    "the target's name misspelt": table().replace("x,y", "x,Y_"),
}


def run(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command line in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["pellucid", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _complain(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> str:
    assert run(arguments, monkeypatch) == 2, arguments
    said = capsys.readouterr().err.strip()
    assert said.startswith("Error: ")
    assert "Traceback" not in said
    return str(said)


def _complain_of_checkpoints(complain: Callable[..., None]) -> None:
    """Keep a training, and go on from something else."""
    keep = ("fit", "good.csv", "--target", "y", "--checkpoint")
    begun = pellucid.Classifier(max_epochs=2)
    begun.fit("good.csv", "y", stop=lambda: True, checkpoint="run.checkpoint")
    Path("more.csv").write_text(table(rows=41))
    complain("a checkpoint of another training", *keep, "run.checkpoint")
    more = ("fit", "more.csv", *keep[2:], "run.checkpoint", "--max-epochs", "2")
    complain("a checkpoint of other rows", *more)
    Path("cut.checkpoint").write_bytes(Path("run.checkpoint").read_bytes()[:-9])
    complain("a truncated checkpoint", *keep, "cut.checkpoint")
    complain("a model in place of a checkpoint", *keep, "buyer.pellucid")
    complain("a table in place of a checkpoint", *keep, "people.csv")
    complain("a checkpoint over the table", *keep, "good.csv")
    complain("a checkpoint over the model", *keep, "same.pellucid", "--out", "same.pellucid")
    complain("a checkpoint in place of a model", "inspect", "run.checkpoint")
    complain("a checkpoint without a seed", *keep, "new.checkpoint", "--random-state", "none")


def _complain_of_pictures(complain: Callable[..., None], paint: Callable[..., Path]) -> None:
    """Folders, archives and tables of pictures that cannot be learned from."""
    for place in ("photos/cats/1.png", "one/cats/1.png", "one/cats/2.png", "bare/1.png"):
        paint(place)
    good = Path("photos/cats/1.png").read_bytes()
    complain("one picture", "fit", "photos")
    complain("pictures of one class", "fit", "one")
    complain("pictures without classes", "fit", "bare")
    Path("bare/labels.csv").write_text("image,y\n1.png,2\n")
    complain("pictures beside a table", "fit", "bare")
    bad = {"empty.png": b"", "cut.png": good[:60], "text.png": b"a text", "phone.heic": b"x"}
    for name, content in bad.items():
        Path("bad/cats").mkdir(parents=True, exist_ok=True)
        Path("bad/cats", name).write_bytes(content)
    complain("only broken pictures", "fit", "bad")
    Path("heic").mkdir()
    Path("heic/phone.heic").write_bytes(b"x")
    complain("only pictures of other kinds", "fit", "heic")
    Path("links").mkdir()
    Path("links/1.png").symlink_to(Path("photos/cats/1.png").absolute())
    complain("only links out of the folder", "fit", "links")
    Path("empty/cats").mkdir(parents=True)
    complain("an empty folder", "fit", "empty")
    with zipfile.ZipFile("rotten.zip", "w") as archive:
        archive.writestr("cats/1.png", good)
    cut = Path("rotten.zip").read_bytes()
    Path("rotten.zip").write_bytes(cut.replace(good[:40], bytes(40)))
    complain("a damaged archive of pictures", "fit", "rotten.zip")
    Path("idx").mkdir()
    head = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1])
    Path("idx/train-images-idx3-ubyte").write_bytes(head + b"ab")
    Path("idx/train-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 1]) + b"a")
    complain("idx files that do not agree", "fit", "idx")
    Path("idx/train-images-idx3-ubyte").write_bytes(head + b"a")
    complain("a truncated idx file", "fit", "idx")
    Path("paths.csv").write_text("photo,y\n" + "nowhere/1.png,a\nnowhere/2.png,b\n" * 20)
    complain("a column of paths that lead nowhere", "fit", "paths.csv", "--target", "y")
    complain("no target of a table", "fit", "good.csv")
    complain("no target to compare on", "compare", "good.csv")


def _complain_of_texts(complain: Callable[..., None]) -> None:
    """Folders, archives and single files of texts that cannot be learned from."""
    files = {
        "letters/home/1.txt": "I write to you from home.",
        "letters/home/2.txt": "I write again from home.",
        "notes/1.txt": "A note that I keep here.",
        "notes/2.txt": "Another note that I keep.",
        "mixed/home/1.txt": "I write to you from home.",
        "mixed/home/2.txt": "I write again from home.",
        "mixed/index.csv": "file,y\n1.txt,2\n",
        "papers/a/1.txt": "%PDF-1.4",
        "papers/b/1.txt": bytes(range(256)).decode("latin-1"),
        "papers/b/2.docx": "PK",
        "dear.txt": "Dear Ada,\n\nhow are you?\nI am well.\n",
    }
    for path, content in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(content)
    Path("letters/work").mkdir()
    complain("texts of one class, for the other is empty", "fit", "letters")
    complain("texts without classes", "fit", "notes")
    complain("texts beside a table", "fit", "mixed")
    complain("only files that are no texts", "fit", "papers")
    complain("a single text to learn from", "fit", "dear.txt")
    complain("a single text in place of a table", "fit", "dear.txt", "--target", "y")
    complain("a text in place of a path", "inspect", "Dear Ada, how are you?")
    with zipfile.ZipFile("letters.zip", "w") as archive:
        for number in range(9):
            archive.writestr(f"letters/{number % 2}/{number}.txt", "I write again from home.")
    Path("letters.zip").write_bytes(
        Path("letters.zip").read_bytes().replace(b"I write", b"U write")
    )
    complain("a damaged archive of texts", "fit", "letters.zip")
    lines = [f"{kind}\tSee you at {at} then\n" for at in range(20) for kind in ("ham", "spam")]
    Path("sms.tsv").write_text("".join(lines))
    complain("a table of texts without a header", "fit", "sms.tsv", "--target", "label")


def _complain_of_clusters(complain: Callable[..., None]) -> None:
    """Rows that cannot be clustered, and clusters that cannot be asked so."""
    rows = [f"{i * 37 % 41}.5,{i % 7},{'ab'[i % 2]}" for i in range(60)]
    for name, lines in {
        "clusters.csv": rows,
        "one_row.csv": rows[:1],
        "equal.csv": ["1.5,2,a"] * 40,
        "unknown.csv": [",,"] * 40,
    }.items():
        Path(name).write_text("\n".join(["x,z,y", *lines]) + "\n")
    complain("one row to cluster", "cluster", "one_row.csv")
    complain("equal rows to cluster", "cluster", "equal.csv")
    complain("nothing known to cluster", "cluster", "unknown.csv")
    cluster = ("cluster", "clusters.csv")
    complain("more clusters than rows", *cluster, "--clusters", "61")
    complain("no cluster", *cluster, "--clusters", "0")
    complain("clusters that are no number", *cluster, "--clusters", "many")
    complain("a missing column of labels", *cluster, "--labels", "why")
    complain("too few names of clusters", *cluster, "--clusters", "3", "--names", "one,two")
    complain("two clusters of one name", *cluster, "--names", "one,one")
    complain("a cluster called none", *cluster, "--names", "none,one")
    complain("clusters over their table", *cluster, "--out", "clusters.csv")
    complain("a page of clusters of another kind", *cluster, "--report", "clusters.pdf")
    pellucid.Clusterer(n_clusters=2).fit("clusters.csv").save("clusters.pellucid")
    model = ("clusters.pellucid", "clusters.csv")
    complain("clusters to be judged", "evaluate", *model)
    complain("clusters to be explained", "explain", *model)
    complain("sets of clusters", "predict", *model, "--out", "sets.csv", "--interval", "0.9")


@pytest.fixture
def messages(
    tmp_path: Path,
    write: Write,
    buyer: Classifier,
    spender: Regressor,
    people: pl.DataFrame,
    paint: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> dict[str, str]:
    """What the command line says about everything bad."""
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {}

    def complain(name: str, *arguments: str) -> None:
        said[name] = _complain(list(arguments), monkeypatch, capsys)

    for name, text in BAD_TABLES.items():
        complain(name, "fit", str(write("bad.csv", text).name), "--target", "y")
    write("good.csv", table())
    write("headless.csv", "1.5,2,3\n2.5,3,4\n3.5,1,2\n")
    write("numbers.csv", table(z="3"))
    complain("a constant target", "fit", "numbers.csv", "--target", "z", "--task", "regression")
    complain("no header", "fit", "headless.csv", "--target", "d")
    complain("a device that is none", "fit", "good.csv", "--target", "y", "--device", "tpu")
    complain("a missing file", "fit", "god.csv", "--target", "y")
    Path("folder").mkdir()
    complain("a folder", "fit", "folder", "--target", "y")
    complain("an unknown task", "fit", "good.csv", "--target", "y", "--task", "guess")
    complain("an option out of range", "fit", "good.csv", "--target", "y", "--dropout", "1.5")
    complain("an option of the wrong kind", "fit", "good.csv", "--target", "y", "--members", "few")
    complain(
        "layers that are none", "fit", "good.csv", "--target", "y", "--hidden-layer-sizes", "8,x"
    )
    complain("an unknown kind", "fit", "good.csv", "--target", "y", "--columns", "x=colour")
    contradiction = ("--columns", "x=number", "--columns", "x=category")
    complain("two kinds for one column", "fit", "good.csv", "--target", "y", *contradiction)
    complain("a column without a kind", "fit", "good.csv", "--target", "y", "--columns", "x")
    buyer.save("inspected.pellucid")
    complain("a target of a model", "inspect", "inspected.pellucid", "--target", "y")
    for flags in (("--sheet", "2"), ("--decimal", ","), ("--no-header",)):
        name = f"{flags[0]} of a model"
        complain(name, "inspect", "inspected.pellucid", *flags)
    complain("nothing to inspect", "inspect", "goood.csv")
    complain("an unknown column", "fit", "good.csv", "--target", "y", "--columns", "xx=number")
    complain("numbers asked of letters", "fit", "good.csv", "--target", "y", "--task", "regression")
    write("odd.csv", table(y="{number}.25").replace("37.25", "n/k").replace("8.25", "#"))
    complain("a target of numbers with odd cells", "fit", "odd.csv", "--target", "y")
    classes = ("--columns", "y=category", "--task", "regression")
    complain("a target said to be two things", "fit", "odd.csv", "--target", "y", *classes)
    complain("labels that are none", "fit", "good.csv", "--target", "y", "--target", "x")
    complain(
        "class weights for numbers",
        "fit",
        "good.csv",
        "--target",
        "x",
        "--class-weight",
        "balanced",
    )
    complain("nowhere to write", "fit", "good.csv", "--target", "y", "--out", "no/such.pellucid")
    write("test.csv", table(y="c"))
    complain(
        "a test table with another class",
        "fit",
        "good.csv",
        "--target",
        "y",
        "--test",
        "test.csv",
        "--max-epochs",
        "1",
    )

    compare = ("compare", "good.csv", "--target", "y")
    complain("too few rows for the folds", *compare, "--folds", "21")
    complain("folds that are none", *compare, "--folds", "1")
    complain("folds and a test table", *compare, "--folds", "2", "--test", "test.csv")
    complain("growing in folds", *compare, "--folds", "2", "--grow")
    complain("a time limit that is none", *compare, "--time-limit", "0")
    complain("a time limit without end", *compare, "--time-limit", "inf")
    complain("a time budget without end", "fit", "good.csv", "--target", "y", *INFINITE)
    complain("a comparison by another class", *compare, "--test", "test.csv")
    complain("no column to compare on", "compare", "good.csv", "--target", "z")
    complain("a picture without growth", *compare, "--picture", "growth.png")
    complain("nowhere for the picture", *compare, "--grow", "--picture", "no/such.png")
    write("few.csv", table(rows=8))
    complain("too few rows to compare on", "compare", "few.csv", "--target", "y")
    write("huge.csv", table(z="{number}e299"))
    complain("numbers without squares", "compare", "huge.csv", "--target", "z")
    complain("numbers without squares to fit", "fit", "huge.csv", "--target", "z")
    write("single.csv", table(rows=21, y="a") + "1.5,b\n")
    complain("a single class in a fold", "compare", "single.csv", "--target", "y", "--folds", "2")
    write(
        "pairs.csv",
        "x,y\n" + "".join(f"{i * 7 % 20}.5,{'abcdefghij'[i // 2]}\n" for i in range(20)),
    )
    complain("no row left to judge", "compare", "pairs.csv", "--target", "y")

    write("visits.csv", table(patient="P{number}", ward="3", day="2024-01-01", seen=""))
    fit = ("fit", "visits.csv", "--target", "y")
    compare = ("compare", "visits.csv", "--target", "y")
    complain("a group column that is none", *fit, "--group", "patien")
    complain("groups by the target", *fit, "--group", "y")
    complain("a single group", *fit, "--group", "ward")
    complain("groups and time", *fit, "--group", "patient", "--by-time", "day")
    complain("a time that is text", *fit, "--by-time", "patient")
    complain("a single time", *fit, "--by-time", "day")
    complain("no time in any row", *fit, "--by-time", "seen")
    complain("folds by time", *compare, "--folds", "2", "--by-time", "x")
    write("two.csv", table(ward="{parity}", z="{number}"))
    two = ("compare", "two.csv", "--target", "z", "--group", "ward", "--folds", "3")
    complain("fewer groups than folds", *two)
    write("other.csv", table(y="c", patient="P{number}", ward="3", day="2024-01-01", seen=""))
    complain(
        "groups and rows given to judge", *fit, "--validation", "visits.csv", "--group", "patient"
    )
    complain("a part and rows given to judge", *fit, *TWO_WAYS)
    complain("rows to judge of another class", *fit, "--validation", "other.csv")
    complain("a model over its validation rows", *fit, *OVER_VALIDATION)
    complain("only repeated test rows", *fit, "--test", "visits.csv", "--drop-repeated")

    buyer.save("buyer.pellucid")
    people.write_csv("people.csv")
    predict = ("predict", "buyer.pellucid")
    out, flags = ("--out", "out.csv"), ("--interval", "0.9", "--flag-unlike")
    people.drop("age", "town").write_csv("less.csv")
    complain("columns missing at prediction", *predict, "less.csv", *out)
    people.with_columns(age=pl.lit("old")).write_csv("kind.csv")
    complain("another kind at prediction", *predict, "kind.csv", *out)
    people.with_columns(age=pl.lit("34,5")).write_csv("comma.csv")
    complain("a decimal comma at prediction", *predict, "comma.csv", *out)
    people.with_columns(joined=pl.lit("2020-02-31")).write_csv("day.csv")
    complain("a day that is none at prediction", *predict, "day.csv", *out)
    complain("predictions over their table", *predict, "people.csv", "--out", "people.csv")
    complain("predictions over their model", *predict, "people.csv", "--out", "buyer.pellucid")
    complain("predictions of an unknown kind", *predict, "people.csv", "--out", "out.xlsx")
    complain("a column to keep that is none", *predict, "people.csv", *out, "--keep", "twon")
    complain("an interval that is none", *predict, "people.csv", *out, "--interval", "90")
    complain("an interval of too few rows", *predict, "people.csv", *out, "--interval", "0.999")
    compare = ("compare", "people.csv", "--target", "buys")
    complain("a page over its table", *compare, "--report", "people.csv")
    complain("a page in a folder that is none", *compare, "--report", "nowhere/page.html")
    fit = ("fit", "good.csv", "--target", "y", "--out", "m.pellucid")
    complain("a model over its table", *fit[:-1], "good.csv")
    complain("a model over its test table", *fit[:-1], "test.csv", "--test", "test.csv")
    complain("a page over its model", *fit, "--report", "m.pellucid")
    evaluate = ("evaluate", "buyer.pellucid")
    complain("columns missing at evaluation", *evaluate, "less.csv")
    complain("no target to judge with", *evaluate, "people.csv", "--target", "byus")
    complain("too many targets to judge with", *evaluate, "people.csv", *TWO_TARGETS)
    people.with_columns(buys=pl.lit("YES")).write_csv("other.csv")
    complain("no class that the model knows", *evaluate, "other.csv")
    complain("a page over the judging table", *evaluate, "less.csv", "--report", "less.csv")
    complain("a page over the judged model", *evaluate, "less.csv", "--report", "buyer.pellucid")
    explain = ("explain", "buyer.pellucid", "people.csv")
    complain("a row that is none", *explain, "--row", "241")
    complain("training rows of another table", *explain, "--training", "less.csv")
    complain("a curve of a column that is none", *explain, "--curve", "agee")
    complain("a curve of a column left out", *explain, "--curve", "id")
    complain("a curve of a class that is none", *explain, "--curve", "age", "--target-class", "z")
    complain("a picture of an unknown kind", *explain, "--curve", "age", "--out", "age.xlsx")
    complain("a picture without a curve", *explain, "--out", "age.png")
    complain("two things at once", *explain, "--curve", "age", "--training", "people.csv")
    complain("a page of a curve", *explain, "--curve", "age", "--report", "age.html")
    complain("looking into what is no picture", *explain, "--inside", "age")
    spender.save("spender.pellucid")
    complain(
        "a class of numbers",
        *("explain", "spender.pellucid", "people.csv"),
        *("--curve", "age", "--target-class", "z"),
    )
    people.with_columns(age=None).write_csv("ageless.csv")
    complain("a curve over nothing", "explain", "buyer.pellucid", "ageless.csv", "--curve", "age")
    complain("no such model", "predict", "seller.pellucid", "people.csv", *out)
    complain("a table for a model", "explain", "people.csv", "people.csv", "--row", "1")
    content = Path("buyer.pellucid").read_bytes()
    Path("cut.pellucid").write_bytes(content[: len(content) // 2])
    complain("a truncated model", "inspect", "cut.pellucid")
    altered = bytearray(content)
    altered[-1] ^= 1
    Path("altered.pellucid").write_bytes(altered)
    complain("an altered model", "inspect", "altered.pellucid")
    tensors, plain = read_model_file(Path("buyer.pellucid"))
    write_model_file(Path("newer.pellucid"), tensors, {**plain, "format": FORMAT_VERSION + 1})
    complain("a newer model", "inspect", "newer.pellucid")
    _complain_of_checkpoints(complain)
    _complain_of_clusters(complain)
    tensors.pop("pair_counts")
    old = {key: value for key, value in plain.items() if key not in ("conformal", "combinations")}
    write_model_file(Path("old.pellucid"), tensors, old)
    complain("intervals of an old model", "predict", "old.pellucid", "people.csv", *out, *flags[:2])
    complain("reasons of an old model", "predict", "old.pellucid", "people.csv", *out, *flags[2:])
    complain("a sample that is none", "sample", "titanic")
    _complain_of_pictures(complain, paint)
    _complain_of_texts(complain)

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    complain("no space", *predict, "people.csv", *out)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    complain("no space for the model", "fit", "good.csv", "--target", "y")
    return said


def test_every_message_reads_as_it_was_agreed(messages: dict[str, str]) -> None:
    text = "".join(f"# {name}\n{message}\n\n" for name, message in messages.items())
    if os.environ.get("UPDATE_MESSAGES"):
        MESSAGES.write_text(text)
    assert text == MESSAGES.read_text()
    assert not list(Path().glob(".pellucid-*"))  # nothing half-written is left


# --- stated decisions --------------------------------------------------------------------------


def _fit(path: Path) -> Any:
    return pellucid.fit(path, target="y", max_epochs=1)


def _reason(path: Path, column: str) -> str:
    return str(_fit(path).schema_[column].reason)


def test_rows_that_miss_the_target_are_left_out(write: Write) -> None:
    model = _fit(write("t.csv", table() + "1.5,\n2.5,?\n"))
    assert "2 rows without a target left out" in model.notes_


def test_quotes_and_newlines_in_cells(write: Write) -> None:
    model = _fit(write("t.csv", table(w='"say ""{parity}"",\nplease"')))
    assert model.schema_["w"].kind == "category"


def test_mixed_types_are_numbers_where_nearly_all_are(write: Write) -> None:
    text = table() + "soon,a\n"
    assert "'soon'" in _reason(write("t.csv", text), "x")


def test_infinite_and_huge_numbers(write: Write) -> None:
    model = _fit(write("t.csv", table() + "inf,a\n-1e300,b\n1e300,a\n"))
    assert "1 infinite" in model.schema_["x"].reason
    assert np.isfinite(model.predict_proba(write("n.csv", "x\n1e308\n-inf\n5\n"))).all()


def test_huge_numbers_among_flat_algorithms(write: Write) -> None:
    rows = "".join(f"{x * 7 % 60}e199,{x % 3}.5\n" for x in range(60))
    found = pellucid.compare(write("t.csv", "x,y\n" + rows), "y", max_epochs=2)
    assert not [entrant.failure for entrant in found.leaderboard.entries if entrant.failure]


def test_targets_of_an_array_without_squares() -> None:
    with pytest.raises(DataError, match="target of row 2 is beyond"):
        Regressor().fit([[1.0], [2.0], [3.0]], [0.0, -1e200, 1.0])


@pytest.mark.parametrize("unit", ["datetime64[D]", "datetime64[ns]", "timedelta64[D]", "object"])
def test_dates_are_no_classes(unit: str) -> None:
    days = np.arange(20).astype("datetime64[D]")
    dates = (days - days[0] if unit.startswith("time") else days).astype(unit)
    with pytest.raises(DataError, match=r"the target of row 1 is .*others as text"):
        Classifier().fit(np.arange(20.0)[:, None], dates)


def test_classes_in_a_column_of_objects(tmp_path: Path) -> None:
    model = Classifier(max_epochs=1)
    for classes in ([3, 5], [True, False], ["a", "b"]):
        model.fit(np.arange(20.0)[:, None], np.array(classes * 10, dtype=object))
        model.save(tmp_path / "m.pellucid")
        assert pellucid.load(tmp_path / "m.pellucid").classes_.tolist() == sorted(classes)
    with pytest.raises(DataError, match=r"row 2 is missing \(None\). Leave out rows"):
        model.fit(np.arange(3.0)[:, None], np.array(["a", None, "b"], dtype=object))


def test_what_is_advised_for_cells_that_mean_missing_can_be_done(people: pl.DataFrame) -> None:
    model = Classifier(max_epochs=1).fit(people.select("age", "sex", "buys"), "buys")
    ages = ["n/k", *people["age"].cast(pl.String)[1:]]
    frame, array = pl.DataFrame({"age": ages, "sex": people["sex"]}), np.array(ages)[:, None]
    with pytest.raises(DataError, match=r"pellucid\.read_table\(rows, missing=\['n/k'\]\)"):
        model.predict(frame)
    assert len(model.predict(pellucid.read_table(frame, missing=["n/k"]))) == 240
    of_array = Classifier(max_epochs=1).fit(people.select("age").to_numpy(), people["buys"])
    with pytest.raises(DataError, match="missing="):
        of_array.predict(array)
    assert len(of_array.predict(pellucid.read_table(array, missing=["n/k"]))) == 240


def test_an_all_missing_column_is_left_out(write: Write) -> None:
    model = _fit(write("t.csv", table(e="?")))
    assert model.schema_["e"].kind == "left out"


def test_numbers_stored_as_text(people: pl.DataFrame) -> None:
    as_text = people.with_columns(pl.col("age").cast(pl.String))
    assert Classifier(max_epochs=1).fit(as_text, "buys").schema_["age"].kind == "number"


def test_ten_thousand_columns() -> None:
    x = np.random.default_rng(0).normal(size=(60, 10_000))
    y = (x[:, 0] > 0).astype(int)
    model = Classifier(max_epochs=1).fit(x, y)
    assert model.predict(x[:2]).shape == (2,)


def test_a_category_with_a_hundred_thousand_levels() -> None:
    n = 120_000
    level = np.arange(n) % 100_000
    frame = pl.DataFrame({"level": [f"L{i}" for i in level], "y": level % 2})
    model = Classifier(max_epochs=1, hidden_layer_sizes=(4,)).fit(frame, "y")
    assert model.schema_["level"].kind == "category"
    assert model.predict(frame[:3]).shape == (3,)


def test_extra_and_reordered_columns_at_prediction(buyer: Any, people: pl.DataFrame) -> None:
    odd = people.select(reversed(people.columns)).with_columns(new=pl.lit(0))
    assert np.array_equal(buyer.predict(odd), buyer.predict(people))


def test_one_target_value_twice_is_not_enough_for_numbers(write: Write) -> None:
    with pytest.raises(DataError, match="nothing to learn"):
        Regressor().fit(np.arange(6.0)[:, None], np.ones(6))


def test_a_column_that_says_nothing_makes_constant_predictions(write: Write) -> None:
    """A comparison states that nobody is better than knowing nothing."""
    text = table(rows=200, x="{number}", y="a").splitlines()
    lines = [text[0], *(line[:-1] + "ab"[i // 50 % 2] for i, line in enumerate(text[1:]))]
    path = write("noise.csv", "\n".join(lines) + "\n")
    found = pellucid.compare(path, "y", max_epochs=1, members=1)
    assert all(j.failure == "" for j in found.leaderboard.entries)
    assert all(np.isfinite(s.value) for j in found.leaderboard.entries for s in j.scores)
    assert "not clearly better by accuracy than knowing nothing" in found.verdict


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"learning_rate": -1}, "learning_rate must be a number above 0 or 'auto', but is -1."),
        ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes must be"),
        ({"activation": "step"}, "activation must be one of 'relu'"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
        ({"dropout": True}, "dropout must be"),
        ({"class_weight": "unfair"}, "class_weight must be None, 'balanced'"),
        ({"random_state": "lucky"}, "random_state must be"),
    ],
)
def test_options_are_checked_before_anything_else(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=r".") as raised:
        Classifier(**options).fit([["no", "table"]], None)
    assert words in str(raised.value)
    assert raised.value.option == next(iter(options))


def test_every_error_is_a_pellucid_error() -> None:
    assert issubclass(DataError, PellucidError)
    assert issubclass(OptionError, ValueError)


def test_a_target_of_which_nearly_every_class_stands_alone_is_refused() -> None:
    days = pl.datetime_range(pl.datetime(2020, 1, 1), pl.datetime(2020, 3, 30), "1d", eager=True)
    frame = pl.DataFrame({"x": np.arange(90) % 7, "z": np.arange(90) % 5, "day": days})

    with pytest.raises(DataError, match=r"'day' has 90 different classes in 90 rows.*regression"):
        pellucid.fit(frame, "day", max_epochs=1)


def test_what_is_no_model_file_at_all_is_refused() -> None:
    with pytest.raises(PellucidError, match="of type int"):
        pellucid.load(3)  # type: ignore[arg-type]


def test_columns_without_a_kind_are_refused_as_they_are_typed(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    path = str(write("t.csv", table()))
    said = _complain(["fit", path, "--target", "y", "--columns", "x"], monkeypatch, capsys)
    assert "COLUMN=KIND" in said


@pytest.mark.parametrize(("trained", "cell"), [("{n}.25", "1.234,50"), ('"{n},25"', "1,234.50")])
def test_a_number_in_another_notation_is_not_called_missing(
    trained: str, cell: str, write: Write
) -> None:
    text = "x,y\n" + "".join(f"{trained.format(n=n)},{'ab'[n % 2]}\n" for n in range(40))
    model = _fit(write("t.csv", text))
    with pytest.raises(DataError, match="write both tables the same way"):
        model.predict([{"x": cell}])
