"""What a fitted estimator shows of itself: a few lines, however many columns it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pellucid.data.kinds.column import Schema
from pellucid.model.model import Model
from pellucid.wording import count_of, quote_all

FEW_NAMES = 4


def summarize(model: Model, schema: Schema, targets: Sequence[str]) -> Iterator[str]:
    """Yield what a model predicts from which columns, and how well it did in training.

    Args:
        model: The trained model.
        schema: What its columns are.
        targets: Names of what it predicts; none if they had none.
    """
    columns = [column.name for column in schema.kept]
    plural = "s" if len(columns) > 1 else ""
    yield f"predicts {_few(targets) or 'y'} from {len(columns):,} column{plural}: {_few(columns)}"
    judged = model.record.validation
    if judged is not None and model.conformal is not None:  # None after partial_fit: other weights
        title = model.task.loss_title
        loss = f", {title} {judged.loss:.4g}" if title else ""
        score = f"{model.task.score_name} {judged.score:.4g}{loss}"
        yield f"{score} on {count_of(judged.rows, 'row')} that judged its training"


def _few(names: Sequence[str]) -> str:
    """The first of some names."""
    return quote_all(names[:FEW_NAMES]) + (", …" if len(names) > FEW_NAMES else "")
