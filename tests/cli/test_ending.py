"""However a command ends, nothing of the training rows stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pellucid.files.scratch import LOCK, PREFIX, ScratchFolder, sweep

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to see processes")

PATIENCE = 120.0
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


@pytest.fixture
def start(tmp_path: Path, scratch: Path) -> Iterator[Start]:
    """Start a command in a folder of its own, with signals as a shell leaves them."""
    begun = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        program = (
            "import signal, sys; [signal.signal(s, signal.SIG_DFL) for s in (1, 2, 15)]; "
            "from pellucid.cli.app import main; main()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds; a bound for what never comes, not a speed."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def children_of(parent: int) -> list[int]:
    """The processes that a process started."""
    stats = (path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists())
    fields = [(stat.split()[0], stat.rpartition(")")[2].split()[1]) for stat in stats]
    return [int(number) for number, its_parent in fields if int(its_parent) == parent]


def is_running(number: int) -> bool:
    """Whether a process is there, and not only its exit status."""
    stat = Path(f"/proc/{number}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def compare(start: Start, tmp_path: Path, scratch: Path) -> subprocess.Popen[str]:
    """A comparison whose worker is at work."""
    x = np.random.default_rng(0).normal(size=(6_000, 20))
    frame = pl.DataFrame({f"c{i}": x[:, i] for i in range(20)}).with_columns(y=pl.col("c0") ** 2)
    frame.write_csv(tmp_path / "t.csv")
    options = ("--max-epochs", "1", "--members", "1", "--hidden-layer-sizes", "4")
    process = start("compare", "t.csv", "--target", "y", *options)
    wait_for(lambda: list(scratch.glob(f"{PREFIX}*/training.npy")))
    wait_for(lambda: children_of(process.pid))
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_command_that_is_told_to_end_tidies_up(
    start: Start, tmp_path: Path, scratch: Path, number: signal.Signals, code: int
) -> None:
    process = compare(start, tmp_path, scratch)
    workers = children_of(process.pid)
    assert workers
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert "Ended from outside; what was not complete was not written." in said
    assert "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scratch", "t.csv"]
    assert list(scratch.glob(f"{PREFIX}*")) == []
    wait_for(lambda: not [worker for worker in workers if is_running(worker)])


def test_what_a_killed_command_leaves_goes_with_the_next(
    start: Start, tmp_path: Path, scratch: Path
) -> None:
    process = compare(start, tmp_path, scratch)
    workers = children_of(process.pid)
    process.kill()
    process.wait()
    (left,) = scratch.glob(f"{PREFIX}*")
    assert (left / "matrix.npy").exists()
    wait_for(lambda: not [worker for worker in workers if is_running(worker)])
    assert start("sample", "iris").wait() == 0
    assert not left.exists()


def test_predictions_that_are_ended_leave_no_file(start: Start, tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": np.sin(np.arange(60.0)), "y": np.arange(60) % 2})
    frame.write_csv(tmp_path / "t.csv")
    fit = ("fit", "t.csv", "--target", "y", "--max-epochs", "1", "--no-baselines")
    assert start(*fit).wait() == 0
    with (tmp_path / "many.csv").open("w") as file:
        file.write("a\n" + "1.5\n2.5\n" * 1_000_000)
    process = start("predict", "t.pellucid", "many.csv", "--out", "p.parquet")
    wait_for(lambda: list(tmp_path.glob(".pellucid-*/*.parquet")))
    process.terminate()
    assert process.wait(PATIENCE) == 143
    assert not list(tmp_path.glob(".pellucid-*"))
    assert not (tmp_path / "p.parquet").exists()


def test_only_folders_nobody_holds_are_swept(scratch: Path) -> None:
    foreign = scratch / f"{PREFIX}somebody"
    foreign.mkdir()  # no lock: not one of ours, or not ready yet
    link = scratch / f"{PREFIX}link"
    link.symlink_to(foreign)
    (scratch / "other").mkdir()
    with ScratchFolder() as mine:
        sweep()
        assert mine.path.exists()
    assert not mine.path.exists()
    stale = scratch / f"{PREFIX}stale"
    stale.mkdir()
    (stale / LOCK).write_text("")
    sweep()
    left = {path.name for path in scratch.iterdir()}
    assert left == {"other", link.name, foreign.name}
