"""A served model answers as in memory, and a process that cannot says so."""

from __future__ import annotations

import multiprocessing
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import polars as pl
import pytest

from pellucid import Classifier
from pellucid.errors import ForkedProcessError

GUIDE = Path(__file__).parents[1] / "docs" / "concepts" / "serving.md"
PATIENCE = 300.0
REQUESTS = 200
SERVER = """
import socket, sys
import uvicorn
from app import app

listener = socket.socket(fileno=int(sys.argv[1]))
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
"""


@pytest.fixture
def addresses(tmp_path: Path, buyer: Classifier) -> Iterator[list[str]]:
    """Two processes that serve the guide's program."""
    buyer.save(tmp_path / "model.pellucid")
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    (tmp_path / "app.py").write_text(program)
    found, processes = [], []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            found.append(f"http://127.0.0.1:{listener.getsockname()[1]}/")
            process = subprocess.Popen(
                [sys.executable, "-c", SERVER, str(listener.fileno())],
                cwd=tmp_path,
                pass_fds=[listener.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
            )
            processes.append(process)
    yield found
    for process in processes:
        process.kill()
        process.wait()


def test_two_processes_answer_as_in_memory(
    addresses: list[str], buyer: Classifier, people: pl.DataFrame
) -> None:
    rows = people.with_columns(pl.col("joined").cast(pl.String)).drop("id", "buys", "spends")
    expected = [buyer.predict_proba(row)[0].tolist() for row in rows.iter_rows(named=True)]

    def ask(number: int) -> list[float]:
        row = rows.row(number % rows.height, named=True)
        # The first request of a process waits until it has loaded the model.
        answer = httpx.post(addresses[number % 2], json=row, timeout=PATIENCE, trust_env=False)
        assert answer.status_code == 200, answer.text
        return [answer.json()[name] for name in ("no", "yes")]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(REQUESTS)))
    assert answers == [pytest.approx(each, rel=1e-9) for each in expected[:REQUESTS]]
    refused = httpx.post(addresses[0], json={"age": 39}, timeout=PATIENCE, trust_env=False)
    assert refused.status_code == 422
    assert "3 columns of the training data are missing in the row" in refused.json()["error"]


def _predict(model: Classifier, people: pl.DataFrame) -> list[float]:
    return list(model.predict_proba(people)[:, 0])


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux to fork as a server")
def test_a_forked_process_is_refused_and_not_left_to_hang(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    buyer.predict_proba(people)  # now there are threads
    with (
        multiprocessing.get_context("fork").Pool(1) as pool,
        pytest.raises(ForkedProcessError, match="Load the model in each process"),
    ):
        pool.apply_async(_predict, (buyer, people.to_pandas())).get(PATIENCE)


def test_a_process_that_was_started_anew_predicts(buyer: Classifier, people: pl.DataFrame) -> None:
    rows = people.to_pandas()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answers = pool.apply_async(_predict, (buyer, rows)).get(PATIENCE)
    assert answers == pytest.approx(_predict(buyer, rows), rel=1e-12)


LOAD_THEN_FORK = """
import multiprocessing, sys
import numpy as np, pandas as pd
import pellucid

model, rows = pellucid.load(sys.argv[1]), pd.read_csv(sys.argv[2])
with multiprocessing.get_context("fork").Pool(2) as pool:
    one, two = (pool.apply_async(model.predict_proba, (rows,)) for _ in range(2))
    answers = one.get(60)
    assert np.array_equal(answers, two.get(60))
    print(*answers[:, 0])
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux to fork as a server")
def test_a_model_can_be_loaded_before_the_fork(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    """As a server with preloading does: loading asks Polars for nothing."""
    model, rows = tmp_path / "m.pellucid", tmp_path / "rows.csv"
    buyer.save(model)
    people.write_csv(rows)
    command = [sys.executable, "-W", "ignore", "-c", LOAD_THEN_FORK, str(model), str(rows)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    answers = [float(answer) for answer in done.stdout.split()]
    assert answers == pytest.approx(_predict(buyer, pl.read_csv(rows).to_pandas()), rel=1e-9)
