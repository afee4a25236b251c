"""Labels: how the names that a head gives to its classes stand for those of a task."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leaderboard.errors import NotMeasurableError, unknown_name

FloatArray = npt.NDArray[np.float64]

_NAMELESS = re.compile(r"LABEL_\d+")


@dataclass(frozen=True)
class LabelMap:
    """Which outputs of a head make up each class of a task.

    Attributes:
        names: the task's classes.
        targets: for each output of the head, the index of the task's class it counts towards.
    """

    names: tuple[str, ...]
    targets: tuple[int, ...]

    def columns(self, label: int) -> list[int]:
        """The outputs that count towards a class."""
        return [output for output, target in enumerate(self.targets) if target == label]

    def of(self, log_probabilities: FloatArray) -> FloatArray:
        """From the head's classes to the task's, (n, outputs) to (n, classes): probabilities of one class are added."""
        columns = [
            np.logaddexp.reduce(log_probabilities[:, self.columns(label)], axis=1) for label in range(len(self.names))
        ]
        return np.stack(columns, axis=1) if columns else log_probabilities[:, :0]


def order_of(names: Sequence[str], among: Sequence[str]) -> tuple[int, ...] | None:
    """The place of each name among others that are the same set, by the name itself or by its letters in any case.

    Args:
        names: distinct.
        among: where they are looked up.

    Returns:
        One index into `among` for each of `names`; None where the two are not the same set.
    """
    for fold in (str, str.casefold):
        places = {fold(name): place for place, name in enumerate(among)}
        if len(names) == len(among) == len(places) and {fold(name) for name in names} == set(places):
            return tuple(places[fold(name)] for name in names)
    return None


def map_labels(
    head: Sequence[str], task: Sequence[str], given: Mapping[str, str], *, model: str, name: str
) -> LabelMap:
    """Find each of a head's classes among a task's, by its name in any case, or as it was given.

    Args:
        head: the head's classes.
        task: the task's classes.
        given: class of the head to class of the task; may join several.
        model: who has the head, for messages.
        name: of the task, for messages.

    Raises:
        RequestError: for a given name that is neither's.
        NotMeasurableError: when some class of either has no counterpart.
    """
    _check(given, head, "class of the head")
    _check(given.values(), task, f"label of task '{name}'")
    # A name that is spelled alike goes before one that differs in case: a task may have both.
    places = {label.casefold(): index for index, label in enumerate(task)}
    places |= {label: index for index, label in enumerate(task)}
    meant = [
        meaning if meaning in places else meaning.casefold() for meaning in (given.get(each, each) for each in head)
    ]
    unknown = [label for label, meaning in zip(head, meant, strict=True) if meaning not in places]
    if unknown:
        raise NotMeasurableError(_unmapped(head, task, unknown, model=model, name=name))
    targets = tuple(places[meaning] for meaning in meant)
    lacking = [label for index, label in enumerate(task) if index not in targets]
    if lacking:
        raise NotMeasurableError(
            f"the head of {model} has no class for {', '.join(lacking)} of task '{name}'; "
            f"its classes are {', '.join(head)}"
        )
    return LabelMap(tuple(task), targets)


def _unmapped(head: Sequence[str], task: Sequence[str], unknown: Sequence[str], *, model: str, name: str) -> str:
    why = "" if not all(_NAMELESS.fullmatch(label) for label in unknown) else ", which were given no names"
    fixes = " ".join(f"--set recipe.labels.{label}=…" for label in unknown[:3])
    return (
        f"the head of {model} has classes that task '{name}' does not know: {', '.join(unknown)}{why}; "
        f"the task's labels are {', '.join(task)}. Say which is which ({fixes}), "
        "or adapt the model with --recipe probe or --recipe finetune"
        + (f" (the head has {len(head)} classes, the task {len(task)})" if len(head) != len(task) else "")
    )


def _check(names: Iterable[str], known: Sequence[str], what: str) -> None:
    for each in names:
        if each not in known:
            raise unknown_name(what, each, known, where="recipe.labels")
