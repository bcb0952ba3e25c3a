"""How far off predictions are: scores of validation rows, and how many of them a promise needs.

Split conformal prediction (Vovk, Gammerman & Shafer 2005; Lei et al. 2018, arXiv:1604.04173): if a
new row is exchangeable with n validation rows, its score is, with probability c at least, no
greater than the ⌈(n + 1)·c⌉-th smallest of theirs. So the predictions whose score would not be
greater hold the truth with probability c at least.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.errors import ModelFileError, OptionError
from pellucid.files.fields import Fields, shown

Floats = npt.NDArray[np.float64]

MOST_SCORES = 2_000
"""So many scores are kept; of more, evenly spaced ones."""

ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Conformal:
    """Scores of the validation rows: the greater, the farther off the prediction.

    A row counts once, whatever its weight: weights say what to learn, and coverage is promised for
    rows. Of more than `MOST_SCORES` scores only some are kept, and the next greater one is taken,
    so the promise stays (sets and intervals grow by 0.05 % of the rows at most).

    Attributes:
        scores: Sorted, (m,) or (m, O).
        num_rows: Number n of validation rows they come from.
        spread: Typical spread of the members on these rows, (O,), in the unit the network learns;
            0 where intervals are equally wide for all rows, empty for classes.
    """

    scores: Floats
    num_rows: int
    spread: Floats

    @classmethod
    def of(cls, scores: Floats, spread: Floats | None = None) -> Conformal:
        """Keep the scores of validation rows.

        Args:
            scores: Of each row, (n,) or (n, O), in any order.
            spread: Typical spread of the members (O,); None for classes.
        """
        kept = np.sort(scores, axis=0)[_kept_places(len(scores))]
        return cls(
            scores=kept,
            num_rows=len(scores),
            spread=np.empty(0) if spread is None else spread,
        )

    def quantile(self, level: float, option: str) -> Floats:
        """The score that a new row exceeds with probability 1 − level at most, () or (O,).

        Args:
            level: The promised coverage c, between 0 and 1.
            option: How the caller calls it, for the error.

        Raises:
            OptionError: There are too few validation rows for this level.
        """
        n = self.num_rows
        rank = math.ceil((n + 1) * level - ROUNDING)
        if rank > n:
            needed = math.ceil(level / (1.0 - level) - ROUNDING)
            raise OptionError(
                f"{option} is {level:g}, for which {needed:,} validation rows are needed, but this "
                f"model has {n:,}. Ask for {math.floor(1000 * n / (n + 1)) / 1000:g} at most, or "
                "train on more rows (a greater validation_fraction helps too).",
                option=option,
            )
        return np.asarray(self.scores[np.searchsorted(_kept_places(n), rank - 1)])

    def to_json(self) -> dict[str, Any]:
        """Everything but the scores, which are a tensor of the model file."""
        return {"rows": self.num_rows, "spread": self.spread.tolist()}

    @classmethod
    def from_json(cls, plain: Fields, scores: npt.NDArray[Any]) -> Conformal:
        """What `to_json` described.

        Raises:
            ModelFileError: The numbers cannot be scores of so many rows.
        """
        num_rows, spread = plain.whole("rows", at_least=1), np.array(plain.numbers("spread"))
        if scores.dtype != np.float64 or scores.ndim not in (1, 2):
            raise ModelFileError(f"The conformal scores are {scores.dtype} {scores.shape}.")
        if len(scores) != min(num_rows, MOST_SCORES):
            raise ModelFileError(f"{num_rows} validation rows have {len(scores)} conformal scores.")
        if np.isnan(scores).any() or (scores[1:] < scores[:-1]).any():
            raise ModelFileError("The conformal scores are not sorted numbers.")
        if (spread < 0.0).any():
            raise ModelFileError(f"The spread of the members is {shown(spread.tolist())}.")
        return cls(scores=scores.copy(), num_rows=num_rows, spread=spread)


def check_level(level: object, option: str) -> None:
    """Refuse what is no coverage.

    Raises:
        OptionError: It is not a number between 0 and 1.
    """
    if not isinstance(level, float | np.floating) or not 0.0 < level < 1.0:
        raise OptionError(
            f"{option} must be the part of the rows to be covered, above 0 and below 1, such as "
            f"0.9, but is {level!r}.",
            option=option,
        )


def _kept_places(num_rows: int) -> npt.NDArray[np.int64]:
    """Places of the kept ones among sorted scores, the first and the last with them."""
    if num_rows <= MOST_SCORES:
        return np.arange(num_rows)
    return -(-np.arange(MOST_SCORES) * (num_rows - 1) // (MOST_SCORES - 1))
