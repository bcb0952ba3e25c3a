"""Optimizers: how the weights move. Each sees the network as one flat vector of numbers.

w ← w − η · direction, where η is the learning rate. Weight decay is decoupled (Loshchilov & Hutter
2019, arXiv:1711.05101): it shrinks the first `num_decayed` numbers, which are weights, and leaves
biases alone.

Of a large table only the rows that a batch touched move: see `Optimizer.step`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from pellucid.network.row_gradients import RowGradient


class Optimizer(ABC):
    """What every optimizer is: abstract here, final in each subclass.

    Args:
        weights: All parameters of the network, flat.
        num_decayed: How many of them, from the first, weight decay applies to.
        weight_decay: Part of η by which they shrink in a step.
    """

    def __init__(self, weights: Tensor, num_decayed: int, weight_decay: float = 0.0) -> None:
        self.weights = weights
        self.weight_decay = weight_decay
        self._decayed = weights[:num_decayed]

    def step(
        self, gradients: Tensor, learning_rate: float, row_gradients: Sequence[RowGradient] = ()
    ) -> None:
        """Move the weights one step down the gradient.

        Tables with gradients by row are stepped lazily, as `torch.optim.SparseAdam` does: where a
        batch did not touch a row, neither its weights move nor what is remembered of it (velocity,
        m and v) decays; t counts all steps. Where every row is touched in every step it is the
        usual step. Such tables are not decayed, since no embedding is.

        Args:
            gradients: ∂L/∂w, flat: of all weights, or of those before the tables.
            learning_rate: η.
            row_gradients: Those of the tables, which are the last of the weights.
        """
        if self.weight_decay:
            self._decayed.mul_(1.0 - learning_rate * self.weight_decay)
        self._count_step()
        if not self.weights.is_inference():
            # Adam's kernel does not say that it changes them, and predictions would not follow.
            torch.autograd.graph.increment_version(self.weights)
        numbers = (self.weights, *self._kept_of_each())
        if not row_gradients:
            self._move(gradients, learning_rate, *numbers)
            return
        self._move(gradients, learning_rate, *(flat[: len(gradients)] for flat in numbers))
        for gradient in row_gradients:
            tables = [gradient.table_in(flat) for flat in numbers]
            rows = [table.index_select(0, gradient.rows_U) for table in tables]
            self._move_rows(gradient, learning_rate, *rows)
            for table, moved in zip(tables, rows, strict=True):
                table.index_copy_(0, gradient.rows_U, moved)

    def _move_rows(
        self, gradient: RowGradient, learning_rate: float, weights: Tensor, *kept: Tensor
    ) -> None:
        """Move the rows (U, V) of a table that a batch touched, in place."""
        self._move(gradient.values_UV, learning_rate * (gradient.rate or 1.0), weights, *kept)

    def state(self) -> dict[str, Tensor]:
        """A copy of what it remembers from step to step, by name, on the CPU."""
        return {name: held.to("cpu", copy=True) for name, held in self._remembered().items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from where another one was.

        Args:
            state: What its `state()` gave.

        Raises:
            ValueError: It is none that this optimizer could have.
        """
        remembered = self._remembered()
        if state.keys() != remembered.keys():
            raise ValueError(f"the optimizer remembers {sorted(state)}, not {sorted(remembered)}")
        for name, held in remembered.items():
            if state[name].numel() != held.numel() or state[name].dtype != held.dtype:
                raise ValueError(f"the optimizer's {name} has another size or type")
            held.copy_(state[name].view_as(held))

    @abstractmethod
    def _remembered(self) -> dict[str, Tensor]:
        """Its own tensors, by name."""

    @abstractmethod
    def _kept_of_each(self) -> tuple[Tensor, ...]:
        """What it remembers of each weight, in tensors as flat as the weights."""

    @abstractmethod
    def _count_step(self) -> None:
        """Note that a step begins."""

    @abstractmethod
    def _move(
        self, gradients: Tensor, learning_rate: float, weights: Tensor, *kept: Tensor
    ) -> None:
        """Move some weights, and what is kept of them, in place; all have the gradients' shape."""


class GradientDescent(Optimizer):
    """v ← μ v + g; w ← w − η v, or w ← w − η (g + μ v) with Nesterov's look ahead.

    Args:
        weights: All parameters, flat.
        num_decayed: How many of them weight decay applies to.
        weight_decay: See `Optimizer`.
        momentum: μ; with 0 a step is w ← w − η g, nothing else.
        nesterov: Look ahead (Sutskever et al. 2013).
    """

    def __init__(
        self,
        weights: Tensor,
        num_decayed: int = 0,
        weight_decay: float = 0.0,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(weights, num_decayed, weight_decay)
        self.momentum, self.nesterov = momentum, nesterov
        self._velocity = torch.zeros_like(weights) if momentum else weights.new_empty(0)

    def _remembered(self) -> dict[str, Tensor]:
        """The velocity v (P,), if there is momentum."""
        return {"velocity": self._velocity} if self.momentum else {}

    def _kept_of_each(self) -> tuple[Tensor, ...]:
        return (self._velocity,) if self.momentum else ()

    def _count_step(self) -> None:
        return

    def _move(
        self, gradients: Tensor, learning_rate: float, weights: Tensor, *kept: Tensor
    ) -> None:
        if not self.momentum:
            weights.add_(gradients, alpha=-learning_rate)
            return
        (velocity,) = kept
        velocity.mul_(self.momentum).add_(gradients)
        if self.nesterov:
            weights.add_(gradients, alpha=-learning_rate)
            weights.add_(velocity, alpha=-learning_rate * self.momentum)
        else:
            weights.add_(velocity, alpha=-learning_rate)


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015, arXiv:1412.6980); with weight decay it is AdamW.

    m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;
    w ← w − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε), in one fused operation over the vector.

    A table of which most rows are rare, as terms of texts are, says so by a rate ρ of its own. For
    Adam's steps are as large for a row that came once as for one that comes always, and rare rows
    are learned by heart. Its rows w (V,) move by Adagrad (Duchi et al. 2011), with one sum of
    squares for each row (as in FBGEMM, Khudia et al. 2021, arXiv:2101.05615):
    v ← v + ‖g‖² / V;  w ← w − ρ η g / (√v + ε).

    Args:
        weights: All parameters, flat.
        num_decayed: How many of them weight decay applies to.
        weight_decay: See `Optimizer`.
        beta1: β₁.
        beta2: β₂.
        epsilon: ε.
    """

    def __init__(
        self,
        weights: Tensor,
        num_decayed: int = 0,
        weight_decay: float = 0.0,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(weights, num_decayed, weight_decay)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self._mean = torch.zeros_like(weights)
        self._square = torch.zeros_like(weights)
        self._step = torch.zeros((), dtype=torch.float32, device=weights.device)

    def _remembered(self) -> dict[str, Tensor]:
        """m and v (P,), and the number of steps t ()."""
        return {"mean": self._mean, "square": self._square, "step": self._step}

    def _kept_of_each(self) -> tuple[Tensor, ...]:
        return self._mean, self._square

    def _count_step(self) -> None:
        self._step.add_(1.0)

    def _move_rows(
        self, gradient: RowGradient, learning_rate: float, weights: Tensor, *kept: Tensor
    ) -> None:
        if gradient.rate is None:
            self._move(gradient.values_UV, learning_rate, weights, *kept)
            return
        _, square = kept
        square.add_(gradient.values_UV.square().mean(dim=1, keepdim=True))
        steps_UV = gradient.values_UV / (square.sqrt() + self.epsilon)
        weights.sub_(steps_UV, alpha=learning_rate * gradient.rate)

    def _move(
        self, gradients: Tensor, learning_rate: float, weights: Tensor, *kept: Tensor
    ) -> None:
        mean, square = kept
        move_by_adam(
            [weights],
            [gradients],
            [mean],
            [square],
            step=self._step,
            learning_rate=learning_rate,
            beta1=self.beta1,
            beta2=self.beta2,
            epsilon=self.epsilon,
        )


def move_by_adam(
    weights: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    *,
    step: Tensor,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> None:
    """One step of Adam, in place, in one fused operation.

    Args:
        weights: Tensors of weights, w.
        gradients: The gradient of each.
        means: m of each.
        squares: v of each.
        step: t, the number of this step, shape ().
        learning_rate: η.
        beta1: β₁.
        beta2: β₂.
        epsilon: ε.
    """
    # The kernel behind torch.optim.Adam(fused=True), without that class's 20 µs a step.
    torch._fused_adam_(
        weights,
        gradients,
        means,
        squares,
        [],
        [step] * len(weights),
        lr=learning_rate,
        beta1=beta1,
        beta2=beta2,
        weight_decay=0.0,
        eps=epsilon,
        amsgrad=False,
        maximize=False,
    )


def clip_gradient_norm_(
    gradients: Tensor, max_norm: float, row_gradients: Sequence[RowGradient] = ()
) -> None:
    """Shrink the gradient, in place, to a length of at most `max_norm` (Pascanu et al. 2013).

    Args:
        gradients: The flat vector.
        max_norm: The greatest length, of all parts together.
        row_gradients: Further parts of it; only rows that were touched have a length.
    """
    norm = gradients.norm()
    if row_gradients:
        norm = torch.stack([norm, *(part.values_UV.norm() for part in row_gradients)]).norm()
    factor = torch.clamp_max(max_norm / (norm + 1e-6), 1.0)
    gradients.mul_(factor)
    for part in row_gradients:
        part.values_UV.mul_(factor)
