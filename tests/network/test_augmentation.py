"""Pictures moved, mirrored, cropped and recolored: what is drawn stays what it was."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.network.augmentation import (
    cropped_at_random,
    jittered_at_random,
    mirrored,
    shifted_at_random,
    views,
    warped_at_random,
)


def drawn(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def test_beyond_the_border_a_picture_is_mirrored() -> None:
    assert mirrored(torch.arange(-3, 7), 4).tolist() == [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]
    assert mirrored(torch.arange(-2, 3), 1).tolist() == [0] * 5


def test_each_picture_is_moved_by_itself_and_each_way_occurs() -> None:
    picture = torch.randint(256, (6, 5, 2), generator=drawn()).to(torch.uint8)
    padded = functional.pad(picture.permute(2, 0, 1).float(), (1, 1, 1, 1), mode="reflect")
    expected = {
        tuple(padded[:, top : top + 6, left : left + 5].permute(1, 2, 0).flatten().tolist())
        for top in range(3)
        for left in range(3)
    }

    moved = shifted_at_random(picture.expand(200, -1, -1, -1), 1, flips=False, generator=drawn())

    assert moved.dtype == torch.uint8
    assert {tuple(each.flatten().float().tolist()) for each in moved} == expected


def test_half_of_the_pictures_are_mirrored_left_to_right() -> None:
    picture = torch.arange(12.0).view(1, 2, 3, 2)

    found = shifted_at_random(picture.expand(400, -1, -1, -1), 0, flips=True, generator=drawn())

    is_same = (found == picture).flatten(1).all(dim=1)
    is_mirrored = (found == picture.flip(2)).flatten(1).all(dim=1)
    assert (is_same | is_mirrored).all()
    assert 150 < int(is_mirrored.sum()) < 250


def test_a_crop_has_the_size_asked_for_and_no_colors_of_its_own() -> None:
    even = torch.full((3, 1, 9, 9), 77.0)

    found = cropped_at_random(even, 0.5, (4, 6), flips=True, generator=drawn())

    torch.testing.assert_close(found, torch.full((3, 1, 4, 6), 77.0))


def test_a_crop_shows_a_part_in_its_order() -> None:
    """On a slope from left to right, what is cut out is a slope too, less steep, or the mirror."""
    slope = torch.arange(64.0).expand(100, 1, 64, 64)

    found = cropped_at_random(slope, 0.5, (32, 32), flips=True, generator=drawn())[:, 0, 16]

    inner = found[:, 1:-1].diff(dim=1)
    steps = inner.abs()
    assert ((inner > 0).all(dim=1) | (inner < 0).all(dim=1)).all()
    assert (steps.amax(dim=1) - steps.amin(dim=1)).max() < 0.6
    assert 1.0 < steps.mean() < 2.0
    assert (found >= 0.0).all()
    assert (found <= 63.0).all()


def test_colors_change_by_so_much_at_most() -> None:
    x = torch.full((500, 3, 2, 2), 100.0)

    found = jittered_at_random(x, 0.2, generator=drawn())

    assert 79.9 < found.min() < 85.0
    assert 115.0 < found.max() < 120.1
    assert torch.equal(found[:, 0], found[:, 1]), "what was grey stays grey"
    assert torch.equal(jittered_at_random(x, 0.0, generator=drawn()), x)


@pytest.mark.parametrize(("shift", "flips", "count"), [(0, False, 1), (0, True, 2), (1, True, 6)])
def test_views_count_as_one_picture_together(shift: int, count: int, *, flips: bool) -> None:
    x = torch.rand(2, 5, 5, 1, generator=drawn())

    found = list(views(x, shift, flips=flips))

    assert len(found) == count
    assert sum(part for _, part in found) == 1.0
    assert torch.equal(found[0][0], x)


def warped(x: Tensor, **limits: float) -> Tensor:
    none = dict.fromkeys(("turn", "move", "zoom", "shear"), 0.0)
    return warped_at_random(x, **(none | limits), flips=False, generator=drawn())


def test_a_picture_that_may_not_be_warped_stays_as_it_is() -> None:
    x = torch.rand(3, 2, 5, 8, generator=drawn())

    torch.testing.assert_close(warped(x), x)


@pytest.mark.parametrize("limit", [{"turn": 90.0}, {"move": 0.5}, {"zoom": 0.5}, {"shear": 0.5}])
def test_warped_pictures_have_no_colors_of_their_own(limit: dict[str, float]) -> None:
    found = warped(torch.full((50, 1, 6, 9), 77.0), **limit)

    torch.testing.assert_close(found, torch.full((50, 1, 6, 9), 77.0))


def test_a_disk_stays_one_however_it_is_turned_though_the_picture_is_no_square() -> None:
    down, across = torch.meshgrid(torch.arange(20) - 9.5, torch.arange(40) - 19.5, indexing="ij")
    square = down**2 + across**2
    disk = (square < 36.0).float()

    found = warped(disk.expand(20, 1, 20, 40), turn=90.0)[:, 0]

    seen = square < 90.0  # further out its mirror images come into sight
    assert (found - disk)[:, seen].abs().mean() < 0.04


def test_a_picture_is_moved_by_the_part_of_it_that_is_said() -> None:
    """On a slope from left to right each step is as long as that of the places."""
    slope = torch.arange(100.0).expand(300, 1, 100, 100)

    moves = (warped(slope, move=0.1) - slope)[:, 0, 50, 50]

    assert 9.0 < moves.abs().max() <= 10.001
    assert moves.min() < 0.0 < moves.max()
