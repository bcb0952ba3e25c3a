"""What is said of one text: which of its words pushed the prediction."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.data.texts.terms import has_pieces
from pellucid.report.elements import (
    Bar,
    Element,
    MarkedPiece,
    MarkedText,
    Paragraph,
    Table,
    cut,
)
from pellucid.report.numbers import alike, number
from pellucid.wording import count_of, quote

if TYPE_CHECKING:
    from pellucid.explanation.words import TextExplanation, WordShare

MOST_WORDS_LISTED = 8
MOST_PAIRS_TOLD = 3
LEVELS = (0.2, 0.4, 0.7)
"""Parts of the largest share of a word from which a word has one mark, two, or three."""
MOST_CHARACTERS, WORDS_AROUND = 800, 8
"""Of a longer text so many characters are shown: the words of most share, and so many at either
side of each."""
LONGEST_WORD = 40
GAP = " … "


def text_parts(found: TextExplanation, output: str) -> list[list[Element]]:
    """The text with its words marked, the words that did most, and how to read it.

    Args:
        found: What its words did.
        output: What is explained, e.g. "probability of spam".
    """
    if not found.words:
        words = f"The text of {cut(found.column)} has no word."
        return [[Paragraph(text=words, style="note")]]
    title = f"What the words of {cut(found.column)} did to the {output}"
    marked = marked_text(found, title)
    return [[marked], [_words_table(found), *_notes(found)]]


def marked_text(found: TextExplanation, title: str, *, most: int = MOST_CHARACTERS) -> MarkedText:
    """The text with its words marked by their shares.

    Args:
        found: What its words did.
        title: What is shown.
        most: Of a longer text so many characters are shown, around what matters.
    """
    largest = max((abs(word.share) for word in found.words), default=0.0)
    pieces: list[MarkedPiece] = []
    place = 0
    for start, end in _shown_parts(found, most):
        if start > place:
            pieces.append(MarkedPiece(text=GAP))
        place = start
        for word in found.words:
            level = _level(word, largest)
            if not level or word.start < place or word.end > end:
                continue
            pieces.append(_piece(found.text[place : word.start]))
            pieces.append(_piece(word.word, level))
            place = word.end
        pieces.append(_piece(found.text[place:end]))
        place = end
    if place < len(found.text):
        pieces.append(MarkedPiece(text=GAP))
    return MarkedText(title=title, pieces=[piece for piece in pieces if piece.text])


def _piece(text: str, level: int = 0) -> MarkedPiece:
    return MarkedPiece(text=re.sub(r"\s+", " ", text), level=level)


def _level(word: WordShare, largest: float) -> int:
    """How many marks a word has, with the sign of its share."""
    count = sum(abs(word.share) >= part * largest for part in LEVELS) if largest else 0
    return count if word.share > 0.0 else -count


def _shown_parts(found: TextExplanation, most: int) -> list[tuple[int, int]]:
    """From where to where the text is shown: all of it, or what is around the words that matter."""
    if len(found.text) <= most:
        return [(0, len(found.text))]
    words = found.words
    order = sorted(range(len(words)), key=lambda place: -abs(words[place].share))
    shown: set[int] = set()
    length = 0
    for place in order:
        around = range(max(0, place - WORDS_AROUND), min(len(words), place + WORDS_AROUND + 1))
        added = [each for each in around if each not in shown]
        length += sum(1 + words[each].end - words[each].start for each in added)
        if shown and (length > most or words[place].share == 0.0):
            break
        shown.update(added)
    parts: list[tuple[int, int]] = []
    for place in sorted(shown):
        start, end = words[place].start, min(words[place].end, words[place].start + most)
        if place - 1 in shown and start - parts[-1][1] < LONGEST_WORD:
            parts[-1] = parts[-1][0], max(end, parts[-1][1])
        elif not parts or start >= parts[-1][1]:
            parts.append((start, end))
    return parts


def _words_table(found: TextExplanation) -> Table:
    together: dict[str, list[WordShare]] = defaultdict(list)
    for word in found.words:
        together[word.word.lower()].append(word)
    sums = {name: sum(each.share for each in own) for name, own in together.items()}
    order = sorted(sums, key=lambda name: -abs(sums[name]))
    listed = [name for name in order[:MOST_WORDS_LISTED] if sums[name] != 0.0]
    rest = [name for name in order if name not in listed]
    lines = [(cut(name, LONGEST_WORD), len(together[name]), sums[name]) for name in listed]
    if rest:
        times = sum(len(together[name]) for name in rest)
        others = sum(sums[name] for name in rest)
        lines.append((count_of(len(rest), "other word"), times, others))
    place_of_all = len(lines)
    lines.append(("all words", len(found.words), found.share))
    if found.encoder_share is not None:
        lines.append(("features of the text encoder", 1, found.encoder_share))
    largest = max((abs(sums[name]) for name in listed), default=1.0)
    shares = alike([share for _, _, share in lines], sign="+")
    return Table(
        caption=f"Shares of the words of {cut(found.column)}",
        headings=["word", "times", "share", "as a bar"],
        short_headings=["word", "times", "share", ""],
        rows=[
            [name, f"{times:,}", text, Bar(part=share / largest) if at < len(listed) else ""]
            for at, ((name, times, share), text) in enumerate(zip(lines, shares, strict=True))
        ],
        texts=(0, 3),
        strong=(place_of_all,),
    )


def _notes(found: TextExplanation) -> list[Element]:
    pieces = ", and that of its pieces" if has_pieces(found.terms) else ""
    words = (
        f"A word has its own share{',' if pieces else ' and'} half of that of each pair it stands "
        f"in{pieces}. All words together have the share of the column"
    )
    encoded = " but for what the text encoder makes of the text as a whole."
    words += "." if found.encoder_share is None else encoded
    pairs = _pairs_in_words(found)
    unknown = [word for word in found.words if not word.is_known]
    if unknown:
        words += f" {_unknown_in_words(unknown, len(found.words))}"
    return [Paragraph(text=" ".join([*pairs, words]), style="note")]


def _pairs_in_words(found: TextExplanation) -> list[str]:
    """The pairs that matter."""
    least = LEVELS[0] * max(abs(word.share) for word in found.words)
    pairs = [
        f"{quote(term, LONGEST_WORD)} {number(share, sign='+')}"
        for term, share in found.terms.items()
        if " " in term and abs(share) >= least and share != 0.0
    ][:MOST_PAIRS_TOLD]
    return [f"Of pairs of words, most did {', '.join(pairs)}."] if pairs else []


def _unknown_in_words(unknown: Sequence[WordShare], total: int) -> str:
    if len(unknown) == total:
        return f"None of its {count_of(total, 'word')} is known from training."
    return f"Not known from training: {len(unknown):,} of its {count_of(total, 'word')}."
