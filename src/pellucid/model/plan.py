"""What a training was told: every option with its value."""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.training.events import Schedule


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Every option with its value; nothing is "auto" any more.

    What has a default here, older files do not say; it is how tables without pictures and texts are
    learned. `stem` is the first convolution of pictures: kernel, stride and eigenvectors; without
    it they are as suits the size.
    """

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
    schedule: Schedule = "constant"
    filters: tuple[int, ...] = ()
    stem: tuple[int, ...] = ()
    image_size: int = 0
    flips: str = "no"
    shift: int = 0
    crop: float = 1.0
    jitter: float = 0.0
    text_features: int = 0
    term_dropout: float = 0.0
    term_rate: float = 1.0
    most_terms: int = 0
    time_budget: float | None
    device: str
    reduced_precision: bool
    seed: int

    @property
    def learns_features(self) -> bool:
        """Whether a branch learns what to make of pictures or texts."""
        return bool(self.filters or self.text_features)
