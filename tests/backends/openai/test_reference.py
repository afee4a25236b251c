import pytest

from leaderboard.backends.openai.reference import parse_reference
from leaderboard.backends.registry import backend_of
from leaderboard.errors import RequestError
from tests.in_one_test import in_one_test


@pytest.mark.parametrize(
    ("reference", "model", "url"),
    [
        ("openai:smollm2@http://localhost:8000/v1", "smollm2", "http://localhost:8000/v1"),
        ("openai:org/model:free@https://api.example.org/v1/", "org/model:free", "https://api.example.org/v1"),
        ("openai:@cf/meta/llama@https://example.org/v1", "@cf/meta/llama", "https://example.org/v1"),
        ("openai:m@http://[::1]:8080", "m", "http://[::1]:8080"),
    ],
)
def test_a_reference_is_a_model_and_an_address(reference, model, url):
    assert backend_of(reference) == "openai"
    address = parse_reference(reference)
    assert (address.model, address.url) == (model, url)


@in_one_test(
    "reference",
    [
        "openai:",
        "openai:model",
        "openai:@http://localhost/v1",
        "openai:two words@http://localhost/v1",
        "openai:model@localhost:8000/v1",
        "openai:model@ftp://localhost/v1",
        "openai:model@http://user:password@localhost/v1",
        "openai:model@http://localhost/v1?key=abcdefgh",
        "openai:model@http://localhost:99999/v1",
        "openai:model@http:///v1",
    ],
)
def test_what_is_no_address_is_refused_with_the_right_form(reference):
    with pytest.raises(RequestError, match="openai:MODEL@http://localhost:8000/v1"):
        parse_reference(reference)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.2/v1", True),
        ("http://[::1]/v1", True),
        ("http://localhost.example.org/v1", False),
        ("http://10.0.0.1/v1", False),
    ],
)
def test_a_server_on_this_machine_is_recognised_by_its_address(url, local):
    assert parse_reference(f"openai:m@{url}").on_this_machine is local
