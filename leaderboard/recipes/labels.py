"""Labels: the mapping from a head's classes to a task's labels."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError, unknown_name
from leaderboard.escapes import shell

_EXAMPLES = 3
"""Number of classes in the example of a message."""
_LABEL = "label of task '{}'"
_NAMELESS = re.compile(r"LABEL_\d+")


@dataclass(frozen=True)
class LabelMap:
    """Mapping from the outputs of a head to the classes of a task.

    Attributes:
        names: the task's classes.
        targets: for each output of the head, the index of the task's class it counts towards.
    """

    names: tuple[str, ...]
    targets: tuple[int, ...]

    def columns(self, label: int) -> list[int]:
        """Return the outputs that count towards a class."""
        return [output for output, target in enumerate(self.targets) if target == label]

    def of(self, log_probabilities: FloatArray) -> FloatArray:
        """Sum the probabilities of the outputs of each class, (n, outputs) to (n, classes)."""
        columns = [
            np.logaddexp.reduce(log_probabilities[:, self.columns(label)], axis=1) for label in range(len(self.names))
        ]
        return np.stack(columns, axis=1) if columns else log_probabilities[:, :0]


def find_order(names: Sequence[str], other_names: Sequence[str]) -> tuple[int, ...] | None:
    """Return the index of each name among the same names in another order, matched exactly or ignoring case.

    Args:
        names: distinct.
        other_names: the same names in another order.

    Returns:
        One index into `other_names` for each of `names`; None where the two are not the same set.
    """
    for fold in (str, str.casefold):
        places = {fold(name): place for place, name in enumerate(other_names)}
        if len(names) == len(other_names) == len(places) and {fold(name) for name in names} == set(places):
            return tuple(places[fold(name)] for name in names)
    return None


def map_labels(
    head: Sequence[str], task: Sequence[str], mapping: Mapping[str, str], *, model: str, name: str
) -> LabelMap:
    """Map each of a head's classes to a task's label, by its name in any case or by an explicit mapping.

    Args:
        head: the head's classes.
        task: the task's classes.
        mapping: class of the head to label of the task; several classes may map to one label.
        model: name of the model, for messages.
        name: name of the task, for messages.

    Raises:
        RequestError: for an unknown name in the mapping.
        NotMeasurableError: when a class or label has no counterpart.
    """
    check_names(mapping, head, task, name=name)
    # An exact match takes precedence over one in another case: a task may have both.
    places = {label.casefold(): index for index, label in enumerate(task)}
    places |= {label: index for index, label in enumerate(task)}
    mapped = [
        target if target in places else target.casefold() for target in (mapping.get(each, each) for each in head)
    ]
    unmapped = [label for label, target in zip(head, mapped, strict=True) if target not in places]
    if unmapped:
        raise NotMeasurableError(_unmapped(head, task, unmapped, model=model, name=name))
    targets = tuple(places[target] for target in mapped)
    missing = [label for index, label in enumerate(task) if index not in targets]
    if missing:
        raise NotMeasurableError(
            f"the head of {model} has no class for {', '.join(missing)} of task '{name}'; "
            f"its classes are {', '.join(head)}"
        )
    return LabelMap(tuple(task), targets)


def check_names(mapping: Mapping[str, str], head: Sequence[str], task: Sequence[str], *, name: str) -> None:
    """Check that a mapping leads from classes of a head to labels of a task.

    Args:
        mapping: class of the head to label of the task.
        head: the head's classes.
        task: the task's classes.
        name: name of the task, for messages.

    Raises:
        RequestError: for an unknown name, with the valid ones.
    """
    for names, valid_names, kind in ((mapping, head, "class of the head"), (mapping.values(), task, _LABEL)):
        for each in names:
            if each not in valid_names:
                raise unknown_name(kind.format(name), each, valid_names, where="recipe.labels")


def _unmapped(head: Sequence[str], task: Sequence[str], unmapped: Sequence[str], *, model: str, name: str) -> str:
    note = "" if not all(_NAMELESS.fullmatch(label) for label in unmapped) else ", which were given no names"
    return (
        f"the head of {model} has classes that are not labels of task '{name}': {', '.join(unmapped)}{note}; "
        f"the task's labels are {', '.join(task)}. Map them ({_how_to_map(unmapped)}), "
        "or adapt the model with --recipe probe or --recipe finetune"
        + (f" (the head has {len(head)} classes, the task {len(task)})" if len(head) != len(task) else "")
    )


def _how_to_map(unmapped: Sequence[str]) -> str:
    """Return how to map classes on the command line; a name with a dot cannot be written into `--set`."""
    if any(set(label) & set(".=") for label in unmapped):
        names = ", ".join(f"{json.dumps(label, ensure_ascii=False)}: …" for label in unmapped[:_EXAMPLES])
        more = ", …" if len(unmapped) > _EXAMPLES else ""
        return f"--recipe-file FILE, where FILE contains `labels: {{{names}{more}}}`"
    flags = " ".join(f"--set {shell(f'recipe.labels.{label}')}=…" for label in unmapped[:_EXAMPLES])
    return flags + (f" and {len(unmapped) - _EXAMPLES} more" if len(unmapped) > _EXAMPLES else "")
