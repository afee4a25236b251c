"""The tests of the example plug-in: it keeps to the contract."""

import pytest
from copycat import Copycat

from leaderboard.backends import ComputeOptions
from leaderboard.testing import BackendContract


class TestCopycatKeepsTheContract(BackendContract):
    @pytest.fixture
    def backend(self):
        return Copycat(ComputeOptions())

    @pytest.fixture
    def reference(self):
        return "copycat:words"
