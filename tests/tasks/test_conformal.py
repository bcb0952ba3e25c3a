"""The promised coverage: exact for exchangeable rows, whatever their number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import ModelFileError, OptionError
from pellucid.files.fields import Fields
from pellucid.tasks.conformal import MOST_SCORES, Conformal, check_level


def calibrated(num_rows: int, seed: int = 0) -> tuple[Conformal, np.ndarray]:
    scores = np.random.default_rng(seed).normal(size=num_rows)
    return Conformal.of(scores), np.sort(scores)


@given(num_rows=st.integers(1, MOST_SCORES), level=st.floats(0.01, 0.999))
def test_the_limit_is_the_ranked_score(num_rows: int, level: float) -> None:
    conformal, ordered = calibrated(num_rows)
    rank = int(np.ceil(round((num_rows + 1) * level, 9)))
    if rank > num_rows:
        with pytest.raises(OptionError, match="validation rows are needed"):
            conformal.quantile(level, "interval")
    else:
        assert conformal.quantile(level, "interval") == ordered[rank - 1]


@given(num_rows=st.integers(MOST_SCORES + 1, 60_000), level=st.floats(0.01, 0.999))
def test_of_many_scores_the_kept_ones_never_promise_too_much(num_rows: int, level: float) -> None:
    conformal, ordered = calibrated(num_rows)
    limit = conformal.quantile(level, "interval")
    rank = int(np.ceil(round((num_rows + 1) * level, 9)))
    covered = int(np.searchsorted(ordered, limit, side="right"))
    assert rank <= covered <= rank + num_rows / (MOST_SCORES - 1) + 1
    assert len(conformal.scores) == MOST_SCORES
    assert (conformal.scores[0], conformal.scores[-1]) == (ordered[0], ordered[-1])


@pytest.mark.parametrize(("num_rows", "level"), [(9, 0.9), (50, 0.8), (99, 0.95), (37, 0.5)])
def test_coverage_is_exact_on_average(num_rows: int, level: float) -> None:
    """A new score is below the r-th of n with probability r / (n + 1) (Vovk et al. 2005)."""
    generator = np.random.default_rng(1)
    draws = generator.exponential(size=(20_000, num_rows + 1))
    limits = [Conformal.of(row[:-1]).quantile(level, "interval") for row in draws]
    covered = float((draws[:, -1] <= np.array(limits)).mean())
    expected = np.ceil(round((num_rows + 1) * level, 9)) / (num_rows + 1)
    assert level <= expected <= level + 1 / (num_rows + 1)
    assert covered == pytest.approx(expected, abs=4 * np.sqrt(0.25 / len(draws)))


def test_too_few_rows_say_how_many_are_needed_and_what_can_be_had() -> None:
    conformal, ordered = calibrated(50)
    with pytest.raises(OptionError) as raised:
        conformal.quantile(0.999, "interval")
    assert "999 validation rows are needed, but this model has 50" in str(raised.value)
    assert "0.98 at most" in str(raised.value)
    assert raised.value.option == "interval"
    assert conformal.quantile(0.98, "interval") == ordered[-1]
    assert Conformal.of(ordered[:19]).quantile(0.95, "interval") == ordered[18]


@pytest.mark.parametrize("level", [0, 1, 0.0, 1.0, -0.5, 90, float("nan"), True, "0.9", None])
def test_what_is_no_coverage_is_refused(level: Any) -> None:
    with pytest.raises(OptionError, match="above 0 and below 1") as raised:
        check_level(level, "coverage")
    assert raised.value.option == "coverage"


def test_scores_survive_their_file() -> None:
    conformal = Conformal.of(np.random.default_rng(0).normal(size=(3_000, 2)), np.array([0.0, 2.0]))
    again = Conformal.from_json(Fields(conformal.to_json(), "it"), conformal.scores)
    assert np.array_equal(again.quantile(0.9, "interval"), conformal.quantile(0.9, "interval"))
    assert again.spread.tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    ("plain", "scores"),
    [
        ({"rows": 3, "spread": []}, np.array([1.0, 2.0])),
        ({"rows": 2, "spread": []}, np.array([2.0, 1.0])),
        ({"rows": 2, "spread": []}, np.array([1.0, np.nan])),
        ({"rows": 2, "spread": []}, np.array([1, 2])),
        ({"rows": 0, "spread": []}, np.empty(0)),
        ({"rows": 2, "spread": [np.inf]}, np.array([1.0, 2.0])),
    ],
)
def test_senseless_scores_in_a_file_are_refused(plain: dict[str, Any], scores: np.ndarray) -> None:
    with pytest.raises(ModelFileError, match=r"scores|spread|rows"):
        Conformal.from_json(Fields(plain, "it"), scores)
