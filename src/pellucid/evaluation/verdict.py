"""Who won, in plain words, and whether it means anything at this number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.evaluation.differences import Difference
from pellucid.evaluation.report import Judgement, Report
from pellucid.metrics import Score

IGNORANT = ("majority class", "mean")
CHEAPER = 2.0
FEWEST_ROWS = 20
SEVERAL = 5
"""So many flat algorithms are not named one by one."""
SHORTEST = 1e-3
"""Seconds below which times are not told apart."""


def verdict(report: Report) -> str:
    """Which algorithm to use on these rows, and why.

    Args:
        report: The network and others; their differences decide, not the scores' own intervals.
            Where something looked like leakage, nobody has won yet.
    """
    network, *flat = report.judgements
    flat = [judgement for judgement in flat if judgement.differences]
    if not flat or not network.scores:
        return ""
    if report.num_rows < FEWEST_ROWS:
        return (
            f"{report.num_rows} rows that judge are too few to tell who is better: give more rows, "
            "or let all of them judge, in folds."
        )
    found = _who_won(report, network, flat)
    failed = [judgement.name for judgement in report.judgements if judgement.failure]
    if failed:
        found += f" No result: {_listed(failed)}."
    if report.leaks:
        found = f"Not to be relied on until what looks like leakage is settled: {found}"
    return found


def _who_won(report: Report, network: Judgement, flat: Sequence[Judgement]) -> str:
    ignorant = next((judgement for judgement in flat if judgement.name in IGNORANT), None)
    able = [judgement for judgement in flat if judgement.name not in IGNORANT]
    winners = [judgement for judgement in able if _is_better(judgement)]
    if winners:
        return _flat_wins(report, _best(winners))
    if ignorant is not None and _is_better(ignorant):
        return _worse_than_nothing(report, ignorant)
    if ignorant is not None and not ignorant.differences[0].is_clear:
        return _nothing_learned(report, ignorant)
    rivals = [judgement for judgement in able if not judgement.differences[0].is_clear]
    if rivals:
        return _about_equal(report, network, _to_choose(rivals, network))
    return _network_wins(report, able or flat)


def _to_choose(rivals: Sequence[Judgement], network: Judgement) -> Judgement:
    """Of those as good as the network the cheapest, better one whose probabilities are, too.

    If none has as good a score, the best of them.
    """
    least = goodness(network.scores[0])
    as_good = [rival for rival in rivals if goodness(rival.scores[0]) >= least]
    if not as_good:
        return _best(rivals)
    return min(as_good, key=lambda rival: (_has_worse_log_loss(rival), rival.seconds))


def goodness(score: Score) -> float:
    """The score, or its negative where lower is better."""
    return score.value if score.higher_is_better else -score.value


def _best(judgements: Sequence[Judgement]) -> Judgement:
    return max(judgements, key=lambda judgement: goodness(judgement.scores[0]))


def best_score(judgements: Sequence[Judgement], place: int) -> float | None:
    """The best value of one score; None if there is nobody to be better than.

    Knowing nothing does not compete: it is well calibrated, and of no use.

    Args:
        judgements: Of everyone, the network's first.
        place: Which of the network's scores.
    """
    name = judgements[0].scores[place].name
    having = [
        score
        for judgement in judgements
        if judgement.name not in IGNORANT
        for score in judgement.scores
        if score.name == name
    ]
    return max(having, key=goodness).value if len(having) > 1 else None


def is_best(judgement: Judgement, score: Score, best: float | None) -> bool:
    """Whether one of an algorithm's scores is the best there is."""
    return judgement.name not in IGNORANT and score.value == best


def _is_better(judgement: Judgement) -> bool:
    """Whether it is clearly better than the network by the headline score."""
    difference, score = judgement.differences[0], judgement.scores[0]
    return difference.is_clear and (difference.value > 0) == score.higher_is_better


def _flat_wins(report: Report, best: Judgement) -> str:
    return (
        f"On these {report.num_rows:,} rows {best.name} is better than the network by "
        f"{_amount(best.differences[0])}: use it{_unless_probabilities_matter(best)}."
    )


def _nothing_learned(report: Report, ignorant: Judgement) -> str:
    start = (
        f"On these {report.num_rows:,} rows the network is not clearly better by "
        f"{ignorant.scores[0].name} than knowing nothing ({ignorant.name}), and no flat algorithm "
        "is clearly better than the network: "
    )
    if _has_worse_log_loss(ignorant):
        gain = _amount(ignorant.differences[1], is_named=False)
        return (
            f"{start}the answers say nothing new, but the probabilities do (its log-loss is better "
            f"by {gain})."
        )
    return (
        f"{start}the network found little in these columns that tells the target; they may say "
        "little, or the rows may be too few."
    )


def _worse_than_nothing(report: Report, ignorant: Judgement) -> str:
    return (
        f"On these {report.num_rows:,} rows the network is worse than knowing nothing "
        f"({ignorant.name}) by {_amount(ignorant.differences[0])}, and no flat algorithm is "
        "clearly better than the network: use none of them."
    )


def _network_wins(report: Report, flat: Sequence[Judgement]) -> str:
    best = _best(flat)
    tried = "every flat algorithm" if len(flat) >= SEVERAL else _listed([j.name for j in flat])
    next_one = f"; the next, {best.name}, is behind by" if len(flat) > 1 else ", which is behind by"
    return (
        f"On these {report.num_rows:,} rows the network is better than {tried}{next_one} "
        f"{_amount(best.differences[0])}: use the network."
    )


def _about_equal(report: Report, network: Judgement, best: Judgement) -> str:
    start = (
        f"On these {report.num_rows:,} rows {best.name} and the network cannot be told apart by "
        f"{best.scores[0].name} (difference {_interval(best.differences[0])})"
    )
    times = max(network.seconds, SHORTEST) / max(best.seconds, SHORTEST)
    if times >= CHEAPER:
        caveat = _unless_probabilities_matter(best)
        return (
            f"{start}, and {best.name} takes {times:,.0f} times less time to train: use "
            f"{best.name}{caveat}."
        )
    if times <= 1.0 / CHEAPER:
        return (
            f"{start}, and {best.name} takes {1.0 / times:,.0f} times more time to train: use the "
            "network."
        )
    return f"{start}, and both take about as long to train: use either."


def _unless_probabilities_matter(judgement: Judgement) -> str:
    """A caveat where the network's answers are no better but its probabilities are; or ""."""
    if not _has_worse_log_loss(judgement):
        return ""
    gain = _amount(judgement.differences[1], is_named=False)
    return f", unless probabilities matter: the network's log-loss is better by {gain}"


def _has_worse_log_loss(judgement: Judgement) -> bool:
    """Whether the network's log-loss is clearly better; False where there is none."""
    return any(d.name == "log-loss" and d.low > 0.0 for d in judgement.differences)


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
    return (f"{value:.3g}" if abs(value) < 1e3 else f"{value:,.0f}").replace("-", "−")


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
