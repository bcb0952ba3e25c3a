"""The description's example, number by number."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from pellucid import OptionError
from pellucid.example import descend
from pellucid.report.content.example import descent_figure
from pellucid.report.picture_file import save_figure


def test_the_numbers_of_the_description() -> None:
    first = descend()[0]
    assert (first.weight, first.prediction, first.loss) == (5.0, 10.0, 8.0)
    assert first.slope == 8.0
    assert first.next_weight == pytest.approx(4.2)


def test_the_weight_goes_to_three() -> None:
    steps = descend(num_steps=60)
    assert steps[-1].next_weight == pytest.approx(3.0)
    assert all(later.loss <= earlier.loss for earlier, later in pairwise(steps))


def test_too_large_a_rate_runs_away() -> None:
    assert abs(descend(learning_rate=0.6)[-1].next_weight - 3.0) > 2.0


def test_the_picture_is_written(tmp_path: Path) -> None:
    save_figure(descent_figure(descend()), tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"must end with one of \.png, \.svg, \.pdf"):
        save_figure(descent_figure(descend()), tmp_path / "p.xyz")
