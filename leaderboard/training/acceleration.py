"""Acceleration: the devices, processes, precision and trackers of a training, all through `accelerate`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from accelerate.tracking import get_available_trackers
from accelerate.utils import DistributedDataParallelKwargs, LoggerType, patch_environment

from leaderboard.backends.precision import Precision
from leaderboard.errors import RequestError, unknown_name
from leaderboard.installing import install_command

_PRECISION_NAMES = {Precision.FLOAT32: "no", Precision.BFLOAT16: "bf16", Precision.FLOAT16: "fp16"}
_SHARED_STATES = (PartialState, AcceleratorState, GradientState)
_EXTRAS = frozenset({LoggerType.TENSORBOARD.value, LoggerType.WANDB.value})
"""Trackers that an extra of this program brings; any other is its own package."""


@dataclass(frozen=True)
class Trackers:
    """Experiment trackers that a training is logged to.

    Attributes:
        names: names of the trackers, as in `accelerate`.
        folder: folder of the files that they write.
    """

    names: tuple[str, ...] = ()
    folder: Path = Path()


NO_TRACKERS = Trackers()


def precision_on(device: torch.device, requested: Precision) -> Precision:
    """Return the precision of multiplications on a device.

    Raises:
        RequestError: where the device cannot train in it.
    """
    on_gpu = device.type == "cuda"
    has_bfloat16 = not on_gpu or torch.cuda.is_bf16_supported(including_emulation=False)
    if requested is Precision.AUTO:
        return Precision.BFLOAT16 if on_gpu and has_bfloat16 else Precision.FLOAT32
    if (requested is Precision.FLOAT16 and not on_gpu) or (requested is Precision.BFLOAT16 and not has_bfloat16):
        supported = [Precision.AUTO, Precision.FLOAT32, Precision.FLOAT16 if on_gpu else Precision.BFLOAT16]
        raise RequestError(
            f"recipe.precision {requested.value}: {device} cannot train in it\n  Supported: {', '.join(supported)}"
        )
    return requested


def check_trackers(names: Sequence[str]) -> None:
    """Check that every tracker is supported and installed.

    Raises:
        RequestError: for a tracker that is not.
    """
    tracker_names = sorted({kind.value for kind in LoggerType} - {LoggerType.ALL.value})
    installed = {str(tracker) for tracker in get_available_trackers()}
    for name in names:
        if name not in tracker_names:
            raise unknown_name("tracker", name, tracker_names)
        if name not in installed:
            command = install_command(name) if name in _EXTRAS else f"pip install {name.replace('_', '-')}"
            raise RequestError(f"tracker '{name}': its package is not installed\n  Install it: {command}")


@contextmanager
def accelerator_on(
    device: torch.device, precision: Precision, *, trackers: Trackers, settings: dict[str, Any]
) -> Iterator[Accelerator]:
    """Create an accelerator for one training, apart from other uses of `accelerate` in this process.

    Where this process is one of several that `accelerate` or `torchrun` launched, it works together with the others.

    Args:
        device: of the model.
        precision: of multiplications; not auto.
        trackers: that the training is logged to.
        settings: that are logged.
    """
    check_trackers(trackers.names)
    with _isolated_state(), patch_environment(accelerate_torch_device=str(device)):
        accelerator = Accelerator(
            cpu=device.type == "cpu",
            mixed_precision=_PRECISION_NAMES[precision],
            log_with=list(trackers.names) or None,
            project_dir=str(trackers.folder),
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
        try:
            if trackers.names:
                config = {name: value for name, value in settings.items() if value is not None}
                tracker_options = {"wandb": {"dir": str(trackers.folder)}}
                trackers.folder.mkdir(parents=True, exist_ok=True)
                accelerator.init_trackers("training", config=config, init_kwargs=tracker_options)
            yield accelerator
        finally:
            accelerator.end_training()


@contextmanager
def _isolated_state() -> Iterator[None]:
    """Isolate the device and precision that `accelerate` shares between all its accelerators."""
    previous = [dict(kind._shared_state) for kind in _SHARED_STATES]  # noqa: SLF001
    for kind in _SHARED_STATES:
        kind._shared_state.clear()  # noqa: SLF001
    try:
        yield
    finally:
        for kind, state in zip(_SHARED_STATES, previous, strict=True):
            kind._shared_state.clear()  # noqa: SLF001
            kind._shared_state.update(state)  # noqa: SLF001
