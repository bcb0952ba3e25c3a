"""What the documents show is what happens."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", README, flags=re.DOTALL)


def test_the_worked_example_of_the_readme_prints_what_it_says() -> None:
    program = next(block for block in blocks("python") if "neuron" in block)
    said = io.StringIO()
    with redirect_stdout(said):
        exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - our own document
    assert said.getvalue() in blocks("text")


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.stem)
def test_examples_run(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_flag_the_readme_names_exists() -> None:
    from pellucid.options import NetworkOptions

    flags = set(re.findall(r"--([a-z][a-z-]+)", README))
    own = {
        *(
            "target",
            "out",
            "report",
            "test",
            "task",
            "delimiter",
            "missing",
            "json",
            "row",
            "training",
            "curve",
            "help",
            "columns",
            "interval",
            "flag-unlike",
            "folds",
            "grow",
            "group",
            "by-time",
            "drop-repeated",
            "checkpoint",
            "labels",
        ),
        *(name.replace("_", "-") for name in vars(NetworkOptions())),
    }
    # --data belongs to the benchmark.
    assert flags - {"data"} <= own


def test_links_in_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
