"""What is said of one picture: what pushed the prediction, and what each layer finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pellucid.report.elements import Bar, Element, Gallery, Image, Paragraph, Table, cut
from pellucid.report.images import (
    dark_where_large,
    signed_grey,
    thumbnail,
    with_shares,
)
from pellucid.report.numbers import alike, number
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.explanation.feature_maps import ConvolutionSum, FeatureMaps
    from pellucid.explanation.neighbors import Neighbors
    from pellucid.explanation.pictures import PictureExplanation
    from pellucid.explanation.pixels import Occlusion

Floats = npt.NDArray[np.float64]

MOST_MAPS_SHOWN = 8
MOST_CHANNELS_LISTED = 5
MOST_TERMS_SHOWN = 6
MOST_PIXELS = 128
SMALL = 64
"""Pixels of the longer side of what is shown small."""
ONE_VIEW = (
    "This is the picture as it is. What is predicted, and explained above, is the mean over "
    "several views of it: moved a little, and mirrored if the network learned from mirrored ones."
)
DARKEST = 0.995
"""Part of the pixels below the darkest: a few would leave all others pale."""
TOPS, LEFTS = ("upper", "middle", "lower"), ("left", "middle", "right")
STRONG_AGREEMENT = 0.5


def picture_parts(found: PictureExplanation, output: str) -> list[list[Element]]:
    """What pushed the prediction, where in the picture, and what each layer finds: in short.

    Args:
        found: What is seen in the picture.
        output: What is explained, e.g. "probability of 7".
    """
    return [
        [heat_gallery(found, output)],
        [_by_part(found)],
        [_layers(found.trace.layers), Paragraph(text=ONE_VIEW, style="note")],
        [_sum(found.trace.neuron)],
    ]


def layers_in_pictures(found: PictureExplanation) -> list[Element]:
    """The filters of the first layer, and the feature maps of all."""
    return [filters_gallery(found.trace.filters), *(_maps(layer) for layer in found.trace.layers)]


def heat_gallery(
    found: PictureExplanation, output: str, *, row: str = "", most: int = MOST_PIXELS
) -> Gallery:
    """The picture, what of it speaks for and against an output, and what is lost when covered.

    Args:
        found: What is seen in the picture.
        output: What is explained, e.g. "probability of 7".
        row: What the row is, where there are others beside it; "" for the only one.
        most: Pixels of the longer side at most.
    """
    shares = found.shares.shares
    largest = float(np.quantile(np.abs(shares), DARKEST))
    places = _places_in_words(shares)
    lost = _loss_by_pixel(found.occlusion, shares.shape)
    images = [
        Image(pixels=found.pixels, caption="the picture", alt=_what(found)),
        Image(
            pixels=with_shares(found.pixels, shares, largest),
            caption="for it orange, against it blue",
            needs_color=True,
            alt=f"The picture in pale, with what speaks for the {output} in orange and what speaks "
            "against it in blue. Both are also shown by themselves.",
        ),
        Image(
            pixels=dark_where_large(shares, largest),
            caption="speaks for it: the darker, the more",
            is_map=True,
            alt=f"Dark where pixels raise the {output}, most in the {places[0]}.",
        ),
        Image(
            pixels=dark_where_large(-shares, largest),
            caption="speaks against it: the darker, the more",
            is_map=True,
            alt=f"Dark where pixels lower the {output}, most in the {places[1]}.",
        ),
        Image(
            pixels=dark_where_large(lost, float(lost.max())),
            caption="lost when covered: the darker, the more",
            is_map=True,
            alt=f"Dark where a covered square lowers the {output} most.",
        ),
    ]
    start, end = alike([found.shares.baseline, found.shares.prediction])
    pushed = f"pushed {output} from {start} to {end}"
    return Gallery(
        title=f"{row}: what {pushed}" if row else f"What in the picture {pushed}",
        images=[replace(each, pixels=thumbnail(each.pixels, most)) for each in images],
        words=agreement(found.occlusion) if row else _heat_in_words(found),
        is_large=True,
    )


def _what(found: PictureExplanation) -> str:
    height, width, colors = found.pixels.shape
    named = f"{cut(found.name)}, " if found.name else ""
    kind = "grey" if colors == 1 else "color"
    return f"{named}{height} × {width} pixels in {kind}, as the network got it"


def _heat_in_words(found: PictureExplanation) -> str:
    shares, covered = found.shares, found.occlusion
    return (
        f"{_size_in_words(found)} Shares of pixels are integrated gradients; the start is a "
        "picture of the mean color of those in training. They add up to the difference within "
        f"{100 * shares.completeness_error:.2f} %. The check needs no gradient: a square of "
        f"{covered.side} × {covered.side} pixels in the mean color covers one place after the "
        f"other. {agreement(covered)}"
    )


def _size_in_words(found: PictureExplanation) -> str:
    come, seen = (
        f"{height} × {width}" for height, width in (found.pixels.shape[:2], found.trace.size)
    )
    smaller = f" and sees it at {seen}" if seen != come else ""
    return f"The network got the picture at {come} pixels{smaller}."


def agreement(found: Occlusion) -> str:
    """How well both measures agree, no surer than the squares that lie apart can tell."""
    if found.correlation is None or found.low is None or found.high is None:
        return "The squares are too few, or too much alike, to tell how well both agree."
    evidence = (
        f"rank correlation {found.correlation:.2f}, 95 % interval about {found.low:.2f} to "
        f"{found.high:.2f} as of the {found.num_apart} squares that lie apart"
    )
    if found.low > STRONG_AGREEMENT:
        return f"Both point to the same places ({evidence})."
    if found.low > 0.0:
        return f"Both agree at least in part ({evidence})."
    if found.high < 0.0:
        return f"Both contradict each other ({evidence}): do not rely on either."
    return f"Whether both agree cannot be told ({evidence})."


def _loss_by_pixel(found: Occlusion, shape: tuple[int, ...]) -> Floats:
    """Mean loss of the squares that cover each pixel, (H, W)."""
    total, times = np.zeros(shape), np.zeros(shape)
    for top, losses in zip(found.tops, found.losses, strict=True):
        for left, loss in zip(found.lefts, losses, strict=True):
            square = slice(top, top + found.side), slice(left, left + found.side)
            total[square] += loss
            times[square] += 1.0
    return np.asarray(total / times)


def _nine(values: Floats) -> dict[str, float]:
    """The sums over the nine parts of a picture, by name; those of small pictures may be empty."""
    return {
        "center" if top == left == TOPS[1] else f"{top} {left}": float(part.sum())
        for top, rows in zip(TOPS, np.array_split(values, 3, axis=0), strict=True)
        for left, part in zip(LEFTS, np.array_split(rows, 3, axis=1), strict=True)
    }


def _places_in_words(shares: Floats) -> tuple[str, str]:
    """The parts in which most speaks for the output, and against it."""
    found = []
    for values in (np.maximum(shares, 0.0), np.maximum(-shares, 0.0)):
        nine = _nine(values)
        found.append(max(nine, key=lambda name: nine[name]))
    return found[0], found[1]


def _by_part(found: PictureExplanation) -> Table:
    nine = _nine(found.shares.shares)
    largest = max(abs(share) for share in nine.values()) or 1.0
    difference = found.shares.prediction - found.shares.baseline
    missed = difference - sum(nine.values())
    lines = [*nine.items(), ("error of the integral", missed), ("prediction − start", difference)]
    texts = alike([share for _, share in lines], sign="+")
    return Table(
        caption="Shares of the parts of the picture",
        headings=["part", "share", "as a bar"],
        short_headings=["part", "share", ""],
        rows=[
            [name, text, Bar(part=share / largest) if name in nine else ""]
            for (name, share), text in zip(lines, texts, strict=True)
        ],
        texts=(0, 2),
        strong=(len(lines) - 1,),
    )


def _layers(layers: Sequence[FeatureMaps]) -> Table:
    return Table(
        caption="What each layer finds in the picture",
        headings=["layer", "channels", "of pixels", "most important channels first"],
        rows=[
            [
                layer.layer,
                f"{len(layer.maps):,}",
                " × ".join(map(str, layer.maps.shape[1:])),
                "  ".join(str(channel + 1) for channel in layer.order[:MOST_CHANNELS_LISTED]),
            ]
            for layer in layers
        ],
        texts=(0, 3),
    )


def _sum(neuron: ConvolutionSum) -> Table:
    """The largest terms of a sum, what the others come to, the bias, and z."""
    products = neuron.x * neuron.weight
    order = np.argsort(-np.abs(products), axis=None, kind="stable")
    shown = [np.unravel_index(place, products.shape) for place in order[:MOST_TERMS_SHOWN]]
    middle = products.shape[1] // 2
    names = [
        f"channel {channel + 1} at row {neuron.place[1] + row - middle}, "
        f"column {neuron.place[2] + column - middle}"
        for channel, row, column in shown
    ]
    rest = products.size - len(shown)
    others = float(products.sum() - sum(products[place] for place in shown))
    rows = [
        [name, number(float(neuron.x[place])), number(float(neuron.weight[place]), sign="+")]
        for name, place in zip(names, shown, strict=True)
    ]
    rows += [[count_of(rest, "other input"), "", ""]] if rest else []
    rows += [["bias b", "", ""], ["z", "", ""]]
    terms = [float(products[place]) for place in shown] + ([others] if rest else [])
    written = alike([*terms, neuron.bias, neuron.z], sign="+")
    place = ", ".join(map(str, neuron.place))
    return Table(
        caption=f"One sum in full: neuron ({place}) of {neuron.layer}, its channel, row and column",
        headings=["input", "x", "w", "x · w"],
        rows=[[*row, term] for row, term in zip(rows, written, strict=True)],
        strong=(len(rows) - 1,),
    )


def filters_gallery(filters_ECKK: Floats) -> Gallery:
    """The weights of the layer that sees the pixels, as pictures.

    Args:
        filters_ECKK: The filters.
    """
    filters = filters_ECKK.transpose(0, 2, 3, 1)
    size = " × ".join(map(str, filters.shape[1:3]))
    return Gallery(
        title=f"The {count_of(len(filters), 'filter')} of the first layer",
        images=[
            Image(
                pixels=signed_grey(each),
                caption=f"{place}",
                alt=f"Filter {place}: weights from {each.min():.2g} to {each.max():.2g}",
            )
            for place, each in enumerate(filters, 1)
        ],
        words=f"Weights of {size} pixels each: brighter than the middle is positive, darker "
        "negative. They were found in the training pictures and tell neighboring pixels apart; "
        f"channel {len(filters) + 1} of the whitening is the negative of the first, and so on.",
    )


def _maps(layer: FeatureMaps) -> Gallery:
    chosen = layer.order[:MOST_MAPS_SHOWN]
    total = float(layer.weight_on_output.sum()) or 1.0
    size = " × ".join(map(str, layer.maps.shape[1:]))
    images = []
    for channel in chosen:
        values, part = layer.maps[channel], layer.weight_on_output[channel] / total
        top, left = np.unravel_index(int(values.argmax()), values.shape)
        images.append(
            Image(
                pixels=thumbnail(dark_where_large(values, float(values.max())), SMALL),
                caption=f"channel {channel + 1}: {100 * part:.0f}\N{NO-BREAK SPACE}%",
                alt=f"Channel {channel + 1} of {layer.layer}: greatest, {values.max():.3g}, in row "
                f"{top + 1}, column {left + 1} of {size}",
            )
        )
    return Gallery(
        title=f"{layer.layer}: {len(chosen)} of {count_of(len(layer.maps), 'channel')}",
        images=images,
        words=f"Maps of {size} pixels after the activation function, the most important first: "
        "black is the greatest number of a map, white 0. The percentage is the channel's part in "
        "the layer's |value · gradient|.",
    )


def neighbors_gallery(neighbors: Neighbors) -> list[Element]:
    """The pictures of the nearest training rows, of the first column that holds such, if one does.

    Args:
        neighbors: The training rows most like a row.
    """
    column = next((name for each in neighbors.rows for name in each.pictures), "")
    images = [
        Image(
            pixels=thumbnail(each.pictures[column].pixels, SMALL),
            caption=f"row {each.row:,}" + ("" if each.truth is None else f": {cut(each.truth)}"),
            alt=f"{cut(each.cells.get(column))}, distance {each.distance:.3g}",
        )
        for each in neighbors.rows
        if column in each.pictures
    ]
    if not images:
        return []
    words = "Nearest first, by what the last layer gets."
    return [Gallery(title="The nearest training pictures", images=images, words=words)]
