"""The serving protocol: estimates from streamed answers, and the reasons where there are none."""

import numpy as np
import pytest

from leaderboard.axes.latency.load_prompts import load_prompts
from leaderboard.axes.latency.serving import Serving, ServingParameters
from leaderboard.axes.protocol import Observation

PARAMETERS = ServingParameters(concurrency=2, requests=40, rounds=2, prompt_words=50, output_tokens=11)


def observations(*, tokens=11, parts=11, prompt=60, prices=None, cached=0):
    """Answers with a first token after 0.1 s to 0.139 s, further ones every 10 ms, and an end after 0.3 s."""
    yield Observation("model:server", {"prices": prices, "remarks": []})
    for number in range(40):
        first = 0.1 + 0.001 * (number * 7 % 40)
        step = 0.1 / max(1, parts - 1)
        data = {
            "round": number // 20,
            "start": 0.3 * (number % 20 // 2),
            "arrivals": [first + step * part for part in range(parts)],
            "seconds": 0.3,
            "prompt_tokens": prompt,
            "completion_tokens": tokens,
            "cached_tokens": cached,
        }
        yield Observation(str(number), data)


def estimates(**changes):
    measured = Serving(PARAMETERS).estimate(list(observations(**changes)))
    return {each.metric.name: each.estimate for each in measured}


def test_times_throughput_and_cost_are_those_of_their_definitions():
    estimate = estimates(prices={"prompt": 1.0, "completion": 10.0})
    assert estimate["ttft_p50"].value == pytest.approx(0.1195)
    assert estimate["tpot_p50"].value == pytest.approx(0.01)  # 0.1 s between the first and the last of 11
    assert estimate["request_p50"].value == pytest.approx(0.3)
    assert estimate["output_tokens_per_second"].value == pytest.approx(20 * 11 / 3.0)  # ten times two in 3 s
    assert estimate["cost_per_1000_requests"].value == pytest.approx(1000 * (60 * 1.0 + 11 * 10.0) / 1e6)
    assert 0.1 <= estimate["ttft_p50"].low < 0.1195 < estimate["ttft_p50"].high <= 0.14


def test_a_quantile_of_too_few_samples_is_withheld():
    assert "needs 500 samples" in estimates()["itl_p99"].reason


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"parts": 3}, {"ttft_p50": "tokens arrive together in 40 of 40 answers: 11 tokens in 3 parts"}),
        ({"parts": 1}, {"ttft_p50": "cannot be timed", "tpot_p50": "cannot be timed", "itl_p99": "cannot be timed"}),
        ({"parts": 0}, {"ttft_p50": "cannot be timed"}),
        ({"tokens": 5, "parts": 5}, {"request_p50": "another length than 11 tokens (median 5)"}),
        ({"tokens": 30, "parts": 30}, {"output_tokens_per_second": "ignores `max_tokens`"}),
        ({"tokens": None}, {"tpot_p50": "usage.completion_tokens", "output_tokens_per_second": "does not say"}),
        ({"tokens": None, "parts": 4}, {"ttft_p50": "tokens arrive together, or answers end early"}),
        ({"prompt": 20}, {"ttft_p50": "it cuts prompts off", "output_tokens_per_second": "it cuts prompts off"}),
        ({}, {"cost_per_1000_requests": "set LEADERBOARD_SERVER_PROMPT_PRICE"}),
        (
            {"prompt": None, "prices": {"prompt": 1.0, "completion": 1.0}},
            {"cost_per_1000_requests": "usage.prompt_tokens"},
        ),
    ],
)
def test_what_answers_do_not_show_is_not_measured_with_the_reason(changes, reasons):
    estimate = estimates(**changes)
    for name, reason in reasons.items():
        assert estimate[name].value is None, name
        assert reason in estimate[name].reason


def test_the_first_token_is_timed_where_tokens_are_not_counted():
    assert estimates(tokens=None)["ttft_p50"].value == pytest.approx(0.1195)


def test_times_per_token_are_measured_where_answers_end_early():
    estimate = estimates(tokens=6, parts=6)
    assert estimate["tpot_p50"].value == pytest.approx(0.1 / 5)
    assert estimate["request_p50"].value is None


def test_notes_say_what_times_include_and_what_came_from_a_cache():
    load, lengths, cache = Serving(PARAMETERS).notes(list(observations(cached=30)))
    assert load.startswith("2 requests at a time: times include the network, the server's queue")
    assert lengths == "prompts have 60 tokens, answers 11 (medians)"
    assert cache == "the server took 50% of the tokens of prompts from its cache"


def test_rounds_that_never_reach_the_load_are_refused():
    with pytest.raises(ValueError, match="write `requests: 32` or more"):
        ServingParameters(concurrency=8, requests=16, rounds=4)


def test_no_prompt_is_one_that_a_server_has_seen():
    prompts = [*load_prompts(3, 20, np.random.default_rng(0)), *load_prompts(3, 20, np.random.default_rng(0))]
    assert len({prompt[:16] for prompt in prompts}) == 6
    assert all(len(prompt.split()) >= 20 for prompt in prompts)
