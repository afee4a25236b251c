"""Loop: a model learns what an objective says, on any number of devices, and goes on where it was interrupted."""

import dataclasses
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator

from leaderboard.engine.engine import Progress, silent
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.models.precision import Precision
from leaderboard.models.shortage import is_out_of_memory
from leaderboard.recipes.training.acceleration import NOBODY, Trackers, accelerator_on, precision_on
from leaderboard.recipes.training.checkpoint import Checkpoint, Standing, discard, moments, put_moments
from leaderboard.recipes.training.log import TrainingLog
from leaderboard.recipes.training.objective import Objective
from leaderboard.recipes.training.repeatable import identity, repeatable
from leaderboard.recipes.training.schedule import learning_rate, parameter_groups
from leaderboard.recipes.training.scoring import Scored, scored
from leaderboard.recipes.training.settings import TrainingSettings
from leaderboard.recipes.training.steps.choosing import step_of
from leaderboard.recipes.training.steps.step import Learner
from leaderboard.recipes.training.weights import finite, restore, snapshot, widen

CHECKPOINT_EVERY_S = 60.0
"""Seconds of training that a kill may cost."""
CHECKPOINT_SHARE = 0.05
"""Of the time, that writing checkpoints may take: large ones are written more rarely."""
LOOK_EVERY = 10
"""Steps between looks at the loss, each of which waits for the device."""


def train(
    module: torch.nn.Module,
    objective: Objective,
    settings: TrainingSettings,
    *,
    folder: Path,
    device: torch.device,
    seed: int,
    progress: Progress = silent,
    trackers: Trackers = NOBODY,
) -> TrainingLog:
    """Change the weights of a model, which ends with those of its best epoch (of its last, without a search split).

    What does not require gradients stays as it is. While it lasts, `folder` holds a checkpoint, from which a training
    with the same settings, data and seed goes on after a kill, on one device bit by bit as it would have without.

    In a process that `accelerate` or `torchrun` launched with others, they train together, each with its share of
    every batch, and all end with the same weights.

    Args:
        module: a `transformers` model with a head; ends in evaluation mode, without gradients, in float32.
        objective: what is learned.
        settings: how.
        folder: of this training alone.
        device: where it is trained.
        seed: of the order of examples and of dropout.
        progress: told about every step.
        trackers: that loss and score are logged to.

    Raises:
        RequestError: when the settings contradict the model or the data, or a tracker is not installed.
        LeaderboardError: when the loss or a weight is no longer a number, or a batch does not fit in memory.
    """
    _check(module, objective, settings)
    precision = precision_on(device, settings.precision)
    told = settings.of_training | {"precision": precision.value, "seed": seed}
    with (
        accelerator_on(device, precision, trackers=trackers, settings=told) as accelerator,
        torch.random.fork_rng([device] if device.type == "cuda" else []),
        repeatable(device),
        _shortage_told(settings, device),
    ):
        widen(module, everything=precision is Precision.FLOAT32)
        try:
            return _Training(
                accelerator,
                module,
                objective,
                settings,
                precision=precision,
                folder=folder,
                seed=seed,
                progress=progress,
            ).run()
        finally:
            module.train(mode=False)
            for parameter in module.parameters():
                parameter.grad = None


def _check(module: torch.nn.Module, objective: Objective, settings: TrainingSettings) -> None:
    outputs = module.config.num_labels  # type: ignore[union-attr]
    if objective.outputs is not None and objective.outputs != outputs:
        raise RequestError(f"the task has {objective.outputs} labels, but the head of the model has {outputs}")
    if settings.early_stopping and not objective.search:
        raise RequestError(
            f"recipe.early_stopping {settings.early_stopping}: the task has no split `search` to tell when to stop\n"
            "  Give its data such a split, or leave early stopping off (0)."
        )
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise RequestError("no weight of the model may change: there is nothing to train")


@contextmanager
def _shortage_told(settings: TrainingSettings, device: torch.device) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, LeaderboardError) or not is_out_of_memory(error):
            raise
        raise LeaderboardError(
            f"not enough memory on {device} to train with recipe.batch_size {settings.batch_size}\n"
            "  Halve it and double recipe.accumulation: the same is learned. Or use recipe lora."
        ) from error


class _Logits(torch.nn.Module):
    """What `accelerate` wraps and patches in place of the model itself."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.module(**inputs).logits
        return logits


class _Training:
    """One training: its optimiser, and how far it is."""

    def __init__(
        self,
        accelerator: Accelerator,
        module: torch.nn.Module,
        objective: Objective,
        settings: TrainingSettings,
        *,
        precision: Precision,
        folder: Path,
        seed: int,
        progress: Progress,
    ) -> None:
        groups = parameter_groups(module.parameters(), settings.weight_decay)
        optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)
        model, self._optimiser = accelerator.prepare(_Logits(module), optimiser)
        self._alone = accelerator.unwrap_model(model)  # without what adds up gradients of several processes
        learner = Learner(accelerator, model, self._alone, module, objective, settings, precision, seed)
        self._step = step_of(learner)
        self._accelerator = accelerator
        self._module = module
        self._objective = objective
        self._settings = settings
        self._precision = precision
        self._folder = folder
        self._seed = seed
        self._progress = progress if accelerator.is_main_process else silent
        self._parameters = learner.parameters
        n_batches = math.ceil(len(objective.rows) / settings.batch_size)
        self._steps_an_epoch = math.ceil(n_batches / settings.accumulation)
        self._identity = identity(module, objective, settings, seed)
        self._standing = Standing()
        self._best: dict[str, torch.Tensor] = {}
        self._seen: list[tuple[torch.Tensor, float]] = []  # loss and weight of each step since the last look
        self._what = "training"
        self._began = self._saved = time.monotonic()
        self._save_s = 0.0

    def run(self) -> TrainingLog:
        """Train to the end, or to where the search split no longer gets better."""
        self._resume()
        standing = self._standing
        while not self._ended:
            self._epoch()
            self._end_epoch()
            if not self._ended:
                self._save()
        if standing.best_epoch < standing.epoch:
            restore(self._module, self._best)
        if self._accelerator.is_main_process:
            discard(self._folder)
        return self._log()

    @property
    def _ended(self) -> bool:
        return self._standing.epoch == self._settings.epochs or self._stopped

    @property
    def _stopped(self) -> bool:
        patience = self._settings.early_stopping
        return 0 < patience <= self._standing.epoch - self._standing.best_epoch

    def _epoch(self) -> None:
        """The steps of one epoch that are still to do."""
        standing, rows = self._standing, self._objective.rows
        self._module.train()
        for batches in self._step.batches(standing.epoch)[standing.steps_of_epoch :]:
            parts = [[rows[index] for index in batch] for batch in batches]
            self._seen.append(self._step.gradients(parts, standing.step))
            self._change()
            standing.step += 1
            standing.steps_of_epoch += 1
            self._progress(self._what, sum(map(len, parts)), self._settings.epochs * len(rows))
            if standing.step % LOOK_EVERY == 0:
                self._look()
                if self._is_due():
                    self._save()
        self._look()

    def _change(self) -> None:
        """Change the weights once, by the gradients that they have."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate
        self._optimiser.step()
        self._optimiser.zero_grad()

    @property
    def _rate(self) -> float:
        settings = self._settings
        steps = settings.epochs * self._steps_an_epoch
        return learning_rate(self._standing.step, steps, highest=settings.learning_rate, warmup=settings.warmup)

    def _look(self) -> None:
        """Read the losses since the last look, tell of them, and see that they are numbers.

        Raises:
            LeaderboardError: where one is not.
        """
        if not self._seen:
            return
        standing = self._standing
        losses = self._accelerator.reduce(torch.stack([loss for loss, _ in self._seen]), reduction="sum").tolist()
        for number, loss in enumerate(losses):
            if not math.isfinite(loss):
                self._diverged(standing.step - len(losses) + number + 1, f"the loss is {loss}")
        weight = sum(weight for _, weight in self._seen)
        self._seen.clear()
        standing.loss += sum(losses)
        standing.weight += weight
        if not weight:
            return  # steps that drew no example
        self._what = f"training · loss {sum(losses) / weight:.3f}"
        self._accelerator.log({"loss": sum(losses) / weight, "learning_rate": self._rate}, step=standing.step)

    def _end_epoch(self) -> None:
        """Score the search split, and keep the weights if they are the best so far."""
        standing, objective = self._standing, self._objective
        if not finite(self._module):
            self._diverged(standing.step, "a weight is not a number")
        if not standing.weight:
            raise RequestError(
                f"no example was drawn in epoch {standing.epoch + 1}: {len(objective.rows)} are too few for dp_noise"
            )
        standing.epoch += 1
        standing.losses.append(standing.loss / standing.weight)
        standing.steps_of_epoch, standing.loss, standing.weight = 0, 0.0, 0.0
        if not objective.search:
            standing.best_epoch = standing.epoch
            return
        self._module.train(mode=False)
        now = scored(self._alone, objective, self._accelerator, batch_size=self._settings.batch_size)
        if not math.isfinite(now.loss):
            self._diverged(standing.step, f"the loss of the search split is {now.loss}")
        best = standing.best_epoch - 1
        if best < 0 or now.better_than(Scored(standing.search_losses[best], standing.search_scores[best])):
            standing.best_epoch = standing.epoch
            self._best = {}
            if not self._ended:  # else they stay where they are
                self._best = snapshot(self._module)
        standing.search_losses.append(now.loss)
        standing.search_scores.append(now.score)
        self._accelerator.log(
            {"search_loss": now.loss, f"search_{objective.score_name}": now.score}, step=standing.step
        )

    def _diverged(self, step: int, why: str) -> None:
        discard(self._folder)
        raise LeaderboardError(
            f"training diverged at step {step}: {why}\n"
            f"  Lower recipe.learning_rate (now {self._settings.learning_rate:g})."
        )

    def _is_due(self) -> bool:
        """Whether a checkpoint is worth its time."""
        return time.monotonic() - self._saved >= max(CHECKPOINT_EVERY_S, self._save_s / CHECKPOINT_SHARE)

    def _save(self) -> None:
        """Write a checkpoint; the first process does it for all."""
        if not self._accelerator.is_main_process:
            return
        begin = time.monotonic()
        scaler = self._accelerator.scaler
        standing = dataclasses.replace(self._standing, seconds=self._seconds)
        now = Checkpoint(
            standing,
            weights=snapshot(self._module),
            best=self._best,
            moments=moments(self._optimiser),
            scaler={} if scaler is None else scaler.state_dict(),
        )
        now.save(self._folder, self._identity)
        self._saved = time.monotonic()
        self._save_s = self._saved - begin

    def _resume(self) -> None:
        """Go on where a checkpoint stands, if there is one."""
        found = Checkpoint.load(self._folder, self._identity)
        if found is None:
            return
        restore(self._module, found.weights)
        put_moments(self._optimiser, found.moments)
        if found.scaler:
            self._accelerator.scaler.load_state_dict(dict(found.scaler))
        self._standing, self._best = found.standing, dict(found.best)
        standing, size = self._standing, len(self._objective.rows)
        of_epoch = standing.steps_of_epoch * self._settings.accumulation * self._settings.batch_size
        self._progress(self._what, standing.epoch * size + min(of_epoch, size), self._settings.epochs * size)

    @property
    def _seconds(self) -> float:
        return self._standing.seconds + time.monotonic() - self._began

    def _log(self) -> TrainingLog:
        standing = self._standing
        return TrainingLog(
            steps=standing.step,
            losses=tuple(standing.losses),
            search_losses=tuple(standing.search_losses),
            search_scores=tuple(standing.search_scores),
            score=self._objective.score_name,
            best_epoch=standing.best_epoch,
            stopped_early=standing.epoch < self._settings.epochs,
            trained_parameters=sum(each.numel() for each in self._parameters),
            all_parameters=sum(each.numel() for each in self._module.parameters()),
            precision=self._precision.value,
            processes=self._accelerator.num_processes,
            seconds=self._seconds,
            privacy=self._step.privacy(standing.step),
        )
