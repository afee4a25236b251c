import sys

import numpy as np
import pytest

from leaderboard.axes.explainability.faithfulness import Faithfulness
from leaderboard.axes.explainability.faithfulness_parameters import FaithfulnessParameters
from leaderboard.axes.explainability.word_units import WordUnit, split_words
from leaderboard.backends.classifiers import UnspacedWords, joined_words
from leaderboard.backends.local.engine.attribution import words_of_tokens
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.tasks import default_catalogue
from leaderboard.testing.models import NamedModel

TEXTS = ["房间很大，服务好！", "有免费 wifi 和 Smart TV。", "2013年入住  ，不错"]
WEIGHTS = {"好": 2.0, "差": -2.0, "房": 0.1, "间": 0.2, "很": 0.3, "不": -1.0}


class CharacterModel:
    """Logit of "yes" = sum of the weights of the characters of a text."""

    labels = ("no", "yes")

    def __init__(self):
        self.texts = []

    def log_probabilities(self, texts):
        self.texts += texts
        logits = np.array([sum(WEIGHTS.get(letter, 0.0) for letter in text) for text in texts])
        return -np.logaddexp(0, np.stack([logits, -logits], axis=1))

    def word_gradients(self, words, label):
        self.texts.append(joined_words(words))
        sign = 1 if label == 1 else -1
        return sign * np.array([sum(WEIGHTS.get(letter, 0.0) for letter in word) for word in words])

    def answer(self, text):
        return self.log_probabilities([text])[0]

    def token_count(self, text):
        return len(text)


def observe(unit):
    protocol = Faithfulness(FaithfulnessParameters(units=unit, max_words=12))
    examples = [TextExample(id=str(place), text=text) for place, text in enumerate(["房间很好", "房间 很差", "不好"])]
    model = CharacterModel()
    return protocol, model, list(protocol.observe(Subject(NamedModel(), model), {"test": examples}, seed=0))


@pytest.mark.parametrize("text", TEXTS)
def test_characters_make_up_the_text(text):
    assert joined_words(split_words(text, WordUnit.CHARACTERS)) == text


def test_numbers_and_latin_words_count_as_one_character():
    assert split_words(TEXTS[1], WordUnit.CHARACTERS) == ("有", "免", "费", " wifi", " 和", " Smart", " TV", "。")
    assert split_words("2013年ａｂ入住", WordUnit.CHARACTERS) == ("2013", "年", "ａｂ", "入", "住")


def test_explanations_of_characters_delete_characters_and_say_so():
    protocol, model, observations = observe(WordUnit.CHARACTERS)
    assert {each.data["words"] for each in observations} == {2, 4}
    assert {"房间很好", "间很好", "房间 很差", "房间 很", "好"} <= set(model.texts)
    assert not any("房 间" in text for text in model.texts)
    assert {each.data["units"] for each in observations} == {"characters"}
    assert "explanations score and delete characters" in protocol.notes(observations)
    (best, *_) = protocol.estimate(observations)
    assert best.estimate.value == pytest.approx(1.0)


def test_words_are_recorded_as_before():
    protocol, _, observations = observe(WordUnit.WORDS)
    assert [each.data["words"] for each in observations] == [2]
    assert "units" not in observations[0].data
    assert not any("explanations score" in note for note in protocol.notes(observations))


def test_a_token_belongs_to_the_character_under_its_end():
    offsets = [(0, 0), (0, 1), (1, 2), (2, 7), (7, 8), (0, 0)]
    words = split_words("有免 wifi。", WordUnit.CHARACTERS)
    assert words_of_tokens(offsets, words, 0) == [None, 0, 1, 2, 3, None]


def test_without_jieba_the_message_says_how_to_install_it(monkeypatch):
    from leaderboard.axes.explainability import word_units

    word_units._jieba.cache_clear()
    monkeypatch.setitem(sys.modules, "rjieba", None)
    with pytest.raises(NotMeasurableError, match=r"pip install 'lm-leaderboard\[chinese\]'"):
        split_words("房间很大", WordUnit.JIEBA)


def test_words_of_jieba_make_up_the_text():
    pytest.importorskip("rjieba")
    words = split_words(TEXTS[1], WordUnit.JIEBA)
    assert isinstance(words, UnspacedWords)
    assert joined_words(words) == TEXTS[1]
    assert "免费" in words


def test_chinese_data_is_explained_by_characters_and_english_data_as_before():
    tasks = default_catalogue().tasks
    assert tasks["faithfulness_sst2"].parameters.keys() == {"texts", "max_words", "exact_words", "beam"}
    assert "up to 8 words" in tasks["faithfulness_sst2"].description
