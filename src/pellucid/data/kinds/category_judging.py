"""Columns of text that are neither numbers nor dates: categories, or texts that are left out."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl

from pellucid.data.kinds.column import Column, left_out
from pellucid.data.kinds.column_names import says_title
from pellucid.data.kinds.evidence import CODE, Facts, describe_missing
from pellucid.data.kinds.identifiers import ALL_DIFFERENT, FEW_ROWS, IDENTIFIER_RATE
from pellucid.data.kinds.level_formats import (
    fewest_rows_of_level,
    find_number_levels,
    find_true_level,
)
from pellucid.data.kinds.text_judging import pieces_between_spaces, why_no_text, wording_of
from pellucid.wording import as_columns, show

FEWEST_PIECES = 2.0
"""Between spaces: of fewer nobody thinks of texts."""

LONGEST_LEVELS = 40
"""Characters, on average, of values that are mostly different."""

MANY_LEVELS = 50
"""From here on it is said how many rows each level has."""

MOST_NAMES_ONCE = 0.5
"""Of several words each, texts of which more occur only once are names or titles, not levels."""

MOST_WORDS_ONCE = 0.8
"""The same for single words."""

MOST_TITLES_ONCE = 0.3
"""The same where the column is called "name" or "title"."""


def text_column(series: pl.Series, facts: Facts) -> Column:
    """Judge a column of text that is neither numbers nor dates."""
    if reason := _long(facts):
        return left_out(series.name, reason + _no_text(series, facts))
    if reason := _identifying(facts):
        return left_out(series.name, reason + _no_text(series, facts), is_identifier=True)
    if reason := _telling(series, facts):
        return left_out(series.name, reason + _no_text(series, facts))
    column = category_column(series, facts)
    if not facts.codes:
        return column
    example = series.filter(series.str.contains(CODE))[0]
    cause = "starts with 0" if example.startswith("0") else "has more digits than numbers keep"
    return replace(column, reason=f"codes, not quantities: {example!r} {cause}; {column.reason}")


def category_column(series: pl.Series, facts: Facts) -> Column:
    """Describe a category."""
    counts = series.drop_nulls().value_counts(name="rows", sort=False)
    different = series.drop_nulls().unique(maintain_order=True)
    # What few rows have may be one person's: it is pooled in learning, and not told.
    common = counts.filter(pl.col("rows") >= fewest_rows_of_level(len(series)))[series.name]
    examples = different.filter(different.is_in(common.implode())).head(3).to_list()
    reason = "1 value" if facts.distinct == 1 else f"{facts.distinct} different values"
    reason += f": {', '.join(map(show, examples))}" if examples else ""
    reason += ", ..." if examples and facts.distinct > len(examples) else ""
    reason += describe_levels(counts["rows"])
    return Column(
        name=series.name,
        kind="category",
        reason=reason + describe_missing(facts),
        true_level=find_true_level(different),
        levels=find_number_levels(different),
    )


def describe_levels(rows: pl.Series) -> str:
    """What many levels mean, to end a reason with; "" if they are not many.

    Args:
        rows: How many rows each level has.
    """
    if len(rows) <= MANY_LEVELS:
        return ""
    present = int(rows.sum())
    fewest = math.ceil(fewest_rows_of_level(present))
    rare = int(rows.filter(rows < fewest).sum())
    words = f"; {present / len(rows):.1f} rows a value"
    if rare:
        words += f", those of fewer than {fewest:,} rows ({rare:,} rows) are read as unknown"
    return words


def _no_text(series: pl.Series, facts: Facts) -> str:
    """Why cells that are left out are no free text, and how to have them read as such all the same.

    Of a word or two nothing is said, unless it is long.
    """
    is_long = facts.characters > LONGEST_LEVELS
    if not is_long and pieces_between_spaces(series) < FEWEST_PIECES:
        return ""
    found = wording_of(series)
    why = why_no_text(found, series.name)
    if not why or (not is_long and found.words * found.spaced < FEWEST_PIECES):
        return ""
    return f"; no free text: {why}; {as_columns([series.name], 'text')} reads it as such"


def _long(facts: Facts) -> str:
    """Why cells are too long for levels; "" if they are not."""
    distinct, present = facts.distinct, facts.present
    if facts.characters > LONGEST_LEVELS and distinct > 0.5 * present:
        return (
            f"{distinct} of {present} values are different, of {facts.characters:.0f} characters "
            "on average"
        )
    return ""


def _identifying(facts: Facts) -> str:
    """Why texts tell rows apart; "" if they do not."""
    distinct, present = facts.distinct, facts.present
    if present >= FEW_ROWS and distinct > IDENTIFIER_RATE * present:
        return (
            f"{ALL_DIFFERENT} {distinct} of {present} values are different, so none says anything "
            "about a new row"
        )
    return ""


def _telling(series: pl.Series, facts: Facts) -> str:
    """Why texts are names or titles that hardly recur; "" if they are levels of a category."""
    distinct, present = facts.distinct, facts.present
    if distinct <= max(MANY_LEVELS, 0.5 * present):
        return ""
    cells = series.drop_nulls()
    once = int(cells.is_unique().sum())
    most = MOST_WORDS_ONCE
    if says_title(series.name):
        most = MOST_TITLES_ONCE
    elif float(cells.str.contains(r"\p{L}.*\s|\s.*\p{L}").mean() or 0.0) > 0.5:  # type: ignore[arg-type]
        most = MOST_NAMES_ONCE
    if once < most * present:
        return ""
    return (
        f"names or the like, {distinct} of {present} different and {once} of them in one row only"
    )
