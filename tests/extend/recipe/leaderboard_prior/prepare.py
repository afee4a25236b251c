"""Preparation of a model by the recipe."""

from collections import Counter

import numpy as np

from leaderboard.backends import Subject
from leaderboard.training import labelled_texts, trained_on
from leaderboard_prior import Prior


class PriorClassifier:
    """Classifier with the same probabilities for every text."""

    def __init__(self, labels, log_shares):
        self.labels = labels
        self._log_shares = log_shares

    def log_probabilities(self, texts):
        return np.tile(self._log_shares, (len(texts), 1))

    def answer(self, text):
        return self._log_shares

    def word_gradients(self, words, label):
        return np.zeros(len(words))

    def token_count(self, text):
        return 0


def prepare_prior(recipe: Prior, preparation) -> Subject:
    lesson = preparation.lesson
    counts = Counter(example.label for example in labelled_texts(lesson, "train", "a prior"))
    labels = lesson.task.data.labels
    shares = np.array([counts[number] + recipe.smoothing for number in range(len(labels))])
    classifier = PriorClassifier(labels, np.log(shares / shares.sum()))
    return Subject(recipe.altered_model(preparation), classifier, trained_on=trained_on(lesson))
