"""Sources of rows: whoever goes through all of them sees some at a time, and nothing is lost."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor

from pellucid import Classifier
from pellucid.data import encoded_rows
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.rows import ROWS_PER_BLOCK, FrameRows, Rows, RowSource
from pellucid.model.model import outputs_of
from pellucid.model.novelty import judge_novelty
from pellucid.network import Linear, Network


class NumberedRows:
    """A source that is nowhere: rows are made when they are asked for, and each block is noted."""

    def __init__(self, template: pl.DataFrame, count: int) -> None:
        self.template, self.count = template, count
        self.heights: list[int] = []

    def __len__(self) -> int:
        return self.count

    def take(self, places: np.ndarray) -> FrameRows:
        return FrameRows(self.template[places % self.template.height])

    def blocks(self, size: int) -> Iterator[pl.DataFrame]:
        for start in range(0, self.count, size):
            places = np.arange(start, min(start + size, self.count))
            self.heights.append(len(places))
            yield self.take(places).frame


def as_rows(frame: pl.DataFrame) -> Rows:
    n = frame.height
    return Rows(
        frame=frame, target=np.arange(n), weights=np.ones(n), numbers=np.arange(n), split_by=None
    )


@pytest.mark.parametrize("make", [FrameRows, as_rows])
@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_blocks_together_are_the_rows(make: type[FrameRows], size: int) -> None:
    frame = pl.DataFrame({"x": [float(i) for i in range(7)]})
    blocks = list(make(frame).blocks(size))
    assert max(block.height for block in blocks) == min(size, 7)
    assert pl.concat(blocks).equals(frame)


@pytest.mark.parametrize("make", [FrameRows, as_rows])
def test_no_rows_are_one_empty_block(make: type[FrameRows]) -> None:
    (block,) = make(pl.DataFrame({"x": []}, schema={"x": pl.Float64})).blocks(5)
    assert block.columns == ["x"]
    assert not block.height


def test_taken_rows_are_a_source(people: pl.DataFrame) -> None:
    taken = FrameRows(people).take(np.array([5, 2]))
    assert len(taken) == 2
    assert taken.frame.equals(people[[5, 2]])


# --- prediction ----------------------------------------------------------------------------------


def test_a_model_predicts_what_was_never_in_memory_as_a_whole(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    frame = buyer._converted(people).frame
    source = NumberedRows(frame, 2 * ROWS_PER_BLOCK + 100)
    probabilities = buyer.model_.predict(source)
    assert source.heights == [ROWS_PER_BLOCK, ROWS_PER_BLOCK, 100]
    alone = buyer.predict_proba(people)
    expected = np.resize(alone, probabilities.shape)
    assert np.allclose(probabilities, expected, rtol=0, atol=1e-12)


def test_odd_cells_and_rows_are_counted_over_all_blocks(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    odd = people.with_columns(sex=pl.lit("x"))
    frame = buyer._converted(odd).frame
    model, repeats = buyer.model_, 2 * ROWS_PER_BLOCK // frame.height
    source = NumberedRows(frame, repeats * frame.height)
    whole = model.surprises(FrameRows(frame))
    assert model.surprises(source) == {words: repeats * n for words, n in whole.items()}
    found, once = judge_novelty(model, source), judge_novelty(model, FrameRows(frame))
    assert found.reasons == once.reasons * repeats
    assert np.array_equal(found.scores, np.tile(once.scores, repeats))
    assert found.is_unlike.all()


def test_surprises_stand_in_the_order_of_the_columns_whatever_block_has_them(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    plain = people[np.resize(np.arange(people.height), ROWS_PER_BLOCK + 1)]
    last_is_young = plain.with_columns(
        age=pl.when(pl.int_range(pl.len()) == ROWS_PER_BLOCK).then(-1e9).otherwise("age")
    )
    odd = last_is_young.with_columns(sex=pl.lit("x"))
    words = list(buyer.model_.surprises(buyer._converted(odd)))
    assert [line.split(":")[0] for line in words][:2] == ["age", "sex"]


def test_a_network_keeps_no_output_longer_than_the_next_layer_needs_it() -> None:
    outputs: list[weakref.ref[Tensor]] = []
    alive: list[int] = []

    class Watched(Linear):
        def __call__(self, x: Tensor) -> Tensor:
            alive.append(sum(output() is not None for output in outputs))
            h = super().__call__(x)
            outputs.append(weakref.ref(h))
            return h

    network = Network([Watched(3, 3) for _ in range(4)])
    with torch.inference_mode():
        network(torch.zeros(5, 3))
    assert alive == [0, 1, 1, 1]


# --- encoded rows --------------------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["kept", "made anew"])
def is_kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether inputs are kept, or made of the compact rows each time."""
    monkeypatch.setattr(encoded_rows, "MOST_KEPT_BYTES", 2**27 if request.param else 0)
    return bool(request.param)


@pytest.mark.usefixtures("is_kept")
def test_encoded_rows_give_the_inputs_of_any_rows(buyer: Classifier, people: pl.DataFrame) -> None:
    source: RowSource = buyer._converted(people)
    encoder, places = buyer.model_.encoder, torch.tensor([7, 0, 7])
    whole = encoder.encode(buyer._converted(people).frame)
    encoded = EncodedRows.of(encoder, source)
    assert len(encoded) == people.height
    for port, tensor in encoded.inputs(places).tensors.items():
        assert torch.equal(tensor, whole[port][places])
    chosen = np.arange(0, people.height, 3)
    part = encoded.take(chosen).take(np.array([4, 1]))
    assert len(part) == 2
    for port, tensor in part.inputs(torch.tensor([1])).tensors.items():
        assert torch.equal(tensor, whole[port][[chosen[1]]])


@pytest.mark.usefixtures("is_kept")
def test_outputs_are_the_same_however_rows_are_kept(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    model, rows = buyer.model_, buyer._converted(people)
    encoded = EncodedRows.of(model.encoder, rows)
    for port in model.encoder.encode(rows.frame).tensors:
        blocks = torch.cat([block[port] for block in encoded.blocks(50)])
        assert torch.equal(blocks, model.encoder.encode(rows.frame)[port])
    inputs = model.encoder.encode(rows.frame)
    assert torch.equal(outputs_of(model.network, encoded), outputs_of(model.network, inputs))


def test_training_on_compact_rows_gives_the_same_weights_bit_for_bit(
    people: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def weights(most: int) -> Tensor:
        monkeypatch.setattr(encoded_rows, "MOST_KEPT_BYTES", most)
        model = Classifier(max_epochs=3, random_state=0, numeric_encoding="piecewise")
        return model.fit(people.drop("spends"), "buys").model_.network.weights

    assert torch.equal(weights(0), weights(2**27))
