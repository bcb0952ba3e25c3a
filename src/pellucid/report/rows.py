"""What the page says of mistaken and surprising rows, of confidence and of residuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pellucid.comparison.evaluate import Result
from pellucid.comparison.findings import (
    ClassFinding,
    Confusion,
    JudgedRow,
    MistakenCell,
    Residuals,
    class_findings,
    confusion,
    reliability,
    residuals,
    surprises,
)
from pellucid.report.blocks import (
    Block,
    Chapter,
    Fold,
    Grid,
    Matrix,
    MatrixCell,
    Picture,
    Words,
    cell_text,
    cut,
)
from pellucid.report.figures import bars, cloud, diagonal
from pellucid.report.scoreboard import alike, columns_alike, number
from pellucid.tasks.metrics import ConfidenceBin, wilson_interval
from pellucid.wording import count_of

NO_ROWS = "Single rows are not shown: the model is private."
MOST_CELLS_OF_A_ROW = 8
MOST_CLASSES_LISTED = 40
MOST_TARGETS = 6
SHADES = 5


def mistakes_chapter(found: Result, columns: Sequence[str]) -> Chapter:
    """Which rows were mistaken for what.

    Args:
        found: Of classes or labels.
        columns: The columns to show of a row, the most influential first.
    """
    judged, labels = found.judged, found.estimator.target_
    blocks: list[Block] = []
    if judged.task.class_names:
        seen = confusion(judged)
        if found.estimator.private:
            blocks += [_matrix(replace(seen, mistakes=[])), Words(text=NO_ROWS, style="note")]
        else:
            blocks += [_matrix(seen), *_matrix_words(seen)]
            blocks += [_mistaken(seen, cell, columns) for cell in seen.mistakes]
    blocks += _class_table(class_findings(judged, labels))
    return Chapter(name="mistakes", title="What it mistook for what", blocks=blocks)


def _matrix(seen: Confusion) -> Matrix:
    linked = {(cell.truth, cell.prediction) for cell in seen.mistakes}
    rows = []
    for truth, counts in enumerate(seen.counts):
        total = max(int(counts.sum()), 1)
        rows.append(
            [
                MatrixCell(
                    text=f"{count:,}",
                    shade=-(-SHADES * int(count) // total),
                    is_right=truth == answer,
                    link=_place(truth, answer) if (truth, answer) in linked else "",
                    label=f"{count_of(count, 'row')} of {cut(seen.classes[truth])} taken for "
                    f"{cut(seen.classes[answer])}",
                )
                for answer, count in enumerate(counts)
            ]
        )
    if seen.others:
        rows[-1][-1] = _others_cell(rows[-1][-1], seen)
    return Matrix(
        caption="Confusion matrix",
        names=[cut(name, 30) for name in seen.classes],
        rows=rows,
        words="A row of this table is what is true, a column what was predicted: the diagonal is "
        f"right{_but_others(seen)}, everything else mistaken. A stronger color means a larger part "
        "of its row." + (" Each underlined number leads to the rows it counts." if linked else ""),
    )


def _others_cell(cell: MatrixCell, seen: Confusion) -> MatrixCell:
    """Rows of classes taken together, of which some were taken for others of these."""
    right = int(seen.counts[-1, -1]) - seen.mistaken_others
    return replace(
        cell,
        text=f"{right:,} right, {seen.mistaken_others:,} not",
        is_right=seen.mistaken_others == 0,
        label=f"{right:,} right and {count_of(seen.mistaken_others, 'mistaken row')} among the "
        f"{seen.others} other classes",
    )


def _but_others(seen: Confusion) -> str:
    return " (in its last cell those it says)" if seen.others else ""


def _place(truth: int, answer: int) -> str:
    return f"mistaken-{truth}-{answer}"


def _matrix_words(seen: Confusion) -> list[Words]:
    words = []
    if seen.others:
        words.append(
            f"Of {len(seen.classes) - 1 + seen.others} classes, those in most mistakes are shown; "
            f"the other {seen.others} are taken together."
        )
    if seen.unlisted:
        words.append(
            f"The rows of the {len(seen.mistakes)} fullest cells are listed; "
            f"{count_of(seen.unlisted, 'cell')} with fewer {'is' if seen.unlisted == 1 else 'are'} "
            "not."
        )
    if not seen.mistakes:
        words.append("No row was mistaken.")
    return [Words(text=text, style="note") for text in words]


def _mistaken(seen: Confusion, cell: MistakenCell, columns: Sequence[str]) -> Fold:
    truth, answer = cut(seen.classes[cell.truth], 30), cut(seen.classes[cell.prediction], 30)
    rows = count_of(cell.count, "row")
    which = f", the {len(cell.rows)} surest mistakes" if cell.count > len(cell.rows) else ""
    title = f"{truth} taken for {answer}: {rows}{which}"
    if cell.truth == cell.prediction:
        title = f"One of the {truth} taken for another of them: {rows}{which}"
    return Fold(
        title=title,
        name=_place(cell.truth, cell.prediction),
        blocks=[_row_grid(f"Rows: {title}", cell.rows, columns)],
    )


def _row_grid(caption: str, rows: Sequence[JudgedRow], columns: Sequence[str]) -> Grid:
    """Rows with truth, prediction and some of their cells."""
    shown = [name for name in columns if not rows or name in rows[0].cells][:MOST_CELLS_OF_A_ROW]
    has_probability = any(row.probability is not None for row in rows)
    fixed = ["row", "truth", "prediction", *(["probability"] if has_probability else []), "loss"]
    texts = [1, 2, *range(len(fixed), len(fixed) + len(shown))]
    return Grid(
        caption=caption,
        headings=[*fixed, *(cut(name, 30) for name in shown)],
        rows=[
            [
                f"{row.number:,}",
                cut(row.truth, 40),
                cut(row.prediction, 40),
                *([_probability(row)] if has_probability else []),
                f"{row.loss:.3g}",
                *(cell_text(row.cells[name]) for name in shown),
            ]
            for row in rows
        ],
        texts=texts,
    )


def _probability(row: JudgedRow) -> str:
    return "–" if row.probability is None else f"{row.probability:.3f}"


def _class_table(found: Sequence[ClassFinding]) -> list[Block]:
    listed = found[:MOST_CLASSES_LISTED]
    grid = Grid(
        caption="Precision and recall",
        headings=["class or label", "rows", "predicted", "precision", "recall"],
        rows=[
            [cut(each.name), f"{each.rows:,}", f"{each.predicted:,}"]
            + ["–" if v is None else f"{v:.3f}" for v in (each.precision, each.recall)]
            for each in listed
        ],
    )
    words = "Precision: of the rows taken for this class, the part that is of it. Recall: of the "
    words += "rows of this class, the part that was found."
    if len(found) > len(listed):
        words += f" The {len(listed)} most frequent of {len(found)} classes are listed."
    return [grid, Words(text=words, style="note")]


def reliability_chapter(found: Result) -> Chapter:
    """Whether probabilities hold."""
    bins = reliability(found.judged)
    title = "Reliability diagram"
    intervals = [wilson_interval(each.accuracy, each.rows) for each in bins]
    points = [
        (each.confidence, each.accuracy, *interval)
        for each, interval in zip(bins, intervals, strict=True)
    ]
    picture = Picture(
        title=title,
        svg=diagonal("reliability", title, points),
        words="Rows are gathered by how sure the network was of its answer. If it says 80 %, it "
        "should be right in 80 of 100 such rows: on the dashed line. Below the line it is too "
        "sure, above it too careful. The vertical lines are 95 % intervals.",
        numbers=Grid(
            caption=f"Numbers: {title}",
            headings=["sure from … to", "rows", "mean confidence", "part right", "low", "high"],
            rows=[_bin_row(each, interval) for each, interval in zip(bins, intervals, strict=True)],
        ),
        is_wide=True,
    )
    error = next(
        (s for s in found.leaderboard.entries[0].scores if s.name == "calibration error"), None
    )
    words = (
        []
        if error is None
        else [
            Words(
                text=f"Calibration error {number(error.value)}: on average the part that is right "
                "and the confidence are this far apart."
            )
        ]
    )
    return Chapter(name="reliability", title="Do its probabilities hold?", blocks=[*words, picture])


def _bin_row(each: ConfidenceBin, interval: tuple[float, float]) -> list[str]:
    numbers = (each.confidence, each.accuracy, *interval)
    return [
        f"{each.low:.2f} to {each.high:.2f}",
        f"{each.rows:,}",
        *(f"{value:.3f}" for value in numbers),
    ]


def residuals_chapter(found: Result) -> Chapter:
    """How far numbers are missed."""
    everything = residuals(found.judged, found.estimator.target_)
    blocks: list[Block] = [
        Words(
            text="A residual is the truth minus the prediction: above 0 the prediction is too low, "
            "below 0 too high."
        )
    ]
    for place, each in enumerate(everything[:MOST_TARGETS]):
        blocks.append(_histogram(place, each))
        blocks.append(
            Words(text=NO_ROWS, style="note")
            if found.estimator.private
            else _residual_cloud(place, each)
        )
    more = len(everything) - MOST_TARGETS
    if more > 0:
        blocks.append(Words(text=f"{more} more targets are not drawn.", style="note"))
    return Chapter(name="residuals", title="How far it misses", blocks=blocks)


def _histogram(place: int, each: Residuals) -> Picture:
    target = cut(each.target, 40)
    title = f"Residuals of {target}"
    edges, counts = each.edges.tolist(), each.counts.tolist()
    bounds = alike(edges)
    beyond = (
        f" {count_of(each.beyond, 'row')} that miss by more are counted in the outer bars."
        if each.beyond
        else ""
    )
    return Picture(
        title=title,
        svg=bars(
            f"residuals-{place}", title, edges, counts, across="truth − prediction", up="rows"
        ),
        words="How many rows miss by how much; a good network has a narrow heap around 0. "
        f"The mean is {number(each.mean, sign='+')}.{beyond}",
        numbers=Grid(
            caption=f"Numbers: {title}",
            headings=["from", "to", "rows"],
            rows=[
                [low, high, f"{count:,}"]
                for low, high, count in zip(bounds[:-1], bounds[1:], counts, strict=True)
            ],
        ),
    )


def _residual_cloud(place: int, each: Residuals) -> Picture:
    target = cut(each.target, 40)
    title = f"Residuals of {target} by its prediction"
    bands = [(g.prediction, g.low, g.median, g.high) for g in each.groups]
    points = [(float(x), float(y)) for x, y in each.points]
    numbers = [cells for _, *cells in columns_alike([("", band) for band in bands])]
    return Picture(
        title=title,
        svg=cloud(
            f"cloud-{place}", title, points, bands, across="prediction", up="truth − prediction"
        ),
        words="Each point is a row (a sample, where there are many). Within each tenth of the "
        "rows, by prediction, half the residuals lie below the squares, and eight of ten between "
        "the dashed lines. Squares far from 0 mean that predictions of that size are biased; "
        "dashed lines that spread mean that they are less certain.",
        numbers=Grid(
            caption=f"Numbers: {title}",
            headings=["prediction (middle of a tenth)", "rows", "low", "middle", "high"],
            rows=[
                [prediction, f"{g.rows:,}", *residuals]
                for g, (prediction, *residuals) in zip(each.groups, numbers, strict=True)
            ],
        ),
    )


def surprises_chapter(found: Result, columns: Sequence[str]) -> Chapter:
    """The rows with the largest loss.

    Args:
        found: The comparison.
        columns: The columns to show of a row, the most influential first.
    """
    rows = surprises(found.judged)
    words = (
        "These rows have the largest loss of all that judged: the network was surest of something "
        "else, or missed by most. Look at them first: some may be wrong in the table, some are "
        "what the columns cannot tell. Rows are numbered from 1, as in the table that judged."
    )
    shown = columns[:MOST_CELLS_OF_A_ROW]
    if len(columns) > len(shown):
        words += f" Of {len(columns):,} columns, the {len(shown)} most influential are shown."
    grid = _row_grid("The most surprising rows", rows, columns)
    return Chapter(
        name="surprises", title="The rows that surprised it most", blocks=[Words(text=words), grid]
    )
