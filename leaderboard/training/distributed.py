"""Distributed training: one training on several devices, with one process per device."""

import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import patch_environment
from safetensors.torch import load_file, save_file
from torch import multiprocessing

from leaderboard.backends.progress import Progress, silent
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.interruption import children_born_deaf, end_with_parent
from leaderboard.isolation import SafeSpawning
from leaderboard.training.acceleration import NO_TRACKERS, Trackers
from leaderboard.training.log import TrainingLog
from leaderboard.training.loop import train
from leaderboard.training.objectives.objective import TrainingObjective
from leaderboard.training.settings import TrainingSettings
from leaderboard.training.weights import restore, snapshot

WEIGHTS_FILE = "learned.safetensors"
"""File in which the first process passes on the trained weights."""

ModelFactory = Callable[[], torch.nn.Module]
"""Creates the same model in every process: a function of a module, or a `functools.partial` of one."""


@dataclass(frozen=True)
class _Job:
    """Arguments of one training process."""

    make_model: ModelFactory
    objective: TrainingObjective
    settings: TrainingSettings
    folder: Path
    seed: int
    trackers: Trackers
    device_type: str
    threads: int
    environment: dict[str, str]


def train_on(
    devices: Sequence[torch.device],
    make_model: ModelFactory,
    objective: TrainingObjective,
    settings: TrainingSettings,
    *,
    folder: Path,
    seed: int,
    progress: Progress = silent,
    trackers: Trackers = NO_TRACKERS,
) -> tuple[torch.nn.Module, TrainingLog]:
    """Train a model on one device in this process, or on several devices in one process each.

    Settings and errors are those of `loop.train`.

    Args:
        devices: all CPU, or all GPUs; batches are split across them.
        make_model: creates the model to be trained.
        objective: training objective.
        settings: training settings; `batch_size` is that of all devices together.
        folder: folder of this training alone.
        seed: seed of the order of examples and of dropout.
        progress: called after every step.
        trackers: trackers that loss and score are logged to.

    Returns:
        The trained model, on the first device, and the log of the training.

    Raises:
        RequestError, LeaderboardError: as `loop.train`, from whichever process raised it.
    """
    module = make_model()
    if len(devices) == 1:
        log = train(
            module,
            objective,
            settings,
            folder=folder,
            device=devices[0],
            seed=seed,
            progress=progress,
            trackers=trackers,
        )
        return module, log
    job = _Job(
        make_model,
        objective,
        settings,
        folder,
        seed,
        trackers,
        devices[0].type,
        max(1, torch.get_num_threads() // len(devices)),
        {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": str(len(devices))},
    )
    log = _train_in_processes(job, devices, progress)
    restore(module.float(), load_file(folder / WEIGHTS_FILE))
    (folder / WEIGHTS_FILE).unlink()
    return module.train(mode=False).to(devices[0]), log


def _train_in_processes(job: _Job, devices: Sequence[torch.device], progress: Progress) -> TrainingLog:
    """Start the processes, pass on their progress, and end all of them when one fails."""
    context = multiprocessing.get_context("spawn")
    processes, receivers = [], []
    # Else every process warns that looking for weights that a model does not use costs time. Few models have any.
    log_level = {"torch_cpp_log_level": "ERROR"}
    with patch_environment(**log_level, **_visible_devices(devices)):
        for rank in range(len(devices)):
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_run_worker, args=(job, rank, sender), daemon=True)
            with children_born_deaf(), SafeSpawning():
                process.start()
            sender.close()
            processes.append(process)
            receivers.append(receiver)
    try:
        return _collect(receivers, progress)
    except BaseException:
        for process in processes:
            process.kill()  # the others wait for the one that failed
        raise
    finally:
        for process in processes:
            process.join()


def _collect(receivers: "list[Connection[Any, Any]]", progress: Progress) -> TrainingLog:
    """Pass progress on until every process ended, or raise the error of the first that failed."""
    logs = []
    while receivers:
        for receiver in [each for each in receivers if each in wait(receivers)]:
            try:
                message = receiver.recv()
            except EOFError:
                raise LeaderboardError(
                    "a process of the training was killed; the next run goes on from there"
                ) from None
            if isinstance(message, LeaderboardError):
                raise message
            if isinstance(message, TrainingLog):
                logs.append(message)
                receivers.remove(receiver)
            else:
                progress(*message)
    return logs[0]


def _run_worker(job: _Job, rank: int, sender: "Connection[Any, Any]") -> None:
    """Run one process of the training; the first one reports progress and passes on the weights."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    end_with_parent(getattr(multiprocessing.parent_process(), "pid", None))
    os.environ.update(job.environment)
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": int(job.environment["WORLD_SIZE"])}
    os.environ.update({name: str(value) for name, value in ranks.items()})
    os.environ["OMP_NUM_THREADS"] = str(job.threads)
    torch.set_num_threads(job.threads)
    device = torch.device("cpu")
    if job.device_type == "cuda":
        device = torch.device("cuda", rank)
        torch.cuda.set_device(device)

    def progress(*message: Any) -> None:
        sender.send(message)

    try:
        module = job.make_model()
        log = train(
            module,
            job.objective,
            job.settings,
            folder=job.folder,
            device=device,
            seed=job.seed,
            progress=progress,
            trackers=job.trackers,
        )
        if rank == 0:
            job.folder.mkdir(parents=True, exist_ok=True)
            save_file(snapshot(module), job.folder / WEIGHTS_FILE)
        sender.send(log)
    except LeaderboardError as error:
        sender.send(error)


def _visible_devices(devices: Sequence[torch.device]) -> dict[str, str]:
    """Return the environment that shows the processes their GPUs, in the order of their ranks."""
    if len({device.type for device in devices}) > 1:
        raise RequestError(f"training on {', '.join(map(str, devices))}: name CPUs or GPUs, not both")
    if devices[0].type != "cuda":
        return {}
    configured = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = configured.split(",") if configured else [str(number) for number in range(torch.cuda.device_count())]
    return {"cuda_visible_devices": ",".join(names[device.index or 0] for device in devices)}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
