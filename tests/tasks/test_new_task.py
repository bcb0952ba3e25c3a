"""A task nobody knew: one class and one line in `TASKS`, and it can do what every other can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import clone
from torch import Tensor

import pellucid
from pellucid.cli import console
from pellucid.data.targets import NUMBERS
from pellucid.estimators.loading import StoredModel
from pellucid.estimators.predict_file import predict_file
from pellucid.files.fields import Fields
from pellucid.model.file import read_model_file
from pellucid.network.losses import Loss
from pellucid.tasks.answers import Array, Bools, Floats, Resampled, named
from pellucid.tasks.choice import TASKS
from pellucid.tasks.conformal import Conformal
from pellucid.tasks.metrics import Folds, Score, number_scores
from pellucid.tasks.resampling import number_scorer
from pellucid.tasks.task import Task, Truth


def poisson_forward(
    output_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """ℓ = eᶻ − y z: −log of Poisson's probability of y, but for what z cannot change."""
    rate_RO = output_RO.exp()
    loss_R = (rate_RO - target_RO * output_RO).sum(dim=1)
    return (loss_R if weight_R is None else loss_R * weight_R).mean(), rate_RO - target_RO


def poisson_backward(error_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None) -> Tensor:
    """∂L/∂z = (eᶻ − y) / R."""
    weighed_RO = error_RO if weight_R is None else error_RO * weight_R[:, None]
    return weighed_RO / len(error_RO)


POISSON = Loss(
    name="poisson", formula="eᶻ − y z", forward=poisson_forward, backward=poisson_backward
)


@dataclass(frozen=True, eq=False)
class Count(Task):
    """How often something happens: the network learns the logarithm of a rate.

    Attributes:
        most: Greatest count in training; no prediction is above.
    """

    kind = "count"
    called = "count"
    reader = NUMBERS
    num_steps = 1_000
    has_temperature = False
    region_name = "intervals"
    score_name = "MAE"
    loss_title = "Poisson loss"
    error_name = "MAE"
    prior_name = "mean"
    flat_family = "regressor"
    findings = ("residuals",)
    most: float

    @classmethod
    def fit(cls, target: Array, weights: Floats, classes: Array | None = None) -> Count:
        return cls(float(target.max()))

    @property
    def loss(self) -> Loss:
        return POISSON

    @property
    def loss_of_nothing(self) -> float:
        return self.most

    @property
    def num_outputs(self) -> int:
        return 1

    def encode(self, target: Array) -> Tensor:
        return torch.from_numpy(target.astype(np.float32))

    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        return outputs_KBO.double().exp().mean(dim=0).clamp(max=self.most)

    def prior(self, target: Array) -> Floats:
        return target.mean(axis=0)

    def values(self, decoded: Floats) -> Array:
        return decoded

    def columns(
        self, decoded: Floats, regions: Array | None, targets: Sequence[str]
    ) -> Mapping[str, Any]:
        bounds = {} if regions is None else {"fewest": regions[:, 0, 0], "most": regions[:, 0, 1]}
        return {"rate": decoded[:, 0], **bounds}

    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        return Conformal.of(np.abs(target - decoded))

    def regions(self, outputs_KBO: Tensor, decoded: Floats, limit: Floats, spread: Floats) -> Array:
        return np.stack([np.maximum(decoded - limit, 0.0), decoded + limit], axis=2)

    def coverage(self, regions: Array, truth: Truth) -> tuple[Bools, Floats]:
        low, high = regions[:, :, 0], regions[:, :, 1]
        return (low <= truth.target) & (truth.target <= high), np.median(high - low, axis=0)

    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        return (decoded - target * np.log(np.maximum(decoded, 1e-9))).sum(axis=1)

    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        return np.abs(decoded - target).mean(axis=1)

    def error(self, score: float) -> float:
        return score

    def score_drop(self, before: Floats, after: Floats, weights: Floats) -> Floats:
        return after - before

    def scores(
        self,
        decoded: Floats,
        target: Array,
        folds: Folds | None = None,
        reference: Floats | None = None,
    ) -> list[Score]:
        return sorted(number_scores(decoded, target, reference), key=lambda s: s.name != "MAE")

    def resampled(self, decoded: Floats, target: Array, folds: Folds | None) -> Resampled | None:
        return number_scorer(decoded, target)

    def from_flat(self, predictions: Floats, classes: Array | None) -> Floats:
        return np.clip(predictions, 0.0, self.most)

    def output_names(self, targets: Sequence[str]) -> list[str]:
        return named(targets, 1)

    def answer_name(self, place: int, targets: Sequence[str]) -> str:
        return f"expected {self.output_names(targets)[place]}"

    def truth_words(self, target: Any) -> str:
        return f"{target[0]:.0f}"

    def answer_words(self, decoded: Floats) -> str:
        return f"{decoded[0]:.1f}"

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "most": self.most}

    @classmethod
    def from_json(cls, plain: Fields) -> Count:
        return cls(plain.number("most", at_least=0.0))


@pytest.fixture(scope="module")
def visits() -> pl.DataFrame:
    generator = np.random.default_rng(0)
    rain, holiday = generator.random(400), generator.integers(0, 2, 400)
    rate = np.exp(2.0 - 2.0 * rain + holiday)
    return pl.DataFrame({"rain": rain, "holiday": holiday, "visits": generator.poisson(rate)})


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "count", Count)
        yield


@pytest.fixture(scope="module")
def counter(_registered: None, visits: pl.DataFrame) -> Any:
    return pellucid.fit(visits, "visits", task="count", random_state=0)


def test_it_learns_predicts_and_keeps_what_it_learned(
    counter: Any, visits: pl.DataFrame, tmp_path: Path
) -> None:
    assert isinstance(counter.model_.task, Count)
    assert counter.score(visits) > 0.6
    counter.save(tmp_path / "m.pellucid")
    again = pellucid.load(tmp_path / "m.pellucid")
    assert np.array_equal(again.predict(visits), counter.predict(visits))
    assert again.task_name == clone(again).task_name == "count"
    assert clone(again).set_params(max_epochs=1).fit(visits, "visits").model_.task.kind == "count"


def test_its_file_of_predictions_has_its_own_columns(
    counter: Any, visits: pl.DataFrame, tmp_path: Path
) -> None:
    visits.write_csv(tmp_path / "new.csv")
    predict_file(counter, str(tmp_path / "new.csv"), tmp_path / "out.csv", interval=0.8)
    assert pl.read_csv(tmp_path / "out.csv").columns == ["rate", "fewest", "most"]


def test_it_is_explained(counter: Any, visits: pl.DataFrame) -> None:
    found = pellucid.explain(counter, visits, 1)
    console.explanation(found, counter)
    assert found.output == "expected visits"
    assert set(found.columns) == {"rain", "holiday"}
    falls = pellucid.response_curve(counter, visits, "rain").mean
    assert falls[0] > falls[-1]


def test_it_is_judged_on_new_rows(counter: Any, visits: pl.DataFrame, tmp_path: Path) -> None:
    found = pellucid.evaluate(counter, visits)
    assert found.leaderboard.entries[0].scores[0].name == "MAE"
    assert "better than knowing nothing" in found.verdict
    assert [each.target for each in found.coverages] == ["visits"]
    console.evaluation(found, pellucid.read_table(visits))
    pellucid.write_report(found, tmp_path / "page.html")
    assert "Residuals of visits" in (tmp_path / "page.html").read_text()


def test_it_is_compared_with_flat_algorithms(visits: pl.DataFrame, tmp_path: Path) -> None:
    found = pellucid.compare(visits, "visits", task="count", max_epochs=5)
    names = [each.name for each in found.leaderboard.entries]
    assert {"network", "mean", "gradient boosting"} <= set(names)
    assert not [each.failure for each in found.leaderboard.entries if each.failure]
    console.comparison(found)
    pellucid.write_report(found, tmp_path / "page.html")
    assert "Residuals of visits" in (tmp_path / "page.html").read_text()


def test_a_model_file_of_it_is_inspected(counter: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.pellucid"
    counter.save(path)
    console.inspection(StoredModel("m", *read_model_file(path)).description(), path)
    assert "MAE" in repr(counter)


def test_it_must_be_asked_for_and_one_that_nobody_wrote_is_refused(visits: pl.DataFrame) -> None:
    assert pellucid.fit(visits, "visits", max_epochs=1).model_.task.kind == "regression"
    with pytest.raises(pellucid.OptionError, match="'regression' or 'count', but is 'ranking'"):
        pellucid.fit(visits, "visits", task="ranking")


def test_its_derivative_is_right() -> None:
    z = torch.randn(6, 1, dtype=torch.float64, requires_grad=True)
    y, weights = torch.arange(6.0).double()[:, None], torch.arange(6.0).double()
    loss, kept = POISSON.forward(z, y, weights)
    (expected,) = torch.autograd.grad(loss, z)
    torch.testing.assert_close(POISSON.backward(kept.detach(), y, weights), expected)


def test_where_no_flat_algorithm_learns_it_it_is_not_compared_and_that_is_said_before_training(
    visits: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Count, "flat_family", None)
    stages: list[Any] = []
    with pytest.raises(pellucid.OptionError, match="'count' cannot be compared, since no flat"):
        pellucid.compare(visits, "visits", task="count", on_stage=stages.append)
    assert stages == []
    found = pellucid.fit_and_evaluate(visits, "visits", task="count", max_epochs=1)
    assert [each.name for each in found.leaderboard.entries] == ["network"]
