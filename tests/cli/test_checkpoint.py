"""`pellucid fit --checkpoint`: however it ends, the same command goes on to the same model."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid.cli import console
from pellucid.cli.app import main
from pellucid.cli.screen import open_screen
from pellucid.model.file import read_model_file
from pellucid.network import Linear, Network
from pellucid.training.events import Reason, TrainingStarted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")

PATIENCE = 120.0
COMMAND = [
    "fit", "rows.csv", "--target", "y", "--no-baselines", "--validation-fraction", "0.2",
    "--hidden-layer-sizes", "16", "--batch-size", "16", "--max-epochs", "60",
]  # fmt: skip
KEEPING = "from pellucid.model import checkpoint; checkpoint.SECONDS_BETWEEN_SAVES = 0.0; "
PROGRAM = (
    "import signal; [signal.signal(s, signal.SIG_DFL) for s in (1, 15)]; "
    "signal.signal(2, signal.default_int_handler); "
    "from pellucid.cli.app import main; main()"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table."""
    random = np.random.default_rng(0)
    x = random.normal(size=200)
    y = np.where(x + random.normal(size=200) > 0, "yes", "no")
    colors = [f"color {n}" for n in random.integers(40, size=200)]
    pl.DataFrame({"x": x, "color": colors, "y": y}).write_csv(tmp_path / "rows.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fit(monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    """Run the whole command in this process."""
    monkeypatch.setattr(sys, "argv", ["pellucid", *COMMAND, *more])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code


def begin(program: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command in a process of its own; it is there for one iteration."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *COMMAND, *more],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        yield process
        process.kill()


def told(file: Path) -> tuple[dict[str, bytes], str]:
    """All that is in a model file, without seconds, and its own size, which these change."""
    tensors, plain = read_model_file(file)
    text = re.sub(r'"(\w*seconds|rows_per_second|size)": [\d.e-]+', "", json.dumps(plain))
    return {name: tensor.tobytes() for name, tensor in tensors.items()}, text


def test_killed_in_the_middle_it_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint, end = folder / "run.checkpoint", time.monotonic() + PATIENCE
    for process in begin(
        KEEPING + PROGRAM, "--out", "m.pellucid", "--checkpoint", "run.checkpoint"
    ):
        while not checkpoint.exists():
            assert process.poll() is None
            assert time.monotonic() < end
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert not (folder / "m.pellucid").exists()
    fit(monkeypatch, "--out", "m.pellucid", "--checkpoint", "run.checkpoint")
    said = capsys.readouterr().out
    fit(monkeypatch, "--out", "whole.pellucid")

    assert re.search(r"Going on from step [\d,]+ of at most 600 in run\.checkpoint", said)
    assert not checkpoint.exists()
    assert told(folder / "m.pellucid") == told(folder / "whole.pellucid")


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 0), ("SIGTERM", 143)])
def test_asked_to_end_it_keeps_the_step_it_was_at(
    name: str, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C saves the best network so far too; a signal from outside only the checkpoint."""
    said = ""
    for process in begin(PROGRAM, "--out", "m.pellucid", "--checkpoint", "run.checkpoint"):
        assert process.stdout is not None
        while not said.endswith("Network"):
            said += process.stdout.read(1)
        process.send_signal(getattr(signal, name))
        said += process.stdout.read()
        assert process.wait() == code, said

    assert re.search(r"Kept run\.checkpoint at step [\d,]+: the same command goes on from it", said)
    assert (folder / "m.pellucid").exists() == (name == "SIGINT")
    fit(monkeypatch, "--out", "m.pellucid", "--checkpoint", "run.checkpoint")
    fit(monkeypatch, "--out", "whole.pellucid")

    assert told(folder / "m.pellucid") == told(folder / "whole.pellucid")


@pytest.mark.parametrize(
    ("step", "reason", "said"),
    [
        (0, None, ""),
        (612, None, "Going on from step 612 of at most 1,800 in run.checkpoint"),
        (612, "validation hardly better", ""),
        (1800, "all epochs done", ""),
    ],
)
def test_a_training_is_only_said_to_go_on_if_it_does(
    step: int, reason: Reason | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    network = Network([Linear(2, 1)])
    started = TrainingStarted(network=network, step=step, num_steps=1800, reason=reason)

    open_screen().print(console.going_on(started, Path("run.checkpoint")))

    assert capsys.readouterr().out.strip() == said
