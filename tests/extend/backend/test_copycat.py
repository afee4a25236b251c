"""The tests of the example plug-in: it keeps to the contract."""

import pytest
from copycat import Copycat

from leaderboard.backends.backend import ComputeOptions
from leaderboard.testing.backends import BackendContract


class TestCopycatKeepsTheContract(BackendContract):
    @pytest.fixture
    def backend(self):
        return Copycat(ComputeOptions())

    @pytest.fixture
    def reference(self):
        return "copycat:words"
