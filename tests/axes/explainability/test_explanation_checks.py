import numpy as np
import pytest

from leaderboard.axes.explainability.explanation_checks import CHECKS, ExplanationCheckParameters, ExplanationChecks
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract
from tests.axes.explainability.conftest import Additive

WORDS = ["great", "good", "film", "the", "slow", "dull", "plot", "cast"]
METHODS = ("gradient_x_input", "occlusion")


class ByWord(dict):
    """Weights of words, whatever punctuation stands behind them."""

    def __missing__(self, word):
        return self.get(word.rstrip("."), 0.0)


class Variable(Additive):
    """A linear classifier whose weights can be drawn again, or stay as they are."""

    def __init__(self, seed=0, *, ignores_weights=False):
        rng = np.random.default_rng(seed)
        super().__init__(ByWord(zip(WORDS, rng.normal(size=len(WORDS)), strict=True)))
        self.ignores_weights = ignores_weights

    def token_count(self, text):
        return 1 + super().token_count(text)  # so that it reads a text without words

    def with_random_weights(self, seed):
        return self if self.ignores_weights else Variable(seed + 1)

    def with_embedding_noise(self, radius, seed):
        noisy = Variable()
        rng = np.random.default_rng(seed)
        noisy.weights = ByWord({word: value + radius * rng.normal() for word, value in self.weights.items()})
        return noisy


def protocol(**parameters):
    return ExplanationChecks(ExplanationCheckParameters(**{"methods": METHODS, "texts": 30} | parameters))


def examples(count, words=6):
    rng = np.random.default_rng(5)
    return [TextExample(id=f"test:{n}", text=" ".join(rng.permutation(WORDS)[:words])) for n in range(count)]


def observe(classifier, texts, **parameters):
    return list(protocol(**parameters).observe(Subject(NamedModel(), classifier), {"test": texts}, seed=0))


def estimates(observations):
    return {(each.metric.name, each.part): each.estimate for each in protocol().estimate(observations)}


@pytest.fixture(scope="module")
def observations():
    return observe(Variable(), examples(24))


def test_a_linear_model_is_explained_without_infidelity_and_by_all_methods_alike(observations):
    results = estimates(observations)
    assert results["infidelity", "occlusion"].value == pytest.approx(0.0, abs=1e-6)
    assert results["method_agreement", ""].value > 0.95
    assert results["top_agreement", "occlusion"].value > 0.95
    assert 0.5 < results["paraphrase_stability", "occlusion"].value < 1  # "movie" has no weight
    assert 0 < results["sensitivity_max", "occlusion"].value < 0.5


def test_explanations_that_change_with_the_weights_pass(observations):
    estimate = estimates(observations)["randomisation_correlation", "occlusion"]
    assert estimate.low < estimate.value < estimate.high < 0.5
    assert protocol().notes(observations)[0].endswith(": PASS gradient_x_input, occlusion")


def test_explanations_that_do_not_change_fail():
    observations = observe(Variable(ignores_weights=True), examples(12))
    assert estimates(observations)["randomisation_correlation", "occlusion"].value == pytest.approx(1.0)
    assert ": FAIL gradient_x_input, occlusion" in protocol().notes(observations)[0]


def test_only_methods_that_draw_texts_have_a_stability_over_seeds(observations):
    assert estimates(observations)["seed_stability", ""].reason == "no method draws texts at random"


@pytest.mark.slow
def test_kernel_shap_has_a_stability_over_seeds():
    results = estimates(observe(Variable(), examples(1), methods=("kernel_shap", "occlusion"), noises=1, seeds=2))
    assert [part for name, part in results if name == "seed_stability"] == ["kernel_shap"]
    assert results["seed_stability", "kernel_shap"].value > 0.8


def test_a_classifier_whose_weights_cannot_be_drawn_again_is_not_measured_with_the_reason():
    results = estimates(observe(Additive(Variable().weights), examples(5)))
    for name in ("randomisation_correlation", "sensitivity_max"):
        assert "no weights of its own on this machine" in results[name, "occlusion"].reason
    assert results["infidelity", "occlusion"].value is not None


def test_a_method_that_the_subject_cannot_answer_is_not_measured_with_the_reason():
    results = estimates(observe(Variable(), examples(3), methods=("attention", "occlusion")))
    assert "no embeddings of its own" in results["infidelity", "attention"].reason
    assert results["infidelity", "occlusion"].value is not None


def test_no_texts_and_one_text():
    assert {each.estimate.reason for each in protocol().estimate([])} == {"no texts"}
    results = estimates(observe(Variable(), examples(1)))
    assert results["randomisation_correlation", "occlusion"].n == 1
    assert results["sensitivity_max", "occlusion"].low is None


def test_long_texts_are_explained_by_spans():
    (observation,) = observe(Variable(), examples(1, words=8), most_units=4)
    assert (observation.data["words"], observation.data["units"]) == (8, 4)


def test_texts_of_one_word_are_left_out():
    texts = [TextExample(id="one", text="great"), TextExample(id="two", text="great film")]
    assert [each.example_id for each in observe(Variable(), texts)] == ["two"]
    with pytest.raises(NotMeasurableError, match="none of 1 texts has 2 words"):
        observe(Variable(), texts[:1])


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown attribution method 'shap'; known: attention"):
        protocol(methods=("shap",))


def test_no_metric_counts_in_a_score():
    assert not any(check.metric.headline for check in CHECKS)


class TestExplanationChecksKeepTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return protocol(removals=10)

    @pytest.fixture
    def subject(self):
        return Subject(NamedModel(), Variable())

    @pytest.fixture
    def splits(self):
        return {"test": examples(6)}
