"""What is said of a training: how it went, and loss and score epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.model.record import JUDGED_OF_AN_EPOCH
from pellucid.report.elements import Element, Figure, Paragraph, Section, Table, capital
from pellucid.report.figures import Curves, Line
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.estimators.predictor import Predictor
    from pellucid.model.cluster_record import ClusterRecord
    from pellucid.model.record import Attempt, Record
    from pellucid.tasks.task import Task

MOST_EPOCHS_LISTED = 20


def training_section(predictor: Predictor) -> Section:
    """Loss and score, epoch by epoch.

    Args:
        predictor: The model.
    """
    record = predictor.model_.record
    history, best = record.history, record.ended.best_epoch
    epochs = [each.epoch for each in history]
    lines = [Line(label="training rows", x=epochs, y=[each.loss for each in history])]
    judged = [each.validation for each in history if each.validation is not None]
    if judged:
        losses = [each.loss for each in judged]
        lines.append(Line(label="validation rows", x=epochs, y=losses))
    words = (
        "The loss is what training makes small: how far predictions are from the truth. On "
        "training rows it is that of the weights themselves, step by step and with dropout. "
    )
    if not judged:
        words += "No validation rows were held back, so the last epoch's network is kept."
    else:
        words += LET_DOWN if record.plan.schedule == "linear" else AVERAGED
    elements: list[Element] = [
        Paragraph(text=_went_and_rows(record)),
        _by_epoch("loss", "loss", lines, best, words),
    ]
    if judged:
        name = predictor.model_.task.score_name
        label = f"{name}, validation rows"
        scores = [Line(label=label, x=epochs, y=[each.score for each in judged])]
        words = "The score a person cares about, on the validation rows, after each epoch."
        elements.append(_by_epoch("score", name, scores, best, words))
    return Section(name="training", title="How it learned", elements=elements)


AVERAGED = (
    "On validation rows, which are not learned from, it is that of the running average of the "
    "weights, without dropout, and may well be the lower one: it shows what is of use. The "
    "average is kept of the epoch where it is best. Training ends at the latest when the last "
    "third of its epochs gained hardly anything, or after the last planned one."
)
LET_DOWN = (
    "On validation rows, which are not learned from, it is that of the same weights, with nothing "
    "dropped or changed at random, and may well be the lower one: it shows what is of use. After "
    f"an epoch {JUDGED_OF_AN_EPOCH:,} of them judge at most. The steps became smaller and smaller, "
    "down to 0 with the last one, so the last epoch's network is kept."
)


def _went_and_rows(record: Record) -> str:
    rows = record.rows
    text = f"{went(record)}. "
    if record.folds:
        text += (
            f"The {rows.training:,} rows that differ are so few that each member left out a "
            "fold of its own to be judged by: all rows validated, each for the member that did not "
            "see it."
        )
    else:
        text += f"{count_of(rows.training, 'row')} learned, {rows.validation:,} validated"
        text += f"{_basis(record)}."
    if len(record.tried) > 1:
        text += f" {len(record.tried)} ways to learn were tried, and the better was kept."
    return text


def went(record: Record) -> str:
    """How long training took and why it ended, without a full stop."""
    ended = record.ended
    return (
        f"Trained {count_of(ended.epochs, 'epoch')}, {count_of(ended.steps, 'step')} of "
        f"{count_of(record.plan.batch_size, 'row')} in {ended.seconds:.1f} s "
        f"({ended.reason}); kept epoch {ended.best_epoch}"
    )


def _basis(record: Record) -> str:
    return f": {record.split.words}" if record.split.words else ""


def rows_in_short(record: Record) -> str:
    """How many rows learned and validated."""
    rows = record.rows
    count = count_of(rows.training, "row")
    return f"Trained on {count}, judged by {rows.validation:,}{_basis(record)}"


def versions(record: Record | ClusterRecord) -> str:
    """What a model was made with."""
    return ", ".join(f"{name} {number}" for name, number in record.versions.items())


def training_in_short(record: Record, task: Task, temperature: float) -> list[Paragraph]:
    """How training went, on what, and what was tried.

    Args:
        record: Of the training.
        task: What was learned.
        temperature: Of its probabilities, if it has some.
    """
    threads, device = count_of(record.threads, "thread"), record.plan.device
    products = f"{record.products} products"
    warmth = f"; temperature {temperature:.2f}" if task.has_temperature else ""
    lines = [f"{threads}, {products}, device {device}{warmth}"]
    tried = record.tried
    if len(tried) > 1:
        ways = ", ".join(f"{_way(way)} {way.validation_error:.4g}" for way in tried)
        total = sum(way.seconds for way in tried)
        lines.append(f"tried {len(tried)} ways in {total:.1f} s, validation error: {ways}")
    return [Paragraph(text=went(record)), *(Paragraph(text=t, style="detail") for t in lines)]


def _way(way: Attempt) -> str:
    if way.is_log:
        return "as logarithm"
    if way.hidden_layers == 0:
        return "without hidden layers"
    return f"weight decay {way.weight_decay:g}"


def _by_epoch(name: str, what: str, lines: Sequence[Line], best: int, words: str) -> Figure:
    """Lines over the epochs, with the one that was kept."""
    title = capital(f"{what} by epoch")
    epochs = lines[0].x
    step = -(-len(epochs) // MOST_EPOCHS_LISTED)
    listed = [
        place
        for place, epoch in enumerate(epochs)
        if place % step == 0 or epoch in (best, epochs[-1])
    ]
    every = "" if step == 1 else f" (every {step}th, the kept one and the last)"
    return Figure(
        name=name,
        title=title,
        drawing=Curves(
            lines=lines,
            x_label="epoch",
            y_label="loss" if name == "loss" else lines[0].label,
            mark=(best, f"kept: epoch {best}"),
        ),
        words=words,
        numbers=Table(
            caption=f"Numbers: {title}{every}",
            headings=["epoch", *(line.label for line in lines)],
            rows=[
                [f"{epochs[place]:.0f}", *(f"{line.y[place]:.4g}" for line in lines)]
                for place in listed
            ],
        ),
    )
