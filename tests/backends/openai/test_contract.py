"""The backend keeps the contract with each kind of server."""

import pytest

from leaderboard.testing.backends import BackendContract
from tests.backends.openai.toy_server import Toy


class TestEcho(BackendContract):
    @pytest.fixture
    def toy(self):
        return Toy()

    @pytest.fixture
    def backend(self, backend):
        return backend

    @pytest.fixture
    def reference(self, reference):
        return reference


class TestPromptLogprobs(TestEcho):
    @pytest.fixture
    def toy(self):
        return Toy(echo=False, prompt_logprobs=True)


class TestForcedTokens(TestEcho):
    @pytest.fixture
    def toy(self):
        return Toy(echo=False, llama_cpp=True)


@pytest.mark.slow  # it offers what TestChatAlone offers
class TestCompletionsWithoutLogprobs(TestEcho):
    @pytest.fixture
    def toy(self):
        return Toy(echo=False)


class TestChatAlone(TestEcho):
    @pytest.fixture
    def toy(self):
        return Toy(completions=False)
