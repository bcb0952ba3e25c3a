"""Nothing that is read, linked or another's is written over, and that is found before the work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier, DataError, Regressor, load
from pellucid.cli.app import main
from pellucid.errors import OptionError
from pellucid.estimators.output_files import check_output, check_replaced
from pellucid.files.writing import check_writable, written_whole
from pellucid.model.origin import Origin

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command in a folder of its own; what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["pellucid", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        streams = capsys.readouterr()
        assert (end.value.code or 0) == code, streams.err
        return streams.out + streams.err

    return run


# --- What is read -------------------------------------------------------------------------------


@pytest.mark.parametrize("make", ["match", "symbolic link", "hard link", "other spelling"])
def test_an_input_by_any_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    one, two = Path("data/one.csv"), Path("data/two.csv")
    one.write_text("x,y\n1,a\n")
    two.write_text("x,y\n2,b\n")
    out = two if make == "match" else Path("out.csv")
    if make == "symbolic link":
        out.symlink_to(two)
    elif make == "hard link":
        out.hardlink_to(two)
    elif make == "other spelling":
        out = Path("data/../data") / "two.csv"
    with pytest.raises(OptionError, match=r"is the table: it is the file data.two\.csv\. Give"):
        check_output(out, {"the table": "data/*.csv"}, option="out")
    check_output(Path("data/three.csv"), {"the table": "data/*.csv"}, option="out")


def test_every_output_of_every_command_is_looked_at(
    run: Run, buyer: Classifier, people: pl.DataFrame
) -> None:
    people[:120].write_csv("part_1.csv")
    people[120:].write_csv("part_2.csv")
    buyer.save("m.pellucid")
    Path("link.svg").symlink_to("m.pellucid")
    Path("twin.svg").hardlink_to("part_2.csv")
    table, target = "part_*.csv", ("--target", "buys")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    for arguments in (
        ("fit", table, *target, "--out", "part_1.csv"),
        ("fit", table, *target, "--report", "part_2.csv"),
        ("fit", "part_1.csv", *target, "--test", table, "--out", "part_2.csv"),
        ("compare", table, *target, "--report", "part_2.csv"),
        ("compare", table, *target, "--grow", "--picture", "twin.svg"),
        ("predict", "m.pellucid", table, "--out", "part_2.csv"),
        ("predict", "m.pellucid", table, "--out", "twin.svg"),
        ("evaluate", "m.pellucid", table, "--report", "part_2.csv"),
        ("evaluate", "m.pellucid", table, "--report", "link.svg"),
        ("explain", "m.pellucid", table, "--curve", "age", "--out", "twin.svg"),
        ("explain", "m.pellucid", table, "--curve", "age", "--out", "link.svg"),
    ):
        said = run(*arguments, code=2)
        assert said.startswith(("Error: The output ", "Error: Predictions are written")), said
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


# --- Another model ------------------------------------------------------------------------------


def test_a_model_of_something_else_is_kept(run: Run, people: pl.DataFrame) -> None:
    quick = ("--max-epochs", "1", "--no-baselines")
    people.write_csv("people.csv")
    fit = ("fit", "people.csv", "--target", "buys", *quick)
    assert "in place of" not in run(*fit)
    assert "Saved people.pellucid" in (said := run(*fit))
    assert "in place of the file that was there" in said
    before = Path("people.pellucid").read_bytes()
    said = run("fit", "people.csv", "--target", "spends", *quick, code=2)
    assert "people.pellucid is another model: it predicts 'buys'. Say --out FILE" in said
    Path("other").mkdir()
    people.write_csv("other/people.csv")
    said = run("fit", "other/people.csv", "--target", "buys", *quick, code=2)
    assert "it was trained on a people.csv in another folder" in said
    people.write_parquet("people.parquet")
    said = run("fit", "people.parquet", "--target", "buys", *quick, code=2)
    assert "it was trained on people.csv" in said
    assert Path("people.pellucid").read_bytes() == before
    out = ("--out", "people.pellucid")
    assert "in place of" in run("fit", "people.csv", "--target", "spends", *quick, *out)


def test_what_is_no_model_is_kept_too(tmp_path: Path, buyer: Classifier) -> None:
    path = tmp_path / "m.pellucid"
    check_replaced(path, ["buys"], Origin.of("people.csv"))
    path.write_text("precious")
    with pytest.raises(OptionError, match="is no model that can be read"):
        check_replaced(path, ["buys"], Origin.of("people.csv"))
    buyer.save(path)
    with pytest.raises(OptionError, match="does not say which table it was trained on"):
        check_replaced(path, ["buys"], Origin.of("people.csv"))
    Regressor(max_epochs=1).fit(np.arange(40.0)[:, None], np.arange(40.0)).save(path)
    with pytest.raises(OptionError, match="targets without a name"):
        check_replaced(path, ["buys"], Origin.of("people.csv"))


# --- Places -------------------------------------------------------------------------------------


def test_a_link_is_written_through(tmp_path: Path, buyer: Classifier) -> None:
    (tmp_path / "store").mkdir()
    there, link = tmp_path / "store" / "v1.pellucid", tmp_path / "current.pellucid"
    link.symlink_to(there)
    buyer.save(link)  # it led nowhere yet
    assert link.is_symlink()
    assert load(there).classes_.tolist() == ["no", "yes"]
    there.write_text("old")
    buyer.save(link)
    assert link.is_symlink()
    assert load(link).classes_.tolist() == ["no", "yes"]
    assert [path.name for path in there.parent.iterdir()] == ["v1.pellucid"]


def test_permissions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "private.csv"
    path.write_text("old")
    path.chmod(0o600)
    with written_whole(path) as temporary:
        temporary.write_text("new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".csv")
    check_writable(path)
    with written_whole(path) as temporary:
        temporary.write_text("x")
    assert path.read_text() == "x"


def test_what_cannot_be_written_is_found_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_text("")
    (tmp_path / "lost").symlink_to(tmp_path / "no" / "folder")
    (tmp_path / "to_folder").symlink_to(tmp_path)
    for name, words in {
        "n" * 256: "File name too long",
        "loop": "cannot be written",
        "lost": "does not exist",
        "to_folder": "is a folder",
        "file/below.csv": "(Not a directory|does not exist)",
        "no/such": "does not exist",
        "\0": "cannot be written",
    }.items():
        with pytest.raises(DataError, match=words):
            check_writable(tmp_path / name)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything
    with pytest.raises(DataError, match="may not be written to"):
        check_writable(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="no ordinary file"):
        check_writable(tmp_path / "pipe")
