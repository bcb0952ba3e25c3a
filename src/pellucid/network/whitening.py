"""Filters that make the patches of pictures white: a first layer found in the data, not learned.

Neighboring pixels are almost equal, and a network would first have to learn to tell them apart.
The eigenvectors of the covariance of patches, divided by the root of their eigenvalue, give numbers
that are uncorrelated and of one size (Coates & Ng 2012; as the first layer of a network: Page 2019,
Jordan 2024, arXiv:2404.00498).

Shape letters: B = pictures, C = colors, H, W = height and width, E = eigenvectors, K = pixels of a
patch in height and width, D = numbers of a patch, C · K².
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import unfold

SMALLEST_VARIANCE = 5e-3
"""Added to each eigenvalue, so that what is mostly noise is not made as large as the rest."""
PICTURES_AT_ONCE = 64


def whitening_filters(x_BCHW: Tensor, count: int, kernel: int, stride: int) -> Tensor:
    """The filters of the greatest eigenvalues, shape (E, C, K, K).

    Args:
        x_BCHW: Normalized training pictures.
        count: Eigenvectors E.
        kernel: K.
        stride: Pixels from one patch to the next.
    """
    size = x_BCHW.shape[1] * kernel**2
    products_DD = x_BCHW.new_zeros(size, size, dtype=torch.float64)
    patches = 0
    for some in x_BCHW.split(PICTURES_AT_ONCE):
        patches_ND = unfold(some.double(), kernel, stride=stride).transpose(1, 2).reshape(-1, size)
        products_DD.addmm_(patches_ND.T, patches_ND)
        patches += len(patches_ND)
    eigenvalues_D, eigenvectors_DD = torch.linalg.eigh(products_DD / max(1, patches))
    greatest_ED = eigenvectors_DD.T.flip(0)[:count]
    scale_E = torch.rsqrt(eigenvalues_D.flip(0)[:count].clamp_min(0.0) + SMALLEST_VARIANCE)
    filters_ED = greatest_ED * _signs(greatest_ED) * scale_E[:, None]
    return filters_ED.view(-1, x_BCHW.shape[1], kernel, kernel).to(x_BCHW.dtype)


def _signs(vectors_ED: Tensor) -> Tensor:
    """That of each vector's largest number: an eigenvector's negative is one too."""
    largest_E1 = vectors_ED.abs().argmax(dim=1, keepdim=True)
    return vectors_ED.gather(1, largest_E1).sign()
