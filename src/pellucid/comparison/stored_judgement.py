"""The report in a model file, each field checked before it is believed."""

from __future__ import annotations

from typing import Any

from pellucid.comparison.differences import Difference
from pellucid.comparison.judgement import Judgement, Report
from pellucid.comparison.leakage import Question
from pellucid.data.grouping import Basis
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.tasks.metrics import Score


def report_from(plain: object) -> Report:
    """The report that was once written as plain data.

    Raises:
        ModelFileError: It is none.
    """
    report = Fields(plain, "the report")
    judgements = [_judgement(each) for each in report.inner_list("judgements")]
    if not judgements or judgements[0].failure:
        raise ModelFileError("The report does not judge the network.")
    names = {score.name for score in judgements[0].scores}
    for each in judgements:
        own = {score.name for score in each.scores} | {gap.name for gap in each.differences}
        if not own <= names:
            raise ModelFileError("The report has a score that the network does not have.")
    split = report.inner("split") if "split" in report else Fields({}, "the split")
    # What may be absent, older files do not say.
    return Report(
        rows=report.text("rows"),
        num_rows=report.whole("num_rows"),
        judgements=judgements,
        leaks=report.texts("leaks", default=[]),
        questions=[
            Question(column=each.text("column"), words=each.text("words"))
            for each in (report.inner_list("questions") if "questions" in report else ())
        ],
        unfinished=report.text("unfinished", default=""),
        split=_split(split),
    )


def _split(plain: Fields) -> Basis:
    by: Any = plain.text("by", among=("chance", "group", "time", "own"), default="chance")
    return Basis(
        by=by,
        column=plain.text("column", default=""),
        groups=plain.whole("groups", default=0),
        judging=plain.whole("judging", default=0),
        since=plain.text("since", default=""),
        repeated=plain.whole("repeated", default=0),
    )


def _judgement(plain: Fields) -> Judgement:
    differences = plain.inner_list("differences") if "differences" in plain else ()
    return Judgement(
        name=plain.text("name"),
        scores=[_score(each) for each in plain.inner_list("scores")],
        seconds=plain.number("seconds", at_least=0.0),
        failure=plain.text("failure", default=""),
        differences=[Difference(**_measured(each)) for each in differences],
        rows_per_second=plain.number("rows_per_second", at_least=0.0, default=0.0),
        size=plain.whole("size", default=0),
        threads=plain.whole("threads", at_least=1, default=1),
        rows=plain.whole("rows", default=0),
        cpu_seconds=None
        if plain.is_null("cpu_seconds")
        else plain.number("cpu_seconds", at_least=0.0),
    )


def _score(plain: Fields) -> Score:
    return Score(**_measured(plain), higher_is_better=plain.flag("higher_is_better"))


def _measured(plain: Fields) -> dict[str, Any]:
    """A value with its name and interval."""
    ends = {name: plain.number(name) for name in ("value", "low", "high")}
    return {"name": plain.text("name"), **ends}
