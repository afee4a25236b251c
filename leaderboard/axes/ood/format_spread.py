"""Format spread: how the accuracy on the same texts varies over prompts."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.metric import Metric
from leaderboard.axes.ood import BEST_FORMAT_ACCURACY, FORMAT_DEVIATION, FORMAT_SPREAD, WORST_FORMAT_ACCURACY
from leaderboard.axes.ood.distributions import UNIT
from leaderboard.axes.protocol import Measurement, Observation, attempt
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_times
from leaderboard.stats.resampled import Resampled


def _deviation(accuracies: FloatArray) -> FloatArray:
    deviation: FloatArray = np.std(accuracies, axis=1, ddof=1)
    return deviation


_STATISTICS: Mapping[Metric, Callable[[FloatArray], FloatArray]] = {
    WORST_FORMAT_ACCURACY: partial(np.min, axis=1),
    BEST_FORMAT_ACCURACY: partial(np.max, axis=1),
    FORMAT_SPREAD: partial(np.ptp, axis=1),
    FORMAT_DEVIATION: _deviation,
}
"""Statistics of the accuracies with each prompt, shape (m, prompts) to (m,)."""


def estimate_spread(observations: Sequence[Observation], home: str) -> list[Measurement]:
    """Estimate the lowest and highest accuracy over prompts, their difference, and the standard deviation (n - 1).

    Intervals resample texts, with the answers to all prompts together. The lowest and highest of accuracies that are
    equal in truth differ by chance, and so the spread is above 0 for any number of texts (Sclar et al. 2024 have the
    same statistic). Only texts with an answer to every prompt count.

    Args:
        observations: classes and predictions with all prompts.
        home: name of the task's own prompt.

    Returns:
        All four, *not measured* without texts, or with one prompt.
    """
    numbers = resampled_spread(observations, home)
    if not numbers:
        reason = Estimate.not_measured("no text is answered with several prompts")
        return [Measurement(metric, reason) for metric in _STATISTICS]
    return [
        attempt(metric, partial(bootstrap_of_times, numbers[metric.name, ""].value, len(numbers[metric.name, ""].ids)))
        for metric in _STATISTICS
    ]


def resampled_spread(observations: Sequence[Observation], home: str) -> Mapping[tuple[str, str], Resampled]:
    """Return the numbers of `estimate_spread` as functions of how often each text counts, by its id with `home`."""
    ids, right = _answers(observations, home)
    if not ids or right.shape[1] < 2:  # noqa: PLR2004 - several
        return {}

    def value(statistic: Callable[[FloatArray], FloatArray], times: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):  # 0/0 where nothing counts: undefined
            return np.asarray(statistic(times @ right / times.sum(axis=1, keepdims=True)))

    return {
        (metric.name, ""): Resampled(tuple(ids), partial(value, statistic)) for metric, statistic in _STATISTICS.items()
    }


def _answers(observations: Sequence[Observation], home: str) -> tuple[list[str], FloatArray]:
    """Return the ids of texts with an answer to every prompt, and which answers are right, shape (texts, prompts)."""
    texts: dict[str, dict[str, bool]] = {}
    ids: dict[str, str] = {}
    for each in sorted(observations, key=lambda observation: observation.example_id):
        name, text = each.data["distribution"], each.data[UNIT]
        texts.setdefault(text, {})[name] = int(np.argmax(each.data["log_probabilities"])) == each.data["label"]
        if name == home:
            ids[text] = each.example_id
    prompts = sorted({name for answers in texts.values() for name in answers})
    complete = [text for text, answers in texts.items() if len(answers) == len(prompts) and text in ids]
    right = [[texts[text][name] for name in prompts] for text in complete]
    return [ids[text] for text in complete], np.array(right, dtype=np.float64).reshape(len(complete), len(prompts))
