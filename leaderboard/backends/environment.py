"""The environment in which a number was computed; never a host name, a user name or a path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leaderboard.backends.resolved import UNKNOWN


@dataclass(frozen=True, slots=True)
class Environment:
    """Hardware and software that compute with a model.

    Attributes:
        device: Kind of device, with its index where there are several: `cpu`, `cuda:0`; the name of the backend where
            answers are computed elsewhere. Results of different kinds of devices are kept apart.
        dtype: precision of the weights, where that is known.
        threads: CPU threads that compute answers on this machine.
        details: Everything else that affects a latency, JSON-like: processor, libraries, version of a server.
    """

    device: str
    dtype: str = UNKNOWN
    threads: int = 1
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of the device: `cpu`, `cuda`, or the name of a backend."""
        return self.device.partition(":")[0]
