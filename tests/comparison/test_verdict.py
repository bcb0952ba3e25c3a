"""The one sentence for each way a comparison can end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pellucid.comparison.algorithms import algorithms_for
from pellucid.comparison.verdict import best_score, verdict
from pellucid.data.grouping import Basis
from pellucid.model.leaderboard import (
    ComparedPictures,
    ComparedText,
    Difference,
    Entry,
    Leaderboard,
    Question,
)
from pellucid.tasks.choice import TASKS
from pellucid.tasks.metrics import Score
from pellucid.tasks.regression import Regression
from pellucid.tasks.task import Task


def score(name: str, value: float) -> Score:
    higher = name == "accuracy"
    return Score(name=name, value=value, low=value, high=value, higher_is_better=higher)


def flat(
    name: str, accuracy: float, ends: tuple[float, float], *, seconds: float = 0.1, **more: Any
) -> Entry:
    """One whose accuracy differs from the network's 0.8 by an interval."""
    gap = accuracy - 0.8
    log_loss = more.pop("log_loss", (0.0, -0.1, 0.1))
    return Entry(
        name=name,
        scores=[score("accuracy", accuracy), score("log-loss", 0.4 + log_loss[0])],
        seconds=seconds,
        cpu_seconds=seconds,
        differences=[
            Difference(name="accuracy", value=gap, low=ends[0], high=ends[1]),
            Difference(name="log-loss", value=log_loss[0], low=log_loss[1], high=log_loss[2]),
        ],
    )


def said(*others: Entry, fairest: Entry | None = None, **more: Any) -> str:
    """The verdict on the network beside others, of whom early-stopped boosting is far behind."""
    network = Entry(
        name="network",
        scores=[score("accuracy", 0.8), score("log-loss", 0.4)],
        seconds=1.0,
        cpu_seconds=1.0,
    )
    return verdict(
        Leaderboard(
            rows="1,000 test rows",
            num_rows=1_000,
            entries=[network, *others, fairest or STOPPED],
            **more,
        )
    )


STOPPED = flat("early-stopped boosting", 0.7, (-0.12, -0.08))
FAILED = Entry(name="early-stopped boosting", scores=[], seconds=0.0, failure="stopped")
LEAK = ["289 rows stand in both parts"]
CUT = "it ended in epoch 3 of at most 28, time budget spent"
DUMMY = flat("majority class", 0.5, (-0.35, -0.25))
BEHIND = flat("decision tree", 0.75, (-0.07, -0.03))


def test_the_network_wins() -> None:
    worse = [flat(f"tree {i}", 0.7, (-0.12, -0.08)) for i in range(4)]
    assert said(DUMMY, BEHIND, *worse) == (
        "On these 1,000 rows the network is better than every flat algorithm (at default settings, "
        "but for early-stopped boosting); the next, decision tree, is behind by 0.05 accuracy "
        "(0.03 to 0.07): use the network."
    )


def test_a_win_over_few_names_them_and_their_settings() -> None:
    worse = flat("gradient boosting", 0.7, (-0.12, -0.08))
    assert said(DUMMY, BEHIND, worse).startswith(
        "On these 1,000 rows the network is better than decision tree and gradient boosting at "
        "default settings and than early-stopped boosting; the next, decision tree, is behind by"
    )


def test_without_its_fairest_opponent_a_win_is_no_advice() -> None:
    expected = (
        "On these 1,000 rows the network is better than decision tree at default settings, which "
        "is behind by 0.05 accuracy (0.03 to 0.07). Its fairest opponent, early-stopped boosting, "
        "gave no result, so that this is no advice."
    )
    assert said(DUMMY, BEHIND, fairest=FAILED) == (f"{expected} No result: early-stopped boosting.")
    slow = flat("SVM (RBF)", 0.79, (-0.03, 0.01), seconds=30.0)
    assert "use the network" not in said(DUMMY, slow, fairest=FAILED)


def test_those_that_gave_no_result_are_named_whoever_wins() -> None:
    failed = [
        Entry(name=name, scores=[], seconds=0.0, failure="stopped") for name in ("k-NN", "SVM")
    ]
    ahead = flat("random forest", 0.83, (0.01, 0.05))
    equal = flat("logistic regression", 0.79, (-0.03, 0.01))
    for others in ([BEHIND], [ahead], [equal]):
        assert said(DUMMY, *others, *failed).endswith(". No result: k-NN and SVM.")


@pytest.mark.parametrize(
    "other",
    [
        flat("random forest", 0.83, (0.01, 0.05)),
        flat("logistic regression", 0.79, (-0.03, 0.01)),
        flat("decision tree", 0.75, (-0.07, -0.03)),
    ],
)
def test_what_looks_like_leakage_withholds_every_advice(other: Entry) -> None:
    found = said(DUMMY, other, leaks=LEAK)
    assert found.startswith(
        "Not to be relied on until what looks like leakage is settled; so far no advice. On these"
    )
    assert f"{other.name} " in found or f"{other.name}," in found
    assert "use " not in found


def test_a_column_to_be_asked_about_makes_the_advice_conditional() -> None:
    asked = [Question(column="grade", words="Column 'grade' alone explains 95 %.")]
    assert said(DUMMY, BEHIND, questions=asked).endswith(
        ": use the network, provided that 'grade' is known before the target is."
    )
    two = [*asked, Question(column="limit", words="")]
    assert said(DUMMY, flat("ridge", 0.83, (0.01, 0.05)), questions=two).endswith(
        ": use ridge, provided that 'grade' and 'limit' are known before the target is."
    )


def test_an_unfinished_training_is_said_and_presumed_by_no_advice() -> None:
    ahead = flat("random forest", 0.83, (0.01, 0.05))
    assert said(DUMMY, ahead, unfinished=CUT) == (
        "On these 1,000 rows random forest is better than the network by 0.03 accuracy (0.01 to "
        "0.05); but its training was not finished: it ended in epoch 3 of at most 28, time budget "
        "spent. Give it more time before choosing."
    )
    equal = said(DUMMY, flat("ridge", 0.79, (-0.03, 0.01)), unfinished=CUT)
    assert "times" not in equal
    assert equal.endswith("time budget spent. Give it more time before choosing.")
    nothing = said(flat("majority class", 0.79, (-0.03, 0.01)), BEHIND, unfinished=CUT)
    assert nothing.endswith("; but its training was not finished: " + CUT + ".")


def test_a_network_ahead_is_advised_though_it_was_not_finished() -> None:
    assert said(DUMMY, BEHIND, unfinished=CUT).endswith(
        ": use the network; but its training was not finished: " + CUT + "."
    )


def test_of_those_as_good_as_the_network_a_cheap_one_is_advised() -> None:
    cheap = flat("logistic regression", 0.805, (-0.01, 0.02), seconds=0.02)
    dear = flat("random forest", 0.81, (-0.01, 0.03), seconds=30.0)
    unsure = flat("naive Bayes", 0.81, (-0.01, 0.03), seconds=0.01, log_loss=(0.2, 0.15, 0.25))
    assert said(DUMMY, cheap, dear, unsure).endswith("use logistic regression.")


def test_seconds_that_may_be_chance_do_not_choose_between_rivals() -> None:
    """What runs beside them can make one of two a little slower, another time the other."""
    for seconds in (0.1, 0.15, 0.25):
        worse = flat("decision tree", 0.801, (-0.01, 0.02), seconds=0.15)
        better = flat("logistic regression", 0.805, (-0.01, 0.02), seconds=seconds)
        assert "use logistic regression." in said(DUMMY, worse, better)


def test_times_that_were_not_measured_are_no_argument() -> None:
    """Older files know the seconds on the clock, not those of the processors."""
    rival = flat("logistic regression", 0.79, (-0.03, 0.01), seconds=0.01)
    network = Entry(name="network", scores=[score("accuracy", 0.8)], seconds=90.0)
    old = Leaderboard(
        rows="", num_rows=100, entries=[network, replace(rival, cpu_seconds=None), DUMMY]
    )
    assert verdict(old).endswith("use either.")


def test_knowing_nothing_is_never_advised() -> None:
    ignorant = flat("majority class", 0.85, (0.01, 0.09))
    assert said(ignorant, BEHIND) == (
        "On these 1,000 rows the network is worse than knowing nothing (majority class) by 0.05 "
        "accuracy (0.01 to 0.09), and no flat algorithm is clearly better than the network: use "
        "none of them."
    )


def test_a_flat_algorithm_wins() -> None:
    ahead = flat("random forest", 0.83, (0.01, 0.05))
    assert said(DUMMY, BEHIND, ahead) == (
        "On these 1,000 rows random forest is better than the network by 0.03 accuracy (0.01 to "
        "0.05): use random forest."
    )


def test_a_clear_winner_is_not_hidden_by_a_lucky_one() -> None:
    lucky = flat("SVM (RBF)", 0.84, (-0.01, 0.09))
    ahead = flat("random forest", 0.83, (0.01, 0.05))
    assert "random forest is better" in said(DUMMY, lucky, ahead)


def test_equal_and_cheaper() -> None:
    equal = flat("logistic regression", 0.79, (-0.03, 0.01))
    assert said(DUMMY, equal) == (
        "On these 1,000 rows logistic regression and the network cannot be told apart by accuracy "
        "(difference −0.01, 95 % interval −0.03 to 0.01), and logistic regression takes 10 "
        "times less processor time to train, as measured here: use logistic regression."
    )


def test_equal_answers_but_worse_probabilities() -> None:
    equal = flat("SVM (RBF)", 0.79, (-0.03, 0.01), log_loss=(0.2, 0.15, 0.25))
    assert said(DUMMY, equal).endswith(
        "use SVM (RBF), unless probabilities matter: the network's log-loss is better by 0.2 (0.15 "
        "to 0.25)."
    )


def test_better_answers_but_worse_probabilities() -> None:
    ahead = flat("decision tree", 0.83, (0.01, 0.05), log_loss=(0.2, 0.15, 0.25))
    assert "use decision tree, unless probabilities matter" in said(DUMMY, ahead)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, ", nor clearly by what their training took: use either."),
        (2.9, ", nor clearly by what their training took: use either."),
        (
            30.0,
            (
                ", and SVM (RBF) takes 30 times more processor time to train, as measured here: "
                "use the network."
            ),
        ),
    ],
)
def test_equal_but_not_cheaper(seconds: float, words: str) -> None:
    assert said(DUMMY, flat("SVM (RBF)", 0.79, (-0.03, 0.01), seconds=seconds)).endswith(words)


def test_the_best_may_be_behind_while_one_that_varies_more_cannot_be_told_apart() -> None:
    """Then "better than every flat algorithm" would be more than the rows say."""
    wide = flat("k-nearest neighbors", 0.74, (-0.13, 0.01))
    assert "k-nearest neighbors and the network cannot be told apart" in said(DUMMY, BEHIND, wide)


def test_nothing_learned() -> None:
    ignorant = flat("majority class", 0.79, (-0.03, 0.01))
    assert said(ignorant, BEHIND) == (
        "On these 1,000 rows the network is not clearly better by accuracy than knowing nothing "
        "(majority class), and no flat algorithm is clearly better than the network: the network "
        "found little in these columns that tells the target; they may say little, or the rows may "
        "be too few."
    )


def test_rare_classes_answer_alike_but_probabilities_tell() -> None:
    ignorant = flat("majority class", 0.79, (-0.03, 0.01), log_loss=(0.2, 0.15, 0.25))
    assert said(ignorant, BEHIND).endswith(
        "the answers say nothing new, but the probabilities do (its log-loss is better by 0.2 "
        "(0.15 to 0.25))."
    )


def test_few_rows_tell_nothing() -> None:
    judgements = [Entry(name="network", scores=[score("accuracy", 0.8)], seconds=1.0), BEHIND]
    assert verdict(Leaderboard(rows="", num_rows=19, entries=judgements)) == (
        "19 rows that judge are too few to tell who is better: give more rows, or let all of them "
        "judge, in folds."
    )


def test_without_flat_algorithms_there_is_nothing_to_say() -> None:
    assert said(fairest=FAILED) == ""
    assert said(fairest=FAILED, unfinished=CUT) == (
        f"The network's training was not finished: {CUT}."
    )
    failed = Entry(name="mean", scores=[], seconds=0.0, failure="stopped")
    assert said(failed, fairest=FAILED) == ""


def test_rows_of_groups_are_not_independent() -> None:
    """Five boys measured often are five boys: the intervals of rows are too narrow."""
    words = said(flat("SVM", 0.7, (-0.12, -0.08)), split=Basis(by="group", column="boy", groups=26))
    assert words.endswith("with few groups, all this is less sure than it looks.")
    assert "rows of a group" not in said(flat("SVM", 0.7, (-0.12, -0.08)))


def test_knowing_nothing_does_not_compete_whatever_its_task_calls_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Regression, "prior_name", "median")
    network = Entry(name="network", scores=[score("accuracy", 0.8)], seconds=1.0)
    assert best_score([network, flat("median", 0.9, (0.0, 0.2))], 0) is None
    assert best_score([network, flat("decision tree", 0.9, (0.0, 0.2))], 0) == 0.9
    worse = flat("median", 0.5, (-0.01, 0.01))
    assert "not clearly better by accuracy than knowing nothing (median)" in said(worse)


@pytest.mark.parametrize("task", TASKS.values())
def test_what_a_task_calls_knowing_nothing_is_an_algorithm_of_its_family(task: type[Task]) -> None:
    assert task.flat_family is None or task.prior_name in algorithms_for(task.flat_family)


PHOTOS = ComparedPictures(size=(128, 128, 3), flat_size=(32, 32, 3))
DIGITS = ComparedPictures(size=(28, 28, 1), flat_size=(28, 28, 1))


def on_pictures(*others: Entry, pictures: ComparedPictures = PHOTOS) -> str:
    """The verdict on pictures alone, where boosting does not compete."""
    network = Entry(name="network", scores=[score("accuracy", 0.8)], seconds=1.0, cpu_seconds=1.0)
    entries = [network, *others]
    return verdict(Leaderboard(rows="", num_rows=1_000, entries=entries, pictures=pictures))


def test_on_pictures_it_says_what_flat_algorithms_saw_and_what_was_not_compared() -> None:
    forest = flat("random forest", 0.6, (-0.3, -0.1))
    assert on_pictures(forest).endswith(
        "use the network. Of the pictures, flat algorithms got the pixels, 32 × 32 and in color. "
        "Features made by hand, such as HOG, were not compared."
    )
    assert "28 × 28 and grey." in on_pictures(forest, pictures=DIGITS)


def test_boosting_need_not_compete_on_pictures_alone() -> None:
    assert "no advice" not in on_pictures(flat("random forest", 0.6, (-0.3, -0.1)))


def test_beside_other_columns_boosting_got_these_alone() -> None:
    told = said(flat("random forest", 0.6, (-0.3, -0.1)), pictures=PHOTOS)
    assert "in color; boosting got the other columns alone. Features" in told


TEXTS = [ComparedText(column="note", terms=31_949)]
BAYES = flat("naive Bayes", 0.7, (-0.12, -0.08))
LINEAR = flat("linear SVM", 0.75, (-0.07, -0.03))


def test_on_texts_it_says_what_flat_algorithms_got_and_what_was_not_compared() -> None:
    assert said(DUMMY, BAYES, LINEAR, texts=TEXTS) == (
        "On these 1,000 rows the network is better than naive Bayes and linear SVM and than "
        "early-stopped boosting; the next, linear SVM, is behind by 0.05 accuracy (0.03 to 0.07): "
        "use the network. Of the texts, naive Bayes and linear SVM got TF-IDF, as the network did "
        "(31,949 terms of 'note'); the others got its first components. Language models that were "
        "trained on other texts were not compared."
    )


def test_the_fairest_opponents_on_texts_are_those_that_get_what_the_network_gets() -> None:
    lost = [replace(each, scores=[], differences=[], failure="stopped") for each in (BAYES, LINEAR)]
    told = said(DUMMY, BEHIND, *lost, texts=TEXTS)
    assert "Its fairest opponents, naive Bayes and linear SVM, gave no result" in told
    assert "no advice" not in said(DUMMY, BAYES, lost[1], fairest=FAILED, texts=TEXTS)
    assert "Of the texts" not in said(DUMMY, *lost, fairest=FAILED, texts=TEXTS)
