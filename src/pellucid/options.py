"""Options: each declared once, with its default, its rule and its help.

From this one place come the estimators' signatures, the checks and their messages, the flags of
the command line, and what a model file says about how a network was made.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from pellucid.data.kinds.registry import ENCODERS, KindName, choices
from pellucid.errors import OptionError
from pellucid.option_rules import (
    ClassWeights,
    ColumnKinds,
    Flag,
    FolderPath,
    Number,
    OneOf,
    Rule,
    Seed,
    Sizes,
)

if TYPE_CHECKING:
    from numpy.random import Generator, RandomState

    Seeds = int | Generator | RandomState | None

T = TypeVar("T")
Auto = Literal["auto"]
Activation = Literal["relu", "tanh", "sigmoid", "gelu", "silu", "identity"]
Device = Literal["auto", "cpu", "cuda"]
OptimizerName = Literal["auto", "adamw", "muon", "adam", "gradient_descent", "momentum", "nesterov"]


LAYER_SIZES = Sizes(meaning="the neurons of each hidden layer, such as (128, 64)")
FILTERS = Sizes(
    meaning="the filters of one to six groups of convolutions, such as (32, 64, 64)",
    fewest=1,
    most=6,
)
LARGEST_IMAGE = 128


def option(default: object, rule: Rule, text: str) -> Any:
    """Declare one option as a dataclass field.

    Args:
        default: Its value if nothing is said.
        rule: What values it can have.
        text: What it does, in one sentence with units.
    """
    return field(default=default, metadata={"rule": rule, "help": text})


@dataclass(kw_only=True, eq=False, repr=False)
class RowOptions:
    """What can be said whatever is learned: how rows are read, and how it goes on."""

    columns: Mapping[str, KindName] | None = option(
        None,
        ColumnKinds(),
        "What a column is, where the guess is wrong: "
        f"{', '.join(choices()[:-1])} or {choices()[-1]}.",
    )
    image_encoder: str | Path | None = option(
        None, FolderPath(), "Folder with a vision model, whose features stand for pictures."
    )
    text_encoder: str | Path | None = option(
        None,
        FolderPath(),
        "Folder with a language model, whose features stand beside the words of texts.",
    )
    private: bool = option(
        default=False,
        rule=Flag(),
        text="Keep cells, exact ranges and rows out of the model file, the page and what is said.",
    )
    random_state: int | Generator | RandomState | None = option(
        0, Seed(), "Seed of everything random."
    )
    verbose: bool = option(default=False, rule=Flag(), text="Show the training as it goes.")


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkOptions(RowOptions):
    """What can be said about a network and how it learns; "auto" is the measured recipe."""

    hidden_layer_sizes: Sequence[int] | Auto = option(
        "auto", LAYER_SIZES, "Neurons of each hidden layer, from the input on."
    )
    filters: Sequence[int] | Auto = option(
        "auto", FILTERS, "Filters of the convolutions that see pictures, group by group."
    )
    image_size: int | Auto = option(
        "auto",
        Number(whole=True, at_least=1, below=LARGEST_IMAGE + 1, also=("auto",)),
        "Height and width, in pixels, at which pictures are seen at most.",
    )
    flips: Literal["auto", "yes", "no"] = option(
        "auto",
        OneOf(("auto", "yes", "no")),
        "Whether a picture's mirror image, left to right, shows the same: not so of letters.",
    )
    activation: Activation = option(
        "relu",
        OneOf(get_args(Activation)),
        "Activation function of the hidden neurons.",
    )
    optimizer: OptimizerName = option(
        "auto",
        OneOf(get_args(OptimizerName)),
        "How the weights move down the gradient.",
    )
    learning_rate: float | Auto = option(
        "auto",
        Number(above=0, also=("auto",)),
        "Size of every gradient descent step after the warm-up.",
    )
    batch_size: int | Auto = option(
        "auto", Number(whole=True, at_least=1, also=("auto",)), "Rows used for one step."
    )
    max_epochs: int | Auto = option(
        "auto",
        Number(whole=True, at_least=1, also=("auto",)),
        "Times every training row is used at most; training ends sooner when it has learned.",
    )
    members: int | Auto = option(
        "auto",
        Number(whole=True, at_least=1, also=("auto",)),
        "Networks in the ensemble, nearly for the price of one; 1 for a plain network.",
    )
    dropout: float | Auto = option(
        "auto",
        Number(at_least=0, below=1, also=("auto",)),
        "Part of the hidden neurons silenced at random in a training step.",
    )
    weight_decay: float | Auto = option(
        "auto",
        Number(at_least=0, also=("auto",)),
        "Pull of every weight towards 0, as a part of the learning rate.",
    )
    numeric_encoding: Literal["auto", "piecewise", "none"] = option(
        "auto",
        OneOf(("auto", "piecewise", "none")),
        "Numbers in pieces (bins between which the network can bend), or only scaled.",
    )
    validation_fraction: float | Auto = option(
        "auto",
        Number(at_least=0, below=1, also=("auto",)),
        "Part of the rows that judge the training instead of taking part in it.",
    )
    time_budget: float | None = option(
        None,
        Number(above=0, also=(None,)),
        "Seconds that training may take at most; at the command line, all of the command.",
    )
    device: Device = option("auto", OneOf(("auto", "cpu", "cuda")), "Where to compute.")
    precision: Literal["auto", "float32", "bfloat16"] = option(
        "auto",
        OneOf(("auto", "float32", "bfloat16")),
        "Numbers in large products: bfloat16 where the processor is quicker with it, or float32.",
    )


@dataclass(kw_only=True, eq=False, repr=False)
class ClassifierOptions(NetworkOptions):
    """What can be said where classes are learned."""

    class_weight: Mapping[Any, float] | Literal["balanced"] | None = option(
        None, ClassWeights(), "Weight of each class in the loss, or 'balanced' for equal totals."
    )


def described(estimator: type[T]) -> type[T]:
    """Put every option of a dataclass, as it was declared, into its docstring: a class decorator.

    They stand where the docstring says "{options}".
    """
    if estimator.__doc__:  # python -OO leaves none
        estimator.__doc__ = estimator.__doc__.replace("{options}", _option_list(estimator))
    return estimator


def _option_list(estimator: Any) -> str:
    paragraphs = [
        textwrap.fill(
            f"{declared.name}: {declared.metadata['help']} Default {declared.default!r}; must be "
            f"{declared.metadata['rule'].words()}.",
            width=100,
            initial_indent=" " * 8,
            subsequent_indent=" " * 12,
        )
        for declared in fields(estimator)
    ]
    return "\n".join(paragraphs).lstrip()


def given_encoders(
    image_encoder: str | Path | None, text_encoder: str | Path | None
) -> dict[str, str]:
    """The folders that were given, by option (`ENCODERS`)."""
    folders = zip(ENCODERS, (image_encoder, text_encoder), strict=True)
    return {option: str(folder) for option, folder in folders if folder is not None}


def check_options(options: RowOptions) -> None:
    """Check every option against its rule.

    Raises:
        OptionError: Names the option, the legal values and the value received.
    """
    for declared in fields(options):
        value = getattr(options, declared.name)
        rule: Rule = declared.metadata["rule"]
        if not rule.accepts(value):
            raise OptionError(
                f"{declared.name} must be {rule.words()}, but is {value!r}.",
                option=declared.name,
            )
