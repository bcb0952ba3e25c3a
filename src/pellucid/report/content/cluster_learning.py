"""What is said of how clusters were learned."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.model.cluster_record import ClusterRecord, Stage
from pellucid.report.elements import Element, Figure, Paragraph, Section, Table
from pellucid.report.figures import Curves, Line
from pellucid.wording import count_of

MOST_EPOCHS_LISTED = 20
TITLES = {
    "contrast": "Contrast: two views of a row become alike",
    "student": "Student: the network learns the clusters and the map",
}
WORDS = {
    "contrast": (
        "Two views of each row of a batch are made by chance; the loss is how hard it is to tell "
        "the other view of a row from the views of other rows. As many views make it larger, its "
        "height alone says little: what counts is that it falls."
    ),
    "student": (
        "The loss is how far the network's probabilities are from the teacher's (cross-entropy, "
        "which the teacher's own doubt keeps above 0), and its places on the map from where "
        "neighbors were laid."
    ),
}
TEACHERS = {
    "Gaussian mixture": (
        "The teacher is a Gaussian mixture of the rows, laid out in ten dimensions so that near "
        "rows of the embedding are near each other"
    ),
    "spherical k-means": "The teacher is k-means of the directions of the embedding",
    "consensus": (
        "The teacher is a vote of several ways to cluster, of the columns as they are and of the "
        "embedding"
    ),
}
"""What found the clusters, in words."""


def cluster_training_section(record: ClusterRecord) -> Section:
    """How clusters were learned, and the loss of each training by epoch.

    Args:
        record: How they were learned.
    """
    elements: list[Element] = [Paragraph(text=" ".join(f"{each}." for each in _steps(record)))]
    elements += [_loss_figure(stage) for stage in record.stages]
    return Section(name="training", title="How it learned", elements=elements)


def cluster_training_in_short(record: ClusterRecord) -> list[Paragraph]:
    """How clusters were learned, a line for each step.

    Args:
        record: How they were learned.
    """
    return [Paragraph(text=each) for each in _steps(record)]


def _steps(record: ClusterRecord) -> list[str]:
    """Encoder, teacher, student and cost, each a sentence without a full stop."""
    by_name = {stage.name: stage for stage in record.stages}
    contrast, student = by_name.get("contrast"), by_name.get("student")
    taught = count_of(record.taught, "row")
    if contrast is None:
        first = "The encoder was not trained by contrast, since columns are few"
    else:
        first = f"The encoder learned from two views of each row: {_went(contrast)}"
    found = f"{TEACHERS[record.teacher]}; it clustered {taught} of {record.rows:,}"
    steps = [first, found]
    if student is not None:
        steps.append(f"The network then learned the teacher's clusters: {_went(student)}")
    cost, plan = record.cost, record.plan
    threads = count_of(max(stage.threads for stage in record.stages), "thread")
    steps.append(
        f"All of it took {cost.seconds:,.1f} s ({cost.cpu_seconds:,.1f} s of processors), with "
        f"{threads}, device {plan.device}"
    )
    return steps


def _went(stage: Stage) -> str:
    ended = stage.ended
    return (
        f"{count_of(ended.epochs, 'epoch')}, {count_of(ended.steps, 'step')} in "
        f"{ended.seconds:,.1f} s ({ended.reason})"
    )


def _loss_figure(stage: Stage) -> Figure:
    """The loss by epoch."""
    epochs = list(range(1, len(stage.losses) + 1))
    return Figure(
        name=f"loss-{stage.name}",
        title=TITLES[stage.name],
        drawing=Curves(
            lines=[Line(label="loss", x=epochs, y=stage.losses)], x_label="epoch", y_label="loss"
        ),
        words=WORDS[stage.name],
        numbers=_losses_table(stage, epochs),
    )


def _losses_table(stage: Stage, epochs: Sequence[int]) -> Table:
    step = -(-len(epochs) // MOST_EPOCHS_LISTED)
    listed = [epoch for epoch in epochs if (epoch - 1) % step == 0 or epoch == epochs[-1]]
    every = "" if step == 1 else f" (every {step}th, and the last)"
    return Table(
        caption=f"Numbers: {stage.name} loss by epoch{every}",
        headings=["epoch", "loss"],
        rows=[[f"{epoch}", f"{stage.losses[epoch - 1]:.4g}"] for epoch in listed],
    )
