"""Figures of a benchmark: shown as they come, and kept in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Results:
    """Figures of all parts, shown as they come, and added to a file."""

    def __init__(self, out: Path | None) -> None:
        self._out = out

    def add(self, **figures: Any) -> None:
        """One more line."""
        told = " · ".join(f"{name} {_written(value)}" for name, value in figures.items())
        print(told, flush=True)
        if self._out is not None:
            with self._out.open("a") as file:
                file.write(json.dumps(figures) + "\n")


def _written(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
