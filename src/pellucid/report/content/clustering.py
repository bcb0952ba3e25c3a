"""What is said of a clustering: how many clusters, beside flat algorithms, and like none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.clustering.stability import stability_in_words
from pellucid.model.cluster_count import ClusterCount, Structure
from pellucid.model.cluster_facts import ClusterFacts
from pellucid.model.cluster_names import MAP_NAMES, NO_CLUSTER
from pellucid.report.content.cluster_figures import count_figures, map_figure, merge_figures
from pellucid.report.content.clusters import (
    cluster_elements,
    example_numbers,
    mean_pictures,
    ranking,
    sizes_table,
)
from pellucid.report.elements import (
    MISSING,
    Element,
    KeyNumber,
    KeyNumbers,
    Paragraph,
    Section,
    Table,
    capital,
    cut,
)
from pellucid.report.numbers import with_minus
from pellucid.wording import count_of

if TYPE_CHECKING:
    import polars as pl

    from pellucid.comparison.clustering import ClusteringResult
    from pellucid.comparison.known_labels import LabelScores
    from pellucid.model.cluster_model import ClusterModel
    from pellucid.model.cluster_record import ClusterRecord
    from pellucid.model.nearness import Nearness

LONGEST_NAME = 40
RULES = {
    "silhouette": "with how many clusters rows are nearest to their own, compared with the next",
    "density": "how many regions of the rows are dense (HDBSCAN)",
    "apart": "how many clusters have few rows between them",
}
"""What each rule for the number of clusters looks at."""


def clustering_key_numbers(found: ClusteringResult) -> KeyNumbers:
    """The few numbers to be seen first."""
    count = found.estimator.model_.record.count
    rows = len(found.assigned.labels)
    numbers = [
        KeyNumber(name="clusters", value=f"{len(found.names)}", interval=_range_of(count)),
        KeyNumber(name="rows", value=f"{rows:,}", interval=f"{found.num_none:,} like none"),
    ]
    if found.stability is not None:
        numbers.append(
            KeyNumber(
                name="two halves of the rows agree",
                value=f"{found.stability:.2f}",
                interval="1 is on every row",
            )
        )
    numbers += [
        KeyNumber(
            name=f"agreement with {each.name}",
            value=f"{each.agreement:.2f}",
            interval="1 is the same clusters",
        )
        for each in found.beside
        if each.agreement is not None
    ]
    return KeyNumbers(numbers=numbers)


def _range_of(count: ClusterCount | None) -> str:
    """Which numbers of clusters are plausible, in few words."""
    if count is None:
        return "as was asked for"
    if count.low < count.high:
        return f"{count.low} to {count.high} are plausible"
    return "all rules say so" if count.rules else "too few rows to count"


def count_in_words(record: ClusterRecord, num_clusters: int) -> Paragraph:
    """How many clusters there are, why, and how repeatable they are.

    Args:
        record: What the rules answered, if they were asked, and how far halves of the rows agree.
        num_clusters: How many clusters there are.
    """
    count = record.count
    if count is None:
        words = "As was asked for: no rule was asked how many there are."
    elif count.k == num_clusters:
        words = capital(count.reason)
    else:
        words = f"As was asked for. The rules say: {count.reason}"
    if record.stability is not None:
        words += f" They are {stability_in_words(record.stability)}."
    return Paragraph(lead=f"{count_of(num_clusters, 'cluster')}.", text=words)


def structure_in_words(structure: Structure) -> Paragraph:
    """Whether rows fall into clear clusters at all."""
    answer = "Yes." if structure.is_clear else "No."
    return Paragraph(lead="Are there clear clusters?", text=f"{answer} {capital(structure.reason)}")


def count_section(found: ClusteringResult) -> Section:
    """How many clusters there are, and how sure that is."""
    count = found.estimator.model_.record.count
    elements: list[Element] = [
        count_in_words(found.estimator.model_.record, len(found.names)),
        structure_in_words(found.structure),
    ]
    if count is not None and count.rules:
        elements.append(
            Table(
                caption="How many clusters each rule sees",
                headings=["rule", "clusters", "what it looks at"],
                rows=[[name, str(k), RULES.get(name, MISSING)] for name, k in count.rules.items()],
                texts=(0, 2),
            )
        )
        text = (
            "No rule knows how many clusters there are, and none is right on all tables: take the "
            "range for the answer. Another number needs no new training: Clusterer.cut."
        )
        elements.append(Paragraph(text=text, style="note"))
    elements += count_figures(count)
    return Section(name="count", title="How many clusters", elements=elements)


def clusters_sections(found: ClusteringResult) -> list[Section]:
    """Sizes and map; what each cluster is; and the tree in which they merge."""
    model = found.estimator.model_
    facts, names = model.cluster_facts, found.names
    overview: list[Element] = []
    if facts is not None:
        overview += [sizes_table(facts), *mean_pictures(facts)]
    overview.append(map_figure(found))
    sections = [Section(name="clusters", title="The clusters and the map", elements=overview)]
    if facts is not None:
        told: list[Element] = ranking(facts)
        examples = _examples(found, facts)
        for place in range(len(names)):
            told += cluster_elements(facts, place, examples)
        sections.append(Section(name="each", title="What each cluster is", elements=told))
    merges = merge_figures(model.tree, len(names), names)
    if merges:
        title = "Which clusters split or merge next"
        sections.append(Section(name="tree", title=title, elements=merges))
    return sections


def _examples(found: ClusteringResult, facts: ClusterFacts) -> pl.DataFrame:
    """The rows that stand for clusters, converted; they alone, for pictures are decoded."""
    from pellucid.data.conversion import convert

    places = np.array(example_numbers(facts), dtype=np.int64) - 1
    return convert(found.rows.take(places), found.estimator.schema_)


def beside_section(found: ClusteringResult) -> Section:
    """What flat algorithms find in the same rows, and how far all agree with known labels."""
    text = (
        "k-means and a Gaussian mixture were given the same rows without a network: numbers "
        "standardized, categories as 0 and 1, of pictures and texts the first principal "
        "components. Agreement is the adjusted Rand index (Hubert and Arabie 1985): 1 where "
        "clusters are the same, 0 where they agree as by chance. How far two halves agree says how "
        "repeatable clusters are, not that they are right."
    )
    elements: list[Element] = [
        Paragraph(text=found.verdict),
        beside_table(found),
        *failures_of(found),
        Paragraph(text=text, style="note"),
    ]
    if found.against_labels is not None:
        elements += labels_elements(found.against_labels, found.names)
    return Section(name="beside", title="Beside flat algorithms", elements=elements)


def beside_table(found: ClusteringResult) -> Table:
    """The network and flat algorithms: agreement, stability, seconds."""
    cost = found.estimator.model_.record.cost
    rows = [["network", MISSING, _index(found.stability), f"{cost.seconds:,.1f}"]]
    rows += [
        [each.name, _index(each.agreement), _index(each.stability), f"{each.cost.seconds:,.1f}"]
        for each in found.beside
    ]
    return Table(
        caption="The network's clusters beside those of flat algorithms",
        headings=["who", "agreement with the network", "two halves agree", "seconds"],
        short_headings=["who", "agreement", "halves", "seconds"],
        rows=rows,
        strong=(0,),
    )


def _index(value: float | None) -> str:
    return MISSING if value is None else with_minus(f"{value:.2f}")


def failures_of(found: ClusteringResult) -> list[Paragraph]:
    """Flat algorithms that gave nothing, and why."""
    return [
        Paragraph(text=f"{each.name} failed: {cut(each.failure, 200)}", style="note")
        for each in found.beside
        if each.failure
    ]


def labels_elements(labels: LabelScores, names: Sequence[str]) -> list[Element]:
    """How far clusters agree with what rows are known to be, and which cluster holds what."""
    return [labels_table(labels), _labels_note(labels), _counts_table(labels, names)]


def labels_table(labels: LabelScores) -> Table:
    """How far all clusters agree with known labels."""
    rows = []
    for each in labels.scores:
        ahead = MISSING
        if each.ahead is not None:
            low, high = each.ahead
            ahead = with_minus(f"{low:+.2f} to {high:+.2f}")
        numbers = [f"{value:.3f}" for value in (each.accuracy, each.nmi, each.ari)]
        rows.append([each.name, *map(with_minus, numbers), ahead])
    labeled = count_of(labels.num_labeled, "row")
    return Table(
        caption=f"Agreement with the labels of {cut(labels.column, LONGEST_NAME)}, on {labeled}",
        headings=["who", "accuracy", "NMI", "ARI", "network's ARI is ahead by"],
        short_headings=["who", "accuracy", "NMI", "ARI", "network ahead"],
        rows=rows,
        strong=(0,),
    )


def _labels_note(labels: LabelScores) -> Paragraph:
    text = (
        f"{labels.num_labeled:,} of {count_of(labels.num_rows, 'row')} have one of "
        f"{count_of(labels.num_labels, 'label')}, which were not looked at before the clusters "
        "were there. Accuracy is the part of them in the cluster that is matched with their label, "
        "in the best one-to-one matching; rows like none "
        f"({labels.num_none:,}) count as wrong. NMI is the normalized mutual information, ARI the "
        "adjusted Rand index. The last column is a 95 % interval; where it holds 0, so many rows "
        "tell no difference."
    )
    return Paragraph(text=text, style="note")


def _counts_table(labels: LabelScores, names: Sequence[str]) -> Table:
    """How many rows of each cluster have each label."""
    has_others = labels.counts.shape[1] > len(labels.labels)
    headings = [cut(name, 20) for name in labels.labels] + (["others"] if has_others else [])
    called = [cut(name, LONGEST_NAME) for name in names] + [NO_CLUSTER]
    matched = [MISSING if label is None else cut(label, 20) for label in labels.matched]
    rows = [
        [name, match, *(f"{count:,}" for count in counts)]
        for name, match, counts in zip(
            called, [*matched, MISSING], labels.counts.tolist(), strict=False
        )
    ]
    return Table(
        caption="Rows of each cluster with each label",
        headings=["cluster", "matched with", *headings],
        rows=rows,
        texts=(0, 1),
    )


def none_section(found: ClusteringResult) -> Section:
    """When a row is like none."""
    rows = count_of(found.num_none, "row")
    first = f"{capital(rows)} of these {'is' if found.num_none == 1 else 'are'} like none."
    elements: list[Element] = [
        Paragraph(text=f"{first} {none_in_words(found.estimator.model_.nearness)}")
    ]
    return Section(name="none", title="Rows like none", elements=elements)


def none_in_words(nearness: Nearness) -> str:
    """When a row is like none, and how often that is a false alarm."""
    if not nearness.rate:
        return "None of the rows of training was to be taken for such: only farther ones are."
    kept = count_of(len(nearness.vectors), "row")
    return (
        "A row is like none where what the network makes of it lies farther from the "
        f"{nearness.rank}th nearest of {kept} of training than a limit, which about "
        f"{100.0 * nearness.rate:g} of 100 rows like those of training exceed: so many are false "
        "alarms. How sure the network is of a cluster says nothing about that: it may be as sure "
        "of noise."
    )


def output_names(model: ClusterModel) -> list[str]:
    """What each output of the network stands for: the leaves of the tree, then the map."""
    return [*(f"leaf {leaf}" for leaf in range(model.tree.num_leaves)), *MAP_NAMES]


def leaves_in_words(model: ClusterModel) -> str:
    """What the outputs mean."""
    from pellucid.network.layers import Linear

    hidden = sum(isinstance(layer, Linear) for layer in model.network.layers[: model.embedding_at])
    return (
        f"Its layer “hidden {hidden + 1}” is the embedding: rows are compared there. "
        f"Its outputs are the {count_of(model.tree.num_leaves, 'leaf', 'leaves')} of the tree in "
        "which clusters merge, and the place on the map. The probability of a cluster is the sum "
        "of those of its leaves, so with another number of clusters the network stays as it is."
    )
