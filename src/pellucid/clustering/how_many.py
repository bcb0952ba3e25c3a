"""How many clusters there are: no rule knows, so several are asked.

* *silhouette*: the number at which rows are nearest to their own cluster, compared with the next
  (Rousseeuw 1987), with k-means.
* *density*: how many dense regions HDBSCAN finds (Campello, Moulavi & Sander 2013) of 2.5 % of the
  rows or more.
* *apart*: how many clusters have few rows between them (`pellucid.clustering.modes`).

The median is taken (of two answers that of the silhouette), and least and greatest answer are the
range, with the next number where halves of the rows agree on it no less. All are computed in one
space: such numbers of different embeddings cannot be compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pellucid.clustering.modes import find_separations
    by = (
        "silhouette's answer, as no other rule sees several:",
        "silhouette's answer of",
        "median of",
    )
    return f"{several}{k} is the {by[len(rules) - 1]} {answers}."


def _too_few(num_distinct: int) -> ClusterCount:
    too_few = f"{num_distinct} different rows are too few to count clusters in them."
    return ClusterCount(
        k=1,
        low=1,
        high=1,
        rules={},
        silhouettes={},
        stability={},
        reason=too_few if num_distinct > 1 else "To the network all rows are the same.",
    )
