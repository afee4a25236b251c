import math

import numpy as np
import pytest

from leaderboard.axes.accuracy.perplexity import Perplexity, PerplexityParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.masked_likelihood import MaskedScore
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import RunningText
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

PROTOCOL = Perplexity(PerplexityParameters())
SHORT = "The film was dull.\nShe said it was good."
LONG = " ".join(["The doctor had been kind to her mother."] * 30)
DOCUMENTS = [RunningText(id=str(i), text=text) for i, text in enumerate([SHORT, LONG, "Ein schöner Film: 好"])]
CAUSAL = {"bits_per_byte", "byte_perplexity", "word_perplexity"}
MASKED = {"pseudo_bits_per_byte", "pseudo_perplexity"}


def read(*documents, **more):
    """Observations of a causal model: log-likelihood, bytes, words."""
    return [
        Observation(str(at), {"loglikelihood": score, "bytes": size, "words": words, **more})
        for at, (score, size, words) in enumerate(documents)
    ]


class PerplexityContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def splits(self):
        return {"test": DOCUMENTS}


class TestOfCausalModels(PerplexityContract):
    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))


class TestOfMaskedModels(PerplexityContract):
    @pytest.fixture
    def subject(self, masked):
        return Subject(local_model(masked))


def test_a_byte_guessed_among_256_takes_8_bits():
    numbers = estimates(PROTOCOL, read((-10 * math.log(256), 10, 2), (0.0, 10, 3)))
    assert numbers["bits_per_byte", ""].value == pytest.approx(4.0)
    assert numbers["byte_perplexity", ""].value == pytest.approx(16.0)
    assert numbers["word_perplexity", ""].value == pytest.approx(16.0**4)
    assert (numbers["bits_per_byte", ""].low, numbers["bits_per_byte", ""].high) == (0.0, pytest.approx(8.0))
    assert "masked models alone" in numbers["pseudo_perplexity", ""].reason


def test_documents_of_a_group_are_one_unit():
    observations = read((-8.0, 4, 1), (-2.0, 4, 1), (-5.0, 4, 1))
    grouped = [
        Observation(each.example_id, {**each.data, "group": "ab"[at // 2]}) for at, each in enumerate(observations)
    ]
    alone, together = (estimates(PROTOCOL, each)["bits_per_byte", ""] for each in (observations, grouped))
    assert (alone.value, alone.n, together.n) == (together.value, 3, 2)
    resampled = PROTOCOL.resampled(grouped)["bits_per_byte", ""]
    assert resampled.clusters == ("a", "a", "b")


@pytest.mark.parametrize("observations", [[], read((0.0, 0, 0), (0.0, 0, 0))])
def test_without_text_nothing_is_measured(observations):
    assert all(estimate.value is None for estimate in estimates(PROTOCOL, observations).values())


def test_one_document_has_no_interval():
    assert estimates(PROTOCOL, read((-8.0, 4, 1)))["bits_per_byte", ""].low is None


def test_values_are_those_of_lm_eval(causal):
    """Documents of any length, in UTF-8; its aggregations are `weighted_perplexity` and `bits_per_byte`."""
    from lm_eval.api.instance import Instance
    from lm_eval.api.metrics import bits_per_byte, weighted_perplexity

    from leaderboard.axes.harness.model import HarnessModel

    subject = Subject(local_model(causal))
    instances = [Instance("loglikelihood_rolling", {}, (each.text,), at) for at, each in enumerate(DOCUMENTS)]
    totals = HarnessModel(subject).loglikelihood_rolling(instances)
    by_byte, by_word = (
        [(total, size(each.text)) for total, each in zip(totals, DOCUMENTS, strict=True)]
        for size in (lambda text: len(text.encode("utf-8")), lambda text: len(text.split()))
    )
    numbers = estimates(PROTOCOL, list(PROTOCOL.observe(subject, {"test": DOCUMENTS}, seed=0)))
    assert numbers["bits_per_byte", ""].value == pytest.approx(bits_per_byte(by_byte))
    assert numbers["byte_perplexity", ""].value == pytest.approx(weighted_perplexity(by_byte))
    assert numbers["word_perplexity", ""].value == pytest.approx(weighted_perplexity(by_word))


def test_a_smaller_stride_changes_only_documents_longer_than_the_model_reads(causal):
    subject = Subject(local_model(causal))
    whole, strided = (
        [each.data["loglikelihood"] for each in Perplexity(parameters).observe(subject, {"test": DOCUMENTS}, seed=0)]
        for parameters in (PerplexityParameters(), PerplexityParameters(stride=16))
    )
    assert np.isclose(whole, strided, atol=1e-4).tolist() == [True, False, True]
    assert list(Perplexity(PerplexityParameters(stride=10**6)).observe(subject, {"test": DOCUMENTS}, seed=0)) == list(
        PROTOCOL.observe(subject, {"test": DOCUMENTS}, seed=0)
    )


def test_a_masked_model_reads_each_line_on_its_own(masked):
    subject = Subject(local_model(masked))
    likelihood = subject.masked_likelihood()
    lines = [likelihood.encode(line) for line in SHORT.split("\n")]
    (observation,) = PROTOCOL.observe(subject, {"test": DOCUMENTS[:1]}, seed=0)
    assert observation.data["pseudo_loglikelihood"] == pytest.approx(
        likelihood.scores(lines, variant=MaskedScore.ORIGINAL).sum(), abs=1e-3
    )
    assert observation.data["tokens"] == sum(len(line.positions) for line in lines)
    assert observation.data["bytes"] == len(SHORT.encode()) - 1
    numbers = estimates(PROTOCOL, [observation])
    mean = -observation.data["pseudo_loglikelihood"] / observation.data["tokens"]
    assert numbers["pseudo_perplexity", ""].value == pytest.approx(math.exp(mean))
    assert {name for (name, _), each in numbers.items() if each.value is not None} == MASKED
    assert "gives no likelihood" in numbers["bits_per_byte", ""].reason


def test_a_line_that_a_masked_model_cuts_is_left_out_and_noted(masked):
    observations = list(PROTOCOL.observe(Subject(local_model(masked)), {"test": DOCUMENTS[1:2]}, seed=0))
    assert observations[0].data["bytes"] == 0
    assert PROTOCOL.notes(observations) == ("lines longer than the model reads, left out: 1",)
    assert estimates(PROTOCOL, observations)["pseudo_perplexity", ""].value is None
