import getpass
import json
import platform

import torch

from leaderboard.backends.local.engine.devices import Devices
from leaderboard.backends.local.environment import describe
from leaderboard.backends.local.threads import default_threads
from leaderboard.evaluation.environment import stored_environment

CPU = Devices((torch.device("cpu"),))


def environment(dtype="float32", threads=1):
    return stored_environment(describe(CPU, dtype, threads))


def test_the_same_place_is_the_same_environment():
    assert environment(threads=2).identity == environment(threads=2).identity


def test_threads_and_precision_make_another_environment():
    assert len({environment(dtype, threads).identity for dtype in ("float32", "bfloat16") for threads in (1, 2)}) == 4


def test_library_versions_are_recorded():
    assert environment().details["libraries"]["torch"] == torch.__version__


def test_neither_host_nor_user_is_recorded():
    details = json.dumps(dict(environment().details))
    assert platform.node() not in details
    assert getpass.getuser() not in details.split('"')


def test_there_is_always_a_thread():
    assert default_threads() >= 1


def test_the_usual_variable_limits_the_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert default_threads() == 1
