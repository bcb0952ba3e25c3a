"""How a clustering was learned: what its file says of it, every field checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from pellucid.files.fields import Fields
from pellucid.model.cluster_count import ClusterCount
from pellucid.model.origin import Origin, origin_of
from pellucid.model.plan import Plan
from pellucid.model.record import Cost, ended_from, plan_from, versions_from
from pellucid.training.events import TrainingEnded

StageName = Literal["contrast", "student"]
TeacherName = Literal["Gaussian mixture", "spherical k-means", "consensus"]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One of the trainings.

    Attributes:
        name: "contrast": two views of a row are to be alike; "student": the network learns the
            teacher's clusters, and the map.
        losses: Mean loss of each epoch.
        ended: Why and when it ended.
        threads: Of the processor.
    """

    name: StageName
    losses: tuple[float, ...]
    ended: TrainingEnded
    threads: int

    @classmethod
    def from_json(cls, plain: Fields) -> Stage:
        """The stage that `asdict` gave."""
        name: Any = plain.text("name", among=get_args(StageName))
        return cls(
            name=name,
            losses=tuple(plain.numbers("losses")),
            ended=ended_from(plain.inner("ended")),
            threads=plain.whole("threads", at_least=1),
        )


@dataclass(frozen=True, kw_only=True)
class ClusterRecord:
    """How a clustering was learned.

    Attributes:
        plan: Every option's value.
        rows: How many rows there were.
        taught: How many of them the teacher clustered, and the student learned.
        teacher: What found the clusters: a Gaussian mixture, where near rows are laid out near each
            other; k-means of directions of the embedding; or a consensus of several ways, of the
            columns and of the embedding.
        stages: The trainings.
        count: How many clusters there may be; None where that was given and not looked into.
        stability: How far two teachers, each of half of the rows, agree on the clusters of all
            (adjusted Rand index); the encoder had learned from both halves. None where it cannot be
            told, as of one cluster.
        cost: What all of it took.
        versions: Of Pellucid and of what it computes with, by name.
        origin: The table, of models that `pellucid cluster` saved.
    """

    plan: Plan
    rows: int
    taught: int
    teacher: TeacherName
    stages: tuple[Stage, ...]
    count: ClusterCount | None
    cost: Cost
    versions: Mapping[str, str]
    stability: float | None = None
    origin: Origin | None = None

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data, for a model file."""
        plain: dict[str, Any] = {
            "plan": asdict(self.plan),
            "rows": self.rows,
            "taught": self.taught,
            "teacher": self.teacher,
            "stages": [asdict(stage) for stage in self.stages],
            "cost": asdict(self.cost),
            "versions": dict(self.versions),
        }
        if self.count is not None:
            plain["count"] = self.count.to_json()
        if self.stability is not None:
            plain["stability"] = self.stability
        if self.origin is not None:
            plain["origin"] = asdict(self.origin)
        return plain

    @classmethod
    def from_json(cls, plain: Fields) -> ClusterRecord:
        """The record that `to_json` wrote.

        Raises:
            ModelFileError: A field is missing, or none that learning writes.
        """
        teacher: Any = plain.text("teacher", among=get_args(TeacherName))
        return cls(
            plan=plan_from(plain.inner("plan")),
            rows=plain.whole("rows", at_least=1),
            taught=plain.whole("taught", at_least=1),
            teacher=teacher,
            stages=tuple(Stage.from_json(each) for each in plain.inner_list("stages")),
            count=None if plain.is_null("count") else ClusterCount.from_json(plain.inner("count")),
            stability=None
            if plain.is_null("stability")
            else plain.number("stability", at_least=-1.0, at_most=1.0),
            cost=Cost.from_json(plain.inner("cost")),
            versions=versions_from(plain.inner("versions")),
            origin=origin_of(plain),
        )
