"""What is said of scores and costs: the network beside flat algorithms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.comparison.verdict import best_score, is_best
from pellucid.model.leaderboard import NETWORK, Difference, Entry, Leaderboard
from pellucid.report.elements import (
    Cell,
    Element,
    Figure,
    KeyNumber,
    KeyNumbers,
    Paragraph,
    Section,
    Table,
    capital,
)
from pellucid.report.figures import Interval, Intervals
from pellucid.report.numbers import columns_alike, format_of, number, size_of_file, with_minus
from pellucid.tasks.metrics import Score
from pellucid.wording import with_flags

if TYPE_CHECKING:
    from pellucid.comparison.leakage import Suspicions

INTERVAL = (
    "A score is followed by its 95 % interval: where it would probably lie for other rows from the "
    "same source."
)

MANY_PHOTOS, SMALLEST_PHOTO = 1_000, 48
"""Rows from which on photos are no longer few, and pixels a side of the smallest picture that is
taken for a photo."""


def scores_section(leaderboard: Leaderboard) -> Section:
    """The algorithms side by side.

    Args:
        leaderboard: Their scores and costs, the network's first.
    """
    title = "The network beside flat algorithms"
    if not leaderboard.entries[0].scores:
        told = Paragraph(text=f"The network was judged on {leaderboard.rows}.")
        return Section(name="scores", title=title, elements=[told])
    elements: list[Element] = [
        Paragraph(text=f"Everyone was judged on {leaderboard.rows}. {INTERVAL}"),
        scores_table(leaderboard),
    ]
    judged = [entry for entry in leaderboard.entries if entry.scores]
    if len(judged) > 1:
        elements.append(_scores_figure(judged))
        elements += _differences_figure(judged)
        elements.append(costs_table(leaderboard))
    elements += [*failures(leaderboard), *samples(leaderboard)]
    elements += few_photos(leaderboard, as_flags=False)
    return Section(name="scores", title=title, elements=elements)


def scores_in_short(leaderboard: Leaderboard, verdict: str) -> list[Element]:
    """The scores, who has none and why, and who won.

    Args:
        leaderboard: The scores.
        verdict: Who won, in words.
    """
    return [
        scores_table(leaderboard, with_seconds=True),
        *failures(leaderboard),
        *samples(leaderboard),
        *verdict_of(verdict),
        *few_photos(leaderboard, as_flags=True),
        short_intervals(),
    ]


def verdict_of(words: str) -> list[Paragraph]:
    """Who won; nothing where there is nothing to say."""
    return [Paragraph(text=words, style="verdict")] if words else []


def short_intervals(fingerprint: str = "") -> Paragraph:
    """What ± means in short cells.

    Args:
        fingerprint: Of the split, where differences to the network's scores stand beside them.
    """
    text = "± is the longer side of the 95 % interval"
    if fingerprint:
        text += (
            " for new rows; differences are paired, so they can be clear where intervals overlap. "
            f"Split {fingerprint}."
        )
    return Paragraph(text=text, style="note")


def key_numbers(leaderboard: Leaderboard) -> list[Element]:
    """The network's scores, to be seen first; nothing where no row judged."""
    scores = leaderboard.entries[0].scores
    if not scores:
        return []
    return [
        KeyNumbers(
            numbers=[
                KeyNumber(
                    name=f"{score.name} of the network",
                    value=number(score.value),
                    interval=_interval(score),
                )
                for score in scores
            ]
        ),
        Paragraph(text=f"On {leaderboard.rows}. “a to b” is the 95 % interval.", style="note"),
    ]


def _interval(score: Score) -> str:
    """A score's 95 % interval; "" where it has none."""
    if score.low == score.high:
        return ""
    low, high = (with_minus(number(end, fewer=1)) for end in (score.low, score.high))
    return f"{low} to {high}"


def warnings_of(found: Suspicions | Leaderboard, *, as_flags: bool) -> list[Paragraph]:
    """What looks like leakage, and columns to be asked about; nothing if there is neither.

    Args:
        found: What holds them.
        as_flags: Whether remedies are said as the command line's flags.
    """
    said = [("Leak?", leak) for leak in found.leaks]
    said += [("Known in time?", question.words) for question in found.questions]
    return [
        Paragraph(lead=lead, text=with_flags(text) if as_flags else text, style="alarm")
        for lead, text in said
    ]


def failures(leaderboard: Leaderboard) -> list[Paragraph]:
    """Who has no scores, and why."""
    return [
        Paragraph(text=f"{each.name}: {each.failure.rstrip('.')}.")
        for each in leaderboard.entries
        if each.failure
    ]


def samples(leaderboard: Leaderboard) -> list[Paragraph]:
    """Who learned from a part of the pictures or texts only; nothing if nobody did."""
    network, *flat = leaderboard.entries
    fewer = [each for each in flat if each.scores and each.rows < network.rows]
    if not fewer or (leaderboard.pictures is None and not leaderboard.texts):
        return []
    named = ", ".join(f"{each.name} from {each.rows:,}" for each in fewer)
    text = f"Of the {network.rows:,} rows some learned from a sample, to be done in time: {named}."
    return [Paragraph(text=text)]


def few_photos(leaderboard: Leaderboard, *, as_flags: bool) -> list[Paragraph]:
    """That a few hundred photos want a network that knows photos; nothing where there are more.

    Args:
        leaderboard: Of a network whose filters began from nothing.
        as_flags: Whether the remedy is said as the command line's flag.
    """
    pictures, rows = leaderboard.pictures, leaderboard.entries[0].rows
    if pictures is None or rows >= MANY_PHOTOS:
        return []
    height, width, colors = pictures.size
    if colors == 1 or min(height, width) < SMALLEST_PHOTO:
        return []
    text = (
        f"From {rows:,} photos hardly anything can be learned about photos as such, which this "
        "network had to begin with. A vision model that was trained on millions of them knows "
        "edges, fur and wheels already, and mostly does far better: if you have one in a folder, "
        "give it with image_encoder=."
    )
    return [Paragraph(lead="Few photos", text=with_flags(text) if as_flags else text)]


def early_end(leaderboard: Leaderboard) -> list[Paragraph]:
    """How the network's training ended before its time; nothing if it did not."""
    ended = leaderboard.unfinished
    return [Paragraph(text=f"{NETWORK}: {ended}")] if ended else []


def scores_table(leaderboard: Leaderboard, *, with_seconds: bool = False) -> Table:
    """A row for each algorithm and a column for each score, its digits alike.

    Args:
        leaderboard: The scores.
        with_seconds: Whether to add how long each learned.
    """
    first = leaderboard.entries[0].scores
    best = [best_score(leaderboard.entries, place) for place in range(len(first))]
    formats = _score_formats(leaderboard)
    rows: list[list[str | Cell]] = []
    for entry in leaderboard.entries:
        cells: list[str | Cell] = [
            _score_cell(score, formats[score.name], is_best=is_best(entry, score, winner))
            for score, winner in zip(entry.scores, best, strict=False)
        ]
        if entry.failure:
            cells = ["no result"]
        cells += [""] * (len(first) - len(cells))
        seconds = [f"{entry.seconds:.1f}"] if with_seconds else []
        rows.append([entry.name, *cells, *seconds])
    ways = ("higher" if score.higher_is_better else "lower" for score in first)
    names = [f"{score.name} ({way} is better)" for score, way in zip(first, ways, strict=True)]
    seconds = ["seconds"] if with_seconds else []
    return Table(
        caption=f"Scores on {leaderboard.rows}",
        headings=["algorithm", *names, *seconds],
        short_headings=["", *(score.name for score in first), *seconds],
        rows=rows,
        strong=(0,),
    )


def _score_formats(leaderboard: Leaderboard) -> dict[str, tuple[str, str]]:
    """How the values of each score are written, and the ends of their intervals."""
    formats = {}
    for first in leaderboard.entries[0].scores:
        scores = [s for j in leaderboard.entries for s in j.scores if s.name == first.name]
        values = format_of([s.value for s in scores])
        ends = [end for s in scores for end in (s.low, s.high, _half(s)) if s.low < s.high]
        formats[first.name] = values, format_of(ends, fewer=1)
    return formats


def _half(score: Score) -> float:
    return max(score.high - score.value, score.value - score.low)


def _score_cell(score: Score, formats: tuple[str, str], *, is_best: bool) -> Cell:
    """The value with its interval; in short with ±, or both sides where that would cross 0."""
    value, half = format(score.value, formats[0]), _half(score)
    if half <= 0.0:
        return Cell(text=value, short=value, is_best=is_best)
    low, high = (format(end, formats[1]) for end in (score.low, score.high))
    short = f"{value} ±{format(half, formats[1])}"
    if score.low >= 0.0 > score.value - half:
        sides = (score.value - score.low, score.high - score.value)
        short = "{} −{} +{}".format(value, *(format(side, formats[1]) for side in sides))
    return Cell(text=f"{value} ({low} to {high})", short=short, is_best=is_best)


def _scores_figure(judged: Sequence[Entry]) -> Figure:
    scores = [(entry.name, entry.scores[0]) for entry in judged]
    name = scores[0][1].name
    way = "right" if scores[0][1].higher_is_better else "left"
    title = capital(f"{name} of each algorithm")
    rows = [Interval(label=n, value=s.value, low=s.low, high=s.high) for n, s in scores]
    return Figure(
        name="scores",
        title=title,
        drawing=Intervals(rows=rows, strong=0),
        words=f"Each dot is one algorithm's {name}; the line through it is the 95 % interval. "
        f"Further to the {way} is better. The square is the network.",
        numbers=Table(
            caption=f"Numbers: {title}",
            headings=["algorithm", name, "low", "high"],
            rows=columns_alike([(n, (s.value, s.low, s.high)) for n, s in scores]),
        ),
    )


def _differences_figure(judged: Sequence[Entry]) -> list[Figure]:
    found = [(j.name, j.differences[0]) for j in judged if j.differences]
    if not found:
        return []
    score = judged[0].scores[0]
    title = capital(f"{score.name} minus the network's")
    better = "right" if score.higher_is_better else "left"
    rows = [Interval(label=n, value=d.value, low=d.low, high=d.high) for n, d in found]
    digits = _difference_format([each for _, each in found])
    return [
        Figure(
            name="differences",
            title=title,
            drawing=Intervals(rows=rows, zero="0: as good as the network"),
            words="The same rows judge both, so what makes a row hard for everyone cancels out and "
            "small differences can be told. Where the line through a dot does not touch the dashed "
            f"one, the difference is clear; to the {better} of it the flat algorithm is better.",
            numbers=Table(
                caption=f"Numbers: {title}",
                headings=["algorithm", "difference", "low", "high", "is it clear?"],
                rows=[[name, *_signed(each, digits), _clear(each, score)] for name, each in found],
                texts=(0, 4),
            ),
        )
    ]


def _difference_format(found: Sequence[Difference]) -> str:
    """How differences of one score are written, with the ends of their intervals."""
    return format_of([v for d in found for v in (d.value, d.low, d.high)], sign="+", fewer=1)


def _signed(difference: Difference, digits: str) -> list[str]:
    return [format(v, digits) for v in (difference.value, difference.low, difference.high)]


def _clear(difference: Difference, score: Score) -> str:
    if not difference.is_clear:
        return "no"
    is_better = (difference.value > 0) == score.higher_is_better
    return "yes, better" if is_better else "yes, worse"


def costs_table(leaderboard: Leaderboard, *, with_differences: bool = False) -> Table:
    """What each costs.

    Args:
        leaderboard: The costs.
        with_differences: Whether to add the differences to the network's headline score.
    """
    judged = [entry for entry in leaderboard.entries if not entry.failure]
    costs = [
        [
            f"{entry.seconds:.2f}",
            f"{entry.rows_per_second:,.0f}",
            size_of_file(entry.size),
            f"{entry.rows:,}",
        ]
        for entry in judged
    ]
    headings = ["training (seconds)", "predictions a second", "size", "rows learned"]
    short = ["fit s", "predicts/s", "size", "rows"]
    differences = _difference_cells(judged) if with_differences else [[] for _ in judged]
    named = [f"{judged[0].scores[0].name} − network's"] if with_differences else []
    return Table(
        caption="Differences, costs, and rows learned from"
        if with_differences
        else "What each costs",
        headings=["algorithm", *named, *headings],
        short_headings=["", *named, *short],
        rows=[
            [entry.name, *difference, *cost]
            for entry, difference, cost in zip(judged, differences, costs, strict=True)
        ],
    )


def _difference_cells(judged: Sequence[Entry]) -> list[list[str]]:
    digits = _difference_format([j.differences[0] for j in judged if j.differences])
    cells = []
    for entry in judged:
        text = ""
        if entry.differences:
            text = "{} ({} to {})".format(*_signed(entry.differences[0], digits))
        cells.append([text])
    return cells
