"""Launch: one training on several devices, each with a process of its own."""

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

from leaderboard.engine.engine import Progress, silent
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.interruption import children_born_deaf, end_with_parent
from leaderboard.recipes.training.acceleration import NOBODY, Trackers
from leaderboard.recipes.training.log import TrainingLog
from leaderboard.recipes.training.loop import train
from leaderboard.recipes.training.objective import Objective
from leaderboard.recipes.training.settings import TrainingSettings
from leaderboard.recipes.training.weights import restore, snapshot

LEARNED = "learned.safetensors"
"""How the first process hands the weights over."""

Make = Callable[[], torch.nn.Module]
"""Makes the model, the same in every process: a function of some module, or a `functools.partial` of one."""


@dataclass(frozen=True)
class _Job:
    """What each process does."""

    make: Make
    objective: Objective
    settings: TrainingSettings
    folder: Path
    seed: int
    trackers: Trackers
    device_type: str
    threads: int
    surroundings: dict[str, str]


def train_on(
    devices: Sequence[torch.device],
    make: Make,
    objective: Objective,
    settings: TrainingSettings,
    *,
    folder: Path,
    seed: int,
    progress: Progress = silent,
    trackers: Trackers = NOBODY,
) -> tuple[torch.nn.Module, TrainingLog]:
    """Train a model on one device in this process, or on several in one process each; see `loop.train`.

    Args:
        devices: all CPU, or all GPUs; batches are shared out to them.
        make: makes the model to be trained.
        objective: what is learned.
        settings: how; `batch_size` is that of all devices together.
        folder: of this training alone.
        seed: of the order of examples and of dropout.
        progress: told about every step.
        trackers: that loss and score are logged to.

    Returns:
        The trained model, on the first device, and what happened.

    Raises:
        RequestError, LeaderboardError: as `loop.train`, whichever process met with it.
    """
    module = make()
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
        make,
        objective,
        settings,
        folder,
        seed,
        trackers,
        devices[0].type,
        max(1, torch.get_num_threads() // len(devices)),
        {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": str(len(devices))},
    )
    log = _together(job, devices, progress)
    restore(module.float(), load_file(folder / LEARNED))
    (folder / LEARNED).unlink()
    return module.train(mode=False).to(devices[0]), log


def _together(job: _Job, devices: Sequence[torch.device], progress: Progress) -> TrainingLog:
    """Start the processes, pass on what they tell, and see that none outlives a failure of another."""
    context = multiprocessing.get_context("spawn")
    processes, ears = [], []
    # Else every process warns that looking for weights that a model does not use costs time. Few models have any.
    quiet = {"torch_cpp_log_level": "ERROR"}
    with patch_environment(**quiet, **_visible(devices)):
        for rank in range(len(devices)):
            ear, mouth = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(job, rank, mouth), daemon=True)
            with children_born_deaf():
                process.start()
            mouth.close()
            processes.append(process)
            ears.append(ear)
    try:
        return _listen(ears, progress)
    except BaseException:
        for process in processes:
            process.kill()  # the others wait for the one that failed
        raise
    finally:
        for process in processes:
            process.join()


def _listen(ears: "list[Connection[Any, Any]]", progress: Progress) -> TrainingLog:
    """Pass progress on until every process ended, or one failed."""
    logs = []
    while ears:
        for ear in [each for each in ears if each in wait(ears)]:
            try:
                told = ear.recv()
            except EOFError:
                raise LeaderboardError(
                    "a process of the training was killed; the next run goes on from there"
                ) from None
            if isinstance(told, LeaderboardError):
                raise told
            if isinstance(told, TrainingLog):
                logs.append(told)
                ears.remove(ear)
            else:
                progress(*told)
    return logs[0]


def _work(job: _Job, rank: int, mouth: "Connection[Any, Any]") -> None:
    """One process: its share of the training; the first one tells of it and hands the weights over."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    end_with_parent(getattr(multiprocessing.parent_process(), "pid", None))
    os.environ.update(job.surroundings)
    places = {"RANK": rank, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": int(job.surroundings["WORLD_SIZE"])}
    os.environ.update({name: str(value) for name, value in places.items()})
    os.environ["OMP_NUM_THREADS"] = str(job.threads)
    torch.set_num_threads(job.threads)
    device = torch.device("cpu")
    if job.device_type == "cuda":
        device = torch.device("cuda", rank)
        torch.cuda.set_device(device)

    def progress(*told: Any) -> None:
        mouth.send(told)

    try:
        module = job.make()
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
            save_file(snapshot(module), job.folder / LEARNED)
        mouth.send(log)
    except LeaderboardError as error:
        mouth.send(error)


def _visible(devices: Sequence[torch.device]) -> dict[str, str]:
    """The GPUs that the processes see, in the order of their ranks."""
    if len({device.type for device in devices}) > 1:
        raise RequestError(f"training on {', '.join(map(str, devices))}: name CPUs or GPUs, not both")
    if devices[0].type != "cuda":
        return {}
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = named.split(",") if named else [str(number) for number in range(torch.cuda.device_count())]
    return {"cuda_visible_devices": ",".join(names[device.index or 0] for device in devices)}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
