"""Check: one property of explanations, as a score of each text and method."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.attributions.method import AttributionMethod
from leaderboard.axes.explainability.checks.text_variants import TextVariants
from leaderboard.axes.metric import Metric

VALUES = "values"
"""Key of the attributions of a method in an observation."""
REASON = "reason"
"""Key of the reason why there are none."""


class Check(ABC):
    """A property of explanations: scores of each text, computed from an observation without the model.

    Attributes:
        metric: mean of the scores over texts; each method is a part.
        unmeasured: why nothing is measured where no text has a score.
    """

    metric: ClassVar[Metric]
    unmeasured: ClassVar[str]

    @abstractmethod
    def scores(self, data: Mapping[str, Any]) -> Mapping[str, float]:
        """Return the score of one text for each method that has one, by its name; "" is that of all methods.

        Args:
            data: an observation of `ExplanationChecks`.
        """

    def reasons(self, data: Mapping[str, Any]) -> Mapping[str, str]:
        """Return why there is no score, for each method that could not explain the text, by its name."""
        return {name: each[REASON] for name, each in data["methods"].items() if REASON in each}


class VariantCheck(Check):
    """A check that compares an explanation with explanations of variants of the text, the model or the seed.

    Attributes:
        key: key of the explanations of the variants in an observation.
    """

    key: ClassVar[str]

    @abstractmethod
    def explain(self, text: TextVariants, method: AttributionMethod) -> list[FloatArray]:
        """Return the attributions of the variants, each of shape (units,); none where the check does not apply.

        Raises:
            NotMeasurableError: when the subject has no such variants, or the method does not explain them.
        """

    @abstractmethod
    def compare(self, values: FloatArray, variants: list[FloatArray]) -> float:
        """Return the score of one text from its attributions and those of its variants, at least one."""

    def scores(self, data: Mapping[str, Any]) -> Mapping[str, float]:
        """Return the scores of all methods that explained the variants."""
        return {
            name: self.compare(np.array(method[VALUES]), list(map(np.array, method[self.key][VALUES])))
            for name, method in data["methods"].items()
            if method.get(self.key, {}).get(VALUES)
        }

    def reasons(self, data: Mapping[str, Any]) -> Mapping[str, str]:
        """Return why there is no score, also for each method that could not explain the variants."""
        refused = {
            name: each[self.key][REASON] for name, each in data["methods"].items() if REASON in each.get(self.key, {})
        }
        return {**super().reasons(data), **refused}


def attributions_of(data: Mapping[str, Any]) -> dict[str, FloatArray]:
    """Return the attributions of a text by each method that explained it, each of shape (units,)."""
    return {name: np.array(each[VALUES]) for name, each in data["methods"].items() if VALUES in each}
