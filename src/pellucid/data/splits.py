"""Which rows learn and which judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data.grouping import (
    Basis,
    Floats,
    Groups,
    Places,
    Times,
    choose_bundles,
    deal_bundles,
    position_in_stratum,
)
from pellucid.data.rows import Rows
from pellucid.wording import count_of

MOST_UNITS = 2_000
"""Into so many pieces the weight of one row is cut at most."""

Part = tuple[Places, Places]
"""Places of the rows that learn, and of those that judge."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Which rows learn and which judge.

    With folds, every row does both: member k of the ensemble learns from all but what lies in
    fold k, and judges this. Rows that belong together lie in one fold. Where chance makes rows
    equal, they go to the folds one by one, and so do the units of weight of a row that stands for
    several.

    Attributes:
        training: Places of the rows that learn.
        validation: Place of each unit that judges; may be empty.
        folds: Fold of each unit; None without folds.
        unit_weights: Weight of each unit; None for the weight of its row.
        basis: What it went by.
    """

    training: Places
    validation: Places
    folds: Places | None = None
    unit_weights: Floats | None = None
    basis: Basis = Basis()

    @property
    def has_validation(self) -> bool:
        """Whether any row judges."""
        return len(self.validation) > 0

    @property
    def has_folds(self) -> bool:
        """Whether each member leaves out a fold of its own."""
        return self.folds is not None

    @property
    def parts(self) -> list[Part]:
        """One pair for a part held out, one a fold for folds; then places are those of units."""
        if self.folds is None:
            return [(self.training, self.validation)]
        folds = self.folds
        return [
            (np.flatnonzero(folds != fold), np.flatnonzero(folds == fold))
            for fold in np.unique(folds)
        ]

    def describe_repeated(self) -> list[str]:
        """What to tell of copies that do not judge; nothing if there are none."""
        if not self.basis.repeated:
            return []
        left = count_of(len(self.validation), "row")
        are_left = f"{left} left to judge" if self.has_validation else "none is left: no score"
        return [f"validation {self.basis.repeated_words}: {are_left}"]

    def judging(self, rows: Rows) -> Rows:
        """The units that judge, as rows."""
        judging = rows.take(self.validation)
        return judging if self.unit_weights is None else replace(judging, weights=self.unit_weights)

    def member_weights(self, weights: Floats, members: int) -> Floats | None:
        """Weight of each training row for each member (K, n), mean 1; None if all are 1."""
        if self.folds is None and np.ptp(weights) == 0.0:
            return None
        by_member = np.tile(weights, (members, 1))
        if self.folds is not None and self.unit_weights is not None:
            np.subtract.at(by_member, (self.folds, self.validation), self.unit_weights)
            by_member = np.maximum(by_member, 0.0)
        return np.asarray(by_member / by_member.mean())

    def unseen(self, outputs_KnO: Any) -> Any:
        """Outputs for the validation units, of the members that did not learn from them."""
        if self.folds is None:
            return outputs_KnO
        return outputs_KnO[self.folds, np.arange(len(self.folds))][None]


def hold_out(
    fraction: float, rows: Rows, strata: npt.NDArray[Any] | None, generator: np.random.Generator
) -> Split:
    """Hold rows out for validation: the later ones, or by chance the same part of each stratum.

    Rows that belong together stay so. Where time or groups part copies all the same, those of rows
    that learn do not judge. Where time or groups leave no choice, as with one group only, chance
    decides.

    Args:
        fraction: Part of the rows that judge; 0 for none.
        rows: All rows.
        strata: Class of each row (n,), or None for any row like another.
        generator: Source of randomness.
    """
    strata = np.zeros(len(rows)) if strata is None else strata
    together = rows.together
    held = None
    if isinstance(rows.split_by, Times):
        held = rows.split_by.is_late(fraction)
    elif together is not None:
        held = choose_bundles(fraction, together, strata, generator)
    if held is None:
        position = position_in_stratum(strata, generator)
        _, inverse, sizes = np.unique(strata, return_inverse=True, return_counts=True)
        held = position < np.round(fraction * sizes)[inverse]
    elif rows.split_by is not None and not held.any():
        return hold_out(fraction, replace(rows, split_by=None), strata, generator)
    training, validation = np.flatnonzero(~held), np.flatnonzero(held)
    repeated = rows.learned_elsewhere(training, validation)
    basis = Basis() if rows.split_by is None else _basis(rows.split_by, held)
    return Split(
        training=training,
        validation=validation[~repeated],
        basis=replace(basis, repeated=int(repeated.sum())),
    )


def _basis(split_by: Groups | Times, held: npt.NDArray[np.bool_]) -> Basis:
    if isinstance(split_by, Groups):
        groups, judging = (
            len(np.unique(codes)) for codes in (split_by.codes, split_by.codes[held])
        )
        return Basis(by="group", column=split_by.name, groups=groups, judging=judging)
    since = split_by.show(float(split_by.values[held].min()))
    return Basis(by="time", column=split_by.name, since=since)


def make_folds(
    num_folds: int, rows: Rows, strata: npt.NDArray[Any] | None, generator: np.random.Generator
) -> Split:
    """Give each row, or each unit of its weight, a fold, those of one stratum evenly.

    Args:
        num_folds: Number of folds, one for each member; where fewer groups stay together, there is
            one for each of these, and the other members learn from all rows.
        rows: All rows; where no copies are known, a row of weight 3 is three units.
        strata: Class of each row (n,), or None for any row like another.
        generator: Source of randomness.
    """
    together = rows.together
    if isinstance(rows.split_by, Groups) and together is not None and np.ptp(together) == 0:
        return make_folds(num_folds, replace(rows, split_by=None), strata, generator)
    strata = np.zeros(len(rows)) if strata is None else strata
    position = position_in_stratum(strata, generator)
    # Strata one after the other, so that small ones do not all begin with fold 0.
    order = np.lexsort((position, strata))
    basis = Basis()
    if rows.copies is None and not isinstance(rows.split_by, Groups):
        units = np.clip(np.floor(rows.weights), 1, MOST_UNITS).astype(np.int64)
        folds = np.arange(units.sum()) % num_folds
    else:
        units = np.ones(len(rows), dtype=np.int64)
        together = np.arange(len(rows)) if together is None else together
        folds = deal_bundles(num_folds, together, strata, order)[order]
        if isinstance(rows.split_by, Groups):
            basis = _basis(rows.split_by, np.ones(len(rows), dtype=bool))
    places = np.repeat(order, units[order])
    return Split(
        training=np.arange(len(rows)),
        validation=places,
        folds=folds,
        unit_weights=(rows.weights / units)[places],
        basis=basis,
    )
