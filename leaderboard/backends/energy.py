"""Energy counters of the machine: RAPL of Intel and AMD processors, and NVML of NVIDIA GPUs. Nothing is estimated."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.errors import NotMeasurableError

POWERCAP = Path("/sys/class/powercap")
_PACKAGES = "package"
"""Beginning of the names of zones that contain all others of a processor but its memory."""
_MEMORY = "dram"
_MICROJOULES, _MILLIJOULES = 1e-6, 1e-3
_NVML = "libnvidia-ml.so.1"


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter of energy that only grows, and begins again behind its largest value.

    Attributes:
        read: returns its count.
        joules: energy of one count.
        size: number of counts after which it begins again; 0 where it never does.
    """

    read: Callable[[], int]
    joules: float
    size: int = 0

    def since(self, count: int) -> float:
        """Return the energy in joules since an earlier count, at most one wrap ago."""
        difference = self.read() - count
        return (difference + self.size if difference < 0 else difference) * self.joules


@dataclass(frozen=True, slots=True)
class EnergyMeter:
    """Energy counters of one device, which are read around some work.

    Attributes:
        name: name of the counters, for notes.
        counters: counters, whose energies add up.
    """

    name: str
    counters: Sequence[Counter]

    def joules(self, work: Callable[[], object]) -> float:
        """Return the energy in joules that the device used during some work."""
        before = [counter.read() for counter in self.counters]
        work()
        return sum(counter.since(count) for counter, count in zip(self.counters, before, strict=True))


def processor_meter(folder: Path = POWERCAP) -> EnergyMeter:
    """Return the RAPL counters of all packages of the processor, and of the memory where it has one.

    Args:
        folder: folder of power zones, as the driver `intel_rapl` writes it.

    Raises:
        NotMeasurableError: When there are no zones, or only the administrator may read them.
    """
    zones = {zone: name.read_text().strip() for zone in _zones(folder) for name in [zone / "name"] if name.is_file()}
    chosen = [zone for zone, name in zones.items() if name.startswith(_PACKAGES) or name == _MEMORY]
    if not any(zones[zone].startswith(_PACKAGES) for zone in chosen):
        raise NotMeasurableError(f"the processor has no energy counter (RAPL) under {folder}")
    try:
        counters = [_rapl_counter(zone) for zone in chosen]
        for counter in counters:
            counter.read()
    except PermissionError:
        raise NotMeasurableError(
            f"the energy counters (RAPL) under {folder} may only be read by the administrator; "
            f"allow it with `chmod a+r {folder}/*/energy_uj`"
        ) from None
    except (OSError, ValueError) as error:
        raise NotMeasurableError(f"an energy counter (RAPL) under {folder} cannot be read: {error}") from None
    return EnergyMeter("RAPL", counters)


def _zones(folder: Path) -> list[Path]:
    """Return the folders of zones; those of `intel-rapl-mmio` count the same packages again."""
    return sorted(folder.glob("intel-rapl:*"))


def _rapl_counter(zone: Path) -> Counter:
    size = int((zone / "max_energy_range_uj").read_text())
    return Counter(lambda: int((zone / "energy_uj").read_text()), _MICROJOULES, size)


def gpu_meter(uuid: str) -> EnergyMeter:
    """Return the NVML counter of a GPU (`nvmlDeviceGetTotalEnergyConsumption`, Volta and later).

    Args:
        uuid: identifier of the GPU, with or without its prefix `GPU-`.

    Raises:
        NotMeasurableError: Without the library, or for a GPU without such a counter.
    """
    try:
        library = ctypes.CDLL(_NVML)
    except OSError:
        raise NotMeasurableError(f"the energy counter of a GPU needs NVML ({_NVML}), which is not installed") from None
    device = ctypes.c_void_p()
    named = f"GPU-{uuid.removeprefix('GPU-')}".encode()
    _require(library.nvmlInit_v2(), "start")
    _require(library.nvmlDeviceGetHandleByUUID(named, ctypes.byref(device)), "find the GPU")

    def read() -> int:
        count = ctypes.c_ulonglong()
        _require(library.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(count)), "read the energy counter")
        return count.value

    read()
    return EnergyMeter("NVML", [Counter(read, _MILLIJOULES)])


def _require(status: int, action: str) -> None:
    if status:
        raise NotMeasurableError(f"NVML could not {action} (status {status})")
