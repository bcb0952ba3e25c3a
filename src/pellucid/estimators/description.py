"""What a model file says of its model, without building it: enough to inspect it, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.data.kinds.column import Schema
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
