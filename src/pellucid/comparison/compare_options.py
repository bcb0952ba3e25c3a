"""What can be asked of a comparison, judged before anything is read.

Nothing heavy is imported here, so that it is said at once.
"""

from __future__ import annotations

from pellucid.errors import OptionError
from pellucid.option_rules import Number


def check_judging(
    target: object, *, test: object, folds: object, by_time: object, grow: bool
) -> None:
    """Refuse a target that is not one, and rows that are to judge in two ways.

    Args:
        target: The column to predict.
        test: Another table that judges; None for none.
        folds: Number of folds; None for one split.
        by_time: Column or values by which the later rows judge; None for none.
        grow: Whether learning curves are asked for.

    Raises:
        OptionError: One of them cannot be, or not beside another.
    """
    if not isinstance(target, str):
        raise OptionError(
            f"target must be the name of one column, but is {target!r}. Compare on one target at "
            "a time.",
            option="target",
        )
    if folds is None:
        return
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise OptionError(
            f"folds must be a whole number of at least 2, but is {folds!r}.", option="folds"
        )
    if test is not None:
        raise OptionError(
            "Give a test table or folds, not both: with folds the rows judge themselves.",
            option="folds",
        )
    if grow:
        raise OptionError(
            "Learning curves need one split: leave folds out, or grow.", option="grow"
        )
    if by_time is not None:
        raise OptionError(
            "Give folds= or by_time=, not both: in folds, earlier rows would judge too.",
            option="folds",
        )


def check_times(time_limit: object, time_budget: object, *, grow: bool) -> None:
    """Refuse times that are none.

    Args:
        time_limit: Seconds one fit may take.
        time_budget: Seconds all of it may take; None for as long as it needs.
        grow: Whether learning curves are asked for.

    Raises:
        OptionError: One is not a number of seconds, or a budget is given for learning curves.
    """
    seconds = Number(above=0)
    for name, value in (("time_limit", time_limit), ("time_budget", time_budget)):
        if not seconds.accepts(value) and (name, value) != ("time_budget", None):
            raise OptionError(
                f"{name} must be a number of seconds above 0, but is {value!r}.", option=name
            )
    if grow and time_budget is not None:
        raise OptionError(
            "Learning curves take many trainings, for which a time_budget is no measure: give "
            "time_limit, the seconds of each, or leave out grow.",
            option="time_budget",
        )
