"""Devices of a run."""

from dataclasses import dataclass

import torch

from leaderboard.errors import RequestError

COPIES_SEPARATOR = ","
SPREAD_SEPARATOR = "+"


@dataclass(frozen=True)
class Devices:
    """Devices that a run computes on.

    Attributes:
        devices: the devices, at least one.
        spreads_model: whether one copy of a model is spread over all of them; otherwise each has a copy of its own.
    """

    devices: tuple[torch.device, ...]
    spreads_model: bool = False

    @property
    def first(self) -> torch.device:
        """The device of everything that is not replicated."""
        return self.devices[0]

    @property
    def replicas(self) -> tuple[torch.device, ...]:
        """Devices with a further copy of each model."""
        return () if self.spreads_model else self.devices[1:]

    @property
    def spread(self) -> tuple[torch.device, ...]:
        """Devices that share one copy of each model; empty where each has its own."""
        return self.devices if self.spreads_model else ()

    def __str__(self) -> str:
        return (SPREAD_SEPARATOR if self.spreads_model else COPIES_SEPARATOR).join(map(str, self.devices))


def choose_devices(name: str) -> Devices:
    """Parse the value of `--device`.

    `auto` is the first GPU, or the CPU where there is none; `cuda:0,cuda:1` has a copy of the model on each;
    `cuda:0+cuda:1` spreads one model that is too large for either over both.

    Raises:
        RequestError: For a device that does not exist here, or one that is named twice.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    available = {"cpu", *(f"cuda:{index}" for index in range(gpus))}
    expanded = {"auto": "cuda:0" if gpus else "cpu", "cuda": "cuda:0"}.get(name, name)
    spreads_model = SPREAD_SEPARATOR in expanded
    names = expanded.split(SPREAD_SEPARATOR if spreads_model else COPIES_SEPARATOR)
    if not set(names) <= available:
        several = "\n  Several: cuda:0,cuda:1 for a copy on each, cuda:0+cuda:1 for one model over both"
        raise RequestError(
            f"--device {name}: no such device here\n  Known: {', '.join(['auto', *sorted(available)])}"
            + (several if gpus > 1 else "")
        )
    if len(set(names)) < len(names):
        raise RequestError(f"--device {name}: names a device twice")
    return Devices(tuple(map(torch.device, names)), spreads_model)
