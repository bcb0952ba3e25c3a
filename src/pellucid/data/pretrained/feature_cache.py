"""Features of a model, computed once: what comes again has them already."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from pellucid.data.pretrained.model_folder import Features

MOST_BYTES_CACHED = 2**28
"""Of all features that are kept in this process; the oldest give way."""


class FeatureCache:
    """Features by model and content.

    Args:
        most_bytes: How many they may take.
    """

    def __init__(self, most_bytes: int = MOST_BYTES_CACHED) -> None:
        self._known: OrderedDict[bytes, Features] = OrderedDict()
        self._room, self._lock = most_bytes, Lock()

    def features(self, digest: str, content: bytes, compute: Callable[[], Features]) -> Features:
        """Features of one picture or text, (F,), computed if they are not known.

        Args:
            digest: Of the model.
            content: What the model gets.
            compute: Gives the features.
        """
        key = hashlib.blake2b(content, key=digest.encode(), digest_size=16).digest()
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return known
        found = compute()
        with self._lock:
            if key not in self._known:  # another thread may have been quicker
                self._known[key] = found
                self._room -= found.nbytes
            while self._room < 0:
                self._room += self._known.popitem(last=False)[1].nbytes
        return found


CACHE = FeatureCache()
"""Of this process."""
