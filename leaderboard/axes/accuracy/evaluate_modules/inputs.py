"""Inputs of modules of `evaluate`: predictions and references in the types that a module declares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from datasets import Features, Value

from leaderboard.errors import NotMeasurableError

_SIDES = {"predictions", "references"}


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions of n examples and their references.

    Attributes:
        texts: predicted text of each example.
        references: right texts of each example, at least one.
        numbers: predicted and right class of each example, where they are classes.
    """

    texts: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[int, int], ...] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def only(self, rows: Sequence[int]) -> "Predictions":
        """Return the examples of these rows, in their order; a row may come several times."""
        numbers = None if self.numbers is None else tuple(self.numbers[row] for row in rows)
        return Predictions(tuple(self.texts[row] for row in rows), tuple(self.references[row] for row in rows), numbers)


def module_inputs(module: Any, predictions: Predictions) -> dict[str, list[Any]]:
    """Return predictions and references as a module takes them: texts or numbers, one reference or a list.

    Raises:
        NotMeasurableError: for a module with other inputs, or with one reference where an example has several.
    """
    if module.info.format is not None:
        raise NotMeasurableError(f"it takes its inputs in the format '{module.info.format}', and a task has lists")
    options = module.features if isinstance(module.features, list) else [module.features]
    reasons = []
    for features in options:
        if set(features) != _SIDES:
            reasons.append(f"its inputs are {', '.join(features)}, and a task has predictions and references")
            continue
        columns = list(_columns(features, predictions))
        if columns:
            return columns[0]
        reasons.append(_mismatch(features, predictions))
    raise NotMeasurableError(reasons[0] if reasons else "it declares no inputs")


def _columns(features: Features, predictions: Predictions) -> Iterator[dict[str, list[Any]]]:
    """Yield the columns for one form of the inputs; nothing where it does not fit."""
    predicted, reference = features["predictions"], features["references"]
    inner = _inner(reference)
    if not isinstance(predicted, Value) or not isinstance(inner or reference, Value):
        return
    if _is_text(predicted) and _is_text(inner or reference):
        texts: list[Any] = list(predictions.texts)
        if inner is not None:
            yield {"predictions": texts, "references": [list(each) for each in predictions.references]}
        elif all(len(each) == 1 for each in predictions.references):
            yield {"predictions": texts, "references": [each[0] for each in predictions.references]}
    elif predictions.numbers is not None and not _is_text(predicted) and inner is None and not _is_text(reference):
        kinds = [float if "float" in feature.dtype else int for feature in (predicted, reference)]
        yield {
            "predictions": [kinds[0](each) for each, _ in predictions.numbers],
            "references": [kinds[1](each) for _, each in predictions.numbers],
        }


def _mismatch(features: Features, predictions: Predictions) -> str:
    if any(len(each) > 1 for each in predictions.references) and _inner(features["references"]) is None:
        return "it takes one reference an example, and an example of the task has several"
    kind = "texts" if predictions.numbers is None else "classes"
    return f"it takes {features['predictions']} and {features['references']}, and the task has {kind}"


def _inner(feature: Any) -> Any:
    """Return the type of the items of a list; None for another type."""
    if isinstance(feature, list):
        return feature[0]
    return getattr(feature, "feature", None)


def _is_text(feature: Any) -> bool:
    return "string" in str(feature.dtype)
