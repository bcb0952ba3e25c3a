"""Two views of encoded rows, from which a network learns what stays the same.

Each port has its own way to change what shall not matter:

- columns: some cells are swapped for those of other rows (SCARF: Bahri et al. 2022,
  arXiv:2106.15147), here in both views;
- pictures are warped, their light is changed, and noise is added (SimCLR: Chen et al. 2020,
  arXiv:2002.05709); no part is cut out, and they are mirrored only if asked;
- of a text each view has one half of the terms.

Shape letters: B = rows, V = views, 2 B, I = inputs of a port, K = columns of it, H, W = height and
width, C = colors, L = terms of the longest text, G = groups of terms, T = all numbers of terms.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from pellucid.data.kinds.kind import Encoder
from pellucid.data.table_encoder import TableEncoder
from pellucid.data.texts.vocabulary import FIRST_TERM
from pellucid.inputs import CODES, DENSE, PIXELS, Inputs
from pellucid.network.augmentation import jittered_at_random, warped_at_random
from pellucid.network.term_bag import NO_TERM

TURN, MOVE, ZOOM, SHEAR = 15.0, 0.12, 0.15, 0.15
"""In degrees, and as parts of the picture."""
JITTER, NOISE = 0.3, 12.0
"""The part by which light and colors change, and the deviation of noise, of brightness 0 … 255."""

WORDS, PIECES, FEATURES = range(3)
"""Groups of terms: words and pairs of words, pieces of words, what a language model makes of it."""


class Views:
    """What makes two views of rows.

    Args:
        encoder: The encoder of the rows.
        part: The part of the cells that are swapped, of columns that are neither pictures nor
            texts.
        flips: Whether half of the pictures are mirrored left to right.
    """

    def __init__(self, encoder: TableEncoder, *, part: float, flips: bool) -> None:
        self._part, self._flips = part, flips
        self._columns = {
            port: _columns_of_inputs(encoder, port)
            for port in (DENSE, CODES)
            if port in encoder.positions_at
        }
        groups = {column.port: _groups_of_terms(column) for column in encoder.columns}
        self._groups = {port: group_T for port, group_T in groups.items() if group_T is not None}

    def of(self, inputs: Inputs, generator: Generator) -> Inputs:
        """First views of all rows, then second ones in the same order, 2 B rows.

        Args:
            inputs: B rows.
            generator: Source of randomness, on the same device.
        """
        return Inputs(
            {port: self._two_of(port, x, generator) for port, x in inputs.tensors.items()}
        )

    def _two_of(self, port: str, x: Tensor, generator: Generator) -> Tensor:
        if port in self._columns:
            return swapped(x, self._columns[port].to(x.device), self._part, generator)
        if port in self._groups:
            return halves(x, self._groups[port].to(x.device), generator)
        if port.startswith(f"{PIXELS}:"):
            return warped(x, generator, flips=self._flips)
        raise ValueError(f"no view is known of inputs at port {port!r}")


def _columns_of_inputs(encoder: TableEncoder, port: str) -> Tensor:
    """For each input of a port, a number that those of one column share, int64 (I,).

    Features of pictures have a number each: swapped together they would be another picture.
    """
    numbers: list[int] = []
    for position in encoder.positions_at[port]:
        column = encoder.columns[position]
        first = numbers[-1] + 1 if numbers else 0
        count = len(column.input_names())
        numbers.extend(range(first, first + count) if column.is_picture else [first] * count)
    return torch.tensor(numbers)


def swapped(x_BI: Tensor, column_I: Tensor, part: float, generator: Generator) -> Tensor:
    """Two views of rows with some cells of other rows in each, (V, I).

    Args:
        x_BI: Inputs of columns.
        column_I: The number of each input's column: all inputs of a cell come from one row.
        part: The part of the cells that are drawn anew from the rows' own ones.
        generator: Source of randomness.
    """
    rows, device = len(x_BI), x_BI.device
    shape = (2 * rows, int(column_I[-1]) + 1)
    other_VK = torch.randint(rows, shape, generator=generator, device=device)
    is_swapped_VK = torch.rand(shape, generator=generator, device=device) < part
    own_V1 = torch.arange(rows, device=device).repeat(2)[:, None]
    row_VK = torch.where(is_swapped_VK, other_VK, own_V1)
    return x_BI.gather(0, row_VK.index_select(1, column_I))


def warped(x_BHWC: Tensor, generator: Generator, *, flips: bool) -> Tensor:
    """Two views of pictures, each with draws of its own, as floating-point numbers (V, H, W, C).

    A picture may come out a little brighter than 255 or darker than 0, as one may in
    `PictureBranch`: what is cut off there would be lost.

    Args:
        x_BHWC: Pictures, of brightness 0 … 255.
        generator: Source of randomness.
        flips: Whether half of them are mirrored left to right.
    """
    x_BCHW = x_BHWC.permute(0, 3, 1, 2)
    x_VCHW = torch.cat([x_BCHW, x_BCHW]).to(torch.get_default_dtype())
    x_VCHW = warped_at_random(
        x_VCHW, turn=TURN, move=MOVE, zoom=ZOOM, shear=SHEAR, flips=flips, generator=generator
    )
    x_VCHW = jittered_at_random(x_VCHW, JITTER, generator=generator)
    noise_VCHW = torch.randn(x_VCHW.shape, generator=generator, device=x_VCHW.device)
    return x_VCHW.add_(noise_VCHW, alpha=NOISE).permute(0, 2, 3, 1)


def _groups_of_terms(column: Encoder) -> Tensor | None:
    """For each number of a term of texts its group, and that of features behind, int64 (T,).

    None where a column has no terms.
    """
    if column.vocabulary is None:
        return None
    group_T = torch.full((FIRST_TERM + len(column.vocabulary.terms) + 1,), WORDS)
    group_T[FIRST_TERM:-1][torch.from_numpy(column.vocabulary.are_pieces)] = PIECES
    group_T[-1] = FEATURES
    return group_T


def halves(x_BL2: Tensor, group_T: Tensor, generator: Generator) -> Tensor:
    """Two views of texts: of each group of terms one has a random half, the other the rest.

    What a group of only one term is would be lost in one of them: it is in both. The weights of
    each group have the length that they had, as the encoder gives all words of a text length 1.

    Args:
        x_BL2: For each term of a text its number and its weight; number 0 is none.
        group_T: The group of each number; greater numbers have that of the last.
        generator: Source of randomness.

    Returns:
        Views, (V, L, 2).
    """
    number_BL, weight_BL = x_BL2.unbind(dim=2)
    group_BL = group_T[number_BL.long().clamp_max(len(group_T) - 1)]
    draw_BL = torch.rand(number_BL.shape, generator=generator, device=x_BL2.device)
    factor_VL = x_BL2.new_zeros(2 * len(x_BL2), x_BL2.shape[1])
    for group in (WORDS, PIECES, FEATURES):
        among_BL = (number_BL != NO_TERM) & (group_BL == group)
        if among_BL.any():
            kept_VL = _random_halves(among_BL, draw_BL)
            square_BL = weight_BL.square() * among_BL
            square_V1 = (square_BL.repeat(2, 1) * kept_VL).sum(dim=1, keepdim=True)
            whole_V1 = square_BL.sum(dim=1, keepdim=True).repeat(2, 1)
            longer_V1 = torch.where(square_V1 > 0.0, whole_V1 / square_V1, 1.0).sqrt()
            factor_VL += longer_V1 * kept_VL
    numbers_VL = number_BL.repeat(2, 1) * (factor_VL > 0.0)
    return torch.stack([numbers_VL, weight_BL.repeat(2, 1) * factor_VL], dim=2)


def _random_halves(among_BL: Tensor, draw_BL: Tensor) -> Tensor:
    """Of the places of each line that are asked for a random half, then the others, (V, L).

    Of an odd number the first half has one more; a single place is in both.
    """
    count_B1 = among_BL.sum(dim=1, keepdim=True)
    draw_BL = torch.where(among_BL, draw_BL, 1.0)
    middle_B1 = draw_BL.sort(dim=1).values.gather(1, ((count_B1 - 1) // 2).clamp_min(0))
    first_BL = among_BL & (draw_BL <= middle_B1)
    return torch.cat([first_BL, among_BL & (~first_BL | (count_B1 == 1))])
