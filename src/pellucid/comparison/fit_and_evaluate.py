"""A table in, a trained network out with its scores beside flat algorithms': `pellucid fit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pellucid.comparison.baselines import rows_for_flat
from pellucid.comparison.budget import Budget
from pellucid.comparison.flat_process import FlatProcess
from pellucid.comparison.judged import JudgedRows
from pellucid.comparison.leakage import Suspicions, find_leaks
from pellucid.comparison.parts import fingerprint_of
from pellucid.comparison.scoring import compare_with_baselines, read_test, words_on
from pellucid.comparison.stages import LeaksSought, RowsRead, Trained
from pellucid.comparison.verdict import verdict
from pellucid.data.parts import part_table
from pellucid.data.rows import Rows
from pellucid.data.sources.table import Table
from pellucid.data.split_options import Splitting
from pellucid.data.splits import Part, Split
from pellucid.estimators.arguments import as_named, as_table, target_names
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.fit import make_estimator
from pellucid.estimators.output_files import check_output
from pellucid.estimators.reading import Reading
from pellucid.estimators.validation import read_judging
from pellucid.model.checkpoint import remove_if_complete
from pellucid.model.file import check_checkpoint
from pellucid.model.leaderboard import Leaderboard
from pellucid.model.origin import Origin
from pellucid.tasks.choice import task_for
from pellucid.training.events import Event
from pellucid.training.stopping import OnInterrupt, check_on_interrupt
from pellucid.wording import count_of

FitEvent = RowsRead | LeaksSought | Event | Trained
"""What `fit_and_evaluate` tells, in this order; of `Event` there are many."""


@dataclass(frozen=True, kw_only=True, repr=False)
class TrainingResult:
    """A trained network, and how good it is beside flat algorithms.

    Attributes:
        table: Name of the table it was trained on.
        estimator: The fitted estimator.
        leaderboard: Scores, differences and costs: the network's first, then the baselines'.
        verdict: Which to use, in plain words; "" where that cannot be told.
        judged: The rows that judged, and the network's predictions for them;
            `judged.rows.numbers` are their numbers in the table.
        parts: Numbers of the rows in the table, from 1: those that learned and those that judged,
            one pair for rows held out, one a fold where each member left out a fold of its own.
        saved: The model file; None if none was asked for.
    """

    table: str
    estimator: Estimator
    leaderboard: Leaderboard
    verdict: str
    judged: JudgedRows
    parts: list[Part]
    saved: Path | None

    @property
    def target(self) -> str:
        """The columns that were predicted, in words."""
        return ", ".join(self.targets)

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that were predicted."""
        return self.estimator.target_

    @property
    def leaks(self) -> list[str]:
        """What looked like leakage before training, in sentences."""
        return self.leaderboard.leaks

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed while reading."""
        return self.estimator.notes_

    @property
    def fingerprint(self) -> str:
        """The first digits of the SHA-256 of the numbers of the rows that judged."""
        return fingerprint_of([self.judged.rows.numbers])

    @property
    def unseen_rows(self) -> Rows:
        """Rows that judged: of each fold's, the member that judged them had learned nothing."""
        return self.judged.rows

    def __repr__(self) -> str:
        scores = [f"{s.name} {s.value:.4g}" for s in self.leaderboard.entries[0].scores]
        rows = count_of(self.leaderboard.num_rows, "row")
        told = ", ".join(scores) or "no score"
        return f"TrainingResult({self.table!r}, {self.target!r}, {rows} judged): {told}"

    def to_frame(self) -> pl.DataFrame:
        """The leaderboard as a table: see `Comparison.to_frame`."""
        return self.leaderboard.to_frame()

    def to_json(self) -> dict[str, Any]:
        """Everything but the rows and the weights, as plain data."""
        model = self.estimator.model_
        return {
            "model": None if self.saved is None else str(self.saved),
            "estimator": type(self.estimator).__name__,
            "target": list(self.targets),
            "schema": self.estimator.schema_.to_json(),
            "notes": list(self.notes),
            "layers": model.network.describe(),
            "weights": len(model.network.weights),
            "plan": asdict(model.record.plan),
            "ended": asdict(model.record.ended),
            "report": self.leaderboard.to_json(),
            "leaks": self.leaks,
        }


def fit_and_evaluate(  # noqa: PLR0913 - each is a choice of the caller
    data: Any,
    target: str | Sequence[str] | None = None,
    *,
    test: Any = None,
    validation_data: Any = None,
    task: str | None = None,
    group: Any = None,
    by_time: Any = None,
    drop_repeated: bool = False,
    baselines: bool = True,
    out: str | Path | None = None,
    on_event: Callable[[FitEvent], None] | None = None,
    on_interrupt: OnInterrupt = "raise",
    stop: Callable[[], bool] | None = None,
    checkpoint: str | Path | None = None,
    process: FlatProcess | None = None,
    **options: Any,
) -> TrainingResult:
    """Train a network, score it beside flat algorithms on the same rows, and save it.

    It does what `pellucid fit` does: it looks for leakage, trains, saves the model, scores it and
    the baselines on rows that neither learned from, and saves the scores with the model. Those
    rows also chose the network's best epoch, so that another table (`test`) or `compare` judges
    more strictly.

    Args:
        data: A file or a DataFrame with the target in a column, or a folder of pictures or
            texts.
        target: Name of this column, or names of several; None for the classes of folders.
        test: Another table that judges; None for the training's own validation rows.
        validation_data: Other rows that end the training and calibrate it, as in `fit`.
        task: "classification" or "regression", where the guess would be wrong.
        group: As in `fit`, like the two below.
        by_time: Likewise.
        drop_repeated: Likewise; of `test`, rows that repeat one of `data` are left out too.
        baselines: Whether to train flat algorithms on the same rows.
        out: Model file to write; an existing one is replaced only when the new one is complete.
            The model is there before anything is scored; then it is written again, with its
            scores. None for no file.
        on_event: Told what happens: that the rows are read, that leaks were sought, what training
            tells, and that the model is trained (`pellucid.comparison.stages`).
        on_interrupt: What Ctrl-C does during training: "raise" a KeyboardInterrupt, or "stop" the
            training; its best network so far is saved then and scored without baselines.
        stop: Asked after each step; True stops the training cleanly.
        checkpoint: File to keep the training in, from which the same call goes on: as in `fit`. It
            is removed when the training was complete and all is saved.
        process: Where the baselines are fitted, if it was started before; None to start one here,
            so that it is ready when the network is trained.
        **options: Options of `Classifier` and `Regressor`. `time_budget` is that of everything
            after reading: half of it to train, the rest to compare, calibrate and score.

    Returns:
        The fitted estimator with its scores, differences to the baselines, and the verdict.

    Raises:
        OptionError: An option has a value it cannot have.
        DataError: The rows cannot be learned from; the message says why and what to do.
        CheckpointError: The checkpoint is damaged, or of another training.
        KeyboardInterrupt: Ctrl-C was pressed.

    Example:
        >>> import polars, pellucid
        >>> size = [1.5, 2.5, 8.0, 9.5] * 15
        >>> table = polars.DataFrame({"size": size, "y": ["low", "low", "high", "high"] * 15})
        >>> found = pellucid.fit_and_evaluate(table, "y", baselines=False, max_epochs=20)
        >>> found.leaderboard.num_rows
        60
        >>> found.estimator.predict(polars.DataFrame({"size": [2.0, 9.0]})).tolist()
        ['low', 'high']
    """
    check_on_interrupt(on_interrupt)
    parted = part_table(
        as_table(data),
        validation=validation_data,
        test=test,
        splitting=Splitting(groups=group, by_time=by_time, drop_repeated=drop_repeated),
        validation_fraction=options.get("validation_fraction"),
    )
    table, validation_data, test_table = parted.training, parted.validation, parted.test
    targets = target_names(target, data)
    _check_outputs(out, checkpoint, table, test_table, validation_data)
    tell = on_event or (lambda _: None)
    kind, reason = task_for(table, targets, task, options.get("columns"))
    estimator = make_estimator(kind, options)
    budget = Budget(estimator.time_budget)
    reading, split = _read(estimator, table, targets, validation_data, parted.splitting)
    is_wanted = baselines and estimator.task_of(reading.rows.target).flat_family is not None
    with FlatProcess() if is_wanted and process is None else nullcontext(process) as flat:
        is_chance = split.basis.is_chance
        who = (
            "" if is_chance else words_on(reading.rows, len(split.validation), split, is_test=False)
        )
        tell(RowsRead(table=table, kind=kind, reason=reason, reading=reading, words=who))
        reading = estimator.judge_codes(reading, [split.training])
        judging = None
        if test_table is not None:
            judging, reading = read_test(
                estimator, reading, test_table, drop_repeated=drop_repeated
            )
        seconds = budget.training
        suspicions = _leaks(estimator, reading, split, judging)
        tell(LeaksSought(suspicions=suspicions, schema=reading.schema, shares=budget.words))
        estimator.learn_from(
            reading,
            split,
            on_event=tell,
            on_interrupt=on_interrupt,
            stop=stop,
            checkpoint=checkpoint,
            time_budget=seconds,
        )
        _keep(estimator, out, origin=None if table.path is None else Origin.of(table.path))
        tell(Trained(estimator=estimator))
        board, judged = compare_with_baselines(
            estimator,
            (reading.rows, split),
            judging,
            with_baselines=baselines and estimator.model_.record.ended.reason != "interrupted",
            suspicions=suspicions,
            deadline=budget.deadline,
            process=flat,
        )
    _keep(estimator, out, leaderboard=board)
    remove_if_complete(checkpoint, estimator.model_)
    return TrainingResult(
        table=table.name,
        estimator=estimator,
        leaderboard=board,
        verdict=verdict(board),
        judged=judged,
        parts=_numbers_of(reading.rows, split, judging),
        saved=None if out is None else Path(out),
    )


def _check_outputs(out: str | Path | None, checkpoint: str | Path | None, *read: Any) -> None:
    """Refuse, before long work, a model file or checkpoint that cannot be written or that is read.

    Raises:
        OptionError: It is one of the tables, or both are one file.
        CheckpointError: There is a file where the checkpoint is to be, and it is none.
        DataError: It cannot be written.
    """
    names = ("the table", "the test table", "the validation table")
    paths = [each.path if isinstance(each, Table) else each for each in read]
    paths = [path if isinstance(path, str | Path) else None for path in paths]
    others = dict(zip(names, paths, strict=True))
    if out is not None:
        check_output(Path(out), others, option="out")
    if checkpoint is not None:
        check_output(Path(checkpoint), {**others, "the model": out}, option="checkpoint")
        check_checkpoint(checkpoint)


def _read(
    estimator: Estimator,
    table: Table,
    targets: Sequence[str],
    validation_data: Any,
    splitting: Splitting,
) -> tuple[Reading, Split]:
    """The rows as the estimator reads them, and which of them learn."""
    reading = estimator.read(table, as_named(targets), splitting=splitting)
    given = read_judging(validation_data, reading, splitting, estimator.knowing(reading))
    return estimator.part(reading, given)


def _leaks(
    estimator: Estimator, reading: Reading, split: Split, judging: Rows | None
) -> Suspicions:
    """What makes scores on these rows better than they will be."""
    given, parts, _ = rows_for_flat(reading.rows, split, judging)
    are_classes = estimator.reader.are_classes
    return find_leaks(given, parts, reading.target_names[0], are_classes=are_classes)


def _keep(estimator: Estimator, out: str | Path | None, **facts: Any) -> None:
    """Add facts to the model's record, and write the model if there is a file for it."""
    model = estimator.model_
    model.record = replace(model.record, **facts)
    if out is not None:
        estimator.save(out)


def _numbers_of(rows: Rows, split: Split, test: Rows | None) -> list[Part]:
    """The numbers of the rows that learned and of those that judged, part by part."""
    if test is not None:
        return [(rows.numbers, test.numbers)]
    numbers = split.judging(rows).numbers if split.has_folds else rows.numbers
    return [(numbers[learning], numbers[judging]) for learning, judging in split.parts]
