"""A trained model judged on new rows whose target is known, beside knowing nothing.

Only one model is judged, so no winner is named: `compare` does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.comparison.differences import differences
from pellucid.comparison.judged import JudgedRows, scores_of
from pellucid.comparison.labeled import take_labeled
from pellucid.comparison.verdict import FEWEST_ROWS_FOR_A_VERDICT
from pellucid.data.conversion import absent_columns, convert, count_odd
from pellucid.data.number_targets import tell
from pellucid.data.rows import Rows
from pellucid.data.targets import Target
from pellucid.data.unseen import describe_unseen, where_unseen
from pellucid.errors import OptionError
from pellucid.estimators.predictor import Predictor
from pellucid.estimators.row import check_model
from pellucid.model.leaderboard import NETWORK, Difference, Entry, Leaderboard
from pellucid.model.model import Model
from pellucid.model.novelty import judge_novelty
from pellucid.tasks.metrics import wilson_interval
from pellucid.tasks.task import Task, Truth
from pellucid.wording import count_of

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

COVERAGE = 0.9
"""What sets and intervals are asked to promise, as in `predict_set`."""

COSTS = ("seconds", "rows per second", "size", "rows", "failure")
"""What a `Leaderboard` also tells of each algorithm, and what is not measured here."""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How often sets or intervals held the truth of one target, beside what they promise.

    Attributes:
        target: Its name.
        promised: The part of rows like those of training whose truth they should hold.
        held: The part of these rows whose truth they held.
        low: Lower end of its 95 % interval (Wilson 1927).
        high: Upper end.
        size: Mean number of classes in a set, or middle width of an interval; None if infinite.
    """

    target: str
    promised: float
    held: float
    low: float
    high: float
    size: float | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Evaluation:
    """How good a trained model is on new rows.

    Attributes:
        table: Name of the rows' table.
        targets: The columns that were predicted; "y", or "y0", "y1", …, where they have no names.
        leaderboard: The network's scores with intervals; then those of knowing nothing but the
            training's targets (their most frequent class, or mean), where the model knows it.
        verdict: Whether the network is better than knowing nothing, in plain words; "" where that
            cannot be told.
        coverages: How often sets or intervals of 90 % held the truth of each target; none where
            the model has too few validation rows for them.
        unlike: Rows unlike those of training; None if the model comes from an older Pellucid.
        surprises: Cells unlike any in training, in words, and how many there are of each.
        unknown: Classes that the model does not know, and how many rows have them. Such rows count
            as wrong, as in scikit-learn: their class has the probability 0.
        notes: What was noticed while reading.
        judged: The rows that judged, and the predictions for them; `judged.rows.numbers` are their
            numbers in the table.
        estimator: The model.
    """

    table: str
    targets: tuple[str, ...]
    leaderboard: Leaderboard
    verdict: str
    coverages: list[Coverage]
    unlike: int | None
    surprises: dict[str, int]
    unknown: dict[str, int]
    notes: tuple[str, ...]
    judged: JudgedRows
    estimator: Predictor

    def __repr__(self) -> str:
        network = self.leaderboard.entries[0]
        scores = ", ".join(f"{score.name} {score.value:.4g}" for score in network.scores)
        rows = count_of(len(self.judged.rows), "row")
        return f"Evaluation({self.table!r}, {self.target!r}, {rows}): {scores}"

    @property
    def target(self) -> str:
        """The columns that were predicted, in words."""
        return ", ".join(self.targets)

    @property
    def unseen_rows(self) -> Rows:
        """The rows whose class the model knows, with the classes as it has them."""
        rows, task = self.judged.rows, self.estimator.model_.task
        if not self.unknown:
            return rows
        places, target = task.known(rows.target)
        return replace(rows.take(places), target=target)

    def to_frame(self) -> pl.DataFrame:
        """The scores as a table, the network's first.

        Returns:
            `algorithm`; for each score, such as `accuracy`, its value, `accuracy low` and
            `accuracy high`, and its `accuracy difference` to the network's with `low` and `high`,
            as `Comparison.to_frame` has them.
        """
        return self.leaderboard.to_frame().drop(COSTS)

    def to_json(self) -> dict[str, Any]:
        """Everything but the rows and the model, as plain data."""
        return {
            "table": self.table,
            "target": self.target,
            "rows": len(self.judged.rows),
            "scores": [
                {
                    "algorithm": each.name,
                    "scores": [asdict(score) for score in each.scores],
                    "differences": [asdict(difference) for difference in each.differences],
                }
                for each in self.leaderboard.entries
            ],
            "verdict": self.verdict,
            "coverages": [asdict(coverage) for coverage in self.coverages],
            "unlike": self.unlike,
            "surprises": self.surprises,
            "unknown": self.unknown,
            "notes": list(self.notes),
        }


def evaluate(
    model: Predictor, data: Any, target: Any = None, *, allow_missing: bool = False
) -> Evaluation:
    """Judge a trained model on new rows whose target is known.

    Rows without a target are left out, and counted. A class that the model does not know counts
    as wrong, as in scikit-learn.

    Args:
        model: A fitted estimator.
        data: A file, a DataFrame, or an array.
        target: Name of the target column, or names of several, where they are called otherwise
            than in training; or the targets themselves, shape (n,) or (n, O).
        allow_missing: Whether columns may be missing; they are unknown then.

    Returns:
        Scores with intervals beside knowing nothing, how often sets or intervals held the truth,
        and how many rows are unlike those of training.

    Raises:
        OptionError: `model` is none, or it must be said what the target is.
        NotFittedError: It has not learned yet.
        DataError: The rows do not fit the model, or none has a target that it could know.

    Example:
        >>> found = pellucid.evaluate(model, "new.csv")     # doctest: +SKIP
        >>> found.to_frame()                                # doctest: +SKIP
    """
    check_model(model)
    taken = take_labeled(model, data, target, by_name=allow_missing)
    taken, frame = _read_seen(model, taken, allow_missing=allow_missing)
    absent = absent_columns(taken.table, model.schema_)
    trained = model.model_
    truth = trained.task.truth_of(taken)
    rows = Rows(
        frame=frame,
        target=truth.target,
        weights=np.ones(frame.height),
        numbers=taken.table.numbers,
    )
    decoded, regions = _predict(trained, rows)
    judged = JudgedRows(task=truth.task, rows=rows, predictions=truth.widened(decoded))
    board = _leaderboard(
        trained, judged, truth, f"{count_of(len(rows), 'row')} of {taken.table.name}"
    )
    names = model.target_ or taken.names
    quoted = tell(taken.cell_notes, private=bool(model.private))
    notes = (*taken.table.notes, *taken.notes, *quoted, *_unknown_notes(truth.unknown))
    return Evaluation(
        table=taken.table.name,
        targets=names,
        leaderboard=board,
        verdict=_verdict(board),
        coverages=[] if regions is None else _coverages(trained.task, truth, regions, names),
        unlike=None
        if trained.combinations is None
        else int(judge_novelty(trained, rows, absent).is_unlike.sum()),
        surprises={
            **trained.surprises(rows, absent),
            **count_odd(taken.table, model.schema_, frame),
        },
        unknown=truth.unknown,
        notes=notes,
        judged=judged,
        estimator=model,
    )


def _unknown_notes(unknown: dict[str, int]) -> list[str]:
    if not unknown:
        return []
    rows = sum(unknown.values())
    which = (
        f"the class {next(iter(unknown))!r}"
        if len(unknown) == 1
        else (f"{len(unknown)} classes, such as {next(iter(unknown))!r},")
    )
    have, what = ("has", "row") if rows == 1 else ("have", "rows")
    count = "counts" if rows == 1 else "count"
    return [f"{rows:,} {what} {have} {which} that the model does not know, and {count} as wrong"]


def _read_seen(
    model: Predictor, taken: Target, *, allow_missing: bool
) -> tuple[Target, pl.DataFrame]:
    """Read the columns, without rows of nothing but pictures that cannot be read."""
    frame = convert(taken.table, model.schema_, allow_missing=allow_missing)
    unseen = where_unseen(frame)
    if not unseen.any():
        return taken, frame
    seen = np.flatnonzero(~unseen)
    notes = (*taken.notes, describe_unseen(taken.table.numbers[unseen]))
    table, values = taken.table.take(seen), taken.values[seen]
    return replace(taken, table=table, values=values, notes=notes), frame[seen]


def _predict(model: Model, rows: Rows) -> tuple[Floats, Array | None]:
    """Predictions, and sets or intervals where there were validation rows enough for them."""
    try:
        return model.predict_regions(rows, COVERAGE, "coverage")
    except OptionError:
        return model.predict(rows), None


def _leaderboard(model: Model, judged: JudgedRows, truth: Truth, words: str) -> Leaderboard:
    rows, task = judged.rows, judged.task
    network = Entry(name=NETWORK, scores=scores_of(judged), seconds=0.0)
    entries = [network]
    prior = model.record.prior  # older files do not say
    if prior is not None and len(prior) == model.task.num_outputs:
        name = task.prior_name
        nothing = truth.widened(np.tile(np.array(prior, dtype=float), (len(rows), 1)))
        found = differences(task, judged.predictions, {name: nothing}, rows.target)
        entries.append(
            Entry(
                name=name,
                scores=scores_of(replace(judged, predictions=nothing)),
                seconds=0.0,
                differences=found[name],
            )
        )
    return Leaderboard(rows=words, num_rows=len(rows), entries=entries)


def _verdict(board: Leaderboard) -> str:
    """Whether the network is better than knowing nothing."""
    network, *others = board.entries
    if not others or not others[0].differences:
        return ""
    nothing, difference = others[0], others[0].differences[0]
    if board.num_rows < FEWEST_ROWS_FOR_A_VERDICT:
        count = "1 row is" if board.num_rows == 1 else f"{board.num_rows} rows are"
        return f"{count} too few to tell how good the network is: give more."
    start = f"On these {count_of(board.num_rows, 'row')} the network is"
    than = f"knowing nothing (the {nothing.name} of its training)"
    if not difference.is_clear:
        return f"{start} not clearly better by {difference.name} than {than}."
    is_better = (difference.value > 0) != network.scores[0].higher_is_better
    return f"{start} {'better' if is_better else 'worse'} than {than} by {_amount(difference)}."


def _amount(difference: Difference) -> str:
    low, high = sorted((abs(difference.low), abs(difference.high)))
    value = abs(difference.value)
    return f"{value:.3g} {difference.name} (95 % interval {low:.3g} to {high:.3g})"


def _coverages(task: Task, truth: Truth, regions: Array, names: Sequence[str]) -> list[Coverage]:
    """How often the regions held the truth of each target."""
    held, sizes = task.coverage(regions, truth)
    return [
        _coverage(name, float(part), float(size), len(held))
        for name, part, size in zip(names, held.mean(axis=0), sizes, strict=True)
    ]


def _coverage(name: str, held: float, size: float, num_rows: int) -> Coverage:
    low, high = wilson_interval(held, num_rows)
    return Coverage(
        target=name,
        promised=COVERAGE,
        held=held,
        low=low,
        high=high,
        size=size if np.isfinite(size) else None,
    )
