"""What names, cells and file names hold never commands the terminal it is shown in."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import pellucid
from pellucid.cli.app import main
from pellucid.wording import printable

CLEARS = "\x1b[2J"
TITLES = "\x1b]0;owned\x07"
TURNS = "\u202egnp.exe\u2066"
RETURNS = "a\rb\x08"
NAME = f"x{TITLES}{TURNS}"
TARGET = f"y{CLEARS}"
YES, NO = f"yes{CLEARS}{TURNS}", f"no{TITLES}[bold]"

Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run one command on a hostile table; all that it prints, checked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")  # so that nothing is folded
    rows = range(60)
    frame = pl.DataFrame(
        {
            NAME: [f"{level}{RETURNS}{CLEARS}" for level in "abc" for _ in range(20)],
            "n": [f"{i * 7 % 60}.5" for i in rows],
            f"id{CLEARS}": [f"row {i}{TITLES}" for i in rows],
            f"alone{TURNS}": [f"1{CLEARS}" for _ in rows],
            TARGET: [YES if i * 7 % 60 > 25 else NO for i in rows],
        }
    )
    frame.write_csv(f"evil{CLEARS}.csv")

    def say(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["pellucid", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        streams = capsys.readouterr()
        said = streams.out + streams.err
        assert (end.value.code or 0) == code, said
        for char in said:
            assert char == "\n" or unicodedata.category(char) not in ("Cc", "Cf"), said
        return said

    return say


def test_no_command_hands_a_command_on(say: Say) -> None:
    table, model = f"evil{CLEARS}.csv", f"evil{CLEARS}.pellucid"
    quick = ("--max-epochs", "1", "--members", "1")
    told = say("fit", table, "--target", TARGET, "--report", f"p{CLEARS}.html", *quick)
    assert r"x\x1b]0;owned\x07\u202egnp.exe\u2066" in "".join(told.split())
    said = say("predict", model, table, "--out", f"{CLEARS}.csv", "--keep", NAME)
    assert r"x\x1b]0;owned\x07\u202egnp.exe\u2066" in said
    say("inspect", model)
    say("evaluate", model, table)
    assert "[bold]" in say("explain", model, table, "--training", table)
    say("explain", model, table, "--curve", NAME)
    say("compare", table, "--target", TARGET, "--time-limit", "0.01", *quick)
    page = Path(f"p{CLEARS}.html").read_text()
    assert not [c for c in page if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]


def test_no_error_does(say: Say) -> None:
    say("fit", f"none{CLEARS}.csv", "--target", "y", code=2)
    say("fit", f"evil{CLEARS}.csv", "--target", f"z{TITLES}", code=2)
    say("fit", f"evil{CLEARS}.csv", "--target", TARGET, "--columns", f"{NAME}=number", code=2)
    say("predict", f"evil{CLEARS}.csv", "new.csv", "--out", "p.csv", code=2)


def test_json_is_exact(say: Say) -> None:
    quick = ("--max-epochs", "1", "--members", "1", "--no-baselines", "--json")
    found = json.loads(say("fit", f"evil{CLEARS}.csv", "--target", TARGET, *quick))
    assert found["target"] == [TARGET]
    assert found["schema"][0]["name"] == NAME
    assert found["model"] == f"evil{CLEARS}.pellucid"


def test_what_is_shown_of_a_text() -> None:
    assert printable("naïve 数 \u200b–") == "naïve 数 \\u200b–"
    assert printable("می\u200cخواهم") == "می\u200cخواهم"  # a joiner that Persian cannot do without
    assert printable("a\nb\tc", keep="\n") == "a\nb\\tc"
    assert printable("lone \udcff") == "lone \\udcff"


def test_a_fitted_estimator_shows_nothing_else(people: pl.DataFrame) -> None:
    frame = people.select(pl.col("age").alias(NAME), pl.col("buys").alias(TARGET))
    model = pellucid.Classifier(max_epochs=1).fit(frame, TARGET)
    assert printable(repr(model), keep="\n") == repr(model)
    assert printable(str(model.schema_), keep="\n") == str(model.schema_)
