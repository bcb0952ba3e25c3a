"""What each command shows in a terminal: which content, in which order."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from pellucid.cli.screen import Text
from pellucid.cli.terminal import shown
from pellucid.comparison.verdict import verdict as verdict_on
from pellucid.data.sources.folder_sources import folder_source
from pellucid.report.content.cluster_figures import splits_table
from pellucid.report.content.cluster_learning import cluster_training_in_short
from pellucid.report.content.clustering import (
    beside_table,
    count_in_words,
    failures_of,
    labels_table,
    structure_in_words,
)
from pellucid.report.content.clusters import clusters_in_short
from pellucid.report.content.columns import columns_table, left_out, noticed, target_line, was_read
from pellucid.report.content.evaluation import (
    coverages_in_words,
    surprises_in_words,
    unlike_in_words,
)
from pellucid.report.content.example import formulas
from pellucid.report.content.explanation import explanation_parts
from pellucid.report.content.learning_curves import errors_table, laws_table
from pellucid.report.content.model import clustering_in_short, model_in_short
from pellucid.report.content.network import layers_table, network_size
from pellucid.report.content.prediction import predicted_in_words
from pellucid.report.content.scores import (
    costs_table,
    early_end,
    failures,
    few_photos,
    scores_in_short,
    scores_table,
    short_intervals,
    verdict_of,
    warnings_of,
)
from pellucid.report.content.training import training_in_short
from pellucid.report.elements import Element, Figure, Paragraph
from pellucid.report.numbers import size_of_file
from pellucid.training.events import ASKED_TO_END

if TYPE_CHECKING:
    from pellucid.comparison.clustering import ClusteringResult
    from pellucid.comparison.compare import Comparison
    from pellucid.comparison.evaluate import Evaluation
    from pellucid.comparison.leakage import Suspicions
    from pellucid.comparison.stages import LeaksSought, RowsRead
    from pellucid.data.kinds.column import Schema
    from pellucid.data.sources.table import Table
    from pellucid.estimators.description import ClusteringDescription, Description
    from pellucid.estimators.predict_file import Predicted
    from pellucid.estimators.predictor import Predictor
    from pellucid.explanation.explain import Explanation
    from pellucid.model.leaderboard import Leaderboard
    from pellucid.model.model import Model
    from pellucid.model.network_facts import NetworkFacts
    from pellucid.training.events import TrainingStarted, TrainingStopped

MOST_COLUMNS_SHOWN = 40
SPLITS_BEYOND = 4
"""So many clusters more than there are: up to there is told what splits."""
SEPARATOR = "\n       "
"""Between commands to copy, which stand below each other."""


def source(table: Table, targets: Sequence[str], kind: str, reason: str) -> RenderableType:
    """What was read, and what is learned."""
    return shown([was_read(table), *noticed(table.notes), target_line(targets, kind, reason)])


def more_notes(notes: Sequence[str], table: Table) -> RenderableType:
    """What was noticed after the table had been read."""
    return shown(noticed(_new_notes(notes, table)))


def _new_notes(notes: Sequence[str], table: Table) -> list[str]:
    return [note for note in notes if note not in table.notes]


def rows_read(event: RowsRead) -> RenderableType:
    """What was read and noticed before a training, what is learned, and who judges if said."""
    table, reading = event.table, event.reading
    return shown(
        [
            was_read(table),
            *noticed(table.notes),
            target_line(reading.target_names, event.kind, event.reason),
            *noticed(_new_notes(reading.notes, table)),
            *_led("Judges", event.words),
        ]
    )


def leaks_sought(event: LeaksSought) -> RenderableType:
    """How the time is shared if there is a budget, and what may be leakage."""
    return shown([*_led("Time", event.shares), *warnings_of(event.suspicions, as_flags=True)])


def read(table: Table) -> RenderableType:
    """What was read, and what was noticed while reading."""
    return shown([was_read(table), *noticed(table.notes)])


def _led(lead: str, text: str) -> list[Paragraph]:
    return [Paragraph(lead=lead, text=text)] if text else []


def rows_compared(event: RowsRead) -> RenderableType:
    """What was read and noticed before a comparison, what is learned, and who judges."""
    reading = event.reading
    return shown(
        [
            was_read(event.table),
            *noticed(reading.notes),
            *left_out(reading.schema),
            target_line(reading.target_names, event.kind, event.reason),
            *_led("Judges", event.words),
        ]
    )


def suspicions(found: Suspicions) -> RenderableType:
    """What looks like leakage, and columns to be asked about; nothing if there is neither."""
    return shown(warnings_of(found, as_flags=True))


def schema(columns: Schema, *, most: int | None = MOST_COLUMNS_SHOWN) -> RenderableType:
    """Each column's kind and the reason.

    Args:
        columns: The columns.
        most: How many are shown at most; None for all.
    """
    return shown(_schema(columns, most))


def _schema(columns: Schema, most: int | None) -> list[Element]:
    table = columns_table(columns, most=most)
    if table.rest:
        hint = f"{table.rest}: pellucid inspect, of the table or the model, shows them all"
        table = replace(table, rest=hint)
    return [replace(table, caption="")]


def network(facts: NetworkFacts, num_columns: int) -> RenderableType:
    """The layers with their sizes and numbers of weights."""
    return shown(_network(facts, num_columns))


def _network(facts: NetworkFacts, num_columns: int) -> list[Element]:
    table = replace(layers_table(facts, num_columns), caption="")
    return [*_led("Network", network_size(facts)), table]


def going_on(event: TrainingStarted, checkpoint: Path) -> RenderableType:
    """Where a training goes on, if it had begun and not ended."""
    if not event.step or event.reason is not None:
        return shown([])
    steps = f"step {event.step:,} of at most {event.num_steps:,}"
    return shown([Paragraph(text=f"Going on from {steps} in {checkpoint}")])


def kept(event: TrainingStopped, checkpoint: Path) -> RenderableType:
    """That a training can go on, if it was asked to end."""
    if event.reason not in ASKED_TO_END or not checkpoint.exists():
        return shown([])
    words = f"Kept {checkpoint} at step {event.step:,}: the same command goes on from it"
    return shown([Paragraph(text=words)])


def ending(model: Model) -> RenderableType:
    """How training went."""
    return shown(training_in_short(model.record, model.task, model.temperature))


def leaderboard(found: Leaderboard, verdict: str) -> RenderableType:
    """Every algorithm's scores with intervals, and who won."""
    return shown(scores_in_short(found, verdict))


def comparison(found: Comparison) -> RenderableType:
    """Scores, differences, costs, curves and the verdict."""
    growth = [] if found.growth is None else [errors_table(found.growth), laws_table(found.growth)]
    told = shown(
        [scores_table(found.leaderboard)],
        [
            costs_table(found.leaderboard, with_differences=True),
            *failures(found.leaderboard),
            *early_end(found.leaderboard),
        ],
        growth,
        [
            *verdict_of(found.verdict),
            *few_photos(found.leaderboard, as_flags=True),
            short_intervals(found.fingerprint),
        ],
    )
    return Group(Text(""), told)


def evaluation(found: Evaluation, table: Table) -> RenderableType:
    """What was read, scores on it, what sets and intervals held, and what is unlike training."""
    unlike = [] if found.unlike is None else [Paragraph(text=unlike_in_words(found.unlike))]
    return shown(
        [was_read(table), *noticed(found.notes)],
        [scores_table(found.leaderboard)],
        [
            *verdict_of(found.verdict),
            *coverages_in_words(found),
            *unlike,
            *surprises_in_words(found.surprises),
            short_intervals(),
        ],
    )


def inspection(found: Description, path: Path) -> RenderableType:
    """All a model file holds."""
    judged = found.record.leaderboard
    return shown(
        model_in_short(found, path),
        _schema(found.schema, None),
        [
            *_network(found.network, len(found.schema.kept)),
            *training_in_short(found.record, found.task, found.temperature),
        ],
        [] if judged is None else scores_in_short(judged, verdict_on(judged)),
    )


def clustering(found: ClusteringResult) -> RenderableType:
    """How many clusters, what each is, and whether k-means would do."""
    model = found.estimator.model_
    facts, labels = model.cluster_facts, found.against_labels
    told = shown(
        [
            count_in_words(model.record, len(found.names)),
            structure_in_words(found.structure),
        ],
        [] if facts is None else clusters_in_short(facts),
        [beside_table(found), *failures_of(found)],
        [] if labels is None else [labels_table(labels)],
        verdict_of(found.verdict),
    )
    return Group(Text(""), schema(found.estimator.schema_), Text(""), told)


def clustering_inspection(found: ClusteringDescription, path: Path) -> RenderableType:
    """All that a model file with clusters holds."""
    facts, k = found.cluster_facts, found.num_clusters
    splits = splits_table(found.tree, [] if facts is None else facts.names, k + SPLITS_BEYOND)
    return shown(
        clustering_in_short(found, path),
        [count_in_words(found.record, k)],
        [] if facts is None else clusters_in_short(facts),
        [replace(splits, caption="What splits with each further cluster")] if splits.rows else [],
        _schema(found.schema, None),
        _network(found.network, len(found.schema.kept)),
        cluster_training_in_short(found.record),
    )


def predicted(result: Predicted, out: Path) -> RenderableType:
    """What was predicted, and what was unlike the training rows."""
    return shown(predicted_in_words(result, out))


def explanation(found: Explanation, predictor: Predictor) -> RenderableType:
    """Forward propagation of one row, the columns' shares, and the rows most like it."""
    return shown(*explanation_parts(found, predictor))


def response(figure: Figure, picture: Path | None) -> RenderableType:
    """A response curve as a table."""
    notes = [figure.words, *([] if picture is None else [f"Picture: {picture}"])]
    return shown([figure, *(Paragraph(text=note, style="note") for note in notes)])


def example(figure: Figure, picture: Path) -> RenderableType:
    """The worked example, number by number."""
    table = replace(figure.numbers, caption="")
    return shown(formulas(), [table], [Paragraph(text=f"{figure.words} Picture: {picture}")])


def next_steps(out: Path, data: str, *, is_replaced: bool) -> str:
    """Where the model is, and commands to copy."""
    model, table = shlex.quote(str(out)), shlex.quote(data)
    commands = (
        f"pellucid explain {model} {table} --row 1",
        f"pellucid predict {model} {_new_rows(data)} --out predictions.csv",
    )
    return _saved(out, commands, is_replaced=is_replaced)


def next_steps_of_clusters(out: Path, data: str, *, is_replaced: bool) -> str:
    """The same for clusters."""
    model = shlex.quote(str(out))
    commands = (
        f"pellucid predict {model} {_new_rows(data)} --out clusters.csv",
        f"pellucid inspect {model}",
    )
    return _saved(out, commands, is_replaced=is_replaced)


def _new_rows(data: str) -> str:
    """A stand-in for what is to be predicted."""
    source = folder_source(Path(data).expanduser())
    return "NEW_ROWS.csv" if source is None else f"NEW_{source.medium.noun.upper()}S/"


def _saved(out: Path, commands: Sequence[str], *, is_replaced: bool) -> str:
    instead = ", in place of the file that was there" if is_replaced else ""
    return (
        f"Saved {out} ({size_of_file(out.stat().st_size)}){instead}\n"
        f"Next:  {SEPARATOR.join(commands)}"
    )
