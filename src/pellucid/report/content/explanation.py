"""What is said of one row: its forward propagation, what pushed it, and the rows most like it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.texts.terms import has_pieces
from pellucid.report.content.pictures import (
    layers_in_pictures,
    neighbors_gallery,
    picture_parts,
)
from pellucid.report.content.texts import text_parts
from pellucid.report.elements import Bar, Element, Paragraph, Section, Table, capital, cut
from pellucid.report.numbers import alike, number
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.estimators.predictor import Predictor
    from pellucid.explanation.explain import Explanation, LayerTrace, NeuronSum
    from pellucid.explanation.neighbors import Neighbors
    from pellucid.tasks.answers import Unit

MOST_NEURONS_SHOWN = 5
MOST_INPUTS_SHOWN = 12
MOST_TERMS_SHOWN = 6
MOST_CLASSES_SHOWN = 10
MOST_NEIGHBOR_COLUMNS_SHOWN = 4
NO_CELL = "(missing)"


def explanation_parts(found: Explanation, predictor: Predictor) -> list[list[Element]]:
    """Forward propagation of one row, the columns' shares, and the rows most like it.

    Args:
        found: The explanation.
        predictor: The model.
    """
    return [
        [Paragraph(text=f"Row {found.row}", style="title"), *_absent(found)],
        *_seen(found),
        *_propagation(found),
        _output(found, predictor),
        _pushed(found, predictor),
        *_words(found),
        [] if found.neighbors is None else _neighbors(found.neighbors, found),
    ]


def explanation_sections(found: Explanation, predictor: Predictor) -> list[Section]:
    """The same as sections of a page, which also has room for pictures.

    Args:
        found: The explanation.
        predictor: The model.
    """
    parts: list[tuple[str, str, list[Element]]] = [
        ("output", "What is predicted", [*_absent(found), *_output(found, predictor)]),
        ("shares", "Which columns pushed it", _pushed(found, predictor)),
    ]
    if found.texts:
        words = list(chain.from_iterable(_words(found)))
        parts.append(("words", "Which words pushed it", words))
    seen = list(chain.from_iterable(_seen(found)))
    if found.picture is not None:
        parts.append(("picture", "What is seen in the picture", seen))
        layers = layers_in_pictures(found.picture)
        parts.append(("layers", "The picture layer by layer", layers))
    if found.neighbors is not None:
        gallery = neighbors_gallery(found.neighbors)
        parts.append(
            ("neighbors", "What is most like it", [*gallery, *_neighbors(found.neighbors, found)])
        )
    propagated = list(chain.from_iterable(_propagation(found)))
    parts.append(("propagation", "Forward propagation", propagated))
    return [Section(name=name, title=title, elements=own) for name, title, own in parts]


def _absent(found: Explanation) -> list[Element]:
    missing = "the column is missing, read as unknown"
    return [Paragraph(text=f"{name}: {missing}", style="detail") for name in found.absent]


def _seen(found: Explanation) -> list[list[Element]]:
    return [] if found.picture is None else picture_parts(found.picture, found.output)


def _words(found: Explanation) -> list[list[Element]]:
    return [part for text in found.texts for part in text_parts(text, found.output)]


def _to_look_into(found: Explanation, predictor: Predictor) -> list[Element]:
    """How to look into a picture that nobody has looked into."""
    columns = predictor.model_.encoder.columns
    names = [each.name for each in columns if each.picture_size is not None]
    if found.picture is not None or not names:
        return []
    words = f"To look into a picture of this row: --inside {shlex.quote(names[0])}."
    return [Paragraph(text=words, style="note")]


def _propagation(found: Explanation) -> list[list[Element]]:
    inputs = [_inputs(found)] if found.inputs else []
    return [*inputs, [_layers(found.layers)], [_sum(found.neuron), *_terms_in_words(found)]]


def _terms_in_words(found: Explanation) -> list[Element]:
    """How to read the terms of texts among the inputs of a sum."""
    if not found.texts:
        return []
    words = (
        "Of a text every term is an input: x is its weight in the text, w what its vector comes to "
        "with the weights of the neuron."
    )
    if any(has_pieces(text.terms) for text in found.texts):
        words += " ~ stands before a piece of a word, _ for the word's edge."
    return [Paragraph(text=words, style="note")]


def _pushed(found: Explanation, predictor: Predictor) -> list[Element]:
    note = Paragraph(text=_shares_in_words(found, predictor), style="note")
    return [_shares(found), note, *_to_look_into(found, predictor)]


def _inputs(found: Explanation) -> list[Element]:
    active = {name: value for name, value in found.inputs.items() if value != 0.0}
    table = Table(
        caption="Inputs after encoding",
        headings=["input", "value"],
        rows=[[name, f"{value:.4g}"] for name, value in list(active.items())[:MOST_INPUTS_SHOWN]],
    )
    rest = len(active) - MOST_INPUTS_SHOWN
    zeros = len(found.inputs) - len(active)
    more = [f"… {rest} more"] if rest > 0 else []
    more += [f"{count_of(zeros, 'input')} {'is' if zeros == 1 else 'are'} 0"] if zeros else []
    return [table, Paragraph(text="; ".join(more), style="note")] if more else [table]


def _layers(layers: Sequence[LayerTrace]) -> Table:
    members = max(len(trace.values) for trace in layers)
    mean = "; in brackets the members' mean" if members > 1 else ""
    rows = []
    for trace in layers:
        order = np.argsort(-trace.weight_on_output[0])[:MOST_NEURONS_SHOWN]
        strongest = "  ".join(_neuron(trace, int(place)) for place in order)
        rows.append([trace.name, f"{trace.values.shape[1]:,}", strongest])
    return Table(
        caption="Forward propagation of the first member",
        headings=["layer", "neurons", f"most important first (number: value{mean})"],
        rows=rows,
        texts=(0, 2),
    )


def _neuron(trace: LayerTrace, place: int) -> str:
    own = f"{place + 1}: {trace.values[0, place]:.4g}"
    return own if len(trace.values) == 1 else f"{own} ({trace.mean[place]:.4g})"


def _sum(neuron: NeuronSum) -> Table:
    lines = [*_first(neuron.terms, MOST_TERMS_SHOWN, "input"), ("bias b", neuron.bias)]
    lines.append(("z", neuron.z))
    terms = alike([term for _, term in lines], sign="+")
    factors = [neuron.factors.get(name) for name, _ in lines]
    return Table(
        caption=f"One sum in full: neuron {neuron.number} of layer 1",
        headings=["input", "x", "w", "x · w"],
        rows=[
            [name, *(("", "") if own is None else map(number, own)), term]
            for (name, _), own, term in zip(lines, factors, terms, strict=True)
        ],
        strong=(len(lines) - 1,),
    )


def _first(terms: Mapping[str, float], most: int, noun: str) -> list[tuple[str, float]]:
    """The first terms of a sum, and what the others come to."""
    shown = list(terms.items())[:most]
    rest = len(terms) - len(shown)
    others = [(count_of(rest, f"other {noun}"), sum(list(terms.values())[most:]))]
    return shown + (others if rest else [])


def prediction_in_words(found: Explanation) -> str:
    """What is predicted, and what is true if that is known."""
    truth = "" if found.truth is None else f"; true is {cut(found.truth)}"
    return f"{capital(found.output)}: {number(found.prediction)}{truth}."


def _output(found: Explanation, predictor: Predictor) -> list[Element]:
    truth = [] if found.truth is None else [Paragraph(text=f"true: {found.truth}")]
    if not found.probabilities:
        value = f"{found.prediction:.6g}"
        if found.unit is not None:
            value = _in_unit(found.unit, found.prediction, predictor)
        title = Paragraph(text="Output", style="title")
        return [title, Paragraph(text=f"{found.output} = {value}"), *truth]
    likeliest = sorted(found.probabilities.items(), key=lambda item: -item[1])
    table = Table(
        caption="Output",
        headings=["class", "probability"],
        rows=[[name, f"{value:.4f}"] for name, value in likeliest[:MOST_CLASSES_SHOWN]],
    )
    return [table, Paragraph(text=_how_decoded(predictor), style="note"), *truth]


def _in_unit(unit: Unit, value: float, predictor: Predictor) -> str:
    """How the last z becomes a number in the target's unit."""
    members = predictor.model_.network.members
    z = f"mean z of {members} members" if members > 1 else "z"
    numbers = f"{unit.z:.6g} · {unit.scale:.6g} + {unit.mean:.6g}".replace("+ -", "− ")
    formula = f"{z} · scale + mean = {numbers}"
    if unit.is_log:
        formula = f"exp({z} · scale + mean) − 1 = exp({numbers}) − 1"
    chain = f"{formula} = {value:.6g}"
    if not math.isclose(unit.prediction, value, rel_tol=1e-9):
        chain += f", kept within the training range ± 5 %: {unit.prediction:.6g}"
    return chain


def _how_decoded(predictor: Predictor) -> str:
    """How the last z became what is shown."""
    model = predictor.model_
    members = f", mean of {model.network.members} members" if model.network.members > 1 else ""
    return f"softmax(z / temperature {model.temperature:.6g}){members}"


def _shares(found: Explanation) -> Table:
    largest = max((abs(share) for share in found.columns.values()), default=0.0) or 1.0
    difference = found.prediction - found.baseline
    lines = _first(found.columns, MOST_INPUTS_SHOWN, "column")
    missed = difference - sum(found.columns.values())
    lines += [("error of the integral", missed), ("prediction − start", difference)]
    texts = alike([share for _, share in lines], sign="+")
    rows: list[list[str | Bar]] = []
    for (name, share), text in zip(lines, texts, strict=True):
        is_column = name in found.columns
        cell = _cell(found.cells.get(name)) if is_column else ""
        rows.append([name, cell, text, Bar(part=share / largest) if is_column else ""])
    ends = " to ".join(alike([found.baseline, found.prediction]))
    return Table(
        caption=f"What pushed {found.output} from {ends}",
        headings=["column", "cell", "share", "as a bar"],
        short_headings=["column", "cell", "share", ""],
        rows=rows,
        texts=(0, 1, 3),
        strong=(len(rows) - 1,),
    )


def _shares_in_words(found: Explanation, predictor: Predictor) -> str:
    columns = predictor.model_.encoder.columns
    have_texts = [each.vocabulary is not None for each in columns]
    starts = [] if all(have_texts) else ["every number at its median", "every category unknown"]
    if any(each.picture_size is not None for each in columns):
        starts.append("every picture of the mean color")
    if any(have_texts):
        starts.append("no word in any text")
    start = f"{', '.join(starts[:-1])} and {starts[-1]}" if len(starts) > 1 else starts[0]
    note = (
        f"Shares are integrated gradients; the start is a row with {start}. They add up to the "
        f"difference within {100 * found.completeness_error:.2f} %."
    )
    members = predictor.model_.network.members
    return f"{note} The prediction is the mean of {members} members." if members > 1 else note


def _cell(value: Any) -> str:
    return NO_CELL if value is None else cut(value)


def _neighbors(found: Neighbors, explained: Explanation) -> list[Element]:
    """The training rows nearest to the row, with the columns that pushed it most."""
    columns = list(explained.columns)[:MOST_NEIGHBOR_COLUMNS_SHOWN]
    has_truth = any(neighbor.truth is not None for neighbor in found.rows)
    headings = ["row", "distance", found.output, *(["true"] if has_truth else []), *columns]
    distances = alike([neighbor.distance for neighbor in found.rows])
    predictions = alike([neighbor.prediction for neighbor in found.rows])
    table = Table(
        caption=f"Nearest of the {found.num_rows:,} rows of {found.source} in the last hidden "
        "layer",
        headings=headings,
        rows=[
            [
                f"{neighbor.row:,}",
                distance,
                prediction,
                *([_cell(neighbor.truth)] if has_truth else []),
                *(_cell(neighbor.cells.get(name)) for name in columns),
            ]
            for neighbor, distance, prediction in zip(
                found.rows, distances, predictions, strict=True
            )
        ],
        texts=range(3, len(headings)),
    )
    if found.rows[0].distance > 0.0:
        note = (
            f"Of {found.sample:,} of these rows, {100 * found.typical:.0f} % are at least as far "
            "from their own nearest row as this one is from the first."
        )
    else:
        note = "The first is this row itself, or one that is the same to the network."
    return [table, Paragraph(text=note, style="note")]
