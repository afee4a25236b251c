"""Group thresholds: a decision threshold for each group that equalizes rates between groups.

Hardt et al. 2016, Equality of Opportunity in Supervised Learning, as fairlearn's `ThresholdOptimizer` does it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import Classifier, attributor_of, joined_words
from leaderboard.backends.passed_attribution import PassedAttribution, text_scores_of
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.group_thresholds import Parity
from leaderboard.mitigations.text_groups import cached_group_of, group_of
from leaderboard.training.learning_examples import labelled_texts
from leaderboard.training.preparation import Lesson

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.text_scores import TextScores

MINIMUM_TEXTS = 20
"""Smallest number of texts, of both classes, that a group needs for a threshold of its own."""

_CLASSES = _MINIMUM_GROUPS = 2

_MARGIN = 1e-3
"""Distance, in log-odds, of a threshold beyond the last text where all texts of a group, or none, are positive."""


OTHER = ""
"""Group of the texts that name no group, or one with too few texts."""


def with_group_thresholds(subject: Subject, parity: Parity, lesson: Lesson) -> Subject:
    """Return the subject with thresholds fitted on the search split of the lesson.

    Raises:
        NotMeasurableError: when it is not a binary classifier, or fewer than two groups have enough texts.
    """
    classes = () if subject.classifies_with is None else subject.classifies_with.labels
    if subject.classifies_with is None or len(classes) != _CLASSES:
        raise NotMeasurableError(
            f"recipe.group_thresholds needs a classifier of two classes; {subject.name} has {len(classes) or 'none'}"
        )
    examples = labelled_texts(lesson, "search", "a threshold for each group")
    texts = [example.content for example in examples]
    thresholds = fit_thresholds(
        log_odds(subject.classifies_with.log_probabilities(texts)),
        np.array([example.label for example in examples], dtype=np.intp),
        [cached_group_of(text) or OTHER for text in texts],
        parity,
    )
    stages = {name: GroupedClassifier(stage, thresholds) for name, stage in subject.stages.items()}
    return replace(subject, classifies_with=GroupedClassifier(subject.classifies_with, thresholds), stages=stages)


def fit_thresholds(
    odds: FloatArray, truth: npt.NDArray[np.intp], groups: Sequence[str], parity: Parity
) -> dict[str, float]:
    """Fit, for each group, the log-odds above which a text is classified as positive.

    fairlearn fits, for each group, the random mixture of two thresholds and a constant that equalizes the rates at the
    highest accuracy. Predictions must not be random: the single threshold of a group accepts as many of its texts as
    that mixture accepts on average, those with the highest odds. Positive rates are then equal up to one text and up to
    ties. With equalized odds, every group has at least as many true and at most as many false positives as the mixture,
    which gives up accuracy where groups are easy; the rates differ by that amount.

    Args:
        odds: log-odds of the second class, shape (n,).
        truth: 0 or 1, shape (n,).
        groups: group that each text names, shape (n,); groups with fewer than 20 texts, or one class, join OTHER.
        parity: rates that are to be equal.

    Raises:
        NotMeasurableError: when fewer than two groups remain, or the odds are not finite.
    """
    if not np.isfinite(odds).all():
        raise NotMeasurableError("no thresholds can be fitted on log-probabilities that are not finite numbers")
    merged = np.array([group if _is_large(group, truth, groups) else OTHER for group in groups], dtype=np.str_)
    groups_fitted = [group for group in dict.fromkeys(merged.tolist()) if _is_large(group, truth, merged.tolist())]
    if len(groups_fitted) < _MINIMUM_GROUPS:
        counts = ", ".join(f"{group or 'no group'} {n}" for group, n in Counter(groups).most_common())
        raise NotMeasurableError(
            f"recipe.group_thresholds needs two groups with {MINIMUM_TEXTS} texts or more of both classes in the "
            f"search split; its texts name: {counts or 'none'}"
        )
    is_fitted = np.isin(merged, groups_fitted)
    odds, truth, merged = odds[is_fitted], truth[is_fitted], merged[is_fitted]
    rates = _positive_rates(odds, truth, merged, parity)
    return {group: _threshold(odds[merged == group], rate) for group, rate in sorted(rates.items())}


def log_odds(log_probabilities: FloatArray) -> FloatArray:
    """Return the log-odds of the second of two classes: shapes (…, 2) to (…,)."""
    odds: FloatArray = log_probabilities[..., 1] - log_probabilities[..., 0]
    return odds


def _is_large(group: str, truth: npt.NDArray[np.intp], groups: Sequence[str]) -> bool:
    members = truth[[each == group for each in groups]]
    return len(members) >= MINIMUM_TEXTS and 0 < members.sum() < len(members)


def _positive_rates(
    odds: FloatArray, truth: npt.NDArray[np.intp], groups: npt.NDArray[np.str_], parity: Parity
) -> dict[str, float]:
    """Return the share of each group's texts that fairlearn's mixture classifies as positive, on average."""
    from fairlearn.postprocessing import ThresholdOptimizer  # noqa: PLC0415 - slow to import
    from sklearn.linear_model import LinearRegression  # noqa: PLC0415

    identity_model = LinearRegression()  # returns its only input, the odds
    identity_model.coef_, identity_model.intercept_ = np.ones(1), 0.0
    optimizer = ThresholdOptimizer(
        estimator=identity_model,
        constraints=parity.value,
        prefit=True,
        predict_method="predict",
        objective="accuracy_score",
    )
    optimizer.fit(odds[:, None], truth, sensitive_features=groups)
    rates = {}
    for group, mixture in optimizer.interpolated_thresholder_.interpolation_dict.items():
        group_odds = odds[groups == group]
        positive_rate = float(
            np.mean(mixture.p0 * mixture.operation0(group_odds) + mixture.p1 * mixture.operation1(group_odds))
        )
        ignored = mixture.get("p_ignore", 0.0)
        rates[str(group)] = ignored * mixture.get("prediction_constant", 0.0) + (1 - ignored) * positive_rate
    return rates


def _threshold(odds: FloatArray, rate: float) -> float:
    """Return the threshold between the texts that a rate accepts and the others."""
    ordered = np.sort(odds)[::-1]
    positives = round(rate * len(ordered))
    if positives == 0:
        return float(ordered[0] + _MARGIN)
    if positives == len(ordered):
        return float(ordered[-1] - _MARGIN)
    return float((ordered[positives - 1] + ordered[positives]) / 2)


class GroupedClassifier(PassedAttribution):
    """Classifier whose log-odds are shifted by the threshold of the group that a text names.

    The log-odds of a text are lowered by its group's threshold, so that a text above the threshold has a probability
    above 1/2. Within a group the order stays and predictions remain graded. The probability of a random decision
    instead would be a step function: no gradient, confidence 0 or 1, and a counterfactual gap of 0 or 1.

    Effects on metrics: calibration is measured on the shifted probabilities, which a user gets, and is worse by design
    where groups differ in base rate. A text and its copy with the group exchanged have different thresholds, so the
    counterfactual gap may grow: equal rates between groups and equal predictions for copies are different aims.
    """

    def __init__(self, classifier: Classifier, thresholds: Mapping[str, float]) -> None:
        """Shift the log-odds of a classifier.

        Args:
            classifier: classifier of two classes.
            thresholds: log-odds by group; texts of other groups use that of OTHER, or 0.
        """
        self._classifier = classifier
        self._thresholds = thresholds

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classifier.labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """Return the shifted log-probabilities of each class, shape (texts, classes)."""
        groups = [cached_group_of(text) for text in texts]
        return self._shifted(self._classifier.log_probabilities(texts), groups)

    def answer(self, text: Text) -> FloatArray:
        """Return the shifted log-probabilities of one text; detecting its group is part of the cost."""
        shifted: FloatArray = self._shifted(self._classifier.answer(text)[None], [group_of(text)])[0]
        return shifted

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return the gradient attribution of each word for the shifted log-probability.

        ∇ log p'(y) = ∇ log p(y) - Σ_k p'(k) ∇ log p(k): the threshold has no gradient, since the group depends on
        the words and not on their embeddings.
        """
        weights = np.exp(self.log_probabilities([joined_words(words)])[0])
        gradients = np.array(
            [attributor_of(self._classifier).word_gradients(words, each) for each in range(len(weights))]
        )
        shifted: FloatArray = gradients[label] - weights @ gradients
        return shifted

    def text_scores(self, words: Sequence[str]) -> "TextScores":
        """Return the shifted log-probabilities as a function of the embeddings; the group of the text stays."""
        from leaderboard.backends.local.engine.changed_scores import (  # noqa: PLC0415 - imports torch
            changed_scores,
            two_sided,
        )

        threshold = self._threshold(cached_group_of(joined_words(words)))
        scores = text_scores_of(self._classifier, words)
        return changed_scores(scores, lambda answers: two_sided(answers[..., 0] - answers[..., 1] + threshold))

    def around(self, classifier: Classifier) -> "GroupedClassifier":
        """Return another classifier with these thresholds."""
        return GroupedClassifier(classifier, self._thresholds)

    def token_count(self, text: Text) -> int:
        """Return the number of tokens of a text."""
        return self._classifier.token_count(text)

    def _threshold(self, group: str | None) -> float:
        return self._thresholds.get(group or OTHER, self._thresholds.get(OTHER, 0.0))

    def _shifted(self, log_probabilities: FloatArray, groups: Sequence[str | None]) -> FloatArray:
        odds = log_odds(log_probabilities) - np.array([self._threshold(group) for group in groups])
        return np.stack([-np.logaddexp(0, odds), -np.logaddexp(0, -odds)], axis=-1)
