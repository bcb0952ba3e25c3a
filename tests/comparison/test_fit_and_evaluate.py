"""What `pellucid fit` does, as one call: trained, saved, scored beside baselines, saved again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid import OptionError, TrainingResult
from pellucid.comparison import fit_and_evaluate as module
from pellucid.comparison import runs
from pellucid.comparison.flat_process import FlatProcess
from pellucid.comparison.stages import LeaksSought, RowsRead, Trained
from pellucid.training.events import COMPLETE, TrainingEnded, TrainingStarted

QUICK: dict[str, Any] = {"max_epochs": 2, "hidden_layer_sizes": (8,), "members": 2}


@pytest.fixture(scope="module")
def bought(people: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    path = tmp_path_factory.mktemp("fit") / "buys.pellucid"
    return pellucid.fit_and_evaluate(people.drop("spends"), "buys", out=path, **QUICK)


def test_the_saved_model_predicts_the_same_and_knows_its_scores(
    bought: TrainingResult, people: pl.DataFrame
) -> None:
    assert bought.saved is not None
    model = pellucid.load(bought.saved)
    assert np.array_equal(model.predict(people), bought.estimator.predict(people))
    assert model.model_.record.leaderboard == bought.leaderboard


def test_the_option_stays_what_was_said_though_training_gets_half_of_the_time(
    people: pl.DataFrame,
) -> None:
    table = people.drop("spends")
    found = pellucid.fit_and_evaluate(table, "buys", time_budget=60.0, baselines=False, **QUICK)

    ways = len(found.estimator.model_.record.tried)
    assert found.estimator.time_budget == 60.0
    assert 0.0 < found.estimator.model_.record.plan.time_budget * ways <= 30.0


def test_the_network_comes_first_and_then_the_baselines(bought: TrainingResult) -> None:
    names = bought.to_frame()["algorithm"].to_list()
    assert names[:2] == ["network", "majority class"]
    assert len(names) == 5
    assert bought.verdict
    assert "240 rows judged" in repr(bought)


def test_every_row_judged_once_by_members_that_had_not_learned_from_it(
    bought: TrainingResult,
) -> None:
    assert sorted(bought.judged.rows.numbers) == list(range(1, 241))
    for learned, judged in bought.parts:
        assert not set(learned) & set(judged)


def test_its_facts_are_plain_data(bought: TrainingResult) -> None:
    facts = json.loads(json.dumps(bought.to_json()))
    assert facts["model"] == str(bought.saved)
    assert facts["ended"]["reason"] in COMPLETE
    assert facts["report"]["judgements"][0]["name"] == "network"


def test_a_page_tells_of_it(bought: TrainingResult, tmp_path: Path) -> None:
    pellucid.write_report(bought, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "Made in Python, by pellucid.fit_and_evaluate" in text


def test_what_happens_is_told_in_order_and_the_model_is_on_disk_before_it_is_scored(
    people: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = tmp_path / "buys.pellucid", []

    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "compare_with_baselines", fail)
    with pytest.raises(MemoryError):
        pellucid.fit_and_evaluate(people, "buys", out=path, on_event=told.append, **QUICK)
    assert pellucid.load(path).model_.record.leaderboard is None
    kinds = [type(event) for event in told]
    assert kinds[:3] == [RowsRead, LeaksSought, TrainingStarted]
    assert kinds[-2:] == [TrainingEnded, Trained]


def test_another_table_may_judge_and_nothing_need_be_saved(people: pl.DataFrame) -> None:
    found = pellucid.fit_and_evaluate(
        people[:200].drop("buys"), "spends", test=people[200:], baselines=False, **QUICK
    )
    assert (found.saved, found.leaderboard.rows) == (None, "40 test rows")
    assert found.to_frame()["algorithm"].to_list() == ["network"]
    assert list(found.judged.rows.numbers) == list(range(1, 41))


def test_a_training_that_is_stopped_is_scored_all_the_same(people: pl.DataFrame) -> None:
    found = pellucid.fit_and_evaluate(people, "buys", baselines=False, stop=lambda: True, **QUICK)
    assert found.leaderboard.unfinished.endswith("stopped")
    assert "was not finished" in found.verdict


def test_a_file_remembers_which_table_it_was_trained_on(
    people: pl.DataFrame, tmp_path: Path
) -> None:
    people.write_csv(tmp_path / "people.csv")
    found = pellucid.fit_and_evaluate(tmp_path / "people.csv", "buys", baselines=False, **QUICK)
    origin = found.estimator.model_.record.origin
    assert origin is not None
    assert origin.table == "people.csv"


def test_a_table_that_is_read_is_not_written_over(people: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    people.write_csv(path)
    with pytest.raises(OptionError, match="is the table"):
        pellucid.fit_and_evaluate(path, "buys", out=path)
    with pytest.raises(OptionError, match="is the test table"):
        pellucid.fit_and_evaluate(people, "buys", test=path, out=path)
    with pytest.raises(OptionError, match="is the validation table"):
        pellucid.fit_and_evaluate(people, "buys", validation_data=path, out=path)


def tell_of_processes(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each process that is started, by whoever starts it."""

    class Told(FlatProcess):
        def __init__(self) -> None:
            told.append("process")
            super().__init__()

    for starter in (module, runs):
        monkeypatch.setattr(starter, "FlatProcess", Told)


def test_the_process_of_the_baselines_is_started_before_the_training(
    people: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    tell_of_processes(told, monkeypatch)
    pellucid.fit_and_evaluate(
        people.drop("spends"),
        "buys",
        on_event=lambda event: told.append(type(event).__name__),
        **QUICK,
    )
    assert told.index("process") < told.index("TrainingStarted")
    assert told.count("process") == 1


def test_no_process_is_started_for_a_task_that_no_flat_algorithm_learns(
    people: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    tell_of_processes(told, monkeypatch)
    labels = people.drop("spends").with_columns(old=pl.Series([0, 1] * (people.height // 2)))
    found = pellucid.fit_and_evaluate(labels, ["buys", "old"], **QUICK)
    assert [entry.name for entry in found.leaderboard.entries] == ["network"]
    assert told == []


def test_a_process_that_was_started_before_is_used(people: pl.DataFrame) -> None:
    with FlatProcess() as process:
        found = pellucid.fit_and_evaluate(people.drop("spends"), "buys", process=process, **QUICK)
        assert process.is_ready
    assert not any(entry.failure for entry in found.leaderboard.entries)
