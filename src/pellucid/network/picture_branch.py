"""The branch of pictures: convolutions that find in the pixels what the layers above need.

A fixed whitening convolution, then groups of two convolutions, of which the first is pooled, and at
last the greatest number of each channel, wherever it stands: the family of nets that holds the
records of speed on small pictures (Jordan 2024, arXiv:2404.00498).

Shape letters: B = pictures of the batch, H, W = height and width, C = colors, then channels,
E = eigenvectors, K, L = height and width of a filter, F = features.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import pairwise

import torch
from torch import Generator, Tensor
from torch.nn.functional import conv2d, interpolate

from pellucid.inputs import LARGEST_SIDE, MOST_FEATURES, SMALLEST_CROP
from pellucid.network.augmentation import (
    cropped_at_random,
    jittered_at_random,
    shifted_at_random,
    views,
)
from pellucid.network.convolution import convolution, max_pool_backward, max_pool_forward
from pellucid.network.convolution_block import NO_POOLING, ConvolutionBlock, folded
from pellucid.network.layers import Layer, Views
from pellucid.network.tiles import by_tile
from pellucid.network.whitening import whitening_filters

MOST_COLORS = 16
MOST_GROUPS = 6
MOST_NEURONS = 2**23
"""Of a layer: a file must not ask for more memory than there is."""
FEWEST_TO_POOL = 4
"""Smaller pictures stay as they are: little would be left of them."""
MIDDLE, QUARTER = 127.5, 63.75
"""Mean and deviation of brightness, before any picture was seen."""
SMALLEST_DEVIATION = 1.0
MOST_NUMBERS = 2**24
NORMALIZED = ("mean", "deviation")


def stem_for(height: int, width: int, colors: int) -> tuple[int, int, int]:
    """Kernel, stride and eigenvectors of the whitening convolution that suit a size."""
    if min(height, width) > 40:
        kernel, stride, count = 4, 2, 12
    elif colors > 1:
        kernel, stride, count = 2, 1, 12
    else:
        kernel, stride, count = 3, 1, 8
    kernel = min(kernel, height, width)
    return kernel, min(stride, kernel), min(count, colors * kernel**2)


class PictureBranch(Layer):
    """Pictures (B, H, W, C), uint8 or numbers 0 … 255 → features (B, F).

    In training pictures are moved, mirrored, cropped and recolored at random, as asked. Predicted
    is the mean over what it finds in the picture as it is, moved by a pixel, and mirrored.

    As a function (`compute`) it can be differentiated with respect to the pixels, if they are given
    as floating-point numbers. So a `NetworkModule` with it is an ordinary module: captum gets the
    same gradients.

    Args:
        height: H.
        width: W.
        colors: C.
        size: Height and width at which they are seen: smaller than they come, so that a crop is as
            sharp as the whole; None: as they come.
        filters: Of both convolutions of each group; the last are the features F.
        kernel: Pixels in height and width of a patch that is whitened; None: as suits the size.
        stride: Pixels from one to the next; likewise.
        eigenvectors: Eigenvectors E, each of which gives two filters; likewise.
        shift: Pixels by which a picture is moved at most, either way.
        flips: Whether half of the pictures are mirrored left to right.
        crop: The least part of its area that a crop keeps; 1 for none.
        jitter: The part by which brightness, contrast and colors change at most.

    Attributes:
        outputs: F.

    Raises:
        ValueError: One of them is no such number, or too large.
    """

    own_tile = 8

    def __init__(
        self,
        height: int,
        width: int,
        colors: int,
        *,
        size: Sequence[int] | None = None,
        filters: Sequence[int] = (32, 64, 64),
        kernel: int | None = None,
        stride: int | None = None,
        eigenvectors: int | None = None,
        shift: int = 0,
        flips: bool = False,
        crop: float = 1.0,
        jitter: float = 0.0,
    ) -> None:
        _check_whole(1, LARGEST_SIDE, height=height, width=width)
        _check_whole(1, MOST_COLORS, colors=colors)
        _check_lists(filters=filters, size=() if size is None else size)
        _check_whole(1, MOST_GROUPS, groups=len(filters))
        for count in filters:
            _check_whole(1, MOST_FEATURES, filters=count)
        self.size = (height, width) if size is None else tuple(size)
        if len(self.size) != 2:
            raise ValueError(f"size must be a height and a width, but is {size!r:.40}")
        _check_whole(1, height, size=self.size[0])
        _check_whole(1, width, size=self.size[1])
        suiting = stem_for(*self.size, colors)
        kernel, stride, eigenvectors = (
            auto if given is None else given
            for given, auto in zip((kernel, stride, eigenvectors), suiting, strict=True)
        )
        _check_whole(1, min(self.size), kernel=kernel)
        _check_whole(1, kernel, stride=stride)
        _check_whole(1, colors * kernel**2, eigenvectors=eigenvectors)
        _check_whole(0, max(height, width), shift=shift)
        _check_part(SMALLEST_CROP, crop=crop)
        _check_part(0.0, jitter=jitter)
        if not isinstance(flips, bool):
            raise ValueError(f"flips must be true or false, but is {flips!r:.40}")  # noqa: TRY004 - as everywhere
        self.height, self.width, self.colors = height, width, colors
        self.kernel, self.stride, self.eigenvectors = kernel, stride, eigenvectors
        self.shift, self.flips, self.crop, self.jitter = shift, flips, crop, jitter
        self._view_shift = max(1, height // self.size[0]) if shift or crop < 1.0 else 0
        self.groups = list(filters)
        self.outputs = filters[-1]
        self._build()

    def _build(self) -> None:
        """The blocks, and what each of them has."""
        height, width = ((n - self.kernel) // self.stride + 1 for n in self.size)
        blocks: list[ConvolutionBlock] = []
        self.products = height * width * self.eigenvectors * self.colors * self.kernel**2
        for below, above in pairwise([2 * self.eigenvectors, *self.groups]):
            window = _window(height), _window(width)
            if height * width * max(below, above) > MOST_NEURONS:
                raise ValueError(
                    f"filters must give {MOST_NEURONS} numbers at most, but {above} of them have "
                    f"{height} × {width} places"
                )
            blocks.append(ConvolutionBlock(below, above, window))
            self.products += height * width * below * above * 9
            height, width = height // window[0], width // window[1]
            blocks.append(ConvolutionBlock(above, above, NO_POOLING))
            self.products += height * width * above * above * 9
        self._whole = (height, width)
        self.blocks = {f"convolution_{place}": block for place, block in enumerate(blocks, 1)}
        filters_shape = (self.eigenvectors, self.colors, self.kernel, self.kernel)
        super().__init__(
            {f"{b}.{n}": s for b, block in self.blocks.items() for n, s in block.shapes.items()}
        )
        self.filters = self.decayed = frozenset(n for n in self.shapes if n.endswith(".weight"))
        self.state_shapes = dict.fromkeys(NORMALIZED, (self.colors,))
        self.state_shapes["whitening"] = filters_shape
        for b, block in self.blocks.items():
            self.state_shapes |= {f"{b}.{n}": shape for n, shape in block.state_shapes.items()}

    def bind(self, given: Views) -> None:
        """Make the given views the blocks' own."""
        super().bind(given)
        for name, block in self.blocks.items():
            parts = (
                {n: held[f"{name}.{n}"] for n in shapes}
                for held, shapes in (
                    (given.parameters, block.shapes),
                    (given.gradients, block.shapes),
                    (given.state, block.state_shapes),
                )
            )
            parameters, gradients, state = parts
            block.views = Views(
                parameters=parameters, gradients=gradients, row_gradients={}, state=state
            )

    def initialize(self, generator: Generator) -> None:
        """Filters as their blocks start; patches are seen as they are, until pictures are known."""
        for block in self.blocks.values():
            block.initialize(generator)
        self.state["mean"].fill_(MIDDLE)
        self.state["deviation"].fill_(QUARTER)
        torch.nn.init.dirac_(self.state["whitening"])

    def initialize_from(self, x: Tensor) -> None:
        """Means, deviations and whitening filters of some training pictures (B, H, W, C).

        Of many or large ones as many as give enough pixels, evenly spread: the first may all be of
        one class.
        """
        enough = max(1, MOST_NUMBERS // (self.height * self.width * self.colors))
        pictures = self._planes(x[:: max(1, math.ceil(len(x) / enough))])
        deviation_C, mean_C = torch.std_mean(pictures, dim=(0, 2, 3), correction=0)
        self.state["mean"].copy_(mean_C)
        self.state["deviation"].copy_(deviation_C.clamp_min(SMALLEST_DEVIATION))
        seen = self._normalized(pictures, *(self.state[name] for name in NORMALIZED))
        filters = whitening_filters(seen, self.eigenvectors, self.kernel, self.stride)
        self.state["whitening"].copy_(filters)

    def _planes(self, x_BHWC: Tensor) -> Tensor:
        """(B, H, W, C) → (B, C, H, W), numbers, color by color in memory: quicker to change.

        Raises:
            ValueError: Pictures have another size.
        """
        expected = (self.height, self.width, self.colors)
        if x_BHWC.shape[1:] != expected:
            raise ValueError(f"pictures have {tuple(x_BHWC.shape[1:])} numbers, not {expected}")
        return x_BHWC.permute(0, 3, 1, 2).contiguous().to(self.state["mean"].dtype)

    def _normalized(self, x_BCHW: Tensor, mean_C: Tensor, deviation_C: Tensor) -> Tensor:
        """Pictures as they are seen: of that size, mean 0 and deviation 1 over training's."""
        seen = x_BCHW
        if seen.shape[2:] != self.size:
            seen = interpolate(seen, self.size, mode="area")
        return (seen - mean_C[:, None, None]) / deviation_C[:, None, None]

    def _whitened(self, x_BCHW: Tensor, filters_ECKK: Tensor) -> Tensor:
        """What the filters and their negatives find: both signs of each."""
        pixels = x_BCHW.contiguous(memory_format=torch.channels_last)
        return torch.relu(conv2d(pixels, _both_signs(filters_ECKK), stride=self.stride))

    def _outputs(
        self,
        x_BHWC: Tensor,
        stem: Sequence[Tensor],
        folded: Iterable[tuple[Tensor, Tensor]],
    ) -> Iterator[tuple[str, Tensor]]:
        """The output of each layer, in order, by name.

        Args:
            x_BHWC: Pictures.
            stem: Means, deviations, whitening filters.
            folded: Filters and biases of each convolution, with the norm as part of them.
        """
        h = self._normalized(self._planes(x_BHWC).to(stem[0].dtype), *stem[:2])
        yield "picture", h
        h = self._whitened(h, stem[2])
        yield "whitening", h
        for (name, block), weights in zip(self.blocks.items(), folded, strict=True):
            z = convolution(h, *weights)
            yield name, z
            h = block.after(z)
            yield name.replace("convolution", "activation"), h
        yield "features", h.amax(dim=(2, 3))

    def _mean(
        self, x: Tensor, stem: Sequence[Tensor], folded: Sequence[tuple[Tensor, Tensor]]
    ) -> Tensor:
        """The features, mean over the views."""
        seen = list(views(x, self._view_shift, flips=self.flips))
        *_, (_, features) = self._outputs(torch.cat([view for view, _ in seen]), stem, folded)
        by_view = features.unflatten(0, (len(seen), x.shape[0])).unbind()
        parts = (part * found_BF for (_, part), found_BF in zip(seen, by_view, strict=True))
        return reduce(torch.add, parts)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, H, W, C) → (B, F): the mean over the views."""
        weights, state = parameters[: len(self.shapes)], parameters[len(self.shapes) :]
        pairs = zip(weights[::2], weights[1::2], state[3::2], state[4::2], strict=True)
        return self._mean(x, state[:3], [folded(*own) for own in pairs])

    def prepare(self) -> None:
        """Filters with the norm as part of them."""
        self._folded = [block.folded() for block in self.blocks.values()]

    def predict(self, x: Tensor) -> Tensor:
        """(B, H, W, C) → (B, F), tile by tile: a convolution of one tile sums in one order."""
        stem = list(self.state.values())[:3]
        return by_tile(lambda tile: self._mean(tile, stem, self._folded), x, self.tile)

    def trace(self, x: Tensor) -> dict[str, Tensor]:
        """What each layer finds in pictures as they are: one view, nothing moved or mirrored.

        Returns:
            By name, in order: `picture`, as it is seen: resized, of mean 0 and deviation 1 over
            the training pictures; `whitening`, with both signs; for each convolution its z, with
            the norm as part of it, and its activation (pooled, then ReLU); `features`.
        """
        weights = [block.folded() for block in self.blocks.values()]
        return dict(self._outputs(x, list(self.state.values())[:3], weights))

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) → (B, F), of pictures changed at random."""
        pictures = self._normalized(self._augmented(x), *(self.state[n] for n in NORMALIZED))
        precise = pictures.dtype
        if self.reduced_precision and precise == torch.float32:
            pictures = pictures.to(torch.bfloat16)
        h = self._whitened(pictures, self.state["whitening"].to(pictures.dtype))
        for block in self.blocks.values():
            h = block.forward(h)
        self._h = h
        features, self._place = max_pool_forward(h, self._whole)
        return features.flatten(1).to(precise)

    def _augmented(self, x_BHWC: Tensor) -> Tensor:
        """Pictures changed at random, (B, C, H, W) or as small as they are seen."""
        generator, flips = self.generator, self.flips
        if self.crop == 1.0 and (self.shift or flips):
            x_BHWC = shifted_at_random(x_BHWC, self.shift, flips=flips, generator=generator)
        x_BCHW = self._planes(x_BHWC)
        if self.crop < 1.0:
            x_BCHW = cropped_at_random(
                x_BCHW, self.crop, self.size, flips=flips, generator=generator
            )
        if self.jitter:
            x_BCHW = jittered_at_random(x_BCHW, self.jitter, generator=generator)
        return x_BCHW

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(B, F) → nothing: below the branch nothing learns."""
        grad_BF11 = grad.to(self._h.dtype)[:, :, None, None]
        below = max_pool_backward(grad_BF11, self._h, self._place, self._whole)
        first, *others = self.blocks.values()
        for block in reversed(others):
            below = block.backward(below, wanted=True)
        first.backward(below, wanted=False)
        return None

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {
            "height": self.height,
            "width": self.width,
            "colors": self.colors,
            "size": list(self.size),
            "filters": self.groups,
            "kernel": self.kernel,
            "stride": self.stride,
            "eigenvectors": self.eigenvectors,
            "shift": self.shift,
            "flips": self.flips,
            "crop": self.crop,
            "jitter": self.jitter,
        }


def _both_signs(filters_ECKK: Tensor) -> Tensor:
    # As good as no time would be saved by negating what was found, instead of finding it.
    return torch.cat([filters_ECKK, -filters_ECKK])


def _window(pixels: int) -> int:
    return 2 if pixels >= FEWEST_TO_POOL else 1


def _check_whole(least: int, most: int, **numbers: object) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise ValueError(
                f"{name} must be a whole number from {least} to {most}, but is {number!r:.40}"
            )


def _check_lists(**lists: object) -> None:
    for name, numbers in lists.items():
        if not isinstance(numbers, list | tuple):
            raise ValueError(f"{name} must be several numbers, but is {numbers!r:.40}")  # noqa: TRY004 - as everywhere


def _check_part(least: float, **numbers: object) -> None:
    for name, number in numbers.items():
        if (
            isinstance(number, bool)
            or not isinstance(number, int | float)
            or not least <= number <= 1.0
        ):
            raise ValueError(f"{name} must be a number from {least:g} to 1, but is {number!r:.40}")
