import pytest


@pytest.fixture(scope="session")
def llama(causal):
    return causal
