"""Precision of the products in a training step.

torch can be allowed to run matrix products on units that multiply bfloat16 (CPU) or TensorFloat-32
(GPU) numbers and add in float32: up to three times quicker. With AMX units that costs about four
decimal digits in each factor; on other processors with AVX512-bf16 torch takes oneDNN's float32
kernels instead of its usual ones: about twice quicker there, and nothing is lost. It is a setting
of the process; here it is scoped. Convolutions do not heed it: what sees pictures hands them
bfloat16 numbers instead (`pellucid.network.picture_branch`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Below about a million multiplications, converting the numbers costs more than it saves.
SMALLEST_REDUCED_PRODUCT = 2**20


def has_reduced_products(device: torch.device) -> bool:
    """Whether allowing reduced products makes them quicker on this device."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001


def set_product_precision(size: int) -> None:
    """Choose the units for products of `size` multiplications; the caller restores its setting."""
    torch.set_float32_matmul_precision("medium" if size >= SMALLEST_REDUCED_PRODUCT else "highest")


@contextmanager
def usual_products() -> Iterator[None]:
    """Run the block with torch's usual kernels: for thin matrices the others are many times slower.

    Whatever setting there was holds again afterwards.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
