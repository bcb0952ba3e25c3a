"""The command line. Heavy imports happen inside the commands: `pellucid --help` is instant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.cluster_command import cluster
from pellucid.cli.ending import ended_in_words
from pellucid.cli.flags import (
    AllowMissing,
    ByTime,
    Data,
    Decimal,
    Delimiter,
    DropRepeated,
    Encoding,
    FlagUnlike,
    Group,
    Interval,
    Json,
    Keep,
    LanguageFolder,
    Missing,
    NoHeader,
    Page,
    SampleName,
    Sheet,
    Task,
    Test,
    Validation,
    VisionFolder,
    how_to_read,
    named_after,
    parsed,
    with_network_options,
)
from pellucid.cli.inspect_command import inspect
from pellucid.errors import OptionError
from pellucid.files.scratch import sweep
from pellucid.options import given_encoders
from pellucid.wording import printable

app = typer.Typer(
    name="pellucid",
    help="Raw data in, a trained deep neural network out, and you can see through it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - typer's custom
    if is_wanted:
        from pellucid import __version__

        print(f"pellucid {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Raw data in, a trained deep neural network out, and you can see through it."""


def main() -> None:
    """Run the command line; errors about what was given end with a sentence and code 2."""
    sweep()
    with ended_in_words():
        app(standalone_mode=True)


@app.command()
@with_network_options
def fit(
    data: Data,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Column to predict; repeatable. Folders of pictures or texts name it."),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="Model file to write, also over another; DATA.pellucid if not given."),
    ] = None,
    test: Test = None,
    validation: Validation = None,
    group: Group = None,
    by_time: ByTime = None,
    drop_repeated: DropRepeated = False,
    task: Task = None,
    report: Page = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="File to keep the training in, every minute and when it is interrupted: the same "
            "command goes on from it, to the same network."
        ),
    ] = None,
    baselines: Annotated[
        bool, typer.Option(help="Train linear and boosting models on the same rows to compare.")
    ] = True,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    missing: Missing = None,
    no_header: NoHeader = False,
    sheet: Sheet = None,
    decimal: Decimal = None,
    as_json: Json = False,
    **options: str | None,
) -> None:
    """Train a network on a table, judge it, and save it to one file."""
    from pellucid.cli.commands import fit as command

    command.fit(
        data,
        target or [],
        reading=how_to_read(
            delimiter, encoding, missing, no_header=no_header, sheet=sheet, decimal=decimal
        ),
        out=out or named_after(data, "model.pellucid"),
        may_replace=out is not None,
        report=report,
        test=test,
        validation=validation,
        checkpoint=checkpoint,
        splitting={"group": group, "by_time": by_time, "drop_repeated": drop_repeated},
        task=task,
        baselines=baselines,
        as_json=as_json,
        options=parsed(options),
    )


@app.command()
@with_network_options
def compare(
    data: Data,
    target: Annotated[
        str | None, typer.Option(help="Column to predict. Folders of pictures or texts name it.")
    ] = None,
    *,
    report: Page = None,
    test: Test = None,
    folds: Annotated[
        int | None, typer.Option(help="Judge every row once, in so many folds, not one split.")
    ] = None,
    group: Group = None,
    by_time: ByTime = None,
    drop_repeated: DropRepeated = False,
    task: Task = None,
    time_limit: Annotated[
        float, typer.Option(help="Seconds each algorithm may take for one fit.")
    ] = 60.0,
    grow: Annotated[
        bool, typer.Option("--grow", help="Draw learning curves: 1/32, 1/16, … of the rows.")
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(
            help="PNG, SVG or PDF file for the learning curves; DATA.growth.png if not given."
        ),
    ] = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    missing: Missing = None,
    no_header: NoHeader = False,
    sheet: Sheet = None,
    decimal: Decimal = None,
    as_json: Json = False,
    **options: str | None,
) -> None:
    """Compare the network with flat algorithms on the same rows, and say who won.

    The page is DATA.comparison.html if --report gives no other.
    """
    from pellucid.cli.commands import compare as command

    if grow and picture is None:
        picture = named_after(data, "table.growth.png")
    command.compare(
        data,
        target,
        reading=how_to_read(
            delimiter, encoding, missing, no_header=no_header, sheet=sheet, decimal=decimal
        ),
        report=report or named_after(data, "table.comparison.html"),
        test=test,
        picture=picture,
        as_json=as_json,
        folds=folds,
        splitting={"group": group, "by_time": by_time, "drop_repeated": drop_repeated},
        task=task,
        time_limit=time_limit,
        grow=grow,
        options=parsed(options),
    )


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    data: Annotated[str, typer.Argument(help="Rows to predict; larger than memory is fine.")],
    *,
    out: Annotated[Path, typer.Option(help="CSV or Parquet file to write.")],
    keep: Keep = None,
    keep_all: Annotated[
        bool, typer.Option("--keep-all", help="Copy every column beside the predictions.")
    ] = False,
    interval: Interval = None,
    flag_unlike: FlagUnlike = False,
    allow_missing: AllowMissing = False,
    image_encoder: VisionFolder = None,
    text_encoder: LanguageFolder = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    missing: Missing = None,
    no_header: NoHeader = False,
    sheet: Sheet = None,
    decimal: Decimal = None,
    as_json: Json = False,
) -> None:
    """Predict every row of a table, block by block, in order."""
    from pellucid.cli.commands import predict as command

    command.predict(
        model,
        data,
        out=out,
        keep=None if keep_all else (keep or []),
        interval=interval,
        flag_unlike=flag_unlike,
        allow_missing=allow_missing,
        encoders=given_encoders(image_encoder, text_encoder),
        reading=how_to_read(
            delimiter, encoding, missing, no_header=no_header, sheet=sheet, decimal=decimal
        ),
        as_json=as_json,
    )


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    data: Annotated[str, typer.Argument(help="New rows, with the target.")],
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Column with the truth, if not called as in training; repeatable."),
    ] = None,
    report: Page = None,
    allow_missing: AllowMissing = False,
    image_encoder: VisionFolder = None,
    text_encoder: LanguageFolder = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    missing: Missing = None,
    no_header: NoHeader = False,
    sheet: Sheet = None,
    decimal: Decimal = None,
    as_json: Json = False,
) -> None:
    """Judge a saved model on new rows whose target is known."""
    from pellucid.cli.commands import evaluate as command

    command.evaluate(
        model,
        data,
        targets=target or [],
        report=report,
        allow_missing=allow_missing,
        encoders=given_encoders(image_encoder, text_encoder),
        reading=how_to_read(
            delimiter, encoding, missing, no_header=no_header, sheet=sheet, decimal=decimal
        ),
        as_json=as_json,
    )


app.command()(cluster)
app.command()(inspect)


@app.command()
def explain(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    data: Annotated[str, typer.Argument(help="The table with the row.")],
    *,
    row: Annotated[int, typer.Option(help="Number of the row, 1 for the first.")] = 1,
    training: Annotated[
        str | None,
        typer.Option(help="The table it learned from, to find the rows most like this one."),
    ] = None,
    curve: Annotated[
        str | None,
        typer.Option(
            help="Instead of a row: how the prediction answers to this column, over all rows."
        ),
    ] = None,
    target_class: Annotated[
        str | None,
        typer.Option(
            help="Class whose probability is shown; else the predicted one, of a curve the last."
        ),
    ] = None,
    inside: Annotated[
        str | None,
        typer.Option(
            help="Column whose picture is looked into; else that of a table without other columns."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Picture of the curve: PNG, SVG or PDF.")] = None,
    report: Page = None,
    allow_missing: AllowMissing = False,
    image_encoder: VisionFolder = None,
    text_encoder: LanguageFolder = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    missing: Missing = None,
    no_header: NoHeader = False,
    sheet: Sheet = None,
    decimal: Decimal = None,
    as_json: Json = False,
) -> None:
    """Show one row's forward propagation and what pushed it, or a column's response curve."""
    from pellucid.cli.commands import explain as command

    reading = how_to_read(
        delimiter, encoding, missing, no_header=no_header, sheet=sheet, decimal=decimal
    )
    if curve is None:
        if out is not None:
            raise OptionError("--out belongs to a curve: add --curve COLUMN.", option="out")
        command.explain(
            model,
            data,
            row,
            training=training,
            target_class=target_class,
            inside=inside,
            report=report,
            allow_missing=allow_missing,
            encoders=given_encoders(image_encoder, text_encoder),
            reading=reading,
            as_json=as_json,
        )
        return
    command.check_curve_alone(
        training=training, inside=inside, report=report, allow_missing=allow_missing or None
    )
    command.response(
        model,
        data,
        curve,
        target_class=target_class,
        encoders=given_encoders(image_encoder, text_encoder),
        out=out,
        reading=reading,
        as_json=as_json,
    )


@app.command()
def example(
    *,
    out: Annotated[Path, typer.Option(help="Picture to save: PNG, SVG or PDF.")] = Path(
        "gradient_descent.png"
    ),
    as_json: Json = False,
) -> None:
    """Gradient descent of one neuron, number by number: weight 5 learns to be 3."""
    from pellucid.cli.commands import example as command

    command.example(out, as_json=as_json)


@app.command()
def sample(
    name: SampleName,
    *,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
    as_json: Json = False,
) -> None:
    """Write a raw data set to disk, to try everything with."""
    from pellucid.samples import write_sample

    path = write_sample(name, out)
    print(json.dumps({"path": str(path)}) if as_json else printable(f"Wrote {path}"))
