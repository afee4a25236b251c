"""The choice of the task that a subject is adapted to before another task measures it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from leaderboard.axes.protocol import Parameters, Protocol
from leaderboard.backends.capability import Capability
from leaderboard.backends.kind import ModelKind
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.evaluation.task_request import TaskRequest
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.recipes.labels import find_order
from leaderboard.tasks import Catalogue, Prompt, Task, protocol_of

_CLASSES = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE, Capability.TAG})
"""Capabilities that depend on the labels of a task."""


@dataclass(frozen=True)
class Adaptation:
    """Chooses the task that subjects of one kind of model are adapted to.

    A task with labels is answered by a subject of its own, or by that of a task with the same label names. A task with
    choices has a subject of its own. Any other task shares the subject of the other tasks.

    Attributes:
        catalogue: All tasks.
        request: Tasks that are measured together.
        uses_prompts: Whether the recipe uses prompts.
        learns: Whether the recipe needs training data.
    """

    catalogue: Catalogue
    request: TaskRequest
    uses_prompts: bool
    learns: bool

    @classmethod
    def of(cls, catalogue: Catalogue, request: TaskRequest, recipe: RecipeRequest, kind: ModelKind) -> Self:
        """Create one for a recipe as it prepares models of one kind."""
        return cls(catalogue, request, uses_prompts=recipe.asks_in_words(kind), learns=recipe.learns(kind))

    def prepared_for(self, task: Task) -> Task:
        """Return the task that the subject of `task` is adapted to.

        Raises:
            RequestError: For an `adapt_to` without data of its own, or with other labels.
        """
        if task.adapt_to:
            named = self.catalogue.task(task.adapt_to, where=task.name)
            if self._has_own_prompt(task) and not self._has_same_prompt(task, named):
                return task
            check_adapt_to(self.catalogue, task, named)
            return named
        if self._has_own_subject(task):
            return task
        return self._by_labels(task) if self._is_labelled(task) else self._companion(task)

    def _by_labels(self, task: Task) -> Task:
        """Return a task with the same label names and the same kind of examples; itself where there is none."""
        owner = self.catalogue.data(task)
        owners = [owner] if owner is not None and owner is not task and owner.trains else []
        labels, example = self.catalogue.labels(task), protocol_of(task).example
        for other in [*owners, *self._others(task)]:
            same_labels = find_order(labels, self.catalogue.labels(other)) is not None
            is_promptable = self._has_own_prompt(other) or not self.uses_prompts
            if same_labels and is_promptable and protocol_of(other).example is example:
                return other
        return task

    def _companion(self, task: Task) -> Task:
        """Return the task that the other tasks' subject is adapted to."""
        if not self.request.named:
            return self.request.adapt_to
        texts = bool(protocol_of(task).needs & _CLASSES)
        companions = [each for each in self._others(task) if not texts or protocol_of(each).example is TextExample]
        return next(
            (each for each in companions if each.trains), companions[0] if companions else self.request.adapt_to
        )

    def _others(self, task: Task) -> Iterator[Task]:
        """Yield the tasks that other tasks' subjects are adapted to, the most likely first."""
        if not self.request.named:
            yield self.request.adapt_to
        for other in self.request.tasks:
            if other.name == task.name or not self._is_independent(other) or protocol_of(other).own_subject:
                continue
            prepared = self.prepared_for(other)
            if prepared.trains or not self.learns:
                yield prepared
        if self.request.named:
            yield self.request.adapt_to

    def _is_independent(self, task: Task) -> bool:
        """Return whether its subject does not depend on other tasks."""
        return bool(task.adapt_to) or self._has_own_subject(task)

    def _has_own_subject(self, task: Task) -> bool:
        """Return whether its subject is adapted to the task itself, where it names no other."""
        protocol = protocol_of(task)
        chooses = Capability.CHOOSE in protocol.needs
        return bool(task.trains or protocol.own_subject or self._has_own_prompt(task) or chooses)

    def _is_labelled(self, task: Task) -> bool:
        return bool(self.catalogue.labels(task)) and bool(protocol_of(task).needs & _CLASSES)

    def _has_own_prompt(self, task: Task) -> bool:
        """Return whether it has a prompt for its class; one without choices counts: no other prompt fits either."""
        return self.uses_prompts and bool(task.data and task.prompt and protocol_of(task).needs & _CLASSES)

    def _has_same_prompt(self, task: Task, other: Task) -> bool:
        """Return whether both have the same prompt with the same choice for each label."""
        if task.prompt is None or other.prompt is None:
            return False
        return task.prompt.template == other.prompt.template and self._choices_by_label(
            task, task.prompt
        ) == self._choices_by_label(other, other.prompt)

    def _choices_by_label(self, task: Task, prompt: Prompt) -> dict[str, str]:
        return dict(zip(self.catalogue.labels(task), prompt.choices, strict=False))


def check_adapt_to(catalogue: Catalogue, task: Task, named: Task) -> None:
    """Check that a subject adapted to the task that `adapt_to` names can answer a task.

    Raises:
        RequestError: If that task borrows its data, or has other labels.
    """
    if named.data is not None and named.data.same_as:
        raise RequestError(
            f"{task.name}: a subject cannot be adapted to '{named.name}', which borrows its data; "
            f"adapt it to '{named.data.same_as}'"
        )
    labels, named_labels = catalogue.labels(task), catalogue.labels(named)
    if labels and named_labels and _compares(protocol_of(task)) and find_order(labels, named_labels) is None:
        raise RequestError(
            f"{task.name}: its labels are {', '.join(labels)}, but those of '{named.name}', which it names in "
            f"`adapt_to`, are {', '.join(named_labels)}\n"
            "  A task is answered only by a subject with the same label names: adapt to another task, or leave "
            "`adapt_to` out and give the task a split `train` or a prompt with a choice for each label."
        )


def answered_labels(
    catalogue: Catalogue, task: Task, prepared_for: Task, protocol: Protocol[Parameters]
) -> tuple[str, ...]:
    """Return the labels that a subject's answers are mapped to, where its own differ or are in another order.

    Args:
        catalogue: of all tasks.
        task: Measured task.
        prepared_for: Task that the subject is adapted to.
        protocol: Protocol of `task`.

    Returns:
        The task's labels; empty where the subject has the same.
    """
    labels, prepared_labels = catalogue.labels(task), catalogue.labels(prepared_for)
    return labels if _compares(protocol) and labels != prepared_labels else ()


def _compares(protocol: Protocol[Parameters]) -> bool:
    """Return whether it compares predicted classes with those of examples."""
    return protocol.reads_labels and protocol.example is not None and bool(protocol.needs & _CLASSES)
