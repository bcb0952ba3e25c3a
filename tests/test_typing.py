"""A typed program that uses Pellucid: mypy finds its mistakes, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("typed_program.py")


@pytest.mark.slow
def test_mypy_finds_wrong_names_and_values_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--no-error-summary"]
    command += [
        "--hide-error-codes",
        "--config-file",
        "",
        "--cache-dir",
        str(tmp_path),
        str(PROGRAM),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    found = dict(re.findall(r"typed_program\.py:(\d+): error: (.*)", done.stdout))
    lines = PROGRAM.read_text().splitlines()
    expected = {
        str(number): line.split("  # ")[1]
        for number, line in enumerate(lines, start=1)
        if "  # " in line
    }
    assert len(expected) > 10
    assert found.keys() == expected.keys(), done.stdout + done.stderr
    for number, words in expected.items():
        assert words in found[number]
