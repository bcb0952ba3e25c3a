"""What a caller may give as rows and targets, and which of these it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.parts import part_table, values_of
from pellucid.data.sources.folder_sources import target_named_by
from pellucid.data.sources.picture_arrays import are_picture_arrays, pictures_frame
from pellucid.data.sources.table import Table, read_table
from pellucid.data.split_options import Splitting
from pellucid.errors import DataError, DataTypeError, OptionError, PellucidError


@contextmanager
def own_errors() -> Iterator[None]:
    """Refusals of scikit-learn's become ours, of the built-in kind that they were.

    Raises:
        DataError: In place of a ValueError.
        DataTypeError: In place of a TypeError.
    """
    try:
        yield
    except PellucidError:
        raise
    except ValueError as error:
        raise DataError(str(error)) from error
    except TypeError as error:
        raise DataTypeError(str(error)) from error


def given_rows(X: Any) -> Any:
    """Rows as they were given, or as a DataFrame where they are no array but could be one.

    Pictures, an array with three or four dimensions, become the one column of a DataFrame.

    Raises:
        DataError: They are a sparse matrix, or an array of no pictures' shape.
    """
    if isinstance(X, pl.LazyFrame):
        return X.collect()
    if are_picture_arrays(X):
        return pictures_frame(X)
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise DataError(
            f"X is a sparse matrix of {X.shape[0]:,} rows and {X.shape[1]:,} columns, but a dense "
            "one is needed. Give X.toarray(), if that fits into memory, or fewer columns."
        )
    names = getattr(getattr(X, "dtype", None), "names", None)
    if names and isinstance(X, np.ndarray):
        return pl.DataFrame({name: np.ascontiguousarray(X[name]) for name in names})
    return X


def check_not_negative(weights: npt.NDArray[np.float64]) -> None:
    """Refuse weights below 0, (n,).

    Raises:
        DataError: Names the first row with one.
    """
    if (weights < 0.0).any():
        row = 1 + int((weights < 0.0).argmax())
        raise DataError(
            f"The sample_weight of row {row} is {weights[row - 1]:g}. Give weights of 0 or more.",
            row=row,
        )


def as_table(source: Any) -> Table:
    """A table as it is, anything else read as one."""
    return source if isinstance(source, Table) else read_table(source)


@dataclass(frozen=True, kw_only=True)
class GivenRows:
    """What `fit` was given, all of it of the rows that learn, but those that judge.

    Attributes:
        rows: In any form.
        validation: Rows that judge; None for none.
        weights: One for each of the rows; None for none.
        splitting: How else to tell rows that judge.
    """

    rows: Any
    validation: Any
    weights: Any
    splitting: Splitting


def as_parted(given: GivenRows, validation_fraction: object) -> GivenRows:
    """Part the rows where their source says which learn and which judge.

    Args:
        given: Of all rows; only a table, or a file or folder, can say so.
        validation_fraction: The option.

    Raises:
        OptionError: The source has rows that judge, and they are told in another way too.
    """
    if not isinstance(given.rows, Table | str | Path):
        return given
    table = as_table(given.rows)
    parted = part_table(
        table,
        validation=given.validation,
        splitting=given.splitting,
        validation_fraction=validation_fraction,
    )
    return GivenRows(
        rows=parted.training,
        validation=parted.validation,
        weights=values_of(parted.training, table, given.weights),
        splitting=parted.splitting,
    )


def in_part(
    X: Any, y: Any, sample_weight: Any, part_of: Callable[[Table], Table]
) -> tuple[Any, Any]:
    """The rows of a part and their weights, where the source says which rows are for what.

    Args:
        X: Rows in any form; only a table, or a file or folder, can say so.
        y: Their targets; where they are no column, they are of all rows, which then stay.
        sample_weight: One for each of the rows; None for none.
        part_of: Chooses the rows.
    """
    if not isinstance(X, Table | str | Path) or not (y is None or isinstance(y, str)):
        return X, sample_weight
    table = as_table(X)
    rows = part_of(table)
    return rows, values_of(rows, table, sample_weight)


def as_row(source: Any, lists: Collection[str] = ()) -> dict[str, Any] | None:
    """The cells of one row by column, if this is one: a dict of single values, a pandas Series.

    Args:
        source: What may be one.
        lists: Columns whose single values are lists; beside a single value of another column, a
            list there is one cell.
    """
    if isinstance(source, Mapping):
        others = [cell for name, cell in source.items() if name not in lists]
        cells = others or source.values()
        are_single = source and not any(map(_holds_several, cells))
        return {str(name): cell for name, cell in source.items()} if are_single else None
    if hasattr(source, "iloc") and source.ndim == 1:
        return dict(zip(map(str, source.index), source.tolist(), strict=True))
    return None


def is_row_of(source: Any, names: Collection[str]) -> bool:
    """Whether a column in memory is one row: a pandas Series with columns as its index.

    Args:
        source: Any column, array or list.
        names: Names of the columns.
    """
    return hasattr(source, "iloc") and not {*map(str, source.index)}.isdisjoint(names)


def _holds_several(cell: Any) -> bool:
    """Whether it is the cells of a column, and not one of them."""
    is_single = isinstance(cell, str | bytes | Mapping) or getattr(cell, "ndim", 1) == 0
    return isinstance(cell, Iterable) and not is_single


def as_named(targets: Sequence[str]) -> str | list[str]:
    """Names of targets as `fit` takes them: one as a text."""
    return targets[0] if len(targets) == 1 else list(targets)


def check_no_number(y: Any) -> Any:
    """Targets as they are, if they are not the number of a column: columns go by their names.

    Raises:
        OptionError: They are a single whole number.
    """
    if isinstance(y, Integral):
        raise OptionError(
            f"The target must be the name of a column, or a target for each row, but is {y}. If a "
            f'column has this name, give it as text: "{y}".',
            option="y",
        )
    return y


def unequal(rows: int, targets: int) -> DataError:
    """The error for a number of targets that is not that of rows."""
    return DataError(
        f"X has {rows} rows and y has {targets} targets: inconsistent numbers of samples. Give one "
        "target for each row."
    )


def given_target(y: Any, X: Any) -> Any:
    """The targets as they were given, or else the one that a folder or archive names itself."""
    path = X.path if isinstance(X, Table) else X
    return target_named_by(path) if y is None and isinstance(path, str | Path) else y


def target_names(target: str | Sequence[str] | None, data: Any) -> list[str]:
    """Names of the columns to predict, which pictures name themselves.

    Raises:
        OptionError: None was given, and the data name none.
    """
    target = given_target(target, data)
    if target is None:
        raise OptionError(
            "target must be given: the name of the column to predict, or names of several.",
            option="target",
        )
    return [target] if isinstance(target, str) else list(target)


def are_names(y: Any, X: Any) -> bool:
    """Whether y names columns of X, and does not hold a target for each row."""
    if isinstance(y, str):
        return True
    if not isinstance(y, list | tuple) or not y or not all(isinstance(name, str) for name in y):
        return False
    if isinstance(X, str | Path | Table):
        return True
    if not hasattr(X, "columns") or isinstance(X, pl.LazyFrame):
        return False
    names = getattr(X, "column_names", X.columns)  # PyArrow calls its cells columns
    return len(y) != len(X) and len(y) <= len(names)


def names_of(y: Any) -> tuple[str, ...]:
    """Names of targets that came as a frame or as a column with a name."""
    columns = getattr(y, "column_names", getattr(y, "columns", None))  # PyArrow's are cells
    given = [getattr(y, "name", None)] if columns is None else list(columns)
    names = tuple(name for name in given if isinstance(name, str) and name)
    return names if len(names) == len(given) else ()
