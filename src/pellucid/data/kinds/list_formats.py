"""Lists in a cell: several values, parted by a sign, such as Action|Adventure|Fantasy.

Values of lists recur, in ever new combinations; pieces of prose between commas do not.
"""

from __future__ import annotations

import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.evidence import Facts, describe_missing
from pellucid.wording import show

BRACKETS = "[]"
"""What `Column.delimiter` says of lists as Python, JSON and SQL write them: ['a', 'b'], {a,b}."""

DELIMITERS = (BRACKETS, "|", ";", ",", "/")

FEWEST_LISTS = 20
FEWEST_SEVERAL = 0.1
"""Of the lists, so many have several values at least."""

FEWEST_RECURRING = 0.8
"""So many of the values in lists stand in another row too."""

MOST_VALUES_A_COMBINATION = 0.5
"""There are at most so many different values as there are combinations of them."""

LONGEST_VALUE = 40
FIRST_SPLIT = 1_000
_ANY_SIGN = r"[\[{(|;,/]"
_IN_BRACKETS = r"^\s*[\[{(].*[\]})]\s*$"


def find_lists(series: pl.Series, facts: Facts) -> Column | None:
    """Take text for lists, if its pieces recur far more than the whole."""
    if facts.present < FEWEST_LISTS or facts.distinct < 3:
        return None
    cells = series.drop_nulls()
    if not _has_signs(cells):  # at once: a table may have thousands of columns
        return None
    for delimiter in DELIMITERS:
        parted = _share_parted(cells, delimiter)
        if parted >= FEWEST_SEVERAL and _are_short(cells, delimiter):
            lists = _split(cells, delimiter)
            if _recur(lists):
                return _list_column(series.name, lists, facts, delimiter)
    return None


def find_typed_lists(series: pl.Series, *, is_asked: bool = False) -> Column | None:
    """Take a column whose cells are lists of text or numbers for lists, if their values recur.

    Args:
        series: The column.
        is_asked: Whether a person said that they are lists: then they need not recur.
    """
    dtype = series.dtype
    if not isinstance(dtype, pl.List) or not (dtype.inner == pl.String or dtype.inner.is_numeric()):
        return None
    lists = series.to_frame("cell").select(plain_lists(pl.col("cell"))).to_series().drop_nulls()
    facts = Facts(rows=len(series), present=len(lists), distinct=lists.n_unique())
    is_enough = facts.present >= FEWEST_LISTS and facts.distinct >= 3
    if not lists.list.len().sum() or not (is_asked or (is_enough and _recur(lists))):
        return None
    return _list_column(series.name, lists, facts, "")


def plain_lists(cell: pl.Expr) -> pl.Expr:
    """Read lists that come as such: each value once, as text, in alphabetical order."""
    return cell.cast(pl.List(pl.String)).list.drop_nulls().list.unique().list.sort()


def as_lists(series: pl.Series, facts: Facts) -> Column:
    """The same where a person said that they are lists: parted by the most frequent sign."""
    cells = series.cast(pl.String).drop_nulls()
    shares = {delimiter: _share_parted(cells, delimiter) for delimiter in DELIMITERS}
    delimiter = max(shares, key=lambda each: shares[each])
    return _list_column(series.name, _split(cells, delimiter), facts, delimiter)


def read_lists(cell: pl.Expr, delimiter: str) -> pl.Expr:
    """Read text as lists: each value once, in alphabetical order; null where it is missing."""
    piece = pl.element().str.strip_chars(" \t\n")
    if delimiter == BRACKETS:
        cell, delimiter = cell.str.strip_chars(" \t\n[](){}"), ","
        piece = piece.str.strip_chars("'\"")
    pieces = cell.str.split(delimiter).list.eval(piece)
    return pieces.list.eval(pl.element().filter(pl.element() != "")).list.unique().list.sort()


def _has_signs(cells: pl.Series) -> bool:
    return float(cells.str.contains(_ANY_SIGN).mean() or 0.0) >= FEWEST_SEVERAL  # type: ignore[arg-type]


def _share_parted(cells: pl.Series, delimiter: str) -> float:
    """Part of the cells in which the delimiter stands; not where it is a number's own sign."""
    if delimiter == BRACKETS:
        parted = cells.str.contains(_IN_BRACKETS)
        return float(parted.all())
    parted = cells.str.contains(delimiter, literal=True)
    if delimiter in (",", "/"):
        parted &= ~cells.str.contains(rf"\d{delimiter}\d")
    return float(parted.mean() or 0.0)  # type: ignore[arg-type]


def _are_short(cells: pl.Series, delimiter: str) -> bool:
    """Whether no value of some lists is too long: at once, for a million texts take a minute."""
    some = _split(cells.gather_every(max(1, len(cells) // FIRST_SPLIT)), delimiter)
    return max(some.explode().drop_nulls().str.len_chars(), default=0) <= LONGEST_VALUE


def _split(cells: pl.Series, delimiter: str) -> pl.Series:
    return cells.to_frame("cell").select(read_lists(pl.col("cell"), delimiter)).to_series()


def _recur(lists: pl.Series) -> bool:
    """Whether values recur across rows, several a cell, and far more than combinations."""
    several = lists.filter(lists.list.len() > 1)
    if len(several) < FEWEST_SEVERAL * len(lists):
        return False
    values = lists.explode().drop_nulls()
    counts = values.value_counts(name="rows")
    recurring = int(counts.filter(pl.col("rows") > 1)["rows"].sum())
    if recurring < FEWEST_RECURRING * len(values) or values.str.len_chars().max() > LONGEST_VALUE:  # type: ignore[operator]
        return False
    return counts.height <= MOST_VALUES_A_COMBINATION * lists.n_unique()


def _list_column(name: str, lists: pl.Series, facts: Facts, delimiter: str) -> Column:
    values = lists.explode().drop_nulls()
    different = values.unique(maintain_order=True)
    # What few rows have may be one person's, and is not told.
    common = values.value_counts(name="rows").filter(pl.col("rows") > 1)[values.name]
    parted = {"": "", BRACKETS: ", parted by brackets"}.get(
        delimiter, f", parted by {show(delimiter)}"
    )
    examples = ", ".join(map(show, different.filter(different.is_in(common.implode())).head(3)))
    reason = (
        f"lists{parted}: {len(different)} different values in {lists.n_unique()} "
        f"combinations, {len(values) / max(1, len(lists)):.1f} a row: {examples}"
    )
    reason += ", ..." if len(different) > 3 else ""
    return Column(
        name=name, kind="list", reason=reason + describe_missing(facts), delimiter=delimiter
    )
