"""What the page says of columns, network and training, and how to do it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Evaluation, Result
from pellucid.comparison.fit_and_evaluate import TrainingResult
from pellucid.comparison.parts import fingerprint_of
from pellucid.data.kinds.kind import count_kinds
from pellucid.model.record import Record
from pellucid.report.blocks import Block, Chapter, Code, Fold, Grid, Picture, Words, capital, cut
from pellucid.report.figures import curves
from pellucid.report.network_diagram import draw_network, layer_facts
from pellucid.wording import count_of

MANY_COLUMNS = 25
MOST_COLUMNS = 200
MOST_EPOCHS_LISTED = 20


def columns_chapter(found: Result) -> Chapter:
    """What was read, and what was decided about each column."""
    schema = found.estimator.schema_
    first = (
        f"{len(schema.kept)} of {len(schema.columns)} columns besides the target are learned from: "
        f"{count_kinds(schema)}. What a column is was judged from its cells; a wrong guess can be "
        "overruled with the option columns."
    )
    notes = "; ".join(found.estimator.notes_)
    grid = Grid(
        caption="Columns, and what was decided",
        headings=["column", "kind", "why"],
        rows=[[cut(c.name), c.kind, cut(c.reason, 200)] for c in schema.columns[:MOST_COLUMNS]],
        texts=(1, 2),
    )
    blocks: list[Block] = [Words(text=first)]
    blocks += [Words(text=f"While reading: {cut(notes, 600)}.")] if notes else []
    if len(schema.columns) <= MANY_COLUMNS:
        blocks.append(grid)
    else:
        listed = f"the first {MOST_COLUMNS} of " if len(schema.columns) > MOST_COLUMNS else ""
        title = f"What was decided about {listed}{count_of(len(schema.columns), 'column')}"
        blocks.append(Fold(title=title, name="every-column", blocks=[grid]))
    return Chapter(name="columns", title="What was read and decided", blocks=blocks)


def network_chapter(found: TrainingResult | Comparison) -> Chapter:
    """The network drawn, and its sizes."""
    model = found.estimator.model_
    net = model.network
    facts = layer_facts(net, len(model.encoder.columns))
    title = "The network: columns, layers of neurons, output"
    is_an_ensemble = net.members > 1
    words = (
        "Every column becomes one or several inputs. Each neuron adds up what arrives, each times "
        "its weight, and passes the sum through its activation function. Drawn are the columns and "
        "neurons with the largest weights; a thick line is a large weight, a dashed one a "
        "negative one. From the columns, a line is the size of all weights of the column's inputs."
    )
    if is_an_ensemble:
        words += (
            f" {net.members} such networks (members) predict together, and their mean counts; "
            "the first one is drawn."
        )
    picture = Picture(
        title=title,
        svg=draw_network(model, output_names(found), title),
        words=words,
        numbers=Grid(
            caption="Numbers: layers of the network",
            headings=["layer", "neurons", "weights", "what it is"],
            rows=[
                [
                    fact.name,
                    f"{fact.neurons:,}",
                    "–" if fact.weights is None else f"{fact.weights:,}",
                    fact.words,
                ]
                for fact in facts
            ],
            texts=(3,),
        ),
        is_wide=True,
    )
    members = f", {net.members} members" if is_an_ensemble else ""
    return Chapter(
        name="network",
        title="The network",
        blocks=[Words(text=f"{count_of(len(net.weights), 'weight')}{members}."), picture],
    )


def output_names(found: TrainingResult | Comparison) -> list[str]:
    """What each output stands for: a class, a label or a number."""
    return found.estimator.model_.task.output_names(found.estimator.target_)


def training_chapter(found: TrainingResult | Comparison) -> Chapter:
    """Loss and score, epoch by epoch."""
    record = found.estimator.model_.record
    history, ended = record.history, record.ended
    epochs = [each.epoch for each in history]
    lines = [("training rows", epochs, [each.loss for each in history])]
    judged = [each.validation for each in history if each.validation is not None]
    mark = (ended.best_epoch, f"kept: epoch {ended.best_epoch}")
    if judged:
        lines.append(("validation rows", epochs, [each.loss for each in judged]))
    words = "The loss is what training makes small: how far predictions are from the truth. "
    words += (
        "On training rows it keeps falling; on validation rows, which are not learned from, it "
        "shows what is of use. The network of the epoch with the best validation is kept."
        if judged
        else "No validation rows were held back, so the last epoch's network is kept."
    )
    blocks: list[Block] = [
        Words(text=_training_words(record)),
        _curve_picture("loss", "Loss by epoch", lines, mark, words),
    ]
    if judged:
        name = found.estimator.model_.task.score_name
        scores = [(f"{name}, validation rows", epochs, [each.score for each in judged])]
        words = "The score a person cares about, on the validation rows, after each epoch."
        title = capital(f"{name} by epoch")
        blocks.append(_curve_picture("score", title, scores, mark, words))
    return Chapter(name="training", title="How it learned", blocks=blocks)


def _training_words(record: Record) -> str:
    ended, plan, rows = record.ended, record.plan, record.rows
    which = f": {record.split.words}" if record.split.words else ""
    text = (
        f"{count_of(ended.epochs, 'epoch')}, {count_of(ended.steps, 'step')} of "
        f"{count_of(plan.batch_size, 'row')}, "
        f"{ended.seconds:.1f} seconds ({ended.reason}). "
    )
    if record.folds:
        text += (
            f"The {rows.training:,} rows that differ are so few that each member left out a "
            "fold of its own to be judged by: all rows validated, each for the member that did not "
            "see it."
        )
    else:
        text += f"{count_of(rows.training, 'row')} learned, {rows.validation:,} validated"
        text += f"{which}."
    if len(record.tried) > 1:
        text += f" {len(record.tried)} ways to learn were tried, and the better was kept."
    return text


def _curve_picture(
    name: str,
    title: str,
    lines: Sequence[tuple[str, list[int], list[float]]],
    mark: tuple[float, str],
    words: str,
) -> Picture:
    up = "loss" if name == "loss" else lines[0][0]
    epochs = lines[0][1]
    step = -(-len(epochs) // MOST_EPOCHS_LISTED)
    listed = [
        i for i, epoch in enumerate(epochs) if i % step == 0 or epoch in (mark[0], epochs[-1])
    ]
    every = "" if step == 1 else f" (every {step}th, the kept one and the last)"
    return Picture(
        title=title,
        svg=curves(name, title, lines, across="epoch", up=up, mark=mark),
        words=words,
        numbers=Grid(
            caption=f"Numbers: {title}{every}",
            headings=["epoch", *(label for label, *_ in lines)],
            rows=[[str(epochs[i]), *(f"{ys[i]:.4g}" for _, _, ys in lines)] for i in listed],
        ),
    )


def _made_by(command: str, function: str) -> list[Block]:
    if command:
        return [Words(text="The command that made this page:"), Code(text=command)]
    return [Words(text=f"Made in Python, by pellucid.{function} and pellucid.write_report.")]


def judging_chapter(found: Evaluation, command: str) -> Chapter:
    """What is needed to judge a model the same way again."""
    record, rows = found.estimator.model_.record, found.judged.rows
    versions = ", ".join(f"{name} {number}" for name, number in record.versions.items())
    blocks: list[Block] = [
        *_made_by(command, "evaluate"),
        Words(
            text=f"The model learned from {record.rows.training:,} rows, with {versions}. "
            "The rows that judged are known by the first digits of their numbers' SHA-256: "
            f"{fingerprint_of([rows.numbers])}."
        ),
        Words(text=INTERVALS, style="note"),
    ]
    return Chapter(name="repeat", title="How to get these numbers again", blocks=blocks)


def repetition_chapter(found: TrainingResult | Comparison, command: str) -> Chapter:
    """What is needed to get the same numbers again."""
    record = found.estimator.model_.record
    function = "compare" if isinstance(found, Comparison) else "fit_and_evaluate"
    blocks: list[Block] = [
        *_made_by(command, function),
        Words(
            text=f"{_repeats(found)} "
            f"The rows that judged are known by the first digits of their numbers' SHA-256: "
            f"{found.fingerprint}."
        ),
        Grid(
            caption="Every option's value",
            headings=["option", "value"],
            rows=[[name, _plain(value)] for name, value in asdict(record.plan).items()],
            texts=(1,),
        ),
        Grid(
            caption="Versions and machine",
            headings=["what", "which"],
            rows=[
                *([name, version] for name, version in record.versions.items()),
                ["threads", str(record.threads)],
                ["products", record.products],
            ],
            texts=(1,),
        ),
        Words(text=INTERVALS, style="note"),
    ]
    return Chapter(name="repeat", title="How to get these numbers again", blocks=blocks)


def _repeats(found: TrainingResult | Comparison) -> str:
    if found.estimator.model_.record.ended.reason == "time budget spent":
        return (
            "Training was shortened to end in its time, so a quicker or a slower machine gives "
            "another network."
        )
    return "The same file, versions, number of threads and seed give the same network."


INTERVALS = (
    "How the intervals are made: all are for new rows from the same source, and say nothing about "
    "another training part or another seed. Accuracy: Wilson's interval (1927). AUC of two "
    "classes: Hanley and McNeil (1982). Means such as log-loss and RMSE: the normal interval of "
    "the rows' mean. Differences: the rows are drawn again and again, the same draws for both "
    "algorithms (paired bootstrap, Efron 1979). Importance: see there. The calibration error has "
    "no interval, since drawing rows again would make it larger than it is."
)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
