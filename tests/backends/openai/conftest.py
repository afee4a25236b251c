import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.openai.backend import OpenAIBackend
from tests.backends.openai.toy_server import Toy, serving


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A test that waits for a server by mistake fails soon."""
    monkeypatch.setenv("LEADERBOARD_SERVER_TIMEOUT", "20s")


@pytest.fixture
def toy():
    return Toy()


@pytest.fixture
def reference(toy):
    """The reference of the toy model; a test changes what its server can do before the first request."""
    with serving(toy) as reference:
        yield reference


@pytest.fixture
def backend():
    return OpenAIBackend(ComputeOptions(), waits_s=(0.01, 0.01))


@pytest.fixture
def model(backend, reference):
    return backend.load(backend.resolve(reference))
