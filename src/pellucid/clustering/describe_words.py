"""The words that texts of a cluster have more often than all others, and surely so.

Each word's log-odds ratio between the cluster and the other texts, in standard deviations, with
all texts as an informative Dirichlet prior: Monroe, Colaresi & Quinn 2008, "Fightin' Words: Lexical
Feature Selection and Evaluation for Identifying the Content of Political Conflict", equations 16
to 22. A word counts once in a text.

Shape letters: W = words, K = clusters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.clustering.describe_columns import FEWEST_ROWS
from pellucid.data.texts.terms import words_of
from pellucid.data.texts.vocabulary import in_blocks
from pellucid.model.cluster_facts import Word

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

PRIOR = 0.1
"""The prior is worth so much of all texts."""
LEAST_Z = 4.0
"""Chance gives a word of ten thousand more."""
MOST_WORDS = 12


def find_words(texts: pl.Series, ids: Places, num_clusters: int) -> list[tuple[Word, ...]]:
    """The words of each cluster, the surest first; of few rows there is none.

    Args:
        texts: String, null where missing.
        ids: Cluster of each, (n,); −1 for none.
        num_clusters: K.
    """
    words, counts_WK = _count(texts, ids, num_clusters)
    z_WK = log_odds(counts_WK)[:, :-1]
    is_there = texts.is_not_null().to_numpy()
    sizes = np.bincount(ids[is_there] % (num_clusters + 1), minlength=num_clusters + 1)
    overall_W = counts_WK.sum(axis=1) / max(1, sizes.sum())
    found = []
    for cluster in range(num_clusters):
        z_W, share_W = z_WK[:, cluster], counts_WK[:, cluster] / max(1, sizes[cluster])
        order = np.argsort(-z_W, kind="stable")[:MOST_WORDS]
        found.append(
            tuple(
                Word(
                    word=words[place],
                    share=float(share_W[place]),
                    overall=float(overall_W[place]),
                    z=float(z_W[place]),
                )
                for place in order
                if z_W[place] >= LEAST_Z and counts_WK[place, cluster] >= FEWEST_ROWS
            )
        )
    return found


def log_odds(counts_WK: Floats) -> Floats:
    """Log-odds ratio of each word between each group and all others, in standard deviations.

    Args:
        counts_WK: How often each group has each word, (W, K); each word is somewhere.
    """
    all_W1 = counts_WK.sum(axis=1, keepdims=True)
    prior_W1 = PRIOR * all_W1
    total_K, total, prior = counts_WK.sum(axis=0), all_W1.sum(), prior_W1.sum()
    own_WK, other_WK = counts_WK + prior_W1, all_W1 - counts_WK + prior_W1
    odds_WK = np.log(own_WK / (total_K + prior - own_WK))
    other_odds_WK = np.log(other_WK / (total - total_K + prior - other_WK))
    return (odds_WK - other_odds_WK) / np.sqrt(1.0 / own_WK + 1.0 / other_WK)


def _count(texts: pl.Series, ids: Places, num_clusters: int) -> tuple[list[str], Floats]:
    """Words that several texts have, and how many of each cluster do, and of none, (W, K + 1)."""
    parts, start = [], 0
    for block in in_blocks(texts):
        own = pl.Series("cluster", ids[start : start + len(block)] % (num_clusters + 1))
        start += len(block)
        once = words_of(block, with_signs=False).unique()
        parts.append(once.select("word", own.gather(once["row"])).group_by("word", "cluster").len())
    counted = pl.concat(parts).group_by("word", "cluster").agg(pl.col("len").sum())
    often = counted.filter(pl.col("len").sum().over("word") >= FEWEST_ROWS)
    words = often["word"].unique().sort()
    counts_WK = np.zeros((len(words), num_clusters + 1))
    rows = words.search_sorted(often["word"]).to_numpy()
    counts_WK[rows, often["cluster"].to_numpy()] = often["len"].to_numpy()
    return words.to_list(), counts_WK
