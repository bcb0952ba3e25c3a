"""The words that push each output most: what a text of one word alone would add.

Such a text is h · ḡ, with h what the branch makes of it, and ḡ the mean gradient of an output's z
over some rows. Where a single layer stands above the texts, ḡ are its weights, and the number is
exact; else it is right on average, for texts near these rows. Classes are compared with the mean of
all classes, for what raises every z alike changes no probability.

Shape letters: B = rows, K = members, O = outputs, D = numbers that the branch makes of a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from pellucid.data.kinds.kind import Encoder
from pellucid.explanation.words import text_branch
from pellucid.model.model import Model

Floats = npt.NDArray[np.float64]

MOST_ROWS = 200
FEWEST_TEXTS, FEWEST_PART = 5, 0.002
"""Words of fewer training texts, or of a smaller part of them, are left out: they may be chance."""


@dataclass(frozen=True, kw_only=True)
class PushingWords:
    """The words that push one output most.

    Attributes:
        output: Its place.
        up: Words that raise its z, and by how much, the strongest first.
        down: Words that lower it.
    """

    output: int
    up: tuple[tuple[str, float], ...]
    down: tuple[tuple[str, float], ...]


def pushing_words(
    model: Model, frame: pl.DataFrame, outputs: Sequence[int], *, most: int
) -> dict[str, list[PushingWords]]:
    """Find the words that push outputs most, for each column of texts.

    Args:
        model: The trained model.
        frame: Converted rows over which gradients are averaged, of which at most 200 are taken.
        outputs: Places of the outputs.
        most: How many words up, and how many down.
    """
    columns = [each for each in model.encoder.columns if text_branch(model, each) is not None]
    if not columns or not frame.height:
        return {}
    rows = frame.gather_every(-(-frame.height // MOST_ROWS))
    gradients = _mean_gradients(model, rows, outputs)
    return {each.name: _of_column(model, each, gradients, outputs, most) for each in columns}


def _mean_gradients(model: Model, frame: pl.DataFrame, outputs: Sequence[int]) -> Floats:
    """Of each output's z with respect to x, beside the mean of all classes, (outputs, I)."""
    network = model.exact_network
    x_BI = network.input_layer(model.encode(frame).to(network.weights.device)).detach()
    x_BI.requires_grad_()
    z_O = network(x_BI).mean(dim=(0, 1))
    if model.task.class_names:
        z_O = z_O - z_O.mean()
    found = [torch.autograd.grad(z_O[o], x_BI, retain_graph=True)[0].sum(dim=0) for o in outputs]
    return np.stack([each.cpu().numpy() for each in found])


def _of_column(
    model: Model, encoder: Encoder, gradients: Floats, outputs: Sequence[int], most: int
) -> list[PushingWords]:
    words, features = _words_alone(model, encoder)
    effects = features @ gradients[:, model.encoder.dense_places(encoder)].T
    found = []
    for output, own in zip(outputs, effects.T, strict=True):
        order = np.argsort(-own, kind="stable")
        up = [(words[place], float(own[place])) for place in order[:most] if own[place] > 0.0]
        down = [(words[p], float(own[p])) for p in order[::-1][:most] if own[p] < 0.0]
        found.append(PushingWords(output=output, up=tuple(up), down=tuple(down)))
    return found


@torch.no_grad()
def _words_alone(model: Model, encoder: Encoder) -> tuple[list[str], Floats]:
    """The words of enough training texts, and what the branch makes of each alone, (words, D)."""
    vocabulary, branch = encoder.vocabulary, text_branch(model, encoder)
    if vocabulary is None or branch is None:
        return [], np.zeros((0, 0))
    fewest = max(FEWEST_TEXTS, FEWEST_PART * vocabulary.num_texts)
    known = zip(vocabulary.terms, vocabulary.texts_with, vocabulary.are_pieces, strict=True)
    words = [t for t, texts, piece in known if texts >= fewest and not piece and " " not in t]
    cells = pl.Series(encoder.name, words, dtype=pl.String)
    given = torch.from_numpy(encoder.expand(encoder.compact(cells))).double()
    features: Floats = branch(given.to(model.exact_network.weights.device)).cpu().numpy()
    return words, features
