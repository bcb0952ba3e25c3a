"""New rows whose target is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pellucid.data.parts import judging_part
from pellucid.data.sources.table import Table, read_table
from pellucid.data.targets import Target
from pellucid.errors import OptionError
from pellucid.estimators.arguments import are_names, as_table, check_no_number, unequal
from pellucid.estimators.predictor import Predictor


def take_labeled(model: Predictor, data: Any, target: Any, *, by_name: bool) -> Target:
    """Take the rows whose target is known, and their targets.

    Args:
        model: A fitted estimator.
        data: A file, a DataFrame, or an array.
        target: Name or names of its target, the targets themselves, or None for the names of
            training.
        by_name: Whether columns go by name also where scikit-learn wants them all.

    Raises:
        OptionError: It must be said what the target is.
        DataError: The rows do not fit the model, or none has a target.
    """
    if target is None and not model.target_:
        raise OptionError(
            "target must be given, since this model learned from targets without a name: the name "
            "of the column that holds them here, or the targets themselves.",
            option="target",
        )
    names = model.target_ if target is None else target
    if target is None or are_names(target, data):
        names = (names,) if isinstance(names, str) else tuple(names)
        table = judging_part(as_table(data))
    else:
        table, names = _with_targets(model, data, check_no_number(target), by_name=by_name)
    _check_count(model, len(names))
    return model.take_target(table, names)


def _check_count(model: Predictor, count: int) -> None:
    expected = model.model_.task.num_targets
    if count != expected:
        raise OptionError(
            f"target must be {expected} column{'s' if expected > 1 else ''}, as the model predicts "
            f"so many, but is {count}. Give one for each, in the order of training.",
            option="target",
        )


def _with_targets(
    model: Predictor, data: Any, target: Any, *, by_name: bool
) -> tuple[Table, tuple[str, ...]]:
    """Rows with their targets as columns beside them."""
    table, cells = model.take_rows(data, by_name=by_name), np.asarray(target)
    if len(cells) != table.frame.height:
        raise unequal(table.frame.height, len(cells))
    columns = read_table(cells.reshape(len(cells), -1)).frame
    _check_count(model, columns.width)
    several = [f"y{place}" for place in range(columns.width)]
    plain = model.target_ or (several if columns.width > 1 else ["y"])
    taken = table.frame.columns
    names = tuple(f"target {name}" if name in taken else name for name in plain)
    columns.columns = list(names)
    return replace(table, frame=pl.concat([table.frame, columns], how="horizontal")), names
