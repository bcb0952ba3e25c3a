"""Two views of encoded rows, from which a network learns what stays the same.

Each port has its own way to change what shall not matter:

- columns: some cells are swapped for those of other rows (SCARF: Bahri et al. 2022,
  arXiv:2106.15147), here in both views;
- pictures are warped, their light is changed, and noise is added (SimCLR: Chen et al. 2020,
  arXiv:2002.05709); no part is cut out, and they are mirrored only if asked;
- of a text each view has one half of the words, and the pairs of which it has both.

Shape letters: B = rows, V = views, 2 B, I = inputs of a port, K = columns of it, H, W = height and
width, C = colors, L = terms of the longest text, M = words of its pairs, T = numbers of terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor

from pellucid.data.table_encoder import TableEncoder
from pellucid.data.texts.vocabulary import FIRST_TERM
from pellucid.inputs import CODES, DENSE, PIXELS, Inputs
from pellucid.network.augmentation import jittered_at_random, warped_at_random
from pellucid.network.term_bag import NO_TERM

TURN, MOVE, ZOOM, SHEAR = 15.0, 0.12, 0.15, 0.15
"""In degrees, and as parts of the picture."""
JITTER, NOISE = 0.3, 12.0
"""The part by which light and colors change, and the deviation of noise, of brightness 0 … 255."""

WORDS, PAIRS, PIECES, FEATURES = range(4)
"""Groups of terms: words, pairs of words, pieces of words, features of a language model."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TermGroups:
    """What is known of the numbers of terms, and of one behind them, which stands for features.

    Attributes:
        groups: The group of each, int64 (T,).
        words: Of pairs the numbers of both words, int64 (T, 2); 0 where there is none.
    """

    groups: Tensor
    words: Tensor

    @classmethod
    def of(cls, terms: Sequence[str], are_pieces: npt.NDArray[np.bool_]) -> TermGroups:
        """Those of a vocabulary: the terms, and which of them are pieces of words."""
        numbers = {term: number for number, term in enumerate(terms, start=FIRST_TERM)}
        groups = torch.full((FIRST_TERM + len(terms) + 1,), WORDS)
        words = torch.zeros(len(groups), 2, dtype=torch.int64)
        for term, number in numbers.items():
            first, between, second = term.partition(" ")
            if between:
                groups[number] = PAIRS
                words[number, 0], words[number, 1] = numbers.get(first, 0), numbers.get(second, 0)
        groups[FIRST_TERM:-1][torch.from_numpy(are_pieces)] = PIECES
        groups[-1] = FEATURES
        return cls(groups=groups, words=words)


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
        self._terms = {
            column.port: TermGroups.of(column.vocabulary.terms, column.vocabulary.are_pieces)
            for column in encoder.columns
            if column.vocabulary is not None
        }

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
        if port in self._terms:
            return halves(x, self._terms[port], generator)
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


def halves(x_BL2: Tensor, terms: TermGroups, generator: Generator) -> Tensor:
    """Two views of texts: one has a random half of the words, the other the rest.

    Pairs are where both of their words are; else they would tell one view what is in the other, and
    little would have to be learned. Pieces of words and features are halved by themselves. What a
    group of only one is would be lost in one of the views: it is in both. Weights are multiplied so
    that they have the length that they had: the encoder gives words and pairs length 1 together,
    and pieces too.

    Args:
        x_BL2: For each term of a text its number and its weight; number 0 is none.
        terms: What is known of the numbers; greater ones are features too.
        generator: Source of randomness.

    Returns:
        Views, (V, L, 2).
    """
    number_BL, weight_BL = x_BL2[..., 0].long(), x_BL2[..., 1]
    known_BL = number_BL.clamp_max(len(terms.groups) - 1)
    group_BL = terms.groups.to(x_BL2.device)[known_BL]
    group_BL = torch.where(number_BL == NO_TERM, -1, group_BL)
    draw_BL = torch.rand(number_BL.shape, generator=generator, device=x_BL2.device)
    half_VL, pieces_VL, features_VL = (
        _random_halves(group_BL == group, draw_BL) for group in (WORDS, PIECES, FEATURES)
    )
    words_BL2 = terms.words.to(x_BL2.device)[known_BL]
    pairs_VL = torch.cat(
        [
            (group_BL == PAIRS) & _have_words(half_BL, number_BL, words_BL2)
            for half_BL in half_VL.chunk(2)
        ]
    )
    factor_VL = (
        _as_long(half_VL | pairs_VL, (group_BL == WORDS) | (group_BL == PAIRS), weight_BL)
        + _as_long(pieces_VL, group_BL == PIECES, weight_BL)
        + _as_long(features_VL, group_BL == FEATURES, weight_BL)
    )
    numbers_VL = x_BL2[..., 0].repeat(2, 1) * (factor_VL > 0.0)
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


def _have_words(half_BL: Tensor, number_BL: Tensor, words_BL2: Tensor) -> Tensor:
    """Whether both words of each pair are in a half; one that no term stands for does not count."""
    sorted_BL, order_BL = number_BL.sort(dim=1)
    wanted_BM = words_BL2.flatten(1)
    place_BM = torch.searchsorted(sorted_BL, wanted_BM).clamp_max(number_BL.shape[1] - 1)
    is_there_BM = sorted_BL.gather(1, place_BM) == wanted_BM
    in_half_BM = half_BL.gather(1, order_BL.gather(1, place_BM))
    return (in_half_BM | ~is_there_BM | (wanted_BM == NO_TERM)).view(words_BL2.shape).all(dim=2)


def _as_long(kept_VL: Tensor, all_BL: Tensor, weight_BL: Tensor) -> Tensor:
    """By how much what is kept weighs more, so that it is as long as all; 0 elsewhere, (V, L)."""
    square_BL = weight_BL.square() * all_BL
    kept_V1 = (square_BL.repeat(2, 1) * kept_VL).sum(dim=1, keepdim=True)
    all_V1 = square_BL.sum(dim=1, keepdim=True).repeat(2, 1)
    return torch.where(kept_V1 > 0.0, all_V1 / kept_V1, 1.0).sqrt() * kept_VL
