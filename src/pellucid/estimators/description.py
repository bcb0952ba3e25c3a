"""What a model file says of its model, without building it: enough to inspect it, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.data.kinds.column import Schema
from pellucid.model.cluster_facts import ClusterFacts
from pellucid.model.cluster_record import ClusterRecord
from pellucid.model.merge_tree import MergeTree
from pellucid.model.network_facts import NetworkFacts
from pellucid.model.record import Record
from pellucid.tasks.task import Task


@dataclass(frozen=True, kw_only=True)
class Description:
    """What there is to be said of a trained model.

    Attributes:
        estimator: Its class.
        target: Names of what it predicts; none if they had none.
        schema: What each column is.
        task: What is learned.
        layers: The network's layers, as plain data.
        network: The network.
        temperature: Divides the outputs of a classifier.
        record: How it was trained.
        metadata: The caller's own facts.
    """

    estimator: str
    target: tuple[str, ...]
    schema: Schema
    task: Task
    layers: Mapping[str, Any]
    network: NetworkFacts
    temperature: float
    record: Record
    metadata: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ClusteringDescription:
    """What there is to be said of a trained clustering.

    Attributes:
        schema: What each column is.
        layers: The network's layers, as plain data.
        network: The network.
        record: How it was learned.
        tree: How clusters merge.
        num_clusters: How many there are.
        cluster_facts: What each is; None if they were not described.
        metadata: The caller's own facts.
    """

    schema: Schema
    layers: Mapping[str, Any]
    network: NetworkFacts
    record: ClusterRecord
    tree: MergeTree
    num_clusters: int
    cluster_facts: ClusterFacts | None
    metadata: Mapping[str, Any]
