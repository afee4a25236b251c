import numpy as np
import pytest

from leaderboard.axes.accuracy.reference_texts import ReferenceTextParameters, ReferenceTexts
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ReferenceExample
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

PROTOCOL = ReferenceTexts(ReferenceTextParameters(max_new_tokens=3))


def written(*pairs):
    return [
        Observation(str(at), {"text": text, "references": list(references)})
        for at, (text, references) in enumerate(pairs)
    ]


class TestReferenceTexts(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        references = (["a film of people"], ["the plot", "a plot"], ["dull"])
        return {
            "test": [ReferenceExample(id=str(i), text=f"q{i}", references=each) for i, each in enumerate(references)]
        }


class TestScoringModels(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return ReferenceTexts(
            ReferenceTextParameters(max_new_tokens=8, reference_model="causal", encoder="encoder", encoder_layer=1)
        )

    @pytest.fixture
    def subject(self, causal, encoder):
        others = {"causal": local_model(causal), "encoder": local_model(encoder)}
        return Subject(local_model(causal), reference_models=others)

    @pytest.fixture
    def splits(self):
        references = (["a film of people"], ["the plot. a plot.", "a plot"], ["dull"])
        return {
            "test": [ReferenceExample(id=str(i), text=f"q{i}", references=each) for i, each in enumerate(references)]
        }


def test_scores_of_other_models_by_hand():
    rows = (([-2.0, 4], 1.0, [0.2, 0.4, 0.3]), ([-4.0, 2], None, [0.6, 0.2, 0.3]), ([0.0, 0], 0.5, [0.0, 0.0, 0.0]))
    observations = [
        Observation(each.example_id, {**each.data, "likelihood": sums, "coherence": order, "bertscore": scores})
        for each, (sums, order, scores) in zip(written(*[("a", ["b"])] * 3), rows, strict=True)
    ]
    numbers = estimates(PROTOCOL, observations)
    assert numbers["reference_perplexity", ""].value == pytest.approx(np.e)
    assert (numbers["coherence", ""].value, numbers["coherence", ""].n) == (pytest.approx(0.75), 2)
    assert numbers["bertscore_precision", ""].value == pytest.approx(0.8 / 3)
    assert numbers["bertscore_recall", ""].value == pytest.approx(0.2)
    assert numbers["bertscore_f1", ""].value == pytest.approx(0.2)


def test_without_other_models_the_reason_names_the_parameter():
    numbers = estimates(PROTOCOL, written(("a b", ["a"])))
    assert "parameters.reference_model" in numbers["coherence", ""].reason
    assert "parameters.reference_model" in numbers["reference_perplexity", ""].reason
    assert "parameters.encoder" in numbers["bertscore_f1", ""].reason
    assert PROTOCOL.reference_models == ()


def test_scores_by_hand():
    observations = written(("a b c d a b c d", ["a b c d"]), ("", ["x y"]), ("x", ["z", "x y"]))
    numbers = estimates(PROTOCOL, observations)
    assert numbers["rouge_l", ""].value == pytest.approx(np.mean([8 / 12, 0, 2 / 3]))
    assert numbers["rouge_1", ""].n == 3
    assert numbers["length_ratio", ""].value == pytest.approx(9 / (4 + 2 + 1))
    # ab bc cd da ab bc cd: 4 of 7; the others have no pair
    assert (numbers["distinct_2", ""].value, numbers["distinct_2", ""].n) == (pytest.approx(4 / 7), 1)
    # abcd bcda cdab dabc abcd: one of five was there before
    assert numbers["repetition", ""].value == pytest.approx(1 / 5)
    assert PROTOCOL.notes(observations) == ("written texts that are empty: 1 of 3",)


def test_without_words_what_is_undefined_is_not_measured():
    numbers = estimates(PROTOCOL, written(("", ["..."])))
    assert numbers["rouge_l", ""].value == 0.0
    assert "no examples" in numbers["distinct_2", ""].reason
    assert "no reference has a word" in numbers["length_ratio", ""].reason


def test_bleu_and_self_bleu_of_few_texts():
    numbers = estimates(PROTOCOL, written(("a b c d", ["a b c d"]), ("", ["x y"])))
    assert numbers["bleu", ""].value == pytest.approx(100 * np.exp(1 - 6 / 4))
    assert "2 texts with words at least" in numbers["self_bleu", ""].reason
    one = estimates(PROTOCOL, written(("a b c d", ["a b c d"])))
    assert (one["bleu", ""].value, one["bleu", ""].low) == (pytest.approx(100), None)
    alike = estimates(PROTOCOL, written(("a b c d", ["x"]), ("a b c d", ["x"]), ("", ["x"])))
    assert (alike["self_bleu", ""].value, alike["self_bleu", ""].n) == (pytest.approx(100), 2)


def test_words_of_chinese_are_characters_where_the_task_says_so():
    chinese = ReferenceTexts(ReferenceTextParameters(tokenizer="zh"))
    observations = written(("我爱北京", ["我爱北京的"]), ("你好", ["你好"]))
    assert estimates(chinese, observations)["bleu", ""].value > 80
    assert estimates(PROTOCOL, observations)["bleu", ""].value < 50
