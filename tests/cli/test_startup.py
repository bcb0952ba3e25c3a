"""What each command imports: nothing heavy before it is needed, and nothing that it does not need.

Names of modules are compared, not seconds: `benchmarks/startup.py` measures those.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import pellucid

HEAVY = ("torch", "sklearn", "scipy", "pandas", "matplotlib", "jinja2", "polars", "numpy", "rich")
PROGRAM = f"""
import json, sys
from pellucid.cli.app import main
try:
    main()
finally:
    there = [name for name in {HEAVY!r} if name in sys.modules]
    print("imported:", json.dumps(there), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flowers")
    size = [1.5, 2.5, 8.0, 9.5] * 15
    table = pl.DataFrame({"size": size, "kind": ["low", "low", "high", "high"] * 15})
    table.write_csv(folder / "flowers.csv")
    (folder / "damaged.csv").write_text("size,kind\n1,low,more\n")
    model = pellucid.fit(folder / "flowers.csv", "kind", max_epochs=2)
    model.save(folder / "flowers.pellucid")
    clusterer = pellucid.fit(folder / "flowers.csv", n_clusters=2)
    clusterer.save(folder / "groups.pellucid")
    return folder


def imported(folder: Path, command: str) -> set[str]:
    """Which of the heavy libraries a command has imported when it ends, in a fresh process."""
    lines = said(folder, command).splitlines()
    return set(json.loads(next(line for line in lines if line.startswith("imported:"))[9:]))


def said(folder: Path, command: str) -> str:
    """What a command writes to the standard error, with what it has imported."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *command.split()],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    ).stderr


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "fit --help",
        "fit nothere.csv --target kind",
        "fit flowers.csv --target kind --out nothere/m.pellucid",
        "fit flowers.csv --target kind --out m.pellucid --max-epochs 0",
        "fit flowers.csv --target kind --out m.pellucid --report page.pdf",
        "compare nothere.csv --target kind",
        "compare flowers.csv --target kind --report page.pdf",
        "compare flowers.csv --target kind --folds 1",
        "compare flowers.csv --target kind --folds 3 --test flowers.csv",
        "compare flowers.csv --target kind --folds 3 --by-time size",
        "compare flowers.csv --target kind --time-limit 0",
        "compare flowers.csv --target kind --time-budget -1",
        "compare flowers.csv --target kind --max-epochs 0",
        "explain flowers.pellucid flowers.csv --row 0",
        "cluster nothere.csv",
        "cluster flowers.csv --clusters 0",
        "cluster flowers.csv --report page.pdf",
        "evaluate flowers.pellucid flowers.csv --report page.pdf",
        "example --out curve.docx",
    ],
)
def test_what_is_wrong_at_first_sight_is_said_before_anything_heavy_is_imported(
    folder: Path, command: str
) -> None:
    assert imported(folder, command) == set()


@pytest.mark.parametrize(
    "command",
    [
        "predict nothere.pellucid flowers.csv --out p.csv",
        "predict flowers.pellucid nothere.csv --out p.csv",
        "predict flowers.pellucid flowers.csv --out p.docx",
        "predict flowers.pellucid flowers.csv --out p.csv --interval 2.0",
        "evaluate flowers.pellucid nothere.csv",
    ],
)
def test_a_model_file_is_looked_at_with_numpy_alone(folder: Path, command: str) -> None:
    assert imported(folder, command) <= {"numpy"}


@pytest.mark.parametrize(
    "command",
    [
        "fit flowers.csv --target species --out m.pellucid",
        "fit flowers.csv --target kind --out m.pellucid --task foo",
        "fit flowers.csv --target kind --out m.pellucid --group nope",
        "fit flowers.csv --target kind --out m.pellucid --by-time nope",
        "fit flowers.csv --target kind --out m.pellucid --group size --by-time size",
        "fit flowers.csv --target kind --out m.pellucid --columns nope=number",
        "fit flowers.csv --target kind --out m.pellucid --group nope --test damaged.csv",
        "compare flowers.csv --target kind --task foo",
        "compare flowers.csv --target kind --group nope --test damaged.csv",
        "predict flowers.pellucid flowers.csv --out p.csv --keep nope",
    ],
)
def test_a_column_that_is_not_there_is_found_by_who_reads_the_table(
    folder: Path, command: str
) -> None:
    assert imported(folder, command) == {"numpy", "polars"}


def test_a_name_is_looked_up_before_another_table_is_read(folder: Path) -> None:
    asked = "flowers.csv --target kind --group nope --test damaged.csv"
    assert "no column 'nope'" in said(folder, f"fit {asked} --out m.pellucid")
    assert "no column 'nope'" in said(folder, f"compare {asked}")


def test_how_to_read_is_judged_before_a_table_is_read(folder: Path) -> None:
    asked = "fit damaged.csv --target kind --out m.pellucid"
    assert "decimal must be" in said(folder, f"{asked} --decimal x")
    assert "encoding must be" in said(folder, f"{asked} --encoding nope")


@pytest.mark.parametrize(
    "command",
    [
        "inspect flowers.pellucid",
        "inspect flowers.pellucid --json",
        "inspect groups.pellucid",
        "inspect groups.pellucid --json",
        "inspect flowers.csv",
    ],
)
def test_inspecting_needs_no_torch(folder: Path, command: str) -> None:
    assert imported(folder, command) <= {"numpy", "polars", "rich"}


@pytest.mark.parametrize(
    "command",
    [
        "predict flowers.pellucid flowers.csv --out p.csv --interval 0.5 --flag-unlike",
        "explain flowers.pellucid flowers.csv --row 2 --training flowers.csv",
        "explain flowers.pellucid flowers.csv --curve size",
        "evaluate flowers.pellucid flowers.csv",
        "predict groups.pellucid flowers.csv --out p.csv",
    ],
)
def test_a_saved_model_is_used_without_scikit_learn(folder: Path, command: str) -> None:
    assert imported(folder, command) == {"numpy", "polars", "rich", "torch"}


def test_a_training_draws_nothing_that_nobody_asked_for(folder: Path) -> None:
    command = "fit flowers.csv --target kind --out m.pellucid --max-epochs 1 --no-baselines"
    assert imported(folder, command).isdisjoint({"matplotlib", "jinja2"})


def test_loading_in_python_gives_the_estimator(folder: Path) -> None:
    model = pellucid.load(folder / "flowers.pellucid")
    assert isinstance(model, pellucid.Classifier)
    assert model.predict([{"size": 9.0}]).shape == (1,)
