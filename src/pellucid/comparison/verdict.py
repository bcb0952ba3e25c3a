"""Who won, in plain words, and whether it means anything at this number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.comparison.algorithms import ALGORITHMS, BOOSTING, EARLY_STOPPED
from pellucid.model.leaderboard import (
    NETWORK,
    ComparedPictures,
    Difference,
    Entry,
    Leaderboard,
)
from pellucid.tasks.choice import TASKS
from pellucid.tasks.metrics import LOG_LOSS, Score
from pellucid.wording import count_of, quote

CHEAPER = 3.0
"""Processors' seconds are measured beside other work: smaller factors are not told apart."""
FEWEST_ROWS_FOR_A_VERDICT = 20
SEVERAL = 5
"""So many flat algorithms are not named one by one."""
SHORTEST = 1e-2
"""Seconds below which times are not told apart."""


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What the rows say, and what follows from it.

    Attributes:
        finding: A sentence without its full stop.
        use: What to use; "" if nothing is advised.
        note: What else is to be said of the advice.
    """

    finding: str
    use: str = ""
    note: str = ""


def verdict(board: Leaderboard) -> str:
    """Which algorithm to use on these rows, and why.

    Nothing is advised where something looks like leakage, where the network was not trained to its
    end and is not ahead all the same, or where its strongest opponent gave no result.

    Args:
        board: The network and others; their differences decide, not the scores' own intervals.
    """
    network, *flat = board.entries
    flat = [entry for entry in flat if entry.differences]
    if not flat or not network.scores:
        is_cut = network.scores and board.unfinished
        return f"The network's training was not finished: {board.unfinished}." if is_cut else ""
    if board.num_rows < FEWEST_ROWS_FOR_A_VERDICT:
        return (
            f"{_rows(board)} that judge are too few to tell who is better: give more rows, or let "
            "all of them judge, in folds."
        )
    found = _in_words(board, _who_won(board, network, flat))
    failed = [entry.name for entry in board.entries if entry.failure]
    if failed:
        found += f" No result: {_listed(failed)}."
    if board.pictures is not None:
        found += _on_pixels(board, board.pictures)
    if board.texts:
        found += _on_terms(board)
    if board.split.by == "group":
        found += (
            " Intervals take rows for independent, and rows of a group are not: with few groups, "
            "all this is less sure than it looks."
        )
    return found


def knows_nothing(name: str) -> bool:
    """Whether an algorithm of this name predicts the same for every row: a task's `prior`.

    Whoever is no better, like scikit-learn's DummyClassifier, learned nothing.
    """
    return name in {task.prior_name for task in TASKS.values()}


def _in_words(board: Leaderboard, outcome: _Outcome) -> str:
    """The finding, and the advice where nothing speaks against any."""
    found = outcome.finding
    if board.leaks:
        unsettled = "Not to be relied on until what looks like leakage is settled; so far no advice"
        return f"{unsettled}. {found}{_unfinished(board)}."
    if board.unfinished and outcome.use != NETWORK:
        wait = " Give it more time before choosing." if outcome.use else ""
        return f"{found}{_unfinished(board)}.{wait}"
    if outcome.use == NETWORK and not _has_fairest(board):
        return (
            f"{found}. Its fairest {_opponents(_fairest(board))}, gave no result, so that this is "
            "no advice."
        )
    if not outcome.use:
        return f"{found}{outcome.note}."
    name = "the network" if outcome.use == NETWORK else outcome.use
    return f"{found}: use {name}{outcome.note}{_provided(board)}{_unfinished(board)}."


def _unfinished(board: Leaderboard) -> str:
    return f"; but its training was not finished: {board.unfinished}" if board.unfinished else ""


def _provided(board: Leaderboard) -> str:
    """What must be so for the advice to hold."""
    if not board.questions:
        return ""
    names = _listed([repr(question.column) for question in board.questions])
    is_or_are = "is" if len(board.questions) == 1 else "are"
    return f", provided that {names} {is_or_are} known before the target is"


def _has_fairest(board: Leaderboard) -> bool:
    """Whether its fairest opponent has scores; on pictures alone there is none."""
    names = _fairest(board)
    return not names or any(entry.scores for entry in board.entries if entry.name in names)


def _fairest(board: Leaderboard) -> list[str]:
    """Early-stopped boosting; of texts those that get what each term weighs, as the network does.

    On pictures alone boosting does not compete.
    """
    names = [entry.name for entry in board.entries]
    if board.texts:
        return [name for name in names if name in ALGORITHMS and ALGORITHMS[name].weighs_terms]
    return [] if board.pictures is not None and EARLY_STOPPED not in names else [EARLY_STOPPED]


def _opponents(names: Sequence[str]) -> str:
    return f"opponent{'s' if len(names) > 1 else ''}, {_listed(names)}"


def _on_terms(board: Leaderboard) -> str:
    """What flat algorithms got of texts, and what nobody was compared with."""
    names = [entry.name for entry in board.entries if entry.name in ALGORITHMS and entry.scores]
    learning = [name for name in names if ALGORITHMS[name].most_terms]
    if not learning:
        return ""
    columns = [f"{count_of(text.terms, 'term')} of {quote(text.column)}" for text in board.texts]
    weighing = [name for name in learning if ALGORITHMS[name].weighs_terms]
    who = _listed(weighing) if weighing else "nobody"
    others = "; the others got its first components" if len(weighing) < len(learning) else ""
    encoded = [quote(text.column) for text in board.texts if text.is_encoded]
    models = (
        f"All got what the text encoder makes of {_listed(encoded)}, too."
        if encoded
        else "Language models that were trained on other texts were not compared."
    )
    who_got = f"{who} got TF-IDF, as the network did ({_listed(columns)}){others}"
    return f" Of the texts, {who_got}. {models}"


def _on_pixels(board: Leaderboard, pictures: ComparedPictures) -> str:
    """What flat algorithms saw of pictures, and what nobody was compared with."""
    height, width, colors = pictures.flat_size
    color = "grey" if colors == 1 else "in color"
    names = {entry.name for entry in board.entries}
    boosting = "; boosting got the other columns alone" if names & {BOOSTING, EARLY_STOPPED} else ""
    return (
        f" Of the pictures, flat algorithms got the pixels, {height} × {width} and {color}"
        f"{boosting}. Features made by hand, such as HOG, were not compared."
    )


def _who_won(board: Leaderboard, network: Entry, flat: Sequence[Entry]) -> _Outcome:
    constant = next((entry for entry in flat if knows_nothing(entry.name)), None)
    able = [entry for entry in flat if not knows_nothing(entry.name)]
    winners = [entry for entry in able if _is_better(entry)]
    if winners:
        return _flat_wins(board, _best(winners))
    if constant is not None and _is_better(constant):
        return _worse_than_nothing(board, constant)
    if constant is not None and not constant.differences[0].is_clear:
        return _nothing_learned(board, constant)
    rivals = [entry for entry in able if not entry.differences[0].is_clear]
    if rivals:
        return _about_equal(board, network, _to_choose(rivals, network))
    return _network_wins(board, able or flat)


def _to_choose(rivals: Sequence[Entry], network: Entry) -> Entry:
    """Of those as good as the network the best of the cheap; if there are none, the best.

    Rather one whose probabilities are as good too.
    """
    least = goodness(network.scores[0])
    as_good = [rival for rival in rivals if goodness(rival.scores[0]) >= least]
    as_good = [r for r in as_good if _worse_log_loss(r) is None] or as_good
    if not as_good:
        return _best(rivals)
    cheapest = min(_cost(rival) for rival in as_good)
    return _best([rival for rival in as_good if _cost(rival) < CHEAPER * cheapest])


def _cost(entry: Entry) -> float:
    """Processors' seconds of its training; the same for all in older files, which do not say."""
    return max(entry.cpu_seconds or 0.0, SHORTEST)


def goodness(score: Score) -> float:
    """The score, or its negative where lower is better."""
    return score.value if score.higher_is_better else -score.value


def _best(entries: Sequence[Entry]) -> Entry:
    return max(entries, key=lambda entry: goodness(entry.scores[0]))


def best_score(entries: Sequence[Entry], place: int) -> float | None:
    """The best value of one score; None if there is nobody to be better than.

    Knowing nothing does not compete: it is well calibrated, and of no use.

    Args:
        entries: Of everyone, the network's first.
        place: Which of the network's scores.
    """
    name = entries[0].scores[place].name
    having = [
        score
        for entry in entries
        if not knows_nothing(entry.name)
        for score in entry.scores
        if score.name == name
    ]
    return max(having, key=goodness).value if len(having) > 1 else None


def is_best(entry: Entry, score: Score, best: float | None) -> bool:
    """Whether one of an algorithm's scores is the best there is."""
    return not knows_nothing(entry.name) and score.value == best


def _is_better(entry: Entry) -> bool:
    """Whether it is clearly better than the network by the headline score."""
    difference, score = entry.differences[0], entry.scores[0]
    return difference.is_clear and (difference.value > 0) == score.higher_is_better


def _flat_wins(board: Leaderboard, best: Entry) -> _Outcome:
    return _Outcome(
        finding=f"On these {_rows(board)} {best.name} is better than the network by "
        f"{_amount(best.differences[0])}",
        use=best.name,
        note=_unless_probabilities_matter(best),
    )


def _nothing_learned(board: Leaderboard, constant: Entry) -> _Outcome:
    start = (
        f"On these {_rows(board)} the network is not clearly better by "
        f"{constant.scores[0].name} than knowing nothing ({constant.name}), and no flat algorithm "
        "is clearly better than the network: "
    )
    worse = _worse_log_loss(constant)
    if worse is not None:
        gain = _amount(worse, is_named=False)
        found = (
            "the answers say nothing new, but the probabilities do (its log-loss is better by "
            f"{gain})"
        )
    else:
        found = (
            "the network found little in these columns that tells the target; they may say "
            "little, or the rows may be too few"
        )
    return _Outcome(finding=start + found)


def _worse_than_nothing(board: Leaderboard, constant: Entry) -> _Outcome:
    return _Outcome(
        finding=f"On these {_rows(board)} the network is worse than knowing nothing "
        f"({constant.name}) by {_amount(constant.differences[0])}, and no flat algorithm is "
        "clearly better than the network",
        note=": use none of them",
    )


def _network_wins(board: Leaderboard, flat: Sequence[Entry]) -> _Outcome:
    best = _best(flat)
    next_one = f"; the next, {best.name}, is behind by" if len(flat) > 1 else ", which is behind by"
    return _Outcome(
        finding=f"On these {_rows(board)} the network is better than "
        f"{_beaten(flat, is_tuned=bool(board.texts))}{next_one} "
        f"{_amount(best.differences[0])}",
        use=NETWORK,
    )


def _beaten(flat: Sequence[Entry], *, is_tuned: bool) -> str:
    """Who was, and with which settings: on texts with some that are none of the defaults."""
    usual = [each.name for each in flat if each.name != EARLY_STOPPED]
    has_fairest = len(usual) < len(flat)
    if len(flat) >= SEVERAL:
        but = f", but for {EARLY_STOPPED}" if has_fairest else ""
        return f"every flat algorithm{'' if is_tuned else f' (at default settings{but})'}"
    named = [_listed(usual) + ("" if is_tuned else " at default settings")] if usual else []
    return " and than ".join([*named, *([EARLY_STOPPED] if has_fairest else [])])


def _about_equal(board: Leaderboard, network: Entry, best: Entry) -> _Outcome:
    start = (
        f"On these {_rows(board)} {best.name} and the network cannot be told apart by "
        f"{best.scores[0].name} (difference {_interval(best.differences[0])})"
    )
    if board.unfinished:  # what was cut short says nothing about who is quicker
        return _Outcome(finding=start, use=best.name)
    times = _cost(network) / _cost(best)
    measured = "processor time to train, as measured here"
    if times >= CHEAPER:
        return _Outcome(
            finding=f"{start}, and {best.name} takes {times:,.0f} times less {measured}",
            use=best.name,
            note=_unless_probabilities_matter(best),
        )
    if times <= 1.0 / CHEAPER:
        return _Outcome(
            finding=f"{start}, and {best.name} takes {1.0 / times:,.0f} times more {measured}",
            use=NETWORK,
        )
    return _Outcome(finding=f"{start}, nor clearly by what their training took", use="either")


def _unless_probabilities_matter(entry: Entry) -> str:
    """A caveat where the network's answers are no better but its probabilities are; or ""."""
    worse = _worse_log_loss(entry)
    if worse is None:
        return ""
    gain = _amount(worse, is_named=False)
    return f", unless probabilities matter: the network's log-loss is better by {gain}"


def _worse_log_loss(entry: Entry) -> Difference | None:
    """How much the network's log-loss is clearly better; None if it is not, or there is none."""
    return next((d for d in entry.differences if d.name == LOG_LOSS and d.low > 0.0), None)


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


def _rows(board: Leaderboard) -> str:
    return count_of(board.num_rows, "row")


def _number(value: float) -> str:
    return (f"{value:.3g}" if abs(value) < 1e3 else f"{value:,.0f}").replace("-", "−")


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
