"""Where the time of a training goes: the stages of `fit`, and what is spent in each.

The functions of a stage are wrapped, wherever they were imported to, so that no line of Pellucid
knows of it. A stage counts what was done in it and in no stage within it.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

import numpy as np
from turns import Taken

STAGES = {
    "reading the file": [
        "pellucid.estimators.input:given_rows",
        "pellucid.estimators.input:as_table",
    ],
    "schema": ["pellucid.data.schema:infer_schema"],
    "conversion": ["pellucid.data.conversion:convert"],
    "copies": ["pellucid.data.copies:originals_of"],
    "split": ["pellucid.estimators.validation:part_rows"],
    "encoder": [
        "pellucid.data.table_encoder:TableEncoder.fit",
        "pellucid.data.combinations:Combinations.fit",
    ],
    "encoding": ["pellucid.data.encoded_rows:EncodedRows.of"],
    "batches": ["pellucid.data.batches:Batches.__iter__"],
    "forward": ["pellucid.network.network:Network.forward"],
    "backward": ["pellucid.network.network:Network.backward"],
    "update": [
        "pellucid.network.optimizers:clip_gradient_norm_",
        "pellucid.network.optimizers:Optimizer.step",
    ],
    "judging, calibration": [
        "pellucid.model.learning:_Training._validate",
        "pellucid.model.learning:_Training._model",
    ],
}
REST = "the rest"
_END = object()


class Stages:
    """Counts the time spent in named functions, each without those called within it."""

    def __init__(self) -> None:
        self.taken: dict[str, Taken] = {}
        self._running, self._since = [REST], (0.0, 0.0)

    @contextmanager
    def within(self, stage: str) -> Iterator[None]:
        """Count what the block takes as this stage."""
        self._count()
        self._running.append(stage)
        try:
            yield
        finally:
            self._count()
            self._running.pop()

    def _count(self) -> None:
        now = time.perf_counter(), time.process_time()
        before = self.taken.get(self._running[-1], Taken(0.0, 0.0))
        wall, cpu = np.subtract(now, self._since).tolist()
        self.taken[self._running[-1]] = Taken(before.wall + wall, before.cpu + cpu)
        self._since = now

    def of(self, call: Callable[[], object]) -> dict[str, Taken]:
        """The stages of a call."""
        self.taken, self._since = {}, (time.perf_counter(), time.process_time())
        call()
        self._count()
        return {name: self.taken.get(name, Taken(0.0, 0.0)) for name in (*STAGES, REST)}

    def watch(self, stage: str, place: str) -> None:
        """Count a function, "module:name" or "module:Class.name", wherever it was imported to.

        Another checkout may lack it.
        """
        module, _, name = place.partition(":")
        owner, _, leaf = name.rpartition(".")
        try:
            holder: Any = importlib.import_module(module)
            holder = getattr(holder, owner) if owner else holder
            original = vars(holder)[leaf]
        except (ImportError, AttributeError, KeyError):
            return
        function = getattr(original, "__func__", original)
        watched = self._watched(stage, function)
        if owner:
            setattr(holder, leaf, type(original)(watched) if function is not original else watched)
            return
        for other in [m for n, m in sys.modules.items() if n.startswith("pellucid")]:
            if vars(other).get(leaf) is original:
                setattr(other, leaf, watched)

    def _watched(self, stage: str, function: Any) -> Any:
        @wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            with self.within(stage):
                return function(*given, **named)

        @wraps(function)
        def each(*given: Any, **named: Any) -> Iterator[Any]:
            items = function(*given, **named)
            while True:
                with self.within(stage):
                    item = next(items, _END)
                if item is _END:
                    return
                yield item

        return each if inspect.isgeneratorfunction(function) else call


@cache
def watched_stages() -> Stages:
    """The functions of all stages, counted from now on."""
    stages = Stages()
    for stage, places in STAGES.items():
        for place in places:
            stages.watch(stage, place)
    return stages
