from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.axes.catalogue import FAITHFULNESS, NAOPC_COMPREHENSIVENESS, NAOPC_SUFFICIENCY
from leaderboard.axes.explainability.faithfulness import Faithfulness, FaithfulnessParameters
from leaderboard.data.examples import TextExample
from leaderboard.engine.engine import Engine
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import ModelKind
from leaderboard.models.subject import Subject
from leaderboard.stats.estimate import Status
from leaderboard.testing.protocols import ProtocolContract

WEIGHTS = {"great": 2.0, "good": 1.0, "film": 0.1, "the": 0.0, "slow": -0.7, "dull": -1.5}


@pytest.fixture
def engine():
    return Engine(torch.device("cpu"), threads=1)


def protocol(**parameters):
    return Faithfulness(FaithfulnessParameters(**parameters))


def observe(classifier, lines, engine, seed=0, **parameters):
    examples = [TextExample(id=f"test:{index}", text=text) for index, text in enumerate(lines)]
    return list(protocol(**parameters).observe(Subject(None, classifier), {"test": examples}, engine, seed=seed))


def estimates(observations):
    return {(seen.metric.name, seen.part): seen.estimate for seen in protocol().estimate(observations)}


def random_texts(count, words=6):
    rng = np.random.default_rng(5)
    return [" ".join(rng.permutation(list(WEIGHTS))[:words]) for _ in range(count)]


def test_pairs_of_texts_are_not_measured(additive, engine):
    pair = TextExample(id="1", text="the good film", second="dull", label=0)
    with pytest.raises(NotMeasurableError, match="pairs of texts"):
        list(protocol().observe(Subject(None, additive(WEIGHTS)), {"test": [pair]}, engine, seed=0))


@pytest.mark.parametrize("exact_words", [8, 0])
def test_occlusion_of_an_additive_model_is_the_best_order(additive, engine, exact_words):
    seen = estimates(observe(additive(WEIGHTS), random_texts(12), engine, exact_words=exact_words))
    for name in (NAOPC_COMPREHENSIVENESS.name, NAOPC_SUFFICIENCY.name):
        assert seen[name, "occlusion"].value == pytest.approx(1.0)
        assert seen[name, "gradient_x_input"].value == pytest.approx(1.0)
        assert 0.2 < seen[name, "random"].value < 0.8
    assert seen[FAITHFULNESS.name, ""].value == pytest.approx(1.0)


def test_an_explainer_that_is_wrong_throughout_has_the_worst_order(additive, engine):
    classifier = additive(WEIGHTS)
    classifier.word_gradients = lambda words, label: (1 - 2 * label) * np.array([WEIGHTS[word] for word in words])
    seen = estimates(observe(classifier, random_texts(4), engine))
    assert seen[NAOPC_COMPREHENSIVENESS.name, "gradient_x_input"].value == pytest.approx(0.0)
    assert seen[NAOPC_SUFFICIENCY.name, "gradient_x_input"].value == pytest.approx(0.0)
    assert seen[FAITHFULNESS.name, ""].method.startswith("occlusion, chosen")


def test_curves_of_two_words_by_hand(additive, engine):
    def sigmoid(logit):
        return 1 / (1 + np.exp(-logit))

    (seen,) = observe(additive(WEIGHTS), ["dull great"], engine)
    occlusion = seen.data["explanations"]["occlusion"]
    assert seen.data["predicted"] == 1
    assert seen.data["probability"] == pytest.approx(sigmoid(0.5))
    assert occlusion["without"] == pytest.approx([sigmoid(-1.5)])  # "great" deleted
    assert occlusion["alone"] == pytest.approx([sigmoid(2.0)])  # "great" kept
    assert seen.data["upper"] == pytest.approx(sigmoid(0.5) - sigmoid(-1.5))
    assert seen.data["lower"] == pytest.approx(sigmoid(0.5) - sigmoid(2.0))


def test_texts_too_long_or_of_one_word_are_left_out(additive, engine):
    texts = ["great", "great film", "the great dull film", ""]
    assert [seen.example_id for seen in observe(additive(WEIGHTS), texts, engine, max_words=3)] == ["test:1"]


def test_no_text_short_enough_is_not_measurable(additive, engine):
    with pytest.raises(NotMeasurableError, match="none of 1 texts has 2 to 3 words"):
        observe(additive(WEIGHTS), ["the great dull film"], engine, max_words=3)


def test_a_constant_classifier_is_not_measured(additive, engine):
    seen = estimates(observe(additive(dict.fromkeys(WEIGHTS, 0.0)), random_texts(3), engine))
    assert seen[FAITHFULNESS.name, ""].reason == "the answer does not depend on the order of words in any of 3 texts"
    assert seen["aopc_comprehensiveness", "occlusion"].value == 0.0


def test_no_more_texts_are_explained_than_asked_for(additive, engine):
    told = []
    engine.progress = lambda what, done, total: told.append((what, done, total))
    assert len({seen.example_id for seen in observe(additive(WEIGHTS), random_texts(9), engine, texts=4)}) == 4
    assert told == [("explaining", 1, 4)] * 4


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=5), st.integers(0, 6))
def test_normalised_values_stay_between_worst_and_best(additive, weights, exact_words):
    words = {f"w{index}": weight for index, weight in enumerate(weights)}
    engine = Engine(torch.device("cpu"), threads=1)
    seen = estimates(observe(additive(words), [" ".join(words)], engine, exact_words=exact_words, beam=1))
    values = [estimate.value for (name, _), estimate in seen.items() if name.startswith("naopc")]
    assert all(value is None or 0 <= value <= 1 for value in values)
    assert all(estimate.status is Status.NOT_MEASURED for (name, _), estimate in seen.items() if name == "faithfulness")


class TestFaithfulnessKeepsTheContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return protocol(texts=8, exact_words=4, beam=2)

    @pytest.fixture
    def subject(self, additive):
        return Subject(SimpleNamespace(kind=ModelKind.ENCODER), additive(WEIGHTS))

    @pytest.fixture
    def splits(self):
        lines = [*random_texts(4), *random_texts(4, words=4)]
        return {"test": [TextExample(id=f"test:{index}", text=line) for index, line in enumerate(lines)]}
