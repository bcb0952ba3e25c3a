"""How a fitted estimator becomes a file, and one again."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.continuation import check_continuation
from pellucid.data.schema import Schema
from pellucid.intake import Intake
from pellucid.model import Model
from pellucid.model_file import write_model_file
from pellucid.options import NetworkOptions, check_options, to_plain
from pellucid.output import Output
from pellucid.sklearn_bases import BaseEstimator


class Saving(NetworkOptions, Intake, Output, BaseEstimator):
    """The part of an estimator that is written and read again."""

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator to one safe file; `pellucid.load` reads it.

        Args:
            path: Where to; an existing file is replaced only when the new one is complete.

        Raises:
            OptionError: An option was changed to a value it cannot have.
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
        }
        write_model_file(Path(path), tensors, plain)

    def _plain_seed(self) -> int | None:
        """The seed as given; of a generator, which no file holds, the one that was drawn."""
        if self.random_state is None:
            return None
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return int(self.model_.record["plan"]["seed"])

    def restore(self, model: Model, plain: Mapping[str, Any]) -> None:
        """Become the fitted estimator that `save` wrote.

        Args:
            model: The trained model.
            plain: The facts that stood in the file beside it.
        """
        check_continuation(model)
        self.model_ = model
        self.schema_ = Schema.from_json(plain["schema"])
        self.target_ = tuple(plain["target"])
        self._is_by_name = bool(plain.get("is_by_name", self.target_))  # older files do not say
        self._is_flat = bool(plain.get("is_flat", True))  # of a classifier likewise
        self._target_decimal = str(plain.get("target_decimal", ""))  # older files do not say
        self.notes_ = tuple(plain["notes"])
        self.n_features_in_ = plain["num_columns"]
        self.set_output(transform=plain.get("output"))  # older files do not say
        if plain["columns"]:
            self.feature_names_in_ = np.array(plain["columns"], dtype=object)
