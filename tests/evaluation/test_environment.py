import getpass
import json
import platform

import torch

from leaderboard.engine.devices import Devices
from leaderboard.evaluation.environment import default_threads, describe

CPU = Devices((torch.device("cpu"),))


def test_the_same_place_is_the_same_environment():
    assert describe(CPU, "float32", 2).identity == describe(CPU, "float32", 2).identity


def test_threads_and_precision_make_another_environment():
    assert len({describe(CPU, dtype, threads).identity for dtype in ("float32", "bfloat16") for threads in (1, 2)}) == 4


def test_library_versions_are_recorded():
    assert describe(CPU, "float32", 1).details["libraries"]["torch"] == torch.__version__


def test_neither_host_nor_user_is_recorded():
    said = json.dumps(dict(describe(CPU, "float32", 1).details))
    assert platform.node() not in said
    assert getpass.getuser() not in said.split('"')


def test_there_is_always_a_thread():
    assert default_threads() >= 1


def test_the_usual_variable_limits_the_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert default_threads() == 1
