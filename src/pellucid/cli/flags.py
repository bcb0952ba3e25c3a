"""Options as flags: what a person types at the command line instead of arguments in Python.

First those that several commands have.
"""

from __future__ import annotations

import inspect as introspection
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from pellucid.errors import OptionError
from pellucid.option_rules import ColumnKinds, Flag, Rule
from pellucid.options import ClassifierOptions, RowOptions

Data = Annotated[
    str,
    typer.Argument(
        help="A table (CSV, TSV, Excel, Parquet, Arrow, JSON lines), or a folder of pictures or "
        "texts."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]
Delimiter = Annotated[
    str | None, typer.Option(help="Character between the cells; found if not given.")
]
Encoding = Annotated[str | None, typer.Option(help="Encoding of the text; found if not given.")]
Missing = Annotated[
    list[str] | None,
    typer.Option(help="A cell that means 'not known', besides the usual ones; repeatable."),
]
AllowMissing = Annotated[
    bool,
    typer.Option(
        "--allow-missing", help="Columns may be missing: they are unknown then in every row."
    ),
]
SampleName = Annotated[
    str,
    typer.Argument(
        help="wine, breast_cancer, diabetes, iris, digits (pictures) or docstrings (texts)."
    ),
]
VisionFolder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Folder of the vision model that made features of pictures, if it has moved since "
        "training.",
    ),
]
LanguageFolder = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Likewise of the language model that read texts."),
]
Interval = Annotated[
    float | None,
    typer.Option(
        help="Write what holds the truth for this part of the rows, such as 0.9: low and high of "
        "numbers, sets of classes."
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(help="A column to copy beside the predictions, such as an id; repeatable."),
]
FlagUnlike = Annotated[
    bool,
    typer.Option("--flag-unlike", help="Write why a row is unlike any in training, if it is."),
]
Page = Annotated[
    Path | None,
    typer.Option(
        "--report",
        help="HTML file to tell it all in, with pictures; the same as data if it ends with .json.",
    ),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help="The first line is data: columns are column_1, ….")
]
Decimal = Annotated[
    str | None,
    typer.Option(help="Decimal sign of numbers, . or , where the table leaves it open."),
]
Sheet = Annotated[
    str | None, typer.Option(help="Sheet of an Excel workbook; the first with cells if not given.")
]


def how_to_read(
    delimiter: str | None,
    encoding: str | None,
    missing: list[str] | None,
    *,
    no_header: bool,
    sheet: str | None,
    decimal: str | None,
) -> dict[str, Any]:
    """How a table is read, as the flags say it."""
    return {
        "delimiter": delimiter,
        "encoding": encoding,
        "missing": tuple(missing or ()),
        "header": not no_header,
        "sheet": sheet,
        "decimal": decimal,
    }


Task = Annotated[
    str | None, typer.Option(help="classification or regression, if the guess is wrong.")
]
Test = Annotated[str | None, typer.Option(help="Another table, with targets, that judges.")]
Validation = Annotated[
    str | None,
    typer.Option(
        help="Another table, with targets, to end the training by and to calibrate with, in place "
        "of a part of DATA."
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="Column such as a patient: the rows of one group all learn or all judge. It is not "
        "learned from, unless --columns says what it is.",
    ),
]
ByTime = Annotated[
    str | None,
    typer.Option(metavar="COL", help="Column of dates or numbers: the later rows judge."),
]
DropRepeated = Annotated[
    bool, typer.Option("--drop-repeated", help="Leave out rows that repeat an earlier one.")
]


def named_after(data: str, name: str) -> Path:
    """A file here, called as the table is: adult.csv → adult.pellucid."""
    beginning, ending = name.split(".", 1)
    return Path(f"{Path(data).name.split('.')[0].strip('*?') or beginning}.{ending}")


def with_options_of(
    options: type[RowOptions], called: Mapping[str, str] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a flag for every option to a command, from its one declaration.

    Args:
        options: What can be said.
        called: What a flag is called, by option, where it is not called as the option is.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [
            parameter
            for parameter in introspection.signature(command, eval_str=True).parameters.values()
            if parameter.kind is not introspection.Parameter.VAR_KEYWORD
        ]
        flags = [
            _flag(f.name, f.metadata["rule"], f.metadata["help"], f.default, called or {})
            for f in fields(options)
            if f.name != "verbose"
        ]
        command.__signature__ = introspection.Signature([*own, *flags])  # type: ignore[attr-defined]
        return command

    return decorate


def with_network_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add a flag for every option of a network to a command."""
    return with_options_of(ClassifierOptions)(command)


def _flag(
    name: str, rule: Rule, text: str, default: object, called: Mapping[str, str]
) -> introspection.Parameter:
    if isinstance(rule, Flag):
        annotation: Any = Annotated[bool | None, typer.Option(f"--{name}", help=text)]
        return introspection.Parameter(
            name, introspection.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
        )
    more = " Repeatable." if isinstance(rule, ColumnKinds) else ""
    typed = list[str] if more else str
    words = f"{text} Default: {str(default).lower()}.{more}"
    flag = [called[name]] if name in called else []
    return introspection.Parameter(
        name,
        introspection.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[typed | None, typer.Option(*flag, help=words, metavar=rule.example())],
    )


def parsed(
    options: Mapping[str, bool | str | list[str] | None],
    of: type[RowOptions] = ClassifierOptions,
) -> dict[str, Any]:
    """The options a person typed, each read by its own rule.

    Args:
        options: What was typed, by option.
        of: The options there are.

    Raises:
        OptionError: Two flags contradict each other.
    """
    rules = {f.name: f.metadata["rule"] for f in fields(of)}
    return {name: _read(rules[name], typed) for name, typed in options.items() if typed is not None}


def _read(rule: Any, typed: object) -> Any:
    if isinstance(typed, bool):
        return typed
    return rule.parse(typed) if isinstance(typed, str) else merged(rule, cast("list[str]", typed))


def merged(rule: ColumnKinds, texts: Sequence[str]) -> Any:
    """What several flags say about columns, as one mapping.

    Raises:
        OptionError: One says nothing, or they say two things about one column.
    """
    kinds: dict[str, str] = {}
    for text in texts:
        said = rule.parse(text)
        if isinstance(said, str):
            raise OptionError(
                f"--columns must be COLUMN=KIND, such as zip=category, but is {text!r}.",
                option="columns",
            )
        for name, kind in said.items():
            if kinds.setdefault(name, kind) != kind:
                raise OptionError(
                    f"--columns says that {name!r} is {kinds[name]!r} and that it is {kind!r}. "
                    "Say one thing about each column.",
                    option="columns",
                )
    return kinds
