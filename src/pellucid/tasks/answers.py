"""What tasks answer with.

Shape letters: n = rows, R = resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]

Resampled = Callable[[Floats], dict[str, Floats]]
"""How often each row counts in each resample, (R, n) → each score of each resample, (R,)."""
FlatFamily = Literal["classifier", "regressor"]
"""What scikit-learn calls algorithms that take such targets."""
Finding = Literal["mistakes", "reliability", "residuals"]
"""What the rows that judged can show of a task: a chapter of the page each."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """How a number's z becomes a prediction: z · scale + mean, or exp(z · scale + mean) − 1.

    Attributes:
        z: The last layer's, mean of the members.
        scale: Standard deviation of the training targets, or of their logarithms.
        mean: Their mean likewise.
        is_log: Whether the network learned log(1 + y).
        prediction: The number, kept within the training range ± 5 %.
    """

    z: float
    scale: float
    mean: float
    is_log: bool
    prediction: float


def named(targets: Sequence[str], count: int) -> list[str]:
    """Names of so many targets, as predictions call them where they have none."""
    return list(targets) or (["y"] if count == 1 else [f"y{place}" for place in range(count)])
