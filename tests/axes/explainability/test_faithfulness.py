from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.explainability import FAITHFULNESS, NAOPC_COMPREHENSIVENESS, NAOPC_SUFFICIENCY
from leaderboard.axes.explainability.deletions import Deletions
from leaderboard.axes.explainability.faithfulness import Faithfulness, FaithfulnessParameters
from leaderboard.axes.explainability.orders import prefixes
from leaderboard.axes.protocol import Observation
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract

NO_RANGE = "no order of words moves the probability by 0.05 or more in any of 3 texts"
WEIGHTS = {"great": 2.0, "good": 1.0, "film": 0.1, "the": 0.0, "slow": -0.7, "dull": -1.5}


def protocol(**parameters):
    return Faithfulness(FaithfulnessParameters(**parameters))


def observe(classifier, lines, seed=0, **parameters):
    examples = [TextExample(id=f"test:{index}", text=text) for index, text in enumerate(lines)]
    return list(protocol(**parameters).observe(Subject(NamedModel(), classifier), {"test": examples}, seed=seed))


def estimates(observations):
    return {
        (measurement.metric.name, measurement.part): measurement.estimate
        for measurement in protocol().estimate(observations)
    }


def random_texts(count, words=6):
    rng = np.random.default_rng(5)
    return [" ".join(rng.permutation(list(WEIGHTS))[:words]) for _ in range(count)]


def test_pairs_of_texts_are_not_measured(additive):
    pair = TextExample(id="1", text="the good film", second="dull", label=0)
    with pytest.raises(NotMeasurableError, match="pairs of texts"):
        list(protocol().observe(Subject(NamedModel(), additive(WEIGHTS)), {"test": [pair]}, seed=0))


@pytest.mark.parametrize("exact_words", [8, 0])
def test_occlusion_of_an_additive_model_is_the_best_order(additive, exact_words):
    results = estimates(observe(additive(WEIGHTS), random_texts(12), exact_words=exact_words))
    for name in (NAOPC_COMPREHENSIVENESS.name, NAOPC_SUFFICIENCY.name):
        assert results[name, "occlusion"].value == pytest.approx(1.0)
        assert results[name, "gradient_x_input"].value == pytest.approx(1.0)
        assert 0.2 < results[name, "random"].value < 0.8
    assert results[FAITHFULNESS.name, ""].value == pytest.approx(1.0)


def test_an_explainer_that_is_wrong_throughout_has_the_worst_order(additive):
    classifier = additive(WEIGHTS)
    classifier.word_gradients = lambda words, label: (1 - 2 * label) * np.array([WEIGHTS[word] for word in words])
    results = estimates(observe(classifier, random_texts(4)))
    assert results[NAOPC_COMPREHENSIVENESS.name, "gradient_x_input"].value == pytest.approx(0.0)
    assert results[NAOPC_SUFFICIENCY.name, "gradient_x_input"].value == pytest.approx(0.0)
    assert results[FAITHFULNESS.name, ""].method.startswith("occlusion, chosen")


def test_curves_of_two_words_by_hand(additive):
    def sigmoid(logit):
        return 1 / (1 + np.exp(-logit))

    (observation,) = observe(additive(WEIGHTS), ["dull great"])
    occlusion = observation.data["explanations"]["occlusion"]
    assert observation.data["predicted"] == 1
    assert observation.data["probability"] == pytest.approx(sigmoid(0.5))
    assert occlusion["without"] == pytest.approx([sigmoid(-1.5)])  # "great" deleted
    assert occlusion["alone"] == pytest.approx([sigmoid(2.0)])  # "great" kept
    assert observation.data["upper"] == pytest.approx(sigmoid(0.5) - sigmoid(-1.5))
    assert observation.data["lower"] == pytest.approx(sigmoid(0.5) - sigmoid(2.0))


def test_texts_too_long_or_of_one_word_are_left_out(additive):
    texts = ["great", "great film", "the great dull film", ""]
    assert [observation.example_id for observation in observe(additive(WEIGHTS), texts, max_words=3)] == ["test:1"]


def test_no_text_short_enough_is_not_measurable(additive):
    with pytest.raises(NotMeasurableError, match="none of 1 texts has 2 to 3 words"):
        observe(additive(WEIGHTS), ["the great dull film"], max_words=3)


def test_a_constant_classifier_is_not_measured(additive):
    results = estimates(observe(additive(dict.fromkeys(WEIGHTS, 0.0)), random_texts(3)))
    assert results[FAITHFULNESS.name, ""].reason == NO_RANGE
    assert results["aopc_comprehensiveness", "occlusion"].value == 0.0


def planted(additive):
    """A subject with one decisive word, "superb"; without it the answer is no for sure, whatever else stands there."""
    weights = {f"w{number}": 0.01 * (-1) ** number * number for number in range(12)} | {"superb": 14.0}
    classifier = additive(weights)
    rng = np.random.default_rng(0)

    def log_probabilities(texts):
        logits = np.array([sum(weights[word] for word in text.split()) - 7.0 for text in texts])
        return -np.logaddexp(0, np.stack([logits, -logits], axis=1))

    classifier.log_probabilities = log_probabilities
    classifier.word_gradients = lambda words, label: rng.normal(size=len(words))  # they know nothing of it
    return classifier


def planted_texts(count, decisive):
    """Texts of six words, the first of them with the decisive word."""
    rng = np.random.default_rng(3)
    words = [[*rng.permutation([f"w{number}" for number in range(12)])[:5]] for _ in range(count)]
    return [" ".join([*each, "superb" if index < decisive else "w0"]) for index, each in enumerate(words)]


def test_a_decisive_word_that_is_ranked_first_scores_one_whatever_other_texts_say(additive):
    """Version 1 gave each text without the word a full vote: .69 on average, for orders that move nothing."""
    observations = observe(planted(additive), planted_texts(30, decisive=20))
    with_word = [each for each in observations if each.data["predicted"] == 1]
    assert len(with_word) == 20
    estimate = estimates(observations)[FAITHFULNESS.name, ""]
    assert estimate.value > 0.999
    assert estimate.low > 0.85
    assert estimate.n == 30


def random_weights(encoder, texts, *, spread):
    """A tiny transformer of random weights under a random head, whose logits of these texts have so wide a spread."""
    rng = np.random.default_rng(1)
    head = rng.normal(size=encoder.module.config.hidden_size)

    def raw(lines):
        batch = encoder.tokenizer(lines, padding=True, return_tensors="pt")
        with torch.no_grad():
            states = encoder.module(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None]
        return ((states * mask).sum(1) / mask.sum(1)).numpy().astype(np.float64) @ head

    logits_of_texts = raw(texts)

    def log_probabilities(lines):
        logits = spread * (raw(lines) - logits_of_texts.mean()) / logits_of_texts.std()
        return -np.logaddexp(0, np.stack([logits, -logits], axis=1))

    return SimpleNamespace(
        labels=("no", "yes"),
        log_probabilities=log_probabilities,
        answer=lambda line: log_probabilities([line])[0],
        token_count=lambda line: len(line.split()),
        word_gradients=lambda words, label: rng.normal(size=len(words)),
    )


@pytest.mark.slow
def test_a_decisive_word_scores_clearly_above_random_weights(additive, encoder):
    texts = planted_texts(30, decisive=30)
    decisive = estimates(observe(planted(additive), texts))[FAITHFULNESS.name, ""]
    noise = estimates(observe(random_weights(encoder, texts, spread=1.0), texts))[FAITHFULNESS.name, ""]
    assert decisive.value > 0.999
    assert noise.value < decisive.value - 0.05


def test_random_weights_that_nothing_moves_are_not_measured(encoder):
    texts = planted_texts(3, decisive=3)
    noise = estimates(observe(random_weights(encoder, texts, spread=0.001), texts))
    assert noise[FAITHFULNESS.name, ""].reason == NO_RANGE


def test_the_zero_point_is_the_mean_of_all_orders_of_each_text(additive):
    """By hand, of three words with the probabilities of all orders; sampled orders agree where words add up nearly."""
    classifier = additive(WEIGHTS)
    (observation,) = observe(classifier, ["great dull film"])
    drops = [Deletions(classifier, ["great", "dull", "film"]).drops(prefixes(o)) for o in permutations(range(3))]
    assert observation.data["mean"] == pytest.approx(np.mean(drops))
    (sampled,) = observe(additive(WEIGHTS), ["great dull film"], exact_words=0)
    assert sampled.data["mean"] == pytest.approx(observation.data["mean"], abs=0.02)


def test_random_orders_have_half_of_the_scale_and_no_more(additive):
    """Orders drawn at random average .5, though not in the middle of the worst and the best."""
    classifier = additive(WEIGHTS)
    rng = np.random.default_rng(0)
    classifier.word_gradients = lambda words, label: rng.normal(size=len(words))
    observations = observe(classifier, random_texts(40))
    for each in observations:  # occlusion is left out of the choice by giving it the random explainer's curves
        each.data["explanations"]["occlusion"] = each.data["explanations"]["random"]
    estimate = estimates(observations)[FAITHFULNESS.name, ""]
    assert estimate.low < 0.5 < estimate.high


def test_texts_in_which_no_order_matters_are_counted_in_the_notes(additive):
    observations = observe(planted(additive), planted_texts(9, decisive=6))
    (note,) = protocol().notes(observations)
    assert note.startswith("in 3 of 9 texts no order of words moves the probability by 0.05 or more")
    assert protocol().notes(observe(additive(WEIGHTS), random_texts(3))) == ()
    assert protocol().notes([]) == ()


def test_observations_of_version_1_are_estimated_still(additive):
    observations = observe(additive(WEIGHTS), random_texts(6))
    old = [Observation(each.example_id, {k: v for k, v in each.data.items() if k != "mean"}) for each in observations]
    assert estimates(old)[FAITHFULNESS.name, ""].value == pytest.approx(1.0)


def test_no_more_texts_are_explained_than_asked_for(additive, engine, encoder):
    reports = []
    engine.progress = lambda stage, done, total: reports.append((stage, done, total))
    subject = Subject(LocalModel(engine, encoder), additive(WEIGHTS))
    texts = [TextExample(id=f"test:{index}", text=text) for index, text in enumerate(random_texts(9))]
    assert (
        len({observation.example_id for observation in protocol(texts=4).observe(subject, {"test": texts}, seed=0)})
        == 4
    )
    assert reports == [("explaining", 1, 4)] * 4


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=5), st.integers(0, 6))
def test_normalised_values_stay_between_worst_and_best(additive, weights, exact_words):
    words = {f"w{index}": weight for index, weight in enumerate(weights)}
    results = estimates(observe(additive(words), [" ".join(words)], exact_words=exact_words, beam=1))
    values = [estimate.value for (name, _), estimate in results.items() if name.startswith("naopc")]
    assert all(value is None or 0 <= value <= 1 for value in values)
    assert all(
        estimate.status is Status.NOT_MEASURED for (name, _), estimate in results.items() if name == "faithfulness"
    )


class TestFaithfulnessKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return protocol(texts=8, exact_words=4, beam=2)

    @pytest.fixture
    def subject(self, additive):
        return Subject(NamedModel(), additive(WEIGHTS))

    @pytest.fixture
    def splits(self):
        lines = [*random_texts(4), *random_texts(4, words=4)]
        return {"test": [TextExample(id=f"test:{index}", text=line) for index, line in enumerate(lines)]}
