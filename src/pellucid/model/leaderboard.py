"""How good a model was beside flat algorithms on the same rows: scores, differences, costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from pellucid.data.grouping import Basis
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.tasks.metrics import Score

NETWORK = "network"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How much an algorithm's score is above the network's.

    Attributes:
        name: Of the score.
        value: Its score minus the network's.
        low: Lower end of the 95 % interval.
        high: Upper end.
    """

    name: str
    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether 0 lies outside the interval."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """A column that alone tells most of the target, as a good one may, and as a leak does.

    Attributes:
        column: Its name.
        words: What it tells, and what to do if it is known too late.
    """

    column: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One algorithm's scores, and what it cost.

    Attributes:
        name: The algorithm.
        scores: Its scores, headline first; none if it failed.
        seconds: Time its training took.
        failure: Why it failed, or when it was stopped; "" if it has scores.
        differences: Its scores minus the network's, with intervals; none for the network.
        rows_per_second: Rows predicted in a second.
        size: Bytes on disk.
        threads: Threads it was given.
        rows: Rows it learned from.
        cpu_seconds: What processors worked for its training; None in older files.
    """

    name: str
    scores: list[Score]
    seconds: float
    failure: str = ""
    differences: list[Difference] = field(default_factory=list)
    rows_per_second: float = 0.0
    size: int = 0
    threads: int = 1
    rows: int = 0
    cpu_seconds: float | None = None

    @classmethod
    def from_json(cls, plain: Fields) -> Entry:
        """The entry that a model file describes, every field checked."""
        differences = plain.inner_list("differences") if "differences" in plain else ()
        return cls(
            name=plain.text("name"),
            scores=[_score(each) for each in plain.inner_list("scores")],
            seconds=plain.number("seconds", at_least=0.0),
            failure=plain.text("failure", default=""),
            differences=[Difference(**_measured(each)) for each in differences],
            rows_per_second=plain.number("rows_per_second", at_least=0.0, default=0.0),
            size=plain.whole("size", default=0),
            threads=plain.whole("threads", at_least=1, default=1),
            rows=plain.whole("rows", default=0),
            cpu_seconds=None
            if plain.is_null("cpu_seconds")
            else plain.number("cpu_seconds", at_least=0.0),
        )


def _score(plain: Fields) -> Score:
    return Score(**_measured(plain), higher_is_better=plain.flag("higher_is_better"))


def _measured(plain: Fields) -> dict[str, Any]:
    """A value with its name and interval."""
    ends = {name: plain.number(name) for name in ("value", "low", "high")}
    return {"name": plain.text("name"), **ends}


Size = tuple[int, int, int]
"""Height, width and number of colors of a picture."""


@dataclass(frozen=True, kw_only=True)
class ComparedPictures:
    """The pictures in the rows.

    Attributes:
        size: As they were read.
        flat_size: As flat algorithms got them, as pixels.
    """

    size: Size
    flat_size: Size


@dataclass(frozen=True, kw_only=True)
class ComparedText:
    """A column of texts in the rows.

    Attributes:
        column: Its name.
        terms: How many terms flat algorithms got.
        is_encoded: Whether all got what a language model makes of them, too.
    """

    column: str
    terms: int
    is_encoded: bool = False


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """The network and flat algorithms on the same rows.

    Attributes:
        rows: What rows judged, in words.
        num_rows: How many.
        entries: The network's first.
        leaks: What looked like leakage before training, in sentences.
        questions: Columns that alone tell most of the target, as good ones may.
        unfinished: How the network's training ended before its time; "" if it did not.
        split: What told the rows that judge from those that learn.
        pictures: The pictures in the rows; None if there are none.
        texts: The columns of texts of which flat algorithms learned.
    """

    rows: str
    num_rows: int
    entries: list[Entry]
    leaks: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unfinished: str = ""
    split: Basis = Basis()
    pictures: ComparedPictures | None = None
    texts: list[ComparedText] = field(default_factory=list)

    def to_frame(self) -> pl.DataFrame:
        """A row for each algorithm: see `Comparison.to_frame`."""
        names = [score.name for score in self.entries[0].scores]
        found = [_row_of(each, names) for each in self.entries]
        texts, counts = ("algorithm", "failure"), ("size", "rows")
        types: dict[str, Any] = dict.fromkeys(found[0], pl.Float64)
        types |= dict.fromkeys(texts, pl.String) | dict.fromkeys(counts, pl.Int64)
        return pl.DataFrame(found, schema=types)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "rows": self.rows,
            "num_rows": self.num_rows,
            "judgements": [asdict(entry) for entry in self.entries],
            "leaks": self.leaks,
            "questions": [asdict(question) for question in self.questions],
            "unfinished": self.unfinished,
            "split": asdict(self.split),
            "pictures": None if self.pictures is None else asdict(self.pictures),
            "texts": [asdict(text) for text in self.texts],
        }

    @classmethod
    def from_json(cls, plain: Fields) -> Leaderboard:
        """The leaderboard that `to_json` wrote, every field checked.

        Raises:
            ModelFileError: It is none.
        """
        entries = [Entry.from_json(each) for each in plain.inner_list("judgements")]
        if not entries or entries[0].failure:
            raise ModelFileError("The report does not judge the network.")
        names = {score.name for score in entries[0].scores}
        for each in entries:
            own = {score.name for score in each.scores} | {gap.name for gap in each.differences}
            if not own <= names:
                raise ModelFileError("The report has a score that the network does not have.")
        # What may be absent, older files do not say.
        return cls(
            rows=plain.text("rows"),
            num_rows=plain.whole("num_rows"),
            entries=entries,
            leaks=plain.texts("leaks", default=[]),
            questions=[
                Question(column=each.text("column"), words=each.text("words"))
                for each in (plain.inner_list("questions") if "questions" in plain else ())
            ],
            unfinished=plain.text("unfinished", default=""),
            split=split_from(plain.inner("split")) if "split" in plain else Basis(),
            pictures=None if plain.is_null("pictures") else _pictures(plain.inner("pictures")),
            texts=[
                ComparedText(
                    column=each.text("column"),
                    terms=each.whole("terms"),
                    is_encoded=each.flag("is_encoded", default=False),
                )
                for each in (plain.inner_list("texts") if "texts" in plain else ())
            ],
        )


def _pictures(plain: Fields) -> ComparedPictures:
    return ComparedPictures(size=_size(plain, "size"), flat_size=_size(plain, "flat_size"))


def _size(plain: Fields, name: str) -> Size:
    size = tuple(plain.wholes(name))
    if len(size) != 3 or min(size) < 1:
        raise ModelFileError(f"The {name} of the report's pictures is none.")
    return size


def _row_of(each: Entry, names: Sequence[str]) -> dict[str, Any]:
    """One algorithm as a row of a table with these scores."""
    scores = {score.name: score for score in each.scores}
    differing = {difference.name: difference for difference in each.differences}
    row: dict[str, Any] = {"algorithm": each.name}
    for name in names:
        row.update(_cells(name, scores.get(name)))
        row.update(_cells(f"{name} difference", differing.get(name)))
    return row | {
        "seconds": each.seconds,
        "rows per second": each.rows_per_second,
        "size": each.size,
        "rows": each.rows,
        "failure": each.failure,
    }


def _cells(name: str, measured: Score | Difference | None) -> dict[str, float | None]:
    """A value with the ends of its interval; without one, no ends."""
    if measured is None:
        return {name: None, f"{name} low": None, f"{name} high": None}
    ends = (measured.low, measured.high) if measured.low < measured.high else (None, None)
    return {name: measured.value, f"{name} low": ends[0], f"{name} high": ends[1]}


def split_from(plain: Fields) -> Basis:
    """What a split went by, as a model file says, every field checked."""
    by: Any = plain.text("by", among=("chance", "group", "time", "own"), default="chance")
    return Basis(
        by=by,
        column=plain.text("column", default=""),
        groups=plain.whole("groups", default=0),
        judging=plain.whole("judging", default=0),
        since=plain.text("since", default=""),
        repeated=plain.whole("repeated", default=0),
    )
