"""Estimates of modules of `evaluate` from the scores that observations keep, without the module."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy import EVALUATE_SCORE
from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, ModuleSettings, module_metric
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, attempt
from leaderboard.errors import NotMeasurableError
from leaderboard.stats import intervals
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.resampled import Resampled

SCORES = "evaluate"
"""Key of an observation: what each module gives for this example, by the module's name.

`scores` are those of the example, by key of the result, where the whole is their mean. The first observation has what
belongs to all `n` examples: `whole`, for other keys, the score and those of resamples, or `reason`, why there is none;
and `models`, those that scored without being in the identity.
"""

Modules = Mapping[str, ModuleSettings]


def module_metrics(modules: Modules) -> tuple[Metric, ...]:
    """Return the metrics of the modules of a task."""
    return tuple(module_metric(name, settings) for name, settings in modules.items())


def estimate_modules(modules: Modules, observations: Sequence[Observation]) -> list[Measurement]:
    """Estimate the metric of each module with its parts, and the score of a task's only module between its ends."""
    measurements = [
        attempt(metric, lambda name=name, key=key: _estimate(name, key, observations), part)  # type: ignore[misc]
        for name, settings in modules.items()
        for metric in (module_metric(name, settings),)
        for part, key in _parts(settings)
    ]
    return [*measurements, attempt(EVALUATE_SCORE, lambda: _score(modules, observations))]


def resampled_modules(modules: Modules, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
    """Return the scores that are means of those of examples as functions of how often each example counts."""
    numbers = {}
    for name, settings in modules.items():
        for part, key in _parts(settings):
            ids, values = _means(name, key, observations)
            if ids:
                numbers[PREFIX + name, part] = Resampled.mean(ids, values)
                if not part and len(modules) == 1 and settings.worst is not None and settings.best is not None:
                    shares = (values - settings.worst) / (settings.best - settings.worst)
                    numbers[EVALUATE_SCORE.name, ""] = Resampled.mean(ids, shares)
    return numbers


def module_notes(modules: Modules, observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return a note for each module that loaded models that the identity of the result does not include."""
    models = {
        name: [each.data.get(SCORES, {}).get(name, {}).get("models", ()) for each in observations] for name in modules
    }
    loaded = {name: sorted({model for entry in entries for model in entry}) for name, entries in models.items()}
    return tuple(
        f"{PREFIX}{name} loaded {', '.join(names)} while it scored: the identity of this result does not include "
        f"{'them' if len(names) > 1 else 'it'}, so that it is served even after a change"
        for name, names in loaded.items()
        if names
    )


def _parts(settings: ModuleSettings) -> list[tuple[str, str]]:
    """Return the whole with the first key of the result, and each further key as a part."""
    keys = settings.key or ("",)
    return [("", keys[0]), *((key, key) for key in keys[1:])]


def _estimate(name: str, key: str, observations: Sequence[Observation]) -> Estimate:
    """Estimate one number of a module: by the mean of the examples, or by the scores of resamples."""
    if not observations:
        return Estimate.not_measured("no examples")
    ids, values = _means(name, key, observations)
    if ids:
        rows = np.stack([values, np.ones(len(values))], axis=1)
        return intervals.bootstrap_of_rows(lambda sums: sums[:, 0] / sums[:, 1], rows)
    record = _record(name, observations)
    whole, n = record["whole"].get(key), record["n"]
    if whole is None:
        raise NotMeasurableError(f"it has no number '{key}'")
    if n != len(observations):
        raise NotMeasurableError(f"it was computed of {n} examples together, and {len(observations)} of them are here")
    if whole["value"] is None:
        return Estimate.not_measured(f"undefined for these {n} examples (the module gives no finite number)", n=n)
    draws = np.array([np.nan if each is None else each for each in whole["draws"]], dtype=np.float64)
    if n == 1:
        return Estimate.measured(whole["value"], None, n=n, method="single value, no interval")
    if not np.isfinite(draws).any():
        return Estimate.measured(whole["value"], None, n=n, method="undefined in every resample, no interval")
    return intervals.between(whole["value"], draws, n)


def _record(name: str, observations: Sequence[Observation]) -> Mapping[str, Any]:
    """Return what a module gives for all examples together.

    Raises:
        NotMeasurableError: where it gave no score.
    """
    records = (observation.data.get(SCORES, {}).get(name, {}) for observation in observations)
    record: Mapping[str, Any] | None = next((each for each in records if "n" in each), None)
    if record is None:
        raise NotMeasurableError("its code was not run: `leaderboard run --trust-evaluate-code` runs it")
    if "reason" in record:
        raise NotMeasurableError(record["reason"])
    return record


def _means(name: str, key: str, observations: Sequence[Observation]) -> tuple[list[str], FloatArray]:
    """Return the ids and scores of all examples, in the order of ids; nothing where one has no score of its own."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    scores = [each.data.get(SCORES, {}).get(name, {}).get("scores", {}).get(key) for each in ordered]
    if any(score is None for score in scores):
        return [], np.empty(0)
    return [each.example_id for each in ordered], np.array(scores, dtype=np.float64)


def _score(modules: Modules, observations: Sequence[Observation]) -> Estimate:
    """Estimate the share of the way from the worst to the best score."""
    if len(modules) != 1:
        raise NotMeasurableError(f"the task has {len(modules) or 'no'} metrics `{PREFIX}…`; it is the score of one")
    ((name, settings),) = modules.items()
    estimate = _estimate(name, (settings.key or ("",))[0], observations)
    worst, best = settings.worst, settings.best
    if estimate.status is not Status.MEASURED or estimate.value is None or worst is None or best is None:
        return estimate
    ends = None
    if estimate.low is not None and estimate.high is not None:
        first, last = sorted((end - worst) / (best - worst) for end in (estimate.low, estimate.high))
        ends = first, last
    value = (estimate.value - worst) / (best - worst)
    return Estimate.measured(value, ends, n=estimate.n, method=estimate.method)
