"""How scores, comparisons and learning curves look in a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table as Grid

from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Coverage, Evaluation
from pellucid.comparison.growth import Curve, Growth
from pellucid.comparison.leakage import Suspicions
from pellucid.comparison.stages import Prepared, Stage, Working
from pellucid.comparison.verdict import best_score, is_best, verdict
from pellucid.model.leaderboard import Difference, Leaderboard
from pellucid.report.screen import Text
from pellucid.tasks.metrics import Score
from pellucid.wording import count_of, with_flags

KIBI = 1024
REGION_SIZES: dict[str, Callable[[float], str]] = {
    "sets": lambda size: f", with {size:.2f} classes each on average",
    "intervals": lambda size: f", {number(size)} wide in the middle",
}


def grid_of(*headings: str, right: Sequence[int] = ()) -> Grid:
    """A table without lines.

    Args:
        *headings: Of its columns.
        right: Places of the columns that are set right.
    """
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for place, heading in enumerate(headings):
        grid.add_column(
            Text(heading), justify="right" if place in right else "left", overflow="fold"
        )
    return grid


def suspicions(found: Suspicions) -> RenderableType:
    """What looks like leakage, and columns to be asked about; nothing if there is neither."""
    lines = [f"Leak?  {with_flags(sentence)}" for sentence in found.leaks]
    lines += [f"Known in time?  {with_flags(each.words)}" for each in found.questions]
    return Group(*(Text(line, style="yellow") for line in lines))


def report(found: Leaderboard) -> RenderableType:
    """Every algorithm's scores with intervals, and who won."""
    lines = [*_failures(found), verdict(found), "± is the longer side of the 95 % interval"]
    return Group(
        _scores(found, with_seconds=True), *(Text(line, style="dim") for line in lines if line)
    )


def _scores(found: Leaderboard, *, with_seconds: bool = False) -> RenderableType:
    """A column for each score, its digits alike."""
    first = found.entries[0].scores
    headings = [*(score.name for score in first), *(["seconds"] if with_seconds else [])]
    grid = grid_of("", *headings, right=range(1, len(headings) + 1))
    best = [best_score(found.entries, place) for place in range(len(first))]
    formats = score_formats(found)
    for judgement in found.entries:
        cells = [
            Text(
                _score(score, formats[score.name]),
                style="bold" if is_best(judgement, score, winner) else "",
            )
            for score, winner in zip(judgement.scores, best, strict=False)
        ]
        if judgement.failure:
            cells = [Text("no result")]
        cells += [Text("")] * (len(first) - len(cells))
        if with_seconds:
            cells.append(Text(f"{judgement.seconds:.1f}"))
        grid.add_row(Text(judgement.name), *cells)
    return Group(Text(f"Scores on {found.rows}", style="bold"), grid)


def score_formats(found: Leaderboard) -> dict[str, tuple[str, str]]:
    """How the values of each score are written, and the ends of their intervals."""
    formats = {}
    for first in found.entries[0].scores:
        scores = [s for j in found.entries for s in j.scores if s.name == first.name]
        values = format_of([s.value for s in scores])
        ends = [end for s in scores for end in (s.low, s.high, _half(s)) if s.low < s.high]
        formats[first.name] = values, format_of(ends, fewer=1)
    return formats


def _half(score: Score) -> float:
    return max(score.high - score.value, score.value - score.low)


def _score(score: Score, formats: tuple[str, str]) -> str:
    """The value with its ±, or with both sides where one of that length would cross 0."""
    value, half = format(score.value, formats[0]), _half(score)
    if half <= 0.0:
        return value
    if score.low >= 0.0 > score.value - half:
        sides = (score.value - score.low, score.high - score.value)
        return "{} −{} +{}".format(value, *(format(side, formats[1]) for side in sides))
    return f"{value} ±{format(half, formats[1])}"


def number(value: float, *, sign: str = "", fewer: int = 0) -> str:
    """A number with digits that suit its size.

    Args:
        value: The number.
        sign: "+" to show the sign of positive ones too.
        fewer: How many digits fewer.
    """
    return format(value, format_of([value], sign=sign, fewer=fewer))


def alike(values: Sequence[float], *, sign: str = "", fewer: int = 0) -> list[str]:
    """The numbers of one column, with the same digits after the point.

    Args:
        values: The numbers.
        sign: "+" to show the sign of positive ones too.
        fewer: How many digits fewer.
    """
    return [format(value, format_of(values, sign=sign, fewer=fewer)) for value in values]


def columns_alike(rows: Sequence[tuple[str, Sequence[float]]]) -> list[list[str]]:
    """Rows of a table, a heading and numbers each, every column with digits of its own."""
    columns = [alike(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    return [[name, *cells] for (name, _), *cells in zip(rows, *columns, strict=True)]


def format_of(values: Sequence[float], *, sign: str = "", fewer: int = 0) -> str:
    """The format of numbers that stand in one column: the smallest has the digits it needs."""
    sizes = [abs(value) for value in values if math.isfinite(value)] or [0.0]
    if min(sizes) >= 1e6 or max(sizes) >= 1e12:
        return f"{sign}.4g"
    is_small = min(sizes) < 10 and max(sizes) < 1e4
    return f"{sign},.{4 - fewer if is_small else 1}f"


def _failures(found: Leaderboard) -> list[str]:
    return [f"{j.name}: {j.failure}" for j in found.entries if j.failure]


class Contenders:
    """Shows a comparison as it goes on: first what was read, then who is learning.

    Args:
        screen: Where to.
    """

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._bar = Progress(
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
            disable=screen.quiet or not Console(stderr=True).is_terminal,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        self._task = self._bar.add_task("reading", total=1.0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, stage: Stage) -> None:
        """Show one stage."""
        if isinstance(stage, Prepared):
            self._screen.print(_prepared(stage), soft_wrap=True)
        else:
            self._bar.update(self._task, completed=stage.done, description=_working(stage))


def _prepared(stage: Prepared) -> RenderableType:
    rows, columns = stage.table.frame.shape
    schema = stage.estimator.schema_
    left_out = [column for column in schema if not column.is_kept]
    lines = [
        Text(f"Read {count_of(rows, 'row')}, {count_of(columns, 'column')} from {stage.table.name}")
    ]
    lines += [Text(f"  {note}") for note in stage.estimator.notes_]
    lines += [Text(f"  {column.name} left out: {column.reason}") for column in left_out]
    target = ", ".join(stage.estimator.target_)
    lines.append(Text(f"Target  {target}: {stage.kind} ({with_flags(stage.reason)})"))
    lines.append(Text(f"Judges  {stage.words}"))
    lines += [Text(f"Time    {stage.shares}")] if stage.shares else []
    return Group(*lines, suspicions(stage.suspicions))


def _working(stage: Working) -> str:
    detail = f", {stage.detail}" if stage.detail else ""
    return f"{stage.name}{detail} · {stage.seconds:.0f} s"


def comparison(found: Comparison) -> RenderableType:
    """Scores, differences, costs, curves and the verdict."""
    parts: list[RenderableType] = [Text(""), _scores(found.leaderboard), Text("")]
    parts += [_costs(found.leaderboard), *(Text(line) for line in _failures(found.leaderboard))]
    if found.leaderboard.unfinished:
        parts.append(Text(f"network: {found.leaderboard.unfinished}"))
    if found.growth is not None:
        parts += [Text(""), growth(found.growth)]
    notes = (
        "± is the longer side of the 95 % interval for new rows; differences are paired, so they "
        f"can be clear where intervals overlap. Split {found.fingerprint}."
    )
    return Group(*parts, Text(""), Text(found.verdict, style="bold"), Text(notes, style="dim"))


def evaluation(found: Evaluation) -> RenderableType:
    """Scores on new rows, what sets and intervals held, and what is unlike training."""
    lines = [Text(f"  {note}") for note in found.notes]
    parts: list[RenderableType] = [*lines, Text(""), _scores(found.leaderboard), Text("")]
    if found.verdict:
        parts.append(Text(found.verdict, style="bold"))
    parts += [Text(_covered(each, found)) for each in found.coverages]
    if found.unlike is not None:
        rows = "row is" if found.unlike == 1 else "rows are"
        parts.append(Text(f"{found.unlike:,} {rows} unlike the training's"))
    parts += [Text(f"  {line}") for line in surprises(found.surprises)]
    return Group(*parts, Text("± is the longer side of the 95 % interval", style="dim"))


def _covered(each: Coverage, found: Evaluation) -> str:
    regions = found.estimator.model_.task.region_name
    size = "" if each.size is None else REGION_SIZES[regions](each.size)
    of = f" of {each.target}" if len(found.coverages) > 1 else ""
    low, held, high = (f"{100 * part:.1f}" for part in (each.low, each.held, each.high))
    return (
        f"{regions.capitalize()}{of} that promise the truth of "
        f"{100 * each.promised:g} % of the rows held {held} % ({low} to {high} %){size}"
    )


def surprises(found: Mapping[str, int]) -> list[str]:
    """Cells unlike any in training, in lines."""
    return [f"{count_of(count, 'cell')} of {what}" for what, count in found.items()]


def _costs(found: Leaderboard) -> RenderableType:
    name = found.entries[0].scores[0].name
    headings = ("", f"{name} − network's", "fit s", "predicts/s", "size", "rows")
    grid = grid_of(*headings, right=range(1, len(headings)))
    judged = [judgement for judgement in found.entries if not judgement.failure]
    digits = difference_format([j.differences[0] for j in judged if j.differences])
    for judgement in judged:
        differences = judgement.differences
        grid.add_row(
            judgement.name,
            _difference(differences[0], digits) if differences else "",
            f"{judgement.seconds:.2f}",
            f"{judgement.rows_per_second:,.0f}",
            size(judgement.size),
            f"{judgement.rows:,}",
        )
    return Group(Text("Differences, costs, and rows learned from", style="bold"), grid)


def difference_format(found: Sequence[Difference]) -> str:
    """How differences of one score are written, with the ends of their intervals."""
    return format_of([v for d in found for v in (d.value, d.low, d.high)], sign="+", fewer=1)


def _difference(difference: Difference, digits: str) -> str:
    value, low, high = (
        format(v, digits) for v in (difference.value, difference.low, difference.high)
    )
    return f"{value} ({low}, {high})"


def size(count: int) -> str:
    """Bytes in words."""
    kibi = count / KIBI
    return f"{kibi:,.0f} KiB" if kibi < KIBI else f"{kibi / KIBI:,.1f} MiB"


def growth(found: Growth) -> RenderableType:
    """Errors by number of rows, and where each levels off."""
    grid = grid_of("", *(f"{rows:,}" for rows in found.sizes), right=range(1, len(found.sizes) + 1))
    digits = error_format(found)
    for curve in found.curves:
        grid.add_row(curve.name, *grown(curve, found.sizes, digits))
    title = f"{found.error[0].upper()}{found.error[1:]} by rows learned from (mean of draws)"
    lines = [Text(f"  {curve.name}: {in_words(curve)}") for curve in found.curves]
    return Group(Text(title, style="bold"), grid, Text("With more rows", style="bold"), *lines)


def error_format(found: Growth) -> str:
    """How the errors of learning curves are written."""
    points = [point for curve in found.curves for point in curve.points]
    return format_of([v for point in points for v in (point.error, point.low, point.high)])


def grown(
    curve: Curve, sizes: Sequence[int], digits: str, *, with_bands: bool = False
) -> list[str]:
    """The error at each size, and the rows where it took fewer; with bands of the draws, too."""
    cells = []
    for size, point in zip(sizes, curve.at(sizes), strict=True):
        if point is None:
            cells.append("–")
            continue
        text = format(point.error, digits)
        if with_bands and point.low < point.high:
            text += f" ({point.low:{digits}} to {point.high:{digits}})"
        cells.append(text if point.rows == size else f"{text} ({count_of(point.rows, 'row')})")
    return cells


def in_words(curve: Curve) -> str:
    """Where a learning curve levels off."""
    note = f" ({curve.note})" if curve.note else ""
    if curve.rows_without_error is not None:
        return f"makes no error here from {count_of(curve.rows_without_error, 'row')} on{note}"
    if curve.law is None or not curve.points:
        return f"too few points for a law{note}"
    most = curve.points[-1].rows
    if curve.law.scale == 0.0:
        return f"does not learn from more rows{note}"
    floor, scale = (
        f"{v:.3g}" if v < 1e3 else f"{v:,.0f}" for v in (curve.law.floor, curve.law.scale)
    )
    law = f"{floor} + {scale} · rows^−{curve.law.exponent:.2f}"
    if curve.levels_off is not None and curve.levels_off <= most:
        return f"{law}; levels off at about {curve.levels_off:,.0f} rows{note}"
    gain = 100 * curve.law.gain(most)
    return f"{law}; twice the rows should take away {gain:.1f} % of the error{note}"
