import pytest
import torch

from leaderboard.backends.local.engine.devices import Devices, choose_devices
from leaderboard.errors import RequestError

CPU = torch.device("cpu")
ONE, OTHER = torch.device("cuda:0"), torch.device("cuda:1")


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_without_a_gpu_the_cpu_computes(name):
    assert choose_devices(name) == Devices((CPU,))


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("name", "first", "replicas", "spread"),
    [
        ("auto", ONE, (), ()),
        ("cuda", ONE, (), ()),
        ("cuda:1", OTHER, (), ()),
        ("cuda:0,cuda:1", ONE, (OTHER,), ()),
        ("cuda:1+cuda:0", OTHER, (), (OTHER, ONE)),
        ("cpu", CPU, (), ()),
    ],
)
def test_names_say_which_devices_and_how(name, first, replicas, spread):
    chosen = choose_devices(name)
    assert (chosen.first, chosen.replicas, chosen.spread) == (first, replicas, spread)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize("name", ["cuda:0", "cuda:0,cuda:1", "cuda:0+cuda:1"])
def test_devices_are_written_as_they_are_asked_for(name):
    assert str(choose_devices(name)) == name


@pytest.mark.usefixtures("no_gpu")
def test_a_device_that_is_not_here_is_told_with_those_that_are():
    with pytest.raises(RequestError, match=r"--device cuda:0: no such device here\n  Known: auto, cpu$"):
        choose_devices("cuda:0")


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize("name", ["cuda:2", "cuda:0,gpu", "", "cuda:0,", "cuda:0+cuda:1,cpu"])
def test_an_unknown_device_is_told_how_several_are_named(name):
    with pytest.raises(RequestError, match=r"Several: cuda:0,cuda:1"):
        choose_devices(name)


@pytest.mark.usefixtures("two_gpus")
def test_a_device_is_named_once():
    with pytest.raises(RequestError, match="twice"):
        choose_devices("cuda:0,cuda:0")
