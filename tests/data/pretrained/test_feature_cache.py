"""Features are computed once, and those kept are bounded."""

from __future__ import annotations

import numpy as np

from pellucid.data.pretrained.feature_cache import FeatureCache
from pellucid.data.pretrained.model_folder import Features


def test_the_oldest_give_way() -> None:
    asked: list[int] = []
    cache = FeatureCache(most_bytes=2 * 4 * 3)

    def features(number: int) -> Features:
        def compute() -> Features:
            asked.append(number)
            return np.full(3, number, dtype=np.float32)

        return cache.features("a digest", str(number).encode(), compute)

    for number in (0, 1, 2, 3, 3, 0):
        assert features(number).tolist() == [number] * 3
    assert asked == [0, 1, 2, 3, 0]


def test_another_model_has_other_features() -> None:
    cache = FeatureCache()
    first, second = np.zeros(1, dtype=np.float32), np.ones(1, dtype=np.float32)
    assert cache.features("first", b"a text", lambda: first) is first
    assert cache.features("second", b"a text", lambda: second) is second
