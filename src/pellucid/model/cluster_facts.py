"""What each cluster is, as plain data: read from a model file without anything heavy.

`pellucid.clustering.describe` finds these facts; `report/content/clusters.py` tells them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from pellucid.errors import ModelFileError, OptionError
from pellucid.files.fields import Fields
from pellucid.model.cluster_names import check_names
from pellucid.wording import count_of

FAITHFUL = 0.9
"""A rule is shown where precision and recall on held-out rows are both so high."""
LARGEST_SIDE = 32
"""Pixels a side of a mean picture."""


@dataclass(frozen=True, kw_only=True)
class RankedColumn:
    """How much a column and the clusters say of each other.

    Attributes:
        name: The column.
        bits: Mutual information, less its mean where the clusters are shuffled; about 0 by chance.
        tells_apart: Whether it tells a cluster from the other rows, beyond chance, and not by next
            to nothing.
    """

    name: str
    bits: float
    tells_apart: bool

    @classmethod
    def from_json(cls, plain: Fields) -> RankedColumn:
        """The column that its fields describe."""
        return cls(
            name=plain.text("name"),
            bits=plain.number("bits"),
            tells_apart=plain.flag("tells_apart"),
        )


@dataclass(frozen=True, kw_only=True)
class MedianFact:
    """The median of a column in a cluster, beside that of all rows.

    Attributes:
        column: The column.
        bits: How much it says of whether a row is in the cluster.
        median: In the cluster, written as the column writes it.
        half: Between what values the middle half of the cluster's rows is.
        overall: The median of all rows.
        overall_half: Between what values the middle half of all rows is.
        rank: Part of all rows whose value is below the cluster's median, those equal counted half.
    """

    sort: ClassVar[str] = "median"
    column: str
    bits: float
    median: str
    half: tuple[str, str]
    overall: str
    overall_half: tuple[str, str]
    rank: float

    @classmethod
    def from_json(cls, plain: Fields) -> MedianFact:
        """The fact that its fields describe."""
        return cls(
            column=plain.text("column"),
            bits=plain.number("bits", at_least=0.0),
            median=plain.text("median"),
            half=_two_ends(plain, "half"),
            overall=plain.text("overall"),
            overall_half=_two_ends(plain, "overall_half"),
            rank=plain.number("rank", 0.0, 1.0),
        )


def _two_ends(plain: Fields, name: str) -> tuple[str, str]:
    ends = plain.texts(name)
    if len(ends) != 2:
        raise ModelFileError(f"The {name} of {plain.what} has {count_of(len(ends), 'end')}.")
    return ends[0], ends[1]


@dataclass(frozen=True, kw_only=True)
class ShareFact:
    """How many rows of a cluster have something, beside how many of all rows.

    Attributes:
        column: The column.
        bits: How much it says of whether a row is in the cluster.
        words: What they have: "island is Biscoe".
        share: Part of the cluster's rows that have it.
        overall: Part of all rows.
    """

    sort: ClassVar[str] = "share"
    column: str
    bits: float
    words: str
    share: float
    overall: float

    @classmethod
    def from_json(cls, plain: Fields) -> ShareFact:
        """The fact that its fields describe."""
        return cls(
            column=plain.text("column"),
            bits=plain.number("bits", at_least=0.0),
            words=plain.text("words"),
            share=plain.number("share", 0.0, 1.0),
            overall=plain.number("overall", 0.0, 1.0),
        )


Fact = MedianFact | ShareFact
FACTS: dict[str, type[Fact]] = {each.sort: each for each in (MedianFact, ShareFact)}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A short rule for the rows of a cluster, and how well it does on rows it was not made from.

    Attributes:
        ways: A row is taken if it is as one of these says: "weight > 12 and town is Oslo".
        precision: Part of the held-out rows it takes that are of the cluster.
        recall: Part of the cluster's held-out rows that it takes.
        held_out: How many rows were held out.
    """

    ways: tuple[str, ...]
    precision: float
    recall: float
    held_out: int

    @property
    def is_faithful(self) -> bool:
        """Whether it may stand for the cluster."""
        return min(self.precision, self.recall) >= FAITHFUL

    @classmethod
    def from_json(cls, plain: Fields) -> Rule:
        """The rule that its fields describe."""
        return cls(
            ways=tuple(plain.texts("ways")),
            precision=plain.number("precision", 0.0, 1.0),
            recall=plain.number("recall", 0.0, 1.0),
            held_out=plain.whole("held_out", at_least=1),
        )


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word that texts of a cluster have more often than others.

    Attributes:
        word: The word.
        share: Part of the cluster's texts that have it.
        overall: Part of all texts.
        z: Log-odds ratio beside the other texts in standard deviations (Monroe, Colaresi & Quinn
            2008, "Fightin' Words", equation 22).
    """

    word: str
    share: float
    overall: float
    z: float

    @classmethod
    def from_json(cls, plain: Fields) -> Word:
        """The word that its fields describe."""
        return cls(
            word=plain.text("word"),
            share=plain.number("share", 0.0, 1.0),
            overall=plain.number("overall", 0.0, 1.0),
            z=plain.number("z"),
        )


@dataclass(frozen=True, kw_only=True)
class ColumnWords:
    """The words of a column of texts that tell a cluster from the others, the surest first."""

    column: str
    words: tuple[Word, ...]

    @classmethod
    def from_json(cls, plain: Fields) -> ColumnWords:
        """The words that its fields describe."""
        words = tuple(Word.from_json(each) for each in plain.inner_list("words"))
        return cls(column=plain.text("column"), words=words)


@dataclass(frozen=True, kw_only=True)
class MeanPicture:
    """The mean of a cluster's pictures.

    Attributes:
        column: The column of the pictures.
        size: Height, width and number of colors.
        pixels: Brightness 0 … 255, row by row, the colors of a pixel side by side.
    """

    column: str
    size: tuple[int, int, int]
    pixels: bytes

    def to_json(self) -> dict[str, Any]:
        """Its fields, the pixels in base64."""
        pixels = base64.b64encode(self.pixels).decode("ascii")
        return {"column": self.column, "size": list(self.size), "pixels": pixels}

    @classmethod
    def from_json(cls, plain: Fields) -> MeanPicture:
        """The picture that its fields describe."""
        size = plain.wholes("size")
        are_sides = len(size) == 3 and all(1 <= side <= LARGEST_SIDE for side in size[:2])
        if not are_sides or size[2] not in (1, 3):
            raise ModelFileError(f"The size of {plain.what} is none that a mean picture has.")
        height, width, colors = size
        pixels = _bytes_of(plain, "pixels")
        if len(pixels) != height * width * colors:
            raise ModelFileError(f"The pixels of {plain.what} do not fill it.")
        return cls(column=plain.text("column"), size=(height, width, colors), pixels=pixels)


def _bytes_of(plain: Fields, name: str) -> bytes:
    try:
        return base64.b64decode(plain.text(name), validate=True)
    except (ValueError, binascii.Error) as error:
        raise ModelFileError(f"The {name} of {plain.what} are no base64.") from error


@dataclass(frozen=True, kw_only=True)
class Example:
    """One row of a cluster.

    Attributes:
        row: Its number among the rows that were clustered, from 1.
        probability: That it is of this cluster.
        other: The id of the cluster that is likeliest else; None if there is no other.
    """

    row: int
    probability: float
    other: int | None

    @classmethod
    def from_json(cls, plain: Fields, num_rows: int, num_clusters: int) -> Example:
        """The row that its fields describe, one of so many, in one of so many clusters."""
        at_most = num_clusters - 1
        return cls(
            row=plain.whole("row", at_least=1, at_most=num_rows),
            probability=plain.number("probability", 0.0, 1.0),
            other=None if plain.is_null("other") else plain.whole("other", at_most=at_most),
        )


@dataclass(frozen=True, kw_only=True)
class ClusterDescription:
    """What one cluster is.

    Attributes:
        name: What it is called.
        size: How many rows it has.
        facts: What tells it from the other rows, the most telling first.
        rule: A short rule for its rows; None where none could be tried.
        words: Of each column of texts.
        pictures: Of each column of pictures.
        typical: The rows nearest to its center, the nearest first.
        doubtful: Rows that may as well be of another cluster, the least certain first.
    """

    name: str
    size: int
    facts: tuple[Fact, ...] = ()
    rule: Rule | None = None
    words: tuple[ColumnWords, ...] = ()
    pictures: tuple[MeanPicture, ...] = ()
    typical: tuple[Example, ...] = ()
    doubtful: tuple[Example, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "name": self.name,
            "size": self.size,
            "facts": [{"sort": each.sort, **asdict(each)} for each in self.facts],
            "rule": None if self.rule is None else asdict(self.rule),
            "words": [asdict(each) for each in self.words],
            "pictures": [each.to_json() for each in self.pictures],
            "typical": [asdict(each) for each in self.typical],
            "doubtful": [asdict(each) for each in self.doubtful],
        }

    @classmethod
    def from_json(cls, plain: Fields, num_rows: int, num_clusters: int) -> ClusterDescription:
        """The cluster that its fields describe, one of so many."""
        typical, doubtful = (
            tuple(
                Example.from_json(each, num_rows, num_clusters) for each in plain.inner_list(name)
            )
            for name in ("typical", "doubtful")
        )
        return cls(
            name=plain.text("name"),
            size=plain.whole("size", at_most=num_rows),
            facts=tuple(
                FACTS[each.text("sort", among=FACTS)].from_json(each)
                for each in plain.inner_list("facts")
            ),
            rule=None if plain.is_null("rule") else Rule.from_json(plain.inner("rule")),
            words=tuple(ColumnWords.from_json(each) for each in plain.inner_list("words")),
            pictures=tuple(MeanPicture.from_json(each) for each in plain.inner_list("pictures")),
            typical=typical,
            doubtful=doubtful,
        )


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """What all clusters are.

    Attributes:
        num_rows: How many rows were clustered.
        columns: The columns of the table, the most telling first; texts and pictures aside.
        clusters: By their ids.
    """

    num_rows: int
    columns: tuple[RankedColumn, ...]
    clusters: tuple[ClusterDescription, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the clusters are called."""
        return tuple(each.name for each in self.clusters)

    @property
    def num_none(self) -> int:
        """How many rows belong to no cluster."""
        return self.num_rows - sum(each.size for each in self.clusters)

    def named(self, names: Sequence[str]) -> ClusterFacts:
        """The same facts, the clusters called otherwise.

        Args:
            names: One for each cluster.

        Raises:
            OptionError: They are no names for these clusters.
        """
        checked = check_names(names, len(self.clusters))
        pairs = zip(self.clusters, checked, strict=True)
        return replace(self, clusters=tuple(replace(each, name=name) for each, name in pairs))

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "num_rows": self.num_rows,
            "columns": [asdict(each) for each in self.columns],
            "clusters": [each.to_json() for each in self.clusters],
        }

    @classmethod
    def from_json(cls, plain: Fields, num_clusters: int) -> ClusterFacts:
        """The facts that `to_json` wrote, of so many clusters.

        Raises:
            ModelFileError: A field is none that such facts can have.
        """
        num_rows = plain.whole("num_rows", at_least=1)
        described = list(plain.inner_list("clusters"))
        if len(described) != num_clusters:
            told, there = (count_of(count, "cluster") for count in (len(described), num_clusters))
            raise ModelFileError(f"{plain.what} tells of {told}, but there are {there}.")
        facts = cls(
            num_rows=num_rows,
            columns=tuple(RankedColumn.from_json(each) for each in plain.inner_list("columns")),
            clusters=tuple(
                ClusterDescription.from_json(each, num_rows, len(described)) for each in described
            ),
        )
        if facts.num_none < 0:
            raise ModelFileError(f"The clusters of {plain.what} have more than {num_rows} rows.")
        try:
            return facts.named(facts.names)
        except OptionError as error:
            raise ModelFileError(f"The names of the clusters of {plain.what}: {error}") from error
