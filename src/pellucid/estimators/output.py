"""What predictions come as, and what their columns are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy.typing as npt
import polars as pl

from pellucid.errors import OptionError

Array = npt.NDArray[Any]


class Output:
    """The part of an estimator that gives predictions out."""

    target_: tuple[str, ...]

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what predictions come as: "default" (NumPy), "pandas" or "polars"."""
        if transform not in (None, "default", "pandas", "polars"):
            raise OptionError(
                f"transform must be 'default', 'pandas' or 'polars', but is {transform!r}.",
                option="transform",
            )
        if transform is not None:
            self._output = transform
        return self

    def _as_output(self, values: Array, names: Sequence[str], X: Any) -> Any:
        """Predictions as `set_output` wants them."""
        output = getattr(self, "_output", "default")
        if output == "default":
            return values
        columns = dict(zip(names, values.reshape(len(values), -1).T, strict=True))
        if output == "polars":
            return pl.DataFrame(columns)
        import pandas as pd

        is_pandas = hasattr(X, "iloc")
        index = (X.index if X.ndim == 2 else [X.name]) if is_pandas else None
        return pd.DataFrame(columns, index=index)

    def _target_names(self, values: Array) -> list[str]:
        if self.target_:
            return list(self.target_)
        return ["y"] if values.ndim == 1 else [f"y{i}" for i in range(values.shape[1])]
