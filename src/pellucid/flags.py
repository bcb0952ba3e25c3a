"""Options as flags: what a person types at the command line instead of arguments in Python."""

from __future__ import annotations

import inspect as introspection
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any

import typer

from pellucid.options import ClassWeights, NetworkOptions, Rule

READ_AGAIN = r"read the rows with pellucid\.read_table\(rows, missing=\[(.*)\]\)"


def with_network_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add a flag for every option of a network to a command, from its one declaration."""
    own = [
        parameter
        for parameter in introspection.signature(command, eval_str=True).parameters.values()
        if parameter.kind is not introspection.Parameter.VAR_KEYWORD
    ]
    declared = [
        (f.name, f.metadata["rule"], f.metadata["help"], f.default) for f in fields(NetworkOptions)
    ]
    words = "'balanced' gives rare classes the weight of others."
    declared.append(("class_weight", ClassWeights(), words, None))
    flags = [_flag(*one) for one in declared if one[0] != "verbose"]
    command.__signature__ = introspection.Signature([*own, *flags])  # type: ignore[attr-defined]
    return command


def _flag(name: str, rule: Rule, text: str, default: object) -> introspection.Parameter:
    return introspection.Parameter(
        name,
        introspection.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[
            str | None,
            typer.Option(help=f"{text} Default: {str(default).lower()}.", metavar=rule.example()),
        ],
    )


def parsed(options: dict[str, str | None]) -> dict[str, Any]:
    """The options a person typed, each read by its own rule."""
    rules = {f.name: f.metadata["rule"] for f in fields(NetworkOptions)}
    rules["class_weight"] = ClassWeights()
    return {name: rules[name].parse(text) for name, text in options.items() if text is not None}


def with_flags(message: str) -> str:
    """Arguments as a person at the command line writes them."""
    message = re.sub(r"\btask='(\w+)'", r"--task \1", message)
    message = re.sub(READ_AGAIN, r"say --missing \1", message)
    return re.sub(r"\b(missing|columns|delimiter|encoding|sheet)=", r"--\1", message).replace(
        "header=False", "--no-header"
    )
