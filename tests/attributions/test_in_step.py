"""Texts that are explained in step are answered in one call, and as each alone."""

import numpy as np
import pytest

from leaderboard.attributions.classified_text import ClassifiedText
from leaderboard.attributions.in_step import run_in_step
from leaderboard.attributions.text_units import TextUnits

WEIGHTS = {"great": 2.0, "good": 1.0, "film": 0.1, "dull": -1.5, "[MASK]": 0.25}


class Additive:
    """Log-odds of "yes" = sum of the weights of the words."""

    labels = ("no", "yes")

    def __init__(self):
        self.calls = []

    def log_probabilities(self, texts):
        self.calls.append(list(texts))
        logits = np.array([sum(WEIGHTS[word] for word in text.split()) for text in texts])
        return -np.logaddexp(0, np.stack([logits, -logits], axis=1))

    def token_count(self, text):
        return len(text.split()) + 1


def text_units(classifier, text, **options):
    return TextUnits(ClassifiedText(classifier, text.split(), 1, **options), budget=64)


def test_a_filler_stands_in_the_place_of_each_deleted_word():
    classifier = Additive()
    units = text_units(classifier, "good dull film", filler="[MASK]")
    assert units.scores([[True, False, True], [False, False, False]]) == pytest.approx([1.35, 0.75])
    assert classifier.calls[-1] == ["good [MASK] film", "[MASK] [MASK] [MASK]"]


def test_several_texts_are_answered_in_one_call_a_step_and_as_each_alone():
    classifier = Additive()
    texts = ["good film", "dull great film", "film"]

    def work(units):
        sets = 1 - np.eye(len(units))
        yield [(units, sets)]
        yield [(units, np.ones((1, len(units))))]  # the last text has it already: it is a set of no other
        return units.scores(sets)

    units = [text_units(classifier, text) for text in texts]
    calls = len(classifier.calls)
    results = run_in_step([work(each) for each in units])
    assert len(classifier.calls) == calls + 2
    for text, result in zip(texts, results, strict=True):
        alone = text_units(Additive(), text)
        assert result == pytest.approx(alone.scores(1 - np.eye(len(alone))))


def test_the_answer_to_the_whole_text_is_not_computed_again():
    classifier = Additive()
    answer = np.log([0.25, 0.75])
    text = ClassifiedText(classifier, ["good"], log_probabilities=answer)
    assert (text.label, classifier.calls) == (1, [])
