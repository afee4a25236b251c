"""Energy counters: RAPL from a folder of zones, NVML from a library of its own."""

import ctypes
from types import SimpleNamespace

import pytest

from leaderboard.backends.energy import gpu_meter, processor_meter
from leaderboard.errors import NotMeasurableError


@pytest.fixture
def zones(tmp_path):
    def write(zone, name, count, size=1_000_000):
        folder = tmp_path / zone
        folder.mkdir(exist_ok=True)
        for file, content in {"name": name, "energy_uj": count, "max_energy_range_uj": size}.items():
            (folder / file).write_text(f"{content}\n")
        return folder / "energy_uj"

    return write


def test_packages_and_memory_add_up_and_cores_are_not_counted_twice(zones, tmp_path):
    package, memory = zones("intel-rapl:0", "package-0", 100_000), zones("intel-rapl:0:1", "dram", 0)
    cores, board = zones("intel-rapl:0:0", "core", 0), zones("intel-rapl:1", "psys", 0)

    def work():
        for counter, joules in ((package, 0.4), (memory, 0.2), (cores, 0.3), (board, 0.9)):
            counter.write_text(str(int(counter.read_text()) + int(joules * 1e6)))

    assert processor_meter(tmp_path).joules(work) == pytest.approx(0.6)


def test_a_counter_that_begins_again_goes_on(zones, tmp_path):
    counter = zones("intel-rapl:0", "package-0", 900_000)
    assert processor_meter(tmp_path).joules(lambda: counter.write_text("300000")) == pytest.approx(0.4)


def test_a_machine_without_counters_is_refused(zones, tmp_path):
    zones("intel-rapl:0", "psys", 0)
    with pytest.raises(NotMeasurableError, match="no energy counter"):
        processor_meter(tmp_path)


def test_counters_that_only_the_administrator_may_read_are_refused(zones, tmp_path, monkeypatch):
    zones("intel-rapl:0", "package-0", 0)

    def refuse(_zone):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("leaderboard.backends.energy._rapl_counter", refuse)
    with pytest.raises(NotMeasurableError, match="only be read by the administrator"):
        processor_meter(tmp_path)


def test_a_counter_that_is_no_number_is_refused(zones, tmp_path):
    zones("intel-rapl:0", "package-0", "many")
    with pytest.raises(NotMeasurableError, match="cannot be read"):
        processor_meter(tmp_path)


def nvml(readings, named=None, failing=0):
    """A library whose counter has these readings, one after another."""

    def energy(_device, count):
        count._obj.value = readings.pop(0)
        return failing

    return SimpleNamespace(
        nvmlInit_v2=lambda: 0,
        nvmlDeviceGetHandleByUUID=lambda name, _device: named.append(name) if named is not None else 0,
        nvmlDeviceGetTotalEnergyConsumption=energy,
    )


def test_a_gpu_counts_millijoules(monkeypatch):
    named = []
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: nvml([0, 1000, 3500], named))
    assert gpu_meter("1234").joules(lambda: None) == pytest.approx(2.5)
    assert named == [b"GPU-1234"]


def test_a_gpu_without_library_or_counter_is_refused(monkeypatch):
    def missing(_name):
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(NotMeasurableError, match="needs NVML"):
        gpu_meter("1234")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: nvml([0], failing=3))
    with pytest.raises(NotMeasurableError, match="could not read the energy counter"):
        gpu_meter("1234")
