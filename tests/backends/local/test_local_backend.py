import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.backend import LocalBackend
from leaderboard.testing.backends import BackendContract


def local(engine):
    return LocalBackend(ComputeOptions(device="cpu", threads=1, offline=True), engine=engine)


class TestACausalModelKeepsTheContract(BackendContract):
    @pytest.fixture
    def backend(self, engine):
        return local(engine)

    @pytest.fixture
    def reference(self, causal_folder):
        return str(causal_folder)


class TestAMaskedModelKeepsTheContract(BackendContract):
    @pytest.fixture
    def backend(self, engine):
        return local(engine)

    @pytest.fixture
    def reference(self, masked_folder):
        return str(masked_folder)
