"""The temperature that makes probabilities hold."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from pellucid.data.rows import Rows
from pellucid.model import temperature
from pellucid.model.temperature import fit_temperature
from pellucid.tasks.classification import Classification


def sure_rows(rows: int, *, times_too_sure: float) -> tuple[torch.Tensor, Rows]:
    """Outputs (1, n, 2) that are as many times too large as said, and rows with their classes."""
    generator = np.random.default_rng(0)
    z = generator.normal(size=rows)
    target = (generator.random(rows) < 1.0 / (1.0 + np.exp(-z))).astype(np.int64)
    outputs = torch.from_numpy(np.stack([np.zeros(rows), times_too_sure * z], axis=1))[None]
    numbers = np.arange(rows) + 1
    return outputs, Rows(
        frame=pl.DataFrame({"x": z}), target=target, weights=np.ones(rows), numbers=numbers
    )


def test_outputs_that_are_too_sure_are_divided_by_as_much() -> None:
    outputs, judging = sure_rows(5_000, times_too_sure=3.0)
    task = Classification(np.array([0, 1]))
    assert fit_temperature(task, outputs, judging) == pytest.approx(3.0, rel=0.1)


def test_of_many_rows_some_are_asked_whatever_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case and a control by turns: every second row would be one class alone."""
    outputs, judging = sure_rows(5_000, times_too_sure=3.0)
    by_turns = np.argsort(np.argsort(judging.target, kind="stable") % 2_500, kind="stable")
    monkeypatch.setattr(temperature, "MOST_ROWS_FOR_TEMPERATURE", 2_500)
    task = Classification(np.array([0, 1]))
    found = fit_temperature(task, outputs[:, by_turns], judging.take(by_turns))
    assert found == pytest.approx(3.0, rel=0.15)
