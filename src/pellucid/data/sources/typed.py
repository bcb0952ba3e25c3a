"""Sources whose columns come with types: Parquet, Arrow, JSON lines, DataFrames and arrays."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.few_cells import MOST_ASKED
from pellucid.data.sources.files import Format
from pellucid.data.sources.media import TEXT
from pellucid.data.sources.picture_arrays import are_picture_arrays, pictures_frame
from pellucid.data.sources.text_cells import are_texts, without_halves
from pellucid.data.sources.unpacking import Content, Packing
from pellucid.errors import DataError
from pellucid.wording import quote

_COMMA = re.compile(r"[0-9],[0-9]")
_REFUSALS = (
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),
    *(TypeError, ValueError, OverflowError, ImportError, OSError, NotImplementedError),
)
"""What Polars raises for bytes and values it cannot make a column of."""


def typed_blocks(content: Content, kind: Format, rows_per_block: int) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet, Arrow or JSON lines file in order, block by block.

    Only what is packed is read whole: Polars has to jump about in it.

    Raises:
        DataError: The file is damaged or has no rows.
    """
    path, num_rows = content.path, 0
    source: Path | bytes = path
    if content.packing is not Packing.NONE:
        source = content.read_whole(has_lines=kind is Format.JSON_LINES)
    try:
        scan = _SCANS[kind](source)
        for block in scan.collect_batches(chunk_size=rows_per_block, maintain_order=True):
            num_rows += block.height
            if block.height:
                yield block
    except _REFUSALS as error:
        raise DataError(
            f"{path.name} cannot be read as {kind.value}. It is damaged or cut off; write it "
            "again.",
            file=path.name,
        ) from error
    if not num_rows:
        raise DataError(f"{path.name} has no rows. Give a file with rows.", file=path.name)


_SCANS: dict[Format, Callable[[Path | bytes], pl.LazyFrame]] = {
    Format.PARQUET: lambda source: pl.scan_parquet(source, glob=False, hive_partitioning=False),
    Format.ARROW: pl.scan_ipc,
    Format.ARROW_STREAM: lambda source: pl.read_ipc_stream(source).lazy(),
    # A later line may have what the first ones lack: all are looked at.
    Format.JSON_LINES: lambda source: pl.scan_ndjson(source, infer_schema_length=None),
}


def frame_of(source: object) -> tuple[pl.DataFrame, str, bool]:
    """Turn an object in memory into a Polars frame.

    Returns:
        The frame, a name for messages, and whether its columns have names of their own.

    Raises:
        DataError: It is no table, or has no rows or no columns.
    """
    for is_one, name, convert, has_names in _OBJECTS:
        if is_one(source):
            try:
                frame = convert(source)
            except _REFUSALS as error:
                if isinstance(error, DataError):
                    raise
                raise DataError(
                    f"The {name} cannot be read as a table. Every column should hold numbers, "
                    "text, truth values or dates, the same kind in every row."
                ) from error
            if not frame.width or not frame.height:
                lacks = "rows" if frame.width else "columns"
                raise DataError(f"The {name} has no {lacks}. Give a table with rows and columns.")
            return frame, name, has_names
    raise DataError(
        f"A table was expected, but the object is of type {type(source).__qualname__}. Give the "
        "path of a file, a DataFrame (pandas, Polars, PyArrow), a NumPy array with two dimensions "
        "or a list of dicts."
    )


def declared_categories(source: object, frame: pl.DataFrame) -> tuple[str, ...]:
    """Find the columns that somebody made categories by their type, in pandas, Polars or Arrow.

    Args:
        source: Where the frame comes from.
        frame: What was made of it; pandas' categories have the type of their values here.
    """
    if _is_pandas(source) and cast("Any", source).ndim > 1:
        dtypes = cast("Any", source).dtypes
        return tuple(str(name) for name, dtype in dtypes.items() if dtype == "category")
    categories = (pl.Categorical, pl.Enum)
    return tuple(c.name for c in frame.get_columns() if isinstance(c.dtype, categories))


def _is_pandas(source: object) -> bool:
    return type(source).__module__.split(".")[0] == "pandas"


def _is_arrow(source: object) -> bool:
    return hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")


def _is_list_of(kind: type) -> Callable[[object], bool]:
    def check(source: object) -> bool:
        return (
            isinstance(source, (list, tuple))
            and bool(source)
            and all(isinstance(row, kind) and not isinstance(row, str) for row in source)
        )

    return check


def _from_lazy(source: pl.LazyFrame) -> pl.DataFrame:
    return source.collect()


def _from_texts(source: Any) -> pl.DataFrame:
    """Texts as the one column of a frame."""
    if isinstance(source, np.ndarray) and source.dtype.kind == "S":
        source = _decoded(source)
    if hasattr(source, "iloc"):
        return pl.DataFrame([_pandas_column(TEXT, source)])
    if isinstance(source, list | tuple | np.ndarray):
        return pl.DataFrame([_column(TEXT, list(source))])
    return pl.DataFrame([pl.Series(TEXT, source)])


def _from_array(array: npt.NDArray[Any]) -> pl.DataFrame:
    """Name the columns x0, x1, ...; cells of any type that are mixed become text."""
    if array.ndim != 2:
        advice = " Use array.reshape(-1, 1) for one column." if array.ndim == 1 else ""
        raise DataError(
            f"The array has shape {array.shape}, but two dimensions, rows and columns, were "
            f"expected.{advice}"
        )
    if array.dtype.kind not in "biufSUmMO":
        raise DataError(
            f"The array has cells of type {array.dtype}. Give numbers, truth values, text or dates."
        )
    array = _with_known_unit(unmasked(array))
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float64)
    if array.dtype.kind == "S":
        array = _decoded(array)
    names = [f"x{number}" for number in range(array.shape[1])]
    if array.dtype == object:
        return pl.DataFrame(
            [_column(name, cells.tolist()) for name, cells in zip(names, array.T, strict=True)]
        )
    return pl.DataFrame(
        [
            pl.Series(name, np.ascontiguousarray(cells))
            for name, cells in zip(names, array.T, strict=True)
        ]
    )


def unmasked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Write what a masked array hides as None among objects; another array stays as it is."""
    if not isinstance(array, np.ma.MaskedArray):
        return array
    cells = np.array(array.data.astype(object))
    cells[np.ma.getmaskarray(array)] = None
    return cells


def _with_known_unit(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Write dates and durations in a unit that Polars has: days, and parts of a second."""
    if array.dtype.kind not in "mM":
        return array
    unit = np.datetime_data(array.dtype)[0]
    if array.dtype.kind == "M" and unit in ("Y", "M", "W"):
        return array.astype("datetime64[D]")
    coarse = ("h", "m", "s") if array.dtype.kind == "M" else ("W", "D", "h", "m", "s")
    return array.astype(f"{array.dtype.kind}8[ms]") if unit in coarse else array


def _decoded(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError:
        return np.char.decode(array, "latin-1")


def _from_pandas(source: Any) -> pl.DataFrame:
    if getattr(source, "ndim", 0) != 2:
        raise DataError(
            f"A pandas DataFrame was expected, but the object is a {type(source).__name__}. Use "
            "to_frame() to make a table of it."
        )
    names = [str(name) for name in source.columns]
    _check_unique(names)
    return pl.DataFrame(
        [
            _pandas_column(name, cells)
            for name, (_, cells) in zip(names, source.items(), strict=True)
        ]
    )


def _pandas_column(name: str, series: Any) -> pl.Series:
    """Convert a pandas column; value by value where Polars refuses the whole."""
    if type(series.dtype).__name__ == "PeriodDtype":
        series = series.dt.to_timestamp()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biu":  # none of them missing
        return pl.Series(name, np.ascontiguousarray(series.to_numpy()))
    if type(series.dtype).__name__ == "StringDtype" and len(series) <= MOST_ASKED:
        return pl.Series(name, [plain_cell(cell) for cell in series.tolist()], dtype=pl.String)
    if series.dtype != object and type(series.dtype).__name__ != "IntervalDtype":
        try:
            column = cast("pl.Series", pl.from_pandas(_write_levels(series), nan_to_null=True))
        except _REFUSALS:
            pass
        else:
            return column.rename(name)
    return _column(name, series.astype(object).where(series.notna(), None).tolist())


def _write_levels(series: Any) -> Any:
    """Write levels that are objects, such as the intervals of `pandas.cut`, as text."""
    if series.dtype != "category" or series.cat.categories.dtype.kind != "O":
        return series
    return series.cat.rename_categories([_as_text(level) for level in series.cat.categories])


def _column(name: str, values: list[Any]) -> pl.Series:
    """Make a column of Python values; values of several types become text."""
    values = [plain_cell(value) for value in values]
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 or kinds <= {int, float}:
        try:
            column = pl.Series(name, values, strict=False)
        except _REFUSALS:
            pass
        else:
            if column.dtype != pl.Object:
                return column
    has_comma = any(isinstance(value, str) and _COMMA.search(value) for value in values)
    write = _as_plain_text if has_comma else _as_text
    texts = (write(value) for value in values)
    return pl.Series(name, [t and without_halves(t) for t in texts], dtype=pl.String)


def plain_cell(value: Any) -> Any:
    """A cell among objects as a plain Python value; None for whatever stands for "not known".

    That is None, NaN of any type, NaT, and pandas' NA, which is neither true nor false nor equal.
    """
    if value is None or isinstance(value, str | int):  # the usual ones first; a bool is an int
        return value
    if isinstance(value, np.datetime64 | np.timedelta64):
        value = _with_known_unit(np.array([value]))[0].astype(f"{value.dtype.kind}8[us]")
    if isinstance(value, np.generic):
        value = float(value) if isinstance(value, np.floating) else value.item()
    if isinstance(value, Decimal):
        value = float("nan") if value.is_nan() else float(value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return None if isinstance(value, float) and math.isnan(value) else value


def _as_text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_plain_text(value: object) -> str | None:
    """A cell beside text with decimal commas: 3.125 as 3125e-3, whose sign parts no thousands."""
    if not isinstance(value, float) or value.is_integer() or not math.isfinite(value):
        return _as_text(value)
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    return f"{'-' * sign}{''.join(map(str, digits))}e{exponent}"


def _from_arrow(source: Any) -> pl.DataFrame:
    _check_unique(getattr(source, "column_names", ()))
    return pl.DataFrame(source)


def _from_mapping(source: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([_column(str(name), list(cells)) for name, cells in source.items()])


def _from_dicts(source: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in source for name in row)
    return pl.DataFrame([_column(str(name), [row.get(name) for row in source]) for name in names])


def _from_rows(source: Sequence[Sequence[Any]]) -> pl.DataFrame:
    lengths = {len(row) for row in source}
    if len(lengths) > 1:
        raise DataError(
            f"The rows of the list have different lengths, from {min(lengths)} to "
            f"{max(lengths)}. Give every row the same number of cells."
        )
    columns = zip(*source, strict=True)
    return pl.DataFrame([_column(f"x{number}", list(c)) for number, c in enumerate(columns)])


def _check_unique(names: Sequence[str]) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise DataError(
                f"Two columns are called {quote(name)}. Give every column its own name.",
                column=name,
            )
        seen.add(name)


_OBJECTS: tuple[tuple[Callable[[object], bool], str, Callable[[Any], pl.DataFrame], bool], ...] = (
    (lambda source: isinstance(source, pl.DataFrame), "DataFrame", lambda source: source, True),
    (lambda source: isinstance(source, pl.LazyFrame), "LazyFrame", _from_lazy, True),
    (are_picture_arrays, "array", pictures_frame, True),
    (are_texts, "list of texts", _from_texts, True),
    (lambda source: isinstance(source, np.ndarray), "array", _from_array, False),
    (_is_pandas, "DataFrame", _from_pandas, True),
    (_is_arrow, "Arrow table", _from_arrow, True),
    (lambda source: isinstance(source, Mapping), "dict", _from_mapping, True),
    (_is_list_of(Mapping), "list of dicts", _from_dicts, True),
    (_is_list_of(Sequence), "array", _from_rows, False),
)
"""Kinds of objects in memory: how to recognise one, its name, how to convert it, and whether its
columns have names. A list of rows is called an array, since its columns have none either."""
