"""Learning curves: honest draws, and a power law that is found where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.comparison.algorithms import ALGORITHMS
from pellucid.comparison.compare import Comparison
from pellucid.comparison.flat import FlatTable
from pellucid.comparison.learning_curves import (
    DRAWS,
    Curve,
    LearningCurveRunner,
    LearningCurves,
    Point,
    PowerLaw,
    fit_power_law,
    levelling_off,
    num_fits,
    sizes_of,
)
from pellucid.comparison.runs import FlatTrainer, Run
from pellucid.data.kinds.column import Schema
from pellucid.data.rows import Rows
from pellucid.estimators.fit import make_estimator
from pellucid.estimators.reading import Reading
from pellucid.report.colors import ON_WHITE
from pellucid.report.content.learning_curves import errors_table, in_words, learning_curves_figure
from pellucid.report.drawing import sheet_for
from pellucid.report.picture_file import save_figure
from pellucid.tasks.classification import Classification


def points_of(law: PowerLaw, sizes: list[int]) -> list[Point]:
    errors = [float(law.error(size)) for size in sizes]
    return [
        Point(rows=n, error=e, low=e, high=e, draws=1) for n, e in zip(sizes, errors, strict=True)
    ]


SIZES = [100, 200, 400, 800, 1_600, 3_200]


@pytest.mark.parametrize(
    ("floor", "scale", "exponent"), [(0.1, 3.0, 0.5), (0.0, 2.0, 0.3), (20.0, 500.0, 1.0)]
)
def test_an_exact_power_law_is_found(floor: float, scale: float, exponent: float) -> None:
    law = PowerLaw(floor=floor, scale=scale, exponent=exponent)
    found = fit_power_law(points_of(law, SIZES))
    assert found is not None
    # The exponent is looked for on a grid of steps of 2 %.
    assert found.exponent == pytest.approx(exponent, rel=0.02)
    np.testing.assert_allclose(found.error(np.array(SIZES)), law.error(np.array(SIZES)), rtol=2e-3)
    assert float(found.error(100_000)) == pytest.approx(float(law.error(100_000)), rel=0.05)


def test_who_does_not_learn_has_no_slope() -> None:
    found = fit_power_law(points_of(PowerLaw(floor=0.48, scale=0.0, exponent=1.0), SIZES))
    assert found is not None
    assert (found.floor, found.scale) == (pytest.approx(0.48), 0.0)


def test_errors_that_grow_are_no_law_of_learning() -> None:
    """The nearest law there is: a constant."""
    points = [Point(rows=n, error=n / 1e4, low=0, high=1, draws=1) for n in SIZES]
    found = fit_power_law(points)
    assert found is not None
    assert found.scale == 0.0


def test_three_sizes_or_no_error_have_no_law() -> None:
    points = points_of(PowerLaw(floor=0.1, scale=3.0, exponent=0.5), SIZES)
    assert fit_power_law(points[:3]) is None
    nothing_left = [*points[:-1], Point(rows=3_200, error=0.0, low=0.0, high=0.0, draws=1)]
    assert fit_power_law(nothing_left) is None


def test_levelling_off_is_where_twice_the_rows_gain_less_than_a_hundredth() -> None:
    law = PowerLaw(floor=0.1, scale=3.0, exponent=0.5)
    rows = levelling_off(law, 100, 3_200)
    assert rows is not None
    assert law.gain(rows) == pytest.approx(0.01, rel=0.03)
    assert law.gain(100) == pytest.approx(1 - law.error(200) / law.error(100))
    # Without a floor the gain is the same for ever.
    assert levelling_off(PowerLaw(floor=0.0, scale=3.0, exponent=0.5), 100, 3_200) is None


def test_sizes_are_halves_as_long_as_there_is_something_to_learn_from() -> None:
    assert sizes_of(3_200) == [100, 200, 400, 800, 1_600, 3_200]
    assert sizes_of(200) == [50, 100, 200]
    assert sizes_of(20) == [20]
    assert num_fits(200, 9) == 2 * DRAWS * 9


class Recorder(FlatTrainer):
    """A trainer that notes what was asked, and answers what the truth's share is."""

    def __init__(self, rows: Rows, task: Classification, failing: dict[int, Run]) -> None:
        self.asked: dict[str, list[np.ndarray]] = {}
        self.task, self._rows, self._failing = task, rows, failing
        self._shape = FlatTable(rows, task).shape

    def run(self, name: str, training: Any, judging: Any, stopping: Any = ()) -> Run:
        self.asked.setdefault(name, []).append(training)
        if len(training) in self._failing:
            return self._failing[len(training)]
        return Run(rows=len(training), predictions=np.full((len(judging), 2), 0.5))


def runner(failing: dict[int, Run]) -> tuple[LearningCurveRunner, Recorder]:
    target = np.array(["no"] * 300 + ["yes"] * 100)
    rows = Rows(
        frame=pl.DataFrame({"x": np.arange(400.0)}),
        target=target,
        weights=np.ones(400),
        numbers=np.arange(400),
    )
    task = Classification(np.array(["no", "yes"]))
    trainer = Recorder(rows, task, failing)
    reading = Reading(
        rows=rows,
        schema=Schema(columns=()),
        num_columns=1,
        column_names=None,
        target_names=(),
        target_decimal="",
        is_by_name=False,
        is_flat=True,
        classes=task.classes,
        seed=0,
        notes=(),
    )
    places = np.random.default_rng(0).permutation(400)
    part = np.sort(places[:320]), np.sort(places[320:])
    made = LearningCurveRunner(
        estimator=make_estimator("classification", {}),
        task=task,
        reading=reading,
        part=part,
        trainer=trainer,
        on_fit=lambda *_: None,
        on_tick=lambda _: None,
    )
    return made, trainer


WHOLE = Run(rows=320, predictions=np.full((80, 2), 0.5))


def test_draws_are_nested_stratified_and_the_same_for_everyone() -> None:
    made, trainer = runner({})
    growth = made.run({"decision tree": WHOLE, "naive Bayes": WHOLE})
    assert growth.sizes == [40, 80, 160, 320]
    one, two = trainer.asked["decision tree"], trainer.asked["naive Bayes"]
    for mine, yours in zip(one, two, strict=True):
        np.testing.assert_array_equal(mine, yours)
    yes = made.reading.rows.target == "yes"
    share = yes[made.part[0]].mean()
    for place in range(DRAWS):
        small, middle, large = one[place], one[DRAWS + place], one[2 * DRAWS + place]
        assert set(small) < set(middle) < set(large) < set(made.part[0])
        assert yes[small].sum() == pytest.approx(40 * share, abs=1)
    assert not np.array_equal(one[0], one[1])


def test_one_that_was_stopped_is_not_asked_for_more_rows() -> None:
    stopped = Run(rows=80, failure="stopped at its time limit of 60 s", was_stopped=True)
    made, trainer = runner({80: stopped, 160: stopped})
    (curve,) = made.run({"decision tree": WHOLE}).curves
    assert {len(rows) for rows in trainer.asked["decision tree"]} == {40, 80}
    assert curve.note == "80 rows: stopped at its time limit of 60 s"


def test_one_that_had_too_few_rows_is_asked_for_more() -> None:
    made, _ = runner({40: Run(rows=40, failure="it needs at least 2 classes")})
    (curve,) = made.run({"logistic regression": WHOLE}).curves
    assert [point.rows for point in curve.points] == [80, 160, 320]
    assert curve.note == "40 rows: it needs at least 2 classes"


def test_a_limit_of_rows_is_noted_where_it_binds(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, note in ((10_000, ""), (100, "learns from 100 rows at most")):
        limited = replace(ALGORITHMS["SVM (RBF)"], most_rows=most)
        monkeypatch.setitem(ALGORITHMS, "SVM (RBF)", limited)
        (curve,) = runner({})[0].run({"SVM (RBF)": WHOLE}).curves
        assert curve.note == note


def test_the_last_point_is_the_comparison_itself(sold: Comparison) -> None:
    assert sold.growth is not None
    for curve, judgement in zip(sold.growth.curves, sold.leaderboard.entries, strict=True):
        accuracy = judgement.scores[0].value
        assert curve.points[-1].error == pytest.approx(1 - accuracy)
        assert [point.rows for point in curve.points] == sold.growth.sizes
        assert [point.draws for point in curve.points[:-1]] == [DRAWS] * (len(curve.points) - 1)
        assert all(point.low <= point.error <= point.high for point in curve.points)


def curve_of(law: PowerLaw | None, *errors: float) -> Curve:
    points = [
        Point(rows=n, error=e, low=e, high=e, draws=1)
        for n, e in zip([10, 20, 40], errors, strict=False)
    ]
    off = None if law is None else levelling_off(law, 10, 40)
    return Curve(name="SVM (RBF)", points=points, law=law, levels_off=off)


def test_where_a_curve_goes_is_said_in_words() -> None:
    falls = PowerLaw(floor=0.0, scale=1.0, exponent=1.0)
    assert in_words(curve_of(falls, 0.1)) == (
        "0 + 1 · rows^−1.00; twice the rows should take away 50.0 % of the error"
    )
    flat = PowerLaw(floor=0.2, scale=1.0, exponent=2.0)
    assert "levels off at about 19 rows" in in_words(curve_of(flat, 0.3, 0.2, 0.2))
    assert in_words(curve_of(None, 0.3)) == "too few points for a law"
    assert in_words(curve_of(None, 0.3, 0.0, 0.0)) == "makes no error here from 20 rows on"
    assert in_words(curve_of(PowerLaw(floor=0.2, scale=0.0, exponent=1.0), 0.2)) == (
        "does not learn from more rows"
    )


@pytest.fixture
def sheet(sold: Comparison) -> Iterator[Any]:
    assert sold.growth is not None
    plot = learning_curves_figure(sold.growth).drawing
    with sheet_for(plot, ON_WHITE, (9.0, 5.0), salt="growth") as sheet:  # type: ignore[arg-type]
        yield sheet


def test_no_two_curves_differ_by_color_alone(sheet: Any, sold: Comparison) -> None:
    assert sold.growth is not None
    axes = sheet.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    handles, labels = axes.get_legend_handles_labels()
    assert [label.split(" (no")[0] for label in labels] == [c.name for c in sold.growth.curves]
    looks = {(line.get_marker(), str(line._dash_pattern)) for line in handles}
    assert len(looks) == len(labels)


def test_a_curve_without_error_says_so_since_logarithmic_axes_cannot() -> None:
    perfect = LearningCurves(
        error="error rate", sizes=[10, 20], curves=[curve_of(None, 0.3, 0.0, 0.0)]
    )
    (line,) = learning_curves_figure(perfect).drawing.lines  # type: ignore[union-attr]
    assert "no error from 20 rows" in line.label
    assert line.y == [0.3]


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_the_picture_is_saved(sold: Comparison, ending: str, start: bytes, tmp_path: Path) -> None:
    assert sold.growth is not None
    save_figure(learning_curves_figure(sold.growth), tmp_path / f"curves.{ending}")
    assert (tmp_path / f"curves.{ending}").read_bytes().startswith(start)


def test_a_part_with_nothing_to_learn_from_ends_a_curve_not_the_comparison() -> None:
    x = np.arange(1_200.0)
    frame = pl.DataFrame({"x": x * 7 % 1_200 + 0.5, "y": np.where(x % 120 == 0, x, 0.0)})
    found = pellucid.compare(frame, "y", task="regression", grow=True, max_epochs=1)
    assert found.growth is not None
    assert "nothing to learn" in found.growth.curves[0].note


def test_a_curve_without_error_at_its_end_only_from_there_on() -> None:
    errors = (0.1, 0.0, 0.02, 0.0, 0.0)
    points = [Point(rows=10 * 2**i, error=e, low=e, high=e, draws=3) for i, e in enumerate(errors)]
    curve = Curve(name="SVM", points=points, law=None, levels_off=None)
    assert curve.rows_without_error == 80
    assert replace(curve, points=points[:3]).rows_without_error is None


def test_the_last_size_shows_the_rows_that_were_taken() -> None:
    points = [Point(rows=rows, error=0.1, low=0.1, high=0.2, draws=3) for rows in (30, 60, 117)]
    curve = Curve(name="SVM", points=points, law=None, levels_off=None)
    growth = LearningCurves(error="RMSE", sizes=[15, 30, 60, 120], curves=[curve])
    _, missing, *cells = errors_table(growth).rows[0]
    assert missing == "–"
    assert [cell.short for cell in cells] == ["0.1000", "0.1000", "0.1000 (117 rows)"]  # type: ignore[union-attr]
    assert cells[0].text == "0.1000 (0.1000 to 0.2000)"  # type: ignore[union-attr]
