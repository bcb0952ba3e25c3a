"""What is said of how the prediction answers to one column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.kinds.kind import kind_named
from pellucid.report.content.explanation import NO_CELL
from pellucid.report.elements import Figure, Table
from pellucid.report.figures import Response
from pellucid.report.numbers import format_of
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.explanation.response import ResponseCurve

MOST_POINTS_SHOWN = 40


def response_figure(found: ResponseCurve) -> Figure:
    """The response curve, with its numbers.

    Args:
        found: The curve.
    """
    is_ordered = kind_named(found.kind).is_ordered  # levels have no order that a line could follow
    title = f"How {found.output} answers to {found.column}"
    return Figure(
        name="response",
        title=title,
        drawing=Response(
            values=found.grid if is_ordered else [_cell(value) for value in found.grid],
            mean=found.mean.tolist(),
            lines=found.lines.tolist(),
            counts=found.counts,
            x_label=found.column,
            y_label=f"{found.output}: mean of {count_of(found.num_rows, 'row')}, and "
            f"{len(found.lines)} singly",
            is_ordered=is_ordered,
        ),
        words=f"Mean over {count_of(found.num_rows, 'row')} with {found.column} set to each value "
        f"in turn; lowest and highest of {count_of(len(found.lines), 'single row')}. Rows: how "
        f"many of the table's are {'nearest to' if is_ordered else 'at'} the value.",
        numbers=_numbers(found, f"Numbers: {title}"),
    )


def _numbers(found: ResponseCurve, caption: str) -> Table:
    outputs = np.stack([found.mean, found.lines.min(axis=0), found.lines.max(axis=0)], axis=1)
    digits = format_of(outputs.ravel().tolist())
    shown = found.grid[:MOST_POINTS_SHOWN]
    rows = [
        [_cell(value), f"{count:,}", *(format(each, digits) for each in numbers)]
        for value, count, numbers in zip(shown, found.counts, outputs.tolist(), strict=False)
    ]
    more = len(found.grid) - len(shown)
    return Table(
        caption=caption,
        headings=[found.column, "rows", "mean", "lowest", "highest"],
        rows=rows,
        texts=(),
        rest=f"… and {more} more" if more > 0 else "",
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
    return NO_CELL if value is None else str(value)
