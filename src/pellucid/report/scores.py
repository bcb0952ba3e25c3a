"""What the page says of the network beside flat algorithms, and of learning from more rows."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Evaluation
from pellucid.comparison.fit_and_evaluate import TrainingResult
from pellucid.comparison.growth import Growth
from pellucid.comparison.verdict import best_score, is_best
from pellucid.model.leaderboard import Difference, Entry, Leaderboard
from pellucid.report.blocks import Block, Chapter, Grid, Picture, Words, capital, cut, with_minus
from pellucid.report.figures import curves, whiskers
from pellucid.report.scoreboard import (
    columns_alike,
    difference_format,
    error_format,
    grown,
    in_words,
    number,
    score_formats,
    size,
)
from pellucid.tasks.metrics import Score

INTERVAL = (
    "A score is followed by its 95 % interval: where it would probably lie for other rows from the "
    "same source."
)
REGION_SIZES = {"sets": "mean number of classes", "intervals": "middle width"}
TITLE = "The network beside flat algorithms"


def scores_chapter(found: TrainingResult | Comparison) -> Chapter:
    """The algorithms side by side."""
    report = found.leaderboard
    if not report.entries[0].scores:
        told = f"The network was judged on {report.rows}."
        return Chapter(name="scores", title=TITLE, blocks=[Words(text=told)])
    blocks: list[Block] = [
        Words(text=f"Everyone was judged on {report.rows}. {INTERVAL}"),
        _scores(report),
    ]
    judged = [judgement for judgement in report.entries if judgement.scores]
    if len(judged) > 1:
        blocks.append(_score_picture(judged))
        blocks += _difference_picture(judged)
        blocks.append(_costs(report))
    blocks += [
        Words(text=f"{j.name}: {j.failure.rstrip('.')}.") for j in report.entries if j.failure
    ]
    return Chapter(name="scores", title=TITLE, blocks=blocks)


def evaluation_chapter(found: Evaluation) -> Chapter:
    """How good a trained model is on new rows."""
    first = f"The network was judged on {found.leaderboard.rows}. {INTERVAL}"
    texts = [first, *(f"{capital(note)}." for note in found.notes)]
    blocks: list[Block] = [*(Words(text=text) for text in texts), _scores(found.leaderboard)]
    if found.coverages:
        blocks.append(_coverage_grid(found))
    if found.surprises or found.unlike is not None:
        blocks.append(_unlike_grid(found))
    return Chapter(name="scores", title="The network on new rows", blocks=blocks)


def _coverage_grid(found: Evaluation) -> Grid:
    what = found.estimator.model_.task.region_name
    size = REGION_SIZES[what]
    return Grid(
        caption=f"How often {what} held the truth",
        headings=["target", "promised", "held", "low", "high", size],
        rows=[
            [
                cut(each.target, 40),
                *(f"{part:.3f}" for part in (each.promised, each.held, each.low, each.high)),
                "–" if each.size is None else number(each.size),
            ]
            for each in found.coverages
        ],
    )


def _unlike_grid(found: Evaluation) -> Grid:
    rows = [] if found.unlike is None else [["rows unlike any in training", f"{found.unlike:,}"]]
    rows += [[cut(words, 200), f"{count:,}"] for words, count in found.surprises.items()]
    return Grid(caption="What is unlike training", headings=["what", "how many"], rows=rows)


def _scores(report: Leaderboard) -> Grid:
    first = report.entries[0].scores
    best = [best_score(report.entries, place) for place in range(len(first))]
    rows = []
    formats = score_formats(report)
    for judgement in report.entries:
        cells = [
            _score_text(score, formats[score.name])
            + (" (best)" if is_best(judgement, score, winner) else "")
            for score, winner in zip(judgement.scores, best, strict=False)
        ]
        if judgement.failure:
            cells = ["no result"]
        rows.append([judgement.name, *cells, *[""] * (len(first) - len(cells))])
    ways = ("higher" if score.higher_is_better else "lower" for score in first)
    names = (f"{score.name} ({way} is better)" for score, way in zip(first, ways, strict=True))
    headings = ["algorithm", *names]
    return Grid(caption=f"Scores on {report.rows}", headings=headings, rows=rows, strong=(0,))


def interval_text(score: Score) -> str:
    """A score's 95 % interval; "" where it has none."""
    if score.low == score.high:
        return ""
    low, high = (with_minus(number(end, fewer=1)) for end in (score.low, score.high))
    return f"{low} to {high}"


def _score_text(score: Score, formats: tuple[str, str]) -> str:
    value = with_minus(format(score.value, formats[0]))
    if score.low == score.high:
        return value
    low, high = (with_minus(format(end, formats[1])) for end in (score.low, score.high))
    return f"{value} ({low} to {high})"


def _score_picture(judged: Sequence[Entry]) -> Picture:
    scores = [(judgement.name, judgement.scores[0]) for judgement in judged]
    name = scores[0][1].name
    way = "right" if scores[0][1].higher_is_better else "left"
    title = capital(f"{name} of each algorithm")
    return Picture(
        title=title,
        svg=whiskers("scores", title, [(n, s.value, s.low, s.high) for n, s in scores]),
        words=f"Each dot is one algorithm's {name}; the line through it is the 95 % interval. "
        f"Further to the {way} is better. The square is the network.",
        numbers=Grid(
            caption=f"Numbers: {title}",
            headings=["algorithm", name, "low", "high"],
            rows=columns_alike([(n, (s.value, s.low, s.high)) for n, s in scores]),
        ),
    )


def _difference_picture(judged: Sequence[Entry]) -> list[Picture]:
    found = [(j.name, j.differences[0]) for j in judged if j.differences]
    if not found:
        return []
    score = judged[0].scores[0]
    title = capital(f"{score.name} minus the network's")
    better = "right" if score.higher_is_better else "left"
    zero = "0: as good as the network"
    rows = [(name, each.value, each.low, each.high) for name, each in found]
    digits = difference_format([each for _, each in found])
    return [
        Picture(
            title=title,
            svg=whiskers("differences", title, rows, strong=None, zero=zero),
            words="The same rows judge both, so what makes a row hard for everyone cancels out and "
            "small differences can be told. Where the line through a dot does not touch the dashed "
            f"one, the difference is clear; to the {better} of it the flat algorithm is better.",
            numbers=Grid(
                caption=f"Numbers: {title}",
                headings=["algorithm", "difference", "low", "high", "is it clear?"],
                rows=[[name, *_signed(each, digits), _clear(each, score)] for name, each in found],
                texts=(4,),
            ),
        )
    ]


def _signed(difference: Difference, digits: str) -> list[str]:
    values = (difference.value, difference.low, difference.high)
    return [with_minus(format(value, digits)) for value in values]


def _clear(difference: Difference, score: Score) -> str:
    if not difference.is_clear:
        return "no"
    is_better = (difference.value > 0) == score.higher_is_better
    return "yes, better" if is_better else "yes, worse"


def _costs(report: Leaderboard) -> Grid:
    return Grid(
        caption="What each costs",
        headings=[
            "algorithm",
            "training (seconds)",
            "predictions a second",
            "size",
            "rows learned",
        ],
        rows=[
            [
                judgement.name,
                f"{judgement.seconds:.2f}",
                f"{judgement.rows_per_second:,.0f}",
                size(judgement.size),
                f"{judgement.rows:,}",
            ]
            for judgement in report.entries
            if not judgement.failure
        ],
    )


def growth_chapter(growth: Growth) -> Chapter:
    """How everyone learns from more rows."""
    drawn = [(c.name, c.on_logarithmic_axes) for c in growth.curves if c.on_logarithmic_axes]
    title = capital(f"{growth.error} by number of rows learned from")
    svg = curves(
        "growth",
        title,
        [(name, [p.rows for p in points], [p.error for p in points]) for name, points in drawn],
        across="rows learned from",
        up=growth.error,
        bands=[[p.band for p in points] for _, points in drawn],
    )
    digits = error_format(growth)
    rows = [[c.name, *grown(c, growth.sizes, digits, with_bands=True)] for c in growth.curves]
    picture = Picture(
        title=title,
        svg=svg,
        words="Everyone learns from growing parts of the training rows and is judged by the same "
        "others. A line that still falls at its right end says: more rows would help. Both axes "
        "are logarithmic, so that an error of 0 is in the numbers only. Each point is the mean of "
        "up to three draws of the rows; the band is from the least to the greatest.",
        numbers=Grid(
            caption=f"Numbers: {title}",
            headings=["algorithm", *(f"{count:,} rows" for count in growth.sizes)],
            rows=rows,
        ),
        is_wide=True,
    )
    laws = Grid(
        caption="With more rows",
        headings=["algorithm", "error = floor + scale · rows^−exponent, and what it foretells"],
        rows=[[curve.name, in_words(curve)] for curve in growth.curves],
        texts=(1,),
    )
    return Chapter(name="growth", title="Learning from more rows", blocks=[picture, laws])
