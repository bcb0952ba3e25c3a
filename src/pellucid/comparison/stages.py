"""What happens in a comparison, told as it happens."""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.comparison.leakage import Suspicions
from pellucid.data.schema import Schema
from pellucid.data.sources.table import Table
from pellucid.estimators.estimator import Estimator


@dataclass(frozen=True)
class Prepared:
    """The rows are read and parted; nothing has been trained yet.

    Attributes:
        table: What was read.
        kind: What is learned, as a person calls it.
        reason: Why.
        estimator: What makes the network; it knows the schema.
        words: What rows judge, in words.
        suspicions: What may be leakage.
        shares: Who gets how much of the time budget, in words; "" without one.
    """

    table: Table
    kind: str
    reason: str
    estimator: Estimator
    words: str
    suspicions: Suspicions
    shares: str


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
        estimator: What makes the network; it knows what was noticed while reading.
        words: What rows judge, in words; "" where chance decides.
    """

    table: Table
    kind: str
    reason: str
    estimator: Estimator
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


Stage = Prepared | Working
