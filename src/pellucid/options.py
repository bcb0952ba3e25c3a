"""Options: each declared once, with its default, its rule and its help.

From this one place come the estimators' signatures, the checks and their messages, the flags of
the command line, and what a model file says about how a network was made.
"""

from __future__ import annotations

import math
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from pellucid.data.kinds.registry import KindName, choices
from pellucid.data.kinds.request import parse_kinds
from pellucid.errors import OptionError

if TYPE_CHECKING:
    from numpy.random import Generator, RandomState

    Seeds = int | Generator | RandomState | None

T = TypeVar("T")
Auto = Literal["auto"]
Activation = Literal["relu", "tanh", "sigmoid", "gelu", "silu", "identity"]
Device = Literal["auto", "cpu", "cuda"]
OptimizerName = Literal["adamw", "adam", "gradient_descent", "momentum", "nesterov"]


class Rule(ABC):
    """What values an option can have."""

    @abstractmethod
    def words(self) -> str:
        """The legal values, to follow "must be"."""

    @abstractmethod
    def accepts(self, value: object) -> bool:
        """Whether the value is legal."""

    @abstractmethod
    def parse(self, text: str) -> object:
        """The value a person typed; the text itself where it makes no sense."""

    def example(self) -> str:
        """What to type, for a help text."""
        return "VALUE"


@dataclass(frozen=True)
class OneOf(Rule):
    """One of some words, or None if that is among them."""

    choices: tuple[str | None, ...]

    def words(self) -> str:
        """The choices in a row."""
        return "one of " + ", ".join(repr(choice) for choice in self.choices)

    def accepts(self, value: object) -> bool:
        """Exactly one of the choices."""
        return (value is None or isinstance(value, str)) and value in self.choices

    def parse(self, text: str) -> object:
        """The word."""
        return text

    def example(self) -> str:
        """The choices."""
        return "|".join(str(choice) for choice in self.choices)


@dataclass(frozen=True, kw_only=True)
class Number(Rule):
    """A number within bounds, or one of some other values such as "auto"."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    whole: bool = False
    also: tuple[str | None, ...] = ()

    def words(self) -> str:
        """The bounds."""
        kind = "a whole number" if self.whole else "a number"
        bounds = [
            f"{word} {bound:g}"
            for word, bound in (
                ("above", self.above),
                ("of at least", self.at_least),
                ("below", self.below),
            )
            if bound is not None
        ]
        others = [f"or {other!r}" for other in self.also]
        return " ".join([kind, " and ".join(bounds), *others]).replace("  ", " ")

    def accepts(self, value: object) -> bool:
        """Of the right kind and within bounds."""
        if value is None or isinstance(value, str):
            return value in self.also
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            return False
        number = float(value)
        return (
            math.isfinite(number)
            and (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.below is None or number < self.below)
        )

    def parse(self, text: str) -> object:
        """The number, or the word."""
        try:
            return int(text) if self.whole else float(text)
        except ValueError:
            return None if text.lower() == "none" else text

    def example(self) -> str:
        """The kind."""
        return "N" if self.whole else "NUMBER"


@dataclass(frozen=True)
class LayerSizes(Rule):
    """Whole numbers of neurons, one for each hidden layer."""

    def words(self) -> str:
        """An example says it best."""
        return "'auto' or the neurons of each hidden layer, such as (128, 64)"

    def accepts(self, value: object) -> bool:
        """Positive whole numbers; none at all means no hidden layer."""
        if isinstance(value, str):
            return value == "auto"
        size = Number(whole=True, at_least=1)
        return isinstance(value, tuple | list) and all(size.accepts(v) for v in value)

    def parse(self, text: str) -> object:
        """A text like 128,64 → (128, 64)."""
        try:
            return tuple(int(part) for part in text.split(",") if part.strip())
        except ValueError:
            return text

    def example(self) -> str:
        """Two layers."""
        return "N,N,…"


@dataclass(frozen=True)
class ClassWeights(Rule):
    """The word "balanced", or the weight of each class."""

    def words(self) -> str:
        """An example says it best."""
        return "None, 'balanced', or the weight of each class, such as {'no': 1, 'yes': 5}"

    def accepts(self, value: object) -> bool:
        """A mapping's weights must not be negative."""
        if isinstance(value, Mapping):
            return all(Number(at_least=0).accepts(weight) for weight in value.values())
        return value is None or (isinstance(value, str) and value == "balanced")

    def parse(self, text: str) -> object:
        """Only the word can be typed."""
        return None if text.lower() == "none" else text

    def example(self) -> str:
        """The only word that can be typed."""
        return "balanced"


@dataclass(frozen=True)
class Seed(Rule):
    """A whole number, one of NumPy's generators, or None for a new one."""

    def words(self) -> str:
        """The kinds."""
        return "a whole number of at least 0, a numpy Generator or RandomState, or None"

    def accepts(self, value: object) -> bool:
        """Generators are known by what they can do, so that NumPy need not be imported."""
        draws = (getattr(value, name, None) for name in ("integers", "randint"))
        is_generator = any(map(callable, draws))
        return value is None or is_generator or Number(whole=True, at_least=0).accepts(value)

    def parse(self, text: str) -> object:
        """The number, or None."""
        return Number(whole=True).parse(text)


@dataclass(frozen=True)
class ColumnKinds(Rule):
    """What a person knows about columns."""

    def words(self) -> str:
        """An example says it best."""
        return "None or a mapping from column to kind, such as {'zip': 'category'}"

    def accepts(self, value: object) -> bool:
        """Names and kinds are judged against the table."""
        return value is None or isinstance(value, Mapping)

    def parse(self, text: str) -> dict[str, str] | str:
        """A text like zip=category,id=left out → a mapping."""
        return parse_kinds(text) or text

    def example(self) -> str:
        """One column."""
        return "COLUMN=KIND,…"


@dataclass(frozen=True)
class FolderPath(Rule):
    """The path of a folder, or None."""

    def words(self) -> str:
        """A path."""
        return "None or the path of a folder"

    def accepts(self, value: object) -> bool:
        """Whether something is there is judged when it is read."""
        return value is None or (isinstance(value, str | Path) and bool(str(value)))

    def parse(self, text: str) -> object:
        """The path as it was typed."""
        return text

    def example(self) -> str:
        """A folder."""
        return "FOLDER"


@dataclass(frozen=True)
class Flag(Rule):
    """Yes or no."""

    def words(self) -> str:
        """The two values."""
        return "True or False"

    def accepts(self, value: object) -> bool:
        """A bool, or 0 and 1 as many write it."""
        return isinstance(value, bool | int) and value in (0, 1)

    def parse(self, text: str) -> object:
        """The word."""
        return {"true": True, "false": False}.get(text.lower(), text)


def option(default: object, rule: Rule, text: str) -> Any:
    """Declare one option as a dataclass field.

    Args:
        default: Its value if nothing is said.
        rule: What values it can have.
        text: What it does, in one sentence with units.
    """
    return field(default=default, metadata={"rule": rule, "help": text})


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkOptions:
    """What can be said about a network and how it learns; "auto" is the measured recipe."""

    hidden_layer_sizes: Sequence[int] | Auto = option(
        "auto", LayerSizes(), "Neurons of each hidden layer, from the input on."
    )
    activation: Activation = option(
        "relu",
        OneOf(get_args(Activation)),
        "Activation function of the hidden neurons.",
    )
    optimizer: OptimizerName = option(
        "adamw",
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
    columns: Mapping[str, KindName] | None = option(
        None,
        ColumnKinds(),
        "What a column is, where the guess is wrong: "
        f"{', '.join(choices()[:-1])} or {choices()[-1]}.",
    )
    image_encoder: str | Path | None = option(
        None, FolderPath(), "Folder with a vision model, whose features stand for pictures."
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


def check_options(options: NetworkOptions) -> None:
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
