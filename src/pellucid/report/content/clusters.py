"""What is said of clusters: which columns tell them apart, and what each of them is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pellucid.data.kinds.of_columns import readable
from pellucid.data.pictures.picture import Picture
from pellucid.model.cluster_facts import (
    ClusterDescription,
    ClusterFacts,
    Example,
    Fact,
    MeanPicture,
    MedianFact,
    Rule,
)
from pellucid.model.cluster_names import NO_CLUSTER
from pellucid.report.elements import (
    MISSING,
    Bar,
    Details,
    Element,
    Gallery,
    Image,
    Paragraph,
    Table,
    cell_text,
    cut,
)
from pellucid.report.images import thumbnail
from pellucid.wording import count_of

LONGEST_NAME = 40
LONGEST_FACT = 80
MOST_CELLS_OF_A_ROW = 6
FACTS_IN_SHORT = 3
PIXELS_OF_A_PICTURE = 48
FEWEST_DIGITS = 5
"""Of numbers whose digits are not learned."""


def sizes_table(facts: ClusterFacts) -> Table:
    """Each cluster with its rows, and what tells it most from the others.

    Args:
        facts: What all clusters are.
    """
    rows = [
        [cut(each.name, LONGEST_NAME), *_size(each.size, facts), _most_telling(each)]
        for each in facts.clusters
    ]
    is_told = any(telling != MISSING for *_, telling in rows)
    if facts.num_none:
        rows.append([NO_CLUSTER, *_size(facts.num_none, facts), "like no cluster"])
    headings = ["cluster", "rows", "share", "what tells it most from the others"]
    shown = len(headings) if is_told else -1  # of pictures nothing is told in words
    return Table(
        caption="The clusters",
        headings=headings[:shown],
        rows=[row[:shown] for row in rows],
        texts=(0, 3),
    )


def _size(rows: int, facts: ClusterFacts) -> tuple[str, str]:
    return f"{rows:,}", _percent(rows / facts.num_rows)


def _most_telling(cluster: ClusterDescription) -> str:
    if cluster.facts:
        return fact_in_words(cluster.facts[0])
    words = [_shown_word(each.word) for column in cluster.words for each in column.words]
    return cut(f"words: {', '.join(words)}", LONGEST_FACT) if words else MISSING


def clusters_in_short(facts: ClusterFacts) -> list[Paragraph]:
    """Each cluster in a line or two: its rows, and what tells it from the others.

    Args:
        facts: What all clusters are.
    """
    lines = []
    for each in facts.clusters:
        lines.append(Paragraph(text=_named_with_size(each, facts), style="title"))
        told = [fact_in_words(fact) for fact in each.facts[:FACTS_IN_SHORT]]
        if told or each.words:
            words = "; ".join(told) or _most_telling(each)
            lines.append(Paragraph(text=words, style="detail"))
    if facts.num_none:
        rows = f"{NO_CLUSTER}: {count_of(facts.num_none, 'row')} like no cluster"
        lines.append(Paragraph(text=rows, style="title"))
    return lines


def fact_in_words(fact: Fact) -> str:
    """One fact as the end of a sentence: "island is Biscoe: 100 % against 49 %"."""
    what, here, overall, _ = _compared(fact)
    return f"{what}: {here} against {overall}"


def _compared(fact: Fact) -> tuple[str, str, str, Bar]:
    """What is compared, in the cluster, in all rows, and how far it is from usual, −1 … 1."""
    if isinstance(fact, MedianFact):
        what = f"median of {cut(fact.column, LONGEST_FACT)}"
        return what, cut(fact.median), cut(fact.overall), Bar(part=2.0 * fact.rank - 1.0)
    what = cut(fact.words, LONGEST_FACT)
    difference = Bar(part=fact.share - fact.overall)
    return what, _percent(fact.share), _percent(fact.overall), difference


def _percent(part: float) -> str:
    """Part of rows: no share is written as 0 % or 100 % that is not quite so."""
    percent = f"{100.0 * part:.0f}"
    if percent == "0" and part > 0.0:
        return "< 1 %"
    return "> 99 %" if percent == "100" and part < 1.0 else f"{percent} %"


def ranking(facts: ClusterFacts) -> list[Element]:
    """How much each column says of the clusters; nothing where all are texts or pictures.

    Args:
        facts: What all clusters are.
    """
    if not facts.columns:
        return []
    most = max(*(each.bits for each in facts.columns), 1e-12)
    table = Table(
        caption="The columns, by how much they tell the clusters apart",
        headings=["column", "bits", "as a bar"],
        rows=[
            [
                cut(each.name, LONGEST_NAME),
                f"{max(each.bits, 0.0):.2f}",
                Bar(part=min(max(each.bits, 0.0) / most, 1.0)),
            ]
            for each in facts.columns
        ],
        faint=[place for place, each in enumerate(facts.columns) if not each.tells_apart],
    )
    return [table, Paragraph(text=_ranking_in_words(facts), style="note")]


def _ranking_in_words(facts: ClusterFacts) -> str:
    silent = [cut(each.name, LONGEST_NAME) for each in facts.columns if not each.tells_apart]
    words = (
        "Bits are the mutual information of a column and the clusters, less what shuffled clusters "
        "have: how much is known of a row's cluster from its cell, and of its cell from the "
        "cluster. The clusters were found in these columns, so the first say what the clusters are "
        "made of, not that they are right."
    )
    if not silent:
        return words
    return f"{words} No more than chance, or next to nothing, says: {cut(', '.join(silent), 300)}."


def example_numbers(facts: ClusterFacts) -> list[int]:
    """The rows that stand for clusters, by their numbers among those that were clustered, from 1.

    Args:
        facts: What all clusters are.
    """
    return sorted(
        {example.row for each in facts.clusters for example in (*each.typical, *each.doubtful)}
    )


def cluster_elements(
    facts: ClusterFacts, place: int, examples: pl.DataFrame | None = None
) -> list[Element]:
    """What one cluster is.

    Args:
        facts: What all clusters are.
        place: Its id.
        examples: The rows of `example_numbers`, converted, in their order; None where they are not
            at hand, as when a model file is read.
    """
    cluster = facts.clusters[place]
    size = _named_with_size(cluster, facts)
    elements: list[Element] = [Paragraph(text=size, style="title")]
    if cluster.facts:
        elements.append(_facts_table(cluster))
    if facts.columns:
        elements.append(rule_line(cluster.rule))
    elements += _words_tables(cluster)
    return elements + (_examples(facts, place, examples) if examples is not None else [])


def _named_with_size(cluster: ClusterDescription, facts: ClusterFacts) -> str:
    share = _percent(cluster.size / facts.num_rows)
    return f"{cut(cluster.name, LONGEST_NAME)}: {count_of(cluster.size, 'row')}, {share} of all"


def _facts_table(cluster: ClusterDescription) -> Table:
    rows: list[list[str | Bar]] = []
    for fact in cluster.facts:
        what, here, overall, bar = _compared(fact)
        if isinstance(fact, MedianFact):
            here += _half(fact.half)
            overall += _half(fact.overall_half)
        rows.append([what, here, overall, bar])
    has_medians = any(isinstance(fact, MedianFact) for fact in cluster.facts)
    brackets = " (in brackets: the middle half of the rows)" if has_medians else ""
    return Table(
        caption=f"What tells {cut(cluster.name, LONGEST_NAME)} from the other rows{brackets}",
        headings=["fact", "its rows", "all rows", "less − or more +"],
        rows=rows,
    )


def _half(ends: tuple[str, str]) -> str:
    low, high = ends
    return f" ({cut(low)} to {cut(high)})"


def rule_line(rule: Rule | None) -> Paragraph:
    """A short rule and how far it holds, or that none describes the cluster.

    Args:
        rule: Of a cluster; None where none could be tried.
    """
    if rule is None:
        return Paragraph(
            text="No rule was tried: there are too few rows, or no column tells it from others.",
            style="note",
        )
    held = (
        f"On {count_of(rule.held_out, 'held-out row')} it takes {_percent(rule.recall)} of the "
        f"cluster's rows, and {_percent(rule.precision)} of the rows that it takes are of the "
        "cluster."
    )
    if rule.is_faithful:
        return Paragraph(lead="Rule", text=f"{cut('; or '.join(rule.ways), 400)}. {held}")
    if not rule.ways:
        return Paragraph(text="No short rule describes it: none was found.", style="note")
    return Paragraph(
        text=f"No short rule describes it. The best that was found: {held[0].lower()}{held[1:]}",
        style="note",
    )


def _words_tables(cluster: ClusterDescription) -> list[Table]:
    name = cut(cluster.name, LONGEST_NAME)
    return [
        Table(
            caption=f"Words of {cut(each.column, LONGEST_NAME)} that tell {name} from the others",
            headings=["word", "its texts", "all texts"],
            rows=[
                [_shown_word(word.word), _percent(word.share), _percent(word.overall)]
                for word in each.words
            ],
        )
        for each in cluster.words
        if each.words
    ]


def _shown_word(word: str) -> str:
    """A word; of a long number only its length is known (data/texts/terms.py)."""
    is_number = len(word) >= FEWEST_DIGITS and not word.strip("0")
    return f"a number of {len(word)} digits" if is_number else cut(word, LONGEST_NAME)


def mean_pictures(facts: ClusterFacts) -> list[Gallery]:
    """The mean picture of each cluster, a gallery for each column of pictures.

    Args:
        facts: What all clusters are.
    """
    by_column: dict[str, list[Image]] = {}
    for each in facts.clusters:
        for picture in each.pictures:
            by_column.setdefault(picture.column, []).append(_mean_picture(picture, each.name))
    return [
        Gallery(
            title=f"The mean of {cut(column, LONGEST_NAME)} in each cluster",
            images=images,
            words="What a cluster's pictures have in common is sharp in it; the rest is blurred.",
        )
        for column, images in by_column.items()
    ]


def _mean_picture(picture: MeanPicture, cluster: str) -> Image:
    pixels = np.frombuffer(picture.pixels, dtype=np.uint8).reshape(picture.size)
    name, column = cut(cluster, LONGEST_NAME), cut(picture.column, LONGEST_NAME)
    return Image(pixels=pixels, caption=name, alt=f"The mean of {column} over the rows of {name}")


def _examples(facts: ClusterFacts, place: int, examples: pl.DataFrame) -> list[Element]:
    """The rows nearest to a cluster's center, and those that may as well be of another one."""
    cluster, numbers = facts.clusters[place], example_numbers(facts)
    name = cut(cluster.name, LONGEST_NAME)
    galleries: list[Gallery] = []
    tables: list[Table] = []
    for title, rows in (
        (f"The most typical rows of {name}", cluster.typical),
        (f"Rows of {name} that may as well be of another cluster", cluster.doubtful),
    ):
        cells = examples[[numbers.index(example.row) for example in rows]]
        galleries += _pictures_of(title, rows, cells)
        tables += _table_of(title, rows, facts, cells)
    if not tables:
        return list(galleries)
    title = f"Some rows of {name}: the most typical, and the most doubtful"
    return [*galleries, Details(title=title, name=f"rows-of-{place}", tables=tables)]


def _pictures_of(title: str, rows: Sequence[Example], cells: pl.DataFrame) -> list[Gallery]:
    images = [
        Image(
            pixels=thumbnail(cell.pixels, PIXELS_OF_A_PICTURE),
            caption=f"row {example.row:,}: {example.probability:.2f}",
            alt=f"{cut(cell)} of row {example.row:,}",
        )
        for example, row in zip(rows, cells.iter_rows(), strict=True)
        for cell in row
        if isinstance(cell, Picture)
    ]
    words = "Each with its row, and the probability of this cluster."
    return [Gallery(title=title, images=images, words=words)] if images else []


def _table_of(
    caption: str, rows: Sequence[Example], facts: ClusterFacts, cells: pl.DataFrame
) -> list[Table]:
    """Some rows with the cells that tell most, and their texts; none if all are pictures."""
    shown = readable(cells)
    told = [each.name for each in facts.columns]
    columns = [*told, *(name for name in shown.columns if name not in told)]
    columns = [name for name in columns if not _are_pictures(shown[name])][:MOST_CELLS_OF_A_ROW]
    if not columns or not rows:
        return []
    fixed = ["row", "probability", "next likeliest"]
    table = Table(
        caption=caption,
        headings=[*fixed, *(cut(name, LONGEST_NAME) for name in columns)],
        rows=[
            [
                f"{example.row:,}",
                f"{example.probability:.2f}",
                MISSING if example.other is None else cut(facts.names[example.other], LONGEST_NAME),
                *(cell_text(cell) for cell in cells),
            ]
            for example, cells in zip(rows, shown.select(columns).iter_rows(), strict=True)
        ],
        texts=(0, 2, *range(len(fixed), len(fixed) + len(columns))),
    )
    return [table]


def _are_pictures(cells: pl.Series) -> bool:
    return any(isinstance(cell, Picture) for cell in cells)
