"""What "auto" means where there are texts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier
from pellucid.data.rows import Rows
from pellucid.model.text_recipe import MOST_TERMS, Texts

GOOD = ["great", "lovely", "fine", "kind", "warm"]
BAD = ["awful", "rude", "cold", "late", "broken"]
FILLING = ["the", "service", "was", "and", "room", "we", "stayed", "there", "for", "days"]


def reviews(count: int, seed: int = 0) -> pl.DataFrame:
    """Texts of ten words, two of which say what was thought of a stay, and its price."""
    generator = np.random.default_rng(seed)
    is_good = generator.random(count) < 0.5
    texts = [
        " ".join(
            generator.permutation(
                [*generator.choice(GOOD if good else BAD, 2), *generator.choice(FILLING, 8)]
            )
        )
        for good in is_good
    ]
    price = generator.normal(100.0, 10.0, count)
    return pl.DataFrame({"review": texts, "price": price, "good": is_good})


def fit(table: pl.DataFrame, **options: object) -> Classifier:
    usual = {"columns": {"review": "text"}, "random_state": 0}
    estimator = Classifier(**{**usual, **options})  # type: ignore[arg-type]
    return estimator.fit(table.drop("good"), table["good"].to_numpy())


def rows_of(**columns: list[str | float]) -> Rows:
    cells = [
        pl.Series(name, cells).cast(pl.Binary) if isinstance(cells[0], str) else pl.Series(cells)
        for name, cells in columns.items()
    ]
    frame = pl.DataFrame([column.alias(str(i)) for i, column in enumerate(cells)])
    n = frame.height
    return Rows(frame=frame, target=np.zeros(n), weights=np.ones(n), numbers=np.arange(n))


def test_texts_alone_have_one_layer_above_their_terms() -> None:
    plan = fit(reviews(300).drop("price")).model_.record.plan

    assert (plan.hidden_layer_sizes, plan.members, plan.schedule) == ((), 1, "linear")
    assert (plan.text_features, plan.term_dropout) == (32, 0.3)


def test_beside_other_columns_validation_chooses_between_hidden_layers_and_none() -> None:
    record = fit(reviews(300), max_epochs=3).model_.record

    assert [way.hidden_layers for way in record.tried] == [1, 0]
    better = min(record.tried, key=lambda way: way.validation_error)
    assert len(record.plan.hidden_layer_sizes) == better.hidden_layers


@pytest.mark.parametrize("said", [{"hidden_layer_sizes": (8,)}, {"members": 2}])
def test_what_a_person_says_of_the_layers_is_the_only_way(said: dict[str, object]) -> None:
    assert len(fit(reviews(120), max_epochs=2, **said).model_.record.tried) == 1


def test_a_tenth_of_the_rows_judges() -> None:
    rows = fit(reviews(400).drop("price"), max_epochs=1).model_.record.rows

    assert (rows.training, rows.validation) == (360, 40)


def test_longer_texts_have_greater_steps_and_columns_share_the_room_for_terms() -> None:
    short, long = (Texts.of(rows_of(a=["x" * size] * 3)) for size in (100, 900))
    both = Texts.of(rows_of(a=["x"] * 3, b=["y"] * 3, c=[1.0, 2.0, 3.0]))
    assert short
    assert long
    assert both

    assert (short.terms.term_rate, long.terms.term_rate) == (20.0, 60.0)
    assert both.terms.term_rate == 10.0
    assert (both.are_alone, both.terms.most_terms) == (False, MOST_TERMS // 2)
    assert Texts.of(rows_of(c=[1.0, 2.0])) is None


def test_same_seed_same_weights_and_what_was_learned_holds_for_new_texts() -> None:
    first, second = fit(reviews(400)), fit(reviews(400))
    new = reviews(200, seed=1)

    assert first.model_.network.weights.equal(second.model_.network.weights)
    assert first.score(new.drop("good"), new["good"].to_numpy()) > 0.95
    alone = [first.predict_proba(new.drop("good")[i : i + 1])[0] for i in range(20)]
    assert np.array_equal(np.array(alone), first.predict_proba(new.drop("good"))[:20])
