"""Encrypted inference: the encrypted head answers as the plain one, the server lacks the key, and refusals."""

import sys

import numpy as np
import pytest

from leaderboard.axes.latency.encrypted_head import SLOTS, EncryptedHead
from leaderboard.axes.latency.encrypted_inference import EncryptedInference, EncryptedInferenceParameters
from leaderboard.axes.latency.metrics import largest_error
from leaderboard.backends.classifiers import LinearHead, LinearHeadClassifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract, estimates

TEXTS = [TextExample(id=str(number), text=f"text {number}") for number in range(30)]
WIDTH = 12


class Linear:
    """A classifier by a random linear head on random features."""

    labels = ("negative", "positive")
    rng = np.random.default_rng(0)
    linear_head = LinearHead(rng.normal(size=(2, WIDTH)), np.array([0.5, -0.5]))

    def head_features(self, texts):
        return np.array([np.random.default_rng(int(text.split()[1])).normal(size=WIDTH) for text in texts])

    def log_probabilities(self, texts):
        raise AssertionError("the heads are compared by their logits")

    def answer(self, text):
        return self.log_probabilities([text])[0]

    def token_count(self, text):
        return len(text.split())


class Opaque:
    """A classifier without a linear head."""

    labels = ("negative", "positive")


def observe(classifier, texts=TEXTS):
    protocol = EncryptedInference(EncryptedInferenceParameters())
    return list(protocol.observe(Subject(NamedModel(), classifier), {"test": texts}, seed=0))


@pytest.fixture(scope="module")
def shared_observations():
    pytest.importorskip("tenseal")
    return observe(Linear())


@pytest.mark.slow  # makes keys
class TestEncryptedInference(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return EncryptedInference(EncryptedInferenceParameters())

    @pytest.fixture
    def subject(self):
        return Subject(NamedModel(), Linear())

    @pytest.fixture
    def splits(self):
        return {"test": TEXTS}

    @pytest.fixture
    def observations(self, shared_observations):
        return shared_observations

    def test_the_encrypted_head_answers_as_the_plain_one(self, protocol, observations):
        results = estimates(protocol, observations)
        assert results["encrypted_agreement", ""].value == 1.0
        assert 0 < results["encrypted_error", ""].value < 1e-3
        assert results["encrypted_seconds", ""].value > 0
        assert results["encrypted_bytes", ""].value > 50_000
        assert "in the clear by the client" in protocol.notes(observations)[0]

    def test_the_server_cannot_decrypt(self):
        head = EncryptedHead(Linear.linear_head)
        assert not head._server.is_private()
        assert head._client.is_private()

    def test_the_weights_of_a_feature_that_hardly_varies_may_be_huge(self):
        weight = np.array([[1e31, 1.0], [-1e31, 0.5]])
        answer = EncryptedHead(LinearHead(weight, np.zeros(2))).answer(np.array([2e-31, 1.0]))
        assert answer.logits == pytest.approx([3.0, -1.5], abs=1e-3)

    def test_without_texts_nothing_is_measured(self, protocol):
        results = estimates(protocol, observe(Linear(), []))
        assert {each.reason for each in results.values()} == {"no examples", "no samples"}


def test_largest_error_of_none_one_and_several():
    assert largest_error(np.array([])).value is None
    assert largest_error(np.array([0.25])).value == 0.25
    assert largest_error(np.array([0.25, 0.5, 0.0])).value == 0.5


def test_a_classifier_without_a_linear_head_is_refused():
    assert isinstance(Linear(), LinearHeadClassifier)
    with pytest.raises(NotMeasurableError, match="not those of one linear head on its features; --recipe probe"):
        observe(Opaque())


def test_without_tenseal_the_command_to_install_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tenseal", None)
    with pytest.raises(NotMeasurableError, match=r"pip install 'lm-leaderboard\[encrypted\]'"):
        observe(Linear())


def test_more_features_than_a_ciphertext_holds_are_refused():
    pytest.importorskip("tenseal")
    with pytest.raises(NotMeasurableError, match=f"holds {SLOTS} features, and the head reads {SLOTS + 1}"):
        EncryptedHead(LinearHead(np.zeros((2, SLOTS + 1)), np.zeros(2)))
