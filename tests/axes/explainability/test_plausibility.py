import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.attributions.registry import attribution_methods
from leaderboard.axes.explainability.plausibility import Plausibility, PlausibilityParameters
from leaderboard.axes.explainability.plausibility_metrics import gains_of_best_method
from leaderboard.axes.explainability.rationale_agreement import RationaleTexts
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import RationaleExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import ProtocolContract

NEUTRAL = [f"w{index}" for index in range(12)]
WEIGHTS = {"fool": 2.0, "idiot": 1.5, "kind": -1.0} | {word: 0.01 * index for index, word in enumerate(NEUTRAL)}
BY_ANSWERS = ("gradient_x_input", "occlusion")


class Chance:
    """Weights of words without any relation to what people mark."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def weights(self):
        return dict(zip(WEIGHTS, self.rng.normal(size=len(WEIGHTS)), strict=True))


def texts(count, *, seed=0, group=None):
    """Texts of eight words, in which one or two toxic words are marked."""
    rng = np.random.default_rng(seed)
    examples = []
    for index in range(count):
        words = list(rng.permutation(NEUTRAL)[:7])
        words.insert(int(rng.integers(8)), str(rng.choice(["fool", "idiot"])))
        if index % 3 == 0:
            words.append("fool")
        text, spans, place = " ".join(words), [], 0
        for word in words:
            if word in {"fool", "idiot"}:
                spans.append((place, place + len(word)))
            place += len(word) + 1
        examples.append(
            RationaleExample(id=f"t{index}", text=text, label=1, rationale=tuple(spans), group=group and group(index))
        )
    return examples


def protocol(**parameters):
    return Plausibility(PlausibilityParameters(**{"methods": BY_ANSWERS} | parameters))


def observe(classifier, examples, **parameters):
    return list(protocol(**parameters).observe(Subject(NamedModel(), classifier), {"test": examples}, seed=0))


def estimates(observations):
    return {(each.metric.name, each.part): each.estimate for each in protocol().estimate(observations)}


def test_words_that_decide_and_are_marked_come_first(additive):
    results = estimates(observe(additive(WEIGHTS), texts(12)))
    for name in ("plausibility", "rationale_average_precision", "rationale_auprc"):
        assert results[name, "occlusion"].value == pytest.approx(1.0)
    assert results["plausibility", ""].value == pytest.approx(1.0)
    assert results["rationale_token_f1", "occlusion"].value > results["rationale_token_f1", "random"].value
    assert ("plausibility", "random") not in results


def test_the_class_of_the_label_is_explained_where_another_is_predicted(additive):
    wrong = dict(WEIGHTS) | {"kind": -9.0}
    examples = [
        RationaleExample(id=str(index), text=f"kind fool w{index}", label=1, rationale=((5, 9),)) for index in range(3)
    ]
    observations = observe(additive(wrong), examples)
    assert {each.data["predicted_label"] for each in observations} == {"no"}
    assert estimates(observations)["plausibility", "occlusion"].value == pytest.approx(1.0)
    assert protocol().notes(observations) == (
        "3 of 3 texts are predicted to be of another class than the explained one, that of the label",
    )


@pytest.mark.slow
def test_weights_without_relation_to_the_marks_are_at_chance(additive):
    values = []
    for seed in range(16):
        observations = observe(additive(Chance(seed).weights()), texts(12, seed=seed))
        gains = gains_of_best_method(RationaleTexts.of(observations))
        values.append(gains.gained.sum() / gains.possible.sum())
    # The mean over models: one model may rank "fool" first by chance in all of its texts.
    assert abs(np.mean(values)) < 2.5 * np.std(values) / np.sqrt(len(values))


def test_texts_whose_words_are_all_or_not_marked_are_left_out(additive):
    blank = RationaleExample(id="blank", text="fool w1", label=1, rationale=())
    full = RationaleExample(id="full", text="fool", label=1, rationale=((0, 4),))
    assert {each.example_id for each in observe(additive(WEIGHTS), [blank, full, *texts(3)])} == {"t0", "t1", "t2"}
    with pytest.raises(NotMeasurableError, match="none of 2 texts has a rationale that marks some of its words"):
        observe(additive(WEIGHTS), [blank, full])


def test_a_method_that_a_model_cannot_answer_is_not_measured(additive):
    results = estimates(observe(additive(WEIGHTS), texts(4), methods=("attention", "occlusion")))
    missing = results["plausibility", "attention"]
    assert (missing.status, "no embeddings of its own" in missing.reason) == (Status.NOT_MEASURED, True)
    assert results["plausibility", ""].status is Status.MEASURED
    only = estimates(observe(additive(WEIGHTS), texts(4), methods=("attention",)))
    assert "no embeddings of its own" in only["plausibility", ""].reason


def test_long_texts_are_occluded_in_spans_and_have_a_gradient_for_each_word(additive):
    observations = observe(additive(WEIGHTS), texts(3), max_units=4)
    explanations = observations[0].data["explanations"]
    assert explanations["occlusion"]["units"] == 4
    assert explanations["gradient_x_input"]["units"] == observations[0].data["read"]
    assert len(explanations["occlusion"]["scores"]) == observations[0].data["read"]
    assert protocol(max_units=4).notes(observations) == (
        "3 of 3 texts have more than 4 words; methods that remove words remove spans of them",
    )


def test_texts_of_a_cluster_count_as_one_for_intervals(additive):
    pairs = estimates(observe(additive(Chance(3).weights()), texts(20, group=lambda index: str(index // 2))))
    assert pairs["plausibility", "occlusion"].n == pairs["rationale_auprc", "occlusion"].n == 10


def test_a_text_alone_chooses_no_method(additive):
    results = estimates(observe(additive(WEIGHTS), texts(1)))
    assert "needs 2 texts" in results["plausibility", ""].reason
    assert results["plausibility", "occlusion"].value == pytest.approx(1.0)


def test_a_method_without_a_sign_is_never_the_best(additive):
    observations = observe(additive(Chance(5).weights()), texts(6))
    for each in observations:
        each.data["explanations"]["attention"] = {
            "scores": [float(place in each.data["marked"]) for place in range(each.data["read"])],
            "units": each.data["read"],
            "passes": 1,
            "signed": False,
        }
    results = estimates(observations)
    assert results["plausibility", "attention"].value == pytest.approx(1.0)
    assert results["plausibility", ""].value == pytest.approx(results["plausibility", "occlusion"].value)
    for each in observations:
        del each.data["explanations"]["occlusion"], each.data["explanations"]["gradient_x_input"]
    assert "none of the `methods` of the task has a sign" in estimates(observations)["plausibility", ""].reason


def test_unknown_methods_and_repeated_ones_are_refused():
    with pytest.raises(ValidationError, match=r"unknown attribution method 'ocluson'; known: .*occlusion"):
        PlausibilityParameters(methods=("ocluson",))
    with pytest.raises(ValidationError, match="'lime' is there twice"):
        PlausibilityParameters(methods=("lime", "lime"))
    assert set(PlausibilityParameters().methods) <= set(attribution_methods())


class TestPlausibilityContract(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return protocol()

    @pytest.fixture
    def subject(self, additive):
        return Subject(NamedModel(), additive(Chance(1).weights()))

    @pytest.fixture
    def splits(self):
        return {"test": texts(8)}
