"""Scores of predictions by a module of `evaluate`, with those that an interval needs."""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leaderboard.axes.accuracy.evaluate_modules.estimating import SCORES, Modules
from leaderboard.axes.accuracy.evaluate_modules.inputs import Predictions, module_inputs
from leaderboard.axes.accuracy.evaluate_modules.loaded_models import recorded_models
from leaderboard.axes.accuracy.evaluate_modules.loading import load_module
from leaderboard.axes.accuracy.evaluate_modules.settings import PREFIX, ModuleSettings, module_stem
from leaderboard.axes.accuracy.evaluate_modules.trust import is_trusted
from leaderboard.axes.harness.output_suppression import harness_seeds, suppressed_output
from leaderboard.axes.protocol import Observation
from leaderboard.errors import NotMeasurableError, RequestError, as_exceptions, reason_of

RESAMPLES = 200
"""Resamples of the bootstrap of scores that are no means of those of examples."""
_TRIED = 20
"""Examples that are scored one by one to see whether the score of all is their mean."""
_TOLERANCE = 1e-9

Result = Mapping[str, Any]
_TRIAL = Predictions(
    ("the cat sat on the mat", "it rains", "a dog barks at night"),
    (("the cat sat on a mat",), ("it rains",), ("the dog barked at night",)),
    ((0, 0), (1, 1), (1, 0)),
)
"""Predictions by which a module shows what it returns, before a model is loaded."""

log = logging.getLogger(__name__)


def choose_keys(name: str, settings: ModuleSettings, *, classes: bool) -> tuple[str, ...]:
    """Return the keys of a module's result that are measured, by a trial on a few invented predictions.

    Args:
        name: name of the module without the prefix.
        settings: its settings, with the digest of its code.
        classes: whether the task has classes, and not texts.

    Raises:
        RequestError: for a module that cannot score such predictions, an unknown key, or several keys and no choice.
    """
    trial = _TRIAL if classes else Predictions(_TRIAL.texts, _TRIAL.references)
    scorer = _Scorer(name, settings)
    try:
        result, shorter = scorer.result(trial), scorer.result(trial.only([0, 1]))
    except NotMeasurableError as error:
        raise RequestError(f"{PREFIX}{name}: cannot score this task: {error}") from None
    keys = [key for key in result if _number(result[key]) is not None or _is_of_examples(key, result, shorter)]
    if not keys:
        raise RequestError(f"{PREFIX}{name}: returns no number, but {', '.join(result) or 'nothing'}")
    if settings.key is not None:
        unknown = [key for key in settings.key if key not in keys]
        if unknown:
            raise RequestError(f"{PREFIX}{name}: returns no number '{unknown[0]}'\n  Valid keys: {', '.join(keys)}")
        return settings.key
    usual = [key for key in (*keys[: len(keys) == 1], module_stem(name), "score") if key in keys]
    if not usual:
        raise RequestError(
            f"{PREFIX}{name}: returns several numbers: {', '.join(keys)}\n"
            f"  Choose by `parameters: {{evaluate: {{{name}: {{key: {keys[0]}}}}}}}`"
        )
    return (usual[0],)


def with_scores(modules: Modules, observations: Sequence[Observation], predictions: Predictions) -> list[Observation]:
    """Return observations with the scores of every module whose code may run; see `SCORES`."""
    scores: list[dict[str, Any]] = [{} for _ in observations]
    order = sorted(range(len(observations)), key=lambda row: observations[row].example_id)
    for name, settings in modules.items():
        if is_trusted(settings.code) and observations:
            for row, entry in zip(order, _scored(name, settings, predictions.only(order)), strict=True):
                scores[row] |= {name: entry} if entry else {}
    return [
        Observation(each.example_id, {**each.data, SCORES: entry} if entry else each.data)
        for each, entry in zip(observations, scores, strict=True)
    ]


def _scored(name: str, settings: ModuleSettings, predictions: Predictions) -> list[dict[str, Any]]:
    """Return what one module gives for each example; the first has what belongs to all."""
    with recorded_models() as models:
        entries = _entries(name, settings, predictions)
    others = sorted(models - set(settings.models))
    entries[0] |= {"models": others} if others else {}
    return entries


def _entries(name: str, settings: ModuleSettings, predictions: Predictions) -> list[dict[str, Any]]:
    n, keys = len(predictions), settings.key or ()
    try:
        scorer = _Scorer(name, settings)
        whole = scorer.result(predictions)
        _check_numbers(whole, keys, n)
        means = {key: values for key in keys if (values := _of_examples(whole[key], n)) is not None}
        means |= _means(scorer, predictions, whole, [key for key in keys if key not in means])
        others = [key for key in keys if key not in means]
        draws = _draws(scorer, predictions, others)
    except (NotMeasurableError, RequestError) as error:
        return [{"n": n, "reason": str(error)}, *({} for _ in range(n - 1))]
    entries: list[dict[str, Any]] = [
        {"scores": {key: values[row] for key, values in means.items()}} if means else {} for row in range(n)
    ]
    entries[0] |= {
        "n": n,
        "whole": {key: {"value": _finite(whole[key]), "draws": draws[key]} for key in others},
    }
    return entries


def _check_numbers(whole: Result, keys: Sequence[str], n: int) -> None:
    """Check that a result has a number, or one for each example, under every key.

    Raises:
        NotMeasurableError: naming the key, and what is there.
    """
    for key in keys:
        if key not in whole:
            raise NotMeasurableError(f"the module returned no '{key}', but {', '.join(whole) or 'nothing'}")
        if _number(whole[key]) is None and _of_examples(whole[key], n) is None:
            raise NotMeasurableError(f"the module returned {_shown(whole[key])} as '{key}', which is no number")


class _Scorer:
    """A loaded module that scores predictions."""

    def __init__(self, name: str, settings: ModuleSettings) -> None:
        self._settings = settings
        self._module = load_module(name, settings)

    def result(self, predictions: Predictions) -> Result:
        """Return the result for predictions, by key.

        Raises:
            NotMeasurableError: when the module raises an error, or returns something else.
        """
        inputs = module_inputs(self._module, predictions)
        try:
            # Not by `compute`, which writes its inputs to files and reads them back; their types are right already.
            with as_exceptions(), suppressed_output(), harness_seeds():
                result = self._module._compute(**inputs, **self._settings.arguments)  # noqa: SLF001 - see above
        except Exception as error:  # anything that its code raises
            log.debug("a module of `evaluate` failed", exc_info=True)
            raise NotMeasurableError(f"the module failed: {reason_of(error)[:300]}") from None
        if not isinstance(result, Mapping):
            raise NotMeasurableError(f"the module returned {_shown(result)}, and not numbers by key")
        return {str(key): value for key, value in result.items()}


def _means(scorer: _Scorer, predictions: Predictions, whole: Result, keys: Sequence[str]) -> dict[str, list[float]]:
    """Return, by key, the scores of single examples where the score of all is their mean."""
    n = len(predictions)
    if n == 1:
        return {key: [value] for key in keys if (value := _finite(whole[key])) is not None}
    first = range(min(n, _TRIED))
    try:
        singles = [scorer.result(predictions.only([row])) for row in first]
        together = whole if n == len(first) else scorer.result(predictions.only(first))
        keys = [key for key in keys if _is_mean(key, singles, together)]
        if keys:
            singles += [scorer.result(predictions.only([row])) for row in range(len(first), n)]
    except NotMeasurableError:  # the module takes no single example
        return {}
    return {key: [float(each[key]) for each in singles] for key in keys if _is_mean(key, singles, whole)}


def _is_mean(key: str, singles: Sequence[Result], together: Result) -> bool:
    values = [_finite(each.get(key)) for each in singles]
    whole = _finite(together.get(key))
    numbers = [value for value in values if value is not None]
    if whole is None or len(numbers) < len(values):
        return False
    return math.isclose(math.fsum(numbers) / len(numbers), whole, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _draws(scorer: _Scorer, predictions: Predictions, keys: Sequence[str]) -> dict[str, list[float | None]]:
    """Return the scores of seeded resamples by key; None where one is undefined."""
    n, draws = len(predictions), {key: list[float | None]() for key in keys}
    if n == 1 or not keys:
        return draws
    rng = np.random.default_rng(0)
    for _ in range(RESAMPLES):
        try:
            result = scorer.result(predictions.only(rng.integers(0, n, n).tolist()))
        except NotMeasurableError:
            result = {}
        for key in keys:
            draws[key].append(_finite(result.get(key)))
    return draws


def _of_examples(value: Any, n: int) -> list[float] | None:
    """Return a list of one finite number for each example; None for another value."""
    if not isinstance(value, list | tuple | np.ndarray) or len(value) != n:
        return None
    numbers = [_finite(each) for each in value]
    finite = [number for number in numbers if number is not None]
    return finite if len(finite) == n else None


def _is_of_examples(key: str, result: Result, shorter: Result) -> bool:
    """Return whether a key holds one number for each example, by the results for three and for two."""
    return _of_examples(result[key], 3) is not None and _of_examples(shorter.get(key), 2) is not None


def _number(value: Any) -> float | None:
    """Return a single number, which may be NaN; None for another value."""
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        value = value.item()
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _finite(value: Any) -> float | None:
    number = _number(value)
    return None if number is None or not math.isfinite(number) else number


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {str(value)[:60]!r}"
