"""What is said of predictions that were written to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.report.content.columns import noticed
from pellucid.report.content.evaluation import surprises_in_words, unlike_in_words
from pellucid.report.elements import Paragraph, cut
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.estimators.predict_file import Predicted


def predicted_in_words(found: Predicted, out: Path) -> list[Paragraph]:
    """What was predicted, and what was unlike the training rows.

    Args:
        found: What was done.
        out: The file.
    """
    kept = f", with {', '.join(found.kept)}" if found.kept else ""
    lines = [Paragraph(text=f"Predicted {count_of(found.rows, 'row')} into {out}{kept}")]
    if found.counts:
        counts = ", ".join(f"{cut(name)} {count:,}" for name, count in found.counts.items())
        lines.append(Paragraph(text=f"Rows of each: {counts}"))
    lines += noticed(found.notes)
    lines += surprises_in_words(found.surprises)
    if found.interval is not None:
        text = (
            f"the intervals or sets hold the truth for {100 * found.interval:g} % of rows like "
            "the training's"
        )
        lines.append(Paragraph(text=text, style="detail"))
    if found.unlike is not None:
        text = f"{unlike_in_words(found.unlike)}; a column says why"
        lines.append(Paragraph(text=text, style="detail"))
    return lines
