"""How a fitted estimator becomes a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any, Self

from pellucid.errors import OptionError
from pellucid.estimators.input import RowReader
from pellucid.estimators.output import Output
from pellucid.estimators.sklearn_bases import TaggedEstimator
from pellucid.files.plain import to_plain
from pellucid.model.file import SupportsWrite, write_model_file
from pellucid.options import RowOptions, check_options

MOST_METADATA_CHARACTERS = 2**16


class Saving(RowOptions, RowReader, Output, TaggedEstimator):
    """The part of an estimator that is written."""

    def save(
        self, file: str | Path | SupportsWrite, *, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Write the fitted estimator to one safe file; `pellucid.load` reads it.

        Args:
            file: Where to; an existing file is replaced only when the new one is complete. Or a
                file that is open for writing bytes, such as io.BytesIO.
            metadata: Facts of the caller's own, as JSON has them, 64 KiB at most: `metadata_` of
                the loaded estimator. None for those that are there.

        Raises:
            OptionError: An option was changed to a value it cannot have, or the facts are no JSON.
            DataError: The file cannot be written there.
        """
        self.check_fitted()
        check_options(self)
        tensors, plain = self.model_.to_plain()
        plain["estimator"] = {
            "type": type(self).__name__,
            "options": to_plain({**self.get_params(), "random_state": self._plain_seed()}),
            "output": getattr(self, "_output", "default"),
            "schema": self.schema_.to_json(),
            "target": list(self.target_),
            "target_decimal": self._target_decimal,
            "is_by_name": self._is_by_name,
            "is_flat": self._is_flat,
            "columns": [str(name) for name in getattr(self, "feature_names_in_", ())],
            "num_columns": int(self.n_features_in_),
            "notes": list(self.notes_),
            "metadata": getattr(self, "metadata_", {}) if metadata is None else _facts(metadata),
        }
        target = Path(file) if isinstance(file, str | Path) else file
        write_model_file(target, tensors, plain)

    def _plain_seed(self) -> int | None:
        """The seed as given; of a generator, which no file holds, the one that was drawn."""
        if self.random_state is None:
            return None
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return self.model_.seed

    def __sklearn_clone__(self) -> Self:
        """With the task, which is no option of its own."""
        cloned = super().__sklearn_clone__()
        vars(cloned).update({k: v for k, v in vars(self).items() if k == "task_name"})
        return cloned


def _facts(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A caller's own facts, as JSON gives them back.

    Raises:
        OptionError: They are none that JSON has, or too many.
    """
    try:
        text = json.dumps(dict(metadata), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise OptionError(
            f"metadata must be what JSON has (texts, finite numbers, lists, mappings): {error}.",
            option="metadata",
        ) from error
    if len(text) > MOST_METADATA_CHARACTERS:
        raise OptionError(
            f"metadata takes {len(text):,} characters as JSON, and {MOST_METADATA_CHARACTERS:,} is "
            "the most. Keep large things in a file of their own.",
            option="metadata",
        )
    return dict(json.loads(text))
