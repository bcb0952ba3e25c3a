"""Whether a flat algorithm would do, in plain words, and never surer than rows can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.comparison.flat_clusters import FlatClustering
from pellucid.comparison.known_labels import LabelScores
from pellucid.model.cluster_count import Structure
from pellucid.wording import count_of, quote

SAME = 0.9
"""Agreement from which on clusters are called the same."""
TOLD_APART = 0.02
"""Adjusted Rand indices that differ by less are called the same, however many rows there are."""
FEWEST_LABELED = 50
"""From fewer labeled rows nothing is concluded."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of some clusters.

    Attributes:
        num_clusters: How many there are.
        structure: Whether rows fall into clear clusters at all.
        stability: How far two halves of the rows agree on the network's clusters; None if unknown.
        beside: What flat algorithms found.
        against_labels: How far all of them agree with known labels; None without such.
        has_media: Whether pictures or texts are among the columns.
    """

    num_clusters: int
    structure: Structure
    stability: float | None
    beside: Sequence[FlatClustering]
    against_labels: LabelScores | None
    has_media: bool


def cluster_verdict(known: Evidence) -> str:
    """What to use, or what is not known, in a sentence or a few."""
    if known.num_clusters == 1:
        return "All rows are one cluster: there is nothing to compare."
    told = [_on_structure(known.structure)] if not known.structure.is_clear else []
    found = [each for each in known.beside if each.agreement is not None]
    if not found:
        return " ".join([*told, "No flat algorithm gave a result to compare with."])
    same = next((each for each in found if (each.agreement or 0.0) >= SAME), None)
    told.append(_on_labels(known, same) or _on_rows(known, found[0], same))
    return " ".join(told)


def _on_structure(structure: Structure) -> str:
    return (
        f"No clear clusters. {structure.reason} Any algorithm finds clusters in anything: take "
        "these as a way to sort the rows, not as groups that are there."
    )


def _on_labels(known: Evidence, same: FlatClustering | None) -> str:
    """What known labels say; "" where there are none, too few, or all algorithms find the same."""
    labels = known.against_labels
    if labels is None or labels.num_labeled < FEWEST_LABELED or len(labels.scores) == 1:
        return ""
    network, *flat = labels.scores
    best = max(flat, key=lambda score: score.ari)
    low, high = best.ahead or (0.0, 0.0)
    figures = (
        f"the labels of {quote(labels.column)}: adjusted Rand index {network.ari:.2f} of the "
        f"network, {best.ari:.2f} of {best.name}, on {count_of(labels.num_labeled, 'row')}"
    )
    other = "Labels of another kind might say otherwise."
    if high < 0.0 and best.ari > network.ari + TOLD_APART:
        return f"The clusters of {best.name} are nearer to {figures}: use {best.name}. {other}"
    if same is not None:
        return ""
    if low > 0.0 and network.ari > best.ari + TOLD_APART:
        return f"The network's clusters are nearer to {figures}: use the network. {other}"
    return (
        f"The network's clusters and those of {best.name} are about as near to "
        f"{figures}: use {best.name}, which is simpler. {other}"
    )


def _on_rows(known: Evidence, flat: FlatClustering, same: FlatClustering | None) -> str:
    """What the rows say without labels."""
    if same is not None:
        return (
            f"Use {same.name}: it finds nearly the same clusters as the network (agreement "
            f"{same.agreement:.2f} of 1) and is simpler."
        )
    return (
        f"{flat.name} finds other clusters (agreement {flat.agreement:.2f} of 1). "
        f"{_on_stability(known, flat)}"
    )


def _on_stability(known: Evidence, flat: FlatClustering) -> str:
    """What is left where no label tells: how repeatable clusters are, which is no proof."""
    undecided = "Nobody can tell from the rows alone which are right; known labels of some could."
    own, other = known.stability, flat.stability
    if own is None or other is None:
        return undecided
    halves = (
        f"Two halves of the rows agree to {own:.2f} on the network's clusters, and to {other:.2f} "
        f"on those of {flat.name}"
    )
    if own > other + TOLD_APART:
        return (
            f"{undecided} {halves}: that speaks for the network's, but proves nothing, for its "
            "encoder had seen both halves."
        )
    if known.has_media:
        return f"{undecided} {halves}. Look at examples of both before you choose."
    return f"{undecided} {halves}: use {flat.name}, which is as repeatable and simpler."
