"""How much each word of a text pushed a prediction.

A text's numbers are a sum over its terms, h = Σ_t h_t, and without a text h is 0. So the share of
a term in integrated gradients (`attribution.py`) is exact: h_t · ḡ, with ḡ the mean gradient along
the line. What words do is told by their terms: a pair of words gives half its share to each, a
piece of a word all to it; a term that is there c times gives each time the c-th part.

Shape letters: L = terms of the text, D = numbers that the branch makes of a text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from pellucid.data.kinds.kind import Encoder
from pellucid.data.kinds.of_columns import readable
from pellucid.data.rows import FrameRows
from pellucid.data.texts.located import LocatedText, locate_words
from pellucid.data.texts.vocabulary import FIRST_TERM, Vocabulary
from pellucid.explanation.attribution import Attribution, attribute
from pellucid.inputs import Inputs
from pellucid.model.model import Model
from pellucid.network.layers import Layer
from pellucid.network.term_bag import TermBag

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WordShare:
    """One word of a text, and how much it pushed.

    Attributes:
        word: As it stands in the text.
        start: Place of its first character.
        end: Place behind its last one.
        share: Its share in prediction − baseline.
        is_known: Whether training texts had it.
    """

    word: str
    start: int
    end: int
    share: float
    is_known: bool


@dataclass(frozen=True, kw_only=True)
class TextExplanation:
    """What of a text pushed the prediction of its row.

    Attributes:
        column: The column.
        text: As it is read: without HTML's tags, and cut off where reading ends.
        output: Place of the explained output.
        prediction: The explained output.
        baseline: The same for the row about which nothing is known.
        words: Its words in their order. Their shares add up to that of the column, together with
            that of the text encoder.
        terms: Share of each term, largest first: words in small letters, pairs of words, and pieces
            of words, with "~" before and "_" for an edge of the word.
        encoder_share: That of the features which a language model makes of the text; None without.
    """

    column: str
    text: str
    output: int
    prediction: float
    baseline: float
    words: tuple[WordShare, ...]
    terms: dict[str, float]
    encoder_share: float | None

    @property
    def share(self) -> float:
        """What all words came to."""
        return sum(word.share for word in self.words)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """The terms of a row's text, and what the branch makes of each alone.

    Attributes:
        column: The column.
        names: The terms, and the features of a language model.
        are_features: Which are such, (L,).
        weights: tf · idf of each; of a feature its value, (L,).
        features: What each adds to the vector x, (L, D).
        places: Of the text's numbers in x.
    """

    column: str
    names: list[str]
    are_features: npt.NDArray[np.bool_]
    weights: Floats
    features: Floats
    places: slice


def text_branch(model: Model, encoder: Encoder) -> TermBag | None:
    """What sums up the terms of a column's texts; None where nothing does."""
    branch = model.exact_network.input_layer.branches.get(encoder.port)
    return branch if isinstance(branch, TermBag) else None


def terms_of_row(model: Model, inputs: Inputs, encoder: Encoder) -> Terms | None:
    """Take apart what the branch of a column of texts makes of the text of one row.

    Args:
        model: The trained model.
        inputs: The row, encoded, numbers in float64.
        encoder: Of the column.

    Returns:
        None where the column holds no texts, or these are not summed term by term.
    """
    vocabulary, branch = encoder.vocabulary, text_branch(model, encoder)
    if vocabulary is None or branch is None:
        return None
    x_L2 = inputs[encoder.port][0].to(model.exact_network.weights.device)
    x_L2 = x_L2[(x_L2 != 0.0).all(dim=1)]
    numbers = x_L2[:, 0].long().cpu().numpy()
    return Terms(
        column=encoder.name,
        names=[_name(number, vocabulary) for number in numbers.tolist()],
        are_features=numbers >= branch.terms,
        weights=x_L2[:, 1].cpu().numpy(),
        features=_features(branch, x_L2),
        places=model.encoder.dense_places(encoder),
    )


def _name(number: int, vocabulary: Vocabulary) -> str:
    """Of a term, of a missing text, or of a feature, whose numbers follow those of the terms.

    No term has a bracket beside a word, so that it is not called as one.
    """
    place = number - FIRST_TERM
    if place >= len(vocabulary.terms):
        return f"(encoder {place - len(vocabulary.terms) + 1})"
    return vocabulary.terms[place] if place >= 0 else "(missing)"


@torch.no_grad()
def _features(branch: Layer, x_L2: torch.Tensor) -> Floats:
    features: Floats = branch(x_L2[:, None]).cpu().double().numpy()
    return features


def explain_texts(
    model: Model, frame: pl.DataFrame, inputs: Inputs, target: int, found: Attribution
) -> tuple[TextExplanation, ...]:
    """Explain what each text of a row does.

    Args:
        model: The trained model.
        frame: The row, converted.
        inputs: The same, encoded, numbers in float64.
        target: Which output is explained.
        found: Its integrated gradients, of this row alone.

    Returns:
        One for each column of texts, the one that pushed most first; none of missing texts.
    """
    texts = readable(frame)
    explained = []
    for encoder in model.encoder.columns:
        terms = terms_of_row(model, inputs, encoder)
        if terms is None or encoder.vocabulary is None or texts[encoder.name][0] is None:
            continue
        shares = terms.features @ found.gradient[0, terms.places]
        named = zip(terms.names, shares.tolist(), terms.are_features, strict=True)
        by_term = {name: share for name, share, is_feature in named if not is_feature}
        encoded = shares[terms.are_features]
        located = locate_words(str(texts[encoder.name][0]))
        explained.append(
            TextExplanation(
                column=encoder.name,
                text=located.text,
                output=target,
                prediction=float(found.prediction[0]),
                baseline=float(found.baseline[0]),
                words=_word_shares(located, by_term, encoder.vocabulary),
                terms=dict(sorted(by_term.items(), key=lambda item: -abs(item[1]))),
                encoder_share=float(encoded.sum()) if len(encoded) else None,
            )
        )
    return tuple(sorted(explained, key=lambda each: -abs(each.share)))


def explain_texts_of(
    model: Model, frame: pl.DataFrame, *, tolerance: float
) -> list[tuple[TextExplanation, ...]]:
    """Explain what the texts of some rows do.

    Args:
        model: The trained model.
        frame: Converted rows.
        tolerance: Greatest completeness error.

    Returns:
        For each row what `explain_texts` says: why its likeliest class, first label or first number
        is predicted.
    """
    explained = []
    for place in range(frame.height):
        row = frame[place : place + 1]
        inputs = model.encode(row)
        answers = model.predict(FrameRows(row))
        target = int(model.task.explained(answers)[0])
        found = attribute(model, inputs, torch.tensor([target]), tolerance=tolerance)
        explained.append(explain_texts(model, row, inputs, target, found))
    return explained


def _word_shares(
    located: LocatedText, by_term: Mapping[str, float], vocabulary: Vocabulary
) -> tuple[WordShare, ...]:
    """Each word with what its terms give it."""
    terms = list(located.terms(with_pieces=vocabulary.with_pieces))
    counts = Counter(term for term, _ in terms)
    shares = [0.0] * len(located.words)
    for term, places in terms:
        for place in places:
            shares[place] += by_term.get(term, 0.0) / counts[term] / len(places)
    known = set(vocabulary.terms)
    return tuple(
        WordShare(
            word=located.text[word.start : word.end],
            start=word.start,
            end=word.end,
            share=share,
            is_known=word.term in known,
        )
        for word, share in zip(located.words, shares, strict=True)
    )
