"""Group thresholds: a positive answer takes as much evidence in each group as makes the groups' rates alike.

Hardt et al. 2016, Equality of Opportunity in Supervised Learning, as fairlearn's `ThresholdOptimizer` does it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Classifier, Subject
from leaderboard.recipes.mitigations.text_groups import group_of, remembered_group_of
from leaderboard.recipes.preparation import Lesson
from leaderboard.recipes.trained_on import labelled

FloatArray = npt.NDArray[np.float64]

FEWEST = 20
"""Texts that a group must have, of both classes, for a threshold of its own."""

_CLASSES = _FEWEST_GROUPS = 2

_MARGIN = 1e-3
"""How far, in log-odds, a threshold lies beyond the last text where all texts of a group, or none, are positive."""


class Parity(StrEnum):
    """What is to be alike in all groups: nothing, the rates of true and of false positives, or that of positives."""

    NONE = "none"
    EQUALIZED_ODDS = "equalized_odds"
    DEMOGRAPHIC_PARITY = "demographic_parity"


REST = ""
"""The group of texts that name none, or one too seldom."""


def with_group_thresholds(subject: Subject, parity: Parity, lesson: Lesson) -> Subject:
    """The subject with thresholds fitted on the search split of the lesson.

    Raises:
        NotMeasurableError: when it does not tell two classes apart, or fewer than two groups have texts enough.
    """
    classes = () if subject.classifier is None else subject.classifier.labels
    if subject.classifier is None or len(classes) != _CLASSES:
        raise NotMeasurableError(
            "recipe.group_thresholds is for subjects that tell two classes of texts apart; "
            f"{subject.model.name} tells {len(classes) or 'none'}"
        )
    examples = labelled(lesson, "search", "a threshold for each group")
    texts = [example.content for example in examples]
    thresholds = fit_thresholds(
        log_odds(subject.classifier.log_probabilities(texts)),
        np.array([example.label for example in examples], dtype=np.intp),
        [remembered_group_of(text) or REST for text in texts],
        parity,
    )
    stages = {name: GroupedClassifier(stage, thresholds) for name, stage in subject.stages.items()}
    return replace(subject, classifier=GroupedClassifier(subject.classifier, thresholds), stages=stages)


def fit_thresholds(
    odds: FloatArray, truth: npt.NDArray[np.intp], groups: Sequence[str], parity: Parity
) -> dict[str, float]:
    """The log-odds above which the answer is positive, for each group.

    fairlearn finds, for each group, the random mixture of two thresholds and a constant that makes the rates alike at
    the highest accuracy. An answer must not be random: a group's single threshold here lets as many of its texts
    through as that mixture lets through on average, those with the highest odds. Rates of positives are then alike, up
    to one text and up to ties. With equalised odds every group has at least as many true and at most as many false
    positives as the mixture, which throws accuracy away where groups are easy; the rates differ by what it threw away.

    Args:
        odds: log-odds of the second class, shape (n,).
        truth: 0 or 1, shape (n,).
        groups: that each text names, shape (n,); those with fewer than 20 texts, or one class alone, join REST.
        parity: what is to be alike.

    Raises:
        NotMeasurableError: when fewer than two groups remain, or the odds are not finite.
    """
    if not np.isfinite(odds).all():
        raise NotMeasurableError("no thresholds can be fitted on log-probabilities that are not finite numbers")
    joined = np.array([group if _large(group, truth, groups) else REST for group in groups], dtype=np.str_)
    fitted = [group for group in dict.fromkeys(joined.tolist()) if _large(group, truth, joined.tolist())]
    if len(fitted) < _FEWEST_GROUPS:
        named = ", ".join(f"{group or 'no group'} {n}" for group, n in Counter(groups).most_common())
        raise NotMeasurableError(
            f"recipe.group_thresholds needs two groups with {FEWEST} texts or more of both classes in the search "
            f"split; its texts name: {named or 'none'}"
        )
    among = np.isin(joined, fitted)
    odds, truth, joined = odds[among], truth[among], joined[among]
    rates = _positive_rates(odds, truth, joined, parity)
    return {group: _threshold(odds[joined == group], rate) for group, rate in sorted(rates.items())}


def log_odds(log_probabilities: FloatArray) -> FloatArray:
    """Log-odds of the second of two classes: shapes (…, 2) to (…,)."""
    odds: FloatArray = log_probabilities[..., 1] - log_probabilities[..., 0]
    return odds


def _large(group: str, truth: npt.NDArray[np.intp], groups: Sequence[str]) -> bool:
    members = truth[[each == group for each in groups]]
    return len(members) >= FEWEST and 0 < members.sum() < len(members)


def _positive_rates(
    odds: FloatArray, truth: npt.NDArray[np.intp], groups: npt.NDArray[np.str_], parity: Parity
) -> dict[str, float]:
    """The share of each group's texts that fairlearn's mixture answers positively, on average over its draws."""
    from fairlearn.postprocessing import ThresholdOptimizer  # noqa: PLC0415 - slow to import
    from sklearn.linear_model import LinearRegression  # noqa: PLC0415

    handed_on = LinearRegression()  # the odds are known: it answers with its only input
    handed_on.coef_, handed_on.intercept_ = np.ones(1), 0.0
    optimizer = ThresholdOptimizer(
        estimator=handed_on, constraints=parity.value, prefit=True, predict_method="predict", objective="accuracy_score"
    )
    optimizer.fit(odds[:, None], truth, sensitive_features=groups)
    rates = {}
    for group, mixture in optimizer.interpolated_thresholder_.interpolation_dict.items():
        own = odds[groups == group]
        drawn = float(np.mean(mixture.p0 * mixture.operation0(own) + mixture.p1 * mixture.operation1(own)))
        ignored = mixture.get("p_ignore", 0.0)
        rates[str(group)] = ignored * mixture.get("prediction_constant", 0.0) + (1 - ignored) * drawn
    return rates


def _threshold(odds: FloatArray, rate: float) -> float:
    """Between the texts that a rate lets through and those it does not."""
    ordered = np.sort(odds)[::-1]
    positives = round(rate * len(ordered))
    if positives == 0:
        return float(ordered[0] + _MARGIN)
    if positives == len(ordered):
        return float(ordered[-1] - _MARGIN)
    return float((ordered[positives - 1] + ordered[positives]) / 2)


class GroupedClassifier:
    """A classifier whose log-odds are counted from a threshold that depends on the group a text names.

    The log-odds of a text are lowered by its group's threshold, so that what was likelier than the threshold is now
    likelier than not. Within a group nothing changes order and answers remain graded. Answering with the probability of
    a random decision instead would leave steps: no gradient, confidence 0 or 1, and a counterfactual gap of either.

    What this does to the measures: calibration is measured on the shifted probabilities, which are what a user sees,
    and suffers by design wherever groups differ in base rate. A text and its copy with the group exchanged are counted
    from different thresholds, so the counterfactual gap may grow: equal rates between groups and equal answers for
    copies are different aims.
    """

    def __init__(self, classifier: Classifier, thresholds: Mapping[str, float]) -> None:
        """Shift a classifier.

        Args:
            classifier: of two classes.
            thresholds: log-odds by group; texts of other groups are counted from that of REST, or from 0.
        """
        self._classifier = classifier
        self._thresholds = thresholds

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self._classifier.labels

    def log_probabilities(self, texts: Sequence[Text]) -> FloatArray:
        """See `models.subject.Classifier`."""
        groups = [remembered_group_of(text) for text in texts]
        return self._shifted(self._classifier.log_probabilities(texts), groups)

    def answer(self, text: Text) -> FloatArray:
        """See `models.subject.Classifier`. Finding the group is part of what an answer costs."""
        shifted: FloatArray = self._shifted(self._classifier.answer(text)[None], [group_of(text)])[0]
        return shifted

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """See `models.subject.Classifier`.

        ∇ log p'(y) = ∇ log p(y) - Σ_k p'(k) ∇ log p(k): the threshold has no gradient, since the group is read off
        the words and not off their embeddings.
        """
        weights = np.exp(self.log_probabilities([" ".join(words)])[0])
        gradients = np.array([self._classifier.word_gradients(words, each) for each in range(len(weights))])
        shifted: FloatArray = gradients[label] - weights @ gradients
        return shifted

    def token_count(self, text: Text) -> int:
        """See `models.subject.Classifier`."""
        return self._classifier.token_count(text)

    def _shifted(self, said: FloatArray, groups: Sequence[str | None]) -> FloatArray:
        rest = self._thresholds.get(REST, 0.0)
        odds = log_odds(said) - np.array([self._thresholds.get(group or REST, rest) for group in groups])
        return np.stack([-np.logaddexp(0, odds), -np.logaddexp(0, -odds)], axis=-1)
