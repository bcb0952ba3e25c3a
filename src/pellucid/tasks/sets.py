"""Sets of classes in words, as they stand in a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SEPARATOR = " | "


def in_words(probabilities: Floats, sets: npt.NDArray[Any], names: Sequence[str]) -> list[str]:
    """The classes of each set, the likeliest first.

    Args:
        probabilities: Of each class, (n, C).
        sets: Which of them are in each row's set, (n, C).
        names: Of the classes.
    """
    orders = np.argsort(-probabilities, axis=1, kind="stable")
    return [
        SEPARATOR.join(names[place] for place in order if held[place])
        for order, held in zip(orders, sets, strict=True)
    ]
