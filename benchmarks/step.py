"""One training step against the same step elsewhere: how long it takes.

Run `python benchmarks/step.py`; it takes about two minutes. Every row is one network, one batch and
one optimizer (Adam), on one thread:

* Pellucid: `train_step`, as the training loop takes it;
* torch: `nn.Sequential`, `nn.CrossEntropyLoss` and `torch.optim.Adam` with its defaults, in the
  usual eager loop; once more with `fused=True`, the quicker kernel one has to ask for;
* scikit-learn: `MLPClassifier.partial_fit`, once with one batch a call, once with many batches
  a call, which spreads the cost of its checks.

A second table has the steps of networks that learn a vector for each of 1 000 to 1 000 000 levels:

* Pellucid, whose larger tables are stepped row by row;
* torch: `nn.Embedding(sparse=True)` and `torch.optim.SparseAdam` for the table, `torch.optim.Adam`
  for the rest.

The measurements take turns in rounds, so that what else the machine does falls on all alike; the
tables show medians over the rounds. First it is checked that Pellucid and torch do the same work:
from the same weights, five steps give the same losses.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits
from torch import nn
from turns import machine

from pellucid.inputs import Inputs
from pellucid.network import (
    LOSSES,
    Activation,
    Adam,
    CategoryEmbedding,
    Layer,
    Linear,
    Network,
)
from pellucid.network.precision import SMALLEST_REDUCED_PRODUCT, has_reduced_products
from pellucid.training.loop import train_step

LEARNING_RATE = 1e-3
STEPS_CHECKED = 5
BATCHES_A_CALL = 50
SECONDS_A_TURN = 0.03
REDUCED_TOLERANCE = 2e-2

TABLES = (1_000, 100_000, 1_000_000)

Step = Callable[[], torch.Tensor]
Call = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row of the table.

    Attributes:
        sizes: Neurons of each layer, inputs first.
        batch: Rows in a batch.
        reduced: Whether Pellucid may run large products on the bfloat16 units.
        torch_reduced: Whether torch may too.
        goal: The ratio to torch's default Adam that was promised, if any.
    """

    sizes: tuple[int, ...]
    batch: int
    reduced: bool = False
    torch_reduced: bool = False
    goal: float | None = None

    @property
    def products(self) -> str:
        """Which products are reduced, in words."""
        if not self.reduced:
            return "float32"
        return "bfloat16, torch too" if self.torch_reduced else "bfloat16, torch float32"

    @property
    def can_reduce(self) -> bool:
        """Whether any product is large enough to be worth reducing, and the units are there."""
        largest = max(a * b for a, b in pairwise(self.sizes)) * self.batch
        return largest >= SMALLEST_REDUCED_PRODUCT and has_reduced_products(torch.device("cpu"))


CASES = (
    Case(sizes=(2, 8, 2), batch=16),
    Case(sizes=(4, 32, 3), batch=32, goal=4.0),
    Case(sizes=(14, 128, 128, 2), batch=256, goal=2.0),
    Case(sizes=(14, 128, 128, 2), batch=256, goal=2.0, reduced=True),
    Case(sizes=(14, 128, 128, 2), batch=256, reduced=True, torch_reduced=True),
    Case(sizes=(784, 512, 256, 10), batch=128, goal=1.3),
    Case(sizes=(784, 512, 256, 10), batch=128, goal=2.0, reduced=True),
    Case(sizes=(784, 512, 256, 10), batch=128, reduced=True, torch_reduced=True),
    Case(sizes=(784, 1024, 1024, 10), batch=256),
    Case(sizes=(784, 1024, 1024, 10), batch=256, reduced=True),
    Case(sizes=(784, 1024, 1024, 10), batch=256, reduced=True, torch_reduced=True),
)


class Contest:
    """The same network, batch and optimizer in every library.

    Args:
        case: Which.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        generator = torch.Generator().manual_seed(0)
        rows = case.batch * BATCHES_A_CALL
        self.x = torch.randn(rows, case.sizes[0], generator=generator)
        self.y = torch.randint(0, case.sizes[-1], (rows,), generator=generator)
        self.batch = self.x[: case.batch].clone(), self.y[: case.batch].clone()

    def network(self) -> Network:
        """Pellucid's, with seed 0."""
        layers: list[Layer] = []
        for inputs, outputs in pairwise(self.case.sizes):
            layers += [Linear(inputs, outputs), Activation("relu")]
        return Network(layers[:-1], seed=0, reduced_precision=self.case.reduced)

    def pellucid(self) -> Step:
        """A step as the training loop takes it."""
        network = self.network()
        optimizer, loss = Adam(network.weights), LOSSES["cross_entropy"]
        batch = (*self.batch, None)

        @torch.inference_mode()
        def step() -> torch.Tensor:
            return train_step(network, loss, optimizer, batch, learning_rate=LEARNING_RATE)

        return step

    def torch(self, *, fused: bool | None = None) -> Step:
        """The usual eager loop, from Pellucid's first weights."""
        module = _module_like(self.network())
        optimizer = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE, fused=fused)
        criterion = nn.CrossEntropyLoss()
        x, y = self.batch

        def step() -> torch.Tensor:
            optimizer.zero_grad()
            loss = criterion(module(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return step

    def sklearn(self, batches: int) -> Call:
        """`partial_fit` on a number of batches."""
        rows = self.case.batch * batches
        x, y = self.x[:rows].numpy(), self.y[:rows].numpy()
        network = MLPClassifier(
            self.case.sizes[1:-1], batch_size=self.case.batch, alpha=0.0, random_state=0
        )
        classes = list(range(self.case.sizes[-1]))
        return lambda: network.partial_fit(x, y, classes=classes)


def _module_like(network: Network) -> nn.Sequential:
    """Torch's own layers with the same weights."""
    modules: list[nn.Module] = []
    for layer in network.layers:
        if not isinstance(layer, Linear):
            modules.append(nn.ReLU())
            continue
        weight_IO, bias_O = layer.parameters["weight"], layer.parameters["bias"]
        linear = nn.Linear(*weight_IO.shape)
        with torch.no_grad():
            linear.weight.copy_(weight_IO.T)
            linear.bias.copy_(bias_O)
        modules.append(linear)
    return nn.Sequential(*modules)


class TableContest:
    """The same table of vectors, layers and batches in Pellucid and in torch.

    Args:
        levels: Rows of the table.
    """

    dimensions, hidden, rows = 16, 128, 256

    def __init__(self, levels: int) -> None:
        self.levels = levels
        generator = torch.Generator().manual_seed(0)
        shape = (BATCHES_A_CALL, self.rows)
        self.codes = torch.randint(levels, (*shape, 1), generator=generator)
        self.y = torch.randint(2, shape, generator=generator)

    def network(self) -> Network:
        """Pellucid's, with seed 0."""
        table = CategoryEmbedding([(self.levels, self.dimensions)], unknown_rate=0.0)
        layers = [Linear(self.dimensions, self.hidden), Activation("relu"), Linear(self.hidden, 2)]
        return Network(layers, branches={"codes": table}, seed=0)

    def pellucid(self, batches: int = BATCHES_A_CALL) -> Step:
        """A step as the training loop takes it, on one batch after the other."""
        network = self.network()
        optimizer, loss = Adam(network.weights), LOSSES["cross_entropy"]
        pieces = zip(self.codes[:batches], self.y[:batches], strict=True)
        turns = itertools.cycle([(Inputs({"codes": codes}), y, None) for codes, y in pieces])

        @torch.inference_mode()
        def step() -> torch.Tensor:
            return train_step(network, loss, optimizer, next(turns), learning_rate=LEARNING_RATE)

        return step

    def torch(self, batches: int = BATCHES_A_CALL) -> Step:
        """Torch's sparse embedding and optimizer, from Pellucid's first weights."""
        network = self.network()
        first = network.input_layer.branches["codes"].parameters["table_0"]
        table = nn.Embedding.from_pretrained(first.clone(), freeze=False, sparse=True)
        module, criterion = _module_like(network), nn.CrossEntropyLoss()
        optimizers = (
            torch.optim.SparseAdam(table.parameters(), lr=LEARNING_RATE),
            torch.optim.Adam(module.parameters(), lr=LEARNING_RATE, fused=True),
        )
        turns = itertools.cycle(
            list(zip(self.codes[:batches, :, 0], self.y[:batches], strict=True))
        )

        def step() -> torch.Tensor:
            codes, y = next(turns)
            for optimizer in optimizers:
                optimizer.zero_grad()
            loss = criterion(module(table(codes)), y)
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
            return loss

        return step


def check_same_work(steps: Sequence[Step], tolerance: float = 1e-5) -> None:
    """Five steps from the same weights: the same losses, or an AssertionError.

    With reduced products the numbers have fewer digits, so the losses agree in fewer.
    """
    for step in range(1, STEPS_CHECKED + 1):
        losses = torch.stack([take().detach() for take in steps])
        assert torch.allclose(losses, losses[0], rtol=tolerance, atol=tolerance), (
            f"Not the same work: the losses before step {step} are {losses.tolist()}."
        )


def measure(case: Case, rounds: int) -> dict[str, float]:
    """Microseconds a step of each contestant, median over the rounds."""
    contest = Contest(case)
    steps = (contest.pellucid(), contest.torch(), contest.torch(fused=True))
    check_same_work(steps, REDUCED_TOLERANCE if case.reduced else 1e-5)
    contestants: Mapping[str, tuple[Call, int]] = {
        "pellucid": (contest.pellucid(), 1),
        "torch": (contest.torch(), 1),
        "torch fused": (contest.torch(fused=True), 1),
        "sklearn, one batch": (contest.sklearn(1), 1),
        "sklearn, many batches": (contest.sklearn(BATCHES_A_CALL), BATCHES_A_CALL),
    }
    repeats = {name: _repeats(step) for name, (step, _) in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, (step, steps_a_call) in contestants.items():
            precision = "medium" if case.torch_reduced and name.startswith("torch") else "highest"
            torch.set_float32_matmul_precision(precision)
            seconds = _seconds(step, repeats[name])
            torch.set_float32_matmul_precision("highest")
            times[name].append(1e6 * seconds / steps_a_call)
    return {name: statistics.median(taken) for name, taken in times.items()}


def measure_tables(rounds: int) -> dict[int, dict[str, float]]:
    """Microseconds a step by number of levels, median over rounds in which all take turns."""
    steps: dict[tuple[int, str], Step] = {}
    for levels in TABLES:
        contest = TableContest(levels)
        check_same_work((contest.pellucid(1), contest.torch(1)))
        steps |= {(levels, "pellucid"): contest.pellucid(), (levels, "torch"): contest.torch()}
    repeats = {key: _repeats(step) for key, step in steps.items()}
    times: dict[tuple[int, str], list[float]] = {key: [] for key in steps}
    for _ in range(rounds):
        for key, step in steps.items():
            times[key].append(1e6 * _seconds(step, repeats[key]))
    medians = {key: statistics.median(taken) for key, taken in times.items()}
    return {n: {who: medians[n, who] for who in ("pellucid", "torch")} for n in TABLES}


def table_rows(micros: Mapping[int, Mapping[str, float]]) -> list[str]:
    """The second table's rows."""
    least = min(own["pellucid"] for own in micros.values())
    return [
        f"| {levels:,} | {own['pellucid']:.0f} | {own['torch']:.0f} "
        f"| {own['pellucid'] / least:.2f} | {own['torch'] / own['pellucid']:.2f} |"
        for levels, own in micros.items()
    ]


def _repeats(step: Call) -> int:
    """How often a step fits into one turn; takes the first, slower steps on the way."""
    _seconds(step, 3)
    return max(1, min(500, int(SECONDS_A_TURN / _seconds(step, 2))))


def _seconds(step: Call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - start) / repeats


HEAD = (
    "| network | batch | products | Pellucid µs | torch µs | torch fused µs | sklearn µs, 1 batch "
    f"| sklearn µs, {BATCHES_A_CALL} batches | torch / Pellucid | goal | fused / Pellucid "
    "| sklearn / Pellucid, 1 batch | sklearn / Pellucid, many |\n"
    "|---|--:|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|"
)


TABLE_HEAD = (
    "| levels of 16 numbers | Pellucid µs | torch sparse µs | Pellucid / its least "
    "| torch sparse / Pellucid |\n|--:|--:|--:|--:|--:|"
)


def row(case: Case, micros: Mapping[str, float]) -> str:
    """One row of the table."""
    ratios = {name: value / micros["pellucid"] for name, value in micros.items()}
    goal = "–"
    if case.goal is not None:
        goal = f"≥ {case.goal:g}: {'met' if ratios['torch'] >= case.goal else 'not met'}"
    cells = [
        "-".join(map(str, case.sizes)),
        str(case.batch),
        case.products,
        *(f"{value:.0f}" for value in micros.values()),
        f"{ratios['torch']:.2f}",
        goal,
        *(f"{ratios[name]:.2f}" for name in list(micros)[2:]),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=21, help="turns of each contestant")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    with threadpool_limits(1):
        units = "with" if has_reduced_products(torch.device("cpu")) else "without"
        print(f"Microseconds a training step, median of {rounds} rounds, one thread.")
        print(f"{machine('torch', 'scikit-learn')}; {units} bfloat16 units.\n")
        print(HEAD, flush=True)
        for case in CASES:
            if case.can_reduce or not case.reduced:
                print(row(case, measure(case, rounds)), flush=True)
        print(f"\n{TABLE_HEAD}\n" + "\n".join(table_rows(measure_tables(rounds))))


if __name__ == "__main__":
    main()
