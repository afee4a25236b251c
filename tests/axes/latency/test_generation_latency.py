"""Times of generated tokens: of tiny models, and of a streamer with a clock of its own."""

from dataclasses import replace

import pytest

from leaderboard.axes.latency.generation_latency import GenerationLatency, GenerationLatencyParameters
from leaderboard.axes.latency.serving import Serving, ServingParameters
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.streamed_generation import stream_text
from leaderboard.backends.streaming import StreamedAnswer
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel, local_model, tiny_t5
from leaderboard.testing.protocols import ProtocolContract
from tests.conftest import loaded


class Streams:
    """Reads a word in 1 ms and writes a token in 20 ms; 200 words are too many."""

    prices, remarks = None, ()

    def stream(self, prompt, tokens):
        words = len(prompt.split())
        if words > 200:
            raise NotMeasurableError("reads 200 tokens")
        arrivals = tuple(0.001 * words + 0.02 * number for number in range(1, tokens + 1))
        return StreamedAnswer(arrivals, arrivals[-1], words, tokens)


class StreamingModel(NamedModel):
    def streamer(self):
        return Streams()


def measured(**parameters):
    protocol = GenerationLatency(GenerationLatencyParameters(**parameters))
    observations = list(protocol.observe(Subject(StreamingModel()), {}, seed=0))
    return protocol.notes(observations), {
        (each.metric.name, each.part): each.estimate for each in protocol.estimate(observations)
    }


def test_first_and_further_tokens_are_timed_at_each_length():
    notes, numbers = measured(prompt_words=(30, 90), output_tokens=16, samples=60)
    words = {30: 30 + 9, 90: 90 + 9}  # with the words around them
    for length, read in words.items():
        assert numbers["ttft_p50", f"{length} words"].value == pytest.approx(0.001 * read + 0.02)
        assert numbers["tpot_p50", f"{length} words"].value == pytest.approx(0.02)
        assert numbers["itl_p99", f"{length} words"].value == pytest.approx(0.02)
        assert numbers["request_p50", f"{length} words"].value == pytest.approx(0.001 * read + 16 * 0.02)
    assert notes == ("tokens of a prompt (medians): 30 words: 39, 90 words: 99",)


def test_a_length_that_is_not_read_leaves_the_others_standing():
    _, numbers = measured(prompt_words=(30, 300), output_tokens=2, samples=30)
    assert numbers["ttft_p50", "300 words"].reason == "reads 200 tokens"
    assert numbers["ttft_p50", "30 words"].value is not None
    assert "needs 50 samples, has 30" in numbers["ttft_p90", "30 words"].reason


@pytest.fixture(scope="module")
def t5(tmp_path_factory):
    return loaded(tiny_t5(tmp_path_factory.mktemp("models") / "t5"), ModelKind.ENCODER_DECODER)


@pytest.mark.parametrize("kind", ["causal", "t5"])
def test_a_model_writes_every_token_even_where_the_text_could_end(kind, request):
    model = request.getfixturevalue(kind)
    answer = stream_text(model, "the film was", 5)
    assert (answer.completion_tokens, len(answer.arrivals)) == (5, 5)
    assert 0 < answer.arrivals[0] < answer.arrivals[-1] <= answer.seconds
    assert answer.prompt_tokens >= 3
    with pytest.raises(NotMeasurableError, match="too few for a prompt of"):
        stream_text(replace(model, max_length=4), "the film was", 6)


def test_a_model_on_this_machine_is_no_server(causal):
    protocol = Serving(ServingParameters(concurrency=1, requests=4))
    with pytest.raises(NotMeasurableError, match="task generation_latency times its tokens"):
        next(protocol.observe(Subject(local_model(causal)), {}, seed=0))


class TestGenerationLatencyKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return GenerationLatency(GenerationLatencyParameters(prompt_words=(3, 5), output_tokens=2, samples=30))

    @pytest.fixture
    def subject(self, causal, monkeypatch):
        monkeypatch.setattr("leaderboard.backends.local.model.LocalStreamer", lambda _model: Streams())
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        return {}
