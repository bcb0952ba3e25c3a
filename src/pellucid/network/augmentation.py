"""Pictures moved, mirrored, cropped and recolored: what shall not matter, drawn anew in each step.

Shape letters: B = pictures of the batch, H, W = height and width, C = colors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample

STRETCH = math.log(4.0 / 3.0)
"""Crops are up to so much (its logarithm) wider or higher than the picture."""
BRIGHTNESS = 255.0


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


def views(x_BHWC: Tensor, *, shifts: bool, flips: bool) -> Iterator[tuple[Tensor, float]]:
    """How a picture is looked at for a prediction: as it is, moved by a pixel, mirrored.

    Args:
        x_BHWC: The pictures.
        shifts: Whether they are moved.
        flips: Whether each is also mirrored.

    Yields:
        Pictures, and how much they count; together 1.
    """
    moves = [(0, 0.5), (-1, 0.25), (1, 0.25)] if shifts else [(0, 1.0)]
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
    """A part of each picture stretched to one size, half of them mirrored if asked.

    Args:
        x_BCHW: The pictures, as numbers.
        least: The least part of its area.
        size: Height and width of what comes out.
        flips: Whether half of them are mirrored.
        generator: Source of randomness.
    """
    draw_5B = torch.rand(5, len(x_BCHW), generator=generator, device=x_BCHW.device)
    draw_5B = draw_5B.to(x_BCHW.dtype)
    root_B = torch.sqrt(least + (1.0 - least) * draw_5B[0])
    stretch_B = torch.exp(STRETCH * (draw_5B[1] - 0.5))
    width_B, height_B = (root_B * stretch_B).clamp_max(1.0), (root_B / stretch_B).clamp_max(1.0)
    place_B2 = torch.zeros(len(x_BCHW), 2, 3, dtype=x_BCHW.dtype, device=x_BCHW.device)
    place_B2[:, 0, 2] = (1.0 - width_B) * (2.0 * draw_5B[2] - 1.0)
    place_B2[:, 1, 2] = (1.0 - height_B) * (2.0 * draw_5B[3] - 1.0)
    place_B2[:, 0, 0] = torch.where(draw_5B[4] < 0.5, -width_B, width_B) if flips else width_B
    place_B2[:, 1, 1] = height_B
    grid_BHW2 = affine_grid(place_B2, [*x_BCHW.shape[:2], *size], align_corners=False)
    return grid_sample(x_BCHW, grid_BHW2, padding_mode="reflection", align_corners=False)


def jittered_at_random(x_BCHW: Tensor, most: float, *, generator: Generator | None) -> Tensor:
    """Brightness, contrast and, of colors, strength changed by up to so large a part."""
    draw_3B111 = torch.rand(3, len(x_BCHW), 1, 1, 1, generator=generator, device=x_BCHW.device)
    factor_3B111 = (1.0 + most * (2.0 * draw_3B111 - 1.0)).to(x_BCHW.dtype)
    x_BCHW = x_BCHW * factor_3B111[0]
    x_BCHW = torch.lerp(x_BCHW.mean(dim=(1, 2, 3), keepdim=True), x_BCHW, factor_3B111[1])
    if x_BCHW.shape[1] > 1:
        x_BCHW = torch.lerp(x_BCHW.mean(dim=1, keepdim=True), x_BCHW, factor_3B111[2])
    return x_BCHW.clamp(0.0, BRIGHTNESS)
