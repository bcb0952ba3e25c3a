"""What is kept of encoded rows until the network needs them: few numbers, or handles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data.grouping import Places


@dataclass(frozen=True, kw_only=True, eq=False)
class CompactRows:
    """Encoded rows in few numbers each.

    Attributes:
        numbers: Those of all columns side by side, float32 (n, compact width).
        handles: Objects of the columns whose encoders keep such, (n, columns of this kind).
    """

    numbers: npt.NDArray[np.float32]
    handles: npt.NDArray[Any]

    @classmethod
    def empty(cls, rows: int, width: int, num_handles: int) -> CompactRows:
        """Room for so many rows."""
        return cls(
            numbers=np.empty((rows, width), dtype=np.float32),
            handles=np.empty((rows, num_handles), dtype=object),
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, places: Places) -> CompactRows:
        """The rows at the given places, copied in their order."""
        return CompactRows(numbers=self.numbers[places], handles=self.handles[places])

    def put(self, start: int, rows: CompactRows) -> None:
        """Write some rows over those from a place on."""
        self.numbers[start : start + len(rows)] = rows.numbers
        self.handles[start : start + len(rows)] = rows.handles
