from dataclasses import dataclass

import numpy as np

from pellucid.model.merge_tree import MergeTree


@dataclass
class G:
    leaves: object
    tree: object


def grow_tree(space, posteriors, seed):
    k = posteriors.shape[1]
    from scipy.cluster.hierarchy import linkage

    c = (posteriors.T @ space) / np.maximum(posteriors.sum(0)[:, None], 1e-9)
    if k == 1:
        return G(
            posteriors,
            MergeTree(
                sizes=posteriors.sum(0), split_from=np.zeros(0, dtype=np.int64), heights=np.zeros(0)
            ),
        )
    L = linkage(c, "ward")
    t, l = MergeTree.of(L[:, :2].astype(int), L[:, 2], posteriors.sum(0))
    return G(posteriors[:, l], t)
