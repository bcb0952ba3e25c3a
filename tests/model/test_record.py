"""How a model was trained: typed, written as plain data, every field checked when it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pellucid import Classifier, ModelFileError
from pellucid.data.grouping import Basis
from pellucid.files.fields import Fields
from pellucid.model.leaderboard import Difference, Entry, Leaderboard, Question
from pellucid.model.origin import Origin, origin_of
from pellucid.model.record import Record
from pellucid.tasks.metrics import Score


@pytest.fixture
def record(buyer: Classifier) -> Record:
    return buyer.model_.record


def leaderboard() -> Leaderboard:
    score = Score(name="accuracy", value=0.9, low=0.8, high=0.95, higher_is_better=True)
    gap = Difference(name="accuracy", value=-0.1, low=-0.2, high=0.1)
    return Leaderboard(
        rows="90 validation rows",
        num_rows=90,
        entries=[
            Entry(name="network", scores=[score], seconds=1.0, cpu_seconds=2.0),
            Entry(name="majority class", scores=[score], seconds=0.1, differences=[gap]),
            Entry(name="gradient boosting", scores=[], seconds=60.0, failure="stopped"),
        ],
        leaks=["Column 'x' tells all."],
        questions=[Question(column="age", words="tells most")],
        split=Basis(by="group", column="patient", groups=10, judging=2),
    )


def through_json(plain: object) -> Any:
    return json.loads(json.dumps(plain))


def test_what_is_written_is_what_is_read(record: Record) -> None:
    assert Record.from_json(Fields(through_json(record.to_json()), "the record")) == record


def test_so_are_scores_and_origin(record: Record) -> None:
    plain = record.to_json() | {
        "report": leaderboard().to_json(),
        "origin": {"table": "people.csv", "place": "0123456789ab"},
    }
    found = Record.from_json(Fields(through_json(plain), "the record"))
    assert found.leaderboard == leaderboard()
    assert found.origin == Origin(table="people.csv", place="0123456789ab")
    assert through_json(found.to_json()) == through_json(plain)


def test_the_history_ends_with_the_training(record: Record) -> None:
    assert [epoch.epoch for epoch in record.history] == list(range(1, record.ended.epochs + 1))
    assert record.ended.reason == "all epochs done"
    kept = record.history[record.ended.best_epoch - 1]
    assert kept.validation is not None
    assert kept.loss > 0.0


def test_what_older_files_do_not_say_is_not_there(record: Record) -> None:
    plain = record.to_json()
    for name in ("split", "cost", "prior"):
        del plain[name]
    for way in plain["tried"]:
        del way["reason"]
    found = Record.from_json(Fields(plain, "the record"))
    assert (found.split.words, found.cost, found.prior) == ("", None, None)
    assert (found.origin, found.leaderboard) == (None, None)
    assert [way.reason for way in found.tried] == [None] * len(record.tried)
    assert not found.was_asked_to_end


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("ended.reason", "tired"),
        ("ended.steps", -1),
        ("rows.training", 1.5),
        ("split.by", "whim"),
        ("products", "exact"),
        ("threads", 0),
        ("plan.batch_size", "auto"),
        ("plan.learning_rate", None),
        ("plan.shift", 10**9),
        ("plan.crop", 1e9),
        ("plan.crop", 0.0),
        ("plan.jitter", 1e9),
        ("history.0.loss", None),
        ("history.0.score", "good"),
        ("versions.torch", 2),
        ("tried.0.is_log", 1),
        ("tried.0.reason", "tired"),
        ("cost.seconds", -1.0),
        ("prior.0", "half"),
        ("report.judgements", []),
        ("report.judgements.0.failure", "stopped"),
        ("report.judgements.1.scores.0.name", "fame"),
        ("report.judgements.1.differences.0.value", None),
        ("origin.table", 3),
    ],
)
def test_a_field_that_training_does_not_write_is_refused(
    record: Record, path: str, value: Any
) -> None:
    plain = through_json(record.to_json() | {"report": leaderboard().to_json()})
    plain["origin"] = {"table": "people.csv", "place": "0"}
    holder: Any = plain
    *parents, last = path.split(".")
    for key in parents:
        holder = holder[int(key) if isinstance(holder, list) else key]
    holder[int(last) if isinstance(holder, list) else last] = value
    with pytest.raises(ModelFileError):
        Record.from_json(Fields(plain, "the record"))


def test_a_plan_with_an_option_too_many_is_refused(record: Record) -> None:
    plain = record.to_json()
    plain["plan"]["haste"] = 1
    with pytest.raises(ModelFileError, match="haste"):
        Record.from_json(Fields(plain, "the record"))


def test_the_origin_is_read_without_the_rest() -> None:
    assert origin_of(Fields({}, "the record")) is None
    plain = {"origin": {"table": "people.csv", "place": "0"}}
    assert origin_of(Fields(plain, "the record")) == Origin(table="people.csv", place="0")
