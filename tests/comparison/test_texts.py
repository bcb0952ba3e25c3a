"""Flat algorithms on texts: they get the very numbers that the network gets, or components."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

import pellucid
from pellucid.comparison.algorithms import ALGORITHMS, LINEAR_SVM, algorithms_for
from pellucid.comparison.baselines import baselines_on
from pellucid.comparison.flat import FlatTable, algorithms_on
from pellucid.comparison.leakage import find_leaks
from pellucid.comparison.row_files import write_texts
from pellucid.comparison.runs import FlatTrainer
from pellucid.comparison.text_rows import TextRows, read_counts
from pellucid.comparison.tf_idf import Components, TfIdf, WithTerms
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.kind import kind_named
from pellucid.data.rows import Rows
from pellucid.files.fields import Fields
from pellucid.model.leaderboard import ComparedText, Leaderboard
from pellucid.tasks.classification import Classification
from pellucid.tasks.regression import Regression

N = 120
TRAINING, JUDGING = np.arange(90), np.arange(90, N)
PLACES = Classification(np.array(["harbor", "kitchen"]))
KITCHEN = ["stove", "pan", "salt", "knife", "soup", "bread"]
HARBOR = ["ship", "rope", "tide", "sail", "anchor", "gull"]
COMMON = ["the", "a", "old", "and", "by", "with"]


def texts_of_two_topics() -> tuple[list[str], np.ndarray]:
    """Eight words each, three of them of the topic."""
    generator = np.random.default_rng(0)
    topics = np.where(np.arange(N) % 2 == 0, "kitchen", "harbor")
    texts = [
        " ".join(
            generator.permutation(
                [
                    *generator.choice(KITCHEN if topic == "kitchen" else HARBOR, 3),
                    *generator.choice(COMMON, 5),
                ]
            )
        )
        for topic in topics
    ]
    return texts, topics


def as_cells(texts: list[str | None], name: str = "text") -> pl.Series:
    return pl.Series(name, texts, dtype=pl.String).cast(pl.Binary)


def rows_of(cells: pl.Series, target: np.ndarray, **others: np.ndarray) -> Rows:
    n = len(target)
    frame = pl.DataFrame([cells, *(pl.Series(name, values) for name, values in others.items())])
    return Rows(frame=frame, target=target, weights=np.ones(n), numbers=1 + np.arange(n))


def counts_of(cells: pl.Series, tmp_path: Path) -> tuple[csr_matrix, int]:
    """The counted terms of a column, and the first piece of a word among them."""
    written = write_texts(tmp_path, cells.to_frame())
    (counts,) = read_counts(tmp_path, written.texts)
    return counts, written.texts[0][1]


@pytest.fixture(scope="module")
def trainer() -> Iterator[FlatTrainer]:
    texts, topics = texts_of_two_topics()
    with FlatTrainer(rows_of(as_cells(texts), topics), PLACES, time_limit=60.0) as trainer:
        yield trainer


# --- what they get -------------------------------------------------------------------------------


@pytest.mark.parametrize("most_terms", [2**16, 50])
def test_weights_are_the_networks_to_the_last_bit(tmp_path: Path, most_terms: int) -> None:
    texts, _ = texts_of_two_topics()
    cells = as_cells([*texts[:-2], None, ""])
    counts, first_piece = counts_of(cells, tmp_path)
    weights = TfIdf(counts[TRAINING], first_piece, most_terms).weigh(counts)

    plan = EncodingPlan(most_terms=most_terms)
    encoder = kind_named("text").fit(cells[:90], np.ones(90), plan)
    expanded = encoder.expand(encoder.compact(cells))
    theirs = np.zeros((N, encoder.num_terms or 0), dtype=np.float32)
    for row, pairs in enumerate(expanded):
        theirs[row, pairs[:, 0].astype(int)] = pairs[:, 1]
    assert (weights.toarray() == theirs[:, 2:]).all()  # 0 is no term, 1 a missing text
    assert weights.dtype == np.float32


def test_nothing_of_rows_that_judge_is_learned(tmp_path: Path) -> None:
    """A word that two of them have is none of the vocabulary, and no idf knows of them."""
    texts, _ = texts_of_two_topics()
    with_novelty = [*texts[:90], *["unheard words of the others"] * 30]
    learned = []
    for each in (texts, with_novelty):
        counts, first_piece = counts_of(as_cells(each), tmp_path)
        made = TfIdf(counts[TRAINING], first_piece, 2**16)
        learned.append((len(made.learned), made.weigh(counts[TRAINING]).toarray()))
    assert learned[0][0] == learned[1][0]
    assert (learned[0][1] == learned[1][1]).all()


def test_columns_of_texts_share_the_room_for_terms_as_the_networks_do() -> None:
    texts, topics = texts_of_two_topics()
    alone = rows_of(as_cells(texts), topics)
    two = rows_of(as_cells(texts), topics, other=as_cells(texts).to_numpy())
    assert FlatTable(alone, PLACES).shape.most_terms == 2 * FlatTable(two, PLACES).shape.most_terms


def test_a_missing_text_is_a_column_of_its_own() -> None:
    text = kind_named("text")
    (missing,) = text.flat(as_cells(["here", None, "there"]))
    assert missing.values.tolist() == [0.0, 1.0, 0.0]
    assert list(text.flat(as_cells(["here", "there"]))) == []


def test_other_columns_stand_beside_the_terms(tmp_path: Path) -> None:
    texts, _ = texts_of_two_topics()
    counts, first_piece = counts_of(as_cells(texts), tmp_path)
    plain = np.arange(2.0 * N).reshape(N, 2)
    rows = TextRows(plain=plain, counts=(counts,), first_pieces=(first_piece,))

    sparse = WithTerms(None, 2**16, has_components=False).fit_transform(rows)
    assert sparse.shape == (N, 2 + TfIdf(counts, first_piece, 2**16).learned.size)
    assert (sparse[:, :2].toarray() == plain).all()

    dense = WithTerms(None, 2**16, has_components=True).fit_transform(rows)
    assert dense.shape == (N, 2 + 100)
    assert (dense[:, :2] == plain).all()


@pytest.mark.parametrize(
    ("texts", "width"), [(["red", "red", "wine", "wine"], 4), (["red", "wine"], 0)]
)
def test_components_are_at_most_as_many_as_texts(
    texts: list[str], width: int, tmp_path: Path
) -> None:
    counts, first_piece = counts_of(as_cells(texts), tmp_path)
    plain = np.zeros((len(texts), 1))
    rows = TextRows(plain=plain, counts=(counts,), first_pieces=(first_piece,))
    found = WithTerms(None, 2**16, has_components=True).fit_transform(rows)
    assert found.shape == (len(texts), 1 + width)


def test_a_single_term_is_its_own_component() -> None:
    weights = csr_matrix(np.array([[1.0], [0.0]]))
    assert Components(weights).of(weights).tolist() == [[1.0], [0.0]]


# --- who learns ----------------------------------------------------------------------------------


def test_who_learns_from_texts() -> None:
    """All and a linear SVM; after a training those that weigh terms, boosting beside columns."""
    texts, topics = texts_of_two_topics()
    alone = rows_of(as_cells(texts), topics).frame
    beside = rows_of(as_cells(texts), topics, price=np.ones(N)).frame
    assert algorithms_on(alone, "classifier") == algorithms_for("classifier", with_texts=True)
    assert LINEAR_SVM not in algorithms_for("classifier")
    on_texts = ["majority class", "naive Bayes", "logistic regression", LINEAR_SVM]
    assert baselines_on(alone, "classifier") == on_texts
    boosted = [*on_texts, "gradient boosting", "early-stopped boosting"]
    assert baselines_on(beside, "classifier") == boosted
    assert baselines_on(alone, "regressor") == ["mean", "ridge regression"]


@pytest.mark.parametrize("name", algorithms_for("classifier", with_texts=True))
def test_they_tell_topics_apart(trainer: FlatTrainer, name: str) -> None:
    run = trainer.run(name, TRAINING, JUDGING, [(TRAINING[:60], TRAINING[60:])])
    assert run.failure == ""
    assert run.predictions.shape == (len(JUDGING), 2)
    truth = 1 - JUDGING % 2
    right = (run.predictions.argmax(axis=1) == truth).mean()
    assert right == 0.5 if name == "majority class" else right > 0.9


def test_numbers_are_learned_from_texts() -> None:
    texts, topics = texts_of_two_topics()
    numbers = np.where(topics == "kitchen", 10.0, 20.0)
    rows = rows_of(as_cells(texts), np.column_stack([numbers, -numbers]))
    task = Regression.fit(rows.target, np.ones(N))
    with FlatTrainer(rows, task, time_limit=60.0) as trainer:
        for name in algorithms_for("regressor", with_texts=True):
            run = trainer.run(name, TRAINING, JUDGING, [(TRAINING[:60], TRAINING[60:])])
            assert run.failure == ""
            missed = np.abs(run.predictions - rows.target[JUDGING]).mean()
            assert missed > 4.0 if name == "mean" else missed < 3.0


def test_texts_and_columns_are_learned_from_together() -> None:
    """The topic is told by the text, the place by a number: the class is of both."""
    texts, topics = texts_of_two_topics()
    sign = np.random.default_rng(2).choice([-1.0, 1.0], N)
    number = (sign + np.where(topics == "kitchen", 10.0, -10.0))[:, None]
    rows = rows_of(as_cells(texts), number, sign=sign)
    with FlatTrainer(rows, Regression.fit(number, np.ones(N)), time_limit=60.0) as trainer:
        for name in ("ridge regression", "gradient boosting", "random forest"):
            run = trainer.run(name, TRAINING, JUDGING)
            assert run.failure == ""
            assert np.abs(run.predictions - number[JUDGING]).mean() < 3.0


def test_without_a_word_in_common_nothing_is_learned() -> None:
    topics = np.where(np.arange(N) % 2 == 0, "kitchen", "harbor")
    cells = as_cells([chr(0x4E00 + number) for number in range(N)])
    with FlatTrainer(rows_of(cells, topics), PLACES, time_limit=60.0) as trainer:
        run = trainer.run("logistic regression", TRAINING, JUDGING)
    assert run.failure == "no two of the texts it would learn from have a word in common"


def test_many_terms_are_learned_from_in_a_sample(
    trainer: FlatTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(ALGORITHMS["decision tree"], most_terms=50 * trainer._shape.terms_of_row)
    monkeypatch.setitem(ALGORITHMS, "decision tree", few)
    assert trainer.most_rows("decision tree") == 50
    assert trainer.run("decision tree", TRAINING, JUDGING).rows == 50


def test_cutting_texts_is_part_of_each_training(
    trainer: FlatTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is done once for all, and each is charged the part of its rows."""
    slow = replace(trainer._texts, seconds=2.0, cpu_seconds=1.0)
    monkeypatch.setattr(trainer, "_texts", slow)
    charged = trainer.run(LINEAR_SVM, TRAINING, JUDGING)
    assert charged.fit_seconds > 2.0 * len(TRAINING)
    assert charged.cpu_seconds > len(TRAINING)
    assert charged.predict_seconds > len(JUDGING)
    assert trainer.run("majority class", TRAINING, JUDGING).fit_seconds < 2.0 * len(TRAINING)


# --- what is said --------------------------------------------------------------------------------


def table_of_two_topics() -> pl.DataFrame:
    texts, topics = texts_of_two_topics()
    return pl.DataFrame({"text": texts, "topic": topics})


def test_fit_says_what_they_got() -> None:
    found = pellucid.fit_and_evaluate(
        table_of_two_topics(),
        "topic",
        columns={"text": "text"},
        max_epochs=2,
        validation_fraction=0.3,
    )
    board = found.leaderboard
    names = [entry.name for entry in board.entries]
    assert names == ["network", "majority class", "naive Bayes", "logistic regression", LINEAR_SVM]
    assert all(entry.scores for entry in board.entries)
    (text,) = board.texts
    assert text.column == "text"
    assert 50 < text.terms < 2_000
    who = "naive Bayes, logistic regression and linear SVM"
    terms = f"({text.terms:,} terms of 'text')"
    assert f"Of the texts, {who} got TF-IDF, as the network did {terms}." in found.verdict
    assert "the others" not in found.verdict
    assert "Language models that were trained on other texts were not compared." in found.verdict
    assert "(they also calibrated the network)" in board.rows  # the last epoch is kept
    restored = Leaderboard.from_json(Fields(json.loads(json.dumps(board.to_json())), "the report"))
    assert restored.texts == board.texts


def test_compare_lets_everyone_learn_from_more_texts() -> None:
    found = pellucid.compare(
        table_of_two_topics(), "topic", columns={"text": "text"}, grow=True, max_epochs=1
    )
    assert found.growth is not None
    names = ["network", *algorithms_for("classifier", with_texts=True)]
    assert [curve.name for curve in found.growth.curves] == names
    assert "the others got its first components" in found.verdict
    assert found.leaderboard.texts[0].column == "text"


def test_folds_learn_a_vocabulary_each() -> None:
    found = pellucid.compare(
        table_of_two_topics(), "topic", columns={"text": "text"}, folds=2, max_epochs=1
    )
    assert all(entry.scores for entry in found.leaderboard.entries)
    (text,) = found.leaderboard.texts
    assert isinstance(text, ComparedText)


def test_that_texts_tell_the_target_is_no_leak() -> None:
    texts, topics = texts_of_two_topics()
    different = [f"{text} {number}" for number, text in enumerate(texts)]
    rows = rows_of(as_cells(different), topics)
    assert find_leaks(rows, [(TRAINING, JUDGING)], "topic", are_classes=True).leaks == []


def test_no_texts_are_no_terms() -> None:
    assert kind_named("number").flat_terms(pl.Series([1.0])) is None
    table = FlatTable(rows_of(pl.Series("x", np.ones(N)), texts_of_two_topics()[1]), PLACES)
    assert table.shape.texts == []
