"""Ways to learn, each tried to its end, of which validation chooses."""

from __future__ import annotations

from dataclasses import replace

from pellucid.data.rows import Rows
from pellucid.data.splits import Split
from pellucid.model.model import Model
from pellucid.model.plan import Plan
from pellucid.model.record import Attempt
from pellucid.options import NetworkOptions
from pellucid.tasks.task import Task

STRONG_WEIGHT_DECAY = 1.0


def candidates(
    task: Task, plan: Plan, rows: Rows, split: Split, options: NetworkOptions
) -> list[tuple[Task, Plan]]:
    """Ways to learn, of which validation shall choose.

    A target may be better learned as something else, such as its logarithm. What few rows tell may
    need weights near 0 (breast cancer) or may not (titanic). What terms of texts say may be a plain
    sum, which hidden layers learn by heart, or depend on other columns. Nobody knows before.

    Args:
        task: What is learned.
        plan: The usual way.
        rows: All rows.
        split: Which of them train, and which judge.
        options: What a person said.
    """
    ways = [(task, plan)]
    if split.has_validation:
        target, weights = rows.target[split.training], rows.weights[split.training]
        ways += [(each, plan) for each in task.variants(target, weights)]
    is_open = options.weight_decay == "auto" and plan.optimizer == "adamw"
    if task.overfits_few_rows and split.has_folds and is_open:
        ways.append((task, replace(plan, weight_decay=STRONG_WEIGHT_DECAY)))
    is_open = options.hidden_layer_sizes == "auto" == options.members
    if plan.text_features and plan.hidden_layer_sizes and split.has_validation and is_open:
        ways.append((task, replace(plan, hidden_layer_sizes=(), members=1)))
    if plan.time_budget is None:
        return ways
    budget = plan.time_budget / len(ways)
    return [(task, replace(plan, time_budget=budget)) for task, plan in ways]


def validation_error(model: Model) -> float:
    """What ways are compared by: the error in the target's unit, or the loss of probabilities."""
    validation = model.record.validation
    if validation is None:
        return 0.0
    return validation.score if model.task.chosen_by == "score" else validation.loss


def attempt_of(model: Model) -> Attempt:
    """What is remembered of a way that was tried."""
    return Attempt(
        is_log=model.task.is_log,
        weight_decay=model.record.plan.weight_decay,
        hidden_layers=len(model.record.plan.hidden_layer_sizes),
        validation_error=validation_error(model),
        seconds=model.record.ended.seconds,
        reason=model.record.ended.reason,
    )
