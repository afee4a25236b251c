"""Reptile: first-order meta-learning of a body over tasks (Nichol et al. 2018, algorithm 1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional
from transformers import PreTrainedModel

from leaderboard.backends.local.engine.end_tokens import class_logits, end_token
from leaderboard.backends.progress import Progress, silent
from leaderboard.errors import LeaderboardError
from leaderboard.training.encoding import Encoded, pad_rows
from leaderboard.training.reproducibility import seed_dropout
from leaderboard.training.weights import is_finite, restore, trainable_tensors


@dataclass(frozen=True)
class MetaSettings:
    """Settings of a meta-training.

    Attributes:
        shots: number of texts of each class that a meta iteration draws.
        inner_steps: number of steps of a meta iteration.
        meta_rate: share of the way to the adapted weights that the first meta iteration goes.
        meta_iterations: number of meta iterations.
        learning_rate: learning rate of the inner steps.
        batch_size: number of texts of an inner step.
        weight_decay: weight decay of the inner steps.
        clip: largest norm of the gradients of an inner step.
    """

    shots: int
    inner_steps: int
    meta_rate: float
    meta_iterations: int
    learning_rate: float
    batch_size: int
    weight_decay: float
    clip: float


MetaTask = Sequence[Sequence[Encoded]]
"""Encoded texts of a task, by class."""


def interpolate(
    start: Mapping[str, torch.Tensor], adapted: Mapping[str, torch.Tensor], rate: float
) -> dict[str, torch.Tensor]:
    """Return start + rate · (adapted - start) for each tensor of floating-point numbers; others as they were."""
    return {
        name: torch.lerp(tensor, adapted[name], rate) if tensor.is_floating_point() else tensor
        for name, tensor in start.items()
    }


def meta_train(
    module: PreTrainedModel,
    tasks: Sequence[MetaTask],
    settings: MetaSettings,
    *,
    pad_id: int,
    seed: int,
    progress: Progress = silent,
) -> None:
    """Meta-train the body of a model in place; its head ends as it was.

    Each meta iteration starts from a fresh head, since the classes of the tasks are not the same.

    Args:
        module: a `transformers` model with a head that has as many outputs as the task with most classes.
        tasks: the tasks.
        settings: settings of the meta-training.
        pad_id: token of padding.
        seed: seed of the drawing of tasks and texts, and of dropout.
        progress: called after every meta iteration.

    Raises:
        LeaderboardError: when a weight is no longer finite.
    """
    body = set(trainable_tensors(module)) & _body_names(module)
    weights = {name: tensor.detach().clone() for name, tensor in trainable_tensors(module).items()}
    with torch.random.fork_rng([module.device] if module.device.type == "cuda" else []):
        for number in range(settings.meta_iterations):
            random = np.random.default_rng([seed, number, *b"reptile"])
            task = tasks[int(random.integers(len(tasks)))]
            seed_dropout(seed, number, 0)
            _adapt(module, task, settings, pad_id, random)
            if not is_finite(module):
                raise LeaderboardError(
                    f"meta-training diverged in meta iteration {number + 1}\n  Lower recipe.learning_rate."
                )
            rate = settings.meta_rate * (1 - number / settings.meta_iterations)
            adapted = trainable_tensors(module)
            start = {name: weights[name] for name in body}
            weights |= interpolate(start, {name: adapted[name].detach() for name in body}, rate)
            restore(module, weights)
            progress("meta-training", 1, settings.meta_iterations)


def _body_names(module: PreTrainedModel) -> set[str]:
    prefix = module.base_model_prefix
    return {name for name, _ in module.named_parameters() if name.startswith(f"{prefix}.")}


def _adapt(
    module: PreTrainedModel, task: MetaTask, settings: MetaSettings, pad_id: int, random: np.random.Generator
) -> None:
    """Train body and head on a few texts of one task, in place."""
    parameters = [each for each in module.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    end = end_token(module)
    module.train()
    for rows in _inner_batches(task, settings, random):
        inputs = {name: each.to(module.device) for name, each in pad_rows(rows, pad_id=pad_id).items()}
        logits = class_logits(module, inputs, end)[:, : len(task)]
        targets = torch.tensor([row.targets[0] for row in rows], device=module.device)
        optimiser.zero_grad()
        functional.cross_entropy(logits.float(), targets).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, settings.clip)
        optimiser.step()
    optimiser.zero_grad()
    module.train(mode=False)


def _inner_batches(task: MetaTask, settings: MetaSettings, random: np.random.Generator) -> Iterator[list[Encoded]]:
    """Yield the batches of the inner steps: texts of each class, none repeated before all drawn ones were used."""
    drawn = [rows[index] for rows in task for index in random.permutation(len(rows))[: settings.shots]]
    order: list[int] = []
    for _ in range(settings.inner_steps):
        if not order:
            order = random.permutation(len(drawn)).tolist()
        yield [drawn[index] for index in order[: settings.batch_size]]
        order = order[settings.batch_size :]
