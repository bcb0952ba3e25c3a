"""Options as plain data, for a model file or a checkpoint, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any


def to_plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Checked options as JSON has them.

    JSON knows only texts as keys: a mapping with other ones becomes a list of pairs.

    Args:
        options: Values by name.
    """
    return {name: plain_value(value) for name, value in options.items()}


def from_plain(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The options that `to_plain` described.

    Raises:
        TypeError: They are something else.
        ValueError: Likewise.
    """
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
    if isinstance(options.get("class_weight"), tuple):
        options["class_weight"] = dict(options["class_weight"])
    return options


def plain_value(value: Any) -> Any:
    """The value of an option as JSON has it; tuples as lists."""
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: plain_value(part) for key, part in value.items()}
        return [[plain_value(key), plain_value(part)] for key, part in value.items()]
    if isinstance(value, tuple | list):
        return [plain_value(part) for part in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    # A path, or a number of NumPy's, which need not be imported.
    return str(value) if isinstance(value, PurePath) else value.item()
