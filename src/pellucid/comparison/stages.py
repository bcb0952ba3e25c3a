"""What happens in a training or a comparison, told as it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid.comparison.leakage import Suspicions
    from pellucid.data.kinds.column import Schema
    from pellucid.data.sources.table import Table
    from pellucid.estimators.estimator import Estimator
    from pellucid.estimators.reading import Reading


@dataclass(frozen=True)
class Working:
    """Somebody is learning.

    Attributes:
        name: The algorithm.
        detail: On what, in words: a fold, a part of the rows; "" for all.
        seconds: Time passed.
        done: Part of all the comparison's fits that is done, from 0 to 1.
    """

    name: str
    detail: str
    seconds: float
    done: float


@dataclass(frozen=True, kw_only=True)
class RowsRead:
    """The rows are read, and it is settled which of them learn.

    Attributes:
        table: What was read.
        kind: What is learned, as a person calls it.
        reason: Why.
        reading: The rows as they were read: schema, names of the targets, notes.
        words: What rows judge, in words; "" for those that chance held out of a training's own.
    """

    table: Table
    kind: str
    reason: str
    reading: Reading
    words: str


@dataclass(frozen=True, kw_only=True)
class LeaksSought:
    """The rows were searched for what makes scores better than they will be.

    Attributes:
        suspicions: What may be leakage.
        schema: What each column is, now that codes are told.
        shares: Who gets how much of the time budget, in words; "" without one.
    """

    suspicions: Suspicions
    schema: Schema
    shares: str


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The network is trained, and its file written if there is to be one; scores come next.

    Attributes:
        estimator: The fitted estimator.
    """

    estimator: Estimator


Stage = RowsRead | LeaksSought | Working
"""What `compare` tells, in this order; of `Working` there are many."""
