"""Who won, in plain words, and whether it means anything at this number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.evaluation.differences import Difference
from pellucid.evaluation.report import Judgement, Report
from pellucid.metrics import Score

IGNORANT = ("majority class", "mean")
CHEAPER = 2.0


def verdict(report: Report) -> str:
    """Which algorithm to use on these rows, and why.

    Args:
        report: The network and others; their differences decide, not the scores' own intervals.
    """
    network, *flat = report.judgements
    flat = [judgement for judgement in flat if judgement.differences]
    if not flat or not network.scores:
        return ""
    best = max(flat, key=lambda judgement: goodness(judgement.scores[0]))
    if _is_better(best):
        return _flat_wins(report, best)
    ignorant = next((judgement for judgement in flat if judgement.name in IGNORANT), None)
    if ignorant is not None and not ignorant.differences[0].is_clear:
        return (
            f"On these {report.num_rows:,} rows nothing is clearly better than knowing nothing "
            f"({ignorant.name}): by {network.scores[0].name}, these columns say little about the "
            "target, or the rows are too few to tell."
        )
    if best.differences[0].is_clear:
        return _network_wins(report, best)
    return _about_equal(report, network, best)


def goodness(score: Score) -> float:
    """The score, or its negative where lower is better."""
    return score.value if score.higher_is_better else -score.value


def _is_better(judgement: Judgement, place: int = 0) -> bool:
    """Whether it is clearly better than the network by one of its scores."""
    difference, score = judgement.differences[place], judgement.scores[place]
    return difference.is_clear and (difference.value > 0) == score.higher_is_better


def _flat_wins(report: Report, best: Judgement) -> str:
    return (
        f"On these {report.num_rows:,} rows {best.name} is better than the network by "
        f"{_amount(best.differences[0])}: use it."
    )


def _network_wins(report: Report, best: Judgement) -> str:
    failed = [j.name for j in report.judgements if j.failure]
    others = f" (but {_listed(failed)} gave no result)" if failed else ""
    return (
        f"On these {report.num_rows:,} rows the network is better than every flat algorithm"
        f"{others}; the next, {best.name}, is behind by {_amount(best.differences[0])}: use the "
        "network."
    )


def _about_equal(report: Report, network: Judgement, best: Judgement) -> str:
    times = network.seconds / max(best.seconds, 1e-3)
    start = f"On these {report.num_rows:,} rows {best.name} is as good as the network by "
    why = f"{best.scores[0].name} (difference {_interval(best.differences[0])})"
    if times < CHEAPER:
        return f"{start}{why}, and costs about as much: these rows cannot tell which is better."
    advice = f"{start}{why} and {times:,.0f} times cheaper to train: use it"
    place = 1  # log-loss, for classes: probabilities may differ where the answers do not
    is_probability = best.scores[place].name == "log-loss"
    if not is_probability or not best.differences[place].is_clear or _is_better(best, place):
        return f"{advice}."
    return (
        f"{advice}, unless probabilities matter: the network's log-loss is better by "
        f"{_amount(best.differences[place], is_named=False)}."
    )


def _amount(difference: Difference, *, is_named: bool = True) -> str:
    """The size of a difference with its interval, e.g. "0.0116 accuracy (0.004 to 0.019)"."""
    ends = sorted((abs(difference.low), abs(difference.high)))
    name = f" {difference.name}" if is_named else ""
    return f"{_number(abs(difference.value))}{name} ({_number(ends[0])} to {_number(ends[1])})"


def _interval(difference: Difference) -> str:
    return (
        f"{_number(difference.value)}, 95 % interval {_number(difference.low)} to "
        f"{_number(difference.high)}"
    )


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
