"""Content as plain data, for JSON: every element with its kind, its words and its numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from pellucid.report.images import png_uri


def plain(content: Any) -> Any:
    """Content as plain data.

    Args:
        content: A page, a section, an element or a figure, or a sequence of them.

    Returns:
        A dict with the fields of each and its `kind`, such as "table" or "curves"; numbers that
        JSON does not have are null, dates texts, and pictures PNG files as data URIs.
    """
    if is_dataclass(content):
        own = {field.name: plain(getattr(content, field.name)) for field in fields(content)}
        return {"kind": _kind(content), **own}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [plain(each) for each in content]
    if isinstance(content, np.ndarray):
        return png_uri(content)
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    return content.isoformat() if hasattr(content, "isoformat") else content


def _kind(content: object) -> str:
    """E.g. "confusion matrix"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(content).__name__).lower()
