"""Numbers in columns: the same digits side by side, and nothing where there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from pellucid.cli import console
from pellucid.comparison.verdict import verdict
from pellucid.model.leaderboard import Difference, Entry, Leaderboard
from pellucid.report.numbers import alike, columns_alike, number
from pellucid.tasks.metrics import Score


def printed(part: RenderableType) -> list[str]:
    screen = Console(width=120)
    with screen.capture() as shown:
        screen.print(part)
    return shown.get().splitlines()


def score(value: float, low: float, high: float, *, higher: bool = False) -> Score:
    return Score(name="RMSE", value=value, low=low, high=high, higher_is_better=higher)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((9.87654, 10.1), ["9.8765", "10.1000"]),
        ((12.34, 1_500.0), ["12.3", "1,500.0"]),
        ((2.5e6, 1.25e7), ["2.5e+06", "1.25e+07"]),
        ((114_207.84, 1.2e6), ["114,207.8", "1,200,000.0"]),
        ((), []),
    ],
)
def test_numbers_of_one_column_have_the_same_digits(
    values: Sequence[float], expected: list[str]
) -> None:
    assert alike(values) == expected


@given(st.lists(st.floats(-9e5, 9e5), min_size=1))
def test_whatever_the_numbers_their_points_stand_below_each_other(values: list[float]) -> None:
    assert len({len(text.partition(".")[2]) for text in alike(values)}) == 1
    assert [number(values[0])] == alike(values[:1])


def test_each_column_has_digits_of_its_own() -> None:
    assert columns_alike([("a", (1.0, 200.0)), ("b", (22.0, 3_000.0))]) == [
        ["a", "1.0000", "200.0"],
        ["b", "22.0000", "3,000.0"],
    ]
    assert columns_alike([]) == []


REPORT = Leaderboard(
    rows="100 test rows",
    num_rows=100,
    entries=[
        Entry(
            name="network",
            scores=[score(9.5, 9.0, 10.0)],
            seconds=1.0,
            rows_per_second=1_000.0,
            size=2_048,
            rows=400,
        ),
        Entry(
            name="ridge",
            scores=[score(12.0, 11.0, 13.5)],
            seconds=0.1,
            rows_per_second=9_000.0,
            size=1_024,
            rows=400,
            differences=[Difference(name="RMSE", value=2.5, low=-0.25, high=11.0)],
        ),
        Entry(name="SVM", scores=[], seconds=60.0, failure="stopped at its time limit of 60 s"),
    ],
)


def test_scores_side_by_side_and_who_has_none() -> None:
    lines = printed(console.leaderboard(REPORT, verdict(REPORT)))
    assert lines[2].split() == ["network", "9.5000", "±0.500", "1.0"]
    assert lines[3].split() == ["ridge", "12.0000", "±1.500", "0.1"]
    assert lines[4].split() == ["SVM", "no", "result", "60.0"]
    assert "SVM: stopped at its time limit of 60 s." in lines
    assert not any("–" in line for line in lines)


def test_bold_is_the_best_of_its_column_and_nobody_else() -> None:
    screen = Console(width=120, force_terminal=True, color_system="standard", _environ={})
    with screen.capture() as text:
        screen.print(console.leaderboard(REPORT, verdict(REPORT)))
    network, ridge = text.get().splitlines()[2:4]
    assert "\x1b[1m 9.5000 ±0.500" in network
    assert not network.startswith("\x1b[1m")
    assert "\x1b[1m" not in ridge


def test_an_error_is_never_said_to_reach_below_zero() -> None:
    """Of few rows missed by far: 0.476 ± 0.7 would."""
    wide = replace(REPORT.entries[0], scores=[score(0.476, 0.196, 1.157)])
    board = replace(REPORT, entries=[wide])
    lines = printed(console.leaderboard(board, verdict(board)))
    assert lines[2].split()[:4] == ["network", "0.4760", "−0.280", "+0.681"]
