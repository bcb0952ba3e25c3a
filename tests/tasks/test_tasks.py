"""Tasks: targets become numbers and outputs become answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from pellucid.files.fields import Fields
from pellucid.tasks.choice import task_from_json
from pellucid.tasks.classification import Classification
from pellucid.tasks.multilabel import Multilabel
from pellucid.tasks.regression import Regression
from pellucid.tasks.task import Task

TASKS: list[tuple[Task, np.ndarray]] = [
    (Classification(np.array(["a", "b", "c"])), np.array(["b", "a", "c", "a"])),
    (Classification(np.array([3, 7])), np.array([7, 3, 7, 3])),
    (Multilabel(2), np.array([[0, 1], [1, 1], [0, 0], [1, 0]])),
    (Regression.fit(np.array([[1.0], [2], [4]]), np.ones(3)), np.array([[1.0], [2], [3], [4]])),
    (
        Regression.fit(np.array([[0.0], [9], [99]]), np.ones(3), is_log=True),
        np.array([[1.0], [20], [3], [90]]),
    ),
]


@pytest.mark.parametrize(("task", "target"), TASKS)
def test_a_task_survives_its_file(
    task: Task, target: np.ndarray, as_stored: Callable[[object], Fields]
) -> None:
    again = task_from_json(as_stored(task.to_json()).inner("it"))
    outputs = torch.randn(3, 4, task.num_outputs)
    assert np.array_equal(task.decode(outputs, 1.3), again.decode(outputs, 1.3))
    assert torch.equal(task.encode(target), again.encode(target))


@pytest.mark.parametrize(("task", "target"), TASKS)
def test_the_loss_that_judges_is_the_loss_that_trains(task: Task, target: np.ndarray) -> None:
    outputs = torch.randn(4, task.num_outputs) * 0.3
    trained = task.loss.forward(outputs, task.encode(target), None)[0].item()
    if task.kind == "regression":
        return  # judged after clamping, and in the target's own unit: another number on purpose
    judged = task.validate(task.decode(outputs[None], 1.0), target, np.ones(4)).loss
    assert judged == pytest.approx(trained, rel=1e-5)


def test_numbers_come_back_as_they_were() -> None:
    target = np.array([[1.0, -5], [2, 0], [6, 5]])
    for is_log in (False, True):
        task = Regression.fit(np.abs(target), np.ones(3), is_log=is_log)
        outputs = task.encode(np.abs(target))[None]
        assert np.allclose(task.decode(outputs, 1.0), np.abs(target), atol=1e-5)


def test_predictions_stay_near_the_training_range() -> None:
    task = Regression.fit(np.array([[-5.0], [5]]), np.ones(2))
    assert task.decode(torch.tensor([[[1e9]]]), 1.0).item() == pytest.approx(5.5)
    assert task.decode(torch.tensor([[[-1e9]]]), 1.0).item() == pytest.approx(-5.5)


def test_predictions_are_not_negative_where_no_target_was() -> None:
    task = Regression.fit(np.array([[0.1], [10]]), np.ones(2))
    assert task.decode(torch.tensor([[[-1e9]]]), 1.0).item() == 0.0


def test_probabilities_are_the_mean_of_the_members() -> None:
    task = Classification(np.array([0, 1]))
    outputs = torch.tensor([[[0.0, 0.0]], [[0.0, np.log(3.0)]]])
    assert task.decode(outputs, 1.0)[0, 1] == pytest.approx((0.5 + 0.75) / 2)


def test_huge_targets_do_not_overflow() -> None:
    task = Regression.fit(np.array([[1e300], [-1e300], [0]]), np.ones(3))
    assert torch.isfinite(task.encode(np.array([[1e300]]))).all()
