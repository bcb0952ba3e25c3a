"""What the judging rows show, against scikit-learn and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from pellucid.comparison.findings import (
    MOST_CLASSES,
    MOST_ROWS_A_CELL,
    class_findings,
    confusion,
    reliability,
    residuals,
    surprises,
)
from pellucid.comparison.judged import JudgedRows
from pellucid.data.rows import Rows
from pellucid.tasks.classification import Classification
from pellucid.tasks.multilabel import Multilabel
from pellucid.tasks.regression import Regression
from pellucid.tasks.task import Task


def judged_rows(task: Task, target: Any, predictions: Any) -> JudgedRows:
    """Rows with one column, numbered from 101."""
    n = len(target)
    rows = Rows(
        frame=pl.DataFrame({"x": np.arange(n, dtype=float)}),
        target=target,
        weights=np.ones(n),
        numbers=101 + np.arange(n),
    )
    return JudgedRows(task=task, rows=rows, predictions=predictions)


def guesses(num_classes: int, n: int = 400) -> JudgedRows:
    generator = np.random.default_rng(num_classes)
    probabilities = generator.dirichlet(np.full(num_classes, 0.5), n)
    classes = np.array([f"class {c:02}" for c in range(num_classes)])
    truth = generator.choice(classes, n)
    truth[: n // 2] = classes[probabilities[: n // 2].argmax(axis=1)]
    return judged_rows(Classification(classes), truth, probabilities)


def answers(judged: JudgedRows) -> Any:
    return judged.task.classes[judged.predictions.argmax(axis=1)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("num_classes", [2, 5, MOST_CLASSES])
def test_the_confusion_matrix_is_scikit_learns(num_classes: int) -> None:
    judged = guesses(num_classes)
    seen = confusion(judged)
    expected = confusion_matrix(judged.rows.target, answers(judged), labels=seen.classes)
    assert np.array_equal(seen.counts, expected)
    assert (seen.others, len(seen.mistakes) + seen.unlisted) == (
        0,
        np.count_nonzero(expected) - np.count_nonzero(np.diag(expected)),
    )


def test_of_many_classes_some_are_taken_together_and_every_row_is_counted() -> None:
    judged = guesses(30, n=2000)
    seen = confusion(judged)
    assert len(seen.classes) == MOST_CLASSES
    assert seen.classes[-1] == f"{seen.others} other classes" == "19 other classes"
    kept = seen.classes[:-1]
    short = [
        [name if name in kept else "other" for name in side]
        for side in (judged.rows.target, answers(judged))
    ]
    expected = confusion_matrix(*short, labels=[*kept, "other"])
    assert np.array_equal(seen.counts, expected)


def test_the_cell_of_all_others_says_what_of_it_is_right() -> None:
    """One of the classes taken together may be taken for another of them."""
    judged = guesses(30, n=2000)
    seen = confusion(judged)
    truth, likeliest = judged.rows.target, answers(judged)
    is_other = ~np.isin(truth, seen.classes[:-1]) & ~np.isin(likeliest, seen.classes[:-1])
    wrong = int((is_other & (truth != likeliest)).sum())
    assert 0 < wrong == seen.mistaken_others < seen.counts[-1, -1]
    (cell,) = (c for c in seen.mistakes if c.truth == c.prediction)
    assert (cell.truth, cell.count) == (len(seen.classes) - 1, wrong)
    assert all(row.truth != row.prediction for row in cell.rows)
    assert confusion(guesses(3)).mistaken_others == 0


def test_each_mistaken_cell_holds_its_surest_rows() -> None:
    judged = guesses(3)
    truth, likeliest = judged.rows.target, answers(judged)
    seen = confusion(judged)
    for cell in seen.mistakes:
        pair = seen.classes[cell.truth], seen.classes[cell.prediction]
        places = np.flatnonzero((truth == pair[0]) & (likeliest == pair[1]))
        sure = judged.predictions[places].max(axis=1)
        expected = 101 + places[np.argsort(-sure)][:MOST_ROWS_A_CELL]
        assert [row.number for row in cell.rows] == expected.tolist()
        assert cell.count == len(places)
        row = cell.rows[0]
        assert (row.truth, row.prediction, row.probability) == (*pair, pytest.approx(sure.max()))
        assert row.cells == {"x": row.number - 101.0}


def test_precision_and_recall_are_scikit_learns() -> None:
    judged = guesses(4)
    names = [f"class {c:02}" for c in range(4)]
    precision, recall, _, rows = precision_recall_fscore_support(
        judged.rows.target, answers(judged), labels=names
    )
    for found in class_findings(judged, ()):
        place = names.index(found.name)
        assert found.precision == pytest.approx(precision[place])
        assert found.recall == pytest.approx(recall[place])
        assert found.rows == rows[place]


def test_labels_are_judged_one_by_one() -> None:
    target = np.array([[1, 0], [1, 0], [0, 0], [0, 0]])
    predictions = np.array([[0.9, 0.1], [0.2, 0.1], [0.8, 0.1], [0.1, 0.2]])
    one, two = class_findings(judged_rows(Multilabel(2), target, predictions), ["one", "two"])
    assert (one.name, one.rows, one.predicted, one.precision, one.recall) == ("one", 2, 2, 0.5, 0.5)
    assert (two.name, two.rows, two.predicted, two.precision, two.recall) == (
        "two",
        0,
        0,
        None,
        None,
    )


def test_reliability_is_scikit_learns_calibration_curve() -> None:
    judged = guesses(3)
    bins = reliability(judged)
    confidence = judged.predictions.max(axis=1)
    right, sure = calibration_curve(judged.rows.target == answers(judged), confidence, n_bins=15)
    assert [each.accuracy for each in bins] == pytest.approx(right)
    assert [each.confidence for each in bins] == pytest.approx(sure)


def test_the_most_surprising_rows_have_the_largest_losses() -> None:
    judged = guesses(3)
    codes = np.searchsorted(judged.task.classes, judged.rows.target)  # type: ignore[attr-defined]
    losses = -np.log(judged.predictions[np.arange(400), codes])
    found = surprises(judged)
    assert [row.number for row in found] == (101 + np.argsort(-losses)[:10]).tolist()
    assert found[0].loss == pytest.approx(losses.max())


def test_residuals_are_truth_minus_prediction() -> None:
    generator = np.random.default_rng(0)
    target = generator.normal(size=(1000, 2))
    predictions = target + generator.normal(size=(1000, 2)) * [0.1, 5.0] + [0.0, 1.0]
    task = Regression.fit(target, np.ones(1000))
    first, second = residuals(judged_rows(task, target, predictions), ["near", "far"])
    missed = target - predictions
    assert (first.target, second.target) == ("near", "far")
    assert second.mean == pytest.approx(missed[:, 1].mean())
    assert first.counts.sum() == second.counts.sum() == 1000
    low, high = np.quantile(missed[:, 1], [0.005, 0.995])
    assert second.edges[[0, -1]] == pytest.approx([low, high])
    assert second.beyond == ((missed[:, 1] < low) | (missed[:, 1] > high)).sum()
    order = np.argsort(predictions[:, 1])[:100]
    group = second.groups[0]
    assert group.rows == 100
    assert group.median == pytest.approx(np.median(missed[order, 1]))
    assert (group.low, group.high) == pytest.approx(
        tuple(np.quantile(missed[order, 1], [0.1, 0.9]))
    )
    assert len(second.points) == 400


def test_equal_residuals_have_a_histogram_too() -> None:
    target = np.array([[1.0], [2.0], [3.0]])
    task = Regression.fit(target, np.ones(3))
    (found,) = residuals(judged_rows(task, target, target.copy()), ["y"])
    assert found.counts.sum() == 3
    assert found.edges[0] < 0.0 < found.edges[-1]
