"""Devices: where a run computes."""

from dataclasses import dataclass

import torch

from leaderboard.errors import RequestError

EACH = ","
TOGETHER = "+"


@dataclass(frozen=True)
class Devices:
    """Where a run computes.

    Attributes:
        named: the devices, at least one.
        together: whether one copy of a model is spread over all of them; otherwise each has a copy of its own.
    """

    named: tuple[torch.device, ...]
    together: bool = False

    @property
    def first(self) -> torch.device:
        """Where what is not shared is computed."""
        return self.named[0]

    @property
    def replicas(self) -> tuple[torch.device, ...]:
        """Those with a further copy of each model."""
        return () if self.together else self.named[1:]

    @property
    def spread(self) -> tuple[torch.device, ...]:
        """Those that share one copy of each model; none where each has its own."""
        return self.named if self.together else ()

    def __str__(self) -> str:
        return (TOGETHER if self.together else EACH).join(map(str, self.named))


def choose_devices(name: str) -> Devices:
    """The devices that a flag names.

    `auto` is the first GPU, or the CPU where there is none; `cuda:0,cuda:1` has a copy of the model on each;
    `cuda:0+cuda:1` spreads one model that is too large for either over both.

    Raises:
        RequestError: for a device that does not exist here, or one that is named twice.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    known = {"cpu", *(f"cuda:{index}" for index in range(gpus))}
    meant = {"auto": "cuda:0" if gpus else "cpu", "cuda": "cuda:0"}.get(name, name)
    together = TOGETHER in meant
    names = meant.split(TOGETHER if together else EACH)
    if not set(names) <= known:
        several = "\n  Several: cuda:0,cuda:1 for a copy on each, cuda:0+cuda:1 for one model over both"
        raise RequestError(
            f"--device {name}: no such device here\n  Known: {', '.join(['auto', *sorted(known)])}"
            + (several if gpus > 1 else "")
        )
    if len(set(names)) < len(names):
        raise RequestError(f"--device {name}: names a device twice")
    return Devices(tuple(map(torch.device, names)), together)
