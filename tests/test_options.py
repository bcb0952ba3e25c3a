"""Options: one declaration, used everywhere."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

import pytest

from pellucid import Classifier, OptionError, Regressor
from pellucid.option_rules import ClassWeights, ColumnKinds, Number, OneOf, Rule, Seed
from pellucid.options import FILTERS, LAYER_SIZES, NetworkOptions, check_options


def test_the_signature_of_an_estimator_is_its_options() -> None:
    names = [field.name for field in fields(NetworkOptions)]
    assert list(inspect.signature(Regressor).parameters) == names
    assert list(inspect.signature(Classifier).parameters) == [*names, "class_weight"]


def test_every_default_is_legal_and_every_option_has_help() -> None:
    check_options(NetworkOptions())
    for field in fields(Classifier):
        assert field.metadata["help"].endswith(".")


@pytest.mark.parametrize("estimator", [Classifier, Regressor])
def test_help_describes_every_option(estimator: type) -> None:
    said = " ".join((inspect.getdoc(estimator) or "").split())
    for field in fields(estimator):
        assert f"{field.name}: {field.metadata['help']} Default {field.default!r};" in said
    assert max(map(len, (estimator.__doc__ or "").splitlines())) <= 100
    assert "{options}" not in said


@pytest.mark.parametrize(
    ("rule", "text", "value"),
    [
        (Number(above=0), "0.5", 0.5),
        (Number(whole=True), "12", 12),
        (Number(above=0, also=(None,)), "none", None),
        (Number(also=("auto",)), "auto", "auto"),
        (LAYER_SIZES, "64,32", (64, 32)),
        (LAYER_SIZES, "", ()),
        (FILTERS, "32,64,64", (32, 64, 64)),
        (Seed(), "3", 3),
        (ColumnKinds(), "a=number, b=left out", {"a": "number", "b": "left out"}),
        (ColumnKinds(), "k=v=category", {"k=v": "category"}),
        (ColumnKinds(), "size, cm=category", {"size, cm": "category"}),
        (ColumnKinds(), "a=date,k=v, w=x=number", {"a": "date", "k=v, w=x": "number"}),
        (ColumnKinds(), "a=catgory,b=date", {"a": "catgory", "b": "date"}),
        (ClassWeights(), "none", None),
        (OneOf(("a", "b")), "b", "b"),
    ],
)
def test_what_a_person_types_is_read(rule: Rule, text: str, value: Any) -> None:
    assert rule.parse(text) == value
    assert rule.accepts(value)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (Number(above=0), 0),
        (Number(above=0), float("nan")),
        (Number(below=1), 1.0),
        (Number(whole=True), 1.5),
        (Number(), True),
        (Number(), "auto"),
        (OneOf(("a",)), 3),
        (LAYER_SIZES, (0,)),
        (LAYER_SIZES, 8),
        (FILTERS, ()),
        (FILTERS, (1, 2, 3, 4, 5, 6, 7)),
        (ClassWeights(), {"a": -1}),
        (Seed(), -1),
        (ColumnKinds(), ["a"]),
    ],
)
def test_what_is_illegal_is_refused(rule: Rule, value: Any) -> None:
    assert not rule.accepts(value)


def test_the_message_names_option_rule_and_value() -> None:
    with pytest.raises(OptionError, match="dropout must be a number of at least 0 and below 1"):
        check_options(NetworkOptions(dropout=2))
