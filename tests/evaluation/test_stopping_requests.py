import pytest

from leaderboard.errors import RequestError
from leaderboard.evaluation.stopping_requests import UntilBetter, UntilWidth, stopping_request


@pytest.mark.parametrize("text", ["±0.02", "0.02", "+-0.02", "+/-0.02", ".02", "2e-2", 0.02, " ± 0.02 "])
def test_a_half_width(text):
    assert stopping_request(text) == UntilWidth(0.02)


def test_a_comparison():
    request = stopping_request("a/probe(sst2) > b")
    assert request == UntilBetter("a/probe(sst2)", "b")
    assert str(request) == "a/probe(sst2) > b"


def test_no_request():
    assert stopping_request(None) is None


@pytest.mark.parametrize("text", ["", "0", "0.5", "-0.02", "a >", "> b", "a > b > c", "soon", "nan", True, 2, "±"])
def test_anything_else_is_refused(text):
    with pytest.raises(RequestError, match=r"half-width between 0 and 0.5"):
        stopping_request(text)
