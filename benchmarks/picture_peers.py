"""What a network of pictures is measured beside: PyTorch's example, an eager loop, HOG.

`pip install scikit-image` for the features (`--no-deps`, with `pip install imageio lazy-loader
networkx tifffile packaging`, where numpy, scipy and Pillow shall stay as they are). Nothing else in
Pellucid needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, max_pool2d, nll_loss, pad, relu

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

# --- PyTorch's example ---------------------------------------------------------------------------

MNIST_MEAN, MNIST_DEVIATION = 0.1307, 0.3081
EXAMPLE_BATCH = 64


class ExampleNet(nn.Module):
    """The network of github.com/pytorch/examples/blob/main/mnist/main.py."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3, 1), nn.Conv2d(32, 64, 3, 1)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1, 28, 28) → logarithms of probabilities (B, 10)."""
        x = max_pool2d(relu(self.conv2(relu(self.conv1(x)))), 2)
        x = self.dropout1(x).flatten(1)
        x = self.dropout2(relu(self.fc1(x)))
        return torch.log_softmax(self.fc2(x), dim=1)


def train_example(pixels: Pixels, target: npt.NDArray[Any], epochs: int) -> Iterator[ExampleNet]:
    """Train as the example does: Adadelta of rate 1, times 0.7 after each epoch, batches of 64.

    Kinder than the example in one thing: all pictures are tensors in memory already, where its
    loader decodes them one by one.

    Yields:
        The network after each epoch.
    """
    torch.manual_seed(1)
    x, y = example_inputs(pixels), torch.from_numpy(target.astype(np.int64))
    net = ExampleNet().train()
    optimizer = torch.optim.Adadelta(net.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    for _ in range(epochs):
        for places in torch.randperm(len(x)).split(EXAMPLE_BATCH):
            optimizer.zero_grad()
            nll_loss(net(x[places]), y[places]).backward()
            optimizer.step()
        schedule.step()
        yield net


def example_inputs(pixels: Pixels) -> Tensor:
    """(n, H, W, 1) → (n, 1, H, W), scaled as the example does."""
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255.0)
    return (x - MNIST_MEAN) / MNIST_DEVIATION


@torch.inference_mode()
def example_accuracy(net: ExampleNet, pixels: Pixels, target: npt.NDArray[Any]) -> float:
    """Part of the pictures it is right about."""
    net.eval()
    parts = [net(example_inputs(pixels[i : i + 1000])) for i in range(0, len(pixels), 1000)]
    net.train()
    return float((torch.cat(parts).argmax(1).numpy() == target).mean())


# --- our network in an eager loop ----------------------------------------------------------------


class EagerPictures(nn.Module):
    """The network of pictures as anyone would write it in PyTorch: the same layers and widths.

    Args:
        colors: Of the pictures.
        filters: Of each group of convolutions.
        classes: Outputs.
        stem: Kernel, stride and eigenvectors of the whitening convolution.
    """

    def __init__(
        self, colors: int, filters: Sequence[int], classes: int, stem: tuple[int, int, int]
    ) -> None:
        super().__init__()
        kernel, stride, count = stem
        self.whitening = nn.Conv2d(colors, 2 * count, kernel, stride, bias=False)
        self.whitening.weight.requires_grad = False
        layers: list[nn.Module] = []
        for below, above in pairwise([2 * count, *filters]):
            layers += [
                nn.Conv2d(below, above, 3, padding=1, bias=False),
                nn.MaxPool2d(2),
                _norm(above),
                nn.ReLU(),
                nn.Conv2d(above, above, 3, padding=1, bias=False),
                _norm(above),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(filters[-1], classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, classes)."""
        return self.head(self.layers(relu(self.whitening(x))).amax(dim=(2, 3)))

    def banks(self) -> list[nn.Parameter]:
        """The filters that Muon moves."""
        return [layer.weight for layer in self.layers if isinstance(layer, nn.Conv2d)]

    def others(self) -> list[nn.Parameter]:
        """What AdamW moves."""
        banks = {id(bank) for bank in self.banks()}
        return [p for p in self.parameters() if p.requires_grad and id(p) not in banks]


def _norm(channels: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels, momentum=0.4)
    norm.weight.requires_grad = False
    return norm


class EagerMuon(torch.optim.Optimizer):
    """Muon as github.com/KellerJordan/cifar10-airbench (airbench94_muon.py) has it.

    Args:
        banks: Filters, each of which moves as one matrix.
        lr: How far.
        momentum: Of their gradients.
        dtype: In which matrices are orthogonalized: there bfloat16.
    """

    def __init__(
        self,
        banks: Sequence[nn.Parameter],
        lr: float,
        momentum: float = 0.6,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(banks, {"lr": lr, "momentum": momentum})
        self._dtype = dtype

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move each bank of filters."""
        for group in self.param_groups:
            for p in group["params"]:
                buffer = self.state[p].setdefault("momentum", torch.zeros_like(p.grad))
                buffer.mul_(group["momentum"]).add_(p.grad)
                gradient = p.grad.add(buffer, alpha=group["momentum"])
                p.data.mul_(len(p.data) ** 0.5 / p.data.norm())
                matrix = gradient.reshape(len(gradient), -1).to(self._dtype)
                update = _orthogonalized(matrix).view(gradient.shape)
                p.data.add_(update.to(p.dtype), alpha=-group["lr"])


def _orthogonalized(gradient: Tensor, steps: int = 3) -> Tensor:
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradient / (gradient.norm() + 1e-7)
    is_tall = x.size(0) > x.size(1)
    x = x.T if is_tall else x
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if is_tall else x


def eager_step(
    net: EagerPictures,
    pixels: Tensor,
    target: Tensor,
    *,
    rate: float,
    shift: int,
    flips: bool,
    reduced: bool,
    smoothing: float = 0.1,
) -> Callable[[], Tensor]:
    """One step of the usual loop, from uint8 pictures to moved weights.

    Args:
        net: What learns.
        pixels: (B, H, W, C).
        target: (B,).
        rate: Of AdamW, 24 times less than that of Muon.
        shift: Pixels by which pictures are moved at most.
        flips: Whether half of them are mirrored.
        reduced: Whether the loop runs under autocast to bfloat16.
        smoothing: Of the labels.
    """
    muon = EagerMuon(
        net.banks(), lr=24.0 * rate, dtype=torch.bfloat16 if reduced else torch.float32
    )
    adam = torch.optim.AdamW(net.others(), lr=rate, weight_decay=0.0)
    mean, deviation = 127.5, 63.75

    def step() -> Tensor:
        x = pixels.permute(0, 3, 1, 2).contiguous()
        x = _flipped(x) if flips else x
        x = _cropped(pad(x.float(), (shift,) * 4, mode="reflect"), shift) if shift else x.float()
        x = ((x - mean) / deviation).contiguous(memory_format=torch.channels_last)
        muon.zero_grad()
        adam.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            outputs = net(x)
        loss = cross_entropy(outputs.float(), target, label_smoothing=smoothing)
        loss.backward()
        muon.step()
        adam.step()
        return loss.detach()

    return step


def _flipped(x: Tensor) -> Tensor:
    """Half of them mirrored: airbench's `batch_flip_lr`."""
    mask = (torch.rand(len(x)) < 0.5).view(-1, 1, 1, 1)
    return torch.where(mask, x.flip(-1), x)


def _cropped(padded: Tensor, shift: int) -> Tensor:
    """Each moved at random: airbench's `batch_crop` for small shifts."""
    size = (padded.shape[2] - 2 * shift, padded.shape[3] - 2 * shift)
    moves = torch.randint(-shift, shift + 1, (len(padded), 2))
    out = torch.empty((len(padded), padded.shape[1], *size))
    for down in range(-shift, shift + 1):
        for right in range(-shift, shift + 1):
            mask = (moves[:, 0] == down) & (moves[:, 1] == right)
            top, left = shift + down, shift + right
            out[mask] = padded[mask, :, top : top + size[0], left : left + size[1]]
    return out


# --- features made by hand -----------------------------------------------------------------------

ORIENTATIONS, COLOR_BINS = 9, 8
CELLS = 8
"""Cells a side of a picture, of which 2 × 2 make a block (Dalal & Triggs 2005)."""


def has_hand_made() -> bool:
    """Whether scikit-image is there."""
    return find_spec("skimage") is not None


def hand_made(pixels: Pixels) -> Floats:
    """Features that a person chose: HOG, and for color pictures a histogram of each color.

    Args:
        pixels: (n, H, W, C).

    Returns:
        (n, features).
    """
    return np.stack([np.concatenate([_hog(one), _histogram(one)]) for one in pixels])


def _hog(pixels: Pixels) -> Floats:
    from skimage.feature import hog

    height, width, colors = pixels.shape
    found = hog(
        pixels if colors > 1 else pixels[:, :, 0],
        orientations=ORIENTATIONS,
        pixels_per_cell=(max(2, height // CELLS), max(2, width // CELLS)),
        cells_per_block=(2, 2),
        channel_axis=-1 if colors > 1 else None,
    )
    return np.asarray(found, dtype=np.float32)


def _histogram(pixels: Pixels) -> Floats:
    """Part of the pixels in each bin of brightness, color by color; none of grey pictures."""
    colors = pixels.shape[2]
    if colors == 1:
        return np.empty(0, dtype=np.float32)
    counts = [
        np.histogram(pixels[:, :, color], bins=COLOR_BINS, range=(0, 256))[0]
        for color in range(colors)
    ]
    return np.concatenate(counts).astype(np.float32) / pixels[:, :, 0].size
