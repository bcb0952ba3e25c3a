"""Views of rows: what may change does, each time otherwise, and what they are stays what it was."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor

from pellucid.clustering import views
from pellucid.clustering.view_batches import ViewBatches
from pellucid.clustering.views import TermGroups, Views, halves, swapped, warped
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.rows import FrameRows
from pellucid.data.table_encoder import TableEncoder
from pellucid.inputs import Inputs

TEXTS = ["the cat sat on the mat", "a dog and a cat", "the dog sat", "cat", ""] * 6


def drawn(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def frame(people: pl.DataFrame) -> pl.DataFrame:
    """Numbers, dates, texts, and levels with inputs or codes."""
    texts = pl.Series("text", TEXTS * 8, dtype=pl.String).cast(pl.Binary)
    return people.drop("id").with_columns(texts)


@pytest.fixture(scope="module")
def encoder(frame: pl.DataFrame) -> TableEncoder:
    return TableEncoder.fit(frame, np.ones(frame.height), EncodingPlan(num_bins=8))


# --- Cells --------------------------------------------------------------------------------------


@given(
    rows=st.integers(1, 12),
    widths=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    part=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 1000),
)
def test_a_cell_comes_as_a_whole_from_its_own_column(
    rows: int, widths: list[int], part: float, seed: int
) -> None:
    """Each input says which row and input it was, so that it is known where it comes from."""
    column_I = torch.arange(len(widths)).repeat_interleave(torch.tensor(widths))
    x_BI = torch.arange(rows * len(column_I)).view(rows, -1)

    found = swapped(x_BI, column_I, part, drawn(seed))

    assert found.shape == (2 * rows, len(column_I))
    assert (found % len(column_I) == torch.arange(len(column_I))).all()
    row_VI = found // len(column_I)
    for column in range(len(widths)):
        of_cell = row_VI[:, column_I == column]
        assert (of_cell == of_cell[:, :1]).all()
    if part == 0.0:
        assert torch.equal(found, x_BI.repeat(2, 1))


def test_about_the_asked_part_is_swapped_and_otherwise_in_each_view() -> None:
    x_BI = torch.arange(1000)[:, None].expand(-1, 4)

    first, second = swapped(x_BI, torch.arange(4), 0.3, drawn()).chunk(2)

    assert 0.27 < (first != x_BI).float().mean() < 0.33
    assert 0.08 < ((first != x_BI) & (second != x_BI)).float().mean() < 0.1
    assert (first != second).any()


def test_views_of_a_table_have_the_cells_of_its_columns(
    encoder: TableEncoder, frame: pl.DataFrame
) -> None:
    inputs = encoder.encode(frame)

    found = Views(encoder, part=0.5, flips=False).of(inputs, drawn())

    assert len(found) == 2 * len(inputs)
    for position, column in enumerate(encoder.columns):
        if column.name != "text":
            port, place = encoder.input_place(position)
            there = {tuple(cell) for cell in inputs[port][:, place].tolist()}
            assert {tuple(cell) for cell in found[port][:, place].tolist()} <= there, column.name
            assert (found[port][: len(inputs), place] != inputs[port][:, place]).any()
            assert found[port].dtype == inputs[port].dtype


def test_features_of_pictures_are_swapped_one_by_one() -> None:
    """All at once they would be another picture."""
    cells = pl.Series("picture", np.arange(24.0, dtype=np.float32).reshape(8, 3))
    frame = pl.DataFrame(
        [cells.cast(pl.Array(pl.Float32, 3)), pl.Series("level", list("aabbccdd"))]
    )
    encoder = TableEncoder.fit(frame, np.ones(8), EncodingPlan())

    assert views._columns_of_inputs(encoder, "dense").tolist() == [0, 1, 2, 3, 3, 3, 3]


def test_an_unknown_port_is_no_silent_copy(encoder: TableEncoder) -> None:
    with pytest.raises(ValueError, match="no view is known of inputs at port 'sound:a'"):
        Views(encoder, part=0.3, flips=False).of(Inputs({"sound:a": torch.zeros(2, 3)}), drawn())


# --- Pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("colors", [1, 3])
def test_each_view_of_a_picture_has_draws_of_its_own(colors: int) -> None:
    x = torch.randint(256, (4, 9, 7, colors), generator=drawn()).to(torch.uint8)

    found = warped(x, drawn(), flips=False)

    assert found.shape == (8, 9, 7, colors)
    assert found.dtype == torch.float32
    assert not torch.equal(found[:4], found[4:])
    assert torch.equal(found, warped(x.float(), drawn(), flips=False))
    assert torch.equal(found, warped(x, drawn(), flips=False))


def test_a_picture_is_still_much_like_itself() -> None:
    """A bright square on dark ground stays one, and most of it where it was."""
    x = torch.zeros(200, 24, 24, 1)
    x[:, 8:16, 8:16] = 255.0

    found = warped(x, drawn(), flips=False).clamp(0.0, 255.0)

    assert (found[:, 10:14, 10:14].mean(dim=(1, 2, 3)) > 100.0).float().mean() > 0.9
    assert (found[:, 0].mean(dim=(1, 2)) < 20.0).all()


def test_pictures_are_mirrored_only_if_asked() -> None:
    """Bright on the left, dark on the right."""
    x = torch.zeros(100, 16, 16, 1)
    x[:, :, :8] = 255.0

    def mirrored(found: Tensor) -> int:
        return int(
            (found[:, :, :6].mean(dim=(1, 2, 3)) < found[:, :, 10:].mean(dim=(1, 2, 3))).sum()
        )

    assert mirrored(warped(x, drawn(), flips=False)) == 0
    assert 70 < mirrored(warped(x, drawn(), flips=True)) < 130


# --- Texts --------------------------------------------------------------------------------------


WORDS = ("a", "b", "c", "d", "a b", "b c", "c d", "c e", "~xa", "~xb", "~xc")
TERMS = TermGroups.of(WORDS, np.array([word.startswith("~") for word in WORDS]))


@st.composite
def texts(draw: st.DrawFn) -> Tensor:
    """Texts of a few terms of the vocabulary, and of three features behind them."""
    chosen = draw(st.lists(st.sets(st.integers(1, 15)), min_size=1, max_size=5))
    x = torch.zeros(len(chosen), max(1, *map(len, chosen), 1), 2)
    for row, numbers in enumerate(chosen):
        for place, number in enumerate(sorted(numbers)):
            x[row, place, 0], x[row, place, 1] = number, draw(st.floats(0.1, 1.0))
    return x


@given(x_BL2=texts(), seed=st.integers(0, 1000))
def test_halves_of_a_text_have_no_term_in_common_and_all_together(x_BL2: Tensor, seed: int) -> None:
    first_BL2, second_BL2 = halves(x_BL2, TERMS, drawn(seed)).chunk(2)

    for text, first, second in zip(x_BL2, first_BL2, second_BL2, strict=True):
        for groups in ({views.WORDS}, {views.PIECES}, {views.FEATURES}):
            whole, half, rest = (_terms_of(each, groups) for each in (text, first, second))
            assert half.keys() | rest.keys() == whole.keys()
            assert half.keys() & rest.keys() == (whole.keys() if len(whole) == 1 else set())
            assert 0 <= len(half) - len(rest) <= 1


@given(x_BL2=texts(), seed=st.integers(0, 1000))
def test_a_pair_is_where_both_of_its_words_are(x_BL2: Tensor, seed: int) -> None:
    found = halves(x_BL2, TERMS, drawn(seed))

    for text, view in zip(x_BL2.repeat(2, 1, 1), found, strict=True):
        there, left = ({int(number) for number, _ in each} for each in (text, view))
        for pair in _terms_of(text, {views.PAIRS}):
            words = {number for number in TERMS.words[pair].tolist() if number in there - {0}}
            assert (pair in left) == (words <= left)


@given(x_BL2=texts(), seed=st.integers(0, 1000))
def test_what_is_left_of_a_text_is_as_long_as_all_was(x_BL2: Tensor, seed: int) -> None:
    """Words and pairs together, as the encoder has it, with the weights in proportion."""
    found = halves(x_BL2, TERMS, drawn(seed))

    for text, view in zip(x_BL2.repeat(2, 1, 1), found, strict=True):
        for groups in ({views.WORDS, views.PAIRS}, {views.PIECES}, {views.FEATURES}):
            whole, left = _terms_of(text, groups), _terms_of(view, groups)
            if left:
                assert _length(left) == pytest.approx(_length(whole), rel=1e-5)
                shares = [left[term] / whole[term] for term in left]
                assert max(shares) == pytest.approx(min(shares), rel=1e-5)


def _terms_of(text: Tensor, groups: set[int]) -> dict[int, float]:
    """The terms of some groups with their weights; numbers beyond the groups are of the last."""
    pairs = {int(number): float(weight) for number, weight in text if number}
    last = len(TERMS.groups) - 1
    return {n: w for n, w in pairs.items() if int(TERMS.groups[min(n, last)]) in groups}


def _length(terms: dict[int, float]) -> float:
    return float(sum(weight**2 for weight in terms.values()) ** 0.5)


def test_halves_are_drawn_anew_each_time() -> None:
    x = torch.stack([torch.arange(2.0, 12.0), torch.ones(10)], dim=1)[None].repeat(200, 1, 1)
    words = TermGroups.of("abcdefghij", np.zeros(10, dtype=np.bool_))

    first, _ = halves(x, words, drawn()).chunk(2)

    is_there = (first[..., 0] > 0).float()
    assert is_there.sum(dim=1).tolist() == [5.0] * 200
    assert (is_there.mean(dim=0) - 0.5).abs().max() < 0.12
    assert len({tuple(row) for row in is_there.tolist()}) > 100


def test_words_pairs_and_pieces_are_told_apart_by_the_vocabulary(encoder: TableEncoder) -> None:
    (vocabulary,) = (each.vocabulary for each in encoder.columns if each.vocabulary is not None)
    numbers = {term: number for number, term in enumerate(vocabulary.terms, start=2)}

    found = TermGroups.of(vocabulary.terms, vocabulary.are_pieces)

    assert found.groups[numbers["cat"]] == views.WORDS
    assert found.groups[numbers["the cat"]] == views.PAIRS
    assert found.words[numbers["the cat"]].tolist() == [numbers["the"], numbers["cat"]]
    pieces = {term for term, number in numbers.items() if found.groups[number] == views.PIECES}
    assert pieces == {term for term in vocabulary.terms if term.startswith("~")} != set()
    assert found.groups[:2].tolist() == [views.WORDS] * 2
    assert found.groups[-1] == views.FEATURES


# --- Batches ------------------------------------------------------------------------------------


@pytest.fixture
def batches(encoder: TableEncoder, frame: pl.DataFrame) -> ViewBatches:
    rows = EncodedRows.of(encoder, FrameRows(frame))
    return make(rows, encoder)


def make(rows: EncodedRows, encoder: TableEncoder, seed: int = 3) -> ViewBatches:
    return ViewBatches(
        rows,
        Views(encoder, part=0.3, flips=False),
        batch_size=100,
        seed=seed,
        device=torch.device("cpu"),
    )


def test_an_epoch_has_two_views_of_each_row(batches: ViewBatches) -> None:
    sizes = [(len(inputs), len(targets), weights) for inputs, targets, weights in batches]

    assert (batches.num_rows, batches.num_batches) == (240, 3)
    assert sizes == [(160, 160, None)] * 3


def test_the_next_epoch_has_other_views(batches: ViewBatches) -> None:
    (first, _, _), *_ = batches
    (second, _, _), *_ = batches

    assert not torch.equal(first["dense"], second["dense"])


def test_what_was_interrupted_goes_on_with_the_views_that_would_have_come(
    encoder: TableEncoder, frame: pl.DataFrame
) -> None:
    rows = EncodedRows.of(encoder, FrameRows(frame))
    through, stopped, resumed = make(rows, encoder), make(rows, encoder), make(rows, encoder, 9)
    expected = [inputs for _ in range(2) for inputs, _, _ in through]

    epoch = iter(stopped)
    next(epoch), next(epoch)
    resumed.restore(stopped.state())
    found = [inputs for _ in range(2) for inputs, _, _ in resumed]

    assert len(found) == 4
    for inputs, wanted in zip(found, expected[2:], strict=True):
        for port, tensor in wanted.tensors.items():
            assert torch.equal(inputs[port], tensor)


def test_a_state_of_something_else_is_refused(batches: ViewBatches) -> None:
    with pytest.raises(ValueError, match="the generator of views has no such state"):
        batches.restore({**batches.state(), "views": torch.zeros(3)})
