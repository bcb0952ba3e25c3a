"""What a training was told: every option with its value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Every option with its value; nothing is "auto" any more."""

    hidden_layer_sizes: tuple[int, ...]
    activation: str
    optimizer: str
    learning_rate: float
    batch_size: int
    max_epochs: int
    members: int
    dropout: float
    weight_decay: float
    num_bins: int
    filters: tuple[int, ...] = ()
    time_budget: float | None
    device: str
    reduced_precision: bool
    seed: int
