"""Which rows learn and which judge: copies, groups and time, in estimators, `fit` and `compare`."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
import sklearn
from rich.console import Console
from sklearn.model_selection import GroupKFold, cross_val_score

import pellucid
from pellucid import Classifier, OptionError, Regressor
from pellucid.cli.console import inspection
from pellucid.data.grouping import Basis
from pellucid.data.split_options import Splitting
from pellucid.errors import DataError
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.loading import StoredModel
from pellucid.model.file import read_model_file
from pellucid.model.record import RowCounts

QUICK: dict[str, Any] = {"max_epochs": 3, "random_state": 0}


def sides(estimator: Estimator, *given: Any, **said: Any) -> list[tuple[set[int], set[int]]]:
    """Numbers of the rows that learn and of those that judge, part by part."""
    reading, split = estimator.part(estimator.read(*given, **said))
    numbers = split.judging(reading.rows).numbers if split.has_folds else reading.rows.numbers
    return [(set(numbers[one]), set(numbers[two])) for one, two in split.parts]


# --- Copies of a row ----------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, 5])
@pytest.mark.parametrize("rows", [300, 700, 1_500])
def test_copies_of_noise_teach_nothing_about_it(rows: int, times: int) -> None:
    """A network that is judged on copies of what it learned looks as if it knew noise."""
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(rows, 5)), generator.integers(0, 2, rows)
    model = Classifier(random_state=0, max_epochs=20).fit(np.tile(X, (times, 1)), np.tile(y, times))
    assert model.model_.record.validation.score < 0.6
    assert model.model_.temperature > 0.8
    copies = (times - 1) * rows
    assert model.notes_[-1].startswith(f"{copies:,} of the {times * rows:,} rows are copies")


@pytest.mark.parametrize("kind", ["array", "frame", "file"])
@pytest.mark.parametrize("estimator", [Classifier(**QUICK), Regressor(**QUICK)])
def test_copies_stay_on_one_side_however_they_come(
    kind: str, estimator: Estimator, tmp_path: Any
) -> None:
    """Each of 1,100 rows is measured twice, with different results."""
    generator = np.random.default_rng(0)
    frame = pl.DataFrame(generator.normal(size=(1_100, 3)).round(4), schema=["a", "b", "c"])
    frame = pl.concat([frame, frame]).with_columns(y=pl.Series(generator.integers(0, 2, 2_200)))
    given: tuple[Any, Any] = (frame, "y")
    if kind == "array":
        given = (frame.drop("y").to_numpy(), frame["y"].to_numpy())
    if kind == "file":
        frame.write_csv(tmp_path / "t.csv")
        given = (tmp_path / "t.csv", "y")
    ((learning, judging),) = sides(estimator, *given)
    assert len(judging) > 200
    assert {(number - 1) % 1_100 for number in learning}.isdisjoint(
        (number - 1) % 1_100 for number in judging
    )


def test_columns_that_are_left_out_do_not_tell_copies_apart() -> None:
    """A table pasted together twice, its rows numbered afterwards."""
    generator = np.random.default_rng(0)
    cells = np.tile(generator.normal(size=(1_500, 3)), (2, 1))
    frame = pl.DataFrame(cells).with_columns(
        id=pl.Series([f"R{i}" for i in range(3_000)]), y=pl.Series(np.tile(np.arange(1_500), 2) % 2)
    )
    ((learning, judging),) = sides(Classifier(), frame, "y")
    assert {number % 1_500 for number in learning}.isdisjoint(number % 1_500 for number in judging)


def test_rows_equal_by_chance_are_no_copies() -> None:
    generator = np.random.default_rng(0)
    X = generator.integers(0, 3, (3_000, 3))
    model = Classifier(**QUICK).fit(X, generator.integers(0, 2, 3_000))
    assert model.notes_ == ()
    assert model.model_.record.validation.rows == 450


def copied_noise() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """700 rows of noise, most of them four times more, and which of the 700 each is."""
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(700, 5)), generator.integers(0, 2, 700)
    copied = np.r_[np.tile(np.arange(500), 5), np.arange(500, 700)]
    return X[copied], y[copied], copied


@pytest.mark.parametrize("rows", [2_700, 900])  # many, and so few that there would be folds
@pytest.mark.parametrize("said", ["by_time", "groups"])
def test_copies_that_time_or_groups_part_do_not_judge(rows: int, said: str) -> None:
    X, y, copied = (each[-rows:] for each in copied_noise())
    order = np.random.default_rng(1).permutation(rows)
    split_by = {"by_time": order, "groups": order % 9}
    model = Classifier(random_state=0, max_epochs=20, members=2)
    read = model.read(X, y, splitting=Splitting(**{said: split_by[said]}))
    reading, split = model.part(read)
    places = reading.rows.numbers - 1
    assert split.has_validation
    assert not set(copied[places[split.training]]) & set(copied[places[split.validation]])
    without = f"without {split.basis.repeated:,} copies of rows that learn"
    assert split.basis.repeated > 10
    assert split.basis.words.endswith(without)
    assert "a row does not judge if a copy of it learns" in reading.notes[-2]
    assert (
        reading.notes[-1] == f"validation {without}: {len(split.validation):,} rows left to judge"
    )


def test_if_every_row_held_back_is_a_copy_there_is_no_score_but_a_note() -> None:
    X, y, _ = (each[:2_500] for each in copied_noise())
    model = Classifier(random_state=0, max_epochs=2, members=1).fit(X, y, by_time=np.arange(2_500))
    assert not model.model_.record.validation
    assert model.notes_[-1] == (
        "validation without 375 copies of rows that learn: none is left: no score"
    )
    table = pl.DataFrame(X).with_columns(y=y, t=np.arange(2_500))
    with pytest.raises(DataError, match="every row that would judge is a copy of one that learns"):
        pellucid.compare(table, "y", by_time="t", columns={"t": "left out"})


@pytest.mark.parametrize("folds", [None, 3])
def test_nobody_in_a_comparison_judges_copies_that_groups_part(folds: int | None) -> None:
    X, y, copied = copied_noise()
    table = pl.DataFrame(X).with_columns(y=y, g=np.random.default_rng(1).permutation(2_700) % 9)
    found = pellucid.compare(table, "y", group="g", folds=folds, max_epochs=3, members=1)
    for learning, judging in found.parts:
        assert not set(copied[learning - 1]) & set(copied[judging - 1])
    assert "copies of rows that learn" in found.leaderboard.rows
    assert found.leaks == []


# --- Groups -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visits() -> pl.DataFrame:
    """1,200 visits of 60 patients: nothing but who comes tells whether they are sick."""
    generator = np.random.default_rng(0)
    patient = np.sort(generator.integers(0, 60, 1_200))
    cells = generator.normal(size=(60, 3))[patient] + 0.1 * generator.normal(size=(1_200, 3))
    return pl.DataFrame(cells.round(4), schema=["a", "b", "c"]).with_columns(
        patient=pl.Series([f"P{number:02d}" for number in patient]),
        day=pl.Series(generator.integers(18_000, 19_000, 1_200)).cast(pl.Date),
        sick=pl.Series(np.where(generator.integers(0, 2, 60)[patient], "yes", "no")),
        cost=pl.Series(generator.normal(size=60)[patient].round(4)),
    )


def on_both_sides(values: Any, learning: set[int], judging: set[int]) -> set[Any]:
    """What rows on both sides have in common."""
    one, two = ({values[number - 1] for number in side} for side in (learning, judging))
    return one & two


@pytest.mark.parametrize("rows", [600, 1_200])  # in folds, and held out
@pytest.mark.parametrize("target", ["sick", "cost", ["sick", "old"]])
@pytest.mark.parametrize("given", ["name", "values"])
def test_no_patient_learns_and_judges(
    visits: pl.DataFrame, rows: int, target: Any, given: str
) -> None:
    table = visits.sample(rows, seed=1).with_columns(old=pl.col("a") > 0)
    table = table.drop({"sick", "cost", "old"} - {*([target] if target == str(target) else target)})
    estimator: Estimator = (Regressor if target == "cost" else Classifier)(**QUICK)
    patients = table["patient"].to_list()
    said = Splitting(groups="patient" if given == "name" else patients)
    parts = sides(estimator, table, target, splitting=said)
    assert len(parts) == (5 if rows == 600 else 1)
    for learning, judging in parts:
        assert learning
        assert judging
        assert not on_both_sides(patients, learning, judging)
    kind = estimator.read(table, target, splitting=said).schema["patient"].kind
    assert kind == ("left out" if given == "name" else "category")


def test_groups_weights_and_class_weights_go_together(visits: pl.DataFrame) -> None:
    weights = np.random.default_rng(0).random(1_200) + 0.1
    weights[:30] = 0
    model = Classifier(class_weight="balanced", **QUICK).fit(
        visits.select("a", "b", "c"), visits["sick"], weights, groups=visits["patient"]
    )
    split = model.model_.record.split
    assert split.by == "group"
    assert 5 <= split.judging < split.groups <= 60


def test_the_judgement_is_about_patients_never_seen(visits: pl.DataFrame) -> None:
    """By chance every patient is on both sides, and validation takes memory for knowledge."""
    table = visits.drop("cost", "day")
    by_chance = pellucid.fit(table.drop("patient"), "sick", max_epochs=15)
    by_group = pellucid.fit(table, "sick", group="patient", max_epochs=15)
    assert by_chance.model_.record.validation.score > 0.9
    assert by_group.model_.record.validation.score < 0.8


def test_a_group_column_is_learned_from_where_a_person_says_what_it_is(
    visits: pl.DataFrame,
) -> None:
    table = visits.drop("cost")
    left_out = pellucid.fit(table, "sick", group="patient", **QUICK).schema_["patient"]
    assert left_out.kind == "left out"
    assert left_out.reason == "says which rows belong together (group)"
    kept = pellucid.fit(table, "sick", group="patient", columns={"patient": "category"}, **QUICK)
    assert kept.schema_["patient"].kind == "category"
    assert kept.predict(table).shape == (1_200,)


def test_a_row_without_a_group_is_one_of_its_own(visits: pl.DataFrame) -> None:
    table = visits.with_columns(
        patient=pl.when(pl.int_range(pl.len()) < 10).then(None).otherwise("patient")
    )
    model = pellucid.fit(table.drop("cost"), "sick", group="patient", **QUICK)
    assert "10 rows without 'patient': each is a group of its own" in model.notes_
    assert model.model_.record.split.groups == table["patient"].n_unique() - 1 + 10


def test_fewer_groups_than_members_make_fewer_folds(visits: pl.DataFrame) -> None:
    three = visits.filter(pl.col("patient").is_in(["P01", "P02", "P03"])).drop("cost", "sick")
    three = three.with_columns(y=pl.Series(np.arange(three.height) % 2))
    record = pellucid.fit(three, "y", group="patient", **QUICK).model_.record
    assert record.folds == 3
    assert record.split == Basis(by="group", column="patient", groups=3, judging=3)
    assert record.split.words == "3 groups of patient"


def test_groups_in_scikit_learns_own_loops(visits: pl.DataFrame) -> None:
    X, y = visits.select("a", "b", "c").to_pandas(), visits["sick"].to_numpy()
    patient = visits["patient"].to_numpy()
    scores = cross_val_score(
        Classifier(**QUICK), X, y, cv=GroupKFold(2), groups=patient, params={"groups": patient}
    )
    assert len(scores) == 2
    with sklearn.config_context(enable_metadata_routing=True):
        asking = Classifier(**QUICK).set_fit_request(groups=True)
        routed = cross_val_score(asking, X, y, cv=GroupKFold(2), params={"groups": patient})
    assert routed.tolist() == scores.tolist()


# --- Time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [300, 1_200])  # so few that there would be folds; and many
@pytest.mark.parametrize("kind", ["date", "text", "year", "values"])
def test_later_rows_judge(visits: pl.DataFrame, rows: int, kind: str) -> None:
    table = visits.sample(rows, seed=0).drop("cost")
    day = table["day"]
    said: Any = "day"
    if kind == "text":
        table = table.with_columns(pl.col("day").dt.strftime("%d.%m.%Y"))
    if kind == "year":
        day = day.dt.year()
        table = table.with_columns(day=day)
    if kind == "values":
        said = day.to_numpy()
    ((learning, judging),) = sides(Classifier(), table, "sick", splitting=Splitting(by_time=said))
    days = day.to_list()
    assert max(days[number - 1] for number in learning) < min(
        days[number - 1] for number in judging
    )
    if kind != "year":
        assert 0.12 * rows < len(judging) < 0.18 * rows


def test_what_time_decided_is_said(visits: pl.DataFrame) -> None:
    table = visits.drop("cost").with_columns(
        day=pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise("day")
    )
    model = pellucid.fit(table, "sick", by_time="day", **QUICK)
    assert model.notes_ == (
        "7 rows without 'day': they learn",
        "'day' orders the rows, and is learned from too",
    )
    split = model.model_.record.split
    assert (split.by, split.column) == ("time", "day")
    assert split.since.startswith("2021-")
    left_out = pellucid.fit(table, "sick", by_time="day", columns={"day": "left out"}, **QUICK)
    assert left_out.model_.record.split == split
    assert left_out.notes_ == ("7 rows without 'day': they learn",)


def test_a_class_that_only_later_rows_have_is_one_of_the_classes() -> None:
    generator = np.random.default_rng(0)
    y = np.array(["old"] * 700 + ["older"] * 400 + ["new"] * 20)
    model = Classifier(**QUICK).fit(generator.normal(size=(1_120, 2)), y, by_time=np.arange(1_120))
    assert model.classes_.tolist() == ["new", "old", "older"]
    assert model.predict_proba([[0.0, 0.0]]).shape == (1, 3)


# --- Repeated rows, and rows given to judge -----------------------------------------------------


def test_repeated_rows_are_dropped_before_anything_and_counted(tmp_path: Any) -> None:
    """A table pasted together twice is what it was, its row numbers included."""
    generator = np.random.default_rng(0)
    once = pl.DataFrame(generator.normal(size=(400, 2)).round(3), schema=["a", "b"]).with_columns(
        number=pl.Series(1 + generator.permutation(400)), y=pl.Series(generator.integers(0, 2, 400))
    )
    pl.concat([once, once]).write_csv(tmp_path / "twice.csv")
    alone = pellucid.fit(once, "y", **QUICK)
    model = pellucid.fit(tmp_path / "twice.csv", "y", drop_repeated=True, **QUICK)
    assert model.notes_ == ("repeated rows dropped: 400",)
    assert model.schema_["number"].kind == alone.schema_["number"].kind == "left out"
    assert (model.predict_proba(once) == alone.predict_proba(once)).all()


def test_rows_keep_their_numbers_where_repeated_ones_are_dropped() -> None:
    """The odd cell stands in row 390 of the table, and 290 of what is left."""
    once = pl.DataFrame({"a": [f"{i}.5" for i in range(300)], "y": ["yes", "no"] * 150})
    twice = pl.concat([once.head(100), once])
    is_odd = pl.int_range(pl.len()) == 389
    twice = twice.with_columns(a=pl.when(is_odd).then(pl.lit("oops")).otherwise("a"))
    model = pellucid.fit(twice, "y", drop_repeated=True, columns={"a": "number"}, **QUICK)
    assert "such as 'oops' in row 390" in model.schema_["a"].reason


def test_cells_that_are_left_out_do_not_save_a_repeated_row() -> None:
    generator = np.random.default_rng(0)
    X = np.tile(generator.normal(size=(100, 3)), (2, 1))
    table = pl.DataFrame(X).with_columns(
        id=pl.Series([f"R{i}" for i in range(200)]), y=pl.Series([0, 1] * 100)
    )
    model = pellucid.fit(table, "y", drop_repeated=True, **QUICK)
    assert model.notes_ == ("repeated rows dropped: 100",)


@pytest.mark.parametrize("how", ["arrays", "frame", "file", "frame and values"])
def test_rows_that_are_given_judge_and_all_others_learn(
    visits: pl.DataFrame, how: str, tmp_path: Any
) -> None:
    table = visits.select("a", "b", "c", "sick")
    first, last = table[:500], table[500:]
    X, y = first.drop("sick"), first["sick"]
    given: Any = (last.drop("sick"), last["sick"])
    model = Classifier(**QUICK)
    if how == "arrays":
        given = (last.drop("sick").to_numpy(), last["sick"].to_numpy())
        model.fit(X.to_numpy(), y.to_numpy(), validation_data=given)
    if how == "frame":
        model.fit(first, "sick", validation_data=last)
    if how == "file":
        last.write_csv(tmp_path / "last.csv")
        model.fit(first, "sick", validation_data=tmp_path / "last.csv")
    if how == "frame and values":
        model.fit(X, y, validation_data=given)
    record = model.model_.record
    assert record.rows == RowCounts(training=500, validation=700)
    assert record.validation.rows == 700
    assert record.split.by == "own"
    assert record.folds == 0


def test_numbers_may_be_judged_by_rows_that_are_given(visits: pl.DataFrame) -> None:
    table = visits.select("a", "b", "c", "cost")
    model = pellucid.fit(table[:600], "cost", validation_data=table[600:], **QUICK)
    assert model.predict(table, interval=0.9)[1].shape == (1_200, 2)


ONE = pl.DataFrame(
    {"a": [0.0], "b": [0.0], "c": [0.0], "patient": ["P00"], "day": [date(2021, 1, 1)]}
)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"groups": "patiens"}, "X has no column 'patiens'. Did you mean 'patient'?"),
        ({"groups": ["a"] * 3}, "group= has 3 values and there are 1,200 rows."),
        ({"groups": np.zeros((1_200, 2))}, "group= must be the name of a column or one value"),
        ({"groups": np.zeros(1_200)}, "All rows of X are of one group, '0' of 'group'"),
        ({"groups": "patient", "by_time": "day"}, "Give group= or by_time=, not both"),
        ({"by_time": "patient"}, "by_time= needs dates or numbers, but 'patient' of X holds 'P00'"),
        ({"by_time": np.ones(1_200)}, "every row that has one has the same time in 'by_time'"),
        ({"by_time": [None] * 1_200}, "no row has time in 'by_time'"),
        ({"drop_repeated": "yes"}, "drop_repeated must be True or False, but is 'yes'."),
        ({"validation_data": 7}, "validation_data must be rows and their targets, (X, y)"),
        ({"validation_data": (ONE, ["maybe"])}, "validation_data has the class 'maybe'"),
        ({"validation_data": (ONE, ["no", "no"])}, "X has 1 rows and y has 2 targets"),
        (
            {"validation_data": (ONE, ["no"]), "groups": "patient"},
            "Give validation_data= or group=, not both",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(visits: pl.DataFrame, said: Any, words: str) -> None:
    X = visits.drop("sick", "cost")
    with pytest.raises(pellucid.PellucidError) as refusal:
        Classifier(**QUICK).fit(X, visits["sick"], **said)
    assert words in str(refusal.value)


# --- In a comparison ----------------------------------------------------------------------------


def test_a_comparison_holds_whole_groups_out_and_grows_by_whole_groups(
    visits: pl.DataFrame,
) -> None:
    found = pellucid.compare(
        visits.drop("cost"), "sick", group="patient", grow=True, max_epochs=1, members=1
    )
    ((learning, judging),) = found.parts
    patients = visits["patient"].to_list()
    assert not on_both_sides(patients, set(learning), set(judging))
    split = found.leaderboard.split
    assert found.leaderboard.rows == (
        f"{len(judging)} test rows, {split.judging} of 60 groups of patient "
        f"({100 * len(judging) / 1_200:.0f} %, locked away before)"
    )
    assert found.to_json()["report"]["split"]["groups"] == 60
    assert found.estimator.model_.record.split.by == "group"
    assert found.growth is not None


def test_a_comparison_in_folds_of_groups(visits: pl.DataFrame) -> None:
    rows = visits.drop("cost").sample(400, seed=0)
    found = pellucid.compare(rows, "sick", group="patient", folds=3, max_epochs=1, members=1)
    patients = rows["patient"].to_list()
    for learning, judging in found.parts:
        assert not on_both_sides(patients, set(learning), set(judging))
    groups = rows["patient"].n_unique()
    assert found.leaderboard.rows == (
        "all 400 rows, each by who did not learn from it or its group (3 folds, "
        f"{groups} groups of patient)"
    )
    few = visits.filter(pl.col("patient") < "P03").drop("cost")
    with pytest.raises(OptionError, match="folds must be at most 3, the number of groups of"):
        pellucid.compare(few, "sick", group="patient", folds=4)


def test_a_comparison_by_time(visits: pl.DataFrame) -> None:
    found = pellucid.compare(visits.drop("cost"), "sick", by_time="day", max_epochs=1, members=1)
    ((learning, judging),) = found.parts
    days = visits["day"].to_numpy()
    assert days[learning - 1].max() < days[judging - 1].min()
    assert f"the latest, day from {days[judging - 1].min()} on" in found.leaderboard.rows
    own = found.estimator.model_.record.split
    assert own.by == "time"
    assert own.since < str(days[judging - 1].min())


def test_copies_do_not_straddle_a_comparison_nor_its_folds() -> None:
    generator = np.random.default_rng(0)
    once = pl.DataFrame(generator.normal(size=(300, 3))).with_columns(
        y=pl.Series(generator.integers(0, 2, 300))
    )
    for folds in (None, 3):
        found = pellucid.compare(pl.concat([once] * 3), "y", folds=folds, max_epochs=3, members=1)
        for learning, judging in found.parts:
            assert not set(learning % 300) & set(judging % 300)
        assert found.leaks == []
        assert max(each.scores[0].value for each in found.leaderboard.entries) < 0.65


def test_repeated_rows_of_a_test_table_are_dropped_too(visits: pl.DataFrame) -> None:
    rows = visits.select("a", "b", "c", "sick")
    test = pl.concat([rows[900:], rows[:100]])
    alarmed = pellucid.compare(rows[:900], "sick", test=test, max_epochs=1, members=1)
    assert "leave them out: drop_repeated=True" in alarmed.leaks[-1]
    found = pellucid.compare(
        rows[:900], "sick", test=test, drop_repeated=True, max_epochs=1, members=1
    )
    assert found.leaks == []
    assert found.leaderboard.num_rows == 300
    assert "repeated rows of DataFrame dropped: 100" in found.estimator.notes_


def test_a_model_file_says_who_judged(visits: pl.DataFrame, tmp_path: Any) -> None:
    visits.drop("cost").write_csv(tmp_path / "visits.csv")
    model = pellucid.fit(tmp_path / "visits.csv", "sick", group="patient", **QUICK)
    model.save(tmp_path / "m.pellucid")
    words = model.model_.record.split.words
    assert words.endswith(" of 60 groups of patient")
    screen = Console(record=True, width=200, quiet=False, file=io.StringIO())
    path = tmp_path / "m.pellucid"
    screen.print(inspection(StoredModel("m", *read_model_file(path)).description(), path))
    assert f": {words}" in screen.export_text()
