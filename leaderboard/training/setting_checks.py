"""Checks of the settings of a training against a model and a task; a number that is None is unknown."""

from collections.abc import Mapping, Sequence

from leaderboard.errors import RequestError
from leaderboard.training.settings import ClassWeights


def check_text_length(max_length: int, limit: int | None, *, name: str) -> None:
    """Check that a model reads texts of `max_length` tokens.

    Args:
        max_length: maximum number of tokens that are read of each text.
        limit: maximum number of tokens that the model reads.
        name: name of the model.

    Raises:
        RequestError: when it reads fewer.
    """
    if limit is not None and max_length > limit:
        raise RequestError(
            f"recipe.max_length {max_length}: {name} reads at most {limit} tokens\n"
            f"  Lower it: --set recipe.max_length={limit}"
        )


def check_kept_layers(layers: int | None, count: int | None, *, name: str) -> None:
    """Check that a model has as many layers as are to be kept of it.

    Args:
        layers: number of layers that are kept; None for all.
        count: number of layers of the model.
        name: name of the model.

    Raises:
        RequestError: when it has fewer.
    """
    if layers is not None and count is not None and layers > count:
        raise RequestError(f"recipe.layers {layers}: {name} has {count} layers to keep\n  Valid: 1 to {count}")


def check_unfrozen_layers(layers: int | None, count: int | None, *, name: str) -> None:
    """Check that a model has as many layers as are to be trained.

    Args:
        layers: number of layers that are trained; None for all.
        count: number of layers of the model.
        name: name of the model.

    Raises:
        RequestError: when it has fewer.
    """
    if layers is not None and count is not None and layers > count:
        raise RequestError(
            f"recipe.unfrozen_layers {layers}: {name} has {count} layers\n"
            f"  Valid: 0 (the head alone) to {count}; leave it out to train the embeddings too."
        )


def check_class_weights(weights: ClassWeights, *, has_classes: bool) -> None:
    """Check that there are classes to give weights to.

    Raises:
        RequestError: for weights of choices.
    """
    if weights is not ClassWeights.NONE and not has_classes:
        raise RequestError(f"recipe.class_weights {weights.value}: the choices of questions are no classes")


def check_early_stopping(epochs: int, *, has_search: bool) -> None:
    """Check that a task has examples that decide when training stops.

    Raises:
        RequestError: when it has none.
    """
    if epochs and not has_search:
        raise RequestError(
            f"recipe.early_stopping {epochs}: the task has no split `search` to decide when to stop\n"
            "  Give its data such a split, or leave early stopping off (0)."
        )


def check_shared_labels(labels: Mapping[str, Sequence[str]]) -> None:
    """Check that tasks have the same labels, in any order.

    Args:
        labels: labels by name of the task.

    Raises:
        RequestError: when they do not, so that they cannot share a head.
    """
    if len({frozenset(name.casefold() for name in names) for names in labels.values()}) > 1:
        raise shares_no_head(labels)


def shares_no_head(labels: Mapping[str, Sequence[str]]) -> RequestError:
    """Return the error for tasks with other labels that are to share one head."""
    lists = "; ".join(f"{task}: {', '.join(names)}" for task, names in labels.items())
    return RequestError(f"recipe.sequence: its tasks have other labels ({lists}), but share one head")
