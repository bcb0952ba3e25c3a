"""The training record of a model file, each field checked before it is believed."""

from __future__ import annotations

from dataclasses import fields

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields, shown
from pellucid.model.recipe import Plan
from pellucid.options import NetworkOptions

PLANNED = {declared.name for declared in fields(Plan)}


def check_record(plain: Fields) -> None:
    """Check what is read of a record: by messages, pages and `partial_fit`.

    Raises:
        ModelFileError: A field is missing, or none that training writes.
    """
    _check_plan(plain.inner("plan"))
    rows = plain.inner("rows")
    for name in ("training", "validation"):
        rows.whole(name)
    plain.whole("folds")
    if "split" in plain:  # older files do not say
        plain.inner("split").text("words")
    ended = plain.inner("ended")
    ended.text("reason")
    ended.number("seconds", at_least=0.0)
    for name in ("epochs", "steps", "best_epoch"):
        ended.whole(name)
    plain.whole("threads", at_least=1)
    plain.text("products")
    versions = plain.inner("versions")
    for name in versions.all():
        versions.text(name)
    _check_measured(plain)


def _check_plan(plan: Fields) -> None:
    """Check every option with its value, from which `partial_fit` goes on."""
    for declared in fields(NetworkOptions):
        if declared.name not in plan:
            continue
        value = plan.raw(declared.name)
        if value == "auto" or not declared.metadata["rule"].accepts(value):
            raise ModelFileError(f"The {declared.name} of {plan.what} is {shown(value)}.")
    for name in ("num_bins", "seed"):
        plan.whole(name)
    plan.flag("reduced_precision")
    if plan.all().keys() != PLANNED:
        odd = min(plan.all().keys() ^ PLANNED)
        raise ModelFileError(f"The field {shown(odd)} of {plan.what} is missing or too much.")


def _check_measured(plain: Fields) -> None:
    """Check what was measured while training."""
    for epoch in plain.inner_list("history"):
        epoch.whole("epoch", at_least=1)
        for name in ("loss", "validation_loss", "score"):
            if not epoch.is_null(name):
                epoch.number(name)
    validation = plain.inner("validation")
    if validation.all():  # none where no row judged
        validation.whole("rows")
        for name in ("loss", "score"):
            validation.number(name)
    for way in plain.inner_list("tried"):
        way.flag("is_log")
        for name in ("weight_decay", "validation_error", "seconds"):
            way.number(name)
