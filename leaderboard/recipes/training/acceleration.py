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

from leaderboard.errors import RequestError, unknown_name
from leaderboard.installing import install_command
from leaderboard.models.precision import Precision

_NAMES = {Precision.FLOAT32: "no", Precision.BFLOAT16: "bf16", Precision.FLOAT16: "fp16"}
_SHARED = (PartialState, AcceleratorState, GradientState)
_EXTRAS = frozenset({LoggerType.TENSORBOARD.value, LoggerType.WANDB.value})
"""Trackers that an extra of this program brings; any other is its own package."""


@dataclass(frozen=True)
class Trackers:
    """Who is told of a training.

    Attributes:
        names: as `accelerate` calls them.
        folder: of the files that they write.
    """

    names: tuple[str, ...] = ()
    folder: Path = Path()


NOBODY = Trackers()


def precision_on(device: torch.device, wanted: Precision) -> Precision:
    """The precision of multiplications on a device.

    Raises:
        RequestError: where the device cannot train in it.
    """
    on_gpu = device.type == "cuda"
    has_bfloat16 = not on_gpu or torch.cuda.is_bf16_supported(including_emulation=False)
    if wanted is Precision.AUTO:
        return Precision.BFLOAT16 if on_gpu and has_bfloat16 else Precision.FLOAT32
    if (wanted is Precision.FLOAT16 and not on_gpu) or (wanted is Precision.BFLOAT16 and not has_bfloat16):
        able = [Precision.AUTO, Precision.FLOAT32, Precision.FLOAT16 if on_gpu else Precision.BFLOAT16]
        raise RequestError(
            f"recipe.precision {wanted.value}: {device} cannot train in it\n  It can in: {', '.join(able)}"
        )
    return wanted


def check_trackers(names: Sequence[str]) -> None:
    """See that every tracker is known and installed.

    Raises:
        RequestError: naming the one that is not.
    """
    known = sorted({kind.value for kind in LoggerType} - {LoggerType.ALL.value})
    installed = {str(tracker) for tracker in get_available_trackers()}
    for name in names:
        if name not in known:
            raise unknown_name("tracker", name, known)
        if name not in installed:
            how = install_command(name) if name in _EXTRAS else f"pip install {name.replace('_', '-')}"
            raise RequestError(f"tracker '{name}': its package is not installed\n  Install it: {how}")


@contextmanager
def accelerator_on(
    device: torch.device, precision: Precision, *, trackers: Trackers, settings: dict[str, Any]
) -> Iterator[Accelerator]:
    """An accelerator of its own for one training, whatever other parts of the process use `accelerate` for.

    Where this process is one of several that `accelerate` or `torchrun` launched, it works together with the others.

    Args:
        device: of the model.
        precision: of multiplications; not auto.
        trackers: who is told of the training.
        settings: that they are told.
    """
    check_trackers(trackers.names)
    with _state_of_its_own(), patch_environment(accelerate_torch_device=str(device)):
        accelerator = Accelerator(
            cpu=device.type == "cpu",
            mixed_precision=_NAMES[precision],
            log_with=list(trackers.names) or None,
            project_dir=str(trackers.folder),
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
        try:
            if trackers.names:
                told = {name: value for name, value in settings.items() if value is not None}
                places = {"wandb": {"dir": str(trackers.folder)}}
                trackers.folder.mkdir(parents=True, exist_ok=True)
                accelerator.init_trackers("training", config=told, init_kwargs=places)
            yield accelerator
        finally:
            accelerator.end_training()


@contextmanager
def _state_of_its_own() -> Iterator[None]:
    """`accelerate` keeps device and precision in variables that all its accelerators share."""
    before = [dict(kind._shared_state) for kind in _SHARED]  # noqa: SLF001
    for kind in _SHARED:
        kind._shared_state.clear()  # noqa: SLF001
    try:
        yield
    finally:
        for kind, state in zip(_SHARED, before, strict=True):
            kind._shared_state.clear()  # noqa: SLF001
            kind._shared_state.update(state)  # noqa: SLF001
