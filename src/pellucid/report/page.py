"""One HTML file that tells it all: no scripts, no outside files; it opens from disk and prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Evaluation, Result
from pellucid.errors import OptionError
from pellucid.explanation.importance import importance
from pellucid.files.writing import written_whole
from pellucid.report.blocks import Chapter, cut
from pellucid.report.columns import influence_chapter
from pellucid.report.rows import (
    mistakes_chapter,
    reliability_chapter,
    residuals_chapter,
    surprises_chapter,
)
from pellucid.report.scoreboard import number
from pellucid.report.scores import (
    evaluation_chapter,
    growth_chapter,
    interval_text,
    scores_chapter,
)
from pellucid.report.training import (
    columns_chapter,
    judging_chapter,
    network_chapter,
    repetition_chapter,
    training_chapter,
)
from pellucid.tasks.answers import Finding
from pellucid.wording import printable, with_flags


def write_report(found: Result, path: str | Path, *, command: str = "") -> None:
    """Write a result as one HTML file that anyone can open, without network.

    Args:
        found: What `pellucid.fit_and_evaluate`, `pellucid.compare` or `pellucid.evaluate` returned.
        path: Where to; an existing file is replaced only when the new one is complete.
        command: The command line it was made by, to be shown; "" for none.

    Raises:
        OptionError: `found` is something else.
        DataError: The file cannot be written there.

    Example:
        >>> found = pellucid.compare("adult.csv", "income")     # doctest: +SKIP
        >>> pellucid.write_report(found, "adult.html")          # doctest: +SKIP
    """
    if not isinstance(found, Result):
        raise OptionError(
            "found must be what pellucid.fit_and_evaluate, pellucid.compare or pellucid.evaluate "
            f"returned, but is of type {type(found).__name__}. Call "
            "write_report(compare(data, target), path).",
            option="found",
        )
    text = page(found, command=command)
    with written_whole(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8")


def page(found: Result, *, command: str = "") -> str:
    """The whole page as text: the same for the same comparison.

    Args:
        found: What is told.
        command: The command line it was made by; "" for none.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    house = Environment(
        loader=PackageLoader("pellucid", "report/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    target = ", ".join(cut(name, 40) for name in found.estimator.target_)
    whole = house.get_template("page.html").render(
        title=f"{target}, predicted from {cut(found.table)}",
        verdict=found.verdict,
        judged=found.leaderboard.rows,
        scores=[
            (score.name, number(score.value), interval_text(score))
            for score in found.leaderboard.entries[0].scores
        ],
        leaks=[with_flags(leak) if command else leak for leak in found.leaderboard.leaks],
        questions=[
            with_flags(each.words) if command else each.words
            for each in found.leaderboard.questions
        ],
        chapters=chapters(found, command),
    )
    return printable(whole, keep="\n")


def chapters(found: Result, command: str) -> list[Chapter]:
    """What the page tells, in order: what matters to a reader in a hurry first."""
    if isinstance(found, Evaluation):
        on_rows = _on_rows(found)
        return [
            evaluation_chapter(found),
            *on_rows,
            columns_chapter(found),
            judging_chapter(found, command),
        ]
    told = [scores_chapter(found)]
    if isinstance(found, Comparison) and found.growth is not None:
        told.append(growth_chapter(found.growth))
    told += [columns_chapter(found), network_chapter(found), training_chapter(found)]
    if len(found.judged.rows):
        told += _on_rows(found)
    return [*told, repetition_chapter(found, command)]


def _on_rows(found: Result) -> list[Chapter]:
    """What the rows that judged show."""
    columns = importance(found.estimator.model_, found.unseen_rows)
    names = [column.name for column in columns]
    told = [CHAPTERS[finding](found, names) for finding in found.judged.task.findings]
    told.append(influence_chapter(found, columns))
    return told if found.estimator.private else [*told, surprises_chapter(found, names)]


CHAPTERS: dict[Finding, Callable[[Result, Sequence[str]], Chapter]] = {
    "mistakes": mistakes_chapter,
    "reliability": lambda found, _: reliability_chapter(found),
    "residuals": lambda found, _: residuals_chapter(found),
}
"""What is told of each finding that a task may have; the names are the columns' to show."""
