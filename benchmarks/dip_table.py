"""Critical values of the dip test: dips of uniform numbers, simulated.

Run `python benchmarks/dip_table.py`; it takes some minutes and prints `CRITICAL` of
src/pellucid/clustering/dip.py: for each number n of numbers, √n·dip at each p-value in
`PROBABILITIES`.
"""

from __future__ import annotations

import math

import numpy as np

from pellucid.clustering.dip import PROBABILITIES, dip

SIZES = (5, 10, 20, 50, 100, 200, 500, 1000)
SIMULATED = 20_000


def main() -> None:
    print("CRITICAL: dict[int, tuple[float, ...]] = {")
    for size in SIZES:
        generator = np.random.default_rng(size)
        dips = [dip(generator.uniform(size=size)) for _ in range(SIMULATED)]
        critical = math.sqrt(size) * np.quantile(dips, 1.0 - np.array(PROBABILITIES))
        print(f"    {size}: ({', '.join(f'{value:.4f}' for value in critical)}),", flush=True)
    print("}")


if __name__ == "__main__":
    main()
