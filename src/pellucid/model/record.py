"""How a model was trained: what its file says of it, every field checked when it is read again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, get_args

from pellucid.data.grouping import Basis
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields, shown
from pellucid.inputs import LARGEST_SIDE, SMALLEST_CROP
from pellucid.model.leaderboard import Leaderboard, split_from
from pellucid.model.origin import Origin, origin_of
from pellucid.model.plan import Plan
from pellucid.options import NetworkOptions
from pellucid.training.events import (
    ASKED_TO_END,
    EpochEnded,
    Reason,
    Schedule,
    TrainingEnded,
    Validation,
)

JUDGED_OF_AN_EPOCH = 1_000
"""Rows with pictures that judge after an epoch: all of them would take as long as the epoch."""
Products = Literal["reduced", "float32"]
"""Whether large products were computed in reduced precision."""


@dataclass(frozen=True, kw_only=True)
class RowCounts:
    """How many rows learned, and how many judged the training."""

    training: int
    validation: int


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One epoch as the history has it.

    Attributes:
        epoch: Its number, from 1.
        loss: Mean loss of the rows that learn.
        validation: Loss and score of the rows that judge; None if there were none.
    """

    epoch: int
    loss: float
    validation: Validation | None

    @classmethod
    def of(cls, ended: EpochEnded) -> Epoch:
        """What is kept of an epoch that has just ended."""
        return cls(epoch=ended.epoch, loss=ended.loss, validation=ended.validation)

    def to_json(self) -> dict[str, Any]:
        """The epoch as plain data."""
        validation = self.validation
        return {
            "epoch": self.epoch,
            "loss": self.loss,
            "validation_loss": None if validation is None else _or_null(validation.loss),
            "score": None if validation is None else _or_null(validation.score),
        }

    @classmethod
    def from_json(cls, plain: Fields, *, is_judged: bool) -> Epoch:
        """The epoch that `to_json` wrote.

        Args:
            plain: The epoch.
            is_judged: Whether rows judged it: only then is a loss that is null an infinite one.
        """
        validation = None
        if is_judged:
            validation = Validation(
                loss=_or_infinite(plain, "validation_loss"), score=_or_infinite(plain, "score")
            )
        return cls(
            epoch=plain.whole("epoch", at_least=1), loss=plain.number("loss"), validation=validation
        )


@dataclass(frozen=True, kw_only=True)
class ValidationScore:
    """How good the kept network was on the rows that judged, with its temperature.

    Attributes:
        rows: How many judged.
        loss: Their mean loss.
        score: The task's own score.
    """

    rows: int
    loss: float
    score: float


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One of the ways to learn that were tried.

    Attributes:
        is_log: Whether the logarithm of the target was learned.
        weight_decay: Of the optimizer.
        hidden_layers: How many there are; None in older files.
        validation_error: By which the better was chosen.
        seconds: Time it took.
        reason: Why it ended; None in older files.
    """

    is_log: bool
    weight_decay: float
    validation_error: float
    seconds: float
    reason: Reason | None = None
    hidden_layers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the whole of the training took, preparation and every attempt included.

    Of a training that was taken up again, that is in all its processes together.

    Attributes:
        seconds: By the clock.
        cpu_seconds: What processors worked, all threads together.
    """

    seconds: float
    cpu_seconds: float

    @classmethod
    def of(cls, ended: TrainingEnded) -> Cost:
        """What is known of it in older files: the seconds of the kept attempt."""
        return cls(seconds=ended.seconds, cpu_seconds=ended.seconds)

    @classmethod
    def from_json(cls, plain: Fields) -> Cost:
        """The cost that `asdict` gave."""
        return cls(
            seconds=plain.number("seconds", at_least=0.0),
            cpu_seconds=plain.number("cpu_seconds", at_least=0.0),
        )


@dataclass(frozen=True, kw_only=True)
class Record:
    """How a model was trained.

    Attributes:
        plan: Every option's value.
        rows: How many rows learned and judged.
        folds: How many folds judged each other; 0 for rows held out.
        split: What told the rows that judge from those that learn.
        ended: Why training ended, when, and which epoch was kept.
        threads: Of the processor.
        products: Whether large products were computed in reduced precision.
        history: Each epoch.
        validation: How good the kept network was on the rows that judged; None if none did.
        versions: Of Pellucid and of what it computes with, by name.
        tried: The ways to learn that were tried; the best was kept.
        cost: What training took; None in older files.
        prior: Prediction of who knows nothing but the training's targets; None in older files.
        origin: The table it was trained on, of models that `pellucid fit` saved.
        leaderboard: How good it was beside flat algorithms; None if it was not compared.
    """

    plan: Plan
    rows: RowCounts
    folds: int
    split: Basis
    ended: TrainingEnded
    threads: int
    products: Products
    history: tuple[Epoch, ...]
    versions: Mapping[str, str]
    validation: ValidationScore | None = None
    tried: tuple[Attempt, ...] = ()
    cost: Cost | None = None
    prior: tuple[float, ...] | None = None
    origin: Origin | None = None
    leaderboard: Leaderboard | None = None

    @property
    def was_asked_to_end(self) -> bool:
        """Whether somebody ended the training, in whichever way to learn; another may be kept."""
        return any(way.reason in ASKED_TO_END for way in self.tried)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data, for a model file."""
        plain: dict[str, Any] = {
            "plan": asdict(self.plan),
            "rows": asdict(self.rows),
            "folds": self.folds,
            "split": {**asdict(self.split), "words": self.split.words},
            "ended": asdict(self.ended),
            "threads": self.threads,
            "products": self.products,
            "history": [epoch.to_json() for epoch in self.history],
            "validation": _with_nulls(self.validation) if self.validation else {},
            "versions": dict(self.versions),
            "tried": [_with_nulls(attempt) for attempt in self.tried],
        }
        if self.cost is not None:
            plain["cost"] = asdict(self.cost)
        if self.prior is not None:
            plain["prior"] = list(self.prior)
        if self.origin is not None:
            plain["origin"] = asdict(self.origin)
        if self.leaderboard is not None:
            plain["report"] = self.leaderboard.to_json()
        return plain

    @classmethod
    def from_json(cls, plain: Fields) -> Record:
        """The record that `to_json` wrote.

        Raises:
            ModelFileError: A field is missing, or none that training writes.
        """
        counts, validation = plain.inner("rows"), plain.inner("validation")
        rows = RowCounts(training=counts.whole("training"), validation=counts.whole("validation"))
        products: Any = plain.text("products", among=get_args(Products))
        # What may be absent, older files do not say.
        return cls(
            plan=plan_from(plain.inner("plan")),
            rows=rows,
            folds=plain.whole("folds"),
            split=split_from(plain.inner("split")) if "split" in plain else Basis(),
            ended=ended_from(plain.inner("ended")),
            threads=plain.whole("threads", at_least=1),
            products=products,
            history=tuple(
                Epoch.from_json(each, is_judged=rows.validation > 0)
                for each in plain.inner_list("history")
            ),
            validation=_validation(validation) if validation.all() else None,
            versions=versions_from(plain.inner("versions")),
            tried=tuple(_attempt(each) for each in plain.inner_list("tried")),
            cost=None if plain.is_null("cost") else Cost.from_json(plain.inner("cost")),
            prior=None if plain.is_null("prior") else tuple(plain.numbers("prior")),
            origin=origin_of(plain),
            leaderboard=None
            if plain.is_null("report")
            else Leaderboard.from_json(plain.inner("report")),
        )


def _or_null(number: float) -> float | None:
    """A loss or score for JSON, which has no infinite numbers: null for what is not finite."""
    return number if math.isfinite(number) else None


def _with_nulls(facts: ValidationScore | Attempt) -> dict[str, Any]:
    """All facts as plain data, null for numbers that are not finite."""
    return {
        name: _or_null(value) if isinstance(value, float) else value
        for name, value in asdict(facts).items()
    }


def _or_infinite(plain: Fields, name: str) -> float:
    """A finite loss or score; null is one that was not."""
    return math.inf if name in plain and plain.is_null(name) else plain.number(name)


PLANNED = {declared.name: declared.default is not MISSING for declared in fields(Plan)}
"""Every field of a plan, and whether files of older versions lack it."""


def plan_from(plain: Fields) -> Plan:
    """Every option with its value, from which `partial_fit` goes on."""
    for declared in fields(NetworkOptions):
        if declared.name not in plain:
            continue
        value = plain.raw(declared.name)
        if declared.name in ("filters", "image_size") and not value:
            continue  # there were no pictures
        if value == "auto" or not declared.metadata["rule"].accepts(value):
            raise ModelFileError(f"The {declared.name} of {plain.what} is {shown(value)}.")
    for name in ("num_bins", "seed"):
        plain.whole(name)
    plain.flag("reduced_precision")
    _check_look(plain)
    given = dict(plain.all())
    odd = {name for name in given.keys() ^ PLANNED.keys() if not PLANNED.get(name)}
    if odd:
        raise ModelFileError(f"The field {shown(min(odd))} of {plain.what} is missing or too much.")
    for name in ("hidden_layer_sizes", "filters", "stem"):
        given[name] = tuple(given.get(name, ()))
    return Plan(**given)


def _check_look(plain: Fields) -> None:
    """How pictures are seen, which older files do not say."""
    for name, check in LOOK.items():
        if name in plain:
            check(plain, name)


def _check_stem(stem: Any) -> None:
    """Kernel, stride and eigenvectors of a first convolution, or none of them."""
    fits = isinstance(stem, list | tuple) and len(stem) in (0, 3)
    if not fits or any(type(part) is not int or not 1 <= part <= LARGEST_SIDE for part in stem):
        raise ModelFileError(f"The first convolution of the plan is {shown(stem)}.")


LOOK: dict[str, Callable[[Fields, str], object]] = {
    "schedule": lambda plain, name: plain.text(name, among=get_args(Schedule)),
    "stem": lambda plain, name: _check_stem(plain.raw(name)),
    "shift": lambda plain, name: plain.whole(name, at_most=LARGEST_SIDE),
    "crop": lambda plain, name: plain.number(name, at_least=SMALLEST_CROP, at_most=1.0),
    "jitter": lambda plain, name: plain.number(name, at_least=0.0, at_most=1.0),
}
"""The fields that are no options, within the bounds of the branch that gets them."""


def ended_from(plain: Fields) -> TrainingEnded:
    """How a training ended, as `asdict` gave it."""
    reason: Any = plain.text("reason", among=get_args(Reason))
    return TrainingEnded(
        reason=reason,
        epochs=plain.whole("epochs"),
        steps=plain.whole("steps"),
        best_epoch=plain.whole("best_epoch"),
        seconds=plain.number("seconds", at_least=0.0),
    )


def _validation(plain: Fields) -> ValidationScore:
    return ValidationScore(
        rows=plain.whole("rows"),
        loss=_or_infinite(plain, "loss"),
        score=_or_infinite(plain, "score"),
    )


def versions_from(plain: Fields) -> dict[str, str]:
    """Versions by name."""
    return {name: plain.text(name) for name in plain.all()}


def _attempt(plain: Fields) -> Attempt:
    reason: Any = None
    if not plain.is_null("reason"):
        reason = plain.text("reason", among=get_args(Reason))
    return Attempt(
        is_log=plain.flag("is_log"),
        weight_decay=plain.number("weight_decay"),
        validation_error=_or_infinite(plain, "validation_error"),
        seconds=plain.number("seconds"),
        reason=reason,
        hidden_layers=None if plain.is_null("hidden_layers") else plain.whole("hidden_layers"),
    )
