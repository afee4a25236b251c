from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.attributions.classified_text import ClassifiedText
from leaderboard.attributions.text_units import TextUnits
from leaderboard.axes.explainability import FAITHFULNESS, NAOPC_COMPREHENSIVENESS, NAOPC_SUFFICIENCY
from leaderboard.axes.explainability.faithfulness import Faithfulness
from leaderboard.axes.explainability.faithfulness_parameters import FaithfulnessParameters
from leaderboard.axes.explainability.orders import prefixes
from leaderboard.axes.explainability.probability_drops import ProbabilityDrops
from leaderboard.axes.protocol import Observation
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.subject import Subject
from leaderboard.backends.word_deletion import WordDeletion
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


def test_texts_of_one_word_are_left_out_and_longer_ones_are_divided_into_spans(additive):
    texts = ["great", "great film", "the great dull film good the slow", ""]
    short, long = sorted(observe(additive(WEIGHTS), texts, max_words=3), key=lambda each: each.example_id)
    assert (short.example_id, short.data["words"], "spans" in short.data) == ("test:1", 2, False)
    assert (long.example_id, long.data["words"]) == ("test:2", 3)
    assert long.data["spans"] == [[0, 3], [3, 5], [5, 7]]
    assert len(long.data["explanations"]["occlusion"]["scores"]) == 3


def test_texts_of_one_word_alone_are_not_measurable(additive):
    with pytest.raises(NotMeasurableError, match="none of 1 texts has 2 words or more"):
        observe(additive(WEIGHTS), ["great"])


def test_a_long_text_costs_no_more_forward_passes_than_its_bound(additive):
    rng = np.random.default_rng(0)
    text = " ".join(rng.choice(list(WEIGHTS), 600))
    classifier = additive(WEIGHTS)
    (observation,) = observe(classifier, [text], max_words=8, exact_words=6)
    assert (observation.data["words"], observation.data["unread_words"]) == (6, 88)
    assert sum(map(len, classifier.calls)) <= 2**6 + 10 * 5
    notes = protocol().notes([observation])
    assert "1 of 1 texts are divided into spans of words, which count as words" in notes
    assert "of 1 of 1 texts only the words that the model reads are explained" in notes


def test_texts_are_drawn_from_all_lengths(additive):
    lines = [" ".join(["film", "good"] * (1 + index)) for index in range(40)]
    drawn = observe(additive(WEIGHTS), lines, texts=20, max_words=4)
    lengths = sorted(int(each.example_id.split(":")[1]) for each in drawn)
    assert len(drawn) == 20
    assert lengths[-1] > 30


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
    drops = ProbabilityDrops(TextUnits(ClassifiedText(classifier, ["great", "dull", "film"]), budget=3))
    by_order = [drops(prefixes(order)) for order in permutations(range(3))]
    assert observation.data["mean"] == pytest.approx(np.mean(by_order))
    (sampled,) = observe(additive(WEIGHTS), ["great dull film"], exact_words=0)
    assert sampled.data["mean"] == pytest.approx(observation.data["mean"], abs=0.02)


def test_random_orders_have_half_of_the_scale_and_no_more(additive):
    """Orders drawn at random average .5, though not in the middle of the worst and the best."""
    classifier = additive(WEIGHTS)
    rng = np.random.default_rng(0)
    classifier.word_gradients = lambda words, label: rng.normal(size=len(words))
    observations = observe(classifier, random_texts(40))
    for each in observations:  # occlusion is left out of the choice
        del each.data["explanations"]["occlusion"]
    estimate = estimates(observations)[FAITHFULNESS.name, ""]
    assert estimate.low < 0.5 < estimate.high


def test_texts_in_which_no_order_matters_are_counted_in_the_notes(additive):
    observations = observe(planted(additive), planted_texts(9, decisive=6))
    assert any(note.startswith("in 3 of 9 texts no order of words moves") for note in protocol().notes(observations))
    notes = protocol().notes(observe(additive(WEIGHTS), random_texts(3)))
    assert not any("no order of words" in note for note in notes)
    assert protocol().notes([]) == ()


@pytest.mark.parametrize("missing", [{"bins", "deletion"}, {"bins", "deletion", "mean"}], ids=["2", "1"])
def test_observations_of_earlier_versions_are_estimated_and_compared_still(additive, missing):
    observations = observe(additive(WEIGHTS), random_texts(6))
    old = [
        Observation(each.example_id, {k: v for k, v in each.data.items() if k not in missing}) for each in observations
    ]
    results = estimates(old)
    assert results[FAITHFULNESS.name, ""].value == pytest.approx(1.0)
    assert results["comprehensiveness", ""].reason == "not recorded by this version of the protocol"
    resampled = protocol().resampled(old)
    assert resampled[FAITHFULNESS.name, ""].value(np.ones((1, 6))) == pytest.approx(1.0)


def test_the_comparison_has_the_value_of_the_estimate_and_repeats_the_choice(additive):
    classifier = additive(WEIGHTS)
    rng = np.random.default_rng(0)
    classifier.word_gradients = lambda words, label: rng.normal(size=len(words))
    observations = observe(classifier, random_texts(30))
    resampled = protocol().resampled(observations)[FAITHFULNESS.name, ""]
    value = estimates(observations)[FAITHFULNESS.name, ""].value
    assert resampled.value(np.ones((1, 30))) == pytest.approx(value)


class Filled(NamedModel):
    """A model whose tokenizer has a mask token and a padding token."""

    @property
    def fillers(self):
        return {WordDeletion.MASK: "[MASK]", WordDeletion.PADDING: "[PAD]"}


def test_every_way_to_delete_words_is_reported_and_mask_tokens_lead_where_there_are_some(additive):
    weights = WEIGHTS | {"[MASK]": 0.5, "[PAD]": -0.5}
    examples = [TextExample(id=f"test:{index}", text=text) for index, text in enumerate(random_texts(4))]
    subject = Subject(Filled(), additive(weights))
    observations = list(protocol().observe(subject, {"test": examples}, seed=0))
    assert {each.data["deletion"] for each in observations} == {"mask"}
    parts = {part for name, part in estimates(observations) if name == "comprehensiveness"}
    assert {"occlusion", "occlusion, removal", "occlusion, padding", "random, removal"} <= parts
    notes = protocol().notes(observations)
    assert "the normalised values and faithfulness delete words by the mask token in their place" in notes
    removal = list(protocol(deletion="removal", compare_deletions=False).observe(subject, {"test": examples}, seed=0))
    assert {(each.data["deletion"], *each.data["bins"]) for each in removal} == {("removal", "removal")}


def test_a_way_to_delete_that_the_model_lacks_is_refused(additive):
    with pytest.raises(NotMeasurableError, match="no token for `deletion: mask`; use removal"):
        observe(additive(WEIGHTS), ["great film"], deletion=WordDeletion.MASK)


def test_a_method_that_the_subject_cannot_answer_is_left_out_with_its_reason(additive):
    observations = observe(additive(WEIGHTS), random_texts(3))
    assert observations[0].data["explanations"].keys() == {"gradient_x_input", "occlusion", "random"}
    assert any(note.startswith("attention is left out: ") for note in protocol().notes(observations))


def test_methods_are_chosen_by_name(additive):
    classifier = additive(WEIGHTS)
    classifier.token_count = lambda text: len(text.split()) + 1  # it reads a text without words, which SHAP needs
    (observation,) = observe(classifier, ["great dull film"], methods=("kernel_shap",))
    assert observation.data["explanations"].keys() == {"kernel_shap", "random"}
    with pytest.raises(ValueError, match="unknown attribution method 'shap'"):
        protocol(methods=("shap",))


def test_no_more_texts_are_explained_than_asked_for(additive, engine, encoder):
    reports = []
    engine.progress = lambda stage, done, total: reports.append((stage, done, total))
    subject = Subject(LocalModel(engine, encoder), additive(WEIGHTS))
    texts = [TextExample(id=f"test:{index}", text=text) for index, text in enumerate(random_texts(9))]
    assert (
        len({observation.example_id for observation in protocol(texts=4).observe(subject, {"test": texts}, seed=0)})
        == 4
    )
    assert reports == [("explaining", 4, 4)]


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
