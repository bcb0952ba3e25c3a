"""The network beside the flat algorithms, on one locked split or on folds.

Every algorithm learns from the same rows and the same raw columns and is judged on the same rows.
What the columns are is judged once, from the whole table without its target, but for codes, which
the training part alone tells; so it does scales, levels and bins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from pellucid.comparison.baselines import join_runs, run_parts
from pellucid.comparison.budget import Budget
from pellucid.comparison.compare_options import check_judging, check_times
from pellucid.comparison.flat import pictures_in
from pellucid.comparison.flat_process import FlatProcess
from pellucid.comparison.judged import JudgedRows
from pellucid.comparison.leakage import Suspicions, find_leaks
from pellucid.comparison.learning_curves import LearningCurveRunner, LearningCurves, num_fits
from pellucid.comparison.network_run import run_network, stopping_parts
from pellucid.comparison.parts import ComparedRows, split_rows
from pellucid.comparison.runs import FlatTrainer, Run
from pellucid.comparison.scoring import entries_of, entry_of, texts_in, unfinished
from pellucid.comparison.stages import LeaksSought, RowsRead, Stage, Working
from pellucid.comparison.verdict import verdict
from pellucid.data.parts import part_table
from pellucid.data.rows import Rows
from pellucid.data.split_options import Splitting
from pellucid.data.splits import Part
from pellucid.estimators.arguments import as_table, given_target
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.fit import make_estimator
from pellucid.model.leaderboard import NETWORK, Entry, Leaderboard
from pellucid.tasks.choice import task_for
from pellucid.wording import count_of

TIME_LIMIT = 60.0
SHARE_FOR_STEPS = 0.75
"""Of the network's time limit: the rest is for its preparation, as flat ones have theirs within."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison:
    """Who learned the table best, and what it cost.

    Attributes:
        table: Name of the table.
        target: The column that was predicted.
        leaderboard: Every algorithm's scores, differences and costs; the network's first.
        verdict: Which to use, in plain words.
        growth: How each learns from more rows; None if that was not asked.
        judged: The rows that judged, and the network's predictions for them: in the table's order,
            with folds too. `judged.rows.numbers` are their numbers in the table.
        estimator: The network of the (last) training part.
        parts: Numbers of the rows in the table, from 1: those that learned and those that judged,
            one pair for a split, one a fold. With a test table those that judged count there.
        fingerprint: The first digits of the SHA-256 of the numbers of the rows that judged: in one
            table, it tells splits apart.
    """

    table: str
    target: str
    leaderboard: Leaderboard
    verdict: str
    growth: LearningCurves | None
    judged: JudgedRows
    estimator: Estimator
    parts: list[Part]
    fingerprint: str

    @property
    def targets(self) -> tuple[str, ...]:
        """The column that was predicted, as results of several have them."""
        return (self.target,)

    @property
    def leaks(self) -> list[str]:
        """What looked like leakage before training, in sentences."""
        return self.leaderboard.leaks

    @property
    def unseen_rows(self) -> Rows:
        """Rows that judged, and that the network at hand did not learn from: of folds, the last."""
        rows, (learned, judged) = self.judged.rows, self.parts[-1]
        if len(self.parts) == 1:
            return rows
        return rows.take(np.flatnonzero(np.isin(rows.numbers, np.setdiff1d(judged, learned))))

    def __repr__(self) -> str:
        num_algorithms = len(self.leaderboard.entries)
        return (
            f"Comparison({self.table!r}, {self.target!r}, {num_algorithms} algorithms, "
            f"{count_of(self.leaderboard.num_rows, 'row')} judged): {self.verdict}"
        )

    def to_frame(self) -> pl.DataFrame:
        """The leaderboard as a table, a row for each algorithm, the network's first.

        Returns:
            `algorithm`; for each score, such as `accuracy`, its value, `accuracy low` and
            `accuracy high`, and its `accuracy difference` to the network's with `low` and `high`;
            `seconds` of training, `rows per second` predicted, `size` in bytes, `rows` learned
            from, and `failure` (""). What there is not is null: the scores of who failed, the
            interval of a calibration error, differences of the network.
        """
        return self.leaderboard.to_frame()

    def to_json(self) -> dict[str, Any]:
        """Everything but the rows and the network, as plain data."""
        return {
            "table": self.table,
            "target": self.target,
            "report": self.leaderboard.to_json(),
            "verdict": self.verdict,
            "leaks": self.leaks,
            "growth": None if self.growth is None else asdict(self.growth),
            "fingerprint": self.fingerprint,
        }


def compare(  # noqa: PLR0913 - each is a choice of the caller
    data: Any,
    target: str | None = None,
    *,
    test: Any = None,
    folds: int | None = None,
    task: str | None = None,
    time_limit: float = TIME_LIMIT,
    time_budget: float | None = None,
    grow: bool = False,
    group: Any = None,
    by_time: Any = None,
    drop_repeated: bool = False,
    on_stage: Callable[[Stage], None] | None = None,
    **options: Any,
) -> Comparison:
    """Compare the network with flat algorithms: who learns this table best, and at what price.

    A fifth of the rows is held out, the same part of each class, and judges everyone; or there
    are folds, so that every row judges once; or another table judges. Nothing else ever sees the
    rows that judge.

    Args:
        data: A file or a DataFrame with the target in a column, or a folder of pictures or
            texts.
        target: Name of this column; None for the classes of folders.
        test: Another table that judges.
        folds: Number of folds instead of one split.
        task: "classification" or "regression", where the guess would be wrong.
        time_limit: Seconds one fit may take; the network's training ends in time with the best
            network so far, a flat algorithm is stopped and said to have been.
        time_budget: Seconds that all of it may take, reading aside: half of it for the network's
            trainings, a quarter and what they leave for flat algorithms, the rest for calibration,
            intervals and a report; None for as long as it needs.
        grow: Whether to let everyone learn from growing parts of the rows too.
        group: Column, or a value for each row, such as its patient: the rows of one group all learn
            or all judge. The column is not learned from, unless `columns` says what it is.
        by_time: Column of dates or numbers, or one for each row: the later rows judge. The column
            is learned from, unless `columns` leaves it out.
        drop_repeated: Whether to leave out rows that repeat an earlier one.
        on_stage: Called with each stage of the work (`pellucid.comparison.stages`): `RowsRead`,
            `LeaksSought`, then many a `Working`; None to be told nothing.
        **options: Options of `Classifier` and `Regressor`, for the network.

    Returns:
        Scores with intervals, differences, costs and the verdict.

    Raises:
        OptionError: An option has a value it cannot have.
        DataError: The rows cannot be compared on; the message says why and what to do.
    """
    target = given_target(target, data)
    splitting = Splitting(groups=group, by_time=by_time, drop_repeated=drop_repeated)
    parted = part_table(
        as_table(data), test=test, splitting=splitting, is_comparison=True, folds=folds
    )
    table, judging = parted.training, parted.test or parted.validation
    check_judging(target, test=judging, folds=folds, by_time=by_time, grow=grow)
    check_times(time_limit, time_budget, grow=grow)
    kind, reason = task_for(table, [target], task, options.get("columns"))
    steps = SHARE_FOR_STEPS * time_limit
    estimator = make_estimator(kind, {"time_budget": steps, **options})
    budget = Budget(time_budget)
    compared = split_rows(estimator, table, target, judging, folds, parted.splitting)
    if budget.training is not None:
        estimator.time_budget = min(steps, budget.training / len(compared.parts))
    tell = on_stage or (lambda _: None)
    reading, words = compared.reading, compared.words
    tell(RowsRead(table=table, kind=kind, reason=reason, reading=reading, words=words))
    suspicions = find_leaks(
        compared.rows, compared.parts, target, are_classes=estimator.reader.are_classes
    )
    tell(LeaksSought(suspicions=suspicions, schema=reading.schema, shares=budget.words))
    progress = _Progress(_count_fits(compared, grow=grow), tell)
    with FlatProcess() as process:  # what it imports goes on beside the training
        run, networks = _run_network(compared, progress)
        fitted = networks[-1]
        learned = fitted.model_.task
        judged = JudgedRows.of(learned, compared.rows, compared.parts, run.predictions)
        with FlatTrainer(
            compared.rows,
            learned,
            time_limit=time_limit,
            deadline=budget.deadline,
            num_fits=len(compared.algorithms) * len(compared.parts),
            on_tick=progress.tick,
            process=process,
        ) as trainer:
            runs = _run_flat(trainer, compared, progress)
            growth = _grow(trainer, compared, {NETWORK: run, **runs}, progress) if grow else None
    board = _leaderboard(
        compared, [entry_of(NETWORK, run, judged), *entries_of(judged, runs)], suspicions, networks
    )
    board = replace(board, texts=texts_in(compared.rows.frame, runs))
    return Comparison(
        table=table.name,
        target=target,
        leaderboard=board,
        verdict=verdict(board),
        growth=growth,
        judged=judged,
        estimator=fitted,
        parts=[
            (compared.rows.numbers[one], compared.rows.numbers[two]) for one, two in compared.parts
        ],
        fingerprint=compared.fingerprint,
    )


def _leaderboard(
    compared: ComparedRows,
    entries: list[Entry],
    suspicions: Suspicions,
    networks: Sequence[Estimator],
) -> Leaderboard:
    """The entries, with what is said of the rows and of the trainings."""
    return Leaderboard(
        rows=compared.words,
        num_rows=sum(len(judging) for _, judging in compared.parts),
        entries=entries,
        leaks=suspicions.leaks,
        questions=suspicions.questions,
        unfinished=unfinished([each.model_.record for each in networks]),
        split=compared.basis,
        pictures=pictures_in(compared.rows.frame),
    )


class _Progress:
    """Counts the fits of a comparison."""

    def __init__(self, total: int, on_stage: Callable[[Stage], None]) -> None:
        self._total, self._on_stage = total, on_stage
        self._begun = 0

    def begin(self, name: str, detail: str = "") -> None:
        """The next fit begins."""
        self._name, self._detail = name, detail
        self._begun += 1
        self.tick(0.0)

    def tick(self, seconds: float) -> None:
        """It goes on."""
        done = min(1.0, (self._begun - 1) / self._total)
        self._on_stage(Working(self._name, self._detail, seconds, done))


def _count_fits(compared: ComparedRows, *, grow: bool) -> int:
    num_algorithms = 1 + len(compared.algorithms)
    more = num_fits(len(compared.parts[0][0]), num_algorithms) if grow else 0
    return num_algorithms * len(compared.parts) + more


def _run_network(compared: ComparedRows, progress: _Progress) -> tuple[Run, list[Estimator]]:
    """The network on each part, as one run; and each of the fitted ones."""
    runs: list[Run] = []
    networks: list[Estimator] = []
    for number, part in enumerate(compared.parts):
        progress.begin(NETWORK, _fold(number, compared.parts))
        run, fitted = run_network(compared.estimator, compared.reading, part, progress.tick)
        runs.append(run)
        networks.append(fitted)
    return join_runs(runs, compared.parts), networks


def _run_flat(trainer: FlatTrainer, compared: ComparedRows, progress: _Progress) -> dict[str, Run]:
    runs = {}
    read = (compared.estimator, compared.reading)
    parted = [stopping_parts(*read, training) for training, _ in compared.parts]
    for name in compared.algorithms:

        def begin(number: int, name: str = name) -> None:
            progress.begin(name, _fold(number, compared.parts))

        runs[name] = run_parts(trainer, name, compared.parts, parted, begin)
    return runs


def _grow(
    trainer: FlatTrainer, compared: ComparedRows, finished: dict[str, Run], progress: _Progress
) -> LearningCurves:
    runner = LearningCurveRunner(
        estimator=compared.estimator,
        task=trainer.task,
        reading=compared.reading,
        part=compared.parts[0],
        trainer=trainer,
        on_fit=progress.begin,
        on_tick=progress.tick,
    )
    return runner.run(finished)


def _fold(number: int, parts: Sequence[Part]) -> str:
    return f"fold {number + 1} of {len(parts)}" if len(parts) > 1 else ""
