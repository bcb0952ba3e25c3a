"""Where each number of a network lies: all weights in one flat vector, and all state in another.

An update, a norm or a copy is one operation on one tensor; layers hold views.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from pellucid.network.layers import Layer, Views
from pellucid.network.muon import Filters
from pellucid.network.row_gradients import RowGradient

Shape = tuple[int, ...]
Key = tuple[Layer, str]


@dataclass(frozen=True, kw_only=True)
class FlatVectors:
    """The numbers of a network.

    Attributes:
        weights: All parameters (P,): the decayed ones, the others, and tables stepped row by row.
        gradients: Gradient of the loss with respect to those before the tables.
        state: What layers keep beside weights, such as running means (S,).
        num_decayed: How many of the weights, from the first, are decayed.
        row_gradients: Gradients of the tables.
        filters: Where those of each convolution lie among the weights.
    """

    weights: Tensor
    gradients: Tensor
    state: Tensor
    num_decayed: int
    row_gradients: list[RowGradient]
    filters: list[Filters]


def lay_out(layers: Sequence[Layer], dtype: torch.dtype, device: torch.device) -> FlatVectors:
    """Find a place for every number, and give each layer its views.

    Args:
        layers: All layers of a network.
        dtype: Type of the numbers.
        device: Where they live.
    """
    keys = [(layer, name) for layer in layers for name in layer.shapes]
    decayed = [(layer, name) for layer, name in keys if name in layer.decayed]
    by_row = [(layer, name) for layer, name in keys if name in layer.by_row]
    others = [key for key in keys if key not in decayed + by_row]
    # Tables come last, so that what the optimizer steps as a whole is one slice from the first,
    # which has gradients as long as it is; and the decayed are one slice of that.
    places = _places({(a, n): a.shapes[n] for a, n in [*decayed, *others, *by_row]})
    kept = _places({(a, n): shape for a in layers for n, shape in a.state_shapes.items()})
    weights = torch.zeros(_end(places.values()), dtype=dtype, device=device)
    tables = {
        (a, n): RowGradient(places[a, n].start, a.shapes[n], like=weights, rate=a.row_rate)
        for a, n in by_row
    }
    dense = [places[key] for key in [*decayed, *others]]
    vectors = FlatVectors(
        weights=weights,
        gradients=torch.zeros(_end(dense), dtype=dtype, device=device),
        state=torch.zeros(_end(kept.values()), dtype=dtype, device=device),
        num_decayed=_end(places[key] for key in decayed),
        row_gradients=list(tables.values()),
        filters=[
            Filters(place=places[a, n], outputs=a.shapes[n][0]) for a, n in keys if n in a.filters
        ],
    )
    for layer in layers:
        _bind(layer, vectors, places, kept, tables)
    return vectors


def _bind(
    layer: Layer,
    vectors: FlatVectors,
    places: Mapping[Key, slice],
    kept: Mapping[Key, slice],
    tables: Mapping[Key, RowGradient],
) -> None:
    own = {name: places[layer, name] for name in layer.shapes}
    dense = {name: place for name, place in own.items() if name not in layer.by_row}
    layer.bind(
        Views(
            parameters={n: _view(vectors.weights, place, layer, n) for n, place in own.items()},
            gradients={n: _view(vectors.gradients, place, layer, n) for n, place in dense.items()},
            row_gradients={n: tables[layer, n] for n in own if n not in dense},
            state={
                name: vectors.state[kept[layer, name]].view(shape)
                for name, shape in layer.state_shapes.items()
            },
        )
    )


def _places(shapes: Mapping[Key, Shape]) -> dict[Key, slice]:
    """One after the other."""
    ends = list(accumulate(math.prod(shape) for shape in shapes.values()))
    return {key: slice(a, b) for key, a, b in zip(shapes, [0, *ends], ends, strict=False)}


def _end(places: Iterable[slice]) -> int:
    return max((place.stop for place in places), default=0)


def _view(flat: Tensor, place: slice, layer: Layer, name: str) -> Tensor:
    """One parameter of a layer, or its gradient."""
    shape, own = layer.shapes[name], flat[place]
    if name not in layer.by_neuron:
        return own.view(shape)
    return own.view(*shape[:-2], shape[-1], shape[-2]).transpose(-1, -2)
