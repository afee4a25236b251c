"""Training loop: trains a model by an objective on any number of devices, and resumes interrupted trainings."""

import dataclasses
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from accelerate import Accelerator

from leaderboard.backends.local.engine.end_tokens import class_logits, end_token
from leaderboard.backends.local.models.out_of_memory import is_out_of_memory
from leaderboard.backends.precision import Precision
from leaderboard.backends.progress import Progress, silent
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.training.acceleration import NO_TRACKERS, Trackers, accelerator_on, precision_on
from leaderboard.training.checkpoint import Checkpoint, TrainingState, discard, moments, restore_moments
from leaderboard.training.log import TrainingLog
from leaderboard.training.objectives.objective import TrainingObjective
from leaderboard.training.rank_allocation import RankAllocation
from leaderboard.training.reproducibility import deterministic_algorithms, training_identity
from leaderboard.training.schedule import learning_rate, parameter_groups
from leaderboard.training.scoring import SearchScore, score_search_split
from leaderboard.training.setting_checks import check_early_stopping
from leaderboard.training.settings import TrainingSettings
from leaderboard.training.steps.plain import create_step
from leaderboard.training.steps.step import Learner
from leaderboard.training.weights import cast_trained_to_float32, is_finite, restore, snapshot

CHECKPOINT_EVERY_S = 60.0
"""Seconds of training that may be lost when the process is killed."""
CHECKPOINT_SHARE = 0.05
"""Share of the time that writing checkpoints may take: large ones are written less often."""
READ_LOSS_EVERY = 10
"""Number of steps between readings of the loss, each of which waits for the device."""


def train(
    module: torch.nn.Module,
    objective: TrainingObjective,
    settings: TrainingSettings,
    *,
    folder: Path,
    device: torch.device,
    seed: int,
    progress: Progress = silent,
    trackers: Trackers = NO_TRACKERS,
) -> TrainingLog:
    """Train a model in place; it ends with the weights of its best epoch (of its last one without a search split).

    Parameters that do not require gradients stay as they are. During training, `folder` holds a checkpoint, from which
    a training with the same settings, data and seed resumes; on one device the weights are the same bit by bit.

    In a process that `accelerate` or `torchrun` launched with others, they train together, each with its share of
    every batch, and all end with the same weights.

    Args:
        module: a `transformers` model with a head; ends in evaluation mode, without gradients, in float32.
        objective: training objective.
        settings: training settings.
        folder: folder of this training alone.
        device: device of the training.
        seed: seed of the order of examples and of dropout.
        progress: called after every step.
        trackers: trackers that loss and score are logged to.

    Raises:
        RequestError: when the settings contradict the model or the data, or a tracker is not installed.
        LeaderboardError: when the loss or a weight is no longer finite, or a batch does not fit in memory.
    """
    _check(module, objective, settings)
    precision = precision_on(device, settings.precision)
    tracked = settings.training_details | {"precision": precision.value, "seed": seed}
    with (
        accelerator_on(device, precision, trackers=trackers, settings=tracked) as accelerator,
        torch.random.fork_rng([device] if device.type == "cuda" else []),
        deterministic_algorithms(device),
        _report_memory_shortage(settings, device),
    ):
        cast_trained_to_float32(module, everything=precision is Precision.FLOAT32)
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


def _check(module: torch.nn.Module, objective: TrainingObjective, settings: TrainingSettings) -> None:
    outputs = module.config.num_labels  # type: ignore[union-attr]
    if objective.outputs is not None and objective.outputs != outputs:
        raise RequestError(f"the task has {objective.outputs} labels, but the head of the model has {outputs}")
    check_early_stopping(settings.early_stopping, has_search=bool(objective.search))
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise RequestError("no weight of the model may change: there is nothing to train")


@contextmanager
def _report_memory_shortage(settings: TrainingSettings, device: torch.device) -> Iterator[None]:
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
    """Module that returns logits, which `accelerate` wraps and patches instead of the model itself."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module
        self._end = end_token(module)

    def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
        return class_logits(self.module, inputs, self._end)


class _Training:
    """One training: its optimiser and its state."""

    def __init__(
        self,
        accelerator: Accelerator,
        module: torch.nn.Module,
        objective: TrainingObjective,
        settings: TrainingSettings,
        *,
        precision: Precision,
        folder: Path,
        seed: int,
        progress: Progress,
    ) -> None:
        groups = parameter_groups(module, settings.weight_decay)
        optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)
        model, self._optimiser = accelerator.prepare(_Logits(module), optimiser)
        self._unwrapped = accelerator.unwrap_model(model)  # without what adds up gradients of several processes
        learner = Learner(accelerator, model, self._unwrapped, module, objective, settings, precision, seed)
        self._step = create_step(learner)
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
        self._steps_per_epoch = math.ceil(n_batches / settings.accumulation)
        self._ranks = RankAllocation.of(module, settings.epochs * self._steps_per_epoch)
        self._identity = training_identity(module, objective, settings, seed)
        self._state = TrainingState()
        self._best: dict[str, torch.Tensor] = {}
        self._pending_losses: list[tuple[torch.Tensor, float]] = []  # with weights, of each step since the last reading
        self._description = "training"
        self._started = self._saved = time.monotonic()
        self._save_s = 0.0

    def run(self) -> TrainingLog:
        """Train all epochs, or until the search split no longer improves."""
        self._resume()
        state = self._state
        while not self._is_finished:
            self._run_epoch()
            self._end_epoch()
            if not self._is_finished:
                self._save()
        if state.best_epoch < state.epoch:
            restore(self._module, self._best)
        if self._accelerator.is_main_process:
            discard(self._folder)
        return self._log()

    @property
    def _is_finished(self) -> bool:
        return self._state.epoch == self._settings.epochs or self._stops_early

    @property
    def _stops_early(self) -> bool:
        patience = self._settings.early_stopping
        return 0 < patience <= self._state.epoch - self._state.best_epoch

    def _run_epoch(self) -> None:
        """Run the remaining steps of an epoch."""
        state, rows = self._state, self._objective.rows
        self._module.train()
        for batches in self._step.batches(state.epoch)[state.steps_of_epoch :]:
            parts = [[rows[index] for index in batch] for batch in batches]
            self._pending_losses.append(self._step.gradients(parts, state.step))
            self._update_weights()
            state.step += 1
            state.steps_of_epoch += 1
            self._progress(self._description, sum(map(len, parts)), self._settings.epochs * len(rows))
            if state.step % READ_LOSS_EVERY == 0:
                self._read_losses()
                if self._is_due():
                    self._save()
        self._read_losses()

    def _update_weights(self) -> None:
        """Update the weights once by their gradients."""
        if self._ranks is not None:
            self._ranks.add_penalty_gradients()
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate
        self._optimiser.step()
        if self._ranks is not None:
            self._ranks.update(self._state.step)
        self._optimiser.zero_grad()

    @property
    def _rate(self) -> float:
        settings = self._settings
        steps = settings.epochs * self._steps_per_epoch
        return learning_rate(self._state.step, steps, peak=settings.learning_rate, warmup=settings.warmup)

    def _read_losses(self) -> None:
        """Read the losses since the last reading, log them, and check that they are finite.

        Raises:
            LeaderboardError: when a loss is not finite.
        """
        if not self._pending_losses:
            return
        state = self._state
        stacked = torch.stack([loss for loss, _ in self._pending_losses])
        losses = self._accelerator.reduce(stacked, reduction="sum").tolist()
        for number, loss in enumerate(losses):
            if not math.isfinite(loss):
                self._diverged(state.step - len(losses) + number + 1, f"the loss is {loss}")
        weight = sum(weight for _, weight in self._pending_losses)
        self._pending_losses.clear()
        state.loss += sum(losses)
        state.weight += weight
        if not weight:
            return  # steps that drew no example
        self._description = f"training · loss {sum(losses) / weight:.3f}"
        self._accelerator.log({"loss": sum(losses) / weight, "learning_rate": self._rate}, step=state.step)

    def _end_epoch(self) -> None:
        """Score the search split, and keep the weights when they are the best so far."""
        state, objective = self._state, self._objective
        if not is_finite(self._module):
            self._diverged(state.step, "a weight is not a number")
        if not state.weight:
            raise RequestError(
                f"no example was drawn in epoch {state.epoch + 1}: {len(objective.rows)} are too few for dp_noise"
            )
        state.epoch += 1
        state.losses.append(state.loss / state.weight)
        state.steps_of_epoch, state.loss, state.weight = 0, 0.0, 0.0
        if not objective.search:
            state.best_epoch = state.epoch
            return
        self._module.train(mode=False)
        score = score_search_split(self._unwrapped, objective, self._accelerator, batch_size=self._settings.batch_size)
        if not math.isfinite(score.loss):
            self._diverged(state.step, f"the loss of the search split is {score.loss}")
        best = state.best_epoch - 1
        if best < 0 or score.better_than(SearchScore(state.search_losses[best], state.search_scores[best])):
            state.best_epoch = state.epoch
            self._best = {}
            if not self._is_finished:  # else they stay where they are
                self._best = snapshot(self._module)
        state.search_losses.append(score.loss)
        state.search_scores.append(score.score)
        self._accelerator.log(
            {"search_loss": score.loss, f"search_{objective.score_name}": score.score}, step=state.step
        )

    def _diverged(self, step: int, reason: str) -> None:
        discard(self._folder)
        raise LeaderboardError(
            f"training diverged at step {step}: {reason}\n"
            f"  Lower recipe.learning_rate (now {self._settings.learning_rate:g})."
        )

    def _is_due(self) -> bool:
        """Return whether it is time for a checkpoint."""
        return time.monotonic() - self._saved >= max(CHECKPOINT_EVERY_S, self._save_s / CHECKPOINT_SHARE)

    def _save(self) -> None:
        """Write a checkpoint, in the first process."""
        if not self._accelerator.is_main_process:
            return
        begin = time.monotonic()
        scaler = self._accelerator.scaler
        state = dataclasses.replace(self._state, seconds=self._seconds)
        checkpoint = Checkpoint(
            state,
            weights=snapshot(self._module) | ({} if self._ranks is None else self._ranks.state()),
            best=self._best,
            moments=moments(self._optimiser),
            scaler={} if scaler is None else scaler.state_dict(),
        )
        checkpoint.save(self._folder, self._identity)
        self._saved = time.monotonic()
        self._save_s = self._saved - begin

    def _resume(self) -> None:
        """Resume from the checkpoint, where there is one."""
        checkpoint = Checkpoint.load(self._folder, self._identity)
        if checkpoint is None:
            return
        restore(self._module, checkpoint.weights)
        if self._ranks is not None:
            self._ranks.restore(checkpoint.weights)
        restore_moments(self._optimiser, checkpoint.moments)
        if checkpoint.scaler:
            self._accelerator.scaler.load_state_dict(dict(checkpoint.scaler))
        self._state, self._best = checkpoint.state, dict(checkpoint.best)
        state, size = self._state, len(self._objective.rows)
        rows_done = state.steps_of_epoch * self._settings.accumulation * self._settings.batch_size
        self._progress(self._description, state.epoch * size + min(rows_done, size), self._settings.epochs * size)

    @property
    def _seconds(self) -> float:
        return self._state.seconds + time.monotonic() - self._started

    def _log(self) -> TrainingLog:
        state = self._state
        return TrainingLog(
            steps=state.step,
            losses=tuple(state.losses),
            search_losses=tuple(state.search_losses),
            search_scores=tuple(state.search_scores),
            score=self._objective.score_name,
            best_epoch=state.best_epoch,
            stopped_early=state.epoch < self._settings.epochs,
            trained_parameters=sum(each.numel() for each in self._parameters),
            all_parameters=sum(each.numel() for each in self._module.parameters()),
            precision=self._precision.value,
            processes=self._accelerator.num_processes,
            seconds=self._seconds,
            privacy=self._step.privacy(state.step),
        )
