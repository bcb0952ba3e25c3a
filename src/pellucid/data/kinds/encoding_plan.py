"""What the recipe says of encoders."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ONE_HOT_LEVELS, MOST_DIMENSIONS = 9, 16
"""Where nothing else is said, as in model files that do not say it."""


@dataclass(frozen=True, kw_only=True)
class EncodingPlan:
    """What the recipe says of encoders.

    Attributes:
        num_bins: Greatest number of bins of a number; 0 for the plain value.
        most_one_hot: Greatest number of levels that get an input each.
        most_dimensions: Greatest number of numbers in the vector of a level.
        num_features: How many numbers the network makes of a picture.
        text_features: How many it makes of a text.
        most_terms: Greatest number of terms in the vocabulary of texts.
        only_words: Whether neither pairs nor pieces of words are terms: two halves of a text then
            have no term of one in the other.
        is_private: Whether the encoder may keep no cell that too few rows have, even where hardly
            any other is left.
    """

    num_bins: int = 0
    most_one_hot: int = MOST_ONE_HOT_LEVELS
    most_dimensions: int = MOST_DIMENSIONS
    num_features: int = 1
    text_features: int = 1
    most_terms: int = 2**16
    only_words: bool = False
    is_private: bool = False
