"""A short rule for a cluster: what a decision tree of few questions says, and how far it holds.

The tree is scikit-learn's (Breiman et al. 1984, "Classification and regression trees"). Of its
leaves those are the rule in which most rows are of the cluster; and the rule, as it reads, is
judged on rows that the tree has not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier

from pellucid.data.kinds.traits import Quantity, Trait
from pellucid.model.cluster_facts import FAITHFUL, Rule

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

MOST_QUESTIONS, MOST_WAYS = 3, 2
"""Conditions that hold together, and alternatives: what is longer is no short rule."""
FEWEST_ROWS_OF_LEAF = 5
FEWEST_ROWS = 20
"""Of a cluster, and of the others: with fewer nothing is left to judge a rule with."""
HELD_OUT = 4
"""One of so many rows judges."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Condition:
    """One answer in a tree.

    Attributes:
        asked: What is asked of a row.
        above: Rows with a quantity above this have it, or rows that have the trait: −∞ for any.
        up_to: Rows with a quantity up to this, or that lack the trait: ∞ for any.
        takes_missing: Whether rows without the quantity have it too.
    """

    asked: Quantity | Trait
    above: float = -np.inf
    up_to: float = np.inf
    takes_missing: bool = False

    @property
    def rows(self) -> Bools:
        """Which rows are so, (n,)."""
        if isinstance(self.asked, Trait):
            return self.asked.rows == (self.above > -np.inf)
        values = self.asked.values
        is_between = (values > self.above) & (values <= self.up_to)
        return is_between | (np.isnan(values) & self.takes_missing)

    @property
    def words(self) -> str:
        """The same in words."""
        asked = self.asked
        if isinstance(asked, Trait):
            return asked.name if self.above > -np.inf else asked.opposite
        if np.isinf(self.above):
            said = f"{asked.name} ≤ {asked.write(self.up_to)}"
        elif np.isinf(self.up_to):
            said = f"{asked.name} > {asked.write(self.above)}"
        else:
            said = f"{asked.write(self.above)} < {asked.name} ≤ {asked.write(self.up_to)}"
        return f"{said} (or missing)" if self.takes_missing else said

    def and_also(self, other: Condition) -> Condition:
        """Both in one, where they ask the same."""
        return Condition(
            asked=self.asked,
            above=max(self.above, other.above),
            up_to=min(self.up_to, other.up_to),
            takes_missing=self.takes_missing and other.takes_missing,
        )


Way = dict[int, Condition]
"""Conditions that hold together, by the place of what they ask."""


def find_rule(
    asked: Sequence[Quantity | Trait], is_in: Bools, generator: np.random.Generator
) -> Rule | None:
    """The shortest rule that takes the rows of a cluster and hardly any others.

    Args:
        asked: What can be asked of a row.
        is_in: Which rows are of the cluster, (n,).
        generator: Draws the rows that judge.

    Returns:
        The rule, however far it holds; None if there is nothing to ask, or the rows are too few.
    """
    if not asked or min(is_in.sum(), (~is_in).sum()) < FEWEST_ROWS:
        return None
    judges = generator.permutation(len(is_in)) % HELD_OUT == 0
    ways: list[Way] = []
    for questions in range(1, MOST_QUESTIONS + 1):
        ways = _ways(asked, is_in, ~judges, questions)
        if min(_precision_and_recall(ways, is_in, ~judges)) >= FAITHFUL:
            break
    precision, recall = _precision_and_recall(ways, is_in, judges)
    return Rule(
        ways=tuple(" and ".join(each.words for each in way.values()) for way in ways),
        precision=precision,
        recall=recall,
        held_out=int(judges.sum()),
    )


def _precision_and_recall(ways: Sequence[Way], is_in: Bools, rows: Bools) -> tuple[float, float]:
    """Of a rule on some rows; 0 where it takes none."""
    taken = _taken(ways, len(is_in))
    right, all_taken, own = (int((rows & each).sum()) for each in (taken & is_in, taken, is_in))
    return right / max(1, all_taken), right / max(1, own)


def _taken(ways: Sequence[Way], num_rows: int) -> Bools:
    """Which rows a rule takes, (n,)."""
    taken = np.zeros(num_rows, dtype=bool)
    for way in ways:
        taken |= _rows_of(way)
    return taken


def _rows_of(way: Way) -> Bools:
    """Rows with all of some conditions, (n,)."""
    return np.logical_and.reduce([condition.rows for condition in way.values()])


def _without_needless(way: Way) -> Way:
    """The conditions without which other rows would be taken."""
    rows = _rows_of(way)
    for place in list(way):
        fewer = {other: condition for other, condition in way.items() if other != place}
        if fewer and (_rows_of(fewer) == rows).all():
            way = fewer
    return way


def _ways(
    asked: Sequence[Quantity | Trait], is_in: Bools, learns: Bools, questions: int
) -> list[Way]:
    """Ways through a tree of so many questions to leaves in which most rows are of the cluster.

    Of many ways those are left that find most rows.
    """
    columns = [_Ranked.of(each) for each in asked]
    matrix = np.column_stack([each.ranks for each in columns])
    tree = DecisionTreeClassifier(
        max_depth=questions, min_samples_leaf=FEWEST_ROWS_OF_LEAF, random_state=0
    )
    tree.fit(matrix[learns], is_in[learns])
    ways = [_without_needless(way) for way in _ways_below(tree.tree_, columns, 0, {}) if way]
    right = [int((_taken([way], len(is_in)) & is_in & learns).sum()) for way in ways]
    return [ways[place] for place in np.argsort(-np.array(right), kind="stable")[:MOST_WAYS]]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ranked:
    """What is asked as a column of a tree: by ranks, for it reads no number beyond float32's.

    Attributes:
        asked: What is asked.
        values: The different ones, which rise.
        ranks: Of each row among them, (n,); NaN where it is missing.
    """

    asked: Quantity | Trait
    values: Floats
    ranks: Floats

    @classmethod
    def of(cls, asked: Quantity | Trait) -> _Ranked:
        own = asked.rows.astype(np.float64) if isinstance(asked, Trait) else asked.values
        values, ranks = np.unique(own, return_inverse=True)
        return cls(asked=asked, values=values, ranks=np.where(np.isnan(own), np.nan, ranks))

    def answers(self, threshold: float, *, missing_is_left: bool) -> tuple[Condition, Condition]:
        """What is said left and right of a node: up to a rank, and above it."""
        value = self.values[int(threshold)]
        has_missing = bool(np.isnan(self.ranks).any())
        left = Condition(
            asked=self.asked, up_to=value, takes_missing=has_missing and missing_is_left
        )
        right = Condition(
            asked=self.asked, above=value, takes_missing=has_missing and not missing_is_left
        )
        return left, right


def _ways_below(tree: Any, columns: Sequence[_Ranked], node: int, so_far: Way) -> Iterator[Way]:
    """The ways on from a node to the cluster; that to the node alone if all lead there."""
    if _leads_only_there(tree, node):
        yield so_far
    elif tree.children_left[node] >= 0:
        place = int(tree.feature[node])
        both = columns[place].answers(
            tree.threshold[node], missing_is_left=bool(tree.missing_go_to_left[node])
        )
        children = (tree.children_left[node], tree.children_right[node])
        for child, condition in zip(children, both, strict=True):
            before = so_far.get(place)
            joined = condition if before is None else before.and_also(condition)
            yield from _ways_below(tree, columns, child, {**so_far, place: joined})


def _leads_only_there(tree: Any, node: int) -> bool:
    """Whether in all leaves below a node most rows are of the cluster."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        return bool(tree.value[node, 0, 1] > 0.5)
    return _leads_only_there(tree, left) and _leads_only_there(tree, right)
