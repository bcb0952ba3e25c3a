"""Pictures moved, mirrored, cropped, warped and recolored: what shall not matter, drawn anew.

Shape letters: B = pictures of the batch, H, W = height and width, C = colors, G, V = height and
width of what is made of them, N = pixels of a line of that, P = pixels of a line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample

STRETCH = math.log(4.0 / 3.0)
"""Crops are up to so much (its logarithm) wider or higher than the picture."""


def mirrored(places: Tensor, size: int) -> Tensor:
    """Places of a line of pixels; those beyond its ends are mirrored there."""
    period = max(1, 2 * (size - 1))
    inside = places.abs() % period
    return torch.minimum(inside, period - inside)


def moved(x_BHWC: Tensor, down: int, right: int, *, flipped: bool) -> Tensor:
    """All pictures moved by so many pixels, then perhaps mirrored left to right."""
    height, width = x_BHWC.shape[1:3]
    if down or right:
        row_H = mirrored(torch.arange(height, device=x_BHWC.device) - down, height)
        column_W = mirrored(torch.arange(width, device=x_BHWC.device) - right, width)
        x_BHWC = x_BHWC.index_select(1, row_H).index_select(2, column_W)
    return x_BHWC.flip(2) if flipped else x_BHWC


def views(x_BHWC: Tensor, shift: int, *, flips: bool) -> Iterator[tuple[Tensor, float]]:
    """How a picture is looked at for a prediction: as it is, moved a little, mirrored.

    Args:
        x_BHWC: The pictures.
        shift: By how many pixels they are moved, 0 for not at all.
        flips: Whether each is also mirrored.

    Yields:
        Pictures, and how much they count; together 1.
    """
    moves = [(0, 0.5), (-shift, 0.25), (shift, 0.25)] if shift else [(0, 1.0)]
    sides = (False, True) if flips else (False,)
    for pixels, part in moves:
        for flipped in sides:
            yield moved(x_BHWC, pixels, pixels, flipped=flipped), part / len(sides)


def shifted_at_random(
    x_BHWC: Tensor, most: int, *, flips: bool, generator: Generator | None
) -> Tensor:
    """Each picture moved by up to so many pixels either way, half of them mirrored if asked."""
    batch, height, width, colors = x_BHWC.shape
    device = x_BHWC.device
    shift_2B1 = torch.randint(-most, most + 1, (2, batch, 1), generator=generator, device=device)
    row_BH = mirrored(torch.arange(height, device=device) + shift_2B1[0], height)
    column_BW = mirrored(torch.arange(width, device=device) + shift_2B1[1], width)
    if flips:
        is_flipped_B1 = torch.rand(batch, 1, generator=generator, device=device) < 0.5
        column_BW = torch.where(is_flipped_B1, width - 1 - column_BW, column_BW)
    row_BH += height * torch.arange(batch, device=device)[:, None]
    pixel_BHW = width * row_BH[:, :, None] + column_BW[:, None, :]
    return x_BHWC.reshape(-1, colors).index_select(0, pixel_BHW.view(-1)).view(x_BHWC.shape)


def cropped_at_random(
    x_BCHW: Tensor,
    least: float,
    size: Sequence[int],
    *,
    flips: bool,
    generator: Generator | None,
) -> Tensor:
    """A part of each picture brought to a size, half of them mirrored if asked.

    Args:
        x_BCHW: The pictures, as numbers.
        least: The least part of its area.
        size: Height and width of what comes out.
        flips: Whether half of them are mirrored.
        generator: Source of randomness.
    """
    draw_5B1 = torch.rand(5, len(x_BCHW), 1, generator=generator, device=x_BCHW.device)
    area_B1, stretch_B1, top_B1, left_B1, side_B1 = draw_5B1.to(x_BCHW.dtype)
    root_B1 = torch.sqrt(least + (1.0 - least) * area_B1)
    stretch_B1 = torch.exp(STRETCH * (stretch_B1 - 0.5))
    height_B1 = (root_B1 / stretch_B1).clamp_max(1.0)
    width_B1 = (root_B1 * stretch_B1).clamp_max(1.0)
    rows_BGH = _parts((1.0 - height_B1) * top_B1, height_B1, x_BCHW.shape[2], size[0])
    columns_BVW = _parts((1.0 - width_B1) * left_B1, width_B1, x_BCHW.shape[3], size[1])
    if flips:
        columns_BVW = torch.where(side_B1[:, :, None] < 0.5, columns_BVW.flip(1), columns_BVW)
    return _resampled(x_BCHW, rows_BGH, columns_BVW)


def _parts(start_B1: Tensor, length_B1: Tensor, pixels: int, wanted: int) -> Tensor:
    """How much of each pixel of a line is in each of the wanted ones, shape (B, wanted, pixels).

    They lie side by side in the part of the line that starts and ends where it is said, as parts of
    the whole; each is the mean of the pixels about its middle, weighted by their distance.
    """
    scale_B1 = length_B1 * (pixels / wanted)
    middle_N = torch.arange(wanted, dtype=start_B1.dtype, device=start_B1.device) + 0.5
    middle_BN1 = (start_B1 * pixels + middle_N * scale_B1 - 0.5)[:, :, None]
    place_P = torch.arange(pixels, dtype=start_B1.dtype, device=start_B1.device)
    distance_BNP = (middle_BN1 - place_P).abs_() / scale_B1.clamp_min(1.0)[:, :, None]
    part_BNP = (1.0 - distance_BNP).clamp_min_(0.0)
    return part_BNP / part_BNP.sum(dim=2, keepdim=True)


def _resampled(x_BCHW: Tensor, rows_BGH: Tensor, columns_BVW: Tensor) -> Tensor:
    """Each new pixel is the weighted mean of some rows' and columns' old ones, (B, C, G, V).

    Two products of matrices: a third of the time of `grid_sample`, and no pixel is passed over.
    """
    batch, colors, height, width = x_BCHW.shape
    narrow = torch.bmm(x_BCHW.reshape(batch, colors * height, width), columns_BVW.mT)
    return torch.matmul(rows_BGH[:, None], narrow.view(batch, colors, height, -1))


def warped_at_random(
    x_BCHW: Tensor,
    *,
    turn: float,
    move: float,
    zoom: float,
    shear: float,
    flips: bool,
    generator: Generator | None,
) -> Tensor:
    """Each picture turned, moved, zoomed and sheared at random, half of them mirrored if asked.

    What comes into sight beyond its border is mirrored there.

    Args:
        x_BCHW: The pictures, as numbers.
        turn: By how many degrees at most, either way.
        move: By which part of height and width at most, each way.
        zoom: By which part height and width grow or shrink at most, each by itself.
        shear: By which part of the height one end is pushed to a side at most.
        flips: Whether half of them are mirrored left to right.
        generator: Source of randomness.
    """
    batch, _, height, width = x_BCHW.shape
    draw_7B = 2.0 * torch.rand(7, batch, generator=generator, device=x_BCHW.device) - 1.0
    angle_B = (math.pi / 180.0) * turn * draw_7B[0]
    wide_B, high_B = (1.0 + zoom * draw_7B[1:3]).unbind()
    right_B, down_B = (2.0 * move * draw_7B[3:5]).unbind()  # places go from −1 to 1
    if flips:
        wide_B = torch.where(draw_7B[6] < 0.0, -wide_B, wide_B)
    cos_B, sin_B, ratio = angle_B.cos(), angle_B.sin(), height / width
    across_B = shear * draw_7B[5] - sin_B * ratio * high_B
    matrix_B6 = torch.stack(
        [cos_B * wide_B, across_B, right_B, sin_B / ratio * wide_B, cos_B * high_B, down_B], dim=1
    )
    places_BHW2 = affine_grid(
        matrix_B6.view(batch, 2, 3).to(x_BCHW.dtype), list(x_BCHW.shape), align_corners=False
    )
    return grid_sample(x_BCHW, places_BHW2, padding_mode="reflection", align_corners=False)


def jittered_at_random(x_BCHW: Tensor, most: float, *, generator: Generator | None) -> Tensor:
    """Brightness, contrast and, of colors, strength changed by up to so large a part."""
    draw_3B111 = torch.rand(3, len(x_BCHW), 1, 1, 1, generator=generator, device=x_BCHW.device)
    factor_3B111 = (1.0 + most * (2.0 * draw_3B111 - 1.0)).to(x_BCHW.dtype)
    x_BCHW = x_BCHW * factor_3B111[0]
    x_BCHW = torch.lerp(x_BCHW.mean(dim=(1, 2, 3), keepdim=True), x_BCHW, factor_3B111[1])
    if x_BCHW.shape[1] > 1:
        x_BCHW = torch.lerp(x_BCHW.mean(dim=1, keepdim=True), x_BCHW, factor_3B111[2])
    return x_BCHW
